package oktasim

import (
	"slices"

	"github.com/go-json-experiment/json"
)

// addControls adds what only the admin console, or nobody, can do to a real org.
func (o *Org) addControls(add func(pattern string, rt route)) {
	control := func(pattern string, serve handler) { add(pattern, route{control: true, serve: serve}) }
	control("GET /sandbox/faults", func(c *call) (reply, *apiError) {
		all := make([]Fault, 0, len(c.org.faults.active))
		for _, f := range c.org.faults.active {
			all = append(all, *f) // counters move on while the answer is written
		}
		return ok(all)
	})
	control("POST /sandbox/faults", func(c *call) (reply, *apiError) {
		var f Fault
		if fail := c.decodeStrictly(&f); fail != nil {
			return reply{}, fail
		}
		if err := c.org.addFault(f); err != nil {
			return reply{}, invalid("fault", err.Error())
		}
		return ok(f)
	})
	control("DELETE /sandbox/faults", func(c *call) (reply, *apiError) {
		c.org.faults.active = nil
		return noContent()
	})
	o.addSettings(control)
	control("GET /sandbox/principals", func(c *call) (reply, *apiError) { return ok(c.org.access.principals()) })
	control("GET /sandbox/deliveries", func(c *call) (reply, *apiError) { return ok(append([]Delivery{}, c.org.deliveries...)) })
	control("POST /sandbox/apps/{app}/features", oneApp(switchFeatures))
	control("POST /sandbox/apps/{app}/users/{user}", oneAppUser(pinAppUser))
	control("POST /sandbox/churn", churn)
	control("POST /sandbox/scenarios/{scenario}", runScenario)
	control("POST /sandbox/serviceApps", func(c *call) (reply, *apiError) {
		var s ServiceApp
		if fail := c.decodeStrictly(&s); fail != nil {
			return reply{}, fail
		}
		id, err := c.org.addServiceApp(s)
		if err != nil {
			return reply{}, invalid("serviceApp", err.Error())
		}
		return ok(map[string]string{"clientId": id})
	})
	control("POST /sandbox/tick", func(c *call) (reply, *apiError) {
		c.org.settle(c.now)
		return noContent()
	})
}

// decodeStrictly also refuses unknown members: a control that is misspelt must not
// pass for one that works.
func (c *call) decodeStrictly(into any) *apiError {
	if err := json.Unmarshal(c.body, into, json.RejectUnknownMembers(true)); err != nil {
		return &apiError{status: 400, code: "E0000003", summary: "The request body was not well-formed.", causes: []string{err.Error()}}
	}
	return nil
}

// switchFeatures is the To App page of the admin console: Create Users, Update User
// Attributes, Deactivate Users, and whether groups can be pushed. What the body does
// not name stays; features, if named, replaces everything.
func switchFeatures(c *call, a *app) (reply, *apiError) {
	var body struct {
		CreateUsers          *bool     `json:"createUsers"`
		UpdateUserAttributes *bool     `json:"updateUserAttributes"`
		DeactivateUsers      *bool     `json:"deactivateUsers"`
		PushGroups           *bool     `json:"pushGroups"`
		Features             *[]string `json:"features"`
	}
	if fail := c.decodeStrictly(&body); fail != nil {
		return reply{}, fail
	}
	if body.Features != nil {
		for _, f := range *body.Features {
			if !slices.Contains(appFeatureNames(), f) {
				return reply{}, invalid("features", "no feature is called "+f+"; "+oneOf(f, appFeatureNames()))
			}
		}
		a.features = slices.Compact(slices.Sorted(slices.Values(*body.Features)))
		if a.features == nil {
			a.features = []string{}
		}
	}
	a.turn(body.CreateUsers, featureNewUsers)
	a.turn(body.UpdateUserAttributes, featureProfile)
	a.turn(body.DeactivateUsers, featureDeactivation, featureReactivate)
	a.turn(body.PushGroups, featureGroupPush)
	a.updated = c.now
	c.log("application.lifecycle.update", "", appTarget(a))
	return ok(c.appView(a))
}

// turn switches features on or off; nil leaves them.
func (a *app) turn(on *bool, features ...string) {
	if on == nil {
		return
	}
	kept := slices.DeleteFunc(slices.Clone(a.features), func(f string) bool { return slices.Contains(features, f) })
	if *on {
		kept = append(kept, features...)
	}
	if *on && !slices.Contains(kept, featureSCIM) {
		kept = append(kept, featureSCIM)
	}
	a.features = kept
}
