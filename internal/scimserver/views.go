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
func (s *Server) Users(offset, limit int) (page []UserView, total int) { return nil, 0 }

// Groups returns at most limit groups after the first offset ones, in the
// order of their creation, and how many there are in all.
func (s *Server) Groups(offset, limit int) (page []GroupView, total int) { return nil, 0 }
