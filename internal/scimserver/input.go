package scimserver

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
)

// input is a resource as a client sent it, checked against the schemas: names
// as the schema writes them, attributes in the schema's order, and without
// what a client cannot set.
type input struct {
	attrs   *object
	secrets map[string]string // in clear; never goes further than the hash
	members []any             // of the kind's members attribute, nil if absent
	// schemas holds the URNs that the body listed.
	schemas []string
	id      string // for a new resource: chosen before; "" is one that is yet to be made
}

// checkResource checks the body of a POST or PUT. Attributes that the schemas
// do not know are dropped, read-only ones too (RFC 7644 §3.3, §3.5.1): Okta
// sends groups, id and meta back. What stands under the URN of an unknown
// extension is kept as it is.
func (k *kind) checkResource(body *object) (*input, *scimError) {
	in := &input{attrs: &object{}}
	slots := make([]any, len(k.fields))
	seen := make([]bool, len(k.fields))
	var extensions []field
	for _, f := range body.fields {
		if isURN(f.name) {
			extensions = append(extensions, f)
			continue
		}
		a := k.attribute(f.name)
		if a == nil {
			continue
		}
		i := slices.Index(k.fields, a)
		if seen[i] {
			return nil, refuse(invalidSyntax, "/%s: stands twice, names are compared without case", f.name)
		}
		seen[i] = true
		if a.Mutability == readOnly || unassigned(f.value) {
			continue
		}
		v, err := a.check(f.value)
		if err != nil {
			return nil, err.under(f.name)
		}
		if !unassigned(v) { // nothing in it that the schema knows
			slots[i] = v
		}
	}
	for i, a := range k.fields {
		v := slots[i]
		switch {
		case a.Name == "schemas":
			if err := in.checkSchemas(k, v); err != nil {
				return nil, err
			}
		case v == nil:
			if a.Required {
				return nil, refuse(invalidValue, "/%s: is required", a.Name)
			}
		case a == k.members:
			in.members = v.([]any)
		case a.secret():
			if in.secrets == nil {
				in.secrets = map[string]string{}
			}
			in.secrets[a.Name] = v.(string)
		default:
			in.attrs.fields = append(in.attrs.fields, field{a.Name, v})
		}
	}
	for _, f := range extensions {
		name, v, err := k.checkExtension(f.name, f.value)
		if err != nil {
			return nil, err
		}
		if _, _, twice := in.attrs.findFold(name); twice {
			return nil, refuse(invalidSyntax, "/%s: stands twice, names are compared without case", name)
		}
		if !unassigned(v) {
			in.attrs.fields = append(in.attrs.fields, field{name, v})
		}
	}
	if err := k.checkRequired(in.attrs); err != nil {
		return nil, err
	}
	return in, nil
}

// checkSchemas wants the kind's own schema in the list (RFC 7643 §3).
func (in *input) checkSchemas(k *kind, v any) *scimError {
	list, _ := v.([]any)
	for _, e := range list {
		in.schemas = append(in.schemas, e.(string))
	}
	if !slices.ContainsFunc(in.schemas, func(s string) bool { return strings.EqualFold(s, k.core.ID) }) {
		return refuse(invalidSyntax, "/schemas: must hold %s", k.core.ID)
	}
	return nil
}

// checkExtension checks what stands under a URN and gives its proper name.
func (k *kind) checkExtension(urn string, v any) (string, any, *scimError) {
	if strings.EqualFold(urn, k.core.ID) {
		return "", nil, refuse(invalidSyntax, "/%s: core attributes stand at the top, not under a URN", urn)
	}
	x := k.extension(urn)
	if x != nil {
		urn = x.ID
	}
	if v == nil {
		return urn, nil, nil
	}
	o, ok := v.(*object)
	if !ok {
		return urn, nil, refuse(invalidValue, "/%s: is %s; an extension is an object", urn, kindOf(v))
	}
	if x == nil {
		return urn, o, nil
	}
	checked, err := checkMembers(x.Attributes, x.index, o)
	if err != nil {
		return urn, nil, err.under(urn)
	}
	return urn, checked, nil
}

// check checks an assigned value of an attribute and gives it in the form in
// which it is stored. The error's detail does not name the attribute itself.
func (a *attribute) check(v any) (any, *scimError) {
	if a.Type == typeAny {
		return v, nil
	}
	if !a.MultiValued {
		return a.checkOne(v)
	}
	list, ok := v.([]any)
	if !ok {
		return nil, refuse(invalidValue, ": is %s; this attribute is a list", kindOf(v))
	}
	if len(list) > maxValues && !a.unbounded {
		return nil, refuse(invalidValue, ": %d values; at most %d are kept", len(list), maxValues)
	}
	checked := make([]any, 0, len(list))
	primary := false
	for i, e := range list {
		if unassigned(e) {
			continue
		}
		c, err := a.checkOne(e)
		if err != nil {
			return nil, err.under(strconv.Itoa(i))
		}
		if unassigned(c) {
			continue
		}
		if isPrimary(c) {
			if primary {
				return nil, refuse(invalidValue, "/%d/primary: only one value can be the primary one", i)
			}
			primary = true
		}
		// The same value twice says nothing new (RFC 7643 §2.4). Long lists
		// are memberships, which are sets anyway.
		if len(list) > 100 || !slices.ContainsFunc(checked, func(have any) bool { return equal(have, c) }) {
			checked = append(checked, c)
		}
	}
	return checked, nil
}

func isPrimary(v any) bool {
	o, ok := v.(*object)
	return ok && o.get("primary") == true
}

// checkOne checks a single value. Of a secret it gives the hash.
func (a *attribute) checkOne(v any) (any, *scimError) {
	checked, err := a.checkPlain(v)
	if err != nil || !a.sealed {
		return checked, err
	}
	if s, ok := checked.(string); ok {
		return hashSecret(s), nil
	}
	return hashSecret(string(appendValue(nil, checked))), nil
}

func (a *attribute) checkPlain(v any) (any, *scimError) {
	wrong := func(want string) (any, *scimError) {
		return nil, refuse(invalidValue, ": is %s; %s is wanted", kindOf(v), want)
	}
	switch a.Type {
	case typeComplex:
		o, ok := v.(*object)
		if !ok {
			return wrong("an object")
		}
		checked, err := checkMembers(a.SubAttributes, a.index, o)
		if err != nil {
			return nil, err
		}
		return checked, nil
	case typeBoolean:
		if _, ok := v.(bool); !ok {
			return wrong("true or false, without quotes,")
		}
		return v, nil
	case typeInteger:
		n, ok := v.(number)
		if !ok || strings.ContainsAny(string(n), ".eE") {
			return wrong("a whole number")
		}
		return v, nil
	case typeDecimal:
		if _, ok := v.(number); !ok {
			return wrong("a number")
		}
		return v, nil
	}
	s, ok := v.(string)
	if !ok {
		return wrong("a string")
	}
	switch {
	case s == "" && a.Required:
		return nil, refuse(invalidValue, ": is required and cannot be empty")
	case a.Type == typeDateTime:
		if _, err := parseDateTime(s); err != nil {
			return nil, refuse(invalidValue, ": %q is no time such as 2026-01-02T15:04:05Z", s)
		}
	case a.Type == typeReference:
		if err := a.checkReference(s); err != nil {
			return nil, err
		}
	case a.Type == typeBinary:
		if _, err := base64.StdEncoding.DecodeString(s); err != nil {
			return nil, refuse(invalidValue, ": is not base64")
		}
	}
	return a.canonical(s), nil
}

// checkMembers checks an object against definitions and gives its assigned,
// writable members in the order of the definitions.
func checkMembers(defs []*attribute, index map[string]int, o *object) (*object, *scimError) {
	slots := make([]any, len(defs))
	seen := make([]bool, len(defs))
	n := 0
	for _, f := range o.fields {
		i, ok := index[f.name]
		if !ok {
			if i, ok = index[foldASCII(f.name)]; !ok {
				continue
			}
		}
		if seen[i] {
			return nil, refuse(invalidSyntax, "/%s: stands twice, names are compared without case", f.name)
		}
		seen[i] = true
		if defs[i].Mutability == readOnly || unassigned(f.value) {
			continue
		}
		v, err := defs[i].check(f.value)
		if err != nil {
			return nil, err.under(f.name)
		}
		if !unassigned(v) {
			slots[i] = v
			n++
		}
	}
	checked := &object{fields: make([]field, 0, n)}
	for i, v := range slots {
		if v != nil {
			checked.fields = append(checked.fields, field{defs[i].Name, v})
		} else if defs[i].Required {
			return nil, refuse(invalidValue, "/%s: is required", defs[i].Name)
		}
	}
	return checked, nil
}

// under puts a name in front of the JSON pointer that the detail begins with.
func (e *scimError) under(name string) *scimError {
	e.detail = "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name) + e.detail
	return e
}
