package scimserver

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// The discovery documents (RFC 7644 §4). They are made from what the code
// goes by (options, kinds, schema documents), so that they cannot promise
// something else than the server does.

const (
	configSchema       = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
	resourceTypeSchema = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
	schemaSchema       = "urn:ietf:params:scim:schemas:core:2.0:Schema"
)

// discover answers with a discovery document, which can only be read. A
// filter of a list is refused with 403, as RFC 7644 §4 asks, so that nobody
// takes the whole list for a match; other parameters are ignored.
func (s *Server) discover(w http.ResponseWriter, r *http.Request, isList bool, document func(base string) (any, error)) error {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return notAllowed(w, r, "GET, HEAD")
	}
	q, err := query(r)
	if err != nil {
		return err
	}
	if isList && q.Has("filter") {
		return refuseStatus(http.StatusForbidden, "discovery documents cannot be filtered")
	}
	v, err := document(s.base(r))
	if err != nil {
		return err
	}
	writeBody(w, http.StatusOK, appendValue(nil, v))
	return nil
}

// obj makes an object from names and values in turn.
func obj(pairs ...any) *object {
	o := &object{fields: make([]field, 0, len(pairs)/2)}
	for pair := range slices.Chunk(pairs, 2) {
		o.fields = append(o.fields, field{pair[0].(string), pair[1]})
	}
	return o
}

func whole(n int64) number { return number(strconv.FormatInt(n, 10)) }

// serviceProviderConfig is RFC 7643 §5.
func (s *Server) serviceProviderConfig(base string) (any, error) {
	schemes := []any{}
	if s.o.Connection != nil {
		schemes = append(schemes,
			obj("type", "oauthbearertoken", "name", "SCIM token", "primary", true,
				"description", `The connection's token as "Authorization: Bearer TOKEN", or bare as "Authorization: TOKEN".`,
				"specUri", "https://www.rfc-editor.org/info/rfc6750"),
			obj("type", "httpbasic", "name", "HTTP Basic", "primary", false,
				"description", "The connection's token as the password; any user name.",
				"specUri", "https://www.rfc-editor.org/info/rfc7617"))
	}
	if c, ok := s.o.Connection.(interface{ OAuthClientID() string }); ok && c.OAuthClientID() != "" {
		schemes = append(schemes, obj("type", "oauth2", "name", "OAuth 2.0", "primary", false,
			"description", "A bearer token from the token endpoint of this connection, for client credentials or for a code that a person agreed to.", "specUri", "https://www.rfc-editor.org/info/rfc6749"))
	}
	return obj(
		"schemas", []any{configSchema},
		"patch", obj("supported", true),
		"bulk", obj("supported", true, "maxOperations", whole(int64(s.o.MaxBulkOperations)), "maxPayloadSize", whole(s.o.MaxBulkBody)),
		"filter", obj("supported", true, "maxResults", whole(int64(s.o.MaxPage))),
		"changePassword", obj("supported", true),
		"sort", obj("supported", true),
		"etag", obj("supported", true),
		"pagination", obj("cursor", true, "index", true, "defaultPaginationMethod", "index", // RFC 9865 §4
			"defaultPageSize", whole(int64(s.o.DefaultPage)), "maxPageSize", whole(int64(s.o.MaxPage))),
		"authenticationSchemes", schemes,
		"meta", obj("resourceType", "ServiceProviderConfig", "location", base+"/ServiceProviderConfig"),
	), nil
}

// resourceTypes is RFC 7643 §6: all of them, or the one with that id.
func (s *Server) resourceTypes(base, id string) (any, error) {
	list := make([]any, 0, len(s.store.registry.kinds))
	for _, k := range s.store.registry.kinds {
		extensions := make([]any, 0, len(k.extensions))
		for _, x := range k.extensions {
			extensions = append(extensions, obj("schema", x.ID, "required", x.required))
		}
		t := obj(
			"schemas", []any{resourceTypeSchema},
			"id", k.name, "name", k.name, "description", k.description,
			"endpoint", k.endpoint, "schema", k.core.ID, "schemaExtensions", extensions,
			"meta", obj("resourceType", "ResourceType", "location", base+"/ResourceTypes/"+k.name),
		)
		if id == k.name {
			return t, nil
		}
		list = append(list, t)
	}
	if id != "" {
		return nil, refuseStatus(http.StatusNotFound, "there is no resource type %q", id)
	}
	return wholeList(list), nil
}

// schemas is RFC 7643 §7: all of them, or the one with that URN.
func (s *Server) schemas(base, urn string) (any, error) {
	list := make([]any, 0, len(s.store.registry.schemas))
	for _, sc := range s.store.registry.schemas {
		document, refusal := parseObject(sc.raw, s.o.MaxDepth)
		if refusal != nil {
			return nil, refusal
		}
		d := obj("schemas", []any{schemaSchema})
		d.fields = append(d.fields, document.fields...)
		d.fields = append(d.fields, field{"meta", obj("resourceType", "Schema", "location", base+"/Schemas/"+sc.ID)})
		if strings.EqualFold(urn, sc.ID) {
			return d, nil
		}
		list = append(list, d)
	}
	if urn != "" {
		return nil, refuseStatus(http.StatusNotFound, "there is no schema %q", urn)
	}
	return wholeList(list), nil
}

// wholeList is a list answer with everything on one page.
func wholeList(list []any) *object {
	n := whole(int64(len(list)))
	return obj("schemas", []any{listSchema}, "totalResults", n, "startIndex", whole(1), "itemsPerPage", n, "Resources", list)
}
