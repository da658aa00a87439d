package conformance_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/oktascim/oktascim/internal/conformance"
)

func TestTagExpressionsMeanWhatCucumberSays(t *testing.T) {
	t.Parallel()
	for expression, want := range map[string]string{
		"":                        "a ab b none",
		"@a":                      "a ab",
		"not @a":                  "b none",
		"@a and @b":               "ab",
		"@a or @b":                "a ab b",
		"not @a and not @b":       "none",
		"not (@a and @b)":         "a b none",
		"@a and @b or @b":         "ab b",
		"@b or @a and @b":         "ab b",
		"(@b or @a) and @b":       "ab b",
		"not not @a":              "a ab",
		" ( @a )and(not @b or@b)": "",
	} {
		e, err := conformance.ParseTags(expression)
		if err != nil {
			if want != "" || expression == "" {
				t.Errorf("%q: %v", expression, err)
			}
			continue
		}
		var got []string
		for _, s := range []struct {
			name string
			tags []string
		}{{"a", []string{"@a"}}, {"ab", []string{"@a", "@b"}}, {"b", []string{"@b"}}, {"none", nil}} {
			if e(s.tags) {
				got = append(got, s.name)
			}
		}
		if !slices.Equal(got, strings.Fields(want)) {
			t.Errorf("%q selects %v, want %s", expression, got, want)
		}
	}
	for _, bad := range []string{"@a and", "and @a", "@a @b", "a", "(@a", "@a)", "()", "@", "not", strings.Repeat("not ", 200) + "@a", strings.Repeat("(", 200)} {
		if _, err := conformance.ParseTags(bad); err == nil || !strings.Contains(err.Error(), "for example") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
