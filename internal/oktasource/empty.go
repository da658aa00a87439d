package oktasource

import (
	"context"
	"errors"
	"fmt"
	"net/url"
)

// An empty list is a good answer, and the worst one to be wrong about. These look at it
// from other sides.

// looksEmpty looks at an app without users: it is a gap if the list says something else
// when it is asked in another way, if somebody who was assigned at the last reading
// still is, if a group with members is assigned, or if the org shows no users at all.
func (r *reading) looksEmpty(ctx context.Context, a app) {
	s := r.s
	gap := func(format string, args ...any) { r.gap("app users", fmt.Sprintf(format, args...)) }
	again := 0
	if err := list(ctx, s, appPath(a.ID, "users"), nil, usersPage, func(appUser) { again++ }); err != nil || again > 0 {
		gap("the app showed no users, and %d when it was asked again", again)
		return
	}
	if last := s.last(); last.appID == a.ID && last.knownUser != "" {
		c := &confirmation{s: s, app: a}
		if v := c.assigned(ctx, last.knownUser); !v.Confirmed {
			gap("the app shows no users, and somebody of the last reading is not known to be gone: %s", v.Why)
			return
		}
	}
	if err := s.canary(ctx); err != nil {
		gap("the app shows no users, and %v", err)
		return
	}
	var assigned []string
	if err := list(ctx, s, appPath(a.ID, "groups"), nil, appGroupsPage, func(g assignedGroup) { assigned = append(assigned, g.ID) }); err != nil {
		gap("the app shows no users, and whether groups are assigned cannot be read: %v", err)
		return
	}
	groups, err := s.groupsByID(ctx, assigned)
	if err != nil {
		gap("the app shows no users, and its assigned groups cannot be read: %v", err)
		return
	}
	for _, id := range assigned {
		if g, ok := groups[id]; ok && g.users() != 0 {
			gap("the app shows no users, although the group %q is assigned to it and has members: "+
				"wait until Okta has assigned them, or see whether the token may see the app's users", g.Profile.Name)
			return
		}
	}
}

// canary reports why nothing that this org shows can be trusted; nil if it shows users.
// Every org has one: who made the token or the service app. Okta answers a service app
// that has a scope and no admin role with an empty list.
func (s *Source) canary(ctx context.Context) error {
	var rows []oktaUser
	if _, err := s.get(ctx, "/api/v1/users", url.Values{"limit": {"1"}}, &rows); err != nil {
		return fmt.Errorf("whether the org shows any user cannot be read: %w", err)
	}
	if len(rows) == 0 {
		return errors.New("neither does the whole org: the token or service app probably lacks an admin role (Read-Only Administrator is enough)")
	}
	return nil
}

// looksUnpushed looks at an app with Push Groups and no mapping. A push leaves two
// marks: the app has a group of its own in Okta, and the pushed group counts its
// mappings. With both there is a gap. Imported groups leave the first mark and pushes to
// other apps the second, so that an app with imported groups and without pushes may have
// the gap wrongly; naming the pushes in the configuration ends it.
func (r *reading) looksUnpushed(ctx context.Context, a app) {
	s := r.s
	gap := func(format string, args ...any) { r.gap("group push mappings", fmt.Sprintf(format, args...)) }
	query := func(filter string) url.Values { return url.Values{"filter": {filter}, "expand": {"stats"}} }
	own := false
	if err := list(ctx, s, "/api/v1/groups", query(`type eq "APP_GROUP"`), groupsPage, func(g group) { own = own || g.Source.ID == a.ID }); err != nil {
		gap("the app shows none, and whether it has groups cannot be read: %v", err)
		return
	}
	if !own {
		if last := s.last(); last.appID != a.ID || last.knownPush == "" {
			return
		}
	}
	pushed, seen := "", 0
	if err := list(ctx, s, "/api/v1/groups", query(`type eq "OKTA_GROUP" or type eq "BUILT_IN"`), groupsPage, func(g group) {
		seen++
		if n, _ := g.pushes(); n > 0 && pushed == "" {
			pushed = g.Profile.Name
		}
	}); err != nil {
		gap("the app shows none, and which groups are pushed cannot be read: %v", err)
		return
	}
	switch {
	case seen == 0:
		gap("the app shows none, and the org shows no groups")
	case pushed != "":
		gap("the app shows none, although it has groups and %q is pushed to some app: name the groups in the configuration under push", pushed)
	}
}
