package conformance_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/oktascim/oktascim/internal/conformance"
)

// Two captures of Okta's traffic (obot's run-001, a catalogue app, and run-003, an app
// from the wizard) are the best evidence of what Okta sends. testdata/captures.txt holds
// the shape of each of their requests: method, path, parameters, and the members of the
// body with the types of their values. The test finds every one of them among the requests
// that the tester sends. With SCIMCONFORM_OKTA_TRACES=FOLDER, where the captures
// themselves are, it also compares the file with them.
const captures = "testdata/captures.txt"

// shapeOf writes a value by its structure: names sorted, values by type.
func shapeOf(v any) string {
	switch v := v.(type) {
	case map[string]any:
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		slices.Sort(names)
		for i, name := range names {
			names[i] = name + ":" + shapeOf(v[name])
		}
		return "{" + strings.Join(names, ",") + "}"
	case []any:
		var kinds []string
		for _, x := range v {
			if s := shapeOf(x); !slices.Contains(kinds, s) {
				kinds = append(kinds, s)
			}
		}
		slices.Sort(kinds)
		return "[" + strings.Join(kinds, "|") + "]"
	case string:
		return "text"
	case bool:
		return fmt.Sprint(v)
	case nil:
		return "null"
	}
	return "number"
}

// requestShape is a request in one line. What a PUT echoes of the server's own is left
// out: meta, the server's groups, what it writes about members, and attributes that only
// the server of the capture had.
func requestShape(method, path, query string, body any) string {
	path = regexp.MustCompile(`^/(Users|Groups)/[^/]+$`).ReplaceAllString(path, "/$1/{id}")
	var names []string
	for part := range strings.SplitSeq(query, "&") {
		if name, value, _ := strings.Cut(part, "="); name != "" {
			if name == "filter" {
				value = strings.Fields(strings.ReplaceAll(strings.ReplaceAll(value, "+", " "), "%20", " "))[0] + " eq"
			}
			names = append(names, name+"="+value)
		}
	}
	line := method + " " + path
	if len(names) > 0 {
		line += "?" + strings.Join(names, "&")
	}
	o, isObject := body.(map[string]any)
	if !isObject {
		return line
	}
	if method == http.MethodPut {
		delete(o, "meta")
		if name, _ := o["name"].(map[string]any); name != nil {
			delete(name, "formatted")
		}
		for _, list := range []string{"groups", "members"} {
			l, isList := o[list].([]any)
			if _, has := o[list]; has && (len(l) > 0 || !isList) { // the captures say "as read"
				o[list] = []any{"some"}
			}
		}
	}
	return line + " " + shapeOf(o)
}

// sentShapes are the shapes of all that the tester sends in a mode.
func sentShapes(t *testing.T, mode conformance.Mode) map[string]bool {
	t.Helper()
	var mu sync.Mutex
	shapes := map[string]bool{}
	inner := newTiny("")
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(text))
		if err == nil && strings.HasPrefix(r.URL.Path, "/scim/v2/") {
			var body any
			_ = json.Unmarshal(text, &body) // what is no JSON is no request of Okta's
			mu.Lock()
			shapes[requestShape(r.Method, strings.TrimPrefix(r.URL.Path, "/scim/v2"), r.URL.RawQuery, body)] = true
			mu.Unlock()
		}
		inner.ServeHTTP(w, r)
	})
	replay(t, h, "/scim/v2", func(o *conformance.Options) {
		o.Modes = []conformance.Mode{mode}
		o.Only = []string{"connection", "users.life", "users.update", "groups.push", "groups.link", "groups.members", "groups.life", "groups.rename", "groups.delete", "groups.import.1"}
	})
	return shapes
}

func TestEveryRequestOfTheCapturesIsReplayedInItsShape(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(captures)
	if err != nil {
		t.Fatal(err)
	}
	sent := map[string]map[string]bool{}
	n := 0
	for line := range strings.SplitSeq(string(text), "\n") {
		mode, shape, ok := strings.Cut(line, " ")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		if sent[mode] == nil {
			sent[mode] = sentShapes(t, conformance.Mode(mode))
		}
		if n++; !sent[mode][shape] {
			t.Errorf("the tester never sends, in mode %s:\n  %s", mode, shape)
		}
	}
	if n < 20 {
		t.Errorf("%d shapes in %s, want those of two captures", n, captures)
	}
}

func TestTheShapesAreThoseOfTheCaptures(t *testing.T) {
	dir := os.Getenv("SCIMCONFORM_OKTA_TRACES")
	if dir == "" {
		t.Skip("SCIMCONFORM_OKTA_TRACES does not say where the captures are")
	}
	var lines []string
	for mode, file := range map[string]string{"catalog": "okta-catalog-test-app.trace.json", "wizard": "okta-aiw.trace.json"} {
		text, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		var trace struct {
			Steps []struct {
				Method, Path, Query string
				Body                any
			}
		}
		if err := json.Unmarshal(text, &trace); err != nil {
			t.Fatal(err)
		}
		for _, s := range trace.Steps {
			lines = append(lines, mode+" "+requestShape(s.Method, strings.ReplaceAll(s.Path, "{gid}", "{id}"), s.Query, s.Body))
		}
	}
	slices.Sort(lines)
	want := "# The shape of each request of two captures of Okta's traffic, once: see captures_test.go.\n" +
		strings.Join(slices.Compact(lines), "\n") + "\n"
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(captures, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if have, err := os.ReadFile(captures); err != nil || string(have) != want {
		t.Errorf("%s is not what the captures hold (%v)", captures, err)
	}
}
