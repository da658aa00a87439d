package scimserver

import (
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Tenant is one customer of a server: people, groups, a switch and a token of
// its own.
type Tenant struct {
	Name       string // "" is the default one
	BasePath   string // "/scim/v2" for the default one, "/scim/v2/NAME" for the others
	Server     *Server
	Connection *Connection
	// Token is the one that was given or made when the tenants were opened; ""
	// where there was one before, of which only the hash is known, or where
	// there is none.
	Token string

	data *Data
}

// TenantsOptions configures [OpenTenants]. The zero value is one tenant in
// memory, switched off and without a token.
type TenantsOptions struct {
	// Names are the tenants beside the default one: small letters, digits and
	// hyphens, and no name of a SCIM endpoint.
	Names []string
	// Server is what each server is made with. BasePath is that of the default
	// tenant; Data and Connection are made here.
	Server Options
	// Connection is what each connection is made with. Token is that of the
	// default tenant alone; Settings are made here.
	Connection ConnectionOptions
	// MakeTokens makes a token for each tenant that has none.
	MakeTokens bool
	// DataFile keeps the default tenant; the others get their own files beside
	// it, scim.db and scim.NAME.db. "" keeps nothing.
	DataFile string
}

// Tenants are several servers at one address. They share nothing: each has its
// store, its file, its connection and its log.
type Tenants struct {
	list []*Tenant // the default one first
}

var tenantName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}$`)

// CheckTenantName says what is wrong with the name of a tenant. It stands in
// the SCIM URL where a resource type would stand.
func CheckTenantName(name string) error {
	if !tenantName.MatchString(name) {
		return fmt.Errorf("tenant %q: a name is small letters, digits and hyphens, begins with a letter and has at most 31 of them", name)
	}
	if slices.ContainsFunc([]string{"Users", "Groups", "Me", "Bulk", "Schemas", "ResourceTypes", "ServiceProviderConfig"}, func(s string) bool { return strings.EqualFold(s, name) }) {
		return fmt.Errorf("tenant %q: this is the name of a SCIM endpoint; choose another one", name)
	}
	return nil
}

// OpenTenants makes the default tenant and those that o names. The error names
// the tenant; nothing is open then.
func OpenTenants(o TenantsOptions) (*Tenants, error) {
	for i, name := range o.Names {
		if err := CheckTenantName(name); err != nil {
			return nil, err
		}
		if slices.Contains(o.Names[:i], name) {
			return nil, fmt.Errorf("tenant %q stands twice in the list", name)
		}
	}
	o.Server = o.Server.withDefaults()
	o.Connection.SecretNames = append(slices.Clone(o.Connection.SecretNames), SecretNames(o.Server.Extensions...)...)
	t := &Tenants{}
	for _, name := range append([]string{""}, o.Names...) {
		one, err := openTenant(o, name)
		if err != nil {
			if name != "" {
				err = fmt.Errorf("tenant %s: %w", name, err)
			}
			return nil, errors.Join(err, t.Close())
		}
		t.list = append(t.list, one)
	}
	return t, nil
}

func openTenant(o TenantsOptions, name string) (t *Tenant, err error) {
	t = &Tenant{Name: name, BasePath: o.Server.BasePath}
	if name == "" {
		t.Token = o.Connection.Token
	} else {
		t.BasePath += "/" + name
		o.Connection.Token = ""
		o.Connection.Log = o.Connection.Log.With().Str("tenant", name).Logger()
		o.Server.Log = o.Server.Log.With().Str("tenant", name).Logger()
	}
	if o.DataFile != "" {
		if t.data, err = OpenData(tenantFile(o.DataFile, name), o.Server.Extensions...); err != nil {
			return nil, err
		}
		o.Connection.Settings, o.Server.Data = t.data, t.data
	}
	if t.Connection, err = NewConnection(o.Connection); err != nil {
		return nil, errors.Join(err, t.data.Close())
	}
	if o.MakeTokens && !t.Connection.HasToken() {
		if t.Token, err = t.Connection.NewToken(); err != nil {
			return nil, errors.Join(err, t.data.Close())
		}
	}
	o.Server.BasePath, o.Server.Connection = t.BasePath, t.Connection
	t.Server = New(o.Server)
	return t, nil
}

// tenantFile puts the name of a tenant before the extension of a file.
func tenantFile(file, name string) string {
	if name == "" {
		return file
	}
	ext := filepath.Ext(file)
	return strings.TrimSuffix(file, ext) + "." + name + ext
}

// All returns the tenants, the default one first.
func (t *Tenants) All() []*Tenant { return slices.Clone(t.list) }

// Find returns the tenant of that name, or nil; "" is the default one.
func (t *Tenants) Find(name string) *Tenant {
	for _, one := range t.list {
		if one.Name == name {
			return one
		}
	}
	return nil
}

// Handler serves all tenants. What is below no tenant's path is for the
// default one, whose connection decides who may learn that nothing is there.
func (t *Tenants) Handler() http.Handler {
	byName := map[string]http.Handler{}
	for _, one := range t.list {
		byName[one.Name] = one.Server.Handler()
	}
	base := t.list[0].BasePath + "/"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := byName[""]
		if rest, below := strings.CutPrefix(r.URL.EscapedPath(), base); below {
			name, _, _ := strings.Cut(rest, "/")
			if other := byName[name]; other != nil {
				h = other
			}
		}
		h.ServeHTTP(w, r)
	})
}

// AuthorizePath and TokenPath are where [Tenants.OAuthHandler] serves the OAuth
// endpoints of a tenant.
func (t *Tenant) AuthorizePath() string { return t.oauthPath("authorize") }

// TokenPath is the token endpoint, see [Tenant.AuthorizePath].
func (t *Tenant) TokenPath() string { return t.oauthPath("token") }

func (t *Tenant) oauthPath(endpoint string) string {
	if t.Name == "" {
		return "/oauth/" + endpoint
	}
	return "/oauth/" + endpoint + "/" + t.Name
}

// OAuthHandler serves the OAuth endpoints of all tenants, below /oauth/.
func (t *Tenants) OAuthHandler(o ConsentOptions) http.Handler {
	mux := http.NewServeMux()
	for _, one := range t.list {
		o.Tenant = one.Name
		mux.Handle(one.AuthorizePath(), one.Connection.AuthorizeEndpoint(o))
		mux.Handle(one.TokenPath(), one.Connection.TokenEndpoint())
	}
	return mux
}

// Close closes the files. The servers must not be used after.
func (t *Tenants) Close() error {
	var errs []error
	for _, one := range t.list {
		errs = append(errs, one.data.Close())
	}
	return errors.Join(errs...)
}
