package conformance

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"syscall"
)

// unreachable says in a sentence why there was no answer, and what to try next.
func unreachable(w *wire, ex *Exchange) *CannotRun {
	c := &CannotRun{Problem: fmt.Sprintf("GET %s: %s", ex.URL, ex.NoAnswer)}
	u, err := url.Parse(w.base)
	if err != nil { // checkURL was here before
		return c
	}
	const okta = " Okta shows: Error authenticating: Connect to host failed."
	dns, isDNS := errors.AsType[*net.DNSError](ex.cause)
	_, unknownCA := errors.AsType[x509.UnknownAuthorityError](ex.cause)
	_, wrongHost := errors.AsType[x509.HostnameError](ex.cause)
	badCert, isBadCert := errors.AsType[x509.CertificateInvalidError](ex.cause)
	_, noTLS := errors.AsType[tls.RecordHeaderError](ex.cause)
	switch {
	case isDNS && dns.IsNotFound:
		c.Hint = fmt.Sprintf("There is no host named %s: is it spelled right, and is its network (a VPN?) reachable from here?", u.Hostname())
	case isDNS:
		c.Hint = fmt.Sprintf("The name %s could not be looked up: is this machine online?", u.Hostname())
	case errors.Is(ex.cause, syscall.ECONNREFUSED):
		c.Hint = fmt.Sprintf("Nothing listens on %s: is the server running and reachable from here, and is the port right?", u.Host) + okta
	case unknownCA:
		c.Hint = "The server's certificate is not signed by an authority that this machine knows. Okta would refuse it, too. " +
			"For a test server give the authority's certificate, or the self-signed one itself, with --ca-file FILE."
	case wrongHost:
		c.Hint = fmt.Sprintf("The server's certificate is for another name than %s. Okta would refuse it, too.", u.Hostname())
	case isBadCert && badCert.Reason == x509.Expired:
		c.Hint = "The server's certificate has expired, or the clock of this machine is wrong. Okta would refuse it, too."
	case noTLS || mentions(ex.NoAnswer, "server gave http response to https client"):
		c.Hint = "The server speaks plain HTTP on this port: write http:// in --url for a test. Okta takes https:// only."
	case strings.Contains(ex.NoAnswer, "no answer within"):
		c.Hint = fmt.Sprintf("The server took the request and is silent, or a firewall swallows it. --timeout waits longer; Okta gives up after %s.", okTimeout)
	case u.Scheme == "http":
		c.Hint = "The connection broke before an answer. Does the server want https:// on this port?"
	default:
		c.Hint = "Is the URL right, and is the server running and reachable from here?" + okta
	}
	return c
}

// looksLikeSCIM reports whether an answer has anything of SCIM about it, right or wrong.
func looksLikeSCIM(ex *Exchange) bool {
	if strings.HasPrefix(strings.ToLower(ex.mediaType), "application/scim+json") {
		return true
	}
	values, isArray := ex.value.([]any)
	if !isArray {
		values = []any{ex.value}
	}
	return slices.ContainsFunc(values, func(v any) bool {
		return slices.ContainsFunc([]string{"schemas", "Resources", "totalResults", "userName", "scimType"}, func(name string) bool {
			_, ok := member(v, name)
			return ok
		})
	})
}

// speaksSCIM reports whether the answer to the test call, or one of four others, has
// anything of SCIM about it: a server whose lists alone are broken is still to be tested.
func speaksSCIM(ctx context.Context, w *wire, ex *Exchange) bool {
	if looksLikeSCIM(ex) {
		return true
	}
	for _, path := range []string{"/ServiceProviderConfig", "/Users/00919288221112222", "/Users", "/Groups"} {
		if looksLikeSCIM(w.send(ctx, call{method: http.MethodGet, path: path, auth: w.auth.value()})) {
			return true
		}
	}
	return false
}

// offersSCIM reports whether anything but people is served under the URL.
func offersSCIM(ctx context.Context, w *wire) bool {
	for _, path := range []string{"/ServiceProviderConfig", "/Groups?startIndex=1&count=2", "/ResourceTypes"} {
		if ex := w.send(ctx, call{method: http.MethodGet, path: path, auth: w.auth.value()}); ex.Status == http.StatusOK && looksLikeSCIM(ex) {
			return true
		}
	}
	return false
}

// kindOfBody names the kind of a body that is not SCIM.
func kindOfBody(ex *Exchange) string {
	switch {
	case len(ex.raw) == 0:
		return "an empty body"
	case ex.jsonErr != nil:
		return "a body that is not JSON"
	}
	return "JSON without schemas or Resources"
}

// elsewhere looks for the server near the URL that was given, on the same host, and says
// where it is, or what a URL is like.
func elsewhere(ctx context.Context, w *wire) string {
	base := w.base
	var places []string
	for _, end := range []string{"/Users", "/Groups", "/ServiceProviderConfig"} {
		if strings.HasSuffix(strings.ToLower(base), strings.ToLower(end)) {
			places = append(places, base[:len(base)-len(end)])
		}
	}
	for _, more := range []string{"/v2", "/scim/v2", "/scim", "/api/scim/v2"} {
		places = append(places, base+more)
	}
	for _, place := range places {
		near := &wire{base: place, auth: w.auth, http: w.http, timeout: w.timeout, readOnly: true}
		ex := near.send(ctx, call{method: http.MethodGet, path: testCall, auth: w.auth.value()})
		if (ex.Status == http.StatusOK || ex.Status == http.StatusUnauthorized) && looksLikeSCIM(ex) {
			return fmt.Sprintf("There is one under %s: give that as --url.", place)
		}
	}
	return "The URL is the part before /Users, usually with a path such as /scim/v2; the server's documentation calls it base URL, SCIM URL or tenant URL."
}

// scheme is one way to sign in within a WWW-Authenticate header.
var scheme = regexp.MustCompile(`(?i)(?:^|,\s*)(bearer|basic|digest|negotiate)\b`)

// schemes are the ways to sign in that a server asks for, without their parameters.
func schemes(header string) string {
	var names []string
	for _, m := range scheme.FindAllStringSubmatch(header, -1) {
		if !slices.Contains(names, m[1]) {
			names = append(names, m[1])
		}
	}
	return strings.Join(names, ", ")
}
