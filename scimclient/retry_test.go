package scimclient_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/oktascim/oktascim/scimclient"
)

const (
	uniqueness = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"scimType":"uniqueness","detail":"taken","status":"409"}`
	raced      = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"try again","status":409}`
	conflict   = `{"detail":"Write Conflict on document"}`
)

// calls are one call of each kind; each tells the error.
func calls(c *scimclient.Client) map[string]func(context.Context) error {
	e := scimclient.At[scimclient.Object](c, "/Users")
	patch := func(op string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, _, err := e.Patch(ctx, "7", []scimclient.Operation{{Op: op, Path: "active", Value: true}})
			return err
		}
	}
	return map[string]func(context.Context) error{
		"GET":           func(ctx context.Context) error { _, err := e.Get(ctx, "7"); return err },
		"PUT":           func(ctx context.Context) error { _, err := e.Replace(ctx, "7", scimclient.Object{"a": 1}); return err },
		"DELETE":        func(ctx context.Context) error { return e.Delete(ctx, "7") },
		"POST":          func(ctx context.Context) error { _, err := e.Create(ctx, scimclient.Object{"a": 1}); return err },
		"PATCH replace": patch("Replace"),
		"PATCH add":     patch("add"),
	}
}

// TestWhatIsTriedAgain is the table of the package comment. Each server fails once and is
// good from then on: "again" means that the call succeeds with the second request.
func TestWhatIsTriedAgain(t *testing.T) {
	status := func(code int, body string) func(*testing.T, http.ResponseWriter) {
		return func(_ *testing.T, w http.ResponseWriter) { write(w, code, body) }
	}
	after := func(code int) func(*testing.T, http.ResponseWriter) {
		return func(_ *testing.T, w http.ResponseWriter) { w.Header().Set("Retry-After", "1"); write(w, code, "") }
	}
	const again, stop, maybe = "again", "stop", "stop, maybe processed"
	for _, f := range []struct {
		name  string
		fails func(*testing.T, http.ResponseWriter)
		want  map[string]string // by call, "" for those not named
	}{
		{"429", status(429, ""), map[string]string{"": again}},
		{"503 with Retry-After", after(503), map[string]string{"": again}},
		{"503", status(503, ""), map[string]string{"": again, "POST": maybe, "PATCH add": maybe}},
		{"502", status(502, ""), map[string]string{"": again, "POST": maybe, "PATCH add": maybe}},
		{"504", status(504, "<html>"), map[string]string{"": again, "POST": maybe, "PATCH add": maybe}},
		{"408", status(408, ""), map[string]string{"": again, "POST": maybe, "PATCH add": maybe}},
		{"dropped", drop2, map[string]string{"": again, "POST": maybe, "PATCH add": maybe}},
		{"cut", func(_ *testing.T, w http.ResponseWriter) { cut(w, 200, `{"id":"7"`) }, map[string]string{"": again, "POST": maybe, "PATCH add": maybe}},
		{"500", status(500, ""), map[string]string{"": maybe, "GET": stop}},
		{"501", status(501, ""), map[string]string{"": stop}},
		{"400", status(400, ""), map[string]string{"": stop}},
		{"404", status(404, ""), map[string]string{"": stop}},
		{"412", status(412, ""), map[string]string{"": stop}},
		{"409 uniqueness", status(409, uniqueness), map[string]string{"": stop}},
		{"409 lost race", status(409, raced), map[string]string{"": stop, "PUT": again, "PATCH replace": again, "PATCH add": again}},
		{"500 conflict", status(500, conflict), map[string]string{"": maybe, "GET": stop, "PUT": again, "PATCH replace": again, "PATCH add": again}},
		{"web page", status(200, "<html>"), map[string]string{"": maybe, "GET": stop}},
		{"error inside", status(200, uniqueness), map[string]string{"": maybe, "GET": stop}},
	} {
		for call := range calls(nil) {
			t.Run(f.name+"/"+call, func(t *testing.T) {
				n := 0
				s := serve(t, func(w http.ResponseWriter, r *http.Request) {
					if n++; n == 1 {
						f.fails(t, w)
						return
					}
					if r.Method == http.MethodDelete {
						w.WriteHeader(http.StatusNoContent)
						return
					}
					write(w, 200, `{"id":"7"}`)
				})
				c := client(t, s)
				err := calls(c)[call](t.Context())
				want, ok := f.want[call]
				if !ok {
					want = f.want[""]
				}
				got := again
				switch {
				case scimclient.MaybeProcessed(err):
					got = maybe
				case err != nil:
					got = stop
				}
				requests := map[bool]int{true: 2, false: 1}[want == again]
				if got != want || len(s.asked()) != requests || c.Requests() != int64(requests) {
					t.Errorf("%s after %v (counted %d): %v\nwant %s", got, s.asked(), c.Requests(), err, want)
				}
				if requests == 2 && s.bodies()[0] != s.bodies()[1] {
					t.Errorf("the second body differs: %q", s.bodies())
				}
			})
		}
	}
}

func drop2(t *testing.T, w http.ResponseWriter) { t.Helper(); drop(t, w) }

func TestAPostIsTriedAgainWhileNothingListens(t *testing.T) {
	s := serve(t, func(http.ResponseWriter, *http.Request) {})
	s.Close()
	clock := newClock()
	c := client(t, s, func(o *scimclient.Options) { o.Clock = clock })
	_, err := scimclient.Users(c).Create(t.Context(), scimclient.User{UserName: "a"})
	e, ok := errors.AsType[*scimclient.Error](err)
	if !ok || e.Attempts != 5 || scimclient.MaybeProcessed(err) {
		t.Errorf("%v, want 5 tries and nothing processed", err)
	}
	if diff := cmp.Diff([]time.Duration{750 * time.Millisecond, 1500 * time.Millisecond, 3 * time.Second, 6 * time.Second}, clock.waited()); diff != "" {
		t.Error(diff)
	}
}

func TestAPostWithoutAnAnswerInTimeIsSentOnce(t *testing.T) {
	block := make(chan struct{})
	s := serve(t, func(http.ResponseWriter, *http.Request) { <-block })
	t.Cleanup(func() { close(block) })
	c := client(t, s, func(o *scimclient.Options) { o.Timeout = 20 * time.Millisecond })
	_, err := scimclient.Users(c).Create(t.Context(), scimclient.User{UserName: "a"})
	if !scimclient.MaybeProcessed(err) || len(s.asked()) > 1 || !strings.Contains(err.Error(), "no whole answer within 20ms") {
		t.Errorf("%v after %v", err, s.asked())
	}
}

func TestACancelledPostMayBeProcessed(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	block := make(chan struct{})
	s := serve(t, func(http.ResponseWriter, *http.Request) { cancel(); <-block })
	t.Cleanup(func() { close(block) })
	_, err := scimclient.Users(client(t, s)).Create(ctx, scimclient.User{UserName: "a"})
	if !scimclient.MaybeProcessed(err) || !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestWaitsAreOktas(t *testing.T) {
	for _, test := range []struct {
		name   string
		header []string // Retry-After of the first answers
		want   []time.Duration
	}{
		{"whole seconds", []string{"7"}, []time.Duration{7 * time.Second}},
		{"each later wait doubles", []string{"2", "2", "2"}, []time.Duration{2 * time.Second, 4 * time.Second, 8 * time.Second}},
		{"a date", []string{"Wed, 21 Oct 2026 07:28:00 GMT"}, []time.Duration{5 * time.Minute}},
		{"a fraction", []string{"1.5"}, []time.Duration{5 * time.Minute}},
		{"less than nothing", []string{"-1"}, []time.Duration{5 * time.Minute}},
		{"none", []string{""}, []time.Duration{5 * time.Minute}},
	} {
		t.Run(test.name, func(t *testing.T) {
			n := 0
			s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				if n++; n <= len(test.header) {
					w.Header().Set("Retry-After", test.header[n-1])
					write(w, 429, "")
					return
				}
				write(w, 201, `{"id":"7"}`)
			})
			clock := newClock()
			c := client(t, s, func(o *scimclient.Options) { o.Clock = clock })
			if _, err := scimclient.Users(c).Create(t.Context(), scimclient.User{}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, clock.waited()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestThrottlingUsesUpTenTriesAndNoOthers(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Retry-After", "0"); write(w, 429, "") })
	c := client(t, s, func(o *scimclient.Options) { o.Retries = -1 })
	_, err := scimclient.Users(c).Get(t.Context(), "7")
	if e, ok := errors.AsType[*scimclient.Error](err); !ok || e.Attempts != 10 || e.Status != 429 || len(s.asked()) != 10 {
		t.Error(err, len(s.asked()))
	}
}

func TestAWaitIsNotBegunThatTheDeadlineWouldCut(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { write(w, 429, "") })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err := scimclient.Users(client(t, s)).Get(ctx, "7")
	e, ok := errors.AsType[*scimclient.Error](err)
	if !ok || e.Status != 429 || !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "next try would be in 5m0s") {
		t.Error(err)
	}
}

func TestAServerThatAsksForAnHourIsAnErrorAtOnce(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Retry-After", "3600"); write(w, 503, "") })
	_, err := scimclient.Users(client(t, s)).Create(t.Context(), scimclient.User{})
	if err == nil || len(s.asked()) != 1 || scimclient.MaybeProcessed(err) || !strings.Contains(err.Error(), "asks to wait 1h0m0s") {
		t.Error(err, s.asked())
	}
}

func TestADeleteThatWasLostAndThenFindsNothingIsDone(t *testing.T) {
	n := 0
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if n++; n == 1 {
			drop(t, w)
			return
		}
		write(w, 404, "")
	})
	if err := scimclient.Users(client(t, s)).Delete(t.Context(), "7"); err != nil {
		t.Error(err)
	}
	if err := scimclient.Users(client(t, s)).Delete(t.Context(), "7"); !scimclient.IsNotFound(err) {
		t.Errorf("%v, want not found", err)
	}
}

func TestOnceIsOnce(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { write(w, 429, "") })
	_, err := scimclient.Users(client(t, s)).Get(t.Context(), "7", scimclient.Once())
	if err == nil || len(s.asked()) != 1 {
		t.Error(err, s.asked())
	}
}

func TestOnlyA409ThatMeansTakenIsAConflict(t *testing.T) {
	for body, want := range map[string]string{uniqueness: "PATCH POST", raced: "POST"} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) { write(w, 409, body) })
		c := client(t, s)
		var got []string
		for _, call := range []string{"PATCH add", "POST"} {
			if scimclient.IsConflict(calls(c)[call](t.Context())) {
				got = append(got, strings.Fields(call)[0])
			}
		}
		if fmt.Sprint(got) != "["+want+"]" {
			t.Errorf("%s: %v, want %s", body, got, want)
		}
	}
}

// Some servers take exactly one of the two media types.
func TestABodyThatIsRefusedAsSCIMIsSentAsJSONFromThenOn(t *testing.T) {
	var types []string
	r := serve(t, func(w http.ResponseWriter, req *http.Request) {
		types = append(types, req.Header.Get("Content-Type"))
		if req.Header.Get("Content-Type") != "application/json" {
			w.WriteHeader(http.StatusUnsupportedMediaType)
			return
		}
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"1","userName":"ada"}`)
	})
	users := scimclient.At[scimclient.Object](client(t, r), "/Users")
	for range 2 {
		if _, err := users.Create(t.Context(), map[string]any{"userName": "ada"}); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"application/scim+json; charset=utf-8", "application/json", "application/json"}; !slices.Equal(types, want) {
		t.Errorf("sent as %q, want %q", types, want)
	}
}

func TestABodyThatIsRefusedInEveryTypeIsRefused(t *testing.T) {
	r := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnsupportedMediaType) })
	users := scimclient.At[scimclient.Object](client(t, r), "/Users")
	if _, err := users.Create(t.Context(), map[string]any{"userName": "ada"}); err == nil || len(r.asked()) != 2 {
		t.Errorf("%d requests, error %v", len(r.asked()), err)
	}
}
