package agent

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
)

// knowledge is what the ledger says at the start of a run, after what a crash had left
// open has been looked up.
type knowledge struct {
	links       *linkTable
	lastDesired int
	// unresolved are the names of records whose journal entry stays open, because they
	// could not be looked up: nothing is created for them without another look.
	unresolved map[record]string
	// tasks are what earlier runs could not bring in line, by record.
	tasks map[record]Task
	// leaving are people who were seen to be unassigned, with the time at which that was
	// seen first; waiting are those of this run whom that still protects.
	leaving, waiting map[directory.SourceID]time.Time

	// lastNote is what the run before left for a delta run.
	lastNote string
	// Of a delta run only: looked are the records about which it knows everything, mark is
	// its watermark, full the start of the last full run, tries the note that it went by.
	looked map[record]bool
	mark   string
	full   time.Time
	tries  *note
}

// mustLook returns which records have to be looked up before they are created: all of
// them when the target's lists were incomplete.
func (k knowledge) mustLook(current directory.Evidence) func(directory.Kind, directory.SourceID) bool {
	all := !current.Complete()
	return func(kind directory.Kind, source directory.SourceID) bool {
		_, unresolved := k.unresolved[record{kind, source}]
		return all || unresolved
	}
}

// notices tell of the unresolved records.
func (k knowledge) notices() []plan.Notice {
	var list []plan.Notice
	for r, name := range k.unresolved {
		list = append(list, plan.Notice{Kind: r.kind, Name: name, Text: "an earlier write of it was never answered, and it cannot be looked up now: the next run tries again"})
	}
	slices.SortFunc(list, func(a, b plan.Notice) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name)) })
	return list
}

// load reads the ledger and resolves the journal entries that were never closed. A run
// that only plans does both without writing.
func (a *Agent) load(ctx context.Context, mode Mode) (knowledge, error) {
	identity := a.opts.Target.Identity()
	if mode.Writes() {
		if err := a.opts.Ledger.Bind(ctx, identity); err != nil {
			return knowledge{}, fmt.Errorf("binding the ledger: %w", err)
		}
	}
	state, err := a.opts.Ledger.Load(ctx)
	if err != nil {
		return knowledge{}, fmt.Errorf("reading the ledger: %w", err)
	}
	if state.Identity != "" && state.Identity != identity {
		return knowledge{}, &Bound{Connection: a.opts.Name, Want: state.Identity, Got: identity}
	}
	known := knowledge{links: newLinkTable(state.Links), lastDesired: state.LastDesired, unresolved: map[record]string{},
		tasks: map[record]Task{}, leaving: state.Leaving, lastNote: state.Notes[noteDelta], waiting: map[directory.SourceID]time.Time{}}
	for i := range state.Tasks {
		known.tasks[recordOfTask(&state.Tasks[i])] = state.Tasks[i]
	}
	if len(state.Open) > 0 {
		a.opts.Events.phase(PhaseResolve)
	}
	for i := range state.Open {
		if err := a.resolve(ctx, mode, &state.Open[i], known); err != nil {
			return knowledge{}, err
		}
	}
	return known, nil
}

// resolve closes one entry that a crash left open. What the target holds is looked at;
// whatever else is missing, the plan of this run will say.
//
//	entry       done in the target          not done
//	create      the link is made up for     nothing
//	add         the members are noted       they are noted too soon: the plan adds them
//	drop        members stay noted          they stay noted: the plan drops them
//	deactivate  noted                       nothing
//	reactivate  noted                       nothing
//	other       the plan compares           the plan compares
func (a *Agent) resolve(ctx context.Context, mode Mode, in *Intent, known knowledge) error {
	link, note, err := a.look(ctx, in, known.links)
	if err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("looking for what the last run left open: %w", context.Cause(ctx))
		}
		a.opts.Log.Warn().Err(err).Int64("entry", int64(in.ID)).Str("verb", string(in.Verb)).Str("source", string(in.Source)).
			Msg("journal entry stays open: its record could not be looked up")
		known.unresolved[record{in.Kind, in.Source}] = in.Name
		return nil
	}
	if mode.Writes() {
		if err := a.opts.Ledger.Finish(ctx, in.ID, Outcome{Result: Resolved, Error: note, Link: link}); err != nil {
			return fmt.Errorf("closing journal entry %d: %w", in.ID, err)
		}
	}
	if link != nil {
		known.links.save(*link)
	}
	a.opts.Log.Info().Int64("entry", int64(in.ID)).Str("verb", string(in.Verb)).Str("source", string(in.Source)).
		Bool("link", link != nil).Str("note", note).Msg("journal entry resolved")
	return nil
}

// look returns the link that an open entry leaves behind, nil if the one there is stays.
func (a *Agent) look(ctx context.Context, in *Intent, links *linkTable) (link *directory.Link, note string, err error) {
	k, linked := links.get(in.Kind, in.Source)
	switch in.Verb {
	case plan.Create:
		if linked && k.Target != in.Target {
			return nil, "linked meanwhile", nil
		}
		found, err := a.opts.Target.Find(ctx, in.Kind, string(in.Source), in.Name)
		if err != nil {
			return nil, "", err
		}
		made, note := pick(found, *in, links)
		if made == "" {
			return nil, note, nil
		}
		origin := directory.OriginCreated
		if in.LookFirst {
			origin = directory.OriginAdopted
		}
		return &directory.Link{Kind: in.Kind, Source: in.Source, Target: made, Origin: origin, Name: in.Name, Members: in.Add}, "", nil
	case plan.Add:
		if !linked {
			return nil, "", nil
		}
		// Those who turn out not to be in the group are added by the plan. Not to note
		// them would be worse: in an adopted group they would stay for ever.
		k.Members = union(k.Members, in.Add)
		return &k, "", nil
	case plan.Deactivate, plan.Reactivate:
		if !linked {
			return nil, "", nil
		}
		found, err := a.opts.Target.Find(ctx, in.Kind, string(in.Source), in.Name)
		if err != nil {
			return nil, "", err
		}
		for _, f := range found {
			if f.ID == k.Target && f.Active == (in.Verb == plan.Reactivate) {
				k.Deactivated = !f.Active
				return &k, "", nil
			}
		}
	}
	return nil, "", nil
}

// pick chooses the object that a Create of ours must have made: the only one with the
// externalId that we send, or else the only one with the name and no externalId. An
// object that belongs to another record is none.
func pick(found []Found, in Intent, links *linkTable) (id directory.TargetID, note string) {
	var ours, named []directory.TargetID
	for _, f := range found {
		if k, owned := links.owner(in.Kind, f.ID); owned && k.Source != in.Source {
			continue
		}
		switch {
		case f.ExternalID == string(in.Source):
			ours = append(ours, f.ID)
		case f.ExternalID == "" && strings.EqualFold(f.Name, in.Name):
			named = append(named, f.ID)
		}
	}
	if len(ours) == 0 {
		ours = named
	}
	switch len(ours) {
	case 0:
		return "", ""
	case 1:
		return ours[0], ""
	}
	return "", fmt.Sprintf("%d objects in the target match", len(ours))
}
