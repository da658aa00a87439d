package interop

import (
	"bufio"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func TestInteropScimmyAgreesWithASmallOrg(t *testing.T) {
	t.Parallel()
	for _, dialect := range dialects {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			acme(t, newScimmy(t), dialect)
		})
	}
}

func TestInteropScimmyAgreesWithAGeneratedOrg(t *testing.T) {
	t.Parallel()
	for _, dialect := range dialects {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			generated(t, newScimmy(t), dialect, 130)
		})
	}
}

// newScimmy starts scimmy over an empty store on a free port. The test skips without
// Node.js or without what npm installs.
func newScimmy(t *testing.T) target {
	t.Helper()
	const token = "the-token-of-scimmy-0123456789abcdef"
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("needs Node.js: node is not in the path")
	}
	if _, err := os.Stat(filepath.Join("scimmy", "node_modules", "scimmy-routers")); errors.Is(err, fs.ErrNotExist) {
		t.Skip("needs scimmy from npm: run make interop, or npm ci in internal/interop/scimmy")
	}
	cmd := exec.CommandContext(t.Context(), node, "server.mjs")
	cmd.Dir = "scimmy"
	cmd.Env = append(os.Environ(), "SCIM_TOKEN="+token)
	var said strings.Builder
	cmd.Stderr = &said
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	address, listening := strings.CutPrefix(strings.TrimSpace(line), "listening ")
	if err != nil || !listening {
		_ = stdin.Close()
		_ = cmd.Wait()
		t.Fatalf("scimmy's first line is %q (%v), it also said:\n%s", line, err, said.String())
	}
	t.Cleanup(func() {
		_ = stdin.Close() // it ends by itself
		_ = cmd.Wait()
		if t.Failed() && said.Len() > 0 {
			t.Logf("scimmy said:\n%s", said.String())
		}
	})
	return target{url: address + "/scim", token: token, writes: func() int64 {
		res, err := http.Get(address + "/writes")
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, _ := bufio.NewReader(res.Body).ReadString('\n')
		n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}}
}
