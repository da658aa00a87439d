package conformance_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// otherDefects are those of discovery, of parts of a resource, of versions and
// of bulk.
func otherDefects() map[string]defect {
	config := func(f func(o map[string]any)) defect {
		return answers("GET /ServiceProviderConfig", func(a *answer) { f(obj(a.body)) })
	}
	all := map[string]defect{
		"config-wrong-schema":     config(func(o map[string]any) { o["schemas"] = []any{"urn:scim:schemas:core:1.0"} }),
		"config-without-patch":    config(func(o map[string]any) { o["patch"] = map[string]any{} }),
		"config-without-sort":     config(without("sort")),
		"config-without-limits":   config(within("filter", without("maxResults"))),
		"config-flag-is-string":   config(within("changePassword", func(o map[string]any) { o["supported"] = "true" })),
		"config-without-auth":     config(without("authenticationSchemes")),
		"config-auth-no-type":     config(func(o map[string]any) { o["authenticationSchemes"] = []any{map[string]any{"name": "Token"}} }),
		"config-max-too-low":      config(within("filter", func(o map[string]any) { o["maxResults"] = 1 })),
		"config-is-404":           refuses("GET /ServiceProviderConfig", 404, "", always),
		"types-are-an-array":      answers("GET /ResourceTypes", func(a *answer) { a.body = listOf(a.body, "Resources") }),
		"types-without-endpoint":  shows("GET /ResourceTypes", without("endpoint")),
		"types-are-404":           refuses("GET /ResourceTypes", 404, "", always),
		"types-filter-ignored":    asks("GET /ResourceTypes", func(q *ask) { q.query.Del("filter") }),
		"types-are-paged":         typesPaged,
		"types-of-wrong-endpoint": shows("GET /ResourceTypes", func(o map[string]any) { o["endpoint"] = str(o, "endpoint") + "List" }),
		"types-of-unknown-schema": shows("GET /ResourceTypes", func(o map[string]any) { o["schema"] = str(o, "schema") + ":v3" }),
		"types-of-other-names":    shows("GET /ResourceTypes", func(o map[string]any) { o["name"] = "A" + str(o, "name") }),
		"types-without-extension": answers("GET /ResourceTypes", func(a *answer) {
			eachOf(obj(a.body), func(o map[string]any) {
				o["schemaExtensions"] = []any{map[string]any{"schema": "urn:example:other", "required": false}}
			})
		}),
		"schemas-are-404":            refuses("GET /Schemas", 404, "", always),
		"schemas-without-id":         shows("GET /Schemas", without("id")),
		"schemas-without-attributes": shows("GET /Schemas", without("attributes")),
		"schemas-not-by-id":          refuses("GET /Schemas/*", 404, "", always),
		"schemas-any-by-id":          schemasAnyByID,
		"schemas-with-messages": answers("GET /Schemas", func(a *answer) {
			obj(a.body)["Resources"] = append(listOf(a.body, "Resources"), map[string]any{"id": "urn:ietf:params:scim:api:messages:2.0:PatchOp", "attributes": []any{}})
		}),
		"schemas-without-type":          attribute("title", without("type")),
		"schemas-wrong-keyword":         attribute("title", func(o map[string]any) { o["mutability"] = "read-write" }),
		"schemas-flag-missing":          attribute("givenName", without("multiValued")),
		"schemas-name-not-required":     attribute("userName", func(o map[string]any) { o["required"] = false }),
		"schemas-name-has-case":         attribute("userName", func(o map[string]any) { o["caseExact"] = true }),
		"schemas-password-readable":     attribute("password", func(o map[string]any) { o["mutability"] = "readWrite" }),
		"schemas-password-returned":     attribute("password", func(o map[string]any) { o["returned"] = "default" }),
		"schemas-groups-writable":       attribute("groups", func(o map[string]any) { o["mutability"] = "readWrite" }),
		"person-with-unknown-attribute": shows("GET /Users/*", func(o map[string]any) { o["tenant"] = "one" }),
		"person-with-unknown-schema":    shows("GET /Users/*", func(o map[string]any) { o["schemas"] = append(listOf(o, "schemas"), "urn:example:more") }),
		"person-with-schema-twice":      shows("GET /Users/*", func(o map[string]any) { o["schemas"] = append(listOf(o, "schemas"), coreUser) }),

		"types-not-by-name":       refuses("GET /ResourceTypes/*", 404, "", always),
		"types-any-by-name":       typesAnyByName,
		"types-without-schemas":   shows("GET /ResourceTypes", without("schemas")),
		"schemas-name-not-unique": attribute("userName", func(o map[string]any) { o["uniqueness"] = "none" }),
		"schemas-filter-ignored":  asks("GET /Schemas", func(q *ask) { q.query.Del("filter") }),
		"schemas-twice": answers("GET /Schemas", func(a *answer) {
			if all := listOf(a.body, "Resources"); len(all) > 0 {
				obj(a.body)["Resources"] = append(all, all[0])
			}
		}),
		"schemas-one-member":      attribute("members", func(o map[string]any) { o["multiValued"] = false }),
		"excluded-ignored-search": takes("POST *", without("excludedAttributes")),
		"excluded-ignored-list":   asks("GET /Users", func(q *ask) { q.query.Del("excludedAttributes") }),
		"excluded-of-sub-whole":   asks("GET *", func(q *ask) { firstParts(q, "excludedAttributes") }),
		"excluded-no-urn": asks("GET *", func(q *ask) {
			if strings.HasPrefix(q.query.Get("excludedAttributes"), "urn:") {
				q.query.Del("excludedAttributes")
			}
		}),
		"attributes-first-only": asks("GET *", func(q *ask) {
			if first, _, ok := strings.Cut(q.query.Get("attributes"), ","); ok {
				q.query.Set("attributes", first)
			}
		}),
		"attributes-ignored-groups": asks("GET /Groups/*", func(q *ask) { q.query.Del("attributes") }),
		"attributes-ignored":        asks("* *", func(q *ask) { q.query.Del("attributes") }),
		"attributes-of-sub-whole":   asks("GET *", func(q *ask) { firstParts(q, "attributes") }),
		"excluded-ignored":          asks("* *", func(q *ask) { q.query.Del("excludedAttributes") }),
		"excluded-takes-id":         excludedTakesID,
		"attributes-ignored-list":   asks("GET /Users", func(q *ask) { q.query.Del("attributes") }),
		"attributes-ignored-create": asks("POST *", func(q *ask) { q.query.Del("attributes") }),
		"attributes-ignored-put":    asks("PUT *", func(q *ask) { q.query.Del("attributes") }),
		"attributes-ignored-patch":  asks("PATCH *", func(q *ask) { q.query.Del("attributes") }),
		"attributes-patch-204": answers("PATCH *", func(a *answer) {
			if a.status == 200 {
				*a = *nothing(204)
			}
		}),
		"attributes-no-urn":        asks("GET *", func(q *ask) { unknownNames(q, "urn:") }),
		"attributes-names-case":    asks("GET *", func(q *ask) { unknownNames(q, "USERNAME") }),
		"attributes-urn-is-all":    asks("GET *", func(q *ask) { allIfURN(q) }),
		"attributes-show-password": attributesShowPassword,
		"attributes-no-schemas": shows("GET *", func(o map[string]any) {
			if o["name"] == nil {
				delete(o, "schemas")
			}
		}),
		"excluded-members-shown": asks("GET /Groups/*", func(q *ask) { q.query.Del("excludedAttributes") }),

		"etag-missing":     answers("* *", func(a *answer) { a.header.Del("ETag") }),
		"etag-not-in-meta": shows("* *", within("meta", without("version"))),
		"etag-never-changes": answers("* *", func(a *answer) {
			if a.header.Get("ETag") != "" {
				a.header.Set("ETag", `W/"1"`)
			}
		}),
		"etag-always-changes":     etagAlwaysChanges(),
		"etag-none-match-ignored": asks("GET *", func(q *ask) { q.header.Del("If-None-Match") }),
		"etag-none-match-always": func(q ask, to next) *answer {
			if q.header.Get("If-None-Match") != "" {
				return nothing(http.StatusNotModified)
			}
			return to(q)
		},
		"etag-match-ignored-put":    asks("PUT *", func(q *ask) { q.header.Del("If-Match") }),
		"etag-match-ignored-patch":  asks("PATCH *", func(q *ask) { q.header.Del("If-Match") }),
		"etag-match-ignored-delete": asks("DELETE *", func(q *ask) { q.header.Del("If-Match") }),
		"etag-match-never":          refuses("PUT *", 412, "", func(q ask) bool { return q.header.Get("If-Match") != "" }),
		"etag-mismatch-is-409":      turns("* *", 412, 409),
		"etag-match-never-patch":    refuses("PATCH *", 412, "", func(q ask) bool { return q.header.Get("If-Match") != "" }),
		"etag-match-never-delete":   refuses("DELETE *", 412, "", func(q ask) bool { return q.header.Get("If-Match") != "" }),
		"etag-of-put-is-old":        answers("PUT *", func(a *answer) { a.header.Set("ETag", `W/"old"`) }),
		"etag-of-groups-missing":    answers("GET /Groups/*", func(a *answer) { a.header.Del("ETag") }),
		"etag-not-in-lists":         onLists(func(o map[string]any) { eachOf(o, within("meta", without("version"))) }),
		"etag-none-match-one": asks("GET *", func(q *ask) {
			if strings.Contains(q.header.Get("If-None-Match"), ",") {
				q.header.Del("If-None-Match")
			}
		}),
		"etag-missing-on-create": answers("POST *", func(a *answer) { a.header.Del("ETag") }),
	}
	maps.Copy(all, bulkDefects())
	return all
}

func typesPaged(q ask, to next) *answer {
	a := to(q)
	if q.is("GET /ResourceTypes") && q.query.Has("count") {
		obj(a.body)["Resources"] = listOf(a.body, "Resources")[:1]
	}
	return a
}

func schemasAnyByID(q ask, to next) *answer {
	if q.is("GET /Schemas/*") {
		q.path = "/Schemas/" + coreUser
	}
	return to(q)
}

// attribute changes how /Schemas describes an attribute.
func attribute(name string, f func(o map[string]any)) defect {
	var walk func(o map[string]any)
	walk = func(o map[string]any) {
		for _, list := range []string{"attributes", "subAttributes"} {
			for _, a := range listOf(o, list) {
				if str(a, "name") == name {
					f(obj(a))
				}
				walk(obj(a))
			}
		}
	}
	return shows("GET /Schemas", walk)
}

// firstParts asks for whole attributes where parts are asked for.
func firstParts(q *ask, param string) {
	if name, _, ok := strings.Cut(q.query.Get(param), "."); ok && !strings.HasPrefix(name, "urn:") {
		q.query.Set(param, name)
	}
}

func unknownNames(q *ask, prefix string) {
	if strings.HasPrefix(q.query.Get("attributes"), prefix) {
		q.query.Set("attributes", "nothing")
	}
}

func allIfURN(q *ask) {
	if strings.HasPrefix(q.query.Get("attributes"), "urn:") {
		q.query.Del("attributes")
	}
}

func excludedTakesID(q ask, to next) *answer {
	a := to(q)
	if slices.Contains(strings.Split(q.query.Get("excludedAttributes"), ","), "id") {
		delete(obj(a.body), "id")
	}
	return a
}

func attributesShowPassword(q ask, to next) *answer {
	a := to(q)
	if strings.Contains(q.query.Get("attributes"), "password") {
		obj(a.body)["password"] = "a-hash"
	}
	return a
}

func etagAlwaysChanges() defect {
	count := make(chan int, 1)
	count <- 0
	return answers("GET *", func(a *answer) {
		if a.header.Get("ETag") != "" {
			n := <-count
			count <- n + 1
			a.header.Set("ETag", fmt.Sprintf(`W/"%d"`, n))
		}
	})
}

func bulkDefects() map[string]defect {
	bulk := "POST /Bulk"
	each := func(f func(r map[string]any)) defect {
		return answers(bulk, func(a *answer) {
			for _, r := range listOf(a.body, "Operations") {
				f(obj(r))
			}
		})
	}
	eachSent := func(f func(o map[string]any)) defect {
		return takes(bulk, func(b map[string]any) {
			for _, o := range listOf(b, "Operations") {
				f(obj(o))
			}
		})
	}
	return map[string]defect{
		"bulk-without-schemas":  answers(bulk, func(a *answer) { delete(obj(a.body), "schemas") }),
		"bulk-answers-201":      turns(bulk, 200, 201),
		"bulk-status-is-number": each(func(r map[string]any) { r["status"] = 201 }),
		"bulk-without-bulk-id":  each(without("bulkId")),
		"bulk-without-location": each(without("location")),
		"bulk-without-method":   each(without("method")),
		"bulk-last-result-lost": answers(bulk, func(a *answer) { lastLost(obj(a.body)) }),
		"bulk-references-kept":  eachSent(func(o map[string]any) { referencesKept(o, "members") }),
		"bulk-forward-dropped":  bulkForwardFails,
		"bulk-manager-kept": eachSent(func(o map[string]any) {
			within(enterprise, func(e map[string]any) { e["manager"] = map[string]any{"value": "bulkId-of-somebody"} })(obj(o["data"]))
		}),
		"bulk-stops-at-first":     takes(bulk, func(o map[string]any) { o["failOnErrors"] = 1 }),
		"bulk-never-stops":        takes(bulk, without("failOnErrors")),
		"bulk-error-without-body": each(func(r map[string]any) { delete(r, "response") }),
		"bulk-error-with-location": each(func(r map[string]any) {
			if r["location"] == nil {
				r["location"] = "/Users/none"
			}
		}),
		"bulk-all-errors-are-500": each(func(r map[string]any) {
			if s := str(r, "status"); s >= "400" {
				r["status"] = "500"
			}
		}),
		"bulk-put-is-nothing":    bulkSkips("PUT"),
		"bulk-patch-is-nothing":  bulkSkips("PATCH"),
		"bulk-delete-is-nothing": bulkSkips("DELETE"),
		"bulk-delete-of-nobody-204": each(func(r map[string]any) {
			if str(r, "status") == "404" {
				r["status"] = "204"
				delete(r, "response")
			}
		}),
		"bulk-failed-without-location": each(func(r map[string]any) {
			if str(r, "status") >= "400" {
				delete(r, "location")
			}
		}),
		"bulk-too-many-is-400": answers(bulk, func(a *answer) {
			if a.status == 413 {
				*a = *says(400, "tooMany")
			}
		}),
		"bulk-too-many-bare": answers(bulk, func(a *answer) {
			if a.status == 413 {
				*a = *nothing(413)
			}
		}),
		"bulk-version-ignored": eachSent(without("version")),
		"bulk-duplicates-taken": each(func(r map[string]any) {
			if str(r, "status") == "409" {
				r["status"] = "201"
			}
		}),
		"bulk-circle-is-400": func(q ask, to next) *answer {
			a := to(q)
			for _, r := range listOf(a.body, "Operations") {
				if str(r, "bulkId") == "one" {
					obj(r)["status"] = "400"
				}
			}
			return a
		},
		"bulk-references-in-patch-kept": eachSent(func(o map[string]any) {
			for _, op := range listOf(o["data"], "Operations") {
				for _, m := range listOf(op, "value") {
					obj(m)["value"] = strings.ReplaceAll(str(m, "value"), "bulkId:", "bulkId-")
				}
			}
		}),
		"bulk-put-creates": each(func(r map[string]any) {
			if str(r, "method") == "PUT" && str(r, "status") == "404" {
				r["status"] = "201"
				delete(r, "response")
			}
		}),
		"bulk-is-501": refuses(bulk, 501, "", always),
	}
}

func lastLost(o map[string]any) {
	if all := listOf(o, "Operations"); len(all) > 1 {
		o["Operations"] = all[:len(all)-1]
	}
}

// referencesKept writes something else in the place of bulkId:…, which is then
// no reference.
func referencesKept(o map[string]any, name string) {
	for _, m := range listOf(o["data"], name) {
		obj(m)["value"] = strings.ReplaceAll(str(m, "value"), "bulkId:", "bulkId-")
	}
}

// bulkForwardFails does not know what comes later.
func bulkForwardFails(q ask, to next) *answer {
	a := to(q)
	all := listOf(q.body, "Operations")
	if q.is("POST /Bulk") && len(all) > 1 && len(listOf(obj(all[0])["data"], "members")) > 0 {
		obj(listOf(a.body, "Operations")[0])["status"] = "400"
	}
	return a
}

// bulkSkips pretends to do operations of a method.
func bulkSkips(method string) defect {
	return takes("POST /Bulk", func(b map[string]any) {
		for _, o := range listOf(b, "Operations") {
			if o := obj(o); str(o, "method") == method {
				o["path"] = "/Users/00919288221112222"
			}
		}
	})
}

func typesAnyByName(q ask, to next) *answer {
	if q.is("GET /ResourceTypes/*") {
		q.path = "/ResourceTypes/User"
	}
	return to(q)
}
