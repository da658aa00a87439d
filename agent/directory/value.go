package directory

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// Canonical writes a decoded JSON value as a [Value], so that two that mean the same are the
// same text: sorted names, whole numbers without an exponent, no escapes that JSON does not
// need. It is empty for null, "", an empty list and an empty object.
func Canonical(v any) Value {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		if v == "" {
			return ""
		}
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return Value(strconv.FormatInt(int64(v), 10))
		}
	case []any:
		if len(v) == 0 {
			return ""
		}
	case map[string]any:
		if len(v) == 0 {
			return ""
		}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return "" // nothing that was decoded from JSON fails here
	}
	text := strings.TrimSuffix(b.String(), "\n")
	// encoding/json escapes these two for the sake of JavaScript; JSON does not ask for it.
	if strings.Contains(text, `\u202`) {
		text = unescapeSeparators(text)
	}
	return Value(text)
}

// unescapeSeparators writes U+2028 and U+2029 literally. A backslash that is itself
// escaped is no beginning of an escape.
func unescapeSeparators(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			b.WriteByte(text[i])
			continue
		}
		switch {
		case strings.HasPrefix(text[i:], `\u2028`):
			b.WriteRune('\u2028')
			i += 5
		case strings.HasPrefix(text[i:], `\u2029`):
			b.WriteRune('\u2029')
			i += 5
		default:
			b.WriteByte(text[i])
			if i+1 < len(text) {
				i++
				b.WriteByte(text[i])
			}
		}
	}
	return b.String()
}
