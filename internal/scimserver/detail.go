package scimserver

import "slices"

// UserDetail is all that a person may see of one user.
type UserDetail struct {
	UserView
	ExternalID string
	// Attributes are those that a client could read, and whether a secret is
	// set; groups are in UserView.
	Attributes []AttributeSet
	// Version is the entity tag.
	Version string
}

// GroupDetail is all that a person may see of one group. Of its members
// GroupView.Members holds none: they come in pages.
type GroupDetail struct {
	GroupView
	ExternalID string
	Attributes []AttributeSet
	Groups     []Ref // that this group is a member of
	Version    string
	// Page is the wanted part of the members, Found how many there are of
	// which the name contains the wanted text.
	Page  []Member
	Found int
}

// Member is one member of a group.
type Member struct {
	Ref
	IsGroup bool
	Active  bool // false for a group
}

// AttributeSet is the attributes of one schema.
type AttributeSet struct {
	Schema     string // URN
	Attributes []Attribute
}

// Attribute is one attribute with its values as text.
type Attribute struct {
	Name   string
	Values []AttributeValue
	// Secret tells that there is a value of which only a hash is kept.
	Secret bool
}

// AttributeValue is one value. A complex one has a text if it has a "value";
// the other sub-attributes are parts.
type AttributeValue struct {
	Text  string
	Parts []AttributePart
}

// AttributePart is one sub-attribute of a complex value.
type AttributePart struct{ Name, Text string }

// User returns the user with that id; ok is false if there is none.
func (s *Server) User(id string) (u UserDetail, ok bool) {
	st := s.store
	st.mu.RLock()
	defer st.mu.RUnlock()
	e := st.find(st.registry.kind("User"), id)
	if e == nil {
		return UserDetail{}, false
	}
	u = UserDetail{UserView: userView(e), Attributes: attributeSets(e.r), Version: e.etag()}
	u.ExternalID, _ = e.r.attrs.get("externalId").(string)
	return u, true
}

// Group returns the group with that id, and of its members those whose name
// contains q.Text, cut to a page by q.Offset and q.Limit, in the order in
// which they came. ok is false if there is no such group.
func (s *Server) Group(id string, q Search) (g GroupDetail, ok bool) {
	st := s.store
	if q.Text == "" {
		st.mu.RLock()
	} else {
		st.rlockWithTexts(st.registry.kinds...)
	}
	defer st.mu.RUnlock()
	e := st.find(st.registry.kind("Group"), id)
	if e == nil {
		return GroupDetail{}, false
	}
	g = GroupDetail{Attributes: attributeSets(e.r), Version: e.etag()}
	g.GroupView = GroupView{ID: e.r.id, DisplayName: displayOf(e.r), MemberCount: e.members.len(), Created: e.r.created, LastModified: e.r.modified}
	g.ExternalID, _ = e.r.attrs.get("externalId").(string)
	for _, parent := range e.memberOf {
		g.Groups = append(g.Groups, Ref{parent.r.id, displayOf(parent.r)})
	}
	members, offset := e.members.all(), max(q.Offset, 0)
	g.Found = e.members.len()
	if q.Text != "" {
		found := st.searchMembers(e.members, q.Text)
		members, g.Found = slices.Values(found), len(found)
	}
	at := 0
	for m := range members {
		if at >= offset+max(q.Limit, 0) {
			break
		}
		if at >= offset {
			g.Page = append(g.Page, Member{Ref{m.r.id, displayOf(m.r)}, m.r.kind.members != nil, isActive(m.r)})
		}
		at++
	}
	return g, true
}

// searchMembers returns the members in which a text occurs, in the order in
// which they came. The lock is held, and each kind has a text index.
func (st *store) searchMembers(members *memberSet, text string) []*entry {
	var found []*entry
	for _, k := range st.registry.kinds {
		for _, m := range st.search(k, Search{Text: text}) {
			if members.has(m) {
				found = append(found, m)
			}
		}
	}
	slices.SortFunc(found, func(a, b *entry) int { return members.pos[a] - members.pos[b] })
	return found
}

// attributeSets gives the attributes of a resource, core first, in the order
// of the schemas; what has no schema comes as it was sent. A value that is
// never returned to a client is not shown to an admin either.
func attributeSets(r *resource) []AttributeSet {
	k := r.kind
	core := AttributeSet{Schema: k.core.ID}
	for _, a := range k.fields {
		if a == k.members || a == k.memberOf || a.Name == "id" || a.Name == "meta" || a.Name == "schemas" {
			continue
		}
		core.Attributes = appendAttribute(core.Attributes, a, r.attrs.get(a.Name), r.secrets[a.Name] != "")
	}
	sets := []AttributeSet{core}
	for _, f := range r.attrs.fields {
		o, ok := f.value.(*object)
		if !isURN(f.name) || !ok {
			continue
		}
		set := AttributeSet{Schema: f.name}
		ext := k.extension(f.name)
		for _, sub := range o.fields {
			a := generic(sub.name)
			if ext != nil {
				if known := ext.attribute(sub.name); known != nil {
					a = known
				}
			}
			set.Attributes = appendAttribute(set.Attributes, a, sub.value, false)
		}
		if len(set.Attributes) > 0 {
			sets = append(sets, set)
		}
	}
	return slices.DeleteFunc(sets, func(s AttributeSet) bool { return len(s.Attributes) == 0 })
}

func appendAttribute(list []Attribute, a *attribute, value any, secret bool) []Attribute {
	if a.secret() || a.Returned == returnedNever || namesSecret(a.Name) {
		if secret || !unassigned(value) {
			list = append(list, Attribute{Name: a.Name, Secret: true})
		}
		return list
	}
	if unassigned(value) {
		return list
	}
	values, ok := value.([]any)
	if !ok {
		values = []any{value}
	}
	out := Attribute{Name: a.Name}
	for _, v := range values {
		out.Values = append(out.Values, attributeValue(a, v))
	}
	return append(list, out)
}

func attributeValue(a *attribute, v any) AttributeValue {
	o, ok := v.(*object)
	if !ok {
		return AttributeValue{Text: plainText(v)}
	}
	var out AttributeValue
	for _, f := range o.fields {
		switch sub := a.sub(f.name); {
		case namesSecret(f.name) || sub != nil && sub.Returned == returnedNever:
			out.Parts = append(out.Parts, AttributePart{f.name, redacted})
		case f.name == "value":
			out.Text = plainText(f.value)
		case !unassigned(f.value):
			out.Parts = append(out.Parts, AttributePart{f.name, plainText(f.value)})
		}
	}
	return out
}

// plainText gives a value as a person reads it. Deeper ones stay JSON, with
// the secrets taken out of them as in the log.
func plainText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case number:
		return string(v)
	case bool:
		if v {
			return "true"
		}
		return "false"
	case nil:
		return ""
	}
	var red redactor
	text, err := red.json(nil, appendValue(nil, v), false)
	if err != nil {
		return "(" + err.Error() + ", not shown)"
	}
	return string(text)
}
