package oktasim

import (
	"net/url"
	"slices"
	"strings"
	"time"
)

// hook is an event hook: a URL that is called with events of some types.
type hook struct {
	id, name         string
	description      *string
	status           string
	verification     string
	uri              string
	headers          []hookHeader
	auth             *hookAuth
	items            []string
	filter           *hookFilter // nil: none
	createdBy        string
	created, updated time.Time

	waiting []*logEvent // for the next delivery
	due     bool        // a delivery is on the agenda
}

type hookHeader struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// hookAuth carries the secret in; Value is never sent out.
type hookAuth struct {
	Type  string `json:"type"`
	Key   string `json:"key"`
	Value string `json:"value,omitzero"`
}

type hookConfig struct {
	URI     string       `json:"uri"`
	Headers []hookHeader `json:"headers"`
	Method  string       `json:"method"`
	Auth    *hookAuth    `json:"authScheme,omitzero"`
}

type hookChannel struct {
	Type    string     `json:"type"`
	Version string     `json:"version"`
	Config  hookConfig `json:"config"`
}

type hookEvents struct {
	Type   string      `json:"type"`
	Items  []string    `json:"items"`
	Filter *hookFilter `json:"filter"`
}

type hookView struct {
	ID           string      `json:"id"`
	Status       string      `json:"status"`
	Verification string      `json:"verificationStatus"`
	Name         string      `json:"name"`
	Description  *string     `json:"description"`
	Created      stamp       `json:"created"`
	CreatedBy    string      `json:"createdBy"`
	LastUpdated  stamp       `json:"lastUpdated"`
	Events       hookEvents  `json:"events"`
	Channel      hookChannel `json:"channel"`
	Links        links       `json:"_links"`
}

const (
	unverified    = "UNVERIFIED"
	verified      = "VERIFIED"
	maxHooks      = 25
	maxHookEvents = 300
)

func (c *call) hookView(h *hook) hookView {
	v := hookView{ID: h.id, Status: h.status, Verification: h.verification, Name: h.name, Description: h.description,
		Created: stamp(h.created), CreatedBy: h.createdBy, LastUpdated: stamp(h.updated),
		Events:  hookEvents{Type: "EVENT_TYPE", Items: h.items, Filter: h.filter},
		Channel: hookChannel{Type: "HTTP", Version: "1.0.0", Config: hookConfig{URI: h.uri, Headers: h.headers, Method: "POST"}},
		Links: links{
			"self":   href{Href: c.href("eventHooks", h.id)},
			"verify": href{Href: c.href("eventHooks", h.id, "lifecycle", "verify"), Hints: allow("POST")},
		}}
	if h.auth != nil {
		v.Channel.Config.Auth = &hookAuth{Type: h.auth.Type, Key: h.auth.Key}
	}
	if h.status == statusActive {
		v.Links["deactivate"] = href{Href: c.href("eventHooks", h.id, "lifecycle", "deactivate"), Hints: allow("POST")}
	} else {
		v.Links["activate"] = href{Href: c.href("eventHooks", h.id, "lifecycle", "activate"), Hints: allow("POST")}
		v.Links["delete"] = href{Href: c.href("eventHooks", h.id), Hints: allow("DELETE")}
	}
	return v
}

func listHooks(c *call) (reply, *apiError) {
	all := make([]hookView, 0, len(c.org.hookIDs))
	for _, id := range c.org.hookIDs { // not paged: there are at most 25
		all = append(all, c.hookView(c.org.hooks[id]))
	}
	return ok(all)
}

func oneHook(serve func(c *call, h *hook) (reply, *apiError)) handler {
	return func(c *call) (reply, *apiError) {
		h := c.org.hooks[c.arg("hook")]
		if h == nil {
			return reply{}, notFound(c.arg("hook"), "EventHook")
		}
		return serve(c, h)
	}
}

func getHook(c *call, h *hook) (reply, *apiError) { return ok(c.hookView(h)) }

type hookBody struct {
	Name        string      `json:"name"`
	Description *string     `json:"description"`
	Status      string      `json:"status"`
	Events      hookEvents  `json:"events"`
	Channel     hookChannel `json:"channel"`
}

func (c *call) readHook(h *hook) *apiError {
	var body hookBody
	if fail := c.decode(&body); fail != nil {
		return fail
	}
	to, err := url.Parse(body.Channel.Config.URI)
	switch {
	case strings.TrimSpace(body.Name) == "":
		return invalid("name", "name: The field cannot be left blank")
	case body.Channel.Type != "HTTP" || body.Channel.Version != "1.0.0":
		return invalid("channel", "channel: type must be HTTP and version 1.0.0")
	// A real org wants https; here a receiver on the same machine may do without.
	case err != nil || to.Host == "" || to.Scheme != "https" && to.Scheme != "http":
		return invalid("channel", "uri: Must be a URL with https")
	case len(body.Events.Items) == 0 || len(body.Events.Items) > maxHookEvents:
		return invalid("events", "items: Between 1 and 300 event types must be given")
	case body.Status != "" && body.Status != statusActive && body.Status != statusInactive:
		return invalid("status", "status: Must be ACTIVE or INACTIVE.")
	}
	for _, item := range body.Events.Items {
		if !slices.Contains(hookEventTypes(), item) {
			return invalid("events", "items: The event type "+item+" is not eligible for event hooks")
		}
	}
	if fail := body.Events.Filter.check(body.Events.Items); fail != nil {
		return fail
	}
	if h.uri != body.Channel.Config.URI {
		h.verification = unverified
	}
	h.name, h.description, h.uri = body.Name, body.Description, body.Channel.Config.URI
	h.items = slices.Clone(body.Events.Items)
	slices.Sort(h.items) // their order is not kept
	h.items = slices.Compact(h.items)
	h.filter = body.Events.Filter
	h.headers = body.Channel.Config.Headers
	if h.headers == nil {
		h.headers = []hookHeader{}
	}
	if a := body.Channel.Config.Auth; a == nil || a.Value != "" || h.auth == nil {
		h.auth = a // a scheme without its value keeps the old one
	}
	if body.Status != "" {
		h.status = body.Status
	}
	return nil
}

func createHook(c *call) (reply, *apiError) {
	o := c.org
	active := 0
	for _, h := range o.hooks {
		if h.status == statusActive {
			active++
		}
	}
	if active >= maxHooks {
		return reply{}, invalid("eventHook", "The org has reached the limit of 25 active event hooks.")
	}
	h := &hook{status: statusActive, verification: unverified, created: c.now, updated: c.now, createdBy: c.who.party(o).ID}
	if fail := c.readHook(h); fail != nil {
		return reply{}, fail
	}
	h.id = o.ids.id(prefixHook)
	o.hooks[h.id] = h
	o.hookIDs.add(h.id)
	c.log("event_hook.created", "", hookTarget(h))
	return ok(c.hookView(h))
}

func hookTarget(h *hook) logParty {
	return logParty{ID: h.id, Type: "EventHook", AlternateID: "unknown", DisplayName: h.name}
}

func replaceHook(c *call, h *hook) (reply, *apiError) {
	if fail := c.readHook(h); fail != nil {
		return reply{}, fail
	}
	h.updated = c.now
	c.log("event_hook.updated", "", hookTarget(h))
	return ok(c.hookView(h))
}

// deleteHook wants an inactive hook, as its links say. The status of the refusal is a guess.
func deleteHook(c *call, h *hook) (reply, *apiError) {
	if h.status == statusActive {
		return reply{}, invalid("eventHook", "An active event hook cannot be deleted: deactivate it first.")
	}
	delete(c.org.hooks, h.id)
	c.org.hookIDs.remove(h.id)
	c.log("event_hook.deleted", "", hookTarget(h))
	return noContent()
}

func setHookStatus(status, event string) handler {
	return oneHook(func(c *call, h *hook) (reply, *apiError) {
		if h.status != status {
			h.status, h.updated = status, c.now
			h.waiting = nil
			c.log(event, "", hookTarget(h))
		}
		return ok(c.hookView(h))
	})
}

// verifyHook makes the org call the hook's URL once, without the org's lock: the
// receiver may well ask the org something before it answers.
func verifyHook(c *call, h *hook) (reply, *apiError) {
	o := c.org
	challenge := newSecret("", 40)
	uri, headers, id, wait := h.uri, h.requestHeaders(), h.id, o.hookTimeout()
	o.mu.Unlock()
	err := o.challengeHook(c.r.Context(), uri, headers, challenge, wait)
	o.mu.Lock()
	if h = o.hooks[id]; h == nil {
		return reply{}, notFound(id, "EventHook")
	}
	if err != nil {
		// Neither code nor text is documented.
		return reply{}, invalid("eventHook", "The event hook could not be verified: "+err.Error())
	}
	if h.uri == uri {
		h.verification, h.updated = verified, c.now
		c.log("event_hook.verified", "", hookTarget(h))
	}
	return ok(c.hookView(h))
}

// hookEventTypes are the events of provisioning that hooks can be called with. Group
// push has but one of them, for its failures.
func hookEventTypes() []string {
	return []string{
		"application.user_membership.add", "application.user_membership.remove", "application.user_membership.update",
		"group.user_membership.add", "group.user_membership.remove",
		"group.lifecycle.create", "group.lifecycle.delete", "group.profile.update",
		"group.application_assignment.add", "group.application_assignment.remove", "group.application_assignment.update",
		"user.lifecycle.create", "user.lifecycle.activate", "user.lifecycle.deactivate", "user.lifecycle.reactivate",
		"user.lifecycle.suspend", "user.lifecycle.unsuspend", "user.lifecycle.delete.initiated",
		"user.account.update_profile", "user.account.lock", "user.account.unlock", "user.account.update_primary_email", "user.account.update_user_type",
		"application.lifecycle.create", "application.lifecycle.update", "application.lifecycle.activate", "application.lifecycle.deactivate", "application.lifecycle.delete",
		"application.provision.user.push", "application.provision.user.push_profile", "application.provision.user.reactivate",
		"application.provision.user.sync", "application.provision.user.delete",
		"application.provision.group_push.mapping.update.or.delete.failed.with.error",
		"system.org.rate_limit.warning", "system.org.rate_limit.violation",
	}
}
