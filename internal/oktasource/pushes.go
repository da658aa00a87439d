package oktasource

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/oktascim/oktascim/agent/directory"
)

// membersAtOnce is how many groups are read at the same time.
const membersAtOnce = 4

// push is a group to push.
type push struct {
	group  group
	paused bool
	linkTo string
}

// wantedPushes says which groups are pushed: as the configuration names them, or as the
// app's mappings say.
func (r *reading) wantedPushes(ctx context.Context, a app) ([]push, error) {
	if r.s.opt.Pushes != nil {
		return r.pushesByName(ctx)
	}
	var mappings []pushMapping
	err := list(ctx, r.s, appPath(a.ID, "group-push/mappings"), nil, pushesPage, func(m pushMapping) { mappings = append(mappings, m) })
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	switch {
	case err != nil:
		r.gap("group push mappings", err.Error())
	case len(mappings) == 0:
		r.looksUnpushed(ctx, a)
	}
	if len(mappings) > 0 {
		r.knownPush = mappings[0].ID
	}
	ids := make([]string, 0, len(mappings))
	for _, m := range mappings {
		ids = append(ids, m.SourceGroupID)
	}
	slices.Sort(ids)
	groups, err := r.s.groupsByID(ctx, slices.Compact(ids))
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		r.gap("pushed groups", err.Error())
	}
	var pushes []push
	for _, m := range mappings {
		g, ok := groups[m.SourceGroupID]
		if !ok {
			// Gone, or unreadable (a gap already). The mapping still stands, so that
			// Confirm will not take it for an ended push.
			if err == nil {
				r.problem(directory.KindGroup, m.SourceGroupID, "is pushed by a mapping of the app and no longer exists in Okta: remove the push under Push Groups")
			}
			continue
		}
		pushes = append(pushes, push{group: g, paused: m.Status == "INACTIVE"})
	}
	return pushes, nil
}

func (r *reading) pushesByName(ctx context.Context) ([]push, error) {
	names := r.s.pushNames()
	found, err := r.s.groupsByName(ctx, names)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		r.gap("pushed groups", err.Error())
		for _, name := range names {
			r.unresolved = append(r.unresolved, quoted(name))
		}
		return nil, nil
	}
	var pushes []push
	for _, p := range r.s.opt.Pushes {
		if !p.Rule.isZero() {
			continue
		}
		switch n := found[p.Name]; len(n.groups) {
		case 0:
			r.unresolved = append(r.unresolved, quoted(p.Name))
			r.problem(directory.KindGroup, p.Name, "is to be pushed, and there is no such group in Okta"+didYouMean(n.nearest))
		case 1:
			pushes = append(pushes, push{group: n.groups[0], linkTo: p.LinkTo})
		default:
			r.unresolved = append(r.unresolved, quoted(p.Name))
			r.problem(directory.KindGroup, p.Name, "is to be pushed, and several groups in Okta have that name ("+groupIDs(n.groups)+"): rename all but one")
		}
	}
	// After the names: of two pushes of one group the first counts, and a name may carry
	// a link.
	byRule, err := r.pushesByRule(ctx)
	return append(pushes, byRule...), err
}

func groupIDs(groups []group) string {
	ids := make([]string, len(groups))
	for i, g := range groups {
		ids[i] = g.ID
	}
	slices.Sort(ids)
	return strings.Join(ids, ", ")
}

// readPushes reads the members of every pushed group; of a paused one nothing but the
// name is of use. The error is the context's.
func (r *reading) readPushes(ctx context.Context, pushes []push) error {
	// Of two pushes of one group the active one counts.
	slices.SortStableFunc(pushes, func(a, b push) int {
		return cmp.Or(cmp.Compare(a.group.ID, b.group.ID), cmp.Compare(btoi(a.paused), btoi(b.paused)))
	})
	pushes = slices.CompactFunc(pushes, func(a, b push) bool { return a.group.ID == b.group.ID })
	r.out.Groups = make([]directory.Group[directory.SourceID], len(pushes))
	var work errgroup.Group
	work.SetLimit(membersAtOnce)
	for i, p := range pushes {
		out := &r.out.Groups[i]
		*out = directory.Group[directory.SourceID]{
			ID: directory.SourceID(p.group.ID), ExternalID: p.group.ID, Name: p.group.Profile.Name,
			Paused: p.paused, LinkTo: directory.TargetID(p.linkTo),
		}
		if p.paused {
			continue
		}
		work.Go(func() error {
			err := readMembers(ctx, r.s, p.group, func(u oktaUser) {
				// Only who is assigned counts, and membership outlives a deactivation.
				if i, assigned := r.index[u.ID]; assigned && u.Status != "DEPROVISIONED" {
					out.Members = append(out.Members, r.out.Users[i].ID)
				}
			})
			slices.Sort(out.Members)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				r.gap(fmt.Sprintf("members of %q", p.group.Profile.Name), err.Error())
			}
			return nil
		})
	}
	return work.Wait()
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
