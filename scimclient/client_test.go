package scimclient

import "testing"

func TestBaseURLIsCanonical(t *testing.T) {
	for in, want := range map[string]string{
		"https://SCIM.Example.com:443/scim/v2/": "https://scim.example.com/scim/v2",
		"HTTP://h:80":                           "http://h",
		"http://h:8080//":                       "http://h:8080",
		"https://[::1]:443/a%2Fb":               "https://[::1]/a%2Fb",
	} {
		c, err := New(Options{BaseURL: in})
		if err != nil {
			t.Errorf("%s: %v", in, err)
		} else if c.BaseURL() != want {
			t.Errorf("%s: %s, want %s", in, c.BaseURL(), want)
		}
	}
}
