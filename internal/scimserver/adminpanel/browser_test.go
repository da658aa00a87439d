package adminpanel_test

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/oktascim/oktascim/internal/browsertest"
)

// signInBrowser opens the panel and signs in with the keyboard of the form.
func (g *rig) signInBrowser(b *browsertest.Browser) {
	g.t.Helper()
	b.Open(g.url + "/admin/")
	b.Type("#password", password)
	b.Follow("button[type=submit]")
	b.WaitText("h1", "Connection")
}

func TestAnAdminSetsTheConnectionUpInABrowser(t *testing.T) {
	t.Parallel()
	for _, mode := range []struct {
		name   string
		script bool
	}{{"with script", true}, {"without script", false}} {
		t.Run(mode.name, func(t *testing.T) {
			t.Parallel()
			g := start(t)
			b := browsertest.Start(t, browsertest.Options{NoScript: !mode.script})
			b.Open(g.url + "/admin/")
			if got := b.Focused(); got != "#password" {
				t.Errorf("the focus is on %q, not on the password", got)
			}
			b.Type("#password", "wrong")
			if status := b.Follow("button[type=submit]"); status != http.StatusUnauthorized {
				t.Errorf("wrong password: %d", status)
			}
			b.WaitText("[role=alert]", "not right")
			b.Type("#password", password)
			b.Follow("button[type=submit]")

			b.WaitText("#switch", "Off")
			b.Follow("#switch")
			b.WaitText("#switch", "On")
			b.WaitText("[role=status]", "The connection is on.")
			if got := b.Value("#scim-url"); got != g.url+"/scim/v2" {
				t.Errorf("SCIM URL %q", got)
			}
			copyable := b.Eval(`document.querySelector("[data-copy=scim-url]").checkVisibility()`) == true
			if copyable != mode.script {
				t.Errorf("the copy button is there: %v, script: %v", copyable, mode.script)
			}

			b.Follow("#new-token") // the first: nothing to ask
			first := b.Value("#token")
			if status := g.scim(http.MethodGet, "/Users", "", "Bearer "+first); status != 200 {
				t.Errorf("the first token: %d", status)
			}
			b.Follow("#done")
			b.WaitText("#token-state", "cannot be shown again")
			if err := b.Back(); err == nil && strings.Contains(b.Eval("document.documentElement.outerHTML").(string), first) {
				t.Error("the back button shows the token again")
			}
			b.Open(g.url + "/admin/")

			b.Follow("#new-token") // the second: asks
			b.WaitText("#consequence", "The old token stops working at once.")
			b.Follow("#make-token")
			second := b.Value("#token")
			if second == first {
				t.Fatal("the second token is the first")
			}
			if old, fresh := g.scim(http.MethodGet, "/Users", "", first), g.scim(http.MethodGet, "/Users", "", second); old != 401 || fresh != 200 {
				t.Errorf("old token %d, new token %d", old, fresh)
			}
			g.fill(second, 60, 3)

			b.Follow("nav a[href$=users]")
			b.WaitText(".title", "1 to 50 of 60")
			b.Follow("a[rel=next]")
			b.WaitText(".title", "51 to 60 of 60")
			b.Follow("nav a[href$=groups]")
			b.Click("summary")
			b.WaitText(".refs", "0")
			b.Follow("nav a[href$=requests]")
			before := b.Eval(`document.querySelectorAll("#requests tr[data-id]").length`).(float64)
			g.scim(http.MethodPost, "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"late@x.test","password":"hunter22"}`, second)
			if mode.script {
				b.WaitText("#live-state", "Live.")
				b.WaitVisible("#pause")
				b.Wait(`document.querySelector("#requests tr").classList.contains("fresh")`, "the row to come by itself")
				b.WaitText("#said", "1 new request")
			} else {
				b.Follow("#again")
			}
			if after := b.Eval(`document.querySelectorAll("#requests tr[data-id]").length`).(float64); after != before+1 {
				t.Errorf("%v requests, then %v", before, after)
			}
			b.Click("#requests tr:first-child summary")
			b.WaitText("#requests tr:first-child dl", `"password": "[redacted]"`)
			b.WaitText("#requests tr:first-child dl", "Header value alone")
			if html := b.Eval("document.documentElement.outerHTML").(string); strings.Contains(html, second) || strings.Contains(html, "hunter22") {
				t.Error("the page shows a secret")
			}

			b.Follow(".out button")
			b.WaitText("h1", "Sign in")
			b.Open(g.url + "/admin/users")
			b.WaitText("h1", "Sign in")
		})
	}
}

func TestThePanelWorksByKeyboardAlone(t *testing.T) {
	t.Parallel()
	g := start(t)
	b := browsertest.Start(t, browsertest.Options{})
	const enter, space = "\r", " "
	b.Open(g.url + "/admin/")
	for _, c := range password { // the field has the focus
		b.Press(string(c))
	}
	b.PressAndFollow(enter)
	b.WaitText("h1", "Connection")

	b.Press("\t")
	if got := b.Focused(); got != "a Skip to the content" {
		t.Errorf("the first stop is %q", got)
	}
	b.Press(enter)
	b.Wait(`document.activeElement.id === "main"`, "the focus to skip to the content")
	b.Press("\t")
	if got := b.Focused(); got != "#switch" {
		t.Errorf("behind the skip link: %q", got)
	}
	b.PressAndFollow(space)
	b.WaitText("#switch", "On")
	if got := b.Focused(); got != "#switch" {
		t.Errorf("switching moves the focus to %q", got)
	}
	if title := b.Eval("document.title").(string); !strings.HasPrefix(title, "The connection is on.") {
		t.Errorf("a screen reader hears %q first", title)
	}

	b.TabTo("#scim-url")
	b.TabTo("[data-copy=scim-url]")
	b.Press(enter)
	b.WaitText("[data-copy=scim-url]", "Copied")
	b.WaitText("#said", "SCIM URL copied")
	b.Eval(`document.querySelector("[data-copy=scim-url] .word").textContent = "Copy"; Object.defineProperty(window, "isSecureContext", {value: false}); true`)
	b.Press(enter)
	b.WaitText("[data-copy=scim-url]", "Copied") // over plain HTTP, the old way
	if got := b.Eval(`document.activeElement.dataset.copy`); got != "scim-url" {
		t.Errorf("copying moves the focus to %v", got)
	}
	b.TabTo("#new-token")
	b.PressAndFollow(enter)
	b.TabTo("#token")
	if b.Value("#token") == "" {
		t.Error("no token")
	}
	b.TabTo("#done")
	b.PressAndFollow(enter)
	b.TabTo("nav a[href$=requests]")
	b.PressAndFollow(enter)
	b.TabTo("#pause")
	b.Press(enter)
	b.WaitText("#live-state", "Paused.")
	g.scim(http.MethodGet, "/Users", "", "mistyped")
	b.Press(enter)
	b.WaitText("#requests", "401 Unauthorized")
	b.TabTo("#requests summary")
	b.Press(enter)
	b.WaitVisible("#requests dl")
	b.TabTo(".out button")
	b.PressAndFollow(enter)
	b.WaitText("h1", "Sign in")
}

func TestThePanelBreaksNoRuleOfItsOwnPolicy(t *testing.T) {
	t.Parallel()
	g := start(t)
	b := browsertest.Start(t, browsertest.Options{})
	g.signInBrowser(b)
	for _, path := range []string{"", "users", "groups", "requests", "trouble", "new-token", "oauth", "data"} {
		b.Open(g.url + "/admin/" + path)
		// Chromium reports what the policy stopped; buffered means: from the start of the page.
		if got := b.Eval(`new Promise(done => { const seen = []; new ReportingObserver(r => seen.push(...r), {buffered: true}).observe(); requestAnimationFrame(() => requestAnimationFrame(() => done(seen.map(r => r.type + " " + JSON.stringify(r.body)).join("\n")))) })`); got != "" {
			t.Errorf("%q: %v", path, got)
		}
		if wide := b.Eval(`document.documentElement.scrollWidth > innerWidth`); wide == true {
			t.Errorf("%q is wider than the window", path)
		}
		// Every field and button has a name, every table a caption.
		if got := b.Eval(`[...document.querySelectorAll("input:not([type=hidden]):not([aria-hidden]), button, a, table")].filter(e => !(e.labels?.length || e.getAttribute("aria-labelledby") || e.textContent.trim() && (e.tagName !== "TABLE" || e.caption))).map(e => e.outerHTML).join("\n")`); got != "" {
			t.Errorf("%q has things without a name: %v", path, got)
		}
	}
}

// TestThePanelFitsItsWindow opens every page light, dark and narrow. With
// OKTASCIM_ARTIFACTS it leaves a picture of each, to be looked at.
func TestThePanelFitsItsWindow(t *testing.T) {
	t.Parallel()
	g := start(t)
	token, err := g.connection.NewToken()
	if err != nil {
		t.Fatal(err)
	}
	b := browsertest.Start(t, browsertest.Options{})
	for _, look := range []struct {
		name          string
		width, height int64
		dark          bool
	}{{"light", 1280, 900, false}, {"dark", 1280, 900, true}, {"narrow", 390, 844, false}} {
		b.Size(look.width, look.height)
		b.Dark(look.dark)
		picture := func(page string) {
			if os.Getenv("OKTASCIM_ARTIFACTS") != "" { // a picture takes longer than its page
				b.Screenshot("panel-" + page + "-" + look.name)
			}
			if wide := b.Eval(`document.documentElement.scrollWidth > innerWidth`); wide == true {
				t.Errorf("%s is wider than the window when %s", page, look.name)
			}
		}
		b.Open(g.url + "/admin/sign-in")
		picture("sign-in")
		b.Type("#password", "wrong")
		b.Follow("button[type=submit]")
		picture("sign-in-wrong")
		b.Type("#password", password)
		b.Follow("button[type=submit]")
		if !g.connection.Enabled() {
			b.Open(g.url + "/admin/users")
			picture("users-empty")
			b.Open(g.url + "/admin/")
			picture("connection-off")
			b.Follow("#switch")
			g.fill(token, 63, 4)
			g.scim(http.MethodGet, "/Users?filter=userName%20eq%20%22user001%40x.test%22&startIndex=1&count=100", "", token)
			g.scim(http.MethodGet, "/Users?filter=nonsense", "", token)
			g.scim(http.MethodGet, "/Users?count=1", "", "mistyped")
			g.scim(http.MethodPost, "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ada@x.test","name":{"givenName":"Ada","familyName":"Byron"},"password":"hunter22"}`, token)
			picture("connection-on-told")
		}
		b.Open(g.url + "/admin/")
		picture("connection-on")
		b.Follow("#new-token")
		picture("new-token")
		b.Follow("#make-token")
		token = b.Value("#token")
		picture("token")
		b.Open(g.url + "/admin/users")
		picture("users")
		b.Open(g.url + "/admin/groups")
		b.Click("summary")
		picture("groups")
		b.Open(g.url + "/admin/requests")
		b.WaitText("#live-state", "Live.")
		b.Click("#requests tr:first-child summary")
		picture("requests")
		b.Open(g.url + "/admin/nothing")
		picture("missing")
		b.Follow(".out button")
	}
}

func TestTimesAreInUTCWithTheLocalFormBeside(t *testing.T) {
	t.Parallel()
	g := start(t)
	g.scim(http.MethodGet, "/Users", "", "")
	b := browsertest.Start(t, browsertest.Options{TimeZone: "Asia/Kolkata"})
	g.signInBrowser(b)
	b.Open(g.url + "/admin/requests")
	b.WaitText("#requests .time", "2026-11-25 08:30:00 UTC")
	b.WaitText("#requests .time .local", "2:00:00")
}
