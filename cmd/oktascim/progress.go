package main

import (
	"os"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/plan"
)

// progress shows how far a run is, to a person at a terminal and to nobody else. The bar
// is on standard error and is gone when end is called.
func (p *program) progress() (events agent.Events, end func()) {
	if !isTerminal(p.stderr) || os.Getenv("TERM") == "dumb" {
		return agent.Events{}, func() {}
	}
	bars := mpb.New(mpb.WithOutput(p.stderr), mpb.WithWidth(40))
	var current *mpb.Bar
	show := func(b *mpb.Bar) {
		if current != nil {
			current.Abort(true)
		}
		current = b
	}
	applying := false
	events.Phase = func(phase agent.Phase) {
		applying = false
		show(bars.AddSpinner(0, mpb.BarRemoveOnComplete(), mpb.AppendDecorators(decor.Name(string(phase)))))
	}
	events.Changed = func(done, total int, _ plan.Change, _ agent.ChangeOutcome) {
		if !applying {
			applying = true
			show(bars.AddBar(int64(total), mpb.BarRemoveOnComplete(), mpb.PrependDecorators(decor.Name("applying ")), mpb.AppendDecorators(decor.CountersNoUnit(" %d of %d"))))
		}
		current.SetCurrent(int64(done))
	}
	return events, func() {
		show(nil)
		bars.Wait()
	}
}
