package oktasource_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/internal/oktasim"
	"github.com/oktascim/oktascim/internal/oktasource"
)

// witness passes requests on and notes their addresses.
type witness struct {
	uris  []string
	spoil func(*http.Request, *http.Response)
}

func (c *witness) RoundTrip(r *http.Request) (*http.Response, error) {
	c.uris = append(c.uris, r.URL.RequestURI())
	res, err := http.DefaultTransport.RoundTrip(r)
	if err == nil && c.spoil != nil {
		c.spoil(r, res)
	}
	return res, err
}

// follower is a source that has read its org once, an hour ago by the org's clock.
func (s *sim) follower(c *witness) (*oktasource.Source, string) {
	s.t.Helper()
	source := s.source(func(o *oktasource.Options) { o.Transport = c })
	s.forward()
	if _, err := source.Read(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	s.forward()
	mark := source.Watermark()
	if mark == "" {
		s.t.Fatal("the reading has no watermark")
	}
	c.uris = nil
	return source, mark
}

func (s *sim) news(source *oktasource.Source, mark string) agent.News {
	s.t.Helper()
	n, err := source.Changes(s.t.Context(), mark)
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

func TestNothingNewTakesThreeRequests(t *testing.T) {
	s, c := newSim(t, smallOrg), &witness{}
	source, mark := s.follower(c)
	n := s.news(source, mark)
	if n.Full != "" || len(n.Users)+len(n.Known)+len(n.Groups) > 0 || len(c.uris) != 3 {
		t.Errorf("%+v after %q", n, c.uris)
	}
}

// Each change is told of so that whom it touches is read again: what the API has no time
// filter for by events, what has one by stamps, and what may touch everybody by a full
// reading.
func TestWhatHasChangedIsNamed(t *testing.T) {
	user := func(s *sim, login string) string { return "/api/v1/users/" + s.UserID(login) }
	group := func(s *sim, name string) string { return "/api/v1/groups/" + s.GroupID(name) }
	app := func(s *sim) string { return "/api/v1/apps/" + s.AppID("Acme SCIM") }
	for name, k := range map[string]struct {
		do   func(*sim)
		user string // is named
		full string // is why
		team string // is named
	}{
		"a profile":            {do: func(s *sim) { s.call("POST", user(s, "ada@x.test"), `{"profile":{"firstName":"Augusta"}}`) }, user: "ada@x.test"},
		"unassigned":           {do: func(s *sim) { s.call("DELETE", group(s, "Staff")+"/users/"+s.UserID("bob@x.test"), "") }, user: "bob@x.test", team: "Staff"},
		"deactivated":          {do: func(s *sim) { s.call("POST", user(s, "ada@x.test")+"/lifecycle/deactivate", "") }, user: "ada@x.test"},
		"joined":               {do: func(s *sim) { s.call("PUT", group(s, "Engineering")+"/users/"+s.UserID("bob@x.test"), "") }, team: "Engineering"},
		"renamed group":        {do: func(s *sim) { s.call("PUT", group(s, "Engineering"), `{"profile":{"name":"Makers"}}`) }, team: "Makers"},
		"a group of the app":   {do: func(s *sim) { s.call("DELETE", app(s)+"/groups/"+s.GroupID("Staff"), "") }, full: "group.application_assignment.remove, of the app"},
		"the app switched off": {do: func(s *sim) { s.call("POST", app(s)+"/lifecycle/deactivate", "") }, full: "application.lifecycle.deactivate, of the app"},
	} {
		t.Run(name, func(t *testing.T) {
			s, c := newSim(t, smallOrg), &witness{}
			source, mark := s.follower(c)
			k.do(s)
			n := s.news(source, mark)
			named := slices.Concat(n.Users, n.Known)
			switch {
			case n.Full != k.full:
				t.Errorf("full %q", n.Full)
			case k.user != "" && !slices.Contains(named, directory.SourceID(s.UserID(k.user))):
				t.Errorf("%s is not named: %+v", k.user, n)
			case k.team != "" && !slices.Contains(n.Groups, directory.SourceID(s.GroupID(k.team))):
				t.Errorf("%s is not named: %+v", k.team, n)
			}
		})
	}
}

// A bounded query would never show it; the polling form does, in the order of storing.
func TestAnEventThatIsStoredLateIsNotMissed(t *testing.T) {
	s, c := newSim(t, smallOrg), &witness{}
	source, mark := s.follower(c)
	if err := s.SetLags(oktasim.Lags{Log: 600}); err != nil {
		t.Fatal(err)
	}
	s.call("POST", "/api/v1/users/"+s.UserID("ada@x.test"), `{"profile":{"firstName":"Augusta"}}`)
	n := s.news(source, mark)
	if len(n.Users)+len(n.Known) > 0 {
		t.Fatalf("the event is there already: %+v", n)
	}
	s.forward()
	n = s.news(source, n.Watermark)
	if !slices.Contains(slices.Concat(n.Users, n.Known), directory.SourceID(s.UserID("ada@x.test"))) {
		t.Errorf("not named: %+v", n)
	}
}

// How long a cursor lives is not documented.
func TestARefusedCursorIsMadeGoodByTheTimeOfTheLastReading(t *testing.T) {
	s, c := newSim(t, smallOrg), &witness{}
	source, mark := s.follower(c)
	n := s.news(source, mark) // has a cursor
	s.call("POST", "/api/v1/users/"+s.UserID("ada@x.test"), `{"profile":{"firstName":"Augusta"}}`)
	c.spoil = func(r *http.Request, res *http.Response) {
		if r.URL.Path == "/api/v1/logs" && r.URL.Query().Has("after") {
			res.Body.Close()
			res.StatusCode, res.Body = 400, http.NoBody
			res.Header.Del("Content-Length")
		}
	}
	n = s.news(source, n.Watermark)
	if n.Full != "" || !slices.Contains(slices.Concat(n.Users, n.Known), directory.SourceID(s.UserID("ada@x.test"))) {
		t.Errorf("%+v", n)
	}
}

// Whatever is not clear is a full reading, never silence.
func TestWhatCannotBeFollowedIsReadWhole(t *testing.T) {
	for name, spoil := range map[string]func(*http.Request, *http.Response){
		"the log is forbidden": func(r *http.Request, res *http.Response) {
			if r.URL.Path == "/api/v1/logs" {
				res.StatusCode = http.StatusForbidden
			}
		},
		"the log ends": func(_ *http.Request, res *http.Response) { res.Header.Del("Link") },
		"no time":      func(_ *http.Request, res *http.Response) { res.Header.Set("Date", "yesterday") },
		"groups": func(r *http.Request, res *http.Response) {
			if r.URL.Path == "/api/v1/groups" {
				res.StatusCode = http.StatusForbidden
			}
		},
		"pushes": func(r *http.Request, res *http.Response) {
			if strings.HasSuffix(r.URL.Path, "/mappings") {
				res.StatusCode = http.StatusForbidden
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, c := newSim(t, smallOrg), &witness{}
			source, mark := s.follower(c)
			c.spoil = spoil
			if n := s.news(source, mark); n.Full == "" || n.Watermark != "" {
				t.Errorf("%+v", n)
			}
		})
	}
	s, c := newSim(t, smallOrg), &witness{}
	source, mark := s.follower(c)
	if n := s.news(source, strings.Replace(mark, "Acme", "Other", 1)); n.Full == "" {
		t.Errorf("the watermark of another app: %+v", n)
	}
	if n := s.news(source, "{}"); n.Full == "" {
		t.Errorf("an empty watermark: %+v", n)
	}
}

// A list is never proof that somebody is gone; the one assignment is.
func TestWhoIsGoneIsAskedForById(t *testing.T) {
	s, c := newSim(t, smallOrg), &witness{}
	source, mark := s.follower(c)
	s.call("DELETE", "/api/v1/groups/"+s.GroupID("Staff")+"/users/"+s.UserID("bob@x.test"), "")
	s.news(source, mark)
	bob := directory.SourceID(s.UserID("bob@x.test"))
	r, err := source.Reread(t.Context(), agent.Ask{Users: []directory.SourceID{bob}})
	if err != nil || r.Full != "" || !r.Gone[bob] || len(r.Users) > 0 {
		t.Errorf("%+v %v", r, err)
	}
}
