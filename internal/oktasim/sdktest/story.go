package sdktest

import (
	"slices"
	"strings"
	"testing"

	"github.com/oktascim/oktascim/configs/orgs"
	"github.com/oktascim/oktascim/internal/oktasim"
)

// Client is what the story needs of an SDK. Lists page with the size they are given, to
// the end, and say how many pages that took.
type Client struct {
	CreateUser     func(login, firstName, lastName, department string) (id string, err error)
	CreateGroup    func(name string) (id string, err error)
	Join           func(group, user string) error
	Members        func(group string, size int) (logins []string, pages int, err error)
	CreateRule     func(name, expression, group string) (id string, err error)
	ActivateRule   func(id string) error
	AssignGroup    func(app, group string) error
	AppUsers       func(app string, size int) (userNames []string, pages int, err error)
	AppUser        func(app, user string) (scope, status string, err error)
	Push           func(app, group, as string) (id, status string, err error)
	Pushes         func(app string) (sources []string, err error)
	Features       func(app string) error
	Connection     func(app string) (status string, err error)
	Deactivate     func(user string) error
	EventTypes     func() ([]string, error)
	ChangedGroups  func(since string) (names []string, err error)
	UsersBySearch  func(expression string) (logins []string, err error)
	AssignedGroups func(app string) (ids []string, err error)
}

// StoryOrg is the org in which the story happens.
func StoryOrg(tb testing.TB) *oktasim.Org {
	tb.Helper()
	seed, err := oktasim.ParseSeed("acme.yaml", orgs.Acme())
	if err != nil {
		tb.Fatal(err)
	}
	org, err := oktasim.New(oktasim.Options{Seed: seed})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(org.Close)
	return org
}

// Story is a month of an admin: people come, a rule puts them into a group, the group has
// the app and is pushed, somebody leaves. Whoever tells it sees the same.
func Story(t *testing.T, org *oktasim.Org, c Client) {
	t.Helper()
	app := org.AppID("SCIM 2.0 - Acme")
	must := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	same := func(what string, got []string, want ...string) {
		t.Helper()
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	research, err := c.CreateGroup("Research")
	must("creating a group", err)
	rule, err := c.CreateRule("research", `user.department == "Research"`, research)
	must("creating a rule", err)
	must("activating the rule", c.ActivateRule(rule))
	ivy, err := c.CreateUser("ivy@acme.test", "Ivy", "Chen", "Research")
	must("creating Ivy", err)
	_, err = c.CreateUser("jon@acme.test", "Jon", "Doe", "Research")
	must("creating Jon", err)
	must("Fay joins by hand", c.Join(research, org.UserID("fay@acme.test")))

	members, pages, err := c.Members(research, 2)
	must("listing members", err)
	same("members", members, "fay@acme.test", "ivy@acme.test", "jon@acme.test")
	if pages != 2 {
		t.Errorf("three members on %d pages of two", pages)
	}
	must("assigning the group", c.AssignGroup(app, research))
	groups, err := c.AssignedGroups(app)
	must("listing assigned groups", err)
	want := []string{research, org.GroupID("Engineering")}
	slices.Sort(want)
	same("assigned groups", groups, want...)
	names, pages, err := c.AppUsers(app, 4)
	must("listing app users", err)
	same("app users", names, "ada@acme.test", "bob@acme.test", "cat@acme.test", "fay@acme.test", "ivy@acme.test", "jon@acme.test")
	if pages != 2 {
		t.Errorf("six app users on %d pages of four", pages)
	}
	scope, status, err := c.AppUser(app, ivy)
	must("reading an app user", err)
	if scope != "GROUP" || status != "PROVISIONED" {
		t.Errorf("Ivy has the app as %s and is %s", scope, status)
	}
	_, status, err = c.Push(app, research, "researchers")
	must("pushing the group", err)
	sources, err := c.Pushes(app)
	must("listing push mappings", err)
	same("pushed groups", sources, research)
	if status != "ACTIVE" {
		t.Errorf("the mapping is %s", status)
	}
	if err := c.Features(app); err == nil {
		t.Error("a generic SCIM app has features")
	}
	connection, err := c.Connection(app)
	must("reading the connection", err)
	if connection != "UNKNOWN" {
		t.Errorf("the connection of a generic SCIM app is %s", connection)
	}

	must("deactivating Ivy", c.Deactivate(ivy))
	if _, _, err := c.AppUser(app, ivy); err == nil {
		t.Error("who is deactivated still has the app")
	}
	members, _, err = c.Members(research, 200)
	must("listing members again", err)
	same("members stay members", members, "fay@acme.test", "ivy@acme.test", "jon@acme.test")
	logins, err := c.UsersBySearch(`status eq "DEPROVISIONED"`)
	must("searching", err)
	same("deprovisioned", logins, "hal@acme.test", "ivy@acme.test")
	changed, err := c.ChangedGroups("2020-01-01T00:00:00.000Z")
	must("asking for changed groups", err)
	if !slices.Contains(changed, "researchers") {
		t.Errorf("changed groups %q lack the pushed one", changed)
	}
	types, err := c.EventTypes()
	must("reading the log", err)
	slices.Sort(types)
	for _, wanted := range []string{"user.lifecycle.create", "group.user_membership.add", "application.user_membership.add", "application.user_membership.remove",
		"group.application_assignment.add", "application.provision.group_push.mapping.created", "user.lifecycle.deactivate"} {
		if _, found := slices.BinarySearch(types, wanted); !found {
			t.Errorf("no event %s in %s", wanted, strings.Join(slices.Compact(types), " "))
		}
	}
}
