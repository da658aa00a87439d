package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
	"github.com/oktascim/oktascim/internal/config"
)

// historyShown is how many journal entries of a record are told.
const historyShown = 20

func newExplain(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explain",
		Short: "Say everything about one person or group",
		Long: `Read both sides and say of one record what Okta asks for and why, which object of the
target it is and why, what differs, what the next run would do, and which runs have touched
it. Nothing is changed.`,
		Example: `  oktascim explain user ada@example.com
  oktascim explain group Engineering`,
	}
	for _, kind := range []directory.Kind{directory.KindUser, directory.KindGroup} {
		sub := &cobra.Command{
			Use: kind.String() + " NAME", Short: "Say everything about one " + map[directory.Kind]string{directory.KindUser: "person, by userName or Okta id", directory.KindGroup: "group, by name or Okta id"}[kind],
			Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error { return p.explain(cmd.Context(), kind, args[0]) },
		}
		p.addConnectionFlag(sub)
		p.addOutputFlag(sub)
		cmd.AddCommand(sub)
	}
	return cmd
}

// explainDocument is an explanation as JSON.
type explainDocument struct {
	Connection string            `json:"connection"`
	Kind       string            `json:"kind"`
	Okta       *explainedOkta    `json:"okta"`
	Link       *explainedLink    `json:"link"`
	Target     *explainedTarget  `json:"target"`
	Groups     []explainedPlace  `json:"groups,omitempty"`
	Members    *explainedMembers `json:"members,omitempty"`
	Task       *taskDocument     `json:"task,omitempty"`
	Leaving    *time.Time        `json:"leaving,omitempty"`
	Plan       plan.Document     `json:"plan"`
	History    []explainedEntry  `json:"history"`
	SourceGaps []directory.Gap   `json:"sourceGaps,omitempty"`
	TargetGaps []directory.Gap   `json:"targetGaps,omitempty"`
}

type explainedOkta struct {
	ID         directory.SourceID   `json:"id"`
	Name       string               `json:"name"`
	Via        string               `json:"via,omitempty"`
	Blocked    string               `json:"blocked,omitempty"`
	Paused     bool                 `json:"paused,omitempty"`
	Attributes []explainedAttribute `json:"attributes,omitempty"`
}

type explainedAttribute struct {
	Path string `json:"path"`
	// Okta is what is wanted, Target what is there, each as JSON text, empty for none.
	Okta   directory.Value `json:"okta"`
	Target directory.Value `json:"target"`
}

type explainedLink struct {
	Target      directory.TargetID `json:"target"`
	Origin      directory.Origin   `json:"origin"`
	Name        string             `json:"name"`
	Deactivated bool               `json:"deactivated,omitempty"`
}

type explainedTarget struct {
	ID         directory.TargetID `json:"id"`
	Name       string             `json:"name"`
	ExternalID string             `json:"externalId,omitempty"`
	Active     *bool              `json:"active,omitempty"`
}

type explainedPlace struct {
	Name       string `json:"name"`
	Okta       bool   `json:"okta"`
	Target     bool   `json:"target"`
	Unreadable bool   `json:"unreadable,omitempty"`
}

type explainedMembers struct {
	Missing []string `json:"missing,omitempty"`
	Extra   []string `json:"extra,omitempty"`
	Waiting []string `json:"waiting,omitempty"`
}

type explainedEntry struct {
	At     time.Time `json:"at"`
	Verb   string    `json:"verb"`
	Result string    `json:"result"`
	Error  string    `json:"error,omitempty"`
}

func (p *program) explain(ctx context.Context, kind directory.Kind, name string) error {
	asJSON, err := p.json()
	if err != nil {
		return err
	}
	documents := []explainDocument{}
	var failed error
	err = p.withLedger(func(c *config.Config, picked []*config.Connection, db store) error { //nolint:contextcheck // a commit of the ledger is not cancelled
		log, err := newLog(c.Log, zerolog.WarnLevel, p.stderr)
		if err != nil {
			return err
		}
		for _, k := range picked {
			d, err := p.explainOne(ctx, c, k, db, kind, name, log)
			if err != nil {
				failed = fmt.Errorf("connection %s: %s", k.Name, inWords(err))
				continue
			}
			documents = append(documents, d)
		}
		return nil
	})
	// A record of one connection need not be one of another.
	if err == nil && len(documents) == 0 {
		err = failed
	}
	if err != nil {
		return err
	}
	if asJSON {
		return writeJSON(p.stdout, map[string]any{"records": documents})
	}
	for i := range documents {
		if i > 0 {
			fmt.Fprintln(p.stdout)
		}
		if err := documents[i].write(p.stdout, len(documents) > 1); err != nil {
			return err
		}
	}
	return nil
}

func (p *program) explainOne(ctx context.Context, c *config.Config, k *config.Connection, db store, kind directory.Kind, name string, log zerolog.Logger) (explainDocument, error) {
	both, err := connect(c, k, log)
	if err != nil {
		return explainDocument{}, err
	}
	events, end := p.progress()
	defer end()
	a, err := both.newAgent(c, db, wish{patient: true, events: events}, log)
	if err != nil {
		return explainDocument{}, err
	}
	x, err := a.Explain(ctx, kind, name)
	if err != nil {
		return explainDocument{}, err
	}
	d := documentOf(k.Name, &x)
	source := sourceOf(&x)
	if source == "" {
		return d, nil
	}
	entries, err := db.History(ctx, k.Name, kind, source, historyShown)
	for _, e := range entries {
		result := string(e.Result)
		if e.Closed.IsZero() {
			result = "open"
		}
		d.History = append(d.History, explainedEntry{At: e.Begun, Verb: string(e.Verb), Result: result, Error: e.Error})
	}
	return d, err
}

func sourceOf(x *agent.Explanation) directory.SourceID {
	switch {
	case x.User != nil:
		return x.User.ID
	case x.Group != nil:
		return x.Group.ID
	case x.Link != nil:
		return x.Link.Source
	}
	return ""
}

func documentOf(connection string, x *agent.Explanation) explainDocument {
	d := explainDocument{
		Connection: connection, Kind: x.Kind.String(), Plan: x.Plan.Document(), History: []explainedEntry{},
		SourceGaps: x.SourceGaps, TargetGaps: x.TargetGaps,
	}
	if u := x.User; u != nil {
		d.Okta = &explainedOkta{ID: u.ID, Name: u.UserName, Via: u.Via, Blocked: u.Blocked}
		for _, at := range u.Attributes {
			e := explainedAttribute{Path: at.Path, Okta: at.Value}
			if x.Account != nil {
				e.Target = x.Account.Attributes.Get(at.Path)
			}
			d.Okta.Attributes = append(d.Okta.Attributes, e)
		}
	}
	if g := x.Group; g != nil {
		d.Okta = &explainedOkta{ID: g.ID, Name: g.Name, Paused: g.Paused}
	}
	if l := x.Link; l != nil {
		d.Link = &explainedLink{Target: l.Target, Origin: l.Origin, Name: l.Name, Deactivated: l.Deactivated}
	}
	if u := x.Account; u != nil {
		d.Target = &explainedTarget{ID: u.ID, Name: u.UserName, ExternalID: u.ExternalID}
		if !u.ActiveUnreadable {
			d.Target.Active = &u.Active
		}
	}
	if g := x.Team; g != nil {
		d.Target = &explainedTarget{ID: g.ID, Name: g.Name, ExternalID: g.ExternalID}
	}
	for _, pl := range x.Places {
		d.Groups = append(d.Groups, explainedPlace{Name: pl.Name, Okta: pl.Wanted, Target: pl.In, Unreadable: pl.Unreadable})
	}
	if len(x.Missing)+len(x.Extra)+len(x.Waiting) > 0 {
		d.Members = &explainedMembers{Missing: x.Missing, Extra: x.Extra, Waiting: x.Waiting}
	}
	if x.Task != nil {
		t := documentOfTask(connection, x.Task)
		d.Task = &t
	}
	if !x.Leaving.IsZero() {
		d.Leaving = &x.Leaving
	}
	return d
}

// write tells it to a person.
func (d *explainDocument) write(w io.Writer, title bool) error {
	var b strings.Builder
	if title {
		fmt.Fprintf(&b, "== %s\n", d.Connection)
	}
	d.writeSides(&b)
	d.writeDifferences(&b)
	if d.Task != nil {
		next := "left to a person: oktascim tasks retry"
		if d.Task.Next != nil {
			next = "tried again after " + shownTime(*d.Task.Next)
		}
		fmt.Fprintf(&b, "failed:   %s, %s, %s\n", d.Task.Class, count(d.Task.Tries, "try", "tries"), next)
		fmt.Fprintf(&b, "          %s\n", shown(d.Task.Detail))
	}
	if d.Leaving != nil {
		fmt.Fprintf(&b, "leaving:  seen to be unassigned since %s\n", shownTime(*d.Leaving))
	}
	for _, l := range []struct {
		side string
		gaps []directory.Gap
	}{{"Okta", d.SourceGaps}, {"the target", d.TargetGaps}} {
		for _, g := range l.gaps {
			fmt.Fprintf(&b, "gap:      %s was not read whole: %s: %s\n", l.side, shown(g.Where), shown(g.Why))
		}
	}
	d.writePlan(&b)
	for i, e := range d.History {
		head := "history:"
		if i > 0 {
			head = ""
		}
		fmt.Fprintf(&b, "%-9s %s %s %s", head, e.At.Format("2006-01-02 15:04:05 UTC"), e.Verb, e.Result)
		if e.Error != "" {
			fmt.Fprintf(&b, ": %s", shown(e.Error))
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeSides says what Okta asks for, what the target has and what ties the two.
func (d *explainDocument) writeSides(b *strings.Builder) {
	switch o := d.Okta; {
	case o == nil:
		fmt.Fprintf(b, "Okta:     %s\n", map[string]string{"user": "not assigned", "group": "not pushed"}[d.Kind])
	case d.Kind == "user":
		fmt.Fprintf(b, "Okta:     %s (%s), %s\n", shown(o.Name), o.ID, shown(assignedBy(o.Via)))
		if o.Blocked != "" {
			fmt.Fprintf(b, "          left alone: %s\n", shown(o.Blocked))
		}
	case o.Paused:
		fmt.Fprintf(b, "Okta:     %s (%s), its push is inactive\n", shown(o.Name), o.ID)
	default:
		fmt.Fprintf(b, "Okta:     %s (%s), pushed\n", shown(o.Name), o.ID)
	}
	switch l := d.Link; {
	case l == nil && d.Target != nil && d.Okta == nil:
		fmt.Fprintf(b, "link:     none: it is not ours\n")
	case l == nil:
		fmt.Fprintf(b, "link:     none yet\n")
	default:
		off := ""
		if l.Deactivated {
			off = ", switched off by us"
		}
		fmt.Fprintf(b, "link:     to %s, %s%s\n", shown(string(l.Target)), madeHow(l.Origin), off)
	}
	switch t := d.Target; {
	case t == nil && d.Link != nil:
		fmt.Fprintf(b, "target:   does not show it\n")
	case t == nil:
		fmt.Fprintf(b, "target:   nothing there\n")
	default:
		fmt.Fprintf(b, "target:   %s (%s)", shown(t.Name), shown(string(t.ID)))
		if t.ExternalID != "" {
			fmt.Fprintf(b, ", externalId %s", shown(t.ExternalID))
		}
		if t.Active != nil {
			fmt.Fprintf(b, ", %s", map[bool]string{true: "active", false: "inactive"}[*t.Active])
		}
		b.WriteByte('\n')
	}
}

func assignedBy(via string) string {
	if via == "" || via == "direct" {
		return "assigned directly"
	}
	return "assigned through " + via
}

func madeHow(o directory.Origin) string {
	switch o {
	case directory.OriginCreated:
		return "made by oktascim"
	case directory.OriginAdopted:
		return "found there and adopted"
	case directory.OriginLinked:
		return "linked by a person"
	}
	return string(o)
}

func (d *explainDocument) writeDifferences(b *strings.Builder) {
	if d.Okta != nil {
		for _, a := range d.Okta.Attributes {
			if a.Okta == "" && a.Target == "" {
				continue
			}
			mark := " "
			if d.Target != nil && a.Okta != a.Target {
				mark = "≠"
			}
			fmt.Fprintf(b, "        %s %s: %s", mark, shown(a.Path), shownValue(a.Okta))
			if mark != " " {
				fmt.Fprintf(b, ", in the target %s", shownValue(a.Target))
			}
			b.WriteByte('\n')
		}
	}
	for _, g := range d.Groups {
		text := "in it on both sides"
		switch {
		case g.Unreadable:
			text = "pushed; the target does not show who is in it"
		case g.Okta && !g.Target:
			text = "≠ in it in Okta, not in the target"
		case g.Target && !g.Okta:
			text = "≠ in it in the target, not in Okta"
		}
		fmt.Fprintf(b, "group:    %s: %s\n", shown(g.Name), text)
	}
	if m := d.Members; m != nil {
		for _, l := range []struct {
			what string
			list []string
		}{{"not in it yet", m.Missing}, {"in it, not in Okta's", m.Extra}, {"without an account yet", m.Waiting}} {
			if len(l.list) > 0 {
				fmt.Fprintf(b, "members:  %s: %s\n", l.what, shown(strings.Join(l.list, ", ")))
			}
		}
	}
}

func shownValue(v directory.Value) string {
	if v == "" {
		return "(none)"
	}
	return shown(string(v))
}

func (d *explainDocument) writePlan(b *strings.Builder) {
	head := "next run:"
	say := func(text string) {
		fmt.Fprintf(b, "%-9s %s\n", head, text)
		head = ""
	}
	for _, c := range d.Plan.Changes {
		say(fmt.Sprintf("%s: %s", c, shown(c.Why)))
	}
	for _, list := range [][]plan.DocumentChange{d.Plan.Withheld, d.Plan.Pending} {
		for _, c := range list {
			say(fmt.Sprintf("not %s: %s", c, shown(c.Why)))
		}
	}
	for _, n := range d.Plan.Notices {
		if n.Kind != "" {
			say(shown(n.Text))
		}
	}
	if head != "" {
		say("nothing to do")
	}
}
