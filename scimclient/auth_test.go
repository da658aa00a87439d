package scimclient_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/rs/zerolog"

	"github.com/oktascim/oktascim/scimclient"
)

func TestEveryFormOfAuthorizationIsSentAsOktaSendsIt(t *testing.T) {
	for want, auth := range map[string]scimclient.Auth{
		"Bearer abc":         scimclient.Bearer("abc"),
		"abc":                scimclient.Header("abc"),
		"Bearer xyz":         scimclient.Header("Bearer xyz"),
		"Basic dTpwOnE=":     scimclient.Basic("u", "p:q"),
		"Basic w7w6cGFzc8O2": scimclient.Basic("ü", "passö"),
		"":                   nil,
	} {
		var got []string
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			got = r.Header.Values("Authorization")
			write(w, 200, `{"id":"7"}`)
		})
		c := client(t, s, func(o *scimclient.Options) { o.Auth = auth })
		if _, err := scimclient.Users(c).Get(t.Context(), "7"); err != nil {
			t.Error(err)
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// tokens is a token endpoint that gives token-1, token-2, …
func tokens(t *testing.T) (*httptest.Server, *atomic.Int64) {
	t.Helper()
	var given atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, secret, ok := r.BasicAuth()
		if !ok || id != "me" || secret != "client-sekret" || r.PostFormValue("grant_type") != "client_credentials" || r.PostFormValue("scope") != "scim users" {
			w.Header().Set("Content-Type", "application/json")
			write(w, 401, `{"error":"invalid_client","error_description":"you sent client-sekret, that is wrong"}`)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"access_token":"token-%d","token_type":"Bearer","expires_in":3600}`, given.Add(1))
	}))
	t.Cleanup(s.Close)
	return s, &given
}

func TestManyRequestsShareOneToken(t *testing.T) {
	endpoint, given := tokens(t)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer token-1" {
			write(w, 401, "")
			return
		}
		write(w, 200, `{"id":"7"}`)
	})
	c := client(t, s, func(o *scimclient.Options) {
		o.Auth = scimclient.OAuth(scimclient.OAuthConfig{TokenURL: endpoint.URL, ClientID: "me", ClientSecret: "client-sekret", Scopes: []string{"scim", "users"}})
	})
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := scimclient.Users(c).Get(t.Context(), "7"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if given.Load() != 1 {
		t.Errorf("%d tokens were asked for, want 1", given.Load())
	}
}

func TestATokenThatIsRefusedIsRenewedOnce(t *testing.T) {
	endpoint, given := tokens(t)
	dead := true
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if dead && r.Header.Get("Authorization") != "Bearer token-2" || !dead {
			write(w, 401, `{"detail":"token `+r.Header.Get("Authorization")+` is over"}`)
			return
		}
		write(w, 201, `{"id":"7"}`)
	})
	c := client(t, s, func(o *scimclient.Options) {
		o.Auth = scimclient.OAuth(scimclient.OAuthConfig{TokenURL: endpoint.URL, ClientID: "me", ClientSecret: "client-sekret", Scopes: []string{"scim", "users"}})
	})
	if _, err := scimclient.Users(c).Create(t.Context(), scimclient.User{UserName: "a"}); err != nil {
		t.Error(err)
	}
	if b := s.bodies(); len(b) != 2 || b[0] != b[1] || b[0] == "" {
		t.Errorf("bodies %q", b)
	}
	dead = false
	_, err := scimclient.Users(c).Create(t.Context(), scimclient.User{UserName: "a"})
	if err == nil || len(s.asked()) != 4 || given.Load() != 3 || strings.Contains(err.Error(), "token-") {
		t.Errorf("%v after %d requests and %d tokens", err, len(s.asked()), given.Load())
	}
}

func TestATokenEndpointThatRefusesIsNamedWithoutTheSecret(t *testing.T) {
	endpoint, _ := tokens(t)
	s := serve(t, func(http.ResponseWriter, *http.Request) {})
	c := client(t, s, func(o *scimclient.Options) {
		o.Auth = scimclient.OAuth(scimclient.OAuthConfig{TokenURL: endpoint.URL, ClientID: "you", ClientSecret: "client-sekret"})
	})
	_, err := scimclient.Users(c).Create(t.Context(), scimclient.User{})
	if err == nil || !strings.Contains(err.Error(), "answered 401: invalid_client") || strings.Contains(err.Error(), "sekret") || scimclient.MaybeProcessed(err) {
		t.Error(err)
	}
	if len(s.asked()) != 0 {
		t.Error("a request went out without a token")
	}
}

func TestNothingPrintsASecret(t *testing.T) {
	for name, auth := range map[string]scimclient.Auth{
		"bearer": scimclient.Bearer("sekret-1"),
		"header": scimclient.Header("Bearer sekret-1"),
		"basic":  scimclient.Basic("u", "sekret-1"),
		"oauth":  scimclient.OAuth(scimclient.OAuthConfig{TokenURL: "https://h", ClientID: "c", ClientSecret: "sekret-1"}),
	} {
		j, err := json.Marshal(map[string]any{"auth": auth, "options": struct{ Auth scimclient.Auth }{auth}})
		if err != nil {
			t.Error(err)
		}
		c, err := scimclient.New(scimclient.Options{BaseURL: "https://h", Auth: auth})
		if err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		l := zerolog.New(&log)
		l.Info().Interface("auth", auth).Any("client", c).Stringer("a", auth).Msg("")
		for _, s := range []string{
			fmt.Sprintf("%v %+v %#v %s %q %x %d", auth, auth, auth, auth, auth, auth, auth),
			fmt.Sprintf("%v %+v %#v", scimclient.Options{Auth: auth}, scimclient.Options{Auth: auth}, scimclient.Options{Auth: auth}),
			fmt.Sprintf("%v %+v %#v %s", c, c, c, c), fmt.Sprintf("%+v %#v", scimclient.Users(c), scimclient.Users(c)),
			string(j), log.String(),
		} {
			if strings.Contains(s, "sekret") || strings.Contains(s, "dTpzZWtyZXQtMQ") || strings.Contains(s, fmt.Sprintf("%x", "sekret")) {
				t.Errorf("%s: %s", name, s)
			}
		}
	}
}

// TestNoErrorAndNoLogLineShowsASecret lets a server repeat everything that it gets.
func TestNoErrorAndNoLogLineShowsASecret(t *testing.T) {
	endpoint, _ := tokens(t)
	for name, auth := range map[string]scimclient.Auth{
		"bearer": scimclient.Bearer("sekret/1+x="),
		"header": scimclient.Header(`sekret"1`),
		"basic":  scimclient.Basic("u", "sekret pass"),
		"oauth":  scimclient.OAuth(scimclient.OAuthConfig{TokenURL: endpoint.URL, ClientID: "me", ClientSecret: "client-sekret", Scopes: []string{"scim", "users"}}),
	} {
		for _, status := range []int{400, 401, 403, 409, 500, 200, 302} {
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				_, p, _ := r.BasicAuth()
				detail, _ := json.Marshal("you sent " + r.Header.Get("Authorization") + " password " + p + " someone's Bearer sekretsekretsekret")
				w.Header().Set("Location", "https://elsewhere.example/x?t="+r.Header.Get("Authorization"))
				write(w, status, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":`+string(detail)+`,"scimType":`+string(detail)+
					`,"you":{"userName":"a","password":"sekret-user"},"access_token":"sekret-other", "note": "sekret-user"}`)
			})
			var log bytes.Buffer
			c := client(t, s, func(o *scimclient.Options) {
				o.Auth, o.Log = auth, zerolog.New(&log)
			})
			_, err := scimclient.Users(c).Create(t.Context(), scimclient.User{UserName: "a", Password: "sekret-user"})
			_, _, perr := scimclient.Users(c).Patch(t.Context(), "7", []scimclient.Operation{{Op: "replace", Path: "password", Value: "sekret-user"}})
			for _, err := range []error{err, perr} {
				if err == nil {
					t.Fatalf("%s %d: no error", name, status)
				}
				text := fmt.Sprintf("%v %+v %#v\n%s", err, err, err, log.String())
				for _, bad := range []string{"sekret", "token-1", "c2VrcmV0"} {
					if strings.Contains(text, bad) {
						t.Errorf("%s %d: shows %s: %s", name, status, bad, text)
					}
				}
			}
		}
	}
}

func TestTheLogNamesRequestsAndNoPeople(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		write(w, 200, `{`+listSchemas+`,"totalResults":0,"Resources":[]}`)
	})
	var log bytes.Buffer
	c := client(t, s, func(o *scimclient.Options) { o.Log = zerolog.New(&log) })
	if _, err := scimclient.Users(c).Find(t.Context(), "userName", "ada@example.com"); err != nil {
		t.Fatal(err)
	}
	if got := log.String(); !strings.Contains(got, `"method":"GET","path":"/Users","status":200`) || strings.Contains(got, "ada") {
		t.Error(got)
	}
}
