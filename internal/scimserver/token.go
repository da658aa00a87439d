package scimserver

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
)

// tokenBytes is the size of a token that the server makes: 256 bits, which
// nobody guesses, so a plain hash of it is as good as a slow one.
const tokenBytes = 32

// newToken makes a token of 64 hexadecimal digits. They survive a header, a
// shell and a double click; base64url has "-" in it, which does not.
func newToken() string {
	b := make([]byte, tokenBytes)
	_, _ = rand.Read(b) // never fails, see crypto/rand
	return hex.EncodeToString(b)
}

// checkToken refuses a token from outside that no header could carry.
func checkToken(token string) error {
	for _, c := range []byte(token) {
		if c <= ' ' || c > '~' {
			return fmt.Errorf("the token has a byte %#02x in it; only visible ASCII fits into a header", c)
		}
	}
	return nil
}

// tokenHash is all that is kept of a token.
type tokenHash [sha256.Size]byte

func hashToken(token string) tokenHash { return sha256.Sum256([]byte(token)) }

// matches tells whether h is the hash of token, in a time that does not depend
// on where they differ.
func (h tokenHash) matches(token string) bool {
	other := hashToken(token)
	return subtle.ConstantTimeCompare(h[:], other[:]) == 1
}

// text is the hash in hexadecimal digits, "" for none.
func (h *tokenHash) text() string {
	if h == nil {
		return ""
	}
	return hex.EncodeToString(h[:])
}

// credential is what a request brings to be let in.
type credential struct {
	form  string // "bearer", "header", "basic" or "none"
	token string
}

// credentialOf reads the Authorization header in the three forms that Okta's
// SCIM apps send (help.okta.com, "Configure provisioning for an app
// integration": HTTP Header, Basic Auth, OAuth 2):
//
//	Authorization: Bearer TOKEN          the scheme without case (RFC 9110 §11.1)
//	Authorization: TOKEN                 "Header Auth" sends the value as typed
//	Authorization: Basic base64(U:TOKEN) any user name: there is one token, and nobody owns it
//
// Two Authorization headers are none: which of them counts would be a guess.
func credentialOf(r *http.Request) credential {
	values := r.Header.Values("Authorization")
	if len(values) != 1 || strings.TrimSpace(values[0]) == "" {
		return credential{form: "none"}
	}
	value := strings.TrimSpace(values[0])
	if _, password, ok := r.BasicAuth(); ok {
		return credential{"basic", password}
	}
	if scheme, rest, ok := strings.Cut(value, " "); ok && strings.EqualFold(scheme, "Bearer") {
		return credential{"bearer", strings.TrimSpace(rest)}
	}
	return credential{"header", value}
}
