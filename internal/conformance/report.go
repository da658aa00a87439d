package conformance

import (
	"cmp"
	"slices"
	"time"
)

// Report is the outcome of a run. Every output is made from it.
type Report struct {
	URL     string
	Version string
	RunID   string // starts every name that the run has made
	Modes   []Mode
	Started time.Time
	Took    time.Duration
	// Results are ordered by mode, then as in the feature files.
	Results []Result
	// Auth and User say how requests were signed; never with what.
	Auth AuthForm
	User string
	// Strict and ReadOnly are those of [Options].
	Strict, ReadOnly bool
	// Stale are expected failures that fail the run, see [Report.Expect].
	Stale []string
	// Against is set by [Report.Compare].
	Against *Comparison

	// own is what the run looked at beside the scenarios; nil without Learn.
	own *Result
	// throttled counts the answers of 429, longestWait is the largest Retry-After in
	// seconds among them.
	throttled, longestWait int
	left                   []string // what no single scenario has left
}

// Outcome is the one word for a whole run.
type Outcome string

const (
	// AllPassed means that every must was checked and holds.
	AllPassed Outcome = "passed"
	// Partial means that nothing failed, but some must could not be checked.
	Partial Outcome = "partial"
	// SomeFailed means that a must does not hold.
	SomeFailed Outcome = "failed"
	// NotRun means that no verdict could be given, or the tester is at fault.
	NotRun Outcome = "could not run"
)

// Outcome sums the results up. A must that was not checked never counts as
// passed, nor does one whose failure is known.
func (r *Report) Outcome() Outcome {
	o := outcome(r.Results)
	if len(r.Stale) > 0 && o != NotRun {
		return SomeFailed
	}
	return o
}

func outcome(results []Result) Outcome {
	var judged, gap, broken bool
	for _, res := range results {
		switch res.Verdict {
		case Failed:
			if res.Known == nil {
				return SomeFailed
			}
			judged, gap = true, true
		case Broken:
			broken = true
		case Skipped, Unsupported:
			gap = gap || res.Grade == Must && !res.extra()
		case Passed, Warning:
			judged = true
		}
	}
	switch {
	case broken:
		return NotRun
	case gap && judged:
		return Partial
	case !judged:
		return NotRun
	}
	return AllPassed
}

// ExitCode is 0 if no must failed, 1 if some did, 2 if there is no verdict.
func (r *Report) ExitCode() int {
	switch r.Outcome() {
	case SomeFailed:
		return 1
	case NotRun:
		return 2
	case AllPassed, Partial:
	}
	return 0
}

// Count returns how many results have the verdict.
func (r *Report) Count(v Verdict) int { return count(r.Results, v) }

func count(results []Result, v Verdict) int {
	n := 0
	for _, res := range results {
		if res.Verdict == v {
			n++
		}
	}
	return n
}

// cell returns the results of one button in one mode.
func (r *Report) cell(button string, mode Mode) []Result {
	var some []Result
	for _, res := range r.Results {
		if res.Button == button && res.Mode == mode {
			some = append(some, res)
		}
	}
	return some
}

// finding is one scenario that did not pass, in every mode in which it did so
// with the same verdict.
type finding struct {
	Result
	modes []Mode
}

// Scope is the modes in which the scenario did so.
func (f finding) Scope() []Mode { return f.modes }

// conversation is how many requests make a scenario a long one.
const conversation = 15

// findings returns the scenarios with one of the verdicts, the gravest first,
// then in the order of the buttons, short ones before long ones.
func (r *Report) findings(verdicts ...Verdict) []finding {
	var all []finding
	for _, res := range r.Results {
		if !slices.Contains(verdicts, res.Verdict) {
			continue
		}
		same := slices.IndexFunc(all, func(f finding) bool {
			return f.ID == res.ID && f.Verdict == res.Verdict && (f.Known == nil) == (res.Known == nil)
		})
		if same >= 0 {
			all[same].modes = append(all[same].modes, res.Mode)
			continue
		}
		all = append(all, finding{Result: res, modes: []Mode{res.Mode}})
	}
	rank := func(button string) int {
		return slices.IndexFunc(Buttons(), func(b Button) bool { return b.Tag == button })
	}
	slices.SortStableFunc(all, func(a, b finding) int {
		return cmp.Or(
			cmp.Compare(slices.Index(verdicts, a.Verdict), slices.Index(verdicts, b.Verdict)),
			cmp.Compare(rank(a.Button), rank(b.Button)),
			// The shortest way to see it first: a whole conversation comes after its parts.
			cmp.Compare(len(a.Exchanges)/conversation, len(b.Exchanges)/conversation),
		)
	})
	return all
}

// Left names what the run could not delete again.
func (r *Report) Left() []string {
	all := slices.Clone(r.left)
	for _, res := range r.Results {
		all = append(all, res.Left...)
	}
	if r.own != nil {
		all = append(all, r.own.Left...)
	}
	return all
}
