package scimclient_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/oktascim/oktascim/scimclient"
)

func TestTestCredentialsIsOktasRequest(t *testing.T) {
	var got http.Header
	var host string
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got, host = r.Header.Clone(), r.Host
		write(w, 200, `{`+listSchemas+`,"totalResults":0,"Resources":[],"startIndex":1,"itemsPerPage":0}`)
	})
	c := client(t, s)
	if err := c.TestCredentials(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"GET /scim/v2/Users?startIndex=1&count=2"}, s.asked()); diff != "" {
		t.Error(diff)
	}
	want := http.Header{
		"User-Agent": {"Okta SCIM Client 1.0.0"}, "Accept": {"application/scim+json"}, "Accept-Charset": {"utf-8"},
		"Accept-Encoding": {"gzip,deflate"}, "Authorization": {"Bearer tok-123456"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if "http://"+host != s.URL || s.bodies()[0] != "" {
		t.Errorf("host %q, body %q", host, s.bodies()[0])
	}
}

func TestTestCredentialsSaysWhatToDo(t *testing.T) {
	for _, test := range []struct {
		name, want string
		auth       scimclient.Auth
		answer     func(http.ResponseWriter)
	}{
		{"mistyped", "check that it was copied whole", nil, func(w http.ResponseWriter) { write(w, 401, `{"detail":"who are you"}`) }},
		{"no Bearer", `type "Bearer "`, scimclient.Header("abc"), func(w http.ResponseWriter) { write(w, 401, "") }},
		{"two Bearers", "type the token only", scimclient.Bearer("Bearer abc"), func(w http.ResponseWriter) { write(w, 401, "") }},
		{"password", "user name or password", scimclient.Basic("u", "ppp"), func(w http.ResponseWriter) { write(w, 401, "") }},
		{"switched off", "switch the SCIM connection on", nil, func(w http.ResponseWriter) { write(w, 403, `{"detail":"off"}`) }},
		{"wrong path", "check the base URL", nil, func(w http.ResponseWriter) { write(w, 404, "<html>") }},
		{"sign-in page", "web page came instead", nil, func(w http.ResponseWriter) { write(w, 200, "\n<!doctype html>") }},
		{"no SCIM", "No results for users returned", nil, func(w http.ResponseWriter) { write(w, 200, `{"hello":"world"}`) }},
		{"no Resources", "No results for users returned", nil, func(w http.ResponseWriter) { write(w, 200, `{`+listSchemas+`,"totalResults":0}`) }},
		{"null", "No results for users returned", nil, func(w http.ResponseWriter) { write(w, 200, `null`) }},
		{"nothing", "No results for users returned", nil, func(w http.ResponseWriter) { write(w, 204, ``) }},
		{"hidden", "sends an error", nil, func(w http.ResponseWriter) { write(w, 200, uniqueness) }},
		{"moved", "redirected to https://new.example/scim/v2/Users", nil, func(w http.ResponseWriter) {
			w.Header().Set("Location", "https://new.example/scim/v2/Users?startIndex=1")
			write(w, 301, "")
		}},
		{"busy", "come back later", nil, func(w http.ResponseWriter) { write(w, 429, "") }},
		{"ill", "fault of its own", nil, func(w http.ResponseWriter) { write(w, 500, "stack trace") }},
		{"picky", "refuses the request with 406", nil, func(w http.ResponseWriter) { write(w, 406, "") }},
		{"dropped", "the connection failed", nil, func(w http.ResponseWriter) { drop(t, w) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, _ *http.Request) { test.answer(w) })
			err := client(t, s, func(o *scimclient.Options) {
				if test.auth != nil {
					o.Auth = test.auth
				}
			}).TestCredentials(t.Context())
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
			if _, ok := errors.AsType[*scimclient.Error](err); !ok || len(s.asked()) != 1 {
				t.Errorf("%T after %v", err, s.asked())
			}
		})
	}
}

func TestTestCredentialsTellsNetworkFaultsApart(t *testing.T) {
	s := serve(t, func(http.ResponseWriter, *http.Request) {})
	s.Close()
	if err := client(t, s).TestCredentials(t.Context()); err == nil || !strings.Contains(err.Error(), "nothing listens") {
		t.Error(err)
	}
	failing := func(err error) func(*scimclient.Options) {
		return func(o *scimclient.Options) {
			o.Transport = roundTripper(func(*http.Request) (*http.Response, error) { return nil, err })
		}
	}
	unknown := &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "scim.exmaple.com", IsNotFound: true}}
	if err := client(t, s, failing(unknown)).TestCredentials(t.Context()); err == nil || !strings.Contains(err.Error(), `"scim.exmaple.com" cannot be found`) {
		t.Error(err)
	}
	hang := func(o *scimclient.Options) {
		o.Timeout = 5 * time.Millisecond
		o.Transport = roundTripper(func(r *http.Request) (*http.Response, error) { <-r.Context().Done(); return nil, r.Context().Err() })
	}
	if err := client(t, s, hang).TestCredentials(t.Context()); err == nil || !strings.Contains(err.Error(), "did not answer in time") {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := client(t, s).TestCredentials(ctx); err == nil || !strings.Contains(err.Error(), "stopped") {
		t.Error(err)
	}
	none := client(t, serve(t, func(w http.ResponseWriter, _ *http.Request) { write(w, 401, "") }), func(o *scimclient.Options) { o.Auth = nil })
	if err := none.TestCredentials(t.Context()); err == nil || !strings.Contains(err.Error(), "none is set") {
		t.Error(err)
	}
	oauth := client(t, s, func(o *scimclient.Options) {
		o.Auth = scimclient.OAuth(scimclient.OAuthConfig{TokenURL: s.URL, ClientID: "a", ClientSecret: "bcd"})
	})
	if err := oauth.TestCredentials(t.Context()); err == nil || !strings.Contains(err.Error(), "token endpoint cannot be reached") {
		t.Error(err)
	}
	tokenURL, _ := tokens(t)
	refused := client(t, s, func(o *scimclient.Options) {
		o.Auth = scimclient.OAuth(scimclient.OAuthConfig{TokenURL: tokenURL.URL, ClientID: "a", ClientSecret: "bcd"})
	})
	if err := refused.TestCredentials(t.Context()); err == nil || !strings.Contains(err.Error(), "check client id, client secret") {
		t.Error(err)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
