package oktasource

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// errNoLinks is a page without its self link.
var errNoLinks = errors.New("came without Link lines, so nobody knows whether there is more")

// row is an element of a list.
type row interface{ rowID() string }

// get reads one object into v.
func (s *Source) get(ctx context.Context, path string, query url.Values, v any) (http.Header, error) {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	// A clone for each request: the shared executor races.
	rq := s.client.CloneRequestExecutor()
	req, err := rq.NewRequest(http.MethodGet, path, nil)
	if err != nil {
		return nil, fmt.Errorf("GET %s: %w", path, err)
	}
	resp, err := rq.Do(ctx, req, v)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if e, ok := errors.AsType[*Error](err); ok {
			return nil, e
		}
		return nil, &Error{Method: http.MethodGet, Path: req.URL.Path, Summary: clip("an answer of another shape: " + err.Error())}
	}
	return resp.Header, nil
}

// raw reads one object as it is.
func (s *Source) raw(ctx context.Context, path string) (json.RawMessage, error) {
	var text json.RawMessage
	_, err := s.get(ctx, path, nil, &text)
	return text, err
}

// list reads a list, page after page, and yields every row once and in order. The error
// is nil only if the chain of pages provably ended; the rows before an error are good.
//
// What ends a chain, and what only looks like an end:
//
//	rows, self, next elsewhere      the next page follows
//	rows, self, no next             the end
//	rows, next = where we are       the end, if the page is not full (seen on some endpoints)
//	no rows, next                   asked again, then a gap
//	no rows after a page with next  the chain before it is cut differently and asked again, then a gap
//	no self                         asked again, then a gap: whatever ate the self link ate the next link
//	next that was followed before   a gap: a loop
//	next at another host or path    a gap
func list[T row](ctx context.Context, s *Source, path string, query url.Values, limit int, yield func(T)) error {
	return walk(ctx, s, path, query, limit, map[string]bool{}, yield, false)
}

func walk[T row](ctx context.Context, s *Source, path string, query url.Values, limit int, seen map[string]bool, yield func(T), again bool) error {
	query = cloneQuery(query)
	query.Set("limit", strconv.Itoa(limit))
	visited := map[string]bool{query.Get("after"): true}
	var before url.Values
	size := limit // of the page before, as the server cut it
	for n := 1; ; n++ {
		rows, l, err := page[T](ctx, s, path, query)
		next := l.next
		for _, r := range rows {
			if !seen[r.rowID()] {
				seen[r.rowID()] = true
				yield(r)
			}
		}
		if err != nil {
			return fmt.Errorf("page %d: %w", n, err)
		}
		switch {
		case next == nil && len(rows) == 0 && n > 1 && !again && size > 1:
			// Cut the last pages differently: if there really was nothing more, the new
			// cut ends with a page that holds something.
			return walk(ctx, s, path, before, size-1, seen, yield, true)
		case next == nil && len(rows) == 0 && (n > 1 || again):
			return fmt.Errorf("page %d: empty, although the page before promised more", n)
		case next == nil:
			return nil
		case next.Get("after") == query.Get("after") && len(rows) < l.limit:
			return nil
		case visited[next.Get("after")]:
			return fmt.Errorf("page %d: its next link leads back to a page that was read already", n)
		}
		visited[next.Get("after")] = true
		before, query, size = query, next, l.limit
	}
}

// page reads one page; one that cannot be right is asked for a second time. Rows that
// come with an error are good, and perhaps not all.
func page[T row](ctx context.Context, s *Source, path string, query url.Values) (rows []T, l links, err error) {
	for range 2 {
		rows = nil // a fresh slice: the SDK would overwrite the rows of the page before
		var header http.Header
		if header, err = s.get(ctx, path, query, &rows); err != nil {
			return nil, links{}, err
		}
		for i := range rows {
			if rows[i].rowID() == "" {
				return nil, links{}, fmt.Errorf("row %d has no id", i+1)
			}
		}
		if l, err = follow(header, s.transport.org, path, query); err != nil {
			return nil, links{}, err
		}
		switch {
		case !l.self:
			err = errNoLinks
		case len(rows) == 0 && l.next != nil:
			err = errors.New("empty, although there is a next page")
		default:
			return rows, l, nil
		}
	}
	return rows, l, err
}

// links are what the Link lines of a page say.
type links struct {
	self bool
	// next is the query of the next page, nil if there is none.
	next url.Values
	// limit is the page size that was asked for, or a smaller one that the server chose.
	limit int
}

// follow reads the Link lines, in one line or several. The query of the next page is that
// of the link over ours, because Okta's links lose parameters.
func follow(header http.Header, org *url.URL, path string, query url.Values) (l links, err error) {
	l.limit, _ = strconv.Atoi(query.Get("limit"))
	for rel, target := range relations(header) {
		u, err := url.Parse(target)
		if err != nil {
			return l, fmt.Errorf("its %s link is no URL", rel)
		}
		switch rel {
		case "self":
			l.self = true
			if n, err := strconv.Atoi(u.Query().Get("limit")); err == nil && n > 0 {
				l.limit = min(l.limit, n)
			}
		case "next":
			if u.Host != "" && !strings.EqualFold(u.Host, org.Host) {
				return l, fmt.Errorf("its next link leads to another host, %q: if that is this org's own address, make it okta.orgUrl", u.Host)
			}
			if u.Path != path {
				return l, fmt.Errorf("its next link leads to another path, %q", u.Path)
			}
			if u.Query().Get("after") == "" {
				return l, errors.New("its next link has no cursor")
			}
			l.next = cloneQuery(query)
			maps.Copy(l.next, u.Query())
		}
	}
	return l, nil
}

// relations returns the targets of the Link lines by relation. It takes both forms: a line for each, as Okta
// sends them, and several in one line, as proxies do.
func relations(header http.Header) map[string]string {
	found := map[string]string{}
	for _, line := range header.Values("Link") {
		for line != "" {
			_, rest, ok := strings.Cut(line, "<")
			if !ok {
				break
			}
			target, params, ok := strings.Cut(rest, ">")
			if !ok {
				break
			}
			// The parameters end where the next target begins.
			end := strings.Index(params, "<")
			if end < 0 {
				end = len(params)
			}
			for p := range strings.SplitSeq(params[:end], ";") {
				name, value, _ := strings.Cut(strings.Trim(p, " ,\t"), "=")
				if strings.EqualFold(name, "rel") {
					found[strings.ToLower(strings.Trim(value, ` "`))] = target
				}
			}
			line = params[end:]
		}
	}
	return found
}

func cloneQuery(q url.Values) url.Values {
	c := make(url.Values, len(q)+1)
	maps.Copy(c, q)
	return c
}
