package conformance

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// What the answers say of one person has to agree: the answer to a write with
// the next reading, and the entry of a list with the reading beside it.

// agreement compares exchanges of one scenario with each other.
type agreement func(all []*Exchange) (looked int, found violation)

func agreements() map[string]agreement {
	return map[string]agreement{
		"to a write stands what the next reading shows":              writesAgree(vital()),
		"to a write stands all that the next reading shows":          writesAgree(rest()),
		"with a list each person is what reading the person shows":   entriesAgree(vital()),
		"with a list each person is all that reading the person has": entriesAgree(rest()),
		"to a reading stands what the last reading showed":           readingsAgree(append(vital(), rest()...)),
		"meta.created and id stay as they were":                      birthStays,
	}
}

// vital are the attributes that Okta needs back (SCIM preparation guide, minimum
// attributes).
func vital() []string {
	return []string{"userName", "name.givenName", "name.familyName", "emails.value", "active"}
}

// rest are others that Okta sends.
func rest() []string {
	return []string{
		"externalId", "displayName", "title", "locale", "userType", "nickName", "preferredLanguage", "timezone", "name.middleName",
		"name.honorificPrefix", "emails", "phoneNumbers", "addresses", enterpriseURN,
	}
}

// person2 is one person in one answer.
type person2 struct {
	ex   *Exchange
	id   string
	o    any
	list bool
}

func peopleIn(ex *Exchange) []person2 {
	if !ex.ordinary {
		return nil
	}
	var all []person2
	for _, r := range resourcesIn(ex, "/Users") {
		if id := text(r, "id"); id != "" {
			all = append(all, person2{ex, id, r, isListed(ex)})
		}
	}
	return all
}

// isWrite reports whether an exchange may have changed a person.
func isWrite(ex *Exchange) bool {
	kind, _ := kindOf(ex)
	return kind == "/Users" && ex.Method != http.MethodGet && ex.Method != http.MethodHead
}

// apart reports whether a was over before b began.
func apart(a, b *Exchange) bool { return !a.Started.Add(a.Took).After(b.Started) }

// subject is the id of the person that a write is about; "" if nobody knows.
func subject(ex *Exchange) string {
	if _, id := kindOf(ex); id != "" {
		return id
	}
	return text(ex.value, "id")
}

// refused reports whether an answer says that nothing was done.
func refused(ex *Exchange) bool { return ex.Status >= 400 && ex.Status < 500 }

// compare calls do for each pair of answers about one person between which
// nothing was written to that person: a write to somebody else and one that was
// refused leave the person as it is. Steps may send several requests at once, so
// the times count and not the order in which the answers came.
func compare(all []*Exchange, do func(before, after person2)) {
	writes := map[string][]*Exchange{}
	for _, ex := range all {
		if id := subject(ex); isWrite(ex) && id != "" && !refused(ex) {
			writes[id] = append(writes[id], ex)
		}
	}
	seen := map[string][]person2{} // since the last write
	for _, ex := range all {
		if isWrite(ex) && !refused(ex) {
			delete(seen, subject(ex))
		}
		for _, p := range peopleIn(ex) {
			if slices.ContainsFunc(writes[p.id], func(o *Exchange) bool { return o != ex && !apart(o, ex) && !apart(ex, o) }) {
				continue
			}
			for _, before := range seen[p.id] {
				if apart(before.ex, ex) {
					do(before, p)
				}
			}
			seen[p.id] = append(seen[p.id], p)
		}
	}
}

// differ names the first attribute in which two answers differ; "" for none.
// Missing, null, "" and [] are the same (RFC 7643 §2.5).
func differ(a, b any, attrs []string) (attr string, va, vb value1) {
	for _, attr := range attrs {
		va, vb := valueAt(a, attr), valueAt(b, attr)
		if !sameValue(va.v, vb.v) {
			return attr, va, vb
		}
	}
	return "", value1{}, value1{}
}

func valueAt(o any, path string) value1 {
	if path == enterpriseURN {
		return memberOf(o, path)
	}
	v, ok := at(o, path)
	return value1{v, ok}
}

// sameValue compares values; the order of members and of multiple values, and
// members without a value, do not count.
func sameValue(a, b any) bool { return canonical(a) == canonical(b) }

func canonical(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		if v == "" {
			return ""
		}
	case []any:
		var all []string
		for _, e := range v {
			if c := canonical(e); c != "" {
				all = append(all, c)
			}
		}
		slices.Sort(all)
		if len(all) == 0 {
			return ""
		}
		return "[" + strings.Join(all, ",") + "]"
	case map[string]any:
		var all []string
		for k, e := range v {
			switch c := canonical(e); {
			case c == "", strings.EqualFold(k, "display"), strings.EqualFold(k, "$ref"), c == "false" && strings.EqualFold(k, "primary"):
			default:
				all = append(all, strings.ToLower(k)+":"+c)
			}
		}
		slices.Sort(all)
		if len(all) == 0 {
			return ""
		}
		return "{" + strings.Join(all, ",") + "}"
	}
	return show(v)
}

// wrote names a write for a report.
func wrote(ex *Exchange) string { return ex.Method + " " + ex.path }

func writesAgree(attrs []string) agreement {
	return func(all []*Exchange) (looked int, found violation) {
		compare(all, func(before, after person2) {
			if !isWrite(before.ex) || after.list {
				return
			}
			looked++
			attr, va, vb := differ(before.o, after.o, attrs)
			if attr == "" || before.ex.Method == http.MethodPatch && !va.there || found.got != "" {
				return // what a 200 to a PATCH has to hold, nobody says
			}
			found = violation{before.ex, fmt.Sprintf("%s %s in answer to %s, as the GET after it shows", attr, vb, wrote(before.ex)), attr + " " + va.String()}
		})
		return looked, found
	}
}

func entriesAgree(attrs []string) agreement {
	return func(all []*Exchange) (looked int, found violation) {
		compare(all, func(before, after person2) {
			if before.list == after.list {
				return
			}
			entry, reading := before, after
			if after.list {
				entry, reading = after, before
			}
			if isWrite(reading.ex) {
				return
			}
			looked++
			if attr, ve, vr := differ(entry.o, reading.o, attrs); attr != "" && found.got == "" {
				found = violation{entry.ex, fmt.Sprintf("%s %s in the list, as GET /Users/%s shows", attr, vr, reading.id), attr + " " + ve.String()}
			}
		})
		return looked, found
	}
}

func readingsAgree(attrs []string) agreement {
	return func(all []*Exchange) (looked int, found violation) {
		compare(all, func(before, after person2) {
			if before.list || after.list || isWrite(before.ex) {
				return
			}
			looked++
			if attr, va, vb := differ(before.o, after.o, attrs); attr != "" && found.got == "" {
				found = violation{after.ex, fmt.Sprintf("%s %s, as in the reading before; nothing was written between", attr, va), attr + " " + vb.String()}
			}
		})
		return looked, found
	}
}

// birthStays: meta.created is readOnly (RFC 7643 §3.1).
func birthStays(all []*Exchange) (looked int, found violation) {
	first := map[string]string{}
	for _, ex := range all {
		if ex.Method == http.MethodDelete {
			clear(first) // an id may come back with another person; that is for another scenario
		}
		for _, p := range peopleIn(ex) {
			looked++
			created := text(p.o, "meta.created")
			if created == "" {
				continue // a server need not tell
			}
			if was := first[p.id]; was != "" && was != created && found.got == "" {
				found = violation{ex, "meta.created " + was + ", as before", "meta.created " + created}
			}
			if first[p.id] == "" {
				first[p.id] = created
			}
		}
	}
	return looked, found
}
