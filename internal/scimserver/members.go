package scimserver

import (
	"iter"
	"slices"
)

// memberSet is the members of a group in the order in which they came. A nil
// set is empty.
type memberSet struct {
	list []*entry // nil where a member was dropped
	pos  map[*entry]int
}

func newMemberSet() *memberSet { return &memberSet{pos: map[*entry]int{}} }

func (s *memberSet) has(e *entry) bool {
	if s == nil {
		return false
	}
	_, ok := s.pos[e]
	return ok
}

func (s *memberSet) len() int {
	if s == nil {
		return 0
	}
	return len(s.pos)
}

// all gives the members in order.
func (s *memberSet) all() iter.Seq[*entry] {
	return func(yield func(*entry) bool) {
		if s == nil {
			return
		}
		for _, e := range s.list {
			if e != nil && !yield(e) {
				return
			}
		}
	}
}

// add tells whether e was not there yet.
func (s *memberSet) add(e *entry) bool {
	if s.has(e) {
		return false
	}
	s.pos[e] = len(s.list)
	s.list = append(s.list, e)
	return true
}

// drop tells whether e was there.
func (s *memberSet) drop(e *entry) bool {
	i, ok := s.pos[e]
	if !ok {
		return false
	}
	s.list[i] = nil
	delete(s.pos, e)
	if len(s.list) > 2*len(s.pos)+16 { // mostly holes
		s.list = slices.DeleteFunc(s.list, func(e *entry) bool { return e == nil })
		for i, e := range s.list {
			s.pos[e] = i
		}
	}
	return true
}

// memberEdit is a set of members with changes that are not made yet. Its
// methods cost what they add or drop, not what is there: a PATCH may hold
// thousands of operations on one group.
type memberEdit struct {
	base  *memberSet
	adds  *memberSet // none of them in base
	drops map[*entry]bool
}

func newMemberEdit(base *memberSet) *memberEdit {
	return &memberEdit{base: base, adds: newMemberSet(), drops: map[*entry]bool{}}
}

func (m *memberEdit) changed() bool { return m.adds.len() > 0 || len(m.drops) > 0 }

// has tells whether e will be a member.
func (m *memberEdit) has(e *entry) bool {
	if m.base.has(e) {
		return !m.drops[e]
	}
	return m.adds.has(e)
}

// all gives the members as they will be.
func (m *memberEdit) all() iter.Seq[*entry] {
	return func(yield func(*entry) bool) {
		for e := range m.base.all() {
			if !m.drops[e] && !yield(e) {
				return
			}
		}
		for e := range m.adds.all() {
			if !yield(e) {
				return
			}
		}
	}
}

// add puts members in; those that are there already stay where they are.
func (m *memberEdit) add(list ...*entry) {
	for _, e := range list {
		if m.base.has(e) {
			delete(m.drops, e)
		} else {
			m.adds.add(e)
		}
	}
}

// drop takes members out; those that are not there do not matter.
func (m *memberEdit) drop(list ...*entry) {
	for _, e := range list {
		if m.base.has(e) {
			m.drops[e] = true
		} else {
			m.adds.drop(e)
		}
	}
}

// replace makes list the members. Those who stay keep their place.
func (m *memberEdit) replace(list ...*entry) {
	m.adds = newMemberSet()
	for e := range m.base.all() {
		m.drops[e] = true
	}
	m.add(list...)
}
