package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/oktascim/oktascim/agent/directory"
)

// Removals returns the changes that take something away, in order: from somebody, and
// the link from a group. A group that is forgotten in error, because it was renamed in
// Okta and is pushed by its old name, would be made a second time.
func (p Plan) Removals() []Change {
	var list []Change
	for _, c := range p.Changes {
		if takes(c) {
			list = append(list, c)
		}
	}
	return list
}

func takes(c Change) bool {
	return c.Verb.Removal() || c.Verb == Forget && c.Kind == directory.KindGroup
}

// WithoutRemovals returns the plan with every removal, and every Forget, moved to
// Withheld because of why. The rest is numbered anew.
func (p Plan) WithoutRemovals(why string) Plan { return p.withoutRemovals("withheld: " + why) }

func (p Plan) withoutRemovals(why string) Plan {
	return p.part(func(c Change) (stays, withheld []Change) {
		if c.Verb.Removal() || c.Verb == Forget {
			return nil, []Change{because(c, why)}
		}
		return []Change{c}, nil
	})
}

// Withhold asks about every removal and returns the plan without those that are
// refused; they are in Withheld, with what refused gave as reason. It is asked with an
// empty id about a removal as a whole first, and then about each member of a Drop.
func (p Plan) Withhold(refused func(Change, directory.TargetID) (why string, withheld bool)) Plan {
	return p.part(func(c Change) (stays, withheld []Change) {
		if !takes(c) {
			return []Change{c}, nil
		}
		if why, no := refused(c, ""); no {
			return nil, []Change{because(c, "withheld: "+why)}
		}
		if c.Verb != Drop {
			return []Change{c}, nil
		}
		return splitDrop(c, func(id directory.TargetID) (string, bool) {
			why, no := refused(c, id)
			return "withheld: " + why, no
		})
	})
}

// splitDrop takes those members out of a Drop whom aside gives a reason about, a change for
// each reason.
func splitDrop(c Change, aside func(directory.TargetID) (why string, out bool)) (stays, apart []Change) {
	rest := c
	rest.Drop = nil
	var reasons []string
	by := map[string][]directory.TargetID{}
	for _, id := range c.Drop {
		why, out := aside(id)
		if !out {
			rest.Drop = append(rest.Drop, id)
			continue
		}
		if !slices.Contains(reasons, why) {
			reasons = append(reasons, why)
		}
		by[why] = append(by[why], id)
	}
	for _, why := range reasons {
		part := because(c, why)
		part.Drop = by[why]
		apart = append(apart, part)
	}
	if len(rest.Drop) > 0 {
		stays = []Change{rest}
	}
	return stays, apart
}

// Hold returns the plan with the removals, or with everything when a trip says so, moved
// to Withheld. No trips, no difference. A digest to be approved is that of the plan
// before.
func (p Plan) Hold(trips []Trip) Plan {
	if len(trips) == 0 {
		return p
	}
	guards := make([]string, len(trips))
	for i, t := range trips {
		guards[i] = t.Guard
	}
	why := "held: " + strings.Join(guards, ", ")
	if !slices.ContainsFunc(trips, func(t Trip) bool { return t.HoldsAll }) {
		return p.withoutRemovals(why)
	}
	return p.part(func(c Change) (stays, withheld []Change) { return nil, []Change{because(c, why)} })
}

// withoutGaps withholds the removals when a reading was not whole, and says why.
func (p Plan) withoutGaps(source, target directory.Evidence) Plan {
	say := func(side string, e directory.Evidence) {
		for _, g := range e.Gaps {
			p.Notices = append(p.Notices, Notice{Text: fmt.Sprintf("nothing is removed: %s was not read whole: %s: %s", side, g.Where, g.Why)})
		}
	}
	say("Okta", source)
	say("the target", target)
	switch {
	case !source.Complete() && !target.Complete():
		return p.WithoutRemovals("Okta and the target were not read whole")
	case !source.Complete():
		return p.WithoutRemovals("Okta was not read whole")
	case !target.Complete():
		return p.WithoutRemovals("the target was not read whole")
	}
	return p
}

// because adds the reason why a change is withheld, or waits, to what led to it.
func because(c Change, why string) Change {
	c.N, c.Needs = 0, nil
	c.Why += " (" + why + ")"
	return c
}

// part splits every change into what stays and what is withheld, and numbers what stays.
func (p Plan) part(split func(Change) (stays, withheld []Change)) Plan {
	out := p
	out.Changes = nil
	out.Withheld = slices.Clone(p.Withheld)
	number := map[int]int{} // old to new
	for _, c := range p.Changes {
		stays, withheld := split(c)
		for _, s := range stays {
			s.N = len(out.Changes) + 1
			number[c.N] = s.N
			out.Changes = append(out.Changes, s)
		}
		out.Withheld = append(out.Withheld, withheld...)
	}
	for i := range out.Changes {
		var needs []int
		for _, n := range out.Changes[i].Needs {
			if now, stays := number[n]; stays {
				needs = append(needs, now)
			}
		}
		out.Changes[i].Needs = needs
	}
	return out
}
