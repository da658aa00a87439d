package conformance

import (
	"errors"
	"net/http"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"
)

func TestTheVerdictFollowsGradeAndError(t *testing.T) {
	t.Parallel()
	broken := &failure{want: "a", got: "b", at: -1}
	cases := []struct {
		err  error
		want map[Grade]Verdict
	}{
		{nil, map[Grade]Verdict{Must: Passed, Should: Passed, May: Passed}},
		{broken, map[Grade]Verdict{Must: Failed, Should: Warning, May: Unsupported}},
		{&setupError{tests: "x", err: broken}, map[Grade]Verdict{Must: Skipped, Should: Skipped, May: Skipped}},
		{errors.New("a panic"), map[Grade]Verdict{Must: Broken, Should: Broken, May: Broken}},
	}
	for _, c := range cases {
		for grade, want := range c.want {
			r := Result{Scenario: Scenario{Grade: grade}}
			if judge(&r, c.err); r.Verdict != want {
				t.Errorf("%v as %s: %s, want %s", c.err, grade, r.Verdict, want)
			}
		}
	}
}

func TestTheOutcomeOfARunNeverHidesAGap(t *testing.T) {
	t.Parallel()
	must := func(v Verdict) Result { return Result{Scenario: Scenario{Grade: Must}, Verdict: v} }
	should := func(v Verdict) Result { return Result{Scenario: Scenario{Grade: Should}, Verdict: v} }
	cases := []struct {
		name    string
		results []Result
		want    Outcome
		code    int
	}{
		{"nothing ran", nil, NotRun, 2},
		{"all hold", []Result{must(Passed), should(Warning)}, AllPassed, 0},
		{"one fails", []Result{must(Passed), must(Broken), must(Failed)}, SomeFailed, 1},
		{"a must was skipped", []Result{must(Passed), must(Skipped)}, Partial, 0},
		{"a must is not offered", []Result{must(Passed), must(Unsupported)}, Partial, 0},
		{"a should was skipped", []Result{must(Passed), should(Skipped)}, AllPassed, 0},
		{"everything was skipped", []Result{must(Skipped)}, NotRun, 2},
		{"the tester is at fault", []Result{must(Passed), must(Broken)}, NotRun, 2},
	}
	for _, c := range cases {
		r := Report{Results: c.results}
		if r.Outcome() != c.want || r.ExitCode() != c.code {
			t.Errorf("%s: %s, exit code %d; want %s, %d", c.name, r.Outcome(), r.ExitCode(), c.want, c.code)
		}
	}
}

func TestRetryAfterIsSecondsOrADate(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 10, 21, 7, 28, 0, 0, time.UTC)
	for _, c := range []struct {
		value, date string
		want        time.Duration
	}{
		{"0", "", 0},
		{"7", "", 7 * time.Second},
		{" 7 ", "", 7 * time.Second},
		{"100000", "", maxWait},
		{"-1", "", 5 * time.Second},
		{"1.5", "", 5 * time.Second},
		{"", "", 5 * time.Second},
		{"soon", "", 5 * time.Second},
		{"Wed, 21 Oct 2026 07:28:09 GMT", "", 9 * time.Second},
		{"Wednesday, 21-Oct-26 07:28:09 GMT", "", 9 * time.Second},
		{"Wed, 21 Oct 2026 07:27:00 GMT", "", 0},
		{"Wed, 21 Oct 2026 09:28:00 GMT", "", maxWait},
		// The clock of the server is an hour ahead.
		{"Wed, 21 Oct 2026 08:28:09 GMT", "Wed, 21 Oct 2026 08:28:00 GMT", 9 * time.Second},
	} {
		h := http.Header{"Retry-After": {c.value}}
		if c.date != "" {
			h.Set("Date", c.date)
		}
		if got := retryAfter(h, now); got != c.want {
			t.Errorf("%q at %q: %s, want %s", c.value, c.date, got, c.want)
		}
	}
}

// answers is a server in functions: one for each request.
type answers []func() *http.Response

func (a *answers) RoundTrip(*http.Request) (*http.Response, error) {
	next := (*a)[0]
	*a = (*a)[1:]
	return next(), nil
}

func TestTheTesterWaitsUntilTheDateOfRetryAfter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		until := began.Add(30 * time.Second).UTC().Format(http.TimeFormat)
		w := newWire("http://scim.example.com", Auth{Secret: "s"}, 0, &answers{
			func() *http.Response {
				return &http.Response{StatusCode: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {until}}, Body: http.NoBody}
			},
			func() *http.Response {
				return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody}
			},
		})
		if ex := w.send(t.Context(), call{method: "GET", path: "/Users"}); ex.Status != 200 {
			t.Errorf("answered %d %s", ex.Status, ex.NoAnswer)
		}
		if waited := time.Since(began); waited < 29*time.Second || waited > 30*time.Second {
			t.Errorf("waited %s", waited)
		}
	})
}

func TestAScenarioWithoutIDGradeOrSourceIsRefused(t *testing.T) {
	t.Parallel()
	const head = "Feature: F\n\n"
	for name, c := range map[string]struct{ text, want string }{
		"no source": {head + "  @a.1 @must @catalog @okta:import-users\n  Scenario: S\n    Then the answer is 200\n", `okta/f.feature:4: scenario "S" has no # Source: comment`},
		"no grade":  {head + "  # Source: s\n  # Breaks: b\n  # Mend: m\n  @a.1 @catalog @okta:import-users\n  Scenario: S\n    Then the answer is 200\n", `okta/f.feature:7: scenario "S" has no grade tag`},
		"no mode":   {head + "  # Source: s\n  # Breaks: b\n  # Mend: m\n  @a.1 @must @okta:import-users\n  Scenario: S\n    Then the answer is 200\n", `okta/f.feature:7: scenario a.1 has neither @catalog nor @wizard`},
		"a button that Okta has not": {
			head + "  # Source: s\n  # Breaks: b\n  # Mend: m\n  @a.1 @must @wizard @okta:coffee\n  Scenario: S\n    Then the answer is 200\n",
			`okta/f.feature:7: scenario a.1: unknown Okta feature "coffee"`,
		},
	} {
		_, err := Catalogue(fstest.MapFS{"okta/f.feature": {Data: []byte(c.text)}}, "okta")
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

func TestAPrefixSelectsWholePartsOfAnID(t *testing.T) {
	t.Parallel()
	all := []Scenario{
		{ID: "users.create.1", Modes: []Mode{Catalog}}, {ID: "users.create.10", Modes: []Mode{Catalog}}, {ID: "users.creation.1", Modes: []Mode{Wizard}},
	}
	for prefix, want := range map[string]int{"users": 3, "users.create": 2, "users.create.1": 1, "users.": 3} {
		got, err := Select(all, []string{prefix}, nil)
		if err != nil || len(got) != want {
			t.Errorf("%q selects %d (%v), want %d", prefix, len(got), err, want)
		}
	}
	for _, c := range []struct {
		only  []string
		modes []Mode
	}{{only: []string{"users.cre"}}, {only: []string{"users", "nothing"}}, {only: []string{"users.creation"}, modes: []Mode{Catalog}}} {
		if _, err := Select(all, c.only, c.modes); !errors.Is(err, ErrNothingSelected) {
			t.Errorf("%v %v: %v, want %v", c.only, c.modes, err, ErrNothingSelected)
		}
	}
}
