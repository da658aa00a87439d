// Package scimclient is a typed client for SCIM 2.0 servers (RFC 7643, RFC 7644) that
// sends what Okta sends and believes a server only as far as its answers can be checked.
//
//	c, err := scimclient.New(scimclient.Options{BaseURL: "https://scim.example.com/scim/v2", Auth: scimclient.Bearer(token)})
//	for user, err := range scimclient.Users(c).List(ctx, scimclient.Query{}).All() { … }
//
// # Resources
//
// [User] and [Group] have the core attributes as fields and keep every other member in
// Extra, so that a resource that was read can be written back without loss. [Object] is
// a resource exactly as sent. [At] makes an [Endpoint] of any type at any path:
// At[Object](c, "/Users") reads users as they are.
//
// On the wire, duplicate members and invalid UTF-8 are refused, and the members of typed
// values match without case, since servers differ (Okta itself reads `totalresults`).
//
// # What is tried again
//
// Each try has a deadline of its own. GET, PUT, DELETE, and PATCH whose operations are all
// `replace`, are repeated after 408, 429, 502, 503, 504 and a broken connection. Other
// writes are repeated only when the server cannot have carried them out: no connection
// came about, 429, or 503 with Retry-After. Otherwise the error is one for which
// [MaybeProcessed] is true: look before you write again. A 409 that does not say
// `uniqueness`, or a 500 that speaks of a conflict, is a lost race on some servers: PUT and
// PATCH are then repeated after a random wait.
//
// A 429 never uses up the tries of other failures: as in Okta's client there are ten for
// it, and fewer requests are in flight until answers are good again.
//
// # Secrets
//
// No error, log line or formatted value shows a token, a password or a client secret,
// even where the server repeats it in its answer.
package scimclient

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
)

// The defaults of [Options].
const (
	// DefaultUserAgent is what Okta sends with every call (scim-20 reference; two wire
	// captures). It is the default on purpose, and it is not Okta that sends it: servers
	// switch behaviour, and firewalls admit, by this value, and this client is to meet
	// the server that Okta would meet. Set Options.UserAgent to say something else.
	DefaultUserAgent = "Okta SCIM Client 1.0.0"
	// DefaultTimeout is Okta's ("60 s with no socket data", concepts/scim/faqs).
	DefaultTimeout = 60 * time.Second
	// DefaultConcurrency is about what Okta was seen to send at once.
	DefaultConcurrency = 8
	// DefaultMaxBodyBytes is far above the largest page seen, and bounds memory.
	DefaultMaxBodyBytes = 64 << 20
	// DefaultRetries bridges a restart of the server (1+2+4+8 s).
	DefaultRetries = 4
	// DefaultMaxWait is the longest wait that is worth holding a request for.
	DefaultMaxWait = 15 * time.Minute
)

// throttleTries is how often a request is sent in all while the answer is 429, as Okta
// does (concepts/scim, "Rate limits": 10 attempts).
const throttleTries = 10

// Options say how to reach a server. BaseURL is needed; every zero value has a default.
type Options struct {
	// BaseURL is the root below which /Users and /Groups are, http or https, without
	// credentials, query or fragment. A trailing slash is cut.
	BaseURL string
	// Auth is how requests are authorized; nil sends no Authorization header.
	Auth Auth
	// UserAgent is [DefaultUserAgent], Okta's own, if empty.
	UserAgent string
	// ContentType is that of request bodies, "application/scim+json; charset=utf-8" (as
	// Okta) if empty. Some servers take only "application/json": that is tried, and kept,
	// when the default is answered 415.
	ContentType string
	// Timeout bounds one try from connection to last byte; 60 s, as Okta, if 0.
	Timeout time.Duration
	// Concurrency is the most requests in flight, 8 if 0. A 429 or 503 halves it, good
	// answers raise it again step by step.
	Concurrency int
	// MaxBodyBytes caps an answer, unpacked; 64 MiB if 0.
	MaxBodyBytes int64
	// RootCAs are trusted instead of the system's.
	RootCAs *x509.CertPool
	// ClientCertificate is shown to servers that ask for one.
	ClientCertificate *tls.Certificate
	// Transport replaces the HTTP transport, RootCAs and ClientCertificate with it.
	Transport http.RoundTripper
	// Wrap puts something around the transport, whichever it is; nil for nothing. It sees
	// each try of each request, and no request for an OAuth token.
	Wrap func(http.RoundTripper) http.RoundTripper
	// Retries are the tries after the first; 4 if 0, none if negative.
	Retries int
	// MaxWait is the longest wait before a retry, 15 minutes if 0. A server that asks for
	// more is an error at once.
	MaxWait time.Duration
	// Clock measures waits; the real one if nil.
	Clock Clock
	// Jitter returns a number in [0, 1) that spreads waits; random if nil.
	Jitter func() float64
	// Log receives one debug line a try: method, path, status, duration. Never a body.
	Log zerolog.Logger
}

// Clock tells the time and waits. After returns a channel that receives once d is over.
type Clock interface {
	Now() time.Time
	After(d time.Duration) <-chan time.Time
}

// Client is a SCIM server. Its methods may be called at the same time.
type Client struct {
	base     baseURL
	opts     Options
	http     *http.Client
	gate     *gate
	redactor *redactor
	requests atomic.Int64
	// plainJSON is set once the server has refused SCIM's media type and taken JSON's.
	plainJSON atomic.Bool
}

// New returns a client for o, or an error that names everything wrong with o. Nothing is
// sent yet; [Client.TestCredentials] does that.
func New(o Options) (*Client, error) {
	base, errURL := parseBaseURL(o.BaseURL)
	errs := []error{errURL}
	if o.Auth != nil {
		if err := o.Auth.check(); err != nil {
			errs = append(errs, err)
		}
	}
	if o.Transport != nil && (o.RootCAs != nil || o.ClientCertificate != nil) {
		errs = append(errs, errors.New("transport: RootCAs and ClientCertificate have no effect beside it; set them in the transport"))
	}
	if o.Timeout < 0 || o.Concurrency < 0 || o.MaxBodyBytes < 0 || o.MaxWait < 0 {
		errs = append(errs, errors.New("timeout, concurrency, body limit and longest wait must not be negative"))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	c := &Client{base: base, opts: o, gate: newGate(o.Concurrency, o.Clock), redactor: newRedactor(o.Auth)}
	t := o.Transport
	if t == nil {
		t = newTransport(o)
	}
	through := t
	if o.Wrap != nil {
		through = o.Wrap(t)
	}
	c.http = &http.Client{Transport: &trier{client: c, next: through, plain: t}, CheckRedirect: checkRedirect}
	return c, nil
}

func (o Options) withDefaults() Options {
	or := func(p *string, v string) {
		if *p == "" {
			*p = v
		}
	}
	or(&o.UserAgent, DefaultUserAgent)
	or(&o.ContentType, contentType)
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Concurrency == 0 {
		o.Concurrency = DefaultConcurrency
	}
	if o.MaxBodyBytes == 0 {
		o.MaxBodyBytes = DefaultMaxBodyBytes
	}
	switch {
	case o.Retries == 0:
		o.Retries = DefaultRetries
	case o.Retries < 0:
		o.Retries = 0
	}
	if o.MaxWait == 0 {
		o.MaxWait = DefaultMaxWait
	}
	if o.Clock == nil {
		o.Clock = systemClock{}
	}
	if o.Jitter == nil {
		o.Jitter = rand.Float64
	}
	return o
}

// newTransport returns the transport of one client: a pool of its own, as large as its
// concurrency, so that a second client with another certificate shares no connection.
func newTransport(o Options) *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // the standard library's own value
	t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: o.RootCAs}
	if o.ClientCertificate != nil {
		t.TLSClientConfig.Certificates = []tls.Certificate{*o.ClientCertificate}
	}
	t.MaxIdleConns, t.MaxIdleConnsPerHost = 0, o.Concurrency
	t.DisableCompression = true // Accept-Encoding is Okta's; see decode
	return t
}

// BaseURL is the base URL in canonical form: scheme and host in lower case, no default
// port, no trailing slash. Two clients of one server have the same.
func (c *Client) BaseURL() string { return c.base.String() }

// Requests is how many requests went out so far, each try counted, those for tokens not.
func (c *Client) Requests() int64 { return c.requests.Load() }

// Close closes idle connections. The client stays usable.
func (c *Client) Close() {
	if t, ok := c.http.Transport.(*trier); ok {
		if i, ok := t.plain.(interface{ CloseIdleConnections() }); ok {
			i.CloseIdleConnections()
		}
	}
}

// String never shows a secret.
func (c *Client) String() string { return "SCIM server " + c.BaseURL() }

type systemClock struct{}

func (systemClock) Now() time.Time                         { return time.Now() }
func (systemClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

// wait waits for d on the client's clock. It does not begin a wait that ctx would cut off:
// the answer is an error at once, which tells an operator more than a late one.
func (c *Client) wait(ctx context.Context, d time.Duration) error {
	return waitOn(ctx, c.opts.Clock, d)
}

func waitOn(ctx context.Context, clock Clock, d time.Duration) error {
	if deadline, ok := ctx.Deadline(); ok {
		if left := time.Until(deadline); left < d {
			return &lateError{next: d, left: max(left, 0)}
		}
	}
	if d <= 0 {
		return context.Cause(ctx)
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-clock.After(d):
		return nil
	}
}
