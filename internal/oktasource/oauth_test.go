package oktasource_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/oktascim/oktascim/internal/oktasource"
)

// tokens is a token endpoint that checks what it gets, and the resource side that goes
// with it.
type tokens struct {
	t      *testing.T
	f      *fake
	key    crypto.PublicKey
	dpop   bool   // the app requires DPoP
	nonce  string // which proofs at the endpoint must carry
	scopes string // granted; empty for all

	mu     sync.Mutex
	issued int
	valid  string
	jtis   map[string]bool
	fail   func(w http.ResponseWriter) bool
}

func serviceApp(t *testing.T, f *fake, key crypto.Signer) *tokens {
	t.Helper()
	k := &tokens{t: t, f: f, key: key.Public(), nonce: "nonce-1", jtis: map[string]bool{}}
	f.before = k.serve
	return k
}

func asApp(key []byte, change ...func(*oktasource.ServiceApp)) func(*oktasource.Options) {
	return func(o *oktasource.Options) {
		o.APIToken = ""
		o.ServiceApp = &oktasource.ServiceApp{ClientID: "0oaclient", PrivateKeyPEM: key, KeyID: "kid-1"}
		for _, c := range change {
			c(o.ServiceApp)
		}
	}
}

func (k *tokens) serve(w http.ResponseWriter, r *http.Request) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if r.URL.Path == "/oauth2/v1/token" {
		k.token(w, r)
		return true
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	switch {
	case token != k.valid || token == "":
		w.Header().Set("WWW-Authenticate", `Bearer authorization_uri="http://x/oauth2/v1/authorize", realm="http://x", scope="okta.users.read", error="invalid_token", error_description="The access token is invalid.", resource="/api/v1"`)
		w.WriteHeader(http.StatusUnauthorized)
		return true
	case k.dpop && scheme != "DPoP", !k.dpop && scheme != "Bearer":
		k.t.Errorf("scheme %q", scheme)
	case k.dpop:
		sum := sha256.Sum256([]byte(token))
		k.proof(r, map[string]any{"htm": r.Method, "htu": k.f.URL + r.URL.Path, "ath": base64.RawURLEncoding.EncodeToString(sum[:])})
	}
	if k.scopes != "" && strings.Contains(r.URL.Path, "/groups") && !strings.Contains(k.scopes, "okta.groups.read") {
		w.Header().Set("WWW-Authenticate", `Bearer authorization_uri="http://x", realm="http://x", scope="okta.groups.read", error="insufficient_scope", error_description="The access token provided does not contain the required scopes.", resource="/api/v1/groups"`)
		w.WriteHeader(http.StatusForbidden)
		return true
	}
	return false
}

func (k *tokens) token(w http.ResponseWriter, r *http.Request) {
	refuse := func(status int, code, why string) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"error":%q,"error_description":%q}`, code, why)
	}
	if k.fail != nil && k.fail(w) {
		return
	}
	if r.URL.RawQuery != "" {
		k.t.Errorf("the token request has a query, which lands in logs: %s", r.URL)
	}
	if err := r.ParseForm(); err != nil {
		k.t.Error(err)
	}
	claims := k.assertion(r.PostForm)
	if claims == nil {
		refuse(401, "invalid_client", "The client_assertion token is invalid.")
		return
	}
	if k.dpop {
		if r.Header.Get("DPoP") == "" {
			refuse(400, "invalid_dpop_proof", "The DPoP proof JWT header is missing.")
			return
		}
		if got := k.proof(r, map[string]any{"htm": "POST", "htu": k.f.URL + "/oauth2/v1/token"}); got["nonce"] != k.nonce {
			w.Header().Set("DPoP-Nonce", k.nonce)
			refuse(400, "use_dpop_nonce", "Authorization server requires nonce in DPoP proof.")
			return
		}
	}
	k.issued++
	k.valid = fmt.Sprintf("access-%d", k.issued)
	kind := "Bearer"
	if k.dpop {
		kind = "DPoP"
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"token_type":%q,"expires_in":3600,"access_token":%q,"scope":%q}`, kind, k.valid, r.PostForm.Get("scope"))
}

func (k *tokens) assertion(form url.Values) map[string]any {
	token, err := jwt.ParseSigned(form.Get("client_assertion"), []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.ES384})
	if err != nil {
		k.t.Error(err)
		return nil
	}
	claims := map[string]any{}
	if token.Claims(k.key, &claims) != nil {
		return nil
	}
	jti, _ := claims["jti"].(string)
	if jti == "" || k.jtis[jti] || claims["iss"] != "0oaclient" || claims["sub"] != "0oaclient" || claims["aud"] != k.f.URL+"/oauth2/v1/token" || token.Headers[0].KeyID != "kid-1" {
		k.t.Errorf("assertion %v, header %v", claims, token.Headers)
	}
	k.jtis[jti] = true
	return claims
}

func (k *tokens) proof(r *http.Request, want map[string]any) map[string]any {
	token, err := jwt.ParseSigned(r.Header.Get("DPoP"), []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		k.t.Errorf("%s: proof: %v", r.URL.Path, err)
		return nil
	}
	claims := map[string]any{}
	head := token.Headers[0]
	if head.JSONWebKey == nil || !head.JSONWebKey.IsPublic() || head.ExtraHeaders["typ"] != "dpop+jwt" {
		k.t.Errorf("proof header %+v", head)
		return nil
	}
	if err := token.Claims(head.JSONWebKey, &claims); err != nil {
		k.t.Error(err)
	}
	jti, _ := claims["jti"].(string)
	if jti == "" || k.jtis[jti] {
		k.t.Errorf("proof with the jti %q", jti)
	}
	k.jtis[jti] = true
	for name, value := range want {
		if claims[name] != value {
			k.t.Errorf("proof: %s is %v, want %v", name, claims[name], value)
		}
	}
	return claims
}

func newRSA(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func pkcs1(key *rsa.PrivateKey) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
}

func pkcs8(t *testing.T, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func TestAServiceAppSignsInWithEveryKindOfKey(t *testing.T) {
	rsaKey := newRSA(t)
	ecKey, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sec1, err := x509.MarshalECPrivateKey(ecKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		key  crypto.Signer
		text []byte
	}{
		"PKCS#1":                {rsaKey, pkcs1(rsaKey)},
		"PKCS#8":                {rsaKey, pkcs8(t, rsaKey)},
		"PKCS#8 with \\n in it": {rsaKey, []byte(strings.ReplaceAll(string(pkcs8(t, rsaKey)), "\n", `\n`))},
		"PKCS#8 EC":             {ecKey, pkcs8(t, ecKey)},
		"SEC 1":                 {ecKey, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: sec1})},
	} {
		f := newFake(t)
		k := serviceApp(t, f, c.key)
		if d := read(t, f.source(asApp(c.text))); len(d.Users) != 3 || k.issued != 1 {
			t.Errorf("%s: %d users, %d tokens", name, len(d.Users), k.issued)
		}
	}
}

func TestAnAppThatRequiresDPoPGetsProofs(t *testing.T) {
	key := newRSA(t)
	for dpop, requests := range map[string]int{"auto": 3, "on": 2, "always": 2} {
		f := newFake(t)
		k := serviceApp(t, f, key)
		k.dpop = true
		s := f.source(asApp(pkcs1(key), func(a *oktasource.ServiceApp) { a.DPoP = dpop }))
		if d := read(t, s); len(d.Users) != 3 || d.Evidence.Requests != 7+requests {
			t.Errorf("%s: %d users, %d requests", dpop, len(d.Users), d.Evidence.Requests)
		}
	}
	f := newFake(t)
	serviceApp(t, f, key).dpop = true
	_, err := f.source(asApp(pkcs1(key), func(a *oktasource.ServiceApp) { a.DPoP = "off" })).Read(t.Context())
	if err == nil || !strings.Contains(err.Error(), "set dpop to auto") {
		t.Errorf("%v", err)
	}
}

func TestARefusedTokenIsRenewedOnceAndOnlyOnce(t *testing.T) {
	key := newRSA(t)
	f := newFake(t)
	k := serviceApp(t, f, key)
	s := f.source(asApp(pkcs1(key)))
	read(t, s)
	k.mu.Lock()
	k.valid = "revoked"
	k.mu.Unlock()
	read(t, s)
	if k.issued != 2 {
		t.Errorf("%d tokens, want 2", k.issued)
	}
	// One that is refused although it is new is not asked for again and again.
	f = newFake(t)
	k = serviceApp(t, f, key)
	serve := f.before
	f.before = func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasPrefix(r.URL.Path, "/api/") {
			w.WriteHeader(http.StatusUnauthorized)
			return true
		}
		return serve(w, r)
	}
	if _, err := f.source(asApp(pkcs1(key))).Read(t.Context()); err == nil || k.issued != 2 {
		t.Errorf("%v after %d tokens", err, k.issued)
	}
}

func TestATokenIsRenewedBeforeItExpires(t *testing.T) {
	key, c := newRSA(t), newClock()
	f := newFake(t)
	k := serviceApp(t, f, key)
	s := f.source(asApp(pkcs1(key)), c.options)
	read(t, s)
	c.mu.Lock()
	c.now = c.now.Add(59*time.Minute + time.Second)
	c.mu.Unlock()
	read(t, s)
	if k.issued != 2 {
		t.Errorf("%d tokens, want 2", k.issued)
	}
}

func TestManyFirstRequestsShareOneToken(t *testing.T) {
	key := newRSA(t)
	f := newFake(t)
	k := serviceApp(t, f, key)
	s := f.source(asApp(pkcs1(key)))
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			if _, err := s.Read(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if k.issued != 1 {
		t.Errorf("%d tokens, want 1", k.issued)
	}
}

func TestATokenRequestIsRetriedWhenOktaIsBusy(t *testing.T) {
	key := newRSA(t)
	for _, status := range []int{429, 500, 503} {
		f := newFake(t)
		k := serviceApp(t, f, key)
		n := 0
		k.fail = func(w http.ResponseWriter) bool {
			if n++; n <= 2 {
				w.WriteHeader(status)
			}
			return n <= 2
		}
		read(t, f.source(asApp(pkcs1(key))))
	}
}

func TestAnOAuthRefusalKeepsItsStatusAndSaysWhichScopeIsMissing(t *testing.T) {
	key := newRSA(t)
	f := newFake(t)
	serviceApp(t, f, key).scopes = "okta.users.read okta.apps.read"
	d, err := f.source(asApp(pkcs1(key))).Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprint(d.Evidence.Gaps); !strings.Contains(text, "403 insufficient_scope") || !strings.Contains(text, "okta.groups.read") {
		t.Error(text)
	}
}

func TestAKeyThatIsNoneIsRefusedWithoutQuotingIt(t *testing.T) {
	key := newRSA(t)
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"c2VjcmV0": "no PEM",
		string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})):                      "a private key is needed",
		string(pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte("secret")})): "encrypted",
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("secret")})):           "cannot be read",
	} {
		_, err := oktasource.New(oktasource.Options{OrgURL: "https://acme.okta.com", App: "x", ServiceApp: &oktasource.ServiceApp{ClientID: "x", PrivateKeyPEM: []byte(text)}})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "c2VjcmV0") {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
