package walkthrough

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"syscall"

	"github.com/cucumber/godog"

	"github.com/oktascim/oktascim/internal/scimserver"
)

// people and groups of the target, looked at from inside, so that a switched-off connection
// or a dead token does not hide them.
func (w *world) people() []scimserver.UserView {
	users, _ := w.server.Users(0, 1000)
	return users
}

func (w *world) person(name string) *scimserver.UserView {
	for _, u := range w.people() {
		if strings.EqualFold(u.UserName, name) {
			return &u
		}
	}
	return nil
}

func (w *world) groupInTarget(name string) *scimserver.GroupView {
	groups, _ := w.server.Groups(0, 1000)
	for _, g := range groups {
		if g.DisplayName == name {
			return &g
		}
	}
	return nil
}

// resource is one resource of the target as SCIM shows it.
func (w *world) resource(endpoint, attr, value string) object {
	query := url.Values{"filter": {fmt.Sprintf("%s eq %q", attr, value)}}
	var list struct{ Resources []object }
	w.must(json.Unmarshal(w.scim(http.MethodGet, endpoint+"?"+query.Encode(), nil), &list))
	if len(list.Resources) != 1 {
		w.t.Fatalf("the target has %d %s called %s", len(list.Resources), endpoint, value)
	}
	return list.Resources[0]
}

func (w *world) patch(endpoint, attr, name string, op object) {
	id, _ := w.resource(endpoint, attr, name)["id"].(string)
	w.scim(http.MethodPatch, endpoint+"/"+url.PathEscape(id), object{
		"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:PatchOp"}, "Operations": []any{op},
	})
}

// has compares the names of the active people with a comma-separated list.
func (w *world) has(want string) (ok bool, have string) {
	var names []string
	for _, u := range w.people() {
		if u.Active {
			names = append(names, u.UserName)
		}
	}
	slices.Sort(names)
	have = strings.Join(names, ", ")
	return have == want, have
}

// eventually looks after each request at the target until it is as wanted. The time of the
// whole test is its only bound.
func (w *world) eventually(what string, ok func() bool) {
	for {
		changed := w.gate.wait()
		if ok() {
			return
		}
		select {
		case <-changed:
		case <-w.program.ended:
			text, _ := w.program.out.state()
			w.t.Fatalf("oktascim ended before %s:\n%s", what, text)
		case <-w.t.Context().Done():
			w.t.Fatalf("the test ended before %s", what)
		}
	}
}

func (w *world) targetSteps(sc *godog.ScenarioContext) {
	none := func(pattern string, f func()) { sc.Step(pattern, func() error { return w.t.guard(f) }) }
	one := func(pattern string, f func(string)) {
		sc.Step(pattern, func(a string) error { return w.t.guard(func() { f(a) }) })
	}
	two := func(pattern string, f func(string, string)) {
		sc.Step(pattern, func(a, b string) error { return w.t.guard(func() { f(a, b) }) })
	}

	// The configuration.
	none(`^the configuration has another token$`, func() { w.settings.token = "not-the-token" })
	none(`^the configuration has another Okta token$`, func() { w.settings.oktaToken = "not-the-token" })
	none(`^the configuration gets the new token$`, func() { w.settings.token = w.token })
	none(`^the base URL in the configuration ends in a slash$`, func() { w.settings.baseURL += "/" })
	one(`^the configuration has the base URL "([^"]*)"$`, func(u string) { w.settings.baseURL = u })
	one(`^the configuration has the app "([^"]*)"$`, func(label string) { w.settings.app = label })
	one(`^the configuration pushes the group "([^"]*)"$`, func(name string) { w.settings.pushes = append(w.settings.pushes, name) })

	// What goes wrong.
	none(`^the SCIM connection is switched off$`, func() { w.must(w.connection.SetEnabled(false)) })
	none(`^the admin has made a new SCIM token that the configuration does not know$`, func() {
		var err error
		w.token, err = w.connection.NewToken()
		w.must(err)
	})
	none(`^the target answers every request with a web page$`, func() {
		w.gate.set(func(rw http.ResponseWriter, _ *http.Request, _ int) bool {
			rw.Header().Set("Content-Type", "text/html")
			fmt.Fprint(rw, "<!doctype html><title>Welcome</title>")
			return true
		})
	})
	sc.Step(`^the target goes down after (\d+) creates$`, func(n int) error {
		return w.t.guard(func() {
			down := false
			w.gate.set(func(_ http.ResponseWriter, _ *http.Request, create int) bool {
				if down = down || create > n; down {
					panic(http.ErrAbortHandler) // the connection is cut without an answer
				}
				return false
			})
		})
	})
	none(`^the target is up again$`, func() { w.gate.set(nil) })

	// What people do to the target.
	one(`^the target has an account of its own for "([^"]*)"$`, func(name string) {
		w.scim(http.MethodPost, "Users", object{
			"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:User"}, "userName": name, "active": true,
		})
	})
	two(`^the target has a group of its own "([^"]*)" with "([^"]*)"$`, func(group, name string) {
		w.scim(http.MethodPost, "Groups", object{
			"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:Group"}, "displayName": group,
			"members": []any{object{"value": w.person(name).ID}},
		})
	})
	two(`^somebody gives "([^"]*)" the title "([^"]*)" in the target$`, func(name, title string) {
		w.patch("Users", "userName", name, object{"op": "replace", "path": "title", "value": title})
	})
	two(`^somebody takes "([^"]*)" out of "([^"]*)" in the target$`, func(name, group string) {
		w.patch("Groups", "displayName", group, object{"op": "remove", "path": fmt.Sprintf("members[value eq %q]", w.person(name).ID)})
	})
	two(`^somebody puts "([^"]*)" into "([^"]*)" in the target$`, func(name, group string) {
		w.patch("Groups", "displayName", group, object{"op": "add", "path": "members", "value": []any{object{"value": w.person(name).ID}}})
	})

	// What is seen there.
	none(`^the target has nobody$`, func() {
		if n := len(w.people()); n != 0 {
			w.t.Fatalf("%d people are in the target", n)
		}
	})
	one(`^the target has the people "([^"]*)"$`, func(want string) {
		if ok, have := w.has(want); !ok {
			w.t.Fatalf("the target has %s, not %s; oktascim said:\n%s", have, want, w.output)
		}
	})
	one(`^in the end the target has the people "([^"]*)"$`, func(want string) {
		w.eventually("the target has "+want, func() bool { ok, _ := w.has(want); return ok })
	})
	one(`^in the end "([^"]*)" is switched off in the target$`, func(name string) {
		w.eventually(name+" is off", func() bool { u := w.person(name); return u != nil && !u.Active })
	})
	state := func(name string, active bool) {
		u := w.person(name)
		if u == nil || u.Active != active {
			w.t.Fatalf("in the target %s is %+v; oktascim said:\n%s", name, u, w.output)
		}
	}
	one(`^"([^"]*)" is switched off in the target$`, func(name string) { state(name, false) })
	one(`^"([^"]*)" is switched on in the target$`, func(name string) { state(name, true) })
	two(`^"([^"]*)" has the title "([^"]*)" in the target$`, func(name, title string) {
		have := w.resource("Users", "userName", name)["title"]
		if have == nil {
			have = "" // no value
		}
		if have != title {
			w.t.Fatalf("the title is %v", have)
		}
	})
	none(`^nobody is in the target twice$`, func() {
		seen := map[string]bool{}
		for _, u := range w.people() {
			if name := strings.ToLower(u.UserName); seen[name] {
				w.t.Fatalf("%s is in the target twice", name)
			}
			seen[strings.ToLower(u.UserName)] = true
		}
	})
	two(`^the group "([^"]*)" in the target has "([^"]*)"$`, func(name, want string) {
		if have := w.membersOf(name); have != want {
			w.t.Fatalf("the group has %q, not %q; oktascim said:\n%s", have, want, w.output)
		}
	})
	sc.Step(`^the group "([^"]*)" in the target has (\d+) members$`, func(name string, n int) error {
		return w.t.guard(func() {
			if g := w.groupInTarget(name); g == nil || len(g.Members) != n {
				w.t.Fatalf("the group is %+v; oktascim said:\n%s", g, w.output)
			}
		})
	})
	sc.Step(`^the target has (\d+) groups?$`, func(n int) error {
		if _, have := w.server.Groups(0, 0); have != n {
			return fmt.Errorf("the target has %d groups", have)
		}
		return nil
	})
	none(`^the org and the target agree$`, w.agree)
}

// membersOf lists the members of a group by name, sorted.
func (w *world) membersOf(name string) string {
	g := w.groupInTarget(name)
	if g == nil {
		w.t.Fatalf("the target has no group %q; oktascim said:\n%s", name, w.output)
	}
	names := []string{}
	for _, m := range g.Members {
		i := slices.IndexFunc(w.people(), func(u scimserver.UserView) bool { return u.ID == m.ID })
		if i < 0 {
			w.t.Fatalf("the group has the member %s, who does not exist", m.ID)
		}
		names = append(names, w.people()[i].UserName)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// agree compares both sides without anything of oktascim: who has the app is active under
// the same name, id and title, and each pushed group has those of its members who have
// the app.
func (w *world) agree() {
	var assigned []struct {
		ID          string
		Status      string
		Credentials struct{ UserName string }
		Profile     struct{ Title string }
	}
	w.must(json.Unmarshal(w.okta(http.MethodGet, "/api/v1/apps/"+w.app()+"/users?limit=500", nil), &assigned))
	names := map[string]string{}
	for _, u := range assigned {
		name := u.Credentials.UserName
		names[u.ID] = name
		have := w.resource("Users", "userName", name)
		title, _ := have["title"].(string)
		if have["externalId"] != u.ID || have["active"] != true || title != u.Profile.Title {
			w.t.Fatalf("%s is %v in the target; Okta says id %s, title %q", name, have, u.ID, u.Profile.Title)
		}
	}
	for _, u := range w.people() {
		if !u.Active {
			continue
		}
		if external, _ := w.resource("Users", "userName", u.UserName)["externalId"].(string); external != "" && names[external] == "" {
			w.t.Fatalf("%s is active in the target and does not have the app", u.UserName)
		}
	}
	for _, m := range w.pushes() {
		var group struct{ Profile struct{ Name string } }
		w.must(json.Unmarshal(w.okta(http.MethodGet, "/api/v1/groups/"+m.SourceGroupID, nil), &group))
		var members []struct{ ID string }
		w.must(json.Unmarshal(w.okta(http.MethodGet, "/api/v1/groups/"+m.SourceGroupID+"/users?limit=1000", nil), &members))
		want := []string{}
		for _, u := range members {
			if name := names[u.ID]; name != "" {
				want = append(want, name)
			}
		}
		slices.Sort(want)
		if have := w.membersOf(group.Profile.Name); have != strings.Join(want, ", ") {
			w.t.Fatalf("the group %s has %s in the target, and %s in Okta", group.Profile.Name, have, strings.Join(want, ", "))
		}
	}
}

// interrupt sends SIGINT while the nth create waits for its answer, and lets the answer go
// only when oktascim has said that it is stopping.
func (w *world) interrupt(n int) func(http.ResponseWriter, *http.Request, int) bool {
	return func(_ http.ResponseWriter, _ *http.Request, create int) bool {
		if create == n {
			p := w.running.Load()
			<-p.started
			_ = p.cmd.Process.Signal(syscall.SIGINT)
			p.await("stopping")
		}
		return false
	}
}
