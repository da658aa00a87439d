package adminpanel_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"github.com/oktascim/oktascim/internal/browsertest"
	"github.com/oktascim/oktascim/internal/scimserver"
)

// everyPage is a page of each kind for somebody who has signed in.
func everyPage() []string {
	return []string{"", "users", "groups", "requests", "trouble", "data", "reset", "sample?people=10", "new-token", "oauth", "nothing", "users/nobody"}
}

func TestARateLimitSetInThePanelTurnsRequestsAway(t *testing.T) {
	g := start(t)
	token := g.on()
	p := g.post("trouble", "requests", "2", "per", "90", "how", "status", "status", "503")
	p.has(t, "Set, for every request from now on.", "Trouble is on:", "at most 2 requests in 90 s, more are answered 429", `name="requests" value="2"`, `name="per" value="90"`)
	if p.path != "/admin/trouble" {
		t.Errorf("setting leads to %s", p.path)
	}
	for i, want := range []int{200, 200, 429} {
		if got := g.scim(http.MethodGet, "/Users", "", token); got != want {
			t.Errorf("request %d: %d, want %d", i, got, want)
		}
	}
	g.get("requests").has(t, "429 Too Many Requests", "rate limit")
	for _, path := range everyPage() {
		g.get(path).has(t, "Trouble is on:")
	}
	g.post("clear-trouble").has(t, "All trouble is cleared.")
	if got := g.scim(http.MethodGet, "/Users", "", token); got != 200 {
		t.Errorf("cleared: %d", got)
	}
	for _, path := range everyPage() {
		g.get(path).lacks(t, "Trouble is on")
	}
}

func TestLatencyAndFailuresAreSetAndShownAsTheyWereTyped(t *testing.T) {
	g := start(t)
	g.signIn()
	p := g.post("trouble", "requests", "", "per", "60", "least", "1.5", "most", "2000", "every", "10", "how", "status", "status", "429", "retry-after", "7", "writes-only", "yes")
	p.has(t, "each request waits 1.5 ms to 2 s; one write in 10 is answered 429 Too Many Requests", `name="least" value="1.5"`, `name="most" value="2000"`, `name="every" value="10"`, `name="status" value="429"`, `name="retry-after" value="7"`, `value="yes" checked`)
	if got, want := g.connection.Latency(), (scimserver.Latency{Min: 1500 * time.Microsecond, Max: 2 * time.Second}); got != want {
		t.Errorf("latency %v, want %v", got, want)
	}
	if got, want := g.connection.Failure(), (scimserver.Failure{Every: 10, Status: 429, RetryAfter: 7 * time.Second, WritesOnly: true}); got != want {
		t.Errorf("failure %+v, want %+v", got, want)
	}
	p = g.post("trouble", "least", "250", "every", "1", "how", "lost", "status", "nonsense, which nobody reads")
	p.has(t, "each request waits 250 ms; each request is done, and its answer lost", `value="lost" selected`)
	g.post("trouble", "every", "3", "how", "cut").has(t, "one request in 3 is cut off, with nothing done")
	g.post("trouble", "how", "status").has(t, "Nothing is in the way of requests.")
	if g.connection.Failure().Every != 0 || g.connection.Latency().Max != 0 {
		t.Error("an empty form leaves something on")
	}
}

func TestAWrongFieldSaysSoAtItsPlaceAndNothingIsSet(t *testing.T) {
	g := start(t)
	g.signIn()
	for _, c := range []struct {
		field, text string
		form        []string
	}{
		{"requests", "Write a whole number from 1 to 1,000,000.", []string{"requests", "many", "per", "60"}},
		{"requests", "Write a whole number from 1 to 1,000,000.", []string{"requests", "0", "per", "60"}},
		{"per", "Write a number from 1 to 86,400.", []string{"requests", "5", "per", ""}},
		{"per", "Write a number from 1 to 86,400.", []string{"requests", "5", "per", "NaN"}},
		{"least", "Write a number from 0 to 600,000.", []string{"least", "-1"}},
		{"most", "Write a number from 0 to 600,000.", []string{"most", "1e99"}},
		{"most", "This is less than “at least”: write 500 or more, or leave it empty.", []string{"least", "500", "most", "20"}},
		{"every", "Write a whole number from 1 to 1,000,000.", []string{"every", "-3", "how", "cut"}},
		{"how", "Choose one of the three.", []string{"every", "3", "how", "burn"}},
		{"status", "Write a whole number from 400 to 599.", []string{"every", "3", "how", "status", "status", "200"}},
		{"retry-after", "Write a number from 0 to 86,400.", []string{"every", "3", "how", "status", "status", "503", "retry-after", "soon"}},
	} {
		// A good latency beside it does not come through either.
		p := g.post("trouble", append([]string{"least", "3"}, c.form...)...)
		if p.status != http.StatusUnprocessableEntity {
			t.Errorf("%v: %d", c.form, p.status)
		}
		p.has(t, "<title>Nothing was set", ": "+c.text+"</li>", `id="`+c.field+`-problem">`+c.text, `aria-invalid="true" aria-describedby="`+c.field+`-problem`)
		for i := 0; i < len(c.form); i += 2 {
			if c.form[i] != "how" {
				p.has(t, `name="`+c.form[i]+`" value="`+c.form[i+1]+`"`)
			}
		}
		if n := strings.Count(p.body, `<p class="wrong"`); n != 1 {
			t.Errorf("%v: %d fields are wrong", c.form, n)
		}
	}
	p := g.post("trouble", "requests", "x", "per", "x", "least", "x", "most", "x", "every", "x", "how", "x", "retry-after", `"><b>`)
	if n := strings.Count(p.body, ": Write a "); n != 5 {
		t.Errorf("%d problems are listed, want 5", n)
	}
	if strings.Contains(p.body, "<b>") && strings.Contains(p.body, `"><b>`) {
		t.Error("what was typed is not escaped")
	}
	if g.connection.Latency().Max != 0 || g.connection.RateLimit().Requests != 0 || g.connection.Failure().Every != 0 {
		t.Error("something was set")
	}
}

func TestTroubleIsThatOfOneTenant(t *testing.T) {
	g := start(t, withTenant)
	g.signIn()
	g.post("t/acme/trouble", "requests", "2", "per", "60").has(t, "Trouble is on for acme:", `action="clear-trouble"`)
	if g.connection.RateLimit().Requests != 0 || g.acme.Connection.RateLimit().Requests != 2 {
		t.Error("the other tenant has it")
	}
	g.get("").lacks(t, "Trouble is on")
	g.get("t/acme/users").has(t, `href="../../t/acme/trouble"`)
	if n := strings.Count(g.get("tenants").body, `<span class="badge warn">Trouble</span>`); n != 1 {
		t.Errorf("%d tenants are shown with trouble", n)
	}
}

func TestTroubleIsSetMendedAndClearedInABrowser(t *testing.T) {
	t.Parallel()
	for _, mode := range []struct {
		name     string
		noScript bool
	}{{"with script", false}, {"without script", true}} {
		t.Run(mode.name, func(t *testing.T) {
			t.Parallel()
			g := start(t)
			token, err := g.connection.NewToken()
			if err != nil {
				t.Fatal(err)
			}
			if err := g.connection.SetEnabled(true); err != nil {
				t.Fatal(err)
			}
			b := browsertest.Start(t, browsertest.Options{NoScript: mode.noScript})
			g.signInBrowser(b)
			// By keyboard alone: a slip, the message at the field, the right number.
			b.TabTo("nav a[href$=trouble]")
			b.PressAndFollow("\r")
			b.WaitText("h1", "Trouble")
			b.TabTo("#requests")
			b.Press("o", "n", "e")
			if status := b.PressAndFollow("\r"); status != http.StatusUnprocessableEntity {
				t.Errorf("a word for a number: %d", status)
			}
			b.WaitText("[role=alert]", "Requests: Write a whole number")
			b.WaitText("#requests-problem", "Write a whole number from 1 to 1,000,000.")
			if got := b.Value("#requests"); got != "one" {
				t.Errorf("what was typed is gone: %q", got)
			}
			if got := b.Focused(); got != "#requests" {
				t.Errorf("the focus is on %q, not on the wrong field", got)
			}
			b.Press(kb.End, kb.Backspace, kb.Backspace, kb.Backspace, "1")
			b.TabTo("#set-trouble")
			b.PressAndFollow(" ")
			b.WaitText("[role=status]", "Set, for every request from now on.")
			b.WaitText("#trouble-banner", "at most 1 request in a minute, more are answered 429")
			if first, second := g.scim(http.MethodGet, "/Users", "", token), g.scim(http.MethodGet, "/Users", "", token); first != 200 || second != 429 {
				t.Errorf("answers %d, %d", first, second)
			}
			b.Open(g.url + "/admin/users")
			b.Follow("#trouble-banner a")
			b.TabTo("#clear-trouble")
			b.PressAndFollow("\r")
			b.WaitText("[role=status]", "All trouble is cleared.")
			if b.Has("#trouble-banner") || b.Has("#clear-trouble") {
				t.Error("the banner is still there")
			}
			if status := g.scim(http.MethodGet, "/Users", "", token); status != 200 {
				t.Errorf("cleared: %d", status)
			}
		})
	}
}
