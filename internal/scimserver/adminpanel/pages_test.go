package adminpanel_test

import (
	"context"
	"encoding/base64"
	"html"
	"net/http"
	"net/url"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/oktascim/oktascim/internal/scimserver"
)

const adaBody = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ada@x.test","externalId":"00u17","displayName":"Ada Lovelace","name":{"givenName":"Ada","familyName":"Lovelace"},"password":"hunter22","emails":[{"value":"ada@mail.test","type":"work","primary":true}],"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Engines"}}`

// on switches the connection on, signs in and returns a token.
func (g *rig) on() string {
	g.t.Helper()
	g.signIn()
	g.post("switch", "enabled", "true")
	return g.post("new-token", "key", g.get("").formKey()).token()
}

// has checks that a page has texts; lacks, that it has none of them.
func (p page) has(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(html.UnescapeString(p.body), text) {
			t.Errorf("%s (%d) does not have %q", p.path, p.status, text)
		}
	}
}

func (p page) lacks(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(html.UnescapeString(p.body), text) {
			t.Errorf("%s has %q", p.path, text)
		}
	}
}

func (g *rig) create(kind, body string) string {
	g.t.Helper()
	id, err := g.server.Create(kind, []byte(body))
	if err != nil {
		g.t.Fatal(err)
	}
	return id
}

func TestASearchKeepsWhatWasTypedOverThePages(t *testing.T) {
	g := start(t)
	g.fill(g.on(), 120, 2)
	p := g.get("users?q=USER0&status=active")
	p.has(t, "1 to 50 of 86", `value="USER0"`, `value="active" selected`, "?page=2&q=USER0&status=active")
	g.get("users?page=2&q=USER0&status=active").has(t, "51 to 86 of 86")
	g.get("users?q=nobody").has(t, "Nobody found", "nobody", "Show all")
	g.get("users?q="+url.QueryEscape(`"><b>`)).has(t, `"><b>`)
	g.get("groups?q=group+01").has(t, "1 to 1 of 1", "Group 01")
	g.get("groups?q=nothing").has(t, "No group found")
	g.get("users?q="+strings.Repeat("x", 5000)).lacks(t, strings.Repeat("x", 201))
}

func TestAPersonsPageShowsAllButSecrets(t *testing.T) {
	g := start(t)
	token := g.on()
	g.scim(http.MethodPost, "/Users", adaBody, token)
	users, _ := g.server.Users(0, 1)
	id := users[0].ID
	group := g.create("Group", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Engines team","members":[{"value":"`+id+`"}]}`)
	g.scim(http.MethodGet, "/Users?filter=userName%20eq%20%22ADA%40x.test%22", "", token)
	g.scim(http.MethodPatch, "/Users/"+id, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","value":{"active":false}}]}`, token)
	g.scim(http.MethodGet, "/Users?startIndex=7", "", token)

	g.get("users").has(t, `href="users/`+id+`"`)
	p := g.get("users/" + id)
	p.has(t, "Ada Lovelace", "ada@x.test", "00u17", "ada@mail.test", "work", "Engines", "Enterprise user", "Deactivated", "Set; never shown",
		`href="../groups/`+group+`"`, "Engines team", `/scim/v2/Users?filter=userName eq "ADA@x.test"`, "PATCH", "this user")
	p.lacks(t, "hunter22", "argon2", "startIndex=7", token)
	if p := g.get("users/nobody"); p.status != http.StatusNotFound {
		t.Errorf("nobody: %d", p.status)
	}
	if p := g.get("users/" + group); p.status != http.StatusNotFound {
		t.Errorf("a group as a user: %d", p.status)
	}
}

func TestAGroupsPageHasAllItsMembersInPages(t *testing.T) {
	g := start(t)
	g.fill(g.on(), 120, 1)
	groups, _ := g.server.Groups(0, 1)
	id := groups[0].ID
	g.get("groups").has(t, "and 20 more", `href="groups/`+id+`"`)
	p := g.get("groups/" + id)
	p.has(t, "120 members", "1 to 50 of 120", "user000@x.test", "?page=2#members-title", "this group", "/scim/v2/Groups")
	p.lacks(t, "user050@x.test</a>")
	g.get("groups/"+id+"?page=3").has(t, "101 to 120 of 120", "user119@x.test")
	g.get("groups/"+id+"?q=user11").has(t, "1 to 10 of 10", "user110@x.test")
	g.get("groups/"+id+"?q=nothing").has(t, "No member has")
	if p := g.get("groups/nobody"); p.status != http.StatusNotFound {
		t.Errorf("no such group: %d", p.status)
	}
}

func TestTheLogIsFilteredByMethodAnswerAndText(t *testing.T) {
	g := start(t)
	token := g.on()
	g.scim(http.MethodPost, "/Users", adaBody, token)
	g.scim(http.MethodPost, "/Users", adaBody, token) // 409
	g.scim(http.MethodGet, "/Groups", "", token)
	g.scim(http.MethodGet, "/Users/nobody", "", token)
	rows := func(query string) int { return strings.Count(g.get("requests"+query).body, "<tr data-id") }
	for query, want := range map[string]int{
		"": 4, "?method=POST": 2, "?method=post": 2, "?method=PURGE": 0, "?status=2xx": 2, "?status=4xx": 2, "?status=5xx": 0, "?status=409": 1,
		"?status=nonsense": 4, "?text=v2/GROUPS": 1, "?text=00u17": 2, "?text=hunter22": 0, "?method=GET&status=errors&text=nobody": 1,
	} {
		if got := rows(query); got != want {
			t.Errorf("%q shows %d requests, want %d", query, got, want)
		}
	}
	p := g.get("requests?method=PURGE&status=409")
	p.has(t, `<option value="PURGE" selected>`, `<option value="409" selected>`, "0 of the last 4", "Show all")
	next := g.events(t.Context(), "?after=0&method=GET&status=404", "")
	if id, data := next(); id != "4" || !strings.Contains(data, "/Users/nobody") || !strings.Contains(data, "SCIM_TOKEN") {
		t.Errorf("the stream is not filtered: %s %s", id, data)
	}
}

var commands = regexp.MustCompile(`(?s)<textarea [^>]*>(.*?)</textarea>`)

// TestTheCopiedCommandDoesTheSameAgain runs what the page shows in a shell.
func TestTheCopiedCommandDoesTheSameAgain(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("no curl")
	}
	g := start(t)
	token := g.on()
	var sentID int64
	for _, sent := range []struct{ method, path, body, authorization string }{
		{"POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"o'brien \"$HOME\" & co@x.test"}`, "Bearer " + token},
		{"GET", "/Users?filter=" + url.QueryEscape(`userName eq "o'brien \"$HOME\" & co@x.test"`) + "&count=3", "", token},
		{"GET", "/Users/a%2Fb", "", "Basic " + basic("okta", token)},
		{"HEAD", "/Groups", "", token},
	} {
		g.scim(sent.method, sent.path, sent.body, sent.authorization)
		sentID++
		before := g.logged(sentID)
		m := commands.FindStringSubmatch(g.get("requests").body)
		if m == nil {
			t.Fatal("no command")
		}
		command := html.UnescapeString(m[1])
		if strings.Contains(command, token) {
			t.Errorf("the command has the token in it: %s", command)
		}
		run := exec.CommandContext(t.Context(), "sh", "-c", command)
		run.Env = append(run.Environ(), "SCIM_TOKEN="+token, "no_proxy=*")
		if out, err := run.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", command, err, out)
		}
		sentID++
		after := g.logged(sentID)
		if after.Method != before.Method || after.Target() != before.Target() || after.RequestBody != before.RequestBody || after.Auth != before.Auth || after.Status == 401 {
			t.Errorf("sent %+v\nagain %+v\nby %s", before, after, command)
		}
	}
}

func TestSamplePeopleComeAtAPress(t *testing.T) {
	g := start(t)
	g.signIn()
	p := g.post("sample", "people", "10")
	if p.path != "/admin/data" {
		t.Errorf("leads to %s", p.path)
	}
	p.has(t, "10 people and 6 groups were added.", "10 users, 6 groups")
	g.post("sample", "people", "10").has(t, "They are all there already.")
	g.post("sample", "people", "100").has(t, "90 people were added.")
	if p := g.post("sample", "people", "123456789"); p.status != http.StatusBadRequest {
		t.Errorf("a number that is not offered: %d", p.status)
	}
}

func TestAResetAsksFirstAndHappensOnce(t *testing.T) {
	g := start(t, withTenant)
	g.signIn()
	g.post("sample", "people", "10")
	if p := g.post("reset"); p.status != http.StatusConflict {
		t.Errorf("without having been asked: %d", p.status)
	}
	ask := g.get("reset")
	ask.has(t, "10 users and 6 groups of the tenant Default will be gone.")
	if _, n := g.server.Users(0, 0); n != 10 {
		t.Fatalf("asking alone leaves %d", n)
	}
	p := g.post("reset", "key", ask.formKey(), "then", "begin")
	p.has(t, "10 users and 6 groups are gone. Those of the beginning are back.", "1 user, 0 groups")
	if p := g.post("reset", "key", ask.formKey()); p.status != http.StatusConflict {
		t.Errorf("a second time: %d", p.status)
	}
	g.post("reset", "key", g.get("reset").formKey(), "then", "empty").has(t, "1 user and 0 groups are gone.", "0 users")
}

func TestEachTenantHasItsOwnPages(t *testing.T) {
	g := start(t, withTenant)
	if p := g.get("t/acme/users"); p.path != "/admin/sign-in?next="+url.QueryEscape("t/acme/users") {
		t.Errorf("leads to %s", p.path)
	}
	if p := g.post("sign-in", "password", password, "next", "t/acme/users"); p.path != "/admin/t/acme/users" {
		t.Errorf("after signing in: %s", p.path)
	}
	p := g.get("t/acme/")
	p.has(t, "Tenant: acme", `value="`+g.url+`/scim/v2/acme"`, `href="../../tenants"`, `href="../../panel.css"`)
	if p := g.post("t/acme/switch", "enabled", "true"); p.path != "/admin/t/acme/" || !g.acme.Connection.Enabled() || g.connection.Enabled() {
		t.Errorf("the switch leads to %s", p.path)
	}
	token := g.post("t/acme/new-token", "key", g.get("t/acme/").formKey()).token()
	if status := g.scim(http.MethodGet, "/acme/Users", "", token); status != 200 || g.connection.HasToken() {
		t.Errorf("its token: %d", status)
	}
	g.post("t/acme/sample", "people", "10").has(t, "10 users, 6 groups")
	users, _ := g.acme.Server.Users(0, 1)
	g.get("t/acme/users/"+users[0].ID).has(t, `href="../../../t/acme/groups/`)
	if p := g.get("users/" + users[0].ID); p.status != http.StatusNotFound {
		t.Errorf("somebody of another tenant: %d", p.status)
	}
	g.get("t/acme/requests").has(t, "/scim/v2/acme/Users")
	g.get("requests").lacks(t, "/scim/v2/acme/Users")
	g.get("tenants").has(t, "2 in all", "Default", "acme", g.url+"/scim/v2/acme", `href="t/acme/users">10<`, "Off", "On")
	if p := g.get("t/nobody/users"); p.status != http.StatusNotFound {
		t.Errorf("a tenant that is not there: %d", p.status)
	}
	if p := g.get("t/acme/reset"); !strings.Contains(p.body, "of the tenant acme") {
		t.Error("the question does not name the tenant")
	}
	g.post("t/acme/reset", "key", g.get("t/acme/reset").formKey()).has(t, "10 users and 6 groups are gone.")
}

func TestWithoutOtherTenantsNobodyHearsOfThem(t *testing.T) {
	g := start(t)
	g.signIn()
	g.get("").lacks(t, "Tenant", "tenants")
}

// logged waits for a request in the log: it gets there after its answer went out.
func (g *rig) logged(id int64) scimserver.RequestRecord {
	g.t.Helper()
	ctx, stop := context.WithCancel(g.t.Context())
	defer stop()
	next := g.connection.Watch(ctx)
	for {
		for _, rec := range g.connection.Requests() {
			if rec.ID == id {
				return rec
			}
		}
		<-next
	}
}

func basic(user, password string) string {
	return base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
}
