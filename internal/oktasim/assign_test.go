package oktasim_test

import (
	"testing"
	"time"

	"github.com/oktascim/oktascim/internal/oktasim"
)

func (s *sim) appUser(login string) map[string]any {
	s.t.Helper()
	return s.want(200, "GET", s.app()+"/users/"+s.UserID(login), "").object(s.t)
}

func (s *sim) assigned() []string {
	s.t.Helper()
	return texts(s.all(s.app()+"/users?limit=1"), "credentials.userName")
}

func TestWhoJoinsAnAssignedGroupGetsTheAppAndLosesItWithTheGroup(t *testing.T) {
	s := start(t, oktasim.Options{})
	au := s.appUser("ada@acme.test")
	same(t, "app user", []string{text(au, "scope"), text(au, "status"), text(au, "syncState"), text(au, "profile.givenName"), text(au, "_links.group.name")},
		"GROUP", "PROVISIONED", "SYNCHRONIZED", "Ada", "Engineering")
	member := "/api/v1/groups/" + s.GroupID("Engineering") + "/users/" + s.UserID("dan@acme.test")
	s.want(204, "PUT", member, "")
	same(t, "assigned", s.assigned(), "ada@acme.test", "bob@acme.test", "cat@acme.test", "dan@acme.test")
	s.want(204, "DELETE", member, "")
	same(t, "assigned", s.assigned(), "ada@acme.test", "bob@acme.test", "cat@acme.test")
	s.want(204, "DELETE", s.app()+"/groups/"+s.GroupID("Engineering"), "")
	same(t, "assigned", s.assigned())
	s.want(200, "PUT", s.app()+"/groups/"+s.GroupID("Sales"), "{}")
	same(t, "assigned", s.assigned(), "dan@acme.test", "eve@acme.test")
	same(t, "groups", texts(s.all(s.app()+"/groups?expand=group"), "_embedded.group.profile.name"), "Sales")
}

func TestADirectAssignmentMasksTheOneThroughAGroup(t *testing.T) {
	s := start(t, oktasim.Options{})
	ada := s.app() + "/users/" + s.UserID("ada@acme.test")
	s.want(200, "POST", s.app()+"/users", `{"id":"`+s.UserID("ada@acme.test")+`","scope":"USER","credentials":{"userName":"countess"},"profile":{"nickName":"Enchantress"}}`)
	au := s.appUser("ada@acme.test")
	same(t, "direct", []string{text(au, "scope"), text(au, "credentials.userName"), text(au, "profile.nickName"), text(au, "_links.group.name")}, "USER", "countess", "Enchantress", "")
	s.want(204, "DELETE", ada, "")
	au = s.appUser("ada@acme.test")
	same(t, "through the group again", []string{text(au, "scope"), text(au, "credentials.userName"), text(au, "profile.nickName")}, "GROUP", "ada@acme.test", "")
	s.want(400, "DELETE", ada, "")
	s.want(404, "POST", s.app()+"/users", `{"id":"00unobody"}`)
	s.want(400, "POST", s.app()+"/users", `{"id":"`+s.UserID("dan@acme.test")+`","profile":{"shoe":"42"}}`)
}

func TestTheGroupOfHighestPriorityGivesItsValues(t *testing.T) {
	s := start(t, oktasim.Options{})
	s.want(204, "PUT", "/api/v1/groups/"+s.GroupID("Sales")+"/users/"+s.UserID("ada@acme.test"), "")
	s.want(200, "PUT", s.app()+"/groups/"+s.GroupID("Engineering"), `{"priority":1,"profile":{"division":"Tech"}}`)
	s.want(200, "PUT", s.app()+"/groups/"+s.GroupID("Sales"), `{"priority":2,"profile":{"division":"Field"}}`)
	same(t, "division", []string{text(s.appUser("ada@acme.test"), "profile.division")}, "Tech")
	s.want(200, "PUT", s.app()+"/groups/"+s.GroupID("Sales"), `{"priority":0,"profile":{"division":"Field"}}`)
	same(t, "division", []string{text(s.appUser("ada@acme.test"), "profile.division")}, "Field")
}

func TestDeactivationTakesAssignmentsAndLeavesGroups(t *testing.T) {
	s := start(t, oktasim.Options{})
	ada := "/api/v1/users/" + s.UserID("ada@acme.test")
	s.want(200, "POST", ada+"/lifecycle/deactivate", "")
	s.want(404, "GET", s.app()+"/users/"+s.UserID("ada@acme.test"), "")
	same(t, "members", texts(s.all("/api/v1/groups/"+s.GroupID("Engineering")+"/users"), "profile.login"), "ada@acme.test", "bob@acme.test", "cat@acme.test")
	s.want(403, "POST", s.app()+"/users", `{"id":"`+s.UserID("ada@acme.test")+`"}`)
	s.want(200, "POST", ada+"/lifecycle/activate", "")
	same(t, "assigned", s.assigned(), "ada@acme.test", "bob@acme.test", "cat@acme.test")
}

func TestAppUsersFollowTheProfileAndKeepWhatWasGivenToThem(t *testing.T) {
	s := start(t, oktasim.Options{})
	bob := s.UserID("bob@acme.test")
	s.want(200, "POST", s.app()+"/users", `{"id":"`+bob+`","profile":{"givenName":"Robert","title":"Boss"}}`)
	s.clock.forward(time.Minute)
	s.want(200, "POST", "/api/v1/users/"+bob, `{"profile":{"firstName":"Bobby"}}`)
	au := s.appUser("bob@acme.test")
	same(t, "app user", []string{text(au, "profile.givenName"), text(au, "profile.title"), text(au, "lastUpdated")}, "Bobby", "Boss", "2026-03-25T13:46:46.000Z")
	a := s.want(403, "POST", s.app()+"/users/"+bob, `{"profile":{"title":"King"}}`).object(t)
	same(t, "a mapped attribute", []string{text(a, "errorCode")}, "E0000075")
	s.want(200, "POST", s.app()+"/users/"+bob, `{"credentials":{"userName":"bob"}}`)
	same(t, "user name", []string{text(s.appUser("bob@acme.test"), "credentials.userName")}, "bob")
	if e := s.all(s.app() + "/users?q=bob&expand=user"); len(e) != 1 || text(e[0], "_embedded.user.profile.lastName") != "Moog" {
		t.Errorf("found %v", e)
	}
}

func TestGroupDrivenAssignmentsCanComeLate(t *testing.T) {
	seed := oktasim.DefaultSeed()
	seed.AssignmentDelaySeconds = 10
	s := start(t, oktasim.Options{Seed: seed})
	s.want(204, "PUT", "/api/v1/groups/"+s.GroupID("Engineering")+"/users/"+s.UserID("dan@acme.test"), "")
	same(t, "at once", s.assigned(), "ada@acme.test", "bob@acme.test", "cat@acme.test")
	s.clock.forward(10 * time.Second)
	s.Tick()
	same(t, "ten seconds later", s.assigned(), "ada@acme.test", "bob@acme.test", "cat@acme.test", "dan@acme.test")
}

func TestAppsCanBeMadeSwitchedOffAndDeleted(t *testing.T) {
	s := start(t, oktasim.Options{})
	a := s.want(200, "POST", "/api/v1/apps", `{"name":"scim2headerauth","label":"Second","signOnMode":"AUTO_LOGIN"}`).object(t)
	path := "/api/v1/apps/" + text(a, "id")
	if f, _ := a["features"].([]any); len(f) != 0 {
		t.Errorf("a new app has features %v", f)
	}
	s.want(200, "PUT", path, `{"name":"scim2headerauth","label":"2nd"}`)
	s.want(200, "POST", path+"/users", `{"id":"`+s.UserID("eve@acme.test")+`"}`)
	s.want(403, "DELETE", path, "")
	s.want(200, "POST", path+"/lifecycle/deactivate", "")
	s.want(204, "DELETE", path, "")
	s.want(404, "GET", path, "")
	s.want(400, "POST", "/api/v1/apps", `{"name":"x","label":""}`)
	c := s.want(200, "GET", s.app()+"/connections/default", "").object(t)
	same(t, "connection", []string{text(c, "status"), text(c, "authScheme")}, "UNKNOWN", "UNKNOWN")
}

func TestTheToAppSwitchesAreTheFeaturesOfTheApp(t *testing.T) {
	s := start(t, oktasim.Options{})
	control := "/sandbox" + s.app()[len("/api/v1"):] + "/features"
	features := func(body string) []string {
		t.Helper()
		var out []string
		list, _ := s.want(200, "POST", control, body).object(t)["features"].([]any)
		for _, f := range list {
			out = append(out, f.(string))
		}
		return out
	}
	same(t, "off", features(`{"createUsers":false,"updateUserAttributes":false,"deactivateUsers":false,"pushGroups":false}`), "SCIM_PROVISIONING")
	same(t, "on again", features(`{"createUsers":true,"deactivateUsers":true}`), "SCIM_PROVISIONING", "PUSH_NEW_USERS", "PUSH_USER_DEACTIVATION", "REACTIVATE_USERS")
	same(t, "replaced", features(`{"features":["GROUP_PUSH"]}`), "GROUP_PUSH")
	s.want(400, "POST", control, `{"features":["GROUP_PUSHH"]}`)
	s.want(400, "POST", control, `{"createUser":true}`)
}
