package scimserver_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/oktascim/oktascim/internal/scimserver"
)

func TestAClientThatDoesNotSendItsBodyIsCut(t *testing.T) {
	g := start(t, scimserver.Options{BodyTimeout: 20 * time.Millisecond})
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimSuffix(strings.TrimPrefix(g.url, "http://"), "/scim/v2"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\nContent-Type: application/scim+json\r\nContent-Length: 100\r\n\r\n{")
	in := bufio.NewReader(conn)
	resp, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusRequestTimeout || !resp.Close {
		t.Errorf("%d, close %v", resp.StatusCode, resp.Close)
	}
	_, _ = io.Copy(io.Discard, in) // comes back when the connection has ended
	// Others are served, also more than one request on a connection.
	for range 3 {
		g.do("GET", "/Users", "").want(200)
	}
}

func TestAClientThatDoesNotReadItsAnswerIsCut(t *testing.T) {
	g := start(t, scimserver.Options{BodyTimeout: 10 * time.Millisecond, AnswerTimeout: 10 * time.Millisecond, MaxPage: 1000})
	head := `"title":"` + strings.Repeat("x", 100_000) + `"`
	for i := range 200 {
		if _, err := g.srv.Create("User", fmt.Appendf(nil, `{"schemas":[%q],"userName":"u%d",%s}`, userURN, i, head)); err != nil {
			t.Fatal(err)
		}
	}
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimSuffix(strings.TrimPrefix(g.url, "http://"), "/scim/v2"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "GET /scim/v2/Users?count=1000 HTTP/1.1\r\nHost: x\r\n\r\n")
	<-time.After(100 * time.Millisecond) // ten times as long as it has
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return // cut before the header was out
	}
	defer resp.Body.Close()
	var n int64
	buf := make([]byte, 1<<20)
	for err == nil {
		var m int
		m, err = resp.Body.Read(buf)
		n += int64(m)
	}
	if n >= resp.ContentLength {
		t.Errorf("all %d bytes came", n)
	}
}
