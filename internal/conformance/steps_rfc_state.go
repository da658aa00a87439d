package conformance

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/cucumber/godog"
)

// aSecond is more than the time between two stamps of a server that keeps whole
// seconds.
const aSecond = 1100 * time.Millisecond

// later is an hour after a thing was created, as a clock shows it that is twelve
// hours behind UTC: a later time, and an earlier text than that in UTC.
func (t *thing) later() string {
	at, err := time.Parse(time.RFC3339Nano, text(t.seen, "meta.created"))
	if err != nil {
		at = time.Now() // what the server says of itself is not what the filter is about
	}
	return at.Add(time.Hour).In(time.FixedZone("", -12*60*60)).Format("2006-01-02T15:04:05-07:00")
}

// read reads a thing.
func (x *rfcWorld) readThing(ctx context.Context, name string) (*thing, *Exchange, error) {
	t, err := x.thing(name)
	if err != nil {
		return nil, nil, err
	}
	ex := x.look(ctx, http.MethodGet, t.path(), "")
	if err := x.expect(ctx, ex, http.StatusOK); err != nil {
		return nil, nil, err
	}
	return t, ex, x.object(ex)
}

// retitle changes the title of a person.
func (x *rfcWorld) retitle(ctx context.Context, method, name, title string) error {
	t, err := x.thing(name)
	if err != nil {
		return err
	}
	body := fmt.Sprintf(`{"schemas":[%q],"Operations":[{"op":"replace","path":"title","value":%s}]}`, patchURN, quote(title))
	tests := "rfc.patch.6"
	if method == http.MethodPut {
		o, err := x.body(t.kind, name, `{"title":`+quote(title)+`}`, true)
		if err != nil {
			return err
		}
		body, tests = marshal(o), "rfc.put.1"
	}
	ex := x.request(ctx, method, t.path(), body, nil)
	if !succeeded(ex) {
		return setup(tests, x.expect(ctx, ex, http.StatusOK))
	}
	return nil
}

// movesOn checks that a change moves lastModified. A server may keep whole
// seconds: where nothing has moved, it gets a second for a second change.
func (x *rfcWorld) movesOn(ctx context.Context, method, name string) error {
	t, before, err := x.readThing(ctx, name)
	if err != nil {
		return err
	}
	had, err := time.Parse(time.RFC3339Nano, text(before.value, "meta.lastModified"))
	if err != nil {
		return setup("rfc.create.4", x.fail(before, "meta.lastModified, a date and time", quote(text(before.value, "meta.lastModified"))))
	}
	var after *Exchange
	for try := range 2 {
		if try > 0 {
			timer := time.NewTimer(aSecond)
			select {
			case <-ctx.Done():
				timer.Stop()
				return ctx.Err()
			case <-timer.C:
			}
		}
		if err := x.retitle(ctx, method, name, fmt.Sprintf("New %d", try)); err != nil {
			return err
		}
		after = x.look(ctx, http.MethodGet, t.path(), "")
		has, err := time.Parse(time.RFC3339Nano, text(after.value, "meta.lastModified"))
		switch {
		case err != nil || has.Before(had):
			return x.fail(after, "meta.lastModified after "+had.Format(time.RFC3339Nano), quote(text(after.value, "meta.lastModified")))
		case has.After(had):
			return nil
		}
	}
	return x.fail(after, "meta.lastModified after "+had.Format(time.RFC3339Nano)+", since the title was changed", quote(text(after.value, "meta.lastModified")))
}

func registerRFCState(sc *sentences, x *rfcWorld) {
	sc.Then(`^a (PUT|PATCH) moves meta.lastModified of "([^"]*)" on$`, x.movesOn)
	sc.Then(`^"([^"]*)" and "([^"]*)" have two ids$`, func(_ context.Context, a, b string) error {
		one, err := x.thing(a)
		if err != nil {
			return err
		}
		other, err := x.thing(b)
		if err != nil {
			return err
		}
		if one.id == other.id {
			return x.fail(x.answer(), "an id that nobody else has", "id "+quote(other.id)+" of both")
		}
		return nil
	})
	sc.Then(`^"([^"]*)" shows no group but "([^"]*)"$`, func(ctx context.Context, name, group string) error {
		_, ex, err := x.readThing(ctx, name)
		if err != nil {
			return err
		}
		g, err := x.thing(group)
		if err != nil {
			return err
		}
		groups, _ := list(ex.value, "groups")
		if len(groups) == 0 {
			return &declined{"the server shows no groups of a person"}
		}
		for _, v := range groups {
			if text(v, "value") != g.id {
				return x.fail(ex, "groups with the value "+quote(g.id)+" only", show(groups))
			}
		}
		return nil
	})
	sc.Then(`^"([^"]*)" shows the group "([^"]*)", if /Schemas has groups$`, func(ctx context.Context, name, group string) error {
		_, ex, err := x.readThing(ctx, name)
		if err != nil {
			return err
		}
		g, err := x.thing(group)
		if err != nil {
			return err
		}
		groups, _ := list(ex.value, "groups")
		if slices.ContainsFunc(groups, func(v any) bool { return text(v, "value") == g.id }) {
			return nil
		}
		def, _, err := x.attribute(ctx, userURN, "groups")
		if returned := text(def, "returned"); err != nil || returned != "default" && returned != "always" {
			return &declined{"the schema of a User has no groups that are returned by default"}
		}
		return x.fail(ex, "groups with the value "+quote(g.id)+", since /Schemas says that groups are returned", "groups "+showMember(ex.value, "groups"))
	})
	sc.Then(`^the request is refused, or one of "([^"]*)" of "([^"]*)" is primary$`, func(ctx context.Context, path, name string) error {
		if ex := x.answer(); ex.Status >= 400 && ex.Status < 500 {
			return nil
		} else if !succeeded(ex) {
			return x.expect(ctx, ex, http.StatusBadRequest)
		}
		_, ex, err := x.readThing(ctx, name)
		if err != nil {
			return err
		}
		n := 0
		all, _ := list(ex.value, path)
		for _, v := range all {
			if primary, _ := member(v, "primary"); primary == true {
				n++
			}
		}
		if n > 1 {
			return x.fail(ex, "at most one of "+path+" with primary true", show(all))
		}
		return nil
	})
	sc.Then(`^the people of this scenario are listed in the same order twice$`, func(ctx context.Context) error {
		var first []string
		for i := range 3 {
			ex := x.look(ctx, http.MethodGet, "/Users?"+x.ours()+"&count=100", "")
			if _, err := x.resources(ctx, ex); err != nil {
				return setup("rfc.filter.4", err)
			}
			if i == 0 {
				first = ids(ex)
			} else if again := ids(ex); !slices.Equal(first, again) {
				return x.fail(ex, "the order of the answer before: "+strings.Join(first, ", "), strings.Join(again, ", "))
			}
		}
		return nil
	})
	sc.When(`^the client lists the groups of this scenario with "([^"]*)"$`, func(ctx context.Context, query string) error {
		x.begin()
		ours := "filter=" + strings.ReplaceAll(url.QueryEscape(`displayName sw `+quote(x.prefix)), "+", "%20")
		ex := x.request(ctx, http.MethodGet, "/Groups?"+ours+"&"+x.fill(query, url.QueryEscape), "", nil)
		return setup("rfc.filter.36", x.declines(ex))
	})
	sc.Then(`^totalResults is (\d+), or not there$`, func(_ context.Context, n int) error {
		ex := x.answer()
		if _, there := member(ex.value, "totalResults"); !there {
			return nil
		}
		if got, ok := whole(ex.value, "totalResults"); !ok || got != n {
			return x.fail(ex, fmt.Sprintf("totalResults %d", n), "totalResults "+showMember(ex.value, "totalResults"))
		}
		return nil
	})
	sc.Then(`^the header ETag is the version of "([^"]*)"$`, func(ctx context.Context, name string) error {
		sent := header(x.answer(), "Etag")
		_, ex, err := x.readThing(ctx, name)
		if err != nil {
			return err
		}
		if now := header(ex, "Etag"); sent != now {
			return x.fail(x.answer(), "the header ETag "+now+", as the next GET has it", "ETag "+quote(sent))
		}
		return nil
	})
	sc.When(`^the client sends GET "([^"]*)" with the remembered and another version in If-None-Match$`, func(ctx context.Context, path string) error {
		x.begin()
		tags := `W/"another", ` + x.fill("{Ada.tag}", asIs)
		x.request(ctx, http.MethodGet, x.fill(path, url.PathEscape), "", http.Header{"If-None-Match": {tags}})
		return nil
	})
	sc.When(`^the client sends GET "([^"]*)" without a token$`, func(ctx context.Context, path string) error {
		x.begin()
		x.sendAs(ctx, "", http.MethodGet, x.fill(path, url.PathEscape), "")
		return nil
	})
	sc.When(`^the client sends POST "/Users" as application/json with$`, func(ctx context.Context, body *godog.DocString) error {
		x.begin()
		v, err := x.parse(content(body))
		if err != nil {
			return err
		}
		ex := x.request(ctx, http.MethodPost, "/Users", marshal(v), http.Header{"Content-Type": {"application/json"}})
		x.keep("Users", text(v, "userName"), ex)
		return nil
	})
}
