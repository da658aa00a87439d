package oktasource

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Error is a request that did not lead to a usable answer, after all tries.
type Error struct {
	Method string
	// Path is the request's path, without the query.
	Path string
	// Status is the HTTP status; 0 if no whole answer came.
	Status int
	// Code is Okta's errorCode (E0000007) or the OAuth error (insufficient_scope).
	Code string
	// Summary says what is wrong, in Okta's words or in ours.
	Summary string
	// RequestID is Okta's X-Okta-Request-Id, for its support.
	RequestID string
}

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: ", e.Method, e.Path)
	if e.Status != 0 {
		fmt.Fprintf(&b, "%d ", e.Status)
	}
	if e.Code != "" {
		b.WriteString(e.Code + " ")
	}
	b.WriteString(e.Summary)
	if e.RequestID != "" {
		fmt.Fprintf(&b, " (request id %s)", e.RequestID)
	}
	return b.String()
}

// notFound reports whether Okta says that the thing itself does not exist: E0000007, as
// opposed to a path that does not exist or a proxy's 404.
func notFound(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Status == http.StatusNotFound && e.Code == "E0000007"
}

// serverTrouble reports whether the request may be too much for Okta: a 5xx, or no answer.
func serverTrouble(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && (e.Status >= 500 || e.Status == 0)
}

// maxErrorText bounds what is quoted of an error answer, in bytes.
const maxErrorText = 500

// failure reads an error answer. Only Okta's own fields are quoted, never the body.
func (a answer) failure(req *http.Request) *Error {
	e := &Error{Method: req.Method, Path: req.URL.Path, Status: a.status, RequestID: a.header.Get("X-Okta-Request-Id")}
	var okta struct {
		Code    string `json:"errorCode"`
		Summary string `json:"errorSummary"`
		Causes  []struct {
			Summary string `json:"errorSummary"`
		} `json:"errorCauses"`
		OAuthError string `json:"error"`
		OAuthText  string `json:"error_description"`
	}
	if json.Unmarshal(a.body, &okta) == nil && (okta.Code != "" || okta.OAuthError != "") {
		e.Code, e.Summary = okta.Code, okta.Summary
		if e.Code == "" {
			e.Code, e.Summary = okta.OAuthError, okta.OAuthText
		}
		for i, c := range okta.Causes {
			e.Summary += []string{": ", "; "}[min(i, 1)] + c.Summary
		}
	} else if challenge := readChallenge(a.header.Values("WWW-Authenticate")); challenge["error"] != "" {
		// OAuth failures say everything in this header; the body is usually empty.
		e.Code, e.Summary = challenge["error"], challenge["error_description"]
		if challenge["scope"] != "" && e.Code == "insufficient_scope" {
			e.Summary += " Needed: " + challenge["scope"] + "."
		}
	}
	switch {
	case e.Summary != "":
	case a.status >= 300 && a.status < 400:
		e.Summary = "Okta redirects elsewhere; is the org URL right?"
	case a.looksLikeHTML():
		e.Summary = "answered with an HTML page, not with Okta's JSON"
	default:
		e.Summary = http.StatusText(a.status)
	}
	e.Summary = clip(e.Summary)
	return e
}

func clip(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > maxErrorText {
		s = strings.ToValidUTF8(s[:maxErrorText], "") + "…"
	}
	return s
}

func (a answer) looksLikeHTML() bool {
	head := strings.ToLower(strings.TrimSpace(string(a.body[:min(len(a.body), 64)])))
	return strings.Contains(a.header.Get("Content-Type"), "html") || strings.HasPrefix(head, "<!doctype") || strings.HasPrefix(head, "<html")
}

// readChallenge reads the parameters of the first WWW-Authenticate line that has an error.
func readChallenge(lines []string) map[string]string {
	for _, line := range lines {
		params := map[string]string{}
		_, rest, _ := strings.Cut(line, " ")
		for rest != "" {
			name, after, ok := strings.Cut(rest, "=")
			if !ok {
				break
			}
			name = strings.ToLower(strings.Trim(name, " ,"))
			var value string
			if quoted, ok := strings.CutPrefix(after, `"`); ok {
				value, rest, _ = strings.Cut(quoted, `"`)
			} else {
				value, rest, _ = strings.Cut(after, ",")
			}
			params[name] = strings.TrimSpace(value)
		}
		if params["error"] != "" {
			return params
		}
	}
	return nil
}
