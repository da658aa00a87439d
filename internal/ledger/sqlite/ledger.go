package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
)

const (
	// keepJournal is how long closed entries stay for people to read; nothing else
	// needs them.
	keepJournal = 30 * 24 * time.Hour
	// keepRuns is how many runs of a connection stay: six weeks of hourly ones.
	keepRuns = 1000
)

// ledger is the part of the file that belongs to one connection.
type ledger struct {
	db   *DB
	name string
}

var (
	_ agent.Ledger    = (*ledger)(nil)
	_ agent.Exclusive = (*ledger)(nil)
)

// Bind implements [agent.Ledger].
func (l *ledger) Bind(ctx context.Context, identity string) error {
	return l.db.submit(ctx, func(t *transaction) error {
		id, bound, err := l.connection(t)
		switch {
		case err != nil:
			return err
		case bound == identity:
			return nil
		case bound != "":
			return &agent.Bound{Connection: l.name, Want: bound, Got: identity}
		}
		_, err = t.exec(t.stmts.bind, identity, id)
		return wrap("binding the ledger", err)
	})
}

// Load implements [agent.Ledger].
func (l *ledger) Load(ctx context.Context) (agent.State, error) {
	var state agent.State
	err := l.db.submit(ctx, func(t *transaction) error {
		state = agent.State{}
		var id int64
		err := t.row(t.stmts.findConnection, l.name).Scan(&id, &state.Identity)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return wrap("reading the connection", err)
		}
		if state.Links, err = loadLinks(t, id); err != nil {
			return wrap("reading links", err)
		}
		if state.Open, err = loadOpen(t, id); err != nil {
			return wrap("reading the journal", err)
		}
		err = t.row(t.stmts.lastDesired, id).Scan(&state.LastDesired)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return wrap("reading the last run", err)
		}
		return wrap("reading what the last run kept", loadKept(t, id, &state))
	})
	return state, err
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
	var id agent.IntentID
	err = l.db.submit(ctx, func(t *transaction) error {
		connection, _, err := l.connection(t)
		if err != nil {
			return err
		}
		res, err := t.exec(t.stmts.begin, connection, string(in.Verb), int(in.Kind), string(in.Source), string(in.Target), in.Name,
			adds, drops, in.LookFirst)
		if err != nil {
			return wrap("writing the journal", err)
		}
		n, err := res.LastInsertId()
		id = agent.IntentID(n)
		return err
	})
	return id, err
}

// Finish implements [agent.Ledger].
func (l *ledger) Finish(ctx context.Context, id agent.IntentID, out agent.Outcome) error {
	return l.db.submit(ctx, func(t *transaction) error {
		connection, _, err := l.connection(t)
		if err != nil {
			return err
		}
		var of record
		err = t.row(t.stmts.findOpen, int64(id), connection).Scan(&of.kind, &of.source, &of.target)
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("closing journal entry %d: %w", id, agent.ErrNoIntent)
		}
		if err != nil {
			return wrap("reading the journal", err)
		}
		stmt := t.stmts.closeIntent
		if out.Result == agent.Unknown {
			stmt = t.stmts.noteError
		}
		if _, err := t.exec(stmt, string(out.Result), out.Error, int64(id)); err != nil {
			return wrap("closing a journal entry", err)
		}
		if out.Forget {
			if err := forget(t, connection, of); err != nil {
				return wrap("forgetting a link", err)
			}
		}
		if out.Link != nil {
			return wrap("saving a link", saveLink(t, connection, *out.Link))
		}
		return nil
	})
}

// SaveRun implements [agent.Ledger].
func (l *ledger) SaveRun(ctx context.Context, r agent.RunRecord) error {
	return l.db.submit(ctx, func(t *transaction) error {
		connection, _, err := l.connection(t)
		if err != nil {
			return err
		}
		_, err = t.exec(t.stmts.saveRun, connection, r.ID, r.Started.UnixMilli(), r.Ended.UnixMilli(), r.Mode, r.Result,
			r.Digest, r.Plan, r.Desired, r.Complete, r.Error)
		if err != nil {
			return wrap("saving a run", err)
		}
		if _, err := t.exec(t.stmts.pruneRuns, connection, keepRuns); err != nil {
			return wrap("removing old runs", err)
		}
		_, err = t.exec(t.stmts.pruneJournal, connection, int64(keepJournal/time.Second))
		return wrap("removing old journal entries", err)
	})
}

// connection returns the row of the ledger's connection, made if it is not there.
func (l *ledger) connection(t *transaction) (id int64, identity string, err error) {
	err = t.row(t.stmts.findConnection, l.name).Scan(&id, &identity)
	if !errors.Is(err, sql.ErrNoRows) {
		return id, identity, wrap("reading the connection", err)
	}
	res, err := t.exec(t.stmts.addConnection, l.name)
	if err != nil {
		return 0, "", wrap("adding the connection", err)
	}
	id, err = res.LastInsertId()
	return id, "", err
}

// record names the row of a link.
type record struct {
	kind           directory.Kind
	source, target string
}

func saveLink(t *transaction, connection int64, k directory.Link) error {
	ignored, err := list(k.Ignored)
	if err != nil {
		return err
	}
	known, err := list(k.Known)
	if err != nil {
		return err
	}
	kind, source, target := int(k.Kind), string(k.Source), string(k.Target)
	for _, stmt := range []*sql.Stmt{t.stmts.takeMembers, t.stmts.takeTarget} {
		if _, err := t.exec(stmt, connection, kind, target, source); err != nil {
			return err
		}
	}
	if _, err := t.exec(t.stmts.saveLink, connection, kind, source, target, string(k.Origin), k.Name, ignored, k.MembersUnreadable, k.Deactivated, known); err != nil {
		return err
	}
	if k.Kind != directory.KindGroup {
		return nil
	}
	return saveMembers(t, connection, source, k.Members)
}

// saveMembers writes only what differs: one who joins a group of thousands costs one row.
func saveMembers(t *transaction, connection int64, group string, want []directory.SourceID) error {
	have, err := membersOf(t, connection, group)
	if err != nil {
		return err
	}
	want = slices.Sorted(slices.Values(want))
	for _, id := range want {
		if _, found := slices.BinarySearch(have, id); found {
			continue
		}
		if _, err := t.exec(t.stmts.addMember, connection, group, string(id)); err != nil {
			return err
		}
	}
	for _, id := range have {
		if _, found := slices.BinarySearch(want, id); found {
			continue
		}
		if _, err := t.exec(t.stmts.dropMember, connection, group, string(id)); err != nil {
			return err
		}
	}
	return nil
}

func membersOf(t *transaction, connection int64, group string) ([]directory.SourceID, error) {
	rows, err := t.query(t.stmts.membersOf, connection, group) //nolint:sqlclosecheck // each closes them
	if err != nil {
		return nil, err
	}
	var ids []directory.SourceID
	return ids, each(rows, func() error {
		var id string
		err := rows.Scan(&id)
		ids = append(ids, directory.SourceID(id))
		return err
	})
}

func forget(t *transaction, connection int64, of record) error {
	if of.source == "" {
		// A group that Okta no longer knows.
		err := t.row(t.stmts.sourceOf, connection, int(of.kind), of.target).Scan(&of.source)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	if _, err := t.exec(t.stmts.forgetLink, connection, int(of.kind), of.source); err != nil {
		return err
	}
	if of.kind != directory.KindGroup {
		return nil
	}
	_, err := t.exec(t.stmts.forgetMembers, connection, of.source)
	return err
}

func loadLinks(t *transaction, connection int64) (directory.Links, error) {
	rows, err := t.query(t.stmts.links, connection)
	if err != nil {
		return nil, err
	}
	var links directory.Links
	err = each(rows, func() error {
		var k directory.Link
		var ignored, known string
		if err := rows.Scan(&k.Kind, &k.Source, &k.Target, &k.Origin, &k.Name, &ignored, &k.MembersUnreadable, &k.Deactivated, &known); err != nil {
			return err
		}
		links = append(links, k)
		last := &links[len(links)-1]
		return errors.Join(unlist(ignored, &last.Ignored), unlist(known, &last.Known))
	})
	if err != nil {
		return nil, err
	}
	return links, loadMembers(t, connection, links)
}

// loadMembers fills in the members of the groups among links. Their ids share the memory
// of the user links, since nearly every member is somebody who has one.
func loadMembers(t *transaction, connection int64, links directory.Links) error {
	groups := map[directory.SourceID]int{}
	ids := make(map[directory.SourceID]directory.SourceID, len(links))
	for i := range links {
		if links[i].Kind == directory.KindGroup {
			groups[links[i].Source] = i
		} else {
			ids[links[i].Source] = links[i].Source
		}
	}
	rows, err := t.query(t.stmts.members, connection)
	if err != nil {
		return err
	}
	var group, user sql.RawBytes
	return each(rows, func() error {
		if err := rows.Scan(&group, &user); err != nil {
			return err
		}
		i, ok := groups[directory.SourceID(group)]
		if !ok {
			return nil
		}
		id, ok := ids[directory.SourceID(user)]
		if !ok {
			id = directory.SourceID(user)
			ids[id] = id
		}
		links[i].Members = append(links[i].Members, id)
		return nil
	})
}

func loadOpen(t *transaction, connection int64) ([]agent.Intent, error) {
	rows, err := t.query(t.stmts.open, connection)
	if err != nil {
		return nil, err
	}
	var open []agent.Intent
	return open, each(rows, func() error {
		var in agent.Intent
		var verb, adds, drops string
		if err := rows.Scan(&in.ID, &verb, &in.Kind, &in.Source, &in.Target, &in.Name, &adds, &drops, &in.LookFirst); err != nil {
			return err
		}
		in.Verb = plan.Verb(verb)
		if err := errors.Join(unlist(adds, &in.Add), unlist(drops, &in.Drop)); err != nil {
			return err
		}
		open = append(open, in)
		return nil
	})
}

// Runs returns the last runs of a connection, newest first, at most limit.
func (d *DB) Runs(ctx context.Context, connection string, limit int) ([]agent.RunRecord, error) {
	var runs []agent.RunRecord
	err := d.submit(ctx, func(t *transaction) error {
		runs = nil
		rows, err := t.query(t.stmts.runs, connection, limit)
		if err != nil {
			return wrap("reading runs", err)
		}
		return wrap("reading runs", each(rows, func() error {
			var r agent.RunRecord
			var started, ended int64
			err := rows.Scan(&r.ID, &started, &ended, &r.Mode, &r.Result, &r.Digest, &r.Plan, &r.Desired, &r.Complete, &r.Error)
			r.Started, r.Ended = time.UnixMilli(started).UTC(), time.UnixMilli(ended).UTC()
			runs = append(runs, r)
			return err
		}))
	})
	return runs, err
}

// each calls scan for every row and closes rows.
func each(rows *sql.Rows, scan func() error) error {
	for rows.Next() {
		if err := scan(); err != nil {
			return errors.Join(err, rows.Close())
		}
	}
	return errors.Join(rows.Err(), rows.Close())
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
	return json.Unmarshal([]byte(text), into)
}

func wrap(step string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", step, err)
}
