package scimclient_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/oktascim/oktascim/scimclient"
)

// BenchmarkListPage reads one page of 100 users of about 700 bytes, without a network.
func BenchmarkListPage(b *testing.B) {
	usual := strings.NewReplacer("12345678901234567890", "1234", "9007199254740993", "17").Replace(ada)
	var users []string
	for _, p := range people(1, 100) {
		id, _, _ := strings.Cut(strings.TrimPrefix(p, `{"id":"`), `"`)
		users = append(users, strings.Replace(usual, `"id":"7"`, `"id":"`+id+`"`, 1))
	}
	page := []byte(list(100, users))
	answers := roundTripper(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(page))}, nil
	})
	c, err := scimclient.New(scimclient.Options{BaseURL: "https://h", Transport: answers})
	if err != nil {
		b.Fatal(err)
	}
	query := scimclient.Query{Filter: "x pr"} // one page
	b.Run("Object", func(b *testing.B) {
		b.SetBytes(int64(len(page)))
		b.ReportAllocs()
		for b.Loop() {
			if ids, _, err := collect(b.Context(), scimclient.At[scimclient.Object](c, "/Users"), query); err != nil || len(ids) != 100 {
				b.Fatal(len(ids), err)
			}
		}
	})
	b.Run("User", func(b *testing.B) {
		b.SetBytes(int64(len(page)))
		b.ReportAllocs()
		for b.Loop() {
			n := 0
			for _, err := range scimclient.Users(c).List(b.Context(), query).All() {
				if err != nil {
					b.Fatal(err)
				}
				n++
			}
			if n != 100 {
				b.Fatal(n)
			}
		}
	})
}
