package scimclient_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/oktascim/oktascim/scimclient"
)

// crowd is a transport whose answers take a second each, and that counts how many are
// under way. It works in the time of a synctest bubble.
type crowd struct {
	mu        sync.Mutex
	now, peak int
	// status decides on an answer.
	status func() (int, string)
}

func (c *crowd) RoundTrip(r *http.Request) (*http.Response, error) {
	c.mu.Lock()
	c.now++
	c.peak = max(c.peak, c.now)
	c.mu.Unlock()
	select {
	case <-time.After(time.Second):
	case <-r.Context().Done():
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now--
	code, after := c.status()
	h := http.Header{}
	if after != "" {
		h.Set("Retry-After", after)
	}
	return &http.Response{StatusCode: code, Header: h, Body: io.NopCloser(strings.NewReader(`{"id":"7"}`))}, nil
}

// peakOf sends n requests at once and returns the most that were under way.
func (c *crowd) peakOf(t *testing.T, cl *scimclient.Client, n int) int {
	t.Helper()
	c.mu.Lock()
	c.peak = 0
	c.mu.Unlock()
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			if _, err := scimclient.Users(cl).Get(t.Context(), "7"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.peak
}

func crowdClient(t *testing.T, c *crowd) *scimclient.Client {
	t.Helper()
	cl, err := scimclient.New(scimclient.Options{BaseURL: "https://h", Transport: c, Timeout: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	return cl
}

func TestConcurrencyFallsWhenTheServerThrottlesAndRisesAgain(t *testing.T) {
	for _, code := range []int{429, 503} {
		synctest.Test(t, func(t *testing.T) {
			throttle := 0
			c := &crowd{}
			c.status = func() (int, string) {
				if throttle > 0 {
					if throttle--; throttle == 0 {
						c.peak = 0 // counted again from the first retry on
					}
					return code, "1"
				}
				return 200, ""
			}
			cl := crowdClient(t, c)
			if got := c.peakOf(t, cl, 50); got != 8 {
				t.Fatalf("%d at once to begin with, want 8", got)
			}
			// Eight refusals at once are one overload: the half, not none.
			throttle = 8
			if got := c.peakOf(t, cl, 8); got < 4 || got > 5 {
				t.Errorf("%d: %d at once after an overload, want about 4", code, got)
			}
			if got := c.peakOf(t, cl, 200); got != 8 {
				t.Errorf("%d: %d at once after many good answers, want 8", code, got)
			}
		})
	}
}

func TestOneThrottledRequestHoldsTheOthersBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := true
		c := &crowd{}
		c.status = func() (int, string) {
			if first {
				first = false
				return 429, "30"
			}
			return 200, ""
		}
		cl := crowdClient(t, c)
		get := func() {
			if _, err := scimclient.Users(cl).Get(t.Context(), "7"); err != nil {
				t.Error(err)
			}
		}
		start := time.Now()
		var wg sync.WaitGroup
		wg.Go(get)
		<-time.After(2 * time.Second) // the 429 came after one
		get()
		if waited := time.Since(start); waited < 31*time.Second {
			t.Errorf("the second request was answered after %s, the server wanted to be left alone until 31 s", waited)
		}
		wg.Wait()
		if cl.Requests() != 3 {
			t.Errorf("%d requests, want 3", cl.Requests())
		}
	})
}

func TestWaitingForAPlaceEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &crowd{status: func() (int, string) { return 200, "" }}
		cl, err := scimclient.New(scimclient.Options{BaseURL: "https://h", Transport: c, Timeout: time.Hour, Concurrency: 1})
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = scimclient.Users(cl).Get(t.Context(), "7") })
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		_, err = scimclient.Users(cl).Create(ctx, scimclient.User{})
		if !errors.Is(err, context.DeadlineExceeded) || scimclient.MaybeProcessed(err) || cl.Requests() != 1 {
			t.Errorf("%v after %d requests", err, cl.Requests())
		}
		wg.Wait()
		if _, err := scimclient.Users(cl).Get(t.Context(), "7"); err != nil {
			t.Errorf("the place was lost: %v", err)
		}
	})
}
