// Package postgres keeps ledgers in a PostgreSQL database, for those who run oktascim
// where no disk outlives the process, or have their backups there already.
//
//	db, err := postgres.Open("postgres://oktascim:…@db.example.com/oktascim?sslmode=verify-full")
//	…
//	defer db.Close()
//	ledger := db.Connection("idmelon")
//
// # The address
//
// A URL as PostgreSQL's own programs take it (postgresql.org/docs/current/libpq-connect.html,
// "Connection URIs"). Two things differ: without sslmode a server on another machine must
// prove who it is (verify-full; libpq would settle for no encryption at all), and the tables
// stand in a schema of their own, oktascim, unless search_path names another. The password
// appears in no error.
//
// # What survives what
//
// Every call that has returned is committed. A call whose connection breaks may have been
// committed or not: its error says that the server was lost, and the next start looks up
// what stayed open, as after a crash.
//
// # Locks
//
// Who runs a connection holds an advisory lock of a session of its own; it is gone when the
// process is. When that session is lost, the ledger takes no further entry of the run:
// another process may have begun. A pooler that shares sessions (PgBouncer, transaction
// mode) cannot hold such a lock.
package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/oktascim/oktascim/agent"
)

const (
	// defaultSchema keeps our tables apart from others of the database.
	defaultSchema = "oktascim"
	// versions is goose's table; the usual name may belong to another program.
	versions = "oktascim_version"
	// callTimeout bounds a call: a server that is silent for so long is gone.
	callTimeout = time.Minute
	// connectTimeout bounds the start, of which a person waits for the end.
	connectTimeout = 10 * time.Second
	// maxConns is how many calls are under way at once. PostgreSQL syncs commits that
	// come together once; more connections than this wait for the same disk.
	maxConns = 8
	// migrationLock is the advisory lock of whoever makes tables: "oktascim" as a number.
	migrationLock = 0x6f6b74617363696d
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

var identifier = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}$`)

// DB is an open database. It may be used from several goroutines, and several processes
// may have it open.
type DB struct {
	config *pgx.ConnConfig
	schema string
	pool   *pgxpool.Pool
}

// Open connects to the database at address, makes the tables if they are not there, and
// brings them up to date. It refuses tables that a newer version has written.
func Open(address string) (*DB, error) {
	d, err := configure(address)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
	defer cancel()
	if err := d.open(ctx); err != nil {
		if d.pool != nil {
			d.pool.Close()
		}
		return nil, fmt.Errorf("opening the ledger %s: %w", d.Name(), d.explain(err))
	}
	return d, nil
}

// Check reports what is wrong with an address, without connecting.
func Check(address string) error {
	_, err := configure(address)
	return err
}

func configure(address string) (*DB, error) {
	u, err := url.Parse(address)
	if err != nil || u.Opaque != "" || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
		// The error of url.Parse quotes the address, and that may hold a password.
		return nil, errors.New("the ledger's address cannot be read; write postgres://USER:${PASSWORD}@HOST/DATABASE, with %40 for @, %2F for / and %3A for : in a password")
	}
	query := u.Query()
	if query.Get("sslmode") == "" && os.Getenv("PGSSLMODE") == "" && !local(u, query) {
		query.Set("sslmode", "verify-full")
		u.RawQuery = query.Encode()
	}
	config, err := pgx.ParseConfig(u.String())
	if err != nil {
		return nil, errors.New("the ledger's address cannot be used: " + reason(err, u))
	}
	schema := config.RuntimeParams["search_path"]
	if schema == "" {
		schema = defaultSchema
	}
	if !identifier.MatchString(schema) {
		return nil, fmt.Errorf("the ledger's address: search_path names the schema of the tables: lower-case letters, digits and _, not %q", schema)
	}
	config.RuntimeParams["search_path"] = schema
	host, _ := os.Hostname()
	if len(host) > 40 {
		host = host[:40]
	}
	config.RuntimeParams["application_name"] = fmt.Sprintf("oktascim %s %d", host, os.Getpid())
	if config.ConnectTimeout == 0 || config.ConnectTimeout > connectTimeout {
		config.ConnectTimeout = connectTimeout
	}
	config.DialFunc = (&net.Dialer{Timeout: connectTimeout, KeepAlive: 15 * time.Second}).DialContext
	return &DB{config: config, schema: schema}, nil
}

// local reports whether the server is on this machine.
func local(u *url.URL, query url.Values) bool {
	host := u.Hostname()
	if named := query.Get("host"); named != "" {
		host = named
	}
	if host == "" {
		host = os.Getenv("PGHOST")
	}
	ip := net.ParseIP(host)
	return host == "" || strings.HasPrefix(host, "/") || host == "localhost" || ip != nil && ip.IsLoopback()
}

// reason is an error of pgx without the address, which may hold the password.
func reason(err error, u *url.URL) string {
	text := err.Error()
	if bad, ok := errors.AsType[*pgconn.ParseConfigError](err); ok {
		if inner := bad.Unwrap(); inner != nil {
			text = inner.Error()
		}
	}
	secret, _ := u.User.Password()
	return redact(text, secret)
}

func redact(text, secret string) string {
	if secret == "" {
		return text
	}
	for _, form := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret)} {
		text = strings.ReplaceAll(text, form, "[redacted]")
	}
	return text
}

// Name says which database this is, without the password.
func (d *DB) Name() string {
	host := d.config.Host
	if !strings.HasPrefix(host, "/") {
		host = net.JoinHostPort(host, strconv.Itoa(int(d.config.Port)))
	}
	return fmt.Sprintf("%s on the PostgreSQL server %s (schema %s, user %s)", d.config.Database, host, d.schema, d.config.User)
}

// Connection returns the ledger of the connection called name. It implements
// [agent.Exclusive].
func (d *DB) Connection(name string) agent.Ledger { return &ledger{db: d, name: name} }

// Close ends the use of the database.
func (d *DB) Close() error {
	d.pool.Close()
	return nil
}

func (d *DB) open(ctx context.Context) error {
	if err := d.migrate(ctx); err != nil {
		return err
	}
	config, err := pgxpool.ParseConfig("")
	if err != nil {
		return err
	}
	config.ConnConfig = d.config.Copy()
	config.MaxConns = maxConns
	d.pool, err = pgxpool.NewWithConfig(ctx, config)
	return err
}

// migrate makes the tables, one process at a time.
func (d *DB) migrate(ctx context.Context) (err error) {
	db := stdlib.OpenDB(*d.config.Copy())
	defer func() { err = errors.Join(err, db.Close()) }()
	lock, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	// Given back with the session, at the latest when db is closed.
	if _, err := lock.ExecContext(ctx, `SELECT pg_advisory_lock($1)`, int64(migrationLock)); err != nil {
		return err
	}
	var there bool
	if err := lock.QueryRowContext(ctx, `SELECT exists(SELECT FROM pg_namespace WHERE nspname = $1)`, d.schema).Scan(&there); err != nil {
		return err
	}
	if !there { // a user that may not make schemas can still use one that is there
		if _, err := lock.ExecContext(ctx, `CREATE SCHEMA `+pgx.Identifier{d.schema}.Sanitize()); err != nil {
			return fmt.Errorf("making the schema %s: %w", d.schema, err)
		}
	}
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithTableName(versions))
	if err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("making its tables: %w", err)
	}
	have, want, err := p.GetVersions(ctx)
	if err != nil {
		return err
	}
	if have > want {
		return fmt.Errorf("written by a newer version (tables %d, this program knows %d): use that version, or another schema (search_path=NAME in the address)", have, want)
	}
	return nil
}

// explain says in words what a person can do about an error of the server, and keeps the
// password out of it.
func (d *DB) explain(err error) error {
	if err == nil {
		return nil
	}
	hint := ""
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch {
		case refused.Code == "28P01" || refused.Code == "28000":
			hint = "the server refuses the user or the password: look at the password in ledger: of the configuration, and at pg_hba.conf"
		case refused.Code == "3D000":
			hint = "there is no such database: make it with CREATE DATABASE"
		case refused.Code == "42501":
			hint = "the user may not do that: let it make the schema (GRANT CREATE ON DATABASE), or make it yourself and give it to the user"
		case strings.HasPrefix(refused.Code, "57P"):
			hint = "the server was stopped or has ended the session; what was answered before is kept, and the next run looks up the rest"
		case refused.Code == "25006":
			hint = "the server only reads: name the primary"
		}
	} else if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		hint = "the server cannot be reached: look at host, port, sslmode and firewall in ledger: of the configuration"
	} else if !errors.Is(err, pgx.ErrNoRows) && !errors.Is(err, context.Canceled) && !ours(err) {
		hint = "the PostgreSQL server was lost, or is too slow; what was answered before is kept, and the next run looks up the rest"
	}
	if hint == "" && (d.config.Password == "" || !strings.Contains(err.Error(), d.config.Password)) {
		return err
	}
	return &serverError{err: err, text: redact(err.Error(), d.config.Password), hint: hint}
}

// serverError is an error of the server with a word about what to do.
type serverError struct {
	err        error
	text, hint string
}

func (e *serverError) Error() string {
	if e.hint == "" {
		return e.text
	}
	return e.hint + ": " + e.text
}

func (e *serverError) Unwrap() error { return e.err }

// ours reports whether an error is the ledger's own, not the server's.
func ours(err error) bool {
	if _, ok := errors.AsType[*agent.Bound](err); ok {
		return true
	}
	return errors.Is(err, agent.ErrBusy) || errors.Is(err, agent.ErrNoIntent) || errors.Is(err, errLockLost) || errors.Is(err, errUnreadable)
}
