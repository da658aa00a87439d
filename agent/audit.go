package agent

import (
	"cmp"
	"context"
	"slices"

	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
)

// DriftKind says how the two sides differ in one place.
type DriftKind string

// The kinds of drift.
const (
	// UnknownAccess: somebody has access in the target whom Okta does not know of.
	UnknownAccess DriftKind = "unknown access"
	// LeftoverAccess: somebody still has what Okta has taken away.
	LeftoverAccess DriftKind = "leftover access"
	// MissingAccess: somebody lacks what Okta has given.
	MissingAccess DriftKind = "missing access"
	// Differs: an attribute, or a group's name, is another one.
	Differs DriftKind = "differs"
	// UnknownGroup: a group in the target is pushed by nobody.
	UnknownGroup DriftKind = "unknown group"
)

// Drift is one place where target and Okta differ.
type Drift struct {
	Is     DriftKind
	Kind   directory.Kind
	Okta   directory.SourceID
	Target directory.TargetID
	// Name is the userName or the group's name; Group the group that a membership is of.
	Name, Group string
	// Path, Have and Want are those of an attribute.
	Path       string
	Have, Want directory.Value
	// Why says what led to it, in the words of a plan.
	Why string
}

// AuditReport is what an audit found.
type AuditReport struct {
	Connection string
	Drift      []Drift
	// Users and Groups are how many the target shows, Assigned and Pushed Okta's.
	Users, Groups, Assigned, Pushed int
	// SourceGaps and TargetGaps are what could not be read: what is missing there is not in
	// Drift.
	SourceGaps, TargetGaps         []directory.Gap
	SourceRequests, TargetRequests int
}

// Whole reports whether everything was read.
func (r *AuditReport) Whole() bool { return len(r.SourceGaps)+len(r.TargetGaps) == 0 }

// Audit reads both sides and tells where they differ, whatever the switches, the policy
// and the guards would let a run do about it. Nothing is written.
func (a *Agent) Audit(ctx context.Context) (AuditReport, error) {
	r := AuditReport{Connection: a.opts.Name}
	in, _, err := a.read(ctx, ModePlan)
	if err != nil {
		return r, err
	}
	if in.Shared, err = a.shared(ctx); err != nil {
		return r, err
	}
	in.Policy = plan.Policy{CreateUsers: true, UpdateUsers: true, DeactivateUsers: true, PushGroups: true, DeleteGroups: true}
	desired, current := &in.Desired, &in.Current
	r.Users, r.Groups, r.Assigned, r.Pushed = len(current.Users), len(current.Groups), len(desired.Users), len(desired.Groups)
	r.SourceGaps, r.TargetGaps = desired.Evidence.Gaps, current.Evidence.Gaps
	r.SourceRequests, r.TargetRequests = desired.Evidence.Requests, current.Evidence.Requests
	r.Drift = driftOf(plan.Compute(in).Document(), in)
	return r, nil
}

// driftOf reads a plan as a list of differences, and adds what no plan would touch.
func driftOf(p plan.Document, in plan.Input) []Drift {
	var list []Drift
	for _, c := range p.Changes {
		list = append(list, driftsOf(c)...)
	}
	// Without evidence a removal is withheld, and is drift only if that gap is elsewhere:
	// what Okta did not show may still be assigned.
	if in.Desired.Evidence.Complete() {
		for _, c := range p.Withheld {
			list = append(list, driftsOf(c)...)
		}
		list = append(list, strangers(p, in)...)
	}
	slices.SortStableFunc(list, func(a, b Drift) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Group, b.Group), cmp.Compare(a.Path, b.Path))
	})
	return list
}

// driftsOf is what one change would put right.
func driftsOf(c plan.DocumentChange) []Drift {
	kind := directory.KindUser
	if c.Kind == directory.KindGroup.String() {
		kind = directory.KindGroup
	}
	one := Drift{Kind: kind, Okta: c.Okta, Target: c.Target, Name: c.Name, Why: c.Why}
	var list []Drift
	add := func(is DriftKind) { d := one; d.Is = is; list = append(list, d) }
	switch c.Verb {
	case plan.Create, plan.Reactivate:
		add(MissingAccess)
	case plan.Deactivate, plan.Delete:
		add(LeftoverAccess)
	case plan.Adopt, plan.Forget, plan.Update, plan.Rename, plan.Add, plan.Drop:
	}
	for _, f := range c.Fields {
		d := one
		d.Is, d.Path, d.Have, d.Want = Differs, f.Path, jsonValue(f.From), jsonValue(f.To)
		list = append(list, d)
	}
	if c.Verb == plan.Adopt {
		return list
	}
	for _, m := range c.Add {
		list = append(list, Drift{Is: MissingAccess, Kind: directory.KindUser, Okta: m.Okta, Target: m.Target, Name: m.Name, Group: c.Name, Why: c.Why})
	}
	for _, m := range c.Drop {
		is := LeftoverAccess
		if m.Okta == "" {
			is = UnknownAccess
		}
		list = append(list, Drift{Is: is, Kind: directory.KindUser, Okta: m.Okta, Target: m.Target, Name: m.Name, Group: c.Name, Why: c.Why})
	}
	return list
}

func jsonValue(v []byte) directory.Value {
	if string(v) == "null" {
		return ""
	}
	return directory.Value(v)
}

// strangers are the accounts that are on and the groups that belong to no record of Okta,
// neither by a link nor because a plan would adopt them, and members of groups that are
// not wholly ours whom Okta does not put there.
func strangers(p plan.Document, in plan.Input) []Drift {
	ours := map[object]bool{}
	origin := map[directory.TargetID]directory.Origin{}
	for _, l := range in.Links {
		ours[object{l.Kind, l.Target}] = true
		if l.Kind == directory.KindGroup {
			origin[l.Target] = l.Origin
		}
	}
	for _, c := range p.Changes {
		if c.Verb == plan.Adopt {
			kind := directory.KindUser
			if c.Kind == directory.KindGroup.String() {
				kind = directory.KindGroup
			}
			ours[object{kind, c.Target}] = true
		}
	}
	names := map[directory.TargetID]string{}
	var list []Drift
	for i := range in.Current.Users {
		u := &in.Current.Users[i]
		names[u.ID] = u.UserName
		if u.Active && !ours[object{directory.KindUser, u.ID}] {
			list = append(list, Drift{Is: UnknownAccess, Kind: directory.KindUser, Target: u.ID, Name: u.UserName, Why: "not ours"})
		}
	}
	for i := range in.Current.Groups {
		g := &in.Current.Groups[i]
		if !ours[object{directory.KindGroup, g.ID}] {
			list = append(list, Drift{Is: UnknownGroup, Kind: directory.KindGroup, Target: g.ID, Name: g.Name, Why: "not ours"})
			continue
		}
		if origin[g.ID] == directory.OriginCreated {
			continue // the plan has them
		}
		for _, id := range g.Members {
			if !ours[object{directory.KindUser, id}] {
				list = append(list, Drift{Is: UnknownAccess, Kind: directory.KindUser, Target: id, Name: cmp.Or(names[id], string(id)), Group: g.Name, Why: "put in by somebody else"})
			}
		}
	}
	return list
}
