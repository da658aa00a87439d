package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/oktascim/oktascim/internal/scimserver/faults"
)

// faultFlags are the defects that the reference server has on purpose.
type faultFlags struct {
	ids  []string
	list bool
}

func (f *faultFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringSliceVar(&f.ids, "fault", nil, "have this defect on purpose, by `ID` of --list-faults (may be repeated)")
	cmd.Flags().BoolVar(&f.list, "list-faults", false, "list the defects of --fault by what they break in Okta, and end")
	must(cmd.RegisterFlagCompletionFunc("fault", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		var ids []string
		for _, d := range faults.All() {
			ids = append(ids, d.ID+"\t"+d.Title)
		}
		return ids, cobra.ShellCompDirectiveNoFileComp
	}))
}

// around puts the faults around the server. The error names one that does not exist.
func (f *faultFlags) around(server http.Handler) (http.Handler, error) {
	h, err := faults.Wrap(server, f.ids...)
	if err != nil {
		return nil, fmt.Errorf("--fault: %w; see sandbox scim --list-faults", err)
	}
	return h, nil
}

// warn says what is wrong with the server, so that nobody looks for it.
func (f *faultFlags) warn(w io.Writer) {
	for _, id := range f.ids {
		for _, d := range faults.All() {
			if d.ID == id {
				fmt.Fprintf(w, "sandbox: broken on purpose: %s (%s)\n", d.Title, d.ID)
			}
		}
	}
}

// writeFaults lists all faults by flow.
func writeFaults(w io.Writer) error {
	all := faults.All()
	for _, flow := range faults.Flows() {
		title := flow
		if flow == faults.RFC {
			title = "Other clients (RFC 7643, 7644, 9865)"
		}
		if _, err := fmt.Fprintf(w, "%s\n%s\n", title, strings.Repeat("-", len(title))); err != nil {
			return err
		}
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, f := range all {
			if f.Flow == flow {
				fmt.Fprintf(table, "%s\t%s\n", f.ID, f.Title)
			}
		}
		fmt.Fprintln(table)
		if err := table.Flush(); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "%d faults. Have one: sandbox scim --fault %s\n", len(all), all[0].ID)
	return err
}
