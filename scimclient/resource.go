package scimclient

import (
	"strings"
)

// The schemas of requests and resources.
const (
	UserSchema       = "urn:ietf:params:scim:schemas:core:2.0:User"
	GroupSchema      = "urn:ietf:params:scim:schemas:core:2.0:Group"
	EnterpriseSchema = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	listURN          = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
	patchURN         = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
)

// Object is a resource as sent, every member included. Values are string, bool, nil,
// []any, map[string]any, and for numbers float64 where that keeps the number whole, else
// json.Number (encoding/json). Its methods find members without case, an exact match first.
type Object map[string]any

// Member returns the member of that name.
func (o Object) Member(name string) (any, bool) {
	if v, ok := o[name]; ok {
		return v, true
	}
	// Names that differ in case only: the smallest, so that the answer never changes.
	var found string
	for k := range o {
		if strings.EqualFold(k, name) && (found == "" || k < found) {
			found = k
		}
	}
	if found == "" {
		return nil, false
	}
	return o[found], true
}

// Text returns a member that is a string.
func (o Object) Text(name string) (string, bool) {
	v, _ := o.Member(name)
	s, ok := v.(string)
	return s, ok
}

// ID is the server's id, "" if it is missing or no string.
func (o Object) ID() string {
	s, _ := o.Text("id")
	return s
}

// Version is meta.version, the ETag of the resource, "" if the server gives none.
func (o Object) Version() string {
	m, _ := o.Member("meta")
	meta, _ := m.(map[string]any)
	s, _ := Object(meta).Text("version")
	return s
}

// Schemas are the schemas that the resource names.
func (o Object) Schemas() []string {
	v, _ := o.Member("schemas")
	list, _ := v.([]any)
	var out []string
	for _, s := range list {
		if s, ok := s.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// User is a SCIM user (RFC 7643 §4.1) with the enterprise extension (§4.3). What is empty
// is not sent. Everything else that a server sends is in Extra and is written back.
type User struct {
	Schemas     []string       `json:"schemas,omitempty"`
	ID          string         `json:"id,omitempty"`
	ExternalID  string         `json:"externalId,omitempty"`
	UserName    string         `json:"userName,omitempty"`
	Name        *Name          `json:"name,omitzero"`
	DisplayName string         `json:"displayName,omitempty"`
	NickName    string         `json:"nickName,omitempty"`
	Title       string         `json:"title,omitempty"`
	UserType    string         `json:"userType,omitempty"`
	Locale      string         `json:"locale,omitempty"`
	Timezone    string         `json:"timezone,omitempty"`
	Emails      []MultiValue   `json:"emails,omitempty"`
	Phones      []MultiValue   `json:"phoneNumbers,omitempty"`
	Groups      []MultiValue   `json:"groups,omitzero"`
	Roles       []MultiValue   `json:"roles,omitempty"`
	Active      *bool          `json:"active,omitzero"`
	Password    string         `json:"password,omitempty"`
	Enterprise  *Enterprise    `json:"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User,omitzero"`
	Meta        *Meta          `json:"meta,omitzero"`
	Extra       map[string]any `json:",embed"`
}

// Name is a person's name.
type Name struct {
	Formatted       string         `json:"formatted,omitempty"`
	FamilyName      string         `json:"familyName,omitempty"`
	GivenName       string         `json:"givenName,omitempty"`
	MiddleName      string         `json:"middleName,omitempty"`
	HonorificPrefix string         `json:"honorificPrefix,omitempty"`
	HonorificSuffix string         `json:"honorificSuffix,omitempty"`
	Extra           map[string]any `json:",embed"`
}

// MultiValue is an entry of a multi-valued attribute: an e-mail, a member, a group.
type MultiValue struct {
	Value   string         `json:"value,omitempty"`
	Display string         `json:"display,omitempty"`
	Type    string         `json:"type,omitempty"`
	Primary bool           `json:"primary,omitzero"`
	Ref     string         `json:"$ref,omitempty"`
	Extra   map[string]any `json:",embed"`
}

// Enterprise is the enterprise extension of a user.
type Enterprise struct {
	EmployeeNumber string         `json:"employeeNumber,omitempty"`
	CostCenter     string         `json:"costCenter,omitempty"`
	Organization   string         `json:"organization,omitempty"`
	Division       string         `json:"division,omitempty"`
	Department     string         `json:"department,omitempty"`
	Manager        *Manager       `json:"manager,omitzero"`
	Extra          map[string]any `json:",embed"`
}

// Manager is a user's manager.
type Manager struct {
	Value       string         `json:"value,omitempty"`
	Ref         string         `json:"$ref,omitempty"`
	DisplayName string         `json:"displayName,omitempty"`
	Extra       map[string]any `json:",embed"`
}

// Group is a SCIM group (RFC 7643 §4.2). Members nil is not sent, Members empty is sent
// as []; a server that does not show members leaves nil.
type Group struct {
	Schemas     []string       `json:"schemas,omitempty"`
	ID          string         `json:"id,omitempty"`
	ExternalID  string         `json:"externalId,omitempty"`
	DisplayName string         `json:"displayName,omitempty"`
	Members     []MultiValue   `json:"members,omitzero"`
	Meta        *Meta          `json:"meta,omitzero"`
	Extra       map[string]any `json:",embed"`
}

// Meta is what the server says about a resource. Times are text: servers send them without
// zone, in whole seconds, never moving, or not at all.
type Meta struct {
	ResourceType string         `json:"resourceType,omitempty"`
	Created      string         `json:"created,omitempty"`
	LastModified string         `json:"lastModified,omitempty"`
	Location     string         `json:"location,omitempty"`
	Version      string         `json:"version,omitempty"`
	Extra        map[string]any `json:",embed"`
}

// Operation is one step of a PATCH. Value nil is left out; use json null to send null.
type Operation struct {
	Op    string `json:"op"`
	Path  string `json:"path,omitempty"`
	Value any    `json:"value,omitzero"`
}

type patchBody struct {
	Schemas    []string    `json:"schemas"`
	Operations []Operation `json:"Operations"`
}

// secretsIn are the passwords in a request body, which an answer must not show again.
func secretsIn(b []byte) []string {
	var v any
	if decode(b, &v) != nil {
		return nil
	}
	var out []string
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			if path, ok := Object(v).Text("path"); ok && strings.EqualFold(path, "password") {
				if s, ok := Object(v).Text("value"); ok {
					out = append(out, s)
				}
			}
			for k, e := range v {
				if s, ok := e.(string); ok && strings.EqualFold(k, "password") {
					out = append(out, s)
				}
				walk(e)
			}
		}
	}
	walk(v)
	return out
}
