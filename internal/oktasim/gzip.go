package oktasim

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"
)

// compresses tells whether an answer goes out compressed: if the org is set so, and the
// client takes it.
func (o *Org) compresses(r *http.Request, body []byte) bool {
	o.mu.Lock()
	on := o.quirks.Gzip
	o.mu.Unlock()
	if !on || len(body) == 0 {
		return false
	}
	for _, line := range r.Header.Values("Accept-Encoding") {
		for offer := range strings.SplitSeq(line, ",") {
			coding, quality, _ := strings.Cut(strings.ReplaceAll(offer, " ", ""), ";")
			if coding == "gzip" || coding == "*" {
				return strings.Trim(strings.TrimPrefix(quality, "q="), "0.") != "" || quality == ""
			}
		}
	}
	return false
}

func compress(body []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(body) // into memory: never fails
	_ = z.Close()
	return b.Bytes()
}
