package browsertest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Axe is the axe-core rules of accessibility, read from a file. Nothing of it
// is part of this module.
type Axe struct{ source string }

// FindAxe reads axe-core: the file that $OKTASCIM_AXE names, or
// node_modules/axe-core/axe.min.js in the folder of this package, where make
// test puts it, or in the folder of the test or one above. Without one the test
// is skipped; with OKTASCIM_AXE=required it fails instead.
func FindAxe(tb testing.TB) Axe {
	tb.Helper()
	named := os.Getenv("OKTASCIM_AXE")
	if named != "" && named != "required" {
		source, err := os.ReadFile(named) //nolint:gosec // G304: the developer names it
		if err != nil {
			tb.Fatalf("OKTASCIM_AXE: %v", err)
		}
		return Axe{string(source)}
	}
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for {
		for _, place := range []string{".", "internal/browsertest"} {
			source, err := os.ReadFile(filepath.Join(dir, place, "node_modules", "axe-core", "axe.min.js"))
			if err == nil {
				return Axe{string(source)}
			}
		}
		up := filepath.Dir(dir)
		if up == dir {
			break
		}
		dir = up
	}
	const help = "no axe-core; make test installs it where there is npm, or name axe.min.js in OKTASCIM_AXE"
	if named == "required" {
		tb.Fatal(help)
	}
	tb.Skip(help)
	return Axe{}
}

// Violations checks the page as it is now, whatever its policy says about
// scripts, and returns a line for each rule that it breaks: the rule, what it
// wants, and where. It checks the rules with these ids, or all if none is named.
func (b *Browser) Violations(axe Axe, rules ...string) []string {
	b.tb.Helper()
	if b.Eval("typeof window.axe") != "object" {
		_, err := b.eval(axe.source + "\n;true")
		b.must("loading axe-core", err)
	}
	only := ""
	if len(rules) > 0 {
		only = `, runOnly: ["` + strings.Join(rules, `", "`) + `"]`
	}
	found, ok := b.Eval(`axe.run(document, {resultTypes: ["violations"]` + only + `}).then(r => r.violations.map(v =>
		v.id + " (" + v.impact + "): " + v.help + "\n" + v.nodes.map(n => "    " + n.html + "\n      " + n.any.concat(n.all, n.none).map(c => c.message).join("; ")).join("\n")))`).([]any)
	if !ok {
		b.must("running axe-core", fmt.Errorf("it gave no list"))
	}
	var lines []string
	for _, f := range found {
		lines = append(lines, strings.TrimSpace(fmt.Sprint(f)))
	}
	return lines
}
