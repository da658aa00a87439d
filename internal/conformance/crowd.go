package conformance

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// crowd is people by the hundred, for scenarios about large groups. A run makes
// them once, as many as are asked for, and deletes them at its end: no scenario
// changes them. It is safe for concurrent use.
type crowd struct {
	mu     sync.Mutex
	prefix string
	people []*person
	made   []made
}

// crowdTimeout bounds the deletion of a crowd: a thousand people on a server
// that deletes ten in a second.
const crowdTimeout = 100 * time.Second

// hire brings n people of the crowd into the scenario, under the names C0001,
// C0002 and so on. Without a crowd the scenario makes its own, within the limits
// of the run.
func (w *world) hire(ctx context.Context, n int) error {
	names := make([]string, n)
	for i := range n {
		names[i] = fmt.Sprintf("C%04d", i+1)
	}
	if w.crowd == nil {
		return w.createAll(ctx, names)
	}
	w.crowd.mu.Lock()
	defer w.crowd.mu.Unlock()
	if err := w.crowd.grow(ctx, w, n); err != nil {
		return err
	}
	for i, name := range names {
		w.people[name] = w.crowd.people[i]
	}
	return nil
}

// grow makes people until there are n. The requests are those of Okta's create
// without the lookup; only one that goes wrong is kept as part of the scenario.
func (c *crowd) grow(ctx context.Context, w *world, n int) error {
	have := len(c.people)
	if have >= n {
		return nil
	}
	source := newWorld(w.wire, w.mode, c.prefix)
	more := make([]*person, n-have)
	for i := range more {
		p := source.person(fmt.Sprintf("C%04d", have+i+1))
		p.password = "p" + c.prefix[len(c.prefix)-7:] // one for all: each is searched for in each answer
		more[i] = p
	}
	answers := make([]*Exchange, len(more))
	err := w.atOnce(len(more), func(i int) error {
		if ctx.Err() != nil {
			return fmt.Errorf("interrupted: %w", ctx.Err())
		}
		answers[i] = source.plain(ctx, http.MethodPost, "/Users", createBody(more[i], ""))
		source.keep("Users", more[i].userName, answers[i])
		more[i].id = text(answers[i].value, "id")
		if answers[i].Status != http.StatusCreated || more[i].id == "" {
			w.mu.Lock()
			w.last = len(w.exchanges)
			w.exchanges = append(w.exchanges, answers[i])
			w.mu.Unlock()
			return w.expect(ctx, answers[i], http.StatusCreated)
		}
		return nil
	})
	c.made = append(c.made, source.made...)
	for _, p := range more {
		if p.id == "" {
			break // those before it are usable
		}
		c.people = append(c.people, p)
	}
	if err == nil && len(c.people) < n {
		return w.fail(w.answer(), "an id for each person", "none")
	}
	return err
}

// dismiss deletes the crowd and returns what is left of it.
func (c *crowd) dismiss(ctx context.Context, wire *wire, mode Mode) []string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), crowdTimeout)
	defer cancel()
	w := newWorld(wire, mode, c.prefix)
	w.made = c.made
	w.cleanUp(ctx)
	return w.left
}

// some reads "the first 100" and "all but the first 100" of the people of a
// scenario, by name.
func (w *world) some(s string) ([]string, bool) {
	words, rest := strings.CutPrefix(s, "all but ")
	number, ok := strings.CutPrefix(words, "the first ")
	n, err := strconv.Atoi(number)
	if !ok || err != nil {
		return nil, false
	}
	all := w.names("everybody")
	n = min(n, len(all))
	if rest {
		return all[n:], true
	}
	return all[:n], true
}
