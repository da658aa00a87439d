package oktasim

import (
	"fmt"
	"time"
)

// Lags say how far the org is behind itself, in seconds. The zero value is an org that
// is never behind, which no real one is; configs/orgs/slow.yaml has values as on a bad day.
type Lags struct {
	// Search is how old the index is that search= reads (filter= and q= read the truth).
	// 2 is usual, 720 has been seen.
	Search int `yaml:"searchSeconds" json:"searchSeconds"`
	// Membership is how long lists of a group's members, and of a person's groups, show
	// what was before; the stamps move at once. 0 to 10 have been seen.
	Membership int `yaml:"membershipSeconds" json:"membershipSeconds"`
	// Assignment is how long after a change in a group its members' app assignments
	// follow; see [Options.AssignmentDelay], which replaces it.
	Assignment int `yaml:"assignmentSeconds" json:"assignmentSeconds"`
	// Rules is how long group rules take to look at a person.
	Rules int `yaml:"rulesSeconds" json:"rulesSeconds"`
	// Provisioning is how long a new app user of a SCIM app stays STAGED.
	Provisioning int `yaml:"provisioningSeconds" json:"provisioningSeconds"`
	// Log is how long after it was published an event is stored. Every LateLogEvery-th
	// event (none if 0) takes LateLog instead, so that events are stored in another
	// order than they were published in.
	Log          int `yaml:"logSeconds" json:"logSeconds"`
	LateLog      int `yaml:"lateLogSeconds" json:"lateLogSeconds"`
	LateLogEvery int `yaml:"lateLogEvery" json:"lateLogEvery"`
	// Hook is how long after an event its hooks are called.
	Hook int `yaml:"hookSeconds" json:"hookSeconds"`
}

// HookDelivery says how event hooks are called. The zero value calls once for all
// events of one request, in their order.
type HookDelivery struct {
	// Batch is the most events of one call; 0 means 100.
	Batch int `yaml:"batch" json:"batch"`
	// DuplicateEvery calls twice for every so many-th delivery; 0 never does.
	DuplicateEvery int `yaml:"duplicateEvery" json:"duplicateEvery"`
	// Reverse calls in the wrong order: the last delivery first.
	Reverse bool `yaml:"reverse" json:"reverse"`
	// TimeoutMilliseconds is how long an answer may take; 0 means Okta's 3 seconds.
	TimeoutMilliseconds int `yaml:"timeoutMilliseconds" json:"timeoutMilliseconds"`
}

// maxLagSeconds bounds a lag, and with it how much of the past is kept: a quarter of an hour
// is the most that has been reported for the search index.
const maxLagSeconds = 3600

func (l Lags) check() error {
	for name, n := range l.byName() {
		if n < 0 || n > maxLagSeconds {
			return fmt.Errorf("%s: %d must be between 0 and %d", name, n, maxLagSeconds)
		}
	}
	return nil
}

func (l Lags) byName() map[string]int {
	return map[string]int{"searchSeconds": l.Search, "membershipSeconds": l.Membership, "assignmentSeconds": l.Assignment,
		"rulesSeconds": l.Rules, "provisioningSeconds": l.Provisioning, "logSeconds": l.Log, "lateLogSeconds": l.LateLog,
		"lateLogEvery": l.LateLogEvery, "hookSeconds": l.Hook}
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

// version is what an object was until a moment.
type version[T any] struct {
	until time.Time
	was   T
}

// keepVersion adds what an object was to its past, and forgets what no lag reaches.
func keepVersion[T any](past []version[T], was T, now time.Time, lag time.Duration) []version[T] {
	if lag <= 0 {
		return nil
	}
	old := 0
	for old < len(past) && !past[old].until.After(now.Add(-lag)) {
		old++
	}
	return append(past[old:], version[T]{now, was})
}

// asOf returns what an object was at a moment: the first version that lasted longer, and
// now if none did.
func asOf[T any](past []version[T], now T, at time.Time) T {
	for _, v := range past {
		if v.until.After(at) {
			return v.was
		}
	}
	return now
}

// beforeChange keeps what u is for the search index. Call it before u changes.
func (c *call) beforeChange(u *user) {
	if lag := seconds(c.org.lags.Search); lag > 0 && !c.org.quiet {
		was := *u
		was.past = nil
		u.past = keepVersion(u.past, &was, c.org.opt.Now(), lag)
	}
}

func (c *call) beforeGroupChange(g *group) {
	if lag := seconds(c.org.lags.Search); lag > 0 && !c.org.quiet {
		was := *g
		was.past = nil
		g.past = keepVersion(g.past, &was, c.org.opt.Now(), lag)
	}
}

// indexed is what the search index knows of u; nil if it has not seen u yet.
func (o *Org) indexed(u *user) *user {
	at := o.opt.Now().Add(-seconds(o.lags.Search))
	if o.lags.Search > 0 && u.born.After(at) {
		return nil
	}
	return asOf(u.past, u, at)
}

func (o *Org) indexedGroup(g *group) *group {
	at := o.opt.Now().Add(-seconds(o.lags.Search))
	if o.lags.Search > 0 && g.born.After(at) {
		return nil
	}
	return asOf(g.past, g, at)
}

// membershipChange is a change that lists do not show yet.
type membershipChange struct {
	at          time.Time
	group, user string
	joined      bool
}

// noteMembership remembers a change for as long as lists are behind.
func (c *call) noteMembership(g *group, u *user, joined bool) {
	o := c.org
	if o.lags.Membership <= 0 || o.quiet {
		return
	}
	o.unseen = append(o.unseen, membershipChange{o.opt.Now(), g.id, u.id, joined})
}

// seenSet is a set of ids as lists show it: without the changes that are too young. of
// picks the ids of the changes that belong to the set.
func (o *Org) seenSet(now idSet, of func(membershipChange) (id string, mine bool)) idSet {
	at := o.opt.Now().Add(-seconds(o.lags.Membership))
	old := 0
	for old < len(o.unseen) && !o.unseen[old].at.After(at) {
		old++
	}
	o.unseen = o.unseen[old:]
	seen, copied := now, false
	for i := len(o.unseen) - 1; i >= 0; i-- { // the youngest is undone first
		id, mine := of(o.unseen[i])
		if !mine {
			continue
		}
		if !copied {
			seen, copied = append(idSet(nil), now...), true
		}
		if o.unseen[i].joined {
			seen.remove(id)
		} else {
			seen.add(id)
		}
	}
	return seen
}

func (o *Org) seenMembers(g *group) idSet {
	if len(o.unseen) == 0 {
		return g.members
	}
	seen := o.seenSet(g.members, func(m membershipChange) (string, bool) { return m.user, m.group == g.id })
	return o.existing(seen, func(id string) bool { return o.users[id] != nil })
}

func (o *Org) seenGroups(u *user) idSet {
	if len(o.unseen) == 0 {
		return u.groups
	}
	seen := o.seenSet(u.groups, func(m membershipChange) (string, bool) { return m.group, m.user == u.id })
	return o.existing(seen, func(id string) bool { return o.groups[id] != nil })
}

// existing leaves out what has been deleted since: nothing can be shown of it.
func (o *Org) existing(ids idSet, is func(string) bool) idSet {
	for i, id := range ids {
		if !is(id) {
			kept := append(idSet(nil), ids[:i]...)
			for _, id := range ids[i+1:] {
				if is(id) {
					kept = append(kept, id)
				}
			}
			return kept
		}
	}
	return ids
}
