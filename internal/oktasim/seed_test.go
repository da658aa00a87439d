package oktasim_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/oktascim/oktascim/configs/orgs"
	"github.com/oktascim/oktascim/internal/golden"
	"github.com/oktascim/oktascim/internal/oktasim"
)

func TestSeedsAreReadStrictlyAndEveryProblemHasItsPlace(t *testing.T) {
	golden.Run(t, "testdata/seed", func(t *testing.T, in map[string]string) map[string]string {
		t.Helper()
		seed, err := oktasim.ParseSeed("seed.yaml", []byte(in["seed.yaml"]))
		if err != nil {
			return map[string]string{"want": err.Error()}
		}
		if _, err := oktasim.New(oktasim.Options{Seed: seed}); err != nil {
			t.Errorf("a seed without a problem cannot be planted: %v", err)
		}
		return map[string]string{"want": "ok"}
	})
}

func TestTheSeedsThatShipCanBePlanted(t *testing.T) {
	files, err := filepath.Glob("../../configs/orgs/*.yaml")
	if err != nil || len(files) < 2 {
		t.Fatal("no seeds", err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Base(file) == "acme.yaml" && !bytes.Equal(src, orgs.Acme()) {
			t.Error("the embedded seed is another one than acme.yaml")
		}
		seed, err := oktasim.ParseSeed(file, src)
		if err != nil {
			t.Error(err)
			continue
		}
		if _, err := oktasim.New(oktasim.Options{Seed: seed}); err != nil {
			t.Error(err)
		}
	}
}

func TestTheExampleInTheGuideIsASeed(t *testing.T) {
	guide, err := os.ReadFile("../../docs/simulator.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(guide), "```yaml\n")
	example, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("no example")
	}
	key := pemOf(t, newKey(t).Public())
	example = strings.Replace(example, "      -----BEGIN PUBLIC KEY-----\n      …\n      -----END PUBLIC KEY-----\n", "      "+strings.ReplaceAll(strings.TrimSpace(key), "\n", "\n      ")+"\n", 1)
	seed, err := oktasim.ParseSeed("guide.yaml", []byte(example))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := oktasim.New(oktasim.Options{Seed: seed}); err != nil {
		t.Error(err)
	}
}

// generated counts what an org has.
func (s *sim) generated() (people, groups, memberships int, ids string) {
	s.t.Helper()
	for _, g := range s.all("/api/v1/groups?limit=200&search=profile.name+sw+%22Generated+0%22+and+type+eq+%22OKTA_GROUP%22") {
		members := s.all("/api/v1/groups/" + text(g, "id") + "/users")
		groups, memberships = groups+1, memberships+len(members)
		ids += text(g, "id") + strings.Join(texts(members, "id"), ",") + "\n"
	}
	return len(s.all("/api/v1/apps/" + s.AppID("SCIM 2.0 - Generated") + "/users?limit=500")), groups, memberships, ids
}

func TestAGeneratedOrgHasExactlyWhatWasAskedForAndIsTheSameEveryTime(t *testing.T) {
	const seed = "number: 3\nrateLimits: {off: true}\ngenerate: {users: 400, groups: 30, memberships: 1500}"
	s := startSeed(t, seed)
	people, groups, memberships, ids := s.generated()
	if people != 400 || groups != 30 || memberships != 1500 {
		t.Errorf("%d people, %d groups, %d memberships; want 400, 30, 1500", people, groups, memberships)
	}
	if n := len(s.all("/api/v1/apps/" + s.AppID("SCIM 2.0 - Generated") + "/group-push/mappings")); n != 30 {
		t.Errorf("%d pushes, want 30", n)
	}
	if _, _, _, again := startSeed(t, seed).generated(); again != ids {
		t.Error("the same number made another org")
	}
	if _, _, _, other := startSeed(t, strings.Replace(seed, "3", "4", 1)).generated(); other == ids {
		t.Error("another number made the same org")
	}
	full := startSeed(t, "rateLimits: {off: true}\ngenerate: {users: 5, groups: 4, memberships: 20}")
	if _, _, n, _ := full.generated(); n != 20 {
		t.Errorf("%d memberships, want all 20", n)
	}
}

func TestTheLogBeginsAfterTheSeed(t *testing.T) {
	if l := start(t, oktasim.Options{}).all("/api/v1/logs?until=2030-01-01T00:00:00Z"); len(l) != 0 {
		t.Errorf("%d events", len(l))
	}
}

func TestASeedMadeInCodeIsCheckedWhenItIsPlanted(t *testing.T) {
	for _, seed := range []*oktasim.Seed{
		{Groups: []oktasim.SeedGroup{{Name: "G", Members: []string{"nobody@x.test"}}}},
		{Apps: []oktasim.SeedApp{{Label: "A", Assign: oktasim.SeedAssign{Groups: []oktasim.SeedAssignedGroup{{Name: "G"}}}}}},
		{Apps: []oktasim.SeedApp{{Label: "A", Push: []oktasim.SeedPush{{Group: "G"}}}}},
		{Apps: []oktasim.SeedApp{{Label: "A", Assign: oktasim.SeedAssign{Users: []oktasim.SeedAssignedUser{{Login: "x"}}}}}},
		{ServiceApps: []oktasim.ServiceApp{{PublicKey: "x"}}},
		{Apps: []oktasim.SeedApp{{Label: "A", Features: &[]string{}}}, Generate: &oktasim.Generate{Users: 1, Groups: 1}},
	} {
		if _, err := oktasim.New(oktasim.Options{Seed: seed}); err == nil {
			t.Errorf("planted: %+v", seed)
		}
	}
}

// A seed is read or refused with at least one problem that has a place, and what is
// read can be planted. Nothing may crash.
func FuzzParseSeed(f *testing.F) {
	f.Add(orgs.Acme())
	f.Add([]byte(rulesSeed))
	f.Add([]byte("lags: {searchSeconds: 2}\nfaults: [{match: {path: /x}, do: cut}]\nquirks: {userTypes: 2, loseLinkParams: [/x]}\nhookDelivery: {batch: 1}"))
	f.Add([]byte("users: [{login: a@b, firstName: x, lastName: y}]\nrules: [{name: r, expression: 'user.title == null', groups: [G]}]\ngroups: [{name: G}, {name: H, app: A, windows: true}]\napps: [{label: A, signOnMode: none, failFor: [a@b]}]"))
	files, err := filepath.Glob("testdata/seed/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(archive.Files[0].Data)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		seed, err := oktasim.ParseSeed("f.yaml", src)
		if err != nil {
			problems, is := errors.AsType[oktasim.Problems](err)
			if !is || len(problems) == 0 {
				t.Fatalf("error %T %v", err, err)
			}
			for _, p := range problems {
				if p.Line < 1 || p.Column < 1 || p.Message == "" {
					t.Errorf("problem %+v", p)
				}
			}
			return
		}
		if g := seed.Generate; g != nil && g.Users+g.Groups+g.Memberships > 10_000 {
			return // right, but slow
		}
		if _, err := oktasim.New(oktasim.Options{Seed: seed}); err != nil {
			t.Errorf("read, but not planted: %v", err)
		}
	})
}

func BenchmarkLargeOrg(b *testing.B) {
	seed, err := oktasim.ParseSeed("large.yaml", []byte("number: 7\ngenerate: {users: 10000, groups: 500, memberships: 50000}"))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := oktasim.New(oktasim.Options{Seed: seed}); err != nil {
			b.Fatal(err)
		}
	}
}
