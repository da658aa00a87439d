package scimclient

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
)

// TestCredentials sends the one request of Okta's button "Test API Credentials": GET
// /Users?startIndex=1&count=2, once, with Okta's headers (two wire captures). nil means
// that Okta would say success: a ListResponse with Resources, empty or not. The error says
// in words what is wrong and what to do; the [*Error] is inside.
func (c *Client) TestCredentials(ctx context.Context) error {
	x := c.newExchange(http.MethodGet, "/Users")
	x.query, x.once = "startIndex=1&count=2", true
	a, err := x.send(ctx, call{})
	if err == nil {
		var p *page
		if p, err = readList(a.body); err != nil {
			err = x.fail(a, err)
		} else if p.resources == nil {
			err = x.fail(a, fmt.Errorf("%w: there is no Resources", ErrNotSCIM))
		}
	}
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", c.explain(err), err)
}

// explain says what a failed test means to the person who typed the URL and the token.
func (c *Client) explain(err error) string {
	if e, ok := errors.AsType[*authError](err); ok {
		if e.status != 0 {
			return "no token could be had; check client id, client secret, scopes and the token URL"
		}
		return "the token endpoint cannot be reached; check the token URL"
	}
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return "the test failed"
	}
	if e.Status == 0 {
		return c.explainNetwork(err)
	}
	switch {
	case errors.Is(err, ErrRedirect):
		return "the base URL leads to another place; set the base URL to that place if it is the right one"
	case e.Status == http.StatusUnauthorized:
		return c.explainUnauthorized()
	case e.Status == http.StatusForbidden:
		return "the server knows the sender and refuses it; switch the SCIM connection on at the target, and check that the token may read users"
	case e.Status == http.StatusNotFound:
		return fmt.Sprintf("there is nothing at %s/Users; check the base URL, it often ends in /scim/v2", c.BaseURL())
	case e.Status == http.StatusTooManyRequests:
		return "the server is busy and asks to come back later; the credentials were not tested"
	case e.Status >= 500:
		return "the server has a fault of its own; the credentials were not tested; look into its log"
	case strings.Contains(e.Body, "HTTP request to an HTTPS server"):
		return "the base URL begins with http:// and the server wants https://"
	case errors.Is(err, ErrHidden):
		return "the server says success and sends an error; its detail follows"
	case errors.Is(err, ErrNotSCIM) && strings.HasPrefix(e.Body, "<"):
		return "a web page came instead of SCIM; the base URL points to a web site or a sign-in page, check its path"
	case errors.Is(err, ErrNotSCIM):
		return `the answer is not a SCIM list (Okta says: "No results for users returned"); check the path of the base URL, or the server is at fault`
	}
	return fmt.Sprintf("the server refuses the request with %d; its detail follows", e.Status)
}

func (c *Client) explainUnauthorized() string {
	const again = "; a token that was replaced at the target no longer works, make a new one there if in doubt"
	a, ok := c.opts.Auth.(*staticAuth)
	switch {
	case c.opts.Auth == nil:
		return "the server wants a token and none is set"
	case !ok:
		return "the server refuses the token that the token endpoint gave; check scopes and that both belong together"
	case a.user != nil:
		return "the server refuses user name or password"
	case a.kind == "header" && !strings.Contains(a.value, " "):
		return `the server refuses the token; it was sent as it is, without a word before it: if the server wants "Bearer", type "Bearer " before the token` + again
	case a.kind == "bearer" && strings.HasPrefix(strings.ToLower(a.typed), "bearer "):
		return `the server refuses the token; it begins with "Bearer", which is sent anyway: type the token only` + again
	}
	return "the server refuses the token; check that it was copied whole" + again
}

func (c *Client) explainNetwork(err error) string {
	if e, ok := errors.AsType[*net.DNSError](err); ok && (e.IsNotFound || !e.IsTimeout) {
		return fmt.Sprintf("the name %q cannot be found; check the host in the base URL", e.Name)
	}
	if e, ok := errors.AsType[x509.HostnameError](err); ok {
		return fmt.Sprintf("the server's certificate is not for %q; check the host in the base URL", e.Host)
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "the server's certificate is signed by an unknown authority; add your own CA if the server is yours"
	}
	if e, ok := errors.AsType[x509.CertificateInvalidError](err); ok && e.Reason == x509.Expired {
		return "the server's certificate has expired, or is not valid yet; renew it, or set this machine's clock"
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok || strings.Contains(err.Error(), "server gave HTTP response to HTTPS client") {
		return "the server does not speak TLS at this port; check https:// and the port in the base URL"
	}
	switch {
	case strings.Contains(err.Error(), "certificate required"):
		return "the server wants a client certificate; set one"
	case tlsFault(err):
		return "the TLS connection was refused; check certificates on both sides"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens at this address; check host and port, and that the server runs"
	case errors.Is(err, ErrTooLarge):
		return "the answer to two users is larger than anything sensible; check the base URL"
	case errors.Is(err, context.Canceled):
		return "the test was stopped"
	case isTimeout(err):
		return "the server did not answer in time; a firewall may drop the connection, Okta's own addresses must be let in as well"
	}
	return "the connection failed"
}

func isTimeout(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	t, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](err)
	return ok && t.Timeout()
}
