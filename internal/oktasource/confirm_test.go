package oktasource_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/internal/oktasource"
)

func leave(f *fake, user string, groups ...string) {
	for _, g := range groups {
		f.members[g] = slices.DeleteFunc(f.members[g], func(u object) bool { return u["id"] == user })
	}
}

func unassign(f *fake, user string) {
	f.appUsers = slices.DeleteFunc(f.appUsers, func(u object) bool { return u["id"] == user })
}

func TestARemovalIsConfirmedByWhatOktaSaysNow(t *testing.T) {
	byName := func(o *oktasource.Options) { o.Pushes = []oktasource.Push{{Name: "Engineering"}} }
	misnamed := func(o *oktasource.Options) { o.Pushes = []oktasource.Push{{Name: "Enginering"}} }
	noApp := func(o *oktasource.Options) { o.App, o.Groups = "", []string{"Engineering"} }
	deactivate := agent.Removal{Kind: directory.KindUser, User: bob}
	drop := agent.Removal{Kind: directory.KindGroup, User: bob, Group: eng}
	end := agent.Removal{Kind: directory.KindGroup, Group: eng}
	for _, c := range []struct {
		name    string
		option  func(*oktasource.Options)
		then    func(*fake) // after the reading
		removal agent.Removal
		want    bool
		why     string
	}{
		{"unassigned", nil, func(f *fake) { unassign(f, bob) }, deactivate, true, "no longer assigned"},
		{"still assigned", nil, nil, deactivate, false, "still assigned"},
		{"assignment revoked", nil, func(f *fake) { f.appUsers[1]["status"] = "REVOKED" }, deactivate, true, "revoked"},
		{"assignment imported", nil, func(f *fake) { f.appUsers[1]["status"] = "IMPORTED" }, deactivate, false, "not confirmed in Okta"},
		{"app switched off", nil, func(f *fake) { unassign(f, bob); f.app["status"] = "INACTIVE" }, deactivate, false, "inactive"},
		{"role taken away", nil, func(f *fake) { f.appUsers, f.users = nil, nil }, deactivate, false, "lacks an admin role"},
		{"everybody hidden", nil, func(f *fake) { f.appUsers = nil }, deactivate, false, "cannot be seen either"},

		{"left the group", nil, func(f *fake) { leave(f, bob, eng) }, drop, true, "no longer in the group"},
		{"still in the group", nil, nil, drop, false, "still in the group"},
		{"in the group but unassigned", nil, func(f *fake) { unassign(f, bob) }, drop, true, "no longer assigned"},
		{"hard deleted", nil, func(f *fake) { f.users = f.users[:1] }, drop, true, "no longer exists"},
		{"groups hidden", nil, func(f *fake) { leave(f, bob, eng, every) }, drop, false, "everybody is in Everyone"},

		{"push ended", nil, func(f *fake) { f.pushes = f.pushes[1:] }, agent.Removal{Kind: directory.KindGroup, Group: eng}, false, "neither is another one"},
		{"another push ended", nil, func(f *fake) { f.pushes = f.pushes[:1] }, agent.Removal{Kind: directory.KindGroup, Group: ops}, true, "no longer pushed"},
		{"push deactivated", nil, func(f *fake) { f.pushes[0]["status"] = "INACTIVE" }, end, false, "inactive"},
		{"group still named", byName, nil, end, false, "still pushes"},
		{"group no longer named", byName, nil, agent.Removal{Kind: directory.KindGroup, Group: ops}, true, "no longer pushes it"},
		{"group deleted", byName, func(f *fake) { f.groups = slices.Delete(f.groups, 1, 2) }, end, true, "no longer exists"},
		{"name mistyped", misnamed, nil, end, false, `"Enginering"`},

		{"without an app, left", noApp, func(f *fake) { leave(f, bob, eng) }, deactivate, true, "none of the assigned groups"},
		{"without an app, there", noApp, nil, deactivate, false, "still in the group"},
		{"without an app, deactivated", noApp, func(f *fake) { f.users[1]["status"] = "DEPROVISIONED" }, deactivate, true, "deactivated"},
		{"without an app, group renamed", noApp, func(f *fake) { f.groups[1]["profile"] = object{"name": "Eng"} }, deactivate, false, "still in the group"},
	} {
		f := newFake(t)
		option := c.option
		if option == nil {
			option = func(*oktasource.Options) {}
		}
		s := f.source(option)
		if _, err := s.Read(t.Context()); err != nil {
			t.Fatal(err)
		}
		if c.then != nil {
			c.then(f)
		}
		got, err := s.Confirm(t.Context(), []agent.Removal{c.removal})
		if err != nil || got[0].Confirmed != c.want || !strings.Contains(got[0].Why, c.why) {
			t.Errorf("%s: %+v %v, want %v because %q", c.name, got, err, c.want, c.why)
		}
	}
}

func TestTheLastPushIsEndedWhenOktaCountsNone(t *testing.T) {
	f := newFake(t)
	f.pushes = f.pushes[:1]
	s := f.source()
	if _, err := s.Read(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.pushes = nil
	if _, err := s.Read(t.Context()); err != nil {
		t.Fatal(err)
	}
	end := []agent.Removal{{Kind: directory.KindGroup, Group: eng}}
	if got, err := s.Confirm(t.Context(), end); err != nil || got[0].Confirmed {
		t.Errorf("Okta still counts a mapping: %+v %v", got, err)
	}
	f.groups[1]["_embedded"] = object{"stats": object{"usersCount": 2, "groupPushMappingsCount": 0}}
	if got, err := s.Confirm(t.Context(), end); err != nil || !got[0].Confirmed {
		t.Errorf("Okta counts none: %+v %v", got, err)
	}
}

func TestNothingIsConfirmedBeforeAReading(t *testing.T) {
	f := newFake(t)
	unassign(f, bob)
	got, err := f.source().Confirm(t.Context(), []agent.Removal{{Kind: directory.KindUser, User: bob}})
	if err != nil || got[0].Confirmed {
		t.Errorf("%+v %v", got, err)
	}
}

func TestVerdictsComeInTheOrderOfTheRemovals(t *testing.T) {
	f := newFake(t)
	f.crowd(40)
	s := f.source()
	if _, err := s.Read(t.Context()); err != nil {
		t.Fatal(err)
	}
	var removals []agent.Removal
	for i, u := range f.users {
		removals = append(removals, agent.Removal{Kind: directory.KindUser, User: directory.SourceID(u["id"].(string))})
		if i > 0 && i%3 == 0 { // never the first, who is the control
			unassign(f, u["id"].(string))
		}
	}
	got, err := s.Confirm(t.Context(), removals)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range got {
		if v.Confirmed != (i > 0 && i%3 == 0) {
			t.Errorf("removal %d: %+v", i, v)
		}
	}
}
