package scimserver

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// A filter (RFC 7644 §3.4.2.2) is parsed into an expr: pure syntax, which
// knows no schema. [compileFilter] binds it to a kind.
type expr interface{ isExpr() }

// logical is a chain of terms joined by and, or by or.
type logical struct {
	or    bool
	terms []expr
}

// negation is not (…).
type negation struct{ inner expr }

// comparison is attribute operator value. For pr there is no value.
type comparison struct {
	path attrPath
	op   string // lower case
	// value is a JSON value: nil, bool, string or number.
	value any
	at    int // where the value, or for pr the operator, stands
}

// valuePath is attribute[filter]: one element of the attribute matches.
type valuePath struct {
	path  attrPath
	inner expr
}

func (*logical) isExpr()    {}
func (*negation) isExpr()   {}
func (*comparison) isExpr() {}
func (*valuePath) isExpr()  {}

// attrPath is [URN:]name[.sub] as it was written.
type attrPath struct {
	text string // up to the dot of a sub-attribute; may hold a URN
	sub  string // name of the sub-attribute, or ""
	at   int    // where it stands
}

// limits bound what one filter may cost.
type limits struct{ length, depth, terms int }

// filterError is what is wrong with a filter or path, and where.
type filterError struct {
	at   int // offset in bytes
	what string
	// sensitive tells that it names a secret, which has no place in a URI.
	sensitive bool
}

func (e *filterError) Error() string { return fmt.Sprintf("position %d: %s", e.at+1, e.what) }

// parseFilter reads a whole filter. The error is a *filterError.
func parseFilter(text string, l limits) (expr, error) {
	p, err := newParser(text, l)
	if err != nil {
		return nil, err
	}
	p.spaces()
	e, err := p.or(false)
	if err != nil {
		return nil, err
	}
	p.spaces()
	if p.pos < len(p.text) {
		return nil, p.fail("%s where \"and\", \"or\" or the end is wanted", p.here())
	}
	return e, nil
}

// patchPath is the path of a PATCH operation (RFC 7644 §3.5.2, figure 7):
// attribute, attribute.sub, attribute[filter] or attribute[filter].sub.
type patchPath struct {
	attrPath
	filter expr // nil if there is none
}

// parsePatchPath reads the path of a PATCH operation. inFilter tells whether
// the mistake lies within the brackets. The error is a *filterError.
func parsePatchPath(text string, l limits) (path patchPath, inFilter bool, err error) {
	p, err := newParser(text, l)
	if err != nil {
		return patchPath{}, false, err
	}
	if path.attrPath, err = p.path(); err != nil {
		return patchPath{}, false, err
	}
	if p.peek() == '[' {
		if path.sub != "" {
			return patchPath{}, false, p.fail("a filter cannot follow a sub-attribute")
		}
		if path.filter, err = p.brackets(); err != nil {
			return patchPath{}, true, err
		}
		if p.peek() == '.' {
			p.pos++
			if path.sub = p.name(); path.sub == "" {
				return patchPath{}, false, p.fail("%s where the name of a sub-attribute is wanted", p.here())
			}
		}
	}
	if p.pos < len(p.text) {
		return patchPath{}, false, p.fail("%s where the end of the path is wanted", p.here())
	}
	return path, false, nil
}

type parser struct {
	text   string
	pos    int
	depth  int
	terms  int
	limits limits
}

func newParser(text string, l limits) (*parser, error) {
	switch {
	case len(text) > l.length:
		return nil, &filterError{at: l.length, what: fmt.Sprintf("longer than %d bytes", l.length)}
	case !utf8.ValidString(text):
		return nil, &filterError{what: "not UTF-8"}
	}
	return &parser{text: text, limits: l}, nil
}

func (p *parser) fail(format string, args ...any) error {
	return &filterError{at: p.pos, what: fmt.Sprintf(format, args...)}
}

// here describes what stands at the position.
func (p *parser) here() string {
	if p.pos >= len(p.text) {
		return "the end"
	}
	r, _ := utf8.DecodeRuneInString(p.text[p.pos:])
	return fmt.Sprintf("%q", r)
}

// peek gives the byte at the position, 0 at the end.
func (p *parser) peek() byte {
	if p.pos < len(p.text) {
		return p.text[p.pos]
	}
	return 0
}

// spaces skips white space and tells whether there was any.
func (p *parser) spaces() bool {
	from := p.pos
	for p.peek() == ' ' || p.peek() == '\t' {
		p.pos++
	}
	return p.pos > from
}

// enter and leave count the nesting.
func (p *parser) enter() error {
	if p.depth++; p.depth > p.limits.depth {
		return p.fail("nested deeper than %d", p.limits.depth)
	}
	return nil
}

func (p *parser) leave() { p.depth-- }

// or reads terms joined by "or", which binds weaker than "and". Within the
// brackets of a value path there are no further brackets.
func (p *parser) or(inBrackets bool) (expr, error) {
	return p.chain("or", func() (expr, error) {
		return p.chain("and", func() (expr, error) { return p.term(inBrackets) })
	})
}

func (p *parser) chain(word string, operand func() (expr, error)) (expr, error) {
	var terms []expr
	for {
		e, err := operand()
		if err != nil {
			return nil, err
		}
		terms = append(terms, e)
		back := p.pos
		p.spaces()
		if !p.keyword(word) {
			p.pos = back // for the chain around this one
			break
		}
		if !p.spaces() && p.peek() != '(' {
			return nil, p.fail("%s where a space is wanted", p.here())
		}
	}
	if len(terms) == 1 {
		return terms[0], nil
	}
	return &logical{or: word == "or", terms: terms}, nil
}

// keyword reads a word without regard to case, if it stands here as a word.
func (p *parser) keyword(word string) bool {
	end := p.pos + len(word)
	if end > len(p.text) || !strings.EqualFold(p.text[p.pos:end], word) || end < len(p.text) && isNameByte(p.text[end]) {
		return false
	}
	p.pos = end
	return true
}

func (p *parser) term(inBrackets bool) (expr, error) {
	if p.peek() == '(' {
		return p.group(inBrackets)
	}
	start := p.pos
	if p.keyword("not") {
		p.spaces()
		if p.peek() == '(' {
			inner, err := p.group(inBrackets)
			if err != nil {
				return nil, err
			}
			return &negation{inner}, nil
		}
		p.pos = start // an attribute of that name, or a mistake that path reports
	}
	if p.terms++; p.terms > p.limits.terms {
		return nil, p.fail("more than %d comparisons", p.limits.terms)
	}
	path, err := p.path()
	if err != nil {
		return nil, err
	}
	if p.peek() == '[' {
		switch {
		case inBrackets:
			return nil, p.fail("brackets within brackets")
		case path.sub != "":
			return nil, p.fail("a filter cannot follow a sub-attribute")
		}
		inner, err := p.brackets()
		if err != nil {
			return nil, err
		}
		return &valuePath{path, inner}, nil
	}
	if !p.spaces() {
		return nil, p.fail("%s where an operator is wanted", p.here())
	}
	at := p.pos
	op := strings.ToLower(p.name())
	switch op {
	case "pr":
		return &comparison{path: path, op: op, at: at}, nil
	case "eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le":
	default:
		p.pos = at
		return nil, p.fail("no operator here; there are eq ne co sw ew pr gt ge lt le")
	}
	if !p.spaces() {
		return nil, p.fail("%s where a space and a value are wanted", p.here())
	}
	at = p.pos
	v, err := p.value()
	if err != nil {
		return nil, err
	}
	return &comparison{path, op, v, at}, nil
}

func (p *parser) group(inBrackets bool) (expr, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	return p.enclosed(')', inBrackets)
}

func (p *parser) brackets() (expr, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	return p.enclosed(']', true)
}

// enclosed reads a filter between the byte at the position and the closing one.
func (p *parser) enclosed(closing byte, inBrackets bool) (expr, error) {
	p.pos++
	p.spaces()
	e, err := p.or(inBrackets)
	if err != nil {
		return nil, err
	}
	p.spaces()
	if p.peek() != closing {
		return nil, p.fail("%s where %q is wanted", p.here(), closing)
	}
	p.pos++
	return e, nil
}

func isNameByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == '$'
}

// name reads letters, digits, "-", "_" and "$" (for $ref); "" if there are none.
func (p *parser) name() string {
	from := p.pos
	for p.pos < len(p.text) && isNameByte(p.text[p.pos]) {
		p.pos++
	}
	return p.text[from:p.pos]
}

// path reads [URN:]name[.sub]. In a URN dots, and what RFC 8141 allows beside
// letters, belong to it: its end is the last colon.
func (p *parser) path() (attrPath, error) {
	a := attrPath{at: p.pos}
	if isURN(p.text[p.pos:]) {
		from := p.pos
		for p.pos < len(p.text) && (isNameByte(p.text[p.pos]) || strings.IndexByte(":.%/~+,=@;!*'", p.text[p.pos]) >= 0) {
			p.pos++
		}
		a.text = p.text[from:p.pos]
		colon := strings.LastIndexByte(a.text, ':')
		if last := a.text[colon+1:]; last == "" {
			return a, p.fail("%s where the name of an attribute is wanted", p.here())
		} else if name, sub, dotted := strings.Cut(last, "."); dotted && isName(name) && isName(sub) {
			a.text, a.sub = a.text[:colon+1]+name, sub
		}
		return a, nil
	}
	if a.text = p.name(); a.text == "" {
		return a, p.fail("%s where the name of an attribute is wanted", p.here())
	}
	if !isName(a.text) {
		p.pos = a.at
		return a, p.fail("%q cannot be the name of an attribute", a.text)
	}
	if p.peek() == '.' {
		p.pos++
		if a.sub = p.name(); !isName(a.sub) {
			return a, p.fail("%s where the name of a sub-attribute is wanted", p.here())
		}
	}
	return a, nil
}

// isName tells whether s has the form of an attribute name: a letter first
// (RFC 7643 §2.1), or "$" as in $ref.
func isName(s string) bool {
	if s == "" || s[0] != '$' && (s[0]|0x20 < 'a' || 'z' < s[0]|0x20) {
		return false
	}
	for i := range len(s) {
		if !isNameByte(s[i]) {
			return false
		}
	}
	return true
}

// value reads a JSON string, number, true, false or null.
func (p *parser) value() (any, error) {
	rest := p.text[p.pos:]
	if strings.HasPrefix(rest, `"`) {
		end := 1
		for ; end < len(rest) && rest[end] != '"'; end++ {
			if rest[end] == '\\' {
				end++
			}
		}
		if end >= len(rest) {
			return nil, p.fail("this string has no end")
		}
		s, err := jsontext.AppendUnquote(nil, rest[:end+1])
		if err != nil {
			return nil, p.fail("not a JSON string: %s", plainSyntax(err))
		}
		p.pos += end + 1
		return string(s), p.afterValue()
	}
	end := strings.IndexAny(rest, " \t)]")
	if end < 0 {
		end = len(rest)
	}
	word := rest[:end]
	var v any
	switch word {
	case "true", "false":
		v = word == "true"
	case "null":
	default:
		if len(word) == 0 || word[0] != '-' && (word[0] < '0' || '9' < word[0]) || !jsontext.Value(word).IsValid() {
			return nil, p.fail("%s where a value is wanted: a string in double quotes, a number, true, false or null", p.here())
		}
		v = number(word)
	}
	p.pos += end
	return v, nil
}

// afterValue refuses what sticks to the end of a string.
func (p *parser) afterValue() error {
	if c := p.peek(); c != 0 && c != ' ' && c != '\t' && c != ')' && c != ']' {
		return p.fail("%s right after a string", p.here())
	}
	return nil
}

// plainSyntax is the description of a JSON mistake without the library's name.
func plainSyntax(err error) string {
	if s, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		err = s.Err
	}
	return strings.TrimPrefix(err.Error(), "jsontext: ")
}
