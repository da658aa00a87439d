package scimtarget

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/internal/targetprofile"
)

// createGroup sends Okta's POST with the members filled in. Okta adds the same members
// again by PATCH or PUT; here that is done only when the group does not show them.
func (t *Target) createGroup(ctx context.Context, w agent.Write) (agent.Written, error) {
	if w.LookFirst {
		if err := t.mustBeNew(ctx, directory.KindGroup, "", w.Name); err != nil {
			return agent.Written{}, err
		}
	}
	body := resource{"schemas": []any{coreGroup}, "displayName": w.Name, "members": memberValues(w.Add)}
	if t.profile.Members.InCreate == targetprofile.Refused {
		body["members"] = []any{}
	}
	t.strip(directory.KindGroup, body)
	answer, err := t.wire.create(ctx, directory.KindGroup, body)
	if status(err) == http.StatusBadRequest && len(w.Add) > 0 {
		// Members are not taken at creation, or one of them is refused: the group first.
		body["members"] = []any{}
		if empty, errEmpty := t.wire.create(ctx, directory.KindGroup, body); status(errEmpty) != http.StatusBadRequest {
			answer, err = empty, errEmpty
		}
	}
	if err != nil {
		return agent.Written{}, t.refusedCreate(ctx, directory.KindGroup, "", w.Name, err)
	}
	written := agent.Written{ID: answer.id(), Effect: agent.Applied}
	if name := answer.text("displayName"); name != "" && name != w.Name {
		written.Ignored = directory.NewAttributes(directory.Attribute{Path: "displayName", Value: directory.Canonical(w.Name)})
	}
	if len(w.Add) == 0 {
		return written, nil
	}
	const form = "post members"
	if _, shown := answer.members(); !shown && !t.proof.due(form) {
		written.Effect = agent.Assumed
		return written, nil
	}
	state := t.look(ctx, written.ID, answer, ids(w.Add), ids(w.Add))
	missing := state.missing(ids(w.Add))
	t.proof.saw(form, state.readable && len(missing) == 0)
	if state.readable && len(missing) == 0 {
		return written, nil
	}
	// Members in a POST are dropped by some servers and a later add works (Okta always
	// sends one). What goes wrong from here on is no reason to lose the group.
	rest := w.Add
	if state.readable {
		rest = pick(w.Add, missing)
	}
	added, err := t.addMembers(ctx, agent.Write{Verb: w.Verb, Kind: w.Kind, Target: written.ID, Name: w.Name, Add: rest, Whole: true, Members: []agent.Member{}})
	written.Effect, written.NotAdded = added.Effect, added.NotAdded
	if err != nil { // reported as members that are missing; the next run adds them
		written.Effect, written.NotAdded = agent.Ignored, ids(rest)
	}
	return written, nil
}

// renameGroup sends the name alone (catalog) or reads and replaces (wizard), and tries the
// other form when the first is refused, does nothing, or could lose members that are not
// shown.
func (t *Target) renameGroup(ctx context.Context, w agent.Write) (agent.Written, error) {
	forms := t.forms(&w, formRename, func() (resource, error) {
		op := operation{Op: "replace", Value: map[string]any{"id": string(w.Target), "displayName": w.Name}}
		if t.profile.Patch.Groups.RenameByPath == targetprofile.Works && t.profile.Patch.Groups.RenameWithoutPath != targetprofile.Works {
			op = operation{Op: "replace", Path: "displayName", Value: w.Name}
		}
		return t.wire.patch(ctx, directory.KindGroup, w.Target, []operation{op})
	}, func(hidden []agent.Member) (resource, error) {
		return t.putGroup(ctx, &w, hidden, func(entries []any) []any { return entries })
	})
	refusals := refusals{learned: &t.learned}
	taken := false
	for _, form := range forms {
		answer, err := form.do()
		if err != nil {
			if !refusals.add(form.name, err) {
				return agent.Written{}, err
			}
			continue
		}
		taken = true
		if answer == nil || answer.text("displayName") != w.Name {
			if answer, err = t.wire.get(ctx, directory.KindGroup, w.Target); err != nil {
				return agent.Written{ID: w.Target, Effect: agent.Unreadable}, nil //nolint:nilerr // the write was taken; the next run looks again
			}
		}
		if answer.text("displayName") == w.Name {
			refusals.worked()
			return agent.Written{ID: w.Target, Effect: agent.Applied}, nil
		}
	}
	if !taken {
		return agent.Written{}, refusals.err
	}
	return agent.Written{ID: w.Target, Effect: agent.Ignored}, nil
}

// forms are the ways of changing a group in the order in which they are tried: the
// dialect's own, the other one, and at last, for a group that is wholly ours and does not
// show its members, a PUT of those whom the ledger knows.
func (t *Target) forms(w *agent.Write, patchForm string, patch func() (resource, error), put func(hidden []agent.Member) (resource, error)) []way[func() (resource, error)] {
	type form = way[func() (resource, error)]
	list := []form{{patchForm, patch}, {putGroups, func() (resource, error) { return put(nil) }}}
	if t.dialect == Wizard {
		slices.Reverse(list)
	}
	if w.Whole {
		list = append(list, form{putGroups, func() (resource, error) { return put(w.Members) }})
	}
	return arrange(t, list)
}

// addMembers adds people, at most membersPerPatch in one request, and in another form
// when the first is refused or does nothing.
func (t *Target) addMembers(ctx context.Context, w agent.Write) (agent.Written, error) {
	want := ids(w.Add)
	patched := false
	forms := t.forms(&w, formAdd, func() (resource, error) {
		patched = true
		return t.patchMembersIn(ctx, w)
	}, func(hidden []agent.Member) (resource, error) {
		patched = false
		return t.putGroup(ctx, &w, hidden, func(entries []any) []any {
			there := idsOf(entries)
			for _, m := range w.Add {
				if !there[m.ID] {
					entries = append(entries, memberValue(m))
				}
			}
			return entries
		})
	})
	const proved = "add members"
	refusals := refusals{learned: &t.learned}
	var missing []directory.TargetID
	for _, form := range forms {
		answer, err := form.do()
		if err != nil {
			if len(missing) == 0 && !refusals.add(form.name, err) {
				return agent.Written{}, err
			}
			continue
		}
		if patched && answer == nil && !t.proof.due(proved) {
			return agent.Written{ID: w.Target, Effect: agent.Assumed}, nil
		}
		state := t.look(ctx, w.Target, answer, want, want)
		missing = state.missing(want)
		if patched {
			t.proof.saw(proved, len(missing) == 0 && state.readable)
		}
		if len(missing) == 0 {
			refusals.worked()
			return agent.Written{ID: w.Target, Effect: state.judge(true)}, nil
		}
	}
	if len(missing) == 0 {
		return agent.Written{}, refusals.err
	}
	return agent.Written{ID: w.Target, Effect: agent.Ignored, NotAdded: missing}, nil
}

// patchMembersIn returns the answer to the last PATCH.
func (t *Target) patchMembersIn(ctx context.Context, w agent.Write) (answer resource, err error) {
	err = batches(t, w.Add, func(batch []agent.Member) error {
		var err error
		answer, err = t.wire.patch(ctx, directory.KindGroup, w.Target, []operation{{Op: "add", Path: "members", Value: memberValues(batch)}})
		if err == nil && answer.showsAll(ids(batch)) {
			t.membersSeen.Store(true)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return answer, nil
}

// dropMembers takes people out. No form works everywhere (targets.md, rule 6), so each
// is followed by a look, and the next one is tried for those who are still there. The
// answer to a removal is not believed: what is in the group counts.
func (t *Target) dropMembers(ctx context.Context, w agent.Write) (agent.Written, error) {
	put := func(ctx context.Context, w agent.Write, left []directory.TargetID) error {
		return t.dropByPut(ctx, w, nil, left)
	}
	type drop = func(context.Context, agent.Write, []directory.TargetID) error
	forms := []way[drop]{{formRemove, t.dropByFilter}, {formReplace, t.dropByReplace}, {putGroups, put}}
	if t.dialect == Wizard {
		forms = []way[drop]{{putGroups, put}, {formRemove, t.dropByFilter}, {formReplace, t.dropByReplace}}
	}
	if w.Whole {
		forms = append(forms, way[drop]{putGroups, func(ctx context.Context, w agent.Write, left []directory.TargetID) error {
			return t.dropByPut(ctx, w, w.Members, left)
		}})
	}
	left := ids(w.Drop)
	refusals := refusals{learned: &t.learned}
	for _, form := range arrange(t, forms) {
		err := form.do(ctx, w, left)
		if err != nil {
			if ctx.Err() != nil {
				return agent.Written{}, err
			}
			other := refusals.add(form.name, err)
			if errors.Is(err, errMembersHidden) {
				continue // nothing was sent
			}
			if _, out := errors.AsType[*agent.Unavailable](err); out && !other {
				return agent.Written{}, err
			}
		}
		state := t.look(ctx, w.Target, nil, nil, left)
		switch {
		case !state.readable && err == nil:
			return agent.Written{ID: w.Target, Effect: agent.Unreadable}, nil
		case !state.readable && !unsupported(err):
			return agent.Written{}, err
		case !state.readable:
			continue
		}
		if left = state.present(left); len(left) == 0 {
			refusals.worked()
			return agent.Written{ID: w.Target, Effect: agent.Applied}, nil
		}
	}
	if refusals.err != nil && len(left) == len(w.Drop) {
		return agent.Written{}, refusals.err
	}
	return agent.Written{ID: w.Target, Effect: agent.Ignored, NotDropped: left}, nil
}

// dropByFilter is Okta's form: one operation a member, by value.
func (t *Target) dropByFilter(ctx context.Context, w agent.Write, left []directory.TargetID) error {
	return batches(t, left, func(batch []directory.TargetID) error {
		operations := make([]operation, len(batch))
		for i, id := range batch {
			operations[i] = operation{Op: "remove", Path: "members[value eq " + quote(string(id)) + "]"}
		}
		_, err := t.wire.patch(ctx, directory.KindGroup, w.Target, operations)
		return err
	})
}

// dropByReplace is Okta's "Push Now": the whole list, by path.
func (t *Target) dropByReplace(ctx context.Context, w agent.Write, left []directory.TargetID) error {
	before, err := t.wire.get(ctx, directory.KindGroup, w.Target)
	if err != nil {
		return err
	}
	if !t.showsMembers(before) {
		return errMembersHidden
	}
	_, err = t.wire.patch(ctx, directory.KindGroup, w.Target, []operation{{Op: "replace", Path: "members", Value: without(before.entries(), left)}})
	return err
}

// dropByPut is the wizard's form.
func (t *Target) dropByPut(ctx context.Context, w agent.Write, hidden []agent.Member, left []directory.TargetID) error {
	_, err := t.putGroup(ctx, &w, hidden, func(entries []any) []any { return without(entries, left) })
	return err
}

// putGroup reads a group and replaces it with its members changed. A group that does not
// show its members is replaced only if hidden says who they are: everybody else who is in
// it would be lost.
func (t *Target) putGroup(ctx context.Context, w *agent.Write, hidden []agent.Member, change func(entries []any) []any) (resource, error) {
	return t.merge(ctx, directory.KindGroup, w.Target, func(before resource) error {
		entries := before.entries()
		if !t.showsMembers(before) {
			if hidden == nil {
				return errMembersHidden
			}
			entries = memberValues(hidden)
		}
		name := w.Name
		if name == "" {
			name = before.text("displayName")
		}
		// Okta's group PUT carries id, schemas, displayName and members, and never meta
		// (captures); what an extension of the target holds is kept.
		put(before, "displayName", name)
		put(before, "members", change(entries))
		remove(before, "meta")
		return nil
	})
}

// showsMembers reports whether a group can be taken to have exactly the members that it
// shows. Nobody is believed only on a server that has shown somebody before: some answer
// an empty list whoever is in the group (targets.md, rule 3).
func (t *Target) showsMembers(r resource) bool {
	members, readable := t.membersRead(r)
	return readable && (len(members) > 0 || t.membersSeen.Load())
}

// deleteGroup deletes, and takes a group that is gone already as done.
func (t *Target) deleteGroup(ctx context.Context, w agent.Write) (agent.Written, error) {
	if t.profile.Groups.Delete == targetprofile.NoDelete {
		return agent.Written{}, &agent.Answer{Class: agent.Refused, Err: errors.New("the target refuses to delete groups (groups.delete of its profile); delete it there by hand")}
	}
	if err := t.wire.remove(ctx, directory.KindGroup, w.Target); err != nil && !notFound(err) {
		return agent.Written{}, err
	}
	if _, err := t.wire.get(ctx, directory.KindGroup, w.Target); err == nil {
		return agent.Written{ID: w.Target, Effect: agent.Ignored}, nil
	}
	return agent.Written{ID: w.Target, Effect: agent.Applied}, nil
}

// membership is what a look at a group showed.
type membership struct {
	ids      []directory.TargetID
	readable bool
}

// look returns the members of a group: those in answer when it shows all of want,
// otherwise those of one GET. A group that shows nobody counts as unreadable as long as
// no group of this server has ever shown anybody, since unreadable is not empty. Where
// the profile knows another way of reading members, those in ask are asked for in it.
func (t *Target) look(ctx context.Context, id directory.TargetID, answer resource, want, ask []directory.TargetID) membership {
	if len(want) > 0 && answer.showsAll(want) {
		members, _ := answer.members()
		return membership{members, true}
	}
	r, err := t.wire.get(ctx, directory.KindGroup, id)
	if err != nil {
		return membership{}
	}
	members, _ := r.members()
	if t.showsMembers(r) {
		return membership{members, true}
	}
	if in, ok := t.ask(ctx, id, ask); ok {
		return membership{in, true}
	}
	return membership{members, false}
}

// missing returns the members of want that are not there; none when nothing can be seen.
func (m membership) missing(want []directory.TargetID) []directory.TargetID {
	if !m.readable {
		return nil
	}
	var missing []directory.TargetID
	for _, id := range want {
		if _, found := slices.BinarySearch(m.ids, id); !found {
			missing = append(missing, id)
		}
	}
	return missing
}

// present returns those of list that are there.
func (m membership) present(list []directory.TargetID) []directory.TargetID {
	var present []directory.TargetID
	for _, id := range list {
		if _, found := slices.BinarySearch(m.ids, id); found {
			present = append(present, id)
		}
	}
	return present
}

func (m membership) judge(asWanted bool) agent.Effect {
	switch {
	case !m.readable:
		return agent.Unreadable
	case asWanted:
		return agent.Applied
	}
	return agent.Ignored
}

// showsAll reports whether a resource lists every one of want as a member.
func (r resource) showsAll(want []directory.TargetID) bool {
	if r == nil {
		return false
	}
	members, shown := r.members()
	return shown && len(membership{members, true}.missing(want)) == 0
}

// entries returns the members of a group as they stand, groups in it included.
func (r resource) entries() []any {
	list, _ := member(r, "members").([]any)
	return list
}

// memberValues are entries as Okta sends them: value and display, no type (captures).
func memberValues(members []agent.Member) []any {
	values := make([]any, len(members))
	for i, m := range members {
		values[i] = memberValue(m)
	}
	return values
}

func memberValue(m agent.Member) map[string]any {
	v := map[string]any{"value": string(m.ID)}
	if m.Display != "" {
		v["display"] = m.Display
	}
	return v
}

func idOf(entry any) directory.TargetID {
	m, _ := entry.(map[string]any)
	value, _ := member(m, "value").(string)
	return directory.TargetID(value)
}

func idsOf(entries []any) map[directory.TargetID]bool {
	set := make(map[directory.TargetID]bool, len(entries))
	for _, e := range entries {
		set[idOf(e)] = true
	}
	return set
}

func without(entries []any, drop []directory.TargetID) []any {
	dropped := setOf(drop)
	return slices.DeleteFunc(slices.Clone(entries), func(e any) bool { return dropped[idOf(e)] })
}

func pick(members []agent.Member, want []directory.TargetID) []agent.Member {
	wanted := setOf(want)
	return slices.DeleteFunc(slices.Clone(members), func(m agent.Member) bool { return !wanted[m.ID] })
}

func setOf(list []directory.TargetID) map[directory.TargetID]bool {
	set := make(map[directory.TargetID]bool, len(list))
	for _, id := range list {
		set[id] = true
	}
	return set
}

func ids(members []agent.Member) []directory.TargetID {
	list := make([]directory.TargetID, len(members))
	for i, m := range members {
		list[i] = m.ID
	}
	return list
}
