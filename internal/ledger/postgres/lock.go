package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5"

	"github.com/oktascim/oktascim/agent"
)

// errLockLost stops a run whose hold on the connection is gone.
var errLockLost = errors.New("the session that held the connection was lost, and another process may have taken it: nothing more is written; start again")

// Acquire implements [agent.Exclusive] with an advisory lock of a session that does
// nothing else: it is gone when the process is, however that ends.
func (l *ledger) Acquire(ctx context.Context) (release func() error, err error) {
	fail := func(err error) (func() error, error) {
		return nil, fmt.Errorf("locking connection %q: %w", l.name, l.db.explain(err))
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	id, err := l.row(ctx)
	if err != nil {
		return fail(err)
	}
	conn, err := pgx.ConnectConfig(ctx, l.db.config.Copy())
	if err != nil {
		return fail(err)
	}
	held, err := lock(ctx, conn, id)
	if err != nil || !held {
		if err == nil {
			err = fmt.Errorf("%w: %s holds it", agent.ErrBusy, holder(ctx, conn, id))
		}
		_ = conn.Close(ctx)
		return fail(err)
	}
	lost := make(chan struct{})
	l.lost.Store(&lost)
	watch, stop := context.WithCancel(context.WithoutCancel(ctx))
	var released atomic.Bool
	var wg sync.WaitGroup
	wg.Go(func() {
		// Returns when the session ends, or when release notifies it.
		for !released.Load() {
			if _, err := conn.WaitForNotification(watch); err != nil {
				if !released.Load() {
					close(lost)
				}
				return
			}
		}
	})
	return func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), connectTimeout)
		defer cancel()
		defer stop()
		released.Store(true)
		if _, err := l.db.pool.Exec(ctx, `SELECT pg_notify($1, '')`, channel(conn)); err != nil {
			stop() // ends the session, and the lock with it, a moment later
		}
		wg.Wait()
		l.lost.Store(nil)
		if conn.IsClosed() {
			return nil
		}
		// Ending the session would give the lock back too, but only after we returned.
		_, err := conn.Exec(ctx, `SELECT pg_advisory_unlock_all()`)
		return errors.Join(l.db.explain(err), conn.Close(ctx))
	}, nil
}

// channel is where the session of a lock hears that it is to be released.
func channel(conn *pgx.Conn) string { return fmt.Sprintf("oktascim_%d", conn.PgConn().PID()) }

// lock takes the lock of the connection with this id, if it is free. Its two numbers are
// the table, so that schemas of one database do not meet, and the row.
func lock(ctx context.Context, conn *pgx.Conn, id int32) (held bool, err error) {
	// A server learns within a minute that this machine died. Not for a Unix socket.
	if !strings.HasPrefix(conn.Config().Host, "/") {
		if _, err := conn.Exec(ctx, `SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3`); err != nil {
			return false, err
		}
	}
	if _, err := conn.Exec(ctx, `LISTEN `+pgx.Identifier{channel(conn)}.Sanitize()); err != nil {
		return false, err
	}
	// It has nothing to say for as long as the run takes. The setting came with version 14.
	if _, err := conn.Exec(ctx, `SELECT set_config('idle_session_timeout', '0', false) WHERE current_setting('server_version_num')::int >= 140000`); err != nil {
		return false, err
	}
	err = conn.QueryRow(ctx, `SELECT pg_try_advisory_lock('connection'::regclass::oid::bigint::bit(32)::int, $1)`, id).Scan(&held)
	return held, err
}

// holder says who has the lock, as far as the server tells.
func holder(ctx context.Context, conn *pgx.Conn, id int32) string {
	var name string
	err := conn.QueryRow(ctx, `SELECT coalesce(a.application_name, '') FROM pg_locks l JOIN pg_stat_activity a USING (pid)
		WHERE l.locktype = 'advisory' AND l.granted AND l.classid = 'connection'::regclass::oid AND l.objid = $1::bigint::oid AND l.objsubid = 2
		AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`, int64(id)).Scan(&name)
	if part := strings.Fields(name); err == nil && len(part) == 3 && part[0] == "oktascim" {
		return fmt.Sprintf("process %s on %s", part[2], part[1])
	}
	return "another process"
}
