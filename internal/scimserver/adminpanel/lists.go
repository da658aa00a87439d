package adminpanel

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/oktascim/oktascim/internal/scimserver"
)

const (
	// pageSize is how many users, groups or members a page shows.
	pageSize = 50
	// maxShown is how many groups of a user or members of a group are named
	// in a list.
	maxShown = 100
	// maxText is the longest text that is searched for, in bytes; more is cut.
	maxText = 200
)

// paging is where a page stands in a list.
type paging struct {
	Total       int
	First, Last int // numbers of the rows, from 1; 0 when there are none
	Page, Pages int // from 1
	Prev, Next  int // 0: none

	query url.Values // what the links keep
	place string     // where the links lead: "" or "#" and an id
}

// Link leads to another page of the same list.
func (p paging) Link(page int) string {
	q := url.Values{}
	for name, values := range p.query {
		if values[0] != "" {
			q.Set(name, values[0])
		}
	}
	q.Set("page", strconv.Itoa(page))
	return "?" + q.Encode() + p.place
}

// pageNumber reads ?page=; anything that is no page is the first.
func pageNumber(r *http.Request) int {
	n, err := strconv.Atoi(r.URL.Query().Get("page"))
	if err != nil || n < 1 || n > 1<<30/pageSize {
		return 1
	}
	return n
}

// searched reads a text to look for from the query.
func searched(r *http.Request, name string) string {
	text := strings.TrimSpace(r.URL.Query().Get(name))
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "")
	}
	return text
}

// readPage reads one page of a list. A page behind the end, of which the rows
// were deleted meanwhile, becomes the last one.
func readPage[T any](r *http.Request, query url.Values, read func(offset, limit int) ([]T, int)) ([]T, paging) {
	n := pageNumber(r)
	rows, total := read((n-1)*pageSize, pageSize)
	pages := max(1, (total+pageSize-1)/pageSize)
	if n > pages {
		n = pages
		rows, total = read((n-1)*pageSize, pageSize)
	}
	p := paging{Total: total, Page: n, Pages: pages, query: query}
	if len(rows) > 0 {
		p.First, p.Last = (n-1)*pageSize+1, (n-1)*pageSize+len(rows)
	}
	if n > 1 {
		p.Prev = n - 1
	}
	if n < pages {
		p.Next = n + 1
	}
	return rows, p
}

// refs is a list of names of which the page shows only so many. Links, if not
// "", is the folder of their pages; All is the page that has all of them.
type refs struct {
	Shown      []scimserver.Ref
	Total      int
	More       int
	Links, All string
}

func shorten(list []scimserver.Ref, total int, links, all string) refs {
	n := min(len(list), maxShown)
	return refs{Shown: list[:n], Total: total, More: total - n, Links: links, All: all}
}

// userRow and groupRow are one line of a table.
type (
	userRow struct {
		scimserver.UserView
		GroupRefs refs
	}
	groupRow struct {
		scimserver.GroupView
		MemberRefs refs
	}
)

// usersPage and groupsPage are the data of users.html and groups.html.
type (
	usersPage struct {
		page
		Rows   []userRow
		Paging paging
		Text   string
		Status string // "", "active" or "deactivated"
	}
	groupsPage struct {
		page
		Rows   []groupRow
		Paging paging
		Text   string
	}
)

func (p *Panel) showUsers(w http.ResponseWriter, r *http.Request, v *visit) {
	x := usersPage{page: p.page(r, v, "Users", "users"), Text: searched(r, "q")}
	var active *bool
	switch status := r.URL.Query().Get("status"); status {
	case "active", "deactivated":
		x.Status = status
		active = new(bool)
		*active = status == "active"
	}
	users, at := readPage(r, url.Values{"q": {x.Text}, "status": {x.Status}}, func(offset, limit int) ([]scimserver.UserView, int) {
		return v.tenant.server.SearchUsers(scimserver.Search{Text: x.Text, Active: active, Offset: offset, Limit: limit})
	})
	x.Paging = at
	for _, u := range users {
		x.Rows = append(x.Rows, userRow{u, shorten(u.Groups, len(u.Groups), x.Base+"groups/", "users/"+u.ID)})
	}
	p.render(w, http.StatusOK, "users", x)
}

func (p *Panel) showGroups(w http.ResponseWriter, r *http.Request, v *visit) {
	x := groupsPage{page: p.page(r, v, "Groups", "groups"), Text: searched(r, "q")}
	groups, at := readPage(r, url.Values{"q": {x.Text}}, func(offset, limit int) ([]scimserver.GroupView, int) {
		return v.tenant.server.SearchGroups(scimserver.Search{Text: x.Text, Offset: offset, Limit: limit, Members: maxShown})
	})
	x.Paging = at
	for _, g := range groups {
		// A member may be a person or a group; the group's own page knows.
		x.Rows = append(x.Rows, groupRow{g, shorten(g.Members, g.MemberCount, "", "groups/"+g.ID)})
	}
	p.render(w, http.StatusOK, "groups", x)
}
