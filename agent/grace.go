package agent

import (
	"maps"
	"time"

	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
)

// grace tells about somebody who is to be switched off until when they are given time,
// and notes whom that protects. The time begins when it was first seen that they are no
// longer assigned.
func (a *Agent) grace(known *knowledge) func(directory.SourceID) (string, bool) {
	now := a.opts.Now()
	return func(id directory.SourceID) (string, bool) {
		if a.opts.Grace == 0 {
			return "", false
		}
		since, seen := known.leaving[id]
		if !seen {
			since = now
		}
		end := since.Add(a.opts.Grace)
		if !now.Before(end) {
			return "", false
		}
		known.waiting[id] = since
		return stamp(end), true
	}
}

// leaving is who waits for their deactivation after this run. Somebody who is not to be
// switched off any more is not among them: with the next time they lose their assignment
// their time begins anew. But an incomplete reading, or one of some records only, says
// nothing about those whom it did not look at.
func (a *Agent) leaving(in plan.Input, known knowledge) map[directory.SourceID]time.Time {
	if a.opts.Grace == 0 {
		return map[directory.SourceID]time.Time{}
	}
	now := maps.Clone(known.waiting)
	if !in.Desired.Evidence.Complete() || !in.Current.Evidence.Complete() {
		assigned := make(map[directory.SourceID]bool, len(in.Desired.Users))
		for i := range in.Desired.Users {
			assigned[in.Desired.Users[i].ID] = true
		}
		for id, since := range known.leaving {
			if !assigned[id] {
				now[id] = since
			}
		}
		return now
	}
	// Whose time is over and who is still held by a guard has waited long enough.
	for id, since := range known.leaving {
		if _, waits := now[id]; !waits && known.stillOn(id) && !a.opts.Now().Before(since.Add(a.opts.Grace)) && !in.Wants(id) {
			now[id] = since
		}
	}
	return now
}

// stillOn reports whether somebody's account has not been switched off.
func (k knowledge) stillOn(id directory.SourceID) bool {
	link, linked := k.links.get(directory.KindUser, id)
	return linked && !link.Deactivated
}

// stamp is a time as people read it, to the minute.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
