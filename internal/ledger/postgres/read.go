package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
)

// Load implements [agent.Ledger]. It reads one moment, however long it takes.
func (l *ledger) Load(ctx context.Context) (agent.State, error) {
	var state agent.State
	err := l.db.do(ctx, "reading the database", snapshot(), func(ctx context.Context, tx pgx.Tx) error {
		state = agent.State{}
		var id int32
		err := tx.QueryRow(ctx, `SELECT id, identity FROM connection WHERE name = $1`, l.name).Scan(&id, &state.Identity)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if state.Links, err = loadLinks(ctx, tx, id); err != nil {
			return err
		}
		if state.Open, err = loadOpen(ctx, tx, id); err != nil {
			return err
		}
		err = tx.QueryRow(ctx, `SELECT desired FROM run WHERE connection = $1 AND complete <> 0 ORDER BY id DESC LIMIT 1`, id).Scan(&state.LastDesired)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		return loadKept(ctx, tx, id, &state)
	})
	return state, err
}

// each calls scan for every row.
func each(ctx context.Context, tx pgx.Tx, scan func(rows pgx.Rows) error, query string, args ...any) error {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func loadLinks(ctx context.Context, tx pgx.Tx, connection int32) (directory.Links, error) {
	var links directory.Links
	err := each(ctx, tx, func(rows pgx.Rows) error {
		var k directory.Link
		var kind, unreadable, deactivated int
		var source, target, origin, ignored, known string
		if err := rows.Scan(&kind, &source, &target, &origin, &k.Name, &ignored, &unreadable, &deactivated, &known); err != nil {
			return err
		}
		k.Kind, k.Source, k.Target, k.Origin = directory.Kind(kind), directory.SourceID(source), directory.TargetID(target), directory.Origin(origin)
		k.MembersUnreadable, k.Deactivated = unreadable != 0, deactivated != 0
		links = append(links, k)
		last := &links[len(links)-1]
		return errors.Join(unlist(ignored, &last.Ignored), unlist(known, &last.Known))
	}, `SELECT kind, source, target, origin, name, ignored, unreadable, deactivated, known FROM link WHERE connection = $1 ORDER BY kind, source`, connection)
	if err != nil {
		return nil, err
	}
	return links, loadMembers(ctx, tx, connection, links)
}

// loadMembers fills in the members of the groups among links. Their ids share the memory
// of the user links, since nearly every member is somebody who has one.
func loadMembers(ctx context.Context, tx pgx.Tx, connection int32, links directory.Links) error {
	groups := map[string]int{}
	ids := make(map[string]directory.SourceID, len(links))
	for i := range links {
		if links[i].Kind == directory.KindGroup {
			groups[string(links[i].Source)] = i
		} else {
			ids[string(links[i].Source)] = links[i].Source
		}
	}
	return each(ctx, tx, func(rows pgx.Rows) error {
		raw := rows.RawValues() // text has the same bytes in both formats
		i, ok := groups[string(raw[0])]
		if !ok {
			return nil
		}
		id, ok := ids[string(raw[1])]
		if !ok {
			id = directory.SourceID(raw[1])
			ids[string(id)] = id
		}
		links[i].Members = append(links[i].Members, id)
		return nil
	}, `SELECT grp, "user" FROM member WHERE connection = $1 ORDER BY grp, "user"`, connection)
}

func loadOpen(ctx context.Context, tx pgx.Tx, connection int32) ([]agent.Intent, error) {
	var open []agent.Intent
	return open, each(ctx, tx, func(rows pgx.Rows) error {
		var in agent.Intent
		var id int64
		var kind, look int
		var verb, source, target, adds, drops string
		if err := rows.Scan(&id, &verb, &kind, &source, &target, &in.Name, &adds, &drops, &look); err != nil {
			return err
		}
		in.ID, in.Verb, in.Kind, in.Source, in.Target = agent.IntentID(id), plan.Verb(verb), directory.Kind(kind), directory.SourceID(source), directory.TargetID(target)
		in.LookFirst = look != 0
		err := errors.Join(unlist(adds, &in.Add), unlist(drops, &in.Drop))
		open = append(open, in)
		return err
	}, `SELECT id, verb, kind, source, target, name, adds, drops, look_first FROM journal WHERE connection = $1 AND closed IS NULL ORDER BY id`, connection)
}

// Runs returns the last runs of a connection, newest first, at most limit.
func (d *DB) Runs(ctx context.Context, connection string, limit int) ([]agent.RunRecord, error) {
	var runs []agent.RunRecord
	err := d.do(ctx, "reading runs", snapshot(), func(ctx context.Context, tx pgx.Tx) error {
		runs = nil
		return each(ctx, tx, func(rows pgx.Rows) error {
			var r agent.RunRecord
			var started, ended int64
			var complete int
			err := rows.Scan(&r.ID, &started, &ended, &r.Mode, &r.Result, &r.Digest, &r.Plan, &r.Desired, &complete, &r.Error)
			r.Started, r.Ended, r.Complete = time.UnixMilli(started).UTC(), time.UnixMilli(ended).UTC(), complete != 0
			runs = append(runs, r)
			return err
		}, `SELECT id, started, ended, mode, result, digest, plan, desired, complete, error
			FROM run WHERE connection = (SELECT id FROM connection WHERE name = $1) ORDER BY id DESC LIMIT $2`, connection, limit)
	})
	return runs, err
}

// History returns the journal entries of a record, newest first, at most limit.
func (d *DB) History(ctx context.Context, connection string, kind directory.Kind, source directory.SourceID, limit int) ([]agent.Entry, error) {
	var entries []agent.Entry
	err := d.do(ctx, "reading the journal", snapshot(), func(ctx context.Context, tx pgx.Tx) error {
		entries = nil
		return each(ctx, tx, func(rows pgx.Rows) error {
			e, err := scanEntry(rows)
			entries = append(entries, e)
			return err
		}, `SELECT id, verb, kind, source, target, name, adds, drops, look_first, begun, coalesce(closed, 0), result, error
			FROM journal WHERE connection = (SELECT id FROM connection WHERE name = $1) AND kind = $2 AND source = $3 ORDER BY id DESC LIMIT $4`,
			connection, int(kind), string(source), limit)
	})
	return entries, err
}

func scanEntry(rows pgx.Rows) (agent.Entry, error) {
	var e agent.Entry
	var verb, source, target, adds, drops, result string
	var id, begun, closed int64
	var kind, look int
	if err := rows.Scan(&id, &verb, &kind, &source, &target, &e.Name, &adds, &drops, &look, &begun, &closed, &result, &e.Error); err != nil {
		return e, err
	}
	e.ID, e.Verb, e.Kind, e.Result = agent.IntentID(id), plan.Verb(verb), directory.Kind(kind), agent.Result(result)
	e.Source, e.Target, e.LookFirst = directory.SourceID(source), directory.TargetID(target), look != 0
	e.Begun = time.Unix(begun, 0).UTC()
	if closed != 0 {
		e.Closed = time.Unix(closed, 0).UTC()
	}
	return e, errors.Join(unlist(adds, &e.Add), unlist(drops, &e.Drop))
}
