package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/internal/config"
	"github.com/oktascim/oktascim/internal/schedule"
)

func newRun(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Apply on a schedule until told to stop",
		Long: `Run every connection at once and then on its schedule, one run at a time for each
connection: schedule.full reads both sides whole, schedule.delta, between those, looks only at
what has changed in Okta and reads nothing of the target. What a guard holds stays held until a person approves it with
oktascim apply --approve. A run that fails is logged, and the next one starts on schedule.

SIGINT or SIGTERM ends it: writes that are under way are finished and recorded first. A
second signal ends it at once; the next start resolves what was open.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.run(cmd.Context()) },
	}
	p.addConnectionFlag(cmd)
	return cmd
}

func (p *program) run(ctx context.Context) (err error) {
	c, picked, err := p.load()
	if err != nil {
		return err
	}
	log, err := newLog(c.Log, zerolog.InfoLevel, p.stderr)
	if err != nil {
		return err
	}
	db, err := openLedger(c) //nolint:contextcheck // a commit of the ledger is not cancelled with the run
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	jobs := make([]schedule.Job, len(picked))
	for i, k := range picked {
		job, err := p.newJob(c, k, db, log)
		if err != nil {
			return err
		}
		jobs[i] = job
	}
	for i, j := range jobs {
		log.Info().Str("connection", j.Name).Stringer("every", j.Every).Str("okta", host(c.Okta.OrgURL)).Str("target", host(picked[i].Target.BaseURL)).Msg("scheduled")
	}
	if p.logsItsEnd != nil {
		p.logsItsEnd()
	}
	context.AfterFunc(ctx, func() {
		log.Info().Msg("stopping: writes under way are finished first; a second signal ends it at once")
	})
	if err := schedule.Run(ctx, nil, jobs); err != nil {
		return err
	}
	log.Info().Msg("stopped")
	return nil
}

// newJob makes the job of a connection. Its sides live as long as the program, so that
// what they learn of rate limits is kept from run to run.
//
// A delta run that finds that the last full one is as old as schedule.full becomes the next
// full run itself, so that one schedule starts them all and no two are ever under way at once.
func (p *program) newJob(c *config.Config, k *config.Connection, db store, log zerolog.Logger) (schedule.Job, error) {
	both, err := connect(c, k, log)
	if err != nil {
		return schedule.Job{}, fmt.Errorf("connection %s: %w", k.Name, err)
	}
	w := wish{mode: agent.ModeApply, patient: true}
	every := time.Duration(k.Schedule.Full)
	if k.Schedule.Delta != 0 {
		w.mode, w.fullEvery, every = agent.ModeDelta, every, time.Duration(k.Schedule.Delta)
	}
	a, err := both.newAgent(c, db, w, log)
	if err != nil {
		return schedule.Job{}, fmt.Errorf("connection %s: %w", k.Name, err)
	}
	log = log.With().Str("connection", k.Name).Logger()
	first := true // a start looks at everything, whatever a run before has left
	return schedule.Job{Name: k.Name, Every: every, Do: func(ctx context.Context) {
		mode := w.mode
		if first {
			mode = agent.ModeApply
		}
		report, err := a.Run(ctx, mode)
		first = first && err != nil
		logRun(log, report, err)
	}}, nil
}

// logRun writes one line for a run.
func logRun(log zerolog.Logger, r agent.Report, err error) {
	event := log.Info()
	switch {
	case errors.Is(err, context.Canceled):
		log.Info().Str("run", r.ID).Msg("run stopped; the next one goes on")
		return
	case err != nil:
		event = log.Error().Err(err)
	case r.Held:
		event = log.Warn()
		for _, t := range r.Trips {
			log.Warn().Str("guard", t.Guard).Str("reason", t.Text).Msg("held")
		}
	case r.Result == agent.PartlyApplied:
		event = log.Warn()
	}
	if r.Idle() {
		event = log.Debug()
	}
	event.Str("run", r.ID).Str("mode", string(r.Mode)).Str("result", r.Result).Str("digest", r.Digest).Int("changes", len(r.Plan.Changes)).
		Int("withheld", len(r.Plan.Withheld)).Int("notices", len(r.Plan.Notices)).Int("oktaRequests", r.SourceRequests).Dur("took", r.Ended.Sub(r.Started)).Msg("run ended")
}
