package faults

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
)

const (
	mediaType        = "application/scim+json"
	userSchema       = "urn:ietf:params:scim:schemas:core:2.0:User"
	enterpriseSchema = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	errorSchema      = "urn:ietf:params:scim:api:messages:2.0:Error"
	listSchema       = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
	patchSchema      = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
)

// step is a fault at work: it is given each request and has to answer it, mostly
// by letting the server do so.
type step func(c *call)

// before changes requests; f may answer them itself.
func before(pattern string, f func(c *call)) step {
	return func(c *call) {
		if c.is(pattern) {
			f(c)
		}
		if !c.done {
			c.forward()
		}
	}
}

// after changes answers 2xx.
func after(pattern string, f func(c *call)) step {
	return func(c *call) {
		c.forward()
		if c.is(pattern) && c.succeeded() {
			f(c)
		}
	}
}

// refused changes answers 4xx and 5xx.
func refused(pattern string, f func(c *call)) step {
	return func(c *call) {
		c.forward()
		if c.is(pattern) && c.status >= 400 {
			f(c)
		}
	}
}

// both is two steps one after the other: first sees the request before second.
func both(first, second step) step {
	return func(c *call) {
		inner := &call{}
		outer := *c
		outer.next = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var err error
			if inner, err = newCall(c.next, w, r); err != nil {
				return
			}
			second(inner)
			inner.write(w)
		})
		first(&outer)
		*c = outer
	}
}

// users changes every user in answers, alone or in a list.
func users(f func(u object)) step { return resources("Users", f) }

// groups changes every group in answers, alone or in a list.
func groups(f func(g object)) step { return resources("Groups", f) }

func resources(endpoint string, f func(o object)) step {
	return after("* "+endpoint+"*", func(c *call) { c.each(f) })
}

// each calls f for the resource of an answer, or for all of a list.
func (c *call) each(f func(o object)) {
	if _, isList := c.answer()["Resources"]; isList {
		for _, r := range objects(c.answer()["Resources"]) {
			f(r)
		}
	} else if c.answer()["id"] != nil {
		f(c.answer())
	}
}

// lists changes list answers of resources.
func lists(f func(c *call, list object)) step {
	return after("GET Users,Groups", func(c *call) { f(c, c.answer()) })
}

// operations drops those operations of a PATCH that drop chooses, and lets the
// server do the others. It may change them too.
func operations(pattern string, drop func(op object) bool) step {
	return before("PATCH "+pattern, func(c *call) {
		ops := objects(c.body()["Operations"])
		left := slices.DeleteFunc(slices.Clone(ops), drop)
		if len(left) == 0 && len(ops) > 0 {
			c.echo()
			return
		}
		setObjects(c.body(), "Operations", left)
	})
}

// change makes an operation another one: f never drops it.
func change(f func(op object)) func(op object) bool {
	return func(op object) bool { f(op); return false }
}

// refuseOperation answers status where an operation of a PATCH is what bad looks for.
func refuseOperation(pattern string, status int, scimType string, bad func(op object) bool) step {
	return before("PATCH "+pattern, func(c *call) {
		if slices.ContainsFunc(objects(c.body()["Operations"]), bad) {
			c.refuse(status, scimType, "this operation is not supported")
		}
	})
}

// isOp tells whether an operation is of that kind with that path ("" for none);
// a path that ends in * is the beginning of one.
func isOp(op object, kind, path string) bool {
	p := str(op["path"])
	prefix, open := strings.CutSuffix(path, "*")
	return strings.EqualFold(str(op["op"]), kind) && (strings.EqualFold(p, path) || open && strings.HasPrefix(p, prefix))
}

// setsActive tells whether an operation sets active to that.
func setsActive(op object, to bool) bool {
	v := op["value"]
	if o, ok := v.(object); ok && op["path"] == nil {
		v = o["active"]
	} else if op["path"] != "active" {
		return false
	}
	return v == to
}

// objects returns the objects of a JSON array.
func objects(v any) []object {
	list, _ := v.([]any)
	var all []object
	for _, e := range list {
		if o, ok := e.(object); ok {
			all = append(all, o)
		}
	}
	return all
}

func setObjects(o object, name string, list []object) {
	all := make([]any, len(list))
	for i, e := range list {
		all[i] = e
	}
	o[name] = all
}

// list returns an array of o, nil where there is none.
func list(o object, name string) []any {
	l, _ := o[name].([]any)
	return l
}

// sub returns an object of o, nil where there is none.
func sub(o object, name string) object {
	s, _ := o[name].(object)
	return s
}

func str(v any) string {
	s, _ := v.(string)
	return s
}

// number returns a JSON number as an int, 0 where it is none.
func number(v any) int {
	n, _ := v.(float64)
	return int(n)
}

// changed sets a member that is there, and says that it was.
func changed(o object, name string, f func(s string) string) {
	if s, ok := o[name].(string); ok {
		o[name] = f(s)
	}
}

func failure(status int, scimType, detail string) object {
	o := object{"schemas": []any{errorSchema}, "status": fmt.Sprint(status), "detail": detail}
	if scimType != "" {
		o["scimType"] = scimType
	}
	return o
}

// emptyList is the answer to a search without a hit.
func emptyList() object {
	return object{"schemas": []any{listSchema}, "totalResults": 0.0, "startIndex": 1.0, "itemsPerPage": 0.0, "Resources": []any{}}
}

// memory is what a fault remembers between requests, by name.
type memory[V any] struct {
	mu sync.Mutex
	m  map[string]V
}

// swap stores a value and returns the one of before; had is false where there was none.
func (s *memory[V]) swap(key string, v V) (old V, had bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.m == nil {
		s.m = map[string]V{}
	}
	old, had = s.m[key]
	s.m[key] = v
	return old, had
}

func (s *memory[V]) get(key string) (v V, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok = s.m[key]
	return v, ok
}

// count adds to a number and returns the sum.
func count(s *memory[int], key string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.m == nil {
		s.m = map[string]int{}
	}
	s.m[key]++
	return s.m[key]
}

// keys returns the names whose value is what want looks for, sorted.
func (s *memory[V]) keys(want func(v V) bool) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []string
	for k, v := range s.m {
		if want(v) {
			found = append(found, k)
		}
	}
	slices.Sort(found)
	return found
}

// escape makes a filter part of a query.
func escape(s string) string { return url.QueryEscape(s) }
