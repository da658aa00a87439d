package oktasource

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/oktascim/oktascim/internal/mapping"
)

// Finding is one line of `oktascim check`: a tick or a cross.
type Finding struct {
	OK bool
	// What was looked at, Detail what was seen, Fix what to do about a cross; Fix of a
	// tick is a hint. No secrets.
	What, Detail, Fix string
}

// checker collects findings.
type checker struct {
	s    *Source
	list []Finding
}

func (c *checker) tick(what, detail string) {
	c.list = append(c.list, Finding{OK: true, What: what, Detail: detail})
}

func (c *checker) hint(what, detail, fix string) {
	c.list = append(c.list, Finding{OK: true, What: what, Detail: detail, Fix: fix})
}

func (c *checker) cross(what, detail, fix string) {
	c.list = append(c.list, Finding{What: what, Detail: detail, Fix: fix})
}

// Check looks at everything that a run needs from Okta, in the order in which one thing
// needs the other, and stops where the rest would only repeat a cross. It writes nothing.
func (s *Source) Check(ctx context.Context) []Finding {
	c := &checker{s: s}
	if !c.reach(ctx) || !c.rights(ctx) {
		return c.list
	}
	if s.opt.App == "" {
		c.groups(ctx, "assigned group", s.opt.Groups)
	} else if a, ok := c.app(ctx); ok {
		c.assignments(ctx, a)
		c.mappings(ctx, a)
	}
	if s.opt.Pushes != nil {
		c.groups(ctx, "pushed group", s.pushNames())
		c.rules(ctx)
	}
	return c.list
}

const fixRole = "give the token's owner, or the service app, the Read-Only Administrator role: Security > Administrators"

func (c *checker) fixScope(scope string) string {
	if c.s.opt.ServiceApp == nil {
		return fixRole
	}
	return "grant the scope " + scope + " to the service app (Okta API Scopes) and " + fixRole
}

// reach looks at the org and the credentials by reading one user.
func (c *checker) reach(ctx context.Context) bool {
	const org, login = "Okta org", "Okta credentials"
	var rows []oktaUser
	_, err := c.s.get(ctx, "/api/v1/users", url.Values{"limit": {"1"}}, &rows)
	e, _ := errors.AsType[*Error](err)
	switch {
	case err == nil:
		c.tick(org, c.s.transport.org.String()+" answers")
		c.tick(login, "accepted")
		if len(rows) == 0 {
			c.cross("right to read users", "Okta shows no user at all, although every org has one", fixRole)
			return false
		}
		c.tick("right to read users", "granted")
		return true
	case e == nil:
		c.cross(org, err.Error(), "look at the configuration of the service app's key")
		return false
	case e.Status == 0:
		c.cross(org, e.Error(), "look at okta.orgUrl, at the network and at the proxy of this machine")
		return false
	case e.Path == tokenPath:
		c.tick(org, c.s.transport.org.String()+" answers")
		fix := "look at the service app's client id, key and key id"
		if e.Code == "invalid_scope" {
			fix = "grant the scopes under the service app's Okta API Scopes: " + strings.Join(c.s.scopes(), " ")
		}
		if strings.Contains(e.Code, "dpop") {
			fix = "set dpop to auto, or switch \"Require DPoP\" off in the service app"
		}
		c.cross(login, e.Error(), fix)
		return false
	case e.Status == http.StatusUnauthorized:
		c.tick(org, c.s.transport.org.String()+" answers")
		c.cross(login, e.Error(), "make a new token (Security > API > Tokens); a token that is not used for 30 days expires, and each belongs to one org")
		return false
	case e.Status == http.StatusForbidden:
		c.tick(org, c.s.transport.org.String()+" answers")
		c.tick(login, "accepted")
		c.cross("right to read users", e.Error(), c.fixScope("okta.users.read"))
		return true
	default:
		c.cross(org, e.Error(), "is this the address of an Okta org, without -admin?")
		return false
	}
}

func (s *Source) scopes() []string {
	if s.opt.ServiceApp != nil && len(s.opt.ServiceApp.Scopes) > 0 {
		return s.opt.ServiceApp.Scopes
	}
	return DefaultScopes()
}

func (c *checker) rights(ctx context.Context) bool {
	ok := true
	var groups []group
	_, err := c.s.get(ctx, "/api/v1/groups", url.Values{"limit": {"1"}}, &groups)
	switch {
	case err != nil:
		c.cross("right to read groups", err.Error(), c.fixScope("okta.groups.read"))
		ok = false
	case len(groups) == 0:
		c.cross("right to read groups", "Okta shows no group at all, not even Everyone", fixRole)
		ok = false
	default:
		c.tick("right to read groups", "granted")
	}
	if c.s.opt.App == "" {
		return ok
	}
	var apps []app
	if _, err := c.s.get(ctx, "/api/v1/apps", url.Values{"limit": {"1"}}, &apps); err != nil {
		c.cross("right to read apps", err.Error(), c.fixScope("okta.apps.read"))
		return false
	}
	c.tick("right to read apps", "granted")
	return ok
}

// app looks at the app itself; false if the rest cannot be looked at.
func (c *checker) app(ctx context.Context) (app, bool) {
	const what = "Okta app"
	a, err := c.s.findApp(ctx)
	if none, ok := errors.AsType[*AppNotFound](err); ok {
		fix := "give the label exactly as Applications shows it, or the app's id"
		if len(none.Nearest) > 0 {
			fix = "did you mean " + strings.Join(quotedAll(none.Nearest), " or ") + "?"
		}
		c.cross(what, fmt.Sprintf("there is no app %q, or the token may not see it", none.App), fix)
		return a, false
	}
	if several, ok := errors.AsType[*AppAmbiguous](err); ok {
		c.cross(what, fmt.Sprintf("%d apps have the label %q", len(several.IDs), several.Label), "name the app by its id, one of: "+strings.Join(several.IDs, ", "))
		return a, false
	}
	if err != nil {
		c.cross(what, err.Error(), c.fixScope("okta.apps.read"))
		return a, false
	}
	if a.Settings.ImplicitAssignment {
		c.cross(what, fmt.Sprintf("%q lets everybody in without an assignment (Federation Broker Mode)", a.Label), "switch it off: the app's General tab")
		return a, false
	}
	c.tick(what, fmt.Sprintf("%q (%s)", a.Label, a.ID))
	if !a.active() {
		c.cross("app is active", "it is "+strings.ToLower(a.Status), "activate the app: Okta provisions nothing for an inactive one, and nor do we")
	} else {
		c.tick("app is active", "")
	}
	c.switches(a)
	schema, err := c.s.raw(ctx, appPath(a.ID, "schema"))
	if err != nil {
		c.cross("attribute names", err.Error(), c.fixScope("okta.schemas.read"))
		return a, true
	}
	m, err := mapping.FromSchema(schema)
	if err != nil {
		c.cross("attribute names", err.Error(), "look at the app's profile: Directory > Profile Editor")
		return a, true
	}
	c.hint("attribute names", fmt.Sprintf("%d attributes are sent", len(m.Paths())), strings.Join(m.Notes(), "; "))
	return a, true
}

func (c *checker) switches(a app) {
	var on, off []string
	for _, s := range []struct{ feature, name string }{
		{"PUSH_NEW_USERS", "Create Users"}, {"PUSH_PROFILE_UPDATES", "Update User Attributes"},
		{"PUSH_USER_DEACTIVATION", "Deactivate Users"}, {"GROUP_PUSH", "Push Groups"},
	} {
		if a.has(s.feature) {
			on = append(on, s.name)
		} else {
			off = append(off, s.name)
		}
	}
	detail := "on: " + strings.Join(on, ", ")
	if len(on) == 0 {
		detail = "everything is off"
	}
	fix := ""
	if len(off) > 0 {
		fix = strings.Join(off, ", ") + ": off. Switch them on under the app's Provisioning > To App, or in the configuration under toApp"
	}
	c.hint("To App", detail, fix)
}

func (c *checker) assignments(ctx context.Context, a app) {
	const what = "assignments"
	var rows []appUser
	_, err := c.s.get(ctx, appPath(a.ID, "users"), url.Values{"limit": {"1"}}, &rows)
	switch {
	case err != nil:
		c.cross(what, err.Error(), c.fixScope("okta.apps.read"))
	case len(rows) == 0:
		c.hint(what, "nobody is assigned to the app yet", "assign a person or a group: the app's Assignments tab")
	default:
		c.tick(what, "can be read")
	}
}

func (c *checker) mappings(ctx context.Context, a app) {
	if c.s.opt.Pushes != nil {
		return
	}
	const what = "group pushes"
	if !a.has("GROUP_PUSH") {
		c.hint(what, "the app has no Push Groups", "name the groups in the configuration under push, if any are to be pushed")
		return
	}
	n, inactive := 0, 0
	err := list(ctx, c.s, appPath(a.ID, "group-push/mappings"), nil, pushesPage, func(m pushMapping) {
		n++
		if m.Status == "INACTIVE" {
			inactive++
		}
	})
	switch {
	case err != nil:
		c.cross(what, err.Error(), c.fixScope("okta.apps.read and okta.groups.read")+"; or name the groups in the configuration under push")
	case n == 0:
		c.hint(what, "no group is pushed", "the app's Push Groups tab, or push in the configuration")
	default:
		c.tick(what, fmt.Sprintf("%d, of which %d are inactive", n, inactive))
	}
}

func (c *checker) groups(ctx context.Context, what string, names []string) {
	if len(names) == 0 {
		return
	}
	found, err := c.s.groupsByName(ctx, names)
	if err != nil {
		c.cross(what+"s", err.Error(), c.fixScope("okta.groups.read"))
		return
	}
	names = slices.Clone(names)
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		switch n := found[name]; {
		case len(n.groups) == 1:
			c.tick(what, fmt.Sprintf("%q (%s)", name, n.groups[0].ID))
		case len(n.groups) > 1:
			c.cross(what, fmt.Sprintf("several groups are called %q: %s", name, groupIDs(n.groups)), "rename all but one: Directory > Groups")
		case len(n.nearest) > 0:
			c.cross(what, fmt.Sprintf("there is no group %q", name), "did you mean "+strings.Join(quotedAll(n.nearest), " or ")+"?")
		default:
			c.cross(what, fmt.Sprintf("there is no group %q", name), "make it, or correct the name: Directory > Groups")
		}
	}
}
