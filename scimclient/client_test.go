package scimclient_test

import (
	"crypto/tls"
	"net/http"
	"strings"
	"testing"

	"github.com/oktascim/oktascim/scimclient"
)

func TestBaseURLIsCanonical(t *testing.T) {
	for in, want := range map[string]string{
		"https://SCIM.Example.com:443/scim/v2/": "https://scim.example.com/scim/v2",
		"HTTP://h:80":                           "http://h",
		"http://h:8080//":                       "http://h:8080",
		"https://[::1]:443/a%2Fb":               "https://[::1]/a%2Fb",
		"https://[::1]:8443/Tenant":             "https://[::1]:8443/Tenant",
	} {
		c, err := scimclient.New(scimclient.Options{BaseURL: in})
		if err != nil {
			t.Errorf("%s: %v", in, err)
		} else if c.BaseURL() != want {
			t.Errorf("%s: %s, want %s", in, c.BaseURL(), want)
		}
	}
}

func TestNewNamesWhatIsWrongWithTheURL(t *testing.T) {
	for in, want := range map[string]string{
		"":                                  "there is none",
		"not a url":                         "no URL",
		"eyJhbGciOiJub25lIn0.e30.sekret":    "scheme is missing",
		"scim.example.com/scim/v2":          "scheme is missing",
		"ftp://h/x":                         "neither https nor http",
		"https://user:sekret@h/scim":        "credentials",
		"https://user:sek ret@h/scim":       "before @",
		"https://h/scim?token=sekret":       "query",
		"https://h/scim#sekret":             "fragment",
		"https:///scim":                     "no host",
		"https://h/scim/v2/Users":           "ends in /Users",
		"https://u:sekret@h/scim?a=sekret#": "fragment",
	} {
		_, err := scimclient.New(scimclient.Options{BaseURL: in})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", in, err, want)
		} else if strings.Contains(err.Error(), "sekret") {
			t.Errorf("%q: the error repeats a secret: %v", in, err)
		}
	}
}

func TestNewNamesEveryFaultAtOnceAndNoSecret(t *testing.T) {
	for name, o := range map[string]scimclient.Options{
		"line break in a token":  {Auth: scimclient.Bearer("sekret\n")},
		"empty token":            {Auth: scimclient.Bearer("")},
		"scheme only":            {Auth: scimclient.Header("")},
		"colon in a user name":   {Auth: scimclient.Basic("a:b", "sekret")},
		"no user name":           {Auth: scimclient.Basic("", "sekret")},
		"no client":              {Auth: scimclient.OAuth(scimclient.OAuthConfig{TokenURL: "nowhere", ClientSecret: "sekret"})},
		"two transports":         {Transport: http.DefaultTransport, ClientCertificate: &tls.Certificate{}},
		"negative concurrency":   {Concurrency: -1},
		"a space after a header": {Auth: scimclient.Header("sekret ")},
	} {
		o.BaseURL = "https://h?x"
		_, err := scimclient.New(o)
		if err == nil || !strings.Contains(err.Error(), "query") || strings.Count(err.Error(), "\n") < 1 {
			t.Errorf("%s: %v, want two problems", name, err)
		} else if strings.Contains(err.Error(), "sekret") {
			t.Errorf("%s: the error repeats a secret: %v", name, err)
		}
	}
}

func TestQuoteMakesOneLiteral(t *testing.T) {
	for in, want := range map[string]string{
		`a`:            `"a"`,
		`a"b\c`:        `"a\"b\\c"`,
		"tab\tline\n":  `"tab\u0009line\u000a"`,
		`" or "1"eq"1`: `"\" or \"1\"eq\"1"`,
		"Zoë \xff":     "\"Zoë \uFFFD\"",
	} {
		if got := scimclient.Quote(in); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}
