package conformance_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// This is the edge of the tiny server: who may come in, and what may be sent.

// elsewhere answers for the other connection, and what a switched-off server answers.
func (s *tiny) elsewhere(w http.ResponseWriter, r *http.Request) bool {
	if strings.HasPrefix(r.URL.Path, "/other/") && s.neighbour != nil {
		http.StripPrefix("/other", s.neighbour).ServeHTTP(w, r)
		return true
	}
	s.mu.Lock()
	broken := s.broken
	s.mu.Unlock()
	if broken {
		s.fail(w, 503, "", "out of memory")
	}
	return broken
}

// split gives the parts of a path below the base.
func split(r *http.Request) (kind, id string) {
	_, rest, _ := strings.Cut(r.URL.Path, "/scim/v2/")
	kind, id, _ = strings.Cut(rest, "/")
	return kind, id
}

// knows reports whether the request comes with the token, or through a hole.
func (s *tiny) knows(r *http.Request) bool {
	scheme, got, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	switch {
	case s.is("bearer-with-case") && scheme != "Bearer", !strings.EqualFold(scheme, "Bearer"):
		// Another scheme is no token at all.
	case got == s.secret:
		return true
	case s.is("token-begins-like-the-token") && got != "" && strings.HasPrefix(s.secret, got):
		return true
	case s.is("token-ends-after-the-token") && strings.HasPrefix(got, s.secret):
		return true
	case s.is("token-without-case") && strings.EqualFold(got, s.secret):
		return true
	case s.is("disabled-token-accepted") && got == disabledToken:
		return true
	case s.is("other-token-accepted") && got == otherToken:
		return true
	}
	if s.is("token-in-url-accepted") && strings.Contains(r.URL.RawQuery, s.secret) {
		return true
	}
	kind, id := split(r)
	lookup := r.URL.Query().Get("filter") != ""
	switch {
	case kind == "Users" && r.Method == http.MethodGet && id == "" && !lookup:
		return s.is("open-people-list")
	case kind == "Users" && r.Method == http.MethodGet && id == "":
		return s.is("open-people-lookup")
	case kind == "Users" && r.Method == http.MethodGet:
		return s.is("open-person-read")
	case kind == "Users" && r.Method == http.MethodPost:
		return s.is("open-person-create")
	case kind == "Users" && r.Method == http.MethodPut:
		return s.is("open-person-replace")
	case kind == "Users" && r.Method == http.MethodPatch:
		return s.is("open-person-change")
	case kind == "Users" && r.Method == http.MethodDelete:
		return s.is("open-person-delete")
	case kind == "Groups" && r.Method == http.MethodGet && id == "" && !lookup:
		return s.is("open-group-list")
	case kind == "Groups" && r.Method == http.MethodGet && id == "":
		return s.is("open-group-lookup")
	case kind == "Groups" && r.Method == http.MethodGet:
		return s.is("open-group-read")
	case kind == "Groups" && r.Method == http.MethodPost:
		return s.is("open-group-create")
	case kind == "Groups" && r.Method == http.MethodPut:
		return s.is("open-group-replace")
	case kind == "Groups" && r.Method == http.MethodPatch:
		return s.is("open-group-change")
	case kind == "Groups" && r.Method == http.MethodDelete:
		return s.is("open-group-delete")
	}
	return false
}

// refuse answers who has not the token.
func (s *tiny) refuse(w http.ResponseWriter, r *http.Request) {
	kind, _ := split(r)
	switch {
	case s.is("done-and-then-refused") && r.Method != http.MethodGet:
		signed := r.Clone(r.Context())
		signed.Header.Set("Authorization", "Bearer "+s.secret)
		s.ServeHTTP(httptest.NewRecorder(), signed)
	case s.is("refused-token-echoed"):
		s.fail(w, 401, "", "this is not the token: "+r.Header.Get("Authorization"))
		return
	case s.is("refusal-of-writes-is-403") && r.Method != http.MethodGet, s.is("refusal-for-groups-is-403") && kind == "Groups":
		s.fail(w, 403, "", "forbidden")
		return
	case s.is("refusal-of-deletes-is-text") && r.Method == http.MethodDelete:
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte("no"))
		return
	}
	s.fail(w, 401, "", "the token is wrong")
}

// outside answers what is about the connection and not about people or groups.
func (s *tiny) outside(w http.ResponseWriter, r *http.Request) bool {
	kind, id := split(r)
	switch {
	case s.is("cors-open") && r.Header.Get("Origin") != "":
		w.Header().Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
		w.Header().Set("Access-Control-Allow-Credentials", "true")
	case s.is("test-call-slow") && r.URL.RawQuery == "startIndex=1&count=2", s.is("group-list-slow") && kind == "Groups" && r.Method == http.MethodGet && r.URL.RawQuery == "":
		<-time.After(650 * time.Millisecond)
	case s.is("token-echoed-in-header"):
		w.Header().Set("X-Debug", r.Header.Get("Authorization"))
	case s.is("head-500") && r.Method == http.MethodHead, s.is("options-500") && r.Method == http.MethodOptions:
		s.fail(w, 500, "", "no handler")
		return true
	case s.is("ids-of-all-connections") && kind == "Users" && id >= "id-500000" && id < "id-9":
		http.StripPrefix("", s.neighbourSigned()).ServeHTTP(w, r)
		return true
	case s.is("odd-id-500") && kind == "Users" && strings.ContainsAny(id, `'"%`), s.is("zero-byte-in-id-500") && strings.Contains(id, "\x00"):
		s.fail(w, 500, "", "syntax error at or near "+id)
		return true
	case s.is("id-is-path") && strings.HasPrefix(id, "../"):
		r.URL.Path = "/scim/v2/" + strings.TrimPrefix(id, "../")
		s.ServeHTTP(w, r)
		return true
	case s.is("bad-page-500") && r.URL.RawQuery != "":
		for _, name := range []string{"startIndex", "count"} {
			if q := r.URL.Query(); q.Has(name) {
				if _, err := strconv.Atoi(q.Get(name)); err != nil {
					s.fail(w, 500, "", err.Error())
					return true
				}
			}
		}
	}
	return false
}

// neighbourSigned is the other connection for who has signed in here.
func (s *tiny) neighbourSigned() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+s.neighbour.secret)
		s.neighbour.ServeHTTP(w, r)
	})
}

// stray answers what is neither people nor groups.
func (s *tiny) stray(w http.ResponseWriter, r *http.Request, kind string) {
	switch {
	case kind == "Roles" && s.is("entitlements-500"):
		s.fail(w, 500, "", "no roles")
	case kind == "Roles" && s.is("entitlements-unpaged"):
		s.send(w, 200, s.listOf([]any{record{"id": "admin", "schemas": []any{tinyRole}}, record{"id": "reader", "schemas": []any{tinyRole}}}, 2, 1, 2))
	case kind == "Roles":
		s.send(w, 200, s.listOf([]any{record{"id": "admin", "schemas": []any{tinyRole}}}, 2, 1, 1))
	case s.is("unknown-endpoint-html"):
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte("<html>not found</html>"))
	case s.is("unknown-endpoint-200"):
		s.send(w, 200, record{})
	case s.is("token-echoed"):
		s.fail(w, 404, "", "no such endpoint; the request had "+r.Header.Get("Authorization"))
	default:
		s.fail(w, 404, "", "no such endpoint")
	}
}

func (s *tiny) conflict(w http.ResponseWriter, body record) {
	name, _ := body["userName"].(string)
	if s.is("password-in-conflict") {
		password, _ := body["password"].(string)
		s.fail(w, 409, "uniqueness", "duplicate key: "+name+", "+password)
		return
	}
	s.fail(w, 409, "uniqueness", "the userName "+name+" is taken")
}

// parse reads the body of a request; ok is false if it has been answered.
func (s *tiny) parse(w http.ResponseWriter, r *http.Request) (body record, ok bool) {
	kind, id := split(r)
	raw, err := io.ReadAll(io.LimitReader(r.Body, 1<<20+1))
	media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	bad := func(status int, why string) (record, bool) {
		if s.is("bad-json-text") {
			w.WriteHeader(status)
			_, _ = w.Write([]byte(why))
			return nil, false
		}
		s.fail(w, status, "invalidSyntax", why)
		return nil, false
	}
	switch {
	case err != nil && s.is("half-request-stored"):
		s.remember(raw)
		return nil, false
	case err != nil:
		return bad(400, "the body breaks off")
	case len(raw) > 1<<20 && s.is("huge-body-500"):
		return bad(500, "out of memory")
	case len(raw) > 1<<20 && s.is("huge-body-kills"):
		s.mu.Lock()
		s.broken = true
		s.mu.Unlock()
		return bad(413, "too large")
	case len(raw) > 1<<20:
		return bad(413, "too large")
	case kind == "Users" && id == "" && r.Method == http.MethodPut && s.is("put-to-people-creates"), kind == "Users" && id != "" && r.Method == http.MethodPost && s.is("post-to-person-creates"):
		s.remember(raw)
		s.send(w, 200, record{})
		return nil, false
	case media == "text/plain" && s.is("form-accepted"):
		s.send(w, 201, record{})
		return nil, false
	case media != "" && media != "application/json" && media != "application/scim+json" && !s.is("any-media-type"):
		return bad(415, "this is no JSON")
	case s.is("zero-byte-500") && bytes.Contains(raw, []byte(`\u0000`)), s.is("surrogate-500") && bytes.Contains(raw, []byte(`\ud800`)),
		s.is("line-break-500") && bytes.Contains(raw, []byte(`\r\n`)), s.is("deep-json-500") && bytes.Contains(raw, []byte("[[[[")),
		s.is("long-value-500") && len(raw) > 10_000 && !bytes.Contains(raw, []byte("Operations")),
		s.is("four-byte-character-500") && regexp.MustCompile(`[\x{10000}-\x{10ffff}]`).Match(raw):
		return bad(500, "incorrect string value")
	}
	if s.is("header-injection") && bytes.Contains(raw, []byte(`\r\nX-Injected: yes`)) {
		w.Header().Set("X-Injected", "yes")
	}
	err = json.Unmarshal(raw, &body)
	if err != nil && s.is("duplicate-names-taken") {
		err = json.Unmarshal(raw, &body, jsontext.AllowDuplicateNames(true))
	}
	if err != nil || body == nil {
		twice := json.Unmarshal(raw, &record{}, jsontext.AllowDuplicateNames(true)) == nil
		latin := json.Unmarshal(raw, &record{}, jsontext.AllowInvalidUTF8(true)) == nil
		switch {
		case s.is("bad-json-stored"):
			s.remember(raw)
		case s.is("bad-json-accepted"):
			s.send(w, 201, record{})
			return nil, false
		case s.is("duplicate-names-500") && twice, s.is("bad-utf8-500") && latin, s.is("bad-json-500"):
			return bad(500, "unexpected token")
		}
		return bad(400, "no JSON")
	}
	if why := wrongType(r.Method, body); why != "" && !s.is("types-unchecked") {
		return bad(400, why)
	}
	if n, isNumber := body["userName"].(float64); isNumber {
		body["userName"] = strconv.Itoa(int(n))
	}
	return body, true
}

// remember does what half a request seems to want.
func (s *tiny) remember(raw []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := regexp.MustCompile(`"userName":"([^"]+)"`).FindSubmatch(raw)
	given := regexp.MustCompile(`"givenName":"([^"]+)"`).FindSubmatch(raw)
	i := slices.IndexFunc(s.users, func(p record) bool { return name != nil && p["userName"] == string(name[1]) })
	switch {
	case bytes.Contains(raw, []byte(`"active":false`)) && len(s.users) > 0:
		s.users[len(s.users)-1]["active"] = false
	case i >= 0 && given != nil:
		s.users[i]["name"] = map[string]any{"givenName": string(given[1])}
	case name != nil && i < 0:
		s.users = append(s.users, record{"id": s.next(), "userName": string(name[1]), "schemas": []any{tinyUser}, "active": true})
	}
}

// wrongType says what is wrong with the types of a body; "" for nothing.
func wrongType(method string, body record) string {
	_, isText := body["userName"].(string)
	_, isBool := body["active"].(bool)
	_, isObject := body["name"].(map[string]any)
	emails, isList := body["emails"].([]any)
	switch {
	case body["userName"] != nil && !isText:
		return "userName is no string"
	case body["active"] != nil && !isBool:
		return "active is no boolean"
	case body["name"] != nil && !isObject:
		return "name is no object"
	case body["emails"] != nil && !isList:
		return "emails is no array"
	}
	for _, e := range emails {
		if _, ok := e.(map[string]any); !ok {
			return "an e-mail is no object"
		}
	}
	if text, ok := body["displayName"]; ok {
		if _, isText := text.(string); !isText && text != nil {
			return "displayName is no string"
		}
	}
	if method != http.MethodPatch {
		return ""
	}
	ops, isList := body["Operations"].([]any)
	if !isList {
		return "Operations is no array"
	}
	for _, o := range ops {
		op, _ := o.(map[string]any)
		value, _ := op["value"].(map[string]any)
		if !slices.Contains([]any{"add", "remove", "replace"}, op["op"]) {
			return "there is no such op"
		}
		if active, there := value["active"]; there {
			if _, isBool := active.(bool); !isBool {
				return "active is no boolean"
			}
		}
	}
	return ""
}

// like reports whether got has the form of pattern, in which the characters of
// wild stand for anything.
func like(got, pattern, wild string) bool {
	form := regexp.QuoteMeta(pattern)
	for _, c := range wild {
		form = strings.ReplaceAll(form, regexp.QuoteMeta(string(c)), ".*")
	}
	return regexp.MustCompile("(?i)^" + form + "$").MatchString(got)
}
