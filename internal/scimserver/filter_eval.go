package scimserver

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// matcher decides about one resource (elem is nil) or, within the brackets of
// a value path, about one element of a multi-valued attribute (v may be nil).
type matcher func(v *view, elem any) bool

// scope is where the names in a filter are looked up: the attributes of a
// kind, or the sub-attributes of one attribute.
type scope struct {
	kind   *kind
	parent *attribute
	// others are kinds that are searched with kind. What only they know is
	// an attribute that resources of this kind do not have.
	others []*kind
}

// compileFilter binds a filter to a scope. It refuses, with invalidFilter, an
// unknown attribute (a filter with a slip of the pen that silently matches
// nobody makes a client create everybody twice), an operator or a value that
// does not suit the type of the attribute, and whatever is never returned.
//
// An unassigned attribute equals null and nothing else: "ne" a value matches
// it, all other operators do not. Of a multi-valued attribute any element may
// match. A complex attribute without sub-attribute means its "value".
func compileFilter(e expr, s scope) (matcher, error) {
	switch e := e.(type) {
	case *logical:
		terms := make([]matcher, len(e.terms))
		for i, t := range e.terms {
			m, err := compileFilter(t, s)
			if err != nil {
				return nil, err
			}
			terms[i] = m
		}
		return func(v *view, elem any) bool {
			for _, m := range terms {
				if m(v, elem) == e.or {
					return e.or
				}
			}
			return !e.or
		}, nil
	case *negation:
		m, err := compileFilter(e.inner, s)
		if err != nil {
			return nil, err
		}
		return func(v *view, elem any) bool { return !m(v, elem) }, nil
	case *valuePath:
		t, err := s.resolve(e.path)
		if err != nil {
			return nil, err
		}
		if t.attr.Type != typeComplex && t.attr.Type != typeAny {
			return nil, &filterError{at: e.path.at, what: fmt.Sprintf("%s has no sub-attributes to filter by", t.attr.Name)}
		}
		inner, err := compileFilter(e.inner, scope{parent: t.attr})
		if err != nil {
			return nil, err
		}
		if c, ok := e.inner.(*comparison); ok && c.op == "eq" && strings.EqualFold(c.path.text, "value") && t.holdsMembers() {
			if id, ok := c.value.(string); ok {
				return hasMember(id), nil
			}
		}
		return func(v *view, elem any) bool {
			return anyElement(t.of(v, elem), func(element any) bool { return inner(v, element) })
		}, nil
	case *comparison:
		return compileComparison(e, s)
	}
	return nil, errors.New("empty filter")
}

// target is an attribute path bound to its definitions.
type target struct {
	kind *kind      // nil within brackets
	urn  string     // of the extension; "" for core and common attributes
	attr *attribute // the attribute, or the whole extension if whole
	sub  *attribute // the sub-attribute, or nil
	// unknown tells that the server has no schema for urn. Then
	// urn + ":" + attr.Name may also be the URN of a whole extension.
	unknown bool
	// whole tells that the path names an extension and nothing in it.
	whole bool
	// absent tells that resources of this kind have no such attribute.
	absent bool
}

// resolve finds what a path means. The error is a *filterError.
func (s scope) resolve(p attrPath) (target, error) {
	t, err := s.resolveOwn(p)
	if err == nil {
		return t, nil
	}
	for _, k := range s.others {
		if other, err := (scope{kind: k}).resolveOwn(p); err == nil {
			other.absent = true
			return other, nil
		}
	}
	return t, err
}

// resolveOwn is resolve for the kind or the parent alone.
func (s scope) resolveOwn(p attrPath) (target, error) {
	fail := func(format string, args ...any) (target, error) {
		return target{}, &filterError{at: p.at, what: fmt.Sprintf(format, args...)}
	}
	if s.parent != nil {
		if p.sub != "" || isURN(p.text) {
			return fail("within brackets only the name of a sub-attribute of %s can stand", s.parent.Name)
		}
		a := s.parent.sub(p.text)
		if a == nil {
			return fail("%s has no sub-attribute %q", s.parent.Name, p.text)
		}
		return target{attr: a}, nil
	}
	t := target{kind: s.kind}
	name := p.text
	if isURN(name) {
		if strings.EqualFold(name, s.kind.core.ID) {
			return fail("this names the core schema, not an attribute of it")
		}
		if x := s.kind.extension(name); x != nil && p.sub == "" {
			return target{kind: s.kind, urn: x.ID, attr: wholeExtension(x), whole: true}, nil
		}
		colon := strings.LastIndexByte(name, ':')
		t.urn, name = name[:colon], name[colon+1:]
		switch x := s.kind.extension(t.urn); {
		case strings.EqualFold(t.urn, s.kind.core.ID):
			t.urn = ""
			t.attr = s.kind.attribute(name)
		case x != nil:
			t.urn = x.ID
			t.attr = x.attribute(name)
		default:
			t.unknown, t.attr = true, generic(name)
		}
	} else {
		t.attr = s.kind.attribute(name)
	}
	if t.attr == nil {
		return fail("%s has no attribute %q", s.kind.name, p.text)
	}
	if p.sub != "" {
		if t.sub = t.attr.sub(p.sub); t.sub == nil {
			return fail("%s has no sub-attribute %q", t.attr.Name, p.sub)
		}
	}
	return t, nil
}

// wholeExtension treats an extension as one complex attribute.
func wholeExtension(x *schema) *attribute {
	return &attribute{Name: x.ID, Type: typeComplex, Mutability: readWrite, Returned: returnedDefault, SubAttributes: x.Attributes, index: x.index}
}

// of gives the value of the attribute, not of its sub-attribute.
func (t *target) of(v *view, elem any) any {
	if t.absent {
		return nil
	}
	if t.kind == nil {
		o, _ := elem.(*object)
		if t.attr.Type == typeAny {
			_, value, _ := o.findFold(t.attr.Name)
			return value
		}
		return o.get(t.attr.Name)
	}
	if t.urn == "" {
		return v.value(t.attr)
	}
	return t.in(v.e.r.attrs)
}

// in gives the value of an attribute of an extension in a resource's attributes.
func (t *target) in(attrs *object) any {
	if t.whole {
		return attrs.get(t.urn)
	}
	if !t.unknown {
		o, _ := attrs.get(t.urn).(*object)
		return o.get(t.attr.Name)
	}
	if _, value, ok := attrs.findFold(t.urn + ":" + t.attr.Name); ok {
		return value
	}
	_, value, _ := attrs.findFold(t.urn)
	o, _ := value.(*object)
	_, value, _ = o.findFold(t.attr.Name)
	return value
}

// holdsMembers tells whether the attribute is the members of a group.
func (t *target) holdsMembers() bool {
	return t.kind != nil && !t.absent && t.urn == "" && t.attr == t.kind.members
}

// hasMember asks whether the resource with that id is a member, without a
// look at the others: there may be thousands.
func hasMember(id string) matcher {
	return func(v *view, _ any) bool {
		m := v.st.byID[id]
		return m != nil && v.e.members.has(m)
	}
}

// anyElement calls f with each element of a list, or with the single value,
// until f says true. There is no call for an unassigned value.
func anyElement(v any, f func(any) bool) bool {
	switch v := v.(type) {
	case nil:
		return false
	case []any:
		return slices.ContainsFunc(v, f)
	}
	return f(v)
}

func compileComparison(c *comparison, s scope) (matcher, error) {
	t, err := s.resolve(c.path)
	if err != nil {
		return nil, err
	}
	leaf := t.attr
	if t.sub != nil {
		leaf = t.sub
	} else if leaf.Type == typeComplex && c.op != "pr" && c.value != nil {
		if leaf = leaf.sub("value"); leaf == nil || t.whole {
			return nil, &filterError{at: c.path.at, what: fmt.Sprintf("%s has sub-attributes; name the one to compare", t.attr.Name)}
		}
		t.sub = leaf
	}
	if leaf.Returned == returnedNever {
		return nil, &filterError{at: c.path.at, what: leaf.Name + " cannot be filtered by", sensitive: c.op != "pr" && c.value != nil}
	}
	if id, ok := c.value.(string); ok && c.op == "eq" && t.holdsMembers() && leaf.Name == "value" {
		return hasMember(id), nil
	}
	// each calls f for each assigned value at the path.
	each := func(v *view, elem any, f func(any) bool) bool {
		return anyElement(t.of(v, elem), func(e any) bool {
			if t.sub == nil {
				return !unassigned(e) && f(e)
			}
			o, ok := e.(*object)
			if !ok {
				return false
			}
			if t.sub.Type == typeAny {
				_, e, _ = o.findFold(t.sub.Name)
			} else {
				e = o.get(t.sub.Name)
			}
			return anyElement(e, f)
		})
	}
	present := func(v *view, elem any) bool { return each(v, elem, func(any) bool { return true }) }
	switch {
	case c.op == "pr" || c.op == "ne" && c.value == nil:
		return present, nil
	case c.op == "eq" && c.value == nil:
		return func(v *view, elem any) bool { return !present(v, elem) }, nil
	case c.value == nil:
		return nil, &filterError{at: c.at, what: "null can be compared by eq and ne only"}
	}
	test, err := compileTest(c, leaf)
	if err != nil {
		return nil, err
	}
	if leaf.Type == typeReference && (c.op == "eq" || c.op == "ne") {
		return func(v *view, elem any) bool {
			test := compileReference(c, v)
			return each(v, elem, test) || c.op == "ne" && !present(v, elem)
		}, nil
	}
	if c.op == "ne" {
		return func(v *view, elem any) bool { return each(v, elem, test) || !present(v, elem) }, nil
	}
	return func(v *view, elem any) bool { return each(v, elem, test) }, nil
}

// compileReference makes the comparison of a reference, which depends on what
// the server is called in this request; v is nil within a PATCH path.
func compileReference(c *comparison, v *view) func(any) bool {
	base := ""
	if v != nil {
		base = v.base
	}
	want, _ := c.value.(string)
	same := sameReference(base, want)
	return func(value any) bool {
		s, ok := value.(string)
		return (ok && same(s)) == (c.op == "eq")
	}
}

// compileTest makes the comparison of one value with the filter's.
func compileTest(c *comparison, a *attribute) (func(any) bool, error) {
	fail := func(at int, format string, args ...any) (func(any) bool, error) {
		return nil, &filterError{at: at, what: fmt.Sprintf(format, args...)}
	}
	kind := a.Type
	if kind == typeAny {
		switch c.value.(type) {
		case bool:
			kind = typeBoolean
		case number:
			kind = typeDecimal
		default:
			kind = typeString
		}
	}
	order, partial := false, false
	switch c.op {
	case "gt", "ge", "lt", "le":
		order = true
	case "co", "sw", "ew":
		partial = true
	}
	switch kind {
	case typeBoolean:
		want, ok := c.value.(bool)
		if !ok {
			return fail(c.at, "%s is a boolean: true or false, without quotes", a.Name)
		}
		if order || partial {
			return fail(c.at, "a boolean can be compared by eq and ne only")
		}
		return func(v any) bool { got, ok := v.(bool); return (ok && got == want) == (c.op == "eq") }, nil
	case typeInteger, typeDecimal:
		want, ok := c.value.(number)
		if !ok {
			return fail(c.at, "%s is a number, not %s", a.Name, kindOf(c.value))
		}
		if partial {
			return fail(c.at, "a number cannot be compared by %s", c.op)
		}
		return func(v any) bool {
			got, ok := v.(number)
			if !ok {
				return c.op == "ne"
			}
			return ordered(c.op, compareNumbers(got, want))
		}, nil
	}
	want, ok := c.value.(string)
	if !ok {
		return fail(c.at, "%s is compared with a string in double quotes, not with %s", a.Name, kindOf(c.value))
	}
	if kind == typeBinary && order {
		return fail(c.at, "a binary value has no order")
	}
	if kind == typeDateTime && !partial {
		at, err := parseDateTime(want)
		if err != nil {
			return fail(c.at, "%s is a time such as 2026-01-02T15:04:05Z, not %q", a.Name, want)
		}
		return func(v any) bool {
			s, ok := v.(string)
			if !ok {
				return false
			}
			got, err := parseDateTime(s)
			return err == nil && ordered(c.op, got.Compare(at))
		}, nil
	}
	fold := foldCase
	if a.CaseExact || kind == typeBinary || kind == typeDateTime {
		fold = func(s string) string { return s }
	}
	want = fold(want)
	return func(v any) bool {
		s, ok := v.(string)
		if !ok {
			return c.op == "ne" // another JSON type below an unknown URN
		}
		s = fold(s)
		switch c.op {
		case "co":
			return strings.Contains(s, want)
		case "sw":
			return strings.HasPrefix(s, want)
		case "ew":
			return strings.HasSuffix(s, want)
		}
		return ordered(c.op, strings.Compare(s, want))
	}, nil
}

// ordered turns the sign of a comparison into the answer of an operator.
func ordered(op string, sign int) bool {
	switch op {
	case "eq":
		return sign == 0
	case "ne":
		return sign != 0
	case "gt":
		return sign > 0
	case "ge":
		return sign >= 0
	case "lt":
		return sign < 0
	default:
		return sign <= 0
	}
}

// compareNumbers compares whole numbers exactly and others as float64, which
// cannot be made to cost much by an exponent.
func compareNumbers(a, b number) int {
	i, errA := strconv.ParseInt(string(a), 10, 64)
	j, errB := strconv.ParseInt(string(b), 10, 64)
	if errA == nil && errB == nil {
		return cmp.Compare(i, j)
	}
	// Out of range gives an infinity of the right sign.
	x, _ := strconv.ParseFloat(string(a), 64)
	y, _ := strconv.ParseFloat(string(b), 64)
	return cmp.Compare(x, y)
}

// parseDateTime reads an xsd:dateTime (RFC 7643 §2.3.5). Without a zone, which
// xsd allows, it is taken as UTC.
func parseDateTime(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t, err = time.Parse("2006-01-02T15:04:05.999999999", s)
	}
	return t, err
}
