package scimserver

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// foldCase maps texts to one form if and only if [strings.EqualFold] calls
// them equal, so that an index and a comparison without case always agree.
func foldCase(s string) string {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf || 'A' <= s[i] && s[i] <= 'Z' {
			return strings.Map(foldRune, s)
		}
	}
	return s
}

// foldRune picks one rune for all that differ by case only: the smallest,
// except that ASCII letters become small ones, as people expect to read them.
func foldRune(r rune) rune {
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			return r + ('a' - 'A')
		}
		return r
	}
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	if 'A' <= least && least <= 'Z' { // U+212A KELVIN SIGN, U+017F LONG S
		least += 'a' - 'A'
	}
	return least
}
