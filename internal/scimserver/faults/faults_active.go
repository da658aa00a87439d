package faults

import (
	"net/http"
)

// activeFaults are those of a person who leaves and comes back.
func activeFaults() []Fault {
	pathless := func(op object) bool { return op["path"] == nil }
	off := func(op object) bool { return setsActive(op, false) }
	on := func(op object) bool { return setsActive(op, true) }
	// goneWhenOff acts on a user who has just been deactivated, in any way.
	goneWhenOff := func(f func(c *call)) step {
		return after("PUT,PATCH Users/id", func(c *call) {
			if c.stored()["active"] == false {
				f(c)
			}
		})
	}
	return []Fault{
		{
			ID: "deactivate.pathless-refused", Title: "refuses a PATCH without a path", Source: "gh:Metatavu/keycloak-scim-server/pull/97", Flow: DeactivateUsers,
			step: refuseOperation("Users/id", 400, "invalidPath", pathless),
		},
		{
			ID: "deactivate.pathless-crashes", Title: "answers 500 to a PATCH without a path", Source: "gh:Metatavu/keycloak-scim-server/pull/97: “Unsupported attribute: null”", Flow: DeactivateUsers,
			step: refuseOperation("Users/id", 500, "", pathless),
		},
		{
			ID: "deactivate.pathless-ignored", Title: "answers 200 to a PATCH without a path and does nothing", Source: "targets.md, rule 2", Flow: DeactivateUsers,
			step: operations("Users/id", pathless),
		},
		{
			ID: "deactivate.patch-ignored", Title: "answers 200 to a PATCH of active and does nothing", Source: "gh:NorthlandPositronics/Cogtrix/issues/122", Flow: DeactivateUsers,
			step: operations("Users/id", func(op object) bool { return setsActive(op, false) || setsActive(op, true) }),
		},
		{
			ID: "deactivate.patch-only-answered", Title: "answers a PATCH with active false and stores true", Source: "gh:NorthlandPositronics/Cogtrix/issues/122", Flow: DeactivateUsers,
			step: before("PATCH Users/id", func(c *call) {
				for _, op := range objects(c.body()["Operations"]) {
					if off(op) {
						c.echo()
						c.answer()["active"] = false
					}
				}
			}),
		},
		{
			ID: "deactivate.put-ignored", Title: "ignores active in a PUT", Source: "scim-client.md §5: PUT-only apps", Flow: DeactivateUsers,
			step: before("PUT Users/id", func(c *call) {
				if was := c.stored(); was["active"] != nil {
					c.body()["active"] = was["active"]
				}
			}),
		},
		{
			ID: "deactivate.patch-405", Title: "answers 405 to a PATCH of a user", Source: "scim-client.md §4: no fallback to PUT", Flow: DeactivateUsers,
			step: before("PATCH Users/id", func(c *call) { c.refuse(http.StatusMethodNotAllowed, "", "method not allowed") }),
		},
		{
			ID: "deactivate.patch-501", Title: "answers 501 to a PATCH of a user", Source: "scim-client.md §4: ASONG", Flow: DeactivateUsers,
			step: before("PATCH Users/id", func(c *call) { c.refuse(http.StatusNotImplemented, "", "not implemented") }),
		},
		{
			ID: "deactivate.patch-answer-old", Title: "answers a PATCH with the user as it was before", Source: "Okta's CRUD suite", Flow: DeactivateUsers,
			step: before("PATCH Users/id", func(c *call) {
				was := c.stored()
				if c.forward(); c.succeeded() {
					c.out = was
				}
			}),
		},
		{
			ID: "deactivate.patch-empty-200", Title: "answers a PATCH of a user with 200 and no body", Source: "RFC 7644 §3.5.2: 204, or 200 and the user", Flow: DeactivateUsers,
			step: after("PATCH Users/id", func(c *call) { c.say(200, mediaType, "") }),
		},
		{
			ID: "deactivate.patch-202", Title: "answers a PATCH of a user with 202", Source: "scim-client.md §11: 200 or 204", Flow: DeactivateUsers,
			step: after("PATCH Users/id", func(c *call) { c.reply(http.StatusAccepted, nil) }),
		},
		{
			ID: "deactivate.deletes", Title: "deletes a user who is deactivated", Source: "gh:growthbook/growthbook/pull/1680; GitHub's SCIM API", Flow: DeactivateUsers,
			step: goneWhenOff(func(c *call) { c.do("DELETE", "/Users/"+c.id, nil) }),
		},
		{
			ID: "deactivate.get-is-404", Title: "answers 404 for an inactive user", Source: "Okta's CRUD suite; support.okta.com Existing-SCIM-User-Being-Created-at-Assignment", Flow: DeactivateUsers,
			step: after("GET Users/id", func(c *call) {
				if c.answer()["active"] == false {
					c.refuse(404, "", "no such user")
				}
			}),
		},
		{
			ID: "deactivate.repeat-404", Title: "answers 404 to a second deactivation", Source: "gh:getsentry/sentry/issues/77406", Flow: DeactivateUsers,
			step: before("PATCH,PUT Users/id", func(c *call) {
				if c.deactivates() && c.stored()["active"] == false {
					c.refuse(404, "", "no such user")
				}
			}),
		},
		{
			ID: "deactivate.repeat-400", Title: "answers 400 to a second deactivation", Source: "gh:getsentry/sentry/issues/77406", Flow: DeactivateUsers,
			step: before("PATCH,PUT Users/id", func(c *call) {
				if c.deactivates() && c.stored()["active"] == false {
					c.refuse(400, "invalidValue", "the user is inactive")
				}
			}),
		},
		{
			ID: "deactivate.repeat-toggles", Title: "turns active over with each PATCH of it", Source: "active = !active", Flow: DeactivateUsers,
			step: before("PATCH Users/id", func(c *call) {
				if c.deactivates() && c.stored()["active"] == false {
					c.body()["Operations"] = []any{object{"op": "replace", "value": object{"active": true}}}
				}
			}),
		},
		{
			ID: "deactivate.leaves-groups", Title: "takes a deactivated user out of all groups", Source: "scim-client.md §5: the member stays", Flow: DeactivateUsers,
			step: goneWhenOff(func(c *call) { c.leaveAll() }),
		},
		{
			ID: "deactivate.scrambles-name", Title: "renames a deactivated user", Source: "a soft delete that frees the name", Flow: ReactivateUsers,
			step: goneWhenOff(func(c *call) {
				u := c.stored()
				c.patch("Users", c.id, object{"op": "replace", "path": "userName", "value": "deleted-" + c.id + "-" + str(u["userName"])})
			}),
		},
		{
			ID: "deactivate.clears-profile", Title: "forgets name and e-mail of a deactivated user", Source: "PLAN C9293: profile kept", Flow: ReactivateUsers,
			step: goneWhenOff(func(c *call) {
				c.patch("Users", c.id, object{"op": "remove", "path": "emails"})
				c.patch("Users", c.id, object{"op": "remove", "path": "name"})
			}),
		},
		{
			ID: "deactivate.clears-external-id", Title: "forgets externalId of a deactivated user", Source: "scim-client.md §3: stable over deactivation", Flow: ReactivateUsers,
			step: goneWhenOff(func(c *call) { c.patch("Users", c.id, object{"op": "remove", "path": "externalId"}) }),
		},
		{
			ID: "deactivate.drops-extension", Title: "forgets the enterprise extension of a user with a PATCH", Source: "side effect on other attributes", Flow: DeactivateUsers,
			step: after("PATCH Users/id", func(c *call) {
				c.patch("Users", c.id, object{"op": "remove", "path": enterpriseSchema})
			}),
		},
		{
			ID: "deactivate.replaces-user", Title: "takes the value of a PATCH without a path for the whole user", Source: "replace without path as PUT", Flow: DeactivateUsers,
			step: after("PATCH Users/id", func(c *call) {
				if c.deactivates() {
					for _, name := range []string{"displayName", "emails", "locale", "name"} {
						c.patch("Users", c.id, object{"op": "remove", "path": name})
					}
				}
			}),
		},
		{
			ID: "deactivate.another-user", Title: "deactivates the newest other user as well", Source: "side effect on another object", Flow: DeactivateUsers,
			step: after("PATCH,PUT Users/id", func(c *call) {
				if !c.deactivates() {
					return
				}
				_, all := c.do("GET", "/Users?sortBy=meta.created&sortOrder=descending&count=5", nil)
				for _, u := range objects(all["Resources"]) {
					if u["id"] != c.id {
						c.patch("Users", str(u["id"]), object{"op": "replace", "path": "active", "value": false})
						return
					}
				}
			}),
		},
		{
			ID: "deactivate.string-true", Title: `stores active false of a PATCH as the string "false"`, Source: "scim-client.md §5: a JSON boolean", Flow: DeactivateUsers,
			fresh: func() step {
				var touched memory[bool]
				return func(c *call) {
					c.forward()
					if c.is("PATCH Users/id") && c.succeeded() {
						touched.swap(c.id, true)
					}
					if _, ok := touched.get(c.id); ok && c.is("GET,PATCH Users/id") && c.answer()["active"] == false {
						c.answer()["active"] = "false"
					}
				}
			},
		},
		{
			ID: "reactivate.patch-ignored", Title: "answers 200 to active true and leaves a user inactive", Source: "scim-client.md §6", Flow: ReactivateUsers,
			step: operations("Users/id", on),
		},
		{
			ID: "reactivate.refused", Title: "refuses to activate an inactive user", Source: "scim-client.md §6", Flow: ReactivateUsers,
			step: before("PATCH,PUT Users/id", func(c *call) {
				if c.activates() && c.stored()["active"] == false {
					c.refuse(400, "invalidValue", "the user cannot be activated")
				}
			}),
		},
		{
			ID: "reactivate.put-refused", Title: "answers 404 to a PUT of an inactive user", Source: "scim-client.md §6: PUT-only apps", Flow: ReactivateUsers,
			step: before("PUT Users/id", func(c *call) {
				if c.stored()["active"] == false {
					c.refuse(404, "", "no such user")
				}
			}),
		},
		{
			ID: "reactivate.put-ignored", Title: "stores a PUT of an inactive user, but not its active", Source: "scim-client.md §6: PUT-only apps", Flow: ReactivateUsers,
			step: before("PUT Users/id", func(c *call) {
				if c.stored()["active"] == false {
					c.body()["active"] = false
				}
			}),
		},
		{
			ID: "reactivate.new-id", Title: "gives a user who comes back a new id", Source: "PLAN C9293: the same id", Flow: ReactivateUsers,
			step: before("PATCH,PUT Users/id", func(c *call) {
				if u := c.stored(); c.activates() && u["active"] == false {
					u["active"] = true
					c.do("DELETE", "/Users/"+c.id, nil)
					_, made := c.do("POST", "/Users", u)
					c.reply(200, made)
				}
			}),
		},
		{
			ID: "reactivate.pending", Title: "answers active false when a user is activated, and stores true", Source: "gh:grokability/snipe-it/issues/14481", Flow: ReactivateUsers,
			step: after("PATCH,PUT Users/id", func(c *call) {
				if c.activates() && len(c.answer()) > 0 {
					c.answer()["active"] = false
				}
			}),
		},
		{
			ID: "reactivate.post-revives", Title: "takes a create of an inactive user for its return: 201 and the old id", Source: "scim-client.md §6", Flow: RFC,
			step: refused("POST Users", func(c *call) {
				if had := c.holder(); c.status == 409 && had != nil && had["active"] == false {
					c.patch("Users", str(had["id"]), object{"op": "replace", "path": "active", "value": true})
					_, now := c.do("GET", "/Users/"+str(had["id"]), nil)
					c.reply(201, now)
				}
			}),
		},
	}
}

// deactivates tells whether the request sets active to false.
func (c *call) deactivates() bool { return c.sets(false) }

// activates tells whether the request sets active to true.
func (c *call) activates() bool { return c.sets(true) }

func (c *call) sets(to bool) bool {
	for _, op := range objects(c.body()["Operations"]) {
		if setsActive(op, to) {
			return true
		}
	}
	return c.r.Method == http.MethodPut && c.body()["active"] == to
}
