package oktasource

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/okta/okta-sdk-golang/v2/okta"
	"github.com/rs/zerolog"

	"github.com/oktascim/oktascim/agent"
)

// Options say which org is read and how. The zero value of everything optional is the
// safe choice.
type Options struct {
	// OrgURL is the org's address (https://acme.okta.com), no path, not the -admin one.
	OrgURL string
	// APIToken is an SSWS token; ServiceApp an API Services app. Exactly one is given.
	APIToken   string
	ServiceApp *ServiceApp

	// Budget is the share of each rate-limit bucket that may be used, above 0 and up to
	// 1; 0 means [DefaultBudget].
	Budget float64

	// App is the label or the id of the app whose assignments count. Without an app,
	// Groups are the names of the groups whose members count.
	App    string
	Groups []string
	// Pushes are the groups to push, by name or by rule. Nil: what the app's own group push
	// mappings say (nothing, without an app).
	Pushes []Push

	// Transport sends the requests; a clone of [http.DefaultTransport] if nil.
	Transport http.RoundTripper
	Log       zerolog.Logger
	// Now is the clock and Wait what waits by it; the real ones if nil.
	Now  func() time.Time
	Wait func(ctx context.Context, d time.Duration) error
	// AllowHTTP allows http to a loopback address: the simulator. Never elsewhere.
	AllowHTTP bool
	// UserAgent is sent with every request; "oktascim" if empty.
	UserAgent string
}

// ServiceApp signs in as an API Services app with private_key_jwt.
type ServiceApp struct {
	ClientID string
	// PrivateKeyPEM is PKCS#1, PKCS#8 or SEC 1; RSA or EC.
	PrivateKeyPEM []byte
	// KeyID is the kid of the key as the app shows it; empty if the app has one key.
	KeyID string
	// DPoP says whether tokens are bound to a key: "auto" (or empty) when Okta asks for
	// it, "on" always, "off" never. "always" and "never" mean the same as on and off.
	DPoP string
	// Scopes are asked for; [DefaultScopes] if empty.
	Scopes []string
}

// Push is a group to push, by its name in Okta, or all groups that a rule matches.
type Push struct {
	Name string
	Rule Rule
	// LinkTo is the id of an existing group in the target; empty for none.
	LinkTo string
}

// DefaultBudget leaves half of each bucket to everybody else: Okta itself gives one
// token half of the org's limit, and an agent is not the only reader.
const DefaultBudget = 0.5

// DefaultScopes are what reading needs.
func DefaultScopes() []string {
	return []string{"okta.users.read", "okta.groups.read", "okta.apps.read", "okta.schemas.read"}
}

// LogScope is what [Source.Changes] needs besides.
const LogScope = "okta.logs.read"

// Source reads one app, or some groups, of one org. It is safe for concurrent use.
type Source struct {
	opt       Options
	transport *transport
	client    *okta.Client
	log       zerolog.Logger

	mu     sync.Mutex // guards memory
	memory lastRead
}

var _ agent.Source = (*Source)(nil)

// New makes a source. It sends nothing. The error names every option that is wrong.
func New(opt Options) (*Source, error) {
	var problems []error
	org, err := ParseOrgURL(opt.OrgURL, opt.AllowHTTP)
	if err != nil {
		problems = append(problems, err)
	}
	if opt.Budget == 0 {
		opt.Budget = DefaultBudget
	}
	if !(opt.Budget > 0 && opt.Budget <= 1) {
		problems = append(problems, fmt.Errorf("budget %v: must be above 0 and at most 1", opt.Budget))
	}
	if (opt.App == "") == (len(opt.Groups) == 0) {
		problems = append(problems, errors.New("name either the Okta app or the groups whose members are assigned"))
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Wait == nil {
		opt.Wait = wait
	}
	if opt.UserAgent == "" {
		opt.UserAgent = "oktascim"
	}
	if opt.Transport == nil {
		opt.Transport = defaultTransport()
	}
	t := &transport{
		org: org, base: opt.Transport, now: opt.Now, wait: opt.Wait, agent: opt.UserAgent, log: opt.Log,
		governor: newGovernor(opt.Budget, opt.Now, opt.Wait, opt.Log), gate: newGate(maxInFlight),
	}
	switch {
	case (opt.APIToken == "") == (opt.ServiceApp == nil):
		problems = append(problems, errors.New("give either an API token or a service app to sign in with"))
	case opt.APIToken != "":
		if strings.ContainsAny(opt.APIToken, " \t\r\n") {
			problems = append(problems, errors.New("the API token holds a space or a line break; give the token alone, without \"SSWS\""))
		}
		t.auth = ssws(opt.APIToken)
	default:
		auth, err := newOAuth(*opt.ServiceApp, org, t)
		if err != nil {
			problems = append(problems, err)
		}
		t.auth = auth
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	client, err := newClient(org, t)
	if err != nil {
		return nil, fmt.Errorf("okta SDK: %w", err)
	}
	return &Source{opt: opt, transport: t, client: client, log: opt.Log}, nil
}

// newClient sets every setting that the SDK would otherwise take from ~/.okta, from a
// .okta.yaml or from OKTA_CLIENT_*. The token is a stand-in: the transport puts the real
// credentials on, so that the SDK never has them.
func newClient(org *url.URL, t *transport) (*okta.Client, error) {
	_, client, err := okta.NewClient(context.Background(),
		okta.WithOrgUrl(org.String()),
		okta.WithAuthorizationMode("SSWS"), okta.WithToken("set-by-the-transport"),
		okta.WithClientId(""), okta.WithScopes(nil), okta.WithClientAssertion(""), okta.WithPrivateKeyId(""),
		okta.WithCache(false), okta.WithCacheManager(nil), okta.WithCacheTtl(0), okta.WithCacheTti(0),
		okta.WithRateLimitMaxRetries(0), okta.WithRateLimitMaxBackOff(0),
		okta.WithRequestTimeout(0), okta.WithConnectionTimeout(0),
		okta.WithProxyHost(""), okta.WithProxyPort(0), okta.WithProxyUsername(""), okta.WithProxyPassword(""),
		okta.WithUserAgentExtra(""),
		okta.WithTestingDisableHttpsCheck(true), // ParseOrgURL has checked, and more strictly
		okta.WithHttpClientPtr(&http.Client{Transport: t}),
	)
	return client, err
}

// Requests is the number of requests that were sent so far, retries and tokens included.
func (s *Source) Requests() int64 { return s.transport.requests.Load() }

// ParseOrgURL checks an org's address and returns it without a trailing slash. The error
// says what to write instead.
func ParseOrgURL(text string, allowHTTP bool) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	switch {
	case text == "":
		return nil, errors.New("the org URL is missing: https://acme.okta.com")
	case err != nil || u.Host == "" || u.Opaque != "":
		return nil, fmt.Errorf("the org URL %q is no URL; write it as https://acme.okta.com", text)
	case u.User != nil:
		return nil, errors.New("the org URL holds a user name or a password; leave them out")
	case u.Scheme == "http" && (!allowHTTP || !isLoopback(u.Hostname())):
		return nil, fmt.Errorf("the org URL %q must begin with https (http is for a simulator on this machine)", text)
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("the org URL %q must begin with https", text)
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("the org URL %q must have no path; write %s://%s", text, u.Scheme, u.Host)
	}
	if name, domain, ok := strings.Cut(u.Hostname(), "."); ok && strings.HasSuffix(name, "-admin") && strings.Contains(domain, "okta") {
		return nil, fmt.Errorf("the org URL %q is the admin console's; write https://%s.%s", text, strings.TrimSuffix(name, "-admin"), domain)
	}
	// Okta's own links never name the default port.
	host := strings.ToLower(u.Host)
	host = strings.TrimSuffix(host, map[string]string{"https": ":443", "http": ":80"}[u.Scheme])
	return &url.URL{Scheme: u.Scheme, Host: host}, nil
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// wait waits by the real clock.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
