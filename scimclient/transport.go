package scimclient

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// ErrTooLarge is an answer above Options.MaxBodyBytes.
var ErrTooLarge = errors.New("the answer is too large")

// trier carries one try out: a place in the gate, a deadline, authorization, and the
// answer read to its end, so that a cut body is a failed try like any other.
type trier struct {
	client *Client
	next   http.RoundTripper
	// plain is next without what Options.Wrap puts around it.
	plain http.RoundTripper
}

// tryError is a try without an answer.
type tryError struct {
	err error
	// sent says that the server may have got the request.
	sent bool
}

func (e *tryError) Error() string { return e.err.Error() }
func (e *tryError) Unwrap() error { return e.err }

// bufferedBody is an answer's body in memory.
type bufferedBody struct {
	*bytes.Reader
	bytes []byte
}

func (*bufferedBody) Close() error { return nil }

// RoundTrip implements [http.RoundTripper].
func (t *trier) RoundTrip(req *http.Request) (*http.Response, error) {
	c := t.client
	outer := req.Context()
	if req.Body != nil {
		defer req.Body.Close()
	}
	epoch, err := c.gate.enter(outer)
	if err != nil {
		return nil, &tryError{err: err}
	}
	var resp *http.Response
	var until time.Time
	defer func() {
		status := 0
		if resp != nil {
			status = resp.StatusCode
		}
		throttled := status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable
		c.gate.leave(epoch, status >= 200 && status < 500, throttled, until)
	}()

	ctx, cancel := context.WithTimeoutCause(outer, c.opts.Timeout, &timeoutError{after: c.opts.Timeout})
	defer cancel()
	stale := ""
	for {
		var auth string
		if c.opts.Auth != nil {
			via := &http.Client{Transport: t.plain, Timeout: c.opts.Timeout, CheckRedirect: checkRedirect}
			if auth, err = c.opts.Auth.authorization(ctx, via, stale); err != nil {
				return nil, &tryError{err: cause(ctx, err)}
			}
		}
		resp, err = t.once(ctx, req, auth)
		if err != nil {
			return nil, err
		}
		if resp.StatusCode != http.StatusUnauthorized || stale != "" || c.opts.Auth == nil || !c.opts.Auth.renews() {
			break
		}
		stale = auth // refused before it was carried out: once more with another token
	}
	if wait, said := retryAfter(resp.Header); said && resp.StatusCode == http.StatusTooManyRequests && wait <= c.opts.MaxWait {
		until = c.opts.Clock.Now().Add(wait)
	}
	return resp, nil
}

// once sends the request and reads the answer.
func (t *trier) once(ctx context.Context, req *http.Request, auth string) (*http.Response, error) {
	c := t.client
	var asked, got atomic.Bool
	out := req.Clone(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { got.Store(true) },
	}))
	if req.GetBody != nil {
		body, err := req.GetBody()
		if err != nil {
			return nil, &tryError{err: err}
		}
		out.Body = body
	}
	if auth != "" {
		out.Header.Set("Authorization", auth)
	}
	start := c.opts.Clock.Now()
	c.requests.Add(1)
	resp, err := t.next.RoundTrip(out)
	if err != nil {
		// A transport that was asked for a connection and never got one sent nothing that
		// counts. In TLS 1.3 a client may write before it hears that its certificate is
		// refused; the server has not read on then.
		sent := (!asked.Load() || got.Load()) && !certificateRefused(err)
		c.opts.Log.Debug().Str("method", req.Method).Str("path", c.below(req.URL)).Dur("took", c.opts.Clock.Now().Sub(start)).
			Str("error", c.redactor.line(cause(ctx, err).Error())).Msg("scim request without an answer")
		return nil, &tryError{err: cause(ctx, err), sent: sent}
	}
	body, err := c.decode(resp)
	if err == nil {
		// What follows a packed body, so that the connection can be used again.
		_, _ = io.CopyN(io.Discard, resp.Body, 4<<10)
	}
	_ = resp.Body.Close()
	c.opts.Log.Debug().Str("method", req.Method).Str("path", c.below(req.URL)).Int("status", resp.StatusCode).
		Dur("took", c.opts.Clock.Now().Sub(start)).Int("bytes", len(body)).Msg("scim request")
	if err != nil {
		return nil, &tryError{err: fmt.Errorf("reading the answer (status %d): %w", resp.StatusCode, cause(ctx, err)), sent: true}
	}
	resp.Body = &bufferedBody{Reader: bytes.NewReader(body), bytes: body}
	return resp, nil
}

// below is the path of u below the base URL, without the query: it names people.
func (c *Client) below(u *url.URL) string { return strings.TrimPrefix(u.EscapedPath(), c.base.path) }

// decode reads a body, unpacks it and bounds what comes out: a few packed kilobytes can
// be gigabytes.
func (c *Client) decode(resp *http.Response) ([]byte, error) {
	var r io.Reader = resp.Body
	switch enc := strings.ToLower(strings.TrimSpace(resp.Header.Get("Content-Encoding"))); enc {
	case "", "identity":
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(r)
		if errors.Is(err, io.EOF) {
			return nil, nil // no body at all, a 204 for example
		}
		if err != nil {
			return nil, err
		}
		r = z
	case "deflate":
		// RFC 9110 §8.4.1.2 means zlib; some servers send the bare form.
		all, err := io.ReadAll(io.LimitReader(r, c.opts.MaxBodyBytes+1))
		if err != nil {
			return nil, err
		}
		if z, err := zlib.NewReader(bytes.NewReader(all)); err == nil {
			r = z
		} else {
			r = flate.NewReader(bytes.NewReader(all))
		}
	default:
		return nil, fmt.Errorf("the answer has content encoding %q, which was not asked for", enc)
	}
	body, err := io.ReadAll(io.LimitReader(r, c.opts.MaxBodyBytes+1))
	if err != nil {
		return nil, err
	}
	if int64(len(body)) > c.opts.MaxBodyBytes {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, c.opts.MaxBodyBytes)
	}
	return body, nil
}

// checkRedirect follows only what keeps the request what it is: same method, same scheme
// and host, three times at most. Credentials never go to another host; the redirect is
// then the answer, and an error says where it points.
func checkRedirect(req *http.Request, via []*http.Request) error {
	first := via[0]
	if len(via) > 3 || req.Method != first.Method || req.URL.Scheme != first.URL.Scheme || !strings.EqualFold(req.URL.Host, first.URL.Host) {
		return http.ErrUseLastResponse
	}
	return nil
}

// timeoutError is a try that took longer than Options.Timeout.
type timeoutError struct{ after time.Duration }

func (e *timeoutError) Error() string { return fmt.Sprintf("no whole answer within %s", e.after) }

// Timeout reports true, as net errors do.
func (*timeoutError) Timeout() bool { return true }

// waitError is a server that asks for a longer wait than we hold a request for.
type waitError struct{ asked, most time.Duration }

func (e *waitError) Error() string {
	return fmt.Sprintf("the server asks to wait %s, longer than the %s that a request is held for", e.asked, e.most)
}

// lateError is a wait that the caller's deadline would cut off.
type lateError struct{ next, left time.Duration }

func (e *lateError) Error() string {
	return fmt.Sprintf("the next try would be in %s, the deadline is in %s", e.next.Round(time.Millisecond), e.left.Round(time.Millisecond))
}

// Unwrap makes it the error of a deadline that has passed.
func (*lateError) Unwrap() error { return context.DeadlineExceeded }

// cause replaces the error of an ended context by the reason it ended for.
func cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return withoutURL(err)
}

// withoutURL drops the URL that net/http puts around errors: it has user names in its query.
func withoutURL(err error) error {
	for {
		ue, ok := errors.AsType[*url.Error](err)
		if !ok {
			return err
		}
		err = ue.Err
	}
}
