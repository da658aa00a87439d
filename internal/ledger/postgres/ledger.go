package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
)

const (
	// keepJournal is how long closed entries stay for people to read; nothing else
	// needs them.
	keepJournal = 30 * 24 * time.Hour
	// keepRuns is how many runs of a connection stay: six weeks of hourly ones.
	keepRuns = 1000
	// maxAttempts bounds how often a transaction that another one disturbed runs again.
	maxAttempts = 10
)

// errUnreadable marks rows that hold what no version writes.
var errUnreadable = errors.New("a row cannot be read; oktascim ledger verify says which")

// ledger is the part of the database that belongs to one connection.
type ledger struct {
	db   *DB
	name string
	// id is the row of the connection, 0 until it was asked for; rows are never removed.
	id atomic.Int32
	// lost is closed when the lock that this ledger held was lost; nil while none is held.
	lost atomic.Pointer[chan struct{}]
}

var (
	_ agent.Ledger    = (*ledger)(nil)
	_ agent.Exclusive = (*ledger)(nil)
)

// do runs a call in a transaction. The context ends only the wait before it: what has
// begun is carried to its end, so that nobody has to guess whether it was done. A
// transaction that lost against another one runs again.
func (d *DB) do(ctx context.Context, step string, options pgx.TxOptions, call func(ctx context.Context, tx pgx.Tx) error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
	defer cancel()
	var err error
	for range maxAttempts {
		err = pgx.BeginTxFunc(ctx, d.pool, options, func(tx pgx.Tx) error { return call(ctx, tx) })
		if !disturbed(err) {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", step, d.explain(err))
	}
	return nil
}

// disturbed reports whether err says that another transaction came in between: a
// serialization failure, a deadlock, or a row that both inserted.
func disturbed(err error) bool {
	refused, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (refused.Code == "40001" || refused.Code == "40P01" || refused.Code == "23505")
}

func write() pgx.TxOptions { return pgx.TxOptions{IsoLevel: pgx.ReadCommitted} }

// snapshot reads everything as of one moment.
func snapshot() pgx.TxOptions {
	return pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
}

// row returns the row of the ledger's connection, made if it is not there.
func (l *ledger) row(ctx context.Context) (int32, error) {
	if id := l.id.Load(); id != 0 {
		return id, nil
	}
	var id int32
	err := l.db.do(ctx, "reading the connection", write(), func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO connection (name) VALUES ($1) ON CONFLICT DO NOTHING`, l.name); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT id FROM connection WHERE name = $1`, l.name).Scan(&id)
	})
	if err == nil {
		l.id.Store(id)
	}
	return id, err
}

// change is do for what writes to the connection: refused when its lock was lost.
func (l *ledger) change(ctx context.Context, step string, call func(ctx context.Context, tx pgx.Tx, connection int32) error) error {
	if lost := l.lost.Load(); lost != nil {
		select {
		case <-*lost:
			return fmt.Errorf("%s: %w", step, errLockLost)
		default:
		}
	}
	id, err := l.row(ctx)
	if err != nil {
		return err
	}
	return l.db.do(ctx, step, write(), func(ctx context.Context, tx pgx.Tx) error { return call(ctx, tx, id) })
}

// Bind implements [agent.Ledger].
func (l *ledger) Bind(ctx context.Context, identity string) error {
	return l.change(ctx, "binding the ledger", func(ctx context.Context, tx pgx.Tx, id int32) error {
		var bound string
		err := tx.QueryRow(ctx, `SELECT identity FROM connection WHERE id = $1 FOR UPDATE`, id).Scan(&bound)
		switch {
		case err != nil:
			return err
		case bound == identity:
			return nil
		case bound != "":
			return &agent.Bound{Connection: l.name, Want: bound, Got: identity}
		}
		_, err = tx.Exec(ctx, `UPDATE connection SET identity = $1 WHERE id = $2`, identity, id)
		return err
	})
}

// Begin implements [agent.Ledger].
func (l *ledger) Begin(ctx context.Context, in agent.Intent) (agent.IntentID, error) {
	adds, err := list(in.Add)
	if err != nil {
		return 0, err
	}
	drops, err := list(in.Drop)
	if err != nil {
		return 0, err
	}
	var id int64
	err = l.change(ctx, "writing the journal", func(ctx context.Context, tx pgx.Tx, connection int32) error {
		return tx.QueryRow(ctx, `INSERT INTO journal (connection, verb, kind, source, target, name, adds, drops, look_first)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id`,
			connection, string(in.Verb), int(in.Kind), string(in.Source), string(in.Target), clean(in.Name), adds, drops, number(in.LookFirst)).Scan(&id)
	})
	return agent.IntentID(id), err
}

// Finish implements [agent.Ledger].
func (l *ledger) Finish(ctx context.Context, id agent.IntentID, out agent.Outcome) error {
	return l.change(ctx, "closing a journal entry", func(ctx context.Context, tx pgx.Tx, connection int32) error {
		closed := `floor(extract(epoch FROM clock_timestamp()))::bigint`
		if out.Result == agent.Unknown {
			closed = `NULL`
		}
		var of record
		err := tx.QueryRow(ctx, `UPDATE journal SET closed = `+closed+`, result = $1, error = $2
			WHERE id = $3 AND connection = $4 AND closed IS NULL RETURNING kind, source, target`,
			string(out.Result), clean(out.Error), int64(id), connection).Scan(&of.kind, &of.source, &of.target)
		if errors.Is(err, pgx.ErrNoRows) {
			return fmt.Errorf("entry %d: %w", id, agent.ErrNoIntent)
		}
		if err != nil {
			return err
		}
		var b pgx.Batch
		if out.Forget {
			forget(&b, connection, of)
		}
		if out.Link != nil {
			if err := saveLink(&b, connection, *out.Link); err != nil {
				return err
			}
		}
		return send(ctx, tx, &b)
	})
}

// send carries out the statements of a batch in one exchange with the server.
func send(ctx context.Context, tx pgx.Tx, b *pgx.Batch) error {
	if b.Len() == 0 {
		return nil
	}
	return tx.SendBatch(ctx, b).Close()
}

// record names the row of a link.
type record struct {
	kind           int
	source, target string
}

// forget removes a link with its members. A group that Okta no longer knows is named by
// its target alone.
func forget(b *pgx.Batch, connection int32, of record) {
	b.Queue(`DELETE FROM member WHERE connection = $1 AND $2 = 2 AND grp IN
		(SELECT source FROM link WHERE connection = $1 AND kind = $2 AND (source = $3 OR $3 = '' AND target = $4))`, connection, of.kind, of.source, of.target)
	b.Queue(`DELETE FROM link WHERE connection = $1 AND kind = $2 AND (source = $3 OR $3 = '' AND target = $4)`, connection, of.kind, of.source, of.target)
}

func saveLink(b *pgx.Batch, connection int32, k directory.Link) error {
	ignored, err := list(k.Ignored)
	if err != nil {
		return err
	}
	known, err := list(k.Known)
	if err != nil {
		return err
	}
	kind, source, target := int(k.Kind), string(k.Source), string(k.Target)
	if k.Kind == directory.KindGroup {
		b.Queue(`DELETE FROM member WHERE connection = $1 AND grp IN
			(SELECT source FROM link WHERE connection = $1 AND kind = $2 AND target = $3 AND source <> $4)`, connection, kind, target, source)
	}
	b.Queue(`DELETE FROM link WHERE connection = $1 AND kind = $2 AND target = $3 AND source <> $4`, connection, kind, target, source)
	b.Queue(`INSERT INTO link (connection, kind, source, target, origin, name, ignored, unreadable, deactivated, known)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (connection, kind, source) DO UPDATE SET target = excluded.target, origin = excluded.origin, name = excluded.name,
		ignored = excluded.ignored, unreadable = excluded.unreadable, deactivated = excluded.deactivated, known = excluded.known`,
		connection, kind, source, target, string(k.Origin), clean(k.Name), ignored, number(k.MembersUnreadable), number(k.Deactivated), known)
	if k.Kind != directory.KindGroup {
		return nil
	}
	// Only what differs is written: one who joins a group of thousands costs one row.
	members := make([]string, len(k.Members))
	for i, id := range k.Members {
		members[i] = string(id)
	}
	b.Queue(`DELETE FROM member m WHERE connection = $1 AND grp = $2 AND NOT EXISTS (SELECT FROM unnest($3::text[]) w (id) WHERE w.id = m."user")`, connection, source, members)
	b.Queue(`INSERT INTO member (connection, grp, "user") SELECT $1, $2, w.id FROM unnest($3::text[]) w (id) ON CONFLICT DO NOTHING`, connection, source, members)
	return nil
}

// SaveRun implements [agent.Ledger].
func (l *ledger) SaveRun(ctx context.Context, r agent.RunRecord) error {
	return l.change(ctx, "saving a run", func(ctx context.Context, tx pgx.Tx, connection int32) error {
		var b pgx.Batch
		b.Queue(`INSERT INTO run (connection, id, started, ended, mode, result, digest, plan, desired, complete, error)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
			ON CONFLICT (connection, id) DO UPDATE SET started = excluded.started, ended = excluded.ended, mode = excluded.mode, result = excluded.result,
			digest = excluded.digest, plan = excluded.plan, desired = excluded.desired, complete = excluded.complete, error = excluded.error`,
			connection, r.ID, r.Started.UnixMilli(), r.Ended.UnixMilli(), r.Mode, r.Result, r.Digest, clean(r.Plan), r.Desired, number(r.Complete), clean(r.Error))
		// The measure of later runs is kept, however old it is.
		b.Queue(`DELETE FROM run WHERE connection = $1
			AND id < (SELECT id FROM run WHERE connection = $1 ORDER BY id DESC LIMIT 1 OFFSET $2 - 1)
			AND id <> coalesce((SELECT id FROM run WHERE connection = $1 AND complete <> 0 ORDER BY id DESC LIMIT 1), '')`, connection, keepRuns)
		b.Queue(`DELETE FROM journal WHERE connection = $1 AND closed IS NOT NULL AND closed < extract(epoch FROM clock_timestamp()) - $2::bigint`, connection, int64(keepJournal/time.Second))
		return send(ctx, tx, &b)
	})
}

// list writes a list as JSON, an empty one as "".
func list[E any](items []E) (string, error) {
	if len(items) == 0 {
		return "", nil
	}
	b, err := json.Marshal(items)
	return string(b), err
}

func unlist[S ~[]E, E any](text string, into *S) error {
	if text == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(text), into); err != nil {
		return fmt.Errorf("%w: %w", errUnreadable, err)
	}
	return nil
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// clean makes text that people read fit for PostgreSQL, which takes neither broken UTF-8
// nor a zero character. Ids are not touched: another id would be another object.
func clean(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}
