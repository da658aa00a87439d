package oktasource_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/internal/oktasim"
	"github.com/oktascim/oktascim/internal/oktasource"
)

const smallOrg = `
number: 1
rateLimits: {off: true}
users:
  - {login: ada@x.test, firstName: Ada, lastName: Lovelace, title: Lead}
  - {login: bob@x.test, firstName: Bob, lastName: Byte}
  - {login: cat@x.test, firstName: Cat, lastName: Cee, status: DEPROVISIONED}
  - {login: dan@x.test, firstName: Dan, lastName: Dee, email: null}
  - {login: eve@x.test, firstName: Eve, lastName: Ee}
groups:
  - {name: Staff, members: [ada@x.test, bob@x.test, cat@x.test, dan@x.test]}
  - {name: Engineering, members: [ada@x.test, cat@x.test, eve@x.test]}
  - {name: Ops, members: [bob@x.test]}
apps:
  - label: Acme SCIM
    assign: {groups: [{name: Staff}], users: [{login: ada@x.test}]}
    push: [{group: Engineering}, {group: Ops, status: INACTIVE}]
`

type sim struct {
	*oktasim.Org
	t     *testing.T
	url   string
	ahead atomic.Int64 // how far the org's clock is ahead, in hours
}

// forward lets an hour pass in the org.
func (s *sim) forward() {
	s.ahead.Add(1)
	s.Tick()
}

func newSim(t *testing.T, seed string) *sim {
	t.Helper()
	parsed, err := oktasim.ParseSeed("seed.yaml", []byte(seed))
	if err != nil {
		t.Fatal(err)
	}
	s := &sim{t: t}
	s.Org, err = oktasim.New(oktasim.Options{Seed: parsed, Now: func() time.Time { return time.Now().Add(time.Duration(s.ahead.Load()) * time.Hour) }})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

func (s *sim) source(change ...func(*oktasource.Options)) *oktasource.Source {
	s.t.Helper()
	opt := oktasource.Options{
		OrgURL: s.url, APIToken: s.Token(), App: "Acme SCIM", AllowHTTP: true,
		Wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	}
	for _, c := range change {
		c(&opt)
	}
	source, err := oktasource.New(opt)
	if err != nil {
		s.t.Fatal(err)
	}
	return source
}

// call changes the org as an admin would.
func (s *sim) call(method, path, body string) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, bytes.NewReader([]byte(body)))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", "SSWS "+s.Token())
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode > 299 {
		s.t.Fatalf("%s %s: %s", method, path, resp.Status)
	}
}

// picture is a reading by names.
func picture(d directory.Desired) []string {
	names := map[directory.SourceID]string{}
	var lines []string
	for _, u := range d.Users {
		names[u.ID] = u.UserName
		lines = append(lines, fmt.Sprintf("%s via %s %s", u.UserName, u.Via, u.Attributes.Get("name.givenName")))
	}
	for _, g := range d.Groups {
		var members []string
		for _, m := range g.Members {
			members = append(members, names[m])
		}
		slices.Sort(members)
		lines = append(lines, fmt.Sprintf("[%s] paused=%v %v", g.Name, g.Paused, members))
	}
	for _, g := range d.Evidence.Gaps {
		lines = append(lines, "gap "+g.Where+": "+g.Why)
	}
	slices.Sort(lines)
	return lines
}

func TestTheSimulatedOrgIsReadAsItIs(t *testing.T) {
	for name, extra := range map[string]string{"": "", "self as last next": "quirks: {selfNext: true}\n", "expand lost": "quirks: {loseExpand: true}\n"} {
		s := newSim(t, extra+smallOrg)
		d, err := s.source().Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		want := []string{
			"[Engineering] paused=false [ada@x.test]",
			"[Ops] paused=true []",
			`ada@x.test via direct "Ada"`,
			`bob@x.test via Staff "Bob"`,
			`dan@x.test via Staff "Dan"`,
		}
		if diff := cmp.Diff(want, picture(d)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestWithoutAnAppTheSimulatedGroupsAreRead(t *testing.T) {
	s := newSim(t, smallOrg)
	d, err := s.source(func(o *oktasource.Options) {
		o.App, o.Groups, o.Pushes = "", []string{"Staff", "Engineering"}, []oktasource.Push{{Name: "Engineering", LinkTo: "42"}}
	}).Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"[Engineering] paused=false [ada@x.test eve@x.test]",
		`ada@x.test via Engineering "Ada"`,
		`bob@x.test via Staff "Bob"`,
		`dan@x.test via Staff "Dan"`,
		`eve@x.test via Engineering "Eve"`,
	}
	if diff := cmp.Diff(want, picture(d)); diff != "" {
		t.Error(diff)
	}
	for _, u := range d.Users {
		if (u.Blocked != "") != (u.UserName == "dan@x.test") {
			t.Errorf("%s: blocked %q", u.UserName, u.Blocked)
		}
	}
	if d.Groups[0].LinkTo != "42" {
		t.Errorf("LinkTo %q", d.Groups[0].LinkTo)
	}
}

func TestARemovalInTheSimulatedOrgIsConfirmed(t *testing.T) {
	s := newSim(t, smallOrg)
	source := s.source()
	read(t, source)
	bobID, adaID := s.UserID("bob@x.test"), s.UserID("ada@x.test")
	removals := []agent.Removal{
		{Kind: directory.KindUser, User: directory.SourceID(bobID)},
		{Kind: directory.KindGroup, User: directory.SourceID(adaID), Group: directory.SourceID(s.GroupID("Engineering"))},
	}
	before, err := source.Confirm(t.Context(), removals)
	if err != nil || before[0].Confirmed || before[1].Confirmed {
		t.Errorf("before: %+v %v", before, err)
	}
	s.call(http.MethodDelete, "/api/v1/groups/"+s.GroupID("Staff")+"/users/"+bobID, "")
	s.call(http.MethodDelete, "/api/v1/groups/"+s.GroupID("Engineering")+"/users/"+adaID, "")
	after, err := source.Confirm(t.Context(), removals)
	if err != nil || !after[0].Confirmed || !after[1].Confirmed {
		t.Errorf("after: %+v %v", after, err)
	}
}

// Every fault of the simulator, on every kind of read, on every page, for ever: an
// error, a gap, or the same.
func TestNoFaultOfTheSimulatorMakesASmallerReadingPassForWhole(t *testing.T) {
	s := newSim(t, smallOrg)
	want := read(t, s.source())
	for _, do := range []string{"500", "503", "504", "html", "429", "concurrency429", "401", "forbidden", "cut", "drop", "empty", "emptyList", "emptyPage", "noLinks"} {
		for _, path := range []string{
			"/api/v1/apps", "/api/v1/apps/*", "/api/v1/apps/*/users", "/api/v1/apps/*/group-push/mappings", "/api/v1/meta/schemas/apps/*/default",
			"/api/v1/groups", "/api/v1/groups/*", "/api/v1/groups/*/users",
		} {
			for _, times := range []int{1, 2, -1} {
				if err := s.AddFault(oktasim.Fault{Match: oktasim.FaultMatch{Path: path}, Do: do, Times: times}); err != nil {
					t.Fatal(err)
				}
				got, err := s.source(newClock().options).Read(t.Context())
				s.ClearFaults()
				if err != nil || !got.Evidence.Complete() {
					continue
				}
				if lost := smaller(want, got); lost != "" {
					t.Errorf("%s %s %d times: complete without %s", do, path, times, lost)
				}
			}
		}
	}
}

func TestTheSimulatedServiceAppReadsTheSame(t *testing.T) {
	key := newRSA(t)
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	public := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	s := newSim(t, smallOrg)
	want := picture(read(t, s.source()))
	for _, dpop := range []bool{false, true} {
		id, err := s.AddServiceApp(oktasim.ServiceApp{ClientID: fmt.Sprintf("0oaclient%v", dpop), KeyID: "kid-1", PublicKey: public, Scopes: oktasource.DefaultScopes(), DPoP: dpop})
		if err != nil {
			t.Fatal(err)
		}
		source := s.source(asApp(pkcs1(key), func(a *oktasource.ServiceApp) { a.ClientID = id }))
		if diff := cmp.Diff(want, picture(read(t, source))); diff != "" {
			t.Errorf("dpop %v: %s", dpop, diff)
		}
		if text := findings(source.Check(t.Context())); strings.Contains(text, "x ") && strings.HasPrefix(text, "x") {
			t.Error(text)
		}
	}
	// A service app without an admin role is answered with empty lists.
	id, err := s.AddServiceApp(oktasim.ServiceApp{ClientID: "0oaclientnone", KeyID: "kid-1", PublicKey: public, Scopes: oktasource.DefaultScopes(), Role: "none"})
	if err != nil {
		t.Fatal(err)
	}
	source := s.source(asApp(pkcs1(key), func(a *oktasource.ServiceApp) { a.ClientID = id }))
	if d, err := source.Read(t.Context()); err == nil && d.Evidence.Complete() {
		t.Errorf("without a role: %v", picture(d))
	}
	if text := findings(source.Check(t.Context())); !strings.Contains(text, "x right to read users") {
		t.Error(text)
	}
}

func TestManyPeopleAreReadInFewRequests(t *testing.T) {
	s := newSim(t, "number: 7\nrateLimits: {off: true}\ngenerate: {users: 1200, groups: 40, memberships: 3000, app: Acme SCIM}\n")
	d := read(t, s.source())
	members := 0
	for _, g := range d.Groups {
		members += len(g.Members)
	}
	if len(d.Users) != 1200 || len(d.Groups) != 40 || members != 3000 {
		t.Errorf("%d users, %d groups, %d memberships", len(d.Users), len(d.Groups), members)
	}
	// App by label and id, schema; 3 pages of users; mappings; 40 names in 2 filters; 40 groups,
	// perhaps one of more than 1,000 members.
	if d.Evidence.Requests > 51 {
		t.Errorf("%d requests", d.Evidence.Requests)
	}
}

// counting counts the answers by status and by bucket.
type counting struct {
	mu     sync.Mutex
	status map[int]int
	last   map[string]int // least X-Rate-Limit-Remaining, as a share of the limit in percent
}

func (c *counting) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.status[resp.StatusCode]++
	limit, _ := strconv.Atoi(resp.Header.Get("X-Rate-Limit-Limit"))
	left, _ := strconv.Atoi(resp.Header.Get("X-Rate-Limit-Remaining"))
	path := strings.Split(r.URL.Path, "/")[3]
	if share, met := c.last[path]; limit > 0 && (!met || left*100/limit < share) {
		c.last[path] = left * 100 / limit
	}
	return resp, nil
}

func TestTheLimitsOfTheSimulatedOrgAreNeverMet(t *testing.T) {
	parsed, err := oktasim.ParseSeed("seed.yaml", []byte("number: 7\ngenerate: {users: 300, groups: 300, memberships: 600, app: Acme SCIM}\n"))
	if err != nil {
		t.Fatal(err)
	}
	k := newClock()
	var now oktasource.Options
	k.options(&now)
	org, err := oktasim.New(oktasim.Options{Seed: parsed, Now: now.Now})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(org.Handler())
	t.Cleanup(server.Close)
	seen := &counting{status: map[int]int{}, last: map[string]int{}}
	s := &sim{Org: org, t: t, url: server.URL}
	d := read(t, s.source(k.options, func(o *oktasource.Options) { o.Transport = seen }))
	if len(d.Users) != 300 || len(d.Groups) != 300 {
		t.Errorf("%d users, %d groups", len(d.Users), len(d.Groups))
	}
	if seen.status[429] != 0 || len(k.waits) == 0 {
		t.Errorf("statuses %v after waits %v", seen.status, k.waits)
	}
	for path, least := range seen.last {
		if least < 50 {
			t.Errorf("/%s: only %d %% of the limit were left, want half", path, least)
		}
	}
}

// BenchmarkReadTenThousand reads the org of the acceptance test: 10,000 people, 500
// groups, 50,000 memberships. MB-live is what a reading holds in memory.
func BenchmarkReadTenThousand(b *testing.B) {
	parsed, err := oktasim.ParseSeed("seed.yaml", []byte("number: 7\nrateLimits: {off: true}\ngenerate: {users: 10000, groups: 500, memberships: 50000, app: Acme SCIM}\n"))
	if err != nil {
		b.Fatal(err)
	}
	org, err := oktasim.New(oktasim.Options{Seed: parsed})
	if err != nil {
		b.Fatal(err)
	}
	server := httptest.NewServer(org.Handler())
	defer server.Close()
	source, err := oktasource.New(oktasource.Options{OrgURL: server.URL, APIToken: org.Token(), App: "Acme SCIM", AllowHTTP: true})
	if err != nil {
		b.Fatal(err)
	}
	var before, after runtime.MemStats
	var d directory.Desired
	runtime.GC()
	runtime.ReadMemStats(&before)
	for b.Loop() {
		if d, err = source.Read(b.Context()); err != nil || !d.Evidence.Complete() {
			b.Fatal(err, d.Evidence.Gaps)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "MB-live")
	b.ReportMetric(float64(d.Evidence.Requests), "requests")
	runtime.KeepAlive(d)
}
