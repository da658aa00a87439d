// Package config reads the configuration file of oktascim.
//
// A file is YAML and read strictly: every problem is found at once and named with
// file, line, column and, where one can be guessed, what was probably meant. A string
// may take its value from the environment, "${OKTA_API_TOKEN}", or from a file,
// "${file:/run/secrets/okta}", so that secrets need not be in the configuration; what
// is put in that way is never read as YAML. The JSON schema for editors is made from
// the types of this package, and the same schema checks the file.
package config

import (
	"time"
)

// Config is the whole file.
type Config struct {
	Okta        Okta         `json:"okta" jsonschema:"required" jsonschema_description:"The Okta org to read."`
	Ledger      string       `json:"ledger,omitempty" jsonschema:"example=sqlite:oktascim.db" jsonschema_description:"Where links, the journal and the runs are kept: sqlite:FILE, relative to this file, or postgres://USER:${PASSWORD}@HOST/DATABASE. Default: sqlite:oktascim.db."`
	Connections []Connection `json:"connections" jsonschema:"required,minItems=1" jsonschema_description:"One for each target."`
	Log         Log          `json:"log,omitzero" jsonschema_description:"What is logged, on standard error."`
}

// Okta says how to reach the org.
type Okta struct {
	OrgURL string   `json:"orgUrl" jsonschema:"required,example=https://acme.okta.com" jsonschema_description:"The org's address, without -admin and without a path."`
	Auth   OktaAuth `json:"auth" jsonschema:"required"`
	Budget Percent  `json:"budget,omitzero" jsonschema_description:"The share of each of Okta's rate-limit buckets that may be used. Default: 50%."`
}

// OktaAuth is exactly one way of signing in to Okta.
type OktaAuth struct {
	APIToken   Secret      `json:"apiToken,omitzero" jsonschema_description:"An API token (SSWS) of a read-only administrator."`
	ServiceApp *ServiceApp `json:"serviceApp,omitempty" jsonschema_description:"An API Services app with private_key_jwt."`
}

// ServiceApp is an Okta API Services app.
type ServiceApp struct {
	ClientID       string   `json:"clientId" jsonschema:"required"`
	PrivateKeyFile string   `json:"privateKeyFile,omitempty" jsonschema_description:"PEM file, PKCS#1 or PKCS#8, RSA or EC."`
	PrivateKey     Secret   `json:"privateKey,omitzero" jsonschema_description:"The key itself, as PEM; meant for ${ENVIRONMENT_VARIABLES}."`
	KeyID          string   `json:"keyId,omitempty" jsonschema_description:"The kid of the key, as the app shows it."`
	DPoP           string   `json:"dpop,omitempty" jsonschema:"enum=auto,enum=always,enum=never" jsonschema_description:"Whether tokens are bound to a key (DPoP). Default: auto."`
	Scopes         []string `json:"scopes,omitempty" jsonschema_description:"Default: the scopes that reading needs."`
}

// Connection joins one Okta app, or some groups, to one SCIM target.
type Connection struct {
	Name         string   `json:"name" jsonschema:"required,pattern=^[a-zA-Z0-9][a-zA-Z0-9._-]*$,maxLength=64"`
	App          string   `json:"app,omitempty" jsonschema_description:"Label or id of the Okta app whose assignments are provisioned."`
	Assign       *Assign  `json:"assign,omitempty" jsonschema_description:"Without an app: the groups whose members are provisioned."`
	Target       Target   `json:"target" jsonschema:"required"`
	ToApp        ToApp    `json:"toApp,omitzero" jsonschema_description:"The To App switches. Default: what the Okta app's features say; without an app: all on."`
	Push         []Push   `json:"push,omitempty" jsonschema_description:"Groups to push; [] pushes none. Default: the app's own group push mappings."`
	Schedule     Schedule `json:"schedule,omitzero"`
	Policy       string   `json:"policy,omitempty" jsonschema:"enum=sync,enum=upsert-only,enum=create-only,enum=audit" jsonschema_description:"sync: everything. upsert-only: nothing is taken away. create-only: what is missing is made, the rest stays as it is. audit: nothing is written, runs only report. Default: sync."`
	AdoptByEmail bool     `json:"adoptByEmail,omitempty" jsonschema_description:"Link somebody to the account that has their e-mail, when none has their externalId or userName; the account is renamed then. Default: false."`
	Grace        Duration `json:"grace,omitzero" jsonschema:"example=48h" jsonschema_description:"How long somebody who is no longer assigned keeps account and groups; a deactivation in Okta waits as well. Default: 0s, at once."`
	Guards       Guards   `json:"guards,omitzero" jsonschema_description:"Limits beyond which removals wait for a person."`
	Protect      []string `json:"protect,omitempty" jsonschema_description:"userNames that are never deactivated or taken out of a group; * stands for any characters."`
}

// Assign names the groups whose members are assigned.
type Assign struct {
	Groups []string `json:"groups" jsonschema:"required,minItems=1,uniqueItems=true"`
}

// Target is the SCIM server.
type Target struct {
	BaseURL        string     `json:"baseUrl" jsonschema:"required,example=https://scim.example.com/scim/v2"`
	Auth           TargetAuth `json:"auth" jsonschema:"required"`
	Dialect        string     `json:"dialect,omitempty" jsonschema:"enum=catalog,enum=wizard" jsonschema_description:"catalog: as Okta's catalogue apps (PATCH). wizard: as apps from the App Integration Wizard (PUT). Default: catalog."`
	CAFile         string     `json:"caFile,omitempty" jsonschema_description:"PEM file with the certificate authorities to trust instead of the system's."`
	ClientCertFile string     `json:"clientCertFile,omitempty"`
	ClientKeyFile  string     `json:"clientKeyFile,omitempty"`
	Timeout        Duration   `json:"timeout,omitzero" jsonschema_description:"How long one answer may take. Default: 60s, as Okta."`
	Concurrency    int        `json:"concurrency,omitempty" jsonschema:"minimum=1,maximum=64" jsonschema_description:"Most requests in flight. Default: 8."`
	Retries        *int       `json:"retries,omitempty" jsonschema:"minimum=0,maximum=10" jsonschema_description:"Tries after the first, when the target is out of reach for a moment. Default: 4, which bridges 15 s."`
	PageSize       int        `json:"pageSize,omitempty" jsonschema:"minimum=1,maximum=1000" jsonschema_description:"Resources asked for in one page. Default: 100, as Okta."`
	Profile        string     `json:"profile,omitempty" jsonschema_description:"What is known about the server: the name of a shipped profile (docs/profiles.md) or a FILE.yaml, as \"scimconform --profile-out\" writes it. Default: generic, nothing is known and everything is found out."`
	DeleteGroups   bool       `json:"deleteGroups,omitempty" jsonschema_description:"Delete groups that oktascim created and that are no longer pushed. Default: leave them."`
}

// TargetAuth is exactly one way of signing in to the target.
type TargetAuth struct {
	Bearer Secret `json:"bearer,omitzero" jsonschema_description:"Sent as Authorization: Bearer TOKEN."`
	Header Secret `json:"header,omitzero" jsonschema_description:"Sent as Authorization: VALUE, as it is (Okta's Header Auth)."`
	Basic  *Basic `json:"basic,omitempty"`
	OAuth  *OAuth `json:"oauth,omitempty" jsonschema_description:"OAuth 2 client credentials."`
}

// Basic is HTTP basic authentication.
type Basic struct {
	Username string `json:"username" jsonschema:"required"`
	Password Secret `json:"password" jsonschema:"required"`
}

// OAuth is the client credentials grant.
type OAuth struct {
	TokenURL     string   `json:"tokenUrl" jsonschema:"required"`
	ClientID     string   `json:"clientId" jsonschema:"required"`
	ClientSecret Secret   `json:"clientSecret" jsonschema:"required"`
	Scopes       []string `json:"scopes,omitempty"`
}

// ToApp are the switches of the Okta app's To App page; nil means as the app says.
type ToApp struct {
	CreateUsers          *bool `json:"createUsers,omitempty"`
	UpdateUserAttributes *bool `json:"updateUserAttributes,omitempty"`
	DeactivateUsers      *bool `json:"deactivateUsers,omitempty"`
}

// Push is one group to push by name, or all that a rule matches.
type Push struct {
	Name   string    `json:"name,omitempty" jsonschema_description:"The group's name in Okta."`
	Rule   *PushRule `json:"rule,omitempty" jsonschema_description:"Instead of a name: pushes every group that matches, later ones too."`
	LinkTo string    `json:"linkTo,omitempty" jsonschema_description:"Id of an existing group in the target to link to."`
}

// Schedule says when runs start.
type Schedule struct {
	Full  Duration `json:"full,omitzero" jsonschema:"example=1h" jsonschema_description:"Time between the starts of two full runs. Default: 1h."`
	Delta Duration `json:"delta,omitzero" jsonschema:"example=1m" jsonschema_description:"Time between the starts of two delta runs, which look only at what has changed in Okta; for a connection to an app, needs okta.logs.read. Default: none."`
}

// Guards are limits; a run that would cross one holds its removals.
type Guards struct {
	Deactivations      *Percent `json:"deactivations,omitempty" jsonschema_description:"Most owned users that one run may deactivate, from 100 owned users up. Default: 20%."`
	GroupDeletions     *int     `json:"groupDeletions,omitempty" jsonschema:"minimum=0" jsonschema_description:"Most groups that one run may delete. Default: 1."`
	MembersDropped     *Percent `json:"membersDropped,omitempty" jsonschema_description:"Most members that one group may lose in one run, from 20 members up. Default: 50%."`
	SourceShrinkage    *Percent `json:"sourceShrinkage,omitempty" jsonschema_description:"How much smaller the source may be than at the last good run. Default: 33%."`
	DeactivationsFrom  *int     `json:"deactivationsFrom,omitempty" jsonschema:"minimum=0" jsonschema_description:"Owned users from which on the share for deactivations counts. Default: 100."`
	MembersDroppedFrom *int     `json:"membersDroppedFrom,omitempty" jsonschema:"minimum=0" jsonschema_description:"Members from which on the share for members dropped counts. Default: 20."`
	Missing            *Percent `json:"missing,omitempty" jsonschema_description:"How many of the linked objects may be gone from the target; more hold everything. Default: 50%."`
	OnTrip             string   `json:"onTrip,omitempty" jsonschema:"enum=hold-removals,enum=hold-all" jsonschema_description:"What waits when a limit is crossed. Default: hold-removals."`
}

// Log says what is logged.
type Log struct {
	Level  string `json:"level,omitempty" jsonschema:"enum=debug,enum=info,enum=warn,enum=error" jsonschema_description:"Default: info for run, warn for the commands that end by themselves."`
	Format string `json:"format,omitempty" jsonschema:"enum=console,enum=json" jsonschema_description:"Default: console on a terminal, json elsewhere."`
}

// Defaults, each with its reason.
const (
	// DefaultLedger lies beside the configuration, so that nothing has to be run.
	DefaultLedger = "sqlite:oktascim.db"
	// DefaultBudget leaves half of Okta's limits to everybody else.
	DefaultBudget = Percent(50)
	// DefaultFull repairs drift within the hour and stays far below Okta's limits.
	DefaultFull = Duration(time.Hour)
	// DefaultTimeout is Okta's own (developer.okta.com, SCIM FAQ).
	DefaultTimeout = Duration(time.Minute)
	// DefaultConcurrency is what slow servers bear; the client lowers it by itself.
	DefaultConcurrency = 8
	// DefaultPageSize is Okta's own; a larger one is an error on some servers.
	DefaultPageSize = 100
)

// setDefaults fills in what the file leaves out.
func (c *Config) setDefaults() {
	if c.Ledger == "" {
		c.Ledger = DefaultLedger
	}
	if c.Okta.Budget == 0 {
		c.Okta.Budget = DefaultBudget
	}
	for i := range c.Connections {
		k := &c.Connections[i]
		if k.Target.Dialect == "" {
			k.Target.Dialect = "catalog"
		}
		if k.Target.Timeout == 0 {
			k.Target.Timeout = DefaultTimeout
		}
		if k.Target.Concurrency == 0 {
			k.Target.Concurrency = DefaultConcurrency
		}
		if k.Target.PageSize == 0 {
			k.Target.PageSize = DefaultPageSize
		}
		if k.Policy == "" {
			k.Policy = "sync"
		}
		if k.Schedule.Full == 0 {
			k.Schedule.Full = DefaultFull
		}
	}
}

// Connection returns the connection of that name.
func (c *Config) Connection(name string) (*Connection, bool) {
	for i := range c.Connections {
		if c.Connections[i].Name == name {
			return &c.Connections[i], true
		}
	}
	return nil, false
}
