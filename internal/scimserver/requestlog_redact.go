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
func secretWords() [10]string {
	return [...]string{"password", "passwd", "passphrase", "pwd", "secret", "token", "authorization", "apikey", "credential", "privatekey"}
}

// quotedText is a string literal of a SCIM filter.
var quotedText = regexp.MustCompile(`"(?:[^"\\]|\\.)*"?`)

// plainNumber is a number that a SCIM filter compares with.
var plainNumber = regexp.MustCompile(`(\s)-?[0-9][^\s)\]]*`)

// foldNames folds names as they are compared: without case, "_" and "-".
func foldNames(names []string) []string {
	folded := make([]string, len(names))
	for i, n := range names {
		folded[i] = strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(n))
	}
	return folded
}

// namesSecret tells whether a name, a path or a filter speaks of a secret,
// however it is cased: clientSecret, client_secret, CLIENT-SECRET.
func namesSecret[T string | []byte](name T) bool {
	buf := make([]byte, 0, 128) // stays on the stack for any usual name
	for _, c := range []byte(name) {
		switch {
		case c == '_' || c == '-':
		case 'A' <= c && c <= 'Z':
			buf = append(buf, c|0x20)
		default:
			buf = append(buf, c)
		}
	}
	for _, w := range secretWords() {
		if bytes.Contains(buf, []byte(w)) {
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
	names   []string // of attributes that are secrets, folded
}

// hides tells whether a name, a path or a filter speaks of a secret.
func (d *redactor) hides(name string) bool {
	if namesSecret(name) {
		return true
	}
	if len(d.names) == 0 {
		return false
	}
	words := strings.FieldsFunc(name, func(r rune) bool {
		return r != '_' && r != '-' && r != '$' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	return slices.ContainsFunc(foldNames(words), func(w string) bool { return slices.Contains(d.names, w) })
}

// hidesKey is hides without an allocation where the names alone decide.
func (d *redactor) hidesKey(key []byte) bool {
	if len(d.names) == 0 {
		return namesSecret(key)
	}
	return d.hides(string(key))
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
		case d.hides(name) && value != "":
			parts[i] = name + "=" + redacted
		case value != "":
			parts[i] = name + "=" + d.filter(value)
		default:
			parts[i] = name
		}
	}
	return d.text(strings.Join(parts, "&"))
}

// filter takes the strings and numbers out of a filter or path that speaks of a secret.
func (d *redactor) filter(s string) string {
	if !d.hides(s) {
		return s
	}
	return plainNumber.ReplaceAllString(quotedText.ReplaceAllString(s, `"`+redacted+`"`), "${1}"+redacted)
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
	text, err := d.json(make([]byte, 0, len(c.kept)), c.kept, false)
	switch {
	case errors.Is(err, errTooDeep):
		return fmt.Sprintf("(%d bytes, nested too deeply, not shown)", c.total)
	case err != nil:
		return fmt.Sprintf("(%d bytes that are not JSON, not shown)", c.total)
	}
	for _, secret := range d.secrets {
		quoted, _ := jsontext.AppendQuote(nil, secret)
		text = bytes.ReplaceAll(text, quoted[1:len(quoted)-1], []byte(redacted))
	}
	return string(text)
}

var (
	errTooDeep  = errors.New("nested too deeply")
	errTwoInOne = errors.New("more than one value")
)

// json appends the one value in text to out, in compact form and without its
// secrets. secret says that the whole value is one.
func (d *redactor) json(out, text []byte, secret bool) ([]byte, error) {
	dec := jsontext.NewDecoder(bytes.NewBuffer(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	out, err := d.value(out, dec, secret)
	if err != nil {
		return nil, err
	}
	switch _, err := dec.ReadToken(); {
	case errors.Is(err, io.EOF):
		return out, nil
	case err == nil:
		return nil, errTwoInOne
	default:
		return nil, err
	}
}

// value appends the next value. secret says that a name above it is a telling
// one: then its texts and numbers are secrets, but "changePassword":
// {"supported": false} stays readable.
func (d *redactor) value(out []byte, dec *jsontext.Decoder, secret bool) ([]byte, error) {
	if dec.StackDepth() > maxLoggedDepth {
		return nil, errTooDeep
	}
	switch dec.PeekKind() {
	case '{':
		return d.object(out, dec, secret)
	case '[':
		return d.array(out, dec, secret)
	}
	v, err := dec.ReadValue()
	if err != nil {
		return nil, err
	}
	switch v.Kind() {
	case '"':
		if secret {
			plain, _ := jsontext.AppendUnquote(nil, v)
			d.addSecret(string(plain))
			return append(out, `"`+redacted+`"`...), nil
		}
		return appendCanonical(out, v), nil
	case '0':
		if secret {
			d.addSecret(string(v))
			return append(out, `"`+redacted+`"`...), nil
		}
	}
	return append(out, v...), nil
}

// appendCanonical appends a string that is quoted already. One with escapes is
// quoted anew: one text always looks the same, so a secret is found again
// however it was written.
func appendCanonical(out []byte, v jsontext.Value) []byte {
	if bytes.IndexByte(v, '\\') < 0 {
		return append(out, v...)
	}
	plain, _ := jsontext.AppendUnquote(nil, v)
	out, _ = jsontext.AppendQuote(out, plain)
	return out
}

func (d *redactor) array(out []byte, dec *jsontext.Decoder, secret bool) ([]byte, error) {
	if _, err := dec.ReadToken(); err != nil {
		return nil, err
	}
	out = append(out, '[')
	for n := 0; dec.PeekKind() != ']'; n++ {
		if n > 0 {
			out = append(out, ',')
		}
		var err error
		if out, err = d.value(out, dec, secret); err != nil {
			return nil, err
		}
	}
	_, err := dec.ReadToken()
	return append(out, ']'), err
}

// span is a part of what was written.
type span struct{ from, to int }

// object appends an object. A PATCH operation names the attribute in "path",
// which may stand behind the value that it makes a secret: so "value" and
// "path" are written as they are, and gone over again at the end.
func (d *redactor) object(out []byte, dec *jsontext.Decoder, secret bool) ([]byte, error) {
	if _, err := dec.ReadToken(); err != nil {
		return nil, err
	}
	out = append(out, '{')
	var values, paths []span // there are two of a name in a bad body
	pathSecret := false
	for n := 0; dec.PeekKind() != '}'; n++ {
		if n > 0 {
			out = append(out, ',')
		}
		name, err := dec.ReadValue()
		if err != nil {
			return nil, err
		}
		nameAt := len(out)
		out = appendCanonical(out, name)
		key := out[nameAt+1 : len(out)-1]
		isFilter := bytes.EqualFold(key, []byte("filter")) // of a search by POST
		isValue, isPath, hide := bytes.EqualFold(key, []byte("value")), bytes.EqualFold(key, []byte("path")), secret || d.hidesKey(key)
		out = append(out, ':')
		from := len(out)
		if out, err = d.value(out, dec, hide); err != nil {
			return nil, err
		}
		switch {
		case isFilter && out[from] == '"':
			plain, _ := jsontext.AppendUnquote(nil, out[from:])
			out, _ = jsontext.AppendQuote(out[:from], d.filter(string(plain)))
		case isValue:
			values = append(values, span{from, len(out)})
		case isPath && out[from] == '"':
			paths = append(paths, span{from, len(out)})
			pathSecret = pathSecret || d.hidesKey(out[from:])
		}
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, err
	}
	out = append(out, '}')
	if !pathSecret {
		return out, nil
	}
	return d.hideOperation(out, values, paths)
}

// hideOperation goes over the values and paths of an operation on a secret.
func (d *redactor) hideOperation(out []byte, values, paths []span) ([]byte, error) {
	spans := slices.Concat(values, paths)
	slices.SortFunc(spans, func(a, b span) int { return b.from - a.from }) // from the end, so that the others stay where they are
	for _, at := range spans {
		var instead []byte
		if slices.Contains(paths, at) {
			plain, _ := jsontext.AppendUnquote(nil, out[at.from:at.to])
			instead, _ = jsontext.AppendQuote(nil, d.filter(string(plain)))
		} else {
			var err error
			if instead, err = d.json(nil, bytes.Clone(out[at.from:at.to]), true); err != nil {
				return nil, err
			}
		}
		out = slices.Replace(out, at.from, at.to, instead...)
	}
	return out, nil
}
