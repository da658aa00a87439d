package oktasource_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/oktascim/oktascim/internal/oktasource"
)

const (
	appID   = "0oa1abcdefGHIJKLM1d7"
	ada     = "00u1adaaaaAAAAAAA1d7"
	bob     = "00u2bobbbbBBBBBBB1d7"
	cat     = "00u3catcccCCCCCCC1d7"
	eng     = "00g1engggg00000001d7"
	ops     = "00g2opssss00000001d7"
	every   = "00g0everyo00000001d7"
	engPush = "gPm1engggg00000001d7"
	opsPush = "gPm2opssss00000001d7"
)

type object = map[string]any

// fake is a small Okta org: what it shows can be changed by any test.
type fake struct {
	*httptest.Server
	t *testing.T

	mu       sync.Mutex
	token    string
	app      object
	moreApps []object
	schema   object
	appUsers []object
	assigned []object
	groups   []object
	members  map[string][]object
	pushes   []object
	users    []object
	// before is called first and may answer the request itself.
	before   func(w http.ResponseWriter, r *http.Request) bool
	seen     []string // METHOD path?query
	headers  []http.Header
	maxLimit int
}

func user(id, login, status string) object {
	first, _, _ := strings.Cut(login, "@")
	return object{"id": id, "status": status, "profile": object{"login": login, "email": login, "firstName": first, "lastName": "X", "title": nil}}
}

func appUser(id, userName string) object {
	first, _, _ := strings.Cut(userName, "@")
	return object{"id": id, "status": "PROVISIONED", "scope": "GROUP", "credentials": object{"userName": userName},
		"profile": object{"givenName": first, "familyName": "X", "email": userName, "emailType": "work", "title": nil, "department": "R&D"},
		"_links":  object{"group": object{"name": "Staff", "href": "https://x/api/v1/groups/" + every}}}
}

func groupOf(id, name string, members int) object {
	kind := "OKTA_GROUP"
	if name == "Everyone" {
		kind = "BUILT_IN"
	}
	return object{"id": id, "type": kind, "profile": object{"name": name, "description": nil},
		"_embedded": object{"stats": object{"usersCount": members, "groupPushMappingsCount": 1}}}
}

// newFake is an org with three people assigned and two groups pushed.
func newFake(t *testing.T) *fake {
	t.Helper()
	f := newFakeWithoutServer(t)
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

// newFakeWithoutServer is reached by direct alone.
func newFakeWithoutServer(t *testing.T) *fake {
	t.Helper()
	urn, ent := "urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	property := func(ns, name string) object {
		return object{"title": name, "type": "string", "externalName": name, "externalNamespace": ns}
	}
	f := &fake{
		Server: &httptest.Server{URL: "http://127.0.0.1:1"},
		t:      t, token: "00secret-token",
		app: object{"id": appID, "name": "scim2headerauth", "label": "Acme SCIM", "status": "ACTIVE", "signOnMode": nil,
			"features": []string{"PUSH_NEW_USERS", "PUSH_PROFILE_UPDATES", "PUSH_USER_DEACTIVATION", "GROUP_PUSH"}},
		schema: object{"definitions": object{
			"base": object{"properties": object{"userName": property(urn, "userName")}, "required": []string{"userName"}},
			"custom": object{"required": []string{}, "properties": object{
				"givenName": property(urn, "name.givenName"), "familyName": property(urn, "name.familyName"),
				"email": property(urn, "emails.^[primary==true].value"), "emailType": property(urn, "emails.^[primary==true].type"),
				"title": property(urn, "title"), "department": property(ent, "department"),
			}},
		}},
		appUsers: []object{appUser(ada, "ada@x.test"), appUser(bob, "bob@x.test"), appUser(cat, "cat@x.test")},
		assigned: []object{{"id": every, "priority": 0}},
		groups: []object{groupOf(every, "Everyone", 3), groupOf(eng, "Engineering", 2), groupOf(ops, "Ops", 1),
			{"id": "00g9targett0000001d7", "type": "APP_GROUP", "profile": object{"name": "Engineering"}, "source": object{"id": appID}}},
		members: map[string][]object{
			every: {user(ada, "ada@x.test", "ACTIVE"), user(bob, "bob@x.test", "ACTIVE"), user(cat, "cat@x.test", "ACTIVE")},
			eng:   {user(ada, "ada@x.test", "ACTIVE"), user(bob, "bob@x.test", "ACTIVE")},
			ops:   {user(cat, "cat@x.test", "ACTIVE")},
		},
		pushes: []object{
			{"id": engPush, "status": "ACTIVE", "sourceGroupId": eng, "targetGroupId": "00g9"},
			{"id": opsPush, "status": "INACTIVE", "sourceGroupId": ops, "targetGroupId": "00g8"},
		},
		users: []object{user(ada, "ada@x.test", "ACTIVE"), user(bob, "bob@x.test", "ACTIVE"), user(cat, "cat@x.test", "ACTIVE")},
	}
	return f
}

// source reads f without ever waiting.
func (f *fake) source(change ...func(*oktasource.Options)) *oktasource.Source {
	f.t.Helper()
	opt := oktasource.Options{
		OrgURL: f.URL, APIToken: f.token, App: "Acme SCIM", AllowHTTP: true,
		Wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	}
	for _, c := range change {
		c(&opt)
	}
	s, err := oktasource.New(opt)
	if err != nil {
		f.t.Fatal(err)
	}
	return s
}

// direct answers without a network: there are thousands of readings in some tests. What
// a handler aborts looks like what net/http makes of it.
type direct struct{ f *fake }

func (d direct) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	rec := httptest.NewRecorder()
	defer func() {
		switch p := recover(); {
		case p == nil:
		case p != any(http.ErrAbortHandler):
			panic(p)
		case rec.Body.Len() == 0:
			resp, err = nil, io.EOF
		default:
			resp, err = rec.Result(), nil
			resp.Body = io.NopCloser(io.MultiReader(rec.Body, iotest.ErrReader(io.ErrUnexpectedEOF)))
		}
	}()
	d.f.ServeHTTP(rec, r)
	return rec.Result(), r.Context().Err()
}

func (f *fake) direct(o *oktasource.Options) { o.Transport = direct{f} }

func (f *fake) requests() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.seen)
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.seen = append(f.seen, r.Method+" "+r.URL.RequestURI())
	f.headers = append(f.headers, r.Header.Clone())
	before := f.before
	f.mu.Unlock()
	if before == nil || !before(w, r) {
		f.answer(w, r)
	}
}

// answer is what a whole org says.
func (f *fake) answer(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.Header.Get("Authorization"), "SSWS ") && r.Header.Get("Authorization") != "SSWS "+f.token {
		f.fail(w, 401, "E0000011", "Invalid token provided")
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")[2:]
	q := r.URL.Query()
	switch p := strings.Join(parts, "/"); {
	case p == "apps":
		f.list(w, r, slices.DeleteFunc(append([]object{f.app}, f.moreApps...), func(a object) bool {
			return !strings.HasPrefix(strings.ToLower(a["label"].(string)), strings.ToLower(q.Get("q")))
		}), 200)
	case p == "apps/"+appID:
		f.write(w, f.app)
	case p == "meta/schemas/apps/"+appID+"/default":
		f.write(w, f.schema)
	case p == "apps/"+appID+"/users":
		f.list(w, r, f.appUsers, 500)
	case strings.HasPrefix(p, "apps/"+appID+"/users/"):
		f.one(w, f.appUsers, parts[3], "AppUser")
	case p == "apps/"+appID+"/groups":
		f.list(w, r, f.assigned, 200)
	case p == "apps/"+appID+"/group-push/mappings":
		f.list(w, r, slices.DeleteFunc(slices.Clone(f.pushes), func(m object) bool {
			return q.Get("sourceGroupId") != "" && m["sourceGroupId"] != q.Get("sourceGroupId")
		}), 1000)
	case strings.HasPrefix(p, "apps/"+appID+"/group-push/mappings/"):
		f.one(w, f.pushes, parts[4], "GroupPushMapping")
	case p == "groups" && q.Get("q") != "":
		f.write(w, slices.DeleteFunc(slices.Clone(f.groups), func(g object) bool {
			return !strings.HasPrefix(g["profile"].(object)["name"].(string), q.Get("q"))
		}))
	case p == "groups":
		f.list(w, r, slices.DeleteFunc(slices.Clone(f.groups), func(g object) bool {
			return q.Get("filter") != "" && !strings.Contains(q.Get("filter"), `"`+g["id"].(string)+`"`) && !strings.Contains(q.Get("filter"), `"`+g["type"].(string)+`"`)
		}), 10000)
	case parts[0] == "groups" && len(parts) == 2:
		f.one(w, f.groups, parts[1], "UserGroup")
	case parts[0] == "groups" && parts[2] == "users":
		f.list(w, r, f.members[parts[1]], 1000)
	case p == "users":
		f.list(w, r, f.users, 200)
	case parts[0] == "users" && len(parts) == 2:
		f.one(w, f.users, parts[1], "User")
	case parts[0] == "users" && parts[2] == "groups":
		if !slices.ContainsFunc(f.users, func(u object) bool { return u["id"] == parts[1] }) {
			f.notFound(w, parts[1], "User")
			return
		}
		f.list(w, r, slices.DeleteFunc(slices.Clone(f.groups), func(g object) bool {
			return !slices.ContainsFunc(f.members[g["id"].(string)], func(u object) bool { return u["id"] == parts[1] })
		}), 200)
	default:
		f.fail(w, 404, "E0000008", "The requested path was not found")
	}
}

func (f *fake) one(w http.ResponseWriter, rows []object, id, kind string) {
	for _, o := range rows {
		if o["id"] == id {
			f.write(w, o)
			return
		}
	}
	f.notFound(w, id, kind)
}

func (f *fake) notFound(w http.ResponseWriter, id, kind string) {
	f.fail(w, 404, "E0000007", "Not found: Resource not found: "+id+" ("+kind+")")
}

// list pages as Okta does: a cursor that is the last id, and a Link line for each
// relation that has lost every parameter but limit and after.
func (f *fake) list(w http.ResponseWriter, r *http.Request, rows []object, most int) {
	limit, err := strconv.Atoi(r.URL.Query().Get("limit"))
	if err != nil || limit < 1 || limit > most {
		f.fail(w, 400, "E0000001", "Api validation failed: limit")
		return
	}
	if f.maxLimit > 0 {
		limit = min(limit, f.maxLimit)
	}
	after := r.URL.Query().Get("after")
	start := 0
	if after != "" {
		start = 1 + slices.IndexFunc(rows, func(o object) bool { return o["id"] == after })
	}
	page := rows[start:min(start+limit, len(rows))]
	link := func(cursor string) string {
		q := url.Values{"limit": {strconv.Itoa(limit)}}
		if cursor != "" {
			q.Set("after", cursor)
		}
		return "<" + f.URL + r.URL.Path + "?" + q.Encode() + ">"
	}
	w.Header().Add("Link", link(after)+`; rel="self"`)
	if start+limit < len(rows) {
		w.Header().Add("Link", link(page[len(page)-1]["id"].(string))+`; rel="next"`)
	}
	if page == nil {
		page = []object{}
	}
	f.write(w, page)
}

func (f *fake) write(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Okta-Request-Id", "req-1")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		f.t.Error(err)
	}
}

func (f *fake) fail(w http.ResponseWriter, status int, code, summary string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Okta-Request-Id", "req-failed")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"errorCode":%q,"errorSummary":%q,"errorLink":%q,"errorId":"oaeNUwtqqhsQHuoK8jIfHuM1w","errorCauses":[]}`, code, summary, code)
}
