package conformance

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// TagExpression is a parsed tag expression.
type TagExpression func(tags []string) bool

// maxTagDepth bounds parentheses and "not" in a row.
const maxTagDepth = 100

// ParseTags reads a tag expression as Cucumber has them: tags, "not", "and",
// "or" and parentheses; "not" binds closest, then "and". The empty expression
// holds for everything. godog knows only an older grammar, in which "and" is no
// operator but part of a tag that nobody has, so that such a run is green and
// empty.
func ParseTags(s string) (TagExpression, error) {
	if strings.TrimSpace(s) == "" {
		return func([]string) bool { return true }, nil
	}
	p := tagParser{words: strings.Fields(strings.NewReplacer("(", " ( ", ")", " ) ").Replace(s))}
	e, err := p.or()
	if err == nil && len(p.words) > 0 {
		err = fmt.Errorf("%q is one too many", p.words[0])
	}
	if err != nil {
		return nil, fmt.Errorf("tag expression %q: %w; for example: @must and not (@needs:groups or @alone)", s, err)
	}
	return e, nil
}

// SelectTags returns the scenarios for which the expression holds. The error is
// [ErrNothingSelected] if there are none.
func SelectTags(all []Scenario, expression string) ([]Scenario, error) {
	e, err := ParseTags(expression)
	if err != nil {
		return nil, err
	}
	var some []Scenario
	for _, s := range all {
		if e(s.Tags) {
			some = append(some, s)
		}
	}
	if len(some) == 0 {
		return nil, fmt.Errorf("%w: no scenario has the tags %q", ErrNothingSelected, expression)
	}
	return some, nil
}

type tagParser struct {
	words []string
	depth int
}

func (p *tagParser) take(word string) bool {
	if len(p.words) == 0 || p.words[0] != word {
		return false
	}
	p.words = p.words[1:]
	return true
}

func (p *tagParser) or() (TagExpression, error) {
	left, err := p.and()
	for err == nil && p.take("or") {
		a := left
		var b TagExpression
		b, err = p.and()
		left = func(tags []string) bool { return a(tags) || b(tags) }
	}
	return left, err
}

func (p *tagParser) and() (TagExpression, error) {
	left, err := p.not()
	for err == nil && p.take("and") {
		a := left
		var b TagExpression
		b, err = p.not()
		left = func(tags []string) bool { return a(tags) && b(tags) }
	}
	return left, err
}

func (p *tagParser) not() (TagExpression, error) {
	if p.depth++; p.depth > maxTagDepth {
		return nil, errors.New("nested too deep")
	}
	defer func() { p.depth-- }()
	switch {
	case p.take("not"):
		e, err := p.not()
		return func(tags []string) bool { return !e(tags) }, err
	case p.take("("):
		e, err := p.or()
		if err == nil && !p.take(")") {
			err = errors.New("a parenthesis is not closed")
		}
		return e, err
	case len(p.words) == 0:
		return nil, errors.New("something is missing at the end")
	case !strings.HasPrefix(p.words[0], "@") || p.words[0] == "@":
		return nil, fmt.Errorf("%q is no tag: tags begin with @", p.words[0])
	}
	tag := p.words[0]
	p.words = p.words[1:]
	return func(tags []string) bool { return slices.Contains(tags, tag) }, nil
}
