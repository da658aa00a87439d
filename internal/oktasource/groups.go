package oktasource

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/oktascim/oktascim/internal/nearest"
)

const (
	// idsPerFilter is how many ids one filter names: the URL stays below one kilobyte.
	idsPerFilter = 20
	// listAllFrom is the number of groups from which on all groups are listed instead of
	// asking for each by name or by id: from about there it takes fewer requests.
	listAllFrom = 60
	// prefixCap is how many groups q= shows at most.
	prefixCap = 300
)

// groupsByID reads names and counts of groups. An id that is missing in the result has
// no group; the error is for what could not be read.
func (s *Source) groupsByID(ctx context.Context, ids []string) (map[string]group, error) {
	found := map[string]group{}
	wanted := make(map[string]bool, len(ids))
	for _, id := range ids {
		wanted[id] = true
	}
	keep := func(g group) {
		if wanted[g.ID] {
			found[g.ID] = g
		}
	}
	// The lists are only a short cut: who is missing there is asked for below.
	if len(ids) >= listAllFrom {
		if err := s.allGroups(ctx, keep); err != nil && ctx.Err() != nil {
			return nil, ctx.Err()
		}
	} else {
		for start := 0; start < len(ids); start += idsPerFilter {
			terms := make([]string, 0, idsPerFilter)
			for _, id := range ids[start:min(start+idsPerFilter, len(ids))] {
				terms = append(terms, `id eq "`+id+`"`)
			}
			query := url.Values{"filter": {strings.Join(terms, " or ")}, "expand": {"stats"}}
			if err := list(ctx, s, "/api/v1/groups", query, groupsPage, keep); err != nil && ctx.Err() != nil {
				return nil, ctx.Err()
			}
		}
	}
	for _, id := range ids {
		if _, ok := found[id]; ok {
			continue
		}
		var g group
		_, err := s.get(ctx, groupPath(id, ""), url.Values{"expand": {"stats"}}, &g)
		switch {
		case notFound(err):
		case err != nil:
			return found, fmt.Errorf("group %s: %w", id, err)
		case g.ID == id:
			found[id] = g
		default:
			return found, fmt.Errorf("group %s: answered with success and another group", id)
		}
	}
	return found, nil
}

func (s *Source) allGroups(ctx context.Context, yield func(group)) error {
	return list(ctx, s, "/api/v1/groups", url.Values{"expand": {"stats"}}, groupsPage, yield)
}

// named is what was found under a name.
type named struct {
	groups  []group  // exactly of the name
	nearest []string // if there is none
}

// groupsByName finds groups by their exact names; an app's own groups are no candidates.
// The error is for what could not be read: then nothing is known of any name.
func (s *Source) groupsByName(ctx context.Context, names []string) (map[string]named, error) {
	found := make(map[string]named, len(names))
	missing := false
	keep := func(g group) {
		n, wanted := found[g.Profile.Name]
		if wanted && g.Type != "APP_GROUP" {
			for _, have := range n.groups {
				if have.ID == g.ID {
					return
				}
			}
			n.groups = append(n.groups, g)
			found[g.Profile.Name] = n
		}
	}
	for _, name := range names {
		found[name] = named{}
	}
	if len(names) < listAllFrom {
		for _, name := range names {
			rows, err := s.groupsByPrefix(ctx, name)
			if err != nil {
				return nil, fmt.Errorf("looking for the group %q: %w", name, err)
			}
			for _, g := range rows {
				keep(g)
			}
			missing = missing || len(found[name].groups) == 0 || len(rows) >= prefixCap
		}
	} else {
		missing = true
	}
	if !missing {
		return found, nil
	}
	// All groups: for the names that a prefix did not find, and what is like them.
	var all []string
	if err := s.allGroups(ctx, func(g group) {
		keep(g)
		if g.Type != "APP_GROUP" {
			all = append(all, g.Profile.Name)
		}
	}); err != nil {
		return nil, fmt.Errorf("listing the groups: %w", err)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("listing the groups: the org shows none, not even Everyone: the token or service app probably lacks an admin role")
	}
	for name, n := range found {
		if len(n.groups) == 0 {
			n.nearest = nearest.Several(name, all)
			found[name] = n
		}
	}
	return found, nil
}

// groupsByPrefix is one request; the list is not paged and has no Link lines.
func (s *Source) groupsByPrefix(ctx context.Context, prefix string) ([]group, error) {
	var rows []group
	_, err := s.get(ctx, "/api/v1/groups", url.Values{"q": {prefix}, "expand": {"stats"}}, &rows)
	if err != nil {
		return nil, err
	}
	for _, g := range rows {
		if g.ID == "" {
			return nil, fmt.Errorf("a group without an id")
		}
	}
	return rows, nil
}

// readMembers lists the members of a group. The error is nil only if all were listed:
// the chain of pages ended, and there are at least as many as Okta counts.
//
// Okta answers 504 for large pages of large groups; then the pages are smaller.
func readMembers[T row](ctx context.Context, s *Source, g group, yield func(T)) error {
	seen := map[string]bool{}
	once := func(u T) {
		if !seen[u.rowID()] {
			seen[u.rowID()] = true
			yield(u)
		}
	}
	path := groupPath(g.ID, "users")
	err := list(ctx, s, path, nil, membersPage, once)
	if err != nil && serverTrouble(err) && ctx.Err() == nil {
		err = list(ctx, s, path, nil, smallMembersPage, once)
	}
	if err != nil || len(seen) >= g.users() {
		return err
	}
	// Fewer than Okta counts: a list that lags, a count that lags, or people whom the
	// token may not see. Both are read again, the list in other pages.
	if err := list(ctx, s, path, nil, smallMembersPage, once); err != nil {
		return err
	}
	now, err := s.groupsByID(ctx, []string{g.ID})
	if err != nil {
		return err
	}
	if want := now[g.ID].users(); len(seen) < want {
		return fmt.Errorf("it lists %d members, and Okta counts %d: some may be hidden from the token", len(seen), want)
	}
	return nil
}
