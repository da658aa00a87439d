package scimserver

import (
	"cmp"
	"slices"
	"strings"
)

// finder finds the resources that a filter matches.
type finder struct {
	all   bool // there is no filter
	match matcher
	// hint narrows the search to what an index or a membership gives. Every
	// match is among the entries it gives, but not each of them matches.
	hint func(st *store) []*entry
}

// newFinder binds a filter to a kind. The error is a *filterError.
func newFinder(s scope, e expr) (finder, error) {
	match, err := compileFilter(e, s)
	if err != nil {
		return finder{}, err
	}
	return finder{match: match, hint: hintOf(s, e)}, nil
}

func (s *Server) filterLimits() limits {
	return limits{length: s.o.MaxFilterLength, depth: s.o.MaxFilterDepth, terms: s.o.MaxFilterTerms}
}

// find gives the entries of a kind that match, in the order of their creation.
// The list belongs to the store; the lock is held.
func (f *finder) find(st *store, k *kind, base string) []*entry {
	entries := st.collections[k].order
	if f.all {
		return entries
	}
	if f.hint != nil {
		entries = f.hint(st)
	}
	var found []*entry
	for _, e := range entries {
		if f.match(&view{st, e, base}, nil) {
			found = append(found, e)
		}
	}
	return found
}

// hintOf looks for equations that an index answers: the filter itself, one
// term of an "and", or all terms of an "or".
func hintOf(s scope, e expr) func(*store) []*entry {
	switch e := e.(type) {
	case *logical:
		var hints []func(*store) []*entry
		for _, t := range e.terms {
			h := hintOf(s, t)
			switch {
			case h == nil && e.or:
				return nil
			case h != nil && !e.or:
				return h
			}
			hints = append(hints, h)
		}
		if !e.or {
			return nil
		}
		return func(st *store) []*entry {
			var found []*entry
			for _, h := range hints {
				found = append(found, h(st)...)
			}
			return slices.Compact(inOrder(found))
		}
	case *comparison:
		t, err := s.resolve(e.path)
		value, ok := e.value.(string)
		if err != nil || !ok || e.op != "eq" || t.urn != "" && !slices.Contains(s.kind.indexed, t.attr) {
			return nil
		}
		return hintAt(s.kind, &t, value)
	case *valuePath:
		t, err := s.resolve(e.path)
		c, ok := e.inner.(*comparison)
		if err != nil || !ok || c.op != "eq" || !strings.EqualFold(c.path.text, "value") {
			return nil
		}
		if value, ok := c.value.(string); ok {
			return hintByMember(s.kind, t.attr, value)
		}
	}
	return nil
}

// hintAt is the hint for an attribute that equals a value.
func hintAt(k *kind, t *target, value string) func(*store) []*entry {
	switch {
	case t.absent:
		return func(*store) []*entry { return nil }
	case t.sub == nil && slices.Contains(k.indexed, t.attr):
		return func(st *store) []*entry { return inOrder(st.lookup(k, t.attr, value)) }
	case t.sub == nil && t.attr.Name == "id":
		return func(st *store) []*entry { return some(st.find(k, value)) }
	case t.sub == nil || t.sub.Name == "value":
		return hintByMember(k, t.attr, value)
	}
	return nil
}

// hintByMember uses that a membership is known on both sides.
func hintByMember(k *kind, a *attribute, id string) func(*store) []*entry {
	switch a {
	case k.members:
		return func(st *store) []*entry {
			if e := st.byID[id]; e != nil {
				return inOrder(e.memberOf)
			}
			return nil
		}
	case k.memberOf:
		return func(st *store) []*entry {
			var found []*entry
			if e := st.byID[id]; e != nil {
				for m := range e.members.all() {
					if m.r.kind == k {
						found = append(found, m)
					}
				}
			}
			return inOrder(found)
		}
	}
	return nil
}

func some(e *entry) []*entry {
	if e == nil {
		return nil
	}
	return []*entry{e}
}

// inOrder gives entries in the order of creation, as lists show them.
func inOrder(entries []*entry) []*entry {
	return slices.SortedFunc(slices.Values(entries), func(a, b *entry) int { return cmp.Compare(a.r.seq, b.r.seq) })
}
