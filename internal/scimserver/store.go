package scimserver

import (
	"slices"
	"sync"
	"time"
)

// store holds the resources of one tenant. Its methods are called with mu
// held, for reading or for writing; those that lock themselves say so.
type store struct {
	mu          sync.RWMutex
	registry    *registry
	byID        map[string]*entry // users and groups share one space of ids
	collections map[*kind]*collection
	journal     *journal // nil: nothing is kept over a restart
	lastSeq     int64    // of resources and memberships
	lastRev     int64
}

// change is one write as the journal has to keep it.
type change struct {
	put  *resource // created or replaced
	drop *resource // deleted, with its memberships
	// leaves are the ids of the groups that drop is a member of.
	leaves []string

	// adds and drops are the ids of members that put gets or loses. The adds
	// are numbered from addSeq on, which keeps their order.
	adds, drops []string
	addSeq      int64
}

// setMembers notes what an edit does to the members of c.put. It takes
// numbers for the new ones.
func (c *change) setMembers(st *store, m *memberEdit) {
	if m == nil {
		return
	}
	for e := range m.drops {
		c.drops = append(c.drops, e.r.id)
	}
	for e := range m.adds.all() {
		c.adds = append(c.adds, e.r.id)
	}
	c.addSeq = st.lastSeq + 1
	st.lastSeq += int64(len(c.adds))
}

// resource is one version of a resource. It is never changed.
type resource struct {
	kind              *kind
	id                string
	seq               int64 // order of creation
	version           int64 // 1, 2, …
	created, modified time.Time
	attrs             *object           // without id, meta, members and groups
	secrets           map[string]string // attribute to salted hash
}

// entry is the place of a resource in the store, over all its versions.
type entry struct {
	r       *resource
	members *memberSet // of a kind that has members, else nil
	// memberOf holds the groups that have this entry in members, oldest first.
	memberOf []*entry
	// rev moves when something changes that is shown with the resource but
	// not part of it: its memberships, the names of its members or groups.
	rev int64
	// slot is where the text of the resource stands in the textIndex, if there is one.
	slot int
}

// collection is all resources of a kind.
type collection struct {
	order []*entry // by seq
	index map[*attribute]map[string][]*entry
	text  *textIndex // nil: nobody has looked for a text yet
}

func newStore(r *registry) *store {
	st := &store{registry: r, byID: map[string]*entry{}, collections: map[*kind]*collection{}}
	for _, k := range r.kinds {
		c := &collection{index: map[*attribute]map[string][]*entry{}}
		for _, a := range k.indexed {
			c.index[a] = map[string][]*entry{}
		}
		st.collections[k] = c
	}
	return st
}

// find returns the entry with that id if it is of that kind, else nil.
func (st *store) find(k *kind, id string) *entry {
	if e := st.byID[id]; e != nil && e.r.kind == k {
		return e
	}
	return nil
}

// indexKey is the form in which a value stands in an index.
func indexKey(a *attribute, value string) string {
	if a.CaseExact {
		return value
	}
	return foldCase(value)
}

// lookup returns the entries whose indexed attribute equals value.
func (st *store) lookup(k *kind, a *attribute, value string) []*entry {
	return st.collections[k].index[a][indexKey(a, value)]
}

// conflict returns the unique attribute in which attrs equals another
// resource than self, or nil.
func (st *store) conflict(k *kind, attrs *object, self *entry) *attribute {
	for _, a := range k.indexed {
		if a.Uniqueness != "server" {
			continue
		}
		if value, ok := k.indexedValue(attrs, a); ok {
			for _, e := range st.lookup(k, a, value) {
				if e != self {
					return a
				}
			}
		}
	}
	return nil
}

func (c *collection) addToIndex(e *entry) {
	for a, index := range c.index {
		if value, ok := e.r.kind.indexedValue(e.r.attrs, a); ok {
			put(index, indexKey(a, value), e)
		}
	}
}

func (c *collection) removeFromIndex(e *entry) {
	for a, index := range c.index {
		if value, ok := e.r.kind.indexedValue(e.r.attrs, a); ok {
			take(index, indexKey(a, value), e)
		}
	}
}

// reindex makes the index follow from one version of e to the next. What did
// not change is left alone: many may share one displayName.
func (c *collection) reindex(e *entry, before, after *object) {
	for a, index := range c.index {
		was, wasThere := e.r.kind.indexedValue(before, a)
		is, isThere := e.r.kind.indexedValue(after, a)
		if wasThere == isThere && was == is {
			continue
		}
		if wasThere {
			take(index, indexKey(a, was), e)
		}
		if isThere {
			put(index, indexKey(a, is), e)
		}
	}
}

func put(index map[string][]*entry, key string, e *entry) { index[key] = append(index[key], e) }

func take(index map[string][]*entry, key string, e *entry) {
	if left := without(index[key], e); len(left) > 0 {
		index[key] = left
	} else {
		delete(index, key)
	}
}

// without gives a list without one entry; the list itself stays as it is.
func without(list []*entry, e *entry) []*entry {
	i := slices.Index(list, e)
	if i < 0 {
		return list
	}
	return append(list[:i:i], list[i+1:]...)
}

// insert puts a resource into memory.
func (st *store) insert(r *resource) *entry {
	e := &entry{r: r, rev: st.nextRev()}
	if r.kind.members != nil {
		e.members = newMemberSet()
	}
	c := st.collections[r.kind]
	c.order = append(c.order, e)
	c.addToIndex(e)
	c.text.add(e)
	st.byID[r.id] = e
	st.lastSeq = max(st.lastSeq, r.seq)
	return e
}

// replace puts a new version of a resource into memory.
func (st *store) replace(e *entry, r *resource) {
	c := st.collections[r.kind]
	c.reindex(e, e.r.attrs, r.attrs)
	renamed := displayOf(e.r) != displayOf(r)
	e.r = r
	c.text.change(e)
	c.forgetTexts()
	e.rev = st.nextRev()
	if !renamed {
		return
	}
	// The name is shown with the members and with the groups it is in.
	for _, g := range e.memberOf {
		g.rev = e.rev
	}
	for m := range e.members.all() {
		m.rev = e.rev
	}
}

// forgetTexts drops an index that is mostly stale; the next search makes another.
func (c *collection) forgetTexts() {
	if c.text != nil && c.text.stale > c.text.maxStale() {
		c.text = nil
	}
}

// delete takes a resource and its memberships out of memory.
func (st *store) delete(e *entry) {
	c := st.collections[e.r.kind]
	c.removeFromIndex(e)
	c.text.drop(e)
	c.forgetTexts()
	i, _ := slices.BinarySearchFunc(c.order, e.r.seq, func(x *entry, seq int64) int { return int(x.r.seq - seq) })
	c.order = slices.Delete(c.order, i, i+1)
	delete(st.byID, e.r.id)
	st.nextRev()
	for _, g := range e.memberOf {
		g.members.drop(e)
		g.rev = st.nextRev()
	}
	for m := range e.members.all() {
		m.memberOf = without(m.memberOf, e)
		m.rev = st.nextRev()
	}
}

// link and unlink put a membership into memory or take it out, on both sides.
func (st *store) link(group, member *entry) {
	if group.members.add(member) {
		member.memberOf = append(member.memberOf, group)
		member.rev = st.nextRev()
		group.rev = member.rev
	}
}

func (st *store) unlink(group, member *entry) {
	if group.members.drop(member) {
		member.memberOf = without(member.memberOf, group)
		member.rev = st.nextRev()
		group.rev = member.rev
	}
}

func (st *store) nextSeq() int64 { st.lastSeq++; return st.lastSeq }
func (st *store) nextRev() int64 { st.lastRev++; return st.lastRev }

// commit hands a change to the journal, if there is one.
func (st *store) commit(c *change) error {
	if st.journal == nil {
		return nil
	}
	return st.journal.commit(c)
}
