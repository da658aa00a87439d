package scimclient

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// defaultCount is what Okta asks for (scim-20 reference, "Import").
const defaultCount = 100

// defaultMost is far above any directory that fits a page-by-page reading.
const defaultMost = 2_000_000

// Query says what a list is to contain.
type Query struct {
	// Filter is a SCIM filter, empty for all. Write values with [Quote].
	Filter string
	// Count is the page size to ask for, 100 as Okta if 0. Servers cap it silently.
	Count int
	// Attributes and ExcludeAttributes narrow what is sent of each resource.
	Attributes, ExcludeAttributes []string
	// Most is after how many resources a list counts as endless; 2,000,000 if 0.
	Most int
}

// Stats say how far a list was read.
type Stats struct {
	// Pages is how many were read.
	Pages int
	// Distinct is how many different ids came.
	Distinct int
	// Total is the largest totalResults that any page named.
	Total int
	// Ended says that the reading came to the list's end, without an error.
	Ended bool
}

// Complete reports whether everything was seen: the end was reached, and as many different
// resources came as the server ever said there are. Removals may rest on nothing less.
func (s Stats) Complete() bool { return s.Ended && s.Distinct >= s.Total }

// Listing is a list that is read page by page while it is ranged over, by one goroutine.
type Listing[T any] struct {
	endpoint Endpoint[T]
	ctx      context.Context //nolint:containedctx // a Listing is one call, spread over the pages that its caller asks for
	query    Query
	stats    Stats
}

// List prepares a list; nothing is sent before it is ranged over.
func (e Endpoint[T]) List(ctx context.Context, q Query) *Listing[T] {
	if q.Count <= 0 {
		q.Count = defaultCount
	}
	if q.Most <= 0 {
		q.Most = defaultMost
	}
	return &Listing[T]{endpoint: e, ctx: ctx, query: q}
}

// Stats are those of the last range over [Listing.All], complete once it is over.
func (l *Listing[T]) Stats() Stats { return l.stats }

// All yields every resource once, by id, page after page. An error ends it: what came
// before is true and not all. Each range starts from the beginning.
//
// The next page starts after what was received, not after what was asked for. The list
// ends with a page that brings no new id: there are servers that answer the first page
// again, cap pages silently, or cap totalResults. So, without a filter, a full page is
// followed by one more request even if the total was reached.
func (l *Listing[T]) All() iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		l.stats = Stats{}
		l.each(func(v T, _ Object, err error) bool { return yield(v, err) })
	}
}

func (l *Listing[T]) each(yield func(T, Object, error) bool) {
	var zero T
	seen := map[string]struct{}{}
	for start := 1; ; {
		page, err := l.page(start)
		if start > 1 && l.stats.Distinct >= l.stats.Total && pastEnd(err) {
			l.stats.Ended = true // only asked to make sure
			return
		}
		if err != nil {
			yield(zero, nil, err)
			return
		}
		l.stats.Pages++
		l.stats.Total = max(l.stats.Total, page.total)
		before := len(seen)
		for i, raw := range page.resources {
			v, o, err := l.endpoint.element(raw)
			if err != nil {
				yield(zero, nil, page.x.fail(page.a, fmt.Errorf("%w: resource %d of the page: %w", ErrNotSCIM, i+1, err)))
				return
			}
			if _, again := seen[o.ID()]; again {
				continue
			}
			seen[o.ID()] = struct{}{}
			l.stats.Distinct = len(seen)
			if !yield(v, o, nil) {
				return
			}
		}
		if len(seen) > l.query.Most {
			yield(zero, nil, page.x.fail(nil, fmt.Errorf("%w: %d resources so far", ErrEndless, len(seen))))
			return
		}
		if len(seen) == before || l.atEnd(len(page.resources)) {
			l.stats.Ended = true
			return
		}
		start += len(page.resources)
	}
}

// pastEnd reports whether err is how some servers answer a page past the end: 400 or 404.
func pastEnd(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && (e.Status == http.StatusBadRequest || e.Status == http.StatusNotFound)
}

// atEnd reports whether a page of n resources, some of them new, is certainly the last. The
// total must be reached, and then a filtered list ends; another one only if the page looks
// short: neither what was asked for nor a round number as servers cap at.
func (l *Listing[T]) atEnd(n int) bool {
	if l.stats.Distinct < l.stats.Total {
		return false
	}
	return l.query.Filter != "" || n < l.query.Count && n%10 != 0
}

// element reads one resource of a list.
func (e Endpoint[T]) element(raw jsontext.Value) (T, Object, error) {
	var zero T
	var o Object
	if err := decode(raw, &o); err != nil {
		return zero, nil, err
	}
	if o.ID() == "" {
		return zero, nil, errors.New("there is no id that is a string")
	}
	v, err := e.as(raw, o)
	return v, o, err
}

// page is one answer.
type page struct {
	x         *exchange
	a         *answer
	total     int
	resources []jsontext.Value
}

// page reads the page that begins with resource number start.
func (l *Listing[T]) page(start int) (*page, error) {
	x := l.endpoint.client.newExchange(http.MethodGet, l.endpoint.path)
	// The filter first, then startIndex, then count: Okta's order.
	var q query
	q.add("filter", l.query.Filter)
	q.add("startIndex", strconv.Itoa(start))
	q.add("count", strconv.Itoa(l.query.Count))
	q.add("attributes", strings.Join(l.query.Attributes, ","))
	q.add("excludedAttributes", strings.Join(l.query.ExcludeAttributes, ","))
	x.query = q.String()
	a, err := x.send(l.ctx, call{})
	if err != nil {
		return nil, err
	}
	p, err := readList(a.body)
	if err != nil {
		return nil, x.fail(a, err)
	}
	if p.resources == nil && p.total > 0 && start == 1 {
		return nil, x.fail(a, fmt.Errorf("%w: totalResults is %d and there is no Resources", ErrNotSCIM, p.total))
	}
	p.x, p.a = x, a
	return p, nil
}

// listBody is what counts of a ListResponse.
type listBody struct {
	Schemas   []string         `json:"schemas"`
	Total     *float64         `json:"totalResults"`
	Resources []jsontext.Value `json:"Resources"`
}

// readList checks that a body is a ListResponse (RFC 7644 §3.4.2). Resources may be missing
// (nil); startIndex and itemsPerPage are not looked at: what was received counts. Schemas
// may be missing where the other two members are there, never be another.
func readList(b []byte) (*page, error) {
	var r listBody
	if len(strings.TrimSpace(string(b))) == 0 {
		return nil, fmt.Errorf("%w: the body is empty, a list was expected", ErrNotSCIM)
	}
	err := decode(b, &r)
	if err == nil && (r.Total == nil || r.Resources == nil) {
		// Nothing there, or spelled in another way, which is rare.
		r = listBody{}
		err = decodeTyped(b, &r, shapeOf(reflect.TypeFor[listBody](), map[reflect.Type]*shape{}))
	}
	if err != nil {
		return nil, fmt.Errorf("%w: no list: %w", ErrNotSCIM, err)
	}
	isList := slices.ContainsFunc(r.Schemas, func(s string) bool { return strings.EqualFold(s, listURN) })
	switch {
	case r.Total == nil:
		return nil, fmt.Errorf("%w: a list without totalResults", ErrNotSCIM)
	case *r.Total < 0 || *r.Total != float64(int(*r.Total)):
		return nil, fmt.Errorf("%w: totalResults is %v", ErrNotSCIM, *r.Total)
	case !isList && (len(r.Schemas) > 0 || r.Resources == nil):
		return nil, fmt.Errorf("%w: schemas do not name a ListResponse", ErrNotSCIM)
	}
	return &page{total: int(*r.Total), resources: r.Resources}, nil
}

// Find returns the resources whose attribute equals value. What the server's filter finds
// is compared again, since some servers answer a filter with anybody: externalId and id
// exactly, other attributes without case (RFC 7643 §4.1.1). Nothing found is no error,
// and neither is a 404, which Okta takes for the same.
func (e Endpoint[T]) Find(ctx context.Context, attribute, value string) ([]T, error) {
	l := e.List(ctx, Query{Filter: attribute + " eq " + Quote(value)})
	equal := strings.EqualFold
	if strings.EqualFold(attribute, "externalId") || strings.EqualFold(attribute, "id") {
		equal = func(a, b string) bool { return a == b }
	}
	var out []T
	var failed error
	l.each(func(v T, o Object, err error) bool {
		if err != nil {
			failed = err
			return false
		}
		if s, ok := o.Text(attribute); ok && equal(s, value) {
			out = append(out, v)
		}
		return true
	})
	if failed != nil && !IsNotFound(failed) {
		return nil, failed
	}
	return out, nil
}
