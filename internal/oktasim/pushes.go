package oktasim

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// push is a group push mapping: a group of the org, pushed to an app as a group there.
type push struct {
	id               string
	source, target   string
	status           string
	created, updated time.Time
	errorSummary     string
	// follows: the target group was made by this push and keeps the source's name. That
	// a linked group keeps its own is a guess.
	follows bool
}

type pushView struct {
	ID           string    `json:"id"`
	Created      bareStamp `json:"created"`
	LastUpdated  bareStamp `json:"lastUpdated"`
	Status       string    `json:"status"`
	Source       string    `json:"sourceGroupId"`
	Target       string    `json:"targetGroupId"`
	ErrorSummary string    `json:"errorSummary,omitzero"`
	Links        links     `json:"_links"`
}

func (c *call) pushView(a *app, p *push) pushView {
	return pushView{ID: p.id, Created: bareStamp(p.created), LastUpdated: bareStamp(p.updated), Status: p.status,
		Source: p.source, Target: p.target, ErrorSummary: p.errorSummary, Links: links{
			"app":         href{Href: c.href("apps", a.id)},
			"sourceGroup": href{Href: c.href("groups", p.source)},
			"targetGroup": href{Href: c.href("groups", p.target)},
		}}
}

func listPushes(c *call, a *app) (reply, *apiError) {
	q := c.query()
	var since time.Time
	if s := q.Get("lastUpdated"); s != "" {
		var err error
		if since, err = time.Parse("2006-01-02T15:04:05Z", s); err != nil {
			return reply{}, &apiError{status: http.StatusBadRequest, code: "E0000030", summary: "Invalid date. Dates must be of the form yyyy-MM-dd'T'HH:mm:ss.SSSZZ, e.g. 2013-01-01T12:00:00.000-07:00."}
		}
	}
	// Recorded self links show nothing but limit.
	return list(c, listRule{def: 100, max: 1000}, a.pushIDs, func(id string) (pushView, bool) {
		p := a.pushes[id]
		in := !p.updated.Before(since) &&
			(q.Get("sourceGroupId") == "" || p.source == q.Get("sourceGroupId")) &&
			(q.Get("status") == "" || p.status == q.Get("status"))
		return c.pushView(a, p), in
	})
}

func onePush(serve func(c *call, a *app, p *push) (reply, *apiError)) handler {
	return oneApp(func(c *call, a *app) (reply, *apiError) {
		p := a.pushes[c.arg("mapping")]
		if p == nil {
			return reply{}, notFound(c.arg("mapping"), "GroupPushMapping")
		}
		return serve(c, a, p)
	})
}

func getPush(c *call, a *app, p *push) (reply, *apiError) { return ok(c.pushView(a, p)) }

// createPush answers 200, as recorded; the spec says 201.
func createPush(c *call, a *app) (reply, *apiError) {
	var body struct {
		Source     string  `json:"sourceGroupId"`
		Status     string  `json:"status"`
		TargetName *string `json:"targetGroupName"`
		TargetID   *string `json:"targetGroupId"`
	}
	if fail := c.decode(&body); fail != nil {
		return reply{}, fail
	}
	o := c.org
	source := o.groups[body.Source]
	switch {
	case !a.has(featureGroupPush):
		return reply{}, invalid("appId", "Group push is not enabled for the app instance.")
	case body.Source == "":
		return reply{}, invalid("sourceGroupId", "sourceGroupId: The field cannot be left blank")
	case source == nil:
		return reply{}, notFound(body.Source, "UserGroup")
	case source.source == a.id:
		return reply{}, invalid("sourceGroupId", "sourceGroupId: A group of the app itself cannot be pushed to it.")
	case (body.TargetName == nil) == (body.TargetID == nil):
		return reply{}, invalid("targetGroupId", "Either targetGroupId or targetGroupName must be provided, but not both.")
	case body.Status == "":
		body.Status = statusActive
	}
	if body.Status != statusActive && body.Status != statusInactive {
		return reply{}, invalid("status", "status: Must be ACTIVE or INACTIVE.")
	}
	for _, p := range a.pushes {
		if p.source == source.id || body.TargetID != nil && p.target == *body.TargetID {
			return reply{}, invalid("sourceGroupId", "A group push mapping for this group already exists.")
		}
	}
	p, fail := c.newPush(a, source, body.TargetName, body.TargetID)
	if fail != nil {
		return reply{}, fail
	}
	p.status = body.Status
	c.log("application.provision.group_push.mapping.created", "", appTarget(a), groupTarget(source), groupTarget(o.groups[p.target]))
	if o.quirks.SpecAnswers {
		return reply{status: http.StatusCreated, body: c.pushView(a, p)}, nil
	}
	return ok(c.pushView(a, p))
}

// newPush makes the mapping, and the app group if it is to be a new one.
func (c *call) newPush(a *app, source *group, name, id *string) (*push, *apiError) {
	o := c.org
	var target *group
	if id != nil {
		target = o.groups[*id]
		if target == nil || target.kind != groupApp || target.source != a.id {
			return nil, notFound(*id, "UserGroup")
		}
	} else {
		if *name == "" {
			return nil, invalid("targetGroupName", "targetGroupName: The field cannot be left blank")
		}
		target = o.newGroup(groupApp, groupProfile{Name: *name, Description: source.profile.Description}, c.now)
		target.source = a.id
	}
	p := &push{id: o.ids.id(prefixPushMapping), source: source.id, target: target.id, status: statusActive, created: c.now, updated: c.now, follows: id == nil}
	a.pushes[p.id] = p
	a.pushIDs.add(p.id)
	source.pushes++
	return p, nil
}

func updatePush(c *call, a *app, p *push) (reply, *apiError) {
	var body struct {
		Status string `json:"status"`
	}
	if fail := c.decode(&body); fail != nil {
		return reply{}, fail
	}
	event := "application.provision.group_push.activate_mapping"
	switch body.Status {
	case statusActive:
	case statusInactive:
		event = "application.provision.group_push.deactivate_mapping"
	default:
		return reply{}, invalid("status", "status: Must be ACTIVE or INACTIVE.")
	}
	p.status, p.updated = body.Status, c.now
	c.log(event, "", appTarget(a))
	return ok(c.pushView(a, p))
}

// deletePush wants the mapping INACTIVE (or ERROR) and answers 200 with an empty body,
// as recorded; the spec says 204.
func deletePush(c *call, a *app, p *push) (reply, *apiError) {
	also, err := strconv.ParseBool(c.query().Get("deleteTargetGroup"))
	if err != nil {
		return reply{}, &apiError{status: http.StatusBadRequest, code: "E0000028", summary: "The request is missing a required parameter.", causes: []string{"deleteTargetGroup"}}
	}
	if p.status == statusActive {
		return reply{}, invalid("status", "The group push mapping must be inactive before it can be deleted.")
	}
	delete(a.pushes, p.id)
	a.pushIDs.remove(p.id)
	o := c.org
	if source := o.groups[p.source]; source != nil {
		source.pushes--
	}
	c.log("application.provision.group_push.removed", "", appTarget(a))
	if target := o.groups[p.target]; also && target != nil {
		c.dropGroup(target)
		c.log("application.provision.group_push.delete_appgroup", "", appTarget(a), groupTarget(target))
	}
	if o.quirks.SpecAnswers {
		return noContent()
	}
	return reply{status: http.StatusOK}, nil
}

// renamePushed lets the app groups that were made for g follow its name.
func (c *call) renamePushed(g *group) {
	o := c.org
	for _, id := range o.appIDs {
		for _, pid := range o.apps[id].pushIDs {
			p := o.apps[id].pushes[pid]
			if target := o.groups[p.target]; p.source == g.id && p.follows && p.status == statusActive && target != nil {
				c.beforeGroupChange(target)
				target.profile.Name, target.updated = g.profile.Name, c.now
				c.log("application.provision.group_push.updated", "", appTarget(o.apps[id]), groupTarget(target))
			}
		}
	}
}

// orphanPushes is about the mappings of a group that is being deleted. What Okta does
// with them is not documented; here they stay, in ERROR, so that nobody takes a missing
// mapping for the wish to delete.
func (c *call) orphanPushes(g *group) {
	for _, id := range c.org.appIDs {
		a := c.org.apps[id]
		for _, pid := range slices.Clone(a.pushIDs) {
			switch p := a.pushes[pid]; g.id {
			case p.source:
				p.status, p.updated, p.errorSummary = statusError, c.now, "The source group no longer exists."
			case p.target:
				p.status, p.updated, p.errorSummary = statusError, c.now, "The target group no longer exists."
			}
		}
	}
}
