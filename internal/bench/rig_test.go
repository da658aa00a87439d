package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/oktascim/oktascim/internal/oktasim"
	"github.com/oktascim/oktascim/internal/scimserver"
)

// concurrency is that of oktascim's configuration and of the bare loop.
const concurrency = 8

// rig is a generated org and a fresh target on loopback, with the built oktascim beside.
type rig struct {
	binary, dir string
	org         *oktasim.Org
	orgURL      string
	target      *counted
	server      *scimserver.Server
	token       string
	url         string
	oktaReads   *counted     // what the org was asked for
	ahead       atomic.Int64 // how far the org's clock is ahead, in nanoseconds
}

// counted is a target that counts, and keeps what was posted if it is told to.
type counted struct {
	next   http.Handler
	reads  atomic.Int64
	writes atomic.Int64
	record bool

	mu    sync.Mutex
	posts []post
}

type post struct {
	path string
	body []byte
}

func (c *counted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		c.reads.Add(1)
		c.next.ServeHTTP(w, r)
		return
	}
	c.writes.Add(1)
	if c.record {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		c.mu.Lock()
		c.posts = append(c.posts, post{r.URL.Path, body})
		c.mu.Unlock()
	}
	c.next.ServeHTTP(w, r)
}

func (c *counted) reset() { c.reads.Store(0); c.writes.Store(0) }

// fresh puts an empty server behind the same URL.
func (r *rig) fresh(tb testing.TB) {
	tb.Helper()
	connection, err := scimserver.NewConnection(scimserver.ConnectionOptions{Enabled: true, Token: r.token})
	if err != nil {
		tb.Fatal(err)
	}
	r.server = scimserver.New(scimserver.Options{Connection: connection})
	r.target.next = r.server.Handler()
	r.target.reset()
}

// newRig builds oktascim and makes both sides: 10,000 people, 500 pushed groups, 50,000
// memberships, from a seed number.
func newRig(tb testing.TB) *rig {
	tb.Helper()
	r := &rig{dir: tb.TempDir(), token: "the-token-of-the-bench-0123456789abcdef", target: &counted{}}
	r.binary = filepath.Join(r.dir, "oktascim")
	build := exec.CommandContext(tb.Context(), "go", "build", "-o", r.binary, "github.com/oktascim/oktascim/cmd/oktascim")
	if out, err := build.CombinedOutput(); err != nil {
		tb.Fatalf("building oktascim: %v\n%s", err, out)
	}
	r.fresh(tb)
	target := httptest.NewServer(r.target)
	tb.Cleanup(target.Close)
	r.url = target.URL

	text, err := os.ReadFile(filepath.Join("..", "..", "configs", "orgs", "large.yaml"))
	if err != nil {
		tb.Fatal(err)
	}
	seed, err := oktasim.ParseSeed("large.yaml", text)
	if err != nil {
		tb.Fatal(err)
	}
	if r.org, err = oktasim.New(oktasim.Options{Seed: seed, Now: func() time.Time { return time.Now().Add(time.Duration(r.ahead.Load())) }}); err != nil {
		tb.Fatal(err)
	}
	r.oktaReads = &counted{next: r.org.Handler()}
	org := httptest.NewServer(r.oktaReads)
	tb.Cleanup(org.Close)
	r.orgURL = org.URL
	config := fmt.Sprintf(`okta:
  orgUrl: %s
  auth: {apiToken: "${OKTA_API_TOKEN}"}
  budget: 100%%
connections:
  - name: large
    app: %q
    target:
      baseUrl: %s/scim/v2
      auth: {header: "${SCIM_TOKEN}"}
      concurrency: %d
`, org.URL, r.org.Apps()[0], r.url, concurrency)
	if err := os.WriteFile(filepath.Join(r.dir, "oktascim.yaml"), []byte(config), 0o600); err != nil {
		tb.Fatal(err)
	}
	return r
}

// measured names, in the environment, the program that this test binary is to run and
// measure instead of testing.
const measured = "BENCH_MEASURED_PROGRAM"

func TestMain(m *testing.M) {
	if program := os.Getenv(measured); program != "" {
		os.Exit(measure(program))
	}
	os.Exit(m.Run())
}

// measure runs a program and leaves its peak memory, in bytes, in the file "peak". It is done
// in a process of its own because a program that is started by a large one inherits that
// one's peak.
func measure(program string) (code int) {
	cmd := exec.CommandContext(context.Background(), program, os.Args[1:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); cmd.ProcessState == nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if u, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		// Linux counts in KiB.
		if err := os.WriteFile("peak", []byte(strconv.FormatInt(u.Maxrss<<10, 10)), 0o600); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return cmd.ProcessState.ExitCode()
}

// run runs oktascim and returns its output, exit code and peak memory in bytes.
func (r *rig) run(tb testing.TB, args ...string) (out string, code int, peak int64) {
	tb.Helper()
	cmd := exec.CommandContext(tb.Context(), os.Args[0], args...)
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), measured+"="+r.binary, "OKTA_API_TOKEN="+r.org.Token(), "SCIM_TOKEN="+r.token)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	text, err := cmd.Output()
	if _, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		tb.Fatal(err)
	}
	if stderr.Len() > 0 {
		tb.Logf("oktascim %v said: %s", args, stderr.String())
	}
	if text, err := os.ReadFile(filepath.Join(r.dir, "peak")); err == nil {
		if peak, err = strconv.ParseInt(string(text), 10, 64); err != nil {
			tb.Fatal(err)
		}
	}
	return string(text), cmd.ProcessState.ExitCode(), peak
}

// loop posts the same bodies at the same concurrency and does nothing else. It returns how
// long that took, without the time for giving the groups the ids of this server.
func (r *rig) loop(tb testing.TB, posts []post, names map[string]string) time.Duration {
	tb.Helper()
	var users, groups []post
	for _, p := range posts {
		if strings.HasSuffix(p.path, "/Users") {
			users = append(users, p)
		} else {
			groups = append(groups, p)
		}
	}
	began := time.Now()
	r.send(tb, users)
	took := time.Since(began)
	ids := map[string]string{}
	for id, name := range r.names() {
		ids[name] = id
	}
	for i, p := range groups {
		var body struct {
			Schemas     []string         `json:"schemas"`
			DisplayName string           `json:"displayName"`
			Members     []map[string]any `json:"members"`
		}
		if err := json.Unmarshal(p.body, &body); err != nil {
			tb.Fatal(err)
		}
		for _, m := range body.Members {
			old, _ := m["value"].(string)
			m["value"] = ids[names[old]]
		}
		text, err := json.Marshal(body)
		if err != nil {
			tb.Fatal(err)
		}
		groups[i].body = text
	}
	began = time.Now()
	r.send(tb, groups)
	return took + time.Since(began)
}

// names are the userNames of the target by id.
func (r *rig) names() map[string]string {
	users, _ := r.server.Users(0, 1<<20)
	names := make(map[string]string, len(users))
	for _, u := range users {
		names[u.ID] = u.UserName
	}
	return names
}

func (r *rig) send(tb testing.TB, posts []post) {
	tb.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: concurrency, MaxConnsPerHost: concurrency}}
	defer client.CloseIdleConnections()
	work := make(chan post)
	var failed atomic.Int64
	var workers sync.WaitGroup
	for range concurrency {
		workers.Go(func() {
			for p := range work {
				if !r.one(tb.Context(), client, p) {
					failed.Add(1)
				}
			}
		})
	}
	for _, p := range posts {
		work <- p
	}
	close(work)
	workers.Wait()
	if n := failed.Load(); n > 0 {
		tb.Fatalf("%d of %d posts of the bare loop failed", n, len(posts))
	}
}

func (r *rig) one(ctx context.Context, client *http.Client, p post) bool {
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url+p.path, bytes.NewReader(p.body))
	if err != nil {
		return false
	}
	q.Header.Set("Authorization", r.token)
	q.Header.Set("Content-Type", "application/scim+json")
	res, err := client.Do(q)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return err == nil && res.StatusCode == http.StatusCreated
}

var nextForm = regexp.MustCompile(`<([^>]*)>; rel="next"`)

// nextLink is the address of the next page, empty on the last one.
func nextLink(header http.Header) string {
	for _, link := range header.Values("Link") {
		if m := nextForm.FindStringSubmatch(link); m != nil {
			return m[1]
		}
	}
	return ""
}
