package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/internal/config"
	"github.com/oktascim/oktascim/internal/ledger/sqlite"
)

// store is where the ledgers of all connections are kept.
type store interface {
	Connection(name string) agent.Ledger
	Runs(ctx context.Context, connection string, limit int) ([]agent.RunRecord, error)
	History(ctx context.Context, connection string, kind directory.Kind, source directory.SourceID, limit int) ([]agent.Entry, error)
	Close() error
}

// openLedger opens the ledger of the configuration.
func openLedger(c *config.Config) (store, error) {
	file, ok := strings.CutPrefix(c.Ledger, "sqlite:")
	if !ok {
		return nil, errors.New("the ledger must be sqlite:FILE")
	}
	db, err := sqlite.Open(file)
	if err != nil {
		return nil, fmt.Errorf("%w; under ledger: in the configuration name a file that can be written", err)
	}
	return db, nil
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
