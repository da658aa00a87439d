package scimclient

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// OAuthConfig is an OAuth 2.0 client that gets tokens by its own credentials (RFC 6749
// §4.4). Okta itself has no such mode; servers do.
type OAuthConfig struct {
	TokenURL, ClientID, ClientSecret string
	Scopes                           []string
}

// String shows no secret.
func (c OAuthConfig) String() string { return "oauth client " + c.ClientID + " [redacted]" }

// Format shows no secret, whatever the verb.
func (c OAuthConfig) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(c.String())) }

// MarshalText shows no secret.
func (c OAuthConfig) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// OAuth sends bearer tokens that it gets from a token endpoint. All requests share one
// token; it is renewed when it ends, and once when the server answers 401.
func OAuth(c OAuthConfig) Auth {
	return &oauth{config: c, turn: make(chan struct{}, 1)}
}

type oauth struct {
	config OAuthConfig
	// turn is held by whoever gets a token: the others wait for that one.
	turn chan struct{}

	mu    sync.Mutex
	token *oauth2.Token
	// seen are the tokens so far, to be hidden; the newest last.
	seen []string
}

// tokensHidden is how many past tokens are still hidden. An answer that repeats a token
// older than that would have been in flight for hours.
const tokensHidden = 4

func (a *oauth) check() error {
	var errs []error
	u, err := url.Parse(a.config.TokenURL)
	switch {
	case a.config.TokenURL == "":
		errs = append(errs, errors.New("authentication: there is no token URL"))
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		errs = append(errs, errors.New("authentication: the token URL is no URL; it looks like https://login.example.com/oauth2/token"))
	case u.User != nil:
		errs = append(errs, errors.New("authentication: the token URL contains credentials; take them out"))
	}
	if a.config.ClientID == "" {
		errs = append(errs, errors.New("authentication: the client id is empty"))
	}
	if a.config.ClientSecret == "" {
		errs = append(errs, errors.New("authentication: the client secret is empty"))
	}
	return errors.Join(errs...)
}

func (a *oauth) renews() bool { return true }

func (a *oauth) secrets() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]string{a.config.ClientSecret, url.QueryEscape(a.config.ClientSecret)}, a.seen...)
}

// cached returns the header value at hand, or "" if there is none that may be used.
func (a *oauth) cached(stale string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.token.Valid() || "Bearer "+a.token.AccessToken == stale {
		return ""
	}
	return "Bearer " + a.token.AccessToken
}

func (a *oauth) authorization(ctx context.Context, via *http.Client, stale string) (string, error) {
	if v := a.cached(stale); v != "" {
		return v, nil
	}
	select {
	case a.turn <- struct{}{}:
		defer func() { <-a.turn }()
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
	// Somebody may have got one meanwhile.
	if v := a.cached(stale); v != "" {
		return v, nil
	}
	cc := clientcredentials.Config{
		ClientID: a.config.ClientID, ClientSecret: a.config.ClientSecret, TokenURL: a.config.TokenURL, Scopes: a.config.Scopes,
	}
	t, err := cc.Token(context.WithValue(ctx, oauth2.HTTPClient, via))
	if err != nil {
		return "", tokenError(a.config.TokenURL, err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.token = t
	a.seen = append(a.seen, t.AccessToken)
	a.seen = a.seen[max(0, len(a.seen)-tokensHidden):]
	return "Bearer " + t.AccessToken, nil
}

// String shows the client id only.
func (a *oauth) String() string { return a.config.String() }

// Format shows the client id only, whatever the verb.
func (a *oauth) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(a.String())) }

// MarshalText shows the client id only.
func (a *oauth) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// authError is a token that could not be had. The request itself was not sent.
type authError struct {
	msg string
	// status is the token endpoint's, 0 if it did not answer.
	status int
	err    error
}

func (e *authError) Error() string { return e.msg }
func (e *authError) Unwrap() error { return e.err }

// tokenError says what went wrong in words of ours: the library's text holds the whole
// answer of the token endpoint.
func tokenError(tokenURL string, err error) error {
	where := "the token endpoint"
	if u, perr := url.Parse(tokenURL); perr == nil {
		where += " " + u.Scheme + "://" + u.Host + u.EscapedPath()
	}
	var re *oauth2.RetrieveError
	if errors.As(err, &re) {
		status := 0
		if re.Response != nil {
			status = re.Response.StatusCode
		}
		what := strings.TrimSpace(re.ErrorCode + " " + re.ErrorDescription)
		return &authError{msg: fmt.Sprintf("%s answered %d: %s", where, status, cmp.Or(what, http.StatusText(status))), status: status}
	}
	err = withoutURL(err)
	return &authError{msg: fmt.Sprintf("%s: %v", where, err), err: err}
}
