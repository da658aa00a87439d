// Package cli is what the programs say alike about a command line that they do not
// understand: what is wrong, what was probably meant, and where to read more.
package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// near is how many letters a word may be off to count as a typo, as cobra's own.
const near = 2

// Polish makes root and all its subcommands explain themselves. Call it when the tree is
// whole; errors are then for the caller to print.
func Polish(root *cobra.Command) {
	root.SilenceUsage, root.SilenceErrors, root.DisableAutoGenTag = true, true, true
	root.SetFlagErrorFunc(flagError)
	root.InitDefaultCompletionCmd()
	walk(root)
}

func walk(cmd *cobra.Command) {
	cmd.SuggestionsMinimumDistance = near
	if cmd.Args == nil {
		cmd.Args = noArgs
	}
	if !cmd.Runnable() {
		cmd.Args = noArgs
		cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	}
	for _, sub := range cmd.Commands() {
		walk(sub)
	}
}

// noArgs is for a command that takes none: where there are subcommands a word is meant to
// be one of them.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if !cmd.HasSubCommands() {
		return fmt.Errorf("%s takes no arguments, and %q is one; see: %s --help", cmd.CommandPath(), args[0], cmd.CommandPath())
	}
	return fmt.Errorf("unknown command %q for %s%s; see: %s --help", args[0], cmd.CommandPath(), meant(cmd.SuggestionsFor(args[0])), cmd.CommandPath())
}

func flagError(cmd *cobra.Command, err error) error {
	hint := ""
	if name, ok := strings.CutPrefix(err.Error(), "unknown flag: --"); ok {
		// cobra compares words for commands only, so the flags take the place of some.
		names := &cobra.Command{SuggestionsMinimumDistance: near}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden {
				names.AddCommand(&cobra.Command{Use: f.Name, Run: func(*cobra.Command, []string) {}})
			}
		})
		suggestions := names.SuggestionsFor(name)
		for i := range suggestions {
			suggestions[i] = "--" + suggestions[i]
		}
		hint = meant(suggestions)
	}
	return fmt.Errorf("%w%s; see: %s --help", err, hint, cmd.CommandPath())
}

func meant(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return `; did you mean "` + strings.Join(words, `" or "`) + `"?`
}
