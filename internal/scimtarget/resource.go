package scimtarget

import (
	"slices"
	"strings"

	"github.com/oktascim/oktascim/agent/directory"
)

// resource is a SCIM resource as it was sent, names compared without case.
type resource map[string]any

// namedPath is a parsed path with the text that the source gave it.
type namedPath struct {
	text string
	path path
}

func (r resource) text(attr string) string {
	s, _ := member(r, attr).(string)
	return s
}

func (r resource) id() directory.TargetID { return directory.TargetID(r.text("id")) }

func (r resource) name(kind directory.Kind) string {
	if kind == directory.KindGroup {
		return r.text("displayName")
	}
	return r.text("userName")
}

// active reads the attribute of that name. A server that does not send it has no way of
// switching people off, so they are on; text is read as some servers write it.
func (r resource) active() bool {
	switch v := member(r, "active").(type) {
	case bool:
		return v
	case string:
		return !strings.EqualFold(v, "false")
	}
	return true
}

func (r resource) user(paths []namedPath) directory.User[directory.TargetID] {
	u := directory.User[directory.TargetID]{
		ID: r.id(), ExternalID: r.text("externalId"), UserName: r.text("userName"),
		Active: r.active(), ActiveUnreadable: !r.hasMember("active"),
	}
	list := make([]directory.Attribute, 0, len(paths))
	for _, p := range paths {
		if v := p.path.get(r); v != "" {
			list = append(list, directory.Attribute{Path: p.text, Value: v})
		}
	}
	u.Attributes = directory.NewAttributes(list...)
	return u
}

// group turns a resource that was read into a value and remembers whether this server
// shows members.
func (t *Target) group(r resource) directory.Group[directory.TargetID] {
	members, readable := t.membersRead(r)
	return directory.Group[directory.TargetID]{
		ID: r.id(), ExternalID: r.text("externalId"), Name: r.text("displayName"), Members: members, MembersUnreadable: !readable,
	}
}

// membersRead returns the members of a group that was read. A server that has shown
// those of another group and leaves the attribute out here has nobody in this one: what
// has no value need not be sent (RFC 7643 §2.5), and many servers do not send it.
func (t *Target) membersRead(r resource) (ids []directory.TargetID, readable bool) {
	ids, shown := r.members()
	if len(ids) > 0 {
		t.membersSeen.Store(true)
	}
	return ids, shown || t.membersSeen.Load() && !r.hasMember("members")
}

// members returns the ids in a group, sorted, each once; shown is false if the group has
// no members attribute at all. Groups in groups (type "Group") are not people.
func (r resource) members() (ids []directory.TargetID, shown bool) {
	v := member(r, "members")
	if v == nil {
		return nil, r.hasMember("members")
	}
	list, ok := v.([]any)
	if !ok {
		return nil, false
	}
	for _, e := range list {
		m, ok := e.(map[string]any)
		if !ok {
			continue
		}
		value, _ := member(m, "value").(string)
		kind, _ := member(m, "type").(string)
		if value != "" && !strings.EqualFold(kind, "Group") {
			ids = append(ids, directory.TargetID(value))
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids), true
}

func (r resource) hasMember(name string) bool {
	for k := range r {
		if strings.EqualFold(k, name) {
			return true
		}
	}
	return false
}

// equals compares a value that a server returned with the one that was looked for:
// userName without case (RFC 7643 §4.1.1), the rest to the letter.
func equals(attr, have, want string) bool {
	if attr == "userName" {
		return strings.EqualFold(have, want)
	}
	return have == want
}
