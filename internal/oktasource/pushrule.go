package oktasource

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Rule pushes every group whose name or description fits, those that are made later
// too. The zero value is no rule. Upper and lower case are not told apart: a guess,
// since it is not documented for Okta's own rules.
type Rule struct {
	// Description compares the description instead of the name.
	Description bool
	// How is "startsWith", "contains" or "endsWith".
	How  string
	Text string
}

func (r Rule) isZero() bool { return r == Rule{} }

func (r Rule) String() string {
	of := "name"
	if r.Description {
		of = "description"
	}
	return fmt.Sprintf("%s %s %q", of, r.How, r.Text)
}

// matches reports whether the rule pushes the group. An app's own groups are no
// candidates, as with names.
func (r Rule) matches(g group) bool {
	if g.Type == "APP_GROUP" || r.Text == "" {
		return false
	}
	value, text := strings.ToLower(g.Profile.Name), strings.ToLower(r.Text)
	if r.Description {
		value = strings.ToLower(g.Profile.Description)
	}
	switch r.How {
	case "startsWith":
		return strings.HasPrefix(value, text)
	case "contains":
		return strings.Contains(value, text)
	case "endsWith":
		return strings.HasSuffix(value, text)
	}
	return false
}

// names reports whether this push is of the group, by name or by rule.
func (p Push) names(g group) bool {
	if p.Rule.isZero() {
		return p.Name == g.Profile.Name
	}
	return p.Rule.matches(g)
}

// pushNames are the names of the groups that are pushed by name.
func (s *Source) pushNames() []string {
	names := make([]string, 0, len(s.opt.Pushes))
	for _, p := range s.opt.Pushes {
		if p.Rule.isZero() {
			names = append(names, p.Name)
		}
	}
	return names
}

// pushRules are the rules by which groups are pushed.
func (s *Source) pushRules() []Rule {
	var rules []Rule
	for _, p := range s.opt.Pushes {
		if !p.Rule.isZero() {
			rules = append(rules, p.Rule)
		}
	}
	return rules
}

// groupsByRule lists for every rule the groups that it pushes. The error is for what
// could not be read; an org always has Everyone, so none at all is an error too.
func (s *Source) groupsByRule(ctx context.Context, rules []Rule) ([][]group, error) {
	found, shown := make([][]group, len(rules)), false
	err := s.allGroups(ctx, func(g group) {
		shown = true
		for i, r := range rules {
			if r.matches(g) {
				found[i] = append(found[i], g)
			}
		}
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("listing the groups: %w", err)
	case !shown:
		return nil, errors.New("listing the groups: the org shows none, not even Everyone: the token or service app probably lacks an admin role")
	}
	return found, nil
}

// pushesByRule adds what the rules push. If the groups cannot be listed it is a gap, and
// no push counts as ended. The error is the context's.
func (r *reading) pushesByRule(ctx context.Context) ([]push, error) {
	rules := r.s.pushRules()
	if len(rules) == 0 {
		return nil, nil
	}
	found, err := r.s.groupsByRule(ctx, rules)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		r.gap("groups pushed by rule", err.Error())
		for _, rule := range rules {
			r.unresolved = append(r.unresolved, "groups whose "+rule.String())
		}
		return nil, nil
	}
	var pushes []push
	for _, g := range slices.Concat(found...) {
		pushes = append(pushes, push{group: g})
	}
	return pushes, nil
}

// rules says what each rule pushes now.
func (c *checker) rules(ctx context.Context) {
	rules := c.s.pushRules()
	if len(rules) == 0 {
		return
	}
	found, err := c.s.groupsByRule(ctx, rules)
	if err != nil {
		c.cross("push rules", err.Error(), c.fixScope("okta.groups.read"))
		return
	}
	for i, rule := range rules {
		if n := len(found[i]); n > 0 {
			c.tick("push rule", fmt.Sprintf("%s: matches %d now", rule, n))
		} else {
			c.hint("push rule", rule.String()+": matches no group now", "correct the text under push, unless such groups are still to be made")
		}
	}
}
