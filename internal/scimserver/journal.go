package scimserver

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// journal writes each change to SQLite in one transaction. Members go in and
// out as one statement with a JSON list: one statement for each costs a group
// of hundreds tens of milliseconds.
type journal struct {
	db                       *sql.DB
	put, drop, disband       *sql.Stmt
	join, leave, leaveGroups *sql.Stmt
}

func newJournal(ctx context.Context, db *sql.DB) (*journal, error) {
	j := &journal{db: db}
	for _, p := range []struct {
		to    **sql.Stmt
		query string
	}{
		{&j.put, `INSERT INTO resource (id, kind, seq, version, created, modified, body, secrets) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET version = excluded.version, modified = excluded.modified, body = excluded.body, secrets = excluded.secrets`},
		{&j.drop, `DELETE FROM resource WHERE id = ?`},
		{&j.disband, `DELETE FROM member WHERE group_id = ?`},
		{&j.join, `INSERT INTO member (group_id, member_id, seq) SELECT ?, value, ? + key FROM json_each(?)`},
		{&j.leave, `DELETE FROM member WHERE group_id = ? AND member_id IN (SELECT value FROM json_each(?))`},
		// Through the key, for which the groups must be known: an index by
		// member would have to be written, page by page, for every one.
		{&j.leaveGroups, `DELETE FROM member WHERE group_id IN (SELECT value FROM json_each(?)) AND member_id = ?`},
	} {
		s, err := db.PrepareContext(ctx, p.query) //nolint:sqlclosecheck // they live as long as db, whose Close ends them
		if err != nil {
			return nil, fmt.Errorf("preparing %q: %w", p.query, err)
		}
		*p.to = s
	}
	return j, nil
}

// commit keeps a change. An error means that nothing of it was kept; the
// store then stays as it was. It takes no context: a client that goes away
// must not leave a change half acknowledged.
func (j *journal) commit(c *change) error {
	ctx := context.Background()
	tx, err := j.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("beginning a change: %w", err)
	}
	if err := j.write(ctx, tx, c); err != nil {
		return errors.Join(fmt.Errorf("writing a change: %w", err), tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return errors.Join(fmt.Errorf("committing a change: %w", err), ignoreDone(tx.Rollback()))
	}
	return nil
}

// ignoreDone drops the complaint of a transaction that is over already.
func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

func (j *journal) write(ctx context.Context, tx *sql.Tx, c *change) error {
	do := func(s *sql.Stmt, args ...any) error {
		_, err := tx.StmtContext(ctx, s).ExecContext(ctx, args...) //nolint:sqlclosecheck // the end of tx ends it
		return err
	}
	if c.drop != nil {
		if err := do(j.drop, c.drop.id); err != nil {
			return err
		}
		if err := do(j.disband, c.drop.id); err != nil {
			return err
		}
		return do(j.leaveGroups, idList(c.leaves), c.drop.id)
	}
	r := c.put
	secrets := &object{}
	for name, hash := range r.secrets {
		secrets.fields = append(secrets.fields, field{name, hash})
	}
	if err := do(j.put, r.id, r.kind.name, r.seq, r.version, r.created.UnixNano(), r.modified.UnixNano(), appendValue(nil, r.attrs), appendValue(nil, secrets)); err != nil {
		return err
	}
	if len(c.drops) > 0 {
		if err := do(j.leave, r.id, idList(c.drops)); err != nil {
			return err
		}
	}
	if len(c.adds) > 0 {
		return do(j.join, r.id, c.addSeq, idList(c.adds))
	}
	return nil
}

// idList gives ids as a JSON list.
func idList(ids []string) string {
	b := []byte{'['}
	for i, id := range ids {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, id)
	}
	return string(append(b, ']'))
}

// load fills an empty store from the tables.
func load(ctx context.Context, db *sql.DB, st *store) error {
	// Entity tags count changes since the file was opened. The number of the
	// opening goes in front, so that no tag of an earlier one ever comes back.
	var openings int64
	err := db.QueryRowContext(ctx, `INSERT INTO opening (only, count) VALUES (1, 1) ON CONFLICT (only) DO UPDATE SET count = count + 1 RETURNING count`).Scan(&openings)
	if err != nil {
		return fmt.Errorf("counting openings: %w", err)
	}
	st.lastRev = openings << 40
	if err := loadResources(ctx, db, st); err != nil {
		return fmt.Errorf("reading resources: %w", err)
	}
	if err := loadMembers(ctx, db, st); err != nil {
		return fmt.Errorf("reading members: %w", err)
	}
	return nil
}

func loadResources(ctx context.Context, db *sql.DB, st *store) error {
	rows, err := db.QueryContext(ctx, `SELECT id, kind, seq, version, created, modified, body, secrets FROM resource ORDER BY seq`)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // rows.Err has told
	for rows.Next() {
		var r resource
		var kindName string
		var created, modified int64
		var body, secrets []byte
		if err := rows.Scan(&r.id, &kindName, &r.seq, &r.version, &created, &modified, &body, &secrets); err != nil {
			return err
		}
		if r.kind = st.registry.kind(kindName); r.kind == nil {
			return fmt.Errorf("resource %s: unknown resource type %q", r.id, kindName)
		}
		r.created, r.modified = time.Unix(0, created).UTC(), time.Unix(0, modified).UTC()
		// The depth was checked when it came in, under the limit of that time.
		attrs, refusal := parseObject(body, len(body))
		if refusal != nil {
			return fmt.Errorf("resource %s: %w", r.id, refusal)
		}
		r.attrs = attrs
		hashes, refusal := parseObject(secrets, 1)
		if refusal != nil {
			return fmt.Errorf("resource %s, secrets: %w", r.id, refusal)
		}
		for _, f := range hashes.fields {
			if r.secrets == nil {
				r.secrets = map[string]string{}
			}
			r.secrets[f.name], _ = f.value.(string)
		}
		st.insert(&r)
	}
	return rows.Err()
}

func loadMembers(ctx context.Context, db *sql.DB, st *store) error {
	rows, err := db.QueryContext(ctx, `SELECT group_id, member_id, seq FROM member ORDER BY seq`)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // rows.Err has told
	for rows.Next() {
		var groupID, memberID string
		var seq int64
		if err := rows.Scan(&groupID, &memberID, &seq); err != nil {
			return err
		}
		group, member := st.byID[groupID], st.byID[memberID]
		if group == nil || group.members == nil || member == nil {
			return fmt.Errorf("%s is a member of %s, and one of them is not there", memberID, groupID)
		}
		st.link(group, member)
		st.lastSeq = max(st.lastSeq, seq)
	}
	return rows.Err()
}
