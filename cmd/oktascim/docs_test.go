package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/oktascim/oktascim/internal/config"
)

// What people copy from the documentation has to work.
func TestEveryConfigurationInTheDocumentationIsOne(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("..", "..", "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range append(files, filepath.Join("..", "..", "README.md")) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range strings.Split(string(text), "```yaml\n")[1:] {
			block, _, _ = strings.Cut(block, "```")
			if !strings.HasPrefix(block, "okta:") {
				continue
			}
			found++
			if _, err := config.Parse(filepath.Base(file), []byte(block), func(string) (string, bool) { return "secret", true }); err != nil {
				t.Errorf("%v", err)
			}
		}
	}
	if found < 2 {
		t.Errorf("found %d configurations, want those of README and docs/first-run.md", found)
	}
}
