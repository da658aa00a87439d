package adminpanel

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/oktascim/oktascim/internal/scimserver"
)

// requestRow is one line of the log.
type requestRow struct {
	scimserver.RequestRecord
	Curl string
}

// origin is scheme and host of a tenant's SCIM URL.
func (p *Panel) origin(r *http.Request, t *tenant) string {
	u, err := url.Parse(p.scimURL(r, t))
	if err != nil || u.Host == "" {
		return scheme(r) + "://" + r.Host
	}
	return u.Scheme + "://" + u.Host
}

// curl gives a command that sends a request again. The token is $SCIM_TOKEN: it
// is not known here, and would not be shown.
func curl(rec scimserver.RequestRecord, origin string) string {
	var lines []string
	switch rec.Method {
	case http.MethodGet:
	case http.MethodHead:
		lines = append(lines, "--head")
	default:
		lines = append(lines, "-X "+shellQuote(rec.Method))
	}
	target := origin + rec.Path
	if pairs := queryPairs(rec.Query); len(pairs) > 0 {
		target += "?" + strings.Join(pairs, "&")
	}
	lines = append(lines, shellQuote(target))
	switch rec.Auth {
	case "bearer":
		lines = append(lines, `-H "Authorization: Bearer $SCIM_TOKEN"`)
	case "header":
		lines = append(lines, `-H "Authorization: $SCIM_TOKEN"`)
	case "basic":
		lines = append(lines, `-u "okta:$SCIM_TOKEN"`)
	}
	switch body := rec.RequestBody; {
	case body == "":
	case strings.HasPrefix(body, "("): // a note why the body is not known
		lines = append(lines, `-H 'Content-Type: application/scim+json'`, "--data-binary @body.json")
	default:
		lines = append(lines, `-H 'Content-Type: application/scim+json'`, "--data-binary "+shellQuote(body))
	}
	return "curl " + strings.Join(lines, " \\\n  ")
}

// parameter is the beginning of a parameter in a decoded query, where "&" may
// also stand in a value.
var parameter = regexp.MustCompile(`(?:^|&)([A-Za-z][A-Za-z0-9_.$-]*)=`)

// queryPairs encodes a query that the log has decoded.
func queryPairs(query string) []string {
	if query == "" {
		return nil
	}
	at := parameter.FindAllStringSubmatchIndex(query, -1)
	if len(at) == 0 || at[0][0] != 0 {
		return []string{escape(query)}
	}
	var pairs []string
	for i, m := range at {
		end := len(query)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		pairs = append(pairs, query[m[2]:m[3]]+"="+escape(query[m[1]:end]))
	}
	return pairs
}

// escape encodes a value as Okta does: a blank is %20.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// shellQuote makes one word of a text for any POSIX shell, and leaves a plain
// word as it is.
func shellQuote(s string) string {
	if plainWord.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./:%-]+$`)

// quote is a text as it stands in JSON and in a filter.
func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return `"` + s + `"` // a string always works
	}
	return string(b)
}
