package scimserver

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// SettingStore keeps the state of a connection over a restart. [*Data] is one.
type SettingStore interface {
	// LoadSetting returns what was saved last; ok is false where nothing was.
	LoadSetting(name string) (value []byte, ok bool, err error)
	// SaveSetting replaces a value. After an error the old one is still there.
	SaveSetting(name string, value []byte) error
}

// settingConnection is the name under which a connection saves itself.
const settingConnection = "connection"

// ConnectionOptions configures a [Connection]. The zero value is switched off,
// has no token and remembers nothing.
type ConnectionOptions struct {
	// Enabled is what a connection starts with. A saved switch wins: what an
	// admin has switched off stays off over a restart.
	Enabled bool
	// Token replaces the saved one. Where neither is given there is no token,
	// and every call is refused until [Connection.NewToken].
	Token    string
	Log      zerolog.Logger   // zero: silent
	Now      func() time.Time // nil: time.Now
	Settings SettingStore     // nil: memory only
	LogSize  int              // requests that are remembered; 0 means 200

	// SecretNames are attributes whose values are secrets, beside those whose
	// name says so; see [SecretNames]. The log does not show them.
	SecretNames []string

	// TokenLife is how long Token, and what NewToken makes, is good; 0: for ever.
	TokenLife time.Duration
	// RedirectURIs are where OAuth clients may have codes sent to. They replace
	// those that were saved; none leaves these.
	RedirectURIs []string
	// AccessTokenLife is how long an OAuth access token is good; 0 means an hour.
	AccessTokenLife time.Duration
}

// Connection is the door of a server: a switch, a token and a log of who came
// in. It is safe for concurrent use.
type Connection struct {
	log          zerolog.Logger
	now          func() time.Time
	settings     SettingStore
	requests     *requestLog
	tokenLife    time.Duration
	accessLife   time.Duration
	access       accessTokens
	codes        authCodes
	redirectURIs []string   // of ConnectionOptions
	secretNames  []string   // folded as a [redactor] wants them
	granting     sync.Mutex // held while tokens are granted or taken back
	trouble      trouble

	mu    sync.RWMutex
	state connectionState
	// touched is when lastUsed was saved; see [Connection.touch].
	touched time.Time
}

// connectionState is what a switch or a new token changes.
type connectionState struct {
	enabled          bool
	hash             *tokenHash // nil: no token yet
	created, expires time.Time  // of the token; expires is zero for one that does not
	lastUsed         time.Time  // zero: never
	clientID         string     // of the OAuth client; "": none
	clientHash       *tokenHash // of its secret
	// These two are replaced, never changed in place.
	redirectURIs []string
	grants       []oauthGrant // the oldest first
}

// savedConnection is the saved form of a state.
type savedConnection struct {
	Enabled      bool         `json:"enabled"`
	TokenSHA256  string       `json:"tokenSha256,omitempty"`
	Created      time.Time    `json:"created,omitzero"`
	Expires      time.Time    `json:"expires,omitzero"`
	LastUsed     time.Time    `json:"lastUsed,omitzero"`
	ClientID     string       `json:"clientId,omitempty"`
	ClientSHA256 string       `json:"clientSha256,omitempty"`
	RedirectURIs []string     `json:"redirectUris,omitempty"`
	Grants       []oauthGrant `json:"grants,omitempty"`
}

// TokenInfo is what is known of a token. The token itself is not.
type TokenInfo struct {
	Exists   bool // there is one, though it may have expired
	Created  time.Time
	Expires  time.Time // zero: never
	Expired  bool
	LastUsed time.Time // when a request was last let in, to the minute after a restart; zero: never
}

// NewConnection makes a connection from what was saved and from o. The error
// says that the saved state cannot be read or written, that o.Token fits into
// no header, or that one of o.RedirectURIs is none.
func NewConnection(o ConnectionOptions) (*Connection, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.LogSize <= 0 {
		o.LogSize = 200
	}
	if o.AccessTokenLife <= 0 {
		o.AccessTokenLife = time.Hour
	}
	c := &Connection{
		log: o.Log, now: o.Now, settings: o.Settings, requests: newRequestLog(o.LogSize),
		tokenLife: max(0, o.TokenLife), accessLife: o.AccessTokenLife, secretNames: foldNames(o.SecretNames),
	}
	state, err := loadState(o.Settings, connectionState{enabled: o.Enabled})
	if err != nil {
		return nil, fmt.Errorf("reading the saved connection: %w", err)
	}
	c.state = state
	if len(o.RedirectURIs) > 0 {
		for _, u := range o.RedirectURIs {
			if err := CheckRedirectURI(u); err != nil {
				return nil, err
			}
		}
		c.redirectURIs, c.state.redirectURIs = o.RedirectURIs, o.RedirectURIs
	}
	if o.Token == "" {
		return c, nil
	}
	if err := checkToken(o.Token); err != nil {
		return nil, err
	}
	if err := c.setToken(o.Token, c.tokenLife); err != nil {
		return nil, err
	}
	return c, nil
}

// loadState returns the saved state, or fresh where nothing was saved.
func loadState(settings SettingStore, fresh connectionState) (connectionState, error) {
	if settings == nil {
		return fresh, nil
	}
	b, ok, err := settings.LoadSetting(settingConnection)
	if err != nil || !ok {
		return fresh, err
	}
	var saved savedConnection
	if err := json.Unmarshal(b, &saved); err != nil {
		return fresh, err
	}
	state := connectionState{
		enabled: saved.Enabled, created: saved.Created, expires: saved.Expires, lastUsed: saved.LastUsed, clientID: saved.ClientID,
		redirectURIs: saved.RedirectURIs, grants: saved.Grants,
	}
	for _, h := range []struct {
		to   **tokenHash
		text string
	}{{&state.hash, saved.TokenSHA256}, {&state.clientHash, saved.ClientSHA256}} {
		if h.text == "" {
			continue
		}
		*h.to = new(tokenHash)
		if n, err := hex.Decode((*h.to)[:], []byte(h.text)); err != nil || n != len(*h.to) {
			return fresh, errors.New("the hash of the token is damaged")
		}
	}
	return state, nil
}

// change saves the state that edit makes and then lets it count. After an
// error everything is as it was.
func (c *Connection) change(edit func(*connectionState)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	next := c.state
	edit(&next)
	if c.settings != nil {
		saved := savedConnection{
			Enabled: next.enabled, Created: next.created, Expires: next.expires, LastUsed: next.lastUsed, ClientID: next.clientID,
			TokenSHA256: next.hash.text(), ClientSHA256: next.clientHash.text(),
			RedirectURIs: next.redirectURIs, Grants: next.grants,
		}
		b, err := json.Marshal(saved)
		if err != nil {
			return fmt.Errorf("saving the connection: %w", err)
		}
		if err := c.settings.SaveSetting(settingConnection, b); err != nil {
			return fmt.Errorf("saving the connection: %w", err)
		}
	}
	c.state = next
	return nil
}

func (c *Connection) current() connectionState {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.state
}

// Enabled tells whether the connection is switched on.
func (c *Connection) Enabled() bool { return c.current().enabled }

// SetEnabled switches the connection on or off. The error says that this could
// not be saved; the switch is then where it was.
func (c *Connection) SetEnabled(on bool) error {
	if err := c.change(func(s *connectionState) { s.enabled = on }); err != nil {
		return err
	}
	c.log.Info().Bool("enabled", on).Msg("scim connection switched")
	return nil
}

// HasToken tells whether there is a token that lets anybody in; one that has
// expired does not.
func (c *Connection) HasToken() bool {
	info := c.Token()
	return info.Exists && !info.Expired
}

// Token returns what is known of the token.
func (c *Connection) Token() TokenInfo {
	s := c.current()
	return TokenInfo{Exists: s.hash != nil, Created: s.created, Expires: s.expires, Expired: s.hasExpired(c.now()), LastUsed: s.lastUsed}
}

func (s *connectionState) hasExpired(now time.Time) bool {
	return s.hash != nil && !s.expires.IsZero() && !now.Before(s.expires)
}

// NewToken makes a token and returns it, the only time that it is ever shown:
// its SHA-256 is all that is kept. The token before stops working at once. The
// error says that this could not be saved; the old token then works on. The
// token is good for ConnectionOptions.TokenLife.
func (c *Connection) NewToken() (string, error) { return c.NewTokenFor(c.tokenLife) }

// TokenLife is how long what NewToken makes is good; 0 is for ever.
func (c *Connection) TokenLife() time.Duration { return c.tokenLife }

// NewTokenFor is NewToken for a token that is good for that long; 0 is for ever.
func (c *Connection) NewTokenFor(life time.Duration) (string, error) {
	token := newToken()
	if err := c.setToken(token, life); err != nil {
		return "", err
	}
	c.log.Info().Dur("life", life).Msg("new scim token")
	return token, nil
}

func (c *Connection) setToken(token string, life time.Duration) error {
	hash, now := hashToken(token), c.now()
	return c.change(func(s *connectionState) {
		s.hash, s.created, s.expires, s.lastUsed = &hash, now, time.Time{}, time.Time{}
		if life > 0 {
			s.expires = now.Add(life)
		}
	})
}

// touchEvery is how often the time of the last use is saved: a write for each
// request would cost more than many a request.
const touchEvery = time.Minute

// touch notes that a request was let in.
func (c *Connection) touch(now time.Time) {
	c.mu.Lock()
	c.state.lastUsed = now
	due := c.settings != nil && now.Sub(c.touched) >= touchEvery
	if due {
		c.touched = now
	}
	c.mu.Unlock()
	if due {
		if err := c.change(func(*connectionState) {}); err != nil {
			c.log.Error().Err(err).Msg("last use of the token not saved")
		}
	}
}

// Middleware lets a request through to next if the connection is on and the
// request brings the token in one of the forms of [credentialOf], or an OAuth
// access token as a bearer token. Everything else is answered with a SCIM
// error: 403 while the connection is off, whatever the token; else 401. What
// is let in meets the rate limit, the latency and the failures that are set.
// Each request, let in or not, goes to the log. The body of a refused one is
// not read.
func (c *Connection) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		offered, now := credentialOf(r), c.now()
		inner, note := c.refuse(offered, now), ""
		if inner == nil {
			c.touch(now)
			inner, note = c.trouble.befall(next, r, now)
		}
		c.record(inner, w, r, offered, note)
	})
}

// refuse decides who gets in; nil is everybody with a good token.
func (c *Connection) refuse(offered credential, now time.Time) http.Handler {
	state := c.current()
	if !state.enabled {
		return refusal(http.StatusForbidden, "this SCIM connection is switched off; an admin can switch it on in the admin panel")
	}
	switch {
	case offered.form == "none" && (state.hash != nil || state.clientHash != nil):
		return unauthorized(offered, "the request has no token; send it as: Authorization: Bearer TOKEN")
	case state.hash != nil && state.hash.matches(offered.token):
		if state.hasExpired(now) {
			return unauthorized(offered, "the token expired at "+formatTime(state.expires)+"; make a new one in the admin panel")
		}
		return nil
	}
	if expires, ok := c.access.find(offered.token); ok && offered.form == "bearer" {
		if !now.Before(expires) {
			return unauthorized(offered, "the access token expired at "+formatTime(expires)+"; ask the token endpoint for another one")
		}
		return nil
	}
	if state.hash == nil && state.clientHash == nil {
		return unauthorized(offered, "this SCIM connection has no token yet; make one in the admin panel")
	}
	return unauthorized(offered, "the token is wrong, or it was replaced by a new one")
}

// refusal answers every request with one SCIM error.
func refusal(status int, detail string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.NoBody
		WriteError(w, status, "", detail)
	})
}

// unauthorized answers 401 and names the schemes that are understood, as
// RFC 9110 §11.6.1 asks; error="invalid_token" only where there was a token
// (RFC 6750 §3.1).
func unauthorized(offered credential, detail string) http.Handler {
	challenge := `Bearer realm="scim"`
	if offered.form == "bearer" {
		challenge += `, error="invalid_token"`
	}
	refuse := refusal(http.StatusUnauthorized, detail)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("WWW-Authenticate", challenge)
		w.Header().Add("WWW-Authenticate", `Basic realm="scim", charset="UTF-8"`)
		refuse.ServeHTTP(w, r)
	})
}
