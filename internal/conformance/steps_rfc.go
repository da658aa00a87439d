package conformance

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/cucumber/godog"
	"github.com/go-json-experiment/json"
)

// rfcWorld is what a scenario of the RFCs has made and seen, beside the world
// that cleans up after it.
type rfcWorld struct {
	*world
	things map[string]*thing // by the name in the feature file
}

// thing is a person or a group on the server.
type thing struct {
	kind string // "Users" or "Groups"
	name string // userName or displayName
	id   string
	tag  string // the ETag of the last answer that was remembered
	// seen is the resource as it was remembered.
	seen any
}

// declined is an optional form that the server refuses in the way in which the
// RFC wants it refused: no fault, but not offered either.
type declined struct{ reason string }

func (d *declined) Error() string { return d.reason }

func isDeclined(err error) bool {
	_, ok := errors.AsType[*declined](err)
	return ok
}

const (
	patchURN  = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
	searchURN = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
)

// registerRFC binds the sentences of features/rfc.
func registerRFC(sc *sentences, w *world) {
	x := &rfcWorld{world: w, things: map[string]*thing{}}
	registerRFCMade(sc, x)
	registerRFCSent(sc, x)
	registerRFCAnswers(sc, x)
	registerRFCNow(sc, x)
	registerRFCLists(sc, x)
	registerRFCDiscovery(sc, x)
	registerRFCBulk(sc, x)
	registerRFCState(sc, x)
}

// reference is what stands in braces in a feature file: {unique}, {Ada} for her
// id, {Ada.name} for userName or displayName, {Ada.tag} for her ETag, {Ada.later}
// for a time after she was created.
var reference = regexp.MustCompile(`\{(\w+)(?:\.(name|tag|later))?\}`)

// fill puts values in the place of references.
func (x *rfcWorld) fill(s string, escape func(string) string) string {
	return reference.ReplaceAllStringFunc(s, func(ref string) string {
		m := reference.FindStringSubmatch(ref)
		if m[1] == "unique" {
			return escape(x.prefix)
		}
		t := x.things[m[1]]
		switch {
		case t == nil:
			return ref
		case m[2] == "name":
			return escape(t.name)
		case m[2] == "tag":
			return escape(t.tag)
		case m[2] == "later":
			return escape(t.later())
		}
		return escape(t.id)
	})
}

func asIs(s string) string { return s }

// inJSON escapes for the inside of a JSON string.
func inJSON(s string) string { q := quote(s); return q[1 : len(q)-1] }

// parse reads JSON of a feature file.
func (x *rfcWorld) parse(text string) (any, error) {
	var v any
	if err := json.Unmarshal([]byte(x.fill(text, inJSON)), &v); err != nil {
		return nil, fmt.Errorf("the feature file holds no JSON: %w: %s", err, text)
	}
	return v, nil
}

// request sends with headers of its own; a nil value drops one.
func (x *rfcWorld) request(ctx context.Context, method, path, body string, header http.Header) *Exchange {
	if ex := x.full(method, path); ex != nil {
		return ex
	}
	auth := x.wire.auth.value()
	if header != nil && header["Authorization"] != nil {
		auth = ""
	}
	ex := x.wire.send(ctx, call{method: method, path: path, body: body, auth: auth, hide: x.passwords(), header: header})
	x.mu.Lock()
	defer x.mu.Unlock()
	x.last = len(x.exchanges)
	x.exchanges = append(x.exchanges, ex)
	return ex
}

// look sends a request that no Then looks at.
func (x *rfcWorld) look(ctx context.Context, method, path, body string) *Exchange {
	last := x.last
	ex := x.send(ctx, method, path, body)
	if last >= 0 {
		x.last = last
	}
	return ex
}

func (x *rfcWorld) thing(name string) (*thing, error) {
	if t := x.things[name]; t != nil {
		return t, nil
	}
	return nil, fmt.Errorf("the feature file has not made %q", name)
}

func (t *thing) path() string { return "/" + t.kind + "/" + segment(t.id) }

// userName of somebody whom a feature file calls name. Upper and lower case are
// mixed on purpose.
func (x *rfcWorld) userName(name string) string { return x.prefix + "-" + name + "@Example.com" }

// body is the JSON of a resource: what every scenario needs, and the members of
// extra instead or beside. A member that is null in extra is left out, unless
// keepNull.
func (x *rfcWorld) body(kind, name, extra string, keepNull bool) (map[string]any, error) {
	o := map[string]any{"schemas": []any{groupURN}, "displayName": x.prefix + " " + name}
	if kind == "Users" {
		o = map[string]any{
			"schemas": []any{userURN}, "userName": x.userName(name), "active": true,
			"name":   map[string]any{"givenName": name, "familyName": "Tester"},
			"emails": []any{map[string]any{"value": strings.ToLower(name) + "." + x.prefix + "@example.com", "type": "work", "primary": true}},
		}
	}
	if extra == "" {
		return o, nil
	}
	v, err := x.parse(extra)
	if err != nil {
		return nil, err
	}
	more, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("an object is wanted: %s", extra)
	}
	for _, k := range slices.Sorted(maps.Keys(more)) {
		if k == "enterprise" {
			o[enterpriseURN] = more[k]
			o["schemas"] = []any{userURN, enterpriseURN}
			continue
		}
		for had := range o { // a name in another case takes the place
			if strings.EqualFold(had, k) {
				delete(o, had)
			}
		}
		if more[k] != nil || keepNull {
			o[k] = more[k]
		}
	}
	return o, nil
}

// post creates a person or group and remembers the id.
func (x *rfcWorld) post(ctx context.Context, kind, name, extra, query string) (*Exchange, error) {
	o, err := x.body(kind, name, extra, true)
	if err != nil {
		return nil, err
	}
	attr := map[string]string{"Users": "userName", "Groups": "displayName"}[kind]
	ex := x.request(ctx, http.MethodPost, "/"+kind+query, marshal(o), nil)
	t := &thing{kind: kind, name: text(o, attr), id: text(ex.value, "id"), tag: header(ex, "Etag"), seen: ex.value}
	x.keep(kind, t.name, ex)
	if succeeded(ex) {
		x.things[name] = t
	}
	return ex, nil
}

// given makes something that has to be there; that it can be made is what the
// scenario tests is about.
func (x *rfcWorld) given(ctx context.Context, kind, name, extra string) error {
	tests := map[string]string{"Users": "rfc.create.1", "Groups": "rfc.create.2"}[kind]
	ex, err := x.post(ctx, kind, name, extra, "")
	if err != nil {
		return err
	}
	if err := x.expect(ctx, ex, http.StatusCreated); err != nil {
		return setup(tests, err)
	}
	if x.things[name].id == "" {
		return setup(tests, x.fail(ex, "a non-empty id", "id "+showMember(ex.value, "id")))
	}
	return nil
}

func content(d *godog.DocString) string {
	if d == nil {
		return ""
	}
	return d.Content
}

func registerRFCMade(sc *sentences, x *rfcWorld) {
	sc.Given(`^the server has the (?:person|people) ("[^"]*"(?:(?:, | and )"[^"]*")*)$`, func(ctx context.Context, who string) error {
		for _, n := range x.names(who) {
			if err := x.given(ctx, "Users", n, ""); err != nil {
				return err
			}
		}
		return nil
	})
	sc.Given(`^the server has the person "([^"]*)" with$`, func(ctx context.Context, who string, extra *godog.DocString) error {
		return x.given(ctx, "Users", who, content(extra))
	})
	sc.Given(`^the server has the group "([^"]*)"$`, func(ctx context.Context, name string) error {
		return x.given(ctx, "Groups", name, "")
	})
	sc.Given(`^the server has the group "([^"]*)" with (?:the member|the members) (.+)$`, func(ctx context.Context, name, who string) error {
		var members []string
		for _, n := range x.names(who) {
			t, err := x.thing(n)
			if err != nil {
				return err
			}
			members = append(members, `{"value":`+quote(t.id)+`}`)
		}
		return x.given(ctx, "Groups", name, `{"members":[`+strings.Join(members, ",")+`]}`)
	})
	sc.Given(`^the client remembers "([^"]*)"$`, func(ctx context.Context, name string) error {
		t, err := x.thing(name)
		if err != nil {
			return err
		}
		ex := x.look(ctx, http.MethodGet, t.path(), "")
		if err := x.expect(ctx, ex, http.StatusOK); err != nil {
			return setup("rfc.read.1", err)
		}
		t.seen, t.tag = ex.value, header(ex, "Etag")
		return nil
	})
	sc.Given(`^the client remembers the version of "([^"]*)"$`, func(ctx context.Context, name string) error {
		t, err := x.thing(name)
		if err != nil {
			return err
		}
		ex := x.look(ctx, http.MethodGet, t.path(), "")
		if t.tag = header(ex, "Etag"); t.tag == "" {
			return setup("rfc.etag.1", x.fail(ex, "a header ETag", "none"))
		}
		t.seen = ex.value
		return nil
	})
}

func registerRFCSent(sc *sentences, x *rfcWorld) {
	send := func(ctx context.Context, method, path, headers string, body *godog.DocString) error {
		x.begin()
		var h http.Header
		for _, line := range regexp.MustCompile(`"([^":]+): ?([^"]*(?:"[^",]*"[^",]*)*)"(?: and |$)`).FindAllStringSubmatch(headers, -1) {
			if h == nil {
				h = http.Header{}
			}
			h[http.CanonicalHeaderKey(line[1])] = []string{x.fill(line[2], asIs)}
		}
		ex := x.request(ctx, method, x.fill(path, url.PathEscape), x.fill(content(body), inJSON), h)
		for _, kind := range []string{"Users", "Groups"} {
			if method == http.MethodPost && (path == "/"+kind || strings.HasPrefix(path, "/"+kind+"?")) {
				var sent any
				_ = json.Unmarshal([]byte(x.fill(content(body), inJSON)), &sent)
				x.keep(kind, text(sent, map[string]string{"Users": "userName", "Groups": "displayName"}[kind]), ex)
			}
		}
		return nil
	}
	sc.When(`^the client sends (GET|POST|PUT|PATCH|DELETE) "([^"]*)"$`, func(ctx context.Context, method, path string) error {
		return send(ctx, method, path, "", nil)
	})
	sc.When(`^the client sends (GET|POST|PUT|PATCH|DELETE) "([^"]*)" with$`, func(ctx context.Context, method, path string, body *godog.DocString) error {
		return send(ctx, method, path, "", body)
	})
	sc.When(`^the client sends (GET|DELETE) "([^"]*)" with the header (".*")$`, func(ctx context.Context, method, path, headers string) error {
		return send(ctx, method, path, headers, nil)
	})
	sc.When(`^the client sends GET "([^"]*)" without the header Accept$`, func(ctx context.Context, path string) error {
		x.begin()
		x.request(ctx, http.MethodGet, x.fill(path, url.PathEscape), "", http.Header{"Accept": nil})
		return nil
	})
	sc.When(`^the client sends GET "([^"]*)" with a wrong token$`, func(ctx context.Context, path string) error {
		x.begin()
		wrong := x.wire.auth
		wrong.Secret = "x" + randomHex(16)
		x.sendAs(ctx, wrong.value(), http.MethodGet, x.fill(path, url.PathEscape), "")
		return nil
	})
	create := func(ctx context.Context, kind, name, attributes string, extra *godog.DocString) error {
		x.begin()
		query := ""
		if attributes != "" {
			query = "?attributes=" + url.QueryEscape(attributes)
		}
		_, err := x.post(ctx, map[string]string{"person": "Users", "group": "Groups"}[kind], name, content(extra), query)
		return err
	}
	sc.When(`^the client creates the (person|group) "([^"]*)"(?: and asks for "([^"]*)")?$`, func(ctx context.Context, kind, name, attributes string) error {
		return create(ctx, kind, name, attributes, nil)
	})
	sc.When(`^the client creates the (person|group) "([^"]*)" with$`, func(ctx context.Context, kind, name string, extra *godog.DocString) error {
		return create(ctx, kind, name, "", extra)
	})
	change := func(ctx context.Context, method, name, attributes, headers, body string) error {
		x.begin()
		t, err := x.thing(name)
		if err != nil {
			return err
		}
		if method == http.MethodPatch {
			body = fmt.Sprintf(`{"schemas":[%q],"Operations":%s}`, patchURN, x.fill(body, inJSON))
			if _, err := x.parse(body); err != nil {
				return err
			}
		} else {
			o, err := x.body(t.kind, name, body, true)
			if err != nil {
				return err
			}
			body = marshal(o)
		}
		path := t.path()
		if attributes != "" {
			path += "?attributes=" + url.QueryEscape(attributes)
		}
		var h http.Header
		if headers != "" {
			h = http.Header{"If-Match": {headers}}
		}
		x.request(ctx, method, path, body, h)
		return nil
	}
	sc.When(`^the client patches "([^"]*)"(?: and asks for "([^"]*)")? with$`, func(ctx context.Context, name, attributes string, ops *godog.DocString) error {
		return change(ctx, http.MethodPatch, name, attributes, "", content(ops))
	})
	sc.When(`^the client replaces "([^"]*)"(?: and asks for "([^"]*)")? with$`, func(ctx context.Context, name, attributes string, extra *godog.DocString) error {
		return change(ctx, http.MethodPut, name, attributes, "", content(extra))
	})
	sc.When(`^the client (patches|replaces) the remembered version of "([^"]*)" with$`, func(ctx context.Context, verb, name string, body *godog.DocString) error {
		t, err := x.thing(name)
		if err != nil {
			return err
		}
		return change(ctx, map[string]string{"patches": "PATCH", "replaces": "PUT"}[verb], name, "", t.tag, content(body))
	})
	sc.Given(`^the title of "([^"]*)" was changed to "([^"]*)"$`, func(ctx context.Context, name, title string) error {
		if err := change(ctx, http.MethodPut, name, "", "", `{"title":`+quote(title)+`}`); err != nil {
			return err
		}
		return setup("rfc.put.1", x.expect(ctx, x.answer(), http.StatusOK))
	})
	sc.When(`^the client deletes "([^"]*)"$`, func(ctx context.Context, name string) error {
		x.begin()
		t, err := x.thing(name)
		if err != nil {
			return err
		}
		if succeeded(x.request(ctx, http.MethodDelete, t.path(), "", nil)) {
			x.forget(t.kind, t.id)
		}
		return nil
	})
	sc.Given(`^"([^"]*)" was deleted$`, func(ctx context.Context, name string) error {
		t, err := x.thing(name)
		if err != nil {
			return err
		}
		ex := x.look(ctx, http.MethodDelete, t.path(), "")
		if !succeeded(ex) {
			return setup("rfc.delete.1", x.expect(ctx, ex, http.StatusNoContent))
		}
		// What a server that only pretends has kept, is deleted at the end.
		return nil
	})
}
