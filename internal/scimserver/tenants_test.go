package scimserver_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/oktascim/oktascim/internal/scimserver"
)

// openTenants serves tenants on loopback until the test ends.
func openTenants(t *testing.T, o scimserver.TenantsOptions) (*scimserver.Tenants, string) {
	t.Helper()
	all, err := scimserver.OpenTenants(o)
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(all.Handler())
	t.Cleanup(func() {
		web.Close()
		if err := all.Close(); err != nil {
			t.Error(err)
		}
	})
	return all, web.URL
}

// tenantRig is a client of one tenant.
func tenantRig(t *testing.T, url string, one *scimserver.Tenant) *rig {
	t.Helper()
	return &rig{t, url + one.BasePath, one.Server}
}

const adaBody = `{"schemas":["` + userURN + `"],"userName":"ada@x.test"}`

func TestTenantsShareNothing(t *testing.T) {
	t.Parallel()
	all, url := openTenants(t, scimserver.TenantsOptions{Names: []string{"acme", "globex"}, Connection: scimserver.ConnectionOptions{Enabled: true}, MakeTokens: true})
	list := all.All()
	if len(list) != 3 || list[0].Name != "" || list[0].BasePath != "/scim/v2" || list[1].BasePath != "/scim/v2/acme" {
		t.Fatalf("tenants %+v", list)
	}
	for i, one := range list {
		for j, other := range list {
			want := http.StatusUnauthorized
			if i == j {
				want = http.StatusOK
			}
			if got := tenantRig(t, url, one).do("GET", "/Users", "", "Authorization", "Bearer "+other.Token); got.status != want {
				t.Errorf("the token of %q at %q: %d, want %d", other.Name, one.Name, got.status, want)
			}
		}
	}
	acme, globex := list[1], list[2]
	made := tenantRig(t, url, acme).do("POST", "/Users", adaBody, "Authorization", acme.Token)
	if made.status != http.StatusCreated || !strings.HasPrefix(made.header.Get("Location"), url+"/scim/v2/acme/Users/") {
		t.Fatalf("%d, Location %q", made.status, made.header.Get("Location"))
	}
	id := strings.TrimPrefix(made.header.Get("Location"), url+"/scim/v2/acme/Users/")
	if got := tenantRig(t, url, globex).do("GET", "/Users/"+id, "", "Authorization", globex.Token); got.status != http.StatusNotFound {
		t.Errorf("one tenant's person at another: %d", got.status)
	}
	if got := tenantRig(t, url, globex).do("POST", "/Users", adaBody, "Authorization", globex.Token); got.status != http.StatusCreated {
		t.Errorf("the same userName at another tenant: %d", got.status)
	}
	if _, _, err := acme.Server.Reset(); err != nil {
		t.Fatal(err)
	}
	if _, n := globex.Server.Users(0, 0); n != 1 {
		t.Errorf("resetting one tenant leaves %d people at the other", n)
	}
	if err := acme.Connection.SetEnabled(false); err != nil {
		t.Fatal(err)
	}
	if off, on := tenantRig(t, url, acme).do("GET", "/Users", "", "Authorization", acme.Token), tenantRig(t, url, globex).do("GET", "/Users", "", "Authorization", globex.Token); off.status != 403 || on.status != 200 {
		t.Errorf("one tenant is off: %d, the other %d", off.status, on.status)
	}
	if n := len(awaitLog(t, list[0].Connection, func(log []scimserver.RequestRecord) bool { return len(log) >= 3 })); n != 3 {
		t.Errorf("the default tenant's log has %d requests, not its own 3", n)
	}
}

func TestATenantNobodyKnowsIsAPathOfTheDefaultOne(t *testing.T) {
	t.Parallel()
	all, url := openTenants(t, scimserver.TenantsOptions{Names: []string{"acme"}, Connection: scimserver.ConnectionOptions{Enabled: true, Token: "default-token"}, MakeTokens: true})
	g := &rig{t, url + "/scim/v2", nil}
	if got := g.do("GET", "/nobody/Users", "", "Authorization", "wrong"); got.status != http.StatusUnauthorized {
		t.Errorf("without a token: %d", got.status)
	}
	if got := g.do("GET", "/nobody/Users", "", "Authorization", "default-token"); got.status != http.StatusNotFound {
		t.Errorf("with one: %d", got.status)
	}
	if got := g.do("GET", "/acme", "", "Authorization", "default-token"); got.status != http.StatusUnauthorized {
		t.Errorf("the tenant's root with the token of the default one: %d", got.status)
	}
	if all.Find("nobody") != nil || all.Find("") != all.All()[0] {
		t.Error("Find")
	}
}

func TestEachTenantIsKeptInItsOwnFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "scim.db")
	o := scimserver.TenantsOptions{Names: []string{"acme"}, Connection: scimserver.ConnectionOptions{Enabled: true}, MakeTokens: true, DataFile: file}
	all, err := scimserver.OpenTenants(o)
	if err != nil {
		t.Fatal(err)
	}
	token := all.Find("acme").Token
	if _, err := all.Find("acme").Server.Create("User", []byte(adaBody)); err != nil {
		t.Fatal(err)
	}
	if err := all.Close(); err != nil {
		t.Fatal(err)
	}
	all, url := openTenants(t, o)
	if again := all.Find("acme").Token; again != "" {
		t.Errorf("the token is known again: %q", again)
	}
	if got := tenantRig(t, url, all.Find("acme")).do("GET", "/Users", "", "Authorization", token); got.status != http.StatusOK || !strings.Contains(got.text, "ada@x.test") {
		t.Errorf("after the restart: %d %s", got.status, got.text)
	}
	if _, n := all.Find("").Server.Users(0, 0); n != 0 {
		t.Errorf("the default tenant has %d people", n)
	}
}

func TestNamesOfTenantsAreCheckedBeforeAnythingIsOpened(t *testing.T) {
	t.Parallel()
	for _, names := range [][]string{{""}, {"Acme"}, {"a/b"}, {"../x"}, {"users"}, {"me"}, {"a", "a"}, {strings.Repeat("a", 32)}, {"-a"}, {"a.b"}} {
		dir := t.TempDir()
		if _, err := scimserver.OpenTenants(scimserver.TenantsOptions{Names: names, DataFile: filepath.Join(dir, "x.db")}); err == nil {
			t.Errorf("%q are good names", names)
		}
		if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
			t.Errorf("%q leaves %v", names, left)
		}
	}
	// A file that cannot be opened: the others are closed again.
	dir := t.TempDir()
	good := filepath.Join(dir, "scim.db")
	held, err := scimserver.OpenData(filepath.Join(dir, "scim.acme.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	if _, err := scimserver.OpenTenants(scimserver.TenantsOptions{Names: []string{"acme"}, DataFile: good}); err == nil || !strings.Contains(err.Error(), "tenant acme") {
		t.Errorf("two processes on one file: %v", err)
	}
	d, err := scimserver.OpenData(good)
	if err != nil {
		t.Fatalf("the default tenant's file is still open: %v", err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

func TestTheLogSaysWhichTenantItWas(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	all, err := scimserver.OpenTenants(scimserver.TenantsOptions{Names: []string{"acme"}, Connection: scimserver.ConnectionOptions{Log: zerolog.New(&b)}})
	if err != nil {
		t.Fatal(err)
	}
	if err := all.Find("acme").Connection.SetEnabled(true); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), `"tenant":"acme"`) {
		t.Error(b.String())
	}
}
