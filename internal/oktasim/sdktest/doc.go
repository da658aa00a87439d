// Package sdktest drives the simulator with Okta's own SDK, which knows nothing of us:
// what it can list, page through and wait for is not only what we imagine.
package sdktest
