package scimtarget_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
)

func TestReadAnswersForThePathsThatWereAskedFor(t *testing.T) {
	f, target := newFake(t)
	f.add("Users", object{"userName": "ada@x.test", "externalId": "00u1", "active": true, "Title": "Lead", "nickName": "A",
		"emails": []any{object{"value": "other@x.test"}, object{"value": "ada@x.test", "primary": true}}})
	f.add("Groups", object{"displayName": "Eng", "members": entries("id/1")})
	current, err := target.Read(t.Context(), agent.ReadRequest{Paths: []string{"title", "emails[primary eq true].value", "name.givenName"}})
	if err != nil || !current.Evidence.Complete() {
		t.Fatal(err, current.Evidence)
	}
	u := current.Users[0]
	if u.UserName != "ada@x.test" || u.ExternalID != "00u1" || !u.Active || u.Attributes.Get("title") != `"Lead"` ||
		u.Attributes.Get("emails[primary eq true].value") != `"ada@x.test"` || len(u.Attributes) != 2 {
		t.Errorf("got %+v", u)
	}
	if g := current.Groups[0]; g.Name != "Eng" || len(g.Members) != 1 || g.Members[0] != "id/1" || g.MembersUnreadable {
		t.Errorf("got %+v", g)
	}
}

func TestASilentPageCapIsNoGap(t *testing.T) {
	f, target := newFake(t)
	f.pageCap = 7
	for i := range 50 {
		f.add("Users", object{"userName": fmt.Sprint("u", i)})
	}
	current, err := target.Read(t.Context(), agent.ReadRequest{})
	if err != nil || len(current.Users) != 50 || !current.Evidence.Complete() {
		t.Errorf("%d users, %v, %v", len(current.Users), current.Evidence, err)
	}
}

// Every way in which a list can be less than whole ends in an error or a gap.
func TestAListThatIsNotWholeIsNeverTakenForWhole(t *testing.T) {
	const all = 250
	page := func(n int) func(w http.ResponseWriter, r *http.Request) bool {
		return func(_ http.ResponseWriter, r *http.Request) bool {
			return strings.HasSuffix(r.URL.Path, "/Users") && (n == 1) == (r.URL.Query().Get("startIndex") == "1")
		}
	}
	for name, answer := range map[string]func(w http.ResponseWriter){
		"500":       func(w http.ResponseWriter) { fail(w, 500, "", "broken") },
		"404":       func(w http.ResponseWriter) { fail(w, 404, "", "broken") },
		"HTML":      func(w http.ResponseWriter) { _, _ = w.Write([]byte("<html>hello</html>")) },
		"empty 200": func(http.ResponseWriter) {},
		"200 []":    func(w http.ResponseWriter) { write(w, 200, []any{}) },
		"200 {}":    func(w http.ResponseWriter) { write(w, 200, object{}) },
		"cut body":  func(w http.ResponseWriter) { _, _ = w.Write([]byte(`{"totalResults":250,"Resources":[{"id":"1"`)) },
		"error inside a 200": func(w http.ResponseWriter) {
			fail(w, 200, "", "broken")
		},
		"no Resources": func(w http.ResponseWriter) {
			write(w, 200, object{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:ListResponse"}, "totalResults": all, "startIndex": 1, "itemsPerPage": 0})
		},
	} {
		for n := 1; n <= 2; n++ {
			t.Run(fmt.Sprintf("%s on page %d", name, n), func(t *testing.T) {
				f, target := newFake(t)
				for i := range all {
					f.add("Users", object{"userName": fmt.Sprint("u", i)})
				}
				f.before = func(w http.ResponseWriter, r *http.Request, _ object) bool {
					if !page(n)(w, r) {
						return false
					}
					answer(w)
					return true
				}
				current, err := target.Read(t.Context(), agent.ReadRequest{})
				if err == nil && current.Evidence.Complete() {
					t.Errorf("%d of %d users, and no doubt", len(current.Users), all)
				}
			})
		}
	}
}

// A list that is wholly empty looks whole; only what is known to exist can tell.
func TestAnEmptyListIsDoubtedWhenALinkedRecordIsThere(t *testing.T) {
	f, target := newFake(t)
	id := f.add("Users", object{"userName": "ada@x.test"})
	f.hide = []string{id}
	current, err := target.Read(t.Context(), agent.ReadRequest{Users: []directory.TargetID{directory.TargetID(id)}})
	if err != nil {
		t.Fatal(err)
	}
	if current.Evidence.Complete() || len(current.Users) != 1 {
		t.Errorf("%d users, evidence %v", len(current.Users), current.Evidence)
	}
}

func TestManyRecordsThatAListHidesAreOneGap(t *testing.T) {
	f, target := newFake(t)
	var known []directory.TargetID
	for i := range 5 {
		id := f.add("Users", object{"userName": fmt.Sprintf("p%d@x.test", i)})
		f.hide = append(f.hide, id)
		known = append(known, directory.TargetID(id))
	}
	current, err := target.Read(t.Context(), agent.ReadRequest{Users: known})
	if err != nil {
		t.Fatal(err)
	}
	const want = `the list did not show ["p0@x.test" "p1@x.test" "p2@x.test"] and 2 more, which are there`
	if gaps := current.Evidence.Gaps; len(gaps) != 1 || !strings.Contains(fmt.Sprint(gaps[0]), want) || len(current.Users) != 5 {
		t.Errorf("%d users, gaps %v", len(current.Users), gaps)
	}
}

func TestALinkedRecordThatIsGoneIsNoGap(t *testing.T) {
	f, target := newFake(t)
	f.add("Users", object{"userName": "ada@x.test"})
	current, err := target.Read(t.Context(), agent.ReadRequest{Users: []directory.TargetID{"gone"}})
	if err != nil || !current.Evidence.Complete() {
		t.Errorf("evidence %v, %v", current.Evidence, err)
	}
}

func TestUnreadableMembersAreNotEmpty(t *testing.T) {
	f, target := newFake(t)
	f.add("Groups", object{"displayName": "Eng"})
	f.add("Groups", object{"displayName": "Ops", "members": []any{}})
	current, err := target.Read(t.Context(), agent.ReadRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if !current.Groups[0].MembersUnreadable || current.Groups[1].MembersUnreadable {
		t.Errorf("got %+v", current.Groups)
	}
}

func TestAGroupWithoutMembersIsEmptyWhereAnotherShowsItsOwn(t *testing.T) {
	f, target := newFake(t)
	f.add("Groups", object{"displayName": "Empty"})
	f.add("Groups", object{"displayName": "Eng", "members": entries("a")})
	f.add("Groups", object{"displayName": "Broken", "members": "a"})
	f.add("Groups", object{"displayName": "Empty too"})
	current, err := target.Read(t.Context(), agent.ReadRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range current.Groups {
		if want := g.Name == "Broken"; g.MembersUnreadable != want {
			t.Errorf("%s: MembersUnreadable is %v", g.Name, g.MembersUnreadable)
		}
	}
}

func TestAnEndlessListEnds(t *testing.T) {
	f, target := newFake(t)
	f.before = func(w http.ResponseWriter, r *http.Request, _ object) bool {
		if !strings.HasSuffix(r.URL.Path, "/Users") {
			return false
		}
		// A page past the end answers the first page again.
		write(w, 200, object{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:ListResponse"}, "totalResults": 3, "startIndex": 1, "itemsPerPage": 1,
			"Resources": []any{object{"id": "1", "userName": "u"}}})
		return true
	}
	current, err := target.Read(t.Context(), agent.ReadRequest{})
	if err == nil && current.Evidence.Complete() {
		t.Errorf("got %d users of 3 and no doubt", len(current.Users))
	}
}
