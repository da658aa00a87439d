package config_test

import (
	"strings"
	"testing"

	"github.com/oktascim/oktascim/internal/config"
)

func TestAPushIsByNameOrByOneRule(t *testing.T) {
	for push, want := range map[string]string{
		`{rule: {name: {startsWith: eng-}}}`:      "",
		`{rule: {description: {contains: SCIM}}}`: "",
		`{linkTo: "4"}`: "push[0]: say which group is pushed",
		`{name: A, rule: {name: {startsWith: B}}}`:     "push[0].rule: stands beside name",
		`{rule: {name: {startsWith: B}}, linkTo: "4"}`: "push[0].linkTo: is for a push by name",
		`{rule: {}}`:         "push[0].rule: compares exactly one of",
		`{rule: {name: {}}}`: "push[0].rule: compares in exactly one way",
		`{rule: {name: {startsWith: A, endsWith: B}}}`:              "push[0].rule: compares in exactly one way",
		`{rule: {name: {beginsWith: A}}}`:                           "push[0].rule.name.beginsWith: there is no such key",
		`{rule: {name: {endsWith: A}, description: {endsWith: B}}}`: "push[0].rule: compares exactly one of",
	} {
		src := `okta: {orgUrl: "https://acme.okta.com", auth: {apiToken: x}}
connections:
  - name: a
    app: A
    target: {baseUrl: "https://scim.example.com/v2", auth: {bearer: x}}
    push: [` + push + `]
`
		_, err := config.Parse("c.yaml", []byte(src), environment())
		got := ""
		if err != nil {
			got = err.Error()
		}
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", push, got, want)
		}
	}
}
