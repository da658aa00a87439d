package browsertest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/oktascim/oktascim/internal/browsertest"
)

// site is a page whose script writes into it, with a link to a second page.
func site(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, `<!doctype html><title>One</title><style>@media (prefers-color-scheme: dark) { h1 { color: rgb(1, 2, 3) } }</style>
<h1>without script</h1><label>Name <input id="name"></label> <a id="next" href="two">next</a>
<script>document.querySelector("h1").textContent = "with script"</script>`)
	})
	mux.HandleFunc("/two", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		_, _ = fmt.Fprint(w, "<!doctype html><h1>two</h1>")
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

func TestABrowserReadsTypesFollowsAndKeepsAPicture(t *testing.T) {
	url := site(t)
	b := browsertest.Start(t, browsertest.Options{Dark: true})
	if status := b.Open(url); status != http.StatusOK {
		t.Errorf("status %d", status)
	}
	b.WaitText("h1", "with script")
	if color := b.Eval(`getComputedStyle(document.querySelector("h1")).color`); color != "rgb(1, 2, 3)" {
		t.Errorf("the page is not dark: %v", color)
	}
	b.Type("#name", "Ada")
	if got := b.Value("#name"); got != "Ada" {
		t.Errorf("typed Ada, the field has %q", got)
	}
	if info, err := os.Stat(b.Screenshot("browsertest")); err != nil || info.Size() < 1000 {
		t.Errorf("picture: %v, %v", info, err)
	}
	b.TabTo("#next")
	if status := b.PressAndFollow("\r"); status != http.StatusTeapot {
		t.Errorf("the second page: status %d", status)
	}
	if got := b.Text("h1"); got != "two" {
		t.Errorf("the second page says %q", got)
	}
}

func TestWithoutScriptAPageIsWhatTheServerSent(t *testing.T) {
	url := site(t)
	b := browsertest.Start(t, browsertest.Options{NoScript: true})
	b.Open(url)
	if got := b.Text("h1"); got != "without script" {
		t.Errorf("the page says %q", got)
	}
	if status := b.Follow("#next"); status != http.StatusTeapot {
		t.Errorf("the second page: status %d", status)
	}
}
