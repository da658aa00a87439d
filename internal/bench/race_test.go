//go:build race

package bench

// underRace is true where the race detector makes everything several times slower.
const underRace = true
