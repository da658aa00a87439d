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
}

// Connection is the door of a server: a switch, a token and a log of who came
// in. It is safe for concurrent use.
type Connection struct {
	log      zerolog.Logger
	now      func() time.Time
	settings SettingStore
	requests *requestLog

	mu    sync.RWMutex
	state connectionState
}

// connectionState is what a switch or a new token changes.
type connectionState struct {
	enabled bool
	hash    *tokenHash // nil: no token yet
}

// savedConnection is the saved form of a state.
type savedConnection struct {
	Enabled     bool   `json:"enabled"`
	TokenSHA256 string `json:"tokenSha256,omitempty"`
}

// NewConnection makes a connection from what was saved and from o. The error
// says that the saved state cannot be read or written, or that o.Token fits
// into no header.
func NewConnection(o ConnectionOptions) (*Connection, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.LogSize <= 0 {
		o.LogSize = 200
	}
	c := &Connection{log: o.Log, now: o.Now, settings: o.Settings, requests: newRequestLog(o.LogSize)}
	state, err := loadState(o.Settings, connectionState{enabled: o.Enabled})
	if err != nil {
		return nil, fmt.Errorf("reading the saved connection: %w", err)
	}
	c.state = state
	if o.Token == "" {
		return c, nil
	}
	if err := checkToken(o.Token); err != nil {
		return nil, err
	}
	hash := hashToken(o.Token)
	if err := c.change(func(s *connectionState) { s.hash = &hash }); err != nil {
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
	state := connectionState{enabled: saved.Enabled}
	if saved.TokenSHA256 != "" {
		state.hash = new(tokenHash)
		if n, err := hex.Decode(state.hash[:], []byte(saved.TokenSHA256)); err != nil || n != len(state.hash) {
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
		saved := savedConnection{Enabled: next.enabled}
		if next.hash != nil {
			saved.TokenSHA256 = hex.EncodeToString(next.hash[:])
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

// HasToken tells whether there is a token that lets anybody in.
func (c *Connection) HasToken() bool { return c.current().hash != nil }

// NewToken makes a token and returns it, the only time that it is ever shown:
// its SHA-256 is all that is kept. The token before stops working at once. The
// error says that this could not be saved; the old token then works on.
func (c *Connection) NewToken() (string, error) {
	token := newToken()
	hash := hashToken(token)
	if err := c.change(func(s *connectionState) { s.hash = &hash }); err != nil {
		return "", err
	}
	c.log.Info().Msg("new scim token")
	return token, nil
}

// Middleware lets a request through to next if the connection is on and the
// request brings the token in one of the forms of [credentialOf]. Everything
// else is answered with a SCIM error: 403 while the connection is off,
// whatever the token; else 401. Each request, let in or not, goes to the log.
// The body of a refused one is not read.
func (c *Connection) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		offered, state := credentialOf(r), c.current()
		inner := next
		switch {
		case !state.enabled:
			inner = refusal(http.StatusForbidden, "this SCIM connection is switched off; an admin can switch it on in the admin panel")
		case state.hash == nil:
			inner = unauthorized(offered, "this SCIM connection has no token yet; make one in the admin panel")
		case offered.form == "none":
			inner = unauthorized(offered, "the request has no token; send it as: Authorization: Bearer TOKEN")
		case !state.hash.matches(offered.token):
			inner = unauthorized(offered, "the token is wrong, or it was replaced by a new one")
		}
		c.record(inner, w, r, offered)
	})
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
