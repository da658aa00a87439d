// Package oktasim is a simulated Okta org: the part of the Management API that
// provisioning has to do with, over real HTTP, with Okta's ids, headers, Link lines,
// error bodies, page sizes and rate limits.
//
// It is the org and nothing else: it never provisions anything, so an app user's
// externalId stays null and its syncState says nothing about a target.
//
// What is in an org at the start comes from a [Seed]. Everything else goes through
// the API, and through a few controls of the sandbox's own under /sandbox/ for what
// only the admin console can do (the To App switches) and for breaking things on
// purpose ([Fault]).
//
// Facts about Okta that no source settles are guesses; comments say so where they
// stand, and docs/simulator.md lists them.
package oktasim
