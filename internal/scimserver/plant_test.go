package scimserver_test

import (
	"strings"
	"testing"

	"github.com/oktascim/oktascim/internal/scimserver"
)

func TestPlantedPeopleAreThereLikeOthers(t *testing.T) {
	s := scimserver.New(scimserver.Options{})
	id, err := s.Plant("User", []byte(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ada@x.test"}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Plant("Group", []byte(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Eng","members":[{"value":"`+id+`"}]}`)); err != nil {
		t.Fatal(err)
	}
	users, _ := s.Users(0, 10)
	if len(users) != 1 || users[0].UserName != "ada@x.test" || len(users[0].Groups) != 1 {
		t.Errorf("got %+v", users)
	}
}

func TestWhatCannotBePlantedIsSaidInWords(t *testing.T) {
	s := scimserver.New(scimserver.Options{})
	for body, want := range map[string]string{
		`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"]}`: "userName",
		`{`: "offset 1",
	} {
		if _, err := s.Plant("User", []byte(body)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", body, err)
		}
	}
	if _, err := s.Plant("Robot", []byte(`{}`)); err == nil {
		t.Error("a robot was planted")
	}
}
