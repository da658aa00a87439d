package conformance

import (
	"errors"
	"testing"
	"testing/fstest"
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

func TestOnlyWholeSecondsCountInRetryAfter(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]time.Duration{
		"0": 0, "7": 7 * time.Second, "100000": maxWait, "-1": 5 * time.Second,
		"Wed, 21 Oct 2026 07:28:00 GMT": 5 * time.Second, "1.5": 5 * time.Second,
	} {
		if got := retryAfter([]string{"Retry-After: " + value}); got != want {
			t.Errorf("%q: %s, want %s", value, got, want)
		}
	}
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
