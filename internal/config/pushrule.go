package config

import "strconv"

// PushRule compares one of name and description.
type PushRule struct {
	Name        *TextTest `json:"name,omitempty"`
	Description *TextTest `json:"description,omitempty"`
}

// TextTest is exactly one comparison; case does not count.
type TextTest struct {
	StartsWith string `json:"startsWith,omitempty" jsonschema:"minLength=1"`
	Contains   string `json:"contains,omitempty" jsonschema:"minLength=1"`
	EndsWith   string `json:"endsWith,omitempty" jsonschema:"minLength=1"`
}

// Test is the comparison of a rule that was checked.
func (r *PushRule) Test() *TextTest {
	if r.Description != nil {
		return r.Description
	}
	return r.Name
}

// Parts returns the name of the comparison and its text; empty if there is none.
func (t *TextTest) Parts() (how, text string) {
	switch {
	case t == nil:
		return "", ""
	case t.StartsWith != "":
		return "startsWith", t.StartsWith
	case t.Contains != "":
		return "contains", t.Contains
	case t.EndsWith != "":
		return "endsWith", t.EndsWith
	}
	return "", ""
}

// check finds what the schema cannot say of the push with that index.
func (p *Push) check(d *document, path func(...string) []string, i int) {
	at := func(s ...string) []string { return path(append([]string{"push", strconv.Itoa(i)}, s...)...) }
	switch {
	case p.Name == "" && p.Rule == nil:
		d.add(at(), `say which group is pushed: name: NAME, or rule: {name: {startsWith: TEXT}}`)
		return
	case p.Name != "" && p.Rule != nil:
		d.add(at("rule"), "stands beside name; a push is of one group or by a rule")
	case p.Rule != nil && p.LinkTo != "":
		d.add(at("linkTo"), "is for a push by name: a rule pushes several groups")
	}
	r := p.Rule
	if r == nil {
		return
	}
	if (r.Name == nil) == (r.Description == nil) {
		d.add(at("rule"), "compares exactly one of name and description")
		return
	}
	n := 0
	for _, text := range []string{r.Test().StartsWith, r.Test().Contains, r.Test().EndsWith} {
		if text != "" {
			n++
		}
	}
	if n != 1 {
		d.add(at("rule"), "compares in exactly one way: startsWith, contains or endsWith")
	}
}
