// Package deps holds the walls of the house: which package may import which, each
// rule with its reason, checked by a test that asks the go command. The coarse ones
// are in .golangci.yml too, so that an editor shows them while one types.
package deps
