package oktasim_test

import (
	"regexp"
	"testing"
	"time"

	"github.com/oktascim/oktascim/internal/oktasim"
)

const newcomer = `{"profile":{"firstName":"Zoë","lastName":"Q","email":"zoe@acme.test","login":"zoe@acme.test"},"credentials":{"password":{"value":"Kv7J2LEa"}}}`

func TestAUserGoesThroughItsWholeLife(t *testing.T) {
	s := start(t, oktasim.Options{})
	u := s.want(200, "POST", "/api/v1/users?activate=false", newcomer).object(t)
	path := "/api/v1/users/" + text(u, "id")
	is := func(want string) {
		t.Helper()
		same(t, "status", []string{text(s.want(200, "GET", path, "").object(t), "status")}, want)
	}
	is("STAGED")
	s.want(200, "POST", path+"/lifecycle/activate?sendEmail=false", "")
	is("ACTIVE")
	s.want(403, "POST", path+"/lifecycle/activate", "")
	s.want(200, "POST", path+"/lifecycle/suspend", "")
	is("SUSPENDED")
	s.want(400, "POST", path+"/lifecycle/suspend", "")
	s.want(200, "POST", path+"/lifecycle/unsuspend", "")
	is("ACTIVE")
	s.want(200, "POST", path+"/lifecycle/deactivate", "")
	is("DEPROVISIONED")
	s.want(403, "POST", path+"/lifecycle/deactivate", "")
	s.want(200, "POST", path+"/lifecycle/activate", "")
	is("PROVISIONED") // the password is gone, so one has to be set first
	s.want(200, "POST", path+"/lifecycle/reactivate", "")
	s.want(204, "DELETE", path, "")
	is("DEPROVISIONED")
	s.want(204, "DELETE", path, "")
	s.want(404, "GET", path, "")
	s.want(200, "POST", "/api/v1/users", newcomer) // the login is free again
}

func TestALockedUserKeepsTheAppAndIsUnlocked(t *testing.T) {
	s := startSeed(t, `
users: [{login: ada@acme.test, firstName: Ada, lastName: L, status: LOCKED_OUT}]
apps: [{label: "SCIM 2.0 - Acme", assign: {users: [{login: ada@acme.test}]}}]`)
	same(t, "assigned", s.assigned(), "ada@acme.test")
	s.want(200, "POST", "/api/v1/users/ada/lifecycle/unlock", "")
	s.want(403, "POST", "/api/v1/users/ada/lifecycle/unlock", "")
	same(t, "status", []string{text(s.want(200, "GET", "/api/v1/users/ada", "").object(t), "status")}, "ACTIVE")
}

func TestAUserIsFoundByIDLoginAndShortLogin(t *testing.T) {
	s := start(t, oktasim.Options{})
	for _, name := range []string{s.UserID("ada@acme.test"), "ada@acme.test", "ADA@acme.test", "ada"} {
		a := s.want(200, "GET", "/api/v1/users/"+name, "")
		same(t, name, []string{text(a.object(t), "profile.login")}, "ada@acme.test")
		if !regexp.MustCompile(`^W/"[0-9a-f]{64}"$`).MatchString(a.header.Get("ETag")) {
			t.Errorf("ETag %q", a.header.Get("ETag"))
		}
	}
}

func TestPostChangesWhatItNamesAndPutReplacesTheProfile(t *testing.T) {
	s := start(t, oktasim.Options{})
	path := "/api/v1/users/" + s.UserID("ada@acme.test")
	s.clock.forward(time.Minute)
	u := s.want(200, "POST", path, `{"profile":{"title":"Lead"}}`).object(t)
	same(t, "after POST", []string{text(u, "profile.title"), text(u, "profile.department"), text(u, "lastUpdated")}, "Lead", "Engineering", "2026-03-25T13:46:46.000Z")
	u = s.want(200, "PUT", path, `{"profile":{"login":"ada@acme.test","email":"ada@acme.test","firstName":"Ada","lastName":"King"}}`).object(t)
	same(t, "after PUT", []string{text(u, "profile.lastName"), text(u, "profile.title")}, "King", "")
	if p, _ := u["profile"].(map[string]any); p["mobilePhone"] != nil || len(p) != 6 {
		t.Errorf("profile %v: want null where Okta sends null, and nothing else", p)
	}
}

func TestAProfileThatDoesNotFitIsRefusedWithAllCauses(t *testing.T) {
	s := start(t, oktasim.Options{})
	a := s.want(400, "POST", "/api/v1/users", `{"profile":{"login":"ada@acme.test","firstName":"A","shoe":"42"}}`).object(t)
	causes, _ := a["errorCauses"].([]any)
	if len(causes) != 4 {
		t.Errorf("causes %v: want the unknown attribute, two blank ones and the login that is taken", causes)
	}
}

func TestListsShowOnlyTheLinkToItself(t *testing.T) {
	s := start(t, oktasim.Options{})
	for _, u := range s.all("/api/v1/users") {
		if l, _ := u["_links"].(map[string]any); len(l) != 1 {
			t.Errorf("links %v", l)
		}
	}
}

func TestMembershipMovesItsOwnStampAndMayBeRepeated(t *testing.T) {
	s := start(t, oktasim.Options{})
	group := "/api/v1/groups/" + s.GroupID("Sales")
	member := group + "/users/" + s.UserID("ada@acme.test")
	stamps := func() [2]string {
		g := s.want(200, "GET", group, "").object(t)
		return [2]string{text(g, "lastUpdated"), text(g, "lastMembershipUpdated")}
	}
	before := stamps()
	s.clock.forward(time.Minute)
	s.want(204, "PUT", member, "")
	joined := stamps()
	if joined[0] != before[0] || joined[1] == before[1] {
		t.Errorf("stamps %v -> %v: joining moves lastMembershipUpdated alone", before, joined)
	}
	s.clock.forward(time.Minute)
	s.want(204, "PUT", member, "")
	if stamps() != joined {
		t.Error("joining twice moved a stamp")
	}
	same(t, "groups of ada", texts(s.all("/api/v1/users/ada/groups"), "profile.name"), "Engineering", "Everyone", "Sales")
	s.want(200, "PUT", group, `{"profile":{"name":"Revenue","description":"all"}}`)
	renamed := stamps()
	if renamed[0] == joined[0] || renamed[1] != joined[1] {
		t.Errorf("stamps %v -> %v: a rename moves lastUpdated alone", joined, renamed)
	}
	s.want(204, "DELETE", member, "")
	s.want(204, "DELETE", group, "")
	s.want(404, "GET", group, "")
	same(t, "groups of ada", texts(s.all("/api/v1/users/ada/groups"), "profile.name"), "Engineering", "Everyone")
}

func TestEveryoneCannotBeChanged(t *testing.T) {
	s := start(t, oktasim.Options{})
	everyone := "/api/v1/groups/" + s.GroupID("Everyone")
	s.want(403, "PUT", everyone+"/users/"+s.UserID("ada@acme.test"), "")
	s.want(403, "PUT", everyone, `{"profile":{"name":"Nobody"}}`)
	s.want(403, "DELETE", everyone, "")
	if n := len(s.all(everyone + "/users")); n != 8 {
		t.Errorf("Everyone has %d members, want 8: the deprovisioned one stays", n)
	}
	s.want(400, "POST", "/api/v1/groups", `{"profile":{"name":"Sales"}}`)
	s.want(400, "POST", "/api/v1/groups", `{"profile":{"name":" "}}`)
}

func TestTheSchemasAreThere(t *testing.T) {
	s := start(t, oktasim.Options{})
	a := s.want(200, "GET", "/api/v1/meta/schemas/apps/"+s.AppID("SCIM 2.0 - Acme")+"/default", "").object(t)
	same(t, "given name", []string{text(a, "definitions.custom.properties.givenName.externalName"), text(a, "definitions.custom.properties.department.externalNamespace")},
		"name.givenName", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User")
	u := s.want(200, "GET", "/api/v1/meta/schemas/user/default", "").object(t)
	same(t, "login", []string{text(u, "definitions.base.properties.login.type")}, "string")
	for _, m := range s.all("/api/v1/mappings") {
		if _, has := m["properties"]; has {
			t.Error("a list shows properties")
		}
		s.want(200, "GET", "/api/v1/mappings/"+text(m, "id"), "")
	}
}
