package scimserver

import "time"

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
	ID, DisplayName       string
	Members               []Ref
	Created, LastModified time.Time
}

// Users returns at most limit users after the first offset ones, in the order
// of their creation, and how many there are in all.
func (s *Server) Users(offset, limit int) (page []UserView, total int) {
	return viewPage(s, "User", offset, limit, userView)
}

// Groups returns at most limit groups after the first offset ones, in the
// order of their creation, and how many there are in all.
func (s *Server) Groups(offset, limit int) (page []GroupView, total int) {
	return viewPage(s, "Group", offset, limit, groupView)
}

// viewPage copies a part of a collection; nothing of the store gets out.
func viewPage[V any](s *Server, kindName string, offset, limit int, view func(*entry) V) (page []V, total int) {
	st := s.store
	st.mu.RLock()
	defer st.mu.RUnlock()
	order := st.collections[st.registry.kind(kindName)].order
	from := min(max(offset, 0), len(order))
	to := from + min(max(limit, 0), len(order)-from)
	page = make([]V, 0, to-from)
	for _, e := range order[from:to] {
		page = append(page, view(e))
	}
	return page, len(order)
}

func userView(e *entry) UserView {
	v := UserView{ID: e.r.id, Created: e.r.created, LastModified: e.r.modified}
	v.UserName, _ = e.r.attrs.get("userName").(string)
	v.DisplayName, _ = e.r.attrs.get("displayName").(string)
	v.Active, _ = e.r.attrs.get("active").(bool)
	emails, _ := e.r.attrs.get("emails").([]any)
	for _, m := range emails {
		o, _ := m.(*object)
		if address, ok := o.get("value").(string); ok {
			v.Emails = append(v.Emails, address)
		}
	}
	for _, g := range e.memberOf {
		v.Groups = append(v.Groups, Ref{g.r.id, displayOf(g.r)})
	}
	return v
}

func groupView(e *entry) GroupView {
	v := GroupView{ID: e.r.id, DisplayName: displayOf(e.r), Created: e.r.created, LastModified: e.r.modified}
	for m := range e.members.all() {
		v.Members = append(v.Members, Ref{m.r.id, displayOf(m.r)})
	}
	return v
}
