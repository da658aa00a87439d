package conformance

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/oktascim/oktascim/internal/targetprofile"
)

// post learns from a create.
func (s *scene) post(kind string, all map[string]*known, ex *Exchange, body any) {
	o, _ := body.(map[string]any)
	if kind == "Users" {
		s.posts = append(s.posts, post{keys: slices.Collect(maps.Keys(o)), taken: succeeded(ex)})
		if succeeded(ex) && s.own {
			s.refusedAttributes()
		}
	}
	name := text(body, nameOf(kind))
	for where, free := range s.deleted {
		if !strings.HasPrefix(where, kind) || free == "" || free != name {
			continue
		}
		switch ex.Status {
		case http.StatusCreated:
			s.word(strings.ToLower(kind)+".nameFreeAfterDelete", "yes", s.from)
		case http.StatusConflict:
			s.word(strings.ToLower(kind)+".nameFreeAfterDelete", "no", s.from)
		}
	}
	id := text(ex.value, "id")
	if !succeeded(ex) || id == "" {
		return
	}
	k := &known{is: map[string]any{}, members: map[string]bool{}}
	all[id] = k
	k.whole(o)
	if kind == "Groups" && len(k.members) > 0 && s.allKnown(k.members) {
		k.due = append(k.due, effect{path: "members.inCreate", here: slices.Collect(maps.Keys(k.members))})
	}
}

// whole takes the body of a POST or PUT as the state that is to be.
func (k *known) whole(o map[string]any) {
	k.is = maps.Clone(o)
	k.sent = nil
	for name, v := range o {
		if l, isList := v.([]any); v != nil && (!isList || len(l) > 0) {
			k.sent = append(k.sent, name)
		}
	}
	k.members = map[string]bool{}
	for _, id := range memberIDs(o) {
		k.members[id] = true
	}
	k.due = nil
}

func (s *scene) allKnown(ids map[string]bool) bool {
	for id := range ids {
		if s.users[id] == nil {
			return false
		}
	}
	return true
}

// refusedAttributes compares a create that was taken with those before it that were
// not: the one attribute that only they have is what was refused.
func (s *scene) refusedAttributes() {
	taken := s.posts[len(s.posts)-1].keys
	for _, p := range s.posts[:len(s.posts)-1] {
		more := slices.DeleteFunc(slices.Clone(p.keys), func(k string) bool { return slices.Contains(taken, k) })
		if !p.taken && len(more) == 1 && len(p.keys) == len(taken)+1 {
			first(s.refused, more[0], s.from)
		}
	}
}

// put takes the new state; whether it was stored is not what a profile is about.
func (s *scene) put(kind string, k *known, ex *Exchange, body any) {
	o, ok := body.(map[string]any)
	if !ok || !succeeded(ex) {
		return
	}
	members := k.members
	k.whole(o)
	if _, given := member(o, "members"); kind == "Groups" && !given {
		k.members = members
	}
}

// read checks what is due, and takes what is there as the state.
func (s *scene) read(kind, id string, k *known, ex *Exchange, query url.Values) {
	if _, was := s.deleted[kind+"/"+id]; was {
		s.afterDelete(kind, ex)
		return
	}
	if k == nil {
		return
	}
	if query.Get("attributes") != "" || query.Get("excludedAttributes") != "" {
		s.partial(kind, k, ex, query)
		return
	}
	o, ok := ex.value.(map[string]any)
	if ex.Status != http.StatusOK || !ok {
		return
	}
	if kind == "Users" {
		s.attributes(k, o)
		s.groupsOf(id, o)
	}
	visible := s.words["members.read"][string(targetprofile.InGroup)] != "" || len(memberIDs(o)) > 0
	for _, e := range k.due {
		if e.attr != "" || visible {
			s.saw(e.path, e.outcome(o), s.from)
		}
		if e.n > 0 && visible && e.outcome(o) == targetprofile.Works {
			s.largest("members.mostPerPatchSeen", e.n, s.from)
		}
	}
	if kind == "Groups" {
		if len(k.due) == 0 || slices.ContainsFunc(k.due, func(e effect) bool { return e.path == "members.inCreate" }) || len(memberIDs(o)) > 0 {
			s.shows(targetprofile.InGroup, k, o)
		}
		if visible {
			k.members = map[string]bool{}
			for _, m := range memberIDs(o) {
				k.members[m] = true
			}
		}
	}
	k.hidden = nil
	if kind == "Groups" && !visible {
		k.hidden = k.due
	}
	k.due, k.is = nil, maps.Clone(o)
}

// groupsOf learns from the groups of a person: whether they show memberships, and, where
// the groups themselves do not, what a PATCH did.
func (s *scene) groupsOf(id string, user map[string]any) {
	entries, _ := list(user, "groups")
	for gid, g := range s.groups {
		in := slices.ContainsFunc(entries, func(e any) bool { return text(e, "value") == gid })
		if g.members[id] && (in || len(g.due)+len(g.hidden) == 0) {
			s.word(map[bool]string{true: "members.read", false: "members.hidden"}[in], string(targetprofile.OfUser), s.from)
		}
		if s.words["members.read"][string(targetprofile.OfUser)] == "" {
			continue
		}
		for _, e := range g.hidden {
			if here := slices.Equal(e.here, []string{id}); here && len(e.gone) == 0 || slices.Equal(e.gone, []string{id}) && len(e.here) == 0 {
				s.saw(e.path, map[bool]targetprofile.Support{true: targetprofile.Works, false: targetprofile.Ignored}[in == here], s.from)
				g.members[id] = in
				if !in {
					delete(g.members, id)
				}
			}
		}
		g.hidden = nil
	}
}

// outcome says whether the resource shows the effect.
func (e effect) outcome(o map[string]any) targetprofile.Support {
	if e.attr != "" {
		if got, _ := at(o, e.attr); got == e.value {
			return targetprofile.Works
		}
		return targetprofile.Ignored
	}
	ids := memberIDs(o)
	for _, id := range e.here {
		if !slices.Contains(ids, id) {
			return targetprofile.Ignored
		}
	}
	for _, id := range e.gone {
		if slices.Contains(ids, id) {
			return targetprofile.Ignored
		}
	}
	return targetprofile.Works
}

// kept are attributes that a server is to give back (RFC 7643 §4.1, §4.3).
func kept() []string {
	return []string{
		"userName", "name", "displayName", "nickName", "profileUrl", "title", "userType", "preferredLanguage", "locale", "timezone",
		"active", "emails", "phoneNumbers", "addresses", "externalId", enterpriseURN,
	}
}

// attributes notes which of those that were sent came back.
func (s *scene) attributes(k *known, o map[string]any) {
	for _, name := range kept() {
		if _, there := member(o, name); there {
			first(s.back, name, s.from)
		} else if slices.Contains(k.sent, name) {
			first(s.lost, name, s.from)
		}
	}
}

// partial learns whether the members of a group can be left out.
func (s *scene) partial(kind string, k *known, ex *Exchange, query url.Values) {
	if kind != "Groups" || query.Get("excludedAttributes") != "members" || len(k.members) == 0 || len(k.due) > 0 {
		return
	}
	switch {
	case refusal(ex.Status):
		s.saw("lists.excludedAttributes", targetprofile.Refused, s.from)
	case ex.Status == http.StatusOK && len(memberIDs(ex.value)) == 0:
		s.saw("lists.excludedAttributes", targetprofile.Works, s.from)
	case ex.Status == http.StatusOK:
		s.saw("lists.excludedAttributes", targetprofile.Ignored, s.from)
	}
}

func (s *scene) delete(kind, id string, all map[string]*known, ex *Exchange) {
	fact := strings.ToLower(kind) + ".delete"
	switch {
	case succeeded(ex):
		s.deleted[kind+"/"+id] = text(all[id].is, nameOf(kind))
		delete(all, id)
		for _, g := range s.groups {
			delete(g.members, id)
			g.due = nil
		}
	case ex.Status == http.StatusMethodNotAllowed, ex.Status == http.StatusNotImplemented, ex.Status == http.StatusForbidden:
		s.word(fact, string(targetprofile.NoDelete), s.from)
	}
}

// afterDelete looks at what a DELETE has left.
func (s *scene) afterDelete(kind string, ex *Exchange) {
	fact := strings.ToLower(kind) + ".delete"
	active, _ := member(ex.value, "active")
	switch {
	case ex.Status == http.StatusNotFound, ex.Status == http.StatusGone:
		s.word(fact, string(targetprofile.Gone), s.from)
	case ex.Status == http.StatusOK && active == false:
		s.word(fact, string(targetprofile.Deactivated), s.from)
	case ex.Status == http.StatusOK:
		s.word(fact, string(targetprofile.Kept), s.from)
	}
}

// patch notes what a PATCH should have done. Only operations of known forms that
// change something that is known teach anything.
func (s *scene) patch(kind string, k *known, ex *Exchange, body any) {
	operations, _ := list(body, "Operations")
	var due []effect
	plain := true // every operation has been understood
	for _, op := range operations {
		e, ok := s.effect(kind, k, op)
		plain = plain && ok
		if ok && e.path != "" {
			due = append(due, e)
		}
	}
	k.sent = nil
	switch {
	case succeeded(ex):
		// What a later operation takes back again cannot be seen.
		for i := range k.due {
			k.due[i].forget(due)
		}
		k.due = slices.DeleteFunc(append(k.due, due...), func(e effect) bool { return e.attr == "" && len(e.here)+len(e.gone) == 0 })
		k.apply(due)
		if !plain {
			k.due, k.is = nil, map[string]any{}
		}
	case plain && len(due) == 1 && len(operations) == 1 && requestHeader(ex, "If-Match") == "":
		if refusal(ex.Status) {
			s.saw(due[0].path, targetprofile.Refused, s.from)
		}
		if due[0].n > 1 && (refusal(ex.Status) || ex.Status == http.StatusRequestEntityTooLarge) {
			s.refusedAdds = append(s.refusedAdds, number{due[0].n, s.from})
		}
	}
}

// forget drops from an effect what later ones undo or repeat.
func (e *effect) forget(later []effect) {
	for _, o := range later {
		touched := func(id string) bool { return slices.Contains(o.here, id) || slices.Contains(o.gone, id) }
		e.here, e.gone = slices.DeleteFunc(e.here, touched), slices.DeleteFunc(e.gone, touched)
		if e.attr != "" && e.attr == o.attr {
			e.attr = ""
		}
	}
}

func (k *known) apply(due []effect) {
	for _, e := range due {
		for _, id := range e.here {
			k.members[id] = true
		}
		for _, id := range e.gone {
			delete(k.members, id)
		}
		if e.attr != "" {
			k.is[e.attr] = e.value
		}
	}
}

// effect reads one operation. ok is false if it is none of the forms that a profile is
// about; the path of the effect is "" if it would change nothing.
func (s *scene) effect(kind string, k *known, op any) (e effect, ok bool) {
	verb, path := strings.ToLower(text(op, "op")), text(op, "path")
	value, _ := member(op, "value")
	if kind == "Users" {
		return k.userEffect(verb, path, value)
	}
	object, isObject := value.(map[string]any)
	switch {
	case verb == "replace" && path == "" && isObject && text(object, "displayName") != "":
		if _, both := member(object, "members"); both {
			return e, false
		}
		return k.attrEffect("patch.groups.renameWithoutPath", "displayName", object["displayName"]), true
	case verb == "replace" && path == "" && isObject:
		ids := memberIDs(object)
		return s.membersEffect(k, "patch.groups.replaceWithoutPath", ids, k.without(ids)), true
	case verb == "replace" && path == "displayName":
		return k.attrEffect("patch.groups.renameByPath", "displayName", value), true
	case verb == "replace" && path == "members":
		ids := memberIDs(map[string]any{"members": value})
		return s.membersEffect(k, "patch.groups.replaceMembers", ids, k.without(ids)), true
	case verb == "add" && path == "members":
		ids := memberIDs(map[string]any{"members": value})
		e = s.membersEffect(k, "patch.groups.addMembers", ids, nil)
		if e.n = len(e.here); e.n != len(ids) {
			e.n = 0
		}
		return e, true
	case verb == "remove" && path == "members" && value != nil:
		return s.membersEffect(k, "patch.groups.removeByValue", nil, memberIDs(map[string]any{"members": value})), true
	case verb == "remove" && strings.HasPrefix(path, `members[value eq "`) && strings.HasSuffix(path, `"]`):
		id := strings.TrimSuffix(strings.TrimPrefix(path, `members[value eq "`), `"]`)
		return s.membersEffect(k, "patch.groups.removeByFilter", nil, []string{id}), true
	}
	return e, false
}

func (k *known) userEffect(verb, path string, value any) (effect, bool) {
	if verb != "replace" {
		return effect{}, false
	}
	fact := "patch.users.byPath"
	if object, isObject := value.(map[string]any); path == "" && isObject && len(object) == 1 {
		fact = "patch.users.withoutPath"
		for path, value = range object {
		}
	}
	right := map[string]bool{"active": true, "displayName": true, "title": true, "nickName": true, "locale": true}[path]
	switch value.(type) {
	case bool:
		right = right && path == "active"
	case string:
		right = right && path != "active"
	default:
		right = false
	}
	if !right {
		return effect{}, false
	}
	return k.attrEffect(fact, path, value), true
}

// attrEffect is an effect on one attribute, without a path if it has the value already.
func (k *known) attrEffect(fact, attr string, value any) effect {
	if was, there := k.is[attr]; there && was == value {
		return effect{}
	}
	return effect{path: fact, attr: attr, value: value}
}

// membersEffect keeps the ids that change, all of them known people.
func (s *scene) membersEffect(k *known, fact string, here, gone []string) effect {
	e := effect{path: fact}
	for _, id := range here {
		if s.users[id] == nil {
			return effect{}
		}
		if !k.members[id] && !slices.Contains(e.here, id) {
			e.here = append(e.here, id)
		}
	}
	for _, id := range gone {
		if k.members[id] {
			e.gone = append(e.gone, id)
		}
	}
	if len(e.here)+len(e.gone) == 0 {
		return effect{}
	}
	return e
}

// without are the members that are not among ids.
func (k *known) without(ids []string) []string {
	var rest []string
	for id := range k.members {
		if !slices.Contains(ids, id) {
			rest = append(rest, id)
		}
	}
	return rest
}
