package config

import (
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// minFull keeps a schedule of milliseconds from hammering both sides.
const minFull = Duration(time.Second)

// minDelta is the same for delta runs, which take three of Okta's few requests a minute to
// the log and to apps.
const minDelta = Duration(time.Second)

// check finds what the schema cannot say.
func (c *Config) check(d *document) {
	c.checkOkta(d)
	c.checkLedger(d)
	first := map[string]int{}
	for i := range c.Connections {
		k := &c.Connections[i]
		path := func(p ...string) []string { return append([]string{"connections", strconv.Itoa(i)}, p...) }
		if j, twice := first[strings.ToLower(k.Name)]; twice && k.Name != "" {
			d.add(path("name"), fmt.Sprintf("%q is already the name of connections[%d]; names are compared without case", k.Name, j))
		} else {
			first[strings.ToLower(k.Name)] = i
		}
		k.check(d, path)
		for j := range i {
			if other := &c.Connections[j]; k.samePeople(other) && sameAccount(&k.Target, &other.Target) {
				d.add(path("target"), fmt.Sprintf("is the target of connections[%d] as well, for the same people: each would undo what the other does; make one connection of them", j))
				break
			}
		}
	}
}

// samePeople reports whether two connections provision the same people for certain: the
// same app, or a group in common. Two apps may still overlap.
func (k *Connection) samePeople(other *Connection) bool {
	if k.Assign == nil || other.Assign == nil {
		return k.App != "" && k.App == other.App
	}
	return slices.ContainsFunc(k.Assign.Groups, func(g string) bool { return slices.Contains(other.Assign.Groups, g) })
}

// sameAccount reports whether two targets are one: the same address and the same
// credentials. With other credentials it may be another tenant, since many services
// have one address for all.
func sameAccount(a, b *Target) bool {
	address := func(t *Target) string {
		u, err := url.Parse(t.BaseURL)
		if err != nil {
			return t.BaseURL
		}
		return strings.ToLower(u.Scheme+"://"+u.Host) + strings.TrimRight(u.Path, "/")
	}
	return a.BaseURL != "" && address(a) == address(b) && a.Auth.credential() != "" && a.Auth.credential() == b.Auth.credential()
}

// credential is what tells one account of a target from another.
func (a *TargetAuth) credential() string {
	switch {
	case a.Basic != nil:
		return "basic " + a.Basic.Username
	case a.OAuth != nil:
		return "oauth " + a.OAuth.TokenURL + " " + a.OAuth.ClientID
	case !a.Bearer.IsZero():
		return a.Bearer.Reveal()
	}
	return strings.TrimPrefix(a.Header.Reveal(), "Bearer ")
}

func (c *Config) checkOkta(d *document) {
	if o := c.Okta.OrgURL; o != "" {
		path := []string{"okta", "orgUrl"}
		u := checkURL(d, path, o)
		switch {
		case u == nil:
		case strings.Contains(u.Host, "-admin.okta"):
			d.add(path, fmt.Sprintf("this is the address of the admin console; write https://%s", strings.Replace(u.Host, "-admin.", ".", 1)))
		case strings.Trim(u.Path, "/") != "":
			d.add(path, fmt.Sprintf("must have no path; write %s://%s", u.Scheme, u.Host))
		}
	}
	a := c.Okta.Auth
	auth := []string{"okta", "auth"}
	switch {
	case a.APIToken.IsZero() && a.ServiceApp == nil:
		if d.has(auth) && !d.has(append(auth, "apiToken")) {
			d.add(auth, "name one way of signing in: apiToken or serviceApp")
		}
	case !a.APIToken.IsZero() && a.ServiceApp != nil:
		d.add(auth, "name only one way of signing in: apiToken or serviceApp")
	}
	if s := a.ServiceApp; s != nil && (s.PrivateKeyFile == "") == s.PrivateKey.IsZero() {
		d.add(append(auth, "serviceApp"), "name the key once: privateKeyFile or privateKey")
	}
	if d.has([]string{"okta", "budget"}) && c.Okta.Budget < 1 {
		d.add([]string{"okta", "budget"}, "must be at least 1%: with less nothing could be read")
	}
}

func (k *Connection) check(d *document, path func(...string) []string) {
	switch {
	case k.App == "" && k.Assign == nil:
		d.add(path(), `say who is assigned: app: "LABEL OR ID", or assign: {groups: [NAME]}`)
	case k.App != "" && k.Assign != nil:
		d.add(path("assign"), "stands beside app; who is assigned comes from one of the two")
	}
	if file := k.Target.Profile; file != "" {
		if isFile(file) && !filepath.IsAbs(file) {
			file = filepath.Join(d.dir, file)
		}
		if _, err := readProfile(file); err != nil {
			d.add(path("target", "profile"), err.Error())
		}
	}
	if k.Target.BaseURL != "" {
		if u := checkURL(d, path("target", "baseUrl"), k.Target.BaseURL); u != nil {
			for _, end := range []string{"/Users", "/Groups"} {
				if strings.HasSuffix(strings.TrimRight(u.Path, "/"), end) {
					d.add(path("target", "baseUrl"), "must be the base URL, without "+end)
				}
			}
		}
	}
	a := k.Target.Auth
	ways := 0
	for _, given := range []bool{!a.Bearer.IsZero(), !a.Header.IsZero(), a.Basic != nil, a.OAuth != nil} {
		if given {
			ways++
		}
	}
	named := d.has(path("target", "auth", "bearer")) || d.has(path("target", "auth", "header"))
	if ways > 1 || ways == 0 && !named {
		d.add(path("target", "auth"), "name exactly one way of signing in: bearer, header, basic or oauth")
	}
	if a.OAuth != nil && a.OAuth.TokenURL != "" {
		checkURL(d, path("target", "auth", "oauth", "tokenUrl"), a.OAuth.TokenURL)
	}
	if (k.Target.ClientCertFile == "") != (k.Target.ClientKeyFile == "") {
		d.add(path("target"), "clientCertFile and clientKeyFile go together")
	}
	if k.Schedule.Full < minFull {
		d.add(path("schedule", "full"), fmt.Sprintf("must be at least %s", minFull))
	}
	switch delta := k.Schedule.Delta; {
	case delta == 0 && !d.has(path("schedule", "delta")):
	case delta < minDelta:
		d.add(path("schedule", "delta"), fmt.Sprintf("must be at least %s", minDelta))
	case delta >= k.Schedule.Full:
		d.add(path("schedule", "delta"), fmt.Sprintf("must be shorter than schedule.full, %s: every full run looks at everything", k.Schedule.Full))
	case k.App == "" && k.Assign != nil:
		d.add(path("schedule", "delta"), "is for a connection to an app; a connection to groups is read whole each time")
	}
	seen := map[string]bool{}
	for i, p := range k.Push {
		p.check(d, path, i)
		if p.Name != "" && seen[p.Name] {
			d.add(path("push", strconv.Itoa(i), "name"), fmt.Sprintf("%q is pushed twice", p.Name))
		}
		seen[p.Name] = true
	}
}

// checkURL records what is wrong with an address; nil if something is.
func checkURL(d *document, path []string, s string) *url.URL {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https"):
		hint := "write for example https://scim.example.com/scim/v2"
		if err == nil && u.Scheme == "" && strings.Contains(s, ".") {
			hint = fmt.Sprintf("did you mean %q?", "https://"+strings.TrimLeft(s, "/"))
		}
		d.add(path, fmt.Sprintf("%q is no URL; %s", s, hint))
	case u.User != nil:
		d.add(path, "must not carry a user name or password; put them under auth")
	case u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
		d.add(path, "must have no query and no fragment")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		d.add(path, "must be https: a token sent over http is everybody's (http is for this machine only)")
	default:
		return u
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// has reports whether the file says anything at path.
func (d *document) has(path []string) bool {
	_, ok := d.keys[pathKey(path)]
	return ok
}
