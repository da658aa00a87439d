// Package walkthrough runs features/walkthrough: every step of a vendor's guide to SCIM with
// Okta, over HTTP, against the admin panel in a real browser, the simulated Okta org, the
// reference SCIM server and the built oktascim. All of it is in the tests.
package walkthrough
