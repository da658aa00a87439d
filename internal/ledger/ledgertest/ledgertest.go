// Package ledgertest holds the contract of [agent.Ledger] as tests: every store runs
// the same ones.
//
//	func TestLedgerContract(t *testing.T) {
//		ledgertest.Run(t, func(t *testing.T) func() ledgertest.Store {
//			path := filepath.Join(t.TempDir(), "ledger.db")
//			return func() ledgertest.Store { … open path … }
//		})
//	}
package ledgertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
)

// Store is a place where the ledgers of several connections are kept.
type Store interface {
	// Connection returns the ledger of a connection.
	Connection(name string) agent.Ledger
	// Runs returns the last runs of a connection, newest first, at most limit.
	Runs(ctx context.Context, connection string, limit int) ([]agent.RunRecord, error)
	// History returns the journal entries of a record, newest first, at most limit.
	History(ctx context.Context, connection string, kind directory.Kind, source directory.SourceID, limit int) ([]agent.Entry, error)
	Close() error
}

// Fresh makes an empty place and returns how to open it. It may be opened again while it
// is open, as after a crash or by another process. What is opened is closed by the suite.
type Fresh func(t *testing.T) (open func() Store)

// Run runs the contract.
func Run(t *testing.T, fresh Fresh) {
	t.Helper()
	for _, c := range []struct {
		name string
		test func(t *suite)
	}{
		{"An empty ledger knows nothing", (*suite).empty},
		{"A ledger stays with its target", (*suite).bind},
		{"An intent is open until it is finished", (*suite).open},
		{"An unknown outcome leaves the intent open", (*suite).unknown},
		{"An intent is finished once", (*suite).once},
		{"An intent that was refused leaves no trace", (*suite).refused},
		{"A link comes back as it was saved", (*suite).link},
		{"Links are sorted by kind and source", (*suite).sorted},
		{"Members come and go", (*suite).members},
		{"A forgotten link is gone with its members", (*suite).forget},
		{"A group that Okta no longer knows is forgotten by its target", (*suite).forgetByTarget},
		{"An object belongs to one record", (*suite).takeover},
		{"What was answered is there after a crash", (*suite).crash},
		{"Connections do not see each other", (*suite).apart},
		{"Many write at once", (*suite).many},
		{"Only a complete run is the measure", (*suite).measure},
		{"A run with the same ID replaces the earlier one", (*suite).replace},
		{"A cancelled context is reported", (*suite).cancelled},
		{"What is kept comes back, and what is not named stays", (*suite).keep},
		{"Links that were learned by reading are saved without a journal entry", (*suite).keepLinks},
		{"What one connection keeps the other does not see", (*suite).keepApart},
		{"A record has a history, newest first", (*suite).history},
		{"A connection is held by one at a time", (*suite).exclusive},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &suite{T: t, reopen: fresh(t)}
			s.ledger = s.start().Connection("acme")
			c.test(s)
		})
	}
}

// suite is one test with a ledger of its own.
type suite struct {
	*testing.T

	reopen func() Store
	ledger agent.Ledger
}

// start opens the place once more, without closing it before: like the next process
// after one that was killed.
func (t *suite) start() Store {
	t.Helper()
	store := t.reopen()
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	return store
}

func (t *suite) load() agent.State {
	t.Helper()
	return load(t.T, t.ledger)
}

func load(t *testing.T, l agent.Ledger) agent.State {
	t.Helper()
	state, err := l.Load(t.Context())
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	return state
}

func (t *suite) begin(in agent.Intent) agent.IntentID {
	t.Helper()
	id, err := t.ledger.Begin(t.Context(), in)
	if err != nil {
		t.Fatalf("Begin: %v", err)
	}
	return id
}

func (t *suite) finish(id agent.IntentID, out agent.Outcome) {
	t.Helper()
	if err := t.ledger.Finish(t.Context(), id, out); err != nil {
		t.Fatalf("Finish: %v", err)
	}
}

// save saves a link the way the agent does.
func (t *suite) save(k directory.Link) {
	t.Helper()
	id := t.begin(agent.Intent{Verb: plan.Create, Kind: k.Kind, Source: k.Source, Name: k.Name})
	t.finish(id, agent.Outcome{Result: agent.Done, Link: &k})
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func user(n int) directory.Link {
	return directory.Link{
		Kind: directory.KindUser, Source: directory.SourceID(fmt.Sprintf("00u%05d", n)), Target: directory.TargetID(fmt.Sprintf("t%05d", n)),
		Origin: directory.OriginCreated, Name: fmt.Sprintf("user%d@x.test", n),
	}
}

func group(members ...directory.SourceID) directory.Link {
	return directory.Link{
		Kind: directory.KindGroup, Source: "00g1", Target: "g1", Origin: directory.OriginAdopted, Name: "Engineering", Members: members,
	}
}

func (t *suite) empty() {
	same(t.T, "state", t.load(), agent.State{})
}

func (t *suite) bind() {
	for range 2 {
		if err := t.ledger.Bind(t.Context(), "https://a.test/scim"); err != nil {
			t.Fatalf("Bind: %v", err)
		}
	}
	err := t.start().Connection("acme").Bind(t.Context(), "https://b.test/scim")
	bound, ok := errors.AsType[*agent.Bound](err)
	if !ok {
		t.Fatalf("binding to another target: %v, want a *agent.Bound", err)
	}
	same(t.T, "error", *bound, agent.Bound{Connection: "acme", Want: "https://a.test/scim", Got: "https://b.test/scim"})
	same(t.T, "identity", t.load().Identity, "https://a.test/scim")
}

func (t *suite) open() {
	first := agent.Intent{Verb: plan.Create, Kind: directory.KindUser, Source: "00u1", Name: "ä@x.test", LookFirst: true}
	second := agent.Intent{
		Verb: plan.Drop, Kind: directory.KindGroup, Source: "00g1", Target: "g/1 \"", Name: "Eng",
		Add: []directory.SourceID{"00u1", "00u2"}, Drop: []directory.TargetID{"t\n1"},
	}
	first.ID = t.begin(first)
	second.ID = t.begin(second)
	if second.ID <= first.ID {
		t.Errorf("ids %d and %d do not grow", first.ID, second.ID)
	}
	same(t.T, "open", t.load().Open, []agent.Intent{first, second})
	t.finish(first.ID, agent.Outcome{Result: agent.Failed, Error: "refused"})
	same(t.T, "open", t.load().Open, []agent.Intent{second})
	t.finish(second.ID, agent.Outcome{Result: agent.Resolved})
	same(t.T, "open", t.load().Open, []agent.Intent(nil))
	if third := t.begin(first); third <= second.ID {
		t.Errorf("id %d was given after %d: ids have to grow even when everything is closed", third, second.ID)
	}
}

func (t *suite) unknown() {
	in := agent.Intent{Verb: plan.Create, Kind: directory.KindUser, Source: "00u1", Name: "a@x.test"}
	in.ID = t.begin(in)
	t.finish(in.ID, agent.Outcome{Result: agent.Unknown, Error: "no answer"})
	same(t.T, "open", t.load().Open, []agent.Intent{in})
	t.finish(in.ID, agent.Outcome{Result: agent.Resolved})
	same(t.T, "open", t.load().Open, []agent.Intent(nil))
}

func (t *suite) once() {
	id := t.begin(agent.Intent{Verb: plan.Create, Kind: directory.KindUser, Source: "00u1"})
	t.finish(id, agent.Outcome{Result: agent.Done})
	k := user(1)
	for _, wrong := range []agent.IntentID{id, id + 1000} {
		if err := t.ledger.Finish(t.Context(), wrong, agent.Outcome{Result: agent.Done, Link: &k}); !errors.Is(err, agent.ErrNoIntent) {
			t.Errorf("finishing %d: %v, want ErrNoIntent", wrong, err)
		}
	}
	same(t.T, "links", t.load().Links, directory.Links(nil))
}

// refused runs good and bad calls at once, so that they may share a transaction.
func (t *suite) refused() {
	var wg sync.WaitGroup
	for n := range 20 {
		k := user(n)
		wg.Go(func() {
			id, err := t.ledger.Begin(t.Context(), agent.Intent{Verb: plan.Create, Kind: k.Kind, Source: k.Source})
			if err != nil {
				t.Errorf("Begin: %v", err)
				return
			}
			if err := t.ledger.Finish(t.Context(), id, agent.Outcome{Result: agent.Done, Link: &k}); err != nil {
				t.Errorf("Finish: %v", err)
			}
		})
		wg.Go(func() {
			if err := t.ledger.Finish(t.Context(), 1_000_000, agent.Outcome{Link: &k}); !errors.Is(err, agent.ErrNoIntent) {
				t.Errorf("finishing what is not open: %v", err)
			}
		})
	}
	wg.Wait()
	if state := t.load(); len(state.Links) != 20 || len(state.Open) != 0 {
		t.Errorf("%d links and %d open, want 20 and 0", len(state.Links), len(state.Open))
	}
}

func (t *suite) link() {
	k := user(1)
	k.Target, k.Origin, k.Deactivated = "a/b 'c' \x01é", directory.OriginLinked, true
	k.Ignored = directory.NewAttributes(directory.Attribute{Path: "title", Value: `"Lead"`}, directory.Attribute{Path: "nickName", Value: ""})
	g := group("00u1", "00u2")
	g.MembersUnreadable = true
	t.save(k)
	t.save(g)
	same(t.T, "links", t.load().Links, directory.Links{k, g})
	k.Target, k.Name, k.Ignored, k.Deactivated = "other", "new@x.test", nil, false
	t.save(k)
	same(t.T, "links", t.load().Links, directory.Links{k, g})
}

func (t *suite) sorted() {
	t.save(group())
	for _, n := range []int{3, 1, 2} {
		t.save(user(n))
	}
	same(t.T, "links", t.load().Links, directory.Links{user(1), user(2), user(3), group()})
}

func (t *suite) members() {
	for _, members := range [][]directory.SourceID{{"00u1", "00u2"}, {"00u0", "00u2", "00u3"}, nil, {"00u9"}} {
		t.save(group(members...))
		same(t.T, "links", t.load().Links, directory.Links{group(members...)})
	}
}

func (t *suite) forget() {
	t.save(group("00u1"))
	t.save(user(1))
	id := t.begin(agent.Intent{Verb: plan.Delete, Kind: directory.KindGroup, Source: "00g1", Target: "g1"})
	t.finish(id, agent.Outcome{Result: agent.Done, Forget: true})
	same(t.T, "links", t.load().Links, directory.Links{user(1)})
	t.save(group())
	same(t.T, "links", t.load().Links, directory.Links{user(1), group()})
}

func (t *suite) forgetByTarget() {
	t.save(group("00u1"))
	for range 2 {
		id := t.begin(agent.Intent{Verb: plan.Forget, Kind: directory.KindGroup, Target: "g1"})
		t.finish(id, agent.Outcome{Result: agent.Done, Forget: true})
	}
	same(t.T, "links", t.load().Links, directory.Links(nil))
}

func (t *suite) takeover() {
	first, second := user(1), user(2)
	second.Target = first.Target
	t.save(first)
	t.save(second)
	same(t.T, "links", t.load().Links, directory.Links{second})

	old, heir := group("00u1"), group("00u2")
	heir.Source = "00g2"
	t.save(old)
	t.save(heir)
	same(t.T, "links", t.load().Links, directory.Links{second, heir})
	old.Target, old.Members = "g9", nil
	t.save(old)
	same(t.T, "links", t.load().Links, directory.Links{second, old, heir})

	// The same id of a user and of a group are two objects.
	k := user(3)
	k.Target = "g1"
	t.save(k)
	same(t.T, "links", t.load().Links, directory.Links{second, k, old, heir})
}

func (t *suite) crash() {
	t.save(group("00u1"))
	in := agent.Intent{Verb: plan.Create, Kind: directory.KindUser, Source: "00u1", Name: "a@x.test"}
	in.ID = t.begin(in)
	state := load(t.T, t.start().Connection("acme"))
	same(t.T, "links", state.Links, directory.Links{group("00u1")})
	same(t.T, "open", state.Open, []agent.Intent{in})
}

func (t *suite) apart() {
	t.save(user(1))
	id := t.begin(agent.Intent{Verb: plan.Create, Kind: directory.KindUser, Source: "00u2"})
	other := t.start().Connection("other")
	same(t.T, "state of the other", load(t.T, other), agent.State{})
	if err := other.Bind(t.Context(), "https://b.test"); err != nil {
		t.Errorf("Bind: %v", err)
	}
	if err := other.Finish(t.Context(), id, agent.Outcome{Result: agent.Done}); !errors.Is(err, agent.ErrNoIntent) {
		t.Errorf("finishing an entry of another connection: %v, want ErrNoIntent", err)
	}
	if got := t.load(); got.Identity != "" || len(got.Open) != 1 {
		t.Errorf("the other connection reached over: %+v", got)
	}
}

func (t *suite) many() {
	second := t.start().Connection("acme")
	var wg sync.WaitGroup
	var mu sync.Mutex
	var ids []agent.IntentID
	for n := range 40 {
		l := t.ledger
		if n%2 == 1 {
			l = second
		}
		wg.Go(func() {
			k := user(n)
			id, err := l.Begin(t.Context(), agent.Intent{Verb: plan.Create, Kind: k.Kind, Source: k.Source, Name: k.Name})
			if err != nil {
				t.Errorf("Begin: %v", err)
				return
			}
			mu.Lock()
			ids = append(ids, id)
			mu.Unlock()
			if n%4 == 0 {
				return // a crash
			}
			if err := l.Finish(t.Context(), id, agent.Outcome{Result: agent.Done, Link: &k}); err != nil {
				t.Errorf("Finish: %v", err)
			}
		})
	}
	wg.Wait()
	slices.Sort(ids)
	if distinct := len(slices.Compact(ids)); distinct != 40 {
		t.Errorf("%d distinct ids of 40", distinct)
	}
	if state := t.load(); len(state.Links) != 30 || len(state.Open) != 10 {
		t.Errorf("%d links and %d open, want 30 and 10", len(state.Links), len(state.Open))
	}
}

func record(id string) agent.RunRecord {
	started := time.Date(2026, 3, 1, 12, 0, 0, 5e6, time.UTC)
	return agent.RunRecord{
		ID: id, Started: started, Ended: started.Add(time.Minute), Mode: "apply", Result: "applied",
		Digest: "3fa9c1", Plan: " 1 create user ada@x.test\n", Desired: 140, Complete: true,
	}
}

func (t *suite) measure() {
	shrunk := record("3")
	shrunk.Desired, shrunk.Complete, shrunk.Result = 3, false, "held"
	for _, r := range []agent.RunRecord{record("2"), shrunk} {
		if err := t.ledger.SaveRun(t.Context(), r); err != nil {
			t.Fatalf("SaveRun: %v", err)
		}
	}
	older := record("1")
	older.Desired = 9
	if err := t.ledger.SaveRun(t.Context(), older); err != nil {
		t.Fatalf("SaveRun: %v", err)
	}
	if got := t.load().LastDesired; got != 140 {
		t.Errorf("LastDesired %d, want 140: that of the last complete run by ID", got)
	}
}

func (t *suite) replace() {
	first, again := record("1"), record("1")
	again.Result, again.Error, again.Desired = "failed", "no answer", 7
	for _, r := range []agent.RunRecord{record("0"), first, again} {
		if err := t.ledger.SaveRun(t.Context(), r); err != nil {
			t.Fatalf("SaveRun: %v", err)
		}
	}
	store := t.start()
	runs, err := store.Runs(t.Context(), "acme", 10)
	if err != nil {
		t.Fatalf("Runs: %v", err)
	}
	same(t.T, "runs", runs, []agent.RunRecord{again, record("0")})
	if runs, err = store.Runs(t.Context(), "acme", 1); err != nil || len(runs) != 1 {
		t.Errorf("one run: %v, %v", runs, err)
	}
	if runs, err = store.Runs(t.Context(), "other", 10); err != nil || len(runs) != 0 {
		t.Errorf("runs of a connection that never ran: %v, %v", runs, err)
	}
}

func (t *suite) cancelled() {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	// Begin may have been taken or not; it must not hang, and must not lie.
	id, err := t.ledger.Begin(ctx, agent.Intent{Verb: plan.Create, Kind: directory.KindUser, Source: "00u1"})
	open := len(t.load().Open)
	if err != nil && (open != 0 || !errors.Is(err, context.Canceled)) {
		t.Errorf("Begin said %v, and %d entries are open", err, open)
	}
	if err == nil && (open != 1 || id == 0) {
		t.Errorf("Begin gave %d, and %d entries are open", id, open)
	}
}

func (t *suite) exclusive() {
	lock, ok := t.ledger.(agent.Exclusive)
	if !ok {
		t.Skip("the ledger is no agent.Exclusive")
	}
	release, err := lock.Acquire(t.Context())
	if err != nil {
		t.Fatalf("Acquire: %v", err)
	}
	second := t.start()
	rival, _ := second.Connection("acme").(agent.Exclusive)
	if _, err := rival.Acquire(t.Context()); !errors.Is(err, agent.ErrBusy) {
		t.Errorf("a second Acquire: %v, want ErrBusy", err)
	}
	neighbour, _ := second.Connection("other/../acme").(agent.Exclusive)
	free, err := neighbour.Acquire(t.Context())
	if err != nil {
		t.Fatalf("Acquire of another connection: %v", err)
	}
	if err := errors.Join(free(), release()); err != nil {
		t.Fatalf("release: %v", err)
	}
	again, err := rival.Acquire(t.Context())
	if err != nil {
		t.Fatalf("Acquire after release: %v", err)
	}
	if err := again(); err != nil {
		t.Errorf("release: %v", err)
	}
}
