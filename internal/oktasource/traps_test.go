package oktasource_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/internal/oktasource"
)

func read(t *testing.T, s *oktasource.Source) directory.Desired {
	t.Helper()
	d, err := s.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !d.Evidence.Complete() {
		t.Fatalf("gaps: %v", d.Evidence.Gaps)
	}
	return d
}

func ids(d directory.Desired) string {
	var all []string
	for _, u := range d.Users {
		all = append(all, string(u.ID))
	}
	return strings.Join(all, " ")
}

// crowd is n people who are assigned.
func (f *fake) crowd(n int) {
	f.appUsers, f.users = nil, nil
	for i := range n {
		id, login := fmt.Sprintf("00u%08dAAAAAA1d7", i), fmt.Sprintf("p%d@x.test", i)
		f.appUsers, f.users = append(f.appUsers, appUser(id, login)), append(f.users, user(id, login, "ACTIVE"))
	}
	f.members[eng], f.members[ops] = f.users[:n/2], f.users[n/2:]
	f.groups[1], f.groups[2] = groupOf(eng, "Engineering", n/2), groupOf(ops, "Ops", n-n/2)
}

func TestParametersThatALinkLostAreSentAgain(t *testing.T) {
	f := newFake(t)
	f.maxLimit = 1
	read(t, f.source())
	next := 0
	for _, r := range f.requests() {
		if strings.Contains(r, "/api/v1/groups?") && strings.Contains(r, "after=") {
			next++
			if !strings.Contains(r, "filter=") || !strings.Contains(r, "expand=stats") {
				t.Errorf("%s lost filter or expand", r)
			}
		}
	}
	if next == 0 {
		t.Error("the list of groups had one page: nothing was tested")
	}
}

func TestLinksInOneLineAreReadAsInSeveral(t *testing.T) {
	f := newFake(t)
	f.maxLimit = 1
	inner := f.Config.Handler
	joined := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		inner.ServeHTTP(rec, r)
		maps.Copy(w.Header(), rec.Header())
		if all := rec.Header().Values("Link"); len(all) > 0 {
			w.Header().Set("Link", strings.ReplaceAll(strings.Join(all, ", "), f.URL, "http://"+r.Host))
		}
		w.WriteHeader(rec.Code)
		fmt.Fprint(w, rec.Body.String())
	}))
	defer joined.Close()
	d := read(t, f.source(func(o *oktasource.Options) { o.OrgURL = joined.URL }))
	if got, want := ids(d), ada+" "+bob+" "+cat; got != want {
		t.Errorf("users %s, want %s", got, want)
	}
}

func TestPagesDoNotOverwriteEachOther(t *testing.T) {
	f := newFake(t)
	f.crowd(9)
	f.maxLimit = 2
	d := read(t, f.source())
	if len(d.Users) != 9 {
		t.Fatalf("%d users, want 9", len(d.Users))
	}
	for i, u := range d.Users {
		if want := fmt.Sprintf("p%d@x.test", i); u.UserName != want || u.Attributes.Get("emails[primary eq true].value") != directory.Value(`"`+want+`"`) {
			t.Errorf("user %d is %s %v, want %s", i, u.UserName, u.Attributes, want)
		}
	}
}

func TestNothingIsCached(t *testing.T) {
	f := newFake(t)
	s := f.source()
	read(t, s)
	f.mu.Lock()
	f.appUsers = f.appUsers[:2]
	f.mu.Unlock()
	if got, want := ids(read(t, s)), ada+" "+bob; got != want {
		t.Errorf("users %s, want %s", got, want)
	}
}

func TestSomebodyDeactivatedIsNoMemberThoughTheGroupStillListsThem(t *testing.T) {
	f := newFake(t)
	f.members[eng][0]["status"] = "DEPROVISIONED"
	if got := read(t, f.source()).Groups[0].Members; !slices.Equal(got, []directory.SourceID{bob}) {
		t.Errorf("members %v, want bob alone", got)
	}
}

func TestNothingIsAskedBySearchNorOfFeaturesNorOfConnections(t *testing.T) {
	for _, change := range orgs() {
		f := newFake(t)
		read(t, f.source(change))
		for _, r := range f.requests() {
			if strings.Contains(r, "search=") || strings.Contains(r, "/features") || strings.Contains(r, "/connections") {
				t.Errorf("%s: search lags by minutes, and generic SCIM apps have no features or connection", r)
			}
		}
	}
}

func TestAnEndlessChainOfPagesIsAGap(t *testing.T) {
	for name, next := range map[string]string{
		"where it is": "after=" + bob, "another host": "http://elsewhere.test/api/v1/apps/" + appID + "/users?after=" + cat,
		"another path": "/api/v1/users?after=" + cat, "no cursor": "limit=2",
	} {
		f := newFake(t)
		f.maxLimit = 2
		f.before = func(w http.ResponseWriter, r *http.Request) bool {
			if strings.HasSuffix(r.URL.Path, appID+"/users") && r.URL.Query().Get("after") == bob {
				target := next
				switch {
				case strings.HasPrefix(next, "/"):
					target = f.URL + next
				case !strings.HasPrefix(next, "http"):
					target = f.URL + r.URL.Path + "?" + next
				}
				w.Header().Add("Link", "<"+f.URL+r.URL.RequestURI()+`>; rel="self"`)
				w.Header().Add("Link", "<"+target+`>; rel="next"`)
				f.write(w, []object{f.appUsers[2]})
				return true
			}
			return false
		}
		d, err := f.source(func(o *oktasource.Options) { o.Pushes = []oktasource.Push{} }).Read(t.Context())
		if name == "where it is" {
			// On a page that is not full: some endpoints end their lists so.
			if err != nil || !d.Evidence.Complete() || len(d.Users) != 3 {
				t.Errorf("%s: %v, gaps %v, %s", name, err, d.Evidence.Gaps, ids(d))
			}
			continue
		}
		if err != nil || d.Evidence.Complete() {
			t.Errorf("%s: %v, gaps %v", name, err, d.Evidence.Gaps)
		}
	}
}

func TestALoopOverTwoPagesEnds(t *testing.T) {
	f := newFake(t)
	n := 0
	f.before = func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, appID+"/users") {
			return false
		}
		n++
		w.Header().Add("Link", "<"+f.URL+r.URL.RequestURI()+`>; rel="self"`)
		w.Header().Add("Link", fmt.Sprintf(`<%s%s?after=%d>; rel="next"`, f.URL, r.URL.Path, n%2))
		f.write(w, f.appUsers[n%2:n%2+1])
		return true
	}
	d, err := f.source().Read(t.Context())
	if err != nil || d.Evidence.Complete() || n > 5 {
		t.Errorf("%v, gaps %v, %d requests", err, d.Evidence.Gaps, n)
	}
}

func TestServerTroubleIsRetriedAndBounded(t *testing.T) {
	for name, answer := range map[string]func(w http.ResponseWriter){
		"500":  func(w http.ResponseWriter) { w.WriteHeader(http.StatusInternalServerError) },
		"504":  func(w http.ResponseWriter) { w.WriteHeader(http.StatusGatewayTimeout) },
		"drop": func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, // io.EOF, which the SDK repeats for ever
		"empty": func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "application/json")
		},
	} {
		for times, works := range map[int]bool{3: true, 1 << 20: false} {
			f := newFake(t)
			var tries atomic.Int64
			f.before = func(w http.ResponseWriter, r *http.Request) bool {
				if strings.HasSuffix(r.URL.Path, "/default") && tries.Load() < int64(times) {
					tries.Add(1)
					answer(w)
					return true
				}
				return false
			}
			_, err := f.source().Read(t.Context())
			// net/http itself asks once more when a kept connection turns out to be closed.
			if works != (err == nil) || tries.Load() > 5 {
				t.Errorf("%s %d times: %v after %d", name, times, err, tries.Load())
			}
		}
	}
}

// clock is a clock that only waiting moves.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	waits []time.Duration
}

func (c *clock) options(o *oktasource.Options) {
	o.Now = func() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.now }
	o.Wait = func(ctx context.Context, d time.Duration) error {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.now = c.now.Add(d)
		c.waits = append(c.waits, d)
		return ctx.Err()
	}
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC)} }

func (c *clock) header(w http.ResponseWriter, limit, remaining int, reset time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	// The server's clock is an hour ahead of ours: only the difference counts.
	there := c.now.Add(time.Hour)
	w.Header().Set("Date", there.Format(http.TimeFormat))
	w.Header().Set("X-Rate-Limit-Limit", strconv.Itoa(limit))
	w.Header().Set("X-Rate-Limit-Remaining", strconv.Itoa(remaining))
	w.Header().Set("X-Rate-Limit-Reset", strconv.FormatInt(there.Add(reset).Unix(), 10))
}

func TestARateLimitIsWaitedForByTheServersClock(t *testing.T) {
	for _, c := range []struct {
		name     string
		header   func(k *clock, w http.ResponseWriter)
		min, max time.Duration
	}{
		{"reset in 40 s", func(k *clock, w http.ResponseWriter) { k.header(w, 50, 0, 40*time.Second) }, 40 * time.Second, 41 * time.Second},
		{"reset in the past", func(k *clock, w http.ResponseWriter) { k.header(w, 50, 0, -40*time.Second) }, time.Second, 2 * time.Second},
		{"no reset", func(k *clock, w http.ResponseWriter) { k.header(w, 50, 0, 0); w.Header().Del("X-Rate-Limit-Reset") }, time.Minute, 61 * time.Second},
		{"a reset in a week", func(k *clock, w http.ResponseWriter) { k.header(w, 50, 0, 200*time.Hour) }, 2 * time.Minute, 121 * time.Second},
		{"too many at once", func(k *clock, w http.ResponseWriter) { k.header(w, 0, 0, 55*time.Second) }, time.Second, 3 * time.Second},
		{"too many at once, no date", func(k *clock, w http.ResponseWriter) { k.header(w, 0, 0, 55*time.Second); w.Header()["Date"] = nil }, time.Second, 3 * time.Second},
	} {
		k, f := newClock(), newFake(t)
		limited := false
		f.before = func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.HasSuffix(r.URL.Path, "/default") || limited {
				return false
			}
			limited = true
			c.header(k, w)
			f.fail(w, 429, "E0000047", "API call exceeded rate limit due to too many requests.")
			return true
		}
		d := read(t, f.source(k.options))
		// A learned limit may make the one request wait a second time, never less.
		if len(d.Users) != 3 || len(k.waits) == 0 || k.waits[0] < c.min || k.waits[0] > c.max {
			t.Errorf("%s: waits %v, want one of %v to %v", c.name, k.waits, c.min, c.max)
		}
	}
}

func TestALimitThatLastsIsAnErrorThatSaysSo(t *testing.T) {
	k, f := newClock(), newFake(t)
	f.before = func(w http.ResponseWriter, r *http.Request) bool {
		k.header(w, 50, 0, time.Second)
		f.fail(w, 429, "E0000047", "API call exceeded rate limit due to too many requests.")
		return true
	}
	_, err := f.source(k.options).Read(t.Context())
	e, ok := errors.AsType[*oktasource.Error](err)
	if !ok || e.Status != 429 || e.Code != "E0000047" || e.RequestID != "req-failed" {
		t.Errorf("%v", err)
	}
	if n := len(f.requests()); n > 8 {
		t.Errorf("%d requests", n)
	}
	for _, h := range f.headers {
		for name := range h {
			if strings.HasPrefix(name, "X-Okta-Retry") {
				t.Errorf("the SDK's own retries are at work: %s", name)
			}
		}
	}
}

func TestOnlyOurShareOfABucketIsUsed(t *testing.T) {
	const limit, window = 20, 60 * time.Second
	for share, most := range map[float64]int{0.5: 10, 0.25: 5, 0.01: 1, 1: 20} {
		k, f := newClock(), newFake(t)
		f.crowd(30)
		f.maxLimit = 1 // 30 requests and more to /apps
		used, ends := 0, k.now.Add(window)
		worst := 0
		f.before = func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.HasSuffix(r.URL.Path, appID+"/users") {
				return false
			}
			k.mu.Lock()
			if !k.now.Before(ends) {
				used, ends = 0, k.now.Add(window)
			}
			used++
			worst = max(worst, used)
			left := ends.Sub(k.now)
			k.mu.Unlock()
			k.header(w, limit, limit-used, left)
			return false
		}
		s := f.source(k.options, func(o *oktasource.Options) { o.Budget, o.Pushes = share, []oktasource.Push{} })
		if d := read(t, s); len(d.Users) != 30 {
			t.Errorf("%d users", len(d.Users))
		}
		if worst > most {
			t.Errorf("budget %v: %d requests in one window of %d, want at most %d", share, worst, limit, most)
		}
	}
}

// The SDK would take any of these from the machine without a word.
func TestNothingIsTakenFromTheHomeDirectoryOrTheEnvironment(t *testing.T) {
	home := t.TempDir()
	if err := os.MkdirAll(filepath.Join(home, ".okta"), 0o700); err != nil {
		t.Fatal(err)
	}
	yaml := "okta:\n  client:\n    orgUrl: https://evil.okta.com\n    token: stolen\n    requestTimeout: 1\n    scopes: [okta.users.manage]\n    authorizationMode: PrivateKey\n    cache: {enabled: true, defaultTtl: 300}\n"
	if err := os.WriteFile(filepath.Join(home, ".okta", "okta.yaml"), []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOME", home)
	for name, value := range map[string]string{
		"ORGURL": "https://evil.okta.com", "TOKEN": "stolen", "AUTHORIZATIONMODE": "JWT", "CLIENTASSERTION": "x", "SCOPES": "okta.users.manage",
		"CACHE_ENABLED": "true", "REQUEST_TIMEOUT": "1", "RATE_LIMIT_MAX_RETRIES": "9", "PROXY_HOST": "evil.test", "PROXY_PORT": "1",
	} {
		t.Setenv("OKTA_CLIENT_"+name, value)
	}
	f := newFake(t)
	failed := false
	f.before = func(w http.ResponseWriter, r *http.Request) bool {
		if failed || !strings.HasSuffix(r.URL.Path, "/default") {
			return false
		}
		failed = true
		w.WriteHeader(http.StatusInternalServerError)
		return true
	}
	s := f.source(func(o *oktasource.Options) {
		o.Wait = func(ctx context.Context, _ time.Duration) error {
			if at, ok := ctx.Deadline(); ok {
				t.Errorf("a wait must end by %v: the SDK's request timeout is at work", at)
			}
			return ctx.Err()
		}
	})
	read(t, s)
	read(t, s)
	if n := len(f.requests()); n != 15 {
		t.Errorf("%d requests for two readings and a retry, want 15: something is cached", n)
	}
	for _, h := range f.headers {
		if h.Get("Authorization") != "SSWS 00secret-token" || h.Get("User-Agent") != "oktascim" {
			t.Errorf("Authorization %q, User-Agent %q", h.Get("Authorization"), h.Get("User-Agent"))
		}
	}
}

func TestACancelEndsAWait(t *testing.T) {
	f := newFake(t)
	ctx, cancel := context.WithCancel(t.Context())
	f.before = func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusInternalServerError)
		return true
	}
	s := f.source(func(o *oktasource.Options) {
		o.Wait = func(ctx context.Context, _ time.Duration) error {
			cancel()
			<-ctx.Done()
			return ctx.Err()
		}
	})
	if _, err := s.Read(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want a cancelled context", err)
	}
}

func TestTheTransportOnlyReadsAndOnlyFromTheOrg(t *testing.T) {
	f := newFake(t)
	read(t, f.source())
	for _, r := range f.requests() {
		if !strings.HasPrefix(r, "GET ") {
			t.Error(r)
		}
	}
}

func TestManyGroupsAreReadAtOnceWithoutARace(t *testing.T) {
	f := newFake(t)
	f.crowd(10)
	f.pushes = nil
	for i := range 30 {
		id := fmt.Sprintf("00g%09dGGGGG1d7", i)
		f.groups = append(f.groups, groupOf(id, fmt.Sprintf("Group %d", i), 5))
		f.members[id] = f.users[:5]
		f.pushes = append(f.pushes, object{"id": fmt.Sprintf("gPm%09dGGGGG1d7", i), "status": "ACTIVE", "sourceGroupId": id})
	}
	d := read(t, f.source())
	if len(d.Groups) != 30 {
		t.Fatalf("%d groups", len(d.Groups))
	}
	for i, g := range d.Groups {
		if g.Name != fmt.Sprintf("Group %d", i) || len(g.Members) != 5 {
			t.Errorf("group %d: %+v", i, g)
		}
	}
	// App by label and id, schema, users, mappings, two filters of names, 30 groups.
	if d.Evidence.Requests != 37 {
		t.Errorf("%d requests, want 37", d.Evidence.Requests)
	}
}

func TestATokenIsInNoErrorAndInNoURL(t *testing.T) {
	f := newFake(t)
	f.before = func(w http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.URL.String(), "secret") {
			t.Errorf("%s", r.URL)
		}
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, "you sent %s", r.Header.Get("Authorization"))
		return true
	}
	_, err := f.source().Read(t.Context())
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("%v", err)
	}
	f.Close()
	_, err = f.source().Read(t.Context())
	if u, ok := errors.AsType[*url.Error](err); err == nil || strings.Contains(err.Error(), "secret") || ok {
		t.Errorf("%v %v", err, u)
	}
}
