// Package bench measures oktascim on a large org: requests, seconds and memory, against a
// bare loop that sends the same bodies. All of it is in the tests; "make bench" runs it.
package bench
