package oktasim_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/oktascim/oktascim/internal/oktasim"
)

func (s *sim) lag(body string) { s.t.Helper(); s.want(200, "POST", "/sandbox/lags", body) }

func TestSearchIsBehindAndFilterIsNot(t *testing.T) {
	s := start(t, oktasim.Options{})
	s.lag(`{"searchSeconds":2}`)
	at := func(param, expression string) []string {
		return texts(s.all("/api/v1/users?"+param+"="+url.QueryEscape(expression)), "profile.title")
	}
	s.clock.forward(10 * time.Second)
	s.want(200, "POST", "/api/v1/users/"+s.UserID("ada@acme.test"), `{"profile":{"title":"Boss"}}`)
	s.want(200, "POST", "/api/v1/users", `{"profile":{"login":"new@acme.test","email":"new@acme.test","firstName":"N","lastName":"C","title":"Boss"}}`)
	same(t, "search", at("search", `profile.title eq "Boss"`))
	same(t, "what was", at("search", `profile.login eq "ada@acme.test"`), "Engineer")
	same(t, "filter", at("filter", `profile.login eq "ada@acme.test"`), "Boss")
	s.clock.forward(2 * time.Second)
	same(t, "search later", at("search", `profile.title eq "Boss"`), "Boss", "Boss")

	groups := func(param string) []string {
		return texts(s.all("/api/v1/groups?"+param+"="+url.QueryEscape(`lastMembershipUpdated gt "2026-03-25T13:45:50.000Z" and type eq "OKTA_GROUP"`)), "profile.name")
	}
	s.hire("dan@acme.test")
	same(t, "groups by search", groups("search"))
	same(t, "groups by filter", groups("filter"), "Engineering")
	s.clock.forward(2 * time.Second)
	same(t, "groups by search, later", groups("search"), "Engineering")
}

func TestMembersAreReadableLateWhileTheStampMovesAtOnce(t *testing.T) {
	s := start(t, oktasim.Options{})
	s.lag(`{"membershipSeconds":5}`)
	s.clock.forward(time.Second)
	s.hire("dan@acme.test")
	s.want(204, "DELETE", "/api/v1/groups/"+s.GroupID("Engineering")+"/users/"+s.UserID("ada@acme.test"), "")
	before := []string{"ada@acme.test", "bob@acme.test", "cat@acme.test"}
	same(t, "members", s.members("Engineering"), before...)
	same(t, "a person's groups", texts(s.all("/api/v1/users/"+s.UserID("dan@acme.test")+"/groups"), "profile.name"), "Everyone", "Sales")
	g := s.want(200, "GET", "/api/v1/groups/"+s.GroupID("Engineering"), "").object(t)
	same(t, "stamp", []string{text(g, "lastMembershipUpdated")}, "2026-03-25T13:45:47.000Z")
	s.clock.forward(5 * time.Second)
	same(t, "members later", s.members("Engineering"), "bob@acme.test", "cat@acme.test", "dan@acme.test")
}

func TestEventsAreStoredInAnotherOrderThanTheyWerePublishedIn(t *testing.T) {
	s := start(t, oktasim.Options{})
	s.lag(`{"lateLogSeconds":30,"lateLogEvery":2}`)
	poll := s.want(200, "GET", "/api/v1/logs?limit=1", "")
	if len(poll.list(t)) != 0 || poll.rel("next") == "" {
		t.Fatal("an empty log without a next")
	}
	for _, name := range []string{"A", "B", "C"} { // B is late
		s.clock.forward(time.Second)
		s.want(200, "POST", "/api/v1/groups", `{"profile":{"name":"`+name+`"}}`)
	}
	var polled []string
	read := func() {
		for {
			poll = s.want(200, "GET", poll.rel("next"), "")
			if len(poll.list(t)) == 0 {
				return
			}
			for _, e := range poll.list(t) {
				polled = append(polled, e["target"].([]any)[0].(map[string]any)["displayName"].(string))
			}
		}
	}
	bounded := func() (names []string) {
		for _, e := range s.all("/api/v1/logs?limit=1&since=2026-03-25T13:45:46.000Z&until=2026-03-25T13:46:46.000Z") {
			names = append(names, e["target"].([]any)[0].(map[string]any)["displayName"].(string))
		}
		return names
	}
	read()
	same(t, "polled at first", polled, "A", "C")
	same(t, "bounded at first misses one", bounded(), "A", "C")
	s.clock.forward(30 * time.Second)
	read()
	same(t, "polled: every event once, the late one last", polled, "A", "C", "B")
	same(t, "bounded is ordered by publication", bounded(), "A", "B", "C")
}

func TestAnAppUserIsStagedUntilItIsProvisionedOrFails(t *testing.T) {
	s := startSeed(t, `
lags: {provisioningSeconds: 3, assignmentSeconds: 2}
users:
  - {login: ada@x.test, firstName: Ada, lastName: A}
  - {login: bob@x.test, firstName: Bob, lastName: B}
groups: [{name: Eng}]
apps: [{label: A, provisioned: true, failFor: [bob@x.test], assign: {groups: [{name: Eng}]}}]
`)
	app := "/api/v1/apps/" + s.AppID("A") + "/users"
	for _, login := range []string{"ada@x.test", "bob@x.test"} {
		s.want(204, "PUT", "/api/v1/groups/"+s.GroupID("Eng")+"/users/"+s.UserID(login), "")
	}
	if n := len(s.all(app)); n != 0 {
		t.Fatalf("%d app users before the job ran", n)
	}
	s.clock.forward(2 * time.Second)
	same(t, "staged", texts(s.all(app), "syncState"), "ERROR", "SYNCING")
	same(t, "no id yet", texts(s.all(app), "externalId"), "", "")
	s.clock.forward(3 * time.Second)
	same(t, "provisioned", texts(s.all(app), "status"), "PROVISIONED", "STAGED")
	ada := s.want(200, "GET", app+"/"+s.UserID("ada@x.test"), "").object(t)
	if !strings.HasPrefix(text(ada, "externalId"), "ext-") || text(ada, "scope") != "GROUP" {
		t.Errorf("app user %v", ada)
	}
	pinned := s.want(200, "POST", "/sandbox/apps/"+s.AppID("A")+"/users/"+s.UserID("ada@x.test"), `{"syncState":"OUT_OF_SYNC","externalId":"7"}`).object(t)
	same(t, "pinned", []string{text(pinned, "syncState"), text(pinned, "externalId"), text(pinned, "status")}, "OUT_OF_SYNC", "7", "PROVISIONED")
	s.want(400, "POST", "/sandbox/apps/"+s.AppID("A")+"/users/"+s.UserID("ada@x.test"), `{"status":"FINE"}`)
}

func TestLagsPassByThemselvesOnTheWallClock(t *testing.T) {
	seed := oktasim.DefaultSeed()
	seed.Lags.Rules = 1
	org, err := oktasim.New(oktasim.Options{Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	org.Close() // also twice
	org.Close()
}

func TestKnobsAreCheckedAndKeepWhatIsNotNamed(t *testing.T) {
	s := start(t, oktasim.Options{})
	s.lag(`{"searchSeconds":2}`)
	s.lag(`{"logSeconds":1}`)
	got := s.want(200, "GET", "/sandbox/lags", "").object(t)
	if got["searchSeconds"] != 2.0 || got["logSeconds"] != 1.0 {
		t.Errorf("lags %v", got)
	}
	for path, body := range map[string]string{
		"lags": `{"searchSeconds":-1}`, "quirks": `{"overLimit":"maybe"}`, "hookDelivery": `{"batch":-1}`, "rateLimits": `{"scale":-1}`,
		"churn": `{"percent":0}`, "scenarios/nonsense": `{}`,
	} {
		s.want(400, "POST", "/sandbox/"+path, body)
		s.want(400, "POST", "/sandbox/"+path, `{"nonsense":1}`)
	}
	s.want(404, "POST", "/api/v1/sandbox/lags", `{}`)
	if a := s.as("SSWS wrong", "POST", "/sandbox/lags", `{}`); a.status != 401 {
		t.Errorf("a control without the token: %d", a.status)
	}
}
