package conformance_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// tiny is a small SCIM server in memory: right where Okta looks, or wrong in
// exactly one way, the defect. The defects stand in the code at the place where
// real servers have them.
type tiny struct {
	defect string

	mu     sync.Mutex
	seq    int
	users  []record
	groups []record
	graves map[string]bool   // names of deleted groups, and what else is gone
	ghosts []record          // deleted groups
	buried []record          // deleted people
	old    map[string]record // what people and groups were before the last change
	lists  int               // how many lists were read
	// adds is how a lost update is made without luck: an add waits for the
	// next one after it has read the members.
	adds chan struct{}
	// secret is the token; neighbour is another connection, under /other.
	secret    string
	neighbour *tiny
	broken    bool // nothing works any more
}

type record map[string]any

const (
	tinyUser       = "urn:ietf:params:scim:schemas:core:2.0:User"
	tinyGroup      = "urn:ietf:params:scim:schemas:core:2.0:Group"
	tinyEnterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
)

func newTiny(defect string) *tiny {
	return &tiny{
		defect: defect, secret: token, graves: map[string]bool{}, old: map[string]record{}, adds: make(chan struct{}),
		neighbour: &tiny{secret: otherToken, graves: map[string]bool{}, old: map[string]record{}, adds: make(chan struct{}), seq: 500_000},
	}
}

// is reports whether the server has one of the defects.
func (s *tiny) is(defects ...string) bool { return slices.Contains(defects, s.defect) }

func (s *tiny) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.elsewhere(w, r) || !s.signedIn(w, r) || s.outside(w, r) {
		return
	}
	if s.is("accept-refused") && r.Header.Get("Accept") == "application/scim+json" {
		s.fail(w, 406, "", "not acceptable")
		return
	}
	var body record
	switch r.Method {
	case http.MethodPost, http.MethodPut, http.MethodPatch:
		if s.is("content-type-refused") && r.Header.Get("Content-Type") != "application/json" {
			s.fail(w, 415, "", "unsupported media type")
			return
		}
		var ok bool
		if body, ok = s.parse(w, r); !ok {
			return
		}
	}
	if s.is("writes-are-forbidden") && (r.Method == http.MethodPut || r.Method == http.MethodPatch) {
		s.fail(w, 403, "", "this token may read and create")
		return
	}
	_, rest, _ := strings.Cut(r.URL.Path, "/scim/v2/")
	kind, id, _ := strings.Cut(rest, "/")
	switch {
	case kind == "ResourceTypes", kind == "Schemas":
		s.discovery(w, kind)
	case kind == "Users" && id == "":
		s.people(w, r, body)
	case kind == "Users":
		s.person(w, r, id, body)
	case kind == "Groups" && id == "":
		s.teams(w, r, body)
	case kind == "Groups":
		s.team(w, r, id, body)
	default:
		s.stray(w, r, kind)
	}
}

func (s *tiny) signedIn(w http.ResponseWriter, r *http.Request) bool {
	got := r.Header.Get("Authorization")
	if s.knows(r) || s.is("token-unchecked") && got != "" || s.is("token-optional") && got == "" {
		return true
	}
	switch {
	case s.is("refusal-is-403"):
		s.fail(w, 403, "", "forbidden")
	case s.is("refusal-is-200-empty"):
		s.send(w, 200, s.listOf(nil, 0, 1, 2))
	case s.is("refusal-is-html"):
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte("<html>sign in</html>"))
	case s.is("refusal-without-body"):
		w.WriteHeader(http.StatusUnauthorized)
	default:
		s.refuse(w, r)
	}
	return false
}

func (s *tiny) send(w http.ResponseWriter, status int, v any) {
	kind := "application/scim+json"
	switch {
	case s.is("media-type-json"):
		kind = "text/json"
	case s.is("media-type-binary"):
		kind = "application/octet-stream"
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func (s *tiny) fail(w http.ResponseWriter, status int, scimType, detail string) {
	e := record{"schemas": []any{"urn:ietf:params:scim:api:messages:2.0:Error"}, "status": strconv.Itoa(status), "detail": detail}
	if scimType != "" && !s.is("409-without-scimtype") {
		e["scimType"] = scimType
	}
	switch {
	case s.is("errors-are-text"):
		w.WriteHeader(status)
		_, _ = w.Write([]byte(detail))
		return
	case s.is("errors-without-detail"):
		delete(e, "detail")
	case s.is("errors-without-schemas"):
		delete(e, "schemas")
	case s.is("errors-with-wrong-status"):
		e["status"] = "400"
	case s.is("409-is-text") && status == 409:
		w.WriteHeader(status)
		_, _ = w.Write([]byte("conflict"))
		return
	}
	s.send(w, status, e)
}

// unknown answers an id that nobody has.
func (s *tiny) unknown(w http.ResponseWriter, id string) {
	switch {
	case s.is("unknown-id-400"):
		s.fail(w, 400, "", "no UUID")
	case s.is("unknown-id-500"):
		s.fail(w, 500, "", "null pointer")
	case s.is("unknown-long-id-400") && len(id) > 20:
		s.fail(w, 400, "", "no UUID")
	case s.is("unknown-id-html"):
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte("<html>not found</html>"))
	default:
		s.fail(w, 404, "", "there is nothing with the id "+id)
	}
}

func (s *tiny) next() string {
	s.seq++
	return fmt.Sprintf("id-%06d", s.seq)
}

func (s *tiny) listOf(page []any, total, start, count int) any {
	if page == nil {
		page = []any{}
	}
	if s.is("bare-array") {
		return page
	}
	l := record{
		"schemas": []any{"urn:ietf:params:scim:api:messages:2.0:ListResponse"}, "totalResults": total,
		"startIndex": start, "itemsPerPage": len(page), "Resources": page,
	}
	switch {
	case s.is("total-is-page"):
		l["totalResults"] = len(page)
	case s.is("numbers-are-strings"):
		l["totalResults"], l["startIndex"], l["itemsPerPage"] = strconv.Itoa(total), strconv.Itoa(start), strconv.Itoa(len(page))
	case s.is("startindex-is-string"):
		l["startIndex"] = strconv.Itoa(start)
	case s.is("startindex-always-zero"):
		l["startIndex"] = 0
	case s.is("itemsperpage-is-count"):
		l["itemsPerPage"] = count
	case s.is("list-without-itemsperpage"):
		delete(l, "itemsPerPage")
	case s.is("list-without-schemas"):
		delete(l, "schemas")
	case s.is("empty-list-without-resources") && len(page) == 0:
		delete(l, "Resources")
	case s.is("empty-list-resources-null") && len(page) == 0:
		l["Resources"] = nil
	case s.is("single-hit-is-object") && len(page) == 1:
		l["Resources"] = page[0]
	}
	return l
}

// list filters and cuts. show renders one record.
func (s *tiny) list(w http.ResponseWriter, r *http.Request, all []record, attr string, show func(record) any) {
	q := r.URL.Query()
	filter := q.Get("filter")
	switch {
	case s.is("plus-not-decoded"):
		_, raw, _ := strings.Cut(r.URL.RawQuery, "filter=")
		raw, _, _ = strings.Cut(raw, "&")
		filter, _ = url.PathUnescape(raw)
	case s.is("decoded-twice"):
		filter, _ = url.QueryUnescape(strings.ReplaceAll(filter, "%", "%25"))
	case s.is("filter-is-latin1"):
		var b strings.Builder
		for _, c := range []byte(filter) {
			b.WriteRune(rune(c))
		}
		filter = b.String()
	}
	start, _ := strconv.Atoi(q.Get("startIndex"))
	count, err := strconv.Atoi(q.Get("count"))
	if err != nil {
		count = 100
	}
	if s.is("page-cap-50") {
		count = min(count, 50)
	}
	if s.is("count-ignored") {
		count = 1000
	}
	cut := func(rs []record) []record {
		from := min(max(start-1, 0), len(rs))
		if s.is("startindex-from-zero") {
			from = min(start, len(rs))
		}
		if s.is("startindex-ignored") {
			from = 0
		}
		if s.is("pages-overlap") && from > 0 {
			from--
		}
		return rs[from:min(from+count, len(rs))]
	}
	hits := all
	if s.is("filter-after-100") && filter != "" {
		hits = hits[:min(len(hits), 100)]
	}
	s.lists++
	switch {
	case filter != "":
	case s.is("list-without-inactive"):
		hits = slices.DeleteFunc(slices.Clone(all), func(r record) bool { return r["active"] == false })
	case s.is("deleted-people-listed") && attr == "userName":
		hits = slices.Concat(all, s.buried)
	case s.is("deleted-groups-listed") && attr == "displayName":
		hits = slices.Concat(all, s.ghosts)
	case s.is("list-order-flips") && s.lists%2 == 0:
		hits = slices.Clone(all)
		slices.Reverse(hits)
	}
	if s.is("group-filter-first-100") && filter != "" && attr == "displayName" {
		all = all[:min(100, len(all))]
	}
	if s.is("page-before-filter") {
		hits = cut(hits)
	}
	if filter != "" {
		if s.is("group-filter-first-100") {
			hits = all
		}
		if hits, err = s.match(hits, filter, attr); err != nil {
			if s.is("no-hit-500") {
				s.fail(w, 500, "", err.Error())
				return
			}
			s.fail(w, 400, "invalidFilter", err.Error())
			return
		}
	}
	total := len(hits)
	if s.is("total-ignores-filter") {
		total = len(all)
	}
	page := hits
	if !s.is("page-before-filter") {
		page = cut(hits)
	}
	if s.is("page-beyond-400") && start > 1 && start > total {
		s.fail(w, 400, "invalidValue", "startIndex is too large")
		return
	}
	switch {
	case s.is("total-is-rest"):
		total = max(total-max(start-1, 0), 0)
	case s.is("page-right-after-repeats") && start == total+1 && total > 0:
		page = hits[total-1:]
	}
	if s.is("page-beyond-forgets-total") && len(page) == 0 {
		total = 0
	}
	if s.is("page-order-by-size") && count == 1 {
		page = slices.Clone(hits)
		slices.Reverse(page)
		page = cut(page)
	}
	if s.is("empty-list-is-empty-body") && len(page) == 0 {
		w.WriteHeader(http.StatusOK)
		return
	}
	if s.is("empty-list-is-null") && len(page) == 0 {
		s.send(w, 200, nil)
		return
	}
	if s.is("empty-list-is-204") && len(page) == 0 {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	var out []any
	for _, p := range page {
		out = append(out, show(p))
		if s.is("list-repeats") && len(out) < count {
			out, total = append(out, show(p)), total+1
		}
	}
	s.send(w, 200, s.listOf(out, total, start, count))
}

// match is the filter: attribute eq string.
func (s *tiny) match(all []record, filter, attr string) ([]record, error) {
	if s.is("filter-ignored") || s.is("group-filter-ignored") && attr == "displayName" {
		return all, nil
	}
	if s.is("group-filter-400") && attr == "displayName" {
		return nil, fmt.Errorf("filter not supported")
	}
	pattern := `^(\w+) eq ("(?:[^"\\]|\\.)*")$`
	if s.is("filter-splits-on-blanks") {
		filter = strings.Join(strings.Fields(filter)[:3], " ")
		filter = strings.TrimSuffix(filter, `"`) + `"`
	}
	if s.is("filter-injection") && strings.Contains(filter, " or ") {
		return all, nil
	}
	m := regexp.MustCompile(pattern).FindStringSubmatch(filter)
	if m == nil && s.is("bad-filter-finds-all") {
		return all, nil
	}
	if m == nil || m[1] != attr {
		return nil, fmt.Errorf("filter not understood: %s", filter)
	}
	var want string
	if err := json.Unmarshal([]byte(m[2]), &want); err != nil {
		return nil, err
	}
	if s.is("filter-escapes-kept") {
		want = strings.Trim(m[2], `"`)
	}
	if s.is("capitals-400") && want == strings.ToUpper(want) {
		return nil, fmt.Errorf("no such name")
	}
	var hits []record
	for _, r := range all {
		got, _ := r[attr].(string)
		same := strings.EqualFold(got, want)
		switch {
		case attr == "displayName", s.is("filter-with-case"):
			same = got == want
		case s.is("filter-is-contains"):
			same = strings.Contains(strings.ToLower(got), strings.ToLower(want)[:strings.Index(want+"@", "@")-1])
		case s.is("filter-is-like") && !same:
			same = like(got, want, "_")
		case s.is("filter-is-glob") && !same:
			same = like(got, want, "*%")
		case s.is("filter-cuts-apostrophe"):
			same = same && !strings.Contains(want, "'")
		}
		if attr == "userName" {
			same = s.spoilHit(same, r, want, m[2])
		}
		switch {
		case attr != "displayName":
		case s.is("group-filter-is-prefix"):
			same = strings.HasPrefix(got, want)
		case s.is("group-filter-is-like"):
			same = regexp.MustCompile("^" + strings.NewReplacer("_", ".", "%", ".*").Replace(regexp.QuoteMeta(want)) + "$").MatchString(got)
		case s.is("lookup-by-old-name") && r["formerly"] != nil:
			same = r["formerly"] == want
		}
		if s.is("inactive-not-found") && r["active"] == false {
			same = false
		}
		if same {
			hits = append(hits, r)
		}
	}
	if s.is("no-hit-500") && len(hits) == 0 {
		return nil, fmt.Errorf("index out of range")
	}
	return hits, nil
}

// stall is the lost update: the reader of a group waits for the next reader
// before it writes, for a moment at most.
func (s *tiny) stall() {
	s.mu.Unlock()
	defer s.mu.Lock()
	select {
	case s.adds <- struct{}{}:
	case <-s.adds:
	case <-time.After(50 * time.Millisecond):
	}
}

func clone(r record) record {
	b, _ := json.Marshal(r)
	var c record
	_ = json.Unmarshal(b, &c)
	return c
}
