package agent

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
)

// Explanation is everything that one run would see and do about one record.
type Explanation struct {
	Kind directory.Kind
	// User and Group are what Okta asks for, of which one is set when Okta asks at all.
	User  *directory.User[directory.SourceID]
	Group *directory.Group[directory.SourceID]
	// Link is how the record and an object of the target belong together; nil if they
	// do not yet, or not any more.
	Link *directory.Link
	// Account and Team are what the target has, of which one is set when it shows something.
	Account *directory.User[directory.TargetID]
	Team    *directory.Group[directory.TargetID]
	// Places are, of a person, the groups that they are in on either side.
	Places []Place
	// Missing, Extra and Waiting are, of a group, the userNames of wanted people who are
	// not in it, of members who are not wanted, and of wanted people without an account.
	Missing, Extra, Waiting []string
	// Task is why it could not be brought in line; nil if nothing failed.
	Task *Task
	// Leaving is when it was first seen that a person is no longer assigned; zero if they
	// are, or if nobody is given time.
	Leaving time.Time
	// Plan is what the next run would do about the record.
	Plan plan.Plan
	// SourceGaps and TargetGaps are what could not be read.
	SourceGaps, TargetGaps []directory.Gap
}

// Place is a group that a person is or should be in.
type Place struct {
	Name string
	// Wanted says that Okta puts the person there, In that the target shows them there.
	Wanted, In bool
	// Unreadable says that the target does not show the group's members.
	Unreadable bool
}

// Explain reads both sides and tells what holds for one record: a userName, a group's
// name or an id in Okta. Nothing is written. The error is an [UnknownNames] when nothing
// has that name on either side.
func (a *Agent) Explain(ctx context.Context, kind directory.Kind, name string) (Explanation, error) {
	in, known, err := a.read(ctx, ModePlan)
	if err != nil {
		return Explanation{}, err
	}
	if in.Shared, err = a.shared(ctx); err != nil {
		return Explanation{}, err
	}
	x := explained{in: in, known: &known, of: Explanation{Kind: kind, SourceGaps: in.Desired.Evidence.Gaps, TargetGaps: in.Current.Evidence.Gaps}}
	if !x.find(name) {
		unknown := in.Unknown(plan.Scope{Users: only(kind == directory.KindUser, name), Groups: only(kind == directory.KindGroup, name)})
		return Explanation{}, &UnknownNames{Names: unknown}
	}
	p := plan.Compute(in)
	p = p.Postpone(a.grace(&known))
	p = p.Defer(a.due(in, p, &known))
	if p, err = a.confirm(ctx, p, in); err != nil {
		return Explanation{}, err
	}
	x.tell(p)
	return x.of, nil
}

func only(is bool, name string) []string {
	if is {
		return []string{name}
	}
	return nil
}

// explained puts an explanation together.
type explained struct {
	in    plan.Input
	known *knowledge
	of    Explanation
}

// find looks for the record on both sides and in the links; false if it is nowhere.
func (x *explained) find(name string) bool {
	var source directory.SourceID
	var target directory.TargetID
	if x.of.Kind == directory.KindUser {
		for i := range x.in.Desired.Users {
			if u := &x.in.Desired.Users[i]; strings.EqualFold(u.UserName, name) || string(u.ID) == name {
				x.of.User, source = u, u.ID
			}
		}
	} else {
		for i := range x.in.Desired.Groups {
			if g := &x.in.Desired.Groups[i]; g.Name == name || string(g.ID) == name {
				x.of.Group, source = g, g.ID
			}
		}
	}
	for i := range x.in.Links {
		l := &x.in.Links[i]
		same := source != "" && l.Source == source || source == "" && (string(l.Source) == name || x.called(l.Name, name))
		if l.Kind == x.of.Kind && same {
			x.of.Link, source, target = l, l.Source, l.Target
		}
	}
	x.have(target, name)
	if source == "" {
		return x.of.Account != nil || x.of.Team != nil
	}
	if t, failed := x.known.tasks[recordOf(x.of.Kind, source, "")]; failed {
		x.of.Task = &t
	}
	x.of.Leaving = x.known.leaving[source]
	return true
}

func (x *explained) called(has, name string) bool {
	if x.of.Kind == directory.KindUser {
		return strings.EqualFold(has, name)
	}
	return has == name
}

// have finds the object that is linked, or one that nobody is linked to and that has the
// name: what a plan would adopt, or a stranger.
func (x *explained) have(target directory.TargetID, name string) {
	wanted := name
	if x.of.User != nil {
		wanted = x.of.User.UserName
	}
	if x.of.Group != nil {
		wanted = x.of.Group.Name
	}
	is := func(id directory.TargetID, called string) bool {
		if target != "" {
			return id == target
		}
		_, owned := x.known.links.owner(x.of.Kind, id)
		return !owned && x.called(called, wanted)
	}
	if x.of.Kind == directory.KindUser {
		if i := slices.IndexFunc(x.in.Current.Users, func(u directory.User[directory.TargetID]) bool { return is(u.ID, u.UserName) }); i >= 0 {
			x.of.Account = &x.in.Current.Users[i]
		}
		return
	}
	if i := slices.IndexFunc(x.in.Current.Groups, func(g directory.Group[directory.TargetID]) bool { return is(g.ID, g.Name) }); i >= 0 {
		x.of.Team = &x.in.Current.Groups[i]
	}
}

// tell takes the record's part of the plan, and compares groups.
func (x *explained) tell(p plan.Plan) {
	if x.of.Kind == directory.KindUser {
		var names []string
		if x.of.User != nil {
			names = append(names, string(x.of.User.ID), x.of.User.UserName)
		}
		if x.of.Link != nil {
			names = append(names, string(x.of.Link.Source), x.of.Link.Name)
		}
		if x.of.Account != nil {
			names = append(names, x.of.Account.UserName)
		}
		x.of.Plan = p.Select(plan.Scope{Users: names})
		x.places()
		return
	}
	var names []string
	if x.of.Group != nil {
		names = append(names, string(x.of.Group.ID), x.of.Group.Name)
	}
	if x.of.Link != nil {
		names = append(names, string(x.of.Link.Source), x.of.Link.Name)
	}
	if x.of.Team != nil {
		names = append(names, x.of.Team.Name)
	}
	x.of.Plan = p.Select(plan.Scope{Groups: names})
	x.members()
}

// places lists the groups of a person by name.
func (x *explained) places() {
	at := map[string]*Place{}
	place := func(name string) *Place {
		if at[name] == nil {
			at[name] = &Place{Name: name}
		}
		return at[name]
	}
	if x.of.User != nil {
		for i := range x.in.Desired.Groups {
			if g := &x.in.Desired.Groups[i]; slices.Contains(g.Members, x.of.User.ID) {
				place(g.Name).Wanted = true
			}
		}
	}
	for i := range x.in.Current.Groups {
		g := &x.in.Current.Groups[i]
		if x.of.Account != nil && slices.Contains(g.Members, x.of.Account.ID) {
			place(g.Name).In = true
		}
		if p := at[g.Name]; p != nil {
			p.Unreadable = g.MembersUnreadable
		}
	}
	for _, p := range at {
		x.of.Places = append(x.of.Places, *p)
	}
	slices.SortFunc(x.of.Places, func(a, b Place) int { return strings.Compare(a.Name, b.Name) })
}

// members compares who is wanted in a group with who is in it.
func (x *explained) members() {
	in := map[directory.TargetID]bool{}
	if x.of.Team != nil {
		for _, id := range x.of.Team.Members {
			in[id] = true
		}
	}
	wanted := map[directory.TargetID]bool{}
	if x.of.Group != nil {
		for _, id := range x.of.Group.Members {
			i := slices.IndexFunc(x.in.Desired.Users, func(u directory.User[directory.SourceID]) bool { return u.ID == id })
			if i < 0 {
				continue
			}
			name := x.in.Desired.Users[i].UserName
			link, linked := x.known.links.get(directory.KindUser, id)
			switch {
			case !linked:
				x.of.Waiting = append(x.of.Waiting, name)
			case !in[link.Target]:
				x.of.Missing = append(x.of.Missing, name)
			}
			wanted[link.Target] = true
		}
	}
	if x.of.Team == nil || x.of.Team.MembersUnreadable {
		return
	}
	for i := range x.in.Current.Users {
		if u := &x.in.Current.Users[i]; in[u.ID] && !wanted[u.ID] {
			x.of.Extra = append(x.of.Extra, u.UserName)
		}
	}
}
