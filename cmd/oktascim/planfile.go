package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
	"github.com/oktascim/oktascim/internal/config"
)

// planFormat names the form of plan files; a program that writes another one counts up.
const planFormat = "oktascim-plan/1"

// planFile is a saved plan: what "oktascim plan --out" writes and "oktascim apply FILE"
// carries out.
type planFile struct {
	Format  string    `json:"format"`
	Written time.Time `json:"written"`
	By      string    `json:"by"`
	// Scope is what --only, --user and --group said.
	Scope planScope `json:"scope,omitzero"`
	Runs  []planRun `json:"runs"`
	// Checksum is over Scope and Runs: a plan that was changed by hand is refused, or
	// something else would be done than what the file shows.
	Checksum string `json:"checksum"`
}

type planScope struct {
	Kind   string   `json:"kind,omitempty"`
	Names  []string `json:"names,omitempty"`
	Users  []string `json:"users,omitempty"`
	Groups []string `json:"groups,omitempty"`
}

// planRun is the plan of one connection.
type planRun struct {
	Connection string `json:"connection"`
	// Target is the base URL that the plan was made for.
	Target string `json:"target"`
	// Digest is that of the whole plan, with what a guard holds; empty without changes.
	Digest string        `json:"digest"`
	Trips  []plan.Trip   `json:"trips,omitempty"`
	Plan   plan.Document `json:"plan"`
}

func newPlanFile(s plan.Scope) *planFile {
	f := &planFile{Format: planFormat, Written: time.Now().UTC().Truncate(time.Second), By: userAgent(), Runs: []planRun{}}
	f.Scope = planScope{Names: s.Names, Users: s.Users, Groups: s.Groups}
	if s.Kind != 0 {
		f.Scope.Kind = s.Kind.String()
	}
	return f
}

func (f *planFile) add(k *config.Connection, r agent.Report) {
	f.Runs = append(f.Runs, planRun{Connection: k.Name, Target: k.Target.BaseURL, Digest: r.Digest, Trips: r.Trips, Plan: r.Plan.Document()})
}

func (f *planFile) sum() (string, error) {
	text, err := json.Marshal([]any{f.Scope, f.Runs})
	if err != nil {
		return "", fmt.Errorf("writing the plan: %w", err)
	}
	// Indented or not, it is the same plan.
	var plain bytes.Buffer
	if err := json.Compact(&plain, text); err != nil {
		return "", fmt.Errorf("writing the plan: %w", err)
	}
	h := sha256.Sum256(plain.Bytes())
	return hex.EncodeToString(h[:]), nil
}

// write puts the file in place at once, so that nobody reads half of it. It holds names
// and addresses: only its owner may read it.
func (f *planFile) write(file string) (err error) {
	if f.Checksum, err = f.sum(); err != nil {
		return err
	}
	text, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the plan: %w", err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(file), ".oktascim-plan-*")
	if err != nil {
		return fmt.Errorf("writing the plan: %w", err)
	}
	_, failed := tmp.Write(append(text, '\n'))
	if failed = errors.Join(failed, tmp.Close()); failed == nil {
		failed = os.Rename(tmp.Name(), file)
	}
	if failed != nil {
		return fmt.Errorf("writing the plan: %w", errors.Join(failed, os.Remove(tmp.Name())))
	}
	return nil
}

// readPlanFile reads what write has written. The error says what is wrong with the file.
func readPlanFile(file string) (*planFile, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading the plan: %w", err)
	}
	var f planFile
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, fmt.Errorf("%s is no plan that \"oktascim plan --out\" wrote: %w", file, err)
	}
	switch {
	case !strings.HasPrefix(f.Format, "oktascim-plan/"):
		return nil, fmt.Errorf("%s is no plan that \"oktascim plan --out\" wrote", file)
	case f.Format != planFormat:
		return nil, fmt.Errorf("%s has the form %s, this program knows %s: plan again", file, f.Format, planFormat)
	case len(f.Runs) == 0:
		return nil, fmt.Errorf("%s plans nothing", file)
	}
	sum, err := f.sum()
	if err != nil {
		return nil, err
	}
	if sum != f.Checksum {
		return nil, fmt.Errorf("%s was changed after it was written, nothing is applied: plan again", file)
	}
	return &f, nil
}

// connections returns the connections of the file. The error names one that the
// configuration no longer has, or that leads to another target now.
func (f *planFile) connections(c *config.Config) ([]*config.Connection, error) {
	var list []*config.Connection
	for _, r := range f.Runs {
		k, ok := c.Connection(r.Connection)
		switch {
		case !ok:
			return nil, fmt.Errorf("the plan is for the connection %q, which is no longer configured; there are: %s", r.Connection, strings.Join(names(c), ", "))
		case k.Target.BaseURL != r.Target:
			return nil, fmt.Errorf("the plan of the connection %q is for %s, which is configured as %s now: plan again", r.Connection, r.Target, k.Target.BaseURL)
		}
		list = append(list, k)
	}
	return list, nil
}

// expected returns the plan of a connection, and what it was kept to.
func (f *planFile) expected(connection string) (*agent.Expected, plan.Scope) {
	s := plan.Scope{Names: f.Scope.Names, Users: f.Scope.Users, Groups: f.Scope.Groups}
	switch f.Scope.Kind {
	case directory.KindUser.String():
		s.Kind = directory.KindUser
	case directory.KindGroup.String():
		s.Kind = directory.KindGroup
	}
	for i := range f.Runs {
		if f.Runs[i].Connection == connection {
			return &agent.Expected{Digest: f.Runs[i].Digest, Plan: f.Runs[i].Plan}, s
		}
	}
	return nil, s
}
