package oktasim_test

import (
	"strings"
	"testing"

	"github.com/oktascim/oktascim/internal/oktasim"
)

const rulesSeed = `
users:
  - {login: ada@x.test, firstName: Ada, lastName: A, department: R&D}
  - {login: bob@x.test, firstName: Bob, lastName: B, department: Sales}
  - {login: cat@x.test, firstName: Cat, lastName: C, department: R&D}
groups:
  - {name: Eng}
  - {name: All eng}
  - {name: Manual, members: [bob@x.test]}
rules:
  - {name: eng, expression: 'user.department=="R&D"', groups: [Eng], exclude: [cat@x.test]}
  - {name: all, expression: 'isMemberOfGroupName("Eng") or isMemberOfGroupName("Manual")', groups: [All eng]}
`

func (s *sim) members(group string) []string {
	s.t.Helper()
	return texts(s.all("/api/v1/groups/"+s.GroupID(group)+"/users"), "profile.login")
}

func TestWhoMatchesARuleIsInItsGroupsAndNobodyElse(t *testing.T) {
	s := startSeed(t, rulesSeed)
	same(t, "by attribute", s.members("Eng"), "ada@x.test")
	same(t, "by another rule's group", s.members("All eng"), "ada@x.test", "bob@x.test")

	s.want(200, "POST", "/api/v1/users/"+s.UserID("bob@x.test"), `{"profile":{"department":"R&D"}}`)
	same(t, "after a move in", s.members("Eng"), "ada@x.test", "bob@x.test")
	s.want(200, "POST", "/api/v1/users/"+s.UserID("ada@x.test"), `{"profile":{"department":"Sales"}}`)
	same(t, "after a move out", s.members("Eng"), "bob@x.test")
	same(t, "and what follows from it", s.members("All eng"), "bob@x.test")
	added := s.all("/api/v1/logs?until=2026-04-01T00:00:00Z&filter=eventType+eq+%22group.user_membership.add%22")
	if len(added) != 1 || text(added[0], "transaction.type") != "JOB" {
		t.Errorf("events %v, want one of a job", added)
	}
}

func TestWhoIsTakenOutByHandIsLeftAloneByTheRule(t *testing.T) {
	s := startSeed(t, rulesSeed)
	s.want(204, "DELETE", "/api/v1/groups/"+s.GroupID("Eng")+"/users/"+s.UserID("ada@x.test"), "")
	s.want(200, "POST", "/api/v1/users/"+s.UserID("ada@x.test"), `{"profile":{"title":"x"}}`)
	same(t, "members", s.members("Eng"))
	rule := s.all("/api/v1/groups/rules?search=eng&expand=groupIdToGroupNameMap")[0]
	people, _ := rule["conditions"].(map[string]any)["people"].(map[string]any)["users"].(map[string]any)["exclude"].([]any)
	if len(people) != 2 {
		t.Errorf("excluded %v, want two", people)
	}
	if text(rule, "_embedded.groupIdToGroupNameMap."+s.GroupID("Eng")) != "Eng" {
		t.Errorf("names %v", rule["_embedded"])
	}
	s.want(204, "PUT", "/api/v1/groups/"+s.GroupID("Eng")+"/users/"+s.UserID("bob@x.test"), "")
	s.want(200, "POST", "/api/v1/users/"+s.UserID("bob@x.test"), `{"profile":{"title":"x"}}`)
	same(t, "put in by hand stays", s.members("Eng"), "bob@x.test")
	s.want(200, "POST", "/api/v1/users/"+s.UserID("bob@x.test"), `{"profile":{"department":"R&D"}}`)
	s.want(200, "POST", "/api/v1/users/"+s.UserID("bob@x.test"), `{"profile":{"department":"Sales"}}`)
	same(t, "also after matching for a while", s.members("Eng"), "bob@x.test")
}

func TestWhoIsPutInByHandStaysWhenTheRuleNoLongerMatches(t *testing.T) {
	s := startSeed(t, rulesSeed)
	ada := s.UserID("ada@x.test")
	s.want(204, "PUT", "/api/v1/groups/"+s.GroupID("Eng")+"/users/"+ada, "") // the rule has put her in already
	s.want(200, "POST", "/api/v1/users/"+ada, `{"profile":{"department":"Sales"}}`)
	same(t, "members", s.members("Eng"), "ada@x.test")
}

func TestTheLifeOfARule(t *testing.T) {
	s := startSeed(t, rulesSeed)
	body := `{"type":"group_rule","name":"sales","conditions":{"expression":{"value":"String.startsWith(user.department, \"Sal\")","type":"urn:okta:expression:1.0"}},"actions":{"assignUserToGroups":{"groupIds":["` + s.GroupID("Manual") + `","` + s.GroupID("Eng") + `"]}}}`
	made := s.want(200, "POST", "/api/v1/groups/rules", body).object(t)
	at := "/api/v1/groups/rules/" + text(made, "id")
	if !strings.HasPrefix(text(made, "id"), "0pr") || text(made, "status") != "INACTIVE" {
		t.Errorf("made %v", made)
	}
	same(t, "inactive", s.members("Eng"), "ada@x.test")
	s.want(204, "POST", at+"/lifecycle/activate", "")
	same(t, "active", s.members("Eng"), "ada@x.test", "bob@x.test")
	s.want(400, "PUT", at, body)
	s.want(204, "POST", at+"/lifecycle/deactivate", "")
	same(t, "inactive again", s.members("Eng"), "ada@x.test", "bob@x.test")
	s.want(200, "PUT", at, strings.Replace(body, "Sal", "Nobody", 1))
	s.want(202, "DELETE", at+"?removeUsers=true", "")
	same(t, "deleted", s.members("Eng"), "ada@x.test")
	same(t, "by hand", s.members("Manual"), "bob@x.test")
	s.want(404, "GET", at, "")

	s.want(204, "DELETE", "/api/v1/groups/"+s.GroupID("Eng"), "")
	broken := s.all("/api/v1/groups/rules?search=eng")[0]
	if text(broken, "status") != "INVALID" || broken["allGroupsValid"] != false {
		t.Errorf("a rule without its group: %v", broken)
	}
}

func TestARuleThatCannotWorkIsRefused(t *testing.T) {
	s := startSeed(t, rulesSeed)
	for _, expression := range []string{``, `user.nonsense == \"x\"`, `user.title ==`, `(user.title`, `Nope.f(user.title)`, `user.title == 'x`, `String.len()`, strings.Repeat("(", 200)} {
		body := `{"name":"r","conditions":{"expression":{"value":"` + expression + `"}},"actions":{"assignUserToGroups":{"groupIds":["` + s.GroupID("Eng") + `"]}}}`
		s.want(400, "POST", "/api/v1/groups/rules", body)
	}
	everyone := `{"name":"r","conditions":{"expression":{"value":"true"}},"actions":{"assignUserToGroups":{"groupIds":["` + s.GroupID("Everyone") + `"]}}}`
	s.want(400, "POST", "/api/v1/groups/rules", everyone)
}

func TestExpressionsMapProfilesOnceTheyAreSetOverTheAPI(t *testing.T) {
	for expression, want := range map[string]string{
		`user.lastName + ", " + user.firstName`:                                    "Lovelace, Ada",
		`String.toUpperCase(String.substring(user.lastName, 0, 4))`:                "LOVE",
		`user.title == "Engineer" && !(user.city != null) ? 'builds' : 'does not'`: "builds",
		`String.substringBefore(user.login, "@")`:                                  "ada",
		`String.stringSwitch(user.department, "other", "Eng", "E", "Sal", "S")`:    "E",
		`String.join("-", "a", "b", user.title)`:                                   "a-b-Engineer",
		`String.replace(String.removeSpaces("a b c"), "b", "x")`:                   "axc",
		`Convert.toInt(user.employeeNumber) >= 1001 ? "old" : "new"`:               "old",
		`Arrays.contains({"a", "b"}, "b") ? "in" : "out"`:                          "in",
		`isMemberOfGroupNameStartsWith("Engin") ? "y" : "n"`:                       "y",
		`isMemberOfGroupNameRegex("^S.*s$") ? "y" : "n"`:                           "n",
	} {
		s := start(t, oktasim.Options{})
		var id string
		for _, m := range s.all("/api/v1/mappings") {
			if text(m, "source.type") == "user" {
				id = text(m, "id")
			}
		}
		quoted := strings.NewReplacer(`"`, `\"`).Replace(expression)
		m := s.want(200, "POST", "/api/v1/mappings/"+id, `{"properties":{"title":{"expression":"`+quoted+`","pushStatus":"PUSH"}}}`).object(t)
		same(t, "mapping", []string{text(m, "properties.title.expression")}, expression)
		au := s.want(200, "GET", s.app()+"/users/"+s.UserID("ada@acme.test"), "").object(t)
		same(t, expression, []string{text(au, "profile.title")}, want)
	}
	s := start(t, oktasim.Options{})
	s.want(200, "POST", "/sandbox/quirks", `{"userTypes":3}`)
	if n := len(s.all("/api/v1/mappings")); n != 6 {
		t.Errorf("%d mappings with three user types, want 6", n)
	}
}
