package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAProfileIsANameOrAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ours.yaml")
	if err := os.WriteFile(file, []byte("version: 1\nname: Ours\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for profile, want := range map[string]string{"slack": "Slack", file: "Ours"} {
		p, err := (&Target{Profile: profile}).ReadProfile()
		if err != nil || p.Name != want {
			t.Errorf("%s: %v (%v)", profile, p, err)
		}
	}
	for profile, want := range map[string]string{"slak": "slack", "./none.yaml": "none.yaml"} {
		if _, err := (&Target{Profile: profile}).ReadProfile(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", profile, err)
		}
	}
}
