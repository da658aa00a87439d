package faults

import (
	"net/http"
	"slices"
	"strings"
)

// groupFaults are those of a group itself: created, renamed, read, deleted.
func groupFaults() []Fault {
	put := func(f func(c *call)) step { return before("PUT Groups/id", f) }
	missing := func(pattern string, f func(c *call)) step {
		return refused(pattern, func(c *call) {
			if c.status == http.StatusNotFound {
				f(c)
			}
		})
	}
	// names is a PATCH that gives the group a name, and what name it is.
	names := func(op object) (string, bool) {
		if v, ok := op["value"].(object); ok && op["path"] == nil {
			n, ok := v["displayName"].(string)
			return n, ok
		}
		n, ok := op["value"].(string)
		return n, ok && op["path"] == "displayName"
	}
	return []Fault{
		{
			ID: "group.list-404", Title: "has no groups at all", Source: "Okta's SPEC suite, step 10", Flow: PushGroups,
			step: before("* Groups*", func(c *call) { c.refuse(404, "", "no such route") }),
		},
		{
			ID: "group.create-empty-body", Title: "answers a created group with 201 and no body", Source: "scim-client.md §10: the answer must hold id", Flow: PushGroups,
			step: after("POST Groups", func(c *call) { c.text = nil }),
		},
		{
			ID: "group.create-without-id", Title: "answers a created group without id", Source: "scim-client.md §10", Flow: PushGroups,
			step: after("POST Groups", func(c *call) { delete(c.answer(), "id") }),
		},
		{
			ID: "group.create-other-id", Title: "answers a created group with an id that is not the stored one", Source: "gh:wso2-extensions/identity-inbound-provisioning-scim2/pull/93", Flow: PushGroups,
			step: after("POST Groups", func(c *call) { c.answer()["id"] = "g-" + str(c.answer()["id"]) }),
		},
		{
			ID: "group.create-200", Title: "answers a created group with 200", Source: "RFC 7644 §3.3: 201", Flow: PushGroups,
			step: after("POST Groups", func(c *call) { c.status = 200 }),
		},
		{
			ID: "group.create-members-ignored", Title: "ignores members of a group that is created", Source: "obot captures; draft PR 3871, test 12", Flow: PushGroups,
			step: before("POST Groups", func(c *call) { delete(c.body(), "members") }),
		},
		{
			ID: "group.create-first-member-only", Title: "stores only the first member of a group that is created", Source: "a loop that returns too early", Flow: PushGroups,
			step: before("POST Groups", func(c *call) {
				if m := list(c.body(), "members"); len(m) > 1 {
					c.body()["members"] = m[:1]
				}
			}),
		},
		{
			ID: "group.create-members-refused", Title: "refuses a group with members", Source: "scim-client.md §10", Flow: PushGroups,
			step: before("POST Groups", func(c *call) {
				if len(list(c.body(), "members")) > 0 {
					c.refuse(400, "invalidValue", "members are added later")
				}
			}),
		},
		{
			ID: "group.create-empty-refused", Title: "refuses a group without members", Source: "scim-client.md §10: a push of an empty group", Flow: PushGroups,
			step: before("POST Groups", func(c *call) {
				if len(list(c.body(), "members")) == 0 {
					c.refuse(400, "invalidValue", "members is required")
				}
			}),
		},
		{
			ID: "group.name-lower-case", Title: "stores the name of a group in lower case", Source: "scim-client.md §12: the case as sent", Flow: PushGroups,
			step: groups(func(g object) { changed(g, "displayName", strings.ToLower) }),
		},
		{
			ID: "group.name-slug", Title: "stores the name of a group with - for a space", Source: "teams that are URLs", Flow: PushGroups,
			step: groups(func(g object) {
				changed(g, "displayName", func(s string) string { return strings.ReplaceAll(s, " ", "-") })
			}),
		},
		{
			ID: "group.name-special-refused", Title: "refuses names of groups with signs such as & or /", Source: "teams that are URLs", Flow: PushGroups,
			step: before("POST,PUT Groups*", func(c *call) {
				if strings.ContainsAny(str(c.body()["displayName"]), "&/'\"<>") {
					c.refuse(400, "invalidValue", "only letters, digits and spaces")
				}
			}),
		},
		{
			ID: "group.name-cut", Title: "cuts names of groups off after 32 letters", Source: "a narrow column", Flow: PushGroups,
			step: before("POST,PUT Groups*", func(c *call) {
				changed(c.body(), "displayName", func(s string) string { return string([]rune(s)[:min(32, len([]rune(s)))]) })
			}),
		},
		{
			ID: "group.schemas-missing", Title: "leaves schemas out of groups", Source: "gh:PostHog/posthog/pull/42205", Flow: PushGroups,
			step: groups(func(g object) { delete(g, "schemas") }),
		},
		{
			ID: "group.name-missing", Title: "leaves displayName out of groups that are listed", Source: "scim-client.md §9", Flow: ImportGroups,
			step: lists(func(c *call, l object) {
				for _, g := range objects(l["Resources"]) {
					if c.endpoint == "Groups" {
						delete(g, "displayName")
					}
				}
			}),
		},
		{
			ID: "group.rename-refused", Title: "refuses another name of a group in a PATCH", Source: "scim-client.md §10", Flow: PushGroups,
			step: refuseOperation("Groups/id", 400, "mutability", func(op object) bool { _, ok := names(op); return ok }),
		},
		{
			ID: "group.rename-id-refused", Title: "refuses id in the value of a PATCH", Source: "Okta's note of 2019; obot run-001 seq 27", Flow: PushGroups,
			step: refuseOperation("Groups/id", 400, "mutability", func(op object) bool {
				v, _ := op["value"].(object)
				return v["id"] != nil
			}),
		},
		{
			ID: "group.rename-ignored", Title: "answers 200 to another name of a group in a PATCH and keeps the old one", Source: "targets.md, rule 2", Flow: PushGroups,
			step: operations("Groups/id", func(op object) bool { _, ok := names(op); return ok }),
		},
		{
			ID: "group.rename-by-put-ignored", Title: "keeps the name of a group in a PUT", Source: "scim-client.md §10: PUT-only apps", Flow: PushGroups,
			step: put(func(c *call) {
				if n := c.stored()["displayName"]; n != nil {
					c.body()["displayName"] = n
				}
			}),
		},
		{
			ID: "group.rename-to-own-name-409", Title: "answers 409 to a PATCH with the group's own name", Source: "scim-client.md §10: precedes every change of members", Flow: PushGroups,
			step: before("PATCH Groups/id", func(c *call) {
				for _, op := range objects(c.body()["Operations"]) {
					if n, ok := names(op); ok && n == c.stored()["displayName"] {
						c.refuse(409, "uniqueness", "the name exists")
					}
				}
			}),
		},
		{
			ID: "group.rename-empties", Title: "empties a group that is renamed without a path", Source: "gh:langwatch/langwatch/issues/7131", Flow: PushGroups,
			step: before("PATCH Groups/id", func(c *call) {
				for _, op := range objects(c.body()["Operations"]) {
					if v, ok := op["value"].(object); ok && v["members"] == nil {
						v["members"] = []any{}
					}
				}
			}),
		},
		{
			ID: "group.rename-empties-by-put", Title: "empties a group whose name changes in a PUT", Source: "gh:langwatch/langwatch/issues/7131", Flow: PushGroups,
			step: put(func(c *call) {
				if c.body()["displayName"] != c.stored()["displayName"] {
					c.body()["members"] = []any{}
				}
			}),
		},
		{
			ID: "group.rename-new-id", Title: "gives a renamed group a new id", Source: "scim-client.md §12: stable", Flow: PushGroups,
			step: after("PATCH,PUT Groups/id", func(c *call) {
				g := c.stored()
				renamed := c.r.Method == http.MethodPut
				for _, op := range objects(c.body()["Operations"]) {
					_, ok := names(op)
					renamed = renamed || ok
				}
				if renamed {
					c.do("DELETE", "/Groups/"+c.id, nil)
					_, made := c.do("POST", "/Groups", g)
					c.reply(200, made)
				}
			}),
		},
		{
			ID: "group.rename-all", Title: "renames the next group as well", Source: "side effect on another object", Flow: PushGroups,
			step: after("PATCH Groups/id", func(c *call) {
				for _, op := range objects(c.body()["Operations"]) {
					n, ok := names(op)
					if _, hits := c.do("GET", "/Groups?sortBy=meta.created&sortOrder=descending&count=2", nil); ok {
						for _, g := range objects(hits["Resources"]) {
							if g["id"] != c.id {
								c.patch("Groups", str(g["id"]), object{"op": "replace", "path": "displayName", "value": n + " (copy)"})
							}
						}
					}
				}
			}),
		},
		{
			ID: "group.put-404", Title: "does not know PUT of a group and answers 404", Source: "scim-client.md §10: PUT-only apps", Flow: PushGroups,
			step: put(func(c *call) { c.refuse(404, "", "no such route") }),
		},
		{
			ID: "group.put-own-name-409", Title: "answers 409 to a PUT of a group with its own name", Source: "gh:lightdash/lightdash/issues/15035", Flow: PushGroups,
			step: put(func(c *call) {
				if g := c.stored(); g["id"] != nil && g["displayName"] == c.body()["displayName"] {
					c.refuse(409, "uniqueness", "name already exists")
				}
			}),
		},
		{
			ID: "group.put-members-lost", Title: "answers a PUT of a group with 200 and stores no member", Source: "gh:gravitational/teleport/issues/67372", Flow: PushGroups,
			step: put(func(c *call) { c.body()["members"] = []any{} }),
		},
		{
			ID: "group.put-members-kept", Title: "does not change members with a PUT", Source: "targets.md, rule 2", Flow: PushGroups,
			step: put(func(c *call) {
				if m := c.stored()["members"]; m != nil {
					c.body()["members"] = m
				}
			}),
		},
		{
			ID: "group.put-members-added", Title: "adds the members of a PUT to those of before", Source: "targets.md, rule 7", Flow: PushGroups,
			step: put(func(c *call) {
				c.body()["members"] = append(list(c.body(), "members"), list(c.stored(), "members")...)
			}),
		},
		{
			ID: "group.put-empty-ignored", Title: "keeps the members where a PUT has an empty list", Source: "len(members) > 0", Flow: PushGroups,
			step: put(func(c *call) {
				if m := c.stored()["members"]; m != nil && len(list(c.body(), "members")) == 0 {
					c.body()["members"] = m
				}
			}),
		},
		{
			ID: "group.put-answer-old", Title: "stores a PUT of a group but answers with the group as it was", Source: "scim-client.md §10", Flow: RFC,
			step: put(func(c *call) {
				was := c.stored()
				if c.forward(); c.succeeded() {
					c.out = was
				}
			}),
		},
		{
			ID: "group.patch-405", Title: "answers 405 to a PATCH of a group", Source: "scim-client.md §10", Flow: PushGroups,
			step: before("PATCH Groups/id", func(c *call) { c.refuse(http.StatusMethodNotAllowed, "", "method not allowed") }),
		},
		{
			ID: "group.patch-202", Title: "answers a PATCH of a group with 202 and does it later", Source: "scim-client.md §11: 200 or 204", Flow: PushGroups,
			step: after("PATCH Groups/id", func(c *call) { c.reply(http.StatusAccepted, nil) }),
		},
		{
			ID: "group.get-404-when-empty", Title: "does not show a group without members", Source: "an inner join", Flow: PushGroups,
			step: after("GET Groups/id", func(c *call) {
				if len(list(c.answer(), "members")) == 0 {
					c.refuse(404, "", "no such group")
				}
			}),
		},
		{
			ID: "group.empty-not-listed", Title: "does not list groups without members", Source: "an inner join", Flow: ImportGroups,
			step: lists(func(c *call, l object) {
				if c.endpoint == "Groups" && !c.query.Has("attributes") && !c.query.Has("excludedAttributes") {
					keep(l, slices.DeleteFunc(objects(l["Resources"]), func(g object) bool { return len(list(g, "members")) == 0 }))
				}
			}),
		},
		{
			ID: "group.not-found-is-500", Title: "answers 500 to the id of a group that does not exist", Source: "Okta's SPEC suite, step 12", Flow: PushGroups,
			step: missing("* Groups/id", func(c *call) { c.refuse(500, "", "invalid input syntax for type uuid") }),
		},
		{
			ID: "group.not-found-is-empty-200", Title: "answers 200 and an empty group to an id that does not exist", Source: "RFC 7644 §3.12", Flow: PushGroups,
			step: missing("GET Groups/id", func(c *call) {
				c.reply(200, object{"schemas": []any{"urn:ietf:params:scim:schemas:core:2.0:Group"}, "id": c.id, "displayName": "", "members": []any{}})
			}),
		},
		{
			ID: "group.delete-405", Title: "answers 405 to DELETE of a group", Source: "scim-client.md §10: unlink, delete", Flow: PushGroups,
			step: before("DELETE Groups/id", func(c *call) { c.refuse(http.StatusMethodNotAllowed, "", "method not allowed") }),
		},
		{
			ID: "group.delete-ignored", Title: "answers 204 to DELETE of a group and keeps it", Source: "scim-client.md §10", Flow: PushGroups,
			step: before("DELETE Groups/id", func(c *call) {
				if c.stored()["id"] != nil {
					c.reply(204, nil)
				}
			}),
		},
		{
			ID: "group.delete-202", Title: "answers 202 to DELETE of a group", Source: "RFC 7644 §3.6: 204", Flow: PushGroups,
			step: after("DELETE Groups/id", func(c *call) { c.reply(http.StatusAccepted, nil) }),
		},
		{
			ID: "group.delete-500", Title: "deletes a group and answers 500", Source: "an error after the commit", Flow: PushGroups,
			step: after("DELETE Groups/id", func(c *call) { c.refuse(500, "", "internal error") }),
		},
		{
			ID: "group.delete-is-soft", Title: "shows a group that was deleted", Source: "obot run-001 seq 44-47", Flow: PushGroups,
			fresh: func() step { return readableAfterDelete("Groups") },
		},
		{
			ID: "group.delete-keeps-name", Title: "answers 409 to a group with the name of one that was deleted", Source: "obot run-001 seq 44-47", Flow: PushGroups,
			fresh: func() step {
				var taken memory[bool]
				return func(c *call) {
					if name := str(c.body()["displayName"]); c.is("POST Groups") {
						if _, gone := taken.get(name); gone {
							c.refuse(409, "uniqueness", "the name is taken")
							return
						}
					}
					name := ""
					if c.is("DELETE Groups/id") {
						name = str(c.stored()["displayName"])
					}
					if c.forward(); name != "" && c.succeeded() {
						taken.swap(name, true)
					}
				}
			},
		},
		{
			ID: "group.delete-keeps-filter-hit", Title: "finds a group that was deleted in a lookup", Source: "an index that is not updated", Flow: PushGroups,
			fresh: func() step {
				var gone memory[object]
				return func(c *call) {
					if c.is("DELETE Groups/id") {
						if g := c.stored(); g["id"] != nil {
							gone.swap(str(g["displayName"]), g)
						}
					}
					c.forward()
					if g, ok := gone.get(operand(c.query.Get("filter"))); ok && c.is("GET Groups") && c.succeeded() && len(list(c.answer(), "Resources")) == 0 {
						keep(c.answer(), []object{g})
					}
				}
			},
		},
		{
			ID: "group.delete-deletes-members", Title: "deletes the members with a group", Source: "ON DELETE CASCADE", Flow: PushGroups,
			step: before("DELETE Groups/id", func(c *call) {
				members := objects(c.stored()["members"])
				if c.forward(); c.succeeded() {
					for _, m := range members {
						c.do("DELETE", "/Users/"+str(m["value"]), nil)
					}
				}
			}),
		},
		{
			ID: "group.delete-deactivates-members", Title: "deactivates the members of a group that is deleted", Source: "side effect on other objects", Flow: PushGroups,
			step: before("DELETE Groups/id", func(c *call) {
				members := objects(c.stored()["members"])
				if c.forward(); c.succeeded() {
					for _, m := range members {
						c.patch("Users", str(m["value"]), object{"op": "replace", "path": "active", "value": false})
					}
				}
			}),
		},
		{
			ID: "group.delete-not-empty-refused", Title: "refuses to delete a group with members", Source: "a foreign key", Flow: PushGroups,
			step: before("DELETE Groups/id", func(c *call) {
				if len(list(c.stored(), "members")) > 0 {
					c.refuse(409, "", "the group has members")
				}
			}),
		},
	}
}
