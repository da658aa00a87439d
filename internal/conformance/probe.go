package conformance

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// testCall is what the button "Test API Credentials" asks for.
const testCall = "/Users?startIndex=1&count=2"

// probe sends "Test API Credentials" once before anything is made, and finds
// out whether verdicts can be given at all. What the server answers in the
// shape of SCIM, however wrong, is left to the scenarios. It returns the
// optional parts that are absent, each with the reason.
func probe(ctx context.Context, w *wire) (map[string]string, error) {
	if err := checkURL(w.base); err != nil {
		return nil, err
	}
	ex := w.send(ctx, call{method: http.MethodGet, path: testCall, auth: w.auth.value()})
	where := "GET " + ex.URL
	html := bytes.HasPrefix(bytes.TrimSpace(ex.raw), []byte("<"))
	switch {
	case ex.Status == 0:
		return nil, unreachable(w, ex)
	case ex.Status == http.StatusUnauthorized, ex.Status == http.StatusForbidden:
		return nil, &CannotRun{
			Problem: fmt.Sprintf("%s: the server refuses the credentials: %d%s", where, ex.Status, detail(ex)),
			Hint:    authHint(ctx, w, ex),
		}
	case ex.Status >= 300 && ex.Status < 400:
		return nil, &CannotRun{
			Problem: fmt.Sprintf("%s: the server redirects (%d) to %s", where, ex.Status, header(ex, "Location")),
			Hint:    "Okta is not known to follow redirects: give the final address as --url. A redirect to a sign-in page means that something stands in front of the server.",
		}
	case mentions(ex.Body, "http request to an https server", "plain http request was sent to https port"):
		return nil, &CannotRun{
			Problem: fmt.Sprintf("%s: the server speaks TLS on this port", where),
			Hint:    "Write https:// in --url.",
		}
	case ex.Status == http.StatusNotFound && offersSCIM(ctx, w):
		// An odd way to say that there is nobody; the scenarios say so.
	case ex.Status == http.StatusNotFound:
		return nil, &CannotRun{
			Problem: fmt.Sprintf("%s: 404: there is no SCIM server under this URL", where),
			Hint:    elsewhere(ctx, w),
		}
	case html && ex.Status >= http.StatusInternalServerError:
		return nil, &CannotRun{
			Problem: fmt.Sprintf("%s: %d with an HTML page: a proxy answers in the place of the server, or the server is down", where, ex.Status),
			Hint:    "Look whether the server runs behind that address, then try again.",
		}
	case html:
		return nil, &CannotRun{
			Problem: fmt.Sprintf("%s: %d with an HTML page: this is no SCIM server", where, ex.Status),
			Hint:    elsewhere(ctx, w) + " A sign-in page means that something stands in front of the server.",
		}
	case !speaksSCIM(ctx, w, ex):
		return nil, &CannotRun{
			Problem: fmt.Sprintf("%s: %d, and %s: something answers here, but not in SCIM", where, ex.Status, kindOfBody(ex)),
			Hint:    elsewhere(ctx, w),
		}
	}
	return offers(ctx, w), nil
}

func checkURL(base string) error {
	u, err := url.Parse(base)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" {
		hint := "Give the SCIM base URL, for example https://scim.example.com/scim/v2"
		if with, err := url.Parse("https://" + base); err == nil && !strings.Contains(base, "://") && strings.ContainsAny(with.Host, ".:") {
			hint = "Did you mean https://" + base + "?"
		}
		return &CannotRun{Problem: fmt.Sprintf("%q is no URL", base), Hint: hint}
	}
	switch {
	case u.User != nil:
		return &CannotRun{Problem: "the URL must have no user or password in it", Hint: "Give the token with --token-file or SCIMCONFORM_TOKEN, and with --auth basic the name with --user."}
	case u.RawQuery != "" || u.Fragment != "":
		return &CannotRun{Problem: "the URL must have no query or fragment", Hint: "Leave out what stands from the ? or # on."}
	}
	return nil
}

// detail is the server's own sentence, if it has one.
func detail(ex *Exchange) string {
	if d := text(ex.value, "detail"); d != "" {
		return " (" + d + ")"
	}
	return ""
}

func header(ex *Exchange, name string) string {
	for _, line := range ex.Header {
		if n, v, _ := strings.Cut(line, ": "); n == name {
			return v
		}
	}
	return ""
}

// authHint tries the same secret in the other form, once, and says what helps.
func authHint(ctx context.Context, w *wire, refused *Exchange) string {
	other := map[AuthForm]AuthForm{Bearer: Header, Header: Bearer}[w.auth.form()]
	if other != "" {
		a := Auth{Form: other, Secret: w.auth.Secret}
		if w.send(ctx, call{method: http.MethodGet, path: testCall, auth: a.value()}).Status == http.StatusOK {
			return fmt.Sprintf("The same token is accepted in the form --auth %s. In Okta choose the app variant that sends it so.", other)
		}
	}
	hint := "Check the token: copied whole, not expired, the connection switched on."
	if asks := schemes(header(refused, "Www-Authenticate")); asks != "" {
		hint += fmt.Sprintf(" The server asks for: %s.", asks)
	}
	return hint + fmt.Sprintf(" It was sent as --auth %s.", w.auth.form())
}

// offers finds out which optional parts are absent. Groups are absent only if
// the endpoint is not there and the discovery document does not promise it: a
// broken endpoint must not pass for one that is not offered.
func offers(ctx context.Context, w *wire) map[string]string {
	absent := map[string]string{}
	groups := w.send(ctx, call{method: http.MethodGet, path: "/Groups?startIndex=1&count=100", auth: w.auth.value()})
	switch groups.Status {
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented:
	default:
		return absent
	}
	types := w.send(ctx, call{method: http.MethodGet, path: "/ResourceTypes", auth: w.auth.value()})
	if types.Status == http.StatusOK && bytes.Contains(types.raw, []byte("/Groups")) {
		return absent
	}
	absent["groups"] = fmt.Sprintf("the server has no groups: GET /Groups answers %d and /ResourceTypes does not name it", groups.Status)
	return absent
}
