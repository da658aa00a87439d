package scimserver

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

const (
	// maxLoggedBody is what is remembered of one body, in bytes. A larger one
	// is not shown at all: a part of it cannot be redacted with certainty,
	// since "path" may come after the value that it makes a secret.
	maxLoggedBody = 16 << 10
	// maxLoggedText is what is remembered of a path, a query or a user agent.
	maxLoggedText = 2 << 10
	// watchBuffer is how many requests a watcher may be behind before it loses some.
	watchBuffer = 64
)

// RequestRecord is one request as the log remembers it. Nothing in it is a
// secret: tokens and the values of attributes such as password are replaced by
// "[redacted]" before the record is made.
type RequestRecord struct {
	ID           int64     // 1, 2, …; a gap in what a watcher gets means that it was too slow
	Time         time.Time // of the arrival
	Method       string
	Path         string // as it was sent
	Query        string // decoded, without the question mark
	Auth         string // how the token was sent: "bearer", "header", "basic" or "none"
	Status       int
	Duration     time.Duration
	UserAgent    string
	RequestBody  string // compact JSON, or a note in parentheses why it is not shown
	ResponseBody string // likewise
	// Note says what the connection did to the request because it was set so
	// (rate limit, latency, failure); mostly "". An answer that was cut has
	// status 500, though nothing was sent.
	Note string
}

// Target is path and query in one.
func (r RequestRecord) Target() string {
	if r.Query == "" {
		return r.Path
	}
	return r.Path + "?" + r.Query
}

// Requests returns the last requests, the newest first.
func (c *Connection) Requests() []RequestRecord { return c.requests.newestFirst() }

// Watch returns the requests that are answered from now on, in that order. A
// watcher that falls too far behind loses some. The channel is closed when ctx ends.
func (c *Connection) Watch(ctx context.Context) <-chan RequestRecord { return c.requests.watch(ctx) }

// record serves one request and remembers it.
func (c *Connection) record(next http.Handler, w http.ResponseWriter, r *http.Request, offered credential, note string) {
	start := c.now()
	in := &capture{}
	out := &recorder{ResponseWriter: w}
	r = r.WithContext(r.Context()) // a copy, since Body and Header belong to the caller
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = struct {
			io.Reader
			io.Closer
		}{io.TeeReader(r.Body, in), r.Body}
	}
	finished := false
	defer func() {
		if !finished && out.status == 0 {
			out.status = http.StatusInternalServerError // next panicked; net/http cuts the connection
		}
		red := redactor{names: c.secretNames}
		red.addSecret(offered.token)
		rec := RequestRecord{
			Time: start, Method: clip(r.Method), Auth: offered.form, Status: out.status, Duration: max(0, c.now().Sub(start)),
			RequestBody: red.body(in), ResponseBody: red.body(&out.body), Note: note,
		}
		// Last, when the secrets of the bodies are known.
		rec.Path, rec.Query, rec.UserAgent = red.text(r.URL.EscapedPath()), red.query(r.URL.RawQuery), red.text(r.UserAgent())
		if out.status == http.StatusUnauthorized || out.status == http.StatusForbidden {
			c.log.Info().Str("method", rec.Method).Str("path", rec.Path).Int("status", rec.Status).Str("auth", rec.Auth).Msg("scim request refused")
		} else {
			c.log.Debug().Str("method", rec.Method).Str("path", rec.Path).Str("query", rec.Query).Int("status", rec.Status).Dur("duration", rec.Duration).Msg("scim request")
		}
		c.requests.add(rec)
	}()
	next.ServeHTTP(out, r)
	if out.status == 0 {
		out.status = http.StatusOK // what net/http sends for a handler that wrote nothing
	}
	finished = true
}

// capture keeps the beginning of what is written to it, and counts the rest.
type capture struct {
	kept  []byte
	total int64
}

func (c *capture) Write(p []byte) (int, error) {
	c.total += int64(len(p))
	if room := maxLoggedBody - len(c.kept); room > 0 {
		c.kept = append(c.kept, p[:min(room, len(p))]...)
	}
	return len(p), nil
}

// recorder remembers what a handler answers.
type recorder struct {
	http.ResponseWriter
	status int
	body   capture
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 && status >= 200 { // 1xx comes before the answer
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	_, _ = r.body.Write(p)
	return r.ResponseWriter.Write(p)
}

// Unwrap serves http.ResponseController.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// requestLog is the last requests in a ring, and those who wait for the next.
type requestLog struct {
	mu       sync.Mutex
	ring     []RequestRecord // record n is at (n-1) % len
	lastID   int64
	watchers map[chan RequestRecord]struct{}
}

func newRequestLog(size int) *requestLog {
	return &requestLog{ring: make([]RequestRecord, size), watchers: map[chan RequestRecord]struct{}{}}
}

func (l *requestLog) add(rec RequestRecord) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lastID++
	rec.ID = l.lastID
	l.ring[(rec.ID-1)%int64(len(l.ring))] = rec
	for ch := range l.watchers {
		select {
		case ch <- rec:
		default: // a request never waits for somebody who looks on
		}
	}
}

func (l *requestLog) newestFirst() []RequestRecord {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := min(l.lastID, int64(len(l.ring)))
	list := make([]RequestRecord, 0, n)
	for id := l.lastID; id > l.lastID-n; id-- {
		list = append(list, l.ring[(id-1)%int64(len(l.ring))])
	}
	return list
}

func (l *requestLog) watch(ctx context.Context) <-chan RequestRecord {
	ch := make(chan RequestRecord, watchBuffer)
	l.mu.Lock()
	l.watchers[ch] = struct{}{}
	l.mu.Unlock()
	context.AfterFunc(ctx, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.watchers, ch)
		close(ch) // under the lock, so that add never sends to it
	})
	return ch
}

// clip shortens a text to what a log line bears.
func clip(s string) string {
	if len(s) > maxLoggedText {
		return s[:maxLoggedText] + fmt.Sprintf("… (%d bytes)", len(s))
	}
	return s
}
