package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/internal/config"
	"github.com/oktascim/oktascim/internal/ledger/sqlite"
)

func newPlan(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Show what would change; change nothing",
		Long: `Read both sides and show what apply would do. Nothing is written, neither to the
target nor to the ledger.

Exit codes: 0 nothing to do, 2 there are changes, 3 a removal is held by a guard or withheld
for want of evidence, 1 error. With several connections: 1 if any has an error, else 3, else 2.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			code, err := p.eachConnection(cmd.Context(), agent.ModePlan, "")
			return result(code, err)
		},
	}
	p.addConnectionFlag(cmd)
	p.addOutputFlag(cmd)
	return cmd
}

func newApply(p *program) *cobra.Command {
	var approve string
	cmd := &cobra.Command{
		Use:   "apply",
		Short: "Make the targets agree with Okta",
		Long: `Read both sides, plan, check and carry the plan out. What a guard holds is left out
and named; read it, and approve exactly that plan with --approve and its digest. A plan
that has changed in the meantime has another digest, and stays held.

Exit codes: 0 all done, 3 held by a guard (the rest is done), 1 error or a change that
did not succeed.`,
		Example: `  oktascim apply
  oktascim apply --connection example --approve 3fa9c1d20b7e`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("approve") && approve == "" {
				return fmt.Errorf("--approve needs the digest that the plan shows")
			}
			code, err := p.eachConnection(cmd.Context(), agent.ModeApply, approve)
			return result(code, err)
		},
	}
	p.addConnectionFlag(cmd)
	p.addOutputFlag(cmd)
	cmd.Flags().StringVar(&approve, "approve", "", "carry out the held plan with this `DIGEST`")
	must(cmd.RegisterFlagCompletionFunc("approve", cobra.NoFileCompletions))
	return cmd
}

func result(code int, err error) error {
	if err != nil {
		return err
	}
	if code != exitOK {
		return exit(code)
	}
	return nil
}

// eachConnection runs the connections one after the other and writes a report for each.
// A connection that fails does not keep the next from its turn.
func (p *program) eachConnection(ctx context.Context, mode agent.Mode, approve string) (code int, err error) {
	asJSON, err := p.json()
	if err != nil {
		return 0, err
	}
	c, picked, err := p.load()
	if err != nil {
		return 0, err
	}
	log, err := newLog(c.Log, zerolog.WarnLevel, p.stderr)
	if err != nil {
		return 0, err
	}
	db, err := openLedger(c) //nolint:contextcheck // a commit of the ledger is not cancelled with the run
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()

	reports := []agent.Report{}
	for i, k := range picked {
		report, failed := p.one(ctx, c, k, mode, approve, db, log)
		if failed != nil && report.ID == "" { // it never began
			report = agent.Report{Connection: k.Name, Mode: mode, Result: agent.RunFailed, Error: failed.Error()}
		}
		reports = append(reports, report)
		code = worse(code, exitCode(report, mode, failed))
		if !asJSON {
			title := ""
			if len(picked) > 1 {
				title = k.Name
			}
			if err := p.writeReport(report, title, i > 0); err != nil {
				return 0, fmt.Errorf("writing the report: %w", err)
			}
		}
		if failed != nil {
			fmt.Fprintf(p.stderr, "oktascim: connection %s: %s\n", k.Name, inWords(failed))
		}
		if ctx.Err() != nil {
			break
		}
	}
	if asJSON {
		enc := json.NewEncoder(p.stdout)
		enc.SetIndent("", "  ")
		if err := enc.Encode(map[string]any{"runs": reports}); err != nil {
			return 0, fmt.Errorf("writing the reports: %w", err)
		}
	}
	if approve != "" {
		p.sayWhatWasNotApproved(approve, reports)
	}
	return code, nil
}

// writeReport writes a report under its title, without the error: that goes to standard
// error, after it, where it is seen however long the plan is.
func (p *program) writeReport(r agent.Report, title string, blank bool) error {
	if blank {
		fmt.Fprintln(p.stdout)
	}
	if title != "" {
		fmt.Fprintf(p.stdout, "== %s\n", title)
	}
	r.Error = ""
	return r.WriteText(p.stdout)
}

// sayWhatWasNotApproved speaks up when a person has approved a plan that is none of those
// that are held: it has changed since, or the digest is mistyped.
func (p *program) sayWhatWasNotApproved(approve string, reports []agent.Report) {
	held := ""
	for i := range reports {
		switch {
		case reports[i].Held:
			held = reports[i].Approve
		case reports[i].Digest == approve || len(reports[i].Trips) > 0:
			return // it was this one
		}
	}
	if held != "" {
		fmt.Fprintf(p.stderr, "oktascim: --approve %s is not the digest of what is held now (%s): the plan has changed since, or the digest is mistyped; read it again\n", approve, held)
	}
}

// inWords says why a run ended, and how to go on where the error does not say it.
func inWords(err error) string {
	_, foreign := errors.AsType[*agent.Bound](err)
	switch {
	case foreign:
		return err.Error()
	case errors.Is(err, context.Canceled):
		return "stopped by a signal; what was written is recorded, and the next run goes on from there"
	case errors.Is(err, agent.ErrBusy):
		return err.Error() + "; wait until it has ended, or stop it"
	}
	return err.Error() + "; oktascim check says what to do"
}

// one runs one connection once.
func (p *program) one(ctx context.Context, c *config.Config, k *config.Connection, mode agent.Mode, approve string, db *sqlite.DB, log zerolog.Logger) (agent.Report, error) {
	both, err := connect(c, k, log)
	if err != nil {
		return agent.Report{}, err
	}
	events, end := p.progress()
	defer end()
	a, err := both.newAgent(c, db, approve, log, events)
	if err != nil {
		return agent.Report{}, err
	}
	return a.Run(ctx, mode)
}

// exitCode is the exit code of one run, which ended with err.
func exitCode(r agent.Report, mode agent.Mode, err error) int {
	switch {
	case err != nil, r.Result == agent.RunFailed || mode == agent.ModeApply && r.Result == agent.PartlyApplied:
		return exitError
	case r.Held, len(r.Plan.Withheld) > 0:
		// By a guard, or because something could not be read or was not confirmed.
		return exitHeld
	case mode == agent.ModePlan && len(r.Plan.Changes) > 0:
		return exitChanges
	}
	return exitOK
}

// worse returns the exit code that says more: an error, then held, then changes.
func worse(a, b int) int {
	rank := map[int]int{exitOK: 0, exitChanges: 1, exitHeld: 2, exitError: 3}
	if rank[b] > rank[a] {
		return b
	}
	return a
}
