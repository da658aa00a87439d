package oktasim_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/oktascim/oktascim/internal/oktasim"
)

func TestEveryLinkIsALineOfItsOwnWithDefaultsFilledIn(t *testing.T) {
	s := start(t, oktasim.Options{})
	a := s.want(200, "GET", s.app()+"/users?limit=2&nonsense=1", "")
	lines := a.header.Values("Link")
	if len(lines) != 2 || strings.Contains(lines[0], "nonsense") {
		t.Fatalf("links %q: want self and next on two lines, without the unknown parameter", lines)
	}
	same(t, "self", []string{a.rel("self")}, s.url+s.app()+"/users?limit=2")
	last := s.want(200, "GET", a.rel("next"), "")
	if last.rel("next") != "" || len(last.list(t)) != 1 {
		t.Errorf("the second page has %d users and next %q, want 1 and none", len(last.list(t)), last.rel("next"))
	}
	for path, self := range map[string]string{
		"/api/v1/users":                                         "?limit=200",
		"/api/v1/users?limit=abc":                               "?limit=200",
		s.app() + "/users":                                      "?limit=50",
		s.app() + "/groups":                                     "?limit=20",
		s.app() + "/group-push/mappings":                        "?limit=100",
		"/api/v1/groups/rules":                                  "?limit=50",
		"/api/v1/mappings?sourceId=" + s.app():                  "?limit=20", // the filter is lost, as recorded
		"/api/v1/groups/" + s.GroupID("Engineering") + "/users": "?limit=1000",
		"/api/v1/groups/" + s.GroupID("Engineering") + "/apps":  "?limit=20",
	} {
		base, _, _ := strings.Cut(path, "?")
		same(t, path, []string{s.want(200, "GET", path, "").rel("self")}, s.url+base+self)
	}
	if l := s.want(200, "GET", "/api/v1/groups?q=Eng", "").header.Values("Link"); l != nil {
		t.Errorf("q is not paged and has no Link, got %q", l)
	}
}

func TestLinksBeginWithTheOrgsOwnURLIfItHasOne(t *testing.T) {
	s := start(t, oktasim.Options{BaseURL: "https://acme.okta.test/"})
	a := s.want(200, "GET", "/api/v1/users?limit=1", "")
	same(t, "links", []string{a.rel("self"), text(a.list(t)[0], "_links.self.href")},
		"https://acme.okta.test/api/v1/users?limit=1", "https://acme.okta.test/api/v1/users/"+s.UserID("ada@acme.test"))
}

func TestRowsThatComeAndGoBetweenPagesMoveNothingElse(t *testing.T) {
	s := start(t, oktasim.Options{})
	group := "/api/v1/groups/" + s.GroupID("Engineering") + "/users"
	first := s.want(200, "GET", group+"?limit=1", "")
	same(t, "first page", texts(first.list(t), "profile.login"), "ada@acme.test")
	s.want(204, "DELETE", group+"/"+s.UserID("ada@acme.test"), "")
	same(t, "second page", texts(s.want(200, "GET", first.rel("next"), "").list(t), "profile.login"), "bob@acme.test")
}

func TestALimitAboveTheLargestIsRefusedOrClampedAsTheSeedSays(t *testing.T) {
	s := start(t, oktasim.Options{})
	a := s.want(400, "GET", s.app()+"/users?limit=501", "").object(t)
	same(t, "code", []string{text(a, "errorCode")}, "E0000001")
	s = startSeed(t, "quirks: {overLimit: clamp}")
	same(t, "self", []string{s.want(200, "GET", "/api/v1/users?limit=5000", "").rel("self")}, s.url+"/api/v1/users?limit=200")
}

func TestACursorThatIsNoneIsRefused(t *testing.T) {
	s := start(t, oktasim.Options{})
	for _, path := range []string{"/api/v1/users?after=x", "/api/v1/logs?after=%21"} {
		s.want(400, "GET", path, "")
	}
}

func TestASeedCanGiveTheLastPageANextThatLeadsToItself(t *testing.T) {
	s := startSeed(t, "quirks: {selfNext: true}\nusers: [{login: a@x.test, firstName: A, lastName: A}, {login: b@x.test, firstName: B, lastName: B}]")
	last := s.want(200, "GET", s.want(200, "GET", "/api/v1/users?limit=1", "").rel("next"), "")
	same(t, "next of the last page", []string{last.rel("next")}, last.rel("self"))
}

func TestErrorsHaveOktasShape(t *testing.T) {
	s := start(t, oktasim.Options{})
	missing := "00uzzzzzzzzzzzzzz1d7"
	for _, c := range []struct {
		auth, method, path, body string
		status                   int
		code, summary            string
	}{
		{"", "GET", "/api/v1/users", "", 403, "E0000005", "Invalid session"},
		{"SSWS wrong", "GET", "/api/v1/users", "", 401, "E0000011", "Invalid token provided"},
		{"SSWS " + s.Token(), "GET", "/api/v1/users/" + missing, "", 404, "E0000007", "Not found: Resource not found: " + missing + " (User)"},
		{"SSWS " + s.Token(), "GET", "/api/v1/groups/x", "", 404, "E0000007", "Not found: Resource not found: x (UserGroup)"},
		{"SSWS " + s.Token(), "GET", "/api/v1/apps/x", "", 404, "E0000007", "Not found: Resource not found: x (AppInstance)"},
		{"SSWS " + s.Token(), "GET", "/api/v1/nothing", "", 404, "E0000008", "The requested path was not found"},
		{"SSWS " + s.Token(), "PATCH", "/api/v1/users", "{}", 405, "E0000022", "The endpoint does not support the provided HTTP method"},
		{"SSWS " + s.Token(), "POST", "/api/v1/groups", "{", 400, "E0000003", "The request body was not well-formed."},
		{"SSWS " + s.Token(), "GET", "/api/v1/users?search=profile.nope+eq+%22x%22", "", 400, "E0000031", "Invalid search criteria."},
		{"SSWS " + s.Token(), "GET", s.app() + "/features", "", 400, "E0000001", "Api validation failed: feature"},
	} {
		a := s.as(c.auth, c.method, c.path, c.body)
		o := a.object(t)
		if a.status != c.status || text(o, "errorCode") != c.code || text(o, "errorSummary") != c.summary || text(o, "errorLink") != c.code {
			t.Errorf("%s %s: %d %s", c.method, c.path, a.status, a.body)
		}
		if id := text(o, "errorId"); len(id) != 25 || !strings.HasPrefix(id, "oae") {
			t.Errorf("errorId %q", id)
		}
		if a.header.Get("X-Okta-Request-Id") == "" || a.header.Get("Date") != "Wed, 25 Mar 2026 13:45:46 GMT" {
			t.Errorf("headers %v", a.header)
		}
	}
}

func TestABodyThatDoesNotSayThatItIsJSONIsRefused(t *testing.T) {
	s := start(t, oktasim.Options{})
	a, err := s.try("SSWS "+s.Token(), "POST", "/api/v1/groups", "")
	if err != nil || a.status != 400 {
		t.Fatalf("%d %v", a.status, err)
	}
	same(t, "code", []string{text(a.object(t), "errorCode")}, "E0000003")
}

func TestUsersAreFoundByFilterSearchAndPrefix(t *testing.T) {
	s := start(t, oktasim.Options{})
	find := func(param, expr string) []string {
		return texts(s.all("/api/v1/users?"+param+"="+url.QueryEscape(expr)), "profile.login")
	}
	same(t, "filter", find("filter", `status eq "DEPROVISIONED"`), "hal@acme.test")
	same(t, "filter by login", find("filter", `profile.login eq "ADA@acme.test"`), "ada@acme.test")
	same(t, "search", find("search", `profile.department eq "Sales" and not (profile.firstName sw "D")`), "eve@acme.test")
	same(t, "search in time", find("search", `created gt "2030-01-01T00:00:00.000Z"`))
	same(t, "q", find("q", "o'h"), "eve@acme.test")
	if got := s.want(200, "GET", "/api/v1/users?limit=1&fields=id,profile:(login)", "").list(t)[0]; len(got) != 2 {
		t.Errorf("projection: %v", got)
	}
	sorted := s.want(200, "GET", "/api/v1/users?sortBy=profile.lastName&sortOrder=desc&limit=2&search="+url.QueryEscape(`status eq "ACTIVE"`), "")
	if l := sorted.list(t); text(l[0], "profile.lastName") != "Weldon" || text(l[1], "profile.lastName") != "Stevens" {
		t.Errorf("sorted: %v", texts(l, "profile.lastName"))
	}
	next := s.want(200, "GET", sorted.rel("next"), "").list(t)
	same(t, "sorted, page 2", []string{text(next[0], "profile.lastName")}, "O'Hara")
	for _, bad := range []string{`status ne "ACTIVE"`, `status eq`, `(status eq "ACTIVE"`, `status eq "ACTIVE" x`, strings.Repeat("(", 60)} {
		s.want(400, "GET", "/api/v1/users?filter="+url.QueryEscape(bad), "")
	}
}

func TestGroupsAndAppsAreFound(t *testing.T) {
	s := start(t, oktasim.Options{})
	groups := func(param, expr string) []string {
		return texts(s.all("/api/v1/groups?"+param+"="+url.QueryEscape(expr)), "profile.name")
	}
	same(t, "search", groups("search", `profile.name co "ales"`), "Sales")
	same(t, "filter", groups("filter", `type eq "BUILT_IN"`), "Everyone")
	s.clock.forward(1e9)
	s.want(204, "DELETE", fmt.Sprintf("/api/v1/groups/%s/users/%s", s.GroupID("Sales"), s.UserID("dan@acme.test")), "")
	same(t, "delta", groups("filter", `lastUpdated gt "2026-03-25T13:45:46.000Z" or lastMembershipUpdated gt "2026-03-25T13:45:46.000Z"`), "Sales")
	apps := func(query string) []string { return texts(s.all("/api/v1/apps?"+query), "label") }
	same(t, "q", apps("q=scim+2"), "SCIM 2.0 - Acme")
	same(t, "no such", apps("q=zoom"))
	ada := s.UserID("ada@acme.test")
	by := s.all("/api/v1/apps?filter=" + url.QueryEscape(`user.id eq "`+ada+`"`) + "&expand=user/" + ada)
	same(t, "by user", texts(by, "_embedded.user.credentials.userName"), "ada@acme.test")
	same(t, "by name", apps("filter="+url.QueryEscape(`name eq "scim2headerauth" and status eq "ACTIVE"`)), "SCIM 2.0 - Acme")
	same(t, "of the group", texts(s.all("/api/v1/groups/"+s.GroupID("Engineering")+"/apps"), "label"), "SCIM 2.0 - Acme")
}
