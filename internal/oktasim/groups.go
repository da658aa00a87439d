package oktasim

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
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
	apps              idSet            // apps that the group is assigned to
	pushes            int              // push mappings whose source the group is
	byRule            map[string]idSet // user id -> the rules that are why the user is a member
	windows           bool             // imported from Active Directory

	born time.Time
	past []version[*group] // what the search index may still hold
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
	Profile               any            `json:"profile"`
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
	if c.org.quirks.SpecAnswers && g.profile.Description == nil {
		v.Profile = map[string]any{"name": g.profile.Name}
	}
	if g.windows {
		v.ObjectClass = []string{"okta:windows_security_principal"}
		v.Profile = windowsProfile(g)
	}
	if stats {
		s := groupStats{Users: len(g.members), Apps: len(g.apps), Mappings: g.pushes, Links: links{"self": href{Href: c.href("groups", g.id) + "?expand=stats"}}}
		v.Embedded = map[string]any{"stats": s}
	}
	if a := c.org.apps[g.source]; a != nil && c.r != nil && strings.Contains(c.query().Get("expand"), "app") {
		if v.Embedded == nil {
			v.Embedded = map[string]any{}
		}
		v.Embedded["app"] = c.appView(a)
	}
	return v
}

// windowsProfile is what a group from Active Directory shows; the names stand for a
// domain that does not exist.
func windowsProfile(g *group) map[string]any {
	return map[string]any{
		"name": g.profile.Name, "description": g.profile.Description, "samAccountName": g.profile.Name,
		"dn": "CN=" + g.profile.Name + ",OU=Groups,DC=sandbox,DC=invalid", "windowsDomainQualifiedName": "SANDBOX\\" + g.profile.Name,
		"externalId": base64.StdEncoding.EncodeToString([]byte(g.id[:16])), "objectSid": "S-1-5-21-1-2-3-" + strconv.Itoa(1000+int(g.id[9])),
		"groupType": "Security", "groupScope": "Global",
	}
}

func (o *Org) newGroup(kind string, profile groupProfile, now time.Time) *group {
	g := &group{id: o.ids.id(prefixGroup), born: o.bornNow(), kind: kind, profile: profile, created: now, updated: now, membershipUpdated: now}
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
			if len(found) < 300 && c.seesGroup(g) && strings.HasPrefix(strings.ToLower(g.profile.Name), strings.ToLower(prefix)) {
				found = append(found, c.groupView(g, stats))
			}
		}
		return ok(found) // not paged, and no Link at all
	}
	shown := func(g *group) *group { return g }
	for _, kind := range []struct {
		param string
		terms terms
	}{{"search", groupSearchTerms()}, {"filter", groupFilterTerms()}} {
		if text := q.Get(kind.param); text != "" {
			match, err := parseExpression(text, kind.terms)
			if err != nil {
				return reply{}, badSearch(err.Error())
			}
			search := kind.param == "search"
			shown = func(g *group) *group {
				if search {
					g = o.indexedGroup(g)
				}
				if g == nil || !match.hits(groupValues(g)) {
					return nil
				}
				return g
			}
			break
		}
	}
	// The default page size is not stated anywhere; 10000 is the largest.
	rule := listRule{def: 10_000, max: 10_000, keep: []string{"filter", "search", "expand", "fields", "sortBy", "sortOrder"}}
	project, fail := projection(q.Get("fields"))
	if fail != nil {
		return reply{}, fail
	}
	if q.Get("search") != "" {
		if fail := c.slowSearch(rule); fail != nil {
			return reply{}, fail
		}
		if sortBy := q.Get("sortBy"); sortBy != "" {
			hits := make([]sortable, 0, len(o.groupIDs))
			for _, id := range o.groupIDs {
				if g := shown(o.groups[id]); g != nil && c.seesGroup(g) {
					hits = append(hits, sortable{sortKey(groupValues(g)(sortBy)), id, func() any { return project(c.groupView(g, stats)) }})
				}
			}
			return c.sorted(rule, hits)
		}
	}
	return list(c, rule, o.groupIDs, func(id string) (any, bool) {
		if g := shown(o.groups[id]); g != nil && c.seesGroup(g) {
			return project(c.groupView(g, stats)), true
		}
		return nil, false
	})
}

// seesGroup hides Everyone from who may only look after groups.
func (c *call) seesGroup(g *group) bool {
	return g.kind != groupBuiltIn || c.who.role != roleGroupAdmin
}

func getGroup(c *call, g *group) (reply, *apiError) {
	return ok(c.groupView(g, strings.Contains(c.query().Get("expand"), "stats")))
}

// membersRule is how lists of members page; limit says what is asked for.
func (c *call) membersRule(g *group) (listRule, *apiError) {
	rule := listRule{def: 1000, max: 1000, keep: []string{"search", "expand"}}
	limit, fail := c.limit(rule)
	if most := c.org.quirks.MembersTimeoutAbove; fail == nil && most > 0 && len(g.members) > most && limit > 200 {
		return rule, &apiError{status: http.StatusGatewayTimeout, code: "E0000009", summary: "Internal Server Error"}
	}
	return rule, fail
}

type memberView struct {
	userView
	Embedded map[string]any `json:"_embedded,omitzero"`
}

// listGroupMembers lists members of every status: whoever has been deactivated stays one.
func listGroupMembers(c *call, g *group) (reply, *apiError) {
	rule, fail := c.membersRule(g)
	if fail != nil {
		return reply{}, fail
	}
	o := c.org
	var match *expression
	if text := c.query().Get("search"); text != "" {
		var err error
		if match, err = parseExpression(text, userSearchTerms(o.custom)); err != nil {
			return reply{}, badSearch(err.Error())
		}
	}
	rules := strings.Contains(c.query().Get("expand"), "group-rules")
	return list(c, rule, o.seenMembers(g), func(id string) (memberView, bool) {
		u := o.users[id]
		if match != nil && !match.hits(userValues(o, u)) {
			return memberView{}, false
		}
		v := memberView{userView: c.userView(u, false)}
		if rules {
			v.Embedded = map[string]any{"group-rules": o.memberRules(g, id)}
		}
		return v, true
	})
}

// listOwners is always empty: nobody owns a group here.
func listOwners(*call, *group) (reply, *apiError) { return ok([]any{}) }

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
	c.beforeGroupChange(g)
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
	c.invalidateRules(g)
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

// join and leave may be repeated: a second call changes nothing and moves no stamp. Who
// is put in by hand stays in, whatever the rules say; who is taken out by hand is left
// alone by the rules that had put that person in.
func (c *call) join(g *group, u *user) {
	delete(g.byRule, u.id)
	c.joinBy(g, u, "")
	c.evaluateLater(u, "")
}

func (c *call) leave(g *group, u *user) {
	c.excludeFromRules(g, u)
	c.leaveBy(g, u, "")
	c.evaluateLater(u, "")
}

// joinBy and leaveBy change a membership; job names the job that does it, empty for what
// an admin did.
func (c *call) joinBy(g *group, u *user, job string) {
	if g.members.has(u.id) {
		return
	}
	c.beforeGroupChange(g)
	g.members.add(u.id)
	u.groups.add(g.id)
	g.membershipUpdated = c.now
	c.noteMembership(g, u, true)
	c.log("group.user_membership.add", job, userTarget(u), groupTarget(g))
	c.followGroup(g, u)
}

func (c *call) leaveBy(g *group, u *user, job string) {
	if !g.members.has(u.id) {
		return
	}
	c.beforeGroupChange(g)
	g.members.remove(u.id)
	u.groups.remove(g.id)
	g.membershipUpdated = c.now
	c.noteMembership(g, u, false)
	c.log("group.user_membership.remove", job, userTarget(u), groupTarget(g))
	c.followGroup(g, u)
}
