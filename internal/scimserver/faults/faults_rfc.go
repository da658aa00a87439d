package faults

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// rfcFaults are those of what other clients use and Okta does not: sorting,
// projection, versions, bulk, searches by POST, cursors.
func rfcFaults() []Fault {
	search := "POST .search,Users/.search,Groups/.search"
	filterOp := func(from, to string) step {
		return lookups("Users,Groups", func(f string) string { return strings.Replace(f, " "+from+" ", " "+to+" ", 1) })
	}
	bulk := func(f func(ops []object)) step {
		return after("POST Bulk", func(c *call) { f(objects(c.answer()["Operations"])) })
	}
	etag := func(c *call) string { return c.header.Get("ETag") }
	return []Fault{
		// Filters.
		{ID: "filter.ne-is-eq", Title: "takes ne for eq", Source: "RFC 7644 §3.4.2.2, table 3", Flow: RFC, step: filterOp("ne", "eq")},
		{ID: "filter.co-is-sw", Title: "takes co for sw", Source: "RFC 7644 §3.4.2.2, table 3", Flow: RFC, step: filterOp("co", "sw")},
		{ID: "filter.sw-is-co", Title: "takes sw for co", Source: "RFC 7644 §3.4.2.2, table 3", Flow: RFC, step: filterOp("sw", "co")},
		{ID: "filter.ew-is-co", Title: "takes ew for co", Source: "RFC 7644 §3.4.2.2, table 3", Flow: RFC, step: filterOp("ew", "co")},
		{ID: "filter.gt-is-ge", Title: "takes gt for ge", Source: "RFC 7644 §3.4.2.2, table 3", Flow: RFC, step: filterOp("gt", "ge")},
		{ID: "filter.le-is-lt", Title: "takes le for lt", Source: "RFC 7644 §3.4.2.2, table 3", Flow: RFC, step: filterOp("le", "lt")},
		{ID: "filter.and-is-or", Title: "takes and for or", Source: "RFC 7644 §3.4.2.2, table 4", Flow: RFC, step: filterOp("and", "or")},
		{ID: "filter.or-is-and", Title: "takes or for and", Source: "RFC 7644 §3.4.2.2, table 4", Flow: RFC, step: filterOp("or", "and")},
		{
			ID: "filter.not-ignored", Title: "ignores not", Source: "RFC 7644 §3.4.2.2, table 4", Flow: RFC,
			step: lookups("Users,Groups", func(f string) string {
				return strings.ReplaceAll(strings.ReplaceAll(f, "not (", "("), "not(", "(")
			}),
		},
		{
			ID: "filter.brackets-ignored", Title: "ignores brackets", Source: "RFC 7644 §3.4.2.2: precedence", Flow: RFC,
			step: lookups("Users,Groups", func(f string) string {
				if strings.Contains(f, "not") || strings.Contains(f, "[") {
					return f
				}
				return strings.NewReplacer("(", "", ")", "").Replace(f)
			}),
		},
		{
			ID: "filter.pr-is-everybody", Title: "answers everybody to pr", Source: "RFC 7644 §3.4.2.2, table 3", Flow: RFC,
			step: before("GET Users", func(c *call) {
				if strings.HasSuffix(c.query.Get("filter"), " pr") {
					c.query.Del("filter")
				}
			}),
		},
		{
			ID: "filter.operators-case", Title: "finds nobody by operators in capitals", Source: "RFC 7644 §3.4.2.2: without case", Flow: RFC,
			step: hits("Users,Groups", func(c *call, l object, _ []object) {
				if f := " " + c.query.Get("filter") + " "; strings.Contains(f, " EQ ") || strings.Contains(f, " Eq ") {
					keep(l, nil)
				}
			}),
		},
		{
			ID: "filter.attribute-case", Title: "finds nobody by USERNAME for userName", Source: "RFC 7643 §2.1", Flow: RFC,
			step: hits("Users", func(c *call, l object, _ []object) {
				if name, _, _ := strings.Cut(c.query.Get("filter"), " "); strings.EqualFold(name, "userName") && name != "userName" {
					keep(l, nil)
				}
			}),
		},
		{
			ID: "filter.urn-unknown", Title: "finds nobody by the full name of an attribute with its URN", Source: "RFC 7644 §3.10", Flow: RFC,
			step: hits("Users", func(c *call, l object, _ []object) {
				if strings.Contains(c.query.Get("filter"), "urn:") {
					keep(l, nil)
				}
			}),
		},
		{
			ID: "filter.malformed-is-everybody", Title: "ignores a filter that it cannot read", Source: "RFC 7644 §3.4.2.2: invalidFilter", Flow: RFC,
			step: refused("GET Users,Groups", func(c *call) {
				if c.status == 400 && c.query.Has("filter") {
					c.query.Del("filter")
					c.forward()
				}
			}),
		},
		{
			ID: "filter.malformed-is-empty", Title: "answers an empty list to a filter that it cannot read", Source: "RFC 7644 §3.4.2.2: invalidFilter", Flow: RFC,
			step: refused("GET Users,Groups", func(c *call) {
				if c.status == 400 && c.query.Has("filter") {
					c.reply(200, emptyList())
				}
			}),
		},
		{
			ID: "filter.wrong-scim-type", Title: "says invalidSyntax where a filter is wrong", Source: "RFC 7644 §3.12, table 9", Flow: RFC,
			step: refused("GET Users,Groups", func(c *call) {
				if c.answer()["scimType"] == "invalidFilter" {
					c.answer()["scimType"] = "invalidSyntax"
				}
			}),
		},
		{
			ID: "filter.value-path-any", Title: "looks for both halves of emails[…] in any two e-mails", Source: "RFC 7644 §3.4.2.2: the same value", Flow: RFC,
			step: lookups("Users", func(f string) string {
				before, rest, ok := strings.Cut(f, "emails[")
				inner, after, closed := strings.Cut(rest, "]")
				if !ok || !closed {
					return f
				}
				parts := strings.Split(inner, " and ")
				for i, p := range parts {
					parts[i] = "emails." + p
				}
				return before + "(" + strings.Join(parts, " and ") + ")" + after
			}),
		},
		{
			ID: "filter.boolean", Title: "compares active with a string", Source: "RFC 7644 §3.4.2.2", Flow: RFC,
			step: hits("Users", func(c *call, l object, _ []object) {
				if strings.Contains(c.query.Get("filter"), "active eq") {
					keep(l, nil)
				}
			}),
		},

		// Pages, sorting, projection.
		{
			ID: "list.count-zero-is-default", Title: "answers a whole page to count=0", Source: "RFC 7644 §3.4.2.4", Flow: RFC,
			step: before("GET Users,Groups", func(c *call) {
				if c.query.Get("count") == "0" {
					c.query.Del("count")
				}
			}),
		},
		{
			ID: "list.count-negative-400", Title: "refuses a negative count", Source: "RFC 7644 §3.4.2.4: as 0", Flow: RFC,
			step: before("GET Users,Groups", func(c *call) {
				if strings.HasPrefix(c.query.Get("count"), "-") {
					c.refuse(400, "invalidValue", "count is negative")
				}
			}),
		},
		{
			ID: "list.start-zero-400", Title: "refuses startIndex=0", Source: "RFC 7644 §3.4.2.4: as 1; targets.md, rule 8", Flow: RFC,
			step: before("GET Users,Groups", func(c *call) {
				if c.query.Get("startIndex") == "0" {
					c.refuse(400, "invalidValue", "startIndex is 0")
				}
			}),
		},
		{
			ID: "sort.ignored", Title: "ignores sortBy", Source: "RFC 7644 §3.4.2.3", Flow: RFC,
			step: before("GET Users,Groups", func(c *call) { c.query.Del("sortBy"); c.query.Del("sortOrder") }),
		},
		{
			ID: "sort.descending-ignored", Title: "sorts ascending where descending is asked for", Source: "RFC 7644 §3.4.2.3", Flow: RFC,
			step: before("GET Users,Groups", func(c *call) { c.query.Del("sortOrder") }),
		},
		{
			ID: "sort.page-by-page", Title: "sorts each page by itself", Source: "RFC 7644 §3.4.2.3", Flow: RFC,
			step: before("GET Users,Groups", func(c *call) {
				by := c.query.Get("sortBy")
				if by == "" {
					return
				}
				order := c.query.Get("sortOrder")
				c.query.Del("sortBy")
				c.query.Del("sortOrder")
				if c.forward(); c.succeeded() {
					all := objects(c.answer()["Resources"])
					slices.SortStableFunc(all, func(a, b object) int { return strings.Compare(str(a[by]), str(b[by])) })
					if order == "descending" {
						slices.Reverse(all)
					}
					setObjects(c.answer(), "Resources", all)
				}
			}),
		},
		{
			ID: "sort.case", Title: "sorts capitals before small letters", Source: "RFC 7644 §3.4.2.3: caseExact false", Flow: RFC,
			step: after("GET Users,Groups", func(c *call) {
				by := c.query.Get("sortBy")
				if by != "userName" && by != "displayName" {
					return
				}
				all := objects(c.answer()["Resources"])
				slices.SortStableFunc(all, func(a, b object) int { return strings.Compare(str(a[by]), str(b[by])) })
				if c.query.Get("sortOrder") == "descending" {
					slices.Reverse(all)
				}
				setObjects(c.answer(), "Resources", all)
			}),
		},
		{
			ID: "projection.attributes-ignored", Title: "ignores attributes", Source: "RFC 7644 §3.9", Flow: RFC,
			step: before("GET Users*,Groups*", func(c *call) { c.query.Del("attributes") }),
		},
		{
			ID: "projection.excluded-ignored", Title: "ignores excludedAttributes", Source: "RFC 7644 §3.9; elimity-com/scim", Flow: RFC,
			step: before("GET Users*,Groups*", func(c *call) { c.query.Del("excludedAttributes") }),
		},
		{
			ID: "projection.drops-id", Title: "leaves id out where attributes does not name it", Source: "RFC 7643 §7: returned always", Flow: RFC,
			step: after("GET Users*,Groups*", func(c *call) {
				if a := c.query.Get("attributes"); a != "" && !strings.Contains(a, "id") {
					c.each(func(o object) { delete(o, "id") })
				}
			}),
		},
		{
			ID: "projection.excludes-id", Title: "leaves id out where excludedAttributes names it", Source: "RFC 7644 §3.9: returned always", Flow: RFC,
			step: after("GET Users*,Groups*", func(c *call) {
				if slices.Contains(strings.Split(c.query.Get("excludedAttributes"), ","), "id") {
					c.each(func(o object) { delete(o, "id") })
				}
			}),
		},
		{
			ID: "projection.sub-attribute", Title: "answers the whole name where name.givenName is asked for", Source: "RFC 7644 §3.10", Flow: RFC,
			step: before("GET Users*", func(c *call) {
				parts := strings.Split(c.query.Get("attributes"), ",")
				for i, p := range parts {
					parts[i], _, _ = strings.Cut(p, ".")
				}
				if c.query.Has("attributes") && !strings.Contains(c.query.Get("attributes"), "urn:") {
					c.query.Set("attributes", strings.Join(parts, ","))
				}
			}),
		},
		{
			ID: "projection.on-write-ignored", Title: "ignores attributes of a POST or PUT", Source: "RFC 7644 §3.9", Flow: RFC,
			step: before("POST,PUT,PATCH Users*,Groups*", func(c *call) { c.query.Del("attributes"); c.query.Del("excludedAttributes") }),
		},

		// Searches by POST, and cursors.
		{
			ID: "search.filter-ignored", Title: "ignores the filter of a .search", Source: "RFC 7644 §3.4.3", Flow: RFC,
			step: before(search, func(c *call) { delete(c.body(), "filter") }),
		},
		{
			ID: "search.count-ignored", Title: "ignores count and startIndex of a .search", Source: "RFC 7644 §3.4.3", Flow: RFC,
			step: before(search, func(c *call) { delete(c.body(), "count"); delete(c.body(), "startIndex") }),
		},
		{
			ID: "search.attributes-ignored", Title: "ignores attributes of a .search", Source: "RFC 7644 §3.4.3", Flow: RFC,
			step: before(search, func(c *call) { delete(c.body(), "attributes"); delete(c.body(), "excludedAttributes") }),
		},
		{
			ID: "search.creates", Title: "answers a .search with 201", Source: "RFC 7644 §3.4.3", Flow: RFC,
			step: after(search, func(c *call) { c.status = 201 }),
		},
		{
			ID: "cursor.same-page", Title: "answers the first page to every cursor", Source: "RFC 9865 §2", Flow: RFC,
			step: before("GET Users,Groups", func(c *call) {
				if c.query.Get("cursor") != "" {
					c.query.Set("cursor", "")
				}
			}),
		},
		{
			ID: "cursor.next-on-last-page", Title: "gives a next cursor on the last page", Source: "RFC 9865 §2", Flow: RFC,
			step: lists(func(c *call, l object) {
				if c.query.Has("cursor") && l["nextCursor"] == nil {
					l["nextCursor"] = "end"
				}
			}),
		},
		{
			ID: "cursor.no-next", Title: "gives no next cursor", Source: "RFC 9865 §2", Flow: RFC,
			step: lists(func(_ *call, l object) { delete(l, "nextCursor") }),
		},
		{
			ID: "cursor.invalid-is-first-page", Title: "answers the first page to a cursor that does not exist", Source: "RFC 9865 §2.1: invalidCursor", Flow: RFC,
			step: refused("GET Users,Groups", func(c *call) {
				if c.query.Get("cursor") != "" {
					c.query.Set("cursor", "")
					c.forward()
				}
			}),
		},

		// Versions.
		{
			ID: "etag.if-match-ignored", Title: "ignores If-Match", Source: "RFC 7644 §3.14; targets.md, rule 16", Flow: RFC,
			step: before("PUT,PATCH,DELETE *", func(c *call) { c.r.Header.Del("If-Match") }),
		},
		{
			ID: "etag.if-none-match-ignored", Title: "ignores If-None-Match", Source: "RFC 7644 §3.14", Flow: RFC,
			step: before("GET Users/id,Groups/id", func(c *call) { c.r.Header.Del("If-None-Match") }),
		},
		{
			ID: "etag.stale-is-409", Title: "answers 409 where If-Match does not match", Source: "RFC 9110 §13.1.1: 412", Flow: RFC,
			step: refused("PUT,PATCH,DELETE *", func(c *call) {
				if c.status == http.StatusPreconditionFailed {
					c.refuse(409, "", "changed in between")
				}
			}),
		},
		{
			ID: "etag.never-changes", Title: "leaves the version as it is over a change", Source: "RFC 7643 §3.1", Flow: RFC,
			fresh: func() step {
				var first memory[string]
				return after("* Users/id,Groups/id", func(c *call) {
					if tag := etag(c); tag != "" {
						if old, ok := first.get(c.id); ok {
							c.header.Set("ETag", old)
							if m := sub(c.answer(), "meta"); m != nil {
								m["version"] = old
							}
						} else {
							first.swap(c.id, tag)
						}
					}
				})
			},
		},
		{
			ID: "etag.differs-from-meta", Title: "says another version in the header than in meta", Source: "RFC 7643 §3.1: the same", Flow: RFC,
			step: after("* Users*,Groups*", func(c *call) {
				if etag(c) != "" {
					c.header.Set("ETag", `W/"other"`)
				}
			}),
		},
		{
			ID: "etag.missing", Title: "says that it has versions and gives no ETag", Source: "RFC 7643 §5, RFC 7644 §3.14", Flow: RFC,
			step: after("* Users*,Groups*", func(c *call) { c.header.Del("ETag") }),
		},

		// Bulk.
		{
			ID: "bulk.404", Title: "says that it has bulk and answers 404", Source: "RFC 7643 §5", Flow: RFC,
			step: before("POST Bulk", func(c *call) { c.refuse(404, "", "no such route") }),
		},
		{
			ID: "bulk.status-number", Title: "answers the status of a bulk operation as a number", Source: "RFC 7644 §3.7: a string", Flow: RFC,
			step: bulk(func(ops []object) {
				for _, op := range ops {
					op["status"] = 200.0
				}
			}),
		},
		{
			ID: "bulk.id-missing", Title: "does not repeat bulkId", Source: "RFC 7644 §3.7", Flow: RFC,
			step: bulk(func(ops []object) {
				for _, op := range ops {
					delete(op, "bulkId")
				}
			}),
		},
		{
			ID: "bulk.location-missing", Title: "answers bulk operations without location", Source: "RFC 7644 §3.7", Flow: RFC,
			step: bulk(func(ops []object) {
				for _, op := range ops {
					delete(op, "location")
				}
			}),
		},
		{
			ID: "bulk.all-200", Title: "answers status 200 for every bulk operation", Source: "RFC 7644 §3.7.3", Flow: RFC,
			step: bulk(func(ops []object) {
				for _, op := range ops {
					op["status"] = "200"
				}
			}),
		},
		{
			ID: "bulk.fail-on-errors-ignored", Title: "goes on after failOnErrors errors", Source: "RFC 7644 §3.7.3", Flow: RFC,
			step: before("POST Bulk", func(c *call) { delete(c.body(), "failOnErrors") }),
		},
		{
			ID: "bulk.only-first", Title: "does only the first bulk operation", Source: "RFC 7644 §3.7", Flow: RFC,
			step: before("POST Bulk", func(c *call) {
				if ops := list(c.body(), "Operations"); len(ops) > 1 {
					c.body()["Operations"] = ops[:1]
				}
			}),
		},
		{
			ID: "bulk.references-kept", Title: "stores bulkId:… in place of the id it stands for", Source: "RFC 7644 §3.7.2", Flow: RFC,
			step: before("POST Bulk", func(c *call) {
				for _, op := range objects(c.body()["Operations"]) {
					if strings.Contains(string(text(op)), "bulkId:") {
						maps.DeleteFunc(sub(op, "data"), func(name string, _ any) bool { return name == "members" })
					}
				}
			}),
		},
		{
			ID: "bulk.response-schema", Title: "labels the answer to a bulk request with the schema of a list", Source: "RFC 7644 §3.7", Flow: RFC,
			step: after("POST Bulk", func(c *call) { c.answer()["schemas"] = []any{listSchema} }),
		},

		// Methods and bodies.
		{
			ID: "http.unknown-route-200", Title: "answers 200 to an endpoint that does not exist", Source: "RFC 7644 §3.12", Flow: RFC,
			step: refused("GET *", func(c *call) {
				if c.endpoint == "" && c.status == 404 {
					c.reply(200, emptyList())
				}
			}),
		},
		{
			ID: "http.malformed-500", Title: "answers 500 to a body that is no JSON", Source: "RFC 7644 §3.12: 400 invalidSyntax", Flow: RFC,
			step: before("POST,PUT,PATCH *", func(c *call) {
				if len(c.body()) == 0 {
					c.refuse(500, "", "unexpected token")
				}
			}),
		},
		{
			ID: "http.required-null-taken", Title: "keeps a required attribute that is removed, and answers 200", Source: "RFC 7644 §3.5.2.2: invalidValue", Flow: RFC,
			step: refused("PATCH Users/id", func(c *call) {
				if c.status == 400 && strings.Contains(string(c.raw), "userName") {
					c.echo()
				}
			}),
		},
		{
			ID: "http.wrong-type-taken", Title: "answers 201 to an attribute of the wrong type and leaves it out", Source: "RFC 7643 §2.3; RFC 7644 §3.12: invalidValue", Flow: RFC,
			step: before("POST Users", func(c *call) {
				if _, isBool := c.body()["active"].(bool); c.body()["active"] != nil && !isBool {
					delete(c.body(), "active")
				}
				if _, isText := c.body()["displayName"].(string); c.body()["displayName"] != nil && !isText {
					delete(c.body(), "displayName")
				}
			}),
		},
		{
			ID: "http.me-is-404", Title: "answers 500 to /Me", Source: "RFC 7644 §3.11: 501 or an alias", Flow: RFC,
			step: before("* Me*", func(c *call) { c.refuse(500, "", "internal error") }),
		},
	}
}
