package walkthrough

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/oktascim/oktascim/internal/browsertest"
	"github.com/oktascim/oktascim/internal/oktasim"
	"github.com/oktascim/oktascim/internal/scimserver"
	"github.com/oktascim/oktascim/internal/scimserver/adminpanel"
)

type object = map[string]any

// world is what one scenario has: an org, a target with its panel, a configuration, and the
// last run of oktascim.
type world struct {
	t *scenarioT

	org    *oktasim.Org
	orgNow atomic.Pointer[oktasim.Org] // behind orgURL
	orgURL string

	server     *scimserver.Server
	connection *scimserver.Connection
	panel      *adminpanel.Panel
	gate       *gate
	targetURL  string // scheme and host
	token      string // the SCIM token of now

	browser *browsertest.Browser

	dir      string
	settings settings
	program  *process // running or last
	// running is the same for the target's side, which is another goroutine.
	running  atomic.Pointer[process]
	exitCode int
	output   string // of the last run, both streams
}

// settings are what a scenario changes in the configuration.
type settings struct {
	app, baseURL, token, oktaToken string
	second                         string // label of an app that is provisioned into the same target
	concurrency                    int
	full                           string
	pushes                         []string
}

// begin makes a fresh org and a fresh target whose connection is on and has a token.
func (w *world) begin(t *testing.T, name string) error {
	t.Helper()
	w.reset(&scenarioT{TB: t, name: name})
	return w.t.guard(func() {
		orgs := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			w.orgNow.Load().Handler().ServeHTTP(rw, r)
		}))
		w.t.Cleanup(orgs.Close)
		w.orgURL = orgs.URL
		w.plant(oktasim.DefaultSeed())

		var err error
		w.connection, err = scimserver.NewConnection(scimserver.ConnectionOptions{Enabled: true})
		w.must(err)
		w.token, err = w.connection.NewToken()
		w.must(err)
		w.server = scimserver.New(scimserver.Options{Connection: w.connection})
		w.panel = adminpanel.New(adminpanel.Options{Server: w.server, Connection: w.connection})
		w.serveTarget()

		w.dir = w.t.TempDir()
		w.settings = settings{
			app: "SCIM 2.0 - Acme", baseURL: w.targetURL + "/scim/v2", token: w.token, oktaToken: w.org.Token(),
			concurrency: 1, full: "1h",
		}
	})
}

// serveTarget serves the target and its panel on a new port.
func (w *world) serveTarget() {
	mux := http.NewServeMux()
	w.gate = newGate(w.server.Handler())
	mux.Handle("/scim/v2/", w.gate)
	mux.Handle("/admin/", w.panel.Handler())
	target := httptest.NewServer(mux)
	panel := w.panel
	w.t.Cleanup(func() { panel.Close(); target.Close() })
	w.targetURL = target.URL
}

// reset empties the world for the next scenario.
func (w *world) reset(t *scenarioT) {
	w.t, w.org, w.browser, w.program = t, nil, nil, nil
	w.running.Store(nil)
	w.exitCode, w.output = 0, ""
}

func (w *world) end() {
	if w.program != nil {
		w.program.kill()
	}
	w.t.cleanUp()
}

// plant replaces the org.
func (w *world) plant(seed *oktasim.Seed) {
	token := ""
	if w.org != nil {
		token = w.org.Token()
	}
	org, err := oktasim.New(oktasim.Options{BaseURL: w.orgURL, Seed: seed, APIToken: token})
	w.must(err)
	w.org = org
	w.orgNow.Store(org)
}

func (w *world) must(err error) {
	if err != nil {
		w.t.Fatal(err)
	}
}

// writeConfig writes the file that the next run reads. Line 8 is the base URL.
func (w *world) writeConfig() {
	var b strings.Builder
	fmt.Fprintf(&b, `okta:
  orgUrl: %s
  auth: {apiToken: "${OKTA_API_TOKEN}"}
connections:
  - name: acme
    app: %q
    target:
      baseUrl: %s
      auth: {header: "${SCIM_TOKEN}"}
      retries: 0
      concurrency: %d
    schedule: {full: %s}
`, w.orgURL, w.settings.app, w.settings.baseURL, w.settings.concurrency, w.settings.full)
	if len(w.settings.pushes) > 0 {
		b.WriteString("    push:\n")
		for _, name := range w.settings.pushes {
			fmt.Fprintf(&b, "      - name: %q\n", name)
		}
	}
	if w.settings.second != "" {
		fmt.Fprintf(&b, "  - name: second\n    app: %q\n    target:\n      baseUrl: %s\n      auth: {header: \"${SCIM_TOKEN}\"}\n", w.settings.second, w.settings.baseURL)
	}
	w.must(os.WriteFile(filepath.Join(w.dir, "oktascim.yaml"), []byte(b.String()), 0o600))
}

// okta does what an admin does in the org and returns the answer.
func (w *world) okta(method, path string, body any) []byte {
	return w.call(method, w.orgURL+path, "SSWS "+w.org.Token(), body)
}

// scim does to the target what oktascim did not, past the gate's faults.
func (w *world) scim(method, path string, body any) []byte {
	return w.call(method, w.targetURL+"/scim/v2/"+path, w.token, body)
}

func (w *world) call(method, address, auth string, body any) []byte {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		w.must(err)
		content = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(w.t.Context(), method, address, content)
	w.must(err)
	r.Header.Set("Authorization", auth)
	r.Header.Set(byHand, "yes")
	if content != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(r)
	w.must(err)
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	w.must(err)
	if res.StatusCode >= 300 {
		w.t.Fatalf("%s %s: %s: %s", method, r.URL.Path, res.Status, answer)
	}
	return answer
}

// scenarioT lets helpers made for tests be used in a scenario: what would end a test ends
// the step.
type scenarioT struct {
	testing.TB
	name     string
	cleanups []func()
}

type stepFailed struct{ text string }

func (t *scenarioT) Helper()      {}
func (t *scenarioT) Name() string { return t.name }

func (t *scenarioT) Cleanup(f func()) { t.cleanups = append(t.cleanups, f) }

func (t *scenarioT) cleanUp() {
	for i := len(t.cleanups) - 1; i >= 0; i-- {
		t.cleanups[i]()
	}
	t.cleanups = nil
}

func (t *scenarioT) TempDir() string {
	dir, err := os.MkdirTemp("", "walkthrough-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func (t *scenarioT) Fatal(args ...any) { panic(stepFailed{fmt.Sprint(args...)}) }

func (t *scenarioT) Fatalf(format string, args ...any) {
	panic(stepFailed{fmt.Sprintf(format, args...)})
}
func (t *scenarioT) Error(args ...any)                 { t.Fatal(args...) }
func (t *scenarioT) Errorf(format string, args ...any) { t.Fatalf(format, args...) }
func (t *scenarioT) FailNow()                          { t.Fatal("failed") }

// guard runs a step; what would have ended a test is its error.
func (t *scenarioT) guard(step func()) (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case stepFailed:
			err = fmt.Errorf("%s", r.text)
		default:
			panic(r)
		}
	}()
	step()
	return nil
}
