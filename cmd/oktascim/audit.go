package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/internal/config"
)

// auditFlags are the flags of audit.
type auditFlags struct {
	output string
	most   int
	state  string
}

func newAudit(p *program) *cobra.Command {
	var f auditFlags
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Report who has access that Okta does not know of, and who lacks it",
		Long: `Read both sides and report every difference, whatever switches, policy and guards would let
a run do about it: access that Okta does not know of or has taken away, access that is
missing, attributes that differ. Nothing is written, neither to the target nor to the ledger.

With --max-requests at most so many requests are sent to each target; with --state the
answers are kept in a folder, for its owner alone, and the next audit with that folder
goes on where this one has stopped. The folder is emptied when everything was read;
answers older than a day are asked for again.

Exit codes: 0 no drift, 2 drift, 3 something could not be read (the report is incomplete),
1 error.`,
		Example: `  oktascim audit
  oktascim audit -o csv > drift.csv
  oktascim audit --max-requests 50 --state audit.state`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.most < 0 {
				return fmt.Errorf("--max-requests %d: at least 1, or 0 for any number", f.most)
			}
			return p.audit(cmd.Context(), f)
		},
	}
	p.addConnectionFlag(cmd)
	cmd.Flags().StringVarP(&f.output, "output", "o", "text", "output `FORMAT`: text, json, csv or markdown")
	cmd.Flags().IntVar(&f.most, "max-requests", 0, "send each target at most `N` requests (0: any number)")
	cmd.Flags().StringVar(&f.state, "state", "", "keep answers in this `FOLDER`, to go on later")
	must(cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"text", "json", "csv", "markdown"}, cobra.ShellCompDirectiveNoFileComp)))
	must(cmd.MarkFlagDirname("state"))
	return cmd
}

// driftDocument is one difference as JSON.
type driftDocument struct {
	Drift  string             `json:"drift"`
	Kind   string             `json:"kind"`
	Okta   directory.SourceID `json:"okta,omitempty"`
	Target directory.TargetID `json:"target,omitempty"`
	Name   string             `json:"name"`
	Group  string             `json:"group,omitempty"`
	Path   string             `json:"path,omitempty"`
	// Have and Want are of an attribute; null is no value.
	Have json.RawMessage `json:"have,omitempty"`
	Want json.RawMessage `json:"want,omitempty"`
	Why  string          `json:"why"`
}

// auditDocument is the audit of one connection as JSON.
type auditDocument struct {
	Connection     string          `json:"connection"`
	Whole          bool            `json:"whole"`
	Users          int             `json:"users"`
	Groups         int             `json:"groups"`
	Assigned       int             `json:"assigned"`
	Pushed         int             `json:"pushed"`
	SourceRequests int             `json:"sourceRequests"`
	TargetRequests int             `json:"targetRequests"`
	SourceGaps     []directory.Gap `json:"sourceGaps,omitempty"`
	TargetGaps     []directory.Gap `json:"targetGaps,omitempty"`
	Drift          []driftDocument `json:"drift"`
}

func (p *program) audit(ctx context.Context, f auditFlags) error {
	write := map[string]func(io.Writer, []auditDocument) error{
		"text": writeAuditText, "json": writeAuditJSON, "csv": writeAuditCSV, "markdown": writeAuditMarkdown,
	}[f.output]
	if write == nil {
		return fmt.Errorf("-o %q is no output format; write -o text, -o json, -o csv or -o markdown", f.output)
	}
	documents, code := []auditDocument{}, exitOK
	err := p.withLedger(func(c *config.Config, picked []*config.Connection, db store) error { //nolint:contextcheck // a commit of the ledger is not cancelled
		log, err := newLog(c.Log, zerolog.WarnLevel, p.stderr)
		if err != nil {
			return err
		}
		for _, k := range picked {
			d, err := p.auditOne(ctx, c, k, db, f, log)
			switch {
			case err != nil:
				code = exitError
				fmt.Fprintf(p.stderr, "oktascim: connection %s: %s\n", k.Name, inWords(err))
				continue
			case !d.Whole:
				code = worse(code, exitHeld)
			case len(d.Drift) > 0:
				code = worse(code, exitChanges)
			}
			documents = append(documents, d)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := write(p.stdout, documents); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return result(code, nil)
}

func (p *program) auditOne(ctx context.Context, c *config.Config, k *config.Connection, db store, f auditFlags, log zerolog.Logger) (auditDocument, error) {
	budget := &auditBudget{most: f.most, now: time.Now}
	if f.state != "" {
		budget.dir = filepath.Join(f.state, k.Name)
	}
	both, err := connectThrough(c, k, log, func(next http.RoundTripper) http.RoundTripper { budget.next = next; return budget })
	if err != nil {
		return auditDocument{}, err
	}
	events, end := p.progress()
	defer end()
	a, err := both.newAgent(c, db, wish{events: events}, log)
	if err != nil {
		return auditDocument{}, err
	}
	r, err := a.Audit(ctx)
	refused, sent := budget.usedUp()
	if err != nil {
		if refused {
			err = fmt.Errorf("%d requests were not enough to begin with: %w", f.most, err)
		}
		return auditDocument{}, err
	}
	r.TargetRequests = sent // those that were answered from the folder were not sent
	switch {
	case refused && f.state != "":
		fmt.Fprintf(p.stderr, "oktascim: connection %s: %d requests are used up; the same command goes on from here\n", k.Name, f.most)
	case refused:
		fmt.Fprintf(p.stderr, "oktascim: connection %s: %d requests are used up; with --state FOLDER the next audit could go on from here\n", k.Name, f.most)
	case r.Whole():
		if err := budget.done(); err != nil {
			return auditDocument{}, err
		}
	}
	return documentOfAudit(&r), nil
}

func documentOfAudit(r *agent.AuditReport) auditDocument {
	d := auditDocument{
		Connection: r.Connection, Whole: r.Whole(), Users: r.Users, Groups: r.Groups, Assigned: r.Assigned, Pushed: r.Pushed,
		SourceRequests: r.SourceRequests, TargetRequests: r.TargetRequests, SourceGaps: r.SourceGaps, TargetGaps: r.TargetGaps,
		Drift: []driftDocument{},
	}
	for i := range r.Drift {
		x := &r.Drift[i]
		one := driftDocument{
			Drift: string(x.Is), Kind: x.Kind.String(), Okta: x.Okta, Target: x.Target, Name: x.Name, Group: x.Group, Path: x.Path, Why: x.Why,
		}
		if x.Path != "" {
			one.Have, one.Want = rawValue(x.Have), rawValue(x.Want)
		}
		d.Drift = append(d.Drift, one)
	}
	return d
}

func rawValue(v directory.Value) json.RawMessage {
	if v == "" {
		return json.RawMessage("null")
	}
	return json.RawMessage(v)
}

func writeAuditJSON(w io.Writer, list []auditDocument) error {
	return writeJSON(w, map[string]any{"audits": list})
}

// text is one difference for people.
func (d *driftDocument) text() string {
	s := fmt.Sprintf("%-15s %-5s %s", d.Drift, d.Kind, shown(d.Name))
	if d.Group != "" {
		s += " in " + shown(d.Group)
	}
	if d.Path != "" {
		return s + fmt.Sprintf(" %s: %s in the target, %s in Okta", shown(d.Path), shownRaw(d.Have), shownRaw(d.Want))
	}
	return s + ": " + shown(d.Why)
}

func shownRaw(v json.RawMessage) string {
	if string(v) == "null" {
		return "(none)"
	}
	return shown(string(v))
}

// summary counts the differences of a connection by kind.
func (d *auditDocument) summary() string {
	if len(d.Drift) == 0 && d.Whole {
		return "No drift."
	}
	counts := map[string]int{}
	for i := range d.Drift {
		counts[d.Drift[i].Drift]++
	}
	var parts []string
	for _, k := range []agent.DriftKind{agent.UnknownAccess, agent.LeftoverAccess, agent.MissingAccess, agent.Differs, agent.UnknownGroup} {
		if n := counts[string(k)]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, k))
		}
	}
	s := fmt.Sprintf("%s: %s.", count(len(d.Drift), "difference", "differences"), strings.Join(parts, ", "))
	if len(d.Drift) == 0 {
		s = "No drift in what was read."
	}
	if !d.Whole {
		s += " Incomplete: not everything could be read."
	}
	return s
}

func writeAuditText(w io.Writer, list []auditDocument) error {
	var b strings.Builder
	for i := range list {
		d := &list[i]
		if i > 0 {
			b.WriteByte('\n')
		}
		if len(list) > 1 {
			fmt.Fprintf(&b, "== %s\n", d.Connection)
		}
		for k := range d.Drift {
			fmt.Fprintln(&b, d.Drift[k].text())
		}
		for _, side := range []struct {
			name string
			gaps []directory.Gap
		}{{"Okta", d.SourceGaps}, {"the target", d.TargetGaps}} {
			for _, g := range side.gaps {
				fmt.Fprintf(&b, "! %s was not read whole: %s: %s\n", side.name, shown(g.Where), shown(g.Why))
			}
		}
		fmt.Fprintf(&b, "%s %d users and %d groups in the target, %d and %d in Okta; %d and %d requests.\n",
			d.summary(), d.Users, d.Groups, d.Assigned, d.Pushed, d.TargetRequests, d.SourceRequests)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeAuditCSV writes a row for each difference. A cell that a spreadsheet would take for
// a formula begins with an apostrophe: names come from outside.
func writeAuditCSV(w io.Writer, list []auditDocument) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"connection", "drift", "kind", "name", "group", "okta", "target", "path", "have", "want", "why"}}
	for i := range list {
		for k := range list[i].Drift {
			d := &list[i].Drift[k]
			rows = append(rows, []string{list[i].Connection, d.Drift, d.Kind, d.Name, d.Group, string(d.Okta), string(d.Target), d.Path, string(d.Have), string(d.Want), d.Why})
		}
	}
	for _, row := range rows {
		for i, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				row[i] = "'" + cell
			}
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func writeAuditMarkdown(w io.Writer, list []auditDocument) error {
	var b strings.Builder
	for i := range list {
		d := &list[i]
		fmt.Fprintf(&b, "### oktascim audit: `%s`\n\n%s\n\n", d.Connection, d.summary())
		if len(d.Drift) == 0 {
			continue
		}
		b.WriteString("| drift | kind | name | group | what |\n|---|---|---|---|---|\n")
		for k := range d.Drift {
			x := &d.Drift[k]
			what := x.Why
			if x.Path != "" {
				what = fmt.Sprintf("%s: %s, in Okta %s", x.Path, shownRaw(x.Have), shownRaw(x.Want))
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", x.Drift, x.Kind, cell(x.Name), cell(x.Group), cell(what))
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// cell is text from outside in a cell of a table: as code, in which nothing is a mention, a
// link or HTML.
func cell(s string) string {
	if s == "" {
		return ""
	}
	s = strings.NewReplacer("|", "\\|", "`", "'", "\n", " ", "\r", " ").Replace(shown(s))
	return "`" + s + "`"
}
