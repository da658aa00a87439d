// Command sandbox serves what oktascim and scimconform need when there is no Okta org and
// no SCIM server at hand: a simulated org, and a reference SCIM server with an admin panel.
//
//	sandbox scim    the reference SCIM server and its panel
//	sandbox okta    the simulated Okta org
//	sandbox demo    both, and the main job of oktascim told in the terminal
//
// What is served is printed as key=value tokens, for people and for scripts:
// scim.url= scim.token= panel.url= panel.password= okta.url= okta.token= okta.app=.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/oktascim/oktascim/internal/cli"
)

// version is set at build time.
var version = "devel"

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is the program. The first signal ends it in order, the second at once.
func run(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	cmd := newRoot(stdout, stderr)
	cmd.SetArgs(args)
	cmd.SetOut(stdout)
	cmd.SetErr(stderr)
	if err := cmd.ExecuteContext(ctx); err != nil {
		fmt.Fprintf(stderr, "sandbox: %v\n", err)
		return 1
	}
	return 0
}

func newRoot(stdout, stderr io.Writer) *cobra.Command {
	root := &cobra.Command{
		Use:   "sandbox",
		Short: "A simulated Okta org and a reference SCIM server",
		Long: `sandbox serves a simulated Okta org and a reference SCIM 2.0 server with an admin panel,
each alone or both together, on this machine. What it serves is printed as key=value.`,
		Version: version,
	}
	root.AddCommand(newSCIM(stdout, stderr), newOkta(stdout, stderr), newDemo(stdout, stderr))
	cli.Polish(root)
	return root
}
