// Package interop runs the built oktascim against SCIM servers that nobody here wrote:
// github.com/elimity-com/scim in this process, and scimmy from npm as a process of its
// own (make interop). What the target holds is compared with what the org asks for by
// reading both sides over HTTP, without any of oktascim's code.
package interop
