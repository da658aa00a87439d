package scimclient

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Errors that [Error] wraps.
var (
	// ErrNotSCIM is an answer that is no SCIM: a web page, no JSON, the wrong shape.
	ErrNotSCIM = errors.New("the answer is not SCIM")
	// ErrHidden is a success status with an Error inside.
	ErrHidden = errors.New("the status says success, the body is an error")
	// ErrMaybeProcessed is a write that the server may have carried out all the same;
	// see [MaybeProcessed].
	ErrMaybeProcessed = errors.New("it may have been carried out all the same")
	// ErrRedirect is an answer that points to another place.
	ErrRedirect = errors.New("redirected")
	// ErrEndless is a list that goes on after Query.Most resources.
	ErrEndless = errors.New("the list does not end")
)

// excerptBytes bounds Error.Body.
const excerptBytes = 512

// Error is a request that failed for good. errors.AsType[*scimclient.Error] finds it.
type Error struct {
	// Method and Path name the request; Path is below the base URL, without the query.
	Method, Path string
	// Status is that of the last answer, 0 if there was none.
	Status int
	// ScimType and Detail are those of the server's error body, empty if it had none.
	ScimType, Detail string
	// Body is the beginning of the answer, secrets replaced.
	Body string
	// RequestID is what the server calls the request, from its headers; empty if it does not
	// say. Its support finds the request by it.
	RequestID string
	// Attempts is how often the request was tried.
	Attempts int
	// Err says more: a network error, [ErrNotSCIM], [ErrHidden], … or nil.
	Err error
	// Maybe says that a write may have been carried out.
	Maybe bool
}

// Error describes the request, the answer and what it means, in one line.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s:", e.Method, e.Path)
	if e.Status != 0 {
		fmt.Fprintf(&b, " %s", strings.TrimSpace(strconv.Itoa(e.Status)+" "+http.StatusText(e.Status)))
		if e.ScimType != "" {
			fmt.Fprintf(&b, " (%s)", e.ScimType)
		}
		if e.Detail != "" {
			fmt.Fprintf(&b, ": %s", e.Detail)
		} else if e.Err == nil && e.Body != "" {
			fmt.Fprintf(&b, ": %q", e.Body)
		}
	}
	if e.Err != nil {
		if e.Status != 0 {
			b.WriteByte(':')
		}
		fmt.Fprintf(&b, " %v", e.Err)
	}
	if e.Attempts > 1 {
		fmt.Fprintf(&b, " (after %d tries)", e.Attempts)
	}
	if e.Maybe {
		fmt.Fprintf(&b, "; %v", ErrMaybeProcessed)
	}
	return b.String()
}

// Unwrap returns Err and, for a write that may have been carried out, [ErrMaybeProcessed].
func (e *Error) Unwrap() []error {
	var errs []error
	if e.Err != nil {
		errs = append(errs, e.Err)
	}
	if e.Maybe {
		errs = append(errs, ErrMaybeProcessed)
	}
	return errs
}

// MaybeProcessed reports whether err is a write that the server may have carried out
// although no clear answer came: the connection broke, the time was over, a gateway or the
// server failed in between, or a success could not be read. Look before writing again.
func MaybeProcessed(err error) bool { return errors.Is(err, ErrMaybeProcessed) }

// IsNotFound reports whether err is the server's 404.
func IsNotFound(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Status == http.StatusNotFound && !errors.Is(err, ErrNotSCIM)
}

// IsConflict reports whether err says that something of that name exists: a 409 with
// scimType uniqueness, or any 409 to a POST. Any other 409 is a lost race.
func IsConflict(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Status == http.StatusConflict && (e.Method == http.MethodPost || strings.EqualFold(e.ScimType, "uniqueness"))
}

// fail makes the error of an exchange.
func (x *exchange) fail(a *answer, err error) error {
	e := &Error{Method: x.method, Path: x.path, Attempts: x.tries, Err: err, Maybe: x.maybe}
	hide := x.client.redactor.with(x.hide)
	e.Path = hide.text(e.Path)
	if a != nil {
		body := parseErrorBody(a.body)
		e.Status = a.status
		e.ScimType, e.Detail = hide.line(body.scimType), hide.line(body.detail)
		e.Body = hide.excerpt(a.body)
		e.RequestID = hide.line(requestID(a.header))
	}
	if err != nil {
		if text := err.Error(); hide.text(text) != text {
			e.Err = &redactedError{text: hide.text(text), err: err}
		}
	}
	return e
}

// requestID finds the name of a request among the headers that services use for it: there
// is no standard one.
func requestID(h http.Header) string {
	for _, name := range []string{
		"X-Request-Id", "Request-Id", "X-Correlation-Id", "Correlation-Id", "X-Amzn-Requestid", "X-Amz-Request-Id",
		"X-Github-Request-Id", "X-Slack-Req-Id", "X-Ms-Request-Id", "X-Trace-Id", "Cf-Ray",
	} {
		if v := h.Get(name); v != "" {
			return v
		}
	}
	return ""
}

// redactedError says what an error says, without secrets. It answers errors.Is like the
// original and does not hand it out.
type redactedError struct {
	text string
	err  error
}

func (e *redactedError) Error() string        { return e.text }
func (e *redactedError) Is(target error) bool { return errors.Is(e.err, target) }

// errorBody is what an error body says. Servers send the status as number, as string or
// not at all (targets differ), so only the HTTP status counts.
type errorBody struct {
	scimType, detail string
	// isError says that the body calls itself an Error.
	isError bool
}

const errorURN = "urn:ietf:params:scim:api:messages:2.0:Error"

func parseErrorBody(b []byte) errorBody {
	var o Object
	if decode(b, &o) != nil {
		return errorBody{}
	}
	var e errorBody
	e.scimType, _ = o.Text("scimType")
	e.detail, _ = o.Text("detail")
	for _, s := range o.Schemas() {
		e.isError = e.isError || strings.EqualFold(s, errorURN)
	}
	if e.detail == "" && !e.isError {
		// Not SCIM's, but what gateways and frameworks write.
		for _, name := range []string{"message", "error_description", "error", "title"} {
			if s, ok := o.Text(name); ok && s != "" {
				e.detail = s
				break
			}
		}
	}
	return e
}

// hidden reports whether the body of a success is an error: it calls itself one, or has no
// id and tells of an error in some way of its own.
func hidden(b []byte) bool {
	if lower := bytes.ToLower(b[:min(len(b), 4<<10)]); !bytes.Contains(lower, []byte("error")) && !bytes.Contains(lower, []byte("detail")) {
		return false // the usual case, without reading a page of resources twice
	}
	var o Object
	if decode(b, &o) != nil {
		return false
	}
	if parseErrorBody(b).isError {
		return true
	}
	_, list := o.Member("totalResults")
	_, one := o.Member("error")
	_, many := o.Member("errors")
	_, detail := o.Text("detail")
	_, status := o.Member("status")
	return o.ID() == "" && !list && (one || many || detail && status)
}

// isPage reports whether a body is a web page.
func isPage(b []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(b), []byte("<")) }

const redacted = "[redacted]"

// shortestSecret is below what anybody would call one; hiding single letters would leave
// no error readable.
const shortestSecret = 3

// redactor replaces secrets.
type redactor struct {
	auth  Auth
	extra []string
	// members finds JSON members that hold secrets, schemes what follows the name of an
	// authentication scheme: secrets that are not ours, a server's or another client's. A
	// word ("Bearer authentication required") is none: it is short and has no digit.
	members, schemes *regexp.Regexp
}

func newRedactor(a Auth) *redactor {
	return &redactor{
		auth:    a,
		members: regexp.MustCompile(`(?i)("(?:[a-z_]*(?:password|secret|token)|authorization)"\s*:\s*)"(?:[^"\\]|\\.)*"`),
		schemes: regexp.MustCompile(`(?i)\b(bearer|basic)\s+[a-z0-9._~+/=-]{16,}|(?i)\b(bearer|basic)\s+[a-z._~+/=-]*[0-9][a-z0-9._~+/=-]*`),
	}
}

func (r *redactor) with(extra []string) *redactor {
	return &redactor{auth: r.auth, extra: extra, members: r.members, schemes: r.schemes}
}

// text replaces the client's own secrets and what looks like somebody's.
func (r *redactor) text(s string) string {
	if s == "" {
		return s
	}
	hide := slices.Clone(r.extra)
	if r.auth != nil {
		hide = append(hide, r.auth.secrets()...)
	}
	// The longest first: one may be part of another.
	slices.SortFunc(hide, func(a, b string) int { return len(b) - len(a) })
	for _, h := range hide {
		if len(h) < shortestSecret {
			continue
		}
		for _, form := range []string{h, url.QueryEscape(h), url.PathEscape(h), strings.Trim(strconv.Quote(h), `"`)} {
			s = strings.ReplaceAll(s, form, redacted)
		}
	}
	s = r.members.ReplaceAllString(s, `$1"`+redacted+`"`)
	return r.schemes.ReplaceAllString(s, "$1$2 "+redacted)
}

// line is text on one line, of bounded length.
func (r *redactor) line(s string) string {
	return clip(strings.Join(strings.Fields(r.text(strings.ToValidUTF8(s, "\uFFFD"))), " "))
}

// excerpt is the beginning of a body. Secrets are replaced before it is cut: half a secret
// would not be found.
func (r *redactor) excerpt(b []byte) string {
	const window = 64 << 10 // more than any error body; a page of users need not be searched whole
	return r.line(string(b[:min(len(b), window)]))
}

func clip(s string) string {
	if len(s) <= excerptBytes {
		return s
	}
	return strings.ToValidUTF8(s[:excerptBytes], "") + "…"
}
