package oktasim

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// Statuses of a user.
const (
	userStaged        = "STAGED"
	userProvisioned   = "PROVISIONED"
	userActive        = "ACTIVE"
	userSuspended     = "SUSPENDED"
	userDeprovisioned = "DEPROVISIONED"
	userLockedOut     = "LOCKED_OUT"
	userRecovery      = "RECOVERY"
	userExpired       = "PASSWORD_EXPIRED"
)

type user struct {
	id     string
	status string
	// profile is never changed in place: a write puts a new map here, so that views
	// may share it.
	profile map[string]any

	created, activated, statusChanged, lastUpdated, passwordChanged time.Time
	hasPassword                                                     bool

	groups idSet // groups that the user is a member of
	apps   idSet // apps with an app user for this user

	born       time.Time        // with the fraction of the second; zero if the seed brought it
	past       []version[*user] // what the search index may still hold
	evaluating bool             // group rules are looking at the user
}

func (u *user) text(attribute string) string {
	s, _ := u.profile[attribute].(string)
	return s
}

func (u *user) login() string { return u.text("login") }

// displayName is how log events call the user.
func (u *user) displayName() string {
	return cmp.Or(strings.TrimSpace(u.text("firstName")+" "+u.text("lastName")), u.login())
}

// baseAttributes is Okta's default user profile (developer.okta.com, "Okta user profile").
func baseAttributes() []string {
	return []string{"login", "email", "secondEmail", "firstName", "lastName", "middleName", "honorificPrefix", "honorificSuffix",
		"title", "displayName", "nickName", "profileUrl", "primaryPhone", "mobilePhone", "streetAddress", "city", "state", "zipCode",
		"countryCode", "postalAddress", "preferredLanguage", "locale", "timezone", "userType", "employeeNumber", "costCenter",
		"organization", "division", "department", "managerId", "manager"}
}

// nullAttributes stand in every answer, as null if they are not set; other base
// attributes are left out then.
func nullAttributes() []string {
	return []string{"firstName", "lastName", "mobilePhone", "secondEmail", "login", "email"}
}

type userView struct {
	ID              string         `json:"id"`
	Status          string         `json:"status"`
	Created         stamp          `json:"created"`
	Activated       stamp          `json:"activated"`
	StatusChanged   stamp          `json:"statusChanged"`
	LastLogin       stamp          `json:"lastLogin"`
	LastUpdated     stamp          `json:"lastUpdated"`
	PasswordChanged stamp          `json:"passwordChanged"`
	RealmID         string         `json:"realmId,omitzero"`
	Type            idView         `json:"type"`
	Profile         map[string]any `json:"profile"`
	Credentials     *credentials   `json:"credentials,omitzero"`
	Links           links          `json:"_links"`
}

type idView struct {
	ID string `json:"id"`
}

type credentials struct {
	Password *struct{} `json:"password,omitzero"`
	Provider provider  `json:"provider"`
}

type provider struct {
	Type string `json:"type"`
	Name string `json:"name"`
}

// view is a user as lists show it; full adds the links of a single read.
func (c *call) userView(u *user, full bool) userView {
	profile := u.profile
	for _, name := range nullAttributes() {
		if _, set := profile[name]; !set {
			profile = maps.Clone(profile)
			profile[name] = nil
		}
	}
	v := userView{
		ID: u.id, Status: u.status,
		Created: stamp(u.created), Activated: stamp(u.activated), StatusChanged: stamp(u.statusChanged),
		LastUpdated: stamp(u.lastUpdated), PasswordChanged: stamp(u.passwordChanged),
		Type: idView{c.org.userType}, Profile: profile,
		Links: links{"self": href{Href: c.href("users", u.id)}},
	}
	if c.org.quirks.Realms {
		v.RealmID = prefixRealm + c.org.orgID[len(prefixOrg):]
	}
	omit := c.r.Header.Get("Content-Type")
	if !strings.Contains(omit, "omitCredentials,") && !strings.Contains(omit, `omitCredentials"`) {
		v.Credentials = &credentials{Provider: provider{"OKTA", "OKTA"}}
		if u.hasPassword {
			v.Credentials.Password = &struct{}{}
		}
	}
	if full {
		c.addUserLinks(u, v.Links, !strings.Contains(omit, "omitCredentialsLinks"))
	}
	return v
}

func (c *call) addUserLinks(u *user, l links, withCredentials bool) {
	post := func(action string) href { return href{Href: c.href("users", u.id, action)} }
	l["schema"] = href{Href: c.href("meta", "schemas", "user", c.org.schemaID())}
	l["type"] = href{Href: c.href("meta", "types", "user", c.org.userType)}
	switch u.status {
	case userActive:
		l["suspend"], l["deactivate"] = post("lifecycle/suspend"), post("lifecycle/deactivate")
		if withCredentials {
			l["resetPassword"], l["changePassword"] = post("lifecycle/reset_password"), post("credentials/change_password")
			l["expirePassword"], l["changeRecoveryQuestion"] = post("lifecycle/expire_password"), post("credentials/change_recovery_question")
		}
	case userSuspended:
		l["unsuspend"], l["deactivate"] = post("lifecycle/unsuspend"), post("lifecycle/deactivate")
	case userStaged:
		l["activate"], l["deactivate"] = post("lifecycle/activate"), post("lifecycle/deactivate")
	case userDeprovisioned:
		l["activate"], l["delete"] = post("lifecycle/activate"), href{Href: c.href("users", u.id), Hints: allow(http.MethodDelete)}
	default:
		l["reactivate"], l["deactivate"] = post("lifecycle/reactivate"), post("lifecycle/deactivate")
	}
}

// userNamed finds a user by id, login or the part of a login before the @; "me" is
// the owner of the token.
func (c *call) userNamed(name string) (*user, *apiError) {
	o := c.org
	if name == "me" && c.who.userID != "" {
		name = c.who.userID
	}
	if u := o.users[name]; u != nil {
		return u, nil
	}
	if strings.Contains(name, "/") { // such a login is only found by id
		return nil, notFound(name, "User")
	}
	if id, found := o.logins[strings.ToLower(name)]; found {
		return o.users[id], nil
	}
	var short *user
	for login, id := range o.logins {
		if before, _, isMail := strings.Cut(login, "@"); isMail && before == strings.ToLower(name) {
			if short != nil {
				return nil, notFound(name, "User") // ambiguous
			}
			short = o.users[id]
		}
	}
	if short == nil {
		return nil, notFound(name, "User")
	}
	return short, nil
}

// one wraps a handler that works on the user of the path.
func oneUser(serve func(c *call, u *user) (reply, *apiError)) handler {
	return func(c *call) (reply, *apiError) {
		u, fail := c.userNamed(c.arg("user"))
		if fail != nil {
			return reply{}, fail
		}
		return serve(c, u)
	}
}

func getUser(c *call, u *user) (reply, *apiError) {
	v := c.userView(u, true)
	return reply{status: http.StatusOK, body: v, header: http.Header{"Etag": {etag(v)}}}, nil
}

// etag is W/ and 64 hex digits, which only single users have.
func etag(v any) string {
	raw, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return `W/""`
	}
	sum := sha256.Sum256(raw)
	return `W/"` + hex.EncodeToString(sum[:]) + `"`
}

func listUsers(c *call) (reply, *apiError) {
	o, q := c.org, c.query()
	if prefix := q.Get("q"); prefix != "" {
		return c.findUsers(strings.ToLower(prefix))
	}
	shown := func(u *user) *user {
		if u.status == userDeprovisioned {
			return nil
		}
		return u
	}
	rule := listRule{def: 200, max: 200, keep: []string{"filter", "search", "sortBy", "sortOrder", "fields"}}
	for _, kind := range []struct {
		param string
		terms terms
	}{{"search", userSearchTerms(o.custom)}, {"filter", userFilterTerms()}} {
		if text := q.Get(kind.param); text != "" {
			match, err := parseExpression(text, kind.terms)
			if err != nil {
				return reply{}, badSearch(err.Error())
			}
			search := kind.param == "search"
			shown = func(u *user) *user {
				if search {
					u = o.indexed(u)
				}
				if u == nil || !match.hits(userValues(o, u)) {
					return nil
				}
				return u
			}
			break
		}
	}
	project, fail := projection(q.Get("fields"))
	if fail != nil {
		return reply{}, fail
	}
	if q.Get("search") != "" {
		if fail := c.slowSearch(rule); fail != nil {
			return reply{}, fail
		}
		if sortBy := q.Get("sortBy"); sortBy != "" {
			hits := make([]sortable, 0, len(o.userIDs))
			for _, id := range o.userIDs {
				if u := shown(o.users[id]); u != nil {
					hits = append(hits, sortable{sortKey(userValues(o, u)(sortBy)), id, func() any { return project(c.userView(u, false)) }})
				}
			}
			return c.sorted(rule, hits)
		}
	}
	return list(c, rule, o.userIDs, func(id string) (any, bool) {
		u := shown(o.users[id])
		if u == nil {
			return nil, false
		}
		return project(c.userView(u, false)), true
	})
}

// findUsers answers q: a prefix of first name, last name or e-mail, at most limit
// (10) of them, and no paging.
func (c *call) findUsers(prefix string) (reply, *apiError) {
	limit, fail := c.limit(listRule{def: 10, max: 200})
	if fail != nil {
		return reply{}, fail
	}
	found := []userView{}
	for _, id := range c.org.userIDs {
		u := c.org.users[id]
		if len(found) == limit {
			break
		}
		if u.status != userDeprovisioned && slices.ContainsFunc([]string{"firstName", "lastName", "email"}, func(a string) bool {
			return strings.HasPrefix(strings.ToLower(u.text(a)), prefix)
		}) {
			found = append(found, c.userView(u, false))
		}
	}
	return ok(found)
}

// projection reads fields=id,status,profile:(login,email): the answer has only these
// members, and always id.
func projection(fields string) (func(any) any, *apiError) {
	if fields == "" {
		return func(v any) any { return v }, nil
	}
	top := map[string]bool{"id": true}
	var profile map[string]bool
	if before, inner, found := strings.Cut(fields, "profile:("); found {
		names, rest, closed := strings.Cut(inner, ")")
		if !closed {
			return nil, invalid("fields", "fields: The parentheses are not balanced.")
		}
		profile = map[string]bool{}
		for name := range strings.SplitSeq(names, ",") {
			profile[strings.TrimSpace(name)] = true
		}
		top["profile"] = true
		fields = before + rest
	}
	for name := range strings.SplitSeq(fields, ",") {
		top[strings.TrimSpace(name)] = true
	}
	return func(v any) any {
		raw, err := json.Marshal(v)
		var all map[string]any
		if err == nil {
			err = json.Unmarshal(raw, &all)
		}
		if err != nil {
			return v
		}
		maps.DeleteFunc(all, func(name string, _ any) bool { return !top[name] })
		if inner, is := all["profile"].(map[string]any); is && profile != nil {
			maps.DeleteFunc(inner, func(name string, _ any) bool { return !profile[name] })
		}
		return all
	}, nil
}

func listUserGroups(c *call, u *user) (reply, *apiError) {
	return list(c, listRule{def: 200, max: 200}, c.org.seenGroups(u), func(id string) (groupView, bool) {
		return c.groupView(c.org.groups[id], false), true
	})
}
