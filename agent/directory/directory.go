// Package directory holds the values that one run of the agent passes from step
// to step: what Okta asks for, what a SCIM target has, and which of the two belong
// together. It does nothing: no network, no clock, no logger.
//
// The two sides have ids of different types, so that mixing them up does not
// compile: a [SourceID] is Okta's (00u…, 00g…), a [TargetID] is the server's.
package directory

import (
	"cmp"
	"slices"
	"strings"
)

// SourceID is the id of a user or a group in Okta: 20 characters, 00u… or 00g….
type SourceID string

// TargetID is the id that the SCIM server gave. It is opaque and case-sensitive,
// and may hold any character (RFC 7643 §3.1).
type TargetID string

// Kind says whether a record is a user or a group.
type Kind uint8

// The kinds of records that Okta provisions.
const (
	KindUser Kind = iota + 1
	KindGroup
)

// String returns "user" or "group".
func (k Kind) String() string {
	switch k {
	case KindUser:
		return "user"
	case KindGroup:
		return "group"
	}
	return "unknown"
}

// Value is one attribute value as canonical JSON text: `"Engineer"`, `true`, `42`.
// The empty Value means that there is none: the attribute is not set, null or "".
// Okta has no way of telling the three apart, so neither have we.
type Value string

// Attribute is one SCIM attribute of a user under its path, for example
//
//	name.givenName
//	emails[primary eq true].value
//	urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department
//
// A path is written the way the source wrote it; paths are compared without case.
type Attribute struct {
	Path  string
	Value Value
}

// Attributes are the attributes of a user, sorted by path without case, each path once.
// The source lists every attribute that it manages, those to be cleared with an
// empty value; the target answers for the paths it was asked for.
type Attributes []Attribute

// NewAttributes sorts list by path; of two with the same path the later wins.
func NewAttributes(list ...Attribute) Attributes {
	a := slices.Clone(list)
	slices.SortStableFunc(a, func(x, y Attribute) int { return comparePaths(x.Path, y.Path) })
	kept := a[:0]
	for i, at := range a {
		if i+1 < len(a) && comparePaths(a[i+1].Path, at.Path) == 0 {
			continue
		}
		kept = append(kept, at)
	}
	return kept
}

// Get returns the value at path, compared without case; empty if there is none.
func (a Attributes) Get(path string) Value {
	i, found := slices.BinarySearchFunc(a, path, func(at Attribute, path string) int { return comparePaths(at.Path, path) })
	if !found {
		return ""
	}
	return a[i].Value
}

func comparePaths(a, b string) int {
	if a == b {
		return 0
	}
	return cmp.Compare(strings.ToLower(a), strings.ToLower(b))
}

// User is a person on one side.
type User[ID ~string] struct {
	ID ID
	// ExternalID is the SCIM externalId: on the source side always string(ID), on
	// the target side what the server holds, empty if nothing.
	ExternalID string
	// UserName is the SCIM userName, in the case in which the side wrote it. It is
	// compared without case (RFC 7643 §4.1.1).
	UserName string
	// Active is always true on the source side: who is not entitled is not listed.
	Active bool
	// ActiveUnreadable says, on the target side, that the server does not show whether
	// the account is on; Active is true then.
	ActiveUnreadable bool
	// Attributes leave out userName, externalId and active.
	Attributes Attributes
	// Via says, on the source side, how the person is assigned: "direct", or the
	// name of the granting group. Only people read it.
	Via string
	// Blocked says, on the source side, why this person must not be sent although
	// they are assigned ("has no e-mail, which the app requires"). Somebody who is
	// blocked is neither written nor removed.
	Blocked string
}

// Group is a pushed group on the source side, any group on the target side.
type Group[ID ~string] struct {
	ID         ID
	ExternalID string
	// Name is the SCIM displayName.
	Name string
	// Members are user ids of the same side, sorted, each once. The source lists only
	// people who are in the snapshot's Users: assigned, provisioned and active
	// (help.okta.com, "Group Push prerequisites").
	Members []ID
	// MembersUnreadable is true on the target side when the server did not show a
	// members attribute at all. Unreadable is not empty.
	MembersUnreadable bool
	// Paused is true on the source side while the push is inactive: changes in Okta
	// do not reach the target, the group stays.
	Paused bool
	// LinkTo is the id of an existing target group that the configuration names for
	// this push; empty otherwise. Only the source sets it.
	LinkTo TargetID
}

// Snapshot is everything one side showed in one reading.
type Snapshot[ID ~string] struct {
	// Users and Groups are sorted by ID.
	Users  []User[ID]
	Groups []Group[ID]
	// Evidence says whether the reading is good enough to remove something on its strength.
	Evidence Evidence
	// Problems are findings of the reading that a person should see and that stop
	// nothing else.
	Problems []Problem
	// Switches are what the source allows at all. Only the source sets them.
	Switches Switches
}

// Switches are the To App page of an Okta app, read from its features[]. The zero
// value allows nothing.
type Switches struct {
	CreateUsers, UpdateUsers, DeactivateUsers, PushGroups bool
}

// Desired is what Okta asks for.
type Desired = Snapshot[SourceID]

// Current is what the target has.
type Current = Snapshot[TargetID]

// Paths returns every attribute path that some user of the snapshot carries, sorted,
// each once, in the spelling met first.
func (s Snapshot[ID]) Paths() []string {
	seen := map[string]bool{}
	var paths []string
	for i := range s.Users {
		for _, a := range s.Users[i].Attributes {
			if !seen[a.Path] {
				seen[a.Path] = true
				paths = append(paths, a.Path)
			}
		}
	}
	slices.SortFunc(paths, comparePaths)
	return slices.CompactFunc(paths, func(a, b string) bool { return comparePaths(a, b) == 0 })
}

// Problem is something wrong with one record of a reading: two users with one
// userName, a push whose group does not exist.
type Problem struct {
	Kind Kind
	// Name is the userName or the group's name.
	Name string
	// Text says what is wrong and what to do about it.
	Text string
}

// Gap is one reason why a reading cannot carry a removal.
type Gap struct {
	// Where names what could not be read: "app users", "members of Engineering".
	Where string `json:"where"`
	// Why is the cause in words, without secrets.
	Why string `json:"why"`
}

// Evidence is the proof that a reading was whole: every page chain ended, every group
// in scope was read, what must be visible was visible. No gap means complete.
type Evidence struct {
	Gaps []Gap
	// Requests is the number of requests that the reading took.
	Requests int
}

// Complete reports whether nothing is missing.
func (e Evidence) Complete() bool { return len(e.Gaps) == 0 }

// Add records a gap.
func (e *Evidence) Add(where, why string) { e.Gaps = append(e.Gaps, Gap{Where: where, Why: why}) }

// Origin says how a target object came to be ours.
type Origin string

// The origins of a link.
const (
	// OriginCreated: we made the object; it is wholly ours.
	OriginCreated Origin = "created"
	// OriginAdopted: it was there and matched; what it held beside Okta's stays.
	OriginAdopted Origin = "adopted"
	// OriginLinked: a person tied the two together.
	OriginLinked Origin = "linked"
)

// Link ties a source record to a target object.
type Link struct {
	Kind   Kind
	Source SourceID
	Target TargetID
	Origin Origin
	// Name is the userName or displayName when the link was last written.
	Name string
	// Members are, for a group, the people that we put into it and have not taken
	// out since, sorted. Of an adopted group only these may be taken out.
	Members []SourceID
	// Ignored are values that the server accepted and did not keep. The same value
	// is not sent again.
	Ignored Attributes
	// MembersUnreadable is true when the server has never shown this group's members
	// after a write; then Members is all that is known.
	MembersUnreadable bool
	// Deactivated is true after we switched the user off.
	Deactivated bool
	// Known are, for a user, the attributes that the target held when it was last read or
	// written, as far as Okta manages them; nil when that was never noted. A delta run
	// compares with them instead of reading the target.
	Known Attributes
}

// Links are all links of one connection, sorted by kind and source id.
type Links []Link
