package oktasim

import (
	"slices"
	"strings"
	"time"
)

// Types of a group.
const (
	groupOkta    = "OKTA_GROUP"
	groupBuiltIn = "BUILT_IN"
	groupApp     = "APP_GROUP" // belongs to an app: what was imported from it or pushed to it
)

type group struct {
	id                string
	kind              string
	profile           groupProfile
	source            string // of an APP_GROUP: the app
	created, updated  time.Time
	membershipUpdated time.Time
	members           idSet
	apps              idSet // apps that the group is assigned to
}

type groupProfile struct {
	Name        string  `json:"name"`
	Description *string `json:"description"`
}

type groupView struct {
	ID                    string         `json:"id"`
	Created               stamp          `json:"created"`
	LastUpdated           stamp          `json:"lastUpdated"`
	LastMembershipUpdated stamp          `json:"lastMembershipUpdated"`
	ObjectClass           []string       `json:"objectClass"`
	Type                  string         `json:"type"`
	Profile               groupProfile   `json:"profile"`
	Source                *idView        `json:"source,omitzero"`
	Embedded              map[string]any `json:"_embedded,omitzero"`
	Links                 links          `json:"_links"`
}

type groupStats struct {
	Users    int   `json:"usersCount"`
	Apps     int   `json:"appsCount"`
	Mappings int   `json:"groupPushMappingsCount"`
	Admin    bool  `json:"hasAdminPrivilege"`
	Links    links `json:"_links"`
}

func (c *call) groupView(g *group, stats bool) groupView {
	logo := func(size string) href {
		return href{Name: size, Href: c.base + "/assets/img/logos/groups/odyssey/okta-" + size + ".png", Type: "image/png"}
	}
	v := groupView{
		ID: g.id, Created: stamp(g.created), LastUpdated: stamp(g.updated), LastMembershipUpdated: stamp(g.membershipUpdated),
		ObjectClass: []string{"okta:user_group"}, Type: g.kind, Profile: g.profile,
		Links: links{
			"logo":  []href{logo("medium"), logo("large")},
			"users": href{Href: c.href("groups", g.id, "users")},
			"apps":  href{Href: c.href("groups", g.id, "apps")},
		},
	}
	switch g.kind {
	case groupOkta:
		v.Links["owners"] = href{Href: c.href("groups", g.id, "owners")}
	case groupApp:
		v.Source = &idView{g.source}
		v.Links["source"] = href{Href: c.href("apps", g.source)}
	}
	if stats {
		s := groupStats{Users: len(g.members), Apps: len(g.apps), Links: links{"self": href{Href: c.href("groups", g.id) + "?expand=stats"}}}
		for _, a := range c.org.apps {
			for _, p := range a.pushes {
				if p.source == g.id {
					s.Mappings++
				}
			}
		}
		v.Embedded = map[string]any{"stats": s}
	}
	return v
}

func (o *Org) newGroup(kind string, profile groupProfile, now time.Time) *group {
	g := &group{id: o.ids.id(prefixGroup), kind: kind, profile: profile, created: now, updated: now, membershipUpdated: now}
	o.groups[g.id] = g
	o.groupIDs.add(g.id)
	return g
}

func oneGroup(serve func(c *call, g *group) (reply, *apiError)) handler {
	return func(c *call) (reply, *apiError) {
		g := c.org.groups[c.arg("group")]
		if g == nil {
			return reply{}, notFound(c.arg("group"), "UserGroup")
		}
		return serve(c, g)
	}
}

func listGroups(c *call) (reply, *apiError) {
	o, q := c.org, c.query()
	stats := strings.Contains(q.Get("expand"), "stats")
	if prefix := q.Get("q"); prefix != "" {
		found := []groupView{}
		for _, id := range o.groupIDs {
			g := o.groups[id]
			if len(found) < 300 && strings.HasPrefix(strings.ToLower(g.profile.Name), strings.ToLower(prefix)) {
				found = append(found, c.groupView(g, stats))
			}
		}
		return ok(found) // not paged, and no Link at all
	}
	shown := func(*group) bool { return true }
	for _, kind := range []struct {
		param string
		terms terms
	}{{"search", groupSearchTerms()}, {"filter", groupFilterTerms()}} {
		if text := q.Get(kind.param); text != "" {
			match, err := parseExpression(text, kind.terms)
			if err != nil {
				return reply{}, badSearch(err.Error())
			}
			shown = func(g *group) bool { return match.hits(groupValues(g)) }
			break
		}
	}
	// The default page size is not stated anywhere; 10000 is the largest.
	rule := listRule{def: 10_000, max: 10_000, keep: []string{"filter", "search", "expand", "sortBy", "sortOrder"}}
	return list(c, rule, o.groupIDs, func(id string) (groupView, bool) {
		if g := o.groups[id]; shown(g) {
			return c.groupView(g, stats), true
		}
		return groupView{}, false
	})
}

func getGroup(c *call, g *group) (reply, *apiError) {
	return ok(c.groupView(g, strings.Contains(c.query().Get("expand"), "stats")))
}

func listGroupMembers(c *call, g *group) (reply, *apiError) {
	return list(c, listRule{def: 1000, max: 1000}, g.members, func(id string) (userView, bool) {
		return c.userView(c.org.users[id], false), true
	})
}

func listGroupApps(c *call, g *group) (reply, *apiError) {
	return list(c, listRule{def: 20, max: 200}, g.apps, func(id string) (appView, bool) {
		return c.appView(c.org.apps[id]), true
	})
}

type groupBody struct {
	Profile map[string]any `json:"profile"`
}

func (c *call) groupProfile(self *group) (groupProfile, *apiError) {
	var body groupBody
	if fail := c.decode(&body); fail != nil {
		return groupProfile{}, fail
	}
	name, _ := body.Profile["name"].(string)
	if strings.TrimSpace(name) == "" {
		return groupProfile{}, invalid("name", "name: The field cannot be left blank")
	}
	if len(name) > 255 {
		return groupProfile{}, invalid("name", "name: The field is too long")
	}
	if id := c.org.groupNamed(name); id != "" && (self == nil || id != self.id) {
		return groupProfile{}, invalid("name", "name: An object with this field already exists in the current organization")
	}
	p := groupProfile{Name: name}
	if d, set := body.Profile["description"].(string); set {
		p.Description = &d
	}
	return p, nil
}

func createGroup(c *call) (reply, *apiError) {
	profile, fail := c.groupProfile(nil)
	if fail != nil {
		return reply{}, fail
	}
	g := c.org.newGroup(groupOkta, profile, c.now)
	c.log("group.lifecycle.create", "", groupTarget(g))
	return ok(c.groupView(g, false))
}

// writable refuses changes in groups that Okta or an app looks after. That the code is
// E0000006 is a guess; the status is documented.
func (g *group) writable() *apiError {
	if g.kind != groupOkta {
		return forbidden()
	}
	return nil
}

func replaceGroup(c *call, g *group) (reply, *apiError) {
	if fail := g.writable(); fail != nil {
		return reply{}, fail
	}
	profile, fail := c.groupProfile(g)
	if fail != nil {
		return reply{}, fail
	}
	g.profile, g.updated = profile, c.now
	c.log("group.profile.update", "", groupTarget(g))
	c.renamePushed(g)
	return ok(c.groupView(g, false))
}

func deleteGroup(c *call, g *group) (reply, *apiError) {
	if g.kind == groupBuiltIn {
		return reply{}, forbidden()
	}
	c.dropGroup(g)
	c.log("group.lifecycle.delete", "", groupTarget(g))
	return noContent()
}

// dropGroup takes g out of everything that knows it. Assignments through it follow.
func (c *call) dropGroup(g *group) {
	o := c.org
	for _, id := range slices.Clone(g.members) {
		o.users[id].groups.remove(g.id)
	}
	for _, id := range slices.Clone(g.apps) {
		c.unassignGroup(o.apps[id], g)
	}
	c.orphanPushes(g)
	delete(o.groups, g.id)
	o.groupIDs.remove(g.id)
}

// memberOf finds the user of a membership call.
func memberOf(serve func(c *call, g *group, u *user)) handler {
	return oneGroup(func(c *call, g *group) (reply, *apiError) {
		if fail := g.writable(); fail != nil {
			return reply{}, fail
		}
		u, fail := c.userNamed(c.arg("user"))
		if fail != nil {
			return reply{}, fail
		}
		serve(c, g, u)
		return noContent()
	})
}

// join and leave may be repeated: a second call changes nothing and moves no stamp.
func (c *call) join(g *group, u *user) {
	if !g.members.add(u.id) {
		return
	}
	u.groups.add(g.id)
	g.membershipUpdated = c.now
	c.log("group.user_membership.add", "", userTarget(u), groupTarget(g))
	c.followGroup(g, u)
}

func (c *call) leave(g *group, u *user) {
	if !g.members.remove(u.id) {
		return
	}
	u.groups.remove(g.id)
	g.membershipUpdated = c.now
	c.log("group.user_membership.remove", "", userTarget(u), groupTarget(g))
	c.followGroup(g, u)
}
