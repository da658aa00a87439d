// Package scimtarget makes a SCIM 2.0 server an [agent.Target]: it reads users and groups
// into values, and turns each change of a plan into the requests that Okta would send.
//
// # Requests
//
// Two dialects exist, as in Okta. An app from the catalogue writes active and groups with
// PATCH and profiles with PUT; an app from the App Integration Wizard uses PUT alone. A
// PUT is always read, merge and write, so that what only the target knows survives.
// Calls of Okta's that carry nothing new (the name sent before each membership change, the
// members sent again after a POST) are left out.
//
// # Nothing is believed that was not read back
//
// Servers answer 200 and do nothing. The result of a write is the resource in the answer
// where there is one, else one GET; once a server has proved itself on a form, one write in
// twenty is looked at, and the next full run looks at everything. Removed members are
// always looked at, and removed in another form when they are still there: one at a
// time by value, then by replacing the list by path, then by PUT. The form with a list of
// values after "remove" is never used, since it empties the whole group on some servers.
// A server that never shows members is told apart from one that loses them.
package scimtarget

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/rs/zerolog"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
	"github.com/oktascim/oktascim/internal/targetprofile"
	"github.com/oktascim/oktascim/scimclient"
)

// Dialect is the way in which an Okta app writes.
type Dialect string

// The dialects.
const (
	// Catalog apps use PATCH for active and groups, PUT for profiles.
	Catalog Dialect = "catalog"
	// Wizard apps use PUT for everything.
	Wizard Dialect = "wizard"
)

// defaultMembersPerPatch is Okta's default (OIN submission, "maximum membership changes
// per PATCH"), and the most that AWS IAM Identity Center takes.
const defaultMembersPerPatch = 100

// defaultPageSize is what Okta asks for (scim-20 reference, "Import").
const defaultPageSize = 100

// Options say how to write. Only Client is needed.
type Options struct {
	Client *scimclient.Client
	// Dialect is Catalog if empty.
	Dialect Dialect
	// PageSize is the count asked for in lists; that of Profile, else 100, if 0.
	PageSize int
	// MembersPerPatch bounds the members of one PATCH; that of Profile, else 100, if 0.
	MembersPerPatch int
	// Profile is what is known about the server; nil is nothing.
	Profile *targetprofile.Profile
	Log     zerolog.Logger
}

// Target is one SCIM server. Its methods may be called at the same time.
type Target struct {
	wire            wire
	identity        string
	dialect         Dialect
	profile         targetprofile.Profile
	learned         learned
	membersPerPatch atomic.Int64
	log             zerolog.Logger
	proof           proof
	// membersSeen is set once any group of this server has shown a member, when read or in
	// the answer to a PATCH. The answer to a POST or PUT does not count: it may be an echo
	// of what is then hidden.
	membersSeen atomic.Bool
	// lean is set once this server has refused a user with `groups` or a password, and
	// taken one without.
	lean atomic.Bool
}

var _ agent.Target = (*Target)(nil)

// New returns the target behind o.Client.
func New(o Options) *Target {
	if o.Dialect == "" {
		o.Dialect = Catalog
	}
	if o.Profile == nil {
		o.Profile = &targetprofile.Profile{}
	}
	if o.PageSize == 0 {
		o.PageSize = pageSize(o.Profile)
	}
	if o.MembersPerPatch == 0 {
		o.MembersPerPatch = perPatch(o.Profile)
	}
	t := &Target{
		wire:     wire{client: o.Client, pageSize: o.PageSize, limiter: newLimiter(o.Profile)},
		identity: o.Client.BaseURL(), dialect: o.Dialect, profile: *o.Profile, log: o.Log,
	}
	t.membersPerPatch.Store(int64(o.MembersPerPatch))
	return t
}

// Identity is the base URL in canonical form.
func (t *Target) Identity() string { return t.identity }

// Write carries one change out; see [agent.Target].
func (t *Target) Write(ctx context.Context, w agent.Write) (agent.Written, error) {
	switch {
	case w.Kind == directory.KindUser && w.Verb == plan.Create:
		return t.createUser(ctx, w)
	case w.Kind == directory.KindUser && (w.Verb == plan.Update || w.Verb == plan.Reactivate):
		return t.updateUser(ctx, w)
	case w.Kind == directory.KindUser && w.Verb == plan.Deactivate:
		return t.deactivateUser(ctx, w)
	case w.Kind == directory.KindGroup && w.Verb == plan.Create:
		return t.createGroup(ctx, w)
	case w.Kind == directory.KindGroup && w.Verb == plan.Rename:
		return t.renameGroup(ctx, w)
	case w.Kind == directory.KindGroup && w.Verb == plan.Add:
		return t.addMembers(ctx, w)
	case w.Kind == directory.KindGroup && w.Verb == plan.Drop:
		return t.dropMembers(ctx, w)
	case w.Kind == directory.KindGroup && w.Verb == plan.Delete:
		return t.deleteGroup(ctx, w)
	}
	return agent.Written{}, fmt.Errorf("a %s of a %s is nothing that a target can do", w.Verb, w.Kind)
}

// Find looks a record up; see [agent.Target]. A server that refuses the filter on
// externalId is asked for the name alone, as Okta does.
func (t *Target) Find(ctx context.Context, kind directory.Kind, externalID, name string) ([]agent.Found, error) {
	attr := "userName"
	if kind == directory.KindGroup {
		attr = "displayName"
	}
	found, err := t.find(ctx, kind, attr, name)
	if err != nil || externalID == "" {
		return found, err
	}
	byID, err := t.find(ctx, kind, "externalId", externalID)
	if err != nil {
		if refused(err) {
			return found, nil
		}
		return nil, err
	}
	for _, f := range byID {
		if !contains(found, f.ID) {
			found = append(found, f)
		}
	}
	return found, nil
}

func contains(list []agent.Found, id directory.TargetID) bool {
	for _, f := range list {
		if f.ID == id {
			return true
		}
	}
	return false
}

// sampleEvery is how often a form that has proved itself is looked at again.
const sampleEvery = 20

// provenAfter is how often a form must have been seen to work in a row.
const provenAfter = 3

// proof counts, for each form of writing, how often it was seen to work.
type proof struct {
	mu    sync.Mutex
	forms map[string]*formProof
}

type formProof struct{ worked, since int }

// due reports whether the next write in this form has to be read back.
func (p *proof) due(form string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.form(form)
	if f.worked < provenAfter {
		return true
	}
	f.since++
	if f.since >= sampleEvery {
		f.since = 0
		return true
	}
	return false
}

// saw records what a look at a write in this form showed.
func (p *proof) saw(form string, worked bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.form(form)
	if !worked {
		f.worked = 0
		return
	}
	f.worked++
}

func (p *proof) form(name string) *formProof {
	if p.forms == nil {
		p.forms = map[string]*formProof{}
	}
	if p.forms[name] == nil {
		p.forms[name] = &formProof{}
	}
	return p.forms[name]
}

// newPassword returns a throwaway password as Okta sends one with each create, whether or
// not it syncs passwords (scim-20 reference, "Create users"). It is 26 random letters and
// digits with one character of each other class, so that no policy refuses it, and is
// kept nowhere.
func newPassword() string { return rand.Text() + "a1-" }
