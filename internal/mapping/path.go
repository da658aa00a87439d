package mapping

import (
	"fmt"
	"strings"
)

const coreURN = "urn:ietf:params:scim:schemas:core:2.0:User"

func isCore(namespace string) bool { return strings.EqualFold(namespace, coreURN) }

// Path writes an external name under its namespace as an attribute path:
//
//	core        title                               title
//	core        name.givenName                      name.givenName
//	core        emails.^[primary==true].value       emails[primary eq true].value
//	core        phoneNumbers.^[type=='work'].value  phoneNumbers[type eq "work"].value
//	enterprise  manager.value                       urn:…:enterprise:2.0:User:manager.value
//
// The form with ^[…] is the one in vendors' guides and Okta's templates; its grammar is
// not documented. The error says what in the name is not understood.
func Path(namespace, external string) (string, error) {
	external = strings.TrimSpace(external)
	head, rest, selects := strings.Cut(external, "[")
	path := strings.TrimSuffix(strings.TrimSuffix(head, "^"), ".")
	if selects {
		selector, tail, closed := strings.Cut(rest, "]")
		if !closed {
			return "", fmt.Errorf("the external name %q has no ']'", external)
		}
		name, value, ok := splitSelector(selector)
		if !ok {
			return "", fmt.Errorf("the external name %q selects by something else than one attribute equal to one value", external)
		}
		sub := strings.TrimPrefix(tail, ".")
		if !plainName(sub) {
			return "", fmt.Errorf("the external name %q names no single attribute after ']'", external)
		}
		if !plainName(path) {
			return "", fmt.Errorf("the external name %q names no attribute before '['", external)
		}
		path += "[" + name + " eq " + value + "]." + sub
	} else {
		for part := range strings.SplitSeq(path, ".") {
			if !plainName(part) {
				return "", fmt.Errorf("the external name %q is no attribute path", external)
			}
		}
		if strings.Count(path, ".") > 1 {
			return "", fmt.Errorf("the external name %q goes deeper than SCIM does", external)
		}
	}
	if isCore(namespace) {
		return path, nil
	}
	if !strings.HasPrefix(strings.ToLower(namespace), "urn:") {
		return "", fmt.Errorf("the external namespace %q is no URN", namespace)
	}
	return strings.TrimSuffix(namespace, ":") + ":" + path, nil
}

// splitSelector reads primary==true, type=='work' and type eq "work".
func splitSelector(selector string) (name, value string, ok bool) {
	name, value, ok = strings.Cut(selector, "==")
	if !ok {
		if name, value, ok = strings.Cut(selector, " eq "); !ok {
			return "", "", false
		}
	}
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	value = strings.ReplaceAll(value, `\`, "")
	if value == "true" || value == "false" {
		return name, value, plainName(name)
	}
	bare := strings.Trim(value, `'"`)
	if bare == "" || strings.ContainsAny(bare, `'"&|=<>()`) {
		return "", "", false
	}
	return name, `"` + bare + `"`, plainName(name)
}

// plainName reports whether s is an attribute name (RFC 7643 §2.1, and $ref).
func plainName(s string) bool {
	if s == "" {
		return false
	}
	for i, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' || r == '$'
		later := i > 0 && (r >= '0' && r <= '9' || r == '-')
		if !letter && !later {
			return false
		}
	}
	return true
}
