package faults

import (
	"fmt"
	"strings"
)

// listFaults are those of the envelope of a list.
func listFaults() []Fault {
	empty := func(c *call) bool {
		return c.answer()["Resources"] != nil && number(c.answer()["totalResults"]) == 0
	}
	const noResults = "support.okta.com okta-scim-connector-error-no-results-for-users-returned-when-testing-connection"
	return []Fault{
		{
			ID: "list.empty-is-no-body", Title: "answers a list without a hit with 200 and no body", Source: noResults, Flow: TestCredentials,
			step: lists(func(c *call, _ object) {
				if empty(c) {
					c.say(200, mediaType, "")
				}
			}),
		},
		{
			ID: "list.empty-is-null", Title: "answers a list without a hit with null", Source: noResults, Flow: TestCredentials,
			step: lists(func(c *call, _ object) {
				if empty(c) {
					c.say(200, mediaType, "null")
				}
			}),
		},
		{
			ID: "list.empty-is-array", Title: "answers a list without a hit with a bare []", Source: noResults, Flow: TestCredentials,
			step: lists(func(c *call, _ object) {
				if empty(c) {
					c.say(200, mediaType, "[]")
				}
			}),
		},
		{
			ID: "list.empty-without-resources", Title: "leaves Resources out of a list without a hit", Source: noResults + "; jelhub/scimgateway", Flow: TestCredentials,
			step: lists(func(c *call, l object) {
				if empty(c) {
					delete(l, "Resources")
				}
			}),
		},
		{
			ID: "list.empty-resources-null", Title: "has Resources null in a list without a hit", Source: noResults, Flow: TestCredentials,
			step: lists(func(c *call, l object) {
				if empty(c) {
					l["Resources"] = nil
				}
			}),
		},
		{
			ID: "list.empty-is-404", Title: "answers a list without people with 404", Source: "scim-client.md §2: saving fails", Flow: TestCredentials,
			step: lists(func(c *call, _ object) {
				if empty(c) && !c.query.Has("filter") {
					c.refuse(404, "", "no users")
				}
			}),
		},
		{
			ID: "list.bare-array", Title: "answers a list as a bare array", Source: noResults, Flow: TestCredentials,
			step: lists(func(c *call, l object) {
				inner := text(object{"a": l["Resources"]})
				c.say(200, mediaType, string(inner[len(`{"a":`):len(inner)-1]))
			}),
		},
		{
			ID: "list.without-resources", Title: "names the array of a list Users or Groups in place of Resources", Source: "RFC 7644 §3.4.2", Flow: ImportUsers,
			step: lists(func(c *call, l object) {
				l[c.endpoint] = l["Resources"]
				delete(l, "Resources")
			}),
		},
		{
			ID: "list.start-index-string", Title: `answers startIndex as a string`, Source: "support.okta.com question 0D54z0000A4i091CQA", Flow: CreateUsers,
			step: lists(func(_ *call, l object) { l["startIndex"] = fmt.Sprint(l["startIndex"]) }),
		},
		{
			ID: "list.total-string", Title: `answers totalResults as a string`, Source: "support.okta.com question 0D54z0000A4i091CQA", Flow: CreateUsers,
			step: lists(func(_ *call, l object) { l["totalResults"] = fmt.Sprint(l["totalResults"]) }),
		},
		{
			ID: "list.items-per-page-string", Title: `answers itemsPerPage as a string`, Source: "scim-client.md §9", Flow: ImportUsers,
			step: lists(func(_ *call, l object) { l["itemsPerPage"] = fmt.Sprint(l["itemsPerPage"]) }),
		},
		{
			ID: "list.group-total-string", Title: `answers totalResults of groups as a string`, Source: "scim-client.md §9", Flow: ImportGroups,
			step: lists(func(c *call, l object) {
				if c.endpoint == "Groups" {
					l["totalResults"] = fmt.Sprint(l["totalResults"])
				}
			}),
		},
		{
			ID: "list.without-total", Title: "leaves totalResults out", Source: "RFC 7644 §3.4.2", Flow: ImportUsers,
			step: lists(func(_ *call, l object) { delete(l, "totalResults") }),
		},
		{
			ID: "list.without-start-index", Title: "leaves startIndex out of a page", Source: "scim-client.md §2", Flow: ImportUsers,
			step: lists(func(_ *call, l object) { delete(l, "startIndex") }),
		},
		{
			ID: "list.without-items-per-page", Title: "leaves itemsPerPage out of a page", Source: "scim-client.md §2", Flow: ImportUsers,
			step: lists(func(_ *call, l object) { delete(l, "itemsPerPage") }),
		},
		{
			ID: "list.without-schemas", Title: "leaves schemas out of a list", Source: "RFC 7644 §3.4.2; Okta's SPEC suite, step 1", Flow: TestCredentials,
			step: lists(func(_ *call, l object) { delete(l, "schemas") }),
		},
		{
			ID: "list.wrong-schema", Title: "labels a list with the schema of a user", Source: "RFC 7644 §3.4.2; Okta's SPEC suite, step 1", Flow: TestCredentials,
			step: lists(func(_ *call, l object) { l["schemas"] = []any{userSchema} }),
		},
		{
			ID: "list.scim1-schema", Title: "labels a list with the schema of SCIM 1.1", Source: "RFC 7644 §3.4.2", Flow: TestCredentials,
			step: lists(func(_ *call, l object) { l["schemas"] = []any{"urn:scim:schemas:core:1.0"} }),
		},
		{
			ID: "list.status-201", Title: "answers a list with 201", Source: "scim-client.md §2", Flow: TestCredentials,
			step: lists(func(c *call, _ object) { c.status = 201 }),
		},
		{
			ID: "list.users-without-id", Title: "leaves id out of the users of a list", Source: "RFC 7643 §3.1; scim-client.md §12", Flow: ImportUsers,
			step: lists(func(c *call, l object) {
				for _, u := range objects(l["Resources"]) {
					delete(u, "id")
				}
			}),
		},
		{
			ID: "list.ids-as-numbers", Title: "answers ids of a list as numbers", Source: "RFC 7643 §3.1", Flow: ImportUsers,
			step: lists(func(_ *call, l object) {
				for i, u := range objects(l["Resources"]) {
					u["id"] = float64(i + 1)
				}
			}),
		},
		{
			ID: "list.users-without-emails", Title: "leaves emails out of the users of a list, not of one user", Source: "scim-client.md §9: import needs them", Flow: ImportUsers,
			step: lists(func(c *call, l object) {
				for _, u := range objects(l["Resources"]) {
					delete(u, "emails")
				}
			}),
		},
		{
			ID: "list.users-without-name", Title: "leaves name out of the users of a list, not of one user", Source: "scim-client.md §9: import needs it", Flow: ImportUsers,
			step: lists(func(_ *call, l object) {
				for _, u := range objects(l["Resources"]) {
					delete(u, "name")
				}
			}),
		},
		{
			ID: "list.users-without-active", Title: "leaves active out of the users of a list", Source: "scim-client.md §9: inactive ones are skipped", Flow: ImportUsers,
			step: lists(func(_ *call, l object) {
				for _, u := range objects(l["Resources"]) {
					delete(u, "active")
				}
			}),
		},
		{
			ID: "list.everybody-active", Title: "shows everybody as active in a list", Source: "scim-client.md §6 and §9", Flow: ReactivateUsers,
			step: lists(func(c *call, l object) {
				for _, u := range objects(l["Resources"]) {
					if c.endpoint == "Users" {
						u["active"] = true
					}
				}
			}),
		},
		{
			ID: "list.without-extension", Title: "leaves extensions out of the users of a list", Source: "scim-client.md §8 and §9", Flow: ImportUsers,
			step: lists(func(_ *call, l object) {
				for _, u := range objects(l["Resources"]) {
					for name := range u {
						if strings.HasPrefix(name, "urn:") {
							delete(u, name)
						}
					}
				}
			}),
		},
		{
			ID: "list.stubs", Title: "lists only id and userName or displayName", Source: "scim-client.md §9", Flow: ImportUsers,
			step: lists(func(_ *call, l object) {
				for _, u := range objects(l["Resources"]) {
					for name := range u {
						switch name {
						case "id", "userName", "displayName", "schemas", "meta":
						default:
							delete(u, name)
						}
					}
				}
			}),
		},
	}
}
