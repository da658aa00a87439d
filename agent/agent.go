// Package agent reconciles what Okta asks for into a SCIM 2.0 target: it reads both
// sides, compares, checks and applies. It knows no Okta, no SCIM and no SQL; those
// stand behind [Source], [Target] and [Ledger].
package agent

import (
	"context"
	"time"

	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
)

// Source is the side that says what should be: an Okta app with its assignments and
// group pushes.
type Source interface {
	// Read returns everything in scope. What could not be read is a gap in the
	// snapshot's Evidence; the error is for readings of which nothing can be used
	// (the app does not exist, the token is refused).
	Read(ctx context.Context) (directory.Desired, error)

	// Confirm looks at each removal once more, by a different request than the one
	// that led to it, and reports for each, by index, whether Okta still says so. A
	// removal that could not be looked at is not confirmed. The error is only for a
	// cancelled context.
	Confirm(ctx context.Context, removals []Removal) ([]Verdict, error)
}

// Removal is one thing that is about to be taken away, in Okta's terms.
type Removal struct {
	Kind directory.Kind
	// User is who would lose something; empty for a group.
	User directory.SourceID
	// Group is the group that User would leave, or that is no longer pushed; empty
	// when User would be deactivated.
	Group directory.SourceID
}

// Verdict is the answer to one [Removal].
type Verdict struct {
	Confirmed bool
	// Why says what was seen, for the notice: "still assigned to the app".
	Why string
}

// ReadRequest tells a target what a run needs to see.
type ReadRequest struct {
	// Paths are the attribute paths to answer for, as in [directory.Attribute].
	Paths []string
	// Users and Groups are the ids that must exist. One that the lists do not show is
	// looked up by itself: found, the list was incomplete, which is a gap.
	Users, Groups []directory.TargetID
	// SkipGroups leaves groups out altogether.
	SkipGroups bool
}

// Target is a SCIM server.
type Target interface {
	// Identity is the base URL in canonical form: what the ledger is bound to.
	Identity() string

	// Read returns all users and groups. What could not be read is a gap in Evidence;
	// the error is for a target of which nothing can be used.
	Read(ctx context.Context, want ReadRequest) (directory.Current, error)

	// Find looks one record up in the target by externalId, then by userName or
	// displayName, comparing what comes back. It returns every object that really
	// matches; nothing found is no error.
	Find(ctx context.Context, kind directory.Kind, externalID, name string) ([]Found, error)

	// Write carries one change out and reports what the target has afterwards. It may
	// be called for different records at once, never for the same one. When the error
	// is not nil nothing is known to have changed, unless it is a [MaybeWritten].
	Write(ctx context.Context, w Write) (Written, error)
}

// Found is an object that [Target.Find] came across.
type Found struct {
	ID         directory.TargetID
	ExternalID string
	Name       string
	Active     bool
}

// Write is one change in the target's terms.
type Write struct {
	Verb plan.Verb
	Kind directory.Kind
	// Target is empty for a Create.
	Target directory.TargetID
	// User is the wanted state, of a user's Create, Update or Reactivate.
	User *directory.User[directory.SourceID]
	// Fields are the attributes that differ, of an Update or Reactivate.
	Fields []plan.Field
	// Name is a group's displayName, of every change to a group.
	Name string
	// Add and Drop are members, of a group's Create, Add and Drop.
	Add, Drop []Member
	// LookFirst asks for a lookup before a Create, because the lists were incomplete:
	// when something matches, nothing is created and the error is an [Exists].
	LookFirst bool
}

// Member is a user as a group's member list names it.
type Member struct {
	ID directory.TargetID
	// Display is the userName (Okta sends it as `display`).
	Display string
}

// Effect says what a write turned out to have done, as read back.
type Effect string

// The effects of a write.
const (
	// Applied: read back and found as wanted.
	Applied Effect = "applied"
	// Ignored: answered with success, and not, or not wholly, done.
	Ignored Effect = "ignored"
	// Unreadable: answered with success, and the target does not show the result.
	Unreadable Effect = "unreadable"
	// Assumed: answered with success and not read back this time, because this target
	// has proved itself on the form; the next full run looks.
	Assumed Effect = "assumed"
)

// Written is the result of a [Write].
type Written struct {
	// ID is the object's id; that of a Create from the body of the answer.
	ID     directory.TargetID
	Effect Effect
	// Ignored are, for a user, the attributes that the target did not keep.
	Ignored directory.Attributes
	// NotAdded and NotDropped are, for a group, members that were read back wrongly.
	NotAdded, NotDropped []directory.TargetID
}

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
