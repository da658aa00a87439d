package faults

import (
	"regexp"
	"slices"
	"strings"
)

// lookups changes the filter of a search; f returns the filter to use instead.
func lookups(pattern string, f func(filter string) string) step {
	return before("GET "+pattern, func(c *call) {
		if c.query.Has("filter") {
			c.query.Set("filter", f(c.query.Get("filter")))
		}
	})
}

// hits changes the answer to a search with a filter.
func hits(pattern string, f func(c *call, l object, hits []object)) step {
	return after("GET "+pattern, func(c *call) {
		if c.query.Has("filter") {
			f(c, c.answer(), objects(c.answer()["Resources"]))
		}
	})
}

// keep sets the hits of a list.
func keep(l object, hits []object) {
	setObjects(l, "Resources", hits)
	l["totalResults"], l["itemsPerPage"] = float64(len(hits)), float64(len(hits))
}

// operand is the text between the quotes of a filter.
func operand(filter string) string {
	_, rest, _ := strings.Cut(filter, `"`)
	if i := strings.LastIndex(rest, `"`); i >= 0 {
		return rest[:i]
	}
	return rest
}

// filterFaults are those of a search before something is created.
func filterFaults() []Fault {
	firstHundred := func(endpoint string) step {
		return hits(endpoint, func(c *call, l object, hits []object) {
			_, first := c.do("GET", "/"+endpoint+"?startIndex=1&count=100", nil)
			seen := map[any]bool{}
			for _, u := range objects(first["Resources"]) {
				seen[u["id"]] = true
			}
			keep(l, slices.DeleteFunc(hits, func(u object) bool { return !seen[u["id"]] }))
		})
	}
	spaces := regexp.MustCompile(`"([^" ]*) [^"]*"`)
	return []Fault{
		{
			ID: "filter.after-page", Title: "looks for the filter only in the first hundred people", Source: "gh:rstudio/rstudio/pull/14992", Flow: CreateUsers,
			step: firstHundred("Users"),
		},
		{
			ID: "filter.after-page-of-groups", Title: "looks for the filter only in the first hundred groups", Source: "gh:rstudio/rstudio/pull/14992", Flow: PushGroups,
			step: firstHundred("Groups"),
		},
		{
			ID: "filter.splits-at-spaces", Title: "reads a filter only up to the first space of its value", Source: "gh:audriga/scim-server-php/issues/1", Flow: PushGroups,
			step: lookups("Users,Groups", func(f string) string { return spaces.ReplaceAllString(f, `"$1"`) }),
		},
		{
			ID: "filter.plus-is-space", Title: "decodes a filter twice, so that + in an address is a space", Source: "Okta's samples of 2018 and 2024", Flow: CreateUsers,
			step: lookups("Users", func(f string) string { return strings.ReplaceAll(f, "+", " ") }),
		},
		{
			ID: "filter.plus-not-decoded", Title: "takes + between the words of a filter for a plus sign", Source: "Okta's samples of 2018", Flow: CreateUsers,
			step: before("GET Users,Groups", func(c *call) {
				if f := c.r.URL.RawQuery; strings.Contains(f, "+eq+") {
					c.refuse(400, "invalidFilter", "the filter cannot be read")
				}
			}),
		},
		{
			ID: "filter.percent20-not-decoded", Title: "wants + between the words of a filter and does not decode %20", Source: "Okta's samples of 2024", Flow: CreateUsers,
			step: before("GET Users,Groups", func(c *call) {
				if f := c.r.URL.RawQuery; strings.Contains(f, "%20eq%20") {
					c.refuse(400, "invalidFilter", "the filter cannot be read")
				}
			}),
		},
		{
			ID: "filter.at-not-decoded", Title: "does not decode %40 in a filter", Source: "scim-client.md §3: @ is encoded", Flow: CreateUsers,
			step: before("GET Users", func(c *call) {
				if strings.Contains(c.r.URL.RawQuery, "%40") {
					c.query.Set("filter", strings.ReplaceAll(c.query.Get("filter"), "@", "%40"))
				}
			}),
		},
		{
			ID: "filter.groups-ignored", Title: "ignores the filter of groups and answers all of them", Source: "Okta's reference; obot run-003", Flow: PushGroups,
			step: before("GET Groups", func(c *call) { c.query.Del("filter") }),
		},
		{
			ID: "filter.groups-refused", Title: "refuses a filter of groups with 400", Source: "Okta's reference; obot run-003", Flow: PushGroups,
			step: before("GET Groups", func(c *call) {
				if c.query.Has("filter") {
					c.refuse(400, "invalidFilter", "groups cannot be filtered")
				}
			}),
		},
		{
			ID: "filter.users-ignored", Title: "ignores the filter of users and answers everybody", Source: "targets.md, rule 1", Flow: CreateUsers,
			step: before("GET Users", func(c *call) { c.query.Del("filter") }),
		},
		{
			ID: "filter.users-starts-with", Title: "finds everybody whose userName begins with what was asked for", Source: "targets.md, rule 1", Flow: CreateUsers,
			step: lookups("Users", func(f string) string { return strings.Replace(f, " eq ", " sw ", 1) }),
		},
		{
			ID: "filter.users-contains", Title: "finds everybody whose userName contains what was asked for", Source: "targets.md, rule 1", Flow: CreateUsers,
			step: lookups("Users", func(f string) string { return strings.Replace(f, " eq ", " co ", 1) }),
		},
		{
			ID: "filter.groups-contains", Title: "finds every group whose name contains what was asked for", Source: "targets.md, rule 1", Flow: PushGroups,
			step: lookups("Groups", func(f string) string { return strings.Replace(f, " eq ", " co ", 1) }),
		},
		{
			ID: "filter.searches-email", Title: "looks for the userName of a filter in the e-mail", Source: "@boxyhq/saml-jackson", Flow: CreateUsers,
			step: lookups("Users", func(f string) string { return strings.Replace(f, "userName eq", "emails.value eq", 1) }),
		},
		{
			ID: "filter.case-sensitive-user", Title: "compares userName with case", Source: "RFC 7643 §4.1.1; scimmy; Okta's SPEC suite, step 9", Flow: CreateUsers,
			step: hits("Users", func(c *call, l object, hits []object) {
				if f := c.query.Get("filter"); strings.HasPrefix(f, "userName eq") {
					keep(l, slices.DeleteFunc(hits, func(u object) bool { return u["userName"] != operand(f) }))
				}
			}),
		},
		{
			ID: "filter.upper-case-is-400", Title: "refuses a lookup in capitals", Source: "Okta's SPEC suite, step 9", Flow: CreateUsers,
			step: before("GET Users", func(c *call) {
				if v := operand(c.query.Get("filter")); v != "" && v == strings.ToUpper(v) {
					c.refuse(400, "invalidValue", "not an address")
				}
			}),
		},
		{
			ID: "filter.miss-is-404", Title: "answers a search for a group without a hit with 404", Source: "RFC 7644 §3.4.2", Flow: RFC,
			step: hits("Groups", func(c *call, _ object, hits []object) {
				if len(hits) == 0 {
					c.refuse(404, "", "no such group")
				}
			}),
		},
		{
			ID: "filter.miss-is-500", Title: "answers a search for a user without a hit with 500", Source: "scim-client.md §3", Flow: CreateUsers,
			step: hits("Users", func(c *call, _ object, hits []object) {
				if len(hits) == 0 {
					c.refuse(500, "", "nil pointer")
				}
			}),
		},
		{
			ID: "filter.hit-is-bare-user", Title: "answers a search with the user itself, without a list", Source: "scim-client.md §3", Flow: CreateUsers,
			step: hits("Users", func(c *call, _ object, hits []object) {
				if len(hits) == 1 {
					c.reply(200, hits[0])
				}
			}),
		},
		{
			ID: "filter.total-of-everybody", Title: "says how many people there are as totalResults of a search", Source: "RFC 7644 §3.4.2", Flow: CreateUsers,
			step: hits("Users", func(c *call, l object, _ []object) {
				_, all := c.do("GET", "/Users?count=1", nil)
				l["totalResults"] = all["totalResults"]
			}),
		},
		{
			ID: "filter.hides-inactive", Title: "does not find inactive people", Source: "gh:growthbook/growthbook/pull/1680; GitHub's SCIM API", Flow: ReactivateUsers,
			step: hits("Users", func(_ *call, l object, hits []object) {
				keep(l, slices.DeleteFunc(hits, func(u object) bool { return u["active"] == false }))
			}),
		},
		{
			ID: "filter.stale-after-rename", Title: "finds a user by the old userName after a change, and not by the new one", Source: "@boxyhq/saml-jackson", Flow: UpdateUsers,
			fresh: func() step { return staleIndex("Users", "userName") },
		},
		{
			ID: "filter.stale-after-group-rename", Title: "finds a group by the old name after a change, and not by the new one", Source: "@boxyhq/saml-jackson", Flow: PushGroups,
			fresh: func() step { return staleIndex("Groups", "displayName") },
		},
		{
			ID: "filter.apostrophe", Title: "fails with 500 on an apostrophe in a filter", Source: "SQL made of text", Flow: PushGroups,
			step: before("GET Users,Groups", func(c *call) {
				if strings.Contains(operand(c.query.Get("filter")), "'") {
					c.refuse(500, "", "unterminated string")
				}
			}),
		},
		{
			ID: "filter.escapes", Title: "does not know an escaped quote in the value of a filter", Source: "RFC 7644 §3.4.2.2: a JSON string", Flow: PushGroups,
			step: before("GET Users,Groups", func(c *call) {
				if strings.Contains(c.query.Get("filter"), `\"`) {
					c.refuse(400, "invalidFilter", "the filter cannot be read")
				}
			}),
		},
		{
			ID: "filter.like-wildcards", Title: "takes _ in the value of a filter for any letter", Source: "SQL LIKE in place of =", Flow: CreateUsers,
			step: hits("Users", func(c *call, l object, _ []object) {
				f := c.query.Get("filter")
				if !strings.HasPrefix(f, "userName eq") || !strings.Contains(f, "_") {
					return
				}
				like := regexp.MustCompile("(?i)^" + strings.ReplaceAll(regexp.QuoteMeta(operand(f)), "_", ".") + "$")
				_, all := c.do("GET", "/Users?count=200", nil)
				keep(l, slices.DeleteFunc(objects(all["Resources"]), func(u object) bool { return !like.MatchString(str(u["userName"])) }))
			}),
		},
		{
			ID: "filter.not-ascii", Title: "finds no name with letters beyond ASCII", Source: "RFC 7644 §8.1: UTF-8", Flow: PushGroups,
			step: hits("Users,Groups", func(c *call, l object, _ []object) {
				if strings.ContainsFunc(operand(c.query.Get("filter")), func(r rune) bool { return r > 126 }) {
					keep(l, nil)
				}
			}),
		},
		{
			ID: "filter.external-id", Title: "finds nobody by externalId", Source: "RFC 7643 §3.1: for a client's own lookups", Flow: RFC,
			step: hits("Users,Groups", func(c *call, l object, _ []object) {
				if strings.HasPrefix(c.query.Get("filter"), "externalId eq") {
					keep(l, nil)
				}
			}),
		},
	}
}

// staleIndex is an index that keeps what a resource was called at first: a search for
// that name finds it, one for its present name does not.
func staleIndex(endpoint, name string) step {
	var first memory[string] // by id
	return func(c *call) {
		var was object
		if c.is("PUT,PATCH " + endpoint + "/id") {
			was = c.stored()
		}
		c.forward()
		if was != nil && c.succeeded() {
			if _, had := first.get(c.id); !had {
				first.swap(c.id, str(was[name]))
			}
		}
		f := c.query.Get("filter")
		if !c.is("GET "+endpoint) || !c.succeeded() || !strings.HasPrefix(f, name+" eq") {
			return
		}
		var found []object
		for _, id := range first.keys(func(n string) bool { return strings.EqualFold(n, operand(f)) }) {
			if status, o := c.do("GET", "/"+endpoint+"/"+id, nil); status == 200 {
				found = append(found, o)
			}
		}
		for _, o := range objects(c.answer()["Resources"]) {
			if _, moved := first.get(str(o["id"])); !moved {
				found = append(found, o)
			}
		}
		keep(c.answer(), found)
	}
}
