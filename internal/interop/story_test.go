package interop

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/oktascim/oktascim/internal/oktasim"
)

// dialects are the two ways in which oktascim writes.
var dialects = []string{"catalog", "wizard"}

// acme is a year at a small company, told against a fresh target.
func acme(t *testing.T, scim target, dialect string) {
	t.Helper()
	r := newRig(t, oktasim.DefaultSeed(), scim, dialect)
	r.stranger("/Users", object{"schemas": []string{userURN}, "userName": "root@acme.test", "active": true, "title": "Administrator", "name": object{"givenName": "Root", "familyName": "Admin"}})
	r.stranger("/Groups", object{"schemas": []string{groupURN}, "displayName": "Administrators"})
	r.scim(http.MethodPost, "/Users", object{"schemas": []string{userURN}, "userName": "Bob@Acme.test", "active": false, "title": "Typed in by hand"})
	r.scim(http.MethodPost, "/Groups", object{"schemas": []string{groupURN}, "displayName": "Sales"})
	r.okta(http.MethodPut, "/api/v1/apps/"+r.app+"/groups/"+r.group("Sales"), object{})
	r.push("Engineering")
	r.push("Sales")
	r.okta(http.MethodPost, "/api/v1/groups", object{"profile": object{"name": "Night shift"}})
	r.push("Night shift")
	r.checks()
	r.settle("the first apply")

	r.member(http.MethodPut, "fay@acme.test", "Engineering")
	r.settle("a person joined")

	r.member(http.MethodDelete, "bob@acme.test", "Engineering")
	r.settle("a person left")

	r.member(http.MethodPut, "bob@acme.test", "Engineering")
	r.settle("who had left came back")

	r.okta(http.MethodPut, "/api/v1/groups/"+r.group("Sales"), object{"profile": object{"name": `Sales & "Success"`}})
	r.settle("a group was renamed")

	r.profile("ada@acme.test", object{"title": "Lead", "department": "Research", "displayName": "Ada, Countess", "primaryPhone": "+44 20 5550 2002", "employeeNumber": nil})
	r.profile("eve@acme.test", object{"title": nil, "streetAddress": "1 Main St", "city": "Cork", "countryCode": "IE"})
	r.settle("profiles changed")

	r.profile("cat@acme.test", object{"login": "cat.stevens@acme.test", "email": "cat.stevens@acme.test"})
	r.settle("a person got another userName")

	r.lifecycle("dan@acme.test", "deactivate")
	r.settle("a person was deactivated in Okta")

	r.lifecycle("dan@acme.test", "activate?sendEmail=false")
	r.settle("the person was activated again")

	r.member(http.MethodPut, "dan@acme.test", "Engineering")
	r.member(http.MethodPut, "eve@acme.test", "Engineering")
	r.member(http.MethodDelete, "ada@acme.test", "Engineering")
	r.member(http.MethodDelete, "fay@acme.test", "Engineering")
	r.settle("people joined and left one group")

	driftInProfiles(r, "bob@acme.test", "dan@acme.test")
	r.settle("accounts were changed in the target")

	driftInGroups(r, "Engineering", "cat.stevens@acme.test", "dan@acme.test")
	r.settle("groups were changed in the target")

	r.patch(r.there("/Groups", "Engineering"), object{"op": "remove", "path": "members"})
	r.settle("a group was emptied in the target")

	// Engineering was made by oktascim, the group of the sales people was there before.
	for _, name := range []string{"Engineering", `Sales & "Success"`} {
		r.patch(r.there("/Groups", name), object{"op": "add", "path": "members", "value": []object{{"value": r.idThere("/Users", "root@acme.test")}}})
	}
	r.guests[r.idThere("/Groups", `Sales & "Success"`)] = "root@acme.test"
	r.settle("somebody of the target's own was put into two groups")

	r.member(http.MethodPut, "dan@acme.test", "Night shift")
	r.settle("somebody joined an empty group")

	r.member(http.MethodDelete, "dan@acme.test", "Night shift")
	r.settle("the last one left a group")

	r.scim(http.MethodDelete, r.there("/Groups", "Engineering"), nil)
	r.settle("a group was deleted in the target")

	r.scim(http.MethodDelete, r.there("/Users", "eve@acme.test"), nil)
	r.settle("an account was deleted in the target")
	r.rest()
}

// driftInProfiles changes the title of one account and switches another off.
func driftInProfiles(r *rig, retitled, switchedOff string) {
	r.Helper()
	r.patch(r.there("/Users", retitled), object{"op": "replace", "path": "title", "value": "Drifted"})
	r.patch(r.there("/Users", switchedOff), object{"op": "replace", "path": "active", "value": false})
}

// driftInGroups renames a group, takes two people out and puts one of them in again.
func driftInGroups(r *rig, name, outside, back string) {
	r.Helper()
	group := r.there("/Groups", name)
	for _, member := range []string{outside, back} {
		r.patch(group, object{"op": "remove", "path": fmt.Sprintf("members[value eq %q]", r.idThere("/Users", member))})
	}
	r.patch(group, object{"op": "add", "path": "members", "value": []object{{"value": r.idThere("/Users", back)}}})
	r.patch(group, object{"op": "replace", "value": object{"displayName": name + " (drifted)"}})
}

// generated is an org of some hundred people and twenty groups, so that lists have pages.
func generated(t *testing.T, scim target, dialect string, people int) {
	t.Helper()
	r := newRig(t, &oktasim.Seed{
		Number: 11, RateLimits: oktasim.RateLimits{Off: true},
		Apps:     []oktasim.SeedApp{{Label: "SCIM 2.0 - Interop"}},
		Generate: &oktasim.Generate{Users: people, Groups: 20, Memberships: 3 * people},
	}, scim, dialect)
	r.settle("the first apply")

	want := r.asks()
	groups := slices.Sorted(maps.Keys(want.groups))
	first, second := groups[0], groups[1]
	all := r.assigned()
	leaves, retitled, off := want.groups[first][0], want.groups[second][0], want.groups[second][1]
	r.okta(http.MethodDelete, "/api/v1/groups/"+all+"/users/"+want.people[leaves].id, nil)
	r.profile(retitled, object{"title": "Chief of \"quotes\" and \\"})
	r.lifecycle(off, "deactivate")
	for i, name := range slices.Sorted(maps.Keys(want.people)) {
		if i%15 == 0 && !slices.Contains(want.groups[groups[2]], name) && name != leaves && name != off {
			r.member(http.MethodPut, name, groups[2])
		}
	}
	r.okta(http.MethodPut, "/api/v1/groups/"+r.group(groups[3]), object{"profile": object{"name": "Renamed ☃"}})
	r.settle("a day in Okta")

	want = r.asks()
	members := want.groups[groups[4]]
	driftInProfiles(r, members[0], members[1])
	driftInGroups(r, groups[4], members[2], members[3])
	r.settle("a day in the target")
	r.rest()
}

func (r *rig) group(name string) string {
	r.Helper()
	id := r.org.GroupID(name)
	if id == "" {
		r.Fatalf("the org has no group %q", name)
	}
	return id
}

// assigned is the id of the only group that has the app.
func (r *rig) assigned() string {
	r.Helper()
	groups := oktaList[struct{ ID string }](r, "/api/v1/apps/"+r.app+"/groups")
	if len(groups) != 1 {
		r.Fatalf("%d groups have the app, not 1", len(groups))
	}
	return groups[0].ID
}

func (r *rig) member(method, login, group string) {
	r.Helper()
	r.okta(method, "/api/v1/groups/"+r.group(group)+"/users/"+r.org.UserID(login), nil)
}

func (r *rig) push(name string) {
	r.Helper()
	r.okta(http.MethodPost, "/api/v1/apps/"+r.app+"/group-push/mappings", object{"sourceGroupId": r.group(name), "targetGroupName": name})
}

func (r *rig) profile(login string, change object) {
	r.Helper()
	r.okta(http.MethodPost, "/api/v1/users/"+r.org.UserID(login), object{"profile": change})
}

func (r *rig) lifecycle(login, step string) {
	r.Helper()
	r.okta(http.MethodPost, "/api/v1/users/"+r.org.UserID(login)+"/lifecycle/"+step, nil)
}
