package conformance_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// queryDefects are those of filters, lists, order, searches and cursors.
func queryDefects() map[string]defect {
	return map[string]defect{
		"filter-eq-is-sw":          swaps(" eq ", " sw "),
		"filter-eq-is-co":          swaps(" eq ", " co "),
		"filter-ne-is-eq":          swaps(" ne ", " eq "),
		"filter-co-is-sw":          swaps(" co ", " sw "),
		"filter-co-is-ew":          swaps(" co ", " ew "),
		"filter-sw-is-co":          swaps(" sw ", " co "),
		"filter-sw-is-eq":          swaps(" sw ", " eq "),
		"filter-ew-is-co":          swaps(" ew ", " co "),
		"filter-ew-is-eq":          swaps(" ew ", " eq "),
		"filter-pr-is-always-true": swaps("title pr", "id pr"),
		"filter-gt-is-ge":          swaps(" gt ", " ge "),
		"filter-ge-is-gt":          swaps(" ge ", " gt "),
		"filter-lt-is-le":          swaps(" lt ", " le "),
		"filter-le-is-lt":          swaps(" le ", " lt "),
		"filter-gt-is-lt":          swaps(" gt ", " lt ", " lt ", " gt "),
		"filter-and-is-or":         swaps(" and ", " or "),
		"filter-or-is-and":         swaps(" or ", " and "),
		"filter-or-takes-left":     filters(func(s string) string { left, _, _ := strings.Cut(s, " or "); return left }),
		"filter-and-takes-left": filters(func(s string) string {
			if strings.ContainsAny(s, "([") {
				return s
			}
			left, _, _ := strings.Cut(s, " and ")
			return left
		}),
		"filter-not-ignored":        swaps("not (", "("),
		"filter-or-binds-closer":    filters(orBindsCloser),
		"filter-right-to-left":      filters(rightToLeft),
		"filter-brackets-ignored":   swaps("(title", "title", `")`, `"`),
		"filter-not-spans-all":      filters(notSpansAll),
		"filter-value-path-ignored": filters(valuePathIgnored),
		"filter-value-path-mixes": filters(func(s string) string {
			return regexp.MustCompile(`emails\[type (\w+) ("[^"]*") and value (\w+) ("[^"]*")\]`).ReplaceAllString(s, `emails.type $1 $2 and emails.value $3 $4`)
		}),
		"filter-value-path-is-500":     refuses("GET *", 500, "", func(q ask) bool { return strings.Contains(q.query.Get("filter"), "[") }),
		"filter-first-value-only":      filters(firstValueOnly),
		"filter-names-have-case":       strangeFilter(http.StatusOK, "USERNAME", "TiTlE"),
		"filter-operators-have-case":   strangeFilter(http.StatusInternalServerError, " Eq ", " OR "),
		"filter-urn-unknown":           strangeFilter(http.StatusOK, coreUser+":"),
		"filter-extension-unknown":     strangeFilter(http.StatusOK, enterprise+":"),
		"filter-user-name-has-case":    strangeFilter(http.StatusOK, "-ADA@"),
		"filter-external-id-no-case":   filters(externalIDNoCase),
		"filter-sub-attribute-unknown": strangeFilter(http.StatusOK, "name.familyName"),
		"filter-boolean-is-string":     strangeFilter(http.StatusOK, "active eq false"),
		"filter-boolean-ignored":       swaps("active eq false", "userName pr"),
		"filter-id-unknown":            strangeFilter(http.StatusOK, "id eq "),
		"filter-escapes-kept":          swaps(`\u0061`, `\\u0061`),
		"filter-schemas-unknown":       strangeFilter(http.StatusOK, "schemas eq"),
		"filter-times-are-strings":     timesAreStrings,
		"filter-times-ignore-zone":     filters(func(s string) string { return regexp.MustCompile(`(\d)[-+]\d\d:\d\d"`).ReplaceAllString(s, `${1}Z"`) }),
		"filter-unknown-operator-ignored": filters(func(s string) string {
			return strings.ReplaceAll(s, " regex ", " co ")
		}),
		"filter-broken-ignored": func(q ask, to next) *answer {
			if strings.HasSuffix(q.query.Get("filter"), " eq") {
				q.query.Del("filter")
			}
			return to(q)
		},
		"search-broken-filter-ignored": takes("POST /Users/.search", func(o map[string]any) {
			if strings.HasSuffix(str(o, "filter"), " eq") {
				delete(o, "filter")
			}
		}),
		"filter-boolean-has-order": swaps("active gt true", "active eq true"),
		"filter-nobody-is-404": func(q ask, to next) *answer {
			a := to(q)
			if q.query.Has("filter") && obj(a.body)["totalResults"] == 0.0 {
				return says(http.StatusNotFound, "")
			}
			return a
		},
		"filter-lists-need-sub-attribute": strangeFilter(http.StatusOK, "emails co"),
		"filter-value-path-has-case":      strangeFilter(http.StatusOK, "EMAILS["),
		"filter-co-has-case":              strangeFilter(http.StatusOK, "ALPHAB"),
		"filter-pr-of-lists-unknown":      strangeFilter(http.StatusOK, "phoneNumbers pr"),
		"filter-pr-of-lists-always":       swaps("phoneNumbers pr", "id pr"),
		"filter-cuts-at-quote":            swaps(`\"y\" or [z] \\ eq`, ""),
		"filter-brackets-in-quotes":       refuses("GET *", 500, "", func(q ask) bool { return strings.Contains(q.query.Get("filter"), "(x) and") }),
		"filter-ascii-only":               filters(latin),
		"filter-open-bracket-ignored": filters(func(s string) string {
			if strings.Count(s, "(") > strings.Count(s, ")") && !strings.Contains(s, "(x") {
				return s + ")"
			}
			return s
		}),
		"filter-rest-ignored": filters(func(s string) string { return strings.TrimSuffix(s, " and") }),
		"filter-ignored": func(q ask, to next) *answer {
			q.query.Del("filter")
			return to(q)
		},
		"filter-of-groups-ignored": asks("GET /Groups", func(q *ask) { q.query.Del("filter") }),
		"filter-by-member-unknown": strangeFilter(http.StatusOK, "members.value"),
		"filter-is-500":            refuses("GET *", 500, "", func(q ask) bool { return q.query.Has("filter") }),

		"list-without-schemas":   onLists(without("schemas")),
		"list-total-is-page":     onLists(func(o map[string]any) { o["totalResults"] = float64(len(listOf(o, "Resources"))) }),
		"list-total-is-string":   onLists(func(o map[string]any) { o["totalResults"] = "3" }),
		"list-resources-missing": onLists(without("Resources")),
		"list-items-is-count":    itemsIsCount,
		"list-without-start":     onLists(without("startIndex")),
		"list-start-is-1":        onLists(func(o map[string]any) { o["startIndex"] = 1 }),
		"list-items-missing":     onLists(without("itemsPerPage")),
		"list-count-ignored":     asks("GET *", func(q *ask) { q.query.Del("count") }),
		"list-count-0-is-all": asks("GET *", func(q *ask) {
			if q.query.Get("count") == "0" {
				q.query.Del("count")
			}
		}),
		"list-negative-count-is-400": refuses("GET *", 400, "invalidValue", func(q ask) bool { return strings.HasPrefix(q.query.Get("count"), "-") }),
		"list-negative-start-is-400": refuses("GET *", 400, "invalidValue", func(q ask) bool { return strings.HasPrefix(q.query.Get("startIndex"), "-") }),
		"list-starts-at-0": asks("GET *", func(q *ask) {
			if n, err := strconv.Atoi(q.query.Get("startIndex")); err == nil && n > 0 {
				q.query.Set("startIndex", strconv.Itoa(n+1))
			}
		}),
		"list-start-is-page":       asks("GET *", startIsPage),
		"list-start-ignored":       asks("GET *", func(q *ask) { q.query.Del("startIndex") }),
		"list-newest-first":        newestFirst,
		"list-by-name":             asks("GET /Users", func(q *ask) { sorted(q, "userName", "ascending") }),
		"list-behind-last-is-404":  behindLast,
		"list-order-changes":       orderChanges(),
		"list-without-id-of-items": onLists(func(o map[string]any) { eachOf(o, without("id")) }),

		"list-start-0-is-400":      refuses("GET *", 400, "invalidValue", func(q ask) bool { return q.query.Get("startIndex") == "0" }),
		"list-of-stubs":            onLists(func(o map[string]any) { eachOf(o, without("schemas", "meta")) }),
		"list-of-groups-not-paged": asks("GET /Groups", func(q *ask) { q.query.Del("count") }),
		"list-needs-parameters":    refuses("GET /Users", 400, "invalidValue", func(q ask) bool { return len(q.query) == 0 }),
		"list-total-keeps-deleted": onLists(func(o map[string]any) {
			if o["totalResults"] == 2.0 {
				o["totalResults"] = 3
			}
		}),
		"list-loses-last-after-delete": onLists(func(o map[string]any) {
			if all := listOf(o, "Resources"); len(all) == 3 {
				o["Resources"] = all[:2]
			}
		}),
		"sort-no-urn":            asks("GET *", func(q *ask) { sortsBy(q, coreUser+":name.familyName", "") }),
		"sort-of-groups-ignored": asks("GET /Groups", func(q *ask) { q.query.Del("sortBy") }),
		"sort-of-groups-has-case": func(q ask, to next) *answer {
			a := to(q)
			if q.query.Get("sortBy") == "displayName" {
				slices.SortStableFunc(listOf(a.body, "Resources"), func(x, y any) int { return strings.Compare(str(x, "displayName"), str(y, "displayName")) })
			}
			return a
		},
		"sort-ignored":              asks("* *", func(q *ask) { q.query.Del("sortBy"); without("sortBy")(obj(q.body)) }),
		"sort-order-ignored":        asks("* *", func(q *ask) { q.query.Del("sortOrder"); without("sortOrder")(obj(q.body)) }),
		"sort-has-case":             resorted(strings.Compare),
		"sort-empty-first":          emptyFirst,
		"sort-sub-attribute":        asks("GET *", func(q *ask) { sortsBy(q, "name.familyName", "name.givenName") }),
		"sort-first-value":          firstValueCounts,
		"sort-cuts-first":           cutsFirst,
		"sort-name-has-case":        asks("GET *", func(q *ask) { sortsBy(q, "NAME.FAMILYNAME", "") }),
		"search-sort-ignored":       takes("POST *", without("sortBy", "sortOrder")),
		"search-filter-ignored":     takes("POST *", func(o map[string]any) { delete(o, "filter") }),
		"search-pages-ignored":      takes("POST *", without("startIndex", "count")),
		"search-attributes-ignored": takes("POST *", without("attributes")),
		"search-without-schemas": answers("POST /Users/.search", func(a *answer) {
			delete(obj(a.body), "schemas")
		}),
		"root-search-is-of-people": func(q ask, to next) *answer {
			if q.is("POST /.search") {
				q.path = "/Users/.search"
			}
			return to(q)
		},
		"root-search-no-type": takes("POST /.search", func(o map[string]any) {
			o["filter"], _, _ = strings.Cut(str(o, "filter"), " and meta.resourceType")
		}),
		"root-search-unknown-is-500": refuses("POST /.search", 500, "", func(q ask) bool { return strings.Contains(str(q.body, "filter"), "userName") }),
		"root-list-is-empty": answers("GET /", func(a *answer) {
			if l := obj(a.body); l != nil {
				l["Resources"], l["totalResults"] = []any{}, 0
			}
		}),
		"root-filter-ignored": asks("GET /", func(q *ask) { q.query.Del("filter") }),

		"cursor-next-missing": onLists(without("nextCursor")),
		"cursor-never-ends": onLists(func(o map[string]any) {
			if o["nextCursor"] == nil && o["previousCursor"] != nil {
				o["nextCursor"] = ""
				o["nextCursor"] = o["previousCursor"]
			}
		}),
		"cursor-previous-on-first": onLists(func(o map[string]any) {
			if o["previousCursor"] == nil {
				o["previousCursor"] = "first"
			}
		}),
		"cursor-not-for-urls": onLists(func(o map[string]any) {
			if s := str(o, "nextCursor"); s != "" {
				o["nextCursor"] = s + "+/="
			}
		}),
		"cursor-wrong-is-first":     wrongCursorIsFirst,
		"cursor-wrong-without-type": answers("* /Users", func(a *answer) { delete(obj(a.body), "scimType") }),
		"cursor-count-ignored": asks("GET *", func(q *ask) {
			if q.query.Has("cursor") {
				q.query.Set("count", "100")
			}
		}),
		"cursor-of-search-ignored": takes("POST /Users/.search", without("cursor")),
		"cursor-not-sorted": asks("GET *", func(q *ask) {
			if q.query.Has("cursor") {
				q.query.Del("sortBy")
			}
		}),
		"cursor-previous-is-next": onLists(func(o map[string]any) {
			if o["previousCursor"] != nil && o["nextCursor"] != nil {
				o["previousCursor"] = o["nextCursor"]
			}
		}),
		"cursor-index-not-said": answers("GET /ServiceProviderConfig", func(a *answer) { without("index")(obj(obj(a.body)["pagination"])) }),
		"cursor-total-is-page": onLists(func(o map[string]any) {
			if o["nextCursor"] != nil {
				o["totalResults"] = len(listOf(o, "Resources"))
			}
		}),
		"cursor-skips-one": cursorSkipsOne,
	}
}

func onLists(f func(o map[string]any)) defect {
	return answers("* *", func(a *answer) {
		if o := obj(a.body); o["totalResults"] != nil {
			f(o)
		}
	})
}

func eachOf(o map[string]any, f func(map[string]any)) {
	for _, r := range listOf(o, "Resources") {
		f(obj(r))
	}
}

// strangeFilter answers a filter with one of the words as if nobody matched, or
// with a failure.
func strangeFilter(status int, words ...string) defect {
	return func(q ask, to next) *answer {
		strange := slices.ContainsFunc(words, func(w string) bool { return strings.Contains(q.query.Get("filter"), w) })
		switch {
		case strange && status == http.StatusOK:
			q.query.Set("filter", `id eq "somebody whom nobody knows"`)
		case strange:
			return says(status, "")
		}
		return to(q)
	}
}

// orBindsCloser puts brackets round what or joins: a or b and c.
func orBindsCloser(s string) string {
	if strings.ContainsAny(s, "([") {
		return s
	}
	var all []string
	for part := range strings.SplitSeq(s, " and ") {
		if strings.Contains(part, " or ") {
			part = "(" + part + ")"
		}
		all = append(all, part)
	}
	return strings.Join(all, " and ")
}

// rightToLeft puts brackets round all that follows the first and: a and b or c.
func rightToLeft(s string) string {
	left, right, ok := strings.Cut(s, " and ")
	if !ok || strings.ContainsAny(s, "([") || strings.Contains(left, " or ") {
		return s
	}
	return left + " and (" + right + ")"
}

func notSpansAll(s string) string {
	if after, ok := strings.CutPrefix(s, "not ("); ok {
		return "not (" + strings.Replace(after, ")", "", 1) + ")"
	}
	return s
}

// valuePathIgnored takes an expression in square brackets for always true.
func valuePathIgnored(s string) string {
	return regexp.MustCompile(`(\w+)\[[^\]]*\]`).ReplaceAllString(s, "$1 pr")
}

// firstValueOnly looks at the first address only, which is the one at work.
func firstValueOnly(s string) string {
	return strings.ReplaceAll(s, "@home.example", "@first.example")
}

func externalIDNoCase(s string) string {
	return regexp.MustCompile(`externalId eq "([^"]*)"`).ReplaceAllStringFunc(s, func(f string) string {
		at := strings.LastIndexByte(f, '-')
		return f + " or " + strings.ToUpper(f[:0]) + `externalId eq "x` + f[len(`externalId eq "X`):at] + strings.ToUpper(f[at:])
	})
}

// timesAreStrings finds nobody where the time is in a zone of its own: what is
// stored is in UTC, and compares otherwise as text.
func timesAreStrings(q ask, to next) *answer {
	if regexp.MustCompile(`meta\.\w+ (le|lt) "[^"]*-\d\d:\d\d"`).MatchString(q.query.Get("filter")) {
		q.query.Set("filter", `id eq "somebody whom nobody knows"`)
	}
	return to(q)
}

func itemsIsCount(q ask, to next) *answer {
	a := to(q)
	if n, err := strconv.Atoi(q.query.Get("count")); err == nil && obj(a.body)["itemsPerPage"] != nil {
		obj(a.body)["itemsPerPage"] = n
	}
	return a
}

// startIsPage takes startIndex for the number of a page.
func startIsPage(q *ask) {
	start, err := strconv.Atoi(q.query.Get("startIndex"))
	count, errCount := strconv.Atoi(q.query.Get("count"))
	if err == nil && errCount == nil && start > 0 {
		q.query.Set("startIndex", strconv.Itoa((start-1)*count+1))
	}
}

func sorted(q *ask, by, order string) {
	if !q.query.Has("sortBy") && !q.query.Has("cursor") {
		q.query.Set("sortBy", by)
		q.query.Set("sortOrder", order)
	}
}

func sortsBy(q *ask, from, to string) {
	if q.query.Get("sortBy") == from {
		q.query.Set("sortBy", to)
		if to == "" {
			q.query.Del("sortBy")
		}
	}
}

// newestFirst answers the last page for the first.
func newestFirst(q ask, to next) *answer {
	all := q
	all.query = url.Values{"filter": q.query["filter"], "count": {"1"}}
	start, err := strconv.Atoi(q.query.Get("startIndex"))
	count, errCount := strconv.Atoi(q.query.Get("count"))
	if !q.is("GET /Users") || !q.query.Has("filter") || err != nil || errCount != nil {
		return to(q)
	}
	total, _ := obj(to(all).body)["totalResults"].(float64)
	q.query.Set("startIndex", strconv.Itoa(max(int(total)-start-count+2, 1)))
	a := to(q)
	slices.Reverse(listOf(a.body, "Resources"))
	return a
}

func behindLast(q ask, to next) *answer {
	a := to(q)
	if obj(a.body)["totalResults"] != 0.0 && q.query.Get("count") != "0" && q.is("GET /Users") && a.status == 200 && len(listOf(a.body, "Resources")) == 0 {
		return says(http.StatusNotFound, "")
	}
	return a
}

// orderChanges turns a page round every other time that it is asked for.
func orderChanges() defect {
	asked := &memory{was: map[string]*answer{}}
	return func(q ask, to next) *answer {
		a := to(q)
		if key := q.query.Encode(); q.is("GET /Users") && asked.get(key) != nil {
			slices.Reverse(listOf(a.body, "Resources"))
			asked.put(key, nil)
		} else {
			asked.put(key, a)
		}
		return a
	}
}

// resorted sorts a page by title as compare has it.
func resorted(compare func(a, b string) int) defect {
	return func(q ask, to next) *answer {
		a := to(q)
		if by := q.query.Get("sortBy"); by != "" && !strings.Contains(by, ".") {
			slices.SortStableFunc(listOf(a.body, "Resources"), func(x, y any) int { return compare(str(x, by), str(y, by)) })
		}
		return a
	}
}

// emptyFirst puts who has no title where the other order has them.
func emptyFirst(q ask, to next) *answer {
	a := to(q)
	if q.query.Get("sortBy") == "title" {
		all := listOf(a.body, "Resources")
		slices.SortStableFunc(all, func(x, y any) int {
			n := min(len(str(x, "title")), 1) - min(len(str(y, "title")), 1)
			if q.query.Get("sortOrder") == "descending" {
				return -n
			}
			return n
		})
	}
	return a
}

// firstValueCounts sorts by the first address, primary or not.
func firstValueCounts(q ask, to next) *answer {
	a := to(q)
	if q.query.Get("sortBy") == "emails.value" {
		first := func(v any) string {
			if all := listOf(v, "emails"); len(all) > 0 {
				return str(all[0], "value")
			}
			return ""
		}
		slices.SortStableFunc(listOf(a.body, "Resources"), func(x, y any) int { return strings.Compare(first(x), first(y)) })
	}
	return a
}

// cutsFirst sorts within a page.
func cutsFirst(q ask, to next) *answer {
	if q.is("GET /Users") && q.query.Get("startIndex") != "" {
		q.query.Del("sortBy")
	}
	return to(q)
}

func wrongCursorIsFirst(q ask, to next) *answer {
	if strings.HasPrefix(q.query.Get("cursor"), "no-such") {
		q.query.Set("cursor", "")
	}
	return to(q)
}

// cursorSkipsOne loses the last of each page that leads on.
func cursorSkipsOne(q ask, to next) *answer {
	a := to(q)
	if all := listOf(a.body, "Resources"); obj(a.body)["nextCursor"] != nil && len(all) > 1 {
		obj(a.body)["Resources"] = all[:len(all)-1]
	}
	return a
}
