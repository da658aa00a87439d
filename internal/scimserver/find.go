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

// newFinder parses and binds the text of a filter.
func (s *Server) newFinder(k *kind, text string) (finder, error) {
	e, err := parseFilter(text, s.filterLimits())
	if err != nil {
		return finder{}, refuse(invalidFilter, "filter, %v", err)
	}
	match, err := compileFilter(e, scope{kind: k})
	if err != nil {
		return finder{}, refuse(invalidFilter, "filter, %v", err)
	}
	return finder{match: match, hint: hintOf(k, e)}, nil
}

func (s *Server) filterLimits() limits {
	return limits{length: s.o.MaxFilterLength, depth: s.o.MaxFilterDepth}
}

// page gives the entries at skip and after, at most limit, and how many match
// in all. The lock is held.
func (f *finder) page(st *store, k *kind, base string, skip, limit int) ([]*entry, int) {
	entries := st.collections[k].order
	if f.all {
		from := min(skip, len(entries))
		return entries[from:min(from+limit, len(entries))], len(entries)
	}
	if f.hint != nil {
		entries = f.hint(st)
	}
	var page []*entry
	total := 0
	for _, e := range entries {
		if f.match(&view{st, e, base}, nil) {
			if total >= skip && len(page) < limit {
				page = append(page, e)
			}
			total++
		}
	}
	return page, total
}

// hintOf looks for an equation that an index answers: the filter itself, or a
// term of an "and" (terms of an "or" all match on their own).
func hintOf(k *kind, e expr) func(*store) []*entry {
	switch e := e.(type) {
	case *logical:
		if e.or {
			return nil
		}
		for _, t := range e.terms {
			if h := hintOf(k, t); h != nil {
				return h
			}
		}
	case *comparison:
		t, err := scope{kind: k}.resolve(e.path)
		value, ok := e.value.(string)
		if err != nil || !ok || e.op != "eq" || t.urn != "" {
			return nil
		}
		if t.sub == nil && slices.Contains(k.indexed, t.attr) {
			return func(st *store) []*entry { return inOrder(st.lookup(k, t.attr, value)) }
		}
		if t.sub == nil && t.attr.Name == "id" {
			return func(st *store) []*entry { return some(st.find(k, value)) }
		}
		if t.sub == nil || t.sub.Name == "value" {
			return hintByMember(k, t.attr, value)
		}
	case *valuePath:
		t, err := scope{kind: k}.resolve(e.path)
		c, ok := e.inner.(*comparison)
		if err != nil || !ok || c.op != "eq" || !strings.EqualFold(c.path.text, "value") {
			return nil
		}
		if value, ok := c.value.(string); ok {
			return hintByMember(k, t.attr, value)
		}
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
