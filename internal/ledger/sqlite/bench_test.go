package sqlite_test

import (
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
	"github.com/oktascim/oktascim/internal/ledger/sqlite"
)

// BenchmarkCreates is what 1,000 journalled creates cost, by the number of workers that
// share commits. Most of it is the disk's sync.
func BenchmarkCreates(b *testing.B) {
	for _, workers := range []int{1, 8, 24} {
		b.Run(fmt.Sprint(workers), func(b *testing.B) {
			db, err := sqlite.Open(filepath.Join(b.TempDir(), "ledger.db"))
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			l := db.Connection("acme")
			n := 0
			for b.Loop() {
				var wg sync.WaitGroup
				work := make(chan int)
				for range workers {
					wg.Go(func() {
						for n := range work {
							if err := create(b, l, n); err != nil {
								b.Error(err)
							}
						}
					})
				}
				for range 1000 {
					n++
					work <- n
				}
				close(work)
				wg.Wait()
			}
		})
	}
}

func create(tb testing.TB, l agent.Ledger, n int) error {
	tb.Helper()
	id, err := l.Begin(tb.Context(), agent.Intent{Verb: plan.Create, Kind: directory.KindUser, Source: directory.SourceID(fmt.Sprintf("00u%017d", n)), Name: "ada@x.test"})
	if err != nil {
		return err
	}
	return l.Finish(tb.Context(), id, agent.Outcome{Result: agent.Done, Link: &directory.Link{
		Kind: directory.KindUser, Source: directory.SourceID(fmt.Sprintf("00u%017d", n)), Target: directory.TargetID(fmt.Sprint(n)),
		Origin: directory.OriginCreated, Name: "ada@x.test",
	}})
}
