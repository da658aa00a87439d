package conformance_test

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json"
)

// The defects of the RFCs are small rewrites in front of the reference server:
// of what is asked, of what is answered, or of both. This file is their
// vocabulary.

// ask is a request that is not yet sent.
type ask struct {
	method string
	path   string // below the base URL: "/Users/2819"
	query  url.Values
	header http.Header
	body   any    // JSON; nil if there is none
	raw    string // what was sent, where it is no JSON
}

// answer is an answer that is not yet given.
type answer struct {
	status int
	header http.Header
	body   any
	raw    string
}

// next sends on; a defect may call it as often as it wants.
type next func(q ask) *answer

// defect is a server that differs from the reference server.
type defect func(q ask, to next) *answer

// base is where the reference server is served in these tests.
const base = "/scim/v2"

// broken is the handler h with a defect.
func broken(h http.Handler, d defect) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		q := ask{method: r.Method, path: strings.TrimPrefix(r.URL.Path, base), query: r.URL.Query(), header: r.Header, raw: string(raw)}
		if json.Unmarshal(raw, &q.body) != nil {
			q.body = nil
		}
		a := d(q, func(q ask) *answer { return sendOn(r, h, q) })
		out := []byte(a.raw)
		if a.body != nil {
			out, _ = json.Marshal(a.body, json.Deterministic(true))
		}
		maps.Copy(w.Header(), a.header)
		w.Header().Del("Content-Length")
		w.WriteHeader(a.status)
		_, _ = w.Write(out)
	})
}

// sendOn asks h.
func sendOn(r *http.Request, h http.Handler, q ask) *answer {
	body := []byte(q.raw)
	var sent any
	if json.Unmarshal(body, &sent) != nil || !reflect.DeepEqual(sent, q.body) { // else white space counts, too
		if q.body != nil {
			body, _ = json.Marshal(q.body, json.Deterministic(true))
		}
	}
	to := &url.URL{Path: base + q.path, RawQuery: strings.ReplaceAll(q.query.Encode(), "+", "%20")}
	on := httptest.NewRequestWithContext(r.Context(), q.method, "http://"+r.Host+to.String(), bytes.NewReader(body))
	on.Header = q.header.Clone()
	on.Header.Del("Accept-Encoding")
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, on)
	a := &answer{status: rec.Code, header: rec.Header(), raw: rec.Body.String()}
	if json.Unmarshal(rec.Body.Bytes(), &a.body) != nil {
		a.body = nil
	}
	return a
}

// is reports whether q is "METHOD /Path" or "METHOD1|METHOD2 /Path"; "*" stands
// for any method, and for one part of a path.
func (q ask) is(pattern string) bool {
	methods, path, _ := strings.Cut(pattern, " ")
	if methods != "*" && !strings.Contains("|"+methods+"|", "|"+q.method+"|") {
		return false
	}
	want, got := strings.Split(path, "/"), strings.Split(q.path, "/")
	if path == "*" {
		return true
	}
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		if want[i] != got[i] && want[i] != "*" {
			return false
		}
	}
	return true
}

// get reads what q is about, or changes to.
func (q ask) get(to next) *answer {
	return to(ask{method: http.MethodGet, path: q.path, query: url.Values{}, header: q.header})
}

// with is q with another method, query dropped.
func (q ask) with(method string, body any) ask {
	h := q.header.Clone()
	h.Set("Content-Type", "application/scim+json")
	return ask{method: method, path: q.path, query: url.Values{}, header: h, body: body}
}

// obj is a JSON object; nil if v is none.
func obj(v any) map[string]any { o, _ := v.(map[string]any); return o }

// list is the JSON array under a name.
func listOf(v any, name string) []any { l, _ := obj(v)[name].([]any); return l }

// str is the string under a name.
func str(v any, name string) string { s, _ := obj(v)[name].(string); return s }

// resources calls f with each resource of an answer: it, or those of a list.
func (a *answer) resources(f func(map[string]any)) {
	if all := listOf(a.body, "Resources"); all != nil {
		for _, r := range all {
			f(obj(r))
		}
		return
	}
	if o := obj(a.body); o != nil && a.status < 300 {
		f(o)
	}
}

// says is an error as the RFC has it.
func says(status int, scimType string) *answer {
	body := map[string]any{"schemas": []any{"urn:ietf:params:scim:api:messages:2.0:Error"}, "status": fmt.Sprint(status), "detail": "no"}
	if scimType != "" {
		body["scimType"] = scimType
	}
	return &answer{status: status, header: http.Header{"Content-Type": {"application/scim+json"}}, body: body}
}

// nothing is an answer without a body.
func nothing(status int) *answer { return &answer{status: status, header: http.Header{}} }

// answers changes the answers to what matches.
func answers(pattern string, f func(a *answer)) defect {
	return func(q ask, to next) *answer {
		a := to(q)
		if q.is(pattern) {
			f(a)
		}
		return a
	}
}

// shows changes each resource that is answered to what matches.
func shows(pattern string, f func(o map[string]any)) defect {
	return answers(pattern, func(a *answer) { a.resources(f) })
}

// asks changes what matches before it is looked at.
func asks(pattern string, f func(q *ask)) defect {
	return func(q ask, to next) *answer {
		if q.is(pattern) {
			f(&q)
		}
		return to(q)
	}
}

// takes changes the body of what matches before it is looked at.
func takes(pattern string, f func(o map[string]any)) defect {
	return asks(pattern, func(q *ask) {
		if o := obj(q.body); o != nil {
			f(o)
		}
	})
}

// refuses answers what matches, and fits, with an error.
func refuses(pattern string, status int, scimType string, fits func(q ask) bool) defect {
	return func(q ask, to next) *answer {
		if q.is(pattern) && fits(q) {
			return says(status, scimType)
		}
		return to(q)
	}
}

// turns gives another status, and no other body, to answers that have one.
func turns(pattern string, from, into int) defect {
	return answers(pattern, func(a *answer) {
		if a.status == from {
			a.status = into
		}
	})
}

// filters changes filters, in URLs and in searches.
func filters(f func(string) string) defect {
	return func(q ask, to next) *answer {
		if s := q.query.Get("filter"); s != "" {
			q.query.Set("filter", f(s))
		}
		if s := str(q.body, "filter"); s != "" {
			obj(q.body)["filter"] = f(s)
		}
		return to(q)
	}
}

// swaps replaces one word by another in filters.
func swaps(pairs ...string) defect { return filters(strings.NewReplacer(pairs...).Replace) }

// operations changes each operation of a PATCH into others, or none.
func operations(f func(op map[string]any) []any) defect {
	return takes("PATCH *", func(o map[string]any) {
		var all []any
		for _, op := range listOf(o, "Operations") {
			all = append(all, f(obj(op))...)
		}
		o["Operations"] = all
		if all == nil { // what is left must be some operation
			o["Operations"] = []any{map[string]any{"op": "replace", "value": map[string]any{}}}
		}
	})
}

// ignores drops the operations that fit.
func ignores(fits func(op map[string]any) bool) defect {
	return operations(func(op map[string]any) []any {
		if fits(op) {
			return nil
		}
		return []any{op}
	})
}

// cannot refuses a PATCH with an operation that fits.
func cannot(scimType string, fits func(op map[string]any) bool) defect {
	return refuses("PATCH *", http.StatusBadRequest, scimType, func(q ask) bool {
		for _, op := range listOf(q.body, "Operations") {
			if fits(obj(op)) {
				return true
			}
		}
		return false
	})
}

// both is two defects at once; the second is nearer to the server.
func both(outer, inner defect) defect {
	return func(q ask, to next) *answer { return outer(q, func(q ask) *answer { return inner(q, to) }) }
}

// without drops members.
func without(names ...string) func(map[string]any) {
	return func(o map[string]any) {
		for _, n := range names {
			delete(o, n)
		}
	}
}

// within calls f with the object under a name.
func within(name string, f func(map[string]any)) func(map[string]any) {
	return func(o map[string]any) {
		if in := obj(o[name]); in != nil {
			f(in)
		}
	}
}
