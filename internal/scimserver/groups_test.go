package scimserver_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/oktascim/oktascim/internal/scimserver"
)

func TestOktaPushesAGroup(t *testing.T) {
	g := start(t, scimserver.Options{})
	ada, bob, cat := g.user("ada@x.test", ""), g.user("bob@x.test", ""), g.user("cat@x.test", "")
	// POST with members, then PATCH add with the same list.
	list := `[{"value":"` + ada + `","display":"ada@x.test"},{"value":"` + bob + `","display":"bob@x.test"}]`
	a := g.do("POST", "/Groups", `{"schemas":["`+groupURN+`"],"displayName":"Eng","members":`+list+`}`).want(201)
	path := "/Groups/" + a.id()
	members := func(want ...string) {
		t.Helper()
		if got := g.do("GET", path, "").want(200).values("members"); !equalSets(got, want) {
			t.Errorf("members %v, want %v", got, want)
		}
	}
	members(ada, bob)
	g.patch(path, `{"op":"add","path":"members","value":`+list+`}`).want(200)
	members(ada, bob)
	// The name without a path and with the id, as before each change.
	g.patch(path, `{"op":"replace","value":{"id":"`+a.id()+`","displayName":"Engineers"}}`).want(200).is(`"Engineers"`, "displayName")
	members(ada, bob)
	g.patch(path, `{"op":"remove","path":"members[value eq \"`+ada+`\"]"},{"op":"add","path":"members","value":[{"value":"`+cat+`","display":"cat@x.test"}]}`).want(200)
	members(bob, cat)
	g.patch(path, `{"op":"replace","path":"members","value":[{"value":"`+ada+`"}]}`).want(200)
	members(ada)
	g.patch(path, `{"op":"replace","path":"members","value":[]}`).want(200).is(`[]`, "members")
	g.patch(path, `{"op":"replace","value":{"members":[{"value":"`+bob+`"},{"value":"`+cat+`"}]}}`).want(200)
	members(bob, cat)
	g.patch(path, `{"op":"Remove","path":"members","value":[{"value":"`+bob+`"},{"value":"`+ada+`"}]}`).want(200)
	members(cat)
	g.patch(path, `{"op":"remove","path":"members"}`).want(200)
	members()
	g.do("DELETE", path, "").want(204)
	g.do("GET", path, "").want(404)
	g.group("Engineers") // the name is free again
}

func TestMembersAreShownWithNameTypeAndAddress(t *testing.T) {
	g := start(t, scimserver.Options{})
	ada := g.user("ada@x.test", `"displayName":"Ada"`)
	inner := g.group("Inner", ada)
	outer := g.group("Outer", inner, ada)
	g.do("GET", "/Groups/"+outer, "").want(200).is(`[
		{"value":"`+inner+`","$ref":"`+g.url+`/Groups/`+inner+`","display":"Inner","type":"Group"},
		{"value":"`+ada+`","$ref":"`+g.url+`/Users/`+ada+`","display":"ada@x.test","type":"User"}]`, "members")
	g.do("GET", "/Users/"+ada, "").want(200).is(`[
		{"value":"`+inner+`","$ref":"`+g.url+`/Groups/`+inner+`","display":"Inner","type":"direct"},
		{"value":"`+outer+`","$ref":"`+g.url+`/Groups/`+outer+`","display":"Outer","type":"direct"}]`, "groups")
	g.patch("/Groups/"+outer, `{"op":"remove","path":"members[type eq \"Group\"]"}`).want(200)
	if got := g.do("GET", "/Groups/"+outer, "").values("members"); !slices.Equal(got, []string{ada}) {
		t.Errorf("members %v", got)
	}
	// A deleted member leaves.
	g.do("DELETE", "/Users/"+ada, "").want(204)
	g.do("GET", "/Groups/"+outer, "").want(200).is(`[]`, "members")
}

func TestMembersThatCannotBeAreRefused(t *testing.T) {
	g := start(t, scimserver.Options{})
	ada := g.user("ada@x.test", "")
	eng := g.group("Eng", ada)
	path := "/Groups/" + eng
	g.do("POST", "/Groups", `{"schemas":["`+groupURN+`"],"displayName":"X","members":[{"value":"`+ada+`"},{"value":"nobody"}]}`).refused(400, "invalidValue", "/members/1/value")
	g.do("PUT", path, `{"schemas":["`+groupURN+`"],"displayName":"Eng","members":[{"display":"Ada"}]}`).refused(400, "invalidValue", "/members/0/value")
	g.patch(path, `{"op":"add","path":"members","value":[{"value":"nobody"}]}`).refused(400, "invalidValue", "/Operations/0/value/0/value")
	g.patch(path, `{"op":"add","path":"members","value":[{"value":"`+eng+`"}]}`).refused(400, "invalidValue", "itself")
	g.patch(path, `{"op":"remove","path":"members","value":null}`).refused(400, "invalidValue", "null")
	g.patch(path, `{"op":"replace","path":"members[value eq \"nobody\"]","value":[{"value":"`+ada+`"}]}`).refused(400, "noTarget", "")
	g.patch(path, `{"op":"replace","path":"members[value eq \"`+ada+`\"].display","value":"x"}`).refused(400, "mutability", "")
	// Removing who is not there is no mistake: the state asked for is reached.
	g.patch(path, `{"op":"remove","path":"members[value eq \"nobody\"]"}`).want(200)
	g.patch(path, `{"op":"remove","path":"members","value":[{"value":"nobody"}]}`).want(200)
	if got := g.do("GET", path, "").values("members"); !slices.Equal(got, []string{ada}) {
		t.Errorf("members %v", got)
	}
	if _, total := g.srv.Groups(0, 10); total != 1 {
		t.Errorf("%d groups after a refused create", total)
	}
}

func TestPutOfAGroupWithoutMembersEmptiesIt(t *testing.T) {
	g := start(t, scimserver.Options{})
	ada := g.user("ada@x.test", "")
	eng := g.group("Eng", ada)
	read := g.do("GET", "/Groups/"+eng, "").want(200)
	if echo := g.do("PUT", "/Groups/"+eng, read.text).want(200); echo.text != read.text {
		t.Errorf("echo:\n%s\nwant\n%s", echo.text, read.text)
	}
	g.do("PUT", "/Groups/"+eng, `{"schemas":["`+groupURN+`"],"displayName":"Eng"}`).want(200).is(`[]`, "members")
	g.do("GET", "/Users/"+ada, "").want(200).is(`[]`, "groups")
}

func TestParallelAddsLoseNobody(t *testing.T) {
	g := start(t, scimserver.Options{})
	eng := g.group("Eng")
	var ids []string
	for i := range 40 {
		ids = append(ids, g.user(fmt.Sprintf("u%d@x.test", i), ""))
	}
	var wg sync.WaitGroup
	for _, id := range ids {
		wg.Go(func() { g.patch("/Groups/"+eng, `{"op":"add","path":"members","value":[{"value":"`+id+`"}]}`) })
	}
	wg.Wait()
	if got := g.do("GET", "/Groups/"+eng, "").values("members"); !equalSets(got, ids) {
		t.Errorf("%d members, want %d", len(got), len(ids))
	}
}

func TestAThousandMembersInOneOperation(t *testing.T) {
	g := start(t, scimserver.Options{MaxOperations: 1000})
	var ids []string
	for i := range 1000 {
		ids = append(ids, g.user(fmt.Sprintf("u%d", i), ""))
	}
	eng := g.group("Eng")
	g.patch("/Groups/"+eng, `{"op":"add","path":"members","value":`+memberList(ids)+`}`).want(200)
	var ops []string
	for _, id := range ids {
		ops = append(ops, `{"op":"remove","path":"members[value eq \"`+id+`\"]"}`)
	}
	g.patch("/Groups/"+eng, strings.Join(ops, ",")).want(200).is(`[]`, "members")
	g.patch("/Groups/"+eng, strings.Join(append(ops, ops[0]), ",")).refused(413, "", "1000")
}

func TestThePanelSeesUsersAndGroups(t *testing.T) {
	g := start(t, scimserver.Options{})
	ada := g.user("ada@x.test", `"displayName":"Ada","emails":[{"value":"ada@x.test"}]`)
	g.user("bob@x.test", `"active":false`)
	eng := g.group("Eng", ada)
	users, total := g.srv.Users(0, 1)
	if total != 2 || len(users) != 1 || users[0].UserName != "ada@x.test" || !users[0].Active || users[0].Emails[0] != "ada@x.test" ||
		users[0].Groups[0] != (scimserver.Ref{ID: eng, Display: "Eng"}) || users[0].Created.IsZero() {
		t.Errorf("%d, %+v", total, users)
	}
	if users, _ := g.srv.Users(1, 10); len(users) != 1 || users[0].Active {
		t.Errorf("%+v", users)
	}
	if users, total := g.srv.Users(5, 10); len(users) != 0 || total != 2 {
		t.Errorf("%d, %+v", total, users)
	}
	groups, total := g.srv.Groups(0, 10)
	if total != 1 || groups[0].DisplayName != "Eng" || groups[0].Members[0] != (scimserver.Ref{ID: ada, Display: "ada@x.test"}) {
		t.Errorf("%d, %+v", total, groups)
	}
}
