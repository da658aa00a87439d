package oktasource

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
)

const (
	// requestTimeout bounds one try, waits not included. Pages of 500 app users have been
	// seen to take more than 30 seconds.
	requestTimeout = 90 * time.Second
	// maxBodyBytes bounds an answer; a page of 1000 users has about one megabyte.
	maxBodyBytes = 64 << 20
	// maxTries bounds the tries of a request that gets no usable answer.
	maxTries = 4
	// maxLimited bounds how often a request waits for a rate limit. One wait is enough
	// unless others use the bucket up at once.
	maxLimited = 6
)

// authorizer puts credentials on requests.
type authorizer interface {
	// authorize sets the credentials. The error is for credentials that cannot be had.
	authorize(ctx context.Context, req *http.Request) error
	// retry is told that the answer to req was a 401 with this header and reports whether another try, with
	// new credentials, makes sense.
	retry(req *http.Request, header http.Header) bool
}

// ssws is an API token.
type ssws string

func (t ssws) authorize(_ context.Context, req *http.Request) error {
	req.Header.Set("Authorization", "SSWS "+string(t))
	return nil
}

func (t ssws) retry(*http.Request, http.Header) bool { return false }

// transport is the one layer between the SDK and the network: credentials, rate limits,
// retries and the shape of the answer. What it returns is a 2xx with a whole JSON body;
// everything else is an [*Error]. It sends nothing but GET, and nothing to another host.
type transport struct {
	org      *url.URL
	base     http.RoundTripper
	auth     authorizer
	governor *governor
	gate     *gate
	now      func() time.Time
	wait     func(context.Context, time.Duration) error
	agent    string
	log      zerolog.Logger
	requests atomic.Int64
	// now at Okta, in seconds, as the last answer said; 0 before.
	serverTime atomic.Int64
}

// date is the time at Okta when it last answered; zero if it never said.
func (t *transport) date() time.Time {
	if s := t.serverTime.Load(); s != 0 {
		return time.Unix(s, 0).UTC()
	}
	return time.Time{}
}

func defaultTransport() http.RoundTripper {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	t = t.Clone()
	t.MaxIdleConnsPerHost = maxInFlight
	return t
}

// attempt is how one try ended.
type attempt struct {
	resp    *http.Response
	err     error         // nil for a usable answer
	again   bool          // another try may help
	limited bool          // that try waits for a rate limit, which costs no try
	after   time.Duration // how long it waits
}

// RoundTrip implements [http.RoundTripper].
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method != http.MethodGet {
		return nil, &Error{Method: req.Method, Path: req.URL.Path, Summary: "refused: oktascim only reads from Okta"}
	}
	if req.URL.Host != t.org.Host || req.URL.Scheme != t.org.Scheme {
		return nil, &Error{Method: req.Method, Path: req.URL.Path, Summary: "refused: the address is not the org's"}
	}
	ctx := req.Context()
	renewed := false
	for tries, limits := 1, 0; ; {
		a := t.try(ctx, req, &renewed)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if a.err == nil {
			return a.resp, nil
		}
		if !a.again {
			return nil, a.err
		}
		if a.limited {
			limits++
		} else {
			tries++
		}
		if limits > maxLimited || tries > maxTries {
			return nil, a.err
		}
		d := a.after
		if d == 0 {
			d = backoff(tries)
		}
		level := zerolog.DebugLevel
		if d >= noticeable {
			level = zerolog.WarnLevel
		}
		t.log.WithLevel(level).Str("path", req.URL.Path).Dur("wait", d).AnErr("because", a.err).Msg("asking Okta again")
		if err := t.wait(ctx, d); err != nil {
			return nil, err
		}
	}
}

// backoff returns the wait before try n, from 2: 200 ms, 800 ms, 3.2 s, and up to half
// as much again.
func backoff(n int) time.Duration {
	d := 200 * time.Millisecond << (2 * (n - 2))
	return d + jitter(d/2)
}

func (t *transport) try(ctx context.Context, req *http.Request, renewed *bool) attempt {
	bucket := bucketOf(req.URL.Path)
	if err := t.governor.admit(ctx, bucket); err != nil {
		return attempt{err: err}
	}
	if err := t.gate.enter(ctx); err != nil {
		t.governor.settle(bucket, nil)
		return attempt{err: err}
	}
	out := req.Clone(ctx)
	out.Header.Set("User-Agent", t.agent)
	out.Header.Set("Accept", "application/json")
	out.Header.Del("Authorization") // the SDK's stand-in
	if err := t.auth.authorize(ctx, out); err != nil {
		t.governor.settle(bucket, nil)
		t.gate.leave(false)
		return attempt{err: err}
	}
	got, err := t.send(out)
	if at, err := http.ParseTime(got.header.Get("Date")); err == nil {
		t.serverTime.Store(at.Unix())
	}
	t.governor.settle(bucket, got.header)
	t.gate.leave(got.tooManyAtOnce())
	if err != nil {
		return attempt{err: err, again: true}
	}
	return t.judge(out, got, renewed)
}

// answer is what came back, the body read to its end.
type answer struct {
	status int // 0 if nothing came
	header http.Header
	body   []byte
}

// send does one request and reads the whole answer.
func (t *transport) send(req *http.Request) (answer, error) {
	ctx, cancel := context.WithTimeout(req.Context(), requestTimeout)
	defer cancel()
	t.requests.Add(1)
	var got answer
	fail := func(format string, args ...any) error {
		return &Error{Method: req.Method, Path: req.URL.Path, Summary: clip(fmt.Sprintf(format, args...)), RequestID: got.header.Get("X-Okta-Request-Id")}
	}
	resp, err := t.base.RoundTrip(req.WithContext(ctx))
	if err != nil {
		// The cause goes in as text only: the SDK repeats io.EOF for ever.
		return got, fail("no answer: %v", plain(err))
	}
	defer resp.Body.Close()
	got = answer{status: resp.StatusCode, header: resp.Header}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBodyBytes+1))
	if err != nil {
		return got, fail("the answer broke off: %v", plain(err))
	}
	if len(body) > maxBodyBytes {
		return got, fail("the answer is larger than %d bytes", maxBodyBytes)
	}
	got.body = body
	return got, nil
}

// plain is a transport error without the URL, whose query might name people.
func plain(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// judge decides what an answer is worth.
func (t *transport) judge(req *http.Request, got answer, renewed *bool) attempt {
	switch {
	case got.tooManyAtOnce():
		// Its reset is only a guess; the others in flight end within seconds.
		return attempt{err: got.failure(req), again: true, limited: true, after: time.Second + jitter(2*time.Second)}
	case got.status == http.StatusTooManyRequests:
		return attempt{err: got.failure(req), again: true, limited: true, after: untilReset(got.header, t.now()) + jitter(time.Second)}
	case got.status == http.StatusUnauthorized && !*renewed && t.auth.retry(req, got.header):
		*renewed = true
		return attempt{err: got.failure(req), again: true, after: time.Millisecond}
	case got.status >= 500 || got.status == http.StatusRequestTimeout:
		return attempt{err: got.failure(req), again: true}
	case got.status < 200 || got.status > 299:
		return attempt{err: got.failure(req)}
	}
	if why := got.malformed(); why != "" {
		return attempt{again: true, err: &Error{Method: req.Method, Path: req.URL.Path, Status: got.status, Summary: why, RequestID: got.header.Get("X-Okta-Request-Id")}}
	}
	return attempt{resp: &http.Response{
		Status: http.StatusText(got.status), StatusCode: got.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: got.header, Body: io.NopCloser(bytes.NewReader(got.body)), ContentLength: int64(len(got.body)), Request: req,
	}}
}

// malformed says why a 2xx is no answer of Okta's: the SDK would take an empty body, a
// null and half a list for an empty list.
func (a answer) malformed() string {
	text := bytes.TrimSpace(a.body)
	switch {
	case len(text) == 0:
		return "answered with success and an empty body"
	case a.looksLikeHTML():
		return "answered with success and an HTML page"
	case !strings.Contains(a.header.Get("Content-Type"), "json"):
		return "answered with success and something else than JSON"
	case !json.Valid(text):
		return "answered with success and broken JSON"
	case text[0] != '[' && text[0] != '{':
		return "answered with success and neither a list nor an object"
	}
	return ""
}

// tooManyAtOnce reports whether a 429 is about concurrency: then the limit is 0.
func (a answer) tooManyAtOnce() bool {
	return a.status == http.StatusTooManyRequests && a.header.Get("X-Rate-Limit-Limit") == "0"
}
