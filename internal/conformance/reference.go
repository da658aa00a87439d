package conformance

import (
	"io"
	"slices"
	"strings"
)

// WriteReference writes the list of all scenarios as Markdown.
func WriteReference(w io.Writer, all []Scenario) error {
	p := &printer{w: w}
	p.line("# What scimconform checks")
	p.line("")
	p.line("<!-- Written by: go test ./internal/conformance -run TestReferenceOfScenarios -update. Edit the feature files instead. -->")
	p.line("")
	p.line("One row per requirement, by the button in Okta that would break. The steps are in [features/okta](../features/okta).")
	p.line("`must`: an Okta flow breaks without it. `should`: Okta goes on, but something is lost. `may`: not every Okta app needs it.")
	p.line("")
	p.line("Behind no button are the scenarios of RFC 7643, 7644 and 9865 (`--profile rfc`, steps in [features/rfc](../features/rfc)). Their grade is the RFC's own word,")
	p.line("and what a server does not advertise is unsupported, not failed. Okta sends none of it; other SCIM clients go by it.")
	for _, b := range Buttons() {
		var some []Scenario
		for _, s := range all {
			if s.Button == b.Tag {
				some = append(some, s)
			}
		}
		if len(some) == 0 {
			continue
		}
		p.line("")
		p.line("## %s", b.Title)
		p.line("")
		if slices.Contains(some[0].Modes, AnyClient) {
			p.line("| id | grade | requirement | source |")
			p.line("|---|---|---|---|")
			for _, s := range some {
				p.line("| `%s` | %s | %s | %s |", s.ID, s.Grade, cellText(s.Requirement), cellText(s.Source))
			}
			continue
		}
		p.line("| id | grade | Okta app | requirement | if not, in Okta | source |")
		p.line("|---|---|---|---|---|---|")
		for _, s := range some {
			p.line("| `%s` | %s | %s | %s | %s | %s |", s.ID, s.Grade, modes(s.Modes), cellText(s.Requirement), cellText(s.Breaks), cellText(s.Source))
		}
	}
	return p.err
}

// cellText keeps a sentence inside a table cell.
func cellText(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
