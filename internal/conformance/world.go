package conformance

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// world is what one scenario has made and seen. Each scenario has its own.
type world struct {
	wire   *wire
	mode   Mode
	prefix string // starts every name that the scenario makes

	people map[string]*person // by the name in the feature file
	groups map[string]*group

	mu        sync.Mutex // below: some steps send several requests at once
	exchanges []*Exchange
	// flow is where the exchanges of the last When (or Given) start.
	flow int
	// last is the index of the exchange that Then looks at; -1 for none.
	last int
	made []made
	left []string
	// order is people as an import has read them.
	order []string
	// crowd is the crowd of the run; nil if the scenario has to make its own.
	crowd *crowd
	// room is how many more people and groups the scenario may make; negative
	// means any number.
	room int
	// watch collects what the exchanges of the run show of the invariants.
	watch *watch
}

// person is an Okta user.
type person struct {
	userName, given, family, email, display string
	externalID, password                    string
	id                                      string // the server's
	// more is what Okta has sent besides, by path.
	more map[string]any
	// left is true while the person is deactivated.
	left bool
	// noted is what the server had of the person at some time.
	noted map[string]any
}

// group is an Okta group that is pushed.
type group struct {
	name string
	id   string
	// members are names of people in the feature file.
	members []string
}

// made is something to delete when the scenario is over.
type made struct {
	kind string // "Users" or "Groups"
	id   string // "" if the answer had none
	// names are the userName or displayName, and what it was changed to.
	names []string
	// on is the connection where it is, if it is another than that of the run.
	on *wire
}

func newWorld(w *wire, mode Mode, prefix string) *world {
	return &world{wire: w, mode: mode, prefix: prefix, people: map[string]*person{}, groups: map[string]*group{}, last: -1, room: -1, watch: newWatch()}
}

// person returns the person of that name and invents one at first use. Upper
// and lower case in userName are mixed on purpose: Okta's suite compares it
// exactly.
func (w *world) person(name string) *person {
	if p := w.people[name]; p != nil {
		return p
	}
	id := randomHex(8)
	p := &person{
		userName: w.prefix + "-" + name + "@Example.com", given: name, family: "O'Tester-" + name,
		email:      strings.ToLower(name) + "." + w.prefix + "@example.com",
		externalID: "00u" + id + "A",
		// Okta's throwaway password is random; eight characters of two
		// classes is what the weakest admin setting makes.
		password: "p" + id[:7],
	}
	p.display = p.given + " " + p.family
	w.people[name] = p
	return p
}

// group returns the group of that name and invents one at first use.
func (w *world) group(name string) *group {
	if g := w.groups[name]; g != nil {
		return g
	}
	// A sentence of a feature file has its names in quotes.
	g := &group{name: w.prefix + " " + strings.NewReplacer("{quote}", `"`, "{backslash}", `\`).Replace(name)}
	w.groups[name] = g
	return g
}

// send sends a request with the right credentials and keeps the exchange.
func (w *world) send(ctx context.Context, method, path, body string) *Exchange {
	return w.sendAs(ctx, w.wire.auth.value(), method, path, body)
}

// sendAs sends a request with another Authorization header; "" sends none.
func (w *world) sendAs(ctx context.Context, auth, method, path, body string) *Exchange {
	return w.dispatch(ctx, call{method: method, path: path, body: body, auth: auth, ordinary: auth == w.wire.auth.value()})
}

// dispatch sends a request of any form and keeps the exchange.
func (w *world) dispatch(ctx context.Context, c call) *Exchange {
	if ex := w.full(c.method, c.path); ex != nil {
		return ex
	}
	c.hide = append(c.hide, w.passwords()...)
	ex := w.wire.send(ctx, c)
	ex.ordinary = c.ordinary
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last = len(w.exchanges)
	w.exchanges = append(w.exchanges, ex)
	return ex
}

func (w *world) passwords() []string {
	var all []string
	for _, p := range w.people {
		all = append(all, p.password)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// begin marks the start of a flow: what comes now is what Then talks about.
func (w *world) begin() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.flow = len(w.exchanges)
}

// answer is the exchange that Then looks at.
func (w *world) answer() *Exchange {
	if w.last < 0 {
		return &Exchange{NoAnswer: "nothing was sent"}
	}
	return w.exchanges[w.last]
}

// fail makes a failure about the exchange ex.
func (w *world) fail(ex *Exchange, want, got string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := &failure{want: want, got: got, at: -1}
	for i, e := range w.exchanges {
		if e == ex {
			f.at = i
		}
	}
	return f
}

// expect checks the status of an answer.
func (w *world) expect(ctx context.Context, ex *Exchange, status ...int) error {
	if ex.Status == 0 && ctx.Err() != nil {
		return fmt.Errorf("interrupted: %w", ctx.Err())
	}
	var words []string
	for _, s := range status {
		if ex.Status == s {
			return nil
		}
		words = append(words, fmt.Sprint(s))
	}
	want := fmt.Sprintf("%s in answer to %s %s", strings.Join(words, " or "), ex.Method, ex.path)
	if ex.Status == 0 {
		return w.fail(ex, want, ex.NoAnswer)
	}
	got := fmt.Sprint(ex.Status)
	if d := text(ex.value, "detail"); d != "" {
		got += " (" + d + ")"
	}
	return w.fail(ex, want, got)
}

// object checks that the answer is a JSON object.
func (w *world) object(ex *Exchange) error {
	if _, ok := ex.value.(map[string]any); ok {
		return nil
	}
	got := "a body that is no object: " + show(ex.value)
	switch {
	case ex.jsonErr != nil:
		got = "a body that is no JSON: " + ex.jsonErr.Error()
	case ex.value == nil && len(ex.raw) == 0:
		got = "an empty body"
	}
	return w.fail(ex, "a JSON object in answer to "+ex.Method+" "+ex.path, got)
}

// keep remembers to delete what a POST may have made.
func (w *world) keep(kind, name string, ex *Exchange) {
	if ex.Status >= 300 && ex.Status < 500 {
		return // refused
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.made = append(w.made, made{kind: kind, id: text(ex.value, "id"), names: []string{name}})
}

// renamed remembers one more name under which a thing may have to be looked for.
func (w *world) renamed(kind, id, name string) {
	for i := range w.made {
		if m := &w.made[i]; m.kind == kind && m.id == id {
			m.names = append(m.names, name)
		}
	}
}

// forget drops what the scenario has deleted itself.
func (w *world) forget(kind, id string) {
	for i, m := range w.made {
		if m.kind == kind && m.id == id {
			w.made = append(w.made[:i], w.made[i+1:]...)
			return
		}
	}
}

// cleanUp deletes what the scenario has made; groups first, so that no server
// has to keep members in order while people go. What cannot be deleted is
// deactivated and named in w.left.
func (w *world) cleanUp(ctx context.Context) {
	for _, kind := range []string{"Groups", "Users"} {
		var wg sync.WaitGroup
		limit := make(chan struct{}, burst)
		for _, m := range w.made {
			if m.kind != kind {
				continue
			}
			wg.Go(func() {
				limit <- struct{}{}
				defer func() { <-limit }()
				if left := w.remove(ctx, m); left != "" {
					w.mu.Lock()
					w.left = append(w.left, left)
					w.mu.Unlock()
				}
			})
		}
		wg.Wait()
	}
}

// burst is how many requests a step sends at once where Okta sends several at
// once (three lookups within 70 ms in one capture).
const burst = 8

// remove deletes one thing and returns what is left of it; "" for nothing.
func (w *world) remove(ctx context.Context, m made) string {
	if m.on != nil {
		if m.id != "" && succeeded(m.on.send(ctx, call{method: http.MethodDelete, path: "/" + m.kind + "/" + segment(m.id), auth: m.on.auth.value(), hide: w.passwords()})) {
			return ""
		}
		return m.kind + " " + m.names[0] + " on the other connection"
	}
	if m.id != "" && succeeded(w.plain(ctx, http.MethodDelete, "/"+m.kind+"/"+segment(m.id), "")) {
		return ""
	}
	// The id was wrong or missing, or the server does not delete: look by name.
	for _, name := range m.names {
		if left := w.removeNamed(ctx, m, name); left != "" {
			return left
		}
	}
	return ""
}

// removeNamed deletes what has the name; never what the run has not made,
// whatever a filter returns.
func (w *world) removeNamed(ctx context.Context, m made, name string) string {
	attr := "userName"
	if m.kind == "Groups" {
		attr = "displayName"
	}
	left := m.kind + " " + name
	found := w.plain(ctx, http.MethodGet, "/"+m.kind+"?filter="+filter(attr, name, "%20")+"&startIndex=1&count=100", "")
	if found.Status == 0 {
		return left
	}
	resources, _ := list(found.value, "Resources")
	for _, r := range resources {
		id := text(r, "id")
		if id == "" || !strings.EqualFold(text(r, attr), name) || !strings.Contains(strings.ToLower(name), w.prefix) {
			continue
		}
		if id != m.id && succeeded(w.plain(ctx, http.MethodDelete, "/"+m.kind+"/"+segment(id), "")) {
			continue
		}
		if w.plain(ctx, http.MethodGet, "/"+m.kind+"/"+segment(id), "").Status == http.StatusNotFound {
			continue // another thing of the scenario had the same id, and was faster
		}
		if m.kind == "Users" && succeeded(w.plain(ctx, http.MethodPatch, "/Users/"+segment(id), patchActive(false))) {
			left += " (deactivated)"
		}
		return left
	}
	return ""
}

// plain sends a request that is no part of the scenario.
func (w *world) plain(ctx context.Context, method, path, body string) *Exchange {
	return w.wire.send(ctx, call{method: method, path: path, body: body, auth: w.wire.auth.value(), hide: w.passwords()})
}

func succeeded(ex *Exchange) bool { return ex.Status >= 200 && ex.Status < 300 }

// randomHex returns n random bytes as 2n lower-case digits.
func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return hex.EncodeToString(b)
}
