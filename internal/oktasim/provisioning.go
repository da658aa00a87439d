package oktasim

import (
	"maps"
	"net/http"
	"slices"
)

// What the features and connections APIs know. They cover a few catalog apps and no
// generic SCIM app, which is the odd part: see [appFeatures] and [appConnection].

const (
	featureUserProvisioning = "USER_PROVISIONING"
	featureInbound          = "INBOUND_PROVISIONING"
	unknown                 = "UNKNOWN"
	enabled                 = "ENABLED"
	disabled                = "DISABLED"
)

// coversFeatures reports whether the features API covers a catalog app.
func coversFeatures(name string) bool {
	return slices.Contains([]string{"google", "office365", "okta_org2org", "slack", "zoomus", "zscalerbyz"}, name)
}

// connectionScheme is how a catalog app's connection signs in; empty if the connections
// API does not cover the app.
func connectionScheme(name string) string {
	switch name {
	case "okta_org2org", "zscalerbyz":
		return "TOKEN"
	case "google", "office365", "slack", "zoomus":
		return "OAUTH2"
	}
	return ""
}

func onOff(on bool) map[string]any {
	if on {
		return map[string]any{"status": enabled}
	}
	return map[string]any{"status": disabled}
}

func (c *call) featureView(a *app, name string) map[string]any {
	self := links{"self": href{Href: c.href("apps", a.id, "features", name), Hints: allow(http.MethodGet, http.MethodPut)}}
	if name == featureInbound {
		return map[string]any{
			"name": featureInbound, "status": onOff(a.has("IMPORT_NEW_USERS"))["status"],
			"description": "In-bound provisioning settings from an application to Okta",
			"capabilities": map[string]any{
				"importSettings": map[string]any{"username": map[string]any{"userNameFormat": "EMAIL"}, "schedule": map[string]any{"status": disabled}},
				"importRules": map[string]any{"userCreateAndMatch": map[string]any{"exactMatchCriteria": "USERNAME", "allowPartialMatch": false,
					"autoConfirmPartialMatch": false, "autoConfirmExactMatch": false, "autoConfirmNewUsers": false, "autoActivateNewUsers": false}},
			}, "_links": self,
		}
	}
	password := onOff(a.has(featurePassword))
	password["seed"], password["change"] = "RANDOM", "KEEP_EXISTING"
	return map[string]any{
		"name": featureUserProvisioning, "status": onOff(a.has(featureNewUsers) || a.has(featureProfile) || a.has(featureDeactivation))["status"],
		"description": "User provisioning settings from Okta to a downstream application",
		"capabilities": map[string]any{
			"create": map[string]any{"lifecycleCreate": onOff(a.has(featureNewUsers))},
			"update": map[string]any{"profile": onOff(a.has(featureProfile)), "lifecycleDeactivate": onOff(a.has(featureDeactivation)), "password": password},
		}, "_links": self,
	}
}

func notProvisioned() *apiError {
	return invalid("feature", "Provisioning is not enabled for the app instance.")
}

// covered guards the features API: any other app, generic SCIM apps among them, gets 400.
func (a *app) covered() bool { return coversFeatures(a.name) && a.connected != disabled }

func listAppFeatures(c *call, a *app) (reply, *apiError) {
	if !a.covered() {
		return reply{}, notProvisioned()
	}
	return ok([]any{c.featureView(a, featureUserProvisioning), c.featureView(a, featureInbound)})
}

func getAppFeature(c *call, a *app) (reply, *apiError) {
	name := c.arg("feature")
	switch {
	case !a.covered():
		return reply{}, notProvisioned()
	case name != featureUserProvisioning && name != featureInbound:
		return reply{}, notFound(name, "ApplicationFeature")
	}
	return ok(c.featureView(a, name))
}

// putAppFeature takes the content of capabilities, without a wrapper.
func putAppFeature(c *call, a *app) (reply, *apiError) {
	if rep, fail := getAppFeature(c, a); fail != nil || c.arg("feature") == featureInbound {
		return rep, fail // what an import does is nobody's business here
	}
	type status struct {
		Status string `json:"status"`
	}
	var body struct {
		Create *struct {
			Lifecycle *status `json:"lifecycleCreate"`
		} `json:"create"`
		Update *struct {
			Profile    *status `json:"profile"`
			Deactivate *status `json:"lifecycleDeactivate"`
			Password   *status `json:"password"`
		} `json:"update"`
	}
	if fail := c.decode(&body); fail != nil {
		return reply{}, fail
	}
	turn := func(s *status, features ...string) {
		if s != nil {
			on := s.Status == enabled
			a.turn(&on, features...)
		}
	}
	if body.Create != nil {
		turn(body.Create.Lifecycle, featureNewUsers)
	}
	if body.Update != nil {
		turn(body.Update.Profile, featureProfile)
		turn(body.Update.Deactivate, featureDeactivation)
		turn(body.Update.Password, featurePassword)
	}
	a.updated = c.now
	c.log("application.lifecycle.update", "", appTarget(a))
	return ok(c.featureView(a, featureUserProvisioning))
}

// appConnection answers 200 with UNKNOWN for an app that the connections API does not
// cover. Secrets never come back.
func appConnection(c *call, a *app) (reply, *apiError) { return ok(c.connectionView(a)) }

func (c *call) connectionView(a *app) map[string]any {
	v := c.connection(a)
	if c.org.quirks.SpecAnswers && v["authScheme"] != "TOKEN" {
		delete(v, "authScheme") // the specification knows no other there, but for profile
	}
	return v
}

func (c *call) connection(a *app) map[string]any {
	self := c.href("apps", a.id, "connections", "default")
	scheme := connectionScheme(a.name)
	l := links{"self": href{Href: self, Hints: allow(http.MethodPost, http.MethodGet)}}
	if scheme == "" {
		return map[string]any{"authScheme": unknown, "status": unknown, "profile": map[string]any{"authScheme": unknown}, "_links": l}
	}
	v := map[string]any{"authScheme": scheme, "status": a.connected, "profile": map[string]any{"authScheme": scheme}, "_links": l}
	if a.connectionURL != "" {
		v["baseUrl"] = a.connectionURL
	}
	if a.connected == enabled {
		l["deactivate"] = href{Href: self + "/lifecycle/deactivate", Hints: allow(http.MethodPost)}
	} else {
		l["activate"] = href{Href: self + "/lifecycle/activate", Hints: allow(http.MethodPost)}
	}
	return v
}

// setConnection is POST …/connections/default?activate=true. What an app gets that is not
// covered is not documented; here it is the refusal of the features API.
func setConnection(c *call, a *app) (reply, *apiError) {
	scheme := connectionScheme(a.name)
	if scheme == "" {
		return reply{}, notProvisioned()
	}
	var body struct {
		BaseURL string         `json:"baseUrl"`
		Profile map[string]any `json:"profile"`
	}
	if fail := c.decode(&body); fail != nil {
		return reply{}, fail
	}
	if given, _ := body.Profile["authScheme"].(string); given != scheme {
		return reply{}, invalid("profile", "authScheme: Must be "+scheme)
	}
	if token, _ := body.Profile["token"].(string); scheme == "TOKEN" && token == "" {
		return reply{}, invalid("profile", "token: The field cannot be left blank")
	}
	a.connectionURL = body.BaseURL
	a.connected = disabled
	if c.query().Get("activate") == "true" {
		a.connected = enabled
	}
	return ok(c.connectionView(a))
}

func switchConnection(to string) handler {
	return oneApp(func(c *call, a *app) (reply, *apiError) {
		if connectionScheme(a.name) == "" {
			return reply{}, notProvisioned()
		}
		a.connected = to
		return noContent()
	})
}

// mappingBody changes what a profile mapping maps: an attribute with null is mapped no more.
type mappingBody struct {
	Properties map[string]*mappedAttrib `json:"properties"`
}

// updateMapping is POST /mappings/{id}. Only the direction to the app does anything here.
// Everybody's app user changes with it, and the log has but one event for it all.
func updateMapping(c *call) (reply, *apiError) {
	id := c.arg("mapping")
	end, found := c.org.mappings()[id]
	if !found {
		return reply{}, notFound(id, "ProfileMapping")
	}
	var body mappingBody
	if fail := c.decode(&body); fail != nil {
		return reply{}, fail
	}
	a := end.app
	changed := slices.Clone(a.attributes)
	for _, name := range slices.Sorted(maps.Keys(body.Properties)) {
		i := slices.IndexFunc(changed, func(p attribute) bool { return p.name == name })
		if i < 0 && end.toApp {
			return reply{}, invalid("properties", "Property name '"+name+"' is not defined in profile")
		}
		if !end.toApp {
			continue
		}
		m := body.Properties[name]
		changed[i].from, changed[i].constant, changed[i].text, changed[i].rule = "", "", "", nil
		if m == nil || m.Expression == "" {
			continue
		}
		e, err := parseOEL(m.Expression, c.org.knowsAttribute)
		if err != nil {
			return reply{}, invalid("properties", "Invalid expression for "+name+": "+err.Error())
		}
		if m.PushStatus != "" && m.PushStatus != "PUSH" && m.PushStatus != "DONT_PUSH" {
			return reply{}, invalid("properties", "pushStatus: Must be PUSH or DONT_PUSH.")
		}
		changed[i].text, changed[i].rule, changed[i].createOnly = m.Expression, e, m.PushStatus == "DONT_PUSH"
	}
	if end.toApp && end.userType == c.org.userType { // nobody here has another type
		a.attributes = changed
		for _, uid := range a.userIDs {
			a.users[uid].updated = c.now
		}
	}
	c.log("directory.mapping.update", "", appTarget(a))
	return ok(c.mappingView(id, end, true))
}
