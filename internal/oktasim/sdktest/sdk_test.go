package sdktest_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/okta/okta-sdk-golang/v2/okta"
	"github.com/okta/okta-sdk-golang/v2/okta/query"

	"github.com/oktascim/oktascim/internal/oktasim"
)

func start(t *testing.T, seed *oktasim.Seed) (*oktasim.Org, string) {
	t.Helper()
	t.Setenv("HOME", t.TempDir()) // the SDK reads a file in it
	org, err := oktasim.New(oktasim.Options{Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(org.Handler())
	t.Cleanup(server.Close)
	return org, server.URL
}

func client(t *testing.T, settings ...okta.ConfigSetter) (context.Context, *okta.Client) {
	t.Helper()
	ctx, c, err := okta.NewClient(t.Context(), append([]okta.ConfigSetter{
		okta.WithCache(false), okta.WithTestingDisableHttpsCheck(true), okta.WithRequestTimeout(0),
	}, settings...)...)
	if err != nil {
		t.Fatal(err)
	}
	return ctx, c
}

func withToken(t *testing.T, org *oktasim.Org, url string) (context.Context, *okta.Client) {
	t.Helper()
	return client(t, okta.WithOrgUrl(url), okta.WithToken(org.Token()))
}

// all pages to the end, with a fresh slice for every page.
func all[T any](ctx context.Context, t *testing.T, first []T, resp *okta.Response, err error) (items []T, pages int) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	items, pages = first, 1
	for resp.HasNextPage() {
		var more []T
		if resp, err = resp.Next(ctx, &more); err != nil {
			t.Fatal(err)
		}
		items, pages = append(items, more...), pages+1
		if pages > 100 {
			t.Fatal("the pages do not end")
		}
	}
	return items, pages
}

func generated(t *testing.T) *oktasim.Seed {
	t.Helper()
	seed, err := oktasim.ParseSeed("generated.yaml", []byte("number: 5\nrateLimits: {off: true}\ngenerate: {users: 23, groups: 4, memberships: 40}"))
	if err != nil {
		t.Fatal(err)
	}
	return seed
}

func TestTheSDKPagesThroughUsersGroupsAppsAndAppUsers(t *testing.T) {
	org, url := start(t, generated(t))
	ctx, c := withToken(t, org, url)
	appID := org.AppID("SCIM 2.0 - Generated")

	users, resp, err := c.User.ListUsers(ctx, query.NewQueryParams(query.WithLimit(10)))
	everybody, pages := all(ctx, t, users, resp, err)
	if len(everybody) != 23 || pages != 3 {
		t.Errorf("%d users on %d pages, want 23 on 3", len(everybody), pages)
	}
	groups, resp, err := c.Group.ListGroups(ctx, query.NewQueryParams(query.WithLimit(3)))
	every, pages := all(ctx, t, groups, resp, err)
	if len(every) != 10 || pages != 4 { // Everyone, all people, four and their four app groups
		t.Errorf("%d groups on %d pages, want 10 on 4", len(every), pages)
	}
	apps, resp, err := c.Application.ListApplications(ctx, query.NewQueryParams(query.WithLimit(200)))
	found, _ := all(ctx, t, apps, resp, err)
	one, is := found[0].(*okta.Application)
	if len(found) != 1 || !is || one.Id != appID || !slices.Contains(one.Features, "PUSH_NEW_USERS") {
		t.Errorf("apps %+v", found)
	}
	appUsers, resp, err := c.Application.ListApplicationUsers(ctx, appID, query.NewQueryParams(query.WithLimit(10)))
	assigned, pages := all(ctx, t, appUsers, resp, err)
	if len(assigned) != 23 || pages != 3 {
		t.Errorf("%d app users on %d pages, want 23 on 3", len(assigned), pages)
	}
	ids := map[string]bool{}
	for _, au := range assigned {
		ids[au.Id] = true
		if p, _ := au.Profile.(map[string]any); p["givenName"] == nil || au.Scope != "GROUP" || au.Credentials.UserName == "" {
			t.Fatalf("app user %+v", au)
		}
	}
	if len(ids) != 23 {
		t.Errorf("%d distinct app users, want 23", len(ids))
	}
	assignments, resp, err := c.Application.ListApplicationGroupAssignments(ctx, appID, query.NewQueryParams(query.WithLimit(20)))
	if list, _ := all(ctx, t, assignments, resp, err); len(list) != 1 {
		t.Errorf("%d assigned groups, want 1", len(list))
	}
}

func TestTheSDKReadsPushMappingsSchemasAndTheLog(t *testing.T) {
	org, url := start(t, generated(t))
	ctx, c := withToken(t, org, url)
	appID := org.AppID("SCIM 2.0 - Generated")

	type mapping struct{ ID, SourceGroupID, Status string }
	rq := c.CloneRequestExecutor()
	req, err := rq.NewRequest("GET", "/api/v1/apps/"+appID+"/group-push/mappings?limit=3", nil)
	if err != nil {
		t.Fatal(err)
	}
	var first []mapping
	resp, err := rq.Do(ctx, req, &first)
	if list, pages := all(ctx, t, first, resp, err); len(list) != 4 || pages != 2 || list[3].Status != "ACTIVE" {
		t.Errorf("mappings %+v on %d pages", list, pages)
	}
	schema, _, err := c.UserSchema.GetApplicationUserSchema(ctx, appID)
	if err != nil || schema.Definitions.Custom.Properties["givenName"].ExternalName != "name.givenName" {
		t.Errorf("schema %+v %v", schema, err)
	}
	name := "New"
	g, _, err := c.Group.CreateGroup(ctx, okta.Group{Profile: &okta.GroupProfile{Name: name}})
	if err != nil {
		t.Fatal(err)
	}
	events, resp, err := c.LogEvent.GetLogs(ctx, query.NewQueryParams(query.WithLimit(10)))
	if err != nil || len(events) != 1 || events[0].EventType != "group.lifecycle.create" || events[0].Target[0].Id != g.Id || !resp.HasNextPage() {
		t.Errorf("log %v %v", events, err)
	}
}

func TestTheSDKWritesUsersAssignmentsAndMemberships(t *testing.T) {
	org, url := start(t, oktasim.DefaultSeed())
	ctx, c := withToken(t, org, url)
	appID := org.AppID("SCIM 2.0 - Acme")
	profile := okta.UserProfile{"login": "new@acme.test", "email": "new@acme.test", "firstName": "New", "lastName": "Comer"}
	u, _, err := c.User.CreateUser(ctx, okta.CreateUserRequest{Profile: &profile}, query.NewQueryParams(query.WithActivate(true)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Group.AddUserToGroup(ctx, org.GroupID("Engineering"), u.Id); err != nil {
		t.Fatal(err)
	}
	au, _, err := c.Application.GetApplicationUser(ctx, appID, u.Id, nil)
	if err != nil || au.Scope != "GROUP" {
		t.Fatalf("app user %+v %v", au, err)
	}
	direct, _, err := c.Application.AssignUserToApplication(ctx, appID, okta.AppUser{Id: u.Id, Scope: "USER"})
	if err != nil || direct.Scope != "USER" {
		t.Fatalf("direct %+v %v", direct, err)
	}
	if _, err := c.User.DeactivateUser(ctx, u.Id, nil); err != nil {
		t.Fatal(err)
	}
	_, _, err = c.Application.GetApplicationUser(ctx, appID, u.Id, nil)
	if err == nil || !strings.Contains(err.Error(), "E0000007") && !strings.Contains(err.Error(), "Resource not found") {
		t.Errorf("after the deactivation: %v", err)
	}
}

func TestTheSDKWaitsOutA429(t *testing.T) {
	org, url := start(t, oktasim.DefaultSeed())
	ctx, c := withToken(t, org, url)
	if err := org.AddFault(oktasim.Fault{Match: oktasim.FaultMatch{Path: "/api/v1/users"}, Do: "429"}); err != nil {
		t.Fatal(err)
	}
	if users, _, err := c.User.ListUsers(ctx, nil); err != nil || len(users) != 7 {
		t.Errorf("%d users, %v", len(users), err)
	}
	if err := org.AddFault(oktasim.Fault{Match: oktasim.FaultMatch{Path: "/api/v1/users"}, Do: "429", Times: -1}); err != nil {
		t.Fatal(err)
	}
	_, impatient := client(t, okta.WithOrgUrl(url), okta.WithToken(org.Token()), okta.WithRateLimitMaxRetries(0))
	if _, _, err := impatient.User.ListUsers(ctx, nil); err == nil || !strings.Contains(err.Error(), "too many requests") {
		t.Errorf("without patience: %v", err)
	}
}

func TestTheSDKSignsInAsAServiceApp(t *testing.T) {
	org, url := start(t, oktasim.DefaultSeed())
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	id, err := org.AddServiceApp(oktasim.ServiceApp{
		PublicKey: string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), KeyID: "k1", Scopes: []string{"okta.users.read"},
	})
	if err != nil {
		t.Fatal(err)
	}
	private := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
	ctx, c := client(t, okta.WithOrgUrl(url), okta.WithAuthorizationMode("PrivateKey"), okta.WithClientId(id),
		okta.WithPrivateKey(private), okta.WithPrivateKeyId("k1"), okta.WithScopes([]string{"okta.users.read"}))
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if users, _, err := c.User.ListUsers(ctx, nil); err != nil || len(users) != 7 {
		t.Errorf("%d users, %v", len(users), err)
	}
	if _, _, err := c.Group.ListGroups(ctx, nil); err == nil || !strings.Contains(err.Error(), "required scopes") {
		t.Errorf("groups without the scope: %v", err)
	}
}
