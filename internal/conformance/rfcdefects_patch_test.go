package conformance_test

import (
	"net/http"
	"slices"
	"strings"
)

// op is what an operation does, as "replace emails[type eq "home"]".
func opOf(o map[string]any) string { return strings.TrimSpace(str(o, "op") + " " + str(o, "path")) }

func is(what string) func(map[string]any) bool {
	return func(o map[string]any) bool { return opOf(o) == what }
}

func begins(what string) func(map[string]any) bool {
	return func(o map[string]any) bool { return strings.HasPrefix(opOf(o), what) }
}

// renames does another operation instead.
func renames(fits func(map[string]any) bool, name string) defect {
	return operations(func(o map[string]any) []any {
		if fits(o) {
			o["op"] = name
		}
		return []any{o}
	})
}

// cutsPath takes the filter out of the path.
func cutsPath(op string) defect {
	return operations(func(o map[string]any) []any {
		path := str(o, "path")
		from, to := strings.IndexByte(path, '['), strings.IndexByte(path, ']')
		if o["op"] != op || from < 0 || to < from {
			return []any{o}
		}
		o["path"] = path[:from]
		if sub := strings.TrimPrefix(path[to+1:], "."); sub != "" {
			o["value"] = map[string]any{sub: o["value"]}
		}
		if v := obj(o["value"]); v != nil {
			o["value"] = []any{v}
		}
		return []any{o}
	})
}

func patchDefects() map[string]defect {
	list := func(o map[string]any) bool { return str(o, "path") == "emails" || str(o, "path") == "members" }
	return map[string]defect{
		"patch-path-less-add-ignored":      ignores(is("add")),
		"patch-path-less-replace-ignored":  ignores(is("replace")),
		"patch-add-of-new-refused":         cannot("noTarget", is("add nickName")),
		"patch-add-replaces-lists":         renames(func(o map[string]any) bool { return o["op"] == "add" && list(o) }, "replace"),
		"patch-add-keeps-single":           ignores(is("add title")),
		"patch-sub-attribute-refused":      cannot("invalidPath", begins("add name.")),
		"patch-sub-attribute-empties":      subAttributeEmpties,
		"patch-replace-ignored":            ignores(is("replace title")),
		"patch-path-less-replace-is-put":   pathLessIsPut,
		"patch-replace-adds-to-lists":      renames(func(o map[string]any) bool { return o["op"] == "replace" && list(o) }, "add"),
		"patch-complex-replaced-whole":     complexReplaced,
		"patch-filter-of-replace-ignored":  cutsPath("replace"),
		"patch-filter-of-remove-ignored":   cutsPath("remove"),
		"patch-sub-of-filter-refused":      cannot("invalidPath", func(o map[string]any) bool { return strings.Contains(str(o, "path"), "].value") }),
		"patch-filter-refused":             cannot("invalidPath", func(o map[string]any) bool { return strings.Contains(str(o, "path"), "[") }),
		"patch-replace-needs-value":        replaceNeedsValue,
		"patch-remove-ignored":             ignores(is("remove title")),
		"patch-remove-list-refused":        cannot("noTarget", func(o map[string]any) bool { return o["op"] == "remove" && list(o) }),
		"patch-remove-list-ignored":        ignores(func(o map[string]any) bool { return o["op"] == "remove" && list(o) }),
		"patch-last-operation-first":       takes("PATCH *", func(o map[string]any) { slices.Reverse(listOf(o, "Operations")) }),
		"patch-first-operation-only":       takes("PATCH *", func(o map[string]any) { o["Operations"] = listOf(o, "Operations")[:1] }),
		"patch-two-primaries":              shows("GET *", twoPrimaries),
		"patch-urn-refused":                cannot("invalidPath", begins("replace "+coreUser)),
		"patch-urn-of-extension-refused":   cannot("invalidPath", begins("add "+enterprise)),
		"patch-path-has-case":              cannot("invalidPath", is("replace TITLE")),
		"patch-path-has-case-ignored":      ignores(is("replace TITLE")),
		"patch-answers-a-part":             shows("PATCH *", func(o map[string]any) { without("schemas", "meta")(o) }),
		"patch-answers-another":            shows("PATCH *", func(o map[string]any) { o["id"] = "1" }),
		"patch-answers-202":                turns("PATCH *", 200, 202),
		"patch-no-target-is-success":       succeeds("noTarget"),
		"patch-no-target-without-type":     losesType("noTarget"),
		"patch-remove-required-is-success": ignores(is("remove userName")),
		"patch-remove-required-no-type":    losesType("mutability"),
		"patch-read-only-ignored":          ignores(is("replace id")),
		"patch-read-only-bare": answers("PATCH *", func(a *answer) {
			if str(a.body, "scimType") == "mutability" {
				a.body, a.raw = nil, ""
			}
		}),
		"patch-not-atomic":            notAtomic,
		"patch-unknown-op-ignored":    ignores(func(o map[string]any) bool { return o["op"] == "move" }),
		"patch-unknown-op-replaces":   renames(func(o map[string]any) bool { return o["op"] == "move" }, "replace"),
		"patch-broken-path-is-500":    brokenPath(500, ""),
		"patch-broken-path-no-type":   brokenPath(400, ""),
		"patch-wrong-type-ignored":    ignores(func(o map[string]any) bool { return obj(o["value"])["is"] != nil }),
		"patch-wrong-type-is-false":   wrongTypeIsFalse,
		"patch-repeated-add-modifies": repeatedAddModifies(&memory{was: map[string]*answer{}}),
		"patch-extension-not-in-schemas": shows("GET *", func(o map[string]any) {
			if l := listOf(o, "schemas"); len(l) == 2 {
				o["schemas"] = l[:1]
			}
		}),
		"patch-sub-attribute-ignored":     ignores(is("replace name.familyName")),
		"patch-remove-sub-takes-all":      renamesPath("remove name.familyName", "name"),
		"patch-remove-sub-ignored":        ignores(is("remove name.familyName")),
		"patch-remove-part-takes-value":   renamesPath(`remove emails[type eq "work"].primary`, `emails[type eq "work"]`),
		"patch-add-part-to-all":           renamesPath(`add emails[type eq "home"].display`, `emails[type pr].display`),
		"patch-path-filter-is-first-half": renamesPath(`remove emails[type eq "home" and value sw "h.`, "emails[type pr]"),
		"patch-path-filter-with-and":      cannot("invalidFilter", func(o map[string]any) bool { return strings.Contains(str(o, "path"), " and ") }),
		"patch-path-less-extension": operations(func(o map[string]any) []any {
			without(enterprise)(obj(o["value"]))
			return []any{o}
		}),
		"patch-extension-remove-ignored":  ignores(begins("remove " + enterprise)),
		"patch-extension-replace-ignored": ignores(begins("replace " + enterprise)),
		"patch-modified-stays":            patchModifiedStays(&memory{was: map[string]*answer{}}),
		"patch-adds-equal-values":         addsEqual,
		"patch-nested-names-have-case": ignores(func(o map[string]any) bool {
			return str(o, "path") == "NAME.FAMILYNAME" || strings.HasPrefix(str(o, "path"), "Emails[TYPE")
		}),
		"patch-new-primary-beside-old": shows("GET *", func(o map[string]any) {
			if l := listOf(o, "emails"); len(l) == 3 {
				obj(l[0])["primary"] = true
			}
		}),
		"patch-new-primary-dropped": operations(func(o map[string]any) []any {
			for _, e := range listOf(o, "value") {
				delete(obj(e), "primary")
			}
			return []any{o}
		}),
		"patch-boolean-ignored":           ignores(is("replace active")),
		"patch-meta-ignored":              ignores(is("replace meta.created")),
		"patch-first-attribute-only":      firstAttributeOnly,
		"patch-group-name-ignored":        ignores(func(o map[string]any) bool { return is("replace displayName")(o) }),
		"patch-path-less-members-add":     pathLessMembers("replace", "add"),
		"patch-path-less-members-replace": pathLessMembers("add", "replace"),
		"patch-of-no-group-answers-204":   turns("PATCH /Groups/*", 404, 204),
		"patch-takes-taken-user-name":     pretends("PATCH *", 409),
		"patch-of-nobody-answers-204":     turns("PATCH *", 404, 204),
		"patch-answers-500":               refuses("PATCH *", 500, "", always),
		"patch-add-member-ignored":        ignores(is("add members")),
		"patch-add-member-twice":          memberTwice,
		"patch-add-member-twice-fails":    memberAgainFails(is("add members")),
		"patch-remove-of-no-member-fails": memberAgainFails(func(o map[string]any) bool {
			return strings.HasPrefix(opOf(o), "remove members[")
		}),
		"patch-remove-of-no-member-takes-all": removeTakesAll,
		"patch-remove-member-ignored":         ignores(begins("remove members[")),
		"patch-member-can-be-changed":         memberChanged,
		"patch-member-change-ignored": ignores(func(o map[string]any) bool {
			return strings.HasSuffix(str(o, "path"), "].value") && begins("replace members[")(o)
		}),
	}
}

// subAttributeEmpties drops what else there is of a name.
func subAttributeEmpties(q ask, to next) *answer {
	return operations(func(o map[string]any) []any {
		if sub, ok := strings.CutPrefix(str(o, "path"), "name."); ok {
			return []any{map[string]any{"op": "remove", "path": "name"}, map[string]any{"op": "add", "path": "name", "value": map[string]any{sub: o["value"]}}}
		}
		return []any{o}
	})(q, to)
}

// pathLessIsPut drops all that the value does not name.
func pathLessIsPut(q ask, to next) *answer {
	return operations(func(o map[string]any) []any {
		if opOf(o) == "replace" && obj(o["value"])["title"] != nil {
			return []any{map[string]any{"op": "remove", "path": "emails"}, o}
		}
		return []any{o}
	})(q, to)
}

func complexReplaced(q ask, to next) *answer {
	return operations(func(o map[string]any) []any {
		if opOf(o) == "replace name" {
			return []any{map[string]any{"op": "remove", "path": "name"}, o}
		}
		return []any{o}
	})(q, to)
}

// replaceNeedsValue refuses to replace what is not there.
func replaceNeedsValue(q ask, to next) *answer {
	if q.method == http.MethodPatch {
		had := obj(q.get(to).body)
		for _, o := range listOf(q.body, "Operations") {
			if path := str(o, "path"); str(o, "op") == "replace" && path == "nickName" && had[path] == nil {
				return says(http.StatusBadRequest, "noTarget")
			}
		}
	}
	return to(q)
}

func twoPrimaries(o map[string]any) {
	for _, e := range listOf(o, "emails") {
		obj(e)["primary"] = true
	}
}

func succeeds(scimType string) defect {
	return func(q ask, to next) *answer {
		a := to(q)
		if q.method == http.MethodPatch && str(a.body, "scimType") == scimType {
			return nothing(http.StatusNoContent)
		}
		return a
	}
}

func losesType(scimType string) defect {
	return answers("PATCH *", func(a *answer) {
		if str(a.body, "scimType") == scimType {
			delete(obj(a.body), "scimType")
		}
	})
}

// notAtomic does one operation after another.
func notAtomic(q ask, to next) *answer {
	all := listOf(q.body, "Operations")
	if q.method != http.MethodPatch || len(all) < 2 {
		return to(q)
	}
	var a *answer
	for _, o := range all {
		if a = to(q.with(http.MethodPatch, map[string]any{"schemas": obj(q.body)["schemas"], "Operations": []any{o}})); a.status >= 300 {
			break
		}
	}
	return a
}

func brokenPath(status int, scimType string) defect {
	return refuses("PATCH *", status, scimType, func(q ask) bool {
		return slices.ContainsFunc(listOf(q.body, "Operations"), func(o any) bool { return strings.HasSuffix(str(o, "path"), " eq") })
	})
}

func wrongTypeIsFalse(q ask, to next) *answer {
	return operations(func(o map[string]any) []any {
		if str(o, "path") == "active" && obj(o["value"]) != nil {
			o["value"] = false
		}
		return []any{o}
	})(q, to)
}

// repeatedAddModifies moves lastModified although nothing changes.
func repeatedAddModifies(seen *memory) defect {
	return func(q ask, to next) *answer {
		a := to(q)
		if q.method == http.MethodPatch {
			seen.put(q.path, a)
		}
		if seen.get(q.path) != nil {
			a.resources(within("meta", func(m map[string]any) { m["lastModified"] = "2099-01-01T00:00:00Z" }))
		}
		return a
	}
}

func memberTwice(q ask, to next) *answer {
	a := to(q)
	a.resources(func(o map[string]any) {
		if m := listOf(o, "members"); len(m) == 1 && q.is("GET /Groups/*") {
			o["members"] = []any{m[0], m[0]}
		}
	})
	return a
}

// memberAgainFails refuses to make a member of who is one, or to take away who
// is none.
func memberAgainFails(fits func(map[string]any) bool) defect {
	return func(q ask, to next) *answer {
		if !q.is("PATCH /Groups/*") || !fits(obj(listOf(q.body, "Operations")[0])) {
			return to(q)
		}
		before := len(listOf(q.get(to).body, "members"))
		a := to(q)
		if after := len(listOf(q.get(to).body, "members")); after == before {
			return says(http.StatusBadRequest, "invalidValue")
		}
		return a
	}
}

func removeTakesAll(q ask, to next) *answer {
	if !q.is("PATCH /Groups/*") || !strings.HasPrefix(opOf(obj(listOf(q.body, "Operations")[0])), "remove members[") {
		return to(q)
	}
	before := len(listOf(q.get(to).body, "members"))
	a := to(q)
	if len(listOf(q.get(to).body, "members")) == before {
		to(q.with(http.MethodPatch, map[string]any{"schemas": obj(q.body)["schemas"], "Operations": []any{map[string]any{"op": "remove", "path": "members"}}}))
	}
	return a
}

// memberChanged lets the value of a member be replaced.
func memberChanged(q ask, to next) *answer {
	return operations(func(o map[string]any) []any {
		if strings.HasSuffix(str(o, "path"), "].value") && begins("replace members[")(o) {
			return []any{map[string]any{"op": "replace", "path": "members", "value": []any{map[string]any{"value": o["value"]}}}}
		}
		return []any{o}
	})(q, to)
}

// renamesPath does the operation somewhere else.
func renamesPath(what, path string) defect {
	return operations(func(o map[string]any) []any {
		if begins(what)(o) {
			o["path"] = path
		}
		return []any{o}
	})
}

func patchModifiedStays(was *memory) defect {
	return func(q ask, to next) *answer {
		if q.method == http.MethodPatch && was.get(q.path) == nil {
			was.put(q.path, q.get(to))
		}
		a := to(q)
		if old := was.get(q.path); old != nil {
			a.resources(within("meta", func(m map[string]any) { m["lastModified"] = obj(obj(old.body)["meta"])["lastModified"] }))
		}
		return a
	}
}

// addsEqual does not see that a value is there: it adds one that is nearly the same.
func addsEqual(q ask, to next) *answer {
	return operations(func(o map[string]any) []any {
		if opOf(o) == "add emails" {
			for _, e := range listOf(o, "value") {
				obj(e)["value"] = str(e, "value") + "."
			}
		}
		return []any{o}
	})(q, to)
}

func firstAttributeOnly(q ask, to next) *answer {
	return operations(func(o map[string]any) []any {
		if v := obj(o["value"]); opOf(o) == "replace" && v["title"] != nil && len(v) > 1 {
			o["value"] = map[string]any{"title": v["title"]}
		}
		return []any{o}
	})(q, to)
}

func pathLessMembers(from, into string) defect {
	return operations(func(o map[string]any) []any {
		if opOf(o) == from && obj(o["value"])["members"] != nil {
			o["op"] = into
		}
		return []any{o}
	})
}
