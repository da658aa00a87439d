package conformance

import (
	"fmt"
	"net/http"
	"strings"
)

// Cause guesses from the answer what is wrong in the server; "" where the two
// sides of the check say all there is to say. The advice of the scenario says
// what to do, this says where to look.
func (res Result) Cause() string {
	if res.At < 0 || res.At >= len(res.Exchanges) {
		return ""
	}
	ex := res.Exchanges[res.At]
	first, _, _ := strings.Cut(strings.TrimSpace(ex.Body), "\n")
	write := ex.Method != http.MethodGet && ex.Method != http.MethodDelete
	switch {
	case ex.Status == 0 && strings.Contains(ex.NoAnswer, "no answer within"):
		return "the server took the request and did not answer in time: a lock, a slow query, or work that belongs in a queue"
	case ex.Status == 0:
		return "the connection broke before an answer: a crash in the handler, or a proxy that gave up"
	case ex.Status == http.StatusUnauthorized || ex.Status == http.StatusForbidden:
		return fmt.Sprintf("the token is good for other requests, but not for this one: look at the scopes or roles that %s needs", ex.Method)
	case ex.Status == http.StatusNotAcceptable:
		return "the server does not offer application/scim+json, which is what Okta's Accept header asks for"
	case ex.Status == http.StatusUnsupportedMediaType, ex.Status == http.StatusBadRequest && write && mentions(ex.Body, "content-type", "content type", "media type"):
		return "the body parser is not bound to application/scim+json; charset=utf-8, only to application/json"
	case ex.Status == http.StatusMethodNotAllowed, ex.Status == http.StatusNotImplemented:
		return fmt.Sprintf("there is no handler for %s on this path", ex.Method)
	case ex.Status == http.StatusNotFound && write && !strings.Contains(ex.path, "00919288221112222"):
		return fmt.Sprintf("there is no route for %s on this path, or the id that the server gave is not the id that it finds", ex.Method)
	case ex.Status == http.StatusTooManyRequests:
		return "the rate limit is lower than what one admin's click needs"
	case ex.Status == http.StatusBadGateway || ex.Status == http.StatusServiceUnavailable || ex.Status == http.StatusGatewayTimeout:
		return "a proxy answered in the place of the server"
	case ex.Status >= http.StatusInternalServerError && mentions(ex.Body, "unique", "duplicate", "constraint"):
		return "a database constraint was hit and not turned into an answer of 409"
	case ex.Status >= http.StatusInternalServerError:
		return "an error that nobody catches in the handler: the server's log has it at " + ex.Started.UTC().Format("15:04:05.000") + " UTC"
	case strings.HasPrefix(first, "<"):
		return "a web page came instead of JSON: a framework's error page, a sign-in page or a proxy"
	case ex.jsonErr != nil:
		return "the body is not the JSON that strict parsers read (double member names and broken UTF-8 count as errors)"
	case ex.Status == http.StatusBadRequest && mentions(ex.Body, "filter"):
		return "the filter parser does not know this form"
	case ex.Status == http.StatusBadRequest && mentions(ex.Body, "readonly", "read-only", "read only", "immutable", "mutability"):
		return "read-only attributes that Okta echoes are refused; they are to be ignored (RFC 7644 §3.5.1)"
	case ex.Status == http.StatusBadRequest && ex.Method == http.MethodPatch && mentions(ex.Body, "path"):
		return "the PATCH parser insists on a path; Okta sends a value without one"
	case ex.Status == http.StatusBadRequest && write:
		return "the validation refuses a member of the body that Okta always sends; the answer may say which"
	case ex.Status == http.StatusConflict && ex.Method != http.MethodPost:
		return "the check for double names counts the resource itself as another one"
	case ex.Method == http.MethodGet && succeeded(&ex) && res.wrote():
		return "the write was answered as if it had worked, but what was stored is something else"
	}
	return ""
}

// wrote reports whether a write came before the exchange in question.
func (res Result) wrote() bool {
	for _, ex := range res.Exchanges[:res.At] {
		if ex.Method != http.MethodGet && succeeded(&ex) {
			return true
		}
	}
	return false
}

func mentions(body string, words ...string) bool {
	body = strings.ToLower(body)
	for _, w := range words {
		if strings.Contains(body, w) {
			return true
		}
	}
	return false
}
