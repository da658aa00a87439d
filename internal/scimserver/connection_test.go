package scimserver_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/oktascim/oktascim/internal/scimserver"
)

// memory is a SettingStore whose save can be made to fail.
type memory struct {
	values map[string][]byte
	broken error
}

func (m *memory) LoadSetting(name string) (value []byte, ok bool, err error) {
	value, ok = m.values[name]
	return value, ok, nil
}

func (m *memory) SaveSetting(name string, value []byte) error {
	if m.broken != nil {
		return m.broken
	}
	if m.values == nil {
		m.values = map[string][]byte{}
	}
	m.values[name] = value
	return nil
}

func connect(t *testing.T, o scimserver.ConnectionOptions) *scimserver.Connection {
	t.Helper()
	c, err := scimserver.NewConnection(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// call sends a GET through the door of c, with the Authorization given.
func call(c *scimserver.Connection, authorization ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "/scim/v2/Users", nil)
	r.Header["Authorization"] = authorization
	w := httptest.NewRecorder()
	c.Middleware(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })).ServeHTTP(w, r)
	return w
}

func TestTheTokenIsTakenInEveryFormThatOktaSends(t *testing.T) {
	c := connect(t, scimserver.ConnectionOptions{Enabled: true, Token: "s3cret"})
	for _, x := range []struct {
		name   string
		header []string
		want   int
	}{
		{"bearer", []string{"Bearer s3cret"}, 204},
		{"bearer, the scheme without case", []string{"bEARER s3cret"}, 204},
		{"bearer, more spaces", []string{"Bearer   s3cret "}, 204},
		{"header auth: the value alone", []string{"s3cret"}, 204},
		{"basic, the token as password of any user", []string{"Basic b2t0YTpzM2NyZXQ="}, 204}, // okta:s3cret
		{"basic, no user", []string{"basic OnMzY3JldA=="}, 204},                               // :s3cret
		{"nothing", nil, 401},
		{"empty", []string{""}, 401},
		{"bearer, nothing behind", []string{"Bearer"}, 401},
		{"mistyped", []string{"Bearer s3creT"}, 401},
		{"a part of it", []string{"Bearer s3cre"}, 401},
		{"more than it", []string{"Bearer s3crets"}, 401},
		{"basic, the token as user", []string{"Basic czNjcmV0Om9rdGE="}, 401}, // s3cret:okta
		{"basic, no base64", []string{"Basic s3cret"}, 401},
		{"a scheme nobody knows", []string{"Token s3cret"}, 401},
		{"two headers, one of them right", []string{"Bearer s3cret", "Bearer other"}, 401},
	} {
		if got := call(c, x.header...).Code; got != x.want {
			t.Errorf("%s: %d, want %d", x.name, got, x.want)
		}
	}
}

func TestARefusalIsASCIMErrorAndNamesTheSchemes(t *testing.T) {
	c := connect(t, scimserver.ConnectionOptions{Enabled: true, Token: "s3cret"})
	w := call(c, "Bearer wrong")
	var body struct {
		Schemas        []string
		Status, Detail string
	}
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Fatalf("body %q: %v", w.Body, err)
	}
	if body.Schemas[0] != "urn:ietf:params:scim:api:messages:2.0:Error" || body.Status != "401" || body.Detail == "" {
		t.Errorf("body %+v", body)
	}
	got := strings.Join(w.Header().Values("WWW-Authenticate"), " | ")
	if got != `Bearer realm="scim", error="invalid_token" | Basic realm="scim", charset="UTF-8"` {
		t.Errorf("WWW-Authenticate: %s", got)
	}
	if got := call(c).Header().Get("WWW-Authenticate"); got != `Bearer realm="scim"` {
		t.Errorf("WWW-Authenticate without a token: %s", got)
	}
}

func TestAConnectionThatIsOffRefusesEvenTheRightToken(t *testing.T) {
	c := connect(t, scimserver.ConnectionOptions{Token: "s3cret"})
	if w := call(c, "Bearer s3cret"); w.Code != 403 || !strings.Contains(w.Body.String(), `"status":"403"`) {
		t.Errorf("off: %d %s", w.Code, w.Body)
	}
	if err := c.SetEnabled(true); err != nil || !c.Enabled() {
		t.Fatal(err)
	}
	if w := call(c, "Bearer s3cret"); w.Code != 204 {
		t.Errorf("on again: %d", w.Code)
	}
}

func TestWithoutATokenNobodyGetsIn(t *testing.T) {
	c := connect(t, scimserver.ConnectionOptions{Enabled: true})
	for _, header := range [][]string{nil, {""}, {"Bearer "}, {"Bearer x"}, {"Basic Og=="}} {
		if w := call(c, header...); w.Code != 401 {
			t.Errorf("%q: %d", header, w.Code)
		}
	}
	if c.HasToken() {
		t.Error("there is a token")
	}
}

func TestANewTokenIsRandomAndEndsTheOldOneAtOnce(t *testing.T) {
	c := connect(t, scimserver.ConnectionOptions{Enabled: true})
	first, err := c.NewToken()
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(first) {
		t.Errorf("the token is not 256 bits: %d characters", len(first))
	}
	if w := call(c, "Bearer "+first); w.Code != 204 {
		t.Errorf("the new token: %d", w.Code)
	}
	second, err := c.NewToken()
	if err != nil || second == first {
		t.Fatalf("second token: equal %v, error %v", second == first, err)
	}
	if w := call(c, "Bearer "+first); w.Code != 401 {
		t.Errorf("the old token: %d", w.Code)
	}
	if w := call(c, "Bearer "+second); w.Code != 204 {
		t.Errorf("the second token: %d", w.Code)
	}
}

func TestARestartKeepsSwitchAndTokenButOnlyAsAHash(t *testing.T) {
	store := &memory{}
	c := connect(t, scimserver.ConnectionOptions{Enabled: true, Settings: store})
	token, err := c.NewToken()
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range store.values {
		if strings.Contains(string(value), token) {
			t.Errorf("the token itself is saved in %s", name)
		}
	}
	c = connect(t, scimserver.ConnectionOptions{Enabled: true, Settings: store})
	if w := call(c, "Bearer "+token); w.Code != 204 || !c.HasToken() {
		t.Errorf("after a restart: %d", w.Code)
	}
	if err := c.SetEnabled(false); err != nil {
		t.Fatal(err)
	}
	if c = connect(t, scimserver.ConnectionOptions{Enabled: true, Settings: store}); c.Enabled() {
		t.Error("what an admin switched off is on after a restart")
	}
	c = connect(t, scimserver.ConnectionOptions{Token: "given", Settings: store})
	if err := c.SetEnabled(true); err != nil {
		t.Fatal(err)
	}
	if old, given := call(c, token).Code, call(c, "given").Code; old != 401 || given != 204 {
		t.Errorf("a given token replaces the saved one: old %d, given %d", old, given)
	}
}

func TestTheDataFileKeepsTheConnection(t *testing.T) {
	path := t.TempDir() + "/server.db"
	data, err := scimserver.OpenData(path)
	if err != nil {
		t.Fatal(err)
	}
	token, err := connect(t, scimserver.ConnectionOptions{Enabled: true, Settings: data}).NewToken()
	if err != nil {
		t.Fatal(err)
	}
	if err := data.Close(); err != nil {
		t.Fatal(err)
	}
	if data, err = scimserver.OpenData(path); err != nil {
		t.Fatal(err)
	}
	defer data.Close()
	if w := call(connect(t, scimserver.ConnectionOptions{Settings: data}), token); w.Code != 204 {
		t.Errorf("after a restart: %d", w.Code)
	}
}

func TestWhatCannotBeSavedDoesNotHappen(t *testing.T) {
	store := &memory{}
	c := connect(t, scimserver.ConnectionOptions{Enabled: true, Token: "s3cret", Settings: store})
	store.broken = errors.New("disk full")
	if token, err := c.NewToken(); !errors.Is(err, store.broken) || token != "" {
		t.Errorf("a token that is not saved: error %v", err)
	}
	if err := c.SetEnabled(false); !errors.Is(err, store.broken) || !c.Enabled() {
		t.Errorf("a switch that is not saved: error %v, on %v", err, c.Enabled())
	}
	if w := call(c, "s3cret"); w.Code != 204 {
		t.Errorf("the old token: %d", w.Code)
	}
}

func TestADamagedSavedStateIsAnErrorAndNotAnOpenDoor(t *testing.T) {
	for _, saved := range []string{`{`, `{"enabled":true,"tokenSha256":"00"}`, `{"enabled":true,"tokenSha256":"` + strings.Repeat("zz", 32) + `"}`} {
		store := &memory{values: map[string][]byte{"connection": []byte(saved)}}
		if _, err := scimserver.NewConnection(scimserver.ConnectionOptions{Settings: store}); err == nil {
			t.Errorf("%s is taken", saved)
		}
	}
}

func TestATokenThatNoHeaderCanCarryIsRefused(t *testing.T) {
	for _, token := range []string{"s3 cret", "s3cret\n", "s3crät"} {
		if _, err := scimserver.NewConnection(scimserver.ConnectionOptions{Token: token}); err == nil {
			t.Errorf("%q is taken", token)
		} else if strings.Contains(err.Error(), token) {
			t.Errorf("the error shows the token: %v", err)
		}
	}
}

func TestTheLogRemembersTheNewestFirstAndOnlySoMany(t *testing.T) {
	now := time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC)
	c := connect(t, scimserver.ConnectionOptions{Enabled: true, Token: "s3cret", LogSize: 2, Now: func() time.Time {
		now = now.Add(time.Second)
		return now
	}})
	call(c, "Bearer s3cret")
	call(c)
	call(c, "s3cret")
	got := c.Requests()
	if len(got) != 2 || got[0].ID != 3 || got[0].Status != 204 || got[0].Auth != "header" || got[1].ID != 2 || got[1].Status != 401 || got[1].Auth != "none" {
		t.Fatalf("%+v", got)
	}
	if got[0].Duration != time.Second || got[0].Method != http.MethodGet || got[0].Target() != "/scim/v2/Users" {
		t.Errorf("%+v", got[0])
	}
}

func TestAWatcherGetsEachRequestUntilItsContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := connect(t, scimserver.ConnectionOptions{Enabled: true, Token: "s3cret"})
		ctx, cancel := context.WithCancel(t.Context())
		records := c.Watch(ctx)
		call(c)
		if rec := <-records; rec.ID != 1 || rec.Status != 401 {
			t.Errorf("%+v", rec)
		}
		for range 1000 { // nobody reads: the requests do not wait
			call(c)
		}
		cancel()
		synctest.Wait()
		n := 0
		for range records {
			n++
		}
		if n == 0 || n == 1000 {
			t.Errorf("a watcher that is behind got %d of 1000", n)
		}
		call(c) // nobody is there any more
	})
}

func TestAHandlerThatPanicsIsInTheLog(t *testing.T) {
	c := connect(t, scimserver.ConnectionOptions{Enabled: true, Token: "s3cret"})
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Authorization", "s3cret")
		c.Middleware(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("oh") })).ServeHTTP(httptest.NewRecorder(), r)
	}()
	if got := c.Requests(); len(got) != 1 || got[0].Status != 500 {
		t.Errorf("%+v", got)
	}
}
