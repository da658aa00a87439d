package scimserver_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/oktascim/oktascim/internal/scimserver"
)

func TestASuggestedValueIsKeptAsTheSchemaWritesItAndOthersAsTheyAre(t *testing.T) {
	g := start(t, scimserver.Options{})
	id := g.user("ada", `"emails":[{"value":"a@x.test","type":"WORK"},{"value":"b@x.test","type":"Boat"}]`)
	a := g.do("GET", "/Users/"+id, "").want(200).is(`"work"`, "emails", 0, "type").is(`"Boat"`, "emails", 1, "type")
	g.patch("/Users/"+id, `{"op":"replace","path":"emails[type eq \"work\"].type","value":"Home"}`).want(200).is(`"home"`, "emails", 0, "type")
	g.patch("/Users/"+id, `{"op":"add","path":"emails[type eq \"OTHER\"].value","value":"c@x.test"}`).want(200).is(`"other"`, "emails", 2, "type")
	if got := g.find("/Users", `emails.type eq "BOAT"`); !equalSets(got, []string{"ada"}) {
		t.Error(got, a.text)
	}
}

func TestAReferenceNamesTheRightTypeInAnyOfItsForms(t *testing.T) {
	g := start(t, scimserver.Options{})
	ada := g.user("ada", "")
	withManager := func(ref string) string {
		return `{"schemas":["` + userURN + `"],"userName":"bob","` + enterpriseURN + `":{"manager":{"value":"` + ada + `","$ref":"` + ref + `"}}}`
	}
	for _, wrong := range []string{"../Groups/" + ada, g.url + "/Groups/" + ada, "Users/", ada, "https://a.test/people/" + ada, "a b"} {
		g.do("POST", "/Users", withManager(wrong)).refused(400, "invalidValue", "manager/$ref")
	}
	g.do("POST", "/Users", `{"schemas":["`+userURN+`"],"userName":"x","profileUrl":"https://a b"}`).refused(400, "invalidValue", "profileUrl")
	g.do("POST", "/Users", `{"schemas":["`+userURN+`"],"userName":"web","profileUrl":"www.example.test/web"}`).want(201) // Okta sends such ones

	path, _ := url.Parse(g.url)
	forms := []string{"../Users/" + ada, "Users/" + ada, path.Path + "/Users/" + ada, g.url + "/Users/" + ada}
	group := g.group("Eng", ada)
	for _, stored := range forms {
		id := g.do("POST", "/Users", withManager(stored)).want(201).is(`"`+stored+`"`, enterpriseURN, "manager", "$ref").id()
		for _, asked := range forms {
			ref := enterpriseURN + `:manager.$ref`
			if got := g.find("/Users", ref+` eq "`+asked+`"`); !equalSets(got, []string{"bob"}) {
				t.Errorf("%s is not %s: %v", stored, asked, got)
			}
			if got := g.find("/Users", ref+` ne "`+asked+`"`); !equalSets(got, []string{"ada", "web"}) {
				t.Errorf("ne %s: %v", asked, got)
			}
		}
		for _, other := range []string{"Users/" + ada[1:], "Groups/" + ada, "https://elsewhere.test/scim/v2/Users/" + ada, "/scim/v3/Users/" + ada, strings.ToUpper("Users/" + ada)} {
			if got := g.find("/Users", enterpriseURN+`:manager.$ref eq "`+other+`"`); len(got) > 0 {
				t.Errorf("%s is %s", stored, other)
			}
		}
		g.do("DELETE", "/Users/"+id, "").want(204)
	}
	for _, asked := range forms {
		if got := g.find("/Groups", `members[$ref eq "`+asked+`" and type eq "user"]`); !equalSets(got, []string{"Eng"}) {
			t.Errorf("members by %s: %v", asked, got)
		}
	}
	if got := g.find("/Groups", `members[$ref eq "https://elsewhere.test/scim/v2/Users/`+ada+`"]`); len(got) > 0 {
		t.Error("a member of another server:", got)
	}
	g.patch("/Groups/"+group, `{"op":"remove","path":"members[$ref eq \"`+g.url+`/Users/`+ada+`\"]"}`).want(200).is(`[]`, "members")
}

const vaultURN = "urn:vault:2.0:User"

// vault has secrets of every kind.
func vault() scimserver.Extension {
	attribute := func(name, kind, mutability, returned, more string) string {
		return `{"name":"` + name + `","type":"` + kind + `","description":"x","mutability":"` + mutability + `","returned":"` + returned + `"` + more + `}`
	}
	return scimserver.Extension{ResourceType: "User", Document: []byte(`{"id":"` + vaultURN + `","name":"Vault","description":"x","attributes":[` + strings.Join([]string{
		attribute("combination", "string", "writeOnly", "never", ""),
		attribute("answers", "string", "writeOnly", "default", `,"multiValued":true`),
		attribute("turns", "integer", "readWrite", "never", ""),
		attribute("colour", "string", "readWrite", "default", ""),
		attribute("safe", "complex", "readWrite", "never", `,"subAttributes":[`+attribute("code", "string", "readWrite", "default", "")+`]`),
		attribute("box", "complex", "readWrite", "default", `,"subAttributes":[`+attribute("code", "string", "writeOnly", "never", "")+`,`+attribute("room", "string", "readWrite", "default", "")+`]`),
	}, ",") + `]}`)}
}

func TestASecretOfAnExtensionIsAHashThatNobodySees(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.db")
	tenants, err := scimserver.OpenTenants(scimserver.TenantsOptions{
		DataFile: file, Server: scimserver.Options{Extensions: []scimserver.Extension{vault()}},
		Connection: scimserver.ConnectionOptions{Enabled: true, Token: "t0ken-of-the-test"},
	})
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(tenants.Handler())
	t.Cleanup(h.Close)
	g := &rig{t, h.URL + "/scim/v2", tenants.All()[0].Server}
	seen, secrets := "", []string{}
	do := func(method, path, body string) answer {
		t.Helper()
		a := g.do(method, path, body, "Authorization", "Bearer t0ken-of-the-test")
		seen += a.text
		return a
	}
	body := func(members string) string {
		return `{"schemas":["` + userURN + `","` + vaultURN + `"],"userName":"ada","` + vaultURN + `":{` + members + `}}`
	}
	id := do("POST", "/Users", body(`"combination":"clear-1","answers":["clear-2","clear-3"],"turns":4711001,"colour":"red","safe":{"code":"clear-4"},"box":{"code":"clear-5","room":"7"}`)).
		want(201).is(`{"colour":"red","box":{"room":"7"}}`, vaultURN).id()
	me := "/Users/" + id
	do("PUT", me, body(`"colour":"blue"`)).want(200).is(`{"colour":"blue"}`, vaultURN) // the secrets stay, see below
	shown, _ := g.srv.User(id)
	for _, set := range shown.Attributes {
		for _, a := range set.Attributes {
			seen += fmt.Sprintf("%+v", a)
			if set.Schema == vaultURN && a.Secret {
				secrets = append(secrets, a.Name)
			}
		}
	}
	if !equalSets(secrets, []string{"combination", "answers", "turns", "safe"}) {
		t.Error("secrets that are left:", secrets)
	}
	patch := func(ops string) answer {
		t.Helper()
		return do("PATCH", me, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[`+ops+`]}`)
	}
	patch(`{"op":"replace","path":"`+vaultURN+`:turns","value":4711002},{"op":"add","path":"`+vaultURN+`","value":{"combination":"clear-6"}},{"op":"add","path":"`+vaultURN+`:safe.code","value":"clear-7"},{"op":"add","value":{"`+vaultURN+`:answers":["clear-8"]}}`).
		want(200).is(`{"colour":"blue"}`, vaultURN)
	do("GET", me+"?attributes="+url.QueryEscape(vaultURN+":combination,"+vaultURN+":turns,"+vaultURN+":safe,"+vaultURN+":box.code"), "").want(200).is(`null`, vaultURN)
	for _, filter := range []string{`combination eq "clear-6"`, `answers sw "clear"`, `turns gt 4711000`, `safe.code eq "clear-7"`, `safe[code sw "clear-7"]`, `box.code pr`, `box[code eq "clear-5"]`} {
		a := do("POST", "/Users/.search", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"filter":"`+strings.ReplaceAll(vaultURN+":"+filter, `"`, `\"`)+`"}`)
		a.refused(400, "invalidFilter", "cannot be filtered by")
		if a := do("GET", "/Users?filter="+url.QueryEscape(vaultURN+":"+filter), ""); a.status != 403 && a.status != 400 {
			t.Errorf("%s: %d", filter, a.status)
		}
	}
	if a := do("GET", "/Users?sortBy="+url.QueryEscape(vaultURN+":combination"), ""); a.status != 400 {
		t.Error("sorted by a secret:", a.status)
	}
	seen += strings.Join(logged(t, tenants.All()[0].Connection), "\n")
	if err := tenants.Close(); err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for what, text := range map[string]string{"seen": seen, "kept": string(kept)} {
		if i := strings.Index(text, "clear-"); i >= 0 {
			t.Errorf("%s: …%s…", what, text[max(0, i-100):min(len(text), i+50)])
		}
		if strings.Contains(text, "471100") {
			t.Errorf("%s: a number", what)
		}
	}
	if strings.Contains(string(kept), `"turns":4`) || !strings.Contains(string(kept), `"combination":"$argon2id$`) {
		t.Error("a secret is not kept as a hash")
	}
	unique := vault()
	unique.Document = []byte(strings.Replace(string(unique.Document), `"returned":"never"`, `"returned":"never","uniqueness":"server"`, 1))
	if err := scimserver.CheckExtensions(unique); err == nil || !strings.Contains(err.Error(), "secret") {
		t.Error("a secret that is unique:", err)
	}
}

// logged gives all that the log of a connection holds.
func logged(t *testing.T, c *scimserver.Connection) []string {
	t.Helper()
	var list []string
	awaitLog(t, c, func(log []scimserver.RequestRecord) bool {
		list = list[:0]
		for _, r := range log {
			list = append(list, r.Method, r.Path, r.Query, r.RequestBody, r.ResponseBody)
		}
		return len(log) > 0 && log[0].Method == http.MethodGet && strings.HasPrefix(log[0].Query, "sortBy")
	})
	return list
}
