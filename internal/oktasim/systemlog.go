package oktasim

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// logEvent is one event of the System Log.
type logEvent struct {
	UUID        string         `json:"uuid"`
	Published   logStamp       `json:"published"`
	EventType   string         `json:"eventType"`
	Version     string         `json:"version"`
	Severity    string         `json:"severity"`
	LegacyType  string         `json:"legacyEventType,omitzero"`
	Message     string         `json:"displayMessage"`
	Actor       logParty       `json:"actor"`
	Client      map[string]any `json:"client"`
	Auth        map[string]any `json:"authenticationContext"`
	Outcome     logOutcome     `json:"outcome"`
	Target      []logParty     `json:"target"`
	Transaction logTransaction `json:"transaction"`
	Debug       map[string]any `json:"debugContext"`
	Security    struct{}       `json:"securityContext"`
	Request     map[string]any `json:"request"`
}

// logStamp has true milliseconds, unlike the stamps of entities.
type logStamp time.Time

// MarshalJSON implements json.Marshaler.
func (s logStamp) MarshalJSON() ([]byte, error) {
	return quoteTime(time.Time(s), "2006-01-02T15:04:05.000Z")
}

type logParty struct {
	ID          string  `json:"id"`
	Type        string  `json:"type"`
	AlternateID string  `json:"alternateId"`
	DisplayName string  `json:"displayName"`
	Detail      *string `json:"detailEntry"`
}

type logOutcome struct {
	Result string  `json:"result"`
	Reason *string `json:"reason"`
}

type logTransaction struct {
	Type   string         `json:"type"`
	ID     string         `json:"id"`
	Detail map[string]any `json:"detail"`
}

const (
	// maxEvents bounds the memory of the log; the oldest go first.
	maxEvents = 100_000
	// logRetention is how long Okta keeps events, logHorizon how far back since may lie.
	logRetention = 90 * 24 * time.Hour
	logHorizon   = 180 * 24 * time.Hour
	// boundedDefault is the window of a query without since.
	boundedDefault = 7 * 24 * time.Hour
)

func userTarget(u *user) logParty {
	return logParty{ID: u.id, Type: "User", AlternateID: u.login(), DisplayName: u.displayName()}
}

func groupTarget(g *group) logParty {
	return logParty{ID: g.id, Type: "UserGroup", AlternateID: "unknown", DisplayName: g.profile.Name}
}

func appTarget(a *app) logParty {
	return logParty{ID: a.id, Type: "AppInstance", AlternateID: a.label, DisplayName: a.label}
}

func appUserTarget(a *app, au *appUser, u *user) logParty {
	return logParty{ID: au.targetID, Type: "AppUser", AlternateID: a.userName(au, u), DisplayName: u.displayName()}
}

// log writes an event. job names the job that did it; what an admin did directly is a
// WEB transaction.
func (c *call) log(eventType, job string, targets ...logParty) {
	o := c.org
	if o.quiet {
		return
	}
	transaction := logTransaction{Type: "WEB", ID: c.requestID, Detail: map[string]any{}}
	if job != "" {
		transaction = logTransaction{Type: "JOB", ID: job, Detail: map[string]any{}}
	}
	actor := logParty{ID: o.orgID, Type: "SystemPrincipal", AlternateID: "system@okta.com", DisplayName: "Okta System"}
	client, chain := map[string]any{}, []any{}
	if c.who != nil && job == "" {
		actor = c.who.party(o)
		client = map[string]any{"userAgent": map[string]any{"rawUserAgent": c.r.UserAgent()}}
	}
	o.events = append(o.events, &logEvent{
		UUID: o.ids.uuid(), Published: logStamp(o.opt.Now().UTC()), EventType: eventType, Version: "0", Severity: "INFO",
		LegacyType: legacyType(eventType), Message: displayMessage(eventType), Actor: actor, Client: client,
		Auth: map[string]any{"externalSessionId": "unknown"}, Outcome: logOutcome{Result: "SUCCESS"}, Target: targets, Transaction: transaction,
		Debug: map[string]any{"debugData": map[string]any{"requestId": c.requestID}}, Request: map[string]any{"ipChain": chain},
	})
	if gone := len(o.events) - maxEvents; gone > maxEvents/10 { // a tenth at a time: moving the rest costs
		o.events = slices.Delete(o.events, 0, gone)
		o.eventsLost += gone
	}
}

// Only these two legacy names are known from samples.
func legacyType(eventType string) string {
	switch eventType {
	case "application.user_membership.add":
		return "app.generic.provision.assign_user_to_app"
	case "group.user_membership.add":
		return "core.user_group_member.user_add"
	}
	return ""
}

// displayMessage is the text beside an event; nobody should rely on one.
func displayMessage(eventType string) string {
	switch eventType {
	case "application.user_membership.add":
		return "Add user to application membership"
	case "application.user_membership.remove":
		return "Remove user's application membership"
	case "group.user_membership.add":
		return "Add user to group membership"
	case "group.user_membership.remove":
		return "Remove user from group membership"
	}
	words := strings.FieldsFunc(eventType, func(r rune) bool { return r == '.' || r == '_' })
	return strings.Join(words, " ")
}

func (e *logEvent) at() time.Time { return time.Time(e.Published) }

func logTerms(attribute string) ([]string, bool) {
	all := []string{"eq", "ne", "sw", "ew", "co", "gt", "ge", "lt", "le", "pr"}
	switch attribute {
	case "uuid", "eventType", "severity", "displayMessage", "legacyEventType", "actor.id", "actor.type", "actor.alternateId", "actor.displayName",
		"target.id", "target.type", "target.alternateId", "target.displayName", "outcome.result", "transaction.id", "transaction.type":
		return all, false
	case "published":
		return all, true
	}
	return nil, false
}

func (e *logEvent) values(attribute string) []any {
	party := func(p logParty, field string) any {
		switch field {
		case "id":
			return p.ID
		case "type":
			return p.Type
		case "alternateId":
			return p.AlternateID
		}
		return p.DisplayName
	}
	if field, is := strings.CutPrefix(attribute, "actor."); is {
		return []any{party(e.Actor, field)}
	}
	if field, is := strings.CutPrefix(attribute, "target."); is {
		var all []any
		for _, t := range e.Target {
			all = append(all, party(t, field))
		}
		return all
	}
	switch attribute {
	case "uuid":
		return []any{e.UUID}
	case "eventType":
		return []any{e.EventType}
	case "severity":
		return []any{e.Severity}
	case "displayMessage":
		return []any{e.Message}
	case "legacyEventType":
		return []any{e.LegacyType}
	case "outcome.result":
		return []any{e.Outcome.Result}
	case "transaction.id":
		return []any{e.Transaction.ID}
	case "transaction.type":
		return []any{e.Transaction.Type}
	case "published":
		return []any{e.at()}
	}
	return nil
}

// logQuery is a read request of the log, checked.
type logQuery struct {
	since, until time.Time
	polling      bool // ascending and without until: next is always there
	descending   bool
	match        *expression
	words        []string
	from         int // number of the first event to look at, counted from the first ever
	limit        int
}

func (c *call) logQuery() (logQuery, *apiError) {
	q, now := c.query(), c.org.opt.Now()
	lq := logQuery{limit: 100, descending: strings.EqualFold(q.Get("sortOrder"), "DESCENDING"), words: strings.Fields(strings.ToLower(q.Get("q")))}
	if n, err := strconv.Atoi(q.Get("limit")); err == nil && n >= 0 {
		if n > 1000 {
			return lq, invalid("limit", "limit: The limit must not exceed 1000.")
		}
		lq.limit = n
	}
	for name, at := range map[string]*time.Time{"since": &lq.since, "until": &lq.until} {
		if s := q.Get(name); s != "" {
			t, err := time.Parse(time.RFC3339, s)
			if err != nil {
				return lq, &apiError{status: http.StatusBadRequest, code: "E0000030", summary: "Invalid date. Dates must be of the form yyyy-MM-dd'T'HH:mm:ss.SSSZZ, e.g. 2013-01-01T12:00:00.000-07:00."}
			}
			*at = t
		}
	}
	lq.polling = lq.until.IsZero() && !lq.descending
	if lq.since.IsZero() {
		lq.since = now.Add(-boundedDefault)
	}
	if lq.since.Before(now.Add(-logHorizon)) {
		return lq, &apiError{status: http.StatusBadRequest, code: "E0000053", summary: "Invalid filter.", causes: []string{"since: must not lie more than 180 days back"}}
	}
	if text := q.Get("filter"); text != "" {
		var err error
		if lq.match, err = parseExpression(text, logTerms); err != nil {
			return lq, &apiError{status: http.StatusBadRequest, code: "E0000053", summary: "Invalid filter.", causes: []string{err.Error()}}
		}
	}
	if cursor := q.Get("after"); cursor != "" { // wins over since: SDK v2 sends both
		raw, err := base64.RawURLEncoding.DecodeString(cursor)
		n, err2 := strconv.Atoi(string(raw))
		if err != nil || err2 != nil || n < 0 {
			return lq, invalid("after", "after: The cursor is not valid.")
		}
		lq.from = n
		if lq.polling {
			lq.since = time.Time{}
		}
	}
	return lq, nil
}

func (lq logQuery) takes(e *logEvent) bool {
	if e.at().Before(lq.since) || !lq.until.IsZero() && !e.at().Before(lq.until) {
		return false
	}
	if lq.match != nil && !lq.match.hits(e.values) {
		return false
	}
	var all strings.Builder
	all.WriteString(strings.ToLower(e.EventType + " " + e.Message + " " + e.Actor.AlternateID + " " + e.Actor.DisplayName))
	for _, t := range e.Target {
		all.WriteString(" " + strings.ToLower(t.ID+" "+t.AlternateID+" "+t.DisplayName))
	}
	return !slices.ContainsFunc(lq.words, func(w string) bool { return !strings.Contains(all.String(), w) })
}

// listLog is GET /logs: a polling query reads events in the order in which they were
// stored and always has a next; any other is bounded, ordered by time, and ends.
func listLog(c *call) (reply, *apiError) {
	o := c.org
	lq, fail := c.logQuery()
	if fail != nil {
		return reply{}, fail
	}
	// Events are numbered from the first ever; o.events[0] has the number o.eventsLost.
	events := o.events
	if lq.descending {
		events = slices.Clone(events)
		slices.Reverse(events)
	}
	page := []*logEvent{}
	n, skip := lq.from, lq.from
	if !lq.descending {
		n = max(n, o.eventsLost)
		skip = n - o.eventsLost
	}
	oldest := o.opt.Now().Add(-logRetention)
	more := false
	for _, e := range events[min(skip, len(events)):] {
		if lq.takes(e) && !e.at().Before(oldest) {
			if len(page) == lq.limit {
				more = true
				break
			}
			page = append(page, e)
		}
		n++
	}
	q := url.Values{"limit": {strconv.Itoa(lq.limit)}}
	for _, k := range []string{"since", "until", "filter", "q", "sortOrder"} {
		if v := c.query().Get(k); v != "" {
			q.Set(k, v)
		}
	}
	at := func(cursor string) string {
		q.Del("after")
		if cursor != "" {
			q.Set("after", cursor)
		}
		return c.href("logs") + "?" + q.Encode()
	}
	out := reply{status: http.StatusOK, body: page, links: []link{{"self", at(c.query().Get("after"))}}}
	if more || lq.polling {
		out.links = append(out.links, link{"next", at(base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(n))))})
	}
	return out, nil
}
