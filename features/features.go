// Package features holds the scenarios of the conformance tester as plain
// text, one file per flow of Okta or subject of the RFCs, and embeds them so that the tester is one
// binary. It holds no code beyond that: the steps are in internal/conformance.
package features

import "embed"

// FS returns the feature files; their paths start with "okta/" or "rfc/".
func FS() embed.FS { return files }

//go:embed okta rfc walkthrough
var files embed.FS
