package scimserver

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// The value of an attribute is one of: nil, bool, string, number, []any,
// *object. Once made, a value is never changed in place, so that versions of a
// resource share what they have in common.

// number is a JSON number as it was written.
type number string

// object is a JSON object; its members keep their order.
type object struct{ fields []field }

type field struct {
	name  string
	value any
}

// Bounds of what one resource can hold. Work on an object or a list of values
// may take the square of its size, under the lock; members of a group, which
// are many, are kept in another way and have no bound.
const (
	maxFields = 1000 // members of one JSON object
	maxValues = 500  // values of one multi-valued attribute
)

// get returns the member with exactly this name, or nil.
func (o *object) get(name string) any {
	if o != nil {
		for i := range o.fields {
			if o.fields[i].name == name {
				return o.fields[i].value
			}
		}
	}
	return nil
}

// findFold returns the member whose name is name without regard to case, and
// its name as it is written. SCIM names are matched so (RFC 7643 §2.1).
func (o *object) findFold(name string) (written string, value any, ok bool) {
	if o != nil {
		for i := range o.fields {
			if strings.EqualFold(o.fields[i].name, name) {
				return o.fields[i].name, o.fields[i].value, true
			}
		}
	}
	return "", nil, false
}

// with gives a copy in which the member with exactly this name has the value,
// or is not there if the value is unassigned.
func (o *object) with(name string, value any) *object {
	c := &object{fields: make([]field, 0, o.len()+1)}
	if o != nil {
		c.fields = append(c.fields, o.fields...)
	}
	i := slices.IndexFunc(c.fields, func(f field) bool { return f.name == name })
	switch gone := unassigned(value); {
	case i >= 0 && gone:
		c.fields = slices.Delete(c.fields, i, i+1)
	case i >= 0:
		c.fields[i].value = value
	case !gone:
		c.fields = append(c.fields, field{name, value})
	}
	return c
}

func (o *object) len() int {
	if o == nil {
		return 0
	}
	return len(o.fields)
}

// equal compares values; the order of an object's members does not count,
// the order of a list does.
func equal(a, b any) bool {
	switch a := a.(type) {
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !equal(a[i], b[i]) {
				return false
			}
		}
		return true
	case *object:
		b, ok := b.(*object)
		if !ok || len(a.fields) != len(b.fields) {
			return false
		}
		for _, f := range a.fields {
			i := slices.IndexFunc(b.fields, func(g field) bool { return g.name == f.name })
			if i < 0 || !equal(f.value, b.fields[i].value) {
				return false
			}
		}
		return true
	default:
		return a == b
	}
}

// unassigned tells whether a value counts as absent: null, an empty list or
// an empty object (RFC 7643 §2.5).
func unassigned(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case []any:
		return len(v) == 0
	case *object:
		return v == nil || len(v.fields) == 0
	}
	return false
}

// kindOf names the JSON type of a value for a message.
func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case string:
		return "a string"
	case number:
		return "a number"
	case []any:
		return "a list"
	default:
		return "an object"
	}
}

// parseObject reads one JSON object, strictly: duplicate names, invalid UTF-8,
// anything after the object and nesting deeper than maxDepth are refused with
// invalidSyntax and the place.
func parseObject(body []byte, maxDepth int) (*object, *scimError) {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, refuse(invalidSyntax, "the body is empty; a JSON object is wanted")
	}
	d := jsontext.NewDecoder(bytes.NewReader(body))
	v, err := readValue(d, maxDepth)
	if err == nil {
		if d.PeekKind() != 0 {
			return nil, refuse(invalidSyntax, "offset %d: something follows the JSON object", d.InputOffset())
		}
		// PeekKind gives 0 at the end of the body and before bad input alike.
		if rest := bytes.TrimSpace(body[d.InputOffset():]); len(rest) > 0 {
			return nil, refuse(invalidSyntax, "offset %d: something follows the JSON object", d.InputOffset())
		}
	}
	if err != nil {
		return nil, syntaxRefusal(err)
	}
	o, ok := v.(*object)
	if !ok {
		return nil, refuse(invalidSyntax, "the body is %s; a JSON object is wanted", kindOf(v))
	}
	return o, nil
}

// syntaxRefusal puts the place of a JSON mistake in front of its description.
func syntaxRefusal(err error) *scimError {
	if refusal, ok := errors.AsType[*scimError](err); ok {
		return refusal
	}
	if s, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		what := s.Err.Error()
		if errors.Is(err, jsontext.ErrDuplicateName) {
			what = "this name stands twice in one object"
		}
		place := fmt.Sprintf("offset %d", s.ByteOffset)
		if s.JSONPointer != "" {
			place += " (" + string(s.JSONPointer) + ")"
		}
		return refuse(invalidSyntax, "%s: %s", place, strings.TrimPrefix(what, "jsontext: "))
	}
	return refuse(invalidSyntax, "the JSON text ends too early: %v", err)
}

func readValue(d *jsontext.Decoder, depth int) (any, error) {
	t, err := d.ReadToken()
	if err != nil {
		return nil, err
	}
	switch t.Kind() {
	case 'n':
		return nil, nil
	case 't', 'f':
		return t.Bool(), nil
	case '"':
		return t.String(), nil
	case '0':
		return number(t.String()), nil
	}
	if depth == 0 {
		return nil, refuse(invalidSyntax, "offset %d (%s): nested too deeply", d.InputOffset(), d.StackPointer())
	}
	if t.Kind() == '[' {
		list := []any{}
		for d.PeekKind() != ']' {
			v, err := readValue(d, depth-1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = d.ReadToken()
		return list, err
	}
	o := &object{}
	for d.PeekKind() != '}' {
		t, err := d.ReadToken()
		if err != nil {
			return nil, err
		}
		name := t.String()
		v, err := readValue(d, depth-1)
		if err != nil {
			return nil, err
		}
		if len(o.fields) == maxFields {
			return nil, refuse(invalidSyntax, "offset %d (%s): more than %d members in one object", d.InputOffset(), d.StackPointer(), maxFields)
		}
		o.fields = append(o.fields, field{name, v})
	}
	_, err = d.ReadToken()
	return o, err
}

// appendValue appends a value as JSON.
func appendValue(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case bool:
		if v {
			return append(b, "true"...)
		}
		return append(b, "false"...)
	case string:
		return appendString(b, v)
	case number:
		return append(b, v...)
	case []any:
		b = append(b, '[')
		for i, e := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendValue(b, e)
		}
		return append(b, ']')
	case *object:
		b = append(b, '{')
		for i, f := range v.fields {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendString(b, f.name), ':')
			b = appendValue(b, f.value)
		}
		return append(b, '}')
	}
	panic(fmt.Sprintf("scimserver: a value of type %T in the store", v)) // a mistake of this package
}
