package walkthrough

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/cucumber/godog"

	"github.com/oktascim/oktascim/features"
)

// binary is the oktascim that the scenarios run, built once.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "walkthrough-")
	if err == nil {
		binary = filepath.Join(dir, "oktascim")
		build := exec.Command("go", "build", "-o", binary, "github.com/oktascim/oktascim/cmd/oktascim")
		build.Stderr = os.Stderr
		err = build.Run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "building oktascim:", err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

func TestWalkthrough(t *testing.T) {
	suite := godog.TestSuite{
		Name: "walkthrough",
		ScenarioInitializer: func(sc *godog.ScenarioContext) {
			w := &world{}
			sc.Before(func(ctx context.Context, s *godog.Scenario) (context.Context, error) {
				return ctx, w.begin(t, s.Name)
			})
			sc.After(func(ctx context.Context, _ *godog.Scenario, _ error) (context.Context, error) {
				w.end()
				return ctx, nil
			})
			w.orgSteps(sc)
			w.targetSteps(sc)
			w.programSteps(sc)
			w.panelSteps(sc)
		},
		Options: &godog.Options{
			FS: features.FS(), Paths: []string{"walkthrough"}, Format: "pretty", NoColors: true,
			Strict: true, Concurrency: 1, TestingT: t,
		},
	}
	if code := suite.Run(); code != 0 {
		t.Errorf("godog ended with %d", code)
	}
}
