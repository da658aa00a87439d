package conformance

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode"
)

// securityWorld is what a scenario about strangers and broken input remembers
// beside the world.
type securityWorld struct {
	*world
	// who says what was odd about a request.
	who map[*Exchange]string
}

// registerSecurity binds the sentences of features/okta/security.feature.
func registerSecurity(sc *sentences, w *world) {
	x := &securityWorld{world: w, who: map[*Exchange]string{}}
	registerStrangers(sc, x)
	registerTokens(sc, x)
	registerEcho(sc, x)
	registerInput(sc, x)
	registerOther(sc, x)
	registerTransport(sc, x)
}

// secret is how the token looks in the Authorization header.
func (w *world) secret(secret string) string {
	a := w.wire.auth
	a.Secret = secret
	return a.value()
}

// near is the secret with one character changed, in the middle: the end of a
// signed token holds bits that mean nothing.
func near(secret string) string {
	r := []rune(secret)
	i := len(r) / 2
	if unicode.ToLower(r[i]) == 'x' {
		r[i] = 'y'
	} else {
		r[i] = 'x'
	}
	return string(r)
}

// swapped is the secret with capitals for small letters and the other way round.
func swapped(secret string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsUpper(r) {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, secret)
}

// stranger is somebody without the token.
type stranger struct{ what, auth string }

func (w *world) strangers() []stranger {
	all := []stranger{{"without an Authorization header", ""}}
	if empty := w.secret(""); empty != "" {
		all = append(all, stranger{"with an empty token", empty})
	}
	return append(all, stranger{"with a token that differs in one character", w.secret(near(w.wire.auth.Secret))})
}

// calls are what a stranger may try; "it" stands for the id.
func (x *securityWorld) request(verb, kind, it string, p *person, g *group) call {
	groupBody := fmt.Sprintf(`{"schemas":[%s],"displayName":%s,"members":[]}`, quote(groupURN), quote(g.name))
	paths := map[string]string{"people": "/Users", "groups": "/Groups"}
	one := paths[kind] + "/" + segment(it)
	c := call{}
	switch verb {
	case "list":
		c = call{method: http.MethodGet, path: paths[kind] + "?startIndex=1&count=100"}
	case "look up":
		c = call{method: http.MethodGet, path: paths[kind] + "?filter=" + filter("userName", p.userName, "%20") + "&startIndex=1&count=100"}
		if kind == "groups" {
			c.path = paths[kind] + "?filter=" + filter("displayName", g.name, "%20") + "&startIndex=1&count=100"
		}
	case "read":
		c = call{method: http.MethodGet, path: one}
	case "create":
		c = call{method: http.MethodPost, path: paths[kind], body: createBody(p, "")}
		if kind == "groups" {
			c.body = groupBody
		}
	case "replace":
		other := *p
		other.given, other.display = "Mallory", "Mallory"
		c = call{method: http.MethodPut, path: one, body: createBody(&other, "")}
		if kind == "groups" {
			c.body = strings.Replace(groupBody, inJSON(g.name), inJSON(g.name)+" taken", 1)
		}
	case "change":
		c = call{method: http.MethodPatch, path: one, body: patchActive(false)}
		if kind == "groups" {
			c.body = patchGroup(`{"op":"replace","value":{"displayName":` + quote(g.name+" taken") + `}}`)
		}
	case "delete":
		c = call{method: http.MethodDelete, path: one}
	}
	return c
}

func (x *securityWorld) as(ctx context.Context, s stranger, c call) *Exchange {
	c.auth = s.auth
	ex := x.dispatch(ctx, c)
	x.who[ex] = s.what
	return ex
}

func registerStrangers(sc *sentences, x *securityWorld) {
	sc.When(`^strangers (list|look up|read|create|replace|change|delete) the person "([^"]*)"$`, func(ctx context.Context, verb, who string) error {
		x.begin()
		p := x.person(who)
		for _, s := range x.strangers() {
			ex := x.as(ctx, s, x.request(verb, "people", p.id, p, &group{}))
			if verb == "create" {
				x.keep("Users", p.userName, ex)
			}
		}
		return nil
	})
	sc.When(`^strangers (list|look up|read|create|replace|change|delete) the group "([^"]*)"$`, func(ctx context.Context, verb, name string) error {
		x.begin()
		g := x.group(name)
		for _, s := range x.strangers() {
			ex := x.as(ctx, s, x.request(verb, "groups", g.id, x.person("Nobody"), g))
			if verb == "create" {
				x.keep("Groups", g.name, ex)
			}
		}
		return nil
	})
	sc.Then(`^no stranger is let in$`, func(context.Context) error { return x.outside() })
	sc.Then(`^no stranger is told of "([^"]*)"$`, func(_ context.Context, who string) error {
		for _, ex := range x.exchanges[x.flow:] {
			for _, name := range []string{x.person(who).userName, x.group(who).name} {
				if bytes.Contains(ex.raw, []byte(name)) {
					return x.fail(ex, "nothing about "+who+" for who comes "+x.who[ex], "the name of "+who)
				}
			}
		}
		return nil
	})
	sc.Then(`^no person "([^"]*)" has come$`, func(ctx context.Context, who string) error { return x.nobody(ctx, who) })
	// A server may still be busy with what broke off; another create gives it time.
	sc.Then(`^no person "([^"]*)" has come after the create of "([^"]*)"$`, func(ctx context.Context, who, other string) error {
		if err := x.create(ctx, x.person(other), ""); err != nil {
			return err
		}
		return x.nobody(ctx, who)
	})
	sc.Then(`^no group "([^"]*)" has come$`, func(ctx context.Context, name string) error {
		g := x.group(name)
		ex := x.send(ctx, http.MethodGet, "/Groups?filter="+filter("displayName", g.name, "%20")+"&startIndex=1&count=100", "")
		if err := x.expect(ctx, ex, http.StatusOK, http.StatusNotFound); err != nil {
			return setup("groups.lookup.1", err)
		}
		return x.absent(ex, "Groups", "displayName", g.name)
	})
	sc.Then(`^the group "([^"]*)" is as it was$`, func(ctx context.Context, name string) error {
		g := x.group(name)
		ex := x.send(ctx, http.MethodGet, "/Groups/"+segment(g.id), "")
		if err := x.expect(ctx, ex, http.StatusOK); err != nil {
			return err
		}
		return x.shows(ex, "displayName", g.name)
	})
	sc.Then(`^every call about (people|groups) without a token is answered with 401 and a SCIM error$`, func(ctx context.Context, kind string) error {
		const nobody = "00919288221112222"
		p, g := x.person("Nobody"), x.group("Nothing")
		for _, verb := range []string{"list", "look up", "read", "create", "replace", "change", "delete"} {
			c := x.request(verb, kind, nobody, p, g)
			ex := x.as(ctx, x.strangers()[0], c)
			if verb == "create" {
				x.keep(strings.TrimPrefix(c.path, "/"), map[string]string{"people": p.userName, "groups": g.name}[kind], ex)
			}
			if noHandler(ex) && (verb == "change" || verb == "delete") {
				continue // what the server does not do at all, it need not protect
			}
			if err := x.expect(ctx, ex, http.StatusUnauthorized); err != nil {
				return err
			}
			if err := x.isError(ex); err != nil {
				return err
			}
		}
		return nil
	})
}

func noHandler(ex *Exchange) bool {
	return ex.Status == http.StatusMethodNotAllowed || ex.Status == http.StatusNotImplemented
}

// outside checks that nobody of the flow was let in.
func (x *securityWorld) outside() error {
	for _, ex := range x.exchanges[x.flow:] {
		if succeeded(ex) {
			return x.fail(ex, "401 for who comes "+x.who[ex], fmt.Sprint(ex.Status))
		}
	}
	return nil
}

// nobody checks that a person is not on the server, and remembers to delete it
// otherwise.
func (x *securityWorld) nobody(ctx context.Context, who string) error {
	p := x.person(who)
	ex := x.odd(ctx, http.MethodGet, "/Users?filter="+filter("userName", p.userName, "%20")+"&startIndex=1&count=100", "")
	if err := x.expect(ctx, ex, http.StatusOK, http.StatusNotFound); err != nil {
		return setup("users.lookup.1", err)
	}
	return x.absent(ex, "Users", "userName", p.userName)
}

func (x *securityWorld) absent(ex *Exchange, kind, attr, name string) error {
	l, _ := list(ex.value, "Resources")
	for _, r := range l {
		if strings.EqualFold(text(r, attr), name) {
			x.mu.Lock()
			x.made = append(x.made, made{kind: kind, id: text(r, "id"), names: []string{name}})
			x.mu.Unlock()
			return x.fail(ex, "nobody called "+name+": the request before was to have no effect", "it is there")
		}
	}
	return nil
}

// isError checks the form of a SCIM error; Okta shows its detail.
func (w *world) isError(ex *Exchange) error {
	if err := w.object(ex); err != nil {
		return err
	}
	switch {
	case !hasSchema(ex.value, errorURN):
		return w.fail(ex, "schemas with "+errorURN, "schemas "+showMember(ex.value, "schemas"))
	case text(ex.value, "detail") == "":
		return w.fail(ex, "a sentence in detail, which is what Okta shows to the admin", "detail "+showMember(ex.value, "detail"))
	}
	return nil
}

// tooShort is why a token says nothing: what is repeated of it may be chance.
const tooShort = 8

func registerTokens(sc *sentences, x *securityWorld) {
	test := func(ctx context.Context, s stranger) {
		x.as(ctx, s, call{method: http.MethodGet, path: "/Users?startIndex=1&count=2"})
	}
	sc.When(`^Okta tests the credentials with parts of the token$`, func(ctx context.Context) error {
		x.begin()
		secret := x.wire.auth.Secret
		for _, s := range []stranger{
			{"with the first half of the token", secret[:len(secret)/2]}, {"with the second half of the token", secret[len(secret)/2:]},
			{"with the first character of the token", secret[:1]}, {"with all but the last four characters of the token", secret[:len(secret)-4]},
		} {
			test(ctx, stranger{s.what, x.secret(s.auth)})
		}
		return nil
	})
	sc.When(`^Okta tests the credentials with more than the token$`, func(ctx context.Context) error {
		x.begin()
		secret := x.wire.auth.Secret
		test(ctx, stranger{"with characters after the token", x.secret(secret + "xyz")})
		test(ctx, stranger{"with characters before the token", x.secret("xyz" + secret)})
		return nil
	})
	sc.When(`^Okta tests the credentials with capitals and small letters of the token swapped$`, func(ctx context.Context) error {
		x.begin()
		secret := x.wire.auth.Secret
		if swapped(secret) == secret {
			return &declined{"the token has no letters"}
		}
		test(ctx, stranger{"with capitals and small letters of the token swapped", x.secret(swapped(secret))})
		return nil
	})
	sc.When(`^Okta tests the credentials with the token of a connection that is switched off$`, func(ctx context.Context) error {
		x.begin()
		test(ctx, stranger{"with the token of a connection that is switched off", x.wire.disabled.value()})
		return nil
	})
	sc.When(`^Okta tests the credentials with the token in the URL$`, func(ctx context.Context) error {
		x.begin()
		for _, name := range []string{"access_token", "token", "api_key", "authorization"} {
			x.as(ctx, stranger{"with the token as " + name + " in the URL", ""},
				call{method: http.MethodGet, path: "/Users?startIndex=1&count=2&" + name + "=" + queryEscape(x.wire.auth.Secret)})
		}
		return nil
	})
	sc.When(`^a client writes "([^"]*)" for Bearer$`, func(ctx context.Context, scheme string) error {
		x.begin()
		test(ctx, stranger{"with the scheme " + scheme, scheme + " " + x.wire.auth.Secret})
		return nil
	})
	sc.When(`^a page of another site asks for people$`, func(ctx context.Context) error {
		x.begin()
		x.dispatch(ctx, call{
			method: http.MethodGet, path: "/Users?startIndex=1&count=2", auth: x.wire.auth.value(),
			header: http.Header{"Origin": {"https://elsewhere.example"}},
		})
		return nil
	})
	sc.Then(`^the answer gives pages of other sites nothing with credentials$`, func(context.Context) error {
		ex := x.answer()
		origin := ex.header.Get("Access-Control-Allow-Origin")
		if ex.header.Get("Access-Control-Allow-Credentials") == "true" && (origin == "*" || origin == "https://elsewhere.example") {
			return x.fail(ex, "no Access-Control-Allow-Credentials for an origin that nobody knows", "Access-Control-Allow-Origin: "+origin)
		}
		return nil
	})
	sc.Then(`^Okta's calls are answered within 600 ms, at the second try at the latest$`, func(ctx context.Context) error {
		p := x.person("Ada")
		for _, path := range []string{
			"/Users?startIndex=1&count=2", "/Users?filter=" + filter("userName", p.userName, "%20") + "&startIndex=1&count=100", "/Users/" + segment(p.id),
		} {
			if err := x.soon(ctx, func() *Exchange { return x.send(ctx, http.MethodGet, path, "") }); err != nil {
				return err
			}
		}
		return nil
	})
}

// everything is a conversation in which a careless server repeats what it was
// sent: it works, it conflicts, it is broken, it goes astray.
func (x *securityWorld) everything(ctx context.Context, p *person) {
	x.begin()
	p.id = text(x.post(ctx, p, "").value, "id")
	x.lookUp(ctx, p.userName, "%20", 100)
	one := "/Users/" + segment(p.id)
	x.send(ctx, http.MethodGet, one, "")
	x.odd(ctx, http.MethodPut, one, createBody(p, ""))
	x.odd(ctx, http.MethodPatch, one, patchGroup(`{"op":"replace","value":{"password":`+quote(p.password)+`}}`))
	x.post(ctx, p, "")
	body := createBody(p, "")
	x.odd(ctx, http.MethodPost, "/Users", strings.Replace(body, `"userName":`+quote(p.userName)+`,`, "", 1))
	x.odd(ctx, http.MethodPost, "/Users", body[:len(body)-20])
	x.odd(ctx, http.MethodPut, "/Users/00919288221112222", body)
	x.odd(ctx, http.MethodGet, "/Frobnicates", "")
}

func registerEcho(sc *sentences, x *securityWorld) {
	sc.When(`^Okta makes, reads, changes and mistakes "([^"]*)"$`, func(ctx context.Context, who string) error {
		x.everything(ctx, x.person(who))
		return nil
	})
	repeats := func(what string, hide []string) error {
		for _, ex := range x.exchanges {
			for _, h := range hide {
				if where := holds(ex, h); where != "" {
					return x.fail(ex, "no "+what+" in any answer", "the "+what+" that was sent, in "+where)
				}
			}
		}
		return nil
	}
	sc.Then(`^no answer repeats the password, in its body or its headers$`, func(context.Context) error {
		return repeats("password", x.passwords())
	})
	sc.Then(`^no answer repeats the token, in its body or its headers$`, func(context.Context) error {
		return repeats("token", x.wire.auth.hidden())
	})
	sc.Then(`^no refusal repeats the token that was refused$`, func(context.Context) error {
		a := x.wire.auth
		a.Secret = near(a.Secret)
		return repeats("token", a.hidden())
	})
}

// holds says where in an answer a string stands; "" for nowhere.
func holds(ex *Exchange, s string) string {
	if bytes.Contains(ex.raw, []byte(s)) {
		return "the body"
	}
	for name, values := range ex.header {
		if slices.ContainsFunc(values, func(v string) bool { return strings.Contains(v, s) }) {
			return "the header " + name
		}
	}
	return ""
}
