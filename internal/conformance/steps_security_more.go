package conformance

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
)

// registerOther binds what is said about another connection of the same server.
func registerOther(sc *sentences, x *securityWorld) {
	const verbs = `(read|replace|change|delete)`
	// there sends to the other connection.
	there := func(ctx context.Context, method, path, body string) *Exchange {
		ex := x.wire.other.send(ctx, call{method: method, path: path, body: body, auth: x.wire.other.auth.value(), hide: x.passwords()})
		x.mu.Lock()
		defer x.mu.Unlock()
		x.last = len(x.exchanges)
		x.exchanges = append(x.exchanges, ex)
		return ex
	}
	sc.Given(`^another connection has the person "([^"]*)"$`, func(ctx context.Context, who string) error {
		p := x.person(who)
		ex := there(ctx, http.MethodPost, "/Users", createBody(p, ""))
		if p.id = text(ex.value, "id"); ex.Status < 300 || ex.Status >= 500 {
			x.made = append(x.made, made{kind: "Users", id: p.id, names: []string{p.userName}, on: x.wire.other})
		}
		return setup("users.create.1", x.expect(ctx, ex, http.StatusCreated))
	})
	sc.When(`^Okta asks this connection to `+verbs+` the person "([^"]*)" of the other one$`, func(ctx context.Context, verb, who string) error {
		x.begin()
		p := x.person(who)
		c := x.request(verb, "people", p.id, p, &group{})
		c.auth = x.wire.auth.value()
		x.dispatch(ctx, c)
		return nil
	})
	sc.When(`^Okta tests the credentials of this connection with the token of the other one$`, func(ctx context.Context) error {
		x.begin()
		auth := x.wire.other.auth.value()
		if auth == x.wire.auth.value() {
			return fmt.Errorf("the second connection has the same token as the first")
		}
		if x.wire.other.base == x.wire.base {
			return &declined{"both connections have the same URL: the token alone tells them apart"}
		}
		x.as(ctx, stranger{"with the token of another connection", auth}, call{method: http.MethodGet, path: "/Users?startIndex=1&count=2"})
		return nil
	})
	sc.Then(`^this connection does not show "([^"]*)"$`, func(_ context.Context, who string) error {
		for _, ex := range x.exchanges[x.flow:] {
			if succeeded(ex) && bytes.Contains(ex.raw, []byte(x.person(who).userName)) {
				return x.fail(ex, "nothing of "+who+", who is on another connection", "the person")
			}
		}
		return nil
	})
	sc.Then(`^the answer is a refusal$`, func(ctx context.Context) error {
		if ex := x.answer(); ex.Status < 400 || ex.Status >= 500 && ex.Status != http.StatusNotImplemented {
			return x.fail(ex, "a refusal (4xx)", orNoAnswer(ex))
		}
		return nil
	})
	sc.Then(`^the person "([^"]*)" of the other connection is as it was$`, func(ctx context.Context, who string) error {
		p := x.person(who)
		ex := there(ctx, http.MethodGet, "/Users/"+segment(p.id), "")
		if err := x.expect(ctx, ex, http.StatusOK); err != nil {
			return err
		}
		if err := x.shows(ex, "name.givenName", p.given); err != nil {
			return err
		}
		return x.shows(ex, "active", true)
	})
}

// registerTransport binds connections that end too early.
func registerTransport(sc *sentences, x *securityWorld) {
	sc.When(`^Okta hangs up after it has sent the create of "([^"]*)"$`, func(ctx context.Context, who string) error {
		x.begin()
		p := x.person(who)
		x.inject(ctx, p, call{body: createBody(p, ""), hangUp: true})
		return nil
	})
	sc.When(`^the connection breaks in the middle of the create of "([^"]*)"$`, func(ctx context.Context, who string) error {
		x.begin()
		p := x.person(who)
		x.inject(ctx, p, call{body: createBody(p, ""), cut: true})
		return nil
	})
	sc.Then(`^assigning "([^"]*)" again ends with one person$`, func(ctx context.Context, who string) error {
		p := x.person(who)
		if err := x.expect(ctx, x.lookUp(ctx, p.userName, "%20", 100), http.StatusOK, http.StatusNotFound); err != nil {
			return setup("users.lookup.1", err)
		}
		ex := x.post(ctx, p, "")
		if err := x.expect(ctx, ex, http.StatusCreated, http.StatusConflict); err != nil {
			return err
		}
		ex = x.lookUp(ctx, p.userName, "%20", 100)
		if err := x.expect(ctx, ex, http.StatusOK); err != nil {
			return err
		}
		l, _ := list(ex.value, "Resources")
		if len(l) != 1 {
			return x.fail(ex, "one person called "+p.userName, fmt.Sprint(len(l)))
		}
		return nil
	})
}
