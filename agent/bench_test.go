package agent_test

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/internal/ledger/sqlite"
)

// large is an org of 10,000 users, each with eight attributes, and 500 groups of 100.
func large() directory.Desired {
	d := desired(nil)
	for n := range 10_000 {
		u := person(fmt.Sprintf("user%05d", n), "Engineer")
		list := slices.Clone(u.Attributes)
		for _, path := range []string{"name.givenName", "name.familyName", "emails[primary eq true].value", "displayName", "locale", "timezone", "nickName"} {
			list = append(list, directory.Attribute{Path: path, Value: directory.Value(fmt.Sprintf("%q", fmt.Sprint(path, n)))})
		}
		u.Attributes = directory.NewAttributes(list...)
		d.Users = append(d.Users, u)
	}
	for n := range 500 {
		g := directory.Group[directory.SourceID]{ID: gid(fmt.Sprintf("%03d", n)), Name: fmt.Sprintf("Group %03d", n)}
		for k := range 100 {
			g.Members = append(g.Members, d.Users[(n*20+k)%len(d.Users)].ID)
		}
		slices.Sort(g.Members)
		d.Groups = append(d.Groups, g)
	}
	return d
}

// BenchmarkRun is what the agent and its SQLite ledger cost, beside a target that costs
// nothing: the first run creates everything, the second finds nothing to do.
func BenchmarkRun(b *testing.B) {
	d := large()
	for b.Loop() {
		b.StopTimer()
		db, err := sqlite.Open(filepath.Join(b.TempDir(), "ledger.db"))
		if err != nil {
			b.Fatal(err)
		}
		a, err := agent.New(agent.Options{Source: okta(d), Target: newServer(), Ledger: db.Connection("acme"), Workers: 24})
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		for _, want := range []string{agent.AllApplied, agent.NothingToDo} {
			before := allocated()
			r, err := a.Run(context.Background(), agent.ModeApply)
			if err != nil || r.Result != want {
				b.Fatal(r.Result, err)
			}
			b.ReportMetric(float64(allocated()-before)/1e6, "MB-allocated-"+want[:7])
		}
		b.StopTimer()
		if err := db.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}
