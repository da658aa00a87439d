package oktasim_test

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/oktascim/oktascim/internal/oktasim"
)

func TestATokenMayUseHalfOfABucketAndIsToldWhenItOpensAgain(t *testing.T) {
	s := startSeed(t, "apps: [{label: A}]")
	path := "/api/v1/apps/" + s.AppID("A") + "/users"
	for i := range 50 { // half of 100 a minute
		a := s.want(200, "GET", path, "")
		if got, want := a.header.Get("X-Rate-Limit-Remaining"), strconv.Itoa(49-i); got != want || a.header.Get("X-Rate-Limit-Limit") != "50" {
			t.Fatalf("call %d: remaining %s, want %s", i, got, want)
		}
		s.clock.forward(time.Second / 2)
	}
	a := s.want(429, "GET", path, "")
	same(t, "refusal", []string{text(a.object(t), "errorCode"), a.header.Get("X-Rate-Limit-Remaining"), a.header.Get("X-Rate-Limit-Reset"), a.header.Get("Retry-After")},
		"E0000047", "0", strconv.FormatInt(time.Date(2026, 3, 25, 13, 46, 46, 0, time.UTC).Unix(), 10), "")
	s.want(200, "GET", "/api/v1/users", "") // another bucket
	s.clock.forward(35 * time.Second)
	s.want(200, "GET", path, "")
}

func TestTwoTokensShareTheBucketOfTheOrg(t *testing.T) {
	s := startSeed(t, "apps: [{label: A}]\ntokens: [{token: second}, {token: third}]")
	path := "/api/v1/apps/" + s.AppID("A") + "/users"
	for range 50 {
		s.want(200, "GET", path, "")
		if a := s.as("SSWS second", "GET", path, ""); a.status != 200 {
			t.Fatalf("second token: %d", a.status)
		}
	}
	if a := s.as("SSWS third", "GET", path, ""); a.status != 429 {
		t.Errorf("third token: %d, want 429: the org's 100 are used up", a.status)
	}
}

func TestTooManyRequestsAtOnceAreToldWithZeros(t *testing.T) {
	s := startSeed(t, "rateLimits: {concurrency: 1}")
	if err := s.AddFault(oktasim.Fault{Match: oktasim.FaultMatch{Path: "/api/v1/groups"}, Do: "slow", DelayMilliseconds: 3_600_000}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/api/v1/groups", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "SSWS "+s.Token())
	ended := make(chan error)
	go func() {
		res, err := http.DefaultClient.Do(req)
		if err == nil {
			res.Body.Close()
		}
		ended <- err
	}()
	a := s.call("GET", "/api/v1/users", "")
	for a.status == http.StatusOK { // the slow one is still on its way
		a = s.call("GET", "/api/v1/users", "")
	}
	cancel()
	if err := <-ended; err == nil {
		t.Error("the slow request has an answer")
	}
	same(t, "refusal", []string{text(a.object(t), "errorCode"), a.header.Get("X-Rate-Limit-Limit"), a.header.Get("X-Rate-Limit-Remaining")}, "E0000047", "0", "0")
}

func TestLimitsThatAreOffAreStillAdvertised(t *testing.T) {
	s := start(t, oktasim.Options{})
	for range 120 {
		if a := s.want(200, "GET", s.app()+"/groups", ""); a.header.Get("X-Rate-Limit-Limit") == "" || a.header.Get("X-Rate-Limit-Reset") == "" {
			t.Fatalf("headers %v", a.header)
		}
	}
}

func TestFaultsBreakWhatTheyAreAimedAt(t *testing.T) {
	for _, c := range []struct {
		do     string
		status int
		body   string // what the body must contain
	}{
		{"500", 500, "E0000009"}, {"503", 503, "E0000010"}, {"504", 504, "E0000009"}, {"429", 429, "E0000047"},
		{"concurrency429", 429, "E0000047"}, {"401", 401, "E0000011"}, {"forbidden", 403, "E0000006"}, {"html", 502, "<html>"},
		{"empty", 200, ""}, {"emptyList", 200, "[]"}, {"emptyPage", 200, "[]"}, {"wrongShape", 200, "unexpected"}, {"notJSON", 200, `"id"`},
	} {
		s := start(t, oktasim.Options{})
		s.want(200, "POST", "/sandbox/faults", `{"match":{"method":"GET","path":"/api/v1/apps/*/users","page":2},"do":"`+c.do+`"}`)
		first := s.want(200, "GET", s.app()+"/users?limit=1", "")
		a := s.call("GET", first.rel("next"), "")
		if a.status != c.status || !strings.Contains(string(a.body), c.body) || (c.body == "" && len(a.body) != 0) {
			t.Errorf("%s: %d %s", c.do, a.status, a.body)
		}
		if c.do == "emptyPage" && a.rel("next") == "" || c.do == "emptyList" && a.rel("next") != "" {
			t.Errorf("%s: next %q", c.do, a.rel("next"))
		}
		s.want(200, "GET", first.rel("next"), "") // once only
	}
}

func TestAnswersBreakOffAndConnectionsDrop(t *testing.T) {
	s := start(t, oktasim.Options{})
	for _, do := range []string{"cut", "drop"} {
		s.want(200, "POST", "/sandbox/faults", `{"do":"`+do+`","times":-1}`) // clients try again by themselves
		if a, err := s.try("SSWS "+s.Token(), "GET", "/api/v1/users", ""); err == nil {
			t.Errorf("%s: an answer came through: %d %s", do, a.status, a.body)
		}
		s.ClearFaults()
		s.want(200, "GET", "/api/v1/users", "")
	}
}

func TestTheNthMatchIsBrokenAndFaultsAreListedAndCleared(t *testing.T) {
	s := start(t, oktasim.Options{})
	s.want(200, "POST", "/sandbox/faults", `{"match":{"nth":3},"do":"500","times":2}`)
	for i, want := range []int{200, 200, 500, 500, 200} {
		if a := s.call("GET", "/api/v1/users", ""); a.status != want {
			t.Errorf("call %d: %d, want %d", i+1, a.status, want)
		}
	}
	s.want(200, "POST", "/sandbox/faults", `{"match":{"path":"/api/v1/groups"},"do":"noLinks","times":-1}`)
	if a := s.want(200, "GET", "/api/v1/groups", ""); a.rel("self") != "" {
		t.Error("links in spite of noLinks")
	}
	if l := s.want(200, "GET", "/sandbox/faults", "").list(t); len(l) != 1 || text(l[0], "match.path") != "/api/v1/groups" {
		t.Errorf("faults %v", l)
	}
	s.want(204, "DELETE", "/sandbox/faults", "")
	if a := s.want(200, "GET", "/api/v1/groups", ""); a.rel("self") == "" {
		t.Error("the fault is still there")
	}
	for _, bad := range []string{`{"do":"explode"}`, `{"do":"500","match":{"path":"["}}`, `{"do":"500","on":"x"}`} {
		s.want(400, "POST", "/sandbox/faults", bad)
	}
}
