package plan_test

import (
	"encoding/json"
	"testing"

	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
)

func TestAValueOfATargetNeverBreaksTheDocument(t *testing.T) {
	for _, c := range []struct{ from, want string }{
		{"", "null"},
		{`"Engineer"`, `"Engineer"`},
		{"true", "true"},
		{`{"a":1}`, `{"a":1}`},
		{`not "JSON"`, `"not \"JSON\""`},
	} {
		p := plan.Plan{Changes: []plan.Change{{N: 1, Verb: plan.Update, Kind: directory.KindUser, Fields: []plan.Field{{Path: "title", From: directory.Value(c.from)}}}}}
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatalf("%s: %v", c.from, err)
		}
		var d plan.Document
		if err := json.Unmarshal(text, &d); err != nil {
			t.Fatal(err)
		}
		if got := string(d.Changes[0].Fields[0].From); got != c.want {
			t.Errorf("the value %s is %s in the document, want %s", c.from, got, c.want)
		}
	}
}

func TestAnEmptyPlanHasNoDigestToApprove(t *testing.T) {
	text, err := json.Marshal(plan.Plan{})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"summary":"Nothing to do.","changes":[],"withheld":[],"notices":[]}`; string(text) != want {
		t.Errorf("an empty plan is %s, want %s", text, want)
	}
}
