package scimserver

import (
	"net/http"
	"strings"
)

// condition is the If-Match and If-None-Match headers of a request
// (RFC 7644 §3.14, RFC 9110 §13): lists of entity tags, or "*"; "" without one.
type condition struct{ match, noneMatch string }

func conditionOf(r *http.Request) condition {
	return condition{strings.Join(r.Header.Values("If-Match"), ","), strings.Join(r.Header.Values("If-None-Match"), ",")}
}

// check refuses with 412 if the resource is not as the client has seen it, or
// is as the client does not want it. It is for writes; see also
// [Server.serveGet].
func (c condition) check(e *entry) *scimError {
	if c.match != "" && !namesTag(c.match, e.etag()) {
		return refuseStatus(http.StatusPreconditionFailed, "the resource has changed: its version is %s now", e.etag())
	}
	if c.noneMatch != "" && namesTag(c.noneMatch, e.etag()) {
		return refuseStatus(http.StatusPreconditionFailed, "If-None-Match names the version that the resource has: %s", e.etag())
	}
	return nil
}

// namesTag tells whether a tag is in a list. Tags are compared without regard
// to weakness: all of this server's are weak, and SCIM uses them for writes
// all the same (RFC 7644 §3.14 shows it).
func namesTag(list, tag string) bool {
	for one := range strings.SplitSeq(list, ",") {
		one = strings.TrimSpace(one)
		if one == "*" || strings.TrimPrefix(one, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}

// serveGet sends a resource, or 304 if the client says in If-None-Match that
// it has it as it is, or 412 if it is not what If-Match wants.
func (s *Server) serveGet(w http.ResponseWriter, r *http.Request, k *kind, id string) error {
	on := conditionOf(r)
	s.store.mu.RLock()
	e := s.store.find(k, id)
	tag := ""
	if e != nil {
		tag = e.etag()
	}
	s.store.mu.RUnlock()
	switch {
	case e == nil:
		return notFound(k, id)
	case on.match != "" && !namesTag(on.match, tag):
		return refuseStatus(http.StatusPreconditionFailed, "the resource has changed: its version is %s now", tag)
	case on.noneMatch != "" && namesTag(on.noneMatch, tag):
		w.Header().Set("ETag", tag)
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	return s.answer(w, r, k, e, http.StatusOK)
}
