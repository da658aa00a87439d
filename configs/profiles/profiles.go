// Package profiles holds what is documented about well-known SCIM servers, so that
// target.profile can name one. A fact is there only with its source; what is not
// certain is left out, and the agent finds out by itself.
package profiles

import (
	"bytes"
	"embed"
	"fmt"
	"slices"
	"strings"

	"github.com/oktascim/oktascim/internal/targetprofile"
)

//go:embed *.yaml
var files embed.FS

// Names returns the names of the profiles, sorted.
func Names() []string {
	entries, err := files.ReadDir(".")
	if err != nil { // the embedded folder is always there
		return nil
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = strings.TrimSuffix(e.Name(), ".yaml")
	}
	slices.Sort(names)
	return names
}

// Get returns a profile by its name. The error names those that there are.
func Get(name string) (*targetprofile.Profile, error) {
	if !slices.Contains(Names(), name) {
		return nil, fmt.Errorf("there is no target profile %q; it is one of %s, or a FILE.yaml", name, strings.Join(Names(), ", "))
	}
	text, err := files.ReadFile(name + ".yaml")
	if err != nil {
		return nil, err
	}
	return targetprofile.Read(bytes.NewReader(text))
}
