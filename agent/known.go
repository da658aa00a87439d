package agent

import (
	"cmp"
	"slices"
	"strings"

	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
)

// held is what the target had of a person when the run began, of the attributes that Okta
// manages.
func (x *executor) held(id directory.TargetID) (directory.Attributes, bool) {
	i, shown := slices.BinarySearchFunc(x.accounts, id, func(u directory.User[directory.TargetID], id directory.TargetID) int {
		return cmp.Compare(u.ID, id)
	})
	if !shown {
		return nil, false
	}
	return x.accounts[i].Attributes, true
}

// managed are the attributes of have that u lists, without those that are not set.
func managed(u *directory.User[directory.SourceID], have directory.Attributes) directory.Attributes {
	var list directory.Attributes
	for _, a := range u.Attributes {
		if v := have.Get(a.Path); v != "" {
			list = append(list, directory.Attribute{Path: a.Path, Value: v})
		}
	}
	return list
}

// knownAfter is what the target has of a person after a write that was answered with
// success: what it had, with what was sent, as far as it was kept.
func (x *executor) knownAfter(c *plan.Change, written Written, link *directory.Link) directory.Attributes {
	u := x.user(c.Source)
	if u == nil {
		return link.Known
	}
	have := link.Known
	if c.Verb == plan.Create {
		have = u.Attributes
	} else if now, shown := x.held(link.Target); shown {
		have = now
	}
	list := slices.Clone(have)
	for _, f := range c.Fields {
		if f.Path != "userName" && f.Path != "externalId" {
			list = append(list, directory.Attribute{Path: f.Path, Value: f.To})
		}
	}
	sent := directory.NewAttributes(list...)
	var kept []directory.Attribute
	for _, at := range managed(u, sent) {
		if ignored(written.Ignored, at.Path) {
			before := have.Get(at.Path)
			if c.Verb == plan.Create || before == "" {
				continue
			}
			at.Value = before
		}
		kept = append(kept, at)
	}
	return kept
}

func ignored(list directory.Attributes, path string) bool {
	return slices.ContainsFunc(list, func(a directory.Attribute) bool { return strings.EqualFold(a.Path, path) })
}

// learned are the links of people whose attributes in the target were read in this run and
// are other than the ledger has them; those of a change that did not end well are left for
// the run that mends it.
func learned(in plan.Input, links *linkTable, r *Report) []directory.Link {
	touched := map[directory.SourceID]bool{}
	for i := range r.Outcomes {
		if c := &r.Plan.Changes[i]; c.Kind == directory.KindUser && c.Verb != plan.Adopt {
			touched[c.Source] = true
		}
	}
	accounts := make(map[directory.TargetID]int, len(in.Current.Users))
	for i := range in.Current.Users {
		accounts[in.Current.Users[i].ID] = i
	}
	var list []directory.Link
	for i := range in.Desired.Users {
		u := &in.Desired.Users[i]
		if touched[u.ID] {
			continue
		}
		link, linked := links.get(directory.KindUser, u.ID)
		at, shown := accounts[link.Target]
		if !linked || !shown {
			continue
		}
		if now := managed(u, in.Current.Users[at].Attributes); !slices.Equal(now, link.Known) {
			link.Known = now
			links.save(link)
			list = append(list, link)
		}
	}
	return list
}
