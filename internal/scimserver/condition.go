package scimserver

import (
	"net/http"
	"strings"
)

// condition is the If-Match header of a write (RFC 7644 §3.14): "" without
// one, "*", or entity tags.
type condition string

func ifMatch(r *http.Request) condition {
	return condition(strings.Join(r.Header.Values("If-Match"), ","))
}

// check refuses with 412 if the resource is not as the client has seen it.
func (c condition) check(e *entry) *scimError {
	if c == "" || c.names(e.etag()) {
		return nil
	}
	return refuseStatus(http.StatusPreconditionFailed, "the resource has changed: its version is %s now", e.etag())
}

// names tells whether a tag is in the list. Tags are compared without regard
// to weakness: all of this server's are weak, and SCIM uses them for writes
// all the same (RFC 7644 §3.14 shows it).
func (c condition) names(tag string) bool {
	for one := range strings.SplitSeq(string(c), ",") {
		one = strings.TrimSpace(one)
		if one == "*" || strings.TrimPrefix(one, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}

// answerUnlessKnown sends a resource, or 304 if the client says in
// If-None-Match that it has it as it is.
func (s *Server) answerUnlessKnown(w http.ResponseWriter, r *http.Request, k *kind, e *entry) error {
	if known := r.Header.Values("If-None-Match"); len(known) > 0 {
		s.store.mu.RLock()
		tag := e.etag()
		s.store.mu.RUnlock()
		if condition(strings.Join(known, ",")).names(tag) {
			w.Header().Set("ETag", tag)
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	return s.answer(w, r, k, e, http.StatusOK)
}
