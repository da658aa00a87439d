package oktasource_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oktascim/oktascim/agent/directory"
)

func TestAReadingHoldsWhoIsAssignedAndWhatIsPushed(t *testing.T) {
	f := newFake(t)
	got, err := f.source().Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	person := func(id directory.SourceID, name, given string) directory.User[directory.SourceID] {
		return directory.User[directory.SourceID]{
			ID: id, ExternalID: string(id), UserName: name, Active: true, Via: "Staff",
			Attributes: directory.Attributes{
				{Path: "emails[primary eq true].type", Value: `"work"`},
				{Path: "emails[primary eq true].value", Value: directory.Value(`"` + name + `"`)},
				{Path: "name.familyName", Value: `"X"`},
				{Path: "name.givenName", Value: directory.Value(`"` + given + `"`)},
				{Path: "title"},
				{Path: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", Value: `"R&D"`},
			},
		}
	}
	want := directory.Desired{
		Users: []directory.User[directory.SourceID]{person(ada, "ada@x.test", "ada"), person(bob, "bob@x.test", "bob"), person(cat, "cat@x.test", "cat")},
		Groups: []directory.Group[directory.SourceID]{
			{ID: eng, ExternalID: eng, Name: "Engineering", Members: []directory.SourceID{ada, bob}},
			{ID: ops, ExternalID: ops, Name: "Ops", Paused: true},
		},
		Switches: directory.Switches{CreateUsers: true, UpdateUsers: true, DeactivateUsers: true, PushGroups: true},
		Evidence: directory.Evidence{Requests: 7},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
