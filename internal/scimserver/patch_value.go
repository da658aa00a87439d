package scimserver

import (
	"slices"
	"strconv"
	"strings"
)

// patcher changes the value of one attribute as an operation says. It never
// changes a value in place.
//
//	           attribute             attribute.sub          attribute[filter]…
//	add        set; merge a complex  set; of a list: of     the same with the chosen;
//	           one; add to a list    all its elements       none: make one, if the filter says how
//	replace    set; merge a complex  the same               the chosen; none: noTarget
//	           one; set a list
//	remove     unassign; of a list   the same               the chosen; none: nothing to do
//	           with a value: these
type patcher struct {
	op       string
	value    any
	hasValue bool
	sub      *attribute
	chosen   *choice
}

// apply gives the new value of an attribute; nil if it is unassigned now.
func (p *patcher) apply(a *attribute, current any) (any, *scimError) {
	list, isList := current.([]any)
	if !a.MultiValued && (a.Type != typeAny || !isList && p.chosen == nil) {
		if p.sub != nil {
			return p.applySub(a, current)
		}
		return p.applyWhole(a, current)
	}
	if !isList && !unassigned(current) {
		return nil, refuse(noTarget, ": %s is no list to choose from", a.Name)
	}
	next, err := p.applyList(a, list)
	if err != nil {
		return nil, err
	}
	return settlePrimary(list, next)
}

// applyList changes a multi-valued attribute.
func (p *patcher) applyList(a *attribute, list []any) ([]any, *scimError) {
	if p.chosen == nil && p.sub == nil {
		return p.applyWholeList(a, list)
	}
	next := make([]any, 0, len(list)+1)
	hits := 0
	for _, e := range list {
		if p.chosen != nil && !p.chosen.match(nil, e) {
			next = append(next, e)
			continue
		}
		hits++
		changed, err := p.applyElement(a, e)
		if err != nil {
			return nil, err
		}
		if !unassigned(changed) {
			next = append(next, changed)
		}
	}
	if hits > 0 || p.op == "remove" {
		return next, nil
	}
	if p.op == "add" && p.chosen != nil {
		// Entra ID adds emails[type eq "work"].value so; the RFC is silent.
		if e, ok := exampleOf(a, p.chosen.expr); ok {
			made, err := p.applyElement(a, e)
			if err != nil {
				return nil, err
			}
			return append(next, made), nil
		}
	}
	return nil, refuse(noTarget, ": %s has no value that the path chooses", a.Name)
}

// applyElement changes one element of a list; nil takes it out.
func (p *patcher) applyElement(a *attribute, e any) (any, *scimError) {
	if p.sub != nil {
		return p.applySub(a, e)
	}
	switch p.op {
	case "remove":
		return nil, nil
	case "add":
		return merge(a, e, p.value)
	}
	return a.checkOne(p.value)
}

// applyWholeList changes a list as a whole.
func (p *patcher) applyWholeList(a *attribute, list []any) ([]any, *scimError) {
	given, isList := p.value.([]any)
	if !isList && p.hasValue && p.value != nil {
		given = []any{p.value}
	}
	if p.op == "remove" {
		if !p.hasValue {
			return nil, nil
		}
		return slices.DeleteFunc(slices.Clone(list), func(have any) bool {
			return slices.ContainsFunc(given, func(v any) bool { return names(a, v, have) })
		}), nil
	}
	if len(given) > maxValues {
		return nil, refuse(invalidValue, ": %d values; at most %d are kept", len(given), maxValues)
	}
	checked := given
	if a.Type != typeAny {
		v, err := a.check(given)
		if err != nil {
			return nil, err
		}
		checked = v.([]any)
	}
	if p.op == "replace" {
		return checked, nil
	}
	next := slices.Clone(list)
	for _, v := range checked {
		i := slices.IndexFunc(next, func(have any) bool { return equal(have, v) || sameValue(a, v, have) })
		if i < 0 {
			next = append(next, v)
			continue
		}
		merged, err := merge(a, next[i], v)
		if err != nil {
			return nil, err
		}
		next[i] = merged
	}
	return next, nil
}

// applySub changes a sub-attribute of one complex value.
func (p *patcher) applySub(a *attribute, current any) (any, *scimError) {
	o, ok := current.(*object)
	if !ok && !unassigned(current) {
		return nil, refuse(noTarget, ": %s has no sub-attributes", a.Name)
	}
	name := p.sub.Name
	if written, _, ok := o.findFold(name); ok {
		name = written
	}
	inner := &patcher{op: p.op, value: p.value, hasValue: p.hasValue}
	next, err := inner.apply(p.sub, o.get(name))
	if err != nil {
		return nil, err
	}
	return setSub(o, p.sub, name, next)
}

// setSub sets a sub-attribute, if it can be set.
func setSub(o *object, sub *attribute, name string, value any) (*object, *scimError) {
	have := o.get(name)
	switch {
	case sub.Required && unassigned(value):
		return nil, refuse(mutability, ": %s cannot be without a value", sub.Name)
	case sub.Mutability == immutable && have != nil && !equal(have, value):
		return nil, refuse(mutability, ": %s cannot be changed", sub.Name)
	case equal(have, value):
		return o, nil
	}
	return o.with(name, value), nil
}

// applyWhole changes an attribute with one value.
func (p *patcher) applyWhole(a *attribute, current any) (any, *scimError) {
	switch {
	case p.op == "remove" || p.op == "replace" && p.value == nil:
		if a.Mutability == immutable && current != nil {
			return nil, refuse(mutability, ": %s cannot be changed", a.Name)
		}
		return nil, nil
	case p.value == nil:
		return nil, refuse(invalidValue, ": null cannot be added")
	}
	_, haveObject := current.(*object)
	_, giveObject := p.value.(*object)
	if a.Type == typeComplex || a.Type == typeAny && haveObject && giveObject {
		return merge(a, current, p.value)
	}
	next, err := a.check(p.value)
	if err == nil && a.Mutability == immutable && current != nil && !equal(current, next) {
		return nil, refuse(mutability, ": %s cannot be changed", a.Name)
	}
	return next, err
}

// merge sets the sub-attributes that value gives and leaves the others as they
// are (RFC 7644 §3.5.2.3). Null takes one away.
func merge(a *attribute, current, value any) (any, *scimError) {
	given, ok := value.(*object)
	if !ok {
		return a.checkOne(value)
	}
	o, _ := current.(*object)
	if o == nil {
		o = &object{}
	}
	for _, f := range given.fields {
		sub := a.sub(f.name)
		if sub == nil || sub.Mutability == readOnly {
			continue
		}
		name := sub.Name
		if a.Type == typeAny {
			if written, _, ok := o.findFold(name); ok {
				name = written
			}
		}
		v := f.value
		if unassigned(v) {
			v = nil
		} else {
			var err *scimError
			if sub.Type == typeComplex && !sub.MultiValued {
				v, err = merge(sub, o.get(name), v)
			} else {
				v, err = sub.check(v)
			}
			if err != nil {
				return nil, err.under(f.name)
			}
		}
		next, err := setSub(o, sub, name, v)
		if err != nil {
			return nil, err.under(f.name)
		}
		o = next
	}
	if o.len() > maxFields {
		return nil, refuse(invalidValue, ": more than %d members in one object", maxFields)
	}
	return o, nil
}

// sameValue tells whether two elements are one value seen twice: their value
// and type are equal (RFC 7643 §2.4).
func sameValue(a *attribute, x, y any) bool {
	value, kind := a.sub("value"), a.sub("type")
	p, ok := x.(*object)
	q, ok2 := y.(*object)
	if value == nil || !ok || !ok2 || p.get("value") == nil {
		return false
	}
	return sameText(value, p.get("value"), q.get("value")) && (kind == nil || sameText(kind, p.get("type"), q.get("type")))
}

// sameText compares two values as the definition says about case.
func sameText(a *attribute, x, y any) bool {
	s, ok := x.(string)
	t, ok2 := y.(string)
	if !ok || !ok2 || a.CaseExact {
		return equal(x, y)
	}
	return strings.EqualFold(s, t)
}

// names tells whether v, a value in a remove operation, means the element:
// by all that it says, or, for a bare text, by the element's value.
func names(a *attribute, v, element any) bool {
	have, complexElement := element.(*object)
	given, ok := v.(*object)
	switch {
	case !complexElement:
		return sameText(a, v, element)
	case !ok:
		value := a.sub("value")
		return value != nil && sameText(value, v, have.get("value"))
	}
	said := false
	for _, f := range given.fields {
		sub := a.sub(f.name)
		if sub == nil || sub.Mutability == readOnly || unassigned(f.value) {
			continue
		}
		said = true
		if _, got, _ := have.findFold(sub.Name); !sameText(sub, f.value, got) {
			return false
		}
	}
	return said
}

// exampleOf makes an element that a filter chooses, if the filter is nothing
// but equations joined by and.
func exampleOf(a *attribute, e expr) (any, bool) {
	terms := []expr{e}
	if l, ok := e.(*logical); ok {
		if l.or {
			return nil, false
		}
		terms = l.terms
	}
	o := &object{}
	for _, t := range terms {
		c, ok := t.(*comparison)
		if !ok || c.op != "eq" || c.value == nil {
			return nil, false
		}
		sub := a.sub(c.path.text)
		if sub == nil || sub.Mutability == readOnly || sub.Type == typeComplex {
			return nil, false
		}
		v, err := sub.check(c.value)
		if err != nil {
			return nil, false
		}
		o = o.with(sub.Name, v)
	}
	return o, true
}

// settlePrimary leaves at most one element that is primary: one that an
// operation made so takes it from the other (RFC 7644 §3.5.2). It also drops
// elements that have become empty or equal to another. before is the list as it was;
// elements that did not change are the same pointers in both.
func settlePrimary(before, after []any) (any, *scimError) {
	if len(after) == 0 {
		return nil, nil
	}
	made := -1
	for i, e := range after {
		if isPrimary(e) && !slices.ContainsFunc(before, func(b any) bool { return same(b, e) }) {
			if made >= 0 {
				return nil, refuse(invalidValue, "/%s/primary: only one value can be the primary one", strconv.Itoa(i))
			}
			made = i
		}
	}
	if len(after) > max(maxValues, len(before)) {
		return nil, refuse(invalidValue, ": %d values; at most %d are kept", len(after), maxValues)
	}
	settled := make([]any, 0, len(after))
	for i, e := range after {
		if made >= 0 && i != made && isPrimary(e) {
			e = e.(*object).with("primary", false)
		}
		if unassigned(e) {
			continue
		}
		// As in a POST, see [attribute.check].
		if len(after) > 100 || !slices.ContainsFunc(settled, func(have any) bool { return equal(have, e) }) {
			settled = append(settled, e)
		}
	}
	return settled, nil
}

// same tells whether two elements are one object, not only equal.
func same(a, b any) bool {
	p, ok := a.(*object)
	q, ok2 := b.(*object)
	return ok && ok2 && p == q
}
