package conformance

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// registerEntitlements binds the sentences on what apps with entitlement
// management or "Import User Schema" read: /ResourceTypes, then /Schemas, then
// the endpoint of each type (Okta guide "SCIM with entitlements").
func registerEntitlements(sc *sentences, w *world) {
	sc.When(`^Okta discovers what the server has$`, func(ctx context.Context) error {
		w.begin()
		w.send(ctx, http.MethodGet, "/ResourceTypes", "")
		return nil
	})

	sc.Then(`^every resource type has a name, a schema and an endpoint$`, func(ctx context.Context) error {
		ex, types, err := w.resourceTypes(ctx)
		if err != nil {
			return err
		}
		for _, t := range types {
			for _, name := range []string{"name", "schema", "endpoint"} {
				if text(t, name) == "" {
					return w.fail(ex, "a "+name+" in each resource type", show(t))
				}
			}
		}
		return nil
	})
	sc.Then(`^people are among the resource types$`, func(ctx context.Context) error {
		ex, types, err := w.resourceTypes(ctx)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(types, func(t any) bool { return strings.EqualFold(text(t, "schema"), userURN) }) {
			return w.fail(ex, "a resource type with the schema "+userURN, fmt.Sprintf("%d others", len(types)))
		}
		return nil
	})
	sc.Then(`^every schema that a resource type names is in the list of schemas$`, func(ctx context.Context) error {
		_, types, err := w.resourceTypes(ctx)
		if err != nil {
			return setup("entitlements.1", err)
		}
		ex := w.send(ctx, http.MethodGet, "/Schemas", "")
		if err := w.expect(ctx, ex, http.StatusOK); err != nil {
			return err
		}
		schemas, ok := list(ex.value, "Resources")
		if !ok {
			return w.fail(ex, "Resources, an array", showMember(ex.value, "Resources"))
		}
		for _, t := range types {
			for _, urn := range schemasOf(t) {
				i := slices.IndexFunc(schemas, func(s any) bool { return strings.EqualFold(text(s, "id"), urn) })
				if i < 0 {
					return w.fail(ex, "the schema "+urn+", which a resource type names", fmt.Sprintf("%d others", len(schemas)))
				}
				if l, _ := list(schemas[i], "attributes"); len(l) == 0 {
					return w.fail(ex, "attributes in the schema "+urn, showMember(schemas[i], "attributes"))
				}
			}
		}
		return nil
	})
	sc.Then(`^every endpoint of a resource type can be listed$`, func(ctx context.Context) error {
		_, types, err := w.resourceTypes(ctx)
		if err != nil {
			return setup("entitlements.1", err)
		}
		for _, t := range types {
			ex := w.send(ctx, http.MethodGet, w.endpoint(t)+"?startIndex=1&count=100", "")
			if err := w.expect(ctx, ex, http.StatusOK); err != nil {
				return err
			}
			if err := w.isList(ex); err != nil {
				return err
			}
			l, _ := list(ex.value, "Resources")
			for _, r := range l {
				if text(r, "id") == "" || !hasSchema(r, text(t, "schema")) {
					return w.fail(ex, "an id and the schema "+text(t, "schema")+" in each resource", show(r))
				}
			}
		}
		return nil
	})
}

// resourceTypes reads /ResourceTypes, which lists at least one.
func (w *world) resourceTypes(ctx context.Context) (*Exchange, []any, error) {
	ex := w.send(ctx, http.MethodGet, "/ResourceTypes", "")
	if err := w.expect(ctx, ex, http.StatusOK); err != nil {
		return ex, nil, err
	}
	types, _ := list(ex.value, "Resources")
	if len(types) == 0 {
		return ex, nil, w.fail(ex, "resource types in Resources", showMember(ex.value, "Resources"))
	}
	return ex, types, nil
}

// schemasOf are the schemas that a resource type names.
func schemasOf(resourceType any) []string {
	all := []string{text(resourceType, "schema")}
	extensions, _ := list(resourceType, "schemaExtensions")
	for _, e := range extensions {
		all = append(all, text(e, "schema"))
	}
	return all
}

// endpoint is the path of a resource type below the base URL. It is relative to
// it (RFC 7643 §6); some servers write the whole URL.
func (w *world) endpoint(resourceType any) string {
	path := strings.TrimPrefix(text(resourceType, "endpoint"), w.wire.base)
	return "/" + strings.TrimLeft(path, "/")
}

// discoverable adds to absent what discovery needs, where the server says that it
// has no such endpoint.
func discoverable(ctx context.Context, w *wire, absent map[string]string) {
	ex := w.send(ctx, call{method: http.MethodGet, path: "/ResourceTypes", auth: w.auth.value()})
	if slices.Contains([]int{http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented}, ex.Status) {
		absent["resource-types"] = fmt.Sprintf("not offered: GET /ResourceTypes answers %d", ex.Status)
	}
}
