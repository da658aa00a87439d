package scimclient

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// shape is how the JSON names of a Go type are spelled. Attribute names are compared
// without case (RFC 7643 §2.1), and nothing else: the JSON library's own folding drops
// dashes and underscores too, and would take a custom user_name for the userName.
type shape struct {
	fields []member
	// elem is the shape of a list's entries.
	elem *shape
}

type member struct {
	name  string
	shape *shape
}

// shapeOf returns the shape of t, nil if it has no names of its own: a map, a plain value,
// a type that reads itself. known ends types that contain themselves.
func shapeOf(t reflect.Type, known map[reflect.Type]*shape) *shape {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if s, ok := known[t]; ok {
		return s
	}
	switch {
	case reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()), reflect.PointerTo(t).Implements(reflect.TypeFor[json.UnmarshalerFrom]()):
		return nil
	case t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8:
		return &shape{elem: shapeOf(t.Elem(), known)}
	case t.Kind() != reflect.Struct:
		return nil
	}
	s := &shape{}
	known[t] = s
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			if inner := shapeOf(f.Type, known); inner != nil {
				s.fields = append(s.fields, inner.fields...)
			}
			continue
		case !f.IsExported() || name == "-" || options == "embed":
			continue
		case name == "":
			name = f.Name
		}
		s.fields = append(s.fields, member{name: name, shape: shapeOf(f.Type, known)})
	}
	return s
}

// find returns the spelling of a name and the shape of its value; an unknown name stays.
func (s *shape) find(name string) member {
	found := member{name: name}
	for _, m := range s.fields {
		if m.name == name {
			return m
		}
		if strings.EqualFold(m.name, name) {
			found = m
		}
	}
	return found
}

// respell copies a JSON value, with its names spelled as s does.
func (s *shape) respell(d *jsontext.Decoder, e *jsontext.Encoder) error {
	kind := d.PeekKind()
	if s == nil || kind == '{' && s.fields == nil || kind == '[' && s.elem == nil || kind != '{' && kind != '[' {
		v, err := d.ReadValue()
		if err != nil {
			return err
		}
		return e.WriteValue(v)
	}
	if err := copyToken(d, e); err != nil {
		return err
	}
	for k := d.PeekKind(); k != '}' && k != ']'; k = d.PeekKind() {
		inner := s.elem
		if kind == '{' {
			t, err := d.ReadToken()
			if err != nil {
				return err
			}
			m := s.find(t.String())
			if err := e.WriteToken(jsontext.String(m.name)); err != nil {
				return err
			}
			inner = m.shape
		}
		if err := inner.respell(d, e); err != nil {
			return err
		}
	}
	return copyToken(d, e)
}

func copyToken(d *jsontext.Decoder, e *jsontext.Encoder) error {
	t, err := d.ReadToken()
	if err != nil {
		return err
	}
	return e.WriteToken(t)
}

// decodeTyped reads b into v, whose shape is s. Two spellings of one name are a duplicate.
func decodeTyped(b []byte, v any, s *shape) error {
	var out bytes.Buffer
	d := jsontext.NewDecoder(bytes.NewReader(b))
	if err := s.respell(d, jsontext.NewEncoder(&out)); err != nil {
		return err
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the JSON value")
	}
	return decode(out.Bytes(), v)
}
