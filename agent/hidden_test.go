package agent_test

import (
	"context"
	"errors"
	"testing"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
)

// hiding is a target that does not show accounts that are switched off, and refuses a
// second one with the same name.
type hiding struct {
	*server
	asked *agent.ReadRequest
}

func (h hiding) Read(ctx context.Context, want agent.ReadRequest) (directory.Current, error) {
	*h.asked = want
	c, err := h.server.Read(ctx, want)
	shown := c.Users[:0]
	for _, u := range c.Users {
		if u.Active {
			shown = append(shown, u)
		}
	}
	c.Users = shown
	return c, err
}

func (h hiding) Write(ctx context.Context, w agent.Write) (agent.Written, error) {
	if w.Verb != plan.Create || w.Kind != directory.KindUser {
		return h.server.Write(ctx, w)
	}
	for _, u := range h.users {
		if u.UserName != w.User.UserName {
			continue
		}
		if w.Target != u.ID {
			return agent.Written{}, errors.New("409: uniqueness")
		}
		u.Active = true
		return agent.Written{ID: u.ID, Effect: agent.Applied}, nil
	}
	return h.server.Write(ctx, w)
}

func TestSomebodyWhoIsSwitchedOffAndHiddenKeepsTheirAccount(t *testing.T) {
	c := connect(t, desired([]string{"ada", "bob"}, team{"Eng", []string{"ada", "bob"}}))
	var asked agent.ReadRequest
	c.Target = hiding{c.server, &asked}
	c.run(agent.ModeApply)
	bob := c.link("00u-bob").Target

	c.wants(desired([]string{"ada"}, team{"Eng", []string{"ada"}}))
	c.run(agent.ModeApply)
	same(t, "second result", c.run(agent.ModeApply).Result, agent.NothingToDo)
	same(t, "nobody looks for whom it may hide", asked.Users, []directory.TargetID{c.link("00u-ada").Target})

	c.wants(desired([]string{"ada", "bob"}, team{"Eng", []string{"ada", "bob"}}))
	c.run(agent.ModeApply)
	same(t, "target", c.server.has(), []string{"Eng: ada@x.test bob@x.test", "ada@x.test", "bob@x.test"})
	same(t, "link", c.link("00u-bob").Target, bob)
	same(t, "result in the end", c.run(agent.ModeApply).Result, agent.NothingToDo)
}

func TestAGroupIsNotGivenAnAccountThatIsGone(t *testing.T) {
	c := connect(t, desired([]string{"ada", "bob"}, team{"Eng", []string{"bob"}}))
	c.run(agent.ModeApply)
	gone := c.link("00u-ada").Target
	delete(c.server.users, gone)
	c.server.took()
	c.server.before = func(w agent.Write) error {
		if w.Verb == plan.Create {
			return errors.New("400: refused")
		}
		for _, m := range w.Add {
			if m.ID == gone {
				t.Error("the group was given an account that is gone")
			}
		}
		return nil
	}
	c.wants(desired([]string{"ada", "bob", "cat"}, team{"Eng", []string{"ada", "bob"}}))
	r := c.run(agent.ModeApply)
	for _, o := range r.Outcomes {
		if r.Plan.Changes[o.N-1].Verb == plan.Add {
			same(t, "outcome", o.Result, agent.Partial)
			same(t, "left out", o.NotAdded, []string{"ada@x.test"})
		}
	}
}
