package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/internal/config"
	"github.com/oktascim/oktascim/internal/nearest"
)

// taskDocument is a task as JSON.
type taskDocument struct {
	Connection string             `json:"connection"`
	Kind       string             `json:"kind"`
	Okta       directory.SourceID `json:"okta,omitempty"`
	Target     directory.TargetID `json:"target,omitempty"`
	Name       string             `json:"name"`
	Verb       string             `json:"verb"`
	Class      string             `json:"class"`
	Detail     string             `json:"detail,omitempty"`
	RequestID  string             `json:"requestId,omitempty"`
	Tries      int                `json:"tries"`
	Since      time.Time          `json:"since"`
	Last       time.Time          `json:"last"`
	// Next is absent when it is left to a person.
	Next *time.Time `json:"next,omitempty"`
}

func newTasks(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "tasks",
		Short: "Show the records that could not be brought in line",
		Long: `Show what the last runs could not do: why, in the target's own words, and when it is
tried again. A record that fails is tried again after 1, 5 and 15 minutes, 1, 4 and 12
hours, and then daily; after ten tries it is left to a person. What takes access away is
tried for ever. A change in Okta, and "oktascim apply", try at once.

Exit codes: 0 there are none, 2 there are some, 1 error.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.tasks(cmd.Context()) },
	}
	p.addConnectionFlag(cmd)
	p.addOutputFlag(cmd)
	cmd.AddCommand(newTasksRetry(p))
	return cmd
}

func newTasksRetry(p *program) *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "retry [NAME]…",
		Short: "Let the next run try them again",
		Long: `Make tasks due at once, by userName, group name or Okta id; the next run of the schedule
tries them. What was left to a person begins the ladder anew.`,
		Example: `  oktascim tasks retry ada@example.com
  oktascim tasks retry --all`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if all == (len(args) > 0) {
				return fmt.Errorf("name the tasks to try again, or say --all; oktascim tasks shows them")
			}
			return p.retry(cmd.Context(), args)
		},
	}
	p.addConnectionFlag(cmd)
	cmd.Flags().BoolVar(&all, "all", false, "all of them")
	return cmd
}

func (p *program) tasks(ctx context.Context) error {
	asJSON, err := p.json()
	if err != nil {
		return err
	}
	list := []taskDocument{}
	err = p.withLedger(func(_ *config.Config, picked []*config.Connection, db store) error { //nolint:contextcheck // a commit of the ledger is not cancelled
		for _, k := range picked {
			state, err := db.Connection(k.Name).Load(ctx)
			if err != nil {
				return fmt.Errorf("connection %s: %w", k.Name, err)
			}
			for i := range state.Tasks {
				list = append(list, documentOfTask(k.Name, &state.Tasks[i]))
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if asJSON {
		err = writeJSON(p.stdout, map[string]any{"tasks": list})
	} else {
		err = writeTasks(p.stdout, list)
	}
	if err == nil && len(list) > 0 {
		return exit(exitChanges)
	}
	return err
}

func documentOfTask(connection string, t *agent.Task) taskDocument {
	d := taskDocument{
		Connection: connection, Kind: t.Kind.String(), Okta: t.Source, Target: t.Target, Name: t.Name, Verb: string(t.Verb),
		Class: string(t.Class), Detail: t.Detail, RequestID: t.RequestID, Tries: t.Tries, Since: t.Since, Last: t.Last,
	}
	if !t.Next.IsZero() {
		d.Next = &t.Next
	}
	return d
}

func writeTasks(w io.Writer, list []taskDocument) error {
	if len(list) == 0 {
		_, err := fmt.Fprintln(w, "No tasks.")
		return err
	}
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "CONNECTION\tKIND\tNAME\tVERB\tCLASS\tTRIES\tSINCE\tNEXT")
	for _, t := range list {
		next := "left to a person"
		if t.Next != nil {
			next = shownTime(*t.Next)
		}
		fmt.Fprintf(tab, "%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\n", t.Connection, t.Kind, shown(t.Name), t.Verb, t.Class, t.Tries, shownTime(t.Since), next)
	}
	if err := tab.Flush(); err != nil {
		return err
	}
	for _, t := range list {
		if t.Detail == "" {
			continue
		}
		id := ""
		if t.RequestID != "" {
			id = " (request " + shown(t.RequestID) + ")"
		}
		fmt.Fprintf(w, "%s: %s%s\n", shown(t.Name), shown(t.Detail), id)
	}
	return nil
}

func (p *program) retry(ctx context.Context, wanted []string) error {
	now := time.Now().UTC()
	due, known := 0, []string{}
	found := map[string]bool{}
	err := p.withLedger(func(_ *config.Config, picked []*config.Connection, db store) error { //nolint:contextcheck // a commit of the ledger is not cancelled
		for _, k := range picked {
			err := change(ctx, db, k.Name, func(l agent.Ledger) error {
				state, err := l.Load(ctx)
				if err != nil {
					return err
				}
				for i := range state.Tasks {
					t := &state.Tasks[i]
					known = append(known, t.Name)
					name, is := namedBy(t, wanted)
					if len(wanted) > 0 && !is {
						continue
					}
					found[name] = true
					due++
					if t.Next.IsZero() {
						t.Tries = 0
					}
					t.Next = now
				}
				return l.Keep(ctx, agent.Keep{Tasks: append([]agent.Task{}, state.Tasks...)})
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, name := range wanted {
		if !found[name] {
			hint := "; oktascim tasks shows them"
			if near := nearest.One(name, known); near != "" {
				hint = fmt.Sprintf("; did you mean %q?", near)
			}
			err = fmt.Errorf("there is no task of %q%s", name, hint)
		}
	}
	fmt.Fprintf(p.stdout, "%s due: the next run of the schedule tries again; oktascim apply does it now\n", count(due, "task is", "tasks are"))
	return err
}

// namedBy returns the word that names a task.
func namedBy(t *agent.Task, wanted []string) (string, bool) {
	for _, w := range wanted {
		if t.Name == w || string(t.Source) == w || t.Kind == directory.KindUser && strings.EqualFold(t.Name, w) {
			return w, true
		}
	}
	return "", false
}

// writeJSON writes a document for programs.
func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("writing JSON: %w", err)
	}
	return nil
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// shownTime is a time as a table shows it.
func shownTime(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
