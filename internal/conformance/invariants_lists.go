package conformance

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
)

// lists makes an invariant of a check on every list.
func lists(check func(*Exchange) (want, got string)) invariant {
	return func(ex *Exchange) (int, string, string) {
		if _, ok := ex.value.(map[string]any); !ok || !isListed(ex) {
			return 0, "", ""
		}
		want, got := check(ex)
		return 1, want, got
	}
}

func resourcesOfList(ex *Exchange) (want, got string) {
	l, ok := list(ex.value, "Resources")
	for _, r := range l {
		_, isObject := r.(map[string]any)
		ok = ok && isObject
	}
	if ok {
		return "", ""
	}
	return "Resources: an array of objects, also if it is empty", "Resources " + showMember(ex.value, "Resources")
}

func numbersOfList(ex *Exchange) (want, got string) {
	for _, name := range []string{"totalResults", "startIndex", "itemsPerPage"} {
		if n, ok := whole(ex.value, name); !ok || n < 0 {
			return name + ": a whole number, without quotes", name + " " + showMember(ex.value, name)
		}
	}
	return "", ""
}

func distinct(ex *Exchange) (want, got string) {
	seen := map[string]bool{}
	for _, id := range ids(ex) {
		if seen[id] && id != "" {
			return "each resource once", fmt.Sprintf("%q twice", id)
		}
		seen[id] = true
	}
	return "", ""
}

// asked returns a number of the query; ok is false if there is none.
func asked(ex *Exchange, name string) (n int, ok bool) {
	_, query, _ := strings.Cut(ex.path, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		return 0, false
	}
	n, err = strconv.Atoi(values.Get(name))
	return n, err == nil
}

func shortEnough(ex *Exchange) (want, got string) {
	l, _ := list(ex.value, "Resources")
	if most, ok := asked(ex, "count"); ok && most > 0 && len(l) > most {
		return fmt.Sprintf("at most %d resources", most), strconv.Itoa(len(l))
	}
	return "", ""
}

func beginsThere(ex *Exchange) (want, got string) {
	start, ok := asked(ex, "startIndex")
	n, isNumber := whole(ex.value, "startIndex")
	l, _ := list(ex.value, "Resources")
	if !ok || start < 1 || !isNumber || n == start || len(l) == 0 { // beyond the end there is no place
		return "", ""
	}
	return fmt.Sprintf("startIndex %d, as asked", start), fmt.Sprintf("startIndex %d", n)
}

// hit reads a filter of Okta's, ATTRIBUTE eq "VALUE", out of an address.
func hit(ex *Exchange) (attr, value string, ok bool) {
	_, query, _ := strings.Cut(ex.path, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		return "", "", false
	}
	m := regexp.MustCompile(`^(userName|displayName|externalId) eq (".*")$`).FindStringSubmatch(values.Get("filter"))
	if m == nil || json.Unmarshal([]byte(m[2]), &value) != nil {
		return "", "", false
	}
	return m[1], value, true
}

// lookups makes an invariant of a check on every answer to a filter of Okta's.
func lookups(check func(ex *Exchange, attr, value string) (want, got string)) invariant {
	return lists2(func(ex *Exchange) (int, string, string) {
		attr, value, ok := hit(ex)
		if !ok {
			return 0, "", ""
		}
		want, got := check(ex, attr, value)
		return 1, want, got
	})
}

// lists2 is [lists] for checks that do not look at every list.
func lists2(check invariant) invariant {
	return func(ex *Exchange) (int, string, string) {
		if _, ok := ex.value.(map[string]any); !ok || !isListed(ex) {
			return 0, "", ""
		}
		return check(ex)
	}
}

func onlyTheHit(ex *Exchange, attr, value string) (want, got string) {
	l, _ := list(ex.value, "Resources")
	for _, r := range l {
		if v := memberOf(r, attr); v.there && !strings.EqualFold(fmt.Sprint(v.v), value) {
			return fmt.Sprintf("nothing but resources whose %s is %q", attr, value), attr + " " + v.String()
		}
	}
	return "", ""
}

// totalOfHits compares where nobody else changes the number: names of the run
// are its own, and fewer than a page.
func totalOfHits(ex *Exchange, _, _ string) (want, got string) {
	l, ok := list(ex.value, "Resources")
	total, isNumber := whole(ex.value, "totalResults")
	most, counted := asked(ex, "count")
	if !ok || !isNumber || !counted || total == len(l) || total > most && len(l) == most {
		return "", ""
	}
	return fmt.Sprintf("totalResults %d, the number of hits", len(l)), fmt.Sprintf("totalResults %d", total)
}
