package agent

import (
	"errors"
	"fmt"
	"strings"

	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
)

// ErrBusy is reported by [Exclusive]: another process is running the connection.
var ErrBusy = errors.New("the connection is being run by another process")

// ErrNoIntent is reported by [Ledger] when an intent that is to be closed is not open.
var ErrNoIntent = errors.New("no such journal entry is open")

// Exists is the error of a Create that found the record already in the target.
// Nothing was written.
type Exists struct{ Found []Found }

func (e *Exists) Error() string {
	names := make([]string, len(e.Found))
	for i, f := range e.Found {
		names[i] = fmt.Sprintf("%s (id %s)", f.Name, f.ID)
	}
	return "already in the target: " + strings.Join(names, ", ")
}

// MaybeWritten is the error of a write whose answer never came: it may have been done,
// so a lookup has to precede another try.
type MaybeWritten struct{ Err error }

func (e *MaybeWritten) Error() string { return "may have been written: " + e.Err.Error() }

// Unwrap returns the error that hid the answer.
func (e *MaybeWritten) Unwrap() error { return e.Err }

// Bound is the error of a ledger that belongs to another target.
type Bound struct {
	// Connection names the connection, Want is the identity in the ledger and Got the
	// one of today.
	Connection, Want, Got string
}

func (e *Bound) Error() string {
	return fmt.Sprintf("the ledger of connection %q belongs to the target %s, not %s: nothing was changed; "+
		"put the old base URL back, or name another ledger file to start afresh with the new target", e.Connection, e.Want, e.Got)
}

// Unavailable is the error of a write that failed for a reason that hits every other
// write as well: the target cannot be reached, or refuses the credentials, after all
// tries. Many of them in a row stop a run, where refusals of single records do not.
type Unavailable struct{ Err error }

func (e *Unavailable) Error() string { return "target not available: " + e.Err.Error() }

// Unwrap returns what the last try met.
func (e *Unavailable) Unwrap() error { return e.Err }

// Answer is the error of a write to which the target answered something that a person
// should read: what kind of failure it is, the target's words and the name that it gave
// the request.
type Answer struct {
	Class             TaskClass
	Detail, RequestID string
	Err               error
}

func (e *Answer) Error() string { return e.Err.Error() }

// Unwrap returns the error itself.
func (e *Answer) Unwrap() error { return e.Err }

// UnknownNames is the error of a scope that names records that are not there.
type UnknownNames struct{ Names []plan.UnknownName }

func (e *UnknownNames) Error() string {
	list := make([]string, len(e.Names))
	for i, n := range e.Names {
		what := "nobody and no group is called"
		switch n.Kind {
		case directory.KindUser:
			what = "nobody who is assigned or linked is called"
		case directory.KindGroup:
			what = "no group that is pushed or linked is called"
		}
		list[i] = fmt.Sprintf("%s %q", what, n.Name)
	}
	return strings.Join(list, "; ")
}

// Stale is the error of a run whose plan is not the one that was saved. Nothing was
// written.
type Stale struct {
	// Saved and Now are the digests, empty for a plan without changes.
	Saved, Now string
	// Gone are changes that only the saved plan has, Come those that only today's has.
	Gone, Come []plan.DocumentChange
}

// movedShown is how many changes of each side an error names.
const movedShown = 20

func (e *Stale) Error() string {
	var b strings.Builder
	b.WriteString("the saved plan is stale, nothing was changed: something has moved since")
	for _, l := range []struct {
		sign string
		list []plan.DocumentChange
	}{{"-", e.Gone}, {"+", e.Come}} {
		for i, c := range l.list {
			if i == movedShown {
				fmt.Fprintf(&b, "\n  %s %d more", l.sign, len(l.list)-i)
				break
			}
			fmt.Fprintf(&b, "\n  %s %s", l.sign, c)
		}
	}
	if len(e.Gone)+len(e.Come) == 0 {
		b.WriteString(": the same changes in another order")
	}
	return b.String()
}
