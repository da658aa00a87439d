package conformance_test

import (
	"net/http"
	"slices"
	"strings"
)

func (s *tiny) people(w http.ResponseWriter, r *http.Request, body record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch r.Method {
	case http.MethodGet:
		all := s.users
		if s.is("filter-over-all-connections") {
			all = slices.Concat(all, s.neighbour.users)
		}
		s.list(w, r, all, "userName", func(p record) any { return s.shown(p, true) })
	case http.MethodPost:
		s.create(w, body)
	default:
		s.fail(w, 405, "", "method not allowed")
	}
}

func (s *tiny) taken(name string, but record) bool {
	all := s.users
	if s.is("names-of-all-connections") {
		all = slices.Concat(all, s.neighbour.users)
	}
	return slices.ContainsFunc(all, func(p record) bool {
		got, _ := p["userName"].(string)
		if s.is("old-usernames-stay-taken") && p["former"] == name {
			return true
		}
		if but != nil && p["id"] == but["id"] {
			return false
		}
		if s.is("inactive-not-taken") && p["active"] == false {
			return false
		}
		if s.is("unique-with-case") {
			return got == name
		}
		return strings.EqualFold(got, name)
	})
}

func (s *tiny) create(w http.ResponseWriter, body record) {
	name, _ := body["userName"].(string)
	password, _ := body["password"].(string)
	_, hasGroups := body["groups"]
	free := !s.taken(name, nil)
	if s.is("unique-is-asked-first") {
		s.stall()
	}
	if s.refuses(w, body) {
		return
	}
	switch {
	case name == "" && s.is("create-without-username-500"):
		s.fail(w, 500, "", "null pointer")
		return
	case name == "" && !s.is("create-without-username-stored"):
		s.fail(w, 400, "invalidValue", "userName is required")
		return
	case s.is("password-policy") && password != "" && len(password) < 12:
		s.fail(w, 400, "invalidValue", "the password is too short")
		return
	case s.is("create-refuses-groups") && hasGroups:
		s.fail(w, 400, "mutability", "groups is read-only")
		return
	case s.is("create-500"):
		s.fail(w, 500, "", "out of order")
		return
	case !free && !s.is("duplicates-stored"):
		switch {
		case s.is("duplicate-is-200"):
			s.send(w, 200, s.shown(s.users[0], false))
		case s.is("duplicate-is-400"):
			s.fail(w, 400, "uniqueness", "taken")
		case s.is("duplicate-is-500"):
			s.fail(w, 500, "", "unique constraint")
		case s.is("duplicate-overwrites"):
			s.fail(w, 409, "uniqueness", "taken")
			body["id"] = s.next()
			s.users = append(s.users, clone(body))
		default:
			if s.is("refusal-changes-first") {
				for _, p := range s.users {
					if strings.EqualFold(p["userName"].(string), name) {
						p["active"] = false
					}
				}
			}
			s.conflict(w, body)
		}
		return
	}
	p := clone(body)
	delete(p, "groups")
	p["id"] = s.next()
	p["born"] = s.seq
	if s.is("username-lowercased") {
		p["userName"] = strings.ToLower(name)
	}
	s.change(p, body)
	s.spoilCreate(p)
	if s.is("created-inactive") {
		p["active"] = false
	}
	s.users = append(s.users, p)
	answer := s.short(s.shown(p, false))
	status := 201
	switch {
	case s.is("create-empty-body"):
		w.WriteHeader(http.StatusCreated)
		return
	case s.is("create-is-200"):
		status = 200
	case s.is("create-without-id"):
		delete(answer, "id")
	case s.is("create-answers-first"):
		answer = s.shown(s.users[0], false)
	case s.is("create-id-is-number"):
		answer["id"] = 12345
	case s.is("create-id-differs"):
		answer["id"] = "other-" + p["id"].(string)
	case s.is("create-answers-pending"):
		answer["active"] = false
	case s.is("create-answer-is-null"):
		s.send(w, 201, nil)
		return
	}
	s.send(w, status, answer)
}

// change applies the defects of storing a profile.
func (s *tiny) change(p, sent record) {
	name, _ := p["name"].(map[string]any)
	switch {
	case s.is("familyname-dropped"):
		delete(name, "familyName")
	case s.is("names-latin1"):
		for k, v := range name {
			v, _ := v.(string)
			name[k] = strings.Map(func(r rune) rune {
				if r > 0xff {
					return '?'
				}
				return r
			}, v)
		}
	case s.is("apostrophe-escaped"):
		for k, v := range name {
			v, _ := v.(string)
			name[k] = strings.ReplaceAll(v, "'", "&#39;")
		}
	case s.is("emails-dropped"):
		delete(p, "emails")
	case s.is("emails-without-primary"):
		list, _ := p["emails"].([]any)
		for _, e := range list {
			e, _ := e.(map[string]any)
			delete(e, "primary")
		}
	case s.is("externalid-dropped"):
		delete(p, "externalId")
	case s.is("displayname-dropped"):
		delete(p, "displayName")
	case s.is("extension-dropped"):
		delete(p, tinyEnterprise)
	case s.is("email-is-username"):
		p["emails"] = []any{map[string]any{"value": p["userName"], "primary": true, "type": "work"}}
	}
	_ = sent
}

// shown renders a person.
func (s *tiny) shown(p record, inList bool) record {
	c := clone(p)
	if id, _ := p["id"].(string); s.is("list-lags") && inList && s.old[id] != nil {
		c = clone(s.old[id])
	}
	if !s.is("password-returned") && (!s.is("password-in-list") || !inList) {
		delete(c, "password")
	}
	c["meta"] = record{"resourceType": "User", "location": "/scim/v2/Users/" + p["id"].(string)}
	var groups []any
	teams := s.groups
	if s.is("user-groups-stale") {
		teams = slices.Concat(s.groups, s.ghosts)
	}
	for _, g := range teams {
		list, _ := g["members"].([]any)
		for _, m := range list {
			if m.(map[string]any)["value"] == p["id"] {
				groups = append(groups, record{"value": g["id"], "display": g["displayName"], "$ref": "/scim/v2/Groups/" + g["id"].(string)})
			}
		}
	}
	if groups != nil {
		c["groups"] = groups
	}
	switch {
	case s.is("schemas-dropped"):
		delete(c, "schemas")
	case s.is("active-is-string"):
		c["active"] = map[any]string{true: "true", false: "false"}[c["active"]]
	case s.is("active-dropped"):
		delete(c, "active")
	case s.is("list-without-names") && inList:
		delete(c, "name")
		delete(c, "emails")
	case s.is("list-shows-all-active") && inList:
		c["active"] = true
	case s.is("list-without-ids") && inList:
		delete(c, "id")
	}
	return s.spoilPerson(c, inList)
}

func (s *tiny) person(w http.ResponseWriter, r *http.Request, id string, body record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.users, func(p record) bool { return p["id"] == id })
	if i >= 0 && s.is("inactive-unreadable") && s.users[i]["active"] == false {
		i = -1
	}
	if i < 0 {
		switch {
		case r.Method == http.MethodPut && s.is("put-creates"):
			p := clone(body)
			p["id"] = id
			p["userName"] = "made-" + id
			s.send(w, 201, s.shown(p, false))
		case r.Method == http.MethodPatch && s.is("patch-unknown-204"):
			w.WriteHeader(http.StatusNoContent)
		default:
			s.unknown(w, id)
		}
		return
	}
	p := s.users[i]
	switch r.Method {
	case http.MethodGet:
		s.send(w, 200, s.shown(p, false))
	case http.MethodPut:
		s.put(w, i, body)
	case http.MethodPatch:
		s.patch(w, i, body)
	case http.MethodDelete:
		s.buried = append(s.buried, p)
		s.users = slices.Delete(s.users, i, i+1)
		for _, g := range s.groups {
			if !s.is("deleted-people-stay-members") {
				s.dropMember(g, id)
			}
		}
		w.WriteHeader(http.StatusNoContent)
	default:
		s.fail(w, 405, "", "method not allowed")
	}
}

func (s *tiny) put(w http.ResponseWriter, i int, body record) {
	p := s.users[i]
	id := p["id"].(string)
	name, _ := body["userName"].(string)
	title, hasTitle := body["title"].(string)
	_, hasMeta := body["meta"]
	_, hasGroups := body["groups"]
	switch {
	case s.is("put-echoed-groups-refused") && hasGroups && len(body["groups"].([]any)) > 0:
		s.fail(w, 400, "mutability", "groups is read-only")
		return
	case s.is("put-userName-case-409") && strings.EqualFold(name, p["userName"].(string)) && name != p["userName"]:
		s.fail(w, 409, "uniqueness", "taken")
		return
	case s.is("put-405"):
		s.fail(w, 405, "", "method not allowed")
		return
	case s.is("put-refuses-meta") && hasMeta, s.is("put-refuses-groups") && hasGroups:
		s.fail(w, 400, "mutability", "that is read-only")
		return
	case s.is("put-needs-password") && body["password"] == nil:
		s.fail(w, 400, "invalidValue", "password is required")
		return
	case s.is("put-refuses-empty") && hasTitle && title == "":
		s.fail(w, 400, "invalidValue", "title must not be empty")
		return
	case s.taken(name, p) && !s.is("put-steals-username"), s.is("put-own-username-409"):
		s.fail(w, 409, "uniqueness", "taken")
		return
	case s.is("put-not-stored"):
		c := clone(body)
		c["id"] = id
		s.send(w, 200, s.shown(c, false))
		return
	}
	next := clone(body)
	delete(next, "groups")
	delete(next, "meta")
	next["id"], next["born"] = id, p["born"]
	if next["password"] == nil && p["password"] != nil {
		next["password"] = p["password"]
	}
	if title == "" {
		delete(next, "title")
	}
	if s.refuses(w, body) {
		return
	}
	s.spoilPut(p, next)
	keep := func(attr string) {
		if p[attr] != nil {
			next[attr] = p[attr]
		}
	}
	switch {
	case s.is("put-merges"):
		for k := range p {
			if _, there := next[k]; !there {
				keep(k)
			}
		}
	case s.is("put-keeps-username"):
		keep("userName")
	case s.is("put-keeps-names"):
		keep("name")
	case s.is("put-ignores-case-change") && strings.EqualFold(name, p["userName"].(string)):
		keep("userName")
	case s.is("put-drops-phones"):
		delete(next, "phoneNumbers")
	case s.is("put-drops-middlename"):
		if n, ok := next["name"].(map[string]any); ok {
			delete(n, "middleName")
		}
	case s.is("put-drops-title"):
		delete(next, "title")
	case s.is("put-keeps-active"):
		keep("active")
	case s.is("put-keeps-extension"):
		keep(tinyEnterprise)
	case s.is("put-appends-emails"):
		old, _ := p["emails"].([]any)
		list, _ := next["emails"].([]any)
		next["emails"] = append(slices.Clone(list), old...)
	case s.is("put-drops-externalid"):
		delete(next, "externalId")
	case s.is("put-deactivates"):
		next["active"] = false
	case s.is("put-applies-groups"):
		if groups, there := body["groups"].([]any); there && len(groups) == 0 {
			for _, g := range s.groups {
				s.dropMember(g, id)
			}
		}
	case s.is("put-changes-id"):
		next["id"] = s.next()
	}
	s.change(next, body)
	if s.is("put-writes-to-last") {
		last := s.users[len(s.users)-1]
		last["name"] = next["name"]
		s.send(w, 200, s.short(s.shown(next, false)))
		return
	}
	s.users[i] = next
	s.old[id] = clone(p)
	if s.is("list-by-change") {
		s.users = append(slices.Delete(s.users, i, i+1), next)
	}
	if s.is("username-change-leaves-groups") && next["userName"] != p["userName"] {
		for _, g := range s.groups {
			s.dropMember(g, id)
		}
	}
	switch {
	case s.is("put-empty-body"):
		w.WriteHeader(http.StatusOK)
	case s.is("put-204"):
		w.WriteHeader(http.StatusNoContent)
	case s.is("put-answers-old"):
		s.send(w, 200, s.shown(p, false))
	default:
		s.send(w, 200, s.short(s.shown(next, false)))
	}
}

func (s *tiny) patch(w http.ResponseWriter, i int, body record) {
	p := s.users[i]
	ops, _ := body["Operations"].([]any)
	for _, o := range ops {
		op, _ := o.(map[string]any)
		value, isObject := op["value"].(map[string]any)
		if !isObject || s.is("patch-needs-path") {
			s.fail(w, 400, "noTarget", "path is missing")
			return
		}
		active, isActive := value["active"].(bool)
		if password, ok := value["password"]; ok {
			if s.refuses(w, value) {
				return
			}
			if s.is("password-drops-title") {
				delete(p, "title")
			}
			if s.is("password-patch-400") {
				s.fail(w, 400, "invalidPath", "password is not known")
				return
			}
			p["password"] = password
		}
		if !isActive {
			continue
		}
		switch {
		case s.is("patch-405"):
			s.fail(w, 405, "", "method not allowed")
			return
		case s.is("patch-not-stored"):
			c := clone(p)
			c["active"] = active
			s.send(w, 200, s.shown(c, false))
			return
		case s.is("reactivation-not-stored") && active:
			continue
		case s.is("reactivation-400") && active && p["active"] == false:
			s.fail(w, 400, "", "an inactive person cannot be changed")
			return
		case s.is("deactivation-deletes") && !active:
			s.send(w, 200, s.shown(p, false))
			s.users = slices.Delete(s.users, i, i+1)
			return
		case s.is("deactivation-repeated-404") && !active && p["active"] == false:
			s.unknown(w, p["id"].(string))
			return
		case s.is("patch-toggles") && p["active"] == active:
			active = !active
		case s.is("reactivation-hits-everybody") && active:
			s.everybodyActive()
		case s.is("deactivation-clears-names") && !active:
			delete(p, "name")
		case s.is("deactivation-frees-username") && !active:
			p["userName"] = p["userName"].(string) + ".deactivated"
		case s.is("deactivation-leaves-groups") && !active:
			for _, g := range s.groups {
				s.dropMember(g, p["id"].(string))
			}
		case s.is("deactivation-hits-neighbour") && !active && len(s.users) > 1:
			s.users[(i+1)%len(s.users)]["active"] = false
			s.users[(i+len(s.users)-1)%len(s.users)]["active"] = false
		}
		p["active"] = active
		if s.is("patch-answers-old") {
			c := clone(p)
			c["active"] = !active
			s.send(w, 200, s.shown(c, false))
			return
		}
	}
	s.send(w, 200, s.shown(p, false))
}
