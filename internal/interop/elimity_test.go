package interop

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/elimity-com/scim"
	"github.com/elimity-com/scim/optional"
	"github.com/elimity-com/scim/schema"
)

func TestInteropElimityAgreesWithASmallOrg(t *testing.T) {
	t.Parallel()
	for _, dialect := range dialects {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			acme(t, newElimity(t), dialect)
		})
	}
}

func TestInteropElimityAgreesWithAGeneratedOrg(t *testing.T) {
	t.Parallel()
	for _, dialect := range dialects {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			generated(t, newElimity(t), dialect, 300)
		})
	}
}

// newElimity serves github.com/elimity-com/scim over an empty store, as a product would:
// behind a bearer check, with pages of at most 100.
func newElimity(t *testing.T) target {
	t.Helper()
	const token = "the-token-of-elimity-0123456789abcdef"
	users := &shelf{unique: "userName", schema: schema.CoreUserSchema(), extensions: []schema.Schema{schema.ExtensionEnterpriseUser()}}
	groups := &shelf{schema: schema.CoreGroupSchema()}
	users.groups = groups
	server, err := scim.NewServer(&scim.ServerArgs{
		ServiceProviderConfig: &scim.ServiceProviderConfig{MaxResults: 100, SupportFiltering: true, SupportPatch: true},
		ResourceTypes: []scim.ResourceType{
			{
				ID: optional.NewString("User"), Name: "User", Endpoint: "/Users", Schema: users.schema, Handler: users,
				SchemaExtensions: []scim.SchemaExtension{{Schema: users.extensions[0]}},
			},
			{ID: optional.NewString("Group"), Name: "Group", Endpoint: "/Groups", Schema: groups.schema, Handler: groups},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	var writes atomic.Int64
	served := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+token {
			w.Header().Set("Content-Type", "application/scim+json")
			w.Header().Set("WWW-Authenticate", "Bearer")
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"401","detail":"no such token"}`))
			return
		}
		if r.Method != http.MethodGet {
			writes.Add(1)
		}
		defer func() { // the library panics on some filters; the connection is cut then
			if problem := recover(); problem != nil {
				panic(http.ErrAbortHandler) // the same, without a trace in the log
			}
		}()
		server.ServeHTTP(w, r)
	}))
	t.Cleanup(served.Close)
	return target{url: served.URL + "/v2", token: token, writes: writes.Load}
}
