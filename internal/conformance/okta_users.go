package conformance

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// The requests of this file are Okta's for people, in Okta's order. The source
// of each is named in the feature files; the two captures are obot's
// pkg/scim/testdata/phase0 run-001 (catalog) and run-003 (wizard).

// filter writes an eq filter as a query value. Blanks are "%20" in recent
// server logs and "+" in Okta's samples of 2018.
func filter(attr, value, blank string) string {
	return strings.ReplaceAll(url.QueryEscape(attr+" eq "+quote(value)), "+", blank)
}

// segment escapes an id for a path.
func segment(id string) string { return url.PathEscape(id) }

func patchActive(active bool) string {
	return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","value":{"active":%t}}]}`, active)
}

func createBody(p *person, extra string) string {
	return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"%s],"userName":%s,"name":{"givenName":%s,"familyName":%s},`+
		`"emails":[{"primary":true,"value":%s,"type":"work"}],"displayName":%s,"locale":"en-US",`+
		`"externalId":%s,"groups":[],"password":%s,"active":true%s}`,
		extensionSchema(extra), quote(p.userName), quote(p.given), quote(p.family), quote(p.email), quote(p.display),
		quote(p.externalID), quote(p.password), extra)
}

// extensionSchema lists the enterprise extension where the body has one.
func extensionSchema(extra string) string {
	if extra == "" {
		return ""
	}
	return "," + quote(enterpriseURN)
}

// testCredentials is the button "Test API Credentials": one request.
func (w *world) testCredentials(ctx context.Context, auth string) *Exchange {
	w.begin()
	return w.sendAs(ctx, auth, http.MethodGet, "/Users?startIndex=1&count=2", "")
}

// lookUp is the existence check before a create.
func (w *world) lookUp(ctx context.Context, userName, blank string, count int) *Exchange {
	return w.send(ctx, http.MethodGet, fmt.Sprintf("/Users?filter=%s&startIndex=1&count=%d", filter("userName", userName, blank), count), "")
}

// post sends the create of a person; extra is more members, starting with a comma.
func (w *world) post(ctx context.Context, p *person, extra string) *Exchange {
	ex := w.send(ctx, http.MethodPost, "/Users", createBody(p, extra))
	w.keep("Users", p.userName, ex)
	return ex
}

// create is the whole assignment of somebody new: lookup, then POST. Okta goes
// on after an empty list and after a 404.
func (w *world) create(ctx context.Context, p *person, extra string) error {
	if err := w.expect(ctx, w.lookUp(ctx, p.userName, "%20", 100), http.StatusOK, http.StatusNotFound); err != nil {
		return err
	}
	ex := w.post(ctx, p, extra)
	if err := w.expect(ctx, ex, http.StatusCreated); err != nil {
		return err
	}
	if err := w.object(ex); err != nil {
		return err
	}
	if p.id = text(ex.value, "id"); p.id == "" {
		got, _ := member(ex.value, "id")
		return w.fail(ex, "a non-empty id, a string", show(got))
	}
	return nil
}

// createAll creates people at once, as Okta does when a group is assigned.
func (w *world) createAll(ctx context.Context, names []string) error {
	w.begin()
	for _, n := range names {
		w.person(n) // the map is not touched below
	}
	errs := make([]error, len(names))
	limit := make(chan struct{}, burst)
	var wg sync.WaitGroup
	for i, n := range names {
		p := w.people[n]
		wg.Go(func() {
			limit <- struct{}{}
			defer func() { <-limit }()
			errs[i] = w.create(ctx, p, "")
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err // the first by name: the same failure reads the same
		}
	}
	return nil
}

// read is GET /Users/{id} and gives the resource.
func (w *world) read(ctx context.Context, p *person) (map[string]any, *Exchange, error) {
	ex := w.send(ctx, http.MethodGet, "/Users/"+segment(p.id), "")
	if err := w.expect(ctx, ex, http.StatusOK); err != nil {
		return nil, ex, err
	}
	if err := w.object(ex); err != nil {
		return nil, ex, err
	}
	// A copy: the caller changes it, and the exchange is still looked at.
	o, _ := copied(ex.value).(map[string]any)
	return o, ex, nil
}

// push reads a person, overwrites what change overwrites and writes everything
// back, id, meta and groups included.
func (w *world) push(ctx context.Context, p *person, change func(map[string]any)) error {
	o, _, err := w.read(ctx, p)
	if err != nil {
		return err
	}
	change(o)
	return w.expect(ctx, w.send(ctx, http.MethodPut, "/Users/"+segment(p.id), marshal(o)), http.StatusOK)
}

// profile overwrites the mapped attributes with Okta's values; active is not one
// of them and goes back as it was read. The sync that follows a link or a
// reactivation also empties groups.
func (p *person) profile(o map[string]any) {
	setMember(o, "userName", p.userName)
	put(o, "name.givenName", p.given)
	put(o, "name.familyName", p.family)
	setMember(o, "emails", []any{map[string]any{"primary": true, "value": p.email, "type": "work"}})
	setMember(o, "displayName", p.display)
	setMember(o, "locale", "en-US")
	setMember(o, "externalId", p.externalID)
	for path, v := range p.more {
		put(o, path, v)
		if urn := steps(path)[0]; strings.HasPrefix(urn, "urn:") && !hasSchema(o, urn) {
			l, _ := list(o, "schemas")
			setMember(o, "schemas", append(slices.Clone(l), any(urn)))
		}
	}
}

func (p *person) sync(o map[string]any) {
	p.profile(o)
	setMember(o, "groups", []any{})
}

// deactivate is what unassigning a person sends.
func (w *world) deactivate(ctx context.Context, p *person) error {
	w.begin()
	p.left = true
	if w.mode == Catalog {
		ex := w.send(ctx, http.MethodPatch, "/Users/"+segment(p.id), patchActive(false))
		return w.expect(ctx, ex, http.StatusOK, http.StatusNoContent)
	}
	return w.push(ctx, p, func(o map[string]any) { setMember(o, "active", false) })
}

// reactivate is what assigning a person again sends.
func (w *world) reactivate(ctx context.Context, p *person) error {
	w.begin()
	p.left = false
	if err := w.find(ctx, p); err != nil {
		return err
	}
	if w.mode == Catalog {
		ex := w.send(ctx, http.MethodPatch, "/Users/"+segment(p.id), patchActive(true))
		if err := w.expect(ctx, ex, http.StatusOK, http.StatusNoContent); err != nil {
			return err
		}
	} else if err := w.push(ctx, p, func(o map[string]any) { setMember(o, "active", true) }); err != nil {
		return err
	}
	return w.push(ctx, p, p.sync)
}

// link is what assigning a person who is there already sends.
func (w *world) link(ctx context.Context, p *person) error {
	w.begin()
	if err := w.find(ctx, p); err != nil {
		return err
	}
	return w.push(ctx, p, p.sync)
}

// find looks a person up and takes the id of the answer. That it is the same
// person is checked, since Okta would go on with a stranger's id.
func (w *world) find(ctx context.Context, p *person) error {
	ex := w.lookUp(ctx, p.userName, "%20", 100)
	if err := w.expect(ctx, ex, http.StatusOK); err != nil {
		return err
	}
	return w.only(ex, "userName", p.userName, p.id)
}

// only checks that a list holds exactly one resource, the one with the name and
// the id.
func (w *world) only(ex *Exchange, attr, name, id string) error {
	want := fmt.Sprintf("a list with one resource, whose %s is %q and whose id is %q", attr, name, id)
	resources, ok := list(ex.value, "Resources")
	total, isNumber := whole(ex.value, "totalResults")
	switch {
	case !ok:
		return w.fail(ex, want, "no array Resources")
	case !isNumber:
		got, _ := member(ex.value, "totalResults")
		return w.fail(ex, want, "totalResults "+show(got))
	case len(resources) != 1 || total != 1:
		return w.fail(ex, want, fmt.Sprintf("%d resources, totalResults %d", len(resources), total))
	case !strings.EqualFold(text(resources[0], attr), name):
		return w.fail(ex, want, fmt.Sprintf("%s %q", attr, text(resources[0], attr)))
	case text(resources[0], "id") != id:
		return w.fail(ex, want, fmt.Sprintf("id %q", text(resources[0], "id")))
	}
	return nil
}
