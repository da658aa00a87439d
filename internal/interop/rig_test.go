package interop

import (
	"bytes"
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
	"strings"
	"testing"

	"github.com/oktascim/oktascim/internal/oktasim"
)

type object = map[string]any

// binary is the built oktascim.
var binary string

func TestMain(m *testing.M) {
	code, err := runAll(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func runAll(m *testing.M) (int, error) {
	dir, err := os.MkdirTemp("", "interop-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "oktascim")
	if out, err := exec.Command("go", "build", "-o", binary, "github.com/oktascim/oktascim/cmd/oktascim").CombinedOutput(); err != nil {
		return 1, fmt.Errorf("building oktascim: %w\n%s", err, out)
	}
	return m.Run(), nil
}

// target is a SCIM server with a bearer token.
type target struct {
	url, token string
	// writes counts the requests so far that could change something.
	writes func() int64
}

// rig is an org and a target, with oktascim's folder between them.
type rig struct {
	testing.TB

	org    *oktasim.Org
	orgURL string
	app    string
	target target
	dir    string

	// everAsked are the people, by the id they have in Okta, that the org has asked for
	// at some time. Who is asked for no more must be switched off, not gone.
	everAsked map[string]bool
	// strangers are the people and groups of the target, by id, that are not Okta's,
	// as they were before the first run.
	strangers map[string]object
	// guests are members, by the target's id of the group, who are none of Okta's
	// business: somebody put them into a group that oktascim only took over.
	guests map[string]string
}

func newRig(t *testing.T, seed *oktasim.Seed, scim target, dialect string) *rig {
	t.Helper()
	r := &rig{TB: t, target: scim, dir: t.TempDir(), everAsked: map[string]bool{}, strangers: map[string]object{}, guests: map[string]string{}}
	var err error
	if r.org, err = oktasim.New(oktasim.Options{Seed: seed}); err != nil {
		t.Fatal(err)
	}
	orgs := httptest.NewServer(r.org.Handler())
	t.Cleanup(orgs.Close)
	r.orgURL = orgs.URL
	r.app = r.org.AppID(r.org.Apps()[0])
	config := fmt.Sprintf(`okta:
  orgUrl: %s
  auth: {apiToken: "${OKTA_API_TOKEN}"}
connections:
  - name: interop
    app: %q
    target:
      baseUrl: %s
      auth: {bearer: "${SCIM_TOKEN}"}
      dialect: %s
`, r.orgURL, r.org.Apps()[0], scim.url, dialect)
	if err := os.WriteFile(filepath.Join(r.dir, "oktascim.yaml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return r
}

// oktascim runs a command and returns what it said and its exit code.
func (r *rig) oktascim(args ...string) (string, int) {
	r.Helper()
	cmd := exec.CommandContext(r.Context(), binary, args...)
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), "OKTA_API_TOKEN="+r.org.Token(), "SCIM_TOKEN="+r.target.token, "NO_COLOR=1")
	out, err := cmd.CombinedOutput()
	if _, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		r.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// settle applies, and then wants what was asked for and an empty plan.
func (r *rig) settle(after string) {
	r.Helper()
	out, code := r.oktascim("apply")
	if code != 0 {
		r.Fatalf("after %s: apply ended with %d:\n%s", after, code, out)
	}
	if diff := r.disagreements(); len(diff) > 0 {
		r.Fatalf("after %s the target is not what Okta asks for:\n  %s\napply said:\n%s", after, strings.Join(diff, "\n  "), out)
	}
	if plan, code := r.oktascim("plan"); code != 0 || !strings.Contains(plan, "Nothing to do.\n") {
		r.Fatalf("after %s and an apply, the plan is not empty (exit %d):\n%s\napply said:\n%s", after, code, plan, out)
	}
}

// checks wants every tick with the right token, and a cross with a wrong one.
func (r *rig) checks() {
	r.Helper()
	if out, code := r.oktascim("check"); code != 0 {
		r.Fatalf("check ended with %d:\n%s", code, out)
	}
	right := r.target.token
	r.target.token = "mistyped-" + right
	out, code := r.oktascim("check")
	if code != 1 || !strings.Contains(out, "401") || strings.Contains(out, right) {
		r.Fatalf("check with a mistyped token ended with %d:\n%s", code, out)
	}
	r.target.token = right
}

// rest wants an apply that writes nothing.
func (r *rig) rest() {
	r.Helper()
	before := r.target.writes()
	if before == 0 {
		r.Fatal("the target has counted no write")
	}
	out, code := r.oktascim("apply")
	if n := r.target.writes() - before; code != 0 || n != 0 {
		r.Fatalf("with nothing to do, apply ended with %d and wrote %d times:\n%s", code, n, out)
	}
}

// okta does what an admin does in the org.
func (r *rig) okta(method, path string, body any) []byte {
	r.Helper()
	answer, _ := r.call(method, r.orgURL+path, "SSWS "+r.org.Token(), body)
	return answer
}

// scim does to the target what somebody else would do.
func (r *rig) scim(method, path string, body any) object {
	r.Helper()
	answer, _ := r.call(method, r.target.url+path, "Bearer "+r.target.token, body)
	if len(answer) == 0 {
		return nil
	}
	var o object
	if err := json.Unmarshal(answer, &o); err != nil {
		r.Fatalf("%s %s: %v: %s", method, path, err, answer)
	}
	return o
}

func (r *rig) patch(path string, operations ...object) {
	r.Helper()
	r.scim(http.MethodPatch, path, object{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:PatchOp"}, "Operations": operations})
}

func (r *rig) call(method, address, auth string, body any) ([]byte, http.Header) {
	r.Helper()
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			r.Fatal(err)
		}
		content = bytes.NewReader(text)
	}
	q, err := http.NewRequestWithContext(r.Context(), method, address, content)
	if err != nil {
		r.Fatal(err)
	}
	q.Header.Set("Authorization", auth)
	switch {
	case content != nil && strings.HasPrefix(address, r.target.url):
		q.Header.Set("Content-Type", "application/scim+json")
	case content != nil:
		q.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(q)
	if err != nil {
		r.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		r.Fatal(err)
	}
	if res.StatusCode >= 300 {
		r.Fatalf("%s %s: %s: %s", method, q.URL.Path, res.Status, answer)
	}
	return answer, res.Header
}

var nextForm = regexp.MustCompile(`<([^>]*)>; rel="next"`)

// oktaList reads every page of a list of the org.
func oktaList[T any](r *rig, path string) []T {
	r.Helper()
	var all []T
	for address := r.orgURL + path; address != ""; {
		answer, header := r.call(http.MethodGet, address, "SSWS "+r.org.Token(), nil)
		var page []T
		if err := json.Unmarshal(answer, &page); err != nil {
			r.Fatalf("%s: %v", address, err)
		}
		all, address = append(all, page...), ""
		for _, link := range header.Values("Link") {
			if m := nextForm.FindStringSubmatch(link); m != nil {
				address = m[1]
			}
		}
	}
	return all
}

// scimList reads every page of a list of the target, each resource once.
func (r *rig) scimList(endpoint string) []object {
	r.Helper()
	var all []object
	seen := map[string]bool{}
	for {
		page := r.scim(http.MethodGet, fmt.Sprintf("%s?startIndex=%d&count=100", endpoint, len(all)+1), nil)
		total, _ := page["totalResults"].(float64)
		rows, _ := page["Resources"].([]any)
		before := len(all)
		for _, row := range rows {
			o, _ := row.(object)
			id, _ := o["id"].(string)
			if !seen[id] {
				seen[id] = true
				all = append(all, o)
			}
		}
		if len(all) >= int(total) {
			return all
		}
		if len(all) == before {
			r.Fatalf("the list of %s ends at %d of %v", endpoint, len(all), total)
		}
	}
}

func unmarshal(r *rig, text []byte, into any) {
	r.Helper()
	if err := json.Unmarshal(text, into); err != nil {
		r.Fatalf("%v: %s", err, text)
	}
}
