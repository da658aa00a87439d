package main

import (
	"path/filepath"
	"testing"

	"github.com/oktascim/oktascim/internal/clitest"
)

// The pages are made from the commands; this keeps them in step. make docs rewrites them.
func TestReferenceOfTheCommandsIsFresh(t *testing.T) {
	t.Parallel()
	clitest.Reference(t, newRoot(&program{}), filepath.Join("..", "..", "docs", "reference"), *update)
}
