package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/internal/config"
)

// runDocument is a run as JSON.
type runDocument struct {
	Connection string    `json:"connection"`
	ID         string    `json:"id"`
	Started    time.Time `json:"started"`
	Ended      time.Time `json:"ended"`
	Mode       string    `json:"mode"`
	Result     string    `json:"result"`
	Digest     string    `json:"digest,omitempty"`
	Users      int       `json:"users"`
	Error      string    `json:"error,omitempty"`
	Plan       string    `json:"plan,omitempty"`
}

func newRuns(p *program) *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use:   "runs [ID]",
		Short: "Show the runs that were, or one of them with its plan",
		Example: `  oktascim runs
  oktascim runs 20260301T120000.000000000Z`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if limit < 1 {
				return fmt.Errorf("--limit %d: at least 1", limit)
			}
			return p.runs(cmd.Context(), args, limit)
		},
	}
	p.addConnectionFlag(cmd)
	p.addOutputFlag(cmd)
	cmd.Flags().IntVar(&limit, "limit", 20, "the last `N` runs of each connection")
	return cmd
}

// allRuns is more than a ledger keeps of one connection.
const allRuns = 1 << 20

func (p *program) runs(ctx context.Context, args []string, limit int) error {
	asJSON, err := p.json()
	if err != nil {
		return err
	}
	if len(args) == 1 {
		limit = allRuns
	}
	list := []runDocument{}
	err = p.withLedger(func(_ *config.Config, picked []*config.Connection, db store) error { //nolint:contextcheck // a commit of the ledger is not cancelled
		for _, k := range picked {
			runs, err := db.Runs(ctx, k.Name, limit)
			if err != nil {
				return fmt.Errorf("connection %s: %w", k.Name, err)
			}
			for i := range runs {
				d := documentOfRun(k.Name, &runs[i])
				switch {
				case len(args) == 0:
					d.Plan = "" // that of one run is enough to read
				case args[0] != d.ID:
					continue
				}
				list = append(list, d)
			}
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case len(args) == 1 && len(list) == 0:
		return fmt.Errorf("there is no run %q; oktascim runs shows them", args[0])
	case asJSON:
		return writeJSON(p.stdout, map[string]any{"runs": list})
	case len(args) == 1:
		return writeRun(p.stdout, list)
	}
	return writeRuns(p.stdout, list)
}

func documentOfRun(connection string, r *agent.RunRecord) runDocument {
	return runDocument{
		Connection: connection, ID: r.ID, Started: r.Started, Ended: r.Ended, Mode: r.Mode, Result: r.Result,
		Digest: r.Digest, Users: r.Desired, Error: r.Error, Plan: r.Plan,
	}
}

func writeRuns(w io.Writer, list []runDocument) error {
	if len(list) == 0 {
		_, err := fmt.Fprintln(w, "No runs yet.")
		return err
	}
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "CONNECTION\tID\tSTARTED\tTOOK\tUSERS\tRESULT")
	for _, r := range list {
		fmt.Fprintf(tab, "%s\t%s\t%s\t%s\t%d\t%s\n", r.Connection, r.ID, shownTime(r.Started), r.Ended.Sub(r.Started).Round(time.Millisecond), r.Users, r.Result)
	}
	return tab.Flush()
}

func writeRun(w io.Writer, list []runDocument) error {
	for _, r := range list {
		fmt.Fprintf(w, "== %s, %s: %s\n%s", r.Connection, shownTime(r.Started), r.Result, r.Plan)
		if r.Error != "" {
			fmt.Fprintf(w, "error: %s\n", shown(r.Error))
		}
	}
	return nil
}

// shown is text from outside as a terminal may show it: what cannot be printed is quoted.
func shown(s string) string {
	for _, r := range s {
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			return strconv.Quote(s)
		}
	}
	return s
}
