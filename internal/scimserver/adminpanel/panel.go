// Package adminpanel is the web page on which an admin runs one SCIM
// connection of the reference server: the switch, the SCIM URL, the SCIM token
// that is shown once, the users and groups that have arrived, and the last
// requests as they come in.
//
// The panel is mounted at /admin/:
//
//	panel := adminpanel.New(adminpanel.Options{Server: server, Connection: connection})
//	mux.Handle("/admin/", panel.Handler())
//	httpServer.RegisterOnShutdown(panel.Close) // ends the live streams
//
// Every page is made on the server and works without script; the script adds
// the copy buttons, the local time and the live log. Every link is relative, so
// a proxy may put the panel under any prefix.
//
//	GET  /admin/            the connection: switch, URL, token
//	POST /admin/switch      enabled=true or false
//	GET  /admin/new-token   asks before the old token dies
//	POST /admin/new-token   makes a token and shows it, this once
//	GET  /admin/users       ?page=1…
//	GET  /admin/groups      ?page=1…
//	GET  /admin/requests    ?only=errors
//	GET  /admin/live        the same as server-sent events
//	GET  /admin/sign-in     POST: password, next
//	POST /admin/sign-out
//
// A POST from another site is refused by http.CrossOriginProtection. A program
// that is no browser signs in and posts like one; for a token it has to send
// back the hidden field "key" of the form, which makes a token once only.
package adminpanel

import (
	"crypto/sha256"
	"html/template"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/oktascim/oktascim/internal/scimserver"
)

// mount is where the panel is served.
const mount = "/admin/"

// maxForm is the most that is read of a posted form, in bytes.
const maxForm = 64 << 10

// Directory is what a panel shows of a server; [*scimserver.Server] is one. Each
// method returns at most limit entries after the first offset ones, in the
// order of their creation, and how many there are in all.
type Directory interface {
	Users(offset, limit int) (page []scimserver.UserView, total int)
	Groups(offset, limit int) (page []scimserver.GroupView, total int)
}

// Options configures a [Panel]. Server and Connection are required.
type Options struct {
	Server     Directory
	Connection *scimserver.Connection
	// Password signs an admin in; "" means a random one, see [Panel.Password].
	Password string
	// SCIMURL is the address that the admin copies into Okta; nil makes it
	// from the host of the request and /scim/v2.
	SCIMURL func(*http.Request) string
	Log     zerolog.Logger   // zero: silent
	Now     func() time.Time // nil: time.Now
	Name    string           // of the connection; "" means "Reference SCIM server"
}

// Panel is the admin panel of one connection. It is safe for concurrent use.
type Panel struct {
	o            Options
	passwordHash [sha256.Size]byte
	pages        map[string]*template.Template
	assets       map[string]asset
	sessions     *sessions
	attempts     *attempts

	closeOnce sync.Once
	closed    chan struct{}
}

// New makes a panel.
func New(o Options) *Panel {
	if o.Password == "" {
		o.Password = newPassword()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Name == "" {
		o.Name = "Reference SCIM server"
	}
	if o.SCIMURL == nil {
		o.SCIMURL = func(r *http.Request) string { return scheme(r) + "://" + r.Host + "/scim/v2" }
	}
	return &Panel{
		o:            o,
		passwordHash: sha256.Sum256([]byte(o.Password)),
		pages:        parsePages(),
		assets:       loadAssets(),
		sessions:     newSessions(),
		attempts:     newAttempts(),
		closed:       make(chan struct{}),
	}
}

// Password is what signs an admin in: the given one, or the one that was made.
func (p *Panel) Password() string { return p.o.Password }

// Close ends the live streams, which otherwise last as long as their page is
// open and would hold up a shutdown. The panel itself works on.
func (p *Panel) Close() { p.closeOnce.Do(func() { close(p.closed) }) }

// Handler serves everything below /admin/.
func (p *Panel) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+mount+"sign-in", p.showSignIn)
	mux.HandleFunc("POST "+mount+"sign-in", p.signIn)
	mux.HandleFunc("POST "+mount+"sign-out", p.signOut)
	for name := range p.assets {
		mux.HandleFunc("GET "+mount+name, p.serveAsset)
	}
	inside := func(pattern string, h sessionHandler) { mux.Handle(pattern, p.signedIn(h)) }
	inside("GET "+mount+"{$}", p.showConnection)
	inside("POST "+mount+"switch", p.switchConnection)
	inside("GET "+mount+"new-token", p.askNewToken)
	inside("POST "+mount+"new-token", p.makeNewToken)
	inside("GET "+mount+"users", p.showUsers)
	inside("GET "+mount+"groups", p.showGroups)
	inside("GET "+mount+"requests", p.showRequests)
	inside("GET "+mount+"live", p.streamRequests)
	inside(mount, func(w http.ResponseWriter, r *http.Request, s *session) {
		p.fail(w, r, s, http.StatusNotFound, "There is no such page", "Nothing is served at this address.")
	})

	crossOrigin := http.NewCrossOriginProtection()
	crossOrigin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.fail(w, r, nil, http.StatusForbidden, "This came from another site", "A form on another site cannot change anything here. Open the panel and use its own buttons.")
	}))
	guarded := crossOrigin.Handler(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		secureHeaders(w.Header())
		if r.URL.Path == strings.TrimSuffix(mount, "/") {
			// Relative, so that it survives a proxy with a prefix.
			redirect(w, strings.Trim(mount, "/")+"/")
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		guarded.ServeHTTP(w, r)
	})
}

// secureHeaders sets what every answer of the panel carries. Pages are not
// stored: after signing out, the back button shows none of them.
func secureHeaders(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	// Not "no-referrer": with that a browser posts "Origin: null", and over
	// plain HTTP, where there is no Sec-Fetch-Site, every form would be refused.
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// redirect sends the browser to another page of the panel, after a form. The
// address is relative: net/http's Redirect would make it absolute.
func redirect(w http.ResponseWriter, to string) {
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusSeeOther)
}

// scheme is how the client reached the server, as far as it can be told.
func scheme(r *http.Request) string {
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		return "https"
	}
	return "http"
}

// root leads from the page of r up to the panel's folder.
func root(r *http.Request) string {
	return strings.Repeat("../", strings.Count(strings.TrimPrefix(r.URL.Path, mount), "/"))
}
