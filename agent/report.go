package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
)

// The results of a run, as in [RunRecord] and [Report].
const (
	// NothingToDo: both sides agree.
	NothingToDo = "nothing to do"
	// Changes: a plan that was only looked at.
	Changes = "changes"
	// AllApplied: every change was carried out and none was withheld.
	AllApplied = "applied"
	// PartlyApplied: some changes were not carried out, or were withheld because
	// something could not be read.
	PartlyApplied = "partial"
	// HeldBack: a guard objected and nobody has approved.
	HeldBack = "held"
	// RunFailed: the run ended early, or no change succeeded.
	RunFailed = "failed"
)

// Report says what a run found and did.
type Report struct {
	ID         string `json:"id"`
	Connection string `json:"connection"`
	Mode       Mode   `json:"mode"`
	// WhyFull says why what was to be a delta run went over everything; empty otherwise.
	WhyFull string `json:"whyFull,omitempty"`
	// DryRun says that nothing was sent or kept.
	DryRun  bool      `json:"dryRun,omitempty"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended"`
	// Result is one of the constants above.
	Result string `json:"result"`
	// Plan is what the run was going to apply: without what is held or withheld.
	Plan plan.Plan `json:"plan"`
	// Digest names the whole plan, with what is held; empty if there is nothing to do.
	Digest string `json:"digest,omitempty"`
	// Approve is the digest that releases what is held; empty if nothing is.
	Approve string `json:"approve,omitempty"`
	// Trips are the guards' objections, also those that a person has overruled.
	Trips []plan.Trip `json:"trips,omitempty"`
	// Held says that the objections stand.
	Held bool `json:"held"`
	// SourceGaps and TargetGaps are what could not be read.
	SourceGaps []directory.Gap `json:"sourceGaps,omitempty"`
	TargetGaps []directory.Gap `json:"targetGaps,omitempty"`
	// SourceRequests and TargetRequests are what the two readings took.
	SourceRequests int `json:"sourceRequests"`
	TargetRequests int `json:"targetRequests"`
	// Outcomes are how the changes of Plan ended, in its order; nil in ModePlan.
	Outcomes []ChangeOutcome `json:"outcomes,omitempty"`
	Counts   Counts          `json:"counts"`
	// Error is why the run ended early, empty if it did not.
	Error string `json:"error,omitempty"`

	// Tasks is how many records could not be brought in line, earlier runs' among them.
	Tasks int `json:"tasks,omitempty"`

	decided bool // there is a plan
	desired int  // users in the source
	idle    bool // a delta run of which nobody need hear: nothing had happened
}

// Counts count changes by how they ended. Planned counts those of the plan, Withheld
// those that were held or withheld, Pending those that wait for their time.
type Counts struct {
	Planned  int `json:"planned"`
	Withheld int `json:"withheld"`
	Done     int `json:"done"`
	Partial  int `json:"partial"`
	Failed   int `json:"failed"`
	Unknown  int `json:"unknown"`
	Left     int `json:"left"`
	Pending  int `json:"pending,omitempty"`
}

// ChangeOutcome says how one change of the plan ended.
type ChangeOutcome struct {
	// N is the change's number in the plan.
	N int `json:"n"`
	// Result is [Done], [Partial], [Failed], [Unknown] or [Left].
	Result Result `json:"result"`
	// Effect is what was read back, empty when nothing was sent.
	Effect Effect `json:"effect,omitempty"`
	// Target is the object.
	Target directory.TargetID `json:"target,omitempty"`
	// Error is the failure in words, Class what kind of failure it is, RequestID what the
	// target calls the request.
	Error     string    `json:"error,omitempty"`
	Class     TaskClass `json:"class,omitempty"`
	RequestID string    `json:"requestId,omitempty"`
	// Adopted says that a Create found the object there; the next run compares it.
	Adopted bool `json:"adopted,omitempty"`
	// NotAdded and NotDropped name members who are not, or still, in the group.
	NotAdded   []string `json:"notAdded,omitempty"`
	NotDropped []string `json:"notDropped,omitempty"`
	// NotKept are attributes that the target accepted and did not keep.
	NotKept []string `json:"notKept,omitempty"`

	detail string // what the target said
}

// newReport begins a report. IDs sort by time, and there is one run at a time.
func (a *Agent) newReport(mode Mode) Report {
	now := a.opts.Now().UTC()
	return Report{ID: now.Format("20060102T150405.000000000Z"), Connection: a.opts.Name, Mode: mode, Started: now}
}

// decide takes the plan into the report, and settles what will be applied and what is
// held: everything that approved does not name, when a guard objects.
func (r *Report) decide(p plan.Plan, trips []plan.Trip, approved string, in plan.Input) {
	r.SourceGaps, r.TargetGaps = in.Desired.Evidence.Gaps, in.Current.Evidence.Gaps
	r.SourceRequests, r.TargetRequests = in.Desired.Evidence.Requests, in.Current.Evidence.Requests
	r.desired = len(in.Desired.Users)
	for _, problem := range slices.Concat(in.Desired.Problems, in.Current.Problems) {
		p.Notices = append(p.Notices, plan.Notice(problem))
	}
	r.decided, r.Plan, r.Trips = true, p, trips
	r.Digest = digest(p)
	if len(trips) == 0 || len(p.Changes) == 0 {
		return
	}
	// What is held back stays the same while the rest is applied, so its own digest is
	// the one to approve: that of the whole plan is another one in the next run.
	held := r.Digest
	if !slices.ContainsFunc(trips, func(t plan.Trip) bool { return t.HoldsAll }) {
		held = plan.Plan{Changes: p.WithoutRemovals("").Withheld[len(p.Withheld):]}.Digest()
	}
	if approved == r.Digest || approved == held {
		return
	}
	r.Held, r.Approve, r.Plan = true, held, p.Hold(trips)
}

// digest names the changes of a plan; empty when there are none.
func digest(p plan.Plan) string {
	if len(p.Changes) == 0 {
		return ""
	}
	return p.Digest()
}

// end closes the report; err is why the run ended early.
func (r *Report) end(now time.Time, err error) {
	r.Ended = now.UTC()
	r.count()
	r.Result = r.result(err)
	if err != nil {
		r.Error = err.Error()
	}
}

// save writes a run that applies into the ledger, unless the run ended because the
// ledger is another target's.
func (a *Agent) save(ctx context.Context, r *Report, err error) error {
	if _, foreign := errors.AsType[*Bound](err); foreign || !r.Mode.Writes() || r.idle {
		return nil
	}
	if err := a.opts.Ledger.SaveRun(context.WithoutCancel(ctx), r.record()); err != nil {
		return fmt.Errorf("saving the run: %w", err)
	}
	return nil
}

func (r *Report) count() {
	r.Counts = Counts{Planned: len(r.Plan.Changes), Withheld: len(r.Plan.Withheld), Pending: len(r.Plan.Pending)}
	for i := range r.Outcomes {
		switch r.Outcomes[i].Result {
		case Done:
			r.Counts.Done++
		case Partial:
			r.Counts.Partial++
		case Failed:
			r.Counts.Failed++
		case Unknown:
			r.Counts.Unknown++
		case Left:
			r.Counts.Left++
		case Resolved: // of journal entries only
		}
	}
}

func (r *Report) result(err error) string {
	c := r.Counts
	switch {
	case err != nil && c.Done+c.Partial == 0:
		return RunFailed
	case err != nil:
		return PartlyApplied
	case r.Held:
		return HeldBack
	case r.Mode == ModePlan && c.Planned > 0:
		return Changes
	case c.Planned > 0 && c.Done+c.Partial == 0 && c.Unknown == 0:
		return RunFailed
	case c.Done < c.Planned, c.Withheld > 0, len(r.SourceGaps)+len(r.TargetGaps) > 0:
		return PartlyApplied
	case c.Planned > 0:
		return AllApplied
	}
	return NothingToDo
}

// record is what the ledger keeps of the report.
func (r *Report) record() RunRecord {
	var text strings.Builder
	_ = r.Plan.WriteText(&text) // a Builder takes everything
	whole := r.decided && len(r.SourceGaps)+len(r.TargetGaps) == 0
	return RunRecord{
		ID: r.ID, Started: r.Started, Ended: r.Ended, Mode: string(r.Mode), Result: r.Result,
		Digest: r.Digest, Plan: text.String(), Desired: r.desired, Complete: whole && !r.Held && r.Mode != ModeDelta, Error: r.Error,
	}
}

// shownOutcomes bounds how many changes that did not end well are shown one by one.
const shownOutcomes = 100

// Idle reports whether this was a delta run in which nothing had happened. Such a run is not
// in the ledger: there is one every minute.
func (r Report) Idle() bool { return r.idle }

// WriteText writes the report for people: the plan with its notices, what is held, and in
// ModeApply what did not end well and the figures.
func (r Report) WriteText(w io.Writer) error {
	var b strings.Builder
	if r.WhyFull != "" {
		fmt.Fprintf(&b, "a full run, not a delta run: %s\n", r.WhyFull)
	}
	if r.decided {
		if err := r.Plan.WriteText(&b); err != nil {
			return err
		}
	}
	for _, t := range r.Trips {
		if r.Held {
			fmt.Fprintf(&b, "held: %s; read the plan, then: oktascim apply --approve %s\n", t.Text, r.Approve)
		} else if len(r.Plan.Changes) > 0 {
			fmt.Fprintf(&b, "approved: %s\n", t.Text)
		}
	}
	r.writeOutcomes(&b)
	if r.Error != "" {
		fmt.Fprintf(&b, "error: %s\n", r.Error)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r Report) writeOutcomes(b *strings.Builder) {
	shown := 0
	for i := range r.Outcomes {
		o, c := &r.Outcomes[i], &r.Plan.Changes[i]
		text := o.text()
		if text == "" {
			continue
		}
		if shown++; shown <= shownOutcomes {
			fmt.Fprintf(b, "%s %d: %s %s %s: %s\n", o.Result, o.N, c.Verb, c.Kind, c.Name, text)
		}
	}
	if shown > shownOutcomes {
		fmt.Fprintf(b, "… and %d more\n", shown-shownOutcomes)
	}
	if !r.Mode.Writes() || r.Outcomes == nil {
		return
	}
	c := r.Counts
	did := "done"
	if r.DryRun {
		did = "would be done, nothing was sent"
	}
	fmt.Fprintf(b, "%d of %d changes %s", c.Done, c.Planned, did)
	for _, n := range []struct {
		n    int
		what string
	}{{c.Partial, "in part"}, {c.Failed, "failed"}, {c.Unknown, "unanswered: the next run looks"}, {c.Left, "left to the next run"}, {c.Withheld, "withheld"}, {c.Pending, "pending"}} {
		if n.n > 0 {
			fmt.Fprintf(b, ", %d %s", n.n, n.what)
		}
	}
	b.WriteString("\n")
}

// text is what a person should know of an outcome; empty if all went as planned, or if
// it was only left, which the figures say.
func (o *ChangeOutcome) text() string {
	var parts []string
	if o.Error != "" {
		parts = append(parts, o.Error)
	}
	if o.Adopted {
		parts = append(parts, "was in the target already: linked, the next run compares it")
	}
	for _, l := range []struct {
		what string
		list []string
	}{{"not added: ", o.NotAdded}, {"still in it: ", o.NotDropped}, {"not kept by the target: ", o.NotKept}} {
		if len(l.list) > 0 {
			parts = append(parts, l.what+strings.Join(l.list, ", "))
		}
	}
	return strings.Join(parts, "; ")
}
