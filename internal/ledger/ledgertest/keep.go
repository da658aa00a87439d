package ledgertest

import (
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
)

// noon is a time as a store keeps it: to the millisecond, in UTC.
func noon() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 7e6, time.UTC) }

func task(source directory.SourceID) agent.Task {
	return agent.Task{
		Kind: directory.KindUser, Source: source, Name: "ä@x.test", Verb: plan.Create, What: "3fa9c1", Class: agent.Refused,
		Detail: "e-mail domain \"x.test\" is not allowed", RequestID: "req/1", Tries: 3,
		Since: noon().Add(-time.Hour), Last: noon(), Next: noon().Add(time.Hour),
	}
}

func (t *suite) keeps(k agent.Keep) {
	t.Helper()
	if err := t.ledger.Keep(t.Context(), k); err != nil {
		t.Fatalf("Keep: %v", err)
	}
}

func (t *suite) keep() {
	ended := task("")
	ended.Kind, ended.Target, ended.Verb, ended.Next = directory.KindGroup, "g1", plan.Forget, time.Time{}
	leaving := map[directory.SourceID]time.Time{"00u1": noon(), "00u2": noon().Add(-48 * time.Hour)}
	t.keeps(agent.Keep{
		Tasks: []agent.Task{ended, task("00u2"), task("00u1")}, Leaving: leaving,
		Notes: map[string]string{"watermark": `{"at":"2026-03-01"}`, "forms": "ä"},
	})
	state := load(t.T, t.start().Connection("acme"))
	same(t.T, "tasks", state.Tasks, []agent.Task{task("00u1"), task("00u2"), ended})
	same(t.T, "leaving", state.Leaving, leaving)
	same(t.T, "notes", state.Notes, map[string]string{"watermark": `{"at":"2026-03-01"}`, "forms": "ä"})

	t.keeps(agent.Keep{Notes: map[string]string{"forms": "", "other": "new"}})
	state = t.load()
	same(t.T, "tasks", state.Tasks, []agent.Task{task("00u1"), task("00u2"), ended})
	same(t.T, "leaving", state.Leaving, leaving)
	same(t.T, "notes", state.Notes, map[string]string{"watermark": `{"at":"2026-03-01"}`, "other": "new"})

	again := task("00u2")
	again.Tries, again.Detail, again.RequestID, again.Class = 4, "", "", agent.Unreachable
	t.keeps(agent.Keep{Tasks: []agent.Task{again}, Leaving: map[directory.SourceID]time.Time{}})
	state = t.load()
	same(t.T, "tasks", state.Tasks, []agent.Task{again})
	same(t.T, "leaving", state.Leaving, map[directory.SourceID]time.Time{})
	t.keeps(agent.Keep{Tasks: []agent.Task{}})
	same(t.T, "tasks", t.load().Tasks, []agent.Task(nil))
}

func (t *suite) keepLinks() {
	k := user(1)
	k.Known = directory.NewAttributes(directory.Attribute{Path: "title", Value: `"Lead <R&D>"`}, directory.Attribute{Path: "nickName", Value: ""})
	t.save(group("00u1"))
	t.keeps(agent.Keep{Links: []directory.Link{k, user(2)}})
	same(t.T, "links", t.load().Links, directory.Links{k, user(2), group("00u1")})
	same(t.T, "open", t.load().Open, []agent.Intent(nil))
	heir := user(3)
	heir.Target = k.Target
	t.keeps(agent.Keep{Links: []directory.Link{heir}})
	same(t.T, "links", t.load().Links, directory.Links{user(2), heir, group("00u1")})
}

func (t *suite) keepApart() {
	t.keeps(agent.Keep{Tasks: []agent.Task{task("00u1")}, Leaving: map[directory.SourceID]time.Time{"00u1": noon()}, Notes: map[string]string{"a": "b"}})
	other := t.start().Connection("other")
	same(t.T, "state of the other", load(t.T, other), agent.State{})
	if err := other.Keep(t.Context(), agent.Keep{Tasks: []agent.Task{}, Notes: map[string]string{"a": ""}}); err != nil {
		t.Fatalf("Keep: %v", err)
	}
	state := t.load()
	same(t.T, "tasks", state.Tasks, []agent.Task{task("00u1")})
	same(t.T, "notes", state.Notes, map[string]string{"a": "b"})
}

func (t *suite) history() {
	in := agent.Intent{Verb: plan.Create, Kind: directory.KindUser, Source: "00u1", Name: "a@x.test", LookFirst: true}
	t.finish(t.begin(in), agent.Outcome{Result: agent.Failed, Error: "refused"})
	t.finish(t.begin(agent.Intent{Verb: plan.Create, Kind: directory.KindUser, Source: "00u2"}), agent.Outcome{Result: agent.Done})
	t.begin(agent.Intent{Verb: plan.Create, Kind: directory.KindGroup, Source: "00u1"})
	t.begin(in)

	store := t.start()
	list, err := store.History(t.Context(), "acme", directory.KindUser, "00u1", 10)
	if err != nil {
		t.Fatalf("History: %v", err)
	}
	want := []agent.Entry{{Intent: in}, {Intent: in, Result: agent.Failed, Error: "refused"}}
	if diff := cmp.Diff(want, list, cmpopts.IgnoreFields(agent.Entry{}, "Begun", "Closed"), cmpopts.IgnoreFields(agent.Intent{}, "ID"), cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("history (-want +got):\n%s", diff)
	}
	if !list[0].Closed.IsZero() || list[1].Closed.IsZero() || list[0].Begun.IsZero() || list[0].ID <= list[1].ID {
		t.Errorf("times or order: %+v", list)
	}
	if list, err = store.History(t.Context(), "acme", directory.KindUser, "00u1", 1); err != nil || len(list) != 1 {
		t.Errorf("one entry: %v, %v", list, err)
	}
}
