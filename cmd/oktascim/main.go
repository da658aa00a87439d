// Command oktascim joins Okta and SCIM 2.0 from Okta's side: it reads who is assigned to
// an Okta app and which groups are pushed, and makes a SCIM 2.0 server agree.
//
//	oktascim check             say whether both sides are set up, and what to do if not
//	oktascim plan              show what would change
//	oktascim apply             change it
//	oktascim run               do that on a schedule, until told to stop
//	oktascim config schema     print the JSON schema of the configuration, for editors
//
// The configuration is oktascim.yaml in the current folder, or what -c names. Exit codes:
// 0 success (plan: nothing to do), 1 error, 2 plan: there are changes, 3 held by a guard.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/oktascim/oktascim/internal/config"
)

// version is set at build time.
var version = "devel"

func main() {
	// Less garbage between collections, for a third more of processor time: the network
	// decides how long a run takes, and a small machine should be enough for it.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// gcPercent keeps a run over 10,000 people and 50,000 memberships under 100 MB.
const gcPercent = 40

// run is the program. The first signal ends it in order, the second at once.
func run(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	forget := context.AfterFunc(ctx, func() {
		fmt.Fprintln(stderr, "oktascim: stopping: what is being written is finished first; a second signal ends it at once")
	})
	defer forget() // a program that ends by itself says nothing
	cmd := newRoot(&program{stdout: stdout, stderr: stderr, logsItsEnd: func() { forget() }})
	cmd.SetArgs(args)
	cmd.SetOut(stdout)
	cmd.SetErr(stderr)
	err := cmd.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	code, say := exitOf(err)
	if say {
		writeError(stderr, err)
	}
	return code
}

// writeError writes what went wrong. The problems of a configuration stand at the beginning
// of their lines, where editors and terminals find file, line and column.
func writeError(w io.Writer, err error) {
	problems, ok := errors.AsType[config.Problems](err)
	if !ok {
		fmt.Fprintf(w, "oktascim: %v\n", err)
		return
	}
	things := "problems"
	if len(problems) == 1 {
		things = "problem"
	}
	fmt.Fprintf(w, "%v\noktascim: %d %s in the configuration; every key is described in docs/configuration.md\n", err, len(problems), things)
}
