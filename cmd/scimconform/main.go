// Command scimconform replays what Okta sends to a SCIM 2.0 server and says
// which button in Okta would not work with it, and why.
//
//	scimconform --url https://scim.example.com/scim/v2 --token-file token.txt --yes
//
// Exit codes: 0 no requirement failed, 1 some did, 2 no verdict could be given
// (a wrong URL, a refused token, nothing selected).
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

	"golang.org/x/term"
)

func main() {
	os.Exit(run())
}

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// The first interrupt ends the run and deletes what it made, the second one
	// ends the program.
	deregister := context.AfterFunc(ctx, func() {
		stop()
		fmt.Fprintln(os.Stderr, "scimconform: interrupted, deleting what was made; interrupt again to leave it (scimconform --sweep scimconform- finds it)")
	})
	defer deregister()
	return execute(ctx, os.Args[1:], streams{
		in: os.Stdin, out: os.Stdout, err: os.Stderr, env: os.Getenv,
		terminal: term.IsTerminal(int(os.Stdin.Fd())), bar: term.IsTerminal(int(os.Stderr.Fd())),
	})
}

// streams are what the program reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
	env      func(string) string
	terminal bool // in is a terminal: a person can be asked
	bar      bool // err is a terminal: a bar can move
}

// exitError carries an exit code that is no failure of the program.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// execute runs the program and returns its exit code.
func execute(ctx context.Context, args []string, s streams) int {
	cmd := command(ctx, s)
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(ctx)
	if code, ok := errors.AsType[exitError](err); ok {
		return int(code)
	}
	if err != nil {
		fmt.Fprintf(s.err, "scimconform: %v\n", err)
		return 2
	}
	return 0
}

// version is what the build says, or "devel".
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}
