package plan_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
	"github.com/oktascim/oktascim/internal/golden"
)

// TestStories plays testdata/*.txtar. Every story whose plan is carried out whole is
// also applied to a model of a target: the second plan has to be empty.
func TestStories(t *testing.T) {
	golden.Run(t, "testdata", func(t *testing.T, sections map[string]string) map[string]string {
		t.Helper()
		s := parseStory(t, sections)
		out := map[string]string{}
		s.in.Overwrite = s.in.Overwrites(s.scope)
		p := plan.Compute(s.in)
		whole := len(p.Withheld) == 0
		if s.narrows() {
			p, whole = p.Postpone(s.until).Defer(s.waits).Select(s.scope), false
		}
		if _, asks := sections["scope"]; asks {
			out["scope"] = sections["scope"]
			for _, u := range s.in.Unknown(s.scope) {
				p.Notices = append(p.Notices, plan.Notice{Kind: u.Kind, Name: u.Name, Text: "is unknown; there are " + strings.Join(u.Known, ", ")})
			}
		}
		if _, asks := sections["digest"]; asks {
			out["digest"] = p.Digest()
		}
		if _, asks := sections["confirm"]; asks {
			p, whole = p.Withhold(s.refuse), false
		}
		if s.limits != nil {
			totals := plan.TotalsOf(s.in)
			totals.LastDesired = s.last
			trips := plan.Check(p, totals, plan.DefaultGuards(*s.limits)...)
			var b strings.Builder
			for _, trip := range trips {
				fmt.Fprintf(&b, "%s: %s\n", trip.Guard, trip.Text)
			}
			out["trips"] = b.String()
			p, whole = p.Hold(trips), whole && len(trips) == 0
		}
		out["plan"] = render(t, p)
		if _, asks := sections["json"]; asks {
			text, err := json.MarshalIndent(p, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			out["json"] = string(text)
		}
		if whole {
			m := newModel(s.in)
			m.apply(t, p)
			if again := plan.Compute(m.input()); len(again.Changes) > 0 {
				t.Errorf("applied, and the second plan is not empty:\n%s", render(t, again))
			}
		}
		return out
	})
}

func (s *story) refuse(c plan.Change, member directory.TargetID) (string, bool) {
	who := string(c.Source)
	if member != "" {
		for _, l := range s.in.Links {
			if l.Kind == directory.KindUser && l.Target == member {
				who = string(l.Source) + " in " + string(c.Source)
			}
		}
	}
	why, no := s.refused[who]
	return why, no
}

func render(tb testing.TB, p plan.Plan) string {
	tb.Helper()
	var b strings.Builder
	if err := p.WriteText(&b); err != nil {
		tb.Fatal(err)
	}
	return b.String()
}
