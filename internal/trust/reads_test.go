package trust

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/internal/ledger/sqlite"
	"github.com/oktascim/oktascim/internal/oktasim"
	"github.com/oktascim/oktascim/internal/oktasource"
	"github.com/oktascim/oktascim/internal/scimserver"
	"github.com/oktascim/oktascim/internal/scimtarget"
	"github.com/oktascim/oktascim/scimclient"
)

// breaks are the ways in which a reading goes wrong. Each gets the true answer.
var breaks = map[string]func(*http.Response){
	"500": func(r *http.Response) {
		replace(r, 500, "application/json", `{"errorCode":"E0000009","errorSummary":"Internal Server Error"}`)
	},
	"403": func(r *http.Response) {
		replace(r, 403, "application/json", `{"errorCode":"E0000006","errorSummary":"no"}`)
	},
	"404": func(r *http.Response) {
		replace(r, 404, "application/json", `{"errorCode":"E0000007","errorSummary":"Not found"}`)
	},
	"cut body": cutBody,
	"empty":    func(r *http.Response) { replace(r, 200, "application/json", "") },
	"[]":       func(r *http.Response) { replace(r, 200, "application/json", "[]") },
	"{}":       func(r *http.Response) { replace(r, 200, "application/json", "{}") },
	"null":     func(r *http.Response) { replace(r, 200, "application/json", "null") },
	"a page":   func(r *http.Response) { replace(r, 200, "text/html", "<!doctype html><title>Sign in</title>") },
	"no list": func(r *http.Response) {
		replace(r, 200, "application/scim+json", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":0,"startIndex":1,"itemsPerPage":0,"Resources":[]}`)
	},
	"half a list": halfList,
}

func replace(r *http.Response, status int, mediaType, body string) {
	r.Body.Close()
	r.StatusCode, r.Status = status, fmt.Sprint(status, " ", http.StatusText(status))
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	r.Header.Set("Content-Type", mediaType)
	r.Header.Set("Content-Length", fmt.Sprint(len(body)))
}

func cutBody(r *http.Response) {
	body, _ := io.ReadAll(r.Body)
	r.Body.Close()
	r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body[:len(body)/2]), broken{}))
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// halfList leaves the second half of a list out, and of Okta's the links with it: the most
// believable way of being incomplete.
func halfList(r *http.Response) {
	body, _ := io.ReadAll(r.Body)
	r.Body.Close()
	var list []json.RawMessage
	var scim map[string]json.RawMessage
	switch {
	case json.Unmarshal(body, &list) == nil:
		body, _ = json.Marshal(list[:len(list)/2])
		r.Header.Del("Link")
	case json.Unmarshal(body, &scim) == nil && json.Unmarshal(scim["Resources"], &list) == nil:
		scim["Resources"], _ = json.Marshal(list[:len(list)/2])
		body, _ = json.Marshal(scim)
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	r.Header.Set("Content-Length", fmt.Sprint(len(body)))
}

// saboteur breaks one reading, and from then on every other of the same address: an error
// that stays is worse than one that a retry mends.
type saboteur struct {
	next http.RoundTripper

	mu   sync.Mutex
	seen []string // method and address of the readings, in order
	at   int      // the number of the reading to break; -1: none
	how  func(*http.Response)
	stay bool
	url  string
}

func (s *saboteur) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := s.next.RoundTrip(r)
	if err != nil || r.Method != http.MethodGet {
		return res, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.seen)
	s.seen = append(s.seen, r.URL.RequestURI())
	if n == s.at {
		s.url = r.URL.RequestURI()
	}
	if n == s.at || s.stay && s.url != "" && s.url == r.URL.RequestURI() {
		s.how(res)
	}
	return res, nil
}

func (s *saboteur) arm(at int, how func(*http.Response), stay bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen, s.at, s.how, s.stay, s.url = nil, at, how, stay, ""
}

// rig is an org and a target that agree, with an agent whose guards are off: nothing but
// the evidence keeps it from removing.
type rig struct {
	org    *oktasim.Org
	orgURL string
	server *scimserver.Server
	okta   *saboteur
	scim   *saboteur
	agent  *agent.Agent
}

const company = `
rateLimits: {off: true}
users:
  - {login: ada@x.test, firstName: Ada, lastName: A}
  - {login: bob@x.test, firstName: Bob, lastName: B}
  - {login: cat@x.test, firstName: Cat, lastName: C}
  - {login: dan@x.test, firstName: Dan, lastName: D}
groups:
  - {name: Assigned, members: [ada@x.test, bob@x.test, cat@x.test, dan@x.test]}
  - {name: Eng, members: [ada@x.test, bob@x.test, cat@x.test]}
  - {name: Ops, members: [cat@x.test, dan@x.test]}
apps:
  - label: App
    assign: {groups: [{name: Assigned}]}
    push: [{group: Eng}, {group: Ops}]
`

func newRig(t *testing.T, app bool) *rig {
	t.Helper()
	seed, err := oktasim.ParseSeed("trust.yaml", []byte(company))
	must(t, err)
	r := &rig{okta: &saboteur{next: http.DefaultTransport, at: -1}, scim: &saboteur{next: http.DefaultTransport, at: -1}}
	r.org, err = oktasim.New(oktasim.Options{Seed: seed})
	must(t, err)
	org := httptest.NewServer(r.org.Handler())
	t.Cleanup(org.Close)
	r.orgURL = org.URL
	r.server = scimserver.New(scimserver.Options{})
	target := httptest.NewServer(r.server.Handler())
	t.Cleanup(target.Close)

	o := oktasource.Options{
		OrgURL: org.URL, APIToken: r.org.Token(), AllowHTTP: true, Transport: r.okta, Budget: 1,
		Wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	}
	if app {
		o.App = "App"
	} else {
		o.Groups, o.Pushes = []string{"Assigned"}, []oktasource.Push{{Name: "Eng"}, {Name: "Ops"}}
	}
	source, err := oktasource.New(o)
	must(t, err)
	// Pages of two, so that there is a page to lose.
	client, err := scimclient.New(scimclient.Options{BaseURL: target.URL + "/scim/v2", Transport: r.scim, Retries: -1, Concurrency: 1})
	must(t, err)
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "ledger.db"))
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	r.agent, err = agent.New(agent.Options{
		Name: "trust", Source: source, Ledger: db.Connection("trust"), DeleteGroups: true, Workers: 1,
		Target: scimtarget.New(scimtarget.Options{Client: client, PageSize: 2}),
	})
	must(t, err)
	report, err := r.agent.Run(t.Context(), agent.ModeApply)
	must(t, err)
	if report.Result != agent.AllApplied {
		t.Fatalf("the first run ended with %s: %+v", report.Result, report.Outcomes)
	}
	return r
}

// state tells everything that somebody could lose: each active person, each membership, each group.
func (r *rig) state() []string {
	var state []string
	users, _ := r.server.Users(0, 100)
	names := map[string]string{}
	for _, u := range users {
		names[u.ID] = u.UserName
		if u.Active {
			state = append(state, "active "+u.UserName)
		}
	}
	groups, _ := r.server.Groups(0, 100)
	for _, g := range groups {
		state = append(state, "group "+g.DisplayName)
		for _, m := range g.Members {
			state = append(state, names[m.ID]+" in "+g.DisplayName)
		}
	}
	slices.Sort(state)
	return state
}

// lost lists what of before is not in after.
func lost(before, after []string) []string {
	return slices.DeleteFunc(slices.Clone(before), func(s string) bool { return slices.Contains(after, s) })
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (r *rig) change(t *testing.T, method, path string) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), method, r.orgURL+path, nil)
	must(t, err)
	q.Header.Set("Authorization", "SSWS "+r.org.Token())
	res, err := http.DefaultClient.Do(q)
	must(t, err)
	defer res.Body.Close()
	if res.StatusCode >= 300 {
		t.Fatalf("%s %s: %s", method, path, res.Status)
	}
}

// Whatever single reading goes wrong, once or for good, nobody loses anything, neither when
// both sides agree nor when Okta asks for something to be removed: then that, and nothing
// else, may go.
func TestABrokenReadingTakesNothingAway(t *testing.T) {
	for _, c := range []struct {
		name    string
		app     bool
		bobLeft bool
		// may are the losses that Okta asks for.
		may []string
	}{
		{"an app, nothing to do", true, false, nil},
		{"groups, nothing to do", false, false, nil},
		{"an app, Bob has left", true, true, []string{"active bob@x.test", "bob@x.test in Eng"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, c.app)
			if c.bobLeft {
				bob := r.org.UserID("bob@x.test")
				r.change(t, http.MethodDelete, "/api/v1/groups/"+r.org.GroupID("Assigned")+"/users/"+bob)
				r.change(t, http.MethodDelete, "/api/v1/groups/"+r.org.GroupID("Eng")+"/users/"+bob)
			}
			before := r.state()
			// How many readings there are on each side, and what they are.
			r.okta.arm(-1, nil, false)
			r.scim.arm(-1, nil, false)
			_, err := r.agent.Run(t.Context(), agent.ModePlan)
			must(t, err)
			runs := 0
			for side, s := range map[string]*saboteur{"Okta": r.okta, "target": r.scim} {
				readings := slices.Clone(s.seen)
				if len(readings) < 2 {
					t.Fatalf("only %d readings on the side of %s", len(readings), side)
				}
				// One more than a plan has: the removals are confirmed by readings too.
				for at := range len(readings) + 2 {
					for how, f := range breaks {
						for _, stay := range []bool{false, true} {
							r.okta.arm(-1, nil, false)
							r.scim.arm(-1, nil, false)
							s.arm(at, f, stay)
							_, err := r.agent.Run(t.Context(), agent.ModeApply)
							runs++
							gone := slices.DeleteFunc(lost(before, r.state()), func(l string) bool { return slices.Contains(c.may, l) })
							if len(gone) > 0 {
								where := "a later reading"
								if at < len(readings) {
									where = readings[at]
								}
								t.Fatalf("%s of %s answered with %q (for good: %v, error %v): lost %v", where, side, how, stay, err, gone)
							}
						}
					}
				}
			}
			r.okta.arm(-1, nil, false)
			r.scim.arm(-1, nil, false)
			_, err = r.agent.Run(t.Context(), agent.ModeApply)
			must(t, err)
			if gone := lost(before, r.state()); !slices.Equal(gone, c.may) {
				t.Errorf("after a whole reading %v is gone, want %v", gone, c.may)
			}
			t.Logf("%d runs, each with another reading broken", runs)
		})
	}
}
