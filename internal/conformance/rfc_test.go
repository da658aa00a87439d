package conformance_test

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/oktascim/oktascim/features"
	"github.com/oktascim/oktascim/internal/conformance"
	"github.com/oktascim/oktascim/internal/scimserver"
)

var loadedRFC = sync.OnceValues(func() (*conformance.Suite, error) {
	return conformance.LoadProfile(features.FS(), conformance.RFCProfile)
})

func rfcSuite(t *testing.T) *conformance.Suite {
	t.Helper()
	s, err := loadedRFC()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// replayRFC runs scenarios of the RFCs against a handler.
func replayRFC(t *testing.T, h http.Handler, base string, parallel int, only ...string) *conformance.Report {
	t.Helper()
	server := httptest.NewServer(h)
	defer server.Close()
	report, err := rfcSuite(t).Run(t.Context(), conformance.Options{
		URL: server.URL + base, Auth: conformance.Auth{Secret: token}, Version: "test", Only: only, Parallel: parallel,
	})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// reference is the server of this repository behind a token.
func reference() http.Handler {
	return challenge(guard(scimserver.New(scimserver.Options{}).Handler()))
}

// challenge adds what a 401 has to have and [guard] leaves out.
func challenge(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+token {
			w.Header().Set("WWW-Authenticate", `Bearer realm="scim"`)
		}
		next.ServeHTTP(w, r)
	})
}

func TestTheReferenceServerPassesEveryScenarioOfTheRFCs(t *testing.T) {
	t.Parallel()
	report := replayRFC(t, reference(), "/scim/v2", 0)
	for _, r := range report.Results {
		if r.Verdict != conformance.Passed && r.Verdict != conformance.Unsupported {
			t.Errorf("%s: %s", r.ID, r.Verdict)
		}
	}
	if t.Failed() || len(report.Left()) > 0 {
		t.Log("\n" + printed(t, report))
	}
	if left := report.Left(); len(left) > 0 {
		t.Errorf("left on the server: %v", left)
	}
	t.Logf("%d results, %d unsupported, in %s", len(report.Results), report.Count(conformance.Unsupported), report.Took)
}
