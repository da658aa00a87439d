package bench

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"
)

// The budget of the main job on 10,000 people, 500 groups and 50,000 memberships.
const (
	mostInitial = 10_650
	mostSecond  = 110
	mostMemory  = 120 << 20
)

func TestALargeOrgIsProvisionedWithinTheBudget(t *testing.T) {
	if testing.Short() || underRace {
		t.Skip("10,000 people take a while; run without -short and -race")
	}
	r := newRig(t)
	out, code, peak := r.run(t, "apply", "-o", "json")
	initial := r.target.reads.Load() + r.target.writes.Load()
	t.Logf("initial apply: %d requests, peak %d MB", initial, peak>>20)
	if code != 0 {
		t.Fatalf("apply ended with %d:\n%.2000s", code, out)
	}
	if initial > mostInitial {
		t.Errorf("%d requests, at most %d are allowed", initial, mostInitial)
	}
	checkMemory(t, peak)
	r.agree(t)

	r.target.reset()
	out, code, peak = r.run(t, "apply")
	second := r.target.reads.Load()
	t.Logf("second run: %d requests, peak %d MB", second, peak>>20)
	if code != 0 || r.target.writes.Load() != 0 || second > mostSecond {
		t.Errorf("the second run ended with %d after %d reads (at most %d) and %d writes:\n%.2000s", code, second, mostSecond, r.target.writes.Load(), out)
	}
	checkMemory(t, peak)
	if _, code, _ := r.run(t, "plan"); code != 0 {
		t.Errorf("a plan after that ended with %d", code)
	}
	r.deltas(t)
}

func checkMemory(t *testing.T, peak int64) {
	t.Helper()
	if peak == 0 {
		t.Log("this system does not tell the peak memory of a process: not checked")
	} else if peak > mostMemory {
		t.Errorf("peak memory %d MB, at most %d MB are allowed", peak>>20, mostMemory>>20)
	}
}

// agree compares both sides without anything of oktascim.
func (r *rig) agree(t *testing.T) {
	t.Helper()
	type record struct {
		ID          string
		Credentials struct{ UserName string }
	}
	assigned := map[string]string{}
	app := r.org.AppID(r.org.Apps()[0])
	each(t, r, "/api/v1/apps/"+app+"/users?limit=500", func(u record) { assigned[u.ID] = u.Credentials.UserName })
	users, total := r.server.Users(0, 1<<20)
	if total != len(assigned) || total != 10_000 {
		t.Fatalf("%d people are in the target, %d have the app", total, len(assigned))
	}
	wanted := map[string]bool{}
	for _, name := range assigned {
		wanted[name] = true
	}
	for _, u := range users {
		if !u.Active || !wanted[u.UserName] {
			t.Fatalf("%s is in the target, active %v, has the app %v", u.UserName, u.Active, wanted[u.UserName])
		}
	}
	names := r.names()
	groups, _ := r.server.Groups(0, 1<<20)
	have := map[string][]string{}
	memberships := 0
	for _, g := range groups {
		list := []string{}
		for _, m := range g.Members {
			list = append(list, names[m.ID])
		}
		slices.Sort(list)
		if _, twice := have[g.DisplayName]; twice {
			t.Fatalf("the group %s is in the target twice", g.DisplayName)
		}
		have[g.DisplayName] = list
		memberships += len(list)
	}
	type push struct{ SourceGroupID string }
	pushed := 0
	each(t, r, "/api/v1/apps/"+app+"/group-push/mappings?limit=1000", func(p push) {
		pushed++
		var group struct{ Profile struct{ Name string } }
		if err := json.Unmarshal(r.okta(t, r.orgURL+"/api/v1/groups/"+p.SourceGroupID, nil), &group); err != nil {
			t.Fatal(err)
		}
		want := []string{}
		each(t, r, "/api/v1/groups/"+p.SourceGroupID+"/users?limit=1000", func(u record) {
			if name := assigned[u.ID]; name != "" {
				want = append(want, name)
			}
		})
		slices.Sort(want)
		if !slices.Equal(want, have[group.Profile.Name]) {
			t.Fatalf("the group %s has %d members in the target, %d in Okta", group.Profile.Name, len(have[group.Profile.Name]), len(want))
		}
	})
	if pushed != 500 || len(groups) != 500 || memberships != 50_000 {
		t.Fatalf("%d groups are pushed, %d are in the target, with %d memberships", pushed, len(groups), memberships)
	}
}

// each reads a list of the org to its end.
func each[T any](t *testing.T, r *rig, path string, take func(T)) {
	t.Helper()
	for next := r.orgURL + path; next != ""; {
		var list []T
		header := http.Header{}
		if err := json.Unmarshal(r.okta(t, next, header), &list); err != nil {
			t.Fatal(err)
		}
		for _, v := range list {
			take(v)
		}
		next = nextLink(header)
	}
}

func (r *rig) okta(t *testing.T, address string, header http.Header) []byte {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Authorization", "SSWS "+r.org.Token())
	res, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v", address, res.Status, err)
	}
	for k, v := range res.Header {
		if header != nil {
			header[k] = v
		}
	}
	return body
}

// BenchmarkLargeOrg measures the initial apply against a bare loop in the same run, and a
// second run that has nothing to do.
func BenchmarkLargeOrg(b *testing.B) {
	for b.Loop() {
		r := newRig(b)
		r.target.record = true
		began := time.Now()
		_, code, peak := r.run(b, "apply")
		apply := time.Since(began)
		if code != 0 {
			b.Fatalf("apply ended with %d", code)
		}
		initial := r.target.reads.Load() + r.target.writes.Load()
		names := r.names()
		r.target.reset()
		began = time.Now()
		_, code, peakSecond := r.run(b, "apply")
		second := time.Since(began)
		if code != 0 {
			b.Fatalf("the second run ended with %d", code)
		}
		requests := r.target.reads.Load() + r.target.writes.Load()
		posts := r.target.posts
		r.target.record = false
		r.fresh(b)
		loop := r.loop(b, posts, names)

		b.ReportMetric(float64(initial), "requests/initial")
		b.ReportMetric(apply.Seconds(), "s/initial")
		b.ReportMetric(float64(peak>>20), "MB/initial")
		b.ReportMetric(loop.Seconds(), "s/bareloop")
		b.ReportMetric(apply.Seconds()/loop.Seconds(), "x-bareloop")
		b.ReportMetric(float64(requests), "requests/second")
		b.ReportMetric(second.Seconds(), "s/second")
		b.ReportMetric(float64(peakSecond>>20), "MB/second")
	}
}
