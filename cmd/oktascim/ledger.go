package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/internal/config"
	"github.com/oktascim/oktascim/internal/ledger/postgres"
	"github.com/oktascim/oktascim/internal/ledger/sqlite"
)

// store is where the ledgers of all connections are kept.
type store interface {
	Connection(name string) agent.Ledger
	Runs(ctx context.Context, connection string, limit int) ([]agent.RunRecord, error)
	History(ctx context.Context, connection string, kind directory.Kind, source directory.SourceID, limit int) ([]agent.Entry, error)
	// Name says which ledger it is, without a password.
	Name() string
	// Backup writes a copy to a new file, itself a ledger, while runs go on.
	Backup(ctx context.Context, path string) error
	// Verify returns what is wrong with the ledger, in words.
	Verify(ctx context.Context) ([]string, error)
	Close() error
}

// file is a ledger in SQLite, under the name that the configuration has for it.
type file struct {
	*sqlite.DB

	name string
}

// Name implements store.
func (f file) Name() string { return f.name }

// database is a ledger in PostgreSQL, whose backup is a ledger in SQLite.
type database struct{ *postgres.DB }

// Backup implements store.
func (d database) Backup(ctx context.Context, path string) error {
	return d.Dump(ctx, func(rows postgres.Rows) error { return sqlite.Import(ctx, path, sqlite.Rows(rows)) })
}

// openLedger opens the ledger of the configuration.
func openLedger(c *config.Config) (store, error) {
	if path, ok := strings.CutPrefix(c.Ledger, "sqlite:"); ok {
		db, err := sqlite.Open(path)
		if err != nil {
			return nil, fmt.Errorf("%w; under ledger: in the configuration name a file that can be written", err)
		}
		return file{db, c.Ledger}, nil
	}
	if !strings.HasPrefix(c.Ledger, "postgres") {
		return nil, errors.New("the ledger must be sqlite:FILE or postgres://USER@HOST/DATABASE")
	}
	db, err := postgres.Open(c.Ledger)
	if err != nil {
		return nil, err
	}
	return database{db}, nil
}

// sharedAccounts returns the accounts that the other configured connections to the same
// target hold for people who are assigned there. Ledger rows of connections that are no
// longer configured do not count: nobody would ever switch those people off.
func (k *connection) sharedAccounts(c *config.Config, db store) func(context.Context) (map[directory.TargetID]string, error) {
	return func(ctx context.Context) (map[directory.TargetID]string, error) {
		shared := map[directory.TargetID]string{}
		for i := range c.Connections {
			other := c.Connections[i].Name
			if other == k.config.Name {
				continue
			}
			state, err := db.Connection(other).Load(ctx)
			if err != nil {
				return nil, err
			}
			if state.Identity != k.target.Identity() {
				continue
			}
			for _, l := range state.Links {
				if l.Kind == directory.KindUser && !l.Deactivated {
					shared[l.Target] = other
				}
			}
		}
		return shared, nil
	}
}

// change hands the ledger of a connection to do, while no run has the connection.
func change(ctx context.Context, db store, connection string, do func(agent.Ledger) error) (err error) {
	l := db.Connection(connection)
	if lock, ok := l.(agent.Exclusive); ok {
		release, err := lock.Acquire(ctx)
		if err != nil {
			return fmt.Errorf("connection %s: %s", connection, inWords(err))
		}
		defer func() { err = errors.Join(err, release()) }()
	}
	return do(l)
}

// withLedger opens the configuration and the ledger for a command.
func (p *program) withLedger(do func(c *config.Config, picked []*config.Connection, db store) error) (err error) {
	c, picked, err := p.load()
	if err != nil {
		return err
	}
	db, err := openLedger(c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return do(c, picked, db)
}

// one of the picked connections, of a command that is about exactly one.
func (p *program) exactlyOne(picked []*config.Connection) (*config.Connection, error) {
	if len(picked) == 1 {
		return picked[0], nil
	}
	list := make([]string, len(picked))
	for i, k := range picked {
		list[i] = k.Name
	}
	return nil, fmt.Errorf("say which connection, with --connection: %s", strings.Join(list, ", "))
}
