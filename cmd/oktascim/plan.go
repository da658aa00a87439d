package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
	"github.com/oktascim/oktascim/internal/config"
	"github.com/oktascim/oktascim/internal/nearest"
)

func newPlan(p *program) *cobra.Command {
	var only narrowing
	var out string
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Show what would change; change nothing",
		Long: `Read both sides and show what apply would do. Nothing is written, neither to the
target nor to the ledger. With --out the plan is also written to a file, for somebody to
read and for "oktascim apply FILE" to carry out, exactly as it is.

Exit codes: 0 nothing to do, 2 there are changes, 3 a removal is held by a guard or withheld
for want of evidence, 1 error. With several connections: 1 if any has an error, else 3, else 2.`,
		Example: `  oktascim plan
  oktascim plan --out plan.json
  oktascim plan --user ada@example.com
  oktascim plan -o markdown > comment.md`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.command(cmd.Context(), order{wish: wish{mode: agent.ModePlan, scope: only.scope()}, out: out})
		},
	}
	p.addConnectionFlag(cmd)
	p.addReportFlag(cmd)
	only.addFlags(cmd)
	cmd.Flags().StringVar(&out, "out", "", "write the plan to this `FILE` as well, for apply")
	must(cmd.MarkFlagFilename("out", "json"))
	return cmd
}

func newApply(p *program) *cobra.Command {
	var only narrowing
	var approve, mode string
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "apply [PLAN-FILE]",
		Short: "Make the targets agree with Okta",
		Long: `Read both sides, plan, check and carry the plan out. What a guard holds is left out
and named; read it, and approve exactly that plan with --approve and its digest. A plan
that has changed in the meantime has another digest, and stays held.

With a file that "oktascim plan --out" wrote, exactly that plan is carried out, also what a
guard holds of it: somebody has read it. When anything has moved since, nothing is changed,
and what has moved is shown.

With --mode delta only what has changed in Okta since the last run is looked at, as the
schedule.delta of oktascim run does; when Okta cannot tell, the run goes over everything and
says why.

--user brings one person in line with the groups they are in, --group makes a group's
members exactly Okta's (Push Now), --only keeps to users, groups or what has that name.

Exit codes: 0 all done, 3 held by a guard (the rest is done), 1 error or a change that
did not succeed.`,
		Example: `  oktascim apply
  oktascim apply plan.json
  oktascim apply --connection example --approve 3fa9c1d20b7e
  oktascim apply --user ada@example.com
  oktascim apply --dry-run`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("approve") && approve == "" {
				return fmt.Errorf("--approve needs the digest that the plan shows")
			}
			o := order{wish: wish{mode: agent.ModeApply, approve: approve, scope: only.scope(), dryRun: dryRun}}
			switch {
			case mode != "full" && mode != "delta":
				return fmt.Errorf("--mode %q: it is full or delta", mode)
			case mode == "delta" && (len(args) > 0 || !o.scope.All()):
				return fmt.Errorf("--mode delta goes over everything that has changed: leave PLAN-FILE, --only, --user and --group out")
			case mode == "delta":
				o.mode = agent.ModeDelta
			}
			if len(args) == 1 {
				if approve != "" || !o.scope.All() || len(p.connections) > 0 {
					return fmt.Errorf("%s says itself what is applied: leave --approve, --connection, --only, --user and --group out", args[0])
				}
				saved, err := readPlanFile(args[0])
				if err != nil {
					return err
				}
				o.saved = saved
			}
			return p.command(cmd.Context(), o)
		},
	}
	p.addConnectionFlag(cmd)
	p.addReportFlag(cmd)
	only.addFlags(cmd)
	cmd.Flags().StringVar(&approve, "approve", "", "carry out the held plan with this `DIGEST`")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "go through the plan without sending or keeping anything")
	cmd.Flags().StringVar(&mode, "mode", "full", "`full` reads both sides whole, delta looks at what has changed in Okta")
	must(cmd.RegisterFlagCompletionFunc("mode", cobra.FixedCompletions([]string{"full", "delta"}, cobra.ShellCompDirectiveNoFileComp)))
	must(cmd.RegisterFlagCompletionFunc("approve", cobra.NoFileCompletions))
	return cmd
}

// narrowing are the flags that keep a command to some records.
type narrowing struct{ only, users, groups []string }

func (n *narrowing) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringSliceVar(&n.only, "only", nil, "only `users`, groups, or the record of that name; may be given several times")
	cmd.Flags().StringSliceVar(&n.users, "user", nil, "only this person, by userName or Okta id, with the places in groups: provision on demand")
	cmd.Flags().StringSliceVar(&n.groups, "group", nil, "only this group, by name or Okta id; its members become exactly Okta's: Push Now")
	must(cmd.RegisterFlagCompletionFunc("only", cobra.FixedCompletions([]string{"users", "groups"}, cobra.ShellCompDirectiveNoFileComp)))
	for _, name := range []string{"user", "group"} {
		must(cmd.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions))
	}
}

func (n *narrowing) scope() plan.Scope {
	s := plan.Scope{Users: n.users, Groups: n.groups}
	users, groups := false, false
	for _, o := range n.only {
		switch o {
		case "users":
			users = true
		case "groups":
			groups = true
		default:
			s.Names = append(s.Names, o)
		}
	}
	switch {
	case users && groups: // both is everything
		return plan.Scope{}
	case users:
		s.Kind = directory.KindUser
	case groups:
		s.Kind = directory.KindGroup
	}
	return s
}

// order is what a command does with every connection.
type order struct {
	wish
	// out is the file that the plans go to, saved what apply was given.
	out   string
	saved *planFile
}

func (p *program) command(ctx context.Context, o order) error {
	code, err := p.eachConnection(ctx, o)
	return result(code, err)
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
func (p *program) eachConnection(ctx context.Context, o order) (code int, err error) {
	form, err := p.reportForm()
	if err != nil {
		return 0, err
	}
	c, picked, err := p.load()
	if err != nil {
		return 0, err
	}
	if o.saved != nil {
		if picked, err = o.saved.connections(c); err != nil {
			return 0, err
		}
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

	file := newPlanFile(o.scope)
	reports := []agent.Report{}
	for i, k := range picked {
		w := o.wish
		if o.saved != nil {
			w.expect, w.scope = o.saved.expected(k.Name)
		}
		report, failed := p.one(ctx, c, k, w, db, log)
		if failed != nil && report.ID == "" { // it never began
			report = agent.Report{Connection: k.Name, Mode: o.mode, Result: agent.RunFailed, Error: failed.Error()}
		}
		reports = append(reports, report)
		if failed == nil {
			file.add(k, report)
		}
		code = worse(code, exitCode(report, o.mode, failed))
		if form != "json" {
			title := ""
			if len(picked) > 1 {
				title = k.Name
			}
			if err := p.writeReport(report, form, title, i > 0); err != nil {
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
	if form == "json" {
		enc := json.NewEncoder(p.stdout)
		enc.SetIndent("", "  ")
		if err := enc.Encode(map[string]any{"runs": reports}); err != nil {
			return 0, fmt.Errorf("writing the reports: %w", err)
		}
	}
	if o.out != "" {
		if len(file.Runs) < len(picked) {
			return exitError, fmt.Errorf("%s was not written: not every connection could be planned", o.out)
		}
		if err := file.write(o.out); err != nil {
			return 0, err
		}
		fmt.Fprintf(p.stderr, "oktascim: the plan is in %s; to carry out exactly that: oktascim apply %s\n", o.out, o.out)
	}
	if o.approve != "" {
		p.sayWhatWasNotApproved(o.approve, reports)
	}
	return code, nil
}

// writeReport writes a report under its title, without the error: that goes to standard
// error, after it, where it is seen however long the plan is.
func (p *program) writeReport(r agent.Report, form, title string, blank bool) error {
	if blank {
		fmt.Fprintln(p.stdout)
	}
	if form == "markdown" {
		return r.WriteMarkdown(p.stdout)
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
	if _, foreign := errors.AsType[*agent.Bound](err); foreign {
		return err.Error()
	}
	if _, stale := errors.AsType[*agent.Stale](err); stale {
		return err.Error() + "\nplan again, read it, and apply that"
	}
	if unknown, ok := errors.AsType[*agent.UnknownNames](err); ok {
		parts := []string{err.Error()}
		for _, n := range unknown.Names {
			if near := nearest.One(n.Name, n.Known); near != "" {
				parts = append(parts, fmt.Sprintf("did you mean %q?", near))
			}
		}
		return strings.Join(parts, "; ")
	}
	switch {
	case errors.Is(err, context.Canceled):
		return "stopped by a signal; what was written is recorded, and the next run goes on from there"
	case errors.Is(err, agent.ErrBusy):
		return err.Error() + "; wait until it has ended, or stop it"
	}
	return err.Error() + "; oktascim check says what to do"
}

// one runs one connection once.
func (p *program) one(ctx context.Context, c *config.Config, k *config.Connection, w wish, db store, log zerolog.Logger) (agent.Report, error) {
	both, err := connect(c, k, log)
	if err != nil {
		return agent.Report{}, err
	}
	events, end := p.progress()
	defer end()
	w.events = events
	a, err := both.newAgent(c, db, w, log)
	if err != nil {
		return agent.Report{}, err
	}
	return a.Run(ctx, w.mode)
}

// exitCode is the exit code of one run, which ended with err.
func exitCode(r agent.Report, mode agent.Mode, err error) int {
	switch {
	case err != nil, r.Result == agent.RunFailed || mode.Writes() && r.Result == agent.PartlyApplied:
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
