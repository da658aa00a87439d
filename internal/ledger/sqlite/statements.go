package sqlite

import (
	"context"
	"database/sql"
	"errors"
)

// statements are prepared once; there is one connection, so each stays prepared.
type statements struct {
	addConnection, findConnection, bind *sql.Stmt

	links, members, open, lastDesired *sql.Stmt

	begin, findOpen, closeIntent, noteError, pruneJournal *sql.Stmt

	saveLink, takeTarget, takeMembers, forgetLink, forgetMembers, sourceOf *sql.Stmt

	membersOf, addMember, dropMember *sql.Stmt

	saveRun, pruneRuns, runs *sql.Stmt

	tasks, dropTasks, addTask, leaving, dropLeaving, addLeaving, notes, saveNote, dropNote, history *sql.Stmt
}

func prepareStatements(ctx context.Context, db *sql.DB) (statements, error) {
	var s statements
	for _, p := range []struct {
		into *(*sql.Stmt)
		text string
	}{
		{&s.addConnection, `INSERT INTO connection (name) VALUES (?) ON CONFLICT DO NOTHING`},
		{&s.findConnection, `SELECT id, identity FROM connection WHERE name = ?`},
		{&s.bind, `UPDATE connection SET identity = ? WHERE id = ?`},

		{&s.links, `SELECT kind, source, target, origin, name, ignored, unreadable, deactivated, known
			FROM link WHERE connection = ? ORDER BY kind, source`},
		{&s.members, `SELECT grp, user FROM member WHERE connection = ? ORDER BY grp, user`},
		{&s.open, `SELECT id, verb, kind, source, target, name, adds, drops, look_first
			FROM journal WHERE connection = ? AND closed IS NULL ORDER BY id`},
		{&s.lastDesired, `SELECT desired FROM run WHERE connection = ? AND complete <> 0 ORDER BY id DESC LIMIT 1`},

		{&s.begin, `INSERT INTO journal (connection, verb, kind, source, target, name, adds, drops, look_first)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`},
		{&s.findOpen, `SELECT kind, source, target FROM journal WHERE id = ? AND connection = ? AND closed IS NULL`},
		{&s.closeIntent, `UPDATE journal SET closed = unixepoch(), result = ?, error = ? WHERE id = ?`},
		{&s.noteError, `UPDATE journal SET result = ?, error = ? WHERE id = ?`},
		{&s.pruneJournal, `DELETE FROM journal WHERE connection = ? AND closed IS NOT NULL AND closed < unixepoch() - ?`},

		{&s.saveLink, `INSERT INTO link (connection, kind, source, target, origin, name, ignored, unreadable, deactivated, known)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (connection, kind, source) DO UPDATE SET target = excluded.target, origin = excluded.origin,
			name = excluded.name, ignored = excluded.ignored, unreadable = excluded.unreadable, deactivated = excluded.deactivated, known = excluded.known`},
		{&s.takeMembers, `DELETE FROM member WHERE connection = ?1 AND ?2 = 2 AND grp IN
			(SELECT source FROM link WHERE connection = ?1 AND kind = ?2 AND target = ?3 AND source <> ?4)`},
		{&s.takeTarget, `DELETE FROM link WHERE connection = ?1 AND kind = ?2 AND target = ?3 AND source <> ?4`},
		{&s.sourceOf, `SELECT source FROM link WHERE connection = ? AND kind = ? AND target = ?`},
		{&s.forgetLink, `DELETE FROM link WHERE connection = ? AND kind = ? AND source = ?`},
		{&s.forgetMembers, `DELETE FROM member WHERE connection = ? AND grp = ?`},

		{&s.membersOf, `SELECT user FROM member WHERE connection = ? AND grp = ? ORDER BY user`},
		{&s.addMember, `INSERT INTO member (connection, grp, user) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`},
		{&s.dropMember, `DELETE FROM member WHERE connection = ? AND grp = ? AND user = ?`},

		{&s.saveRun, `INSERT OR REPLACE INTO run (connection, id, started, ended, mode, result, digest, plan, desired, complete, error)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`},
		// The measure of later runs is kept, however old it is.
		{&s.pruneRuns, `DELETE FROM run WHERE connection = ?1
			AND id < (SELECT id FROM run WHERE connection = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2 - 1)
			AND id <> ifnull((SELECT id FROM run WHERE connection = ?1 AND complete <> 0 ORDER BY id DESC LIMIT 1), '')`},
		{&s.runs, `SELECT id, started, ended, mode, result, digest, plan, desired, complete, error
			FROM run WHERE connection = (SELECT id FROM connection WHERE name = ?) ORDER BY id DESC LIMIT ?`},

		{&s.tasks, `SELECT kind, source, target, name, verb, what, class, detail, request, tries, since, last, next
			FROM task WHERE connection = ? ORDER BY kind, source, target`},
		{&s.dropTasks, `DELETE FROM task WHERE connection = ?`},
		{&s.addTask, `INSERT OR REPLACE INTO task (connection, kind, source, target, name, verb, what, class, detail, request, tries, since, last, next)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`},
		{&s.leaving, `SELECT source, since FROM leaving WHERE connection = ?`},
		{&s.dropLeaving, `DELETE FROM leaving WHERE connection = ?`},
		{&s.addLeaving, `INSERT INTO leaving (connection, source, since) VALUES (?, ?, ?)`},
		{&s.notes, `SELECT name, text FROM note WHERE connection = ?`},
		{&s.saveNote, `INSERT OR REPLACE INTO note (connection, name, text) VALUES (?, ?, ?)`},
		{&s.dropNote, `DELETE FROM note WHERE connection = ? AND name = ?`},
		{&s.history, `SELECT id, verb, kind, source, target, name, adds, drops, look_first, begun, ifnull(closed, 0), result, error
			FROM journal WHERE connection = (SELECT id FROM connection WHERE name = ?1) AND kind = ?2 AND source = ?3 ORDER BY id DESC LIMIT ?4`},
	} {
		stmt, err := db.PrepareContext(ctx, p.text) //nolint:sqlclosecheck // close does
		if err != nil {
			return s, errors.Join(err, s.close())
		}
		*p.into = stmt
	}
	return s, nil
}

func (s *statements) close() error {
	var errs []error
	for _, stmt := range []*sql.Stmt{
		s.addConnection, s.findConnection, s.bind,
		s.links, s.members, s.open, s.lastDesired,
		s.begin, s.findOpen, s.closeIntent, s.noteError, s.pruneJournal,
		s.saveLink, s.takeTarget, s.takeMembers, s.forgetLink, s.forgetMembers, s.sourceOf,
		s.membersOf, s.addMember, s.dropMember,
		s.saveRun, s.pruneRuns, s.runs,
		s.tasks, s.dropTasks, s.addTask, s.leaving, s.dropLeaving, s.addLeaving, s.notes, s.saveNote, s.dropNote, s.history,
	} {
		if stmt != nil {
			errs = append(errs, stmt.Close())
		}
	}
	return errors.Join(errs...)
}
