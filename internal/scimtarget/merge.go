package scimtarget

import (
	"context"
	"net/http"

	"github.com/oktascim/oktascim/agent/directory"
)

// merge reads a resource, lets change work on it, and replaces it, so that what only the
// target knows survives. Where the resource has a version, the PUT asks for that one
// still to be there; a refusal leads to one more reading. The last PUT goes without the
// question, since some servers refuse versions that they gave a moment ago. A user is sent
// once more without `groups` where that is refused, see postUser.
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
		t.strip(kind, before)
		if kind == directory.KindUser && t.lean.Load() {
			slim(before)
		}
		answer, err := t.wire.replace(ctx, kind, id, before, version)
		if kind == directory.KindUser && status(err) == http.StatusBadRequest && slim(before) {
			second, errSecond := t.wire.replace(ctx, kind, id, before, version)
			if status(errSecond) != http.StatusBadRequest {
				answer, err = second, errSecond
			}
			if errSecond == nil {
				t.lean.Store(true)
			}
		}
		if err != nil && stale(err) && version != "" {
			continue
		}
		return answer, err
	}
}
