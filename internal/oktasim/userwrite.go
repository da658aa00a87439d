package oktasim

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

type userBody struct {
	Profile     map[string]any `json:"profile"`
	Credentials *struct {
		Password *struct {
			Value string `json:"value"`
		} `json:"password"`
	} `json:"credentials"`
	GroupIDs []string `json:"groupIds"`
}

func (b userBody) password() bool {
	return b.Credentials != nil && b.Credentials.Password != nil && b.Credentials.Password.Value != ""
}

func createUser(c *call) (reply, *apiError) {
	var body userBody
	if fail := c.decode(&body); fail != nil {
		return reply{}, fail
	}
	o := c.org
	profile := map[string]any{}
	overlay(profile, body.Profile)
	if fail := o.checkProfile(profile, nil); fail != nil {
		return reply{}, fail
	}
	for _, id := range body.GroupIDs {
		if g := o.groups[id]; g == nil || g.kind != groupOkta {
			return reply{}, notFound(id, "UserGroup")
		}
	}
	u := o.newUser(profile, userStaged, c.now)
	if body.password() {
		u.hasPassword, u.passwordChanged = true, c.now
	}
	c.log("user.lifecycle.create", "", userTarget(u))
	c.followGroup(o.groups[o.everyone], u)
	for _, id := range body.GroupIDs {
		c.join(o.groups[id], u)
	}
	if c.query().Get("activate") != "false" {
		c.activate(u)
	} else {
		c.evaluateLater(u, "")
	}
	return ok(c.userView(u, true))
}

// newUser puts a user into the org and into Everyone.
func (o *Org) newUser(profile map[string]any, status string, now time.Time) *user {
	u := &user{id: o.ids.id(prefixUser), born: o.bornNow(), status: status, profile: profile, created: now, statusChanged: now, lastUpdated: now}
	if status != userStaged {
		u.activated = now
	}
	o.users[u.id] = u
	o.userIDs.add(u.id)
	o.logins[strings.ToLower(u.login())] = u.id
	if status != userDeprovisioned || !o.quirks.EveryoneDropsDeprovisioned {
		o.groups[o.everyone].members.add(u.id)
		u.groups.add(o.everyone)
	}
	return u
}

// bornNow is when something came into the search index's sight; what the seed brings has
// always been there.
func (o *Org) bornNow() time.Time {
	if o.quiet {
		return time.Time{}
	}
	return o.opt.Now()
}

// overlay writes changes over a profile: null and "" take an attribute away.
func overlay(profile, changes map[string]any) {
	for name, value := range changes {
		if value == nil || value == "" {
			delete(profile, name)
		} else {
			profile[name] = value
		}
	}
}

// checkProfile says everything that is wrong with a profile; self is the user that
// already has it, nil for a new one.
func (o *Org) checkProfile(profile map[string]any, self *user) *apiError {
	var causes []string
	what := ""
	wrong := func(attribute, text string) {
		if what == "" {
			what = attribute
		}
		causes = append(causes, text)
	}
	base := baseAttributes()
	for _, name := range slices.Sorted(maps.Keys(profile)) {
		if !slices.Contains(base, name) && !o.custom[name] {
			wrong("newUser", "Property name '"+name+"' is not defined in profile")
		}
	}
	for _, name := range []string{"login", "email", "firstName", "lastName"} {
		if s, _ := profile[name].(string); s == "" {
			// An imported user may lack an e-mail address; nobody has to invent one to
			// change its title.
			if self == nil || self.text(name) != "" {
				wrong(name, name+": The field cannot be left blank")
			}
		}
	}
	login, _ := profile["login"].(string)
	if login != "" && !strings.Contains(login, "@") {
		wrong("login", "login: Username must be in the form of an email address")
	}
	if id, taken := o.logins[strings.ToLower(login)]; taken && login != "" && (self == nil || id != self.id) {
		wrong("login", "login: An object with this field already exists in the current organization")
	}
	if what == "" {
		return nil
	}
	return invalid(what, causes...)
}

// updateUser is POST: what the body names is changed, the rest stays.
func updateUser(c *call, u *user) (reply, *apiError) {
	var body userBody
	if fail := c.decode(&body); fail != nil {
		return reply{}, fail
	}
	profile := maps.Clone(u.profile)
	overlay(profile, body.Profile)
	return c.replaceProfile(u, profile, body.password())
}

// replaceUser is PUT: what the body leaves out is unset.
func replaceUser(c *call, u *user) (reply, *apiError) {
	var body userBody
	if fail := c.decode(&body); fail != nil {
		return reply{}, fail
	}
	profile := map[string]any{}
	overlay(profile, body.Profile)
	return c.replaceProfile(u, profile, body.password())
}

func (c *call) replaceProfile(u *user, profile map[string]any, password bool) (reply, *apiError) {
	if fail := c.org.checkProfile(profile, u); fail != nil {
		return reply{}, fail
	}
	if password {
		u.hasPassword, u.passwordChanged = true, c.now
	}
	c.setProfile(u, profile)
	return getUser(c, u)
}

// setProfile changes a user's profile and with it what apps get to see of it.
func (c *call) setProfile(u *user, profile map[string]any) {
	o := c.org
	c.beforeChange(u)
	before := o.mappedNow(u)
	delete(o.logins, strings.ToLower(u.login()))
	u.profile, u.lastUpdated = profile, c.now
	o.logins[strings.ToLower(u.login())] = u.id
	c.log("user.account.update_profile", "", userTarget(u))
	c.pushProfile(u, before)
	c.evaluateLater(u, "")
}

func activateUser(c *call, u *user) (reply, *apiError) {
	if u.status != userStaged && u.status != userDeprovisioned {
		return reply{}, &apiError{status: http.StatusForbidden, code: "E0000016", summary: "Activation failed because the user is already active"}
	}
	if u.status == userDeprovisioned {
		// Coming back takes the credentials away: the person sets a password again.
		u.hasPassword, u.passwordChanged = false, time.Time{}
	}
	c.activate(u)
	if c.query().Get("sendEmail") == "false" {
		token := newSecret("", 20)
		return ok(map[string]string{"activationUrl": c.base + "/welcome/" + token, "activationToken": token})
	}
	return ok(struct{}{})
}

// activate makes a staged or deprovisioned user active, or PROVISIONED if a password is
// still to be set, and brings group-driven assignments back.
func (c *call) activate(u *user) {
	status := userProvisioned
	if u.hasPassword {
		status = userActive
	}
	c.setStatus(u, status)
	u.activated = c.now
	c.log("user.lifecycle.activate", "", userTarget(u))
	if o := c.org; o.groups[o.everyone].members.add(u.id) { // see Quirks.EveryoneDropsDeprovisioned
		u.groups.add(o.everyone)
	}
	c.org.reassignAll(c, u)
	c.evaluateLater(u, "")
}

func (c *call) setStatus(u *user, status string) {
	c.beforeChange(u)
	u.status, u.statusChanged, u.lastUpdated = status, c.now, c.now
}

func deactivateUser(c *call, u *user) (reply, *apiError) {
	if u.status == userDeprovisioned {
		return reply{}, wrongStatus()
	}
	c.deactivate(u)
	return ok(struct{}{})
}

// deactivate takes every app assignment away, the direct ones for good, and leaves
// group membership alone.
func (c *call) deactivate(u *user) {
	c.setStatus(u, userDeprovisioned)
	c.log("user.lifecycle.deactivate", "", userTarget(u))
	for _, id := range slices.Clone(u.apps) {
		a := c.org.apps[id]
		delete(a.direct, u.id)
		c.org.reassign(c, a, u, "")
	}
	if o := c.org; o.quirks.EveryoneDropsDeprovisioned && o.groups[o.everyone].members.remove(u.id) {
		u.groups.remove(o.everyone)
	}
}

func suspendUser(c *call, u *user) (reply, *apiError) {
	if u.status != userActive {
		return reply{}, invalid("suspendUser", "Cannot suspend a user that is not active")
	}
	c.setStatus(u, userSuspended)
	c.log("user.lifecycle.suspend", "", userTarget(u))
	return ok(struct{}{})
}

func unsuspendUser(c *call, u *user) (reply, *apiError) {
	if u.status != userSuspended {
		return reply{}, invalid("unsuspendUser", "Cannot unsuspend a user that is not suspended")
	}
	c.setStatus(u, userActive)
	c.log("user.lifecycle.unsuspend", "", userTarget(u))
	return ok(struct{}{})
}

func unlockUser(c *call, u *user) (reply, *apiError) {
	if u.status != userLockedOut {
		return reply{}, wrongStatus()
	}
	c.setStatus(u, userActive)
	c.log("user.account.unlock", "", userTarget(u))
	return ok(struct{}{})
}

func reactivateUser(c *call, u *user) (reply, *apiError) {
	if u.status != userProvisioned && u.status != userRecovery {
		return reply{}, wrongStatus()
	}
	c.log("user.lifecycle.reactivate", "", userTarget(u))
	return ok(struct{}{})
}

// deleteUser deactivates at the first call and deletes at the second.
func deleteUser(c *call, u *user) (reply, *apiError) {
	if u.status != userDeprovisioned {
		c.deactivate(u)
		return noContent()
	}
	o := c.org
	c.log("user.lifecycle.delete.initiated", "", userTarget(u))
	for _, id := range u.groups {
		g := o.groups[id]
		g.members.remove(u.id)
		delete(g.byRule, u.id)
		g.membershipUpdated = c.now
	}
	delete(o.users, u.id)
	delete(o.logins, strings.ToLower(u.login()))
	o.userIDs.remove(u.id)
	c.log("user.lifecycle.delete.completed", "", userTarget(u))
	return noContent()
}
