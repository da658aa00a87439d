package adminpanel_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/oktascim/oktascim/internal/scimserver"
	"github.com/oktascim/oktascim/internal/scimserver/adminpanel"
)

const password = "correct horse"

// rig is a SCIM server with its panel on one loopback address, and an HTTP
// client that behaves like a browser without script.
type rig struct {
	t          *testing.T
	url        string
	server     *scimserver.Server
	connection *scimserver.Connection
	acme       *scimserver.Tenant // with the option withTenant
	panel      *adminpanel.Panel
	client     *http.Client
	clock      *clock
	log        *logBuffer
}

// clock is a clock that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// logBuffer collects what the programs log.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// withTenant is an option of start: beside the default tenant there is "acme",
// and a reset can put ada back.
const withTenant = true

// start serves a panel with a connection that is off and has no token.
func start(t *testing.T, tenants ...bool) *rig {
	t.Helper()
	g := &rig{t: t, clock: &clock{now: time.Date(2026, 11, 25, 8, 30, 0, 0, time.UTC)}, log: &logBuffer{}}
	log := zerolog.New(g.log)
	o := scimserver.TenantsOptions{Server: scimserver.Options{Log: log, Now: g.clock.Now}, Connection: scimserver.ConnectionOptions{Log: log, Now: g.clock.Now}}
	if len(tenants) > 0 {
		o.Names = []string{"acme"}
	}
	all, err := scimserver.OpenTenants(o)
	if err != nil {
		t.Fatal(err)
	}
	first := all.Find("")
	g.server, g.connection, g.acme = first.Server, first.Connection, all.Find("acme")
	p := adminpanel.Options{Server: g.server, Connection: g.connection, Password: password, Log: log, Now: g.clock.Now, Name: "Acme test"}
	if g.acme != nil {
		p.Tenants = all.All()[1:]
		p.Begin = func(s *scimserver.Server) error {
			_, err := s.Create("User", []byte(adaBody))
			return err
		}
	}
	p.TokenURL = func(r *http.Request) string { return "http://" + r.Host + "/oauth/token" }
	mux := http.NewServeMux()
	mux.Handle("/scim/v2/", all.Handler())
	mux.Handle("/oauth/token", g.connection.TokenEndpoint())
	if g.acme != nil {
		mux.Handle("/oauth/token/acme", g.acme.Connection.TokenEndpoint())
	}
	mux.HandleFunc("/admin/", func(w http.ResponseWriter, r *http.Request) { g.panel.Handler().ServeHTTP(w, r) })
	g.panelWith(p)
	web := httptest.NewServer(mux)
	t.Cleanup(func() {
		g.panel.Close()
		web.Close()
	})
	g.url = web.URL
	g.client = newClient(t)
	return g
}

// panelWith puts another panel in the place of the one that there is.
func (g *rig) panelWith(o adminpanel.Options) {
	if g.panel != nil {
		g.panel.Close()
	}
	g.panel = adminpanel.New(o)
}

func newClient(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar}
}

// page is an answer of the panel.
type page struct {
	status int
	path   string // after redirects
	body   string
	header http.Header
}

func (g *rig) send(r *http.Request) page {
	g.t.Helper()
	res, err := g.client.Do(r)
	if err != nil {
		g.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		g.t.Fatal(err)
	}
	return page{res.StatusCode, res.Request.URL.RequestURI(), string(b), res.Header}
}

func (g *rig) get(path string) page {
	g.t.Helper()
	r, err := http.NewRequestWithContext(g.t.Context(), http.MethodGet, g.url+"/admin/"+path, nil)
	if err != nil {
		g.t.Fatal(err)
	}
	return g.send(r)
}

// post sends a form; fields are names and values in turn. Headers of a browser
// come with it.
func (g *rig) post(path string, fields ...string) page {
	g.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	r, err := http.NewRequestWithContext(g.t.Context(), http.MethodPost, g.url+"/admin/"+path, strings.NewReader(form.Encode()))
	if err != nil {
		g.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", g.url)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return g.send(r)
}

func (g *rig) signIn() {
	g.t.Helper()
	if p := g.post("sign-in", "password", password); p.status != http.StatusOK || p.path != "/admin/" {
		g.t.Fatalf("signing in leads to %s with %d", p.path, p.status)
	}
}

// scim calls the SCIM side and returns the status.
func (g *rig) scim(method, path, body, authorization string) int {
	g.t.Helper()
	r, err := http.NewRequestWithContext(g.t.Context(), method, g.url+"/scim/v2"+path, strings.NewReader(body))
	if err != nil {
		g.t.Fatal(err)
	}
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	r.Header.Set("Content-Type", "application/scim+json")
	r.Header.Set("User-Agent", "Okta SCIM Client 1.0.0")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		g.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		g.t.Fatal(err)
	}
	if res.StatusCode >= 500 {
		g.t.Fatalf("%s %s: %d %s", method, path, res.StatusCode, b)
	}
	return res.StatusCode
}

// formKey is the hidden key of the form on a page.
func (p page) formKey() string {
	if m := regexp.MustCompile(`name="key" value="([^"]+)"`).FindStringSubmatch(p.body); m != nil {
		return m[1]
	}
	return ""
}

// token is the token that a page shows, or "".
func (p page) token() string {
	if m := regexp.MustCompile(`id="token"[^>]* value="([0-9a-f]{64})"`).FindStringSubmatch(p.body); m != nil {
		return m[1]
	}
	return ""
}

// fill makes users and groups through SCIM; the first group has all users.
func (g *rig) fill(token string, users, groups int) {
	g.t.Helper()
	var members strings.Builder
	for i := range users {
		body := fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"user%03d@x.test","displayName":"User %03d","active":%v,"emails":[{"value":"user%03d@mail.test","primary":true}]}`, i, i, i%7 != 3, i)
		r, err := http.NewRequestWithContext(g.t.Context(), http.MethodPost, g.url+"/scim/v2/Users", strings.NewReader(body))
		if err != nil {
			g.t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/scim+json")
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			g.t.Fatal(err)
		}
		b, err := io.ReadAll(res.Body)
		res.Body.Close()
		id := regexp.MustCompile(`"id":"([^"]+)"`).FindSubmatch(b)
		if err != nil || res.StatusCode != http.StatusCreated || id == nil {
			g.t.Fatalf("creating user %d: %d %s", i, res.StatusCode, b)
		}
		if i > 0 {
			members.WriteByte(',')
		}
		fmt.Fprintf(&members, `{"value":"%s"}`, id[1])
	}
	for i := range groups {
		list := members.String()
		if i > 0 {
			list = ""
		}
		body := fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Group %02d","members":[%s]}`, i, list)
		if status := g.scim(http.MethodPost, "/Groups", body, "Bearer "+token); status != http.StatusCreated {
			g.t.Fatalf("creating group %d: %d", i, status)
		}
	}
}
