package oktasim_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"github.com/oktascim/oktascim/internal/oktasim"
)

// receiver is an endpoint that event hooks call.
type receiver struct {
	*httptest.Server
	mu       sync.Mutex
	answers  []int // statuses of the next POSTs; 204 when they are used up
	bodies   []map[string]any
	secrets  []string
	verifies int
}

func receive(t *testing.T, answers ...int) *receiver {
	t.Helper()
	r := &receiver{answers: answers}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.mu.Lock()
		defer r.mu.Unlock()
		if req.Method == http.MethodGet {
			r.verifies++
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, `{"verification":%q}`, req.Header.Get("X-Okta-Verification-Challenge"))
			return
		}
		raw, err := io.ReadAll(req.Body)
		var body map[string]any
		if err != nil || json.Unmarshal(raw, &body) != nil {
			t.Errorf("body %q %v", raw, err)
		}
		r.bodies, r.secrets = append(r.bodies, body), append(r.secrets, req.Header.Get("Authorization"))
		status := http.StatusNoContent
		if len(r.answers) > 0 {
			status, r.answers = r.answers[0], r.answers[1:]
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) eventTypes() (all []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, b := range r.bodies {
		for _, e := range b["data"].(map[string]any)["events"].([]any) {
			all = append(all, text(e.(map[string]any), "eventType"))
		}
	}
	return all
}

func (s *sim) hook(r *receiver, items string) string {
	s.t.Helper()
	made := s.want(200, "POST", "/api/v1/eventHooks", `{"name":"h","events":{"type":"EVENT_TYPE","items":[`+items+`]},"channel":{"type":"HTTP","version":"1.0.0","config":{"uri":"`+r.URL+`/hook","authScheme":{"type":"HEADER","key":"Authorization","value":"shared secret"}}}}`).object(s.t)
	return text(made, "id")
}

const joinAndAssign = `"group.user_membership.add","application.user_membership.add"`

func (s *sim) hire(login string) {
	s.t.Helper()
	s.want(204, "PUT", "/api/v1/groups/"+s.GroupID("Engineering")+"/users/"+s.UserID(login), "")
}

func TestAHookIsVerifiedAndThenCalledWithAllEventsOfARequestAtOnce(t *testing.T) {
	s, r := start(t, oktasim.Options{}), receive(t)
	id := s.hook(r, joinAndAssign)
	s.hire("dan@acme.test")
	v := s.want(200, "POST", "/api/v1/eventHooks/"+id+"/lifecycle/verify", "").object(t)
	if text(v, "verificationStatus") != "VERIFIED" || r.verifies != 1 {
		t.Fatalf("after %d challenges: %v", r.verifies, v)
	}
	if auth, _ := v["channel"].(map[string]any)["config"].(map[string]any)["authScheme"].(map[string]any); auth["key"] != "Authorization" || auth["value"] != nil {
		t.Errorf("the secret comes back: %v", auth)
	}
	s.hire("eve@acme.test")
	s.WaitForHooks()
	same(t, "events", r.eventTypes(), "group.user_membership.add", "application.user_membership.add")
	if len(r.bodies) != 1 || r.secrets[0] != "shared secret" || text(r.bodies[0], "eventType") != "com.okta.event_hook" || text(r.bodies[0], "source") != s.url+"/api/v1/eventHooks/"+id {
		t.Errorf("deliveries %v with %q", r.bodies, r.secrets)
	}
}

func TestADeliveryIsTriedOnceMoreAfterA5xxAndNotAfterA4xx(t *testing.T) {
	for _, c := range []struct {
		answers     []int
		tries, last int
	}{{[]int{500}, 2, 204}, {[]int{503, 503, 204}, 2, 503}, {[]int{400}, 1, 400}, {nil, 1, 204}} {
		s, r := start(t, oktasim.Options{}), receive(t, c.answers...)
		s.want(200, "POST", "/api/v1/eventHooks/"+s.hook(r, joinAndAssign)+"/lifecycle/verify", "")
		s.hire("dan@acme.test")
		s.WaitForHooks()
		if d := s.Deliveries(); len(d) != 1 || d[0].Tries != c.tries || d[0].Status != c.last {
			t.Errorf("answers %v: %+v", c.answers, d)
		}
	}
}

func TestAReceiverThatDoesNotAnswerInTimeIsTriedTwice(t *testing.T) {
	s := start(t, oktasim.Options{})
	hold := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Method == http.MethodGet {
			fmt.Fprintf(w, `{"verification":%q}`, req.Header.Get("X-Okta-Verification-Challenge"))
			return
		}
		<-hold
	}))
	defer slow.Close()
	defer close(hold)
	id := s.hook(&receiver{Server: slow}, joinAndAssign)
	s.want(200, "POST", "/api/v1/eventHooks/"+id+"/lifecycle/verify", "")
	s.want(200, "POST", "/sandbox/hookDelivery", `{"timeoutMilliseconds":20}`)
	s.hire("dan@acme.test")
	s.WaitForHooks()
	if d := s.Deliveries(); len(d) != 1 || d[0].Tries != 2 || d[0].Error != "timeout" {
		t.Errorf("deliveries %+v", d)
	}
}

func TestHooksCanBeLateDoubledSplitAndOutOfOrder(t *testing.T) {
	s, r := start(t, oktasim.Options{}), receive(t)
	s.want(200, "POST", "/api/v1/eventHooks/"+s.hook(r, joinAndAssign)+"/lifecycle/verify", "")
	s.want(200, "POST", "/sandbox/hookDelivery", `{"batch":1,"duplicateEvery":2,"reverse":true}`)
	s.want(200, "POST", "/sandbox/lags", `{"hookSeconds":60}`)
	s.hire("dan@acme.test")
	s.WaitForHooks()
	if r.eventTypes() != nil {
		t.Errorf("too early: %q", r.eventTypes())
	}
	s.clock.forward(61e9)
	s.Tick()
	s.WaitForHooks()
	same(t, "events", r.eventTypes(), "application.user_membership.add", "application.user_membership.add", "group.user_membership.add")
	d := s.Deliveries()
	if len(d) != 3 || d[1].EventID != d[2].EventID || !d[2].Duplicate {
		t.Errorf("deliveries %+v", d)
	}
}

func TestTheLifeOfAHook(t *testing.T) {
	s, r := start(t, oktasim.Options{}), receive(t)
	id := s.hook(r, `"group.user_membership.remove","group.user_membership.add"`)
	at := "/api/v1/eventHooks/" + id
	h := s.want(200, "GET", at, "").object(t)
	if text(h, "verificationStatus") != "UNVERIFIED" || text(h, "status") != "ACTIVE" || h["description"] != nil || text(h, "_links.deactivate.href") == "" || text(h, "_links.delete.href") != "" {
		t.Errorf("new %v", h)
	}
	s.want(400, "DELETE", at, "")
	off := s.want(200, "POST", at+"/lifecycle/deactivate", "").object(t)
	if text(off, "status") != "INACTIVE" || text(off, "_links.delete.href") == "" {
		t.Errorf("off %v", off)
	}
	s.want(200, "PUT", at, `{"name":"h2","status":"ACTIVE","events":{"type":"EVENT_TYPE","items":["group.lifecycle.create"]},"channel":{"type":"HTTP","version":"1.0.0","config":{"uri":"`+r.URL+`/other"}}}`)
	if !slices.Equal(texts(s.want(200, "GET", "/api/v1/eventHooks", "").list(t), "name"), []string{"h2"}) {
		t.Error("the list does not have the new name")
	}
	s.want(200, "POST", at+"/lifecycle/deactivate", "")
	s.want(204, "DELETE", at, "")
	for _, bad := range []string{`"application.provision.group_push.pushed"`, `"nonsense"`, ``} {
		s.want(400, "POST", "/api/v1/eventHooks", `{"name":"h","events":{"type":"EVENT_TYPE","items":[`+bad+`]},"channel":{"type":"HTTP","version":"1.0.0","config":{"uri":"https://x.test"}}}`)
	}
	liar := httptest.NewServer(http.NotFoundHandler())
	defer liar.Close()
	s.want(400, "POST", "/api/v1/eventHooks/"+s.hook(&receiver{Server: liar}, joinAndAssign)+"/lifecycle/verify", "")
}
