// Package scimserver is the reference SCIM 2.0 server of the sandbox: the
// target that an admin switches on, copies a URL and a token from, and then
// watches being filled.
//
// It is written from the RFCs alone and driven by its schema documents
// (schemas/*.json): validation, filters, PATCH, what is returned and what
// /Schemas says all follow from the same definitions. It shares no code with
// the client or the tester, so that the three test each other.
//
//	http.go        routes, reads and answers requests
//	input.go       checks a resource that a client sent
//	filter*.go     parses filters and binds them to a schema
//	find.go        answers a filter from an index where there is one
//	patch*.go      PATCH operations
//	write.go       create, replace, patch and delete, under the one lock
//	store.go       resources, indexes and memberships in memory
//	journal.go     the SQLite file behind them, if there is one
//	render.go      what a client sees of a resource
//	discovery.go   /ServiceProviderConfig, /ResourceTypes and /Schemas
//
// It is strict where a client can be wrong: a filter with an unknown
// attribute, a quoted boolean or a member that does not exist is refused with
// a scimType and the place. It is lenient where the RFC says so (unknown and
// read-only attributes of a resource are passed over).
package scimserver
