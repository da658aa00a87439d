// Package oktasource reads an Okta org: who is assigned to an app (or is in some groups,
// where there is no app), which groups are pushed, and what the app's switches allow. It
// implements [agent.Source] on okta-sdk-golang and only ever reads: the transport
// refuses every other method.
//
// The SDK does the requests and the decoding; everything that decides whether a reading
// can be trusted is here, because the SDK gets it wrong in ways that would remove people:
// credentials, rate limits, retries, the shape of answers ([transport]), and the chain of
// pages. The traps that this defuses are named by the tests.
//
// # What proves that a reading is whole
//
// An answer that looks right and holds less than there is would remove people. So:
//
//   - a chain of pages counts only when its last page came without a next link and with
//     its own self link, and was not empty after a page that promised more;
//   - every pushed group is read, and must not list fewer members than Okta counts;
//   - an app without any user is looked at again from another side (its groups, and
//     whether the org shows any user at all: Okta answers a service app without a role
//     with 200 and an empty list).
//
// Whatever falls short is a gap in the evidence; with a gap the agent removes nothing.
package oktasource
