package adminpanel

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"math"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// A client may be wrong this often at once, then once in this time. The
	// password may be a short one of the admin's own.
	attemptBurst = 5
	attemptEvery = 30 * time.Second
	// maxClients bounds the memory; beyond it newcomers share one allowance.
	maxClients = 1024
)

// newPassword makes a password of 130 bits that can be read out and typed.
func newPassword() string { return rand.Text() }

// attempts counts the sign-ins of each client.
type attempts struct {
	mu       sync.Mutex
	byClient map[string]*rate.Limiter
	others   *rate.Limiter
}

func newAttempts() *attempts {
	return &attempts{byClient: map[string]*rate.Limiter{}, others: newLimiter()}
}

func newLimiter() *rate.Limiter { return rate.NewLimiter(rate.Every(attemptEvery), attemptBurst) }

// take uses up one attempt. Without one left it returns how long to wait,
// which is more than zero.
func (a *attempts) take(client string, now time.Time) (wait time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	l := a.byClient[client]
	if l == nil && len(a.byClient) >= maxClients {
		for c, x := range a.byClient {
			if x.TokensAt(now) >= attemptBurst {
				delete(a.byClient, c)
			}
		}
	}
	switch {
	case l != nil:
	case len(a.byClient) >= maxClients:
		l = a.others
	default:
		l = newLimiter()
		a.byClient[client] = l
	}
	if l.AllowN(now, 1) {
		return 0
	}
	missing := 1 - l.TokensAt(now)
	return max(time.Second, time.Duration(math.Ceil(missing*attemptEvery.Seconds()))*time.Second)
}

// forgive gives a client that was right its attempts back.
func (a *attempts) forgive(client string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.byClient, client)
}

// clientOf names who asks, by address. Of IPv6 it is the /64, of which one
// client may have every address. Headers of a proxy are not believed: whoever
// guesses passwords would write a new one each time.
func clientOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	if addr = addr.Unmap(); addr.Is6() {
		if prefix, err := addr.WithZone("").Prefix(64); err == nil {
			return prefix.String()
		}
	}
	return addr.String()
}

// signInPage is the data of sign-in.html.
type signInPage struct {
	page
	Next  string
	Error string
}

func (p *Panel) showSignIn(w http.ResponseWriter, r *http.Request) {
	if s, _ := p.sessionOf(r); s != nil {
		redirect(w, "./")
		return
	}
	p.signInForm(w, r, http.StatusOK, "")
}

func (p *Panel) signInForm(w http.ResponseWriter, r *http.Request, status int, problem string) {
	title := "Sign in"
	if problem != "" {
		title = "Not signed in" // what a screen reader says first
	}
	p.render(w, status, "sign-in", signInPage{page: p.page(r, nil, title, ""), Next: pageName(r.FormValue("next")), Error: problem})
}

func (p *Panel) signIn(w http.ResponseWriter, r *http.Request) {
	client, now := clientOf(r), p.o.Now()
	if wait := p.attempts.take(client, now); wait > 0 {
		seconds := strconv.Itoa(int(wait / time.Second))
		w.Header().Set("Retry-After", seconds)
		p.o.Log.Warn().Str("client", client).Msg("too many wrong passwords on the admin panel")
		p.signInForm(w, r, http.StatusTooManyRequests, "Too many wrong passwords. Wait "+seconds+" seconds, then try again.")
		return
	}
	given := sha256.Sum256([]byte(r.PostFormValue("password")))
	if subtle.ConstantTimeCompare(given[:], p.passwordHash[:]) != 1 {
		p.o.Log.Info().Str("client", client).Msg("wrong password on the admin panel")
		p.signInForm(w, r, http.StatusUnauthorized, "This password is not right. The panel's password is printed when the server starts.")
		return
	}
	p.attempts.forgive(client)
	if _, old := p.sessionOf(r); old != "" {
		p.sessions.end(old)
	}
	setCookie(w, r, p.sessions.start(now))
	p.o.Log.Info().Str("client", client).Msg("signed in to the admin panel")
	redirect(w, "./"+pageName(r.PostFormValue("next")))
}

func (p *Panel) signOut(w http.ResponseWriter, r *http.Request) {
	if _, id := p.sessionOf(r); id != "" {
		p.sessions.end(id)
	}
	setCookie(w, r, "")
	redirect(w, "sign-in")
}
