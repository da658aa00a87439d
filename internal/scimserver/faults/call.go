package faults

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
)

// object is a JSON object.
type object = map[string]any

// call is one request on its way through a fault, and the answer to it.
type call struct {
	r    *http.Request
	next http.Handler

	// base is the part of the path before the endpoint, endpoint what comes
	// next ("Users"), id what follows it, "" for the collection.
	base, endpoint, id string

	// query may be changed before forward.
	query url.Values
	// raw is the body of the request as it came.
	raw []byte
	// in is the body of the request as far as [call.body] was asked for it.
	in object

	// done says that there is an answer: status, header and text.
	done   bool
	status int
	header http.Header
	text   []byte
	// out is the answer as far as [call.answer] was asked for it.
	out object
}

// isEndpoint tells whether s is the first part of a path below the base.
func isEndpoint(s string) bool {
	switch s {
	case "Users", "Groups", "Me", "Bulk", ".search", "ServiceProviderConfig", "ResourceTypes", "Schemas":
		return true
	}
	return false
}

// maxBody is how many bytes of a request are read, more than the server takes.
const maxBody = 32 << 20

func newCall(next http.Handler, w http.ResponseWriter, r *http.Request) (*call, error) {
	c := &call{r: r, next: next, query: r.URL.Query(), header: http.Header{}}
	var err error
	if c.raw, err = io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody)); err != nil {
		return nil, err
	}
	parts := strings.Split(r.URL.Path, "/")
	for i, p := range parts {
		if isEndpoint(p) {
			c.base, c.endpoint, c.id = strings.Join(parts[:i], "/"), p, strings.Join(parts[i+1:], "/")
			break
		}
	}
	return c, nil
}

// is tells whether the request is one of those of pattern: methods and targets,
// each a list with commas, such as "PUT,PATCH Users/id". A target is an endpoint
// ("Users": the collection, "Users/id": one of it, "Users*": both); * is any.
func (c *call) is(pattern string) bool {
	methods, targets, _ := strings.Cut(pattern, " ")
	if methods != "*" && !slices.Contains(strings.Split(methods, ","), c.r.Method) {
		return false
	}
	target := c.endpoint
	if c.id == ".search" {
		target += "/.search"
	} else if c.id != "" {
		target += "/id"
	}
	for t := range strings.SplitSeq(targets, ",") {
		if t == "*" || t == target || strings.TrimSuffix(t, "*") == c.endpoint && strings.HasSuffix(t, "*") {
			return true
		}
	}
	return false
}

// body returns the body of the request, empty where it is no JSON object. What is
// changed in it is what the server gets.
func (c *call) body() object {
	if c.in == nil {
		c.in = parse(c.raw)
	}
	return c.in
}

// answer returns the body of the answer, empty where it is no JSON object. What is
// changed in it is what the client gets.
func (c *call) answer() object {
	if c.out == nil {
		c.out = parse(c.text)
	}
	return c.out
}

// succeeded tells whether there is an answer 2xx.
func (c *call) succeeded() bool { return c.done && c.status >= 200 && c.status < 300 }

// forward lets the server do the request, as it is now.
func (c *call) forward() {
	body := c.raw
	if len(c.in) > 0 {
		body = text(c.in)
	}
	path := c.base + "/" + c.endpoint
	if c.endpoint == "" {
		path = c.r.URL.Path
	} else if c.id != "" {
		path += "/" + c.id
	}
	u := url.URL{Path: path, RawQuery: c.query.Encode()}
	if path == c.r.URL.Path { // an escaped path, and a query that is not well formed, stay as they came
		u.RawPath = c.r.URL.RawPath
	}
	if maps.EqualFunc(c.query, c.r.URL.Query(), slices.Equal) {
		u.RawQuery = c.r.URL.RawQuery
	}
	rec := c.send(c.r.Method, u, body)
	c.done, c.status, c.header, c.text, c.out = true, rec.status, rec.header, rec.body.Bytes(), nil
}

// send makes a request of the server with the headers of this one.
func (c *call) send(method string, u url.URL, body []byte) *recorder {
	r := c.r.Clone(c.r.Context())
	r.Method = method
	u.Scheme, u.Host = c.r.URL.Scheme, c.r.URL.Host
	r.URL = &u
	r.RequestURI = r.URL.RequestURI()
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	if method != c.r.Method {
		r.Header.Del("If-Match")
		r.Header.Del("If-None-Match")
		r.Header.Set("Content-Type", mediaType)
	}
	rec := &recorder{header: http.Header{}, status: http.StatusOK}
	c.next.ServeHTTP(rec, r)
	return rec
}

// do makes another request of the server, in the name of this client: path begins
// after the base. It returns the status and the body.
func (c *call) do(method, path string, body object) (int, object) {
	path, query, _ := strings.Cut(path, "?")
	var b []byte
	if body != nil {
		b = text(body)
	}
	rec := c.send(method, url.URL{Path: c.base + path, RawQuery: query}, b)
	return rec.status, parse(rec.body.Bytes())
}

// stored returns what the server has at the path of this request.
func (c *call) stored() object {
	_, o := c.do(http.MethodGet, "/"+c.endpoint+"/"+c.id, nil)
	return o
}

// reply answers the request in place of the server; a nil body is none.
func (c *call) reply(status int, body object) {
	c.done, c.status, c.header = true, status, http.Header{}
	c.out, c.text = body, nil
	if body != nil {
		c.header.Set("Content-Type", mediaType)
	}
}

// say answers with text.
func (c *call) say(status int, contentType, body string) {
	c.reply(status, nil)
	c.header.Set("Content-Type", contentType)
	c.text = []byte(body)
}

// refuse answers with a SCIM error.
func (c *call) refuse(status int, scimType, detail string) {
	c.reply(status, failure(status, scimType, detail))
}

// echo answers 200 with what is stored, as if the request had been done.
func (c *call) echo() { c.reply(http.StatusOK, c.stored()) }

// edit changes the text of the answer.
func (c *call) edit(old, changed string) {
	if c.out != nil {
		c.text, c.out = text(c.out), nil
	}
	c.text = bytes.ReplaceAll(c.text, []byte(old), []byte(changed))
}

// hang keeps the client waiting until it gives up.
func (c *call) hang() {
	<-c.r.Context().Done()
	panic(http.ErrAbortHandler)
}

// write sends the answer.
func (c *call) write(w http.ResponseWriter) {
	if len(c.out) > 0 {
		c.text = text(c.out)
	}
	maps.Copy(w.Header(), c.header)
	w.Header().Del("Content-Length") // net/http counts
	w.WriteHeader(c.status)
	_, _ = w.Write(c.text) //nolint:gosec // G705: what the server said, or worse on purpose
}

// recorder takes an answer.
type recorder struct {
	header http.Header
	status int
	wrote  bool
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) {
	if !r.wrote {
		r.status, r.wrote = status, true
	}
}

func (r *recorder) Write(b []byte) (int, error) {
	r.wrote = true
	return r.body.Write(b)
}

// parse reads a JSON object; anything else is an empty one.
func parse(b []byte) object {
	var o object
	if json.Unmarshal(b, &o) != nil || o == nil {
		return object{}
	}
	return o
}

// text writes a JSON object.
func text(o object) []byte {
	b, err := json.Marshal(o, json.Deterministic(true))
	if err != nil {
		panic("faults: " + err.Error()) // it was made of JSON
	}
	return b
}
