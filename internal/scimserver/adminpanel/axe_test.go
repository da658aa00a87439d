package adminpanel_test

import (
	"net/http"
	"testing"

	"github.com/oktascim/oktascim/internal/browsertest"
	"github.com/oktascim/oktascim/internal/scimserver"
)

// axeRig checks pages in each look.
type axeRig struct {
	*rig
	b   *browsertest.Browser
	axe browsertest.Axe
}

// here checks the page that the browser shows: all rules light, wide and narrow;
// dark what the colours alone can break.
func (a axeRig) here(name string) {
	a.t.Helper()
	check := func(look string, rules ...string) {
		for _, v := range a.b.Violations(a.axe, rules...) {
			a.t.Errorf("%q, %s: %s", name, look, v)
		}
		if a.b.Eval(`document.documentElement.scrollWidth > innerWidth`) == true {
			a.t.Errorf("%q, %s: wider than its window", name, look)
		}
	}
	check("light")
	a.b.Dark(true)
	check("dark", "color-contrast")
	a.b.Size(390, 900)
	check("dark and narrow", "color-contrast")
	a.b.Dark(false)
	check("narrow")
	a.b.Size(1280, 900)
}

// look opens a page and checks it.
func (a axeRig) look(paths ...string) {
	a.t.Helper()
	for _, path := range paths {
		a.b.Open(a.url + "/admin/" + path)
		if a.b.Has("#requests summary") {
			a.b.Click("#requests tr:first-child summary")
		}
		a.here(path)
	}
}

// startAxe skips without axe-core, see browsertest.FindAxe.
func startAxe(t *testing.T) axeRig {
	t.Helper()
	axe := browsertest.FindAxe(t)
	return axeRig{start(t, withTenant), browsertest.Start(t, browsertest.Options{}), axe}
}

func TestAxeFindsNothingWithNobodyThere(t *testing.T) {
	t.Parallel()
	a := startAxe(t)
	a.look("sign-in")
	a.b.Type("#password", "wrong")
	a.b.Follow("button[type=submit]")
	a.here("sign-in, wrong")
	a.signInBrowser(a.b)
	a.look("", "users", "groups", "requests", "trouble", "data", "oauth", "nothing")
}

func TestAxeFindsNothingWherePeopleAre(t *testing.T) {
	t.Parallel()
	a := startAxe(t)
	token, err := a.connection.NewToken()
	if err != nil {
		t.Fatal(err)
	}
	if err := a.connection.SetEnabled(true); err != nil {
		t.Fatal(err)
	}
	a.fill(token, 51, 2)
	a.scim(http.MethodPost, "/Users", adaBody, token)
	users, _ := a.server.SearchUsers(scimserver.Search{Text: "ada@x.test", Limit: 1})
	groups, _ := a.server.Groups(0, 1)
	a.signInBrowser(a.b)
	a.look("", "users", "users?q=nothing", "users/"+users[0].ID, "groups", "groups/"+groups[0].ID, "requests", "requests?status=errors",
		"data", "sample?people=1000", "reset", "tenants", "new-token", "t/acme/")
}

func TestAxeFindsNothingOnWhatIsShownOnceOrWhenSomethingIsWrong(t *testing.T) {
	t.Parallel()
	a := startAxe(t)
	a.signInBrowser(a.b)
	a.b.Follow("#new-token")
	a.here("token")
	a.b.Follow("#done")
	a.b.Follow("#oauth")
	a.b.Follow("#make-client")
	a.here("secret")
	a.b.Follow("#done")
	a.here("oauth")
	a.b.Open(a.url + "/admin/trouble")
	for _, field := range []string{"#requests", "#most", "#every"} {
		a.b.Type(field, "x")
	}
	if status := a.b.Follow("#set-trouble"); status != http.StatusUnprocessableEntity {
		t.Errorf("a wrong form: %d", status)
	}
	a.here("trouble, wrong")
	if err := a.connection.SetRateLimit(scimserver.RateLimit{Requests: 5}); err != nil {
		t.Fatal(err)
	}
	a.look("", "trouble", "tenants")
}
