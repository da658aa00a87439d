// Package adminpanel is the web page on which an admin runs the SCIM
// connections of the reference server: the switch, the SCIM URL, the SCIM token
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
//	GET  /admin/             the connection: switch, URL, token
//	POST /admin/switch       enabled=true or false
//	GET  /admin/new-token    asks before the old token dies
//	POST /admin/new-token    makes a token, good for life=1h…, and shows it, this once
//	GET  /admin/users        ?q=text&status=active|deactivated&page=1…
//	GET  /admin/users/ID     one person; ?page=1… of the memberships
//	GET  /admin/groups       ?q=text&page=1…
//	GET  /admin/groups/ID    one group; ?q=text&page=1… of the members
//	GET  /admin/requests     ?method=&status=errors|2xx|404&text=
//	GET  /admin/live         the same as server-sent events
//	GET  /admin/trouble      rate limit, latency and failures on purpose
//	POST /admin/trouble      requests, per, least, most, every, how, status …
//	POST /admin/clear-trouble
//	GET  /admin/oauth        the OAuth client
//	POST /admin/new-client   makes one and shows its secret, this once
//	POST /admin/new-secret   the same for the one that is there
//	POST /admin/remove-client
//	GET  /admin/data         sample people and reset
//	GET  /admin/sample       asks first; people=10…
//	POST /admin/sample       people=10…
//	POST /admin/begin        puts those back with whom an empty server began
//	GET  /admin/reset        asks before everybody is gone
//	POST /admin/reset        then=empty or begin
//	GET  /admin/tenants      all tenants at a glance
//	GET  /admin/t/NAME/…     the same pages for a tenant beside the default one
//	GET  /admin/sign-in      POST: password, next
//	POST /admin/sign-out
//
// A POST from another site is refused by http.CrossOriginProtection. A program
// that is no browser signs in and posts like one; for a secret and for a
// reset it has to send back the hidden field "key" of the form, which works once.
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

// Options configures a [Panel]. Server and Connection are required.
type Options struct {
	Server     *scimserver.Server
	Connection *scimserver.Connection
	// Tenants are those beside the one of Server and Connection, which is the
	// default one.
	Tenants []*scimserver.Tenant
	// Begin puts the people into the empty default tenant with which it
	// started; nil: it started empty, or nobody knows.
	Begin func(*scimserver.Server) error
	// Password signs an admin in; "" means a random one, see [Panel.Password].
	Password string
	// SCIMURL is the address that the admin copies into Okta; nil makes it
	// from the host of the request and /scim/v2. The address of a tenant is
	// that and its name.
	SCIMURL func(*http.Request) string
	// TokenURL is where the OAuth client gets access tokens; nil: there is no
	// such place, and the panel has no OAuth client. That of a tenant is that
	// and its name.
	TokenURL func(*http.Request) string
	Log      zerolog.Logger   // zero: silent
	Now      func() time.Time // nil: time.Now
	Name     string           // of the server; "" means "Reference SCIM server"
}

// Panel is the admin panel of one server. It is safe for concurrent use.
type Panel struct {
	o            Options
	tenants      []*tenant // the default one first
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
	tenants := []*tenant{{server: o.Server, connection: o.Connection}}
	for _, t := range o.Tenants {
		tenants = append(tenants, &tenant{t.Name, t.Server, t.Connection})
	}
	return &Panel{
		o:            o,
		tenants:      tenants,
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
	for pattern, h := range map[string]visitHandler{
		"GET {$}":            p.showConnection,
		"POST switch":        p.switchConnection,
		"GET new-token":      p.askNewToken,
		"POST new-token":     p.makeNewToken,
		"GET users":          p.showUsers,
		"GET users/{id}":     p.showUser,
		"GET groups":         p.showGroups,
		"GET groups/{id}":    p.showGroup,
		"GET requests":       p.showRequests,
		"GET live":           p.streamRequests,
		"GET trouble":        p.showTrouble,
		"POST trouble":       p.setTrouble,
		"POST clear-trouble": p.clearTrouble,
		"GET oauth":          p.showOAuth,
		"POST new-client":    p.makeClient,
		"POST new-secret":    p.makeSecret,
		"POST remove-client": p.removeClient,
		"GET data":           p.showData,
		"GET sample":         p.askSample,
		"POST sample":        p.addSample,
		"POST begin":         p.begin,
		"GET reset":          p.askReset,
		"POST reset":         p.reset,
	} {
		method, path, _ := strings.Cut(pattern, " ")
		mux.Handle(method+" "+mount+path, p.signedIn(h))
		mux.Handle(method+" "+mount+"t/{tenant}/"+path, p.signedIn(h))
	}
	mux.Handle("GET "+mount+"tenants", p.signedIn(p.showTenants))
	mux.Handle(mount, p.signedIn(func(w http.ResponseWriter, r *http.Request, v *visit) {
		p.fail(w, r, v, http.StatusNotFound, "There is no such page", "Nothing is served at this address.")
	}))

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
