package conformance_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/oktascim/oktascim/features"
	"github.com/oktascim/oktascim/internal/conformance"
	"github.com/oktascim/oktascim/internal/scimserver"
)

const (
	token         = "a-token-for-tests"
	otherToken    = "the-token-of-a-neighbour"
	disabledToken = "a-token-that-was-switched-off"
)

// moreConnections gives the tester what it needs to look beyond one connection.
// The second one is beside the first, under /other.
func moreConnections(o *conformance.Options) {
	o.Other = &conformance.Connection{URL: strings.Replace(o.URL, "/scim/", "/other/scim/", 1), Auth: conformance.Auth{Secret: otherToken}}
	o.Disabled = &conformance.Auth{Secret: disabledToken}
}

// notAsked reports whether a scenario was left out because it is about what
// Okta calls optional, or what nobody has given to the tester.
func notAsked(r conformance.Result) bool {
	return r.Verdict == conformance.Unsupported && slices.ContainsFunc(r.Needs, func(n string) bool {
		return slices.Contains([]string{"entitlements", "other-connection", "disabled-token"}, n)
	})
}

// guard lets only the token in.
func guard(next http.Handler) http.Handler { return guardWith(token, next) }

func guardWith(token string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		scheme, got, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if !strings.EqualFold(scheme, "Bearer") || got != token {
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
	both := http.NewServeMux()
	both.Handle("/", guard(scimserver.New(scimserver.Options{}).Handler()))
	both.Handle("/other/", http.StripPrefix("/other", guardWith(otherToken, scimserver.New(scimserver.Options{}).Handler())))
	report := replay(t, both, "/scim/v2", moreConnections)
	for _, r := range report.Results {
		if r.Verdict != conformance.Passed && !notAsked(r) {
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
