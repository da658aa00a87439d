package oktasim_test

import (
	"bufio"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/oktascim/oktascim/internal/oktasim"
)

// violation is what Prism says about a request or an answer.
type violation struct {
	Location []string `json:"location"`
	Severity string   `json:"severity"`
	Code     string   `json:"code"`
	Message  string   `json:"message"`
}

// contract is a session through Prism, which compares it with Okta's specification.
type contract struct {
	*sim
	proxy   string
	touched map[string]bool // patterns of the routes
	broken  int
}

// sentNulls are the nulls that recorded traffic of real orgs has and the specification
// does not allow; replayed through Prism, real bodies showed exactly these.
func sentNulls() []string {
	return []string{"accessibility.errorRedirectUrl", "accessibility.loginRedirectUrl", "universalLogout", "signOnMode", "externalId"}
}

// explained are the places where the specification contradicts itself.
func explained(method, path, at, code string) string {
	switch {
	case method == "GET" && strings.Contains(path, "expand=user/") && strings.Contains(at, "_embedded.user."):
		return "an app user is embedded, as the description says, but the schema wants an object in each of its members"
	case method == "POST" && strings.Contains(path, "/users/") && at == "request.body" && code == "oneOf":
		return "the two forms of an update overlap, so that every body matches both"
	}
	return ""
}

// through sends a request through the proxy and reports what breaks the contract.
func (c *contract) through(status int, method, path, body string) answer {
	c.t.Helper()
	a := c.call(method, c.proxy+path, body)
	if a.status != status {
		c.t.Errorf("%s %s: %d, want %d: %.300s", method, path, a.status, status, a.body)
	}
	var found []violation
	if said := a.header.Get("Sl-Violations"); said != "" {
		if err := json.Unmarshal([]byte(said), &found); err != nil {
			c.t.Fatalf("violations %q: %v", said, err)
		}
	}
	for _, v := range found {
		at := strings.Join(v.Location, ".")
		if strings.HasPrefix(at, "response.body") && slices.ContainsFunc(sentNulls(), func(n string) bool { return strings.HasSuffix(at, "."+n) }) {
			continue
		}
		if why := explained(method, path, at, v.Code); why != "" {
			c.t.Logf("%s %s: %s: %s", method, path, at, why)
			continue
		}
		c.broken++
		c.t.Errorf("%s %s: %s: %s (%s)", method, path, at, v.Message, v.Code)
	}
	return a
}

// outside sends a request that the specification does not have, around the proxy.
func (c *contract) outside(status int, method, path, body string) answer {
	c.t.Helper()
	return c.want(status, method, path, body)
}

func startContract(t *testing.T) *contract {
	t.Helper()
	spec, prism := os.Getenv("OKTA_OPENAPI"), os.Getenv("PRISM")
	if spec == "" || prism == "" {
		t.Skip("needs Okta's specification and Prism: OKTA_OPENAPI=FILE make contract")
	}
	seed := oktasim.DefaultSeed()
	seed.Apps = append(seed.Apps, oktasim.SeedApp{Label: "Hub", Name: "okta_org2org", SignOnMode: "SAML_2_0"},
		oktasim.SeedApp{Label: "Directory", Name: "active_directory", SignOnMode: "none", Features: &[]string{"PROFILE_MASTERING"}})
	seed.Groups = append(seed.Groups, oktasim.SeedGroup{Name: "Imported", App: "Directory"})
	seed.Quirks.SpecAnswers = true // 201 and 204 where recorded traffic has 200, and no nulls in log events
	org, err := oktasim.New(oktasim.Options{Seed: seed, Now: newClock().now})
	if err != nil {
		t.Fatal(err)
	}
	c := &contract{sim: &sim{Org: org, t: t, clock: newClock()}, touched: map[string]bool{}}
	var mu sync.Mutex
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		org.Handler().ServeHTTP(w, r)
		mu.Lock()
		defer mu.Unlock()
		c.touched[r.Pattern] = true
	}))
	t.Cleanup(server.Close)
	c.url = server.URL
	c.proxy = startPrism(t, prism, spec, server.URL)
	return c
}

// startPrism starts the proxy and waits until it says that it listens.
func startPrism(t *testing.T, prism, spec, upstream string) (url string) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), prism, "proxy", "-h", host, "-p", port, spec, upstream)
	cmd.Env = append(os.Environ(), "NO_COLOR=1", "FORCE_COLOR=0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "is listening") {
			go func() {
				for lines.Scan() { // a full pipe would stop the proxy
				}
			}()
			return "http://" + address
		}
		if strings.Contains(lines.Text(), "fatal") {
			t.Fatalf("Prism: %s", lines.Text())
		}
	}
	t.Fatalf("Prism ended before it listened: %v", lines.Err())
	return ""
}

// The session calls every endpoint once at least. Nothing that the org says breaks the
// specification, but for the nulls that real orgs send as well.
func TestContractWithOktasSpecification(t *testing.T) {
	c := startContract(t)
	c.peopleAndGroups()
	c.rulesAndHooks()
	c.applications()
	c.errors()
	c.theRest()
	for _, p := range c.Patterns() {
		if !c.touched[p] && !strings.Contains(p, "/sandbox/") {
			t.Errorf("the session does not touch %s", p)
		}
	}
	t.Logf("%d endpoints touched, %d violations", len(c.touched), c.broken)
}

func (c *contract) peopleAndGroups() {
	ada, dan := c.UserID("ada@acme.test"), c.UserID("dan@acme.test")
	for _, query := range []string{"", "?limit=2", "?q=Ada", "?search=status+eq+%22ACTIVE%22&sortBy=profile.lastName", "?filter=status+eq+%22DEPROVISIONED%22"} {
		c.through(200, "GET", "/api/v1/users"+query, "")
	}
	c.through(200, "GET", "/api/v1/users/"+ada, "")
	c.through(200, "GET", "/api/v1/users/"+ada+"/groups", "")
	u := text(c.through(200, "POST", "/api/v1/users?activate=false", `{"profile":{"login":"n@acme.test","email":"n@acme.test","firstName":"N","lastName":"C"},"credentials":{"password":{"value":"Tr0ub4dor&3"}}}`).object(c.t), "id")
	at := "/api/v1/users/" + u
	c.through(200, "POST", at+"/lifecycle/activate?sendEmail=false", "")
	c.through(200, "POST", at, `{"profile":{"title":"T"}}`)
	c.through(200, "PUT", at, `{"profile":{"login":"n@acme.test","email":"n@acme.test","firstName":"N","lastName":"D"}}`)
	c.through(200, "POST", at+"/lifecycle/suspend", "")
	c.through(200, "POST", at+"/lifecycle/unsuspend", "")
	c.through(403, "POST", at+"/lifecycle/unlock", "")
	c.through(403, "POST", at+"/lifecycle/reactivate", "")
	c.through(200, "POST", at+"/lifecycle/deactivate", "")
	c.through(204, "DELETE", at, "")

	for _, query := range []string{"", "?limit=2", "?q=Eng", "?expand=stats", "?search=profile.name+sw+%22E%22", "?filter=type+eq+%22APP_GROUP%22"} {
		c.through(200, "GET", "/api/v1/groups"+query, "")
	}
	g := text(c.through(200, "POST", "/api/v1/groups", `{"profile":{"name":"New","description":"d"}}`).object(c.t), "id")
	at = "/api/v1/groups/" + g
	c.through(200, "GET", at, "")
	c.through(200, "PUT", at, `{"profile":{"name":"Newer","description":"d"}}`)
	c.through(204, "PUT", at+"/users/"+dan, "")
	c.through(200, "GET", at+"/users?limit=2", "")
	c.outside(200, "GET", at+"/users/"+dan+"/group-rules", "")
	c.outside(200, "GET", at+"/skinny_users", "")
	c.through(200, "GET", at+"/owners", "")
	c.through(204, "DELETE", at+"/users/"+dan, "")
	c.through(200, "GET", "/api/v1/groups/"+c.GroupID("Engineering")+"/apps", "")
	c.through(204, "DELETE", at, "")
}

func (c *contract) rulesAndHooks() {
	body := `{"type":"group_rule","name":"sales","conditions":{"people":{"users":{"exclude":[]},"groups":{"exclude":[]}},"expression":{"value":"user.department==\"Sales\"","type":"urn:okta:expression:1.0"}},"actions":{"assignUserToGroups":{"groupIds":["` + c.GroupID("Engineering") + `"]}}}`
	at := "/api/v1/groups/rules/" + text(c.through(200, "POST", "/api/v1/groups/rules", body).object(c.t), "id")
	c.through(200, "GET", "/api/v1/groups/rules?limit=5&expand=groupIdToGroupNameMap", "")
	c.through(200, "GET", at, "")
	c.through(200, "PUT", at, body)
	c.through(204, "POST", at+"/lifecycle/activate", "")
	c.through(204, "POST", at+"/lifecycle/deactivate", "")
	c.through(202, "DELETE", at, "")

	r := receive(c.t)
	body = `{"name":"h","events":{"type":"EVENT_TYPE","items":["group.user_membership.add"]},"channel":{"type":"HTTP","version":"1.0.0","config":{"uri":"` + r.URL + `","authScheme":{"type":"HEADER","key":"Authorization","value":"s"}}}}`
	at = "/api/v1/eventHooks/" + text(c.through(200, "POST", "/api/v1/eventHooks", body).object(c.t), "id")
	c.through(200, "GET", "/api/v1/eventHooks", "")
	c.through(200, "GET", at, "")
	c.through(200, "PUT", at, strings.Replace(body, `]},"channel"`, `],"filter":{"type":"EXPRESSION_LANGUAGE","eventFilterMap":[{"event":"group.user_membership.add","condition":{"version":null,"expression":"event.target.?[type eq 'UserGroup'].size() > 0"}}]}},"channel"`, 1))
	c.through(200, "POST", at+"/lifecycle/verify", "")
	c.through(200, "POST", at+"/lifecycle/deactivate", "")
	c.through(200, "POST", at+"/lifecycle/activate", "")
	c.through(200, "POST", at+"/lifecycle/deactivate", "")
	c.through(204, "DELETE", at, "")
	for _, query := range []string{"", "?limit=2&sortOrder=DESCENDING", "?since=2026-03-25T00:00:00Z&until=2026-03-26T00:00:00Z", "?filter=eventType+sw+%22group%22"} {
		c.through(200, "GET", "/api/v1/logs"+query, "")
	}
}

func (c *contract) applications() {
	ada, eng, sales := c.UserID("ada@acme.test"), c.GroupID("Engineering"), c.GroupID("Sales")
	for _, query := range []string{"", "?limit=2", "?q=SCIM", "?filter=user.id+eq+%22" + ada + "%22&expand=user/" + ada} {
		c.through(200, "GET", "/api/v1/apps"+query, "")
	}
	made := `{"name":"bookmark","label":"Made","signOnMode":"BOOKMARK","settings":{"app":{"requestIntegration":false,"url":"https://x.test"}}}`
	at := "/api/v1/apps/" + text(c.through(200, "POST", "/api/v1/apps", made).object(c.t), "id")
	c.through(200, "PUT", at, strings.Replace(made, "Made", "Made 2", 1))
	c.through(200, "POST", at+"/lifecycle/deactivate", "")
	c.through(200, "POST", at+"/lifecycle/activate", "")
	c.through(200, "POST", at+"/lifecycle/deactivate", "")
	c.through(204, "DELETE", at, "")

	c.through(200, "GET", c.app(), "")
	dan := c.UserID("dan@acme.test")
	c.through(200, "POST", c.app()+"/users", `{"id":"`+dan+`","scope":"USER"}`)
	c.through(200, "GET", c.app()+"/users?limit=2", "")
	c.through(200, "GET", c.app()+"/users?expand=user", "")
	c.through(200, "GET", c.app()+"/users/"+dan, "")
	c.through(200, "POST", c.app()+"/users/"+dan, `{"credentials":{"userName":"dan"}}`)
	c.through(204, "DELETE", c.app()+"/users/"+dan, "")
	c.outside(200, "GET", c.app()+"/skinny_users", "")
	c.through(200, "PUT", c.app()+"/groups/"+sales, `{"priority":3}`)
	c.through(200, "GET", c.app()+"/groups?limit=20", "")
	c.through(200, "GET", c.app()+"/groups/"+sales, "")
	c.through(204, "DELETE", c.app()+"/groups/"+sales, "")

	push := text(c.through(201, "POST", c.app()+"/group-push/mappings", `{"sourceGroupId":"`+eng+`","status":"ACTIVE","targetGroupName":"builders"}`).object(c.t), "id")
	c.through(200, "GET", c.app()+"/group-push/mappings?limit=100", "")
	c.through(200, "GET", c.app()+"/group-push/mappings/"+push, "")
	c.through(200, "PATCH", c.app()+"/group-push/mappings/"+push, `{"status":"INACTIVE"}`)
	c.through(204, "DELETE", c.app()+"/group-push/mappings/"+push+"?deleteTargetGroup=true", "")

	c.through(400, "GET", c.app()+"/features", "")
	c.through(200, "GET", c.app()+"/connections/default", "")
	hub := "/api/v1/apps/" + c.AppID("Hub")
	c.through(200, "GET", hub+"/features", "")
	c.through(200, "GET", hub+"/features/USER_PROVISIONING", "")
	c.through(200, "GET", hub+"/features/INBOUND_PROVISIONING", "")
	c.through(200, "PUT", hub+"/features/USER_PROVISIONING", `{"create":{"lifecycleCreate":{"status":"ENABLED"}},"update":{"profile":{"status":"DISABLED"}}}`)
	c.through(200, "POST", hub+"/connections/default?activate=true", `{"baseUrl":"https://x.test","profile":{"authScheme":"TOKEN","token":"t"}}`)
	c.through(200, "GET", hub+"/connections/default", "")
	c.through(204, "POST", hub+"/connections/default/lifecycle/deactivate", "")
	c.through(204, "POST", hub+"/connections/default/lifecycle/activate", "")

	m := text(c.through(200, "GET", "/api/v1/mappings?limit=1&sourceId="+c.AppID("Hub"), "").list(c.t)[0], "id")
	for _, x := range c.all("/api/v1/mappings") {
		if text(x, "source.type") == "user" {
			m = text(x, "id")
		}
	}
	c.through(200, "GET", "/api/v1/mappings/"+m, "")
	c.through(200, "POST", "/api/v1/mappings/"+m, `{"properties":{"title":{"expression":"user.title","pushStatus":"PUSH"}},"expression":"user.title","pushStatus":"PUSH"}`) // the last two are nonsense that the specification requires
}

// errors also have a shape.
func (c *contract) errors() {
	for _, path := range []string{"/api/v1/users/nobody", "/api/v1/groups/nothing", "/api/v1/apps/nothing", c.app() + "/users/nobody", c.app() + "/groups/nothing", "/api/v1/mappings/nothing", "/api/v1/groups/rules/nothing", "/api/v1/eventHooks/nothing"} {
		c.through(404, "GET", path, "")
	}
	c.through(400, "POST", "/api/v1/users", `{"profile":{"login":"ada@acme.test","email":"ada@acme.test","firstName":"X","lastName":"Y"}}`)
	c.outside(400, "GET", "/api/v1/users?search=nonsense", "") // the specification has no 400 for it
	c.through(403, "PUT", "/api/v1/groups/"+c.GroupID("Everyone")+"/users/"+c.UserID("ada@acme.test"), "")
	if err := c.AddFault(oktasim.Fault{Do: "429", Match: oktasim.FaultMatch{Path: "/api/v1/apps"}}); err != nil {
		c.t.Fatal(err)
	}
	c.through(429, "GET", "/api/v1/apps", "")
}

// theRest is not in the part of the specification that is at hand.
func (c *contract) theRest() {
	app := c.AppID("SCIM 2.0 - Acme")
	c.outside(200, "GET", "/api/v1/meta/schemas/apps/"+app+"/default", "")
	c.outside(200, "GET", "/api/v1/meta/schemas/user/default", "")
	who := text(c.want(200, "GET", "/sandbox/principals", "").list(c.t)[0], "id")
	limit := `{"principalId":"` + who + `","principalType":"SSWS_TOKEN","defaultPercentage":75}`
	at := "/api/v1/principal-rate-limits/" + text(c.outside(200, "POST", "/api/v1/principal-rate-limits", limit).object(c.t), "id")
	c.outside(200, "GET", "/api/v1/principal-rate-limits", "")
	c.outside(200, "GET", at, "")
	c.outside(200, "PUT", at, limit)
	grant := `{"grantType":"CUSTOM","targetPrincipal":{"externalId":"` + c.UserID("ada@acme.test") + `","type":"OKTA_USER"},"target":{"externalId":"` + app + `","type":"APPLICATION"}}`
	at = "/governance/api/v1/grants/" + text(c.outside(200, "POST", "/governance/api/v1/grants", grant).object(c.t), "id")
	c.outside(200, "GET", at, "")
	c.outside(200, "PUT", at, grant)
	c.outside(200, "GET", "/governance/api/v1/grants?filter=status+eq+%22ACTIVE%22", "")
	c.outside(400, "POST", "/oauth2/v1/token", "")
}
