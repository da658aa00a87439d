package scimserver

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// errorSchema is the URN of the error body (RFC 7644 §3.12).
const errorSchema = "urn:ietf:params:scim:api:messages:2.0:Error"

// The scimType values of RFC 7644 §3.12, table 9, that this server answers.
// One of the table is never needed: tooMany (a long result is paged, not
// refused).
const (
	invalidFilter = "invalidFilter"
	invalidPath   = "invalidPath"
	invalidSyntax = "invalidSyntax"
	invalidValue  = "invalidValue"
	mutability    = "mutability"
	invalidVers   = "invalidVers"
	noTarget      = "noTarget"
	sensitive     = "sensitive"
	uniqueness    = "uniqueness"

	// RFC 9865 §2.1 adds these; its expiredCursor is not needed, since the
	// cursors of this server do not expire.
	invalidCursor = "invalidCursor"
	invalidCount  = "invalidCount"
)

// scimError is a refusal: what a client did wrong, in the terms of
// RFC 7644 §3.12.
type scimError struct {
	status   int
	scimType string // empty where the table has no word for it
	detail   string
}

// Error gives the detail.
func (e *scimError) Error() string { return e.detail }

// refuse makes a 400 with a scimType; the detail is formatted and must name
// the place (a JSON pointer, a path or an offset).
func refuse(scimType, format string, args ...any) *scimError {
	return &scimError{http.StatusBadRequest, scimType, fmt.Sprintf(format, args...)}
}

// refuseStatus makes a refusal with another status and no scimType.
func refuseStatus(status int, format string, args ...any) *scimError {
	return &scimError{status, "", fmt.Sprintf(format, args...)}
}

// WriteError answers with a SCIM error body (RFC 7644 §3.12): status is the
// HTTP status, repeated as a string in the body as the RFC asks; scimType may
// be empty and is then left out; detail is for a person.
func WriteError(w http.ResponseWriter, status int, scimType, detail string) {
	writeBody(w, status, appendError(make([]byte, 0, 256), status, scimType, detail))
}

func appendError(b []byte, status int, scimType, detail string) []byte {
	b = append(b, `{"schemas":["`+errorSchema+`"],`...)
	if scimType != "" {
		b = append(b, `"scimType":`...)
		b = appendString(b, scimType)
		b = append(b, ',')
	}
	b = append(b, `"detail":`...)
	b = appendString(b, detail)
	b = append(b, `,"status":"`...)
	b = strconv.AppendInt(b, int64(status), 10)
	return append(b, `"}`...)
}

// mediaType is what every answer is labelled with (RFC 7644 §3.1).
// It has no charset: the type defines none, JSON is UTF-8.
const mediaType = "application/scim+json"

// writeBody sends a complete answer. A client that went away is not an error
// of the server, so the result of Write is dropped.
func writeBody(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	h.Set("Content-Type", mediaType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body) //nolint:gosec // G705: JSON with a media type of its own, no page
}

// appendString appends s as a JSON string. Text that is not UTF-8 cannot get
// into the store; in a message that quotes a client it becomes U+FFFD.
func appendString(b []byte, s string) []byte {
	b, _ = jsontext.AppendQuote(b, s)
	return b
}
