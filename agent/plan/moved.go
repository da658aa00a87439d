package plan

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Moved compares two plans by what they would do: gone are the changes that before has and
// now has not, come the other way round, each in the order of its plan. What is withheld
// counts as planned, since a person who looks again wants to know what became of it.
func Moved(before, now Document) (gone, come []DocumentChange) {
	all := func(d Document) []DocumentChange { return slices.Concat(d.Changes, d.Withheld) }
	return less(all(before), all(now)), less(all(now), all(before))
}

// less is the list without those changes that are in but.
func less(list, but []DocumentChange) []DocumentChange {
	have := map[string]bool{}
	for i := range but {
		have[but[i].key()] = true
	}
	var out []DocumentChange
	for i := range list {
		if !have[list[i].key()] {
			out = append(out, list[i])
		}
	}
	return out
}

// key is what a change does, without its number and reason.
func (c DocumentChange) key() string {
	c.N, c.Needs, c.Why = 0, nil, ""
	for i := range c.Fields { // a file may have been written with other spaces
		c.Fields = slices.Clone(c.Fields)
		c.Fields[i].From, c.Fields[i].To = compact(c.Fields[i].From), compact(c.Fields[i].To)
	}
	b, err := json.Marshal(c)
	if err != nil {
		return fmt.Sprint(c)
	}
	return string(b)
}

func compact(v json.RawMessage) json.RawMessage {
	var value any
	if json.Unmarshal(v, &value) != nil {
		return v
	}
	b, err := json.Marshal(value)
	if err != nil {
		return v
	}
	return b
}

// String is the change on one line: "deactivate user cat@x.test".
func (c DocumentChange) String() string {
	return fmt.Sprintf("%s %s %s", c.Verb, c.Kind, printable(c.Name))
}
