package trust

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/plan"
	"github.com/oktascim/oktascim/internal/ledger/sqlite"
	"github.com/oktascim/oktascim/internal/oktasim"
	"github.com/oktascim/oktascim/internal/oktasource"
	"github.com/oktascim/oktascim/internal/scimserver"
	"github.com/oktascim/oktascim/internal/scimtarget"
	"github.com/oktascim/oktascim/scimclient"
)

// world is an org by a clock of its own, with two targets: one that is kept by delta runs,
// one by full runs.
type world struct {
	t           *testing.T
	clock       atomic.Int64 // seconds
	org         *oktasim.Org
	url         string
	delta, full *half
	rng         *rand.Rand
	n           int
	did         []string
	// lasting keeps pushes from being switched off: what a group lost just before that stays
	// in it or does not, whichever is seen first.
	lasting bool
}

// half is one of the two.
type half struct {
	server *scimserver.Server
	reads  *atomic.Int64
	ledger agent.Ledger
	agent  *agent.Agent
	okta   *saboteur
}

func (w *world) now() time.Time { return time.Unix(w.clock.Load(), 0) }

func newWorld(t *testing.T, seed uint64, lags oktasim.Lags) *world {
	t.Helper()
	w := &world{t: t, rng: rand.New(rand.NewPCG(seed, 5))}
	w.clock.Store(time.Date(2026, 3, 25, 12, 0, 0, 0, time.UTC).Unix())
	text, err := oktasim.ParseSeed("trust.yaml", []byte(company))
	must(t, err)
	text.Lags = lags
	w.org, err = oktasim.New(oktasim.Options{Seed: text, Now: w.now})
	must(t, err)
	org := httptest.NewServer(w.org.Handler())
	t.Cleanup(org.Close)
	w.url = org.URL
	w.clock.Add(3600)
	w.delta, w.full = w.newHalf(), w.newHalf()
	return w
}

func (w *world) newHalf() *half {
	t := w.t
	h := &half{server: scimserver.New(scimserver.Options{}), reads: new(atomic.Int64), okta: &saboteur{next: http.DefaultTransport, at: -1}}
	handler := h.server.Handler()
	target := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			h.reads.Add(1)
		}
		handler.ServeHTTP(rw, r)
	}))
	t.Cleanup(target.Close)
	source, err := oktasource.New(oktasource.Options{
		OrgURL: w.url, APIToken: w.org.Token(), AllowHTTP: true, Budget: 1, App: "App", Now: w.now, Transport: h.okta,
		Wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	})
	must(t, err)
	client, err := scimclient.New(scimclient.Options{BaseURL: target.URL + "/scim/v2", Retries: -1})
	must(t, err)
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "ledger.db"))
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	h.ledger = db.Connection("trust")
	h.agent, err = agent.New(agent.Options{
		Name: "trust", Source: source, Ledger: h.ledger, DeleteGroups: true, Workers: 1, Now: w.now, Guards: []plan.Guard{},
		Target: scimtarget.New(scimtarget.Options{Client: client}),
	})
	must(t, err)
	return h
}

func (h *half) run(t *testing.T, mode agent.Mode) agent.Report {
	t.Helper()
	report, err := h.agent.Run(t.Context(), mode)
	must(t, err)
	return report
}

// call changes or reads the org as an admin; what is not possible now is not done.
func (w *world) call(method, path, body string) (int, []byte) {
	w.t.Helper()
	q, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, bytes.NewReader([]byte(body)))
	must(w.t, err)
	q.Header.Set("Authorization", "SSWS "+w.org.Token())
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("Accept", "application/json")
	res, err := http.DefaultClient.Do(q)
	must(w.t, err)
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	must(w.t, err)
	if method != http.MethodGet {
		w.did = append(w.did, fmt.Sprintf("%s %s %s %s: %d", w.now().Format("15:04:05"), method, path, body, res.StatusCode))
	}
	return res.StatusCode, answer
}

func (w *world) pick(path string) string {
	_, answer := w.call("GET", path, "")
	var list []struct {
		ID string `json:"id"`
	}
	must(w.t, json.Unmarshal(answer, &list))
	if len(list) == 0 {
		return "none"
	}
	return list[w.rng.IntN(len(list))].ID
}

// step lets something happen in the org.
func (w *world) step() {
	w.n++
	w.clock.Add(int64(w.rng.IntN(40)))
	app := "/api/v1/apps/" + w.org.AppID("App")
	user := w.pick("/api/v1/users?filter=lastUpdated+gt+%222000-01-01T00:00:00Z%22")
	group := w.pick("/api/v1/groups?filter=type+eq+%22OKTA_GROUP%22")
	push := w.pick(app + "/group-push/mappings")
	n := strconv.Itoa(w.n)
	switch w.rng.IntN(24) {
	case 0, 1:
		w.call("POST", "/api/v1/users?activate=true", `{"profile":{"firstName":"N","lastName":"`+n+`","email":"n`+n+`@x.test","login":"n`+n+`@x.test"}}`)
	case 2, 3, 4, 5:
		w.call("PUT", "/api/v1/groups/"+group+"/users/"+user, "")
	case 6, 7, 8:
		w.call("DELETE", "/api/v1/groups/"+group+"/users/"+user, "")
	case 9, 10, 11:
		w.call("POST", "/api/v1/users/"+user, `{"profile":{"title":"`+[]string{"T", "U", ""}[w.rng.IntN(3)]+`"}}`)
	case 12:
		w.call("POST", "/api/v1/users/"+user, `{"profile":{"login":"r`+n+`@x.test","email":"r`+n+`@x.test"}}`)
	case 13, 14:
		w.call("POST", app+"/users", `{"id":"`+user+`"}`)
	case 15, 16:
		w.call("DELETE", app+"/users/"+user, "")
	case 17:
		w.call("POST", "/api/v1/users/"+user+"/lifecycle/deactivate", "")
	case 18:
		w.call("POST", "/api/v1/users/"+user+"/lifecycle/activate", "")
	case 19:
		w.call("DELETE", "/api/v1/users/"+user, "")
	case 20:
		w.call("PUT", "/api/v1/groups/"+group, `{"profile":{"name":"G`+n+`"}}`)
	case 21:
		if w.rng.IntN(3) == 0 {
			w.call("POST", "/api/v1/groups", `{"profile":{"name":"G`+n+`"}}`)
			w.call("POST", app+"/group-push/mappings", `{"sourceGroupId":"`+group+`","targetGroupName":"T`+n+`"}`)
		}
	case 22:
		if !w.lasting && w.rng.IntN(3) == 0 {
			w.call("PATCH", app+"/group-push/mappings/"+push, `{"status":"`+[]string{"ACTIVE", "INACTIVE"}[w.rng.IntN(2)]+`"}`)
		}
	case 23:
		switch w.rng.IntN(9) {
		case 0:
			w.call("DELETE", app+"/group-push/mappings/"+push+"?deleteTargetGroup=false", "")
		case 1:
			w.call("DELETE", "/api/v1/groups/"+group, "")
		case 2:
			w.call("PUT", app+"/groups/"+group, `{"priority":1}`)
		case 3:
			w.call("DELETE", app+"/groups/"+group, "")
		}
	}
}

// has tells what is in a target; withOff also of those who are switched off.
func (h *half) has(withOff bool) []string {
	var state []string
	names := map[string]string{}
	answer := httptest.NewRecorder()
	h.server.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/scim/v2/Users?count=1000", nil))
	var list struct{ Resources []map[string]any }
	if err := json.Unmarshal(answer.Body.Bytes(), &list); err != nil {
		return []string{err.Error()}
	}
	for _, u := range list.Resources {
		names[fmt.Sprint(u["id"])] = fmt.Sprint(u["userName"])
		delete(u, "id")
		delete(u, "meta")
		delete(u, "groups")
		if u["active"] == true || withOff {
			text, _ := json.Marshal(u)
			state = append(state, string(text))
		}
	}
	groups, _ := h.server.Groups(0, 1000)
	for _, g := range groups {
		var members []string
		for _, m := range g.Members {
			members = append(members, names[m.ID])
		}
		slices.Sort(members)
		state = append(state, fmt.Sprintf("group %s: %v", g.DisplayName, members))
	}
	slices.Sort(state)
	return state
}

// knows tells what is in a ledger, without the ids of its target.
func (h *half) knows(t *testing.T) []string {
	t.Helper()
	state, err := h.ledger.Load(t.Context())
	must(t, err)
	var list []string
	for _, k := range state.Links {
		k.Target = ""
		list = append(list, fmt.Sprintf("%+v", k))
	}
	for _, task := range state.Tasks {
		list = append(list, fmt.Sprintf("task %s %s %s", task.Kind, task.Source, task.Verb))
	}
	if len(state.Open) > 0 {
		list = append(list, fmt.Sprintf("%d open", len(state.Open)))
	}
	return list
}

// histories is how many random histories a test goes through; more with
// OKTASCIM_HISTORIES.
func histories(t *testing.T, usual int) int {
	t.Helper()
	text := os.Getenv("OKTASCIM_HISTORIES")
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	must(t, err)
	return n
}

// Whatever happens in Okta, delta runs bring the target and the ledger where full runs
// bring theirs, which begin and end at the same moments.
func TestADeltaAndAFullRunReachTheSameState(t *testing.T) {
	deltas, fulls := 0, map[string]int{}
	for seed := range uint64(histories(t, 12)) {
		w := newWorld(t, seed, oktasim.Lags{})
		w.delta.run(t, agent.ModeDelta)
		w.full.run(t, agent.ModeApply)
		for range 6 {
			for range 1 + w.rng.IntN(5) {
				w.step()
			}
			report := w.delta.run(t, agent.ModeDelta)
			if report.Mode == agent.ModeDelta {
				deltas++
			} else {
				fulls[report.WhyFull]++
			}
			w.full.run(t, agent.ModeApply)
			if d, f := w.delta.has(true), w.full.has(true); !slices.Equal(d, f) {
				t.Fatalf("history %d: after %v\nin the target by delta runs, not by full ones: %q\nthe reverse: %q", seed, w.did, lost(d, f), lost(f, d))
			}
			if d, f := w.delta.knows(t), w.full.knows(t); !slices.Equal(d, f) {
				t.Fatalf("history %d: after %v\nin the ledger of delta runs, not of full ones: %q\nthe reverse: %q", seed, w.did, lost(d, f), lost(f, d))
			}
		}
	}
	t.Logf("%d delta runs, full ones instead: %v", deltas, fulls)
	if deltas < 30 && histories(t, 12) >= 12 {
		t.Errorf("only %d delta runs, the others became full ones: %v", deltas, fulls)
	}
}

// The same when Okta is behind itself: events that are stored late and in another order,
// lists of members that show what was, assignments and rules that take their time. When
// all that has passed, one more delta run is enough.
func TestADeltaRunCatchesUpWhenOktaIsBehindItself(t *testing.T) {
	for seed := range uint64(histories(t, 16)) {
		lags := oktasim.Lags{Search: 600, Membership: 10, Assignment: 5, Rules: 5, Provisioning: 8, Log: 3, LateLog: 90, LateLogEvery: 3}
		if seed%2 == 1 { // the log is ahead of the lists
			lags = oktasim.Lags{Membership: 10}
		}
		w := newWorld(t, seed, lags)
		w.lasting = true
		w.delta.run(t, agent.ModeDelta)
		w.full.run(t, agent.ModeApply)
		for range 6 {
			for range 1 + w.rng.IntN(5) {
				w.step()
			}
			w.clock.Add(int64(w.rng.IntN(8)))
			w.delta.run(t, agent.ModeDelta)
			w.full.run(t, agent.ModeApply)
		}
		for range 20 {
			w.clock.Add(10)
			w.org.Tick()
		}
		last := w.delta.run(t, agent.ModeDelta)
		w.full.run(t, agent.ModeApply)
		if d, f := w.delta.has(false), w.full.has(false); !slices.Equal(d, f) {
			t.Fatalf("history %d: after %v, the last run %s %q\nin the target by delta runs, not by full ones: %q\nthe reverse: %q", seed, w.did, last.Mode, last.WhyFull, lost(d, f), lost(f, d))
		}
	}
}

// Whatever single reading of a delta run goes wrong, and from then on stays wrong, nobody
// loses anything but what Okta takes away, and a run after that makes it good.
func TestABrokenReadingOfADeltaRunTakesNothingElseAway(t *testing.T) {
	leave := func(w *world) {
		w.call("DELETE", "/api/v1/groups/"+w.org.GroupID("Assigned")+"/users/"+w.org.UserID("ada@x.test"), "")
		w.call("DELETE", "/api/v1/groups/"+w.org.GroupID("Eng")+"/users/"+w.org.UserID("bob@x.test"), "")
		w.call("POST", "/api/v1/users/"+w.org.UserID("dan@x.test"), `{"profile":{"title":"T"}}`)
	}
	sound := newWorld(t, 1, oktasim.Lags{})
	sound.delta.run(t, agent.ModeDelta)
	sound.clock.Add(600)
	leave(sound)
	before := sound.delta.loses()
	sound.delta.okta.arm(-1, nil, false)
	if r := sound.delta.run(t, agent.ModeDelta); r.Mode != agent.ModeDelta {
		t.Fatalf("%s: %s", r.Mode, r.WhyFull)
	}
	readings := len(sound.delta.okta.seen)
	may, want := lost(before, sound.delta.loses()), sound.delta.loses()
	if len(may) == 0 || readings < 8 {
		t.Fatalf("%d readings, and %q went", readings, may)
	}
	for _, how := range []string{"404", "[]", "half a list"} {
		for at := range readings {
			w := newWorld(t, 1, oktasim.Lags{})
			w.delta.run(t, agent.ModeDelta)
			w.clock.Add(600)
			leave(w)
			before := w.delta.loses()
			w.delta.okta.arm(at, breaks[how], true)
			_, err := w.delta.agent.Run(t.Context(), agent.ModeDelta)
			for _, gone := range lost(before, w.delta.loses()) {
				if !slices.Contains(may, gone) {
					t.Errorf("reading %d, %s (%v): %s is gone", at, how, err, gone)
				}
			}
			w.delta.okta.arm(-1, nil, false)
			w.clock.Add(60)
			w.delta.run(t, agent.ModeDelta)
			if now := w.delta.loses(); !slices.Equal(now, want) {
				t.Errorf("reading %d, %s, and a sound run after it: missing %q, too much %q", at, how, lost(want, now), lost(now, want))
			}
		}
	}
}

// loses tells everything that somebody could lose.
func (h *half) loses() []string { return (&rig{server: h.server}).state() }
