package conformance

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/cucumber/godog"
)

const (
	bulkRequestURN  = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
	bulkResponseURN = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
)

// bulk sends operations and remembers what they have made: by bulkId for the
// feature file, and to be deleted at the end.
func (x *rfcWorld) bulk(ctx context.Context, operations string, failOnErrors int) error {
	x.begin()
	v, err := x.parse(operations)
	if err != nil {
		return err
	}
	ops, _ := v.([]any)
	body := map[string]any{"schemas": []any{bulkRequestURN}, "Operations": ops}
	if failOnErrors > 0 {
		body["failOnErrors"] = failOnErrors
	}
	for _, op := range ops {
		if text(op, "method") != http.MethodPost {
			continue
		}
		if ex := x.full(http.MethodPost, text(op, "path")); ex != nil {
			return nil // the exchange says why
		}
	}
	ex := x.request(ctx, http.MethodPost, "/Bulk", marshal(body), nil)
	for _, op := range ops {
		if text(op, "method") != http.MethodPost {
			continue
		}
		kind := strings.Trim(text(op, "path"), "/")
		data, _ := member(op, "data")
		name := text(data, map[string]string{"Users": "userName", "Groups": "displayName"}[kind])
		id := ""
		if result := x.resultOf(ex, text(op, "bulkId")); result != nil {
			location := text(result, "location")
			id = location[strings.LastIndex(location, "/")+1:]
		}
		x.things[text(op, "bulkId")] = &thing{kind: kind, name: name, id: id}
		x.made = append(x.made, made{kind: kind, id: id, names: []string{name}})
	}
	return nil
}

// resultOf returns the result of the operation with a bulkId, nil if there is none.
func (x *rfcWorld) resultOf(ex *Exchange, bulkID string) any {
	all, _ := list(ex.value, "Operations")
	for _, r := range all {
		if text(r, "bulkId") == bulkID {
			return r
		}
	}
	return nil
}

// resultStatus reads the status of an operation. The RFC writes it in two ways:
// "201" (§3.7.3) and {"code": "201"} (§3.7.2).
func resultStatus(r any) string {
	s, _ := member(r, "status")
	if code, ok := member(s, "code"); ok {
		s = code
	}
	got, _ := s.(string)
	return got
}

func registerRFCBulk(sc *sentences, x *rfcWorld) {
	sc.When(`^the client sends in bulk$`, func(ctx context.Context, ops *godog.DocString) error {
		return x.bulk(ctx, content(ops), 0)
	})
	sc.When(`^the client sends in bulk, to stop after 1 error,$`, func(ctx context.Context, ops *godog.DocString) error {
		return x.bulk(ctx, content(ops), 1)
	})
	sc.When(`^the client sends one operation more in bulk than the server allows$`, func(ctx context.Context) error {
		config := x.look(ctx, http.MethodGet, "/ServiceProviderConfig", "")
		most, _ := find(config.value, "bulk.maxOperations").(float64)
		if most < 1 || most > 5000 {
			return &declined{fmt.Sprintf("bulk.maxOperations is %v: too many to try", find(config.value, "bulk.maxOperations"))}
		}
		x.begin()
		// Deletes of an id that nobody has: harmless where they are done.
		one := `{"method":"DELETE","path":"/Users/00919288221112222"}`
		ops := strings.Repeat(one+",", int(most)) + one
		x.request(ctx, http.MethodPost, "/Bulk", fmt.Sprintf(`{"schemas":[%q],"Operations":[%s]}`, bulkRequestURN, ops), nil)
		return nil
	})
	sc.When(`^the client sends a larger bulk request than the server allows$`, func(ctx context.Context) error {
		config := x.look(ctx, http.MethodGet, "/ServiceProviderConfig", "")
		most, _ := find(config.value, "bulk.maxPayloadSize").(float64)
		if most < 1 || most > 16<<20 {
			return &declined{fmt.Sprintf("bulk.maxPayloadSize is %v: too much to try", find(config.value, "bulk.maxPayloadSize"))}
		}
		x.begin()
		body := fmt.Sprintf(`{"schemas":[%q],"Operations":[{"method":"DELETE","path":"/Users/00919288221112222"}]%s}`,
			bulkRequestURN, strings.Repeat(" ", int(most)))
		x.request(ctx, http.MethodPost, "/Bulk", body, nil)
		return nil
	})
	sc.Then(`^the answer is a BulkResponse with (\d+) results?$`, func(ctx context.Context, n int) error {
		ex := x.answer()
		if err := x.expect(ctx, ex, http.StatusOK); err != nil {
			return err
		}
		if !hasSchema(ex.value, bulkResponseURN) {
			return x.fail(ex, "schemas with "+bulkResponseURN, "schemas "+showMember(ex.value, "schemas"))
		}
		if all, _ := list(ex.value, "Operations"); len(all) != n {
			return x.fail(ex, fmt.Sprintf("%d results in Operations", n), fmt.Sprint(len(all)))
		}
		return nil
	})
	result := func(n int) (any, error) {
		all, _ := list(x.answer().value, "Operations")
		if n > len(all) {
			return nil, x.fail(x.answer(), fmt.Sprintf("a result of operation %d", n), fmt.Sprintf("%d results", len(all)))
		}
		return all[n-1], nil
	}
	sc.Then(`^the status of result (\d+) is (\d+)(?: or (\d+))?$`, func(_ context.Context, n int, want, other string) error {
		r, err := result(n)
		if err != nil {
			return err
		}
		if got := resultStatus(r); got == "" || got != want && got != other {
			return x.fail(x.answer(), fmt.Sprintf("status %q of operation %d", want, n), show(r))
		}
		return nil
	})
	sc.Then(`^"([^"]*)" of result (\d+) is (.+)$`, func(_ context.Context, path string, n int, want string) error {
		r, err := result(n)
		if err != nil {
			return err
		}
		got := find(r, path)
		switch want {
		case "set":
			if unassigned(got) || got == "" {
				return x.fail(x.answer(), fmt.Sprintf("%s of operation %d", path, n), show(r))
			}
			return nil
		case "unassigned":
			if !unassigned(got) {
				return x.fail(x.answer(), fmt.Sprintf("no %s of operation %d", path, n), show(r))
			}
			return nil
		}
		v, err := x.parse(want)
		if err != nil {
			return err
		}
		if !same(got, v) {
			return x.fail(x.answer(), fmt.Sprintf("%s %s of operation %d", path, show(v), n), show(r))
		}
		return nil
	})
	sc.Then(`^result (\d+) holds the error of RFC 7644$`, func(_ context.Context, n int) error {
		r, err := result(n)
		if err != nil {
			return err
		}
		body, _ := member(r, "response")
		if !hasSchema(body, errorURN) || text(body, "status") != resultStatus(r) {
			return x.fail(x.answer(), "response with "+errorURN+" and the status", show(r))
		}
		return nil
	})
}
