package oktasource

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/internal/mapping"
)

// groupMembers reads a connection without an app: the members of the groups are
// assigned, with Okta's standard mapping, and every switch is on; the configuration
// says what of it is wanted.
//
// A group that cannot be found or read is a gap, not only a problem: all its members
// would seem to have left.
func (r *reading) groupMembers(ctx context.Context) error {
	s := r.s
	r.out.Switches = directory.Switches{CreateUsers: true, UpdateUsers: true, DeactivateUsers: true, PushGroups: s.opt.Pushes != nil}
	found, err := s.groupsByName(ctx, s.opt.Groups)
	if err != nil {
		return err
	}
	m := mapping.Standard()
	r.groups = map[string]bool{}
	read, failures := 0, []error(nil)
	names := slices.Clone(s.opt.Groups)
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		where := fmt.Sprintf("group %q", name)
		switch n := found[name]; len(n.groups) {
		case 0:
			text := "there is no such group in Okta" + didYouMean(n.nearest)
			r.gap(where, text)
			failures = append(failures, fmt.Errorf("%s: %s", where, text))
		case 1:
			r.groups[n.groups[0].ID] = true
			err := readMembers(ctx, s, n.groups[0], func(u profiledUser) { r.addMember(u, name, m) })
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				r.gap("members of "+quoted(name), err.Error())
				failures = append(failures, fmt.Errorf("members of %q: %w", name, err))
			} else {
				read++
			}
		default:
			text := "several groups in Okta have that name (" + groupIDs(n.groups) + "): rename all but one"
			r.gap(where, text)
			failures = append(failures, fmt.Errorf("%s: %s", where, text))
		}
	}
	if read == 0 && len(r.out.Users) == 0 {
		return errors.Join(failures...)
	}
	if s.opt.Pushes == nil {
		return nil
	}
	pushes, err := r.pushesByName(ctx)
	if err != nil {
		return err
	}
	return r.readPushes(ctx, pushes)
}

func (r *reading) addMember(u profiledUser, via string, m mapping.Mapping) {
	standing, why := u.standing()
	if _, known := r.index[u.ID]; known || standing == notEntitled {
		return
	}
	attributes, userName, problems := m.Attributes(u.Profile)
	r.addUser(u.ID, userName, via, attributes, why, problems)
}
