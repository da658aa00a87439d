package plan

import (
	"cmp"
	"slices"

	"github.com/oktascim/oktascim/agent/directory"
)

// Scope narrows a plan to some records. The zero Scope is everything. Names are userNames
// and displayNames, in Okta or in the target, or Okta ids; userNames are compared without
// case.
type Scope struct {
	// Kind is users alone or groups alone; 0 is both.
	Kind directory.Kind
	// Names are records of either kind.
	Names []string
	// Users are people, with their places in groups: what the admin console calls
	// provisioning on demand.
	Users []string
	// Groups are groups whose membership is made exactly Okta's, as "Push Now" does, with
	// the accounts that its people still need.
	Groups []string
}

// All reports whether the scope leaves nothing out.
func (s Scope) All() bool {
	return s.Kind == 0 && len(s.Names)+len(s.Users)+len(s.Groups) == 0
}

// UnknownName is a name of a scope that nothing has.
type UnknownName struct {
	Kind directory.Kind // 0: neither a user nor a group has the name
	Name string
	// Known are the names there are, for a guess at what was meant.
	Known []string
}

// Unknown returns the names of the scope that no record of Okta, no link and nothing in
// the target has.
func (in Input) Unknown(s Scope) []UnknownName {
	if len(s.Names)+len(s.Users)+len(s.Groups) == 0 {
		return nil
	}
	var users, groups []string
	have := map[directory.Kind]map[string]bool{directory.KindUser: {}, directory.KindGroup: {}}
	note := func(kind directory.Kind, name, id string) {
		if kind == directory.KindUser {
			users = append(users, name)
		} else {
			groups = append(groups, name)
		}
		have[kind][folded(kind, name)] = true
		have[kind][id] = true
	}
	for i := range in.Desired.Users {
		note(directory.KindUser, in.Desired.Users[i].UserName, string(in.Desired.Users[i].ID))
	}
	for i := range in.Desired.Groups {
		note(directory.KindGroup, in.Desired.Groups[i].Name, string(in.Desired.Groups[i].ID))
	}
	for i := range in.Links {
		note(in.Links[i].Kind, in.Links[i].Name, string(in.Links[i].Source))
	}
	var missing []UnknownName
	for _, w := range []struct {
		kind  directory.Kind
		names []string
		known []string
	}{{directory.KindUser, s.Users, users}, {directory.KindGroup, s.Groups, groups}, {0, s.Names, slices.Concat(users, groups)}} {
		for _, name := range w.names {
			found := false
			for kind, names := range have {
				found = found || (w.kind == 0 || w.kind == kind) && (names[folded(kind, name)] || names[name])
			}
			if !found {
				known := slices.Clone(w.known)
				slices.Sort(known)
				missing = append(missing, UnknownName{Kind: w.kind, Name: name, Known: slices.Compact(known)})
			}
		}
	}
	return missing
}

// Overwrites returns the pushes that the scope names in Groups, for [Input.Overwrite].
func (in Input) Overwrites(s Scope) map[directory.SourceID]bool {
	pushes := map[directory.SourceID]bool{}
	for i := range in.Desired.Groups {
		g := &in.Desired.Groups[i]
		if slices.Contains(s.Groups, g.Name) || slices.Contains(s.Groups, string(g.ID)) {
			pushes[g.ID] = true
		}
	}
	return pushes
}

// Select returns the plan with what the scope names, and what that needs first. The rest
// is gone: it is neither withheld nor noted.
func (p Plan) Select(s Scope) Plan {
	if s.All() {
		return p
	}
	kept := map[int]Change{}
	for _, c := range p.Changes {
		if c, stays := p.narrow(c, s); stays {
			kept[c.N] = c
		}
	}
	// Changes of other records that must come first; what comes later never does.
	for _, c := range slices.Backward(p.Changes) {
		if k, stays := kept[c.N]; stays {
			for _, n := range k.Needs {
				first := p.Changes[n-1]
				if _, has := kept[n]; !has && (needed(&k, &first) || recordOf(&k) == recordOf(&first)) {
					kept[n] = first
				}
			}
		}
	}
	out := p.part(func(c Change) (stays, withheld []Change) {
		if k, has := kept[c.N]; has {
			return []Change{k}, nil
		}
		return nil, nil
	})
	out.Withheld, out.Pending = p.narrowAll(p.Withheld, s), p.narrowAll(p.Pending, s)
	out.Notices = slices.DeleteFunc(slices.Clone(p.Notices), func(n Notice) bool {
		return n.Kind != 0 && !s.names(n.Kind, n.Name, "")
	})
	return out
}

// needed reports whether first gives an account to somebody whom c still mentions, or a
// name that c takes over.
func needed(c, first *Change) bool {
	if c.Kind == directory.KindGroup && first.Kind == directory.KindUser {
		return slices.Contains(c.Add, first.Source)
	}
	return c.Kind == first.Kind
}

func (p Plan) narrowAll(list []Change, s Scope) []Change {
	var out []Change
	for _, c := range list {
		if c, stays := p.narrow(c, s); stays {
			out = append(out, c)
		}
	}
	return out
}

// narrow returns the part of a change that is within the scope.
func (p Plan) narrow(c Change, s Scope) (Change, bool) {
	if s.Kind != 0 && s.Kind == c.Kind || s.names(c.Kind, c.Name, string(c.Source)) {
		return c, true
	}
	for _, f := range c.Fields { // by the name that it loses, too
		if f.Path != "userName" && f.Path != "displayName" {
			continue
		}
		for _, name := range slices.Concat(s.Names, s.Users, s.Groups) {
			if text(name) == f.From {
				return c, true
			}
		}
	}
	if c.Kind != directory.KindGroup || len(s.Users) == 0 || c.Verb != Add && c.Verb != Drop && c.Verb != Adopt {
		return c, false
	}
	whole := len(c.Add) + len(c.Drop)
	c.Add = slices.DeleteFunc(slices.Clone(c.Add), func(id directory.SourceID) bool { return !among(s.Users, p.names.ofSource(id), string(id)) })
	c.Drop = slices.DeleteFunc(slices.Clone(c.Drop), func(id directory.TargetID) bool {
		return !among(s.Users, p.names.ofTarget(id), string(p.names.target[id].source))
	})
	return c, len(c.Add)+len(c.Drop) > 0 && whole > 0
}

// names reports whether the scope names a record.
func (s Scope) names(kind directory.Kind, name, id string) bool {
	if kind == directory.KindUser {
		return among(s.Names, name, id) || among(s.Users, name, id)
	}
	return slices.Contains(s.Names, name) || slices.Contains(s.Groups, name) || id != "" && (slices.Contains(s.Names, id) || slices.Contains(s.Groups, id))
}

// among reports whether a person is in a list of userNames and Okta ids.
func among(list []string, name, id string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return fold(s) == fold(name) || id != "" && s == id })
}

func folded(kind directory.Kind, name string) string {
	if kind == directory.KindUser {
		return fold(name)
	}
	return name
}

// Wants reports whether Okta lists somebody.
func (in Input) Wants(id directory.SourceID) bool {
	_, is := slices.BinarySearchFunc(in.Desired.Users, id, func(u directory.User[directory.SourceID], id directory.SourceID) int {
		return cmp.Compare(u.ID, id)
	})
	return is
}
