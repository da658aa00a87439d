package nearest_test

import (
	"slices"
	"testing"

	"github.com/oktascim/oktascim/internal/nearest"
)

func TestOneFindsTheTypo(t *testing.T) {
	keys := []string{"baseUrl", "auth", "dialect", "caFile"}
	for name, want := range map[string]string{
		"baseURL": "baseUrl", "baesUrl": "baseUrl", "base_url": "baseUrl", "dialct": "dialect", "autth": "auth", "something": "",
	} {
		if got := nearest.One(name, keys); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestSeveralProposeAtMostThreeBestFirst(t *testing.T) {
	groups := []string{"Engineering", "Engineering Leads", "Sales", "engineering", "Reengineering", "Finance"}
	got := nearest.Several("Enginering", groups)
	if len(got) != 3 || got[0] != "Engineering" || slices.Contains(got, "Sales") {
		t.Errorf("got %q", got)
	}
	if got := nearest.Several("", groups); got != nil {
		t.Errorf("nothing was asked for, and %q proposed", got)
	}
}
