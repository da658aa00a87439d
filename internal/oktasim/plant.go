package oktasim

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
)

const everyoneName = "Everyone"

// planter puts a seed into an org.
type planter struct {
	*call
	groups map[string]*group // by name
}

// plant puts the seed's objects into the org. The System Log begins after it.
func (o *Org) plant(s *Seed) error {
	o.quiet = true
	defer func() { o.quiet = false }()
	p := &planter{call: &call{org: o, now: o.now()}, groups: map[string]*group{everyoneName: o.groups[o.everyone]}}
	for _, name := range s.CustomAttributes {
		o.custom[name] = true
	}
	for _, u := range s.Users {
		p.user(u)
	}
	for _, g := range s.Groups {
		if err := p.group(g); err != nil {
			return err
		}
	}
	for i := range s.Apps {
		if err := p.app(&s.Apps[i]); err != nil {
			return err
		}
	}
	for _, x := range s.Groups {
		if x.App == "" {
			continue
		}
		g := p.groups[x.Name]
		g.kind, g.windows = groupApp, x.Windows
		for _, id := range o.appIDs {
			if o.apps[id].label == x.App {
				g.source = id
				break
			}
		}
	}
	for _, x := range s.Rules {
		if err := p.rule(x); err != nil {
			return err
		}
	}
	for _, f := range s.Faults {
		if err := o.addFault(f); err != nil {
			return err
		}
	}
	for _, t := range s.Tokens {
		o.access.addToken(&principal{id: o.ids.id(prefixToken), kind: principalToken, role: cmp.Or(t.Role, roleSuperAdmin), name: t.Name, userID: o.userIDOf(t.User)}, t.Token)
	}
	for _, a := range s.ServiceApps {
		if _, err := o.addServiceApp(a); err != nil {
			return err
		}
	}
	if s.Generate != nil {
		return p.generate(s.Number, *s.Generate)
	}
	return nil
}

func (p *planter) user(s SeedUser) *user {
	profile := map[string]any{}
	if _, named := s.Profile["email"]; !named {
		profile["email"] = s.Login()
	}
	overlay(profile, s.Profile)
	u := p.org.newUser(profile, cmp.Or(s.Status, userActive), p.now)
	if u.status != userStaged && u.status != userProvisioned && u.status != userDeprovisioned {
		u.hasPassword, u.passwordChanged = true, p.now
	}
	return u
}

func (p *planter) group(s SeedGroup) error {
	profile := groupProfile{Name: s.Name}
	if s.Description != "" {
		profile.Description = &s.Description
	}
	g := p.org.newGroup(groupOkta, profile, p.now)
	p.groups[s.Name] = g
	for _, login := range s.Members {
		u := p.org.users[p.org.userIDOf(login)]
		if u == nil {
			return fmt.Errorf("group %q: no user has the login %q", s.Name, login)
		}
		p.join(g, u)
	}
	return nil
}

// rule plants a rule and lets it look at everybody.
func (p *planter) rule(s SeedRule) error {
	o := p.org
	r := &rule{name: s.Name, text: s.Expression, status: cmp.Or(s.Status, statusActive), created: p.now, updated: p.now, excludeUsers: []string{}, excludeGroups: []string{}}
	for _, name := range s.Groups {
		g := p.groups[name]
		if g == nil {
			return fmt.Errorf("rule %q: no group is called %q", s.Name, name)
		}
		r.groups = append(r.groups, g.id)
	}
	for _, login := range s.Exclude {
		id := o.userIDOf(login)
		if id == "" {
			return fmt.Errorf("rule %q: no user has the login %q", s.Name, login)
		}
		r.excludeUsers = append(r.excludeUsers, id)
	}
	e, fail := o.checkRule(s.Expression, r.groups, r.excludeUsers)
	if fail != nil {
		return fmt.Errorf("rule %q: %s: %v", s.Name, fail.summary, fail.causes)
	}
	r.expression = e
	o.addRule(r)
	for _, id := range o.userIDs {
		p.evaluateLater(o.users[id], "seed")
	}
	return nil
}

func (p *planter) app(s *SeedApp) error {
	o := p.org
	a := o.newApp(cmp.Or(s.Name, defaultAppName), s.Label, p.now)
	a.status, a.signOnMode = cmp.Or(s.Status, a.status), cmp.Or(s.SignOnMode, a.signOnMode)
	a.userNameTemplate = cmp.Or(s.UserNameTemplate, a.userNameTemplate)
	if s.SignOnMode == signOnNone {
		a.signOnMode = ""
	}
	a.implicit, a.appUserStatus = s.ImplicitAssignment, s.AppUserStatus
	a.provisioned = s.Provisioned
	for _, login := range s.FailFor {
		if a.failFor == nil {
			a.failFor = map[string]bool{}
		}
		a.failFor[o.userIDOf(login)] = true
	}
	a.features = scimFeatures()
	if s.Features != nil {
		a.features = slices.Clone(*s.Features)
		if a.features == nil {
			a.features = []string{}
		}
	}
	for _, x := range s.Attributes {
		p := attribute{name: x.Name, title: cmp.Or(x.Title, x.Name), kind: x.Type, externalName: cmp.Or(x.ExternalName, x.Name),
			externalNamespace: cmp.Or(x.ExternalNamespace, coreURN), required: x.Required, group: x.Group, from: x.From, constant: x.Constant, createOnly: x.CreateOnly}
		if i := slices.IndexFunc(a.attributes, func(q attribute) bool { return q.name == x.Name }); i >= 0 {
			a.attributes[i] = p
		} else {
			a.attributes = append(a.attributes, p)
		}
	}
	for _, x := range s.Assign.Users {
		u := o.users[o.userIDOf(x.Login)]
		if u == nil {
			return fmt.Errorf("app %q: no user has the login %q", s.Label, x.Login)
		}
		a.direct[u.id] = &directAssignment{userName: x.UserName, profile: maps.Clone(x.Profile)}
		if x.Profile == nil {
			a.direct[u.id].profile = map[string]any{}
		}
		o.reassign(p.call, a, u, "")
	}
	for _, x := range s.Assign.Groups {
		g := p.groups[x.Name]
		if g == nil {
			return fmt.Errorf("app %q: no group is called %q", s.Label, x.Name)
		}
		p.assign(a, g, x)
	}
	for _, x := range s.Push {
		g := p.groups[x.Group]
		if g == nil {
			return fmt.Errorf("app %q: no group is called %q", s.Label, x.Group)
		}
		if err := p.push(a, g, x); err != nil {
			return err
		}
	}
	return nil
}

func (p *planter) assign(a *app, g *group, x SeedAssignedGroup) {
	ga := &groupAssignment{priority: a.nextWeight, profile: map[string]any{}, updated: p.now}
	if x.Priority != nil {
		ga.priority = *x.Priority
	}
	overlay(ga.profile, x.Profile)
	a.nextWeight++
	a.groups[g.id] = ga
	a.groupIDs.add(g.id)
	g.apps.add(a.id)
	for _, id := range g.members {
		p.org.reassign(p.call, a, p.org.users[id], "")
	}
}

func (p *planter) push(a *app, g *group, x SeedPush) error {
	name := cmp.Or(x.As, g.profile.Name)
	m, fail := p.newPush(a, g, &name, nil)
	if fail != nil {
		return fmt.Errorf("app %q: pushing group %q: %s", a.label, g.profile.Name, fail.summary)
	}
	m.status = cmp.Or(x.Status, statusActive)
	m.follows = x.As == ""
	if m.status == statusError {
		m.errorSummary = "The group could not be pushed."
	}
	return nil
}

func firstNames() []string {
	return []string{"Ada", "Alan", "Barbara", "Bjarne", "Claude", "Dennis", "Donald", "Dorothy", "Edsger", "Edith", "Frances", "Grace", "Hedy", "Ida",
		"Jean", "Jörg", "Joan", "John", "Ken", "Kathleen", "Lynn", "Margaret", "Marie", "Niklaus", "Radia", "Robin", "Shafi", "Sophie", "Søren", "Tim", "Tony", "Vint"}
}

func lastNames() []string {
	return []string{"Allen", "Backus", "Bartik", "Berners", "Booth", "Cerf", "Clarke", "Conway", "Dijkstra", "Feinler", "Goldberg", "Hamilton", "Hoare", "Holberton",
		"Hopper", "Knuth", "Lamarr", "Liskov", "Lovelace", "McCarthy", "Meyer", "Milner", "Müller", "O'Neil", "Perlman", "Ritchie", "Rhodes", "Thompson", "Turing", "Vaughan", "Wilson", "Wirth"}
}

func departments() []string {
	return []string{"Engineering", "Sales", "Support", "Finance", "Legal", "People", "Operations", "Research & Development"}
}

// generate makes people, groups and memberships up: the numbers are met exactly, sizes
// of groups differ as they do in real orgs (a few large, many small), and the same
// number gives the same org.
func (p *planter) generate(number uint64, g Generate) error {
	o := p.org
	rng := rand.New(rand.NewPCG(number, 0x67656e)) //nolint:gosec // made-up people protect nothing
	a, err := p.generatedApp(g)
	if err != nil {
		return err
	}
	domain := cmp.Or(g.Domain, "gen.test")
	first, last, dept := firstNames(), lastNames(), departments()
	people := make([]*user, g.Users)
	for i := range people {
		f, l := first[rng.IntN(len(first))], last[rng.IntN(len(last))]
		login := "user" + strconv.Itoa(100_000+i) + "@" + domain
		people[i] = o.newUser(map[string]any{
			"login": login, "email": login, "firstName": f, "lastName": l, "displayName": f + " " + l,
			"department": dept[rng.IntN(len(dept))], "title": "Member of staff", "employeeNumber": strconv.Itoa(100_000 + i),
		}, userActive, p.now)
		people[i].hasPassword, people[i].passwordChanged = true, p.now
	}
	all := o.newGroup(groupOkta, groupProfile{Name: "Generated people", Description: new("Everybody who was generated")}, p.now)
	for _, u := range people {
		p.join(all, u)
	}
	p.assign(a, all, SeedAssignedGroup{})
	for i, size := range groupSizes(g, rng) {
		made := o.newGroup(groupOkta, groupProfile{Name: fmt.Sprintf("Generated %04d", i+1)}, p.now)
		for j := range size { // the first size people of a shuffle that goes on from group to group
			k := j + rng.IntN(len(people)-j)
			people[j], people[k] = people[k], people[j]
			p.join(made, people[j])
		}
		if err := p.push(a, made, SeedPush{}); err != nil {
			return err
		}
	}
	return nil
}

func (p *planter) generatedApp(g Generate) (*app, error) {
	o := p.org
	for _, id := range o.appIDs {
		if a := o.apps[id]; g.App == "" || a.label == g.App {
			if !a.has(featureGroupPush) {
				return nil, fmt.Errorf("generate: app %q cannot push groups: add %s to its features", a.label, featureGroupPush)
			}
			return a, nil
		}
	}
	a := o.newApp(defaultAppName, cmp.Or(g.App, "SCIM 2.0 - Generated"), p.now)
	a.features = scimFeatures()
	return a, nil
}

// groupSizes shares the memberships out: the group at place i weighs 1/(i+10), and no
// group has more members than there are people.
func groupSizes(g Generate, rng *rand.Rand) []int {
	sizes := make([]int, g.Groups)
	if g.Groups == 0 || g.Users == 0 {
		return sizes
	}
	total := 0.0
	for i := range sizes {
		total += 1 / float64(i+10)
	}
	left := g.Memberships
	for i := range sizes {
		sizes[i] = min(g.Users, int(float64(g.Memberships)/float64(i+10)/total))
		left -= sizes[i]
	}
	for i := 0; left > 0; i = (i + 1) % len(sizes) {
		if sizes[i] < g.Users {
			sizes[i]++
			left--
		}
	}
	rng.Shuffle(len(sizes), func(i, j int) { sizes[i], sizes[j] = sizes[j], sizes[i] })
	return sizes
}
