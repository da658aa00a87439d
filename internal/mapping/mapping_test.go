package mapping_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/internal/mapping"
)

func schema(t *testing.T, text string) mapping.Mapping {
	t.Helper()
	m, err := mapping.FromSchema([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func profile(t *testing.T, text string) map[string]any {
	t.Helper()
	var p map[string]any
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		t.Fatal(err)
	}
	return p
}

const core = `"externalNamespace":"urn:ietf:params:scim:schemas:core:2.0:User"`

func TestASchemaNamesTheAttributes(t *testing.T) {
	m := schema(t, `{"definitions":{
		"base":{"properties":{"userName":{"externalName":"userName",`+core+`}},"required":["userName"]},
		"custom":{"properties":{
			"givenName":{"externalName":"name.givenName",`+core+`},
			"email":{"externalName":"emails.^[primary==true].value",`+core+`},
			"mobile":{"externalName":"phoneNumbers.^[type=='mobile'].value",`+core+`},
			"title":{"externalName":"title",`+core+`},
			"admin":{"type":"boolean","externalName":"admin","externalNamespace":"urn:acme:2.0:User"},
			"level":{"type":"integer","externalName":"level","externalNamespace":"urn:acme:2.0:User"},
			"boss":{"externalName":"manager.value","externalNamespace":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"},
			"inner":{"externalName":"inner"},
			"again":{"externalName":"TITLE",`+core+`},
			"secret":{"externalName":"password",`+core+`},
			"teams":{"externalName":"groups",`+core+`}
		},"required":["email"]}}}`)
	got, userName, problems := m.Attributes(profile(t, `{"userName":"ada@x.test","givenName":"Ada","email":"ada@x.test","mobile":"","title":null,
		"again":"Lead <R&D>","admin":true,"level":12,"inner":"x","secret":"y","teams":["z"],"unknown":1}`))
	want := directory.Attributes{
		{Path: "emails[primary eq true].value", Value: `"ada@x.test"`},
		{Path: "name.givenName", Value: `"Ada"`},
		{Path: `phoneNumbers[type eq "mobile"].value`},
		{Path: "TITLE", Value: `"Lead <R&D>"`},
		{Path: "urn:acme:2.0:User:admin", Value: "true"},
		{Path: "urn:acme:2.0:User:level", Value: "12"},
		{Path: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if userName != "ada@x.test" || problems != nil {
		t.Errorf("userName %q, problems %v", userName, problems)
	}
	if diff := cmp.Diff(directory.NewAttributes(got...), got); diff != "" {
		t.Errorf("not in the order of directory.Attributes: %s", diff)
	}
	notes := strings.Join(m.Notes(), "\n")
	for _, n := range []string{"inner is not sent: it has no external namespace", "secret is not sent", "teams is not sent", "title is not sent: again already goes to TITLE"} {
		if !strings.Contains(notes, n) {
			t.Errorf("notes lack %q:\n%s", n, notes)
		}
	}
}

func TestARequiredAttributeWithoutAValueIsAProblem(t *testing.T) {
	m := schema(t, `{"definitions":{"custom":{"properties":{"email":{"externalName":"emails.^[primary==true].value",`+core+`,"required":true},"title":{"externalName":"title",`+core+`}},"required":["title"]}}}`)
	for text, want := range map[string][]string{
		`{"email":"a@x.test","title":"T"}`: nil,
		`{"email":"","title":"T"}`:         {"has no e-mail, which the app requires"},
		`{}`:                               {"has no e-mail, which the app requires", "has no title, which the app requires"},
	} {
		if _, _, got := m.Attributes(profile(t, text)); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestASchemaWithoutNamespacesUsesTheNamesOfTheTemplates(t *testing.T) {
	m := schema(t, `{"definitions":{"base":{"properties":{"userName":{}}},"custom":{"properties":{"givenName":{},"lastName":{},"email":{},"department":{},"shoeSize":{}}}}}`)
	want := []string{"emails[primary eq true].value", "name.familyName", "name.givenName", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"}
	if got := m.Paths(); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestWithoutAnAppTheUsersOwnProfileIsMapped(t *testing.T) {
	got, userName, problems := mapping.Standard().Attributes(profile(t, `{"login":"ada@x.test","email":"a@x.test","firstName":"Ada","lastName":"L","department":"R&D","managerId":"7","primaryPhone":null}`))
	for path, want := range map[string]directory.Value{
		"emails[primary eq true].value": `"a@x.test"`, "emails[primary eq true].type": `"work"`, "name.givenName": `"Ada"`, "name.familyName": `"L"`,
		"phoneNumbers[primary eq true].value": "", "phoneNumbers[primary eq true].type": "", "title": "",
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department":    `"R&D"`,
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value": `"7"`,
	} {
		if v := got.Get(path); v != want {
			t.Errorf("%s is %s, want %s", path, v, want)
		}
	}
	if userName != "ada@x.test" || problems != nil {
		t.Errorf("userName %q, problems %v", userName, problems)
	}
	if _, _, problems := mapping.Standard().Attributes(profile(t, `{"login":"x","email":null}`)); len(problems) != 1 {
		t.Errorf("without an e-mail: %v", problems)
	}
}

func TestAnExternalNameBecomesAPath(t *testing.T) {
	const urn = "urn:ietf:params:scim:schemas:core:2.0:User"
	for name, want := range map[string]string{
		"title":                                  "title",
		"name.givenName":                         "name.givenName",
		"emails.^[primary==true].value":          "emails[primary eq true].value",
		"emails.^[type==work].value":             `emails[type eq "work"].value`,
		"emails.^[type=='work'].value":           `emails[type eq "work"].value`,
		`emails.^[type==\"home\"].value`:         `emails[type eq "home"].value`,
		`emails[type eq "work"].value`:           `emails[type eq "work"].value`,
		"addresses.^[primary==true].region":      "addresses[primary eq true].region",
		"":                                       "",
		"two words":                              "",
		"a.b.c":                                  "",
		"emails.^[primary==true]":                "",
		"emails.^[primary==true.value":           "",
		"emails.^[primary].value":                "",
		"emails.^[primary==true && x==y].value":  "",
		"emails.^[type=='wo\"rk'].value":         "",
		".^[primary==true].value":                "",
		"emails.^[primary==true].value.deeper":   "",
		"emails.^[primary==true].^[type=='x'].y": "",
	} {
		got, err := mapping.Path(urn, name)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q %v, want %q", name, got, err, want)
		}
	}
	if _, err := mapping.Path("acme", "title"); err == nil {
		t.Error("a namespace that is no URN is taken")
	}
}

func TestASchemaThatIsNoneIsRefused(t *testing.T) {
	for _, text := range []string{``, `[]`, `{}`, `null`, `{"definitions":{}}`, `{"definitions":{"base":{}}}`, `<html>`} {
		if _, err := mapping.FromSchema([]byte(text)); err == nil {
			t.Errorf("%q is taken for a schema", text)
		}
	}
}
