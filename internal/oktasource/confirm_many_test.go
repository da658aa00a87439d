package oktasource_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/internal/oktasource"
)

// crowd is an org of 60 people who have the app through Staff and are in the pushed group All.
func crowd(t *testing.T) *sim {
	t.Helper()
	var users, logins []string
	for i := range 60 {
		users = append(users, fmt.Sprintf("  - {login: p%02d@x.test, firstName: P, lastName: Nr%d}", i, i))
		logins = append(logins, fmt.Sprintf("p%02d@x.test", i))
	}
	all := strings.Join(logins, ", ")
	return newSim(t, fmt.Sprintf("number: 1\nrateLimits: {off: true}\nusers:\n%s\ngroups:\n  - {name: Staff, members: [%s]}\n  - {name: All, members: [%s]}\napps:\n  - label: Acme SCIM\n    assign: {groups: [{name: Staff}]}\n    push: [{group: All}]\n",
		strings.Join(users, "\n"), all, all))
}

// removals of the first n people: from the app, and from the pushed group.
func (s *sim) removals(n int) (list []agent.Removal) {
	for i := range n {
		id := directory.SourceID(s.UserID(fmt.Sprintf("p%02d@x.test", i)))
		list = append(list, agent.Removal{Kind: directory.KindUser, User: id},
			agent.Removal{Kind: directory.KindGroup, User: id, Group: directory.SourceID(s.GroupID("All"))})
	}
	return list
}

func (s *sim) leaves(n int, groups ...string) {
	for i := range n {
		for _, g := range groups {
			s.call(http.MethodDelete, "/api/v1/groups/"+s.GroupID(g)+"/users/"+s.UserID(fmt.Sprintf("p%02d@x.test", i)), "")
		}
	}
}

func confirmed(verdicts []agent.Verdict) (n int) {
	for _, v := range verdicts {
		if v.Confirmed {
			n++
		}
	}
	return n
}

func TestManyRemovalsAreConfirmedByASecondListAndASample(t *testing.T) {
	for name, groups := range map[string][]string{"left both": {"Staff", "All"}, "left the app only": {"Staff"}} {
		s := crowd(t)
		source := s.source()
		s.leaves(40, groups...)
		if _, err := source.Read(t.Context()); err != nil {
			t.Fatal(err)
		}
		before := source.Requests()
		verdicts, err := source.Confirm(t.Context(), s.removals(40))
		if err != nil {
			t.Fatal(err)
		}
		if n := confirmed(verdicts); n != 80 {
			t.Errorf("%s: %d of 80 removals are confirmed; the first: %+v", name, n, verdicts[0])
		}
		if n := source.Requests() - before; n > 45 {
			t.Errorf("%s: %d requests for 80 removals", name, n)
		}
	}
}

func TestWhoIsStillThereIsNotConfirmedAmongMany(t *testing.T) {
	s := crowd(t)
	source := s.source()
	s.leaves(39, "Staff", "All") // of the forty one is still there
	if _, err := source.Read(t.Context()); err != nil {
		t.Fatal(err)
	}
	verdicts, err := source.Confirm(t.Context(), s.removals(40))
	if err != nil {
		t.Fatal(err)
	}
	if n := confirmed(verdicts); n != 78 || verdicts[78].Confirmed || verdicts[79].Confirmed {
		t.Errorf("%d of 78 are confirmed; the last: %+v", n, verdicts[78:])
	}
}

// lying answers the lists that Confirm reads once more as if nobody was there any more.
type lying struct{ next http.RoundTripper }

func (l lying) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := l.next.RoundTrip(r)
	if err != nil || r.URL.Query().Get("limit") != "499" && r.URL.Query().Get("limit") != "200" || !strings.HasSuffix(r.URL.Path, "/users") {
		return res, err
	}
	res.Body.Close()
	res.Body, res.ContentLength = io.NopCloser(strings.NewReader("[]")), 2
	res.Header.Del("Content-Length")
	return res, nil
}

func TestASecondListThatTheSampleContradictsConfirmsNobody(t *testing.T) {
	s := crowd(t)
	source := s.source(func(o *oktasource.Options) { o.Transport = lying{http.DefaultTransport} })
	if _, err := source.Read(t.Context()); err != nil {
		t.Fatal(err)
	}
	verdicts, err := source.Confirm(t.Context(), s.removals(40))
	if err != nil {
		t.Fatal(err)
	}
	if n := confirmed(verdicts); n != 0 {
		t.Errorf("%d removals of people who are all still there are confirmed", n)
	}
	if !strings.Contains(verdicts[2].Why, "says otherwise") {
		t.Errorf("the reason is %q", verdicts[2].Why)
	}
}
