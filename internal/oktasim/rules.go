package oktasim

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

const statusInvalid = "INVALID"

// rule is a group rule: whoever matches is a member of its groups.
type rule struct {
	id, name, status string
	text             string
	expression       oel
	excludeUsers     []string
	excludeGroups    []string
	groups           []string
	created, updated time.Time
}

const (
	maxRules        = 2000
	maxRuleName     = 50
	maxRuleGroups   = 100
	oelRuleLanguage = "urn:okta:expression:1.0"
)

type ruleView struct {
	Type           string         `json:"type"`
	ID             string         `json:"id"`
	Status         string         `json:"status"`
	Name           string         `json:"name"`
	Created        stamp          `json:"created"`
	LastUpdated    stamp          `json:"lastUpdated"`
	Conditions     ruleConditions `json:"conditions"`
	Actions        ruleActions    `json:"actions"`
	AllGroupsValid bool           `json:"allGroupsValid"`
	Embedded       map[string]any `json:"_embedded,omitzero"`
}

type ruleConditions struct {
	People *struct {
		Users  ruleExclusion `json:"users"`
		Groups ruleExclusion `json:"groups"`
	} `json:"people"`
	Expression struct {
		Value string `json:"value"`
		Type  string `json:"type"`
	} `json:"expression"`
}

type ruleExclusion struct {
	Exclude []string `json:"exclude"`
}

type ruleActions struct {
	Assign struct {
		GroupIDs []string `json:"groupIds"`
	} `json:"assignUserToGroups"`
}

func (c *call) ruleView(r *rule) ruleView {
	v := ruleView{Type: "group_rule", ID: r.id, Status: r.status, Name: r.name, Created: stamp(r.created), LastUpdated: stamp(r.updated), AllGroupsValid: true}
	v.Conditions.Expression.Value, v.Conditions.Expression.Type = r.text, oelRuleLanguage
	v.Conditions.People = &struct {
		Users  ruleExclusion `json:"users"`
		Groups ruleExclusion `json:"groups"`
	}{ruleExclusion{slices.Clone(r.excludeUsers)}, ruleExclusion{slices.Clone(r.excludeGroups)}}
	v.Actions.Assign.GroupIDs = slices.Clone(r.groups)
	names := map[string]string{}
	for _, id := range r.groups {
		g := c.org.groups[id]
		if g == nil {
			v.AllGroupsValid = false
			continue
		}
		names[id] = g.profile.Name
	}
	if c.r != nil && c.query().Get("expand") == "groupIdToGroupNameMap" {
		v.Embedded = map[string]any{"groupIdToGroupNameMap": names}
	}
	return v
}

func listGroupRules(c *call) (reply, *apiError) {
	word := strings.ToLower(c.query().Get("search"))
	return list(c, listRule{def: 50, max: 200, keep: []string{"search", "expand"}}, c.org.ruleIDs, func(id string) (ruleView, bool) {
		r := c.org.rules[id]
		return c.ruleView(r), strings.Contains(strings.ToLower(r.name+" "+r.text), word)
	})
}

func oneRule(serve func(c *call, r *rule) (reply, *apiError)) handler {
	return func(c *call) (reply, *apiError) {
		r := c.org.rules[c.arg("rule")]
		if r == nil {
			return reply{}, notFound(c.arg("rule"), "GroupRule")
		}
		return serve(c, r)
	}
}

func getRule(c *call, r *rule) (reply, *apiError) { return ok(c.ruleView(r)) }

type ruleBody struct {
	Type       string         `json:"type"`
	Name       string         `json:"name"`
	Conditions ruleConditions `json:"conditions"`
	Actions    ruleActions    `json:"actions"`
}

// read checks a body and puts it into r.
func (c *call) readRule(r *rule) *apiError {
	var body ruleBody
	if fail := c.decode(&body); fail != nil {
		return fail
	}
	switch {
	case body.Type != "" && body.Type != "group_rule":
		return invalid("type", "type: Must be group_rule.")
	case strings.TrimSpace(body.Name) == "":
		return invalid("name", "name: The field cannot be left blank")
	case len([]rune(body.Name)) > maxRuleName:
		return invalid("name", "name: The field is too long")
	}
	var exclude, outside []string
	if p := body.Conditions.People; p != nil {
		exclude, outside = p.Users.Exclude, p.Groups.Exclude
	}
	e, fail := c.org.checkRule(body.Conditions.Expression.Value, body.Actions.Assign.GroupIDs, exclude)
	if fail != nil {
		return fail
	}
	r.name, r.text, r.expression = body.Name, body.Conditions.Expression.Value, e
	r.groups, r.excludeUsers, r.excludeGroups = body.Actions.Assign.GroupIDs, orEmpty(exclude), orEmpty(outside)
	return nil
}

func orEmpty(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

func (o *Org) checkRule(text string, groups, exclude []string) (oel, *apiError) {
	if strings.TrimSpace(text) == "" {
		return nil, invalid("conditions", "expression: The field cannot be left blank")
	}
	e, err := parseOEL(text, o.knowsAttribute)
	if err != nil {
		return nil, invalid("conditions", "Invalid expression: "+err.Error())
	}
	if len(groups) == 0 || len(groups) > maxRuleGroups {
		return nil, invalid("actions", "groupIds: Between 1 and "+strconv.Itoa(maxRuleGroups)+" groups must be given")
	}
	for _, id := range groups {
		if g := o.groups[id]; g == nil || g.kind != groupOkta {
			return nil, invalid("actions", "groupIds: "+id+" is not a group that rules can add to")
		}
	}
	for _, id := range exclude {
		if o.users[id] == nil {
			return nil, notFound(id, "User")
		}
	}
	return e, nil
}

func (o *Org) knowsAttribute(name string) bool {
	return name == "id" || name == "status" || slices.Contains(baseAttributes(), name) || o.custom[name]
}

// createRule makes an INACTIVE rule.
func createRule(c *call) (reply, *apiError) {
	if len(c.org.rules) >= maxRules {
		return reply{}, invalid("groupRule", "The org has reached the limit of "+strconv.Itoa(maxRules)+" group rules.")
	}
	r := &rule{status: statusInactive, created: c.now, updated: c.now}
	if fail := c.readRule(r); fail != nil {
		return reply{}, fail
	}
	c.org.addRule(r)
	return ok(c.ruleView(r))
}

func (o *Org) addRule(r *rule) {
	r.id = o.ids.id(prefixRule)
	o.rules[r.id] = r
	o.ruleIDs.add(r.id)
}

// replaceRule wants an inactive rule. That the refusal is E0000001 is a guess.
func replaceRule(c *call, r *rule) (reply, *apiError) {
	if r.status == statusActive {
		return reply{}, invalid("groupRule", "An active group rule cannot be changed: deactivate it first.")
	}
	if fail := c.readRule(r); fail != nil {
		return reply{}, fail
	}
	r.status, r.updated = statusInactive, c.now
	return ok(c.ruleView(r))
}

func activateRule(c *call, r *rule) (reply, *apiError) {
	if r.status == statusInvalid {
		return reply{}, invalid("groupRule", "An invalid group rule cannot be activated.")
	}
	if r.status != statusActive {
		r.status, r.updated = statusActive, c.now
		job := c.org.ids.id(prefixJob)
		c.log("group.user_membership.rule.trigger", job, ruleTarget(r))
		for _, id := range slices.Clone(c.org.userIDs) {
			c.evaluateLater(c.org.users[id], job)
		}
	}
	return noContent()
}

// deactivateRule leaves the members whom the rule has brought, as the help pages say.
func deactivateRule(c *call, r *rule) (reply, *apiError) {
	if r.status == statusActive {
		r.status, r.updated = statusInactive, c.now
		c.log("group.user_membership.rule.deactivated", "", ruleTarget(r))
	}
	return noContent()
}

// deleteRule answers 202 and is worked off as a job; removeUsers takes the members away
// whom only this rule has brought.
func deleteRule(c *call, r *rule) (reply, *apiError) {
	o := c.org
	also := c.query().Get("removeUsers") == "true"
	job := o.ids.id(prefixJob)
	o.after(seconds(o.lags.Rules), func(c *call) {
		if o.rules[r.id] != r {
			return
		}
		delete(o.rules, r.id)
		o.ruleIDs.remove(r.id)
		for _, id := range r.groups {
			g := o.groups[id]
			if g == nil {
				continue
			}
			for _, uid := range slices.Sorted(maps.Keys(g.byRule)) {
				if c.dropReason(g, uid, r.id) && also {
					c.leaveBy(g, o.users[uid], job)
				}
			}
		}
	})
	return reply{status: http.StatusAccepted}, nil
}

func ruleTarget(r *rule) logParty {
	return logParty{ID: r.id, Type: "GroupRule", AlternateID: "unknown", DisplayName: r.name}
}

// evaluateLater lets the rules look at u, after the lag.
func (c *call) evaluateLater(u *user, job string) {
	o := c.org
	if u == nil || len(o.rules) == 0 {
		return
	}
	if o.quiet || o.lags.Rules <= 0 {
		c.evaluate(u, job)
		return
	}
	id := u.id
	o.after(seconds(o.lags.Rules), func(c *call) {
		if u := o.users[id]; u != nil {
			c.evaluate(u, cmp.Or(job, o.ids.id(prefixJob)))
		}
	})
}

// evaluate brings the memberships that rules give to u in line with them. A rule may
// make another one match (isMemberOf…), so it goes round until nothing moves; rules that
// feed on each other end after as many rounds as there are rules.
func (c *call) evaluate(u *user, job string) {
	o := c.org
	if u.status == userDeprovisioned || u.evaluating {
		return // membership outlives deactivation, and nothing is added to it
	}
	u.evaluating = true
	defer func() { u.evaluating = false }()
	for range len(o.rules) + 1 {
		if !c.evaluateOnce(u, cmp.Or(job, o.ids.id(prefixJob))) {
			return
		}
	}
}

func (c *call) evaluateOnce(u *user, job string) (moved bool) {
	o := c.org
	for _, id := range o.ruleIDs {
		r := o.rules[id]
		if r.status != statusActive {
			continue
		}
		hits := !slices.Contains(r.excludeUsers, u.id) &&
			!slices.ContainsFunc(r.excludeGroups, u.groups.has) && truth(r.expression(&oelScope{o, u}))
		for _, gid := range r.groups {
			g := o.groups[gid]
			switch {
			case g == nil:
			case hits && g.members.has(u.id):
				if len(g.byRule[u.id]) > 0 { // another rule's; a manual membership stays manual
					g.addReason(u.id, r.id)
				}
			case hits:
				g.addReason(u.id, r.id)
				c.joinBy(g, u, job)
				moved = true
			case c.dropReason(g, u.id, r.id):
				c.leaveBy(g, u, job)
				moved = true
			}
		}
	}
	return moved
}

// addReason notes that a rule is why u is in g.
func (g *group) addReason(userID, ruleID string) {
	if g.byRule == nil {
		g.byRule = map[string]idSet{}
	}
	set := g.byRule[userID]
	set.add(ruleID)
	g.byRule[userID] = set
}

// dropReason reports whether the rule was the last reason for the membership.
func (c *call) dropReason(g *group, userID, ruleID string) bool {
	set := g.byRule[userID]
	if !set.remove(ruleID) {
		return false
	}
	if len(set) > 0 {
		g.byRule[userID] = set
		return false
	}
	delete(g.byRule, userID)
	return c.org.users[userID] != nil
}

// excludeFromRules is what follows when an admin takes somebody out of a group whom a
// rule has put there: the rule leaves that person alone from now on.
func (c *call) excludeFromRules(g *group, u *user) {
	for _, id := range g.byRule[u.id] {
		if r := c.org.rules[id]; r != nil && r.status == statusActive && !slices.Contains(r.excludeUsers, u.id) {
			r.excludeUsers = append(r.excludeUsers, u.id)
			c.log("group.user_membership.rule.add_exclusion", "", ruleTarget(r), userTarget(u))
		}
	}
	delete(g.byRule, u.id)
}

// invalidateRules is about the rules that add to a group that is being deleted.
func (c *call) invalidateRules(g *group) {
	for _, id := range c.org.ruleIDs {
		if r := c.org.rules[id]; slices.Contains(r.groups, g.id) && r.status != statusInvalid {
			r.status, r.updated = statusInvalid, c.now
			c.log("group.user_membership.rule.invalidate", "", ruleTarget(r), groupTarget(g))
		}
	}
}

type memberRule struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// memberRules are the rules that have put u into g. The shape is a guess: the operation
// is newer than the specification at hand.
func (o *Org) memberRules(g *group, userID string) []memberRule {
	all := []memberRule{}
	for _, id := range g.byRule[userID] {
		if r := o.rules[id]; r != nil {
			all = append(all, memberRule{r.id, r.name})
		}
	}
	return all
}

func listMemberRules(c *call, g *group) (reply, *apiError) {
	u, fail := c.userNamed(c.arg("user"))
	if fail != nil {
		return reply{}, fail
	}
	if !g.members.has(u.id) {
		return reply{}, notFound(u.id, "User")
	}
	return ok(c.org.memberRules(g, u.id))
}
