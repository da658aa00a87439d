package faults

import (
	"net/url"
	"slices"
	"strconv"
	"sync"
)

// start is the startIndex that was asked for.
func (c *call) start() int {
	n, err := strconv.Atoi(c.query.Get("startIndex"))
	if err != nil || n < 1 {
		return 1
	}
	return n
}

func setQuery(q url.Values, name string, n int) { q.Set(name, strconv.Itoa(n)) }

// pages changes requests for a page without a filter.
func pages(pattern string, f func(c *call)) step {
	return before("GET "+pattern, func(c *call) {
		if !c.query.Has("filter") {
			f(c)
		}
	})
}

// pagingFaults are those of more than one page.
func pagingFaults() []Fault {
	return []Fault{
		{
			ID: "page.total-is-page", Title: "says the size of the page as totalResults", Source: "gh:wso2/product-is/issues/7320", Flow: ImportUsers,
			step: lists(func(_ *call, l object) { l["totalResults"] = float64(len(list(l, "Resources"))) }),
		},
		{
			ID: "page.total-is-rest", Title: "says what is left from startIndex on as totalResults", Source: "RFC 7644 §3.4.2: of all pages", Flow: ImportUsers,
			step: lists(func(c *call, l object) {
				l["totalResults"] = float64(max(0, number(l["totalResults"])-c.start()+1))
			}),
		},
		{
			ID: "page.total-one-too-many", Title: "says one too many as totalResults", Source: "off by one", Flow: ImportUsers,
			step: lists(func(_ *call, l object) { l["totalResults"] = float64(number(l["totalResults"]) + 1) }),
		},
		{
			ID: "page.total-one-too-few", Title: "says one too few as totalResults", Source: "off by one", Flow: ImportUsers,
			step: lists(func(_ *call, l object) { l["totalResults"] = float64(max(0, number(l["totalResults"])-1)) }),
		},
		{
			ID: "page.total-capped", Title: "never says more than 50 as totalResults", Source: "@boxyhq/saml-jackson", Flow: ImportUsers,
			step: lists(func(_ *call, l object) { l["totalResults"] = float64(min(50, number(l["totalResults"]))) }),
		},
		{
			ID: "page.zero-based", Title: "counts startIndex from 0", Source: "gh:simpleidserver/SimpleIdServer/issues/185", Flow: ImportUsers,
			step: pages("Users,Groups", func(c *call) {
				asked := c.start()
				setQuery(c.query, "startIndex", asked+1)
				c.forward()
				c.answer()["startIndex"] = float64(asked)
			}),
		},
		{
			ID: "page.start-ignored", Title: "answers the first page whatever startIndex says", Source: "gh:simpleidserver/SimpleIdServer/issues/185; scimmy on Express 5", Flow: ImportUsers,
			step: pages("Users,Groups", func(c *call) { c.query.Del("startIndex") }),
		},
		{
			ID: "page.start-ignored-for-groups", Title: "answers the first page of groups whatever startIndex says", Source: "RFC 7644 §3.4.2.4", Flow: ImportGroups,
			step: pages("Groups", func(c *call) { c.query.Del("startIndex") }),
		},
		{
			ID: "page.start-is-page-number", Title: "takes startIndex for the number of a page", Source: "RFC 7644 §3.4.2.4", Flow: ImportUsers,
			step: pages("Users,Groups", func(c *call) {
				count, err := strconv.Atoi(c.query.Get("count"))
				if asked := c.start(); err == nil && asked > 1 {
					setQuery(c.query, "startIndex", (asked-1)*count+1)
					c.forward()
					c.answer()["startIndex"] = float64(asked)
				}
			}),
		},
		{
			ID: "page.overlap", Title: "begins each later page one too early", Source: "off by one", Flow: ImportUsers,
			step: pages("Users,Groups", func(c *call) {
				if asked := c.start(); asked > 1 {
					setQuery(c.query, "startIndex", asked-1)
					c.forward()
					c.answer()["startIndex"] = float64(asked)
				}
			}),
		},
		{
			ID: "page.start-echo-wrong", Title: "says startIndex 1 on every page", Source: "RFC 7644 §3.4.2.4", Flow: ImportUsers,
			step: lists(func(_ *call, l object) { l["startIndex"] = 1.0 }),
		},
		{
			ID: "page.count-ignored", Title: "ignores count and answers everything up to its own page size", Source: "scimmy on Express 5", Flow: TestCredentials,
			step: pages("Users,Groups", func(c *call) { c.query.Del("count") }),
		},
		{
			ID: "page.one-more-than-count", Title: "answers one more than count", Source: "RFC 7644 §3.4.2.4: no more than count", Flow: ImportUsers,
			step: pages("Users,Groups", func(c *call) {
				if n, err := strconv.Atoi(c.query.Get("count")); err == nil && n > 0 {
					setQuery(c.query, "count", n+1)
				}
			}),
		},
		{
			ID: "page.last-one-missing", Title: "leaves the last one of a full page out", Source: "off by one", Flow: ImportUsers,
			step: lists(func(c *call, l object) {
				all := list(l, "Resources")
				if n, err := strconv.Atoi(c.query.Get("count")); err == nil && n > 1 && len(all) == n {
					l["Resources"], l["itemsPerPage"] = all[:n-1], float64(n-1)
				}
			}),
		},
		{
			ID: "page.items-per-page-is-count", Title: "says what was asked for as itemsPerPage", Source: "elimity-com/scim; scim-client.md §9", Flow: RFC,
			step: lists(func(c *call, l object) {
				if n, err := strconv.Atoi(c.query.Get("count")); err == nil {
					l["itemsPerPage"] = float64(n)
				}
			}),
		},
		{
			ID: "page.past-the-end-is-404", Title: "answers 404 past the last page", Source: "scim-client.md §9: 200 with no Resources", Flow: ImportUsers,
			step: lists(func(c *call, l object) {
				if c.start() > 1 && len(list(l, "Resources")) == 0 {
					c.refuse(404, "", "no such page")
				}
			}),
		},
		{
			ID: "page.past-the-end-is-first", Title: "answers the first page again past the last one", Source: "scimmy 1.3.5", Flow: ImportUsers,
			step: lists(func(c *call, l object) {
				if c.start() > 1 && len(list(l, "Resources")) == 0 {
					c.query.Set("startIndex", "1")
					c.forward()
				}
			}),
		},
		{
			ID: "page.past-the-end-total-zero", Title: "says 0 as totalResults past the last page", Source: "scim-client.md §9: the true total", Flow: ImportUsers,
			step: lists(func(c *call, l object) {
				if c.start() > 1 && len(list(l, "Resources")) == 0 {
					l["totalResults"] = 0.0
				}
			}),
		},
		{
			ID: "page.order-changes", Title: "lists newest first on every second call", Source: "scim-client.md §9: stable order", Flow: ImportUsers,
			fresh: func() step {
				var calls memory[int]
				return pages("Users,Groups", func(c *call) {
					if c.query.Has("count") && count(&calls, "")%2 == 0 {
						c.query.Set("sortBy", "meta.created")
						c.query.Set("sortOrder", "descending")
					}
				})
			},
		},
		{
			ID: "page.newest-missing", Title: "lists from a copy that is made only with the first call", Source: "a cache that is never renewed", Flow: ImportUsers,
			fresh: func() step {
				var kept memory[object]
				return pages("Users", func(c *call) {
					if old, ok := kept.get(c.query.Encode()); ok {
						c.reply(200, old)
						return
					}
					c.forward()
					kept.swap(c.query.Encode(), parse(c.text))
				})
			},
		},
		{
			ID: "page.inactive-missing", Title: "leaves inactive people out of the Resources of a list, not of its total", Source: "scim-client.md §9", Flow: ImportUsers,
			step: lists(func(c *call, l object) {
				if c.endpoint == "Users" {
					setObjects(l, "Resources", slices.DeleteFunc(objects(l["Resources"]), func(u object) bool { return u["active"] == false }))
				}
			}),
		},
		{
			ID: "page.deleted-group-listed", Title: "goes on listing a group that was deleted", Source: "gh: obot run-001 seq 44-47", Flow: PushGroups,
			fresh: func() step {
				var mu sync.Mutex
				var gone []any
				return func(c *call) {
					mu.Lock()
					defer mu.Unlock()
					if c.is("DELETE Groups/id") {
						if g := c.stored(); g["id"] != nil {
							gone = append(gone, g)
						}
					}
					c.forward()
					if c.is("GET Groups") && c.succeeded() && !c.query.Has("filter") {
						l := c.answer()
						l["Resources"] = append(list(l, "Resources"), gone...)
						l["totalResults"] = float64(number(l["totalResults"]) + len(gone))
						l["itemsPerPage"] = float64(len(list(l, "Resources")))
					}
				}
			},
		},
	}
}
