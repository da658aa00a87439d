package scimserver_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/oktascim/oktascim/internal/scimserver"
)

// fuzzServer holds two users and a group; it gives a way to call it and the
// ids of the first user and the group.
func fuzzServer(tb testing.TB) (call func(method, path, body string) *httptest.ResponseRecorder, user, group string) {
	tb.Helper()
	h, ctx := scimserver.New(scimserver.Options{}).Handler(), tb.Context()
	call = func(method, path, body string) *httptest.ResponseRecorder {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequestWithContext(ctx, method, "/scim/v2"+path, strings.NewReader(body)))
		return rec
	}
	create := func(path, body string) string {
		rec := call("POST", path, body)
		if rec.Code != http.StatusCreated {
			tb.Fatal(rec.Body)
		}
		location := rec.Header().Get("Location")
		return location[strings.LastIndexByte(location, '/')+1:]
	}
	user = create("/Users", oktaCreate)
	create("/Users", `{"schemas":["`+userURN+`"],"userName":"bob","urn:a:b":{"c":[1,{"d":null}]}}`)
	group = create("/Groups", `{"schemas":["`+groupURN+`"],"displayName":"Eng","members":[{"value":"`+user+`"}]}`)
	return call, user, group
}

// isAnswer wants a body that is JSON, or none, and never a mistake of the server.
func isAnswer(t *testing.T, rec *httptest.ResponseRecorder) {
	t.Helper()
	if rec.Code >= 500 || rec.Body.Len() > 0 && !json.Valid(rec.Body.Bytes()) {
		t.Errorf("%d: %s", rec.Code, rec.Body)
	}
}

func FuzzFilter(f *testing.F) {
	call, _, _ := fuzzServer(f)
	for _, s := range []string{
		`userName eq "ada"`, `not (title pr) and emails[type eq "work" or value co "\u0041"]`, `urn:a:b:c gt 1.5e3`,
		`meta.created ge "2026-01-01T00:00:00Z"`, `active eq true or (a.b ne null)`, `emails[`, `((((`, `userName eq "`, "\xff", ``,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, filter string) {
		for _, path := range []string{"/Users", "/Groups"} {
			rec := call("GET", path+"?filter="+url.QueryEscape(filter), "")
			isAnswer(t, rec)
			if rec.Code != 200 {
				continue
			}
			// The opposite finds the others, unless it is longer than allowed.
			rest := call("GET", path+"?filter="+url.QueryEscape("not ("+filter+")"), "")
			var a, b, all struct{ TotalResults int }
			if rest.Code != 200 || json.Unmarshal(rec.Body.Bytes(), &a) != nil || json.Unmarshal(rest.Body.Bytes(), &b) != nil ||
				json.Unmarshal(call("GET", path, "").Body.Bytes(), &all) != nil {
				if len(filter) < 8000 && strings.Count(filter, "(")+strings.Count(filter, "[") < 30 {
					t.Errorf("%q is a filter, its opposite is not: %s", filter, rest.Body)
				}
				continue
			}
			if a.TotalResults+b.TotalResults != all.TotalResults {
				t.Errorf("%q finds %d, its opposite %d of %d", filter, a.TotalResults, b.TotalResults, all.TotalResults)
			}
		}
	})
}

func FuzzPatch(f *testing.F) {
	const head = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":`
	for _, s := range []string{
		`[{"op":"replace","value":{"active":false}}]`, `[{"op":"Add","path":"urn:0","value":[{}]}]`, `[{"op":"add","path":"emails[type eq \"work\"].value","value":"x"}]`,
		`[{"op":"remove","path":"members[value eq \"x\"]"}]`, `[{"op":"remove","path":"name.givenName"},{"op":"add","path":"name","value":{"a":1}}]`,
		`[{"op":"add","path":"urn:a:b:c[d pr].e","value":[{}]}]`, `[{"op":"replace","path":"urn:x:User","value":{"a":{"b":[]}}}]`,
		`[{"op":"add","value":{"emails":[{"primary":true,"value":"q"}],"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":{"value":"1"}}}}]`, `null`, `[{}]`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, operations string) {
		call, user, group := fuzzServer(t) // a failing input must fail by itself
		for _, path := range []string{"/Users/" + user, "/Groups/" + group} {
			before := call("GET", path, "").Body.String()
			rec := call("PATCH", path, head+operations+"}")
			isAnswer(t, rec)
			after := call("GET", path, "")
			switch {
			case rec.Code != 200 && after.Body.String() != before:
				t.Errorf("refused, but changed:\n%s\nwas\n%s", after.Body, before)
			case rec.Code == 200:
				// What a server shows it must take back, and find nothing new in it.
				echo := call("PUT", path, after.Body.String())
				if echo.Code != 200 || echo.Body.String() != after.Body.String() {
					t.Errorf("echo of\n%s\nis %d\n%s", after.Body, echo.Code, echo.Body)
				}
			}
		}
	})
}

func FuzzSearch(f *testing.F) {
	call, _, _ := fuzzServer(f)
	for _, s := range []string{
		`"filter":"userName pr","sortBy":"emails.value","sortOrder":"descending","count":1,"cursor":""`, `"attributes":["name.givenName"],"startIndex":-1,"count":0`,
		`"sortBy":"urn:a:b:c.d","cursor":"AQ"`, `"excludedAttributes":["members"],"cursor":null,"sortBy":"members"`, `"COUNT":1e99`, `"sortBy":"meta.lastModified","filter":7`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, members string) {
		body := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],` + members + `}`
		for _, path := range []string{"/Users", "/Groups", ""} {
			rec := call("POST", path+"/.search", body)
			isAnswer(t, rec)
			var a struct {
				TotalResults, ItemsPerPage int
				Resources                  []any
				NextCursor                 string
			}
			if rec.Code == 200 && (json.Unmarshal(rec.Body.Bytes(), &a) != nil || len(a.Resources) != a.ItemsPerPage || a.ItemsPerPage > a.TotalResults || a.NextCursor != "" && a.ItemsPerPage == a.TotalResults) {
				t.Errorf("%s", rec.Body)
			}
		}
	})
}
