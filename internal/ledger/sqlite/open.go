// Package sqlite keeps ledgers in one SQLite file, one for each connection: nothing to
// install, nothing to run.
//
//	db, err := sqlite.Open("oktascim.db")
//	…
//	defer db.Close()
//	ledger := db.Connection("idmelon")
//
// # What survives what
//
// Every call that has returned is in the file: the file is in WAL mode with
// synchronous=FULL, so that neither a killed process nor a power cut loses an answered
// call. NORMAL would be enough for a killed process, but a power cut would lose the last
// links; the next run would find those objects in the target and adopt them, and they
// would count for ever after as found, not made: a group would not be deleted with its
// push, and people put into an adopted group would stay. That is worth a sync.
//
// The price is paid once for many: calls that wait while a commit is being synced go
// into the next commit together. The more workers a run has, the fewer commits it makes
// per call; 10,500 creates (21,000 calls) of 24 workers cost about a second.
//
// # Files
//
// The file is made readable by its owner only; -wal and -shm beside it inherit that.
// FILE.CONNECTION.lock holds the process id of whoever runs a connection; the lock is the
// operating system's and dies with the process, the file stays. The file must be on a
// disk of this machine, not on a network share: SQLite's locks do not reach across.
package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"github.com/pressly/goose/v3"
	driver "modernc.org/sqlite" // registers "sqlite", without cgo

	"github.com/oktascim/oktascim/agent"
)

// Results of SQLite for a file that it cannot use (sqlite.org/rescode.html).
const (
	codeCorrupt = 11
	codeNotADB  = 26
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// DB is an open file. It may be used from several goroutines, and several processes may
// have the file open.
type DB struct {
	path  string
	sql   *sql.DB
	stmts statements
	// queue hands calls to the one goroutine that writes; it is never closed, quit is.
	queue chan *call
	quit  chan struct{}
	ended chan struct{}
}

// Open opens the file at path, makes it if it is not there, and brings its tables up to
// date. It refuses a file that a newer version has written.
func Open(path string) (*DB, error) {
	if err := create(path); err != nil {
		return nil, fmt.Errorf("opening the ledger %s: %w", path, err)
	}
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		return nil, fmt.Errorf("opening the ledger %s: %w", path, err)
	}
	// One connection: SQLite has one writer anyway, and two would wait for each other.
	db.SetMaxOpenConns(1)
	d := &DB{path: path, sql: db, queue: make(chan *call), quit: make(chan struct{}), ended: make(chan struct{})}
	if err := d.prepare(context.Background()); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the ledger %s: %w", path, err), db.Close())
	}
	go d.write()
	return d, nil
}

// Connection returns the ledger of the connection called name. It implements
// [agent.Exclusive].
func (d *DB) Connection(name string) agent.Ledger { return &ledger{db: d, name: name} }

// Close ends the use of the file; calls that come later are refused.
func (d *DB) Close() error {
	close(d.quit)
	<-d.ended
	return errors.Join(d.stmts.close(), d.sql.Close())
}

// create makes the file before SQLite does, which would make it readable by everybody:
// it holds names and addresses.
func create(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

func dsn(path string) string {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath(), RawQuery: url.Values{
		"_pragma": {
			// Another process may be writing; its transactions are short.
			"busy_timeout(30000)",
			"journal_mode(WAL)",
			"synchronous(FULL)",
			"foreign_keys(1)",
		},
		// A transaction that begins with reading and then writes would fail at once when
		// another process wrote in between; one that begins as a writer waits.
		"_txlock": {"immediate"},
	}.Encode()}
	return u.String()
}

// prepare brings the tables up to date and prepares the statements.
func (d *DB) prepare(ctx context.Context) error {
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, d.sql, files)
	if err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		// Another process may have made the same tables a moment ago.
		if pending, again := p.HasPending(ctx); again != nil || pending {
			if broken, ok := errors.AsType[*driver.Error](err); ok && (broken.Code() == codeCorrupt || broken.Code() == codeNotADB) {
				return fmt.Errorf("it is damaged, or no ledger: put a copy of it back, or move it away to begin afresh, which adopts what is in the target by externalId and name: %w", err)
			}
			return fmt.Errorf("making its tables: %w", err)
		}
	}
	have, want, err := p.GetVersions(ctx)
	if err != nil {
		return err
	}
	if have > want {
		return fmt.Errorf("written by a newer version (tables %d, this program knows %d): use that version, or another ledger file", have, want)
	}
	d.stmts, err = prepareStatements(ctx, d.sql)
	return err
}
