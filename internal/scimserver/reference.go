package scimserver

import (
	"net/url"
	"slices"
	"strings"
)

// What the schemas suggest and refer to.
//
// canonicalValues are suggestions (RFC 7643 §7: "suggested"; §2.4 wants a
// server to canonicalize what it returns): any other value is taken as it is,
// since Okta sends types of its own, but one that differs from a suggestion in
// nothing but case, where case does not count, is kept as the schema writes it.
//
// referenceTypes bind (§7). An attribute that refers to resources of this
// server takes the URI of one, absolute or relative (§2.3.7), and of the right
// type. That it exists is not asked: it may be created later, and what it
// points to may be deleted at any time, as with every link. "external", "uri",
// and resource types that this server does not have, are URIs to it.

// canonical gives a string as the schema suggests to write it.
func (a *attribute) canonical(s string) string {
	if !a.CaseExact {
		for _, c := range a.CanonicalValues {
			if strings.EqualFold(c, s) {
				return c
			}
		}
	}
	return s
}

// bindReferences tells attributes the endpoints that they may refer to.
func (r *registry) bindReferences(list []*attribute) {
	for _, a := range list {
		r.bindReferences(a.SubAttributes)
		a.endpoints = nil
		for _, name := range a.ReferenceTypes {
			k := r.kind(name)
			if k == nil {
				a.endpoints = nil
				break
			}
			a.endpoints = append(a.endpoints, strings.TrimPrefix(k.endpoint, "/"))
		}
	}
}

// checkReference says what is wrong with a value of type reference.
func (a *attribute) checkReference(s string) *scimError {
	u, err := url.Parse(s)
	if err != nil || strings.ContainsAny(s, " \t\r\n") {
		return refuse(invalidValue, ": %q is no URI", s)
	}
	if len(a.endpoints) == 0 {
		return nil
	}
	// What stands before may be another way to this server; see tenants, and
	// ExternalURL.
	endpoint, id := lastSegments(u.EscapedPath())
	if id == "" || !slices.Contains(a.endpoints, endpoint) {
		return refuse(invalidValue, ": %q does not refer to a %s; a reference is an address such as %s/2819c223", s, strings.Join(a.ReferenceTypes, " or "), a.endpoints[0])
	}
	return nil
}

// lastSegments gives the last two segments of a path.
func lastSegments(path string) (endpoint, id string) {
	rest, id := cutLast(path)
	_, endpoint = cutLast(rest)
	return endpoint, id
}

func cutLast(path string) (before, last string) {
	i := strings.LastIndexByte(path, '/')
	return path[:max(i, 0)], path[i+1:]
}

// sameReference makes a test for references to the resource that want refers
// to: "Users/2", "../Users/2", "/scim/v2/Users/2" and the whole address are one
// (RFC 7643 §2.3.7). base is the server's own address, "" where it is not
// known; then what stands before the last two segments does not count. Other
// URIs are compared letter by letter.
func sameReference(base, want string) func(string) bool {
	want = relativeReference(base, want)
	return func(s string) bool { return relativeReference(base, s) == want }
}

// relativeReference gives a reference to a resource of this server in its
// shortest form, and anything else as it is.
func relativeReference(base, s string) string {
	if base == "" {
		if endpoint, id := lastSegments(s); id != "" && isEndpoint(endpoint) {
			return endpoint + "/" + id
		}
		return s
	}
	rest, own := strings.CutPrefix(s, base+"/")
	if !own {
		if u, err := url.Parse(base); err == nil {
			rest, own = strings.CutPrefix(s, u.EscapedPath()+"/")
		}
	}
	if !own {
		for strings.HasPrefix(rest, "../") || strings.HasPrefix(rest, "./") {
			_, rest, _ = strings.Cut(rest, "/")
		}
	}
	if endpoint, id := lastSegments(rest); id != "" && isEndpoint(endpoint) && endpoint+"/"+id == rest {
		return rest
	}
	return s
}

// isEndpoint tells whether resources live there.
func isEndpoint(name string) bool { return name == "Users" || name == "Groups" }
