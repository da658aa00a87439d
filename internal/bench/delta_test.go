package bench

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// The budget of a delta run on 10,000 people, 500 groups and 50,000 memberships.
const (
	mostIdleOkta   = 3
	mostChurnReads = 40
)

// figures are what one run took.
type figures struct {
	okta, reads, writes int64
	took                time.Duration
	peak                int64
}

func (r *rig) deltaRun(tb testing.TB) (f figures, out string) {
	tb.Helper()
	r.target.reset()
	r.oktaReads.reset()
	began := time.Now()
	out, code, peak := r.run(tb, "apply", "--mode", "delta")
	if code != 0 || strings.Contains(out, "a full run") {
		tb.Fatalf("the delta run ended with %d:\n%.2000s", code, out)
	}
	return figures{okta: r.oktaReads.reads.Load(), reads: r.target.reads.Load(), writes: r.target.writes.Load(), took: time.Since(began), peak: peak}, out
}

// churn changes one percent: a title of each of 100 people, and a membership of each of 5
// groups, of which 2 lose somebody.
func (r *rig) churn(tb testing.TB, people, groups int) {
	tb.Helper()
	app := r.org.AppID(r.org.Apps()[0])
	users := r.page(tb, "/api/v1/apps/"+app+"/users?limit=500")
	var pushes []struct{ SourceGroupID string }
	must(tb, json.Unmarshal(r.oktaGet(tb, "/api/v1/apps/"+app+"/group-push/mappings?limit=1000"), &pushes))
	for i := range people {
		r.oktaDo(tb, http.MethodPost, "/api/v1/users/"+users[i], `{"profile":{"title":"Changed"}}`)
	}
	for i := range groups {
		group := "/api/v1/groups/" + pushes[i].SourceGroupID + "/users"
		in := map[string]bool{}
		var last string
		for _, id := range r.page(tb, group+"?limit=1000") {
			in[id], last = true, id
		}
		if i < 2 {
			r.oktaDo(tb, http.MethodDelete, group+"/"+last, "")
			continue
		}
		for _, id := range users {
			if !in[id] {
				r.oktaDo(tb, http.MethodPut, group+"/"+id, "")
				break
			}
		}
	}
}

func (r *rig) page(tb testing.TB, path string) []string {
	tb.Helper()
	var list []struct{ ID string }
	must(tb, json.Unmarshal(r.oktaGet(tb, path), &list))
	ids := make([]string, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	return ids
}

// deltas are the figures of delta runs, after the full ones.
func (r *rig) deltas(t *testing.T) {
	t.Helper()
	r.forward(time.Hour) // what was done an hour ago has settled
	r.deltaRun(t)        // nothing has happened, and the cursor of the log moves to its end
	r.forward(time.Hour)
	idle, out := r.deltaRun(t)
	t.Logf("a delta run with nothing to do: %d requests to Okta, %d reads and %d writes in the target, %s, peak %d MB", idle.okta, idle.reads, idle.writes, idle.took.Round(time.Millisecond), idle.peak>>20)
	if idle.okta > mostIdleOkta || idle.reads+idle.writes > 0 {
		t.Errorf("at most %d requests to Okta and none to the target are allowed:\n%.1000s", mostIdleOkta, out)
	}
	const people, groups = 100, 5
	r.churn(t, people, groups)
	r.forward(time.Hour)
	churned, out := r.deltaRun(t)
	t.Logf("one percent churn: %d requests to Okta, %d reads and %d writes in the target, %s, peak %d MB", churned.okta, churned.reads, churned.writes, churned.took.Round(time.Millisecond), churned.peak>>20)
	if churned.writes != people+groups {
		t.Errorf("%d people and %d groups have changed, %d writes:\n%.1000s", people, groups, churned.writes, out)
	}
	// A PUT overwrites what only the target knows, so each is preceded by a GET of the one
	// account, as Okta's own are; what is read to find out what to do is what is counted.
	if reads := churned.okta + max(0, churned.reads-people); reads > mostChurnReads {
		t.Errorf("%d reads beside one before each PUT, at most %d are allowed", reads, mostChurnReads)
	}
	checkMemory(t, idle.peak)
	checkMemory(t, churned.peak)
	if out, code, _ := r.run(t, "plan"); code != 0 {
		t.Errorf("a plan after the delta runs ended with %d:\n%.1000s", code, out)
	}
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func (r *rig) oktaGet(tb testing.TB, path string) []byte {
	tb.Helper()
	return r.oktaDo(tb, http.MethodGet, path, "")
}

// oktaDo does something in the org, past the counter.
func (r *rig) oktaDo(tb testing.TB, method, path, body string) []byte {
	tb.Helper()
	q, err := http.NewRequestWithContext(context.Background(), method, r.orgURL+path, strings.NewReader(body))
	must(tb, err)
	q.Header.Set("Authorization", "SSWS "+r.org.Token())
	q.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(q)
	must(tb, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode > 299 {
		tb.Fatalf("%s %s: %s %v", method, path, res.Status, err)
	}
	return text
}

// forward lets time pass in the org.
func (r *rig) forward(d time.Duration) { r.ahead.Add(int64(d)) }
