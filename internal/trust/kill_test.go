package trust

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/oktascim/oktascim/internal/oktasim"
	"github.com/oktascim/oktascim/internal/scimserver"
)

// assassin stands before the target and kills oktascim at one write: when it has come in,
// before the target sees it, or when the target has done it, before the answer goes out.
type assassin struct {
	next http.Handler

	mu     sync.Mutex
	writes int
	at     int // the number of the write, from 1; 0: none
	after  bool
	victim *os.Process
}

func (a *assassin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		a.next.ServeHTTP(w, r)
		return
	}
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	a.mu.Lock()
	a.writes++
	hit, after, victim := a.writes == a.at, a.after, a.victim
	a.mu.Unlock()
	if !hit {
		a.next.ServeHTTP(w, r)
		return
	}
	if after {
		a.next.ServeHTTP(httptest.NewRecorder(), r)
	}
	_ = victim.Kill()
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done() // until the connection of the dead is gone
	panic(http.ErrAbortHandler)
}

func (a *assassin) hire(at int, after bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.writes, a.at, a.after, a.victim = 0, at, after, nil
}

// scene is an org, a target behind the assassin, and a folder with a configuration.
type scene struct {
	t        *testing.T
	binary   string
	dir      string
	org      *oktasim.Org
	orgURL   string
	server   *scimserver.Server
	assassin *assassin
}

func newScene(t *testing.T, binary, dialect string) *scene {
	t.Helper()
	seed, err := oktasim.ParseSeed("trust.yaml", []byte(company))
	must(t, err)
	s := &scene{t: t, binary: binary, dir: t.TempDir()}
	s.org, err = oktasim.New(oktasim.Options{Seed: seed})
	must(t, err)
	org := httptest.NewServer(s.org.Handler())
	t.Cleanup(org.Close)
	s.orgURL = org.URL
	s.server = scimserver.New(scimserver.Options{})
	s.assassin = &assassin{next: s.server.Handler()}
	target := httptest.NewServer(s.assassin)
	t.Cleanup(target.Close)
	must(t, os.WriteFile(filepath.Join(s.dir, "oktascim.yaml"), fmt.Appendf(nil, `okta:
  orgUrl: %s
  auth: {apiToken: "${OKTA_API_TOKEN}"}
connections:
  - name: trust
    app: App
    target:
      baseUrl: %s/scim/v2
      auth: {header: any}
      dialect: %s
      deleteGroups: true
`, org.URL, target.URL, dialect), 0o600))
	return s
}

// run runs oktascim to its end, or to its death.
func (s *scene) run(args ...string) (out string, code int) {
	s.t.Helper()
	cmd := exec.CommandContext(s.t.Context(), s.binary, args...)
	cmd.Dir, cmd.Env = s.dir, append(os.Environ(), "OKTA_API_TOKEN="+s.org.Token())
	var text strings.Builder
	cmd.Stdout, cmd.Stderr = &text, &text
	s.assassin.mu.Lock()
	err := cmd.Start()
	s.assassin.victim = cmd.Process
	s.assassin.mu.Unlock()
	must(s.t, err)
	if err := cmd.Wait(); err != nil {
		if _, ok := errors.AsType[*exec.ExitError](err); !ok {
			s.t.Fatal(err)
		}
	}
	return text.String(), cmd.ProcessState.ExitCode()
}

func (s *scene) okta(method, path, body string) []byte {
	s.t.Helper()
	q, err := http.NewRequestWithContext(s.t.Context(), method, s.orgURL+path, strings.NewReader(body))
	must(s.t, err)
	q.Header.Set("Authorization", "SSWS "+s.org.Token())
	q.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(q)
	must(s.t, err)
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	must(s.t, err)
	if res.StatusCode >= 300 {
		s.t.Fatalf("%s %s: %s %s", method, path, res.Status, answer)
	}
	return answer
}

// second is what happens in Okta after the first run: somebody joins, leaves, is renamed;
// a group is renamed, one is pushed no more.
func (s *scene) second() {
	bob, ada := s.org.UserID("bob@x.test"), s.org.UserID("ada@x.test")
	s.okta(http.MethodDelete, "/api/v1/groups/"+s.org.GroupID("Assigned")+"/users/"+bob, "")
	s.okta(http.MethodDelete, "/api/v1/groups/"+s.org.GroupID("Eng")+"/users/"+ada, "")
	s.okta(http.MethodPut, "/api/v1/groups/"+s.org.GroupID("Ops")+"/users/"+ada, "")
	s.okta(http.MethodPost, "/api/v1/users/"+ada, `{"profile":{"title":"Fellow"}}`)
	var eve struct{ ID string }
	must(s.t, json.Unmarshal(s.okta(http.MethodPost, "/api/v1/users?activate=true", `{"profile":{"login":"eve@x.test","email":"eve@x.test","firstName":"Eve","lastName":"E"}}`), &eve))
	s.okta(http.MethodPut, "/api/v1/groups/"+s.org.GroupID("Assigned")+"/users/"+eve.ID, "")
	s.okta(http.MethodPut, "/api/v1/groups/"+s.org.GroupID("Eng")+"/users/"+eve.ID, "")
	s.okta(http.MethodPut, "/api/v1/groups/"+s.org.GroupID("Eng"), `{"profile":{"name":"Engineering"}}`)
}

// wanted and found are the state as Okta asks for it and as the target has it: everybody
// with id, name, title and whether they are on; every group with its members.
func (s *scene) wanted() []string {
	s.t.Helper()
	app := s.org.AppID("App")
	var assigned []struct {
		ID          string
		Credentials struct{ UserName string }
		Profile     struct{ Title string }
	}
	must(s.t, json.Unmarshal(s.okta(http.MethodGet, "/api/v1/apps/"+app+"/users?limit=500", ""), &assigned))
	var want []string
	names := map[string]string{}
	for _, u := range assigned {
		names[u.ID] = u.Credentials.UserName
		want = append(want, fmt.Sprintf("user %s %s %q on", u.Credentials.UserName, u.ID, u.Profile.Title))
	}
	var pushes []struct{ SourceGroupID string }
	must(s.t, json.Unmarshal(s.okta(http.MethodGet, "/api/v1/apps/"+app+"/group-push/mappings", ""), &pushes))
	for _, p := range pushes {
		var group struct{ Profile struct{ Name string } }
		must(s.t, json.Unmarshal(s.okta(http.MethodGet, "/api/v1/groups/"+p.SourceGroupID, ""), &group))
		var members []struct{ ID string }
		must(s.t, json.Unmarshal(s.okta(http.MethodGet, "/api/v1/groups/"+p.SourceGroupID+"/users", ""), &members))
		var list []string
		for _, m := range members {
			if names[m.ID] != "" {
				list = append(list, names[m.ID])
			}
		}
		slices.Sort(list)
		want = append(want, fmt.Sprintf("group %s %v", group.Profile.Name, list))
	}
	slices.Sort(want)
	return want
}

func (s *scene) found() []string {
	s.t.Helper()
	w := httptest.NewRecorder()
	s.server.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/scim/v2/Users?count=100", nil))
	var list struct {
		Resources []struct {
			ID, ExternalID, UserName, Title string
			Active                          bool
		}
	}
	must(s.t, json.Unmarshal(w.Body.Bytes(), &list))
	var found []string
	names := map[string]string{}
	for _, u := range list.Resources {
		names[u.ID] = u.UserName
		state := "off"
		if u.Active {
			state = "on"
		}
		found = append(found, fmt.Sprintf("user %s %s %q %s", u.UserName, u.ExternalID, u.Title, state))
	}
	groups, _ := s.server.Groups(0, 100)
	for _, g := range groups {
		var members []string
		for _, m := range g.Members {
			members = append(members, names[m.ID])
		}
		slices.Sort(members)
		found = append(found, fmt.Sprintf("group %s %v", g.DisplayName, members))
	}
	slices.Sort(found)
	return found
}

func (s *scene) agree(when string, off ...string) {
	s.t.Helper()
	want := append(s.wanted(), off...)
	slices.Sort(want)
	if have := s.found(); !slices.Equal(have, want) {
		s.t.Fatalf("%s the target has\n%s\nand Okta asks for\n%s", when, strings.Join(have, "\n"), strings.Join(want, "\n"))
	}
}

func TestAKilledRunIsMadeGoodByThePlainOneAfterIt(t *testing.T) {
	t.Parallel()
	binary := filepath.Join(t.TempDir(), "oktascim")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "github.com/oktascim/oktascim/cmd/oktascim").CombinedOutput(); err != nil {
		t.Fatalf("building oktascim: %v\n%s", err, out)
	}
	for _, dialect := range []string{"catalog", "wizard"} {
		for _, after := range []bool{false, true} {
			name := fmt.Sprintf("%s, killed when the target has the write %v", dialect, after)
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				killAtEachWrite(t, binary, dialect, after)
			})
		}
	}
}

func killAtEachWrite(t *testing.T, binary, dialect string, after bool) {
	t.Helper()
	for _, later := range []bool{false, true} {
		for at := 1; ; at++ {
			s := newScene(t, binary, dialect)
			var off []string
			if later {
				if out, code := s.run("apply"); code != 0 {
					t.Fatalf("the run before ended with %d:\n%s", code, out)
				}
				bob := s.org.UserID("bob@x.test")
				s.second()
				off = []string{fmt.Sprintf("user bob@x.test %s %q off", bob, "")}
			}
			s.assassin.hire(at, after)
			out, code := s.run("apply")
			if code == 0 {
				if at < 4 {
					t.Fatalf("only %d writes:\n%s", at-1, out)
				}
				t.Logf("later run %v: killed at each of %d writes", later, at-1)
				break
			}
			if code != -1 {
				t.Fatalf("write %d: oktascim ended with %d instead of being killed:\n%s", at, code, out)
			}
			s.assassin.hire(0, false)
			out, code = s.run("apply")
			if code != 0 {
				t.Fatalf("killed at write %d: the plain run ended with %d:\n%s", at, code, out)
			}
			if strings.Contains(out, " adopt ") {
				t.Fatalf("killed at write %d: the plain run adopts what the killed one has made:\n%s", at, out)
			}
			s.agree(fmt.Sprintf("killed at write %d, after the plain run", at), off...)
			if out, code := s.run("plan"); code != 0 {
				t.Fatalf("killed at write %d: the plan after the plain run ended with %d:\n%s", at, code, out)
			}
		}
	}
}
