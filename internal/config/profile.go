package config

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"github.com/oktascim/oktascim/configs/profiles"
	"github.com/oktascim/oktascim/internal/targetprofile"
)

// isFile tells a file from the name of a shipped profile: names have neither a dot nor a
// slash.
func isFile(profile string) bool { return strings.ContainsAny(profile, `./\\`) }

// ReadProfile returns the profile of the target, nil if none is set.
func (t *Target) ReadProfile() (*targetprofile.Profile, error) {
	if t.Profile == "" {
		return nil, nil //nolint:nilnil // no profile is the normal case, and no error
	}
	return readProfile(t.Profile)
}

func readProfile(name string) (*targetprofile.Profile, error) {
	if !isFile(name) {
		return profiles.Get(name)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("reading the target profile: %w", err)
	}
	p, err := targetprofile.Read(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return p, nil
}
