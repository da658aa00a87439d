package oktasource

import (
	"context"

	"github.com/oktascim/oktascim/agent"
)

// Confirm implements [agent.Source].
func (s *Source) Confirm(ctx context.Context, removals []agent.Removal) ([]agent.Verdict, error) {
	return make([]agent.Verdict, len(removals)), ctx.Err()
}

// Finding is one line of Check.
type Finding struct {
	OK                bool
	What, Detail, Fix string
}

// Check looks at what a run needs.
func (s *Source) Check(ctx context.Context) []Finding { return nil }
