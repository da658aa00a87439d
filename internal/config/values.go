package config

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/invopop/jsonschema"
)

// redacted is what a secret prints as, everywhere.
const redacted = "[redacted]"

// Secret is a string that does not print: not with any fmt verb, not as JSON, not as
// text. Only [Secret.Reveal] gives it away.
type Secret struct{ value string }

// NewSecret wraps value.
func NewSecret(value string) Secret { return Secret{value} }

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return s.value }

// IsZero reports whether there is none.
func (s Secret) IsZero() bool { return s.value == "" }

// String returns "[redacted]", or "" when there is no secret.
func (s Secret) String() string {
	if s.value == "" {
		return ""
	}
	return redacted
}

// Format prints what String returns, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// MarshalText returns what String returns.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalJSON takes a JSON string.
func (s *Secret) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &s.value) }

// JSONSchema describes a secret to editors.
func (Secret) JSONSchema() *jsonschema.Schema {
	one := uint64(1)
	return &jsonschema.Schema{Type: "string", MinLength: &one, Description: "A secret: better ${ENVIRONMENT_VARIABLE} or ${file:PATH} than the value itself."}
}

// Duration is a time.Duration written as 90s, 15m, 1h or 1h30m.
type Duration time.Duration

// String returns the form that the file uses.
func (d Duration) String() string { return time.Duration(d).String() }

// MarshalText returns what String returns.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads the form that the file uses.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	if err != nil {
		return fmt.Errorf("%q is no duration; write for example 30s, 15m or 1h", b)
	}
	*d = Duration(v)
	return nil
}

// durationPattern is the form of a duration, for the schema.
const durationPattern = `^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$`

// JSONSchema describes a duration to editors.
func (Duration) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: durationPattern, Examples: []any{"30s", "15m", "1h"}}
}

// Percent is a share from 0 to 100, written as 50%.
type Percent float64

// percentPattern is the form of a share, for the schema.
const percentPattern = `^[0-9]+(\.[0-9]+)?%$`

// String returns the form that the file uses.
func (p Percent) String() string { return strconv.FormatFloat(float64(p), 'f', -1, 64) + "%" }

// Share returns p as a number from 0 to 1.
func (p Percent) Share() float64 { return float64(p) / 100 }

// MarshalText returns what String returns.
func (p Percent) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads the form that the file uses.
func (p *Percent) UnmarshalText(b []byte) error {
	v, err := strconv.ParseFloat(strings.TrimSuffix(string(b), "%"), 64)
	if err != nil || !strings.HasSuffix(string(b), "%") || v < 0 || v > 100 {
		return fmt.Errorf("%q is no share; write for example 50%%", b)
	}
	*p = Percent(v)
	return nil
}

// JSONSchema describes a share to editors.
func (Percent) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: percentPattern, Examples: []any{"50%"}}
}
