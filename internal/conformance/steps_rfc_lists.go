package conformance

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/cucumber/godog"
)

// ours is the filter that lets only people of the scenario through.
func (x *rfcWorld) ours() string {
	return "filter=" + strings.ReplaceAll(url.QueryEscape(`userName sw `+quote(x.prefix)), "+", "%20")
}

// declines reports that the server openly refuses a filter that it does not
// understand, which RFC 7644 §3.4.2.2 and table 9 let it do.
func (x *rfcWorld) declines(ex *Exchange) error {
	// tooMany: "willing to calculate" is the server's own matter (RFC 7644 §3.4.2.1, §3.12).
	if scimType := text(ex.value, "scimType"); ex.Status == http.StatusBadRequest && (scimType == "invalidFilter" || scimType == "tooMany") {
		return &declined{"the server declines " + ex.path + " with " + scimType + detail(ex)}
	}
	return nil
}

// resources gives what a list holds.
func (x *rfcWorld) resources(ctx context.Context, ex *Exchange) ([]any, error) {
	if err := x.declines(ex); err != nil {
		return nil, err
	}
	if err := x.expect(ctx, ex, http.StatusOK); err != nil {
		return nil, err
	}
	if err := x.object(ex); err != nil {
		return nil, err
	}
	all, ok := list(ex.value, "Resources")
	if total, _ := whole(ex.value, "totalResults"); !ok && total != 0 {
		return nil, x.fail(ex, "an array Resources", "Resources "+showMember(ex.value, "Resources"))
	}
	return all, nil
}

// nameOf is what the feature file calls the resource with an id; "" if it is
// nobody of the scenario.
func (x *rfcWorld) nameOf(id string) string {
	for name, t := range x.things {
		if t.id == id {
			return name
		}
	}
	return ""
}

// setOf checks that a list holds exactly the things with those names.
func (x *rfcWorld) setOf(ex *Exchange, what string, all []any, attr string, names []string) error {
	var got []string
	for _, r := range all {
		name := x.nameOf(text(r, attr))
		if name == "" {
			name = "somebody else (" + text(r, attr) + ")"
		}
		got = append(got, name)
	}
	slices.Sort(got)
	want := slices.Sorted(slices.Values(names))
	if !slices.Equal(got, want) {
		return x.fail(ex, what+": "+words(want), words(got))
	}
	return nil
}

func words(names []string) string {
	if len(names) == 0 {
		return "nobody"
	}
	return strings.Join(names, ", ")
}

func registerRFCLists(sc *sentences, x *rfcWorld) {
	sc.When(`^the client filters (people|groups) by (.+)$`, func(ctx context.Context, kind, filter string) error {
		x.begin()
		query := strings.ReplaceAll(url.QueryEscape(x.fill(filter, inJSON)), "+", "%20")
		x.request(ctx, http.MethodGet, endpoint(kind)+"?filter="+query+"&count=100", "", nil)
		return nil
	})
	sc.When(`^the client lists (people|groups) with "([^"]*)"$`, func(ctx context.Context, kind, query string) error {
		x.begin()
		x.request(ctx, http.MethodGet, endpoint(kind)+"?"+x.fill(query, url.QueryEscape), "", nil)
		return nil
	})
	// With a filter, since a server may have thousands of others.
	sc.When(`^the client lists the people of this scenario with "([^"]*)"$`, func(ctx context.Context, query string) error {
		x.begin()
		ex := x.request(ctx, http.MethodGet, "/Users?"+x.ours()+"&"+x.fill(query, url.QueryEscape), "", nil)
		return setup("rfc.filter.4", x.declines(ex))
	})
	sc.When(`^the client searches (people|groups|the whole server) with$`, func(ctx context.Context, kind string, body *godog.DocString) error {
		x.begin()
		v, err := x.parse(content(body))
		if err != nil {
			return err
		}
		o, _ := v.(map[string]any)
		o["schemas"] = []any{searchURN}
		ex := x.request(ctx, http.MethodPost, endpoint(kind)+"/.search", marshal(o), nil)
		if ex.Status == http.StatusCreated { // taken for a create
			x.keep("Users", x.prefix, ex)
		}
		return nil
	})
	sc.When(`^the client filters the whole server by (.+)$`, func(ctx context.Context, filter string) error {
		x.begin()
		query := strings.ReplaceAll(url.QueryEscape(x.fill(filter, inJSON)), "+", "%20")
		x.request(ctx, http.MethodGet, "/?filter="+query+"&count=100", "", nil)
		return nil
	})

	sc.Then(`^the list holds exactly (.+)$`, func(ctx context.Context, who string) error {
		ex := x.answer()
		all, err := x.resources(ctx, ex)
		if err != nil {
			return err
		}
		return x.setOf(ex, "a list of", all, "id", x.names(who))
	})
	sc.Then(`^the list holds (.+) in this order$`, func(ctx context.Context, who string) error {
		ex := x.answer()
		all, err := x.resources(ctx, ex)
		if err != nil {
			return err
		}
		var got []string
		for _, r := range all {
			got = append(got, x.nameOf(text(r, "id")))
		}
		if want := x.names(who); !slices.Equal(got, want) {
			return x.fail(ex, "in this order: "+words(want), words(got))
		}
		return nil
	})
	sc.Then(`^the list has (\d+) resources?$`, func(ctx context.Context, n int) error {
		all, err := x.resources(ctx, x.answer())
		if err == nil && len(all) != n {
			err = x.fail(x.answer(), fmt.Sprintf("%d resources", n), fmt.Sprint(len(all)))
		}
		return err
	})
	sc.Then(`^totalResults is (at least )?(\d+)$`, func(ctx context.Context, least string, n int) error {
		ex := x.answer()
		if _, err := x.resources(ctx, ex); err != nil {
			return err
		}
		if got, ok := whole(ex.value, "totalResults"); !ok || got < n || least == "" && got != n {
			return x.fail(ex, fmt.Sprintf("totalResults %s%d", least, n), "totalResults "+showMember(ex.value, "totalResults"))
		}
		return nil
	})
	sc.Then(`^the answer is a ListResponse$`, func(ctx context.Context) error {
		ex := x.answer()
		if err := x.expect(ctx, ex, http.StatusOK); err != nil {
			return err
		}
		return x.listResponse(ex)
	})
	sc.Then(`^walking the people of this scenario, (\d+) a page, meets (.+), each once$`, func(ctx context.Context, count int, who string) error {
		var met []any
		var ex *Exchange
		names := x.names(who)
		for start := 1; start <= len(names)*2; {
			ex = x.look(ctx, http.MethodGet, fmt.Sprintf("/Users?%s&startIndex=%d&count=%d", x.ours(), start, count), "")
			if err := x.declines(ex); err != nil {
				return setup("rfc.filter.4", err)
			}
			page, err := x.resources(ctx, ex)
			if err != nil {
				return err
			}
			met = append(met, page...)
			if len(page) == 0 {
				break
			}
			start += len(page)
		}
		return x.setOf(ex, "over all pages", met, "id", names)
	})
	sc.Then(`^the second page of two, read after "([^"]*)" has joined, begins with who was third$`, func(ctx context.Context, who string) error {
		page := func(start, count int) ([]any, *Exchange, error) {
			ex := x.look(ctx, http.MethodGet, fmt.Sprintf("/Users?%s&startIndex=%d&count=%d", x.ours(), start, count), "")
			all, err := x.resources(ctx, ex)
			return all, ex, err
		}
		before, _, err := page(1, 4)
		if err != nil {
			return err
		}
		if err := x.given(ctx, "Users", who, ""); err != nil {
			return err
		}
		after, ex, err := page(3, 2)
		if err != nil {
			return err
		}
		if len(before) < 3 || len(after) < 1 || text(before[2], "id") != text(after[0], "id") {
			return x.fail(ex, "a page that begins with who was third before", "another one")
		}
		return nil
	})
	sc.Then(`^walking by cursor, (\d+) a page(, sorted by "([^"]*)")?, meets (.+), each once( in this order)?$`, func(ctx context.Context, count int, _, sortBy, who, ordered string) error {
		query := fmt.Sprintf("%s&count=%d", x.ours(), count)
		if sortBy != "" {
			query += "&sortBy=" + sortBy
		}
		return x.walk(ctx, x.names(who), ordered != "", func(cursor string) *Exchange {
			return x.look(ctx, http.MethodGet, "/Users?"+query+"&cursor="+url.QueryEscape(cursor), "")
		})
	})
	sc.Then(`^searching by cursor, (\d+) a page, meets (.+), each once$`, func(ctx context.Context, count int, who string) error {
		return x.walk(ctx, x.names(who), false, func(cursor string) *Exchange {
			return x.look(ctx, http.MethodPost, "/Users/.search", fmt.Sprintf(`{"schemas":[%q],"filter":%s,"count":%d,"cursor":%s}`,
				searchURN, quote("userName sw "+quote(x.prefix)), count, quote(cursor)))
		})
	})
	sc.Then(`^the page before the second is the first again$`, func(ctx context.Context) error {
		get := func(cursor string) *Exchange {
			return x.look(ctx, http.MethodGet, "/Users?"+x.ours()+"&count=2&cursor="+url.QueryEscape(cursor), "")
		}
		first := get("")
		second := get(text(first.value, "nextCursor"))
		back := text(second.value, "previousCursor")
		if back == "" {
			return &declined{"the server returns no previousCursor, which is optional"}
		}
		again := get(back)
		if a, b := ids(first), ids(again); !slices.Equal(a, b) {
			return x.fail(again, "the first page again", strings.Join(b, ", "))
		}
		return nil
	})
	sc.Then(`^the cursor is made of unreserved characters$`, func(context.Context) error {
		cursor := text(x.answer().value, "nextCursor")
		if strings.ContainsFunc(cursor, func(r rune) bool {
			return !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~", r)
		}) || cursor == "" {
			return x.fail(x.answer(), "a nextCursor of letters, digits, - . _ ~", "nextCursor "+quote(cursor))
		}
		return nil
	})
}

// walk follows cursors to the end.
func (x *rfcWorld) walk(ctx context.Context, names []string, ordered bool, get func(cursor string) *Exchange) error {
	var met []any
	var ex *Exchange
	cursor := ""
	for range 2*len(names) + 2 {
		ex = get(cursor)
		page, err := x.resources(ctx, ex)
		if err != nil {
			return err
		}
		met = append(met, page...)
		if cursor = text(ex.value, "nextCursor"); cursor == "" {
			break
		}
	}
	if cursor != "" {
		return x.fail(ex, "no nextCursor on the last page", "nextCursor "+quote(cursor))
	}
	if !ordered {
		return x.setOf(ex, "over all pages", met, "id", names)
	}
	var got []string
	for _, r := range met {
		got = append(got, x.nameOf(text(r, "id")))
	}
	if !slices.Equal(got, names) {
		return x.fail(ex, "in this order: "+words(names), words(got))
	}
	return nil
}

// listResponse checks the form of a list (RFC 7644 §3.4.2).
func (x *rfcWorld) listResponse(ex *Exchange) error {
	if err := x.object(ex); err != nil {
		return err
	}
	total, isNumber := whole(ex.value, "totalResults")
	_, isList := list(ex.value, "Resources")
	switch {
	case !hasSchema(ex.value, listURN):
		return x.fail(ex, "schemas with "+listURN, "schemas "+showMember(ex.value, "schemas"))
	case !isNumber:
		return x.fail(ex, "totalResults, a whole number", "totalResults "+showMember(ex.value, "totalResults"))
	case !isList && total > 0:
		return x.fail(ex, "an array Resources", "Resources "+showMember(ex.value, "Resources"))
	}
	return nil
}

func endpoint(kind string) string {
	return map[string]string{"people": "/Users", "groups": "/Groups", "the whole server": ""}[kind]
}
