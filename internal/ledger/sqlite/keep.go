package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
)

// Keep implements [agent.Ledger].
func (l *ledger) Keep(ctx context.Context, k agent.Keep) error {
	return l.db.submit(ctx, func(t *transaction) error {
		connection, _, err := l.connection(t)
		if err != nil {
			return err
		}
		for i := range k.Links {
			if err := saveLink(t, connection, k.Links[i]); err != nil {
				return wrap("saving a link", err)
			}
		}
		if k.Tasks != nil {
			if err := keepTasks(t, connection, k.Tasks); err != nil {
				return wrap("saving tasks", err)
			}
		}
		if k.Leaving != nil {
			if err := keepLeaving(t, connection, k.Leaving); err != nil {
				return wrap("saving who is leaving", err)
			}
		}
		for name, text := range k.Notes {
			if text == "" {
				_, err = t.exec(t.stmts.dropNote, connection, name)
			} else {
				_, err = t.exec(t.stmts.saveNote, connection, name, text)
			}
			if err != nil {
				return wrap("saving a note", err)
			}
		}
		return nil
	})
}

func keepTasks(t *transaction, connection int64, tasks []agent.Task) error {
	if _, err := t.exec(t.stmts.dropTasks, connection); err != nil {
		return err
	}
	for i := range tasks {
		k := &tasks[i]
		if _, err := t.exec(t.stmts.addTask, connection, int(k.Kind), string(k.Source), string(k.Target), k.Name, string(k.Verb),
			k.What, string(k.Class), k.Detail, k.RequestID, k.Tries, millis(k.Since), millis(k.Last), millis(k.Next)); err != nil {
			return err
		}
	}
	return nil
}

func keepLeaving(t *transaction, connection int64, leaving map[directory.SourceID]time.Time) error {
	if _, err := t.exec(t.stmts.dropLeaving, connection); err != nil {
		return err
	}
	for source, since := range leaving {
		if _, err := t.exec(t.stmts.addLeaving, connection, string(source), millis(since)); err != nil {
			return err
		}
	}
	return nil
}

// loadKept reads what Keep was given.
func loadKept(t *transaction, connection int64, state *agent.State) error {
	rows, err := t.query(t.stmts.tasks, connection)
	if err != nil {
		return err
	}
	if err := each(rows, func() error {
		var k agent.Task
		var verb, class string
		var since, last, next int64
		err := rows.Scan(&k.Kind, &k.Source, &k.Target, &k.Name, &verb, &k.What, &class, &k.Detail, &k.RequestID, &k.Tries, &since, &last, &next)
		k.Verb, k.Class = plan.Verb(verb), agent.TaskClass(class)
		k.Since, k.Last, k.Next = moment(since), moment(last), moment(next)
		state.Tasks = append(state.Tasks, k)
		return err
	}); err != nil {
		return err
	}
	if rows, err = t.query(t.stmts.leaving, connection); err != nil {
		return err
	}
	if err := each(rows, func() error {
		var source directory.SourceID
		var since int64
		err := rows.Scan(&source, &since)
		if state.Leaving == nil {
			state.Leaving = map[directory.SourceID]time.Time{}
		}
		state.Leaving[source] = moment(since)
		return err
	}); err != nil {
		return err
	}
	if rows, err = t.query(t.stmts.notes, connection); err != nil {
		return err
	}
	return each(rows, func() error {
		var name, text string
		err := rows.Scan(&name, &text)
		if state.Notes == nil {
			state.Notes = map[string]string{}
		}
		state.Notes[name] = text
		return err
	})
}

// History returns the journal entries of a record, newest first, at most limit.
func (d *DB) History(ctx context.Context, connection string, kind directory.Kind, source directory.SourceID, limit int) ([]agent.Entry, error) {
	var entries []agent.Entry
	err := d.submit(ctx, func(t *transaction) error {
		entries = nil
		rows, err := t.query(t.stmts.history, connection, int(kind), string(source), limit)
		if err != nil {
			return wrap("reading the journal", err)
		}
		return wrap("reading the journal", each(rows, func() error {
			e, err := scanEntry(rows)
			entries = append(entries, e)
			return err
		}))
	})
	return entries, err
}

func scanEntry(rows *sql.Rows) (agent.Entry, error) {
	var e agent.Entry
	var verb, adds, drops, result string
	var begun, closed int64
	if err := rows.Scan(&e.ID, &verb, &e.Kind, &e.Source, &e.Target, &e.Name, &adds, &drops, &e.LookFirst, &begun, &closed, &result, &e.Error); err != nil {
		return e, err
	}
	e.Verb, e.Result = plan.Verb(verb), agent.Result(result)
	e.Begun = time.Unix(begun, 0).UTC()
	if closed != 0 {
		e.Closed = time.Unix(closed, 0).UTC()
	}
	return e, errors.Join(unlist(adds, &e.Add), unlist(drops, &e.Drop))
}

// millis and moment keep a time as milliseconds, the zero one as 0.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
