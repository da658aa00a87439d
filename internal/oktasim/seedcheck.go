package oktasim

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/oktascim/oktascim/internal/nearest"
)

// Most that can be generated: a simulator on a laptop, not an archive.
const (
	maxGeneratedUsers  = 200_000
	maxGeneratedGroups = 20_000
)

// check finds what the types cannot say: names that name nothing, values that do not
// exist.
func (r *seedReader) check(s *Seed) {
	r.choice("quirks.overLimit", s.Quirks.OverLimit, overLimitReject, overLimitClamp)
	r.checkKnobs(s)
	if s.Cell != "" && (len(s.Cell) != 3 || strings.Trim(s.Cell, base62) != "") {
		r.add("cell", fmt.Sprintf("%q must be three letters or digits, as 1d7", s.Cell))
	}
	if l := s.RateLimits; l.Scale < 0 || l.Concurrency < 0 || l.PrincipalPercent < 0 || l.PrincipalPercent > 100 {
		r.add("rateLimits", "scale and concurrency must not be negative, principalPercent must be 0 to 100")
	}
	if s.AssignmentDelaySeconds < 0 {
		r.add("assignmentDelaySeconds", "must not be negative")
	}
	logins := r.checkUsers(s)
	groups := r.checkGroups(s, logins)
	labels := []string{}
	for i := range s.Apps {
		path := "apps[" + strconv.Itoa(i) + "]"
		// Two apps may have one label: Okta allows it, and a client has to cope.
		if strings.TrimSpace(s.Apps[i].Label) == "" {
			r.add(path, "needs a label")
		}
		labels = append(labels, s.Apps[i].Label)
		r.checkApp(s, &s.Apps[i], path, logins, groups)
	}
	for i, g := range s.Groups {
		if g.App != "" {
			r.known("groups["+strconv.Itoa(i)+"].app", "app", g.App, labels)
		} else if g.Windows {
			r.add("groups["+strconv.Itoa(i)+"].windows", "only an imported group can come from Active Directory: name its app")
		}
	}
	r.checkRules(s, logins, groups)
	r.checkAccess(s, logins)
	if g := s.Generate; g != nil {
		r.checkGenerate(g, labels)
	}
}

// checkKnobs looks at the switches and lags.
func (r *seedReader) checkKnobs(s *Seed) {
	for name, n := range s.Lags.byName() {
		if n < 0 || n > maxLagSeconds {
			r.add("lags."+name, fmt.Sprintf("%d must be between 0 and %d", n, maxLagSeconds))
		}
	}
	if d := s.HookDelivery; d.Batch < 0 || d.DuplicateEvery < 0 || d.TimeoutMilliseconds < 0 {
		r.add("hookDelivery", "batch, duplicateEvery and timeoutMilliseconds must not be negative")
	}
	if q := s.Quirks; q.MembersTimeoutAbove < 0 || q.SearchTimeoutAbove < 0 || q.UserTypes < 0 || q.UserTypes > maxUserTypes {
		r.add("quirks", fmt.Sprintf("membersTimeoutAbove, searchTimeoutAbove and userTypes must not be negative, and there are at most %d user types", maxUserTypes))
	}
	for i, f := range s.Faults {
		if err := f.check(); err != nil {
			r.add("faults["+strconv.Itoa(i)+"]", err.Error())
		}
	}
}

func (r *seedReader) checkRules(s *Seed, logins, groups []string) {
	known := func(name string) bool {
		return name == "id" || name == "status" || slices.Contains(baseAttributes(), name) || slices.Contains(s.CustomAttributes, name)
	}
	for i, x := range s.Rules {
		path := "rules[" + strconv.Itoa(i) + "]"
		r.choice(path+".status", x.Status, statusActive, statusInactive)
		if x.Name == "" || len([]rune(x.Name)) > maxRuleName {
			r.add(path, fmt.Sprintf("needs a name of at most %d characters", maxRuleName))
		}
		if _, err := parseOEL(x.Expression, known); err != nil {
			r.add(path+".expression", err.Error())
		}
		if len(x.Groups) == 0 || len(x.Groups) > maxRuleGroups {
			r.add(path, fmt.Sprintf("needs between 1 and %d groups", maxRuleGroups))
		}
		for j, name := range x.Groups {
			at := path + ".groups[" + strconv.Itoa(j) + "]"
			r.known(at, "group", name, groups)
			if name == everyoneName || slices.ContainsFunc(s.Groups, func(g SeedGroup) bool { return g.Name == name && g.App != "" }) {
				r.add(at, "rules cannot add to this group")
			}
		}
		for j, login := range x.Exclude {
			r.known(path+".exclude["+strconv.Itoa(j)+"]", "user", login, logins)
		}
	}
}

// oneOf says what was probably meant, and else what there is.
func oneOf(name string, candidates []string) string {
	slices.Sort(candidates)
	candidates = slices.DeleteFunc(slices.Compact(candidates), func(c string) bool { return c == "" })
	if best := nearest.One(name, candidates); best != "" {
		return fmt.Sprintf("did you mean %q?", best)
	}
	const shown = 12
	if len(candidates) > shown {
		candidates = append(slices.Clone(candidates[:shown]), "…")
	}
	return "there is: " + strings.Join(candidates, ", ")
}

// choice wants one of the values, or nothing.
func (r *seedReader) choice(path, have string, values ...string) {
	if have != "" && !slices.Contains(values, have) {
		r.add(path, fmt.Sprintf("%q is not possible; %s", have, oneOf(have, values)))
	}
}

// known wants the name of something that the file has.
func (r *seedReader) known(path, what, have string, values []string) {
	switch {
	case have == "":
		r.add(path, "must name a "+what)
	case !slices.Contains(values, have):
		r.add(path, fmt.Sprintf("no %s is called %q; %s", what, have, oneOf(have, slices.Clone(values))))
	}
}

func (r *seedReader) checkUsers(s *Seed) []string {
	names := slices.Concat(baseAttributes(), s.CustomAttributes)
	var logins []string
	seen := map[string]string{}
	for i, u := range s.Users {
		path := "users[" + strconv.Itoa(i) + "]"
		r.choice(path+".status", u.Status, userStaged, userProvisioned, userActive, userRecovery, userExpired, userLockedOut, userSuspended, userDeprovisioned)
		for name := range u.Profile {
			if !slices.Contains(names, name) {
				at := r.keys[join(path, name)]
				r.addAt(at, join(path, name), "no profile attribute has this name; "+oneOf(name, append(slices.Clone(names), "status"))+" (others go into customAttributes)")
			}
		}
		for _, name := range []string{"login", "firstName", "lastName"} {
			if text, _ := u.Profile[name].(string); text == "" {
				r.add(path, "needs a "+name)
			}
		}
		login := u.Login()
		if login != "" && !strings.Contains(login, "@") {
			r.add(path+".login", fmt.Sprintf("%q must look like an e-mail address", login))
		}
		if first, twice := seen[strings.ToLower(login)]; twice && login != "" {
			r.add(path+".login", fmt.Sprintf("%q is already the login of %s", login, first))
		}
		seen[strings.ToLower(login)] = path
		logins = append(logins, login)
	}
	return logins
}

func (r *seedReader) checkGroups(s *Seed, logins []string) []string {
	groups := []string{everyoneName}
	for i, g := range s.Groups {
		path := "groups[" + strconv.Itoa(i) + "]"
		switch {
		case strings.TrimSpace(g.Name) == "":
			r.add(path, "needs a name")
		case g.Name == everyoneName:
			r.add(path+".name", "Everyone is always there and has every user: leave it out")
		case slices.Contains(groups, g.Name):
			r.add(path+".name", fmt.Sprintf("%q is already the name of a group", g.Name))
		}
		groups = append(groups, g.Name)
		for j, login := range g.Members {
			r.known(path+".members["+strconv.Itoa(j)+"]", "user", login, logins)
			if slices.Contains(g.Members[:j], login) {
				r.add(path+".members["+strconv.Itoa(j)+"]", fmt.Sprintf("%q is named twice", login))
			}
		}
	}
	return groups
}

func appFeatureNames() []string {
	return []string{featureNewUsers, featureProfile, featureDeactivation, featurePassword, featureReactivate, featureSCIM, featureGroupPush,
		"PROFILE_MASTERING", "IMPORT_NEW_USERS", "IMPORT_PROFILE_UPDATES", "IMPORT_USER_SCHEMA", "OUTBOUND_DEL_AUTH"}
}

func (r *seedReader) checkApp(s *Seed, a *SeedApp, path string, logins, groups []string) {
	r.choice(path+".status", a.Status, statusActive, statusInactive)
	r.choice(path+".appUserStatus", a.AppUserStatus, appUserStatuses()...)
	if a.Features != nil {
		for i, f := range *a.Features {
			r.choice(path+".features["+strconv.Itoa(i)+"]", f, appFeatureNames()...)
		}
	}
	schema := standardAttributes()
	names := make([]string, 0, len(schema)+len(a.Attributes))
	for _, p := range schema {
		names = append(names, p.name)
	}
	for i, p := range a.Attributes {
		at := path + ".attributes[" + strconv.Itoa(i) + "]"
		if p.Name == "" {
			r.add(at, "needs a name")
		}
		names = append(names, p.Name)
		r.choice(at+".type", p.Type, "string", "boolean", "number", "integer", "array")
		if p.From != "" {
			r.known(at+".from", "user profile attribute", p.From, slices.Concat(baseAttributes(), s.CustomAttributes))
		}
	}
	for i, login := range a.FailFor {
		r.known(path+".failFor["+strconv.Itoa(i)+"]", "user", login, logins)
	}
	ofSchema := func(at string, profile map[string]any) {
		for name := range profile {
			r.known(join(at, name), "attribute of the app", name, names)
		}
	}
	for i, u := range a.Assign.Users {
		at := path + ".assign.users[" + strconv.Itoa(i) + "]"
		r.known(at+".login", "user", u.Login, logins)
		ofSchema(at+".profile", u.Profile)
	}
	for i, g := range a.Assign.Groups {
		at := path + ".assign.groups[" + strconv.Itoa(i) + "]"
		r.known(at+".name", "group", g.Name, groups)
		ofSchema(at+".profile", g.Profile)
	}
	for i, p := range a.Push {
		at := path + ".push[" + strconv.Itoa(i) + "]"
		r.known(at+".group", "group", p.Group, groups)
		r.choice(at+".status", p.Status, statusActive, statusInactive, statusError)
		if slices.ContainsFunc(a.Push[:i], func(q SeedPush) bool { return q.Group == p.Group }) {
			r.add(at+".group", fmt.Sprintf("%q is pushed twice", p.Group))
		}
	}
	if len(a.Push) > 0 && a.Features != nil && !slices.Contains(*a.Features, featureGroupPush) {
		r.add(path+".push", "the app cannot push groups: add "+featureGroupPush+" to features")
	}
}

func (r *seedReader) checkAccess(s *Seed, logins []string) {
	for i, t := range s.Tokens {
		path := "tokens[" + strconv.Itoa(i) + "]"
		r.choice(path+".role", t.Role, roleNames()...)
		if t.Token == "" {
			r.add(path, "needs a token")
		}
		if t.User != "" {
			r.known(path+".user", "user", t.User, logins)
		}
	}
	for i, a := range s.ServiceApps {
		path := "serviceApps[" + strconv.Itoa(i) + "]"
		r.choice(path+".role", a.Role, roleNames()...)
		if _, err := publicKey(a.PublicKey); err != nil {
			r.add(path+".publicKey", err.Error())
		}
		for j, scope := range a.Scopes {
			if !strings.HasPrefix(scope, "okta.") {
				r.add(path+".scopes["+strconv.Itoa(j)+"]", fmt.Sprintf("%q is no scope of the Management API, as okta.users.read", scope))
			}
		}
	}
}

func publicKey(text string) (any, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Type != "PUBLIC KEY" {
		return nil, fmt.Errorf("must be PEM that begins with -----BEGIN PUBLIC KEY-----")
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("is no public key: %w", err)
	}
	return key, nil
}

func (r *seedReader) checkGenerate(g *Generate, labels []string) {
	between := func(name string, have, most int) {
		if have < 0 || have > most {
			r.add("generate."+name, fmt.Sprintf("%d must be between 0 and %d", have, most))
		}
	}
	between("users", g.Users, maxGeneratedUsers)
	between("groups", g.Groups, maxGeneratedGroups)
	between("memberships", g.Memberships, max(0, g.Users)*max(0, g.Groups))
	if g.App != "" && len(labels) > 0 {
		r.known("generate.app", "app", g.App, labels)
	}
	if g.Domain != "" && strings.ContainsAny(g.Domain, "@ /") {
		r.add("generate.domain", fmt.Sprintf("%q is no domain, as gen.test", g.Domain))
	}
}
