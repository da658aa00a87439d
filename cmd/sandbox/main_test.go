package main

import (
	"flag"
	"io"
	"maps"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/oktascim/oktascim/internal/clitest"
)

var update = flag.Bool("update", false, "rewrite the expected output in the scripts, and the reference")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"sandbox": main})
}

// TestScripts runs testdata/*.txtar. Each has $TAKEN, an address that another program
// listens on, and beside the commands of clitest:
//
//	scim STATUS METHOD PATH [TOKEN]   ask $SCIM_URL; it answers with STATUS
//	oktascim                          put an oktascim on the PATH
func TestScripts(t *testing.T) {
	t.Parallel()
	cmds := clitest.Commands()
	build := sync.OnceValues(func() (string, error) {
		dir := t.TempDir()
		out, err := exec.CommandContext(t.Context(), "go", "build", "-o", dir, "../oktascim").CombinedOutput()
		if err != nil {
			t.Logf("%s", out)
		}
		return dir, err
	})
	maps.Copy(cmds, map[string]func(*testscript.TestScript, bool, []string){
		"scim": scim,
		"oktascim": func(ts *testscript.TestScript, _ bool, _ []string) {
			dir, err := build()
			ts.Check(err)
			ts.Setenv("PATH", dir+string(filepath.ListSeparator)+ts.Getenv("PATH"))
		},
	})
	testscript.Run(t, testscript.Params{
		Dir: "testdata", UpdateScripts: *update, Cmds: cmds, RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			clitest.Setup(env)
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return err
			}
			env.Defer(func() { _ = l.Close() })
			env.Setenv("TAKEN", l.Addr().String())
			for _, name := range []string{"SANDBOX_SCIM_TOKEN", "SANDBOX_OKTA_TOKEN", "SANDBOX_PANEL_PASSWORD", "SCIM_URL"} {
				env.Setenv(name, "")
			}
			env.Setenv("TMPDIR", env.WorkDir)
			env.Setenv("HOME", env.WorkDir)
			return nil
		},
	})
}

// scim sends one request; the body of the answer is the command's output.
func scim(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 3 {
		ts.Fatalf("usage: scim STATUS METHOD PATH [TOKEN]")
	}
	r, err := http.NewRequest(args[1], ts.Getenv("SCIM_URL")+args[2], http.NoBody)
	ts.Check(err)
	if len(args) > 3 {
		r.Header.Set("Authorization", args[3])
	}
	res, err := http.DefaultClient.Do(r)
	ts.Check(err)
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	ts.Check(err)
	_, err = ts.Stdout().Write(answer)
	ts.Check(err)
	if strconv.Itoa(res.StatusCode) != args[0] {
		ts.Fatalf("%s, want %s", res.Status, args[0])
	}
}
