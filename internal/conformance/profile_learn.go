package conformance

import (
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/oktascim/oktascim/internal/targetprofile"
)

// learner collects what exchanges teach. It goes by what was sent and what was read
// back later in the same scenario, since each scenario has people and groups of its
// own; the verdicts of the scenarios do not count.
type learner struct {
	// seen says which scenario first showed what a form does, by the path of the fact.
	seen map[string]map[targetprofile.Support]string
	// words are other facts: path -> word -> the scenario that first showed it.
	words map[string]map[string]string
	// numbers are facts that only grow, with the scenario of the largest.
	numbers map[string]number
	// refusedAdds are sizes of refused PATCHes that add members.
	refusedAdds []number
	// attributes of people: came back, or were sent and did not.
	back, lost, refused map[string]string
}

type number struct {
	n    int
	from string
}

func newLearner() *learner {
	return &learner{
		seen: map[string]map[targetprofile.Support]string{}, words: map[string]map[string]string{}, numbers: map[string]number{},
		back: map[string]string{}, lost: map[string]string{}, refused: map[string]string{},
	}
}

// saw notes what a form did. The first scenario is kept as the source.
func (l *learner) saw(path string, s targetprofile.Support, from string) {
	if l.seen[path] == nil {
		l.seen[path] = map[targetprofile.Support]string{}
	}
	first(l.seen[path], s, from)
}

func (l *learner) word(path, word, from string) {
	if l.words[path] == nil {
		l.words[path] = map[string]string{}
	}
	first(l.words[path], word, from)
}

func (l *learner) largest(path string, n int, from string) {
	if n > l.numbers[path].n {
		l.numbers[path] = number{n, from}
	}
}

func first[K comparable](m map[K]string, key K, from string) {
	if m[key] == "" {
		m[key] = from
	}
}

// refusals are answers that say "not in this form". A missing right, an unknown id, a
// conflict or a limit say something else.
func refusal(status int) bool {
	switch status {
	case http.StatusBadRequest, http.StatusMethodNotAllowed, http.StatusUnprocessableEntity, http.StatusInternalServerError, http.StatusNotImplemented:
		return true
	}
	return false
}

// scene is the state of the server as far as one scenario knows it.
type scene struct {
	*learner
	from   string
	own    bool // it is [Suite.look]
	users  map[string]*known
	groups map[string]*known
	// pages are the answers to lists, by what was asked for beside startIndex.
	pages map[string][]leaf
	// versions are the ETags of a path in the order in which they were seen.
	versions map[string][]string
	posts    []post
	deleted  map[string]string // "Users/id" -> the name that is to be free
}

// known is what a person or a group should look like.
type known struct {
	// is holds what was last sent or read, top-level attributes only.
	is map[string]any
	// sent are the attributes of the last whole write (POST, PUT) until something
	// else is written.
	sent []string
	// members are the ids that should be in the group.
	members map[string]bool
	// due are effects that the next GET has to show.
	due []effect
	// hidden are effects that a GET of the group could not show.
	hidden []effect
}

// effect is what a write should have done, checked at the next GET.
type effect struct {
	path string // of the fact
	n    int    // how many members were added at once, else 0
	// here and gone are member ids, all of those that the write has changed.
	here, gone []string
	attr       string // or an attribute and its value
	value      any
}

type leaf struct {
	start int
	ids   []string
}

type post struct {
	keys  []string
	taken bool
}

// scene goes through the exchanges of one result.
func (l *learner) scene(res Result) {
	from := res.ID
	if res.Mode != "" && res.Mode != AnyClient {
		from += " (" + string(res.Mode) + ")"
	}
	s := &scene{
		learner: l, from: from, own: res.ID == ownLook, users: map[string]*known{}, groups: map[string]*known{},
		pages: map[string][]leaf{}, versions: map[string][]string{}, deleted: map[string]string{},
	}
	for i := range res.Exchanges {
		ex := &res.Exchanges[i]
		if ex.Signed != SignedWithToken || ex.withheld || ex.Status == 0 || ex.Status == http.StatusTooManyRequests {
			continue
		}
		s.take(ex)
	}
}

// take learns from one exchange.
func (s *scene) take(ex *Exchange) {
	path, rawQuery, _ := strings.Cut(ex.path, "?")
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		return
	}
	kind, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	id, err := url.PathUnescape(rest)
	if err != nil || strings.Contains(rest, "/") {
		return
	}
	var body any
	if ex.RequestBody != "" && json.Unmarshal([]byte(ex.RequestBody), &body) != nil {
		return // broken on purpose
	}
	s.version(ex, path)
	all := map[string]map[string]*known{"Users": s.users, "Groups": s.groups}[kind]
	switch {
	case kind == "ServiceProviderConfig" && ex.Method == http.MethodGet:
		s.stated(ex)
	case kind == "Bulk" && ex.Method == http.MethodPost:
		s.bulk(ex)
	case all == nil:
	case id == "" && ex.Method == http.MethodGet:
		s.list(kind, ex, query)
	case id == "" && ex.Method == http.MethodPost:
		s.post(kind, all, ex, body)
	case id == "" || all[id] == nil && ex.Method != http.MethodGet:
		// Nothing is known about a stranger.
	case ex.Method == http.MethodGet:
		s.read(kind, id, all[id], ex, query)
	case ex.Method == http.MethodPut:
		s.put(kind, all[id], ex, body)
	case ex.Method == http.MethodPatch:
		s.patch(kind, all[id], ex, body)
	case ex.Method == http.MethodDelete:
		s.delete(kind, id, all, ex)
	}
}

// stated takes what the server says of itself (RFC 7643 §5).
func (s *scene) stated(ex *Exchange) {
	if ex.Status != http.StatusOK {
		return
	}
	const said = "stated in /ServiceProviderConfig"
	if b, ok := at(ex.value, "bulk.supported"); ok {
		if yes, ok := b.(bool); ok {
			s.word("bulk.offered", map[bool]string{true: "yes", false: "no"}[yes], said)
			if yes {
				for path, name := range map[string]string{"bulk.maxOperations": "maxOperations", "bulk.maxPayloadBytes": "maxPayloadSize"} {
					m, _ := at(ex.value, "bulk")
					n, _ := whole(m, name)
					s.largest(path, n, said)
				}
			}
		}
	}
	if f, ok := at(ex.value, "filter"); ok {
		n, _ := whole(f, "maxResults")
		s.largest("stated.maxPage", n, said)
	}
}

func (s *scene) bulk(ex *Exchange) {
	switch ex.Status {
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented:
		s.saw("bulk.requests", targetprofile.Refused, s.from)
	case http.StatusOK:
		answers, _ := list(ex.value, "Operations")
		if len(answers) > 0 && !slices.ContainsFunc(answers, func(a any) bool { return !strings.HasPrefix(bulkStatus(a), "2") }) {
			s.saw("bulk.requests", targetprofile.Works, s.from)
		}
	}
}

// bulkStatus is the status of one operation of a bulk answer, a string by RFC 7644 §3.7.3.
func bulkStatus(answer any) string {
	status, _ := member(answer, "status")
	if o, ok := status.(map[string]any); ok {
		status, _ = member(o, "code") // an older draft
	}
	return strings.Trim(show(status), `"`)
}

// version keeps ETags, and learns from a write with an old one.
func (s *scene) version(ex *Exchange, path string) {
	if ex.Method == http.MethodPut || ex.Method == http.MethodPatch {
		seen := s.versions[path]
		i := slices.Index(seen, requestHeader(ex, "If-Match"))
		if i >= 0 && i < len(seen)-1 {
			switch {
			case ex.Status == http.StatusPreconditionFailed:
				s.saw("etag.staleIfMatch", targetprofile.Refused, s.from)
			case succeeded(ex):
				s.saw("etag.staleIfMatch", targetprofile.Ignored, s.from)
			}
		}
	}
	if !succeeded(ex) || ex.value == nil || !strings.Contains(strings.TrimPrefix(path, "/"), "/") {
		return
	}
	tag := header(ex, "Etag")
	if ex.Method == http.MethodGet {
		s.word("etag.sent", map[bool]string{true: "yes", false: "no"}[tag != ""], s.from)
	}
	if tag != "" && !slices.Contains(s.versions[path], tag) {
		s.versions[path] = append(s.versions[path], tag)
	}
}

func requestHeader(ex *Exchange, name string) string {
	for _, line := range ex.RequestHeader {
		if n, v, _ := strings.Cut(line, ": "); n == name {
			return v
		}
	}
	return ""
}

// nameOf is the attribute that names a resource.
func nameOf(kind string) string {
	if kind == "Groups" {
		return "displayName"
	}
	return "userName"
}

// comparison is a filter of one comparison.
var comparison = regexp.MustCompile(`^([A-Za-z.]+) eq ("(?:[^"\\]|\\.)*")$`)

func (s *scene) list(kind string, ex *Exchange, query url.Values) {
	resources, ok := list(ex.value, "Resources")
	if f := query.Get("filter"); f != "" {
		s.filtered(kind, ex, f, resources)
	} else if ex.Status == http.StatusOK && ok {
		s.paged(kind, ex, query, resources)
	}
	if ex.Status != http.StatusOK {
		return
	}
	if query.Get("cursor") != "" && len(resources) > 0 {
		s.word("lists.pages", string(targetprofile.Cursor), s.from)
	}
	s.largest("lists.largestPageSeen", len(resources), s.from)
	if kind != "Groups" || query.Get("attributes") != "" || query.Get("excludedAttributes") != "" {
		return
	}
	for _, r := range resources {
		if g := s.groups[text(r, "id")]; g != nil && len(g.due) == 0 {
			s.shows(targetprofile.InGroupList, g, r)
		}
	}
}

// paged learns from a page of an unfiltered list.
func (s *scene) paged(kind string, ex *Exchange, query url.Values, resources []any) {
	start, count := atoi(query.Get("startIndex")), atoi(query.Get("count"))
	if start < 1 || query.Get("sortBy") != "" {
		return
	}
	p := leaf{start: start}
	for _, r := range resources {
		p.ids = append(p.ids, text(r, "id"))
	}
	for _, before := range s.pages[kind] {
		if len(before.ids) == 0 || len(p.ids) == 0 || before.start >= p.start {
			continue
		}
		switch {
		case before.ids[0] == p.ids[0]:
			s.word("lists.pages", string(targetprofile.OnePage), s.from)
		case !slices.ContainsFunc(p.ids, func(id string) bool { return slices.Contains(before.ids, id) }):
			s.word("lists.pages", string(targetprofile.Index), s.from)
			// A page that was shorter than asked for, with more behind it, was cut.
			if short := s.pages[kind+" cut"]; slices.ContainsFunc(short, func(c leaf) bool { return c.start+len(c.ids) == p.start && slices.Equal(c.ids, before.ids) }) {
				s.largest("cut", len(before.ids), s.from)
			}
		}
	}
	s.pages[kind] = append(s.pages[kind], p)
	if count > len(resources) {
		s.pages[kind+" cut"] = append(s.pages[kind+" cut"], p)
	}
}

func atoi(s string) int {
	n := 0
	for _, r := range s {
		if r < '0' || r > '9' || n > 1_000_000 {
			return 0
		}
		n = n*10 + int(r-'0')
	}
	return n
}

// filtered learns from a filter of one comparison about somebody of the scene.
func (s *scene) filtered(kind string, ex *Exchange, filter string, resources []any) {
	m := comparison.FindStringSubmatch(filter)
	if m == nil {
		return
	}
	var value string
	if json.Unmarshal([]byte(m[2]), &value) != nil {
		return
	}
	fact := "lists.filters." + m[1] + " eq"
	all := map[string]map[string]*known{"Users": s.users, "Groups": s.groups}[kind]
	matches := func(k *known) (same, folded bool) {
		if m[1] == "members.value" {
			return k.members[value] && len(k.due) == 0, false
		}
		got, _ := k.is[m[1]].(string)
		return got == value && got != "", got != "" && got != value && strings.EqualFold(got, value)
	}
	if !slices.Contains([]string{"userName", "externalId", "displayName", "members.value"}, m[1]) {
		return
	}
	var want, folded []string
	for id, k := range all {
		switch same, fold := matches(k); {
		case same:
			want = append(want, id)
		case fold:
			folded = append(folded, id)
		}
	}
	var got []string
	for _, r := range resources {
		got = append(got, text(r, "id"))
	}
	found := func(ids []string) bool {
		return slices.ContainsFunc(ids, func(id string) bool { return slices.Contains(got, id) })
	}
	switch {
	case refusal(ex.Status):
		s.saw(fact, targetprofile.Refused, s.from)
	case ex.Status != http.StatusOK:
	case len(want) > 0 && found(want) && len(got) == len(want):
		s.saw(fact, targetprofile.Works, s.from)
		if m[1] == "members.value" {
			s.word("members.read", string(targetprofile.ByFilter), s.from)
		}
	case len(want) > 0:
		s.saw(fact, targetprofile.Ignored, s.from)
	case len(folded) > 0 && m[1] == nameOf(kind):
		fact := "case." + m[1]
		if found(folded) {
			s.word(fact, string(targetprofile.AnyCase), s.from)
		} else if len(got) == 0 {
			s.word(fact, string(targetprofile.ExactCase), s.from)
		}
	}
}

// shows learns whether a way of reading shows members who should be there.
func (s *scene) shows(way targetprofile.MemberRead, g *known, resource any) {
	if len(g.members) == 0 {
		return
	}
	where := "members.hidden"
	if slices.ContainsFunc(slices.Collect(maps.Keys(g.members)), func(id string) bool { return slices.Contains(memberIDs(resource), id) }) {
		where = "members.read"
	} else if len(memberIDs(resource)) > 0 {
		return // others: a lost update, no matter of reading
	}
	s.word(where, string(way), s.from)
}

func memberIDs(resource any) []string {
	entries, _ := list(resource, "members")
	var ids []string
	for _, e := range entries {
		ids = append(ids, text(e, "value"))
	}
	return ids
}
