package faults

import (
	"net/http"
	"strings"
)

// wireFaults are those of media types, encodings and status lines.
func wireFaults() []Fault {
	okta := func(c *call) bool { return strings.HasPrefix(c.r.Header.Get("Accept"), mediaType) }
	return []Fault{
		{
			ID: "wire.accept-406", Title: "answers 406 to Accept: application/scim+json", Source: "support.okta.com scim-provisioning-returning-sync-user-in-external-application-failure", Flow: TestCredentials,
			step: before("* *", func(c *call) {
				if okta(c) {
					c.refuse(http.StatusNotAcceptable, "", "only application/json can be answered")
				}
			}),
		},
		{
			ID: "wire.accept-cuts", Title: "closes the connection on Accept: application/scim+json", Source: "support.okta.com scim-provisioning-returning-sync-user-in-external-application-failure", Flow: TestCredentials,
			step: before("* *", func(c *call) {
				if okta(c) {
					panic(http.ErrAbortHandler)
				}
			}),
		},
		{
			ID: "wire.accept-charset-406", Title: "answers 406 to Accept-Charset: utf-8", Source: "scim-client.md §1", Flow: TestCredentials,
			step: before("* *", func(c *call) {
				if c.r.Header.Get("Accept-Charset") != "" {
					c.refuse(http.StatusNotAcceptable, "", "this charset cannot be answered")
				}
			}),
		},
		{
			ID: "wire.content-type-charset", Title: "refuses a body whose Content-Type has a charset", Source: "gh:better-auth/better-auth/pull/6365; gh:PostHog/posthog/pull/42205; gh:medplum/medplum/pull/4143", Flow: CreateUsers,
			step: before("POST,PUT,PATCH *", func(c *call) {
				if strings.Contains(c.r.Header.Get("Content-Type"), "charset") {
					c.refuse(http.StatusUnsupportedMediaType, "", "unknown media type")
				}
			}),
		},
		{
			ID: "wire.content-type-charset-patch", Title: "reads a PATCH with a charset in its Content-Type as an empty one", Source: "gh:better-auth/better-auth/pull/6365", Flow: DeactivateUsers,
			step: before("PATCH *", func(c *call) {
				if strings.Contains(c.r.Header.Get("Content-Type"), "charset") {
					c.refuse(400, "invalidSyntax", "Operations is missing")
				}
			}),
		},
		{
			ID: "wire.content-type-json-only", Title: "takes bodies of application/json only", Source: "targets.md, rule 18", Flow: CreateUsers,
			step: before("POST,PUT,PATCH *", func(c *call) {
				if !strings.HasPrefix(c.r.Header.Get("Content-Type"), "application/json") {
					c.refuse(http.StatusUnsupportedMediaType, "", "application/json is wanted")
				}
			}),
		},
		{
			ID: "wire.content-type-scim-only", Title: "takes bodies of application/scim+json only", Source: "RFC 7644 §3.1; Okta's suites send application/json", Flow: CreateUsers,
			step: before("POST,PUT,PATCH *", func(c *call) {
				if strings.HasPrefix(c.r.Header.Get("Content-Type"), "application/json") {
					c.refuse(http.StatusUnsupportedMediaType, "", "application/scim+json is wanted")
				}
			}),
		},
		{
			ID: "wire.json-scim", Title: "answers as application/json+scim", Source: "gh:FusionAuth/fusionauth-issues/issues/1769", Flow: RFC,
			step: answerType("application/json+scim"),
		},
		{
			ID: "wire.text-plain", Title: "answers as text/plain", Source: "RFC 7644 §3.1; targets.md, rule 18", Flow: RFC,
			step: answerType("text/plain; charset=utf-8"),
		},
		{
			ID: "wire.without-content-type", Title: "answers without a Content-Type", Source: "RFC 7644 §3.1", Flow: RFC,
			step: after("* *", func(c *call) { c.header["Content-Type"] = nil }),
		},
		{
			ID: "wire.latin1", Title: "answers in ISO 8859-1", Source: "RFC 7644 §8.1: UTF-8", Flow: CreateUsers,
			step: after("* Users*", func(c *call) {
				_ = c.answer()
				b := text(c.answer())
				c.out, c.text = nil, nil
				for _, r := range string(b) {
					if r > 255 {
						r = '?'
					}
					c.text = append(c.text, byte(r))
				}
			}),
		},
		{
			ID: "wire.request-as-latin1", Title: "reads bodies as ISO 8859-1", Source: "RFC 7644 §8.1: UTF-8", Flow: CreateUsers,
			step: before("POST,PUT,PATCH *", func(c *call) {
				var b strings.Builder
				for _, x := range c.raw {
					b.WriteRune(rune(x))
				}
				c.raw = []byte(b.String())
			}),
		},
		{
			ID: "wire.drops-non-ascii", Title: "drops letters beyond ASCII from what is stored", Source: "RFC 7644 §8.1: UTF-8", Flow: CreateUsers,
			step: before("POST,PUT,PATCH *", func(c *call) {
				c.raw = []byte(strings.Map(func(r rune) rune {
					if r > 126 {
						return -1
					}
					return r
				}, string(c.raw)))
			}),
		},
		{
			ID: "wire.html-escaped", Title: "stores names escaped for HTML", Source: "O&#39;Brien", Flow: CreateUsers,
			step: before("POST,PUT,PATCH *", func(c *call) {
				c.raw = []byte(strings.ReplaceAll(string(c.raw), "'", "&#39;"))
			}),
		},
		{
			ID: "wire.byte-order-mark", Title: "begins answers with a byte order mark", Source: "RFC 8259 §8.1", Flow: TestCredentials,
			step: after("* Users*,Groups*", func(c *call) {
				if len(c.text) > 0 {
					c.text = append([]byte("\ufeff"), c.text...)
				}
			}),
		},
		{
			ID: "wire.truncated", Title: "cuts off the last byte of an answer", Source: "a wrong Content-Length", Flow: TestCredentials,
			step: after("GET Users", func(c *call) { c.text = c.text[:max(0, len(c.text)-1)] }),
		},
		{
			ID: "wire.trailing-slash", Title: "redirects to the same path with a slash", Source: "scim-client.md §11: no redirects", Flow: TestCredentials,
			step: before("* Users,Groups", func(c *call) {
				if !strings.HasSuffix(c.r.URL.Path, "/") {
					c.reply(http.StatusTemporaryRedirect, nil)
					c.header.Set("Location", c.r.URL.Path+"/?"+c.r.URL.RawQuery)
				}
			}),
		},
		{
			ID: "wire.error-as-200", Title: "answers 200 with an error inside", Source: "targets.md, rule 10", Flow: CreateUsers,
			step: refused("* *", func(c *call) { c.status = 200 }),
		},
		{
			ID: "wire.html-errors", Title: "answers errors as a page in HTML", Source: "LAB: Rostr write-up", Flow: UpdateUsers,
			step: refused("* *", func(c *call) {
				c.say(c.status, "text/html", "<html><body><h1>"+http.StatusText(c.status)+"</h1></body></html>")
			}),
		},
		{
			ID: "wire.empty-errors", Title: "answers errors without a body", Source: "targets.md, rule 14", Flow: UpdateUsers,
			step: refused("* *", func(c *call) { c.reply(c.status, nil) }),
		},
		{
			ID: "wire.own-errors", Title: `answers errors as {"error": …} of its own`, Source: "RFC 7644 §3.12", Flow: UpdateUsers,
			step: refused("* *", func(c *call) {
				c.answer()
				c.reply(c.status, object{"error": c.out["detail"]})
			}),
		},
		{
			ID: "wire.error-without-detail", Title: "leaves detail out of errors", Source: "scim-client.md §11: what an admin sees", Flow: CreateUsers,
			step: refused("* *", func(c *call) { delete(c.answer(), "detail") }),
		},
		{
			ID: "wire.error-without-schemas", Title: "leaves schemas out of errors", Source: "RFC 7644 §3.12", Flow: CreateUsers,
			step: refused("* *", func(c *call) { delete(c.answer(), "schemas") }),
		},
		{
			ID: "wire.error-without-status", Title: "leaves status out of errors", Source: "RFC 7644 §3.12; Okta's SPEC suite, steps 4, 11, 12", Flow: CreateUsers,
			step: refused("* *", func(c *call) { delete(c.answer(), "status") }),
		},
		{
			ID: "wire.error-status-differs", Title: "says another status inside an error than on its status line", Source: "RFC 7644 §3.12", Flow: CreateUsers,
			step: refused("* *", func(c *call) { c.answer()["status"] = "500" }),
		},
		{
			ID: "wire.error-status-number", Title: "answers the status inside an error as a number", Source: "RFC 7644 §3.12: a string", Flow: RFC,
			step: refused("* *", func(c *call) { c.answer()["status"] = float64(c.status) }),
		},
		{
			ID: "wire.refused-is-500", Title: "answers 500 where the request is at fault", Source: "RFC 7644 §3.12", Flow: RFC,
			step: refused("* *", func(c *call) {
				if c.status == 400 {
					c.refuse(500, "", "internal error")
				}
			}),
		},
		{
			ID: "wire.hangs-on-lookup", Title: "does not answer a lookup", Source: "scim-client.md §11: 60 s", Flow: CreateUsers,
			step: before("GET Users", func(c *call) {
				if c.query.Has("filter") {
					c.hang()
				}
			}),
		},
		{
			ID: "wire.hangs-on-create", Title: "creates a user and does not answer", Source: "Okta's FAQ", Flow: CreateUsers,
			step: after("POST Users", func(c *call) { c.hang() }),
		},
		{
			ID: "wire.hangs-on-large-group", Title: "does not answer a PATCH with a hundred members", Source: "Okta's FAQ; AWS IAM Identity Center", Flow: PushGroups,
			step: before("PATCH Groups/id", func(c *call) {
				if len(patchMembers(c)) >= 100 {
					c.hang()
				}
			}),
		},
		{
			ID: "wire.duplicate-members", Title: "repeats the member active of a user in one object", Source: "RFC 8259 §4", Flow: RFC,
			step: after("GET Users/id", func(c *call) { c.edit(`"active":`, `"active":false,"active":`) }),
		},
	}
}

func answerType(t string) step {
	return after("* *", func(c *call) {
		if c.header.Get("Content-Type") != "" {
			c.header.Set("Content-Type", t)
		}
	})
}

// patchMembers are the members in all operations of a PATCH.
func patchMembers(c *call) []any {
	var all []any
	for _, op := range objects(c.body()["Operations"]) {
		if l, ok := op["value"].([]any); ok {
			all = append(all, l...)
		}
		if o, ok := op["value"].(object); ok {
			all = append(all, list(o, "members")...)
		}
	}
	return all
}
