package profiles_test

import (
	"strings"
	"testing"

	"github.com/oktascim/oktascim/configs/profiles"
)

func TestEveryFactOfAShippedProfileHasItsSource(t *testing.T) {
	want := "atlassian aws-iam-identity-center databricks generic github-enterprise salesforce slack zscaler"
	if got := strings.Join(profiles.Names(), " "); got != want {
		t.Fatalf("profiles: %s", got)
	}
	for _, name := range profiles.Names() {
		p, err := profiles.Get(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, fact := range p.Known() {
			found := false
			for path := range p.Sources {
				found = found || path == fact || fact == "lists.filters" && strings.HasPrefix(path, "lists.filters.")
			}
			if !found {
				t.Errorf("%s: %s has no source", name, fact)
			}
		}
		for filter := range p.Lists.Filters {
			if p.Sources["lists.filters."+filter] == "" {
				t.Errorf("%s: the filter %s has no source", name, filter)
			}
		}
		if name != "generic" && len(p.Known()) == 0 {
			t.Errorf("%s says nothing", name)
		}
	}
}

func TestAnUnknownProfileIsRefusedWithThoseThatThereAre(t *testing.T) {
	if _, err := profiles.Get("slak"); err == nil || !strings.Contains(err.Error(), "slack") {
		t.Errorf("%v", err)
	}
}
