package conformance

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// AuthForm is how the secret is put into the Authorization header.
type AuthForm string

const (
	// Bearer sends "Authorization: Bearer SECRET", as the catalog's "OAuth
	// Bearer Token" app and every wizard app with "HTTP Header" do.
	Bearer AuthForm = "bearer"
	// Header sends "Authorization: SECRET", as the catalog's "Header Auth" app does.
	Header AuthForm = "header"
	// Basic sends user and secret as in RFC 7617.
	Basic AuthForm = "basic"
)

// Auth is how the tester signs in.
type Auth struct {
	Form   AuthForm // "" means Bearer
	User   string   // for Basic
	Secret string
}

// String never shows the secret.
func (a Auth) String() string { return string(a.form()) + " [redacted]" }

// GoString never shows the secret.
func (a Auth) GoString() string { return a.String() }

func (a Auth) form() AuthForm {
	if a.Form == "" {
		return Bearer
	}
	return a.Form
}

// value is the Authorization header.
func (a Auth) value() string {
	switch a.form() {
	case Header:
		return a.Secret
	case Basic:
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(a.User+":"+a.Secret))
	default:
		return "Bearer " + a.Secret
	}
}

// hidden are the strings that no report may show.
func (a Auth) hidden() []string {
	hide := []string{a.Secret}
	if a.form() == Basic {
		hide = append(hide, base64.StdEncoding.EncodeToString([]byte(a.User+":"+a.Secret)))
	}
	return hide
}

// Exchange is one request and its answer. Its exported fields are redacted.
type Exchange struct {
	Method, URL string
	// RequestHeader and Header are lines of "Name: value" in a fixed order.
	RequestHeader []string
	RequestBody   string
	Status        int // 0: there was no answer
	Header        []string
	Body          string
	// NoAnswer says why Status is 0.
	NoAnswer string
	Started  time.Time
	Took     time.Duration
	// Signed says with what the request was signed.
	Signed Signature

	ordinary  bool   // signed with the token of the run, with Okta's headers and nothing else
	withheld  bool   // the options of the run forbid the request; it was not sent
	path      string // below the base URL, with query
	mediaType string
	header    http.Header // as it came
	raw       []byte
	value     any   // the body as generic JSON; nil if it is none
	jsonErr   error // why value is nil although there was a body
	cause     error // why there was no answer; may hold secrets
}

const (
	// maxAnswer bounds one answer in bytes. A page of 100 large resources is
	// well under 1 MiB.
	maxAnswer = 8 << 20
	// maxShown bounds a body in a report.
	maxShown = 4 << 10
	// maxSent bounds what is kept of a body that was sent: a push of 1,000 members
	// is whole, a body that tests limits is not.
	maxSent = 256 << 10
	// okTimeout is how long Okta waits for an answer (Okta SCIM FAQ, "timeout").
	okTimeout = 60 * time.Second
	// maxTries is how often Okta repeats a request that is answered 429
	// (developer.okta.com/docs/concepts/scim, "Rate limits").
	maxTries = 10
	// maxWait bounds what the tester waits on one 429; Okta itself waits
	// longer, but a test run is not worth it.
	maxWait = 60 * time.Second
)

// wire sends requests as Okta's client does.
type wire struct {
	base    string // without trailing slash
	auth    Auth
	http    *http.Client
	timeout time.Duration
	// readOnly withholds every request that could change something.
	readOnly bool
	// other is another connection of the same server, disabled the sign-in of one
	// that is switched off; nil if nobody has given them.
	other    *wire
	disabled *Auth
	// more are the secrets of those, which no report may show.
	more []string

	mu          sync.Mutex
	refusals    int // answers of 429
	longestWait int // the largest Retry-After of them, in seconds
}

// throttled says how often 429 was answered, and the longest wait asked for.
func (w *wire) throttled() (times, seconds int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.refusals, w.longestWait
}

// slowDown counts an answer of 429 and returns how long to wait.
func (w *wire) slowDown(ex *Exchange) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.refusals++
	if n, err := strconv.Atoi(header(ex, "Retry-After")); err == nil {
		w.longestWait = max(w.longestWait, n)
	}
	return retryAfter(ex.header, time.Now())
}

func newWire(base string, auth Auth, timeout time.Duration, rt http.RoundTripper) *wire {
	if timeout <= 0 {
		timeout = okTimeout
	}
	return &wire{
		base: strings.TrimRight(base, "/"), auth: auth, timeout: timeout,
		http: &http.Client{
			Transport: rt,
			// Not documented whether Okta follows; a redirected POST would
			// lose its body, so the answer is judged as it is.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// call is one request before it is sent.
type call struct {
	method, path string
	body         string
	auth         string   // the Authorization header; "" sends none
	hide         []string // more strings that no report may show
	// header overrides Okta's headers; a nil value drops one.
	header http.Header
	// ordinary says that Okta sends it like this; see [Exchange].
	ordinary bool
	// hangUp ends the connection as soon as the request is out.
	hangUp bool
	// cut sends the first half of the body, and then ends the connection.
	cut bool
}

// send sends c and reads the answer. It always returns an exchange; a request
// without an answer has Status 0. A 429 is repeated as Okta does.
func (w *wire) send(ctx context.Context, c call) *Exchange {
	for try := 1; ; try++ {
		ex := w.once(ctx, c)
		if ex.Status != http.StatusTooManyRequests {
			return ex
		}
		wait := w.slowDown(ex)
		if try == maxTries {
			return ex
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ex
		case <-timer.C:
		}
	}
}

// retryAfter returns how long to wait after a 429; never negative, at most
// [maxWait]. A whole number of seconds and a date (RFC 9110 §10.2.3) both count:
// Okta obeys the number alone, but the tester is a guest. A date counts from
// the server's own clock where the answer has it. Anything else means 5 s,
// where Okta waits 5 minutes.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if n, err := strconv.Atoi(value); err == nil && n >= 0 {
		return time.Duration(min(n, int(maxWait.Seconds()))) * time.Second
	}
	until, err := http.ParseTime(value)
	if err != nil {
		return 5 * time.Second
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return min(max(until.Sub(now), 0), maxWait)
}

func (w *wire) once(ctx context.Context, c call) *Exchange {
	ctx, cancel := context.WithTimeout(ctx, w.timeout)
	defer cancel()
	red := redactor(slices.Concat(w.auth.hidden(), w.more, c.hide))
	ex := &Exchange{Method: c.method, URL: red(w.base + c.path), path: red(c.path), RequestBody: shorten(c.body, maxSent, red)}
	switch c.auth {
	case "":
		ex.Signed = Unsigned
	case w.auth.value():
		ex.Signed = SignedWithToken
	default:
		ex.Signed = SignedOtherwise
	}
	ex.Started = time.Now()
	defer func() { ex.Took = time.Since(ex.Started) }()
	if why := w.refuses(c); why != "" {
		ex.NoAnswer, ex.withheld = why, true
		return ex
	}

	var body io.Reader
	switch {
	case c.cut:
		body = io.MultiReader(strings.NewReader(c.body[:len(c.body)/2]), broken{})
	case c.body != "":
		body = strings.NewReader(c.body)
	}
	if c.hangUp {
		ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { cancel() }})
	}
	req, err := http.NewRequestWithContext(ctx, c.method, w.base+c.path, body)
	if err != nil {
		ex.NoAnswer = red(err.Error())
		return ex
	}
	if c.cut {
		req.ContentLength = int64(len(c.body))
	}
	// Okta's headers: scim-client.md is the collection; User-Agent, Accept and
	// Accept-Charset are in Okta's own samples and in every capture.
	req.Header.Set("User-Agent", "Okta SCIM Client 1.0.0")
	req.Header.Set("Accept", "application/scim+json")
	req.Header.Set("Accept-Charset", "utf-8")
	req.Header.Set("Accept-Encoding", "gzip,deflate")
	if c.body != "" {
		req.Header.Set("Content-Type", "application/scim+json; charset=utf-8")
	}
	if c.auth != "" {
		req.Header.Set("Authorization", c.auth)
	}
	maps.Copy(req.Header, c.header)
	ex.RequestHeader = headerLines(req.Header, red)

	resp, err := w.http.Do(req)
	if err != nil {
		ex.NoAnswer, ex.cause = red(noAnswer(err, w.timeout)), err
		if c.hangUp || c.cut {
			ex.NoAnswer, ex.cause = "the tester has ended the connection on purpose", nil
		}
		return ex
	}
	defer resp.Body.Close()
	raw, err := readBody(resp)
	if err != nil {
		ex.NoAnswer = red("the answer broke off: " + noAnswer(err, w.timeout))
		return ex
	}
	ex.Status, ex.raw = resp.StatusCode, raw
	ex.Header = headerLines(resp.Header, red)
	ex.header = resp.Header
	ex.mediaType = resp.Header.Get("Content-Type")
	ex.Body = shorten(string(raw), maxShown, red)
	if len(bytes.TrimSpace(raw)) > 0 {
		if err := unmarshal(raw, &ex.value); err != nil {
			ex.value, ex.jsonErr = nil, err
		}
	}
	return ex
}

// shorten hides secrets in a body and cuts it to what a report shows; whole
// characters stay whole, and what is none becomes one, or JSON reports could not
// hold it.
func shorten(body string, limit int, red func(string) string) string {
	if len(body) <= limit {
		return strings.ToValidUTF8(red(body), "\ufffd")
	}
	// Twice as much is looked at, so that a secret at the cut is hidden whole.
	head := red(body[:min(len(body), 2*limit)])
	return strings.ToValidUTF8(head[:min(len(head), limit)], "\ufffd") + fmt.Sprintf(" … (%d bytes in all)", len(body))
}

// unmarshal reads a JSON body. Half a surrogate pair, written as an escape, is no
// error: parsers such as Okta's read it, and a server may have been given it by
// anybody. Raw bytes that are not UTF-8 and double names are errors.
func unmarshal(raw []byte, into *any) error {
	return json.Unmarshal(raw, into, jsontext.AllowInvalidUTF8(utf8.Valid(raw)))
}

// readBody reads and decompresses. The tester asks for gzip and deflate as Okta
// does, so net/http leaves the decompression to it.
func readBody(resp *http.Response) ([]byte, error) {
	var r io.Reader = resp.Body
	switch resp.Header.Get("Content-Encoding") {
	case "gzip":
		z, err := gzip.NewReader(resp.Body)
		if err != nil {
			return nil, fmt.Errorf("reading gzip: %w", err)
		}
		r = z
	case "deflate":
		r = flate.NewReader(resp.Body)
	}
	raw, err := io.ReadAll(io.LimitReader(r, maxAnswer+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > maxAnswer {
		return nil, fmt.Errorf("more than %d bytes", maxAnswer)
	}
	return raw, nil
}

// noAnswer words a transport error for somebody who reads a report.
func noAnswer(err error, timeout time.Duration) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Sprintf("no answer within %s", timeout)
	}
	if errors.Is(err, context.Canceled) {
		return "interrupted"
	}
	// Its own text repeats the request, which every reader shows anyway.
	if inner, ok := errors.AsType[*url.Error](err); ok {
		err = inner.Err
	}
	return err.Error()
}

// broken is the rest of a body that never comes.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("cut off on purpose") }
