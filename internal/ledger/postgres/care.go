package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/oktascim/oktascim/internal/ledger/inspect"
)

// Verify reads the whole ledger as of one moment, while runs go on, and returns what is
// wrong with it in words, nothing if all is well. The server looks after its files itself.
func (d *DB) Verify(ctx context.Context) ([]string, error) {
	var wrong []string
	err := d.long(ctx, "reading the ledger", func(tx pgx.Tx) (err error) {
		wrong, err = inspect.Ledger(ctx, func(ctx context.Context, query string, row func(scan func(dest ...any) error) error) error {
			return each(ctx, tx, func(rows pgx.Rows) error { return row(rows.Scan) }, query)
		})
		return err
	})
	return wrong, err
}

// Rows reads rows of a table as of one moment: the columns, in this order.
type Rows func(ctx context.Context, table string, columns []string, row func(values []any) error) error

// Dump hands a function that reads rows of one moment to do; runs go on meanwhile.
func (d *DB) Dump(ctx context.Context, do func(rows Rows) error) error {
	return d.long(ctx, "copying the ledger", func(tx pgx.Tx) error {
		return do(func(ctx context.Context, table string, columns []string, row func(values []any) error) error {
			var query strings.Builder
			query.WriteString("SELECT ")
			for i, c := range columns {
				if i > 0 {
					query.WriteString(", ")
				}
				query.WriteString(pgx.Identifier{c}.Sanitize())
			}
			return each(ctx, tx, func(rows pgx.Rows) error {
				values, err := rows.Values()
				if err != nil {
					return err
				}
				return row(values)
			}, query.String()+" FROM "+pgx.Identifier{table}.Sanitize())
		})
	})
}

// long is a reading of one moment that may take longer than a call, until ctx ends it.
func (d *DB) long(ctx context.Context, step string, do func(tx pgx.Tx) error) error {
	err := pgx.BeginTxFunc(ctx, d.pool, snapshot(), do)
	if err != nil {
		return fmt.Errorf("%s: %w", step, d.explain(err))
	}
	return nil
}
