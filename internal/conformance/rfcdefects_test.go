package conformance_test

import (
	"fmt"
	"maps"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/oktascim/oktascim/internal/conformance"
)

const rfcTable = "testdata/rfc_defects.txt"

// rfcDefects are all defects, new ones each time: some remember.
func rfcDefects(t *testing.T) map[string]defect {
	t.Helper()
	all := map[string]defect{}
	for _, some := range []map[string]defect{resourceDefects(), queryDefects(), patchDefects(), otherDefects()} {
		for id, d := range some {
			if all[id] != nil {
				t.Fatalf("two defects %s", id)
			}
			all[id] = d
		}
	}
	return all
}

// caughtRFC runs scenarios of the RFCs against a defect and returns the ids of
// those that turn red; a may that was tried and is not so counts as red.
func caughtRFC(t *testing.T, id string, parallel int, only ...string) []string {
	t.Helper()
	server := httptest.NewServer(broken(reference(), rfcDefects(t)[id]))
	defer server.Close()
	report, err := rfcSuite(t).Run(t.Context(), conformance.Options{
		URL: server.URL + base, Auth: conformance.Auth{Secret: token}, Only: only, Parallel: parallel,
	})
	if err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	var red []string
	for _, r := range report.Results {
		switch r.Verdict {
		case conformance.Failed, conformance.Warning:
			red = append(red, r.ID)
		case conformance.Broken:
			t.Errorf("%s: the tester is at fault in %s: %s", id, r.ID, r.Reason)
		case conformance.Unsupported:
			if r.Grade == conformance.May && r.At >= 0 {
				red = append(red, r.ID)
			}
		case conformance.Passed, conformance.Skipped:
		}
	}
	return red
}

// readRFCTable reads a defect per line, with the scenarios that catch it.
func readRFCTable(t *testing.T) map[string][]string {
	t.Helper()
	src, err := os.ReadFile(rfcTable)
	if err != nil && !*update {
		t.Fatal(err)
	}
	rows := map[string][]string{}
	for line := range strings.Lines(string(src)) {
		if id, caught, ok := strings.Cut(line, ":"); ok && !strings.HasPrefix(line, "#") {
			rows[id] = strings.Fields(caught)
		}
	}
	return rows
}

func writeRFCTable(t *testing.T, rows map[string][]string) {
	t.Helper()
	var b strings.Builder
	b.WriteString("# Which scenarios of the RFCs catch which defect (rfcdefects_*_test.go).\n# Written by: go test ./internal/conformance -run RFCDefect -update\n\n")
	for _, id := range slices.Sorted(maps.Keys(rows)) {
		fmt.Fprintf(&b, "%s: %s\n", id, strings.Join(rows[id], " "))
	}
	if err := os.WriteFile(rfcTable, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestEachRFCDefectIsCaughtByTheScenariosOfTheTable runs, for each defect, some
// of the scenarios that the table names. With -update it runs all of them.
func TestEachRFCDefectIsCaughtByTheScenariosOfTheTable(t *testing.T) {
	t.Parallel()
	known := slices.Sorted(maps.Keys(rfcDefects(t)))
	if *update {
		var mu sync.Mutex
		rows := readRFCTable(t)
		maps.DeleteFunc(rows, func(id string, _ []string) bool { return !slices.Contains(known, id) })
		t.Run("all", func(t *testing.T) {
			for _, id := range known {
				t.Run(id, func(t *testing.T) {
					t.Parallel()
					red := caughtRFC(t, id, 8)
					// Not those that saw it only because of what ran beside them.
					if sure := red; len(red) > 0 {
						sure = caughtRFC(t, id, 1, red...)
						red = slices.DeleteFunc(red, func(r string) bool { return !slices.Contains(sure, r) })
					}
					mu.Lock()
					defer mu.Unlock()
					rows[id] = red
				})
			}
		})
		writeRFCTable(t, rows)
	}
	rows := readRFCTable(t)
	if got := slices.Sorted(maps.Keys(rows)); !slices.Equal(known, got) {
		t.Errorf("the table is stale, run with -update: it has %d defects, there are %d", len(got), len(known))
	}
	first := map[string]string{} // scenario -> the first defect that it catches
	for _, id := range known {
		for _, s := range rows[id] {
			if first[s] == "" {
				first[s] = id
			}
		}
	}
	for _, id := range known {
		if len(rows[id]) == 0 {
			t.Errorf("nothing catches %s", id)
			continue
		}
		// Two are enough to see that the defect is still caught, and every
		// scenario is looked at on the first defect that it catches.
		var check []string
		for i, s := range rows[id] {
			if i < 2 || first[s] == id {
				check = append(check, s)
			}
		}
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			got := caughtRFC(t, id, 4, check...)
			for _, s := range check {
				if !slices.Contains(got, s) {
					t.Errorf("%s does not catch it any more", s)
				}
			}
		})
	}
}

func TestEachRFCScenarioCanTurnRed(t *testing.T) {
	t.Parallel()
	red := map[string]bool{}
	for _, caught := range readRFCTable(t) {
		for _, s := range caught {
			red[s] = true
		}
	}
	for _, s := range rfcSuite(t).Scenarios() {
		if !red[s.ID] {
			t.Errorf("%s: no defect turns %s red; what does it prove?", s.File, s.ID)
		}
	}
}

// TestTheServerOfTheRFCDefectsPassesWithoutOne shows that red comes of the
// defect, not of standing in front of the server.
func TestTheServerOfTheRFCDefectsPassesWithoutOne(t *testing.T) {
	t.Parallel()
	report := replayRFC(t, broken(reference(), func(q ask, to next) *answer { return to(q) }), base, 0)
	if report.Count(conformance.Passed) != len(report.Results) {
		t.Error(printed(t, report))
	}
}
