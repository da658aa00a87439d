package oktasim

import "slices"

// Patterns are the routes of the org, for tests that want to touch them all.
func (o *Org) Patterns() []string { return slices.Sorted(slices.Values(o.patterns)) }
