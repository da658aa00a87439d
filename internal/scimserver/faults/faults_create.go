package faults

import (
	"maps"
	"strings"
	"sync"
)

// createFaults are those of POST /Users.
func createFaults() []Fault {
	taken := func(f func(c *call)) step {
		return refused("POST Users", func(c *call) {
			if c.status == 409 {
				f(c)
			}
		})
	}
	return []Fault{
		{
			ID: "create.empty-body", Title: "answers a created user with 201 and no body", Source: "Okta's reference: “Create new user returned empty user”", Flow: CreateUsers,
			step: after("POST Users", func(c *call) { c.text = nil }),
		},
		{
			ID: "create.empty-object", Title: "answers a created user with 201 and {}", Source: "Okta's reference", Flow: CreateUsers,
			step: after("POST Users", func(c *call) { c.say(201, mediaType, "{}") }),
		},
		{
			ID: "create.only-id", Title: "answers a created user with its id only", Source: "Okta's reference", Flow: CreateUsers,
			step: after("POST Users", func(c *call) {
				maps.DeleteFunc(c.answer(), func(name string, _ any) bool { return name != "id" && name != "schemas" })
			}),
		},
		{
			ID: "create.pending-inactive", Title: "answers a created user with active false, as if an invitation were pending, and stores that", Source: "gh:kortix-ai/suna/pull/4244; gh:grokability/snipe-it/issues/14481", Flow: CreateUsers,
			step: before("POST Users", func(c *call) { c.body()["active"] = false }),
		},
		{
			ID: "create.pending-answer", Title: "answers a created user with active false but stores true", Source: "gh:grokability/snipe-it/issues/14481", Flow: CreateUsers,
			step: after("POST Users", func(c *call) { c.answer()["active"] = false }),
		},
		{
			ID: "create.pending-stored", Title: "answers a created user with active true but stores false", Source: "gh:kortix-ai/suna/pull/4244", Flow: CreateUsers,
			step: before("POST Users", func(c *call) {
				was := c.body()["active"]
				c.body()["active"] = false
				c.forward()
				if c.succeeded() && was != false {
					c.answer()["active"] = true
				}
			}),
		},
		{
			ID: "create.inactive-ignored", Title: "creates everybody as active", Source: "RFC 7643 §4.1.1", Flow: RFC,
			step: before("POST Users", func(c *call) { c.body()["active"] = true }),
		},
		{
			ID: "create.lower-case-user-name", Title: "stores userName in lower case", Source: "gh:PostHog/posthog/pull/42253; gh:onyx-dot-app/onyx/pull/8635", Flow: CreateUsers,
			step: before("POST,PUT Users*", func(c *call) { changed(c.body(), "userName", strings.ToLower) }),
		},
		{
			ID: "create.lower-case-user-name-answer", Title: "answers userName in lower case", Source: "gh:PostHog/posthog/pull/42253", Flow: CreateUsers,
			step: users(func(u object) { changed(u, "userName", strings.ToLower) }),
		},
		{
			ID: "create.lower-case-email", Title: "stores e-mail addresses in lower case", Source: "scim-client.md §12: the case as sent", Flow: CreateUsers,
			step: before("POST,PUT Users*", func(c *call) {
				for _, e := range objects(c.body()["emails"]) {
					changed(e, "value", strings.ToLower)
				}
			}),
		},
		{
			ID: "create.duplicate-is-201", Title: "answers a second create of the same user with 201 and the first one", Source: "gh:PostHog/posthog/pull/42205; gh:getsentry/sentry/issues/50917", Flow: CreateUsers,
			step: taken(func(c *call) { c.conflicting(201) }),
		},
		{
			ID: "create.duplicate-is-200", Title: "answers a second create of the same user with 200 and the first one", Source: "gh:PostHog/posthog/pull/42253", Flow: CreateUsers,
			step: taken(func(c *call) { c.conflicting(200) }),
		},
		{
			ID: "create.duplicate-is-500", Title: "answers a second create of the same user with 500", Source: "gh:getsentry/sentry/issues/50917", Flow: CreateUsers,
			step: taken(func(c *call) { c.refuse(500, "", "duplicate key value violates unique constraint") }),
		},
		{
			ID: "create.duplicate-is-400", Title: "answers a second create of the same user with 400", Source: "Okta's SPEC suite, step 8", Flow: CreateUsers,
			step: taken(func(c *call) { c.refuse(400, "uniqueness", "the user exists") }),
		},
		{
			ID: "create.duplicate-stored", Title: "creates a second user with the same userName", Source: "RFC 7643 §4.1.1; Okta's SPEC suite, step 8", Flow: CreateUsers,
			step: taken(func(c *call) {
				name := str(c.body()["userName"])
				c.body()["userName"] = name + " (2)"
				c.forward()
				c.edit(name+" (2)", name)
			}),
		},
		{
			ID: "create.duplicate-overwrites", Title: "overwrites the first user with a second create, and answers 409", Source: "side effect of a refused request", Flow: CreateUsers,
			step: taken(func(c *call) {
				refusal := c.text
				if had := c.holder(); had != nil {
					c.do("PUT", "/Users/"+str(had["id"]), c.body())
				}
				c.text, c.out = refusal, nil
			}),
		},
		{
			ID: "create.duplicate-in-other-case", Title: "creates a second user whose userName differs in case only", Source: "RFC 7643 §4.1.1: caseExact false", Flow: CreateUsers,
			step: taken(func(c *call) {
				name := str(c.body()["userName"])
				if had := c.holder(); had != nil && str(had["userName"]) != name {
					c.body()["userName"] = name + " (2)"
					c.forward()
					c.edit(name+" (2)", name)
				}
			}),
		},
		{
			ID: "create.duplicate-inactive-is-201", Title: "answers a create of an inactive user with 201 and a new id", Source: "gh:growthbook/growthbook/pull/1680", Flow: ReactivateUsers,
			step: taken(func(c *call) {
				if had := c.holder(); had != nil && had["active"] == false {
					c.do("DELETE", "/Users/"+str(had["id"]), nil)
					c.forward()
				}
			}),
		},
		{
			ID: "create.conflict-without-scim-type", Title: "answers 409 without scimType", Source: "gh:getsentry/sentry/issues/117860", Flow: CreateUsers,
			step: taken(func(c *call) { delete(c.answer(), "scimType") }),
		},
		{
			ID: "create.conflict-wrong-scim-type", Title: "answers 409 with scimType invalidValue", Source: "RFC 7644 §3.12, table 9", Flow: CreateUsers,
			step: taken(func(c *call) { c.answer()["scimType"] = "invalidValue" }),
		},
		{
			ID: "create.conflict-without-status", Title: "answers 409 without status in the body", Source: "gh:getsentry/sentry/issues/117860", Flow: CreateUsers,
			step: taken(func(c *call) { delete(c.answer(), "status") }),
		},
		{
			ID: "create.other-id", Title: "answers a created user with an id that is not the stored one", Source: "gh:wso2-extensions/identity-inbound-provisioning-scim2/pull/93", Flow: CreateUsers,
			step: after("POST Users", func(c *call) { c.answer()["id"] = "tmp-" + str(c.answer()["id"]) }),
		},
		{
			ID: "create.id-is-external-id", Title: "answers a created user with externalId as its id", Source: "scim-client.md §12: issued by the server", Flow: CreateUsers,
			step: after("POST Users", func(c *call) {
				if x := c.answer()["externalId"]; x != nil {
					c.answer()["id"] = x
				}
			}),
		},
		{
			ID: "create.id-number", Title: "answers the id of a created user as a number", Source: "RFC 7643 §3.1", Flow: CreateUsers,
			step: after("POST Users", func(c *call) { c.answer()["id"] = 4711.0 }),
		},
		{
			ID: "create.id-empty", Title: "answers a created user with an empty id", Source: "RFC 7643 §3.1", Flow: CreateUsers,
			step: after("POST Users", func(c *call) { c.answer()["id"] = "" }),
		},
		{
			ID: "create.status-200", Title: "answers a created user with 200", Source: "Okta's SPEC suite, step 5: 201", Flow: CreateUsers,
			step: after("POST Users", func(c *call) { c.status = 200 }),
		},
		{
			ID: "create.status-202", Title: "answers a created user with 202", Source: "Okta's SPEC suite, step 5: 201", Flow: CreateUsers,
			step: after("POST Users", func(c *call) { c.status = 202 }),
		},
		{
			ID: "create.not-stored", Title: "answers a created user with 201 and stores nothing", Source: "a transaction that is rolled back", Flow: CreateUsers,
			step: after("POST Users", func(c *call) {
				answer := c.answer()
				c.do("DELETE", "/Users/"+str(answer["id"]), nil)
			}),
		},
		{
			ID: "create.second-is-first", Title: "answers the second of two users created at once with the first one", Source: "scim-client.md §3: in parallel", Flow: CreateUsers,
			fresh: func() step {
				var mu sync.Mutex
				var running int
				var last object
				return func(c *call) {
					if !c.is("POST Users") {
						c.forward()
						return
					}
					mu.Lock()
					running++
					mu.Unlock()
					c.forward()
					mu.Lock()
					defer mu.Unlock()
					if running--; c.succeeded() && running > 0 {
						last = parse(c.text)
					} else if c.succeeded() && last != nil {
						c.out, last = last, nil
					}
				}
			},
		},
		{
			ID: "create.password-policy", Title: "refuses a password that has no capital, digit and sign", Source: "Okta's note on password; WunderGraph", Flow: CreateUsers,
			step: before("POST Users", func(c *call) {
				p := str(c.body()["password"])
				if p != "" && (!strings.ContainsAny(p, "0123456789") || !strings.ContainsAny(p, "!#$%&*+-_?") || strings.ToLower(p) == p) {
					c.refuse(400, "invalidValue", "the password does not meet the policy")
				}
			}),
		},
		{
			ID: "create.password-too-short", Title: "refuses a password of less than 12 letters", Source: "Okta's note on password", Flow: CreateUsers,
			step: before("POST Users", func(c *call) {
				if p := str(c.body()["password"]); p != "" && len(p) < 12 {
					c.refuse(400, "invalidValue", "the password is too short")
				}
			}),
		},
		{
			ID: "create.password-required", Title: "refuses a user without a password", Source: "Okta's suites send none", Flow: CreateUsers,
			step: before("POST Users", func(c *call) {
				if c.body()["password"] == nil {
					c.refuse(400, "invalidValue", "password is required")
				}
			}),
		},
		{
			ID: "create.password-refused", Title: "refuses a user with a password", Source: "scim-client.md §3: always sent", Flow: CreateUsers,
			step: before("POST Users", func(c *call) {
				if c.body()["password"] != nil {
					c.refuse(400, "invalidValue", "unknown attribute password")
				}
			}),
		},
		{
			ID: "create.password-returned", Title: "returns the password of a created user", Source: "RFC 7643 §4.1.1: never", Flow: CreateUsers,
			step: after("POST Users", func(c *call) {
				if p := c.body()["password"]; p != nil {
					c.answer()["password"] = p
				}
			}),
		},
		{
			ID: "create.password-shown-later", Title: "shows the password when a user is read", Source: "RFC 7643 §4.1.1: never", Flow: CreateUsers,
			fresh: func() step {
				var kept memory[any]
				return func(c *call) {
					c.forward()
					if c.is("POST Users") && c.succeeded() {
						kept.swap(str(c.answer()["id"]), c.body()["password"])
					}
					if p, _ := kept.get(c.id); c.is("GET Users/id") && c.succeeded() && p != nil {
						c.answer()["password"] = p
					}
				}
			},
		},
		{
			ID: "create.groups-refused", Title: `refuses a user with "groups": []`, Source: "targets.md, rule 9", Flow: CreateUsers,
			step: before("POST Users", func(c *call) {
				if c.body()["groups"] != nil {
					c.refuse(400, "mutability", "groups is read-only")
				}
			}),
		},
		{
			ID: "create.groups-required", Title: `refuses a user without "groups"`, Source: "targets.md, rule 9", Flow: CreateUsers,
			step: before("POST Users", func(c *call) {
				if c.body()["groups"] == nil {
					c.refuse(400, "invalidValue", "groups is required")
				}
			}),
		},
		{
			ID: "create.external-id-required", Title: "refuses a user without externalId", Source: "Okta's suites send none", Flow: CreateUsers,
			step: before("POST Users", func(c *call) {
				if c.body()["externalId"] == nil {
					c.refuse(400, "invalidValue", "externalId is required")
				}
			}),
		},
		{
			ID: "create.external-id-lost", Title: "does not store externalId", Source: "scim-client.md §3: stable over renames", Flow: CreateUsers,
			step: users(func(u object) { delete(u, "externalId") }),
		},
		{
			ID: "create.external-id-case", Title: "answers externalId in lower case", Source: "RFC 7643 §3.1: caseExact true", Flow: CreateUsers,
			step: users(func(u object) { changed(u, "externalId", strings.ToLower) }),
		},
		{
			ID: "create.display-name-lost", Title: "does not store displayName", Source: "scim-client.md §3", Flow: CreateUsers,
			step: users(func(u object) { delete(u, "displayName") }),
		},
		{
			ID: "create.display-name-made", Title: "makes displayName from the name whatever is sent", Source: "scim-client.md §3", Flow: CreateUsers,
			step: users(func(u object) {
				if n := sub(u, "name"); n != nil && u["displayName"] != nil {
					u["displayName"] = str(n["givenName"]) + " " + str(n["familyName"])
				}
			}),
		},
		{
			ID: "create.locale-lost", Title: "does not store locale", Source: "scim-client.md §3", Flow: CreateUsers,
			step: users(func(u object) { delete(u, "locale") }),
		},
		{
			ID: "create.emails-lost", Title: "does not store emails", Source: "scim-client.md §12: minimum attributes", Flow: CreateUsers,
			step: users(func(u object) { delete(u, "emails") }),
		},
		{
			ID: "create.email-object", Title: "answers emails as one object, not an array", Source: "scim-client.md §8", Flow: CreateUsers,
			step: users(func(u object) {
				if e := objects(u["emails"]); len(e) > 0 {
					u["emails"] = e[0]
				}
			}),
		},
		{
			ID: "create.email-primary-lost", Title: "does not store which e-mail is primary", Source: "scim-client.md §8: read on import", Flow: CreateUsers,
			step: users(func(u object) {
				for _, e := range objects(u["emails"]) {
					delete(e, "primary")
				}
			}),
		},
		{
			ID: "create.email-primary-string", Title: "answers primary of an e-mail as a string", Source: "RFC 7643 §2.4: boolean", Flow: CreateUsers,
			step: users(func(u object) {
				for _, e := range objects(u["emails"]) {
					if e["primary"] == true {
						e["primary"] = "true"
					}
				}
			}),
		},
		{
			ID: "create.email-type-lost", Title: "does not store the type of an e-mail", Source: "scim-client.md §8", Flow: CreateUsers,
			step: users(func(u object) {
				for _, e := range objects(u["emails"]) {
					delete(e, "type")
				}
			}),
		},
		{
			ID: "create.email-is-user-name", Title: "answers userName as the e-mail", Source: "one column for both", Flow: CreateUsers,
			step: users(func(u object) {
				for _, e := range objects(u["emails"]) {
					e["value"] = u["userName"]
				}
			}),
		},
		{
			ID: "create.user-name-is-email", Title: "stores the e-mail as userName", Source: "one column for both", Flow: CreateUsers,
			step: before("POST Users", func(c *call) {
				if e := objects(c.body()["emails"]); len(e) > 0 {
					c.body()["userName"] = e[0]["value"]
				}
			}),
		},
		{
			ID: "create.second-email-lost", Title: "stores only the first e-mail", Source: "RFC 7643 §2.4", Flow: UpdateUsers,
			step: before("POST,PUT Users*", func(c *call) {
				if e := list(c.body(), "emails"); len(e) > 1 {
					c.body()["emails"] = e[:1]
				}
			}),
		},
		{
			ID: "create.location-missing", Title: "leaves Location out of the answer to a create", Source: "RFC 7644 §3.3", Flow: RFC,
			step: after("POST Users,Groups", func(c *call) { c.header.Del("Location") }),
		},
		{
			ID: "create.location-wrong", Title: "answers a create with the Location of the collection", Source: "RFC 7644 §3.3", Flow: RFC,
			step: after("POST Users,Groups", func(c *call) {
				l := c.header.Get("Location")
				c.header.Set("Location", l[:max(0, strings.LastIndex(l, "/"))])
			}),
		},
		{
			ID: "create.client-id", Title: "takes the id that the client sends", Source: "RFC 7643 §3.1: issued by the server", Flow: RFC,
			fresh: clientIDs,
		},
		{
			ID: "create.without-user-name", Title: "creates a user without userName", Source: "RFC 7643 §4.1.1: required", Flow: RFC,
			step: before("POST Users", func(c *call) {
				if c.body()["userName"] == nil && len(c.body()) > 0 {
					c.body()["userName"] = "unnamed-" + c.r.RemoteAddr
				}
			}),
		},
	}
}

// holder is the user who has the userName of this request already.
func (c *call) holder() object {
	name := strings.ReplaceAll(str(c.body()["userName"]), `"`, `\"`)
	_, found := c.do("GET", "/Users?filter="+escape(`userName eq "`+name+`"`), nil)
	if hits := objects(found["Resources"]); len(hits) == 1 {
		return hits[0]
	}
	return nil
}

// conflicting answers with the user who was there before.
func (c *call) conflicting(status int) {
	if had := c.holder(); had != nil {
		c.reply(status, had)
	}
}

// clientIDs gives resources the id that the client has chosen, in place of its own.
func clientIDs() step {
	var own memory[string]
	return func(c *call) {
		wanted := str(c.body()["id"])
		shown := c.id
		if id, ok := own.get(shown); ok {
			c.id = id
		}
		c.forward()
		if c.is("POST Users,Groups") && c.succeeded() && wanted != "" {
			own.swap(wanted, str(c.answer()["id"]))
			c.answer()["id"] = wanted
		} else if shown != c.id && c.succeeded() {
			c.answer()["id"] = shown
		}
	}
}
