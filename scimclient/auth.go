package scimclient

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Auth is how requests are authorized: [Bearer], [Header], [Basic] or [OAuth]. Printed in
// any form it shows no secret.
type Auth interface {
	fmt.Formatter
	fmt.Stringer
	// check says what is wrong with it, without repeating it.
	check() error
	// authorization returns the value of the Authorization header. stale is a value that
	// the server refused; an Auth that can make another does so.
	authorization(ctx context.Context, via *http.Client, stale string) (string, error)
	// renews reports whether another value may follow a refused one.
	renews() bool
	// secrets are the texts that nothing may show.
	secrets() []string
}

// Bearer sends "Authorization: Bearer token", as Okta's "OAuth Bearer Token" apps do.
func Bearer(token string) Auth {
	return &staticAuth{kind: "bearer", what: "token", value: "Bearer " + token, typed: token, hide: []string{token}}
}

// Header sends value as the whole Authorization header, as Okta's "Header Auth" apps do: a
// server that wants a bearer token needs the word Bearer in it.
func Header(value string) Auth {
	hide := []string{value}
	// The scheme by itself is no secret, what follows it is one by itself.
	if _, rest, ok := strings.Cut(value, " "); ok {
		hide = append(hide, strings.TrimSpace(rest))
	}
	return &staticAuth{kind: "header", what: "header value", value: value, typed: value, hide: hide}
}

// Basic sends user name and password (RFC 7617).
func Basic(user, password string) Auth {
	encoded := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	return &staticAuth{kind: "basic", what: "password", value: "Basic " + encoded, typed: password, hide: []string{encoded, password}, user: &user}
}

// staticAuth is a header value that never changes.
type staticAuth struct {
	kind, what string
	// typed is what a person gave, value what is sent.
	typed, value string
	// hide are the secrets in value.
	hide []string
	// user is set for basic authentication.
	user *string
}

func (a *staticAuth) check() error {
	switch {
	case strings.TrimSpace(a.typed) == "" && a.user == nil:
		return fmt.Errorf("authentication: the %s is empty", a.what)
	case a.user != nil && *a.user == "":
		return errors.New("authentication: the user name is empty")
	case a.user != nil && strings.Contains(*a.user, ":"):
		return errors.New("authentication: a user name with a colon cannot be sent (RFC 7617 §2)")
	case a.user == nil && strings.TrimSpace(a.typed) != a.typed:
		return fmt.Errorf("authentication: the %s begins or ends with a space or line break", a.what)
	case a.user == nil && strings.ContainsFunc(a.value, func(r rune) bool { return r < 0x20 || r >= 0x7f }):
		return fmt.Errorf("authentication: the %s contains a character that no HTTP header can carry", a.what)
	}
	return nil
}

func (a *staticAuth) authorization(context.Context, *http.Client, string) (string, error) {
	return a.value, nil
}

func (a *staticAuth) renews() bool      { return false }
func (a *staticAuth) secrets() []string { return a.hide }

// String shows the kind only.
func (a *staticAuth) String() string { return a.kind + " [redacted]" }

// Format shows the kind only, whatever the verb.
func (a *staticAuth) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(a.String())) }

// MarshalText shows the kind only.
func (a *staticAuth) MarshalText() ([]byte, error) { return []byte(a.String()), nil }
