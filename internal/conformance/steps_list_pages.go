package conformance

import (
	"context"
	"fmt"
	"net/http"
	"slices"
)

// registerPages binds the sentences on what an import reads: pages that fit
// together, and resources that are what was pushed.
func registerPages(sc *sentences, w *world) {
	sc.When(`^Okta lists (people|groups) right after the last one$`, func(ctx context.Context, kind string) error {
		w.begin()
		total, first, err := w.total(ctx, kind)
		if err != nil {
			return w.fail(first, "totalResults as a whole number", showMember(first.value, "totalResults"))
		}
		w.page(ctx, kind, total+1, 100)
		return nil
	})

	sc.Then(`^the same (people|groups) come two a page as on one page$`, func(ctx context.Context, kind string) error {
		return w.smallPages(ctx, kind)
	})
	sc.Then(`^the total of (people|groups) is the same on every page$`, func(ctx context.Context, kind string) error {
		return w.sameTotal(ctx, kind)
	})
	sc.Then(`^two imports in a row list the same (people|groups) in the same order$`, func(ctx context.Context, kind string) error {
		for range 3 { // others may work on the server meanwhile
			first, _, err := w.all(ctx, kind)
			if err != nil {
				return err
			}
			second, ex, err := w.all(ctx, kind)
			if err != nil {
				return err
			}
			if slices.Equal(keys(first), keys(second)) {
				return nil
			}
			if len(first) == len(second) {
				return w.fail(ex, "the same order as in the import before: "+few(keys(first)), few(keys(second)))
			}
		}
		return w.fail(w.answer(), "the same list when asked twice", "another one each time")
	})
	sc.Then(`^a list of (people|groups) that has nothing in it is an empty list$`, func(ctx context.Context, kind string) error {
		ex := w.page(ctx, kind, 1, 100)
		if err := w.expect(ctx, ex, http.StatusOK); err != nil {
			return err
		}
		if n, ok := whole(ex.value, "totalResults"); ok && n > 0 {
			return nil // the server has some of its own
		}
		return w.empty(ex)
	})
	sc.Then(`^reading on in steps of 100 finds (people|groups) to the last one, but not (.+)$`, func(ctx context.Context, kind, who string) error {
		if err := w.walk(ctx, kind, nil); err != nil {
			return err
		}
		for _, n := range w.names(who) {
			if r, ex, err := w.listed(ctx, kind, n); err != nil || r != nil {
				return orElse(err, w.fail(ex, n+" not in the list", "there: "+show(r)))
			}
		}
		return nil
	})
	sc.Then(`^the list of people shows "([^"]*)" of "([^"]*)" as sent$`, func(ctx context.Context, path, who string) error {
		want, err := w.person(who).sent(path)
		if err != nil {
			return err
		}
		return w.listShows(ctx, "people", who, path, want)
	})
	sc.Then(`^the list of people shows "([^"]*)" of "([^"]*)" as (true|false|"[^"]*")$`, func(ctx context.Context, path, who, want string) error {
		return w.listShows(ctx, "people", who, path, w.value(want))
	})
	sc.Then(`^the list of people shows the profile of "([^"]*)" that Okta has sent$`, func(ctx context.Context, who string) error {
		for _, path := range []string{"userName", "name.givenName", "name.familyName", "emails.value"} {
			want, err := w.person(who).sent(path)
			if err != nil {
				return err
			}
			if err := w.listShows(ctx, "people", who, path, want); err != nil {
				return err
			}
		}
		return nil
	})
	sc.Then(`^the list of groups shows the group "([^"]*)"$`, func(ctx context.Context, name string) error {
		return w.listShows(ctx, "groups", name, "displayName", w.group(name).name)
	})
	sc.Then(`^the list of groups, where it shows members of "([^"]*)", shows exactly (.+)$`, func(ctx context.Context, name, who string) error {
		r, ex, err := w.listed(ctx, "groups", name)
		if err != nil {
			return err
		}
		if l, _ := list(r, "members"); len(l) == 0 {
			return nil
		}
		return w.membersOf(ex, r, w.names(who))
	})
	sc.Then(`^every member of the group "([^"]*)" is in the list of people$`, func(ctx context.Context, name string) error {
		people, _, err := w.all(ctx, "people")
		if err != nil {
			return err
		}
		there := keys(people)
		ex, err := w.readGroup(ctx, w.group(name))
		if err != nil {
			return err
		}
		for _, id := range values(ex) {
			if !slices.Contains(there, id) && len(there) < maxPages*100 {
				return w.fail(ex, "members that are in the list of people", fmt.Sprintf("%q, whom no page has", id))
			}
		}
		return nil
	})
	sc.Given(`^an import has read (.+)$`, func(ctx context.Context, who string) error {
		people, ex, err := w.all(ctx, "people")
		if err != nil {
			return setup("users.import.1", err)
		}
		order := keys(people)
		names := w.names(who)
		slices.SortFunc(names, func(a, b string) int {
			return slices.Index(order, w.person(a).id) - slices.Index(order, w.person(b).id)
		})
		w.order = names
		return setup("users.import.4", w.inOrder(ex, order, names))
	})
	sc.Then(`^the next import reads (?:.+) in the same order$`, func(ctx context.Context) error {
		people, ex, err := w.all(ctx, "people")
		if err != nil {
			return err
		}
		return w.inOrder(ex, keys(people), w.order)
	})
	sc.Then(`^once "([^"]*)" is deleted on the target, an import does not read that person$`, func(ctx context.Context, who string) error {
		if !succeeded(w.send(ctx, http.MethodDelete, "/Users/"+segment(w.person(who).id), "")) {
			return nil // nothing in Okta deletes people, so a server need not
		}
		if err := w.walk(ctx, "people", nil); err != nil {
			return err
		}
		r, ex, err := w.listed(ctx, "people", who)
		if err == nil && r != nil {
			return w.fail(ex, "nobody with the id of "+who, show(r))
		}
		return err
	})
}

func orElse(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// total is totalResults of a first page.
func (w *world) total(ctx context.Context, kind string) (int, *Exchange, error) {
	first := w.page(ctx, kind, 1, 1)
	n, ok := whole(first.value, "totalResults")
	if !ok {
		return 0, first, w.fail(first, "totalResults as a whole number", showMember(first.value, "totalResults"))
	}
	return n, first, nil
}

// all reads a list to its end, as an import does, and returns its resources in
// order.
func (w *world) all(ctx context.Context, kind string) ([]any, *Exchange, error) {
	var found []any
	var ex *Exchange
	total := 1
	for start := 1; start <= total && start < maxPages*100; start += 100 {
		ex = w.page(ctx, kind, start, 100)
		if err := w.expect(ctx, ex, http.StatusOK); err != nil {
			return nil, ex, err
		}
		if err := w.isList(ex); err != nil {
			return nil, ex, err
		}
		total, _ = whole(ex.value, "totalResults")
		l, _ := list(ex.value, "Resources")
		found = append(found, l...)
	}
	return found, ex, nil
}

// keys are the ids of resources.
func keys(resources []any) []string {
	var all []string
	for _, r := range resources {
		all = append(all, text(r, "id"))
	}
	return all
}

// listed finds a person or a group in the list, by id; nil if no page has it.
// The exchange is the page with it, or the last one.
func (w *world) listed(ctx context.Context, kind, name string) (any, *Exchange, error) {
	id := w.person(name).id
	if kind == "groups" {
		id = w.group(name).id
	}
	var ex *Exchange
	total := 1
	for start := 1; start <= total && start < maxPages*100; start += 100 {
		ex = w.page(ctx, kind, start, 100)
		if err := w.expect(ctx, ex, http.StatusOK); err != nil {
			return nil, ex, err
		}
		l, _ := list(ex.value, "Resources")
		for _, r := range l {
			if text(r, "id") == id {
				return r, ex, nil
			}
		}
		total, _ = whole(ex.value, "totalResults")
	}
	return nil, ex, nil
}

// listShows checks an attribute of an entry of a list.
func (w *world) listShows(ctx context.Context, kind, name, path string, want any) error {
	r, ex, err := w.listed(ctx, kind, name)
	if err != nil {
		return err
	}
	if total, _ := whole(ex.value, "totalResults"); r == nil && total >= maxPages*100 {
		return nil // further on than the tester reads
	}
	if r == nil {
		return w.fail(ex, name+" on one of the pages", "not there")
	}
	got, there := at(r, path)
	switch {
	case !there:
		return w.fail(ex, path+" "+show(want)+" in the entry of "+name, "no "+path)
	case got != want:
		return w.fail(ex, path+" "+show(want)+" in the entry of "+name, show(got))
	}
	return nil
}

// inOrder checks that the ids of people stand in a list in this order.
func (w *world) inOrder(ex *Exchange, order, names []string) error {
	last := -1
	for _, n := range names {
		i := slices.Index(order, w.person(n).id)
		switch {
		case i < 0 && len(order) < maxPages*100:
			return w.fail(ex, n+" on one of the pages", "not there")
		case i >= 0 && i < last:
			return w.fail(ex, "the order "+few(names), n+" comes earlier")
		}
		last = max(last, i)
	}
	return nil
}

// smallPages compares three pages of two with one page of six. They are compared
// only if the large page is the same before and after: others may work on the
// server meanwhile.
func (w *world) smallPages(ctx context.Context, kind string) error {
	for range 3 {
		before := w.page(ctx, kind, 1, 6)
		if err := w.expect(ctx, before, http.StatusOK); err != nil {
			return err
		}
		var got []string
		var ex *Exchange
		for start := 1; start <= 5; start += 2 {
			ex = w.page(ctx, kind, start, 2)
			if err := w.expect(ctx, ex, http.StatusOK); err != nil {
				return err
			}
			got = append(got, ids(ex)...)
		}
		want := ids(before)
		if !slices.Equal(ids(w.page(ctx, kind, 1, 6)), want) {
			continue
		}
		if !slices.Equal(got, want) {
			return w.fail(ex, fmt.Sprintf("over three pages the %d of the page of six: %s", len(want), few(want)), fmt.Sprintf("%d: %s", len(got), few(got)))
		}
		return nil
	}
	return w.fail(w.answer(), "the same page when asked twice", "another one each time")
}

// sameTotal compares totalResults of some pages.
func (w *world) sameTotal(ctx context.Context, kind string) error {
	for range 3 {
		want, _, err := w.total(ctx, kind)
		if err != nil {
			return err
		}
		var wrong *Exchange
		for _, p := range []struct{ start, count int }{{2, 1}, {3, 1}, {2, 100}, {1, 100}} {
			ex := w.page(ctx, kind, p.start, p.count)
			if n, ok := whole(ex.value, "totalResults"); wrong == nil && (!ok || n != want) {
				wrong = ex
			}
		}
		again, _, err := w.total(ctx, kind)
		if err != nil {
			return err
		}
		if again != want {
			continue
		}
		if wrong != nil {
			return w.fail(wrong, fmt.Sprintf("totalResults %d, as on the first page", want), showMember(wrong.value, "totalResults"))
		}
		return nil
	}
	return w.fail(w.answer(), "the same totalResults when asked twice", "another one each time")
}
