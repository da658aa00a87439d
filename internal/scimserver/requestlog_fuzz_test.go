package scimserver_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/oktascim/oktascim/internal/scimserver"
)

// FuzzTheLogNeverShowsAPassword sends a body with a password in it, beside
// whatever the fuzzer makes up, and an answer that quotes both.
func FuzzTheLogNeverShowsAPassword(f *testing.F) {
	f.Add(`{"userName":"ada"}`, "hunter22", "a=b&password=hunter22")
	f.Add(`[1,{"path":"password","value":"x"}]`, `qu"ote\and	tab`, "%")
	f.Add("1E01000", "{  \x00\x000", "\xf4\x19\xa2̕\x87u,")
	f.Add(`{`, "<>&\u2028ß�", "filter=password eq \"")
	f.Fuzz(func(t *testing.T, other, secret, query string) {
		quoted, err := json.Marshal(secret)
		if err != nil || len(secret) < 6 || strings.Contains(other, secret) || strings.ToValidUTF8(secret, "") != secret {
			t.Skip("not a secret that can be told apart")
		}
		c, err := scimserver.NewConnection(scimserver.ConnectionOptions{Enabled: true, Token: "t"})
		if err != nil {
			t.Fatal(err)
		}
		body := `{"other":` + other + `,"password":` + string(quoted) + `,"Operations":[{"value":` + string(quoted) + `,"path":"password"}]}`
		r := httptest.NewRequest(http.MethodPost, "/scim/v2/Users", strings.NewReader(body))
		r.URL.RawQuery = query
		r.Header.Set("Authorization", "t")
		c.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				t.Error(err)
			}
			scimserver.WriteError(w, http.StatusBadRequest, "", "you said "+secret)
		})).ServeHTTP(httptest.NewRecorder(), r)
		rec := c.Requests()[0]
		shownBodies := []string{rec.RequestBody, rec.ResponseBody}
		if strings.HasPrefix(rec.RequestBody, "(") { // then nobody knows what in it is a secret
			shownBodies = shownBodies[:1]
		}
		for _, shown := range shownBodies {
			if json.Valid([]byte(shown)) {
				var v any
				read := json.NewDecoder(strings.NewReader(shown))
				read.UseNumber() // no float64 holds 1E01000, which is JSON all the same
				if err := read.Decode(&v); err != nil {
					t.Fatal(err)
				}
				always := "[redacted] you said urn:ietf:params:scim:api:messages:2.0:Error"
				if find(v, secret) && !strings.Contains(always, secret) {
					t.Errorf("%q is shown in %s", secret, shown)
				}
			} else if !strings.HasPrefix(shown, "(") {
				t.Errorf("neither JSON nor a note: %s", shown)
			}
		}
	})
}

// find looks for a text in all texts of a JSON value.
func find(v any, text string) bool {
	switch v := v.(type) {
	case string:
		return strings.Contains(v, text)
	case []any:
		for _, x := range v {
			if find(x, text) {
				return true
			}
		}
	case map[string]any:
		for _, x := range v {
			if find(x, text) {
				return true
			}
		}
	}
	return false
}
