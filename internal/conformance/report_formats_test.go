package conformance_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	editors "github.com/invopop/jsonschema"
	checks "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/oktascim/oktascim/internal/browsertest"
	"github.com/oktascim/oktascim/internal/conformance"
)

// formats writes a report in every form.
func formats(t *testing.T, r *conformance.Report) map[string]string {
	t.Helper()
	out := map[string]string{}
	for name, write := range map[string]func(io.Writer) error{
		"text": r.WriteText, "junit": r.WriteJUnit, "json": r.WriteJSON, "html": r.WriteHTML, "md": r.WriteMarkdown, "har": r.WriteHAR,
	} {
		var b strings.Builder
		if err := write(&b); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[name] = b.String()
	}
	return out
}

// TestNoFormatShowsASecret lets the server say the token and the password
// wherever a server can: in bodies, headers, error details, and escaped.
func TestNoFormatShowsASecret(t *testing.T) {
	t.Parallel()
	const secret = `tok"en/+ with all`
	inner := newTiny("password-returned")
	var passwords []string
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var sent struct{ Password string }
		if json.Unmarshal(body, &sent) == nil && sent.Password != "" {
			passwords = append(passwords, sent.Password)
		}
		w.Header().Set("X-Debug", r.Header.Get("Authorization"))
		w.Header().Set("Set-Cookie", "session="+secret)
		if r.Method == http.MethodPut {
			w.WriteHeader(http.StatusBadRequest)
			_ = json.NewEncoder(w).Encode(map[string]string{"detail": "refused for " + secret})
			return
		}
		r.Header.Set("Authorization", "Bearer "+token)
		r.Body = io.NopCloser(bytes.NewReader(body))
		inner.ServeHTTP(w, r)
	})
	report := replay(t, h, "/scim/v2", func(o *conformance.Options) {
		only("users.create.1", "users.create.9", "users.update.1")(o)
		o.Auth = conformance.Auth{Secret: secret}
		o.Parallel = 1
	})
	if report.Count(conformance.Failed) < 2 || len(passwords) == 0 {
		t.Fatalf("the server is not bad enough: %d failed, %d passwords", report.Count(conformance.Failed), len(passwords))
	}
	for kind, out := range formats(t, report) {
		for _, s := range append(passwords, secret, `tok\"en/+ with all`, `tok\\\"en`, "tok%22en", "tok&#34;en", "tok&quot;en") {
			if strings.Contains(out, s) {
				t.Errorf("the %s report shows %q", kind, s)
			}
		}
	}
}

const schemaFile = "../../docs/report.schema.json"

func TestReferenceOfTheJSONReportIsFresh(t *testing.T) {
	t.Parallel()
	r := editors.Reflector{ExpandedStruct: true, AllowAdditionalProperties: true}
	s := r.Reflect(&conformance.Document{})
	s.ID, s.Title = conformance.SchemaID, "Report of scimconform, version 1"
	want, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	if *update {
		if err := os.WriteFile(schemaFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	had, err := os.ReadFile(schemaFile)
	if err != nil || !bytes.Equal(had, want) {
		t.Errorf("%s is stale (%v): make docs; if a member went or changed its meaning, raise SchemaVersion", schemaFile, err)
	}
}

func validate(t *testing.T, text string) error {
	t.Helper()
	file, err := os.Open(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	doc, err := checks.UnmarshalJSON(file)
	if err != nil {
		t.Fatal(err)
	}
	c := checks.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(conformance.SchemaID, doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile(conformance.SchemaID)
	if err != nil {
		t.Fatal(err)
	}
	value, err := checks.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(value)
}

func TestTheJSONReportHasTheShapeOfItsSchema(t *testing.T) {
	t.Parallel()
	report := replay(t, newTiny("create-500"), "/scim/v2", only("users.create", "users.update.1"))
	report.Expect([]conformance.ExpectedFailure{{ID: "users.create.1", Reason: "known", Expires: time.Now().AddDate(1, 0, 0)}}, time.Now())
	report.Compare(replay(t, newTiny(""), "/scim/v2", only("users.create")).Document())
	out := formats(t, report)["json"]
	if err := validate(t, out); err != nil {
		t.Error(err)
	}
	if err := validate(t, strings.Replace(out, `"verdict": "failed"`, `"verdict": "perhaps"`, 1)); err == nil {
		t.Error("the schema takes a verdict that does not exist")
	}
	if _, err := conformance.ReadDocument(strings.NewReader(out)); err != nil {
		t.Error(err)
	}
	for text, want := range map[string]string{"<html>": "no JSON report", "{}": "no report of scimconform", strings.Replace(out, `"schemaVersion": 1`, `"schemaVersion": 2`, 1): "too old"} {
		if _, err := conformance.ReadDocument(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// TestAReproductionMeetsTheFailureAgain runs the shell lines of a report.
func TestAReproductionMeetsTheFailureAgain(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"sh", "curl", "jq"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("needs %s: %v", program, err)
		}
	}
	server := httptest.NewServer(newTiny("put-405"))
	defer server.Close()
	o := conformance.Options{URL: server.URL + "/scim/v2", Auth: conformance.Auth{Secret: token}}
	only("users.update.1")(&o)
	report, err := suite(t).Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	lines := report.Reproduce(report.Results[0])
	if len(lines) != 2 || !strings.HasPrefix(lines[0], "ID1=$(curl") {
		t.Fatalf("not a create and a PUT: %q", lines)
	}
	sh := exec.CommandContext(t.Context(), "sh", "-euc", strings.Join(lines, "\n"))
	sh.Env = append(os.Environ(), "SCIMCONFORM_TOKEN="+token)
	out, err := sh.CombinedOutput()
	if err != nil || !strings.Contains(string(out), " 405 ") {
		t.Errorf("%v\n%s\n%s", err, strings.Join(lines, "\n"), out)
	}
}

func TestTheHARHasEveryRequest(t *testing.T) {
	t.Parallel()
	report := replay(t, newTiny("put-405"), "/scim/v2", only("users.update.1", "users.create.1"))
	var har struct {
		Log struct {
			Version string
			Pages   []struct{ ID string }
			Entries []struct {
				PageRef string
				Request struct {
					Method, URL string
					Headers     []struct{ Name, Value string }
				}
				Response struct{ Status int }
			}
		}
	}
	if err := json.Unmarshal([]byte(formats(t, report)["har"]), &har); err != nil {
		t.Fatal(err)
	}
	want := 0
	for _, r := range report.Results {
		want += len(r.Exchanges)
	}
	if har.Log.Version != "1.2" || len(har.Log.Pages) != 2 || len(har.Log.Entries) != want || want == 0 {
		t.Errorf("version %s, %d pages, %d entries; want %d", har.Log.Version, len(har.Log.Pages), len(har.Log.Entries), want)
	}
	for _, e := range har.Log.Entries {
		if !slices.ContainsFunc(har.Log.Pages, func(p struct{ ID string }) bool { return p.ID == e.PageRef }) || e.Response.Status == 0 {
			t.Errorf("entry without page or answer: %+v", e)
		}
	}
}

func TestWhatAServerSendsIsNoMarkup(t *testing.T) {
	t.Parallel()
	const evil = "</pre><script>alert(1)</script>```\n# hello |"
	inner := newTiny("")
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			w.WriteHeader(http.StatusBadRequest)
			_ = json.NewEncoder(w).Encode(map[string]string{"detail": evil})
			return
		}
		inner.ServeHTTP(w, r)
	})
	out := formats(t, replay(t, h, "/scim/v2", only("users.update.1")))
	if strings.Contains(out["html"], "<script>") {
		t.Error("the page runs what the server sent")
	}
	if strings.Contains(out["md"], "\n# hello") || !strings.Contains(out["md"], "````http") {
		t.Errorf("the summary is broken by what the server sent:\n%s", out["md"])
	}
}

func TestKnownFailuresDoNotFailTheRunAndStaleOnesDo(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 12, 31, 15, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name, defect, id string
		expires          string
		outcome          conformance.Outcome
		exit             int
		says             string
	}{
		{"known", "put-405", "users.update.1", "2026-12-31", conformance.Partial, 0, "known failure"},
		{"expired yesterday", "put-405", "users.update.1", "2026-12-30", conformance.SomeFailed, 1, "was to be mended by 2026-12-30"},
		{"mended", "", "users.update.1", "2026-12-31", conformance.SomeFailed, 1, "is mended: take it out"},
		{"not run", "", "users.create.2", "2026-12-31", conformance.AllPassed, 0, "PASSED"},
		{"another one", "put-405", "users.create.1", "2027-12-31", conformance.SomeFailed, 1, "users.create.1 is mended"},
	} {
		list, err := conformance.ReadExpected(strings.NewReader("- {id: "+c.id+", reason: issue 117, expires: "+c.expires+"}\n"), suite(t).Scenarios())
		if err != nil {
			t.Fatal(err)
		}
		report := replay(t, newTiny(c.defect), "/scim/v2", only("users.update.1", "users.create.1"))
		report.Expect(list, day)
		if report.Outcome() != c.outcome || report.ExitCode() != c.exit || !strings.Contains(printed(t, report), c.says) {
			t.Errorf("%s: %s, exit code %d; want %s, %d and %q:\n%s", c.name, report.Outcome(), report.ExitCode(), c.outcome, c.exit, c.says, printed(t, report))
		}
	}
}

func TestEveryWrongEntryOfExpectedFailuresIsNamed(t *testing.T) {
	t.Parallel()
	_, err := conformance.ReadExpected(strings.NewReader(`
- {id: users.nothing.1, reason: x, expires: 2026-12-31}
- {id: users.create.1, expires: 2026-12-31}
- {id: users.create.2, reason: x, expires: soon}
- {id: users.create.3, mode: patch, reason: x, expires: 2026-12-31}
- {id: users.create.4, reason: x, expires: 2026-12-31}
- {id: users.create.4, mode: wizard, reason: x, expires: 2026-12-31}
`), suite(t).Scenarios())
	for _, want := range []string{"entry 1 (users.nothing.1): there is no scenario", "entry 2 (users.create.1): no reason", `expires "soon"`, `mode "patch"`, "entry 6 (users.create.4): named twice"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %q", err, want)
		}
	}
	if _, err := conformance.ReadExpected(strings.NewReader("- {id: users.create.1, until: x}"), suite(t).Scenarios()); err == nil || !strings.Contains(err.Error(), "until") {
		t.Errorf("an unknown key is taken: %v", err)
	}
}

func TestAComparisonNamesNewAndFixedFailures(t *testing.T) {
	t.Parallel()
	old := replay(t, newTiny("put-405"), "/scim/v2", only("users.update.1", "users.create.9")).Document()
	now := replay(t, newTiny("password-returned"), "/scim/v2", only("users.update.1", "users.create.9"))
	now.Compare(old)
	if !slices.Equal(now.Against.New, []string{"users.create.9 (catalog)"}) || !slices.Equal(now.Against.Fixed, []string{"users.update.1 (catalog)"}) {
		t.Errorf("%+v", now.Against)
	}
	part := replay(t, newTiny(""), "/scim/v2", only("users.create.9"))
	part.Compare(old)
	if !slices.Equal(part.Against.Unknown, []string{"users.update.1 (catalog)"}) {
		t.Errorf("%+v", part.Against)
	}
}

// TestThePageInABrowser looks at the HTML in Chromium.
func TestThePageInABrowser(t *testing.T) {
	t.Parallel()
	report := replay(t, newTiny("put-405"), "/scim/v2", func(o *conformance.Options) { o.Only = []string{"users", "connection"} })
	html := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(html, []byte(formats(t, report)["html"]), 0o600); err != nil {
		t.Fatal(err)
	}
	b := browsertest.Start(t, browsertest.Options{NoScript: true})
	b.Open("file://" + html)
	b.Screenshot("report-light")
	b.Dark(true)
	b.Screenshot("report-dark")
	b.Size(380, 800)
	b.Screenshot("report-narrow")
	b.Dark(false)
	b.Click("#show-failed")
	b.Screenshot("report-failed")
	if text := b.Text("#results"); !strings.Contains(text, "FAILED") || strings.Contains(text, "SKIPPED") || strings.Contains(text, "PASSED") {
		t.Errorf("the filter shows other verdicts:\n%s", text)
	}
	b.Click("#show-all")
	if text := b.Text("#results"); !strings.Contains(text, "PASSED") {
		t.Errorf("all does not show all:\n%s", text)
	}
}
