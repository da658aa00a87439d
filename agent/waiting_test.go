package agent_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
)

// clock is a time that a test moves.
type clock struct{ now time.Time }

func (c *clock) read() time.Time      { return c.now }
func (c *clock) move(d time.Duration) { c.now = c.now.Add(d) }
func newClock() *clock                { return &clock{time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }
func refuse(detail string) error {
	return &agent.Answer{Class: agent.Refused, Detail: detail, RequestID: "req-1", Err: errors.New("400: " + detail)}
}

// patient is a connection of a schedule whose target refuses ada.
func patient(t *testing.T, d directory.Desired) (*connection, *clock) {
	t.Helper()
	c, now := connect(t, d), newClock()
	c.Patient, c.Now = true, now.read
	c.server.before = func(w agent.Write) error {
		if w.User != nil && w.User.UserName == "ada@x.test" {
			return refuse("no such domain")
		}
		return nil
	}
	return c, now
}

func TestARecordThatIsRefusedIsATaskAndTriedAgainWhenItIsDue(t *testing.T) {
	c, now := patient(t, desired([]string{"ada", "bob"}, team{"Eng", []string{"ada", "bob"}}))
	r := c.run(agent.ModeApply)
	same(t, "tasks", r.Tasks, 1)
	first := now.now
	want := agent.Task{
		Kind: directory.KindUser, Source: "00u-ada", Name: "ada@x.test", Verb: plan.Create, Class: agent.Refused,
		Detail: "no such domain", RequestID: "req-1", Tries: 1, Since: first, Last: first, Next: first.Add(time.Minute),
	}
	got := c.state().Tasks
	if len(got) != 1 || got[0].What == "" {
		t.Fatalf("tasks %+v", got)
	}
	want.What = got[0].What
	same(t, "task", got[0], want)
	same(t, "the others", c.server.has(), []string{"Eng: bob@x.test", "bob@x.test"})

	now.move(59 * time.Second)
	c.server.took()
	r = c.run(agent.ModeApply)
	same(t, "writes before it is due", c.server.took(), []string(nil))
	same(t, "result", r.Result, agent.NothingToDo)
	same(t, "pending", r.Counts.Pending, 1)
	if s := text(t, r); !strings.Contains(s, "~ create     user  ada@x.test    assigned (refused after 1 try, tried again after 2026-03-01 12:01 UTC)") {
		t.Errorf("the plan has to say when:\n%s", s)
	}

	now.move(time.Second)
	r = c.run(agent.ModeApply)
	same(t, "failed again", r.Counts.Failed, 1)
	got = c.state().Tasks
	same(t, "tries", got[0].Tries, 2)
	same(t, "since", got[0].Since, first)
	same(t, "next", got[0].Next, now.now.Add(5*time.Minute))

	c.server.before = nil
	now.move(5 * time.Minute)
	c.run(agent.ModeApply)
	same(t, "tasks", c.state().Tasks, []agent.Task(nil))
	c.run(agent.ModeApply)
	same(t, "target", c.server.has(), []string{"Eng: ada@x.test bob@x.test", "ada@x.test", "bob@x.test"})
}

func TestARecordOfWhichSomethingElseIsWantedIsTriedAtOnce(t *testing.T) {
	c, _ := patient(t, desired([]string{"ada"}))
	c.run(agent.ModeApply)
	mended := desired([]string{"ada"})
	mended.Users[0] = person("ada", "Lead")
	c.wants(mended)
	r := c.run(agent.ModeApply)
	same(t, "failed again", r.Counts.Failed, 1)
	same(t, "tries of the new wish", c.state().Tasks[0].Tries, 1)
}

func TestARunThatAPersonStartsTriesEverything(t *testing.T) {
	c, _ := patient(t, desired([]string{"ada"}))
	c.run(agent.ModeApply)
	c.Patient = false
	r := c.run(agent.ModeApply)
	same(t, "failed again", r.Counts.Failed, 1)
	same(t, "tries", c.state().Tasks[0].Tries, 2)
}

func TestAfterTenTriesARecordIsLeftToAPerson(t *testing.T) {
	c, now := patient(t, desired([]string{"ada"}))
	for n := 1; n <= 10; n++ {
		c.run(agent.ModeApply)
		if got := c.state().Tasks[0]; got.Tries != n {
			t.Fatalf("try %d is number %d", n, got.Tries)
		}
		now.move(24 * time.Hour)
	}
	same(t, "next", c.state().Tasks[0].Next, time.Time{})
	r := c.run(agent.ModeApply)
	same(t, "planned", r.Counts.Planned, 0)
	if s := text(t, r); !strings.Contains(s, "refused after 10 tries, left to a person: oktascim tasks retry") {
		t.Errorf("the plan has to say so:\n%s", s)
	}
}

func TestADeactivationIsTriedForEver(t *testing.T) {
	c := connect(t, desired([]string{"ada"}))
	now := newClock()
	c.Patient, c.Now = true, now.read
	c.Guards = []plan.Guard{}
	c.run(agent.ModeApply)
	c.wants(desired(nil))
	c.server.before = func(agent.Write) error { return refuse("not today") }
	for range 12 {
		now.move(24 * time.Hour)
		r := c.run(agent.ModeApply)
		same(t, "failed", r.Counts.Failed, 1)
	}
	same(t, "next", c.state().Tasks[0].Next, now.now.Add(24*time.Hour))
	c.wants(desired([]string{"ada"})) // it is no longer wanted
	c.run(agent.ModeApply)
	same(t, "tasks", c.state().Tasks, []agent.Task(nil))
}

func TestATaskIsKeptByARunThatDoesNotComeToIt(t *testing.T) {
	c, _ := patient(t, desired([]string{"ada", "bob"}))
	c.run(agent.ModeApply)
	c.Scope = plan.Scope{Users: []string{"bob@x.test"}}
	c.run(agent.ModeApply)
	same(t, "tasks", len(c.state().Tasks), 1)
	c.Scope = plan.Scope{}
	c.server.gaps = []directory.Gap{{Where: "users", Why: "cut off"}}
	c.run(agent.ModeApply)
	same(t, "tasks", len(c.state().Tasks), 1)
}

func TestWhoIsNoLongerAssignedIsGivenTime(t *testing.T) {
	c, now := connect(t, desired([]string{"ada", "bob"}, team{"Eng", []string{"ada", "bob"}})), newClock()
	c.Now, c.Grace = now.read, 48*time.Hour
	c.run(agent.ModeApply)
	c.wants(desired([]string{"ada"}, team{"Eng", []string{"ada"}}))

	r := c.run(agent.ModePlan)
	if s := text(t, r); !strings.Contains(s, "~ deactivate user  bob@x.test    unassigned (pending until 2026-03-03 12:00 UTC)") {
		t.Errorf("a plan shows it:\n%s", s)
	}
	same(t, "a plan notes nothing", c.state().Leaving, map[directory.SourceID]time.Time(nil))

	left := now.now
	c.run(agent.ModeApply)
	same(t, "leaving", c.state().Leaving, map[directory.SourceID]time.Time{"00u-bob": left})
	now.move(47 * time.Hour)
	c.run(agent.ModeApply)
	same(t, "target", c.server.has(), []string{"Eng: ada@x.test bob@x.test", "ada@x.test", "bob@x.test"})

	// An incomplete reading does not begin the time anew.
	c.server.gaps = []directory.Gap{{Where: "users", Why: "cut off"}}
	c.run(agent.ModeApply)
	c.server.gaps = nil
	same(t, "leaving", c.state().Leaving, map[directory.SourceID]time.Time{"00u-bob": left})

	now.move(time.Hour)
	c.run(agent.ModeApply)
	same(t, "target", c.server.has(), []string{"Eng: ada@x.test", "ada@x.test", "bob@x.test (off)"})
	same(t, "leaving", c.state().Leaving, map[directory.SourceID]time.Time{})
}

func TestWhoComesBackInTimeLosesNothingAndIsGivenTheWholeTimeAgain(t *testing.T) {
	c, now := connect(t, desired([]string{"ada", "bob"})), newClock()
	c.Now, c.Grace = now.read, 48*time.Hour
	c.run(agent.ModeApply)
	c.wants(desired([]string{"ada"}))
	c.run(agent.ModeApply)
	now.move(40 * time.Hour)
	c.wants(desired([]string{"ada", "bob"}))
	c.run(agent.ModeApply)
	same(t, "leaving", c.state().Leaving, map[directory.SourceID]time.Time{})
	c.wants(desired([]string{"ada"}))
	c.run(agent.ModeApply)
	now.move(40 * time.Hour)
	c.run(agent.ModeApply)
	same(t, "target", c.server.has(), []string{"ada@x.test", "bob@x.test"})
}

func TestWhoHasWaitedAndIsHeldByAGuardDoesNotWaitAgain(t *testing.T) {
	c, now := connect(t, desired([]string{"ada", "bob"})), newClock()
	c.Now, c.Grace = now.read, time.Hour
	c.Guards = []plan.Guard{plan.Protected([]string{"bob@x.test"})}
	c.run(agent.ModeApply)
	c.wants(desired([]string{"ada"}))
	c.run(agent.ModeApply)
	now.move(2 * time.Hour)
	same(t, "held", c.run(agent.ModeApply).Held, true)
	now.move(time.Minute)
	r := c.run(agent.ModeApply)
	same(t, "still held", r.Held, true)
	c.Approve = r.Approve
	c.run(agent.ModeApply)
	same(t, "target", c.server.has(), []string{"ada@x.test", "bob@x.test (off)"})
}

func TestAnAuditWritesNothing(t *testing.T) {
	c := connect(t, desired([]string{"ada"}))
	c.Ledger = frozen{&memory{}}
	c.Audit = true
	r := c.run(agent.ModeApply)
	same(t, "mode", r.Mode, agent.ModePlan)
	same(t, "result", r.Result, agent.Changes)
	same(t, "writes", c.server.took(), []string(nil))
}

func TestAScopeWritesOnlyWhatItNames(t *testing.T) {
	c := connect(t, desired([]string{"ada", "bob"}, team{"Eng", []string{"ada", "bob"}}, team{"Ops", nil}))
	c.Scope = plan.Scope{Users: []string{"Ada@x.test"}}
	c.run(agent.ModeApply)
	same(t, "target", c.server.has(), []string{"ada@x.test"})
	c.Scope = plan.Scope{Groups: []string{"Eng"}}
	c.run(agent.ModeApply)
	same(t, "target", c.server.has(), []string{"Eng: ada@x.test bob@x.test", "ada@x.test", "bob@x.test"})

	c.Scope = plan.Scope{Users: []string{"aba@x.test"}, Names: []string{"Enk"}}
	_, err := c.try(t.Context(), agent.ModeApply)
	unknown, ok := errors.AsType[*agent.UnknownNames](err)
	if !ok || len(unknown.Names) != 2 {
		t.Fatalf("error %v, want an UnknownNames of two", err)
	}
	same(t, "error", err.Error(), `nobody who is assigned or linked is called "aba@x.test"; nobody and no group is called "Enk"`)
}

func TestADryRunGoesThroughEverythingAndKeepsNothing(t *testing.T) {
	c := connect(t, desired([]string{"ada", "bob"}, team{"Eng", []string{"ada", "bob"}}))
	ledger := &memory{}
	c.Ledger, c.DryRun = ledger, true
	r := c.run(agent.ModeApply)
	same(t, "counts", r.Counts, agent.Counts{Planned: 3, Done: 3})
	same(t, "writes", c.server.took(), []string(nil))
	same(t, "ledger", c.state(), agent.State{})
	same(t, "runs", ledger.runs, []agent.RunRecord(nil))
	if s := text(t, r); !strings.Contains(s, "3 of 3 changes would be done, nothing was sent") {
		t.Errorf("the report has to say so:\n%s", s)
	}
}

func TestMarkdownNeverLetsANameOutOfItsFence(t *testing.T) {
	d := desired(nil, team{"```\n<b>@everybody</b> ````", nil})
	var b strings.Builder
	if err := connect(t, d).run(agent.ModePlan).WriteMarkdown(&b); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	inside, fence := false, ""
	for _, l := range lines {
		switch {
		case !inside && strings.HasPrefix(l, "```"):
			inside, fence = true, strings.TrimSuffix(l, "text")
		case inside && l == fence:
			inside = false
		case !inside && strings.Contains(l, "everybody"):
			t.Errorf("a name stands outside of the fence: %s", l)
		}
	}
	if inside || !strings.Contains(b.String(), "everybody") {
		t.Errorf("the fence is not closed, or the name is missing:\n%s", b.String())
	}
}
