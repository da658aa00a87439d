package scimtarget_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
	"github.com/oktascim/oktascim/internal/scimtarget"
)

var dialects = []scimtarget.Dialect{scimtarget.Catalog, scimtarget.Wizard}

// hideMembers answers an empty list whoever is in the group (targets.md, jackson).
func hideMembers(_ string, o object) object {
	if _, ok := o["members"]; ok {
		o["members"] = []any{}
	}
	return o
}

// refuse answers every request with method by status; a 404 is that of a web framework
// without a route.
func refuse(method string, status int) func(http.ResponseWriter, *http.Request, object) bool {
	return func(w http.ResponseWriter, r *http.Request, _ object) bool {
		switch {
		case r.Method != method:
			return false
		case status == http.StatusNotFound:
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(status)
			_, _ = w.Write([]byte("<pre>Cannot PATCH</pre>"))
		default:
			fail(w, status, "", "refused")
		}
		return true
	}
}

func TestAnEmptyListOfMembersIsNotBelievedBeforeAPut(t *testing.T) {
	for _, write := range []agent.Write{
		group(plan.Rename, "", "R&D", nil, nil),
		group(plan.Add, "", "Engineering", []string{"c"}, nil),
		group(plan.Drop, "", "Engineering", nil, []string{"b"}),
	} {
		f, target := newFakeWith(t, scimtarget.Wizard)
		id := f.add("Groups", object{"displayName": "Engineering", "members": entries("a", "b")})
		f.show = hideMembers
		write.Target = directory.TargetID(id)
		if _, err := target.Write(t.Context(), write); err != nil {
			t.Errorf("%s: %v", write.Verb, err)
		}
		if !slices.Contains(f.members(id), "a") {
			t.Errorf("%s lost a member: %v", write.Verb, f.members(id))
		}
		if write.Verb == plan.Drop && slices.Contains(f.members(id), "b") {
			t.Errorf("the member is still there: %v", f.members(id))
		}
	}
}

func TestAGroupOfOursThatHidesItsMembersIsPutWithThoseWhomTheLedgerKnows(t *testing.T) {
	for _, dialect := range dialects {
		f, target := newFakeWith(t, dialect)
		id := f.add("Groups", object{"displayName": "Engineering", "members": entries("a", "b")})
		f.show, f.before = hideMembers, refuse(http.MethodPatch, http.StatusNotImplemented)
		for _, step := range []struct {
			write agent.Write
			known []string
			want  []string
		}{
			{group(plan.Rename, id, "R&D", nil, nil), []string{"a", "b"}, []string{"a", "b"}},
			{group(plan.Add, id, "R&D", []string{"c"}, nil), []string{"a", "b"}, []string{"a", "b", "c"}},
			{group(plan.Drop, id, "R&D", nil, []string{"a"}), []string{"a", "b", "c"}, []string{"b", "c"}},
		} {
			step.write.Whole, step.write.Members = true, members(step.known)
			mustWrite(t, target, step.write)
			if !slices.Equal(f.members(id), step.want) {
				t.Errorf("%s %s: members %v, want %v", dialect, step.write.Verb, f.members(id), step.want)
			}
		}
	}
}

func TestARefusedFormIsFollowedByTheOther(t *testing.T) {
	for _, status := range []int{400, 404, 405, 500, 501} {
		for _, dialect := range dialects {
			method := http.MethodPatch
			if dialect == scimtarget.Wizard {
				method = http.MethodPut
			}
			f, target := newFakeWith(t, dialect)
			f.before = refuse(method, status)
			everyForm(t, f, target, method+" refused")
		}
	}
}

func TestAFormThatDoesNothingIsFollowedByTheOther(t *testing.T) {
	for _, dialect := range dialects {
		method := http.MethodPatch
		if dialect == scimtarget.Wizard {
			method = http.MethodPut
		}
		f, target := newFakeWith(t, dialect)
		f.before = func(w http.ResponseWriter, r *http.Request, _ object) bool {
			if r.Method == method {
				w.WriteHeader(http.StatusNoContent)
			}
			return r.Method == method
		}
		everyForm(t, f, target, method+" does nothing")
	}
}

// everyForm changes a group and a person in every way that has two forms.
func everyForm(t *testing.T, f *fake, target *scimtarget.Target, what string) {
	t.Helper()
	id := f.add("Groups", object{"displayName": "Engineering", "members": entries("a", "b")})
	person := f.add("Users", object{"userName": "ada@x.test", "active": true})
	for _, w := range []agent.Write{
		group(plan.Rename, id, "R&D", nil, nil),
		group(plan.Add, id, "R&D", []string{"c"}, nil),
		group(plan.Drop, id, "R&D", nil, []string{"a"}),
		{Verb: plan.Deactivate, Kind: directory.KindUser, Target: directory.TargetID(person)},
	} {
		written, err := target.Write(t.Context(), w)
		if err != nil || written.Effect != agent.Applied {
			t.Errorf("%s: %s: got %+v, %v", what, w.Verb, written, err)
		}
	}
	if g := f.get("Groups", id); g["displayName"] != "R&D" || !slices.Equal(f.members(id), []string{"b", "c"}) {
		t.Errorf("%s: the group is now %v", what, g)
	}
	if f.get("Users", person)["active"] != false {
		t.Errorf("%s: the person is still active", what)
	}
}

func TestAReactivationThatDoesNothingIsFollowedByTheOtherForm(t *testing.T) {
	for _, dialect := range dialects {
		method := http.MethodPatch
		if dialect == scimtarget.Wizard {
			method = http.MethodPut
		}
		f, target := newFakeWith(t, dialect)
		f.before = func(w http.ResponseWriter, r *http.Request, _ object) bool {
			if r.Method == method {
				w.WriteHeader(http.StatusNoContent)
			}
			return r.Method == method
		}
		id := f.add("Users", object{"userName": "ada@x.test", "active": false})
		written := mustWrite(t, target, agent.Write{Verb: plan.Reactivate, Kind: directory.KindUser, Target: directory.TargetID(id), User: ada()})
		if written.Effect != agent.Applied || f.get("Users", id)["active"] != true {
			t.Errorf("%s: got %+v, active %v", dialect, written, f.get("Users", id)["active"])
		}
	}
}

func TestADeactivationThatIsNotShownIsUnreadable(t *testing.T) {
	f, target := newFake(t)
	f.show = func(_ string, o object) object { delete(o, "active"); return o }
	id := f.add("Users", object{"userName": "ada@x.test", "active": true})
	written := mustWrite(t, target, agent.Write{Verb: plan.Deactivate, Kind: directory.KindUser, Target: directory.TargetID(id)})
	if written.Effect != agent.Unreadable || len(f.sent(http.MethodPut)) != 0 {
		t.Errorf("got %+v after %v", written, f.log)
	}
	current, err := target.Read(t.Context(), agent.ReadRequest{})
	if err != nil || !current.Users[0].ActiveUnreadable {
		t.Errorf("read %+v, %v", current.Users, err)
	}
}

// Servers that write active as text refuse the same text in a PUT.
func TestActiveAsTextIsPutBackAsABoolean(t *testing.T) {
	f, target := newFake(t)
	f.show = func(_ string, o object) object { o["active"] = "True"; return o }
	id := f.add("Users", object{"userName": "ada@x.test", "active": true, "title": "Engineer"})
	mustWrite(t, target, agent.Write{
		Verb: plan.Update, Kind: directory.KindUser, Target: directory.TargetID(id), User: ada(),
		Fields: []plan.Field{{Path: "title", To: `"Lead"`}},
	})
	if got := f.body("PUT", 0)["active"]; got != true {
		t.Errorf("active was sent as %#v", got)
	}
}

func TestWhatACreateDoesNotKeepIsKnownAtOnce(t *testing.T) {
	f, target := newFake(t)
	f.show = func(endpoint string, o object) object {
		c := maps.Clone(o)
		delete(c, "externalId")
		if endpoint == "Groups" {
			c["displayName"] = strings.ToLower(c["displayName"].(string))
		}
		return c
	}
	if w := mustWrite(t, target, create(ada())); w.Ignored.Get("externalId") == "" {
		t.Errorf("the externalId that is not kept is not named: %+v", w)
	}
	if w := mustWrite(t, target, group(plan.Create, "", "Engineering", nil, nil)); w.Ignored.Get("displayName") != `"Engineering"` {
		t.Errorf("the name that is not kept is not named: %+v", w)
	}
}

// hideInactive answers for people who are switched off as if they were gone.
func hideInactive(f *fake) func(http.ResponseWriter, *http.Request, object) bool {
	return func(w http.ResponseWriter, r *http.Request, _ object) bool {
		endpoint, id, single := strings.Cut(strings.TrimPrefix(r.URL.Path, "/scim/v2/"), "/")
		if r.Method != http.MethodGet || endpoint != "Users" {
			return false
		}
		if single {
			if o := f.find(endpoint, id); o != nil && o["active"] == false {
				fail(w, http.StatusNotFound, "", "not found")
				return true
			}
			return false
		}
		f.hide = nil
		for _, o := range f.objects[endpoint] {
			if o["active"] == false {
				f.hide = append(f.hide, o["id"].(string))
			}
		}
		return false
	}
}

func TestAHiddenAccountThatIsInTheWayIsSwitchedOn(t *testing.T) {
	f, target := newFake(t)
	f.before = hideInactive(f)
	id := f.add("Users", object{"userName": "ada@x.test", "active": false})
	again := create(ada())
	if _, err := target.Write(t.Context(), again); err == nil || !strings.Contains(err.Error(), "the target may hide it") {
		t.Errorf("without knowing the account: %v", err)
	}
	again.Target = directory.TargetID(id)
	if written := mustWrite(t, target, again); written.ID != again.Target || f.get("Users", id)["active"] != true {
		t.Errorf("got %+v, active %v", written, f.get("Users", id)["active"])
	}
	// An account with this id that has become somebody else's is not taken.
	other := f.add("Users", object{"userName": "zoe@x.test", "active": false})
	f.get("Users", id)["active"] = false
	again.Target = directory.TargetID(other)
	if written, err := target.Write(t.Context(), again); err == nil {
		t.Errorf("took the account of somebody else: %+v", written)
	}
	if f.get("Users", other)["active"] != false {
		t.Error("somebody else was left switched on")
	}
}

func TestAUserIsSentWithoutWhatTheServerRefuses(t *testing.T) {
	for _, name := range []string{"groups", "password"} {
		f, target := newFakeWith(t, scimtarget.Wizard)
		f.before = func(w http.ResponseWriter, _ *http.Request, body object) bool {
			if _, has := body[name]; has {
				fail(w, http.StatusBadRequest, "invalidValue", name+" is not taken")
				return true
			}
			return false
		}
		first := mustWrite(t, target, create(ada()))
		second := ada()
		second.ID, second.UserName = "00u-bob", "bob@x.test"
		mustWrite(t, target, create(second))
		if n := len(f.sent(http.MethodPost)); n != 3 {
			t.Errorf("%s: %d POST, want 3: the server is known after the first user", name, n)
		}
		f.get("Users", string(first.ID))["active"] = false
		mustWrite(t, target, agent.Write{Verb: plan.Reactivate, Kind: directory.KindUser, Target: first.ID, User: ada()})
		if f.get("Users", string(first.ID))["active"] != true {
			t.Errorf("%s: the person is still switched off", name)
		}
	}
}

func TestAUserWhoIsRefusedAnywayIsRefusedForTheFirstReason(t *testing.T) {
	f, target := newFake(t)
	n := 0
	f.before = func(w http.ResponseWriter, r *http.Request, _ object) bool {
		if r.Method != http.MethodPost {
			return false
		}
		n++
		fail(w, http.StatusBadRequest, "invalidValue", []string{"no e-mail", "something else"}[n-1])
		return true
	}
	if _, err := target.Write(t.Context(), create(ada())); err == nil || !strings.Contains(err.Error(), "no e-mail") || n != 2 {
		t.Errorf("%d POST, %v", n, err)
	}
}

func TestAGroupWhoseMembersAreRefusedAtCreationIsFilledAfterwards(t *testing.T) {
	for _, dialect := range dialects {
		f, target := newFakeWith(t, dialect)
		f.before = func(w http.ResponseWriter, r *http.Request, body object) bool {
			if list, _ := body["members"].([]any); r.Method == http.MethodPost && len(list) > 0 {
				fail(w, http.StatusBadRequest, "mutability", "members cannot be set here")
				return true
			}
			return false
		}
		written := mustWrite(t, target, group(plan.Create, "", "Engineering", []string{"a", "b"}, nil))
		if written.Effect != agent.Applied || !slices.Equal(f.members(string(written.ID)), []string{"a", "b"}) {
			t.Errorf("%s: got %+v, members %v", dialect, written, f.members(string(written.ID)))
		}
	}
}
