package scimserver

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const searchSchema = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"

// searchParams is what a client asks of a list (RFC 7644 §3.4.2), as it stands
// in the query of a GET or in the body of a POST to /.search (§3.4.3). nil or
// "" means that it is not there.
type searchParams struct {
	attributes, excluded string // names joined by commas
	filter               *string
	sortBy, sortOrder    string
	startIndex, count    *int
	cursor               *string // RFC 9865; "" asks for the first page
	inURI                bool    // it was a GET
}

// readQuery reads the parameters of a GET.
func readQuery(r *http.Request) (*searchParams, error) {
	q, err := query(r)
	if err != nil {
		return nil, err
	}
	p := &searchParams{
		inURI: true, attributes: strings.Join(q["attributes"], ","), excluded: strings.Join(q["excludedAttributes"], ","),
		sortBy: q.Get("sortBy"), sortOrder: q.Get("sortOrder"),
		filter: parameter(q, "filter"), cursor: parameter(q, "cursor"),
	}
	if p.startIndex, err = wholeParameter(q, "startIndex", invalidValue); err != nil {
		return nil, err
	}
	countType := invalidValue
	if p.cursor != nil {
		countType = invalidCount // RFC 9865 §2.1
	}
	if p.count, err = wholeParameter(q, "count", countType); err != nil {
		return nil, err
	}
	return p, nil
}

// parameter gives the first value of a parameter, nil if there is none.
func parameter(q url.Values, name string) *string {
	if list, there := q[name]; there {
		return &list[0]
	}
	return nil
}

// wholeParameter reads a parameter that is a whole number; one that is empty
// counts as absent.
func wholeParameter(q url.Values, name, scimType string) (*int, error) {
	text := q.Get(name)
	if text == "" {
		return nil, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return nil, refuse(scimType, "%s: %q is no whole number", name, text)
	}
	return &n, nil
}

// readSearch reads the body of a POST to /.search. Names are matched without case.
func readSearch(body *object) (*searchParams, *scimError) {
	p := &searchParams{}
	known := false
	for _, f := range body.fields {
		var err *scimError
		switch foldASCII(f.name) {
		case "schemas":
			list, _ := f.value.([]any)
			known = slices.ContainsFunc(list, func(v any) bool { s, ok := v.(string); return ok && strings.EqualFold(s, searchSchema) })
		case "attributes":
			p.attributes, err = nameList(f.value)
		case "excludedattributes":
			p.excluded, err = nameList(f.value)
		case "filter":
			p.filter, err = optionalText(f.value)
		case "cursor":
			p.cursor, err = optionalText(f.value)
		case "sortby":
			err = readText(&p.sortBy, f.value)
		case "sortorder":
			err = readText(&p.sortOrder, f.value)
		case "startindex":
			p.startIndex, err = optionalWhole(f.value)
		case "count":
			p.count, err = optionalWhole(f.value)
		}
		if err != nil {
			return nil, err.under(f.name)
		}
	}
	if !known {
		return nil, refuse(invalidSyntax, "/schemas: must hold %s", searchSchema)
	}
	return p, nil
}

// nameList reads a list of attribute names; one text with commas, as in a
// query, is understood too.
func nameList(v any) (string, *scimError) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case []any:
		names := make([]string, len(v))
		for i, e := range v {
			s, ok := e.(string)
			if !ok {
				return "", refuse(invalidValue, "/%d: is %s; the name of an attribute is wanted", i, kindOf(e))
			}
			names[i] = s
		}
		return strings.Join(names, ","), nil
	}
	return "", refuse(invalidValue, ": is %s; a list of attribute names is wanted", kindOf(v))
}

func optionalText(v any) (*string, *scimError) {
	if v == nil {
		return nil, nil
	}
	var s string
	err := readText(&s, v)
	return &s, err
}

func readText(to *string, v any) *scimError {
	s, ok := v.(string)
	if !ok && v != nil {
		return refuse(invalidValue, ": is %s; a string is wanted", kindOf(v))
	}
	*to = s
	return nil
}

func optionalWhole(v any) (*int, *scimError) {
	if v == nil {
		return nil, nil
	}
	text, ok := v.(number)
	n, err := strconv.Atoi(string(text))
	if !ok || err != nil {
		return nil, refuse(invalidValue, ": a whole number is wanted")
	}
	return &n, nil
}

// search is a list request bound to the schemas: which resources, in which
// order, which part of them, and what of each.
type search struct {
	kinds       []*kind
	finders     []finder
	projections []*projection
	order       *ordering // nil: by creation
	base        string
	// identity names the list, whatever the page: kinds, filter and order.
	identity string
	all      bool // there is no filter

	start, count int
	byCursor     bool
	after        *position // nil: the first page
}

// newSearch binds what a client asks for to kinds: one of them, or all at the
// root. At the root an attribute that only some kinds have is unassigned in
// the others (RFC 7644 §3.4.2.1).
func (s *Server) newSearch(kinds []*kind, p *searchParams, base string) (*search, error) {
	q := &search{kinds: kinds, base: base, all: p.filter == nil, count: s.o.DefaultPage, start: 1, byCursor: p.cursor != nil}
	var filter expr
	if p.filter != nil {
		var err error
		if filter, err = parseFilter(*p.filter, s.filterLimits()); err != nil {
			return nil, filterRefusal(err, p.inURI)
		}
	}
	for _, k := range kinds {
		projection, refusal := newProjection(k, p.attributes, p.excluded, s.filterLimits())
		if refusal != nil {
			return nil, refusal
		}
		find := finder{all: true}
		if filter != nil {
			var err error
			if find, err = newFinder(scope{kind: k, others: kinds}, filter); err != nil {
				return nil, filterRefusal(err, p.inURI)
			}
		}
		q.projections, q.finders = append(q.projections, projection), append(q.finders, find)
	}
	var refusal *scimError
	if q.order, refusal = newOrdering(kinds, p.sortBy, p.sortOrder, s.filterLimits()); refusal != nil {
		return nil, refusal
	}
	q.identity = q.name(p)
	if p.count != nil {
		q.count = min(max(*p.count, 0), s.o.MaxPage)
	}
	if p.startIndex != nil {
		q.start = max(*p.startIndex, 1)
	}
	if p.cursor == nil {
		return q, nil
	}
	if p.startIndex != nil {
		return nil, refuse(invalidCursor, "startIndex and cursor cannot be used together")
	}
	if *p.cursor != "" {
		if q.after, refusal = readCursor(*p.cursor, q.identity); refusal != nil {
			return nil, refusal
		}
	}
	return q, nil
}

// filterRefusal is the refusal of a filter. A secret in a URI, where logs and
// proxies keep it, is refused as such (RFC 7644 §7.5.2).
func filterRefusal(err error, inURI bool) *scimError {
	if f, ok := errors.AsType[*filterError](err); ok && f.sensitive && inURI {
		return &scimError{http.StatusForbidden, sensitive, fmt.Sprintf("filter, %v; and a value such as this has no place in a URI", err)}
	}
	return refuse(invalidFilter, "filter, %v", err)
}

// name gives a text that is the same for requests for the same list only.
func (q *search) name(p *searchParams) string {
	b := []byte(q.base)
	for _, k := range q.kinds {
		b = append(append(b, 0), k.name...)
	}
	b = append(b, 0)
	if p.filter != nil {
		b = append(append(b, 1), *p.filter...)
	}
	b = append(b, 0)
	if q.order != nil {
		b = strconv.AppendBool(append(b, p.sortBy...), q.order.descending)
	}
	return string(b)
}

// projection gives what is shown of an entry.
func (q *search) projection(e *entry) *projection {
	return q.projections[slices.Index(q.kinds, e.r.kind)]
}

// matching gives all that match, in order. The list belongs to the store; the
// lock is held.
func (s *Server) matching(q *search) []*entry {
	st := s.store
	if q.order == nil && len(q.kinds) == 1 && (q.all || q.finders[0].hint != nil) {
		return q.finders[0].find(st, q.kinds[0], q.base) // cheap, nothing to remember
	}
	if list, ok := s.results.get(q.identity, st.lastRev); ok {
		return list
	}
	var list []*entry
	for i, k := range q.kinds {
		list = append(list, q.finders[i].find(st, k, q.base)...)
	}
	if len(q.kinds) > 1 {
		list = inOrder(list)
	}
	if q.order != nil {
		q.order.sort(list, st, q.base)
	}
	s.results.put(q.identity, st.lastRev, list)
	return list
}
