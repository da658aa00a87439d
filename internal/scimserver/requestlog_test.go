package scimserver_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/oktascim/oktascim/internal/scimserver"
)

// exchange sends one request through a door and returns what the log
// remembers of it, and what went to the program's log. answer may be nil.
func exchange(t *testing.T, method, target, body string, answer http.HandlerFunc) (scimserver.RequestRecord, string) {
	t.Helper()
	var lines bytes.Buffer
	c := connect(t, scimserver.ConnectionOptions{Enabled: true, Token: "t0pSecret", Log: zerolog.New(&lines)})
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer t0pSecret")
	r.Header.Set("User-Agent", "Okta SCIM Client t0pSecret")
	c.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got, err := io.ReadAll(r.Body)
		if err != nil || string(got) != body {
			t.Errorf("the handler read %q, %v", got, err)
		}
		if answer != nil {
			answer(w, r)
		}
	})).ServeHTTP(httptest.NewRecorder(), r)
	return c.Requests()[0], lines.String()
}

func TestSecretsDoNotGetIntoTheLog(t *testing.T) {
	for _, x := range []struct{ name, body, want string }{
		{"a password", `{"userName":"ada","password":"hunter22"}`, `{"userName":"ada","password":"[redacted]"}`},
		{"without case", `{"PassWord":"hunter22"}`, `{"PassWord":"[redacted]"}`},
		{"a number", `{"password":12345678}`, `{"password":"[redacted]"}`},
		{"below an extension", `{"urn:x:2.0:User":{"apiToken":"hunter22","client_secret":["hunter22"]}}`, `{"urn:x:2.0:User":{"apiToken":"[redacted]","client_secret":["[redacted]"]}}`},
		{"PATCH by path, the value first", `{"Operations":[{"op":"replace","value":"hunter22","path":"password"},{"op":"replace","path":"title","value":"Lead"}]}`, `{"Operations":[{"op":"replace","value":"[redacted]","path":"password"},{"op":"replace","path":"title","value":"Lead"}]}`},
		{"PATCH by value", `{"Operations":[{"op":"add","value":{"password":"hunter22"}}]}`, `{"Operations":[{"op":"add","value":{"password":"[redacted]"}}]}`},
		{"PATCH with a filter", `{"Operations":[{"op":"remove","path":"x[token eq \"hunter22\"]"}]}`, `{"Operations":[{"op":"remove","path":"x[token eq \"[redacted]\"]"}]}`},
		{"said twice", `{"password":"hunter22","nickName":"is hunter22"}`, `{"password":"[redacted]","nickName":"is [redacted]"}`},
		{"with other escapes", `{"password":"hunt\u0065r22","nickName":"h\u0075nter22"}`, `{"password":"[redacted]","nickName":"[redacted]"}`},
		{"one the beginning of the other", `{"nickName":"hunter22, hunter2233","password":"hunter22","apiKey":"hunter2233"}`, `{"nickName":"[redacted], [redacted]","password":"[redacted]","apiKey":"[redacted]"}`},
		{"duplicate names", `{"password":"hunter22","password":"other123"}`, `{"password":"[redacted]","password":"[redacted]"}`},
		{"a switch is no secret", `{"changePassword":{"supported":false}}`, `{"changePassword":{"supported":false}}`},
		{"the token of the request", `{"nickName":"t0pSecret"}`, `{"nickName":"[redacted]"}`},
		{"no JSON", `password=hunter22`, `(17 bytes that are not JSON, not shown)`},
		{"two values", `{} {"password":"hunter22"}`, `(26 bytes that are not JSON, not shown)`},
		{"cut off", `{"password":"hunter22"`, `(22 bytes that are not JSON, not shown)`},
		{"too large", `{"a":"` + strings.Repeat("x", 20_000) + `","password":"hunter22"}`, `(20030 bytes, not shown)`},
		{"too deep", strings.Repeat("[", 100) + `"hunter22"` + strings.Repeat("]", 100), `(210 bytes, nested too deeply, not shown)`},
		{"nothing", ``, ``},
	} {
		t.Run(x.name, func(t *testing.T) {
			rec, lines := exchange(t, http.MethodPost, "/scim/v2/Users", x.body, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/scim+json")
				_, _ = io.WriteString(w, x.body)
			})
			if rec.RequestBody != x.want {
				t.Errorf("request\n got %s\nwant %s", rec.RequestBody, x.want)
			}
			if rec.ResponseBody != x.want {
				t.Errorf("response\n got %s\nwant %s", rec.ResponseBody, x.want)
			}
			for _, secret := range []string{"hunter22", "t0pSecret", "12345678", "other123"} {
				if strings.Contains(fmt.Sprintf("%+v %s", rec, lines), secret) {
					t.Errorf("%s is in the log: %+v\n%s", secret, rec, lines)
				}
			}
		})
	}
}

func TestAnAnswerThatQuotesTheSecretOfItsRequestDoesNotShowIt(t *testing.T) {
	rec, _ := exchange(t, http.MethodPut, "/scim/v2/Users/hunter22", `{"password":"hunter22"}`, func(w http.ResponseWriter, _ *http.Request) {
		scimserver.WriteError(w, 400, "invalidValue", `the password "hunter22" is too short`)
	})
	if strings.Contains(rec.ResponseBody, "hunter22") || strings.Contains(rec.Path, "hunter22") || rec.Status != 400 {
		t.Errorf("%+v", rec)
	}
}

func TestAQueryIsReadableAndWithoutItsSecrets(t *testing.T) {
	for _, x := range []struct{ query, want string }{
		{"", ""},
		{"filter=userName%20eq%20%22ada%40x.test%22&startIndex=1&count=100", `filter=userName eq "ada@x.test"&startIndex=1&count=100`},
		{"access_token=hunter22&count=1", "access_token=[redacted]&count=1"},
		{"api-key=hunter22", "api-key=[redacted]"},
		{"filter=password+eq+%22hunter22%22", `filter=password eq "[redacted]"`},
		{"filter=password+eq+%22hunter22", `filter=password eq "[redacted]"`},
		{"x=t0pSecret", "x=[redacted]"},
		{"a=%zz&b", "a=%zz&b"},
		{"a=%0d%0ab", "a=��b"},
	} {
		rec, _ := exchange(t, http.MethodGet, "/scim/v2/Users?"+x.query, "", nil)
		if rec.Query != x.want {
			t.Errorf("%s\n got %s\nwant %s", x.query, rec.Query, x.want)
		}
	}
}

func TestALongUserAgentAndPathAreCut(t *testing.T) {
	rec, _ := exchange(t, http.MethodGet, "/"+strings.Repeat("x", 50_000), "", nil)
	if len(rec.Path) > 3000 || !strings.HasSuffix(rec.Path, "(50001 bytes)") {
		t.Errorf("%d bytes are remembered: …%s", len(rec.Path), rec.Path[len(rec.Path)-20:])
	}
}
