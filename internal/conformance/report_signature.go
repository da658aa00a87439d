package conformance

import (
	"net/http"
	"strings"
)

// Signature says with what a request was signed.
type Signature string

const (
	// SignedWithToken means the credentials of the run.
	SignedWithToken Signature = "token"
	// Unsigned means that there was no Authorization header.
	Unsigned Signature = "none"
	// SignedOtherwise means credentials that are wrong on purpose.
	SignedOtherwise Signature = "other"
)

// refuses says why a request is not sent in this run; "" if it is.
func (w *wire) refuses(c call) string {
	if !w.readOnly || c.method == http.MethodGet || c.method == http.MethodHead || strings.HasSuffix(c.path, "/.search") {
		return ""
	}
	return "not sent: the run is read-only"
}
