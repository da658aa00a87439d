package oktasource_test

import (
	"strings"
	"testing"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/internal/oktasource"
)

func byRule(r oktasource.Rule) func(*oktasource.Options) {
	return func(o *oktasource.Options) { o.Pushes = []oktasource.Push{{Rule: r}} }
}

func TestARulePushesEveryGroupThatMatches(t *testing.T) {
	for _, c := range []struct {
		rule oktasource.Rule
		want string
	}{
		{oktasource.Rule{How: "startsWith", Text: "eng"}, "Engineering"},
		{oktasource.Rule{How: "startsWith", Text: "gineer"}, ""},
		{oktasource.Rule{How: "contains", Text: "gineer"}, "Engineering"},
		{oktasource.Rule{How: "endsWith", Text: "ps"}, "Ops"},
		{oktasource.Rule{How: "endsWith", Text: "Op"}, ""},
		{oktasource.Rule{Description: true, How: "contains", Text: "pager"}, "Ops"},
		{oktasource.Rule{How: "contains", Text: "pager"}, ""},
	} {
		f := newFake(t)
		f.groups[2]["profile"] = object{"name": "Ops", "description": "has the pager"}
		d := read(t, f.source(byRule(c.rule)))
		var names []string
		for _, g := range d.Groups {
			names = append(names, g.Name)
		}
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("%s: %q, want %q", c.rule, got, c.want)
		}
	}
}

func TestARuleIsAGapIfNoGroupIsShown(t *testing.T) {
	f := newFake(t)
	f.groups = nil
	d, err := f.source(byRule(oktasource.Rule{How: "startsWith", Text: "Eng"})).Read(t.Context())
	if err != nil || d.Evidence.Complete() {
		t.Errorf("%v, gaps %v: want a gap", err, d.Evidence.Gaps)
	}
}

func TestAGroupThatNoLongerMatchesIsConfirmedAndOneThatDoesIsNot(t *testing.T) {
	for name, want := range map[string]bool{"Engineering": false, "Research": true} {
		f := newFake(t)
		s := f.source(byRule(oktasource.Rule{How: "startsWith", Text: "Eng"}))
		read(t, s)
		f.groups[1]["profile"] = object{"name": name}
		v, err := s.Confirm(t.Context(), []agent.Removal{{Kind: directory.KindGroup, Group: eng}})
		if err != nil || v[0].Confirmed != want {
			t.Errorf("%s: %v %+v, want confirmed %v", name, err, v, want)
		}
	}
}
