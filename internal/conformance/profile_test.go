package conformance_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/oktascim/oktascim/internal/conformance"
	"github.com/oktascim/oktascim/internal/scimserver"
	"github.com/oktascim/oktascim/internal/targetprofile"
)

// learning runs some scenarios one at a time, so that the first one to show a fact is
// always the same.
func learning(more ...string) func(*conformance.Options) {
	return func(o *conformance.Options) {
		only(append([]string{"users.lookup", "users.create", "users.deactivate", "users.import.2", "groups.push", "groups.rename", "groups.members.2", "groups.members.8", "groups.delete"}, more...)...)(o)
		o.Learn, o.Parallel, o.Modes = true, 1, []conformance.Mode{conformance.Catalog}
	}
}

// TestProfilesAreGolden learns four servers and compares with testdata/profile. -update
// writes them; the diff is the review.
func TestProfilesAreGolden(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, s := range suite(t).Scenarios() {
		known[s.ID] = true
	}
	for name, c := range map[string]struct {
		server http.Handler
		base   string
	}{
		"reference":            {guard(scimserver.New(scimserver.Options{}).Handler()), "/scim/v2"},
		"elimity":              {elimity(t), "/scim/v2"},
		"tiny-remove-ignored":  {newTiny("remove-ignored"), "/scim/v2"},
		"tiny-members-hidden":  {hidden(newTiny("")), "/scim/v2"},
		"tiny-picky-and-small": {picky(inhabited(newTiny(""))), "/scim/v2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report := replay(t, c.server, c.base, learning())
			p := report.Profile()
			if p.Learned == nil || !strings.Contains(p.Learned.By, "test") || !strings.HasPrefix(p.Learned.From, "http") {
				t.Errorf("learned from %+v", p.Learned)
			}
			for _, fact := range p.Known() {
				if !slices.ContainsFunc(slices.Collect(keys(p.Sources)), func(s string) bool { return s == fact || strings.HasPrefix(s, fact+".") }) {
					t.Errorf("%s has no source", fact)
				}
			}
			for fact, from := range p.Sources {
				id, _, _ := strings.Cut(from, " ")
				if from != "profile-out" && !strings.Contains(from, "/ServiceProviderConfig") && !strings.Contains(from, "429") && !known[id] {
					t.Errorf("the source of %s is %q", fact, from)
				}
			}
			p.Learned, p.Sources = nil, nil // the port and the day; ids of scenarios, which come and go
			var b strings.Builder
			if err := p.Write(&b); err != nil {
				t.Fatal(err)
			}
			file := "testdata/profile/" + name + ".yaml"
			if *update {
				if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil || string(want) != b.String() {
				t.Errorf("%s (%v): learned now:\n%s", file, err, b.String())
			}
			if left := report.Left(); len(left) > 0 && p.Users.Delete != targetprofile.NoDelete {
				t.Errorf("left on the server: %v", left)
			}
		})
	}
}

func keys(m map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// changed lets edit look at every JSON answer.
func changed(next http.Handler, edit func(r *http.Request, o map[string]any)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		var o map[string]any
		if json.Unmarshal(rec.Body.Bytes(), &o) == nil {
			edit(r, o)
			rec.Body.Reset()
			_ = json.NewEncoder(rec.Body).Encode(o)
		}
		for name, values := range rec.Header() {
			if name != "Content-Length" {
				w.Header()[name] = values
			}
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
	})
}

// inhabited has 25 people already.
func inhabited(next http.Handler) http.Handler {
	for i := range 25 {
		r := httptest.NewRequest(http.MethodPost, "/scim/v2/Users", strings.NewReader(fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"u%d@example.com"}`, i)))
		r.Header.Set("Authorization", "Bearer "+token)
		next.ServeHTTP(httptest.NewRecorder(), r)
	}
	return next
}

// hidden shows neither members nor locale; members as AWS IAM Identity Center does
// (docs.aws.amazon.com/singlesignon, "GetGroup").
func hidden(next http.Handler) http.Handler {
	return changed(next, func(r *http.Request, o map[string]any) {
		delete(o, "locale")
		if strings.Contains(r.URL.Path, "/Groups") {
			delete(o, "members")
			resources, _ := o["Resources"].([]any)
			for _, g := range resources {
				delete(g.(map[string]any), "members")
			}
		}
	})
}

// picky refuses people with a password, more than ten members at once and DELETE of
// people, cuts pages at ten, and answers 429 once.
func picky(next http.Handler) http.Handler {
	var calls atomic.Int32
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if calls.Add(1) == 20 {
			w.Header().Set("Retry-After", "0")
			scimserver.WriteError(w, http.StatusTooManyRequests, "", "slow down")
			return
		}
		body := peek(r)
		_, hasPassword := body["password"]
		operations, _ := body["Operations"].([]any)
		many := slices.ContainsFunc(operations, func(op any) bool {
			members, _ := op.(map[string]any)["value"].([]any)
			return len(members) > 10
		})
		switch {
		case r.Method == http.MethodPost && hasPassword:
			scimserver.WriteError(w, http.StatusBadRequest, "invalidValue", "password is not supported")
		case many:
			scimserver.WriteError(w, http.StatusBadRequest, "tooMany", "at most 10 members")
		case r.Method == http.MethodDelete && strings.Contains(r.URL.Path, "/Users/"):
			scimserver.WriteError(w, http.StatusMethodNotAllowed, "", "people are not deleted")
		default:
			if q := r.URL.Query(); len(q.Get("count")) > 2 {
				q.Set("count", "10")
				r.URL.RawQuery = q.Encode()
			}
			next.ServeHTTP(w, r)
		}
	})
}

// TestNothingIsLearnedFromARunThatSawNothing also holds for a read-only one.
func TestNothingIsLearnedFromWhatWasNotSeen(t *testing.T) {
	t.Parallel()
	report := replay(t, guard(scimserver.New(scimserver.Options{}).Handler()), "/scim/v2", func(o *conformance.Options) {
		only("connection.test.1")(o)
		o.Learn, o.ReadOnly = true, true
	})
	p := report.Profile()
	if got := strings.Join(p.Known(), " "); got != "bulk.maxOperations bulk.maxPayloadBytes bulk.offered lists.maxPage" {
		t.Errorf("a read-only run of one scenario on an empty server has learned %s", got)
	}
	if p.Patch != (targetprofile.Patch{}) {
		t.Errorf("patch forms out of nothing: %+v", p.Patch)
	}
}

// peek decodes the body of a request and leaves it readable.
func peek(r *http.Request) map[string]any {
	if r.Body == nil {
		return nil
	}
	b, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(b))
	var o map[string]any
	_ = json.Unmarshal(b, &o)
	return o
}
