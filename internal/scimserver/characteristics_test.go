package scimserver_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/oktascim/oktascim/internal/scimserver"
)

const acmeURN = "urn:acme:params:scim:2.0:User"

// acme has an attribute for each characteristic of RFC 7643 §7.
func acme(required bool) scimserver.Extension {
	attribute := func(name, kind, more string) string {
		return `{"name":"` + name + `","type":"` + kind + `","multiValued":false,"description":"x","required":false,"mutability":"readWrite","returned":"default",` + more + `}`
	}
	plain := `"caseExact":false,"uniqueness":"none"`
	attributes := []string{
		strings.Replace(attribute("badge", "string", `"caseExact":true,"uniqueness":"server"`), `"required":false`, `"required":true`, 1),
		strings.Replace(attribute("hired", "dateTime", plain), "readWrite", "immutable", 1),
		strings.Replace(attribute("score", "integer", plain), `"default"`, `"request"`, 1),
		strings.Replace(attribute("pin", "string", plain), `"default"`, `"never"`, 1),
		strings.Replace(attribute("level", "decimal", plain), `"default"`, `"always"`, 1),
		strings.Replace(attribute("seat", "string", plain), "readWrite", "readOnly", 1),
		attribute("home", "reference", `"caseExact":true,"uniqueness":"none","referenceTypes":["external"]`),
		attribute("key", "binary", `"caseExact":true,"uniqueness":"none"`),
		attribute("office", "complex", `"subAttributes":[`+attribute("room", "string", plain)+`,`+
			strings.Replace(attribute("since", "dateTime", plain), "readWrite", "immutable", 1)+`,`+
			strings.Replace(attribute("alarm", "string", plain), `"default"`, `"request"`, 1)+`]`),
	}
	return scimserver.Extension{ResourceType: "User", Required: required, Document: []byte(
		`{"id":"` + acmeURN + `","name":"Acme","description":"x","attributes":[` + strings.Join(attributes, ",") + `]}`)}
}

func acmeUser(name, members string) string {
	return `{"schemas":["` + userURN + `","` + acmeURN + `"],"userName":"` + name + `","` + enterpriseURN + `":{"department":"R"},"urn:other:x":{"y":1},"` + strings.ToUpper(acmeURN[:4]) + acmeURN[4:] + `":{` + members + `}}`
}

func TestAnExtensionOfOnesOwnIsHonouredToTheLetter(t *testing.T) {
	g := start(t, scimserver.Options{Extensions: []scimserver.Extension{acme(true)}})
	g.do("GET", "/ResourceTypes/User", "").want(200).is(`{"schema":"`+acmeURN+`","required":true}`, "schemaExtensions", 1)
	g.do("GET", "/Schemas/"+strings.ToUpper(acmeURN), "").want(200).is(`"badge"`, "attributes", 0, "name")
	full := `"BADGE":"B1","hired":"2026-01-02T00:00:00Z","score":7,"pin":"1234","level":1.5,"seat":"x","home":"https://a.test/","key":"eA==","office":{"room":"1","since":"2026-01-02T00:00:00Z","alarm":"off"}`
	a := g.do("POST", "/Users", acmeUser("ada", full)).want(201)
	path := "/Users/" + a.id()
	a.is(`{"badge":"B1","hired":"2026-01-02T00:00:00Z","level":1.5,"home":"https://a.test/","key":"eA==","office":{"room":"1","since":"2026-01-02T00:00:00Z"}}`, acmeURN)
	a.is(`{"department":"R"}`, enterpriseURN).is(`{"y":1}`, "urn:other:x").is(`["`+userURN+`","`+enterpriseURN+`","urn:other:x","`+acmeURN+`"]`, "schemas")

	// returned
	g.do("GET", path+"?attributes=userName", "").is(`{"level":1.5}`, acmeURN).is(`null`, enterpriseURN)
	g.do("GET", path+"?attributes="+acmeURN+":score,"+acmeURN+":pin", "").is(`{"score":7,"level":1.5}`, acmeURN)
	g.do("GET", path+"?attributes="+acmeURN+":office.alarm", "").is(`{"level":1.5,"office":{"alarm":"off"}}`, acmeURN)
	g.do("GET", path+"?excludedAttributes="+acmeURN, "").is(`{"level":1.5}`, acmeURN)
	g.do("GET", path+"?excludedAttributes="+acmeURN+":badge,"+acmeURN+":level,"+acmeURN+":office", "").
		is(`{"hired":"2026-01-02T00:00:00Z","level":1.5,"home":"https://a.test/","key":"eA=="}`, acmeURN)
	g.search("/Users", `"filter":"`+acmeURN+`:pin eq \"1234\""`).refused(400, "invalidFilter", "pin")

	// uniqueness, caseExact, and the index behind them
	g.do("POST", "/Users", acmeUser("bob", `"badge":"B1"`)).refused(409, "uniqueness", "badge")
	bob := "/Users/" + g.do("POST", "/Users", acmeUser("bob", `"badge":"b1"`)).want(201).id()
	g.patch(bob, `{"op":"replace","path":"`+acmeURN+`:badge","value":"B1"}`).refused(409, "uniqueness", "B1")
	for filter, want := range map[string][]string{
		acmeURN + `:badge eq "B1"`:                                   {"ada"},
		strings.ToUpper(acmeURN) + `:BADGE eq "b1"`:                  {"bob"},
		acmeURN + `:hired eq "2026-01-02T01:00:00+01:00"`:            {"ada"},
		acmeURN + `:score ge 7 and ` + acmeURN + `:level lt 1.50001`: {"ada"},
		acmeURN + `:office.room eq "1"`:                              {"ada"},
		acmeURN + `:office[room eq "1" and alarm eq "OFF"]`:          {"ada"},
		acmeURN + `:home eq "https://A.test/"`:                       {},
	} {
		if got := g.find("/Users", filter); !equalSets(got, want) {
			t.Errorf("%s: %v, want %v", filter, got, want)
		}
	}

	// mutability
	g.do("PUT", path, acmeUser("ada", `"badge":"B1","hired":"2027-01-02T00:00:00Z"`)).refused(400, "mutability", "hired")
	g.do("PUT", path, acmeUser("ada", `"badge":"B1","office":{"since":"2027-01-02T00:00:00Z"}`)).refused(400, "mutability", "since")
	for _, op := range []string{`{"op":"replace","path":"` + acmeURN + `:hired","value":"2027-01-02T00:00:00Z"}`, `{"op":"remove","path":"` + acmeURN + `:hired"}`, `{"op":"replace","path":"` + acmeURN + `:seat","value":"y"}`} {
		g.patch(path, op).refused(400, "mutability", "")
	}
	g.do("PUT", path, acmeUser("ada", `"badge":"B2"`)).want(200).
		is(`{"badge":"B2","hired":"2026-01-02T00:00:00Z","office":{"since":"2026-01-02T00:00:00Z"}}`, acmeURN)
	g.patch(bob, `{"op":"add","path":"`+acmeURN+`","value":{"hired":"2026-01-02T00:00:00Z","badge":"B1"}}`).want(200).is(`"B1"`, acmeURN, "badge")

	// required
	g.do("POST", "/Users", `{"schemas":["`+userURN+`"],"userName":"cat"}`).refused(400, "invalidValue", acmeURN)
	g.do("POST", "/Users", acmeUser("cat", `"level":1`)).refused(400, "invalidValue", "badge")
	g.patch(bob, `{"op":"remove","path":"`+acmeURN+`"}`).refused(400, "invalidValue", acmeURN)
	g.patch(bob, `{"op":"remove","path":"`+acmeURN+`:badge"}`).refused(400, "mutability", "badge")
	// type
	for _, wrong := range []string{`"score":1.5`, `"level":"1"`, `"hired":"soon"`, `"key":"%"`, `"office":[]`, `"office":"x"`, `"home":7`, `"home":"a b"`} {
		a := g.do("POST", "/Users", acmeUser("cat", `"badge":"B9",`+wrong))
		if wrong == `"office":[]` { // unassigned
			g.do("DELETE", "/Users/"+a.want(201).id(), "").want(204)
			continue
		}
		a.refused(400, "invalidValue", acmeURN)
	}
}

func TestAnExtensionIsKeptInAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.db")
	for i, status := range []int{201, 409} {
		d, err := scimserver.OpenData(file, acme(false))
		if err != nil {
			t.Fatal(err)
		}
		g := start(t, scimserver.Options{Data: d})
		g.do("POST", "/Users", acmeUser([]string{"ada", "bob"}[i], `"badge":"B1"`)).want(status)
		g.user([]string{"cat", "dan"}[i], "")
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for _, bad := range []scimserver.Extension{
		{ResourceType: "Thing", Document: acme(false).Document},
		{ResourceType: "User", Document: []byte(`{}`)},
		{ResourceType: "User", Document: []byte(`{`)},
		{ResourceType: "User", Document: []byte(strings.ReplaceAll(string(acme(false).Document), acmeURN, enterpriseURN))},
		{ResourceType: "User", Document: []byte(strings.ReplaceAll(string(acme(false).Document), `"uniqueness":"none"`, `"uniqueness":"server"`))},
	} {
		if d, err := scimserver.OpenData(file, bad); err == nil {
			t.Errorf("%s %.60s: taken", bad.ResourceType, bad.Document)
			d.Close()
		}
	}
}
