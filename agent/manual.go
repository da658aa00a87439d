package agent

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
)

// What a person ties and unties by hand goes through the journal like everything else, so
// that a record's history tells of it.

// Link ties a record of Okta, by name or id, to an object of the target: [plan.Adopt] by
// hand. Both have to be there, and the object must not belong to another record. Nothing
// is sent to the target; the next run brings the object in line.
func (a *Agent) Link(ctx context.Context, kind directory.Kind, name string, target directory.TargetID) (directory.Link, error) {
	var made directory.Link
	err := a.byHand(ctx, func() error {
		in, known, err := a.read(ctx, ModeApply)
		if err != nil {
			return err
		}
		x := explained{in: in, known: &known, of: Explanation{Kind: kind}}
		if !x.find(name) || x.of.User == nil && x.of.Group == nil {
			return &UnknownNames{Names: in.Unknown(plan.Scope{Users: only(kind == directory.KindUser, name), Groups: only(kind == directory.KindGroup, name)})}
		}
		made = directory.Link{Kind: kind, Target: target, Origin: directory.OriginLinked}
		if x.of.User != nil {
			made.Source = x.of.User.ID
		} else {
			made.Source = x.of.Group.ID
		}
		if made.Name, err = nameInTarget(in.Current, kind, target); err != nil {
			return err
		}
		if owner, owned := known.links.owner(kind, target); owned && owner.Source != made.Source {
			return fmt.Errorf("the %s %s belongs to %q (%s): forget that link first", kind, target, owner.Name, owner.Source)
		}
		return a.journal(ctx, Intent{Verb: plan.Adopt, Kind: kind, Source: made.Source, Target: target, Name: made.Name}, Outcome{Result: Done, Link: &made})
	})
	return made, err
}

// nameInTarget finds an object of the target.
func nameInTarget(current directory.Current, kind directory.Kind, id directory.TargetID) (string, error) {
	if kind == directory.KindUser {
		for i := range current.Users {
			if current.Users[i].ID == id {
				return current.Users[i].UserName, nil
			}
		}
	}
	if kind == directory.KindGroup {
		for i := range current.Groups {
			if current.Groups[i].ID == id {
				return current.Groups[i].Name, nil
			}
		}
	}
	return "", fmt.Errorf("the target shows no %s with the id %q", kind, id)
}

// Release gives up the link of a record, by name or Okta id. The object stays as it is,
// unless it is a group that is to be deleted.
func (a *Agent) Release(ctx context.Context, kind directory.Kind, name string, deleteGroup bool) (directory.Link, error) {
	if deleteGroup && kind != directory.KindGroup {
		return directory.Link{}, errors.New("only a group is ever deleted")
	}
	var released directory.Link
	err := a.byHand(ctx, func() error {
		known, err := a.load(ctx, ModeApply)
		if err != nil {
			return err
		}
		var have []string
		for _, l := range known.links.all() {
			if l.Kind != kind {
				continue
			}
			have = append(have, l.Name)
			if string(l.Source) == name || l.Name == name || kind == directory.KindUser && strings.EqualFold(l.Name, name) {
				if released.Source != "" {
					return fmt.Errorf("several links have the name %q: name the one by its Okta id, %s or %s", name, released.Source, l.Source)
				}
				released = l
			}
		}
		if released.Source == "" {
			return &UnknownNames{Names: []plan.UnknownName{{Kind: kind, Name: name, Known: have}}}
		}
		in := Intent{Verb: plan.Forget, Kind: kind, Source: released.Source, Target: released.Target, Name: released.Name}
		if !deleteGroup {
			return a.journal(ctx, in, Outcome{Result: Done, Forget: true})
		}
		in.Verb = plan.Delete
		id, err := a.opts.Ledger.Begin(ctx, in)
		if err != nil {
			return fmt.Errorf("writing the journal: %w", err)
		}
		out := Outcome{Result: Done, Forget: true}
		written, failed := a.opts.Target.Write(ctx, Write{Verb: plan.Delete, Kind: kind, Target: released.Target, Name: released.Name})
		if failed == nil && written.Effect == Ignored {
			failed = errors.New("the target answered with success and did not delete it")
		}
		if failed != nil {
			out = Outcome{Result: Failed, Error: failed.Error()}
		}
		return errors.Join(failed, a.opts.Ledger.Finish(context.WithoutCancel(ctx), id, out))
	})
	return released, err
}

// byHand does something to the links while no run has the connection.
func (a *Agent) byHand(ctx context.Context, do func() error) error {
	release, err := a.acquire(ctx, ModeApply)
	if err != nil {
		return err
	}
	defer release()
	return do()
}

func (a *Agent) journal(ctx context.Context, in Intent, out Outcome) error {
	id, err := a.opts.Ledger.Begin(ctx, in)
	if err != nil {
		return fmt.Errorf("writing the journal: %w", err)
	}
	if err := a.opts.Ledger.Finish(context.WithoutCancel(ctx), id, out); err != nil {
		return fmt.Errorf("writing the ledger: %w", err)
	}
	return nil
}
