package scimtarget_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/oktascim/oktascim/internal/scimtarget"
	"github.com/oktascim/oktascim/scimclient"
)

type object = map[string]any

// fake is a small SCIM server whose faults are those of real ones (each test says which).
type fake struct {
	mu      sync.Mutex
	objects map[string][]object // by endpoint
	log     []string            // method and path, in order
	bodies  []object            // of the same requests; nil where there was none
	next    int

	// before may answer a request instead of the server.
	before func(w http.ResponseWriter, r *http.Request, body object) bool
	// after may change what is sent.
	show func(endpoint string, o object) object
	// pageCap bounds pages silently; 0 is no bound.
	pageCap int
	// hide leaves these ids out of lists.
	hide []string
	// ignoreFilter answers every search with everything.
	ignoreFilter bool
	// noBody answers a PATCH with 204.
	noBody bool
	// removal says what "remove" with a value filter does; nil is the right thing.
	removal func(members []any, value string) (left []any, status int)
	// replaceAdds makes "replace members" a union.
	replaceAdds bool
	// dropPostMembers makes a group without the members that were posted.
	dropPostMembers bool
}

func newFake(t *testing.T) (*fake, *scimtarget.Target) {
	t.Helper()
	return newFakeWith(t, scimtarget.Catalog)
}

func newFakeWith(t *testing.T, dialect scimtarget.Dialect) (*fake, *scimtarget.Target) {
	t.Helper()
	f := &fake{objects: map[string][]object{}}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	client, err := scimclient.New(scimclient.Options{BaseURL: server.URL + "/scim/v2", Auth: scimclient.Bearer("t"), Retries: -1})
	if err != nil {
		t.Fatal(err)
	}
	return f, scimtarget.New(scimtarget.Options{Client: client, Dialect: dialect})
}

// add puts an object into the server and returns its id.
func (f *fake) add(endpoint string, o object) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.insert(endpoint, o)
}

func (f *fake) insert(endpoint string, o object) string {
	f.next++
	id := fmt.Sprintf("id/%d", f.next) // ids may hold a slash (targets.md, rule 12)
	o["id"] = id
	f.objects[endpoint] = append(f.objects[endpoint], o)
	return id
}

func (f *fake) get(endpoint, id string) object {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.find(endpoint, id)
}

func (f *fake) find(endpoint, id string) object {
	for _, o := range f.objects[endpoint] {
		if o["id"] == id {
			return o
		}
	}
	return nil
}

// sent returns the requests of a method, as "METHOD path".
func (f *fake) sent(method string) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(f.log), func(l string) bool { return !strings.HasPrefix(l, method+" ") })
}

// body returns the body of the nth request of a method.
func (f *fake) body(method string, n int) object {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, l := range f.log {
		if strings.HasPrefix(l, method+" ") {
			if n == 0 {
				return f.bodies[i]
			}
			n--
		}
	}
	return nil
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	var body object
	if len(raw) > 0 && json.Unmarshal(raw, &body) != nil {
		fail(w, 400, "invalidSyntax", "no JSON")
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.log = append(f.log, r.Method+" "+r.URL.Path)
	f.bodies = append(f.bodies, body)
	if f.before != nil && f.before(w, r, body) {
		return
	}
	rest := strings.TrimPrefix(r.URL.Path, "/scim/v2/")
	endpoint, id, single := strings.Cut(rest, "/")
	if !single {
		switch r.Method {
		case http.MethodGet:
			f.list(w, endpoint, r)
		case http.MethodPost:
			f.create(w, endpoint, body)
		}
		return
	}
	o := f.find(endpoint, id)
	if o == nil {
		fail(w, 404, "", "not found")
		return
	}
	switch r.Method {
	case http.MethodGet:
		f.send(w, 200, endpoint, o)
	case http.MethodPut:
		clear(o)
		maps.Copy(o, body)
		o["id"] = id
		f.send(w, 200, endpoint, o)
	case http.MethodPatch:
		if status := f.patch(o, body); status != 0 {
			fail(w, status, "", "refused")
			return
		}
		if f.noBody {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		f.send(w, 200, endpoint, o)
	case http.MethodDelete:
		f.objects[endpoint] = slices.DeleteFunc(f.objects[endpoint], func(x object) bool { return x["id"] == id })
		w.WriteHeader(http.StatusNoContent)
	}
}

func (f *fake) create(w http.ResponseWriter, endpoint string, body object) {
	key := "userName"
	if endpoint == "Groups" {
		key = "displayName"
	}
	for _, o := range f.objects[endpoint] {
		if strings.EqualFold(fmt.Sprint(o[key]), fmt.Sprint(body[key])) {
			fail(w, 409, "uniqueness", "already there")
			return
		}
	}
	if f.dropPostMembers {
		delete(body, "members")
		body["members"] = []any{}
	}
	f.insert(endpoint, body)
	f.send(w, 201, endpoint, body)
}

var filterForm = regexp.MustCompile(`^(\w+) eq "(.*)"$`)

func (f *fake) list(w http.ResponseWriter, endpoint string, r *http.Request) {
	q := r.URL.Query()
	var found []object
	m := filterForm.FindStringSubmatch(q.Get("filter"))
	for _, o := range f.objects[endpoint] {
		switch {
		case slices.Contains(f.hide, fmt.Sprint(o["id"])):
		case m == nil || f.ignoreFilter || strings.EqualFold(fmt.Sprint(o[m[1]]), m[2]):
			found = append(found, o)
		}
	}
	total := len(found)
	start, count := 1, 100
	if s, err := strconv.Atoi(q.Get("startIndex")); err == nil {
		start = s
	}
	if c, err := strconv.Atoi(q.Get("count")); err == nil {
		count = c
	}
	if f.pageCap > 0 {
		count = min(count, f.pageCap)
	}
	page := found[min(start-1, total):min(start-1+count, total)]
	list := make([]any, len(page))
	for i, o := range page {
		list[i] = f.shown(endpoint, o)
	}
	write(w, 200, object{
		"schemas":      []string{"urn:ietf:params:scim:api:messages:2.0:ListResponse"},
		"totalResults": total, "startIndex": start, "itemsPerPage": len(page), "Resources": list,
	})
}

var valueForm = regexp.MustCompile(`^members\[value eq "(.*)"\]$`)

func (f *fake) patch(o, body object) (status int) {
	ops, _ := body["Operations"].([]any)
	for _, x := range ops {
		op, _ := x.(object)
		path, _ := op["path"].(string)
		members, _ := o["members"].([]any)
		switch {
		case op["op"] == "replace" && path == "":
			value, _ := op["value"].(object)
			for k, v := range value {
				if k != "id" {
					o[k] = v
				}
			}
		case op["op"] == "replace" && path == "members" && !f.replaceAdds:
			o["members"] = op["value"]
		case path == "members":
			value, _ := op["value"].([]any)
			for _, v := range value {
				if !slices.ContainsFunc(members, func(m any) bool { return m.(object)["value"] == v.(object)["value"] }) {
					members = append(members, v)
				}
			}
			o["members"] = members
		case op["op"] == "remove" && valueForm.MatchString(path):
			id := valueForm.FindStringSubmatch(path)[1]
			if f.removal == nil {
				o["members"] = slices.DeleteFunc(slices.Clone(members), func(m any) bool { return m.(object)["value"] == id })
				continue
			}
			left, status := f.removal(members, id)
			if status != 0 {
				return status
			}
			o["members"] = left
		default:
			return 400
		}
	}
	return 0
}

func (f *fake) shown(endpoint string, o object) object {
	c := object{}
	for k, v := range o {
		if k != "password" {
			c[k] = v
		}
	}
	if f.show != nil {
		return f.show(endpoint, c)
	}
	return c
}

func (f *fake) send(w http.ResponseWriter, status int, endpoint string, o object) {
	write(w, status, f.shown(endpoint, o))
}

func fail(w http.ResponseWriter, status int, scimType, detail string) {
	body := object{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:Error"}, "status": strconv.Itoa(status), "detail": detail}
	if scimType != "" {
		body["scimType"] = scimType
	}
	write(w, status, body)
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/scim+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// members returns the ids in a group of the fake, in order.
func (f *fake) members(id string) []string {
	var ids []string
	list, _ := f.get("Groups", id)["members"].([]any)
	for _, m := range list {
		ids = append(ids, fmt.Sprint(m.(object)["value"]))
	}
	return ids
}
