package scimserver

import (
	"embed"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
)

// The schemas are data: one JSON document each, in the form that /Schemas
// answers (RFC 7643 §7). Everything the server does with an attribute —
// validation, filters, PATCH, what is returned — follows from them.
//
//go:embed schemas/*.json
var schemaFiles embed.FS

// The values of an attribute's characteristics that the code asks about
// (RFC 7643 §7); a schema with any other is refused when it is loaded.
const (
	typeString    = "string"
	typeBoolean   = "boolean"
	typeDecimal   = "decimal"
	typeInteger   = "integer"
	typeDateTime  = "dateTime"
	typeBinary    = "binary"
	typeReference = "reference"
	typeComplex   = "complex"
	// typeAny is no SCIM type: it stands for what lies under a URN that the
	// server has no schema for.
	typeAny = ""

	readOnly  = "readOnly"
	readWrite = "readWrite"
	immutable = "immutable"
	writeOnly = "writeOnly"

	returnedAlways  = "always"
	returnedDefault = "default"
	returnedRequest = "request"
	returnedNever   = "never"
)

// schema is one schema document.
type schema struct {
	ID          string       `json:"id"`
	Name        string       `json:"name"`
	Description string       `json:"description"`
	Attributes  []*attribute `json:"attributes"`

	index map[string]int // folded name to position in Attributes
	raw   []byte         // the document as it is
	// required tells that each resource must have this extension.
	required bool
}

// attribute is the definition of an attribute or sub-attribute.
type attribute struct {
	Name            string       `json:"name"`
	Type            string       `json:"type"`
	MultiValued     bool         `json:"multiValued"`
	Description     string       `json:"description"`
	Required        bool         `json:"required"`
	CanonicalValues []string     `json:"canonicalValues"` // suggestions, see reference.go
	CaseExact       bool         `json:"caseExact"`
	Mutability      string       `json:"mutability"`
	Returned        string       `json:"returned"`
	Uniqueness      string       `json:"uniqueness"`
	ReferenceTypes  []string     `json:"referenceTypes"`
	SubAttributes   []*attribute `json:"subAttributes"`

	index map[string]int // folded name to position in SubAttributes
	// unbounded lifts maxValues, for values that are kept as memberships.
	unbounded bool
	// sealed tells that a hash is kept in place of the value, see secret.go.
	sealed bool
	// endpoints are where it may refer to, "Users"; none: to anything.
	endpoints []string
	// partial tells that some sub-attribute is not returned as by default.
	partial bool
}

// Extension is a schema of your own, for what a resource has under its URN.
type Extension struct {
	ResourceType string // "User" or "Group"
	Required     bool   // each resource must have it
	// Document is the schema as /Schemas answers it (RFC 7643 §7). Uniqueness
	// "server" is for attributes with one value, of type string or reference.
	Document []byte
}

// generic is the definition assumed for a name below a URN without schema:
// anything goes, compared without case (the default of RFC 7643 §2.2).
func generic(name string) *attribute {
	return &attribute{Name: name, Type: typeAny, Mutability: readWrite, Returned: returnedDefault}
}

// secret tells whether the value is stored as a hash only.
func (a *attribute) secret() bool {
	return a.Mutability == writeOnly && a.Returned == returnedNever
}

// sub returns the sub-attribute with that name, matched without case; below
// a generic attribute there is one for every name. nil if there is none.
func (a *attribute) sub(name string) *attribute {
	if a.Type == typeAny {
		return generic(name)
	}
	if i, ok := a.index[foldASCII(name)]; ok {
		return a.SubAttributes[i]
	}
	return nil
}

// attribute returns the attribute with that name, matched without case, or nil.
func (s *schema) attribute(name string) *attribute {
	if i, ok := s.index[foldASCII(name)]; ok {
		return s.Attributes[i]
	}
	return nil
}

// kind is a resource type (RFC 7643 §6) and what the server has to know about
// it beyond its schemas.
type kind struct {
	name, endpoint, description string
	common, core                *schema
	extensions                  []*schema

	// fields are the top-level attributes, common ones first.
	fields []*attribute
	// indexed are the attributes for which an eq lookup does not scan. An
	// attribute with uniqueness "server" must be among them.
	indexed []*attribute
	// urns gives the extension that an indexed attribute is of, if it is of one.
	urns map[*attribute]string
	// members holds other resources, memberOf mirrors it; nil if there is none.
	members, memberOf *attribute
	// defaults is what a create fills in. An attribute in it cannot be
	// unassigned, and a PUT that leaves it out leaves it as it is: a
	// deactivated user must not come back because a client forgot a word.
	defaults map[*attribute]any
}

// registry holds what [loadRegistry] made of the schema documents.
type registry struct {
	kinds   []*kind
	schemas []*schema // those that /Schemas lists
}

// kind returns the kind with that name, or nil.
func (r *registry) kind(name string) *kind {
	for _, k := range r.kinds {
		if k.name == name {
			return k
		}
	}
	return nil
}

// CheckExtensions tells what is wrong with schemas, and in which; nil is nothing.
func CheckExtensions(list ...Extension) error {
	_, err := loadRegistry(list...)
	return err
}

// mustLoadRegistry is [loadRegistry] for documents that the tests have loaded.
func mustLoadRegistry(extensions ...Extension) *registry {
	r, err := loadRegistry(extensions...)
	if err != nil {
		panic("scimserver: " + err.Error())
	}
	return r
}

// loadRegistry reads the embedded schemas and adds extensions. An error is a
// mistake in a document; those of the embedded ones the tests of this package
// find.
func loadRegistry(extensions ...Extension) (*registry, error) {
	load := func(file string) (*schema, error) {
		raw, err := schemaFiles.ReadFile("schemas/" + file + ".json")
		if err != nil {
			return nil, err
		}
		s, err := loadSchema(raw, false)
		if err != nil {
			return nil, fmt.Errorf("schema %s: %w", file, err)
		}
		return s, nil
	}
	var loaded [4]*schema
	for i, file := range []string{"common", "user", "group", "enterprise_user"} {
		s, err := load(file)
		if err != nil {
			return nil, err
		}
		loaded[i] = s
	}
	common, user, group, enterprise := loaded[0], loaded[1], loaded[2], loaded[3]
	users := &kind{
		name: "User", endpoint: "/Users", description: "A person's account.",
		common: common, core: user, extensions: []*schema{enterprise},
		memberOf: user.attribute("groups"),
		defaults: map[*attribute]any{user.attribute("active"): true},
		indexed:  []*attribute{common.attribute("externalId"), user.attribute("userName"), user.attribute("displayName")},
	}
	groups := &kind{
		name: "Group", endpoint: "/Groups", description: "A group of users and groups.",
		common: common, core: group,
		members: group.attribute("members"),
		indexed: []*attribute{common.attribute("externalId"), group.attribute("displayName")},
	}
	groups.members.unbounded = true
	r := &registry{kinds: []*kind{users, groups}, schemas: []*schema{user, group, enterprise}}
	for _, x := range extensions {
		if err := r.extend(x); err != nil {
			return nil, err
		}
	}
	for _, k := range r.kinds {
		for _, s := range append([]*schema{k.common, k.core}, k.extensions...) {
			r.bindReferences(s.Attributes)
		}
		k.fields = slices.Concat(k.common.Attributes, k.core.Attributes)
		for _, a := range k.fields {
			if a.Uniqueness == "server" && a.Mutability != readOnly && !slices.Contains(k.indexed, a) {
				return nil, fmt.Errorf("%s.%s is unique but has no index", k.name, a.Name)
			}
		}
	}
	return r, nil
}

// extend adds a schema of somebody else.
func (r *registry) extend(x Extension) error {
	s, err := loadSchema(x.Document, true)
	if err != nil {
		return fmt.Errorf("extension of %s: %w", x.ResourceType, err)
	}
	k := r.kind(x.ResourceType)
	switch {
	case k == nil:
		return fmt.Errorf("extension %s: there is no resource type %q", s.ID, x.ResourceType)
	case !isURN(s.ID) || slices.ContainsFunc(r.schemas, func(o *schema) bool { return strings.EqualFold(o.ID, s.ID) }):
		return fmt.Errorf("extension %q: its id must be a URN that no other schema has", s.ID)
	}
	for _, a := range s.Attributes {
		if a.Uniqueness != "server" && a.Uniqueness != "global" {
			continue
		}
		if a.MultiValued || a.sealed || a.Type != typeString && a.Type != typeReference {
			return fmt.Errorf("extension %s: %s cannot be unique; only one string can that is no secret", s.ID, a.Name)
		}
		a.Uniqueness = "server"
		if k.urns == nil {
			k.urns = map[*attribute]string{}
		}
		k.urns[a] = s.ID
		k.indexed = append(k.indexed, a)
	}
	s.required = x.Required
	k.extensions = append(k.extensions, s)
	r.schemas = append(r.schemas, s)
	return nil
}

// indexedValue gives the value of an indexed attribute; ok is false without one.
func (k *kind) indexedValue(attrs *object, a *attribute) (value string, ok bool) {
	if urn := k.urns[a]; urn != "" {
		attrs, _ = attrs.get(urn).(*object)
	}
	value, ok = attrs.get(a.Name).(string)
	return value, ok
}

// checkRequired refuses attributes that lack what each resource must have.
// Core attributes cannot be lost, see [draft.change].
func (k *kind) checkRequired(attrs *object) *scimError {
	for _, x := range k.extensions {
		o, _ := attrs.get(x.ID).(*object)
		if o == nil {
			if x.required {
				return refuse(invalidValue, "/%s: is required", x.ID)
			}
			continue
		}
		for _, a := range x.Attributes {
			if a.Required && a.Mutability != readOnly && unassigned(o.get(a.Name)) {
				return refuse(invalidValue, "/%s/%s: is required", x.ID, a.Name)
			}
		}
	}
	return nil
}

// loadSchema reads a schema. With sealing, its secrets are kept as hashes in
// their places; password, the one of the core schema, has a place of its own.
func loadSchema(raw []byte, sealing bool) (*schema, error) {
	s := &schema{raw: raw}
	err := json.Unmarshal(raw, s, json.RejectUnknownMembers(true))
	if err != nil {
		return nil, err
	}
	if sealing {
		seal(s.Attributes, false)
	}
	s.index, err = indexAttributes(s.Attributes)
	return s, err
}

// indexAttributes checks definitions and prepares their lookup by name.
func indexAttributes(list []*attribute) (map[string]int, error) {
	index := make(map[string]int, len(list))
	for i, a := range list {
		fold := foldASCII(a.Name)
		if _, twice := index[fold]; twice {
			return nil, fmt.Errorf("attribute %s is defined twice", a.Name)
		}
		index[fold] = i
		known := slices.Contains([]string{typeString, typeBoolean, typeDecimal, typeInteger, typeDateTime, typeBinary, typeReference, typeComplex}, a.Type) &&
			slices.Contains([]string{readOnly, readWrite, immutable, writeOnly}, a.Mutability) &&
			slices.Contains([]string{returnedAlways, returnedDefault, returnedRequest, returnedNever}, a.Returned) &&
			slices.Contains([]string{"", "none", "server", "global"}, a.Uniqueness)
		if !known || (a.Type == typeComplex) != (len(a.SubAttributes) > 0) {
			return nil, fmt.Errorf("attribute %s has a characteristic that RFC 7643 §7 does not know", a.Name)
		}
		var err error
		if a.index, err = indexAttributes(a.SubAttributes); err != nil {
			return nil, fmt.Errorf("%s: %w", a.Name, err)
		}
		a.partial = slices.ContainsFunc(a.SubAttributes, func(s *attribute) bool { return s.Returned != returnedDefault || s.partial })
	}
	return index, nil
}

// attribute returns the top-level attribute with that name, matched without
// case, or nil.
func (k *kind) attribute(name string) *attribute {
	if a := k.core.attribute(name); a != nil {
		return a
	}
	return k.common.attribute(name)
}

// extension returns the schema of an extension of this kind, or nil.
func (k *kind) extension(urn string) *schema {
	for _, s := range k.extensions {
		if strings.EqualFold(s.ID, urn) {
			return s
		}
	}
	return nil
}

// isURN tells whether a name is that of a schema rather than of an attribute:
// urn:NID:NSS (RFC 8141 §2).
func isURN(name string) bool {
	if len(name) < 4 || !strings.EqualFold(name[:4], "urn:") {
		return false
	}
	colon := strings.IndexByte(name[4:], ':')
	return colon > 0 && len(name) > 4+colon+1
}

// foldASCII lowers ASCII letters, which is all that attribute names have.
func foldASCII(s string) string {
	for i := range len(s) {
		if c := s[i]; 'A' <= c && c <= 'Z' {
			return strings.ToLower(s)
		}
	}
	return s
}
