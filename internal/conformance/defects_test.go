package conformance_test

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/oktascim/oktascim/internal/conformance"
)

var update = flag.Bool("update", false, "run every scenario on every defect and rewrite the golden files")

const (
	table = "testdata/defects.txt"
	// preface stands for the call before the scenarios: exit code 2.
	preface = "could-not-run"
)

// harmless are ways to differ in which Okta works all the same.
func harmless() []string { return []string{"group-patch-204"} }

// defects are all defects of the tiny server, read from its source so that none
// can be forgotten.
func defects(t *testing.T) []string {
	t.Helper()
	call := regexp.MustCompile(`s\.is\(([^)]*)\)`)
	word := regexp.MustCompile(`"([^"]+)"`)
	found := map[string]bool{}
	files, err := filepath.Glob("tiny*_test.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no tiny server: %v", err)
	}
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range call.FindAllSubmatch(src, -1) {
			for _, d := range word.FindAllSubmatch(m[1], -1) {
				found[string(d[1])] = true
			}
		}
	}
	for _, h := range harmless() {
		delete(found, h)
	}
	return slices.Sorted(maps.Keys(found))
}

// caught runs scenarios against a defect and returns "mode id" of each that
// turns red.
func caught(t *testing.T, defect string, only []string, parallel int) []string {
	t.Helper()
	server := httptest.NewServer(newTiny(defect))
	defer server.Close()
	o := conformance.Options{URL: server.URL + "/scim/v2", Auth: conformance.Auth{Secret: token}, Only: only, Parallel: parallel}
	moreConnections(&o)
	report, err := suite(t).Run(t.Context(), o)
	if _, ok := errors.AsType[*conformance.CannotRun](err); ok {
		return []string{preface}
	}
	if err != nil {
		t.Fatal(err)
	}
	var red []string
	for _, r := range report.Results {
		switch r.Verdict {
		case conformance.Failed, conformance.Warning, conformance.Unsupported:
			red = append(red, string(r.Mode)+" "+r.ID)
		case conformance.Broken:
			t.Errorf("%s: the tester is at fault in %s: %s", defect, r.ID, r.Reason)
		case conformance.Passed, conformance.Skipped:
		}
	}
	return red
}

// crowds are the scenarios with a hundred people. They are run only on what
// nothing else catches, since a table of all would take minutes.
func crowds(t *testing.T) []string {
	t.Helper()
	ids := []string{"groups.members.8", "users.import.4", "groups.import.7", "users.lookup.18"}
	for _, s := range suite(t).Scenarios() {
		if s.Crowd {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

func allBut(t *testing.T, but []string) []string {
	t.Helper()
	var ids []string
	for _, s := range suite(t).Scenarios() {
		if !slices.Contains(but, s.ID) {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

// idsOf returns the ids of "mode id" lines.
func idsOf(lines []string) []string {
	var ids []string
	for _, l := range lines {
		if _, id, ok := strings.Cut(l, " "); ok {
			ids = append(ids, id)
		}
	}
	return ids
}

// readTable reads the golden file: a defect, then indented "mode id" lines.
func readTable(t *testing.T) map[string][]string {
	t.Helper()
	return readRows(t, table)
}

func readRows(t *testing.T, file string) map[string][]string {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil && !*update {
		t.Fatal(err)
	}
	rows := map[string][]string{}
	var defect string
	for line := range strings.Lines(string(src)) {
		line = strings.TrimRight(line, "\n")
		switch {
		case line == "", strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "  "):
			rows[defect] = append(rows[defect], strings.TrimSpace(line))
		default:
			defect = line
			rows[defect] = nil
		}
	}
	return rows
}

func writeTable(t *testing.T, rows map[string][]string) {
	t.Helper()
	writeRows(t, table, rows, "# Which scenario catches which defect of the tiny server.\n# Written by: go test ./internal/conformance -run Defect -update\n")
}

func writeRows(t *testing.T, file string, rows map[string][]string, preface string) {
	t.Helper()
	var b strings.Builder
	b.WriteString(preface)
	for _, d := range slices.Sorted(maps.Keys(rows)) {
		fmt.Fprintf(&b, "\n%s\n", d)
		for _, c := range rows[d] {
			fmt.Fprintf(&b, "  %s\n", c)
		}
	}
	if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestEachDefectIsCaughtByTheScenariosOfTheTable runs, for each defect, the
// scenarios that the table names. With -update it runs all of them, which takes
// minutes; -run 'TestEachDefect/all/^put-merges$' -update renews one row.
func TestEachDefectIsCaughtByTheScenariosOfTheTable(t *testing.T) {
	t.Parallel()
	if *update {
		var mu sync.Mutex
		rows := readTable(t)
		maps.DeleteFunc(rows, func(d string, _ []string) bool { return !slices.Contains(defects(t), d) })
		quiet := allBut(t, crowds(t))
		t.Run("all", func(t *testing.T) {
			for _, d := range defects(t) {
				t.Run(d, func(t *testing.T) {
					t.Parallel()
					red := caught(t, d, quiet, 8)
					if len(red) == 0 {
						red = caught(t, d, crowds(t), 1)
					}
					// Scenarios that saw the defect only because of what ran
					// beside them do not count.
					sure := caught(t, d, idsOf(red), 1)
					red = slices.DeleteFunc(red, func(r string) bool { return !slices.Contains(sure, r) })
					if len(red) == 0 { // what runs beside hides it
						red = caught(t, d, quiet, 1)
					}
					mu.Lock()
					defer mu.Unlock()
					rows[d] = red
				})
			}
		})
		writeTable(t, rows)
	}
	rows := readTable(t)
	if want, got := defects(t), slices.Sorted(maps.Keys(rows)); !slices.Equal(want, got) {
		t.Errorf("the table is stale, run with -update: it has %d defects, the server %d", len(got), len(want))
	}
	first := map[string]string{} // "mode id" -> the first defect that it catches
	for _, d := range slices.Sorted(maps.Keys(rows)) {
		for _, w := range rows[d] {
			if first[w] == "" {
				first[w] = d
			}
		}
	}
	for d, want := range rows {
		if len(want) == 0 {
			t.Errorf("nothing catches %s", d)
		}
		// Two scenarios of each mode are enough to see that the defect is still
		// caught, and every scenario is looked at on the first defect it catches.
		var check []string
		perMode := map[string]int{}
		for _, w := range want {
			mode, _, _ := strings.Cut(w, " ")
			if perMode[mode]++; perMode[mode] <= 2 || first[w] == d {
				check = append(check, w)
			}
		}
		t.Run(d, func(t *testing.T) {
			t.Parallel()
			// A race that a scenario provokes may be won once: that it can be lost is
			// what the table says.
			for try := 1; len(check) > 0; try++ {
				got := caught(t, d, idsOf(check), 1)
				check = slices.DeleteFunc(check, func(w string) bool { return slices.Contains(got, w) })
				if try == 3 {
					for _, w := range check {
						t.Errorf("%s does not catch it any more", w)
					}
					break
				}
			}
		})
	}
}

func TestEachScenarioCanTurnRed(t *testing.T) {
	t.Parallel()
	red := map[string]bool{}
	for _, catches := range readTable(t) {
		for _, c := range catches {
			red[c] = true
		}
	}
	for _, s := range suite(t).Scenarios() {
		for _, m := range s.Modes {
			if !red[string(m)+" "+s.ID] {
				t.Errorf("%s: no defect turns %s red in %s; what does it prove?", s.File, s.ID, m)
			}
		}
	}
}

func TestTheTinyServerWithoutADefectPassesEveryScenario(t *testing.T) {
	t.Parallel()
	for _, d := range append(harmless(), "") {
		report := replay(t, newTiny(d), "/scim/v2", func(o *conformance.Options) {
			moreConnections(o)
			if d != "" {
				only("groups")(o)
			}
		})
		if report.Outcome() != conformance.AllPassed || report.Count(conformance.Passed) != len(report.Results) {
			t.Errorf("%q:\n%s", d, printed(t, report))
		}
	}
}
