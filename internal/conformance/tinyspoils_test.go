package conformance_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// spoilHit applies the defects of a lookup by userName; raw is the value with
// its quotes and escapes.
func (s *tiny) spoilHit(same bool, p record, want, raw string) bool {
	got, _ := p["userName"].(string)
	switch {
	case s.is("filter-is-like"):
		like := strings.NewReplacer("_", ".", "%", ".*", `\*`, ".*").Replace(regexp.QuoteMeta(want))
		return regexp.MustCompile("(?i)^" + like + "$").MatchString(got)
	case s.is("filter-looks-at-emails"):
		list, _ := p["emails"].([]any)
		return same || slices.ContainsFunc(list, func(e any) bool {
			entry, _ := e.(map[string]any)
			address, _ := entry["value"].(string)
			return strings.EqualFold(address, want)
		})
	case s.is("filter-keeps-backslashes"):
		return strings.EqualFold(got, raw[1:len(raw)-1])
	}
	return same
}

// refuses applies the defects that refuse what Okta may send; it then has
// answered.
func (s *tiny) refuses(w http.ResponseWriter, body record) bool {
	name, _ := body["userName"].(string)
	password, _ := body["password"].(string)
	schemas, _ := body["schemas"].([]any)
	title, hasTitle := body["title"]
	switch {
	case s.is("username-needs-at") && name != "" && !strings.Contains(name, "@"),
		s.is("password-signs-refused") && strings.ContainsAny(password, `"<`),
		s.is("put-refuses-null") && hasTitle && title == nil,
		s.is("unknown-extension-refused") && slices.ContainsFunc(schemas, func(u any) bool { return strings.Contains(u.(string), "acme") }),
		s.is("emails-unique") && s.addressTaken(body):
		s.fail(w, 400, "invalidValue", "that is not taken here")
		return true
	}
	return false
}

func (s *tiny) addressTaken(body record) bool {
	return slices.ContainsFunc(s.users, func(p record) bool {
		a, _ := p["emails"].([]any)
		b, _ := body["emails"].([]any)
		return len(a) > 0 && len(b) > 0 && p["id"] != body["id"] &&
			a[0].(map[string]any)["value"] == b[0].(map[string]any)["value"]
	})
}

// spoilCreate applies the defects of storing a new person.
func (s *tiny) spoilCreate(p record) {
	name, _ := p["name"].(map[string]any)
	family, _ := name["familyName"].(string)
	switch {
	case s.is("null-is-no-name") && family == "Null":
		delete(name, "familyName")
	case s.is("names-cut-at-40") && len(family) > 40:
		name["familyName"] = family[:40]
	case s.is("create-drops-usertype"):
		delete(p, "userType")
	case s.is("create-drops-addresses"):
		delete(p, "addresses")
	case s.is("create-renames-first") && len(s.users) > 0:
		s.users[0]["name"] = p["name"]
	}
}

// spoilPut applies the defects of writing a whole person.
func (s *tiny) spoilPut(p, next record) {
	id, _ := p["id"].(string)
	switch {
	case s.is("old-usernames-stay-taken"):
		next["former"] = p["former"]
		if p["userName"] != next["userName"] {
			next["former"] = p["userName"]
		}
	case s.is("list-is-stale"):
		next["stale"] = map[string]any(clone(p))
	case s.is("put-appends-phones"):
		old, _ := p["phoneNumbers"].([]any)
		list, _ := next["phoneNumbers"].([]any)
		next["phoneNumbers"] = append(slices.Clone(list), old...)
	case s.is("put-leaves-groups"):
		for _, g := range s.groups {
			s.dropMember(g, id)
		}
	case s.is("put-deactivates-everybody") && next["active"] == false:
		for _, o := range s.users {
			o["active"] = false
		}
	case s.is("put-keeps-inactive") && p["active"] == false:
		next["active"] = false
	case s.is("reactivation-hits-everybody") && p["active"] == false && next["active"] == true:
		s.everybodyActive()
	case s.is("password-drops-title") && next["password"] != p["password"]:
		delete(next, "title")
	}
}

func (s *tiny) everybodyActive() {
	for _, p := range s.users {
		p["active"] = true
	}
}
