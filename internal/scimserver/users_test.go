package scimserver_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/oktascim/oktascim/internal/scimserver"
)

// oktaCreate is what Okta posts for a new assignment (a catalog app, captured).
const oktaCreate = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"Ada.Byron@x.test",
	"name":{"givenName":"Ada","familyName":"Byron"},"emails":[{"primary":true,"value":"ada@x.test","type":"work"}],
	"displayName":"Ada Byron","locale":"en-US","externalId":"00u1abcdefghijklmnop","groups":[],"password":"x7Dq.randomPw","active":true}`

func TestCreateAnswersTheUserAsItIsStored(t *testing.T) {
	g := start(t, scimserver.Options{})
	a := g.do("POST", "/Users", oktaCreate).want(201)
	a.is(`"Ada.Byron@x.test"`, "userName").is(`true`, "active").is(`[]`, "groups").is(`"00u1abcdefghijklmnop"`, "externalId").
		is(`[{"value":"ada@x.test","type":"work","primary":true}]`, "emails").is(`"User"`, "meta", "resourceType").is(`["`+userURN+`"]`, "schemas")
	location := g.url + "/Users/" + a.id()
	a.is(`"`+location+`"`, "meta", "location")
	if got := a.header.Get("Location"); got != location {
		t.Errorf("Location %q, want %q", got, location)
	}
	if b := g.do("GET", "/Users/"+a.id(), "").want(200); b.text != a.text {
		t.Errorf("GET after POST:\n%s\nwant\n%s", b.text, a.text)
	}
}

func TestPasswordIsNeverInAnAnswer(t *testing.T) {
	g := start(t, scimserver.Options{})
	id := g.do("POST", "/Users", oktaCreate).want(201).id()
	for _, a := range []answer{
		g.do("GET", "/Users/"+id, ""),
		g.do("GET", "/Users?attributes=password,userName", ""),
		g.patch("/Users/"+id, `{"op":"replace","value":{"password":"x7Dq.randomPw"}}`),
		g.do("PUT", "/Users/"+id, oktaCreate),
	} {
		if a.want(200); strings.Contains(a.text, "assword") || strings.Contains(a.text, "x7Dq") {
			t.Errorf("%s: %s", a.what, a.text)
		}
	}
	g.do("GET", `/Users?filter=password+eq+%22x7Dq.randomPw%22`, "").refused(403, "sensitive", "password")
	g.search("/Users", `"filter":"password eq \"x7Dq.randomPw\""`).refused(400, "invalidFilter", "password")
	g.do("GET", `/Users?filter=password+pr`, "").refused(400, "invalidFilter", "password")
}

func TestUserNameIsUniqueWithoutCase(t *testing.T) {
	g := start(t, scimserver.Options{})
	g.user("ada@x.test", "")
	bob := g.user("bob@x.test", "")
	g.do("POST", "/Users", `{"schemas":["`+userURN+`"],"userName":"ADA@x.test"}`).refused(409, "uniqueness", "userName")
	g.do("PUT", "/Users/"+bob, `{"schemas":["`+userURN+`"],"userName":"Ada@x.test"}`).refused(409, "uniqueness", "userName")
	g.patch("/Users/"+bob, `{"op":"replace","path":"userName","value":"ADA@X.TEST"}`).refused(409, "uniqueness", "userName")
	g.do("PUT", "/Users/"+bob, `{"schemas":["`+userURN+`"],"userName":"BOB@x.test"}`).want(200).is(`"BOB@x.test"`, "userName")
	g.do("GET", "/Users", "").want(200).is(`2`, "totalResults")
}

func TestDeletedUserNameIsFreeAgain(t *testing.T) {
	g := start(t, scimserver.Options{})
	old := g.user("Ada@x.test", "")
	if a := g.do("DELETE", "/Users/"+old, "").want(204); a.text != "" {
		t.Errorf("a body after 204: %s", a.text)
	}
	g.do("GET", "/Users/"+old, "").refused(404, "", old)
	g.do("DELETE", "/Users/"+old, "").refused(404, "", old)
	if id := g.user("ada@x.test", ""); id == old {
		t.Error("an id was given twice")
	}
	bob := g.user("Bob@x.test", "")
	g.patch("/Users/"+bob, `{"op":"replace","path":"userName","value":"Robert@x.test"}`).want(200)
	g.user("bob@x.test", "")
	g.do("POST", "/Users", `{"schemas":["`+userURN+`"],"userName":"robert@x.test"}`).refused(409, "uniqueness", "userName")
}

func TestAResourceCannotGrowWithoutEnd(t *testing.T) {
	g := start(t, scimserver.Options{})
	many := func(n int, item string) string {
		return strings.TrimSuffix(strings.Repeat(item+",", n), ",")
	}
	numbered := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `"a%d":%d,`, i, i)
		}
		return strings.TrimSuffix(b.String(), ",")
	}
	head := `{"schemas":["` + userURN + `"],"userName":"a"`
	g.do("POST", "/Users", head+`,"emails":[`+many(501, `{"value":"a"}`)+`]}`).refused(400, "invalidValue", "/emails: 501 values")
	g.do("POST", "/Users", head+`,"urn:acme:2.0:User":{`+numbered(1001)+`}}`).refused(400, "invalidSyntax", "more than 1000 members")
	path := "/Users/" + g.do("POST", "/Users", head+`,"urn:acme:2.0:User":{`+numbered(1000)+`}}`).want(201).id()
	g.patch(path, `{"op":"add","path":"urn:acme:2.0:User:b","value":1}`).refused(400, "invalidValue", "more than 1000 members")
	g.patch(path, `{"op":"add","path":"urn:acme:2.0:User","value":{"b":1}}`).refused(400, "invalidValue", "more than 1000 members")
	g.patch(path, `{"op":"add","path":"emails","value":[`+many(501, `{"value":"a"}`)+`]}`).refused(400, "invalidValue", "501 values")
	var emails []string
	for i := range 500 {
		emails = append(emails, fmt.Sprintf(`{"value":"a%d"}`, i))
	}
	g.patch(path, `{"op":"add","path":"emails","value":[`+strings.Join(emails, ",")+`]}`).want(200)
	g.patch(path, `{"op":"add","path":"emails","value":{"value":"b"}}`).refused(400, "invalidValue", "501 values")
	g.patch(path, `{"op":"remove","path":"emails[value sw \"a1\"]"}`).want(200)
}

func TestDeactivatedUserStaysReadable(t *testing.T) {
	g := start(t, scimserver.Options{})
	id := g.user("ada@x.test", "")
	for range 2 { // Okta may say it twice
		g.patch("/Users/"+id, `{"op":"replace","value":{"active":false}}`).want(200).is(`false`, "active")
	}
	g.do("GET", "/Users/"+id, "").want(200).is(`false`, "active")
	if got := g.find("/Users", `userName eq "ada@x.test"`); len(got) != 1 {
		t.Errorf("the lookup gives %v", got)
	}
	// A PUT that does not say active does not bring the user back.
	g.do("PUT", "/Users/"+id, `{"schemas":["`+userURN+`"],"userName":"ada@x.test"}`).want(200).is(`false`, "active")
	g.patch("/Users/"+id, `{"op":"Replace","path":"active","value":true}`).want(200).is(`true`, "active")
}

func TestPutReplacesAndTheVerbatimReadIsAccepted(t *testing.T) {
	g := start(t, scimserver.Options{})
	created := g.do("POST", "/Users", oktaCreate).want(201)
	path := "/Users/" + created.id()
	grp := g.group("Eng", created.id())
	read := g.do("GET", path, "").want(200)
	// Echo of id, meta and groups; nothing changes, so the version stays too.
	if echo := g.do("PUT", path, read.text).want(200); echo.text != read.text {
		t.Errorf("echo:\n%s\nwant\n%s", echo.text, read.text)
	}
	// groups: [] in a user's PUT is not a command to leave them.
	a := g.do("PUT", path, `{"schemas":["`+userURN+`"],"id":"another","userName":"ada@x.test","groups":[],"title":"Countess"}`).want(200)
	a.is(`"Countess"`, "title").is(`null`, "name").is(`null`, "emails").is(`null`, "externalId").is(`"`+created.id()+`"`, "id")
	if got := a.values("groups"); len(got) != 1 || got[0] != grp {
		t.Errorf("groups %v, want %s", got, grp)
	}
	g.do("PUT", "/Users/nobody", oktaCreate).refused(404, "", "nobody")
}

func TestExtensionsAreKeptAsSent(t *testing.T) {
	g := start(t, scimserver.Options{})
	body := `{"schemas":["` + userURN + `","` + enterpriseURN + `","urn:acme:2.0:User"],"userName":"ada@x.test",
		"` + enterpriseURN + `":{"department":"R&D","manager":{"value":"7","displayName":"Charles"}},
		"urn:acme:2.0:User":{"badge":12.50,"Tags":["a",{"b":null}],"empty":""}}`
	a := g.do("POST", "/Users", body).want(201)
	a.is(`["`+userURN+`","`+enterpriseURN+`","urn:acme:2.0:User"]`, "schemas").
		is(`{"department":"R&D","manager":{"value":"7","displayName":"Charles"}}`, enterpriseURN).
		is(`{"badge":12.50,"Tags":["a",{"b":null}],"empty":""}`, "urn:acme:2.0:User")
	if !strings.Contains(a.text, "12.50") {
		t.Errorf("the number was rewritten: %s", a.text)
	}
	for _, filter := range []string{enterpriseURN + `:department eq "r&d"`, enterpriseURN + `:manager.displayName sw "Ch"`, `urn:acme:2.0:User:badge gt 12`} {
		if got := g.find("/Users", filter); len(got) != 1 {
			t.Errorf("%s finds %v", filter, got)
		}
	}
	p := g.patch("/Users/"+a.id(), `{"op":"replace","path":"`+enterpriseURN+`:department","value":"Sales"},{"op":"remove","path":"urn:acme:2.0:User:badge"}`).want(200)
	p.is(`"Sales"`, enterpriseURN, "department").is(`null`, "urn:acme:2.0:User", "badge").is(`"Charles"`, enterpriseURN, "manager", "displayName")
	p = g.patch("/Users/"+a.id(), `{"op":"remove","path":"`+enterpriseURN+`"},{"op":"remove","path":"urn:acme:2.0:User"}`).want(200)
	p.is(`["`+userURN+`"]`, "schemas")
}

func TestWrongBodiesAreRefusedWithThePlace(t *testing.T) {
	g := start(t, scimserver.Options{MaxBody: 4096, MaxDepth: 8})
	head := `{"schemas":["` + userURN + `"],"userName":"a"`
	for name, c := range map[string]struct {
		body     string
		status   int
		scimType string
		part     string
	}{
		"empty":               {"", 400, "invalidSyntax", "empty"},
		"no object":           {`[]`, 400, "invalidSyntax", "a list"},
		"cut":                 {`{"userName":`, 400, "invalidSyntax", "offset"},
		"two objects":         {head + `}{}`, 400, "invalidSyntax", "follows"},
		"name twice":          {head + `,"title":"x","title":"y"}`, 400, "invalidSyntax", "/title"},
		"name twice folded":   {head + `,"title":"x","Title":"y"}`, 400, "invalidSyntax", "/Title"},
		"not UTF-8":           {head + ",\"title\":\"\xff\"}", 400, "invalidSyntax", "UTF-8"},
		"no schemas":          {`{"userName":"a"}`, 400, "invalidSyntax", "/schemas"},
		"another schema":      {`{"schemas":["` + groupURN + `"],"userName":"a"}`, 400, "invalidSyntax", "/schemas"},
		"no userName":         {`{"schemas":["` + userURN + `"]}`, 400, "invalidValue", "/userName"},
		"empty userName":      {`{"schemas":["` + userURN + `"],"userName":""}`, 400, "invalidValue", "/userName"},
		"quoted boolean":      {head + `,"active":"true"}`, 400, "invalidValue", "/active"},
		"no list":             {head + `,"emails":{"value":"a@x.test"}}`, 400, "invalidValue", "/emails"},
		"number as text":      {head + `,"emails":[{"value":7}]}`, 400, "invalidValue", "/emails/0/value"},
		"two primaries":       {head + `,"emails":[{"value":"a","primary":true},{"value":"b","primary":true}]}`, 400, "invalidValue", "/emails/1/primary"},
		"extension no object": {head + `,"` + enterpriseURN + `":7}`, 400, "invalidValue", enterpriseURN},
		"too deep":            {head + `,"urn:a:b":` + strings.Repeat(`{"a":`, 9) + "1" + strings.Repeat("}", 9) + `}`, 400, "invalidSyntax", "deep"},
		"too large":           {head + `,"title":"` + strings.Repeat("x", 5000) + `"}`, 413, "", "4096"},
	} {
		t.Run(name, func(t *testing.T) {
			h := *g
			h.t = t
			h.do("POST", "/Users", c.body).refused(c.status, c.scimType, c.part)
		})
	}
	g.do("POST", "/Users", head+`}`, "Content-Type", "text/plain").refused(415, "", "text/plain")
	g.do("POST", "/Users", head+`}`, "Content-Type", "application/json").want(201)
	g.do("GET", "/Users", "").is(`1`, "totalResults")
}

func TestNothingElseIsServed(t *testing.T) {
	g := start(t, scimserver.Options{})
	id := g.user("ada@x.test", "")
	g.do("GET", "/Nothing", "").refused(404, "", "/Users")
	g.do("GET", "/Users/"+id+"/emails", "").refused(404, "", "path")
	g.do("GET", "//Users", "").refused(404, "", "slash")
	old := *g
	old.url = strings.TrimSuffix(g.url, "/v2")
	old.do("GET", "/v1/Users", "").refused(400, "invalidVers", "v1")
	old.do("GET", "/Users", "").refused(404, "", "/scim/v2")
	g.do("GET", "/Users/", "").want(200)
	g.do("GET", "/Groups/"+id, "").refused(404, "", id)
	g.do("DELETE", "/Users", "").refused(405, "", "GET, HEAD, POST")
	g.do("POST", "/Users/"+id, oktaCreate).refused(405, "", "PUT")
	g.do("GET", "/Users/.search", "").refused(405, "", "POST")
	g.do("POST", "/", `{}`).refused(405, "", "GET")
	g.do("GET", "/Bulk", "").refused(405, "", "POST")
	g.do("POST", "/Bulk/x", `{}`).refused(404, "", "path")
	g.do("GET", "/Me", "").refused(501, "", "Me")
	if a := g.do("PUT", "/Users", `{}`); a.header.Get("Allow") != "GET, HEAD, POST" {
		t.Errorf("Allow: %q", a.header.Get("Allow"))
	}
}

func TestIfMatchGuardsAgainstLostUpdates(t *testing.T) {
	g := start(t, scimserver.Options{})
	a := g.do("POST", "/Users", oktaCreate).want(201)
	path, tag := "/Users/"+a.id(), a.header.Get("ETag")
	if tag == "" || a.at("meta", "version") != tag {
		t.Fatalf("ETag %q, meta.version %v", tag, a.at("meta", "version"))
	}
	if b := g.do("GET", path, "", "If-None-Match", tag).want(304); b.text != "" {
		t.Error("a body after 304")
	}
	b := g.patch(path, `{"op":"replace","path":"title","value":"Dr"}`, "If-Match", tag).want(200)
	next := b.header.Get("ETag")
	if next == tag {
		t.Error("the tag did not move")
	}
	g.patch(path, `{"op":"replace","path":"title","value":"Prof"}`, "If-Match", tag).refused(412, "", "changed")
	g.do("PUT", path, oktaCreate, "If-Match", tag).refused(412, "", "changed")
	g.do("DELETE", path, "", "If-Match", tag).refused(412, "", "changed")
	g.do("GET", path, "", "If-None-Match", tag).want(200).is(`"Dr"`, "title")
	g.do("GET", path, "", "If-Match", tag).refused(412, "", "changed")
	g.do("GET", path, "", "If-Match", tag+", "+next).want(200)
	g.patch(path, `{"op":"replace","path":"title","value":"Prof"}`, "If-None-Match", next).refused(412, "", "If-None-Match")
	// What is shown with the user moves the tag as well: a group, its name.
	grp := g.group("Eng", a.id())
	g.do("DELETE", path, "", "If-Match", next).refused(412, "", "changed")
	seen := g.do("GET", path, "").header.Get("ETag")
	g.patch("/Groups/"+grp, `{"op":"replace","path":"displayName","value":"Ops"}`).want(200)
	g.do("GET", path, "", "If-None-Match", seen).want(200).is(`"Ops"`, "groups", 0, "display")
	g.do("DELETE", path, "", "If-Match", `"x", *`).want(204)
}

func TestATagMovesWithTheNameOfAMember(t *testing.T) {
	g := start(t, scimserver.Options{})
	ada := g.user("ada@x.test", "")
	path := "/Groups/" + g.group("Eng", ada)
	seen := g.do("GET", path, "").header.Get("ETag")
	g.patch("/Users/"+ada, `{"op":"replace","path":"title","value":"Dr"}`).want(200)
	g.do("GET", path, "", "If-None-Match", seen).want(304) // nothing of it is shown
	g.patch("/Users/"+ada, `{"op":"replace","path":"userName","value":"countess"}`).want(200)
	g.do("GET", path, "", "If-None-Match", seen).want(200).is(`"countess"`, "members", 0, "display")
}

func TestCaseIsThatOfUnicode(t *testing.T) {
	g := start(t, scimserver.Options{})
	g.user("ÄrgerK", "") // Ä, KELVIN SIGN
	for _, same := range []string{"äRGERk", "ÄRGERK"} {
		g.do("POST", "/Users", `{"schemas":["`+userURN+`"],"userName":"`+same+`"}`).refused(409, "uniqueness", "userName")
		if got := g.find("/Users", `userName eq "`+same+`"`); len(got) != 1 {
			t.Errorf("by the index: %v", got)
		}
		if got := g.find("/Users", `userName sw "`+same+`"`); len(got) != 1 {
			t.Errorf("by comparison: %v", got)
		}
	}
	g.user("a\u0308rgerk", "") // another spelling in code points is another name
}
