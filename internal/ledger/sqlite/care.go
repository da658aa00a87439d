package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/oktascim/oktascim/internal/ledger/inspect"
)

// Backup writes a copy of the ledger as of one moment to path, which must not exist. Runs
// go on meanwhile. The copy is a ledger by itself, readable by its owner only.
func (d *DB) Backup(ctx context.Context, path string) error {
	return fill(path, func() error {
		db, err := d.reader()
		if err != nil {
			return err
		}
		_, err = db.ExecContext(ctx, `VACUUM INTO ?`, path)
		return errors.Join(err, db.Close())
	})
}

// fill makes the file at path, lets write put a ledger into it, and takes it away again
// when that failed.
func fill(path string, write func() error) (err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("writing the backup: %s is there already; name a new file", path)
	}
	if err != nil {
		return fmt.Errorf("writing the backup: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("writing the backup %s: %w", path, err), f.Close(), os.Remove(path))
			return
		}
		err = f.Close()
	}()
	if err := write(); err != nil {
		return err
	}
	return f.Sync()
}

// reader opens the file once more, beside the connection that writes.
func (d *DB) reader() (*sql.DB, error) {
	db, err := sql.Open("sqlite", strings.Replace(dsn(d.path), "_txlock=immediate", "_txlock=deferred", 1))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

// Verify reads the whole ledger as of one moment, while runs go on, and returns what is
// wrong with it in words, nothing if all is well.
func (d *DB) Verify(ctx context.Context) (wrong []string, err error) {
	db, err := d.reader()
	if err != nil {
		return nil, fmt.Errorf("reading the ledger %s: %w", d.path, err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("reading the ledger %s: %w", d.path, err)
	}
	defer func() { err = errors.Join(err, tx.Rollback()) }()
	query := func(ctx context.Context, query string, row func(scan func(dest ...any) error) error) error {
		rows, err := tx.QueryContext(ctx, query) //nolint:sqlclosecheck // each closes them
		if err != nil {
			return err
		}
		return each(rows, func() error { return row(rows.Scan) })
	}
	if err := query(ctx, `PRAGMA integrity_check(20)`, func(scan func(...any) error) error {
		var text string
		err := scan(&text)
		if err == nil && text != "ok" {
			wrong = append(wrong, "the file is damaged: "+text)
		}
		return err
	}); err != nil {
		return nil, fmt.Errorf("checking the file %s: %w", d.path, err)
	}
	if err := query(ctx, `PRAGMA foreign_key_check`, func(scan func(...any) error) error {
		var table, parent string
		var row, key sql.NullInt64
		err := scan(&table, &row, &parent, &key)
		wrong = append(wrong, fmt.Sprintf("a row of %s belongs to a %s that is not there", table, parent))
		return err
	}); err != nil {
		return nil, fmt.Errorf("checking the file %s: %w", d.path, err)
	}
	broken, err := inspect.Ledger(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("reading the ledger %s: %w", d.path, err)
	}
	return append(wrong, broken...), nil
}

// Rows reads rows of a table as of one moment: the columns, in this order.
type Rows func(ctx context.Context, table string, columns []string, row func(values []any) error) error

// Import makes a ledger at path, which must not exist, of the rows of another store that
// has the same tables.
func Import(ctx context.Context, path string, rows Rows) error {
	return fill(path, func() (err error) {
		d, err := Open(path) //nolint:contextcheck // a commit of the ledger is not cancelled
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, d.Close()) }()
		return d.submit(ctx, func(t *transaction) error {
			for _, table := range []string{"connection", "link", "member", "journal", "run", "task", "leaving", "note"} {
				if err := importTable(t, table, rows); err != nil {
					return fmt.Errorf("copying the table %s: %w", table, err)
				}
			}
			return nil
		})
	})
}

func importTable(t *transaction, table string, rows Rows) error {
	var columns []string
	names, err := t.tx.QueryContext(t.ctx, `SELECT name FROM pragma_table_info(?) ORDER BY cid`, table) //nolint:sqlclosecheck // each closes them
	if err != nil {
		return err
	}
	if err := each(names, func() error {
		var name string
		err := names.Scan(&name)
		columns = append(columns, name)
		return err
	}); err != nil {
		return err
	}
	insert, err := t.tx.PrepareContext(t.ctx, `INSERT INTO `+table+` ("`+strings.Join(columns, `", "`)+`") VALUES (?`+strings.Repeat(", ?", len(columns)-1)+`)`) //nolint:gosec,sqlclosecheck // names of our own tables; closed below
	if err != nil {
		return err
	}
	err = rows(t.ctx, table, columns, func(values []any) error {
		_, err := insert.ExecContext(t.ctx, values...)
		return err
	})
	return errors.Join(err, insert.Close())
}
