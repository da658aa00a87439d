package clitest

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// Reference compares the pages of root and all its subcommands with the files in dir, one
// a command, as oktascim_plan.md, or writes them when update is set. A page of a command
// that is gone is an error, or deleted.
func Reference(t *testing.T, root *cobra.Command, dir string, update bool) {
	t.Helper()
	root.InitDefaultCompletionCmd()
	pages := map[string][]byte{}
	collect(t, root, pages)
	old, err := filepath.Glob(filepath.Join(dir, root.Name()+"*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range old {
		if _, ok := pages[filepath.Base(file)]; ok {
			continue
		}
		if !update {
			t.Errorf("%s is about no command; run: make docs", file)
		} else if err := os.Remove(file); err != nil {
			t.Error(err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(pages)) {
		file := filepath.Join(dir, name)
		if update {
			if err := os.WriteFile(file, pages[name], 0o644); err != nil { //nolint:gosec // a page that everybody may read
				t.Error(err)
			}
			continue
		}
		if have, err := os.ReadFile(file); err != nil || !bytes.Equal(have, pages[name]) {
			t.Errorf("%s is not what the command says (%v); run: make docs", file, err)
		}
	}
}

func collect(t *testing.T, cmd *cobra.Command, pages map[string][]byte) {
	t.Helper()
	cmd.DisableAutoGenTag = true
	var page bytes.Buffer
	page.WriteString("<!-- Generated from the command by make docs; do not edit. -->\n\n")
	if err := doc.GenMarkdown(cmd, &page); err != nil {
		t.Fatal(err)
	}
	pages[strings.ReplaceAll(cmd.CommandPath(), " ", "_")+".md"] = page.Bytes()
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() && !sub.IsAdditionalHelpTopicCommand() {
			collect(t, sub, pages)
		}
	}
}
