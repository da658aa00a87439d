// Package faults breaks the reference server on purpose, one defect at a time.
//
// It is how scimconform is proved: [Wrap] puts defects around the real server, and
// a golden table of internal/conformance says which scenario notices which. It is
// also how a person sees what a defect does to Okta: sandbox scim --fault ID.
//
// # Where they come from
//
// From servers that had them, as reported by people who connected them to Okta (the
// source of a fault names the report), from what Okta sends and expects, and from
// the sentences of RFC 7643, 7644 and 9865: one wrong branch, one forgotten member,
// one state that is not kept. None was written to suit a check.
//
// # How one is written
//
// A fault is a step: it is given each request as a call and lets the server do it,
// before or after it has changed something. The vocabulary (before, after, users,
// groups, lists, operations, refuseOperation) makes most of them a few lines. A
// step that remembers something is made anew by each [Wrap], so that two servers
// share nothing. A fault that keeps a client waiting waits for the request to be
// given up, so that a server can always be closed.
//
// The package only sees HTTP: it shares no code with the server that it spoils.
package faults
