package scimclient_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/oktascim/oktascim/scimclient"
)

func TestPackedAnswersAreRead(t *testing.T) {
	const body = `{"id":"7"}`
	for name, pack := range map[string]func(io.Writer) io.WriteCloser{
		"gzip":          func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
		"deflate":       func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) },
		"deflate, bare": func(w io.Writer) io.WriteCloser { f, _ := flate.NewWriter(w, 9); return f },
	} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", strings.TrimSuffix(name, ", bare"))
			p := pack(w)
			_, _ = io.WriteString(p, body)
			p.Close()
		})
		if _, err := scimclient.Users(client(t, s)).Get(t.Context(), "7"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "br")
		write(w, 200, body)
	})
	if _, err := scimclient.Users(client(t, s)).Get(t.Context(), "7"); err == nil || !strings.Contains(err.Error(), `"br"`) {
		t.Error(err)
	}
}

func TestAnAnswerAboveTheLimitIsRefusedOnce(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	_, _ = z.Write(make([]byte, 1<<20))
	z.Close()
	for name, h := range map[string]http.HandlerFunc{
		"plain": func(w http.ResponseWriter, _ *http.Request) { write(w, 200, strings.Repeat(" ", 2000)) },
		"packed": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			write(w, 200, bomb.String())
		},
	} {
		s := serve(t, h)
		c := client(t, s, func(o *scimclient.Options) { o.MaxBodyBytes = 1000 })
		if _, err := scimclient.Users(c).Get(t.Context(), "7"); !errors.Is(err, scimclient.ErrTooLarge) || len(s.asked()) != 1 {
			t.Errorf("%s: %v after %d requests", name, err, len(s.asked()))
		}
		if _, err := scimclient.Users(c).Create(t.Context(), scimclient.User{}); !errors.Is(err, scimclient.ErrTooLarge) || !scimclient.MaybeProcessed(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestARedirectElsewhereIsNotFollowed(t *testing.T) {
	other := serve(t, func(w http.ResponseWriter, _ *http.Request) { write(w, 200, `{"id":"7"}`) })
	for _, code := range []int{301, 302, 303, 307, 308} {
		s := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL+"/x?token=sekret", code) })
		c := client(t, s)
		_, err := scimclient.Users(c).Get(t.Context(), "7")
		if !errors.Is(err, scimclient.ErrRedirect) || !strings.Contains(err.Error(), "redirected to "+other.URL+"/x, and not followed") || strings.Contains(err.Error(), "sekret") {
			t.Errorf("%d: %v", code, err)
		}
		if _, err := scimclient.Users(c).Create(t.Context(), scimclient.User{}); !errors.Is(err, scimclient.ErrRedirect) || scimclient.MaybeProcessed(err) {
			t.Errorf("%d: %v", code, err)
		}
	}
	if len(other.asked()) != 0 {
		t.Errorf("the other host was asked: %v", other.asked())
	}
}

func TestARedirectAtHomeIsFollowedIfTheRequestStaysTheSame(t *testing.T) {
	for code, ok := range map[int]bool{302: false, 303: false, 307: true, 308: true} {
		var auth string
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/Users") {
				http.Redirect(w, r, r.URL.Path+"/", code)
				return
			}
			auth = r.Header.Get("Authorization")
			write(w, 201, `{"id":"7"}`)
		})
		_, err := scimclient.Users(client(t, s)).Create(t.Context(), scimclient.User{UserName: "a"})
		if ok != (err == nil) {
			t.Errorf("%d: %v", code, err)
		}
		if b := s.bodies(); ok && (len(b) != 2 || b[0] != b[1] || auth != "Bearer tok-123456") || !ok && len(b) != 1 {
			t.Errorf("%d: %q %q", code, b, auth)
		}
	}
	loop := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Path+"/", http.StatusTemporaryRedirect)
	})
	if _, err := scimclient.Users(client(t, loop)).Get(t.Context(), "7"); !errors.Is(err, scimclient.ErrRedirect) || len(loop.asked()) > 5 {
		t.Error(err, loop.asked())
	}
}

func TestUserAgentAndContentTypeCanBeOthers(t *testing.T) {
	var h http.Header
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { h = r.Header.Clone(); write(w, 201, `{"id":"7"}`) })
	c := client(t, s, func(o *scimclient.Options) { o.UserAgent, o.ContentType = "mine/1", "application/json" })
	if _, err := scimclient.Users(c).Create(t.Context(), scimclient.User{}); err != nil || h.Get("User-Agent") != "mine/1" || h.Get("Content-Type") != "application/json" {
		t.Error(err, h)
	}
}
