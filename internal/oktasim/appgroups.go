package oktasim

import (
	"slices"
	"strings"
)

type appGroupView struct {
	ID          string         `json:"id"`
	LastUpdated stamp          `json:"lastUpdated"`
	Priority    int            `json:"priority"`
	Profile     map[string]any `json:"profile"`
	Embedded    map[string]any `json:"_embedded,omitzero"`
	Links       links          `json:"_links"`
}

func (c *call) appGroupView(a *app, id string) appGroupView {
	ga := a.groups[id]
	v := appGroupView{ID: id, LastUpdated: stamp(ga.updated), Priority: ga.priority, Profile: ga.profile, Links: links{
		"app":   href{Href: c.href("apps", a.id)},
		"self":  href{Href: c.href("apps", a.id, "groups", id)},
		"group": href{Href: c.href("groups", id)},
	}}
	if c.query().Get("expand") == "group" {
		v.Embedded = map[string]any{"group": c.groupView(c.org.groups[id], false)}
	}
	return v
}

func listAppGroups(c *call, a *app) (reply, *apiError) {
	prefix := strings.ToLower(c.query().Get("q"))
	return list(c, listRule{def: 20, max: 200, keep: []string{"q", "expand"}}, a.groupIDs, func(id string) (appGroupView, bool) {
		return c.appGroupView(a, id), strings.HasPrefix(strings.ToLower(c.org.groups[id].profile.Name), prefix)
	})
}

// assignedGroup serves calls on a group that is assigned to the app.
func assignedGroup(serve func(c *call, a *app, g *group) (reply, *apiError)) handler {
	return oneApp(func(c *call, a *app) (reply, *apiError) {
		if a.groups[c.arg("group")] == nil {
			return reply{}, notFound(c.arg("group"), "ApplicationGroupAssignment")
		}
		return serve(c, a, c.org.groups[c.arg("group")])
	})
}

func getAppGroup(c *call, a *app, g *group) (reply, *apiError) { return ok(c.appGroupView(a, g.id)) }

// assignGroup is PUT /apps/{id}/groups/{gid}; it may be repeated to change priority and
// profile. Every member gets the app, at once or as a job.
func assignGroup(c *call, a *app) (reply, *apiError) {
	g := c.org.groups[c.arg("group")]
	if g == nil {
		return reply{}, notFound(c.arg("group"), "UserGroup")
	}
	var body struct {
		Priority *int           `json:"priority"`
		Profile  map[string]any `json:"profile"`
	}
	if len(c.body) > 0 {
		if fail := c.decode(&body); fail != nil {
			return reply{}, fail
		}
	}
	if fail := a.knows(body.Profile); fail != nil {
		return reply{}, fail
	}
	ga, event := a.groups[g.id], "group.application_assignment.update"
	if ga == nil {
		event = "group.application_assignment.add"
		ga = &groupAssignment{priority: a.nextWeight, profile: map[string]any{}}
		a.nextWeight++
		a.groups[g.id] = ga
		a.groupIDs.add(g.id)
		g.apps.add(a.id)
	}
	if body.Priority != nil {
		ga.priority = *body.Priority
	}
	if body.Profile != nil {
		ga.profile = map[string]any{}
		overlay(ga.profile, body.Profile)
	}
	ga.updated = c.now
	c.log(event, "", groupTarget(g), appTarget(a))
	c.followMembers(a, g)
	for _, id := range g.members { // a changed profile is a change of everyone who has it
		if au := a.users[id]; au != nil && au.via == g.id {
			au.updated = c.now
		}
	}
	return ok(c.appGroupView(a, g.id))
}

func (c *call) followMembers(a *app, g *group) {
	job := c.org.ids.id(prefixJob)
	for _, id := range slices.Clone(g.members) {
		c.org.later(c, a, c.org.users[id], job)
	}
}

func removeAppGroup(c *call, a *app, g *group) (reply, *apiError) {
	c.unassignGroup(a, g)
	return noContent()
}

func (c *call) unassignGroup(a *app, g *group) {
	delete(a.groups, g.id)
	a.groupIDs.remove(g.id)
	g.apps.remove(a.id)
	c.log("group.application_assignment.remove", "", groupTarget(g), appTarget(a))
	c.followMembers(a, g)
}
