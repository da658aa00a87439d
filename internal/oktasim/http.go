package oktasim

import (
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// maxBodyBytes bounds a request body. Okta's own bound is not documented; the largest
// body of the calls served here is far below.
const maxBodyBytes = 1 << 20

// call is one request on its way through a handler.
type call struct {
	org  *Org
	r    *http.Request
	who  *principal
	now  time.Time
	base string // org URL that links begin with
	body []byte
	// requestID is sent back in X-Okta-Request-Id and stands in log events.
	requestID string
}

// reply is what a handler answers with.
type reply struct {
	status int
	body   any // nil: no body at all
	header http.Header
	links  []link
}

type link struct{ rel, url string }

type handler func(c *call) (reply, *apiError)

func ok(body any) (reply, *apiError) { return reply{status: http.StatusOK, body: body}, nil }

func noContent() (reply, *apiError) { return reply{status: http.StatusNoContent}, nil }

// href makes an absolute URL of a path below /api/v1.
func (c *call) href(parts ...string) string { return c.base + "/api/v1/" + strings.Join(parts, "/") }

func (c *call) arg(name string) string { return c.r.PathValue(name) }

func (c *call) query() url.Values { return c.r.URL.Query() }

// decode reads the JSON body. Unknown members are ignored; duplicate names, invalid
// UTF-8 and wrong types are E0000003.
func (c *call) decode(into any) *apiError {
	if len(c.body) == 0 {
		return malformed()
	}
	if err := json.Unmarshal(c.body, into); err != nil {
		return malformed()
	}
	return nil
}

// listRule is how one endpoint pages.
type listRule struct {
	def, max int
	// keep names the query parameters that live on in Link. What is not named is
	// dropped: unknown parameters everywhere, and real ones where Okta loses them.
	keep []string
}

// list answers one page of ids, in their order. render says how an id looks and
// whether it belongs into the list at all.
func list[T any](c *call, rule listRule, ids idSet, render func(id string) (T, bool)) (reply, *apiError) {
	limit, fail := c.limit(rule)
	if fail != nil {
		return reply{}, fail
	}
	after := c.query().Get("after")
	if after != "" && !looksLikeID(after) {
		return reply{}, badCursor()
	}
	page := make([]T, 0, min(limit, 64))
	last, more := "", false
	for _, id := range ids.after(after) {
		item, in := render(id)
		if !in {
			continue
		}
		if len(page) == limit {
			more = true
			break
		}
		page, last = append(page, item), id
	}
	next := ""
	if more {
		next = last
	}
	out := reply{status: http.StatusOK, body: page, links: c.pageLinks(rule, limit, after, next)}
	if c.org.quirks.TotalCount {
		n := 0
		for _, id := range ids {
			if _, in := render(id); in {
				n++
			}
		}
		out.header = http.Header{"X-Total-Count": {strconv.Itoa(n)}}
	}
	return out, nil
}

// limit reads the page size. An ill-typed one is dropped, as recorded traffic shows for
// ill-typed parameters in general; one over the limit is refused or clamped, which is
// a guess either way and so a quirk of the seed.
func (c *call) limit(rule listRule) (int, *apiError) {
	n, err := strconv.Atoi(c.query().Get("limit"))
	switch {
	case err != nil || n <= 0:
		return rule.def, nil
	case n > rule.max && c.org.quirks.OverLimit == overLimitClamp:
		return rule.max, nil
	case n > rule.max:
		return 0, invalid("limit", "limit: The limit must not exceed "+strconv.Itoa(rule.max)+".")
	}
	return n, nil
}

// pageLinks makes self, with the defaults filled in, and next if there is one.
func (c *call) pageLinks(rule listRule, limit int, after, next string) []link {
	q := url.Values{"limit": {strconv.Itoa(limit)}}
	keep := rule.keep
	if slices.ContainsFunc(c.org.quirks.LoseLinkParams, func(pattern string) bool {
		hit, err := path.Match(pattern, c.r.URL.Path)
		return err == nil && hit
	}) {
		keep = nil
	}
	for _, k := range keep {
		if v := c.query().Get(k); v != "" {
			q.Set(k, v)
		}
	}
	at := func(cursor string) string {
		q.Del("after")
		if cursor != "" {
			q.Set("after", cursor)
		}
		return c.base + c.r.URL.EscapedPath() + "?" + q.Encode()
	}
	links := []link{{"self", at(after)}}
	if next == "" && c.org.quirks.SelfNext && after != "" {
		next = after
	}
	if next != "" {
		links = append(links, link{"next", at(next)})
	}
	return links
}

// serve is the whole way of a request: fault, route, authentication, rate limit,
// rights, handler.
func (o *Org) serve(w http.ResponseWriter, r *http.Request) {
	if path.Clean(r.URL.Path) != r.URL.Path {
		o.refuse(w, r, noSuchPath())
		return
	}
	mux := o.routesOf(r)
	if _, pattern := mux.Handler(r); pattern == "" {
		for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
			probe := r.Clone(r.Context())
			probe.Method = m
			if _, other := mux.Handler(probe); other != "" {
				o.refuse(w, r, methodNotSupported())
				return
			}
		}
		o.refuse(w, r, noSuchPath())
		return
	}
	mux.ServeHTTP(w, r)
}

// refuse answers a request that reached no route. It needs no credentials.
func (o *Org) refuse(w http.ResponseWriter, r *http.Request, e *apiError) {
	o.mu.Lock()
	rep, reqID := e.reply(o.ids.errorID()), o.ids.requestID()
	o.mu.Unlock()
	o.send(w, r, rep, reqID, nil)
}

func (o *Org) serveRoute(w http.ResponseWriter, r *http.Request, rt *route) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBodyBytes))
	if err != nil {
		if _, tooBig := errors.AsType[*http.MaxBytesError](err); !tooBig {
			return // the client has gone
		}
		o.refuse(w, r, malformed())
		return
	}

	rep, requestID, fault := o.work(r, rt, body)
	defer func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.limits.leave(rt)
	}()
	o.send(w, r, rep, requestID, fault)
}

// work makes the answer, under the lock.
func (o *Org) work(r *http.Request, rt *route, body []byte) (reply, string, *Fault) {
	o.mu.Lock()
	defer o.mu.Unlock()
	c := &call{org: o, r: r, now: o.now(), body: body, base: o.opt.BaseURL, requestID: o.ids.requestID()}
	if c.base == "" {
		c.base = "http://" + r.Host
	}
	o.lastBase = c.base
	fault := o.faults.take(r, o.pageNumber(r))
	rep, fail := o.answer(c, rt, fault)
	if fail != nil {
		header := rep.header
		rep = fail.reply(o.ids.errorID())
		rep.header = merge(header, rep.header)
	}
	o.settle(o.now()) // hooks of what just happened
	return rep, c.requestID, fault
}

// answer works under the lock. The headers of its reply hold even if it fails.
func (o *Org) answer(c *call, rt *route, fault *Fault) (rep reply, fail *apiError) {
	busy := o.limits.enter(rt)
	if fault != nil {
		if early := fault.instead(o, rt, c); early != nil {
			return reply{header: early.header}, early
		}
	}
	if rt.open {
		return rt.serve(c)
	}
	who, fail := o.access.authenticate(c)
	if fail != nil {
		return reply{}, fail
	}
	c.who = who
	if rt.control {
		if who.kind != principalToken || who.role != roleSuperAdmin {
			return reply{}, forbidden()
		}
		return rt.serve(c)
	}
	if busy {
		return reply{header: concurrencyHeader(c.now)}, tooManyRequests()
	}
	header, within, note := o.limits.count(who, rt.bucket, o.percentOf(who), c.now)
	if note != "" {
		c.log(note, "", logParty{ID: rt.bucket, Type: "URL Pattern", AlternateID: rt.bucket, DisplayName: rt.bucket})
	}
	if !within {
		return reply{header: header}, tooManyRequests()
	}
	o.settle(c.now)
	if nothing, fail := rt.permit(who, c); fail != nil || nothing {
		return reply{status: http.StatusOK, body: []any{}, header: header}, fail
	}
	if fail := c.mediaType(); fail != nil {
		return reply{header: header}, fail
	}
	rep, fail = rt.serve(c)
	rep.header = merge(header, rep.header)
	return rep, fail
}

// mediaType refuses a body that does not say that it is JSON.
func (c *call) mediaType() *apiError {
	if len(c.body) == 0 {
		return nil
	}
	kind, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return &apiError{status: http.StatusBadRequest, code: "E0000021", summary: "Bad request. Accept and/or Content-Type headers are likely not set."}
	}
	return nil
}

func (o *Org) send(w http.ResponseWriter, r *http.Request, rep reply, requestID string, fault *Fault) {
	var body []byte
	if rep.body != nil {
		var err error
		// Deterministic: profiles are maps, and the same org should answer the same bytes.
		body, err = json.Marshal(rep.body, json.Deterministic(true))
		if err != nil {
			o.opt.Log.Error().Err(err).Str("path", r.URL.Path).Msg("encoding the answer")
			rep.status, body = http.StatusInternalServerError, nil
		}
	}
	h := w.Header()
	maps.Copy(h, rep.header)
	h.Set("Date", o.opt.Now().UTC().Format(http.TimeFormat))
	h.Set("X-Okta-Request-Id", requestID)
	h.Set("Cache-Control", "no-cache, no-store")
	h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Strict-Transport-Security", "max-age=315360000; includeSubDomains")
	h.Set("Accept-Ch", "Sec-CH-UA-Platform-Version")
	if body != nil && h.Get("Content-Type") == "" {
		h.Set("Content-Type", "application/json")
	}
	for _, l := range rep.links {
		h.Add("Link", "<"+l.url+`>; rel="`+l.rel+`"`)
	}
	o.opt.Log.Debug().Str("method", r.Method).Str("path", r.URL.Path).Int("status", rep.status).Str("requestId", requestID).Msg("okta request")
	if fault != nil && fault.mangle(w, r, rep, body) {
		return
	}
	if o.compresses(r, body) {
		h.Set("Content-Encoding", "gzip")
		h.Add("Vary", "Accept-Encoding")
		body = compress(body)
	}
	if rep.status != http.StatusNoContent {
		h.Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(rep.status)
	w.Write(body) //nolint:errcheck // the client has gone: nobody is left to tell
}

func merge(a, b http.Header) http.Header {
	if a == nil {
		return b
	}
	for k, v := range b {
		a[k] = slices.Clone(v)
	}
	return a
}

// pageNumber counts the pages of one list: 1 for a request without a cursor, one more
// for each that follows. Faults are aimed with it.
func (o *Org) pageNumber(r *http.Request) int {
	if r.Method != http.MethodGet {
		return 1
	}
	if r.URL.Query().Get("after") == "" {
		o.cursors[r.URL.Path] = 1
	} else {
		o.cursors[r.URL.Path]++
	}
	return o.cursors[r.URL.Path]
}
