// Package plan decides what a run will do: it compares what Okta asks for with what
// the target has and with the links that tie the two, and gives an ordered list of
// changes that a person can read and that the executor follows to the letter.
//
// Everything here is pure: same input, same bytes. No network, no clock, no logger,
// standard library only.
package plan

import (
	"github.com/oktascim/oktascim/agent/directory"
)

// Verb is what a change does.
type Verb string

// The verbs, in the order in which a plan lists them for one record.
const (
	// Adopt ties an object that was already in the target to its Okta record. It
	// sends nothing; an Update or Reactivate of the same record may follow.
	//
	// Of a group, Add lists the wanted people who are in it already: they join the
	// link's Members, so that they are taken out again when they leave in Okta. An
	// Adopt of a group that is linked to this target already does only that, and
	// keeps the link's origin and members.
	Adopt Verb = "adopt"
	// Create makes a user, or a group with its first members.
	Create Verb = "create"
	// Update overwrites the attributes of a user that differ.
	Update Verb = "update"
	// Reactivate sets active to true, and overwrites the attributes that differ.
	Reactivate Verb = "reactivate"
	// Rename gives a group the name that it has in Okta.
	Rename Verb = "rename"
	// Add puts people into a group.
	Add Verb = "add"
	// Drop takes people out of a group. It is a removal.
	Drop Verb = "drop"
	// Deactivate sets active to false. It is a removal.
	Deactivate Verb = "deactivate"
	// Delete deletes a group that we created. It is a removal. Users are never deleted.
	Delete Verb = "delete"
	// Forget drops a link and leaves the target alone.
	Forget Verb = "forget"
)

// Removal reports whether the verb takes something away from somebody.
func (v Verb) Removal() bool { return v == Drop || v == Deactivate || v == Delete }

// Field is one attribute that an update overwrites.
type Field struct {
	Path string `json:"path"`
	// From is empty when the target has no value, To when the value is to be cleared.
	From directory.Value `json:"from,omitempty"`
	To   directory.Value `json:"to,omitempty"`
}

// Change is one thing to do to one record.
type Change struct {
	// N numbers the changes of a plan from 1.
	N    int
	Verb Verb
	Kind directory.Kind
	// Source is empty only for a group that Okta no longer knows.
	Source directory.SourceID
	// Target is empty for a Create.
	Target directory.TargetID
	// Name is the userName or displayName that the record has after the change.
	Name string
	// Fields are the attributes that differ: of an Update or Reactivate (userName and
	// externalId among them, under those names), and "displayName" of a Rename.
	Fields []Field
	// Add are the people to put into a group, of a Create or Add, sorted; of an Adopt
	// those who are in it already.
	Add []directory.SourceID
	// Drop are the members to take out, of a Drop, sorted.
	Drop []directory.TargetID
	// Needs are the numbers of the changes that should come first; when one of them
	// fails, the rest of this change is still done (a refused account never blocks a group).
	Needs []int
	// Why says in a word or two what led to the change: "assigned", "unassigned".
	Why string
	// Origin is what the link is to say of a Create or Adopt, empty for other verbs.
	Origin directory.Origin
}

// Notice is something that a person should know and that changes nothing: a record
// that is not ours, a removal that is withheld.
type Notice struct {
	Kind directory.Kind
	Name string
	Text string
}

// Plan is what a run will do, in order, and what it will not do.
type Plan struct {
	Changes []Change
	Notices []Notice
	// Withheld are removals that the evidence does not carry, for reading only; they
	// are part of neither Changes nor the digest.
	Withheld []Change
	// Pending are changes that wait for their time, for reading only like Withheld: people
	// who are given time before they are switched off, records that are tried again later.
	Pending []Change

	// names tells the people in Add and Drop by name. Compute fills it.
	names names
}

// Policy says what may be written at all. The zero value writes nothing.
type Policy struct {
	// CreateUsers, UpdateUsers and DeactivateUsers are the To App switches of the Okta
	// app. A switch that is off turns the changes into notices.
	CreateUsers, UpdateUsers, DeactivateUsers bool
	// PushGroups allows changes to groups.
	PushGroups bool
	// DeleteGroups allows the deletion of groups that we created and that are no
	// longer pushed; otherwise they are forgotten and stay (Okta's "leave in the target").
	DeleteGroups bool
	// AdoptByEmail lets somebody without an account of that externalId or userName adopt
	// the one that has their e-mail.
	AdoptByEmail bool
	// Extent narrows what the switches allow; empty means [Sync].
	Extent Extent
}

// Input is all that a decision rests on.
type Input struct {
	Desired directory.Desired
	Current directory.Current
	Links   directory.Links
	Policy  Policy
	// Shared are accounts that another connection to the same target holds for somebody
	// who is assigned there, with that connection's name. Who is assigned no longer here
	// keeps such an account: it is forgotten, not switched off.
	Shared map[directory.TargetID]string
	// Overwrite are pushes whose group is to hold exactly Okta's members, whoever made it
	// and put the others in: what "Push Now" does.
	Overwrite map[directory.SourceID]bool
}

// Totals are the sizes that guards compare a plan with.
type Totals struct {
	// OwnedActive is the number of linked users that are active in the target.
	OwnedActive int
	// OwnedGroups is the number of linked groups, Linked that of all links in scope,
	// active or not.
	OwnedGroups, Linked int
	// Desired is the number of users in the source, LastDesired that of the last good
	// run (0 if there was none).
	Desired, LastDesired int
	// GroupMembers gives the size of each linked group before the plan.
	GroupMembers map[directory.TargetID]int
	// Missing is the number of linked objects that the target, read whole, no longer
	// shows; 0 when it was not read whole.
	Missing int
}

// Guard looks at a plan and says why it should wait for a person; nil lets it pass.
type Guard func(Plan, Totals) *Trip

// Trip is one guard's objection.
type Trip struct {
	// Guard names the guard: "deactivations", "protected", ….
	Guard string `json:"guard"`
	// Text has the figures and the limit: "31 of 140 owned users would lose access (limit 20 %)".
	Text string `json:"text"`
	// HoldsAll is true when nothing at all may be applied, not only no removal.
	HoldsAll bool `json:"holdsAll"`
}
