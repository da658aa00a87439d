package agent

import (
	"context"

	"github.com/oktascim/oktascim/agent/directory"
)

// Follower is a [Source] that can tell what has happened since it was last read. What it
// tells only wakes and narrows: the records that it names are read again by their ids, and
// that reading decides.
type Follower interface {
	// Watermark names the moment at which the last Read began, by the source's own clock,
	// for Changes. It is a small document without secrets; empty when that reading cannot be
	// followed.
	Watermark() string

	// Changes returns the records to which something may have happened since a watermark.
	// To name one too many is no mistake, to leave one out is. Whatever is not clear is a
	// Full in the answer; the error is only for a cancelled context.
	Changes(ctx context.Context, since string) (News, error)

	// Reread reads what ask names again, each record by its id. It follows a Changes. What
	// is not clear is a Full in the answer, as there.
	Reread(ctx context.Context, ask Ask) (Reread, error)

	// GroupsOf returns the groups of each person; somebody who does not exist any more has
	// none. What is not clear is an error.
	GroupsOf(ctx context.Context, people []directory.SourceID) (map[directory.SourceID][]directory.SourceID, error)
}

// News is what a [Follower] says has happened.
type News struct {
	// Users are people whose assignment may have begun, changed or ended. Known are people
	// of whom something changed that matters only if they are assigned.
	Users, Known []directory.SourceID
	// Groups are groups whose name or members may have changed, pushed or not.
	Groups []directory.SourceID
	// Full says why only a full reading can tell; empty if the rest is the answer.
	Full string
	// Watermark is where the next Changes goes on.
	Watermark string
	// Requests is the number of requests that it took.
	Requests int
}

// Ask names what is to be read again.
type Ask struct {
	Users, Groups []directory.SourceID
	// Control is somebody who is assigned as far as is known, for [Source.Confirm]: an
	// absence proves nothing while this one cannot be seen. Empty if there is nobody.
	Control directory.SourceID
}

// Reread is what a [Follower] read again.
type Reread struct {
	// Users are those who are assigned, sorted by id, Gone those who are not any more. Who
	// was asked for is in one of the two.
	Users []directory.User[directory.SourceID]
	Gone  map[directory.SourceID]bool
	// Groups are in the order of the question. Their Members are all members, assigned or
	// not, sorted.
	Groups []directory.Group[directory.SourceID]
	// Full says why only a full reading can tell.
	Full     string
	Requests int
}
