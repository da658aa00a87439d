package scimserver

import "fmt"

// Create stores a resource as a POST of body to /Users (resourceType "User")
// or /Groups ("Group") would, past the connection: for what a sandbox holds
// from the start. Okta's own suite, for one, wants a server with a user in it.
// The error says what a client would have read in detail.
func (s *Server) Create(resourceType string, body []byte) (id string, err error) {
	k := s.store.registry.kind(resourceType)
	if k == nil {
		return "", fmt.Errorf("there is no resource type %q", resourceType)
	}
	o, refusal := parseObject(body, s.o.MaxDepth)
	if refusal != nil {
		return "", refusal
	}
	in, refusal := k.checkResource(o)
	if refusal != nil {
		return "", refusal
	}
	e, err := s.create(k, in)
	if err != nil {
		return "", err
	}
	return e.r.id, nil
}
