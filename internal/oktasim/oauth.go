package oktasim

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

const (
	// tokenLife is fixed for the Management API.
	tokenLife = time.Hour
	// longestAssertion is how far ahead exp may lie.
	longestAssertion = time.Hour
	assertionType    = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
)

type serviceApp struct {
	ServiceApp
	key any
}

// AddServiceApp adds a service app and returns its client id. The error says what is
// wrong with the key or the role.
func (o *Org) AddServiceApp(s ServiceApp) (string, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.addServiceApp(s)
}

func (o *Org) addServiceApp(s ServiceApp) (string, error) {
	key, err := publicKey(s.PublicKey)
	if err != nil {
		return "", fmt.Errorf("the public key of service app %q: %w", s.ClientID, err)
	}
	if s.ClientID == "" {
		s.ClientID = o.ids.id(prefixApp)
	}
	s.Role = cmp.Or(s.Role, roleReadOnly)
	if !slices.Contains(roleNames(), s.Role) {
		return "", fmt.Errorf("the role %q of service app %q: %s", s.Role, s.ClientID, oneOf(s.Role, roleNames()))
	}
	o.access.clients[s.ClientID] = &serviceApp{s, key}
	return s.ClientID, nil
}

func assertionAlgorithms() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.ES256, jose.ES384, jose.ES512}
}

// oauthError is the body of a refusal of the token endpoint. The texts are examples;
// only error is fixed by RFC 6749.
func oauthError(status int, code, why string) (reply, *apiError) {
	return reply{status: status, body: map[string]string{"error": code, "error_description": why}}, nil
}

// issueToken is POST /oauth2/v1/token: client credentials with private_key_jwt. Some
// clients put the parameters into the query; both are read.
func issueToken(c *call) (reply, *apiError) {
	form, err := url.ParseQuery(string(c.body))
	if err != nil {
		return oauthError(http.StatusBadRequest, "invalid_request", "The request body is not a form.")
	}
	maps.Copy(form, c.query())
	if form.Get("grant_type") != "client_credentials" {
		return oauthError(http.StatusBadRequest, "unsupported_grant_type", "The authorization grant type is not supported by the authorization server. Configured grant types: [client_credentials].")
	}
	a := &c.org.access
	client, why := a.client(c, form)
	if client == nil {
		return oauthError(http.StatusUnauthorized, "invalid_client", why)
	}
	scopes := strings.Fields(form.Get("scope"))
	if len(scopes) == 0 {
		return oauthError(http.StatusBadRequest, "invalid_scope", "The authorization server resource does not have any configured default scopes, 'scope' must be provided.")
	}
	for _, s := range scopes {
		if !slices.Contains(client.Scopes, s) {
			return oauthError(http.StatusBadRequest, "invalid_scope", "One or more scopes are not configured for the authorization server resource.")
		}
	}
	boundTo := ""
	if proof := c.r.Header.Get("DPoP"); proof != "" {
		thumb, nonce, why := a.checkProof(c, proof, "")
		switch {
		case why != "":
			return oauthError(http.StatusBadRequest, "invalid_dpop_proof", why)
		case !a.knowsNonce(nonce, c.org.opt.Now()):
			out, _ := oauthError(http.StatusBadRequest, "use_dpop_nonce", "Authorization server requires nonce in DPoP proof.")
			out.header = http.Header{"Dpop-Nonce": {a.nonce(c.org.opt.Now())}}
			return out, nil
		}
		boundTo = thumb
	} else if client.DPoP {
		return oauthError(http.StatusBadRequest, "invalid_dpop_proof", "The DPoP proof JWT header is missing.")
	}
	token := newSecret("", 64)
	a.issued[hashOf(token)] = &accessToken{
		who:     &principal{id: client.ClientID, kind: principalApp, role: client.Role, name: client.ClientID, scopes: scopes},
		expires: c.org.opt.Now().Add(tokenLife), boundTo: boundTo,
	}
	kind := "Bearer"
	if boundTo != "" {
		kind = "DPoP"
	}
	return ok(map[string]any{"token_type": kind, "expires_in": int(tokenLife / time.Second), "access_token": token, "scope": strings.Join(scopes, " ")})
}

// client finds and checks who asks for a token; nil and why if it is refused.
func (a *access) client(c *call, form url.Values) (*serviceApp, string) {
	if form.Get("client_assertion_type") != assertionType {
		return nil, "The client_assertion_type is invalid."
	}
	parsed, err := jwt.ParseSigned(form.Get("client_assertion"), assertionAlgorithms())
	if err != nil {
		return nil, "The client_assertion is invalid."
	}
	var unproven jwt.Claims
	if err := parsed.UnsafeClaimsWithoutVerification(&unproven); err != nil {
		return nil, "The client_assertion is invalid."
	}
	app := a.clients[unproven.Subject]
	if app == nil {
		return nil, "Invalid value for 'client_id' parameter."
	}
	if kid := parsed.Headers[0].KeyID; kid != app.KeyID && app.KeyID != "" {
		return nil, "The client_assertion was signed with a key that the client does not have (kid)."
	}
	var claims jwt.Claims
	if err := parsed.Claims(app.key, &claims); err != nil {
		return nil, "The client_assertion signature is invalid."
	}
	now := c.org.opt.Now()
	switch {
	case claims.Issuer != claims.Subject:
		return nil, "The issuer and subject of the client_assertion must both be the client id."
	case !slices.Contains(claims.Audience, c.base+"/oauth2/v1/token"):
		return nil, "The audience claim for client_assertion must be the endpoint invoked for the request."
	case claims.Expiry == nil || !now.Before(claims.Expiry.Time()):
		return nil, "The client_assertion token is expired."
	case claims.Expiry.Time().Sub(now) > longestAssertion:
		return nil, "The client_assertion token has an expiration too far into the future."
	}
	if claims.ID != "" && !a.once("assertion "+app.ClientID+" "+claims.ID, claims.Expiry.Time(), now) {
		return nil, "The client_assertion token has already been used (jti)."
	}
	return app, ""
}

// once reports whether this is the first use of id before it may be forgotten.
func (a *access) once(id string, until, now time.Time) bool {
	if len(a.used) >= a.sweepAt {
		maps.DeleteFunc(a.used, func(_ string, end time.Time) bool { return now.After(end) })
		a.sweepAt = 1000 + 2*len(a.used)
	}
	if _, seen := a.used[id]; seen {
		return false
	}
	a.used[id] = until
	return true
}
