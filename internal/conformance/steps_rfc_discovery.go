package conformance

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// advertised adds to absent what the server does not offer, by its own
// ServiceProviderConfig (RFC 7643 §5), or, where that document has no word for
// it, by its answer that there is no such endpoint.
func advertised(ctx context.Context, w *wire, absent map[string]string) {
	get := func(method, path, body string) *Exchange {
		return w.send(ctx, call{method: method, path: path, body: body, auth: w.auth.value()})
	}
	config := get(http.MethodGet, "/ServiceProviderConfig", "")
	for need, path := range map[string]string{
		"patch": "patch.supported", "bulk": "bulk.supported", "filter": "filter.supported",
		"sort": "sort.supported", "etag": "etag.supported", "cursor": "pagination.cursor",
	} {
		switch {
		case config.Status != http.StatusOK:
			absent[need] = fmt.Sprintf("the server advertises nothing: GET /ServiceProviderConfig answers %d", config.Status)
		case find(config.value, path) != true:
			absent[need] = fmt.Sprintf("not advertised: %s is %s in /ServiceProviderConfig", path, show(find(config.value, path)))
		}
	}
	notThere := func(ex *Exchange) bool {
		return slices.Contains([]int{http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented}, ex.Status)
	}
	search := fmt.Sprintf(`{"schemas":[%q],"count":1}`, searchURN)
	for _, need := range []struct{ name, method, path, body string }{
		{"search", http.MethodPost, "/Users/.search", search},
		{"root-search", http.MethodPost, "/.search", search},
		{"root", http.MethodGet, "/?count=1", ""},
		{"discovery", http.MethodGet, "/ResourceTypes", ""},
	} {
		if ex := get(need.method, need.path, need.body); notThere(ex) {
			absent[need.name] = fmt.Sprintf("there is no such endpoint: %s %s answers %d", need.method, need.path, ex.Status)
		}
	}
	delete(absent, "discovery") // its absence is a failure of its own
	if types := get(http.MethodGet, "/ResourceTypes", ""); types.Status == http.StatusOK && !strings.Contains(strings.ToLower(string(types.raw)), strings.ToLower(enterpriseURN)) {
		absent["enterprise"] = "not advertised: no resource type has the enterprise extension"
	}
}

// document reads a discovery document that lists.
func (x *rfcWorld) document(ctx context.Context, path, tests string) ([]any, *Exchange, error) {
	ex := x.look(ctx, http.MethodGet, path, "")
	if err := x.expect(ctx, ex, http.StatusOK); err != nil {
		return nil, ex, setup(tests, err)
	}
	if err := x.listResponse(ex); err != nil {
		return nil, ex, setup(tests, err)
	}
	all, _ := list(ex.value, "Resources")
	return all, ex, nil
}

func (x *rfcWorld) resourceTypes(ctx context.Context) ([]any, *Exchange, error) {
	return x.document(ctx, "/ResourceTypes", "rfc.discovery.3")
}

func (x *rfcWorld) schemas(ctx context.Context) ([]any, *Exchange, error) {
	return x.document(ctx, "/Schemas", "rfc.discovery.4")
}

// attribute is what /Schemas says of an attribute; nil if it says nothing.
func (x *rfcWorld) attribute(ctx context.Context, urn, name string) (any, *Exchange, error) {
	all, ex, err := x.schemas(ctx)
	if err != nil {
		return nil, ex, err
	}
	for _, s := range all {
		if !strings.EqualFold(text(s, "id"), urn) {
			continue
		}
		attributes, _ := list(s, "attributes")
		for _, a := range attributes {
			if strings.EqualFold(text(a, "name"), name) {
				return a, ex, nil
			}
		}
	}
	return nil, ex, nil
}

// extensions are the schemas that a resource type adds.
func extensions(resourceType any) []string {
	var urns []string
	all, _ := list(resourceType, "schemaExtensions")
	for _, e := range all {
		urns = append(urns, text(e, "schema"))
	}
	return urns
}

func containsFold(all []string, s string) bool {
	return slices.ContainsFunc(all, func(a string) bool { return strings.EqualFold(a, s) })
}

// keywords are those that RFC 7643 §7 has for a characteristic.
func keywords(characteristic string) []string {
	switch characteristic {
	case "type":
		return []string{"string", "boolean", "decimal", "integer", "dateTime", "reference", "complex", "binary"}
	case "mutability":
		return []string{"readOnly", "readWrite", "immutable", "writeOnly"}
	}
	return []string{"always", "never", "default", "request"} // returned
}

// definition checks one attribute of a schema; path is for the report.
func (x *rfcWorld) definition(ex *Exchange, path string, a any) error {
	path += "." + text(a, "name")
	if text(a, "name") == "" {
		return x.fail(ex, "a name for each attribute", show(a))
	}
	for _, word := range []string{"type", "mutability", "returned"} {
		if !slices.Contains(keywords(word), text(a, word)) {
			return x.fail(ex, fmt.Sprintf("%s: %s one of %s", path, word, strings.Join(keywords(word), ", ")), word+" "+showMember(a, word))
		}
	}
	for _, flag := range []string{"multiValued", "required"} {
		if got, _ := member(a, flag); got != true && got != false {
			return x.fail(ex, path+": "+flag+" true or false", flag+" "+showMember(a, flag))
		}
	}
	subs, _ := list(a, "subAttributes")
	for _, s := range subs {
		if err := x.definition(ex, path, s); err != nil {
			return err
		}
	}
	return nil
}

func registerRFCDiscovery(sc *sentences, x *rfcWorld) {
	sc.Then(`^"([^"]*)" of the answer are (booleans|whole numbers)$`, func(_ context.Context, paths, kind string) error {
		ex := x.answer()
		if err := x.object(ex); err != nil {
			return err
		}
		for path := range strings.SplitSeq(paths, ", ") {
			got := find(ex.value, path)
			_, isBool := got.(bool)
			n, isNumber := got.(float64)
			if kind == "booleans" && !isBool || kind == "whole numbers" && (!isNumber || n != float64(int64(n)) || n < 0) {
				return x.fail(ex, path+" as one of the "+kind, path+" "+show(got))
			}
		}
		return nil
	})
	sc.Then(`^each of "([^"]*)" in the answer has "([^"]*)"$`, func(_ context.Context, name, members string) error {
		ex := x.answer()
		all, isList := list(ex.value, name)
		if !isList {
			return x.fail(ex, "an array "+name, name+" "+showMember(ex.value, name))
		}
		for _, e := range all {
			for m := range strings.SplitSeq(members, ", ") {
				if v, _ := member(e, m); unassigned(v) || v == "" {
					return x.fail(ex, m+" in each of "+name, show(e))
				}
			}
		}
		return nil
	})
	sc.Then(`^each resource type names schemas that /Schemas has$`, func(ctx context.Context) error {
		types, ex, err := x.resourceTypes(ctx)
		if err != nil {
			return err
		}
		all, _, err := x.schemas(ctx)
		if err != nil {
			return err
		}
		var have []string
		for _, s := range all {
			have = append(have, text(s, "id"))
		}
		for _, t := range types {
			for _, urn := range append(extensions(t), text(t, "schema")) {
				if !containsFold(have, urn) {
					return x.fail(ex, "a schema "+quote(urn)+" at /Schemas, which the resource type "+text(t, "name")+" names", strings.Join(have, ", "))
				}
			}
		}
		return nil
	})
	sc.Then(`^the endpoint of each resource type answers with a list$`, func(ctx context.Context) error {
		types, _, err := x.resourceTypes(ctx)
		if err != nil {
			return err
		}
		for _, t := range types {
			at := "/" + strings.Trim(text(t, "endpoint"), "/")
			ex := x.look(ctx, http.MethodGet, at+"?count=1", "")
			if err := x.expect(ctx, ex, http.StatusOK); err != nil {
				return err
			}
			if err := x.listResponse(ex); err != nil {
				return err
			}
		}
		return nil
	})
	sc.Then(`^meta.resourceType and schemas of "([^"]*)" are those of a resource type$`, func(ctx context.Context, name string) error {
		types, _, err := x.resourceTypes(ctx)
		if err != nil {
			return err
		}
		th, err := x.thing(name)
		if err != nil {
			return err
		}
		ex := x.look(ctx, http.MethodGet, th.path(), "")
		for _, t := range types {
			if text(t, "name") != text(ex.value, "meta.resourceType") {
				continue
			}
			allowed := append(extensions(t), text(t, "schema"))
			urns, _ := list(ex.value, "schemas")
			seen := map[string]bool{}
			for _, urn := range urns {
				s, _ := urn.(string)
				if !containsFold(allowed, s) || seen[strings.ToLower(s)] {
					return x.fail(ex, "schemas each once, out of "+strings.Join(allowed, ", "), "schemas "+show(urns))
				}
				seen[strings.ToLower(s)] = true
			}
			if !seen[strings.ToLower(text(t, "schema"))] {
				return x.fail(ex, "schemas with "+text(t, "schema"), "schemas "+show(urns))
			}
			return nil
		}
		return x.fail(ex, "meta.resourceType that is the name of a resource type", "meta.resourceType "+quote(text(ex.value, "meta.resourceType")))
	})
	sc.Then(`^each attribute in /Schemas is fully described$`, func(ctx context.Context) error {
		all, ex, err := x.schemas(ctx)
		if err != nil {
			return err
		}
		for _, s := range all {
			attributes, ok := list(s, "attributes")
			if !ok {
				return x.fail(ex, "an array attributes in "+text(s, "id"), "attributes "+showMember(s, "attributes"))
			}
			for _, a := range attributes {
				if err := x.definition(ex, text(s, "id"), a); err != nil {
					return err
				}
			}
		}
		return nil
	})
	sc.Then(`^/Schemas says of "([^"]*)"( of groups)? that "([^"]*)" is "([^"]*)"(?: or "([^"]*)")?$`, func(ctx context.Context, name, ofGroups, word, want, other string) error {
		urn := userURN
		if ofGroups != "" {
			urn = groupURN
		}
		def, ex, err := x.attribute(ctx, urn, name)
		switch {
		case err != nil:
			return err
		case def == nil && name == "password":
			return &declined{"the schema of the server has no attribute password"}
		case def == nil:
			return x.fail(ex, "an attribute "+name+" in the schema "+urn, "none")
		}
		if got, _ := member(def, word); fmt.Sprint(got) != want && (other == "" || fmt.Sprint(got) != other) {
			return x.fail(ex, name+": "+word+" "+want, word+" "+showMember(def, word))
		}
		return nil
	})
	sc.Then(`^each schema in /Schemas is there once$`, func(ctx context.Context) error {
		all, ex, err := x.schemas(ctx)
		if err != nil {
			return err
		}
		seen := map[string]bool{}
		for _, s := range all {
			id := strings.ToLower(text(s, "id"))
			if seen[id] {
				return x.fail(ex, "each schema once", quote(id)+" twice")
			}
			seen[id] = true
		}
		if !seen[strings.ToLower(userURN)] {
			return x.fail(ex, "the schema "+userURN, "none")
		}
		return nil
	})
	sc.Then(`^no schema is that of a message$`, func(ctx context.Context) error {
		all, ex, err := x.schemas(ctx)
		if err != nil {
			return err
		}
		for _, s := range all {
			if strings.HasPrefix(strings.ToLower(text(s, "id")), "urn:ietf:params:scim:api:") {
				return x.fail(ex, "no schema urn:ietf:params:scim:api:…", text(s, "id"))
			}
		}
		return nil
	})
	sc.Then(`^each attribute that "([^"]*)" shows is in /Schemas$`, func(ctx context.Context, name string) error {
		all, _, err := x.schemas(ctx)
		if err != nil {
			return err
		}
		th, err := x.thing(name)
		if err != nil {
			return err
		}
		known := []string{"schemas", "id", "externalId", "meta"}
		for _, s := range all {
			known = append(known, text(s, "id"))
			if !strings.EqualFold(text(s, "id"), userURN) {
				continue
			}
			attributes, _ := list(s, "attributes")
			for _, a := range attributes {
				known = append(known, text(a, "name"))
			}
		}
		ex := x.look(ctx, http.MethodGet, th.path(), "")
		o, _ := ex.value.(map[string]any)
		for k := range o {
			if !containsFold(known, k) {
				return x.fail(ex, "only attributes that the schema defines", k)
			}
		}
		return nil
	})
	sc.Then(`^each list that "([^"]*)" shows is multi-valued in /Schemas$`, func(ctx context.Context, name string) error {
		all, _, err := x.schemas(ctx)
		if err != nil {
			return err
		}
		th, err := x.thing(name)
		if err != nil {
			return err
		}
		ex := x.look(ctx, http.MethodGet, th.path(), "")
		for _, s := range all {
			if !strings.EqualFold(text(s, "id"), userURN) {
				continue
			}
			attributes, _ := list(s, "attributes")
			for _, a := range attributes {
				_, isList := list(ex.value, text(a, "name"))
				if says, known := find(a, "multiValued").(bool); known && isList && !says {
					return x.fail(ex, "no list, since /Schemas says that "+text(a, "name")+" is not multiValued", show(find(ex.value, text(a, "name"))))
				}
			}
		}
		return nil
	})
	sc.Then(`^the list is whole and counts itself$`, func(context.Context) error {
		ex := x.answer()
		all, _ := list(ex.value, "Resources")
		if n, ok := find(ex.value, "totalResults").(float64); !ok || int(n) != len(all) {
			return x.fail(ex, fmt.Sprintf("totalResults %d, the number of Resources, since these documents are not paged", len(all)), "totalResults "+show(find(ex.value, "totalResults")))
		}
		return nil
	})
	sc.Then(`^the list is no longer than filter.maxResults$`, func(ctx context.Context) error {
		config := x.look(ctx, http.MethodGet, "/ServiceProviderConfig", "")
		most, ok := find(config.value, "filter.maxResults").(float64)
		if !ok {
			return setup("rfc.discovery.2", x.fail(config, "filter.maxResults", show(find(config.value, "filter"))))
		}
		if l, _ := list(x.answer().value, "Resources"); len(l) > int(most) {
			return x.fail(x.answer(), fmt.Sprintf("at most %d resources, which is filter.maxResults", int(most)), fmt.Sprint(len(l)))
		}
		return nil
	})
	sc.Then(`^/ResourceTypes with "([^"]*)" is the same as without$`, func(ctx context.Context, query string) error {
		whole, _, err := x.resourceTypes(ctx)
		if err != nil {
			return err
		}
		part, ex, err := x.document(ctx, "/ResourceTypes?"+query, "rfc.discovery.3")
		if err != nil {
			return err
		}
		if len(whole) != len(part) {
			return x.fail(ex, fmt.Sprintf("all %d resource types, whatever the query says", len(whole)), fmt.Sprint(len(part)))
		}
		return nil
	})
	sc.When(`^the client asks for one of /Schemas by its id$`, func(ctx context.Context) error {
		all, _, err := x.schemas(ctx)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			return &declined{"the server has no schemas"}
		}
		x.begin()
		x.things["Schema"] = &thing{kind: "Schemas", id: text(all[0], "id")}
		x.request(ctx, http.MethodGet, "/Schemas/"+text(all[0], "id"), "", nil)
		return nil
	})
}
