package golden

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

func TestSectionsThatComeOutAsWrittenPass(t *testing.T) {
	Run(t, "testdata", func(_ *testing.T, in map[string]string) map[string]string {
		return map[string]string{"loud": strings.ToUpper(in["quiet"])}
	})
}

func TestAnotherOutputIsShownAsADiff(t *testing.T) {
	problems := compare("story", map[string]string{"plan": "one\ntwo\n"}, map[string]string{"plan": "one\nthree\n"})
	if len(problems) != 1 || !strings.Contains(problems[0], "-two\n+three\n") {
		t.Errorf("compare gave %q", problems)
	}
}

func TestASectionThatTheFileLacksIsAProblem(t *testing.T) {
	if problems := compare("story", nil, map[string]string{"plan": "one"}); len(problems) != 1 {
		t.Errorf("compare gave %q", problems)
	}
}

func TestTheLastLineEndIsNoDifference(t *testing.T) {
	if problems := compare("story", map[string]string{"plan": "one\n"}, map[string]string{"plan": "one"}); len(problems) != 0 {
		t.Errorf("compare gave %q", problems)
	}
}

func TestUpdateWritesSectionsAndKeepsTheRest(t *testing.T) {
	file := filepath.Join(t.TempDir(), "story.txtar")
	if err := os.WriteFile(file, []byte("A sentence.\n-- in --\nx\n-- out --\nold\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	save(t, file, archive, map[string]string{"out": "new", "more": "y"})
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if want := "A sentence.\n-- in --\nx\n-- out --\nnew\n-- more --\ny\n"; string(got) != want {
		t.Errorf("the file is now %q, want %q", got, want)
	}
}
