package oktasim_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/oktascim/oktascim/internal/oktasim"
)

func TestFeaturesAndConnectionsKnowAFewCatalogAppsOnly(t *testing.T) {
	s := startSeed(t, "apps: [{label: Generic}, {label: Chat, name: slack, features: [PUSH_NEW_USERS]}, {label: Hub, name: okta_org2org}]")
	at := func(label string) string { return "/api/v1/apps/" + s.AppID(label) }
	no := s.want(400, "GET", at("Generic")+"/features", "").object(t)
	if text(no, "errorCode") != "E0000001" || text(no, "errorSummary") != "Api validation failed: feature" {
		t.Errorf("generic: %v", no)
	}
	same(t, "connection", []string{text(s.want(200, "GET", at("Generic")+"/connections/default", "").object(t), "status")}, "UNKNOWN")

	same(t, "features", texts(s.want(200, "GET", at("Chat")+"/features", "").list(t), "name"), "INBOUND_PROVISIONING", "USER_PROVISIONING")
	f := s.want(200, "PUT", at("Chat")+"/features/USER_PROVISIONING", `{"update":{"lifecycleDeactivate":{"status":"ENABLED"}}}`).object(t)
	same(t, "switched", []string{text(f, "capabilities.update.lifecycleDeactivate.status"), text(f, "capabilities.create.lifecycleCreate.status"), text(f, "capabilities.update.profile.status")}, "ENABLED", "ENABLED", "DISABLED")
	hub := at("Hub") + "/connections/default"
	s.want(400, "POST", hub, `{"profile":{"authScheme":"TOKEN"}}`)
	c := s.want(200, "POST", hub+"?activate=true", `{"baseUrl":"https://x.test/v2","profile":{"authScheme":"TOKEN","token":"secret"}}`)
	if strings.Contains(string(c.body), "secret") || text(c.object(t), "status") != "ENABLED" || text(c.object(t), "baseUrl") != "https://x.test/v2" {
		t.Errorf("connection %s", c.body)
	}
	s.want(204, "POST", hub+"/lifecycle/deactivate", "")
	same(t, "off", []string{text(s.want(200, "GET", hub, "").object(t), "status")}, "DISABLED")
}

func TestSkinnyListsAreThinAndTheirNextMayLeadElsewhere(t *testing.T) {
	s := start(t, oktasim.Options{})
	group := "/api/v1/groups/" + s.GroupID("Engineering")
	same(t, "members", texts(s.all(group+"/skinny_users?limit=2"), "profile.login"), "ada@acme.test", "bob@acme.test", "cat@acme.test")
	if u := s.all(group + "/skinny_users")[0]; u["credentials"] != nil {
		t.Errorf("credentials in %v", u)
	}
	if au := s.all(s.app() + "/skinny_users")[0]; len(au["profile"].(map[string]any)) != 0 {
		t.Errorf("a profile in %v", au)
	}
	s.want(200, "POST", "/sandbox/quirks", `{"skinnyNext":true}`)
	if next := s.want(200, "GET", group+"/skinny_users?limit=2", "").rel("next"); !strings.Contains(next, "/users?") || strings.Contains(next, "skinny") {
		t.Errorf("next %q", next)
	}
	s.want(200, "POST", "/sandbox/quirks", `{"noSkinny":true}`)
	s.want(404, "GET", group+"/skinny_users", "")
}

func TestAPrincipalMayHaveAShareOfItsOwn(t *testing.T) {
	s := startSeed(t, "tokens: [{token: 00reader, name: reader, role: readOnlyAdmin}]")
	limit := func() string {
		return s.as("SSWS 00reader", "GET", "/api/v1/apps", "").header.Get("X-Rate-Limit-Limit")
	}
	same(t, "the half", []string{limit()}, "50")
	events := s.all("/api/v1/logs?until=2026-04-01T00:00:00Z")
	if len(events) != 0 {
		t.Fatalf("events %v", events)
	}
	id := s.want(200, "GET", "/sandbox/principals", "").list(t)
	i := slices.IndexFunc(id, func(p map[string]any) bool { return p["name"] == "reader" })
	made := s.want(200, "POST", "/api/v1/principal-rate-limits", `{"principalId":"`+text(id[i], "id")+`","principalType":"SSWS_TOKEN","defaultPercentage":2}`).object(t)
	same(t, "its own", []string{limit()}, "2")
	same(t, "found", texts(s.all("/api/v1/principal-rate-limits?filter="+url.QueryEscape(`principalType eq "SSWS_TOKEN"`)), "id"), text(made, "id"))
	if a := s.as("SSWS 00reader", "GET", "/api/v1/apps", ""); a.status != 429 {
		t.Errorf("the third of two calls: %d", a.status)
	}
	same(t, "logged once", texts(s.all("/api/v1/logs?until=2026-04-01T00:00:00Z"), "eventType"), "system.org.rate_limit.violation")
	s.want(200, "PUT", "/api/v1/principal-rate-limits/"+text(made, "id"), `{"principalId":"`+text(id[i], "id")+`","principalType":"SSWS_TOKEN","defaultPercentage":100}`)
	same(t, "all of it", []string{limit()}, "100")
	s.want(404, "POST", "/api/v1/principal-rate-limits", `{"principalId":"nobody","principalType":"SSWS_TOKEN"}`)
}

func TestAGrantIsMadeAndReadAgain(t *testing.T) {
	s := start(t, oktasim.Options{})
	ada, app := s.UserID("ada@acme.test"), s.AppID("SCIM 2.0 - Acme")
	body := `{"grantType":"CUSTOM","targetPrincipal":{"externalId":"` + ada + `","type":"OKTA_USER"},"actor":"ADMIN","target":{"externalId":"` + app + `","type":"APPLICATION"}}`
	first := s.want(200, "POST", "/governance/api/v1/grants", body).object(t)
	second := s.want(200, "POST", "/governance/api/v1/grants", body).object(t)
	same(t, "read again", []string{text(s.want(200, "GET", "/governance/api/v1/grants/"+text(second, "id"), "").object(t), "targetPrincipal.externalId")}, ada)
	s.want(404, "GET", "/governance/api/v1/grants/"+text(first, "id"), "") // a base grant replaces what was
	found := s.want(200, "GET", "/governance/api/v1/grants?filter="+url.QueryEscape(`target.externalId eq "`+app+`" AND target.type eq "APPLICATION"`), "").object(t)
	if data, _ := found["data"].([]any); len(data) != 1 {
		t.Errorf("found %v", found)
	}
	s.want(400, "GET", "/governance/api/v1/grants", "")
	s.want(404, "POST", "/governance/api/v1/grants", strings.Replace(body, ada, "00unobody", 1))
	s.want(400, "POST", "/governance/api/v1/grants", strings.Replace(body, "CUSTOM", "GIFT", 1))
}

func TestASortedSearchGoesOnWhenItsLastRowHasGone(t *testing.T) {
	s := start(t, oktasim.Options{})
	q := "&sortBy=profile.firstName&sortOrder=desc&limit=2&search="
	page := s.want(200, "GET", "/api/v1/users?x"+q+url.QueryEscape(`status eq "ACTIVE"`), "")
	same(t, "first", texts(page.list(t), "profile.firstName"), "Eve", "Fay")
	for range 2 {
		s.want(204, "DELETE", "/api/v1/users/"+s.UserID("eve@acme.test"), "")
	}
	next := s.want(200, "GET", page.rel("next"), "")
	same(t, "second", texts(next.list(t), "profile.firstName"), "Cat", "Dan")
	groups := s.pages("/api/v1/groups?sortBy=profile.name&sortOrder=desc&limit=1&fields=id,profile:(name)&search=" + url.QueryEscape(`created gt "2000-01-01T00:00:00Z"`))
	names := make([]string, 0, len(groups))
	for _, p := range groups {
		names = append(names, text(p[0], "profile.name"))
		if p[0]["type"] != nil {
			t.Errorf("fields: %v", p[0])
		}
	}
	same(t, "groups", names, "Sales", "Everyone", "Engineering")
	s.want(400, "GET", "/api/v1/users?after=nonsense"+q+url.QueryEscape(`status eq "ACTIVE"`), "")
}

func TestWhatRealOrgsSometimesDoIsASwitch(t *testing.T) {
	s := startSeed(t, `
users: [{login: ada@x.test, firstName: A, lastName: B}, {login: bob@x.test, firstName: C, lastName: D}]
groups:
  - {name: Big, members: [ada@x.test, bob@x.test]}
  - {name: From AD, members: [ada@x.test], app: Directory, windows: true}
apps: [{label: Directory, name: active_directory, signOnMode: none, features: [PROFILE_MASTERING]}]
tokens: [{token: 00groups, name: g, role: groupAdmin}]
faults: [{match: {path: /api/v1/apps}, do: "423"}]
quirks: {membersTimeoutAbove: 1, searchTimeoutAbove: 100, loseLinkParams: [/api/v1/users], totalCount: true, realms: true}
`)
	s.want(423, "GET", "/api/v1/apps", "")
	big := "/api/v1/groups/" + s.GroupID("Big") + "/users"
	s.want(504, "GET", big, "")
	s.want(200, "GET", big+"?limit=200", "")
	search := "/api/v1/users?search=" + url.QueryEscape(`status eq "ACTIVE"`)
	s.want(500, "GET", search, "")
	a := s.want(200, "GET", search+"&limit=1", "")
	if strings.Contains(a.rel("next"), "search") || a.header.Get("X-Total-Count") != "2" || !strings.HasPrefix(text(a.list(t)[0], "realmId"), "guo") {
		t.Errorf("next %q of %s people: %s", a.rel("next"), a.header.Get("X-Total-Count"), a.body)
	}
	ad := s.all("/api/v1/groups?expand=app,stats&search=" + url.QueryEscape(`type eq "APP_GROUP"`) + "&limit=100")[0]
	if text(ad, "profile.samAccountName") != "From AD" || text(ad, "_embedded.app.label") != "Directory" || text(ad, "source.id") != s.AppID("Directory") {
		t.Errorf("from Active Directory: %v", ad)
	}
	s.want(403, "PUT", "/api/v1/groups/"+text(ad, "id")+"/users/"+s.UserID("bob@x.test"), "")
	if app := s.all("/api/v1/apps")[0]; app["signOnMode"] != nil {
		t.Errorf("signOnMode %v", app["signOnMode"])
	}
	got := s.as("SSWS 00groups", "GET", "/api/v1/groups?limit=100", "")
	same(t, "a group admin does not see Everyone", texts(got.list(t), "profile.name"), "Big", "From AD")
	if x := s.as("SSWS 00groups", "GET", "/api/v1/logs", ""); x.status != 403 {
		t.Errorf("a group admin reads the log: %d", x.status)
	}
	members := s.all(big + "?limit=200&expand=group-rules&search=" + url.QueryEscape(`profile.firstName eq "A"`))
	same(t, "searched members", texts(members, "profile.login"), "ada@x.test")
	if members[0]["_embedded"] == nil || s.want(200, "GET", big+"/"+s.UserID("ada@x.test")+"/group-rules", "").list(t) == nil {
		t.Errorf("no rules with %v", members[0])
	}
}

func TestOneCallMakesADayPassOrAReorganisationHappen(t *testing.T) {
	s := start(t, oktasim.Options{Seed: &oktasim.Seed{RateLimits: oktasim.RateLimits{Off: true}, Generate: &oktasim.Generate{Users: 200, Groups: 20, Memberships: 600}}})
	done := s.want(200, "POST", "/sandbox/churn", `{"percent":10}`).object(t)
	for _, what := range []string{"updated", "joined", "left", "deactivated", "created"} {
		if n, _ := done[what].(float64); n < 1 {
			t.Errorf("churn: nobody was %s: %v", what, done)
		}
	}
	left := s.want(200, "POST", "/sandbox/scenarios/massLeave", `{"percent":50}`).object(t)
	if n := len(s.all("/api/v1/apps/" + s.AppID("SCIM 2.0 - Generated") + "/users?limit=500")); left["deactivated"] != 100.0 || n > 100 {
		t.Errorf("mass leave: %v, %d app users", left, n)
	}
	a, b := s.GroupID("Generated 0001"), s.GroupID("Generated 0002")
	s.want(200, "POST", "/sandbox/scenarios/renameSwap", `{"groups":["`+a+`","`+b+`"]}`)
	same(t, "swapped", []string{s.GroupID("Generated 0001"), s.GroupID("Generated 0002")}, b, a)
	pushed := texts(s.all("/api/v1/groups?filter="+url.QueryEscape(`type eq "APP_GROUP"`)), "profile.name")
	if !slices.Contains(pushed, "Generated 0001") || slices.ContainsFunc(pushed, func(n string) bool { return strings.Contains(n, "swapping") }) {
		t.Errorf("pushed groups are called %q", pushed)
	}
	moved := s.want(200, "POST", "/sandbox/scenarios/reorganisation", `{"percent":20}`).object(t)
	if n, _ := moved["renamed"].(float64); n < 1 || moved["updated"] == nil {
		t.Errorf("reorganisation: %v", moved)
	}
}
