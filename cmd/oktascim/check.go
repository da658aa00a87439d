package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/oktascim/oktascim/internal/config"
	"github.com/oktascim/oktascim/scimclient"
)

// finding is one line of a check.
type finding struct {
	Connection string `json:"connection,omitempty"`
	OK         bool   `json:"ok"`
	What       string `json:"what"`
	Detail     string `json:"detail,omitempty"`
	// Fix says what to do about a cross.
	Fix string `json:"fix,omitempty"`
}

func newCheck(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Say whether both sides are set up, and what to do if not",
		Long: `Check the configuration, the credentials and rights in Okta, the app and its To App
switches, the ledger, and the target: with the very request that Okta's button "Test API
Credentials" sends. Nothing is changed.

Exit codes: 0 everything is in order, 1 something is not.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			asJSON, err := p.json()
			if err != nil {
				return err
			}
			findings, err := p.check(cmd.Context())
			if err != nil {
				return err
			}
			if asJSON {
				enc := json.NewEncoder(p.stdout)
				enc.SetIndent("", "  ")
				err = enc.Encode(map[string]any{"findings": findings})
			} else {
				err = writeFindings(p.stdout, findings)
			}
			if err != nil {
				return fmt.Errorf("writing the findings: %w", err)
			}
			for _, f := range findings {
				if !f.OK {
					return exit(exitError)
				}
			}
			return nil
		},
	}
	p.addConnectionFlag(cmd)
	p.addOutputFlag(cmd)
	return cmd
}

// check looks at everything that a run needs. The error is for a cancelled context or
// a flag that makes no sense; whatever else is wrong is a finding.
func (p *program) check(ctx context.Context) ([]finding, error) {
	c, picked, err := p.load()
	if problems, ok := errors.AsType[config.Problems](err); ok {
		var findings []finding
		for _, x := range problems {
			findings = append(findings, finding{What: "configuration", Detail: x.String()})
		}
		findings[len(findings)-1].Fix = "mend the lines; every key is described in docs/configuration.md"
		return findings, nil
	}
	if err != nil {
		return nil, err
	}
	log, err := newLog(c.Log, zerolog.WarnLevel, p.stderr)
	if err != nil {
		return nil, err
	}
	db, ledger := checkLedger(c) //nolint:contextcheck // a commit of the ledger is not cancelled with the run
	findings := []finding{
		{OK: true, What: "configuration", Detail: fmt.Sprintf("%s (%s)", p.configFile, strings.Join(names(c), ", "))},
		ledger,
	}
	if db != nil {
		defer func() { _ = db.Close() }() // nothing was written
	}
	for _, k := range picked {
		both, err := connect(c, k, log)
		if err != nil {
			findings = append(findings, finding{Connection: k.Name, What: "configuration", Detail: err.Error(), Fix: "mend the configuration"})
			continue
		}
		for _, f := range both.source.Check(ctx) {
			findings = append(findings, finding{Connection: k.Name, OK: f.OK, What: f.What, Detail: f.Detail, Fix: f.Fix})
		}
		findings = append(findings, checkTarget(ctx, both)...)
		if f := checkBinding(ctx, db, both); f != nil {
			findings = append(findings, *f)
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return findings, nil
}

// checkLedger opens the ledger; nil if it cannot be opened.
func checkLedger(c *config.Config) (store, finding) {
	db, err := openLedger(c)
	if err != nil {
		return nil, finding{What: "ledger", Detail: err.Error(), Fix: "for example: ledger: sqlite:oktascim.db"}
	}
	return db, finding{OK: true, What: "ledger", Detail: db.Name()}
}

// checkBinding finds a connection whose ledger belongs to another target; nil if it does not.
func checkBinding(ctx context.Context, db store, both *connection) *finding {
	if db == nil {
		return nil
	}
	state, err := db.Connection(both.config.Name).Load(ctx)
	want := both.target.Identity()
	switch {
	case err != nil:
		return &finding{Connection: both.config.Name, What: "ledger", Detail: err.Error(), Fix: "look at the file"}
	case state.Identity != "" && state.Identity != want:
		return &finding{
			Connection: both.config.Name, What: "ledger", Detail: fmt.Sprintf("belongs to the target %s, not to %s", state.Identity, want),
			Fix: "put the old base URL back, or name another ledger file to start afresh with the new target",
		}
	}
	return nil
}

// checkTarget asks whether the target answers at all, and then what Okta would see.
func checkTarget(ctx context.Context, both *connection) []finding {
	name, address := both.config.Name, both.client.BaseURL()
	err := both.client.TestCredentials(ctx)
	if err == nil {
		return []finding{
			{Connection: name, OK: true, What: "target", Detail: address + " answers"},
			{Connection: name, OK: true, What: "Test API Credentials", Detail: "verified, as Okta's button would say"},
		}
	}
	e, ok := errors.AsType[*scimclient.Error](err)
	if !ok || e.Status == 0 {
		return []finding{{Connection: name, What: "target", Detail: err.Error(), Fix: "look at target.baseUrl, the network and the server's certificate"}}
	}
	return []finding{
		{Connection: name, OK: true, What: "target", Detail: address + " answers"},
		{Connection: name, What: "Test API Credentials", Detail: err.Error(), Fix: "look at target.baseUrl and target.auth, and at the target's own switch for SCIM"},
	}
}

// writeFindings writes a tick or a cross a line, and under each cross what to do.
func writeFindings(w io.Writer, findings []finding) error {
	tick, cross := lipgloss.NewStyle().Foreground(lipgloss.Green).Render("✓"), lipgloss.NewStyle().Foreground(lipgloss.Red).Render("✗")
	var b strings.Builder
	connection, wrong := "", 0
	for _, f := range findings {
		if f.Connection != connection {
			connection = f.Connection
			fmt.Fprintf(&b, "\n%s\n", connection)
		}
		mark := tick
		if !f.OK {
			mark = cross
			wrong++
		}
		fmt.Fprintf(&b, "%s %s", mark, f.What)
		if f.Detail != "" {
			fmt.Fprintf(&b, ": %s", f.Detail)
		}
		b.WriteByte('\n')
		if !f.OK && f.Fix != "" {
			fmt.Fprintf(&b, "    → %s\n", f.Fix)
		}
	}
	if wrong == 0 {
		b.WriteString("\nAll in order. Next: oktascim plan\n")
	} else {
		fmt.Fprintf(&b, "\n%d of %d checks failed.\n", wrong, len(findings))
	}
	_, err := lipgloss.Fprint(w, b.String())
	return err
}
