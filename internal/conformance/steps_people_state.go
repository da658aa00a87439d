package conformance

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/cucumber/godog"
)

// registerPeopleState has the sentences that compare what the server has of a
// person with what it had, and with what Okta has sent.
func registerPeopleState(sc *sentences, w *world) {
	sc.Given(`^it is noted what the server has of (.+)$`, func(ctx context.Context, who string) error {
		return setup("users.create.3", w.note(ctx, w.names(who)))
	})
	sc.Then(`^reading "([^"]*)" shows what was noted(?:, but for (.+))?$`, func(ctx context.Context, who, but string) error {
		return w.unchanged(ctx, who, w.names(but))
	})
	sc.Then(`^reading "([^"]*)" shows all that Okta has sent$`, func(ctx context.Context, who string) error {
		_, ex, err := w.read(ctx, w.person(who))
		if err != nil {
			return err
		}
		return w.showsSent(ex, ex.value, w.person(who))
	})
	sc.Then(`^the answer shows all that Okta has sent of "([^"]*)"$`, func(_ context.Context, who string) error {
		if err := w.object(w.answer()); err != nil {
			return err
		}
		return w.showsSent(w.answer(), w.answer().value, w.person(who))
	})
	sc.Then(`^reading "([^"]*)" shows (".+") as sent, one by one$`, func(ctx context.Context, who, attrs string) error {
		_, ex, err := w.read(ctx, w.person(who))
		if err != nil {
			return err
		}
		for _, attr := range w.names(attrs) {
			want, err := w.person(who).sent(attr)
			if err != nil {
				return err
			}
			if got := valueAt(ex.value, attr); !sameValue(got.v, want) {
				return w.fail(ex, attr+" "+show(want), attr+" "+got.String())
			}
		}
		return nil
	})
	sc.Then(`^reading "([^"]*)" shows no "([^"]*)"$`, func(ctx context.Context, who, attr string) error {
		_, ex, err := w.read(ctx, w.person(who))
		if err != nil {
			return err
		}
		if got := valueAt(ex.value, attr); !sameValue(got.v, nil) {
			return w.fail(ex, "no "+attr+", or an empty one", attr+" "+got.String())
		}
		return nil
	})
	sc.Then(`^looking up each of (.+) finds only that person$`, func(ctx context.Context, who string) error {
		return w.findAll(ctx, w.names(who))
	})
	sc.Then(`^the server has "([^"]*)" as Okta has left them$`, func(ctx context.Context, who string) error {
		return w.asLeft(ctx, w.person(who))
	})
	sc.Then(`^the entry of the list shows "([^"]*)" as (true|false|"[^"]*")$`, func(_ context.Context, attr, want string) error {
		l, _ := list(w.answer().value, "Resources")
		if len(l) != 1 {
			return w.fail(w.answer(), "one resource", fmt.Sprintf("%d", len(l)))
		}
		if got := valueAt(l[0], attr); got.v != w.value(want) {
			return w.fail(w.answer(), attr+" "+show(w.value(want))+" in the list", attr+" "+got.String())
		}
		return nil
	})
}

// findAll looks people up, several at once.
func (w *world) findAll(ctx context.Context, names []string) error {
	errs := make([]error, len(names))
	limit := make(chan struct{}, burst)
	var wg sync.WaitGroup
	for i, n := range names {
		p := w.person(n)
		wg.Go(func() {
			limit <- struct{}{}
			defer func() { <-limit }()
			errs[i] = w.find(ctx, p)
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// note reads people and remembers what there is.
func (w *world) note(ctx context.Context, names []string) error {
	for _, n := range names {
		o, _, err := w.read(ctx, w.person(n))
		if err != nil {
			return err
		}
		w.person(n).noted = o
	}
	return nil
}

// unchanged compares a fresh reading with what was noted. What servers count up
// by themselves (meta, times of their own) does not count: only attributes of
// RFC 7643 §4.1 and extensions do.
func (w *world) unchanged(ctx context.Context, who string, but []string) error {
	_, ex, err := w.read(ctx, w.person(who))
	if err != nil {
		return err
	}
	before := w.person(who).noted
	attrs := []string{"id", "active", "userName", "name"}
	attrs = append(attrs, slices.DeleteFunc(rest(), func(a string) bool { return strings.HasPrefix(a, "name.") })...)
	for k := range before {
		if strings.HasPrefix(k, "urn:") && !strings.EqualFold(k, enterpriseURN) {
			attrs = append(attrs, k)
		}
	}
	for _, attr := range attrs {
		if slices.ContainsFunc(but, func(b string) bool { return strings.EqualFold(b, attr) }) {
			continue
		}
		was, is := memberOf(before, attr), memberOf(ex.value, attr)
		if !sameValue(was.v, is.v) {
			return w.fail(ex, attr+" "+was.String()+", as before", attr+" "+is.String())
		}
	}
	return nil
}

// showsSent compares a person of an answer with what Okta has sent.
func (w *world) showsSent(ex *Exchange, o any, p *person) error {
	for _, attr := range append(append([]string{"id"}, vital()...), slices.Sorted(maps.Keys(p.more))...) {
		var want any = p.id
		switch attr {
		case "id":
		case "active":
			want = !p.left
		default:
			var err error
			if want, err = p.sent(attr); err != nil {
				return err
			}
		}
		if got := valueAt(o, attr); !sameValue(got.v, want) {
			return w.fail(ex, attr+" "+show(want), attr+" "+got.String())
		}
	}
	return nil
}

// asLeft looks a person up and reads it: both have to be what Okta has sent.
func (w *world) asLeft(ctx context.Context, p *person) error {
	if err := w.find(ctx, p); err != nil {
		return err
	}
	ex := w.answer()
	l, _ := list(ex.value, "Resources")
	if err := w.showsSent(ex, l[0], p); err != nil {
		return err
	}
	_, ex, err := w.read(ctx, p)
	if err != nil {
		return err
	}
	return w.showsSent(ex, ex.value, p)
}

// fill puts the attributes of a table (path | value) into a resource, and
// remembers them as what Okta has sent.
func (w *world) fill(p *person, o map[string]any, t *godog.Table) {
	for _, row := range t.Rows {
		path, value := row.Cells[0].Value, w.value(row.Cells[1].Value)
		put(o, path, value)
		if urn := steps(path)[0]; strings.HasPrefix(urn, "urn:") && !hasSchema(o, urn) {
			l, _ := list(o, "schemas")
			setMember(o, "schemas", append(slices.Clone(l), any(urn)))
		}
		s, _ := value.(string)
		switch path {
		case "userName":
			p.userName = s
		case "name.givenName":
			p.given = s
		case "name.familyName":
			p.family = s
		case "emails.value":
			p.email = s
		case "displayName":
			p.display = s
		default:
			if p.more == nil {
				p.more = map[string]any{}
			}
			p.more[path] = value
		}
	}
}

// registerPeopleFlows has the sentences that send what no other file sends.
func registerPeopleFlows(sc *sentences, w *world) {
	sc.Given(`^Okta has created the person "([^"]*)" with$`, func(ctx context.Context, who string, t *godog.Table) error {
		return setup("users.create.1", w.createWith(ctx, who, t))
	})
	sc.When(`^Okta assigns the person "([^"]*)" with$`, func(ctx context.Context, who string, t *godog.Table) error {
		return w.createWith(ctx, who, t)
	})
	sc.When(`^Okta sends the create of "([^"]*)" again with$`, func(ctx context.Context, who string, t *godog.Table) error {
		w.begin()
		again := *w.person(who)
		w.postWith(ctx, &again, t)
		return nil
	})
	sc.When(`^Okta sends the create of "([^"]*)" twice at once$`, func(ctx context.Context, who string) error {
		return w.createTwice(ctx, w.person(who))
	})
	sc.When(`^Okta looks up the userName "([^"]*)"$`, func(ctx context.Context, name string) error {
		w.begin()
		w.lookUp(ctx, fmt.Sprint(w.value(quote(name))), "%20", 100)
		return nil
	})
	sc.When(`^Okta pushes new family names of (.+) at once$`, func(ctx context.Context, who string) error {
		return w.pushAll(ctx, w.names(who))
	})
	sc.When(`^Okta repeats the last write$`, func(ctx context.Context) error { return w.repeat(ctx) })
	sc.When(`^Okta reactivates "([^"]*)" with$`, func(ctx context.Context, who string, t *godog.Table) error {
		p := w.person(who)
		w.fill(p, map[string]any{}, t)
		return w.reactivate(ctx, p)
	})
	sc.When(`^Okta sets active of "([^"]*)" to true once more$`, func(ctx context.Context, who string) error {
		w.begin()
		p := w.person(who)
		if w.mode == Catalog {
			return w.expect(ctx, w.send(ctx, http.MethodPatch, "/Users/"+segment(p.id), patchActive(true)), 200, 204)
		}
		return w.push(ctx, p, func(o map[string]any) { setMember(o, "active", true) })
	})
	sc.When(`^Okta sends "([^"]*)" the password (.*)$`, func(ctx context.Context, who, password string) error {
		return w.sendPassword(ctx, w.person(who), fmt.Sprint(w.value(password)))
	})
	sc.When(`^Okta tests the connection and saves it with import of groups$`, func(ctx context.Context) error {
		w.begin()
		for _, path := range []string{"/Users?startIndex=1&count=2", "/Groups?startIndex=1&count=100"} {
			ex := w.send(ctx, http.MethodGet, path, "")
			if err := w.expect(ctx, ex, http.StatusOK); err != nil {
				return err
			}
			if err := w.isList(ex); err != nil {
				return err
			}
		}
		return nil
	})
}

// createWith is an assignment with the attributes of a table.
func (w *world) createWith(ctx context.Context, who string, t *godog.Table) error {
	w.begin()
	p := w.person(who)
	o := w.draft(p, t)
	if err := w.expect(ctx, w.lookUp(ctx, p.userName, "%20", 100), http.StatusOK, http.StatusNotFound); err != nil {
		return err
	}
	ex := w.send(ctx, http.MethodPost, "/Users", marshal(o))
	w.keep("Users", p.userName, ex)
	if err := w.expect(ctx, ex, http.StatusCreated); err != nil {
		return err
	}
	p.id = text(ex.value, "id")
	return nil
}

func (w *world) postWith(ctx context.Context, p *person, t *godog.Table) {
	ex := w.send(ctx, http.MethodPost, "/Users", marshal(w.draft(p, t)))
	w.keep("Users", p.userName, ex)
}

// draft is the body of a create with the attributes of a table.
func (w *world) draft(p *person, t *godog.Table) map[string]any {
	o := parsed(createBody(p, ""))
	w.fill(p, o, t)
	return o
}

// createTwice posts one person twice at once, as after an answer that came too
// late: one gets it, the other is refused, and one person is there.
func (w *world) createTwice(ctx context.Context, p *person) error {
	w.begin()
	answers := make([]*Exchange, 2)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() { answers[i] = w.post(ctx, p, "") })
	}
	wg.Wait()
	if answers[0].Status > answers[1].Status {
		slices.Reverse(answers)
	}
	if err := w.expect(ctx, answers[0], http.StatusCreated); err != nil {
		return err
	}
	p.id = text(answers[0].value, "id")
	return w.expect(ctx, answers[1], http.StatusConflict)
}

// pushAll gives people new family names at once, each by GET and PUT.
func (w *world) pushAll(ctx context.Context, names []string) error {
	w.begin()
	errs := make([]error, len(names))
	var wg sync.WaitGroup
	for i, n := range names {
		p := w.person(n)
		p.family = "Byron-" + n
		wg.Go(func() { errs[i] = w.push(ctx, p, p.profile) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// repeat sends the last PUT or PATCH once more, as Okta does when an answer is
// lost.
func (w *world) repeat(ctx context.Context) error {
	for _, ex := range slices.Backward(w.exchanges) {
		if ex.Method == http.MethodPut || ex.Method == http.MethodPatch {
			return w.expect(ctx, w.send(ctx, ex.Method, ex.path, ex.RequestBody), http.StatusOK, http.StatusNoContent)
		}
	}
	return fmt.Errorf("nothing was written yet")
}

// sendPassword syncs a password: PATCH for a catalog app, PUT for a wizard app.
func (w *world) sendPassword(ctx context.Context, p *person, password string) error {
	w.begin()
	w.mu.Lock()
	p.password = password
	w.mu.Unlock()
	if w.mode == Catalog {
		ex := w.send(ctx, http.MethodPatch, "/Users/"+segment(p.id), patchGroup(`{"op":"replace","value":{"password":`+quote(password)+`}}`))
		return w.expect(ctx, ex, http.StatusOK, http.StatusNoContent)
	}
	return w.push(ctx, p, func(o map[string]any) { setMember(o, "password", password) })
}
