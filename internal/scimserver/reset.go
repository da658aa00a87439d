package scimserver

import (
	"context"
	"errors"
	"fmt"
)

// Reset takes all users and groups away and returns how many there were. The
// connection stays as it is: switch, token and log. After an error everything
// is still there.
func (s *Server) Reset() (users, groups int, err error) {
	st := s.store
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.journal != nil {
		if err := st.journal.clear(); err != nil {
			return 0, 0, err
		}
	}
	users = len(st.collections[st.registry.kind("User")].order)
	groups = len(st.collections[st.registry.kind("Group")].order)
	// Numbers of resources and tags go on from where they were: nothing that
	// a client remembers may come back as something else.
	empty := newStore(st.registry)
	st.byID, st.collections = empty.byID, empty.collections
	st.nextRev()
	return users, groups, nil
}

// clear takes all resources and memberships out of the file. Settings stay.
func (j *journal) clear() error {
	ctx := context.Background()
	tx, err := j.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("beginning to clear: %w", err)
	}
	for _, table := range []string{"member", "resource"} {
		if _, err := tx.ExecContext(ctx, `DELETE FROM `+table); err != nil { //nolint:gosec // G202: names from the line above
			return errors.Join(fmt.Errorf("clearing %s: %w", table, err), tx.Rollback())
		}
	}
	if err := tx.Commit(); err != nil {
		return errors.Join(fmt.Errorf("clearing: %w", err), ignoreDone(tx.Rollback()))
	}
	return nil
}
