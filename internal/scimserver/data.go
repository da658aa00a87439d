package scimserver

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver "sqlite", without cgo
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Data is one SQLite file that keeps a server over restarts: resources,
// memberships and the settings of the connection. Every write is in the file
// before it is acknowledged (WAL, synchronous=NORMAL: a killed process loses
// nothing; a power cut may lose the last moments, which a sandbox accepts).
//
// A nil *Data keeps nothing: LoadSetting finds nothing, SaveSetting and Close
// do nothing.
type Data struct {
	db    *sql.DB
	store *store // what the file held when it was opened, and all since
}

// OpenData opens the file at path, creates it if it is not there, brings its
// tables up to date and reads it. Two processes cannot use one file at a time:
// each would miss what the other writes.
//
// Extensions are schemas of your own. Resources keep what they hold under the
// URN of one that is no longer given.
func OpenData(path string, extensions ...Extension) (*Data, error) {
	d, err := openData(context.Background(), path, extensions)
	if err != nil {
		return nil, fmt.Errorf("opening data file %s: %w", path, err)
	}
	return d, nil
}

func openData(ctx context.Context, path string, extensions []Extension) (*Data, error) {
	registry, err := loadRegistry(extensions...)
	if err != nil {
		return nil, err
	}
	dsn := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: url.Values{
		// An exclusive lock, taken at the first write and kept, is what keeps
		// a second process out.
		"_pragma": {"busy_timeout(1000)", "locking_mode(EXCLUSIVE)", "journal_mode(WAL)", "synchronous(NORMAL)"},
		"_txlock": {"immediate"},
	}.Encode()}).String()
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	// One connection: the store writes one change at a time anyway, and two
	// would only wait for each other's lock.
	db.SetMaxOpenConns(1)
	d := &Data{db: db, store: newStore(registry)}
	if err := d.open(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return d, nil
}

func (d *Data) open(ctx context.Context) error {
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, d.db, files)
	if err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrating: %w", err)
	}
	if err := load(ctx, d.db, d.store); err != nil {
		return err
	}
	j, err := newJournal(ctx, d.db)
	if err != nil {
		return err
	}
	d.store.journal = j
	return nil
}

// Close ends the use of the file. The server over it must not be used after.
func (d *Data) Close() error {
	if d == nil {
		return nil
	}
	return d.db.Close()
}

// LoadSetting reads a setting; ok is false if it was never saved.
func (d *Data) LoadSetting(name string) (value []byte, ok bool, err error) {
	if d == nil {
		return nil, false, nil
	}
	switch err := d.db.QueryRowContext(context.Background(), `SELECT value FROM setting WHERE name = ?`, name).Scan(&value); {
	case errors.Is(err, sql.ErrNoRows):
		return nil, false, nil
	case err != nil:
		return nil, false, fmt.Errorf("reading setting %q: %w", name, err)
	}
	return value, true, nil
}

// SaveSetting writes a setting; it is in the file when SaveSetting returns.
func (d *Data) SaveSetting(name string, value []byte) error {
	if d == nil {
		return nil
	}
	if value == nil {
		value = []byte{} // nil would be NULL
	}
	_, err := d.db.ExecContext(context.Background(), `INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
	if err != nil {
		return fmt.Errorf("writing setting %q: %w", name, err)
	}
	return nil
}
