package agent_test

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/internal/ledger/ledgertest"
)

// memory is a ledger that forgets when the test ends.
type memory struct {
	mu    sync.Mutex
	held  bool
	state agent.State
	last  agent.IntentID
	runs  []agent.RunRecord
	// journal holds every entry that was ever begun.
	journal []agent.Entry
}

// The tests of this package are worth as much as their ledger is true to the contract.
func TestTheLedgerOfTheseTestsKeepsTheContract(t *testing.T) {
	ledgertest.Run(t, func(t *testing.T) func() ledgertest.Store {
		t.Helper()
		m := memories{"acme": {}, "other": {}, "other/../acme": {}}
		return func() ledgertest.Store { return m }
	})
}

type memories map[string]*memory

func (m memories) Connection(name string) agent.Ledger { return m[name] }
func (m memories) Close() error                        { return nil }

func (m memories) Runs(_ context.Context, connection string, limit int) ([]agent.RunRecord, error) {
	runs := slices.Clone(m[connection].runs)
	slices.Reverse(runs)
	return runs[:min(limit, len(runs))], nil
}

func (m memories) History(_ context.Context, connection string, kind directory.Kind, source directory.SourceID, limit int) ([]agent.Entry, error) {
	l := m[connection]
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []agent.Entry
	for _, e := range slices.Backward(l.journal) {
		if e.Kind == kind && e.Source == source && len(list) < limit {
			list = append(list, e)
		}
	}
	return list, nil
}

func (m *memory) Acquire(context.Context) (func() error, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.held {
		return nil, agent.ErrBusy
	}
	m.held = true
	return func() error {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.held = false
		return nil
	}, nil
}

func (m *memory) Bind(_ context.Context, identity string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.state.Identity != "" && m.state.Identity != identity {
		return &agent.Bound{Connection: "acme", Want: m.state.Identity, Got: identity}
	}
	m.state.Identity = identity
	return nil
}

func (m *memory) Load(context.Context) (agent.State, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	state := m.state
	state.Links, state.Open = slices.Clone(m.state.Links), slices.Clone(m.state.Open)
	state.Tasks, state.Leaving, state.Notes = slices.Clone(m.state.Tasks), maps.Clone(m.state.Leaving), maps.Clone(m.state.Notes)
	slices.SortFunc(state.Links, func(a, b directory.Link) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Source, b.Source))
	})
	for _, r := range m.runs {
		if r.Complete {
			state.LastDesired = r.Desired
		}
	}
	return state, nil
}

func (m *memory) Begin(ctx context.Context, in agent.Intent) (agent.IntentID, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	m.last++
	in.ID = m.last
	m.state.Open = append(m.state.Open, in)
	m.journal = append(m.journal, agent.Entry{Intent: in, Begun: time.Now().UTC().Truncate(time.Second)})
	return in.ID, nil
}

func (m *memory) Finish(ctx context.Context, id agent.IntentID, out agent.Outcome) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.IndexFunc(m.state.Open, func(in agent.Intent) bool { return in.ID == id })
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if i < 0 {
		return agent.ErrNoIntent
	}
	in := m.state.Open[i]
	e := &m.journal[slices.IndexFunc(m.journal, func(e agent.Entry) bool { return e.ID == id })]
	e.Result, e.Error = out.Result, out.Error
	if out.Result != agent.Unknown {
		e.Closed = time.Now().UTC().Truncate(time.Second)
		m.state.Open = slices.Delete(m.state.Open, i, i+1)
	}
	if out.Forget {
		m.state.Links = slices.DeleteFunc(m.state.Links, func(k directory.Link) bool {
			return k.Kind == in.Kind && (k.Source == in.Source || in.Source == "" && k.Target == in.Target)
		})
	}
	if out.Link != nil {
		m.saveLink(*out.Link)
	}
	return nil
}

func (m *memory) saveLink(link directory.Link) {
	m.state.Links = slices.DeleteFunc(m.state.Links, func(k directory.Link) bool {
		return k.Kind == link.Kind && (k.Source == link.Source || k.Target == link.Target)
	})
	m.state.Links = append(m.state.Links, link)
}

func (m *memory) Keep(ctx context.Context, k agent.Keep) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for i := range k.Links {
		m.saveLink(k.Links[i])
	}
	if k.Tasks != nil {
		m.state.Tasks = slices.SortedFunc(slices.Values(k.Tasks), func(a, b agent.Task) int {
			return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Target, b.Target))
		})
	}
	if k.Leaving != nil {
		m.state.Leaving = maps.Clone(k.Leaving)
	}
	if m.state.Notes == nil {
		m.state.Notes = map[string]string{}
	}
	for name, text := range k.Notes {
		if m.state.Notes[name] = text; text == "" {
			delete(m.state.Notes, name)
		}
	}
	return nil
}

func (m *memory) SaveRun(_ context.Context, r agent.RunRecord) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.runs = slices.DeleteFunc(m.runs, func(old agent.RunRecord) bool { return old.ID == r.ID })
	m.runs = append(m.runs, r)
	slices.SortFunc(m.runs, func(a, b agent.RunRecord) int { return cmp.Compare(a.ID, b.ID) })
	return nil
}
