package conformance

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The requests of this file are those of the suites that Okta publishes for
// submissions to its catalog, and the checks are read as the tool reads them
// that the suites are written for: "is a number" takes a number in quotes,
// "equals" compares text, and names of members have a case.

// quick is what the SPEC suite allows for GET /Groups.
const quick = 600 // milliseconds

// suiteWorld is what a scenario of the suites remembers beside the world.
type suiteWorld struct {
	*world
	first string // the id that the first request of the SPEC suite has found
	seen  string // the id under which the CRUD suite looks; Okta has its own from the create
}

// suiteGet are the headers of the GETs of the SPEC suite.
func suiteGet() http.Header {
	return http.Header{
		"User-Agent": {"OKTA SCIM Integration"}, "Content-Type": {"application/scim+json; charset=utf-8"},
		"Accept": {"application/scim+json"}, "Accept-Charset": {"utf-8"},
	}
}

// suitePost are the headers of the POSTs of the SPEC suite.
func suitePost() http.Header {
	return http.Header{
		"User-Agent": {"OKTA SCIM Integration"}, "Content-Type": {"application/json"},
		"Accept": {"application/scim+json; charset=utf-8"}, "Accept-Charset": nil,
	}
}

// suiteVerify are the headers with which the CRUD suite looks.
func suiteVerify() http.Header {
	return http.Header{"User-Agent": {"OKTA SCIM Integration"}, "Accept": {"application/scim+json"}, "Accept-Charset": nil}
}

// suiteLookup has neither startIndex nor count, and the @ as it is.
func suiteLookup(userName string) string {
	return "/Users?filter=" + strings.ReplaceAll(filter("userName", userName, "%20"), "%40", "@")
}

// member of the suite: userName and e-mail are the same.
func (x *suiteWorld) member(who string) *person {
	p := x.person(who)
	p.email, p.family = p.userName, "Tester123" // plain, as the suites have it
	return p
}

func (x *suiteWorld) get(ctx context.Context, path string) *Exchange {
	return x.dispatch(ctx, call{method: http.MethodGet, path: path, auth: x.wire.auth.value(), header: suiteGet()})
}

// post is the create of the SPEC suite: no externalId, no groups, no password.
func (x *suiteWorld) post(ctx context.Context, p *person) *Exchange {
	body := fmt.Sprintf(`{"schemas":[%s],"userName":%s,"name":{"givenName":%s,"familyName":%s},"emails":[{"primary":true,"value":%s,"type":"work"}],"displayName":%s,"active":true}`,
		quote(userURN), quote(p.userName), quote(p.given), quote(p.family), quote(p.email), quote(p.display))
	ex := x.dispatch(ctx, call{method: http.MethodPost, path: "/Users", body: body, auth: x.wire.auth.value(), header: suitePost()})
	x.keep("Users", p.userName, ex)
	return ex
}

func registerSuite(sc *sentences, w *world) {
	x := &suiteWorld{world: w}
	registerSuiteSent(sc, x)
	registerSuiteCRUD(sc, x)
	registerSuiteAnswers(sc, x)
}

func registerSuiteSent(sc *sentences, x *suiteWorld) {
	sc.Given(`^somebody is on the server$`, func(ctx context.Context) error {
		// The suite expects people to be there; on an empty server it gets one.
		if l, _ := list(x.get(ctx, "/Users?count=1&startIndex=1").value, "Resources"); len(l) > 0 {
			return nil
		}
		ex := x.post(ctx, x.member("Ada"))
		if !succeeded(ex) {
			return setup("suite.spec.6", x.expect(ctx, ex, http.StatusCreated))
		}
		return nil
	})
	sc.Given(`^the suite has found the first person of the list$`, func(ctx context.Context) error {
		ex := x.get(ctx, "/Users?count=1&startIndex=1")
		id, there := suiteAt(suiteBody(ex), "Resources[0].id")
		if !there || id == nil || id == "" {
			return setup("suite.spec.1", x.fail(ex, "something at Resources[0].id", suiteShow(id, there)))
		}
		x.first = suiteText(id)
		return nil
	})
	sc.Given(`^the suite has created "([^"]*)"$`, func(ctx context.Context, who string) error {
		p := x.member(who)
		ex := x.post(ctx, p)
		id, there := suiteAt(suiteBody(ex), "id")
		if p.id = suiteText(id); !there || p.id == "" || id == nil {
			return setup("suite.spec.6", x.fail(ex, "a person with an id", suiteShow(id, there)))
		}
		return nil
	})

	sc.When(`^the suite lists one person$`, func(ctx context.Context) error {
		x.get(ctx, "/Users?count=1&startIndex=1")
		return nil
	})
	sc.When(`^the suite reads the person that it has found$`, func(ctx context.Context) error {
		x.get(ctx, "/Users/"+segment(x.first))
		return nil
	})
	sc.When(`^the suite reads the person with the id "([^"]*)"$`, func(ctx context.Context, id string) error {
		x.get(ctx, "/Users/"+segment(id))
		return nil
	})
	sc.When(`^the suite reads "([^"]*)"$`, func(ctx context.Context, who string) error {
		x.get(ctx, "/Users/"+segment(x.person(who).id))
		return nil
	})
	sc.When(`^the suite looks up the userName "([^"]*)"$`, func(ctx context.Context, name string) error {
		x.get(ctx, suiteLookup(fmt.Sprint(x.value(name))))
		return nil
	})
	sc.When(`^the suite looks up "([^"]*)"( in capitals)?$`, func(ctx context.Context, who, capitals string) error {
		name := x.member(who).userName
		if capitals != "" {
			name = strings.ToUpper(name)
		}
		x.get(ctx, suiteLookup(name))
		return nil
	})
	sc.When(`^the suite looks up "([^"]*)" with "([^"]*)" in the place of the token$`, func(ctx context.Context, who, token string) error {
		path := suiteLookup(strings.ToUpper(x.member(who).userName))
		x.dispatch(ctx, call{method: http.MethodGet, path: path, auth: token, header: suiteGet()})
		return nil
	})
	sc.When(`^the suite creates "([^"]*)"$`, func(ctx context.Context, who string) error {
		x.post(ctx, x.member(who))
		return nil
	})
	sc.When(`^the suite lists groups$`, func(ctx context.Context) error {
		x.get(ctx, "/Groups")
		return nil
	})
}

// registerSuiteCRUD binds what the CRUD suite has Okta do. Whatever comes of
// that, the suite goes on and looks at the server.
func registerSuiteCRUD(sc *sentences, x *suiteWorld) {
	// Whom Okta could not create it cannot change either.
	known := func(who string) bool { return x.person(who).id != "" }
	goOn := func(err error) error {
		if _, ok := errors.AsType[*failure](err); ok {
			return nil
		}
		return err
	}
	sc.Given(`^Okta has assigned "([^"]*)" for the suite$`, func(ctx context.Context, who string) error {
		p := x.member(who)
		if err := goOn(x.create(ctx, p, "")); err != nil {
			return err
		}
		ex := x.verify(ctx, suiteLookup(p.userName))
		id, there := suiteAt(suiteBody(ex), "Resources[0].id")
		if x.seen = suiteText(id); !there {
			return setup("suite.crud.4", x.fail(ex, "something at Resources[0].id", suiteShow(id, there)))
		}
		return nil
	})
	sc.When(`^Okta assigns "([^"]*)" for the suite$`, func(ctx context.Context, who string) error {
		return goOn(x.create(ctx, x.member(who), ""))
	})
	sc.When(`^Okta gives "([^"]*)" the first name "([^"]*)" for the suite$`, func(ctx context.Context, who, name string) error {
		x.person(who).given = name
		if !known(who) {
			return nil
		}
		return goOn(x.push(ctx, x.person(who), x.person(who).profile))
	})
	sc.When(`^Okta deactivates "([^"]*)" for the suite$`, func(ctx context.Context, who string) error {
		if !known(who) {
			return nil
		}
		return goOn(x.deactivate(ctx, x.person(who)))
	})
	sc.When(`^Okta assigns "([^"]*)" again for the suite$`, func(ctx context.Context, who string) error {
		if !known(who) {
			return nil
		}
		return goOn(x.reactivate(ctx, x.person(who)))
	})
	sc.When(`^the suite verifies "([^"]*)"( by userName)?$`, func(ctx context.Context, who, byName string) error {
		p := x.person(who)
		if byName != "" {
			x.verify(ctx, suiteLookup(p.userName))
		} else {
			x.verify(ctx, "/Users/"+segment(x.seen))
		}
		return nil
	})
}

func (x *suiteWorld) verify(ctx context.Context, path string) *Exchange {
	return x.dispatch(ctx, call{method: http.MethodGet, path: path, auth: x.wire.auth.value(), header: suiteVerify()})
}

func registerSuiteAnswers(sc *sentences, x *suiteWorld) {
	// check looks at one place of the last answer.
	check := func(path, want string, holds func(v any, there bool) bool) error {
		ex := x.answer()
		v, there := suiteAt(suiteBody(ex), path)
		if holds(v, there) {
			return nil
		}
		return x.fail(ex, path+" "+want, suiteShow(v, there))
	}
	text := func(path, want string) error {
		return check(path, quote(want), func(v any, there bool) bool { return there && suiteText(v) == want })
	}
	sc.Then(`^the suite gets (\d+)$`, func(ctx context.Context, status int) error { return x.expect(ctx, x.answer(), status) })
	sc.Then(`^the suite gets a JSON object$`, func(context.Context) error {
		if _, ok := suiteBody(x.answer()).(map[string]any); !ok {
			return x.fail(x.answer(), "a JSON object", "something else")
		}
		return nil
	})
	sc.Then(`^the suite finds "([^"]*)"$`, func(_ context.Context, path string) error {
		return check(path, "is there", func(_ any, there bool) bool { return there })
	})
	sc.Then(`^the suite finds something at "([^"]*)"$`, func(_ context.Context, path string) error {
		return check(path, "is neither empty nor null", func(v any, there bool) bool { return there && v != nil && v != "" })
	})
	sc.Then(`^the suite finds "([^"]*)" in "([^"]*)"$`, func(_ context.Context, want, path string) error {
		return check(path, "with "+want, func(v any, _ bool) bool { return suiteHas(v, want) })
	})
	sc.Then(`^the suite finds the text "([^"]*)" in "([^"]*)"$`, func(_ context.Context, want, path string) error {
		return check(path, "with "+want, func(v any, there bool) bool { return there && strings.Contains(suiteText(v), want) })
	})
	sc.Then(`^the suite reads "([^"]*)" as a number$`, func(_ context.Context, path string) error {
		return check(path, "is a number", func(v any, _ bool) bool { _, ok := suiteNumber(v); return ok })
	})
	sc.Then(`^the suite reads "([^"]*)" as the number (\d+)$`, func(_ context.Context, path string, want int) error {
		return check(path, strconv.Itoa(want), func(v any, _ bool) bool {
			n, ok := suiteNumber(v)
			return ok && n == float64(want)
		})
	})
	sc.Then(`^the suite reads "([^"]*)" as "([^"]*)"$`, func(_ context.Context, path, want string) error { return text(path, want) })
	sc.Then(`^the suite reads "([^"]*)" as the id that it has found$`, func(_ context.Context, path string) error { return text(path, x.first) })
	sc.Then(`^the suite reads "([^"]*)" of "([^"]*)" as sent$`, func(_ context.Context, path, who string) error {
		want, err := x.person(who).sent(strings.NewReplacer("Resources[0].", "", "[0]", "").Replace(path))
		if err != nil {
			return err
		}
		return text(path, fmt.Sprint(want))
	})
	sc.Then(`^the suite lists groups within 600 ms, at the second try at the latest$`, func(ctx context.Context) error {
		return x.soon(ctx, func() *Exchange { return x.get(ctx, "/Groups") })
	})
	sc.Then(`^the suite gets a page of one from each entitlement endpoint$`, x.entitlements)
}

// soon gives a request a second chance: the first may have hit a server that was
// asleep, or a busy network.
func (w *world) soon(ctx context.Context, send func() *Exchange) error {
	var ex *Exchange
	for range 2 {
		if ex = send(); ex.Status == 0 {
			return w.expect(ctx, ex, http.StatusOK)
		}
		if ex.Took.Milliseconds() < quick {
			return nil
		}
	}
	return w.fail(ex, fmt.Sprintf("an answer within %d ms", quick), fmt.Sprintf("%d ms", ex.Took.Milliseconds()))
}

// entitlements is the one request of the Entitlements suite, sent to each
// endpoint under Okta's own schemas.
func (x *suiteWorld) entitlements(ctx context.Context) error {
	types := x.send(ctx, http.MethodGet, "/ResourceTypes", "")
	for _, path := range entitlementEndpoints(types) {
		ex := x.get(ctx, path+"?count=1&startIndex=1")
		if err := x.expect(ctx, ex, http.StatusOK); err != nil {
			return err
		}
		body := suiteBody(ex)
		resources, there := suiteAt(body, "Resources")
		schemas, _ := suiteAt(body, "schemas")
		start, _ := suiteAt(body, "startIndex")
		items, hasItems := suiteAt(body, "itemsPerPage")
		total, _ := suiteAt(body, "totalResults")
		_, startOK := suiteNumber(start)
		_, totalOK := suiteNumber(total)
		n, itemsOK := suiteNumber(items)
		switch {
		case !there || resources == nil || resources == "":
			return x.fail(ex, "Resources", suiteShow(resources, there))
		case !suiteHas(schemas, listURN):
			return x.fail(ex, "schemas with "+listURN, suiteShow(schemas, true))
		case !startOK || !totalOK:
			return x.fail(ex, "startIndex and totalResults as numbers", show(map[string]any{"startIndex": start, "totalResults": total}))
		case !itemsOK || n != 1:
			return x.fail(ex, "itemsPerPage 1", suiteShow(items, hasItems))
		}
	}
	return nil
}

// entitlementEndpoints are the endpoints of the resource types whose schema is
// one of Okta's (developer.okta.com, "SCIM 2.0 with entitlements").
func entitlementEndpoints(types *Exchange) []string {
	all, _ := list(types.value, "Resources")
	if bare, ok := types.value.([]any); ok {
		all = bare
	}
	var paths []string
	for _, t := range all {
		at := text(t, "endpoint")
		if u, err := url.Parse(at); err == nil {
			at = u.Path
		}
		if at = "/" + strings.Trim(at, "/"); at != "/" && strings.HasPrefix(strings.ToLower(text(t, "schema")), "urn:okta:scim:schemas:") && !slices.Contains(paths, at) {
			paths = append(paths, at)
		}
	}
	return paths
}

// suiteBody reads an answer as a JavaScript program would: names that come twice
// and broken UTF-8 are no reason to give up.
func suiteBody(ex *Exchange) any {
	var v any
	if err := json.Unmarshal(ex.raw, &v, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)); err != nil {
		return nil
	}
	return v
}

// suitePath takes a path apart: names, and places in square brackets.
var suitePath = regexp.MustCompile(`([^.\[\]]+)|\[(\d+)\]`)

// suiteAt returns what stands at a path like "Resources[0].name.givenName".
func suiteAt(v any, path string) (any, bool) {
	for _, m := range suitePath.FindAllStringSubmatch(path, -1) {
		if m[2] != "" {
			l, _ := v.([]any)
			i, err := strconv.Atoi(m[2])
			if err != nil || i >= len(l) {
				return nil, false
			}
			v = l[i]
			continue
		}
		o, _ := v.(map[string]any)
		var there bool
		if v, there = o[m[1]]; !there {
			return nil, false
		}
	}
	return v, true
}

// suiteText is a value as "equals" sees it: a string as it is, anything else as JSON.
func suiteText(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	b, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

// suiteNumber is what can be cast to a number.
func suiteNumber(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case string:
		n, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
		return n, err == nil
	}
	return 0, false
}

// suiteHas reports whether one of the values of an array or an object is want.
func suiteHas(v any, want string) bool {
	switch v := v.(type) {
	case []any:
		return slices.ContainsFunc(v, func(e any) bool { return suiteText(e) == want })
	case map[string]any:
		for _, e := range v {
			if suiteText(e) == want {
				return true
			}
		}
	}
	return false
}

func suiteShow(v any, there bool) string {
	if !there {
		return "nothing there"
	}
	return show(v)
}
