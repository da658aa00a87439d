package agent_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := gocmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func text(t *testing.T, r agent.Report) string {
	t.Helper()
	var b strings.Builder
	if err := r.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPeopleAndGroupsArriveAndASecondPlanIsEmpty(t *testing.T) {
	c := connect(t, desired([]string{"ada", "bob"}, team{"Eng", []string{"ada", "bob"}}))
	r := c.run(agent.ModeApply)
	same(t, "target", c.server.has(), []string{"Eng: ada@x.test bob@x.test", "ada@x.test", "bob@x.test"})
	same(t, "result", r.Result, agent.AllApplied)
	same(t, "counts", r.Counts, agent.Counts{Planned: 3, Done: 3})
	same(t, "members in the ledger", c.link("00g-Eng").Members, uids("ada", "bob"))
	same(t, "origin", c.link("00u-ada").Origin, directory.OriginCreated)
	c.server.took()
	for _, mode := range []agent.Mode{agent.ModePlan, agent.ModeApply} {
		r = c.run(mode)
		same(t, "second result", r.Result, agent.NothingToDo)
		same(t, "second plan", r.Plan.Changes, []plan.Change(nil))
		same(t, "writes", c.server.took(), []string(nil))
	}
}

func TestWhoJoinsIsAddedAndWhoLeavesIsTakenOutAndSwitchedOff(t *testing.T) {
	c := connect(t, desired([]string{"ada", "bob"}, team{"Eng", []string{"ada", "bob"}}))
	c.run(agent.ModeApply)
	c.wants(desired([]string{"ada", "cat"}, team{"Eng", []string{"ada", "cat"}}))
	c.run(agent.ModeApply)
	same(t, "target", c.server.has(), []string{"Eng: ada@x.test cat@x.test", "ada@x.test", "bob@x.test (off)", "cat@x.test"})
	same(t, "members in the ledger", c.link("00g-Eng").Members, uids("ada", "cat"))
	same(t, "bob is known to be off", c.link("00u-bob").Deactivated, true)
	c.wants(desired([]string{"ada", "bob", "cat"}, team{"Eng", []string{"ada", "cat"}}))
	c.run(agent.ModeApply)
	same(t, "target", c.server.has(), []string{"Eng: ada@x.test cat@x.test", "ada@x.test", "bob@x.test", "cat@x.test"})
	same(t, "bob is known to be on", c.link("00u-bob").Deactivated, false)
}

// frozen is a ledger that may only be read.
type frozen struct{ agent.Ledger }

var errFrozen = errors.New("written")

func (frozen) Bind(context.Context, string) error { return errFrozen }
func (frozen) Begin(context.Context, agent.Intent) (agent.IntentID, error) {
	return 0, errFrozen
}
func (frozen) Finish(context.Context, agent.IntentID, agent.Outcome) error { return errFrozen }
func (frozen) Keep(context.Context, agent.Keep) error                      { return errFrozen }
func (frozen) SaveRun(context.Context, agent.RunRecord) error              { return errFrozen }

func TestAPlanWritesToNeitherTargetNorLedger(t *testing.T) {
	c := connect(t, desired([]string{"ada", "bob"}))
	left := agent.Intent{Verb: plan.Create, Kind: directory.KindUser, Source: "00u-bob", Name: "bob@x.test"}
	if _, err := c.Ledger.Begin(t.Context(), left); err != nil {
		t.Fatal(err)
	}
	bob := directory.User[directory.TargetID]{ExternalID: "00u-bob", UserName: "bob@x.test", Active: true, Attributes: person("bob", "Engineer").Attributes}
	c.server.put(bob)
	before := c.state()
	c.Ledger = frozen{c.Ledger}
	r := c.run(agent.ModePlan)
	same(t, "result", r.Result, agent.Changes)
	same(t, "writes", c.server.took(), []string(nil))
	same(t, "ledger", c.state(), before)
	if len(r.Plan.Changes) != 1 || r.Plan.Changes[0].Name != "ada@x.test" {
		t.Errorf("bob, whom a crash left unlinked, is looked up for the plan too; got %+v", r.Plan.Changes)
	}
}

func TestOneRefusedAccountDoesNotBlockAGroup(t *testing.T) {
	c := connect(t, desired([]string{"ada", "bob"}, team{"Eng", []string{"ada", "bob"}}))
	refuse := true
	c.server.before = func(w agent.Write) error {
		if refuse && w.User != nil && w.User.UserName == "bob@x.test" {
			return errors.New("400: title is too long")
		}
		return nil
	}
	r := c.run(agent.ModeApply)
	same(t, "target", c.server.has(), []string{"Eng: ada@x.test", "ada@x.test"})
	same(t, "result", r.Result, agent.PartlyApplied)
	same(t, "counts", r.Counts, agent.Counts{Planned: 3, Done: 1, Partial: 1, Failed: 1})
	same(t, "left out", r.Outcomes[2].NotAdded, []string{"bob@x.test"})
	refuse = false
	c.run(agent.ModeApply)
	same(t, "target", c.server.has(), []string{"Eng: ada@x.test bob@x.test", "ada@x.test", "bob@x.test"})
}

func TestAnIncompleteReadingRemovesNobody(t *testing.T) {
	for _, side := range []string{"Okta", "target"} {
		t.Run(side, func(t *testing.T) {
			c := connect(t, desired([]string{"ada", "bob"}, team{"Eng", []string{"ada", "bob"}}, team{"Ops", []string{"ada"}}))
			c.DeleteGroups = true
			c.run(agent.ModeApply)
			d := desired([]string{"ada", "cat"}, team{"Eng", []string{"ada", "cat"}})
			if side == "Okta" {
				d.Evidence.Add("app users", "the second page answered 500")
			} else {
				c.server.gaps = []directory.Gap{{Where: "Users", Why: "the second page answered 500"}}
			}
			c.wants(d)
			r := c.run(agent.ModeApply)
			same(t, "target", c.server.has(), []string{"Eng: ada@x.test bob@x.test cat@x.test", "Ops: ada@x.test", "ada@x.test", "bob@x.test", "cat@x.test"})
			same(t, "result", r.Result, agent.PartlyApplied)
			same(t, "withheld", r.Counts.Withheld, 3)
			same(t, "the measure stays that of the last whole reading", c.state().LastDesired, 2)
			if !strings.Contains(text(t, r), "the second page answered 500") {
				t.Errorf("the report does not say what was not read:\n%s", text(t, r))
			}
			c.server.gaps = nil
			d.Evidence.Gaps = nil
			c.wants(d)
			c.run(agent.ModeApply)
			same(t, "target", c.server.has(), []string{"Eng: ada@x.test cat@x.test", "ada@x.test", "bob@x.test (off)", "cat@x.test"})
		})
	}
}

func TestARemovalThatOktaDoesNotConfirmIsWithheld(t *testing.T) {
	c := connect(t, desired([]string{"ada", "bob", "cat"}, team{"Eng", []string{"ada", "bob", "cat"}}))
	c.run(agent.ModeApply)
	s := okta(desired([]string{"ada"}, team{"Eng", []string{"ada"}}))
	var asked []agent.Removal
	s.confirm = func(r agent.Removal) agent.Verdict {
		asked = append(asked, r)
		return agent.Verdict{Confirmed: r.User == "00u-cat", Why: "still assigned to the app"}
	}
	c.Source = s
	r := c.run(agent.ModeApply)
	same(t, "target", c.server.has(), []string{"Eng: ada@x.test bob@x.test", "ada@x.test", "bob@x.test", "cat@x.test (off)"})
	slices.SortFunc(asked, func(a, b agent.Removal) int {
		return cmp.Or(strings.Compare(string(b.Group), string(a.Group)), strings.Compare(string(a.User), string(b.User)))
	})
	same(t, "asked", asked, []agent.Removal{
		{Kind: directory.KindGroup, User: "00u-bob", Group: "00g-Eng"}, {Kind: directory.KindGroup, User: "00u-cat", Group: "00g-Eng"},
		{Kind: directory.KindUser, User: "00u-bob"}, {Kind: directory.KindUser, User: "00u-cat"},
	})
	same(t, "withheld", r.Counts.Withheld, 2)
	if !strings.Contains(text(t, r), "not confirmed by Okta: still assigned to the app") {
		t.Errorf("the report does not say why:\n%s", text(t, r))
	}
}

// A group that is pushed by name and was renamed in Okta looks like one that is no longer
// pushed; when the file follows, it is to be renamed and not made a second time.
func TestAGroupIsForgottenOnlyWhenOktaConfirmsThatItsPushEnded(t *testing.T) {
	c := connect(t, desired(nil, team{"Eng", nil}))
	c.run(agent.ModeApply)
	s := okta(desired(nil))
	s.confirm = func(r agent.Removal) agent.Verdict {
		same(t, "asked", r, agent.Removal{Kind: directory.KindGroup, Group: "00g-Eng"})
		return agent.Verdict{Why: "the configuration pushes another name"}
	}
	c.Source = s
	c.run(agent.ModeApply)
	same(t, "links", len(c.state().Links), 1)
	s.confirm = nil
	c.Source = s
	c.run(agent.ModeApply)
	same(t, "links", len(c.state().Links), 0)
}

func TestASourceThatConfirmsNothingRemovesNothing(t *testing.T) {
	c := connect(t, desired([]string{"ada", "bob"}))
	c.run(agent.ModeApply)
	c.Source = mute{okta(desired([]string{"ada"}))}
	c.run(agent.ModeApply)
	same(t, "target", c.server.has(), []string{"ada@x.test", "bob@x.test"})
}

// mute answers no question about a removal.
type mute struct{ source }

func (mute) Confirm(context.Context, []agent.Removal) ([]agent.Verdict, error) { return nil, nil }

func people(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("user%03d", i)
	}
	return names
}

func TestWhatAGuardObjectsToWaitsForItsDigestAndTheRestGoesOn(t *testing.T) {
	c := connect(t, desired(people(140)))
	c.run(agent.ModeApply)
	c.server.took()
	c.wants(desired(append(people(140)[31:], "zoe")))
	shown := c.run(agent.ModePlan)
	same(t, "result", shown.Result, agent.HeldBack)
	if want := "held: 31 of 140 owned users would lose access (limit 20 %); read the plan, then: oktascim apply --approve " + shown.Approve; !strings.Contains(text(t, shown), want) {
		t.Errorf("the report has to say %q:\n%s", want, text(t, shown))
	}

	r := c.run(agent.ModeApply)
	same(t, "writes", c.server.took(), []string{"create user zoe@x.test"})
	same(t, "result", r.Result, agent.HeldBack)
	same(t, "what waits", r.Counts.Withheld, 31)
	same(t, "a held run is no measure", c.state().LastDesired, 140)

	c.Approve = "000000000000"
	c.run(agent.ModeApply)
	same(t, "writes with the digest of another plan", c.server.took(), []string(nil))

	c.Approve = shown.Approve // zoe is there by now: what was held is still the same
	r = c.run(agent.ModeApply)
	same(t, "writes", len(c.server.took()), 31)
	same(t, "result", r.Result, agent.AllApplied)
	same(t, "held", r.Held, false)
	same(t, "an approved run is the measure", c.state().LastDesired, 110)
	if !strings.Contains(text(t, r), "approved: 31 of 141") {
		t.Errorf("the report does not say that a guard was overruled:\n%s", text(t, r))
	}
}

func TestTheDigestOfTheWholePlanApprovesItToo(t *testing.T) {
	c := connect(t, desired(people(140)))
	c.run(agent.ModeApply)
	c.wants(desired(append(people(140)[31:], "zoe")))
	c.Approve = c.run(agent.ModePlan).Digest
	same(t, "result", c.run(agent.ModeApply).Result, agent.AllApplied)
}

func TestAnObjectionToNothingHoldsNothing(t *testing.T) {
	c := connect(t, desired(nil))
	c.Guards = []plan.Guard{func(plan.Plan, plan.Totals) *plan.Trip { return &plan.Trip{Guard: "always", Text: "no"} }}
	r := c.run(agent.ModePlan)
	same(t, "held", r.Held, false)
	same(t, "result", r.Result, agent.NothingToDo)
}

func TestHoldAllHoldsEverything(t *testing.T) {
	c := connect(t, desired(people(140)))
	c.HoldAll = true
	c.run(agent.ModeApply)
	c.server.took()
	c.wants(desired(append(people(140)[31:], "zoe")))
	r := c.run(agent.ModeApply)
	same(t, "writes", c.server.took(), []string(nil))
	same(t, "what waits", r.Counts, agent.Counts{Withheld: 32})
	c.Approve = r.Approve
	c.run(agent.ModeApply)
	same(t, "writes", len(c.server.took()), 32)
}

func TestALedgerOfAnotherTargetIsRefused(t *testing.T) {
	c := connect(t, desired([]string{"ada"}))
	c.run(agent.ModeApply)
	c.server.took()
	c.Target = elsewhere{c.server}
	for _, mode := range []agent.Mode{agent.ModePlan, agent.ModeApply} {
		_, err := c.try(t.Context(), mode)
		if bound, ok := errors.AsType[*agent.Bound](err); !ok || bound.Got != "https://other.test" {
			t.Errorf("%s: %v, want a *agent.Bound", mode, err)
		}
	}
	same(t, "writes", c.server.took(), []string(nil))
	if m, _ := c.Ledger.(*memory); len(m.runs) != 1 {
		t.Errorf("%d runs in the ledger, want the one of its own target", len(m.runs))
	}
}

func TestASourceThatShrankIsHeld(t *testing.T) {
	c := connect(t, desired(people(20)))
	c.run(agent.ModeApply)
	c.wants(desired(people(10)))
	for range 2 { // looking at it does not make it the measure
		r := c.run(agent.ModeApply)
		same(t, "result", r.Result, agent.HeldBack)
		same(t, "objections", len(r.Trips), 1)
	}
	same(t, "accounts", len(c.server.took()), 20)
}

func TestSomebodyWhoComesBackUnderAnotherIDGetsTheOldAccount(t *testing.T) {
	c := connect(t, desired([]string{"ada"}, team{"Eng", []string{"ada"}}))
	c.run(agent.ModeApply)
	old := c.link("00u-ada").Target
	d := desired(nil, team{"Eng", nil})
	again := person("ada", "Engineer")
	again.ID, again.ExternalID = "00u-ada-again", "00u-ada-again"
	d.Users, d.Groups[0].Members = append(d.Users, again), []directory.SourceID{again.ID}
	c.wants(d)
	c.run(agent.ModeApply)
	same(t, "target", c.server.has(), []string{"Eng: ada@x.test", "ada@x.test"})
	same(t, "account", c.link("00u-ada-again").Target, old)
	same(t, "links", len(c.state().Links), 2)
	same(t, "second result", c.run(agent.ModeApply).Result, agent.NothingToDo)
}

type elsewhere struct{ agent.Target }

func (elsewhere) Identity() string { return "https://other.test" }

func TestTheSwitchesOfTheAppCountUnlessTheyAreOverridden(t *testing.T) {
	off, on := false, true
	d := desired([]string{"ada"})
	d.Switches.CreateUsers = false
	c := connect(t, d)
	c.run(agent.ModeApply)
	same(t, "writes with Create Users off", c.server.took(), []string(nil))
	c.ToApp.CreateUsers = &on
	c.run(agent.ModeApply)
	same(t, "writes with Create Users overridden", c.server.took(), []string{"create user ada@x.test"})
	c.ToApp.DeactivateUsers = &off
	c.wants(desired(nil))
	c.run(agent.ModeApply)
	same(t, "writes with Deactivate Users off", c.server.took(), []string(nil))
}

func TestAReadingOfWhichNothingCanBeUsedEndsTheRun(t *testing.T) {
	c := connect(t, desired([]string{"ada"}))
	c.Source = source{read: func() (directory.Desired, error) { return directory.Desired{}, errors.New("the token is refused") }}
	r, err := c.try(t.Context(), agent.ModeApply)
	if err == nil || r.Result != agent.RunFailed || r.Error != "reading Okta: the token is refused" {
		t.Errorf("report %q %q, error %v", r.Result, r.Error, err)
	}
}

func TestAnotherRunIsKeptOut(t *testing.T) {
	c := connect(t, desired([]string{"ada"}))
	lock, _ := c.Ledger.(agent.Exclusive)
	release, err := lock.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if r, err := c.try(t.Context(), agent.ModeApply); !errors.Is(err, agent.ErrBusy) || r.Result != agent.RunFailed {
		t.Errorf("apply: %q, %v, want ErrBusy", r.Result, err)
	}
	c.run(agent.ModePlan)
	if err := release(); err != nil {
		t.Fatal(err)
	}
	c.run(agent.ModeApply)
}

func TestWhatIsNotOursIsLeftAlone(t *testing.T) {
	c := connect(t, desired([]string{"ada"}, team{"Eng", []string{"ada"}}))
	root := c.server.put(directory.User[directory.TargetID]{UserName: "root@x.test", Active: true})
	c.server.putGroup("Admins", root)
	c.run(agent.ModeApply)
	same(t, "target", c.server.has(), []string{"Admins: root@x.test", "Eng: ada@x.test", "ada@x.test", "root@x.test"})
}

func TestOfAnAdoptedGroupOnlyThoseWhoCameFromOktaAreTakenOut(t *testing.T) {
	c := connect(t, desired([]string{"ada", "bob"}, team{"Eng", []string{"ada", "bob"}}))
	root := c.server.put(directory.User[directory.TargetID]{UserName: "root@x.test", Active: true})
	c.server.putGroup("Eng", root)
	c.run(agent.ModeApply)
	same(t, "origin", c.link("00g-Eng").Origin, directory.OriginAdopted)
	c.wants(desired([]string{"ada", "bob"}, team{"Eng", []string{"ada"}}))
	c.run(agent.ModeApply)
	same(t, "target", c.server.has(), []string{"Eng: ada@x.test root@x.test", "ada@x.test", "bob@x.test", "root@x.test"})
}

func TestGroupsAreForgottenOrDeletedAsAsked(t *testing.T) {
	for _, remove := range []bool{false, true} {
		c := connect(t, desired([]string{"ada"}, team{"Eng", []string{"ada"}}))
		c.DeleteGroups = remove
		c.run(agent.ModeApply)
		c.wants(desired([]string{"ada"}))
		c.run(agent.ModeApply)
		want := []string{"Eng: ada@x.test", "ada@x.test"}
		if remove {
			want = want[1:]
		}
		same(t, "target", c.server.has(), want)
		same(t, "links", len(c.state().Links), 1)
	}
}

func TestEventsTellWhatIsGoingOn(t *testing.T) {
	c := connect(t, desired([]string{"ada", "bob"}))
	c.run(agent.ModeApply)
	c.wants(desired([]string{"ada"}))
	var seen []string
	c.Events = agent.Events{
		Phase: func(p agent.Phase) { seen = append(seen, string(p)) },
		Changed: func(done, total int, c plan.Change, o agent.ChangeOutcome) {
			seen = append(seen, fmt.Sprintf("%d/%d %s %s: %s", done, total, c.Verb, c.Name, o.Result))
		},
	}
	c.run(agent.ModeApply)
	same(t, "events", seen, []string{"reading Okta", "reading the target", "confirming removals with Okta", "applying", "1/1 deactivate bob@x.test: done"})
}

func TestNamesAreLoggedForDebuggingOnly(t *testing.T) {
	for level, want := range map[zerolog.Level]bool{zerolog.InfoLevel: false, zerolog.DebugLevel: true} {
		var log strings.Builder
		c := connect(t, desired([]string{"ada"}))
		c.Log = zerolog.New(&log).Level(level)
		c.run(agent.ModeApply)
		if got := strings.Contains(log.String(), "ada@x.test"); got != want {
			t.Errorf("names at level %v: %v, want %v\n%s", level, got, want, log.String())
		}
		if !strings.Contains(log.String(), "00u-ada") {
			t.Errorf("no ids at level %v:\n%s", level, log.String())
		}
	}
}

func TestAReportIsJSONWithStableNames(t *testing.T) {
	c := connect(t, desired(people(140)))
	c.run(agent.ModeApply)
	c.wants(desired(people(140)[31:]))
	b, err := json.Marshal(c.run(agent.ModePlan))
	if err != nil {
		t.Fatal(err)
	}
	var names map[string]any
	if err := json.Unmarshal(b, &names); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"id", "connection", "mode", "started", "ended", "result", "plan", "approve", "digest", "trips", "held", "counts"} {
		if _, ok := names[want]; !ok {
			t.Errorf("%q is missing in %s", want, b)
		}
	}
	trips, _ := names["trips"].([]any)
	same(t, "trips", trips, []any{map[string]any{"guard": "deactivations", "text": "31 of 140 owned users would lose access (limit 20 %)", "holdsAll": false}})
}

func TestAnAgentNeedsBothSidesAndALedger(t *testing.T) {
	_, err := agent.New(agent.Options{Workers: -1})
	for _, want := range []string{"Source", "Target", "Ledger", "Workers"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not name %s", err, want)
		}
	}
}

func TestRunsSortByTime(t *testing.T) {
	c := connect(t, desired(nil))
	ids := []string{c.run(agent.ModeApply).ID, c.run(agent.ModeApply).ID, c.run(agent.ModeApply).ID}
	if !slices.IsSorted(ids) || len(slices.Compact(ids)) != 3 {
		t.Errorf("ids %q", ids)
	}
}
