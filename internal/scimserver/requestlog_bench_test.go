package scimserver_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/oktascim/oktascim/internal/scimserver"
)

// BenchmarkTheDoor is what the connection costs a request, its log included:
// the server must not look slower than it is because somebody could look on.
func BenchmarkTheDoor(b *testing.B) {
	c, err := scimserver.NewConnection(scimserver.ConnectionOptions{Enabled: true, Token: "s3cret-token"})
	if err != nil {
		b.Fatal(err)
	}
	const body = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ada@x.test","name":{"givenName":"Ada","familyName":"Byron"},"emails":[{"primary":true,"value":"ada@x.test","type":"work"}],"displayName":"Ada Byron","locale":"en-US","externalId":"00u1abcdefghijklmnop","groups":[],"password":"1mz050nq","active":true}`
	h := c.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		buf := make([]byte, 1024)
		n, _ := r.Body.Read(buf)
		_, _ = w.Write(buf[:n])
	}))
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest(http.MethodPost, "/scim/v2/Users", strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer s3cret-token")
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
}
