package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"

	"github.com/oktascim/oktascim/agent"
)

// errHeld is reported by lockFile when another open file has the lock.
var errHeld = errors.New("held")

// Acquire implements [agent.Exclusive] with a lock of the operating system: it is gone
// when the process is, however that ends. Two ledgers of one process exclude each other
// as well.
func (l *ledger) Acquire(context.Context) (release func() error, err error) {
	path := l.db.path + "." + url.PathEscape(l.name) + ".lock"
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking connection %q: %w", l.name, err)
	}
	if err := lockFile(f); err != nil {
		if errors.Is(err, errHeld) {
			err = fmt.Errorf("%w: %s holds %s", agent.ErrBusy, holder(f), path)
		}
		return nil, errors.Join(fmt.Errorf("locking connection %q: %w", l.name, err), f.Close())
	}
	// The file is never removed: somebody who had it open would lock a file that nobody
	// else finds.
	if err := sign(f); err != nil {
		return nil, errors.Join(fmt.Errorf("locking connection %q: %w", l.name, err), f.Close())
	}
	return func() error {
		return errors.Join(f.Truncate(0), f.Close())
	}, nil
}

// sign writes the process id into the file, for the message that others see.
func sign(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt(fmt.Appendln(nil, os.Getpid()), 0)
	return err
}

// holder says who has the file, as far as it can be read.
func holder(f *os.File) string {
	b, err := io.ReadAll(io.LimitReader(f, 32))
	if pid := strings.TrimSpace(string(b)); err == nil && pid != "" {
		return "process " + pid
	}
	return "another process"
}
