package oktasim

import (
	"cmp"
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

	n int // place in the order of storing, counted from the first ever
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

// specParty is what the specification allows of a party: no null.
type specParty struct {
	ID          string `json:"id"`
	Type        string `json:"type"`
	AlternateID string `json:"alternateId"`
	DisplayName string `json:"displayName"`
}

// specEvent is an event without the nulls that samples have and the specification has not.
type specEvent struct {
	logEvent
	Actor   specParty         `json:"actor"`
	Outcome map[string]string `json:"outcome"`
	Target  []specParty       `json:"target"`
}

func (e *logEvent) asSpecified() specEvent {
	party := func(p logParty) specParty { return specParty{p.ID, p.Type, p.AlternateID, p.DisplayName} }
	s := specEvent{logEvent: *e, Actor: party(e.Actor), Outcome: map[string]string{"result": e.Outcome.Result}, Target: []specParty{}}
	for _, t := range e.Target {
		s.Target = append(s.Target, party(t))
	}
	return s
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
	e := &logEvent{
		UUID: o.ids.uuid(), Published: logStamp(o.opt.Now().UTC()), EventType: eventType, Version: "0", Severity: "INFO",
		LegacyType: legacyType(eventType), Message: displayMessage(eventType), Actor: actor, Client: client,
		Auth: map[string]any{"externalSessionId": "unknown"}, Outcome: logOutcome{Result: "SUCCESS"}, Target: targets, Transaction: transaction,
		Debug: map[string]any{"debugData": map[string]any{"requestId": c.requestID}}, Request: map[string]any{"ipChain": chain},
	}
	o.tellHooks(e)
	lag := o.lags.Log
	o.published++
	if every := o.lags.LateLogEvery; every > 0 && o.published%every == 0 {
		lag = max(lag, o.lags.LateLog)
	}
	if lag == 0 {
		o.store(e)
		return
	}
	o.after(seconds(lag), func(*call) { o.store(e) })
}

// store puts an event into the log. Events are stored in another order than they were
// published in if some take longer.
func (o *Org) store(e *logEvent) {
	e.n = o.eventsLost + len(o.events)
	o.events = append(o.events, e)
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
	limit        int
	// A polling cursor is the number of the next event, counted from the first ever. A
	// bounded one is the last event of the page: when it was published, and its number.
	from   int
	lastAt time.Time
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
		if fail := lq.setCursor(cursor); fail != nil {
			return lq, fail
		}
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

func (lq *logQuery) setCursor(cursor string) *apiError {
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	number, millis, bounded := strings.Cut(string(raw), " ")
	n, err2 := strconv.Atoi(number)
	if err != nil || err2 != nil || n < 0 || bounded == lq.polling {
		return badCursor()
	}
	lq.from = n
	if bounded {
		at, err := strconv.ParseInt(millis, 10, 64)
		if err != nil {
			return badCursor()
		}
		lq.lastAt = time.UnixMicro(at)
	}
	return nil
}

func (lq logQuery) cursor(next int, last *logEvent) string {
	text := strconv.Itoa(next)
	if !lq.polling {
		text = strconv.Itoa(last.n) + " " + strconv.FormatInt(last.at().UnixMicro(), 10)
	}
	return base64.RawURLEncoding.EncodeToString([]byte(text))
}

// listLog is GET /logs: a polling query reads events in the order in which they were
// stored, late ones included, and always has a next. Any other is bounded: it is ordered by
// the time of publication, ends, and never shows what is stored behind its back.
func listLog(c *call) (reply, *apiError) {
	lq, fail := c.logQuery()
	if fail != nil {
		return reply{}, fail
	}
	read := c.org.boundedPage
	if lq.polling {
		read = c.org.pollingPage
	}
	page, next, more := read(lq)
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
	if c.org.quirks.SpecAnswers {
		specified := []specEvent{}
		for _, e := range page {
			specified = append(specified, e.asSpecified())
		}
		out.body = specified
	}
	if lq.polling || more && len(page) > 0 {
		var last *logEvent
		if len(page) > 0 {
			last = page[len(page)-1]
		}
		out.links = append(out.links, link{"next", at(lq.cursor(next, last))})
	}
	return out, nil
}

// pollingPage reads on from a number; o.events[0] has the number o.eventsLost.
func (o *Org) pollingPage(lq logQuery) (page []*logEvent, next int, more bool) {
	page, next = []*logEvent{}, max(lq.from, o.eventsLost)
	oldest := o.opt.Now().Add(-logRetention)
	for _, e := range o.events[min(next-o.eventsLost, len(o.events)):] {
		if lq.takes(e) && !e.at().Before(oldest) {
			if len(page) == lq.limit {
				return page, next, true
			}
			page = append(page, e)
		}
		next++
	}
	return page, next, false
}

func (o *Org) boundedPage(lq logQuery) (page []*logEvent, next int, more bool) {
	oldest := o.opt.Now().Add(-logRetention)
	way := 1
	if lq.descending {
		way = -1
	}
	order := func(a, b *logEvent) int {
		return way * cmp.Or(a.at().Truncate(time.Microsecond).Compare(b.at().Truncate(time.Microsecond)), cmp.Compare(a.n, b.n))
	}
	var hits []*logEvent
	last := &logEvent{Published: logStamp(lq.lastAt), n: lq.from}
	for _, e := range o.events {
		if lq.takes(e) && !e.at().Before(oldest) && (lq.lastAt.IsZero() || order(e, last) > 0) {
			hits = append(hits, e)
		}
	}
	slices.SortFunc(hits, order)
	page = append([]*logEvent{}, hits[:min(lq.limit, len(hits))]...)
	return page, 0, len(hits) > lq.limit
}
