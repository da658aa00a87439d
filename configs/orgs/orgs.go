// Package orgs holds seeds for the Okta org simulator, so that the sandbox has one
// without a file beside it.
package orgs

import _ "embed"

//go:embed acme.yaml
var acme []byte

// Acme is the small org of the walkthrough: acme.yaml.
func Acme() []byte { return acme }
