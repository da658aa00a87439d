package plan_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
)

// model is a target and a ledger in a few lines: what a server that does as it is told
// would have after a plan. It uses nothing of the planner but the plan itself.
type model struct {
	desired directory.Desired
	policy  plan.Policy
	users   map[directory.TargetID]directory.User[directory.TargetID]
	groups  map[directory.TargetID]directory.Group[directory.TargetID]
	links   directory.Links
	// hidden are groups that show an empty list whatever is in them, as some servers do.
	hidden map[directory.TargetID]bool
	made   int
}

// failer is what of a test a model needs; rapid's is no testing.TB.
type failer interface {
	Fatalf(format string, args ...any)
}

func newModel(in plan.Input) *model {
	m := &model{
		desired: in.Desired, policy: in.Policy,
		users: map[directory.TargetID]directory.User[directory.TargetID]{}, groups: map[directory.TargetID]directory.Group[directory.TargetID]{},
		hidden: map[directory.TargetID]bool{},
	}
	for _, u := range in.Current.Users {
		m.users[u.ID] = u
	}
	for _, g := range in.Current.Groups {
		g.Members = slices.Clone(g.Members)
		m.groups[g.ID] = g
	}
	for _, l := range in.Links {
		l.Members = slices.Clone(l.Members)
		m.links = append(m.links, l)
		if l.Kind == directory.KindGroup && l.MembersUnreadable && len(m.groups[l.Target].Members) == 0 {
			m.hidden[l.Target] = true
		}
	}
	return m
}

func (m *model) apply(t failer, p plan.Plan) {
	done := map[int]bool{}
	for i, c := range p.Changes {
		if c.N != i+1 {
			t.Fatalf("change %d has the number %d", i+1, c.N)
		}
		for _, n := range c.Needs {
			if !done[n] {
				t.Fatalf("change %d needs %d, which does not come before it", c.N, n)
			}
		}
		if c.Kind == directory.KindUser {
			m.applyUser(t, c)
		} else {
			m.applyGroup(t, c)
		}
		done[c.N] = true
	}
}

func (m *model) wanted(id directory.SourceID) directory.User[directory.SourceID] {
	i := slices.IndexFunc(m.desired.Users, func(u directory.User[directory.SourceID]) bool { return u.ID == id })
	if i < 0 {
		return directory.User[directory.SourceID]{}
	}
	return m.desired.Users[i]
}

// link returns the link of a record, nil if it has none.
func (m *model) link(kind directory.Kind, id directory.SourceID) *directory.Link {
	for i := range m.links {
		if m.links[i].Kind == kind && m.links[i].Source == id {
			return &m.links[i]
		}
	}
	return nil
}

// save stores a link as a ledger does: the object is taken away from any other record.
func (m *model) save(l directory.Link) {
	m.links = slices.DeleteFunc(m.links, func(o directory.Link) bool {
		return o.Kind == l.Kind && (o.Source == l.Source || o.Target == l.Target)
	})
	m.links = append(m.links, l)
	slices.SortFunc(m.links, func(a, b directory.Link) int {
		if a.Kind != b.Kind {
			return int(a.Kind) - int(b.Kind)
		}
		return strings.Compare(string(a.Source), string(b.Source))
	})
}

func (m *model) newID() directory.TargetID {
	m.made++
	return directory.TargetID(fmt.Sprintf("new%02d", m.made))
}

func (m *model) applyUser(t failer, c plan.Change) {
	u, exists := m.users[c.Target]
	if c.Verb != plan.Create && c.Verb != plan.Forget && !exists {
		t.Fatalf("change %d: no account %s", c.N, c.Target)
	}
	name := func(n string) string {
		for id, other := range m.users {
			if id != u.ID && strings.EqualFold(other.UserName, n) {
				t.Fatalf("change %d: the server answers 409, account %s has the userName %s", c.N, id, n)
			}
		}
		return n
	}
	switch c.Verb {
	case plan.Create:
		w := m.wanted(c.Source)
		u = directory.User[directory.TargetID]{ID: m.newID(), ExternalID: string(w.ID), Active: true, Attributes: w.Attributes}
		u.UserName = name(w.UserName)
		m.save(directory.Link{Kind: c.Kind, Source: c.Source, Target: u.ID, Origin: c.Origin, Name: u.UserName})
	case plan.Adopt:
		m.save(directory.Link{Kind: c.Kind, Source: c.Source, Target: c.Target, Origin: c.Origin, Name: u.UserName})
	case plan.Update, plan.Reactivate:
		u.Active = u.Active || c.Verb == plan.Reactivate
		attributes := slices.Clone(u.Attributes)
		for _, f := range c.Fields {
			switch f.Path {
			case "userName":
				u.UserName = name(m.wanted(c.Source).UserName)
			case "externalId":
				u.ExternalID = string(c.Source)
			default:
				if have := u.Attributes.Get(f.Path); have != f.From {
					t.Fatalf("change %d: %s is %s, not %s", c.N, f.Path, have, f.From)
				}
				attributes = append(attributes, directory.Attribute{Path: f.Path, Value: f.To})
			}
		}
		u.Attributes = directory.NewAttributes(attributes...)
		l := m.link(c.Kind, c.Source)
		l.Name, l.Deactivated = u.UserName, l.Deactivated && c.Verb != plan.Reactivate
	case plan.Deactivate:
		u.Active = false
		m.link(c.Kind, c.Source).Deactivated = true
	case plan.Forget:
		m.forget(c)
		return
	default:
		t.Fatalf("change %d: %s of a user", c.N, c.Verb)
	}
	m.users[u.ID] = u
}

func (m *model) forget(c plan.Change) {
	m.links = slices.DeleteFunc(m.links, func(l directory.Link) bool { return l.Kind == c.Kind && l.Source == c.Source })
}

func (m *model) applyGroup(t failer, c plan.Change) {
	g, exists := m.groups[c.Target]
	if c.Verb != plan.Create && c.Verb != plan.Forget && !exists {
		t.Fatalf("change %d: no group %s", c.N, c.Target)
	}
	name := func(n string) string {
		for id, other := range m.groups {
			if id != g.ID && other.Name == n {
				t.Fatalf("change %d: the server answers 409, group %s has the name %s", c.N, id, n)
			}
		}
		return n
	}
	put := func(into *directory.Group[directory.TargetID]) {
		for _, id := range c.Add {
			l := m.link(directory.KindUser, id)
			if l == nil {
				t.Fatalf("change %d: %s has no account", c.N, id)
			}
			if !into.MembersUnreadable && !m.hidden[into.ID] && !slices.Contains(into.Members, l.Target) {
				into.Members = append(into.Members, l.Target)
			}
		}
		slices.Sort(into.Members)
	}
	remember := func(l *directory.Link) {
		l.Members = append(l.Members, c.Add...)
		slices.Sort(l.Members)
		l.Members = slices.Compact(l.Members)
		l.Name = c.Name
	}
	switch c.Verb {
	case plan.Create:
		g = directory.Group[directory.TargetID]{ID: m.newID(), Name: name(c.Name)}
		put(&g)
		l := directory.Link{Kind: c.Kind, Source: c.Source, Target: g.ID, Origin: c.Origin}
		remember(&l)
		m.save(l)
	case plan.Adopt:
		l := directory.Link{Kind: c.Kind, Source: c.Source, Target: g.ID, Origin: c.Origin}
		if old := m.link(c.Kind, c.Source); old != nil && old.Target == g.ID {
			l = *old
		}
		for _, id := range c.Add {
			if who := m.link(directory.KindUser, id); who == nil || !g.MembersUnreadable && !m.hidden[g.ID] && !slices.Contains(g.Members, who.Target) {
				t.Fatalf("change %d: %s is said to be in the group", c.N, id)
			}
		}
		remember(&l)
		m.save(l)
	case plan.Rename:
		g.Name = name(c.Name)
		m.link(c.Kind, c.Source).Name = c.Name
	case plan.Add:
		put(&g)
		remember(m.link(c.Kind, c.Source))
	case plan.Drop:
		l := m.link(c.Kind, c.Source)
		for _, id := range c.Drop {
			g.Members = slices.DeleteFunc(g.Members, func(o directory.TargetID) bool { return o == id })
			l.Members = slices.DeleteFunc(l.Members, func(s directory.SourceID) bool {
				who := m.link(directory.KindUser, s)
				return who != nil && who.Target == id
			})
		}
	case plan.Delete:
		delete(m.groups, c.Target)
		m.forget(c)
		return
	case plan.Forget:
		m.forget(c)
		return
	default:
		t.Fatalf("change %d: %s of a group", c.N, c.Verb)
	}
	m.groups[g.ID] = g
	m.link(c.Kind, c.Source).MembersUnreadable = g.MembersUnreadable || m.hidden[g.ID] // as read back
}

// input is what the next run would read.
func (m *model) input() plan.Input {
	in := plan.Input{Desired: m.desired, Links: slices.Clone(m.links), Policy: m.policy}
	for _, u := range m.users {
		in.Current.Users = append(in.Current.Users, u)
	}
	for _, g := range m.groups {
		in.Current.Groups = append(in.Current.Groups, g)
	}
	slices.SortFunc(in.Current.Users, func(a, b directory.User[directory.TargetID]) int { return strings.Compare(string(a.ID), string(b.ID)) })
	slices.SortFunc(in.Current.Groups, func(a, b directory.Group[directory.TargetID]) int {
		return strings.Compare(string(a.ID), string(b.ID))
	})
	return in
}
