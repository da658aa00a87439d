package conformance

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

const redacted = "[redacted]"

// redactor replaces every hidden string. Short ones are left alone: a secret of
// one or two characters would blacken half of the report and is none.
func redactor(hide []string) func(string) string {
	var pairs []string
	for _, h := range hide {
		if len(h) <= 2 {
			continue
		}
		// As it stands, as a server may have put it into JSON, and into a link.
		for _, form := range []string{h, strings.Trim(quote(h), `"`), url.QueryEscape(h), url.PathEscape(h)} {
			pairs = append(pairs, form, redacted)
		}
	}
	return strings.NewReplacer(pairs...).Replace
}

// headerLines are the headers in alphabetical order; credentials and cookies
// never show.
func headerLines(h http.Header, red func(string) string) []string {
	var names []string
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	var lines []string
	for _, name := range names {
		switch name {
		case "Authorization", "Set-Cookie", "Cookie", "Proxy-Authorization":
			lines = append(lines, name+": "+redacted)
		default:
			lines = append(lines, name+": "+red(strings.Join(h[name], ", ")))
		}
	}
	return lines
}
