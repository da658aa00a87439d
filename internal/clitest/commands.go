package clitest

import (
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// Commands are script commands beside those of testscript:
//
//	exits N PROGRAM [ARG]…     run the program; it ends with exit code N, and shows no secret
//	tidy FILE OUT              copy FILE (or stdout, stderr) to OUT without what differs from
//	                           run to run: $VALUES, times, durations, digests, ids
//	spawn NAME 'PATTERN' PROGRAM [ARG]…
//	                           run it in the background and wait until one of its lines
//	                           matches; named groups of the pattern become variables
//	await NAME 'PATTERN'       wait for another line
//	interrupt NAME N           send SIGINT and wait; it ends with exit code N, and its output
//	                           is in the files NAME.stdout and NAME.stderr
//	signal NAME                send SIGINT and go on
//	digest FILE                $DIGEST is the digest to approve in a JSON report
//	ended NAME N               the same without a signal: it ends by itself
//
// A variable whose name is in secrets must not be in the output of exits, interrupt and ended.
// The caller calls [Setup] first.
func Commands(secrets ...string) map[string]func(*testscript.TestScript, bool, []string) {
	refuse := func(ts *testscript.TestScript, text string) {
		for _, name := range secrets {
			if value := ts.Getenv(name); value != "" && strings.Contains(text, value) {
				ts.Fatalf("the output shows the secret $%s:\n%s", name, text)
			}
		}
	}
	return map[string]func(*testscript.TestScript, bool, []string){
		"exits": func(ts *testscript.TestScript, neg bool, args []string) {
			if neg || len(args) < 2 {
				ts.Fatalf("usage: exits N PROGRAM [ARG]…")
			}
			err := ts.Exec(args[1], args[2:]...)
			code(ts, err, args[0])
			refuse(ts, ts.ReadFile("stdout"))
			refuse(ts, ts.ReadFile("stderr"))
		},
		"tidy": func(ts *testscript.TestScript, neg bool, args []string) {
			if neg || len(args) != 2 {
				ts.Fatalf("usage: tidy FILE OUT")
			}
			ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(tidy(ts, ts.ReadFile(args[0]))), 0o600))
		},
		"spawn": spawn,
		"await": func(ts *testscript.TestScript, neg bool, args []string) {
			if neg || len(args) != 2 {
				ts.Fatalf("usage: await NAME PATTERN")
			}
			programs(ts).get(ts, args[0]).await(ts, args[1])
		},
		"interrupt": func(ts *testscript.TestScript, neg bool, args []string) {
			if neg || len(args) != 2 {
				ts.Fatalf("usage: interrupt NAME N")
			}
			p := programs(ts).get(ts, args[0])
			ts.Check(p.cmd.Process.Signal(os.Interrupt))
			refuse(ts, p.end(ts, args[0], args[1]))
		},
		"signal": func(ts *testscript.TestScript, neg bool, args []string) {
			if neg || len(args) != 1 {
				ts.Fatalf("usage: signal NAME")
			}
			ts.Check(programs(ts).get(ts, args[0]).cmd.Process.Signal(os.Interrupt))
		},
		"digest": func(ts *testscript.TestScript, neg bool, args []string) {
			if neg || len(args) != 1 {
				ts.Fatalf("usage: digest FILE")
			}
			found := regexp.MustCompile(`"approve": "([0-9a-f]+)"`).FindStringSubmatch(ts.ReadFile(args[0]))
			if found == nil {
				ts.Fatalf("nothing in %s is to be approved", args[0])
			}
			ts.Setenv("DIGEST", found[1])
		},
		"ended": func(ts *testscript.TestScript, neg bool, args []string) {
			if neg || len(args) != 2 {
				ts.Fatalf("usage: ended NAME N")
			}
			refuse(ts, programs(ts).get(ts, args[0]).end(ts, args[0], args[1]))
		},
	}
}

// code ends the script unless err is that of a program with the exit code want.
func code(ts *testscript.TestScript, err error, want string) {
	n, bad := strconv.Atoi(want)
	ts.Check(bad)
	got := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != n {
		ts.Fatalf("exit code %d, want %d", got, n)
	}
}

// tidy takes out what differs from run to run.
func tidy(ts *testscript.TestScript, text string) string {
	for _, name := range []string{"OKTA_URL", "SCIM_URL", "OTHER_URL", "TARGET", "WORK"} {
		if value := ts.Getenv(name); value != "" {
			text = strings.ReplaceAll(text, value, "$"+name)
			text = strings.ReplaceAll(text, strings.TrimPrefix(value, "http://"), "$"+name)
		}
	}
	for _, v := range []struct{ pattern, with string }{
		{`\d{8}T\d{6}\.\d{9}Z`, "RUN"},
		{`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)`, "TIME"},
		{`\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)? UTC`, "TIME UTC"},
		{`("took":)[0-9.]+`, "${1}0"},
		{`\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b`, "ID"},
		{`\b00[ug][0-9A-Za-z]{17}\b`, "OKTAID"},
		{"(--approve |[Dd]igest `?|held now \\(|\"digest\": ?\"|\"approve\": ?\")[0-9a-f]{12}\\b", "${1}DIGEST"},
		{`request id [0-9a-f]+`, "request id ID"},
		{`process \d+`, "process PID"},
	} {
		text = regexp.MustCompile(v.pattern).ReplaceAllString(text, v.with)
	}
	return text
}
