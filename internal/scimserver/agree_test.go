package scimserver_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/oktascim/oktascim/internal/scimserver"
)

// world is the slow and simple truth: who is in which group.
type world struct {
	h       http.Handler
	users   []string            // ids that exist
	members map[string][]string // group id to member ids; only groups that exist
	serial  int
}

// send calls the handler without a network: there are thousands of calls.
func (w *world) send(t *rapid.T, method, path, body string, wantStatus int) map[string]any {
	r := httptest.NewRequestWithContext(t.Context(), method, "/scim/v2"+path, strings.NewReader(body))
	rec := httptest.NewRecorder()
	w.h.ServeHTTP(rec, r)
	if rec.Code != wantStatus {
		t.Fatalf("%s %s %s: %d, want %d: %s", method, path, body, rec.Code, wantStatus, rec.Body)
	}
	var m map[string]any
	if rec.Body.Len() > 0 {
		if err := json.Unmarshal(rec.Body.Bytes(), &m); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func (w *world) everything() []string {
	return slices.Concat(w.users, slices.Sorted(maps.Keys(w.members)))
}

func (w *world) drawMembers(t *rapid.T, self string) []string {
	all := slices.DeleteFunc(w.everything(), func(id string) bool { return id == self })
	if len(all) == 0 {
		return nil
	}
	return rapid.SliceOfN(rapid.SampledFrom(all), 0, 4).Draw(t, "members")
}

func (w *world) drawGroup(t *rapid.T) string {
	if len(w.members) == 0 {
		t.Skip("no group")
	}
	return rapid.SampledFrom(slices.Sorted(maps.Keys(w.members))).Draw(t, "group")
}

func (w *world) drawUser(t *rapid.T) string {
	if len(w.users) == 0 {
		t.Skip("no user")
	}
	return rapid.SampledFrom(w.users).Draw(t, "user")
}

func union(a, b []string) []string {
	for _, id := range b {
		if !slices.Contains(a, id) {
			a = append(slices.Clip(a), id)
		}
	}
	return a
}

func minus(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(id string) bool { return slices.Contains(b, id) })
}

func (w *world) patchGroup(t *rapid.T, id, ops string) {
	w.send(t, "PATCH", "/Groups/"+id, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[`+ops+`]}`, 200)
}

func (w *world) actions() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"create user": func(t *rapid.T) {
			w.serial++
			u := w.send(t, "POST", "/Users", fmt.Sprintf(`{"schemas":[%q],"userName":"u%d","groups":[{"value":"x"}]}`, userURN, w.serial), 201)
			w.users = append(w.users, u["id"].(string))
		},
		"create group": func(t *rapid.T) {
			m := w.drawMembers(t, "")
			g := w.send(t, "POST", "/Groups", fmt.Sprintf(`{"schemas":[%q],"displayName":"g","members":%s}`, groupURN, memberList(m)), 201)
			w.members[g["id"].(string)] = union(nil, m)
		},
		"put group": func(t *rapid.T) {
			g := w.drawGroup(t)
			m := w.drawMembers(t, g)
			w.send(t, "PUT", "/Groups/"+g, fmt.Sprintf(`{"schemas":[%q],"displayName":"h","members":%s}`, groupURN, memberList(m)), 200)
			w.members[g] = union(nil, m)
		},
		"add": func(t *rapid.T) {
			g := w.drawGroup(t)
			m := w.drawMembers(t, g)
			w.patchGroup(t, g, `{"op":"add","path":"members","value":`+memberList(m)+`}`)
			w.members[g] = union(w.members[g], m)
		},
		"remove by value": func(t *rapid.T) {
			g := w.drawGroup(t)
			m := w.drawMembers(t, g)
			w.patchGroup(t, g, `{"op":"remove","path":"members","value":`+memberList(m)+`}`)
			w.members[g] = minus(w.members[g], m)
		},
		"remove, add and remove again in one": func(t *rapid.T) {
			g := w.drawGroup(t)
			out, in, back := w.drawMembers(t, g), w.drawMembers(t, g), w.drawMembers(t, g)
			var ops []string
			for _, id := range out {
				ops = append(ops, `{"op":"remove","path":"members[value eq \"`+id+`\"]"}`)
			}
			ops = append(ops, `{"op":"add","path":"members","value":`+memberList(in)+`}`)
			for _, id := range back {
				ops = append(ops, `{"op":"remove","path":"members[value eq \"`+id+`\" and display pr]"}`)
			}
			w.patchGroup(t, g, strings.Join(ops, ","))
			w.members[g] = minus(union(minus(w.members[g], out), in), back)
		},
		"replace": func(t *rapid.T) {
			g := w.drawGroup(t)
			m := w.drawMembers(t, g)
			w.patchGroup(t, g, `{"op":"replace","value":{"members":`+memberList(m)+`}}`)
			w.members[g] = union(nil, m)
		},
		"echo user with other groups": func(t *rapid.T) {
			id := w.drawUser(t)
			u := w.send(t, "GET", "/Users/"+id, "", 200)
			u["groups"], u["active"] = []any{}, rapid.Bool().Draw(t, "active")
			body, err := json.Marshal(u)
			if err != nil {
				t.Fatal(err)
			}
			w.send(t, "PUT", "/Users/"+id, string(body), 200)
		},
		"delete user": func(t *rapid.T) {
			id := w.drawUser(t)
			w.send(t, "DELETE", "/Users/"+id, "", 204)
			w.users = minus(w.users, []string{id})
			w.forget(id)
		},
		"delete group": func(t *rapid.T) {
			id := w.drawGroup(t)
			w.send(t, "DELETE", "/Groups/"+id, "", 204)
			delete(w.members, id)
			w.forget(id)
		},
		"a write that is refused half-way": func(t *rapid.T) {
			g := w.drawGroup(t)
			w.send(t, "PATCH", "/Groups/"+g, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"remove","path":"members"},{"op":"add","path":"members","value":[{"value":"nobody"}]}]}`, 400)
		},
		"": w.check,
	}
}

func (w *world) forget(id string) {
	for g, m := range w.members {
		w.members[g] = minus(m, []string{id})
	}
}

// check compares both sides of every membership, and the filters that go
// through them, with the truth.
func (w *world) check(t *rapid.T) {
	values := func(list any) []string {
		out := []string{}
		l, _ := list.([]any)
		for _, e := range l {
			out = append(out, e.(map[string]any)["value"].(string))
		}
		return out
	}
	ids := func(page map[string]any) []string {
		out := []string{}
		for _, e := range page["Resources"].([]any) {
			out = append(out, e.(map[string]any)["id"].(string))
		}
		return out
	}
	groupsOf := map[string][]string{}
	for g, want := range w.members {
		if got := values(w.send(t, "GET", "/Groups/"+g, "", 200)["members"]); !slices.Equal(got, want) && !equalSets(got, want) {
			t.Fatalf("members of %s: %v, want %v", g, got, want)
		}
		for _, m := range want {
			groupsOf[m] = append(groupsOf[m], g)
		}
	}
	for _, u := range w.users {
		if got := values(w.send(t, "GET", "/Users/"+u, "", 200)["groups"]); !equalSets(got, groupsOf[u]) {
			t.Fatalf("groups of %s: %v, want %v", u, got, groupsOf[u])
		}
	}
	for _, id := range w.everything() {
		if got := ids(w.send(t, "GET", `/Groups?filter=members.value+eq+%22`+id+`%22`, "", 200)); !equalSets(got, groupsOf[id]) {
			t.Fatalf("groups with %s: %v, want %v", id, got, groupsOf[id])
		}
	}
	if got := ids(w.send(t, "GET", "/Users?count=200", "", 200)); !slices.Equal(got, w.users) && len(w.users)+len(got) > 0 {
		t.Fatalf("users %v, want %v", got, w.users)
	}
	if got := ids(w.send(t, "GET", "/Groups?count=200", "", 200)); len(got) != len(w.members) {
		t.Fatalf("%d groups, want %d", len(got), len(w.members))
	}
}

func TestMembersAndGroupsAlwaysAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &world{h: scimserver.New(scimserver.Options{}).Handler(), members: map[string][]string{}}
		t.Repeat(w.actions())
	})
}

func TestMembersAndGroupsAgreeAfterARestart(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		if rapid.IntRange(0, 9).Draw(t, "turn") > 0 {
			return // a file takes as long as ten stores in memory
		}
		path := filepath.Join(dir, "x.db")
		for _, end := range []string{"", "-wal", "-shm"} {
			_ = os.Remove(path + end)
		}
		open := func() *scimserver.Data {
			d, err := scimserver.OpenData(path)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { d.Close() })
			return d
		}
		d := open()
		w := &world{h: scimserver.New(scimserver.Options{Data: d}).Handler(), members: map[string][]string{}}
		actions := w.actions()
		actions["restart"] = func(t *rapid.T) {
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			d = open()
			w.h = scimserver.New(scimserver.Options{Data: d}).Handler()
		}
		t.Repeat(actions)
	})
}
