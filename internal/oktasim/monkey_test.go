package oktasim_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/oktascim/oktascim/internal/oktasim"
)

// Whatever happens to an org, it never answers 500, and its views agree: who has the
// app is exactly who is assigned directly or through a group, and both sides of every
// membership tell the same.
func TestTheViewsOfAnOrgAgreeWhateverHappensToIt(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			org := oktasim.DefaultSeed()
			org.Groups = append(org.Groups, oktasim.SeedGroup{Name: "By rule"}, oktasim.SeedGroup{Name: "By another rule"})
			org.Rules = []oktasim.SeedRule{{Name: "title", Expression: `user.title == "T"`, Groups: []string{"By rule"}},
				{Name: "chain", Expression: `isMemberOfGroupName("By rule")`, Groups: []string{"By another rule"}}}
			if seed > 1 {
				org.Lags = oktasim.Lags{Search: 5, Membership: 3, Rules: 2, Provisioning: 4, Log: 1, LateLog: 20, LateLogEvery: 3}
			}
			m := &monkey{sim: start(t, oktasim.Options{Seed: org, AssignmentDelay: time.Duration(seed%2) * time.Second}), rng: rand.New(rand.NewPCG(seed, 1)), direct: map[string]bool{}}
			for range 120 {
				m.step()
			}
			m.check()
		})
	}
}

type monkey struct {
	*sim
	rng    *rand.Rand
	n      int
	direct map[string]bool // who was assigned directly
}

func (m *monkey) pick(path, member string) string {
	list := m.all(path)
	if len(list) == 0 {
		return "none"
	}
	return text(list[m.rng.IntN(len(list))], member)
}

func (m *monkey) step() {
	m.n++
	m.clock.forward(time.Second)
	user := m.pick("/api/v1/users?filter=lastUpdated+gt+%222000-01-01T00:00:00Z%22", "id")
	group := m.pick("/api/v1/groups", "id")
	mapping := m.pick(m.app()+"/group-push/mappings", "id")
	do := func(method, path, body string) bool {
		a := m.call(method, path, body)
		if a.status >= 500 || a.status == 401 {
			m.t.Fatalf("%s %s %s: %d %s", method, path, body, a.status, a.body)
		}
		return a.status < 300
	}
	switch m.rng.IntN(18) {
	case 0:
		do("POST", fmt.Sprintf("/api/v1/users?activate=%v", m.rng.IntN(2) == 0), fmt.Sprintf(`{"profile":{"firstName":"N","lastName":"%d","email":"n%d@x.test","login":"n%d@x.test"}}`, m.n, m.n, m.n))
	case 1, 2:
		do("PUT", "/api/v1/groups/"+group+"/users/"+user, "")
	case 3:
		do("DELETE", "/api/v1/groups/"+group+"/users/"+user, "")
	case 4:
		do("POST", "/api/v1/groups", fmt.Sprintf(`{"profile":{"name":"G%d"}}`, m.n))
	case 5:
		do("DELETE", "/api/v1/groups/"+group, "")
	case 6:
		do("PUT", m.app()+"/groups/"+group, fmt.Sprintf(`{"priority":%d}`, m.rng.IntN(5)))
	case 7:
		do("DELETE", m.app()+"/groups/"+group, "")
	case 8:
		if do("POST", m.app()+"/users", `{"id":"`+user+`"}`) {
			m.direct[user] = true
		}
	case 9:
		if do("DELETE", m.app()+"/users/"+user, "") {
			delete(m.direct, user)
		}
	case 10:
		if do("POST", "/api/v1/users/"+user+"/lifecycle/deactivate", "") {
			delete(m.direct, user)
		}
	case 11:
		do("POST", "/api/v1/users/"+user+"/lifecycle/activate", "")
	case 12:
		if do("DELETE", "/api/v1/users/"+user, "") {
			delete(m.direct, user)
		}
	case 13:
		do("POST", m.app()+"/group-push/mappings", fmt.Sprintf(`{"sourceGroupId":"%s","targetGroupName":"T%d"}`, group, m.n))
	case 14:
		do("PATCH", m.app()+"/group-push/mappings/"+mapping, `{"status":"INACTIVE"}`)
	case 16, 17:
		do("POST", "/api/v1/users/"+user, `{"profile":{"title":"`+[]string{"T", "U"}[m.rng.IntN(2)]+`"}}`)
	case 15:
		do("DELETE", m.app()+"/group-push/mappings/"+mapping+"?deleteTargetGroup=true", "")
	}
}

// checkRules: whoever matches an active rule and is not excluded is in its group.
func (m *monkey) checkRules() {
	m.t.Helper()
	for _, r := range m.all("/api/v1/groups/rules") {
		if text(r, "status") != "ACTIVE" {
			continue
		}
		group := map[string]string{"title": "By rule", "chain": "By another rule"}[text(r, "name")]
		in := texts(m.all("/api/v1/groups/"+m.GroupID(group)+"/users"), "id")
		var should []map[string]any
		if text(r, "name") == "title" {
			should = m.all("/api/v1/users?search=profile.title+eq+%22T%22")
		} else if id := m.GroupID("By rule"); id != "" {
			should = m.all("/api/v1/groups/" + id + "/users")
		}
		excluded := fmt.Sprint(r["conditions"])
		for _, u := range should {
			if id := text(u, "id"); text(u, "status") != "DEPROVISIONED" && !slices.Contains(in, id) && !strings.Contains(excluded, id) {
				m.t.Errorf("rule %s: %s matches and is not in %s", text(r, "name"), text(u, "profile.login"), group)
			}
		}
	}
}

func (m *monkey) check() {
	m.t.Helper()
	m.clock.forward(time.Minute)
	m.checkRules()
	people := m.all("/api/v1/users?limit=7&filter=lastUpdated+gt+%222000-01-01T00:00:00Z%22")
	status := map[string]string{}
	for _, u := range people {
		status[text(u, "id")] = text(u, "status")
	}
	granted := map[string]bool{}
	for _, g := range m.all(m.app() + "/groups") {
		for _, u := range m.all("/api/v1/groups/" + text(g, "id") + "/users?limit=3") {
			granted[text(u, "id")] = true
		}
	}
	var want []string
	for id, s := range status {
		if s != "DEPROVISIONED" && (granted[id] || m.direct[id]) {
			want = append(want, id)
		}
	}
	slices.Sort(want)
	same(m.t, "app users", texts(m.all(m.app()+"/users?limit=3&expand=user"), "_embedded.user.id"), want...)
	for _, au := range m.all(m.app() + "/users") {
		if (text(au, "scope") == "USER") != m.direct[text(au, "id")] {
			m.t.Errorf("scope of %s: %s", text(au, "id"), text(au, "scope"))
		}
	}
	fromUsers, fromGroups := []string{}, []string{}
	for id := range status {
		for _, g := range m.all("/api/v1/users/" + id + "/groups?limit=2") {
			fromUsers = append(fromUsers, id+text(g, "id"))
		}
	}
	for _, g := range m.all("/api/v1/groups?limit=4&expand=stats") {
		for _, u := range m.all("/api/v1/groups/" + text(g, "id") + "/users?limit=4") {
			fromGroups = append(fromGroups, text(u, "id")+text(g, "id"))
		}
		m.want(200, "GET", "/api/v1/groups/"+text(g, "id")+"/apps", "")
	}
	slices.Sort(fromUsers)
	slices.Sort(fromGroups)
	same(m.t, "memberships", fromUsers, fromGroups...)
}
