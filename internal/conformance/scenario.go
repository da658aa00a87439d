package conformance

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/cucumber/godog"
)

// Scenario is one requirement, as its feature file states it.
type Scenario struct {
	// ID is stable over releases, for example "users.create.2".
	ID string
	// Requirement is the sentence that has to hold.
	Requirement string
	Grade       Grade
	Modes       []Mode
	// Needs are optional parts of SCIM that the scenario is about: "groups".
	Needs []string
	// Button is the tag of the Okta feature that would break, see [Buttons].
	Button string
	// Source says where the sentence comes from.
	Source string
	// Breaks says what an Okta admin would see.
	Breaks string
	// Mend says how to repair a server.
	Mend string
	// Alone is true for scenarios that look at whole lists, and must not run
	// beside others that add to them.
	Alone bool
	// Last is true for scenarios that look at what all others have shown.
	Last bool
	// Crowd is true for scenarios with hundreds of people. They run after all
	// others, so that no other scenario has to page through the crowd.
	Crowd bool
	// Tags are all tags of the scenario, with their "@".
	Tags []string
	File string
	Line int
}

// Button is a feature of Okta's provisioning tab.
type Button struct{ Tag, Title string }

// Buttons are the Okta features in the order in which an admin meets them.
func Buttons() []Button {
	return []Button{
		{"test-credentials", "Test API Credentials"},
		{"create-users", "To App: Create Users"},
		{"update-user-attributes", "To App: Update User Attributes"},
		{"deactivate-users", "To App: Deactivate Users"},
		{"reactivate-users", "Assign again (reactivate)"},
		{"sync-password", "To App: Sync Password"},
		{"push-groups", "Push Groups"},
		{"import-users", "Import"},
		{"entitlements", "Entitlements and schema import"},
		{"oin-submission", "OIN submission (Okta's suites)"},
		{"security", "Security and robustness"},
		// What is behind no button: the RFCs, by subject.
		{"rfc-discovery", "RFC: discovery"},
		{"rfc-resources", "RFC: resources and errors"},
		{"rfc-filter", "RFC: filters"},
		{"rfc-lists", "RFC: lists, pages and order"},
		{"rfc-projection", "RFC: parts of a resource"},
		{"rfc-patch", "RFC: PATCH"},
		{"rfc-versions", "RFC: versions (ETag)"},
		{"rfc-bulk", "RFC: bulk"},
		{"rfc-cursor", "RFC: cursors (RFC 9865)"},
	}
}

// title returns the title of a button's tag.
func title(tag string) string {
	for _, b := range Buttons() {
		if b.Tag == tag {
			return b.Title
		}
	}
	return tag
}

// Catalogue reads every scenario under the paths of fsys, in file order. The
// error names the file and line of what is missing or double.
func Catalogue(fsys fs.FS, paths ...string) ([]Scenario, error) {
	suite := godog.TestSuite{Options: &godog.Options{FS: fsys, Paths: paths}}
	docs, err := suite.RetrieveFeatures()
	if err != nil {
		return nil, fmt.Errorf("reading the feature files: %w", err)
	}
	var all []Scenario
	seen := map[string]string{}
	for _, doc := range docs {
		comments := map[int]string{}
		for _, c := range doc.Comments {
			comments[int(c.Location.Line)] = c.Text
		}
		for _, child := range doc.Feature.Children {
			if child.Scenario == nil {
				continue
			}
			s := Scenario{Requirement: child.Scenario.Name, File: doc.Uri, Line: int(child.Scenario.Location.Line)}
			first := s.Line
			for _, tag := range doc.Feature.Tags {
				s.tag(strings.TrimPrefix(tag.Name, "@"))
			}
			for _, tag := range child.Scenario.Tags {
				s.tag(strings.TrimPrefix(tag.Name, "@"))
				first = min(first, int(tag.Location.Line))
			}
			for line := first - 1; comments[line] != ""; line-- {
				s.comment(comments[line])
			}
			if s.Breaks == "" && slices.Contains(s.Modes, AnyClient) {
				s.Breaks = "no button of Okta is known to need it; other SCIM clients go by it"
			}
			where := fmt.Sprintf("%s:%d", s.File, s.Line)
			if err := s.check(); err != nil {
				return nil, fmt.Errorf("%s: %w", where, err)
			}
			if other, ok := seen[s.ID]; ok {
				return nil, fmt.Errorf("%s: the id %s is taken at %s", where, s.ID, other)
			}
			seen[s.ID] = where
			all = append(all, s)
		}
	}
	slices.SortStableFunc(all, func(a, b Scenario) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return all, nil
}

func (s *Scenario) tag(tag string) {
	s.Tags = append(s.Tags, "@"+tag)
	switch kind, value, _ := strings.Cut(tag, ":"); kind {
	case "must", "should", "may":
		s.Grade = Grade(kind)
	case "catalog", "wizard", "rfc":
		s.Modes = append(s.Modes, Mode(kind))
	case "needs":
		s.Needs = append(s.Needs, value)
	case "okta", "part":
		s.Button = value
	case "alone":
		s.Alone = true
	case "crowd":
		s.Crowd = true
	case "last":
		s.Last = true
	default:
		s.ID = tag
	}
}

// comment takes one comment line above the tags: "# Source: …".
func (s *Scenario) comment(line string) {
	kind, value, _ := strings.Cut(strings.TrimLeft(line, "# \t"), ":")
	value = strings.TrimSpace(value)
	switch kind {
	case "Source":
		s.Source = value
	case "Breaks":
		s.Breaks = value
	case "Mend":
		s.Mend = value
	}
}

func (s *Scenario) check() error {
	for _, need := range []struct{ what, value string }{
		{"id tag", s.ID}, {"grade tag", string(s.Grade)}, {"@okta: tag", s.Button}, {"sentence", s.Requirement},
		{"# Source: comment", s.Source}, {"# Breaks: comment", s.Breaks}, {"# Mend: comment", s.Mend},
	} {
		if need.value == "" {
			return fmt.Errorf("scenario %q has no %s", s.Requirement, need.what)
		}
	}
	if len(s.Modes) == 0 {
		return fmt.Errorf("scenario %s has neither @catalog nor @wizard", s.ID)
	}
	if !slices.ContainsFunc(Buttons(), func(b Button) bool { return b.Tag == s.Button }) {
		return fmt.Errorf("scenario %s: unknown Okta feature %q", s.ID, s.Button)
	}
	return nil
}
