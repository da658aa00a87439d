package scimclient_test

import (
	"bytes"
	"io"
	"net/http"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/oktascim/oktascim/scimclient"
)

// FuzzDecodeList lets a server answer every page with the same bytes. Whatever they are,
// the list ends, yields each id once, and is complete only without an error.
func FuzzDecodeList(f *testing.F) {
	f.Add([]byte(list(2, people(1, 2))))
	f.Add([]byte(list(0, nil)))
	f.Add([]byte(`{` + listSchemas + `,"totalResults":0}`))
	f.Add([]byte(`{"totalresults":1e3,"resources":[{"ID":"a"},{"id":"a","Id":"b"},null]}`))
	f.Add([]byte(uniqueness))
	f.Add([]byte(`<html>`))
	f.Add([]byte(`{"totalResults":9007199254740993,"Resources":[` + ada + `]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		answers := roundTripper(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body))}, nil
		})
		c, err := scimclient.New(scimclient.Options{BaseURL: "https://h", Transport: answers})
		if err != nil {
			t.Fatal(err)
		}
		ids, stats, err := collect(t.Context(), scimclient.At[scimclient.Object](c, "/Users"), scimclient.Query{})
		seen := map[string]bool{}
		for _, id := range ids {
			if id == "" || seen[id] {
				t.Fatalf("id %q is empty or came twice", id)
			}
			seen[id] = true
		}
		if c.Requests() > 2 || stats.Distinct != len(seen) {
			t.Fatalf("%d requests, %+v for %d ids", c.Requests(), stats, len(seen))
		}
		if stats.Complete() && (err != nil || stats.Total > len(seen)) {
			t.Fatalf("complete with %v, %+v", err, stats)
		}
		// A typed reading may refuse more and never finds others.
		l := scimclient.Users(c).List(t.Context(), scimclient.Query{})
		for u, err := range l.All() {
			if err != nil {
				return
			}
			if !seen[u.ID] {
				t.Fatalf("typed id %q", u.ID)
			}
			if _, err := json.Marshal(u, json.DefaultOptionsV2()); err != nil {
				t.Fatalf("a user that was read cannot be written: %v", err)
			}
		}
	})
}

// FuzzQuote checks that a quoted value is one JSON string, which is what the filter
// grammar asks for, and means the same.
func FuzzQuote(f *testing.F) {
	f.Add(`a"b\`)
	f.Add("\x00\xff")
	f.Fuzz(func(t *testing.T, s string) {
		var back string
		if err := json.Unmarshal([]byte(scimclient.Quote(s)), &back); err != nil || back != string([]rune(s)) {
			t.Fatalf("%q: %q, %v", s, back, err)
		}
	})
}
