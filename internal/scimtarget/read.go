package scimtarget

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/internal/targetprofile"
)

// mostLookups bounds how many records that the lists did not show are looked up one by
// one. It is a sample: with a list that hides people, some of fifty are found.
const mostLookups = 50

// mostNamed bounds how many of them are named in a gap: enough to look one up by hand.
const mostNamed = 3

// Read returns all users and groups; see [agent.Target].
func (t *Target) Read(ctx context.Context, want agent.ReadRequest) (directory.Current, error) {
	var current directory.Current
	paths := make([]namedPath, len(want.Paths))
	for i, text := range want.Paths {
		p, err := parsePath(text)
		if err != nil {
			return directory.Current{}, err
		}
		paths[i] = namedPath{text, p}
	}

	users := map[directory.TargetID]bool{}
	in := map[directory.TargetID][]directory.TargetID{} // group: people who say that they are in it
	ofUser := t.reads(targetprofile.OfUser) && !want.SkipGroups
	takeUser := func(r resource) {
		if id := r.id(); !users[id] {
			users[id] = true
			current.Users = append(current.Users, r.user(paths))
			if ofUser {
				for _, g := range r.groups() {
					in[g] = append(in[g], id)
				}
			}
		}
	}
	if err := t.readList(ctx, directory.KindUser, &current.Evidence, takeUser); err != nil {
		if ctx.Err() != nil || len(users) == 0 {
			return directory.Current{}, fmt.Errorf("reading the target's users: %w", err)
		}
		current.Evidence.Add("users of the target", err.Error())
	}
	if err := t.lookFor(ctx, directory.KindUser, want.Users, users, &current.Evidence, takeUser); err != nil {
		return directory.Current{}, err
	}

	usersWhole := current.Evidence.Complete()
	if !want.SkipGroups {
		groups := map[directory.TargetID]bool{}
		var silent []int // groups without the attribute, read before any had shown a member
		takeGroup := func(r resource) {
			id := r.id()
			if groups[id] {
				return
			}
			groups[id] = true
			g := t.group(r)
			if g.MembersUnreadable && !r.hasMember("members") {
				silent = append(silent, len(current.Groups))
			}
			current.Groups = append(current.Groups, g)
		}
		if err := t.readList(ctx, directory.KindGroup, &current.Evidence, takeGroup); err != nil {
			if ctx.Err() != nil {
				return directory.Current{}, fmt.Errorf("reading the target's groups: %w", err)
			}
			current.Evidence.Add("groups of the target", err.Error())
		}
		if err := t.lookFor(ctx, directory.KindGroup, want.Groups, groups, &current.Evidence, takeGroup); err != nil {
			return directory.Current{}, err
		}
		for _, i := range silent {
			current.Groups[i].MembersUnreadable = !t.membersSeen.Load()
		}
		if t.hidesMembers() {
			for i := range current.Groups {
				current.Groups[i].MembersUnreadable = true
			}
		}
		// Nobody in any group may as well mean that the list of people leaves groups out.
		if ofUser && usersWhole && len(in) > 0 {
			for i := range current.Groups {
				g := &current.Groups[i]
				slices.Sort(in[g.ID])
				g.Members, g.MembersUnreadable = slices.Compact(in[g.ID]), false
			}
		}
	}
	slices.SortFunc(current.Users, func(a, b directory.User[directory.TargetID]) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(current.Groups, func(a, b directory.Group[directory.TargetID]) int { return cmp.Compare(a.ID, b.ID) })
	return current, nil
}

// readList reads one list to its end. What makes it doubtful becomes a gap.
func (t *Target) readList(ctx context.Context, kind directory.Kind, evidence *directory.Evidence, take func(resource)) error {
	stats, err := t.wire.list(ctx, kind, take)
	evidence.Requests += stats.pages
	if err != nil {
		return err
	}
	if stats.distinct < stats.total {
		evidence.Add(kind.String()+"s of the target", fmt.Sprintf("the list said that there are %d and showed %d", stats.total, stats.distinct))
	}
	return nil
}

// lookFor asks for known records that a list did not show. One that is there makes the
// list incomplete; an answer other than 404 leaves it open, which is a gap too. Records
// that are there are one gap together, so that what else is wrong can still be seen.
func (t *Target) lookFor(ctx context.Context, kind directory.Kind, known []directory.TargetID, seen map[directory.TargetID]bool, evidence *directory.Evidence, take func(resource)) error {
	looked := 0
	var there []string
	for _, id := range known {
		if seen[id] {
			continue
		}
		if looked++; looked > mostLookups {
			break
		}
		r, err := t.wire.get(ctx, kind, id)
		evidence.Requests++
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("looking for a %s that the list did not show: %w", kind, ctx.Err())
		case err == nil:
			there = append(there, r.name(kind))
			take(r)
		case !notFound(err):
			evidence.Add(kind.String()+"s of the target", fmt.Sprintf("whether the %s with id %q is gone could not be seen: %v", kind, id, err))
		}
	}
	switch n := len(there); {
	case n > mostNamed:
		evidence.Add(kind.String()+"s of the target", fmt.Sprintf("the list did not show %q and %d more, which are there", there[:mostNamed], n-mostNamed))
	case n > 0:
		evidence.Add(kind.String()+"s of the target", fmt.Sprintf("the list did not show %q, which are there", there))
	}
	return nil
}

// find returns the records whose attribute really equals value. A server that ignores
// the filter answers with other people; those do not count.
func (t *Target) find(ctx context.Context, kind directory.Kind, attr, value string) ([]agent.Found, error) {
	var found []agent.Found
	err := t.wire.search(ctx, kind, attr, value, func(r resource) {
		if t.equals(attr, r.text(attr), value) && !contains(found, r.id()) {
			found = append(found, agent.Found{ID: r.id(), ExternalID: r.text("externalId"), Name: r.name(kind), Active: r.active()})
		}
	})
	if err != nil {
		return nil, fmt.Errorf("looking up a %s by %s: %w", kind, attr, err)
	}
	return found, nil
}
