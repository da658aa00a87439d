package scimclient

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
)

const (
	accept      = "application/scim+json"
	contentType = "application/scim+json; charset=utf-8"
	plainType   = "application/json" // what some servers take instead (targets.md, rule 18)
)

// Endpoint is one kind of resource on a server.
type Endpoint[T any] struct {
	client *Client
	path   string
	shape  *shape
}

// Users is the endpoint of users.
func Users(c *Client) Endpoint[User] { return At[User](c, "/Users") }

// Groups is the endpoint of groups.
func Groups(c *Client) Endpoint[Group] { return At[Group](c, "/Groups") }

// At is the endpoint of resources of type T at a path below the base URL, which begins
// with "/": At[Object](c, "/Users").
func At[T any](c *Client, path string) Endpoint[T] {
	return Endpoint[T]{client: c, path: path, shape: shapeOf(reflect.TypeFor[T](), map[reflect.Type]*shape{})}
}

// CallOption changes one call.
type CallOption func(*call)

type call struct {
	ifMatch             string
	etag                *string
	attributes, exclude []string
	once                bool
}

// IfMatch makes a write valid only while the resource has this version (RFC 7644 §3.14);
// the answer is 412 otherwise. An empty version asks for nothing. Many servers ignore it: a version counts only on a server
// that was seen to refuse a stale one. A repeated try may meet 412 because of its own
// first one; [MaybeProcessed] is then true.
func IfMatch(etag string) CallOption { return func(c *call) { c.ifMatch = etag } }

// KeepETag stores the ETag header of the answer in dst, "" if there is none. The version
// inside a resource is [Object.Version] or Meta.Version.
func KeepETag(dst *string) CallOption { return func(c *call) { c.etag = dst } }

// Attributes asks for these attributes only. Okta never does; some servers ignore it.
func Attributes(names ...string) CallOption { return func(c *call) { c.attributes = names } }

// ExcludeAttributes asks to leave these attributes out.
func ExcludeAttributes(names ...string) CallOption { return func(c *call) { c.exclude = names } }

// Once sends the request once, whatever the answer.
func Once() CallOption { return func(c *call) { c.once = true } }

// Get reads a resource. [IsNotFound] tells a missing one apart.
func (e Endpoint[T]) Get(ctx context.Context, id string, opts ...CallOption) (T, error) {
	var zero T
	x, c, err := e.exchange(http.MethodGet, id, nil, opts)
	if err != nil {
		return zero, err
	}
	a, err := x.send(ctx, c)
	if err != nil {
		return zero, err
	}
	v, o, err := e.resource(x, a)
	if err != nil {
		return zero, err
	}
	if !strings.EqualFold(o.ID(), id) {
		return zero, x.fail(a, fmt.Errorf("%w: asked for id %q, the answer is %q", ErrNotSCIM, id, o.ID()))
	}
	return v, nil
}

// Create sends body, any value that is JSON, as a new resource and returns what the server
// made of it; its id is in there. On an error for which [MaybeProcessed] is true the
// resource may exist: look for it before trying again. [IsConflict] tells one that exists.
func (e Endpoint[T]) Create(ctx context.Context, body any, opts ...CallOption) (T, error) {
	var zero T
	x, c, err := e.exchange(http.MethodPost, "", body, opts)
	if err != nil {
		return zero, err
	}
	a, err := x.send(ctx, c)
	if err != nil {
		return zero, err
	}
	v, _, err := e.resource(x, a)
	return v, err
}

// Replace sends body as the whole new state of a resource. T is its zero value if the
// server answers without the resource.
func (e Endpoint[T]) Replace(ctx context.Context, id string, body any, opts ...CallOption) (T, error) {
	var zero T
	x, c, err := e.exchange(http.MethodPut, id, body, opts)
	if err != nil {
		return zero, err
	}
	x.repeatable = true
	a, err := x.send(ctx, c)
	if err != nil || bare(a) {
		return zero, err
	}
	v, _, err := e.resource(x, a)
	return v, err
}

// Patch sends operations in order. The bool is false if the server answers without the
// resource (204, or no body).
func (e Endpoint[T]) Patch(ctx context.Context, id string, ops []Operation, opts ...CallOption) (T, bool, error) {
	var zero T
	if len(ops) == 0 {
		return zero, false, errors.New("a PATCH without operations")
	}
	x, c, err := e.exchange(http.MethodPatch, id, patchBody{Schemas: []string{patchURN}, Operations: ops}, opts)
	if err != nil {
		return zero, false, err
	}
	x.repeatable = absolute(ops)
	a, err := x.send(ctx, c)
	if err != nil || bare(a) {
		return zero, false, err
	}
	v, _, err := e.resource(x, a)
	return v, err == nil, err
}

// Delete removes a resource. A 404 is an error, unless it follows a try of the same call
// that was lost on the way: then that one did it.
func (e Endpoint[T]) Delete(ctx context.Context, id string, opts ...CallOption) error {
	x, c, err := e.exchange(http.MethodDelete, id, nil, opts)
	if err != nil {
		return err
	}
	x.repeatable = true
	_, err = x.send(ctx, c)
	if x.maybe && IsNotFound(err) {
		return nil
	}
	return err
}

// exchange prepares a call.
func (e Endpoint[T]) exchange(method, id string, body any, opts []CallOption) (*exchange, call, error) {
	var c call
	for _, o := range opts {
		o(&c)
	}
	path := e.path
	if method != http.MethodPost {
		if id == "" {
			return nil, c, fmt.Errorf("%s %s: the id is empty", method, e.path)
		}
		path += "/" + escapeID(id)
	}
	x := e.client.newExchange(method, path)
	x.once = c.once
	var q query
	q.add("attributes", strings.Join(c.attributes, ","))
	q.add("excludedAttributes", strings.Join(c.exclude, ","))
	x.query = q.String()
	if c.ifMatch != "" {
		x.header.Set("If-Match", c.ifMatch)
	}
	if body != nil {
		b, err := encode(body)
		if err != nil {
			return nil, c, fmt.Errorf("%s %s: writing the body: %w", method, path, err)
		}
		x.body, x.hide = b, secretsIn(b)
		x.header.Set("Content-Type", e.client.opts.ContentType)
		if e.client.plainJSON.Load() {
			x.header.Set("Content-Type", plainType)
		}
	}
	return x, c, nil
}

// newExchange is a call with the headers that Okta sends (wire captures; a vendor's list
// in Okta's support pages).
func (c *Client) newExchange(method, path string) *exchange {
	return &exchange{
		client: c, method: method, path: path, repeatable: method == http.MethodGet,
		header: http.Header{
			"User-Agent":      {c.opts.UserAgent},
			"Accept":          {accept},
			"Accept-Charset":  {"utf-8"},
			"Accept-Encoding": {"gzip,deflate"},
		},
	}
}

// send runs the exchange and turns every answer but a true success into an error.
func (x *exchange) send(ctx context.Context, c call) (*answer, error) {
	a, err := x.run(ctx)
	if err != nil {
		return nil, x.fail(a, err)
	}
	if c.etag != nil {
		*c.etag = a.header.Get("ETag")
	}
	switch {
	case a.status >= 300 && a.status < 400:
		return nil, x.fail(a, x.redirect(a))
	case a.status < 200 || a.status >= 300:
		if isPage(a.body) {
			return nil, x.fail(a, fmt.Errorf("%w: it is a web page", ErrNotSCIM))
		}
		return nil, x.fail(a, nil)
	case empty(a):
		return a, nil
	}
	// From here the server says that it was done.
	if isPage(a.body) {
		return nil, x.unread(a, fmt.Errorf("%w: it is a web page", ErrNotSCIM))
	}
	if hidden(a.body) {
		return nil, x.unread(a, ErrHidden)
	}
	return a, nil
}

// unread is the error for a success that cannot be understood.
func (x *exchange) unread(a *answer, err error) error {
	x.maybe = x.maybe || x.write()
	return x.fail(a, err)
}

// redirect says where an answer points, and that it was not followed.
func (x *exchange) redirect(a *answer) error {
	to := a.header.Get("Location")
	u, err := url.Parse(to)
	if to == "" || err != nil {
		return fmt.Errorf("%w to nowhere", ErrRedirect)
	}
	base, err := url.Parse(x.client.base.String() + x.path)
	if err != nil {
		return ErrRedirect
	}
	u = base.ResolveReference(u)
	return fmt.Errorf("%w to %s://%s%s, and not followed: credentials and bodies go only where the base URL says",
		ErrRedirect, u.Scheme, u.Host, u.EscapedPath())
}

// bare reports whether the answer to a change carries no resource: no body, or an object
// without an id ({} for example). What the change did is then for the caller to read.
func bare(a *answer) bool {
	if empty(a) {
		return true
	}
	var o Object
	if decode(a.body, &o) != nil {
		return false
	}
	_, has := o.Member("id")
	return !has
}

// empty reports whether an answer has no body.
func empty(a *answer) bool { return len(strings.TrimSpace(string(a.body))) == 0 }

// resource reads the one resource that an answer must be.
func (e Endpoint[T]) resource(x *exchange, a *answer) (T, Object, error) {
	var zero T
	if empty(a) {
		return zero, nil, x.unread(a, fmt.Errorf("%w: the body is empty, a resource was expected", ErrNotSCIM))
	}
	var o Object
	if err := decode(a.body, &o); err != nil {
		return zero, nil, x.unread(a, fmt.Errorf("%w: %w", ErrNotSCIM, err))
	}
	if o.ID() == "" {
		return zero, nil, x.unread(a, fmt.Errorf("%w: there is no id that is a string", ErrNotSCIM))
	}
	v, err := e.as(a.body, o)
	if err != nil {
		return zero, nil, x.unread(a, fmt.Errorf("%w: %w", ErrNotSCIM, err))
	}
	return v, o, nil
}

// as makes a T of a resource that was read as o from b already.
func (e Endpoint[T]) as(b []byte, o Object) (T, error) {
	if v, ok := any(o).(T); ok {
		return v, nil
	}
	var v T
	err := decodeTyped(b, &v, e.shape)
	return v, err
}

// query is an encoded query string that keeps its order: Okta's is part of what servers
// were built against.
type query []string

func (q *query) add(name, value string) {
	if value != "" {
		*q = append(*q, name+"="+escapeQuery(value))
	}
}

func (q query) String() string { return strings.Join(q, "&") }
