package oktasim_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"

	"github.com/oktascim/oktascim/internal/oktasim"
)

func generated(tb testing.TB, users, groups, memberships int) *oktasim.Org {
	tb.Helper()
	org, err := oktasim.New(oktasim.Options{
		APIToken: "t", BaseURL: "https://large.okta.test", Now: newClock().now,
		Seed: &oktasim.Seed{Number: 7, RateLimits: oktasim.RateLimits{Off: true}, Generate: &oktasim.Generate{Users: users, Groups: groups, Memberships: memberships}},
	})
	if err != nil {
		tb.Fatal(err)
	}
	return org
}

// fingerprint is a digest of what an org shows of its people, groups and members.
func fingerprint(tb testing.TB, org *oktasim.Org) string {
	tb.Helper()
	sum := sha256.New()
	get := func(path string) {
		req := httptest.NewRequestWithContext(tb.Context(), http.MethodGet, path, nil)
		req.Header.Set("Authorization", "SSWS t")
		w := httptest.NewRecorder()
		org.Handler().ServeHTTP(w, req)
		if w.Code != http.StatusOK {
			tb.Fatalf("%s: %d %s", path, w.Code, w.Body)
		}
		sum.Write(w.Body.Bytes())
	}
	get("/api/v1/users")
	get("/api/v1/groups?expand=stats")
	get("/api/v1/groups/" + org.GroupID("Generated 0003") + "/users")
	get("/api/v1/apps/" + org.AppID("SCIM 2.0 - Generated") + "/users?limit=500")
	return hex.EncodeToString(sum.Sum(nil))
}

func TestTheSameNumberMakesTheSameLargeOrg(t *testing.T) {
	one, two := generated(t, 2000, 100, 8000), generated(t, 2000, 100, 8000)
	if a, b := fingerprint(t, one), fingerprint(t, two); a != b {
		t.Errorf("two orgs of one number differ: %s and %s", a, b)
	}
	for _, o := range []*oktasim.Org{one, two} {
		if _, err := o.Churn(1); err != nil {
			t.Fatal(err)
		}
	}
	if a, b := fingerprint(t, one), fingerprint(t, two); a != b {
		t.Errorf("they differ after the same churn: %s and %s", a, b)
	}
}

// The largest org that is asked for: 100,000 people, 10,000 groups, a million memberships.
func BenchmarkGenerateTheLargestOrg(b *testing.B) {
	for b.Loop() {
		org := generated(b, 100_000, 10_000, 1_000_000)
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "MB-live")
		b.ReportMetric(float64(m.Sys)/(1<<20), "MB-from-system")
		runtime.KeepAlive(org)
	}
}

func BenchmarkChurnOnePercentOfTheLargestOrg(b *testing.B) {
	org := generated(b, 100_000, 10_000, 1_000_000)
	for b.Loop() {
		if _, err := org.Churn(1); err != nil {
			b.Fatal(err)
		}
	}
}
