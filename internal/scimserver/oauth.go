package scimserver

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// The OAuth 2.0 client credentials grant (RFC 6749 §4.4): a client exchanges
// its id and secret for an access token that is good for an hour, and sends
// that as a bearer token. Okta's provisioning connectors call this "OAuth 2".
// Access tokens live in memory: after a restart a client gets 401 and asks for
// another one, as it does when one expires.

const (
	// maxAccessTokens bounds the memory; beyond it the oldest token dies.
	maxAccessTokens = 1000
	// maxTokenRequest is the size of a token request, in bytes.
	maxTokenRequest = 64 << 10
)

// NewOAuthClient makes a client and returns its id and secret, the only time
// that the secret is ever shown. The client before stops working at once, and
// its access tokens with it. The error says that this could not be saved; the
// old client then works on.
func (c *Connection) NewOAuthClient() (id, secret string, err error) {
	id, secret = "client-"+newToken()[:16], newToken()
	hash := hashToken(secret)
	if err := c.change(func(s *connectionState) { s.clientID, s.clientHash = id, &hash }); err != nil {
		return "", "", err
	}
	c.access.clear()
	c.log.Info().Str("client", id).Msg("new oauth client")
	return id, secret, nil
}

// NewOAuthSecret gives the client another secret and returns it, the only time
// that it is ever shown. The one before stops working at once, and the access
// tokens with it. The error says that there is no client, or that this could
// not be saved; everything is then as it was.
func (c *Connection) NewOAuthSecret() (string, error) {
	id := c.OAuthClientID()
	if id == "" {
		return "", errors.New("there is no oauth client")
	}
	secret := newToken()
	hash := hashToken(secret)
	if err := c.change(func(s *connectionState) { s.clientID, s.clientHash = id, &hash }); err != nil {
		return "", err
	}
	c.access.clear()
	c.log.Info().Str("client", id).Msg("new oauth secret")
	return secret, nil
}

// RemoveOAuthClient takes the client and its access tokens away. The error
// says that this could not be saved; the client then works on.
func (c *Connection) RemoveOAuthClient() error {
	if err := c.change(func(s *connectionState) { s.clientID, s.clientHash = "", nil }); err != nil {
		return err
	}
	c.access.clear()
	c.log.Info().Msg("oauth client removed")
	return nil
}

// OAuthClientID returns the id of the client, "" if there is none.
func (c *Connection) OAuthClientID() string { return c.current().clientID }

// TokenEndpoint answers token requests (RFC 6749 §3.2). The client names
// itself by HTTP Basic or in the body. Nothing of a request is logged but how
// it ended.
func (c *Connection) TokenEndpoint() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status, answer := c.grant(w, r)
		c.log.Info().Int("status", status).Msg("oauth token request")
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Cache-Control", "no-store")
		h.Set("Pragma", "no-cache")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(answer) // a client that went away is not an error of the server
	})
}

// grant decides about a token request.
func (c *Connection) grant(w http.ResponseWriter, r *http.Request) (int, map[string]any) {
	refused := func(status int, code, why string) (int, map[string]any) {
		return status, map[string]any{"error": code, "error_description": why}
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return refused(http.StatusMethodNotAllowed, "invalid_request", "a token is asked for by POST")
	}
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/x-www-form-urlencoded" {
		return refused(http.StatusBadRequest, "invalid_request", "the body must be application/x-www-form-urlencoded")
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxTokenRequest)
	if err := r.ParseForm(); err != nil {
		return refused(http.StatusBadRequest, "invalid_request", "the body cannot be read as a form")
	}
	for name, list := range r.PostForm {
		if len(list) > 1 {
			return refused(http.StatusBadRequest, "invalid_request", name+" stands twice")
		}
	}
	id, secret, basic := basicClient(r)
	if inBody := r.PostForm.Has("client_secret"); basic && inBody {
		return refused(http.StatusBadRequest, "invalid_request", "the client names itself twice, in the header and in the body")
	} else if inBody {
		id, secret = r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	}
	state := c.current()
	known := state.clientHash != nil && subtle.ConstantTimeCompare([]byte(id), []byte(state.clientID)) == 1
	if !known || !state.clientHash.matches(secret) {
		w.Header().Set("WWW-Authenticate", `Basic realm="scim token endpoint", charset="UTF-8"`)
		return refused(http.StatusUnauthorized, "invalid_client", "there is no client with this id and secret")
	}
	switch r.PostForm.Get("grant_type") {
	case "client_credentials":
	case "":
		return refused(http.StatusBadRequest, "invalid_request", "grant_type is missing")
	default:
		return refused(http.StatusBadRequest, "unsupported_grant_type", "only client_credentials is supported")
	}
	token := newToken()
	c.access.add(hashToken(token), c.now().Add(c.accessLife))
	return http.StatusOK, map[string]any{"access_token": token, "token_type": "Bearer", "expires_in": int64(c.accessLife / time.Second)}
}

// basicClient reads id and secret from the header; both are form-encoded
// before they are put together (RFC 6749 §2.3.1).
func basicClient(r *http.Request) (id, secret string, ok bool) {
	user, password, ok := r.BasicAuth()
	if !ok {
		return "", "", false
	}
	id, err := url.QueryUnescape(user)
	if err != nil {
		return user, password, true
	}
	if secret, err = url.QueryUnescape(password); err != nil {
		secret = password
	}
	return id, secret, true
}

// accessTokens are the tokens that were granted, by their hashes.
type accessTokens struct {
	mu      sync.Mutex
	expires map[tokenHash]time.Time
	order   []tokenHash // the oldest first; all live equally long
}

func (a *accessTokens) add(h tokenHash, expires time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.order) == maxAccessTokens {
		delete(a.expires, a.order[0])
		a.order = a.order[1:]
	}
	if a.expires == nil {
		a.expires = map[tokenHash]time.Time{}
	}
	a.expires[h] = expires
	a.order = append(a.order, h)
}

func (a *accessTokens) clear() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.expires, a.order = nil, nil
}

// find tells whether a token was granted, and until when it is good. The
// lookup goes by the hash, whose bytes an attacker cannot choose one by one.
func (a *accessTokens) find(token string) (expires time.Time, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	expires, ok = a.expires[hashToken(token)]
	return expires, ok
}
