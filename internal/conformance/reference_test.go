package conformance_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/oktascim/oktascim/features"
	"github.com/oktascim/oktascim/internal/conformance"
)

func TestReferenceOfScenariosIsFresh(t *testing.T) {
	t.Parallel()
	const file = "../../docs/scenarios.md"
	var b bytes.Buffer
	all, err := conformance.LoadProfile(features.FS(), conformance.AllProfiles)
	if err != nil {
		t.Fatal(err)
	}
	if err := conformance.WriteReference(&b, all.Scenarios()); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	had, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(had, b.Bytes()) {
		t.Errorf("%s is stale: run go test ./internal/conformance -run TestReferenceOfScenarios -update", file)
	}
}
