package scimtarget_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
	"github.com/oktascim/oktascim/internal/scimtarget"
	"github.com/oktascim/oktascim/internal/targetprofile"
	"github.com/oktascim/oktascim/scimclient"
)

func newFakeKnown(t *testing.T, p *targetprofile.Profile) (*fake, *scimtarget.Target) {
	t.Helper()
	f := &fake{objects: map[string][]object{}}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	client, err := scimclient.New(scimclient.Options{BaseURL: server.URL + "/scim/v2", Retries: -1})
	if err != nil {
		t.Fatal(err)
	}
	return f, scimtarget.New(scimtarget.Options{Client: client, Profile: p})
}

// most refuses a PATCH of more than n members, as AWS IAM Identity Center does of 100.
func most(n int) func(http.ResponseWriter, *http.Request, object) bool {
	return func(w http.ResponseWriter, r *http.Request, body object) bool {
		ops, _ := body["Operations"].([]any)
		count := len(ops)
		for _, op := range ops {
			if list, ok := op.(object)["value"].([]any); ok {
				count = max(count, len(list))
			}
		}
		if r.Method != http.MethodPatch || count <= n {
			return false
		}
		fail(w, 400, "tooMany", "too many members")
		return true
	}
}

func many(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("u%03d", i)
	}
	return list
}

func TestAServerThatTakesFewMembersPerPatchIsGivenFew(t *testing.T) {
	f, target := newFakeKnown(t, nil)
	f.before = most(30)
	id := f.add("Groups", object{"displayName": "Engineering", "members": entries("x")})
	mustWrite(t, target, group(plan.Add, id, "Engineering", many(60), nil))
	if n := len(f.members(id)); n != 61 {
		t.Fatalf("%d members", n)
	}
	if len(f.sent("PUT")) != 0 {
		t.Error("the group was put although smaller pieces go through")
	}
	before := len(f.sent("PATCH"))
	mustWrite(t, target, group(plan.Drop, id, "Engineering", nil, many(60)))
	if n, sent := len(f.members(id)), len(f.sent("PATCH"))-before; n != 1 || sent != 2 {
		t.Errorf("%d members left after %d PATCHes: what was learned with the first write is not used", n, sent)
	}
}

func TestAProfileSaysHowManyMembersAPatchMayHave(t *testing.T) {
	for _, c := range []struct{ seen, refused, want int }{{0, 0, 2}, {0, 11, 12}, {10, 50, 12}, {100, 1000, 2}, {500, 0, 1}, {5, 1000, 2}} {
		f, target := newFakeKnown(t, &targetprofile.Profile{Members: targetprofile.Members{MostPerPatchSeen: c.seen, RefusedPerPatch: c.refused}})
		id := f.add("Groups", object{"displayName": "Engineering", "members": entries("x")})
		mustWrite(t, target, group(plan.Add, id, "Engineering", many(120), nil))
		if n := len(f.sent("PATCH")); n != c.want {
			t.Errorf("seen %d, refused %d: %d PATCHes, want %d", c.seen, c.refused, n, c.want)
		}
	}
}

func TestAFormThatTheServerDoesNotKnowIsAskedForOnce(t *testing.T) {
	for _, status := range []int{400, 405, 501} {
		f, target := newFakeKnown(t, nil)
		f.before = refuse(http.MethodPatch, status)
		id := f.add("Groups", object{"displayName": "Engineering", "members": entries("x")})
		user := f.add("Users", object{"userName": "ada@x.test", "active": true})
		mustWrite(t, target, group(plan.Add, id, "Engineering", []string{"a"}, nil))
		mustWrite(t, target, agent.Write{Verb: plan.Deactivate, Kind: directory.KindUser, Target: directory.TargetID(user)})
		first := len(f.sent("PATCH"))
		mustWrite(t, target, group(plan.Add, id, "Engineering", []string{"b"}, nil))
		mustWrite(t, target, agent.Write{Verb: plan.Deactivate, Kind: directory.KindUser, Target: directory.TargetID(user)})
		if n := len(f.sent("PATCH")); first == 0 || n != first || len(f.members(id)) != 3 {
			t.Errorf("%d: %d PATCHes, then %d; members %v", status, first, n, f.members(id))
		}
	}
}

func TestAFormThatTheProfileRulesOutIsNeverSent(t *testing.T) {
	p := &targetprofile.Profile{Patch: targetprofile.Patch{
		Users:  targetprofile.UserPatch{WithoutPath: targetprofile.Refused, ByPath: targetprofile.Works},
		Groups: targetprofile.GroupPatch{AddMembers: targetprofile.Refused, RemoveByFilter: targetprofile.Ignored, ReplaceMembers: targetprofile.Ignored, RenameWithoutPath: targetprofile.Refused},
	}}
	f, target := newFakeKnown(t, p)
	id := f.add("Groups", object{"displayName": "Engineering", "members": entries("x", "y")})
	mustWrite(t, target, group(plan.Add, id, "Engineering", []string{"a"}, nil))
	mustWrite(t, target, group(plan.Drop, id, "Engineering", nil, []string{"x"}))
	mustWrite(t, target, group(plan.Rename, id, "R&D", nil, nil))
	if sent := f.sent("PATCH"); len(sent) != 0 || !slices.Equal(f.members(id), []string{"y", "a"}) || f.get("Groups", id)["displayName"] != "R&D" {
		t.Errorf("sent %v, group %v", sent, f.get("Groups", id))
	}
	user := f.add("Users", object{"userName": "ada@x.test", "active": true})
	f.before = func(w http.ResponseWriter, r *http.Request, body object) bool {
		if r.Method != http.MethodPatch {
			return false
		}
		op := body["Operations"].([]any)[0].(object)
		if op["path"] != "active" || op["value"] != false {
			t.Errorf("sent %v", op)
		}
		fail(w, 501, "", "no")
		return true
	}
	mustWrite(t, target, agent.Write{Verb: plan.Deactivate, Kind: directory.KindUser, Target: directory.TargetID(user)})
}

func TestMembersAreReadFromTheirUsersWhereGroupsHideThem(t *testing.T) {
	p := &targetprofile.Profile{Members: targetprofile.Members{Read: []targetprofile.MemberRead{targetprofile.OfUser}}}
	f, target := newFakeKnown(t, p)
	id := f.add("Groups", object{"displayName": "Engineering", "members": []any{}})
	empty := f.add("Groups", object{"displayName": "Empty", "members": []any{}})
	ada := f.add("Users", object{"userName": "ada@x.test", "groups": entries(id)})
	f.add("Users", object{"userName": "bob@x.test"})
	current, err := target.Read(t.Context(), agent.ReadRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range current.Groups {
		want := map[directory.TargetID][]directory.TargetID{directory.TargetID(id): {directory.TargetID(ada)}, directory.TargetID(empty): nil}[g.ID]
		if g.MembersUnreadable || !slices.Equal(g.Members, want) {
			t.Errorf("%s: %v, unreadable %t", g.Name, g.Members, g.MembersUnreadable)
		}
	}
	// The person still says that they are in the group: the removal did nothing.
	written, err := target.Write(t.Context(), group(plan.Drop, id, "Engineering", nil, []string{ada}))
	if err == nil && written.Effect != agent.Ignored {
		t.Errorf("a removal that did nothing is %v", written)
	}
	f.get("Users", ada)["groups"] = nil
	if current, err = target.Read(t.Context(), agent.ReadRequest{}); err != nil || !current.Groups[0].MembersUnreadable {
		t.Errorf("nobody shows any group, and %v is taken for empty (%v)", current.Groups, err)
	}
}

func TestAttributesThatTheServerRefusesAreLeftOut(t *testing.T) {
	p := &targetprofile.Profile{Users: targetprofile.Kind{RefusedAttributes: []string{"password", "name.middleName"}}, Groups: targetprofile.Kind{Delete: targetprofile.NoDelete}}
	f, target := newFakeKnown(t, p)
	attributes := directory.NewAttributes(
		directory.Attribute{Path: "name.middleName", Value: directory.Canonical("M")}, directory.Attribute{Path: "name.givenName", Value: directory.Canonical("Ada")})
	mustWrite(t, target, agent.Write{Verb: plan.Create, Kind: directory.KindUser, User: &directory.User[directory.SourceID]{ID: "00u1", UserName: "ada@x.test", Attributes: attributes}})
	body := f.body("POST", 0)
	name, _ := body["name"].(object)
	if body["password"] != nil || name["middleName"] != nil || name["givenName"] != "Ada" {
		t.Errorf("sent %v", body)
	}
	id := f.add("Groups", object{"displayName": "Engineering"})
	_, err := target.Write(t.Context(), group(plan.Delete, id, "Engineering", nil, nil))
	if err == nil || !strings.Contains(err.Error(), "groups.delete") || len(f.sent("DELETE")) != 0 {
		t.Errorf("%v, sent %v", err, f.sent("DELETE"))
	}
}

func TestAProfileSaysWhetherCaseMatters(t *testing.T) {
	for rule, want := range map[targetprofile.CaseRule]int{"": 1, targetprofile.AnyCase: 1, targetprofile.ExactCase: 0} {
		f, target := newFakeKnown(t, &targetprofile.Profile{Case: targetprofile.Case{UserName: rule}})
		f.add("Users", object{"userName": "Ada@x.test"})
		found, err := target.Find(t.Context(), directory.KindUser, "", "ada@x.test")
		if err != nil || len(found) != want {
			t.Errorf("%q: found %v (%v)", rule, found, err)
		}
	}
}

func TestAProfileSaysHowLargeAPageIs(t *testing.T) {
	f, target := newFakeKnown(t, &targetprofile.Profile{Lists: targetprofile.Lists{MaxPage: 50}, Rate: targetprofile.Rate{RequestsPerSecond: 1000}})
	f.before = func(_ http.ResponseWriter, r *http.Request, _ object) bool {
		if n := r.URL.Query().Get("count"); n != "50" {
			t.Errorf("asked for %s", n)
		}
		return false
	}
	for i := range 120 {
		f.add("Users", object{"userName": fmt.Sprint(i)})
	}
	current, err := target.Read(t.Context(), agent.ReadRequest{})
	if err != nil || len(current.Users) != 120 {
		t.Errorf("read %d users (%v)", len(current.Users), err)
	}
}

func TestAnEmptyListOfMembersIsUnreadableWhereTheProfileSaysThatTheyAreHidden(t *testing.T) {
	hidden := targetprofile.Members{Hidden: []targetprofile.MemberRead{targetprofile.InGroup, targetprofile.InGroupList}}
	f, target := newFakeKnown(t, &targetprofile.Profile{Members: hidden})
	f.add("Groups", object{"displayName": "Engineering", "members": []any{}})
	current, err := target.Read(t.Context(), agent.ReadRequest{})
	if err != nil || !current.Groups[0].MembersUnreadable {
		t.Errorf("%+v (%v)", current.Groups, err)
	}
}
