package main

import (
	"encoding/pem"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/oktascim/oktascim/internal/scimserver"
)

// moreServers are for the scripts about settings, selection and sweeping: $TLS
// has a certificate of its own (ca.pem), $WATCHED breaks when it is written to,
// $PLAIN409 leaves scimType out, $LITTERED has what a crashed run has left.
func moreServers(env *testscript.Env) error {
	secure := httptest.NewTLSServer(signedIn("Bearer "+secret, reference()))
	env.Defer(secure.Close)
	env.Setenv("TLS", secure.URL+"/scim/v2")
	env.Setenv("PLAINLY", strings.Replace(secure.URL, "https://", "http://", 1)+"/scim/v2")
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw})
	if err := os.WriteFile(env.Cd+"/ca.pem", cert, 0o600); err != nil {
		return err
	}
	littered := reference()
	for _, made := range []struct{ kind, body string }{
		{"Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"SCIMconform-abc123-c1-Ada@Example.com"}`},
		{"Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"scimconform-def456-c1-Bob@Example.com"}`},
		{"Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"boss-scimconform-abc123@Example.com"}`},
		{"Groups", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"scimconform-abc123-c1 Eng"}`},
	} {
		r := httptest.NewRequest(http.MethodPost, "/scim/v2/"+made.kind, strings.NewReader(made.body))
		r.Header.Set("Content-Type", "application/scim+json")
		littered.ServeHTTP(httptest.NewRecorder(), r)
	}
	for name, h := range map[string]http.Handler{
		"WATCHED": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet {
				panic("the run is not read-only: " + r.Method)
			}
			signedIn("Bearer "+secret, reference()).ServeHTTP(w, r)
		}),
		"PLAIN409": signedIn("Bearer "+secret, plain409(reference())),
		"LITTERED": signedIn("Bearer "+secret, littered),
	} {
		server := httptest.NewServer(h)
		env.Defer(server.Close)
		env.Setenv(name, server.URL+"/scim/v2")
	}
	file := "url: " + env.Getenv("URL") + `
token-file: token.txt
mode: catalog
yes: true
run: [connection.test.1, connection.test.2]
report:
- text
- json=out.json
`
	if err := os.WriteFile(env.Cd+"/scimconform.yaml", []byte(file), 0o600); err != nil {
		return err
	}
	return nil
}

// plain409 answers a conflict without scimType.
func plain409(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		if rec.Code == http.StatusConflict {
			scimserver.WriteError(w, http.StatusConflict, "", "taken")
			return
		}
		maps.Copy(w.Header(), rec.Header())
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
	})
}
