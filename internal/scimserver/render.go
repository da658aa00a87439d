package scimserver

import (
	"iter"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// view is a resource as it is seen in one request: base is what locations
// start with (scheme, host and base path).
type view struct {
	st   *store
	e    *entry
	base string
}

// displayOf is what a resource is called where another one names it: the
// userName of a user, the displayName of a group.
func displayOf(r *resource) string {
	if s, ok := r.attrs.get("userName").(string); ok {
		return s
	}
	s, _ := r.attrs.get("displayName").(string)
	return s
}

func location(base string, r *resource) string {
	return base + r.kind.endpoint + "/" + url.PathEscape(r.id)
}

// etag is the weak entity tag of the resource. The second part covers what is
// shown with it but is not its own, such as the groups of a user.
func (e *entry) etag() string {
	return `W/"` + strconv.FormatInt(e.r.version, 36) + "." + strconv.FormatInt(e.rev, 36) + `"`
}

// formatTime gives a dateTime with milliseconds, always in UTC.
func formatTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// value gives a top-level attribute, also those that are not stored with the
// resource but follow from it.
func (v *view) value(a *attribute) any {
	r := v.e.r
	switch {
	case a == r.kind.members:
		list := make([]any, 0, v.e.members.len())
		for m := range v.e.members.all() {
			list = append(list, memberValue(v.base, m.r))
		}
		return list
	case a == r.kind.memberOf:
		list := make([]any, 0, len(v.e.memberOf))
		for _, g := range v.e.memberOf {
			list = append(list, groupValue(v.base, g.r))
		}
		return list
	case a.Name == "id":
		return r.id
	case a.Name == "meta":
		return &object{[]field{
			{"resourceType", r.kind.name},
			{"created", formatTime(r.created)},
			{"lastModified", formatTime(r.modified)},
			{"location", location(v.base, r)},
			{"version", v.e.etag()},
		}}
	case a.Name == "schemas":
		list := []any{r.kind.core.ID}
		for _, f := range r.attrs.fields {
			if isURN(f.name) {
				list = append(list, f.name)
			}
		}
		return list
	}
	return r.attrs.get(a.Name)
}

// memberValue is an element of a group's members.
func memberValue(base string, r *resource) *object {
	return &object{[]field{{"value", r.id}, {"$ref", location(base, r)}, {"display", displayOf(r)}, {"type", r.kind.name}}}
}

// groupValue is an element of a user's groups. Only direct memberships are listed.
func groupValue(base string, r *resource) *object {
	return &object{[]field{{"value", r.id}, {"$ref", location(base, r)}, {"display", displayOf(r)}, {"type", "direct"}}}
}

// appendJSON appends the resource as JSON, as far as p wants it.
func (v *view) appendJSON(b []byte, p *projection) []byte {
	b = append(b, '{')
	first := len(b)
	name := func(s string) {
		if len(b) > first {
			b = append(b, ',')
		}
		b = append(appendString(b, s), ':')
	}
	k := v.e.r.kind
	for _, a := range k.fields {
		subs, wanted := p.wants(a)
		if !wanted {
			continue
		}
		if a == k.members || a == k.memberOf {
			// Shown even when empty: clients tell "nobody" from "not shown".
			name(a.Name)
			b = v.appendRelation(b, a, subs)
			continue
		}
		value := subs.cut(v.value(a))
		if a.partial {
			value = visible(a.SubAttributes, a.index, v.value(a), subs)
		}
		if unassigned(value) {
			continue
		}
		name(a.Name)
		b = appendValue(b, value)
	}
	for _, f := range v.e.r.attrs.fields {
		if !isURN(f.name) {
			continue
		}
		subs, wanted := p.wantsExtension(f.name)
		if !wanted {
			if k.extension(f.name) == nil {
				continue
			}
			subs = &selection{} // what is returned always is left
		}
		value := subs.cut(f.value)
		if x := k.extension(f.name); x != nil {
			value = visible(x.Attributes, x.index, f.value, subs)
		}
		if !unassigned(value) {
			name(f.name)
			b = appendValue(b, value)
		}
	}
	return append(b, '}')
}

// appendRelation appends members or groups. Groups are large, so this does
// not build values first as [view.value] does, except for a client that wants
// some of the sub-attributes only.
func (v *view) appendRelation(b []byte, a *attribute, subs *selection) []byte {
	if subs != nil {
		list, _ := subs.cut(v.value(a)).([]any)
		return appendValue(b, list)
	}
	b = append(b, '[')
	first := len(b)
	for r := range v.related(a) {
		if len(b) > first {
			b = append(b, ',')
		}
		b = append(b, `{"value":`...)
		b = appendString(b, r.id)
		b = append(b, `,"$ref":`...)
		b = appendString(b, location(v.base, r))
		b = append(b, `,"display":`...)
		b = appendString(b, displayOf(r))
		b = append(b, `,"type":`...)
		if a == v.e.r.kind.memberOf {
			b = append(b, `"direct"}`...)
		} else {
			b = append(append(append(b, '"'), r.kind.name...), `"}`...)
		}
	}
	return append(b, ']')
}

// related gives the resources on the other side of members or groups.
func (v *view) related(a *attribute) iter.Seq[*resource] {
	return func(yield func(*resource) bool) {
		if a == v.e.r.kind.members {
			for m := range v.e.members.all() {
				if !yield(m.r) {
					return
				}
			}
			return
		}
		for _, g := range v.e.memberOf {
			if !yield(g.r) {
				return
			}
		}
	}
}

// projection is what a client wants to see: the parameters attributes and
// excludedAttributes (RFC 7644 §3.9). nil means the default.
type projection struct {
	kind    *kind
	exclude bool // the names are those not to show
	core    map[*attribute]*selection
	// extensions by folded URN.
	extensions map[string]*selection
}

// selection is a choice of sub-attributes, by folded name. nil means all.
type selection struct {
	exclude bool
	names   map[string]bool
	// parts is set for an extension, whose attributes have parts themselves.
	parts map[string]*selection
}

// newProjection reads the two parameters. Names that no schema knows have
// nothing to show and are passed over.
func newProjection(k *kind, attributes, excluded string, l limits) (*projection, *scimError) {
	if attributes == "" && excluded == "" {
		return nil, nil
	}
	if attributes != "" && excluded != "" {
		return nil, refuse(invalidValue, "attributes and excludedAttributes cannot be used together")
	}
	p := &projection{kind: k, exclude: excluded != "", core: map[*attribute]*selection{}, extensions: map[string]*selection{}}
	for text := range strings.SplitSeq(attributes+excluded, ",") {
		path, _, err := parsePatchPath(strings.TrimSpace(text), l)
		if err != nil || path.filter != nil {
			return nil, refuse(invalidValue, "%q is no name of an attribute", text)
		}
		t, err := (scope{kind: k}).resolve(path.attrPath)
		if err != nil {
			continue
		}
		if t.urn == "" {
			selectSub(p.core, t.attr, t.sub, p.exclude)
			continue
		}
		if t.whole {
			p.extensions[foldASCII(t.urn)] = nil
			continue
		}
		p.selectInExtension(foldASCII(t.urn), &t)
		if t.unknown {
			p.extensions[foldASCII(t.urn+":"+t.attr.Name)] = nil
		}
	}
	return p, nil
}

// selectSub notes that an attribute, or only one of its parts, is named.
func selectSub(m map[*attribute]*selection, a, sub *attribute, exclude bool) {
	have, there := m[a]
	switch {
	case sub == nil:
		m[a] = nil
	case there && have == nil: // named as a whole already
	default:
		if have == nil {
			have = &selection{exclude: exclude, names: map[string]bool{}}
			m[a] = have
		}
		have.names[foldASCII(sub.Name)] = true
	}
}

func (p *projection) selectInExtension(urn string, t *target) {
	have, there := p.extensions[urn]
	if there && have == nil {
		return
	}
	if have == nil {
		have = &selection{exclude: p.exclude, names: map[string]bool{}, parts: map[string]*selection{}}
		p.extensions[urn] = have
	}
	name := foldASCII(t.attr.Name)
	if t.sub == nil {
		have.names[name] = true
		return
	}
	part := have.parts[name]
	if part == nil {
		part = &selection{exclude: p.exclude, names: map[string]bool{}}
		have.parts[name] = part
	}
	part.names[foldASCII(t.sub.Name)] = true
}

// wants tells whether a top-level attribute is shown, and which parts of it.
func (p *projection) wants(a *attribute) (*selection, bool) {
	switch {
	case a.Returned == returnedNever:
		return nil, false
	case a.Returned == returnedAlways:
		return nil, true
	case p == nil:
		return nil, a.Returned == returnedDefault
	}
	subs, named := p.core[a]
	if p.exclude {
		if named && subs == nil {
			return nil, false
		}
		return subs, a.Returned == returnedDefault
	}
	return subs, named
}

// wantsExtension is the same for what stands under a URN.
func (p *projection) wantsExtension(urn string) (*selection, bool) {
	if p == nil {
		return nil, true
	}
	subs, named := p.extensions[foldASCII(urn)]
	if p.exclude {
		return subs, !named || subs != nil
	}
	return subs, named
}

// visible is cut for a value with definitions, whose parts may be returned
// always, never or only when asked for.
func visible(defs []*attribute, index map[string]int, v any, s *selection) any {
	switch v := v.(type) {
	case []any:
		list := make([]any, 0, len(v))
		for _, e := range v {
			if e = visible(defs, index, e, s); !unassigned(e) {
				list = append(list, e)
			}
		}
		return list
	case *object:
		c := &object{}
		for _, f := range v.fields {
			value, name := f.value, foldASCII(f.name)
			i, known := index[name]
			var part *selection
			named := false
			if s != nil {
				part, named = s.parts[name], s.names[name]
			}
			switch {
			case !known || defs[i].Returned == returnedNever:
				continue
			case defs[i].Returned == returnedAlways:
				part = nil
			case s == nil || s.exclude:
				if named || defs[i].Returned == returnedRequest {
					continue
				}
			case !named && part == nil:
				continue
			case named:
				part = nil
			}
			if defs[i].partial {
				value = visible(defs[i].SubAttributes, defs[i].index, value, part)
			} else {
				value = part.cut(value)
			}
			if !unassigned(value) {
				c.fields = append(c.fields, field{f.name, value})
			}
		}
		return c
	}
	return v
}

// cut leaves the chosen parts of a value.
func (s *selection) cut(v any) any {
	if s == nil {
		return v
	}
	switch v := v.(type) {
	case []any:
		list := make([]any, 0, len(v))
		for _, e := range v {
			if e = s.cut(e); !unassigned(e) {
				list = append(list, e)
			}
		}
		return list
	case *object:
		c := &object{}
		for _, f := range v.fields {
			name := foldASCII(f.name)
			value := f.value
			if part := s.parts[name]; part != nil && !s.names[name] {
				value = part.cut(value)
			} else if s.names[name] == s.exclude {
				continue
			}
			if !unassigned(value) {
				c.fields = append(c.fields, field{f.name, value})
			}
		}
		return c
	}
	return v
}
