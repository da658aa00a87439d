package scimserver_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/oktascim/oktascim/internal/scimserver"
)

// Two clients, each with eight requests under way, write one group. A PATCH
// names what it adds, so none can undo another; a PUT names all members, so
// it needs If-Match.
func TestTwoClientsThatWriteOneGroupLoseNoMember(t *testing.T) {
	g := start(t, scimserver.Options{})
	const each = 60
	var users [2][]string
	for c := range users {
		for i := range each {
			users[c] = append(users[c], g.user(fmt.Sprintf("u%d.%d", c, i), ""))
		}
	}
	// The first sixteen reads wait for each other, so that sixteen PUTs carry
	// one ETag, fifteen of which must not be taken.
	var reads, conflicts atomic.Int32
	allHaveRead := make(chan struct{})
	open := sync.OnceFunc(func() { close(allHaveRead) })
	for name, join := range map[string]func(path, user string) error{
		"PATCH": func(path, user string) error {
			status, _, err := send(t, "PATCH", g.url+path, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","path":"members","value":[{"value":"`+user+`"}]}]}`, "")
			if status != http.StatusOK {
				return fmt.Errorf("%d %w", status, err)
			}
			return err
		},
		"PUT with If-Match": func(path, user string) error {
			for {
				_, read, err := send(t, "GET", g.url+path, "", "")
				if err != nil || reads.Add(1) == 16 {
					open()
				}
				if err != nil {
					return err
				}
				<-allHaveRead
				tag := read.header.Get("ETag")
				members := append(read.values("members"), user)
				status, _, err := send(t, "PUT", g.url+path, fmt.Sprintf(`{"schemas":[%q],"displayName":"Eng","members":%s}`, groupURN, memberList(members)), tag)
				switch {
				case err != nil:
					return err
				case status == http.StatusOK:
					return nil
				case status != http.StatusPreconditionFailed:
					return fmt.Errorf("%d", status)
				}
				conflicts.Add(1)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := "/Groups/" + g.group("Eng")
			var wg sync.WaitGroup
			for c := range users {
				work := make(chan string)
				for range 8 {
					wg.Go(func() {
						for user := range work {
							if err := join(path, user); err != nil {
								t.Error(err)
							}
						}
					})
				}
				wg.Go(func() {
					defer close(work)
					for _, user := range users[c] {
						work <- user
					}
				})
			}
			wg.Wait()
			if got := len(g.do("GET", path, "").want(200).values("members")); got != 2*each {
				t.Errorf("%d members, want %d", got, 2*each)
			}
		})
	}
	if got := conflicts.Load(); got < 15 {
		t.Errorf("412 was answered %d times, want 15 or more: sixteen PUTs had one ETag", got)
	}
}

// send is [rig.do] for a goroutine, which must not end the test.
func send(t *testing.T, method, url, body, ifMatch string) (int, answer, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		return 0, answer{}, err
	}
	if ifMatch != "" {
		r.Header.Set("If-Match", ifMatch)
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return 0, answer{}, err
	}
	defer resp.Body.Close()
	a := answer{t: t, what: method, status: resp.StatusCode, header: resp.Header}
	return resp.StatusCode, a, a.read(resp.Body)
}
