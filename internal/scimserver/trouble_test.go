package scimserver_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/oktascim/oktascim/internal/scimserver"
)

func TestARateLimitTurnsAwayUntilTheWindowEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := connect(t, scimserver.ConnectionOptions{Enabled: true, Token: "s3cret"})
		if err := c.SetRateLimit(scimserver.RateLimit{Requests: 2, Per: 10 * time.Second}); err != nil {
			t.Fatal(err)
		}
		for range 3 { // those without the token do not count
			if w := call(c, "wrong"); w.Code != 401 {
				t.Fatal(w.Code)
			}
		}
		for i, want := range []int{204, 204, 429, 429} {
			w := call(c, "Bearer s3cret")
			if w.Code != want {
				t.Fatalf("request %d: %d, want %d", i, w.Code, want)
			}
			if want == 429 && w.Header().Get("Retry-After") != "10" {
				t.Errorf("Retry-After %q", w.Header().Get("Retry-After"))
			}
		}
		<-time.After(9500 * time.Millisecond)
		w := call(c, "Bearer s3cret")
		if w.Code != 429 || w.Header().Get("Retry-After") != "1" || !strings.Contains(w.Body.String(), `"status":"429"`) {
			t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
		}
		<-time.After(time.Second)
		if w := call(c, "Bearer s3cret"); w.Code != 204 {
			t.Errorf("in the next window: %d", w.Code)
		}
		if got := c.Requests()[1]; got.Note != "rate limit" || got.Status != 429 {
			t.Errorf("the log says %+v", got)
		}
		if err := c.SetRateLimit(scimserver.RateLimit{}); err != nil {
			t.Fatal(err)
		}
		for range 5 {
			if w := call(c, "Bearer s3cret"); w.Code != 204 {
				t.Errorf("without limit: %d", w.Code)
			}
		}
	})
}

func TestLatencyHoldsARequestUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := connect(t, scimserver.ConnectionOptions{Enabled: true, Token: "s3cret"})
		if err := c.SetLatency(scimserver.Latency{Min: 2 * time.Second, Max: 3 * time.Second}); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		call(c, "s3cret")
		if took := time.Since(began); took < 2*time.Second || took > 3*time.Second {
			t.Errorf("it took %v", took)
		}
		if rec := c.Requests()[0]; rec.Duration < 2*time.Second || !strings.HasPrefix(rec.Note, "latency ") {
			t.Errorf("the log says %+v", rec)
		}
		if err := c.SetLatency(scimserver.Latency{Min: time.Second}); err != nil {
			t.Fatal(err)
		}
		if got := c.Latency(); got.Max != time.Second {
			t.Errorf("%+v", got)
		}
	})
}

func TestFailuresComeAsTheyAreSet(t *testing.T) {
	c := connect(t, scimserver.ConnectionOptions{Enabled: true, Token: "s3cret"})
	var done atomic.Int64
	h := httptest.NewServer(c.Middleware(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		done.Add(1)
		w.WriteHeader(http.StatusNoContent)
	})))
	defer h.Close()
	send := func(method, path string) (status int, header http.Header) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, h.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer s3cret")
		r.Close = true
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			return 0, nil
		}
		resp.Body.Close()
		return resp.StatusCode, resp.Header
	}
	set := func(f scimserver.Failure) {
		t.Helper()
		if err := c.SetFailure(f); err != nil {
			t.Fatal(err)
		}
		done.Store(0)
	}
	set(scimserver.Failure{Every: 3, Status: 502, RetryAfter: 1500 * time.Millisecond})
	for i, want := range []int{204, 204, 502, 204, 204, 502} {
		got, header := send("POST", "/scim/v2/Users")
		if got != want || want == 502 && header.Get("Retry-After") != "2" {
			t.Errorf("request %d: %d, want %d: %v", i, got, want, header)
		}
	}
	if n := done.Load(); n != 4 {
		t.Errorf("%d were done, want 4", n)
	}
	set(scimserver.Failure{Every: 1, Kind: scimserver.FailCut, WritesOnly: true})
	for _, read := range [][2]string{{"GET", "/scim/v2/Users"}, {"POST", "/scim/v2/Users/.search"}} {
		if got, _ := send(read[0], read[1]); got != 204 {
			t.Errorf("%v: %d", read, got)
		}
	}
	if got, _ := send("POST", "/scim/v2/Users"); got != 0 || done.Load() != 2 {
		t.Errorf("cut: %d, %d done", got, done.Load())
	}
	set(scimserver.Failure{Every: 1, Kind: scimserver.FailLost})
	if got, _ := send("POST", "/scim/v2/Users"); got != 0 || done.Load() != 1 {
		t.Errorf("lost: %d, %d done", got, done.Load())
	}
	awaitLog(t, c, func(log []scimserver.RequestRecord) bool { return log[0].Note == "failure on demand: lost" })
	set(scimserver.Failure{})
	if got, _ := send("POST", "/scim/v2/Users"); got != 204 {
		t.Errorf("after all: %d", got)
	}
}

func TestTroubleThatMakesNoSenseIsRefused(t *testing.T) {
	c := connect(t, scimserver.ConnectionOptions{})
	for what, err := range map[string]error{
		"limit":        c.SetRateLimit(scimserver.RateLimit{Requests: -1}),
		"window":       c.SetRateLimit(scimserver.RateLimit{Requests: 1, Per: -1}),
		"latency":      c.SetLatency(scimserver.Latency{Min: -1}),
		"every":        c.SetFailure(scimserver.Failure{Every: -1}),
		"good status":  c.SetFailure(scimserver.Failure{Every: 1, Status: 200}),
		"unknown kind": c.SetFailure(scimserver.Failure{Every: 1, Kind: 9}),
	} {
		if err == nil {
			t.Errorf("%s: taken", what)
		}
	}
	if c.RateLimit() != (scimserver.RateLimit{}) || c.Latency() != (scimserver.Latency{}) || c.Failure() != (scimserver.Failure{}) {
		t.Error("something of it was set")
	}
}
