package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
)

// maxBatch bounds how many statements are sent before their answers are read.
const maxBatch = 1000

// Keep implements [agent.Ledger].
func (l *ledger) Keep(ctx context.Context, k agent.Keep) error {
	return l.change(ctx, "saving what a run keeps", func(ctx context.Context, tx pgx.Tx, connection int32) error {
		b := &pgx.Batch{}
		flush := func(full int) error {
			if b.Len() < full {
				return nil
			}
			err := send(ctx, tx, b)
			b = &pgx.Batch{}
			return err
		}
		for i := range k.Links {
			if err := saveLink(b, connection, k.Links[i]); err != nil {
				return err
			}
			if err := flush(maxBatch); err != nil {
				return err
			}
		}
		if k.Tasks != nil {
			b.Queue(`DELETE FROM task WHERE connection = $1`, connection)
			for i := range k.Tasks {
				keepTask(b, connection, &k.Tasks[i])
				if err := flush(maxBatch); err != nil {
					return err
				}
			}
		}
		if k.Leaving != nil {
			b.Queue(`DELETE FROM leaving WHERE connection = $1`, connection)
			for source, since := range k.Leaving {
				b.Queue(`INSERT INTO leaving (connection, source, since) VALUES ($1, $2, $3)`, connection, string(source), millis(since))
				if err := flush(maxBatch); err != nil {
					return err
				}
			}
		}
		for name, text := range k.Notes {
			if text == "" {
				b.Queue(`DELETE FROM note WHERE connection = $1 AND name = $2`, connection, name)
			} else {
				b.Queue(`INSERT INTO note (connection, name, text) VALUES ($1, $2, $3) ON CONFLICT (connection, name) DO UPDATE SET text = excluded.text`, connection, name, text)
			}
		}
		return flush(1)
	})
}

func keepTask(b *pgx.Batch, connection int32, k *agent.Task) {
	b.Queue(`INSERT INTO task (connection, kind, source, target, name, verb, what, class, detail, request, tries, since, last, next)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
		ON CONFLICT (connection, kind, source, target) DO UPDATE SET name = excluded.name, verb = excluded.verb, what = excluded.what, class = excluded.class,
		detail = excluded.detail, request = excluded.request, tries = excluded.tries, since = excluded.since, last = excluded.last, next = excluded.next`,
		connection, int(k.Kind), string(k.Source), string(k.Target), clean(k.Name), string(k.Verb), clean(k.What), string(k.Class), clean(k.Detail),
		clean(k.RequestID), k.Tries, millis(k.Since), millis(k.Last), millis(k.Next))
}

// loadKept reads what Keep was given.
func loadKept(ctx context.Context, tx pgx.Tx, connection int32, state *agent.State) error {
	if err := each(ctx, tx, func(rows pgx.Rows) error {
		var k agent.Task
		var kind int
		var source, target, verb, class string
		var since, last, next int64
		err := rows.Scan(&kind, &source, &target, &k.Name, &verb, &k.What, &class, &k.Detail, &k.RequestID, &k.Tries, &since, &last, &next)
		k.Kind, k.Source, k.Target = directory.Kind(kind), directory.SourceID(source), directory.TargetID(target)
		k.Verb, k.Class = plan.Verb(verb), agent.TaskClass(class)
		k.Since, k.Last, k.Next = moment(since), moment(last), moment(next)
		state.Tasks = append(state.Tasks, k)
		return err
	}, `SELECT kind, source, target, name, verb, what, class, detail, request, tries, since, last, next
		FROM task WHERE connection = $1 ORDER BY kind, source, target`, connection); err != nil {
		return err
	}
	if err := each(ctx, tx, func(rows pgx.Rows) error {
		var source string
		var since int64
		err := rows.Scan(&source, &since)
		if state.Leaving == nil {
			state.Leaving = map[directory.SourceID]time.Time{}
		}
		state.Leaving[directory.SourceID(source)] = moment(since)
		return err
	}, `SELECT source, since FROM leaving WHERE connection = $1`, connection); err != nil {
		return err
	}
	return each(ctx, tx, func(rows pgx.Rows) error {
		var name, text string
		err := rows.Scan(&name, &text)
		if state.Notes == nil {
			state.Notes = map[string]string{}
		}
		state.Notes[name] = text
		return err
	}, `SELECT name, text FROM note WHERE connection = $1`, connection)
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
