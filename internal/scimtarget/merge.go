package scimtarget

import (
	"context"

	"github.com/oktascim/oktascim/agent/directory"
)

// merge reads a resource, lets change work on it, and replaces it, so that what only the
// target knows survives. Where the resource has a version, the PUT asks for that one
// still to be there; a refusal leads to one more reading. The last PUT goes without the
// question, since some servers refuse versions that they gave a moment ago.
func (t *Target) merge(ctx context.Context, kind directory.Kind, id directory.TargetID, change func(resource) error) (resource, error) {
	for again := false; ; again = true {
		before, err := t.wire.get(ctx, kind, id)
		if err != nil {
			return nil, err
		}
		version := before.version()
		if again {
			version = ""
		}
		if err := change(before); err != nil {
			return nil, err
		}
		answer, err := t.wire.replace(ctx, kind, id, before, version)
		if err != nil && stale(err) && version != "" {
			continue
		}
		return answer, err
	}
}
