package oktasim

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// Features of an app, as far as provisioning has to do with them.
const (
	featureNewUsers     = "PUSH_NEW_USERS"
	featureProfile      = "PUSH_PROFILE_UPDATES"
	featureDeactivation = "PUSH_USER_DEACTIVATION"
	featurePassword     = "PUSH_PASSWORD_UPDATES"
	featureReactivate   = "REACTIVATE_USERS"
	featureSCIM         = "SCIM_PROVISIONING"
	featureGroupPush    = "GROUP_PUSH"
)

// signOnNone in a seed is a signOnMode of null.
const signOnNone = "none"

const (
	statusActive   = "ACTIVE"
	statusInactive = "INACTIVE"
	statusError    = "ERROR"
)

type app struct {
	id, name, label  string
	status           string
	signOnMode       string
	features         []string
	userNameTemplate string
	implicit         bool // Federation Broker Mode
	created, updated time.Time

	attributes []attribute // the app user schema, userName first
	toApp      string      // id of the profile mapping from Okta to the app
	toOkta     string      // id of the one in the other direction
	moreTypes  [][2]string // the same pair for every further user type of the org

	// appUserStatus replaces the status that app users would have; see statusOf.
	appUserStatus string
	provisioned   bool            // app users get an externalId
	failFor       map[string]bool // users whose provisioning fails

	connected     string // status of the provisioning connection, for the apps that have one
	connectionURL string

	direct     map[string]*directAssignment // by user id
	groups     map[string]*groupAssignment  // by group id
	groupIDs   idSet
	users      map[string]*appUser // by user id
	userIDs    idSet
	pushes     map[string]*push // by mapping id
	pushIDs    idSet
	nextWeight int
}

func (a *app) has(feature string) bool { return slices.Contains(a.features, feature) }

type appView struct {
	ID              string         `json:"id"`
	ORN             string         `json:"orn"`
	Name            string         `json:"name"`
	Label           string         `json:"label"`
	Status          string         `json:"status"`
	LastUpdated     stamp          `json:"lastUpdated"`
	Created         stamp          `json:"created"`
	Accessibility   map[string]any `json:"accessibility"`
	Visibility      map[string]any `json:"visibility"`
	Features        []string       `json:"features"`
	SignOnMode      *string        `json:"signOnMode"`
	Credentials     map[string]any `json:"credentials"`
	UniversalLogout map[string]any `json:"universalLogout"`
	Settings        map[string]any `json:"settings"`
	Embedded        map[string]any `json:"_embedded,omitzero"`
	Links           links          `json:"_links"`
}

func (c *call) appView(a *app) appView {
	v := appView{
		ID: a.id, ORN: "orn:okta:idp:" + c.org.orgID + ":apps:" + a.name + ":" + a.id, Name: a.name, Label: a.label,
		Status: a.status, LastUpdated: stamp(a.updated), Created: stamp(a.created),
		Accessibility: map[string]any{"selfService": false, "errorRedirectUrl": nil, "loginRedirectUrl": nil},
		Visibility: map[string]any{"autoLaunch": false, "autoSubmitToolbar": false,
			"hide": map[string]any{"iOS": false, "web": false}, "appLinks": map[string]any{"login": true}},
		Features:        a.features,
		Credentials:     map[string]any{"userNameTemplate": map[string]any{"template": a.userNameTemplate, "type": templateType(a.userNameTemplate)}},
		UniversalLogout: map[string]any{"status": "UNSUPPORTED"},
		Settings: map[string]any{"app": map[string]any{},
			"notifications":      map[string]any{"vpn": map[string]any{"network": map[string]any{"connection": "DISABLED"}, "message": nil, "helpUrl": nil}},
			"manualProvisioning": false, "implicitAssignment": a.implicit, "emOptInStatus": "NONE",
			"notes": map[string]any{"admin": nil, "enduser": nil}},
		Links: links{
			"uploadLogo": href{Href: c.href("apps", a.id, "logo"), Hints: allow(http.MethodPost)},
			"appLinks":   []href{{Name: "login", Href: c.base + "/home/" + a.name + "/" + a.id, Type: "text/html"}},
			"groups":     href{Href: c.href("apps", a.id, "groups")},
			"users":      href{Href: c.href("apps", a.id, "users")},
			"policies":   href{Href: c.href("apps", a.id, "policies"), Hints: allow(http.MethodPut)},
			"logo":       []href{{Name: "medium", Href: c.base + "/assets/img/logos/default.png", Type: "image/png"}},
		},
	}
	if a.signOnMode != "" {
		v.SignOnMode = &a.signOnMode
	}
	if a.status == statusActive {
		v.Links["deactivate"] = href{Href: c.href("apps", a.id, "lifecycle", "deactivate")}
	} else {
		v.Links["activate"] = href{Href: c.href("apps", a.id, "lifecycle", "activate")}
	}
	return v
}

func oneApp(serve func(c *call, a *app) (reply, *apiError)) handler {
	return func(c *call) (reply, *apiError) {
		a := c.org.apps[c.arg("app")]
		if a == nil {
			return reply{}, notFound(c.arg("app"), "AppInstance")
		}
		return serve(c, a)
	}
}

func listApps(c *call) (reply, *apiError) {
	o, q := c.org, c.query()
	shown := func(*app) bool { return true }
	if text := q.Get("filter"); text != "" {
		match, err := parseExpression(text, appFilterTerms())
		if err != nil {
			return reply{}, badSearch(err.Error())
		}
		shown = func(a *app) bool { return match.hits(appValues(a)) }
	}
	prefix := strings.ToLower(q.Get("q"))
	expanded, _ := strings.CutPrefix(q.Get("expand"), "user/")
	if !strings.Contains(q.Get("filter"), `user.id eq "`+expanded+`"`) {
		expanded = "" // only together with the filter for the same user
	}
	// The spec gives -1 as the default page size; 200 is the largest.
	rule := listRule{def: 200, max: 200, keep: []string{"filter", "q", "expand", "includeNonDeleted", "useOptimization"}}
	return list(c, rule, o.appIDs, func(id string) (appView, bool) {
		a := o.apps[id]
		named := strings.HasPrefix(strings.ToLower(a.name), prefix) || strings.HasPrefix(strings.ToLower(a.label), prefix)
		if !named || !shown(a) {
			return appView{}, false
		}
		v := c.appView(a)
		if au := a.users[expanded]; au != nil {
			v.Embedded = map[string]any{"user": c.appUserView(a, au, false)}
		}
		return v, true
	})
}

func getApp(c *call, a *app) (reply, *apiError) { return ok(c.appView(a)) }

type appBody struct {
	Name       string  `json:"name"`
	Label      *string `json:"label"`
	SignOnMode *string `json:"signOnMode"`
	Credential *struct {
		Template *struct {
			Template string `json:"template"`
		} `json:"userNameTemplate"`
	} `json:"credentials"`
}

func (b appBody) check() *apiError {
	if b.Label == nil || strings.TrimSpace(*b.Label) == "" {
		return invalid("label", "label: The field cannot be left blank")
	}
	if len(*b.Label) > 100 {
		return invalid("label", "label: The field is too long")
	}
	return nil
}

// createApp adds an instance of a catalog app. It starts without provisioning: that is
// switched on in the admin console, for which see the control under /sandbox/.
func createApp(c *call) (reply, *apiError) {
	var body appBody
	if fail := c.decode(&body); fail != nil {
		return reply{}, fail
	}
	if fail := body.check(); fail != nil {
		return reply{}, fail
	}
	if body.Name == "" {
		return reply{}, invalid("name", "name: The field cannot be left blank")
	}
	a := c.org.newApp(body.Name, *body.Label, c.now)
	a.features = []string{}
	body.apply(a)
	c.log("application.lifecycle.create", "", appTarget(a))
	return ok(c.appView(a))
}

func (b appBody) apply(a *app) {
	a.label = *b.Label
	if b.SignOnMode != nil {
		a.signOnMode = *b.SignOnMode
	}
	if b.Credential != nil && b.Credential.Template != nil && b.Credential.Template.Template != "" {
		a.userNameTemplate = b.Credential.Template.Template
	}
}

// replaceApp changes what can be changed over the API: label, sign-on mode and the
// user name template. features is read-only, as the spec says.
func replaceApp(c *call, a *app) (reply, *apiError) {
	var body appBody
	if fail := c.decode(&body); fail != nil {
		return reply{}, fail
	}
	if fail := body.check(); fail != nil {
		return reply{}, fail
	}
	body.apply(a)
	a.updated = c.now
	c.log("application.lifecycle.update", "", appTarget(a))
	return ok(c.appView(a))
}

func deleteApp(c *call, a *app) (reply, *apiError) {
	if a.status == statusActive {
		return reply{}, forbidden()
	}
	o := c.org
	for _, id := range a.groupIDs {
		o.groups[id].apps.remove(a.id)
	}
	for _, id := range a.userIDs {
		o.users[id].apps.remove(a.id)
	}
	for _, id := range slices.Clone(o.groupIDs) {
		if g := o.groups[id]; g.source == a.id {
			c.dropGroup(g)
		}
	}
	for _, p := range a.pushes {
		if source := o.groups[p.source]; source != nil {
			source.pushes--
		}
	}
	delete(o.apps, a.id)
	o.appIDs.remove(a.id)
	c.log("application.lifecycle.delete", "", appTarget(a))
	return noContent()
}

func setAppStatus(status, event string) handler {
	return oneApp(func(c *call, a *app) (reply, *apiError) {
		if a.status != status {
			a.status, a.updated = status, c.now
			c.log(event, "", appTarget(a))
		}
		return ok(struct{}{})
	})
}

const defaultAppName = "scim2headerauth"

// scimFeatures is what a SCIM app with everything switched on shows, in the order of a
// recorded one.
func scimFeatures() []string {
	return []string{featureNewUsers, featureDeactivation, featureSCIM, featureGroupPush, featureReactivate, featureProfile}
}

func (o *Org) newApp(name, label string, now time.Time) *app {
	a := &app{
		id: o.ids.id(prefixApp), name: name, label: label, status: statusActive, signOnMode: "AUTO_LOGIN", connected: enabled,
		userNameTemplate: "${source.login}", created: now, updated: now,
		attributes: standardAttributes(), toApp: o.ids.id(prefixMapping), toOkta: o.ids.id(prefixMapping),
		direct: map[string]*directAssignment{}, groups: map[string]*groupAssignment{},
		users: map[string]*appUser{}, pushes: map[string]*push{},
	}
	o.apps[a.id] = a
	o.appIDs.add(a.id)
	return a
}
