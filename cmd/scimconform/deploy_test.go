package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// action is deploy/action/action.yml as far as the tests need it.
type action struct {
	Inputs map[string]struct {
		Description string `yaml:"description"`
		Required    bool   `yaml:"required"`
		Default     string `yaml:"default"`
	} `yaml:"inputs"`
	Runs struct {
		Using string `yaml:"using"`
		Steps []struct {
			Name, ID, If, Shell, Run, Uses string
			Env, With                      map[string]string
		} `yaml:"steps"`
	} `yaml:"runs"`
}

func readAction(t *testing.T) action {
	t.Helper()
	text, err := os.ReadFile("../../deploy/action/action.yml")
	if err != nil {
		t.Fatal(err)
	}
	var a action
	if err := yaml.Unmarshal(text, &a); err != nil {
		t.Fatal(err)
	}
	return a
}

// flagsIn finds the flags that a shell text names.
func flagsIn(text string) []string {
	var all []string
	for _, m := range regexp.MustCompile(`(?:^|[\s("])--([a-z][a-z-]+)`).FindAllStringSubmatch(text, -1) {
		all = append(all, m[1])
	}
	return all
}

func checkFlags(t *testing.T, where, text string) {
	t.Helper()
	set := command(t.Context(), streams{}).Flags()
	found := flagsIn(text)
	if len(found) == 0 {
		t.Errorf("%s names no flag", where)
	}
	for _, name := range found {
		if set.Lookup(name) == nil {
			t.Errorf("%s: there is no flag --%s", where, name)
		}
	}
}

func TestTheActionPutsNothingThatUsersWriteIntoAShell(t *testing.T) {
	t.Parallel()
	a := readAction(t)
	if a.Runs.Using != "composite" || !a.Inputs["url"].Required {
		t.Errorf("using %q, url required: %v", a.Runs.Using, a.Inputs["url"].Required)
	}
	if _, there := a.Inputs["token"]; there {
		t.Error("a token as an input is shown in logs")
	}
	for _, s := range a.Runs.Steps {
		if strings.Contains(s.Run, "${{") {
			t.Errorf("step %q: an expression inside run is a way to inject commands: go through env", s.Name)
		}
		if s.Run != "" && s.Shell != "bash" {
			t.Errorf("step %q has no shell", s.Name)
		}
		for _, m := range regexp.MustCompile(`inputs\.([a-z-]+)`).FindAllStringSubmatch(s.If+strings.Join(valuesOf(s.Env), " ")+strings.Join(valuesOf(s.With), " "), -1) {
			if _, there := a.Inputs[m[1]]; !there {
				t.Errorf("step %q: there is no input %q", s.Name, m[1])
			}
		}
		if s.ID == "run" {
			checkFlags(t, "action.yml", s.Run)
		}
	}
}

func valuesOf(m map[string]string) []string {
	var all []string
	for _, v := range m {
		all = append(all, v)
	}
	return all
}

// play runs the shell steps of the action as a runner does, with the program of this
// repository, and returns the exit code of the last one and the job summary.
func play(t *testing.T, inputs map[string]string) (code int, summary, folder string) {
	t.Helper()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("needs bash")
	}
	a := readAction(t)
	dir := t.TempDir()
	binary := filepath.Join(dir, "scimconform")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	folder = filepath.Join(dir, "reports of a job")
	inputs["binary"], inputs["reports"] = binary, folder
	outputs := map[string]string{}
	value := func(text string) string {
		return regexp.MustCompile(`\$\{\{ *([a-z.-]+) *\}\}`).ReplaceAllStringFunc(text, func(e string) string {
			name := strings.Trim(e, "${} ")
			if in, ok := strings.CutPrefix(name, "inputs."); ok {
				if v, given := inputs[in]; given {
					return v
				}
				return a.Inputs[in].Default
			}
			return outputs[strings.TrimPrefix(name, "steps.run.outputs.")]
		})
	}
	summaryFile, outputFile := filepath.Join(dir, "summary.md"), filepath.Join(dir, "output")
	for _, s := range a.Runs.Steps {
		if s.Run == "" || s.If != "" {
			continue // uploads, and the installation, which a binary makes unnecessary
		}
		script := filepath.Join(dir, "step.sh")
		if err := os.WriteFile(script, []byte(s.Run), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), bash, "--noprofile", "--norc", "-eo", "pipefail", script)
		cmd.Env = append(os.Environ(), "CI=true", "RUNNER_TEMP="+dir, "GITHUB_STEP_SUMMARY="+summaryFile, "GITHUB_OUTPUT="+outputFile, "SCIMCONFORM_TOKEN="+secret)
		for name, v := range s.Env {
			cmd.Env = append(cmd.Env, name+"="+value(v))
		}
		out, err := cmd.CombinedOutput()
		if strings.Contains(string(out), secret) {
			t.Errorf("step %q shows the token", s.Name)
		}
		code = cmd.ProcessState.ExitCode()
		if err != nil && s.Name != "Verdict" {
			t.Fatalf("step %q: %v\n%s", s.Name, err, out)
		}
		written, _ := os.ReadFile(outputFile)
		for line := range strings.Lines(string(written)) {
			name, v, _ := strings.Cut(strings.TrimSpace(line), "=")
			outputs[name] = v
		}
	}
	text, err := os.ReadFile(summaryFile)
	if err != nil {
		t.Fatal(err)
	}
	return code, string(text), folder
}

func TestTheActionFailsTheJobAndSaysWhy(t *testing.T) {
	t.Parallel()
	good := httptest.NewServer(signedIn("Bearer "+secret, reference()))
	t.Cleanup(good.Close)
	bad := httptest.NewServer(signedIn("Bearer "+secret, leaky(reference())))
	t.Cleanup(bad.Close)
	gone := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(gone.Close)
	for name, c := range map[string]struct {
		url, strict string
		code        int
		says        string
		files       []string
	}{
		"good":    {good.URL + "/scim/v2", "true", 0, "SCIM with Okta: passed", []string{"scimconform.txt", "scimconform.xml", "scimconform.html", "scimconform.md", "scimconform.json"}},
		"bad":     {bad.URL + "/scim/v2", "false", 1, "SCIM with Okta: failed", []string{"scimconform.xml", "scimconform.html"}},
		"nowhere": {gone.URL, "false", 2, "404: there is no SCIM server under this URL", []string{"problem.txt"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, summary, folder := play(t, map[string]string{"url": c.url, "strict": c.strict, "mode": "catalog"})
			if code != c.code || !strings.Contains(summary, c.says) {
				t.Errorf("exit code %d, want %d, and a summary with %q:\n%s", code, c.code, c.says, summary)
			}
			for _, f := range c.files {
				if info, err := os.Stat(filepath.Join(folder, f)); err != nil || info.Size() == 0 {
					t.Errorf("%s: %v", f, err)
				}
			}
		})
	}
}

func TestTheGitLabJobRunsAndItsArtifactsAreThere(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../deploy/gitlab/scimconform.yml")
	if err != nil {
		t.Fatal(err)
	}
	var file map[string]struct {
		Script    []string `yaml:"script"`
		Artifacts struct {
			When    string            `yaml:"when"`
			Paths   []string          `yaml:"paths"`
			Reports map[string]string `yaml:"reports"`
		} `yaml:"artifacts"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	job := file["scimconform"]
	if job.Artifacts.When != "always" {
		t.Error("a failing job keeps no reports")
	}
	script := strings.Join(job.Script, "\n")
	checkFlags(t, "scimconform.yml", script)
	for _, f := range slices.Concat(job.Artifacts.Paths, []string{job.Artifacts.Reports["junit"]}) {
		if f == "" || !strings.Contains(script, "="+f) {
			t.Errorf("the script does not write %q", f)
		}
	}
}
