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
// A nil *Data keeps nothing: Get finds nothing, Set and Close do nothing.
type Data struct {
	db *sql.DB
}

// OpenData opens the file at path, creates it if it is not there, and brings
// its tables up to date.
func OpenData(path string) (*Data, error) {
	dsn := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: url.Values{
		"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(NORMAL)"},
		"_txlock": {"immediate"},
	}.Encode()}).String()
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("opening data file %s: %w", path, err)
	}
	// One connection: the store writes one change at a time anyway, and two
	// would only wait for each other's lock.
	db.SetMaxOpenConns(1)
	if err := migrate(context.Background(), db); err != nil {
		return nil, errors.Join(fmt.Errorf("preparing data file %s: %w", path, err), db.Close())
	}
	return &Data{db: db}, nil
}

func migrate(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files)
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}

// Close ends the use of the file.
func (d *Data) Close() error {
	if d == nil {
		return nil
	}
	return d.db.Close()
}

// Get reads a setting; ok is false if it was never set.
func (d *Data) Get(key string) (value []byte, ok bool, err error) {
	if d == nil {
		return nil, false, nil
	}
	switch err := d.db.QueryRow(`SELECT value FROM setting WHERE key = ?`, key).Scan(&value); {
	case errors.Is(err, sql.ErrNoRows):
		return nil, false, nil
	case err != nil:
		return nil, false, fmt.Errorf("reading setting %q: %w", key, err)
	}
	return value, true, nil
}

// Set writes a setting; it is in the file when Set returns.
func (d *Data) Set(key string, value []byte) error {
	if d == nil {
		return nil
	}
	if value == nil {
		value = []byte{} // nil would be NULL
	}
	_, err := d.db.Exec(`INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, value)
	if err != nil {
		return fmt.Errorf("writing setting %q: %w", key, err)
	}
	return nil
}
