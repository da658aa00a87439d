package scimserver_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"github.com/oktascim/oktascim/internal/scimserver"
)

const callback = "https://okta.example/admin/app/cpc/x/oauth/callback"

// browser opens the page of a tenant and sends its form, as a person would.
type browser struct {
	t *testing.T
	c *http.Client
}

func newBrowser(t *testing.T) browser {
	t.Helper()
	return browser{t, &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// agree answers the page at an address; it gives the query that the client is sent.
func (b browser) agree(address, password, answer string) (status int, sent url.Values, page string) {
	b.t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		b.t.Fatal(err)
	}
	form := u.Query()
	form.Set("password", password)
	form.Set("answer", answer)
	u.RawQuery = ""
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, u.String(), strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(r)
}

func (b browser) open(address string) (status int, sent url.Values, page string) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(r)
}

func (b browser) do(r *http.Request) (status int, sent url.Values, page string) {
	b.t.Helper()
	resp, err := b.c.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	if to, found := strings.CutPrefix(resp.Header.Get("Location"), callback+"?"); found {
		if sent, err = url.ParseQuery(to); err != nil {
			b.t.Fatal(err)
		}
	} else if resp.Header.Get("Location") != "" {
		b.t.Errorf("sent to %s", resp.Header.Get("Location"))
	}
	return resp.StatusCode, sent, string(text)
}

// authorizing is a server with two tenants, each with an OAuth client.
func authorizing(t *testing.T, o scimserver.TenantsOptions) (base string, tenants *scimserver.Tenants, clients map[string]*oauth2.Config) {
	t.Helper()
	o.Names = []string{"acme"}
	o.Connection.Enabled = true
	tenants, err := scimserver.OpenTenants(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tenants.Close() })
	mux := http.NewServeMux()
	mux.Handle("/oauth/", tenants.OAuthHandler(scimserver.ConsentOptions{Password: "open sesame"}))
	mux.Handle("/scim/", tenants.Handler())
	h := httptest.NewServer(mux)
	t.Cleanup(h.Close)
	clients = map[string]*oauth2.Config{}
	for _, one := range tenants.All() {
		id, secret, err := one.Connection.NewOAuthClient(callback)
		if err != nil {
			t.Fatal(err)
		}
		clients[one.Name] = &oauth2.Config{
			ClientID: id, ClientSecret: secret, RedirectURL: callback, Scopes: []string{"users", "groups"},
			Endpoint: oauth2.Endpoint{AuthURL: h.URL + one.AuthorizePath(), TokenURL: h.URL + one.TokenPath()},
		}
	}
	return h.URL, tenants, clients
}

// reads tells what a tenant answers to a client.
func reads(t *testing.T, c *http.Client, address string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"/Users", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

func TestAPersonLetsAClientIn(t *testing.T) {
	base, _, clients := authorizing(t, scimserver.TenantsOptions{})
	b := newBrowser(t)
	for name, path := range map[string]string{"": "/scim/v2", "acme": "/scim/v2/acme"} {
		client, verifier := clients[name], oauth2.GenerateVerifier()
		address := client.AuthCodeURL("st/a te", oauth2.S256ChallengeOption(verifier))
		if status, _, page := b.open(address); status != 200 || !strings.Contains(page, client.ClientID) || !strings.Contains(page, "https://okta.example") || strings.Contains(page, "open sesame") {
			t.Fatalf("%d %s", status, page)
		}
		if status, sent, page := b.agree(address, "wrong", "allow"); status != 401 || sent != nil || !strings.Contains(page, "not right") {
			t.Errorf("with a wrong password: %d %v %s", status, sent, page)
		}
		status, sent, _ := b.agree(address, "open sesame", "allow")
		if status != http.StatusSeeOther || sent.Get("state") != "st/a te" || sent.Get("code") == "" {
			t.Fatal(status, sent)
		}
		token, err := client.Exchange(t.Context(), sent.Get("code"), oauth2.VerifierOption(verifier))
		if err != nil {
			t.Fatal(err)
		}
		if token.RefreshToken == "" || token.Type() != "Bearer" || token.Extra("scope") != "users groups" {
			t.Errorf("%+v", token)
		}
		if status := reads(t, client.Client(t.Context(), token), base+path); status != 200 {
			t.Errorf("with the token: %d", status)
		}
		other := map[string]string{"": "/scim/v2/acme", "acme": "/scim/v2"}[name]
		if status := reads(t, client.Client(t.Context(), token), base+other); status != 401 {
			t.Errorf("at the other tenant: %d", status)
		}
		token.Expiry = time.Now().Add(-time.Minute) // the client asks for another one
		if status := reads(t, client.Client(t.Context(), token), base+path); status != 200 {
			t.Errorf("refreshed: %d", status)
		}
	}
	if _, sent, _ := b.agree(clients[""].AuthCodeURL("s"), "", "deny"); sent.Get("error") != "access_denied" || sent.Get("state") != "s" || sent.Has("code") {
		t.Error("a person says no:", sent)
	}
}

func TestACodeIsGoodOnceForItsClientItsAddressAndItsVerifier(t *testing.T) {
	base, tenants, clients := authorizing(t, scimserver.TenantsOptions{})
	client, b := clients[""], newBrowser(t)
	code := func(o ...oauth2.AuthCodeOption) string {
		t.Helper()
		_, sent, page := b.agree(client.AuthCodeURL("", o...), "open sesame", "allow")
		if sent.Get("code") == "" {
			t.Fatal(page)
		}
		return sent.Get("code")
	}
	refused := func(what string, err error, want string) {
		t.Helper()
		if e, ok := errors.AsType[*oauth2.RetrieveError](err); !ok || e.ErrorCode != want {
			t.Errorf("%s: %v", what, err)
		}
	}
	used := code()
	token, err := client.Exchange(t.Context(), used)
	if err != nil {
		t.Fatal(err)
	}
	if status := reads(t, client.Client(t.Context(), token), base+"/scim/v2"); status != 200 {
		t.Fatal(status)
	}
	_, err = client.Exchange(t.Context(), used)
	refused("a second time", err, "invalid_grant")
	plain := http.Client{Transport: bearer(token.AccessToken)}
	if status := reads(t, &plain, base+"/scim/v2"); status != 401 {
		t.Errorf("the token of a code that was used twice: %d", status)
	}
	_, err = client.TokenSource(t.Context(), &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
	refused("its refresh token", err, "invalid_grant")
	if n := tenants.All()[0].Connection.OAuthGrants(); n != 0 {
		t.Error("grants:", n)
	}

	verifier := oauth2.GenerateVerifier()
	_, err = client.Exchange(t.Context(), code(oauth2.S256ChallengeOption(verifier)))
	refused("without the verifier", err, "invalid_grant")
	_, err = client.Exchange(t.Context(), code(oauth2.S256ChallengeOption(verifier)), oauth2.VerifierOption(oauth2.GenerateVerifier()))
	refused("with another verifier", err, "invalid_grant")
	_, err = client.Exchange(t.Context(), code(), oauth2.VerifierOption(verifier))
	refused("with a verifier and no challenge", err, "invalid_grant")
	elsewhere := *client
	elsewhere.RedirectURL += "/"
	_, err = elsewhere.Exchange(t.Context(), code())
	refused("with another redirect URI", err, "invalid_grant")
	elsewhere.RedirectURL = ""
	_, err = elsewhere.Exchange(t.Context(), code())
	refused("without the redirect URI", err, "invalid_grant")
	_, err = client.Exchange(t.Context(), "x")
	refused("a code that nobody has", err, "invalid_grant")
	_, err = client.Exchange(t.Context(), "")
	refused("no code", err, "invalid_request")
	other := *clients["acme"]
	other.Endpoint = client.Endpoint
	_, err = other.Exchange(t.Context(), code())
	refused("the client of another tenant", err, "invalid_client")
	// The one address need not be named at all.
	_, sent, _ := b.agree(elsewhere.AuthCodeURL(""), "open sesame", "allow")
	if _, err := elsewhere.Exchange(t.Context(), sent.Get("code")); err != nil {
		t.Error("without any redirect URI:", err)
	}
	// A new client ends the codes of the old one.
	old := code()
	if _, _, err := tenants.All()[0].Connection.NewOAuthClient(callback); err != nil {
		t.Fatal(err)
	}
	_, err = client.Exchange(t.Context(), old)
	refused("after a new client", err, "invalid_client")
}

func TestARequestThatIsWrongGoesBackOnlyToARegisteredAddress(t *testing.T) {
	_, tenants, clients := authorizing(t, scimserver.TenantsOptions{})
	client, b := clients[""], newBrowser(t)
	challenge := strings.Repeat("x", 43)
	for name, x := range map[string]struct {
		edit func(url.Values)
		code string // of the error that the client is sent; "" for a page
	}{
		"another client":        {func(q url.Values) { q.Set("client_id", "x") }, ""},
		"no client":             {func(q url.Values) { q.Del("client_id") }, ""},
		"a longer address":      {func(q url.Values) { q.Set("redirect_uri", callback+"?a=b") }, ""},
		"another case":          {func(q url.Values) { q.Set("redirect_uri", strings.ToUpper(callback)) }, ""},
		"two addresses":         {func(q url.Values) { q.Add("redirect_uri", callback) }, ""},
		"no response type":      {func(q url.Values) { q.Del("response_type") }, "invalid_request"},
		"an implicit grant":     {func(q url.Values) { q.Set("response_type", "token") }, "unsupported_response_type"},
		"two states":            {func(q url.Values) { q.Add("state", "x") }, "invalid_request"},
		"a scope with a quote":  {func(q url.Values) { q.Set("scope", `a"b`) }, "invalid_scope"},
		"a method alone":        {func(q url.Values) { q.Set("code_challenge_method", "S256") }, "invalid_request"},
		"an unknown method":     {func(q url.Values) { q.Set("code_challenge", challenge); q.Set("code_challenge_method", "S512") }, "invalid_request"},
		"a challenge too short": {func(q url.Values) { q.Set("code_challenge", "x") }, "invalid_request"},
	} {
		u, err := url.Parse(client.AuthCodeURL("s"))
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		x.edit(q)
		u.RawQuery = q.Encode()
		for _, open := range []func() (int, url.Values, string){
			func() (int, url.Values, string) { return b.open(u.String()) },
			func() (int, url.Values, string) { return b.agree(u.String(), "open sesame", "allow") },
		} {
			status, sent, page := open()
			switch {
			case x.code == "" && (status != 400 || sent != nil || !strings.Contains(page, "cannot be authorized")):
				t.Errorf("%s: %d %v", name, status, sent)
			case x.code != "" && (status != http.StatusSeeOther || sent.Get("error") != x.code || sent.Has("code")):
				t.Errorf("%s: %d %v", name, status, sent)
			}
		}
	}
	// Without an address that is registered there is no way to be let in.
	c := tenants.All()[0].Connection
	id, _, err := c.NewOAuthClient()
	if err != nil {
		t.Fatal(err)
	}
	without := *client
	without.ClientID = id
	if status, sent, page := b.open(without.AuthCodeURL("s")); status != 400 || sent != nil || !strings.Contains(page, "--oauth-redirect") {
		t.Error(status, sent, page)
	}
	for _, wrong := range []string{"", "/x", "app.example/x", "https://a.example/x#y", "javascript:alert(1)", "https://u:p@a.example/", "https://a.example/ x"} {
		if _, _, err := c.NewOAuthClient(wrong); err == nil {
			t.Errorf("%q is registered", wrong)
		}
	}
	if c.OAuthClientID() != id {
		t.Error("a client that was refused took the place of the one before")
	}
}

func TestTheAddressesOfTheServerAreThoseOfEachNewClient(t *testing.T) {
	var settings memory
	c := connect(t, scimserver.ConnectionOptions{Settings: &settings, RedirectURIs: []string{callback}})
	if _, _, err := c.NewOAuthClient(); err != nil || !slices.Equal(c.OAuthRedirectURIs(), []string{callback}) {
		t.Error(err, c.OAuthRedirectURIs())
	}
	c = connect(t, scimserver.ConnectionOptions{Settings: &settings})
	if got := c.OAuthRedirectURIs(); !slices.Equal(got, []string{callback}) {
		t.Error("as saved:", got)
	}
	c = connect(t, scimserver.ConnectionOptions{Settings: &settings, RedirectURIs: []string{callback + "2"}})
	if got := c.OAuthRedirectURIs(); !slices.Equal(got, []string{callback + "2"}) {
		t.Error("as given:", got)
	}
	if _, err := scimserver.NewConnection(scimserver.ConnectionOptions{RedirectURIs: []string{"/x"}}); err == nil {
		t.Error("a path is an address")
	}
}

func TestNobodyGuessesThePasswordOfThePage(t *testing.T) {
	_, _, clients := authorizing(t, scimserver.TenantsOptions{})
	b, address := newBrowser(t), clients[""].AuthCodeURL("s")
	for range 5 {
		if status, _, _ := b.agree(address, "guess", "allow"); status != 401 {
			t.Fatal(status)
		}
	}
	if status, sent, page := b.agree(address, "open sesame", "allow"); status != 429 || sent != nil || !strings.Contains(page, "Wait") {
		t.Error(status, sent, page)
	}
}

func TestARefreshTokenOutlivesARestartAndItsAccessTokensDoNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var settings memory
		c := connect(t, scimserver.ConnectionOptions{Enabled: true, Settings: &settings})
		id, secret, err := c.NewOAuthClient(callback)
		if err != nil {
			t.Fatal(err)
		}
		code := func() string {
			t.Helper()
			q := url.Values{"response_type": {"code"}, "client_id": {id}, "scope": {"a b"}, "answer": {"allow"}}
			r := httptest.NewRequest(http.MethodPost, "/oauth/authorize", strings.NewReader(q.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			w := httptest.NewRecorder()
			c.AuthorizeEndpoint(scimserver.ConsentOptions{}).ServeHTTP(w, r)
			u, err := url.Parse(w.Header().Get("Location"))
			if err != nil || u.Query().Get("code") == "" {
				t.Fatal(w.Code, w.Body)
			}
			return u.Query().Get("code")
		}
		exchange := func(form url.Values) map[string]any {
			t.Helper()
			_, answer := grant(t, c, form, id, secret)
			return answer
		}
		late := code()
		<-time.After(5 * time.Minute)
		if answer := exchange(url.Values{"grant_type": {"authorization_code"}, "code": {late}}); answer["error"] != "invalid_grant" || !strings.Contains(answer["error_description"].(string), "expired") {
			t.Error("after five minutes:", answer)
		}
		answer := exchange(url.Values{"grant_type": {"authorization_code"}, "code": {code()}})
		access, _ := answer["access_token"].(string)
		again, _ := answer["refresh_token"].(string)
		if w := call(c, "Bearer "+access); w.Code != 204 {
			t.Fatal(w.Code, answer)
		}
		if saved := string(settings.values["connection"]); strings.Contains(saved, again) || strings.Contains(saved, access) {
			t.Error("a token is saved in clear:", saved)
		}
		<-time.After(time.Hour)
		if w := call(c, "Bearer "+access); w.Code != 401 {
			t.Error("after an hour:", w.Code)
		}
		c = connect(t, scimserver.ConnectionOptions{Enabled: true, Settings: &settings})
		if got := c.OAuthRedirectURIs(); len(got) != 1 || got[0] != callback {
			t.Error("after a restart:", got)
		}
		refresh := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {again}}
		for range 2 { // as often as wanted
			access, _ = exchange(refresh)["access_token"].(string)
			if w := call(c, "Bearer "+access); w.Code != 204 {
				t.Error("refreshed:", w.Code)
			}
		}
		if answer := exchange(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {again}, "scope": {"a"}}); answer["scope"] != "a" {
			t.Error("with less:", answer)
		}
		if answer := exchange(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {again}, "scope": {"a c"}}); answer["error"] != "invalid_scope" {
			t.Error("with more:", answer)
		}
		for range 20 { // the oldest grant goes
			exchange(url.Values{"grant_type": {"authorization_code"}, "code": {code()}})
		}
		if w := call(c, "Bearer "+access); w.Code != 401 {
			t.Error("the token of a grant that had to go:", w.Code)
		}
		if answer := exchange(refresh); answer["error"] != "invalid_grant" || c.OAuthGrants() != 20 {
			t.Error("a grant that had to go:", answer, c.OAuthGrants())
		}
		if err := c.RemoveOAuthClient(); err != nil || c.OAuthGrants() != 0 {
			t.Error(err)
		}
	})
}

// bearer sends a token as it is.
type bearer string

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(context.Background())
	r.Header.Set("Authorization", "Bearer "+string(b))
	return http.DefaultTransport.RoundTrip(r)
}
