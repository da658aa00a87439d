package agent

import (
	"cmp"
	"slices"
	"sync"

	"github.com/oktascim/oktascim/agent/directory"
)

// record names a record of the source.
type record struct {
	kind   directory.Kind
	source directory.SourceID
}

// object names an object of the target.
type object struct {
	kind   directory.Kind
	target directory.TargetID
}

// linkTable holds the links while a run works on them: what the ledger had, and what
// was written since. It follows the ledger's rule that an object belongs to one record.
// The slices inside a link are never changed in place, so that a link may be read
// without a lock once it has been got.
type linkTable struct {
	mu      sync.Mutex
	links   map[record]directory.Link
	records map[object]record
}

func newLinkTable(links directory.Links) *linkTable {
	t := &linkTable{
		links:   make(map[record]directory.Link, len(links)),
		records: make(map[object]record, len(links)),
	}
	for i := range links {
		t.save(links[i])
	}
	return t
}

func (t *linkTable) get(kind directory.Kind, source directory.SourceID) (directory.Link, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	k, ok := t.links[record{kind, source}]
	return k, ok
}

// owner returns the link that the object has.
func (t *linkTable) owner(kind directory.Kind, target directory.TargetID) (directory.Link, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	r, ok := t.records[object{kind, target}]
	return t.links[r], ok
}

func (t *linkTable) save(k directory.Link) {
	t.mu.Lock()
	defer t.mu.Unlock()
	r, o := record{k.Kind, k.Source}, object{k.Kind, k.Target}
	if old, ok := t.links[r]; ok && old.Target != k.Target {
		delete(t.records, object{k.Kind, old.Target})
	}
	if other, ok := t.records[o]; ok && other != r {
		delete(t.links, other)
	}
	t.links[r], t.records[o] = k, r
}

func (t *linkTable) forget(kind directory.Kind, target directory.TargetID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	o := object{kind, target}
	delete(t.links, t.records[o])
	delete(t.records, o)
}

// all returns the links sorted by kind and source id.
func (t *linkTable) all() directory.Links {
	t.mu.Lock()
	defer t.mu.Unlock()
	links := make(directory.Links, 0, len(t.links))
	for _, k := range t.links {
		links = append(links, k)
	}
	slices.SortFunc(links, func(a, b directory.Link) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Source, b.Source))
	})
	return links
}

// targets returns the target ids of those links of a kind that want says yes to, or of
// all if it is nil, sorted.
func (t *linkTable) targets(kind directory.Kind, want func(directory.Link) bool) []directory.TargetID {
	t.mu.Lock()
	defer t.mu.Unlock()
	var ids []directory.TargetID
	for o, r := range t.records {
		if o.kind == kind && (want == nil || want(t.links[r])) {
			ids = append(ids, o.target)
		}
	}
	slices.Sort(ids)
	return ids
}

// union returns the sorted ids that are in a or b; neither is changed.
func union[ID ~string](a, b []ID) []ID {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// without returns the ids of a that are not in b; neither is changed.
func without[ID ~string](a, b []ID) []ID {
	if len(a) == 0 || len(b) == 0 {
		return a
	}
	gone := make(map[ID]bool, len(b))
	for _, id := range b {
		gone[id] = true
	}
	return slices.DeleteFunc(slices.Clone(a), func(id ID) bool { return gone[id] })
}
