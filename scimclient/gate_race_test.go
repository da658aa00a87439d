package scimclient

import (
	"context"
	"testing"
	"testing/synctest"
)

func TestAPlaceThatComesAsItsWaiterLeavesIsNotLost(t *testing.T) {
	for range 200 {
		synctest.Test(t, func(t *testing.T) {
			g := newGate(1, systemClock{})
			if err := g.place(t.Context()); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			got := make(chan error)
			go func() { got <- g.place(ctx) }()
			synctest.Wait()
			cancel()
			g.free()
			if err := <-got; err == nil {
				g.free()
			}
			if g.inFlight != 0 {
				t.Fatalf("%d places are taken by nobody", g.inFlight)
			}
		})
	}
}
