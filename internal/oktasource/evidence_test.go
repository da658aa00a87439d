package oktasource_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/internal/oktasource"
)

// breakages are ways for an answer to be wrong.
func breakages() map[string]func(f *fake, w http.ResponseWriter, r *http.Request) {
	body := func(status int, kind, text string) func(*fake, http.ResponseWriter, *http.Request) {
		return func(_ *fake, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			fmt.Fprint(w, text)
		}
	}
	const js = "application/json"
	return map[string]func(*fake, http.ResponseWriter, *http.Request){
		"500":            body(500, js, `{"errorCode":"E0000009","errorSummary":"Internal Server Error"}`),
		"503":            body(503, js, `{"errorCode":"E0000010","errorSummary":"Service is in read only mode"}`),
		"502 html":       body(502, "text/html", "<html>Bad Gateway</html>"),
		"200 html":       body(200, "text/html", "<!DOCTYPE html><html>Sign in</html>"),
		"200 html as js": body(200, js, "<!DOCTYPE html><html>Sign in</html>"),
		"200 empty":      body(200, js, ""),
		"200 null":       body(200, js, "null"),
		"200 {}":         body(200, js, "{}"),
		"200 [{}]":       body(200, js, "[{}]"),
		"200 [] bare":    body(200, js, "[]"),
		"403":            body(403, js, `{"errorCode":"E0000006","errorSummary":"You do not have permission to perform the requested action"}`),
		"404":            body(404, js, `{"errorCode":"E0000007","errorSummary":"Not found: Resource not found: x (Thing)"}`),
		"302": func(_ *fake, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/login")
			w.WriteHeader(http.StatusFound)
		},
		"200 []": func(f *fake, w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Link", "<"+f.URL+r.URL.RequestURI()+`>; rel="self"`)
			body(200, js, "[]")(f, w, r)
		},
		"200 [] with a next": func(f *fake, w http.ResponseWriter, r *http.Request) {
			w.Header().Add("Link", "<"+f.URL+r.URL.RequestURI()+`>; rel="self"`)
			w.Header().Add("Link", "<"+f.URL+r.URL.Path+`?after=zzz>; rel="next"`)
			body(200, js, "[]")(f, w, r)
		},
		"cut": func(_ *fake, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", js)
			w.Header().Set("Content-Length", "1000")
			fmt.Fprint(w, `[{"id":"00u`)
			panic(http.ErrAbortHandler)
		},
		"no links":           mangled(func(h http.Header, body string) string { h.Del("Link"); return body }),
		"[] with its links":  mangled(func(http.Header, string) string { return "[]" }),
		"null for its rows":  mangled(func(http.Header, string) string { return "null" }),
		"nothing but links":  mangled(func(http.Header, string) string { return "" }),
		"half, and no error": mangled(func(_ http.Header, body string) string { return body[:len(body)/2] }),
		"dropped":            func(*fake, http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	}
}

// mangled is the right answer, changed.
func mangled(change func(http.Header, string) string) func(*fake, http.ResponseWriter, *http.Request) {
	return func(f *fake, w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		f.answer(rec, r)
		body := change(rec.Header(), rec.Body.String())
		maps.Copy(w.Header(), rec.Header())
		w.WriteHeader(rec.Code)
		fmt.Fprint(w, body)
	}
}

// smaller reports what got lacks of want.
func smaller(want, got directory.Desired) string {
	for _, u := range want.Users {
		if !slices.ContainsFunc(got.Users, func(o directory.User[directory.SourceID]) bool { return o.ID == u.ID }) {
			return "user " + u.UserName
		}
	}
	for _, g := range want.Groups {
		i := slices.IndexFunc(got.Groups, func(o directory.Group[directory.SourceID]) bool { return o.ID == g.ID })
		if i < 0 {
			return "group " + g.Name
		}
		for _, m := range g.Members {
			if !slices.Contains(got.Groups[i].Members, m) {
				return "member " + string(m) + " of " + g.Name
			}
		}
	}
	return ""
}

// orgs are the connections that are broken: with an app, by push names, without an app.
func orgs() map[string]func(*oktasource.Options) {
	return map[string]func(*oktasource.Options){
		"app":    func(*oktasource.Options) {},
		"by id":  func(o *oktasource.Options) { o.App = appID },
		"pushes": func(o *oktasource.Options) { o.Pushes = []oktasource.Push{{Name: "Engineering"}, {Name: "Ops"}} },
		"groups": func(o *oktasource.Options) {
			o.App, o.Groups, o.Pushes = "", []string{"Engineering", "Ops"}, []oktasource.Push{{Name: "Engineering"}}
		},
	}
}

// Every read is broken in turn, for ever and in each way; pages are short, so that the
// middle and the end of chains are broken as well.
func TestNoBrokenReadMakesASmallerDesiredPassForWhole(t *testing.T) {
	t.Parallel()
	for org, change := range orgs() {
		for _, pageSize := range []int{0, 1} {
			if org == "by id" && pageSize == 1 {
				continue // the same as "app" there
			}
			setup := func(t *testing.T) *fake {
				t.Helper()
				f := newFakeWithoutServer(t)
				f.maxLimit = pageSize
				return f
			}
			clean := setup(t)
			want, err := clean.source(change, clean.direct).Read(t.Context())
			if err != nil || !want.Evidence.Complete() || len(want.Users) != 3 || len(want.Groups) == 0 {
				t.Fatalf("%s: the unbroken reading: %v %+v", org, err, want)
			}
			requests := clean.requests()
			for kind, breakIt := range breakages() {
				t.Run(fmt.Sprintf("%s/%d/%s", org, pageSize, kind), func(t *testing.T) {
					t.Parallel()
					for i := range requests {
						// By the whole request, and by its path however it is asked for.
						for _, wide := range []bool{false, true} {
							f := setup(t)
							f.before = func(w http.ResponseWriter, r *http.Request) bool {
								at := r.Method + " " + r.URL.RequestURI()
								hit := at == requests[i]
								if wide {
									path, _, _ := strings.Cut(requests[i], "?")
									hit = strings.HasPrefix(at+"?", path+"?")
								}
								if hit {
									breakIt(f, w, r)
								}
								return hit
							}
							got, err := f.source(change, f.direct).Read(t.Context())
							if err != nil || !got.Evidence.Complete() {
								continue
							}
							if lost := smaller(want, got); lost != "" {
								t.Errorf("%s (%v): complete without %s", requests[i], wide, lost)
							}
						}
					}
				})
			}
		}
	}
}

// After the reading, Okta is whole and every request is broken in turn while removals
// are confirmed of people and groups that are still there.
func TestNoBrokenReadConfirmsTheRemovalOfWhatIsThere(t *testing.T) {
	t.Parallel()
	removals := []agent.Removal{
		{Kind: directory.KindUser, User: bob},
		{Kind: directory.KindGroup, User: ada, Group: eng},
		{Kind: directory.KindGroup, Group: eng},
	}
	for org, change := range orgs() {
		clean := newFakeWithoutServer(t)
		s := clean.source(change, clean.direct)
		if _, err := s.Read(t.Context()); err != nil {
			t.Fatal(err)
		}
		before := len(clean.requests())
		verdicts, err := s.Confirm(t.Context(), removals)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range verdicts {
			if v.Confirmed {
				t.Errorf("%s: nothing broken, and removal %d is confirmed: %s", org, i, v.Why)
			}
		}
		requests := clean.requests()[before:]
		for kind, breakIt := range breakages() {
			t.Run(org+"/"+kind, func(t *testing.T) {
				t.Parallel()
				for i := range requests {
					f := newFakeWithoutServer(t)
					s := f.source(change, f.direct)
					if _, err := s.Read(t.Context()); err != nil {
						t.Fatal(err)
					}
					f.before = func(w http.ResponseWriter, r *http.Request) bool {
						hit := r.Method+" "+r.URL.RequestURI() == requests[i]
						if hit {
							breakIt(f, w, r)
						}
						return hit
					}
					verdicts, err := s.Confirm(t.Context(), removals)
					if err != nil {
						t.Fatal(err)
					}
					for j, v := range verdicts {
						// A 404 about the one thing that is asked for is Okta's way of saying gone.
						if v.Confirmed && kind != "404" {
							t.Errorf("%s: removal %d is confirmed: %s", requests[i], j, v.Why)
						}
					}
				}
			})
		}
	}
}

func TestAnEmptyAppIsBelievedOnlyWhenNothingSpeaksAgainstIt(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*fake)
		gap    string
	}{
		{"nobody assigned", func(f *fake) { f.assigned = nil }, ""},
		{"an assigned group without members", func(f *fake) { f.groups[0]["_embedded"] = object{"stats": object{"usersCount": 0}} }, ""},
		{"an assigned group with members", func(*fake) {}, "is assigned to it and has members"},
		{"an org that shows nobody", func(f *fake) { f.users = nil }, "lacks an admin role"},
	} {
		f := newFake(t)
		f.appUsers, f.pushes, f.groups = nil, nil, f.groups[:3]
		c.change(f)
		got, err := f.source().Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprint(got.Evidence.Gaps)
		if (c.gap == "") != got.Evidence.Complete() || !strings.Contains(text, c.gap) {
			t.Errorf("%s: gaps %s, want %q", c.name, text, c.gap)
		}
	}
}

func TestAnAppWithoutPushesIsWholeUnlessItsGroupsSayOtherwise(t *testing.T) {
	f := newFake(t)
	f.pushes = nil
	got, err := f.source().Read(t.Context())
	if err != nil || got.Evidence.Complete() {
		t.Errorf("an app group and a pushed group, and no mapping: %v, gaps %v", err, got.Evidence.Gaps)
	}
	f.groups = f.groups[:3]
	got, err = f.source().Read(t.Context())
	if err != nil || !got.Evidence.Complete() {
		t.Errorf("no app group: %v, gaps %v", err, got.Evidence.Gaps)
	}
}

func TestAGroupThatListsFewerThanOktaCountsIsAGap(t *testing.T) {
	f := newFake(t)
	f.members[eng] = f.members[eng][:1]
	got, err := f.source().Read(t.Context())
	if err != nil || got.Evidence.Complete() || !strings.Contains(got.Evidence.Gaps[0].Why, "lists 1 members, and Okta counts 2") {
		t.Errorf("%v, gaps %v", err, got.Evidence.Gaps)
	}
	if want := []directory.SourceID{ada}; !slices.Equal(got.Groups[0].Members, want) {
		t.Errorf("members %v, want those that were listed, %v", got.Groups[0].Members, want)
	}
}

func TestAnInactiveAppAllowsNothingAndCarriesNoRemoval(t *testing.T) {
	f := newFake(t)
	f.app["status"] = "INACTIVE"
	got, err := f.source().Read(t.Context())
	if err != nil || got.Evidence.Complete() || got.Switches != (directory.Switches{}) {
		t.Errorf("%v, switches %+v, gaps %v", err, got.Switches, got.Evidence.Gaps)
	}
}

func TestTheSameOrgReadsTheSameTwice(t *testing.T) {
	f := newFake(t)
	s := f.source()
	a, err1 := s.Read(t.Context())
	b, err2 := s.Read(t.Context())
	if err1 != nil || err2 != nil || !reflect.DeepEqual(a, b) {
		x, _ := json.Marshal(a)
		y, _ := json.Marshal(b)
		t.Errorf("%v %v\n%s\n%s", err1, err2, x, y)
	}
}
