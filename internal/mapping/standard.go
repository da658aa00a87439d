package mapping

import "github.com/oktascim/oktascim/agent/directory"

const enterpriseURN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

// template is one attribute of Okta's "SCIM 2.0 Test App" templates: the Okta user
// attribute that is mapped to it, the app's property and the SCIM path.
type template struct {
	okta, app, path string
	constant        directory.Value
}

// templates follows the default mapping of the templates as vendors' guides show it; the
// whole set is not documented.
func templates() []template {
	return []template{
		{"firstName", "givenName", "name.givenName", ""},
		{"lastName", "familyName", "name.familyName", ""},
		{"middleName", "middleName", "name.middleName", ""},
		{"honorificPrefix", "honorificPrefix", "name.honorificPrefix", ""},
		{"honorificSuffix", "honorificSuffix", "name.honorificSuffix", ""},
		{"email", "email", "emails[primary eq true].value", ""},
		{"email", "emailType", "emails[primary eq true].type", `"work"`},
		{"title", "title", "title", ""},
		{"displayName", "displayName", "displayName", ""},
		{"nickName", "nickName", "nickName", ""},
		{"profileUrl", "profileUrl", "profileUrl", ""},
		{"primaryPhone", "primaryPhone", "phoneNumbers[primary eq true].value", ""},
		{"primaryPhone", "primaryPhoneType", "phoneNumbers[primary eq true].type", `"work"`},
		{"streetAddress", "addressType", "addresses[primary eq true].type", `"work"`},
		{"streetAddress", "streetAddress", "addresses[primary eq true].streetAddress", ""},
		{"city", "locality", "addresses[primary eq true].locality", ""},
		{"state", "region", "addresses[primary eq true].region", ""},
		{"zipCode", "postalCode", "addresses[primary eq true].postalCode", ""},
		{"countryCode", "country", "addresses[primary eq true].country", ""},
		{"preferredLanguage", "preferredLanguage", "preferredLanguage", ""},
		{"locale", "locale", "locale", ""},
		{"timezone", "timezone", "timezone", ""},
		{"userType", "userType", "userType", ""},
		{"employeeNumber", "employeeNumber", enterpriseURN + ":employeeNumber", ""},
		{"costCenter", "costCenter", enterpriseURN + ":costCenter", ""},
		{"organization", "organization", enterpriseURN + ":organization", ""},
		{"division", "division", enterpriseURN + ":division", ""},
		{"department", "department", enterpriseURN + ":department", ""},
		{"managerId", "managerValue", enterpriseURN + ":manager.value", ""},
		{"manager", "managerDisplayName", enterpriseURN + ":manager.displayName", ""},
	}
}

// Standard maps an Okta user's own profile as Okta's templates do. The user name is the
// login; an e-mail is required, as the templates and Okta's own profile have it.
func Standard() Mapping {
	b := builder{}
	b.m.userName = "login"
	b.m.required = []string{"email", "login"}
	for _, t := range templates() {
		b.add(attribute{property: t.okta, path: t.path, constant: t.constant})
	}
	return b.mapping()
}
