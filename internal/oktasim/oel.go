package oktasim

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
)

// oel is a parsed expression of Okta Expression Language, as far as group rules and
// profile mappings need it: literals, user.attribute, + == != < > <= >= and or not, the
// choice a ? b : c, the usual functions on texts and lists, and isMemberOf….
//
// What it makes of a wrong type is a guess: the value is missing, and a rule does not match.
type oel func(*oelScope) any

// oelScope is whom an expression is about.
type oelScope struct {
	org  *Org
	user *user
}

// maxOELBytes is Okta's bound on the expression of a rule, as the admin console tells it.
const maxOELBytes = 4096

type oelParser struct {
	tokens []oelToken
	at     int
	depth  int
	known  func(attribute string) bool
}

type oelToken struct {
	kind byte // '"' text, '0' number, 'a' name, or an operator's own sign
	text string
}

var oelLexer = regexp.MustCompile(`^(?:\s+|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|([0-9]+(?:\.[0-9]+)?)|([A-Za-z_][A-Za-z0-9_.]*)|(==|!=|<=|>=|&&|\|\||[-+<>!?:(),{}]))`)

// parseOEL parses an expression; known says which user attributes there are.
func parseOEL(text string, known func(attribute string) bool) (oel, error) {
	if len(text) > maxOELBytes {
		return nil, fmt.Errorf("the expression is longer than %d characters", maxOELBytes)
	}
	p := &oelParser{known: known}
	for rest := text; rest != ""; {
		m := oelLexer.FindStringSubmatch(rest)
		if m == nil {
			return nil, fmt.Errorf("unexpected %q", rest[:min(len(rest), 10)])
		}
		switch {
		case m[1] != "":
			p.tokens = append(p.tokens, oelToken{'"', unquoteOEL(m[1])})
		case m[2] != "":
			p.tokens = append(p.tokens, oelToken{'0', m[2]})
		case m[3] != "":
			p.tokens = append(p.tokens, oelToken{'a', m[3]})
		case m[4] != "":
			p.tokens = append(p.tokens, oelToken{m[4][0], m[4]})
		}
		rest = rest[len(m[0]):]
	}
	e, err := p.choice()
	if err == nil && p.at < len(p.tokens) {
		err = fmt.Errorf("unexpected %q", p.tokens[p.at].text)
	}
	return e, err
}

func unquoteOEL(quoted string) string {
	body := quoted[1 : len(quoted)-1]
	if quoted[0] == '"' {
		var s string
		if json.Unmarshal([]byte(quoted), &s) == nil {
			return s
		}
	}
	return strings.NewReplacer(`\\`, `\`, `\'`, `'`, `\"`, `"`).Replace(body)
}

// take takes the next token if it is one of these words, compared without case.
func (p *oelParser) take(words ...string) (string, bool) {
	if p.at >= len(p.tokens) || p.tokens[p.at].kind == '"' {
		return "", false
	}
	have := strings.ToLower(p.tokens[p.at].text)
	if !slices.Contains(words, have) {
		return "", false
	}
	p.at++
	return have, true
}

func (p *oelParser) need(word string) error {
	if _, found := p.take(word); !found {
		return fmt.Errorf("%q is missing", word)
	}
	return nil
}

func (p *oelParser) choice() (oel, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, fmt.Errorf("more than %d levels", maxDepth)
	}
	defer func() { p.depth-- }()
	when, err := p.binary(0)
	if err != nil {
		return nil, err
	}
	if _, found := p.take("?"); !found {
		return when, nil
	}
	yes, err := p.choice()
	if err != nil {
		return nil, err
	}
	if err := p.need(":"); err != nil {
		return nil, err
	}
	no, err := p.choice()
	return func(s *oelScope) any {
		if truth(when(s)) {
			return yes(s)
		}
		return no(s)
	}, err
}

func oelLevels() [][]string {
	return [][]string{{"or", "||"}, {"and", "&&"}, {"==", "!=", "eq", "ne"}, {"<", ">", "<=", ">=", "lt", "gt", "le", "ge"}, {"+"}}
}

func (p *oelParser) binary(level int) (oel, error) {
	if level == len(oelLevels()) {
		return p.unary()
	}
	left, err := p.binary(level + 1)
	for err == nil {
		op, found := p.take(oelLevels()[level]...)
		if !found {
			break
		}
		var right oel
		right, err = p.binary(level + 1)
		left = combine(op, left, right)
	}
	return left, err
}

func combine(op string, left, right oel) oel {
	return func(s *oelScope) any {
		switch op {
		case "or", "||":
			return truth(left(s)) || truth(right(s))
		case "and", "&&":
			return truth(left(s)) && truth(right(s))
		}
		a, b := left(s), right(s)
		switch op {
		case "+":
			if x, isNumber := a.(float64); isNumber {
				if y, both := b.(float64); both {
					return x + y
				}
			}
			return asText(a) + asText(b)
		case "==", "eq":
			return sameOEL(a, b)
		case "!=", "ne":
			return !sameOEL(a, b)
		}
		word := map[string]string{"<": "lt", ">": "gt", "<=": "le", ">=": "ge"}[op]
		if word == "" {
			word = op
		}
		if x, isNumber := a.(float64); isNumber {
			y, both := b.(float64)
			return both && ordered(word, compareNumbers(x, y))
		}
		if a == nil || b == nil {
			return false
		}
		return ordered(word, strings.Compare(asText(a), asText(b)))
	}
}

func compareNumbers(x, y float64) int {
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

// sameOEL compares texts with case; a missing value is null and not "".
func sameOEL(a, b any) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	if list, is := a.([]any); is {
		return slices.ContainsFunc(list, func(x any) bool { return sameOEL(x, b) })
	}
	return asText(a) == asText(b)
}

func truth(v any) bool { b, _ := v.(bool); return b }

func (p *oelParser) unary() (oel, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, fmt.Errorf("more than %d levels", maxDepth)
	}
	defer func() { p.depth-- }()
	if _, found := p.take("!", "not"); found {
		inner, err := p.unary()
		return func(s *oelScope) any { return !truth(inner(s)) }, err
	}
	if _, found := p.take("-"); found {
		inner, err := p.unary()
		return func(s *oelScope) any { n, _ := inner(s).(float64); return -n }, err
	}
	if _, found := p.take("("); found {
		inner, err := p.choice()
		if err == nil {
			err = p.need(")")
		}
		return inner, err
	}
	if _, found := p.take("{"); found {
		items, err := p.list("}")
		return func(s *oelScope) any { return valuesOf(items, s) }, err
	}
	if p.at >= len(p.tokens) {
		return nil, fmt.Errorf("the expression ends too early")
	}
	t := p.tokens[p.at]
	p.at++
	switch t.kind {
	case '"':
		return func(*oelScope) any { return t.text }, nil
	case '0':
		n, err := strconv.ParseFloat(t.text, 64)
		return func(*oelScope) any { return n }, err
	case 'a':
		return p.name(t.text)
	}
	return nil, fmt.Errorf("unexpected %q", t.text)
}

func valuesOf(items []oel, s *oelScope) []any {
	out := make([]any, len(items))
	for i, e := range items {
		out[i] = e(s)
	}
	return out
}

func (p *oelParser) name(name string) (oel, error) {
	switch name {
	case "true", "false":
		return func(*oelScope) any { return name == "true" }, nil
	case "null":
		return func(*oelScope) any { return nil }, nil
	}
	if _, call := p.take("("); call {
		args, err := p.list(")")
		if err != nil {
			return nil, err
		}
		f, found := oelFunctions()[name]
		if !found {
			return nil, fmt.Errorf("there is no function %s", name)
		}
		if len(args) < f.least || f.most >= 0 && len(args) > f.most {
			return nil, fmt.Errorf("the function %s has the wrong number of arguments", name)
		}
		return func(s *oelScope) any { return f.do(s, valuesOf(args, s)) }, nil
	}
	holder, attribute, dotted := strings.Cut(name, ".")
	if !dotted || holder != "user" && holder != "source" || !p.known(attribute) {
		return nil, fmt.Errorf("there is no %s", name)
	}
	return func(s *oelScope) any {
		if s.user == nil {
			return nil
		}
		switch attribute {
		case "id":
			return s.user.id
		case "status":
			return s.user.status
		}
		return s.user.profile[attribute]
	}, nil
}

func (p *oelParser) list(end string) (items []oel, err error) {
	for {
		if _, closed := p.take(end); closed {
			return items, nil
		}
		if len(items) > 0 {
			if err := p.need(","); err != nil {
				return nil, err
			}
		}
		item, err := p.choice()
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
}
