package faults

import (
	"maps"
	"net/http"
	"regexp"
	"strings"
)

// userFaults are those of what a user looks like, and of one that does not exist.
func userFaults() []Fault {
	missing := func(pattern string, f func(c *call)) step {
		return refused(pattern, func(c *call) {
			if c.status == http.StatusNotFound {
				f(c)
			}
		})
	}
	return []Fault{
		{
			ID: "user.family-name-missing", Title: "leaves name.familyName out of users", Source: "gh:PostHog/posthog/pull/42205", Flow: CreateUsers,
			step: users(func(u object) { delete(sub(u, "name"), "familyName") }),
		},
		{
			ID: "user.given-name-missing", Title: "leaves name.givenName out of users", Source: "gh:PostHog/posthog/pull/42205", Flow: CreateUsers,
			step: users(func(u object) { delete(sub(u, "name"), "givenName") }),
		},
		{
			ID: "user.names-swapped", Title: "answers givenName and familyName the wrong way round", Source: "a slip of the pen", Flow: CreateUsers,
			step: users(func(u object) {
				if n := sub(u, "name"); n != nil {
					n["givenName"], n["familyName"] = n["familyName"], n["givenName"]
				}
			}),
		},
		{
			ID: "user.name-flat", Title: "answers the parts of name beside it", Source: "RFC 7643 §4.1.1", Flow: CreateUsers,
			step: users(func(u object) {
				maps.Copy(u, sub(u, "name"))
				delete(u, "name")
			}),
		},
		{
			ID: "user.name-trimmed", Title: "cuts names off after 20 letters", Source: "a narrow column", Flow: CreateUsers,
			step: before("POST,PUT Users*", func(c *call) {
				for part := range sub(c.body(), "name") {
					changed(sub(c.body(), "name"), part, func(s string) string { return string([]rune(s)[:min(20, len([]rune(s)))]) })
				}
			}),
		},
		{
			ID: "user.name-title-case", Title: "writes names with one capital each", Source: "McDonald, van Gogh", Flow: CreateUsers,
			step: before("POST,PUT Users*", func(c *call) {
				for part := range sub(c.body(), "name") {
					changed(sub(c.body(), "name"), part, func(s string) string {
						r := []rune(s)
						return strings.ToUpper(string(r[:min(1, len(r))])) + strings.ToLower(string(r[min(1, len(r)):]))
					})
				}
			}),
		},
		{
			ID: "user.schemas-missing", Title: "leaves schemas out of users", Source: "gh:PostHog/posthog/pull/42205", Flow: CreateUsers,
			step: users(func(u object) { delete(u, "schemas") }),
		},
		{
			ID: "user.schemas-of-group", Title: "labels users with the schema of groups", Source: "RFC 7643 §3", Flow: CreateUsers,
			step: users(func(u object) { u["schemas"] = []any{"urn:ietf:params:scim:schemas:core:2.0:Group"} }),
		},
		{
			ID: "user.schemas-without-extension", Title: "does not name the extension in schemas", Source: "RFC 7643 §3; scim-client.md §8", Flow: RFC,
			step: users(func(u object) {
				if list(u, "schemas") != nil {
					u["schemas"] = []any{userSchema}
				}
			}),
		},
		{
			ID: "user.active-string", Title: "answers active as a string", Source: "scim-client.md §5: a JSON boolean", Flow: DeactivateUsers,
			step: users(func(u object) {
				if a, ok := u["active"].(bool); ok {
					u["active"] = map[bool]string{true: "true", false: "false"}[a]
				}
			}),
		},
		{
			ID: "user.active-number", Title: "answers active as 0 or 1", Source: "a column without booleans", Flow: DeactivateUsers,
			step: users(func(u object) {
				if a, ok := u["active"].(bool); ok {
					u["active"] = map[bool]float64{true: 1}[a]
				}
			}),
		},
		{
			ID: "user.active-missing", Title: "leaves active out of users", Source: "targets.md, rule 13", Flow: DeactivateUsers,
			step: users(func(u object) { delete(u, "active") }),
		},
		{
			ID: "user.active-missing-when-false", Title: "leaves active out where it is false", Source: "omitempty", Flow: DeactivateUsers,
			step: users(func(u object) {
				if u["active"] == false {
					delete(u, "active")
				}
			}),
		},
		{
			ID: "user.id-missing", Title: "leaves id out of a user that is read", Source: "scim-client.md §12", Flow: UpdateUsers,
			step: after("GET Users/id", func(c *call) { delete(c.answer(), "id") }),
		},
		{
			ID: "user.id-in-lower-case", Title: "answers ids in another case than it takes", Source: "RFC 7643 §3.1: caseExact", Flow: UpdateUsers,
			step: both(before("* Users/id", func(c *call) {
				if c.id != strings.ToUpper(c.id) {
					c.refuse(404, "", "no such user")
				} else {
					c.id = strings.ToLower(c.id)
				}
			}), before("* *", func(*call) {})),
		},
		{
			ID: "user.get-in-a-list", Title: "answers one user as a list of one", Source: "RFC 7644 §3.4.1", Flow: UpdateUsers,
			step: after("GET Users/id", func(c *call) {
				l := emptyList()
				keep(l, []object{c.answer()})
				c.reply(200, l)
			}),
		},
		{
			ID: "user.get-stale", Title: "shows a user as it was when it was read first", Source: "a cache that is never renewed", Flow: UpdateUsers,
			fresh: func() step {
				var kept memory[object]
				return before("GET Users/id", func(c *call) {
					if old, ok := kept.get(c.id); ok {
						c.reply(200, old)
						return
					}
					if c.forward(); c.succeeded() {
						kept.swap(c.id, parse(c.text))
					}
				})
			},
		},
		{
			ID: "user.get-one-change-behind", Title: "shows a user as it was before the last change", Source: "a replica that lags", Flow: UpdateUsers,
			fresh: func() step {
				var old memory[object]
				return func(c *call) {
					if c.is("PUT,PATCH Users/id") {
						old.swap(c.id, c.stored())
					}
					c.forward()
					if was, ok := old.get(c.id); ok && c.is("GET Users/id") && c.succeeded() {
						c.out = was
					}
				}
			},
		},
		{
			ID: "user.not-found-is-400", Title: "answers 400 to an id that is no UUID", Source: "Okta's SPEC suite, steps 4 and 12", Flow: UpdateUsers,
			step: missing("* Users/id", func(c *call) { c.refuse(400, "invalidValue", "badly formed id") }),
		},
		{
			ID: "user.not-found-is-500", Title: "answers 500 to an id that does not exist", Source: "Okta's SPEC suite, steps 4 and 12", Flow: UpdateUsers,
			step: missing("* Users/id", func(c *call) { c.refuse(500, "", "invalid input syntax for type uuid") }),
		},
		{
			ID: "user.not-found-is-500-for-numbers", Title: "answers 500 to an id of digits that is too large", Source: "Okta's SPEC suite, step 12: 00919288221112222", Flow: UpdateUsers,
			step: missing("* Users/id", func(c *call) {
				if regexp.MustCompile(`^\d{12,}$`).MatchString(c.id) {
					c.refuse(500, "", "value out of range for type integer")
				}
			}),
		},
		{
			ID: "user.not-found-is-empty-200", Title: "answers 200 and an empty list to an id that does not exist", Source: "Okta's SPEC suite, step 4", Flow: UpdateUsers,
			step: missing("GET Users/id", func(c *call) { c.reply(200, emptyList()) }),
		},
		{
			ID: "user.not-found-is-410", Title: "answers 410 to an id that does not exist", Source: "RFC 7644 §3.12", Flow: UpdateUsers,
			step: missing("* Users/id", func(c *call) { c.refuse(http.StatusGone, "", "gone") }),
		},
		{
			ID: "user.not-found-without-body", Title: "answers 404 without a body", Source: "Okta's SPEC suite, step 4", Flow: UpdateUsers,
			step: missing("* *", func(c *call) { c.reply(404, nil) }),
		},
		{
			ID: "user.put-creates", Title: "creates a user with a PUT to an id that does not exist", Source: "RFC 7644 §3.5.1: never", Flow: RFC,
			step: missing("PUT Users/id", func(c *call) {
				_, made := c.do("POST", "/Users", c.body())
				c.reply(201, made)
			}),
		},
		{
			ID: "user.deleted-is-readable", Title: "shows a user that was deleted", Source: "RFC 7644 §3.6", Flow: RFC,
			fresh: func() step { return readableAfterDelete("Users") },
		},
		{
			ID: "user.delete-is-200", Title: "answers the deletion of a user with 200 and a body", Source: "RFC 7644 §3.6: 204; @boxyhq/saml-jackson", Flow: RFC,
			step: after("DELETE Users/id", func(c *call) { c.reply(200, object{"deleted": true}) }),
		},
		{
			ID: "user.delete-twice-is-204", Title: "answers the second deletion of a user with 204", Source: "RFC 7644 §3.6: 404", Flow: RFC,
			step: missing("DELETE Users/id", func(c *call) { c.reply(204, nil) }),
		},
		{
			ID: "user.without-meta", Title: "leaves meta out of users", Source: "RFC 7643 §3.1", Flow: RFC,
			step: users(func(u object) { delete(u, "meta") }),
		},
		{
			ID: "user.meta-resource-type", Title: "says resource type user in lower case", Source: "RFC 7643 §3.1: caseExact true", Flow: RFC,
			step: users(func(u object) { changed(sub(u, "meta"), "resourceType", strings.ToLower) }),
		},
		{
			ID: "user.meta-location-elsewhere", Title: "says meta.location of another host", Source: "a server behind a proxy", Flow: RFC,
			step: users(func(u object) {
				changed(sub(u, "meta"), "location", func(s string) string {
					_, path, _ := strings.Cut(s, "/scim/")
					return "http://internal:8080/scim/" + path
				})
			}),
		},
		{
			ID: "user.last-modified-stays", Title: "leaves meta.lastModified as it was at the beginning", Source: "RFC 7643 §3.1; targets.md, rule 15", Flow: RFC,
			step: users(func(u object) {
				if m := sub(u, "meta"); m != nil {
					m["lastModified"] = m["created"]
				}
			}),
		},
		{
			ID: "user.created-moves", Title: "moves meta.created with each change", Source: "RFC 7643 §3.1", Flow: RFC,
			step: users(func(u object) {
				if m := sub(u, "meta"); m != nil {
					m["created"] = m["lastModified"]
				}
			}),
		},
		{
			ID: "user.times-without-zone", Title: "writes time stamps without a zone", Source: "RFC 7643 §2.3.5; targets.md, rule 15", Flow: RFC,
			step: users(func(u object) {
				for _, name := range []string{"created", "lastModified"} {
					changed(sub(u, "meta"), name, func(s string) string { return strings.Replace(strings.TrimSuffix(s, "Z"), "T", " ", 1) })
				}
			}),
		},
		{
			ID: "user.groups-missing", Title: "does not show the groups of a user", Source: "RFC 7643 §4.1.2", Flow: RFC,
			step: users(func(u object) { delete(u, "groups") }),
		},
		{
			ID: "user.groups-stale", Title: "shows groups that a user has left", Source: "RFC 7643 §4.1.2", Flow: RFC,
			fresh: func() step {
				var kept memory[any]
				return after("GET Users/id", func(c *call) {
					if now := list(c.answer(), "groups"); len(now) > 0 {
						kept.swap(c.id, now)
					} else if old, ok := kept.get(c.id); ok {
						c.answer()["groups"] = old
					}
				})
			},
		},
	}
}

// readableAfterDelete goes on showing what was deleted.
func readableAfterDelete(endpoint string) step {
	var gone memory[object]
	return func(c *call) {
		var was object
		if c.is("DELETE " + endpoint + "/id") {
			was = c.stored()
		}
		c.forward()
		if was != nil && c.succeeded() {
			gone.swap(c.id, was)
		}
		if old, ok := gone.get(c.id); ok && c.is("GET "+endpoint+"/id") {
			c.reply(200, old)
		}
	}
}
