package agent

import (
	"context"
	"fmt"
	"sync"

	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
)

// dryTarget answers writes without sending them, and gives what would be created an id, so
// that those who come later can be put into groups.
type dryTarget struct {
	Target

	mu  sync.Mutex
	ids int
}

func (t *dryTarget) Write(ctx context.Context, w Write) (Written, error) {
	if w.Verb != plan.Create {
		return Written{ID: w.Target, Effect: Assumed}, ctx.Err()
	}
	if w.LookFirst {
		externalID := ""
		if w.User != nil {
			externalID = string(w.User.ID)
		}
		found, err := t.Find(ctx, w.Kind, externalID, nameOfWrite(w))
		if err != nil {
			return Written{}, err
		}
		if len(found) > 0 {
			return Written{}, &Exists{Found: found}
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ids++
	return Written{ID: directory.TargetID(fmt.Sprintf("new-%d", t.ids)), Effect: Assumed}, ctx.Err()
}

func nameOfWrite(w Write) string {
	if w.User != nil {
		return w.User.UserName
	}
	return w.Name
}

// dryLedger is read, and takes everything without keeping it.
type dryLedger struct {
	Ledger

	mu  sync.Mutex
	ids IntentID
}

func (*dryLedger) Bind(context.Context, string) error { return nil }

func (l *dryLedger) Begin(context.Context, Intent) (IntentID, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ids++
	return l.ids, nil
}

func (*dryLedger) Finish(context.Context, IntentID, Outcome) error { return nil }
func (*dryLedger) SaveRun(context.Context, RunRecord) error        { return nil }
func (*dryLedger) Keep(context.Context, Keep) error                { return nil }
