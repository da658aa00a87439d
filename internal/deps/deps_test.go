package deps_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/oktascim/oktascim"

// rule forbids imports. Patterns are import paths; one that ends in "/..." matches the
// path and everything below it.
type rule struct {
	// from are the packages that the rule binds, except those in but.
	from, but []string
	// never are the imports that they must not have; of these, only is allowed.
	never, only []string
	// transitive also looks at what the imports import.
	transitive bool
	reason     string
}

// rules are the import rules of the design, one reason each.
var rules = []rule{
	{
		from: []string{module + "/agent/directory", module + "/agent/plan"}, never: []string{"*"},
		only:   []string{"std", module + "/agent/directory"},
		reason: "values and decisions stay pure: a plan must be the same bytes on every machine, so nothing but the standard library comes in",
	},
	{
		from: []string{module + "/agent/directory", module + "/agent/plan"}, never: []string{"net", "net/...", "context", "log", "log/...", "time", "os", "math/rand", "math/rand/v2"},
		reason: "a decision that can wait, dial, log or look at a clock is no pure decision",
	},
	{
		from: []string{module + "/agent"}, never: []string{"net/http", "database/sql", "github.com/okta/...", "github.com/go-co-op/...", module + "/scimclient/...", module + "/internal/..."},
		reason: "the run is told in its own words; Okta, SCIM, SQL and schedules stand behind interfaces",
	},
	{
		from: []string{module + "/..."}, but: []string{module + "/internal/oktasource/...", module + "/internal/oktasim/sdktest"}, never: []string{"github.com/okta/..."},
		reason: "the SDK has traps that one package defuses; a second importer would meet them again (sdktest only drives the simulator with it)",
	},
	{
		from: []string{module + "/..."}, but: []string{module + "/internal/scimtarget/...", module + "/cmd/...", module + "/scimclient/..."}, never: []string{module + "/scimclient/..."},
		reason: "what a SCIM request means to the agent is decided in one place",
	},
	{
		from:  []string{module + "/internal/scimserver/...", module + "/internal/oktasim/...", module + "/internal/conformance/..."},
		never: []string{module + "/scimclient/...", module + "/internal/scimtarget/...", "github.com/okta/..."}, but: []string{module + "/internal/oktasim/sdktest"}, transitive: true,
		reason: "three readings of SCIM share no code: with a shared line they would share its mistake",
	},
	{
		from: []string{module + "/internal/scimserver/..."}, never: []string{module + "/internal/conformance/...", module + "/internal/oktasim/..."},
		reason: "the server must not know who tests it",
	},
	{
		from: []string{module + "/internal/conformance/..."}, never: []string{module + "/internal/scimserver/...", module + "/internal/oktasim/..."},
		reason: "the tester must not know the server it tests (its own tests may)",
	},
	{
		from:  []string{module + "/cmd/oktascim"},
		never: []string{"github.com/cucumber/...", module + "/internal/oktasim/...", module + "/internal/scimserver/...", module + "/internal/conformance/...", "testing"}, transitive: true,
		reason: "what admins install carries no simulator and no test framework",
	},
	{
		from:   []string{module + "/scimclient/..."},
		never:  []string{module + "/agent/...", module + "/internal/..."},
		reason: "the client is useful to others by itself",
	},
	{
		from: []string{module + "/internal/mapping"}, never: []string{module + "/..."}, only: []string{module + "/agent/directory", module + "/internal/mapping"},
		reason: "a mapping turns values into values",
	},
	{
		from: []string{module + "/internal/oktasource/..."}, never: []string{module + "/internal/..."}, only: []string{module + "/internal/oktasource/...", module + "/internal/mapping", module + "/internal/nearest"},
		reason: "siblings import each other only along the arrows of the design: oktasource -> mapping",
	},
	{
		from: []string{module + "/internal/scimtarget/..."}, never: []string{module + "/internal/..."}, only: []string{module + "/internal/scimtarget/...", module + "/internal/targetprofile"},
		reason: "siblings import each other only along the arrows of the design: scimtarget -> scimclient; a target profile is data",
	},
	{
		from: []string{module + "/..."}, but: []string{module + "/internal/ledger/postgres"}, never: []string{"github.com/jackc/..."},
		reason: "an error of the driver may quote the address; the package that opens it keeps the password out",
	},
	{
		from: []string{module + "/internal/ledger/inspect"}, never: []string{"*"}, only: []string{"std"},
		reason: "what must be true of a ledger holds for every store, so it knows none",
	},
	{
		from: []string{module + "/internal/ledger/postgres", module + "/internal/ledger/sqlite"}, never: []string{module + "/internal/..."},
		only:   []string{module + "/internal/ledger/inspect"},
		reason: "two stores behind one contract do not lean on each other; cmd copies from one to the other",
	},
	{
		from: []string{module + "/internal/targetprofile"}, never: []string{module + "/...", "net", "net/...", "context"}, only: []string{module + "/internal/nearest"},
		reason: "tester and agent share this file format; whatever could speak SCIM in it would be a shared reading of SCIM",
	},
}

// pkg is what go list says of one package.
type pkg struct {
	ImportPath string
	Standard   bool
	Imports    []string
	Deps       []string
}

func TestPackagesImportOnlyWhatTheirRuleAllows(t *testing.T) {
	ours, std := list(t)
	for _, r := range rules {
		for _, p := range ours {
			if !match(p.ImportPath, r.from) || match(p.ImportPath, r.but) {
				continue
			}
			imports := p.Imports
			if r.transitive {
				imports = p.Deps
			}
			for _, i := range imports {
				if i == p.ImportPath || !r.forbids(i, std) {
					continue
				}
				t.Errorf("%s imports %s, which it must not: %s", p.ImportPath, i, r.reason)
			}
		}
	}
}

func TestEveryRuleBindsSomePackage(t *testing.T) {
	ours, _ := list(t)
	for _, r := range rules {
		if !slices.ContainsFunc(ours, func(p pkg) bool { return match(p.ImportPath, r.from) && !match(p.ImportPath, r.but) }) {
			t.Errorf("no package matches %v: the rule %q guards nothing", r.from, r.reason)
		}
	}
}

func TestARuleCanFail(t *testing.T) {
	std := map[string]bool{"net/http": true, "fmt": true}
	pure, walls := rules[0], rules[2]
	for _, c := range []struct {
		rule   rule
		imp    string
		forbid bool
	}{
		{pure, "fmt", false},
		{pure, "github.com/rs/zerolog", true},
		{pure, module + "/agent/directory", false},
		{pure, module + "/scimclient", true},
		{walls, "net/http", true},
		{walls, "fmt", false},
		{walls, module + "/internal/ledger", true},
	} {
		if got := c.rule.forbids(c.imp, std); got != c.forbid {
			t.Errorf("%q forbids %s: %v, want %v", c.rule.reason, c.imp, got, c.forbid)
		}
	}
}

func (r rule) forbids(path string, std map[string]bool) bool {
	if !match(path, r.never) && !slices.Contains(r.never, "*") {
		return false
	}
	allowed := match(path, r.only) || slices.Contains(r.only, "std") && std[path]
	return !allowed
}

func match(path string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		if base, ok := strings.CutSuffix(p, "/..."); ok {
			return path == base || strings.HasPrefix(path, base+"/")
		}
		return path == p
	})
}

// list returns the packages of the module, and the import paths of the standard
// library among what they use. Test files are not looked at: a test may wire
// anything to anything.
func list(t *testing.T) (ours []pkg, std map[string]bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=ImportPath,Standard,Imports,Deps", module+"/...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	std = map[string]bool{}
	dec := json.NewDecoder(bytes.NewReader(out))
	for {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return ours, std
		} else if err != nil {
			t.Fatalf("go list: %v", err)
		}
		if p.Standard {
			std[p.ImportPath] = true
		} else if strings.HasPrefix(p.ImportPath, module+"/") {
			ours = append(ours, p)
		}
	}
}
