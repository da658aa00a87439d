package conformance_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
)

const (
	enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	coreUser   = "urn:ietf:params:scim:schemas:core:2.0:User"
)

// everyCase are the names of attributes that a server without case rules knows.
func everyCase() []string {
	return strings.Fields(`schemas id externalId meta userName name displayName nickName title userType active emails phoneNumbers
		groups members password value type display primary givenName familyName middleName Operations ` + enterprise)
}

// knownOnly drops what is not written as in the schema.
func knownOnly(o map[string]any) {
	maps.DeleteFunc(o, func(k string, v any) bool {
		if in := obj(v); in != nil {
			knownOnly(in)
		}
		return !slices.Contains(everyCase(), k)
	})
}

// latin keeps the characters of ASCII.
func latin(s string) string {
	return strings.Map(func(r rune) rune {
		if r > 126 {
			return '?'
		}
		return r
	}, s)
}

// memory is what a defect keeps of former answers.
type memory struct {
	mu  sync.Mutex
	was map[string]*answer
}

func (m *memory) put(key string, a *answer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.was[key] = a
}

func (m *memory) get(key string) *answer {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.was[key]
}

// resourceDefects are those of creating, reading, replacing and deleting, and of
// errors.
func resourceDefects() map[string]defect {
	gone := &memory{was: map[string]*answer{}}
	names := &memory{was: map[string]*answer{}}
	return map[string]defect{
		"create-answers-200":       turns("POST /Users", 201, 200),
		"create-group-answers-200": turns("POST /Groups", 201, 200),
		"create-without-location":  answers("POST /Users", func(a *answer) { a.header.Del("Location") }),
		"create-location-differs": answers("POST /Users", func(a *answer) {
			a.header.Set("Location", a.header.Get("Location")+"/view")
		}),
		"create-answers-only-id": shows("POST /Users", func(o map[string]any) {
			maps.DeleteFunc(o, func(k string, _ any) bool { return k != "id" && k != "userName" && k != "meta" })
		}),
		"create-modified-later": shows("POST /Users", within("meta", func(m map[string]any) { m["lastModified"] = "2099-01-01T00:00:00Z" })),
		"created-is-no-time":    shows("* /Users", within("meta", func(m map[string]any) { m["created"], m["lastModified"] = "today", "today" })),
		"resource-type-is-plural": shows("* *", within("meta", func(m map[string]any) {
			if m["resourceType"] == "User" || m["resourceType"] == "Group" {
				m["resourceType"] = m["resourceType"].(string) + "s" //nolint:forcetypeassert // just compared
			}
		})),
		"create-refuses-id":      refuses("POST /Users", 400, "mutability", func(q ask) bool { return obj(q.body)["id"] != nil }),
		"meta-can-be-chosen":     metaChosen,
		"put-refuses-id":         refuses("PUT /Users/*", 400, "mutability", func(q ask) bool { return obj(q.body)["id"] != nil }),
		"duplicate-answers-400":  turns("POST /Users", 409, 400),
		"conflict-without-type":  answers("* *", func(a *answer) { delete(obj(a.body), "scimType") }),
		"duplicate-taken":        duplicateTaken,
		"user-name-has-case":     userNameHasCase(names),
		"user-without-user-name": takes("POST /Users", func(o map[string]any) { fill(o, "userName") }),
		"missing-answers-409": answers("POST *", func(a *answer) {
			if str(a.body, "scimType") == "invalidValue" {
				a.status = 409
			}
		}),
		"group-without-name":        takes("POST /Groups", func(o map[string]any) { fill(o, "displayName") }),
		"attribute-names-have-case": takes("POST|PUT *", knownOnly),
		"null-refused": refuses("POST|PUT *", 400, "invalidValue", func(q ask) bool {
			return hasNull(q.body)
		}),
		"empty-list-refused": refuses("POST|PUT *", 400, "invalidValue", func(q ask) bool { return hasEmptyList(q.body) }),
		"password-shown": both(shows("POST|GET *", func(o map[string]any) {
			if str(o, "title") == "secret" {
				o["password"] = "t1meMa$heen"
			}
		}), takes("POST /Users", func(o map[string]any) {
			if o["password"] != nil {
				o["title"] = "secret"
			}
		})),
		"external-id-invented": shows("* /Users", func(o map[string]any) {
			if o["externalId"] == nil {
				o["externalId"] = o["id"]
			}
		}),
		"external-id-lower": takes("POST /Users", func(o map[string]any) { o["externalId"] = strings.ToLower(str(o, "externalId")) }),
		"ascii-only":        takes("POST /Users", func(o map[string]any) { o["displayName"] = latin(str(o, "displayName")) }),
		"extension-dropped": takes("* *", without(enterprise)),
		"extension-flat": shows("GET *", func(o map[string]any) {
			maps.Copy(o, obj(o[enterprise]))
			delete(o, enterprise)
		}),
		"groups-of-person-missing": shows("* *", without("groups")),
		"groups-of-person-wrong": shows("* *", func(o map[string]any) {
			for _, g := range listOf(o, "groups") {
				obj(g)["value"] = o["id"]
			}
		}),
		"schemas-missing":    shows("GET *", without("schemas")),
		"id-of-others":       shows("GET /Users/*", func(o map[string]any) { o["id"] = "1" }),
		"location-elsewhere": shows("* *", within("meta", func(m map[string]any) { m["location"] = "https://scim.example.com/Users/1" })),
		"location-is-404": shows("* *", within("meta", func(m map[string]any) {
			m["location"] = strings.ReplaceAll(str(m, "location"), "/Users/", "/People/")
		})),
		"unknown-answers-200-empty": answers("GET /Users/*", func(a *answer) {
			if a.status == 404 {
				a.status, a.body = 200, map[string]any{}
			}
		}),
		"unknown-answers-500": turns("* *", 404, 500),
		"404-is-html": answers("* *", func(a *answer) {
			if a.status == 404 {
				a.body, a.raw = nil, "<h1>Not found</h1>"
				a.header.Set("Content-Type", "text/html")
			}
		}),

		"put-answers-204": answers("PUT /Users/*", func(a *answer) {
			if a.status == 200 {
				a.status, a.body, a.raw = 204, nil, ""
			}
		}),
		"put-answers-the-old":       putAnswersOld,
		"put-merges-lists":          putMerges("emails"),
		"put-merges":                putMerges("title"),
		"put-creates":               putCreates,
		"put-takes-taken-user-name": pretends("PUT *", 409),
		"put-empty-user-name":       takes("PUT /Users/*", func(o map[string]any) { o["userName"] = or(str(o, "userName"), "nobody@example.com") }),
		"created-moves":             createdMoves(),
		"modified-goes-back": shows("GET /Users/*", within("meta", func(m map[string]any) {
			if m["lastModified"] != m["created"] {
				m["lastModified"] = "2001-01-01T00:00:00Z"
			}
		})),
		"modified-stays": shows("* *", within("meta", func(m map[string]any) { m["lastModified"] = m["created"] })),

		"groups-not-shown-to-some":      shows("GET /Users/*", func(o map[string]any) { o["groups"] = []any{} }),
		"group-type-is-user":            shows("* /Groups", within("meta", func(m map[string]any) { m["resourceType"] = "User" })),
		"group-schemas-of-user":         shows("* /Groups", func(o map[string]any) { o["schemas"] = []any{coreUser} }),
		"ids-are-the-same":              shows("POST /Users", func(o map[string]any) { o["id"] = "1" }),
		"sub-attribute-names-have-case": takes("POST|PUT *", func(o map[string]any) { within("name", knownOnly)(o) }),
		"schemas-without-extension": shows("* *", func(o map[string]any) {
			if l := listOf(o, "schemas"); len(l) > 1 {
				o["schemas"] = l[:1]
			}
		}),
		"list-keeps-first-value": takes("POST /Users", func(o map[string]any) {
			if l := listOf(o, "emails"); len(l) > 1 {
				o["emails"] = l[:1]
			}
		}),
		"list-drops-primary": shows("GET *", func(o map[string]any) {
			for _, e := range listOf(o, "emails") {
				delete(obj(e), "primary")
			}
		}),
		"list-drops-type": shows("GET *", func(o map[string]any) {
			for _, e := range listOf(o, "emails") {
				delete(obj(e), "type")
			}
		}),
		"two-primaries-kept":         both(shows("GET /Users/*", twoPrimaries), takes("POST /Users", onePrimary)),
		"two-primaries-are-500":      refuses("POST /Users", 500, "", func(q ask) bool { return primaries(q.body) > 1 }),
		"new-group-is-empty":         takes("POST /Groups", without("members")),
		"group-without-location":     answers("POST /Groups", func(a *answer) { a.header.Del("Location") }),
		"group-read-without-members": shows("GET /Groups/*", without("members")),
		"group-unknown-is-empty": answers("GET /Groups/*", func(a *answer) {
			if a.status == 404 {
				a.status, a.body = 200, map[string]any{"members": []any{}}
			}
		}),
		"group-location-is-404": shows("* *", within("meta", func(m map[string]any) {
			m["location"] = strings.ReplaceAll(str(m, "location"), "/Groups/", "/Teams/")
		})),
		"put-group-adds-members": putAddsMembers,
		"put-group-keeps-name": takes("PUT /Groups/*", func(o map[string]any) {
			o["displayName"] = strings.ReplaceAll(str(o, "displayName"), "renamed", "Team")
		}),
		"put-extension-dropped":  takes("PUT *", without(enterprise)),
		"put-user-name-is-fixed": refuses("PUT /Users/*", 400, "mutability", func(q ask) bool { return strings.Contains(str(q.body, "userName"), "-new@") }),
		"delete-of-no-group-204": turns("DELETE /Groups/*", 404, 204),
		"no-token-needed":        noTokenNeeded,
		"put-syntax-is-500":      refuses("PUT *", 500, "", func(q ask) bool { return q.body == nil }),
		"patch-syntax-is-500":    refuses("PATCH *", 500, "", func(q ask) bool { return q.body == nil }),
		"bulk-syntax-is-500":     refuses("POST /Bulk", 500, "", func(q ask) bool { return q.body == nil }),
		"400-is-text": answers("POST /Users", func(a *answer) {
			if a.status == 400 {
				a.body, a.raw = nil, "Bad Request"
			}
		}),
		"wrong-list-ignored": takes("POST /Users", func(o map[string]any) {
			if obj(o["emails"]) != nil {
				without("emails", "name")(o)
			}
		}),
		"error-without-detail":             onErrors(without("detail")),
		"media-plain-json-request-refused": refuses("POST *", 415, "", func(q ask) bool { return q.header.Get("Content-Type") == "application/json" }),
		"media-of-lists":                   answers("GET /Users", func(a *answer) { a.header.Set("Content-Type", "application/json") }),
		"media-of-creates":                 answers("POST *", func(a *answer) { a.header.Set("Content-Type", "application/json") }),

		"delete-answers-200": answers("DELETE *", func(a *answer) {
			if a.status == 204 {
				a.status, a.body = 200, map[string]any{"ok": true}
			}
		}),
		"delete-of-nobody-answers-204": turns("DELETE *", 404, 204),
		"delete-keeps":                 deleteKeeps(gone),
		"delete-keeps-name":            deleteKeepsName(names),
		"delete-shown-in-lists":        deleteShown(gone),
		"put-after-delete-answers-200": turns("PUT /Users/*", 404, 200),
		"group-cannot-be-deleted":      refuses("DELETE /Groups/*", 405, "", always),

		"error-without-schemas":  onErrors(without("schemas")),
		"error-status-is-number": onErrors(func(o map[string]any) { o["status"] = 400 }),
		"syntax-answers-500":     badSyntax(500, ""),
		"syntax-without-type":    badSyntax(400, ""),
		"unknown-endpoint-is-text": answers("GET /NoSuchThings", func(a *answer) {
			a.body, a.raw = nil, "404 page not found"
		}),
		"unknown-endpoint-answers-200": answers("GET /NoSuchThings", func(a *answer) { a.status = 200 }),
		"wrong-type-ignored": takes("PUT|PATCH *", func(o map[string]any) {
			if obj(o["active"]) != nil {
				delete(o, "active")
			}
		}),
		"401-without-scheme": answers("* *", func(a *answer) { a.header.Del("WWW-Authenticate") }),
		"401-is-text": answers("* *", func(a *answer) {
			if a.status == 401 {
				a.body, a.raw = nil, "Unauthorized"
			}
		}),
		"401-answers-403":          turns("* *", 401, 403),
		"me-answers-404":           refuses("GET /Me", 404, "", always),
		"parameters-refused":       refuses("GET *", 400, "invalidValue", func(q ask) bool { return q.query.Has("somethingElse") }),
		"media-is-plain-json":      media("application/json"),
		"media-plain-json-refused": refuses("GET *", 406, "", func(q ask) bool { return q.header.Get("Accept") == "application/json" }),
		"media-accept-required":    refuses("GET *", 406, "", func(q ask) bool { return q.header.Get("Accept") == "" }),
		"media-of-errors-is-html": answers("* *", func(a *answer) {
			if a.status >= 400 {
				a.header.Set("Content-Type", "text/html")
			}
		}),
	}
}

func always(ask) bool { return true }

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// fill invents a value where there is none.
func fill(o map[string]any, name string) {
	if o[name] == nil {
		o[name] = strings.Join([]string{str(o, "displayName"), str(o, "externalId"), "invented"}, "")
	}
}

func hasNull(v any) bool {
	for _, m := range obj(v) {
		if m == nil {
			return true
		}
	}
	return false
}

func hasEmptyList(v any) bool {
	for _, m := range obj(v) {
		if l, ok := m.([]any); ok && len(l) == 0 {
			return true
		}
	}
	return false
}

func onErrors(f func(o map[string]any)) defect {
	return answers("* *", func(a *answer) {
		if a.status >= 400 && obj(a.body) != nil {
			f(obj(a.body))
		}
	})
}

func media(kind string) defect {
	return answers("* *", func(a *answer) { a.header.Set("Content-Type", kind) })
}

// pretends answers a refusal as if it were a success.
func pretends(pattern string, status int) defect {
	return func(q ask, to next) *answer {
		a := to(q)
		if q.is(pattern) && a.status == status {
			return q.get(to)
		}
		return a
	}
}

func metaChosen(q ask, to next) *answer {
	chosen := str(obj(q.body)["meta"], "resourceType")
	a := to(q)
	if chosen == "Chosen" && a.status < 300 {
		o := map[string]any{"op": "replace", "path": "userType", "value": "Chosen"}
		to(ask{method: http.MethodPatch, path: "/Users/" + str(a.body, "id"), header: q.with("", nil).header, query: nil, body: map[string]any{
			"schemas": []any{"urn:ietf:params:scim:api:messages:2.0:PatchOp"}, "Operations": []any{o},
		}})
	}
	a.resources(func(o map[string]any) {
		if o["userType"] == "Chosen" {
			obj(o["meta"])["resourceType"], obj(o["meta"])["created"] = "Chosen", "1999-01-01T00:00:00Z"
		}
	})
	return a
}

// duplicateTaken makes a second person of a userName that is taken.
func duplicateTaken(q ask, to next) *answer {
	a := to(q)
	if q.is("POST /Users") && a.status == http.StatusConflict {
		obj(q.body)["userName"] = str(q.body, "userName") + ".2"
		return to(q)
	}
	return a
}

// userNameHasCase takes names that differ in case for different ones.
func userNameHasCase(names *memory) defect {
	return func(q ask, to next) *answer {
		name := str(q.body, "userName")
		a := to(q)
		if q.is("POST /Users") {
			if a.status == http.StatusConflict && names.get(name) == nil {
				return duplicateTaken(q, to)
			}
			names.put(name, a)
		}
		return a
	}
}

func putAnswersOld(q ask, to next) *answer {
	if !q.is("PUT /Users/*") {
		return to(q)
	}
	old := q.get(to)
	if a := to(q); a.status != http.StatusOK {
		return a
	}
	return old
}

// putMerges keeps what there was of one attribute.
func putMerges(name string) defect {
	return func(q ask, to next) *answer {
		if q.is("PUT /Users/*") && obj(q.body) != nil {
			had := obj(q.get(to).body)[name]
			switch old := had.(type) {
			case []any:
				for _, e := range old {
					delete(obj(e), "primary")
				}
				obj(q.body)[name] = append(slices.Clone(old), listOf(q.body, name)...)
			case string:
				if obj(q.body)[name] == nil {
					obj(q.body)[name] = old
				}
			}
		}
		return to(q)
	}
}

func putCreates(q ask, to next) *answer {
	a := to(q)
	if q.is("PUT /Users/*") && a.status == http.StatusNotFound {
		q.path = "/Users"
		return to(q.with(http.MethodPost, q.body))
	}
	return a
}

// deleteKeeps answers reads of what was deleted as before.
func deleteKeeps(gone *memory) defect {
	return func(q ask, to next) *answer {
		if q.method == http.MethodDelete {
			gone.put(q.path, q.get(to))
		}
		a := to(q)
		if was := gone.get(q.path); q.method == http.MethodGet && a.status == http.StatusNotFound && was != nil {
			return was
		}
		return a
	}
}

// deleteShown leaves what was deleted in lists.
func deleteShown(gone *memory) defect {
	return func(q ask, to next) *answer {
		if q.is("DELETE /Users/*") {
			was := q.get(to)
			gone.put(str(was.body, "userName"), was)
		}
		a := to(q)
		if _, after, ok := strings.Cut(q.query.Get("filter"), `userName eq "`); ok && q.is("GET /Users") && listOf(a.body, "Resources") != nil {
			if was := gone.get(strings.TrimSuffix(after, `"`)); was != nil {
				obj(a.body)["Resources"] = []any{was.body}
			}
		}
		return a
	}
}

// deleteKeepsName never frees a userName.
func deleteKeepsName(names *memory) defect {
	return func(q ask, to next) *answer {
		if q.is("DELETE /Users/*") {
			was := q.get(to)
			names.put("deleted "+str(was.body, "userName"), was)
		}
		if name := str(q.body, "userName"); q.is("POST /Users") && name != "" && names.get("deleted "+name) != nil {
			return says(http.StatusConflict, "uniqueness")
		}
		return to(q)
	}
}

// badSyntax answers a body that is no JSON.
func badSyntax(status int, scimType string) defect {
	return refuses("POST *", status, scimType, func(q ask) bool { return q.body == nil && q.raw != "" })
}

func createdMoves() defect {
	year := make(chan int, 1)
	year <- 2030
	return shows("GET /Users/*", within("meta", func(m map[string]any) {
		y := <-year
		year <- y + 1
		m["created"] = fmt.Sprintf("%d-01-01T00:00:00Z", y)
	}))
}

func primaries(v any) int {
	n := 0
	for _, e := range listOf(v, "emails") {
		if obj(e)["primary"] == true {
			n++
		}
	}
	return n
}

// onePrimary takes the second primary value for an ordinary one.
func onePrimary(o map[string]any) {
	if primaries(o) > 1 {
		delete(obj(listOf(o, "emails")[1]), "primary")
	}
}

func putAddsMembers(q ask, to next) *answer {
	if q.is("PUT /Groups/*") {
		obj(q.body)["members"] = append(listOf(q.get(to).body, "members"), listOf(q.body, "members")...)
	}
	return to(q)
}

func noTokenNeeded(q ask, to next) *answer {
	if q.header.Get("Authorization") == "" {
		q.header.Set("Authorization", "Bearer "+token)
	}
	return to(q)
}
