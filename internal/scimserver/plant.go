package scimserver

import "fmt"

// Plant creates a resource as a POST of body would, behind the connection's back, and
// returns its id: what is there before anybody signs in. kindName is "User" or "Group". The
// error says what is wrong with the body in the words of a SCIM error.
func (s *Server) Plant(kindName string, body []byte) (id string, err error) {
	k := s.store.registry.kind(kindName)
	if k == nil {
		return "", fmt.Errorf("there is no resource type %q", kindName)
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
