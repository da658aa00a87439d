package adminpanel_test

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/oktascim/oktascim/internal/scimserver"
	"github.com/oktascim/oktascim/internal/scimserver/adminpanel"
)

func TestNobodySeesOrChangesAnythingWithoutSigningIn(t *testing.T) {
	g := start(t)
	for _, path := range []string{"", "users", "users/1", "groups", "groups/1", "requests", "new-token", "live", "trouble", "oauth", "sample", "data", "reset", "tenants", "t/acme/users", "no-such-page", "deep/er/page"} {
		if p := g.get(path); !strings.HasPrefix(p.path, "/admin/sign-in") || !strings.Contains(p.body, "<h1>Sign in</h1>") {
			t.Errorf("GET %q leads to %s", path, p.path)
		}
	}
	for _, path := range []string{"switch", "new-token", "new-client", "new-secret", "remove-client", "trouble", "clear-trouble", "sample", "begin", "reset", "t/acme/switch"} {
		if p := g.post(path, "enabled", "true", "key", "x", "people", "10"); p.status != http.StatusUnauthorized {
			t.Errorf("POST %s: %d", path, p.status)
		}
	}
	if _, n := g.server.Users(0, 0); n > 0 || g.connection.Enabled() || g.connection.HasToken() {
		t.Error("something was changed")
	}
}

func TestSigningInComesBackToThePageThatWasAskedFor(t *testing.T) {
	g := start(t)
	if p := g.get("users?page=2"); p.path != "/admin/sign-in?next=users" {
		t.Errorf("asked for users, got %s", p.path)
	}
	if p := g.post("sign-in", "password", password, "next", "users"); p.path != "/admin/users" {
		t.Errorf("after signing in: %s", p.path)
	}
	g.client = newClient(t)
	if p := g.post("sign-in", "password", password, "next", "//evil.test"); p.path != "/admin/" {
		t.Errorf("a strange next leads to %s", p.path)
	}
}

func TestWrongPasswordsRunOut(t *testing.T) {
	g := start(t)
	for i := range 5 {
		if p := g.post("sign-in", "password", "guess"); p.status != http.StatusUnauthorized || !strings.Contains(p.body, "not right") {
			t.Fatalf("guess %d: %d", i, p.status)
		}
	}
	p := g.post("sign-in", "password", password)
	if p.status != http.StatusTooManyRequests || p.header.Get("Retry-After") != "30" {
		t.Errorf("after five guesses even the right one has to wait: %d, Retry-After %q", p.status, p.header.Get("Retry-After"))
	}
	g.clock.move(30 * time.Second)
	g.signIn()
	g.client = newClient(t)
	if p := g.post("sign-in", "password", "guess"); p.status != http.StatusUnauthorized {
		t.Errorf("the right password gives the attempts back: %d", p.status)
	}
}

func TestASessionIsACookieThatScriptsAndOtherSitesDoNotGet(t *testing.T) {
	g := start(t)
	r := httptest.NewRequest(http.MethodPost, "/admin/sign-in", strings.NewReader("password="+url.QueryEscape(password)))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, secure := range []bool{false, true} {
		if secure {
			r = httptest.NewRequest(http.MethodPost, "https://panel.test/admin/sign-in", strings.NewReader("password="+url.QueryEscape(password)))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		w := httptest.NewRecorder()
		g.panel.Handler().ServeHTTP(w, r)
		cookies := w.Result().Cookies()
		if len(cookies) != 1 {
			t.Fatalf("%d cookies, status %d", len(cookies), w.Code)
		}
		if c := cookies[0]; !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Secure != secure || len(c.Value) != 64 {
			t.Errorf("cookie %s", c.Raw)
		}
	}
}

func TestSigningOutAndTimeEndASession(t *testing.T) {
	g := start(t)
	g.signIn()
	old := *g.client
	if p := g.post("sign-out"); p.path != "/admin/sign-in" {
		t.Errorf("signing out leads to %s", p.path)
	}
	g.client = &old
	if p := g.get("users"); p.path == "/admin/users" {
		t.Error("still signed in")
	}
	g.signIn()
	g.clock.move(12*time.Hour - time.Second)
	if p := g.get("users"); p.path != "/admin/users" {
		t.Error("the session ended early")
	}
	g.clock.move(time.Second)
	if p := g.get("users"); p.path == "/admin/users" {
		t.Error("the session did not end")
	}
}

func TestAFormOfAnotherSiteIsRefused(t *testing.T) {
	g := start(t)
	g.signIn()
	for name, headers := range map[string]map[string]string{
		"new browser": {"Sec-Fetch-Site": "cross-site"},
		"old browser": {"Origin": "https://evil.test"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, g.url+"/admin/switch", strings.NewReader("enabled=true"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for k, v := range headers {
			r.Header.Set(k, v)
		}
		if p := g.send(r); p.status != http.StatusForbidden {
			t.Errorf("%s: %d", name, p.status)
		}
	}
	if g.connection.Enabled() {
		t.Error("the switch moved")
	}
}

func TestEveryAnswerHasItsSecurityHeaders(t *testing.T) {
	g := start(t)
	paths := []string{"sign-in", "panel.css", "panel.js", "icon.svg"}
	check := func() {
		for _, path := range paths {
			p := g.get(path)
			csp := p.header.Get("Content-Security-Policy")
			for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"} {
				if !strings.Contains(csp, want) {
					t.Errorf("%s: no %s in the policy %q", path, want, csp)
				}
			}
			if strings.Contains(csp, "unsafe") || p.header.Get("X-Content-Type-Options") != "nosniff" || p.status != http.StatusOK {
				t.Errorf("%s: %d %v", path, p.status, p.header)
			}
			if regexp.MustCompile(`<script>|<style|\son[a-z]+=|\sstyle=`).MatchString(p.body) && !strings.HasPrefix(path, "panel.") {
				t.Errorf("%s has script or style in it", path)
			}
		}
	}
	check()
	g.signIn()
	paths = []string{"", "users", "groups", "requests", "new-token", "data", "reset", "tenants"}
	check()
}

func TestTheSwitchLetsSCIMCallsInAndKeepsThemOut(t *testing.T) {
	g := start(t)
	token, err := g.connection.NewToken()
	if err != nil {
		t.Fatal(err)
	}
	g.signIn()
	if p := g.get(""); !strings.Contains(p.body, `aria-checked="false"`) || !strings.Contains(p.body, "Every SCIM call is refused") {
		t.Error("the page does not say that the connection is off")
	}
	if status := g.scim(http.MethodGet, "/Users", "", token); status != 403 {
		t.Errorf("off: %d", status)
	}
	p := g.post("switch", "enabled", "true")
	if p.path != "/admin/" || !strings.Contains(p.body, "The connection is on.") || !strings.Contains(p.body, `aria-checked="true"`) {
		t.Errorf("after switching on: %s", p.path)
	}
	if p := g.get(""); strings.Contains(p.body, "The connection is on.") {
		t.Error("the message is told twice")
	}
	if status := g.scim(http.MethodGet, "/Users", "", token); status != 200 {
		t.Errorf("on: %d", status)
	}
	if p := g.post("switch", "enabled", "maybe"); p.status != http.StatusBadRequest || !g.connection.Enabled() {
		t.Errorf("neither on nor off: %d", p.status)
	}
}

func TestATokenIsShownOnceAndNeverAgain(t *testing.T) {
	g := start(t)
	g.signIn()
	g.post("switch", "enabled", "true")
	key := g.get("").formKey()
	if key == "" {
		t.Fatal("without a token the first page has a form to make one")
	}
	made := g.post("new-token", "key", key)
	first := made.token()
	if first == "" {
		t.Fatalf("no token on the page: %d %s", made.status, made.body)
	}
	if cc := made.header.Get("Cache-Control"); cc != "no-store" {
		t.Errorf("the page with the token may be kept: %q", cc)
	}
	if status := g.scim(http.MethodGet, "/Users", "", first); status != 200 {
		t.Errorf("the token: %d", status)
	}
	// The browser's "load again" sends the form again.
	again := g.post("new-token", "key", key)
	if again.status != http.StatusConflict || again.token() != "" {
		t.Errorf("the form again: %d", again.status)
	}
	if status := g.scim(http.MethodGet, "/Users", "", first); status != 200 {
		t.Errorf("the token after the form was sent again: %d", status)
	}
	for _, path := range []string{"", "new-token", "users", "requests"} {
		if p := g.get(path); strings.Contains(p.body, first) {
			t.Errorf("%q shows the token again", path)
		}
	}
	if strings.Contains(g.log.String(), first) {
		t.Error("the token is in the log")
	}
}

func TestANewTokenIsAskedAboutAndThenEndsTheOldOne(t *testing.T) {
	g := start(t)
	g.signIn()
	g.post("switch", "enabled", "true")
	old := g.post("new-token", "key", g.get("").formKey()).token()
	if p := g.get(""); p.formKey() != "" || !strings.Contains(p.body, "cannot be shown again") {
		t.Error("with a token, the first page makes another without asking")
	}
	ask := g.get("new-token")
	if !strings.Contains(ask.body, "The old token stops working at once.") {
		t.Error("the page does not say what will happen")
	}
	if status := g.scim(http.MethodGet, "/Users", "", old); status != 200 {
		t.Errorf("asking alone changes nothing: %d", status)
	}
	made := g.post("new-token", "key", ask.formKey())
	if !strings.Contains(made.body, "The old token no longer works.") {
		t.Error("the page does not say that the old token is gone")
	}
	if status := g.scim(http.MethodGet, "/Users", "", old); status != 401 {
		t.Errorf("the old token: %d", status)
	}
	if status := g.scim(http.MethodGet, "/Users", "", "Bearer "+made.token()); status != 200 {
		t.Errorf("the new token: %d", status)
	}
}

func TestUsersAndGroupsComeInPages(t *testing.T) {
	g := start(t)
	g.signIn()
	g.post("switch", "enabled", "true")
	if p := g.get("users"); !strings.Contains(p.body, "No users yet") {
		t.Error("an empty list says nothing")
	}
	g.fill(g.post("new-token", "key", g.get("").formKey()).token(), 120, 2)

	p := g.get("users")
	if n := strings.Count(p.body, "@x.test"); n != 50 || !strings.Contains(p.body, "1 to 50 of 120") || !strings.Contains(p.body, "Page 1 of 3") {
		t.Errorf("page 1 shows %d users", n)
	}
	if !strings.Contains(p.body, "Deactivated") || !strings.Contains(p.body, "Group 00") {
		t.Error("status and groups are not shown")
	}
	p = g.get("users?page=3")
	if n := strings.Count(p.body, "@x.test"); n != 20 || !strings.Contains(p.body, "101 to 120 of 120") || strings.Contains(p.body, "page=4") {
		t.Errorf("page 3 shows %d users", n)
	}
	for _, strange := range []string{"0", "-1", "x", "99999999999999999999"} {
		if p := g.get("users?page=" + strange); !strings.Contains(p.body, "Page 1 of 3") {
			t.Errorf("page %s is not the first", strange)
		}
	}
	if p := g.get("users?page=77"); !strings.Contains(p.body, "Page 3 of 3") {
		t.Error("a page behind the end is not the last")
	}
	p = g.get("groups")
	if !strings.Contains(p.body, "user000@x.test") && !strings.Contains(p.body, "User 000") {
		t.Error("members are not shown")
	}
	if !strings.Contains(p.body, "and 20 more") || !strings.Contains(p.body, "1 to 2 of 2") {
		t.Error("a long list of members is not cut")
	}
	if p := g.get(""); !strings.Contains(p.body, `<a href="users">120</a>`) || !strings.Contains(p.body, `<a href="groups">2</a>`) {
		t.Error("the first page does not count")
	}
}

func TestWhatClientsSendIsTextAndNotHTML(t *testing.T) {
	g := start(t)
	g.signIn()
	g.post("switch", "enabled", "true")
	token := g.post("new-token", "key", g.get("").formKey()).token()
	const evil = `<script>alert(1)</script>`
	g.scim(http.MethodPost, "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"`+evil+`"}`, token)
	g.scim(http.MethodGet, "/Users?filter="+url.QueryEscape(evil), "", token)
	for _, path := range []string{"users", "requests"} {
		if p := g.get(path); strings.Contains(p.body, evil) || !strings.Contains(p.body, "alert(1)") {
			t.Errorf("%s shows it as HTML, or not at all", path)
		}
	}
}

func TestRequestsShowWhatWasRefusedAndWhy(t *testing.T) {
	g := start(t)
	g.signIn()
	g.scim(http.MethodGet, "/Users", "", "Bearer mistyped-token")
	g.post("switch", "enabled", "true")
	token := g.post("new-token", "key", g.get("").formKey()).token()
	g.scim(http.MethodGet, "/Groups", "", token)
	p := g.get("requests")
	for _, want := range []string{"403 Forbidden", "switched off", "200 OK", "/scim/v2/Groups", "Okta SCIM Client 1.0.0"} {
		if !strings.Contains(p.body, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
	if strings.Contains(p.body, "mistyped-token") {
		t.Error("the page shows a token")
	}
	if p := g.get("requests?status=errors"); strings.Contains(p.body, "/scim/v2/Groups") || !strings.Contains(p.body, "403 Forbidden") {
		t.Error("status=errors does not choose")
	}
}

// events reads the stream of the panel, one event at a time.
func (g *rig) events(ctx context.Context, query, lastID string) func() (id, data string) {
	g.t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, g.url+"/admin/live"+query, nil)
	if err != nil {
		g.t.Fatal(err)
	}
	if lastID != "" {
		r.Header.Set("Last-Event-ID", lastID)
	}
	res, err := g.client.Do(r)
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() { _ = res.Body.Close() })
	if ct := res.Header.Get("Content-Type"); ct != "text/event-stream" {
		g.t.Fatalf("Content-Type %q", ct)
	}
	lines := bufio.NewScanner(res.Body)
	return func() (id, data string) {
		for lines.Scan() {
			line := lines.Text()
			if v, ok := strings.CutPrefix(line, "id: "); ok {
				id = v
			} else if v, ok := strings.CutPrefix(line, "data: "); ok {
				data += v + "\n"
			} else if line == "" && id != "" {
				return id, data
			}
		}
		return "", "" // the end
	}
}

func TestTheLiveStreamMissesNothingAndEndsWithTheSession(t *testing.T) {
	g := start(t)
	g.signIn()
	g.scim(http.MethodGet, "/Users?n=1", "", "")
	g.scim(http.MethodGet, "/Users?n=2", "", "")
	next := g.events(t.Context(), "?after=1", "")
	if id, data := next(); id != "2" || !strings.Contains(data, "n=2") || !strings.HasPrefix(data, "<tr") {
		t.Errorf("what came while the page was loading: event %s %s", id, data)
	}
	g.scim(http.MethodGet, "/Users?n=3", "", "")
	if id, data := next(); id != "3" || !strings.Contains(data, "403 Forbidden") {
		t.Errorf("what comes now: event %s %s", id, data)
	}
	if id, _ := g.events(t.Context(), "?after=1", "2")(); id != "3" {
		t.Errorf("a browser that comes back gets event %s", id)
	}
	if id, _ := g.events(t.Context(), "?after=900", "")(); id != "1" {
		t.Errorf("after a restart of the server the stream begins at %s", id)
	}
	for range 150 { // more than a watcher's channel holds
		g.scim(http.MethodGet, "/Users", "", "")
	}
	for want := 4; want <= 153; want++ {
		if id, _ := next(); id != strconv.Itoa(want) {
			t.Fatalf("in a burst event %s comes instead of %d", id, want)
		}
	}
	g.post("sign-out")
	if id, _ := next(); id != "" {
		t.Errorf("the stream goes on after signing out: event %s", id)
	}
}

func TestClosingThePanelEndsTheStreams(t *testing.T) {
	g := start(t)
	g.signIn()
	next := g.events(t.Context(), "", "")
	g.panel.Close()
	g.panel.Close()
	if id, _ := next(); id != "" {
		t.Errorf("event %s", id)
	}
}

func TestEveryLinkIsRelativeSoThatAProxyMayPutAPrefixBeforeIt(t *testing.T) {
	g := start(t)
	g.signIn()
	for _, path := range []string{"", "users", "groups", "requests", "new-token", "nothing/here"} {
		body := g.get(path).body
		for _, m := range regexp.MustCompile(`(?:href|src|action)="([^"]*)"`).FindAllStringSubmatch(body, -1) {
			if strings.HasPrefix(m[1], "/") || strings.Contains(m[1], "://") {
				t.Errorf("%q links to %s", path, m[1])
			}
		}
	}
	if p := g.get("nothing/here"); p.status != http.StatusNotFound || !strings.Contains(p.body, `href="../panel.css"`) {
		t.Errorf("a page that is not there: %d", p.status)
	}
}

func TestTheSCIMURLIsTheOneThatIsGivenElseThatOfTheRequest(t *testing.T) {
	g := start(t)
	g.signIn()
	if p := g.get(""); !strings.Contains(p.body, `value="`+g.url+`/scim/v2"`) {
		t.Error("the SCIM URL is not that of the request")
	}
	o := adminpanel.Options{Server: g.server, Connection: g.connection, Password: password, Now: g.clock.Now}
	o.SCIMURL = func(*http.Request) string { return "https://scim.example.com/scim/v2" }
	web := httptest.NewServer(adminpanel.New(o).Handler())
	t.Cleanup(web.Close)
	g.url, g.client = web.URL, newClient(t)
	g.signIn()
	if p := g.get(""); !strings.Contains(p.body, `value="https://scim.example.com/scim/v2"`) {
		t.Error("the SCIM URL is not the one that was given")
	}
}

func TestWithoutAPasswordThePanelMakesOne(t *testing.T) {
	c, err := scimserver.NewConnection(scimserver.ConnectionOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var made []string
	for range 2 {
		made = append(made, adminpanel.New(adminpanel.Options{Connection: c}).Password())
	}
	if len(slices.Compact(made)) != 2 || len(made[0]) < 26 {
		t.Errorf("passwords of %d and %d characters", len(made[0]), len(made[1]))
	}
}
