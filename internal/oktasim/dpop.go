package oktasim

import (
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

const (
	// nonceTurn is how often the nonce changes, nonceLife how long an old one is taken.
	nonceTurn = 24 * time.Hour
	nonceLife = 3 * 24 * time.Hour
	// proofAge is how far iat may lie from now, either way. Okta's own bound is not
	// documented.
	proofAge = 5 * time.Minute
)

type issuedNonce struct {
	value string
	from  time.Time
}

// nonce returns the nonce of the day.
func (a *access) nonce(now time.Time) string {
	if n := len(a.nonces); n > 0 && now.Sub(a.nonces[n-1].from) < nonceTurn {
		return a.nonces[n-1].value
	}
	a.nonces = append(a.nonces, issuedNonce{newSecret("", 32), now})
	return a.nonces[len(a.nonces)-1].value
}

func (a *access) knowsNonce(value string, now time.Time) bool {
	for _, n := range a.nonces {
		if value == n.value && now.Sub(n.from) < nonceLife {
			return true
		}
	}
	return false
}

type proofClaims struct {
	Method   string           `json:"htm"`
	URL      string           `json:"htu"`
	IssuedAt *jwt.NumericDate `json:"iat"`
	ID       string           `json:"jti"`
	Nonce    string           `json:"nonce"`
	Hash     string           `json:"ath"`
}

// checkUse checks the proof that comes with a bound token; why is empty if it is good.
func (a *access) checkUse(c *call, token, boundTo string) (why string) {
	proof := c.r.Header.Get("DPoP")
	if proof == "" {
		return "The DPoP proof JWT header is missing."
	}
	sum := sha256.Sum256([]byte(token))
	thumb, _, why := a.checkProof(c, proof, base64.RawURLEncoding.EncodeToString(sum[:]))
	if why == "" && thumb != boundTo {
		return "The DPoP proof JWT is signed with another key than the access token is bound to."
	}
	return why
}

// checkProof checks a proof (RFC 9449 §4.3) and returns the thumbprint of its key and
// its nonce. hash is what ath has to be; empty at the token endpoint.
func (a *access) checkProof(c *call, proof, hash string) (thumb, nonce, why string) {
	parsed, err := jwt.ParseSigned(proof, assertionAlgorithms())
	if err != nil {
		return "", "", "The DPoP proof JWT is invalid."
	}
	h := parsed.Headers[0]
	if kind, _ := h.ExtraHeaders[jose.HeaderType].(string); kind != "dpop+jwt" {
		return "", "", "The typ of the DPoP proof JWT must be dpop+jwt."
	}
	if h.JSONWebKey == nil || !h.JSONWebKey.IsPublic() {
		return "", "", "The DPoP proof JWT must carry a public key (jwk)."
	}
	var p proofClaims
	if err := parsed.Claims(h.JSONWebKey.Key, &p); err != nil {
		return "", "", "The DPoP proof JWT signature is invalid."
	}
	now := c.org.opt.Now()
	switch {
	case p.Method != c.r.Method:
		return "", "", "The htm of the DPoP proof JWT does not match the request."
	case p.URL != c.base+c.r.URL.EscapedPath() || strings.Contains(p.URL, "?"):
		return "", "", "The htu of the DPoP proof JWT does not match the request."
	case p.IssuedAt == nil || p.IssuedAt.Time().Sub(now).Abs() > proofAge:
		return "", "", "The iat of the DPoP proof JWT is too far from the current time."
	case p.ID == "" || !a.once("proof "+p.ID, now.Add(2*proofAge), now):
		return "", "", "The jti of the DPoP proof JWT is missing or has already been used."
	case p.Hash != hash && hash != "":
		return "", "", "The ath of the DPoP proof JWT does not match the access token."
	}
	sum, err := h.JSONWebKey.Thumbprint(crypto.SHA256)
	if err != nil {
		return "", "", "The key of the DPoP proof JWT cannot be used."
	}
	return base64.RawURLEncoding.EncodeToString(sum), p.Nonce, ""
}
