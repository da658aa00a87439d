package main

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"
)

// TestAResetInThePanelBringsThoseOfTheStartBack signs in and resets, as the
// form does; and each tenant's OAuth client finds its token endpoint.
func TestAResetInThePanelBringsThoseOfTheStartBack(t *testing.T) {
	cmd := &cobra.Command{}
	cmd.SetContext(t.Context())
	f := scimFlags{addr: "127.0.0.1:0", password: "pass", token: "t", tenants: []string{"acme"}, begin: somebody()}
	s, err := f.open(cmd, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.close(nil); err != nil {
			t.Error(err)
		}
	})
	if _, err := f.begin.plant(s.server); err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(s.handler)
	t.Cleanup(web.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	read := func(res *http.Response, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	post := func(page string, form url.Values) string {
		t.Helper()
		return read(client.PostForm(web.URL+"/admin/"+page, form))
	}
	key := func(page string) string {
		t.Helper()
		m := regexp.MustCompile(`name="key" value="([^"]+)"`).FindStringSubmatch(read(client.Get(web.URL + "/admin/" + page)))
		if m == nil {
			t.Fatalf("%s has no form", page)
		}
		return m[1]
	}
	post("sign-in", url.Values{"password": {"pass"}})
	before, _ := s.server.Users(0, 1)
	if told := post("reset", url.Values{"key": {key("reset")}, "then": {"begin"}}); !strings.Contains(told, "Those of the beginning are back.") {
		t.Error("the reset does not bring anybody back")
	}
	if users, n := s.server.Users(0, 1); n != 1 || users[0].UserName != "sample@example.test" || users[0].ID == before[0].ID {
		t.Errorf("%d users: %v", n, users)
	}
	for page, path := range map[string]string{"": "/oauth/token", "t/acme/": "/oauth/token/acme"} {
		made := post(page+"new-client", url.Values{"key": {key(page + "oauth")}})
		if !strings.Contains(made, `value="`+web.URL+path+`"`) {
			t.Errorf("the page of the secret does not name %s", path)
		}
		id, secret := regexp.MustCompile(`value="(client-[^"]+)"`).FindStringSubmatch(made), regexp.MustCompile(`id="secret"[^>]* value="([^"]+)"`).FindStringSubmatch(made)
		answer := read(http.PostForm(web.URL+path, url.Values{"grant_type": {"client_credentials"}, "client_id": {id[1]}, "client_secret": {secret[1]}}))
		if !strings.Contains(answer, "access_token") {
			t.Errorf("%s answers %s", path, answer)
		}
	}
}
