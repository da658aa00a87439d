package oktasource_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/internal/oktasource"
)

func TestTheStatusOfAnAssignmentDecides(t *testing.T) {
	for status, want := range map[string]string{
		"ACTIVE": "listed", "APPROVED": "listed", "PENDING": "listed", "PROVISIONED": "listed", "STAGED": "listed", "IMPLICIT": "listed",
		"DEPROVISIONED": "left out", "INACTIVE": "left out", "REVOKED": "left out", "SUSPENDED": "left out", "UNASSIGNED": "left out",
		"IMPORTED": "blocked", "MATCHED": "blocked", "SOMETHING_NEW": "blocked", "": "blocked",
	} {
		f := newFake(t)
		f.appUsers[0]["status"] = status
		d := read(t, f.source(f.direct))
		got := "left out"
		for _, u := range d.Users {
			if u.ID == ada {
				got = map[bool]string{true: "listed", false: "blocked"}[u.Blocked == ""]
			}
		}
		if got != want {
			t.Errorf("%q: %s, want %s", status, got, want)
		}
	}
}

func TestWithoutAnAppTheStatusOfThePersonDecides(t *testing.T) {
	for status, want := range map[string]string{
		"ACTIVE": "listed", "PROVISIONED": "listed", "RECOVERY": "listed", "PASSWORD_EXPIRED": "listed", "LOCKED_OUT": "listed",
		"DEPROVISIONED": "left out", "SUSPENDED": "blocked", "STAGED": "blocked", "SOMETHING_NEW": "blocked",
	} {
		f := newFake(t)
		f.members[eng][0]["status"] = status
		d := read(t, f.source(f.direct, func(o *oktasource.Options) { o.App, o.Groups = "", []string{"Engineering"} }))
		got := "left out"
		for _, u := range d.Users {
			if u.ID == ada {
				got = map[bool]string{true: "listed", false: "blocked"}[u.Blocked == ""]
			}
		}
		if got != want {
			t.Errorf("%q: %s, want %s", status, got, want)
		}
	}
}

func TestSomebodyWhoLacksWhatTheAppRequiresIsBlocked(t *testing.T) {
	f := newFake(t)
	f.schema["definitions"].(object)["custom"].(object)["required"] = []string{"email"}
	f.appUsers[0]["profile"].(object)["email"] = nil
	f.appUsers[1]["credentials"] = nil
	d := read(t, f.source())
	for i, want := range []string{"has no e-mail, which the app requires", "has no user name, which every app requires", ""} {
		if d.Users[i].Blocked != want {
			t.Errorf("%s: blocked %q, want %q", d.Users[i].ID, d.Users[i].Blocked, want)
		}
	}
	if want := []directory.SourceID{ada, bob}; !cmp.Equal(d.Groups[0].Members, want) {
		t.Errorf("members %v: who is blocked is not dropped", d.Groups[0].Members)
	}
}

func TestTwoPeopleWithOneUserNameAreBothLeftAlone(t *testing.T) {
	f := newFake(t)
	f.appUsers[1]["credentials"] = object{"userName": "ADA@x.test"}
	d := read(t, f.source())
	if d.Users[0].Blocked == "" || d.Users[1].Blocked == "" || d.Users[2].Blocked != "" || len(d.Problems) != 1 {
		t.Errorf("blocked %q, %q, %q; problems %v", d.Users[0].Blocked, d.Users[1].Blocked, d.Users[2].Blocked, d.Problems)
	}
}

func TestAPushByNameThatIsNotFoundIsAProblemWithTheNearestNames(t *testing.T) {
	f := newFake(t)
	f.groups = append(f.groups, groupOf("00g7twiceaa00000001d7", "Twice", 0), groupOf("00g7twicebb00000001d7", "Twice", 0))
	d := read(t, f.source(func(o *oktasource.Options) {
		o.Pushes = []oktasource.Push{{Name: "Enginering"}, {Name: "Twice"}, {Name: "Ops", LinkTo: "42"}, {Name: "engineering"}}
	}))
	var got []string
	for _, p := range d.Problems {
		got = append(got, p.Name+" "+p.Text)
	}
	want := []string{
		`Enginering is to be pushed, and there is no such group in Okta; did you mean "Engineering"?`,
		`Twice is to be pushed, and several groups in Okta have that name (00g7twiceaa00000001d7, 00g7twicebb00000001d7): rename all but one`,
		`engineering is to be pushed, and there is no such group in Okta; did you mean "Engineering"?`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(d.Groups) != 1 || d.Groups[0].Name != "Ops" || d.Groups[0].LinkTo != "42" {
		t.Errorf("groups %+v", d.Groups)
	}
}

func TestWithoutAnAppAGroupThatIsNotFoundIsAGap(t *testing.T) {
	f := newFake(t)
	d, err := f.source(func(o *oktasource.Options) { o.App, o.Groups = "", []string{"Ops", "Renamed"} }).Read(t.Context())
	if err != nil || d.Evidence.Complete() || len(d.Users) != 1 {
		t.Errorf("%v, gaps %v, %d users", err, d.Evidence.Gaps, len(d.Users))
	}
	if _, err := f.source(func(o *oktasource.Options) { o.App, o.Groups = "", []string{"Renamed"} }).Read(t.Context()); err == nil {
		t.Error("nothing of it can be used, and there is no error")
	}
}

func TestAnAppIsFoundThoughTheListByPrefixIsUnpaged(t *testing.T) {
	f := newFake(t)
	f.before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Query().Get("q") == "" {
			return false
		}
		f.write(w, []object{f.app})
		return true
	}
	if d := read(t, f.source()); len(d.Users) != 3 {
		t.Errorf("%d users", len(d.Users))
	}
}

func TestAPushOfADeletedGroupIsAProblem(t *testing.T) {
	f := newFake(t)
	f.pushes[1]["sourceGroupId"] = "00g7goneaaa00000001d7"
	f.pushes[1]["status"] = "ERROR"
	d := read(t, f.source())
	if len(d.Groups) != 1 || len(d.Problems) != 1 || !strings.Contains(d.Problems[0].Text, "no longer exists") {
		t.Errorf("groups %v, problems %v", d.Groups, d.Problems)
	}
}

func TestSwitchesComeFromTheFeaturesOfTheApp(t *testing.T) {
	f := newFake(t)
	f.app["features"] = []string{"IMPORT_NEW_USERS", "PUSH_USER_DEACTIVATION", "SCIM_PROVISIONING"}
	d := read(t, f.source())
	if d.Switches != (directory.Switches{DeactivateUsers: true}) || d.Groups != nil {
		t.Errorf("switches %+v, groups %v", d.Switches, d.Groups)
	}
	for _, r := range f.requests() {
		if strings.Contains(r, "group-push") {
			t.Errorf("%s: the app has no Push Groups", r)
		}
	}
}

func TestAnAppThatListsNobodyByDesignIsRefused(t *testing.T) {
	f := newFake(t)
	f.app["settings"] = object{"implicitAssignment": true}
	if _, err := f.source().Read(t.Context()); err == nil || !strings.Contains(err.Error(), "Federation Broker Mode") {
		t.Errorf("%v", err)
	}
}

func TestALargeGroupThatTimesOutIsReadInSmallerPages(t *testing.T) {
	f := newFake(t)
	f.before = func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, eng+"/users") && r.URL.Query().Get("limit") == "1000" {
			w.WriteHeader(http.StatusGatewayTimeout)
			return true
		}
		return false
	}
	if d := read(t, f.source()); len(d.Groups[0].Members) != 2 {
		t.Errorf("members %v", d.Groups[0].Members)
	}
}

// A list whose last full page promises a page that turns out to be empty is whole, if
// the same list in other pages ends with a page that is not.
func TestAListThatEndsWithAnEmptyPageIsCutAnew(t *testing.T) {
	f := newFake(t)
	f.crowd(4)
	f.before = func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, appID+"/users") {
			return false
		}
		limit, start := 2, 0
		if r.URL.Query().Get("limit") == "1" {
			limit = 1
		}
		fmt.Sscan(r.URL.Query().Get("after"), &start)
		page := f.appUsers[start:min(start+limit, 4)]
		w.Header().Add("Link", fmt.Sprintf(`<%s%s?limit=%d>; rel="self"`, f.URL, r.URL.Path, limit))
		// The fault: a full page always promises another one, unless it has a single row.
		if len(page) == limit && (limit > 1 || start+limit < 4) {
			w.Header().Add("Link", fmt.Sprintf(`<%s%s?limit=2&after=%d>; rel="next"`, f.URL, r.URL.Path, start+limit))
			if limit == 1 {
				w.Header()["Link"][1] = fmt.Sprintf(`<%s%s?limit=1&after=%d>; rel="next"`, f.URL, r.URL.Path, start+limit)
			}
		}
		if page == nil {
			page = []object{}
		}
		f.write(w, page)
		return true
	}
	d, err := f.source(func(o *oktasource.Options) { o.Pushes = []oktasource.Push{} }).Read(t.Context())
	if err != nil || len(d.Users) != 4 || !d.Evidence.Complete() {
		t.Errorf("%v, %d users, gaps %v", err, len(d.Users), d.Evidence.Gaps)
	}
}
