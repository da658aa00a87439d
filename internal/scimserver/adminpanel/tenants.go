package adminpanel

import (
	"net/http"

	"github.com/oktascim/oktascim/internal/scimserver"
)

// tenant is one customer: its people, its door.
type tenant struct {
	name       string // "" is the default one
	server     *scimserver.Server
	connection *scimserver.Connection
}

func (t *tenant) title() string {
	if t.name == "" {
		return "Default"
	}
	return t.name
}

// tenantOf returns the tenant that the path names, the default one where it
// names none, or nil.
func (p *Panel) tenantOf(r *http.Request) *tenant {
	name := r.PathValue("tenant")
	for _, t := range p.tenants {
		if t.name == name {
			return t
		}
	}
	return nil
}

// scimURL is the address of a tenant for Okta.
func (p *Panel) scimURL(r *http.Request, t *tenant) string {
	u := p.o.SCIMURL(r)
	if t.name != "" {
		u += "/" + t.name
	}
	return u
}

// tokenURL is where a tenant's OAuth client gets access tokens, or "".
func (p *Panel) tokenURL(r *http.Request, t *tenant) string {
	if p.o.TokenURL == nil {
		return ""
	}
	u := p.o.TokenURL(r)
	if t.name != "" {
		u += "/" + t.name
	}
	return u
}

// tenantsPage is the data of tenants.html.
type tenantsPage struct {
	page
	Rows []tenantRow
}

type tenantRow struct {
	Title, Base, SCIMURL string
	Enabled, HasToken    bool
	Trouble              bool
	Users, Groups        int
	Last                 *scimserver.RequestRecord // nil: none yet
}

func (p *Panel) showTenants(w http.ResponseWriter, r *http.Request, v *visit) {
	x := tenantsPage{page: p.page(r, v, "Tenants", "tenants")}
	for _, t := range p.tenants {
		row := tenantRow{Title: t.title(), Base: "./", SCIMURL: p.scimURL(r, t), Enabled: t.connection.Enabled(), HasToken: t.connection.HasToken() || t.connection.OAuthClientID() != "", Trouble: len(troubleWords(t.connection)) > 0}
		if t.name != "" {
			row.Base = "t/" + t.name + "/"
		}
		_, row.Users = t.server.Users(0, 0)
		_, row.Groups = t.server.Groups(0, 0)
		if last := t.connection.Requests(); len(last) > 0 {
			row.Last = &last[0]
		}
		x.Rows = append(x.Rows, row)
	}
	p.render(w, http.StatusOK, "tenants", x)
}
