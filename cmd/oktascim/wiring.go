package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/plan"
	"github.com/oktascim/oktascim/internal/config"
	"github.com/oktascim/oktascim/internal/oktasource"
	"github.com/oktascim/oktascim/internal/scimtarget"
	"github.com/oktascim/oktascim/scimclient"
)

// connection is one connection of the configuration with both its sides.
type connection struct {
	config *config.Connection
	source *oktasource.Source
	client *scimclient.Client
	target *scimtarget.Target
}

// connect makes both sides of a connection. No request is sent. The error does not name
// the connection.
func connect(c *config.Config, k *config.Connection, log zerolog.Logger) (*connection, error) {
	return connectThrough(c, k, log, nil)
}

// connectThrough is connect with something around the target's transport; nil for nothing.
func connectThrough(c *config.Config, k *config.Connection, log zerolog.Logger, wrap func(http.RoundTripper) http.RoundTripper) (*connection, error) {
	log = log.With().Str("connection", k.Name).Logger()
	source, err := newSource(c, k, log)
	if err != nil {
		return nil, fmt.Errorf("okta: %w", err)
	}
	client, err := newClient(k, log, wrap)
	if err != nil {
		return nil, fmt.Errorf("target: %w", err)
	}
	profile, err := k.Target.ReadProfile()
	if err != nil {
		return nil, fmt.Errorf("target: %w", err)
	}
	target := scimtarget.New(scimtarget.Options{
		Profile: profile,
		Client:  client, Dialect: scimtarget.Dialect(k.Target.Dialect), PageSize: k.Target.PageSize, Log: log,
	})
	return &connection{config: k, source: source, client: client, target: target}, nil
}

func newSource(c *config.Config, k *config.Connection, log zerolog.Logger) (*oktasource.Source, error) {
	o := oktasource.Options{
		OrgURL: c.Okta.OrgURL, APIToken: c.Okta.Auth.APIToken.Reveal(), Budget: c.Okta.Budget.Share(),
		App: k.App, Log: log, UserAgent: userAgent(),
		// The configuration lets http through for this machine alone.
		AllowHTTP: strings.HasPrefix(c.Okta.OrgURL, "http://"),
	}
	if k.Assign != nil {
		o.Groups = k.Assign.Groups
	}
	if k.Push != nil {
		// An empty list pushes nothing; no list at all leaves it to Okta's own mappings.
		o.Pushes = []oktasource.Push{}
	}
	for _, p := range k.Push {
		o.Pushes = append(o.Pushes, oktasource.Push{Name: p.Name, LinkTo: p.LinkTo, Rule: ruleOf(p.Rule)})
	}
	if a := c.Okta.Auth.ServiceApp; a != nil {
		key := []byte(a.PrivateKey.Reveal())
		if a.PrivateKeyFile != "" {
			var err error
			if key, err = os.ReadFile(a.PrivateKeyFile); err != nil {
				return nil, fmt.Errorf("reading okta.auth.serviceApp.privateKeyFile: %w", err)
			}
		}
		o.ServiceApp = &oktasource.ServiceApp{ClientID: a.ClientID, PrivateKeyPEM: key, KeyID: a.KeyID, DPoP: a.DPoP, Scopes: a.Scopes}
		if k.Schedule.Delta != 0 && len(a.Scopes) == 0 {
			o.ServiceApp.Scopes = append(oktasource.DefaultScopes(), oktasource.LogScope)
		}
	}
	return oktasource.New(o)
}

// ruleOf is the rule as the source takes it; none if nil.
func ruleOf(r *config.PushRule) oktasource.Rule {
	if r == nil {
		return oktasource.Rule{}
	}
	how, text := r.Test().Parts()
	return oktasource.Rule{Description: r.Description != nil, How: how, Text: text}
}

func newClient(k *config.Connection, log zerolog.Logger, wrap func(http.RoundTripper) http.RoundTripper) (*scimclient.Client, error) {
	t := &k.Target
	o := scimclient.Options{
		BaseURL: t.BaseURL, Auth: newAuth(&t.Auth), Timeout: time.Duration(t.Timeout), Concurrency: t.Concurrency, Log: log, Wrap: wrap,
	}
	if r := t.Retries; r != nil {
		o.Retries = *r
		if *r == 0 {
			o.Retries = -1 // to the client 0 is the default
		}
	}
	if t.CAFile != "" {
		pem, err := os.ReadFile(t.CAFile)
		if err != nil {
			return nil, fmt.Errorf("reading caFile: %w", err)
		}
		o.RootCAs = x509.NewCertPool()
		if !o.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("caFile %s holds no certificate in PEM form", t.CAFile)
		}
	}
	if t.ClientCertFile != "" {
		cert, err := tls.LoadX509KeyPair(t.ClientCertFile, t.ClientKeyFile)
		if err != nil {
			return nil, fmt.Errorf("reading clientCertFile and clientKeyFile: %w", err)
		}
		o.ClientCertificate = &cert
	}
	return scimclient.New(o)
}

func newAuth(a *config.TargetAuth) scimclient.Auth {
	switch {
	case !a.Bearer.IsZero():
		return scimclient.Bearer(a.Bearer.Reveal())
	case a.Basic != nil:
		return scimclient.Basic(a.Basic.Username, a.Basic.Password.Reveal())
	case a.OAuth != nil:
		return scimclient.OAuth(scimclient.OAuthConfig{
			TokenURL: a.OAuth.TokenURL, ClientID: a.OAuth.ClientID, ClientSecret: a.OAuth.ClientSecret.Reveal(), Scopes: a.OAuth.Scopes,
		})
	}
	return scimclient.Header(a.Header.Reveal())
}

// wish is what a command asks of a run beside the configuration.
type wish struct {
	mode    agent.Mode
	approve string
	scope   plan.Scope
	dryRun  bool
	// patient waits with what has failed until it is due, as a schedule does.
	patient bool
	// fullEvery is how old the last full run may be before a delta run becomes one.
	fullEvery time.Duration
	expect    *agent.Expected
	events    agent.Events
}

// newAgent makes the agent of a connection.
func (k *connection) newAgent(c *config.Config, db store, w wish, log zerolog.Logger) (*agent.Agent, error) {
	limits := limitsOf(k.config)
	extent, audit := plan.Extent(k.config.Policy), false
	if k.config.Policy == "audit" {
		extent, audit = plan.Sync, true
	}
	return agent.New(agent.Options{
		Name: k.config.Name, Source: k.source, Target: k.target, Ledger: db.Connection(k.config.Name),
		Shared: k.sharedAccounts(c, db),
		ToApp: agent.Override{
			CreateUsers: k.config.ToApp.CreateUsers, UpdateUsers: k.config.ToApp.UpdateUserAttributes, DeactivateUsers: k.config.ToApp.DeactivateUsers,
		},
		DeleteGroups: k.config.Target.DeleteGroups,
		Guards:       plan.DefaultGuards(limits),
		HoldAll:      limits.HoldAll,
		Workers:      k.config.Target.Concurrency,
		AdoptByEmail: k.config.AdoptByEmail,
		Extent:       extent,
		Audit:        audit,
		Grace:        time.Duration(k.config.Grace),
		Scope:        w.scope,
		DryRun:       w.dryRun,
		Patient:      w.patient,
		FullEvery:    w.fullEvery,
		Expect:       w.expect,
		Approve:      w.approve,
		Log:          log.With().Str("connection", k.config.Name).Logger(),
		Events:       w.events,
	})
}

// limitsOf returns the guards' limits: the defaults, and what the configuration changes.
func limitsOf(k *config.Connection) plan.Limits {
	limits := plan.DefaultLimits()
	limits.Protected = k.Protect
	limits.HoldAll = k.Guards.OnTrip == "hold-all"
	if p := k.Guards.Deactivations; p != nil {
		limits.Deactivations = p.Share()
	}
	if p := k.Guards.MembersDropped; p != nil {
		limits.MembersDropped = p.Share()
	}
	if p := k.Guards.SourceShrinkage; p != nil {
		limits.SourceShrinkage = p.Share()
	}
	if p := k.Guards.Missing; p != nil {
		limits.Missing = p.Share()
	}
	if n := k.Guards.DeactivationsFrom; n != nil {
		limits.DeactivationsFrom = *n
	}
	if n := k.Guards.MembersDroppedFrom; n != nil {
		limits.MembersDroppedFrom = *n
	}
	if n := k.Guards.GroupDeletions; n != nil {
		limits.GroupDeletions = *n
	}
	return limits
}

// userAgent is what Okta's logs show of us.
func userAgent() string { return "oktascim/" + version }

// host is the part of an address that a person recognises.
func host(address string) string {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		return u.Host
	}
	return address
}
