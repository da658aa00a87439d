package walkthrough

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"

	"github.com/cucumber/godog"
)

// process is a running oktascim.
type process struct {
	cmd     *exec.Cmd
	out     *watched
	started chan struct{}
	ended   chan struct{}
	result  error
}

// watched collects output and tells when a text has come.
type watched struct {
	mu      sync.Mutex
	text    bytes.Buffer
	changed chan struct{}
}

func (o *watched) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text.Write(p)
	close(o.changed)
	o.changed = make(chan struct{})
	return len(p), nil
}

func (o *watched) state() (text string, changed <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String(), o.changed
}

// await waits until the output has text, or the program has ended.
func (p *process) await(text string) {
	for {
		have, changed := p.out.state()
		if strings.Contains(have, text) {
			return
		}
		select {
		case <-changed:
		case <-p.ended:
			return
		}
	}
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}

// start starts oktascim in the folder of the scenario.
func (w *world) start(args ...string) {
	w.writeConfig()
	cmd := exec.CommandContext(w.t.Context(), binary, args...)
	cmd.Dir = w.dir
	cmd.Env = append(os.Environ(), "OKTA_API_TOKEN="+w.settings.oktaToken, "SCIM_TOKEN="+w.settings.token, "NO_COLOR=1")
	p := &process{cmd: cmd, out: &watched{changed: make(chan struct{})}, started: make(chan struct{}), ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.out, p.out
	w.running.Store(p)
	w.must(cmd.Start())
	close(p.started)
	go func() {
		p.result = cmd.Wait()
		close(p.ended)
	}()
	w.program = p
}

// finish waits for the program's end and takes down what it said.
func (w *world) finish() {
	<-w.program.ended
	w.output, _ = w.program.out.state()
	if _, ok := errors.AsType[*exec.ExitError](w.program.result); w.program.result != nil && !ok {
		w.t.Fatal(w.program.result)
	}
	w.exitCode = w.program.cmd.ProcessState.ExitCode()
	if strings.Contains(w.output, w.token) || strings.Contains(w.output, w.settings.token) {
		w.t.Fatalf("the output has the SCIM token:\n%s", w.output)
	}
	if strings.Contains(w.output, w.org.Token()) {
		w.t.Fatalf("the output has the Okta token:\n%s", w.output)
	}
}

func (w *world) oktascim(args ...string) {
	w.start(args...)
	w.finish()
}

func (w *world) programSteps(sc *godog.ScenarioContext) {
	step := func(pattern string, f func()) {
		sc.Step(pattern, func() error { return w.t.guard(f) })
	}
	step(`^oktascim checks$`, func() { w.oktascim("check") })
	step(`^oktascim plans$`, func() { w.oktascim("plan") })
	step(`^oktascim applies$`, func() { w.oktascim("apply") })
	sc.Step(`^the admin pushes "([^"]*)" now$`, func(group string) error {
		return w.t.guard(func() { w.oktascim("apply", "--group", group) })
	})
	sc.Step(`^the admin unlinks "([^"]*)" and deletes it$`, func(group string) error {
		return w.t.guard(func() { w.oktascim("links", "unlink", group, "--delete-group") })
	})
	step(`^oktascim has applied$`, func() {
		w.oktascim("apply")
		if w.exitCode != 0 {
			w.t.Fatalf("apply ended with %d:\n%s", w.exitCode, w.output)
		}
	})
	step(`^the held plan is approved$`, func() {
		_, digest, found := strings.Cut(w.output, "--approve ")
		if !found {
			w.t.Fatalf("the output names no digest to approve:\n%s", w.output)
		}
		digest, _, _ = strings.Cut(strings.TrimSpace(digest), "\n")
		w.oktascim("apply", "--approve", strings.Fields(digest)[0])
	})
	step(`^oktascim runs every second$`, func() {
		w.settings.full = "1s"
		w.start("run")
	})
	step(`^oktascim is told to stop$`, func() {
		w.must(w.program.cmd.Process.Signal(syscall.SIGTERM))
		w.finish()
	})
	sc.Step(`^Ctrl-C is pressed during create (\d+)$`, func(n int) { w.gate.set(w.interrupt(n)) })
	sc.Step(`^it exits with (\d+)$`, func(want int) error {
		if w.exitCode != want {
			return fmt.Errorf("it exited with %d, not %d, and said:\n%s", w.exitCode, want, w.output)
		}
		return nil
	})
	sc.Step(`^it says "(.*)"$`, func(want string) error {
		if !strings.Contains(w.output, want) {
			return fmt.Errorf("it did not say %q, but:\n%s", want, w.output)
		}
		return nil
	})
	sc.Step(`^it says nothing with "(.*)"$`, func(text string) error {
		if strings.Contains(w.output, text) {
			return fmt.Errorf("it said %q:\n%s", text, w.output)
		}
		return nil
	})
	sc.Step(`^what was written is known to the ledger$`, func() error {
		return w.t.guard(func() {
			written := 0
			users, _ := w.server.Users(0, 100)
			for range users {
				written++
			}
			w.oktascim("plan")
			if got := strings.Count(w.output, "create "); got != 3-written {
				w.t.Fatalf("%d people are in the target, and the plan has %d creates:\n%s", written, got, w.output)
			}
			if strings.Contains(w.output, " adopt ") {
				w.t.Fatalf("the plan adopts what oktascim itself has made:\n%s", w.output)
			}
		})
	})
}
