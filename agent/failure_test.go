package agent_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
)

// leave writes an intent down that is never finished, as a crash does.
func (c *connection) leave(in agent.Intent) {
	c.t.Helper()
	if _, err := c.Ledger.Begin(c.t.Context(), in); err != nil {
		c.t.Fatal(err)
	}
}

func creation(name string) agent.Intent {
	return agent.Intent{Verb: plan.Create, Kind: directory.KindUser, Source: uid(name), Name: name + "@x.test"}
}

func account(name string) directory.User[directory.TargetID] {
	u := person(name, "Engineer")
	return directory.User[directory.TargetID]{ExternalID: u.ExternalID, UserName: u.UserName, Active: true, Attributes: u.Attributes}
}

func TestACreateThatACrashLeftOpenIsLookedUp(t *testing.T) {
	c := connect(t, desired([]string{"ada", "bob"}))
	c.leave(creation("ada"))
	c.leave(creation("bob"))
	ada := c.server.put(account("ada"))
	c.run(agent.ModeApply)
	same(t, "writes", c.server.took(), []string{"create user bob@x.test"})
	same(t, "link", c.link("00u-ada"), directory.Link{
		Kind: directory.KindUser, Source: "00u-ada", Target: ada, Origin: directory.OriginCreated, Name: "ada@x.test", Known: account("ada").Attributes,
	})
	same(t, "open", c.state().Open, []agent.Intent(nil))
}

func TestASecondCreateThatACrashLeftOpenIsLookedUpToo(t *testing.T) {
	c := connect(t, desired(nil, team{"Eng", nil}))
	c.run(agent.ModeApply)
	delete(c.server.groups, c.link("00g-Eng").Target) // somebody deletes it in the target
	c.server.after = func(agent.Write, agent.Written) (agent.Written, error) {
		return agent.Written{}, &agent.MaybeWritten{Err: errors.New("connection reset")}
	}
	c.run(agent.ModeApply)
	c.server.after = nil
	c.wants(desired(nil))
	c.DeleteGroups = true
	c.run(agent.ModeApply)
	same(t, "target", c.server.has(), []string(nil))
}

func TestACreateAfterALookThatACrashLeftOpenIsAdopted(t *testing.T) {
	c := connect(t, desired([]string{"ada"}))
	in := creation("ada")
	in.LookFirst = true // so the account may be older than the entry
	c.leave(in)
	c.server.put(account("ada"))
	c.run(agent.ModeApply)
	same(t, "origin", c.link("00u-ada").Origin, directory.OriginAdopted)
}

func TestAnAccountOfSomebodyElseIsNotTakenForOneThatACrashLeft(t *testing.T) {
	c := connect(t, desired([]string{"ada"}))
	c.leave(creation("ada"))
	other := account("ada")
	other.ExternalID = "00u-somebody-else"
	c.server.put(other)
	c.server.find = nil
	r := c.run(agent.ModePlan)
	if len(r.Plan.Changes) == 0 || r.Plan.Changes[0].Verb != plan.Adopt {
		t.Errorf("the plan has to say what happens to that account; got %+v", r.Plan.Changes)
	}
}

func TestAnEntryThatCannotBeLookedUpStaysOpenAndNothingIsCreatedBlindly(t *testing.T) {
	c := connect(t, desired([]string{"ada", "bob"}))
	c.leave(creation("ada"))
	c.server.find = errors.New("501: no filter")
	var looked []string
	c.server.before = func(w agent.Write) error {
		if w.LookFirst {
			looked = append(looked, w.User.UserName)
			return c.server.find
		}
		return nil
	}
	r := c.run(agent.ModeApply)
	if !strings.Contains(text(t, r), `user "ada@x.test": an earlier write of it was never answered`) {
		t.Errorf("the report does not tell of it:\n%s", text(t, r))
	}
	same(t, "creates that look first", looked, []string{"ada@x.test"})
	same(t, "target", c.server.has(), []string{"bob@x.test"})
	same(t, "open", len(c.state().Open), 1)
}

func TestPeopleWhoACrashLeftInAnAdoptedGroupAreTakenOutLater(t *testing.T) {
	c := connect(t, desired([]string{"ada", "bob"}, team{"Eng", []string{"ada"}}))
	c.server.putGroup("Eng")
	c.run(agent.ModeApply)
	g := c.link("00g-Eng")
	// Bob was put in, and the process died before the ledger knew.
	c.leave(agent.Intent{Verb: plan.Add, Kind: directory.KindGroup, Source: "00g-Eng", Target: g.Target, Name: "Eng", Add: uids("bob")})
	c.server.groups[g.Target].Members = append(c.server.groups[g.Target].Members, c.link("00u-bob").Target)
	c.run(agent.ModeApply)
	same(t, "target", c.server.has(), []string{"Eng: ada@x.test", "ada@x.test", "bob@x.test"})
}

func TestADeactivationThatACrashLeftOpenIsNoted(t *testing.T) {
	c := connect(t, desired([]string{"ada", "bob"}))
	c.run(agent.ModeApply)
	bob := c.link("00u-bob")
	c.leave(agent.Intent{Verb: plan.Deactivate, Kind: directory.KindUser, Source: "00u-bob", Target: bob.Target, Name: "bob@x.test"})
	c.server.users[bob.Target].Active = false
	c.server.took()
	c.wants(desired([]string{"ada"}))
	c.run(agent.ModeApply)
	same(t, "writes", c.server.took(), []string(nil))
	same(t, "bob is known to be off", c.link("00u-bob").Deactivated, true)
}

func TestAWriteWithoutAnAnswerIsNotRepeatedBlindly(t *testing.T) {
	c := connect(t, desired([]string{"ada"}, team{"Eng", []string{"ada"}}))
	c.server.after = func(w agent.Write, _ agent.Written) (agent.Written, error) {
		return agent.Written{}, &agent.MaybeWritten{Err: errors.New("connection reset")}
	}
	r := c.run(agent.ModeApply)
	same(t, "counts", r.Counts, agent.Counts{Planned: 2, Unknown: 2})
	same(t, "result", r.Result, agent.PartlyApplied)
	same(t, "open", len(c.state().Open), 2)
	c.server.after = nil
	c.run(agent.ModeApply)
	same(t, "target", c.server.has(), []string{"Eng: ada@x.test", "ada@x.test"})
	same(t, "writes", c.server.took(), []string{"add group Eng", "create group Eng", "create user ada@x.test"})
	same(t, "open", len(c.state().Open), 0)
}

func TestACreateThatMeetsItsOwnRecordAdoptsIt(t *testing.T) {
	c := connect(t, desired([]string{"ada"}, team{"Eng", []string{"ada"}}))
	c.server.gaps = []directory.Gap{{Where: "Users", Why: "500"}}
	there := c.server
	id := there.put(account("ada"))
	group := there.putGroup("Eng")
	c.Target = blind{there} // the lists show nobody, so everybody would be created
	r := c.run(agent.ModeApply)
	same(t, "ada", c.link("00u-ada").Target, id)
	same(t, "origin", c.link("00u-ada").Origin, directory.OriginAdopted)
	same(t, "group", c.link("00g-Eng").Target, group)
	same(t, "adopted", []bool{r.Outcomes[0].Adopted, r.Outcomes[1].Adopted}, []bool{true, true})
	same(t, "not added yet", r.Outcomes[1].NotAdded, []string{"ada@x.test"})
	c.Target, there.gaps = there, nil
	c.run(agent.ModeApply)
	same(t, "target", there.has(), []string{"Eng: ada@x.test", "ada@x.test"})
}

// blind is a target whose lists are empty.
type blind struct{ *server }

func (b blind) Read(context.Context, agent.ReadRequest) (directory.Current, error) {
	return directory.Current{Evidence: directory.Evidence{Gaps: b.gaps}}, nil
}

func TestSeveralRecordsThatMatchAreForAPersonToSortOut(t *testing.T) {
	c := connect(t, desired([]string{"ada"}))
	c.server.gaps = []directory.Gap{{Where: "Users", Why: "500"}}
	for range 2 {
		u := account("ada")
		u.ExternalID = ""
		c.server.put(u)
	}
	c.Target = blind{c.server}
	r := c.run(agent.ModeApply)
	same(t, "result", r.Outcomes[0].Result, agent.Failed)
	if !strings.HasPrefix(r.Outcomes[0].Error, "conflict: already in the target: ada@x.test (id t001), ada@x.test (id t002)") &&
		!strings.HasPrefix(r.Outcomes[0].Error, "conflict: already in the target: ada@x.test (id t002), ada@x.test (id t001)") {
		t.Errorf("error %q", r.Outcomes[0].Error)
	}
	same(t, "links", len(c.state().Links), 0)
}

func TestATargetOutOfReachStopsTheRun(t *testing.T) {
	c := connect(t, desired(people(40)))
	c.Workers = 2
	c.server.before = func(agent.Write) error { return &agent.Unavailable{Err: errors.New("connection refused")} }
	r, err := c.try(t.Context(), agent.ModeApply)
	if _, out := errors.AsType[*agent.Unavailable](err); !out {
		t.Errorf("error %v, want a *agent.Unavailable", err)
	}
	if r.Counts.Failed < 5 || r.Counts.Failed > 6 || r.Counts.Left != 40-r.Counts.Failed {
		t.Errorf("counts %+v: 5 have to be tried, and with 2 workers at most one more", r.Counts)
	}
	same(t, "result", r.Result, agent.RunFailed)
	c.server.before = nil
	c.run(agent.ModeApply)
	same(t, "accounts", len(c.server.has()), 40)
}

func TestManyRefusalsDoNotStopTheRun(t *testing.T) {
	c := connect(t, desired(people(40)))
	var mu sync.Mutex
	n := 0
	c.server.before = func(agent.Write) error {
		mu.Lock()
		defer mu.Unlock()
		if n++; n%8 == 0 {
			return &agent.Unavailable{Err: errors.New("504")} // now and then
		}
		return errors.New("400: refused")
	}
	r := c.run(agent.ModeApply)
	same(t, "counts", r.Counts, agent.Counts{Planned: 40, Failed: 40})
	same(t, "result", r.Result, agent.RunFailed)
}

func TestACancelFinishesTheCurrentWriteAndLeavesTheRest(t *testing.T) {
	c := connect(t, desired(people(10)))
	c.Workers = 1
	ctx, cancel := context.WithCancel(t.Context())
	c.server.before = func(w agent.Write) error {
		if w.User.UserName == "user002@x.test" {
			cancel()
		}
		return nil
	}
	r, err := c.try(ctx, agent.ModeApply)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
	same(t, "counts", r.Counts, agent.Counts{Planned: 10, Done: 3, Left: 7})
	same(t, "result", r.Result, agent.PartlyApplied)
	same(t, "links", len(c.state().Links), 3)
	same(t, "open", len(c.state().Open), 0)
	if !strings.Contains(text(t, r), "3 of 10 changes done, 7 left to the next run") {
		t.Errorf("the report does not say what is left:\n%s", text(t, r))
	}
	c.run(agent.ModeApply)
	same(t, "accounts", len(c.server.has()), 10)
	same(t, "writes", len(c.server.took()), 10)
}

func TestAWriteThatDoesNotEndAfterACancelIsGivenUpAndLookedUpLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		l := &memory{}
		ctx, cancel := context.WithCancel(t.Context())
		begun := time.Now()
		stuck := writeFunc{s, func(ctx context.Context, w agent.Write) (agent.Written, error) {
			cancel()
			<-ctx.Done()
			_, _ = s.do(w)
			return agent.Written{}, &agent.MaybeWritten{Err: ctx.Err()}
		}}
		a, err := agent.New(agent.Options{Source: okta(desired([]string{"ada"})), Target: stuck, Ledger: l})
		if err != nil {
			t.Fatal(err)
		}
		r, err := a.Run(ctx, agent.ModeApply)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want context.Canceled", err)
		}
		same(t, "error", r.Error, "stopped, the next run goes on: context canceled")
		same(t, "counts", r.Counts, agent.Counts{Planned: 1, Unknown: 1})
		same(t, "waited", time.Since(begun), 30*time.Second)
		same(t, "open", len(l.state.Open), 1)
	})
}

// writeFunc is a target whose Write is a function.
type writeFunc struct {
	*server
	write func(context.Context, agent.Write) (agent.Written, error)
}

func (f writeFunc) Write(ctx context.Context, w agent.Write) (agent.Written, error) {
	return f.write(ctx, w)
}

func TestALedgerThatFailsStopsTheRunAtOnce(t *testing.T) {
	for _, call := range []string{"Begin", "Finish"} {
		t.Run(call, func(t *testing.T) {
			c := connect(t, desired(people(10)))
			c.Workers = 1
			healthy := c.Ledger
			c.Ledger = &failing{Ledger: healthy, call: call, after: 3}
			r, err := c.try(t.Context(), agent.ModeApply)
			if !errors.Is(err, errDisk) {
				t.Errorf("error %v, want that of the ledger", err)
			}
			same(t, "done", r.Counts.Done, 3)
			if n := len(c.server.took()); n > 4 {
				t.Errorf("%d writes after the ledger had failed", n-4)
			}
			c.Ledger = healthy
			c.run(agent.ModeApply)
			same(t, "accounts", len(c.server.has()), 10)
		})
	}
}

var errDisk = errors.New("disk full")

// failing is a ledger of which one call fails after some went well.
type failing struct {
	agent.Ledger
	call  string
	after int
}

func (f *failing) spoil(call string) error {
	if call != f.call {
		return nil
	}
	if f.after--; f.after >= 0 {
		return nil
	}
	return errDisk
}

func (f *failing) Begin(ctx context.Context, in agent.Intent) (agent.IntentID, error) {
	if err := f.spoil("Begin"); err != nil {
		return 0, err
	}
	return f.Ledger.Begin(ctx, in)
}

func (f *failing) Finish(ctx context.Context, id agent.IntentID, out agent.Outcome) error {
	if err := f.spoil("Finish"); err != nil {
		return err
	}
	return f.Ledger.Finish(ctx, id, out)
}

func TestWhatTheTargetDoesNotKeepIsNotSentAgain(t *testing.T) {
	c := connect(t, desired([]string{"ada"}))
	c.server.after = func(w agent.Write, done agent.Written) (agent.Written, error) {
		c.server.users[done.ID].Attributes = nil
		done.Effect, done.Ignored = agent.Ignored, w.User.Attributes
		return done, nil
	}
	r := c.run(agent.ModeApply)
	same(t, "not kept", r.Outcomes[0].NotKept, []string{"title"})
	same(t, "second result", c.run(agent.ModeApply).Result, agent.NothingToDo)

	d := desired(nil)
	d.Users = append(d.Users, person("ada", "Lead"))
	c.wants(d)
	c.server.after, c.server.writes = nil, nil
	c.run(agent.ModeApply)
	same(t, "another value is tried", c.server.took(), []string{"update user ada@x.test"})
	same(t, "and kept this time", c.link("00u-ada").Ignored, directory.Attributes(nil))
}

func TestADeactivationThatTheTargetIgnoresIsAFailure(t *testing.T) {
	c := connect(t, desired([]string{"ada", "bob"}))
	c.run(agent.ModeApply)
	c.wants(desired([]string{"ada"}))
	c.server.after = func(_ agent.Write, done agent.Written) (agent.Written, error) {
		done.Effect = agent.Ignored
		return done, nil
	}
	r := c.run(agent.ModeApply)
	same(t, "result", r.Outcomes[0].Result, agent.Failed)
	same(t, "bob is not known to be off", c.link("00u-bob").Deactivated, false)
}

func TestARenameThatTheTargetIgnoresIsNotSentAgain(t *testing.T) {
	c := connect(t, desired(nil, team{"Eng", nil}))
	c.run(agent.ModeApply)
	d := desired(nil, team{"Eng", nil})
	d.Groups[0].Name = "Engineering"
	c.wants(d)
	c.server.after = func(w agent.Write, done agent.Written) (agent.Written, error) {
		c.server.groups[w.Target].Name = "Eng"
		done.Effect = agent.Ignored
		return done, nil
	}
	r := c.run(agent.ModeApply)
	same(t, "not kept", r.Outcomes[0].NotKept, []string{"displayName"})
	c.server.took()
	same(t, "second result", c.run(agent.ModeApply).Result, agent.NothingToDo)
	same(t, "writes", c.server.took(), []string(nil))
}

func TestMembersWhoAreStillThereAreReported(t *testing.T) {
	c := connect(t, desired([]string{"ada", "bob"}, team{"Eng", []string{"ada", "bob"}}))
	c.run(agent.ModeApply)
	root := c.server.put(directory.User[directory.TargetID]{UserName: "root@x.test", Active: true})
	g := c.server.groups[c.link("00g-Eng").Target]
	g.Members = append(g.Members, root) // a stranger in a group that is wholly ours
	c.wants(desired([]string{"ada", "bob"}, team{"Eng", []string{"ada"}}))
	c.server.after = func(w agent.Write, done agent.Written) (agent.Written, error) {
		done.Effect = agent.Ignored
		for _, m := range w.Drop {
			done.NotDropped = append(done.NotDropped, m.ID)
		}
		return done, nil
	}
	r := c.run(agent.ModeApply)
	same(t, "outcome", r.Outcomes[0].Result, agent.Partial)
	same(t, "still there", r.Outcomes[0].NotDropped, []string{"bob@x.test", string(root)})
	same(t, "members in the ledger", c.link("00g-Eng").Members, uids("ada", "bob"))
	if !strings.Contains(text(t, r), "partial 1: drop group Eng: still in it: bob@x.test, "+string(root)) {
		t.Errorf("the report does not say who is still there:\n%s", text(t, r))
	}
}

func TestADeletionThatTheTargetIgnoresKeepsTheLink(t *testing.T) {
	c := connect(t, desired(nil, team{"Eng", nil}))
	c.DeleteGroups = true
	c.run(agent.ModeApply)
	c.wants(desired(nil))
	c.Target = writeFunc{c.server, func(context.Context, agent.Write) (agent.Written, error) {
		return agent.Written{Effect: agent.Ignored}, nil
	}}
	r := c.run(agent.ModeApply)
	same(t, "outcome", r.Outcomes[0].Result, agent.Failed)
	same(t, "links", len(c.state().Links), 1)
	c.Target = c.server
	c.run(agent.ModeApply)
	same(t, "target", c.server.has(), []string(nil))
}

func TestMembersThatWereReadBackWronglyAreReported(t *testing.T) {
	c := connect(t, desired([]string{"ada", "bob"}, team{"Eng", []string{"ada", "bob"}}))
	c.server.after = func(w agent.Write, done agent.Written) (agent.Written, error) {
		if w.Kind == directory.KindGroup {
			done.Effect, done.NotAdded = agent.Ignored, []directory.TargetID{w.Add[1].ID}
		}
		return done, nil
	}
	r := c.run(agent.ModeApply)
	same(t, "outcome", r.Outcomes[2].Result, agent.Partial)
	same(t, "not added", r.Outcomes[2].NotAdded, []string{"bob@x.test"})
	same(t, "members in the ledger", c.link("00g-Eng").Members, uids("ada"))
}

func TestMembersThatTheTargetDoesNotShowAreRememberedAsSuch(t *testing.T) {
	c := connect(t, desired([]string{"ada"}, team{"Eng", []string{"ada"}}))
	c.server.after = func(w agent.Write, done agent.Written) (agent.Written, error) {
		if w.Kind == directory.KindGroup {
			done.Effect = agent.Unreadable
			c.server.groups[done.ID].Members, c.server.groups[done.ID].MembersUnreadable = nil, true
		}
		return done, nil
	}
	c.run(agent.ModeApply)
	same(t, "unreadable", c.link("00g-Eng").MembersUnreadable, true)
	same(t, "second result", c.run(agent.ModeApply).Result, agent.NothingToDo)
}

func TestAnObjectOfAnotherRecordIsNotAdopted(t *testing.T) {
	c := connect(t, desired([]string{"ada"}))
	c.run(agent.ModeApply)
	// Bob gets a userName that ada's account has taken over in the target meanwhile.
	c.server.users[c.link("00u-ada").Target].UserName = "bob@x.test"
	c.server.gaps = []directory.Gap{{Where: "Users", Why: "500"}}
	c.Target = blind{c.server}
	c.wants(desired([]string{"ada", "bob"}))
	r := c.run(agent.ModeApply)
	same(t, "counts", r.Counts, agent.Counts{Planned: 1, Failed: 1})
	same(t, "links", len(c.state().Links), 1)
}

func TestEverythingThatGivesIsDoneBeforeAnythingThatTakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := connect(t, desired([]string{"ada", "bob"}, team{"Eng", []string{"ada", "bob"}}, team{"Ops", nil}))
		c.run(agent.ModeApply)
		c.wants(desired([]string{"ada", "cat"}, team{"Eng", []string{"ada", "cat"}}))
		c.DeleteGroups = true
		c.server.took()
		c.server.before = func(agent.Write) error {
			<-time.After(time.Second) // long enough for everything else of the stage to begin
			c.server.mu.Lock()
			defer c.server.mu.Unlock()
			c.server.writes = append(c.server.writes, time.Since(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)).String())
			return nil
		}
		c.run(agent.ModeApply)
		same(t, "writes", c.server.writes, []string{
			"1s", "create user cat@x.test", "2s", "add group Eng", "3s", "drop group Eng", "4s", "deactivate user bob@x.test", "5s", "delete group Ops",
		})
	})
}

func TestAGroupWhoseNewcomersAreNotThereYetIsLeftAlone(t *testing.T) {
	c := connect(t, desired([]string{"ada"}, team{"Eng", []string{"ada"}}))
	c.run(agent.ModeApply)
	c.server.took()
	c.wants(desired([]string{"ada", "bob"}, team{"Eng", []string{"ada", "bob"}}))
	c.server.before = func(w agent.Write) error {
		if w.Kind == directory.KindUser {
			return errors.New("400: refused")
		}
		return nil
	}
	r := c.run(agent.ModeApply)
	same(t, "writes", c.server.took(), []string(nil))
	same(t, "outcome", r.Outcomes[1].Result, agent.Partial)
}

func TestOneRecordHasOneWriterAtATime(t *testing.T) {
	c := connect(t, desired([]string{"ada", "bob"}, team{"Eng", []string{"ada"}}))
	c.run(agent.ModeApply)
	// The group is renamed, and one joins as another leaves: three writes to one record.
	d := desired([]string{"ada", "bob"}, team{"Eng", []string{"bob"}})
	d.Groups[0].Name = "Engineering"
	c.wants(d)
	var mu sync.Mutex
	busy := map[directory.TargetID]bool{}
	c.server.before = func(w agent.Write) error {
		mu.Lock()
		defer mu.Unlock()
		if busy[w.Target] {
			t.Errorf("two writers of %s", w.Target)
		}
		busy[w.Target] = true
		return nil
	}
	c.server.after = func(w agent.Write, done agent.Written) (agent.Written, error) {
		mu.Lock()
		defer mu.Unlock()
		busy[w.Target] = false
		return done, nil
	}
	c.run(agent.ModeApply)
	same(t, "target", c.server.has(), []string{"Engineering: bob@x.test", "ada@x.test", "bob@x.test"})
}

func TestAGroupNameThatTheTargetAltersOnCreationIsNotSentAgain(t *testing.T) {
	c := connect(t, desired(nil, team{"Eng", nil}))
	c.server.after = func(_ agent.Write, done agent.Written) (agent.Written, error) {
		c.server.groups[done.ID].Name = "eng"
		done.Ignored = directory.NewAttributes(directory.Attribute{Path: "displayName", Value: `"Eng"`})
		return done, nil
	}
	r := c.run(agent.ModeApply)
	same(t, "not kept", r.Outcomes[0].NotKept, []string{"displayName"})
	same(t, "second result", c.run(agent.ModeApply).Result, agent.NothingToDo)
}

// A target that does not show members has to be told who is in a group of ours.
func TestAWriteToAGroupOfOursSaysWhoIsInIt(t *testing.T) {
	c := connect(t, desired([]string{"ada", "bob"}, team{"Eng", []string{"ada"}}))
	c.run(agent.ModeApply)
	c.wants(desired([]string{"ada", "bob"}, team{"Eng", []string{"ada", "bob"}}))
	var writes []agent.Write
	c.server.after = func(w agent.Write, done agent.Written) (agent.Written, error) {
		writes = append(writes, w)
		return done, nil
	}
	c.run(agent.ModeApply)
	same(t, "writes", len(writes), 1)
	same(t, "wholly ours", writes[0].Whole, true)
	same(t, "members", writes[0].Members, []agent.Member{{ID: c.link("00u-ada").Target, Display: "ada@x.test"}})
}
