package oktasource

import (
	"encoding/json"
	"slices"
	"time"
)

// The rows of Okta's lists, as far as they are read (developer.okta.com/docs/api).

type app struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Label    string   `json:"label"`
	Status   string   `json:"status"`
	Features []string `json:"features"`
	Settings struct {
		ImplicitAssignment bool `json:"implicitAssignment"`
	} `json:"settings"`
}

func (a app) rowID() string { return a.ID }

func (a app) active() bool { return a.Status == "ACTIVE" }

// has looks a feature up; features are a set, in no order.
func (a app) has(feature string) bool { return slices.Contains(a.Features, feature) }

// appUser is a person's assignment; its id is the Okta user's.
type appUser struct {
	ID          string `json:"id"`
	Status      string `json:"status"`
	Scope       string `json:"scope"`
	Credentials *struct {
		UserName string `json:"userName"`
	} `json:"credentials"`
	Profile map[string]any `json:"profile"`
	Links   appUserLinks   `json:"_links"`
}

func (u appUser) rowID() string { return u.ID }

// appUserLinks takes the granting group's name, and nothing when the shape is another:
// only people read it.
type appUserLinks struct{ group string }

func (l *appUserLinks) UnmarshalJSON(text []byte) error {
	var links struct {
		Group struct {
			Name string `json:"name"`
		} `json:"group"`
	}
	if json.Unmarshal(text, &links) == nil {
		l.group = links.Group.Name
	}
	return nil
}

// via says how the person is assigned.
func (u appUser) via() string {
	if u.Scope == "GROUP" {
		if u.Links.group != "" {
			return u.Links.group
		}
		return "a group"
	}
	return "direct"
}

// standing says whether somebody should exist in the target.
type standing int

const (
	entitled standing = iota
	notEntitled
	// undecided: neither written nor removed.
	undecided
)

// standing reads an assignment's status. The list is that of the API reference; which of
// them mean that the person should exist in the target follows from their descriptions.
// A status that nobody knows is undecided.
func (u appUser) standing() (standing, string) {
	switch u.Status {
	case "ACTIVE", "APPROVED", "PENDING", "PROVISIONED", "STAGED", "IMPLICIT":
		return entitled, ""
	case "DEPROVISIONED", "INACTIVE", "REVOKED", "SUSPENDED", "UNASSIGNED":
		return notEntitled, ""
	case "IMPORTED", "MATCHED":
		return undecided, "was imported from the app and is not confirmed in Okta: confirm the import there"
	}
	return undecided, "has the assignment status " + quoted(u.Status) + ", which is not known"
}

// oktaUser is a member of a group.
type oktaUser struct {
	ID     string `json:"id"`
	Status string `json:"status"`
}

func (u oktaUser) rowID() string { return u.ID }

// profiledUser is a member of a group with the profile, for connections without an app.
type profiledUser struct {
	oktaUser
	Profile map[string]any `json:"profile"`
}

// standing reads a user's status. Suspending sends nothing from Okta to an app, and
// somebody who is not activated yet is not provisioned (developer.okta.com, "SCIM
// concepts"): both are left as they are.
func (u oktaUser) standing() (standing, string) {
	switch u.Status {
	case "ACTIVE", "PROVISIONED", "RECOVERY", "PASSWORD_EXPIRED", "LOCKED_OUT":
		return entitled, ""
	case "DEPROVISIONED":
		return notEntitled, ""
	case "SUSPENDED":
		return undecided, "is suspended in Okta, which changes nothing in the target"
	case "STAGED":
		return undecided, "is not activated in Okta yet"
	}
	return undecided, "has the status " + quoted(u.Status) + ", which is not known"
}

type group struct {
	ID      string `json:"id"`
	Type    string `json:"type"`
	Profile struct {
		Name        string `json:"name"`
		Description string `json:"description"`
	} `json:"profile"`
	// Source is the app that an APP_GROUP belongs to.
	Source struct {
		ID string `json:"id"`
	} `json:"source"`
	Embedded struct {
		Stats *struct {
			Users        int `json:"usersCount"`
			PushMappings int `json:"groupPushMappingsCount"`
		} `json:"stats"`
	} `json:"_embedded"`
}

func (g group) rowID() string { return g.ID }

// users is how many members Okta counts; -1 if it does not say.
func (g group) users() int {
	if g.Embedded.Stats == nil {
		return -1
	}
	return g.Embedded.Stats.Users
}

// pushes is how many mappings of any app push the group, if Okta says so.
func (g group) pushes() (n int, known bool) {
	if g.Embedded.Stats == nil {
		return 0, false
	}
	return g.Embedded.Stats.PushMappings, true
}

type pushMapping struct {
	ID            string    `json:"id"`
	Status        string    `json:"status"`
	SourceGroupID string    `json:"sourceGroupId"`
	ErrorSummary  string    `json:"errorSummary"`
	LastUpdated   time.Time `json:"lastUpdated"`
}

func (m pushMapping) rowID() string { return m.ID }

// assignedGroup is a group that is assigned to an app.
type assignedGroup struct {
	ID string `json:"id"`
}

func (g assignedGroup) rowID() string { return g.ID }

// Page sizes are the largest that Okta allows; the fewer requests, the sooner a run is
// within its share.
const (
	appsPage     = 200
	appUsersPage = 500
	// secondAppUsersPage cuts the list into other pages when it is read once more.
	secondAppUsersPage = 499
	appGroupsPage      = 200
	// groupsPage: up to 10,000 are allowed, 200 are advised.
	groupsPage = 200
	usersPage  = 200
	pushesPage = 1000
	// membersPage may be too much for Okta (504); then smallMembersPage, which it
	// advises, is tried.
	membersPage      = 1000
	smallMembersPage = 200
)

func quoted(s string) string { return `"` + clip(s) + `"` }
