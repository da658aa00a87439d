package oktasim

import (
	"cmp"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// Options configure an [Org]. The zero value is an empty org with a generated token,
// rate limits as in a Workforce org, and the wall clock.
type Options struct {
	// Log gets one debug line per request; the zero value logs nothing.
	Log zerolog.Logger
	// Now is the clock; [time.Now] if nil.
	Now func() time.Time
	// BaseURL is the org URL that links begin with ("http://127.0.0.1:8080"), without
	// a slash at the end. If empty, links begin with the host of the request.
	BaseURL string
	// Seed is what the org holds at the start; nil is an org with nothing but Everyone.
	Seed *Seed
	// APIToken is the SSWS token of a super admin. If empty, one is made: [Org.Token].
	APIToken string
	// RateLimits replaces the seed's setting if it is not the zero value.
	RateLimits RateLimits
	// AssignmentDelay is how long after a change in a group its members' app
	// assignments follow. They follow with the first request, or [Org.Tick], after the
	// delay has passed; 0 means at once. Real Okta works such changes off as jobs.
	AssignmentDelay time.Duration
}

// Org is a simulated Okta org. It is safe for concurrent use.
type Org struct {
	opt       Options
	routes    *http.ServeMux
	rulesMux  *http.ServeMux // see rulesPath
	patterns  []string       // of both
	wallClock bool           // no clock was given: lags pass by themselves
	calls     sync.WaitGroup
	hookStop  chan struct{}

	mu     sync.Mutex // guards everything below
	ids    *idMaker
	closed bool

	quirks   Quirks
	lags     Lags
	delivery HookDelivery

	orgID     string
	userType  string
	moreTypes []string // ids of further user types

	users   map[string]*user
	userIDs idSet
	logins  map[string]string // lower-case login -> user id
	custom  map[string]bool   // names of custom user profile attributes

	groups   map[string]*group
	groupIDs idSet
	everyone string

	apps   map[string]*app
	appIDs idSet

	agenda agenda
	unseen []membershipChange // that lists do not show yet, oldest first

	rules   map[string]*rule
	ruleIDs idSet

	hooks      map[string]*hook
	hookIDs    idSet
	deliveries []Delivery
	delivered  int    // how many deliveries there have been
	lastBase   string // org URL of the last request, for messages to hooks

	grants   map[string]*grant
	grantIDs idSet

	shares   map[string]*principalLimit
	shareIDs idSet

	churns int // how often the org was churned

	events     []*logEvent // in the order in which they were stored
	published  int         // how many events there have been, for Lags.LateLogEvery
	eventsLost int         // how many of the oldest events have been dropped
	quiet      bool        // the seed is being planted: nothing is logged

	access  access
	limits  limiter
	faults  faultBox
	cursors map[string]int // path -> number of the page that was asked for last
}

// New makes an org. The error is for a seed that names what does not exist; a seed
// from [ParseSeed] has been checked for that already.
func New(opt Options) (*Org, error) {
	wallClock := opt.Now == nil
	if wallClock {
		opt.Now = time.Now
	}
	opt.BaseURL = strings.TrimSuffix(opt.BaseURL, "/")
	if opt.APIToken == "" {
		opt.APIToken = newSecret("00", 40)
	}
	seed := opt.Seed
	if seed == nil {
		seed = &Seed{}
	}
	if opt.RateLimits == (RateLimits{}) {
		opt.RateLimits = seed.RateLimits
	}
	opt.AssignmentDelay = cmp.Or(opt.AssignmentDelay, seconds(seed.AssignmentDelaySeconds), seconds(seed.Lags.Assignment))
	o := &Org{
		opt: opt, wallClock: wallClock, hookStop: make(chan struct{}),
		quirks: seed.Quirks, lags: seed.Lags, delivery: seed.HookDelivery,
		rules: map[string]*rule{}, hooks: map[string]*hook{}, grants: map[string]*grant{}, shares: map[string]*principalLimit{},
		ids:   newIDMaker(seed.Number, suffixOf(cmp.Or(seed.Cell, "1d7"))),
		users: map[string]*user{}, logins: map[string]string{}, custom: map[string]bool{},
		groups:  map[string]*group{},
		apps:    map[string]*app{},
		cursors: map[string]int{},
		limits:  newLimiter(opt.RateLimits),
	}
	o.lags.Assignment = int(opt.AssignmentDelay / time.Second)
	o.orgID, o.userType = o.ids.id(prefixOrg), o.ids.id(prefixUserType)
	o.access = newAccess()
	o.everyone = o.newGroup(groupBuiltIn, groupProfile{Name: "Everyone", Description: new("All users in your organization")}, o.now()).id
	if err := o.plant(seed); err != nil {
		return nil, fmt.Errorf("planting the seed: %w", err)
	}
	o.access.addToken(&principal{id: o.ids.id(prefixToken), kind: principalToken, role: roleSuperAdmin, name: "sandbox"}, opt.APIToken)
	o.addRoutes()
	return o, nil
}

// Handler serves the org: /api/v1/…, /oauth2/v1/token and the sandbox's own controls
// under /sandbox/.
func (o *Org) Handler() http.Handler { return http.HandlerFunc(o.serve) }

// Token is the SSWS token of the org's super admin.
func (o *Org) Token() string { return o.opt.APIToken }

// Tick carries out what is due, as every request does: assignments and rules that
// follow a change, events that are to be stored, hooks that are to be called.
func (o *Org) Tick() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.settle(o.now())
}

// AppID returns the id of the app with this label; empty if there is none or several.
func (o *Org) AppID(label string) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	found := ""
	for _, id := range o.appIDs {
		if o.apps[id].label == label {
			if found != "" {
				return ""
			}
			found = id
		}
	}
	return found
}

// Apps returns the labels of the org's apps, in the order of their making.
func (o *Org) Apps() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var labels []string
	for _, id := range o.appIDs {
		labels = append(labels, o.apps[id].label)
	}
	return labels
}

// UserID returns the id of the user with this login, compared without case; empty if
// there is none.
func (o *Org) UserID(login string) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.userIDOf(login)
}

func (o *Org) userIDOf(login string) string { return o.logins[strings.ToLower(login)] }

// GroupID returns the id of the group with this name, never an app's own group; empty
// if there is none.
func (o *Org) GroupID(name string) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.groupNamed(name)
}

func (o *Org) groupNamed(name string) string {
	i := slices.IndexFunc(o.groupIDs, func(id string) bool {
		g := o.groups[id]
		return g.profile.Name == name && g.kind != groupApp
	})
	if i < 0 {
		return ""
	}
	return o.groupIDs[i]
}

// now is the org's time in whole seconds: Okta's entity stamps have no more.
func (o *Org) now() time.Time { return o.opt.Now().UTC().Truncate(time.Second) }

func newSecret(prefix string, n int) string {
	raw := make([]byte, n)
	rand.Read(raw) // never fails
	s := strings.Map(func(r rune) rune {
		if r == '-' || r == '_' {
			return 'x'
		}
		return r
	}, base64.RawURLEncoding.EncodeToString(raw))
	return prefix + s[:n]
}

//go:fix inline
