// Package inspect holds what must be true of every ledger, whatever keeps it: the rules
// of "oktascim ledger verify". Its SQL is what SQLite and PostgreSQL have in common.
package inspect

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// Query runs a query without arguments and calls row for each row of the answer.
type Query func(ctx context.Context, query string, row func(scan func(dest ...any) error) error) error

// Ledger returns what is wrong with the ledger that query reads, in words, nothing if
// all is well. The error is that of a query.
func Ledger(ctx context.Context, query Query) ([]string, error) {
	var wrong []string
	for _, rule := range []func(context.Context, Query, func(string, ...any)) error{orphans, twice, strange, unreadable, open} {
		err := rule(ctx, query, func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) })
		if err != nil {
			return wrong, err
		}
	}
	return wrong, nil
}

// kind says a kind as a person would.
func kind(k int) string {
	switch k {
	case 1:
		return "user"
	case 2:
		return "group"
	}
	return fmt.Sprintf("record of the unknown kind %d", k)
}

// orphans are members of a group that has no link: nobody would ever take them out.
func orphans(ctx context.Context, query Query, report func(string, ...any)) error {
	return query(ctx, `SELECT coalesce(c.name, '?'), m.grp, count(*) FROM member m LEFT JOIN connection c ON c.id = m.connection
		WHERE NOT EXISTS (SELECT 1 FROM link l WHERE l.connection = m.connection AND l.kind = 2 AND l.source = m.grp)
		GROUP BY c.name, m.grp ORDER BY c.name, m.grp`, func(scan func(...any) error) error {
		var connection, group string
		var n int
		if err := scan(&connection, &group, &n); err != nil {
			return err
		}
		report("connection %s: %d orphaned members of the group %s, which has no link", connection, n, group)
		return nil
	})
}

// twice are objects of the target that belong to two records. Written around the index
// that forbids it, which may be what is broken.
func twice(ctx context.Context, query Query, report func(string, ...any)) error {
	return query(ctx, `SELECT coalesce(c.name, '?'), l.kind, min(l.target), count(*), min(l.source), max(l.source) FROM link l LEFT JOIN connection c ON c.id = l.connection
		GROUP BY c.name, l.connection, l.kind, l.target || '' HAVING count(*) > 1 ORDER BY 1, 2, 3`, func(scan func(...any) error) error {
		var connection, target, first, last string
		var k, n int
		if err := scan(&connection, &k, &target, &n, &first, &last); err != nil {
			return err
		}
		report("connection %s: %d links of one object: the %s %s of the target belongs to %s and %s", connection, n, kind(k), target, first, last)
		return nil
	})
}

// strange are links of a kind or an origin that no version writes.
func strange(ctx context.Context, query Query, report func(string, ...any)) error {
	return query(ctx, `SELECT coalesce(c.name, '?'), l.kind, l.source, l.origin FROM link l LEFT JOIN connection c ON c.id = l.connection
		WHERE l.kind NOT IN (1, 2) OR l.origin NOT IN ('created', 'adopted', 'linked') ORDER BY 1, 2, 3`, func(scan func(...any) error) error {
		var connection, source, origin string
		var k int
		if err := scan(&connection, &k, &source, &origin); err != nil {
			return err
		}
		report("connection %s: the link of the %s %s has the origin %q, which no version writes", connection, kind(k), source, origin)
		return nil
	})
}

// unreadable are lists that are no JSON: reading the ledger would stop there.
func unreadable(ctx context.Context, query Query, report func(string, ...any)) error {
	for _, c := range []struct{ table, column, what string }{
		{"link", "ignored", "the attributes that the target ignores"},
		{"link", "known", "the attributes that the target holds"},
		{"journal", "adds", "the members to add"},
		{"journal", "drops", "the members to drop"},
	} {
		err := query(ctx, `SELECT coalesce(c.name, '?'), t.kind, t.source, t.`+c.column+` FROM `+c.table+` t LEFT JOIN connection c ON c.id = t.connection
			WHERE t.`+c.column+` <> '' ORDER BY 1, 2, 3`, func(scan func(...any) error) error {
			var connection, source, text string
			var k int
			if err := scan(&connection, &k, &source, &text); err != nil {
				return err
			}
			var list []any
			if err := json.Unmarshal([]byte(text), &list); err != nil {
				report("connection %s: unreadable JSON in the %s (%s) of the %s %s: %v", connection, c.table, c.what, kind(k), source, err)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// open are journal entries older than the last apply that came to its end: its start
// should have looked them up.
func open(ctx context.Context, query Query, report func(string, ...any)) error {
	return query(ctx, `SELECT coalesce(c.name, '?'), j.id, j.verb, j.kind, j.source, j.target, j.name, j.begun FROM journal j LEFT JOIN connection c ON c.id = j.connection
		WHERE j.closed IS NULL AND j.begun < (SELECT max(r.started) / 1000 FROM run r
			WHERE r.connection = j.connection AND r.mode = 'apply' AND r.result IN ('applied', 'partial', 'nothing to do'))
		ORDER BY 1, 2`, func(scan func(...any) error) error {
		var connection, verb, source, target, name string
		var id, begun int64
		var k int
		if err := scan(&connection, &id, &verb, &k, &source, &target, &name, &begun); err != nil {
			return err
		}
		if source == "" {
			source = target
		}
		report("connection %s: the journal entry %d is still open although a later run came to its end: %s of the %s %q (%s), begun %s",
			connection, id, verb, kind(k), name, source, time.Unix(begun, 0).UTC().Format(time.RFC3339))
		return nil
	})
}
