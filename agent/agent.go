// Package agent reconciles what Okta asks for into a SCIM 2.0 target: it reads both
// sides, compares, checks and applies. It knows no Okta, no SCIM and no SQL; those
// stand behind [Source], [Target] and [Ledger].
//
// One run goes straight through ([Agent.Run]):
//
//	Source.Read ──► Desired + Evidence ┐
//	Target.Read ──► Current + Evidence ┼─► plan.Compute ─► Plan ─► plan.Check ─► held?
//	Ledger.Load ──► Links              ┘                                          │ no
//	                                                                              ▼
//	         Report ◄── outcome ◄── Ledger.Finish ◄── Target.Write ◄── Ledger.Begin
//
// # What is promised
//
//   - Nobody loses anything because something could not be read. When either side has
//     gaps, creates and updates go on and every removal is withheld. When there are none,
//     each removal is looked up once more in Okta ([Source.Confirm]) before it counts.
//   - An implausible plan waits for a person ([plan.Guard]), who approves it by its digest.
//   - Nothing is created twice, whenever the process dies: each write is in the journal
//     before it goes out, and a run begins with looking at what was never answered.
//   - Objects that are not linked to an Okta record are never changed.
//   - One record that is refused stops no other one.
package agent

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"

	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
)

// Mode says how far a run goes.
type Mode string

// The modes.
const (
	// ModePlan reads, compares and reports. It writes to neither target nor ledger.
	ModePlan Mode = "plan"
	// ModeApply also carries the plan out, and has the connection for itself meanwhile.
	ModeApply Mode = "apply"
	// ModeDelta is ModeApply for the records that something happened to since the last run,
	// if the source is a [Follower] and can tell; otherwise the run becomes one in ModeApply.
	ModeDelta Mode = "delta"
)

// Writes reports whether a run in this mode may change anything.
func (m Mode) Writes() bool { return m == ModeApply || m == ModeDelta }

// Override replaces what the Okta app's To App page says; nil leaves it as it is.
type Override struct {
	CreateUsers, UpdateUsers, DeactivateUsers *bool
}

// Options say what an [Agent] works with and what it may do. Source, Target and Ledger
// are required; every other zero value is the safe choice.
type Options struct {
	// Name is the connection's name, for reports.
	Name   string
	Source Source
	Target Target
	Ledger Ledger
	// ToApp replaces the switches that Source reads.
	ToApp Override
	// DeleteGroups deletes groups that we created when they are no longer pushed;
	// otherwise they stay and are forgotten.
	DeleteGroups bool
	// AdoptByEmail links people to the account that has their e-mail, when none has their
	// externalId or userName.
	AdoptByEmail bool
	// Guards look at the plan; nil means the default ones, [plan.DefaultGuards]. An
	// empty list that is not nil means none.
	Guards []plan.Guard
	// HoldAll makes every objection of a guard hold the whole plan, not only removals.
	HoldAll bool
	// Approve is the digest of a plan, or of what was held of it, that a person has
	// approved: a plan that has this digest is applied whatever the guards say.
	Approve string
	// Extent narrows what a run may write; empty means [plan.Sync].
	Extent plan.Extent
	// Audit makes a run that applies look only: it writes to neither target nor ledger.
	Audit bool
	// Scope narrows a run to some records; the zero Scope is everything.
	Scope plan.Scope
	// Grace is how long somebody who is no longer assigned keeps everything; 0 takes it away
	// at once.
	Grace time.Duration
	// DryRun reads both sides and goes through the plan without sending or keeping anything.
	DryRun bool
	// Expect is a plan that a person has seen and saved: a run that comes to another one
	// writes nothing and ends with a [Stale]; what the guards say about this one has been
	// read.
	Expect *Expected
	// Patient makes a run wait with records that have failed until they are due again, as
	// the runs of a schedule should; otherwise everything is tried.
	Patient bool
	// FullEvery is how old the last full run may be before a delta run becomes a full one; 0
	// means 24 hours.
	FullEvery time.Duration
	// Shared returns the accounts of the target that other connections hold for somebody
	// who is assigned there, with the connection's name; nil means that there are none. It
	// is asked once in each run.
	Shared func(context.Context) (map[directory.TargetID]string, error)
	// Workers is how many records are written at once; 0 means 8. A target that wants
	// fewer says so by its rate limits, which the client minds.
	Workers int
	// Log gets an event for each step and change: ids at info, names at debug.
	Log zerolog.Logger
	// Now is the clock; nil means [time.Now].
	Now func() time.Time
	// Events watch a run.
	Events Events
}

const (
	// defaultWorkers hides most of a target's latency without being a burden: Okta
	// itself pushes with a handful of connections.
	defaultWorkers = 8
	// grace is how long writes that are under way may take to end after a cancel. It
	// is well below the 90 seconds that systemd waits before it kills.
	grace = 30 * time.Second
)

// Expected is a saved plan.
type Expected struct {
	// Digest is [Report.Digest], Plan the plan that it stands for, to show what has moved.
	Digest string
	Plan   plan.Document
}

// Agent runs one connection.
type Agent struct {
	opts Options
}

// New checks the options and returns an agent for them.
func New(opts Options) (*Agent, error) {
	var missing []error
	for name, is := range map[string]bool{"Source": opts.Source != nil, "Target": opts.Target != nil, "Ledger": opts.Ledger != nil} {
		if !is {
			missing = append(missing, fmt.Errorf("agent: Options.%s is missing", name))
		}
	}
	if opts.Grace < 0 {
		missing = append(missing, fmt.Errorf("agent: Options.Grace is %s", opts.Grace))
	}
	if opts.Workers < 0 {
		missing = append(missing, fmt.Errorf("agent: Options.Workers is %d", opts.Workers))
	}
	if len(missing) > 0 {
		return nil, errors.Join(missing...)
	}
	if opts.Workers == 0 {
		opts.Workers = defaultWorkers
	}
	if opts.Guards == nil {
		opts.Guards = plan.DefaultGuards(plan.DefaultLimits())
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.DryRun {
		opts.Target, opts.Ledger = &dryTarget{Target: opts.Target}, &dryLedger{Ledger: opts.Ledger}
	}
	return &Agent{opts: opts}, nil
}

// Run makes one run, in the steps of the picture above. The report tells what happened
// up to an error, too.
//
// The error is an [ErrBusy] if another process has the connection, a [Bound] if the
// ledger belongs to another target, or what a reading or the ledger met. Refused
// records are no error: they are in the report's outcomes. After a cancel the writes
// that are under way are finished and recorded, the rest is left to the next run, and
// the error wraps the context's.
func (a *Agent) Run(ctx context.Context, mode Mode) (Report, error) {
	if a.opts.Audit {
		mode = ModePlan
	}
	report := a.newReport(mode)
	report.DryRun = a.opts.DryRun && mode.Writes()
	release, err := a.acquire(ctx, mode)
	if err != nil {
		report.end(a.opts.Now(), err)
		return report, err
	}
	defer release()
	err = a.run(ctx, mode, &report)
	report.end(a.opts.Now(), err)
	if err = errors.Join(err, a.save(ctx, &report, err)); err != nil {
		report.Error = err.Error()
	}
	return report, err
}

// run is the way from the readings to the last write.
func (a *Agent) run(ctx context.Context, mode Mode, report *Report) error {
	if mode == ModeDelta {
		why, err := a.runDelta(ctx, report)
		if err != nil || why == "" {
			return err
		}
		a.opts.Log.Info().Str("why", why).Msg("a full run instead of a delta run")
		mode, report.Mode, report.WhyFull = ModeApply, ModeApply, why
	}
	in, known, err := a.read(ctx, mode)
	if err != nil {
		return err
	}
	if in.Shared, err = a.shared(ctx); err != nil {
		return err
	}
	return a.carryOut(ctx, mode, report, in, known)
}

// read reads Okta, the ledger and the target: all that a decision rests on but what other
// connections hold.
func (a *Agent) read(ctx context.Context, mode Mode) (plan.Input, knowledge, error) {
	desired, err := a.readSource(ctx)
	if err != nil {
		return plan.Input{}, knowledge{}, err
	}
	known, err := a.load(ctx, mode) // the links; what a crash left open is looked up
	if err != nil {
		return plan.Input{}, knowledge{}, err
	}
	current, err := a.readTarget(ctx, desired, known.links)
	if err != nil {
		return plan.Input{}, knowledge{}, err
	}
	return plan.Input{Desired: desired, Current: current, Links: known.links.all(), Policy: a.policy(desired.Switches)}, known, nil
}

// carryOut is the way from what is known to the last write.
func (a *Agent) carryOut(ctx context.Context, mode Mode, report *Report, in plan.Input, known knowledge) error {
	computed, err := a.compute(in, &known) // what waits for its time is pending
	if err != nil {
		return err
	}
	changes, err := a.confirm(ctx, computed, in) // what Okta does not confirm is withheld
	if err != nil {
		return err
	}
	unconfirmed := changes.Withheld[len(computed.Withheld):]
	changes.Notices = append(changes.Notices, known.notices()...)
	if err := a.expected(changes); err != nil {
		return err
	}
	trips := a.check(changes, in, known.lastDesired)
	report.decide(changes, trips, a.approved(changes), in) // what a guard objects to is held
	if !mode.Writes() {
		return nil
	}
	mustLook := known.mustLook(in.Current.Evidence)
	if mode == ModeDelta { // the target was not read
		mustLook = func(directory.Kind, directory.SourceID) bool { return true }
	}
	report.Outcomes, err = a.apply(ctx, report.Plan, in, known.links, mustLook)
	err = errors.Join(err, a.keep(ctx, mode, report, in, known))
	if err != nil {
		return err
	}
	if next, ok := a.nextNote(mode, report, in, known, unconfirmed); ok {
		return a.keepNote(ctx, next)
	}
	return nil
}

// compute decides what to do, within the scope, without what has to wait.
func (a *Agent) compute(in plan.Input, known *knowledge) (plan.Plan, error) {
	if unknown := in.Unknown(a.opts.Scope); len(unknown) > 0 {
		return plan.Plan{}, &UnknownNames{Names: unknown}
	}
	in.Overwrite = in.Overwrites(a.opts.Scope)
	p := plan.Compute(in)
	p = p.Postpone(a.grace(known))
	p = p.Defer(a.due(in, p, known))
	return p.Select(a.opts.Scope), nil
}

// approved is the digest that a person has approved: the one that is named, or that of the
// plan that was saved.
func (a *Agent) approved(p plan.Plan) string {
	if a.opts.Expect != nil && a.opts.Expect.Digest == digest(p) {
		return a.opts.Expect.Digest
	}
	return a.opts.Approve
}

// expected compares the plan with the one that was saved.
func (a *Agent) expected(p plan.Plan) error {
	if a.opts.Expect == nil || a.opts.Expect.Digest == digest(p) {
		return nil
	}
	gone, come := plan.Moved(a.opts.Expect.Plan, p.Document())
	return &Stale{Saved: a.opts.Expect.Digest, Now: digest(p), Gone: gone, Come: come}
}

// keep writes down who is leaving and what could not be done.
func (a *Agent) keep(ctx context.Context, mode Mode, r *Report, in plan.Input, known knowledge) error {
	tasks := a.tasks(r, in, known)
	r.Tasks = len(tasks)
	k := Keep{Tasks: tasks, Leaving: a.leaving(in, known)}
	if mode == ModeApply {
		k.Links = learned(in, known.links, r)
	}
	if err := a.opts.Ledger.Keep(context.WithoutCancel(ctx), k); err != nil {
		return fmt.Errorf("writing the ledger: %w", err)
	}
	return nil
}

// acquire takes the connection for a run that writes.
func (a *Agent) acquire(ctx context.Context, mode Mode) (release func(), err error) {
	lock, ok := a.opts.Ledger.(Exclusive)
	if !mode.Writes() || !ok {
		return func() {}, nil
	}
	free, err := lock.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	return func() {
		if err := free(); err != nil {
			// The lock ends with the process at the latest.
			a.opts.Log.Warn().Err(err).Msg("lock not released")
		}
	}, nil
}

func (a *Agent) readSource(ctx context.Context) (directory.Desired, error) {
	a.opts.Events.phase(PhaseReadSource)
	desired, err := a.opts.Source.Read(ctx)
	if err != nil {
		return desired, fmt.Errorf("reading Okta: %w", err)
	}
	a.opts.Log.Info().Int("users", len(desired.Users)).Int("groups", len(desired.Groups)).
		Int("gaps", len(desired.Evidence.Gaps)).Int("requests", desired.Evidence.Requests).Msg("Okta read")
	return desired, nil
}

func (a *Agent) readTarget(ctx context.Context, desired directory.Desired, links *linkTable) (directory.Current, error) {
	a.opts.Events.phase(PhaseReadTarget)
	want := ReadRequest{Paths: desired.Paths(), Users: links.targets(directory.KindUser, expected(desired)), Groups: links.targets(directory.KindGroup, nil)}
	want.SkipGroups = len(desired.Groups) == 0 && len(want.Groups) == 0
	current, err := a.opts.Target.Read(ctx, want)
	if err != nil {
		return current, fmt.Errorf("reading the target: %w", err)
	}
	a.opts.Log.Info().Int("users", len(current.Users)).Int("groups", len(current.Groups)).
		Int("gaps", len(current.Evidence.Gaps)).Int("requests", current.Evidence.Requests).Msg("target read")
	return current, nil
}

// expected returns whether the target must show the account of a link: not of somebody
// who was switched off and is not assigned again, whom some targets hide.
func expected(desired directory.Desired) func(directory.Link) bool {
	in := plan.Input{Desired: desired}
	return func(l directory.Link) bool { return !l.Deactivated || in.Wants(l.Source) }
}

func (a *Agent) shared(ctx context.Context) (map[directory.TargetID]string, error) {
	if a.opts.Shared == nil {
		return nil, nil //nolint:nilnil // no other connection is no error
	}
	shared, err := a.opts.Shared(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading what other connections hold: %w", err)
	}
	return shared, nil
}

// policy is what Okta's switches allow, with the operator's overrides.
func (a *Agent) policy(s directory.Switches) plan.Policy {
	p := plan.Policy{
		CreateUsers: s.CreateUsers, UpdateUsers: s.UpdateUsers, DeactivateUsers: s.DeactivateUsers,
		PushGroups: s.PushGroups, DeleteGroups: a.opts.DeleteGroups,
		Extent: a.opts.Extent, AdoptByEmail: a.opts.AdoptByEmail,
	}
	for _, o := range []struct{ over, into *bool }{
		{a.opts.ToApp.CreateUsers, &p.CreateUsers},
		{a.opts.ToApp.UpdateUsers, &p.UpdateUsers},
		{a.opts.ToApp.DeactivateUsers, &p.DeactivateUsers},
	} {
		if o.over != nil {
			*o.into = *o.over
		}
	}
	return p
}

// confirm withholds every removal that Okta, asked once more, does not confirm. Those
// that an incomplete reading does not carry have been withheld by [plan.Compute].
func (a *Agent) confirm(ctx context.Context, p plan.Plan, in plan.Input) (plan.Plan, error) {
	removals, of := removalsOf(p, in.Links)
	if len(removals) == 0 {
		return p, nil
	}
	a.opts.Events.phase(PhaseConfirm)
	verdicts, err := a.opts.Source.Confirm(ctx, removals)
	if err != nil {
		return p, fmt.Errorf("confirming removals with Okta: %w", err)
	}
	return p.Withhold(func(c plan.Change, member directory.TargetID) (string, bool) {
		i, asked := of[removal{c.N, member}]
		switch {
		case !asked:
			return "", false
		case i >= len(verdicts):
			return "not confirmed by Okta", true
		case verdicts[i].Why == "":
			return "not confirmed by Okta", !verdicts[i].Confirmed
		}
		return "not confirmed by Okta: " + verdicts[i].Why, !verdicts[i].Confirmed
	}), nil
}

// removal names one removal of a plan: the change, and for a Drop the member.
type removal struct {
	n      int
	member directory.TargetID
}

// removalsOf lists what is to be confirmed, and where the answer to each will be. A
// member who is linked to nobody in Okta cannot be asked about; the group's members,
// read whole, are all there is to say that the account does not belong there.
func removalsOf(p plan.Plan, links directory.Links) ([]Removal, map[removal]int) {
	changes := p.Removals()
	if len(changes) == 0 {
		return nil, nil
	}
	people := map[directory.TargetID]directory.SourceID{}
	for i := range links {
		if links[i].Kind == directory.KindUser {
			people[links[i].Target] = links[i].Source
		}
	}
	for _, c := range p.Changes {
		if c.Verb == plan.Adopt && c.Kind == directory.KindUser {
			people[c.Target] = c.Source
		}
	}
	var list []Removal
	of := map[removal]int{}
	for _, c := range changes {
		switch c.Verb {
		case plan.Deactivate:
			of[removal{n: c.N}] = len(list)
			list = append(list, Removal{Kind: c.Kind, User: c.Source})
		case plan.Delete, plan.Forget:
			of[removal{n: c.N}] = len(list)
			list = append(list, Removal{Kind: c.Kind, Group: c.Source})
		case plan.Drop:
			for _, member := range c.Drop {
				if user, ok := people[member]; ok {
					of[removal{c.N, member}] = len(list)
					list = append(list, Removal{Kind: c.Kind, User: user, Group: c.Source})
				}
			}
		}
	}
	return list, of
}

// check asks the guards.
func (a *Agent) check(p plan.Plan, in plan.Input, lastDesired int) []plan.Trip {
	totals := plan.TotalsOf(in)
	totals.LastDesired = lastDesired
	trips := plan.Check(p, totals, a.opts.Guards...)
	for i := range trips {
		trips[i].HoldsAll = trips[i].HoldsAll || a.opts.HoldAll
	}
	return trips
}
