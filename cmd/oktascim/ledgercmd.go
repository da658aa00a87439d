package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/oktascim/oktascim/internal/config"
)

func newLedger(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "ledger",
		Short: "Back up the ledger, or look for damage in it",
		Long: `The ledger holds which object of the target belongs to whom in Okta, and a journal of
every write. Both commands are safe while "oktascim run" goes on.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newLedgerBackup(p), newLedgerVerify(p))
	return cmd
}

func newLedgerBackup(p *program) *cobra.Command {
	return &cobra.Command{
		Use:   "backup FILE",
		Short: "Write a copy of the ledger to a new file",
		Long: `Write a copy of the ledger, as of one moment, to a new SQLite file that only its owner
can read. The copy is a ledger by itself: name it under ledger: as sqlite:FILE to use it.
That is so for a ledger in PostgreSQL as well.`,
		Example: `  oktascim ledger backup /var/backups/oktascim-monday.db`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withLedger(func(_ *config.Config, _ []*config.Connection, db store) error {
				if err := db.Backup(cmd.Context(), args[0]); err != nil {
					return err
				}
				_, err := fmt.Fprintf(p.stdout, "backed up to %s\n", args[0])
				return err
			})
		},
	}
}

func newLedgerVerify(p *program) *cobra.Command {
	return &cobra.Command{
		Use:   "verify",
		Short: "Look for damage in the ledger",
		Long: `Read the whole ledger and say what is wrong with it: a damaged file, members of groups
that have no link, two links of one object, lists that cannot be read, and writes whose
outcome is unknown although a later run came to its end. Nothing is changed.

Exit codes: 0 all is well, 1 something is wrong.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.withLedger(func(_ *config.Config, _ []*config.Connection, db store) error {
				return p.verify(cmd.Context(), db)
			})
		},
	}
}

func (p *program) verify(ctx context.Context, db store) error {
	wrong, err := db.Verify(ctx)
	if err != nil {
		return err
	}
	for _, text := range wrong {
		if _, err := fmt.Fprintf(p.stdout, "✗ %s\n", shown(text)); err != nil {
			return err
		}
	}
	if n := len(wrong); n > 0 {
		return fmt.Errorf("the ledger has %s: put a backup back, or mend single links with oktascim links; oktascim explain shows a record's history", count(n, "fault", "faults"))
	}
	_, err = fmt.Fprintln(p.stdout, "the ledger is sound")
	return err
}
