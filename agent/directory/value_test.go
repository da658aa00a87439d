package directory_test

import (
	"encoding/json"
	"testing"

	"github.com/oktascim/oktascim/agent/directory"
)

func TestTwoValuesThatMeanTheSameAreTheSameText(t *testing.T) {
	for _, c := range []struct{ json, want string }{
		{`"Engineer"`, `"Engineer"`},
		{`"R&D <x>"`, `"R&D <x>"`},
		{"\"a\u2028b\\\\u2028\"", "\"a\u2028b\\\\u2028\""},
		{`"\u00fc"`, `"ü"`},
		{`42.0`, `42`},
		{`4.2e1`, `42`},
		{`1e3`, `1000`},
		{`true`, `true`},
		{`0.5`, `0.5`},
		{`{"b":1,"a":[true,null]}`, `{"a":[true,null],"b":1}`},
		{`""`, ``}, {`null`, ``}, {`[]`, ``}, {`{}`, ``},
	} {
		var v any
		if err := json.Unmarshal([]byte(c.json), &v); err != nil {
			t.Fatal(err)
		}
		got := directory.Canonical(v)
		if string(got) != c.want {
			t.Errorf("%s is written as %s, want %s", c.json, got, c.want)
		}
		if got == "" {
			continue
		}
		var again any
		if err := json.Unmarshal([]byte(got), &again); err != nil {
			t.Fatal(err)
		}
		if directory.Canonical(again) != got {
			t.Errorf("%s is not canonical: it is written as %s", got, directory.Canonical(again))
		}
	}
}
