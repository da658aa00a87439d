// Package schedule starts jobs at their times. It knows nothing about what they do.
package schedule

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/go-co-op/gocron/v2"
	"github.com/jonboulle/clockwork"
)

// Job is something to do again and again.
type Job struct {
	Name string
	// Every is the time between two starts.
	Every time.Duration
	// Do is called at once and then every Every, never while it is still running: a start
	// that falls into a running one is left out. Its context ends with that of [Run].
	Do func(ctx context.Context)
}

// Run starts the jobs and returns when ctx is cancelled and every job that was running
// has ended, however long that takes: who does the work knows how to end it. The error is
// for jobs that could not be scheduled; then none has run.
//
// A nil clock is the real one.
func Run(ctx context.Context, clock clockwork.Clock, jobs []Job) error {
	if clock == nil {
		clock = clockwork.NewRealClock()
	}
	s, err := gocron.NewScheduler(gocron.WithClock(clock), gocron.WithLocation(time.UTC))
	if err != nil {
		return fmt.Errorf("making the scheduler: %w", err)
	}
	// gocron stops waiting for running jobs after a while; this does not.
	var running sync.WaitGroup
	for _, j := range jobs {
		_, err := s.NewJob(gocron.DurationJob(j.Every), gocron.NewTask(func() {
			running.Add(1)
			defer running.Done()
			if ctx.Err() == nil {
				j.Do(ctx)
			}
		}), gocron.WithName(j.Name), gocron.WithSingletonMode(gocron.LimitModeReschedule), gocron.WithStartAt(gocron.WithStartImmediately()))
		if err != nil {
			return fmt.Errorf("scheduling %s: %w", j.Name, err)
		}
	}
	s.Start()
	<-ctx.Done()
	err = s.StopJobs()
	running.Wait()
	if again := s.Shutdown(); err == nil {
		err = again
	}
	if err != nil {
		return fmt.Errorf("stopping the scheduler: %w", err)
	}
	return nil
}
