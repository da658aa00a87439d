package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/oktascim/oktascim/agent/directory"
)

// Compute decides what to do so that the target agrees with Okta. It never fails: what
// cannot be decided is a notice, and nothing is done about it.
//
// When the evidence of either side has a gap, everything that takes something away, or
// that gives up a link, is in Withheld instead of Changes.
func Compute(in Input) Plan {
	d := newDecision(in)
	d.matchUsers()
	d.decideUsers()
	d.decideLeavers()
	d.matchGroups()
	d.decideGroups()
	d.decideEnded()
	d.noteStrangers()
	d.noteTotals()
	p := Plan{Changes: arrange(d.changes), Notices: d.notices, names: d.names}.within(in.Policy.Extent)
	return p.withoutGaps(in.Desired.Evidence, in.Current.Evidence)
}

// decision is one computation under way.
type decision struct {
	in Input
	// sourceWhole and targetWhole say whether absence proves anything.
	sourceWhole, targetWhole bool

	// wanted gives the place of a user in Desired, pushed that of a group.
	wanted, pushed map[directory.SourceID]int32
	// links by source and by target, of users and of groups; values are places in Links.
	userLinks, groupLinks   map[directory.SourceID]int32
	userLinked, groupLinked map[directory.TargetID]int32
	// accounts and teams are what the target shows, by id and by what can match.
	accounts, teams catalog

	// people and groups are what is known about each wanted record, by place.
	people, groups []standing
	// owner and holder give the wanted record that an account or a group of the
	// target belongs to, if any.
	owner, holder map[directory.TargetID]int32

	// waiting gives, by userName, those about whom nothing is done.
	waiting index

	changes []Change
	notices []Notice
	names   names
	off     switchedOff
	unseen  [3]int // by kind
	remade  [3]int
}

// switchedOff counts what would have been sent if a switch were on.
type switchedOff struct{ create, update, reactivate, deactivate, push int }

// standing is what has been found out about one wanted record.
type standing struct {
	// target is the object that belongs to it; empty when there is none yet.
	target directory.TargetID
	// at is the place of the object in Current, -1 when the target does not show it.
	at int32
	// link is the place of its link in Links, -1 without one that still holds.
	link int32
	// taken is the place of a link that another, no longer wanted record had to the
	// object that is adopted now; -1 if there was none.
	taken int32
	// adopt says what matched, for an object that becomes ours in this plan.
	adopt string
	// lost is true when a link led to an object that is gone.
	lost bool
	// still is true for somebody who is neither written nor removed.
	still bool
	// absent is true when nothing stands in the target and nothing is made in this plan.
	absent bool
	// renames is true when the plan takes the object's present name away from it.
	renames bool
	// tie is the number of the Create or Adopt, last that of the record's latest change;
	// naming that of a group's Create or Rename; 0 without one.
	tie, last, naming int
}

func newDecision(in Input) *decision {
	d := &decision{
		in:          in,
		sourceWhole: in.Desired.Evidence.Complete(), targetWhole: in.Current.Evidence.Complete(),
		wanted: make(map[directory.SourceID]int32, len(in.Desired.Users)), pushed: make(map[directory.SourceID]int32, len(in.Desired.Groups)),
		userLinks: map[directory.SourceID]int32{}, groupLinks: map[directory.SourceID]int32{},
		userLinked: map[directory.TargetID]int32{}, groupLinked: map[directory.TargetID]int32{},
		people: make([]standing, len(in.Desired.Users)), groups: make([]standing, len(in.Desired.Groups)),
		owner: make(map[directory.TargetID]int32, len(in.Desired.Users)), holder: make(map[directory.TargetID]int32, len(in.Desired.Groups)),
		names: names{source: map[directory.SourceID]string{}, target: map[directory.TargetID]member{}},
	}
	for i := range in.Desired.Users {
		d.wanted[in.Desired.Users[i].ID] = int32(i)
	}
	for i := range in.Desired.Groups {
		d.pushed[in.Desired.Groups[i].ID] = int32(i)
	}
	for i, l := range in.Links {
		bySource, byTarget := d.userLinks, d.userLinked
		if l.Kind == directory.KindGroup {
			bySource, byTarget = d.groupLinks, d.groupLinked
		}
		bySource[l.Source] = int32(i)
		if _, twice := byTarget[l.Target]; !twice {
			byTarget[l.Target] = int32(i)
		}
	}
	d.accounts = newCatalog(len(in.Current.Users), func(i int) (directory.TargetID, string, string) {
		u := &in.Current.Users[i]
		return u.ID, u.ExternalID, fold(u.UserName)
	})
	d.teams = newCatalog(len(in.Current.Groups), func(i int) (directory.TargetID, string, string) {
		g := &in.Current.Groups[i]
		return g.ID, g.ExternalID, g.Name
	})
	return d
}

// add appends a change that comes after the record's earlier ones and returns its number.
func (d *decision) add(s *standing, c Change) int {
	c.N = len(d.changes) + 1
	if s != nil {
		if s.last != 0 {
			c.Needs = append(c.Needs, s.last)
		}
		s.last = c.N
	}
	d.changes = append(d.changes, c)
	return c.N
}

func (d *decision) note(kind directory.Kind, name, format string, args ...any) {
	d.notices = append(d.notices, Notice{Kind: kind, Name: name, Text: fmt.Sprintf(format, args...)})
}

// noteTotals says once what holds for many records.
func (d *decision) noteTotals() {
	say := func(n int, format, one, many, rest string) {
		if n > 0 {
			d.notices = append(d.notices, Notice{Text: fmt.Sprintf(format, count(n, one, many)) + rest})
		}
	}
	say(d.off.create, "%s not created or adopted", "user", "users", ": Create Users is off")
	say(d.off.update, "%s not sent", "profile change", "profile changes", ": Update User Attributes is off")
	say(d.off.reactivate, "%s not reactivated", "user", "users", ": Create Users and Deactivate Users are off")
	say(d.off.deactivate, "%s not deactivated", "user", "users", ": Deactivate Users is off")
	say(d.off.push, "%s not sent", "group change", "group changes", ": Push Groups is off")
	say(d.remade[directory.KindUser], "%s deleted in the target, made again", "account", "accounts", "")
	say(d.remade[directory.KindGroup], "%s deleted in the target, made again", "group", "groups", "")
	say(d.unseen[directory.KindUser], "%s not seen in an incomplete reading of the target, left alone", "linked user", "linked users", "")
	say(d.unseen[directory.KindGroup], "%s not seen in an incomplete reading of the target, left alone", "linked group", "linked groups", "")
}

// strangersShown is how many objects that are not ours a plan names, of each kind; a
// target with a thousand others must not bury the plan.
const strangersShown = 10

func (d *decision) noteStrangers() {
	notOurs := func(kind directory.Kind, list []string) {
		slices.Sort(list)
		for i, name := range list {
			if i == strangersShown {
				d.notices = append(d.notices, Notice{Text: fmt.Sprintf("%d more %ss are not ours, left alone", len(list)-i, kind)})
				return
			}
			d.note(kind, name, "not ours, left alone")
		}
	}
	var users, groups []string
	for i := range d.in.Current.Users {
		u := &d.in.Current.Users[i]
		if _, linked := d.userLinked[u.ID]; linked {
			continue
		}
		if _, owned := d.owner[u.ID]; !owned {
			users = append(users, u.UserName)
		}
	}
	for i := range d.in.Current.Groups {
		g := &d.in.Current.Groups[i]
		if _, linked := d.groupLinked[g.ID]; linked {
			continue
		}
		if _, owned := d.holder[g.ID]; !owned {
			groups = append(groups, g.Name)
		}
	}
	notOurs(directory.KindUser, users)
	notOurs(directory.KindGroup, groups)
}

// rank is the order of a plan: people before the groups they go into, everything that
// gives before everything that takes.
//
//	user   adopt create update reactivate
//	group  adopt create rename add
//	group  drop
//	user   deactivate
//	group  delete
//	both   forget
func rank(c *Change) int {
	order := verbs()
	r := slices.Index(order, c.Verb)
	if c.Kind == directory.KindGroup && r < slices.Index(order, Drop) {
		r += len(order)
	}
	if c.Verb.Removal() || c.Verb == Forget {
		r += 2 * len(order)
	}
	return r
}

// arrange sorts changes, puts what a change needs before it, and numbers them.
func arrange(changes []Change) []Change {
	order := make([]int, len(changes))
	ranks := make([]int, len(changes))
	folded := make([]string, len(changes))
	for i := range changes {
		order[i], ranks[i], folded[i] = i, rank(&changes[i]), fold(changes[i].Name)
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(
			cmp.Compare(ranks[a], ranks[b]), cmp.Compare(folded[a], folded[b]),
			cmp.Compare(changes[a].Name, changes[b].Name), cmp.Compare(changes[a].Source, changes[b].Source),
			cmp.Compare(changes[a].Kind, changes[b].Kind), cmp.Compare(changes[a].Target, changes[b].Target),
		)
	})
	// A userName has to become free before somebody else gets it, so an update may have
	// to go before a create.
	place := make([]int, len(changes)) // the new number, 0 while not placed
	sorted := make([]Change, 0, len(changes))
	var put func(i int)
	put = func(i int) {
		if place[i] != 0 {
			return
		}
		place[i] = -1 // no cycles are built; this only keeps a mistake from looping
		for _, need := range changes[i].Needs {
			put(need - 1)
		}
		place[i] = len(sorted) + 1
		sorted = append(sorted, changes[i])
	}
	for _, i := range order {
		put(i)
	}
	for i := range sorted {
		c := &sorted[i]
		c.N = i + 1
		for k, need := range c.Needs {
			c.Needs[k] = place[need-1]
		}
		slices.Sort(c.Needs)
		c.Needs = slices.Compact(c.Needs)
	}
	return sorted
}

func fold(s string) string { return strings.ToLower(s) }

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
