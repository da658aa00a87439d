package scimserver_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/oktascim/oktascim/internal/scimserver"
)

// large is a server with n users of whom each has names of its own, and one
// group with half of them. It is called without a network.
type large struct {
	tb    testing.TB
	h     http.Handler
	users []string
	group string
}

func newLarge(tb testing.TB, n int) *large {
	tb.Helper()
	s := scimserver.New(scimserver.Options{MaxBody: 1 << 30})
	l := &large{tb: tb, h: s.Handler()}
	for i := range n {
		l.users = append(l.users, l.create(s, "User", largeUser(i)))
	}
	l.group = l.create(s, "Group", fmt.Sprintf(`{"schemas":[%q],"displayName":"Half","members":%s}`, groupURN, memberList(l.users[:n/2])))
	return l
}

func largeUser(i int) string {
	return strings.NewReplacer("Ada.Byron", fmt.Sprint("u", i), "Ada Byron", fmt.Sprint("Ada ", i), "00u1abcdefghijklmnop", fmt.Sprint("00u", i), `"password":"x7Dq.randomPw",`, "").Replace(oktaCreate)
}

func (l *large) create(s *scimserver.Server, kind, body string) string {
	l.tb.Helper()
	id, err := s.Create(kind, []byte(body))
	if err != nil {
		l.tb.Fatal(err)
	}
	return id
}

func (l *large) call(method, path, body string, status int) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	l.h.ServeHTTP(rec, httptest.NewRequestWithContext(l.tb.Context(), method, "/scim/v2"+path, strings.NewReader(body)))
	if rec.Code != status {
		l.tb.Fatal(rec.Code, rec.Body)
	}
	return rec
}

// lookups are the filters that an index answers, for the user number i.
func (l *large) lookups(i int) map[string]string {
	return map[string]string{
		"userName":     fmt.Sprintf("/Users?filter=userName+eq+%%22U%d@x.test%%22", i),
		"externalId":   fmt.Sprintf("/Users?filter=externalId+eq+%%2200u%d%%22", i),
		"displayName":  fmt.Sprintf("/Users?filter=displayName+eq+%%22ada+%d%%22", i),
		"id or id":     fmt.Sprintf("/Users?filter=id+eq+%%22%s%%22+or+userName+eq+%%22u%d@x.test%%22", l.users[i], i),
		"at the root":  fmt.Sprintf("/?filter=userName+eq+%%22u%d@x.test%%22", i),
		"group name":   "/Groups?excludedAttributes=members&filter=displayName+eq+%22half%22",
		"member value": fmt.Sprintf("/Groups?excludedAttributes=members&filter=members.value+eq+%%22%s%%22", l.users[i]),
	}
}

// A scan makes something of each resource that it looks at: so what a lookup
// allocates tells whether it scans.
func TestALookupDoesNotScan(t *testing.T) {
	few, many := newLarge(t, 20), newLarge(t, 2000)
	cost := func(l *large, path string) float64 {
		return testing.AllocsPerRun(3, func() { l.call("GET", path, "", 200) })
	}
	for name, path := range few.lookups(3) {
		if a, b := cost(few, path), cost(many, many.lookups(3)[name]); b > a+20 {
			t.Errorf("%s: %v allocations among 20 users, %v among 2000", name, a, b)
		}
		if rec := few.call("GET", path, "", 200); !strings.Contains(rec.Body.String(), `"totalResults":1,`) {
			t.Errorf("%s: %s", name, rec.Body)
		}
	}
	serial := 0 // or the list is remembered
	scan := func(l *large) float64 {
		return testing.AllocsPerRun(3, func() {
			serial++
			l.call("GET", fmt.Sprintf("/Users?count=1&filter=meta.location+co+%%22x%d%%22", serial), "", 200)
		})
	}
	if scan(many) < scan(few)+1000 {
		t.Error("a scan would not have been noticed")
	}
}

// BenchmarkScale tells how the costs grow: go test -bench Scale.
func BenchmarkScale(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		l := newLarge(b, n)
		run := func(name string, f func(i int)) {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				l.tb = b
				i := 0
				for b.Loop() {
					f(i)
					i++
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
			})
		}
		for name := range l.lookups(0) {
			run("lookup "+name, func(i int) { l.call("GET", l.lookups(i * 7919 % (n / 2))[name], "", 200) })
		}
		run("scan", func(i int) { l.call("GET", fmt.Sprintf("/Users?count=1&filter=title+co+%%22%d%%22", i), "", 200) })
		run("page by index", func(i int) { l.call("GET", fmt.Sprintf("/Users?count=100&startIndex=%d", i*100%n+1), "", 200) })
		run("page sorted", func(i int) {
			l.call("GET", fmt.Sprintf("/Users?count=100&sortBy=displayName&startIndex=%d", i*100%n+1), "", 200)
		})
		member := func(path string) func(i int) {
			return func(i int) {
				l.call("PATCH", "/Groups/"+l.group+path, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"`+[]string{"add", "remove"}[i%2]+
					`","path":"members","value":[{"value":"`+l.users[n/2+i/2%(n/2)]+`"}]}]}`, 200)
			}
		}
		run("member PATCH", member("?excludedAttributes=members"))
		run("member PATCH, all members answered", member(""))
		serial := n
		run("create", func(int) {
			l.call("POST", "/Users", largeUser(serial), http.StatusCreated)
			serial++
		})
	}
}
