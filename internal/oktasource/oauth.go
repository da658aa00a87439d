package oktasource

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

const (
	// assertionLife is how long a signed assertion is good; Okta allows an hour, and one
	// is made for each token request.
	assertionLife = 5 * time.Minute
	// tokenMargin is how long before its end a token is not used any more.
	tokenMargin = time.Minute
	tokenPath   = "/oauth2/v1/token" //nolint:gosec // G101: a path, no credential
)

// oauth signs in as a service app: client_credentials with private_key_jwt, and DPoP
// where Okta wants it (developer.okta.com, "Implement OAuth for Okta with a service app"
// and "Configure OAuth 2.0 Demonstrating Proof-of-Possession").
type oauth struct {
	t        *transport
	clientID string
	scopes   []string
	signer   jose.Signer
	endpoint string
	mayDPoP  bool

	// turn is held by whoever reads or renews what follows: one token request at a time.
	turn     chan struct{}
	dpop     bool // tokens are bound to key
	key      *ecdsa.PrivateKey
	nonce    string // for token requests
	apiNonce string // for API requests, if Okta ever asks for one
	token    string
	scheme   string
	expires  time.Time
}

func newOAuth(app ServiceApp, org *url.URL, t *transport) (*oauth, error) {
	var problems []error
	if app.ClientID == "" {
		problems = append(problems, errors.New("the service app has no client id"))
	}
	signer, err := newSigner(app.PrivateKeyPEM, app.KeyID)
	if err != nil {
		problems = append(problems, err)
	}
	a := &oauth{t: t, clientID: app.ClientID, scopes: app.Scopes, signer: signer, turn: make(chan struct{}, 1), mayDPoP: true}
	switch strings.ToLower(app.DPoP) {
	case "", "auto":
	case "on", "always":
		a.dpop = true
	case "off", "never":
		a.mayDPoP = false
	default:
		problems = append(problems, fmt.Errorf("dpop %q: must be auto, on or off", app.DPoP))
	}
	if len(a.scopes) == 0 {
		a.scopes = DefaultScopes()
	}
	if org != nil {
		a.endpoint = org.String() + tokenPath
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making a key for DPoP: %w", err)
	}
	return a, nil
}

// newSigner reads the key in every form that tools write: PKCS#1, PKCS#8 and SEC 1. The
// errors never quote it.
func newSigner(text []byte, keyID string) (jose.Signer, error) {
	block, _ := pem.Decode([]byte(strings.ReplaceAll(string(text), `\n`, "\n")))
	if block == nil {
		return nil, errors.New("the service app's private key is no PEM text (-----BEGIN PRIVATE KEY-----)")
	}
	var key any
	var err error
	switch block.Type {
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "ENCRYPTED PRIVATE KEY":
		return nil, errors.New("the service app's private key is encrypted; give it without a passphrase (openssl pkcs8)")
	default:
		return nil, fmt.Errorf("the service app's private key is a %q; a private key is needed", block.Type)
	}
	if err != nil {
		return nil, errors.New("the service app's private key cannot be read: it is damaged, or encrypted")
	}
	var algorithm jose.SignatureAlgorithm
	switch k := key.(type) {
	case *rsa.PrivateKey:
		algorithm = jose.RS256
	case *ecdsa.PrivateKey:
		switch k.Curve {
		case elliptic.P256():
			algorithm = jose.ES256
		case elliptic.P384():
			algorithm = jose.ES384
		case elliptic.P521():
			algorithm = jose.ES512
		}
	}
	if algorithm == "" {
		return nil, errors.New("the service app's private key must be RSA, or EC on P-256, P-384 or P-521")
	}
	opt := (&jose.SignerOptions{}).WithType("JWT")
	if keyID != "" {
		opt = opt.WithHeader("kid", keyID)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, opt)
	if err != nil {
		return nil, fmt.Errorf("the service app's private key cannot sign: %w", err)
	}
	return signer, nil
}

// authorize puts a token on req, and asks for a new one first when there is none.
func (a *oauth) authorize(ctx context.Context, req *http.Request) error {
	select {
	case a.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-a.turn }()
	if a.token == "" || !a.t.now().Before(a.expires) {
		if err := a.renew(ctx); err != nil {
			return err
		}
	}
	req.Header.Set("Authorization", a.scheme+" "+a.token)
	if a.scheme == "DPoP" {
		proof, err := a.proof(req.Method, *req.URL, a.token, a.apiNonce)
		if err != nil {
			return err
		}
		req.Header.Set("DPoP", proof)
	}
	return nil
}

// retry drops the token that was refused, unless another request has renewed it already.
func (a *oauth) retry(req *http.Request, header http.Header) bool {
	a.turn <- struct{}{}
	defer func() { <-a.turn }()
	if nonce := header.Get("DPoP-Nonce"); nonce != "" && nonce != a.apiNonce {
		a.apiNonce = nonce
		if readChallenge(header.Values("WWW-Authenticate"))["error"] == "use_dpop_nonce" {
			return true
		}
	}
	if req.Header.Get("Authorization") == a.scheme+" "+a.token {
		a.token = ""
	}
	return true
}

// renew gets a token. The caller has the turn.
func (a *oauth) renew(ctx context.Context) error {
	nonced := false
	for tries, limits := 1, 0; ; {
		got, err := a.ask(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var d time.Duration
		switch {
		case err != nil:
			if tries++; tries > maxTries {
				return err
			}
			d = backoff(tries)
		case got.status == http.StatusOK:
			return a.accept(got)
		case got.status == http.StatusTooManyRequests:
			if limits++; limits > maxLimited {
				return a.failure(got)
			}
			d = untilReset(got.header, a.t.now()) + jitter(time.Second)
		case got.status >= 500:
			if tries++; tries > maxTries {
				return a.failure(got)
			}
			d = backoff(tries)
		default:
			if !a.adapt(got, &nonced) {
				return a.failure(got)
			}
			continue
		}
		if err := a.t.wait(ctx, d); err != nil {
			return err
		}
	}
}

// adapt does what a refusal asks for: DPoP, or the nonce that came with it. It reports
// whether another request makes sense.
func (a *oauth) adapt(got answer, nonced *bool) bool {
	var answer struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(got.body, &answer) != nil {
		return false
	}
	nonce := got.header.Get("DPoP-Nonce")
	switch {
	case answer.Error == "use_dpop_nonce" && nonce != "" && a.mayDPoP && !*nonced:
		a.dpop, a.nonce, *nonced = true, nonce, true
		return true
	case answer.Error == "invalid_dpop_proof" && a.mayDPoP && !a.dpop:
		a.dpop, a.nonce = true, nonce
		return true
	}
	return false
}

func (a *oauth) ask(ctx context.Context) (answer, error) {
	assertion, err := a.assertion()
	if err != nil {
		return answer{}, err
	}
	form := url.Values{
		"grant_type":            {"client_credentials"},
		"scope":                 {strings.Join(a.scopes, " ")},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		"client_assertion":      {assertion},
	}
	// In the body, never in the query: a query lands in logs.
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return answer{}, fmt.Errorf("asking for a token: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", a.t.agent)
	if a.dpop {
		proof, err := a.proof(req.Method, *req.URL, "", a.nonce)
		if err != nil {
			return answer{}, err
		}
		req.Header.Set("DPoP", proof)
	}
	return a.t.send(req)
}

func (a *oauth) accept(got answer) error {
	var answer struct {
		TokenType   string `json:"token_type"`
		AccessToken string `json:"access_token"`
		ExpiresIn   int64  `json:"expires_in"` // seconds
	}
	if err := json.Unmarshal(got.body, &answer); err != nil || answer.AccessToken == "" {
		return &Error{Method: http.MethodPost, Path: tokenPath, Status: got.status, Summary: "answered with success and no token"}
	}
	switch {
	case strings.EqualFold(answer.TokenType, "DPoP"):
		a.scheme = "DPoP"
	case strings.EqualFold(answer.TokenType, "Bearer"):
		a.scheme = "Bearer"
	default:
		return &Error{Method: http.MethodPost, Path: tokenPath, Status: got.status, Summary: "answered with an unknown kind of token"}
	}
	a.token = answer.AccessToken
	a.expires = a.t.now().Add(time.Duration(answer.ExpiresIn)*time.Second - tokenMargin)
	a.t.log.Debug().Str("scheme", a.scheme).Int64("seconds", answer.ExpiresIn).Msg("signed in to Okta as a service app")
	return nil
}

func (a *oauth) failure(got answer) error {
	e := got.failure(&http.Request{Method: http.MethodPost, URL: &url.URL{Path: tokenPath}})
	if !a.mayDPoP && (e.Code == "invalid_dpop_proof" || e.Code == "use_dpop_nonce") {
		e.Summary += " The app requires DPoP, which the configuration switches off: set dpop to auto."
	}
	return e
}

// assertion is the app's signed word that it is the app; a fresh one for every request.
func (a *oauth) assertion() (string, error) {
	now := a.t.now()
	return sign(a.signer, map[string]any{
		"iss": a.clientID, "sub": a.clientID, "aud": a.endpoint,
		"iat": now.Unix(), "exp": now.Add(assertionLife).Unix(), "jti": newID(),
	})
}

// proof is a DPoP proof (RFC 9449 §4.2) for one request; the query is no part of htu.
func (a *oauth) proof(method string, target url.URL, token, nonce string) (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: a.key},
		(&jose.SignerOptions{EmbedJWK: true}).WithType("dpop+jwt"))
	if err != nil {
		return "", fmt.Errorf("signing a DPoP proof: %w", err)
	}
	target.RawQuery, target.Fragment = "", ""
	claims := map[string]any{"htm": method, "htu": target.String(), "iat": a.t.now().Unix(), "jti": newID()}
	if nonce != "" {
		claims["nonce"] = nonce
	}
	if token != "" {
		sum := sha256.Sum256([]byte(token))
		claims["ath"] = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	return sign(signer, claims)
}

func sign(signer jose.Signer, claims map[string]any) (string, error) {
	text, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		return "", errors.New("signing a token for Okta did not work")
	}
	return text, nil
}

func newID() string { return rand.Text() }
