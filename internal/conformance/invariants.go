package conformance

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// Invariants are requirements on every answer of a run, whatever it was asked
// for. Each is a scenario of its own, @last, so that what is wrong everywhere is
// told once, under its own sentence, and not by every scenario that meets it.

// invariant is one requirement on one exchange. It returns what was looked at:
// how many things, and what is wrong with the first that breaks it.
type invariant func(ex *Exchange) (looked int, want, got string)

// invariants by the words of the feature file.
func invariants() map[string]invariant {
	return map[string]invariant{
		"a success has a JSON object": successHasBody,

		"each person has an id, a string":              person1("/Users", "id", filledString),
		"each person names the User schema":            person1("/Users", "schemas", namesSchema(userURN)),
		"each person has active, a boolean":            person1("/Users", "active", boolean),
		"each person has a userName, a string":         person1("/Users", "userName", filledString),
		"each name is an object of strings":            person1("/Users", "name", objectOfStrings),
		"what may have several values is an array":     arrays,
		"no person has a password":                     noPassword,
		"plain attributes are strings":                 plainStrings,
		"a person or group has the id of the address":  idOfAddress,
		"each group has an id, a string":               person1("/Groups", "id", filledString),
		"each group names the Group schema":            person1("/Groups", "schemas", namesSchema(groupURN)),
		"each group has a displayName, a string":       person1("/Groups", "displayName", filledString),
		"members of a group are objects with a value":  members,
		"each list is a ListResponse":                  lists(func(ex *Exchange) (string, string) { return namesSchema(listURN)(memberOf(ex.value, "schemas")) }),
		"each list has Resources, an array of objects": lists(resourcesOfList),
		"the numbers of each list are whole numbers":   lists(numbersOfList),
		"no list names anything twice":                 lists(distinct),
		"no list is longer than asked for":             lists(shortEnough),
		"each list begins where it was asked to":       lists(beginsThere),
		"a lookup finds nothing but what it asks for":  lookups(onlyTheHit),
		"the total of a lookup is the number of hits":  lookups(totalOfHits),
		"each refusal is a SCIM error with its status": refusals,
		"each answer is labelled as JSON of some kind": labelled,
		"no request of Okta ends in a failure (5xx)":   noFailure,
		"the right token is good for all":              signedIn,
	}
}

// watch collects what the scenarios of one mode show of the invariants. It is
// safe for concurrent use.
type watch struct {
	mu     sync.Mutex
	looked map[string]int
	broken map[string]violation
	// life makes some traffic if nothing else runs; see [world.everyFlow].
	life sync.Once
}

// violation is the first exchange that broke an invariant.
type violation struct {
	ex        *Exchange
	want, got string
}

func newWatch() *watch {
	return &watch{looked: map[string]int{}, broken: map[string]violation{}}
}

// see looks at the exchanges of a scenario. Only what Okta would send counts:
// signed with the right token and without other headers.
func (v *watch) see(all []*Exchange) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for words, check := range invariants() {
		for _, ex := range all {
			if !ex.ordinary || ex.Status == 0 {
				continue
			}
			n, want, got := check(ex)
			v.note(words, n, violation{ex, want, got})
		}
	}
	for words, check := range agreements() {
		n, worst := check(all)
		v.note(words, n, worst)
	}
}

func (v *watch) note(words string, looked int, found violation) {
	v.looked[words] += looked
	if _, known := v.broken[words]; !known && found.got != "" {
		v.broken[words] = found
	}
}

// verdict tells what is known of an invariant.
func (v *watch) verdict(w *world, words string) error {
	v.mu.Lock()
	looked, found := v.looked[words], v.broken[words]
	v.mu.Unlock()
	switch {
	case found.got != "":
		w.mu.Lock()
		w.last = len(w.exchanges)
		w.exchanges = append(w.exchanges, found.ex)
		w.mu.Unlock()
		return w.fail(found.ex, found.want, found.got)
	case looked == 0:
		return setup(evidence(words), w.fail(w.answer(), "at least one answer to look at", "none"))
	}
	return nil
}

// evidence is the scenario that fails where there is nothing to look at.
func evidence(words string) string {
	for _, e := range []struct{ about, id string }{
		{"group", "groups.push.1"}, {"lookup", "users.lookup.2"}, {"with a list", "users.lookup.2"}, {"list", "connection.test.2"},
		{"reading", "users.create.3"}, {"refusal", "users.create.11"},
	} {
		if strings.Contains(words, e.about) {
			return e.id
		}
	}
	return "users.create.2"
}

func registerInvariants(sc *sentences, w *world) {
	sc.When(`^Okta has used everything at least once$`, func(ctx context.Context) error {
		if w.wire.readOnly {
			w.everyFlow(ctx)
			return nil
		}
		w.watch.life.Do(func() {
			w.everyFlow(ctx)
			w.watch.see(w.exchanges)
		})
		return ctx.Err()
	})
	sc.Then(`^in every answer (.+)$`, func(_ context.Context, words string) error {
		return w.watch.verdict(w, words)
	})
}

// everyFlow goes once through what Okta does. What fails on the way is for other
// scenarios to tell.
func (w *world) everyFlow(ctx context.Context) {
	p := w.person("Ada")
	if w.createAll(ctx, []string{"Ada", "Bob", "Cat"}) != nil {
		return
	}
	w.testCredentials(ctx, w.wire.auth.value())
	_, _, _ = w.read(ctx, p)
	_ = w.push(ctx, p, func(o map[string]any) { p.family = "Byron"; p.profile(o) })
	_, _, _ = w.read(ctx, p)
	w.lookUp(ctx, p.userName, "%20", 100)
	w.post(ctx, p, "") // 409
	_, _, _ = w.read(ctx, p)
	_ = w.deactivate(ctx, p)
	_, _, _ = w.read(ctx, p)
	_ = w.reactivate(ctx, p)
	_, _, _ = w.read(ctx, p)
	w.page(ctx, "people", 1, 100)
	g := w.group("Eng")
	if w.pushGroup(ctx, g, []string{"Ada"}) != nil {
		return
	}
	w.send(ctx, http.MethodGet, "/Groups/"+segment(g.id), "")
	w.lookUpGroup(ctx, g.name, 100)
}

// kindOf is the collection that an exchange is about, "/Users" or "/Groups", and
// the id in its address.
func kindOf(ex *Exchange) (kind, id string) {
	path, _, _ := strings.Cut(ex.path, "?")
	for _, k := range []string{"/Users", "/Groups"} {
		if path == k {
			return k, ""
		}
		if rest, ok := strings.CutPrefix(path, k+"/"); ok && !strings.Contains(rest, "/") {
			id, err := url.PathUnescape(rest)
			if err != nil {
				return "", ""
			}
			return k, id
		}
	}
	return "", ""
}

// isListed reports whether an exchange asked for a list.
func isListed(ex *Exchange) bool {
	kind, id := kindOf(ex)
	return ex.Method == http.MethodGet && kind != "" && id == "" && ex.Status == http.StatusOK
}

// resourcesIn are the people or groups in an answer.
func resourcesIn(ex *Exchange, kind string) []any {
	k, _ := kindOf(ex)
	if k != kind || !succeeded(ex) || ex.Method == http.MethodDelete {
		return nil
	}
	if isListed(ex) {
		l, _ := list(ex.value, "Resources")
		var all []any
		for _, r := range l {
			if _, ok := r.(map[string]any); ok {
				all = append(all, r)
			}
		}
		return all
	}
	if o, ok := ex.value.(map[string]any); ok && len(o) > 0 {
		return []any{o}
	}
	return nil
}

// value1 is one attribute of a resource.
type value1 struct {
	v     any
	there bool
}

func memberOf(v any, name string) value1 {
	m, ok := member(v, name)
	return value1{m, ok}
}

func (v value1) String() string {
	if !v.there {
		return "is missing"
	}
	return show(v.v)
}

// person1 checks an attribute of every resource of a kind.
func person1(kind, attr string, check func(value1) (want, got string)) invariant {
	return func(ex *Exchange) (int, string, string) {
		all := resourcesIn(ex, kind)
		for _, r := range all {
			if want, got := check(memberOf(r, attr)); got != "" {
				return len(all), attr + ": " + want, attr + " " + got
			}
		}
		return len(all), "", ""
	}
}

func filledString(v value1) (want, got string) {
	if s, ok := v.v.(string); ok && s != "" {
		return "", ""
	}
	return "a string that is not empty", v.String()
}

func boolean(v value1) (want, got string) {
	if _, ok := v.v.(bool); ok {
		return "", ""
	}
	return "true or false, without quotes", v.String()
}

func namesSchema(urn string) func(value1) (want, got string) {
	return func(v value1) (want, got string) {
		if hasSchema(map[string]any{"schemas": v.v}, urn) {
			return "", ""
		}
		return "an array with " + urn, v.String()
	}
}

func objectOfStrings(v value1) (want, got string) {
	const wanted = "an object whose members are strings"
	if v.v == nil {
		return "", "" // what has to be there, users.create.5 says
	}
	o, ok := v.v.(map[string]any)
	if !ok {
		return wanted, v.String()
	}
	for _, m := range o {
		if _, ok := m.(string); !ok && m != nil {
			return wanted, v.String()
		}
	}
	return "", ""
}

// arrays: multi-valued attributes are arrays of objects even with one value
// (Okta SCIM FAQ of 2025, "multi-valued attributes").
func arrays(ex *Exchange) (looked int, want, got string) {
	all := resourcesIn(ex, "/Users")
	for _, r := range all {
		for _, attr := range []string{"emails", "phoneNumbers", "addresses", "groups"} {
			v := memberOf(r, attr)
			if v.v == nil {
				continue
			}
			l, ok := v.v.([]any)
			for _, e := range l {
				_, isObject := e.(map[string]any)
				ok = ok && isObject
			}
			if !ok {
				return len(all), attr + ": an array of objects, also if there is one value", attr + " " + v.String()
			}
		}
	}
	return len(all), "", ""
}

func noPassword(ex *Exchange) (looked int, want, got string) {
	kind, _ := kindOf(ex)
	if kind != "/Users" {
		return 0, "", ""
	}
	all := append(resourcesIn(ex, kind), ex.value)
	for _, r := range all {
		if _, there := member(r, "password"); there {
			return len(all), "no password in the answer", "a member password"
		}
	}
	return len(all), "", ""
}

// plainStrings: what is a string in RFC 7643 §4.1 and §3.1 stays one.
func plainStrings(ex *Exchange) (looked int, want, got string) {
	all := append(resourcesIn(ex, "/Users"), resourcesIn(ex, "/Groups")...)
	for _, r := range all {
		for _, attr := range []string{"displayName", "externalId", "title", "locale", "nickName", "userType", "preferredLanguage", "timezone"} {
			v := memberOf(r, attr)
			if _, ok := v.v.(string); !ok && v.v != nil {
				return len(all), attr + ": a string", attr + " " + v.String()
			}
		}
	}
	return len(all), "", ""
}

func idOfAddress(ex *Exchange) (looked int, want, got string) {
	kind, id := kindOf(ex)
	all := resourcesIn(ex, kind)
	if id == "" || len(all) == 0 {
		return 0, "", ""
	}
	if v := memberOf(all[0], "id"); v.there && v.v != id {
		return 1, fmt.Sprintf("id %q, as in the address", id), "id " + v.String()
	}
	return 1, "", ""
}

func members(ex *Exchange) (looked int, want, got string) {
	all := resourcesIn(ex, "/Groups")
	for _, r := range all {
		v := memberOf(r, "members")
		if v.v == nil {
			continue
		}
		l, ok := v.v.([]any)
		for _, m := range l {
			ok = ok && text(m, "value") != ""
		}
		if !ok {
			return len(all), "members: an array of objects, each with a value, a string", "members " + v.String()
		}
	}
	return len(all), "", ""
}

func successHasBody(ex *Exchange) (looked int, want, got string) {
	kind, _ := kindOf(ex)
	isWrite := ex.Method == http.MethodPost || ex.Method == http.MethodPut
	if kind == "" || ex.Method != http.MethodGet && !isWrite || ex.Status != http.StatusOK && ex.Status != http.StatusCreated {
		return 0, "", ""
	}
	if _, ok := ex.value.(map[string]any); ok {
		return 1, "", ""
	}
	return 1, fmt.Sprintf("a JSON object with %d in answer to %s %s", ex.Status, ex.Method, ex.path), "a body that is none: " + show(ex.value)
}

// signedIn: with the right token nothing is forbidden.
func signedIn(ex *Exchange) (looked int, want, got string) {
	if kind, _ := kindOf(ex); kind == "" {
		return 0, "", ""
	}
	if ex.Status == http.StatusUnauthorized || ex.Status == http.StatusForbidden {
		return 1, "an answer, since the token is right", fmt.Sprint(ex.Status)
	}
	return 1, "", ""
}

func noFailure(ex *Exchange) (looked int, want, got string) {
	if kind, _ := kindOf(ex); kind == "" {
		return 0, "", ""
	}
	if ex.Status >= 500 && ex.Status != http.StatusServiceUnavailable && ex.Status != http.StatusNotImplemented {
		return 1, "a success, or a refusal (4xx) that says why", fmt.Sprint(ex.Status)
	}
	return 1, "", ""
}

// labelled: Okta reads application/json, text/json and text/html too (Okta SCIM
// 2.0 reference, samples); a binary type is what nobody reads.
func labelled(ex *Exchange) (looked int, want, got string) {
	kind, _ := kindOf(ex)
	if kind == "" || len(ex.raw) == 0 || !succeeded(ex) {
		return 0, "", ""
	}
	if strings.Contains(strings.ToLower(ex.mediaType), "json") {
		return 1, "", ""
	}
	return 1, "a Content-Type of JSON, best application/scim+json", fmt.Sprintf("%q", ex.mediaType)
}

func refusals(ex *Exchange) (looked int, want, got string) {
	kind, _ := kindOf(ex)
	if kind == "" || ex.Status != http.StatusBadRequest && ex.Status != http.StatusNotFound && ex.Status != http.StatusConflict {
		return 0, "", ""
	}
	status, _ := member(ex.value, "status")
	if hasSchema(ex.value, errorURN) && fmt.Sprint(status) == fmt.Sprint(ex.Status) && text(ex.value, "detail") != "" {
		return 1, "", ""
	}
	return 1, fmt.Sprintf("schemas with %s, status %q and a detail", errorURN, fmt.Sprint(ex.Status)), show(ex.value)
}
