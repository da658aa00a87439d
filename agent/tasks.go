package agent

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
)

// The ladder: how long a record that failed for the n-th time waits for its next try. A
// slip is over in minutes, a setting that a person has to change is not.
func ladder(tries int) time.Duration {
	steps := []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 4 * time.Hour, 12 * time.Hour}
	if tries <= len(steps) {
		return steps[max(tries, 1)-1]
	}
	return 24 * time.Hour
}

// lastTry is the try after which a record is left to a person: the ladder has then taken
// about five days. What takes access away is tried every day for ever: nobody must keep
// it because nobody looked.
const lastTry = 10

func recordOfTask(t *Task) record { return recordOf(t.Kind, t.Source, t.Target) }

// recordOf names the record of a change or task: by its Okta id, or by the object's.
func recordOf(kind directory.Kind, source directory.SourceID, target directory.TargetID) record {
	if source == "" {
		return record{kind, "target " + directory.SourceID(target)}
	}
	return record{kind, source}
}

func recordOfChange(c *plan.Change) record { return recordOf(c.Kind, c.Source, c.Target) }

// classOf says what kind of failure an error is.
func classOf(err error) (class TaskClass, detail, requestID string) {
	class = Unclear
	if _, out := errors.AsType[*Unavailable](err); out {
		class = Unreachable
	}
	if answer, ok := errors.AsType[*Answer](err); ok {
		class, detail, requestID = cmp.Or(answer.Class, class), answer.Detail, answer.RequestID
	}
	if _, maybe := errors.AsType[*MaybeWritten](err); maybe {
		class = Unclear
	}
	return class, detail, requestID
}

// wishes names, for each record of a plan, what its changes are and what they want.
func wishes(in plan.Input, changes []plan.Change) map[record]string {
	attributes := make(map[directory.SourceID]*directory.User[directory.SourceID], len(in.Desired.Users))
	for i := range in.Desired.Users {
		attributes[in.Desired.Users[i].ID] = &in.Desired.Users[i]
	}
	list := map[record]string{}
	for i := range changes {
		c := changes[i]
		h := sha256.New()
		r := recordOfChange(&c)
		fmt.Fprintf(h, "%s\n%s\n", list[r], plan.Plan{Changes: []plan.Change{c}}.Digest())
		if u := attributes[c.Source]; u != nil && c.Kind == directory.KindUser && c.Verb != plan.Adopt {
			fmt.Fprintf(h, "%q\n", u.UserName)
			for _, at := range u.Attributes {
				fmt.Fprintf(h, "%q %q\n", at.Path, at.Value)
			}
		}
		list[r] = hex.EncodeToString(h.Sum(nil)[:8])
	}
	return list
}

// due tells of a change why it is not tried now; only a patient run waits. What has
// another wish than the one that failed is tried at once: somebody may just have mended it.
func (a *Agent) due(in plan.Input, p plan.Plan, known *knowledge) func(plan.Change) (string, bool) {
	if !a.opts.Patient || len(known.tasks) == 0 {
		return func(plan.Change) (string, bool) { return "", false }
	}
	now := a.opts.Now()
	wants := wishes(in, p.Changes)
	return func(c plan.Change) (string, bool) {
		t, failed := known.tasks[recordOfChange(&c)]
		switch {
		case !failed || t.What != wants[recordOfChange(&c)]:
			return "", false
		case t.Next.IsZero():
			return fmt.Sprintf("%s after %s, left to a person: oktascim tasks retry", t.Class, tries(t.Tries)), true
		case now.Before(t.Next):
			return fmt.Sprintf("%s after %s, tried again after %s", t.Class, tries(t.Tries), stamp(t.Next)), true
		}
		return "", false
	}
}

func tries(n int) string {
	if n == 1 {
		return "1 try"
	}
	return fmt.Sprintf("%d tries", n)
}

// tasks is what is open after a run: what failed in it, and of earlier runs what it did
// not come to.
func (a *Agent) tasks(r *Report, in plan.Input, known knowledge) []Task {
	now := a.opts.Now().UTC()
	wants := wishes(in, r.Plan.Changes)
	open := map[record]Task{}
	whole := a.opts.Scope.All() && in.Desired.Evidence.Complete() && in.Current.Evidence.Complete()
	for k, t := range known.tasks {
		if !whole || known.looked != nil && !known.looked[k] || isIn(r.Plan.Pending, k) || isIn(r.Plan.Withheld, k) {
			open[k] = t
		}
	}
	failed := map[record]bool{}
	for i := range r.Outcomes {
		c, o := &r.Plan.Changes[i], &r.Outcomes[i]
		k := recordOfChange(c)
		before, had := known.tasks[k]
		switch {
		case o.Result == Left:
			if had {
				open[k] = before
			}
		case o.Result != Failed && o.Result != Unknown:
			if !failed[k] {
				delete(open, k)
			}
		case !failed[k]: // the first failure of a record says why
			failed[k] = true
			open[k] = a.failed(c, o, before, wants[k], now)
		}
	}
	list := make([]Task, 0, len(open))
	for _, t := range open {
		list = append(list, t)
	}
	slices.SortFunc(list, func(a, b Task) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Target, b.Target))
	})
	return list
}

// failed makes a record's task, or takes the one there is a step further.
func (a *Agent) failed(c *plan.Change, o *ChangeOutcome, before Task, wish string, now time.Time) Task {
	t := Task{
		Kind: c.Kind, Source: c.Source, Target: c.Target, Name: c.Name, Verb: c.Verb, What: wish,
		Class: cmp.Or(o.Class, Unclear), Detail: cmp.Or(o.detail, o.Error), RequestID: o.RequestID, Tries: 1, Since: now, Last: now,
	}
	if before.What == wish {
		t.Tries, t.Since = before.Tries+1, before.Since
	}
	if t.Tries < lastTry || c.Verb.Removal() {
		t.Next = now.Add(ladder(t.Tries))
	}
	return t
}

func isIn(list []plan.Change, k record) bool {
	return slices.ContainsFunc(list, func(c plan.Change) bool { return recordOfChange(&c) == k })
}
