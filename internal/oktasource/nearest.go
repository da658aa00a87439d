package oktasource

import (
	"cmp"
	"slices"
	"strings"
)

// maxNearest is how many names are proposed.
const maxNearest = 3

// nearest returns the names most like want, best first: those that differ in case only,
// that contain it or are contained in it, or that are a few edits away.
func nearest(want string, names []string) []string {
	type scored struct {
		name  string
		score int
	}
	w := []rune(strings.ToLower(strings.TrimSpace(want)))
	var found []scored
	for _, name := range names {
		n := []rune(strings.ToLower(strings.TrimSpace(name)))
		if len(n) == 0 || len(w) == 0 {
			continue
		}
		d := edits(w, n)
		switch {
		case d <= 1+len(w)/4:
		case strings.Contains(string(n), string(w)), strings.Contains(string(w), string(n)) && len(n) > 2:
			d = 1 + len(w)/4 + d/8
		default:
			continue
		}
		found = append(found, scored{name, d})
	}
	slices.SortFunc(found, func(a, b scored) int { return cmp.Or(cmp.Compare(a.score, b.score), cmp.Compare(a.name, b.name)) })
	var best []string
	for _, f := range found {
		if len(best) < maxNearest && !slices.Contains(best, f.name) {
			best = append(best, f.name)
		}
	}
	return best
}

// edits is the Levenshtein distance.
func edits(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost++
			}
			diagonal = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}

// didYouMean makes the end of a sentence.
func didYouMean(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "; did you mean " + strings.Join(quotedAll(names), " or ") + "?"
}

func quotedAll(names []string) []string {
	quotes := make([]string, len(names))
	for i, n := range names {
		quotes[i] = quoted(n)
	}
	return quotes
}
