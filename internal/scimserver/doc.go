// Package scimserver is the reference SCIM 2.0 server of the sandbox.
package scimserver
