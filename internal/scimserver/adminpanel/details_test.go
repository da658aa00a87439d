package adminpanel_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestOnePersonIsShownWithEverythingButThePassword(t *testing.T) {
	g := start(t)
	g.signIn()
	id, err := g.server.Create("User", []byte(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ada@x.test","title":"Engineer","password":"never-shown-1"}`))
	if err != nil {
		t.Fatal(err)
	}
	group, err := g.server.Create("Group", []byte(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Eng","members":[{"value":"`+id+`"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	p := g.get("users/" + id)
	for _, want := range []string{"ada@x.test", "Engineer", "Eng", id} {
		if !strings.Contains(p.body, want) {
			t.Errorf("the person's page does not show %q", want)
		}
	}
	if p.status != http.StatusOK || strings.Contains(p.body, "never-shown-1") {
		t.Errorf("status %d, or the password is shown", p.status)
	}
	if p := g.get("groups/" + group); !strings.Contains(p.body, "ada@x.test") {
		t.Error("the group's page does not show its member")
	}
	if p := g.get("users/nobody"); p.status != http.StatusNotFound {
		t.Errorf("somebody who does not exist is answered %d", p.status)
	}
}

func TestPeopleAreFoundByAPartOfTheirName(t *testing.T) {
	g := start(t)
	g.signIn()
	for _, name := range []string{"ada@x.test", "bob@x.test"} {
		if _, err := g.server.Create("User", []byte(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"`+name+`"}`)); err != nil {
			t.Fatal(err)
		}
	}
	if p := g.get("users?q=ADA"); !strings.Contains(p.body, "ada@x.test") || strings.Contains(p.body, "bob@x.test") {
		t.Error("the search does not find Ada alone")
	}
}

func TestAResetIsAskedAboutAndDoneOnce(t *testing.T) {
	g := start(t)
	g.signIn()
	if p := g.post("sample", "people", "10"); !strings.Contains(p.body, "added") {
		t.Error("the sample people are not told of")
	}
	if _, n := g.server.Users(0, 0); n != 10 {
		t.Fatalf("%d sample people", n)
	}
	asked := g.get("reset")
	if _, n := g.server.Users(0, 0); n != 10 || !strings.Contains(asked.body, "cannot be undone") {
		t.Fatal("asking has reset, or does not warn")
	}
	if p := g.post("reset", "key", "made-up"); p.status != http.StatusConflict {
		t.Errorf("a made-up key is answered %d", p.status)
	}
	g.post("reset", "key", asked.formKey())
	if _, n := g.server.Users(0, 0); n != 0 {
		t.Errorf("%d people are left", n)
	}
	if p := g.post("reset", "key", asked.formKey()); p.status != http.StatusConflict {
		t.Errorf("the form works twice: %d", p.status)
	}
}
