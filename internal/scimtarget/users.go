package scimtarget

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
	"github.com/oktascim/oktascim/internal/targetprofile"
)

// createUser sends Okta's POST. A conflict, and a lookup that was asked for, end in
// [agent.Exists] when the person is there.
func (t *Target) createUser(ctx context.Context, w agent.Write) (agent.Written, error) {
	external := string(w.User.ID)
	if w.LookFirst {
		if err := t.mustBeNew(ctx, directory.KindUser, external, w.User.UserName); err != nil {
			return agent.Written{}, err
		}
	}
	body, err := newUserBody(w.User)
	if err != nil {
		return agent.Written{}, err
	}
	t.strip(directory.KindUser, body)
	answer, err := t.postUser(ctx, body)
	if err != nil {
		err = t.refusedCreate(ctx, directory.KindUser, external, w.User.UserName, err)
		if w.Target != "" && conflict(err) && t.wakeHidden(ctx, w) {
			return agent.Written{ID: w.Target, Effect: agent.Applied}, nil
		}
		return agent.Written{}, err
	}
	written := agent.Written{ID: answer.id()}
	if answer.text("userName") == "" {
		// Only the id came back: one GET tells the rest.
		if answer, err = t.wire.get(ctx, directory.KindUser, written.ID); err != nil {
			written.Effect = agent.Unreadable
			return written, nil //nolint:nilerr // the account exists and its id is known; what it holds shows in the next run
		}
	}
	return t.compare(answer, w.User, true, written), nil
}

// postUser sends Okta's body, and where that is refused one without what the person does
// not need: some servers take neither an empty `groups` nor a password (targets.md, rule
// 9). The first refusal is what is reported.
func (t *Target) postUser(ctx context.Context, body resource) (resource, error) {
	if t.lean.Load() {
		slim(body)
	}
	answer, err := t.wire.create(ctx, directory.KindUser, body)
	if status(err) != http.StatusBadRequest || !slim(body) {
		return answer, err
	}
	second, errSecond := t.wire.create(ctx, directory.KindUser, body)
	if status(errSecond) == http.StatusBadRequest {
		return nil, err
	}
	if errSecond == nil {
		t.lean.Store(true)
	}
	return second, errSecond
}

// slim takes `groups` and the password out of a body, and reports whether there were any.
func slim(body resource) bool {
	n := len(body)
	remove(body, "groups")
	remove(body, "password")
	return len(body) < n
}

// wakeHidden switches on an account that nobody can see and that is in the way of a new
// one: some servers answer for those who are switched off as if they were gone, and keep
// their userName. It reports whether the account is to be seen as that person's again;
// the next run brings the rest in line.
func (t *Target) wakeHidden(ctx context.Context, w agent.Write) bool {
	if _, err := t.patchActive(ctx, w.Target, true); err != nil {
		return false
	}
	r, err := t.wire.get(ctx, directory.KindUser, w.Target)
	if err != nil {
		return false
	}
	if equals("userName", r.text("userName"), w.User.UserName) || r.text("externalId") == string(w.User.ID) {
		return r.active()
	}
	// The id has been given to somebody else.
	if _, err := t.patchActive(ctx, w.Target, false); err != nil {
		t.log.Warn().Err(err).Str("target", string(w.Target)).Msg("an account of somebody else was switched on, and could not be switched off again")
	}
	return false
}

// mustBeNew returns [agent.Exists] if the record is in the target.
func (t *Target) mustBeNew(ctx context.Context, kind directory.Kind, externalID, name string) error {
	found, err := t.Find(ctx, kind, externalID, name)
	if err != nil {
		return err
	}
	if len(found) > 0 {
		return &agent.Exists{Found: found}
	}
	return nil
}

// refusedCreate turns the error of a POST into what the agent can act on.
func (t *Target) refusedCreate(ctx context.Context, kind directory.Kind, externalID, name string, err error) error {
	if conflict(err) {
		if exists := t.mustBeNew(ctx, kind, externalID, name); exists != nil {
			return exists
		}
		return fmt.Errorf("%w; a search finds none: the target may hide it, switched off perhaps, and a person has to bring it back there", err)
	}
	if maybeProcessed(err) {
		return &agent.MaybeWritten{Err: err}
	}
	return err
}

// updateUser reads, merges and replaces, as Okta does for profiles in both dialects. A
// catalog app switches the person on by PATCH first.
func (t *Target) updateUser(ctx context.Context, w agent.Write) (agent.Written, error) {
	reactivate := w.Verb == plan.Reactivate
	if reactivate && t.dialect == Catalog && !t.forbidden(formActive) {
		answer, err := t.patchActive(ctx, w.Target, true)
		if err == nil && len(w.Fields) == 0 {
			written, err := t.readBack(ctx, "patch active", w.Target, answer, func(r resource) agent.Written {
				return activeIs(true, r, agent.Written{ID: w.Target})
			})
			if err != nil || written.Effect != agent.Ignored {
				return written, err
			}
		}
		if err != nil && !unsupported(err) {
			return agent.Written{}, err
		}
	}
	answer, err := t.merge(ctx, directory.KindUser, w.Target, func(before resource) error {
		for _, f := range w.Fields {
			p, err := parsePath(f.Path)
			if err != nil {
				return err
			}
			if err := p.set(before, f.To); err != nil {
				return err
			}
		}
		if text, is := member(before, "active").(string); is {
			// Shown as text, which many servers do not take back (targets.md, rule 2).
			put(before, "active", !strings.EqualFold(text, "false"))
		}
		if reactivate {
			put(before, "active", true)
			// Okta's sync PUT after a link or a reactivation carries no groups (captures).
			put(before, "groups", []any{})
		}
		return nil
	})
	if err != nil {
		return agent.Written{}, err
	}
	judge := func(r resource) agent.Written {
		return t.compareFields(r, w.Fields, reactivate, agent.Written{ID: w.Target})
	}
	written, err := t.readBack(ctx, "put user", w.Target, answer, judge)
	if err != nil || written.Ignored.Get("active") == "" || t.dialect != Wizard {
		return written, err
	}
	if answer, err = t.patchActive(ctx, w.Target, true); err != nil {
		return written, nil //nolint:nilerr // the other form was only a second chance
	}
	return t.readBack(ctx, "patch active", w.Target, answer, judge)
}

// patchActive is the catalog's form of switching a person on or off.
func (t *Target) patchActive(ctx context.Context, id directory.TargetID, active bool) (resource, error) {
	op := operation{Op: "replace", Value: map[string]any{"active": active}}
	if u := t.profile.Patch.Users; u.ByPath == targetprofile.Works && u.WithoutPath != targetprofile.Works {
		op = operation{Op: "replace", Path: "active", Value: active}
	}
	return t.wire.patch(ctx, directory.KindUser, id, []operation{op})
}

// deactivateUser sets active to false, in the dialect's form, and in the other one when
// that is refused or does nothing. It is a removal, so it is always looked at.
func (t *Target) deactivateUser(ctx context.Context, w agent.Write) (agent.Written, error) {
	forms := []way[func() (resource, error)]{
		{formActive, func() (resource, error) { return t.patchActive(ctx, w.Target, false) }},
		{putUsers, func() (resource, error) { return t.putInactive(ctx, w.Target) }},
	}
	if t.dialect == Wizard {
		slices.Reverse(forms)
	}
	refusals := refusals{learned: &t.learned}
	var written agent.Written
	for _, form := range arrange(t, forms) {
		answer, err := form.do()
		if err != nil {
			if written.Effect == "" && !refusals.add(form.name, err) {
				return agent.Written{}, err
			}
			continue
		}
		if answer == nil || answer.active() {
			if answer, err = t.wire.get(ctx, directory.KindUser, w.Target); err != nil {
				return agent.Written{ID: w.Target, Effect: agent.Unreadable}, nil //nolint:nilerr // the write was taken; the next run looks again
			}
		}
		if written = activeIs(false, answer, agent.Written{ID: w.Target}); written.Effect != agent.Ignored {
			refusals.worked()
			return written, nil
		}
	}
	if written.Effect == "" {
		return agent.Written{}, refusals.err
	}
	return written, nil
}

// putInactive switches a person off the way of the wizard: exactly what was read, with
// active false.
func (t *Target) putInactive(ctx context.Context, id directory.TargetID) (resource, error) {
	return t.merge(ctx, directory.KindUser, id, func(before resource) error {
		put(before, "active", false)
		return nil
	})
}

// readBack judges a write by the resource in its answer, or by one GET when there was
// none and the form is due for a look.
func (t *Target) readBack(ctx context.Context, form string, id directory.TargetID, answer resource, judge func(resource) agent.Written) (agent.Written, error) {
	if answer == nil {
		if !t.proof.due(form) {
			return agent.Written{ID: id, Effect: agent.Assumed}, nil
		}
		r, err := t.wire.get(ctx, directory.KindUser, id)
		if err != nil {
			return agent.Written{ID: id, Effect: agent.Unreadable}, nil //nolint:nilerr // the write was taken; the next run looks again
		}
		answer = r
	}
	written := judge(answer)
	t.proof.saw(form, written.Effect == agent.Applied)
	return written, nil
}

// compare says which of the wanted attributes a new account does not have.
func (t *Target) compare(r resource, want *directory.User[directory.SourceID], active bool, written agent.Written) agent.Written {
	fields := make([]plan.Field, 0, len(want.Attributes)+1)
	fields = append(fields, plan.Field{Path: "externalId", To: directory.Canonical(string(want.ID))})
	for _, a := range want.Attributes {
		fields = append(fields, plan.Field{Path: a.Path, To: a.Value})
	}
	return t.compareFields(r, fields, active, written)
}

func (t *Target) compareFields(r resource, fields []plan.Field, active bool, written agent.Written) agent.Written {
	var ignored []directory.Attribute
	for _, f := range fields {
		p, err := parsePath(f.Path)
		if err != nil {
			continue
		}
		have := p.get(r)
		if have == f.To || strings.EqualFold(f.Path, "userName") && strings.EqualFold(string(have), string(f.To)) {
			continue
		}
		ignored = append(ignored, directory.Attribute{Path: f.Path, Value: f.To})
	}
	if active && !r.active() {
		ignored = append(ignored, directory.Attribute{Path: "active", Value: "true"})
	}
	written.Effect = agent.Applied
	if len(ignored) > 0 {
		written.Effect = agent.Ignored
		written.Ignored = directory.NewAttributes(ignored...)
	}
	return written
}

func activeIs(want bool, r resource, written agent.Written) agent.Written {
	written.Effect = agent.Applied
	switch {
	case !r.hasMember("active"):
		written.Effect = agent.Unreadable
	case r.active() != want:
		written.Effect = agent.Ignored
		written.Ignored = directory.NewAttributes(directory.Attribute{Path: "active", Value: directory.Value(fmt.Sprint(want))})
	}
	return written
}

// newUserBody builds the body of Okta's POST (captures): `groups` empty, a throwaway
// password, no id and no meta.
func newUserBody(u *directory.User[directory.SourceID]) (resource, error) {
	body := resource{
		"schemas": []any{coreUser}, "userName": u.UserName, "externalId": string(u.ID),
		"groups": []any{}, "password": newPassword(), "active": true,
	}
	for _, a := range u.Attributes {
		if a.Value == "" {
			continue
		}
		p, err := parsePath(a.Path)
		if err != nil {
			return nil, err
		}
		if err := p.set(body, a.Value); err != nil {
			return nil, err
		}
	}
	return body, nil
}
