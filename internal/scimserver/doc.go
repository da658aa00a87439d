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
//	search.go      what a list request asks for, in a query or in a body
//	list.go        pages of a list, by index and by cursor (cursor.go)
//	sort.go        sortBy and sortOrder
//	bulk*.go       bulk requests and the references within them
//	input.go       checks a resource that a client sent
//	filter*.go     parses filters and binds them to a schema
//	find.go        answers a filter from an index where there is one
//	patch*.go      PATCH operations
//	write.go       create, replace, patch and delete, under the one lock
//	store.go       resources, indexes and memberships in memory
//	journal.go     the SQLite file behind them, if there is one
//	render.go      what a client sees of a resource
//	discovery.go   /ServiceProviderConfig, /ResourceTypes and /Schemas
//	schema.go      the schemas, those of one's own among them
//	connection.go  the door: switch, token, OAuth client (oauth*.go)
//	trouble.go     rate limit, latency and failures on demand
//
// It is strict where a client can be wrong: a filter with an unknown
// attribute, a quoted boolean or a member that does not exist is refused with
// a scimType and the place. It is lenient where the RFC says so (unknown and
// read-only attributes of a resource are passed over).
package scimserver
