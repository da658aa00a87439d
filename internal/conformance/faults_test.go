package conformance_test

import (
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oktascim/oktascim/internal/conformance"
	"github.com/oktascim/oktascim/internal/scimserver"
	"github.com/oktascim/oktascim/internal/scimserver/faults"
)

const faultsTable = "testdata/faults.txt"

// perMode is how many scenarios of each mode a row of the table names: the first of
// the files. A server without a usable list fails two hundred.
const perMode = 4

// redOn runs scenarios against the reference server with a fault and returns
// "mode id" of each that turns red.
func redOn(t *testing.T, s *conformance.Suite, f faults.Fault, only []string, parallel int) []string {
	t.Helper()
	broken, err := faults.Wrap(reference(), f.ID)
	if err != nil {
		t.Fatal(err)
	}
	both := http.NewServeMux()
	both.Handle("/", broken)
	both.Handle("/other/", http.StripPrefix("/other", guardWith(otherToken, scimserver.New(scimserver.Options{}).Handler())))
	server := httptest.NewServer(both)
	defer server.Close()
	o := conformance.Options{
		URL: server.URL + "/scim/v2", Auth: conformance.Auth{Secret: token}, Only: only, Parallel: parallel, Timeout: 2 * time.Second,
	}
	moreConnections(&o)
	report, err := s.Run(t.Context(), o)
	if _, ok := errors.AsType[*conformance.CannotRun](err); ok {
		return []string{preface}
	}
	if err != nil {
		t.Fatal(err)
	}
	var red []string
	for _, r := range report.Results {
		switch r.Verdict {
		case conformance.Failed, conformance.Warning:
			red = append(red, string(r.Mode)+" "+r.ID)
		case conformance.Broken:
			t.Errorf("%s: the tester is at fault in %s: %s", f.ID, r.ID, r.Reason)
		case conformance.Unsupported:
			if r.Grade == conformance.May && r.At >= 0 { // it was tried, and is not so
				red = append(red, string(r.Mode)+" "+r.ID)
			}
		case conformance.Passed, conformance.Skipped:
		}
	}
	return red
}

// catching runs everything of a suite against a fault.
func catching(t *testing.T, s *conformance.Suite, f faults.Fault) []string {
	t.Helper()
	quiet := quietOf(t, s)
	var loud []string
	for _, sc := range s.Scenarios() {
		if !slices.Contains(quiet, sc.ID) {
			loud = append(loud, sc.ID)
		}
	}
	red := redOn(t, s, f, quiet, 8)
	if len(red) > 0 && red[0] == preface {
		return red
	}
	// Scenarios that saw the fault only because of what ran beside them do not count;
	// those of every answer look at nothing else.
	if len(red) > 0 {
		some := firstOfEachMode(slices.DeleteFunc(red, ofEveryAnswer), 3*perMode)
		red = nil
		for _, r := range some {
			if slices.Contains(red, r) {
				continue
			}
			for _, alone := range redOn(t, s, f, idsOf([]string{r}), 1) {
				if len(firstOfEachMode(append(slices.Clone(red), alone), perMode)) > len(red) {
					red = append(red, alone)
				}
			}
			if len(red) == perMode*len(suiteModes(s)) {
				break
			}
		}
	}
	if len(red) == 0 && len(loud) > 0 {
		red = redOn(t, s, f, loud, 1)
	}
	if len(red) == 0 { // what runs beside hides it, or only a look at all answers shows it
		red = redOn(t, s, f, quiet, 1)
	}
	return firstOfEachMode(red, perMode)
}

// quietOf are the ids of a suite without [crowds].
func quietOf(t *testing.T, s *conformance.Suite) []string {
	t.Helper()
	loud := crowds(t)
	var ids []string
	for _, sc := range s.Scenarios() {
		if !slices.Contains(loud, sc.ID) {
			ids = append(ids, sc.ID)
		}
	}
	return ids
}

// missing are those of want that are not in got.
func missing(want, got []string) []string {
	return slices.DeleteFunc(slices.Clone(want), func(w string) bool { return slices.Contains(got, w) })
}

// ofEveryAnswer is for scenarios that look at the answers that others got.
func ofEveryAnswer(line string) bool { return strings.Contains(line, " answers.") }

// suiteModes are the modes that the scenarios of a suite are run in.
func suiteModes(s *conformance.Suite) map[conformance.Mode]bool {
	modes := map[conformance.Mode]bool{}
	for _, sc := range s.Scenarios() {
		for _, m := range sc.Modes {
			modes[m] = true
		}
	}
	return modes
}

// firstOfEachMode leaves n of each mode.
func firstOfEachMode(red []string, n int) []string {
	seen := map[string]int{}
	var first []string
	for _, r := range red {
		mode, _, _ := strings.Cut(r, " ")
		if seen[mode]++; seen[mode] <= n {
			first = append(first, r)
		}
	}
	return first
}

// TestEachFaultIsCaughtByTheScenariosOfTheTable runs, for each fault of the
// reference server, a scenario of each mode that the table names. A fault of an Okta
// flow has to be caught by a scenario of Okta, any other by one of the RFCs or of
// Okta. With -update all are run, which takes half an hour;
// -run 'TestEachFault/all/^group.put-404$' -update renews one row.
func TestEachFaultIsCaughtByTheScenariosOfTheTable(t *testing.T) {
	t.Parallel()
	all := map[string]faults.Fault{}
	for _, f := range faults.All() {
		all[f.ID] = f
	}
	if *update {
		renewFaults(t, all)
	}
	rows := readRows(t, faultsTable)
	if want, got := slices.Sorted(maps.Keys(all)), slices.Sorted(maps.Keys(rows)); !slices.Equal(want, got) {
		t.Errorf("the table is stale, run with -update: it has %d faults, the server %d", len(got), len(want))
	}
	for i, id := range slices.Sorted(maps.Keys(rows)) {
		f, known := all[id]
		if len(rows[id]) == 0 {
			t.Errorf("nothing catches %s: %s (%s)", id, f.Title, f.Flow)
		}
		if len(rows[id]) == 0 || !known || (underRace || testing.Short()) && i%4 != 0 {
			continue
		}
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			want := firstOfEachMode(rows[id], 1)
			s := suite(t)
			if strings.HasPrefix(want[0], string(conformance.AnyClient)+" ") {
				s = rfcSuite(t)
			}
			left := missing(want, redOn(t, s, f, idsOf(want), 1))
			if len(left) > 0 { // some need answers that others get
				left = missing(left, redOn(t, s, f, quietOf(t, s), 1))
			}
			for _, w := range left {
				t.Errorf("%s does not catch it any more", w)
			}
		})
	}
}

// renewFaults runs everything against each fault and rewrites the table, row by row,
// so that what was found is kept when it is interrupted.
func renewFaults(t *testing.T, all map[string]faults.Fault) {
	t.Helper()
	rows := readRows(t, faultsTable)
	maps.DeleteFunc(rows, func(id string, _ []string) bool { return all[id].ID == "" })
	var mu sync.Mutex
	t.Run("all", func(t *testing.T) {
		for id, f := range all {
			t.Run(id, func(t *testing.T) {
				t.Parallel()
				var red []string
				if f.Flow == faults.RFC {
					red = catching(t, rfcSuite(t), f)
				}
				if len(red) == 0 {
					red = catching(t, suite(t), f)
				}
				mu.Lock()
				defer mu.Unlock()
				rows[id] = red
				writeRows(t, faultsTable, rows, "# Which scenarios catch which fault of the reference server: the first of each mode.\n# Written by: go test ./internal/conformance -run TestEachFault -update\n")
			})
		}
	})
}
