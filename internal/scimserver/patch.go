package scimserver

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

const patchSchema = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

// operation is one operation of a PATCH (RFC 7644 §3.5.2).
type operation struct {
	op       string // add, remove or replace
	path     string // "" without one
	value    any
	hasValue bool
}

// readOperations reads the body of a PATCH. The names of its members and of
// the operations are matched without case: clients write "Add" and "Replace".
func readOperations(body *object, most int) ([]operation, *scimError) {
	_, schemas, _ := body.findFold("schemas")
	list, _ := schemas.([]any)
	if !slices.ContainsFunc(list, func(v any) bool { s, ok := v.(string); return ok && strings.EqualFold(s, patchSchema) }) {
		return nil, refuse(invalidSyntax, "/schemas: must hold %s", patchSchema)
	}
	name, v, _ := body.findFold("Operations")
	list, ok := v.([]any)
	switch {
	case !ok || len(list) == 0:
		return nil, refuse(invalidSyntax, "/Operations: must be a list with at least one operation")
	case len(list) > most:
		return nil, refuseStatus(http.StatusRequestEntityTooLarge, "/%s: %d operations; at most %d are taken at once", name, len(list), most)
	}
	ops := make([]operation, len(list))
	for i, v := range list {
		op, err := readOperation(v)
		if err != nil {
			return nil, err.under(strconv.Itoa(i)).under(name)
		}
		ops[i] = op
	}
	return ops, nil
}

func readOperation(v any) (operation, *scimError) {
	o, ok := v.(*object)
	if !ok {
		return operation{}, refuse(invalidSyntax, ": is %s; an operation is an object", kindOf(v))
	}
	var op operation
	_, word, _ := o.findFold("op")
	op.op, _ = word.(string)
	op.op = strings.ToLower(op.op)
	if !slices.Contains([]string{"add", "remove", "replace"}, op.op) {
		return op, refuse(invalidSyntax, "/op: must be add, remove or replace")
	}
	if _, path, there := o.findFold("path"); there && path != nil {
		if op.path, ok = path.(string); !ok || op.path == "" {
			return op, refuse(invalidPath, "/path: must be a string that is not empty")
		}
	}
	_, op.value, op.hasValue = o.findFold("value")
	switch {
	case op.op == "remove" && op.path == "":
		return op, refuse(noTarget, ": remove needs a path")
	case op.op == "remove" && op.hasValue && op.value == nil:
		// Some clients name what to remove in value. Null may be a mistake in
		// one of them, and reading it as "everything" would empty a group.
		return op, refuse(invalidValue, "/value: null does not say what to remove; leave it out to remove everything")
	case op.op != "remove" && !op.hasValue:
		return op, refuse(invalidSyntax, "/value: %s needs a value", op.op)
	}
	return op, nil
}

// draft is a resource in the middle of a PATCH. Nothing of it is seen before
// all operations have succeeded.
type draft struct {
	st      *store
	kind    *kind
	self    *entry
	attrs   *object
	secrets map[string]string // new ones in clear; "" takes one away
	members *memberEdit       // nil for a kind without members
	limits  limits
}

// apply carries out one operation.
func (d *draft) apply(op operation) *scimError {
	if op.path != "" {
		return d.applyAt(op.op, op.path, op.value, op.hasValue)
	}
	o, ok := op.value.(*object)
	if !ok {
		return refuse(invalidValue, "/value: is %s; without a path it must be an object of attributes", kindOf(op.value))
	}
	for _, f := range o.fields {
		if err := d.applyNamed(op.op, f); err != nil {
			return err
		}
	}
	return nil
}

// applyNamed carries out one member of the value of an operation without
// path. It is read as a part of a resource: what the schema does not know, and
// read-only attributes, are passed over, and Okta's "id" is accepted if it is
// the right one. Names with a dot, brackets or a URN are paths, as Entra ID
// writes them.
func (d *draft) applyNamed(op string, f field) *scimError {
	if isURN(f.name) || strings.ContainsAny(f.name, ".[") {
		return d.applyAt(op, f.name, f.value, true)
	}
	a := d.kind.attribute(f.name)
	switch {
	case a == nil:
		return nil
	case a.Name == "id":
		if f.value != d.self.r.id {
			return refuse(mutability, "/value/%s: is not the id of this resource, and an id cannot be changed", f.name)
		}
		return nil
	case a.Mutability == readOnly:
		return nil
	}
	if err := d.change(op, &target{kind: d.kind, attr: a}, nil, f.value, true); err != nil {
		return err.under(f.name).under("value")
	}
	return nil
}

// applyAt carries out an operation with a path.
func (d *draft) applyAt(op, path string, value any, hasValue bool) *scimError {
	p, inFilter, err := parsePatchPath(path, d.limits)
	if err != nil {
		if inFilter {
			return refuse(invalidFilter, ": path %q: %v", path, err)
		}
		return refuse(invalidPath, ": path %q: %v", path, err)
	}
	t, err := scope{kind: d.kind}.resolve(p.attrPath)
	if err != nil {
		return refuse(invalidPath, ": path %q: %v", path, err)
	}
	var chosen *choice
	if p.filter != nil {
		if !t.attr.MultiValued && t.attr.Type != typeAny {
			return refuse(invalidPath, ": path %q: %s has one value, there is nothing to choose by a filter", path, t.attr.Name)
		}
		m, err := compileFilter(p.filter, scope{parent: t.attr})
		if err != nil {
			return refuse(invalidFilter, ": path %q: %v", path, err)
		}
		chosen = &choice{expr: p.filter, match: m}
	}
	refusal := d.change(op, &t, chosen, value, hasValue)
	if refusal == nil {
		return nil
	}
	refusal.detail += fmt.Sprintf(" (path %q)", path)
	if refusal.scimType == invalidValue || refusal.scimType == invalidSyntax {
		return refusal.under("value") // it is the value that is wrong
	}
	return refusal
}

// choice picks elements of a multi-valued attribute.
type choice struct {
	expr  expr
	match matcher
}

// change carries out an operation on an attribute or a part of it.
func (d *draft) change(op string, t *target, chosen *choice, value any, hasValue bool) *scimError {
	for _, a := range []*attribute{t.attr, t.sub} {
		if a != nil && a.Mutability == readOnly {
			return refuse(mutability, ": %s is read-only", a.Name)
		}
	}
	whole := t.sub == nil && chosen == nil
	goes := whole && (op == "remove" || op == "replace" && unassigned(value))
	_, defaulted := d.kind.defaults[t.attr]
	switch {
	case goes && !t.whole && (t.attr.Required || defaulted):
		if t.attr.Name == "schemas" {
			return nil
		}
		return refuse(mutability, ": %s cannot be without a value", t.attr.Name)
	case t.attr.Name == "schemas" && t.urn == "":
		return nil // follows from what is there
	case t.attr == d.kind.members:
		return d.changeMembers(op, t, chosen, value, hasValue)
	case t.urn == "" && t.attr.secret():
		return d.changeSecret(op, t.attr, value)
	}
	p := &patcher{op: op, value: value, hasValue: hasValue, sub: t.sub, chosen: chosen}
	attrs, err := d.attrs.patched(t, p)
	if err != nil {
		return err
	}
	extension, _ := attrs.get(t.urn).(*object)
	if attrs.len() > maxFields || extension.len() > maxFields {
		return refuse(invalidValue, ": more than %d members in one object", maxFields)
	}
	d.attrs = attrs
	return nil
}

func (d *draft) changeSecret(op string, a *attribute, value any) *scimError {
	if d.secrets == nil {
		d.secrets = map[string]string{}
	}
	if op == "remove" || value == nil {
		d.secrets[a.Name] = ""
		return nil
	}
	s, ok := value.(string)
	if !ok || s == "" {
		return refuse(invalidValue, ": %s must be a string that is not empty", a.Name)
	}
	d.secrets[a.Name] = s
	return nil
}

// patched gives the attributes of a resource after an operation at a target.
func (o *object) patched(t *target, p *patcher) (*object, *scimError) {
	if t.urn == "" {
		next, err := p.apply(t.attr, o.get(t.attr.Name))
		if err != nil {
			return nil, err
		}
		return o.with(t.attr.Name, next), nil
	}
	urn, name, whole := t.urn, t.attr.Name, t.whole
	if t.unknown {
		urn, name, whole = o.locate(t, p.value)
	}
	if whole {
		if _, ok := p.value.(*object); !ok && p.sub == nil && !unassigned(p.value) {
			return nil, refuse(invalidValue, ": is %s; an extension is an object", kindOf(p.value))
		}
		next, err := p.apply(t.attr, o.get(urn))
		if err != nil {
			return nil, err
		}
		return o.with(urn, next), nil
	}
	extension, _ := o.get(urn).(*object)
	if written, _, ok := extension.findFold(name); ok {
		name = written
	}
	next, err := p.apply(t.attr, extension.get(name))
	if err != nil {
		return nil, err
	}
	return o.with(urn, extension.with(name, next)), nil
}

// locate decides what a path with an unknown URN means: an attribute of an
// extension, or an extension as a whole, whose URN may end in a word as well.
// What is there already decides; else an object under a URN that ends in the
// name of a resource type ("…:2.0:User") is an extension.
func (o *object) locate(t *target, value any) (urn, name string, whole bool) {
	full := t.urn + ":" + t.attr.Name
	if written, _, ok := o.findFold(full); ok {
		return written, "", true
	}
	if written, _, ok := o.findFold(t.urn); ok {
		return written, t.attr.Name, false
	}
	if !isURN(t.urn) { // urn:a:b has no colon left to cut at
		return full, "", true
	}
	_, isObject := value.(*object)
	if isObject && t.sub == nil && (!isName(t.attr.Name) || slices.Contains([]string{"user", "group"}, foldASCII(t.attr.Name))) {
		return full, "", true
	}
	return t.urn, t.attr.Name, false
}

// changeMembers carries out an operation on the members of a group. They are
// memberships, not values, so that a group of any size can be changed without
// being written anew.
func (d *draft) changeMembers(op string, t *target, chosen *choice, value any, hasValue bool) *scimError {
	if t.sub != nil {
		return refuse(mutability, ": %s of a member cannot be changed; remove the member and add another", t.sub.Name)
	}
	if chosen == nil && op == "remove" && !hasValue || op == "replace" && chosen == nil && unassigned(value) {
		d.members.replace()
		return nil
	}
	var list []*entry
	if hasValue {
		lenient := op == "remove"
		var err *scimError
		if list, err = d.st.memberEntries(t.attr, value, d.self, lenient); err != nil {
			return err
		}
	}
	if chosen == nil {
		switch op {
		case "add":
			d.members.add(list...)
		case "replace":
			d.members.replace(list...)
		default:
			d.members.drop(list...)
		}
		return nil
	}
	matched := d.chosenMembers(chosen)
	if len(matched) == 0 && op == "replace" {
		return refuse(noTarget, ": no member matches the filter")
	}
	if op != "add" {
		d.members.drop(matched...)
	}
	if op != "remove" {
		d.members.add(list...)
	}
	return nil
}

// chosenMembers gives the members that a filter picks. The one that Okta
// sends, value eq "…", needs no look at the others.
func (d *draft) chosenMembers(chosen *choice) []*entry {
	if c, ok := chosen.expr.(*comparison); ok && c.op == "eq" && strings.EqualFold(c.path.text, "value") {
		if id, ok := c.value.(string); ok {
			if e := d.st.byID[id]; e != nil && d.members.has(e) {
				return []*entry{e}
			}
			return nil
		}
	}
	var matched []*entry
	for e := range d.members.all() {
		if chosen.match(nil, memberValue("", e.r)) {
			matched = append(matched, e)
		}
	}
	return matched
}

// memberEntries finds the resources that a value of members names: a list of
// members or a single one. Each must exist, unless lenient, when members that
// do not exist are passed over; self, the group itself, cannot be one.
func (st *store) memberEntries(a *attribute, value any, self *entry, lenient bool) ([]*entry, *scimError) {
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	entries := make([]*entry, 0, len(list))
	for i, v := range list {
		checked, err := a.checkOne(v)
		if err != nil {
			return nil, err.under(strconv.Itoa(i))
		}
		id, _ := checked.(*object).get("value").(string)
		e := st.byID[id]
		switch {
		case e == nil && lenient:
			continue
		case e == nil:
			return nil, refuse(invalidValue, "/%d/value: there is no user or group with the id %q", i, id)
		case e == self:
			return nil, refuse(invalidValue, "/%d/value: a group cannot be a member of itself", i)
		}
		entries = append(entries, e)
	}
	return entries, nil
}
