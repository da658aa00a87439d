package interop

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/oktascim/oktascim/features"
	"github.com/oktascim/oktascim/internal/conformance"
)

var update = flag.Bool("update", false, "rewrite what docs/servers says that the tester finds; reasons are kept")

// found starts the part of a report that -update writes.
const found = "<!-- found: go test ./internal/interop -run Judged -update; only the last column is written by hand -->\n"

const notPassed = "## Not passed"

func TestInteropElimityIsJudgedAsInItsReport(t *testing.T) {
	t.Parallel()
	judged(t, newElimity(t), "elimity.md")
}

func TestInteropScimmyIsJudgedAsInItsReport(t *testing.T) {
	t.Parallel()
	judged(t, newScimmy(t), "scimmy.md")
}

// judged runs both profiles against a server and compares what is not passed with
// the stored report, in which each row says why it is true.
func judged(t *testing.T, server target, report string) {
	t.Helper()
	path := filepath.Join("..", "..", "docs", "servers", report)
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, had, ok := strings.Cut(string(src), found)
	if !ok {
		t.Fatalf("%s has no line %q", path, found)
	}
	suite, err := conformance.LoadProfile(features.FS(), conformance.AllProfiles)
	if err != nil {
		t.Fatal(err)
	}
	r, err := suite.Run(t.Context(), conformance.Options{URL: server.url, Auth: conformance.Auth{Secret: server.token}, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	has := table(r, reasons(had))
	if *update {
		if err := os.WriteFile(path, []byte(head+found+has), 0o644); err != nil {
			t.Fatal(err)
		}
		had = has
	}
	// The counts are of the day of the report: scenarios come, and the test is about
	// what is not passed.
	_, hadRows, _ := strings.Cut(had, notPassed)
	if _, rows, _ := strings.Cut(has, notPassed); rows != hadRows {
		t.Errorf("%s is stale: run go test ./internal/interop -run Judged -update, and check by hand what is new:\n%s", path, has)
	}
	for row := range strings.Lines(has) {
		if strings.HasSuffix(row, "|  |\n") {
			t.Errorf("%s: nobody has said why this is true: %s", path, row)
		}
	}
	if t.Failed() {
		var b strings.Builder
		if err := r.WriteText(&b); err == nil {
			t.Log(b.String())
		}
	}
}

// reasons are the last cells of the rows of a table, by the first.
func reasons(src string) map[string]string {
	why := map[string]string{}
	for row := range strings.Lines(src) {
		cells := strings.Split(strings.TrimSpace(row), " | ")
		if strings.HasPrefix(cells[0], "| `") && len(cells) == 4 {
			why[cells[0]] = strings.TrimSpace(strings.TrimSuffix(cells[3], "|"))
		}
	}
	return why
}

// table is what the tester says, by Okta feature, and each scenario that is not passed.
func table(r *conformance.Report, why map[string]string) string {
	var b strings.Builder
	b.WriteString("\n## By Okta feature\n\n| feature | passed | failed | warning | skipped | unsupported |\n|---|---|---|---|---|---|\n")
	rows := map[string]map[string][]string{} // id -> verdict -> modes
	requirement := map[string]string{}
	for _, button := range conformance.Buttons() {
		n := map[conformance.Verdict]int{}
		total := 0
		for _, res := range r.Results {
			if res.Button != button.Tag {
				continue
			}
			n[res.Verdict]++
			total++
			if res.Verdict != conformance.Failed && res.Verdict != conformance.Warning && res.Verdict != conformance.Broken {
				continue // what is skipped follows from a row that is there
			}
			if rows[res.ID] == nil {
				rows[res.ID] = map[string][]string{}
			}
			rows[res.ID][string(res.Verdict)] = append(rows[res.ID][string(res.Verdict)], string(res.Mode))
			requirement[res.ID] = res.Requirement
		}
		if total > 0 {
			fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d |\n", button.Title, n[conformance.Passed], n[conformance.Failed], n[conformance.Warning], n[conformance.Skipped], n[conformance.Unsupported])
		}
	}
	b.WriteString("\n" + notPassed + "\n\n| scenario | requirement | verdict | why this is so |\n|---|---|---|---|\n")
	for _, id := range slices.Sorted(maps.Keys(rows)) {
		var verdicts []string
		for _, v := range slices.Sorted(maps.Keys(rows[id])) {
			verdicts = append(verdicts, v+" ("+strings.Join(rows[id][v], ", ")+")")
		}
		first := "| `" + id + "`"
		fmt.Fprintf(&b, "%s | %s | %s | %s |\n", first, strings.ReplaceAll(requirement[id], "|", `\|`), strings.Join(verdicts, ", "), why[first])
	}
	return b.String()
}
