package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
)

// demoFlags are the flags of the demo.
type demoFlags struct {
	scim scimFlags
	okta oktaFlags
	once bool
}

func newDemo(stdout, stderr io.Writer) *cobra.Command {
	var f demoFlags
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Serve both and tell the main job in the terminal",
		Long: `Serve a simulated Okta org and a reference SCIM server, and tell the main job with the
oktascim that stands beside this program, or on the PATH: check, plan, apply, a person
joins, a person leaves, a group is renamed, somebody meddles with the target, and at the end
an empty plan. Then both stay up, to be tried by hand, until Ctrl-C.

With --seed the org is another one, and only check, plan, apply and the empty plan are shown:
the rest of the story needs the people of the built-in org.`,
		Example: `  sandbox demo
  sandbox demo --once`,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd, stdout, stderr) },
	}
	f.scim.add(cmd, "127.0.0.1:0")
	f.okta.add(cmd, "okta-addr", "127.0.0.1:0")
	must(cmd.Flags().MarkHidden("off"))
	cmd.Flags().BoolVar(&f.once, "once", false, "end after the story")
	return cmd
}

func (f *demoFlags) run(cmd *cobra.Command, stdout, stderr io.Writer) (err error) {
	program, err := findOktascim()
	if err != nil {
		return err
	}
	if f.scim.off {
		return errors.New("--off makes no sense for the demo: the story needs the connection")
	}
	log := newLog(stderr, f.scim.verbose)
	target, err := f.scim.open(cmd, log)
	if err != nil {
		return err
	}
	defer func() { err = target.close(err) }()
	if target.token == "" {
		return fmt.Errorf("the token in %s is known only as a hash: give it with SANDBOX_SCIM_TOKEN, or take another file", f.scim.data)
	}
	org, err := f.okta.open(cmd, log)
	if err != nil {
		return err
	}
	defer func() { _ = org.listener.Close() }() // serve has closed it, unless the story ended before
	dir, err := os.MkdirTemp("", "oktascim-demo-")
	if err != nil {
		return fmt.Errorf("making a folder for the demo: %w", err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a folder of the system's temporary one

	// The servers end when the story or the wait is over, whichever way.
	ctx, stop := context.WithCancel(cmd.Context())
	defer stop()
	var servers errgroup.Group
	servers.Go(func() error { return serve(ctx, target.site, org.site) })
	s := &story{out: stdout, errs: stderr, program: program, dir: dir, target: target, org: org}
	told := s.tell(ctx, f.okta.seed == "")
	if told == nil && !f.once {
		s.stay(append(target.tokens(), org.tokens()...))
		<-ctx.Done()
		told = nil
	}
	stop()
	if err := servers.Wait(); told == nil {
		return err
	}
	if cmd.Context().Err() != nil {
		return errors.New("stopped before the end of the story")
	}
	return told
}

// findOktascim returns the oktascim beside this program, or the one on the PATH.
func findOktascim() (string, error) {
	if self, err := os.Executable(); err == nil {
		beside := filepath.Join(filepath.Dir(self), "oktascim")
		if info, err := os.Stat(beside); err == nil && !info.IsDir() {
			return beside, nil
		}
	}
	path, err := exec.LookPath("oktascim")
	if err != nil {
		return "", errors.New("there is no oktascim beside this program and none on the PATH: make build puts all three into bin/")
	}
	return path, nil
}
