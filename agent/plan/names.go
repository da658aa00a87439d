package plan

import "github.com/oktascim/oktascim/agent/directory"

// names tells the ids in member lists by name, for those that the plan mentions.
type names struct {
	// source are userNames in Okta, of the ids in Add.
	source map[directory.SourceID]string
	// target are the members in Drop.
	target map[directory.TargetID]member
}

// member is somebody who is in a group of the target.
type member struct {
	name string
	// source is who the account is linked to; empty for a stranger.
	source directory.SourceID
}

// ofSource returns the name of somebody in Okta, or the id when no name is known.
func (n names) ofSource(id directory.SourceID) string {
	if name, ok := n.source[id]; ok {
		return name
	}
	return string(id)
}

// ofTarget returns the name of a member in the target, or the id when no name is known.
func (n names) ofTarget(id directory.TargetID) string {
	if m, ok := n.target[id]; ok {
		return m.name
	}
	return string(id)
}
