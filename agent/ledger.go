package agent

import (
	"context"
	"time"

	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
)

// Ledger remembers what is ours, what was about to be written and how runs ended. One
// ledger serves one connection; an implementation hands one out per connection name.
type Ledger interface {
	// Bind ties the ledger to the target's identity at the first call and reports
	// a [Bound] error later when the identity is another one.
	Bind(ctx context.Context, identity string) error

	// Load returns the links and the intents that were never finished, oldest first.
	Load(ctx context.Context) (State, error)

	// Begin writes an intent down before the request goes out.
	Begin(ctx context.Context, in Intent) (IntentID, error)

	// Finish closes an intent and saves or deletes the link, in one transaction.
	Finish(ctx context.Context, id IntentID, out Outcome) error

	// SaveRun writes down how a run ended.
	SaveRun(ctx context.Context, run RunRecord) error
}

// IntentID numbers the journal entries of a ledger.
type IntentID int64

// Intent is a journal entry: what is about to be written.
type Intent struct {
	ID     IntentID
	Verb   plan.Verb
	Kind   directory.Kind
	Source directory.SourceID
	Target directory.TargetID
	Name   string
	// Add and Drop are the members of a group's change.
	Add  []directory.SourceID
	Drop []directory.TargetID
}

// Outcome closes an intent.
type Outcome struct {
	// Result is one of "done", "failed", "unknown" or "resolved".
	Result string
	// Error is the failure in words, empty if there was none; never a secret.
	Error string
	// Link is saved when not nil; Forget deletes the link of the intent's record.
	Link   *directory.Link
	Forget bool
}

// State is what a ledger knows at the start of a run.
type State struct {
	Links directory.Links
	Open  []Intent
	// LastDesired is the number of users in the source at the last run with complete
	// evidence; 0 if there was none.
	LastDesired int
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
	// Desired is the number of users in the source, Complete whether both readings
	// were whole. Only complete runs are what later ones compare with.
	Desired  int
	Complete bool
	// Error is the failure in words, empty if there was none.
	Error string
}
