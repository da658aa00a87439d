package postgres_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
	"github.com/oktascim/oktascim/internal/ledger/ledgertest"
	"github.com/oktascim/oktascim/internal/ledger/postgres"
)

// childAddress names the environment variable that turns the test binary into the other
// process of a test: it holds the address of the ledger.
const childAddress = "OKTASCIM_TEST_POSTGRES"

// server is the tests' own; nil with a reason where there is none.
var server, noServer = (*cluster)(nil), error(nil)

var schemas atomic.Int32

func TestMain(m *testing.M) {
	if address := os.Getenv(childAddress); address != "" {
		if err := child(address); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	server, noServer = startCluster()
	code := m.Run()
	if server != nil {
		if err := server.remove(); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	os.Exit(code)
}

// child takes the connection, writes, says so and waits to be killed.
func child(address string) error {
	db, err := postgres.Open(address)
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
	if err := create(ctx, l, 1); err != nil {
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

func create(ctx context.Context, l agent.Ledger, n int) error {
	source := directory.SourceID(fmt.Sprintf("00u%d", n))
	id, err := l.Begin(ctx, agent.Intent{Verb: plan.Create, Kind: directory.KindUser, Source: source})
	if err != nil {
		return err
	}
	return l.Finish(ctx, id, agent.Outcome{Result: agent.Done, Link: &directory.Link{
		Kind: directory.KindUser, Source: source, Target: directory.TargetID(fmt.Sprintf("t%d", n)), Origin: directory.OriginCreated, Name: "ada@x.test",
	}})
}

// address returns one of a schema of its own.
func address(t *testing.T) string {
	t.Helper()
	if noServer != nil {
		t.Skipf("no PostgreSQL: %v", noServer)
	}
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword("oktascim", password), Host: fmt.Sprintf("127.0.0.1:%d", server.port), Path: "/postgres",
		RawQuery: url.Values{"search_path": {fmt.Sprintf("test_%d", schemas.Add(1))}}.Encode(),
	}
	return u.String()
}

func open(t *testing.T, address string) *postgres.DB {
	t.Helper()
	db, err := postgres.Open(address)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return db
}

func TestLedgerContract(t *testing.T) {
	ledgertest.Run(t, func(t *testing.T) func() ledgertest.Store {
		t.Helper()
		a := address(t)
		return func() ledgertest.Store { return open(t, a) }
	})
}

func TestAKilledProcessLosesNothingItWasAnsweredAndItsLock(t *testing.T) {
	a := address(t)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Env = append(os.Environ(), childAddress+"="+a)
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
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Fatalf("the child said %q, %v", line, err)
	}

	db := open(t, a)
	defer db.Close()
	l := db.Connection("acme")
	lock, _ := l.(agent.Exclusive)
	_, err = lock.Acquire(t.Context())
	if want := fmt.Sprintf("process %d on ", cmd.Process.Pid); !errors.Is(err, agent.ErrBusy) || !strings.Contains(err.Error(), want) {
		t.Errorf("Acquire while the child lives: %v, want ErrBusy with %q", err, want)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	// The server notices by itself; until it has, the lock is not free.
	release, err := lock.Acquire(t.Context())
	for errors.Is(err, agent.ErrBusy) {
		release, err = lock.Acquire(t.Context())
	}
	if err != nil {
		t.Fatalf("Acquire after the kill: %v", err)
	}
	state, err := l.Load(t.Context())
	if err != nil || len(state.Links) != 1 || len(state.Open) != 1 || state.Open[0].Source != "00u2" {
		t.Errorf("%d links, open %v, %v; want the link of 00u1 and the open entry of 00u2", len(state.Links), state.Open, err)
	}
	if err := release(); err != nil {
		t.Error(err)
	}
}
