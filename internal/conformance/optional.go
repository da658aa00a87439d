package conformance

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
)

// Connection is another connection of the server that is tested.
type Connection struct {
	URL  string
	Auth Auth
}

// extras are needs for which nobody can be blamed: what the person who runs the
// tester has not given, and what Okta itself calls optional.
func extras() []string {
	return []string{"entitlements", "other-connection", "disabled-token", "bearer", "token-in-url", "long-token"}
}

// extra reports whether the scenario is about one of the [extras]: left out, it
// makes no gap in a profile.
func (s Scenario) extra() bool {
	return slices.ContainsFunc(s.Needs, func(n string) bool { return slices.Contains(extras(), n) })
}

// optional adds to absent the [extras] that are not there, each with what would help.
func optional(ctx context.Context, w *wire, o Options, chosen []Scenario, absent map[string]string) {
	if slices.ContainsFunc(chosen, func(s Scenario) bool { return slices.Contains(s.Needs, "entitlements") }) {
		types := w.send(ctx, call{method: http.MethodGet, path: "/ResourceTypes", auth: w.auth.value()})
		if len(entitlementEndpoints(types)) == 0 {
			absent["entitlements"] = fmt.Sprintf("the server offers no entitlements: GET /ResourceTypes answers %d and names no resource type under urn:okta:scim:schemas", types.Status)
		}
	}
	if o.Other == nil {
		absent["other-connection"] = "not tested: it needs a second connection of the server; give --other-url and --other-token-file"
	}
	if o.Disabled == nil {
		absent["disabled-token"] = "not tested: it needs the token of a connection that is switched off; give --disabled-token-file"
	}
	if w.auth.form() != Bearer {
		absent["bearer"] = "not tested: the token is not sent as a bearer token"
	}
	if len(w.auth.Secret) < tooShort {
		absent["long-token"] = fmt.Sprintf("not tested: a token of less than %d characters cannot be told from a word", tooShort)
	}
	if !o.TokenInURL && !loopback(w.base) {
		absent["token-in-url"] = "not tested: servers and proxies log URLs; give --token-in-url if the token may be seen there"
	}
}

// loopback reports whether a request to the URL stays on this machine.
func loopback(base string) bool {
	u, err := url.Parse(base)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
