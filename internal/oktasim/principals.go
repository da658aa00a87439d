package oktasim

import (
	"slices"
	"strings"
	"time"
)

// principalLimit is what part of the rate limits one API token or app may use.
type principalLimit struct {
	id                         string
	principal, kind            string
	percent, concurrentPercent int
	by                         string
	created, updated           time.Time
}

type principalLimitView struct {
	ID                 string `json:"id"`
	OrgID              string `json:"orgId"`
	PrincipalID        string `json:"principalId"`
	PrincipalType      string `json:"principalType"`
	DefaultPercentage  int    `json:"defaultPercentage"`
	DefaultConcurrency int    `json:"defaultConcurrencyPercentage"`
	CreatedBy          string `json:"createdBy"`
	CreatedDate        stamp  `json:"createdDate"`
	LastUpdate         stamp  `json:"lastUpdate"`
	LastUpdatedBy      string `json:"lastUpdatedBy"`
}

func (c *call) principalLimitView(p *principalLimit) principalLimitView {
	return principalLimitView{p.id, c.org.orgID, p.principal, p.kind, p.percent, p.concurrentPercent, p.by, stamp(p.created), stamp(p.updated), p.by}
}

func principalKinds() []string { return []string{"SSWS_TOKEN", "OAUTH_CLIENT"} }

func principalTerms(attribute string) ([]string, bool) {
	if attribute == "principalType" || attribute == "principalId" {
		return []string{"eq"}, false
	}
	return nil, false
}

// listPrincipalLimits wants a filter, as the specification's examples have one; that it
// is an error to leave it out is a guess, so it is not one here.
func listPrincipalLimits(c *call) (reply, *apiError) {
	shown := func(*principalLimit) bool { return true }
	if text := c.query().Get("filter"); text != "" {
		match, err := parseExpression(text, principalTerms)
		if err != nil {
			return reply{}, badSearch(err.Error())
		}
		shown = func(p *principalLimit) bool {
			return match.hits(func(attribute string) []any {
				if attribute == "principalType" {
					return []any{p.kind}
				}
				return []any{p.principal}
			})
		}
	}
	return list(c, listRule{def: 20, max: 200, keep: []string{"filter"}}, c.org.shareIDs, func(id string) (principalLimitView, bool) {
		p := c.org.shares[id]
		return c.principalLimitView(p), shown(p)
	})
}

func onePrincipalLimit(serve func(c *call, p *principalLimit) (reply, *apiError)) handler {
	return func(c *call) (reply, *apiError) {
		p := c.org.shares[c.arg("limit")]
		if p == nil {
			return reply{}, notFound(c.arg("limit"), "PrincipalRateLimitEntity")
		}
		return serve(c, p)
	}
}

func getPrincipalLimit(c *call, p *principalLimit) (reply, *apiError) {
	return ok(c.principalLimitView(p))
}

func (c *call) readPrincipalLimit(p *principalLimit) *apiError {
	body := struct {
		PrincipalID   string `json:"principalId"`
		PrincipalType string `json:"principalType"`
		Percentage    *int   `json:"defaultPercentage"`
		Concurrency   *int   `json:"defaultConcurrencyPercentage"`
	}{}
	if fail := c.decode(&body); fail != nil {
		return fail
	}
	percent := func(name string, have *int, into *int) *apiError {
		if have == nil {
			return nil
		}
		if *have < 0 || *have > 100 {
			return invalid(name, name+": Must be between 0 and 100")
		}
		*into = *have
		return nil
	}
	switch {
	case !slices.Contains(principalKinds(), body.PrincipalType):
		return invalid("principalType", "principalType: Must be "+strings.Join(principalKinds(), " or "))
	case !c.org.access.hasPrincipal(body.PrincipalID):
		return notFound(body.PrincipalID, "Principal")
	}
	p.principal, p.kind = body.PrincipalID, body.PrincipalType
	if fail := percent("defaultPercentage", body.Percentage, &p.percent); fail != nil {
		return fail
	}
	return percent("defaultConcurrencyPercentage", body.Concurrency, &p.concurrentPercent)
}

func (a *access) hasPrincipal(id string) bool {
	if a.clients[id] != nil {
		return true
	}
	for _, p := range a.tokens {
		if p.id == id {
			return true
		}
	}
	return false
}

// createPrincipalLimit adds the only limit that a principal may have of its own.
func createPrincipalLimit(c *call) (reply, *apiError) {
	o := c.org
	p := &principalLimit{percent: o.limits.rule.PrincipalPercent, concurrentPercent: 75, created: c.now, updated: c.now, by: c.who.party(o).ID}
	if fail := c.readPrincipalLimit(p); fail != nil {
		return reply{}, fail
	}
	for _, other := range o.shares {
		if other.principal == p.principal {
			return reply{}, invalid("principalId", "principalId: A rate limit for this principal already exists")
		}
	}
	p.id = o.ids.id(prefixShare)
	o.shares[p.id] = p
	o.shareIDs.add(p.id)
	return ok(c.principalLimitView(p))
}

func replacePrincipalLimit(c *call, p *principalLimit) (reply, *apiError) {
	changed := *p
	if fail := c.readPrincipalLimit(&changed); fail != nil {
		return reply{}, fail
	}
	changed.updated = c.now
	*p = changed
	return ok(c.principalLimitView(p))
}

// percentOf is the part of each bucket that a principal may use.
func (o *Org) percentOf(who *principal) int {
	for _, p := range o.shares {
		if p.principal == who.id {
			return p.percent
		}
	}
	return o.limits.rule.PrincipalPercent
}

// principalName is what a principal is called, for those who want to give it a limit.
type principalName struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Kind string `json:"kind"`
}

// principals are all tokens and service apps, without their secrets, ordered by id.
func (a *access) principals() []principalName {
	all := []principalName{}
	for _, p := range a.tokens {
		all = append(all, principalName{p.id, p.name, "SSWS_TOKEN"})
	}
	for id := range a.clients {
		all = append(all, principalName{id, id, "OAUTH_CLIENT"})
	}
	slices.SortFunc(all, func(x, y principalName) int { return strings.Compare(x.ID, y.ID) })
	return all
}
