package oktasim

import (
	"slices"
	"strings"
	"time"
)

// grant is a grant of Okta Identity Governance: somebody may have something of an app.
// Only what Okta's CRUD suite for apps with entitlements needs is here: a grant can be
// made, read, listed, replaced and patched; it gives nothing, since the app's entitlements
// would come from its SCIM server.
type grant struct {
	id, kind, action, actor, status string
	principal, target               grantParty
	entitlements                    []grantEntitlement
	bundle                          string
	by                              string
	created, updated                time.Time
}

type grantParty struct {
	ExternalID string `json:"externalId"`
	Type       string `json:"type"`
}

type grantEntitlement struct {
	ID     string       `json:"id"`
	Values []grantValue `json:"values"`
}

type grantValue struct {
	ID string `json:"id"`
}

// grantView follows the documentation of the Governance API; nothing of it has been seen
// in traffic.
type grantView struct {
	ID            string             `json:"id"`
	GrantType     string             `json:"grantType"`
	Status        string             `json:"status"`
	Action        string             `json:"action"`
	Actor         string             `json:"actor"`
	Principal     grantParty         `json:"targetPrincipal"`
	PrincipalORN  string             `json:"targetPrincipalOrn"`
	Target        grantParty         `json:"target"`
	TargetORN     string             `json:"targetResourceOrn"`
	Entitlements  []grantEntitlement `json:"entitlements,omitzero"`
	Bundle        string             `json:"entitlementBundleId,omitzero"`
	Created       stamp              `json:"created"`
	CreatedBy     string             `json:"createdBy"`
	LastUpdated   stamp              `json:"lastUpdated"`
	LastUpdatedBy string             `json:"lastUpdatedBy"`
	Links         links              `json:"_links"`
}

func (c *call) grantHref(id string) string { return c.base + "/governance/api/v1/grants/" + id }

func (c *call) grantView(g *grant) grantView {
	orn := "orn:okta:directory:" + c.org.orgID + ":users:" + g.principal.ExternalID
	target := "orn:okta:idp:" + c.org.orgID + ":apps:" + g.target.ExternalID
	if a := c.org.apps[g.target.ExternalID]; a != nil {
		target = "orn:okta:idp:" + c.org.orgID + ":apps:" + a.name + ":" + a.id
	}
	return grantView{ID: g.id, GrantType: g.kind, Status: g.status, Action: g.action, Actor: g.actor, Principal: g.principal, PrincipalORN: orn,
		Target: g.target, TargetORN: target, Entitlements: g.entitlements, Bundle: g.bundle, Created: stamp(g.created), CreatedBy: g.by,
		LastUpdated: stamp(g.updated), LastUpdatedBy: g.by, Links: links{"self": href{Href: c.grantHref(g.id)}}}
}

type grantBody struct {
	GrantType    string             `json:"grantType"`
	Principal    grantParty         `json:"targetPrincipal"`
	Target       grantParty         `json:"target"`
	Action       string             `json:"action"`
	Actor        string             `json:"actor"`
	Bundle       string             `json:"entitlementBundleId"`
	Entitlements []grantEntitlement `json:"entitlements"`
}

func (c *call) readGrant(g *grant) *apiError {
	body := grantBody{Action: "ALLOW", Actor: "API"}
	if fail := c.decode(&body); fail != nil {
		return fail
	}
	o := c.org
	switch {
	case !slices.Contains([]string{"CUSTOM", "POLICY", "ENTITLEMENT", "ENTITLEMENT-BUNDLE"}, body.GrantType):
		return invalid("grantType", "grantType: Must be CUSTOM, POLICY, ENTITLEMENT or ENTITLEMENT-BUNDLE")
	case !slices.Contains([]string{"ALLOW", "DENY"}, body.Action):
		return invalid("action", "action: Must be ALLOW or DENY")
	case !slices.Contains([]string{"API", "ADMIN", "ACCESS_REQUEST", "NONE"}, body.Actor):
		return invalid("actor", "actor: Must be API, ADMIN, ACCESS_REQUEST or NONE")
	case body.Principal.Type != "OKTA_USER":
		return invalid("targetPrincipal", "targetPrincipal: type must be OKTA_USER")
	case o.users[body.Principal.ExternalID] == nil:
		return notFound(body.Principal.ExternalID, "User")
	case body.GrantType == "ENTITLEMENT-BUNDLE" && body.Bundle == "":
		return invalid("entitlementBundleId", "entitlementBundleId: The field cannot be left blank")
	case body.GrantType != "ENTITLEMENT-BUNDLE" && body.Target.Type != "APPLICATION":
		return invalid("target", "target: type must be APPLICATION")
	case body.GrantType != "ENTITLEMENT-BUNDLE" && o.apps[body.Target.ExternalID] == nil:
		return notFound(body.Target.ExternalID, "AppInstance")
	}
	g.kind, g.action, g.actor, g.bundle = body.GrantType, body.Action, body.Actor, body.Bundle
	g.principal, g.target, g.entitlements = body.Principal, body.Target, body.Entitlements
	return nil
}

func (g *grant) base() bool { return g.kind == "CUSTOM" || g.kind == "POLICY" }

// createGrant answers 200. A base grant (CUSTOM, POLICY) replaces the grants that the
// person had for the app.
func createGrant(c *call) (reply, *apiError) {
	o := c.org
	g := &grant{status: statusActive, created: c.now, updated: c.now, by: c.who.party(o).ID}
	if fail := c.readGrant(g); fail != nil {
		return reply{}, fail
	}
	if g.base() {
		for _, id := range slices.Clone(o.grantIDs) {
			if old := o.grants[id]; old.principal == g.principal && old.target == g.target {
				delete(o.grants, id)
				o.grantIDs.remove(id)
			}
		}
	}
	g.id = o.ids.id(prefixGrant)
	o.grants[g.id] = g
	o.grantIDs.add(g.id)
	return ok(c.grantView(g))
}

func oneGrant(serve func(c *call, g *grant) (reply, *apiError)) handler {
	return func(c *call) (reply, *apiError) {
		g := c.org.grants[c.arg("grant")]
		if g == nil {
			return reply{}, notFound(c.arg("grant"), "Grant")
		}
		return serve(c, g)
	}
}

func getGrant(c *call, g *grant) (reply, *apiError) { return ok(c.grantView(g)) }

func replaceGrant(c *call, g *grant) (reply, *apiError) {
	if fail := c.readGrant(g); fail != nil {
		return reply{}, fail
	}
	g.updated = c.now
	return ok(c.grantView(g))
}

func grantTerms(attribute string) ([]string, bool) {
	if slices.Contains([]string{"target.externalId", "target.type", "targetPrincipal.externalId", "targetPrincipal.type", "grantType", "status"}, attribute) {
		return []string{"eq"}, false
	}
	return nil, false
}

func (g *grant) values(attribute string) []any {
	field := func(p grantParty) []any {
		if strings.HasSuffix(attribute, ".type") {
			return []any{p.Type}
		}
		return []any{p.ExternalID}
	}
	switch {
	case strings.HasPrefix(attribute, "target."):
		return field(g.target)
	case strings.HasPrefix(attribute, "targetPrincipal."):
		return field(g.principal)
	case attribute == "grantType":
		return []any{g.kind}
	}
	return []any{g.status}
}

// listGrants answers an object, unlike the lists of the Management API: {"data":[…]}. A
// filter is required.
func listGrants(c *call) (reply, *apiError) {
	text := c.query().Get("filter")
	if text == "" {
		return reply{}, invalid("filter", "filter: The parameter is required")
	}
	match, err := parseExpression(text, grantTerms)
	if err != nil {
		return reply{}, badSearch(err.Error())
	}
	limit, fail := c.limit(listRule{def: 20, max: 200})
	if fail != nil {
		return reply{}, fail
	}
	data, next := []grantView{}, ""
	for _, id := range c.org.grantIDs.after(c.query().Get("after")) {
		g := c.org.grants[id]
		if !match.hits(g.values) {
			continue
		}
		if len(data) == limit {
			next = data[limit-1].ID
			break
		}
		data = append(data, c.grantView(g))
	}
	l := links{"self": href{Href: c.base + c.r.URL.RequestURI()}}
	if next != "" {
		q := c.query()
		q.Set("after", next)
		l["next"] = href{Href: c.base + c.r.URL.Path + "?" + q.Encode()}
	}
	return ok(map[string]any{"data": data, "_links": l})
}
