package conformance_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
)

func (s *tiny) teams(w http.ResponseWriter, r *http.Request, body record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch r.Method {
	case http.MethodGet:
		if s.is("groups-not-listed") && r.URL.Query().Get("filter") == "" {
			s.send(w, 200, s.listOf(nil, 0, 1, 100))
			return
		}
		if s.is("group-list-500") && r.URL.Query().Get("filter") == "" {
			s.fail(w, 500, "", "out of order")
			return
		}
		s.list(w, r, s.groups, "displayName", func(g record) any {
			c := s.team1(g)
			switch old := s.old[fmt.Sprint(g["id"])]; {
			case s.is("group-list-lags") && old != nil:
				c["displayName"] = old["displayName"]
			case s.is("group-list-shares-members"):
				c["members"] = s.groups[0]["members"]
			}
			return c
		})
	case http.MethodPost:
		name, _ := body["displayName"].(string)
		members, _ := body["members"].([]any)
		switch {
		case s.is("deleted-name-taken") && s.graves[name], s.is("old-names-taken") && s.graves["old "+name]:
			s.fail(w, 409, "uniqueness", "taken")
			return
		case s.is("empty-group-400") && len(members) == 0:
			s.fail(w, 400, "invalidValue", "members must not be empty")
			return
		}
		g := record{"schemas": []any{tinyGroup}, "id": s.next(), "displayName": name}
		if s.is("ids-shared-by-types") && len(s.users) > 0 {
			g["id"] = s.users[len(s.users)-1]["id"]
		}
		switch {
		case s.is("group-name-trimmed"):
			g["displayName"] = strings.ReplaceAll(name, "&", "and")
		case s.is("group-name-squeezed", "group-name-cut"):
			g["displayName"] = s.named(name)
		case s.is("deleted-members-return"):
			old, _ := s.ghost(name)["members"].([]any)
			members = slices.Concat(old, members)
		}
		if !s.is("post-ignores-members") && !s.is("post-and-put-ignore-members") {
			s.add(g, members)
		}
		if s.is("groups-at-once-lost") {
			before := slices.Clone(s.groups)
			s.stall()
			s.groups = before
		}
		s.groups = append(s.groups, g)
		answer := s.team1(g)
		status := 201
		switch {
		case s.is("group-create-200"):
			status = 200
		case s.is("group-create-without-id"):
			delete(answer, "id")
		case s.is("group-create-204"):
			w.WriteHeader(http.StatusNoContent)
			return
		case s.is("group-create-answers-nobody"):
			answer["members"] = []any{}
		case s.is("group-create-id-differs"):
			answer["id"] = "g-" + g["id"].(string)
		}
		s.send(w, status, answer)
	default:
		s.fail(w, 405, "", "method not allowed")
	}
}

func (s *tiny) team1(g record) record {
	c := clone(g)
	delete(c, "formerly")
	c["meta"] = record{"resourceType": "Group", "location": "/scim/v2/Groups/" + g["id"].(string)}
	switch {
	case s.is("group-schemas-dropped"):
		delete(c, "schemas")
	case s.is("group-members-hidden"):
		delete(c, "members")
	}
	return s.spoilGroup(c)
}

// add puts members in, each once.
func (s *tiny) add(g record, members []any) {
	list, _ := g["members"].([]any)
	for _, m := range members {
		m, _ := m.(map[string]any)
		if s.is("members-need-type") && m["type"] == nil {
			continue
		}
		if s.is("rejoin-ignored") && s.graves[fmt.Sprint(g["id"], m["value"])] {
			continue
		}
		there := slices.ContainsFunc(list, func(e any) bool { return e.(map[string]any)["value"] == m["value"] })
		if there && !s.is("add-repeats") {
			continue
		}
		list = append(list, map[string]any{"value": m["value"], "display": m["display"], "type": "User"})
	}
	if list == nil {
		list = []any{}
	}
	switch {
	case s.is("members-cut-at-50"):
		list = list[:min(50, len(list))]
	case s.is("members-cut-at-250"):
		list = list[:min(250, len(list))]
	case s.is("members-cut-at-500"):
		list = list[:min(500, len(list))]
	}
	g["members"] = list
}

func (s *tiny) dropMember(g record, id string) bool {
	list, _ := g["members"].([]any)
	n := len(list)
	s.graves[fmt.Sprint(g["id"], id)] = true
	list = slices.DeleteFunc(slices.Clone(list), func(e any) bool { return e.(map[string]any)["value"] == id })
	g["members"] = list
	return len(list) < n
}

func (s *tiny) team(w http.ResponseWriter, r *http.Request, id string, body record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.groups, func(g record) bool { return g["id"] == id })
	if i < 0 {
		switch {
		case r.Method == http.MethodDelete && s.is("group-delete-unknown-204"):
			w.WriteHeader(http.StatusNoContent)
		case r.Method != http.MethodGet && s.is("group-write-unknown-200"):
			s.send(w, 200, record{"schemas": []any{tinyGroup}, "id": id})
		default:
			s.unknown(w, id)
		}
		return
	}
	g := s.groups[i]
	if s.is("group-with-inactive-400") && r.Method != http.MethodGet && r.Method != http.MethodDelete && s.anyInactive(g) {
		s.fail(w, 400, "invalidValue", "an inactive person is no member")
		return
	}
	switch r.Method {
	case http.MethodGet:
		s.send(w, 200, s.team1(g))
	case http.MethodPut:
		s.putTeam(w, g, body)
	case http.MethodPatch:
		s.patchTeam(w, g, body)
	case http.MethodDelete:
		s.deleteTeam(w, i)
	default:
		s.fail(w, 405, "", "method not allowed")
	}
}

// ghost is the last deleted group of that name.
func (s *tiny) ghost(name string) record {
	for _, g := range slices.Backward(s.ghosts) {
		if g["displayName"] == name {
			return g
		}
	}
	return nil
}

func (s *tiny) anyInactive(g record) bool {
	list, _ := g["members"].([]any)
	return slices.ContainsFunc(s.users, func(p record) bool {
		return p["active"] == false && slices.ContainsFunc(list, func(m any) bool { return m.(map[string]any)["value"] == p["id"] })
	})
}

// left is the defect of a server that takes leaving a group for leaving.
func (s *tiny) left(id any) {
	for _, p := range s.users {
		if p["id"] == id && s.is("removal-deactivates") {
			p["active"] = false
		}
	}
}

func (s *tiny) deleteTeam(w http.ResponseWriter, i int) {
	g := s.groups[i]
	switch {
	case s.is("group-delete-clears-others"):
		list, _ := g["members"].([]any)
		for _, other := range s.groups {
			for _, m := range list {
				s.dropMember(other, fmt.Sprint(m.(map[string]any)["value"]))
			}
		}
	case s.is("group-delete-405"):
		s.fail(w, 405, "", "method not allowed")
		return
	case s.is("group-delete-not-empty-409") && len(g["members"].([]any)) > 0:
		s.fail(w, 409, "", "the group is not empty")
		return
	case s.is("group-delete-soft"):
		w.WriteHeader(http.StatusNoContent)
		return
	case s.is("group-delete-takes-members"):
		list, _ := g["members"].([]any)
		for _, m := range list {
			s.users = slices.DeleteFunc(s.users, func(p record) bool { return p["id"] == m.(map[string]any)["value"] })
		}
	case s.is("group-delete-deactivates-members"):
		list, _ := g["members"].([]any)
		for _, m := range list {
			for _, p := range s.users {
				if p["id"] == m.(map[string]any)["value"] {
					p["active"] = false
				}
			}
		}
	}
	name, _ := g["displayName"].(string)
	s.graves[name] = true
	s.ghosts = append(s.ghosts, g)
	s.groups = slices.Delete(s.groups, i, i+1)
	if s.is("group-delete-200") {
		s.send(w, 200, record{})
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *tiny) putTeam(w http.ResponseWriter, g, body record) {
	name, _ := body["displayName"].(string)
	members, _ := body["members"].([]any)
	switch {
	case s.is("group-put-405"):
		s.fail(w, 405, "", "method not allowed")
		return
	case s.is("group-put-own-name-409") && name == g["displayName"]:
		s.fail(w, 409, "uniqueness", "taken")
		return
	case s.is("group-put-name-immutable") && name != g["displayName"]:
		s.fail(w, 400, "mutability", "displayName cannot be changed")
		return
	case s.is("group-put-rename-clears") && name != g["displayName"]:
		g["displayName"], g["members"] = name, []any{}
		s.send(w, 200, s.team1(g))
		return
	case s.is("group-put-case-409") && name != g["displayName"] && strings.EqualFold(name, fmt.Sprint(g["displayName"])):
		s.fail(w, 409, "uniqueness", "taken")
		return
	case s.is("group-put-refuses-id") && body["id"] != nil:
		s.fail(w, 400, "mutability", "id is read-only")
		return
	case s.is("old-names-taken") && name != g["displayName"] && s.graves["old "+name]:
		s.fail(w, 409, "uniqueness", "taken")
		return
	}
	old, _ := g["members"].([]any)
	if s.is("replace-at-most-200") && len(members) > 200 {
		s.fail(w, 413, "tooMany", "at most 200 members")
		return
	}
	if s.is("group-put-shrink-400") && len(old)-len(members) > 50 {
		s.fail(w, 400, "tooMany", "at most 50 people may leave")
		return
	}
	if s.is("group-put-order-400") && len(old) == len(members) && slices.IndexFunc(old, func(m any) bool { return m.(map[string]any)["value"] == members[0].(map[string]any)["value"] }) > 0 {
		s.fail(w, 400, "invalidValue", "a member is there already")
		return
	}
	if s.is("group-answers-old") {
		defer s.send(w, 200, s.team1(g))
		w = httptest.NewRecorder()
	}
	if !s.is("group-put-keeps-name") {
		s.rename(g, name)
	}
	if s.is("membership-change-renames") && len(members) != len(old) {
		g["displayName"] = strings.ToLower(name)
	}
	stays := func(m any, in []any) bool {
		return slices.ContainsFunc(in, func(e any) bool { return e.(map[string]any)["value"] == m.(map[string]any)["value"] })
	}
	for _, m := range old {
		if !stays(m, members) {
			s.left(m.(map[string]any)["value"])
		}
	}
	switch {
	case s.is("group-put-into-empty-ignored") && len(old) == 0:
	case s.is("deleted-members-return"):
		ghosts, _ := s.ghost(name)["members"].([]any)
		g["members"] = []any{}
		s.add(g, slices.Concat(ghosts, members))
	case s.is("group-put-same-clears") && len(old) > 0 && len(old) == len(members) && !slices.ContainsFunc(old, func(m any) bool { return !stays(m, members) }):
		g["members"] = []any{}
	case s.is("group-put-diffs-by-index") && len(old) == len(members):
		for i, m := range old {
			if m.(map[string]any)["value"] != members[i].(map[string]any)["value"] {
				s.dropMember(g, fmt.Sprint(m.(map[string]any)["value"]))
			}
		}
	case s.is("group-put-ignores-members", "post-and-put-ignore-members"):
	case s.is("group-put-empty-400") && len(members) == 0 && len(g["members"].([]any)) > 0:
		s.fail(w, 400, "invalidValue", "a group needs a member")
		return
	case s.is("group-put-only-adds"):
		s.add(g, members)
	case s.is("group-put-ignores-empty") && len(members) == 0:
	case s.is("group-put-changes-all"):
		for _, other := range s.groups {
			other["members"] = []any{}
			s.add(other, members)
		}
	case s.is("group-put-clears"):
		g["members"] = []any{}
	default:
		g["members"] = []any{}
		s.add(g, members)
		for _, m := range old {
			s.graves[fmt.Sprint(g["id"], m.(map[string]any)["value"])] = !stays(m, members)
		}
	}
	s.send(w, 200, s.team1(g))
}

// named is the defect of a server that stores another name than it is given.
func (s *tiny) named(name string) string {
	if s.is("group-name-squeezed") {
		return strings.Join(strings.Fields(name), " ")
	}
	if s.is("group-name-cut") && len(name) > 100 {
		return name[:100]
	}
	return name
}

// rename stores a name, and remembers the old one for the defects that do.
func (s *tiny) rename(g record, name any) {
	old := fmt.Sprint(g["displayName"])
	if text, ok := name.(string); ok && s.is("rename-latin1") && text != old {
		name = strings.Map(func(r rune) rune {
			if r > 0xff {
				return '?'
			}
			return r
		}, text)
	}
	if text, ok := name.(string); ok {
		name = s.named(text)
	}
	if name != old {
		s.old[fmt.Sprint(g["id"])] = clone(g)
		s.graves["old "+old] = true
		if s.is("lookup-by-old-name") {
			g["formerly"] = old
		}
	}
	g["displayName"] = name
}

func (s *tiny) patchTeam(w http.ResponseWriter, g, body record) {
	ops, _ := body["Operations"].([]any)
	if s.is("patch-first-operation-only") && len(ops) > 1 {
		ops = ops[:1]
	}
	if s.is("patch-at-most-50-operations") && len(ops) > 50 {
		s.fail(w, 413, "tooMany", "at most 50 operations")
		return
	}
	if s.is("group-patch-501") {
		s.fail(w, 501, "", "PATCH is not supported")
		return
	}
	if s.is("group-answers-old") {
		defer s.send(w, 200, s.team1(g))
		w = httptest.NewRecorder()
	}
	if s.is("mixed-clears") && len(ops) > 1 {
		g["members"] = []any{}
	}
	for _, o := range ops {
		op, _ := o.(map[string]any)
		path, _ := op["path"].(string)
		if s.is("membership-change-renames") && path != "" {
			g["displayName"] = strings.ToLower(fmt.Sprint(g["displayName"]))
		}
		switch path {
		case "":
			value, _ := op["value"].(map[string]any)
			if !s.replacePlain(w, g, value) {
				return
			}
		case "members":
			members, _ := op["value"].([]any)
			if !s.patchMembers(w, g, op["op"], members) {
				return
			}
		default:
			if !s.removeMember(w, g, path) {
				return
			}
		}
	}
	if s.is("group-patch-204") {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	s.send(w, 200, s.team1(g))
}

func (s *tiny) replacePlain(w http.ResponseWriter, g record, value map[string]any) bool {
	_, hasID := value["id"]
	switch {
	case s.is("group-patch-needs-path"):
		s.fail(w, 400, "noTarget", "path is missing")
		return false
	case s.is("group-patch-refuses-id") && hasID:
		s.fail(w, 400, "mutability", "id is read-only")
		return false
	case s.is("group-patch-own-name-409") && value["displayName"] == g["displayName"]:
		s.fail(w, 409, "uniqueness", "taken")
		return false
	case s.is("rename-case-ignored") && strings.EqualFold(fmt.Sprint(value["displayName"]), fmt.Sprint(g["displayName"])):
		return true
	case s.is("rename-hits-all") && value["displayName"] != nil:
		for _, other := range s.groups {
			other["displayName"] = value["displayName"]
		}
	case s.is("rename-clears-members"):
		g["members"] = []any{}
	case s.is("rename-not-stored"):
		return true
	case s.is("members-without-path-400") && value["members"] != nil:
		s.fail(w, 400, "invalidPath", "path is missing")
		return false
	}
	if name, ok := value["displayName"]; ok {
		if s.is("old-names-taken") && name != g["displayName"] && s.graves["old "+fmt.Sprint(name)] {
			s.fail(w, 409, "uniqueness", "taken")
			return false
		}
		s.rename(g, name)
	}
	if members, ok := value["members"].([]any); ok {
		g["members"] = []any{}
		s.add(g, members)
	}
	return true
}

func (s *tiny) patchMembers(w http.ResponseWriter, g record, op any, members []any) bool {
	list, _ := g["members"].([]any)
	if s.is("patch-at-most-50") && len(members) > 50 {
		s.fail(w, 413, "tooMany", "at most 50 members")
		return false
	}
	if op == "replace" {
		switch {
		case s.is("replace-at-most-200") && len(members) > 200:
			s.fail(w, 413, "tooMany", "at most 200 members")
			return false
		case s.is("replace-members-400"):
			s.fail(w, 400, "invalidPath", "members cannot be replaced")
			return false
		case s.is("replace-empty-400") && len(members) == 0:
			s.fail(w, 400, "invalidValue", "value is empty")
			return false
		case s.is("replace-empty-ignored") && len(members) == 0:
			return true
		case s.is("replace-into-empty-ignored") && len(list) == 0:
			return true
		case s.is("replace-same-clears") && len(list) == len(members):
			g["members"] = []any{}
			return true
		case s.is("replace-only-adds"):
		default:
			if s.is("replace-hits-all") {
				for _, other := range s.groups {
					other["members"] = []any{}
				}
			}
			for _, m := range list {
				s.left(m.(map[string]any)["value"])
			}
			g["members"] = []any{}
		}
		s.add(g, members)
		return true
	}
	switch {
	case s.is("add-replaces"):
		g["members"] = []any{}
	case s.is("add-takes-first-only") && len(members) > 1:
		members = members[:1]
	case s.is("add-to-empty-500") && len(list) == 0:
		s.fail(w, 500, "", "null pointer")
		return false
	case s.is("add-not-stored"):
		return true
	case s.is("add-existing-409"):
		for _, m := range members {
			if slices.ContainsFunc(list, func(e any) bool { return e.(map[string]any)["value"] == m.(map[string]any)["value"] }) {
				s.fail(w, 409, "uniqueness", "a member already")
				return false
			}
		}
	case s.is("adds-lose-updates"):
		before := slices.Clone(list)
		s.stall()
		g["members"] = before
	case s.is("add-goes-to-all"):
		for _, other := range s.groups {
			s.add(other, members)
		}
	}
	s.add(g, members)
	return true
}

func (s *tiny) removeMember(w http.ResponseWriter, g record, path string) bool {
	m := regexp.MustCompile(`^members\[value eq "([^"]*)"\]$`).FindStringSubmatch(path)
	if m == nil || s.is("remove-400") {
		s.fail(w, 400, "invalidPath", "path not understood")
		return false
	}
	list, _ := g["members"].([]any)
	switch {
	case s.is("removes-lose-updates"):
		before := slices.Clone(list)
		s.stall()
		g["members"] = before
	case s.is("remove-stranger-hits-last") && len(list) > 0 && !slices.ContainsFunc(list, func(e any) bool { return e.(map[string]any)["value"] == m[1] }):
		g["members"] = list[:len(list)-1]
		return true
	case s.is("remove-ignored"):
		return true
	case s.is("remove-last-400") && len(list) == 1:
		s.fail(w, 400, "invalidValue", "a group needs a member")
		return false
	case s.is("remove-clears-all"):
		g["members"] = []any{}
		return true
	case s.is("remove-hits-all-groups"):
		for _, other := range s.groups {
			s.dropMember(other, m[1])
		}
	}
	s.left(m[1])
	if !s.dropMember(g, m[1]) && s.is("remove-stranger-404") {
		s.fail(w, 404, "", "no member")
		return false
	}
	return true
}
