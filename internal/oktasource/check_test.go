package oktasource_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/oktascim/oktascim/internal/oktasource"
)

func findings(list []oktasource.Finding) string {
	var b strings.Builder
	for _, f := range list {
		mark := "x"
		if f.OK {
			mark = "+"
		}
		fmt.Fprintf(&b, "%s %s: %s", mark, f.What, f.Detail)
		if f.Fix != "" {
			fmt.Fprintf(&b, " -> %s", f.Fix)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestACheckOfAWholeSetUpHasOnlyTicks(t *testing.T) {
	f := newFake(t)
	got := findings(f.source().Check(t.Context()))
	want := strings.ReplaceAll(`+ Okta org: URL answers
+ Okta credentials: accepted
+ right to read users: granted
+ right to read groups: granted
+ right to read apps: granted
+ Okta app: "Acme SCIM" (0oa1abcdefGHIJKLM1d7)
+ app is active: 
+ To App: on: Create Users, Update User Attributes, Deactivate Users, Push Groups
+ attribute names: 6 attributes are sent
+ assignments: can be read
+ group pushes: 2, of which 1 are inactive
`, "URL", f.URL)
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestEachCrossOfACheckSaysWhatToDo(t *testing.T) {
	answer := func(status int, code string, path string) func(*fake) {
		return func(f *fake) {
			f.before = func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.HasPrefix(r.URL.Path, path) {
					return false
				}
				f.fail(w, status, code, "No.")
				return true
			}
		}
	}
	for _, c := range []struct {
		name   string
		change func(*fake)
		option func(*oktasource.Options)
		want   []string
	}{
		{"org down", func(f *fake) { f.Close() }, nil, []string{"x Okta org: ", "-> look at okta.orgUrl"}},
		{"not an org", func(f *fake) {
			f.before = func(w http.ResponseWriter, _ *http.Request) bool {
				w.Header().Set("Content-Type", "text/html")
				fmt.Fprint(w, "<html>hello</html>")
				return true
			}
		}, nil, []string{"x Okta org: ", "HTML page", "without -admin"}},
		{"token mistyped", func(f *fake) { f.token = "other" }, func(o *oktasource.Options) { o.APIToken = "00mistyped" }, []string{"+ Okta org", "x Okta credentials: ", "E0000011", "make a new token"}},
		{"no role", answer(403, "E0000006", "/api/v1/users"), nil, []string{"+ Okta credentials", "x right to read users: ", "Read-Only Administrator"}},
		{"no role, empty", func(f *fake) { f.users = nil }, nil, []string{"x right to read users: Okta shows no user at all"}},
		{"no groups", answer(403, "E0000006", "/api/v1/groups"), nil, []string{"x right to read groups: "}},
		{"no apps", answer(403, "E0000006", "/api/v1/apps"), nil, []string{"x right to read apps: "}},
		{"label mistyped", nil, func(o *oktasource.Options) { o.App = "Acme SCMI" }, []string{`x Okta app: there is no app "Acme SCMI"`, `did you mean "Acme SCIM"?`}},
		{"label twice", func(f *fake) {
			f.moreApps = []object{{"id": "0oa2abcdefGHIJKLM1d7", "label": "Acme SCIM", "status": "ACTIVE"}}
		}, nil, []string{"x Okta app: 2 apps have the label", appID, "0oa2abcdefGHIJKLM1d7"}},
		{"app inactive", func(f *fake) { f.app["status"] = "INACTIVE" }, nil, []string{"x app is active: it is inactive", "activate the app"}},
		{"everybody in", func(f *fake) { f.app["settings"] = object{"implicitAssignment": true} }, nil, []string{"Federation Broker Mode"}},
		{"switches off", func(f *fake) { f.app["features"] = []string{"PUSH_NEW_USERS"} }, nil, []string{"+ To App: on: Create Users -> Update User Attributes, Deactivate Users, Push Groups: off"}},
		{"no schema", answer(403, "E0000006", "/api/v1/meta"), nil, []string{"x attribute names: "}},
		{"group mistyped", nil, func(o *oktasource.Options) { o.Pushes = []oktasource.Push{{Name: "Enginering"}} }, []string{`x pushed group: there is no group "Enginering" -> did you mean "Engineering"?`}},
		{"group twice", func(f *fake) { f.groups[2]["profile"] = object{"name": "Engineering"} }, func(o *oktasource.Options) { o.Pushes = []oktasource.Push{{Name: "Engineering"}} }, []string{"x pushed group: several groups", eng, ops}},
		{"no app named", nil, func(o *oktasource.Options) { o.App, o.Groups = "", []string{"Ops", "Opps"} }, []string{`+ assigned group: "Ops"`, `x assigned group: there is no group "Opps" -> did you mean "Ops"?`}},
	} {
		f := newFake(t)
		if c.change != nil {
			c.change(f)
		}
		option := c.option
		if option == nil {
			option = func(*oktasource.Options) {}
		}
		got := findings(f.source(option).Check(t.Context()))
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: lacks %q:\n%s", c.name, want, got)
			}
		}
	}
}
