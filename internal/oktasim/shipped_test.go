package oktasim_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/oktascim/oktascim/internal/oktasim"
)

func TestEveryShippedOrgCanBeReadAndPlanted(t *testing.T) {
	files, err := filepath.Glob("../../configs/orgs/*.yaml")
	if err != nil || len(files) < 4 {
		t.Fatalf("%d orgs, %v", len(files), err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		seed, err := oktasim.ParseSeed(name, text)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "huge.yaml") {
			seed.Generate.Users, seed.Generate.Groups, seed.Generate.Memberships = 100, 10, 1000
		}
		if _, err := oktasim.New(oktasim.Options{Seed: seed}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
