// Package golden runs tests that are told in plain files: a txtar archive holds a
// sentence, the input and the wanted output, and `go test -update` writes the output
// anew, so that the diff is the review. Only tests import it.
package golden

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write what came out into the golden files") //nolint:gochecknoglobals // a flag has to be there before the command line is parsed

// Run plays every *.txtar file in dir as a subtest named after the file. play gets the
// sections by name and returns the ones that it made; each has to equal the section of
// that name in the file. A file has to begin with a sentence that says what it tells.
//
// With -update the sections are written instead; new ones go to the end, in the order
// of their names.
func Run(t *testing.T, dir string, play func(t *testing.T, in map[string]string) map[string]string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatalf("no *.txtar files in %s", dir)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			in := map[string]string{}
			for _, f := range archive.Files {
				if _, twice := in[f.Name]; twice {
					t.Fatalf("%s: section %q stands there twice", file, f.Name)
				}
				in[f.Name] = string(f.Data)
			}
			if strings.TrimSpace(string(archive.Comment)) == "" {
				t.Errorf("%s: a sentence that says what it tells is missing", file)
			}
			out := play(t, maps.Clone(in))
			if t.Failed() {
				return
			}
			if *update {
				save(t, file, archive, out)
				return
			}
			for _, p := range compare(file, in, out) {
				t.Error(p)
			}
		})
	}
}

// compare returns one text per section that differs.
func compare(file string, in, out map[string]string) []string {
	var problems []string
	for _, name := range slices.Sorted(maps.Keys(out)) {
		want, found := in[name]
		switch {
		case !found:
			problems = append(problems, file+": no section "+name+"; this came out:\n"+out[name])
		case want != ended(out[name]):
			problems = append(problems, string(diff.Diff(file+" "+name, []byte(want), "came out", []byte(ended(out[name])))))
		}
	}
	return problems
}

func save(t *testing.T, file string, archive *txtar.Archive, out map[string]string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(out)) {
		data := []byte(ended(out[name]))
		i := slices.IndexFunc(archive.Files, func(f txtar.File) bool { return f.Name == name })
		if i < 0 {
			archive.Files = append(archive.Files, txtar.File{Name: name, Data: data})
			continue
		}
		archive.Files[i].Data = data
	}
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	after := txtar.Format(archive)
	if string(before) == string(after) {
		return
	}
	if err := os.WriteFile(file, after, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Logf("%s written", file)
}

// ended gives s the line end that every section of an archive has.
func ended(s string) string {
	if s != "" && !strings.HasSuffix(s, "\n") {
		return s + "\n"
	}
	return s
}
