package scimclient_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/oktascim/oktascim/scimclient"
)

const listSchemas = `"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"]`

// recorder is a server that remembers what it was asked.
type recorder struct {
	*httptest.Server
	mu   sync.Mutex
	seen []string
	body []string
}

func (r *recorder) asked() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.seen...)
}

func (r *recorder) bodies() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.body...)
}

// serve starts a server below /scim/v2 that lets h answer.
func serve(t *testing.T, h http.HandlerFunc) *recorder {
	t.Helper()
	r := &recorder{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		b, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		r.seen = append(r.seen, req.Method+" "+req.RequestURI)
		r.body = append(r.body, string(b))
		r.mu.Unlock()
		w.Header().Set("Content-Type", "application/scim+json")
		h(w, req)
	}))
	t.Cleanup(r.Close)
	return r
}

// client makes a client for r with a clock that never lets anybody wait.
func client(t *testing.T, r *recorder, change ...func(*scimclient.Options)) *scimclient.Client {
	t.Helper()
	o := scimclient.Options{
		BaseURL: r.URL + "/scim/v2", Auth: scimclient.Bearer("tok-123456"),
		Clock: newClock(), Jitter: func() float64 { return 0.5 },
	}
	for _, f := range change {
		f(&o)
	}
	c, err := scimclient.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// fakeClock moves on by itself as soon as somebody waits, and remembers the waits.
type fakeClock struct {
	mu    sync.Mutex
	now   time.Time
	waits []time.Duration
}

func newClock() *fakeClock { return &fakeClock{now: time.Unix(1_700_000_000, 0)} }

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) After(d time.Duration) <-chan time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.waits = append(c.waits, d)
	ch := make(chan time.Time, 1)
	ch <- c.now
	return ch
}

func (c *fakeClock) waited() []time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]time.Duration(nil), c.waits...)
}

func write(w http.ResponseWriter, status int, body string) {
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// cut sends the beginning of an answer and drops the connection.
func cut(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Length", "1000")
	write(w, status, body)
}

// drop closes the connection without an answer.
func drop(t *testing.T, w http.ResponseWriter) {
	t.Helper()
	c, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		t.Error(err)
		return
	}
	c.Close()
}

// collect reads a whole list.
func collect(ctx context.Context, e scimclient.Endpoint[scimclient.Object], q scimclient.Query) (ids []string, stats scimclient.Stats, err error) {
	l := e.List(ctx, q)
	for o, err := range l.All() {
		if err != nil {
			return ids, l.Stats(), err
		}
		ids = append(ids, o.ID())
	}
	return ids, l.Stats(), nil
}
