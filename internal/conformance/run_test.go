package conformance_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/oktascim/oktascim/features"
	"github.com/oktascim/oktascim/internal/conformance"
	"github.com/oktascim/oktascim/internal/scimserver"
)

const token = "a-token-for-tests"

// guard lets only the token in.
func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+token {
			w.Header().Set("Content-Type", "application/scim+json")
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"401","detail":"the token is wrong"}`))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// loaded reads the scenarios once for all tests.
var loaded = sync.OnceValues(func() (*conformance.Suite, error) { return conformance.Load(features.FS()) })

func suite(t *testing.T) *conformance.Suite {
	t.Helper()
	s, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// replay runs the whole catalogue against a handler.
func replay(t *testing.T, h http.Handler, base string, change func(*conformance.Options)) *conformance.Report {
	t.Helper()
	server := httptest.NewServer(h)
	defer server.Close()
	o := conformance.Options{
		URL: server.URL + base, Auth: conformance.Auth{Secret: token}, Version: "test",
	}
	if change != nil {
		change(&o)
	}
	report, err := suite(t).Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func printed(t *testing.T, r *conformance.Report) string {
	t.Helper()
	var b strings.Builder
	if err := r.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTheReferenceServerPassesEveryScenario(t *testing.T) {
	t.Parallel()
	report := replay(t, guard(scimserver.New(scimserver.Options{}).Handler()), "/scim/v2", nil)
	for _, r := range report.Results {
		if r.Verdict != conformance.Passed {
			t.Errorf("%s in %s: %s", r.ID, r.Mode, r.Verdict)
		}
	}
	if t.Failed() || len(report.Left()) > 0 {
		t.Log("\n" + printed(t, report))
	}
	if left := report.Left(); len(left) > 0 {
		t.Errorf("left on the server: %v", left)
	}
	t.Logf("%d results in %s", len(report.Results), report.Took)
}
