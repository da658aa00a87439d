package faults

import (
	"net/http"
	"strings"
)

// discoveryFaults are those of what a server says of itself.
func discoveryFaults() []Fault {
	documents := "ServiceProviderConfig,ResourceTypes*,Schemas*"
	config := func(f func(o object)) step {
		return after("GET ServiceProviderConfig", func(c *call) { f(c.answer()) })
	}
	gone := func(endpoint string) step {
		return before("* "+endpoint, func(c *call) { c.refuse(404, "", "no such route") })
	}
	types := func(f func(o object)) step { return after("GET ResourceTypes*", func(c *call) { c.each(f) }) }
	schemas := func(f func(o object)) step { return after("GET Schemas*", func(c *call) { c.each(f) }) }
	attribute := func(name string, f func(a object)) step {
		return schemas(func(s object) {
			for _, a := range objects(s["attributes"]) {
				if a["name"] == name {
					f(a)
				}
			}
		})
	}
	return []Fault{
		{ID: "discovery.no-config", Title: "has no ServiceProviderConfig", Source: "RFC 7644 §4", Flow: RFC, step: gone("ServiceProviderConfig")},
		{ID: "discovery.no-resource-types", Title: "has no ResourceTypes", Source: "RFC 7644 §4", Flow: RFC, step: gone("ResourceTypes*")},
		{ID: "discovery.no-schemas", Title: "has no Schemas", Source: "RFC 7644 §4", Flow: RFC, step: gone("Schemas*")},
		{
			ID: "discovery.config-in-a-list", Title: "answers ServiceProviderConfig as a list", Source: "RFC 7644 §4", Flow: RFC,
			step: after("GET ServiceProviderConfig", func(c *call) {
				l := emptyList()
				keep(l, []object{c.answer()})
				c.reply(200, l)
			}),
		},
		{
			ID: "discovery.without-patch", Title: "leaves patch out of ServiceProviderConfig", Source: "RFC 7643 §5: required", Flow: RFC,
			step: config(func(o object) { delete(o, "patch") }),
		},
		{
			ID: "discovery.supported-string", Title: "says supported as a string", Source: "RFC 7643 §5: boolean", Flow: RFC,
			step: config(func(o object) {
				for _, name := range []string{"patch", "bulk", "filter", "sort", "etag", "changePassword"} {
					sub(o, name)["supported"] = "true"
				}
			}),
		},
		{
			ID: "discovery.max-results-missing", Title: "leaves filter.maxResults out", Source: "RFC 7643 §5: required", Flow: RFC,
			step: config(func(o object) { delete(sub(o, "filter"), "maxResults") }),
		},
		{
			ID: "discovery.no-authentication-schemes", Title: "leaves authenticationSchemes out", Source: "RFC 7643 §5: required", Flow: RFC,
			step: config(func(o object) { delete(o, "authenticationSchemes") }),
		},
		{
			ID: "discovery.config-schema", Title: "labels ServiceProviderConfig with another schema", Source: "RFC 7643 §5", Flow: RFC,
			step: config(func(o object) { o["schemas"] = []any{"urn:scim:schemas:core:1.0"} }),
		},
		{
			ID: "discovery.filter-ignored", Title: "ignores the filter of a discovery document", Source: "RFC 7644 §4: 403", Flow: RFC,
			step: before("GET "+documents, func(c *call) { c.query.Del("filter") }),
		},
		{
			ID: "discovery.one-type-404", Title: "lists resource types, but does not show one by name", Source: "RFC 7644 §4", Flow: RFC,
			step: gone("ResourceTypes/id"),
		},
		{
			ID: "discovery.one-schema-404", Title: "lists schemas, but does not show one by URN", Source: "RFC 7644 §4", Flow: RFC,
			step: gone("Schemas/id"),
		},
		{
			ID: "discovery.unknown-schema-200", Title: "answers 200 and an empty list to a schema that does not exist", Source: "RFC 7644 §4", Flow: RFC,
			step: refused("GET Schemas/id,ResourceTypes/id", func(c *call) { c.reply(200, emptyList()) }),
		},
		{
			ID: "discovery.bare-schemas", Title: "answers schemas as a bare array", Source: "RFC 7644 §4", Flow: RFC,
			step: after("GET Schemas,ResourceTypes", func(c *call) {
				inner := text(object{"a": c.answer()["Resources"]})
				c.say(200, mediaType, string(inner[len(`{"a":`):len(inner)-1]))
			}),
		},
		{
			ID: "discovery.total-wrong", Title: "says a totalResults of schemas that is not their number", Source: "RFC 7644 §3.4.2", Flow: RFC,
			step: after("GET Schemas,ResourceTypes", func(c *call) { c.answer()["totalResults"] = 100.0 }),
		},
		{
			ID: "discovery.type-endpoint-wrong", Title: "says an endpoint of users that does not exist", Source: "RFC 7643 §6", Flow: RFC,
			step: types(func(t object) { changed(t, "endpoint", func(s string) string { return strings.TrimSuffix(s, "s") }) }),
		},
		{
			ID: "discovery.user-name-not-required", Title: "says that userName is not required", Source: "RFC 7643 §8.7.1", Flow: RFC,
			step: attribute("userName", func(a object) { a["required"] = false }),
		},
		{
			ID: "discovery.user-name-not-unique", Title: "says that userName is not unique", Source: "RFC 7643 §8.7.1", Flow: RFC,
			step: attribute("userName", func(a object) { a["uniqueness"] = "none" }),
		},
		{
			ID: "discovery.user-name-case-exact", Title: "says that the case of userName counts", Source: "RFC 7643 §8.7.1", Flow: RFC,
			step: attribute("userName", func(a object) { a["caseExact"] = true }),
		},
		{
			ID: "discovery.password-returned", Title: "says that the password is returned", Source: "RFC 7643 §8.7.1", Flow: RFC,
			step: attribute("password", func(a object) { a["returned"] = "default" }),
		},
		{
			ID: "discovery.attribute-without-type", Title: "leaves type out of attributes", Source: "RFC 7643 §7", Flow: RFC,
			step: schemas(func(s object) {
				for _, a := range objects(s["attributes"]) {
					delete(a, "type")
				}
			}),
		},
		{
			ID: "discovery.attribute-flags-missing", Title: "leaves mutability and returned out of attributes", Source: "RFC 7643 §7", Flow: RFC,
			step: schemas(func(s object) {
				for _, a := range objects(s["attributes"]) {
					delete(a, "mutability")
					delete(a, "returned")
				}
			}),
		},
		{
			ID: "discovery.emails-single", Title: "says that emails is no list", Source: "RFC 7643 §8.7.1", Flow: RFC,
			step: attribute("emails", func(a object) { a["multiValued"] = false }),
		},
		{
			ID: "discovery.needs-a-token-of-its-own", Title: "answers discovery documents with 500", Source: "RFC 7644 §4", Flow: RFC,
			step: before("GET "+documents, func(c *call) { c.refuse(http.StatusInternalServerError, "", "internal error") }),
		},
	}
}
