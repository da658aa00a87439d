package oktasim_test

import (
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/oktascim/oktascim/internal/oktasim"
)

// A sweep through a list while rows come and go sees every row that was there all the
// time, and no row twice.
func TestASweepThroughAListThatMovesLosesAndDoublesNothing(t *testing.T) {
	for _, path := range []string{"/api/v1/users?limit=7", "/api/v1/users?limit=7&sortBy=profile.lastName&search=status+pr", "/api/v1/groups?limit=5", "members", "app users"} {
		t.Run(path, func(t *testing.T) {
			s := start(t, oktasim.Options{Seed: &oktasim.Seed{RateLimits: oktasim.RateLimits{Off: true}, Generate: &oktasim.Generate{Users: 120, Groups: 12, Memberships: 300}}})
			switch path {
			case "members":
				path = "/api/v1/groups/" + s.GroupID("Generated people") + "/users?limit=9"
			case "app users":
				path = "/api/v1/apps/" + s.AppID("SCIM 2.0 - Generated") + "/users?limit=9"
			}
			rng := rand.New(rand.NewPCG(1, 2))
			always := map[string]bool{}
			for _, row := range s.all(path) {
				always[text(row, "id")] = true
			}
			seen := map[string]bool{}
			for next, n := path, 0; next != ""; n++ {
				a := s.want(200, "GET", next, "")
				for _, row := range a.list(t) {
					if id := text(row, "id"); seen[id] {
						t.Errorf("page %d: %s again", n, id)
					} else {
						seen[id] = true
					}
				}
				next = a.rel("next")
				if _, err := s.Churn(float64(1 + rng.IntN(5))); err != nil {
					t.Fatal(err)
				}
				s.want(200, "POST", "/api/v1/groups", `{"profile":{"name":"New `+strconv.Itoa(n)+`"}}`)
				now := map[string]bool{}
				for _, row := range s.all(path) {
					now[text(row, "id")] = true
				}
				for id := range always {
					if !now[id] {
						delete(always, id)
					}
				}
			}
			for id := range always {
				if !seen[id] {
					t.Errorf("%s was there all the time and was not seen", id)
				}
			}
		})
	}
}

// Filters and expressions come from outside: nothing in them may crash or hang the org.
func FuzzExpressions(f *testing.F) {
	f.Add(`status eq "ACTIVE" and (profile.title sw "T" or not profile.badge pr)`, `user.title == "T" and !isMemberOfGroupName("G") ? String.substring(user.login, 0, 3) : null`)
	f.Add(`created gt "2026-01-01T00:00:00.000Z"`, `Arrays.contains({"a", user.badge}, "1") || Convert.toInt("7") >= -3 + 2`)
	bomb := `"a"`
	for range 40 {
		bomb = `String.replace(` + bomb + `, "a", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")`
	}
	f.Add("", bomb)
	f.Add("event.outcome.result eq 'SUCCESS' && !(event.actor.id ne null)", "event.target.?[type eq 'User' || id eq 'x'].size() >= 1")
	f.Fuzz(func(_ *testing.T, filter, expression string) { oktasim.Evaluate(filter, expression) })
}
