package oktasim

import "github.com/oktascim/oktascim/configs/orgs"

// Seed is what an org holds at the start. The zero value is an empty org. In a file it
// is YAML, read by [ParseSeed].
type Seed struct {
	// Number makes ids, generated people and cell-independent randomness: the same
	// number and the same seed give the same org.
	Number uint64 `yaml:"number"`
	// Cell is the three characters that end every id of the org; "1d7" if empty.
	Cell string `yaml:"cell"`
	// RateLimits is how strict the org is.
	RateLimits RateLimits `yaml:"rateLimits"`
	// Quirks switch behaviours that sources disagree about.
	Quirks Quirks `yaml:"quirks"`
	// Lags say how far the org is behind itself.
	Lags Lags `yaml:"lags"`
	// HookDelivery says how event hooks are called.
	HookDelivery HookDelivery `yaml:"hookDelivery"`
	// Faults are broken requests that are there from the start.
	Faults []Fault `yaml:"faults"`
	// AssignmentDelaySeconds is the older name of lags.assignmentSeconds.
	AssignmentDelaySeconds int `yaml:"assignmentDelaySeconds"`
	// CustomAttributes are names of user profile attributes beside Okta's own.
	CustomAttributes []string `yaml:"customAttributes"`

	Users  []SeedUser  `yaml:"users"`
	Groups []SeedGroup `yaml:"groups"`
	Apps   []SeedApp   `yaml:"apps"`
	Rules  []SeedRule  `yaml:"rules"`

	// Tokens are API tokens beside the sandbox's own.
	Tokens []SeedToken `yaml:"tokens"`
	// ServiceApps sign in with OAuth.
	ServiceApps []ServiceApp `yaml:"serviceApps"`

	// Generate adds made-up people and groups.
	Generate *Generate `yaml:"generate"`
}

// Quirks are switches for what sources disagree about or what only sometimes happens.
type Quirks struct {
	// OverLimit is what a limit above the largest gets: "reject" (400, the default) or
	// "clamp".
	OverLimit string `yaml:"overLimit" json:"overLimit"`
	// SelfNext gives the last page a next that leads to itself, as some endpoints do.
	SelfNext bool `yaml:"selfNext" json:"selfNext"`
	// LoseExpand drops expand from the links of app users, as Okta did until 2026.08.0.
	LoseExpand bool `yaml:"loseExpand" json:"loseExpand"`
	// LoseLinkParams drops everything but limit and after from the links of these paths
	// (patterns as in [path.Match]); real links of profile mappings and of group push
	// always are so.
	LoseLinkParams []string `yaml:"loseLinkParams" json:"loseLinkParams"`
	// NoSkinny answers 404 for skinny_users, which no specification has; SkinnyNext lets
	// their next lead to the full list, as an old client of Okta's reports.
	NoSkinny   bool `yaml:"noSkinny" json:"noSkinny"`
	SkinnyNext bool `yaml:"skinnyNext" json:"skinnyNext"`
	// SpecAnswers follows Okta's specification where recorded traffic differs from it: 201
	// and 204 for group push, no null in log events and in the description of a group, no
	// authScheme but TOKEN of a connection.
	SpecAnswers bool `yaml:"specAnswers" json:"specAnswers"`
	// EveryoneDropsDeprovisioned takes deprovisioned users out of Everyone. Which of the
	// two Okta does is not documented.
	EveryoneDropsDeprovisioned bool `yaml:"everyoneDropsDeprovisioned" json:"everyoneDropsDeprovisioned"`
	// MembersTimeoutAbove answers 504 for pages of more than 200 members of a group that
	// has more members than this; 0 never does.
	MembersTimeoutAbove int `yaml:"membersTimeoutAbove" json:"membersTimeoutAbove"`
	// SearchTimeoutAbove answers 500 for a search with a larger limit than this, as a
	// search does that takes too long; 0 never does.
	SearchTimeoutAbove int `yaml:"searchTimeoutAbove" json:"searchTimeoutAbove"`
	// UserTypes is how many user types the org has; 0 means 1. Each has its own profile
	// mapping to every app.
	UserTypes int `yaml:"userTypes" json:"userTypes"`
	// Realms gives every user a realmId.
	Realms bool `yaml:"realms" json:"realms"`
	// TotalCount sends the undocumented header x-total-count with lists.
	TotalCount bool `yaml:"totalCount" json:"totalCount"`
	// Gzip compresses answers for clients that take it, as a real org does.
	Gzip bool `yaml:"gzip" json:"gzip"`
}

const maxUserTypes = 9

const (
	overLimitReject = "reject"
	overLimitClamp  = "clamp"
)

// SeedUser is a person. In a file, every profile attribute stands beside status.
type SeedUser struct {
	// Status is ACTIVE if empty.
	Status string `yaml:"status"`
	// Profile needs login, firstName and lastName; email is the login if it is not
	// named at all, and missing if it is null.
	Profile map[string]any `yaml:",inline"`
}

// Login is the person's login.
func (u SeedUser) Login() string {
	s, _ := u.Profile["login"].(string)
	return s
}

// SeedGroup is a group of the org. Everyone is there without being named.
type SeedGroup struct {
	Name        string   `yaml:"name"`
	Description string   `yaml:"description"`
	Members     []string `yaml:"members"` // logins
	// App is the label of the app that the group was imported from; its members cannot
	// be changed in Okta then.
	App string `yaml:"app"`
	// Windows gives an imported group the shape of one from Active Directory.
	Windows bool `yaml:"windows"`
}

// SeedRule is a group rule.
type SeedRule struct {
	Name       string `yaml:"name"`
	Expression string `yaml:"expression"`
	// Groups are the names of the groups that whoever matches joins.
	Groups []string `yaml:"groups"`
	// Exclude are logins that the rule leaves alone.
	Exclude []string `yaml:"exclude"`
	// Status is ACTIVE or INACTIVE; ACTIVE if empty.
	Status string `yaml:"status"`
}

// SeedApp is an app with its assignments and pushes.
type SeedApp struct {
	Label string `yaml:"label"`
	// Name is the key in Okta's catalogue; "scim2headerauth" if empty.
	Name string `yaml:"name"`
	// Status is ACTIVE or INACTIVE; ACTIVE if empty.
	Status string `yaml:"status"`
	// SignOnMode is AUTO_LOGIN if empty, and null for "none".
	SignOnMode string `yaml:"signOnMode"`
	// Features are the provisioning switches; an app that sets none has all that a SCIM
	// app shows.
	Features *[]string `yaml:"features"`
	// UserNameTemplate is ${source.login} if empty.
	UserNameTemplate string `yaml:"userNameTemplate"`
	// ImplicitAssignment is Federation Broker Mode: everybody may sign in, nobody is listed.
	ImplicitAssignment bool `yaml:"implicitAssignment"`
	// AppUserStatus replaces the status that app users would have.
	AppUserStatus string `yaml:"appUserStatus"`
	// Attributes are added to the standard ones, or replace those of the same name.
	Attributes []SeedAttribute `yaml:"attributes"`
	// Provisioned plays Okta's own provisioning: app users get an externalId.
	Provisioned bool `yaml:"provisioned"`
	// FailFor are logins whose app user ends in syncState ERROR.
	FailFor []string   `yaml:"failFor"`
	Assign  SeedAssign `yaml:"assign"`
	Push    []SeedPush `yaml:"push"`
}

// SeedAttribute is one attribute of an app's user schema.
type SeedAttribute struct {
	Name              string `yaml:"name"`
	Title             string `yaml:"title"`
	Type              string `yaml:"type"` // string if empty
	ExternalName      string `yaml:"externalName"`
	ExternalNamespace string `yaml:"externalNamespace"`
	Required          bool   `yaml:"required"`
	Group             bool   `yaml:"group"`    // may be set at a group assignment
	From              string `yaml:"from"`     // user profile attribute that is mapped to it
	Constant          string `yaml:"constant"` // stands there when From has a value
	CreateOnly        bool   `yaml:"createOnly"`
}

// SeedAssign says who has the app.
type SeedAssign struct {
	Users  []SeedAssignedUser  `yaml:"users"`
	Groups []SeedAssignedGroup `yaml:"groups"`
}

// SeedAssignedUser is a person who has the app directly.
type SeedAssignedUser struct {
	Login    string         `yaml:"login"`
	UserName string         `yaml:"userName"`
	Profile  map[string]any `yaml:"profile"`
}

// SeedAssignedGroup is a group whose members have the app.
type SeedAssignedGroup struct {
	Name string `yaml:"name"`
	// Priority is the place in the list if nil; 0 is the highest.
	Priority *int           `yaml:"priority"`
	Profile  map[string]any `yaml:"profile"`
}

// SeedPush is a group that is pushed to the app.
type SeedPush struct {
	Group string `yaml:"group"`
	// As is the name in the target; the group's own if empty.
	As string `yaml:"as"`
	// Status is ACTIVE, INACTIVE or ERROR; ACTIVE if empty.
	Status string `yaml:"status"`
}

// SeedToken is an API token.
type SeedToken struct {
	Token string `yaml:"token"`
	Name  string `yaml:"name"`
	// Role is superAdmin, readOnlyAdmin, groupAdmin or none; superAdmin if empty.
	Role string `yaml:"role"`
	// User is the login of the person whose token it is; users/me answers with them.
	User string `yaml:"user"`
}

// ServiceApp is an API Services app: it signs in with private_key_jwt.
type ServiceApp struct {
	// ClientID is made up if empty.
	ClientID string `yaml:"clientId" json:"clientId,omitzero"`
	// KeyID is the kid that assertions must carry; any, or none, if empty.
	KeyID string `yaml:"keyId" json:"keyId,omitzero"`
	// PublicKey is PEM: PUBLIC KEY, RSA or EC.
	PublicKey string `yaml:"publicKey" json:"publicKey"`
	// Scopes are what the app has been granted.
	Scopes []string `yaml:"scopes" json:"scopes"`
	// Role is superAdmin, readOnlyAdmin, groupAdmin or none; readOnlyAdmin if empty.
	Role string `yaml:"role" json:"role,omitzero"`
	// DPoP says that tokens have to be bound to a key.
	DPoP bool `yaml:"dpop" json:"dpop,omitzero"`
}

// Generate says how many people and groups to make up, besides one group of all
// generated people that is assigned to the app. Every generated group is pushed.
type Generate struct {
	Users       int `yaml:"users"`
	Groups      int `yaml:"groups"`
	Memberships int `yaml:"memberships"`
	// App is the label of the app; the first app if empty, and a new one if there is none.
	App string `yaml:"app"`
	// Domain ends every login; "gen.test" if empty.
	Domain string `yaml:"domain"`
}

// DefaultSeed is the org of the walkthrough: configs/orgs/acme.yaml.
func DefaultSeed() *Seed {
	s, err := ParseSeed("acme.yaml", orgs.Acme())
	if err != nil {
		panic("the embedded seed is broken: " + err.Error()) // a test reads it
	}
	return s
}
