// Package features holds the scenarios of the conformance tester as plain
// text, one file per flow of Okta, and embeds them so that the tester is one
// binary. It holds no code beyond that: the steps are in internal/conformance.
package features

import "embed"

// FS returns the feature files; their paths start with "okta/".
func FS() embed.FS { return files }

//go:embed okta walkthrough
var files embed.FS
