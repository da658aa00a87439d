package interop

import (
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
)

// Schemas of RFC 7643.
const (
	userURN       = "urn:ietf:params:scim:schemas:core:2.0:User"
	groupURN      = "urn:ietf:params:scim:schemas:core:2.0:Group"
	enterpriseURN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
)

// places says where each attribute of the app stands in SCIM, written down by hand: that
// oktascim reads it from the app's schema is one of the things that are tested.
// managerDisplayName is not here: it is read-only (RFC 7643 §4.3), a server may drop it.
var places = map[string]func(user object) any{
	"givenName":        func(u object) any { return in(u, "name", "givenName") },
	"familyName":       func(u object) any { return in(u, "name", "familyName") },
	"email":            func(u object) any { return of(u, "emails", "value") },
	"emailType":        func(u object) any { return of(u, "emails", "type") },
	"title":            func(u object) any { return in(u, "title") },
	"displayName":      func(u object) any { return in(u, "displayName") },
	"primaryPhone":     func(u object) any { return of(u, "phoneNumbers", "value") },
	"primaryPhoneType": func(u object) any { return of(u, "phoneNumbers", "type") },
	"streetAddress":    func(u object) any { return of(u, "addresses", "streetAddress") },
	"locality":         func(u object) any { return of(u, "addresses", "locality") },
	"region":           func(u object) any { return of(u, "addresses", "region") },
	"country":          func(u object) any { return of(u, "addresses", "country") },
	"employeeNumber":   func(u object) any { return in(u, enterpriseURN, "employeeNumber") },
	"department":       func(u object) any { return in(u, enterpriseURN, "department") },
	"managerValue":     func(u object) any { return in(u, enterpriseURN, "manager", "value") },
}

// in returns what stands at a path of names; nil if nothing does.
func in(o object, names ...string) any {
	var v any = o
	for _, name := range names {
		m, _ := v.(object)
		v = m[name]
	}
	return v
}

// of returns a value of the primary entry of a list, or of the only one.
func of(o object, list, name string) any {
	entries, _ := o[list].([]any)
	for _, e := range entries {
		if m, _ := e.(object); m["primary"] == true || len(entries) == 1 {
			return m[name]
		}
	}
	return nil
}

// asked is what the org asks for now: people by userName, and the members of the pushed
// groups by name. User names are in lower case, since they are compared without case
// (RFC 7643 §4.1.1).
type asked struct {
	people map[string]askedPerson
	groups map[string][]string
}

type askedPerson struct {
	id      string // in Okta
	profile object // of the app user
}

// asks reads the org as a person would: who has the app, which groups are pushed, who of
// those who have the app is in them.
func (r *rig) asks() asked {
	r.Helper()
	a := asked{map[string]askedPerson{}, map[string][]string{}}
	type appUser struct {
		ID          string
		Credentials struct{ UserName string }
		Profile     object
		Embedded    struct{ User struct{ Status string } } `json:"_embedded"`
	}
	userNames := map[string]string{}
	for _, u := range oktaList[appUser](r, "/api/v1/apps/"+r.app+"/users?limit=200&expand=user") {
		if s := u.Embedded.User.Status; s == "SUSPENDED" || s == "DEPROVISIONED" {
			continue
		}
		name := strings.ToLower(u.Credentials.UserName)
		a.people[name] = askedPerson{u.ID, u.Profile}
		userNames[u.ID] = name
		r.everAsked[u.ID] = true
	}
	type push struct{ SourceGroupID, Status string }
	type group struct{ Profile struct{ Name string } }
	type member struct{ ID string }
	for _, p := range oktaList[push](r, "/api/v1/apps/"+r.app+"/group-push/mappings?limit=100") {
		var g group
		unmarshal(r, r.okta(http.MethodGet, "/api/v1/groups/"+p.SourceGroupID, nil), &g)
		names := []string{}
		for _, m := range oktaList[member](r, "/api/v1/groups/"+p.SourceGroupID+"/users?limit=200") {
			if name, ok := userNames[m.ID]; ok {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		a.groups[g.Profile.Name] = names
	}
	return a
}

// disagreements compares the target with what the org asks for; empty if they agree.
func (r *rig) disagreements() []string {
	r.Helper()
	var diff []string
	say := func(format string, args ...any) { diff = append(diff, fmt.Sprintf(format, args...)) }
	want := r.asks()

	names := map[string]string{} // userName by the target's id
	found := map[string]int{}
	for _, u := range r.scimList("/Users") {
		id, _ := u["id"].(string)
		name, _ := u["userName"].(string)
		externalID, _ := u["externalId"].(string)
		name = strings.ToLower(name)
		names[id] = name
		p, ours := want.people[name]
		switch {
		case r.strangers[id] != nil:
			if d := cmp.Diff(r.strangers[id], content(u)); d != "" {
				say("%s is not Okta's and was changed: %s", name, d)
			}
		case ours:
			found[name]++
			r.comparePerson(say, name, p, u)
		case !r.everAsked[externalID]:
			say("%s (externalId %q) was never asked for", name, externalID)
		case u["active"] != false:
			say("%s is not asked for, but has active %v", name, u["active"])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want.people)) {
		if found[name] != 1 {
			say("%s is there %d times", name, found[name])
		}
	}
	r.compareGroups(say, want.groups, names)
	return diff
}

func (r *rig) comparePerson(say func(string, ...any), name string, want askedPerson, have object) {
	if have["externalId"] != want.id {
		say("%s has externalId %v, not %s", name, have["externalId"], want.id)
	}
	if have["active"] != true {
		say("%s has active %v", name, have["active"])
	}
	for _, attribute := range slices.Sorted(maps.Keys(places)) {
		w, known := want.profile[attribute]
		if !known {
			say("the app has no attribute %s", attribute)
		}
		h := places[attribute](have)
		if w == "" {
			w = nil
		}
		if h == "" {
			h = nil
		}
		if !reflect.DeepEqual(w, h) {
			say("%s has %s %v, not %v", name, attribute, h, w)
		}
	}
}

func (r *rig) compareGroups(say func(string, ...any), want map[string][]string, names map[string]string) {
	found := map[string]int{}
	for _, g := range r.scimList("/Groups") {
		id, _ := g["id"].(string)
		name, _ := g["displayName"].(string)
		if r.strangers[id] != nil {
			if d := cmp.Diff(r.strangers[id], content(g)); d != "" {
				say("group %s is not Okta's and was changed: %s", name, d)
			}
			continue
		}
		found[name]++
		members := []string{}
		entries, _ := g["members"].([]any)
		for _, e := range entries {
			m, _ := e.(object)
			value, _ := m["value"].(string)
			if names[value] == "" {
				say("group %s has a member %q who is nobody", name, value)
			}
			members = append(members, names[value])
		}
		slices.Sort(members)
		w, ok := want[name]
		if guest := r.guests[id]; guest != "" {
			w = slices.Sorted(slices.Values(append([]string{guest}, w...)))
		}
		if !ok {
			say("group %s is not pushed", name)
		} else if !slices.Equal(w, members) {
			say("group %s has %s, not %s", name, strings.Join(members, " "), strings.Join(w, " "))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if found[name] != 1 {
			say("group %s is there %d times", name, found[name])
		}
	}
}

// content is a resource without what a server adds to it at every answer.
func content(o object) object {
	o = maps.Clone(o)
	delete(o, "meta")
	return o
}

// stranger makes something in the target that is not Okta's.
func (r *rig) stranger(endpoint string, body object) {
	r.Helper()
	made := r.scim(http.MethodPost, endpoint, body)
	id, _ := made["id"].(string)
	r.strangers[id] = content(r.scim(http.MethodGet, endpoint+"/"+id, nil))
}

// there returns the path of somebody or something in the target by its name.
func (r *rig) there(endpoint, name string) string {
	r.Helper()
	for _, o := range r.scimList(endpoint) {
		if userName, _ := o["userName"].(string); strings.EqualFold(userName, name) || o["displayName"] == name {
			return fmt.Sprintf("%s/%s", endpoint, o["id"])
		}
	}
	r.Fatalf("the target has no %q under %s", name, endpoint)
	return ""
}

func (r *rig) idThere(endpoint, name string) string {
	r.Helper()
	return strings.TrimPrefix(r.there(endpoint, name), endpoint+"/")
}
