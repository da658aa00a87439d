package plan

import (
	"fmt"
	"slices"
	"strings"
)

// Extent says how far a plan may go, whatever the switches allow.
type Extent string

// The extents. The names are those that external-dns and others use.
const (
	// Sync does everything; it is what an empty Extent means.
	Sync Extent = "sync"
	// UpsertOnly takes nothing away from anybody.
	UpsertOnly Extent = "upsert-only"
	// CreateOnly makes and links what is missing, and leaves what is there as it is.
	CreateOnly Extent = "create-only"
)

// allows reports whether the extent lets a verb through.
func (e Extent) allows(v Verb) bool {
	switch e {
	case UpsertOnly:
		return !v.Removal()
	case CreateOnly:
		return v == Adopt || v == Create || v == Forget
	case Sync:
	}
	return true
}

// namesShown is how many names a notice about many changes gives.
const namesShown = 10

// within leaves out the changes that the extent does not let through, and says so once
// for each verb.
func (p Plan) within(e Extent) Plan {
	left := map[Verb][]string{}
	out := p.part(func(c Change) (stays, withheld []Change) {
		if e.allows(c.Verb) {
			return []Change{c}, nil
		}
		left[c.Verb] = append(left[c.Verb], c.Name)
		return nil, nil
	})
	for _, v := range verbs() {
		if list := left[v]; len(list) > 0 {
			more := ""
			if len(list) > namesShown {
				more = fmt.Sprintf(" and %d more", len(list)-namesShown)
				list = slices.Clone(list[:namesShown])
			}
			out.Notices = append(out.Notices, Notice{Text: fmt.Sprintf("%d %s not sent: the policy is %s (%s%s)", len(left[v]), v, e, strings.Join(list, ", "), more)})
		}
	}
	return out
}

// verbs lists all verbs in the order of a plan.
func verbs() []Verb {
	return []Verb{Adopt, Create, Update, Reactivate, Rename, Add, Drop, Deactivate, Delete, Forget}
}
