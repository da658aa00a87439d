package scimtarget_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
	"github.com/oktascim/oktascim/internal/scimtarget"
)

func ada() *directory.User[directory.SourceID] {
	return &directory.User[directory.SourceID]{
		ID: "00u1", ExternalID: "00u1", UserName: "ada@x.test", Active: true,
		Attributes: directory.NewAttributes(
			directory.Attribute{Path: "name.givenName", Value: `"Ada"`},
			directory.Attribute{Path: "title", Value: `"Engineer"`},
			directory.Attribute{Path: "emails[primary eq true].value", Value: `"ada@x.test"`},
			directory.Attribute{Path: "emails[primary eq true].type", Value: `"work"`},
		),
	}
}

func create(u *directory.User[directory.SourceID]) agent.Write {
	return agent.Write{Verb: plan.Create, Kind: directory.KindUser, User: u}
}

func group(verb plan.Verb, id, name string, add, drop []string) agent.Write {
	return agent.Write{Verb: verb, Kind: directory.KindGroup, Target: directory.TargetID(id), Name: name, Add: members(add), Drop: members(drop)}
}

func members(ids []string) []agent.Member {
	var list []agent.Member
	for _, id := range ids {
		list = append(list, agent.Member{ID: directory.TargetID(id), Display: "user " + id})
	}
	return list
}

func entries(ids ...string) []any {
	list := []any{}
	for _, id := range ids {
		list = append(list, object{"value": id})
	}
	return list
}

func mustWrite(t *testing.T, target *scimtarget.Target, w agent.Write) agent.Written {
	t.Helper()
	written, err := target.Write(t.Context(), w)
	if err != nil {
		t.Fatalf("%s of a %s: %v", w.Verb, w.Kind, err)
	}
	return written
}

func TestANewUserIsSentAsOktaSendsIt(t *testing.T) {
	f, target := newFake(t)
	written := mustWrite(t, target, create(ada()))
	if written.Effect != agent.Applied || written.ID != "id/1" {
		t.Fatalf("got %+v", written)
	}
	body := f.body("POST", 0)
	if groups, ok := body["groups"].([]any); !ok || len(groups) != 0 {
		t.Errorf("groups is %v, want an empty list", body["groups"])
	}
	if e, ok := body["emails"].([]any); !ok || len(e) != 1 || fmt.Sprint(e[0]) != "map[primary:true type:work value:ada@x.test]" {
		t.Errorf("emails is %v", body["emails"])
	}
	if p, _ := body["password"].(string); len(p) < 16 {
		t.Errorf("the throwaway password has %d characters", len(p))
	}
	for k, want := range map[string]string{"userName": "ada@x.test", "externalId": "00u1", "active": "true", "title": "Engineer"} {
		if got := fmt.Sprint(body[k]); got != want {
			t.Errorf("%s is %s, want %s", k, got, want)
		}
	}
	if len(f.sent("GET")) != 0 {
		t.Errorf("the answer to the POST had everything, and yet there was a GET")
	}
}

func TestEachNewUserHasAnotherPassword(t *testing.T) {
	f, target := newFake(t)
	mustWrite(t, target, create(ada()))
	bob := ada()
	bob.ID, bob.UserName = "00u2", "bob@x.test"
	mustWrite(t, target, create(bob))
	if f.body("POST", 0)["password"] == f.body("POST", 1)["password"] {
		t.Error("two accounts got the same password")
	}
}

func TestAnAttributeThatTheTargetDropsIsNamed(t *testing.T) {
	f, target := newFake(t)
	f.show = func(_ string, o object) object { delete(o, "title"); return o }
	written := mustWrite(t, target, create(ada()))
	if written.Effect != agent.Ignored || written.Ignored.Get("title") != `"Engineer"` || len(written.Ignored) != 1 {
		t.Errorf("got %+v", written)
	}
}

func TestAConflictSaysWhoIsThere(t *testing.T) {
	f, target := newFake(t)
	f.add("Users", object{"userName": "ADA@x.test", "active": false})
	_, err := target.Write(t.Context(), create(ada()))
	exists, ok := errors.AsType[*agent.Exists](err)
	if !ok || len(exists.Found) != 1 || exists.Found[0].Name != "ADA@x.test" || exists.Found[0].Active {
		t.Fatalf("got %v", err)
	}
}

func TestLookFirstCreatesNothingWhenThePersonIsThere(t *testing.T) {
	f, target := newFake(t)
	f.add("Users", object{"userName": "other@x.test", "externalId": "00u1"})
	w := create(ada())
	w.LookFirst = true
	_, err := target.Write(t.Context(), w)
	if _, ok := errors.AsType[*agent.Exists](err); !ok {
		t.Fatalf("got %v", err)
	}
	if n := len(f.sent("POST")); n != 0 {
		t.Errorf("%d POST went out", n)
	}
}

func TestAFilterThatIsIgnoredFindsNobody(t *testing.T) {
	f, target := newFake(t)
	f.ignoreFilter = true
	f.add("Users", object{"userName": "administrator"})
	found, err := target.Find(t.Context(), directory.KindUser, "00u1", "ada@x.test")
	if err != nil || len(found) != 0 {
		t.Errorf("found %v, %v", found, err)
	}
}

func TestACreateWithoutAnAnswerMayHaveBeenWritten(t *testing.T) {
	f, target := newFake(t)
	f.before = func(w http.ResponseWriter, r *http.Request, _ object) bool {
		if r.Method != http.MethodPost {
			return false
		}
		panic(http.ErrAbortHandler) // the connection is cut
	}
	_, err := target.Write(t.Context(), create(ada()))
	if _, ok := errors.AsType[*agent.MaybeWritten](err); !ok {
		t.Fatalf("got %v", err)
	}
	if n := len(f.sent("POST")); n != 1 {
		t.Errorf("the POST went out %d times", n)
	}
}

func TestACreateAnsweredWithoutAnIDMayHaveBeenWritten(t *testing.T) {
	f, target := newFake(t)
	f.show = func(_ string, o object) object { delete(o, "id"); return o }
	_, err := target.Write(t.Context(), create(ada()))
	if _, ok := errors.AsType[*agent.MaybeWritten](err); !ok {
		t.Fatalf("got %v", err)
	}
}

func TestAnUpdateKeepsWhatOnlyTheTargetKnows(t *testing.T) {
	f, target := newFake(t)
	id := f.add("Users", object{"userName": "ada@x.test", "title": "Engineer", "nickName": "A", "urn:vendor": object{"x": 1.0}, "active": true})
	written := mustWrite(t, target, agent.Write{
		Verb: plan.Update, Kind: directory.KindUser, Target: directory.TargetID(id), User: ada(),
		Fields: []plan.Field{{Path: "title", From: `"Engineer"`, To: `"Lead"`}},
	})
	if written.Effect != agent.Applied {
		t.Errorf("got %+v", written)
	}
	o := f.get("Users", id)
	if o["title"] != "Lead" || o["nickName"] != "A" || o["urn:vendor"] == nil {
		t.Errorf("the account is now %v", o)
	}
}

func TestACatalogAppSwitchesOffByPatchAndAWizardAppByPut(t *testing.T) {
	for dialect, method := range map[scimtarget.Dialect]string{scimtarget.Catalog: "PATCH", scimtarget.Wizard: "PUT"} {
		f, target := newFakeWith(t, dialect)
		id := f.add("Users", object{"userName": "ada@x.test", "active": true, "nickName": "A"})
		written := mustWrite(t, target, agent.Write{Verb: plan.Deactivate, Kind: directory.KindUser, Target: directory.TargetID(id)})
		if written.Effect != agent.Applied || f.get("Users", id)["active"] != false || f.get("Users", id)["nickName"] != "A" {
			t.Errorf("%s: got %+v, the account is %v", dialect, written, f.get("Users", id))
		}
		if n := len(f.sent(method)); n != 1 {
			t.Errorf("%s: %d %s went out", dialect, n, method)
		}
	}
}

func TestADeactivationThatDoesNothingIsIgnoredNotApplied(t *testing.T) {
	f, target := newFake(t)
	f.show = func(_ string, o object) object { o["active"] = true; return o }
	id := f.add("Users", object{"userName": "ada@x.test", "active": true})
	written := mustWrite(t, target, agent.Write{Verb: plan.Deactivate, Kind: directory.KindUser, Target: directory.TargetID(id)})
	if written.Effect != agent.Ignored {
		t.Errorf("got %+v", written)
	}
}

func TestANewGroupWithItsMembersIsOneRequest(t *testing.T) {
	f, target := newFake(t)
	written := mustWrite(t, target, group(plan.Create, "", "Engineering", []string{"a", "b"}, nil))
	if written.Effect != agent.Applied || !slices.Equal(f.members("id/1"), []string{"a", "b"}) {
		t.Errorf("got %+v, members %v", written, f.members("id/1"))
	}
	if len(f.log) != 1 {
		t.Errorf("requests: %v", f.log)
	}
}

func TestMembersThatAPostLosesAreAddedByPatch(t *testing.T) {
	f, target := newFake(t)
	f.dropPostMembers = true
	// One group that shows a member tells that this server shows members at all.
	f.add("Groups", object{"displayName": "Other", "members": entries("x")})
	if _, err := target.Read(t.Context(), agent.ReadRequest{}); err != nil {
		t.Fatal(err)
	}
	written := mustWrite(t, target, group(plan.Create, "", "Engineering", []string{"a", "b"}, nil))
	if written.Effect != agent.Applied || !slices.Equal(f.members(string(written.ID)), []string{"a", "b"}) {
		t.Errorf("got %+v, members %v", written, f.members(string(written.ID)))
	}
}

func TestMembersThatAreNeverShownAreUnreadable(t *testing.T) {
	f, target := newFake(t)
	f.show = func(_ string, o object) object {
		if _, ok := o["members"]; ok {
			o["members"] = []any{}
		}
		return o
	}
	written := mustWrite(t, target, group(plan.Create, "", "Engineering", []string{"a"}, nil))
	if written.Effect != agent.Unreadable || len(written.NotAdded) != 0 {
		t.Errorf("got %+v", written)
	}
	id := string(written.ID)
	if written := mustWrite(t, target, group(plan.Drop, id, "Engineering", nil, []string{"a"})); written.Effect != agent.Unreadable {
		t.Errorf("drop: got %+v", written)
	}
}

func TestMembersThatAreNotAddedAreNamed(t *testing.T) {
	f, target := newFake(t)
	id := f.add("Groups", object{"displayName": "Engineering", "members": entries("x")})
	f.show = func(_ string, o object) object {
		o["members"] = slices.DeleteFunc(slices.Clone(o["members"].([]any)), func(m any) bool { return m.(object)["value"] == "b" })
		return o
	}
	written := mustWrite(t, target, group(plan.Add, id, "Engineering", []string{"a", "b"}, nil))
	if written.Effect != agent.Ignored || !slices.Equal(written.NotAdded, []directory.TargetID{"b"}) {
		t.Errorf("got %+v", written)
	}
}

func TestAMemberIsTakenOutWhicheverFormWorks(t *testing.T) {
	type removal = func([]any, string) ([]any, int)
	same := func(members []any, _ string) ([]any, int) { return members, 0 }
	refuse := func(status int) removal {
		return func([]any, string) ([]any, int) { return nil, status }
	}
	for name, c := range map[string]struct {
		removal     removal
		replaceAdds bool
		last        string
	}{
		"value filter works":             {nil, false, "PATCH"},
		"value filter is not known":      {refuse(501), false, "PATCH"},
		"value filter is refused":        {refuse(400), false, "PATCH"},
		"value filter does nothing":      {same, false, "PATCH"},
		"replace adds instead":           {same, true, "PUT"},
		"filter refused, replace adds":   {refuse(400), true, "PUT"},
		"the server fails on the filter": {refuse(500), false, "PATCH"},
	} {
		t.Run(name, func(t *testing.T) {
			f, target := newFake(t)
			f.removal, f.replaceAdds = c.removal, c.replaceAdds
			id := f.add("Groups", object{"displayName": "Engineering", "members": entries("a", "b", "c")})
			written := mustWrite(t, target, group(plan.Drop, id, "Engineering", nil, []string{"b"}))
			if written.Effect != agent.Applied || !slices.Equal(f.members(id), []string{"a", "c"}) {
				t.Errorf("got %+v, members %v", written, f.members(id))
			}
			f.mu.Lock()
			defer f.mu.Unlock()
			lastWrite := ""
			for _, l := range f.log {
				if !strings.HasPrefix(l, "GET ") {
					lastWrite, _, _ = strings.Cut(l, " ")
				}
			}
			if lastWrite != c.last {
				t.Errorf("the last write was a %s, want %s", lastWrite, c.last)
			}
		})
	}
}

func TestTheFormThatEmptiesGroupsIsNeverSent(t *testing.T) {
	f, target := newFake(t)
	f.removal = func(members []any, _ string) ([]any, int) { return members, 0 }
	f.replaceAdds = true
	id := f.add("Groups", object{"displayName": "Engineering", "members": entries("a", "b")})
	mustWrite(t, target, group(plan.Drop, id, "Engineering", nil, []string{"b"}))
	for i := range f.sent("PATCH") {
		ops, _ := f.body("PATCH", i)["Operations"].([]any)
		for _, x := range ops {
			if op := x.(object); op["op"] == "remove" && (op["value"] != nil || op["path"] == "members") {
				t.Errorf("sent %v", op)
			}
		}
	}
}

func TestManyMembersGoInBatchesOfAHundred(t *testing.T) {
	f, target := newFake(t)
	id := f.add("Groups", object{"displayName": "Engineering", "members": entries("x")})
	var many []string
	for i := range 250 {
		many = append(many, fmt.Sprintf("u%03d", i))
	}
	written := mustWrite(t, target, group(plan.Add, id, "Engineering", many, nil))
	if written.Effect != agent.Applied || len(f.members(id)) != 251 || len(f.sent("PATCH")) != 3 {
		t.Errorf("got %+v, %d members, %d PATCH", written, len(f.members(id)), len(f.sent("PATCH")))
	}
}

func TestAWizardAppPutsGroupsWhole(t *testing.T) {
	f, target := newFakeWith(t, scimtarget.Wizard)
	id := f.add("Groups", object{"displayName": "Engineering", "members": entries("a", "b"), "meta": object{"version": "W/\"1\""}})
	mustWrite(t, target, group(plan.Add, id, "Engineering", []string{"c"}, nil))
	mustWrite(t, target, group(plan.Drop, id, "Engineering", nil, []string{"a"}))
	mustWrite(t, target, group(plan.Rename, id, "R&D", nil, nil))
	if !slices.Equal(f.members(id), []string{"b", "c"}) || f.get("Groups", id)["displayName"] != "R&D" {
		t.Errorf("the group is now %v", f.get("Groups", id))
	}
	if n := len(f.sent("PATCH")); n != 0 {
		t.Errorf("%d PATCH went out", n)
	}
	if f.body("PUT", 0)["meta"] != nil {
		t.Error("meta was sent back")
	}
}

func TestAGroupThatHidesItsMembersIsNotReplaced(t *testing.T) {
	for _, patchable := range []bool{true, false} {
		f, target := newFakeWith(t, scimtarget.Wizard)
		id := f.add("Groups", object{"displayName": "Engineering", "members": entries("a")})
		f.show = func(_ string, o object) object { delete(o, "members"); return o }
		f.before = func(w http.ResponseWriter, r *http.Request, _ object) bool {
			if r.Method == http.MethodPatch && !patchable {
				fail(w, http.StatusNotImplemented, "", "no PATCH here")
			}
			return r.Method == http.MethodPatch && !patchable
		}
		_, renameErr := target.Write(t.Context(), group(plan.Rename, id, "R&D", nil, nil))
		added, addErr := target.Write(t.Context(), group(plan.Add, id, "R&D", []string{"b"}, nil))
		if len(f.sent("PUT")) != 0 {
			t.Errorf("PATCH %v: a PUT went out", patchable)
		}
		wantName, wantMembers := "Engineering", []string{"a"}
		if patchable {
			wantName, wantMembers = "R&D", []string{"a", "b"}
		}
		if f.get("Groups", id)["displayName"] != wantName || !slices.Equal(f.members(id), wantMembers) {
			t.Errorf("PATCH %v: the group is now %v", patchable, f.get("Groups", id))
		}
		for _, err := range []error{renameErr, addErr} {
			if (err == nil) != patchable || err != nil && !strings.Contains(err.Error(), "does not show the group's members") {
				t.Errorf("PATCH %v: got %v", patchable, err)
			}
		}
		if patchable && added.Effect != agent.Unreadable {
			t.Errorf("what was added to a group that hides its members is %+v", added)
		}
	}
}

// Elimity and scimmy leave the attribute out when nobody is in a group.
func TestAGroupIsFilledAndEmptiedWhereAnEmptyOneShowsNoMembers(t *testing.T) {
	for _, dialect := range []scimtarget.Dialect{scimtarget.Catalog, scimtarget.Wizard} {
		f, target := newFakeWith(t, dialect)
		f.show = leaveOutEmptyMembers
		id := f.add("Groups", object{"displayName": "Engineering"})
		for range 2 { // the first time, no group has shown a member yet
			if w := mustWrite(t, target, group(plan.Add, id, "Engineering", []string{"a", "b"}, nil)); w.Effect != agent.Applied || !slices.Equal(f.members(id), []string{"a", "b"}) {
				t.Errorf("%s: add: got %+v, members %v", dialect, w, f.members(id))
			}
			if w := mustWrite(t, target, group(plan.Drop, id, "Engineering", nil, []string{"a", "b"})); w.Effect != agent.Applied || len(f.members(id)) != 0 {
				t.Errorf("%s: drop: got %+v, members %v", dialect, w, f.members(id))
			}
		}
	}
}

func leaveOutEmptyMembers(_ string, o object) object {
	if list, _ := o["members"].([]any); len(list) == 0 {
		delete(o, "members")
	}
	return o
}

func TestAStaleVersionIsReadOnceMore(t *testing.T) {
	f, target := newFakeWith(t, scimtarget.Wizard)
	id := f.add("Groups", object{"displayName": "Engineering", "members": entries("a"), "meta": object{"version": "W/\"1\""}})
	refusals := 0
	f.before = func(w http.ResponseWriter, r *http.Request, _ object) bool {
		if r.Method == http.MethodPut && r.Header.Get("If-Match") != "" && refusals == 0 {
			refusals++
			fail(w, http.StatusPreconditionFailed, "", "somebody else was faster")
			return true
		}
		return false
	}
	written := mustWrite(t, target, group(plan.Add, id, "Engineering", []string{"b"}, nil))
	if written.Effect != agent.Applied || refusals != 1 || !slices.Equal(f.members(id), []string{"a", "b"}) {
		t.Errorf("got %+v after %d refusals, members %v", written, refusals, f.members(id))
	}
}

func TestARenameIsReadBack(t *testing.T) {
	f, target := newFake(t)
	id := f.add("Groups", object{"displayName": "Engineering", "members": entries("a")})
	if w := mustWrite(t, target, group(plan.Rename, id, "R&D", nil, nil)); w.Effect != agent.Applied || f.get("Groups", id)["displayName"] != "R&D" {
		t.Errorf("got %+v", w)
	}
	f.show = func(_ string, o object) object { o["displayName"] = "R&D"; return o }
	if w := mustWrite(t, target, group(plan.Rename, id, "Research", nil, nil)); w.Effect != agent.Ignored {
		t.Errorf("got %+v", w)
	}
}

func TestADeletedGroupThatIsGoneAlreadyIsDone(t *testing.T) {
	_, target := newFake(t)
	if w := mustWrite(t, target, group(plan.Delete, "nowhere", "Engineering", nil, nil)); w.Effect != agent.Applied {
		t.Errorf("got %+v", w)
	}
}

func TestProvenWritesAreSampledNotAllReadBack(t *testing.T) {
	f, target := newFake(t)
	f.noBody = true
	id := f.add("Groups", object{"displayName": "Engineering", "members": entries("x")})
	assumed := 0
	for i := range 43 {
		if w := mustWrite(t, target, group(plan.Add, id, "Engineering", []string{fmt.Sprint("u", i)}, nil)); w.Effect == agent.Assumed {
			assumed++
		}
	}
	// Three prove the form; of the next forty every twentieth is looked at.
	if got := len(f.sent("GET")); got != 5 || assumed != 38 {
		t.Errorf("%d of 43 were looked at and %d assumed, want 5 and 38", got, assumed)
	}
}

func TestATargetThatIsOutOfReachIsSaidToBeUnavailable(t *testing.T) {
	for _, status := range []int{401, 403, 503} {
		f, target := newFake(t)
		f.before = func(w http.ResponseWriter, _ *http.Request, _ object) bool {
			fail(w, status, "", "no")
			return true
		}
		_, err := target.Write(t.Context(), create(ada()))
		if _, ok := errors.AsType[*agent.Unavailable](err); !ok {
			t.Errorf("%d: got %v", status, err)
		}
	}
	f, target := newFake(t)
	f.before = func(w http.ResponseWriter, _ *http.Request, _ object) bool {
		fail(w, 400, "invalidValue", "no such title")
		return true
	}
	_, err := target.Write(t.Context(), create(ada()))
	if _, ok := errors.AsType[*agent.Unavailable](err); ok || err == nil {
		t.Errorf("400: got %v", err)
	}
}
