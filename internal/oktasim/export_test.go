package oktasim

import (
	"slices"
	"time"
)

// Patterns are the routes of the org, for tests that want to touch them all.
func (o *Org) Patterns() []string { return slices.Sorted(slices.Values(o.patterns)) }

// Evaluate parses a filter and an expression of Okta Expression Language and lets both look
// at somebody, and as filters of an event hook at an event, for a fuzz test.
func Evaluate(filter, expression string) {
	u := &user{id: "00u", status: userActive, created: time.Unix(1, 0), profile: map[string]any{
		"login": "a@x.test", "title": "T", "badge": []any{"1", 2.0, nil}, "department": "", "number": 7.0, "flag": true,
	}}
	o := &Org{groups: map[string]*group{"00g": {id: "00g", profile: groupProfile{Name: "G"}}}}
	u.groups.add("00g")
	if e, err := parseExpression(filter, userSearchTerms(map[string]bool{"badge": true})); err == nil {
		e.hits(userValues(o, u))
	}
	for _, text := range []string{filter, expression} {
		if meets, err := parseEventFilter(text); err == nil {
			meets(&logEvent{EventType: "x", Target: []logParty{{ID: "00u", Type: "User"}, {}}}, nil)
		}
	}
	if e, err := parseOEL(expression, func(string) bool { return true }); err == nil {
		e(&oelScope{o, u})
		e(&oelScope{org: o})
	}
}
