package oktasource_test

import (
	"strings"
	"testing"

	"github.com/oktascim/oktascim/internal/oktasource"
)

func TestAnOrgURLIsCheckedBeforeAnythingIsSent(t *testing.T) {
	for text, want := range map[string]string{
		"https://acme.okta.com":              "",
		"https://acme.okta.com/":             "",
		"https://login.acme.com":             "",
		"":                                   "missing",
		"acme.okta.com":                      "no URL",
		"https://acme-admin.okta.com":        "write https://acme.okta.com",
		"https://acme-admin.oktapreview.com": "write https://acme.oktapreview.com",
		"https://acme.okta.com/api/v1":       "no path",
		"https://acme.okta.com?x=1":          "no path",
		"http://acme.okta.com":               "https",
		"http://127.0.0.1:8080":              "https",
		"ftp://acme.okta.com":                "https",
		"https://ada:secret@acme.okta.com":   "password",
	} {
		_, err := oktasource.New(oktasource.Options{OrgURL: text, APIToken: "x", App: "y"})
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", text, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret")):
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func TestAnOrgURLIsWrittenInOneWay(t *testing.T) {
	for text, want := range map[string]string{
		"https://ACME.okta.com:443/": "https://acme.okta.com", "https://acme.okta.com": "https://acme.okta.com", "http://127.0.0.1:8080": "http://127.0.0.1:8080",
	} {
		if u, err := oktasource.ParseOrgURL(text, true); err != nil || u.String() != want {
			t.Errorf("%s: %v %v, want %s", text, u, err, want)
		}
	}
}

func TestHTTPIsForLoopbackAlone(t *testing.T) {
	for text, allowed := range map[string]bool{
		"http://127.0.0.1:8080": true, "http://localhost:8080": true, "http://[::1]:8080": true,
		"http://10.0.0.1": false, "http://acme.okta.com": false, "http://127.0.0.1.evil.test": false,
	} {
		if _, err := oktasource.ParseOrgURL(text, true); (err == nil) != allowed {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestEveryWrongOptionIsNamedAtOnce(t *testing.T) {
	_, err := oktasource.New(oktasource.Options{OrgURL: "http://acme.okta.com", Budget: 2, App: "x", Groups: []string{"y"}})
	for _, want := range []string{"https", "budget", "either the Okta app or the groups", "API token or a service app"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v lacks %q", err, want)
		}
	}
	if _, err := oktasource.New(oktasource.Options{OrgURL: "https://acme.okta.com", App: "x", APIToken: "SSWS 00abc"}); err == nil || strings.Contains(err.Error(), "00abc") {
		t.Errorf("%v", err)
	}
}
