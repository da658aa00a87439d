package oktasim_test

import (
	"net/url"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/oktascim/oktascim/internal/oktasim"
)

func TestAGroupIsPushedRenamedPausedAndForgotten(t *testing.T) {
	s := start(t, oktasim.Options{})
	mappings, sales := s.app()+"/group-push/mappings", s.GroupID("Sales")
	p := s.want(200, "POST", mappings, `{"sourceGroupId":"`+sales+`","status":"ACTIVE","targetGroupName":"Sales"}`).object(t)
	same(t, "mapping", []string{text(p, "status"), text(p, "sourceGroupId"), text(p, "created")}, "ACTIVE", sales, "2026-03-25T13:45:46Z")
	if !regexp.MustCompile(`^gPm.{14}1d7$`).MatchString(text(p, "id")) {
		t.Errorf("id %q", text(p, "id"))
	}
	s.want(400, "POST", mappings, `{"sourceGroupId":"`+sales+`","targetGroupName":"Sales"}`)
	s.want(400, "POST", mappings, `{"sourceGroupId":"`+s.GroupID("Engineering")+`"}`)
	same(t, "list", texts(s.all(mappings+"?status=ACTIVE&sourceGroupId="+sales), "id"), text(p, "id"))
	target := func() map[string]any {
		return s.want(200, "GET", "/api/v1/groups/"+text(p, "targetGroupId"), "").object(t)
	}
	same(t, "target", []string{text(target(), "type"), text(target(), "profile.name"), text(target(), "source.id")}, "APP_GROUP", "Sales", s.AppID("SCIM 2.0 - Acme"))
	s.want(200, "PUT", "/api/v1/groups/"+sales, `{"profile":{"name":"Revenue"}}`)
	same(t, "target", []string{text(target(), "profile.name")}, "Revenue")
	s.want(403, "PUT", "/api/v1/groups/"+text(p, "targetGroupId")+"/users/"+s.UserID("ada@acme.test"), "")

	one := mappings + "/" + text(p, "id")
	s.want(400, "DELETE", one+"?deleteTargetGroup=true", "") // still active
	s.clock.forward(time.Minute)
	off := s.want(200, "PATCH", one, `{"status":"INACTIVE"}`).object(t)
	same(t, "paused", []string{text(off, "status"), text(off, "lastUpdated")}, "INACTIVE", "2026-03-25T13:46:46Z")
	s.want(400, "DELETE", one, "") // deleteTargetGroup is required
	if a := s.want(200, "DELETE", one+"?deleteTargetGroup=true", ""); len(a.body) != 0 {
		t.Errorf("body %q, want none", a.body)
	}
	s.want(404, "GET", one, "")
	s.want(404, "GET", "/api/v1/groups/"+text(p, "targetGroupId"), "")
}

func TestAGroupIsLinkedToOneThatIsThere(t *testing.T) {
	s := start(t, oktasim.Options{})
	mappings := s.app() + "/group-push/mappings"
	p := s.want(200, "POST", mappings, `{"sourceGroupId":"`+s.GroupID("Sales")+`","targetGroupName":"sellers"}`).object(t)
	s.want(200, "PATCH", mappings+"/"+text(p, "id"), `{"status":"INACTIVE"}`)
	s.want(200, "DELETE", mappings+"/"+text(p, "id")+"?deleteTargetGroup=false", "")
	s.want(404, "POST", mappings, `{"sourceGroupId":"`+s.GroupID("Sales")+`","targetGroupId":"00gnothing"}`)
	q := s.want(200, "POST", mappings, `{"sourceGroupId":"`+s.GroupID("Sales")+`","targetGroupId":"`+text(p, "targetGroupId")+`"}`).object(t)
	same(t, "target", []string{text(q, "targetGroupId")}, text(p, "targetGroupId"))
}

func TestAPushWhoseGroupIsDeletedIsInErrorAndNotGone(t *testing.T) {
	s := start(t, oktasim.Options{})
	mappings := s.app() + "/group-push/mappings"
	s.want(200, "POST", mappings, `{"sourceGroupId":"`+s.GroupID("Sales")+`","targetGroupName":"Sales"}`)
	s.want(204, "DELETE", "/api/v1/groups/"+s.GroupID("Sales"), "")
	same(t, "status", texts(s.all(mappings), "status"), "ERROR")
}

func eventsOf(list []map[string]any) []string {
	var out []string
	for _, e := range list {
		out = append(out, text(e, "eventType"))
	}
	return out
}

func TestPollingTheLogGivesEveryEventOnceAndAlwaysANext(t *testing.T) {
	s := start(t, oktasim.Options{})
	a := s.want(200, "GET", "/api/v1/logs?limit=2", "")
	if len(a.list(t)) != 0 || a.rel("next") == "" {
		t.Fatalf("a new org has %d events and next %q", len(a.list(t)), a.rel("next"))
	}
	s.want(204, "PUT", "/api/v1/groups/"+s.GroupID("Engineering")+"/users/"+s.UserID("dan@acme.test"), "")
	s.want(200, "PUT", "/api/v1/groups/"+s.GroupID("Sales"), `{"profile":{"name":"Revenue"}}`)
	first := s.want(200, "GET", a.rel("next"), "")
	second := s.want(200, "GET", first.rel("next"), "")
	same(t, "events", eventsOf(slices.Concat(first.list(t), second.list(t))),
		"group.user_membership.add", "application.user_membership.add", "group.profile.update")
	third := s.want(200, "GET", second.rel("next"), "")
	if len(third.list(t)) != 0 || third.rel("next") == "" {
		t.Errorf("at the end: %d events, next %q", len(third.list(t)), third.rel("next"))
	}
	add := first.list(t)[1]
	targets, _ := add["target"].([]any)
	if len(targets) != 3 || text(add, "transaction.type") != "JOB" || text(targets[0].(map[string]any), "type") != "AppUser" {
		t.Errorf("event %v", add)
	}
	if text(first.list(t)[0], "published") != "2026-03-25T13:45:46.000Z" || text(first.list(t)[0], "transaction.type") != "WEB" {
		t.Errorf("event %v", first.list(t)[0])
	}
}

func TestABoundedLogQueryEnds(t *testing.T) {
	s := start(t, oktasim.Options{})
	for _, title := range []string{"a", "b", "c"} {
		s.clock.forward(time.Second)
		s.want(200, "POST", "/api/v1/users/ada", `{"profile":{"title":"`+title+`"}}`)
	}
	s.want(204, "DELETE", "/api/v1/groups/"+s.GroupID("Sales"), "")
	filter := url.QueryEscape(`eventType eq "user.account.update_profile" and target.id eq "` + s.UserID("ada@acme.test") + `"`)
	bounded := "/api/v1/logs?limit=2&since=2026-03-25T13:45:48.000Z&until=2026-03-25T13:50:00.000Z&filter=" + filter
	same(t, "pages", eventsOf(s.all(bounded)), "user.account.update_profile", "user.account.update_profile")
	down := s.all("/api/v1/logs?sortOrder=DESCENDING&limit=3")
	if len(down) < 4 || text(down[0], "eventType") != "group.lifecycle.delete" {
		t.Errorf("newest first: %v", eventsOf(down))
	}
	same(t, "q", eventsOf(s.want(200, "GET", "/api/v1/logs?q=sales", "").list(t))[:1], "group.lifecycle.delete")
	for _, bad := range []string{"since=yesterday", "since=2020-01-01T00:00:00Z", "filter=x", "limit=1001"} {
		s.want(400, "GET", "/api/v1/logs?"+bad, "")
	}
}
