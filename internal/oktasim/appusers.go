package oktasim

import (
	"cmp"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Scopes of an app user: assigned as a person, or through a group.
const (
	scopeUser  = "USER"
	scopeGroup = "GROUP"
)

// directAssignment is what an admin gave when assigning a person.
type directAssignment struct {
	userName string         // replaces the template; empty if none was given
	profile  map[string]any // replaces mapped values until the mapped value changes
}

type groupAssignment struct {
	priority int
	profile  map[string]any // values of the app's group attributes
	updated  time.Time
}

// appUser is a person's assignment to an app. Its profile is computed when it is read.
type appUser struct {
	userID       string
	targetID     string // 0ua…, only for log events
	scope        string
	via          string // granting group; empty for scope USER
	created      time.Time
	updated      time.Time
	statusMoved  time.Time
	onlyAtCreate map[string]any // values of createOnly attributes
	pinned       *AppUserState
}

type appUserView struct {
	ID              string             `json:"id"`
	ExternalID      *string            `json:"externalId"`
	Created         stamp              `json:"created"`
	LastUpdated     stamp              `json:"lastUpdated"`
	Scope           string             `json:"scope"`
	Status          string             `json:"status"`
	StatusChanged   stamp              `json:"statusChanged"`
	PasswordChanged stamp              `json:"passwordChanged"`
	SyncState       string             `json:"syncState"`
	LastSync        *stamp             `json:"lastSync,omitzero"`
	Credentials     appUserCredentials `json:"credentials"`
	Profile         map[string]any     `json:"profile"`
	Embedded        map[string]any     `json:"_embedded,omitzero"`
	Links           links              `json:"_links"`
}

type appUserCredentials struct {
	UserName string `json:"userName"`
}

// statusOf is a guess that has to be made, since nothing here provisions: an app
// without SCIM provisioning shows what recorded sign-on apps show (ACTIVE, DISABLED);
// one with it shows what the documentation gives for a provisioned user (PROVISIONED,
// SYNCHRONIZED), after the lag for it. externalId stays null, as no target has told Okta
// one, unless the seed plays Okta's own provisioning.
func (o *Org) statusOf(a *app, au *appUser) (status, syncState string, externalID *string) {
	switch {
	case !a.has(featureSCIM):
		status, syncState = statusActive, disabled
	case a.failFor[au.userID]:
		status, syncState = userStaged, statusError
	case au.created.Add(seconds(o.lags.Provisioning)).After(o.opt.Now()):
		status, syncState = userStaged, "SYNCING"
	default:
		status, syncState = userProvisioned, "SYNCHRONIZED"
		if a.provisioned {
			externalID = new("ext-" + au.targetID)
		}
	}
	if p := au.pinned; p != nil {
		status, syncState = cmp.Or(p.Status, status), cmp.Or(p.SyncState, syncState)
		if p.ExternalID != "" {
			externalID = &p.ExternalID
		}
	}
	return cmp.Or(a.appUserStatus, status), syncState, externalID
}

// AppUserState is what a control pins of an app user, as a provisioning engine would
// leave it. What is empty stays as it is.
type AppUserState struct {
	Status     string `json:"status,omitzero"`
	SyncState  string `json:"syncState,omitzero"`
	ExternalID string `json:"externalId,omitzero"`
}

func appUserStatuses() []string {
	return []string{"ACTIVE", "APPROVED", "DEPROVISIONED", "IMPLICIT", "IMPORTED", "INACTIVE", "MATCHED",
		"PENDING", "PROVISIONED", "REVOKED", "STAGED", "SUSPENDED", "UNASSIGNED"}
}

// pinAppUser is POST /sandbox/apps/{id}/users/{uid}; {} takes the pin away.
func pinAppUser(c *call, a *app, au *appUser) (reply, *apiError) {
	var p AppUserState
	if fail := c.decodeStrictly(&p); fail != nil {
		return reply{}, fail
	}
	states := []string{disabled, statusError, "OUT_OF_SYNC", "SYNCHRONIZED", "SYNCING"}
	if p.Status != "" && !slices.Contains(appUserStatuses(), p.Status) {
		return reply{}, invalid("status", oneOf(p.Status, appUserStatuses()))
	}
	if p.SyncState != "" && !slices.Contains(states, p.SyncState) {
		return reply{}, invalid("syncState", oneOf(p.SyncState, states))
	}
	au.pinned, au.updated, au.statusMoved = &p, c.now, c.now
	if p == (AppUserState{}) {
		au.pinned = nil
	}
	return ok(c.appUserView(a, au, false))
}

func (c *call) appUserView(a *app, au *appUser, expand bool) appUserView {
	u := c.org.users[au.userID]
	status, sync, externalID := c.org.statusOf(a, au)
	v := appUserView{
		ID: u.id, ExternalID: externalID, Created: stamp(au.created), LastUpdated: stamp(au.updated), Scope: au.scope,
		Status: status, StatusChanged: stamp(au.statusMoved), SyncState: sync,
		Credentials: appUserCredentials{a.userName(au, u)}, Profile: a.profileOf(c.org, au, u),
		Links: links{"app": href{Href: c.href("apps", a.id)}, "user": href{Href: c.href("users", u.id)}},
	}
	if sync != disabled && sync != "SYNCING" {
		v.LastSync = new(stamp(au.updated))
	}
	if g := c.org.groups[au.via]; g != nil {
		v.Links["group"] = href{Name: g.profile.Name, Href: c.href("groups", g.id)}
	}
	if expand {
		v.Embedded = map[string]any{"user": c.userView(u, true)}
	}
	return v
}

func (a *app) userName(au *appUser, u *user) string {
	if d := a.direct[u.id]; d != nil && d.userName != "" {
		return d.userName
	}
	return userNameOf(a.userNameTemplate, u)
}

// profileOf is the app's view of a person: the mapping, over it the values of the
// granting group or those given at the assignment. Mapped attributes without a value
// are null.
func (a *app) profileOf(o *Org, au *appUser, u *user) map[string]any {
	profile := map[string]any{}
	for _, p := range a.attributes {
		if !p.mapped() {
			continue
		}
		if p.createOnly {
			profile[p.name] = au.onlyAtCreate[p.name]
		} else {
			profile[p.name] = p.value(o, u)
		}
	}
	if d := a.direct[u.id]; d != nil {
		maps.Copy(profile, d.profile)
	} else if g := a.groups[au.via]; g != nil {
		maps.Copy(profile, g.profile)
	}
	return profile
}

// mapped is what the mappings of every app of u make of its profile now.
func (o *Org) mappedNow(u *user) map[string]map[string]any {
	all := map[string]map[string]any{}
	for _, id := range u.apps {
		a := o.apps[id]
		all[id] = map[string]any{"": userNameOf(a.userNameTemplate, u)}
		for _, p := range a.attributes {
			if p.mapped() && !p.createOnly {
				all[id][p.name] = p.value(o, u)
			}
		}
	}
	return all
}

// pushProfile lets app users follow a change of the Okta profile: a value given at the
// assignment lasts until what is mapped to it changes.
func (c *call) pushProfile(u *user, before map[string]map[string]any) {
	now := c.org.mappedNow(u)
	for _, id := range u.apps {
		a := c.org.apps[id]
		changed := false
		for name, value := range now[id] {
			if reflect.DeepEqual(value, before[id][name]) {
				continue
			}
			changed = true
			if d := a.direct[u.id]; d != nil {
				if name == "" {
					d.userName = ""
				} else {
					delete(d.profile, name)
				}
			}
		}
		if changed {
			a.users[u.id].updated = c.now
			if before[id][""] != now[id][""] {
				c.log("application.user_membership.change_username", "", appUserTarget(a, a.users[u.id], u), appTarget(a), userTarget(u))
			}
			c.log("application.user_membership.update", "", appUserTarget(a, a.users[u.id], u), appTarget(a), userTarget(u))
		}
	}
}

// followGroup makes the assignments of u follow a membership change in g.
func (c *call) followGroup(g *group, u *user) {
	if len(g.apps) == 0 {
		return
	}
	job := c.org.ids.id(prefixJob)
	for _, id := range g.apps {
		c.org.later(c, c.org.apps[id], u, job)
	}
}

// later carries a group-driven assignment out after the delay that the org was given.
func (o *Org) later(c *call, a *app, u *user, job string) {
	if o.opt.AssignmentDelay <= 0 || o.quiet {
		o.reassign(c, a, u, job)
		return
	}
	appID, userID := a.id, u.id
	o.after(o.opt.AssignmentDelay, func(c *call) {
		if a, u := o.apps[appID], o.users[userID]; a != nil && u != nil {
			o.reassign(c, a, u, job)
		}
	})
}

// reassignAll looks at every app that u could be assigned to through a group.
func (o *Org) reassignAll(c *call, u *user) {
	job := ""
	for _, id := range o.appIDs {
		a := o.apps[id]
		if a.users[u.id] == nil && o.granting(a, u) == "" {
			continue
		}
		if job == "" {
			job = o.ids.id(prefixJob)
		}
		o.later(c, a, u, job)
	}
}

// granting is the group through which u has a: of several, the one with the highest
// priority, which is the lowest number. That Okta chooses so is a guess.
func (o *Org) granting(a *app, u *user) string {
	best := ""
	for _, id := range a.groupIDs {
		if u.groups.has(id) && (best == "" || a.groups[id].priority < a.groups[best].priority) {
			best = id
		}
	}
	return best
}

// reassign brings the app user of (a, u) in line with how u is assigned: directly,
// which masks groups; through a group; or not at all. job names the job that does it,
// empty for what an admin did to this one person.
func (o *Org) reassign(c *call, a *app, u *user, job string) {
	scope, via := "", ""
	if u.status != userDeprovisioned {
		if a.direct[u.id] != nil {
			scope = scopeUser
		} else if via = o.granting(a, u); via != "" {
			scope = scopeGroup
		}
	}
	au := a.users[u.id]
	switch {
	case scope == "" && au == nil:
	case scope == "":
		delete(a.users, u.id)
		a.userIDs.remove(u.id)
		u.apps.remove(a.id)
		c.log("application.user_membership.remove", job, appUserTarget(a, au, u), appTarget(a), userTarget(u))
	case au == nil:
		au = &appUser{userID: u.id, targetID: o.ids.id(prefixAppUser), scope: scope, via: via, created: c.now, updated: c.now, statusMoved: c.now}
		for _, p := range a.attributes {
			if p.createOnly {
				if au.onlyAtCreate == nil {
					au.onlyAtCreate = map[string]any{}
				}
				au.onlyAtCreate[p.name] = p.value(o, u)
			}
		}
		a.users[u.id] = au
		a.userIDs.add(u.id)
		u.apps.add(a.id)
		c.log("application.user_membership.add", job, appUserTarget(a, au, u), appTarget(a), userTarget(u))
	case au.scope != scope || au.via != via:
		au.scope, au.via, au.updated = scope, via, c.now
		c.log("application.user_membership.update", job, appUserTarget(a, au, u), appTarget(a), userTarget(u))
	}
}

func listAppUsers(c *call, a *app) (reply, *apiError) {
	rule := listRule{def: 50, max: 500, keep: []string{"q", "expand"}}
	if c.org.quirks.LoseExpand {
		rule.keep = []string{"q"}
	}
	expand := c.query().Get("expand") == "user"
	prefix := strings.ToLower(c.query().Get("q"))
	return list(c, rule, a.userIDs, func(id string) (appUserView, bool) {
		au, u := a.users[id], c.org.users[id]
		if prefix != "" && !slices.ContainsFunc([]string{a.userName(au, u), u.text("firstName"), u.text("lastName"), u.text("email")},
			func(s string) bool { return strings.HasPrefix(strings.ToLower(s), prefix) }) {
			return appUserView{}, false
		}
		return c.appUserView(a, au, expand), true
	})
}

func oneAppUser(serve func(c *call, a *app, au *appUser) (reply, *apiError)) handler {
	return oneApp(func(c *call, a *app) (reply, *apiError) {
		au := a.users[c.arg("user")]
		if au == nil {
			return reply{}, notFound(c.arg("user"), "AppUser")
		}
		return serve(c, a, au)
	})
}

func getAppUser(c *call, a *app, au *appUser) (reply, *apiError) {
	return ok(c.appUserView(a, au, c.query().Get("expand") == "user"))
}

type appUserBody struct {
	ID          string `json:"id"`
	Scope       string `json:"scope"`
	Credentials *struct {
		UserName string `json:"userName"`
	} `json:"credentials"`
	Profile map[string]any `json:"profile"`
}

// assignUser is POST /apps/{id}/users: a direct assignment, which masks one through a
// group. Assigning a person again replaces what the first time gave.
func assignUser(c *call, a *app) (reply, *apiError) {
	var body appUserBody
	if fail := c.decode(&body); fail != nil {
		return reply{}, fail
	}
	u := c.org.users[body.ID]
	switch {
	case u == nil:
		return reply{}, notFound(body.ID, "User")
	case body.Scope != "" && body.Scope != scopeUser:
		return reply{}, invalid("scope", "scope: Only USER can be assigned here.")
	case u.status == userDeprovisioned:
		// The code is a guess: the documentation names none for this.
		return reply{}, wrongStatus()
	case a.status != statusActive:
		return reply{}, &apiError{status: http.StatusBadRequest, code: "E0000024", summary: "No active instances."}
	}
	if fail := a.knows(body.Profile); fail != nil {
		return reply{}, fail
	}
	d := &directAssignment{profile: map[string]any{}}
	overlay(d.profile, body.Profile)
	if body.Credentials != nil {
		d.userName = body.Credentials.UserName
	}
	if a.users[u.id] != nil {
		a.users[u.id].updated = c.now
	}
	a.direct[u.id] = d
	c.org.reassign(c, a, u, "")
	return ok(c.appUserView(a, a.users[u.id], false))
}

// knows refuses attributes that the app's schema does not have.
func (a *app) knows(profile map[string]any) *apiError {
	var causes []string
	for _, name := range slices.Sorted(maps.Keys(profile)) {
		if !slices.ContainsFunc(a.attributes, func(p attribute) bool { return p.name == name }) {
			causes = append(causes, "Property name '"+name+"' is not defined in profile")
		}
	}
	if causes != nil {
		return invalid("profile", causes...)
	}
	return nil
}

// updateAppUser is POST /apps/{id}/users/{uid}. A mapped attribute of an app that pushes
// profiles cannot be set here (E0000075).
func updateAppUser(c *call, a *app, au *appUser) (reply, *apiError) {
	var body appUserBody
	if fail := c.decode(&body); fail != nil {
		return reply{}, fail
	}
	if fail := a.knows(body.Profile); fail != nil {
		return reply{}, fail
	}
	u := c.org.users[au.userID]
	now := a.profileOf(c.org, au, u)
	for _, p := range a.attributes {
		value, given := body.Profile[p.name]
		if given && p.mapped() && !p.createOnly && a.has(featureProfile) && !reflect.DeepEqual(value, now[p.name]) {
			return reply{}, &apiError{status: http.StatusForbidden, code: "E0000075",
				summary: "Cannot modify the " + p.name + " attribute because it has a field mapping and profile push is enabled."}
		}
	}
	d := a.direct[au.userID]
	if d == nil { // what is set for one person makes the assignment a personal one
		d = &directAssignment{profile: map[string]any{}}
		a.direct[au.userID] = d
	}
	maps.Copy(d.profile, body.Profile)
	if body.Credentials != nil && body.Credentials.UserName != "" {
		d.userName = body.Credentials.UserName
	}
	au.updated = c.now
	c.org.reassign(c, a, u, "")
	return ok(c.appUserView(a, au, false))
}

// unassignUser takes a direct assignment away; one through a group, if there is any,
// shows again. What Okta answers for somebody who is only assigned through a group is
// not documented; here it is refused, so that nobody relies on it.
func unassignUser(c *call, a *app, au *appUser) (reply, *apiError) {
	if au.scope == scopeGroup {
		return reply{}, invalid("user", "The user is assigned through a group; remove the user from the group.")
	}
	delete(a.direct, au.userID)
	c.org.reassign(c, a, c.org.users[au.userID], "")
	return noContent()
}
