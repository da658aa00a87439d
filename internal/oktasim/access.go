package oktasim

import (
	"crypto/sha256"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Admin roles, as far as the simulator tells them apart.
const (
	roleSuperAdmin = "superAdmin"
	roleReadOnly   = "readOnlyAdmin"
	roleGroupAdmin = "groupAdmin" // people and groups, and not Everyone
	roleNone       = "none"
)

func roleNames() []string { return []string{roleSuperAdmin, roleReadOnly, roleGroupAdmin, roleNone} }

// Kinds of a principal.
const (
	principalToken = "token"
	principalApp   = "app"
)

// principal is who calls: the owner of an API token, or a service app.
type principal struct {
	id     string // 00T… or the client id; rate limits are counted by it
	kind   string
	role   string
	name   string
	userID string   // whose token it is; may be empty
	scopes []string // of the access token; nil for an API token, which has no scopes
}

// party is the actor of a log event.
func (p *principal) party(o *Org) logParty {
	if u := o.users[p.userID]; u != nil {
		return userTarget(u)
	}
	if p.kind == principalApp {
		return logParty{ID: p.id, Type: "PublicClientApp", AlternateID: p.id, DisplayName: p.name}
	}
	return logParty{ID: o.orgID, Type: "User", AlternateID: "admin@sandbox.invalid", DisplayName: "Sandbox Admin"}
}

type secretHash [sha256.Size]byte

func hashOf(secret string) secretHash { return sha256.Sum256([]byte(secret)) }

// accessToken is an issued OAuth token.
type accessToken struct {
	who     *principal
	expires time.Time
	// boundTo is the thumbprint of the DPoP key; empty for a bearer token.
	boundTo string
}

// access is who may call. Secrets are kept as hashes.
type access struct {
	tokens  map[secretHash]*principal
	issued  map[secretHash]*accessToken
	clients map[string]*serviceApp
	used    map[string]time.Time // ids of assertions and proofs -> when they may be forgotten
	sweepAt int                  // how many used ids there are when old ones are forgotten
	nonces  []issuedNonce        // newest last
}

func newAccess() access {
	return access{tokens: map[secretHash]*principal{}, issued: map[secretHash]*accessToken{}, clients: map[string]*serviceApp{}, used: map[string]time.Time{}}
}

func (a *access) addToken(p *principal, token string) { a.tokens[hashOf(token)] = p }

// authenticate finds out who calls.
func (a *access) authenticate(c *call) (*principal, *apiError) {
	scheme, credential, _ := strings.Cut(c.r.Header.Get("Authorization"), " ")
	switch {
	case scheme == "":
		return nil, &apiError{status: http.StatusForbidden, code: "E0000005", summary: "Invalid session"}
	case strings.EqualFold(scheme, "SSWS"):
		if p := a.tokens[hashOf(credential)]; p != nil {
			return p, nil
		}
		return nil, invalidToken()
	case strings.EqualFold(scheme, "Bearer"), strings.EqualFold(scheme, "DPoP"):
		return a.oauth(c, scheme, credential)
	}
	return nil, invalidToken()
}

func (a *access) oauth(c *call, scheme, credential string) (*principal, *apiError) {
	t := a.issued[hashOf(credential)]
	switch {
	case t == nil || !c.org.opt.Now().Before(t.expires):
		return nil, c.challenge(http.StatusUnauthorized, "Bearer", "invalid_token", "The access token is invalid or has expired.", nil)
	case t.boundTo == "" && !strings.EqualFold(scheme, "Bearer"):
		return nil, c.challenge(http.StatusUnauthorized, "DPoP", "invalid_token", "The access token is not bound to a key.", nil)
	case t.boundTo == "":
		return t.who, nil
	}
	// A bound token sent as Bearer, too, is told that the proof is missing.
	if why := a.checkUse(c, credential, t.boundTo); why != "" {
		return nil, c.challenge(http.StatusBadRequest, "DPoP", "invalid_dpop_proof", why, nil)
	}
	return t.who, nil
}

// challenge is an OAuth failure: everything stands in WWW-Authenticate and the body is
// empty. The statuses of 401 and 400 are guesses; the 403 is documented.
func (c *call) challenge(status int, scheme, code, why string, scopes []string) *apiError {
	parts := []string{`authorization_uri="` + c.base + `/oauth2/v1/authorize"`, `realm="` + c.base + `"`}
	if scopes != nil {
		parts = append(parts, `scope="`+strings.Join(scopes, " ")+`"`)
	}
	parts = append(parts, `error="`+code+`"`, `error_description="`+why+`"`, `resource="`+c.r.URL.EscapedPath()+`"`)
	return &apiError{status: status, raw: true, header: http.Header{"Www-Authenticate": {scheme + " " + strings.Join(parts, ", ")}}}
}

// permit checks scopes and role. It reports nothing if the caller may ask and gets an
// empty list: a service app with scopes and without a role.
func (rt *route) permit(who *principal, c *call) (nothing bool, fail *apiError) {
	if who.kind == principalApp {
		for _, needed := range rt.scopes {
			manage := strings.TrimSuffix(needed, ".read") + ".manage"
			if !slices.Contains(who.scopes, needed) && !slices.Contains(who.scopes, manage) {
				return false, c.challenge(http.StatusForbidden, "Bearer", "insufficient_scope", "The access token provided does not contain the required scopes.", rt.scopes)
			}
		}
	}
	switch who.role {
	case roleSuperAdmin:
		return false, nil
	case roleReadOnly:
		if c.r.Method == http.MethodGet {
			return false, nil
		}
	case roleGroupAdmin:
		area := strings.TrimPrefix(rt.bucket, "/api/v1/")
		if strings.HasPrefix(area, "users") || strings.HasPrefix(area, "groups") && !strings.Contains(c.r.URL.Path, "/groups/rules") {
			return false, nil
		}
	case roleNone:
		if rt.list && who.kind == principalApp {
			return true, nil
		}
	}
	return false, forbidden()
}
