//go:build race

package conformance_test

// underRace is true where the race detector makes everything several times slower.
const underRace = true
