package plan

import (
	"github.com/oktascim/oktascim/agent/directory"
)

// decideUsers turns what matching found into changes for everybody who is wanted.
func (d *decision) decideUsers() {
	users := d.in.Desired.Users
	for i := range users {
		s, u := &d.people[i], &users[i]
		switch {
		case s.still, s.absent:
		case s.target == "":
			d.createUser(int32(i))
		case s.adopt != "":
			d.adoptUser(s, u)
			d.compareUser(int32(i))
		case s.at < 0:
			d.unseen[directory.KindUser]++
		default:
			d.compareUser(int32(i))
		}
	}
	d.orderUserNames()
	d.waiting = newIndex(0)
	for i := range users {
		if d.people[i].still {
			d.waiting.add(fold(users[i].UserName), int32(i))
		}
	}
}

func (d *decision) createUser(i int32) {
	s, u := &d.people[i], &d.in.Desired.Users[i]
	why := assigned(u.Via)
	if s.lost {
		why = "gone from the target"
		if d.in.Links[d.userLinks[u.ID]].Deactivated {
			why = "assigned again, not shown by the target"
		} else {
			d.remade[directory.KindUser]++
		}
	}
	s.tie = d.add(s, Change{
		Verb: Create, Kind: directory.KindUser, Source: u.ID, Name: u.UserName, Why: why, Origin: directory.OriginCreated,
	})
}

func assigned(via string) string {
	if via == "" || via == "direct" {
		return "assigned"
	}
	return "assigned through " + via
}

// adoptUser needs the Create Users switch: "Creates or links a user" is what Okta
// writes beside it on the To App page.
func (d *decision) adoptUser(s *standing, u *directory.User[directory.SourceID]) {
	why := s.adopt
	if s.taken >= 0 {
		why += ", was that of " + string(d.in.Links[s.taken].Source)
	}
	s.tie = d.add(s, Change{
		Verb: Adopt, Kind: directory.KindUser, Source: u.ID, Target: s.target, Name: d.in.Current.Users[s.at].UserName, Why: why, Origin: directory.OriginAdopted,
	})
}

// compareUser brings an account in line that the target shows.
func (d *decision) compareUser(i int32) {
	s, u := &d.people[i], &d.in.Desired.Users[i]
	have := &d.in.Current.Users[s.at]
	fields := d.differences(s, u, have)
	if !d.in.Policy.UpdateUsers && len(fields) > 0 {
		d.off.update++
		fields = nil
	}
	c := Change{Kind: directory.KindUser, Source: u.ID, Target: s.target, Name: u.UserName, Fields: fields}
	if !s.renames {
		c.Name = have.UserName
	}
	off := s.link >= 0 && d.in.Links[s.link].Deactivated
	if !have.Active || have.ActiveUnreadable && off {
		switch {
		case d.ignored(s, "active", "true"):
			d.note(directory.KindUser, c.Name, "stays inactive: the target accepted active=true and did not keep it")
		// "Accounts can be reactivated if the app is reassigned", says Okta beside
		// Deactivate Users; linking a user again is part of Create Users.
		case !d.in.Policy.CreateUsers && !d.in.Policy.DeactivateUsers:
			d.off.reactivate++
		default:
			c.Verb, c.Why = Reactivate, "inactive in the target"
			if off {
				c.Why = "assigned again"
			}
			d.add(s, c)
			return
		}
	}
	if len(fields) > 0 {
		c.Verb, c.Why = Update, "profile changed"
		d.add(s, c)
	}
}

// differences lists what an update has to overwrite, userName and externalId first.
func (d *decision) differences(s *standing, u *directory.User[directory.SourceID], have *directory.User[directory.TargetID]) []Field {
	var fields []Field
	if s.renames || (!d.in.Policy.UpdateUsers && fold(u.UserName) != fold(have.UserName)) {
		fields = append(fields, Field{Path: "userName", From: text(have.UserName), To: text(u.UserName)})
	}
	if have.ExternalID != string(u.ID) && !d.ignored(s, "externalId", text(string(u.ID))) {
		fields = append(fields, Field{Path: "externalId", From: text(have.ExternalID), To: text(string(u.ID))})
	}
	for i, a := range u.Attributes {
		// Both sides are sorted and mostly list the same paths: look there first.
		var from directory.Value
		if i < len(have.Attributes) && have.Attributes[i].Path == a.Path {
			from = have.Attributes[i].Value
		} else {
			from = have.Attributes.Get(a.Path)
		}
		if from != a.Value && !d.ignored(s, a.Path, a.Value) {
			fields = append(fields, Field{Path: a.Path, From: from, To: a.Value})
		}
	}
	return fields
}

// ignored reports whether the target has accepted exactly this value before and not
// kept it. A value that is to be cleared is remembered with an empty Value, which only
// the presence of the path tells from none.
func (d *decision) ignored(s *standing, path string, value directory.Value) bool {
	if s.link < 0 {
		return false
	}
	return ignores(d.in.Links[s.link].Ignored, path, value)
}

func ignores(list directory.Attributes, path string, value directory.Value) bool {
	if len(list) == 0 || list.Get(path) != value {
		return false
	}
	if value != "" {
		return true
	}
	for _, a := range list {
		if fold(a.Path) == fold(path) {
			return true
		}
	}
	return false
}

// orderUserNames makes those who get a userName wait for those who give it up.
func (d *decision) orderUserNames() {
	users, current := d.in.Desired.Users, d.in.Current.Users
	for i := range users {
		s := &d.people[i]
		if s.last == 0 || (!s.renames && s.target != "") {
			continue
		}
		having := d.accounts.byName.all(fold(users[i].UserName), func(at int32) bool { return current[at].ID != s.target })
		for _, o := range waits(having, func(at int32) (int32, bool) {
			o, owned := d.owner[current[at].ID]
			return o, owned
		}) {
			if first := d.people[o].last; first != 0 {
				d.changes[s.last-1].Needs = append(d.changes[s.last-1].Needs, first)
			}
		}
	}
}

// decideLeavers deals with links of people whom Okta no longer lists. They are switched
// off, never deleted; the link stays, so that they can be switched on again.
func (d *decision) decideLeavers() {
	for i := range d.in.Links {
		l := &d.in.Links[i]
		if l.Kind != directory.KindUser {
			continue
		}
		if _, wanted := d.wanted[l.Source]; wanted {
			continue
		}
		if _, owned := d.account(l.Target); owned || d.userLinked[l.Target] != int32(i) {
			continue // the account is somebody else's now; saving that link ends this one
		}
		at, shown := d.accounts.byID[l.Target]
		if !shown {
			if l.Deactivated {
				continue // some targets do not show who is switched off
			}
			if d.targetWhole {
				d.add(nil, Change{Verb: Forget, Kind: directory.KindUser, Source: l.Source, Target: l.Target, Name: l.Name, Why: "unassigned, and gone from the target"})
			} else {
				d.unseen[directory.KindUser]++
			}
			continue
		}
		have := &d.in.Current.Users[at]
		switch {
		case !have.Active:
		case have.ActiveUnreadable && l.Deactivated: // what cannot be read is never repaired
		case somebodyElse(l, have.ExternalID, have.UserName, l.Name):
			d.note(directory.KindUser, l.Name, "unassigned, but the account %s is %q with externalId %q now, somebody else: nothing done", l.Target, have.UserName, have.ExternalID)
		case ignores(l.Ignored, "active", "false"):
			d.note(directory.KindUser, have.UserName, "unassigned and still active: the target accepted active=false and did not keep it")
		case !d.in.Policy.DeactivateUsers:
			d.off.deactivate++
		case d.in.Shared[l.Target] != "":
			d.add(nil, Change{
				Verb: Forget, Kind: directory.KindUser, Source: l.Source, Target: l.Target, Name: have.UserName,
				Why: "unassigned, and kept by the connection " + d.in.Shared[l.Target],
			})
		default:
			d.add(nil, Change{Verb: Deactivate, Kind: directory.KindUser, Source: l.Source, Target: l.Target, Name: have.UserName, Why: "unassigned"})
		}
	}
}

// text is a string as a Value.
func text(s string) directory.Value { return directory.Canonical(s) }
