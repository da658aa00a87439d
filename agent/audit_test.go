package agent_test

import (
	"slices"
	"testing"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
)

// found writes drift in short: "missing access ada@x.test in Eng".
func found(r agent.AuditReport) []string {
	var list []string
	for _, d := range r.Drift {
		s := string(d.Is) + " " + d.Name
		if d.Group != "" {
			s += " in " + d.Group
		}
		if d.Path != "" {
			s += " " + d.Path + " " + string(d.Have) + " -> " + string(d.Want)
		}
		list = append(list, s)
	}
	slices.Sort(list)
	return list
}

func (c *connection) audit() agent.AuditReport {
	c.t.Helper()
	a, err := agent.New(c.Options)
	if err != nil {
		c.t.Fatal(err)
	}
	r, err := a.Audit(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	return r
}

func TestAnAuditSaysWhoHasWhatOktaDoesNotKnowAndWhoLacksIt(t *testing.T) {
	c := connect(t, desired([]string{"ada", "bob", "cat"}, team{"Eng", []string{"ada", "bob"}}))
	c.run(agent.ModeApply)
	same(t, "in line", found(c.audit()), []string(nil))

	c.wants(desired([]string{"ada", "bob", "dan"}, team{"Eng", []string{"bob", "dan"}}))
	root := c.server.put(account("root"))
	eng := c.server.groups[c.link("00g-Eng").Target]
	eng.Members = append(eng.Members, root)
	slices.Sort(eng.Members)
	c.server.users[c.link("00u-bob").Target].Active = false
	c.server.users[c.link("00u-ada").Target].Attributes = person("ada", "Boss").Attributes
	c.Ledger = frozen{c.Ledger}
	want := []string{
		`differs ada@x.test title "Boss" -> "Engineer"`,
		"leftover access ada@x.test in Eng",
		"leftover access cat@x.test",
		"missing access bob@x.test",
		"missing access dan@x.test",
		"missing access dan@x.test in Eng",
		"unknown access root@x.test",
		"unknown access root@x.test in Eng",
	}
	same(t, "drift", found(c.audit()), want)

	// What the switches and the policy let a run do is another matter.
	d := desired([]string{"ada", "bob", "dan"}, team{"Eng", []string{"bob", "dan"}})
	d.Switches = directory.Switches{}
	c.wants(d)
	c.Audit = true
	same(t, "drift with all switches off", found(c.audit()), want)
}

func TestAnAuditOfHalfAReadingAccusesNobody(t *testing.T) {
	c := connect(t, desired([]string{"ada", "bob"}))
	c.run(agent.ModeApply)
	d := desired([]string{"ada"})
	d.Evidence.Add("app users", "cut off")
	c.wants(d)
	r := c.audit()
	same(t, "drift", found(r), []string(nil))
	same(t, "whole", r.Whole(), false)
}
