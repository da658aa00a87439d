// Package mapping turns an Okta profile into SCIM attributes.
//
// With an app, Okta has evaluated the expressions already: the app user's profile holds
// the values, and the app's user schema says under which SCIM name each of them goes
// ([FromSchema]). Without an app the profile is the Okta user's, and the names are those
// of Okta's "SCIM 2.0 Test App" templates ([Standard]).
package mapping

import (
	"slices"

	"github.com/oktascim/oktascim/agent/directory"
)

// Mapping says which property of a profile goes under which attribute path. The zero
// value maps nothing.
type Mapping struct {
	// attributes are sorted by path without case, each path once.
	attributes []attribute
	userName   string   // the property that holds the user name
	required   []string // properties that must have a value, sorted
	notes      []string
}

type attribute struct {
	property string
	path     string
	// constant stands in place of the property's value as soon as that has one.
	constant directory.Value
}

// Attributes maps a profile. Every mapped attribute is listed, those without a value
// with an empty one, sorted by path. userName is empty if the profile holds none: Okta
// keeps an app user's name beside the profile (credentials.userName), and the caller
// decides. Problems name the required properties that have no value.
func (m Mapping) Attributes(profile map[string]any) (attributes directory.Attributes, userName string, problems []string) {
	attributes = make(directory.Attributes, 0, len(m.attributes))
	for _, a := range m.attributes {
		value := directory.Canonical(profile[a.property])
		if value != "" && a.constant != "" {
			value = a.constant
		}
		attributes = append(attributes, directory.Attribute{Path: a.path, Value: value})
	}
	for _, property := range m.required {
		if property != m.userName && directory.Canonical(profile[property]) == "" {
			problems = append(problems, "has no "+called(property)+", which the app requires")
		}
	}
	userName, _ = profile[m.userName].(string)
	return attributes, userName, problems
}

// Paths are the attribute paths, sorted.
func (m Mapping) Paths() []string {
	paths := make([]string, 0, len(m.attributes))
	for _, a := range m.attributes {
		paths = append(paths, a.path)
	}
	return paths
}

// Notes say which properties of the schema are not sent, and why. Nothing is wrong with
// most of them, but an admin who misses an attribute in the target finds the reason here.
func (m Mapping) Notes() []string { return slices.Clone(m.notes) }

func called(property string) string {
	if property == "email" {
		return "e-mail"
	}
	return property
}
