package scimserver

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"
)

const (
	redacted = "[redacted]"
	// maxLoggedDepth is how deeply nested a body may be to be shown.
	maxLoggedDepth = 32
	// minSecret is the shortest text, in bytes, that is looked for elsewhere
	// once it was seen as a secret. Shorter ones, such as the token "test" of a
	// demo, would hit by chance and make the log unreadable.
	minSecret = 6
)

// secretWords in a name make its value a secret. Too many rather than too few:
// a page token that is not shown hurts nobody.
var secretWords = []string{"password", "passwd", "passphrase", "pwd", "secret", "token", "authorization", "apikey", "credential", "privatekey"}

// quotedText is a string literal of a SCIM filter.
var quotedText = regexp.MustCompile(`"(?:[^"\\]|\\.)*"?`)

// namesSecret tells whether a name, a path or a filter speaks of a secret.
func namesSecret(name string) bool {
	name = strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(name))
	for _, w := range secretWords {
		if strings.Contains(name, w) {
			return true
		}
	}
	return false
}

// redactor takes the secrets out of one request and its answer. It remembers
// the secrets that it meets, so that an answer which quotes one does not show
// it. The secrets of a body that is not JSON, or too large, it cannot know.
type redactor struct {
	secrets []string // the longest first: one may be the beginning of another
}

func (d *redactor) addSecret(s string) {
	if len(s) < minSecret || slices.Contains(d.secrets, s) {
		return
	}
	at, _ := slices.BinarySearchFunc(d.secrets, len(s), func(x string, n int) int { return n - len(x) })
	d.secrets = slices.Insert(d.secrets, at, s)
}

// text takes the known secrets out of s, and what a terminal or a page would not print.
func (d *redactor) text(s string) string {
	for _, secret := range d.secrets {
		s = strings.ReplaceAll(s, secret, redacted)
		s = strings.ReplaceAll(s, url.PathEscape(secret), redacted)
		s = strings.ReplaceAll(s, url.QueryEscape(secret), redacted)
	}
	return clip(strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s))
}

// query decodes a query for a person and takes the secrets out of it: the
// values of parameters with a telling name, and the strings of a filter that
// compares a secret. What cannot be decoded is shown as it is.
func (d *redactor) query(raw string) string {
	if raw == "" {
		return ""
	}
	parts := strings.Split(raw, "&")
	for i, part := range parts {
		name, value, _ := strings.Cut(part, "=")
		if plain, err := url.QueryUnescape(name); err == nil {
			name = plain
		}
		if plain, err := url.QueryUnescape(value); err == nil {
			value = plain
		}
		switch {
		case namesSecret(name) && value != "":
			parts[i] = name + "=" + redacted
		case value != "":
			parts[i] = name + "=" + redactFilter(value)
		default:
			parts[i] = name
		}
	}
	return d.text(strings.Join(parts, "&"))
}

// redactFilter takes the strings out of a filter or path that speaks of a secret.
func redactFilter(s string) string {
	if !namesSecret(s) {
		return s
	}
	return quotedText.ReplaceAllString(s, `"`+redacted+`"`)
}

// body gives a body in compact form without its secrets, or a note in
// parentheses. What is not JSON is not shown, since nobody can tell where in it
// the secrets are.
func (d *redactor) body(c *capture) string {
	if c.total == 0 {
		return ""
	}
	if c.total > int64(len(c.kept)) {
		return fmt.Sprintf("(%d bytes, not shown)", c.total)
	}
	lenient := []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}
	dec := jsontext.NewDecoder(bytes.NewReader(c.kept), lenient...)
	value, err := dec.ReadValue()
	if err == nil {
		value = value.Clone()
		if _, err = dec.ReadToken(); err == nil {
			err = errors.New("more than one value")
		}
	}
	if !errors.Is(err, io.EOF) || value == nil {
		return fmt.Sprintf("(%d bytes that are not JSON, not shown)", c.total)
	}
	var b bytes.Buffer
	enc := jsontext.NewEncoder(&b, lenient...)
	if err := d.value(enc, value, lenient, false, 0); err != nil {
		return fmt.Sprintf("(%d bytes, nested too deeply, not shown)", c.total)
	}
	text := strings.TrimSuffix(b.String(), "\n")
	for _, secret := range d.secrets {
		quoted, _ := jsontext.AppendQuote(nil, secret)
		text = strings.ReplaceAll(text, string(quoted[1:len(quoted)-1]), redacted)
	}
	return text
}

var errTooDeep = errors.New("nested too deeply")

// value writes one value. secret says that a name above it is a telling one:
// then its texts and numbers are secrets, but "changePassword":
// {"supported": false} stays readable.
func (d *redactor) value(enc *jsontext.Encoder, v jsontext.Value, o []jsontext.Options, secret bool, depth int) error {
	if depth > maxLoggedDepth {
		return errTooDeep
	}
	switch v.Kind() {
	case '{':
		return d.object(enc, v, o, secret, depth)
	case '[':
		dec := jsontext.NewDecoder(bytes.NewReader(v), o...)
		if _, err := dec.ReadToken(); err != nil {
			return err
		}
		if err := enc.WriteToken(jsontext.BeginArray); err != nil {
			return err
		}
		for dec.PeekKind() != ']' {
			item, err := dec.ReadValue()
			if err != nil {
				return err
			}
			if err := d.value(enc, item, o, secret, depth+1); err != nil {
				return err
			}
		}
		return enc.WriteToken(jsontext.EndArray)
	case '"':
		// Quoted anew, so that one text always looks the same and a secret is
		// found again whatever escapes it was written with.
		plain, _ := jsontext.AppendUnquote(nil, v)
		if !secret {
			return enc.WriteToken(jsontext.String(string(plain)))
		}
		d.addSecret(string(plain))
		return enc.WriteToken(jsontext.String(redacted))
	case '0':
		if secret {
			d.addSecret(string(v))
			return enc.WriteToken(jsontext.String(redacted))
		}
	}
	return enc.WriteValue(v)
}

// object writes one object. A PATCH operation names the attribute in "path",
// which may stand behind the value that it makes a secret.
func (d *redactor) object(enc *jsontext.Encoder, v jsontext.Value, o []jsontext.Options, secret bool, depth int) error {
	pathSecret := false
	err := eachMember(v, o, func(name string, member jsontext.Value) error {
		if strings.EqualFold(name, "path") && member.Kind() == '"' {
			plain, _ := jsontext.AppendUnquote(nil, member)
			pathSecret = pathSecret || namesSecret(string(plain))
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := enc.WriteToken(jsontext.BeginObject); err != nil {
		return err
	}
	err = eachMember(v, o, func(name string, member jsontext.Value) error {
		if err := enc.WriteToken(jsontext.String(name)); err != nil {
			return err
		}
		if pathSecret && strings.EqualFold(name, "path") && member.Kind() == '"' {
			plain, _ := jsontext.AppendUnquote(nil, member)
			return enc.WriteToken(jsontext.String(redactFilter(string(plain))))
		}
		hide := secret || namesSecret(name) || pathSecret && strings.EqualFold(name, "value")
		return d.value(enc, member, o, hide, depth+1)
	})
	if err != nil {
		return err
	}
	return enc.WriteToken(jsontext.EndObject)
}

// eachMember calls f for each member of an object. The value is good until f returns.
func eachMember(v jsontext.Value, o []jsontext.Options, f func(name string, member jsontext.Value) error) error {
	dec := jsontext.NewDecoder(bytes.NewReader(v), o...)
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() != '}' {
		name, err := dec.ReadToken()
		if err != nil {
			return err
		}
		key := name.String()
		member, err := dec.ReadValue()
		if err != nil {
			return err
		}
		if err := f(key, member); err != nil {
			return err
		}
	}
	return nil
}
