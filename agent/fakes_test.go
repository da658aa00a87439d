package agent_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
)

// source is a Source made of functions.
type source struct {
	read    func() (directory.Desired, error)
	confirm func(agent.Removal) agent.Verdict // nil confirms everything
}

func (s source) Read(context.Context) (directory.Desired, error) { return s.read() }

func (s source) Confirm(ctx context.Context, removals []agent.Removal) ([]agent.Verdict, error) {
	verdicts := make([]agent.Verdict, len(removals))
	for i, r := range removals {
		verdicts[i].Confirmed = true
		if s.confirm != nil {
			verdicts[i] = s.confirm(r)
		}
	}
	return verdicts, ctx.Err()
}

// okta is a source that lists what is asked for.
func okta(d directory.Desired) source {
	return source{read: func() (directory.Desired, error) { return d, nil }}
}

// team is a pushed group.
type team struct {
	name    string
	members []string
}

// desired is an app with all switches on, with people and pushed groups; ada has the id
// 00u-ada and the userName ada@x.test.
func desired(people []string, teams ...team) directory.Desired {
	d := directory.Desired{Switches: directory.Switches{CreateUsers: true, UpdateUsers: true, DeactivateUsers: true, PushGroups: true}}
	for _, name := range slices.Sorted(slices.Values(people)) {
		d.Users = append(d.Users, person(name, "Engineer"))
	}
	for _, g := range teams {
		d.Groups = append(d.Groups, directory.Group[directory.SourceID]{ID: gid(g.name), ExternalID: string(gid(g.name)), Name: g.name, Members: uids(g.members...)})
	}
	slices.SortFunc(d.Groups, func(a, b directory.Group[directory.SourceID]) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return d
}

func person(name, title string) directory.User[directory.SourceID] {
	return directory.User[directory.SourceID]{
		ID: uid(name), ExternalID: string(uid(name)), UserName: name + "@x.test", Active: true, Via: "direct",
		Attributes: directory.NewAttributes(directory.Attribute{Path: "title", Value: directory.Value(fmt.Sprintf("%q", title))}),
	}
}

func uid(name string) directory.SourceID { return directory.SourceID("00u-" + name) }
func gid(name string) directory.SourceID { return directory.SourceID("00g-" + name) }

func uids(names ...string) []directory.SourceID {
	var ids []directory.SourceID
	for _, n := range names {
		ids = append(ids, uid(n))
	}
	slices.Sort(ids)
	return ids
}

// server is a SCIM server as the agent sees it: it keeps what is written.
type server struct {
	mu     sync.Mutex
	next   int
	users  map[directory.TargetID]*directory.User[directory.TargetID]
	groups map[directory.TargetID]*directory.Group[directory.TargetID]
	writes []string // "create user ada@x.test", in the order in which they were done
	gaps   []directory.Gap
	// before may refuse a write, after may spoil the answer to one that was done.
	before func(agent.Write) error
	after  func(agent.Write, agent.Written) (agent.Written, error)
	find   error
}

func newServer() *server {
	return &server{users: map[directory.TargetID]*directory.User[directory.TargetID]{}, groups: map[directory.TargetID]*directory.Group[directory.TargetID]{}}
}

func (s *server) Identity() string { return "https://target.test/scim/v2" }

func (s *server) Read(context.Context, agent.ReadRequest) (directory.Current, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var c directory.Current
	for _, u := range s.users {
		c.Users = append(c.Users, *u)
	}
	for _, g := range s.groups {
		c.Groups = append(c.Groups, *g)
		c.Groups[len(c.Groups)-1].Members = slices.Clone(g.Members)
	}
	slices.SortFunc(c.Users, func(a, b directory.User[directory.TargetID]) int { return strings.Compare(string(a.ID), string(b.ID)) })
	slices.SortFunc(c.Groups, func(a, b directory.Group[directory.TargetID]) int { return strings.Compare(string(a.ID), string(b.ID)) })
	c.Evidence.Gaps = s.gaps
	return c, nil
}

func (s *server) Find(_ context.Context, kind directory.Kind, externalID, name string) ([]agent.Found, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.look(kind, externalID, name), s.find
}

func (s *server) look(kind directory.Kind, externalID, name string) []agent.Found {
	var ours, named []agent.Found
	add := func(f agent.Found) {
		if f.ExternalID == externalID {
			ours = append(ours, f)
		} else if strings.EqualFold(f.Name, name) {
			named = append(named, f)
		}
	}
	if kind == directory.KindUser {
		for _, u := range s.users {
			add(agent.Found{ID: u.ID, ExternalID: u.ExternalID, Name: u.UserName, Active: u.Active})
		}
	} else {
		for _, g := range s.groups {
			add(agent.Found{ID: g.ID, ExternalID: g.ExternalID, Name: g.Name, Active: true})
		}
	}
	return slices.Concat(ours, named)
}

func (s *server) Write(ctx context.Context, w agent.Write) (agent.Written, error) {
	if s.before != nil {
		if err := s.before(w); err != nil {
			return agent.Written{}, err
		}
	}
	written, err := s.do(w)
	if err == nil && s.after != nil {
		written, err = s.after(w, written)
	}
	return written, err
}

func (s *server) do(w agent.Write) (agent.Written, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name, external := w.Name, "" // a group's externalId is not sent, as in Okta's own pushes
	if w.Kind == directory.KindUser && w.User != nil {
		name, external = w.User.UserName, string(w.User.ID)
	}
	id := w.Target
	if w.Verb == plan.Create {
		if w.LookFirst {
			if found := s.look(w.Kind, external, name); len(found) > 0 {
				return agent.Written{}, &agent.Exists{Found: found}
			}
		}
		s.next++
		id = directory.TargetID(fmt.Sprintf("t%03d", s.next))
		if w.Kind == directory.KindUser {
			s.users[id] = &directory.User[directory.TargetID]{ID: id}
		} else {
			s.groups[id] = &directory.Group[directory.TargetID]{ID: id, ExternalID: external, Name: name}
		}
	}
	u, g := s.users[id], s.groups[id]
	if u == nil && g == nil {
		return agent.Written{}, errors.New("404: no such object")
	}
	switch w.Verb {
	case plan.Deactivate:
		u.Active, name = false, u.UserName
	case plan.Delete:
		delete(s.groups, id)
	case plan.Create, plan.Update, plan.Reactivate:
		if u != nil {
			u.ExternalID, u.UserName, u.Active, u.Attributes = string(w.User.ID), w.User.UserName, true, w.User.Attributes
		}
	case plan.Rename:
		g.Name = w.Name
	}
	if g != nil {
		for _, m := range w.Add {
			if s.users[m.ID] == nil {
				return agent.Written{}, errors.New("400: no such member")
			}
			g.Members = append(g.Members, m.ID)
		}
		for _, m := range w.Drop {
			g.Members = slices.DeleteFunc(g.Members, func(id directory.TargetID) bool { return id == m.ID })
		}
		slices.Sort(g.Members)
		g.Members = slices.Compact(g.Members)
	}
	s.writes = append(s.writes, fmt.Sprintf("%s %s %s", w.Verb, w.Kind, name))
	return agent.Written{ID: id, Effect: agent.Applied}, nil
}

// put adds an object that was there before us and returns its id.
func (s *server) put(u directory.User[directory.TargetID]) directory.TargetID {
	s.next++
	u.ID = directory.TargetID(fmt.Sprintf("t%03d", s.next))
	s.users[u.ID] = &u
	return u.ID
}

func (s *server) putGroup(name string, members ...directory.TargetID) directory.TargetID {
	s.next++
	id := directory.TargetID(fmt.Sprintf("t%03d", s.next))
	s.groups[id] = &directory.Group[directory.TargetID]{ID: id, Name: name, Members: members}
	return id
}

// has returns the target as text: "ada@x.test", "bob@x.test (off)", "Eng: ada@x.test".
func (s *server) has() []string {
	var list []string
	for _, u := range s.users {
		off := ""
		if !u.Active {
			off = " (off)"
		}
		list = append(list, u.UserName+off)
	}
	for _, g := range s.groups {
		var members []string
		for _, m := range g.Members {
			members = append(members, s.users[m].UserName)
		}
		slices.Sort(members)
		list = append(list, strings.TrimSpace(g.Name+": "+strings.Join(members, " ")))
	}
	slices.Sort(list)
	return list
}

// took returns the writes since the last call, sorted: those of one stage come in any order.
func (s *server) took() []string {
	list := slices.Sorted(slices.Values(s.writes))
	s.writes = nil
	return list
}

// connection is one connection with everything it needs.
type connection struct {
	t *testing.T
	agent.Options
	server *server
}

func connect(t *testing.T, d directory.Desired) *connection {
	t.Helper()
	s := newServer()
	return &connection{t: t, server: s, Options: agent.Options{Name: "acme", Source: okta(d), Target: s, Ledger: &memory{}}}
}

// run makes a run that must not end early.
func (c *connection) run(mode agent.Mode) agent.Report {
	c.t.Helper()
	r, err := c.try(c.t.Context(), mode)
	if err != nil {
		c.t.Fatalf("%s: %v", mode, err)
	}
	return r
}

func (c *connection) try(ctx context.Context, mode agent.Mode) (agent.Report, error) {
	c.t.Helper()
	a, err := agent.New(c.Options)
	if err != nil {
		c.t.Fatal(err)
	}
	return a.Run(ctx, mode)
}

// wants replaces what Okta asks for.
func (c *connection) wants(d directory.Desired) { c.Source = okta(d) }

func (c *connection) state() agent.State {
	c.t.Helper()
	state, err := c.Ledger.Load(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	return state
}

// link returns the link of a record, fails the test if there is none.
func (c *connection) link(id directory.SourceID) directory.Link {
	c.t.Helper()
	for _, k := range c.state().Links {
		if k.Source == id {
			return k
		}
	}
	c.t.Fatalf("%s has no link", id)
	return directory.Link{}
}
