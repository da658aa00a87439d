package oktasim_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oktascim/oktascim/internal/oktasim"
)

// clock is a clock that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 3, 25, 13, 45, 46, 0, time.UTC)} }

func (k *clock) now() time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.at
}

func (k *clock) forward(d time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.at = k.at.Add(d)
}

// sim is an org that is served, with the acme seed if no other is given.
type sim struct {
	*oktasim.Org
	t     *testing.T
	url   string
	clock *clock
}

func start(t *testing.T, opt oktasim.Options) *sim {
	t.Helper()
	k := newClock()
	if opt.Seed == nil {
		opt.Seed = oktasim.DefaultSeed()
	}
	opt.Now = k.now
	org, err := oktasim.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(org.Handler())
	t.Cleanup(server.Close)
	return &sim{org, t, server.URL, k}
}

func startSeed(t *testing.T, yaml string) *sim {
	t.Helper()
	seed, err := oktasim.ParseSeed("test.yaml", []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	return start(t, oktasim.Options{Seed: seed})
}

type answer struct {
	status int
	header http.Header
	body   []byte
}

// object is the body as a JSON object.
func (a answer) object(t *testing.T) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(a.body, &v); err != nil {
		t.Fatalf("status %d, no object: %s", a.status, a.body)
	}
	return v
}

func (a answer) list(t *testing.T) []map[string]any {
	t.Helper()
	v := []map[string]any{}
	if err := json.Unmarshal(a.body, &v); err != nil {
		t.Fatalf("status %d, no list: %s", a.status, a.body)
	}
	return v
}

// rel returns the URL of a Link line.
func (a answer) rel(rel string) string {
	for _, l := range a.header.Values("Link") {
		if u, found := strings.CutSuffix(l, `>; rel="`+rel+`"`); found {
			return strings.TrimPrefix(u, "<")
		}
	}
	return ""
}

// call sends one request with the org's token; body is JSON text or "".
func (s *sim) call(method, path, body string) answer {
	s.t.Helper()
	return s.as("SSWS "+s.Token(), method, path, body)
}

func (s *sim) as(authorization, method, path, body string) answer {
	s.t.Helper()
	a, err := s.try(authorization, method, path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

func (s *sim) try(authorization, method, path, body string) (answer, error) {
	if !strings.HasPrefix(path, "http") {
		path = s.url + path
	}
	req, err := http.NewRequestWithContext(s.t.Context(), method, path, bytes.NewBufferString(body))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Accept", "application/json")
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, raw}, err
}

// want sends a request and insists on the status.
func (s *sim) want(status int, method, path, body string) answer {
	s.t.Helper()
	a := s.call(method, path, body)
	if a.status != status {
		s.t.Fatalf("%s %s: %d, want %d: %s", method, path, a.status, status, a.body)
	}
	return a
}

// pages follows next to the end.
func (s *sim) pages(path string) (pages [][]map[string]any) {
	s.t.Helper()
	for path != "" {
		a := s.want(200, "GET", path, "")
		pages = append(pages, a.list(s.t))
		if path == a.rel("next") {
			s.t.Fatalf("next of %s leads to itself", path)
		}
		path = a.rel("next")
	}
	return pages
}

func (s *sim) all(path string) []map[string]any { s.t.Helper(); return slices.Concat(s.pages(path)...) }

// texts picks one member out of every object; a dot goes deeper.
func texts(list []map[string]any, path string) []string {
	var out []string
	for _, m := range list {
		out = append(out, text(m, path))
	}
	slices.Sort(out)
	return out
}

func text(m map[string]any, path string) string {
	var v any = m
	for p := range strings.SplitSeq(path, ".") {
		inner, _ := v.(map[string]any)
		v = inner[p]
	}
	s, _ := v.(string)
	return s
}

func same(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func (s *sim) app() string { return "/api/v1/apps/" + s.AppID("SCIM 2.0 - Acme") }

func TestTheDefaultOrgIsTheOneOfTheWalkthrough(t *testing.T) {
	s := start(t, oktasim.Options{})
	same(t, "groups", texts(s.all("/api/v1/groups"), "profile.name"), "Engineering", "Everyone", "Sales")
	same(t, "app users", texts(s.all(s.app()+"/users"), "credentials.userName"), "ada@acme.test", "bob@acme.test", "cat@acme.test")
	if n := len(s.all("/api/v1/users")); n != 7 {
		t.Errorf("%d users are listed, want 7: the deprovisioned one is left out", n)
	}
}

func TestIDsHaveOktasForm(t *testing.T) {
	s := start(t, oktasim.Options{})
	form := regexp.MustCompile(`^(00u|00g|0oa)[0-9a-z]{7}[0-9A-Za-z]{7}1d7$`)
	for _, id := range []string{s.UserID("ADA@acme.test"), s.GroupID("Sales"), s.AppID("SCIM 2.0 - Acme")} {
		if !form.MatchString(id) {
			t.Errorf("id %q", id)
		}
	}
}
