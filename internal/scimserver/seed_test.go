package scimserver_test

import (
	"testing"

	"github.com/oktascim/oktascim/internal/scimserver"
)

func TestASandboxCanStartWithUsers(t *testing.T) {
	g := start(t, scimserver.Options{})
	id, err := g.srv.Create("User", []byte(oktaCreate))
	if err != nil {
		t.Fatal(err)
	}
	g.do("GET", "/Users/"+id, "").want(200).is(`"Ada.Byron@x.test"`, "userName")
	for _, c := range [][2]string{{"User", oktaCreate}, {"User", `{}`}, {"User", `{`}, {"Device", oktaCreate}} {
		if id, err := g.srv.Create(c[0], []byte(c[1])); err == nil || id != "" {
			t.Errorf("%s %s: %q, %v", c[0], c[1], id, err)
		}
	}
}
