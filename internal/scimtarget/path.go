package scimtarget

import (
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/oktascim/oktascim/agent/directory"
)

// path is a parsed attribute path (RFC 7644 §3.5.2, as far as values are concerned):
//
//	title
//	name.givenName
//	emails[type eq "work"].value
//	urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value
type path struct {
	urn  string
	attr string
	// selectAttr and selectValue pick an entry of a multi-valued attribute.
	selectAttr  string
	selectValue any
	sub         string
}

// parsePath reads a path. The error names it.
func parsePath(text string) (path, error) {
	p := path{}
	rest := text
	if strings.HasPrefix(strings.ToLower(rest), "urn:") {
		// The URN itself may hold dots ("…:2.0:User"), so it ends at the last colon
		// before a selector or the end.
		end := len(rest)
		if i := strings.IndexByte(rest, '['); i >= 0 {
			end = i
		}
		i := strings.LastIndexByte(rest[:end], ':')
		p.urn, rest = rest[:i], rest[i+1:]
	}
	if attr, tail, ok := strings.Cut(rest, "["); ok {
		selector, after, ok := strings.Cut(tail, "]")
		if !ok {
			return path{}, fmt.Errorf("attribute path %q: no ']' after '['", text)
		}
		var op, value string
		if f := strings.SplitN(selector, " ", 3); len(f) == 3 {
			p.selectAttr, op, value = f[0], f[1], f[2]
		}
		if !strings.EqualFold(op, "eq") {
			return path{}, fmt.Errorf("attribute path %q: the selector must be of the form [attribute eq value]", text)
		}
		if err := json.Unmarshal([]byte(value), &p.selectValue); err != nil {
			return path{}, fmt.Errorf("attribute path %q: %s is no JSON value", text, value)
		}
		p.attr, p.sub = attr, strings.TrimPrefix(after, ".")
	} else {
		p.attr, p.sub, _ = strings.Cut(rest, ".")
	}
	if p.attr == "" || strings.ContainsAny(p.attr, " \"") {
		return path{}, fmt.Errorf("attribute path %q: no attribute name", text)
	}
	return p, nil
}

// get returns the value at the path in a resource as canonical JSON; empty when it is
// absent, null, "" or an empty list.
func (p path) get(resource map[string]any) directory.Value {
	holder := resource
	if p.urn != "" && !isCore(p.urn) {
		holder, _ = member(resource, p.urn).(map[string]any)
	}
	v := member(holder, p.attr)
	if p.selectAttr != "" {
		entry := p.entry(v)
		if p.sub == "" {
			return directory.Canonical(entry)
		}
		return directory.Canonical(member(entry, p.sub))
	}
	if p.sub == "" {
		return directory.Canonical(v)
	}
	if m, ok := v.(map[string]any); ok {
		return directory.Canonical(member(m, p.sub))
	}
	return ""
}

// entry returns the entry that the selector picks, nil if there is none. A single entry
// that does not say whether it is primary counts as primary: with one there is no
// other (some servers do not store the flag).
func (p path) entry(v any) map[string]any {
	list, ok := v.([]any)
	if !ok {
		return nil
	}
	for _, e := range list {
		if m, ok := e.(map[string]any); ok && sameScalar(member(m, p.selectAttr), p.selectValue) {
			return m
		}
	}
	if len(list) == 1 && strings.EqualFold(p.selectAttr, "primary") && p.selectValue == true {
		if m, ok := list[0].(map[string]any); ok && member(m, "primary") == nil {
			return m
		}
	}
	return nil
}

// set writes a value into a resource, and takes the attribute out when the value is
// empty. It makes what it needs on the way: extension, complex attribute, entry.
func (p path) set(resource map[string]any, value directory.Value) error {
	var v any
	if value != "" {
		if err := json.Unmarshal([]byte(value), &v); err != nil {
			return fmt.Errorf("value of %s: %w", p, err)
		}
	}
	holder := resource
	if p.urn != "" && !isCore(p.urn) {
		ext, ok := member(resource, p.urn).(map[string]any)
		switch {
		case !ok && v == nil:
			return nil
		case !ok:
			ext = map[string]any{}
			put(resource, p.urn, ext)
		}
		holder = ext
		addSchema(resource, p.urn)
		defer func() {
			if len(ext) == 0 {
				remove(resource, p.urn)
				dropSchema(resource, p.urn)
			}
		}()
	}
	switch {
	case p.selectAttr != "":
		return p.setEntry(holder, v)
	case p.sub == "":
		putOrRemove(holder, p.attr, v)
		return nil
	}
	complexValue, ok := member(holder, p.attr).(map[string]any)
	if !ok {
		if v == nil {
			return nil
		}
		complexValue = map[string]any{}
		put(holder, p.attr, complexValue)
	}
	putOrRemove(complexValue, p.sub, v)
	if len(complexValue) == 0 {
		remove(holder, p.attr)
	}
	return nil
}

func (p path) setEntry(holder map[string]any, v any) error {
	if p.sub == "" {
		return errors.New("a path with a selector must name a sub-attribute: " + p.String())
	}
	list, _ := member(holder, p.attr).([]any)
	entry := p.entry(list)
	if v == nil && !sameScalar(member(entry, p.selectAttr), p.selectValue) {
		// Nothing to clear: what only counts as the entry may be somebody else's.
		return nil
	}
	if entry == nil {
		entry = map[string]any{p.selectAttr: p.selectValue}
		list = append(list, entry)
	}
	putOrRemove(entry, p.sub, v)
	// An entry that says nothing but which one it is, is none. While one is being built,
	// its type may come before its value.
	if v == nil && member(entry, "value") == nil && !holdsContent(entry) {
		kept := make([]any, 0, len(list))
		for _, e := range list {
			if m, ok := e.(map[string]any); !ok || !same(m, entry) {
				kept = append(kept, e)
			}
		}
		list = kept
	}
	if len(list) == 0 {
		remove(holder, p.attr)
		return nil
	}
	put(holder, p.attr, list)
	return nil
}

// same reports whether two maps are one and the same object.
func same(a, b map[string]any) bool {
	marker := new(int)
	a["\x00"] = marker
	_, ok := b["\x00"]
	delete(a, "\x00")
	return ok
}

// holdsContent reports whether an entry has more than the attributes that only describe it.
func holdsContent(entry map[string]any) bool {
	for k := range entry {
		switch strings.ToLower(k) {
		case "type", "primary", "display", "operation":
		default:
			return true
		}
	}
	return false
}

// String returns the path as it was written, in canonical spacing.
func (p path) String() string {
	var b strings.Builder
	if p.urn != "" {
		b.WriteString(p.urn + ":")
	}
	b.WriteString(p.attr)
	if p.selectAttr != "" {
		fmt.Fprintf(&b, "[%s eq %s]", p.selectAttr, directory.Canonical(p.selectValue))
	}
	if p.sub != "" {
		b.WriteString("." + p.sub)
	}
	return b.String()
}

// The schemas of RFC 7643 §4.
const (
	coreUser  = "urn:ietf:params:scim:schemas:core:2.0:User"
	coreGroup = "urn:ietf:params:scim:schemas:core:2.0:Group"
)

func isCore(urn string) bool {
	return strings.EqualFold(urn, coreUser) || strings.EqualFold(urn, coreGroup)
}

// member returns the value of a name in an object, compared without case (RFC 7643 §2.1).
func member(m map[string]any, name string) any {
	if v, ok := m[name]; ok {
		return v
	}
	for k, v := range m {
		if strings.EqualFold(k, name) {
			return v
		}
	}
	return nil
}

// put sets a name in an object in the spelling that is there already.
func put(m map[string]any, name string, v any) {
	if _, ok := m[name]; !ok {
		for k := range m {
			if strings.EqualFold(k, name) {
				name = k
				break
			}
		}
	}
	m[name] = v
}

func remove(m map[string]any, name string) {
	for k := range m {
		if strings.EqualFold(k, name) {
			delete(m, k)
		}
	}
}

func putOrRemove(m map[string]any, name string, v any) {
	if v == nil {
		remove(m, name)
		return
	}
	put(m, name, v)
}

func addSchema(resource map[string]any, urn string) {
	list, _ := member(resource, "schemas").([]any)
	for _, s := range list {
		if name, ok := s.(string); ok && strings.EqualFold(name, urn) {
			return
		}
	}
	put(resource, "schemas", append(list, urn))
}

func dropSchema(resource map[string]any, urn string) {
	list, _ := member(resource, "schemas").([]any)
	kept := make([]any, 0, len(list))
	for _, s := range list {
		if name, ok := s.(string); !ok || !strings.EqualFold(name, urn) {
			kept = append(kept, s)
		}
	}
	put(resource, "schemas", kept)
}

// sameScalar compares what a selector wants with what an entry has; text without case,
// since "type" is canonical text (RFC 7643 §2.4).
func sameScalar(have, want any) bool {
	if h, ok := have.(string); ok {
		w, ok := want.(string)
		return ok && strings.EqualFold(h, w)
	}
	return have == want && have != nil
}
