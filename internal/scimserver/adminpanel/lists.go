package adminpanel

import (
	"net/http"
	"strconv"

	"github.com/oktascim/oktascim/internal/scimserver"
)

const (
	// pageSize is how many users or groups a page shows.
	pageSize = 50
	// maxShown is how many groups of a user or members of a group are named.
	maxShown = 100
)

// paging is where a page stands in a list.
type paging struct {
	Path        string // of the list, relative
	Total       int
	First, Last int // numbers of the rows, from 1; 0 when there are none
	Page, Pages int // from 1
	Prev, Next  int // 0: none
}

// pageNumber reads ?page=; anything that is no page is the first.
func pageNumber(r *http.Request) int {
	n, err := strconv.Atoi(r.URL.Query().Get("page"))
	if err != nil || n < 1 || n > 1<<30/pageSize {
		return 1
	}
	return n
}

// readPage reads one page of a list. A page behind the end, of which the rows
// were deleted meanwhile, becomes the last one.
func readPage[T any](r *http.Request, path string, read func(offset, limit int) ([]T, int)) ([]T, paging) {
	n := pageNumber(r)
	rows, total := read((n-1)*pageSize, pageSize)
	pages := max(1, (total+pageSize-1)/pageSize)
	if n > pages {
		n = pages
		rows, total = read((n-1)*pageSize, pageSize)
	}
	p := paging{Path: path, Total: total, Page: n, Pages: pages}
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

// refs is a list of names of which the page shows only so many.
type refs struct {
	Shown []scimserver.Ref
	Total int
	More  int
}

func shorten(list []scimserver.Ref) refs {
	n := min(len(list), maxShown)
	return refs{Shown: list[:n], Total: len(list), More: len(list) - n}
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
	}
	groupsPage struct {
		page
		Rows   []groupRow
		Paging paging
	}
)

func (p *Panel) showUsers(w http.ResponseWriter, r *http.Request, s *session) {
	users, at := readPage(r, "users", p.o.Server.Users)
	v := usersPage{page: p.page(r, s, "Users", "users"), Paging: at}
	for _, u := range users {
		v.Rows = append(v.Rows, userRow{u, shorten(u.Groups)})
	}
	p.render(w, http.StatusOK, "users", v)
}

func (p *Panel) showGroups(w http.ResponseWriter, r *http.Request, s *session) {
	groups, at := readPage(r, "groups", p.o.Server.Groups)
	v := groupsPage{page: p.page(r, s, "Groups", "groups"), Paging: at}
	for _, g := range groups {
		v.Rows = append(v.Rows, groupRow{g, shorten(g.Members)})
	}
	p.render(w, http.StatusOK, "groups", v)
}
