package faults_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/oktascim/oktascim/internal/scimserver"
	"github.com/oktascim/oktascim/internal/scimserver/faults"
)

const base = "/scim/v2"

func reference() http.Handler { return scimserver.New(scimserver.Options{}).Handler() }

func wrap(t *testing.T, ids ...string) http.Handler {
	t.Helper()
	h, err := faults.Wrap(reference(), ids...)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// call makes one request and returns status and body.
func call(t *testing.T, h http.Handler, method, path, body string) (int, string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, base+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/scim+json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func addUser(t *testing.T, h http.Handler, name string) string {
	t.Helper()
	status, body := call(t, h, "POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"`+name+`","active":true}`)
	id := regexp.MustCompile(`"id":"([^"]+)"`).FindStringSubmatch(body)
	if status != http.StatusCreated || id == nil {
		t.Fatalf("creating %s: %d %s", name, status, body)
	}
	return id[1]
}

func TestEveryFaultSaysWhatItIs(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^[a-z]+\.[a-z0-9-]+$`)
	seen, titles := map[string]bool{}, map[string]bool{}
	for _, f := range faults.All() {
		switch {
		case !form.MatchString(f.ID):
			t.Errorf("%q: an id is a subject, a dot, and what is wrong", f.ID)
		case seen[f.ID]:
			t.Errorf("%s: two faults have this id", f.ID)
		case titles[f.Title]:
			t.Errorf("%s: two faults have the title %q", f.ID, f.Title)
		case f.Title == "" || f.Source == "":
			t.Errorf("%s: title or source is missing", f.ID)
		case !slices.Contains(faults.Flows(), f.Flow):
			t.Errorf("%s: there is no flow %q", f.ID, f.Flow)
		case strings.HasSuffix(f.Title, "."):
			t.Errorf("%s: a title has no full stop", f.ID)
		}
		seen[f.ID], titles[f.Title] = true, true
	}
}

func TestAnUnknownFaultIsRefusedWithTheNearestOnes(t *testing.T) {
	t.Parallel()
	_, err := faults.Wrap(reference(), "list.bare-aray")
	if err == nil || !strings.Contains(err.Error(), `did you mean list.bare-array`) {
		t.Errorf("got %v", err)
	}
	if _, err = faults.Wrap(reference(), "zzz"); err == nil || strings.Contains(err.Error(), "mean") {
		t.Errorf("got %v", err)
	}
}

// TestAFaultTouchesOnlyWhatItIsAbout: a request that no step is about passes as it
// came, byte by byte. A header that nobody knows and a path below no endpoint are
// of no interest to any fault but those of every answer.
func TestAFaultTouchesOnlyWhatItIsAbout(t *testing.T) {
	t.Parallel()
	_, want := call(t, reference(), "GET", "/Users?count=3&startIndex=1", "")
	h := wrap(t, "group.delete-405", "members.lost-updates", "bulk.404", "create.client-id", "user.get-stale", "user.id-in-lower-case")
	if _, got := call(t, h, "GET", "/Users?count=3&startIndex=1", ""); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	addUser(t, h, `Ren\u00e9 \"x\" <&>`)
	if _, got := call(t, h, "GET", `/Users?filter=userName%20eq%20%22ren%C3%A9%20%5C%22x%5C%22%20%3C%26%3E%22`, ""); !strings.Contains(got, `"totalResults":1`) {
		t.Errorf("the filter came through as something else: %s", got)
	}
}

func TestNoFaultFailsOnOddRequests(t *testing.T) {
	t.Parallel()
	server := reference()
	for _, f := range faults.All() {
		t.Run(f.ID, func(t *testing.T) {
			t.Parallel()
			h, err := faults.Wrap(server, f.ID)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel() // those that wait give up at once
			for _, path := range []string{"", "/Users", "/Users/1", "/Groups?filter=%22", "/Groups/a%2Fb", "/Schemas/x"} {
				for _, method := range []string{"GET", "DELETE", "HEAD"} {
					survive(t, ctx, h, method, base+path, "")
				}
			}
			for _, path := range []string{"/Users", "/Users/1", "/Groups", "/Groups/1", "/Bulk", "/.search"} {
				for _, body := range []string{"null", `{"Operations":[1,{}],"members":{},"emails":[null],"name":3}`, `{"Operations":[{"op":"add","path":3,"value":[]},{"op":"replace","value":{"members":[3]}}]}`} {
					for _, method := range []string{"POST", "PUT", "PATCH"} {
						survive(t, ctx, h, method, base+path, body)
					}
				}
			}
		})
	}
}

// survive makes a request that may be given up, but must not crash.
func survive(t *testing.T, ctx context.Context, h http.Handler, method, path, body string) {
	t.Helper()
	defer func() {
		if p := recover(); p != nil && p != http.ErrAbortHandler { //nolint:errorlint // a panic with this very value
			t.Errorf("%s %s %s: %v", method, path, body, p)
		}
	}()
	r := httptest.NewRequestWithContext(ctx, method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/scim+json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	_, _ = io.Copy(io.Discard, w.Body)
}

func TestAFaultThatRemembersStartsAnewWithEachServer(t *testing.T) {
	t.Parallel()
	first, second := wrap(t, "group.delete-keeps-name"), wrap(t, "group.delete-keeps-name")
	const group = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"A"}`
	_, body := call(t, first, "POST", "/Groups", group)
	id := regexp.MustCompile(`"id":"([^"]+)"`).FindStringSubmatch(body)[1]
	if status, _ := call(t, first, "DELETE", "/Groups/"+id, ""); status != http.StatusNoContent {
		t.Fatalf("status %d", status)
	}
	if status, _ := call(t, first, "POST", "/Groups", group); status != http.StatusConflict {
		t.Errorf("the fault is not there: status %d", status)
	}
	if status, _ := call(t, second, "POST", "/Groups", group); status != http.StatusCreated {
		t.Errorf("the other server knows of it: status %d", status)
	}
}

func TestTwoFaultsCanBeOnAtOnce(t *testing.T) {
	t.Parallel()
	h := wrap(t, "create.status-200", "user.given-name-missing")
	status, body := call(t, h, "POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ada","name":{"givenName":"Ada","familyName":"Lovelace"}}`)
	if status != http.StatusOK || strings.Contains(body, "givenName") || !strings.Contains(body, "familyName") {
		t.Errorf("%d %s", status, body)
	}
}

func TestAFaultThatHangsEndsWithTheRequest(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(wrap(t, "wire.hangs-on-lookup"))
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+base+"/Users?filter=userName+eq+%22a%22", nil)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		resp, err := http.DefaultClient.Do(r)
		if err == nil {
			resp.Body.Close()
		}
		done <- err
	}()
	cancel()
	if err := <-done; err == nil {
		t.Error("it answered")
	}
	server.Close() // waits for all requests
}
