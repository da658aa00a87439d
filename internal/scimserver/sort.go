package scimserver

import (
	"cmp"
	"slices"
	"strings"
)

// maxSortKey bounds, in bytes, how much of a text counts for the order: a
// cursor carries it, and titles that differ behind it need no order.
const maxSortKey = 512

// ordering is sortBy and sortOrder (RFC 7644 §3.4.2.3). Resources with equal
// values, and those without one, stand in the order of their creation, so that
// pages neither repeat nor lose one.
type ordering struct {
	kinds      []*kind
	targets    []target // what sortBy means for each kind
	descending bool
}

// sortKey is the value of a resource in an order.
type sortKey struct {
	rank byte // of the JSON type; see the constants
	text string
}

// Without a schema a value may be of any type; then the type decides first. A
// resource without value is the last (ascending) or the first (descending).
const (
	rankBoolean = iota + 1
	rankNumber
	rankText
	rankNone = 255
)

// newOrdering binds sortBy to the kinds; nil without one. A name that no kind
// has is refused, as in a filter: a list that is not sorted as asked misleads.
func newOrdering(kinds []*kind, sortBy, sortOrder string, l limits) (*ordering, *scimError) {
	o := &ordering{kinds: kinds}
	switch foldASCII(sortOrder) {
	case "", "ascending":
	case "descending":
		o.descending = true
	default:
		return nil, refuse(invalidValue, "sortOrder: %q is neither ascending nor descending", sortOrder)
	}
	if sortBy == "" {
		return nil, nil
	}
	path, _, err := parsePatchPath(sortBy, l)
	if err != nil || path.filter != nil {
		return nil, refuse(invalidValue, "sortBy: %q is no name of an attribute", sortBy)
	}
	for _, k := range kinds {
		t, err := scope{kind: k, others: kinds}.resolve(path.attrPath)
		if err != nil {
			return nil, refuse(invalidValue, "sortBy: %v", err)
		}
		leaf := t.attr
		if t.sub != nil {
			leaf = t.sub
		} else if leaf.Type == typeComplex {
			if t.sub = leaf.sub("value"); t.sub == nil || t.whole {
				return nil, refuse(invalidValue, "sortBy: %s has sub-attributes; name the one to sort by", leaf.Name)
			}
			leaf = t.sub
		}
		if leaf.Returned == returnedNever {
			return nil, refuse(invalidValue, "sortBy: %s cannot be sorted by", leaf.Name)
		}
		o.targets = append(o.targets, t)
	}
	return o, nil
}

// sort puts entries into the order. They come in that of their creation.
func (o *ordering) sort(list []*entry, st *store, base string) {
	type keyed struct {
		key sortKey
		e   *entry
	}
	keys := make([]keyed, len(list))
	for i, e := range list {
		keys[i] = keyed{o.key(&view{st, e, base}), e}
	}
	slices.SortStableFunc(keys, func(a, b keyed) int { return o.compare(a.key, b.key) })
	for i := range keys {
		list[i] = keys[i].e
	}
}

// compare tells which of two values comes first; 0 if creation decides.
func (o *ordering) compare(a, b sortKey) int {
	c := cmp.Compare(a.rank, b.rank)
	if c == 0 && a.rank == rankNumber {
		c = compareNumbers(number(a.text), number(b.text))
	} else if c == 0 {
		c = strings.Compare(a.text, b.text)
	}
	if o.descending {
		return -c
	}
	return c
}

// key gives the value that counts: of a list the primary element, or else the
// first (RFC 7644 §3.4.2.3).
func (o *ordering) key(v *view) sortKey {
	t := &o.targets[slices.Index(o.kinds, v.e.r.kind)]
	k := v.e.r.kind
	var value any
	if !t.absent && (t.attr == k.members || t.attr == k.memberOf) {
		value = v.firstRelated(t.attr) // there may be thousands more
	} else {
		value = primaryOrFirst(t.of(v, nil))
	}
	leaf := t.attr
	if t.sub != nil {
		leaf = t.sub
		object, _ := value.(*object)
		if leaf.Type == typeAny {
			_, value, _ = object.findFold(leaf.Name)
		} else {
			value = object.get(leaf.Name)
		}
		value = primaryOrFirst(value)
	}
	switch value := value.(type) {
	case bool:
		if value {
			return sortKey{rankBoolean, "1"}
		}
		return sortKey{rankBoolean, "0"}
	case number:
		return sortKey{rankNumber, string(value)}
	case string:
		return sortKey{rankText, sortText(leaf, value)}
	}
	return sortKey{rank: rankNone}
}

// sortText gives a form of a text whose bytes have the order of the values.
func sortText(a *attribute, s string) string {
	if a.Type == typeDateTime {
		if t, err := parseDateTime(s); err == nil {
			return t.UTC().Format("2006-01-02T15:04:05.000000000")
		}
	}
	if !a.CaseExact && a.Type != typeBinary {
		s = foldCase(s)
	}
	return s[:min(len(s), maxSortKey)]
}

func primaryOrFirst(v any) any {
	list, ok := v.([]any)
	if !ok {
		return v
	}
	if i := slices.IndexFunc(list, isPrimary); i >= 0 {
		return list[i]
	}
	if len(list) == 0 {
		return nil
	}
	return list[0]
}

// firstRelated is the first element of members or groups, nil if there is none.
func (v *view) firstRelated(a *attribute) any {
	for r := range v.related(a) {
		if a == v.e.r.kind.members {
			return memberValue(v.base, r)
		}
		return groupValue(v.base, r)
	}
	return nil
}

// position is a place in a list: that of an entry, which may be gone since.
type position struct {
	back bool // the page before it is wanted, not the one after it
	key  sortKey
	seq  int64
}

// positionOf gives the place of an entry in a list.
func (q *search) positionOf(st *store, e *entry) position {
	p := position{seq: e.r.seq}
	if q.order != nil {
		p.key = q.order.key(&view{st, e, q.base})
	}
	return p
}

// index gives how many of the list stand before p, or, with including, at p too.
func (q *search) index(st *store, list []*entry, p *position, including bool) int {
	i, found := slices.BinarySearchFunc(list, p, func(e *entry, p *position) int {
		if q.order != nil {
			if c := q.order.compare(q.order.key(&view{st, e, q.base}), p.key); c != 0 {
				return c
			}
		}
		return cmp.Compare(e.r.seq, p.seq)
	})
	if found && including {
		i++
	}
	return i
}
