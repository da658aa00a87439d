package plan

import (
	"slices"

	"github.com/oktascim/oktascim/agent/directory"
)

// decideGroups turns what matching found into changes for every pushed group.
func (d *decision) decideGroups() {
	groups := d.in.Desired.Groups
	for i := range groups {
		s, g := &d.groups[i], &groups[i]
		switch {
		case s.still:
		case s.target != "" && s.at < 0:
			d.unseen[directory.KindGroup]++
		case !d.in.Policy.PushGroups:
			d.off.push += d.tries(s, func() { d.decideGroup(s, g) })
		default:
			d.decideGroup(s, g)
		}
	}
	// A name has to be given up before another group gets it.
	for i := range groups {
		s := &d.groups[i]
		if s.naming == 0 {
			continue
		}
		for _, o := range waits(d.havingGroupName(int32(i)), d.holderOf) {
			if first := d.groups[o].naming; first != 0 {
				d.changes[s.naming-1].Needs = append(d.changes[s.naming-1].Needs, first)
			}
		}
	}
}

// tries counts the changes that decide makes for a record, and takes them back.
func (d *decision) tries(s *standing, decide func()) int {
	before, was, remade := len(d.changes), *s, d.remade
	decide()
	n := len(d.changes) - before
	d.changes, *s, d.remade = d.changes[:before], was, remade
	return n
}

func (d *decision) decideGroup(s *standing, g *directory.Group[directory.SourceID]) {
	if s.target == "" {
		d.createGroup(s, g)
		return
	}
	have := &d.in.Current.Groups[s.at]
	m := d.compareMembers(s, g, have)
	d.adoptMembers(s, g, m)
	name := have.Name
	if s.renames {
		name = g.Name
		s.naming = d.add(s, Change{
			Verb: Rename, Kind: directory.KindGroup, Source: g.ID, Target: s.target, Name: g.Name, Why: "renamed",
			Fields: []Field{{Path: "displayName", From: text(have.Name), To: text(g.Name)}},
		})
	}
	if len(m.add) > 0 {
		d.add(s, Change{
			Verb: Add, Kind: directory.KindGroup, Source: g.ID, Target: s.target, Name: name, Why: "joined",
			Add: m.add, Needs: d.needs(m.add),
		})
	}
	if len(m.drop) > 0 {
		d.add(s, Change{
			Verb: Drop, Kind: directory.KindGroup, Source: g.ID, Target: s.target, Name: name, Why: "left", Drop: m.drop,
		})
	}
}

func (d *decision) createGroup(s *standing, g *directory.Group[directory.SourceID]) {
	why := "pushed"
	if s.lost {
		why = "gone from the target"
		d.remade[directory.KindGroup]++
	}
	var first []directory.SourceID
	for _, id := range g.Members {
		if d.present(id) {
			first = append(first, id)
			d.nameSource(id)
		}
	}
	s.tie = d.add(s, Change{
		Verb: Create, Kind: directory.KindGroup, Source: g.ID, Name: g.Name, Why: why, Add: first, Needs: d.needs(first),
		Origin: directory.OriginCreated,
	})
	s.naming = s.tie
}

// adoptMembers makes a group ours, and in a group that is not wholly ours those wanted
// people who are in it already.
func (d *decision) adoptMembers(s *standing, g *directory.Group[directory.SourceID], m members) {
	c := Change{Verb: Adopt, Kind: directory.KindGroup, Source: g.ID, Target: s.target, Name: d.in.Current.Groups[s.at].Name, Add: m.known, Needs: d.needs(m.known)}
	switch {
	case s.adopt != "":
		c.Why, c.Origin = s.adopt, directory.OriginAdopted
		if g.LinkTo == s.target {
			c.Origin = directory.OriginLinked
		}
		if s.taken >= 0 {
			l := &d.in.Links[s.taken]
			c.Why, c.Origin = s.adopt+", was that of "+string(l.Source), l.Origin
		}
	case len(m.known) > 0:
		c.Why, c.Origin = "was in it already", d.in.Links[s.link].Origin
	default:
		return
	}
	n := d.add(s, c)
	if s.adopt != "" {
		s.tie = n
	}
}

// members is the difference between a push and a group in the target.
type members struct {
	// known are wanted people who are in the group and not yet in the link's Members.
	known []directory.SourceID
	add   []directory.SourceID
	drop  []directory.TargetID
}

// compareMembers compares a group that is in the target with what is pushed. Whom it
// lists to drop depends on whose the group is:
//
//	created by us      everybody who is not wanted; of any other, too, when it is overwritten
//	adopted or linked  of those only whom we put in (Link.Members)
//
// People who are blocked stay where they are. Somebody who is unassigned is no longer
// wanted in a group either, whatever the Deactivate Users switch says. A group whose
// members the target does not show is what the link says it is, and nobody else is in it:
// what cannot be read is never repaired.
func (d *decision) compareMembers(s *standing, g *directory.Group[directory.SourceID], have *directory.Group[directory.TargetID]) members {
	link := d.groupLink(s)
	wholly := link != nil && link.Origin == directory.OriginCreated || d.in.Overwrite[g.ID]
	put := func(id directory.SourceID) bool {
		if link == nil {
			return false
		}
		_, is := slices.BinarySearch(link.Members, id)
		return is
	}
	unreadable := have.MembersUnreadable || (link != nil && link.MembersUnreadable && len(have.Members) == 0)

	var m members
	for _, id := range g.Members {
		if !d.present(id) {
			continue
		}
		p := &d.people[d.wanted[id]]
		in, ours := false, wholly || put(id)
		switch {
		case unreadable && p.taken >= 0: // the account was put in for the record that had it
			in, ours = put(d.in.Links[p.taken].Source), false
		case unreadable:
			in, ours = put(id) && p.tie == 0, true
		case p.target != "":
			_, in = slices.BinarySearch(have.Members, p.target)
		}
		switch {
		case !in:
			m.add = append(m.add, id)
			d.nameSource(id)
		case !ours, s.adopt != "":
			m.known = append(m.known, id)
			d.nameSource(id)
		}
	}
	if unreadable {
		if link == nil {
			return m
		}
		for _, id := range link.Members {
			if _, wanted := slices.BinarySearch(g.Members, id); wanted {
				continue
			}
			if l, linked := d.userLinks[id]; linked && !d.isWantedIn(g, d.in.Links[l].Target) {
				m.drop = d.dropMember(m.drop, d.in.Links[l].Target)
			}
		}
		slices.Sort(m.drop)
		m.drop = slices.Compact(m.drop)
		return m
	}
	for _, id := range have.Members {
		if d.isWantedIn(g, id) {
			continue
		}
		if !wholly {
			l, linked := d.userLinked[id]
			i, owned := d.account(id)
			ours := linked && put(d.in.Links[l].Source) || owned && put(d.in.Desired.Users[i].ID)
			if !ours {
				continue
			}
		}
		m.drop = d.dropMember(m.drop, id)
	}
	return m
}

// groupLink is the link that tells whose a group is; of one that is taken over that of
// the record that had it.
func (d *decision) groupLink(s *standing) *directory.Link {
	switch {
	case s.link >= 0:
		return &d.in.Links[s.link]
	case s.taken >= 0:
		return &d.in.Links[s.taken]
	}
	return nil
}

// isWantedIn reports whether the account belongs to somebody whom the push lists, or,
// being nobody's, may belong to somebody listed about whom nothing is done in this plan.
func (d *decision) isWantedIn(g *directory.Group[directory.SourceID], id directory.TargetID) bool {
	listed := func(i int32) bool {
		_, is := slices.BinarySearch(g.Members, d.in.Desired.Users[i].ID)
		return is
	}
	if i, owned := d.account(id); owned {
		return listed(i)
	}
	at, shown := d.accounts.byID[id]
	if _, linked := d.userLinked[id]; linked || !shown {
		return false
	}
	u := &d.in.Current.Users[at]
	if i, named := d.wanted[directory.SourceID(u.ExternalID)]; named && d.people[i].still && listed(i) {
		return true
	}
	return len(d.waiting.all(fold(u.UserName), listed)) > 0
}

// account returns whose account it is among those who are wanted. One of several that
// match somebody is nobody's.
func (d *decision) account(id directory.TargetID) (int32, bool) {
	i, claimed := d.owner[id]
	return i, claimed && d.people[i].target == id
}

// dropMember appends an account, unless it is of somebody who is left as they are.
func (d *decision) dropMember(list []directory.TargetID, id directory.TargetID) []directory.TargetID {
	if i, owned := d.account(id); owned && d.people[i].still {
		return list
	}
	if _, known := d.names.target[id]; !known {
		var who member
		if l, linked := d.userLinked[id]; linked {
			who = member{name: d.in.Links[l].Name, source: d.in.Links[l].Source}
		}
		if at, shown := d.accounts.byID[id]; shown {
			who.name = d.in.Current.Users[at].UserName
		}
		if who.name == "" {
			who.name = string(id)
		}
		d.names.target[id] = who
	}
	return append(list, id)
}

// present reports whether somebody has an account, or gets one in this plan.
func (d *decision) present(id directory.SourceID) bool {
	i, wanted := d.wanted[id]
	if !wanted {
		return false
	}
	p := &d.people[i]
	return !p.still && !p.absent
}

// needs are the numbers of the changes that give the people their accounts.
func (d *decision) needs(who []directory.SourceID) []int {
	var list []int
	for _, id := range who {
		if tie := d.people[d.wanted[id]].tie; tie != 0 {
			list = append(list, tie)
		}
	}
	return list
}

func (d *decision) nameSource(id directory.SourceID) {
	d.names.source[id] = d.in.Desired.Users[d.wanted[id]].UserName
}

// decideEnded deals with links of groups that are no longer pushed: left in the target,
// or deleted when that is asked for and we made them.
func (d *decision) decideEnded() {
	for i := range d.in.Links {
		l := &d.in.Links[i]
		if l.Kind != directory.KindGroup {
			continue
		}
		if _, pushed := d.pushed[l.Source]; pushed {
			continue
		}
		if _, held := d.holder[l.Target]; held || d.groupLinked[l.Target] != int32(i) {
			continue
		}
		c := Change{Verb: Forget, Kind: directory.KindGroup, Source: l.Source, Target: l.Target, Name: l.Name, Why: "no longer pushed, stays in the target"}
		at, shown := d.teams.byID[l.Target]
		switch {
		case !shown && !d.targetWhole:
			d.unseen[directory.KindGroup]++
			continue
		case !d.in.Policy.PushGroups:
			d.off.push++
			continue
		case !shown:
			c.Why = "no longer pushed, and gone from the target"
		case d.in.Policy.DeleteGroups && l.Origin == directory.OriginCreated:
			c.Verb, c.Why = Delete, "no longer pushed"
		}
		if shown {
			c.Name = d.in.Current.Groups[at].Name
		}
		d.add(nil, c)
	}
}
