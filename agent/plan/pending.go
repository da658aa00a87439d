package plan

import (
	"slices"

	"github.com/oktascim/oktascim/agent/directory"
)

// Postpone returns the plan without what somebody who is leaving loses: the deactivation,
// and the places in groups. It is in Pending, with what until gave. It asks until about
// everybody who is to be switched off.
//
// Whoever is given time keeps everything meanwhile, or a group would have to be put right
// when the assignment turns out to have been taken away in error.
func (p Plan) Postpone(until func(directory.SourceID) (when string, waits bool)) Plan {
	waiting := map[directory.TargetID]string{}
	for i := range p.Changes {
		if c := &p.Changes[i]; c.Verb == Deactivate {
			if when, waits := until(c.Source); waits {
				waiting[c.Target] = "pending until " + when
			}
		}
	}
	if len(waiting) == 0 {
		return p
	}
	return p.setAside(func(c Change) (rest, pending []Change) {
		switch c.Verb {
		case Deactivate:
			if why, waits := waiting[c.Target]; waits {
				return nil, []Change{because(c, why)}
			}
		case Drop:
			return splitDrop(c, func(id directory.TargetID) (string, bool) {
				why, waits := waiting[id]
				return why, waits
			})
		}
		return []Change{c}, nil
	})
}

// Defer returns the plan without the changes about which why gives a reason; they are in
// Pending. People whose account waits are left out of their groups, too, and what follows
// from a change of the same record that waits, waits with it.
func (p Plan) Defer(why func(Change) (reason string, waits bool)) Plan {
	absent := map[directory.SourceID]bool{}
	waits := map[record]string{}
	for i := range p.Changes {
		c := &p.Changes[i]
		reason, w := why(*c)
		if !w {
			continue
		}
		waits[recordOf(c)] = reason
		if c.Kind == directory.KindUser && (c.Verb == Create || c.Verb == Adopt) {
			absent[c.Source] = true
		}
	}
	if len(waits) == 0 {
		return p
	}
	return p.setAside(func(c Change) (rest, pending []Change) {
		if reason, w := waits[recordOf(&c)]; w {
			return nil, []Change{because(c, reason)}
		}
		if len(c.Add) == 0 {
			return []Change{c}, nil
		}
		left := slices.DeleteFunc(slices.Clone(c.Add), func(id directory.SourceID) bool { return absent[id] })
		if len(left) == len(c.Add) {
			return []Change{c}, nil
		}
		c.Add = left
		if len(left) == 0 && c.Verb == Add {
			return nil, nil
		}
		return []Change{c}, nil
	})
}

// record names the record of a change: by its Okta id, or by the object's.
type record struct {
	kind directory.Kind
	id   string
}

func recordOf(c *Change) record {
	if c.Source == "" {
		return record{c.Kind, "target " + string(c.Target)}
	}
	return record{c.Kind, string(c.Source)}
}

// setAside moves what split says to Pending.
func (p Plan) setAside(split func(Change) (rest, pending []Change)) Plan {
	later := slices.Clone(p.Pending)
	out := p.part(func(c Change) (stays, withheld []Change) {
		rest, pending := split(c)
		later = append(later, pending...)
		return rest, nil
	})
	out.Pending = later
	return out
}
