package faults

import (
	"maps"
	"net/http"
	"strings"
)

// updateFaults are those of PUT /Users/{id}, and of attributes that change.
func updateFaults() []Fault {
	put := func(f func(c *call)) step { return before("PUT Users/id", f) }
	// kept is what PUT does not touch.
	kept := func(names ...string) step {
		return put(func(c *call) {
			was := c.stored()
			for _, name := range names {
				if v, ok := was[name]; ok {
					c.body()[name] = v
				} else {
					delete(c.body(), name)
				}
			}
		})
	}
	return []Fault{
		{
			ID: "update.put-404", Title: "does not know PUT of a user and answers 404", Source: "gh:kortix-ai/suna/pull/4244", Flow: UpdateUsers,
			step: put(func(c *call) { c.refuse(404, "", "no such route") }),
		},
		{
			ID: "update.put-405", Title: "answers 405 to PUT of a user", Source: "gh:kortix-ai/suna/pull/4244", Flow: UpdateUsers,
			step: put(func(c *call) { c.refuse(http.StatusMethodNotAllowed, "", "method not allowed") }),
		},
		{
			ID: "update.put-501", Title: "answers 501 to PUT of a user", Source: "scim-client.md §4", Flow: UpdateUsers,
			step: put(func(c *call) { c.refuse(http.StatusNotImplemented, "", "not implemented") }),
		},
		{
			ID: "update.id-refused", Title: "refuses id in the body of a PUT", Source: "captures of firezone and obot", Flow: UpdateUsers,
			step: put(func(c *call) {
				if c.body()["id"] != nil {
					c.refuse(400, "mutability", "id is read-only")
				}
			}),
		},
		{
			ID: "update.meta-refused", Title: "refuses meta in the body of a PUT", Source: "captures of firezone and obot", Flow: UpdateUsers,
			step: put(func(c *call) {
				if c.body()["meta"] != nil {
					c.refuse(400, "mutability", "meta is read-only")
				}
			}),
		},
		{
			ID: "update.groups-refused", Title: "refuses groups in the body of a PUT", Source: "captures of firezone and obot", Flow: UpdateUsers,
			step: put(func(c *call) {
				if len(list(c.body(), "groups")) > 0 {
					c.refuse(400, "mutability", "groups is read-only")
				}
			}),
		},
		{
			ID: "update.empty-groups-refused", Title: "refuses empty groups in the body of a PUT", Source: "scim-client.md §4: in the sync of a link", Flow: ReactivateUsers,
			step: put(func(c *call) {
				if g := c.body()["groups"]; g != nil && len(list(c.body(), "groups")) == 0 {
					c.refuse(400, "mutability", "groups is read-only")
				}
			}),
		},
		{
			ID: "update.groups-applied", Title: "takes a user with empty groups in a PUT out of all groups", Source: "obot run-003 seq 56", Flow: ReactivateUsers,
			step: after("PUT Users/id", func(c *call) {
				if c.body()["groups"] != nil && len(list(c.body(), "groups")) == 0 {
					c.leaveAll()
				}
			}),
		},
		{
			ID: "update.groups-lost-on-any-put", Title: "takes a user out of all groups with any PUT", Source: "side effect: the row is written anew", Flow: UpdateUsers,
			step: after("PUT Users/id", func(c *call) { c.leaveAll() }),
		},
		{
			ID: "update.not-stored", Title: "answers a PUT with what was sent and stores nothing", Source: "Okta's CRUD suite; gh:NorthlandPositronics/Cogtrix/issues/122", Flow: UpdateUsers,
			step: put(func(c *call) {
				was := c.stored()
				if was["id"] == nil {
					return
				}
				maps.Copy(was, c.body())
				delete(was, "password")
				c.reply(200, was)
			}),
		},
		{
			ID: "update.ignored", Title: "answers a PUT with 200 and the user as it was", Source: "Okta's CRUD suite", Flow: UpdateUsers,
			step: put(func(c *call) {
				if was := c.stored(); was["id"] != nil {
					c.reply(200, was)
				}
			}),
		},
		{
			ID: "update.answer-is-old", Title: "stores a PUT but answers with the user as it was", Source: "scim-client.md §4: the updated user", Flow: UpdateUsers,
			step: put(func(c *call) {
				was := c.stored()
				if c.forward(); c.succeeded() {
					c.out = was
				}
			}),
		},
		{
			ID: "update.empty-answer", Title: "answers a PUT with 200 and no body", Source: "scim-client.md §4: the updated user", Flow: UpdateUsers,
			step: after("PUT Users/id", func(c *call) { c.say(200, mediaType, "") }),
		},
		{
			ID: "update.status-201", Title: "answers a PUT with 201", Source: "RFC 7644 §3.5.1: 200", Flow: UpdateUsers,
			step: after("PUT Users/id", func(c *call) { c.status = 201 }),
		},
		{
			ID: "update.status-204", Title: "answers a PUT with 204", Source: "scim-client.md §4: 200 and the user", Flow: UpdateUsers,
			step: after("PUT Users/id", func(c *call) { c.reply(204, nil) }),
		},
		{
			ID: "update.new-id", Title: "gives a user a new id with a PUT", Source: "scim-client.md §12: stable", Flow: UpdateUsers,
			step: put(func(c *call) {
				was := c.stored()
				if was["id"] == nil {
					return
				}
				c.do("DELETE", "/Users/"+c.id, nil)
				status, made := c.do("POST", "/Users", c.body())
				if status != 201 {
					c.do("POST", "/Users", was)
				}
				c.reply(200, made)
			}),
		},
		{
			ID: "update.user-name-kept", Title: "does not store a changed userName", Source: "scim-client.md §4", Flow: UpdateUsers,
			step: kept("userName"),
		},
		{
			ID: "update.user-name-refused", Title: "refuses a changed userName", Source: "scim-client.md §4", Flow: UpdateUsers,
			step: put(func(c *call) {
				if was := c.stored(); was["id"] != nil && !strings.EqualFold(str(was["userName"]), str(c.body()["userName"])) {
					c.refuse(400, "mutability", "userName is immutable")
				}
			}),
		},
		{
			ID: "update.user-name-case-kept", Title: "does not store a userName that changes in case only", Source: "RFC 7643 §4.1.1: compared without case", Flow: UpdateUsers,
			step: put(func(c *call) {
				if was := str(c.stored()["userName"]); strings.EqualFold(was, str(c.body()["userName"])) {
					c.body()["userName"] = was
				}
			}),
		},
		{
			ID: "update.user-name-moves-email", Title: "changes the e-mail with userName", Source: "scim-client.md §4: separate", Flow: UpdateUsers,
			step: put(func(c *call) {
				if c.stored()["userName"] != c.body()["userName"] {
					for _, e := range objects(c.body()["emails"]) {
						e["value"] = c.body()["userName"]
					}
				}
			}),
		},
		{
			ID: "update.own-name-is-409", Title: "answers 409 to a PUT with the user's own userName", Source: "uniqueness that counts oneself", Flow: UpdateUsers,
			step: put(func(c *call) {
				if was := c.stored(); was["id"] != nil && was["userName"] == c.body()["userName"] {
					c.refuse(409, "uniqueness", "userName is taken")
				}
			}),
		},
		{
			ID: "update.taken-name-stored", Title: "lets a PUT take the userName of somebody else", Source: "RFC 7643 §4.1.1: unique", Flow: UpdateUsers,
			step: refused("PUT Users/id", func(c *call) {
				if c.status == 409 {
					name := str(c.body()["userName"])
					c.body()["userName"] = name + " (2)"
					c.forward()
					c.edit(name+" (2)", name)
				}
			}),
		},
		{
			ID: "update.taken-name-is-500", Title: "answers 500 to a PUT with a userName that somebody else has", Source: "RFC 7644 §3.5.1: 409", Flow: UpdateUsers,
			step: refused("PUT Users/id", func(c *call) {
				if c.status == 409 {
					c.refuse(500, "", "duplicate key")
				}
			}),
		},
		{ID: "update.name-kept", Title: "does not store a changed name", Source: "Okta's CRUD suite, “verify firstname”", Flow: UpdateUsers, step: kept("name")},
		{
			ID: "update.family-name-kept", Title: "stores a changed givenName but not a changed familyName", Source: "a forgotten member", Flow: UpdateUsers,
			step: put(func(c *call) {
				if n := sub(c.body(), "name"); n != nil {
					n["familyName"] = sub(c.stored(), "name")["familyName"]
				}
			}),
		},
		{ID: "update.emails-kept", Title: "does not store a changed e-mail", Source: "a forgotten member", Flow: UpdateUsers, step: kept("emails")},
		{
			ID: "update.emails-added", Title: "adds the e-mail of a PUT to those of before", Source: "RFC 7644 §3.5.1: replaced", Flow: UpdateUsers,
			step: put(func(c *call) {
				for _, e := range objects(c.stored()["emails"]) {
					same := false
					for _, n := range objects(c.body()["emails"]) {
						same = same || n["value"] == e["value"]
					}
					if !same {
						delete(e, "primary")
						c.body()["emails"] = append(list(c.body(), "emails"), e)
					}
				}
			}),
		},
		{ID: "update.display-name-kept", Title: "does not store a changed displayName", Source: "a forgotten member", Flow: UpdateUsers, step: kept("displayName")},
		{ID: "update.external-id-kept", Title: "does not store externalId with a PUT", Source: "scim-client.md §3: a link", Flow: UpdateUsers, step: kept("externalId")},
		{
			ID: "update.external-id-lost", Title: "forgets externalId with a PUT", Source: "scim-client.md §3: stable", Flow: UpdateUsers,
			step: put(func(c *call) { delete(c.body(), "externalId") }),
		},
		{ID: "update.title-kept", Title: "does not store title, userType or locale with a PUT", Source: "scim-client.md §8", Flow: UpdateUsers, step: kept("title", "userType", "locale")},
		{ID: "update.phones-kept", Title: "does not store phoneNumbers and addresses with a PUT", Source: "scim-client.md §8; draft PR 3871", Flow: UpdateUsers, step: kept("phoneNumbers", "addresses")},
		{
			ID: "update.enterprise-kept", Title: "does not store the enterprise extension with a PUT", Source: "scim-client.md §8", Flow: UpdateUsers,
			step: kept(enterpriseSchema),
		},
		{
			ID: "update.enterprise-lost", Title: "does not store the enterprise extension at all", Source: "scim-client.md §8", Flow: UpdateUsers,
			step: users(func(u object) { delete(u, enterpriseSchema) }),
		},
		{
			ID: "update.enterprise-flat", Title: "answers the attributes of the enterprise extension at top level", Source: "scim-client.md §8", Flow: UpdateUsers,
			step: users(func(u object) {
				maps.Copy(u, sub(u, enterpriseSchema))
				delete(u, enterpriseSchema)
			}),
		},
		{
			ID: "update.manager-string", Title: "answers manager as a string", Source: "RFC 7643 §4.3: value, displayName", Flow: UpdateUsers,
			step: users(func(u object) {
				if m := sub(sub(u, enterpriseSchema), "manager"); m != nil {
					sub(u, enterpriseSchema)["manager"] = m["value"]
				}
			}),
		},
		{
			ID: "update.division-lost", Title: "does not store division of the enterprise extension", Source: "a forgotten member", Flow: UpdateUsers,
			step: users(func(u object) { delete(sub(u, enterpriseSchema), "division") }),
		},
		{
			ID: "update.merges", Title: "keeps what a PUT leaves out", Source: "RFC 7644 §3.5.1", Flow: UpdateUsers,
			step: put(func(c *call) {
				for name, v := range c.stored() {
					if _, there := c.body()[name]; !there && name != "groups" {
						c.body()[name] = v
					}
				}
			}),
		},
		{
			ID: "update.empty-refused", Title: "refuses an empty string", Source: "PLAN C9337", Flow: UpdateUsers,
			step: put(func(c *call) {
				if strings.Contains(string(c.raw), `""`) {
					c.refuse(400, "invalidValue", "a value is empty")
				}
			}),
		},
		{
			ID: "update.null-refused", Title: "refuses null", Source: "PLAN C9337; RFC 7643 §2.5", Flow: UpdateUsers,
			step: put(func(c *call) {
				if strings.Contains(string(c.raw), `null`) {
					c.refuse(400, "invalidValue", "a value is null")
				}
			}),
		},
		{
			ID: "update.empty-kept", Title: "keeps the old value where an empty one is sent", Source: "PLAN C9337", Flow: UpdateUsers,
			step: put(func(c *call) {
				was := c.stored()
				for name, v := range c.body() {
					if (v == "" || v == nil) && was[name] != nil {
						c.body()[name] = was[name]
					}
				}
			}),
		},
		{
			ID: "update.active-lost", Title: "makes a user inactive with a PUT of the profile", Source: "side effect on another attribute", Flow: UpdateUsers,
			step: put(func(c *call) {
				if was := c.stored(); was["active"] == true && c.body()["active"] == true {
					c.body()["active"] = false
				}
			}),
		},
		{
			ID: "update.all-of-same-family", Title: "changes everybody of the same family name", Source: "WHERE on the wrong column", Flow: UpdateUsers,
			step: put(func(c *call) {
				was := c.stored()
				_, all := c.do("GET", "/Users?count=200", nil)
				for _, u := range objects(all["Resources"]) {
					if n := sub(u, "name"); n != nil && u["id"] != was["id"] && n["familyName"] == sub(was, "name")["familyName"] {
						u["name"] = c.body()["name"]
						c.do("PUT", "/Users/"+str(u["id"]), u)
					}
				}
			}),
		},
		{
			ID: "update.second-put-409", Title: "answers 409 to the second PUT of the same body", Source: "idempotence", Flow: UpdateUsers,
			fresh: func() step {
				var last memory[string]
				return put(func(c *call) {
					if before, again := last.swap(c.id, string(c.raw)); again && before == string(c.raw) {
						c.refuse(409, "", "nothing has changed")
					}
				})
			},
		},
		{
			ID: "update.needs-if-match", Title: "refuses a PUT without If-Match", Source: "scim-client.md §1: Okta sends none", Flow: UpdateUsers,
			step: before("PUT,PATCH Users/id,Groups/id", func(c *call) {
				if c.r.Header.Get("If-Match") == "" {
					c.refuse(http.StatusPreconditionRequired, "", "If-Match is wanted")
				}
			}),
		},
		{
			ID: "password.patch-refused", Title: "refuses a PATCH of the password", Source: "scim-client.md §7", Flow: SyncPassword,
			step: refuseOperation("Users/id", 400, "mutability", func(op object) bool {
				v, _ := op["value"].(object)
				return op["path"] == "password" || v["password"] != nil
			}),
		},
		{
			ID: "password.patch-returned", Title: "returns the password that a PATCH or PUT has set", Source: "RFC 7643 §4.1.1: never", Flow: SyncPassword,
			step: after("PUT,PATCH Users/id", func(c *call) {
				if p := c.body()["password"]; p != nil {
					c.answer()["password"] = p
				}
				for _, op := range objects(c.body()["Operations"]) {
					if v, ok := op["value"].(object); ok && v["password"] != nil {
						c.answer()["password"] = v["password"]
					}
				}
			}),
		},
		{
			ID: "password.patch-deactivates", Title: "deactivates a user whose password is changed", Source: "side effect on another attribute", Flow: SyncPassword,
			step: after("PATCH Users/id", func(c *call) {
				for _, op := range objects(c.body()["Operations"]) {
					if v, ok := op["value"].(object); ok && v["password"] != nil {
						c.patch("Users", c.id, object{"op": "replace", "path": "active", "value": false})
					}
				}
			}),
		},
		{
			ID: "password.put-refused", Title: "refuses a PUT with a password", Source: "scim-client.md §7: with PUT-only apps", Flow: SyncPassword,
			step: put(func(c *call) {
				if c.body()["password"] != nil {
					c.refuse(400, "mutability", "the password cannot be set")
				}
			}),
		},
	}
}

// patch does one operation on a resource, in the name of this client.
func (c *call) patch(endpoint, id string, op object) int {
	status, _ := c.do("PATCH", "/"+endpoint+"/"+id, object{"schemas": []any{patchSchema}, "Operations": []any{op}})
	return status
}

// leaveAll takes the user of this request out of all groups.
func (c *call) leaveAll() {
	for _, g := range objects(c.stored()["groups"]) {
		c.patch("Groups", str(g["value"]), object{"op": "remove", "path": `members[value eq "` + c.id + `"]`})
	}
}
