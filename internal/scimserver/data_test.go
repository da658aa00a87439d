package scimserver_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/oktascim/oktascim/internal/scimserver"
)

// dataEnv names the file that a copy of the test binary serves, for the test
// that kills it.
const dataEnv = "SCIMSERVER_TEST_DATA"

func TestMain(m *testing.M) {
	if path := os.Getenv(dataEnv); path != "" {
		if err := serveForTheKill(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func serveForTheKill(path string) error {
	d, err := scimserver.OpenData(path)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stdout, l.Addr())
	return http.Serve(l, scimserver.New(scimserver.Options{Data: d}).Handler())
}

func openData(t *testing.T, path string) *scimserver.Data {
	t.Helper()
	d, err := scimserver.OpenData(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func TestEverythingIsThereAfterARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a b?%.db")
	d := openData(t, path)
	const url = "http://scim.test" // so that locations do not change
	g := start(t, scimserver.Options{Data: d, ExternalURL: url})
	ada := g.do("POST", "/Users", oktaCreate).want(201).id()
	bob := g.user("bob@x.test", `"active":false,"`+enterpriseURN+`":{"department":"R"},"urn:acme:User":{"n":1.50}`)
	gone := g.user("gone@x.test", "")
	eng := g.group("Eng", bob, gone, ada)
	ops := g.group("Ops", ada, eng)
	g.do("DELETE", "/Users/"+gone, "").want(204)
	g.patch("/Groups/"+ops, `{"op":"remove","path":"members[value eq \"`+ada+`\"]"}`).want(200)
	g.patch("/Users/"+ada, `{"op":"add","path":"nickName","value":"A"}`).want(200)
	pages := []string{g.do("GET", "/Users", "").text, g.do("GET", "/Groups", "").text}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}

	g = start(t, scimserver.Options{Data: openData(t, path), ExternalURL: url})
	for i, p := range []string{"/Users", "/Groups"} {
		if got := g.do("GET", p, "").want(200).text; withoutVersions(got) != withoutVersions(pages[i]) {
			t.Errorf("%s after the restart:\n%s\nwas\n%s", p, got, pages[i])
		}
	}
	g.do("POST", "/Users", oktaCreate).refused(409, "uniqueness", "userName")
	g.group("New", ada, bob)
	if got := g.do("GET", "/Users/"+ada, "").values("groups"); len(got) != 2 {
		t.Errorf("groups %v", got)
	}
}

func TestATagOfBeforeARestartNeverComesBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	d := openData(t, path)
	ada := start(t, scimserver.Options{Data: d}).user("ada@x.test", "")
	tags := map[string]bool{}
	for i := range 3 {
		tag := start(t, scimserver.Options{Data: d}).do("GET", "/Users/"+ada, "").header.Get("ETag")
		if tags[tag] {
			t.Errorf("opening %d: %s again", i, tag)
		}
		tags[tag] = true
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		d = openData(t, path)
	}
}

func withoutVersions(s string) string {
	return regexp.MustCompile(`W/[^,}]*`).ReplaceAllString(s, "")
}

func TestAWriteThatCannotBeKeptIsNotMade(t *testing.T) {
	d := openData(t, filepath.Join(t.TempDir(), "x.db"))
	g := start(t, scimserver.Options{Data: d})
	ada := g.user("ada@x.test", "")
	eng := g.group("Eng", ada)
	pages := g.do("GET", "/Users", "").text + g.do("GET", "/Groups", "").text
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	g.do("POST", "/Users", oktaCreate).refused(500, "", "nothing was changed")
	g.do("PUT", "/Users/"+ada, oktaCreate).refused(500, "", "nothing was changed")
	g.patch("/Groups/"+eng, `{"op":"remove","path":"members"}`).refused(500, "", "nothing was changed")
	g.do("DELETE", "/Users/"+ada, "").refused(500, "", "nothing was changed")
	if got := g.do("GET", "/Users", "").text + g.do("GET", "/Groups", "").text; got != pages {
		t.Errorf("something changed:\n%s\nwas\n%s", got, pages)
	}
}

func TestSettingsAreKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	d := openData(t, path)
	if _, ok, err := d.LoadSetting("token"); ok || err != nil {
		t.Errorf("a setting that was never saved: %v, %v", ok, err)
	}
	for _, v := range [][]byte{{1, 0, 255}, nil, []byte("hash")} {
		if err := d.SaveSetting("token", v); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if v, ok, err := openData(t, path).LoadSetting("token"); string(v) != "hash" || !ok || err != nil {
		t.Errorf("%q, %v, %v", v, ok, err)
	}
	var none *scimserver.Data
	if _, ok, err := none.LoadSetting("x"); ok || err != nil || none.SaveSetting("x", nil) != nil || none.Close() != nil {
		t.Error("a nil *Data does something")
	}
}

func TestTwoServersCannotShareAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	openData(t, path)
	if _, err := scimserver.OpenData(path); err == nil || !strings.Contains(err.Error(), "x.db") {
		t.Errorf("the second one: %v", err)
	}
}

func TestAFileThatIsNoDataFileIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("no database", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := scimserver.OpenData(path); err == nil || !strings.Contains(err.Error(), "x.db") {
		t.Errorf("%v", err)
	}
}

// A process is killed while writes are under way. What it acknowledged is
// there afterwards, and members and groups agree.
func TestNothingAcknowledgedIsLostByAKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), dataEnv+"="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + strings.TrimSpace(address) + "/scim/v2"
	post := func(where, body string) (*http.Response, error) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+where, strings.NewReader(body))
		if err != nil {
			return nil, err
		}
		r.Header.Set("Content-Type", "application/scim+json")
		return http.DefaultClient.Do(r)
	}
	acknowledged := make(chan string)
	for w := range 4 {
		go func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("u%d-%d", w, i)
				resp, err := post("/Users", `{"schemas":["`+userURN+`"],"userName":"`+name+`"}`)
				if err != nil {
					acknowledged <- ""
					return
				}
				id := strings.TrimPrefix(resp.Header.Get("Location"), url+"/Users/")
				resp.Body.Close()
				if resp.StatusCode == http.StatusCreated {
					acknowledged <- name
				}
				if resp, err := post("/Groups", `{"schemas":["`+groupURN+`"],"displayName":"`+name+`","members":[{"value":"`+id+`"}]}`); err == nil {
					resp.Body.Close()
				}
			}
		}()
	}
	var want []string
	for running := 4; running > 0; {
		name := <-acknowledged
		if name == "" {
			running--
			continue
		}
		if want = append(want, name); len(want) == 60 {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait() // it was killed

	s := scimserver.New(scimserver.Options{Data: openData(t, path)})
	users, _ := s.Users(0, 10000)
	have := map[string]bool{}
	for _, u := range users {
		have[u.UserName] = true
	}
	for _, name := range want {
		if !have[name] {
			t.Errorf("%s was acknowledged and is lost", name)
		}
	}
	groups, _ := s.Groups(0, 10000)
	for _, g := range groups {
		if len(g.Members) != 1 || g.Members[0].Display != g.DisplayName {
			t.Errorf("%+v", g)
		}
	}
}
