package scimtarget

import (
	"context"
	"errors"
	"slices"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
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
	answer, err := t.wire.create(ctx, directory.KindGroup, body)
	if err != nil {
		return agent.Written{}, t.refusedCreate(ctx, directory.KindGroup, "", w.Name, err)
	}
	id := answer.id()
	if len(w.Add) == 0 {
		return agent.Written{ID: id, Effect: agent.Applied}, nil
	}
	const form = "post members"
	if _, shown := answer.members(); !shown && !t.proof.due(form) {
		return agent.Written{ID: id, Effect: agent.Assumed}, nil
	}
	state := t.look(ctx, id, answer, ids(w.Add))
	missing := state.missing(ids(w.Add))
	t.proof.saw(form, state.readable && len(missing) == 0)
	if state.readable && len(missing) == 0 {
		return agent.Written{ID: id, Effect: agent.Applied}, nil
	}
	// Members in a POST are dropped by some servers and a later add works (Okta always
	// sends one). What goes wrong from here on is no reason to lose the group.
	rest := w.Add
	if state.readable {
		rest = pick(w.Add, missing)
	}
	written, err := t.addMembers(ctx, agent.Write{Verb: w.Verb, Kind: w.Kind, Target: id, Name: w.Name, Add: rest})
	if err != nil {
		return agent.Written{ID: id, Effect: agent.Ignored, NotAdded: ids(rest)}, nil //nolint:nilerr // reported as members that are missing; the next run adds them
	}
	return written, nil
}

// renameGroup sends the name alone (catalog) or reads and replaces (wizard). A wizard app
// too sends the name alone where a PUT could lose members that are not shown.
func (t *Target) renameGroup(ctx context.Context, w agent.Write) (agent.Written, error) {
	patch := func() (resource, error) {
		return t.wire.patch(ctx, directory.KindGroup, w.Target, []operation{{
			Op: "replace", Value: map[string]any{"id": string(w.Target), "displayName": w.Name},
		}})
	}
	put := func() (resource, error) {
		return t.putGroup(ctx, w.Target, w.Name, func(entries []any) []any { return entries })
	}
	first, second, instead := patch, put, unsupported
	if t.dialect == Wizard {
		first, second, instead = put, patch, func(err error) bool { return errors.Is(err, errMembersHidden) }
	}
	answer, err := first()
	if instead(err) {
		refusal := err
		if answer, err = second(); t.dialect == Wizard && unsupported(err) {
			err = refusal
		}
	}
	if err != nil {
		return agent.Written{}, err
	}
	written := agent.Written{ID: w.Target, Effect: agent.Applied}
	if answer == nil || answer.text("displayName") != w.Name {
		r, err := t.wire.get(ctx, directory.KindGroup, w.Target)
		switch {
		case err != nil:
			written.Effect = agent.Unreadable
		case r.text("displayName") != w.Name:
			written.Effect = agent.Ignored
		}
	}
	return written, nil
}

// addMembers adds people, at most membersPerPatch in one request.
func (t *Target) addMembers(ctx context.Context, w agent.Write) (agent.Written, error) {
	want := ids(w.Add)
	if t.dialect == Wizard {
		return t.addByPut(ctx, w)
	}
	answer, err := t.patchMembersIn(ctx, w)
	if unsupported(err) {
		return t.addByPut(ctx, w)
	}
	if err != nil {
		return agent.Written{}, err
	}
	const form = "add members"
	if !answer.showsAll(want) && !t.proof.due(form) && answer == nil {
		return agent.Written{ID: w.Target, Effect: agent.Assumed}, nil
	}
	state := t.look(ctx, w.Target, answer, want)
	missing := state.missing(want)
	t.proof.saw(form, len(missing) == 0 && state.readable)
	return agent.Written{ID: w.Target, Effect: state.judge(len(missing) == 0), NotAdded: missing}, nil
}

// patchMembersIn returns the answer to the last PATCH.
func (t *Target) patchMembersIn(ctx context.Context, w agent.Write) (answer resource, err error) {
	for batch := range slices.Chunk(w.Add, t.membersPerPatch) {
		answer, err = t.wire.patch(ctx, directory.KindGroup, w.Target, []operation{{Op: "add", Path: "members", Value: memberValues(batch)}})
		if err != nil {
			return nil, err
		}
		if answer.showsAll(ids(batch)) {
			t.membersSeen.Store(true)
		}
	}
	return answer, nil
}

// addByPut reads and replaces. Where a PUT could lose members that are not shown, a PATCH
// adds without that risk; a wizard app's server may refuse it, and then it is said why
// there was no PUT.
func (t *Target) addByPut(ctx context.Context, w agent.Write) (agent.Written, error) {
	want := ids(w.Add)
	answer, err := t.putGroup(ctx, w.Target, w.Name, func(entries []any) []any {
		there := idsOf(entries)
		for _, m := range w.Add {
			if !there[m.ID] {
				entries = append(entries, memberValue(m))
			}
		}
		return entries
	})
	if errors.Is(err, errMembersHidden) && t.dialect == Wizard {
		if answer, err = t.patchMembersIn(ctx, w); unsupported(err) {
			err = errMembersHidden
		}
	}
	if err != nil {
		return agent.Written{}, err
	}
	state := t.look(ctx, w.Target, answer, want)
	missing := state.missing(want)
	return agent.Written{ID: w.Target, Effect: state.judge(len(missing) == 0), NotAdded: missing}, nil
}

// dropMembers takes people out. No form works everywhere (targets.md, rule 6), so each
// is followed by a look, and the next one is tried for those who are still there. The
// answer to a removal is not believed: what is in the group counts.
func (t *Target) dropMembers(ctx context.Context, w agent.Write) (agent.Written, error) {
	forms := []func(context.Context, agent.Write, []directory.TargetID) error{t.dropByFilter, t.dropByReplace, t.dropByPut}
	if t.dialect == Wizard {
		forms = forms[2:]
	}
	left := ids(w.Drop)
	var refusal error
	for _, drop := range forms {
		err := drop(ctx, w, left)
		if err != nil {
			if ctx.Err() != nil {
				return agent.Written{}, err
			}
			refusal = err
		}
		state := t.look(ctx, w.Target, nil, nil)
		if !state.readable {
			if err != nil {
				return agent.Written{}, err
			}
			return agent.Written{ID: w.Target, Effect: agent.Unreadable}, nil
		}
		if left = state.present(left); len(left) == 0 {
			return agent.Written{ID: w.Target, Effect: agent.Applied}, nil
		}
	}
	if refusal != nil && len(left) == len(w.Drop) {
		return agent.Written{}, refusal
	}
	return agent.Written{ID: w.Target, Effect: agent.Ignored, NotDropped: left}, nil
}

// dropByFilter is Okta's form: one operation a member, by value.
func (t *Target) dropByFilter(ctx context.Context, w agent.Write, left []directory.TargetID) error {
	for batch := range slices.Chunk(left, t.membersPerPatch) {
		operations := make([]operation, len(batch))
		for i, id := range batch {
			operations[i] = operation{Op: "remove", Path: "members[value eq " + quote(string(id)) + "]"}
		}
		if _, err := t.wire.patch(ctx, directory.KindGroup, w.Target, operations); err != nil {
			return err
		}
	}
	return nil
}

// dropByReplace is Okta's "Push Now": the whole list, by path.
func (t *Target) dropByReplace(ctx context.Context, w agent.Write, left []directory.TargetID) error {
	before, err := t.wire.get(ctx, directory.KindGroup, w.Target)
	if err != nil {
		return err
	}
	_, err = t.wire.patch(ctx, directory.KindGroup, w.Target, []operation{{Op: "replace", Path: "members", Value: without(before.entries(), left)}})
	return err
}

// dropByPut is the wizard's form.
func (t *Target) dropByPut(ctx context.Context, w agent.Write, left []directory.TargetID) error {
	_, err := t.putGroup(ctx, w.Target, w.Name, func(entries []any) []any { return without(entries, left) })
	return err
}

// putGroup reads a group and replaces it with its members changed. A group that does not
// show its members is not replaced: who is in it would be lost.
func (t *Target) putGroup(ctx context.Context, id directory.TargetID, name string, change func(entries []any) []any) (resource, error) {
	return t.merge(ctx, directory.KindGroup, id, func(before resource) error {
		if _, readable := t.membersRead(before); !readable {
			return errMembersHidden
		}
		if name == "" {
			name = before.text("displayName")
		}
		// Okta's group PUT carries id, schemas, displayName and members, and never meta
		// (captures); what an extension of the target holds is kept.
		put(before, "displayName", name)
		put(before, "members", change(before.entries()))
		remove(before, "meta")
		return nil
	})
}

// deleteGroup deletes, and takes a group that is gone already as done.
func (t *Target) deleteGroup(ctx context.Context, w agent.Write) (agent.Written, error) {
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
// no group of this server has ever shown anybody, since unreadable is not empty.
func (t *Target) look(ctx context.Context, id directory.TargetID, answer resource, want []directory.TargetID) membership {
	if len(want) > 0 && answer.showsAll(want) {
		members, _ := answer.members()
		return membership{members, true}
	}
	r, err := t.wire.get(ctx, directory.KindGroup, id)
	if err != nil {
		return membership{}
	}
	members, readable := t.membersRead(r)
	return membership{members, readable && (len(members) > 0 || t.membersSeen.Load())}
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
