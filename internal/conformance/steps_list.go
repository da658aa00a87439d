package conformance

import (
	"context"
	"fmt"
)

func registerLists(sc *sentences, w *world) {
	sc.When(`^Okta lists (people|groups) from (\d+), (\d+) a page$`, func(ctx context.Context, kind string, start, count int) error {
		w.begin()
		w.page(ctx, kind, start, count)
		return nil
	})
	sc.When(`^Okta lists (people|groups) beyond the last one$`, func(ctx context.Context, kind string) error {
		w.begin()
		first := w.page(ctx, kind, 1, 1)
		total, ok := whole(first.value, "totalResults")
		if !ok {
			return w.fail(first, "totalResults as a whole number", showMember(first.value, "totalResults"))
		}
		w.page(ctx, kind, total+100, 100)
		return nil
	})

	sc.Then(`^the answer is a list$`, func(context.Context) error { return w.isList(w.answer()) })
	sc.Then(`^the numbers of the list are whole numbers$`, func(context.Context) error {
		ex := w.answer()
		if err := w.object(ex); err != nil {
			return err
		}
		for _, name := range []string{"totalResults", "startIndex", "itemsPerPage"} {
			if _, ok := whole(ex.value, name); !ok {
				return w.fail(ex, name+" as a JSON number without fraction", showMember(ex.value, name))
			}
		}
		return nil
	})
	sc.Then(`^the answer is an empty list$`, func(ctx context.Context) error {
		if err := w.expect(ctx, w.answer(), 200); err != nil {
			return err
		}
		return w.empty(w.answer())
	})
	sc.Then(`^the answer is an empty list or 404$`, func(ctx context.Context) error {
		if err := w.expect(ctx, w.answer(), 200, 404); err != nil || w.answer().Status == 404 {
			return err
		}
		return w.empty(w.answer())
	})
	sc.Then(`^the page is empty and its total is still that of the first page$`, func(context.Context) error {
		first, ex := w.exchanges[w.last-1], w.answer()
		if err := w.isList(ex); err != nil {
			return err
		}
		if l, _ := list(ex.value, "Resources"); len(l) != 0 {
			return w.fail(ex, "no resources", fmt.Sprintf("%d", len(l)))
		}
		before, _ := whole(first.value, "totalResults")
		if now, ok := whole(ex.value, "totalResults"); !ok || now != before {
			return w.fail(ex, fmt.Sprintf("totalResults %d, as on the first page", before), showMember(ex.value, "totalResults"))
		}
		return nil
	})
	sc.Then(`^the list holds only the person "([^"]*)"$`, func(ctx context.Context, who string) error {
		if err := w.expect(ctx, w.answer(), 200); err != nil {
			return err
		}
		p := w.person(who)
		return w.only(w.answer(), "userName", p.userName, p.id)
	})
	sc.Then(`^the list holds only the group "([^"]*)"$`, func(ctx context.Context, name string) error {
		if err := w.expect(ctx, w.answer(), 200); err != nil {
			return err
		}
		g := w.group(name)
		return w.only(w.answer(), "displayName", g.name, g.id)
	})
	sc.Then(`^the list has at most (\d+) resources?$`, func(_ context.Context, most int) error {
		ex := w.answer()
		if l, _ := list(ex.value, "Resources"); len(l) > most {
			return w.fail(ex, fmt.Sprintf("at most %d resources", most), fmt.Sprintf("%d", len(l)))
		}
		return nil
	})
	sc.Then(`^itemsPerPage counts the resources of the list$`, func(context.Context) error {
		ex := w.answer()
		l, _ := list(ex.value, "Resources")
		if n, ok := whole(ex.value, "itemsPerPage"); !ok || n != len(l) {
			return w.fail(ex, fmt.Sprintf("itemsPerPage %d, the number of resources", len(l)), showMember(ex.value, "itemsPerPage"))
		}
		return nil
	})
	sc.Then(`^startIndex of the list is (\d+)$`, func(_ context.Context, want int) error {
		if n, ok := whole(w.answer().value, "startIndex"); !ok || n != want {
			return w.fail(w.answer(), fmt.Sprintf("startIndex %d", want), showMember(w.answer().value, "startIndex"))
		}
		return nil
	})
	sc.Then(`^the list says that there are at least (\d+)$`, func(_ context.Context, least int) error {
		if n, ok := whole(w.answer().value, "totalResults"); !ok || n < least {
			return w.fail(w.answer(), fmt.Sprintf("totalResults of at least %d, all that there are", least), showMember(w.answer().value, "totalResults"))
		}
		return nil
	})
	sc.Then(`^everybody in the list has an id, a userName, active and the User schema$`, func(context.Context) error {
		ex := w.answer()
		l, _ := list(ex.value, "Resources")
		if len(l) == 0 {
			return w.fail(ex, "at least the person that was just created", "nobody")
		}
		for _, r := range l {
			active, _ := member(r, "active")
			_, isBool := active.(bool)
			if text(r, "id") == "" || text(r, "userName") == "" || !isBool || !hasSchema(r, userURN) {
				return w.fail(ex, "id, userName, active (a boolean) and schemas in each resource", show(r))
			}
		}
		return nil
	})
	sc.Then(`^the person at startIndex 2 is the second one of the first page$`, func(ctx context.Context) error {
		// A page is compared only if the first page was the same before and
		// after: others may work on the server meanwhile.
		for range 3 {
			first := w.page(ctx, "people", 1, 2)
			single := w.page(ctx, "people", 1, 1)
			second := w.page(ctx, "people", 2, 1)
			again := w.page(ctx, "people", 1, 2)
			a, b, c := ids(first), ids(second), ids(again)
			if len(a) != 2 {
				return w.fail(first, "two people", fmt.Sprintf("%d", len(a)))
			}
			if len(c) != 2 || a[0] != c[0] || a[1] != c[1] {
				continue
			}
			if s := ids(single); len(s) != 1 || s[0] != a[0] {
				return w.fail(single, fmt.Sprintf("one person, %q, the first of the page before", a[0]), show(s))
			}
			if len(b) != 1 || b[0] != a[1] {
				return w.fail(second, fmt.Sprintf("one person, %q, the second of the page before", a[1]), show(b))
			}
			return nil
		}
		return w.fail(w.answer(), "the same first page when asked twice", "another one each time")
	})
	sc.Then(`^reading on in steps of 100 finds (people|groups) to the last one, among them (.+)$`, func(ctx context.Context, kind, who string) error {
		return w.walk(ctx, kind, w.names(who))
	})
}

func (w *world) page(ctx context.Context, kind string, start, count int) *Exchange {
	path := map[string]string{"people": "/Users", "groups": "/Groups"}[kind]
	return w.send(ctx, "GET", fmt.Sprintf("%s?startIndex=%d&count=%d", path, start, count), "")
}

// maxPages bounds a walk: on a large tenant the first 2,000 tell enough.
const maxPages = 20

// walk reads pages as Okta's import does: startIndex grows by 100, however many
// resources came, until totalResults is reached.
func (w *world) walk(ctx context.Context, kind string, names []string) error {
	found := map[string]bool{}
	var ex *Exchange
	total := 1
	for start := 1; start <= total && start < maxPages*100; start += 100 {
		ex = w.page(ctx, kind, start, 100)
		if err := w.expect(ctx, ex, 200); err != nil {
			return err
		}
		if err := w.isList(ex); err != nil {
			return err
		}
		total, _ = whole(ex.value, "totalResults")
		for _, id := range ids(ex) {
			if found[id] {
				return w.fail(ex, "each resource once over all pages", fmt.Sprintf("%q on two pages", id))
			}
			found[id] = true
		}
	}
	if total > maxPages*100 {
		return nil
	}
	if len(found) < total {
		return w.fail(ex, fmt.Sprintf("%d resources over all pages, as totalResults says", total), fmt.Sprintf("%d", len(found)))
	}
	for _, n := range names {
		id := w.person(n).id
		if kind == "groups" {
			id = w.group(n).id
		}
		if !found[id] {
			return w.fail(ex, fmt.Sprintf("%q on one of the pages", n), "not there")
		}
	}
	return nil
}

func ids(ex *Exchange) []string {
	l, _ := list(ex.value, "Resources")
	var all []string
	for _, r := range l {
		all = append(all, text(r, "id"))
	}
	return all
}

// isList checks the four fields of a ListResponse.
func (w *world) isList(ex *Exchange) error {
	if err := w.object(ex); err != nil {
		return err
	}
	if !hasSchema(ex.value, listURN) {
		return w.fail(ex, "schemas with "+listURN, "schemas "+showMember(ex.value, "schemas"))
	}
	for _, name := range []string{"totalResults", "startIndex", "itemsPerPage"} {
		if _, there := member(ex.value, name); !there {
			return w.fail(ex, "a member "+name, "none")
		}
	}
	if _, ok := list(ex.value, "Resources"); !ok {
		return w.fail(ex, "Resources, an array even if it is empty", "Resources "+showMember(ex.value, "Resources"))
	}
	return nil
}

// none checks that a list names nothing, in whatever form: the form is what
// users.lookup.1 and groups.lookup.1 are there for.
func (w *world) none(ex *Exchange) error {
	l, _ := list(ex.value, "Resources")
	if n, ok := whole(ex.value, "totalResults"); len(l) > 0 || ok && n > 0 {
		return w.fail(ex, "a list of nothing", fmt.Sprintf("%d resources, totalResults %s", len(l), showMember(ex.value, "totalResults")))
	}
	return nil
}

// empty checks a list of nothing and its form.
func (w *world) empty(ex *Exchange) error {
	if err := w.isList(ex); err != nil {
		return err
	}
	if n, ok := whole(ex.value, "totalResults"); !ok || n != 0 {
		return w.fail(ex, "totalResults 0", "totalResults "+showMember(ex.value, "totalResults"))
	}
	if l, _ := list(ex.value, "Resources"); len(l) != 0 {
		return w.fail(ex, "no resources", fmt.Sprintf("%d", len(l)))
	}
	return nil
}
