package oktasource

import (
	"strings"
)

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
