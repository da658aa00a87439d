package scimserver

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"github.com/rs/zerolog"
)

// Options configures a [Server]. The zero value serves an empty store under
// /scim/v2, in memory, without authentication.
type Options struct {
	Log  zerolog.Logger   // zero: silent
	Now  func() time.Time // zero: time.Now
	Data *Data            // zero: nothing is kept over a restart

	// BasePath is where the endpoints live; "" means "/scim/v2".
	BasePath string
	// ExternalURL, scheme and host without path, is what meta.location and
	// $ref start with; "" takes them from each request.
	ExternalURL string
	// Extensions are schemas of your own, for a server without Data; one with
	// Data has those of [OpenData]. [New] panics if there is a mistake in one;
	// see [CheckExtensions].
	Extensions []Extension
	// Connection decides who gets in. Without one everybody does, which is
	// meant for tests of the protocol alone.
	Connection interface {
		Middleware(next http.Handler) http.Handler
	}

	MaxBody         int64 // bytes of one request body; 0 means 8 MiB
	MaxDepth        int   // nesting of one request body; 0 means 16
	MaxOperations   int   // operations of one PATCH; 0 means 2000
	MaxFilterLength int   // bytes of one filter or PATCH path; 0 means 8192
	MaxFilterDepth  int   // nesting of one filter; 0 means 32
	MaxFilterTerms  int   // comparisons in one filter; 0 means 200
	MaxBulkBody     int64 // bytes of the body of a bulk request; 0 means MaxBody
	// MaxBulkOperations bounds one bulk request; 0 means 1000.
	MaxBulkOperations int
	MaxPage           int // resources of one list answer; 0 means 200
	DefaultPage       int // resources where a list request names no count; 0 means 100

	// BodyTimeout is how long a client may take for its body, AnswerTimeout
	// for reading the answer; then the connection is cut. 0 means 30 s and 60 s.
	// They are set request by request (Handler), since a panel on the same
	// port holds its live pages open. How long the header may take, and a
	// connection be idle, is the affair of the http.Server.
	BodyTimeout, AnswerTimeout time.Duration
}

// withDefaults fills in what is zero.
//
// The bounds are far above what Okta sends (a PATCH holds at most 1,000
// membership changes, a list asks for 100) and small enough that no single
// request can take the server's memory.
func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	o.BasePath = "/" + strings.Trim(cmp.Or(o.BasePath, "/scim/v2"), "/")
	if o.BasePath == "/" {
		o.BasePath = ""
	}
	o.BodyTimeout = cmp.Or(o.BodyTimeout, 30*time.Second)
	o.AnswerTimeout = cmp.Or(o.AnswerTimeout, time.Minute)
	o.ExternalURL = strings.TrimRight(o.ExternalURL, "/")
	o.MaxBody = cmp.Or(o.MaxBody, 8<<20)
	o.MaxBulkBody = cmp.Or(o.MaxBulkBody, o.MaxBody)
	o.MaxBulkOperations = cmp.Or(o.MaxBulkOperations, 1000)
	o.MaxDepth = cmp.Or(o.MaxDepth, 16)
	o.MaxOperations = cmp.Or(o.MaxOperations, 2000)
	o.MaxFilterLength = cmp.Or(o.MaxFilterLength, 8192)
	o.MaxFilterDepth = cmp.Or(o.MaxFilterDepth, 32)
	o.MaxFilterTerms = cmp.Or(o.MaxFilterTerms, 200)
	o.MaxPage = cmp.Or(o.MaxPage, 200)
	o.DefaultPage = min(cmp.Or(o.DefaultPage, 100), o.MaxPage)
	return o
}

// Server is one reference SCIM server with one connection (tenant). It is
// safe for concurrent use.
type Server struct {
	o       Options
	store   *store
	results resultCache
}

// New makes a server over o.Data, or over an empty store.
func New(o Options) *Server {
	s := &Server{o: o.withDefaults()}
	if o.Data != nil {
		s.store = o.Data.store
	} else {
		s.store = newStore(mustLoadRegistry(o.Extensions...))
	}
	return s
}

// Handler serves everything under the base path, behind the connection.
func (s *Server) Handler() http.Handler {
	var h http.Handler = http.HandlerFunc(s.serveHTTP)
	if s.o.Connection != nil {
		h = s.o.Connection.Middleware(h)
	}
	return h
}

// cutSlowClients bounds how long a client may take for a request and its
// answer. The function that it returns ends this for the next request of the
// connection, which may be for another handler; http.Server itself renews the
// deadline for reading, and until then it bounds what is left of the body. A server that has no deadlines
// (a test's recorder) goes without.
func (s *Server) cutSlowClients(w http.ResponseWriter) (end func()) {
	c, now := http.NewResponseController(w), time.Now() // the clock of the network, not Options.Now
	if c.SetReadDeadline(now.Add(s.o.BodyTimeout)) != nil {
		return func() {}
	}
	_ = c.SetWriteDeadline(now.Add(s.o.BodyTimeout + s.o.AnswerTimeout))
	return func() {
		if c.Flush() == nil { // what is in the buffer counts too
			_ = c.SetWriteDeadline(time.Time{})
		}
	}
}
