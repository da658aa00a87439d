package walkthrough

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/cucumber/godog"

	"github.com/oktascim/oktascim/internal/oktasim"
)

func (w *world) seed(text string) {
	seed, err := oktasim.ParseSeed("scenario.yaml", []byte("rateLimits: {off: true}\n"+text))
	w.must(err)
	w.plant(seed)
}

const engineering = `
users:
  - {login: ada@acme.test, firstName: Ada, lastName: Lovelace, title: Engineer}
  - {login: bob@acme.test, firstName: Bob, lastName: Moog, title: Engineer}
  - {login: cat@acme.test, firstName: Cat, lastName: Stevens, title: Head of Engineering}
`

func (w *world) app() string {
	id := w.org.AppID(w.org.Apps()[0])
	if id == "" {
		w.t.Fatal("the org has no single app of that label")
	}
	return id
}

func (w *world) group(name string) string {
	id := w.org.GroupID(name)
	if id == "" {
		w.t.Fatalf("the org has no group %q", name)
	}
	return id
}

func (w *world) member(method, login, group string) {
	w.okta(method, "/api/v1/groups/"+w.group(group)+"/users/"+w.org.UserID(login), nil)
}

func (w *world) push(name string) {
	w.okta(http.MethodPost, "/api/v1/apps/"+w.app()+"/group-push/mappings", object{"sourceGroupId": w.group(name), "targetGroupName": name})
}

func (w *world) orgSteps(sc *godog.ScenarioContext) {
	on := func(pattern string, f func(args ...string)) {
		switch strings.Count(pattern, "(") {
		case 0:
			sc.Step(pattern, func() error { return w.t.guard(func() { f() }) })
		case 1:
			sc.Step(pattern, func(a string) error { return w.t.guard(func() { f(a) }) })
		default:
			sc.Step(pattern, func(a, b string) error { return w.t.guard(func() { f(a, b) }) })
		}
	}
	on(`^the group "([^"]*)" has the app$`, func(a ...string) {
		w.okta(http.MethodPut, "/api/v1/apps/"+w.app()+"/groups/"+w.group(a[0]), object{})
	})
	on(`^the group "([^"]*)" has the app and is pushed$`, func(a ...string) {
		w.okta(http.MethodPut, "/api/v1/apps/"+w.app()+"/groups/"+w.group(a[0]), object{})
		w.push(a[0])
	})
	on(`^the group "([^"]*)" is pushed$`, func(a ...string) { w.push(a[0]) })
	on(`^"([^"]*)" joins "([^"]*)"$`, func(a ...string) { w.member(http.MethodPut, a[0], a[1]) })
	on(`^"([^"]*)" leaves "([^"]*)"$`, func(a ...string) { w.member(http.MethodDelete, a[0], a[1]) })
	on(`^"([^"]*)" is deactivated in Okta$`, func(a ...string) {
		w.okta(http.MethodPost, "/api/v1/users/"+w.org.UserID(a[0])+"/lifecycle/deactivate", nil)
	})
	on(`^"([^"]*)" is suspended in Okta$`, func(a ...string) {
		w.okta(http.MethodPost, "/api/v1/users/"+w.org.UserID(a[0])+"/lifecycle/suspend", nil)
	})
	on(`^"([^"]*)" is no longer suspended in Okta$`, func(a ...string) {
		w.okta(http.MethodPost, "/api/v1/users/"+w.org.UserID(a[0])+"/lifecycle/unsuspend", nil)
	})
	on(`^"([^"]*)" has the app alone$`, func(a ...string) {
		w.okta(http.MethodPost, "/api/v1/apps/"+w.app()+"/users", object{"id": w.org.UserID(a[0]), "scope": "USER", "credentials": object{"userName": a[0]}})
	})
	on(`^"([^"]*)" no longer has the app alone$`, func(a ...string) {
		w.okta(http.MethodDelete, "/api/v1/apps/"+w.app()+"/users/"+w.org.UserID(a[0]), nil)
	})
	on(`^the group "([^"]*)" no longer has the app$`, func(a ...string) {
		w.okta(http.MethodDelete, "/api/v1/apps/"+w.app()+"/groups/"+w.group(a[0]), nil)
	})
	on(`^every To App switch is off$`, func(...string) {
		w.okta(http.MethodPost, "/sandbox/apps/"+w.app()+"/features", object{"features": []string{}})
	})
	on(`^"([^"]*)" gets the title "([^"]*)"$`, func(a ...string) {
		w.okta(http.MethodPost, "/api/v1/users/"+w.org.UserID(a[0]), object{"profile": object{"title": a[1]}})
	})
	on(`^the group "([^"]*)" is renamed to "([^"]*)"$`, func(a ...string) {
		w.okta(http.MethodPut, "/api/v1/groups/"+w.group(a[0]), object{"profile": object{"name": a[1]}})
	})
	on(`^the push of "([^"]*)" ends$`, func(a ...string) {
		path := "/api/v1/apps/" + w.app() + "/group-push/mappings"
		for _, m := range w.pushes() {
			if m.SourceGroupID == w.group(a[0]) {
				w.okta(http.MethodPatch, path+"/"+m.ID, object{"status": "INACTIVE"})
				w.okta(http.MethodDelete, path+"/"+m.ID+"?deleteTargetGroup=false", nil)
			}
		}
	})
	for word, status := range map[string]string{"inactive": "INACTIVE", "active": "ACTIVE"} {
		on(`^the push of "([^"]*)" is `+word+`$`, func(a ...string) {
			for _, m := range w.pushes() {
				if m.SourceGroupID == w.group(a[0]) {
					w.okta(http.MethodPatch, "/api/v1/apps/"+w.app()+"/group-push/mappings/"+m.ID, object{"status": status})
				}
			}
		})
	}
	on(`^an org with two apps called "([^"]*)"$`, func(a ...string) {
		w.seed(engineering + fmt.Sprintf("apps:\n  - label: %q\n  - label: %q\n", a[0], a[0]))
	})
	on(`^an org with a second app, "([^"]*)", that "([^"]*)" has too$`, func(a ...string) {
		w.seed(engineering + fmt.Sprintf(`groups:
  - {name: Engineering, members: [ada@acme.test, bob@acme.test, cat@acme.test]}
  - {name: Other, members: [%s]}
apps:
  - label: SCIM 2.0 - Acme
    assign: {groups: [{name: Engineering}]}
  - label: %q
    assign: {groups: [{name: Other}]}
`, a[1], a[0]))
		w.settings.second = a[0]
	})
	on(`^it says the ids of both apps$`, func(...string) {
		var apps []struct{ ID, Label string }
		w.must(json.Unmarshal(w.okta(http.MethodGet, "/api/v1/apps", nil), &apps))
		for _, app := range apps {
			if !strings.Contains(w.output, app.ID) {
				w.t.Fatalf("it did not say the id %s of an app %q, but:\n%s", app.ID, app.Label, w.output)
			}
		}
	})
	on(`^an org where "([^"]*)" in "([^"]*)" has no e-mail$`, func(a ...string) {
		w.seed(engineering + fmt.Sprintf(`  - {login: %s, firstName: No, lastName: Mail, email: null}
groups:
  - {name: %s, members: [ada@acme.test, bob@acme.test, cat@acme.test, %s]}
apps:
  - label: SCIM 2.0 - Acme
    attributes: [{name: email, externalName: "emails.^[primary==true].value", from: email, required: true}]
    assign: {groups: [{name: %s}]}
`, a[0], a[1], a[0], a[1]))
	})
	on(`^an org where "([^"]*)" has the app as "([^"]*)"$`, func(a ...string) {
		w.seed(engineering + fmt.Sprintf(`  - {login: %s, firstName: Dan, lastName: Bricklin}
groups:
  - {name: Engineering, members: [ada@acme.test, bob@acme.test, cat@acme.test]}
apps:
  - label: SCIM 2.0 - Acme
    assign:
      groups: [{name: Engineering}]
      users: [{login: %s, userName: %s}]
`, a[0], a[0], a[1]))
	})
	sc.Step(`^an org with a group "([^"]*)" of (\d+) people that has the app and is pushed$`, func(name string, n int) error {
		return w.t.guard(func() {
			var people, members []string
			for i := range n {
				people = append(people, fmt.Sprintf("  - {login: p%02d@acme.test, firstName: P, lastName: Nr%02d}", i, i))
				members = append(members, fmt.Sprintf("p%02d@acme.test", i))
			}
			w.seed(fmt.Sprintf("users:\n%s\ngroups:\n  - {name: %s, members: [%s]}\n  - {name: Other, members: [%s]}\napps:\n  - label: SCIM 2.0 - Acme\n    assign: {groups: [{name: Other}]}\n    push: [{group: %s}]\n",
				strings.Join(people, "\n"), name, strings.Join(members, ", "), strings.Join(members, ", "), name))
			w.settings.concurrency = 8
		})
	})
	sc.Step(`^(\d+) people leave "([^"]*)"$`, func(n int, name string) error {
		return w.t.guard(func() {
			for i := range n {
				w.member(http.MethodDelete, fmt.Sprintf("p%02d@acme.test", i), name)
			}
		})
	})
	on(`^the To App switch "([^"]*)" is off$`, func(a ...string) {
		keep := []string{"PUSH_NEW_USERS", "PUSH_PROFILE_UPDATES", "PUSH_USER_DEACTIVATION", "REACTIVATE_USERS", "GROUP_PUSH"}
		off := map[string]string{"Create Users": "PUSH_NEW_USERS", "Update User Attributes": "PUSH_PROFILE_UPDATES", "Deactivate Users": "PUSH_USER_DEACTIVATION"}[a[0]]
		keep = slices.DeleteFunc(keep, func(f string) bool { return f == off })
		w.okta(http.MethodPost, "/sandbox/apps/"+w.app()+"/features", object{"features": keep})
	})
}

type mapping struct{ ID, SourceGroupID, Status string }

func (w *world) pushes() []mapping {
	var list []struct {
		ID            string `json:"id"`
		SourceGroupID string `json:"sourceGroupId"`
		Status        string `json:"status"`
	}
	w.must(json.Unmarshal(w.okta(http.MethodGet, "/api/v1/apps/"+w.app()+"/group-push/mappings", nil), &list))
	var mappings []mapping
	for _, m := range list {
		mappings = append(mappings, mapping(m))
	}
	return mappings
}
