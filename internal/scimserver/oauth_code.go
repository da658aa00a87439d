package scimserver

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	// codeLife is how long a code is good. RFC 6749 §4.1.2 allows ten minutes;
	// Okta exchanges one within a second, a person with curl takes longer.
	codeLife = 5 * time.Minute
	// maxCodes and maxGrants bound the memory; beyond them the oldest dies.
	maxCodes  = 100
	maxGrants = 20
)

// authCode is a code that a person agreed to. One that was used is remembered
// until it would have ended: a second use is a sign that it was stolen.
type authCode struct {
	clientID string
	// redirectURI is the one that the request named, "" for none; sentTo is
	// where the code went, which is the same one then.
	redirectURI, sentTo string
	scope               string
	challenge, method   string // of PKCE (RFC 7636); "" without
	expires             time.Time
	grant               string // id of the grant that comes of it
	used                bool
}

// authCodes are the codes by their hashes. They are few.
type authCodes struct {
	mu     sync.Mutex
	byHash map[tokenHash]*authCode
	order  []tokenHash // the oldest first; all live equally long
}

// add keeps a code and gives its text.
func (a *authCodes) add(c *authCode) string {
	text := newToken()
	h := hashToken(text)
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.order) == maxCodes {
		delete(a.byHash, a.order[0])
		a.order = a.order[1:]
	}
	if a.byHash == nil {
		a.byHash = map[tokenHash]*authCode{}
	}
	a.byHash[h] = c
	a.order = append(a.order, h)
	return text
}

func (a *authCodes) clear() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.byHash, a.order = nil, nil
}

// find gives a code, or nil. What it points to is changed under
// Connection.granting only.
func (a *authCodes) find(text string) *authCode {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.byHash[hashToken(text)]
}

// oauthGrant is what a person agreed to, as long as its refresh token lives.
type oauthGrant struct {
	ID      string    `json:"id"`
	Refresh string    `json:"refreshSha256"`
	Scope   string    `json:"scope,omitempty"`
	Created time.Time `json:"created"`
}

// redeem exchanges a code (RFC 6749 §4.1.3). Connection.granting is held.
func (c *Connection) redeem(form url.Values, clientID string) (map[string]any, *oauthError) {
	refused := func(why string) (map[string]any, *oauthError) {
		return nil, &oauthError{http.StatusBadRequest, oauthInvalidGrant, why}
	}
	if form.Get("code") == "" {
		return nil, &oauthError{http.StatusBadRequest, oauthInvalidRequest, "code is missing"}
	}
	code, now := c.codes.find(form.Get("code")), c.now()
	switch {
	case code == nil || code.clientID != clientID:
		return refused("there is no such code")
	case !now.Before(code.expires):
		return refused("the code has expired")
	case code.used:
		// RFC 6749 §4.1.2: what was granted for it before ends as well.
		if err := c.revoke(code.grant); err != nil {
			return nil, err
		}
		return refused("the code was used before; what it had granted has ended")
	}
	switch uri := form.Get("redirect_uri"); {
	case uri == "" && code.redirectURI != "":
		return refused("redirect_uri is missing; the code was asked for with one")
	case uri != "" && uri != code.sentTo:
		return refused("redirect_uri is another one than the code was sent to")
	}
	if why := code.checkVerifier(form.Get("code_verifier")); why != "" {
		return refused(why)
	}
	token := newToken()
	hash := hashToken(token)
	var oldest string
	if err := c.change(func(s *connectionState) {
		grants := slices.Clone(s.grants)
		if len(grants) == maxGrants {
			oldest, grants = grants[0].ID, grants[1:]
		}
		grants = append(grants, oauthGrant{code.grant, hash.text(), code.scope, now})
		s.grants = grants
	}); err != nil {
		c.log.Error().Err(err).Msg("oauth grant not saved")
		return nil, &oauthError{http.StatusInternalServerError, oauthServerError, "the grant could not be saved; try again"}
	}
	if oldest != "" {
		c.access.revoke(oldest)
	}
	code.used = true
	answer := c.accessToken(code.grant, code.scope)
	answer["refresh_token"] = token
	return answer, nil
}

// checkVerifier says what is wrong with the verifier of PKCE (RFC 7636 §4.6).
// One without a challenge is refused too: somebody took the challenge out of
// the request on its way.
func (code *authCode) checkVerifier(verifier string) (why string) {
	switch {
	case code.challenge == "" && verifier == "":
		return ""
	case code.challenge == "":
		return "code_verifier was sent, but the code was asked for without a code_challenge"
	case verifier == "":
		return "code_verifier is missing; the code was asked for with a code_challenge"
	}
	want := verifier
	if code.method == "S256" {
		sum := sha256.Sum256([]byte(verifier))
		want = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	if subtle.ConstantTimeCompare([]byte(want), []byte(code.challenge)) != 1 {
		return "code_verifier does not fit the code_challenge"
	}
	return ""
}

// refresh exchanges a refresh token, which stays as it is (RFC 6749 §6): an
// answer that gets lost then locks nobody out. Connection.granting is held.
func (c *Connection) refresh(token, scope string) (map[string]any, *oauthError) {
	if token == "" {
		return nil, &oauthError{http.StatusBadRequest, oauthInvalidRequest, "refresh_token is missing"}
	}
	hash := hashToken(token)
	grants := c.current().grants
	i := slices.IndexFunc(grants, func(g oauthGrant) bool { return g.Refresh == hash.text() })
	if i < 0 {
		return nil, &oauthError{http.StatusBadRequest, oauthInvalidGrant, "there is no such refresh token, or it was taken back"}
	}
	granted := strings.Fields(grants[i].Scope)
	for word := range strings.FieldsSeq(scope) {
		if !slices.Contains(granted, word) {
			return nil, &oauthError{http.StatusBadRequest, oauthInvalidScope, "more is asked for than was agreed to"}
		}
	}
	if scope == "" {
		scope = grants[i].Scope
	}
	return c.accessToken(grants[i].ID, scope), nil
}

// revoke ends a grant and its tokens.
func (c *Connection) revoke(grant string) *oauthError {
	c.access.revoke(grant)
	if err := c.change(func(s *connectionState) {
		s.grants = slices.DeleteFunc(slices.Clone(s.grants), func(g oauthGrant) bool { return g.ID == grant })
	}); err != nil {
		c.log.Error().Err(err).Msg("oauth grant not taken back")
		return &oauthError{http.StatusInternalServerError, oauthServerError, "the grant could not be taken back"}
	}
	return nil
}

// scopeForm is the syntax of scope (RFC 6749 §3.3).
var scopeForm = regexp.MustCompile(`^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$`)

// isScope tells whether s is a scope, or none. This server has no scopes of
// its own: whoever gets in may do everything, and what is asked for is granted.
func isScope(s string) bool { return s == "" || scopeForm.MatchString(s) }
