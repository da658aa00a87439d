package schedule_test

import (
	"context"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"
	"go.uber.org/goleak"

	"github.com/oktascim/oktascim/internal/schedule"
)

func TestAJobStartsAtOnceAndThenOnItsSchedule(t *testing.T) {
	defer goleak.VerifyNone(t)
	clock := clockwork.NewFakeClock()
	ctx, cancel := context.WithCancel(t.Context())
	started, done := make(chan struct{}), make(chan error)
	go func() {
		done <- schedule.Run(ctx, clock, []schedule.Job{{Name: "a", Every: time.Hour, Do: func(ctx context.Context) {
			select {
			case started <- struct{}{}:
			case <-ctx.Done():
			}
		}}})
	}()
	<-started
	select {
	case <-started:
		t.Fatal("started again before its time")
	default:
	}
	// The scheduler sets its timer some time after a start, so the hours go by until it has:
	// a clock that was moved once, and too early, would leave everybody waiting.
	passing := make(chan struct{})
	go func() {
		defer close(passing)
		for clock.BlockUntilContext(ctx, 1) == nil && ctx.Err() == nil {
			clock.Advance(30 * time.Minute)
		}
	}()
	for range 3 {
		<-started
	}
	defer func() { <-passing }()
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestAJobIsNeverRunningTwice(t *testing.T) {
	clock := clockwork.NewFakeClock()
	ctx, cancel := context.WithCancel(t.Context())
	started, release, done := make(chan int), make(chan struct{}), make(chan error)
	inside := 0
	go func() {
		done <- schedule.Run(ctx, clock, []schedule.Job{{Name: "slow", Every: time.Minute, Do: func(context.Context) {
			inside++ // the race detector sees a second one
			started <- inside
			<-release
			inside--
		}}})
	}()
	if n := <-started; n != 1 {
		t.Fatalf("%d are running", n)
	}
	for range 5 {
		if err := clock.BlockUntilContext(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		clock.Advance(time.Minute)
	}
	select {
	case n := <-started:
		t.Fatalf("a start fell into a running job: %d are running", n)
	default:
	}
	cancel()
	close(release)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestRunReturnsOnlyWhenTheRunningJobHasEnded(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	started, release, done := make(chan struct{}), make(chan struct{}), make(chan error)
	ended := false
	go func() {
		done <- schedule.Run(ctx, nil, []schedule.Job{{Name: "long", Every: time.Hour, Do: func(ctx context.Context) {
			close(started)
			<-ctx.Done()
			<-release
			ended = true
		}}})
	}()
	<-started
	cancel()
	select {
	case <-done:
		t.Fatal("Run returned while the job was running")
	default:
	}
	close(release)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if !ended {
		t.Fatal("Run returned before the job had ended")
	}
}
