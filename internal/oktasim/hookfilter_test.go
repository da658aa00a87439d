package oktasim_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/oktascim/oktascim/internal/oktasim"
)

// filtered makes a verified hook for joins with a filter; nothing if that is refused.
func (s *sim) filtered(r *receiver, status int, expression string) answer {
	s.t.Helper()
	expression = strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(expression)
	made := s.want(status, "POST", "/api/v1/eventHooks", `{"name":"h","events":{"type":"EVENT_TYPE","items":[`+joinAndAssign+`],
		"filter":{"type":"EXPRESSION_LANGUAGE","eventFilterMap":[{"event":"group.user_membership.add","condition":{"version":null,"expression":"`+expression+`"}}]}},
		"channel":{"type":"HTTP","version":"1.0.0","config":{"uri":"`+r.URL+`/hook"}}}`)
	if status == 200 {
		s.want(200, "POST", "/api/v1/eventHooks/"+text(made.object(s.t), "id")+"/lifecycle/verify", "")
	}
	return made
}

func TestAHookIsCalledWithTheEventsThatItsFilterLeaves(t *testing.T) {
	for expression, calls := range map[string]bool{
		`event.target.?[type eq 'UserGroup' && displayName eq 'Engineering'].size()> 0`:                              true,
		`event.target.?[type eq 'UserGroup' && displayName eq 'Sales'].size() > 0`:                                   false,
		`event.target.?[type eq "User" and alternateId eq "dan@acme.test"].size() == 1`:                              true,
		`event.target.?[type eq 'Nothing' || displayName eq 'Engineering'].size() gt 1`:                              false,
		`event.outcome.result eq 'SUCCESS' and event.outcome.reason eq null`:                                         true,
		`!(event.outcome.result ne 'SUCCESS')`:                                                                       true,
		`event.actor.type eq 'SystemPrincipal' || event.eventType eq 'group.user_membership.add'`:                    true,
		`event.debugData.changedAttributes eq 'title'`:                                                               false,
		`event.actor.id ne 'x' && (event.eventType eq 'none' || event.target.?[displayName eq 'Sales'].size() <= 0)`: true,
	} {
		s, r := start(t, oktasim.Options{}), receive(t)
		s.filtered(r, 200, expression)
		s.hire("dan@acme.test")
		s.WaitForHooks()
		want := []string{"application.user_membership.add"} // has no filter
		if calls {
			want = []string{"group.user_membership.add", "application.user_membership.add"}
		}
		same(t, expression, r.eventTypes(), want...)
	}
}

func TestAFilterComesBackAsItWasSet(t *testing.T) {
	s, r := start(t, oktasim.Options{}), receive(t)
	const expression = `event.eventType eq 'x'`
	id := text(s.filtered(r, 200, expression).object(t), "id")
	got := s.want(200, "GET", "/api/v1/eventHooks/"+id, "").object(t)
	filter, _ := got["events"].(map[string]any)["filter"].(map[string]any)
	entry, _ := filter["eventFilterMap"].([]any)[0].(map[string]any)
	if filter["type"] != "EXPRESSION_LANGUAGE" || text(entry, "event") != "group.user_membership.add" || text(entry, "condition.expression") != expression {
		t.Errorf("filter %v", filter)
	}
	plain := s.want(200, "GET", "/api/v1/eventHooks/"+s.hook(r, joinAndAssign), "").object(t)
	if f, there := plain["events"].(map[string]any)["filter"]; !there || f != nil {
		t.Errorf("a hook without one has the filter %v", f)
	}
}

func TestAFilterThatCannotBeReadIsRefusedWithItsPlace(t *testing.T) {
	s, r := start(t, oktasim.Options{}), receive(t)
	for expression, place := range map[string]string{
		``:                                        "at 0",
		`event.target.size() > 0`:                 `at 12: expected ".?["`,
		`event.client.ip eq 'x'`:                  "at 13",
		`event.eventType`:                         "at 15: expected a comparison",
		`event.eventType eq`:                      "at 18: expected a value",
		`event.eventType eq 'x`:                   "at 19",
		`event.eventType eq 'x' && `:              "at 26",
		`event.eventType eq 'x' 'y'`:              "at 23: expected the end",
		`(event.eventType eq 'x'`:                 `at 23: expected ")"`,
		`event.target.?[color eq 'x'].size() > 0`: "at 15: expected id, type",
		`event.target.?[id eq 'x'].length > 0`:    "at 26",
		strings.Repeat("(", 60):                   "deep",
		strings.Repeat("x", 5000):                 "longer than 4096",
	} {
		if body := string(s.filtered(r, 400, expression).body); !strings.Contains(strings.ReplaceAll(body, `\"`, `"`), place) {
			t.Errorf("%.40q: %s, want %q", expression, body, place)
		}
	}
	s.want(400, "POST", "/api/v1/eventHooks", `{"name":"h","events":{"type":"EVENT_TYPE","items":[`+joinAndAssign+`],"filter":{"type":"MAGIC"}},"channel":{"type":"HTTP","version":"1.0.0","config":{"uri":"`+r.URL+`"}}}`)
	s.want(400, "POST", "/api/v1/eventHooks", `{"name":"h","events":{"type":"EVENT_TYPE","items":[`+joinAndAssign+`],"filter":{"type":"EXPRESSION_LANGUAGE","eventFilterMap":[{"event":"user.lifecycle.create","condition":{"expression":"event.eventType eq 'x'"}}]}},"channel":{"type":"HTTP","version":"1.0.0","config":{"uri":"`+r.URL+`"}}}`)
}

// gzipped asks for users as a client that takes these encodings.
func (s *sim) gzipped(accept string) answer {
	s.t.Helper()
	return s.send("GET", "/api/v1/users", "", http.Header{"Authorization": {"SSWS " + s.Token()}, "Accept-Encoding": {accept}})
}

func TestAnswersAreCompressedForThoseWhoTakeThatIfTheOrgIsSetSo(t *testing.T) {
	s := start(t, oktasim.Options{})
	encoding := func() string {
		return s.gzipped("gzip, br").header.Get("Content-Encoding")
	}
	if got := encoding(); got != "" {
		t.Errorf("by default: %q", got)
	}
	s.want(200, "POST", "/sandbox/quirks", `{"gzip":true}`)
	if got := encoding(); got != "gzip" {
		t.Errorf("with the quirk: %q", got)
	}
	if got := s.gzipped("gzip;q=0").header.Get("Content-Encoding"); got != "" {
		t.Errorf("refused by the client: %q", got)
	}
	same(t, "read by a usual client", texts(s.all("/api/v1/users?limit=2&filter=profile.login+eq+%22ada@acme.test%22"), "profile.login"), "ada@acme.test")
	s.want(200, "POST", "/sandbox/faults", `{"match":{"method":"GET","path":"/api/v1/users"},"do":"notJSON"}`)
	if got := s.gzipped("gzip"); got.header.Get("Content-Encoding") != "" {
		t.Error("a broken answer says that it is compressed")
	}
}
