package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/oktascim/oktascim/internal/cli"
	"github.com/oktascim/oktascim/internal/config"
)

// The exit codes.
const (
	exitOK      = 0
	exitError   = 1
	exitChanges = 2
	exitHeld    = 3
)

// exit is an error that is only an exit code: what there was to say has been said.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// exitOf returns the code of an error, and whether it still has to be told.
func exitOf(err error) (code int, say bool) {
	if e, ok := errors.AsType[exit](err); ok {
		return int(e), false
	}
	return exitError, true
}

// program is what the commands share: where to write and what the global flags say.
type program struct {
	stdout, stderr io.Writer
	// logsItsEnd is called by a command that logs that it is told to stop, so that it is
	// said once; nil: nobody else says it.
	logsItsEnd func()

	configFile  string
	output      string
	connections []string
	logLevel    string
}

func newRoot(p *program) *cobra.Command {
	root := &cobra.Command{
		Use:   "oktascim",
		Short: "Reconcile Okta assignments and group pushes into SCIM 2.0 targets",
		Long: `oktascim reads who is assigned to an Okta app and which groups are pushed, and makes a
SCIM 2.0 server agree: plan, guard, apply, once or on a schedule.

Start with "oktascim check". Exit codes: 0 success (plan: nothing to do), 1 error,
2 plan: there are changes, 3 held by a guard.`,
		Example: `  oktascim check -c oktascim.yaml
  oktascim plan
  oktascim apply
  oktascim run`,
	}
	flags := root.PersistentFlags()
	flags.StringVarP(&p.configFile, "config", "c", "oktascim.yaml", "configuration `FILE`")
	flags.StringVar(&p.logLevel, "log-level", "", "log at this `LEVEL`: debug, info, warn or error; instead of the configuration's")
	must(root.MarkPersistentFlagFilename("config", "yaml", "yml"))
	must(root.RegisterFlagCompletionFunc("log-level", cobra.FixedCompletions([]string{"debug", "info", "warn", "error"}, cobra.ShellCompDirectiveNoFileComp)))
	root.AddCommand(newCheck(p), newPlan(p), newApply(p), newRun(p), newExplain(p), newLinks(p), newRuns(p), newTasks(p), newLedger(p), newConfig(p), newVersion(p), newAudit(p))
	cli.Polish(root)
	return root
}

// must is for what only a programming error can break.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// addConnectionFlag adds --connection.
func (p *program) addConnectionFlag(cmd *cobra.Command) {
	cmd.Flags().StringSliceVar(&p.connections, "connection", nil, "only this connection, by `NAME`; may be given several times (default: all)")
	must(cmd.RegisterFlagCompletionFunc("connection", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		c, err := config.Load(p.configFile)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return names(c), cobra.ShellCompDirectiveNoFileComp
	}))
}

// addOutputFlag adds -o.
func (p *program) addOutputFlag(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&p.output, "output", "o", "text", "output `FORMAT`: text or json")
	must(cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp)))
}

// addReportFlag adds -o of a command that writes reports.
func (p *program) addReportFlag(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&p.output, "output", "o", "text", "output `FORMAT`: text, json or markdown")
	must(cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"text", "json", "markdown"}, cobra.ShellCompDirectiveNoFileComp)))
}

// reportForm is the form that a report is written in.
func (p *program) reportForm() (string, error) {
	switch p.output {
	case "text", "json", "markdown":
		return p.output, nil
	}
	return "", fmt.Errorf("-o %q is no output format; write -o text, -o json or -o markdown", p.output)
}

// json reports whether the output is to be JSON.
func (p *program) json() (bool, error) {
	switch p.output {
	case "text":
		return false, nil
	case "json":
		return true, nil
	}
	return false, fmt.Errorf("-o %q is no output format; write -o text or -o json", p.output)
}

// load reads the configuration and picks the connections that the flags name.
func (p *program) load() (*config.Config, []*config.Connection, error) {
	c, err := config.Load(p.configFile)
	if err != nil {
		return nil, nil, err
	}
	if p.logLevel != "" {
		c.Log.Level = p.logLevel
	}
	if len(p.connections) == 0 {
		all := make([]*config.Connection, len(c.Connections))
		for i := range c.Connections {
			all[i] = &c.Connections[i]
		}
		return c, all, nil
	}
	var picked []*config.Connection
	for _, name := range p.connections {
		k, ok := c.Connection(name)
		if !ok {
			return nil, nil, fmt.Errorf("--connection %q: there is no such connection in %s; it has: %s", name, p.configFile, strings.Join(names(c), ", "))
		}
		picked = append(picked, k)
	}
	return c, picked, nil
}

func names(c *config.Config) []string {
	list := make([]string, len(c.Connections))
	for i := range c.Connections {
		list[i] = c.Connections[i].Name
	}
	return list
}
