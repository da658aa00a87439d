package scimserver_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/oktascim/oktascim/internal/scimserver"
)

// benchServer holds 10,000 users and 500 groups of 100 members each.
func benchServer(b *testing.B, o scimserver.Options) (call func(method, path, body string, status int) string, users, groups []string) {
	b.Helper()
	h := scimserver.New(o).Handler()
	call = func(method, path, body string, status int) string {
		b.Helper()
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequestWithContext(b.Context(), method, "/scim/v2"+path, strings.NewReader(body)))
		if rec.Code != status {
			b.Fatal(rec.Code, rec.Body)
		}
		location := rec.Header().Get("Location")
		return location[strings.LastIndexByte(location, '/')+1:]
	}
	for i := range 10_000 {
		users = append(users, call("POST", "/Users", strings.ReplaceAll(oktaCreate, "Ada.Byron", fmt.Sprint("u", i)), http.StatusCreated))
	}
	for i := range 500 {
		var members []string
		for j := range 100 {
			members = append(members, users[(i*100+j*7)%len(users)])
		}
		groups = append(groups, call("POST", "/Groups", fmt.Sprintf(`{"schemas":[%q],"displayName":"g%d","members":%s}`, groupURN, i, memberList(members)), http.StatusCreated))
	}
	return call, users, groups
}

// BenchmarkLoad is everything of an initial run: 10,000 users with a password,
// 500 groups, 50,000 members.
func BenchmarkLoad(b *testing.B) {
	b.Run("memory", func(b *testing.B) {
		for b.Loop() {
			benchServer(b, scimserver.Options{})
		}
	})
	b.Run("file", func(b *testing.B) {
		n := 0
		for b.Loop() {
			n++
			d, err := scimserver.OpenData(filepath.Join(b.TempDir(), fmt.Sprint(n)))
			if err != nil {
				b.Fatal(err)
			}
			benchServer(b, scimserver.Options{Data: d})
			if err := d.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	path := filepath.Join(b.TempDir(), "x")
	d, err := scimserver.OpenData(path)
	if err != nil {
		b.Fatal(err)
	}
	benchServer(b, scimserver.Options{Data: d})
	for b.Loop() {
		if err := d.Close(); err != nil {
			b.Fatal(err)
		}
		if d, err = scimserver.OpenData(path); err != nil {
			b.Fatal(err)
		}
	}
	d.Close()
}

func BenchmarkRequests(b *testing.B) {
	d, err := scimserver.OpenData(filepath.Join(b.TempDir(), "x"))
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	call, users, groups := benchServer(b, scimserver.Options{Data: d})
	run := func(name string, f func(i int)) {
		b.Run(name, func(b *testing.B) {
			i := 0
			for b.Loop() {
				f(i)
				i++
			}
		})
	}
	run("lookup by userName", func(i int) {
		call("GET", fmt.Sprintf("/Users?filter=userName+eq+%%22U%d@x.test%%22&startIndex=1&count=100", i%10_000), "", 200)
	})
	run("scan", func(int) { call("GET", "/Users?filter=title+co+%22x%22", "", 200) })
	run("page of 100 users", func(i int) { call("GET", fmt.Sprintf("/Users?startIndex=%d&count=100", i%100*100+1), "", 200) })
	run("page of 100 groups", func(i int) { call("GET", fmt.Sprintf("/Groups?startIndex=%d&count=100", i%5*100+1), "", 200) })
	run("one member out and in", func(i int) {
		g, u := groups[i%len(groups)], users[i%len(users)]
		call("PATCH", "/Groups/"+g, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"remove","path":"members[value eq \"`+u+`\"]"},{"op":"add","path":"members","value":[{"value":"`+u+`"}]}]}`, 200)
	})
	run("group of 300", func(i int) {
		call("POST", "/Groups", fmt.Sprintf(`{"schemas":[%q],"displayName":"n%d","members":%s}`, groupURN, i, memberList(users[:300])), 201)
	})
}
