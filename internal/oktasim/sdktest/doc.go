// Package sdktest drives the simulator with Okta's own SDK, which knows nothing of us:
// what it can list, page through and wait for is not only what we imagine.
//
// [Story] is told by two generations of the SDK: v2 in the tests of this package, v6 in
// internal/oktasim/sdk6test, a module of its own that keeps v6 out of go.mod.
package sdktest
