package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// maxBatch bounds how many calls share a commit, so that the first of them does not wait
// for long.
const maxBatch = 256

var errClosed = errors.New("the ledger is closed")

// call is one piece of work for the goroutine that writes.
type call struct {
	// do may be called twice, in two transactions; only the last counts.
	do   func(tx *transaction) error
	done chan error
}

// submit runs do in a transaction, which it may share with others, and returns when it
// is committed. The context ends only the wait for a place in the queue: what has begun
// is carried to its end, so that nobody has to guess whether it was done.
func (d *DB) submit(ctx context.Context, do func(tx *transaction) error) error {
	c := &call{do: do, done: make(chan error, 1)}
	select {
	case d.queue <- c:
		return <-c.done
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-d.quit:
		return errClosed
	}
}

// write takes calls from the queue until the ledger is closed: whoever waits when a
// commit is done goes into the next one.
func (d *DB) write() {
	defer close(d.ended)
	for {
		select {
		case c := <-d.queue:
			d.commit(d.collect(c))
		case <-d.quit:
			return
		}
	}
}

func (d *DB) collect(first *call) []*call {
	batch := []*call{first}
	for len(batch) < maxBatch {
		select {
		case c := <-d.queue:
			batch = append(batch, c)
		default:
			return batch
		}
	}
	return batch
}

// commit runs the calls in one transaction. When one of them fails, each runs again by
// itself, so that nobody suffers for another's error.
func (d *DB) commit(batch []*call) {
	err := d.transact(batch)
	if err != nil && len(batch) > 1 {
		for _, c := range batch {
			c.done <- d.transact([]*call{c})
		}
		return
	}
	for _, c := range batch {
		c.done <- err
	}
}

func (d *DB) transact(batch []*call) error {
	ctx := context.Background()
	tx, err := d.sql.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("writing the ledger %s: %w", d.path, err)
	}
	for _, c := range batch {
		if err := c.do(&transaction{ctx: ctx, tx: tx, stmts: &d.stmts}); err != nil {
			return errors.Join(err, tx.Rollback())
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("writing the ledger %s: %w", d.path, err)
	}
	return nil
}

// transaction is what a call may do.
type transaction struct {
	ctx   context.Context //nolint:containedctx // lives as long as the call, and is never cancelled
	tx    *sql.Tx
	stmts *statements
}

func (t *transaction) exec(s *sql.Stmt, args ...any) (sql.Result, error) {
	return t.tx.StmtContext(t.ctx, s).ExecContext(t.ctx, args...) //nolint:sqlclosecheck // ends with the transaction
}

func (t *transaction) query(s *sql.Stmt, args ...any) (*sql.Rows, error) {
	return t.tx.StmtContext(t.ctx, s).QueryContext(t.ctx, args...) //nolint:sqlclosecheck // ends with the transaction
}

func (t *transaction) row(s *sql.Stmt, args ...any) *sql.Row {
	return t.tx.StmtContext(t.ctx, s).QueryRowContext(t.ctx, args...) //nolint:sqlclosecheck // ends with the transaction
}
