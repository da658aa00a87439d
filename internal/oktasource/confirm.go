package oktasource

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
)

// confirmsAtOnce is how many removals are looked at at the same time.
const confirmsAtOnce = 4

// lastRead is what a Read leaves for the Confirm that follows it.
type lastRead struct {
	appID string
	// knownUser and knownPush were there: the controls without which an absence proves
	// nothing. Empty if there was none.
	knownUser, knownPush string
	// groups are the ids of the configured groups, of a connection without an app.
	groups map[string]bool
	// unresolved are the configured pushes that were not found, or found twice.
	unresolved []string
	done       bool
	// mark is the watermark of the last Read or Changes.
	mark mark
}

func (s *Source) last() lastRead {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.memory
}

// Confirm implements [agent.Source]. Each kind of removal is looked at from another
// side than Read saw it:
//
//	deactivation         the one assignment: /apps/{id}/users/{user}; without an app, the person's groups
//	member of a group    the person's groups, and the assignment if the person is still in it
//	ended push           the mappings of that one group; with pushes by name, the group itself
//
// Of many removals of one kind only a sample is looked at so; see oneByOne.
//
// An absence counts only while something that must be there is seen: Okta answers
// those whose role was taken away as if nothing existed.
func (s *Source) Confirm(ctx context.Context, removals []agent.Removal) ([]agent.Verdict, error) {
	verdicts := make([]agent.Verdict, len(removals))
	if len(removals) == 0 {
		return verdicts, ctx.Err()
	}
	c := &confirmation{s: s, last: s.last()}
	c.mappings = sync.OnceValues(func() (all []pushMapping, err error) {
		err = list(ctx, s, appPath(c.app.ID, "group-push/mappings"), nil, pushesPage, func(m pushMapping) { all = append(all, m) })
		return all, err
	})
	if why := c.controls(ctx); why != "" {
		for i := range verdicts {
			verdicts[i].Why = why
		}
		return verdicts, ctx.Err()
	}
	c.prepare(ctx, removals)
	var work errgroup.Group
	work.SetLimit(confirmsAtOnce)
	for i, r := range removals {
		work.Go(func() error {
			if ctx.Err() == nil {
				verdicts[i] = c.look(ctx, r)
			}
			return ctx.Err()
		})
	}
	if err := work.Wait(); err != nil {
		return verdicts, fmt.Errorf("confirming removals in Okta: %w", err)
	}
	c.settle(removals, verdicts)
	return verdicts, nil
}

type confirmation struct {
	s    *Source
	last lastRead
	app  app
	// mappings lists every push mapping once more, the first time that it is called.
	mappings func() ([]pushMapping, error)
	// users and groups are lists that are read a second time, because many are asked for:
	// the app's assignments, and members by group. Nil where each is looked at by itself.
	users  *second[appUser]
	groups map[string]*second[oktaUser]
}

// controls reports why no removal can be confirmed now; empty if they can.
func (c *confirmation) controls(ctx context.Context) string {
	s := c.s
	if !c.last.done {
		return "Okta has not been read by this process yet"
	}
	if err := s.canary(ctx); err != nil {
		return err.Error()
	}
	if s.opt.App == "" {
		return ""
	}
	var err error
	if c.app, err = s.appByID(ctx, c.last.appID); err != nil {
		return "the app cannot be read: " + err.Error()
	}
	switch {
	case !c.app.active():
		return "the app is " + strings.ToLower(c.app.Status) + " in Okta, which then removes nobody"
	case c.app.Settings.ImplicitAssignment:
		return "the app lets everybody in without an assignment"
	case c.last.knownUser != "":
		if _, err := c.assignment(ctx, c.last.knownUser); err != nil {
			return "somebody who was assigned a moment ago cannot be seen either: " + err.Error()
		}
	}
	return ""
}

func (c *confirmation) look(ctx context.Context, r agent.Removal) agent.Verdict {
	switch {
	case r.User != "" && r.Group != "":
		return c.left(ctx, string(r.User), string(r.Group))
	case r.User != "" && c.s.opt.App != "":
		return c.assigned(ctx, string(r.User))
	case r.User != "":
		return c.inGroups(ctx, string(r.User))
	case r.Group != "" && c.s.opt.Pushes != nil:
		return c.pushedByName(ctx, string(r.Group))
	case r.Group != "" && c.s.opt.App != "":
		return c.pushed(ctx, string(r.Group))
	case r.Group != "":
		return yes("no group is pushed any more")
	}
	return no("nothing is named")
}

func yes(format string, args ...any) agent.Verdict {
	return agent.Verdict{Confirmed: true, Why: fmt.Sprintf(format, args...)}
}

func no(format string, args ...any) agent.Verdict {
	return agent.Verdict{Why: fmt.Sprintf(format, args...)}
}

func (c *confirmation) assignment(ctx context.Context, user string) (appUser, error) {
	var u appUser
	_, err := c.s.get(ctx, appPath(c.app.ID, "users")+"/"+url.PathEscape(user), nil, &u)
	if err == nil && u.ID != user {
		err = fmt.Errorf("answered with success and another person")
	}
	return u, err
}

// assignedAlone looks at one assignment by itself.
func (c *confirmation) assignedAlone(ctx context.Context, user string) agent.Verdict {
	u, err := c.assignment(ctx, user)
	switch {
	case notFound(err) && !strings.Contains(err.Error(), c.app.ID+" ("):
		return yes("no longer assigned to the app")
	case err != nil:
		return no("the assignment cannot be read: %v", err)
	}
	return standingVerdict(u)
}

// standingVerdict says what an assignment that is there means for a removal.
func standingVerdict(u appUser) agent.Verdict {
	switch standing, why := u.standing(); standing {
	case notEntitled:
		return yes("the assignment is %s", strings.ToLower(u.Status))
	case undecided:
		return no("%s", why)
	}
	return no("still assigned to the app (%s)", u.via())
}

// groupsOf reads the groups of a person. Everybody is in Everyone, so an empty list is
// none. gone is true for a person who does not exist any more.
func (c *confirmation) groupsOf(ctx context.Context, user string) (groups []group, gone bool, err error) {
	err = list(ctx, c.s, userPath(user, "groups"), nil, usersPage, func(g group) { groups = append(groups, g) })
	switch {
	case notFound(err):
		return nil, true, nil
	case err != nil:
		return nil, false, err
	case len(groups) == 0:
		return nil, false, fmt.Errorf("the list is empty, although everybody is in Everyone")
	}
	return groups, false, nil
}

func (c *confirmation) member(ctx context.Context, user, from string) agent.Verdict {
	groups, gone, err := c.groupsOf(ctx, user)
	switch {
	case err != nil:
		return no("the person's groups cannot be read: %v", err)
	case gone:
		return yes("no longer exists in Okta")
	case !slices.ContainsFunc(groups, func(g group) bool { return g.ID == from }):
		return yes("no longer in the group")
	}
	// Still in the group, but only who is assigned counts as a member.
	return stillIn(c.entitlement(ctx, user, groups))
}

// stillIn is the verdict on a membership that is still there, by what became of the
// person's assignment.
func stillIn(assignment agent.Verdict) agent.Verdict {
	if assignment.Confirmed {
		return yes("still in the group, but %s", assignment.Why)
	}
	return no("still in the group, and %s", assignment.Why)
}

func (c *confirmation) entitlement(ctx context.Context, user string, groups []group) agent.Verdict {
	if c.s.opt.App != "" {
		return c.assigned(ctx, user)
	}
	return c.inOneOf(ctx, user, groups)
}

func (c *confirmation) inGroups(ctx context.Context, user string) agent.Verdict {
	groups, gone, err := c.groupsOf(ctx, user)
	switch {
	case err != nil:
		return no("the person's groups cannot be read: %v", err)
	case gone:
		return yes("no longer exists in Okta")
	}
	return c.inOneOf(ctx, user, groups)
}

// inOneOf looks whether one of a person's groups is a configured one. Somebody who was
// deactivated keeps the groups.
func (c *confirmation) inOneOf(ctx context.Context, user string, groups []group) agent.Verdict {
	i := slices.IndexFunc(groups, func(g group) bool {
		return c.last.groups[g.ID] || slices.Contains(c.s.opt.Groups, g.Profile.Name)
	})
	if i < 0 {
		return yes("in none of the assigned groups any more")
	}
	var u oktaUser
	if _, err := c.s.get(ctx, userPath(user, ""), nil, &u); err != nil {
		return no("still in the group %q, and the status cannot be read: %v", groups[i].Profile.Name, err)
	}
	if u.ID == user && u.Status == "DEPROVISIONED" {
		return yes("deactivated in Okta")
	}
	return no("still in the group %q", groups[i].Profile.Name)
}

// pushed looks at the mappings of one group.
func (c *confirmation) pushed(ctx context.Context, id string) agent.Verdict {
	var found []pushMapping
	path := appPath(c.app.ID, "group-push/mappings")
	err := list(ctx, c.s, path, url.Values{"sourceGroupId": {id}}, pushesPage, func(m pushMapping) {
		if m.SourceGroupID == id {
			found = append(found, m)
		}
	})
	switch {
	case err != nil:
		return no("the group's push mappings cannot be read: %v", err)
	case len(found) > 0:
		return no("still pushed: the mapping %s is %s", found[0].ID, strings.ToLower(found[0].Status))
	}
	if known := c.last.knownPush; known != "" {
		all, err := c.mappings()
		switch {
		case err != nil:
			return no("the push mappings cannot be read: %v", err)
		case slices.ContainsFunc(all, func(m pushMapping) bool { return m.SourceGroupID == id }):
			return no("still pushed, although its own list of mappings is empty")
		case !slices.ContainsFunc(all, func(m pushMapping) bool { return m.ID == known }):
			return no("no mapping is shown, but neither is another one that was there a moment ago")
		}
		return yes("no longer pushed")
	}
	// The last push of the app: there is no mapping left to compare with. Okta counts
	// the mappings of a group, over all apps.
	groups, err := c.s.groupsByID(ctx, []string{id})
	if err != nil {
		return no("no mapping is shown, and the group cannot be read: %v", err)
	}
	g, exists := groups[id]
	switch {
	case !exists:
		return yes("the group no longer exists in Okta")
	}
	if n, known := g.pushes(); known && n == 0 {
		return yes("no longer pushed to any app")
	}
	return no("the app shows no mapping at all, and Okta does not say that the group has none: name the pushes in the configuration")
}

// pushedByName looks at the group itself.
func (c *confirmation) pushedByName(ctx context.Context, id string) agent.Verdict {
	var g group
	_, err := c.s.get(ctx, groupPath(id, ""), nil, &g)
	switch {
	case notFound(err):
		return yes("the group no longer exists in Okta")
	case err != nil:
		return no("the group cannot be read: %v", err)
	case g.ID != id:
		return no("the group cannot be read: answered with success and another group")
	case slices.ContainsFunc(c.s.opt.Pushes, func(p Push) bool { return p.names(g) }):
		return no("the configuration still pushes %q", g.Profile.Name)
	case len(c.last.unresolved) > 0:
		// It may be one of these, renamed.
		return no("the configuration pushes %s, which Okta does not have: correct that first", strings.Join(c.last.unresolved, ", "))
	}
	return yes("the configuration no longer pushes it")
}

// remember keeps what Confirm needs.
func (r *reading) remember() {
	m := lastRead{appID: r.appID, knownPush: r.knownPush, groups: r.groups, unresolved: r.unresolved, done: true}
	i := slices.IndexFunc(r.out.Users, func(u directory.User[directory.SourceID]) bool { return u.Blocked == "" })
	if i >= 0 {
		m.knownUser = string(r.out.Users[i].ID)
	}
	m.mark = r.mark
	m.mark.Users, m.mark.KnownPush, m.mark.Pushes = len(r.out.Users), r.knownPush, r.out.Switches.PushGroups
	if r.s.opt.Pushes != nil {
		for i := range r.out.Groups {
			m.mark.Named = append(m.mark.Named, string(r.out.Groups[i].ID))
		}
	}
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	r.s.memory = m
}
