package scimserver

import (
	"slices"
	"strings"
)

// textIndex answers what a person looks for in the panel: a text anywhere in
// the names, the addresses or the externalId of a resource. It knows in which
// resources each three bytes occur; the rarest three of a text leave few to
// look at. It is made by the first search of a collection and kept up to date
// from then on: a server that nobody looks at does not pay for it.
//
// Its methods are called with the lock of the store held.
type textIndex struct {
	slots []textSlot // in the order of creation
	// grams gives the slots in which three bytes occur, or occurred before
	// their resource was changed.
	grams map[uint32]*[]uint32
	stale int // slots that are empty, or were changed
}

// textSlot is what the index knows of one resource; the zero value is nobody.
type textSlot struct {
	e      *entry
	text   string // folded parts, each with textEnd behind it
	active bool
}

// textEnd is between the parts of a text: nothing is found across it.
const textEnd = "\x00"

// gramLen is the number of bytes that are indexed together. Shorter texts are
// looked for in all slots, which still is but a look at the text of each.
const gramLen = 3

// maxStale is how many slots may be stale before the index is made anew.
func (x *textIndex) maxStale() int { return 100 + len(x.slots) }

// rlockWithTexts takes the lock for reading once each of the kinds has its
// index, which it makes where there is none.
func (st *store) rlockWithTexts(kinds ...*kind) {
	for {
		st.mu.RLock()
		missing := slices.IndexFunc(kinds, func(k *kind) bool { return st.collections[k].text == nil })
		if missing < 0 {
			return
		}
		st.mu.RUnlock()
		st.mu.Lock()
		if c := st.collections[kinds[missing]]; c.text == nil {
			c.makeTexts()
		}
		st.mu.Unlock()
	}
}

func (c *collection) makeTexts() {
	c.text = &textIndex{grams: map[uint32]*[]uint32{}, slots: make([]textSlot, 0, len(c.order))}
	for _, e := range c.order {
		c.text.add(e)
	}
}

// add, change and drop keep an index up to date; on none they do nothing.
func (x *textIndex) add(e *entry) {
	if x == nil {
		return
	}
	e.slot = len(x.slots)
	x.slots = append(x.slots, textSlot{e, searchText(e.r), isActive(e.r)})
	x.note(e.slot)
}

func (x *textIndex) change(e *entry) {
	if x == nil {
		return
	}
	s := &x.slots[e.slot]
	s.active = isActive(e.r)
	if text := searchText(e.r); text != s.text {
		s.text = text
		x.stale++
		x.note(e.slot)
	}
}

func (x *textIndex) drop(e *entry) {
	if x == nil {
		return
	}
	x.slots[e.slot] = textSlot{}
	x.stale++
}

// note puts a slot under each three bytes of its text.
func (x *textIndex) note(slot int) {
	n := uint32(slot)
	for g := range grams(x.slots[slot].text) {
		list := x.grams[g]
		if list == nil {
			list = new([]uint32)
			x.grams[g] = list
		}
		if last := len(*list) - 1; last < 0 || (*list)[last] != n {
			*list = append(*list, n)
		}
	}
}

// grams gives each three bytes of a text that do not cross the end of a part.
func grams(text string) func(yield func(uint32) bool) {
	return func(yield func(uint32) bool) {
		for i := 0; i+gramLen <= len(text); i++ {
			a, b, c := text[i], text[i+1], text[i+2]
			if a == 0 || b == 0 || c == 0 {
				continue
			}
			if !yield(uint32(a)<<16 | uint32(b)<<8 | uint32(c)) {
				return
			}
		}
	}
}

// find returns the entries in which a text occurs, which is folded already, in
// the order of creation. Active, if not nil, leaves those who are or are not.
// Also, if not nil, is one of them whatever its text.
func (x *textIndex) find(text string, active *bool, also *entry) []*entry {
	var found []*entry
	look := func(slot uint32) {
		s := &x.slots[slot]
		if s.e != nil && (active == nil || s.active == *active) && (s.e == also || strings.Contains(s.text, text)) {
			found = append(found, s.e)
		}
	}
	if strings.Contains(text, textEnd) {
		return nil
	}
	if len(text) < gramLen {
		for i := range x.slots {
			look(uint32(i))
		}
		return found
	}
	for _, slot := range x.candidates(text, also) {
		look(slot)
	}
	return found
}

// candidates are slots, in order, among which all are that have a text.
func (x *textIndex) candidates(text string, also *entry) []uint32 {
	var few []uint32
	first := true
	for g := range grams(text) {
		var list []uint32
		if l := x.grams[g]; l != nil {
			list = *l
		}
		if first || len(list) < len(few) {
			few, first = list, false
		}
	}
	if also != nil {
		few = append(slices.Clip(few), uint32(also.slot))
	}
	for i := 1; i < len(few); i++ {
		if few[i-1] >= few[i] { // changed later than it was made
			few = slices.Clone(few)
			slices.Sort(few)
			return slices.Compact(few)
		}
	}
	return few
}

// searchText is the text of a resource that a person would look for.
func searchText(r *resource) string {
	var b strings.Builder
	add := func(s string) {
		if s != "" {
			b.WriteString(foldCase(s))
			b.WriteString(textEnd)
		}
	}
	for _, name := range []string{"userName", "displayName", "externalId"} {
		s, _ := r.attrs.get(name).(string)
		add(s)
	}
	if name, ok := r.attrs.get("name").(*object); ok {
		given, _ := name.get("givenName").(string)
		family, _ := name.get("familyName").(string)
		formatted, _ := name.get("formatted").(string)
		add(strings.TrimSpace(given + " " + family))
		add(formatted)
	}
	for address := range addresses(r) {
		add(address)
	}
	return b.String()
}
