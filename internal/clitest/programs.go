package clitest

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

type programsKey struct{}

// running are the programs that a script has in the background.
type running struct {
	env    *testscript.Env // a script's own variables are known to spawn if they are named here
	byName map[string]*program
}

// program is one program in the background.
type program struct {
	cmd            *exec.Cmd
	stdout, stderr bytes.Buffer // guarded by mu
	mu             sync.Mutex
	more           *sync.Cond // something came, or the program ended
	done           bool
	err            error
}

// Setup prepares a script for [Commands]. Programs that are still running when the script
// ends are killed.
func Setup(env *testscript.Env) {
	r := &running{env: env, byName: map[string]*program{}}
	env.Values[programsKey{}] = r
	env.Defer(func() {
		for _, p := range r.byName {
			_ = p.cmd.Process.Kill() // in a script that went well it has ended already
			_ = p.wait()
		}
	})
}

func programs(ts *testscript.TestScript) *running {
	r, ok := ts.Value(programsKey{}).(*running)
	if !ok {
		ts.Fatalf("the script was set up without clitest.Setup")
	}
	return r
}

func (r *running) get(ts *testscript.TestScript, name string) *program {
	p := r.byName[name]
	if p == nil {
		ts.Fatalf("no program is called %s; spawn it first", name)
	}
	return p
}

func spawn(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: spawn NAME PATTERN PROGRAM [ARG]…")
	}
	r := programs(ts)
	if old := r.byName[args[0]]; old != nil && !old.ended() {
		ts.Fatalf("%s is running already", args[0])
	}
	p := &program{cmd: exec.Command(args[2], args[3:]...)} //nolint:gosec,noctx // scripts name programs of ours; Setup ends them
	p.more = sync.NewCond(&p.mu)
	p.cmd.Dir = ts.MkAbs(".")
	for _, pair := range r.env.Vars {
		name, _, _ := strings.Cut(pair, "=")
		p.cmd.Env = append(p.cmd.Env, name+"="+ts.Getenv(name))
	}
	p.cmd.Stdout, p.cmd.Stderr = &stream{p, &p.stdout}, &stream{p, &p.stderr}
	ts.Check(p.cmd.Start())
	r.byName[args[0]] = p
	go func() {
		err := p.cmd.Wait()
		p.mu.Lock()
		defer p.mu.Unlock()
		p.done, p.err = true, err
		p.more.Broadcast()
	}()
	p.await(ts, args[1])
}

// await returns when the output has a line that matches. A program that ends without it
// ends the script.
func (p *program) await(ts *testscript.TestScript, pattern string) {
	re, err := regexp.Compile("(?m)" + pattern)
	ts.Check(err)
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		for _, out := range []*bytes.Buffer{&p.stdout, &p.stderr} {
			found := re.FindSubmatch(out.Bytes())
			if found == nil {
				continue
			}
			for i, name := range re.SubexpNames() {
				if name != "" {
					ts.Setenv(name, string(found[i]))
				}
			}
			return
		}
		if p.done {
			ts.Fatalf("ended (%v) without a line that matches %s:\n%s%s", p.err, pattern, p.stdout.String(), p.stderr.String())
		}
		p.more.Wait()
	}
}

// end waits, writes the output to files and returns all of it.
func (p *program) end(ts *testscript.TestScript, name, want string) string {
	err := p.wait()
	ts.Check(os.WriteFile(ts.MkAbs(name+".stdout"), p.stdout.Bytes(), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs(name+".stderr"), p.stderr.Bytes(), 0o600))
	ts.Logf("[%s]\n%s%s", name, p.stdout.String(), p.stderr.String())
	code(ts, err, want)
	return p.stdout.String() + p.stderr.String()
}

func (p *program) wait() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for !p.done {
		p.more.Wait()
	}
	return p.err
}

func (p *program) ended() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.done
}

// stream takes what a program writes.
type stream struct {
	p  *program
	to *bytes.Buffer
}

func (s *stream) Write(b []byte) (int, error) {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	defer s.p.more.Broadcast()
	return s.to.Write(b)
}
