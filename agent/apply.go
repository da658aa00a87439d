package agent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
)

// outOfReach is how many writes in a row must meet a target that is not available
// before the run stops: each has been tried several times already, and what one record
// alone is refused is not counted.
const outOfReach = 5

// apply carries a plan out, stage after stage, and returns how each change ended, by
// index. The error says why it stopped early; what was not begun is [Left].
func (a *Agent) apply(ctx context.Context, p plan.Plan, in plan.Input, links *linkTable, mustLook func(directory.Kind, directory.SourceID) bool) ([]ChangeOutcome, error) {
	a.opts.Events.phase(PhaseApply)
	writing, cancel := withGrace(ctx, grace)
	defer cancel()
	x := &executor{
		target: a.opts.Target, ledger: a.opts.Ledger, links: links, users: in.Desired.Users, accounts: in.Current.Users, mustLook: mustLook,
		log: a.opts.Log, events: a.opts.Events, total: len(p.Changes), awaited: map[directory.SourceID]bool{},
	}
	for i := range p.Changes {
		if c := &p.Changes[i]; c.Verb == plan.Create && c.Kind == directory.KindUser {
			x.awaited[c.Source] = true
		}
	}
	outcomes := make([]ChangeOutcome, len(p.Changes))
	for _, stage := range stages(p.Changes) {
		var workers errgroup.Group
		workers.SetLimit(a.opts.Workers)
		for _, task := range stage {
			workers.Go(func() error {
				for _, i := range task {
					c := &p.Changes[i]
					if err := first(context.Cause(ctx), x.stopped()); err != nil {
						outcomes[i] = ChangeOutcome{N: c.N, Result: Left}
						continue
					}
					outcomes[i] = x.do(writing, c)
					x.report(c, outcomes[i])
				}
				return nil
			})
		}
		_ = workers.Wait() // outcomes and x.stop say it all
	}
	if err := first(x.stopped(), context.Cause(ctx)); err != nil {
		return outcomes, fmt.Errorf("stopped, the next run goes on: %w", err)
	}
	return outcomes, nil
}

func first(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// withGrace returns a context that ends d after ctx does, so that what has been sent is
// also recorded.
func withGrace(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	late, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel()
		case <-late.Done():
		}
	})
	return late, func() { stop(); cancel() }
}

// stages splits changes so that everything in a stage may run at once, except that the
// changes of one record follow each other: a task lists them by index. A stage ends
// where the plan turns from people to groups or from giving to taking, and before a
// change that needs one of another record.
func stages(changes []plan.Change) [][][]int {
	var all [][][]int
	var stage [][]int
	var tasks map[object]int // by record or object: its place in stage
	start := 0               // the first change of the stage
	for i := range changes {
		c := &changes[i]
		key := keyOf(c)
		ends := i == 0 || turn(c) != turn(&changes[i-1]) || slices.ContainsFunc(c.Needs, func(n int) bool {
			return n > start && n <= i && keyOf(&changes[n-1]) != key
		})
		if ends {
			if len(stage) > 0 {
				all = append(all, stage)
			}
			stage, tasks, start = nil, map[object]int{}, i
		}
		at, ok := tasks[key]
		if !ok {
			at = len(stage)
			tasks[key] = at
			stage = append(stage, nil)
		}
		stage[at] = append(stage[at], i)
	}
	if len(stage) > 0 {
		all = append(all, stage)
	}
	return all
}

// keyOf names the record of a change: by source, or by target when Okta no longer
// knows it.
func keyOf(c *plan.Change) object {
	if c.Source == "" {
		return object{c.Kind, "target " + c.Target}
	}
	return object{c.Kind, directory.TargetID(c.Source)}
}

// turn tells the parts of a plan apart.
func turn(c *plan.Change) string {
	switch {
	case c.Verb.Removal() || c.Verb == plan.Forget:
		return string(c.Verb)
	default:
		return c.Kind.String()
	}
}

// executor carries changes out. Its methods may be called from several goroutines.
type executor struct {
	target   Target
	ledger   Ledger
	links    *linkTable
	users    []directory.User[directory.SourceID] // sorted by ID
	accounts []directory.User[directory.TargetID] // sorted by ID
	mustLook func(directory.Kind, directory.SourceID) bool
	log      zerolog.Logger
	events   Events

	mu          sync.Mutex
	total, done int
	unavailable int   // writes in a row that met a target out of reach
	stop        error // why nothing more is begun
	// awaited are people whose account is still to be made. A link that one of them has
	// leads to an account that is gone.
	awaited map[directory.SourceID]bool
}

// account returns the link of somebody who has an account.
func (x *executor) account(id directory.SourceID) (directory.Link, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.awaited[id] {
		return directory.Link{}, false
	}
	return x.links.get(directory.KindUser, id)
}

// made notes that somebody has an account now.
func (x *executor) made(id directory.SourceID) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.awaited, id)
}

func (x *executor) stopped() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.stop
}

// halt stops the run; the first reason counts.
func (x *executor) halt(err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.stop == nil {
		x.stop = err
	}
}

// saw counts how often in a row the target was out of reach.
func (x *executor) saw(err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if _, out := errors.AsType[*Unavailable](err); !out {
		x.unavailable = 0
		return
	}
	x.unavailable++
	if x.unavailable >= outOfReach && x.stop == nil {
		x.stop = fmt.Errorf("%d writes in a row: %w", x.unavailable, err)
	}
}

func (x *executor) report(c *plan.Change, o ChangeOutcome) {
	level := zerolog.InfoLevel
	if o.Result != Done {
		level = zerolog.WarnLevel
	}
	event := x.log.WithLevel(level)
	if x.log.GetLevel() <= zerolog.DebugLevel {
		event.Str("name", c.Name)
	}
	event.Int("n", c.N).Str("verb", string(c.Verb)).Stringer("kind", c.Kind).Str("source", string(c.Source)).
		Str("target", string(o.Target)).Str("result", string(o.Result)).Str("effect", string(o.Effect)).Str("error", o.Error).Msg("change")
	x.mu.Lock()
	defer x.mu.Unlock()
	x.done++
	x.events.changed(x.done, x.total, *c, o)
}

// do carries one change out: intent, write, link, outcome. ctx ends only a while after
// the run's.
func (x *executor) do(ctx context.Context, c *plan.Change) ChangeOutcome {
	outcome := ChangeOutcome{N: c.N, Target: c.Target}
	w, left := x.write(c)
	outcome.NotAdded = x.names(left)
	if len(left) > 0 && len(w.Add) == 0 && c.Verb == plan.Add {
		outcome.Result, outcome.Error = Partial, "none of them is in the target yet"
		return outcome
	}
	intent := Intent{
		Verb: c.Verb, Kind: c.Kind, Source: c.Source, Target: w.Target, Name: c.Name,
		Add: without(c.Add, left), Drop: c.Drop, LookFirst: w.LookFirst,
	}
	if k, lost := x.links.get(c.Kind, c.Source); lost && c.Verb == plan.Create {
		intent.Target = k.Target // of the object that is gone, so that a later link can be told from it
	}
	always := context.WithoutCancel(ctx) // the ledger is local, and must know
	id, err := x.ledger.Begin(always, intent)
	if err != nil {
		x.halt(fmt.Errorf("writing the journal: %w", err))
		outcome.Result, outcome.Error = Left, "the journal could not be written"
		return outcome
	}
	var written Written
	if c.Verb != plan.Adopt && c.Verb != plan.Forget { // these send nothing
		written, err = x.target.Write(ctx, w)
		x.saw(err)
	}
	entry := x.judge(c, &w, written, err, &outcome)
	if err := x.ledger.Finish(always, id, entry); err != nil {
		x.halt(fmt.Errorf("writing the ledger: %w", err))
		outcome.Result, outcome.Error = Unknown, "the ledger could not be written; the next run looks"
		return outcome
	}
	if entry.Forget {
		x.links.forget(c.Kind, c.Target)
	}
	if entry.Link != nil {
		x.links.save(*entry.Link)
		if c.Kind == directory.KindUser {
			x.made(c.Source)
		}
	}
	return outcome
}

// write puts a change into the target's terms. Members who are not in the target are
// left out, so that one account that was refused does not block a group.
func (x *executor) write(c *plan.Change) (w Write, left []directory.SourceID) {
	w = Write{Verb: c.Verb, Kind: c.Kind, Target: c.Target, Fields: c.Fields}
	if c.Verb == plan.Create {
		w.LookFirst = x.mustLook(c.Kind, c.Source)
		if k, had := x.links.get(c.Kind, c.Source); had && k.Deactivated {
			w.Target = k.Target
		}
	} else if k, ok := x.links.get(c.Kind, c.Source); ok && w.Target == "" {
		w.Target = k.Target
	}
	if c.Kind == directory.KindUser {
		if c.Verb != plan.Deactivate {
			w.User = x.user(c.Source)
		}
		return w, nil
	}
	w.Name = c.Name
	if c.Verb == plan.Adopt {
		return w, nil
	}
	if g, ok := x.links.get(directory.KindGroup, c.Source); ok && g.Origin == directory.OriginCreated && c.Verb != plan.Create {
		w.Whole, w.Members = true, []Member{}
		for _, source := range g.Members {
			if k, ok := x.account(source); ok {
				w.Members = append(w.Members, Member{ID: k.Target, Display: k.Name})
			}
		}
	}
	for _, source := range c.Add {
		if k, ok := x.account(source); ok {
			w.Add = append(w.Add, Member{ID: k.Target, Display: k.Name})
		} else {
			left = append(left, source)
		}
	}
	for _, target := range c.Drop {
		k, _ := x.links.owner(directory.KindUser, target)
		w.Drop = append(w.Drop, Member{ID: target, Display: k.Name})
	}
	return w, left
}

func (x *executor) user(id directory.SourceID) *directory.User[directory.SourceID] {
	i, ok := slices.BinarySearchFunc(x.users, id, func(u directory.User[directory.SourceID], id directory.SourceID) int {
		return strings.Compare(string(u.ID), string(id))
	})
	if !ok {
		return nil
	}
	return &x.users[i]
}

// judge fills in the outcome of a write and says what the ledger is to keep.
func (x *executor) judge(c *plan.Change, w *Write, written Written, err error, o *ChangeOutcome) Outcome {
	if exists, ok := errors.AsType[*Exists](err); ok {
		return x.adopt(c, w, exists, o)
	}
	if err != nil {
		o.Result, o.Error = Failed, err.Error()
		o.Class, o.detail, o.RequestID = classOf(err)
		if _, maybe := errors.AsType[*MaybeWritten](err); maybe {
			o.Result = Unknown
		}
		return Outcome{Result: o.Result, Error: o.Error}
	}
	o.Result, o.Effect = Done, written.Effect
	link, linked := x.links.get(c.Kind, c.Source)
	switch {
	case c.Verb == plan.Delete && written.Effect == Ignored:
		return x.ignored(o, "the target answered with success and did not delete it")
	case c.Verb == plan.Delete || c.Verb == plan.Forget:
		return Outcome{Result: Done, Forget: true}
	case c.Verb == plan.Adopt:
		if !linked || link.Target != c.Target { // else it is ours already, and only members join
			link = directory.Link{Kind: c.Kind, Source: c.Source, Target: c.Target, Origin: c.Origin}
		}
		link.Name, link.Members = c.Name, union(link.Members, c.Add)
		if u := x.user(c.Source); u != nil && c.Kind == directory.KindUser {
			have, _ := x.held(c.Target)
			link.Known = managed(u, have)
		}
		return Outcome{Result: Done, Link: &link}
	case c.Verb == plan.Create:
		o.Target = written.ID
		link = directory.Link{Kind: c.Kind, Source: c.Source, Target: written.ID, Origin: directory.OriginCreated}
	case !linked:
		return Outcome{Result: Done} // its Adopt was not done: there is nothing to keep
	}
	link.Name = c.Name
	if c.Kind == directory.KindUser {
		return x.judgeUser(c, written, link, o)
	}
	return x.judgeGroup(c, w, written, link, o)
}

// ignored notes a write that was answered with success and not done.
func (x *executor) ignored(o *ChangeOutcome, text string) Outcome {
	o.Result, o.Error, o.Class = Failed, text, Refused
	return Outcome{Result: Failed, Error: text}
}

// judgeUser keeps what the target did not take, so that it is not sent for ever.
func (x *executor) judgeUser(c *plan.Change, written Written, link directory.Link, o *ChangeOutcome) Outcome {
	switch c.Verb {
	case plan.Deactivate:
		if written.Effect == Ignored {
			return x.ignored(o, "the target answered with success and did not deactivate the account")
		}
		link.Deactivated = true
	case plan.Reactivate:
		if written.Ignored.Get("active") != "" {
			return x.ignored(o, "the target answered with success and did not activate the account")
		}
		link.Deactivated = false
	}
	link.Known = x.knownAfter(c, written, &link)
	link.Ignored = stillIgnored(link.Ignored, c.Fields, written.Ignored)
	for _, at := range written.Ignored {
		o.NotKept = append(o.NotKept, at.Path)
	}
	return Outcome{Result: Done, Link: &link}
}

// stillIgnored is what the target has not kept: what it did not keep before, less what
// was sent now, and what it did not keep this time.
func stillIgnored(before directory.Attributes, sent []plan.Field, now directory.Attributes) directory.Attributes {
	var list []directory.Attribute
	for _, at := range before {
		if !slices.ContainsFunc(sent, func(f plan.Field) bool { return strings.EqualFold(f.Path, at.Path) }) {
			list = append(list, at)
		}
	}
	list = append(list, now...)
	if len(list) == 0 {
		return nil
	}
	return directory.NewAttributes(list...)
}

// judgeGroup keeps who has been put into the group and taken out of it.
func (x *executor) judgeGroup(c *plan.Change, w *Write, written Written, link directory.Link, o *ChangeOutcome) Outcome {
	if c.Verb == plan.Rename {
		var ignored directory.Attributes
		if written.Effect == Ignored {
			o.NotKept = []string{"displayName"}
			ignored = directory.Attributes{{Path: "displayName", Value: displayName(c)}}
		}
		link.Ignored = stillIgnored(link.Ignored, c.Fields, ignored)
		return Outcome{Result: Done, Link: &link}
	}
	if c.Verb == plan.Create {
		link.Ignored = written.Ignored
		for _, at := range written.Ignored {
			o.NotKept = append(o.NotKept, at.Path)
		}
	}
	if len(w.Add)+len(w.Drop) > 0 {
		switch written.Effect {
		case Unreadable:
			link.MembersUnreadable = true
		case Applied, Ignored: // read back, so it shows them
			link.MembersUnreadable = false
		case Assumed:
		}
	}
	for i := range w.Add {
		if slices.Contains(written.NotAdded, w.Add[i].ID) {
			o.NotAdded = append(o.NotAdded, w.Add[i].Display)
		}
	}
	link.Members = union(link.Members, x.sources(w.Add, written.NotAdded))
	for i := range w.Drop {
		if slices.Contains(written.NotDropped, w.Drop[i].ID) {
			o.NotDropped = append(o.NotDropped, nameOf(w.Drop[i]))
		}
	}
	link.Members = without(link.Members, x.sources(w.Drop, written.NotDropped))
	if len(o.NotAdded)+len(o.NotDropped) > 0 {
		o.Result = Partial
	}
	return Outcome{Result: Done, Link: &link}
}

func nameOf(m Member) string {
	if m.Display != "" {
		return m.Display
	}
	return string(m.ID)
}

// displayName is the name that a Rename sent.
func displayName(c *plan.Change) directory.Value {
	for _, f := range c.Fields {
		if strings.EqualFold(f.Path, "displayName") {
			return f.To
		}
	}
	return ""
}

// sources returns who the members are in Okta, without those in but and without
// accounts that are linked to nobody.
func (x *executor) sources(members []Member, but []directory.TargetID) []directory.SourceID {
	var list []directory.SourceID
	for i := range members {
		if slices.Contains(but, members[i].ID) {
			continue
		}
		if k, ok := x.links.owner(directory.KindUser, members[i].ID); ok {
			list = append(list, k.Source)
		}
	}
	slices.Sort(list)
	return list
}

// names returns the userNames of people who are not in the target.
func (x *executor) names(ids []directory.SourceID) []string {
	var list []string
	for _, id := range ids {
		if u := x.user(id); u != nil {
			list = append(list, u.UserName)
		} else {
			list = append(list, string(id))
		}
	}
	return list
}

// adopt ties a record to the object that was in the way of its Create: the only one
// with its externalId, or else the only one with its name. An object of another record,
// or several that match, are for a person to sort out.
func (x *executor) adopt(c *plan.Change, w *Write, exists *Exists, o *ChangeOutcome) Outcome {
	same := func(a, b string) bool { return a == b }
	if c.Kind == directory.KindUser {
		same = strings.EqualFold
	}
	var ours, named []Found
	for _, f := range exists.Found {
		if k, owned := x.links.owner(c.Kind, f.ID); owned && k.Source != c.Source {
			continue
		}
		switch {
		case f.ExternalID == string(c.Source):
			ours = append(ours, f)
		case same(f.Name, c.Name):
			named = append(named, f)
		}
	}
	if len(ours) == 0 {
		ours = named
	}
	if len(ours) != 1 {
		o.Result, o.Error = Failed, "conflict: "+exists.Error()+"; nothing was changed: decide which of them it is and give it the externalId "+string(c.Source)
		return Outcome{Result: Failed, Error: o.Error}
	}
	o.Result, o.Target, o.Adopted = Done, ours[0].ID, true
	for i := range w.Add { // the next run adds them, when it has seen who is in it
		o.Result = Partial
		o.NotAdded = append(o.NotAdded, w.Add[i].Display)
	}
	return Outcome{Result: Done, Link: &directory.Link{
		Kind: c.Kind, Source: c.Source, Target: ours[0].ID, Origin: directory.OriginAdopted, Name: c.Name,
		Deactivated: c.Kind == directory.KindUser && !ours[0].Active,
	}}
}
