package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/internal/ledger/postgres"
	"github.com/oktascim/oktascim/internal/ledger/sqlite"
)

// raw runs statements beside the ledger, to do what the ledger would not.
func raw(t *testing.T, address string, statements ...string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for _, s := range statements {
		if _, err := conn.Exec(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func TestVerifySaysWhatIsWrong(t *testing.T) {
	a := address(t)
	db := open(t, a)
	defer db.Close()
	if err := create(t.Context(), db.Connection("acme"), 1); err != nil {
		t.Fatal(err)
	}
	if wrong, err := db.Verify(t.Context()); err != nil || len(wrong) != 0 {
		t.Fatalf("a sound ledger: %q, %v", wrong, err)
	}
	raw(t, a, `DROP INDEX link_target`,
		`INSERT INTO link SELECT connection, kind, '00u7', target, 'guessed', name, '{', 0, 0, '' FROM link`,
		`INSERT INTO member SELECT id, '00g1', '00u1' FROM connection`,
		`INSERT INTO journal (connection, verb, kind, source, target, name, adds, drops, look_first, begun) SELECT id, 'create', 1, '00u9', '', 'bob', '', 'x', 1, 1000 FROM connection`,
		`INSERT INTO run SELECT id, '1', 2000000, 2000001, 'apply', 'applied', 'd', 'p', 140, 1, '' FROM connection`)
	wrong, err := db.Verify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Join(wrong, "\n")
	for _, want := range []string{"1 orphaned members", "2 links of one object", `origin "guessed"`, "(the attributes that the target ignores)", "(the members to drop)", `create of the user "bob" (00u9)`} {
		if !strings.Contains(all, want) {
			t.Errorf("not said: %s", want)
		}
	}
	if len(wrong) != 6 {
		t.Errorf("%d faults, want 6:\n%s", len(wrong), all)
	}
}

func TestABackupIsASQLiteLedgerWithTheSameState(t *testing.T) {
	db := open(t, address(t))
	defer db.Close()
	l := db.Connection("acme")
	ctx := t.Context()
	if err := errors.Join(l.Bind(ctx, "https://a.test"), create(ctx, l, 1), create(ctx, db.Connection("other"), 2)); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Begin(ctx, agent.Intent{Verb: "create", Kind: directory.KindUser, Source: "00u5", LookFirst: true}); err != nil {
		t.Fatal(err)
	}
	if err := l.Keep(ctx, agent.Keep{
		Links: []directory.Link{{Kind: directory.KindGroup, Source: "00g1", Target: "g1", Origin: directory.OriginAdopted, Name: "Eng", Members: []directory.SourceID{"00u1", "00u3"}}},
		Notes: map[string]string{"a": "ä"}, Tasks: []agent.Task{{Kind: directory.KindUser, Source: "00u4", Class: agent.Refused}},
	}); err != nil {
		t.Fatal(err)
	}
	if err := l.SaveRun(ctx, agent.RunRecord{ID: "1", Desired: 140, Complete: true}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "copy.db")
	if err := db.Dump(ctx, func(rows postgres.Rows) error { return sqlite.Import(ctx, path, sqlite.Rows(rows)) }); err != nil {
		t.Fatal(err)
	}
	backup, err := sqlite.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer backup.Close()
	for _, name := range []string{"acme", "other"} {
		want, err1 := db.Connection(name).Load(ctx)
		got, err2 := backup.Connection(name).Load(ctx)
		if diff := cmp.Diff(want, got); diff != "" || err1 != nil || err2 != nil {
			t.Errorf("%s: %v, %v (-want +got):\n%s", name, err1, err2, diff)
		}
	}
	if wrong, err := backup.Verify(ctx); err != nil || len(wrong) != 0 {
		t.Errorf("the copy: %q, %v", wrong, err)
	}
}

func TestALostServerIsSaidAndTheLockWithIt(t *testing.T) {
	a := address(t)
	db := open(t, a)
	defer db.Close()
	l := db.Connection("acme")
	lock, _ := l.(agent.Exclusive)
	release, err := lock.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := create(t.Context(), l, 1); err != nil {
		t.Fatal(err)
	}
	if err := server.stop(); err != nil {
		t.Fatal(err)
	}
	failed := create(t.Context(), l, 2)
	_, unopened := postgres.Open(a)
	if err := server.start(); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{"a write": failed, "Open": unopened} {
		if err == nil || strings.Contains(err.Error(), password) || !strings.Contains(err.Error(), "server") && !strings.Contains(err.Error(), "session") {
			t.Errorf("%s without a server: %v", what, err)
		}
	}
	// The server is back, the lock is not.
	err = create(t.Context(), l, 3)
	for err == nil || !strings.Contains(err.Error(), "another process may have taken it") {
		if err == nil {
			t.Fatal("a write after the lock was lost")
		}
		err = create(t.Context(), l, 3)
	}
	if err := release(); err != nil {
		t.Errorf("release: %v", err)
	}
	state, err := l.Load(t.Context())
	if err != nil || len(state.Links) != 1 {
		t.Errorf("%d links, %v; want the one that was answered", len(state.Links), err)
	}
	if err := create(t.Context(), db.Connection("acme"), 4); err != nil {
		t.Errorf("a ledger that holds no lock, after the server came back: %v", err)
	}
}

func TestNoErrorShowsThePassword(t *testing.T) {
	a := address(t)
	for what, bad := range map[string]string{
		"another password": strings.Replace(a, "oktascim:", "oktascim:wrong", 1),
		"another database": strings.Replace(a, "/postgres?", "/nowhere?", 1),
		"another port":     strings.Replace(a, fmt.Sprint(server.port), "1", 1),
		"no port":          strings.Replace(a, fmt.Sprint(server.port), "port", 1),
		"a bad sslmode":    a + "&sslmode=perhaps",
		"TLS":              a + "&sslmode=require",
		"a bad schema":     strings.Replace(a, "test_", "test-", 1),
	} {
		db, err := postgres.Open(bad)
		if err == nil {
			_ = db.Close()
			t.Errorf("%s: no error", what)
			continue
		}
		t.Logf("%s: %v", what, err)
		for _, secret := range []string{password, "p@ss", "p%40ss", "wörd", "w%C3%B6rd"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%s: the password is in %v", what, err)
			}
		}
	}
}

func TestTablesOfANewerVersionAreRefused(t *testing.T) {
	a := address(t)
	if err := open(t, a).Close(); err != nil {
		t.Fatal(err)
	}
	raw(t, a, `INSERT INTO oktascim_version (version_id, is_applied) VALUES (99, true)`)
	if _, err := postgres.Open(a); err == nil || !strings.Contains(err.Error(), "newer version (tables 99") {
		t.Errorf("Open: %v", err)
	}
}
