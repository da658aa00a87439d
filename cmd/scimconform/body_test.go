package main

import (
	"bytes"
	"io"
	"net/http"
)

// copyBody copies the body of a request into w and leaves it readable.
func copyBody(w io.Writer, r *http.Request) (int64, error) {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return 0, err
	}
	r.Body = io.NopCloser(bytes.NewReader(b))
	return io.Copy(w, bytes.NewReader(b))
}
