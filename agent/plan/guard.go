package plan

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/oktascim/oktascim/agent/directory"
)

// Limits are the thresholds of the guards. The zero value lets no removal pass without
// a person; [DefaultLimits] is what is usually wanted. Shares are between 0 and 1.
type Limits struct {
	// Deactivations is the largest share of the owned active users that one run may
	// switch off, once there are at least DeactivationsFrom of them.
	Deactivations     float64
	DeactivationsFrom int
	// GroupDeletions is the largest number of groups that one run may delete.
	GroupDeletions int
	// MembersDropped is the largest share of a group's members that one run may take
	// out, in groups of at least MembersDroppedFrom.
	MembersDropped     float64
	MembersDroppedFrom int
	// SourceShrinkage is the largest share of users by which the source may be smaller
	// than in the last good run, if that had at least SourceShrinkageFrom.
	SourceShrinkage     float64
	SourceShrinkageFrom int
	// Missing is the largest share of the linked objects that may be gone from the
	// target, once there are at least MissingFrom links. More look like a target that
	// was reset or is another one, and nothing at all is done.
	Missing     float64
	MissingFrom int
	// Protected are userNames, compared without case, that must not lose anything
	// without a person; "*" stands for any characters.
	Protected []string
	// HoldAll makes every trip hold everything, not only the removals.
	HoldAll bool
}

// DefaultLimits returns the usual limits.
func DefaultLimits() Limits {
	return Limits{
		Deactivations: 0.20, DeactivationsFrom: 100, // Okta's own import safeguard has the same 20 %
		GroupDeletions: 1,                            // a group that goes is rare, two in a run deserve a look
		MembersDropped: 0.50, MembersDroppedFrom: 20, // half of a small team may well move
		SourceShrinkage: 0.33, SourceShrinkageFrom: 10, // below ten, one person more or less is a third
		Missing: 0.50, MissingFrom: 10,
	}
}

// DefaultGuards returns all guards with their limits.
func DefaultGuards(l Limits) []Guard {
	guards := []Guard{
		EmptySource(),
		Shrinkage(l.SourceShrinkage, l.SourceShrinkageFrom),
		Missing(l.Missing, l.MissingFrom),
		Deactivations(l.Deactivations, l.DeactivationsFrom),
		GroupDeletions(l.GroupDeletions),
		MembersDropped(l.MembersDropped, l.MembersDroppedFrom),
		Protected(l.Protected),
	}
	if !l.HoldAll {
		return guards
	}
	for i, g := range guards {
		guards[i] = func(p Plan, t Totals) *Trip {
			trip := g(p, t)
			if trip != nil {
				trip.HoldsAll = true
			}
			return trip
		}
	}
	return guards
}

// Check asks every guard and returns all objections, in the order of the guards.
func Check(p Plan, t Totals, guards ...Guard) []Trip {
	var trips []Trip
	for _, g := range guards {
		if trip := g(p, t); trip != nil {
			trips = append(trips, *trip)
		}
	}
	return trips
}

// EmptySource objects when Okta lists nobody and more than one person would be switched
// off: the last person may leave, but everybody at once is what a token without rights
// looks like (Okta answers 200 with an empty list).
func EmptySource() Guard {
	return func(p Plan, t Totals) *Trip {
		if t.Desired > 0 || t.OwnedActive <= 1 || !p.takesAway() {
			return nil
		}
		return &Trip{Guard: "empty-source", Text: fmt.Sprintf("Okta lists nobody any more, %s would lose access", count(t.OwnedActive, "owned user", "owned users"))}
	}
}

// Shrinkage objects when the source has lost more than the share since the last good run.
func Shrinkage(share float64, from int) Guard {
	return func(p Plan, t Totals) *Trip {
		lost := t.LastDesired - t.Desired
		if t.LastDesired < max(1, from) || t.Desired == 0 || !over(lost, t.LastDesired, share) || !p.takesAway() {
			return nil
		}
		return &Trip{Guard: "source-shrank", Text: fmt.Sprintf("Okta lists %s, the last good run had %d (limit %s fewer)", count(t.Desired, "user", "users"), t.LastDesired, percent(share))}
	}
}

// Missing objects, to everything, when more than the share of the linked objects are
// gone from the target.
func Missing(share float64, from int) Guard {
	return func(_ Plan, t Totals) *Trip {
		if t.Linked < max(1, from) || !over(t.Missing, t.Linked, share) {
			return nil
		}
		return &Trip{Guard: "missing", HoldsAll: true, Text: fmt.Sprintf("%d of %s are gone from the target (limit %s): was it reset, or is it another tenant?", t.Missing, count(t.Linked, "linked object", "linked objects"), percent(share))}
	}
}

// Deactivations objects when more than the share of the owned active users would be
// switched off.
func Deactivations(share float64, from int) Guard {
	return func(p Plan, t Totals) *Trip {
		n := p.count(Deactivate)
		if n == 0 || t.OwnedActive < from || !over(n, t.OwnedActive, share) {
			return nil
		}
		return &Trip{Guard: "deactivations", Text: fmt.Sprintf("%d of %s would lose access (limit %s)", n, count(t.OwnedActive, "owned user", "owned users"), percent(share))}
	}
}

// GroupDeletions objects when more than limit groups would be deleted.
func GroupDeletions(limit int) Guard {
	return func(p Plan, t Totals) *Trip {
		n := p.count(Delete)
		if n <= limit {
			return nil
		}
		return &Trip{Guard: "group-deletions", Text: fmt.Sprintf("%d of %s would be deleted (limit %d)", n, count(t.OwnedGroups, "owned group", "owned groups"), limit)}
	}
}

// MembersDropped objects when a group would lose more than the share of its members. It
// names the first three such groups.
func MembersDropped(share float64, from int) Guard {
	return func(p Plan, t Totals) *Trip {
		var hit []string
		for i := range p.Changes {
			c := &p.Changes[i]
			if c.Verb != Drop {
				continue
			}
			if size := t.GroupMembers[c.Target]; size >= from && over(len(c.Drop), size, share) {
				hit = append(hit, fmt.Sprintf("%d of %d members of %s", len(c.Drop), size, c.Name))
			}
		}
		if len(hit) == 0 {
			return nil
		}
		return &Trip{Guard: "members-dropped", Text: fmt.Sprintf("%s would be taken out (limit %s)", firstThree(hit), percent(share))}
	}
}

// Protected objects when somebody whose userName matches a pattern would be switched off
// or taken out of a group.
func Protected(patterns []string) Guard {
	return func(p Plan, _ Totals) *Trip {
		var hit []string
		look := func(name string) {
			if !slices.Contains(hit, name) && slices.ContainsFunc(patterns, func(pattern string) bool { return like(fold(name), fold(pattern)) }) {
				hit = append(hit, name)
			}
		}
		for i := range p.Changes {
			switch c := &p.Changes[i]; c.Verb {
			case Deactivate:
				look(c.Name)
			case Drop:
				for _, id := range c.Drop {
					look(p.names.ofTarget(id))
				}
			}
		}
		if len(hit) == 0 {
			return nil
		}
		return &Trip{Guard: "protected", Text: firstThree(hit) + " would lose access or membership and must not without a person"}
	}
}

// TotalsOf returns the sizes that the guards look at. LastDesired is not among what it
// is given; the caller sets it.
func TotalsOf(in Input) Totals {
	t := Totals{Desired: len(in.Desired.Users), Linked: len(in.Links), GroupMembers: map[directory.TargetID]int{}}
	users := make(map[directory.TargetID]bool, len(in.Current.Users)) // active?
	for i := range in.Current.Users {
		users[in.Current.Users[i].ID] = in.Current.Users[i].Active
	}
	groups := make(map[directory.TargetID]*directory.Group[directory.TargetID], len(in.Current.Groups))
	for i := range in.Current.Groups {
		groups[in.Current.Groups[i].ID] = &in.Current.Groups[i]
	}
	for i := range in.Links {
		l := &in.Links[i]
		var shown bool
		if l.Kind == directory.KindUser {
			var active bool
			if active, shown = users[l.Target]; active {
				t.OwnedActive++
			}
		} else {
			var g *directory.Group[directory.TargetID]
			t.OwnedGroups++
			if g, shown = groups[l.Target]; shown {
				t.GroupMembers[l.Target] = len(g.Members)
				if g.MembersUnreadable || l.MembersUnreadable && len(g.Members) == 0 {
					t.GroupMembers[l.Target] = len(l.Members)
				}
			}
		}
		switch {
		case shown || !in.Current.Evidence.Complete():
		case l.Deactivated: // some targets do not show who is switched off
			t.Linked--
		default:
			t.Missing++
		}
	}
	return t
}

func (p Plan) count(v Verb) int {
	n := 0
	for i := range p.Changes {
		if p.Changes[i].Verb == v {
			n++
		}
	}
	return n
}

func (p Plan) takesAway() bool {
	return slices.ContainsFunc(p.Changes, func(c Change) bool { return c.Verb.Removal() || c.Verb == Forget })
}

func over(n, of int, share float64) bool { return n > 0 && float64(n) > share*float64(of) }

func percent(share float64) string { return fmt.Sprintf("%.0f %%", share*100) }

func firstThree(list []string) string {
	if len(list) > 3 {
		return fmt.Sprintf("%s and %d more", strings.Join(list[:3], ", "), len(list)-3)
	}
	return strings.Join(list, ", ")
}

// like reports whether s matches a pattern in which "*" stands for any characters and
// "?" for one.
func like(s, pattern string) bool {
	star, from := -1, 0
	i, k := 0, 0
	for i < len(s) {
		_, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case k < len(pattern) && pattern[k] == '*':
			star, from = k, i
			k++
			continue
		case k < len(pattern) && pattern[k] == '?':
			i, k = i+size, k+1
			continue
		case k < len(pattern) && strings.HasPrefix(pattern[k:], s[i:i+size]):
			i, k = i+size, k+size
			continue
		case star >= 0:
			_, step := utf8.DecodeRuneInString(s[from:])
			from += step
			i, k = from, star+1
			continue
		}
		return false
	}
	return strings.Trim(pattern[k:], "*") == ""
}
