package agent

import (
	"context"
	"time"

	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
)

// Ledger remembers what is ours, what was about to be written and how runs ended. One
// ledger serves one connection; an implementation hands one out per connection name.
//
// Load, Begin, Finish and SaveRun may be called from several goroutines at once; what
// one call has returned, every later call sees, whatever happens to the process.
type Ledger interface {
	// Bind ties the ledger to the target's identity at the first call and reports
	// a [Bound] error later when the identity is another one.
	Bind(ctx context.Context, identity string) error

	// Load returns the links and the intents that were never finished, oldest first.
	Load(ctx context.Context) (State, error)

	// Begin writes an intent down before the request goes out. The ID of in is not
	// looked at; the one that is returned is larger than every earlier one.
	Begin(ctx context.Context, in Intent) (IntentID, error)

	// Finish closes an intent and saves or deletes the link, in one transaction. A
	// link that is saved takes its target object away from any other record that was
	// tied to it: an id that a server gave a second time belongs to the new record.
	// The error is [ErrNoIntent] when no such intent is open.
	Finish(ctx context.Context, id IntentID, out Outcome) error

	// SaveRun writes down how a run ended. A run with the ID of an earlier one
	// replaces it.
	SaveRun(ctx context.Context, run RunRecord) error

	// Keep writes what a run leaves behind beside its changes, in one transaction. What
	// k leaves out stays as it is.
	Keep(ctx context.Context, k Keep) error
}

// Exclusive is a [Ledger] that can keep every other process away from its connection.
// A run that writes asks for it.
type Exclusive interface {
	// Acquire takes the connection until release is called or the process dies, and
	// reports [ErrBusy], with the holder in words, when another one has it. It does
	// not wait.
	Acquire(ctx context.Context) (release func() error, err error)
}

// IntentID numbers the journal entries of a ledger.
type IntentID int64

// Intent is a journal entry: what is about to be written.
type Intent struct {
	ID     IntentID
	Verb   plan.Verb
	Kind   directory.Kind
	Source directory.SourceID
	// Target is empty for a Create, or the object that the record was linked to and
	// that is gone.
	Target directory.TargetID
	Name   string
	// Add and Drop are the members of a group's change.
	Add  []directory.SourceID
	Drop []directory.TargetID
	// LookFirst is that of the [Write]: when it is set, an object that is found later
	// may have been there before us.
	LookFirst bool
}

// Result says how a journal entry or a change ended.
type Result string

// The results.
const (
	// Done: the target answered with success.
	Done Result = "done"
	// Failed: nothing is known to have changed.
	Failed Result = "failed"
	// Unknown: nobody knows whether it was written. In a journal it notes the error
	// and leaves the entry open: the next run looks.
	Unknown Result = "unknown"
	// Resolved: an entry that a crash had left open, closed after looking.
	Resolved Result = "resolved"
	// Partial: a group's change without some of the members, in reports only.
	Partial Result = "partial"
	// Left: not begun, because the run had to stop, in reports only.
	Left Result = "left"
)

// Outcome closes an intent.
type Outcome struct {
	// Result is Done, Failed, Unknown or Resolved.
	Result Result
	// Error is the failure in words, empty if there was none; never a secret.
	Error string
	// Link is saved when not nil; Forget deletes the link of the intent's record.
	Link   *directory.Link
	Forget bool
}

// State is what a ledger knows at the start of a run.
type State struct {
	// Identity is what the ledger is bound to, empty before the first [Ledger.Bind].
	Identity string
	Links    directory.Links
	Open     []Intent
	// LastDesired is the Desired of the last run, by ID, that was Complete; 0 if there
	// was none.
	LastDesired int
	// Tasks, Leaving and Notes are what [Ledger.Keep] was given, Tasks sorted by kind,
	// source and target.
	Tasks   []Task
	Leaving map[directory.SourceID]time.Time
	Notes   map[string]string
}

// Keep is what a run leaves behind beside its changes.
type Keep struct {
	// Links are saved as [Ledger.Finish] saves one, without a journal entry: for what was
	// learned by reading.
	Links []directory.Link
	// Tasks replaces all tasks of the connection when it is not nil; an empty list ends them.
	Tasks []Task
	// Leaving replaces, when it is not nil, the people who are no longer assigned and wait
	// for their deactivation, with the time at which that was first seen.
	Leaving map[directory.SourceID]time.Time
	// Notes are small documents by name, of whoever has to remember something from run to
	// run: a watermark, what a target turned out not to take. An empty one is deleted,
	// those that are not named stay. They hold no secrets.
	Notes map[string]string
}

// TaskClass says in one word why a record could not be brought in line.
type TaskClass string

// The classes.
const (
	// Refused: the target understood and said no.
	Refused TaskClass = "refused"
	// Conflict: another object has the name, or somebody else was writing.
	Conflict TaskClass = "conflict"
	// Throttled: the target wanted fewer requests.
	Throttled TaskClass = "throttled"
	// Unreachable: there was no answer, or none from the server itself.
	Unreachable TaskClass = "unreachable"
	// Unclear: the answer fits none of the others, or never came.
	Unclear TaskClass = "unknown"
)

// Task is a record that could not be brought in line, and when it is tried again. A
// record has at most one.
type Task struct {
	Kind directory.Kind
	// Source is empty only for a group that Okta no longer knows; Target only when there
	// is no object yet.
	Source directory.SourceID
	Target directory.TargetID
	Name   string
	// Verb is what was tried.
	Verb plan.Verb
	// What names the changes that were tried and what they wanted, so that a record of
	// which something else is wanted now is tried at once.
	What  string
	Class TaskClass
	// Detail is what the target said, RequestID what it calls the request, both empty
	// when it said nothing; never a secret.
	Detail, RequestID string
	// Tries counts from 1. Since is the first failure, Last the latest.
	Tries       int
	Since, Last time.Time
	// Next is when it is tried again; zero when that is left to a person.
	Next time.Time
}

// Entry is a journal entry as people read it, of a record's history.
type Entry struct {
	Intent
	// Begun and Closed are to the second; Closed is zero while the entry is open.
	Begun, Closed time.Time
	Result        Result
	Error         string
}

// RunRecord is what the ledger keeps of a run.
type RunRecord struct {
	// ID is chosen by the agent and sorts by time.
	ID      string
	Started time.Time
	Ended   time.Time
	// Mode is "plan" or "apply".
	Mode string
	// Result is one of "nothing to do", "changes", "applied", "partial", "held", "failed".
	Result string
	// Digest names the plan; Plan is its text.
	Digest, Plan string
	// Desired is the number of users in the source. Complete says that later runs may
	// measure theirs by it: both readings were whole, and no guard objected or a
	// person had approved. A source that shrank must not become the measure by being
	// looked at.
	Desired  int
	Complete bool
	// Error is the failure in words, empty if there was none.
	Error string
}
