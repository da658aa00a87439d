package scimclient_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oktascim/oktascim/scimclient"
)

const ada = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"7","externalId":"00u1","USERNAME":"ada@x.test",` +
	`"name":{"givenName":"Ada","nobiliary":"de"},"emails":[{"value":"ada@x.test","primary":true,"verified":false}],"active":true,"groups":[],` +
	`"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Eng","badge":12345678901234567890,"manager":{"value":"9","since":2019}},` +
	`"urn:acme:2.0:User":{"shoe":42.5,"tags":["a",null]},"favouriteNumber":9007199254740993,"meta":{"version":"W/\"3\"","owner":"x"}}`

func TestWhatIsReadIsWrittenBackWhole(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("ETag", `W/"4"`); write(w, 200, ada) })
	c := client(t, s)
	var etag string
	typed, err := scimclient.Users(c).Get(t.Context(), "7", scimclient.KeepETag(&etag))
	if err != nil {
		t.Fatal(err)
	}
	if typed.UserName != "ada@x.test" || typed.Active == nil || !*typed.Active || typed.Enterprise.Manager.Value != "9" || typed.Meta.Version != `W/"3"` || etag != `W/"4"` {
		t.Errorf("%+v %s", typed, etag)
	}
	typed.Title = "Countess"
	if _, err := scimclient.Users(c).Replace(t.Context(), "7", typed, scimclient.IfMatch(etag)); err != nil {
		t.Fatal(err)
	}
	plain, err := scimclient.At[scimclient.Object](c, "/Users").Get(t.Context(), "7")
	if err != nil {
		t.Fatal(err)
	}
	if plain.ID() != "7" || plain.Version() != `W/"3"` || plain["favouriteNumber"] != json.Number("9007199254740993") {
		t.Errorf("%v", plain)
	}
	if name, ok := plain.Text("userName"); !ok || name != "ada@x.test" {
		t.Errorf("%q %v", name, ok)
	}
	plain["title"] = "Countess"
	if _, err := scimclient.At[scimclient.Object](c, "/Users").Replace(t.Context(), "7", plain); err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(ada[:len(ada)-1]+`,"title":"Countess"}`, `"USERNAME"`, `"userName"`, 1)
	for i, sent := range []string{s.bodies()[1], strings.Replace(s.bodies()[3], "USERNAME", "userName", 1)} {
		if diff := cmp.Diff(tree(t, want), tree(t, sent)); diff != "" {
			t.Errorf("body %d: %s", i, diff)
		}
	}
}

// tree reads JSON with its numbers as they are written.
func tree(t *testing.T, s string) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v: %s", err, s)
	}
	return v
}

func TestBodiesHaveTheFormOfTheProtocol(t *testing.T) {
	var header http.Header
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		header = r.Header.Clone()
		write(w, 200, `{"id":"7"}`)
	})
	c := client(t, s)
	if _, err := scimclient.Groups(c).Create(t.Context(), scimclient.Group{Schemas: []string{scimclient.GroupSchema}, DisplayName: "Eng", Members: []scimclient.MultiValue{}}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := scimclient.Groups(c).Patch(t.Context(), "7", []scimclient.Operation{
		{Op: "remove", Path: `members[value eq "1"]`},
		{Op: "add", Path: "members", Value: []scimclient.MultiValue{{Value: "2", Display: "b"}}},
		{Op: "replace", Value: scimclient.Object{"displayName": "E", "active": false}},
	}, scimclient.IfMatch(`W/"1"`)); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Eng","members":[]}`,
		`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"remove","path":"members[value eq \"1\"]"},` +
			`{"op":"add","path":"members","value":[{"value":"2","display":"b"}]},{"op":"replace","value":{"active":false,"displayName":"E"}}]}`,
	}
	if diff := cmp.Diff(want, s.bodies()); diff != "" {
		t.Error(diff)
	}
	if header.Get("Content-Type") != "application/scim+json; charset=utf-8" || header.Get("If-Match") != `W/"1"` {
		t.Error(header)
	}
}

func TestEveryIDIsOnePathSegment(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	c := client(t, s)
	for id, want := range map[string]string{
		"a/b": "a%2Fb", "..": "%2E%2E", ".": "%2E", "o'hara@x.test": "o%27hara@x.test", "a?b#c": "a%3Fb%23c", "ü %": "%C3%BC%20%25",
	} {
		if err := scimclient.Users(c).Delete(t.Context(), id); err != nil {
			t.Errorf("%q: %v", id, err)
		}
		if got := s.asked()[len(s.asked())-1]; got != "DELETE /scim/v2/Users/"+want {
			t.Errorf("%q: %s", id, got)
		}
	}
	n := len(s.asked())
	if err := scimclient.Users(c).Delete(t.Context(), ""); err == nil || len(s.asked()) != n {
		t.Errorf("%v: an empty id would delete at the endpoint itself", err)
	}
}

func TestAnswersToWritesAreChecked(t *testing.T) {
	answer := ""
	status := 200
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { write(w, status, answer) })
	e := scimclient.At[scimclient.Object](client(t, s), "/Groups")
	ops := []scimclient.Operation{{Op: "replace", Path: "displayName", Value: "E"}}
	for _, test := range []struct {
		status              int
		answer              string
		create, put, patch  bool // an error?
		has                 bool // PATCH: a resource?
		deleteFails, getErr bool
	}{
		{200, `{"id":"7"}`, false, false, false, true, false, false},
		{204, ``, true, false, false, false, false, true},
		{200, ` `, true, false, false, false, false, true},
		{200, `{}`, true, false, false, false, false, true},
		{202, `{"id":"8"}`, false, false, false, true, false, true}, // GET: another's
		{200, `[]`, true, true, true, false, false, true},
		{200, `ok`, true, true, true, false, false, true},
		{200, `<html>`, true, true, true, false, true, true},
		{200, `{"id":7}`, true, true, true, false, false, true},
		{200, uniqueness, true, true, true, false, true, true},
		{200, `{"errors":["no"]}`, true, true, true, false, true, true},
		{304, ``, true, true, true, false, true, true},
	} {
		answer, status = test.answer, test.status
		_, err := e.Create(t.Context(), scimclient.Object{})
		if (err != nil) != test.create || err != nil && status < 300 && !scimclient.MaybeProcessed(err) {
			t.Errorf("POST %d %s: %v", status, answer, err)
		}
		if _, err = e.Replace(t.Context(), "7", scimclient.Object{}); (err != nil) != test.put {
			t.Errorf("PUT %d %s: %v", status, answer, err)
		}
		o, has, err := e.Patch(t.Context(), "7", ops)
		if (err != nil) != test.patch || has != test.has || has != (o != nil) {
			t.Errorf("PATCH %d %s: %v %v %v", status, answer, o, has, err)
		}
		if err := e.Delete(t.Context(), "7"); (err != nil) != test.deleteFails {
			t.Errorf("DELETE %d %s: %v", status, answer, err)
		}
		if _, err := e.Get(t.Context(), "7"); (err != nil) != test.getErr {
			t.Errorf("GET %d %s: %v", status, answer, err)
		}
	}
}

func TestErrorBodiesOfEveryKindAreUnderstood(t *testing.T) {
	for body, want := range map[string]string{
		uniqueness:                            "POST /Users: 409 Conflict (uniqueness): taken",
		`{"detail":"no\nway","status":"409"}`: "POST /Users: 409 Conflict: no way",
		`{"DETAIL":"no","ScimType":"x"}`:      "POST /Users: 409 Conflict (x): no",
		`{"message":"taken, sorry"}`:          "POST /Users: 409 Conflict: taken, sorry",
		`{"detail":"Bearer authentication required, not Basic abc123"}`: "POST /Users: 409 Conflict: Bearer authentication required, not Basic [redacted]",
		`plain words`: `POST /Users: 409 Conflict: "plain words"`,
		``:            "POST /Users: 409 Conflict",
		`<html>`:      "POST /Users: 409 Conflict: the answer is not SCIM: it is a web page",
		"\xff\x00":    `POST /Users: 409 Conflict: "�\x00"`,
	} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) { write(w, 409, body) })
		_, err := scimclient.Users(client(t, s)).Create(t.Context(), scimclient.User{})
		if err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	long := serve(t, func(w http.ResponseWriter, _ *http.Request) { write(w, 400, strings.Repeat("é", 100_000)) })
	_, err := scimclient.Users(client(t, long)).Create(t.Context(), scimclient.User{})
	if e, ok := errors.AsType[*scimclient.Error](err); !ok || len(e.Body) > 520 || !strings.HasSuffix(e.Body, "é…") {
		t.Errorf("%v", err)
	}
}

func TestNamesMatchWithoutCaseAndInNoOtherWay(t *testing.T) {
	body := `{"ID":"7","user_name":"custom","USERNAME":"ada","NAME":{"GIVENNAME":"Ada","given-name":"x"},"Emails":[{"VALUE":"a@b","va_lue":1}],"X":{"TITLE":"kept"}}`
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { write(w, 200, body) })
	c := client(t, s)
	u, err := scimclient.Users(c).Get(t.Context(), "7")
	if err != nil {
		t.Fatal(err)
	}
	if u.UserName != "ada" || u.Name.GivenName != "Ada" || u.Emails[0].Value != "a@b" {
		t.Errorf("%+v", u)
	}
	if _, err := scimclient.Users(c).Replace(t.Context(), "7", u); err != nil {
		t.Fatal(err)
	}
	want := `{"id":"7","userName":"ada","user_name":"custom","name":{"givenName":"Ada","given-name":"x"},"emails":[{"value":"a@b","va_lue":1}],"X":{"TITLE":"kept"}}`
	if diff := cmp.Diff(tree(t, want), tree(t, s.bodies()[1])); diff != "" {
		t.Error(diff)
	}
	body = `{"id":"7","userName":"a","USERNAME":"b"}`
	if _, err := scimclient.Users(c).Get(t.Context(), "7"); !errors.Is(err, scimclient.ErrNotSCIM) {
		t.Errorf("%v, want two userNames refused", err)
	}
}

func TestNumbersKeepEveryDigit(t *testing.T) {
	for in, want := range map[string]any{
		"1": 1.0, "-1.5": -1.5, "123456789012345": 123456789012345.0, "1234567890123456": json.Number("1234567890123456"),
		"0.1234567890123456": json.Number("0.1234567890123456"), "1e3": 1000.0, "1e999": json.Number("1e999"), "1E-400": 0.0,
	} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			write(w, 200, `{"id":"12345678901234567890","s":"a\"1e5","n":[`+in+`,2]}`)
		})
		e := scimclient.At[scimclient.Object](client(t, s), "/Users")
		o, err := e.Get(t.Context(), "12345678901234567890")
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if diff := cmp.Diff([]any{want, 2.0}, o["n"]); diff != "" {
			t.Errorf("%s: %s", in, diff)
		}
	}
}
