package oktasim

import (
	"slices"
	"strings"
	"time"
)

// What can be asked of users, groups and apps by filter and by search, as the
// documentation of each list gives it.

func order() []string { return []string{"eq", "gt", "ge", "lt", "le"} }

func only(attributes map[string][]string, times ...string) terms {
	return func(attribute string) ([]string, bool) {
		return attributes[attribute], slices.Contains(times, attribute)
	}
}

func userFilterTerms() terms {
	name := []string{"eq"}
	return only(map[string][]string{
		"status": name, "id": name, "lastUpdated": order(),
		"profile.login": name, "profile.email": name, "profile.firstName": name, "profile.lastName": name,
	}, "lastUpdated")
}

func userSearchTerms(custom map[string]bool) terms {
	all := append(order(), "sw", "pr")
	stamps := []string{"created", "activated", "statusChanged", "lastUpdated"}
	return func(attribute string) ([]string, bool) {
		name, isProfile := strings.CutPrefix(attribute, "profile.")
		switch {
		case slices.Contains(stamps, attribute):
			return append(order(), "pr"), true
		case slices.Contains([]string{"id", "status", "type.id"}, attribute):
			return all, false
		case isProfile && slices.Contains([]string{"firstName", "lastName", "email", "login"}, name):
			return append(all, "co"), false
		case isProfile && (slices.Contains(baseAttributes(), name) || custom[name]):
			return all, false
		}
		return nil, false
	}
}

func userValues(o *Org, u *user) values {
	return func(attribute string) []any {
		switch attribute {
		case "id":
			return []any{u.id}
		case "status":
			return []any{u.status}
		case "type.id":
			return []any{o.userType}
		case "created":
			return moment(u.created)
		case "activated":
			return moment(u.activated)
		case "statusChanged":
			return moment(u.statusChanged)
		case "lastUpdated":
			return moment(u.lastUpdated)
		}
		v := u.profile[strings.TrimPrefix(attribute, "profile.")]
		if list, is := v.([]any); is {
			return list
		}
		if v == nil {
			return nil
		}
		return []any{v}
	}
}

func moment(t time.Time) []any {
	if t.IsZero() {
		return nil
	}
	return []any{t}
}

func groupFilterTerms() terms {
	return only(map[string][]string{"id": {"eq"}, "type": {"eq"}, "lastUpdated": order(), "lastMembershipUpdated": order()},
		"lastUpdated", "lastMembershipUpdated")
}

func groupSearchTerms() terms {
	text, stamps := append(order(), "sw", "pr"), append(order(), "pr")
	name := append(slices.Clone(text), "co")
	return only(map[string][]string{
		"id": text, "type": text, "source.id": text, "profile.name": name, "profile.description": name,
		"created": stamps, "lastUpdated": stamps, "lastMembershipUpdated": stamps,
	}, "created", "lastUpdated", "lastMembershipUpdated")
}

func groupValues(g *group) values {
	return func(attribute string) []any {
		switch attribute {
		case "id":
			return []any{g.id}
		case "type":
			return []any{g.kind}
		case "created":
			return moment(g.created)
		case "lastUpdated":
			return moment(g.updated)
		case "lastMembershipUpdated":
			return moment(g.membershipUpdated)
		case "profile.name":
			return []any{g.profile.Name}
		case "profile.description":
			if g.profile.Description != nil {
				return []any{*g.profile.Description}
			}
		case "source.id":
			if g.source != "" {
				return []any{g.source}
			}
		}
		return nil
	}
}

func appFilterTerms() terms {
	name := []string{"eq"}
	return only(map[string][]string{"id": name, "status": name, "name": name, "user.id": name, "group.id": name})
}

func appValues(a *app) values {
	return func(attribute string) []any {
		var all []any
		switch attribute {
		case "id":
			all = append(all, a.id)
		case "status":
			all = append(all, a.status)
		case "name":
			all = append(all, a.name)
		case "user.id":
			for _, id := range a.userIDs {
				all = append(all, id)
			}
		case "group.id":
			for _, id := range a.groupIDs {
				all = append(all, id)
			}
		}
		return all
	}
}
