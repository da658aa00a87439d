package agent_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
)

var errDead = errors.New("the process is dead")

// life is the life of one process: it ends at one of its calls, before that call has had
// its effect or after, and what comes later has none.
type life struct {
	mu    sync.Mutex
	calls int  // until death; negative lives for ever
	after bool // the last call still has its effect
	dead  bool
	lost  []int // writes, counted from 0, whose answer is lost
	wrote int
}

// step has the effect, unless the process is dead, or dies instead.
func (l *life) step(effect func() error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead {
		return errDead
	}
	if l.calls == 0 {
		l.dead = true
		if l.after {
			_ = effect() // nobody is there to hear the answer
		}
		return errDead
	}
	l.calls--
	return effect()
}

// mortalLedger and mortalTarget are what a process that dies sees.
type mortalLedger struct {
	*memory
	life *life
}

func (m mortalLedger) Bind(ctx context.Context, identity string) error {
	return m.life.step(func() error { return m.memory.Bind(ctx, identity) })
}

func (m mortalLedger) Begin(ctx context.Context, in agent.Intent) (id agent.IntentID, err error) {
	err = m.life.step(func() error { id, err = m.memory.Begin(ctx, in); return err })
	return id, err
}

func (m mortalLedger) Finish(ctx context.Context, id agent.IntentID, out agent.Outcome) error {
	return m.life.step(func() error { return m.memory.Finish(ctx, id, out) })
}

func (m mortalLedger) SaveRun(ctx context.Context, r agent.RunRecord) error {
	return m.life.step(func() error { return m.memory.SaveRun(ctx, r) })
}

func (m mortalLedger) Keep(ctx context.Context, k agent.Keep) error {
	return m.life.step(func() error { return m.memory.Keep(ctx, k) })
}

type mortalTarget struct {
	*server
	life *life
}

func (m mortalTarget) Write(ctx context.Context, w agent.Write) (written agent.Written, err error) {
	err = m.life.step(func() error {
		written, err = m.server.Write(ctx, w)
		m.life.wrote++
		if slices.Contains(m.life.lost, m.life.wrote-1) && err == nil {
			return &agent.MaybeWritten{Err: errors.New("connection reset")}
		}
		return err
	})
	return written, err
}

// world is an org, a target and a ledger between which processes live and die.
type world struct {
	server *server
	ledger *memory
	// before are those who were in the target before us, by userName; adopted is the
	// name of a group that was.
	strangers []string
	adopted   string
	looked    bool // some reading was incomplete, so that creations had to look first
}

// draw makes an org of up to six people and three groups. A group that was there before
// us stays pushed: a push that ends leaves its people in it, by design.
func (w *world) draw(t *rapid.T, label string) directory.Desired {
	names := []string{"ada", "bob", "cat", "dan", "eve", "fay"}
	some := rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, len(names), rapid.ID[string])
	assigned := some.Draw(t, label+" assigned")
	var teams []team
	pushed := rapid.SliceOfDistinct(rapid.SampledFrom([]string{"Eng", "Ops", "All"}), rapid.ID[string]).Draw(t, label+" pushed")
	if w.adopted != "" && !slices.Contains(pushed, w.adopted) {
		pushed = append(pushed, w.adopted)
	}
	for _, g := range pushed {
		var members []string
		for _, m := range some.Draw(t, label+" members of "+g) {
			if slices.Contains(assigned, m) {
				members = append(members, m)
			}
		}
		teams = append(teams, team{g, members})
	}
	d := desired(assigned, teams...)
	title := rapid.SampledFrom([]string{"Engineer", "Lead"})
	for i := range d.Users {
		d.Users[i] = person(strings.TrimPrefix(string(d.Users[i].ID), "00u-"), title.Draw(t, label+" title"))
	}
	return d
}

// live runs a process with the org until it is done or dead.
func (w *world) live(t *rapid.T, d directory.Desired, l *life, workers int) {
	a, err := agent.New(agent.Options{
		Name: "acme", Source: okta(d), Target: mortalTarget{w.server, l}, Ledger: mortalLedger{w.ledger, l},
		Guards: []plan.Guard{}, DeleteGroups: true, Workers: workers,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Run(context.Background(), agent.ModeApply); err != nil && !l.dead {
		t.Fatalf("a run that did not die: %v", err)
	}
}

// agrees checks, without the planner, that the target has what Okta asks for.
func (w *world) agrees(t *rapid.T, d directory.Desired) {
	accounts := map[string][]*directory.User[directory.TargetID]{}
	for _, u := range w.server.users {
		accounts[u.UserName] = append(accounts[u.UserName], u)
	}
	links := map[directory.SourceID]directory.Link{}
	for _, k := range w.ledger.state.Links {
		links[k.Source] = k
	}
	wanted := map[string]bool{}
	for i := range d.Users {
		u := &d.Users[i]
		wanted[u.UserName] = true
		switch have := accounts[u.UserName]; {
		case len(have) != 1:
			t.Fatalf("%d accounts of %s", len(have), u.UserName)
		case !have[0].Active || !slices.Equal(have[0].Attributes, u.Attributes):
			t.Fatalf("account of %s: %+v", u.UserName, have[0])
		case links[u.ID].Target != have[0].ID:
			t.Fatalf("%s is linked to %q, not to %s", u.UserName, links[u.ID].Target, have[0].ID)
		}
		if origin := links[u.ID].Origin; !w.looked && (origin == directory.OriginCreated) == slices.Contains(w.strangers, u.UserName) {
			t.Fatalf("%s has the origin %s", u.UserName, origin)
		}
	}
	linked := map[directory.TargetID]bool{}
	for _, k := range links {
		linked[k.Target] = true
	}
	for name, list := range accounts {
		for _, u := range list {
			if ours := u.ExternalID != ""; ours && !linked[u.ID] {
				t.Fatalf("orphan: %s (%s)", name, u.ID)
			} else if ours && u.Active && !wanted[name] {
				t.Fatalf("%s still has access", name)
			}
		}
	}
	w.groupsAgree(t, d, linked)
	if len(w.ledger.state.Open) > 0 {
		t.Fatalf("still open: %+v", w.ledger.state.Open)
	}
}

func (w *world) groupsAgree(t *rapid.T, d directory.Desired, linked map[directory.TargetID]bool) {
	want := map[string][]string{}
	for i := range d.Groups {
		var members []string
		for _, m := range d.Groups[i].Members {
			members = append(members, strings.TrimPrefix(string(m), "00u-")+"@x.test")
		}
		want[d.Groups[i].Name] = members
	}
	have := map[string]int{}
	for _, g := range w.server.groups {
		have[g.Name]++
		var members []string
		for _, m := range g.Members {
			if name := w.server.users[m].UserName; name != "root@x.test" {
				members = append(members, name)
			}
		}
		slices.Sort(members)
		expected, pushed := want[g.Name]
		if w.looked { // the group may count as adopted, so that others may have stayed in it
			members = slices.DeleteFunc(members, func(name string) bool { return !slices.Contains(expected, name) })
		}
		switch {
		case pushed && !linked[g.ID]:
			t.Fatalf("group %s is not linked", g.Name)
		case pushed && !slices.Equal(members, expected):
			t.Fatalf("group %s has %v, want %v", g.Name, members, expected)
		case !pushed && g.Name != w.adopted && !w.looked:
			t.Fatalf("group %s, which we made, was not deleted", g.Name)
		}
	}
	for name := range want {
		if have[name] != 1 {
			t.Fatalf("%d groups %s", have[name], name)
		}
	}
}

// Whenever a process dies, or an answer is lost, a plain run afterwards ends where one that lived would have:
// no duplicate, no orphan, nothing lost, and nothing left to do.
func TestAProcessMayDieAtAnyCall(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &world{server: newServer(), ledger: &memory{}}
		root := w.server.put(directory.User[directory.TargetID]{UserName: "root@x.test", Active: true})
		if rapid.Bool().Draw(t, "bob was there before") {
			w.server.put(directory.User[directory.TargetID]{UserName: "bob@x.test", Active: rapid.Bool().Draw(t, "bob is active")})
			w.strangers = append(w.strangers, "bob@x.test")
		}
		if rapid.Bool().Draw(t, "Eng was there before") {
			w.server.putGroup("Eng", root)
			w.adopted = "Eng"
		}
		workers := rapid.SampledFrom([]int{1, 1, 3}).Draw(t, "workers")
		var d directory.Desired
		for n := range rapid.IntRange(1, 4).Draw(t, "lives") {
			d = w.draw(t, fmt.Sprint("org ", n))
			l := &life{
				calls: rapid.IntRange(-1, 40).Draw(t, "calls"), after: rapid.Bool().Draw(t, "after"),
				lost: rapid.SliceOfN(rapid.IntRange(0, 12), 0, 3).Draw(t, "lost"),
			}
			w.server.gaps = nil
			if rapid.IntRange(0, 4).Draw(t, "incomplete") == 0 {
				w.server.gaps, w.looked = []directory.Gap{{Where: "Users", Why: "500"}}, true
			}
			w.live(t, d, l, workers)
		}
		w.server.gaps = nil
		w.live(t, d, &life{calls: -1}, workers)
		w.agrees(t, d)
		w.server.took()
		w.live(t, d, &life{calls: -1}, workers)
		if again := w.server.took(); len(again) > 0 {
			t.Fatalf("a second run writes %q", again)
		}
	})
}
