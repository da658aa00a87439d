package scimserver_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/oktascim/oktascim/internal/scimserver"
)

// The model of a filter: its text, and what it says of a user that was read
// as JSON. It is written for a handful of attributes, without a parser,
// without schemas and without indexes.
type model struct {
	text string
	says func(user map[string]any) bool
}

// texts are few, so that random filters find something.
var texts = []string{"ada", "Ada", "bob", "a", "", "ß", "K\u212a", "x\"y\\", "work", "home"}

// at collects the values of an attribute, or of one part of each element.
func at(user map[string]any, name, sub string) []any {
	v, ok := user[name]
	if !ok {
		return nil
	}
	elements, isList := v.([]any)
	if !isList {
		elements = []any{v}
	}
	if sub == "" {
		return elements
	}
	var out []any
	for _, e := range elements {
		if v, ok := e.(map[string]any)[sub]; ok {
			out = append(out, v)
		}
	}
	return out
}

func quote(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// drawStringTest gives an operator with its value, and its truth for one text.
func drawStringTest(t *rapid.T, exact bool) (string, string, func(string) bool) {
	op := rapid.SampledFrom([]string{"eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"}).Draw(t, "op")
	want := rapid.SampledFrom(texts).Draw(t, "text")
	// The lower case of all small and capital forms, as the model knows them.
	fold := func(s string) string { return strings.ToLower(strings.ReplaceAll(s, "\u212a", "k")) }
	if exact {
		fold = func(s string) string { return s }
	}
	return op, want, func(got string) bool {
		a, b := fold(got), fold(want)
		return map[string]bool{
			"eq": a == b, "ne": a != b, "co": strings.Contains(a, b), "sw": strings.HasPrefix(a, b), "ew": strings.HasSuffix(a, b),
			"gt": a > b, "ge": a >= b, "lt": a < b, "le": a <= b,
		}[op]
	}
}

// drawComparison gives a comparison of a string attribute.
func drawComparison(t *rapid.T, name, sub string, exact bool) model {
	path := name
	if sub != "" {
		path += "." + sub
	}
	path = rapid.SampledFrom([]string{path, strings.ToUpper(path), userURN + ":" + path}).Draw(t, "path")
	if rapid.IntRange(0, 5).Draw(t, "presence") == 0 {
		return drawPresence(t, path, name, sub)
	}
	op, want, test := drawStringTest(t, exact)
	return model{path + " " + op + " " + quote(want), func(u map[string]any) bool {
		values := at(u, name, sub)
		if op == "ne" && len(values) == 0 {
			return true
		}
		return slices.ContainsFunc(values, func(v any) bool { return test(v.(string)) })
	}}
}

func drawPresence(t *rapid.T, path, name, sub string) model {
	form := rapid.SampledFrom([]string{"pr", "ne null", "eq null"}).Draw(t, "form")
	return model{path + " " + form, func(u map[string]any) bool { return (len(at(u, name, sub)) > 0) != (form == "eq null") }}
}

func drawTerm(t *rapid.T) model {
	switch rapid.SampledFrom([]string{"userName", "externalId", "title", "name", "emails", "element", "active"}).Draw(t, "attribute") {
	case "userName":
		return drawComparison(t, "userName", "", false)
	case "externalId":
		return drawComparison(t, "externalId", "", true)
	case "title":
		return drawComparison(t, "title", "", false)
	case "name":
		return drawComparison(t, "name", "familyName", false)
	case "emails":
		return drawComparison(t, "emails", rapid.SampledFrom([]string{"value", "type"}).Draw(t, "part"), false)
	case "active":
		want := rapid.Bool().Draw(t, "active")
		op := rapid.SampledFrom([]string{"eq", "ne"}).Draw(t, "op")
		return model{fmt.Sprintf("active %s %v", op, want), func(u map[string]any) bool { return (u["active"] == want) == (op == "eq") }}
	}
	// An element for which everything in the brackets holds.
	inner := drawChain(t, 1, func(t *rapid.T) model {
		part := rapid.SampledFrom([]string{"value", "type"}).Draw(t, "part")
		op, want, test := drawStringTest(t, false)
		return model{part + " " + op + " " + quote(want), func(e map[string]any) bool {
			v, ok := e[part].(string)
			return ok && test(v) || !ok && op == "ne"
		}}
	})
	return model{"emails[" + inner.text + "]", func(u map[string]any) bool {
		return slices.ContainsFunc(at(u, "emails", ""), func(e any) bool { return inner.says(e.(map[string]any)) })
	}}
}

// drawChain joins terms; depth bounds the nesting.
func drawChain(t *rapid.T, depth int, term func(*rapid.T) model) model {
	choice := 0
	if depth > 0 {
		choice = rapid.IntRange(0, 4).Draw(t, "shape")
	}
	switch choice {
	case 1:
		a, b := drawChain(t, depth-1, term), drawChain(t, depth-1, term)
		return model{"(" + a.text + ") and (" + b.text + ")", func(u map[string]any) bool { return a.says(u) && b.says(u) }}
	case 2:
		a, b := drawChain(t, depth-1, term), drawChain(t, depth-1, term)
		return model{"(" + a.text + ") OR (" + b.text + ")", func(u map[string]any) bool { return a.says(u) || b.says(u) }}
	case 3:
		a := drawChain(t, depth-1, term)
		return model{"not (" + a.text + ")", func(u map[string]any) bool { return !a.says(u) }}
	case 4: // and binds closer than or
		a, b, c := term(t), term(t), term(t)
		return model{a.text + " or " + b.text + " and " + c.text, func(u map[string]any) bool { return a.says(u) || b.says(u) && c.says(u) }}
	}
	return term(t)
}

func TestFiltersAgreeWithASlowModel(t *testing.T) {
	g := start(t, scimserver.Options{})
	text := func(i, salt int) string { return texts[(i*7+salt*3+i/5)%len(texts)] }
	for i := range 60 {
		u := map[string]any{"schemas": []string{userURN}, "userName": fmt.Sprintf("%s%d", text(i, 1), i), "active": i%3 > 0}
		if i < 4 {
			u["userName"] = []string{"ADA", "bob", "work", "x\"y\\"}[i]
		}
		if i%2 == 0 {
			u["externalId"] = text(i, 2)
		}
		if i%3 == 0 {
			u["title"] = text(i, 3)
		}
		if i%4 == 0 {
			u["name"] = map[string]any{"familyName": text(i, 4)}
		}
		var emails []any
		for j := range i % 3 {
			e := map[string]any{"value": text(i, 5+j)}
			if j == 0 || i%5 == 0 {
				e["type"] = text(i, 7+j)
			}
			emails = append(emails, e)
		}
		if emails != nil {
			u["emails"] = emails
		}
		body, err := json.Marshal(u)
		if err != nil {
			t.Fatal(err)
		}
		g.do("POST", "/Users", string(body)).want(201)
	}
	all, _ := g.do("GET", "/Users?count=200", "").want(200).at("Resources").([]any)
	rapid.Check(t, func(rt *rapid.T) {
		m := drawChain(rt, 3, drawTerm)
		w := &world{h: g.srv.Handler()}
		page := w.send(rt, "GET", "/Users?count=200&filter="+url.QueryEscape(m.text), "", 200)
		var got, want []string
		for _, u := range page["Resources"].([]any) {
			got = append(got, u.(map[string]any)["userName"].(string))
		}
		for _, u := range all {
			if u := u.(map[string]any); m.says(u) {
				want = append(want, u["userName"].(string))
			}
		}
		if !slices.Equal(got, want) {
			rt.Fatalf("%s\nfinds %q\nwant  %q", m.text, got, want)
		}
	})
}
