package faults

import (
	"net/http"
	"strings"
)

// openFor lets requests of a pattern in without a good token, with one that was
// good before.
func openFor(pattern string, also func(authorization string) bool) func() step {
	return func() step {
		var good memory[string]
		return func(c *call) {
			given := c.r.Header.Get("Authorization")
			c.forward()
			if c.status != http.StatusUnauthorized {
				good.swap("", given)
				return
			}
			if last, known := good.get(""); known && c.is(pattern) && also(given) {
				c.r.Header.Set("Authorization", last)
				c.forward()
			}
		}
	}
}

// authFaults are those of the door.
func authFaults() []Fault {
	none := func(a string) bool { return a == "" }
	some := func(a string) bool { return a != "" }
	unauthorized := func(f func(c *call)) step {
		return refused("* *", func(c *call) {
			if c.status == http.StatusUnauthorized {
				f(c)
			}
		})
	}
	return []Fault{
		{
			ID: "auth.missing-is-500", Title: "answers a request without a token with a general error", Source: "gh:PostHog/posthog/pull/42205", Flow: TestCredentials,
			step: unauthorized(func(c *call) {
				if c.r.Header.Get("Authorization") == "" {
					c.say(500, "text/html", "<h1>Server Error (500)</h1>")
				}
			}),
		},
		{
			ID: "auth.missing-is-403", Title: "answers a request without a token with 403", Source: "RFC 7644 §3.12; Okta's SPEC suite, step 11", Flow: TestCredentials,
			step: unauthorized(func(c *call) { c.refuse(http.StatusForbidden, "", "forbidden") }),
		},
		{
			ID: "auth.refused-is-404", Title: "answers a wrong token with 404", Source: "scim-client.md §2", Flow: TestCredentials,
			step: unauthorized(func(c *call) { c.refuse(http.StatusNotFound, "", "not found") }),
		},
		{
			ID: "auth.refused-is-empty-list", Title: "answers a wrong token with an empty list", Source: "scim-client.md §2", Flow: TestCredentials,
			step: unauthorized(func(c *call) { c.reply(200, emptyList()) }),
		},
		{
			ID: "auth.redirects-to-login", Title: "redirects a request without a token to a login page", Source: "a session middleware before the API", Flow: TestCredentials,
			step: unauthorized(func(c *call) {
				c.reply(http.StatusFound, nil)
				c.header.Set("Location", "/login")
			}),
		},
		{
			ID: "auth.plain-401", Title: "answers 401 without a SCIM error", Source: "Okta's SPEC suite, step 11", Flow: TestCredentials,
			step: unauthorized(func(c *call) { c.say(http.StatusUnauthorized, "text/plain", "Unauthorized\n") }),
		},
		{
			ID: "auth.401-without-detail", Title: "answers 401 without detail", Source: "scim-client.md §2: what an admin sees", Flow: TestCredentials,
			step: unauthorized(func(c *call) { delete(c.answer(), "detail") }),
		},
		{
			ID: "auth.401-echoes-token", Title: "repeats the token it was given in the error", Source: "secrets in logs", Flow: TestCredentials,
			step: unauthorized(func(c *call) {
				c.answer()["detail"] = "the token " + strings.TrimPrefix(c.r.Header.Get("Authorization"), "Bearer ") + " is wrong"
			}),
		},
		{
			ID: "auth.any-token", Title: "lets any token in", Source: "RFC 7644 §2", Flow: TestCredentials,
			fresh: openFor("* *", some),
		},
		{
			ID: "auth.none-for-lists", Title: "lists people without a token", Source: "RFC 7644 §2", Flow: TestCredentials,
			fresh: openFor("GET Users", none),
		},
		{
			ID: "auth.none-for-one-user", Title: "shows a user without a token", Source: "auth per route", Flow: TestCredentials,
			fresh: openFor("GET Users/id", none),
		},
		{
			ID: "auth.none-for-groups", Title: "shows groups without a token", Source: "auth per route", Flow: TestCredentials,
			fresh: openFor("GET Groups*", none),
		},
		{
			ID: "auth.none-for-create", Title: "creates users without a token", Source: "auth per method", Flow: TestCredentials,
			fresh: openFor("POST Users", none),
		},
		{
			ID: "auth.none-for-create-group", Title: "creates groups without a token", Source: "auth per method", Flow: TestCredentials,
			fresh: openFor("POST Groups", none),
		},
		{
			ID: "auth.none-for-put", Title: "replaces users and groups without a token", Source: "auth per method", Flow: TestCredentials,
			fresh: openFor("PUT *", none),
		},
		{
			ID: "auth.none-for-patch", Title: "patches users and groups without a token", Source: "auth per method", Flow: TestCredentials,
			fresh: openFor("PATCH *", none),
		},
		{
			ID: "auth.none-for-delete", Title: "deletes without a token", Source: "auth per method", Flow: TestCredentials,
			fresh: openFor("DELETE *", none),
		},
		{
			ID: "auth.wrong-for-write", Title: "checks that there is a token, but not which, where something is written", Source: "auth per method", Flow: TestCredentials,
			fresh: openFor("POST,PUT,PATCH,DELETE *", some),
		},
		{
			ID: "auth.token-prefix", Title: "compares only the beginning of the token", Source: "a comparison of the shorter length", Flow: TestCredentials,
			fresh: func() step {
				var good memory[string]
				return func(c *call) {
					given := c.r.Header.Get("Authorization")
					c.forward()
					if c.status != http.StatusUnauthorized {
						good.swap("", given)
					} else if last, known := good.get(""); known && strings.HasPrefix(given, "Bearer ") && (strings.HasPrefix(last, given) || strings.HasPrefix(given, last)) {
						c.r.Header.Set("Authorization", last)
						c.forward()
					}
				}
			},
		},
		{
			ID: "auth.token-any-case", Title: "compares the token without case", Source: "a database with a folding collation", Flow: TestCredentials,
			fresh: func() step {
				var good memory[string]
				return func(c *call) {
					given := c.r.Header.Get("Authorization")
					c.forward()
					if c.status != http.StatusUnauthorized {
						good.swap("", given)
					} else if last, known := good.get(""); known && strings.EqualFold(given, last) {
						c.r.Header.Set("Authorization", last)
						c.forward()
					}
				}
			},
		},
		{
			ID: "auth.token-in-query", Title: "takes the token from the URL", Source: "RFC 6750 §2.3: not recommended", Flow: RFC,
			step: before("* *", func(c *call) {
				for _, name := range []string{"token", "access_token"} {
					if t := c.query.Get(name); t != "" && c.r.Header.Get("Authorization") == "" {
						c.r.Header.Set("Authorization", "Bearer "+t)
					}
				}
			}),
		},
		{
			ID: "auth.without-challenge", Title: "leaves WWW-Authenticate out of a 401", Source: "RFC 9110 §11.6.1", Flow: RFC,
			step: unauthorized(func(c *call) { c.header.Del("WWW-Authenticate") }),
		},
	}
}
