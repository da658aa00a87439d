package conformance

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

// ExpectedFailure is a failure that is known and waits to be mended.
type ExpectedFailure struct {
	// ID is the scenario, for example "groups.members.2".
	ID string
	// Mode restricts the entry to one kind of app; "" means both.
	Mode Mode
	// Reason says why it is left for now.
	Reason string
	// Expires is the last day, in UTC, on which the failure is put up with.
	Expires time.Time
}

func (e ExpectedFailure) matches(r Result) bool {
	return e.ID == r.ID && (e.Mode == "" || e.Mode == r.Mode)
}

// ReadExpected reads a file of expected failures, a YAML list:
//
//   - id: groups.members.2
//     mode: catalog            # optional
//     reason: mended in 4.2, see issue 117
//     expires: 2026-12-31
//
// The error names every entry that is wrong: without an id that all knows, a
// reason or a date, or double.
func ReadExpected(r io.Reader, all []Scenario) ([]ExpectedFailure, error) {
	var entries []struct {
		ID      string `yaml:"id"`
		Mode    string `yaml:"mode"`
		Reason  string `yaml:"reason"`
		Expires string `yaml:"expires"`
	}
	if err := yaml.NewDecoder(r, yaml.Strict()).Decode(&entries); err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.New(yaml.FormatError(err, false, true))
	}
	var list []ExpectedFailure
	var problems []error
	for i, e := range entries {
		wrong := func(format string, args ...any) {
			problems = append(problems, fmt.Errorf("entry %d (%s): %s", i+1, e.ID, fmt.Sprintf(format, args...)))
		}
		if !slices.ContainsFunc(all, func(s Scenario) bool { return s.ID == e.ID }) {
			wrong("there is no scenario with this id")
		}
		if e.Mode != "" && e.Mode != string(Catalog) && e.Mode != string(Wizard) {
			wrong("mode %q: it is catalog or wizard, or left out for both", e.Mode)
		}
		if strings.TrimSpace(e.Reason) == "" {
			wrong("no reason")
		}
		expires, err := time.Parse(time.DateOnly, e.Expires)
		if err != nil {
			wrong("expires %q: it is a date such as 2026-12-31", e.Expires)
		}
		if slices.ContainsFunc(list, func(o ExpectedFailure) bool {
			return o.ID == e.ID && (o.Mode == Mode(e.Mode) || o.Mode == "" || e.Mode == "")
		}) {
			wrong("named twice")
		}
		list = append(list, ExpectedFailure{ID: e.ID, Mode: Mode(e.Mode), Reason: e.Reason, Expires: expires})
	}
	return list, errors.Join(problems...)
}

// Expect marks the failures that are known. One that is past its date stays a
// failure; one that is mended in every mode of the run, or is not known to be
// failing any more, goes to [Report.Stale], which fails the run as well: a list
// of exceptions must not outlive its reasons. Entries for scenarios that did
// not run, or could not be set up, are left alone.
func (r *Report) Expect(list []ExpectedFailure, now time.Time) {
	for _, e := range list {
		var ran, red bool
		expired := !now.Before(e.Expires.AddDate(0, 0, 1))
		for i := range r.Results {
			res := &r.Results[i]
			if !e.matches(*res) {
				continue
			}
			switch res.Verdict {
			case Failed, Warning:
				ran, red = true, true
				if !expired {
					res.Known = &e
				}
			case Passed:
				ran = true
			case Skipped, Unsupported, Broken:
				ran, red = true, true // nothing is known about it today
			}
		}
		switch {
		case ran && !red:
			r.Stale = append(r.Stale, e.ID+" is mended: take it out of the list of expected failures")
		case red && expired:
			r.Stale = append(r.Stale, fmt.Sprintf("%s was to be mended by %s (%s)", e.ID, e.Expires.Format(time.DateOnly), e.Reason))
		}
	}
}
