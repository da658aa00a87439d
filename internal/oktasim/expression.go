package oktasim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// expression is a parsed filter or search: the part of the SCIM filter grammar that
// Okta reads, that is comparisons with and, or, not and parentheses, no brackets.
type expression struct {
	op          string // "and", "or", "not", or an operator of a comparison
	left, right *expression
	attribute   string
	value       any // string, float64, bool, nil or, for a time attribute, time.Time
}

// terms says which operators an attribute takes and whether it is a time; no operators
// means that the attribute cannot be used at all.
type terms func(attribute string) (operators []string, isTime bool)

// values returns what an object holds for an attribute; several for a list, none if it
// is not set.
type values func(attribute string) []any

// hits reports whether an object with these values matches. Texts are compared without
// case.
func (e *expression) hits(v values) bool {
	switch e.op {
	case "and":
		return e.left.hits(v) && e.right.hits(v)
	case "or":
		return e.left.hits(v) || e.right.hits(v)
	case "not":
		return !e.left.hits(v)
	case "pr":
		return len(v(e.attribute)) > 0
	case "ne":
		return !slices.ContainsFunc(v(e.attribute), func(have any) bool { return compares(have, "eq", e.value) })
	}
	return slices.ContainsFunc(v(e.attribute), func(have any) bool { return compares(have, e.op, e.value) })
}

func compares(have any, op string, want any) bool {
	if t, is := want.(time.Time); is {
		h, isTime := have.(time.Time)
		return isTime && !h.IsZero() && ordered(op, h.Compare(t))
	}
	if w, is := want.(float64); is {
		h, isNumber := have.(float64)
		return isNumber && ordered(op, int(max(-1, min(1, (h-w)*1e9))))
	}
	h, w := strings.ToLower(asText(have)), strings.ToLower(asText(want))
	switch op {
	case "sw":
		return strings.HasPrefix(h, w)
	case "co":
		return strings.Contains(h, w)
	case "ew":
		return strings.HasSuffix(h, w)
	}
	return ordered(op, strings.Compare(h, w))
}

func ordered(op string, cmp int) bool {
	switch op {
	case "eq":
		return cmp == 0
	case "gt":
		return cmp > 0
	case "ge":
		return cmp >= 0
	case "lt":
		return cmp < 0
	case "le":
		return cmp <= 0
	}
	return false
}

func asText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case time.Time:
		return v.UTC().Format("2006-01-02T15:04:05.000Z")
	}
	return ""
}

// maxDepth bounds nested parentheses, so that no request can exhaust the stack.
const maxDepth = 50

type expressionParser struct {
	rest  string
	terms terms
	depth int
}

func parseExpression(text string, t terms) (*expression, error) {
	p := &expressionParser{rest: text, terms: t}
	e, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.skip(); p.rest != "" {
		return nil, fmt.Errorf("unexpected %q", p.rest)
	}
	return e, nil
}

func (p *expressionParser) skip() { p.rest = strings.TrimLeft(p.rest, " \t") }

// word takes the next word if it is w, without case.
func (p *expressionParser) word(w string) bool {
	p.skip()
	if len(p.rest) < len(w) || !strings.EqualFold(p.rest[:len(w)], w) {
		return false
	}
	if len(p.rest) > len(w) && strings.IndexByte(" \t(", p.rest[len(w)]) < 0 {
		return false
	}
	p.rest = p.rest[len(w):]
	return true
}

func (p *expressionParser) or() (*expression, error) { return p.chain("or", p.and) }

func (p *expressionParser) and() (*expression, error) { return p.chain("and", p.one) }

func (p *expressionParser) chain(op string, next func() (*expression, error)) (*expression, error) {
	left, err := next()
	for err == nil && p.word(op) {
		var right *expression
		right, err = next()
		left = &expression{op: op, left: left, right: right}
	}
	return left, err
}

func (p *expressionParser) one() (*expression, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, fmt.Errorf("more than %d levels", maxDepth)
	}
	defer func() { p.depth-- }()
	if p.word("not") {
		inner, err := p.one()
		return &expression{op: "not", left: inner}, err
	}
	if p.skip(); strings.HasPrefix(p.rest, "(") {
		p.rest = p.rest[1:]
		e, err := p.or()
		if err != nil {
			return nil, err
		}
		if p.skip(); !strings.HasPrefix(p.rest, ")") {
			return nil, fmt.Errorf("a closing parenthesis is missing")
		}
		p.rest = p.rest[1:]
		return e, nil
	}
	return p.comparison()
}

func (p *expressionParser) comparison() (*expression, error) {
	attribute, op := p.token(), strings.ToLower(p.token())
	operators, isTime := p.terms(attribute)
	switch {
	case attribute == "":
		return nil, fmt.Errorf("an attribute is missing")
	case len(operators) == 0:
		return nil, fmt.Errorf("attribute %q is not supported", attribute)
	case !slices.Contains(operators, op):
		return nil, fmt.Errorf("operator %q is not supported for %q", op, attribute)
	case op == "pr":
		return &expression{op: op, attribute: attribute}, nil
	}
	value, err := p.literal()
	if err != nil {
		return nil, err
	}
	if isTime {
		text, _ := value.(string)
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return nil, fmt.Errorf("%q is not a date", text)
		}
		value = at
	}
	return &expression{op: op, attribute: attribute, value: value}, nil
}

func (p *expressionParser) token() string {
	p.skip()
	end := strings.IndexAny(p.rest, " \t()")
	if end < 0 {
		end = len(p.rest)
	}
	t := p.rest[:end]
	p.rest = p.rest[end:]
	return t
}

func (p *expressionParser) literal() (any, error) {
	if p.skip(); !strings.HasPrefix(p.rest, `"`) {
		var v any
		t := p.token()
		if err := json.Unmarshal([]byte(t), &v); err != nil {
			return nil, fmt.Errorf("%q is not a value", t)
		}
		return v, nil
	}
	for i := 1; i < len(p.rest); i++ {
		switch p.rest[i] {
		case '\\':
			i++
		case '"':
			var s string
			if err := json.Unmarshal([]byte(p.rest[:i+1]), &s); err != nil {
				return nil, fmt.Errorf("%s is not a text", p.rest[:i+1])
			}
			p.rest = p.rest[i+1:]
			return s, nil
		}
	}
	return nil, fmt.Errorf("a closing quote is missing")
}
