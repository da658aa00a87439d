package adminpanel

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"
)

const (
	// sessionLife is how long a sign-in lasts: a working day.
	sessionLife = 12 * time.Hour
	// maxSessions bounds the memory; beyond it the oldest session ends.
	maxSessions = 200
)

// session is one signed-in browser.
type session struct {
	started time.Time
	ended   chan struct{} // closed at the end, for its live streams

	mu      sync.Mutex
	flash   string // told on the next page
	formKey string // of the one form that may do what cannot be undone
}

// sessions are the signed-in browsers. The key is a hash of what the cookie
// holds, so a look into memory gives nobody a session.
type sessions struct {
	mu   sync.Mutex
	byID map[[sha256.Size]byte]*session
}

func newSessions() *sessions { return &sessions{byID: map[[sha256.Size]byte]*session{}} }

// start makes a session and returns the id for the cookie.
func (s *sessions) start(now time.Time) (id string) {
	id = randomHex(32)
	s.mu.Lock()
	defer s.mu.Unlock()
	var oldestKey [sha256.Size]byte
	var oldest *session
	for key, x := range s.byID {
		if x.over(now) {
			s.drop(key)
		} else if oldest == nil || x.started.Before(oldest.started) {
			oldestKey, oldest = key, x
		}
	}
	if len(s.byID) >= maxSessions {
		s.drop(oldestKey)
	}
	s.byID[sha256.Sum256([]byte(id))] = &session{started: now, ended: make(chan struct{})}
	return id
}

// find returns the session with that id, or nil.
func (s *sessions) find(id string, now time.Time) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.byID[sha256.Sum256([]byte(id))]
	if x == nil || x.over(now) {
		return nil
	}
	return x
}

// end signs one browser out.
func (s *sessions) end(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop(sha256.Sum256([]byte(id)))
}

// drop is called with mu held.
func (s *sessions) drop(key [sha256.Size]byte) {
	if x := s.byID[key]; x != nil {
		close(x.ended)
		delete(s.byID, key)
	}
}

func (s *session) over(now time.Time) bool { return now.Sub(s.started) >= sessionLife }

// say leaves a message for the next page.
func (s *session) say(message string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flash = message
}

// said takes the message.
func (s *session) said() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	message := s.flash
	s.flash = ""
	return message
}

// newFormKey gives a form that makes a token, or takes everybody away, its key;
// forms before it lose theirs.
func (s *session) newFormKey() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.formKey = randomHex(16)
	return s.formKey
}

// useFormKey tells whether key is good, and makes sure that it never is again:
// a page with a token that is loaded again would otherwise make another token,
// and kill the one that was just pasted into Okta.
func (s *session) useFormKey(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	ok := key != "" && key == s.formKey
	if ok {
		s.formKey = ""
	}
	return ok
}

// cookieName has the port in it: a browser gives the cookies of a host to all
// its ports, and two panels on one machine would sign each other out.
func cookieName(r *http.Request) string {
	name := "oktascim_panel"
	if _, port, err := net.SplitHostPort(r.Host); err == nil {
		name += "_" + port
	}
	return name
}

// setCookie gives the browser its session; id "" takes it away. There is no
// Path: the browser then takes the folder of the page, whatever prefix a proxy
// has put before it.
func setCookie(w http.ResponseWriter, r *http.Request, id string) {
	//nolint:gosec // G124: over plain HTTP, on loopback, a Secure cookie would never come back
	c := &http.Cookie{Name: cookieName(r), Value: id, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: scheme(r) == "https"}
	if id == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// sessionOf returns the session of a request and its id, or nil.
func (p *Panel) sessionOf(r *http.Request) (*session, string) {
	c, err := r.Cookie(cookieName(r))
	if err != nil || c.Value == "" {
		return nil, ""
	}
	return p.sessions.find(c.Value, p.o.Now()), c.Value
}

// visit is what a page is made for: who has signed in, and which tenant it is
// about.
type visit struct {
	session *session
	tenant  *tenant
}

// visitHandler serves somebody who has signed in.
type visitHandler func(w http.ResponseWriter, r *http.Request, v *visit)

// signedIn lets the signed-in through and sends the others to the sign-in page.
func (p *Panel) signedIn(h visitHandler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s, _ := p.sessionOf(r); s != nil {
			v := &visit{s, p.tenantOf(r)}
			if v.tenant == nil {
				v.tenant = p.tenants[0]
				p.fail(w, r, v, http.StatusNotFound, "There is no such tenant", "This server has no tenant of that name.")
				return
			}
			h(w, r, v)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			p.fail(w, r, nil, http.StatusUnauthorized, "You are not signed in", "Nothing was changed. Sign in and try again.")
			return
		}
		to := root(r) + "sign-in"
		if name := pageName(strings.TrimPrefix(r.URL.Path, mount)); name != "" {
			to += "?next=" + url.QueryEscape(name)
		}
		redirect(w, to)
	})
}

// pageNames are the pages that one may want to come back to.
var pageNames = regexp.MustCompile(`^(t/[a-z0-9-]+/)?(|(users|groups)(/[A-Za-z0-9-]+)?|requests|new-token|oauth|data|reset|trouble|tenants)$`)

// pageName returns name if it is a page of the panel, else "". The redirect
// after the sign-in goes nowhere else.
func pageName(name string) string {
	if pageNames.MatchString(name) {
		return name
	}
	return ""
}

func randomHex(bytes int) string {
	b := make([]byte, bytes)
	_, _ = rand.Read(b) // never fails, see crypto/rand
	return hex.EncodeToString(b)
}
