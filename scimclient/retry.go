package scimclient

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"
	"github.com/rs/zerolog"
)

const (
	// throttleWait is Okta's wait after a 429 that does not name whole seconds.
	throttleWait = 5 * time.Minute
	// firstWait and longestWait bound the waits after failures: 1, 2, 4, … 30 s, each
	// spread over its upper half.
	firstWait   = time.Second
	longestWait = 30 * time.Second
	// noticeable is the wait from which on a program seems to hang.
	noticeable = 10 * time.Second
	// raceWait bounds the random wait after a lost race, times the number of the try.
	raceWait = 250 * time.Millisecond
)

// exchange is one call from first try to last answer.
type exchange struct {
	client *Client
	method string
	// path is below the base URL, with escapes; query without "?".
	path, query string
	body        []byte
	header      http.Header
	// repeatable says that a second execution changes nothing more than the first.
	repeatable bool
	// once forbids retries.
	once bool
	// hide are secrets of this call: passwords in its body.
	hide []string

	tries, failures, throttled int
	// retyped says that the body was sent again as plain JSON.
	retyped bool
	// maybe is set once a write may have been carried out without a clear answer.
	maybe bool
	// pause is the wait before the next try.
	pause time.Duration
	// last is the last answer, nil if the last try had none.
	last *answer
}

// answer is a response that was read to its end.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (x *exchange) write() bool { return x.method != http.MethodGet && x.method != http.MethodHead }

// run sends the request until an answer is final. The answer may be an HTTP error; the
// error is for none.
func (x *exchange) run(ctx context.Context) (*answer, error) {
	url := x.client.base.String() + x.path
	if x.query != "" {
		url += "?" + x.query
	}
	var body any
	if x.body != nil {
		body = x.body
	}
	req, err := retryablehttp.NewRequestWithContext(ctx, x.method, url, body)
	if err != nil {
		return nil, withoutURL(err)
	}
	req.Header = x.header
	// One small client a call: its policy functions are bound to this exchange, so that
	// nothing has to ride in the context.
	rc := &retryablehttp.Client{
		HTTPClient: x.client.http, RetryMax: x.client.opts.Retries + throttleTries,
		CheckRetry: x.check, PrepareRetry: x.prepare, ErrorHandler: retryablehttp.PassthroughErrorHandler,
		Backoff: func(_, _ time.Duration, _ int, _ *http.Response) time.Duration { return 0 }, // prepare waits, on our clock
	}
	resp, err := rc.Do(req)
	if resp != nil {
		_ = resp.Body.Close() // it is in memory already
	}
	if err != nil {
		return x.last, withoutURL(err)
	}
	return x.last, nil
}

// prepare waits before a retry.
func (x *exchange) prepare(req *http.Request) error {
	if x.pause > x.client.opts.MaxWait {
		return &waitError{asked: x.pause, most: x.client.opts.MaxWait}
	}
	level := zerolog.DebugLevel
	if x.pause >= noticeable {
		level = zerolog.WarnLevel // somebody may be watching, and wonder
	}
	x.client.opts.Log.WithLevel(level).Str("method", x.method).Str("path", x.path).Dur("wait", x.pause).Int("tries", x.tries).Msg("scim request is tried again")
	return x.client.wait(req.Context(), x.pause)
}

// check decides after each try whether there is another (a retryablehttp.CheckRetry), and
// sets x.pause for it. The table:
//
//	answer                     GET PUT DELETE   POST, PATCH that
//	                           PATCH replace    adds or removes
//	no connection              again            again
//	connection lost, timeout   again            stop, maybe processed
//	415                        again as plain JSON, once
//	429                        again            again
//	503 with Retry-After       again            again
//	408, 502, 503, 504         again            stop, maybe processed
//	409 without uniqueness     PUT, PATCH again POST: stop
//	500 with "conflict"        PUT, PATCH again POST: stop, maybe processed
//	other 5xx                  stop, maybe processed (501: stop)
//	others                     stop
func (x *exchange) check(ctx context.Context, resp *http.Response, err error) (bool, error) {
	x.tries++
	x.last = nil
	if err != nil {
		return x.checkFailure(ctx, err)
	}
	b, ok := resp.Body.(*bufferedBody)
	if !ok {
		return false, errors.New("the answer was not read") // a transport that replaced ours
	}
	x.last = &answer{status: resp.StatusCode, header: resp.Header, body: b.bytes}
	if ctx.Err() != nil {
		// An answer is an answer, but there is no time for another.
		x.maybe = x.maybe || x.write() && unclear(resp.StatusCode, resp.Header)
		return false, nil
	}
	return x.checkAnswer(x.last), nil
}

func (x *exchange) checkFailure(ctx context.Context, err error) (bool, error) {
	te, ok := errors.AsType[*tryError](err)
	sent := !ok || te.sent
	if sent && x.write() {
		x.maybe = true
	}
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	if permanent(err) || sent && !x.repeatable {
		return false, nil
	}
	return x.failed(), nil
}

func (x *exchange) checkAnswer(a *answer) bool {
	asked, said := retryAfter(a.header)
	if x.retyped && a.status != http.StatusUnsupportedMediaType {
		x.client.plainJSON.Store(true)
	}
	switch a.status {
	case http.StatusUnsupportedMediaType:
		if x.once || x.retyped || x.header.Get("Content-Type") != contentType {
			return false
		}
		x.retyped, x.pause = true, 0
		x.header.Set("Content-Type", plainType)
		return true
	case http.StatusTooManyRequests:
		x.throttled++
		if x.once || x.throttled >= throttleTries {
			return false
		}
		x.pause = x.doubled(asked, x.throttled)
		return true
	case http.StatusServiceUnavailable:
		if !said && x.write() {
			x.maybe = true
		}
		if !said && !x.repeatable {
			return false
		}
		retry := x.failed()
		if said && asked > 0 {
			x.pause = asked
		}
		return retry
	case http.StatusRequestTimeout, http.StatusBadGateway, http.StatusGatewayTimeout:
		x.maybe = x.maybe || x.write()
		return x.repeatable && x.failed()
	}
	if x.method == http.MethodPut || x.method == http.MethodPatch {
		if lostRace(a) {
			retry := x.failed()
			x.pause = time.Duration(x.client.opts.Jitter() * float64(raceWait) * float64(x.failures))
			return retry
		}
	}
	x.maybe = x.maybe || x.write() && unclear(a.status, a.header)
	return false
}

// unclear reports whether a write answered so may have been carried out all the same.
func unclear(status int, h http.Header) bool {
	switch status {
	case http.StatusNotImplemented:
		return false
	case http.StatusServiceUnavailable:
		_, said := retryAfter(h)
		return !said
	}
	return status >= 500 || status == http.StatusRequestTimeout
}

// lostRace reports whether an answer to PUT or PATCH means that somebody else wrote at the
// same time (rules seen on real servers: 409 without scimType; 500 with "conflict").
func lostRace(a *answer) bool {
	e := parseErrorBody(a.body)
	switch a.status {
	case http.StatusConflict:
		return !strings.EqualFold(e.scimType, "uniqueness")
	case http.StatusInternalServerError:
		return strings.Contains(strings.ToLower(e.detail), "conflict")
	}
	return false
}

// failed counts a failure, sets the wait and reports whether there is another try.
func (x *exchange) failed() bool {
	x.failures++
	if x.once || x.failures > x.client.opts.Retries {
		return false
	}
	d := min(firstWait<<(x.failures-1), longestWait)
	x.pause = d/2 + time.Duration(x.client.opts.Jitter()*float64(d/2))
	return true
}

// doubled is the n-th wait after 429s: what the server asks for; from the second on twice
// as long each time, as Okta does, but never longer than anybody would wait for.
func (x *exchange) doubled(asked time.Duration, n int) time.Duration {
	most := x.client.opts.MaxWait
	if asked > most {
		return asked // prepare refuses it and says so
	}
	d := asked
	for range n - 1 {
		d = min(2*max(d, firstWait/2), most)
	}
	return d
}

// retryAfter returns how long the server asks to wait; never negative. Only a whole number
// of seconds counts; anything else means 5 minutes, as in Okta's own client
// (developer.okta.com/docs/concepts/scim, "Rate limits"). said is false without a header.
func retryAfter(h http.Header) (wait time.Duration, said bool) {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if s, err := strconv.ParseUint(v, 10, 31); err == nil {
		return time.Duration(s) * time.Second, true
	}
	return throttleWait, v != ""
}

// permanent reports whether a failed try would fail again in the same way.
func permanent(err error) bool {
	if errors.Is(err, ErrTooLarge) {
		return true
	}
	if _, ok := errors.AsType[*lateError](err); ok {
		return true
	}
	if e, ok := errors.AsType[*authError](err); ok && e.status != 0 {
		return e.status < 500 && e.status != http.StatusTooManyRequests
	}
	if e, ok := errors.AsType[*net.DNSError](err); ok {
		return e.IsNotFound
	}
	return tlsFault(err)
}

// tlsFault reports whether err says that the two sides do not accept each other.
func tlsFault(err error) bool {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return true
	}
	if _, ok := errors.AsType[tls.AlertError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return true
	}
	s := err.Error()
	return strings.Contains(s, "remote error: tls:") || strings.Contains(s, "server gave HTTP response to HTTPS client")
}

// certificateRefused reports whether the server closed a connection because of our
// certificate, or for want of one.
func certificateRefused(err error) bool {
	s := err.Error()
	return strings.Contains(s, "remote error: tls:") && strings.Contains(s, "certificate")
}

// absolute reports whether a PATCH may be repeated: it only replaces. A second `add` is a
// second member on some servers, a second `remove` is an error on others.
func absolute(ops []Operation) bool {
	return !slices.ContainsFunc(ops, func(o Operation) bool { return !strings.EqualFold(o.Op, "replace") })
}
