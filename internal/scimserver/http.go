package scimserver

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path"
	"regexp"
	"strings"
)

// serveHTTP routes a request that the connection has let in. It routes by
// hand: the standard multiplexer would answer "//Users" with a redirect and an
// unknown path with a page of text, and a SCIM client can read neither.
func (s *Server) serveHTTP(w http.ResponseWriter, r *http.Request) {
	defer s.cutSlowClients(w)()
	if refusal := s.asRefusal(s.route(w, r), r.Method); refusal != nil { //nolint:contextcheck // a write is finished even if the client goes away
		WriteError(w, refusal.status, refusal.scimType, refusal.detail)
	}
}

// asRefusal gives what the client is told of an error; nil for none. What it
// cannot have caused is logged, and is a 500.
func (s *Server) asRefusal(err error, doing string) *scimError {
	if err == nil {
		return nil
	}
	if refusal, ok := errors.AsType[*scimError](err); ok {
		return refusal
	}
	s.o.Log.Error().Err(err).Str("doing", doing).Msg("scim request failed")
	return refuseStatus(http.StatusInternalServerError, "the server could not do this; nothing was changed")
}

func (s *Server) route(w http.ResponseWriter, r *http.Request) error {
	rest, ok := strings.CutPrefix(r.URL.EscapedPath(), s.o.BasePath)
	if !ok || rest != "" && rest[0] != '/' {
		if version := s.otherVersion(r.URL.Path); version != "" {
			return refuse(invalidVers, "this is SCIM 2.0 under %s; %s is not supported", s.o.BasePath, version)
		}
		return refuseStatus(http.StatusNotFound, "nothing is served here; the SCIM URL ends in %s", s.o.BasePath)
	}
	if strings.HasPrefix(rest, "//") {
		return refuseStatus(http.StatusNotFound, "two slashes in the path; take the one at the end of the Base URL away")
	}
	segments := strings.Split(strings.Trim(rest, "/"), "/")
	for i := range segments {
		var err error
		if segments[i], err = url.PathUnescape(segments[i]); err != nil {
			return refuseStatus(http.StatusNotFound, "the path is not well encoded")
		}
	}
	name, arg := segments[0], ""
	switch len(segments) {
	case 1:
	case 2:
		arg = segments[1]
	default:
		return refuseStatus(http.StatusNotFound, "nothing is served at this path")
	}
	for _, k := range s.store.registry.kinds {
		if "/"+name == k.endpoint {
			switch arg {
			case "":
				return s.routeCollection(w, r, k)
			case ".search":
				return s.serveSearch(w, r, []*kind{k})
			}
			return s.routeResource(w, r, k, arg)
		}
	}
	switch name {
	case "":
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			return notAllowed(w, r, "GET, HEAD")
		}
		return s.serveList(w, r, s.store.registry.kinds)
	case ".search":
		if arg != "" {
			break
		}
		return s.serveSearch(w, r, s.store.registry.kinds)
	case "ServiceProviderConfig":
		if arg != "" {
			break
		}
		return s.discover(w, r, false, s.serviceProviderConfig)
	case "Schemas":
		return s.discover(w, r, arg == "", func(base string) (any, error) { return s.schemas(base, arg) })
	case "ResourceTypes":
		return s.discover(w, r, arg == "", func(base string) (any, error) { return s.resourceTypes(base, arg) })
	case "Bulk":
		if arg != "" {
			break
		}
		return s.serveBulk(w, r)
	case "Me":
		return refuseStatus(http.StatusNotImplemented, "/%s is not implemented", name)
	}
	return refuseStatus(http.StatusNotFound, "nothing is served at this path; there are /Users, /Groups, /Bulk, /.search, /ServiceProviderConfig, /Schemas and /ResourceTypes")
}

// otherVersion gives the version in a path that differs from the base path in
// nothing but that (RFC 7644 §3.13), else "".
func (s *Server) otherVersion(p string) string {
	parent, own := path.Split(s.o.BasePath)
	rest, ok := strings.CutPrefix(p, parent)
	version, _, _ := strings.Cut(rest, "/")
	if isVersion := regexp.MustCompile(`^v[0-9]+(\.[0-9]+)*$`).MatchString; ok && isVersion(own) && isVersion(version) && version != own {
		return version
	}
	return ""
}

// isRead tells whether a request changes nothing, whatever comes of it.
func isRead(r *http.Request) bool {
	return r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodPost && strings.HasSuffix(strings.TrimRight(r.URL.Path, "/"), "/.search")
}

// notAllowed refuses a method and says which there are.
func notAllowed(w http.ResponseWriter, r *http.Request, allow string) error {
	w.Header().Set("Allow", allow)
	return refuseStatus(http.StatusMethodNotAllowed, "%s cannot be used here; there are: %s", r.Method, allow)
}

func (s *Server) routeCollection(w http.ResponseWriter, r *http.Request, k *kind) error {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		return s.serveList(w, r, []*kind{k})
	case http.MethodPost:
		return s.servePost(w, r, k)
	}
	return notAllowed(w, r, "GET, HEAD, POST")
}

func (s *Server) routeResource(w http.ResponseWriter, r *http.Request, k *kind, id string) error {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		return s.serveGet(w, r, k, id)
	case http.MethodPut:
		return s.servePut(w, r, k, id)
	case http.MethodPatch:
		return s.servePatch(w, r, k, id)
	case http.MethodDelete:
		if err := s.remove(k, id, conditionOf(r)); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return notAllowed(w, r, "GET, HEAD, PUT, PATCH, DELETE")
}

func (s *Server) servePost(w http.ResponseWriter, r *http.Request, k *kind) error {
	if _, err := s.projection(r, k); err != nil { // before anything is created
		return err
	}
	in, err := s.readResource(w, r, k)
	if err != nil {
		return err
	}
	e, err := s.create(k, in)
	if err != nil {
		return err
	}
	w.Header().Set("Location", location(s.base(r), e.r))
	return s.answer(w, r, k, e, http.StatusCreated)
}

func (s *Server) servePut(w http.ResponseWriter, r *http.Request, k *kind, id string) error {
	if _, err := s.projection(r, k); err != nil {
		return err
	}
	in, err := s.readResource(w, r, k)
	if err != nil {
		return err
	}
	e, err := s.put(k, id, in, conditionOf(r))
	if err != nil {
		return err
	}
	return s.answer(w, r, k, e, http.StatusOK)
}

func (s *Server) servePatch(w http.ResponseWriter, r *http.Request, k *kind, id string) error {
	if _, err := s.projection(r, k); err != nil {
		return err
	}
	body, err := s.readBody(w, r)
	if err != nil {
		return err
	}
	ops, refusal := readOperations(body, s.o.MaxOperations)
	if refusal != nil {
		return refusal
	}
	e, err := s.patch(k, id, ops, conditionOf(r))
	if err != nil {
		return err
	}
	return s.answer(w, r, k, e, http.StatusOK)
}

// readResource reads and checks the body of a POST or PUT.
func (s *Server) readResource(w http.ResponseWriter, r *http.Request, k *kind) (*input, error) {
	body, err := s.readBody(w, r)
	if err != nil {
		return nil, err
	}
	in, refusal := k.checkResource(body)
	if refusal != nil {
		return nil, refusal
	}
	return in, nil
}

// readBody reads one JSON object of either media type (RFC 7644 §3.1, §8.1).
func (s *Server) readBody(w http.ResponseWriter, r *http.Request) (*object, error) {
	return s.readBodyUpTo(w, r, s.o.MaxBody, s.o.MaxDepth)
}

// readBodyUpTo is readBody with its limits: bytes and nesting.
func (s *Server) readBodyUpTo(w http.ResponseWriter, r *http.Request, size int64, depth int) (*object, error) {
	if t := r.Header.Get("Content-Type"); t != "" {
		name, params, err := mime.ParseMediaType(t)
		charset := params["charset"]
		if err != nil || name != "application/scim+json" && name != "application/json" || charset != "" && !strings.EqualFold(charset, "utf-8") {
			return nil, refuseStatus(http.StatusUnsupportedMediaType, "Content-Type %q; application/scim+json or application/json in UTF-8 is wanted", t)
		}
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, size))
	if err != nil {
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			return nil, refuseStatus(http.StatusRequestEntityTooLarge, "the body is larger than %d bytes", size)
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			w.Header().Set("Connection", "close")
			return nil, refuseStatus(http.StatusRequestTimeout, "the body took longer than %v", s.o.BodyTimeout)
		}
		return nil, refuse(invalidSyntax, "the body ended too early")
	}
	body, refusal := parseObject(raw, depth)
	if refusal != nil {
		return nil, refusal
	}
	return body, nil
}

// projection reads the parameters attributes and excludedAttributes.
func (s *Server) projection(r *http.Request, k *kind) (*projection, error) {
	q, err := query(r)
	if err != nil {
		return nil, err
	}
	p, refusal := newProjection(k, q.Get("attributes"), q.Get("excludedAttributes"), s.filterLimits())
	if refusal != nil {
		return nil, refusal
	}
	return p, nil
}

func query(r *http.Request) (url.Values, error) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, refuse(invalidValue, "the query is not well encoded: %v", err)
	}
	return q, nil
}

// answer sends a resource as it is now.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, k *kind, e *entry, status int) error {
	p, err := s.projection(r, k)
	if err != nil {
		return err
	}
	body, tag := s.render(e, s.base(r), p)
	w.Header().Set("ETag", tag)
	writeBody(w, status, body)
	return nil
}

// render gives a resource as it is now, and its tag. It takes the lock.
func (s *Server) render(e *entry, base string, p *projection) (body []byte, tag string) {
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	v := view{s.store, e, base}
	return v.appendJSON(make([]byte, 0, 1024), p), e.etag()
}

// base is what locations in the answer to r start with.
func (s *Server) base(r *http.Request) string {
	if s.o.ExternalURL != "" {
		return s.o.ExternalURL + s.o.BasePath
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host + s.o.BasePath
}
