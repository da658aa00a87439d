package conformance

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const (
	// huge are so many bytes as no person needs: 4 MB. They are blanks, so that
	// a server that takes them does not have to store them.
	huge = 4 << 20
	// deep is more levels than any resource has.
	deep = 10_000
)

func queryEscape(s string) string { return url.QueryEscape(s) }

// oddText are values that text columns, parsers and headers stumble over.
func oddText(kind string) (string, bool) {
	text, ok := map[string]string{
		"a zero byte":       `"a\u0000b"`,
		"half a character":  `"a\ud800b"`,
		"10,000 characters": `"` + strings.Repeat("x", 10_000) + `"`,
		"characters beyond the first plane, from right to left and combined": `"𝔄𝔡𝔞 עדה Áda 👩🏽‍💻"`,
	}[kind]
	return text, ok
}

// with is the create of a person with one member as the JSON says.
func with(p *person, name, raw string) string {
	var o map[string]jsontext.Value
	if err := json.Unmarshal([]byte(createBody(p, "")), &o); err != nil {
		return "" // the tester has written it itself
	}
	o[name] = jsontext.Value(raw)
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(o)) {
		parts = append(parts, quote(k)+":"+string(o[k]))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// brokenBody is a create that arrives spoiled.
func brokenBody(p *person, how string) (string, bool) {
	whole := createBody(p, "")
	body, ok := map[string]string{
		"cut off":                        whole[:len(whole)-25],
		"with a comma too many":          strings.TrimSuffix(whole, "}") + ",}",
		"followed by more":               whole + "]",
		"as plain words":                 "userName=" + p.userName,
		"inside an array":                "[" + whole + "]",
		"as null":                        "null",
		"as a string":                    quote(p.userName),
		"4 MB long":                      strings.Repeat(" ", huge) + whole,
		"10,000 levels deep":             with(p, "displayName", strings.Repeat("[", deep)+strings.Repeat("]", deep)),
		"with the userName twice":        strings.Replace(whole, `"userName":`, `"userName":`+quote("other-"+p.userName)+`,"userName":`, 1),
		"with bytes that are not UTF-8":  strings.Replace(whole, quote(p.display), "\"\xc3\x28\xff\"", 1),
		"with a line break in userName":  strings.Replace(whole, quote(p.userName), quote(p.userName+"\r\nX-Injected: yes\r\n\r\n"), 1),
		"with a line break in the email": strings.Replace(whole, quote(p.email), quote(p.email+"\r\nX-Injected: yes"), 1),
	}[how]
	return body, ok
}

// inject remembers what a create with another userName has made.
func (x *securityWorld) inject(ctx context.Context, p *person, c call) *Exchange {
	c.method, c.path, c.auth = http.MethodPost, "/Users", x.wire.auth.value()
	ex := x.dispatch(ctx, c)
	x.keep("Users", p.userName, ex)
	return ex
}

// odd sends what Okta does not send, with the right credentials.
func (x *securityWorld) odd(ctx context.Context, method, path, body string) *Exchange {
	return x.dispatch(ctx, call{method: method, path: path, body: body, auth: x.wire.auth.value()})
}

func registerInput(sc *sentences, x *securityWorld) {
	sc.When(`^the create of "([^"]*)" arrives (cut off|with a comma too many|followed by more|as plain words|inside an array|as null|as a string|4 MB long|10,000 levels deep|with the userName twice|with bytes that are not UTF-8|with a line break in userName|with a line break in the email)$`, func(ctx context.Context, who, how string) error {
		x.begin()
		body, ok := brokenBody(x.person(who), how)
		if !ok {
			return fmt.Errorf("the tester knows no body %q", how)
		}
		x.inject(ctx, x.person(who), call{body: body})
		return nil
	})
	sc.When(`^the create of "([^"]*)" arrives with "([^"]*)" as (.+)$`, func(ctx context.Context, who, name, raw string) error {
		x.begin()
		if odd, ok := oddText(raw); ok {
			raw = odd
		}
		x.inject(ctx, x.person(who), call{body: with(x.person(who), name, raw)})
		return nil
	})
	sc.When(`^the create of "([^"]*)" arrives as "([^"]*)"$`, func(ctx context.Context, who, kind string) error {
		x.begin()
		x.inject(ctx, x.person(who), call{body: createBody(x.person(who), ""), header: http.Header{"Content-Type": {kind}}})
		return nil
	})
	sc.When(`^the create of "([^"]*)" arrives as plain words, as "text/plain"$`, func(ctx context.Context, who string) error {
		x.begin()
		x.inject(ctx, x.person(who), call{body: "userName=" + x.person(who).userName, header: http.Header{"Content-Type": {"text/plain"}}})
		return nil
	})
	sc.When(`^the (PUT|PATCH) of "([^"]*)" arrives as (.+)$`, func(ctx context.Context, method, who, body string) error {
		x.begin()
		x.odd(ctx, method, "/Users/"+segment(x.person(who).id), strings.ReplaceAll(body, "{userName}", inJSON(x.person(who).userName)))
		return nil
	})
	sc.When(`^Okta reads people with ids that are none$`, func(ctx context.Context) error {
		x.begin()
		for _, id := range []string{
			"../Users", "..", `"`, "'", "' OR '1'='1", "1; DROP TABLE users", "%", "*", "null", "undefined", "-1", "\x00", "a\nb", "%00", "{}", "<b>", strings.Repeat("9", 500),
		} {
			if id == ".." { // escaped, or the client itself would go up
				x.odd(ctx, http.MethodGet, "/Users/%2e%2e", "")
				continue
			}
			x.odd(ctx, http.MethodGet, "/Users/"+segment(id), "")
		}
		return nil
	})
	sc.When(`^Okta filters people by what is no filter$`, func(ctx context.Context) error {
		x.begin()
		for _, f := range []string{
			`frobnicate eq "x"`, `userName zz "x"`, `userName eq`, `userName eq "x`, `eq "x"`, `"x"`, `(((`, `userName eq "x" or`, `true`, `1 eq 1`,
		} {
			x.odd(ctx, http.MethodGet, "/Users?filter="+strings.ReplaceAll(queryEscape(f), "+", "%20")+"&startIndex=1&count=100", "")
		}
		return nil
	})
	sc.When(`^Okta looks up userNames that are written like filters and patterns$`, func(ctx context.Context) error {
		x.begin()
		for _, name := range []string{
			`x" or userName pr or userName eq "x`, `x") or (userName pr`, `' OR '1'='1`, `x' OR 1=1 --`, `x\`, `%`, `*`, `.*`, `_`, `x" or active eq true or userName eq "x`,
		} {
			x.odd(ctx, http.MethodGet, "/Users?filter="+filter("userName", name, "%20")+"&startIndex=1&count=100", "")
		}
		return nil
	})
	sc.When(`^Okta looks up "([^"]*)" with (.+) in the place of the "([^"]*)"( as well)?$`, func(ctx context.Context, who, pattern, letter, more string) error {
		if more == "" {
			x.begin()
		}
		x.odd(ctx, http.MethodGet, "/Users?filter="+filter("userName", strings.Replace(x.person(who).userName, letter, pattern, 1), "%20")+"&startIndex=1&count=100", "")
		return nil
	})
	sc.When(`^Okta asks for pages that are none$`, func(ctx context.Context) error {
		x.begin()
		for _, q := range []string{
			"startIndex=one&count=2", "startIndex=1&count=many", "startIndex=99999999999999999999&count=2", "startIndex=&count=", "startIndex=1&count=2&startIndex=%zz", "startIndex=1.5&count=1e2",
		} {
			x.odd(ctx, http.MethodGet, "/Users?"+q, "")
		}
		return nil
	})
	sc.When(`^Okta calls (GET|POST|PUT|PATCH|HEAD|OPTIONS) (/\S+)$`, func(ctx context.Context, method, path string) error {
		x.begin()
		for name, p := range x.people {
			path = strings.ReplaceAll(path, "{"+name+"}", segment(p.id))
		}
		body := ""
		if method == http.MethodPost || method == http.MethodPut || method == http.MethodPatch {
			p := x.person("Mallory")
			body = createBody(p, "")
			x.keep("Users", p.userName, x.odd(ctx, method, path, body))
			return nil
		}
		x.odd(ctx, method, path, body)
		return nil
	})

	sc.Then(`^the server has not failed$`, func(context.Context) error {
		for _, ex := range x.exchanges[x.flow:] {
			switch {
			case ex.Status == 0:
				return x.fail(ex, "an answer", ex.NoAnswer)
			case ex.Status >= 500 && ex.Status != http.StatusNotImplemented:
				return x.fail(ex, "a refusal (4xx): the server itself is well", fmt.Sprint(ex.Status))
			}
		}
		return nil
	})
	sc.Then(`^the server has coped$`, func(context.Context) error {
		// A server may close the connection in the middle of what it will not read.
		ex := x.answer()
		if ex.Status >= 500 && ex.Status != http.StatusNotImplemented || ex.Status == 0 && strings.Contains(ex.NoAnswer, "no answer within") {
			return x.fail(ex, "a refusal (4xx): the server itself is well", orNoAnswer(ex))
		}
		return nil
	})
	sc.Then(`^the server has refused(, and said why)?$`, func(_ context.Context, why string) error {
		for _, ex := range x.exchanges[x.flow:] {
			if ex.Status < 400 || ex.Status >= 500 && ex.Status != http.StatusNotImplemented {
				return x.fail(ex, "a refusal (4xx)", orNoAnswer(ex))
			}
			if why == "" {
				continue
			}
			if err := x.isError(ex); err != nil {
				return err
			}
		}
		return nil
	})
	sc.Then(`^nothing is found$`, func(context.Context) error {
		for _, ex := range x.exchanges[x.flow:] {
			if ex.Status >= 500 {
				return x.fail(ex, "an empty list or a refusal (4xx)", fmt.Sprint(ex.Status))
			}
			if succeeded(ex) {
				if err := x.none(ex); err != nil {
					return err
				}
				if text(ex.value, "id") != "" {
					return x.fail(ex, "nothing", "the resource with the id "+text(ex.value, "id"))
				}
			}
		}
		return nil
	})
	sc.Then(`^the server goes on$`, func(ctx context.Context) error {
		ex := x.odd(ctx, http.MethodGet, "/Users?startIndex=1&count=2", "") // odd people may be on it
		if err := x.expect(ctx, ex, http.StatusOK); err != nil {
			return err
		}
		return x.object(ex)
	})
	sc.Then(`^no answer has a header of the sender's making$`, func(context.Context) error {
		for _, ex := range x.exchanges[x.flow:] {
			if ex.header.Get("X-Injected") != "" {
				return x.fail(ex, "no header X-Injected, which stood in a value", "X-Injected: "+ex.header.Get("X-Injected"))
			}
		}
		return nil
	})
}

func orNoAnswer(ex *Exchange) string {
	if ex.Status == 0 {
		return ex.NoAnswer
	}
	return fmt.Sprint(ex.Status)
}
