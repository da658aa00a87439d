package oktasim

import (
	"maps"
	"slices"
)

// schemaID is the id of the org's user schema: that of the user type with another
// prefix.
func (o *Org) schemaID() string { return schemaOf(o.userType) }

func schemaOf(userType string) string { return prefixSchema + userType[len(prefixSchema):] }

// getUserSchema is GET /meta/schemas/user/{default or id}.
func getUserSchema(c *call) (reply, *apiError) {
	id := c.arg("schema")
	if id != "default" && id != c.org.schemaID() {
		return reply{}, notFound(id, "UserSchema")
	}
	base, custom := map[string]schemaProperty{}, map[string]schemaProperty{}
	property := func(name string, required bool) schemaProperty {
		return schemaProperty{Title: name, Type: "string", Required: required, Scope: "NONE", Master: map[string]string{"type": "PROFILE_MASTER"}}
	}
	required := []string{"login", "firstName", "lastName", "email"}
	for _, name := range baseAttributes() {
		base[name] = property(name, slices.Contains(required, name))
	}
	for name := range maps.Keys(c.org.custom) {
		custom[name] = property(name, false)
	}
	self := c.href("meta", "schemas", "user", c.org.schemaID())
	return ok(map[string]any{
		"id": self, "$schema": "http://json-schema.org/draft-04/schema#", "name": "user", "title": "User",
		"description": "Okta user profile template with default permission settings", "type": "object",
		"definitions": map[string]any{
			"base":   map[string]any{"id": "#base", "type": "object", "properties": base, "required": required},
			"custom": map[string]any{"id": "#custom", "type": "object", "properties": custom, "required": []string{}},
		},
		"properties": map[string]any{"profile": map[string]any{"allOf": []map[string]string{{"$ref": "#/definitions/custom"}, {"$ref": "#/definitions/base"}}}},
		"_links":     links{"self": href{Href: self}, "type": href{Href: c.href("meta", "types", "user", c.org.userType)}},
	})
}
