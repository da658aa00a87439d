package conformance

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"time"
)

// part is one step of a path in a feature file: "emails[type=work]", "Resources[0]".
var part = regexp.MustCompile(`^([^\[\]]+)(?:\[(\w+)(?:=([^\]]*))?\])?$`)

// find returns what stands at a path; nil if there is nothing. "enterprise"
// stands for the URN of the extension.
func find(v any, path string) any {
	for step := range strings.SplitSeq(path, ".") {
		m := part.FindStringSubmatch(step)
		if m == nil {
			return nil
		}
		name := m[1]
		if name == "enterprise" {
			name = enterpriseURN
		}
		if v, _ = member(v, name); m[2] == "" {
			continue
		}
		all, _ := v.([]any)
		v = nil
		for i, e := range all {
			if at, _ := member(e, m[2]); m[3] == "" && m[2] == fmt.Sprint(i) || m[3] != "" && strings.EqualFold(fmt.Sprint(at), m[3]) {
				v = e
				break
			}
		}
	}
	return v
}

// unassigned: null, an empty array and nothing are one (RFC 7643 §2.5).
func unassigned(v any) bool {
	l, isList := v.([]any)
	o, isObject := v.(map[string]any)
	return v == nil || isList && len(l) == 0 || isObject && len(o) == 0
}

// same compares values; the case of strings does not count, since a server may
// alter it where an attribute is not caseExact (RFC 7643 §7).
func same(got, want any) bool {
	switch want := want.(type) {
	case string:
		s, ok := got.(string)
		return ok && strings.EqualFold(s, want)
	case []any:
		l, ok := got.([]any)
		if !ok || len(l) != len(want) {
			return false
		}
		for i := range want {
			if !same(l[i], want[i]) {
				return false
			}
		}
		return true
	case map[string]any: // what is wanted is there; a server may add
		for k, v := range want {
			if m, _ := member(got, k); !same(m, v) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(got, want)
}

// check compares what stands at a path with what a feature file says: JSON,
// "unassigned" or "set".
func (x *rfcWorld) check(ex *Exchange, path, want string, exactly bool) error {
	got := find(ex.value, path)
	shown := path + " " + show(got)
	if got == nil {
		shown = "no " + path
	}
	switch want {
	case "unassigned":
		if !unassigned(got) {
			return x.fail(ex, "no value of "+path, shown)
		}
		return nil
	case "set":
		if unassigned(got) || got == "" {
			return x.fail(ex, path+" with a value", shown)
		}
		return nil
	}
	v, err := x.parse(want)
	if err != nil {
		return err
	}
	if exactly && !reflect.DeepEqual(got, v) || !same(got, v) {
		return x.fail(ex, path+" "+show(v), shown)
	}
	return nil
}

// errorBody checks the body of an error (RFC 7644 §3.12).
func (x *rfcWorld) errorBody(ex *Exchange) error {
	if err := x.object(ex); err != nil {
		return err
	}
	status, _ := member(ex.value, "status")
	switch {
	case !hasSchema(ex.value, errorURN):
		return x.fail(ex, "schemas with "+errorURN, "schemas "+showMember(ex.value, "schemas"))
	case status != fmt.Sprint(ex.Status):
		return x.fail(ex, fmt.Sprintf("status %q, a JSON string", fmt.Sprint(ex.Status)), "status "+showMember(ex.value, "status"))
	}
	return nil
}

func registerRFCAnswers(sc *sentences, x *rfcWorld) {
	sc.Then(`^the request is refused$`, func(context.Context) error {
		ex := x.answer()
		if ex.Status < 400 || ex.Status >= 500 {
			return x.fail(ex, "a refusal, 400 to 499, of "+ex.Method+" "+ex.path, fmt.Sprintf("%d%s", ex.Status, detail(ex)))
		}
		return nil
	})
	sc.Then(`^the request succeeds$`, func(context.Context) error {
		ex := x.answer()
		if !succeeded(ex) {
			return x.fail(ex, "a success, 200 to 299, of "+ex.Method+" "+ex.path, fmt.Sprintf("%d%s", ex.Status, detail(ex)))
		}
		return nil
	})
	sc.Then(`^the body is the error of RFC 7644$`, func(context.Context) error { return x.errorBody(x.answer()) })
	sc.Then(`^the scimType is "([^"]*)"(?: or "([^"]*)")?$`, func(_ context.Context, want, other string) error {
		ex := x.answer()
		if got := text(ex.value, "scimType"); got == "" || got != want && got != other {
			return x.fail(ex, "scimType "+quote(want), "scimType "+showMember(ex.value, "scimType"))
		}
		return nil
	})
	sc.Then(`^"([^"]*)" of the answer is (exactly )?(.+)$`, func(_ context.Context, path, exactly, want string) error {
		if err := x.object(x.answer()); err != nil {
			return err
		}
		return x.check(x.answer(), path, want, exactly != "")
	})
	sc.Then(`^the answer holds nothing beside "([^"]*)"$`, func(_ context.Context, names string) error {
		ex := x.answer()
		if err := x.object(ex); err != nil {
			return err
		}
		o, _ := ex.value.(map[string]any)
		return x.onlyMembers(ex, o, names)
	})
	sc.Then(`^each resource of the list holds nothing beside "([^"]*)"$`, func(_ context.Context, names string) error {
		ex := x.answer()
		all, _ := list(ex.value, "Resources")
		if len(all) == 0 {
			return x.fail(ex, "at least one resource", "none")
		}
		for _, r := range all {
			o, _ := r.(map[string]any)
			if err := x.onlyMembers(ex, o, names); err != nil {
				return err
			}
		}
		return nil
	})
	sc.Then(`^the body is empty$`, func(context.Context) error {
		ex := x.answer()
		if len(bytes.TrimSpace(ex.raw)) > 0 {
			return x.fail(ex, "no body", fmt.Sprintf("%d bytes", len(ex.raw)))
		}
		return nil
	})
	sc.Then(`^the header "([^"]*)" is set$`, func(_ context.Context, name string) error {
		if header(x.answer(), http.CanonicalHeaderKey(name)) == "" {
			return x.fail(x.answer(), "a header "+name, "none")
		}
		return nil
	})
	sc.Then(`^the media type is (application/\S+)(?: or (application/\S+))?$`, func(_ context.Context, want, other string) error {
		ex := x.answer()
		kind, _, _ := strings.Cut(ex.mediaType, ";")
		if kind = strings.ToLower(strings.TrimSpace(kind)); kind == "" || kind != want && kind != other {
			return x.fail(ex, "Content-Type "+want, fmt.Sprintf("%q", ex.mediaType))
		}
		return nil
	})
	sc.Then(`^the header Location and meta.location are the same address$`, func(context.Context) error {
		ex := x.answer()
		if err := x.object(ex); err != nil {
			return err
		}
		at, meta := header(ex, "Location"), text(ex.value, "meta.location")
		if at == "" || meta == "" {
			return x.fail(ex, "a header Location, and meta.location in the body", fmt.Sprintf("Location %q, meta.location %q", at, meta))
		}
		if x.resolve(at) != x.resolve(meta) {
			return x.fail(ex, "meta.location the same as the header Location, "+at, "meta.location "+meta)
		}
		return nil
	})
	sc.Then(`^"([^"]*)" can be read at its meta.location$`, func(ctx context.Context, name string) error {
		t, err := x.thing(name)
		if err != nil {
			return err
		}
		ex := x.look(ctx, http.MethodGet, t.path(), "")
		at := x.resolve(text(ex.value, "meta.location"))
		path, below := strings.CutPrefix(at, x.wire.base)
		if !below { // the token goes to no other address
			return x.fail(ex, "meta.location below "+x.wire.base, "meta.location "+quote(text(ex.value, "meta.location")))
		}
		there := x.look(ctx, http.MethodGet, path, "")
		if err := x.expect(ctx, there, http.StatusOK); err != nil {
			return err
		}
		return x.check(there, "id", quote(t.id), true)
	})
	sc.Then(`^meta.version is the header ETag$`, func(context.Context) error {
		ex := x.answer()
		if tag, version := header(ex, "Etag"), text(ex.value, "meta.version"); version != tag {
			return x.fail(ex, "meta.version "+quote(tag)+", as the header ETag", "meta.version "+quote(version))
		}
		return nil
	})
	sc.Then(`^"([^"]*)" of the answer holds a date and time$`, func(_ context.Context, path string) error {
		if at := text(x.answer().value, path); !isDateTime(at) {
			return x.fail(x.answer(), path+" as xsd:dateTime, for example 2008-01-23T04:56:22Z", path+" "+quote(at))
		}
		return nil
	})
	sc.Then(`^"([^"]*)" and "([^"]*)" of the answer are the same$`, func(_ context.Context, a, b string) error {
		ex := x.answer()
		if one, other := find(ex.value, a), find(ex.value, b); one == nil || !reflect.DeepEqual(one, other) {
			return x.fail(ex, a+" and "+b+" the same", a+" "+show(one)+", "+b+" "+show(other))
		}
		return nil
	})
	sc.Then(`^an answer without a body may be given instead$`, func(context.Context) error { return nil })
	sc.Then(`^the answer is 204, or 200 with the resource "([^"]*)"$`, func(ctx context.Context, name string) error {
		ex := x.answer()
		if err := x.expect(ctx, ex, http.StatusOK, http.StatusNoContent); err != nil {
			return err
		}
		t, err := x.thing(name)
		if err != nil {
			return err
		}
		if ex.Status == http.StatusNoContent {
			return nil
		}
		if err := x.object(ex); err != nil {
			return err
		}
		for _, path := range []string{"id", "schemas", "meta"} {
			if err := x.check(ex, path, "set", false); err != nil {
				return err
			}
		}
		return x.check(ex, "id", quote(t.id), true)
	})
	sc.Then(`^the answer is 501, or names in the header Location who is signed in$`, func(context.Context) error {
		ex := x.answer()
		there := succeeded(ex) || ex.Status == http.StatusPermanentRedirect
		if ex.Status == http.StatusNotImplemented || there && header(ex, "Location") != "" {
			return nil
		}
		return x.fail(ex, "501, 308 with a Location, or the resource with a Location", fmt.Sprintf("%d, Location %q", ex.Status, header(ex, "Location")))
	})
}

// onlyMembers checks that an object has no member beside those named.
func (x *rfcWorld) onlyMembers(ex *Exchange, o map[string]any, names string) error {
	allowed := strings.Split(strings.ToLower(names), ", ")
	for k, v := range o {
		known := false
		for _, a := range allowed {
			known = known || strings.EqualFold(a, k)
		}
		if !known && !unassigned(v) {
			return x.fail(ex, "nothing beside "+names, "also "+k)
		}
	}
	return nil
}

// resolve makes an address absolute (RFC 7643 §2.3.7: relative to the base URL).
func (x *rfcWorld) resolve(at string) string {
	base, err := url.Parse(x.wire.base + "/")
	if err != nil {
		return at
	}
	u, err := base.Parse(at)
	if err != nil {
		return at
	}
	return u.String()
}

// isDateTime reports whether s is an xsd:dateTime with date and time; the zone
// is optional there.
func isDateTime(s string) bool {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		if _, err := time.Parse(layout, s); err == nil {
			return true
		}
	}
	return false
}

// registerRFCNow binds what is looked at on a fresh GET.
func registerRFCNow(sc *sentences, x *rfcWorld) {
	fresh := func(ctx context.Context, name string) (*thing, *Exchange, error) {
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
	sc.Then(`^"([^"]*)" of "([^"]*)" is now (exactly )?(unassigned|set|true|false|".*"|\[.*\]|\{.*\})$`, func(ctx context.Context, path, name, exactly, want string) error {
		_, ex, err := fresh(ctx, name)
		if err != nil {
			return err
		}
		return x.check(ex, path, want, exactly != "")
	})
	sc.Then(`^"([^"]*)" of "([^"]*)" has now (\d+) values?$`, func(ctx context.Context, path, name string, n int) error {
		_, ex, err := fresh(ctx, name)
		if err != nil {
			return err
		}
		if l, _ := find(ex.value, path).([]any); len(l) != n {
			return x.fail(ex, fmt.Sprintf("%d values of %s", n, path), fmt.Sprintf("%d: %s", len(l), show(l)))
		}
		return nil
	})
	sc.Then(`^the members of "([^"]*)" are now (.+)$`, func(ctx context.Context, name, who string) error {
		_, ex, err := fresh(ctx, name)
		if err != nil {
			return err
		}
		members, _ := list(ex.value, "members")
		return x.setOf(ex, "members", members, "value", x.names(who))
	})
	sc.Then(`^"([^"]*)" of "([^"]*)" is the same as before$`, func(ctx context.Context, path, name string) error {
		t, ex, err := fresh(ctx, name)
		if err != nil {
			return err
		}
		if had, has := find(t.seen, path), find(ex.value, path); !reflect.DeepEqual(had, has) {
			return x.fail(ex, path+" "+show(had)+", as before", path+" "+show(has))
		}
		return nil
	})
	sc.Then(`^"([^"]*)" of "([^"]*)" is not before what it was$`, func(ctx context.Context, path, name string) error {
		t, ex, err := fresh(ctx, name)
		if err != nil {
			return err
		}
		had, errHad := time.Parse(time.RFC3339Nano, text(t.seen, path))
		has, errHas := time.Parse(time.RFC3339Nano, text(ex.value, path))
		if errHad != nil || errHas != nil || has.Before(had) {
			return x.fail(ex, path+" not before "+text(t.seen, path), path+" "+showMember(find(ex.value, "meta"), "lastModified"))
		}
		return nil
	})
	sc.Then(`^the version of "([^"]*)" is now (another one|the same)$`, func(ctx context.Context, name, word string) error {
		t, ex, err := fresh(ctx, name)
		if err != nil {
			return err
		}
		if tag := header(ex, "Etag"); (tag == t.tag) != (word == "the same") {
			return x.fail(ex, "an ETag that is "+word+" as before: "+t.tag, tag)
		}
		return nil
	})
	sc.Then(`^"([^"]*)" cannot be (read|replaced|patched|deleted) any more$`, func(ctx context.Context, name, verb string) error {
		t, err := x.thing(name)
		if err != nil {
			return err
		}
		method := map[string]string{"read": "GET", "replaced": "PUT", "patched": "PATCH", "deleted": "DELETE"}[verb]
		body := ""
		switch method {
		case http.MethodPut:
			o, err := x.body(t.kind, name, "", false)
			if err != nil {
				return err
			}
			body = marshal(o)
		case http.MethodPatch:
			body = patchActive(true)
		}
		return x.expect(ctx, x.look(ctx, method, t.path(), body), http.StatusNotFound)
	})
}
