package scimserver

import (
	"iter"
	"time"
)

// Ref names another resource: its id and what to show a person.
type Ref struct{ ID, Display string }

// UserView is a user as the panel shows it.
type UserView struct {
	ID, UserName, DisplayName string
	Active                    bool
	Emails                    []string
	Groups                    []Ref
	Created, LastModified     time.Time
}

// GroupView is a group as the panel shows it.
type GroupView struct {
	ID, DisplayName string
	Members         []Ref
	// MemberCount is how many members there are, named in Members or not.
	MemberCount           int
	Created, LastModified time.Time
}

// Users returns at most limit users after the first offset ones, in the order
// of their creation, and how many there are in all.
func (s *Server) Users(offset, limit int) (page []UserView, total int) {
	return s.SearchUsers(Search{Offset: offset, Limit: limit})
}

// Groups returns at most limit groups after the first offset ones, in the
// order of their creation, and how many there are in all.
func (s *Server) Groups(offset, limit int) (page []GroupView, total int) {
	return s.SearchGroups(Search{Offset: offset, Limit: limit})
}

// Search says which resources a person wants to see.
type Search struct {
	// Text is looked for, without regard to case, in the names, the addresses,
	// externalId and id; "" is in all of them.
	Text string
	// Active, if not nil, leaves only the active users, or only the others.
	Active *bool
	// Offset and Limit cut the page out of what was found, in the order of
	// creation.
	Offset, Limit int
	// Members is the most members of a group that are named; 0 means all.
	Members int
}

// SearchUsers returns the page of users that q describes, and how many users
// match in all.
func (s *Server) SearchUsers(q Search) (page []UserView, total int) {
	return viewPage(s, "User", q, userView)
}

// SearchGroups returns the page of groups that q describes, and how many
// groups match in all. Active is not for groups.
func (s *Server) SearchGroups(q Search) (page []GroupView, total int) {
	q.Active = nil
	return viewPage(s, "Group", q, func(e *entry) GroupView { return groupView(e, q.Members) })
}

// viewPage copies a part of a collection; nothing of the store gets out.
func viewPage[V any](s *Server, kindName string, q Search, view func(*entry) V) (page []V, total int) {
	st := s.store
	k := st.registry.kind(kindName)
	st.mu.RLock()
	list := st.collections[k].order
	if q.Text != "" || q.Active != nil {
		st.mu.RUnlock()
		st.rlockWithTexts(k)
		list = st.search(k, q)
	}
	defer st.mu.RUnlock()
	from := min(max(q.Offset, 0), len(list))
	to := from + min(max(q.Limit, 0), len(list)-from)
	page = make([]V, 0, to-from)
	for _, e := range list[from:to] {
		page = append(page, view(e))
	}
	return page, len(list)
}

// search returns what matches, in the order of creation. The lock is held, and
// there is a text index.
func (st *store) search(k *kind, q Search) []*entry {
	also := st.find(k, q.Text) // an id is looked for as a whole
	return st.collections[k].text.find(foldCase(q.Text), q.Active, also)
}

// addresses are the values of emails.
func addresses(r *resource) iter.Seq[string] {
	return func(yield func(string) bool) {
		emails, _ := r.attrs.get("emails").([]any)
		for _, m := range emails {
			o, _ := m.(*object)
			if address, ok := o.get("value").(string); ok && !yield(address) {
				return
			}
		}
	}
}

func isActive(r *resource) bool {
	active, _ := r.attrs.get("active").(bool)
	return active
}

func userView(e *entry) UserView {
	v := UserView{ID: e.r.id, Active: isActive(e.r), Created: e.r.created, LastModified: e.r.modified}
	v.UserName, _ = e.r.attrs.get("userName").(string)
	v.DisplayName, _ = e.r.attrs.get("displayName").(string)
	for address := range addresses(e.r) {
		v.Emails = append(v.Emails, address)
	}
	for _, g := range e.memberOf {
		v.Groups = append(v.Groups, Ref{g.r.id, displayOf(g.r)})
	}
	return v
}

// groupView names at most limit members; 0 means all.
func groupView(e *entry, limit int) GroupView {
	v := GroupView{ID: e.r.id, DisplayName: displayOf(e.r), MemberCount: e.members.len(), Created: e.r.created, LastModified: e.r.modified}
	for m := range e.members.all() {
		if limit > 0 && len(v.Members) == limit {
			break
		}
		v.Members = append(v.Members, Ref{m.r.id, displayOf(m.r)})
	}
	return v
}
