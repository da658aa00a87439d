package oktasim

import (
	"slices"
	"strings"
)

// Namespaces of SCIM attributes.
const (
	coreURN       = "urn:ietf:params:scim:schemas:core:2.0:User"
	enterpriseURN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
)

// attribute is one property of an app's user schema and how Okta fills it.
type attribute struct {
	name, title       string
	kind              string // JSON type; string if empty
	externalName      string
	externalNamespace string
	required          bool
	// group says that the value may be set at a group assignment (a "group" attribute).
	group bool

	// from is the Okta attribute that is mapped to it, when says that the constant
	// stands there as soon as from has a value. Nothing is mapped if from is empty.
	from, constant string
	// rule and text replace both: an expression that was set over the API.
	rule oel
	text string
	// createOnly is pushStatus DONT_PUSH: mapped when the user is assigned, never again.
	createOnly bool
}

// mapped reports whether anything is mapped to the attribute.
func (p attribute) mapped() bool { return p.from != "" || p.rule != nil }

// expression is the mapping in Okta Expression Language.
func (p attribute) expression() string {
	if p.rule != nil {
		return p.text
	}
	if p.constant != "" {
		return "(user." + p.from + " != null && user." + p.from + " != '') ? '" + p.constant + "' : ''"
	}
	return "user." + p.from
}

// value maps a user's profile; nil if there is nothing.
func (p attribute) value(o *Org, u *user) any {
	if p.rule != nil {
		if v := p.rule(&oelScope{o, u}); v != "" {
			return v
		}
		return nil
	}
	v := u.profile[p.from]
	if p.from == "" || v == nil || v == "" {
		return nil
	}
	if p.constant != "" {
		return p.constant
	}
	return v
}

// standardAttributes is the schema of the "SCIM 2.0 Test App" templates. Names and
// external names follow what vendors' guides for such apps show; multi-valued ones have
// the form "emails.^[primary==true].value". The set and its order are not documented.
func standardAttributes() []attribute {
	core := func(name, title, external, from string) attribute {
		return attribute{name: name, title: title, externalName: external, externalNamespace: coreURN, from: from}
	}
	kind := func(a attribute, constant string) attribute { a.constant = constant; return a }
	need := func(a attribute) attribute { a.required = true; return a }
	ent := func(name, title, external, from string) attribute {
		return attribute{name: name, title: title, externalName: external, externalNamespace: enterpriseURN, from: from, group: true}
	}
	return []attribute{
		need(core("userName", "Username", "userName", "")),
		need(core("givenName", "Given name", "name.givenName", "firstName")),
		need(core("familyName", "Family name", "name.familyName", "lastName")),
		core("middleName", "Middle name", "name.middleName", "middleName"),
		core("honorificPrefix", "Honorific prefix", "name.honorificPrefix", "honorificPrefix"),
		core("honorificSuffix", "Honorific suffix", "name.honorificSuffix", "honorificSuffix"),
		core("email", "Primary email", "emails.^[primary==true].value", "email"),
		kind(core("emailType", "Primary email type", "emails.^[primary==true].type", "email"), "work"),
		core("title", "Title", "title", "title"),
		core("displayName", "Display name", "displayName", "displayName"),
		core("nickName", "Nickname", "nickName", "nickName"),
		core("profileUrl", "Profile URL", "profileUrl", "profileUrl"),
		core("primaryPhone", "Primary phone", "phoneNumbers.^[primary==true].value", "primaryPhone"),
		kind(core("primaryPhoneType", "Primary phone type", "phoneNumbers.^[primary==true].type", "primaryPhone"), "work"),
		kind(core("addressType", "Address type", "addresses.^[primary==true].type", "streetAddress"), "work"),
		core("streetAddress", "Street address", "addresses.^[primary==true].streetAddress", "streetAddress"),
		core("locality", "Locality", "addresses.^[primary==true].locality", "city"),
		core("region", "Region", "addresses.^[primary==true].region", "state"),
		core("postalCode", "Postal code", "addresses.^[primary==true].postalCode", "zipCode"),
		core("country", "Country", "addresses.^[primary==true].country", "countryCode"),
		core("preferredLanguage", "Preferred language", "preferredLanguage", "preferredLanguage"),
		core("locale", "Locale name", "locale", "locale"),
		core("timezone", "Time zone", "timezone", "timezone"),
		core("userType", "User type", "userType", "userType"),
		ent("employeeNumber", "Employee number", "employeeNumber", "employeeNumber"),
		ent("costCenter", "Cost center", "costCenter", "costCenter"),
		ent("organization", "Organization", "organization", "organization"),
		ent("division", "Division", "division", "division"),
		ent("department", "Department", "department", "department"),
		ent("managerValue", "Manager value", "manager.value", "managerId"),
		ent("managerDisplayName", "Manager display name", "manager.displayName", "manager"),
	}
}

type schemaProperty struct {
	Title             string            `json:"title"`
	Type              string            `json:"type"`
	Required          bool              `json:"required,omitzero"`
	ExternalName      string            `json:"externalName,omitzero"`
	ExternalNamespace string            `json:"externalNamespace,omitzero"`
	Scope             string            `json:"scope"`
	Master            map[string]string `json:"master"`
	Items             map[string]string `json:"items,omitzero"`
}

// getAppSchema is GET /meta/schemas/apps/{id}/default: userName in the base part, the
// rest in custom, as the templates have it.
func getAppSchema(c *call, a *app) (reply, *apiError) {
	base, custom := map[string]schemaProperty{}, map[string]schemaProperty{}
	baseNeeds, customNeeds := []string{}, []string{}
	for _, p := range a.attributes {
		s := schemaProperty{Title: p.title, Type: p.kind, Required: p.required, ExternalName: p.externalName,
			ExternalNamespace: p.externalNamespace, Scope: "NONE", Master: map[string]string{"type": "PROFILE_MASTER"}}
		if s.Type == "" {
			s.Type = "string"
		}
		if s.Type == "array" {
			s.Items = map[string]string{"type": "string"}
		}
		if !p.group {
			s.Scope = "SELF" // a personal attribute: it cannot be set at a group assignment
		}
		part, needs := custom, &customNeeds
		if p.name == "userName" {
			part, needs, s.Scope = base, &baseNeeds, "NONE"
		}
		part[p.name] = s
		if p.required {
			*needs = append(*needs, p.name)
		}
	}
	self := c.href("meta", "schemas", "apps", a.id, "default")
	return ok(map[string]any{
		"id": self, "$schema": "http://json-schema.org/draft-04/schema#",
		"name": a.label, "title": a.label + " User", "description": "", "type": "object",
		"created": stamp(a.created), "lastUpdated": stamp(a.updated),
		"definitions": map[string]any{
			"base":   map[string]any{"id": "#base", "type": "object", "properties": base, "required": baseNeeds},
			"custom": map[string]any{"id": "#custom", "type": "object", "properties": custom, "required": customNeeds},
		},
		"properties": map[string]any{"profile": map[string]any{"allOf": []map[string]string{{"$ref": "#/definitions/custom"}, {"$ref": "#/definitions/base"}}}},
		"_links":     links{"self": href{Href: self}},
	})
}

// The user name templates of Okta's list; any other is CUSTOM.
func templateType(template string) string {
	if slices.Contains([]string{"${source.login}", "${source.email}", `${fn:substringBefore(source.login, "@")}`, `${fn:substringBefore(source.email, "@")}`}, template) {
		return "BUILT_IN"
	}
	return "CUSTOM"
}

// userNameOf fills a user name template: ${source.attribute} and
// ${fn:substringBefore(source.attribute, "@")}. Anything else yields the login.
func userNameOf(template string, u *user) string {
	var out strings.Builder
	for rest := template; rest != ""; {
		before, inner, found := strings.Cut(rest, "${")
		out.WriteString(before)
		if !found {
			break
		}
		expr, after, closed := strings.Cut(inner, "}")
		if !closed {
			return u.login()
		}
		rest = after
		cut := false
		if arg, is := strings.CutPrefix(expr, "fn:substringBefore("); is {
			expr, cut = strings.TrimSuffix(arg, `, "@")`), true
		}
		name, is := strings.CutPrefix(expr, "source.")
		if !is {
			return u.login()
		}
		value := u.text(name)
		if cut {
			value, _, _ = strings.Cut(value, "@")
		}
		out.WriteString(value)
	}
	return out.String()
}
