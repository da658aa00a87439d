package main

import (
	"context"
	"net/http"
	"testing"
)

func TestTheSandboxSpeaksHTTP1AndHTTP2(t *testing.T) {
	l, err := listen(t.Context(), "addr", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := site{listener: l, handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Header().Set("X-Proto", r.Proto) })}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- serve(ctx, s) }()
	for _, c := range []struct {
		http2 bool
		want  string
	}{{false, "HTTP/1.1"}, {true, "HTTP/2.0"}} {
		var p http.Protocols
		p.SetHTTP1(!c.http2)
		p.SetUnencryptedHTTP2(c.http2)
		transport := &http.Transport{Protocols: &p}
		res, err := (&http.Client{Transport: transport}).Get(s.url())
		if err != nil {
			t.Fatal(err)
		}
		if got := res.Header.Get("X-Proto"); got != c.want {
			t.Errorf("served over %q, want %q", got, c.want)
		}
		if err := res.Body.Close(); err != nil {
			t.Error(err)
		}
		transport.CloseIdleConnections()
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
