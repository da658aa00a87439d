package agent

import (
	"context"

	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
)

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
	// Target is, for a Create, the account that the person had until it was switched off,
	// if any; the target may hide it, and refuse a second one for its sake.
	Target directory.TargetID
	// User is the wanted state, of a user's Create, Update or Reactivate.
	User *directory.User[directory.SourceID]
	// Fields are the attributes that differ, of an Update or Reactivate.
	Fields []plan.Field
	// Name is a group's displayName, of every change to a group.
	Name string
	// Add and Drop are members, of a group's Create, Add and Drop.
	Add, Drop []Member
	// Whole says that the group is wholly ours, and Members, not nil then, who is in it
	// as far as the ledger knows: for a target that does not show members. Not of a
	// Create.
	Whole   bool
	Members []Member
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
	// Ignored are the attributes that the target did not keep, of a user, and of a
	// group's Create.
	Ignored directory.Attributes
	// NotAdded and NotDropped are, for a group, members that were read back wrongly.
	NotAdded, NotDropped []directory.TargetID
}
