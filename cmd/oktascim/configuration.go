package main

import (
	"github.com/spf13/cobra"

	"github.com/oktascim/oktascim/internal/config"
)

func newConfig(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Work with the configuration file",
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "schema",
		Short: "Print the JSON schema of the configuration, for editors",
		Long: `Print the JSON schema of the configuration. With it editors complete and check
the file; name it in the file's first line:

  # yaml-language-server: $schema=./oktascim.schema.json`,
		Example: "  oktascim config schema > oktascim.schema.json",
		RunE: func(*cobra.Command, []string) error {
			schema, err := config.Schema()
			if err != nil {
				return err
			}
			_, err = p.stdout.Write(schema)
			return err
		},
	})
	return cmd
}
