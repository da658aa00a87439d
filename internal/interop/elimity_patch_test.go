package interop

import (
	"maps"
	"slices"
	"strings"

	"github.com/elimity-com/scim"
	"github.com/elimity-com/scim/errors"
	"github.com/elimity-com/scim/filter"
	"github.com/elimity-com/scim/schema"
)

// apply carries out one operation of a PATCH (RFC 7644 §3.5.2). Elimity has checked it
// against the schema; the value is in the schema's form.
func (s *shelf) apply(attributes object, op scim.PatchOperation) error {
	if op.Path == nil {
		value, _ := op.Value.(object)
		for _, name := range slices.Sorted(maps.Keys(value)) {
			if extension, ok := value[name].(object); ok && s.isExtension(name) {
				maps.Copy(inside(attributes, name), extension)
				continue
			}
			parsed, err := filter.NewPathValidator(name, s.schema, s.extensions...)
			if err != nil {
				return errors.ScimErrorInvalidPath
			}
			path := parsed.Path()
			if err := s.apply(attributes, scim.PatchOperation{Op: op.Op, Path: &path, Value: value[name]}); err != nil {
				return err
			}
		}
		return nil
	}

	holder, of := attributes, s.schema
	if uri := op.Path.AttributePath.URI(); uri != "" && uri != s.schema.ID {
		holder = inside(attributes, uri)
		of = s.extensions[slices.IndexFunc(s.extensions, func(x schema.Schema) bool { return x.ID == uri })]
	}
	attribute, ok := attributeOf(of, op.Path.AttributePath.AttributeName)
	if !ok {
		return errors.ScimErrorInvalidPath
	}
	name := attribute.Name()
	if op.Path.ValueExpression != nil {
		return s.applyToValues(holder, attribute, op)
	}
	if sub := op.Path.AttributePath.SubAttributeName() + op.Path.SubAttributeName(); sub != "" {
		holder, name = inside(holder, name), sub
	}
	switch {
	case op.Op == scim.PatchOperationRemove:
		delete(holder, name)
	case op.Op == scim.PatchOperationAdd && attribute.MultiValued():
		list, _ := holder[name].([]any)
		added, _ := op.Value.([]any)
		for _, v := range added {
			if !slices.ContainsFunc(list, func(have any) bool { return sameValue(have, v) }) {
				list = append(list, v)
			}
		}
		holder[name] = list
	default:
		holder[name] = op.Value
	}
	return nil
}

// applyToValues carries out an operation on the values that a filter picks.
func (s *shelf) applyToValues(holder object, attribute schema.CoreAttribute, op scim.PatchOperation) error {
	validator := filter.NewFilterValidator(op.Path.ValueExpression, schema.Schema{Attributes: attribute.SubAttributes()})
	list, _ := holder[attribute.Name()].([]any)
	kept := make([]any, 0, len(list))
	hits := 0
	for _, v := range list {
		value, _ := v.(object)
		if validator.PassesFilter(value) != nil {
			kept = append(kept, v)
			continue
		}
		hits++
		sub := op.Path.SubAttributeName()
		switch {
		case op.Op == scim.PatchOperationRemove && sub == "":
			continue
		case op.Op == scim.PatchOperationRemove:
			delete(value, sub)
		case sub != "":
			value[sub] = op.Value
		default:
			change, _ := op.Value.(object)
			maps.Copy(value, change)
		}
		kept = append(kept, value)
	}
	if hits == 0 && op.Op == scim.PatchOperationReplace {
		return errors.ScimErrorNoTarget
	}
	holder[attribute.Name()] = kept
	return nil
}

func (s *shelf) isExtension(uri string) bool {
	return slices.ContainsFunc(s.extensions, func(x schema.Schema) bool { return x.ID == uri })
}

// attributeOf finds an attribute of a schema, or externalId, which every schema has.
func attributeOf(of schema.Schema, name string) (schema.CoreAttribute, bool) {
	for _, a := range slices.Concat(of.Attributes, schema.CommonAttributes()) {
		if strings.EqualFold(a.Name(), name) {
			return a, true
		}
	}
	return schema.CoreAttribute{}, false
}

// inside returns the complex value of that name, made if it is missing.
func inside(holder object, name string) object {
	value, ok := holder[name].(object)
	if !ok {
		value = object{}
		holder[name] = value
	}
	return value
}

// sameValue compares values of a multi-valued attribute: by "value" where they have one.
func sameValue(a, b any) bool {
	x, xok := a.(object)
	y, yok := b.(object)
	if !xok || !yok {
		return a == b
	}
	return x["value"] == y["value"] && x["type"] == y["type"]
}
