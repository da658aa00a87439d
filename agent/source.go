package agent

import (
	"context"

	"github.com/oktascim/oktascim/agent/directory"
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
