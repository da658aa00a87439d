package mapping

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// schemaDocument is what is read of GET /api/v1/meta/schemas/apps/{id}/default.
type schemaDocument struct {
	Definitions struct {
		Base   *schemaPart `json:"base"`
		Custom *schemaPart `json:"custom"`
	} `json:"definitions"`
}

type schemaPart struct {
	Properties map[string]schemaProperty `json:"properties"`
	Required   []string                  `json:"required"`
}

type schemaProperty struct {
	Required          bool   `json:"required"`
	ExternalName      string `json:"externalName"`
	ExternalNamespace string `json:"externalNamespace"`
}

// FromSchema reads an app's user schema. The error says why the text is none.
//
// A property goes where its external name and namespace say. A property without a
// namespace is not sent, as Okta does (support.okta.com, "Custom SCIM attribute is not
// available to map and is not sent to SCIM"); but where a whole schema knows no
// namespaces, the names of Okta's templates decide.
func FromSchema(schema []byte) (Mapping, error) {
	var doc schemaDocument
	if err := json.Unmarshal(schema, &doc); err != nil {
		return Mapping{}, fmt.Errorf("the app's user schema: %w", err)
	}
	if doc.Definitions.Base == nil && doc.Definitions.Custom == nil {
		return Mapping{}, errors.New("the app's user schema has no definitions")
	}
	properties := map[string]schemaProperty{}
	for _, part := range []*schemaPart{doc.Definitions.Base, doc.Definitions.Custom} {
		if part == nil {
			continue
		}
		for name, p := range part.Properties {
			p.Required = p.Required || slices.Contains(part.Required, name)
			properties[name] = p
		}
	}
	if len(properties) == 0 {
		return Mapping{}, errors.New("the app's user schema defines no attributes")
	}

	scim := false
	for _, p := range properties {
		scim = scim || p.ExternalNamespace != ""
	}
	b := builder{}
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		p := properties[name]
		if p.Required {
			b.m.required = append(b.m.required, name)
		}
		if scim {
			b.external(name, p)
		} else {
			b.byName(name)
		}
	}
	if b.m.userName == "" {
		b.m.userName = "userName"
	}
	return b.mapping(), nil
}

type builder struct{ m Mapping }

func (b *builder) note(format string, args ...any) {
	b.m.notes = append(b.m.notes, fmt.Sprintf(format, args...))
}

func (b *builder) external(name string, p schemaProperty) {
	external := p.ExternalName
	if external == "" {
		external = name
	}
	if isUserName(external) && (p.ExternalNamespace == "" || isCore(p.ExternalNamespace)) {
		b.m.userName = name
		return
	}
	if p.ExternalNamespace == "" {
		b.note("%s is not sent: it has no external namespace", name)
		return
	}
	path, err := Path(p.ExternalNamespace, external)
	if err != nil {
		b.note("%s is not sent: %v", name, err)
		return
	}
	if reserved(path) {
		b.note("%s is not sent: %s is not an attribute to map", name, path)
		return
	}
	b.add(attribute{property: name, path: path})
}

func (b *builder) byName(name string) {
	if isUserName(name) {
		b.m.userName = name
		return
	}
	i := slices.IndexFunc(templates(), func(t template) bool { return t.app == name || t.okta == name && t.constant == "" })
	if i < 0 {
		b.note("%s is not sent: the schema gives no external name and the name is none of Okta's templates", name)
		return
	}
	b.add(attribute{property: name, path: templates()[i].path})
}

func (b *builder) add(a attribute) {
	b.m.attributes = append(b.m.attributes, a)
}

// mapping sorts the attributes; of two with one path the first, by property name, stays.
func (b *builder) mapping() Mapping {
	slices.SortStableFunc(b.m.attributes, func(x, y attribute) int {
		return strings.Compare(strings.ToLower(x.path), strings.ToLower(y.path))
	})
	kept := b.m.attributes[:0]
	for _, a := range b.m.attributes {
		if n := len(kept); n > 0 && strings.EqualFold(kept[n-1].path, a.path) {
			b.note("%s is not sent: %s already goes to %s", a.property, kept[n-1].property, kept[n-1].path)
			continue
		}
		kept = append(kept, a)
	}
	b.m.attributes = kept
	slices.Sort(b.m.required)
	return b.m
}

func isUserName(name string) bool { return strings.EqualFold(name, "userName") }

// reserved are attributes that the protocol or the agent fills. help.okta.com says of
// "groups" that it must not be used as the name of a custom attribute.
func reserved(path string) bool {
	switch strings.ToLower(path) {
	case "id", "meta", "schemas", "externalid", "active", "groups", "password", "username":
		return true
	}
	return false
}
