package plan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
)

// takes is a plan that deactivates and deletes so many, and drops so many from one group.
func takes(deactivate, remove, drop int) plan.Plan {
	var p plan.Plan
	add := func(c plan.Change) {
		c.N = len(p.Changes) + 1
		p.Changes = append(p.Changes, c)
	}
	for i := range deactivate {
		add(plan.Change{Verb: plan.Deactivate, Kind: directory.KindUser, Name: fmt.Sprintf("user%d@x.test", i)})
	}
	for i := range remove {
		add(plan.Change{Verb: plan.Delete, Kind: directory.KindGroup, Name: fmt.Sprintf("Group %d", i)})
	}
	if drop > 0 {
		c := plan.Change{Verb: plan.Drop, Kind: directory.KindGroup, Target: "g1", Name: "Eng"}
		for i := range drop {
			c.Drop = append(c.Drop, directory.TargetID(fmt.Sprintf("t%02d", i)))
		}
		add(c)
	}
	return p
}

func TestGuardsObjectFromTheirLimitOn(t *testing.T) {
	size := func(n int) map[directory.TargetID]int { return map[directory.TargetID]int{"g1": n} }
	for _, c := range []struct {
		what   string
		plan   plan.Plan
		totals plan.Totals
		trips  string
	}{
		{"20 of 100 users are 20 %", takes(20, 0, 0), plan.Totals{Desired: 80, OwnedActive: 100}, ""},
		{"21 of 100 users are more", takes(21, 0, 0), plan.Totals{Desired: 79, OwnedActive: 100}, "deactivations"},
		{"99 users are too few to count in percent", takes(50, 0, 0), plan.Totals{Desired: 49, OwnedActive: 99}, ""},
		{"one group may go", takes(0, 1, 0), plan.Totals{Desired: 1, OwnedGroups: 9}, ""},
		{"two may not", takes(0, 2, 0), plan.Totals{Desired: 1, OwnedGroups: 9}, "group-deletions"},
		{"10 of 20 members are half", takes(0, 0, 10), plan.Totals{Desired: 1, GroupMembers: size(20)}, ""},
		{"11 of 20 are more", takes(0, 0, 11), plan.Totals{Desired: 1, GroupMembers: size(20)}, "members-dropped"},
		{"a group of 19 may lose all", takes(0, 0, 19), plan.Totals{Desired: 1, GroupMembers: size(19)}, ""},
		{"the last person may leave", takes(1, 0, 0), plan.Totals{OwnedActive: 1, LastDesired: 1}, ""},
		{"everybody at once may not", takes(2, 0, 0), plan.Totals{OwnedActive: 2, LastDesired: 2}, "empty-source"},
		{"an empty source with nobody left is no news", takes(0, 0, 0), plan.Totals{LastDesired: 50}, ""},
		{"a third fewer", takes(4, 0, 0), plan.Totals{Desired: 8, LastDesired: 12, OwnedActive: 12}, "source-shrank"},
		{"a fourth fewer", takes(3, 0, 0), plan.Totals{Desired: 9, LastDesired: 12, OwnedActive: 12}, ""},
		{"without a good run before nothing shrank", takes(3, 0, 0), plan.Totals{Desired: 1, OwnedActive: 12}, ""},
		{"half of the objects gone", takes(0, 0, 0), plan.Totals{Desired: 1, Linked: 20, Missing: 10}, ""},
		{"more than half gone", takes(0, 0, 0), plan.Totals{Desired: 1, Linked: 20, Missing: 11}, "missing"},
		{"all objections at once", takes(30, 2, 20), plan.Totals{OwnedActive: 100, OwnedGroups: 3, LastDesired: 100, Linked: 103, Missing: 60, GroupMembers: size(20)}, "empty-source missing deactivations group-deletions members-dropped"},
	} {
		var got []string
		for _, trip := range plan.Check(c.plan, c.totals, plan.DefaultGuards(plan.DefaultLimits())...) {
			got = append(got, trip.Guard)
		}
		if strings.Join(got, " ") != c.trips {
			t.Errorf("%s: objections %q, want %q", c.what, got, c.trips)
		}
	}
}

func TestLimitsOfZeroLetNothingPassThatTakesAway(t *testing.T) {
	for _, p := range []plan.Plan{takes(1, 0, 0), takes(0, 1, 0), takes(0, 0, 1)} {
		totals := plan.Totals{Desired: 500, OwnedActive: 500, OwnedGroups: 5, GroupMembers: map[directory.TargetID]int{"g1": 100}}
		if trips := plan.Check(p, totals, plan.DefaultGuards(plan.Limits{})...); len(trips) != 1 {
			t.Errorf("%s: %d objections, want 1", p.Summary(), len(trips))
		}
	}
}

func TestProtectedNamesMatchWithoutCaseAndByPattern(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		match         bool
	}{
		{"root@x.test", "Root@X.test", true},
		{"root@x.test", "root@x.test.org", false},
		{"*@admin.x.test", "ada@admin.x.test", true},
		{"*@admin.x.test", "ada@x.test", false},
		{"svc-*-prod*", "svc-backup-prod", true},
		{"svc-*-prod*", "svc-backup-test", false},
		{"a?a@*", "äda@x.test", false},
		{"?da@*", "Äda@x.test", true},
		{"*", "", true},
		{"", "ada", false},
		{"**a", "ba", true},
	} {
		p := plan.Plan{Changes: []plan.Change{{N: 1, Verb: plan.Deactivate, Kind: directory.KindUser, Name: c.name}}}
		if trip := plan.Protected([]string{c.pattern})(p, plan.Totals{}); (trip != nil) != c.match {
			t.Errorf("pattern %q and %q: objects %v, want %v", c.pattern, c.name, trip != nil, c.match)
		}
	}
}

func TestHoldAllMakesEveryObjectionHoldEverything(t *testing.T) {
	limits := plan.DefaultLimits()
	limits.HoldAll = true
	trips := plan.Check(takes(2, 2, 0), plan.Totals{Desired: 5, OwnedActive: 2}, plan.DefaultGuards(limits)...)
	if len(trips) != 1 || slices.ContainsFunc(trips, func(t plan.Trip) bool { return !t.HoldsAll }) {
		t.Errorf("objections %+v, want one that holds all", trips)
	}
}

func TestTotalsCountWhatIsOurs(t *testing.T) {
	s := parseStory(t, map[string]string{
		"okta": "user ada ada@x.test\n",
		"target": "user t1 ada@x.test\nuser t2 bob@x.test inactive\nuser t9 root@x.test\n" +
			"group g1 Eng : t1 t2 t9\ngroup g2 Ops unreadable :\n",
		"links": "user ada t1\nuser bob t2\nuser cat t3\ngroup eng g1\ngroup ops g2 : ada bob\ngroup old g5\n",
	})
	got := plan.TotalsOf(s.in)
	want := "{OwnedActive:1 OwnedGroups:3 Linked:6 Desired:1 LastDesired:0 GroupMembers:map[g1:3 g2:2] Missing:2}"
	if text := fmt.Sprintf("%+v", got); text != want {
		t.Errorf("totals\n%s, want\n%s", text, want)
	}
	s.in.Current.Evidence.Add("Users", "cut")
	if got := plan.TotalsOf(s.in); got.Missing != 0 {
		t.Errorf("%d missing in a target that was not read whole, want 0", got.Missing)
	}
}
