package oktasource

import (
	"context"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// maxWindow bounds a wait for a bucket's reset. Windows last one minute; a reset that is
// further away is a clock that is wrong.
const maxWindow = 2 * time.Minute

// noticeable is the wait from which on a program seems to hang.
const noticeable = 10 * time.Second

// governor keeps each rate-limit bucket of the org within our share. It knows no limits
// of its own: it learns them from the headers (developer.okta.com, "Rate limits").
type governor struct {
	share float64
	now   func() time.Time
	wait  func(context.Context, time.Duration) error
	log   zerolog.Logger

	mu      sync.Mutex
	buckets map[string]*bucket
}

type bucket struct {
	known            bool
	limit, remaining int
	reset            time.Time // by our clock
	inFlight         int
}

func newGovernor(share float64, now func() time.Time, wait func(context.Context, time.Duration) error, log zerolog.Logger) *governor {
	return &governor{share: share, now: now, wait: wait, log: log, buckets: map[string]*bucket{}}
}

// admit waits until a request to the bucket is within the share. Every request that was
// admitted is ended with settle. The error is the context's.
func (g *governor) admit(ctx context.Context, name string) error {
	for {
		d := g.tryAdmit(name)
		if d <= 0 {
			return nil
		}
		level := zerolog.InfoLevel
		if d >= noticeable {
			level = zerolog.WarnLevel // somebody may be watching, and wonder
		}
		g.log.WithLevel(level).Str("bucket", name).Dur("wait", d).Msg("our share of Okta's rate limit is used up")
		if err := g.wait(ctx, d); err != nil {
			return err
		}
	}
}

// tryAdmit counts a request in and returns 0, or returns how long to wait.
func (g *governor) tryAdmit(name string) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	b := g.buckets[name]
	if b == nil {
		b = &bucket{}
		g.buckets[name] = b
	}
	left := b.reset.Sub(g.now())
	if b.known && left <= 0 {
		b.known = false // a new window; its first answer tells
	}
	if b.known && b.remaining-b.inFlight-1 < b.floor(g.share) {
		return left + jitter(time.Second)
	}
	b.inFlight++
	return 0
}

// floor is what must remain in the bucket for others. At least one request a window is
// ours, however small the share.
func (b *bucket) floor(share float64) int {
	ours := max(1, int(math.Floor(share*float64(b.limit))))
	return b.limit - ours
}

// settle counts a request out; header is nil when no answer came.
func (g *governor) settle(name string, header http.Header) {
	g.mu.Lock()
	defer g.mu.Unlock()
	b := g.buckets[name]
	b.inFlight--
	limit, err1 := strconv.Atoi(header.Get("X-Rate-Limit-Limit"))
	remaining, err2 := strconv.Atoi(header.Get("X-Rate-Limit-Remaining"))
	if err1 != nil || err2 != nil || limit <= 0 {
		return // no headers, or those of a 429 for concurrency, which tell nothing
	}
	reset := g.now().Add(untilReset(header, g.now()))
	// Answers of one window may overtake each other: the smaller number is the newer one.
	if b.known && reset.Sub(b.reset).Abs() < 3*time.Second {
		remaining = min(remaining, b.remaining)
	}
	b.known, b.limit, b.remaining, b.reset = true, limit, remaining, reset
}

// untilReset returns how long it is until the bucket's window ends, by the server's own
// clock; at least one second, so that a reset in the past is no hot loop, and at most
// [maxWindow]. Without a reset it is a whole window; without a Date our clock has to do.
func untilReset(header http.Header, now time.Time) time.Duration {
	reset, err := strconv.ParseInt(header.Get("X-Rate-Limit-Reset"), 10, 64)
	if err != nil {
		return time.Minute
	}
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		now = date
	}
	return min(max(time.Unix(reset, 0).Sub(now), time.Second), maxWindow)
}

func jitter(most time.Duration) time.Duration {
	return time.Duration(rand.Int64N(int64(most))) //nolint:gosec // G404: spreads requests, guards nothing
}

// bucketOf names the bucket that a path is counted in, as Okta's own provider for
// Terraform has it. Group push is placed by its prefix, which is a guess; a wrong name
// only mixes two buckets.
func bucketOf(path string) string {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if len(parts) < 3 || parts[0] != "api" {
		return path
	}
	switch kind := parts[2]; {
	case kind != "apps" && kind != "groups" && kind != "users" && kind != "logs":
		return "/api/v1"
	case len(parts) == 4 && (kind != "groups" || parts[3] != "rules"):
		return "/api/v1/" + kind + "/{id}"
	default:
		return "/api/v1/" + kind
	}
}

// maxInFlight is how many requests are sent at once: far below the 35 that the smallest
// org allows, of which one token has half.
const maxInFlight = 8

// gate bounds the requests in flight. It narrows when Okta says that there are too many
// at once, and widens again by one after a while without.
type gate struct {
	mu          sync.Mutex
	most, limit int
	busy, good  int
	freed       chan struct{}
}

// goodToWiden is the number of answers without complaint after which the gate widens.
const goodToWiden = 50

func newGate(most int) *gate { return &gate{most: most, limit: most, freed: make(chan struct{})} }

func (g *gate) enter(ctx context.Context) error {
	for {
		g.mu.Lock()
		if g.busy < g.limit {
			g.busy++
			g.mu.Unlock()
			return nil
		}
		freed := g.freed
		g.mu.Unlock()
		select {
		case <-freed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (g *gate) leave(tooMany bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.busy--
	if tooMany {
		g.limit, g.good = max(1, g.limit/2), 0
	} else if g.good++; g.good >= goodToWiden && g.limit < g.most {
		g.limit, g.good = g.limit+1, 0
	}
	close(g.freed)
	g.freed = make(chan struct{})
}
