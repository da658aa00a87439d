// Package nearest guesses what a person meant by a name that does not exist.
package nearest

import (
	"cmp"
	"slices"
	"strings"
)

// most is how many names [Several] proposes.
const most = 3

// One returns the candidate that name most probably means, "" if none is close: at most a
// third of the letters, and at least two, may be off. Case does not count.
func One(name string, candidates []string) string {
	best, least := "", 1+max(2, len(name)/3)
	for _, c := range slices.Sorted(slices.Values(candidates)) {
		if d := distance(strings.ToLower(name), strings.ToLower(c)); d < least {
			best, least = c, d
		}
	}
	return best
}

// Several returns up to three names most like want, best first: those that differ in case
// only, that contain it or are contained in it, or that are a few letters away.
func Several(want string, names []string) []string {
	type scored struct {
		name  string
		score int
	}
	w := strings.ToLower(strings.TrimSpace(want))
	letters := len([]rune(w))
	var found []scored
	for _, name := range names {
		n := strings.ToLower(strings.TrimSpace(name))
		if n == "" || w == "" {
			continue
		}
		d := distance(w, n)
		switch {
		case d <= 1+letters/4:
		case strings.Contains(n, w), strings.Contains(w, n) && len([]rune(n)) > 2:
			d = 1 + letters/4 + d/8
		default:
			continue
		}
		found = append(found, scored{name, d})
	}
	slices.SortFunc(found, func(a, b scored) int { return cmp.Or(cmp.Compare(a.score, b.score), cmp.Compare(a.name, b.name)) })
	var best []string
	for _, f := range found {
		if len(best) < most && !slices.Contains(best, f.name) {
			best = append(best, f.name)
		}
	}
	return best
}

// distance is the number of letters to add, drop, change or swap with a neighbour
// (optimal string alignment).
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			change := rows[i-1][j-1]
			if x[i-1] != y[j-1] {
				change++
			}
			rows[i][j] = min(change, rows[i-1][j]+1, rows[i][j-1]+1)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(x)][len(y)]
}
