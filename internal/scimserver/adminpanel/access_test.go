package adminpanel_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/oktascim/oktascim/internal/browsertest"
	"github.com/oktascim/oktascim/internal/scimserver"
	"github.com/oktascim/oktascim/internal/scimserver/adminpanel"
)

func TestATokenIsGoodForAsLongAsWasChosen(t *testing.T) {
	g := start(t)
	g.signIn()
	g.post("switch", "enabled", "true")
	g.get("").has(t, "There is no token yet", `<option value="0s" selected>`, "30 days")
	p := g.post("new-token", "key", g.get("").formKey(), "life", "24h0m0s")
	p.has(t, "Good until <time datetime=\"2026-11-26T08:30:00Z\">")
	token := p.token()
	g.get("").has(t, "2026-11-25 08:30:00 UTC", "2026-11-26 08:30:00 UTC", "Last used", "Never")
	g.clock.move(time.Hour)
	if status := g.scim(http.MethodGet, "/Users", "", token); status != 200 {
		t.Errorf("in time: %d", status)
	}
	g.get("").has(t, "2026-11-25 09:30:00 UTC")
	g.get("new-token").has(t, "2026-11-25 09:30:00 UTC")
	g.clock.move(23 * time.Hour)
	if status := g.scim(http.MethodGet, "/Users", "", token); status != 401 {
		t.Errorf("too late: %d", status)
	}
	g.signIn() // the session is over as well
	p = g.get("")
	p.has(t, "The token has expired.", "Expired")
	g.post("new-token", "key", p.formKey(), "life", "0s").has(t, "Good until it is replaced.")
	if g.connection.Token().Expires != (time.Time{}) {
		t.Error("it ends")
	}
}

func TestALifeThatIsNotOfferedMakesNoToken(t *testing.T) {
	g := start(t)
	g.signIn()
	for _, life := range []string{"forever", "1s", "-1h0m0s"} {
		if p := g.post("new-token", "key", g.get("").formKey(), "life", life); p.status != http.StatusBadRequest || g.connection.HasToken() {
			t.Errorf("%q: %d", life, p.status)
		}
	}
}

var secrets = regexp.MustCompile(`id="secret"[^>]* value="([^"]+)"`)

func (p page) secret() string {
	if m := secrets.FindStringSubmatch(p.body); m != nil {
		return m[1]
	}
	return ""
}

// buy asks for an access token and returns the status and it.
func (g *rig) buy(path, id, secret string) (int, string) {
	g.t.Helper()
	r, err := http.NewRequestWithContext(g.t.Context(), http.MethodPost, g.url+path, strings.NewReader(url.Values{"grant_type": {"client_credentials"}}.Encode()))
	if err != nil {
		g.t.Fatal(err)
	}
	r.SetBasicAuth(id, secret)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		g.t.Fatal(err)
	}
	defer res.Body.Close()
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		g.t.Fatal(err)
	}
	return res.StatusCode, answer.AccessToken
}

func TestAnOAuthClientIsMadeRenewedAndRemoved(t *testing.T) {
	g := start(t, withTenant)
	g.signIn()
	for _, tenant := range []struct {
		pages, scim, tokenPath string
		connection             *scimserver.Connection
	}{{"", "", "/oauth/token", g.connection}, {"t/acme/", "/acme", "/oauth/token/acme", g.acme.Connection}} {
		g.post(tenant.pages+"switch", "enabled", "true")
		g.get(tenant.pages).has(t, "An app with OAuth 2 authentication needs one instead of the token.", `href="oauth"`)
		if p := g.post(tenant.pages+"new-client", "key", "made-up"); p.status != http.StatusConflict || tenant.connection.OAuthClientID() != "" {
			t.Errorf("a made-up key: %d", p.status)
		}
		key := g.get(tenant.pages + "oauth").formKey()
		p := g.post(tenant.pages+"new-client", "key", key)
		id, first := tenant.connection.OAuthClientID(), p.secret()
		p.has(t, "Copy the secret now.", id, `value="`+g.url+tenant.tokenPath+`"`)
		if again := g.post(tenant.pages+"new-client", "key", key); again.status != http.StatusConflict || tenant.connection.OAuthClientID() != id {
			t.Errorf("loading the page again: %d", again.status)
		}
		g.get(tenant.pages+"oauth").lacks(t, first)
		g.get(tenant.pages).has(t, id)
		status, access := g.buy(tenant.tokenPath, id, first)
		if let := g.scim(http.MethodGet, tenant.scim+"/Users", "", "Bearer "+access); status != 200 || let != 200 {
			t.Errorf("the client's secret is answered %d, its access token %d", status, let)
		}

		p = g.post(tenant.pages+"new-secret", "key", g.get(tenant.pages+"oauth").formKey())
		p.has(t, "The old secret no longer works.", id)
		if status, _ := g.buy(tenant.tokenPath, id, first); status != 401 {
			t.Errorf("the old secret: %d", status)
		}
		if status := g.scim(http.MethodGet, tenant.scim+"/Users", "", "Bearer "+access); status != 401 {
			t.Errorf("an access token of the old secret: %d", status)
		}
		second := p.secret()
		if status, _ := g.buy(tenant.tokenPath, id, second); status != 200 {
			t.Errorf("the new secret: %d", status)
		}

		g.post(tenant.pages+"remove-client", "key", g.get(tenant.pages+"oauth").formKey()).has(t, "The OAuth client is gone", "Make a client")
		if status, _ := g.buy(tenant.tokenPath, id, second); status != 401 || tenant.connection.OAuthClientID() != "" {
			t.Errorf("removed: %d", status)
		}
		if p := g.post(tenant.pages+"new-secret", "key", g.get(tenant.pages+"oauth").formKey()); p.status != http.StatusConflict {
			t.Errorf("a secret for nobody: %d", p.status)
		}
		if strings.Contains(g.log.String(), first) || strings.Contains(g.log.String(), second) {
			t.Error("a secret is in the log")
		}
	}
}

func TestWithoutATokenEndpointThePanelHasNoOAuth(t *testing.T) {
	g := start(t, withTenant)
	g.panelWith(adminpanel.Options{Server: g.server, Connection: g.connection, Password: password})
	g.signIn()
	g.get("").lacks(t, "OAuth")
	for _, path := range []string{"new-client", "new-secret", "remove-client"} {
		if p := g.post(path, "key", "x"); p.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, p.status)
		}
	}
}

func TestAnOAuthClientIsMadeInABrowserByKeyboardWithoutScript(t *testing.T) {
	t.Parallel()
	g := start(t, withTenant)
	b := browsertest.Start(t, browsertest.Options{NoScript: true})
	g.signInBrowser(b)
	b.TabTo("#life")
	b.Press("3") // the first that begins so: 30 days
	b.TabTo("#new-token")
	b.PressAndFollow("\r")
	b.WaitText("#token-hint", "Good until 2026-12-25 08:30:00 UTC.")
	b.TabTo("#done")
	b.PressAndFollow("\r")
	b.TabTo("#oauth")
	b.PressAndFollow("\r")
	b.TabTo("#make-client")
	b.PressAndFollow(" ")
	secret := b.Value("#secret")
	if status, _ := g.buy("/oauth/token", b.Value("#client-id"), secret); status != 200 {
		t.Errorf("the secret is answered %d", status)
	}
	b.TabTo("#done")
	b.PressAndFollow("\r")
	b.TabTo("#make-secret")
	b.PressAndFollow("\r")
	if b.Value("#secret") == secret {
		t.Error("the new secret is the old one")
	}
	b.Follow("#done")
	b.TabTo("#remove-client")
	b.PressAndFollow("\r")
	b.WaitText("[role=status]", "The OAuth client is gone")
}

func TestAnEmptyServerIsSeededAgain(t *testing.T) {
	t.Parallel()
	g := start(t, withTenant)
	b := browsertest.Start(t, browsertest.Options{NoScript: true})
	g.signInBrowser(b)
	b.TabTo("nav a[href$=data]")
	b.PressAndFollow("\r")
	b.TabTo("#begin")
	b.PressAndFollow("\r")
	b.WaitText("[role=status]", "Those of the beginning are back.")
	if users, n := g.server.Users(0, 1); n != 1 || users[0].UserName != "ada@x.test" {
		t.Errorf("%d users: %v", n, users)
	}
	b.TabTo("#people")
	b.Press("1")
	b.TabTo("#add-sample")
	b.PressAndFollow("\r")
	b.WaitText("#consequence", "made-up people of the tenant Default")
	if _, n := g.server.Users(0, 0); n != 1 {
		t.Error("asking has added them")
	}
	b.TabTo("#sample")
	b.PressAndFollow("\r")
	b.WaitText("[role=status]", "people and 6 groups were added.")
	b.TabTo("#ask-reset")
	b.PressAndFollow("\r")
	b.TabTo("#then-empty")
	b.Press("\x1b[B") // nothing: the choice stays
	b.TabTo("#reset")
	b.PressAndFollow("\r")
	b.WaitText(".title", "0 users, 0 groups")
}

func TestSeedingAgainIsForAnEmptyDefaultTenant(t *testing.T) {
	g := start(t, withTenant)
	g.signIn()
	g.get("data").has(t, "Seed again")
	g.get("t/acme/data").lacks(t, "Seed again")
	if p := g.post("t/acme/begin"); p.status != http.StatusNotFound {
		t.Errorf("a tenant that began empty: %d", p.status)
	}
	g.post("begin").has(t, "Those of the beginning are back.", "1 user")
	g.get("data").lacks(t, "Seed again")
	if p := g.post("begin"); p.status != http.StatusConflict {
		t.Errorf("with somebody there: %d", p.status)
	}
	g.get("t/acme/reset").lacks(t, "Put those back")
	if p := g.get("sample?people=7"); p.status != http.StatusBadRequest {
		t.Errorf("a number that is not offered: %d", p.status)
	}
}

func TestWhatCannotBeSavedChangesNothing(t *testing.T) {
	g := start(t)
	connection, err := scimserver.NewConnection(scimserver.ConnectionOptions{Settings: brokenSettings{}})
	if err != nil {
		t.Fatal(err)
	}
	g.panelWith(adminpanel.Options{
		Server: g.server, Connection: connection, Password: password, TokenURL: func(*http.Request) string { return "http://x.test/oauth/token" },
		Begin: func(*scimserver.Server) error { return errors.New("no disk") },
	})
	g.signIn()
	for path, from := range map[string]string{"new-client": "oauth", "remove-client": "oauth", "new-token": "new-token", "begin": "data"} {
		p := g.post(path, "key", g.get(from).formKey())
		if p.status != http.StatusInternalServerError || strings.Contains(p.body, "no disk") {
			t.Errorf("%s: %d", path, p.status)
		}
	}
	if connection.HasToken() || connection.OAuthClientID() != "" {
		t.Error("something was made")
	}
}

// brokenSettings remembers nothing.
type brokenSettings struct{}

func (brokenSettings) LoadSetting(string) ([]byte, bool, error) { return nil, false, nil }
func (brokenSettings) SaveSetting(string, []byte) error         { return context.DeadlineExceeded }
