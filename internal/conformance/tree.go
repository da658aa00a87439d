package conformance

import (
	"fmt"
	"math"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const (
	userURN       = "urn:ietf:params:scim:schemas:core:2.0:User"
	groupURN      = "urn:ietf:params:scim:schemas:core:2.0:Group"
	enterpriseURN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	// vendorURN is an extension that no server can know.
	vendorURN = "urn:example:params:scim:schemas:extension:acme:2.0:User"
	listURN   = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
	errorURN  = "urn:ietf:params:scim:api:messages:2.0:Error"
)

// member returns the member of a JSON object, names compared without case as
// RFC 7643 §2.1 has it.
func member(v any, name string) (any, bool) {
	o, ok := v.(map[string]any)
	if !ok {
		return nil, false
	}
	if m, ok := o[name]; ok {
		return m, true
	}
	for k, m := range o {
		if strings.EqualFold(k, name) {
			return m, true
		}
	}
	return nil, false
}

// setMember sets a member under the spelling that the object already has.
func setMember(o map[string]any, name string, value any) {
	for k := range o {
		if strings.EqualFold(k, name) {
			o[k] = value
			return
		}
	}
	o[name] = value
}

// steps splits an attribute path as the feature files write it:
// "name.givenName", "emails.value", "enterprise.department".
func steps(path string) []string {
	parts := strings.Split(path, ".")
	switch parts[0] {
	case "enterprise":
		parts[0] = enterpriseURN
	case "vendor":
		parts[0] = vendorURN
	}
	return parts
}

// at returns what stands at a path. Of a multi-valued attribute it takes the
// primary value, or the only one, as Okta does on import.
func at(v any, path string) (any, bool) {
	for _, step := range steps(path) {
		if list, ok := v.([]any); ok {
			v = primary(list)
		}
		var ok bool
		if v, ok = member(v, step); !ok {
			return nil, false
		}
	}
	return v, true
}

func primary(list []any) any {
	for _, e := range list {
		if p, _ := member(e, "primary"); p == true {
			return e
		}
	}
	if len(list) > 0 {
		return list[0]
	}
	return nil
}

// put sets what stands at a path and makes the objects on the way.
func put(o map[string]any, path string, value any) {
	parts := steps(path)
	for _, step := range parts[:len(parts)-1] {
		next, _ := member(o, step)
		if list, ok := next.([]any); ok {
			next = primary(list)
		}
		m, ok := next.(map[string]any)
		if !ok {
			m = map[string]any{}
			setMember(o, step, m)
		}
		o = m
	}
	setMember(o, parts[len(parts)-1], value)
}

// text returns a string member, or "".
func text(v any, path string) string {
	got, _ := at(v, path)
	s, _ := got.(string)
	return s
}

// list returns an array member; ok is false if it is missing or no array.
func list(v any, name string) ([]any, bool) {
	got, _ := member(v, name)
	l, ok := got.([]any)
	return l, ok
}

// whole returns a JSON number without fraction. A number in quotes is none:
// Okta does not read it (support.okta.com question 0D54z0000A4i091CQA).
func whole(v any, name string) (int, bool) {
	got, _ := member(v, name)
	f, ok := got.(float64)
	if !ok || f != math.Trunc(f) {
		return 0, false
	}
	return int(f), true
}

// show prints a value as JSON for a report.
func show(v any) string {
	b, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return fmt.Sprint(v)
	}
	if len(b) > 200 {
		return string(b[:200]) + "…"
	}
	return string(b)
}

// quote writes a JSON string.
func quote(s string) string {
	b, err := jsontext.AppendQuote(nil, s)
	if err != nil { // only for invalid UTF-8, which no scenario sends
		return `""`
	}
	return string(b)
}

// marshal writes a body that Okta builds from what it has read.
func marshal(v any) string {
	b, err := json.Marshal(v, json.Deterministic(true))
	if err != nil { // v came out of a JSON reader
		return "{}"
	}
	return string(b)
}

// hasSchema reports whether the resource names the schema.
func hasSchema(v any, urn string) bool {
	l, _ := list(v, "schemas")
	for _, s := range l {
		if s, ok := s.(string); ok && strings.EqualFold(s, urn) {
			return true
		}
	}
	return false
}

// copied copies a tree of JSON values.
func copied(v any) any {
	switch v := v.(type) {
	case map[string]any:
		c := make(map[string]any, len(v))
		for k, e := range v {
			c[k] = copied(e)
		}
		return c
	case []any:
		c := make([]any, len(v))
		for i, e := range v {
			c[i] = copied(e)
		}
		return c
	}
	return v
}

// parsed reads a body of our own making.
func parsed(body string) map[string]any {
	var o map[string]any
	if err := json.Unmarshal([]byte(body), &o); err != nil {
		return map[string]any{}
	}
	return o
}
