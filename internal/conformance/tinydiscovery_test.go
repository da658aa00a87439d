package conformance_test

import "net/http"

// tinyRole is an entitlement, as Okta's guide has them.
const tinyRole = "urn:okta:scim:schemas:core:1.0:Role"

// discovery answers /ResourceTypes and /Schemas.
func (s *tiny) discovery(w http.ResponseWriter, kind string) {
	var all []any
	switch {
	case kind == "ResourceTypes" && s.is("resource-types-500"):
		s.fail(w, 500, "", "out of order")
		return
	case kind == "ResourceTypes" && s.is("resource-types-empty"):
	case kind == "ResourceTypes":
		team := record{"id": "Group", "name": "Group", "endpoint": "/Groups", "schema": tinyGroup}
		if s.is("resource-type-endpoint-404") {
			team["endpoint"] = "/Teams"
		}
		all = []any{
			record{
				"id": "User", "name": "User", "endpoint": "/Users", "schema": tinyUser,
				"schemaExtensions": []any{record{"schema": tinyEnterprise, "required": false}},
			},
			team,
			record{"id": "Role", "name": "Role", "endpoint": "/Roles", "schema": tinyRole},
		}
	default:
		for _, urn := range []string{tinyUser, tinyGroup, tinyEnterprise, tinyRole} {
			if !s.is("schemas-without-extensions") || urn != tinyEnterprise {
				all = append(all, record{"id": urn, "name": urn, "attributes": []any{record{"name": "anything", "type": "string"}}})
			}
		}
	}
	s.send(w, 200, s.listOf(all, len(all), 1, 100))
}
