package scimserver

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// What a connection can do to its requests on demand, so that a person sees
// how a client takes it. None of it outlives the process: a server that is
// started again is a quiet one.

// RateLimit is how many requests a connection takes. The zero value is no limit.
type RateLimit struct {
	Requests int           // in one window; 0: no limit
	Per      time.Duration // of a window, which begins with its first request; 0 means a minute
}

// Latency is how long a request waits before it is looked at: between Min and
// Max, each length as likely as any other. The zero value is no wait.
type Latency struct {
	Min time.Duration
	Max time.Duration // less than Min means Min
}

// Failure makes requests fail. The zero value lets all of them through.
type Failure struct {
	Every int // each n-th request that it is about fails: 1 is all of them, 0 none
	Kind  FailureKind
	// Status is what FailStatus answers, 400 to 599; 0 means 503.
	Status int
	// RetryAfter goes with Status as a header, in whole seconds; 0: no header.
	RetryAfter time.Duration
	// WritesOnly leaves GET, HEAD and searches alone.
	WritesOnly bool
}

// FailureKind is a way to fail.
type FailureKind int

const (
	// FailStatus answers a status and does nothing.
	FailStatus FailureKind = iota
	// FailCut does nothing and closes the connection.
	FailCut
	// FailLost does what was asked and closes the connection without an answer.
	FailLost
)

// String is how a kind is written in a flag.
func (k FailureKind) String() string {
	switch k {
	case FailStatus:
		return "status"
	case FailCut:
		return "cut"
	case FailLost:
		return "lost"
	}
	return "FailureKind(" + strconv.Itoa(int(k)) + ")"
}

// trouble is what is set at the moment, and how far the counting is.
type trouble struct {
	mu      sync.Mutex
	limit   RateLimit
	latency Latency
	failure Failure

	windowEnd time.Time
	used      int // requests in this window
	counted   int // requests that the failure was about
}

// SetRateLimit sets the limit; a window begins anew. The error says what is
// wrong with it; then everything stays as it was.
func (c *Connection) SetRateLimit(l RateLimit) error {
	if l.Requests < 0 || l.Per < 0 {
		return errors.New("a rate limit cannot be negative")
	}
	if l.Per == 0 {
		l.Per = time.Minute
	}
	c.trouble.mu.Lock()
	defer c.trouble.mu.Unlock()
	c.trouble.limit, c.trouble.windowEnd = l, time.Time{}
	c.log.Info().Int("requests", l.Requests).Dur("per", l.Per).Msg("scim rate limit set")
	return nil
}

// SetLatency sets the wait. The error says what is wrong with it; then
// everything stays as it was.
func (c *Connection) SetLatency(l Latency) error {
	if l.Min < 0 || l.Max < 0 {
		return errors.New("a latency cannot be negative")
	}
	l.Max = max(l.Min, l.Max)
	c.trouble.mu.Lock()
	defer c.trouble.mu.Unlock()
	c.trouble.latency = l
	c.log.Info().Dur("min", l.Min).Dur("max", l.Max).Msg("scim latency set")
	return nil
}

// SetFailure sets what fails; the counting begins anew. The error says what is
// wrong with it; then everything stays as it was.
func (c *Connection) SetFailure(f Failure) error {
	if f.Status == 0 {
		f.Status = http.StatusServiceUnavailable
	}
	switch {
	case f.Every < 0 || f.RetryAfter < 0:
		return errors.New("a failure cannot be negative")
	case f.Status < 400 || f.Status > 599:
		return fmt.Errorf("status %d is no error: take one from 400 to 599", f.Status)
	case f.Kind < FailStatus || f.Kind > FailLost:
		return fmt.Errorf("there is no failure kind %d", f.Kind)
	}
	c.trouble.mu.Lock()
	defer c.trouble.mu.Unlock()
	c.trouble.failure, c.trouble.counted = f, 0
	c.log.Info().Int("every", f.Every).Stringer("kind", f.Kind).Int("status", f.Status).Msg("scim failure set")
	return nil
}

// RateLimit returns what is set.
func (c *Connection) RateLimit() RateLimit {
	c.trouble.mu.Lock()
	defer c.trouble.mu.Unlock()
	return c.trouble.limit
}

// Latency returns what is set.
func (c *Connection) Latency() Latency {
	c.trouble.mu.Lock()
	defer c.trouble.mu.Unlock()
	return c.trouble.latency
}

// Failure returns what is set.
func (c *Connection) Failure() Failure {
	c.trouble.mu.Lock()
	defer c.trouble.mu.Unlock()
	return c.trouble.failure
}

// befall gives a handler that does to one request what is set, and a note for
// the log. A request that the limit turns away neither waits nor fails otherwise.
func (t *trouble) befall(next http.Handler, r *http.Request, now time.Time) (http.Handler, string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if wait := t.turnAway(now); wait > 0 {
		return tooManyRequests(wait), "rate limit"
	}
	note := ""
	if t.fails(r) {
		next, note = t.failure.handler(next), "failure on demand: "+t.failure.Kind.String()
	}
	if t.latency.Max > 0 {
		wait := t.latency.Min + rand.N(t.latency.Max-t.latency.Min+1) //nolint:gosec // G404: a wait is no secret
		next = delayed(next, wait)
		if note != "" {
			note += ", "
		}
		note += "latency " + wait.Round(time.Millisecond).String()
	}
	return next, note
}

// turnAway counts a request and says how long it has to wait, 0 for not at all.
func (t *trouble) turnAway(now time.Time) time.Duration {
	if t.limit.Requests == 0 {
		return 0
	}
	if !now.Before(t.windowEnd) {
		t.windowEnd, t.used = now.Add(t.limit.Per), 0
	}
	if t.used == t.limit.Requests {
		return t.windowEnd.Sub(now)
	}
	t.used++
	return 0
}

// fails counts a request and tells whether it is one of those that fail.
func (t *trouble) fails(r *http.Request) bool {
	if t.failure.Every == 0 || t.failure.WritesOnly && isRead(r) {
		return false
	}
	t.counted++
	return t.counted%t.failure.Every == 0
}

// wholeSeconds rounds up, so that a client that obeys is never too early.
func wholeSeconds(d time.Duration) string {
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}

func tooManyRequests(wait time.Duration) http.Handler {
	refuse := refusal(http.StatusTooManyRequests, "too many requests; the next one is taken in "+wholeSeconds(wait)+" s")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", wholeSeconds(wait))
		refuse.ServeHTTP(w, r)
	})
}

func delayed(next http.Handler, wait time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-timer.C:
			next.ServeHTTP(w, r)
		case <-r.Context().Done():
			panic(http.ErrAbortHandler) // nobody waits for it
		}
	})
}

// handler fails one request.
func (f Failure) handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch f.Kind {
		case FailLost:
			next.ServeHTTP(&unsent{header: http.Header{}}, r)
			panic(http.ErrAbortHandler)
		case FailCut:
			panic(http.ErrAbortHandler)
		}
		if f.RetryAfter > 0 {
			w.Header().Set("Retry-After", wholeSeconds(f.RetryAfter))
		}
		refusal(f.Status, "this request was made to fail, as set for this connection").ServeHTTP(w, r)
	})
}

// unsent takes an answer and drops it.
type unsent struct{ header http.Header }

func (u *unsent) Header() http.Header         { return u.header }
func (u *unsent) WriteHeader(int)             {}
func (u *unsent) Write(b []byte) (int, error) { return len(b), nil }
