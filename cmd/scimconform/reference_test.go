package main

import (
	"path/filepath"
	"testing"

	"github.com/oktascim/oktascim/internal/clitest"
)

// The page is made from the command; this keeps it in step. make docs rewrites it.
func TestReferenceOfTheCommandIsFresh(t *testing.T) {
	t.Parallel()
	clitest.Reference(t, command(t.Context(), streams{}), filepath.Join("..", "..", "docs", "reference"), *update)
}
