package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"text/tabwriter"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/internal/config"
)

func newLinks(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "links",
		Short: "Show and change which object of the target is whose",
		Long: `oktascim only ever changes objects that are linked to a record of Okta. These commands
show the links, tie and untie by hand, and carry them to another ledger.`,
	}
	cmd.AddCommand(newLinksList(p), newLinksLink(p), newLinksUnlink(p), newLinksForget(p), newLinksExport(p), newLinksImport(p))
	return cmd
}

// linksDocument is what export writes and import reads.
type linksDocument struct {
	Format string `json:"format"`
	// Target is what the links are bound to.
	Connection string         `json:"connection"`
	Target     string         `json:"target"`
	Links      []linkDocument `json:"links"`
}

const linksFormat = "oktascim-links/1"

type linkDocument struct {
	Kind    string               `json:"kind"`
	Okta    directory.SourceID   `json:"okta"`
	Target  directory.TargetID   `json:"target"`
	Origin  directory.Origin     `json:"origin"`
	Name    string               `json:"name"`
	Members []directory.SourceID `json:"members,omitempty"`
	// Ignored are values, as JSON text by path, that the target accepted and did not keep.
	Ignored           map[string]directory.Value `json:"ignored,omitempty"`
	MembersUnreadable bool                       `json:"membersUnreadable,omitempty"`
	Deactivated       bool                       `json:"deactivated,omitempty"`
}

func newLinksList(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Short: "List the links",
		RunE: func(cmd *cobra.Command, _ []string) error {
			asJSON, err := p.json()
			if err != nil {
				return err
			}
			return p.withLedger(func(_ *config.Config, picked []*config.Connection, db store) error {
				all := []linksDocument{}
				for _, k := range picked {
					d, err := linksOf(cmd.Context(), db, k.Name)
					if err != nil {
						return err
					}
					all = append(all, d)
				}
				if asJSON {
					return writeJSON(p.stdout, map[string]any{"connections": all})
				}
				return writeLinks(p.stdout, all)
			})
		},
	}
	p.addConnectionFlag(cmd)
	p.addOutputFlag(cmd)
	return cmd
}

func linksOf(ctx context.Context, db store, connection string) (linksDocument, error) {
	state, err := db.Connection(connection).Load(ctx)
	if err != nil {
		return linksDocument{}, fmt.Errorf("connection %s: %w", connection, err)
	}
	d := linksDocument{Format: linksFormat, Connection: connection, Target: state.Identity, Links: []linkDocument{}}
	for i := range state.Links {
		l := &state.Links[i]
		k := linkDocument{
			Kind: l.Kind.String(), Okta: l.Source, Target: l.Target, Origin: l.Origin, Name: l.Name, Members: l.Members,
			MembersUnreadable: l.MembersUnreadable, Deactivated: l.Deactivated,
		}
		for _, at := range l.Ignored {
			if k.Ignored == nil {
				k.Ignored = map[string]directory.Value{}
			}
			k.Ignored[at.Path] = at.Value
		}
		d.Links = append(d.Links, k)
	}
	return d, nil
}

func writeLinks(w io.Writer, all []linksDocument) error {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	n := 0
	for _, d := range all {
		for i := range d.Links {
			l := &d.Links[i]
			if n++; n == 1 {
				fmt.Fprintln(tab, "CONNECTION\tKIND\tNAME\tOKTA\tTARGET\tORIGIN\tSTATE")
			}
			state := "on"
			switch {
			case l.Kind == "group":
				state = count(len(l.Members), "member", "members")
			case l.Deactivated:
				state = "off"
			}
			fmt.Fprintf(tab, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", d.Connection, l.Kind, shown(l.Name), l.Okta, shown(string(l.Target)), l.Origin, state)
		}
	}
	if n == 0 {
		_, err := fmt.Fprintln(w, "No links yet.")
		return err
	}
	return tab.Flush()
}

// kindArg reads the word user or group.
func kindArg(word string) (directory.Kind, error) {
	switch word {
	case "user":
		return directory.KindUser, nil
	case "group":
		return directory.KindGroup, nil
	}
	return 0, fmt.Errorf("%q is neither user nor group", word)
}

func newLinksLink(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "link user|group NAME TARGET-ID",
		Short: "Tie a record of Okta to an object of the target",
		Long: `Say that this person or pushed group of Okta is that object of the target. Both have to be
there, and the object must not be linked to another record. Nothing is sent to the target;
the next run brings the object in line.`,
		Example: `  oktascim links link group Engineering 6f1a9c
  oktascim links link user ada@example.com 2819c223`,
		Args: cobra.ExactArgs(3),
		RunE: func(cmd *cobra.Command, args []string) error {
			kind, err := kindArg(args[0])
			if err != nil {
				return err
			}
			return p.byHand(cmd.Context(), func(ctx context.Context, a *agent.Agent) error {
				l, err := a.Link(ctx, kind, args[1], directory.TargetID(args[2]))
				if err == nil {
					fmt.Fprintf(p.stdout, "linked: %s %s (%s) is %s in the target\n", kind, shown(l.Name), l.Source, shown(string(l.Target)))
				}
				return err
			})
		},
	}
	p.addConnectionFlag(cmd)
	return cmd
}

func newLinksUnlink(p *program) *cobra.Command {
	var deleteGroup bool
	cmd := &cobra.Command{
		Use:   "unlink GROUP",
		Short: "End the link of a pushed group; leave or delete it in the target",
		Long: `End the link of a group, as "Unlink pushed group" in Okta does: the group stays in the target
with its members, or is deleted with --delete-group. End the push in Okta or in the
configuration first, or the next run links the group again.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.byHand(cmd.Context(), func(ctx context.Context, a *agent.Agent) error {
				l, err := a.Release(ctx, directory.KindGroup, args[0], deleteGroup)
				if err == nil {
					fmt.Fprintf(p.stdout, "unlinked: group %s (%s) %s\n", shown(l.Name), shown(string(l.Target)),
						map[bool]string{true: "is deleted in the target", false: "stays in the target"}[deleteGroup])
				}
				return err
			})
		},
	}
	p.addConnectionFlag(cmd)
	cmd.Flags().BoolVar(&deleteGroup, "delete-group", false, "delete the group in the target as well")
	return cmd
}

func newLinksForget(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "forget user|group NAME",
		Short: "Release an object of the target without touching it",
		Long: `End a link. The object stays as it is, and oktascim does not change it any more, unless the
record is still assigned or pushed: then the next run finds the object by externalId or
name and adopts it again.`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			kind, err := kindArg(args[0])
			if err != nil {
				return err
			}
			return p.byHand(cmd.Context(), func(ctx context.Context, a *agent.Agent) error {
				l, err := a.Release(ctx, kind, args[1], false)
				if err == nil {
					fmt.Fprintf(p.stdout, "forgotten: %s %s (%s) stays as it is in the target\n", kind, shown(l.Name), shown(string(l.Target)))
				}
				return err
			})
		},
	}
	p.addConnectionFlag(cmd)
	return cmd
}

// byHand gives a command the agent of exactly one connection.
func (p *program) byHand(ctx context.Context, do func(context.Context, *agent.Agent) error) error {
	return p.withLedger(func(c *config.Config, picked []*config.Connection, db store) error { //nolint:contextcheck // a commit of the ledger is not cancelled
		k, err := p.exactlyOne(picked)
		if err != nil {
			return err
		}
		log, err := newLog(c.Log, zerolog.WarnLevel, p.stderr)
		if err != nil {
			return err
		}
		both, err := connect(c, k, log)
		if err != nil {
			return fmt.Errorf("connection %s: %w", k.Name, err)
		}
		a, err := both.newAgent(c, db, wish{}, log)
		if err != nil {
			return fmt.Errorf("connection %s: %w", k.Name, err)
		}
		if err := do(ctx, a); err != nil {
			return fmt.Errorf("connection %s: %s", k.Name, inWords(err))
		}
		return nil
	})
}

func newLinksExport(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write the links of one connection as JSON, for import or for keeping",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.withLedger(func(_ *config.Config, picked []*config.Connection, db store) error {
				k, err := p.exactlyOne(picked)
				if err != nil {
					return err
				}
				d, err := linksOf(cmd.Context(), db, k.Name)
				if err != nil {
					return err
				}
				return writeJSON(p.stdout, d)
			})
		},
	}
	p.addConnectionFlag(cmd)
	return cmd
}

func newLinksImport(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Take links from a file that export has written",
		Long: `Add the links of a file to the ledger of one connection; those that it has stay. The file
must be of the same target. A link that contradicts one that is there is refused, and then
nothing is taken.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return p.importLinks(cmd.Context(), args[0]) },
	}
	p.addConnectionFlag(cmd)
	return cmd
}

func (p *program) importLinks(ctx context.Context, file string) error {
	links, target, err := readLinks(file)
	if err != nil {
		return err
	}
	return p.withLedger(func(c *config.Config, picked []*config.Connection, db store) error { //nolint:contextcheck // a commit of the ledger is not cancelled
		k, err := p.exactlyOne(picked)
		if err != nil {
			return err
		}
		both, err := connect(c, k, zerolog.Nop())
		if err != nil {
			return fmt.Errorf("connection %s: %w", k.Name, err)
		}
		identity := both.target.Identity()
		if target != identity {
			return fmt.Errorf("the links of %s belong to the target %s, connection %s has %s", file, target, k.Name, identity)
		}
		var fresh int
		err = change(ctx, db, k.Name, func(l agent.Ledger) error {
			state, err := l.Load(ctx)
			if err != nil {
				return err
			}
			if err := contradictions(state.Links, links); err != nil {
				return err
			}
			for i := range links {
				if !slices.ContainsFunc(state.Links, func(have directory.Link) bool { return have.Kind == links[i].Kind && have.Source == links[i].Source }) {
					fresh++
				}
			}
			if err := l.Bind(ctx, identity); err != nil {
				return err
			}
			return l.Keep(ctx, agent.Keep{Links: links})
		})
		if err == nil {
			fmt.Fprintf(p.stdout, "%s taken, %d of them new\n", count(len(links), "link", "links"), fresh)
		}
		return err
	})
}

// readLinks reads a file of export. The error says what is wrong with it.
func readLinks(file string) (directory.Links, string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, "", fmt.Errorf("reading the links: %w", err)
	}
	var d linksDocument
	if err := json.Unmarshal(text, &d); err != nil || d.Format != linksFormat {
		return nil, "", fmt.Errorf("%s is no file that \"oktascim links export\" wrote (format %s)", file, linksFormat)
	}
	var links directory.Links
	for i, l := range d.Links {
		kind, err := kindArg(l.Kind)
		if err != nil || l.Okta == "" || l.Target == "" {
			return nil, "", fmt.Errorf("%s: links[%d] needs a kind (user or group), okta and target", file, i)
		}
		if !slices.Contains([]directory.Origin{directory.OriginCreated, directory.OriginAdopted, directory.OriginLinked}, l.Origin) {
			return nil, "", fmt.Errorf("%s: links[%d] has the origin %q; it is created, adopted or linked", file, i, l.Origin)
		}
		slices.Sort(l.Members)
		var ignored []directory.Attribute
		for path, value := range l.Ignored {
			ignored = append(ignored, directory.Attribute{Path: path, Value: value})
		}
		links = append(links, directory.Link{
			Kind: kind, Source: l.Okta, Target: l.Target, Origin: l.Origin, Name: l.Name, Members: l.Members,
			Ignored: attributes(ignored), MembersUnreadable: l.MembersUnreadable, Deactivated: l.Deactivated,
		})
	}
	return links, d.Target, nil
}

// contradictions finds links that tie what is tied otherwise, in the ledger or in the file
// itself.
func contradictions(have, taken directory.Links) error {
	type key struct {
		kind directory.Kind
		id   string
	}
	bySource, byTarget := map[key]directory.TargetID{}, map[key]directory.SourceID{}
	var wrong []error
	for _, l := range slices.Concat(have, taken) {
		s, t := key{l.Kind, string(l.Source)}, key{l.Kind, string(l.Target)}
		if other, tied := bySource[s]; tied && other != l.Target {
			wrong = append(wrong, fmt.Errorf("%s %s (%s) is linked to %s and to %s", l.Kind, cmp.Or(l.Name, string(l.Source)), l.Source, other, l.Target))
			continue
		}
		if other, tied := byTarget[t]; tied && other != l.Source {
			wrong = append(wrong, fmt.Errorf("%s %s of the target is linked to %s and to %s", l.Kind, l.Target, other, l.Source))
			continue
		}
		bySource[s], byTarget[t] = l.Target, l.Source
	}
	if len(wrong) > 0 {
		return fmt.Errorf("nothing was taken: %w", errors.Join(wrong...))
	}
	return nil
}

// attributes sorts a list; an empty one is nil.
func attributes(list []directory.Attribute) directory.Attributes {
	if len(list) == 0 {
		return nil
	}
	return directory.NewAttributes(list...)
}
