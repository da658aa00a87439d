package conformance_test

import (
	"bytes"
	"compress/gzip"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/oktascim/oktascim/internal/conformance"
)

// only selects scenarios and the catalog app.
func only(ids ...string) func(*conformance.Options) {
	return func(o *conformance.Options) {
		o.Only, o.Modes = ids, []conformance.Mode{conformance.Catalog}
	}
}

func junit(t *testing.T, r *conformance.Report) string {
	t.Helper()
	var b strings.Builder
	if err := r.WriteJUnit(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestNoReportShowsTheTokenOrAPassword(t *testing.T) {
	t.Parallel()
	report := replay(t, newTiny("password-returned"), "/scim/v2", only("users.create.9"))
	for kind, out := range map[string]string{"text": printed(t, report), "junit": junit(t, report)} {
		if strings.Contains(out, token) {
			t.Errorf("the %s report shows the token:\n%s", kind, out)
		}
		if !strings.Contains(out, `password`) || !strings.Contains(out, `[redacted]`) {
			t.Errorf("the %s report does not show where the password was:\n%s", kind, out)
		}
	}
	for _, r := range report.Results {
		for _, ex := range r.Exchanges {
			if i := strings.Index(ex.RequestBody, `"password":"`); i >= 0 && !strings.HasPrefix(ex.RequestBody[i:], `"password":"[redacted]"`) {
				t.Errorf("the password is in the request body: %s", ex.RequestBody)
			}
		}
	}
}

func TestBasicCredentialsAreSentAndHidden(t *testing.T) {
	t.Parallel()
	inner := newTiny("create-is-200")
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, ok := r.BasicAuth(); !ok || user != "okta" || password != "a-long-password" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("X-Echo", r.Header.Get("Authorization"))
		r.Header.Set("Authorization", "Bearer "+token)
		inner.ServeHTTP(w, r)
	})
	report := replay(t, h, "/scim/v2", func(o *conformance.Options) {
		only("users.create.1")(o)
		o.Auth = conformance.Auth{Form: conformance.Basic, User: "okta", Secret: "a-long-password"}
	})
	out := printed(t, report)
	if report.Outcome() != conformance.SomeFailed || strings.Contains(out, "a-long-password") || !strings.Contains(out, "X-Echo: Basic [redacted]") {
		t.Errorf("%s:\n%s", report.Outcome(), out)
	}
}

func TestWithoutGroupsTheResultIsPartialNotPassed(t *testing.T) {
	t.Parallel()
	inner := newTiny("")
	var promised bool
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/scim/v2/Groups"):
			w.WriteHeader(http.StatusNotFound)
		case r.URL.Path == "/scim/v2/ResourceTypes" && !promised:
			w.WriteHeader(http.StatusNotFound)
		case r.URL.Path == "/scim/v2/ResourceTypes":
			_, _ = w.Write([]byte(`{"Resources":[{"endpoint":"/Users"},{"endpoint":"/Groups"}]}`))
		default:
			inner.ServeHTTP(w, r)
		}
	})
	report := replay(t, h, "/scim/v2", only("users.create.1", "groups.push"))
	if report.Outcome() != conformance.Partial || report.ExitCode() != 0 {
		t.Errorf("%s, exit code %d; want partial and 0", report.Outcome(), report.ExitCode())
	}
	if out := printed(t, report); !strings.Contains(out, "not offered") || !strings.Contains(out, "GET /Groups answers 404") {
		t.Errorf("the text does not say why:\n%s", out)
	}
	if out := junit(t, report); strings.Contains(out, "<failure") || !strings.Contains(out, `<skipped message="unsupported: the server has no groups`) {
		t.Errorf("JUnit does not skip:\n%s", out)
	}
	promised = true
	if report := replay(t, h, "/scim/v2", only("users.create.1", "groups.push")); report.Outcome() != conformance.SomeFailed {
		t.Errorf("%s; want failed, since /ResourceTypes promises groups", report.Outcome())
	}
}

func TestAFailureDoesNotCascade(t *testing.T) {
	t.Parallel()
	report := replay(t, newTiny("create-500"), "/scim/v2", only("users.create", "users.update", "users.deactivate"))
	failed := map[string]bool{}
	for _, r := range report.Results {
		if r.Verdict == conformance.Failed {
			failed[r.ID] = true
		}
		if r.Verdict == conformance.Skipped && !strings.Contains(r.Reason, "see users.create.1: ") {
			t.Errorf("%s is skipped without saying for what: %s", r.ID, r.Reason)
		}
	}
	for id := range failed {
		switch id {
		case "users.create.1", "users.create.15": // those that create without having created
		default:
			t.Errorf("%s failed as well", id)
		}
	}
	if n := strings.Count(printed(t, report), "see users.create.1: "); n != 1 {
		t.Errorf("the text names the cause of the skips %d times, want once", n)
	}
	if n := report.Count(conformance.Skipped); n < 30 {
		t.Errorf("%d skipped; everything that needs a person should be", n)
	}
}

func TestA429IsRepeatedAndGzipIsRead(t *testing.T) {
	t.Parallel()
	inner := newTiny("")
	var mu sync.Mutex
	seen := map[string]bool{}
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		key := r.Method + r.URL.String() + r.Header.Get("Authorization")
		first := !seen[key]
		seen[key] = true
		mu.Unlock()
		if first {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		rec := httptest.NewRecorder()
		inner.ServeHTTP(rec, r)
		w.Header().Set("Content-Type", "application/scim+json")
		w.Header().Set("Content-Encoding", "gzip")
		w.WriteHeader(rec.Code)
		z := gzip.NewWriter(w)
		_, _ = z.Write(rec.Body.Bytes())
		_ = z.Close()
	})
	report := replay(t, h, "/scim/v2", only("connection.test", "users.create.4"))
	if report.Outcome() != conformance.AllPassed {
		t.Error(printed(t, report))
	}
}

func TestHalfACharacterInAnAnswerIsReadAndBrokenUTF8IsNot(t *testing.T) {
	t.Parallel()
	for odd, want := range map[string]conformance.Outcome{`\ud800`: conformance.AllPassed, "\xff": conformance.SomeFailed} {
		inner := newTiny("")
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rec := httptest.NewRecorder()
			inner.ServeHTTP(rec, r)
			w.Header().Set("Content-Type", "application/scim+json")
			w.WriteHeader(rec.Code)
			_, _ = w.Write(bytes.ReplaceAll(rec.Body.Bytes(), []byte(`"active":true`), []byte(`"nickName":"`+odd+`","active":true`)))
		})
		report := replay(t, h, "/scim/v2", only("users.create.2", "users.create.3", "users.import.8"))
		if report.Outcome() != want {
			t.Errorf("%q: %s, want %s\n%s", odd, report.Outcome(), want, printed(t, report))
		}
	}
}

func TestRequestsCarryTheHeadersOfOkta(t *testing.T) {
	t.Parallel()
	inner := newTiny("")
	var mu sync.Mutex
	wrong := map[string]bool{}
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		want := map[string]string{
			"User-Agent": "Okta SCIM Client 1.0.0", "Accept": "application/scim+json",
			"Accept-Charset": "utf-8", "Accept-Encoding": "gzip,deflate", "Content-Type": "",
		}
		body, _ := io.ReadAll(r.Body)
		if len(body) > 0 {
			want["Content-Type"] = "application/scim+json; charset=utf-8"
		}
		mu.Lock()
		for name, value := range want {
			if r.Header.Get(name) != value {
				wrong[r.Method+" "+name+": "+r.Header.Get(name)] = true
			}
		}
		mu.Unlock()
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		inner.ServeHTTP(w, r)
	})
	report := replay(t, h, "/scim/v2", only("users.create.3", "users.update.1", "groups.rename", "groups.delete"))
	if report.Outcome() != conformance.AllPassed || len(wrong) > 0 {
		t.Errorf("%s, wrong headers: %v", report.Outcome(), wrong)
	}
}

func TestJUnitCountsAgreeWithTheVerdicts(t *testing.T) {
	t.Parallel()
	report := replay(t, newTiny("put-405"), "/scim/v2", only("users.update"))
	var doc struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
		Skipped  int `xml:"skipped,attr"`
		Suites   []struct {
			Cases []struct {
				Failure *struct{} `xml:"failure"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal([]byte(junit(t, report)), &doc); err != nil {
		t.Fatal(err)
	}
	failures := 0
	for _, s := range doc.Suites {
		for _, c := range s.Cases {
			if c.Failure != nil {
				failures++
			}
		}
	}
	skipped := report.Count(conformance.Skipped) + report.Count(conformance.Unsupported)
	if doc.Tests != len(report.Results) || doc.Failures != report.Count(conformance.Failed) || failures != doc.Failures || doc.Skipped != skipped || doc.Errors != 0 {
		t.Errorf("JUnit says %d tests, %d failures (%d elements), %d skipped, %d errors; the report %d, %d, %d",
			doc.Tests, doc.Failures, failures, doc.Skipped, doc.Errors, len(report.Results), report.Count(conformance.Failed), skipped)
	}
	if doc.Failures == 0 || doc.Skipped == 0 {
		t.Error("the defect should fail some and skip some")
	}
}

func TestWhatAScenarioMakesIsGoneAfterwards(t *testing.T) {
	t.Parallel()
	for _, defect := range []string{"", "create-without-id", "create-id-differs", "create-empty-body", "duplicates-stored", "group-create-id-differs", "put-changes-id"} {
		server := newTiny(defect)
		report := replay(t, server, "/scim/v2", only("users.create.1", "users.create.2", "users.create.11", "users.update.5", "groups.push.1", "groups.rename.2"))
		if len(server.users) > 0 || len(server.groups) > 0 || len(report.Left()) > 0 {
			t.Errorf("%q: %d people and %d groups are left; the report names %v", defect, len(server.users), len(server.groups), report.Left())
		}
	}
}

func TestWhatCannotBeDeletedIsDeactivatedAndNamed(t *testing.T) {
	t.Parallel()
	inner := newTiny("")
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete {
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		inner.ServeHTTP(w, r)
	})
	report := replay(t, h, "/scim/v2", only("users.create.3"))
	if len(inner.users) != 1 || inner.users[0]["active"] != false {
		t.Errorf("the person is not deactivated: %v", inner.users)
	}
	if out := printed(t, report); !strings.Contains(out, "Left on the server, please delete by hand:\n  Users "+report.RunID) || !strings.Contains(out, "(deactivated)") {
		t.Errorf("the report does not name it:\n%s", out)
	}
}
