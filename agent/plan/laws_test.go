package plan_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
	"pgregory.net/rapid"
)

// The laws, over small random orgs, targets and links, most of them in disorder:
//
//  1. the state reached is the state asked for, by a definition that knows no planner
//  2. the second plan is empty
//  3. nothing is changed that is not ours
//  4. without whole evidence nothing is taken away
func TestTheLawsHold(t *testing.T) {
	for range 10 { // a check is a hundred orgs
		rapid.Check(t, laws)
	}
}

func FuzzTwoLaws(f *testing.F) { f.Fuzz(rapid.MakeFuzz(laws)) }

func laws(t *rapid.T) {
	in := drawInput(t)
	before := newModel(in)
	p := plan.Compute(in)
	if again := plan.Compute(in); textOf(again) != textOf(p) || again.Digest() != p.Digest() {
		t.Fatalf("the same input gave another plan:\n%s\nand\n%s", textOf(p), textOf(again))
	}
	if !reflect.DeepEqual(before, newModel(in)) {
		t.Fatalf("the input was changed")
	}
	m := newModel(in)
	m.apply(t, p)
	whole := in.Desired.Evidence.Complete() && in.Current.Evidence.Complete()
	if !whole {
		for _, c := range p.Changes {
			if c.Verb.Removal() || c.Verb == plan.Forget {
				t.Fatalf("law 4: without whole evidence:\n%s", textOf(p))
			}
		}
	}
	for _, broken := range []error{strangersUntouched(before, m), nobodyWantedLosesAccess(before, m)} {
		if broken != nil {
			t.Fatalf("law 3: %v\n%s", broken, textOf(p))
		}
	}
	if !whole {
		return
	}
	again := plan.Compute(m.input())
	if m.onlyDropsUnseen(again) || deletes(p) {
		// Two things take another run. Somebody was made again while leaving a group whose
		// members nobody can see: only now is there an id that can be taken out. And a
		// group that was deleted, which is done last, frees its name.
		m.apply(t, again)
		again = plan.Compute(m.input())
	}
	if len(again.Changes) > 0 {
		t.Fatalf("law 2: after\n%sthe second plan is\n%s", textOf(p), textOf(again))
	}
	if in.Policy.CreateUsers && in.Policy.UpdateUsers && in.Policy.DeactivateUsers && in.Policy.PushGroups {
		if err := asAsked(before, m, p.Notices); err != nil {
			t.Fatalf("law 1: %v\n%s", err, textOf(p))
		}
	}
}

func textOf(p plan.Plan) string {
	var b strings.Builder
	_ = p.WriteText(&b) // a builder takes every write
	return b.String()
}

func drawInput(t *rapid.T) plan.Input {
	sources := []directory.SourceID{"s0", "s1", "s2", "s3", "s4", "s5"}
	targets := []directory.TargetID{"t0", "t1", "t2", "t3", "t4", "t5", "t6"}
	pushes := []directory.SourceID{"p0", "p1", "p2"}
	teams := []directory.TargetID{"g0", "g1", "g2", "g3"}
	names := rapid.SampledFrom([]string{"ann", "ANN", "bob", "Bob", "cat", "dan", "eve", "fay"})
	titles := rapid.SampledFrom([]directory.Value{"", `"A"`, `"B"`})
	rarely := rapid.Custom(func(t *rapid.T) bool { return rapid.IntRange(0, 7).Draw(t, "rarely") == 0 })
	flag := rapid.Bool()

	var in plan.Input
	in.Policy = plan.Policy{CreateUsers: true, UpdateUsers: true, DeactivateUsers: true, PushGroups: true, DeleteGroups: flag.Draw(t, "deleteGroups")}
	if rarely.Draw(t, "switches") {
		in.Policy = plan.Policy{
			CreateUsers: flag.Draw(t, "create"), UpdateUsers: flag.Draw(t, "update"), DeactivateUsers: flag.Draw(t, "deactivate"),
			PushGroups: flag.Draw(t, "push"), DeleteGroups: flag.Draw(t, "delete"),
		}
	}
	if rarely.Draw(t, "gap in Okta") {
		in.Desired.Evidence.Add("app users", "cut")
	}
	if rarely.Draw(t, "gap in the target") {
		in.Current.Evidence.Add("Users", "cut")
	}
	for _, id := range some(t, sources, "wanted") {
		u := directory.User[directory.SourceID]{ID: id, ExternalID: string(id), UserName: names.Draw(t, "userName"), Active: true}
		u.Attributes = directory.NewAttributes(directory.Attribute{Path: "title", Value: titles.Draw(t, "title")})
		if rarely.Draw(t, "blocked") {
			u.Blocked = "for a reason"
		}
		in.Desired.Users = append(in.Desired.Users, u)
	}
	for _, id := range some(t, targets, "accounts") {
		u := directory.User[directory.TargetID]{ID: id, UserName: names.Draw(t, "userName"), Active: flag.Draw(t, "active")}
		u.ExternalID = rapid.SampledFrom([]string{"", "s0", "s1", "s2", "s3", "other"}).Draw(t, "externalId")
		u.Attributes = directory.NewAttributes(directory.Attribute{Path: "TITLE", Value: titles.Draw(t, "title")})
		in.Current.Users = append(in.Current.Users, u)
	}
	teamNames := rapid.SampledFrom([]string{"Eng", "Ops", "Sales", "eng"})
	for _, id := range some(t, pushes, "pushed") {
		g := directory.Group[directory.SourceID]{ID: id, Name: teamNames.Draw(t, "name"), Paused: rarely.Draw(t, "paused")}
		if rarely.Draw(t, "linked by id") {
			g.LinkTo = rapid.SampledFrom(teams).Draw(t, "linkTo")
		}
		for _, u := range in.Desired.Users {
			if flag.Draw(t, "member") {
				g.Members = append(g.Members, u.ID)
			}
		}
		in.Desired.Groups = append(in.Desired.Groups, g)
	}
	for _, id := range some(t, teams, "groups") {
		g := directory.Group[directory.TargetID]{ID: id, Name: teamNames.Draw(t, "name")}
		g.ExternalID = rapid.SampledFrom([]string{"", "", "p0", "p1"}).Draw(t, "externalId")
		g.Members = some(t, targets, "members")
		if rarely.Draw(t, "unreadable") {
			g.MembersUnreadable, g.Members = true, nil
		}
		in.Current.Groups = append(in.Current.Groups, g)
	}
	origins := rapid.SampledFrom([]directory.Origin{directory.OriginCreated, directory.OriginAdopted, directory.OriginLinked})
	tie := func(kind directory.Kind, from []directory.SourceID, to []directory.TargetID) {
		to = rapid.Permutation(to).Draw(t, "order")
		for i, id := range some(t, from, "linked") {
			l := directory.Link{Kind: kind, Source: id, Target: to[i], Origin: origins.Draw(t, "origin"), Name: names.Draw(t, "was")}
			if kind == directory.KindGroup {
				l.Members = some(t, sources, "put")
				l.MembersUnreadable = rarely.Draw(t, "never shown")
			} else if rarely.Draw(t, "ignores") {
				l.Ignored = directory.Attributes{{Path: "title", Value: titles.Draw(t, "ignored title")}}
			} else if rarely.Draw(t, "ignores active") {
				l.Ignored = directory.Attributes{{Path: "active", Value: rapid.SampledFrom([]directory.Value{"true", "false"}).Draw(t, "ignored active")}}
			}
			in.Links = append(in.Links, l)
		}
	}
	tie(directory.KindUser, sources, targets)
	tie(directory.KindGroup, pushes, teams)
	return in
}

// some draws a part of list, in its order.
func some[T any](t *rapid.T, list []T, label string) []T {
	var part []T
	for _, x := range list {
		if rapid.Bool().Draw(t, label) {
			part = append(part, x)
		}
	}
	return part
}

func (m *model) onlyDropsUnseen(p plan.Plan) bool {
	return !slices.ContainsFunc(p.Changes, func(c plan.Change) bool {
		return c.Verb != plan.Drop || !m.groups[c.Target].MembersUnreadable && !m.hidden[c.Target]
	})
}

func deletes(p plan.Plan) bool {
	return slices.ContainsFunc(p.Changes, func(c plan.Change) bool { return c.Verb == plan.Delete })
}

// ours reports whether any link leads to the object.
func (m *model) ours(kind directory.Kind, id directory.TargetID) bool {
	return slices.ContainsFunc(m.links, func(l directory.Link) bool { return l.Kind == kind && l.Target == id })
}

func strangersUntouched(before, after *model) error {
	for id, u := range before.users {
		if before.ours(directory.KindUser, id) || after.ours(directory.KindUser, id) {
			continue
		}
		if now := after.users[id]; !reflect.DeepEqual(u, now) {
			return fmt.Errorf("account %s is nobody's and was %v, is %v", id, u, now)
		}
	}
	for id, g := range before.groups {
		if before.ours(directory.KindGroup, id) || after.ours(directory.KindGroup, id) {
			continue
		}
		if now, there := after.groups[id]; !there || g.Name != now.Name || !slices.Equal(g.Members, now.Members) {
			return fmt.Errorf("group %s is nobody's and was %v, is %v", id, g, now)
		}
	}
	return nil
}

func nobodyWantedLosesAccess(before, after *model) error {
	for _, w := range before.desired.Users {
		l := before.link(directory.KindUser, w.ID)
		if l == nil || !before.users[l.Target].Active {
			continue
		}
		if !after.users[l.Target].Active {
			return fmt.Errorf("%s is wanted and account %s was switched off", w.ID, l.Target)
		}
	}
	for id := range before.users {
		if _, there := after.users[id]; !there {
			return fmt.Errorf("account %s was deleted", id)
		}
	}
	return nil
}

// asAsked is the state that Okta asks for, said without a planner: read it as the
// promise of the product. Whoever is named in a notice is excused, and there has to be
// a cause that can be seen from outside.
func asAsked(before, after *model, notices []plan.Notice) error {
	noticed := func(kind directory.Kind, name string) bool {
		return slices.ContainsFunc(notices, func(n plan.Notice) bool {
			return n.Kind == kind && n.Name == name && n.Text != "not ours, left alone"
		})
	}
	excused := map[directory.SourceID]bool{}
	for _, w := range before.desired.Users {
		if w.Blocked != "" {
			excused[w.ID] = true
			continue
		}
		if named := noticed(directory.KindUser, w.UserName) || before.keepsInactive(w.ID); named {
			if before.obstacle(after, w) {
				excused[w.ID] = true
				continue
			}
		}
		if err := after.userAsAsked(w); err != nil {
			return err
		}
	}
	for _, l := range before.links {
		if l.Kind != directory.KindUser || before.wanted(l.Source).ID != "" {
			continue
		}
		u, there := after.users[l.Target]
		owner := after.ownerOf(directory.KindUser, l.Target)
		if !there || !u.Active || owner != l.Source {
			continue
		}
		// Somebody else's by now, or what somebody waits for who is excused.
		foreign := u.ExternalID != "" && u.ExternalID != string(l.Source) && !strings.EqualFold(u.UserName, l.Name)
		if l.Ignored.Get("active") != "false" && !foreign && !before.mayBelongTo(l.Target, excused) {
			return fmt.Errorf("%s is not assigned and account %s is active", l.Source, l.Target)
		}
	}
	for _, g := range before.desired.Groups {
		if g.Paused || noticed(directory.KindGroup, g.Name) && before.groupObstacle(after, g) {
			continue
		}
		if err := groupAsAsked(before, after, g, excused); err != nil {
			return err
		}
	}
	return nil
}

func (m *model) ownerOf(kind directory.Kind, id directory.TargetID) directory.SourceID {
	for _, l := range m.links {
		if l.Kind == kind && l.Target == id {
			return l.Source
		}
	}
	return ""
}

// mayBelongTo reports whether an account could be that of one of those who are excused.
func (m *model) mayBelongTo(id directory.TargetID, who map[directory.SourceID]bool) bool {
	u := m.users[id]
	for _, w := range m.desired.Users {
		if who[w.ID] && (u.ExternalID == string(w.ID) || strings.EqualFold(u.UserName, w.UserName)) {
			return true
		}
	}
	return false
}

func (m *model) keepsInactive(id directory.SourceID) bool {
	l := m.link(directory.KindUser, id)
	return l != nil && l.Ignored.Get("active") == "true" && !m.users[l.Target].Active
}

// obstacle reports whether something that anybody can see stands in somebody's way.
func (m *model) obstacle(after *model, w directory.User[directory.SourceID]) bool {
	if m.keepsInactive(w.ID) {
		return true
	}
	for _, o := range m.desired.Users {
		if o.ID != w.ID && strings.EqualFold(o.UserName, w.UserName) {
			return true
		}
	}
	l := after.link(directory.KindUser, w.ID)
	same := 0
	for id, u := range m.users {
		mine := l != nil && l.Target == id
		if !mine && strings.EqualFold(u.UserName, w.UserName) {
			return true
		}
		if u.ExternalID == string(w.ID) {
			same++
		}
		if mine && u.ExternalID != "" && u.ExternalID != string(w.ID) && !strings.EqualFold(u.UserName, w.UserName) {
			return true
		}
	}
	return same > 1
}

func (m *model) groupObstacle(after *model, w directory.Group[directory.SourceID]) bool {
	for _, o := range m.desired.Groups {
		if o.ID != w.ID && o.Name == w.Name {
			return true
		}
	}
	l := after.link(directory.KindGroup, w.ID)
	same := 0
	for id, g := range m.groups {
		if (l == nil || l.Target != id) && g.Name == w.Name {
			return true
		}
		if g.ExternalID == string(w.ID) {
			same++
		}
	}
	return same > 1 || w.LinkTo != ""
}

func (m *model) userAsAsked(w directory.User[directory.SourceID]) error {
	l := m.link(directory.KindUser, w.ID)
	if l == nil {
		return fmt.Errorf("%s is assigned and has no account", w.ID)
	}
	u, there := m.users[l.Target]
	switch {
	case !there:
		return fmt.Errorf("%s is linked to account %s, which is not there", w.ID, l.Target)
	case !u.Active:
		return fmt.Errorf("%s is assigned and account %s is inactive", w.ID, l.Target)
	case !strings.EqualFold(u.UserName, w.UserName):
		return fmt.Errorf("%s is called %s, account %s is called %s", w.ID, w.UserName, l.Target, u.UserName)
	case u.ExternalID != string(w.ID):
		return fmt.Errorf("account %s of %s has the externalId %q", l.Target, w.ID, u.ExternalID)
	}
	want, have := w.Attributes.Get("title"), u.Attributes.Get("title")
	ignored := len(l.Ignored) > 0 && l.Ignored.Get("title") == want
	if want != have && !ignored {
		return fmt.Errorf("the title of %s is %s, that of account %s is %s", w.ID, want, l.Target, have)
	}
	return nil
}

func groupAsAsked(before, after *model, w directory.Group[directory.SourceID], excused map[directory.SourceID]bool) error {
	l := after.link(directory.KindGroup, w.ID)
	if l == nil {
		return fmt.Errorf("%s is pushed and has no group", w.ID)
	}
	g, there := after.groups[l.Target]
	if !there || g.Name != w.Name {
		return fmt.Errorf("%s is called %s, group %s is called %q", w.ID, w.Name, l.Target, g.Name)
	}
	old, was := before.groups[l.Target]
	if g.MembersUnreadable || after.hidden[l.Target] {
		for _, id := range w.Members {
			if !excused[id] && !slices.Contains(l.Members, id) {
				return fmt.Errorf("%s was never put into the unreadable group %s", id, l.Target)
			}
		}
		for _, id := range l.Members {
			account := after.link(directory.KindUser, id)
			if !slices.Contains(w.Members, id) && !excused[id] && account != nil && !before.mayBelongTo(account.Target, excused) {
				return fmt.Errorf("%s was never taken out of the unreadable group %s", id, l.Target)
			}
		}
		return nil
	}
	in := map[directory.TargetID]bool{}
	for _, id := range w.Members {
		if excused[id] {
			continue
		}
		account := after.link(directory.KindUser, id).Target
		in[account] = true
		if !slices.Contains(g.Members, account) {
			return fmt.Errorf("%s is in %s, account %s is not in group %s", id, w.ID, account, l.Target)
		}
		if !slices.Contains(l.Members, id) && l.Origin != directory.OriginCreated {
			return fmt.Errorf("%s is in group %s and could never be taken out", id, l.Target)
		}
	}
	for _, id := range g.Members {
		owner := after.ownerOf(directory.KindUser, id)
		if in[id] || excused[owner] || before.mayBelongTo(id, excused) {
			continue
		}
		if l.Origin == directory.OriginCreated {
			return fmt.Errorf("account %s is in group %s, which is wholly ours, and is not wanted", id, l.Target)
		}
		if owner != "" && slices.Contains(l.Members, owner) {
			return fmt.Errorf("account %s was put into group %s by us and is not wanted any more", id, l.Target)
		}
	}
	if !was || l.Origin == directory.OriginCreated {
		return nil
	}
	for _, id := range old.Members {
		if slices.Contains(g.Members, id) {
			continue
		}
		// Whoever is out now was put in by us.
		put, now := before.ownerOf(directory.KindUser, id), after.ownerOf(directory.KindUser, id)
		from := before.link(directory.KindGroup, before.ownerOf(directory.KindGroup, l.Target))
		if from == nil || !slices.Contains(from.Members, put) && !slices.Contains(from.Members, now) {
			return fmt.Errorf("account %s was taken out of group %s, into which we never put it", id, l.Target)
		}
	}
	return nil
}
