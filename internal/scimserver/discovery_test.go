package scimserver_test

import (
	"net/http"
	"testing"

	"github.com/oktascim/oktascim/internal/scimserver"
)

// open is a connection that lets everybody in.
type open struct{}

func (open) Middleware(next http.Handler) http.Handler { return next }

func TestDiscoveryTellsWhatTheServerDoes(t *testing.T) {
	g := start(t, scimserver.Options{MaxPage: 7, Connection: open{}})
	c := g.do("GET", "/ServiceProviderConfig", "").want(200)
	c.is(`{"supported":true}`, "patch").is(`{"supported":true,"maxResults":7}`, "filter").is(`{"supported":true}`, "etag").
		is(`{"supported":true}`, "sort").is(`{"supported":true,"maxOperations":1000,"maxPayloadSize":8388608}`, "bulk").is(`{"supported":true}`, "changePassword").
		is(`"oauthbearertoken"`, "authenticationSchemes", 0, "type").is(`"httpbasic"`, "authenticationSchemes", 1, "type")

	types := g.do("GET", "/ResourceTypes", "").want(200).is(`2`, "totalResults").is(`2`, "itemsPerPage").is(`1`, "startIndex")
	for i := range 2 {
		name, _ := types.at("Resources", i, "id").(string)
		one := g.do("GET", "/ResourceTypes/"+name, "").want(200)
		one.is(`"`+g.url+`/ResourceTypes/`+name+`"`, "meta", "location")
		endpoint, _ := one.at("endpoint").(string)
		g.do("GET", endpoint, "").want(200)
		schema, _ := one.at("schema").(string)
		g.do("GET", "/Schemas/"+schema, "").want(200).is(`"`+schema+`"`, "id")
	}
	schemas := g.do("GET", "/Schemas", "").want(200).is(`3`, "totalResults")
	for i := range 3 {
		urn, _ := schemas.at("Resources", i, "id").(string)
		one := g.do("GET", "/Schemas/"+urn, "").want(200)
		one.is(`["urn:ietf:params:scim:schemas:core:2.0:Schema"]`, "schemas").is(`"`+g.url+`/Schemas/`+urn+`"`, "meta", "location")
	}
	g.do("GET", "/Schemas/urn:nothing", "").refused(404, "", "urn:nothing")
	g.do("GET", "/ResourceTypes/Nothing", "").refused(404, "", "Nothing")
	g.do("GET", "/Schemas?filter=id+pr", "").refused(403, "", "filtered")
	for _, path := range []string{"/ServiceProviderConfig", "/Schemas", "/ResourceTypes"} {
		g.do("POST", path, `{}`).refused(405, "", "GET")
	}
	g.do("GET", "/ServiceProviderConfig/x", "").refused(404, "", "path")
}

// What /Schemas says of an attribute is tried out, attribute by attribute.
func TestEveryAttributeBehavesAsItsSchemaSays(t *testing.T) {
	g := start(t, scimserver.Options{})
	path := "/Users/" + g.user("ada@x.test", "")
	example := map[string]string{"string": `"x"`, "boolean": `true`, "reference": `"https://x.test/"`, "binary": `"eA=="`, "dateTime": `"2026-01-02T15:04:05Z"`}
	for _, prefix := range []string{"", enterpriseURN + ":"} {
		urn := userURN
		if prefix != "" {
			urn = enterpriseURN
		}
		schema := g.do("GET", "/Schemas/"+urn, "").want(200)
		attributes, _ := schema.at("attributes").([]any)
		if len(attributes) == 0 {
			t.Fatal("no attributes")
		}
		for i := range attributes {
			name, _ := schema.at("attributes", i, "name").(string)
			kind, _ := schema.at("attributes", i, "type").(string)
			value := example[kind]
			if kind == "complex" {
				sub, _ := schema.at("attributes", i, "subAttributes", 0, "name").(string)
				subType, _ := schema.at("attributes", i, "subAttributes", 0, "type").(string)
				value = `{"` + sub + `":` + example[subType] + `}`
				if schema.at("attributes", i, "multiValued") == true {
					value = `[` + value + `]`
				}
			}
			a := g.patch(path, `{"op":"replace","path":"`+prefix+name+`","value":`+value+`}`)
			if schema.at("attributes", i, "mutability") == "readOnly" {
				a.refused(400, "mutability", name)
				continue
			}
			a.want(200)
			shown := []any{name}
			if prefix != "" {
				shown = []any{enterpriseURN, name}
			}
			if schema.at("attributes", i, "returned") == "never" {
				value = `null`
			}
			a.is(value, shown...)
			a = g.patch(path, `{"op":"remove","path":"`+prefix+name+`"}`)
			if schema.at("attributes", i, "required") == true || name == "active" {
				a.refused(400, "mutability", name)
			} else {
				a.want(200).is(`null`, shown...)
			}
		}
	}
}

func TestLocationsFollowTheExternalURL(t *testing.T) {
	g := start(t, scimserver.Options{ExternalURL: "https://scim.acme.test/", BasePath: "scim/v2/"})
	id := g.user("ada@x.test", "")
	g.do("GET", "/Users/"+id, "").is(`"https://scim.acme.test/scim/v2/Users/`+id+`"`, "meta", "location")
}
