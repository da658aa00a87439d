package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// auditBudget stands around the transport of an audit's target. It lets so many requests
// through and no more, and keeps the answers in a folder, so that the next audit goes on
// where this one has stopped. It is for reading alone.
type auditBudget struct {
	next http.RoundTripper
	// most is how many requests may be sent; 0 is any number.
	most int
	// dir keeps answers; empty keeps none. They hold names and addresses, no secrets of
	// ours: requests are not kept.
	dir string
	now func() time.Time

	mu     sync.Mutex
	sent   int
	refuse bool
}

// freshFor is how long an answer that was kept counts: an audit that takes longer than a
// day compares what never was at one time.
const freshFor = 24 * time.Hour

// keptAnswer is an answer as a file.
type keptAnswer struct {
	At     time.Time   `json:"at"`
	URL    string      `json:"url"`
	Header http.Header `json:"header"`
	Body   []byte      `json:"body"`
}

// usedUp reports whether a request was not sent for want of budget, and how many were.
func (b *auditBudget) usedUp() (refused bool, sent int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.refuse, b.sent
}

// RoundTrip answers from the folder, sends, or says that the budget is used up: as an
// answer that no client tries again.
func (b *auditBudget) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method != http.MethodGet {
		return nil, fmt.Errorf("an audit only reads, and does not send %s", req.Method)
	}
	file := b.file(req)
	if kept, ok := b.load(file); ok {
		return answerOf(req, http.StatusOK, kept.Header, kept.Body), nil
	}
	b.mu.Lock()
	if b.most > 0 && b.sent >= b.most {
		b.refuse = true
		b.mu.Unlock()
		body := fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"507","detail":"the %d requests of this audit are used up"}`, b.most)
		return answerOf(req, http.StatusInsufficientStorage, http.Header{"Content-Type": {"application/scim+json"}}, []byte(body)), nil
	}
	b.sent++
	b.mu.Unlock()
	resp, err := b.next.RoundTrip(req)
	if err != nil || resp.StatusCode != http.StatusOK || file == "" {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return nil, err
	}
	header := http.Header{}
	for _, name := range []string{"Content-Type", "Content-Encoding", "Etag"} {
		if v := resp.Header.Values(name); len(v) > 0 {
			header[name] = v
		}
	}
	if err := b.keep(file, keptAnswer{At: b.now().UTC(), URL: req.URL.String(), Header: header, Body: body}); err != nil {
		return nil, err
	}
	return answerOf(req, http.StatusOK, resp.Header, body), nil
}

func answerOf(req *http.Request, status int, header http.Header, body []byte) *http.Response {
	header = header.Clone()
	header.Del("Content-Length")
	return &http.Response{
		Status: fmt.Sprintf("%d %s", status, http.StatusText(status)), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: req,
	}
}

// file is where the answer to a request is kept.
func (b *auditBudget) file(req *http.Request) string {
	if b.dir == "" {
		return ""
	}
	h := sha256.Sum256([]byte(req.URL.String()))
	return filepath.Join(b.dir, hex.EncodeToString(h[:16])+".json")
}

// load returns an answer that is kept and not too old; one that cannot be read is asked
// for again.
func (b *auditBudget) load(file string) (keptAnswer, bool) {
	var k keptAnswer
	if file == "" {
		return k, false
	}
	text, err := os.ReadFile(file)
	if err != nil || json.Unmarshal(text, &k) != nil {
		return k, false
	}
	return k, b.now().Sub(k.At) < freshFor
}

// keep writes an answer for its owner alone, at once or not at all.
func (b *auditBudget) keep(file string, k keptAnswer) error {
	text, err := json.Marshal(k)
	if err != nil {
		return fmt.Errorf("keeping an answer: %w", err)
	}
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return fmt.Errorf("keeping an answer: %w", err)
	}
	tmp := file + ".tmp"
	if err := os.WriteFile(tmp, text, 0o600); err != nil {
		return fmt.Errorf("keeping an answer: %w", err)
	}
	if err := os.Rename(tmp, file); err != nil {
		return fmt.Errorf("keeping an answer: %w", err)
	}
	return nil
}

// done removes what was kept, when the audit has read everything. Only files of ours are.
func (b *auditBudget) done() error {
	if b.dir == "" {
		return nil
	}
	files, err := filepath.Glob(filepath.Join(b.dir, "????????????????????????????????.json"))
	if err != nil {
		return fmt.Errorf("removing what was kept: %w", err)
	}
	var errs []error
	for _, f := range files {
		errs = append(errs, os.Remove(f))
	}
	_ = os.Remove(b.dir) // stays when somebody else has put something into it
	return errors.Join(errs...)
}
