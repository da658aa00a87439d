package conformance

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Mode is the kind of Okta app that is replayed. The two send different
// requests for the same click.
type Mode string

const (
	// Catalog is an app from Okta's catalog ("SCIM 2.0 Test App" and OIN
	// apps): PATCH for active and for groups, PUT for profiles.
	Catalog Mode = "catalog"
	// Wizard is a custom app from the App Integration Wizard: PUT only.
	Wizard Mode = "wizard"
	// AnyClient is no app of Okta: the scenarios of the RFCs, which are about
	// every client.
	AnyClient Mode = "rfc"
)

// Grade says how much hangs on a scenario.
type Grade string

const (
	// Must means that an Okta flow breaks without it.
	Must Grade = "must"
	// Should means that Okta goes on, but something is lost, slower or confusing.
	Should Grade = "should"
	// May marks a form that is not known to be sent by every Okta app.
	May Grade = "may"
)

// Verdict is what came out of one scenario in one mode.
type Verdict string

const (
	// Passed means that the requirement was checked and holds.
	Passed Verdict = "passed"
	// Failed means that a must does not hold.
	Failed Verdict = "failed"
	// Warning means that a should does not hold.
	Warning Verdict = "warning"
	// Unsupported means that the server does not offer what the scenario is about, or a
	// may does not hold.
	Unsupported Verdict = "unsupported"
	// Skipped means that the scenario could not be set up, because what another scenario
	// tests does not work.
	Skipped Verdict = "skipped"
	// Broken means that the tester itself is at fault, or was interrupted.
	Broken Verdict = "broken"
)

// Result is the outcome of one scenario in one mode.
type Result struct {
	Scenario
	Mode    Mode
	Verdict Verdict
	// Reason says why the verdict is not [Passed]; empty otherwise.
	Reason string
	// Want and Got are the two sides of a failed check.
	Want, Got string
	// See is the id of the scenario that tests what went wrong in the set-up;
	// only with [Skipped].
	See string
	// Exchanges are all requests of the scenario in order, secrets redacted.
	// At is the index of the one that the failed check looked at, or -1.
	Exchanges []Exchange
	At        int
	Took      time.Duration
	// Left names what could not be deleted again.
	Left []string
	// Known is set if the file of expected failures names this result, and it
	// is a failure in fact.
	Known *ExpectedFailure
}

// failure is a requirement that does not hold.
type failure struct {
	want, got string
	at        int // index into the exchanges of the scenario; -1 for none
}

func (f *failure) Error() string { return "expected " + f.want + "; got " + f.got }

// setupError is a failure on the way to the requirement, which is what the
// scenario with the id tests is there to find.
type setupError struct {
	tests string
	err   error
}

func (s *setupError) Error() string {
	return fmt.Sprintf("see %s: %v", s.tests, s.err)
}

func (s *setupError) Unwrap() error { return s.err }

// judge turns what the steps of a scenario returned into a verdict.
//
//	error of the steps     must      should    may
//	none                   passed    passed    passed
//	failure                failed    warning   unsupported
//	failure in the set-up  skipped   skipped   skipped
//	declined openly        unsupported, whatever the grade
//	anything else          broken    broken    broken
func judge(r *Result, err error) {
	r.At = -1
	if err == nil {
		r.Verdict = Passed
		return
	}
	r.Reason = strings.TrimSpace(err.Error())
	f, isFailure := errors.AsType[*failure](err)
	if isFailure {
		r.Want, r.Got, r.At = f.want, f.got, f.at
	}
	set, isSetup := errors.AsType[*setupError](err)
	switch {
	case isDeclined(err):
		r.Verdict = Unsupported
	case isSetup:
		r.Verdict, r.See = Skipped, set.tests
	case !isFailure:
		r.Verdict = Broken
	case r.Grade == Must:
		r.Verdict = Failed
	case r.Grade == Should:
		r.Verdict = Warning
	default:
		r.Verdict = Unsupported
	}
}

// Head is what stands above the column of a mode in a table.
func (m Mode) Head() string {
	if m == AnyClient {
		return "any client"
	}
	return string(m) + " app"
}

// FirstHead is what stands above the features of a table.
func (r *Report) FirstHead() string {
	if len(r.Modes) == 1 && r.Modes[0] == AnyClient {
		return "In the RFCs"
	}
	return "In Okta"
}
