package conformance

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/oktascim/oktascim/internal/targetprofile"
)

// ownLook is the id under which a profile names what [Suite.Run] looked at beside
// the scenarios.
const ownLook = "profile-out"

// Profile returns what the run has taught about the server. Facts come from what was
// sent and read back, never from a verdict; what was not seen is left out. With
// [Options].Learn the run has also looked at what the scenarios do not send.
func (r *Report) Profile() *targetprofile.Profile {
	l := newLearner()
	for _, res := range r.Results {
		l.scene(res)
	}
	if r.own != nil {
		l.scene(*r.own)
	}
	p := l.profile()
	p.Learned = &targetprofile.Learned{By: "scimconform " + r.Version, From: r.URL, Day: r.Started.UTC().Format(time.DateOnly)}
	if r.throttled > 0 {
		p.Rate = targetprofile.Rate{Throttled: true, RetryAfterSeconds: r.longestWait}
		p.Sources["rate.throttled"] = fmt.Sprintf("answers of 429 in the run: %d", r.throttled)
	}
	return p
}

// look sends what the scenarios may have left open, to two people and one group of
// its own, and deletes them again. What the server refuses is a fact, too.
func (s *Suite) look(ctx context.Context, o Options, wire *wire, runID string, offered map[string]string) *Result {
	w := newWorld(wire, Catalog, runID+"-p")
	if o.MaxObjects > 0 {
		w.room = o.MaxObjects
	}
	l := &looker{world: w}
	l.lists(ctx)
	if !o.ReadOnly && ctx.Err() == nil {
		l.people(ctx)
		if _, none := offered["groups"]; !none && l.id("Ada") != "" {
			l.teams(ctx)
		}
		l.deletes(ctx)
	}
	clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	w.cleanUp(clean)
	own := &Result{Scenario: Scenario{ID: ownLook}, At: -1, Left: w.left}
	for _, ex := range w.exchanges {
		own.Exchanges = append(own.Exchanges, *ex)
	}
	return own
}

// looker sends the requests of [Suite.look].
type looker struct{ *world }

func (l *looker) id(name string) string { return l.person(name).id }

func (l *looker) get(ctx context.Context, path string) *Exchange {
	return l.send(ctx, http.MethodGet, path, "")
}

// lists asks for more than a page usually holds, and for the page after it.
func (l *looker) lists(ctx context.Context) {
	l.get(ctx, "/ServiceProviderConfig")
	const many = 1000
	first := l.get(ctx, fmt.Sprintf("/Users?startIndex=1&count=%d", many))
	if page, ok := list(first.value, "Resources"); ok && len(page) > 0 {
		l.get(ctx, fmt.Sprintf("/Users?startIndex=%d&count=%d", 1+len(page), many))
	}
}

// people makes Ada and Bob, reads and changes Ada.
func (l *looker) people(ctx context.Context) {
	if !l.create(ctx, "Ada") {
		return
	}
	l.create(ctx, "Bob")
	ada := l.person("Ada")
	path := "/Users/" + segment(ada.id)
	l.get(ctx, path)
	for _, f := range []string{filter("userName", ada.userName, "%20"), filter("userName", strings.ToUpper(ada.userName), "%20"), filter("externalId", ada.externalID, "%20")} {
		l.get(ctx, "/Users?filter="+f+"&startIndex=1&count=100")
	}
	first := header(l.get(ctx, path), "Etag")
	for _, op := range []string{
		`{"op":"replace","value":{"active":false}}`, `{"op":"replace","path":"active","value":true}`,
		`{"op":"replace","path":"displayName","value":"Ada by path"}`, `{"op":"replace","value":{"displayName":"Ada without path"}}`,
	} {
		l.patch(ctx, path, op)
		l.get(ctx, path)
	}
	if first != "" {
		body := patchGroup(`{"op":"replace","value":{"displayName":"Ada once more"}}`)
		l.exchange(ctx, call{method: http.MethodPatch, path: path, body: body, auth: l.wire.auth.value(), header: http.Header{"If-Match": {first}}})
	}
}

// create sends Okta's create, and leaves one attribute after another out if the
// server refuses it.
func (l *looker) create(ctx context.Context, name string) bool {
	p := l.person(name)
	for _, without := range []string{"", "groups", "password", "externalId", "displayName", "locale", "emails"} {
		body := createBody(p, "")
		if without != "" {
			var o map[string]any
			if json.Unmarshal([]byte(body), &o) != nil {
				return false
			}
			delete(o, without)
			body = marshal(o)
		}
		ex := l.send(ctx, http.MethodPost, "/Users", body)
		l.keep("Users", p.userName, ex)
		if succeeded(ex) {
			p.id = text(ex.value, "id")
			return p.id != ""
		}
		if ex.Status != http.StatusBadRequest && ex.Status != http.StatusUnprocessableEntity {
			return false
		}
	}
	return false
}

// teams puts Ada into a group, and Bob in and out in every form.
func (l *looker) teams(ctx context.Context) {
	g := l.group("Team")
	if l.postGroup(ctx, g, []string{"Ada"}) != nil {
		return
	}
	path := groupPath(g)
	l.get(ctx, path)
	l.get(ctx, "/Users/"+segment(l.id("Ada")))
	for _, query := range []string{
		"filter=" + filter("displayName", g.name, "%20"), "filter=" + filter("displayName", strings.ToUpper(g.name), "%20"),
		"filter=" + filter("members.value", l.id("Ada"), "%20"),
	} {
		l.get(ctx, "/Groups?"+query+"&startIndex=1&count=100")
	}
	l.get(ctx, path+"?excludedAttributes=members")
	if l.id("Bob") != "" {
		for _, op := range []string{
			l.opAdd([]string{"Bob"}), l.opRemove("Bob"),
			l.opAdd([]string{"Bob"}), `{"op":"remove","path":"members","value":[{"value":` + quote(l.id("Bob")) + `}]}`,
			l.opReplace([]string{"Ada", "Bob"}), l.opReplace([]string{"Ada"}),
			`{"op":"replace","value":{"members":` + l.entries([]string{"Ada", "Bob"}) + `}}`,
		} {
			l.patch(ctx, path, op)
			if read := l.get(ctx, path); len(memberIDs(read.value)) == 0 {
				l.get(ctx, "/Users/"+segment(l.id("Bob"))) // groups may show what the group does not
			}
		}
	}
	for i, op := range []string{`{"op":"replace","path":"displayName","value":%s}`, `{"op":"replace","value":{"id":` + quote(g.id) + `,"displayName":%s}}`} {
		name := fmt.Sprintf("%s %d", g.name, i+1)
		l.renamed("Groups", g.id, name)
		l.patch(ctx, path, fmt.Sprintf(op, quote(name)))
		g.name = name
		l.get(ctx, path)
	}
}

// deletes deletes what was made, looks for it and makes it again.
func (l *looker) deletes(ctx context.Context) {
	if g := l.groups["Team"]; g != nil && g.id != "" {
		l.send(ctx, http.MethodDelete, groupPath(g), "")
		l.get(ctx, groupPath(g))
		_ = l.postGroup(ctx, &group{name: g.name}, nil)
	}
	if bob := l.person("Bob"); bob.id != "" {
		path := "/Users/" + segment(bob.id)
		l.send(ctx, http.MethodDelete, path, "")
		l.get(ctx, path)
		l.create(ctx, "Bob")
	}
}

func (l *looker) patch(ctx context.Context, path, operation string) {
	l.send(ctx, http.MethodPatch, path, patchGroup(operation))
}

// exchange sends a request with headers of its own and keeps it.
func (l *looker) exchange(ctx context.Context, c call) {
	c.hide = l.passwords()
	l.exchanges = append(l.exchanges, l.wire.send(ctx, c))
}
