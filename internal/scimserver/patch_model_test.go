package scimserver_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/oktascim/oktascim/internal/scimserver"
)

// The model of PATCH: a user is the JSON document that a client sees, and an
// operation does to it what RFC 7644 §3.5.2 says, without schemas, paths that
// are parsed, or values that are shared. It knows a handful of attributes.
type patchModel struct {
	text string // of the operation
	// does changes a document in place; false if it cannot be done, in
	// whatever state the document is then.
	does func(user map[string]any) bool
}

func drawOp(t *rapid.T, ops ...string) string {
	op := rapid.SampledFrom(ops).Draw(t, "op")
	if rapid.Bool().Draw(t, "capital") {
		return op
	}
	return strings.ToUpper(op[:1]) + op[1:]
}

func opText(op, path string, value any, withValue bool) string {
	o := map[string]any{"op": op}
	if path != "" {
		o["path"] = path
	}
	if withValue {
		o["value"] = value
	}
	b, _ := json.Marshal(o)
	return string(b)
}

// drawText gives the value of a plain attribute, or one that is wrong.
func drawText(t *rapid.T) (value any, right bool) {
	switch i := rapid.IntRange(0, 12).Draw(t, "text"); i {
	case 0:
		return 7, false
	case 1:
		return []string{"x"}, false
	default:
		return texts[i%len(texts)], true
	}
}

// within gives the object below a name, made if need be; "" is the top.
func within(user map[string]any, parent string) map[string]any {
	if parent == "" {
		return user
	}
	o, _ := user[parent].(map[string]any)
	if o == nil {
		o = map[string]any{}
		user[parent] = o
	}
	return o
}

// prune takes away what has become empty.
func prune(user map[string]any) {
	for name, v := range user {
		o, ok := v.(map[string]any)
		if ok {
			prune(o)
		}
		if l, isList := v.([]any); v == nil || ok && len(o) == 0 || isList && len(l) == 0 {
			delete(user, name)
		}
	}
}

// drawPlain is an operation on an attribute, or a part of one, that holds a text.
func drawPlain(t *rapid.T) patchModel {
	at := rapid.SampledFrom([]struct{ path, parent, name string }{
		{"title", "", "title"}, {"NickName", "", "nickName"}, {userURN + ":displayName", "", "displayName"},
		{"name.familyName", "name", "familyName"}, {"NAME.givenname", "name", "givenName"},
		{enterpriseURN + ":department", enterpriseURN, "department"}, {strings.ToUpper(enterpriseURN) + ":costcenter", enterpriseURN, "costCenter"},
	}).Draw(t, "path")
	op := drawOp(t, "add", "replace", "remove")
	if strings.EqualFold(op, "remove") {
		return patchModel{opText(op, at.path, nil, false), func(u map[string]any) bool {
			delete(within(u, at.parent), at.name)
			return true
		}}
	}
	value, right := drawText(t)
	if strings.EqualFold(op, "replace") && rapid.IntRange(0, 4).Draw(t, "null") == 0 {
		return patchModel{opText(op, at.path, nil, true), func(u map[string]any) bool {
			delete(within(u, at.parent), at.name)
			return true
		}}
	}
	return patchModel{opText(op, at.path, value, true), func(u map[string]any) bool {
		within(u, at.parent)[at.name] = value
		return right
	}}
}

// drawNeeded is an operation on what a user cannot be without.
func drawNeeded(t *rapid.T) patchModel {
	op := drawOp(t, "add", "replace", "remove")
	path := rapid.SampledFrom([]string{"userName", "active"}).Draw(t, "needed")
	if strings.EqualFold(op, "remove") {
		return patchModel{opText(op, path, nil, false), func(map[string]any) bool { return false }}
	}
	values := map[string][]any{"userName": {"eve", "Eve", "", 1}, "active": {true, false, "true", nil}}[path]
	i := rapid.IntRange(0, 3).Draw(t, "value")
	return patchModel{opText(op, path, values[i], true), func(u map[string]any) bool {
		u[path] = values[i]
		return i < 2
	}}
}

// drawParts gives an object of some of the named parts.
func drawParts(t *rapid.T, names ...string) (o map[string]any, right bool) {
	o, right = map[string]any{}, true
	for _, n := range names[rapid.IntRange(0, len(names)-1).Draw(t, "from"):] {
		v, ok := drawText(t)
		o[n], right = v, right && ok
	}
	return o, right
}

// drawComplex is an operation on an attribute with parts, or an extension.
func drawComplex(t *rapid.T) patchModel {
	name := rapid.SampledFrom([]string{"name", enterpriseURN}).Draw(t, "complex")
	parts := map[string][]string{"name": {"familyName", "givenName", "middleName"}, enterpriseURN: {"department", "division"}}[name]
	op := drawOp(t, "add", "replace", "remove")
	if strings.EqualFold(op, "remove") {
		return patchModel{opText(op, name, nil, false), func(u map[string]any) bool {
			delete(u, name)
			return true
		}}
	}
	value, right := drawParts(t, parts...)
	return patchModel{opText(op, name, value, true), func(u map[string]any) bool {
		maps.Copy(within(u, name), value)
		return right
	}}
}

// drawWithoutPath is an operation whose value is a part of a user.
func drawWithoutPath(t *rapid.T) patchModel {
	name, right := drawParts(t, "familyName", "givenName")
	title, ok := drawText(t)
	value := map[string]any{"TITLE": title, "name": name, "id2": "passed over"}
	var emails []any
	var list func([]any) ([]any, bool)
	op := drawOp(t, "add", "replace")
	if rapid.Bool().Draw(t, "with emails") {
		emails, list = drawGiven(t, op)
		value["emails"] = emails
	}
	return patchModel{opText(op, "", value, true), func(u map[string]any) bool {
		u["title"] = title
		maps.Copy(within(u, "name"), name)
		fits := true
		if list != nil {
			have, _ := u["emails"].([]any)
			u["emails"], fits = list(have)
		}
		return right && ok && fits
	}}
}

// email is an element; text and type are few, so that random ones meet.
func drawEmail(t *rapid.T) map[string]any {
	e := map[string]any{}
	if rapid.IntRange(0, 4).Draw(t, "has value") > 0 {
		e["value"] = rapid.SampledFrom([]string{"a@x.test", "A@x.test", "b@x.test"}).Draw(t, "value")
	}
	if rapid.Bool().Draw(t, "has type") {
		e["type"] = rapid.SampledFrom([]string{"work", "home", "Boat"}).Draw(t, "type")
	}
	if rapid.IntRange(0, 2).Draw(t, "has primary") == 0 || len(e) == 0 {
		e["primary"] = rapid.Bool().Draw(t, "primary")
	}
	return e
}

func fold(v any) any {
	if s, ok := v.(string); ok {
		return strings.ToLower(s)
	}
	return v
}

// distinct leaves the first of equal elements.
func distinct(list []any) []any {
	var out []any
	for _, e := range list {
		if !slices.ContainsFunc(out, func(o any) bool { return reflect.DeepEqual(o, e) }) {
			out = append(out, e)
		}
	}
	return out
}

// settled says which of the elements is the primary one: the one that the
// operation made so, or else the one before. touched are those it changed.
func settled(list []any, touched map[int]bool) ([]any, bool) {
	made := -1
	for i, e := range list {
		if touched[i] && e.(map[string]any)["primary"] == true {
			if made >= 0 {
				return nil, false
			}
			made = i
		}
	}
	var out []any
	for i, e := range list {
		e := maps.Clone(e.(map[string]any))
		if made >= 0 && i != made && e["primary"] == true {
			e["primary"] = false
		}
		if len(e) > 0 {
			out = append(out, e)
		}
	}
	return distinct(out), true
}

// drawGiven gives elements and what they do to a list.
func drawGiven(t *rapid.T, op string) ([]any, func([]any) ([]any, bool)) {
	var given []any
	for range rapid.IntRange(1, 3).Draw(t, "emails") {
		given = append(given, drawEmail(t))
	}
	return given, func(list []any) ([]any, bool) {
		primaries := 0
		for _, e := range given {
			if e.(map[string]any)["primary"] == true {
				primaries++
			}
		}
		if primaries > 1 {
			return nil, false
		}
		if strings.EqualFold(op, "replace") {
			return distinct(given), true
		}
		list = slices.Clone(list)
		touched := map[int]bool{}
		for _, e := range distinct(given) {
			e := e.(map[string]any)
			i := slices.IndexFunc(list, func(have any) bool {
				h := have.(map[string]any)
				return reflect.DeepEqual(h, e) || e["value"] != nil && fold(h["value"]) == fold(e["value"]) && fold(h["type"]) == fold(e["type"])
			})
			if i < 0 {
				touched[len(list)] = true
				list = append(list, e)
				continue
			}
			both := maps.Clone(list[i].(map[string]any))
			maps.Copy(both, e)
			touched[i] = touched[i] || !reflect.DeepEqual(both, list[i])
			list[i] = both
		}
		return settled(list, touched)
	}
}

// drawList is an operation on all of emails.
func drawList(t *rapid.T) patchModel {
	op := drawOp(t, "add", "replace", "remove")
	if strings.EqualFold(op, "remove") && rapid.Bool().Draw(t, "all") {
		return patchModel{opText(op, "emails", nil, false), func(u map[string]any) bool {
			delete(u, "emails")
			return true
		}}
	}
	given, change := drawGiven(t, op)
	if strings.EqualFold(op, "remove") {
		change = func(list []any) ([]any, bool) {
			return slices.DeleteFunc(slices.Clone(list), func(have any) bool {
				return slices.ContainsFunc(given, func(e any) bool {
					for part, v := range e.(map[string]any) {
						if fold(have.(map[string]any)[part]) != fold(v) {
							return false
						}
					}
					return true
				})
			}), true
		}
	}
	return patchModel{opText(op, "emails", given, true), func(u map[string]any) bool {
		list, _ := u["emails"].([]any)
		list, ok := change(list)
		u["emails"] = list
		return ok
	}}
}

// drawChosen is an operation on the elements that a filter picks, or on a part of them.
func drawChosen(t *rapid.T) patchModel {
	part := rapid.SampledFrom([]string{"type", "value"}).Draw(t, "filter by")
	want := map[string][]string{"type": {"work", "HOME", "boat"}, "value": {"a@x.test", "B@x.test", "c@x.test"}}[part][rapid.IntRange(0, 2).Draw(t, "wanted")]
	op := drawOp(t, "add", "replace", "remove")
	lower := strings.ToLower(op)
	path := "emails[" + part + " eq " + quote(want) + "]"
	chosen := func(e map[string]any) bool { return e[part] != nil && fold(e[part]) == fold(want) }
	sub := rapid.SampledFrom([]string{"", "value", "type", "primary"}).Draw(t, "sub")
	var value any
	switch sub {
	case "":
		value = drawEmail(t)
	case "primary":
		value = rapid.Bool().Draw(t, "primary")
	default:
		value = drawEmail(t)[sub]
		if value == nil {
			value = "work"
		}
	}
	if sub != "" {
		path += "." + sub
	}
	return patchModel{opText(op, path, value, lower != "remove"), func(u map[string]any) bool {
		list, _ := u["emails"].([]any)
		next, touched, hits := []any{}, map[int]bool{}, 0
		change := func(e map[string]any) map[string]any {
			e = maps.Clone(e)
			switch {
			case sub == "" && lower == "remove":
				return nil
			case sub == "" && lower == "replace":
				return value.(map[string]any)
			case sub == "":
				maps.Copy(e, value.(map[string]any))
			case lower == "remove":
				delete(e, sub)
			default:
				e[sub] = value
			}
			return e
		}
		for _, e := range list {
			e := e.(map[string]any)
			if !chosen(e) {
				next = append(next, e)
				continue
			}
			hits++
			if changed := change(e); len(changed) > 0 {
				touched[len(next)] = !reflect.DeepEqual(changed, e) || sub == "" && lower == "replace"
				next = append(next, changed)
			}
		}
		switch {
		case hits > 0 || lower == "remove":
		case lower == "replace":
			return false
		default: // the filter says how to make one
			made := want
			if part == "type" && want == "HOME" {
				made = "home" // as the schema suggests
			}
			touched[len(next)] = true
			next = append(next, change(map[string]any{part: made}))
		}
		next, ok := settled(next, touched)
		u["emails"] = next
		return ok
	}}
}

func patchesAgree(t *rapid.T) {
	h := scimserver.New(scimserver.Options{}).Handler()
	call := func(method, path, body string) (int, map[string]any) {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequest(method, "/scim/v2"+path, strings.NewReader(body)))
		var user map[string]any
		if err := json.Unmarshal(rec.Body.Bytes(), &user); err != nil {
			t.Fatalf("%s %s: %d %s", method, path, rec.Code, rec.Body)
		}
		return rec.Code, user
	}
	seen := func(user map[string]any) map[string]any {
		user = maps.Clone(user)
		for _, n := range []string{"meta", "id", "groups", "schemas"} {
			delete(user, n)
		}
		return user
	}
	_, user := call("POST", "/Users", `{"schemas":["`+userURN+`"],"userName":"ada","emails":[{"value":"a@x.test","type":"work","primary":true},{"value":"b@x.test","type":"home"}]}`)
	path := "/Users/" + user["id"].(string)
	want := seen(user)
	for range rapid.IntRange(1, 4).Draw(t, "requests") {
		next := clone(want)
		fits := true
		var ops []string
		for range rapid.IntRange(1, 4).Draw(t, "operations") {
			draw := rapid.SampledFrom([]func(*rapid.T) patchModel{drawPlain, drawPlain, drawComplex, drawWithoutPath, drawList, drawList, drawChosen, drawChosen, drawChosen, drawNeeded}).Draw(t, "kind")
			m := draw(t)
			ops = append(ops, m.text)
			fits = fits && m.does(next)
			next = clone(next)
			prune(next)
		}
		body := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + strings.Join(ops, ",") + `]}`
		status, answered := call("PATCH", path, body)
		if (status == http.StatusOK) != fits {
			t.Fatalf("%s\n%s\nis %d (%v), want it to be done: %v", show(want), body, status, answered["detail"], fits)
		}
		if fits {
			want = next
		}
		if _, got := call("GET", path, ""); !reflect.DeepEqual(seen(got), want) || fits && !reflect.DeepEqual(seen(answered), want) {
			t.Fatalf("%s\nmakes\n%s\nwant\n%s", body, show(seen(got)), show(want))
		}
	}
}

func show(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

// clone copies a document, with numbers as JSON has them.
func clone(user map[string]any) map[string]any {
	var out map[string]any
	_ = json.Unmarshal([]byte(show(user)), &out)
	return out
}

func TestPatchesAgreeWithASlowModel(t *testing.T) { rapid.Check(t, patchesAgree) }

func FuzzPatchesAgree(f *testing.F) { f.Fuzz(rapid.MakeFuzz(patchesAgree)) }
