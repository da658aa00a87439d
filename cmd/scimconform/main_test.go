package main

import (
	"context"
	"errors"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/oktascim/oktascim/internal/scimserver"
)

var update = flag.Bool("update", false, "rewrite the expected output in the scripts")

const secret = "s3cret-token-of-the-scripts"

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"scimconform": main})
}

// TestScripts runs testdata/*.txtar. Each has servers of its own: $URL takes
// $SECRET as a bearer token, $RAW takes it as it is, $LEAKY keeps people who
// were removed from a group, $PAGE is a web page.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:           "testdata",
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			for name, h := range map[string]http.Handler{
				"URL":   signedIn("Bearer "+secret, reference()),
				"RAW":   signedIn(secret, reference()),
				"LEAKY": signedIn("Bearer "+secret, leaky(reference())),
				"PAGE": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					_, _ = w.Write([]byte("<!doctype html><title>Sign in</title>"))
				}),
				"JSON": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					_, _ = w.Write([]byte(`{"hello":"world"}`))
				}),
				"DOWN": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					w.WriteHeader(http.StatusServiceUnavailable)
					_, _ = w.Write([]byte("<html>no healthy upstream</html>"))
				}),
				"HANGS": http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }),
				"SCIM":  http.NotFoundHandler(),
			} {
				server := httptest.NewServer(h)
				env.Defer(server.Close)
				env.Setenv(name, server.URL+"/scim/v2")
			}
			gone := httptest.NewServer(http.NotFoundHandler())
			gone.Close()
			env.Setenv("GONE", gone.URL)
			env.Setenv("HOST", strings.TrimSuffix(env.Getenv("URL"), "/scim/v2"))
			env.Setenv("SECURELY", strings.Replace(env.Getenv("URL"), "http://", "https://", 1))
			env.Setenv("SECRET", secret)
			env.Setenv("CI", "")
			if err := moreServers(env); err != nil {
				return err
			}
			return os.WriteFile(env.Cd+"/token.txt", []byte(secret+"\n"), 0o600)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			// code N command…: the command ends with exit code N.
			"code": func(ts *testscript.TestScript, _ bool, args []string) {
				want, err := strconv.Atoi(args[0])
				ts.Check(err)
				got := 0
				err = ts.Exec(args[1], args[2:]...)
				if exit, ok := errors.AsType[*exec.ExitError](err); ok {
					got = exit.ExitCode()
				} else {
					ts.Check(err)
				}
				if got != want {
					ts.Fatalf("exit code %d, want %d", got, want)
				}
			},
		},
	})
}

func reference() http.Handler { return scimserver.New(scimserver.Options{}).Handler() }

func signedIn(authorization string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != authorization {
			w.Header().Set("Www-Authenticate", `Bearer realm="scim"`)
			scimserver.WriteError(w, http.StatusUnauthorized, "", "the token is wrong")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// leaky answers a removal with 204 and does nothing, as a real server did
// (github.com/pydantic/logfire/issues/2355).
func leaky(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPatch {
			body := new(strings.Builder)
			if _, err := copyBody(body, r); err == nil && strings.Contains(body.String(), `members[value eq`) {
				w.WriteHeader(http.StatusNoContent)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// TestAnInterruptEndsTheRunAndDeletesWhatItMade cancels in the middle of the
// first create, as Ctrl-C does.
func TestAnInterruptEndsTheRunAndDeletesWhatItMade(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	next := reference()
	var made, deleted atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r)
		switch r.Method {
		case http.MethodPost:
			made.Add(1)
			cancel()
		case http.MethodDelete:
			deleted.Add(1)
		}
	}))
	var out, errs strings.Builder
	code := execute(ctx, []string{"--url", server.URL + "/scim/v2", "--token", secret, "--yes", "--run", "users.create.3", "--mode", "catalog"}, streams{
		in: strings.NewReader(""), out: &out, err: &errs, env: func(string) string { return "" },
	})
	server.Close() // waits for the handlers, so that the counts are settled
	if code != 2 || !strings.Contains(out.String(), "interrupted") {
		t.Errorf("exit code %d, want 2 and the word interrupted:\n%s%s", code, out.String(), errs.String())
	}
	if text := out.String(); !strings.Contains(text, "The run was interrupted: 1 of 1 checks were not made.") || !strings.Contains(text, "--sweep scimconform-") || strings.Contains(text, "requirement  ") {
		t.Errorf("an interrupt is told as a finding, or not at all:\n%s", text)
	}
	if made.Load() != 1 || deleted.Load() != 1 {
		t.Errorf("%d made, %d deleted; want one of each", made.Load(), deleted.Load())
	}
}

func TestAPersonIsAskedOnATerminal(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]int{"y\n": 0, "n\n": 2, "": 2} {
		server := httptest.NewServer(signedIn("Bearer "+secret, reference()))
		var out, errs strings.Builder
		code := execute(t.Context(), []string{"--url", server.URL + "/scim/v2", "--token", secret, "--run", "connection.test.1"}, streams{
			in: strings.NewReader(answer), out: &out, err: &errs, env: func(string) string { return "" }, terminal: true,
		})
		server.Close()
		if code != want || !strings.Contains(errs.String(), "Go on? [y/N]") {
			t.Errorf("answer %q: exit code %d, want %d\n%s%s", answer, code, want, out.String(), errs.String())
		}
	}
}
