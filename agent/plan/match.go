package plan

import (
	"strings"

	"github.com/oktascim/oktascim/agent/directory"
)

// catalog finds objects of the target by what can match.
type catalog struct {
	byID                 map[directory.TargetID]int32
	byExternalID, byName index
}

func newCatalog(n int, keys func(i int) (id directory.TargetID, externalID, name string)) catalog {
	c := catalog{byID: make(map[directory.TargetID]int32, n), byExternalID: newIndex(n), byName: newIndex(n)}
	for i := range n {
		id, externalID, name := keys(i)
		c.byID[id] = int32(i)
		c.byExternalID.add(externalID, int32(i))
		c.byName.add(name, int32(i))
	}
	return c
}

// index gives the places of all objects with a key. Nearly every key has one object, so
// only the others cost a slice.
type index struct {
	first map[string]int32
	more  map[string][]int32
}

func newIndex(n int) index {
	return index{first: make(map[string]int32, n), more: map[string][]int32{}}
}

func (x index) add(key string, at int32) {
	if key == "" {
		return
	}
	if _, twice := x.first[key]; twice {
		x.more[key] = append(x.more[key], at)
		return
	}
	x.first[key] = at
}

// all returns every place with the key for which keep says yes.
func (x index) all(key string, keep func(at int32) bool) []int32 {
	at, found := x.first[key]
	if !found {
		return nil
	}
	var list []int32
	if keep(at) {
		list = append(list, at)
	}
	for _, at := range x.more[key] {
		if keep(at) {
			list = append(list, at)
		}
	}
	return list
}

// matchUsers finds the account of each wanted user: by link, then by externalId, then
// by userName without case, and by e-mail where the policy says so; by nothing else, a
// display name least of all.
func (d *decision) matchUsers() {
	users, current := d.in.Desired.Users, d.in.Current.Users
	d.stopNamesakes()
	for i := range users {
		s, u := &d.people[i], &users[i]
		s.at, s.link, s.taken = -1, -1, -1
		if u.Blocked != "" {
			s.still = true
			d.note(directory.KindUser, u.UserName, "not sent: %s", u.Blocked)
		}
		l, linked := d.userLinks[u.ID]
		if !linked {
			continue
		}
		link := &d.in.Links[l]
		if first := d.userLinked[link.Target]; first != l {
			s.still = true
			d.note(directory.KindUser, u.UserName, "linked to the account %s, which belongs to %s: nothing done", link.Target, d.in.Links[first].Name)
			continue
		}
		at, shown := d.accounts.byID[link.Target]
		switch {
		case shown && somebodyElse(link, current[at].ExternalID, current[at].UserName, u.UserName):
			s.target, s.link, s.at, s.still = link.Target, l, at, true
			d.note(directory.KindUser, u.UserName, "the account %s is %q with externalId %q now, somebody else: nothing done", link.Target, current[at].UserName, current[at].ExternalID)
		case shown:
			s.target, s.link, s.at = link.Target, l, at
		case d.targetWhole:
			s.lost = true
			continue
		default:
			s.target, s.link = link.Target, l
		}
		d.owner[link.Target] = int32(i)
	}
	free := func(at int32) bool { return d.free(d.owner, d.userLinked, d.wanted, current[at].ID) }
	type way struct {
		what string
		find func(u *directory.User[directory.SourceID]) []int32
	}
	ways := []way{
		{"externalId", func(u *directory.User[directory.SourceID]) []int32 {
			return d.accounts.byExternalID.all(string(u.ID), free)
		}},
		{"userName", func(u *directory.User[directory.SourceID]) []int32 {
			return d.accounts.byName.all(fold(u.UserName), free)
		}},
	}
	if d.in.Policy.AdoptByEmail {
		ways = append(ways, way{"e-mail", d.byEmail(free)})
	}
	for _, by := range ways {
		for i := range users {
			s, u := &d.people[i], &users[i]
			if s.still || s.target != "" {
				continue
			}
			found := by.find(u)
			switch {
			case len(found) == 1:
				s.at, s.target, s.adopt = found[0], current[found[0]].ID, "same "+by.what
				if l, had := d.userLinked[s.target]; had {
					s.taken = l
				}
				d.owner[s.target] = int32(i)
			case len(found) > 1:
				s.still = true
				for _, at := range found {
					d.owner[current[at].ID] = int32(i) // nobody else adopts one of them meanwhile
				}
				d.note(directory.KindUser, u.UserName, "%d accounts in the target have its %s (ids %s): nothing done", len(found), by.what, ids(found, func(at int32) directory.TargetID { return current[at].ID }))
			}
		}
	}
	d.settleUserNames()
}

// emailPath is where Okta puts a person's e-mail.
const emailPath = "emails[primary eq true].value"

// byEmail finds accounts by e-mail, without case. An e-mail that several wanted people
// have finds nothing: whose account it is would be a guess.
func (d *decision) byEmail(free func(int32) bool) func(*directory.User[directory.SourceID]) []int32 {
	wanted := map[string]int{}
	for i := range d.in.Desired.Users {
		wanted[fold(string(d.in.Desired.Users[i].Attributes.Get(emailPath)))]++
	}
	accounts := newIndex(len(d.in.Current.Users))
	for i := range d.in.Current.Users {
		accounts.add(fold(string(d.in.Current.Users[i].Attributes.Get(emailPath))), int32(i))
	}
	return func(u *directory.User[directory.SourceID]) []int32 {
		email := fold(string(u.Attributes.Get(emailPath)))
		if email == "" || wanted[email] > 1 {
			return nil
		}
		return accounts.all(email, free)
	}
}

// somebodyElse reports whether the account of a link has become another person's: a
// server may give an id a second time. Both marks have to disagree, so that a rename on
// either side is none; a server that does not keep externalIds proves nothing by them.
func somebodyElse(l *directory.Link, externalID, userName, wanted string) bool {
	if externalID == "" || externalID == string(l.Source) || l.Ignored.Get("externalId") != "" {
		return false
	}
	name := fold(userName)
	return name != fold(l.Name) && name != fold(wanted)
}

// free reports whether an object may be adopted: it belongs to no wanted record, and
// any link to it is of a record that Okta, read whole, no longer has. A person who was
// deleted in Okta and came back under a new id gets the old account that way.
func (d *decision) free(owner map[directory.TargetID]int32, linked map[directory.TargetID]int32, wanted map[directory.SourceID]int32, id directory.TargetID) bool {
	if _, owned := owner[id]; owned {
		return false
	}
	l, had := linked[id]
	if !had {
		return true
	}
	_, still := wanted[d.in.Links[l].Source]
	return d.sourceWhole && !still
}

// stopNamesakes lets one of several wanted users with the same userName go on: the
// linked one. With several linked it is the one that has the name in the target.
func (d *decision) stopNamesakes() {
	users := d.in.Desired.Users
	names := newIndex(len(users))
	for i := range users {
		if users[i].Blocked == "" {
			names.add(fold(users[i].UserName), int32(i))
		}
	}
	for i := range users {
		name := fold(users[i].UserName)
		if len(names.more[name]) == 0 || names.first[name] != int32(i) {
			continue
		}
		all := names.all(name, func(int32) bool { return true })
		heir := pick(all, func(i int32) int {
			l, linked := d.userLinks[users[i].ID]
			if !linked {
				return 0
			}
			if at, shown := d.accounts.byID[d.in.Links[l].Target]; shown && fold(d.in.Current.Users[at].UserName) == name {
				return 2
			}
			return 1
		})
		for _, k := range all {
			if k != heir {
				d.people[k].still = true
				d.note(directory.KindUser, users[k].UserName, "%s in Okta have this userName, %s not sent", count(len(all), "user", "users"), users[k].ID)
			}
		}
	}
}

// pick returns the place with the highest score, the first of several, or -1 when all
// scores are 0.
func pick(places []int32, score func(int32) int) int32 {
	best, chosen := 0, int32(-1)
	for _, p := range places {
		if s := score(p); s > best {
			best, chosen = s, p
		}
	}
	return chosen
}

// settleUserNames makes sure that a userName is free before somebody gets it. One that
// an object outside of this plan has makes the user a notice: a PUT carries the whole
// profile, so it would be refused as a whole.
func (d *decision) settleUserNames() {
	users, current := d.in.Desired.Users, d.in.Current.Users
	for i := range users {
		s, u := &d.people[i], &users[i]
		if !s.still && (s.target == "" || s.adopt != "") && !d.in.Policy.CreateUsers {
			s.absent = true
			d.off.create++
		}
		if s.still || s.absent || s.at < 0 || !d.in.Policy.UpdateUsers {
			continue
		}
		s.renames = fold(current[s.at].UserName) != fold(u.UserName) && !d.ignored(s, "userName", text(u.UserName))
	}
	settle(d.people,
		func(i int32) bool {
			s := &d.people[i]
			return !s.still && !s.absent && (s.renames || s.target == "")
		},
		func(i int32) []int32 {
			return d.accounts.byName.all(fold(users[i].UserName), func(at int32) bool { return current[at].ID != d.people[i].target })
		},
		func(at int32) (int32, bool) {
			i, owned := d.owner[current[at].ID]
			return i, owned
		},
		func(i, at int32) {
			d.people[i].still, d.people[i].renames = true, false
			d.note(directory.KindUser, users[i].UserName, "the account %s in the target has this userName: nothing done", current[at].ID)
		})
}

// settle goes through the records that want a name. Whoever has it now must be a record
// that gives it up in this plan; where nobody can, refuse is told which object has it. A
// ring of records that wait for each other is refused.
func settle(all []standing, wants func(i int32) bool, having func(i int32) []int32, owner func(at int32) (int32, bool), refuse func(i, at int32)) {
	const asked, done = 1, 2
	state := make([]uint8, len(all))
	var free func(i int32) bool // whether record i gives its name up
	free = func(i int32) bool {
		if state[i] == asked {
			return false
		}
		if state[i] == done || !wants(i) {
			return all[i].renames
		}
		state[i] = asked
		for _, at := range having(i) {
			if o, owned := owner(at); !owned || !free(o) {
				refuse(i, at)
				break
			}
		}
		state[i] = done
		return all[i].renames
	}
	for i := range all {
		if wants(int32(i)) {
			free(int32(i))
		}
	}
}

// waits returns the records that give a name up before it can be taken; settle has seen
// to it that they do.
func waits(having []int32, owner func(at int32) (int32, bool)) []int32 {
	var list []int32
	for _, at := range having {
		if o, owned := owner(at); owned {
			list = append(list, o)
		}
	}
	return list
}

// matchGroups finds the target group of each push: by link, by the id that the
// configuration names, by externalId, then by exactly the same displayName, as Okta
// does when a push by name meets a group.
func (d *decision) matchGroups() {
	groups, current := d.in.Desired.Groups, d.in.Current.Groups
	d.stopSameNamedGroups()
	for i := range groups {
		s, g := &d.groups[i], &groups[i]
		s.at, s.link, s.taken = -1, -1, -1
		s.still = s.still || g.Paused
		l, linked := d.groupLinks[g.ID]
		if !linked {
			continue
		}
		link := &d.in.Links[l]
		if first := d.groupLinked[link.Target]; first != l {
			s.still = true
			d.note(directory.KindGroup, g.Name, "linked to the group %s, which belongs to %s: nothing done", link.Target, d.in.Links[first].Name)
			continue
		}
		at, shown := d.teams.byID[link.Target]
		switch {
		case shown:
			s.target, s.link, s.at = link.Target, l, at
		case d.targetWhole:
			s.lost = true
			continue
		default:
			s.target, s.link = link.Target, l
		}
		d.holder[link.Target] = int32(i)
		if g.LinkTo != "" && g.LinkTo != link.Target {
			d.note(directory.KindGroup, g.Name, "is linked to the group %s, not to %s as configured; end the push first to change that", link.Target, g.LinkTo)
		}
	}
	free := func(at int32) bool { return d.free(d.holder, d.groupLinked, d.pushed, current[at].ID) }
	claim := func(i int, found []int32, what string) {
		s := &d.groups[i]
		switch {
		case len(found) == 1:
			s.at, s.target, s.adopt = found[0], current[found[0]].ID, what
			if l, had := d.groupLinked[s.target]; had {
				s.taken = l
			}
			d.holder[s.target] = int32(i)
		case len(found) > 1:
			s.still = true
			for _, at := range found {
				d.holder[current[at].ID] = int32(i) // none of them is deleted or forgotten meanwhile
			}
			d.note(directory.KindGroup, groups[i].Name, "%d groups in the target have its name or externalId (ids %s): nothing done", len(found), ids(found, func(at int32) directory.TargetID { return current[at].ID }))
		}
	}
	for i := range groups {
		s, g := &d.groups[i], &groups[i]
		if s.still || s.target != "" || g.LinkTo == "" {
			continue
		}
		at, shown := d.teams.byID[g.LinkTo]
		if !shown || !free(at) {
			s.still = true
			d.note(directory.KindGroup, g.Name, "the group %s that it is to be linked to is not in the target, or is linked already: nothing done", g.LinkTo)
			continue
		}
		claim(i, []int32{at}, "linked by configuration")
	}
	for i := range groups {
		if s := &d.groups[i]; !s.still && s.target == "" {
			claim(i, d.teams.byExternalID.all(string(groups[i].ID), free), "same externalId")
		}
	}
	for i := range groups {
		if s := &d.groups[i]; !s.still && s.target == "" {
			claim(i, d.teams.byName.all(groups[i].Name, free), "same name")
		}
	}
	for i := range groups {
		s, g := &d.groups[i], &groups[i]
		s.renames = !s.still && s.at >= 0 && current[s.at].Name != g.Name && !d.ignored(s, "displayName", text(g.Name))
	}
	settle(d.groups,
		func(i int32) bool { return !d.groups[i].still && (d.groups[i].renames || d.groups[i].target == "") },
		func(i int32) []int32 { return d.havingGroupName(i) },
		d.holderOf,
		func(i, at int32) {
			s := &d.groups[i]
			s.renames, s.still = false, s.still || s.target == ""
			d.note(directory.KindGroup, groups[i].Name, "the group %s in the target has this name: not created or renamed", current[at].ID)
		})
}

func (d *decision) havingGroupName(i int32) []int32 {
	return d.teams.byName.all(d.in.Desired.Groups[i].Name, func(at int32) bool { return d.in.Current.Groups[at].ID != d.groups[i].target })
}

func (d *decision) holderOf(at int32) (int32, bool) {
	i, held := d.holder[d.in.Current.Groups[at].ID]
	return i, held
}

// stopSameNamedGroups lets one of several pushed groups with the same name go on: the
// linked one.
func (d *decision) stopSameNamedGroups() {
	groups := d.in.Desired.Groups
	names := newIndex(len(groups))
	for i := range groups {
		if !groups[i].Paused {
			names.add(groups[i].Name, int32(i))
		}
	}
	for i := range groups {
		name := groups[i].Name
		if len(names.more[name]) == 0 || names.first[name] != int32(i) {
			continue
		}
		all := names.all(name, func(int32) bool { return true })
		heir := pick(all, func(i int32) int {
			l, linked := d.groupLinks[groups[i].ID]
			if !linked {
				return 0
			}
			if at, shown := d.teams.byID[d.in.Links[l].Target]; shown && d.in.Current.Groups[at].Name == name {
				return 2
			}
			return 1
		})
		for _, k := range all {
			if k != heir {
				d.groups[k].still = true
				d.note(directory.KindGroup, name, "%s with this name are pushed, %s not sent", count(len(all), "group", "groups"), groups[k].ID)
			}
		}
	}
}

// ids lists the ids of the objects at the places, for a notice.
func ids(places []int32, id func(at int32) directory.TargetID) string {
	list := make([]string, len(places))
	for i, at := range places {
		list[i] = string(id(at))
	}
	return strings.Join(list, ", ")
}
