package agent

import (
	"github.com/oktascim/oktascim/agent/plan"
)

// Phase names a step of a run, for people who wait for it.
type Phase string

// The phases, in order. PhaseResolve and PhaseConfirm come only when there is something
// to look up.
const (
	PhaseReadSource Phase = "reading Okta"
	PhaseResolve    Phase = "looking at what the last run left open"
	PhaseReadTarget Phase = "reading the target"
	PhaseConfirm    Phase = "confirming removals with Okta"
	PhaseApply      Phase = "applying"
)

// Events watch a run; each may be nil. They are called one at a time and hold the run
// up while they work.
type Events struct {
	// Phase is told when a step begins.
	Phase func(Phase)
	// Changed is told how a change ended; done of total have.
	Changed func(done, total int, c plan.Change, o ChangeOutcome)
}

func (e Events) phase(p Phase) {
	if e.Phase != nil {
		e.Phase(p)
	}
}

func (e Events) changed(done, total int, c plan.Change, o ChangeOutcome) {
	if e.Changed != nil {
		e.Changed(done, total, c, o)
	}
}
