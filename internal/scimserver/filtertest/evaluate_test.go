package filtertest_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	filter "github.com/scim2/filter-parser/v2"
)

// errMeaning says that a filter means nothing for these attributes; the parser
// of others knows no schemas.
var errMeaning = errors.New("means nothing")

// evaluate says whether what the other parser has read holds for a user as
// the server shows it.
func evaluate(e filter.Expression, user map[string]any) (bool, error) {
	switch e := e.(type) {
	case *filter.LogicalExpression:
		a, err := evaluate(e.Left, user)
		b, err2 := evaluate(e.Right, user)
		if e.Operator == filter.AND {
			return a && b, errors.Join(err, err2)
		}
		return a || b, errors.Join(err, err2)
	case *filter.NotExpression:
		a, err := evaluate(e.Expression, user)
		return !a, err
	case *filter.ValuePath:
		list, _ := get(user, e.AttributePath.String()).([]any)
		holds := false
		var errs []error
		for _, element := range append(list, map[string]any{}) { // the last one for its errors alone
			ok, err := evaluate(e.ValueFilter, element.(map[string]any))
			errs = append(errs, err)
			holds = holds || ok && len(element.(map[string]any)) > 0
		}
		return holds, errors.Join(errs...)
	case *filter.AttributeExpression:
		return compare(e, user)
	}
	return false, fmt.Errorf("an expression of type %T", e)
}

func get(o map[string]any, name string) any {
	for n, v := range o {
		if strings.EqualFold(n, name) {
			return v
		}
	}
	return nil
}

// values gives what stands at a path; of a list of complex values, if it is to
// be compared, their value (RFC 7644 §3.4.2.2).
func values(p filter.AttributePath, user map[string]any, compared bool) []any {
	o := user
	if p.URIPrefix != nil && !strings.EqualFold(*p.URIPrefix, "urn:ietf:params:scim:schemas:core:2.0:User") {
		o, _ = get(user, *p.URIPrefix).(map[string]any)
	}
	list, isList := get(o, p.AttributeName).([]any)
	if !isList {
		list = []any{get(o, p.AttributeName)}
	}
	sub := p.SubAttributeName()
	if isList && sub == "" && compared {
		sub = "value"
	}
	var out []any
	for _, v := range list {
		if sub != "" {
			part, _ := v.(map[string]any)
			v = get(part, sub)
		}
		if v != nil {
			out = append(out, v)
		}
	}
	return out
}

func compare(e *filter.AttributeExpression, user map[string]any) (bool, error) {
	have := values(e.AttributePath, user, e.CompareValue != nil)
	op := strings.ToLower(string(e.Operator))
	switch {
	case op == "pr" || op == "ne" && e.CompareValue == nil:
		return len(have) > 0, nil
	case op == "eq" && e.CompareValue == nil:
		return len(have) == 0, nil
	case e.CompareValue == nil:
		return false, errMeaning
	}
	name := strings.ToLower(e.AttributePath.AttributeName)
	test, err := tester(name, strings.ToLower(e.AttributePath.SubAttributeName()), op, e.CompareValue)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(have, test) || op == "ne" && len(have) == 0, nil
}

// tester compares by the type of the attribute: a boolean, a time, or a text.
func tester(name, sub, op string, want any) (func(any) bool, error) {
	if name == "active" {
		b, ok := want.(bool)
		if !ok || op != "eq" && op != "ne" {
			return nil, errMeaning
		}
		return func(v any) bool { return (v == b) == (op == "eq") }, nil
	}
	text, ok := want.(string)
	if !ok {
		return nil, errMeaning
	}
	if partial := op == "co" || op == "sw" || op == "ew"; name == "meta" && sub == "created" && !partial {
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return nil, errMeaning
		}
		return func(v any) bool {
			t, err := time.Parse(time.RFC3339Nano, v.(string))
			return err == nil && ordered(op, t.Compare(at))
		}, nil
	}
	exact := name == "externalid" || name == "meta"
	return func(v any) bool {
		a, b := v.(string), text
		if !exact {
			a, b = strings.ToLower(a), strings.ToLower(b)
		}
		switch op {
		case "co":
			return strings.Contains(a, b)
		case "sw":
			return strings.HasPrefix(a, b)
		case "ew":
			return strings.HasSuffix(a, b)
		}
		return ordered(op, strings.Compare(a, b))
	}, nil
}

func ordered(op string, sign int) bool {
	return map[string]bool{"eq": sign == 0, "ne": sign != 0, "gt": sign > 0, "ge": sign >= 0, "lt": sign < 0, "le": sign <= 0}[op]
}
