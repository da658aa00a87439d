package oktasim

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
)

// Change counts what a churn or a scenario has done.
type Change struct {
	Joined      int `json:"joined,omitzero"`
	Left        int `json:"left,omitzero"`
	Updated     int `json:"updated,omitzero"`
	Created     int `json:"created,omitzero"`
	Deactivated int `json:"deactivated,omitzero"`
	Activated   int `json:"activated,omitzero"`
	Renamed     int `json:"renamed,omitzero"`
}

// script does many things to an org at once, as many admins would in a day: the same
// org, asked the same, always does the same.
type script struct {
	*call
	rng *rand.Rand
	Change
}

func (c *call) script() *script {
	c.org.churns++
	//nolint:gosec // made-up changes protect nothing
	return &script{call: c, rng: rand.New(rand.NewPCG(uint64(len(c.org.userIDs)), uint64(c.org.churns)))}
}

// Churn changes percent of the org's people as an ordinary day does: of a hundred who are
// touched, 40 get another title, 25 join a group, 25 leave one, 5 are deactivated and 5
// are new. It returns what it has done; the error is for a percentage that is none.
func (o *Org) Churn(percent float64) (Change, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.churn(&call{org: o, now: o.now(), requestID: o.ids.requestID()}, percent)
}

func churn(c *call) (reply, *apiError) {
	body := struct {
		Percent float64 `json:"percent"`
	}{1}
	if len(c.body) > 0 {
		if fail := c.decodeStrictly(&body); fail != nil {
			return reply{}, fail
		}
	}
	done, err := c.org.churn(c, body.Percent)
	if err != nil {
		return reply{}, invalid("percent", err.Error())
	}
	return ok(done)
}

func (o *Org) churn(c *call, percent float64) (Change, error) {
	if !(percent > 0 && percent <= 100) {
		return Change{}, fmt.Errorf("percent must be above 0 and at most 100")
	}
	s := c.script()
	n := max(1, int(float64(len(o.userIDs))*percent/100))
	groups := s.ordinaryGroups()
	people := s.people(n)
	for i, u := range people {
		switch kind := i * 100 / max(1, n); {
		case kind < 40 || len(groups) == 0:
			s.retitle(u, "Title "+strconv.Itoa(o.churns))
		case kind < 65:
			s.put(groups[s.rng.IntN(len(groups))], u)
		case kind < 90:
			s.takeOut(u)
		case kind < 95:
			s.fire(u)
		default:
			s.hire(i, groups)
		}
	}
	return s.Change, nil
}

// people picks n different people who are not deactivated.
func (s *script) people(n int) []*user {
	var all []*user
	for _, id := range s.org.userIDs {
		if u := s.org.users[id]; u.status != userDeprovisioned {
			all = append(all, u)
		}
	}
	s.rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:min(n, len(all))]
}

func (s *script) ordinaryGroups() []*group {
	var all []*group
	for _, id := range s.org.groupIDs {
		if g := s.org.groups[id]; g.kind == groupOkta {
			all = append(all, g)
		}
	}
	return all
}

func (s *script) retitle(u *user, title string) {
	profile := maps.Clone(u.profile)
	profile["title"] = title
	s.setProfile(u, profile)
	s.Updated++
}

func (s *script) put(g *group, u *user) {
	if !g.members.has(u.id) {
		s.join(g, u)
		s.Joined++
	}
}

// takeOut takes u out of one of the groups that people can be taken out of.
func (s *script) takeOut(u *user) {
	for _, id := range slices.Clone(u.groups) {
		if g := s.org.groups[id]; g.kind == groupOkta && len(g.apps) == 0 {
			s.leave(g, u)
			s.Left++
			return
		}
	}
}

func (s *script) fire(u *user) {
	s.deactivate(u)
	s.Deactivated++
}

func (s *script) hire(i int, groups []*group) {
	o := s.org
	login := fmt.Sprintf("new%d.%d@churn.test", o.churns, i)
	if o.userIDOf(login) != "" {
		return
	}
	u := o.newUser(map[string]any{"login": login, "email": login, "firstName": "New", "lastName": "Comer " + strconv.Itoa(i), "title": "New"}, userStaged, s.now)
	u.hasPassword, u.passwordChanged = true, s.now
	s.log("user.lifecycle.create", "", userTarget(u))
	s.followGroup(o.groups[o.everyone], u)
	s.activate(u)
	if len(groups) > 0 {
		s.put(groups[s.rng.IntN(len(groups))], u)
	}
	s.Created++
}

// ScenarioNames are the named things that can happen to an org at one go.
func ScenarioNames() []string {
	return []string{"massLeave", "reorganisation", "renameSwap"}
}

// ScenarioOptions aim a scenario. The zero value takes what is usual.
type ScenarioOptions struct {
	// Percent of the people it is about; 0 means 30.
	Percent float64 `json:"percent"`
	// Groups are the ids of the two groups of renameSwap; the first two ordinary groups
	// if empty.
	Groups []string `json:"groups"`
}

// Scenario makes something happen, by one of [ScenarioNames]:
//
//	massLeave       percent of the people are deactivated at once
//	reorganisation  percent of the people change department, manager and groups, and
//	                every tenth group gets another name
//	renameSwap      two groups swap their names
//
// The error is for a name that does not exist or options that do not fit.
func (o *Org) Scenario(name string, opt ScenarioOptions) (Change, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.scenario(&call{org: o, now: o.now(), requestID: o.ids.requestID()}, name, opt)
}

func runScenario(c *call) (reply, *apiError) {
	var opt ScenarioOptions
	if len(c.body) > 0 {
		if fail := c.decodeStrictly(&opt); fail != nil {
			return reply{}, fail
		}
	}
	done, err := c.org.scenario(c, c.arg("scenario"), opt)
	if err != nil {
		return reply{}, invalid("scenario", err.Error())
	}
	return ok(done)
}

func (o *Org) scenario(c *call, name string, opt ScenarioOptions) (Change, error) {
	if opt.Percent == 0 {
		opt.Percent = 30
	}
	if !(opt.Percent > 0 && opt.Percent <= 100) {
		return Change{}, fmt.Errorf("percent must be above 0 and at most 100")
	}
	if !slices.Contains(ScenarioNames(), name) {
		return Change{}, fmt.Errorf("there is no scenario %q; %s", name, oneOf(name, ScenarioNames()))
	}
	s := c.script()
	people := s.people(max(1, int(float64(len(o.userIDs))*opt.Percent/100)))
	switch name {
	case "massLeave":
		for _, u := range people {
			s.fire(u)
		}
	case "reorganisation":
		s.reorganise(people)
	default:
		return s.Change, s.swapNames(opt.Groups)
	}
	return s.Change, nil
}

func (s *script) reorganise(people []*user) {
	groups := s.ordinaryGroups()
	departments := departments()
	for _, u := range people {
		profile := maps.Clone(u.profile)
		boss := people[s.rng.IntN(len(people))]
		profile["department"] = departments[s.rng.IntN(len(departments))]
		profile["manager"], profile["managerId"] = boss.displayName(), boss.login()
		s.setProfile(u, profile)
		s.Updated++
		if len(groups) > 0 {
			s.takeOut(u)
			s.put(groups[s.rng.IntN(len(groups))], u)
		}
	}
	for i, g := range groups {
		if i%10 == 9 {
			s.rename(g, g.profile.Name+" (new)")
		}
	}
}

func (s *script) rename(g *group, name string) {
	s.beforeGroupChange(g)
	g.profile.Name, g.updated = name, s.now
	s.log("group.profile.update", "", groupTarget(g))
	s.renamePushed(g)
	s.Renamed++
}

// swapNames goes over a name that nobody has, since two groups cannot have one name even
// for a moment; both changes fall into one second.
func (s *script) swapNames(ids []string) error {
	var pair []*group
	for _, id := range ids {
		g := s.org.groups[id]
		if g == nil || g.kind != groupOkta {
			return fmt.Errorf("%q is no group whose name can be changed", id)
		}
		pair = append(pair, g)
	}
	if pair == nil {
		pair = s.ordinaryGroups()
	}
	if len(pair) < 2 {
		return fmt.Errorf("it takes two groups to swap names")
	}
	a, b := pair[0].profile.Name, pair[1].profile.Name
	s.rename(pair[0], a+" (swapping)")
	s.rename(pair[1], a)
	s.rename(pair[0], b)
	return nil
}
