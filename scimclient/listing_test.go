package scimclient_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oktascim/oktascim/scimclient"
)

// people are n resources in a row, from number first (1-based).
func people(first, n int) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf(`{"id":"u%d","userName":"User%d"}`, first+i, first+i))
	}
	return out
}

func list(total int, resources []string) string {
	return fmt.Sprintf(`{%s,"totalResults":%d,"Resources":[%s]}`, listSchemas, total, strings.Join(resources, ","))
}

// between are people start … start+count-1 of all.
func between(all, start, count int) []string {
	return people(start, max(0, min(count, all-start+1)))
}

func TestListsOfEveryKindOfServer(t *testing.T) {
	for _, test := range []struct {
		name string
		// answer makes the page for startIndex and count; a number is a status.
		answer   func(start, count int) string
		query    scimclient.Query
		distinct int
		total    int
		complete bool
		requests []int // startIndex of each
	}{
		{"honest", func(s, n int) string { return list(250, between(250, s, n)) }, scimclient.Query{}, 250, 250, true, []int{1, 101, 201, 251}},
		{"honest, last page short", func(s, n int) string { return list(203, between(203, s, n)) }, scimclient.Query{}, 203, 203, true, []int{1, 101, 201}},
		{"empty", func(int, int) string { return list(0, nil) }, scimclient.Query{}, 0, 0, true, []int{1}},
		{"empty without Resources", func(int, int) string { return `{` + listSchemas + `,"totalResults":0}` }, scimclient.Query{}, 0, 0, true, []int{1}},
		{"few", func(s, n int) string { return list(3, between(3, s, n)) }, scimclient.Query{}, 3, 3, true, []int{1}},
		{"a filter's hit", func(s, n int) string { return list(1, between(1, s, n)) }, scimclient.Query{Filter: "a pr", Count: 1}, 1, 1, true, []int{1}},
		{"pages capped at 50", func(s, n int) string { return list(120, between(120, s, min(n, 50))) }, scimclient.Query{}, 120, 120, true, []int{1, 51, 101, 121}},
		{"total capped at 50", func(s, n int) string { return list(min(50, 120), between(120, s, min(n, 50))) }, scimclient.Query{}, 120, 50, true, []int{1, 51, 101, 121}},
		{"startIndex ignored", func(int, int) string { return list(120, between(120, 1, 20)) }, scimclient.Query{}, 20, 120, false, []int{1, 21}},
		{"first page again at the end", func(s, n int) string {
			if s > 200 {
				s = 1
			}
			return list(200, between(200, s, n))
		}, scimclient.Query{}, 200, 200, true, []int{1, 101, 201}},
		{"400 past the end", func(s, n int) string {
			if s > 200 {
				return "400"
			}
			return list(200, between(200, s, n))
		}, scimclient.Query{}, 200, 200, true, []int{1, 101, 201}},
		{"a person is hidden", func(s, n int) string { return list(10, between(9, s, n)) }, scimclient.Query{}, 9, 10, false, []int{1, 10}},
		{"total shrinks on the way", func(s, n int) string {
			total := 210
			if s > 1 {
				total = 150
			}
			return list(total, between(150, s, n))
		}, scimclient.Query{}, 150, 210, false, []int{1, 101, 151}},
		{"somebody moved to the next page", func(s, n int) string {
			if s > 1 {
				return list(150, people(100, 51))
			}
			return list(150, people(1, 100))
		}, scimclient.Query{}, 150, 150, true, []int{1, 101}},
		{"no Resources past the end", func(s, n int) string {
			if s > 100 {
				return `{` + listSchemas + `,"totalResults":100}`
			}
			return list(100, between(100, s, n))
		}, scimclient.Query{}, 100, 100, true, []int{1, 101}},
		{"lower case names, no schemas", func(s, n int) string {
			return `{"totalresults":1,"startindex":"1","resources":[{"id":"u1"}]}`
		}, scimclient.Query{}, 1, 1, true, []int{1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var starts []int
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				start, _ := strconv.Atoi(r.URL.Query().Get("startIndex"))
				count, _ := strconv.Atoi(r.URL.Query().Get("count"))
				starts = append(starts, start)
				body := test.answer(start, count)
				if code, err := strconv.Atoi(body); err == nil {
					write(w, code, "")
					return
				}
				write(w, 200, body)
			})
			ids, stats, err := collect(t.Context(), scimclient.At[scimclient.Object](client(t, s), "/Users"), test.query)
			if err != nil {
				t.Fatal(err)
			}
			slices.Sort(ids)
			if len(slices.Compact(ids)) != test.distinct {
				t.Errorf("%d different people, want %d", len(slices.Compact(ids)), test.distinct)
			}
			if diff := cmp.Diff(scimclient.Stats{Pages: stats.Pages, Distinct: test.distinct, Total: test.total, Ended: true}, stats); diff != "" {
				t.Error(diff)
			}
			if stats.Complete() != test.complete {
				t.Errorf("complete: %v", stats.Complete())
			}
			if diff := cmp.Diff(test.requests, starts); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAListThatIsNoneIsAnError(t *testing.T) {
	for name, body := range map[string]string{
		"empty":                    ``,
		"null":                     `null`,
		"bare array":               `[]`,
		"empty object":             `{}`,
		"web page":                 `<!doctype html><p>Sign in`,
		"text":                     `OK`,
		"another schema":           `{"schemas":["urn:example:List"],"totalResults":0,"Resources":[]}`,
		"an Error inside":          `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"no","status":"500"}`,
		"an error of another kind": `{"error":"no"}`,
		"total is text":            `{` + listSchemas + `,"totalResults":"1","Resources":[{"id":"u1"}]}`,
		"total is broken":          `{` + listSchemas + `,"totalResults":1.5,"Resources":[{"id":"u1"}]}`,
		"total below zero":         `{` + listSchemas + `,"totalResults":-1,"Resources":[]}`,
		"no total":                 `{` + listSchemas + `,"Resources":[{"id":"u1"}]}`,
		"no Resources":             `{` + listSchemas + `,"totalResults":5}`,
		"Resources is an object":   `{` + listSchemas + `,"totalResults":1,"Resources":{"id":"u1"}}`,
		"a resource without id":    list(2, []string{`{"id":"u1"}`, `{"userName":"x"}`}),
		"a resource is a number":   list(1, []string{`1`}),
		"an id is a number":        list(1, []string{`{"id":1}`}),
		"a duplicate member":       list(1, []string{`{"id":"u1","a":1,"a":2}`}),
		"invalid UTF-8":            list(1, []string{"{\"id\":\"u1\",\"a\":\"\xff\"}"}),
		"cut":                      `{` + listSchemas + `,"totalResults":1,"Resources":[{"id":"u1"`,
		"two values":               list(0, nil) + list(0, nil),
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, _ *http.Request) { write(w, 200, body) })
			_, stats, err := collect(t.Context(), scimclient.At[scimclient.Object](client(t, s), "/Users"), scimclient.Query{})
			if !errors.Is(err, scimclient.ErrNotSCIM) && !errors.Is(err, scimclient.ErrHidden) {
				t.Errorf("%v, want no SCIM", err)
			}
			if stats.Ended || stats.Complete() {
				t.Errorf("a list with an error is complete: %+v", stats)
			}
		})
	}
}

func TestAFailureOnAnyPageLeavesTheListIncomplete(t *testing.T) {
	for page := range 3 {
		for name, fail := range map[string]func(http.ResponseWriter){
			"500": func(w http.ResponseWriter) { write(w, 500, "") },
			"401": func(w http.ResponseWriter) { write(w, 401, "") },
			"cut": func(w http.ResponseWriter) { cut(w, 200, list(250, nil)) },
		} {
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				start, _ := strconv.Atoi(r.URL.Query().Get("startIndex"))
				if start == page*100+1 {
					fail(w)
					return
				}
				write(w, 200, list(250, between(250, start, 100)))
			})
			ids, stats, err := collect(t.Context(), scimclient.At[scimclient.Object](client(t, s), "/Users"), scimclient.Query{})
			if err == nil || stats.Complete() || len(ids) != page*100 {
				t.Errorf("%s on page %d: %d ids, %+v, %v", name, page, len(ids), stats, err)
			}
		}
	}
}

func TestAnEndlessServerIsStopped(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		start, _ := strconv.Atoi(r.URL.Query().Get("startIndex"))
		write(w, 200, list(start+1000, people(start, 100)))
	})
	_, stats, err := collect(t.Context(), scimclient.At[scimclient.Object](client(t, s), "/Users"), scimclient.Query{Most: 1000})
	if !errors.Is(err, scimclient.ErrEndless) || stats.Complete() || stats.Pages != 11 {
		t.Error(err, stats)
	}
}

func TestALoopThatBreaksAsksForNoMore(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { write(w, 200, list(1000, people(1, 100))) })
	l := scimclient.Users(client(t, s)).List(t.Context(), scimclient.Query{})
	for range 2 { // each range starts again
		for u, err := range l.All() {
			if err != nil || u.UserName != "User1" {
				t.Error(u, err)
			}
			break
		}
	}
	if len(s.asked()) != 2 || l.Stats().Complete() {
		t.Error(s.asked(), l.Stats())
	}
}

func TestQueriesHaveOktasForm(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { write(w, 200, list(0, nil)) })
	c := client(t, s)
	_, _, err := collect(t.Context(), scimclient.At[scimclient.Object](c, "/Groups"), scimclient.Query{
		Filter: "displayName eq " + scimclient.Quote(`R&D + "Ops"`), Count: 5, Attributes: []string{"id", "displayName"}, ExcludeAttributes: []string{"members"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := scimclient.Users(c).Find(t.Context(), "userName", "a@b"); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"GET /scim/v2/Groups?filter=displayName%20eq%20%22R%26D%20%2B%20%5C%22Ops%5C%22%22&startIndex=1&count=5&attributes=id%2CdisplayName&excludedAttributes=members",
		"GET /scim/v2/Users?filter=userName%20eq%20%22a%40b%22&startIndex=1&count=100",
	}
	if diff := cmp.Diff(want, s.asked()); diff != "" {
		t.Error(diff)
	}
}

func TestFindBelievesNoHitThatDoesNotEqual(t *testing.T) {
	// The server ignores the filter, an administrator comes first.
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		write(w, 200, list(4, []string{
			`{"id":"0","userName":"admin","externalId":"X"}`, `{"id":"1","userName":"ADA@x.test","externalId":"00u1"}`,
			`{"id":"2","USERNAME":"ada@x.test","externalId":"00U1"}`, `{"id":"3"}`,
		}))
	})
	c := client(t, s)
	for _, test := range []struct{ attribute, value, want string }{
		{"userName", "ada@x.test", "1 2"},
		{"externalId", "00u1", "1"},
		{"userName", "nobody", ""},
	} {
		found, err := scimclient.At[scimclient.Object](c, "/Users").Find(t.Context(), test.attribute, test.value)
		var ids []string
		for _, o := range found {
			ids = append(ids, o.ID())
		}
		if err != nil || strings.Join(ids, " ") != test.want {
			t.Errorf("%s %s: %v %v", test.attribute, test.value, ids, err)
		}
	}
	none := serve(t, func(w http.ResponseWriter, _ *http.Request) { write(w, 404, "") })
	if found, err := scimclient.Users(client(t, none)).Find(t.Context(), "userName", "a"); err != nil || len(found) != 0 {
		t.Error(found, err)
	}
}
