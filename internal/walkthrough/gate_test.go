package walkthrough

import (
	"net/http"
	"strings"
	"sync"
)

// byHand marks the requests of the scenario itself: they pass the gate whatever is wrong.
const byHand = "X-By-Hand"

// gate stands before the target and lets things go wrong.
type gate struct {
	next http.Handler

	mu      sync.Mutex
	creates int // POSTs of users that came in
	// before is asked with the number of the create, 0 for other requests; true: it has
	// answered.
	before func(w http.ResponseWriter, r *http.Request, create int) bool
	// changed is closed after each request and replaced.
	changed chan struct{}
}

func newGate(next http.Handler) *gate { return &gate{next: next, changed: make(chan struct{})} }

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer g.tell()
	if r.Header.Get(byHand) != "" {
		g.next.ServeHTTP(w, r)
		return
	}
	g.mu.Lock()
	create := 0
	if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/Users") {
		g.creates++
		create = g.creates
	}
	before := g.before
	g.mu.Unlock()
	if before != nil && before(w, r, create) {
		return
	}
	g.next.ServeHTTP(w, r)
}

func (g *gate) tell() {
	g.mu.Lock()
	defer g.mu.Unlock()
	close(g.changed)
	g.changed = make(chan struct{})
}

// set puts a fault in, or takes it out with nil.
func (g *gate) set(before func(http.ResponseWriter, *http.Request, int) bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.before, g.creates = before, 0
}

// wait returns a channel that is closed after the next request.
func (g *gate) wait() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.changed
}
