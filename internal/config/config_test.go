package config_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/oktascim/oktascim/internal/config"
)

const whole = `okta:
  orgUrl: https://acme.okta.com
  auth: {apiToken: "${OKTA_API_TOKEN}"}
  budget: 40%
ledger: sqlite:state/links.db
connections:
  - name: idmelon
    app: "SCIM 2.0 - IDmelon"
    target:
      baseUrl: https://scim.example.com/scim/v2
      auth: {header: "${file:token.txt}"}
      dialect: wizard
      caFile: ca.pem
    toApp: {createUsers: true, updateUserAttributes: true, deactivateUsers: false}
    push: [{name: Engineering}]
    schedule: {full: 90s}
    guards: {deactivations: 10%, groupDeletions: 0, onTrip: hold-all}
    protect: ["root@*"]
`

// environment answers for the variables in pairs.
func environment(pairs ...string) func(string) (string, bool) {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return func(name string) (string, bool) { v, ok := m[name]; return v, ok }
}

func TestTheExampleOfTheReadmeIsReadWhole(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "token.txt"), []byte("s3cret: # \"x\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse(filepath.Join(dir, "oktascim.yaml"), []byte(whole), environment("OKTA_API_TOKEN", "00tok"))
	if err != nil {
		t.Fatal(err)
	}
	k := c.Connections[0]
	got := []any{
		c.Okta.OrgURL, c.Okta.Auth.APIToken.Reveal(), c.Okta.Budget.Share(), c.Ledger, k.App, k.Target.Auth.Header.Reveal(), k.Target.CAFile,
		k.Target.Dialect, time.Duration(k.Target.Timeout), *k.ToApp.DeactivateUsers, k.Push[0].Name, time.Duration(k.Schedule.Full), *k.Guards.GroupDeletions, k.Protect[0],
	}
	want := []any{
		"https://acme.okta.com", "00tok", 0.4, "sqlite:" + filepath.Join(dir, "state/links.db"), "SCIM 2.0 - IDmelon", `s3cret: # "x"`, filepath.Join(dir, "ca.pem"),
		"wizard", time.Minute, false, "Engineering", 90 * time.Second, 0, "root@*",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestWhatTheFileLeavesOutHasADefault(t *testing.T) {
	c, err := config.Parse("c.yaml", []byte(`
okta: {orgUrl: https://acme.okta.com, auth: {apiToken: x}}
connections: [{name: a, app: A, target: {baseUrl: https://scim.example.com, auth: {bearer: y}}}]
`), environment())
	if err != nil {
		t.Fatal(err)
	}
	k := c.Connections[0]
	if c.Okta.Budget != config.DefaultBudget || k.Target.Dialect != "catalog" || k.Schedule.Full != config.DefaultFull || k.Target.Concurrency != config.DefaultConcurrency || k.ToApp.CreateUsers != nil || k.Push != nil {
		t.Errorf("defaults: %+v", c)
	}
}

func TestEveryProblemIsNamedAtOnceWithItsPlace(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"typos everywhere", `okta:
  orgURL: https://acme.okta.com
  auth: {apiTokn: x}
  budget: 50
conections: []
connections:
  - name: a b
    app: A
    target: {baseUrl: "scim.example.com/v2", auth: {bearer: x}, dialect: catalogue}
    schedule: {full: hourly}
`, `
c.yaml:2:3: okta: "orgUrl" is missing
c.yaml:2:3: okta.orgURL: there is no such key here; did you mean "orgUrl"?
c.yaml:3:10: okta.auth: name one way of signing in: apiToken or serviceApp
c.yaml:3:10: okta.auth.apiTokn: there is no such key here; did you mean "apiToken"?
c.yaml:4:11: okta.budget: must be text, not a number; write for example 50%
c.yaml:5:1: conections: there is no such key here; did you mean "connections"?
c.yaml:7:11: connections[0].name: "a b" may hold only letters, digits, '.', '_' and '-', and must start with a letter or digit
c.yaml:9:23: connections[0].target.baseUrl: "scim.example.com/v2" is no URL; did you mean "https://scim.example.com/v2"?
c.yaml:9:74: connections[0].target.dialect: must be one of catalog, wizard; did you mean "catalog"?
c.yaml:10:22: connections[0].schedule.full: "hourly" is no duration; write for example 30s, 15m or 1h`},
		{"a secret that is not set", `okta: {orgUrl: https://acme-admin.okta.com/login, auth: {apiToken: "${OKTA_API_TOKEN}"}}
connections:
  - name: a
    app: A
    target: {baseUrl: http://scim.example.com/scim/v2/Users, auth: {bearer: "${file:nowhere/token}"}}
  - name: A
    target: {baseUrl: "https://scim.example.com/v2?x=1", auth: {bearer: x, header: y}}
`, `
c.yaml:1:16: okta.orgUrl: this is the address of the admin console; write https://acme.okta.com
c.yaml:1:68: okta.auth.apiToken: the environment variable OKTA_API_TOKEN is not set, or empty; set it, or write ${file:PATH}
c.yaml:5:23: connections[0].target.baseUrl: must be https: a token sent over http is everybody's (http is for this machine only)
c.yaml:5:77: connections[0].target.auth.bearer: the file that ${file:nowhere/token} names cannot be read: open nowhere/token: no such file or directory
c.yaml:6:5: connections[1]: say who is assigned: app: "LABEL OR ID", or assign: {groups: [NAME]}
c.yaml:6:11: connections[1].name: "A" is already the name of connections[0]; names are compared without case
c.yaml:7:23: connections[1].target.baseUrl: must have no query and no fragment
c.yaml:7:65: connections[1].target.auth: name exactly one way of signing in: bearer, header, basic or oauth`},
		{"no YAML", "okta: [", "\nc.yaml:1:7: this is no YAML: sequence end token ']' not found"},
		{"nothing", "# nothing\n", "\nc.yaml:1:1: the file is empty; docs/configuration.md has an example to start from"},
		{"a key twice", `okta: {orgUrl: https://acme.okta.com, auth: {apiToken: x}}
ledger: sqlite:a.db
ledger: postgres://x
connections: [{name: a, app: A, target: {baseUrl: https://x.example.com, auth: {bearer: y}}}]
`, "\nc.yaml:3:1: ledger: stands here for the second time; the first is in line 2"},
		{"a ledger's password in the file", "okta: {orgUrl: https://acme.okta.com, auth: {apiToken: x}}\nledger: postgres://oktascim:hunter2@db/oktascim?password=hunter2\nconnections: [{name: a, app: A, target: {baseUrl: https://x.example.com, auth: {bearer: y}}}]\n", `
c.yaml:2:9: ledger: the password stands in the file; write ${ENVIRONMENT_VARIABLE} or ${file:PATH} in its place`},
		{"a list for a block", "okta: []\nconnections: {}\n", `
c.yaml:1:7: okta: must be a block of keys, not a list
c.yaml:2:14: connections: must be a list, not a block of keys`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := config.Parse("c.yaml", []byte(c.src), environment())
			if err == nil {
				t.Fatal("no problem found")
			}
			if d := cmp.Diff(strings.TrimPrefix(c.want, "\n"), err.Error()); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestASecretPrintsNowhere(t *testing.T) {
	s := config.NewSecret("hunter2")
	b, err := json.Marshal(struct{ S config.Secret }{s})
	if err != nil {
		t.Fatal(err)
	}
	printed := fmt.Sprintf("%s %v %+v %#v %q %x %d", s, s, struct{ S config.Secret }{s}, s, s, s, s) + string(b)
	if strings.Contains(printed, "hunter2") || strings.Contains(printed, "68756e746572") {
		t.Error(printed)
	}
}

func TestNoFileMakesTheReaderPanic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		src := []byte(whole)
		for range rapid.IntRange(1, 6).Draw(t, "edits") {
			i := rapid.IntRange(0, len(src)-1).Draw(t, "at")
			src[i] = rapid.SampledFrom([]byte("{}[]:,#&*!|>'\"%@`-?\n\t x0\xff")).Draw(t, "byte")
		}
		if c, err := config.Parse("c.yaml", src, environment("OKTA_API_TOKEN", "x")); err == nil && len(c.Connections) == 0 {
			t.Error("a configuration without connections was accepted")
		}
	})
}

// Two connections with the same people would switch accounts off and on for ever.
func TestTwoConnectionsMayNotProvisionTheSamePeopleIntoOneTarget(t *testing.T) {
	const (
		target = `{baseUrl: "https://scim.example.com/v2", auth: {bearer: s3cret}}`
		app    = "app: A, target: "
	)
	for second, refused := range map[string]bool{
		app + target: true,
		app + `{baseUrl: "https://SCIM.example.com/v2/", auth: {header: "Bearer s3cret"}}`:               true,
		app + `{baseUrl: "https://scim.example.com/v2", auth: {bearer: other}}`:                          false,
		app + `{baseUrl: "https://scim.example.com/v2/tenant", auth: {bearer: s3cret}}`:                  false,
		app + `{baseUrl: "https://scim.example.com/v2", auth: {basic: {username: s3cret, password: p}}}`: false,
		"app: B, target: " + target:                     false,
		"assign: {groups: [Staff]}, target: " + target:  true,
		"assign: {groups: [Guests]}, target: " + target: false,
	} {
		_, err := config.Parse("c.yaml", []byte("okta: {orgUrl: https://acme.okta.com, auth: {apiToken: x}}\nconnections:\n"+
			"  - {name: a, "+app+target+"}\n  - {name: s, assign: {groups: [Staff, Board]}, target: "+target+"}\n  - {name: b, "+second+"}\n"), environment())
		if (err != nil) != refused {
			t.Errorf("%s: %v", second, err)
		}
		if refused && (!strings.Contains(err.Error(), "as well, for the same people") || strings.Contains(err.Error(), "s3cret")) {
			t.Errorf("%s: %v", second, err)
		}
	}
}

func TestAByteOrderMarkIsNoPartOfTheFirstKey(t *testing.T) {
	if _, err := config.Parse("c.yaml", []byte("\xef\xbb\xbfokta: {orgUrl: https://acme.okta.com, auth: {apiToken: x}}\nconnections: [{name: a, app: A, target: {baseUrl: https://scim.example.com, auth: {bearer: y}}}]\n"), environment()); err != nil {
		t.Error(err)
	}
}

func TestAnyPasswordFitsIntoTheLedgersAddress(t *testing.T) {
	const password = `p@ss/w:rd #%?&+ é`
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	getenv := func(name string) (string, bool) {
		return map[string]string{"PW": password, "URL": "postgres://oktascim:p%40ss@db/oktascim"}[name], true
	}
	for ledger, want := range map[string]string{
		"postgres://oktascim:${PW}@db/oktascim":                       password,
		"postgresql://oktascim:${file:" + file + "}@db:5433/oktascim": password,
		"${URL}": "p@ss",
	} {
		src := "okta: {orgUrl: https://acme.okta.com, auth: {apiToken: x}}\nledger: \"" + ledger + "\"\nconnections: [{name: a, app: A, target: {baseUrl: https://x.example.com, auth: {bearer: y}}}]\n"
		c, err := config.Parse("c.yaml", []byte(src), getenv)
		if err != nil {
			t.Errorf("%s: %v", ledger, err)
			continue
		}
		u, err := url.Parse(c.Ledger)
		if err != nil {
			t.Errorf("%s: %v", ledger, err)
			continue
		}
		if got, _ := u.User.Password(); got != want {
			t.Errorf("%s: the password became %q", ledger, got)
		}
	}
}
