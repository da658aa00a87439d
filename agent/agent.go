// Package agent reconciles what Okta asks for into a SCIM 2.0 target: it reads both
// sides, compares, checks and applies. It knows no Okta, no SCIM and no SQL; those
// stand behind [Source], [Target] and [Ledger].
package agent
