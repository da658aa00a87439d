package agent_test

import (
	"context"
	"fmt"
	"os"

	"github.com/oktascim/oktascim/agent"
)

// A run is put together from a source, a target and a ledger. Here Okta asks for two
// people and a group; the target is empty.
func ExampleAgent() {
	ctx := context.Background()
	a, err := agent.New(agent.Options{
		Name:   "acme",
		Source: okta(desired([]string{"ada", "bob"}, team{"Engineering", []string{"ada"}})), // an oktasource.Source
		Target: newServer(),                                                                 // a scimtarget.Target
		Ledger: &memory{},                                                                   // a sqlite.DB's Connection
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := a.Run(ctx, agent.ModeApply)
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = report.WriteText(os.Stdout)
	report, _ = a.Run(ctx, agent.ModePlan)
	fmt.Println("and then:", report.Result)
	// Output:
	//  1 create     user  ada@x.test     assigned
	//  2 create     user  bob@x.test     assigned
	//  3 create     group Engineering    pushed
	//      + ada@x.test
	// 3 changes: 3 create.
	// 3 of 3 changes done
	// and then: nothing to do
}
