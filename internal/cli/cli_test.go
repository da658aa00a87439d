package cli_test

import (
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/oktascim/oktascim/internal/cli"
)

func TestACommandLineThatIsNotUnderstoodIsExplained(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"":                  "",
		"plan":              "",
		"config":            "",
		"plam":              `unknown command "plam" for prog; did you mean "plan"?; see: prog --help`,
		"zzz":               `unknown command "zzz" for prog; see: prog --help`,
		"config shema":      `unknown command "shema" for prog config; did you mean "schema"?; see: prog config --help`,
		"completion tcsh":   `unknown command "tcsh" for prog completion; did you mean "bash" or "fish" or "zsh"?; see: prog completion --help`,
		"plan now":          `prog plan takes no arguments, and "now" is one; see: prog plan --help`,
		"plan --aprove x":   `unknown flag: --aprove; did you mean "--approve"?; see: prog plan --help`,
		"plan --zzz":        `unknown flag: --zzz; see: prog plan --help`,
		"plan --approve":    `flag needs an argument: --approve; see: prog plan --help`,
		"plan -z":           `unknown shorthand flag: 'z' in -z; see: prog plan --help`,
		"plan --aprove=a-b": `unknown flag: --aprove; did you mean "--approve"?; see: prog plan --help`,
	} {
		root := &cobra.Command{Use: "prog"}
		nothing := func(*cobra.Command, []string) error { return nil }
		plan := &cobra.Command{Use: "plan", RunE: nothing}
		plan.Flags().String("approve", "", "")
		config := &cobra.Command{Use: "config"}
		config.AddCommand(&cobra.Command{Use: "schema", RunE: nothing})
		root.AddCommand(plan, config)
		cli.Polish(root)
		root.SetOut(io.Discard)
		root.SetArgs(strings.Fields(line))
		got := ""
		if err := root.Execute(); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("prog %s\ngot  %s\nwant %s", line, got, want)
		}
	}
}
