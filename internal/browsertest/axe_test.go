package browsertest_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/oktascim/oktascim/internal/browsertest"
)

func TestAxeFindsWhatIsWrongAlsoWhereAPolicyForbidsScripts(t *testing.T) {
	t.Parallel()
	axe := browsertest.FindAxe(t)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'")
		body := `<h1>Title</h1><label for="x">Name</label><input id="x">`
		if r.URL.Path == "/bad" {
			body = `<h1>Title</h1><input id="x">`
		}
		_, _ = w.Write([]byte(`<!doctype html><html lang="en"><title>Page</title><body><main>` + body + `</main></body></html>`))
	}))
	t.Cleanup(web.Close)
	b := browsertest.Start(t, browsertest.Options{})
	b.Open(web.URL + "/good")
	if got := b.Violations(axe); len(got) > 0 {
		t.Errorf("a good page: %s", strings.Join(got, "\n"))
	}
	b.Open(web.URL + "/bad")
	if got := b.Violations(axe); len(got) != 1 || !strings.HasPrefix(got[0], "label (critical)") {
		t.Errorf("a field without a name: %q", got)
	}
	if got := b.Violations(axe, "color-contrast"); len(got) > 0 {
		t.Errorf("another rule: %q", got)
	}
}
