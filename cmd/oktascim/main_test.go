package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/oktascim/oktascim/internal/clitest"
	"github.com/oktascim/oktascim/internal/oktasim"
	"github.com/oktascim/oktascim/internal/scimserver"
)

var update = flag.Bool("update", false, "rewrite the expected output in the scripts, and the reference")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"oktascim": main})
}

// TestScripts runs testdata/*.txtar. Each has an org at $OKTA_URL that takes
// $OKTA_API_TOKEN, targets at $SCIM_URL and $OTHER_URL that take $SCIM_TOKEN, and beside
// the commands of clitest:
//
//	seed FILE                  another org takes the place of the one that there was
//	okta METHOD PATH [JSON]    do something in the org, as an admin does
//	scim METHOD PATH [JSON]    do something in the target, past oktascim
//	switch on|off              the target's own switch for SCIM
//	refuse WORD DETAIL         the target refuses every write whose body has the WORD
//	hang, hangs, release       the target's next write gets no answer until it is released;
//	                           hangs waits until it has come
//
// In a PATH {group:NAME}, {user:LOGIN} and {app:LABEL} stand for their ids in Okta.
func TestScripts(t *testing.T) {
	t.Parallel()
	cmds := clitest.Commands("OKTA_API_TOKEN", "SCIM_TOKEN")
	maps.Copy(cmds, worldCommands())
	testscript.Run(t, testscript.Params{
		Dir: "testdata", UpdateScripts: *update, Cmds: cmds, RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			clitest.Setup(env)
			w, err := newWorld(env)
			env.Values[worldKey{}] = w
			return err
		},
	})
}

type worldKey struct{}

// world is the org and the target of one script.
type world struct {
	org        atomic.Pointer[oktasim.Org]
	okta       *httptest.Server
	target     *httptest.Server
	connection *scimserver.Connection
	oktaToken  string
	scimToken  string
	next       atomic.Pointer[hang] // for the target's next write
	refusal    atomic.Pointer[refusal]
	hang       *hang
}

// refusal is what the target does not want.
type refusal struct{ word, detail string }

// refused answers a request that the target does not want.
func (w *world) refused(rw http.ResponseWriter, r *http.Request) bool {
	no := w.refusal.Load()
	if no == nil || r.Method == http.MethodGet {
		return false
	}
	body, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	if err != nil || !bytes.Contains(body, []byte(no.word)) {
		return false
	}
	rw.Header().Set("Content-Type", "application/scim+json")
	rw.Header().Set("X-Request-Id", "req-7")
	rw.WriteHeader(http.StatusBadRequest)
	fmt.Fprintf(rw, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"400","detail":%q}`, no.detail)
	return true
}

// hang keeps a write from its answer.
type hang struct{ come, release chan struct{} }

func newWorld(env *testscript.Env) (*world, error) {
	w := &world{oktaToken: "00the-org-s-secret", scimToken: "the-target-s-secret"}
	w.okta = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.org.Load().Handler().ServeHTTP(rw, r) }))
	env.Defer(w.okta.Close)
	if err := w.plant(oktasim.DefaultSeed()); err != nil {
		return nil, err
	}
	var err error
	if w.connection, err = scimserver.NewConnection(scimserver.ConnectionOptions{Enabled: true, Token: w.scimToken}); err != nil {
		return nil, err
	}
	server := scimserver.New(scimserver.Options{Connection: w.connection}).Handler()
	w.target = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Header.Get("X-By-Hand") == "" {
			if h := w.next.Swap(nil); h != nil {
				close(h.come)
				<-h.release
			}
		}
		if w.refused(rw, r) {
			return
		}
		server.ServeHTTP(rw, r)
	}))
	env.Defer(w.target.Close)
	other, err := scimserver.NewConnection(scimserver.ConnectionOptions{Enabled: true, Token: w.scimToken})
	if err != nil {
		return nil, err
	}
	second := httptest.NewServer(scimserver.New(scimserver.Options{Connection: other}).Handler())
	env.Defer(second.Close)
	env.Defer(w.letGo) // first: Close waits for what hangs
	for name, value := range map[string]string{
		"OKTA_URL": w.okta.URL, "OKTA_API_TOKEN": w.oktaToken, "SCIM_URL": w.target.URL + "/scim/v2", "SCIM_TOKEN": w.scimToken,
		"TARGET": w.target.URL, "OTHER_URL": second.URL + "/scim/v2", "HOME": env.WorkDir, "NO_COLOR": "1",
	} {
		env.Setenv(name, value)
	}
	return w, nil
}

func (w *world) plant(seed *oktasim.Seed) error {
	org, err := oktasim.New(oktasim.Options{BaseURL: w.okta.URL, Seed: seed, APIToken: w.oktaToken})
	if err == nil {
		w.org.Store(org)
	}
	return err
}

func (w *world) letGo() {
	if w.hang != nil {
		close(w.hang.release)
		w.hang = nil
	}
}

func worldCommands() map[string]func(*testscript.TestScript, bool, []string) {
	of := func(ts *testscript.TestScript) *world {
		w, ok := ts.Value(worldKey{}).(*world)
		if !ok {
			ts.Fatalf("the script has no world")
		}
		return w
	}
	return map[string]func(*testscript.TestScript, bool, []string){
		"seed": func(ts *testscript.TestScript, _ bool, args []string) {
			seed, err := oktasim.ParseSeed(args[0], []byte(ts.ReadFile(args[0])))
			ts.Check(err)
			ts.Check(of(ts).plant(seed))
		},
		"okta": func(ts *testscript.TestScript, _ bool, args []string) {
			w := of(ts)
			call(ts, args, w.okta.URL, "SSWS "+w.oktaToken, w.org.Load())
		},
		"scim": func(ts *testscript.TestScript, _ bool, args []string) {
			w := of(ts)
			call(ts, args, w.target.URL+"/scim/v2", w.scimToken, w.org.Load())
		},
		"refuse": func(ts *testscript.TestScript, _ bool, args []string) {
			of(ts).refusal.Store(&refusal{args[0], args[1]})
		},
		"switch": func(ts *testscript.TestScript, _ bool, args []string) {
			ts.Check(of(ts).connection.SetEnabled(args[0] == "on"))
		},
		"hang": func(ts *testscript.TestScript, _ bool, _ []string) {
			w := of(ts)
			w.hang = &hang{come: make(chan struct{}), release: make(chan struct{})}
			w.next.Store(w.hang)
		},
		"hangs":   func(ts *testscript.TestScript, _ bool, _ []string) { <-of(ts).hang.come },
		"release": func(ts *testscript.TestScript, _ bool, _ []string) { of(ts).letGo() },
	}
}

// call sends METHOD PATH [JSON] and shows the answer as the command's output.
func call(ts *testscript.TestScript, args []string, base, auth string, org *oktasim.Org) {
	if len(args) < 2 {
		ts.Fatalf("usage: METHOD PATH [JSON]")
	}
	path := args[1]
	for kind, id := range map[string]func(string) string{"{group:": org.GroupID, "{user:": org.UserID, "{app:": org.AppID} {
		if before, rest, ok := strings.Cut(path, kind); ok {
			name, after, _ := strings.Cut(rest, "}")
			path = before + id(name) + after
		}
	}
	body := ""
	if len(args) > 2 {
		body = args[2]
	}
	r, err := http.NewRequest(args[0], base+path, strings.NewReader(body))
	ts.Check(err)
	r.Header.Set("Authorization", auth)
	r.Header.Set("X-By-Hand", "yes")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(r)
	ts.Check(err)
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	ts.Check(err)
	if res.StatusCode >= 300 {
		ts.Fatalf("%s %s: %s: %s", args[0], path, res.Status, answer)
	}
	_, err = ts.Stdout().Write(answer)
	ts.Check(err)
}
