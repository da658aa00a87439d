package oktasource

import (
	"context"
	"slices"
	"sync"

	"github.com/oktascim/oktascim/agent"
)

// oneByOne is up to how many removals of one kind each is looked at by a request of its own.
// More would take long: the bucket of app users bears about 25 such requests a minute
// (management-api: /api/v1/apps, 100 a minute, of which half is ours). Above it everything is
// listed a second time, cut into other pages than the first time, and oneByOne of the
// removals, spread over all, are looked at one by one all the same.
const oneByOne = 10

// second is a list that is read once more, and the removals that are looked at both in it
// and one by one. When the two disagree about anybody, the list confirms nobody.
type second[T any] struct {
	rows   func() (map[string]T, error)
	sample map[string]bool

	mu    sync.Mutex
	doubt string
}

// newSecond returns nil when so few are asked for that each is looked at by itself.
func newSecond[T any](asked []string, read func(take func(id string, row T)) error) *second[T] {
	if len(asked) <= oneByOne {
		return nil
	}
	s := &second[T]{sample: map[string]bool{}}
	for i := range oneByOne {
		s.sample[asked[i*len(asked)/oneByOne]] = true
	}
	s.rows = sync.OnceValues(func() (map[string]T, error) {
		rows := map[string]T{}
		err := read(func(id string, row T) { rows[id] = row })
		return rows, err
	})
	return s
}

// doubts notes that the list is contradicted.
func (s *second[T]) doubts(why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.doubt = why
}

// trusted withholds what only the list confirmed, when it was contradicted.
func (s *second[T]) trusted(user string, v agent.Verdict) agent.Verdict {
	if s == nil || s.sample[user] || !v.Confirmed || s.doubt == "" {
		return v
	}
	return no("%s", s.doubt)
}

// prepare decides which lists are read a second time.
func (c *confirmation) prepare(ctx context.Context, removals []agent.Removal) {
	var users []string
	members := map[string][]string{}
	for _, r := range removals {
		if r.User == "" {
			continue
		}
		users = append(users, string(r.User))
		if r.Group != "" {
			members[string(r.Group)] = append(members[string(r.Group)], string(r.User))
		}
	}
	slices.Sort(users)
	users = slices.Compact(users)
	if c.s.opt.App != "" {
		c.users = newSecond(users, func(take func(string, appUser)) error {
			return list(ctx, c.s, appPath(c.app.ID, "users"), nil, secondAppUsersPage, func(u appUser) { take(u.ID, u) })
		})
	}
	c.groups = map[string]*second[oktaUser]{}
	for group, asked := range members {
		if s := newSecond(asked, func(take func(string, oktaUser)) error {
			return list(ctx, c.s, groupPath(group, "users"), nil, smallMembersPage, func(u oktaUser) { take(u.ID, u) })
		}); s != nil {
			c.groups[group] = s
		}
	}
}

// settle takes back what a contradicted list confirmed.
func (c *confirmation) settle(removals []agent.Removal, verdicts []agent.Verdict) {
	for i, r := range removals {
		switch {
		case r.User != "" && r.Group != "":
			verdicts[i] = c.groups[string(r.Group)].trusted(string(r.User), c.users.trusted(string(r.User), verdicts[i]))
		case r.User != "":
			verdicts[i] = c.users.trusted(string(r.User), verdicts[i])
		}
	}
}

// assigned looks at one assignment: by itself, or, of many, in the second list.
func (c *confirmation) assigned(ctx context.Context, user string) agent.Verdict {
	if c.users == nil {
		return c.assignedAlone(ctx, user)
	}
	rows, err := c.users.rows()
	if err != nil {
		return no("the assignments cannot be read a second time: %v", err)
	}
	u, listed := rows[user]
	inList := yes("no longer assigned to the app, in a second list of all assignments either")
	if listed {
		inList = standingVerdict(u)
	}
	if !c.users.sample[user] {
		return inList
	}
	alone := c.assignedAlone(ctx, user)
	if alone.Confirmed != inList.Confirmed {
		c.users.doubts("the second list of assignments says otherwise than the assignment of one of them by itself: " + alone.Why)
	}
	return alone
}

// left looks at one membership: in the person's own groups, or, of many, in the second list
// of the group.
func (c *confirmation) left(ctx context.Context, user, from string) agent.Verdict {
	s := c.groups[from]
	if s == nil {
		return c.member(ctx, user, from)
	}
	rows, err := s.rows()
	if err != nil {
		return no("the group's members cannot be read a second time: %v", err)
	}
	_, listed := rows[user]
	if s.sample[user] {
		alone := c.member(ctx, user, from)
		if !listed && !alone.Confirmed {
			s.doubts("the second list of the group says otherwise than the groups of one of them: " + alone.Why)
		}
		return alone
	}
	if !listed {
		return yes("no longer in the group, in a second list of its members either")
	}
	if c.s.opt.App == "" {
		return c.member(ctx, user, from)
	}
	return stillIn(c.assigned(ctx, user))
}
