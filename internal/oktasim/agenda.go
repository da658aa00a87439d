package oktasim

import (
	"container/heap"
	"time"
)

// task is work that the org does later: an assignment that follows a group, a rule that
// is evaluated, an event that is stored, a hook that is called.
type task struct {
	at time.Time
	n  uint64 // tasks of one moment keep the order in which they were asked for
	do func(c *call)
}

// agenda is a heap of tasks, the next one first.
type agenda struct {
	tasks []task
	n     uint64
	alarm *time.Timer
}

func (a *agenda) Len() int { return len(a.tasks) }

func (a *agenda) Less(i, j int) bool {
	if x, y := a.tasks[i], a.tasks[j]; !x.at.Equal(y.at) {
		return x.at.Before(y.at)
	}
	return a.tasks[i].n < a.tasks[j].n
}

func (a *agenda) Swap(i, j int) { a.tasks[i], a.tasks[j] = a.tasks[j], a.tasks[i] }

func (a *agenda) Push(x any) {
	if t, is := x.(task); is {
		a.tasks = append(a.tasks, t)
	}
}

func (a *agenda) Pop() any {
	last := len(a.tasks) - 1
	t := a.tasks[last]
	a.tasks[last] = task{}
	a.tasks = a.tasks[:last]
	return t
}

// after does something when the delay has passed: with the first request or [Org.Tick]
// after it, and, if the org runs by the wall clock, also without one.
func (o *Org) after(delay time.Duration, do func(c *call)) {
	o.agenda.n++
	heap.Push(&o.agenda, task{o.opt.Now().Add(delay), o.agenda.n, do})
	if o.wallClock && delay > 0 {
		o.setAlarm()
	}
}

// setAlarm wakes the org for its next task. One timer is enough: each wake sets the next.
func (o *Org) setAlarm() {
	if o.closed || len(o.agenda.tasks) == 0 {
		return
	}
	wait := max(0, o.agenda.tasks[0].at.Sub(o.opt.Now()))
	if o.agenda.alarm == nil {
		o.agenda.alarm = time.AfterFunc(wait, o.Tick)
		return
	}
	o.agenda.alarm.Reset(wait)
}

// settle does what is due, and what that makes due.
func (o *Org) settle(now time.Time) {
	for clock := o.opt.Now(); len(o.agenda.tasks) > 0 && !o.agenda.tasks[0].at.After(clock); {
		t, is := heap.Pop(&o.agenda).(task)
		if is {
			t.do(&call{org: o, now: now, requestID: o.ids.requestID()})
		}
	}
	if o.wallClock {
		o.setAlarm()
	}
}

// Close ends deliveries that are under way and waits for them. An org that never calls
// an event hook needs no closing.
func (o *Org) Close() {
	o.mu.Lock()
	o.closed = true
	if o.agenda.alarm != nil {
		o.agenda.alarm.Stop()
	}
	o.mu.Unlock()
	o.stopHooks()
	o.calls.Wait()
}
