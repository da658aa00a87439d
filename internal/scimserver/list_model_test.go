package scimserver_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/oktascim/oktascim/internal/scimserver"
)

// sortModel is the slow and simple truth about one sortBy: the value that
// counts of a resource, as the resource shows it; nil if there is none.
type sortModel struct {
	sortBy string
	value  func(map[string]any) any
	exact  bool
}

func sortModels() []sortModel {
	top := func(name string) func(map[string]any) any {
		return func(u map[string]any) any { return u[name] }
	}
	primary := func(sub string) func(map[string]any) any {
		return func(u map[string]any) any {
			list, _ := u["emails"].([]any)
			if len(list) == 0 {
				return nil
			}
			best := list[0].(map[string]any)
			for _, e := range list {
				if e := e.(map[string]any); e["primary"] == true {
					best = e
				}
			}
			return best[sub]
		}
	}
	return []sortModel{
		{"userName", top("userName"), false},
		{"USERNAME", top("userName"), false},
		{"externalId", top("externalId"), true},
		{userURN + ":title", top("title"), false},
		{"active", top("active"), true},
		{"name.familyName", func(u map[string]any) any { m, _ := u["name"].(map[string]any); return m["familyName"] }, false},
		{"emails", primary("value"), false},
		{"emails.type", primary("type"), false},
		{"meta.created", func(u map[string]any) any { return u["meta"].(map[string]any)["created"] }, true},
		{enterpriseURN + ":department", func(u map[string]any) any { m, _ := u[enterpriseURN].(map[string]any); return m["department"] }, false},
		{"id", top("id"), true},
	}
}

// less tells whether a comes before b for certain; not even of equal ones.
func (m sortModel) less(a, b map[string]any) bool {
	x, y := m.value(a), m.value(b)
	if x == nil || y == nil {
		return x != nil // none is last
	}
	text := func(v any) string {
		s := fmt.Sprint(v) // "false" < "true"
		if !m.exact {
			s = strings.ToLower(strings.ReplaceAll(s, "\u212a", "k"))
		}
		return s
	}
	return text(x) < text(y)
}

// crowd makes users that have much in common, and lack much.
func crowd(t *testing.T, g *rig, n int) {
	t.Helper()
	text := func(i, salt int) string { return texts[(i*7+salt*3+i/5)%len(texts)] }
	for i := range n {
		u := map[string]any{"schemas": []string{userURN}, "userName": fmt.Sprintf("%s%d", text(i, 1), i), "active": i%3 > 0}
		if i%2 == 0 {
			u["externalId"] = text(i, 2)
		}
		if i%3 == 0 {
			u["title"] = text(i, 3)
		}
		if i%4 == 0 {
			u["name"] = map[string]any{"familyName": text(i, 4), "givenName": "x"}
		}
		if i%5 < 2 {
			u[enterpriseURN] = map[string]any{"department": text(i, 6), "division": "d"}
		}
		var emails []any
		for j := range i % 4 {
			e := map[string]any{"value": text(i, 5+j)}
			if j == 1 {
				e["type"], e["primary"] = text(i, 7+j), i%7 > 2
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
}

// page asks for a list by GET or by POST, which must come to the same.
func page(t *rapid.T, w *world, endpoint string, params map[string]any) map[string]any {
	if rapid.Bool().Draw(t, "by POST") {
		body := map[string]any{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:SearchRequest"}}
		maps.Copy(body, params)
		raw, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		return w.send(t, "POST", endpoint+"/.search", string(raw), 200)
	}
	q := url.Values{}
	for name, v := range params {
		if list, ok := v.([]string); ok {
			v = strings.Join(list, ",")
		}
		q.Set(name, fmt.Sprint(v))
	}
	return w.send(t, "GET", endpoint+"?"+q.Encode(), "", 200)
}

func idsOf(page map[string]any) []string {
	ids := []string{}
	for _, u := range page["Resources"].([]any) {
		ids = append(ids, u.(map[string]any)["id"].(string))
	}
	return ids
}

func TestSortedPagesAgreeWithASlowModel(t *testing.T) {
	g := start(t, scimserver.Options{MaxPage: 100})
	crowd(t, g, 50)
	g.group("Eng")
	w := &world{h: g.srv.Handler()}
	all, _ := g.do("GET", "/Users?count=100", "").want(200).at("Resources").([]any)
	rapid.Check(t, func(rt *rapid.T) {
		m := rapid.SampledFrom(sortModels()).Draw(rt, "sort")
		descending := rapid.Bool().Draw(rt, "descending")
		params := map[string]any{"sortBy": m.sortBy, "filter": `userName pr`, "count": rapid.IntRange(1, 60).Draw(rt, "count")}
		if rapid.Bool().Draw(rt, "order named") || descending {
			params["sortOrder"] = map[bool]string{true: "descending", false: "Ascending"}[descending]
		}
		users := all
		if rapid.Bool().Draw(rt, "filtered") {
			params["filter"] = `active eq true and schemas eq "` + userURN + `"`
			users = slices.DeleteFunc(slices.Clone(all), func(u any) bool { return u.(map[string]any)["active"] != true })
		}
		want := slices.Clone(users)
		slices.SortStableFunc(want, func(a, b any) int {
			x, y := a.(map[string]any), b.(map[string]any)
			if descending {
				x, y = y, x
			}
			switch {
			case m.less(x, y):
				return -1
			case m.less(y, x):
				return 1
			}
			return 0
		})
		endpoint := rapid.SampledFrom([]string{"/Users", ""}).Draw(rt, "endpoint")
		var got, back []string
		if rapid.Bool().Draw(rt, "by cursor") {
			params["cursor"] = ""
			var last map[string]any
			for params["cursor"] != nil {
				last = page(rt, w, endpoint, params)
				got = append(got, idsOf(last)...)
				params["cursor"] = last["nextCursor"]
			}
			back = idsOf(last)
			for last["previousCursor"] != nil {
				params["cursor"] = last["previousCursor"]
				last = page(rt, w, endpoint, params)
				back = append(idsOf(last), back...)
			}
			if !slices.Equal(got, back) {
				rt.Fatalf("forth %v\nback  %v", got, back)
			}
		} else {
			for len(got) < len(users) {
				params["startIndex"] = len(got) + 1
				ids := idsOf(page(rt, w, endpoint, params))
				if len(ids) == 0 {
					rt.Fatalf("an empty page after %d of %d", len(got), len(users))
				}
				got = append(got, ids...)
			}
		}
		if w := idsOf(map[string]any{"Resources": want}); !slices.Equal(got, w) {
			rt.Fatalf("%v\ngot  %v\nwant %v", params, got, w)
		}
	})
}

// Whoever is there from the first page to the last is seen, and once.
func TestACursorLosesNobodyWhileOthersComeAndGo(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := &world{h: scimserver.New(scimserver.Options{}).Handler()}
		add := func(i int) string {
			return w.send(rt, "POST", "/Users", fmt.Sprintf(`{"schemas":[%q],"userName":"u%d","title":%q}`, userURN, i, texts[i%len(texts)]), 201)["id"].(string)
		}
		var stays []string
		for i := range 20 {
			stays = append(stays, add(i))
		}
		params := map[string]any{"cursor": "", "count": rapid.IntRange(1, 7).Draw(rt, "count")}
		if rapid.Bool().Draw(rt, "sorted") {
			params["sortBy"] = "title"
		}
		var seen []string
		for n := 20; params["cursor"] != nil; n++ {
			p := page(rt, w, "/Users", params)
			seen = append(seen, idsOf(p)...)
			params["cursor"] = p["nextCursor"]
			if n < 40 {
				add(n)
				gone := rapid.SampledFrom(stays).Draw(rt, "gone")
				w.send(rt, "DELETE", "/Users/"+gone, "", 204)
				stays = minus(stays, []string{gone})
			}
		}
		if twice := len(seen) - len(union(nil, seen)); twice > 0 {
			rt.Fatalf("%d were seen twice", twice)
		}
		if lost := minus(stays, seen); len(lost) > 0 {
			rt.Fatalf("%d were not seen", len(lost))
		}
	})
}

// What attributes and excludedAttributes leave is compared with what a person
// would cut out of the whole resource.
func TestProjectionsAgreeWithASlowModel(t *testing.T) {
	g := start(t, scimserver.Options{MaxPage: 100, ExternalURL: "http://scim.test"})
	crowd(t, g, 20)
	users, _ := g.do("GET", "/Users?count=100", "").want(200).at("Resources").([]any)
	g.group("Eng", users[0].(map[string]any)["id"].(string), users[3].(map[string]any)["id"].(string))
	users, _ = g.do("GET", "/Users?count=100", "").want(200).at("Resources").([]any)
	w := &world{h: g.srv.Handler()}
	paths := [][]string{
		{"userName"}, {"externalId"}, {"name"}, {"name", "familyName"}, {"emails"}, {"emails", "type"}, {"emails", "value"}, {"groups"}, {"groups", "value"},
		{"meta"}, {"meta", "created"}, {enterpriseURN}, {enterpriseURN, "department"}, {enterpriseURN, "division"}, {"title"}, {"id"}, {"schemas"}, {"active"}, {"nothing"},
	}
	rapid.Check(t, func(rt *rapid.T) {
		chosen := rapid.SliceOfNDistinct(rapid.SampledFrom(paths), 1, 5, func(p []string) string { return strings.Join(p, ".") }).Draw(rt, "paths")
		exclude := rapid.Bool().Draw(rt, "exclude")
		var names []string
		for _, p := range chosen {
			name := strings.Join(p, ".")
			if p[0] == enterpriseURN {
				name = strings.Join(p, ":")
			}
			names = append(names, rapid.SampledFrom([]string{name, strings.ToUpper(name)}).Draw(rt, "spelling"))
		}
		params := map[string]any{"attributes": names, "count": 100}
		if exclude {
			params = map[string]any{"excludedAttributes": names, "count": 100}
		}
		for i, u := range page(rt, w, "/Users", params)["Resources"].([]any) {
			want := project(users[i].(map[string]any), chosen, exclude)
			got, _ := json.Marshal(u)
			if text, _ := json.Marshal(want); string(text) != string(got) {
				rt.Fatalf("%v\ngot  %s\nwant %s", params, got, text)
			}
		}
	})
}

func project(u map[string]any, chosen [][]string, exclude bool) map[string]any {
	out := map[string]any{}
	for name, v := range u {
		if name == "id" || name == "schemas" {
			out[name] = v
			continue
		}
		whole := slices.ContainsFunc(chosen, func(p []string) bool { return p[0] == name && len(p) == 1 })
		subs := map[string]bool{}
		for _, p := range chosen {
			if p[0] == name && len(p) == 2 {
				subs[p[1]] = true
			}
		}
		switch {
		case whole && exclude, !whole && len(subs) == 0 && !exclude:
			continue
		case whole || len(subs) == 0:
			out[name] = v
			continue
		}
		cut := func(e any) map[string]any {
			c := map[string]any{}
			for n, v := range e.(map[string]any) {
				if subs[n] != exclude {
					c[n] = v
				}
			}
			return c
		}
		if list, ok := v.([]any); ok {
			left := []any{}
			for _, e := range list {
				if c := cut(e); len(c) > 0 {
					left = append(left, c)
				}
			}
			if len(left) > 0 || name == "groups" {
				out[name] = left
			}
		} else if c := cut(v); len(c) > 0 {
			out[name] = c
		}
	}
	return out
}
