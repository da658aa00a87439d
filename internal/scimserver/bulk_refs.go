package scimserver

import (
	"net/http"
	"slices"
	"strings"
)

// References within a bulk request (RFC 7644 §3.7.2): "bulkId:NAME" stands for
// the id of the resource that the operation with this bulkId creates,
//
//	as a value in data     {"value": "bulkId:ada"}
//	in a path in data      members[value eq "bulkId:ada"]
//	in the operation       /Users/bulkId:ada
//
// before or behind that operation. What is referred to is done first. In a
// circle, where there is no first, a group is created without the members that
// are yet to come, and gets them when they are there (§3.7.1).

const bulkIDPrefix = "bulkId:"

// collectRefs finds the operations that op refers to.
func (b *bulkRun) collectRefs(op *bulkOp) {
	if op.refusal != nil {
		return
	}
	note := func(name string) string {
		switch x := b.byBulkID[name]; {
		case x == nil || x.method != http.MethodPost:
			op.refusal = refuse(invalidValue, "%s%s: no operation of this request creates it", bulkIDPrefix, name)
		case !slices.Contains(op.refs, x):
			op.refs = append(op.refs, x)
		}
		return ""
	}
	if name, ok := strings.CutPrefix(op.id, bulkIDPrefix); ok {
		note(name)
	}
	replaceRefs(op.data, note)
}

// replaceRefs gives a copy of v in which each reference is what id says; where
// that is "" the reference stays.
func replaceRefs(v any, id func(name string) string) any {
	switch v := v.(type) {
	case string:
		if name, ok := strings.CutPrefix(v, bulkIDPrefix); ok {
			if to := id(name); to != "" {
				return to
			}
			return v
		}
		return replaceInPath(v, id)
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = replaceRefs(e, id)
		}
		return list
	case *object:
		o := &object{fields: make([]field, len(v.fields))}
		for i, f := range v.fields {
			o.fields[i] = field{f.name, replaceRefs(f.value, id)}
		}
		return o
	}
	return v
}

// replaceInPath replaces references in quotes within a text, as the filter of
// a PATCH path has them.
func replaceInPath(s string, id func(string) string) string {
	const quoted = `"` + bulkIDPrefix
	from := strings.Index(s, quoted)
	if from < 0 || !strings.Contains(s[:from], "[") {
		return s
	}
	name, _, ok := strings.Cut(s[from+len(quoted):], `"`)
	if !ok {
		return s
	}
	rest := from + len(quoted) + len(name) + 1
	if to := id(name); to != "" {
		return s[:from] + `"` + to + `"` + replaceRest(s[rest:], id)
	}
	return s[:rest] + replaceRest(s[rest:], id)
}

// replaceRest goes on behind a reference that was found within brackets.
func replaceRest(s string, id func(string) string) string {
	if out := replaceInPath("["+s, id); len(out) > 0 {
		return out[1:]
	}
	return s
}

// resolve gives the data of an operation with ids in place of references.
func (b *bulkRun) resolve(op *bulkOp) (any, *scimError) {
	for _, x := range op.refs {
		if x.refusal != nil {
			return nil, refuseStatus(http.StatusConflict, "%s%s: that operation failed", bulkIDPrefix, x.bulkID)
		}
	}
	data := op.data
	if len(op.refs) == 0 {
		return data, nil
	}
	id := func(name string) string {
		return b.byBulkID[name].id // there is one, see collectRefs
	}
	if name, ok := strings.CutPrefix(op.id, bulkIDPrefix); ok {
		op.id = id(name)
	}
	if op.method == http.MethodPost {
		data = b.postpone(op)
	}
	for _, x := range op.refs {
		if x != op {
			x.users = append(x.users, op)
		}
	}
	return replaceRefs(data, id), nil
}

// postpone takes those members out of the data of a new group that are not
// there yet, because they wait for this one.
func (b *bulkRun) postpone(op *bulkOp) any {
	o, ok := op.data.(*object)
	if !ok || op.kind.members == nil {
		return op.data
	}
	name, v, _ := o.findFold(op.kind.members.Name)
	list, ok := v.([]any)
	if !ok {
		return op.data
	}
	return o.with(name, slices.DeleteFunc(slices.Clone(list), func(e any) bool {
		member, _ := e.(*object)
		_, v, _ := member.findFold("value")
		text, _ := v.(string)
		ref, isRef := strings.CutPrefix(text, bulkIDPrefix)
		x := b.byBulkID[ref]
		if !isRef || x == nil || x == op || x.state != bulkRunning {
			return false
		}
		if !slices.Contains(x.later, op) {
			x.later = append(x.later, op)
		}
		return true
	}))
}

// join puts a new resource into the groups that waited for it.
func (b *bulkRun) join(op *bulkOp) *scimError {
	for _, group := range op.later {
		if group.refusal != nil {
			continue
		}
		add := operation{op: "add", path: group.kind.members.Name, value: []any{obj("value", op.id)}, hasValue: true}
		if _, err := b.s.patch(group.kind, group.id, []operation{add}, condition{}); err != nil {
			refusal := b.s.asRefusal(err, "bulk circle")
			b.remove(op)
			return refusal
		}
	}
	return nil
}

// undo takes back what was created with the id of a resource that has not
// come to be.
func (b *bulkRun) undo(op *bulkOp) {
	users := op.users
	op.users = nil
	for _, x := range users {
		if x.state != bulkDone || x.refusal != nil {
			continue
		}
		b.remove(x)
		x.refusal = refuseStatus(http.StatusConflict, "%s%s: that operation failed", bulkIDPrefix, op.bulkID)
		b.fail(x)
	}
}

// remove deletes what a POST created. It may be gone already.
func (b *bulkRun) remove(op *bulkOp) {
	if op.method == http.MethodPost {
		if err := b.s.remove(op.kind, op.id, condition{}); err != nil {
			b.s.o.Log.Warn().Err(err).Msg("bulk operation not undone")
		}
	}
}
