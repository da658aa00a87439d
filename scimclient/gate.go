package scimclient

import (
	"context"
	"slices"
	"sync"
	"time"
)

// gate bounds how many requests are in flight: additive increase, multiplicative decrease
// between 1 and most, so that a server that throttles is met with fewer at once and not
// with the same number later.
type gate struct {
	most  float64
	clock Clock

	mu       sync.Mutex
	limit    float64
	inFlight int
	waiting  []chan struct{} // first come, first served
	// epoch counts decreases. Requests that started before the last one do not cause
	// another: one overload makes many 429s.
	epoch uint64
	// shut is when the server wants to be asked again.
	shut time.Time
}

func newGate(most int, clock Clock) *gate {
	return &gate{most: float64(most), limit: float64(most), clock: clock}
}

// enter waits for a place and returns the epoch to leave with.
func (g *gate) enter(ctx context.Context) (uint64, error) {
	for {
		if err := g.place(ctx); err != nil {
			return 0, err
		}
		g.mu.Lock()
		pause, epoch := g.shut.Sub(g.clock.Now()), g.epoch
		g.mu.Unlock()
		if pause <= 0 {
			return epoch, nil
		}
		g.free()
		if err := waitOn(ctx, g.clock, pause); err != nil {
			return 0, err
		}
	}
}

func (g *gate) place(ctx context.Context) error {
	g.mu.Lock()
	if len(g.waiting) == 0 && g.inFlight < int(g.limit) {
		g.inFlight++
		g.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	g.waiting = append(g.waiting, turn)
	g.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	g.mu.Lock()
	i := slices.Index(g.waiting, turn)
	if i >= 0 {
		g.waiting = slices.Delete(g.waiting, i, i+1)
	}
	g.mu.Unlock()
	if i < 0 {
		g.free() // the place came at the same moment
	}
	return context.Cause(ctx)
}

func (g *gate) free() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inFlight--
	g.admit()
}

// admit lets in who fits. g.mu is held.
func (g *gate) admit() {
	for len(g.waiting) > 0 && g.inFlight < int(g.limit) {
		g.inFlight++
		close(g.waiting[0])
		g.waiting = g.waiting[1:]
	}
}

// leave gives the place back. throttled says that the answer was 429 or 503; good that
// it was a success. until is when the server wants to be asked again, if it said so.
func (g *gate) leave(epoch uint64, good, throttled bool, until time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case throttled && epoch == g.epoch:
		g.limit = max(1, g.limit/2)
		g.epoch++
	case good && !throttled:
		g.limit = min(g.most, g.limit+1/g.limit)
	}
	if until.After(g.shut) {
		g.shut = until
	}
	g.inFlight--
	g.admit()
}
