package conformance

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
)

// registerGroupLives binds the sentences of conversations about groups: several
// flows in a row, or at once.
func registerGroupLives(sc *sentences, w *world) {
	sc.Given(`^the target already has the group "([^"]*)" with (.+)$`, func(ctx context.Context, name, who string) error {
		w.begin()
		return setup("groups.push.3", w.postGroup(ctx, w.group(name), w.names(who)))
	})
	sc.Given(`^Okta has sent the create of the group "([^"]*)" with (.+), and its answer was lost$`, func(ctx context.Context, name, who string) error {
		w.begin()
		return setup("groups.push.1", w.postGroup(ctx, w.group(name), w.names(who)))
	})
	sc.Given(`^Okta has created a crowd of (\d+) people$`, func(ctx context.Context, n int) error {
		w.begin()
		return setup("users.create.1", w.hire(ctx, n))
	})
	sc.Given(`^Okta has created (\d+) empty groups$`, func(ctx context.Context, n int) error {
		w.begin()
		all := make([]*group, n)
		for i := range n {
			all[i] = w.group(fmt.Sprintf("G%03d", i+1))
		}
		return setup("groups.push.5", w.atOnce(n, func(i int) error { return w.postGroup(ctx, all[i], nil) }))
	})

	sc.Then(`^looking up each of the (\d+) groups finds only that group$`, func(ctx context.Context, n int) error {
		all := make([]*group, n)
		for i := range n {
			all[i] = w.group(fmt.Sprintf("G%03d", i+1))
		}
		return w.atOnce(n, func(i int) error {
			ex := w.lookUpGroup(ctx, all[i].name, 100)
			if err := w.expect(ctx, ex, 200); err != nil {
				return err
			}
			return w.only(ex, "displayName", all[i].name, all[i].id)
		})
	})

	sc.When(`^Okta pushes the group "([^"]*)", which it finds, with (.+)$`, func(ctx context.Context, name, who string) error {
		return w.linkGroup(ctx, w.group(name), w.names(who))
	})
	sc.When(`^Okta pushes the group "([^"]*)" again as new with (.+)$`, func(ctx context.Context, name, who string) error {
		return w.pushGroup(ctx, w.group(name), w.names(who))
	})
	sc.When(`^Okta pushes the groups "([^"]*)" and "([^"]*)" at once with (.+)$`, func(ctx context.Context, one, two, who string) error {
		groups := []*group{w.group(one), w.group(two)}
		return w.atOnce(2, func(i int) error { return w.pushGroup(ctx, groups[i], w.names(who)) })
	})
	sc.When(`^Okta pushes the groups "([^"]*)" and "([^"]*)" of "([^"]*)" again, interleaved$`, func(ctx context.Context, one, two, who string) error {
		w.begin()
		groups := []*group{w.group(one), w.group(two)}
		return w.atOnce(2, func(i int) error { return w.pushReturned(ctx, groups[i], who) })
	})

	sc.Then(`^the groups "([^"]*)" and "([^"]*)" have different ids$`, func(_ context.Context, one, two string) error {
		if id := w.group(one).id; id == w.group(two).id {
			return w.fail(w.answer(), "an id of its own for each group", fmt.Sprintf("both have %q", id))
		}
		return nil
	})
}

// linkGroup is a push that finds its group: Okta takes the id and changes the
// group instead of making one (Okta SCIM 2.0 reference, "Retrieve Groups"; which
// requests follow is in no capture: these are those of a membership change).
// Members that Okta does not know stay.
func (w *world) linkGroup(ctx context.Context, g *group, members []string) error {
	w.begin()
	ex := w.lookUpGroup(ctx, g.name, 100)
	if err := w.expect(ctx, ex, http.StatusOK); err != nil {
		return err
	}
	if err := w.only(ex, "displayName", g.name, g.id); err != nil {
		return err
	}
	return w.changeMembers(ctx, g, members, nil)
}

// pushReturned is what a wizard app sends for each pushed group of a person who
// has come back: GET, GET, PUT, GET, PUT (capture obot run-003 steps 57-71).
func (w *world) pushReturned(ctx context.Context, g *group, who string) error {
	return w.changeMembers(ctx, g, []string{who}, nil)
}

// atOnce runs n calls, at most [burst] at a time, and returns the first error by
// index.
func (w *world) atOnce(n int, one func(i int) error) error {
	errs := make([]error, n)
	limit := make(chan struct{}, burst)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			limit <- struct{}{}
			defer func() { <-limit }()
			errs[i] = one(i)
		})
	}
	wg.Wait()
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		return errs[i]
	}
	return nil
}
