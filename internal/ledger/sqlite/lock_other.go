//go:build !unix || solaris || aix

package sqlite

import (
	"errors"
	"os"
)

// lockFile refuses: without a lock two runs could create everybody twice.
func lockFile(*os.File) error {
	return errors.New("this operating system has no file lock that the ledger knows: use Linux, macOS or a BSD")
}
