package oktasim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// hookFilter is the filter of an event hook: for each of some event types an
// expression that an event has to meet (help.okta.com, "Okta Expression Language
// and event hooks"). An event type without one is sent whatever it says.
type hookFilter struct {
	Type string            `json:"type"`
	Map  []hookFilterEntry `json:"eventFilterMap"`
}

type hookFilterEntry struct {
	Event     string              `json:"event"`
	Condition hookFilterCondition `json:"condition"`
}

type hookFilterCondition struct {
	Version    *string `json:"version"`
	Expression string  `json:"expression"`

	meets eventTerm
}

// wants tells whether a hook is called with an event.
func (h *hook) wants(e *logEvent) bool {
	if h.status != statusActive || h.verification != verified || !slices.Contains(h.items, e.EventType) {
		return false
	}
	if h.filter == nil {
		return true
	}
	for _, x := range h.filter.Map {
		if x.Event == e.EventType && x.Condition.meets(e, nil) != true {
			return false
		}
	}
	return true
}

// check reads the expressions. Which code a real org answers is not documented.
func (f *hookFilter) check(items []string) *apiError {
	if f == nil {
		return nil
	}
	if f.Type != "EXPRESSION_LANGUAGE" {
		return invalid("events", "filter: type must be EXPRESSION_LANGUAGE")
	}
	for i := range f.Map {
		x := &f.Map[i]
		if !slices.Contains(items, x.Event) {
			return invalid("events", "filter: The event type "+x.Event+" is none of the items")
		}
		meets, err := parseEventFilter(x.Condition.Expression)
		if err != nil {
			return invalid("events", "filter: "+x.Event+": "+err.Error())
		}
		x.Condition.meets = meets
	}
	return nil
}

// eventTerm is one part of a filter: a text, a number, a truth value, or nil where
// the event has nothing there. Inside of a selection there is a target.
type eventTerm func(e *logEvent, target *logParty) any

const (
	// maxHookFilter is the longest expression, in bytes, and maxHookFilterDepth how deep
	// brackets may lie: bounds of this simulator, not Okta's.
	maxHookFilter      = 4096
	maxHookFilterDepth = 50
)

// parseEventFilter reads an expression that is true or false, such as
//
//	event.outcome.result eq 'SUCCESS' && event.target.?[type eq 'UserGroup' && displayName eq 'Sales'].size() > 0
//
// The error says at which byte it cannot go on.
func parseEventFilter(expression string) (eventTerm, error) {
	if len(expression) > maxHookFilter {
		return nil, fmt.Errorf("the expression is longer than %d bytes", maxHookFilter)
	}
	p := &eventFilterParser{text: expression}
	t, err := p.or(false)
	if err == nil && p.peek() != "" {
		err = p.wrong("the end")
	}
	if err != nil {
		return nil, err
	}
	return t, nil
}

type eventFilterParser struct {
	text  string
	at    int
	depth int
}

func (p *eventFilterParser) wrong(wanted string) error {
	return fmt.Errorf("at %d: expected %s, found %q", p.at, wanted, p.peek())
}

// peek gives the next token: a word, a quoted text with its first quote, an operator,
// "" at the end.
func (p *eventFilterParser) peek() string {
	for p.at < len(p.text) && strings.ContainsRune(" \t\r\n", rune(p.text[p.at])) {
		p.at++
	}
	rest := p.text[p.at:]
	switch {
	case rest == "":
		return ""
	case rest[0] == '\'' || rest[0] == '"':
		if end := strings.IndexByte(rest[1:], rest[0]); end >= 0 {
			return rest[:end+2]
		}
		return rest
	case isWordByte(rest[0]):
		end := 1
		for end < len(rest) && isWordByte(rest[end]) {
			end++
		}
		return rest[:end]
	}
	for _, operator := range []string{"&&", "||", "==", "!=", ">=", "<=", ".?["} {
		if strings.HasPrefix(rest, operator) {
			return operator
		}
	}
	return rest[:1]
}

func isWordByte(b byte) bool {
	return b == '_' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9'
}

// take takes the next token if it is one of these; case does not matter.
func (p *eventFilterParser) take(tokens ...string) bool {
	next := p.peek()
	if next == "" || !slices.ContainsFunc(tokens, func(t string) bool { return strings.EqualFold(t, next) }) {
		return false
	}
	p.at += len(next)
	return true
}

func (p *eventFilterParser) need(token string) error {
	if !p.take(token) {
		return p.wrong(strconv.Quote(token))
	}
	return nil
}

// chain reads terms with an operator between them.
func (p *eventFilterParser) chain(operators []string, next func() (eventTerm, error), join func(a, b bool) bool) (eventTerm, error) {
	left, err := next()
	for err == nil && p.take(operators...) {
		var right eventTerm
		if right, err = next(); err != nil {
			break
		}
		a := left
		left = func(e *logEvent, t *logParty) any { return join(a(e, t) == true, right(e, t) == true) }
	}
	return left, err
}

func (p *eventFilterParser) or(inTarget bool) (eventTerm, error) {
	if p.depth++; p.depth > maxHookFilterDepth {
		return nil, fmt.Errorf("at %d: brackets lie more than %d deep", p.at, maxHookFilterDepth)
	}
	defer func() { p.depth-- }()
	not := func() (eventTerm, error) { return p.not(inTarget) }
	and := func() (eventTerm, error) {
		return p.chain([]string{"&&", "and"}, not, func(a, b bool) bool { return a && b })
	}
	return p.chain([]string{"||", "or"}, and, func(a, b bool) bool { return a || b })
}

func (p *eventFilterParser) not(inTarget bool) (eventTerm, error) {
	negated := false
	for p.take("!", "not") {
		negated = !negated
	}
	var term eventTerm
	var err error
	if p.take("(") {
		if term, err = p.or(inTarget); err == nil {
			err = p.need(")")
		}
	} else {
		term, err = p.comparison(inTarget)
	}
	if err != nil || !negated {
		return term, err
	}
	return func(e *logEvent, t *logParty) any { return term(e, t) != true }, nil
}

func (p *eventFilterParser) comparison(inTarget bool) (eventTerm, error) {
	left, err := p.operand(inTarget)
	if err != nil {
		return nil, err
	}
	operator := strings.ToLower(p.peek())
	if !p.take("eq", "ne", "==", "!=", "gt", "ge", "lt", "le", ">", ">=", "<", "<=") {
		return nil, p.wrong("a comparison")
	}
	right, err := p.operand(inTarget)
	if err != nil {
		return nil, err
	}
	return func(e *logEvent, t *logParty) any { return compareTerms(operator, left(e, t), right(e, t)) }, nil
}

func compareTerms(operator string, a, b any) bool {
	switch operator {
	case "eq", "==":
		return a == b
	case "ne", "!=":
		return a != b
	}
	x, ok := a.(int)
	y, ok2 := b.(int)
	if !ok || !ok2 {
		return false
	}
	switch operator {
	case "gt", ">":
		return x > y
	case "ge", ">=":
		return x >= y
	case "lt", "<":
		return x < y
	}
	return x <= y
}

func (p *eventFilterParser) operand(inTarget bool) (eventTerm, error) {
	next := p.peek()
	constant := func(v any) (eventTerm, error) {
		p.at += len(next)
		return func(*logEvent, *logParty) any { return v }, nil
	}
	switch {
	case next == "":
		return nil, p.wrong("a value")
	case next[0] == '\'' || next[0] == '"':
		if len(next) < 2 || next[len(next)-1] != next[0] {
			return nil, p.wrong("the end of the text")
		}
		return constant(next[1 : len(next)-1])
	case next == "null":
		return constant(nil)
	}
	if n, err := strconv.Atoi(next); err == nil {
		return constant(n)
	}
	if inTarget {
		field := partyField(next)
		if field == nil {
			return nil, p.wrong("id, type, alternateId or displayName")
		}
		p.at += len(next)
		return func(_ *logEvent, t *logParty) any { return field(t) }, nil
	}
	return p.eventField()
}

// partyField reads one field of an actor or a target; nil is no field.
func partyField(name string) func(p *logParty) any {
	switch name {
	case "id":
		return func(p *logParty) any { return p.ID }
	case "type":
		return func(p *logParty) any { return p.Type }
	case "alternateId":
		return func(p *logParty) any { return p.AlternateID }
	case "displayName":
		return func(p *logParty) any { return p.DisplayName }
	}
	return nil
}

// eventField reads a field of the event: those that Okta's help names, and no other.
func (p *eventFilterParser) eventField() (eventTerm, error) {
	const known = "event.eventType, event.outcome, event.actor, event.debugData.changedAttributes or event.target.?[…].size()"
	if !p.take("event") || !p.take(".") {
		return nil, p.wrong(known)
	}
	name := p.peek()
	p.at += len(name)
	switch name {
	case "eventType":
		return func(e *logEvent, _ *logParty) any { return e.EventType }, nil
	case "target":
		return p.selection()
	}
	if !p.take(".") {
		return nil, p.wrong(known)
	}
	sub := p.peek()
	field := partyField(sub)
	var term eventTerm
	switch {
	case name == "actor" && field != nil:
		term = func(e *logEvent, _ *logParty) any { return field(&e.Actor) }
	case name == "outcome" && sub == "result":
		term = func(e *logEvent, _ *logParty) any { return e.Outcome.Result }
	case name == "outcome" && sub == "reason":
		term = func(e *logEvent, _ *logParty) any {
			if e.Outcome.Reason == nil {
				return nil
			}
			return *e.Outcome.Reason
		}
	case name == "debugData" && sub == "changedAttributes":
		term = func(e *logEvent, _ *logParty) any {
			data, _ := e.Debug["debugData"].(map[string]any)
			return data[sub]
		}
	default:
		return nil, p.wrong(known)
	}
	p.at += len(sub)
	return term, nil
}

// selection reads the rest of event.target.?[…].size(): how many targets there are of a kind.
func (p *eventFilterParser) selection() (eventTerm, error) {
	if err := p.need(".?["); err != nil {
		return nil, err
	}
	match, err := p.or(true)
	if err != nil {
		return nil, err
	}
	for _, token := range []string{"]", ".", "size", "(", ")"} {
		if err := p.need(token); err != nil {
			return nil, err
		}
	}
	return func(e *logEvent, _ *logParty) any {
		n := 0
		for i := range e.Target {
			if match(e, &e.Target[i]) == true {
				n++
			}
		}
		return n
	}, nil
}
