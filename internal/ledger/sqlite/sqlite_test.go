package sqlite_test

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
	"github.com/oktascim/oktascim/internal/ledger/ledgertest"
	"github.com/oktascim/oktascim/internal/ledger/sqlite"
)

// childPath names the environment variable that turns the test binary into the other
// process of a test: it holds the path of the ledger.
const childPath = "OKTASCIM_TEST_LEDGER"

func TestMain(m *testing.M) {
	if path := os.Getenv(childPath); path != "" {
		if err := child(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// child takes the connection, writes, says so and waits to be killed.
func child(path string) error {
	db, err := sqlite.Open(path)
	if err != nil {
		return err
	}
	l := db.Connection("acme")
	lock, ok := l.(agent.Exclusive)
	if !ok {
		return errors.New("no lock")
	}
	ctx := context.Background()
	if _, err := lock.Acquire(ctx); err != nil {
		return err
	}
	id, err := l.Begin(ctx, agent.Intent{Verb: plan.Create, Kind: directory.KindUser, Source: "00u1"})
	if err != nil {
		return err
	}
	err = l.Finish(ctx, id, agent.Outcome{Result: agent.Done, Link: &directory.Link{
		Kind: directory.KindUser, Source: "00u1", Target: "t1", Origin: directory.OriginCreated, Name: "ada@x.test",
	}})
	if err != nil {
		return err
	}
	if _, err = l.Begin(ctx, agent.Intent{Verb: plan.Create, Kind: directory.KindUser, Source: "00u2"}); err != nil {
		return err
	}
	if _, err := os.Stdout.WriteString("ready\n"); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, os.Stdin) // until the parent is gone
	return err
}

func open(t *testing.T, path string) *sqlite.DB {
	t.Helper()
	db, err := sqlite.Open(path)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return db
}

func TestLedgerContract(t *testing.T) {
	ledgertest.Run(t, func(t *testing.T) func() ledgertest.Store {
		t.Helper()
		path := filepath.Join(t.TempDir(), "ledger with space?#.db")
		return func() ledgertest.Store { return open(t, path) }
	})
}

func TestAKilledProcessLosesNothingItWasAnsweredAndItsLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Env = append(os.Environ(), childPath+"="+path)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("the other process said %q, %v", line, err)
	}

	db := open(t, path)
	defer db.Close()
	l := db.Connection("acme")
	lock, _ := l.(agent.Exclusive)
	_, err = lock.Acquire(t.Context())
	if !errors.Is(err, agent.ErrBusy) || !strings.Contains(err.Error(), fmt.Sprintf("process %d ", cmd.Process.Pid)) {
		t.Errorf("Acquire while another process runs: %v, want ErrBusy that names process %d", err, cmd.Process.Pid)
	}

	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed, as asked
	release, err := lock.Acquire(t.Context())
	if err != nil {
		t.Fatalf("Acquire after the other was killed: %v", err)
	}
	if err := release(); err != nil {
		t.Error(err)
	}
	state, err := l.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(state.Links) != 1 || state.Links[0].Target != "t1" || len(state.Open) != 1 || state.Open[0].Source != "00u2" {
		t.Errorf("after the kill: %+v", state)
	}
}

func TestTheFileIsForItsOwnerOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	db := open(t, path)
	defer db.Close()
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", filepath.Base(name), info.Mode().Perm())
		}
	}
}

func TestAFileOfANewerVersionIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	if err := open(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = raw.ExecContext(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`)
	if err := errors.Join(err, raw.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(path); err == nil || !strings.Contains(err.Error(), "newer version") {
		t.Errorf("Open: %v, want a refusal that names the newer version", err)
	}
}

func TestAFileThatIsNoLedgerIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(path, []byte(strings.Repeat("no database, just text\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("Open: %v, want an error that names the file", err)
	} else if !strings.Contains(err.Error(), "move it away to begin afresh") {
		t.Errorf("Open: %v, want an error that says what to do", err)
	}
}

func TestAClosedLedgerRefuses(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "ledger.db"))
	l := db.Connection("acme")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Load(t.Context()); err == nil {
		t.Error("Load after Close succeeded")
	}
}

func TestOldRunsAndEntriesGoButTheMeasureStays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	db := open(t, path)
	defer db.Close()
	l := db.Connection("acme")
	ctx := t.Context()
	finished := func() {
		t.Helper()
		id, err := l.Begin(ctx, agent.Intent{Verb: plan.Create, Kind: directory.KindUser, Source: "00u1"})
		if err == nil {
			err = l.Finish(ctx, id, agent.Outcome{Result: agent.Done})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	finished()
	raw, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	if _, err := raw.ExecContext(ctx, `UPDATE journal SET closed = closed - 31 * 86400`); err != nil {
		t.Fatal(err)
	}
	finished()
	if _, err := l.Begin(ctx, agent.Intent{Verb: plan.Create, Kind: directory.KindUser, Source: "00u2"}); err != nil {
		t.Fatal(err)
	}

	if err := l.SaveRun(ctx, agent.RunRecord{ID: "00000", Desired: 140, Complete: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := raw.ExecContext(ctx, `INSERT INTO run WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 1099)
		SELECT connection, format('%05d', i), started, ended, mode, result, digest, plan, 3, 0, error FROM run, n`); err != nil {
		t.Fatal(err)
	}
	if err := l.SaveRun(ctx, agent.RunRecord{ID: "01100", Desired: 3}); err != nil {
		t.Fatal(err)
	}

	runs, err := db.Runs(ctx, "acme", 2000)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(runs); n != 1001 || runs[0].ID != "01100" || runs[n-1].ID != "00000" {
		t.Errorf("%d runs from %s to %s, want the last 1000 and the measure", n, runs[n-1].ID, runs[0].ID)
	}
	state, err := l.Load(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if state.LastDesired != 140 || len(state.Open) != 1 {
		t.Errorf("measure %d and %d open entries, want 140 and 1", state.LastDesired, len(state.Open))
	}
	var entries int
	if err := raw.QueryRowContext(ctx, `SELECT count(*) FROM journal`).Scan(&entries); err != nil || entries != 2 {
		t.Errorf("%d entries, %v; want the open one and the young one", entries, err)
	}
}
