package agent

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
)

const (
	// noteDelta is the name of the note in the ledger.
	noteDelta = "delta"
	// defaultFullEvery is how old the last full run may be: what no event and no stamp tells
	// of (deletions above all) is found within a day.
	defaultFullEvery = 24 * time.Hour
	// manyNamed is from how many people on a share counts as too many, see tooMany.
	manyNamed = 50
	// moreTries is how many delta runs look again at what came out half done, before it is
	// left to the next full run.
	moreTries = 5
)

// note is what a run that has taken everything in leaves for the next delta run: where to
// go on, and what the links do not say of what Okta wants.
type note struct {
	// Mark is the source's watermark, Full the start of the last full run.
	Mark string    `json:"mark"`
	Full time.Time `json:"full"`
	// Switches are the source's, Policy what followed from them.
	Switches directory.Switches `json:"switches"`
	Policy   plan.Policy        `json:"policy"`
	// Blocked are people who are assigned and must not be sent.
	Blocked map[directory.SourceID]blocked `json:"blocked,omitempty"`
	// Gone are people who are not assigned and whose account is still on. Ended are groups
	// that are linked and not pushed, Paused those whose push is inactive.
	Gone   []directory.SourceID `json:"gone,omitempty"`
	Ended  []directory.SourceID `json:"ended,omitempty"`
	Paused []directory.SourceID `json:"paused,omitempty"`
	// Users and Groups came out half done, with how many delta runs have looked since.
	Users  map[directory.SourceID]int `json:"users,omitempty"`
	Groups map[directory.SourceID]int `json:"groups,omitempty"`
}

type blocked struct {
	Name string `json:"name"`
	Why  string `json:"why"`
}

// runDelta makes a delta run: it looks at the records that something happened to, and takes
// everything else to be as the ledger says. It asks the target for nothing. The answer is
// why only a full run will do, empty if the run is done.
//
// The plan is computed over everything that is known, as in a full run:
//
//	                 Desired                      Current
//	named, assigned  as read again by id          the link: name, Known, members, on or off
//	named, gone      not there                    the link
//	of the rest      what the link says           the link
//	without a link   as read again by id          not there: looked up before it is made
//
// So a record of which nothing is heard has no difference, and the absence of one proves
// nothing unless it was asked for by its id.
func (a *Agent) runDelta(ctx context.Context, report *Report) (why string, err error) {
	follower, ok := a.opts.Source.(Follower)
	switch {
	case !ok:
		return "this source cannot tell what has changed", nil
	case !a.opts.Scope.All() || a.opts.Expect != nil:
		return "a delta run goes over everything", nil
	}
	known, err := a.load(ctx, ModeDelta)
	if err != nil {
		return "", err
	}
	d := delta{a: a, follower: follower, known: &known}
	if why = d.begin(); why != "" {
		return why, nil
	}
	a.opts.Events.phase(PhaseReadSource)
	if why, err = d.listen(ctx); why != "" || err != nil {
		return why, err
	}
	if !d.work {
		report.decide(plan.Plan{}, nil, "", plan.Input{Desired: directory.Desired{Evidence: directory.Evidence{Requests: d.requests}}})
		report.idle = true
		d.was.Mark = d.news.Watermark
		return "", a.keepNote(ctx, d.was)
	}
	in, why, err := d.input(ctx)
	if why != "" || err != nil {
		return why, err
	}
	a.opts.Log.Info().Int("users", len(d.users)).Int("groups", len(d.groups)).Int("requests", d.requests).Msg("Okta's changes read")
	if in.Shared, err = a.shared(ctx); err != nil {
		return "", err
	}
	known.looked = d.looked
	known.lastDesired = d.before
	known.full, known.mark, known.tries = d.was.Full, d.news.Watermark, &d.was
	return "", a.carryOut(ctx, ModeDelta, report, in, known)
}

// delta is one delta run under way.
type delta struct {
	a        *Agent
	follower Follower
	known    *knowledge
	was      note
	news     News
	requests int

	// users and groups are to be read again; looked are the records about which the run
	// will know everything; work is whether there is anything to do.
	users, groups map[directory.SourceID]bool
	looked        map[record]bool
	work          bool
	// before is how many people were wanted before the news.
	before int
}

// begin reads the note.
func (d *delta) begin() (why string) {
	a := d.a
	if d.known.lastNote == "" {
		return "no full run has gone through yet"
	}
	if err := json.Unmarshal([]byte(d.known.lastNote), &d.was); err != nil || d.was.Mark == "" {
		return "what the last run noted cannot be read"
	}
	age := a.opts.Now().Sub(d.was.Full)
	switch every := cmp.Or(a.opts.FullEvery, defaultFullEvery); {
	case age < 0:
		return "the last full run lies in the future: the clock was set back"
	case age >= every:
		return fmt.Sprintf("the last full run began %s ago", age.Round(time.Minute))
	case d.was.Policy != a.policy(d.was.Switches):
		return "what may be written has changed"
	case len(d.known.unresolved) > 0:
		return "what the last run left open could not be looked up"
	}
	return ""
}

// listen asks what has happened and settles which records to look at.
func (d *delta) listen(ctx context.Context) (why string, err error) {
	if d.news, err = d.follower.Changes(ctx, d.was.Mark); err != nil {
		return "", fmt.Errorf("asking Okta what has changed: %w", err)
	}
	d.requests += d.news.Requests
	if d.news.Full != "" {
		return d.news.Full, nil
	}
	a, links, now := d.a, d.known.links, d.a.opts.Now()
	d.users, d.groups, d.looked = map[directory.SourceID]bool{}, map[directory.SourceID]bool{}, map[record]bool{}
	ended, paused := setOf(d.was.Ended), setOf(d.was.Paused)
	for _, id := range d.news.Users {
		d.users[id] = true
	}
	for _, id := range d.news.Known {
		_, linked := links.get(directory.KindUser, id)
		_, blocked := d.was.Blocked[id]
		_, failed := d.known.tasks[record{directory.KindUser, id}]
		if linked || blocked || failed {
			d.users[id] = true
		}
	}
	group := func(id directory.SourceID) {
		_, linked := links.get(directory.KindGroup, id)
		_, failed := d.known.tasks[record{directory.KindGroup, id}]
		if (linked || failed) && !ended[id] && !paused[id] {
			d.groups[id] = true
		}
	}
	for _, id := range d.news.Groups {
		group(id)
	}
	for id := range d.was.Users {
		d.users[id] = true
	}
	for id := range d.was.Groups {
		group(id)
	}
	for k, t := range d.known.tasks {
		if a.opts.Patient && (t.Next.IsZero() || now.Before(t.Next)) {
			continue
		}
		d.work = true // of a group that is no longer pushed, the plan says the rest
		switch {
		case t.Source == "":
		case t.Kind == directory.KindUser:
			d.users[t.Source] = true
		default:
			group(t.Source)
		}
		d.looked[k] = true
	}
	for id, since := range d.known.leaving {
		if d.known.stillOn(id) && !now.Before(since.Add(a.opts.Grace)) {
			d.work = true
		}
	}
	d.work = d.work || len(d.users)+len(d.groups) > 0
	for id := range d.users {
		d.looked[record{directory.KindUser, id}] = true
	}
	for id := range d.groups {
		d.looked[record{directory.KindGroup, id}] = true
	}
	return "", nil
}

// input reads the named records again and makes the input of the plan.
func (d *delta) input(ctx context.Context) (in plan.Input, why string, err error) {
	links := d.known.links.all()
	wanted, accounts := d.people(links)
	d.before = len(wanted)
	if len(d.users) > max(manyNamed, d.before/3) {
		return in, fmt.Sprintf("something happened to %d people", len(d.users)), nil
	}
	ask := Ask{Users: slices.Sorted(maps.Keys(d.users)), Groups: slices.Sorted(maps.Keys(d.groups)), Control: d.control(links)}
	read, err := d.follower.Reread(ctx, ask)
	if err != nil {
		return in, "", fmt.Errorf("reading Okta's changes: %w", err)
	}
	d.requests += read.Requests
	if read.Full != "" {
		return in, read.Full, nil
	}
	fresh := map[directory.SourceID]bool{} // whose groups are not known
	for _, id := range ask.Users {
		if _, was := wanted[id]; !was || wanted[id].Blocked != "" || accounts[id] == "" {
			fresh[id] = true
		}
		delete(wanted, id)
	}
	for i := range read.Users {
		wanted[read.Users[i].ID] = read.Users[i]
	}
	for _, id := range ask.Users {
		if _, is := wanted[id]; !is && !read.Gone[id] {
			return in, fmt.Sprintf("the assignment of %s could not be read again", id), nil
		}
		if _, is := wanted[id]; !is {
			delete(fresh, id)
		}
	}
	if why := d.namesakes(links, wanted); why != "" {
		return in, why, nil
	}
	groups, why, err := d.pushes(ctx, links, wanted, fresh, ask, read)
	if why != "" || err != nil {
		return in, why, err
	}
	in = plan.Input{
		Desired: directory.Desired{Users: sorted(wanted), Groups: groups, Switches: d.was.Switches, Evidence: directory.Evidence{Requests: d.requests}},
		Current: currentOf(links), Links: links, Policy: d.a.policy(d.was.Switches),
	}
	return in, "", nil
}

func setOf(ids []directory.SourceID) map[directory.SourceID]bool {
	set := make(map[directory.SourceID]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return set
}

func sorted(people map[directory.SourceID]directory.User[directory.SourceID]) []directory.User[directory.SourceID] {
	list := make([]directory.User[directory.SourceID], 0, len(people))
	for _, id := range slices.Sorted(maps.Keys(people)) {
		list = append(list, people[id])
	}
	return list
}

// people are those who are wanted as far as the ledger knows, and the accounts of those who
// have one that is on.
func (d *delta) people(links directory.Links) (wanted map[directory.SourceID]directory.User[directory.SourceID], accounts map[directory.SourceID]directory.TargetID) {
	wanted = make(map[directory.SourceID]directory.User[directory.SourceID], len(links))
	accounts = make(map[directory.SourceID]directory.TargetID, len(links))
	gone := setOf(d.was.Gone)
	for i := range links {
		l := &links[i]
		if l.Kind != directory.KindUser || l.Deactivated || gone[l.Source] {
			continue
		}
		accounts[l.Source] = l.Target
		wanted[l.Source] = directory.User[directory.SourceID]{
			ID: l.Source, ExternalID: string(l.Source), UserName: l.Name, Active: true, Attributes: l.Known,
		}
	}
	for id, b := range d.was.Blocked {
		u := wanted[id]
		u.ID, u.ExternalID, u.Active, u.UserName, u.Blocked = id, string(id), true, b.Name, b.Why
		wanted[id] = u
	}
	return wanted, accounts
}

// control is somebody who is assigned as far as is known and of whom nothing is heard.
func (d *delta) control(links directory.Links) directory.SourceID {
	gone := setOf(d.was.Gone)
	for i := range links {
		l := &links[i]
		_, blocked := d.was.Blocked[l.Source]
		if l.Kind == directory.KindUser && !l.Deactivated && !gone[l.Source] && !blocked && !d.users[l.Source] {
			return l.Source
		}
	}
	return ""
}

// namesakes finds userNames that the news makes, or unmakes, those of two people. Who of
// them is left alone only a reading of everybody can tell.
func (d *delta) namesakes(links directory.Links, wanted map[directory.SourceID]directory.User[directory.SourceID]) (why string) {
	touched := map[string]bool{}
	for i := range links {
		if l := &links[i]; l.Kind == directory.KindUser && d.users[l.Source] {
			touched[strings.ToLower(l.Name)] = true
		}
	}
	for id := range d.users {
		if b, was := d.was.Blocked[id]; was {
			touched[strings.ToLower(b.Name)] = true
		}
		if u, is := wanted[id]; is {
			touched[strings.ToLower(u.UserName)] = true
		}
	}
	delete(touched, "")
	have := map[string]int{}
	for id, u := range wanted {
		name := strings.ToLower(u.UserName)
		if !touched[name] {
			continue
		}
		if have[name]++; have[name] > 1 || u.Blocked != "" && !d.users[id] {
			return "something happened to a userName that two people have"
		}
	}
	return ""
}

// pushes are the pushed groups: as read again, or as the ledger knows them, with those
// people of whom the ledger does not know in which groups they are.
func (d *delta) pushes(ctx context.Context, links directory.Links, wanted map[directory.SourceID]directory.User[directory.SourceID], fresh map[directory.SourceID]bool, ask Ask, read Reread) (groups []directory.Group[directory.SourceID], why string, err error) {
	again := map[directory.SourceID]directory.Group[directory.SourceID]{}
	for i, id := range ask.Groups {
		again[id] = read.Groups[i]
	}
	ended, paused := setOf(d.was.Ended), setOf(d.was.Paused)
	joined := map[directory.SourceID][]directory.SourceID{}
	if len(fresh) > 0 && slices.ContainsFunc(links, func(l directory.Link) bool { return l.Kind == directory.KindGroup && !ended[l.Source] }) {
		of, err := d.follower.GroupsOf(ctx, slices.Sorted(maps.Keys(fresh)))
		if err != nil {
			if ctx.Err() != nil {
				return nil, "", context.Cause(ctx)
			}
			return nil, err.Error(), nil
		}
		d.requests += len(fresh)
		for person, list := range of {
			for _, g := range list {
				joined[g] = append(joined[g], person)
			}
		}
	}
	isWanted := func(id directory.SourceID) bool { _, is := wanted[id]; return is }
	seen := map[directory.SourceID]bool{}
	add := func(g directory.Group[directory.SourceID]) {
		seen[g.ID] = true
		g.Members = slices.DeleteFunc(slices.Clone(g.Members), func(id directory.SourceID) bool { return !isWanted(id) })
		groups = append(groups, g)
	}
	for i := range links {
		l := &links[i]
		if l.Kind != directory.KindGroup || ended[l.Source] {
			continue
		}
		if g, named := again[l.Source]; named {
			add(g)
			continue
		}
		add(directory.Group[directory.SourceID]{
			ID: l.Source, ExternalID: string(l.Source), Name: l.Name, Paused: paused[l.Source], Members: union(l.Members, joined[l.Source]),
		})
	}
	for _, id := range ask.Groups {
		if !seen[id] {
			add(again[id])
		}
	}
	slices.SortFunc(groups, func(a, b directory.Group[directory.SourceID]) int { return cmp.Compare(a.ID, b.ID) })
	return groups, "", nil
}

// currentOf is the target as the ledger knows it.
func currentOf(links directory.Links) directory.Current {
	var c directory.Current
	accounts := make(map[directory.SourceID]directory.TargetID, len(links))
	for i := range links {
		l := &links[i]
		if l.Kind != directory.KindUser {
			continue
		}
		accounts[l.Source] = l.Target
		externalID := string(l.Source)
		if l.Ignored.Get("externalId") != "" {
			externalID = ""
		}
		c.Users = append(c.Users, directory.User[directory.TargetID]{
			ID: l.Target, ExternalID: externalID, UserName: l.Name, Active: !l.Deactivated, Attributes: l.Known,
		})
	}
	for i := range links {
		l := &links[i]
		if l.Kind != directory.KindGroup {
			continue
		}
		g := directory.Group[directory.TargetID]{ID: l.Target, Name: l.Name, MembersUnreadable: l.MembersUnreadable}
		if !l.MembersUnreadable {
			for _, id := range l.Members {
				if account, has := accounts[id]; has {
					g.Members = append(g.Members, account)
				}
			}
			slices.Sort(g.Members)
		}
		c.Groups = append(c.Groups, g)
	}
	slices.SortFunc(c.Users, func(a, b directory.User[directory.TargetID]) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(c.Groups, func(a, b directory.Group[directory.TargetID]) int { return cmp.Compare(a.ID, b.ID) })
	return c
}

// nextNote is what a run that has come to its end leaves for the next delta run; "" if that
// one cannot go on from here.
func (a *Agent) nextNote(mode Mode, r *Report, in plan.Input, known knowledge, unconfirmed []plan.Change) (note, bool) {
	if !a.opts.Scope.All() || a.opts.DryRun || !in.Desired.Evidence.Complete() || !in.Current.Evidence.Complete() || len(known.unresolved) > 0 {
		return note{}, false
	}
	n := note{
		Mark: known.mark, Full: known.full, Switches: in.Desired.Switches, Policy: in.Policy, Blocked: map[directory.SourceID]blocked{},
		Users: map[directory.SourceID]int{}, Groups: map[directory.SourceID]int{},
	}
	if mode == ModeApply {
		follower, ok := a.opts.Source.(Follower)
		if !ok {
			return note{}, false
		}
		n.Mark, n.Full = follower.Watermark(), r.Started
	}
	wanted := make(map[directory.SourceID]bool, len(in.Desired.Users)+len(in.Desired.Groups))
	for i := range in.Desired.Users {
		u := &in.Desired.Users[i]
		wanted[u.ID] = true
		if u.Blocked != "" {
			n.Blocked[u.ID] = blocked{Name: u.UserName, Why: u.Blocked}
		}
	}
	for i := range in.Desired.Groups {
		wanted[in.Desired.Groups[i].ID] = true
		if in.Desired.Groups[i].Paused {
			n.Paused = append(n.Paused, in.Desired.Groups[i].ID)
		}
	}
	for _, l := range known.links.all() {
		switch {
		case wanted[l.Source] || l.Deactivated:
		case l.Kind == directory.KindUser:
			n.Gone = append(n.Gone, l.Source)
		default:
			n.Ended = append(n.Ended, l.Source)
		}
	}
	n.halfDone(r, known, unconfirmed)
	return n, n.Mark != ""
}

// halfDone notes what the next delta run has to look at again, although nothing may be
// heard of it.
func (n *note) halfDone(r *Report, known knowledge, unconfirmed []plan.Change) {
	again := func(kind directory.Kind, id directory.SourceID) {
		into, before := n.Users, map[directory.SourceID]int(nil)
		if kind == directory.KindGroup {
			into = n.Groups
		}
		if known.tries != nil {
			before = known.tries.Users
			if kind == directory.KindGroup {
				before = known.tries.Groups
			}
		}
		if tries := before[id] + 1; id != "" && tries <= moreTries {
			into[id] = tries
		}
	}
	for i := range r.Outcomes {
		if o := &r.Outcomes[i]; o.Adopted || o.Result == Partial {
			again(r.Plan.Changes[i].Kind, r.Plan.Changes[i].Source)
		}
	}
	for i := range unconfirmed {
		c := &unconfirmed[i]
		again(c.Kind, c.Source)
		for _, member := range c.Drop {
			if k, linked := known.links.owner(directory.KindUser, member); linked {
				again(directory.KindUser, k.Source)
			}
		}
	}
}

func (a *Agent) keepNote(ctx context.Context, n note) error {
	if a.opts.DryRun {
		return nil
	}
	text, err := json.Marshal(n)
	if err != nil {
		return fmt.Errorf("writing down where the next delta run begins: %w", err)
	}
	if err := a.opts.Ledger.Keep(context.WithoutCancel(ctx), Keep{Notes: map[string]string{noteDelta: string(text)}}); err != nil {
		return fmt.Errorf("writing the ledger: %w", err)
	}
	return nil
}
