package oktasim

import (
	"cmp"
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// sortable is one hit of a search that is sorted by an attribute.
type sortable struct {
	key, id string
	render  func() any
}

func sortKey(values []any) string {
	if len(values) == 0 {
		return ""
	}
	return strings.ToLower(asText(values[0]))
}

// sorted pages through a search in another order than that of the ids. The cursor holds
// key and id of the last row of the page, so that rows may come and go between pages.
func (c *call) sorted(rule listRule, hits []sortable) (reply, *apiError) {
	limit, fail := c.limit(rule)
	if fail != nil {
		return reply{}, fail
	}
	way := 1
	if strings.EqualFold(c.query().Get("sortOrder"), "desc") || strings.EqualFold(c.query().Get("sortOrder"), "descending") {
		way = -1
	}
	order := func(a, b sortable) int { return cmp.Or(way*cmp.Compare(a.key, b.key), cmp.Compare(a.id, b.id)) }
	slices.SortFunc(hits, order)
	after := c.query().Get("after")
	if after != "" {
		raw, err := base64.RawURLEncoding.DecodeString(after)
		id, key, found := strings.Cut(string(raw), " ")
		if err != nil || !found || !looksLikeID(id) {
			return reply{}, badCursor()
		}
		i, exact := slices.BinarySearchFunc(hits, sortable{key: key, id: id}, order)
		if exact {
			i++
		}
		hits = hits[i:]
	}
	page, next := []any{}, ""
	for _, h := range hits[:min(limit, len(hits))] {
		page = append(page, h.render())
	}
	if len(hits) > limit {
		last := hits[limit-1]
		next = base64.RawURLEncoding.EncodeToString([]byte(last.id + " " + last.key))
	}
	return reply{status: http.StatusOK, body: page, links: c.pageLinks(rule, limit, after, next)}, nil
}

// slowSearch is a search that takes too long: 500, and a smaller limit helps.
func (c *call) slowSearch(rule listRule) *apiError {
	n, err := strconv.Atoi(c.query().Get("limit"))
	if err != nil {
		n = rule.def
	}
	if most := c.org.quirks.SearchTimeoutAbove; most > 0 && n > most {
		return internalError()
	}
	return nil
}

// badCursor is a guess: Okta calls cursors opaque and does not say what a bad one gets.
func badCursor() *apiError { return invalid("after", "after: The cursor is not valid.") }
