package sqlite_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
)

// raw opens the file beside the ledger, to put into it what the ledger would not.
func raw(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func execute(t *testing.T, db *sql.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func TestAFileOfTheFirstVersionKeepsItsLinks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	old := raw(t, path)
	p, err := goose.NewProvider(goose.DialectSQLite3, old, os.DirFS("migrations"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	execute(t, old,
		`INSERT INTO connection (id, name, identity) VALUES (1, 'acme', 'https://a.test')`,
		`INSERT INTO link VALUES (1, 1, '00u1', 't1', 'created', 'ada@x.test', '', 0, 1)`,
		`INSERT INTO link VALUES (1, 2, '00g1', 'g1', 'adopted', 'Eng', '[{"path":"title","value":"\"Lead\""}]', 0, 0)`,
		`INSERT INTO member VALUES (1, '00g1', '00u1')`,
		`INSERT INTO journal (connection, verb, kind, source, target, name, adds, drops, look_first) VALUES (1, 'create', 1, '00u2', '', 'bob@x.test', '', '', 1)`,
		`INSERT INTO run VALUES (1, '1', 1, 2, 'apply', 'applied', 'd', 'p', 140, 1, '')`)
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}

	db := open(t, path)
	defer db.Close()
	state, err := db.Connection("acme").Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintf("%s %d %v %v %v %v", state.Identity, state.LastDesired, len(state.Open), state.Links[0].Deactivated, state.Links[1].Ignored, state.Links[1].Members)
	if want := "https://a.test 140 1 true [{title \"Lead\"}] [00u1]"; got != want {
		t.Errorf("loaded %s, want %s", got, want)
	}
	k := state.Links[0]
	k.Known = directory.NewAttributes(directory.Attribute{Path: "title", Value: `"x"`})
	if err := db.Connection("acme").Keep(t.Context(), agent.Keep{Links: []directory.Link{k}, Notes: map[string]string{"a": "b"}}); err != nil {
		t.Errorf("what came with later versions cannot be written: %v", err)
	}
}

func TestVerifySaysWhatIsWrong(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	db := open(t, path)
	defer db.Close()
	if err := create(t, db.Connection("acme"), 1); err != nil {
		t.Fatal(err)
	}
	if wrong, err := db.Verify(t.Context()); err != nil || len(wrong) != 0 {
		t.Fatalf("a sound ledger: %q, %v", wrong, err)
	}
	execute(t, raw(t, path),
		`DROP INDEX link_target`,
		`INSERT INTO link SELECT connection, kind, '00u7', target, 'guessed', name, '{', 0, 0, '' FROM link`,
		`INSERT INTO link VALUES (9, 1, '00u1', 't', 'created', '', '', 0, 0, '')`,
		`INSERT INTO member VALUES (1, '00g1', '00u1'), (1, '00g1', '00u2')`,
		`INSERT INTO journal (connection, verb, kind, source, target, name, adds, drops, look_first, begun) VALUES (1, 'create', 1, '00u9', '', 'bob', '', 'x', 1, 1000)`,
		`INSERT INTO run VALUES (1, '1', 2000000, 2000001, 'apply', 'applied', 'd', 'p', 140, 1, '')`)
	wrong, err := db.Verify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Join(wrong, "\n")
	for _, want := range []string{
		"a row of link belongs to a connection that is not there",
		"2 orphaned members of the group 00g1",
		"2 links of one object: the user 1 of the target belongs to 00u00000000000000001 and 00u7",
		`the user 00u7 has the origin "guessed"`,
		"unreadable JSON in the link (the attributes that the target ignores) of the user 00u7",
		"unreadable JSON in the journal (the members to drop) of the user 00u9",
		`still open although a later run came to its end: create of the user "bob" (00u9), begun 1970-01-01T00:16:40Z`,
	} {
		if !strings.Contains(all, want) {
			t.Errorf("not said: %s", want)
		}
	}
	if len(wrong) != 7 {
		t.Errorf("%d faults, want 7:\n%s", len(wrong), all)
	}
}

func TestABackupIsALedgerAndIsTakenWhileARunWrites(t *testing.T) {
	dir := t.TempDir()
	db := open(t, filepath.Join(dir, "ledger.db"))
	defer db.Close()
	l := db.Connection("acme")
	if err := create(t, l, 0); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	written := make(chan int)
	go func() {
		n := 1
		for ; ctx.Err() == nil; n++ {
			if err := create(t, l, n); err != nil {
				t.Errorf("writing during a backup: %v", err)
				break
			}
		}
		written <- n
	}()
	path := filepath.Join(dir, "copy.db")
	err := db.Backup(t.Context(), path)
	stop()
	n := <-written
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600: it holds names", info.Mode(), err)
	}
	backup := open(t, path)
	defer backup.Close()
	state, err := backup.Connection("acme").Load(t.Context())
	if err != nil || len(state.Links) < 1 || len(state.Links) > n || len(state.Open) > 1 {
		t.Errorf("%d links, %d open, %v; want 1 to %d links as of one moment", len(state.Links), len(state.Open), err, n)
	}
	if wrong, err := backup.Verify(t.Context()); err != nil || len(wrong) != 0 {
		t.Errorf("the copy: %q, %v", wrong, err)
	}
	if err := db.Backup(t.Context(), path); err == nil || !strings.Contains(err.Error(), "is there already") {
		t.Errorf("a second backup to the same file: %v", err)
	}
}
