package conformance

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/cucumber/godog"
	"github.com/go-json-experiment/json"
)

// register binds the sentences of the feature files to w. Given brings a server
// into a state and turns a failure into "skipped", naming the scenario that is
// there to find it; When replays a flow of Okta; Then looks.
func register(sc *sentences, w *world) {
	registerPeople(sc, w)
	registerPeopleState(sc, w)
	registerPeopleFlows(sc, w)
	registerGroups(sc, w)
	registerGroupEffects(sc, w)
	registerGroupLives(sc, w)
	registerPages(sc, w)
	registerEntitlements(sc, w)
	registerLists(sc, w)
	registerAnswers(sc, w)
	registerSuite(sc, w)
	registerSecurity(sc, w)
	registerRFC(sc, w)
	registerInvariants(sc, w)
}

// sentences binds steps to one scenario. The patterns are compiled once per run:
// godog asks for the steps again for each scenario.
type sentences struct {
	sc       *godog.ScenarioContext
	patterns *patterns
}

func (s *sentences) Given(pattern string, step any) { s.sc.Given(s.patterns.compiled(pattern), step) }
func (s *sentences) When(pattern string, step any)  { s.sc.When(s.patterns.compiled(pattern), step) }
func (s *sentences) Then(pattern string, step any)  { s.sc.Then(s.patterns.compiled(pattern), step) }

// patterns keeps compiled patterns; safe for concurrent use.
type patterns struct{ byText sync.Map }

func (p *patterns) compiled(text string) *regexp.Regexp {
	if re, ok := p.byText.Load(text); ok {
		if re, ok := re.(*regexp.Regexp); ok {
			return re
		}
	}
	re := regexp.MustCompile(text)
	p.byText.Store(text, re)
	return re
}

// setup marks a failure as one that another scenario tests.
func setup(tests string, err error) error {
	if _, ok := errors.AsType[*failure](err); ok {
		return &setupError{tests: tests, err: err}
	}
	return err
}

// names reads `"Ada", "Bob" and "Cat"`; "everybody" are all people so far.
func (w *world) names(s string) []string {
	switch s {
	case "everybody":
		var all []string
		for n := range w.people {
			all = append(all, n)
		}
		slices.Sort(all)
		return all
	case "nobody":
		return nil
	}
	if some, ok := w.some(s); ok {
		return some
	}
	var all []string
	for _, m := range regexp.MustCompile(`"([^"]*)"`).FindAllStringSubmatch(s, -1) {
		all = append(all, m[1])
	}
	return all
}

// value reads what a feature file writes for a value: true, false, a string in
// quotes, in which {unique} stands for the prefix of the scenario, a list with one
// phone number, or any JSON after the word json.
func (w *world) value(s string) any {
	switch s {
	case "true":
		return true
	case "false":
		return false
	case "null":
		return nil
	}
	if text, ok := strings.CutPrefix(s, "json "); ok {
		var v any
		if json.Unmarshal([]byte(strings.ReplaceAll(text, "{unique}", w.prefix)), &v) == nil {
			return v
		}
	}
	if number, ok := strings.CutPrefix(s, "phone "); ok {
		return []any{map[string]any{"value": w.value(number), "type": "work", "primary": true}}
	}
	if u, err := strconv.Unquote(s); err == nil {
		s = u
	}
	return strings.ReplaceAll(s, "{unique}", w.prefix)
}

// sent is what Okta has sent for an attribute of a person.
func (p *person) sent(path string) (any, error) {
	switch path {
	case "userName":
		return p.userName, nil
	case "name.givenName":
		return p.given, nil
	case "name.familyName":
		return p.family, nil
	case "emails.value":
		return p.email, nil
	case "displayName":
		return p.display, nil
	case "externalId":
		return p.externalID, nil
	case "active":
		return true, nil
	}
	if v, ok := p.more[path]; ok {
		return v, nil
	}
	return nil, fmt.Errorf("the tester does not know what Okta sends as %q", path)
}

// shows checks what stands at a path of an answer.
func (w *world) shows(ex *Exchange, path string, want any) error {
	if err := w.object(ex); err != nil {
		return err
	}
	got, there := at(ex.value, path)
	switch {
	case !there && (want == nil || want == ""):
		return nil // unassigned, null and missing are the same: RFC 7643 §2.5
	case !there:
		return w.fail(ex, path+" "+show(want), "no "+path)
	case got == want, got == nil && want == "", got == "" && want == nil:
		return nil
	}
	return w.fail(ex, path+" "+show(want), show(got))
}

func registerPeople(sc *sentences, w *world) {
	sc.Given(`^Okta has created the (?:person|people) ("[^"]*"(?:(?:, | and )"[^"]*")*)$`, func(ctx context.Context, who string) error {
		return setup("users.create.1", w.createAll(ctx, w.names(who)))
	})
	sc.Given(`^Okta has created the person "([^"]*)" with the department "([^"]*)"$`, func(ctx context.Context, who, dept string) error {
		w.begin()
		return setup("users.create.1", w.create(ctx, w.person(who), fmt.Sprintf(`,%s:{"department":%s}`, quote(enterpriseURN), quote(dept))))
	})
	sc.Given(`^Okta has created (\d+) people$`, func(ctx context.Context, n int) error {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf("P%03d", i+1))
		}
		return setup("users.create.1", w.createAll(ctx, all))
	})
	sc.Given(`^the target already has the person "([^"]*)"$`, func(ctx context.Context, who string) error {
		p := w.person(who)
		body := fmt.Sprintf(`{"schemas":[%s],"userName":%s,"name":{"givenName":"Old","familyName":"Name"},"emails":[{"value":%s,"type":"work","primary":true}],"active":true}`,
			quote(userURN), quote(p.userName), quote(p.email))
		ex := w.send(ctx, "POST", "/Users", body)
		w.keep("Users", p.userName, ex)
		p.id = text(ex.value, "id")
		return setup("users.create.1", w.expect(ctx, ex, 201))
	})
	sc.Given(`^Okta has deactivated "([^"]*)"$`, func(ctx context.Context, who string) error {
		return setup("users.deactivate.1", w.deactivate(ctx, w.person(who)))
	})
	sc.Given(`^"([^"]*)" is inactive$`, func(ctx context.Context, who string) error {
		if err := w.deactivate(ctx, w.person(who)); err != nil {
			return setup("users.deactivate.1", err)
		}
		return setup("users.deactivate.2", w.reading(ctx, who, "active", false))
	})
	sc.Given(`^Okta has reactivated "([^"]*)"$`, func(ctx context.Context, who string) error {
		return setup("users.reactivate.1", w.reactivate(ctx, w.person(who)))
	})
	sc.Given(`^Okta has linked "([^"]*)"$`, func(ctx context.Context, who string) error {
		return setup("users.link.1", w.link(ctx, w.person(who)))
	})
	sc.Given(`^Okta has pushed the profile of "([^"]*)" with$`, func(ctx context.Context, who string, t *godog.Table) error {
		return setup("users.update.1", w.pushProfile(ctx, who, t))
	})

	sc.When(`^Okta looks up the person "([^"]*)"$`, func(ctx context.Context, who string) error {
		w.begin()
		w.lookUp(ctx, w.person(who).userName, "%20", 100)
		return nil
	})
	sc.When(`^Okta looks up the person "([^"]*)" with blanks sent as plus signs$`, func(ctx context.Context, who string) error {
		w.begin()
		w.lookUp(ctx, w.person(who).userName, "+", 100)
		return nil
	})
	sc.When(`^Okta looks up the person "([^"]*)" in capitals$`, func(ctx context.Context, who string) error {
		w.begin()
		w.lookUp(ctx, strings.ToUpper(w.person(who).userName), "%20", 100)
		return nil
	})
	sc.When(`^Okta looks up the person "([^"]*)" on a page of one$`, func(ctx context.Context, who string) error {
		w.begin()
		w.lookUp(ctx, w.person(who).userName, "%20", 1)
		return nil
	})
	sc.When(`^Okta assigns the person "([^"]*)"$`, func(ctx context.Context, who string) error {
		w.begin()
		p := w.person(who)
		if err := w.expect(ctx, w.lookUp(ctx, p.userName, "%20", 100), 200, 404); err != nil {
			return err
		}
		p.id = text(w.post(ctx, p, "").value, "id")
		return nil
	})
	sc.When(`^Okta assigns the people (.+) at once$`, func(ctx context.Context, who string) error {
		return w.createAll(ctx, w.names(who))
	})
	sc.When(`^Okta sends the create of "([^"]*)" again$`, func(ctx context.Context, who string) error {
		w.begin()
		w.post(ctx, w.person(who), "")
		return nil
	})
	sc.When(`^Okta sends the create of "([^"]*)" again with the userName in capitals$`, func(ctx context.Context, who string) error {
		w.begin()
		again := *w.person(who)
		again.userName = strings.ToUpper(again.userName)
		w.post(ctx, &again, "")
		return nil
	})
	sc.When(`^Okta sends a create without a userName$`, func(ctx context.Context) error {
		w.begin()
		p := w.person("Nobody")
		body := strings.Replace(createBody(p, ""), `"userName":`+quote(p.userName)+`,`, "", 1)
		ex := w.send(ctx, "POST", "/Users", body)
		w.keep("Users", p.userName, ex)
		return nil
	})
	sc.When(`^Okta links "([^"]*)"$`, func(ctx context.Context, who string) error {
		return w.link(ctx, w.person(who))
	})
	sc.When(`^Okta reads the person "([^"]*)"$`, func(ctx context.Context, who string) error {
		w.begin()
		_, _, err := w.read(ctx, w.person(who))
		return err
	})
	sc.When(`^Okta reads a person with the id "([^"]*)"$`, func(ctx context.Context, id string) error {
		w.begin()
		w.send(ctx, "GET", "/Users/"+segment(id), "")
		return nil
	})
	sc.When(`^Okta writes back the person "([^"]*)" as read$`, func(ctx context.Context, who string) error {
		w.begin()
		return w.push(ctx, w.person(who), func(map[string]any) {})
	})
	sc.When(`^Okta writes the person "([^"]*)" under an unknown id$`, func(ctx context.Context, who string) error {
		w.begin()
		p := w.person(who)
		w.send(ctx, "PUT", "/Users/00919288221112222", createBody(p, ""))
		return nil
	})
	sc.When(`^Okta pushes the profile of "([^"]*)" with$`, func(ctx context.Context, who string, t *godog.Table) error {
		return w.pushProfile(ctx, who, t)
	})
	sc.When(`^Okta pushes the profile of "([^"]*)" without "([^"]*)"$`, func(ctx context.Context, who, attr string) error {
		w.begin()
		return w.push(ctx, w.person(who), func(o map[string]any) {
			for k := range o {
				if strings.EqualFold(k, attr) {
					delete(o, k)
				}
			}
		})
	})
	sc.When(`^Okta gives "([^"]*)" the userName of "([^"]*)"$`, func(ctx context.Context, who, other string) error {
		w.begin()
		o, _, err := w.read(ctx, w.person(who))
		if err != nil {
			return err
		}
		setMember(o, "userName", w.person(other).userName)
		w.send(ctx, "PUT", "/Users/"+segment(w.person(who).id), marshal(o))
		return nil
	})
	sc.When(`^Okta syncs the profile of "([^"]*)" with an empty list of groups$`, func(ctx context.Context, who string) error {
		w.begin()
		return w.push(ctx, w.person(who), w.person(who).sync)
	})
	sc.When(`^Okta deactivates "([^"]*)"(?: again)?$`, func(ctx context.Context, who string) error {
		return w.deactivate(ctx, w.person(who))
	})
	sc.When(`^Okta deactivates somebody with an unknown id$`, func(ctx context.Context) error {
		w.begin()
		w.send(ctx, "PATCH", "/Users/00919288221112222", patchActive(false))
		return nil
	})
	sc.When(`^Okta reactivates "([^"]*)"(?: again)?$`, func(ctx context.Context, who string) error {
		return w.reactivate(ctx, w.person(who))
	})
	sc.When(`^Okta syncs a new password of "([^"]*)"$`, func(ctx context.Context, who string) error {
		w.begin()
		p := w.person(who)
		p.password = "n" + randomHex(6)
		ex := w.send(ctx, "PATCH", "/Users/"+segment(p.id), patchGroup(`{"op":"replace","value":{"password":`+quote(p.password)+`}}`))
		return w.expect(ctx, ex, 200, 204)
	})

	sc.Then(`^reading "([^"]*)" shows "([^"]*)" as sent$`, func(ctx context.Context, who, path string) error {
		want, err := w.person(who).sent(path)
		if err != nil {
			return err
		}
		return w.reading(ctx, who, path, want)
	})
	sc.Then(`^reading "([^"]*)" shows "([^"]*)" as (true|false|"[^"]*")$`, func(ctx context.Context, who, path, want string) error {
		return w.reading(ctx, who, path, w.value(want))
	})
	sc.Then(`^reading "([^"]*)" shows (\d+) "([^"]*)"$`, func(ctx context.Context, who string, n int, attr string) error {
		_, ex, err := w.read(ctx, w.person(who))
		if err != nil {
			return err
		}
		if l, _ := list(ex.value, attr); len(l) != n {
			return w.fail(ex, fmt.Sprintf("%d %s", n, attr), fmt.Sprintf("%d", len(l)))
		}
		return nil
	})
	sc.Then(`^reading "([^"]*)" shows the profile that Okta has sent$`, func(ctx context.Context, who string) error {
		_, ex, err := w.read(ctx, w.person(who))
		if err != nil {
			return err
		}
		for _, path := range []string{"id", "userName", "name.givenName", "name.familyName", "emails.value"} {
			want, err := w.person(who).sent(path)
			if path == "id" {
				want, err = w.person(who).id, nil
			}
			if err != nil {
				return err
			}
			if err := w.shows(ex, path, want); err != nil {
				return err
			}
		}
		return nil
	})
	sc.Then(`^looking up the person "([^"]*)" finds only that person$`, func(ctx context.Context, who string) error {
		return w.find(ctx, w.person(who))
	})
	sc.Then(`^looking up the userName "([^"]*)" finds nobody$`, func(ctx context.Context, name string) error {
		ex := w.lookUp(ctx, fmt.Sprint(w.value(name)), "%20", 100)
		if err := w.expect(ctx, ex, 200, 404); err != nil || ex.Status == 404 {
			return err
		}
		return w.none(ex)
	})
	sc.Then(`^the ids of (.+) differ$`, func(_ context.Context, who string) error {
		ids := map[string]string{}
		for _, n := range w.names(who) {
			id := w.person(n).id
			if other, taken := ids[id]; taken {
				return w.fail(w.answer(), "an id of its own for each", fmt.Sprintf("%s and %s both have %q", other, n, id))
			}
			ids[id] = n
		}
		return nil
	})
}

// reading checks an attribute on a fresh GET.
func (w *world) reading(ctx context.Context, who, path string, want any) error {
	_, ex, err := w.read(ctx, w.person(who))
	if err != nil {
		return err
	}
	return w.shows(ex, path, want)
}

// pushProfile is a profile push with the attributes of a table: path | value.
// What it changes becomes what Okta has sent.
func (w *world) pushProfile(ctx context.Context, who string, t *godog.Table) error {
	w.begin()
	p := w.person(who)
	return w.push(ctx, p, func(o map[string]any) {
		had := p.userName
		w.fill(p, o, t)
		if p.userName != had {
			w.renamed("Users", p.id, p.userName)
		}
	})
}
