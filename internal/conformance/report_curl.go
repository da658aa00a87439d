package conformance

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// maxReplay is how many earlier writes a reproduction repeats. A push of a
// hundred people is not something to paste into a shell.
const maxReplay = 12

// Reproduce returns shell lines that send the request of a finding again, after
// the writes that came before it, since the run has deleted what it made. Ids
// that the server gave become variables. The token is $SCIMCONFORM_TOKEN; a
// password that was sent is "[redacted]" here. Nil if no request was looked at.
func (r *Report) Reproduce(res Result) []string {
	if res.At < 0 || res.At >= len(res.Exchanges) {
		return nil
	}
	s := shell{report: r, ids: map[string]string{}}
	var lines []string
	writes := 0
	for _, ex := range res.Exchanges[:res.At] {
		if ex.Method != http.MethodGet {
			writes++
		}
	}
	if writes > maxReplay {
		lines = append(lines, fmt.Sprintf("# after %d requests that make people and groups", writes))
	} else {
		for _, ex := range res.Exchanges[:res.At] {
			if ex.Method != http.MethodGet {
				lines = append(lines, s.earlier(ex))
			}
		}
	}
	lines = append(lines, s.curl(&res.Exchanges[res.At], "-i"))
	if len(lines) < 3 {
		return lines
	}
	// What all lines have in common is said once.
	for i := range lines {
		lines[i] = strings.Replace(lines[i], common(r), "okta", 1)
	}
	return append([]string{`okta() { ` + common(r) + ` "$@"; }`}, lines...)
}

// common begins every line that is signed with the token.
func common(r *Report) string {
	sign := `-H "Authorization: Bearer $SCIMCONFORM_TOKEN"`
	switch r.Auth {
	case Basic:
		sign = "-u " + single(r.User) + `:"$SCIMCONFORM_TOKEN"`
	case Header:
		sign = `-H "Authorization: $SCIMCONFORM_TOKEN"`
	case Bearer:
	}
	return "curl -sS --compressed " + sign + " -H 'Accept: application/scim+json' -H 'Accept-Charset: utf-8' -H 'User-Agent: Okta SCIM Client 1.0.0'"
}

// shell writes curl lines.
type shell struct {
	report *Report
	ids    map[string]string // the server's id -> the variable
}

// earlier is a request before the one in question. What it makes gets a variable.
func (s *shell) earlier(ex Exchange) string {
	id := text(ex.value, "id")
	if ex.Method != http.MethodPost || !succeeded(&ex) || id == "" {
		return s.curl(&ex, "-o /dev/null")
	}
	line := s.curl(&ex, "") + " | jq -r .id"
	name := fmt.Sprintf("ID%d", len(s.ids)+1)
	s.ids[id] = name
	return name + "=$(" + line + ")"
}

func (s *shell) curl(ex *Exchange, options string) string {
	words := []string{common(s.report)}
	switch ex.Signed {
	case SignedWithToken:
	case SignedOtherwise:
		words = []string{`curl -sS -H "Authorization: Bearer a-wrong-token"`}
	case Unsigned:
		words = []string{"curl -sS"}
	}
	if options != "" {
		words = append(words, options)
	}
	if ex.Method != http.MethodGet {
		words = append(words, "-X", ex.Method)
	}
	words = append(words, s.address(ex.URL))
	for _, h := range ex.RequestHeader {
		name, _, _ := strings.Cut(h, ":")
		shared := slices.Contains([]string{"Accept", "Accept-Charset", "User-Agent"}, name) && ex.Signed == SignedWithToken
		if name != "Authorization" && name != "Accept-Encoding" && (!shared || !strings.Contains(common(s.report), single(h))) {
			words = append(words, "-H "+single(h))
		}
	}
	if ex.RequestBody != "" {
		words = append(words, "--data-binary "+s.body(ex.RequestBody))
	}
	return strings.Join(words, " ")
}

// address replaces whole segments that are ids.
func (s *shell) address(address string) string {
	path, query, hasQuery := strings.Cut(address, "?")
	parts := strings.Split(path, "/")
	for i, p := range parts {
		parts[i] = single(p)
		if plain, err := url.PathUnescape(p); err == nil && s.ids[plain] != "" {
			parts[i] = `"$` + s.ids[plain] + `"`
		}
	}
	out := strings.Join(parts, "/")
	if hasQuery {
		out += single("?" + query)
	}
	return strings.ReplaceAll(out, `'/'`, "/")
}

// body replaces JSON strings that are ids, also within a path of a PATCH.
func (s *shell) body(body string) string {
	out := single(body)
	for id, name := range s.ids {
		for _, mark := range []string{`"`, `\"`} {
			out = strings.ReplaceAll(out, mark+id+mark, mark+`'"$`+name+`"'`+mark)
		}
	}
	return out
}

// single puts s into single quotes for a POSIX shell.
func single(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
