package scimserver_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/oktascim/oktascim/internal/scimserver"
)

const (
	userURN       = "urn:ietf:params:scim:schemas:core:2.0:User"
	groupURN      = "urn:ietf:params:scim:schemas:core:2.0:Group"
	enterpriseURN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
)

// rig is a server on loopback and a plain HTTP client.
type rig struct {
	t   *testing.T
	url string
	srv *scimserver.Server
}

// awaitLog returns the log once it is as wanted: an answer may arrive before its entry does.
func awaitLog(t *testing.T, c *scimserver.Connection, wanted func([]scimserver.RequestRecord) bool) []scimserver.RequestRecord {
	t.Helper()
	entries := c.Watch(t.Context())
	for {
		log := c.Requests()
		if wanted(log) {
			return log
		}
		<-entries
	}
}

func start(t *testing.T, o scimserver.Options) *rig {
	t.Helper()
	srv := scimserver.New(o)
	h := httptest.NewServer(srv.Handler())
	t.Cleanup(h.Close)
	return &rig{t, h.URL + "/scim/v2", srv}
}

// answer is what came back.
type answer struct {
	t      *testing.T
	what   string
	status int
	header http.Header
	text   string
	body   any
}

// do sends a request; headers are names and values in turn.
func (g *rig) do(method, path, body string, headers ...string) answer {
	g.t.Helper()
	r, err := http.NewRequestWithContext(g.t.Context(), method, g.url+path, strings.NewReader(body))
	if err != nil {
		g.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/scim+json; charset=utf-8")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		g.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		g.t.Fatal(err)
	}
	a := answer{t: g.t, what: method + " " + path, status: resp.StatusCode, header: resp.Header, text: string(raw)}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &a.body); err != nil {
			g.t.Fatalf("%s: %v in %s", a.what, err, raw)
		}
		if ct := resp.Header.Get("Content-Type"); !strings.HasPrefix(ct, "application/scim+json") {
			g.t.Errorf("%s: Content-Type %q", a.what, ct)
		}
	}
	return a
}

// read takes the body in.
func (a *answer) read(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	a.text = string(raw)
	return json.Unmarshal(raw, &a.body)
}

// want ends the test if the status is another one.
func (a answer) want(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: %d, want %d: %s", a.what, a.status, status, a.text)
	}
	return a
}

// refused wants a SCIM error with that status, scimType ("" for none) and a
// detail that holds the part.
func (a answer) refused(status int, scimType, part string) {
	a.t.Helper()
	a.want(status)
	got, _ := a.at("scimType").(string)
	detail, _ := a.at("detail").(string)
	if got != scimType || !strings.Contains(detail, part) || a.at("schemas", 0) != "urn:ietf:params:scim:api:messages:2.0:Error" {
		a.t.Errorf("%s: want scimType %q and a detail with %q: %s", a.what, scimType, part, a.text)
	}
}

// at gives the part of the body at a path of names and indexes, or nil.
func (a answer) at(path ...any) any {
	v := a.body
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[p]
		case int:
			l, _ := v.([]any)
			if p >= len(l) {
				return nil
			}
			v = l[p]
		}
	}
	return v
}

// is wants the part at a path to be the JSON text.
func (a answer) is(wantJSON string, path ...any) answer {
	a.t.Helper()
	got, _ := json.Marshal(a.at(path...))
	var want any
	if err := json.Unmarshal([]byte(wantJSON), &want); err != nil {
		a.t.Fatal(err)
	}
	if w, _ := json.Marshal(want); string(w) != string(got) {
		a.t.Errorf("%s: %v is %s, want %s", a.what, path, got, w)
	}
	return a
}

func (a answer) id() string {
	a.t.Helper()
	id, _ := a.at("id").(string)
	if id == "" {
		a.t.Fatalf("%s: no id in %s", a.what, a.text)
	}
	return id
}

// values gives the sorted "value" of each element of a list.
func (a answer) values(path ...any) []string {
	list, _ := a.at(path...).([]any)
	out := []string{}
	for _, e := range list {
		m, _ := e.(map[string]any)
		s, _ := m["value"].(string)
		out = append(out, s)
	}
	slices.Sort(out)
	return out
}

// user creates a user; more is further members of the body, or "".
func (g *rig) user(userName, more string) string {
	g.t.Helper()
	if more != "" {
		more = "," + more
	}
	return g.do("POST", "/Users", `{"schemas":["`+userURN+`"],"userName":"`+userName+`"`+more+`}`).want(201).id()
}

// group creates a group with members.
func (g *rig) group(name string, members ...string) string {
	g.t.Helper()
	return g.do("POST", "/Groups", `{"schemas":["`+groupURN+`"],"displayName":"`+name+`","members":`+memberList(members)+`}`).want(201).id()
}

func memberList(ids []string) string {
	if len(ids) == 0 {
		return "[]"
	}
	return `[{"value":"` + strings.Join(ids, `"},{"value":"`) + `"}]`
}

func (g *rig) patch(path, operations string, headers ...string) answer {
	g.t.Helper()
	return g.do("PATCH", path, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[`+operations+`]}`, headers...)
}

// find lists with a filter and gives the userNames or displayNames.
func (g *rig) find(collection, filter string) []string {
	g.t.Helper()
	a := g.do("GET", collection+"?filter="+url.QueryEscape(filter), "").want(200)
	names := []string{}
	list, _ := a.at("Resources").([]any)
	for i := range list {
		name, ok := a.at("Resources", i, "userName").(string)
		if !ok {
			name, _ = a.at("Resources", i, "displayName").(string)
		}
		names = append(names, name)
	}
	return names
}

func equalSets(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}
