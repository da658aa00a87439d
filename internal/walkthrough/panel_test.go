package walkthrough

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"

	"github.com/cucumber/godog"

	"github.com/oktascim/oktascim/internal/browsertest"
	"github.com/oktascim/oktascim/internal/scimserver"
	"github.com/oktascim/oktascim/internal/scimserver/adminpanel"
)

// panelSteps are what an admin does in a real browser.
func (w *world) panelSteps(sc *godog.ScenarioContext) {
	none := func(pattern string, f func()) { sc.Step(pattern, func() error { return w.t.guard(f) }) }
	one := func(pattern string, f func(string)) {
		sc.Step(pattern, func(a string) error { return w.t.guard(func() { f(a) }) })
	}
	none(`^a target whose SCIM connection is off and has no token$`, w.unsetTarget)
	none(`^the admin has signed in to the panel with a browser$`, func() {
		w.browser = browsertest.Start(w.t, browsertest.Options{})
		w.browser.Open(w.targetURL + "/admin/")
		w.browser.Type("#password", w.panel.Password())
		w.browser.Follow(`button[type=submit].primary`)
		w.browser.WaitVisible("#switch-state")
	})
	none(`^the panel says that the connection is off$`, func() { w.browser.WaitText("#switch-state", "Off.") })
	none(`^the panel says that the connection is on$`, func() { w.browser.WaitText("#switch-state", "On.") })
	none(`^the admin switches the connection on$`, func() { w.browser.Follow("#switch") })
	none(`^the panel shows the SCIM URL$`, func() {
		if have, want := w.browser.Value("#scim-url"), w.targetURL+"/scim/v2"; have != want {
			w.t.Fatalf("the panel shows %q, not %q", have, want)
		}
	})
	none(`^the admin asks for a new SCIM token$`, func() {
		w.browser.Follow("#new-token")
		w.browser.WaitVisible("#token")
		w.token = w.browser.Value("#token")
	})
	none(`^the panel shows a token of 256 bits$`, func() {
		_, text, found := strings.Cut(w.token, "_")
		if !found {
			text = w.token
		}
		raw, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil || len(raw) < 32 {
			w.t.Fatalf("the token has %d bytes (%v)", len(raw), err)
		}
	})
	none(`^the admin goes back to the connection$`, func() { w.browser.Follow("#done") })
	none(`^the token is not on the page$`, func() {
		if html, _ := w.browser.Eval(`document.documentElement.outerHTML`).(string); strings.Contains(html, w.token) || html == "" {
			w.t.Fatal("the page has the token")
		}
	})
	none(`^the token lets Okta in$`, func() { w.scim(http.MethodGet, "Users?startIndex=1&count=1", nil) })
	one(`^the admin looks at the (people|groups|requests)$`, func(what string) {
		page := map[string]string{"people": "users", "groups": "groups", "requests": "requests"}[what]
		w.browser.Follow(fmt.Sprintf(`nav a[href$=%q]`, page))
	})
	one(`^the page shows "([^"]*)"$`, func(text string) { w.browser.WaitText("main", text) })
	one(`^the page is kept as "([^"]*)"$`, func(name string) { w.browser.Screenshot(name) })
}

// unsetTarget replaces the target by one that nobody has set up yet.
func (w *world) unsetTarget() {
	connection, err := scimserver.NewConnection(scimserver.ConnectionOptions{})
	w.must(err)
	w.connection = connection
	w.server = scimserver.New(scimserver.Options{Connection: connection})
	w.panel = adminpanel.New(adminpanel.Options{Server: w.server, Connection: connection})
	w.serveTarget()
}
