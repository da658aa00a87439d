package scimserver

import (
	"net/http"
	"slices"
	"strconv"
	"sync"
)

const listSchema = "urn:ietf:params:scim:api:messages:2.0:ListResponse"

// serveList answers a GET of a collection, or of the root.
func (s *Server) serveList(w http.ResponseWriter, r *http.Request, kinds []*kind) error {
	p, err := readQuery(r)
	if err != nil {
		return err
	}
	return s.list(w, r, kinds, p)
}

// serveSearch answers a POST to /.search (RFC 7644 §3.4.3).
func (s *Server) serveSearch(w http.ResponseWriter, r *http.Request, kinds []*kind) error {
	if r.Method != http.MethodPost {
		return notAllowed(w, r, "POST")
	}
	body, err := s.readBody(w, r)
	if err != nil {
		return err
	}
	p, refusal := readSearch(body)
	if refusal != nil {
		return refusal
	}
	return s.list(w, r, kinds, p)
}

// list answers a page (RFC 7644 §3.4.2). It is built under the lock, so that
// it is one state of the store, and sent after it, so that a slow client holds
// up nobody.
func (s *Server) list(w http.ResponseWriter, r *http.Request, kinds []*kind, p *searchParams) error {
	q, err := s.newSearch(kinds, p, s.base(r))
	if err != nil {
		return err
	}
	writeBody(w, http.StatusOK, s.renderPage(q))
	return nil
}

// renderPage gives a list answer. It takes the lock.
func (s *Server) renderPage(q *search) []byte {
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	list := s.matching(q)
	from, to := q.bounds(s.store, list)
	b := make([]byte, 0, 4096)
	b = append(b, `{"schemas":["`+listSchema+`"],"totalResults":`...)
	b = strconv.AppendInt(b, int64(len(list)), 10)
	if !q.byCursor {
		b = append(b, `,"startIndex":`...)
		b = strconv.AppendInt(b, int64(q.start), 10)
	}
	b = append(b, `,"itemsPerPage":`...)
	b = strconv.AppendInt(b, int64(to-from), 10)
	if q.byCursor && from < to {
		if to < len(list) {
			next := q.positionOf(s.store, list[to-1])
			b = appendString(append(b, `,"nextCursor":`...), next.cursor(q.identity))
		}
		if from > 0 {
			previous := q.positionOf(s.store, list[from])
			previous.back = true
			b = appendString(append(b, `,"previousCursor":`...), previous.cursor(q.identity))
		}
	}
	b = append(b, `,"Resources":[`...)
	for i, e := range list[from:to] {
		if i > 0 {
			b = append(b, ',')
		}
		v := view{s.store, e, q.base}
		b = v.appendJSON(b, q.projection(e))
	}
	return append(b, `]}`...)
}

// bounds gives the part of a list that the page holds.
func (q *search) bounds(st *store, list []*entry) (from, to int) {
	switch {
	case !q.byCursor:
		from = min(q.start-1, len(list))
	case q.after == nil:
	case q.after.back:
		to = q.index(st, list, q.after, false)
		return max(to-q.count, 0), to
	default:
		from = q.index(st, list, q.after, true)
	}
	return from, min(from+q.count, len(list))
}

// resultCache remembers the last lists that cost a scan or a sort, so that
// their other pages do not cost it again. A list counts for as long as
// nothing changes.
type resultCache struct {
	mu    sync.Mutex
	lists []cachedList // the oldest first
}

type cachedList struct {
	identity string
	rev      int64
	list     []*entry
}

// maxCachedLists bounds the memory: at 100,000 resources a list takes 800 kB.
const maxCachedLists = 8

func (c *resultCache) get(identity string, rev int64) ([]*entry, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range c.lists {
		if l.identity == identity && l.rev == rev {
			return l.list, true
		}
	}
	return nil, false
}

func (c *resultCache) put(identity string, rev int64, list []*entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lists = slices.DeleteFunc(c.lists, func(l cachedList) bool { return l.rev != rev || l.identity == identity })
	if len(c.lists) == maxCachedLists {
		c.lists = slices.Delete(c.lists, 0, 1)
	}
	c.lists = append(c.lists, cachedList{identity, rev, list})
}
