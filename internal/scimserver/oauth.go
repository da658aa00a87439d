package scimserver

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// OAuth 2.0 (RFC 6749), which Okta's provisioning connectors call "OAuth 2": a
// client exchanges its id and secret (client credentials, §4.4), a code that a
// person agreed to (§4.1, oauth_authorize.go) or a refresh token (§6) for an
// access token that is good for an hour, and sends that as a bearer token.
// Okta itself uses the code; client credentials are for everybody else.
//
// Access tokens and codes live in memory: after a restart a client gets 401
// and asks for another token, as it does when one expires. Refresh tokens are
// kept, as hashes, since a person would have to agree anew without them.

const (
	// maxAccessTokens bounds the memory; beyond it the oldest token dies.
	maxAccessTokens = 1000
	// maxTokenRequest is the size of a token request, in bytes.
	maxTokenRequest = 64 << 10
)

// The errors of RFC 6749 §4.1.2.1 and §5.2 that are used here.
const (
	oauthInvalidRequest  = "invalid_request"
	oauthInvalidClient   = "invalid_client"
	oauthInvalidGrant    = "invalid_grant"
	oauthInvalidScope    = "invalid_scope"
	oauthUnsupported     = "unsupported_grant_type"
	oauthUnsupportedType = "unsupported_response_type"
	oauthDenied          = "access_denied"
	oauthServerError     = "server_error"
)

// oauthError is a refusal of the authorization server; it is an error of the
// protocol, with its code and, at the token endpoint, its status.
type oauthError struct {
	status    int
	code, why string
}

func (e *oauthError) Error() string { return e.code + ": " + e.why }

// NewOAuthClient makes a client and returns its id and secret, the only time
// that the secret is ever shown. The client before stops working at once, and
// its tokens with it. redirectURIs are where it may have codes sent to; none means
// ConnectionOptions.RedirectURIs, and without those it can use client
// credentials only. The error says that a URI is wrong
// ([CheckRedirectURI]), or that this could not be saved; the old client then
// works on.
func (c *Connection) NewOAuthClient(redirectURIs ...string) (id, secret string, err error) {
	if len(redirectURIs) == 0 {
		redirectURIs = c.redirectURIs
	}
	for _, u := range redirectURIs {
		if err := CheckRedirectURI(u); err != nil {
			return "", "", err
		}
	}
	id, secret = "client-"+newToken()[:16], newToken()
	hash := hashToken(secret)
	c.granting.Lock()
	defer c.granting.Unlock()
	if err := c.change(func(s *connectionState) {
		s.clientID, s.clientHash, s.redirectURIs, s.grants = id, &hash, slices.Clone(redirectURIs), nil
	}); err != nil {
		return "", "", err
	}
	c.access.clear()
	c.codes.clear()
	c.log.Info().Str("client", id).Strs("redirectURIs", redirectURIs).Msg("new oauth client")
	return id, secret, nil
}

// NewOAuthSecret gives the client another secret and returns it, the only time
// that it is ever shown. The one before stops working at once, and the access
// tokens with it. The error says that there is no client, or that this could
// not be saved; everything is then as it was. Refresh tokens stay: they are of
// no use without the secret.
func (c *Connection) NewOAuthSecret() (string, error) {
	c.granting.Lock()
	defer c.granting.Unlock()
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

// RemoveOAuthClient takes the client and its tokens away. The error says that
// this could not be saved; the client then works on.
func (c *Connection) RemoveOAuthClient() error {
	c.granting.Lock()
	defer c.granting.Unlock()
	if err := c.change(func(s *connectionState) { s.clientID, s.clientHash, s.redirectURIs, s.grants = "", nil, nil, nil }); err != nil {
		return err
	}
	c.access.clear()
	c.codes.clear()
	c.log.Info().Msg("oauth client removed")
	return nil
}

// OAuthClientID returns the id of the client, "" if there is none.
func (c *Connection) OAuthClientID() string { return c.current().clientID }

// OAuthRedirectURIs returns where the client may have codes sent to.
func (c *Connection) OAuthRedirectURIs() []string { return slices.Clone(c.current().redirectURIs) }

// OAuthGrants returns how many grants of a person are in force: each has a
// refresh token.
func (c *Connection) OAuthGrants() int { return len(c.current().grants) }

// TokenEndpoint answers token requests (RFC 6749 §3.2). The client names
// itself by HTTP Basic or in the body. Nothing of a request is logged but how
// it ended.
func (c *Connection) TokenEndpoint() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status := http.StatusOK
		answer, err := c.grant(w, r)
		if err != nil {
			status, answer = err.status, map[string]any{"error": err.code, "error_description": err.why}
		}
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
func (c *Connection) grant(w http.ResponseWriter, r *http.Request) (map[string]any, *oauthError) {
	refused := func(why string) (map[string]any, *oauthError) {
		return nil, &oauthError{http.StatusBadRequest, oauthInvalidRequest, why}
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return nil, &oauthError{http.StatusMethodNotAllowed, oauthInvalidRequest, "a token is asked for by POST"}
	}
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/x-www-form-urlencoded" {
		return refused("the body must be application/x-www-form-urlencoded")
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxTokenRequest)
	if err := r.ParseForm(); err != nil {
		return refused("the body cannot be read as a form")
	}
	if name := twice(r.PostForm); name != "" {
		return refused(name + " stands twice")
	}
	id, secret, basic := basicClient(r)
	if inBody := r.PostForm.Has("client_secret"); basic && inBody {
		return refused("the client names itself twice, in the header and in the body")
	} else if inBody {
		id, secret = r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	}
	if named := r.PostForm.Get("client_id"); named != "" && named != id && basic {
		return refused("client_id is another one than in the header")
	}
	c.granting.Lock() // a code is good once, also for two at a time
	defer c.granting.Unlock()
	state := c.current()
	known := state.clientHash != nil && subtle.ConstantTimeCompare([]byte(id), []byte(state.clientID)) == 1
	if !known || !state.clientHash.matches(secret) {
		w.Header().Set("WWW-Authenticate", `Basic realm="scim token endpoint", charset="UTF-8"`)
		return nil, &oauthError{http.StatusUnauthorized, oauthInvalidClient, "there is no client with this id and secret"}
	}
	scope := r.PostForm.Get("scope")
	if !isScope(scope) {
		return nil, &oauthError{http.StatusBadRequest, oauthInvalidScope, "scope is a list of words with one space between them"}
	}
	switch r.PostForm.Get("grant_type") {
	case "client_credentials":
		return c.accessToken("", scope), nil
	case "authorization_code":
		return c.redeem(r.PostForm, id)
	case "refresh_token":
		return c.refresh(r.PostForm.Get("refresh_token"), scope)
	case "":
		return refused("grant_type is missing")
	}
	return nil, &oauthError{http.StatusBadRequest, oauthUnsupported, "there are authorization_code, refresh_token and client_credentials"}
}

// accessToken makes an access token of a grant, "" for none, and gives the
// answer that has it.
func (c *Connection) accessToken(grant, scope string) map[string]any {
	token := newToken()
	c.access.add(hashToken(token), accessToken{c.now().Add(c.accessLife), grant})
	answer := map[string]any{"access_token": token, "token_type": "Bearer", "expires_in": int64(c.accessLife / time.Second)}
	if scope != "" {
		answer["scope"] = scope
	}
	return answer
}

// twice gives the name of a parameter that is there more than once, which
// RFC 6749 §3.1 and §3.2 forbid, or "".
func twice(form url.Values) string {
	for name, list := range form {
		if len(list) > 1 {
			return name
		}
	}
	return ""
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
	mu     sync.Mutex
	byHash map[tokenHash]accessToken
	order  []tokenHash // the oldest first; all live equally long
}

type accessToken struct {
	expires time.Time
	grant   string // of which it is one; "" for client credentials
}

func (a *accessTokens) add(h tokenHash, t accessToken) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.order) == maxAccessTokens {
		delete(a.byHash, a.order[0])
		a.order = a.order[1:]
	}
	if a.byHash == nil {
		a.byHash = map[tokenHash]accessToken{}
	}
	a.byHash[h] = t
	a.order = append(a.order, h)
}

func (a *accessTokens) clear() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.byHash, a.order = nil, nil
}

// revoke ends the tokens of a grant.
func (a *accessTokens) revoke(grant string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.order = slices.DeleteFunc(a.order, func(h tokenHash) bool {
		if a.byHash[h].grant != grant {
			return false
		}
		delete(a.byHash, h)
		return true
	})
}

// find tells whether a token was granted, and until when it is good. The
// lookup goes by the hash, whose bytes an attacker cannot choose one by one.
func (a *accessTokens) find(token string) (expires time.Time, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	t, ok := a.byHash[hashToken(token)]
	return t.expires, ok
}
