package adminpanel

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/oktascim/oktascim/internal/scimserver"
)

// maxNaming is how many requests the page of a person or a group shows.
const maxNaming = 20

// userPage is the data of user.html.
type userPage struct {
	page
	User   scimserver.UserDetail
	Groups []scimserver.Ref
	Paging paging // of the groups
	Named  naming
}

// groupPage is the data of group.html.
type groupPage struct {
	page
	Group  scimserver.GroupDetail
	Paging paging // of the members
	Text   string // that the members are searched for
	Named  naming
}

// naming is the requests that named somebody.
type naming struct {
	What string // in words
	Rows []requestRow
	More int
}

func (p *Panel) showUser(w http.ResponseWriter, r *http.Request, v *visit) {
	u, ok := v.tenant.server.User(r.PathValue("id"))
	if !ok {
		p.fail(w, r, v, http.StatusNotFound, "This user is not here", "Nobody has this id. Perhaps the user was deleted, or the server was reset.")
		return
	}
	x := userPage{page: p.page(r, v, u.UserName, "users"), User: u}
	x.Groups, x.Paging = readPage(r, url.Values{}, func(offset, limit int) ([]scimserver.Ref, int) {
		from := min(offset, len(u.Groups))
		return u.Groups[from:min(from+limit, len(u.Groups))], len(u.Groups)
	})
	x.Paging.place = "#groups-title"
	x.Named = p.requestsThatName(r, v, "this user", "/Users/"+u.ID, u.ID, u.UserName)
	p.render(w, http.StatusOK, "user", x)
}

func (p *Panel) showGroup(w http.ResponseWriter, r *http.Request, v *visit) {
	id := r.PathValue("id")
	x := groupPage{Text: searched(r, "q")}
	there := false
	_, x.Paging = readPage(r, url.Values{"q": {x.Text}}, func(offset, limit int) ([]scimserver.Member, int) {
		x.Group, there = v.tenant.server.Group(id, scimserver.Search{Text: x.Text, Offset: offset, Limit: limit})
		return x.Group.Page, x.Group.Found
	})
	if !there {
		p.fail(w, r, v, http.StatusNotFound, "This group is not here", "No group has this id. Perhaps it was deleted, or the server was reset.")
		return
	}
	x.Paging.place = "#members-title"
	x.page = p.page(r, v, x.Group.DisplayName, "groups")
	x.Named = p.requestsThatName(r, v, "this group", "/Groups/"+id, id, x.Group.DisplayName)
	p.render(w, http.StatusOK, "group", x)
}

// requestsThatName looks through the log for requests that are about one
// resource: its id in the path, in the body that was sent or in the answer to
// a create, or its name in a filter or a body. A list that merely shows it is
// not about it.
func (p *Panel) requestsThatName(r *http.Request, v *visit, what, path, id, name string) naming {
	quoted := strings.ToLower(quote(name))
	base := p.origin(r, v.tenant)
	n := naming{What: what}
	for _, rec := range v.tenant.connection.Requests() {
		about := strings.HasSuffix(rec.Path, path) ||
			strings.Contains(rec.RequestBody, id) ||
			strings.Contains(rec.Query, id) ||
			rec.Method == http.MethodPost && rec.Status == http.StatusCreated && strings.Contains(rec.ResponseBody, `"`+id+`"`) ||
			name != "" && (strings.Contains(strings.ToLower(rec.Query), quoted) || strings.Contains(strings.ToLower(rec.RequestBody), quoted))
		switch {
		case !about:
		case len(n.Rows) < maxNaming:
			n.Rows = append(n.Rows, requestRow{rec, curl(rec, base)})
		default:
			n.More++
		}
	}
	return n
}
