package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cucumber/godog"
)

// Options says what to run against what.
type Options struct {
	// URL is the SCIM base URL, as it is typed into Okta.
	URL  string
	Auth Auth
	// Modes are replayed one after the other; none means both.
	Modes []Mode
	// Only selects scenarios by id or by the first parts of an id: "users.create"
	// stands for users.create.1, users.create.2 and so on. None selects all.
	Only []string
	// Timeout bounds one request; 0 means 60 s, as Okta.
	Timeout time.Duration
	// Parallel is how many scenarios run at once; 0 means 8.
	Parallel int
	// Tags is a tag expression, see [ParseTags]; "" selects all.
	Tags string
	// Strict makes a should that does not hold a failure.
	Strict bool
	// ReadOnly sends nothing that could change the server. Scenarios that make
	// something are skipped.
	ReadOnly bool
	// MaxObjects is how many people and groups may be on the server at once
	// because of the run; 0 means any number. With it scenarios run one at a time,
	// and those that need more are skipped.
	MaxObjects int
	// Progress, if not nil, is told how many results of how many are there. It
	// is called from one goroutine at a time.
	Progress func(done, total int)
	// Learn also looks at what no scenario sends, for [Report.Profile]: with two people
	// and one group of its own, which it deletes again.
	Learn bool
	// Transport sends the requests; nil means a plain one of net/http.
	Transport http.RoundTripper
	// Other, if not nil, is another connection of the server: what is on it must
	// not be seen through this one.
	Other *Connection
	// Disabled, if not nil, is how a connection signs in that is switched off.
	Disabled *Auth
	// TokenInURL sends the token in a URL once, where servers and proxies may log
	// it. On this machine it is tried without being asked for.
	TokenInURL bool
	// Version of the program, for the reports.
	Version string
}

// Suite is the scenarios and the sentences that they are made of. It is safe for
// concurrent use.
type Suite struct {
	files    fs.FS
	all      []Scenario
	patterns patterns
}

// Profile is a set of scenarios.
type Profile string

const (
	// OktaProfile is what Okta sends (okta/ of the feature files).
	OktaProfile Profile = "okta"
	// RFCProfile is what RFC 7643, 7644 and 9865 say to every client (rfc/).
	RFCProfile Profile = "rfc"
	// AllProfiles is both.
	AllProfiles Profile = "all"
)

// Load reads the scenarios of [OktaProfile].
func Load(fsys fs.FS) (*Suite, error) { return LoadProfile(fsys, OktaProfile) }

// LoadProfile reads the scenarios of a profile, "" for [OktaProfile]; see [Catalogue].
func LoadProfile(fsys fs.FS, profile Profile) (*Suite, error) {
	var paths []string
	switch profile {
	case "", OktaProfile:
		paths = []string{"okta"}
	case RFCProfile:
		paths = []string{"rfc"}
	case AllProfiles:
		paths = []string{"okta", "rfc"}
	default:
		return nil, fmt.Errorf("profile %q: it is okta, rfc or all", profile)
	}
	all, err := Catalogue(fsys, paths...)
	if err != nil {
		return nil, err
	}
	return &Suite{files: fsys, all: all}, nil
}

// Scenarios returns all scenarios in file order; the caller must not change them.
func (s *Suite) Scenarios() []Scenario { return s.all }

// CannotRun is why no verdict could be given. Hint, where there is one, says
// what to try.
type CannotRun struct{ Problem, Hint string }

func (c *CannotRun) Error() string {
	if c.Hint == "" {
		return c.Problem
	}
	return c.Problem + "\n" + c.Hint
}

// ErrNothingSelected is returned by [Select] if no scenario is left.
var ErrNothingSelected = errors.New("no such scenario")

// Select returns the scenarios that only names (none: all) and that have one of
// the modes (none: any). The error is [ErrNothingSelected] if an entry of only
// names no scenario: a run of nothing must not look like a run without failures.
func Select(all []Scenario, only []string, modes []Mode) ([]Scenario, error) {
	var chosen []Scenario
	used := make([]bool, len(only))
	for _, s := range all {
		named := len(only) == 0
		for i, o := range only {
			if o = strings.TrimSuffix(o, "."); s.ID == o || strings.HasPrefix(s.ID, o+".") {
				named, used[i] = true, true
			}
		}
		inMode := len(modes) == 0 || slices.Contains(s.Modes, AnyClient) || slices.ContainsFunc(s.Modes, func(m Mode) bool { return slices.Contains(modes, m) })
		if named && inMode {
			chosen = append(chosen, s)
		}
	}
	for i, o := range only {
		if !used[i] {
			return nil, fmt.Errorf("%w: %q", ErrNothingSelected, o)
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("%w in this mode", ErrNothingSelected)
	}
	return chosen, nil
}

// Run replays the scenarios and reports on them. The error is a [*CannotRun]
// if the server could not be reached, refused the credentials or speaks no
// SCIM, and wraps [ErrNothingSelected] if Only selects nothing. After a cancel
// the report holds what was found so far, and the rest as [Broken].
func (s *Suite) Run(ctx context.Context, o Options) (*Report, error) {
	if len(o.Modes) == 0 {
		o.Modes = []Mode{Catalog, Wizard}
	}
	if o.Parallel <= 0 {
		o.Parallel = 8
	}
	chosen, err := Select(s.all, o.Only, o.Modes)
	if err != nil {
		return nil, err
	}
	if chosen, err = SelectTags(chosen, o.Tags); err != nil {
		return nil, err
	}
	o.Modes = modesOf(chosen, o.Modes)
	if o.MaxObjects > 0 {
		o.Parallel = 1
	}
	w, done := o.wire()
	defer done()
	w.readOnly = o.ReadOnly
	offered, err := probe(ctx, w)
	if err != nil {
		return nil, err
	}
	optional(ctx, w, o, chosen, offered)
	if slices.ContainsFunc(chosen, func(c Scenario) bool { return slices.Contains(c.Needs, "resource-types") }) {
		discoverable(ctx, w, offered)
	}
	if slices.Contains(o.Modes, AnyClient) {
		advertised(ctx, w, offered)
	}

	r := &Report{URL: redactor(o.Auth.hidden())(w.base), Version: o.Version, Modes: o.Modes, Started: time.Now(), RunID: "scimconform-" + randomHex(3),
		Auth: o.Auth.form(), User: o.Auth.User, Strict: o.Strict, ReadOnly: o.ReadOnly,
	}
	progress := o.counter(chosen)
	all := &crowd{prefix: r.RunID + "-x"}
	recs := map[Mode]*recorder{}
	for _, mode := range o.Modes {
		rec := &recorder{results: map[string]Result{}, progress: progress, watch: newWatch()}
		recs[mode] = rec
		for _, phase := range []struct{ alone, last bool }{{alone: true}, {}, {last: true}} {
			s.phase(ctx, o, w, mode, r.RunID, rec, offered, slices.DeleteFunc(slices.Clone(chosen), func(c Scenario) bool {
				return c.Crowd || c.Alone != phase.alone || c.Last != phase.last || !slices.Contains(c.Modes, mode)
			}))
		}
	}
	for _, mode := range o.Modes {
		rec := recs[mode]
		if o.MaxObjects <= 0 {
			rec.crowd = all
		}
		s.phase(ctx, o, w, mode, r.RunID, rec, offered, slices.DeleteFunc(slices.Clone(chosen), func(c Scenario) bool {
			return !c.Crowd || !slices.Contains(c.Modes, mode)
		}))
		s.settle(ctx, o, w, mode, r.RunID, rec, offered)
		for _, c := range chosen {
			if slices.Contains(c.Modes, mode) {
				r.Results = append(r.Results, rec.result(c, mode))
			}
		}
	}
	r.left = all.dismiss(ctx, w, Catalog)
	if o.Strict {
		r.tighten()
	}
	if o.Learn && ctx.Err() == nil {
		r.own = s.look(ctx, o, w, r.RunID, offered)
	}
	r.throttled, r.longestWait = w.throttled()
	r.Took = time.Since(r.Started)
	return r, nil
}

// transport keeps as many connections as scenarios may use at once.
func transport(parallel int) *http.Transport {
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: burst * parallel, DisableCompression: true,
		TLSHandshakeTimeout: 10 * time.Second, ForceAttemptHTTP2: true,
	}
}

// modesOf adds the mode of the RFC scenarios, and drops Okta's where nothing
// but those was chosen.
func modesOf(chosen []Scenario, wanted []Mode) []Mode {
	isRFC := func(s Scenario) bool { return slices.Contains(s.Modes, AnyClient) }
	switch {
	case !slices.ContainsFunc(chosen, isRFC):
		return wanted
	case !slices.ContainsFunc(chosen, func(s Scenario) bool { return !isRFC(s) }):
		return []Mode{AnyClient}
	}
	return append(slices.Clone(wanted), AnyClient)
}

// settle looks again at scenarios that were skipped although what they were
// skipped for works. They run once more, one at a time: a server whose clients
// disturb each other may pass then. If the set-up fails again, no other scenario
// tells of it, and the skip becomes a failure.
func (s *Suite) settle(ctx context.Context, o Options, w *wire, mode Mode, runID string, rec *recorder, offered map[string]string) {
	if ctx.Err() != nil {
		return
	}
	puzzling := func(c Scenario) bool {
		r, ran := rec.results[c.ID]
		if !ran || r.Verdict != Skipped {
			return false
		}
		see, ran := rec.results[r.See]
		return ran && (see.Verdict == Passed || see.Verdict == Skipped)
	}
	var again []Scenario
	for _, c := range s.all {
		if slices.Contains(c.Modes, mode) && puzzling(c) {
			c.Alone = true
			again = append(again, c)
		}
	}
	s.phase(ctx, o, w, mode, runID, rec, offered, again)
	for _, c := range again {
		if r := rec.results[c.ID]; puzzling(c) && rec.results[r.See].Verdict == Passed {
			r.Verdict = Warning
			if c.Grade == Must {
				r.Verdict = Failed
			}
			r.Reason = "already in the set-up, although " + r.See + " passed: " + r.Reason
			rec.results[c.ID] = r
		}
	}
}

// recorder collects results of scenarios that run at once.
type recorder struct {
	mu      sync.Mutex
	results map[string]Result
	n       int
	// progress is told of each result.
	progress func()
	watch    *watch
	crowd    *crowd
}

func (rec *recorder) next() int {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	rec.n++
	return rec.n
}

func (rec *recorder) put(r Result) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	if _, again := rec.results[r.ID]; !again {
		rec.progress()
	}
	rec.results[r.ID] = r
}

// result returns what was recorded; a scenario that never came up is broken.
func (rec *recorder) result(s Scenario, mode Mode) Result {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	if r, ok := rec.results[s.ID]; ok {
		return r
	}
	return Result{Scenario: s, Mode: mode, Verdict: Broken, Reason: "it did not run", At: -1}
}

// phase runs some scenarios with godog.
func (s *Suite) phase(ctx context.Context, o Options, wire *wire, mode Mode, runID string, rec *recorder, offered map[string]string, chosen []Scenario) {
	byID := map[string]Scenario{}
	var paths, tags []string
	parallel := o.Parallel
	for _, c := range chosen {
		if why, ok := missing(c, offered); ok {
			rec.put(Result{Scenario: c, Mode: mode, Verdict: Unsupported, Reason: why, At: -1})
			continue
		}
		byID[c.ID] = c
		tags = append(tags, "@"+c.ID)
		if !slices.Contains(paths, c.File) {
			paths = append(paths, c.File)
		}
		if c.Alone {
			parallel = 1
		}
	}
	if len(tags) == 0 {
		return
	}
	suite := godog.TestSuite{
		Name: "scimconform",
		ScenarioInitializer: func(sc *godog.ScenarioContext) {
			w := newWorld(wire, mode, fmt.Sprintf("%s-%s%d", runID, mode[:1], rec.next()))
			w.watch, w.crowd = rec.watch, rec.crowd
			if o.MaxObjects > 0 {
				w.room = o.MaxObjects
			}
			start := time.Now()
			sc.Before(func(ctx context.Context, _ *godog.Scenario) (context.Context, error) {
				return ctx, ctx.Err()
			})
			sc.After(func(ctx context.Context, pickle *godog.Scenario, err error) (context.Context, error) {
				// Deleting goes on after a cancel, but not for ever.
				clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
				defer cancel()
				w.cleanUp(clean)
				rec.watch.see(w.exchanges)
				r := Result{Scenario: byID[idOf(pickle)], Mode: mode, Took: time.Since(start), Left: w.left}
				for _, ex := range w.exchanges {
					r.Exchanges = append(r.Exchanges, *ex)
				}
				if ctx.Err() != nil && err != nil {
					err = fmt.Errorf("interrupted: %w", ctx.Err())
				}
				judge(&r, err)
				r.shorten()
				r.withhold(w.exchanges)
				r.redact(redactor(append(o.hidden(), w.passwords()...)))
				rec.put(r)
				return ctx, nil
			})
			register(&sentences{sc: sc, patterns: &s.patterns}, w)
		},
		Options: &godog.Options{
			FS: s.files, Paths: paths,
			Tags:   strings.Join(tags, ","), // the old grammar: a comma is "or"
			Strict: true, Concurrency: parallel, DefaultContext: ctx,
			Format: "progress", Output: io.Discard, NoColors: true,
		},
	}
	suite.Run() // its exit code says nothing that the recorder does not say better
}

// idOf finds the id among the tags of a pickle, as Catalogue does.
func idOf(pickle *godog.Scenario) string {
	var s Scenario
	for _, t := range pickle.Tags {
		s.tag(strings.TrimPrefix(t.Name, "@"))
	}
	return s.ID
}

// missing says why a scenario has nothing to test on this server.
func missing(s Scenario, offered map[string]string) (why string, ok bool) {
	for _, need := range s.Needs {
		if why, absent := offered[need]; absent {
			return why, true
		}
	}
	return "", false
}
