package scimserver

import (
	"crypto/sha256"
	"crypto/subtle"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/time/rate"
)

//go:embed templates/authorize.html
var authorizeFiles embed.FS

// ConsentOptions configures the page on which a person lets a client in.
type ConsentOptions struct {
	// Password is what the person has to know, the one of the panel. "" lets
	// anybody agree who reaches the page, which is meant for tests.
	Password string
	// Stylesheet is the URL of the page's style; "" leaves it plain.
	Stylesheet string
	// Tenant is what the page calls this connection; "" for the only one.
	Tenant string
}

// A person may be wrong with the password this often at once, then once in
// this time. There is one count for all: nobody needs this page twice a day.
const (
	consentBurst = 5
	consentEvery = 30 * time.Second
)

// CheckRedirectURI says what is wrong with a redirect URI: it is absolute,
// http or https, and has no fragment (RFC 6749 §3.1.2).
func CheckRedirectURI(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || strings.Contains(s, "#") || strings.ContainsAny(s, " \t\r\n") {
		return fmt.Errorf("redirect URI %q: write the whole address, such as https://app.example/oauth/callback, without a fragment", s)
	}
	return nil
}

// authorization is an authorization request (RFC 6749 §4.1.1).
type authorization struct {
	redirectURI string // as the request named it, "" for none
	sentTo      string
	state       string
	scope       string
	challenge   string
	method      string
}

// authorizePage is the data of templates/authorize.html.
type authorizePage struct {
	ConsentOptions
	ClientID, Host string
	Scopes         []string
	Fields         []authorizeField // the request, for the form
	Problem        string           // with the password
	Wrong          string           // with the request: then there is nothing to agree to
}

type authorizeField struct{ Name, Value string }

// consent is the authorization endpoint of a connection.
type consent struct {
	ConsentOptions
	connection *Connection
	page       *template.Template
	attempts   *rate.Limiter
}

// AuthorizeEndpoint asks a person whether the client may come in, and sends
// the browser back to the client with a code, or with what is wrong (RFC 6749
// §3.1). A request whose client or redirect URI is not registered is told to
// the person alone (§4.1.2.1).
func (c *Connection) AuthorizeEndpoint(o ConsentOptions) http.Handler {
	return &consent{
		o, c, template.Must(template.ParseFS(authorizeFiles, "templates/authorize.html")),
		rate.NewLimiter(rate.Every(consentEvery), consentBurst),
	}
}

func (s *consent) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p := &authorizePage{ConsentOptions: s.ConsentOptions}
	r.Body = http.MaxBytesReader(w, r.Body, maxTokenRequest)
	form := r.URL.Query()
	switch r.Method {
	case http.MethodGet, http.MethodHead:
	case http.MethodPost:
		if err := r.ParseForm(); err != nil {
			p.Wrong = "The form cannot be read."
			s.show(w, http.StatusBadRequest, p)
			return
		}
		form = r.PostForm
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		p.Wrong = "This page is opened by a browser, and its form sent by POST."
		s.show(w, http.StatusMethodNotAllowed, p)
		return
	}
	state := s.connection.current()
	a, err := readAuthorization(form, &state)
	if refusal, toClient := errors.AsType[*oauthError](err); toClient {
		a.send(w, r, url.Values{"error": {refusal.code}, "error_description": {refusal.why}})
		return
	}
	if err != nil {
		s.connection.log.Info().Err(err).Msg("oauth authorization request refused")
		p.Wrong = err.Error()
		s.show(w, http.StatusBadRequest, p)
		return
	}
	p.fill(form, a, &state)
	if r.Method != http.MethodPost || form.Get("answer") == "" {
		s.show(w, http.StatusOK, p)
		return
	}
	log := s.connection.log.With().Str("client", state.clientID).Logger()
	if form.Get("answer") != "allow" {
		log.Info().Msg("oauth client turned away by a person")
		a.send(w, r, url.Values{"error": {oauthDenied}, "error_description": {"the person said no"}})
		return
	}
	right, wait := s.try(form.Get("password"))
	switch {
	case wait > 0:
		w.Header().Set("Retry-After", wholeSeconds(wait))
		p.Problem = "Too many wrong passwords. Wait " + wholeSeconds(wait) + " seconds, then try again."
		s.show(w, http.StatusTooManyRequests, p)
	case !right:
		p.Problem = "This password is not right. It is the one of the admin panel, printed when the server starts."
		s.show(w, http.StatusUnauthorized, p)
	default:
		code := s.connection.codes.add(&authCode{
			clientID: state.clientID, redirectURI: a.redirectURI, sentTo: a.sentTo, scope: a.scope,
			challenge: a.challenge, method: a.method, expires: s.connection.now().Add(codeLife), grant: newToken()[:16],
		})
		log.Info().Msg("oauth client let in by a person")
		a.send(w, r, url.Values{"code": {code}})
	}
}

// try compares a password. Only wrong ones count; after too many of them it
// says how long to wait, whatever the password.
func (s *consent) try(password string) (right bool, wait time.Duration) {
	if s.Password == "" {
		return true, 0
	}
	now := s.connection.now()
	attempt := s.attempts.ReserveN(now, 1)
	if wait = attempt.DelayFrom(now); wait > 0 {
		attempt.CancelAt(now)
		return false, wait
	}
	want, given := sha256.Sum256([]byte(s.Password)), sha256.Sum256([]byte(password))
	if right = subtle.ConstantTimeCompare(want[:], given[:]) == 1; right {
		attempt.CancelAt(now)
	}
	return right, 0
}

func (s *consent) show(w http.ResponseWriter, status int, p *authorizePage) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	// Browsers hold a redirect after a form against form-action too.
	h.Set("Content-Security-Policy", strings.TrimSpace("default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self' "+p.Host))
	w.WriteHeader(status)
	_ = s.page.Execute(w, p) // a browser that went away
}

// challengeForm is the syntax of code_challenge (RFC 7636 §4.2).
var challengeForm = regexp.MustCompile(`^[A-Za-z0-9._~-]{43,128}$`)

// forPerson is what is wrong with a request that must not be sent back to the
// client: nobody knows whether it is the one.
type forPerson string

func (p forPerson) Error() string { return string(p) }

// readAuthorization reads an authorization request. The error is an
// *oauthError, which goes to the client, or a forPerson.
func readAuthorization(form url.Values, s *connectionState) (authorization, error) {
	one := func(name string) string { // a parameter without a value is not there (RFC 6749 §3.1)
		if list := form[name]; len(list) == 1 {
			return list[0]
		}
		return ""
	}
	a := authorization{redirectURI: one("redirect_uri"), state: one("state"), scope: one("scope"), challenge: one("code_challenge"), method: one("code_challenge_method")}
	a.sentTo = a.redirectURI
	switch {
	case s.clientID == "" || one("client_id") != s.clientID:
		return a, forPerson("There is no client with this client_id. A new server, or a new client, has another one; enter it in Okta.")
	case len(s.redirectURIs) == 0:
		return a, forPerson("No redirect URI is registered for this client, so no code can be sent to it. Start the server with --oauth-redirect.")
	case len(form["redirect_uri"]) > 1 || a.redirectURI == "" && len(s.redirectURIs) > 1:
		return a, forPerson("The request must name one redirect_uri.")
	case a.redirectURI == "":
		a.sentTo = s.redirectURIs[0]
	case !slices.Contains(s.redirectURIs, a.redirectURI): // letter by letter, RFC 9700 §2.1
		return a, forPerson("The redirect_uri " + a.redirectURI + " is not registered for this client. It must be one of these, letter by letter: " + strings.Join(s.redirectURIs, ", "))
	}
	refused := func(code, why string) (authorization, error) { return a, &oauthError{code: code, why: why} }
	for _, name := range []string{"response_type", "client_id", "state", "scope", "code_challenge", "code_challenge_method"} {
		if len(form[name]) > 1 {
			return refused(oauthInvalidRequest, name+" stands twice")
		}
	}
	switch t := one("response_type"); {
	case t == "":
		return refused(oauthInvalidRequest, "response_type is missing")
	case t != "code":
		return refused(oauthUnsupportedType, "only code is supported")
	case !isScope(a.scope):
		return refused(oauthInvalidScope, "scope is a list of words with one space between them")
	case a.challenge == "" && a.method != "":
		return refused(oauthInvalidRequest, "code_challenge is missing")
	case a.challenge == "":
		return a, nil
	case a.method != "" && a.method != "plain" && a.method != "S256":
		return refused(oauthInvalidRequest, "code_challenge_method must be S256 or plain")
	case !challengeForm.MatchString(a.challenge):
		return refused(oauthInvalidRequest, "code_challenge has 43 to 128 letters, digits or -._~")
	}
	return a, nil
}

// send sends the browser back to the client. What the redirect URI has for a
// query stays there.
func (a *authorization) send(w http.ResponseWriter, r *http.Request, answer url.Values) {
	if a.state != "" {
		answer.Set("state", a.state)
	}
	to, sign := a.sentTo, "?"
	if strings.Contains(to, "?") {
		sign = "&"
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	// 303: a browser must not send the password on (RFC 9700 §4.12). The
	// address is one of those that the admin registered.
	http.Redirect(w, r, to+sign+answer.Encode(), http.StatusSeeOther)
}

// fill prepares the page for a request that is right.
func (p *authorizePage) fill(form url.Values, a authorization, s *connectionState) {
	p.ClientID, p.Scopes = s.clientID, strings.Fields(a.scope)
	if u, err := url.Parse(a.sentTo); err == nil {
		p.Host = u.Scheme + "://" + u.Host
	}
	for _, name := range []string{"response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method"} {
		if v := form.Get(name); v != "" {
			p.Fields = append(p.Fields, authorizeField{name, v})
		}
	}
}
