package plan_test

import (
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
)

// bigOrg has 10,000 users with ten attributes, 500 groups and 50,000 memberships.
// Without a target it is the first run, with one everything agrees.
func bigOrg(target bool) plan.Input {
	const users, groups, perGroup = 10_000, 500, 100
	var in plan.Input
	in.Policy = plan.Policy{CreateUsers: true, UpdateUsers: true, DeactivateUsers: true, PushGroups: true}
	for i := range users {
		var list []directory.Attribute
		for a := range 10 {
			list = append(list, directory.Attribute{Path: fmt.Sprintf("attribute%d", a), Value: directory.Value(fmt.Sprintf(`"value %d of %d"`, a, i))})
		}
		u := directory.User[directory.SourceID]{ID: directory.SourceID(fmt.Sprintf("00u%017d", i)), UserName: fmt.Sprintf("User%d@example.test", i), Active: true, Attributes: directory.NewAttributes(list...)}
		u.ExternalID = string(u.ID)
		in.Desired.Users = append(in.Desired.Users, u)
		if target {
			id := directory.TargetID(fmt.Sprintf("%08d-0000-4000-8000-000000000000", i))
			in.Current.Users = append(in.Current.Users, directory.User[directory.TargetID]{ID: id, ExternalID: u.ExternalID, UserName: u.UserName, Active: true, Attributes: u.Attributes})
			in.Links = append(in.Links, directory.Link{Kind: directory.KindUser, Source: u.ID, Target: id, Origin: directory.OriginCreated, Name: u.UserName})
		}
	}
	for i := range groups {
		g := directory.Group[directory.SourceID]{ID: directory.SourceID(fmt.Sprintf("00g%017d", i)), Name: fmt.Sprintf("Group %d", i)}
		t := directory.Group[directory.TargetID]{ID: directory.TargetID(fmt.Sprintf("%08d-0000-4000-8000-000000000001", i)), Name: g.Name}
		for k := range perGroup {
			who := (i*37 + k*97) % users
			g.Members = append(g.Members, in.Desired.Users[who].ID)
			if target {
				t.Members = append(t.Members, in.Current.Users[who].ID)
			}
		}
		slices.Sort(g.Members)
		slices.Sort(t.Members)
		in.Desired.Groups = append(in.Desired.Groups, g)
		if target {
			in.Current.Groups = append(in.Current.Groups, t)
			in.Links = append(in.Links, directory.Link{Kind: directory.KindGroup, Source: g.ID, Target: t.ID, Origin: directory.OriginCreated, Name: g.Name, Members: g.Members})
		}
	}
	return in
}

func BenchmarkFirstPlan(b *testing.B)  { bench(b, bigOrg(false)) }
func BenchmarkSecondPlan(b *testing.B) { bench(b, bigOrg(true)) }

func bench(b *testing.B, in plan.Input) {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		plan.Compute(in)
	}
}

func BenchmarkTextAndDigest(b *testing.B) {
	p := plan.Compute(bigOrg(false))
	b.ReportAllocs()
	for b.Loop() {
		p.Digest()
		if err := p.WriteText(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
