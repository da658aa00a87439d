package oktasim_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/oktascim/oktascim/internal/oktasim"
)

// service is a client with a key of its own.
type service struct {
	s   *sim
	id  string
	key *ecdsa.PrivateKey
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func pemOf(t *testing.T, key crypto.PublicKey) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

func (s *sim) service(app oktasim.ServiceApp) *service {
	s.t.Helper()
	key := newKey(s.t)
	app.PublicKey, app.KeyID = pemOf(s.t, key.Public()), "k1"
	id, err := s.AddServiceApp(app)
	if err != nil {
		s.t.Fatal(err)
	}
	return &service{s, id, key}
}

// claims is a good assertion, in which a test breaks one thing.
func (c *service) claims(change map[string]any) map[string]any {
	m := map[string]any{"iss": c.id, "sub": c.id, "aud": c.s.url + "/oauth2/v1/token", "exp": c.s.clock.now().Add(5 * time.Minute).Unix(), "jti": rand.Text()}
	maps.Copy(m, change)
	return m
}

func sign(t *testing.T, key *ecdsa.PrivateKey, options *jose.SignerOptions, claims any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, options)
	if err != nil {
		t.Fatal(err)
	}
	text, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (c *service) token(scope string, claims map[string]any, proof string) answer {
	t := c.s.t
	t.Helper()
	assertion := sign(t, c.key, (&jose.SignerOptions{}).WithHeader("kid", "k1"), claims)
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {scope}, "client_assertion": {assertion},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}}
	return c.post(form, proof)
}

func (c *service) post(form url.Values, proof string) answer {
	c.s.t.Helper()
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	if proof != "" {
		header.Set("DPoP", proof)
	}
	return c.s.send(http.MethodPost, "/oauth2/v1/token", form.Encode(), header)
}

func (s *sim) send(method, path, body string, header http.Header) answer {
	s.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, s.url+path, bytes.NewBufferString(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header = header
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	var buf bytes.Buffer
	if _, err := buf.ReadFrom(res.Body); err != nil {
		s.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, buf.Bytes()}
}

func readScopes() []string {
	return []string{"okta.users.read", "okta.groups.read", "okta.apps.read", "okta.logs.read"}
}

func TestAServiceAppReadsWithItsToken(t *testing.T) {
	s := start(t, oktasim.Options{})
	c := s.service(oktasim.ServiceApp{Scopes: readScopes()})
	a := c.token("okta.users.read okta.groups.read", c.claims(nil), "").object(t)
	if text(a, "token_type") != "Bearer" || a["expires_in"] != 3600.0 {
		t.Fatalf("token answer %v", a)
	}
	bearer := "Bearer " + text(a, "access_token")
	if got := s.as(bearer, "GET", "/api/v1/users", ""); got.status != 200 || len(got.list(t)) != 7 {
		t.Errorf("users: %d %s", got.status, got.body)
	}
	got := s.as(bearer, "GET", s.app(), "")
	if got.status != 403 || len(got.body) != 0 || !strings.Contains(got.header.Get("WWW-Authenticate"), `scope="okta.apps.read", error="insufficient_scope"`) {
		t.Errorf("without the scope: %d %q %q", got.status, got.header, got.body)
	}
	if got := s.as(bearer, "POST", "/api/v1/users", newcomer); got.status != 403 {
		t.Errorf("writing with a read scope: %d", got.status)
	}
	s.clock.forward(time.Hour)
	if got := s.as(bearer, "GET", "/api/v1/users", ""); got.status != 401 || !strings.Contains(got.header.Get("WWW-Authenticate"), "invalid_token") {
		t.Errorf("an hour later: %d", got.status)
	}
}

func TestAssertionsThatDoNotHoldAreRefused(t *testing.T) {
	s := start(t, oktasim.Options{})
	c := s.service(oktasim.ServiceApp{Scopes: readScopes()})
	now := s.clock.now()
	for name, change := range map[string]map[string]any{
		"another audience":   {"aud": "https://elsewhere.test/oauth2/v1/token"},
		"expired":            {"exp": now.Add(-time.Second).Unix()},
		"too far ahead":      {"exp": now.Add(61 * time.Minute).Unix()},
		"without exp":        {"exp": nil},
		"another issuer":     {"iss": "somebody"},
		"an unknown subject": {"iss": "0oanobody", "sub": "0oanobody"},
	} {
		if a := c.token("okta.users.read", c.claims(change), ""); a.status != 401 || text(a.object(t), "error") != "invalid_client" {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	once := c.claims(nil)
	if a := c.token("okta.users.read", once, ""); a.status != 200 {
		t.Errorf("first use: %d %s", a.status, a.body)
	}
	if a := c.token("okta.users.read", once, ""); a.status != 401 {
		t.Errorf("second use of one jti: %d", a.status)
	}
	if a := c.token("okta.users.manage", c.claims(nil), ""); a.status != 400 || text(a.object(t), "error") != "invalid_scope" {
		t.Errorf("a scope that was not granted: %d %s", a.status, a.body)
	}
	c.key = newKey(t)
	if a := c.token("okta.users.read", c.claims(nil), ""); a.status != 401 {
		t.Errorf("another key: %d", a.status)
	}
	for _, form := range []url.Values{{}, {"grant_type": {"password"}}, {"grant_type": {"client_credentials"}}} {
		if a := c.post(form, ""); a.status < 400 || a.status > 401 {
			t.Errorf("form %v: %d", form, a.status)
		}
	}
}

func TestAServiceAppWithoutARoleSeesEmptyLists(t *testing.T) {
	s := start(t, oktasim.Options{})
	c := s.service(oktasim.ServiceApp{Scopes: append(readScopes(), "okta.users.manage"), Role: "none"})
	bearer := "Bearer " + text(c.token(strings.Join(readScopes(), " "), c.claims(nil), "").object(t), "access_token")
	for _, path := range []string{"/api/v1/users", s.app() + "/users", "/api/v1/groups/" + s.GroupID("Sales") + "/users", s.app() + "/group-push/mappings"} {
		if a := s.as(bearer, "GET", path, ""); a.status != 200 || string(a.body) != "[]" {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
	if a := s.as(bearer, "GET", s.app(), ""); a.status != 403 || text(a.object(t), "errorCode") != "E0000006" {
		t.Errorf("a single object: %d %s", a.status, a.body)
	}
	m := s.service(oktasim.ServiceApp{Scopes: []string{"okta.users.manage"}}) // read-only admin
	manage := "Bearer " + text(m.token("okta.users.manage", m.claims(nil), "").object(t), "access_token")
	if a := s.as(manage, "POST", "/api/v1/users", newcomer); a.status != 403 || text(a.object(t), "errorCode") != "E0000006" {
		t.Errorf("writing without the role: %d %s", a.status, a.body)
	}
	if a := s.as(manage, "GET", "/api/v1/users", ""); a.status != 200 {
		t.Errorf("manage does not include read: %d", a.status)
	}
}

// proof makes a DPoP proof in which a test breaks one thing.
func (c *service) proof(key *ecdsa.PrivateKey, method, path string, change map[string]any) string {
	m := map[string]any{"htm": method, "htu": c.s.url + path, "iat": c.s.clock.now().Unix(), "jti": rand.Text()}
	maps.Copy(m, change)
	options := (&jose.SignerOptions{}).WithType("dpop+jwt").WithHeader("jwk", jose.JSONWebKey{Key: key.Public()})
	return sign(c.s.t, key, options, m)
}

func TestATokenIsBoundToAKeyAfterTheNonceWasFetched(t *testing.T) {
	s := start(t, oktasim.Options{})
	c := s.service(oktasim.ServiceApp{Scopes: readScopes(), DPoP: true})
	key := newKey(t)
	const tokenPath, scope = "/oauth2/v1/token", "okta.users.read"
	if a := c.token(scope, c.claims(nil), "").object(t); text(a, "error") != "invalid_dpop_proof" {
		t.Errorf("without a proof: %v", a)
	}
	a := c.token(scope, c.claims(nil), c.proof(key, "POST", tokenPath, nil))
	nonce := a.header.Get("Dpop-Nonce")
	if a.status != 400 || text(a.object(t), "error") != "use_dpop_nonce" || nonce == "" {
		t.Fatalf("without a nonce: %d %s", a.status, a.body)
	}
	a = c.token(scope, c.claims(nil), c.proof(key, "POST", tokenPath, map[string]any{"nonce": nonce}))
	token := text(a.object(t), "access_token")
	if text(a.object(t), "token_type") != "DPoP" {
		t.Fatalf("with the nonce: %d %s", a.status, a.body)
	}
	sum := sha256.Sum256([]byte(token))
	ath := base64.RawURLEncoding.EncodeToString(sum[:])
	get := func(scheme, query, proof string) int {
		header := http.Header{"Authorization": {scheme + " " + token}}
		if proof != "" {
			header.Set("DPoP", proof)
		}
		return s.send("GET", "/api/v1/users"+query, "", header).status
	}
	good := func(change map[string]any) string {
		m := map[string]any{"ath": ath}
		maps.Copy(m, change)
		return c.proof(key, "GET", "/api/v1/users", m)
	}
	if n := get("DPoP", "?limit=1", good(nil)); n != 200 {
		t.Errorf("a good proof: %d", n)
	}
	twice := good(nil)
	get("DPoP", "", twice)
	for name, proof := range map[string]string{
		"none": "", "no JWT": "x", "used twice": twice, "another method": good(map[string]any{"htm": "POST"}),
		"another path": good(map[string]any{"htu": s.url + "/api/v1/groups"}), "with the query": good(map[string]any{"htu": s.url + "/api/v1/users?limit=1"}),
		"too old": good(map[string]any{"iat": s.clock.now().Add(-time.Hour).Unix()}), "another token": good(map[string]any{"ath": "x"}),
		"another key": c.proof(newKey(t), "GET", "/api/v1/users", map[string]any{"ath": ath}),
	} {
		if n := get("DPoP", "", proof); n != 400 {
			t.Errorf("proof %s: %d, want 400", name, n)
		}
	}
	if n := get("Bearer", "", ""); n != 400 {
		t.Errorf("as a bearer token: %d", n)
	}
}

func TestTheSandboxControlsAreForTheOrgsTokenOnly(t *testing.T) {
	s := startSeed(t, "users: [{login: a@x.test, firstName: A, lastName: A}]\ntokens: [{token: reader, role: readOnlyAdmin, user: a@x.test}]")
	if a := s.as("SSWS reader", "DELETE", "/sandbox/faults", ""); a.status != 403 {
		t.Errorf("status %d", a.status)
	}
	same(t, "me", []string{text(s.as("SSWS reader", "GET", "/api/v1/users/me", "").object(t), "profile.login")}, "a@x.test")
	if a := s.as("SSWS reader", "DELETE", "/api/v1/users/me", ""); a.status != 403 {
		t.Errorf("a read-only admin deletes: %d", a.status)
	}
}

func TestAServiceAppIsAddedOverHTTPAndBadKeysAreNamed(t *testing.T) {
	s := start(t, oktasim.Options{})
	a := s.want(400, "POST", "/sandbox/serviceApps", `{"publicKey":"x","scopes":[]}`)
	if !strings.Contains(string(a.body), "BEGIN PUBLIC KEY") {
		t.Errorf("%s", a.body)
	}
	key := strings.ReplaceAll(pemOf(t, newKey(t).Public()), "\n", `\n`)
	s.want(400, "POST", "/sandbox/serviceApps", `{"publicKey":"`+key+`","scopes":[],"role":"boss"}`)
	id := text(s.want(200, "POST", "/sandbox/serviceApps", `{"publicKey":"`+key+`","scopes":["okta.users.read"]}`).object(t), "clientId")
	if !strings.HasPrefix(id, "0oa") {
		t.Errorf("client id %q", id)
	}
}
