package scimclient

import (
	stdjson "encoding/json"
	"errors"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// exactDigits is how many decimal digits a float64 always keeps.
const exactDigits = 15

// readNumber makes a number in an untyped place a float64 where that keeps it whole, and a
// json.Number (of encoding/json) where it would not: ids of 19 digits survive.
func readNumber(d *jsontext.Decoder, v *any) error {
	if d.PeekKind() != '0' {
		return errors.ErrUnsupported // not a number: the usual way
	}
	raw, err := d.ReadValue()
	if err != nil {
		return err
	}
	digits := 0
	for _, c := range raw {
		if c == 'e' || c == 'E' {
			break
		}
		if c >= '0' && c <= '9' {
			digits++
		}
	}
	*v = stdjson.Number(raw)
	if f, err := strconv.ParseFloat(string(raw), 64); err == nil && digits <= exactDigits {
		*v = f
	}
	return nil
}

// writeNumber writes a json.Number as the number that it is.
func writeNumber(e *jsontext.Encoder, n stdjson.Number) error {
	return e.WriteValue(jsontext.Value(n))
}

// decode reads SCIM JSON: no duplicate member, no invalid UTF-8. Names must be spelled as
// v's are; [decodeTyped] sees to it.
func decode(b []byte, v any) error {
	if shortNumbers(b) {
		return json.Unmarshal(b, v) // half the time: no function is asked about each value
	}
	return json.Unmarshal(b, v, json.WithUnmarshalers(json.UnmarshalFromFunc(readNumber)))
}

// shortNumbers reports whether a float64 keeps every number in b: at most [exactDigits]
// digits, no exponent. What stands in strings does not count.
func shortNumbers(b []byte) bool {
	text, digits := false, 0
	for i := 0; i < len(b); i++ {
		c := b[i]
		switch {
		case text && c == '\\':
			i++
		case c == '"':
			text = !text
		case text:
		case c >= '0' && c <= '9':
			if digits++; digits > exactDigits {
				return false
			}
			continue
		case c == '.':
			continue
		case digits > 0 && (c == 'e' || c == 'E'):
			return false
		}
		digits = 0
	}
	return true
}

// encode writes SCIM JSON; members of maps in the order of their names.
func encode(v any) ([]byte, error) {
	if raw, ok := v.([]byte); ok {
		v = jsontext.Value(raw)
	}
	return json.Marshal(v, json.Deterministic(true), json.WithMarshalers(json.MarshalToFunc(writeNumber)))
}
