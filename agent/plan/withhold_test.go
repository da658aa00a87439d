package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
)

// sample is a plan of every kind of change, with changes that need others across it.
func sample() plan.Plan {
	return plan.Plan{Changes: []plan.Change{
		{N: 1, Verb: plan.Create, Kind: directory.KindUser, Source: "ada", Name: "ada", Origin: directory.OriginCreated},
		{N: 2, Verb: plan.Update, Kind: directory.KindUser, Source: "bob", Target: "t2", Name: "bob", Fields: []plan.Field{{Path: "title", From: `"A"`, To: `"B"`}}},
		{N: 3, Verb: plan.Drop, Kind: directory.KindGroup, Source: "eng", Target: "g1", Name: "Eng", Drop: []directory.TargetID{"t3", "t4", "t5"}, Why: "left"},
		{N: 4, Verb: plan.Deactivate, Kind: directory.KindUser, Source: "cat", Target: "t3", Name: "cat", Needs: []int{3}},
		{N: 5, Verb: plan.Forget, Kind: directory.KindGroup, Source: "ops", Target: "g2", Name: "Ops", Needs: []int{1, 4}},
	}}
}

func verbs(list []plan.Change) string {
	var words []string
	for _, c := range list {
		words = append(words, string(c.Verb))
	}
	return strings.Join(words, " ")
}

func TestRemovalsAreDropsDeactivationsDeletionsAndForgottenGroups(t *testing.T) {
	p := sample()
	p.Changes = append(p.Changes, plan.Change{N: 6, Verb: plan.Forget, Kind: directory.KindUser, Source: "dan"})
	if got := verbs(p.Removals()); got != "drop deactivate forget" {
		t.Errorf("removals %q", got)
	}
}

func TestWithoutRemovalsNumbersTheRestAnew(t *testing.T) {
	p := sample()
	p.Changes = append(p.Changes, plan.Change{N: 6, Verb: plan.Update, Kind: directory.KindUser, Needs: []int{2, 4}})
	got := p.WithoutRemovals("for a test")
	if verbs(got.Changes) != "create update update" || verbs(got.Withheld) != "drop deactivate forget" {
		t.Fatalf("changes %q, withheld %q", verbs(got.Changes), verbs(got.Withheld))
	}
	if last := got.Changes[2]; last.N != 3 || !slices.Equal(last.Needs, []int{2}) {
		t.Errorf("the last change is number %d and needs %v", last.N, last.Needs)
	}
	if why := got.Withheld[0].Why; why != "left (withheld: for a test)" {
		t.Errorf("withheld because of %q", why)
	}
	if verbs(p.Changes) != "create update drop deactivate forget update" || p.Changes[5].N != 6 {
		t.Error("the plan itself was changed")
	}
}

func TestSingleMembersOfADropAreWithheld(t *testing.T) {
	var asked []string
	got := sample().Withhold(func(c plan.Change, member directory.TargetID) (string, bool) {
		asked = append(asked, string(c.Verb)+string(member))
		switch member {
		case "t3":
			return "still a member", true
		case "t5":
			return "could not be looked at", true
		}
		return "", false
	})
	if want := []string{"drop", "dropt3", "dropt4", "dropt5", "deactivate", "forget"}; !slices.Equal(asked, want) {
		t.Errorf("asked about %q, want %q", asked, want)
	}
	if c := got.Changes[2]; c.Verb != plan.Drop || !slices.Equal(c.Drop, []directory.TargetID{"t4"}) {
		t.Errorf("what stays is %+v", c)
	}
	if len(got.Withheld) != 2 || !slices.Equal(got.Withheld[0].Drop, []directory.TargetID{"t3"}) || got.Withheld[1].Why != "left (withheld: could not be looked at)" {
		t.Errorf("withheld is %+v", got.Withheld)
	}
	if !slices.Equal(got.Changes[3].Needs, []int{3}) {
		t.Errorf("the deactivation needs %v", got.Changes[3].Needs)
	}
}

func TestADropWithoutMembersLeftIsGone(t *testing.T) {
	got := sample().Withhold(func(c plan.Change, member directory.TargetID) (string, bool) { return "no", member != "" })
	if verbs(got.Changes) != "create update deactivate forget" || got.Changes[2].N != 3 || len(got.Changes[2].Needs) != 0 {
		t.Errorf("changes %+v", got.Changes)
	}
}

func TestHoldWithoutObjectionsChangesNothing(t *testing.T) {
	if got := sample().Hold(nil); got.Digest() != sample().Digest() || len(got.Withheld) != 0 {
		t.Errorf("held: %+v", got)
	}
}

func TestTheDigestCoversWhatIsDoneAndNothingElse(t *testing.T) {
	base := sample().Digest()
	if len(base) != 12 {
		t.Errorf("the digest %q has %d characters", base, len(base))
	}
	for what, change := range map[string]func(*plan.Plan){
		"verb":   func(p *plan.Plan) { p.Changes[0].Verb = plan.Adopt },
		"kind":   func(p *plan.Plan) { p.Changes[0].Kind = directory.KindGroup },
		"source": func(p *plan.Plan) { p.Changes[0].Source = "eve" },
		"target": func(p *plan.Plan) { p.Changes[1].Target = "t9" },
		"name":   func(p *plan.Plan) { p.Changes[1].Name = "bobby" },
		"origin": func(p *plan.Plan) { p.Changes[0].Origin = directory.OriginAdopted },
		"path":   func(p *plan.Plan) { p.Changes[1].Fields[0].Path = "nickName" },
		"from":   func(p *plan.Plan) { p.Changes[1].Fields[0].From = "" },
		"to":     func(p *plan.Plan) { p.Changes[1].Fields[0].To = "" },
		"member": func(p *plan.Plan) { p.Changes[2].Drop[0] = "t0" },
		"one member less": func(p *plan.Plan) {
			p.Changes[2].Drop = p.Changes[2].Drop[:2]
		},
		"added instead of dropped": func(p *plan.Plan) {
			p.Changes[2].Add, p.Changes[2].Drop = []directory.SourceID{"t3", "t4", "t5"}, nil
		},
		"members in one name": func(p *plan.Plan) { p.Changes[2].Drop = []directory.TargetID{"t3\"\n\t-\"t4", "t5"} },
		"order":               func(p *plan.Plan) { p.Changes[0], p.Changes[1] = p.Changes[1], p.Changes[0] },
		"one change less":     func(p *plan.Plan) { p.Changes = p.Changes[:4] },
	} {
		p := sample()
		change(&p)
		if p.Digest() == base {
			t.Errorf("another %s has the same digest", what)
		}
	}
	p := sample()
	p.Notices = append(p.Notices, plan.Notice{Text: "by the way"})
	p.Withheld = append(p.Withheld, p.Changes[3])
	p.Changes[0].Why = "another word"
	if p.Digest() != base {
		t.Error("notices, what is withheld and words are in the digest")
	}
}
