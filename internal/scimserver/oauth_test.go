package scimserver_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/oktascim/oktascim/internal/scimserver"
)

// grant asks the token endpoint; with user and password by HTTP Basic.
func grant(t *testing.T, c *scimserver.Connection, form url.Values, user, password string) (status int, answer map[string]any) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/oauth/token", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if user != "" {
		r.SetBasicAuth(user, password)
	}
	w := httptest.NewRecorder()
	c.TokenEndpoint().ServeHTTP(w, r)
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	if w.Header().Get("Cache-Control") != "no-store" {
		t.Error("an access token may be cached")
	}
	return w.Code, answer
}

func TestAnOAuthClientGetsInForAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var settings memory
		c := connect(t, scimserver.ConnectionOptions{Enabled: true, Settings: &settings})
		id, secret, err := c.NewOAuthClient()
		if err != nil {
			t.Fatal(err)
		}
		if c.OAuthClientID() != id || strings.Contains(string(settings.values["connection"]), secret) {
			t.Errorf("saved: %s", settings.values["connection"])
		}
		grants := url.Values{"grant_type": {"client_credentials"}}
		status, answer := grant(t, c, grants, id, secret)
		access, _ := answer["access_token"].(string)
		if status != 200 || answer["token_type"] != "Bearer" || answer["expires_in"] != 3600.0 || access == "" {
			t.Fatal(status, answer)
		}
		_, answer = grant(t, c, url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}}, "", "")
		second, _ := answer["access_token"].(string)
		if second == "" || second == access {
			t.Fatal(answer)
		}
		for _, token := range []string{access, second} {
			if w := call(c, "Bearer "+token); w.Code != 204 {
				t.Errorf("with a good access token: %d %s", w.Code, w.Body)
			}
		}
		if w := call(c, access); w.Code != 401 { // only as a bearer token
			t.Errorf("as a header value: %d", w.Code)
		}
		<-time.After(time.Hour)
		if w := call(c, "Bearer "+access); w.Code != 401 || !strings.Contains(w.Body.String(), "expired") {
			t.Errorf("after an hour: %d %s", w.Code, w.Body)
		}
		// A client outlives a restart; a new one ends the old one and its tokens.
		c = connect(t, scimserver.ConnectionOptions{Settings: &settings})
		_, answer = grant(t, c, grants, id, secret)
		access, _ = answer["access_token"].(string)
		if w := call(c, "Bearer "+access); w.Code != 204 {
			t.Errorf("after a restart: %d %s", w.Code, w.Body)
		}
		if _, _, err := c.NewOAuthClient(); err != nil {
			t.Fatal(err)
		}
		if w := call(c, "Bearer "+access); w.Code != 401 {
			t.Errorf("with the token of the old client: %d", w.Code)
		}
		if status, answer := grant(t, c, grants, id, secret); status != 401 || answer["error"] != "invalid_client" {
			t.Error(status, answer)
		}
		if err := c.RemoveOAuthClient(); err != nil || c.OAuthClientID() != "" {
			t.Error(err)
		}
	})
}

func TestTokenRequestsThatAreWrongAreRefused(t *testing.T) {
	c := connect(t, scimserver.ConnectionOptions{Enabled: true, Token: "s3cret"})
	if status, answer := grant(t, c, url.Values{"grant_type": {"client_credentials"}}, "", ""); status != 401 {
		t.Error("without any client:", status, answer)
	}
	id, secret, err := c.NewOAuthClient()
	if err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]struct {
		form           url.Values
		user, password string
		status         int
		code           string
	}{
		"wrong secret":   {url.Values{"grant_type": {"client_credentials"}}, id, "x", 401, "invalid_client"},
		"wrong id":       {url.Values{"grant_type": {"client_credentials"}}, "x", secret, 401, "invalid_client"},
		"no client":      {url.Values{"grant_type": {"client_credentials"}}, "", "", 401, "invalid_client"},
		"the SCIM token": {url.Values{"grant_type": {"client_credentials"}}, id, "s3cret", 401, "invalid_client"},
		"no grant":       {url.Values{}, id, secret, 400, "invalid_request"},
		"another grant":  {url.Values{"grant_type": {"password"}}, id, secret, 400, "unsupported_grant_type"},
		"twice":          {url.Values{"grant_type": {"client_credentials", "client_credentials"}}, id, secret, 400, "invalid_request"},
		"named twice":    {url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}}, id, secret, 400, "invalid_request"},
	} {
		if status, answer := grant(t, c, x.form, x.user, x.password); status != x.status || answer["error"] != x.code || answer["access_token"] != nil {
			t.Errorf("%s: %d %v", name, status, answer)
		}
	}
	r := httptest.NewRequest(http.MethodGet, "/oauth/token", nil)
	w := httptest.NewRecorder()
	if c.TokenEndpoint().ServeHTTP(w, r); w.Code != 405 {
		t.Error("GET:", w.Code)
	}
	// A server with such a client says so.
	g := start(t, scimserver.Options{Connection: c})
	g.do("GET", "/ServiceProviderConfig", "", "Authorization", "Bearer s3cret").want(200).is(`"oauth2"`, "authenticationSchemes", 2, "type")
}

func TestATokenCanExpireAndTellsWhenItWasUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var settings memory
		c := connect(t, scimserver.ConnectionOptions{Enabled: true, Settings: &settings})
		if info := c.Token(); info != (scimserver.TokenInfo{}) {
			t.Errorf("without a token: %+v", info)
		}
		token, err := c.NewTokenFor(time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		made := time.Now()
		<-time.After(10 * time.Minute)
		if info := c.Token(); !info.Exists || !info.Created.Equal(made) || !info.Expires.Equal(made.Add(time.Hour)) || !info.LastUsed.IsZero() {
			t.Errorf("a token nobody used: %+v", info)
		}
		call(c, "wrong")
		if !c.Token().LastUsed.IsZero() {
			t.Error("a wrong token counts as a use")
		}
		if w := call(c, token); w.Code != 204 {
			t.Fatal(w.Code)
		}
		used := time.Now()
		<-time.After(time.Second)
		call(c, token) // not saved, so soon
		if got := c.Token().LastUsed; !got.Equal(time.Now()) {
			t.Errorf("last used %v", got)
		}
		c = connect(t, scimserver.ConnectionOptions{Settings: &settings})
		if info := c.Token(); !info.LastUsed.Equal(used) || !info.Expires.Equal(made.Add(time.Hour)) {
			t.Errorf("after a restart: %+v, want %v", info, used)
		}
		<-time.After(time.Hour)
		if w := call(c, token); w.Code != 401 || !strings.Contains(w.Body.String(), "expired") {
			t.Errorf("after its end: %d %s", w.Code, w.Body)
		}
		if info := c.Token(); c.HasToken() || !info.Exists || !info.Expired {
			t.Errorf("after its end: %+v", info)
		}
		if token, err = c.NewToken(); err != nil {
			t.Fatal(err)
		}
		<-time.After(10000 * time.Hour)
		if w := call(c, token); w.Code != 204 {
			t.Errorf("a token without end: %d", w.Code)
		}
	})
}
