package oktasource

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/oktascim/oktascim/agent"
	"github.com/oktascim/oktascim/agent/directory"
)

var _ agent.Follower = (*Source)(nil)

const (
	// logOverlap is how far before the watermark the log is read when there is no cursor to
	// go on from: lists may lag behind what is in it.
	logOverlap = 5 * time.Minute
	// groupOverlap is how far before the watermark the stamps of groups are asked for. Lists
	// of members lag behind the stamps by up to 10 seconds (seen in issues of Okta's
	// Terraform provider), and filter= itself by about one.
	groupOverlap = 2 * time.Minute
	// settles is how long after an event somebody is read again by every delta reading: what
	// follows from an event in Okta takes its time, and not all of it has an event.
	settles = 2 * time.Minute
	// maxLogPages and maxChangedGroups bound what is followed one by one; beyond that, a
	// full reading is cheaper and surer.
	maxLogPages      = 10
	logPage          = 1000
	maxChangedGroups = 2000
)

// logFilter are the areas whose events can touch an app's assignments and pushes.
const logFilter = `eventType sw "application." or eventType sw "group." or eventType sw "user.lifecycle." or eventType sw "user.account." or eventType sw "directory."`

// mark is the watermark: everything up to Time has been taken in.
type mark struct {
	// Follows names what was read: another app or other pushes are another matter.
	Follows string `json:"follows"`
	App     string `json:"app"`
	// Time is Okta's, of the Date header.
	Time time.Time `json:"time"`
	// Cursor is where the polling query goes on, or Since, when no page has shown anything
	// yet; with neither, Time says it.
	Cursor string    `json:"cursor,omitempty"`
	Since  time.Time `json:"since,omitzero"`
	// Recent are people whose events are younger than settles, with the time until which
	// they are read again; Known are those of them of whom only the person changed.
	Recent map[string]time.Time `json:"recent,omitempty"`
	Known  map[string]time.Time `json:"known,omitempty"`
	// Users is how many were assigned, KnownPush a mapping that was there.
	Users     int    `json:"users"`
	KnownPush string `json:"knownPush,omitempty"`
	Pushes    bool   `json:"pushes"`
	// Named are the groups that the configuration's pushes named.
	Named []string `json:"named,omitempty"`
}

// follows names what this source reads.
func (s *Source) follows() string {
	text, _ := json.Marshal([]any{s.opt.OrgURL, s.opt.App, s.opt.Pushes}) // strings and bools only
	return string(text)
}

// Watermark implements [agent.Follower].
func (s *Source) Watermark() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.opt.App == "" || !s.memory.done || s.memory.mark.Time.IsZero() {
		return ""
	}
	text, _ := json.Marshal(s.memory.mark) // strings and times only
	return string(text)
}

// event is an event of the System Log, as far as it is read. Targets are chosen by their
// type; their order means nothing.
type event struct {
	UUID      string    `json:"uuid"`
	Published time.Time `json:"published"`
	Type      string    `json:"eventType"`
	Target    []struct {
		ID   string `json:"id"`
		Type string `json:"type"`
	} `json:"target"`
}

func (e event) rowID() string { return e.UUID }

// targets are the ids of the targets of one type.
func (e event) targets(kind string) []string {
	var ids []string
	for _, t := range e.Target {
		if t.Type == kind && t.ID != "" {
			ids = append(ids, t.ID)
		}
	}
	return ids
}

// following is one Changes under way.
type following struct {
	s        *Source
	was, now mark
	users    map[string]bool
	known    map[string]bool
	groups   map[string]bool
	full     string
}

// Changes implements [agent.Follower]. It takes one request for each of the System Log, the
// groups and the push mappings, and more only where there is more than a page of news.
func (s *Source) Changes(ctx context.Context, since string) (agent.News, error) {
	before := s.Requests()
	f := &following{s: s, users: map[string]bool{}, known: map[string]bool{}, groups: map[string]bool{}}
	f.read(ctx, since)
	if ctx.Err() != nil {
		return agent.News{}, ctx.Err()
	}
	c := agent.News{Full: f.full, Requests: int(s.Requests() - before)}
	if f.full != "" {
		return c, nil
	}
	text, _ := json.Marshal(f.now) // strings and times only
	c.Watermark = string(text)
	c.Users, c.Known, c.Groups = ids(f.users), ids(f.known), ids(f.groups)
	s.mu.Lock()
	s.memory.mark = f.now
	s.mu.Unlock()
	return c, nil
}

func ids(set map[string]bool) []directory.SourceID {
	var list []directory.SourceID
	for id := range set {
		list = append(list, directory.SourceID(id))
	}
	slices.Sort(list)
	return list
}

func (f *following) give(format string, args ...any) {
	if f.full == "" {
		f.full = fmt.Sprintf(format, args...)
	}
}

func (f *following) read(ctx context.Context, since string) {
	switch err := json.Unmarshal([]byte(since), &f.was); {
	case f.s.opt.App == "":
		f.give("only a connection to an app can be followed")
		return
	case err != nil || f.was.Time.IsZero() || f.was.App == "":
		f.give("the watermark cannot be read")
		return
	case f.was.Follows != f.s.follows():
		f.give("the org, the app or the pushes of the configuration have changed")
		return
	}
	f.now = f.was
	f.now.Recent, f.now.Known = nil, nil
	for _, step := range []func(context.Context){f.log, f.changedGroups, f.changedPushes} {
		if step(ctx); f.full != "" || ctx.Err() != nil {
			return
		}
	}
}

// log reads the System Log on. The polling form delivers every event once, in the order in
// which they were stored, late ones too (developer.okta.com, System Log API).
func (f *following) log(ctx context.Context) {
	query := url.Values{"filter": {logFilter}, "limit": {strconv.Itoa(logPage)}, "sortOrder": {"ASCENDING"}}
	start := f.was.Since
	if start.IsZero() {
		start = f.was.Time.Add(-logOverlap)
	}
	if f.was.Cursor != "" {
		query.Set("after", f.was.Cursor)
	} else {
		query.Set("since", stampOf(start))
	}
	for page := 1; ; page++ {
		var events []event
		header, err := f.s.get(ctx, "/api/v1/logs", query, &events)
		if e, refused := errors.AsType[*Error](err); refused && e.Status == http.StatusBadRequest && query.Get("after") != "" && page == 1 {
			// How long a cursor lives is not documented. Events that come twice do no harm.
			f.s.log.Warn().Err(err).Msg("the cursor of the System Log is refused: reading on from the time of the last reading")
			query.Del("after")
			query.Set("since", stampOf(f.was.Time.Add(-logOverlap)))
			continue
		}
		if err != nil {
			f.give("the System Log cannot be read: %v", err)
			return
		}
		if page == 1 || f.now.Time.Equal(f.was.Time) {
			at, err := http.ParseTime(header.Get("Date"))
			if err != nil || at.Before(f.was.Time.Add(-logOverlap)) {
				f.give("Okta's answers tell no time that can be relied on (%q)", clip(header.Get("Date")))
				return
			}
			f.now.Time = at.UTC()
			f.again()
		}
		l, err := follow(header, f.s.transport.org, "/api/v1/logs", query)
		if err != nil || l.next == nil {
			f.give("the System Log does not say where it goes on")
			return
		}
		for i := range events {
			if f.event(&events[i]); f.full != "" {
				return
			}
		}
		if len(events) == 0 {
			// Perhaps there was nothing, perhaps it was not shown: an answer to somebody whose
			// rights are gone looks the same. The place is kept, so that it is asked again.
			if query.Get("after") == "" {
				f.now.Cursor, f.now.Since = "", start
			}
			return
		}
		f.now.Cursor, f.now.Since = l.next.Get("after"), time.Time{}
		switch {
		case len(events) < l.limit:
			return
		case page >= maxLogPages:
			f.give("more than %d events in the System Log", maxLogPages*logPage)
			return
		case f.now.Cursor == query.Get("after"):
			f.give("the System Log does not go on")
			return
		}
		query = l.next
		query.Del("since")
	}
}

// again names those whose events are young enough that something may still follow from them.
func (f *following) again() {
	for id, until := range f.was.Recent {
		f.name(f.users, &f.now.Recent, id, until)
	}
	for id, until := range f.was.Known {
		f.name(f.known, &f.now.Known, id, until)
	}
}

func (f *following) name(into map[string]bool, recent *map[string]time.Time, id string, until time.Time) {
	into[id] = true
	if !f.now.Time.Before(until) {
		return
	}
	if *recent == nil {
		*recent = map[string]time.Time{}
	}
	if until.After((*recent)[id]) {
		(*recent)[id] = until
	}
}

// event decides what one event wakes:
//
//	application.user_membership.*, application.provision.user.*   of our app: the assignment
//	application.provision.group_push.{updated,pushed,…}           the group: Okta's own push of it; the
//	                                                              mappings have stamps
//	anything else that names our app                              everything
//	directory.*  that names no app                                everything: mappings, schemas
//	group.user_membership.{add,remove}, group.profile.*           the group
//	group.lifecycle.delete                                        the group
//	group.user_membership.rule.*                                  nothing: its moves have events, and move stamps
//	user.*                                                        the person, if assigned
//	of another app                                                nothing
func (f *following) event(e *event) {
	apps, people, groups := e.targets("AppInstance"), e.targets("User"), e.targets("UserGroup")
	until := e.Published.Add(settles)
	assignment := strings.HasPrefix(e.Type, "application.user_membership.") || strings.HasPrefix(e.Type, "application.provision.user.")
	switch {
	case len(apps) > 0 && !slices.Contains(apps, f.was.App):
	case assignment && len(people) > 0:
		for _, id := range people {
			f.name(f.users, &f.now.Recent, id, until)
		}
	case assignment && len(apps) > 0:
		f.give("the event %s of the app names nobody", e.Type)
	case slices.Contains([]string{"updated", "pushed", "push_memberships"}, strings.TrimPrefix(e.Type, "application.provision.group_push.")):
		for _, id := range groups {
			f.groups[id] = true
		}
	case len(apps) > 0:
		f.give("%s, of the app", e.Type)
	case strings.HasPrefix(e.Type, "directory."):
		f.give("%s", e.Type)
	case strings.HasPrefix(e.Type, "group.user_membership.rule."):
	case strings.HasPrefix(e.Type, "group."):
		for _, id := range groups {
			f.groups[id] = true
		}
	case strings.HasPrefix(e.Type, "user."):
		for _, id := range people {
			f.name(f.known, &f.now.Known, id, until)
		}
	}
}

// changedGroups asks for groups by their stamps: filter= reads the truth, search= an index
// that has been minutes behind.
func (f *following) changedGroups(ctx context.Context) {
	at := stampOf(f.was.Time.Add(-groupOverlap))
	query := url.Values{"filter": {fmt.Sprintf(`lastUpdated ge "%s" or lastMembershipUpdated ge "%s"`, at, at)}}
	n := 0
	err := list(ctx, f.s, "/api/v1/groups", query, groupsPage, func(g group) {
		n++
		f.groups[g.ID] = true
		if f.s.pushesGroup(g) && !slices.Contains(f.was.Named, g.ID) {
			f.give("the group %s is called %q now, as a push of the configuration", g.ID, clip(g.Profile.Name))
		}
	})
	switch {
	case err != nil:
		f.give("the changed groups cannot be listed: %v", err)
	case n > maxChangedGroups:
		f.give("%d groups have changed", n)
	}
}

// pushesGroup reports whether the configuration pushes the group.
func (s *Source) pushesGroup(g group) bool {
	return slices.ContainsFunc(s.opt.Pushes, func(p Push) bool { return p.names(g) })
}

// changedPushes asks for push mappings that were made or switched since; that one was
// removed is an event of the app. Either way all of them are read again.
func (f *following) changedPushes(ctx context.Context) {
	if f.s.opt.Pushes != nil || !f.was.Pushes {
		return
	}
	query := url.Values{"lastUpdated": {f.was.Time.UTC().Format(time.RFC3339)}}
	changed := 0
	err := list(ctx, f.s, appPath(f.was.App, "group-push/mappings"), query, pushesPage, func(m pushMapping) {
		// Stamps are whole seconds, and so is the watermark.
		if m.LastUpdated.IsZero() || !m.LastUpdated.Before(f.was.Time.Truncate(time.Second)) {
			changed++
		}
	})
	switch {
	case err != nil:
		f.give("the changed push mappings cannot be listed: %v", err)
	case changed > 0:
		f.give("%d push mappings were made or switched", changed)
	}
}

// stampOf is a time as Okta writes it.
func stampOf(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// Reread implements [agent.Follower].
func (s *Source) Reread(ctx context.Context, ask agent.Ask) (agent.Reread, error) {
	before := s.Requests()
	s.mu.Lock()
	m := s.memory.mark
	s.mu.Unlock()
	r := &reading{s: s, index: map[string]int{}, appID: m.App}
	out := agent.Reread{Gone: map[directory.SourceID]bool{}}
	if err := r.again(ctx, m, ask, &out); err != nil {
		if ctx.Err() != nil {
			return agent.Reread{}, ctx.Err()
		}
		out.Full = err.Error()
	}
	out.Requests = int(s.Requests() - before)
	if out.Full != "" {
		return out, nil
	}
	r.finish()
	out.Users = r.out.Users
	s.mu.Lock()
	defer s.mu.Unlock()
	s.memory.appID, s.memory.knownUser, s.memory.done = m.App, string(ask.Control), true
	if s.memory.knownPush == "" {
		s.memory.knownPush = m.KnownPush
	}
	return out, nil
}

func (r *reading) again(ctx context.Context, m mark, ask agent.Ask, out *agent.Reread) error {
	if m.App == "" {
		return errors.New("nothing has been followed yet")
	}
	if len(ask.Users) > 0 {
		if err := r.againUsers(ctx, m, ask.Users, out); err != nil {
			return fmt.Errorf("reading assignments again: %w", err)
		}
	}
	if len(ask.Groups) == 0 {
		return nil
	}
	names := make([]string, len(ask.Groups))
	for i, id := range ask.Groups {
		names[i] = string(id)
	}
	groups, err := r.s.groupsByID(ctx, names)
	if err != nil {
		return fmt.Errorf("reading groups again: %w", err)
	}
	out.Groups = make([]directory.Group[directory.SourceID], len(names))
	var work errgroup.Group
	work.SetLimit(membersAtOnce)
	for i, id := range names {
		g, exists := groups[id]
		if !exists {
			return errors.Join(fmt.Errorf("the pushed group %s does not exist any more", id), work.Wait())
		}
		if r.s.opt.Pushes != nil && !r.s.pushesGroup(g) {
			return errors.Join(fmt.Errorf("the pushed group %s is called %q now", id, g.Profile.Name), work.Wait())
		}
		to := &out.Groups[i]
		*to = directory.Group[directory.SourceID]{ID: ask.Groups[i], ExternalID: id, Name: g.Profile.Name}
		work.Go(func() error {
			err := readMembers(ctx, r.s, g, func(u oktaUser) {
				if u.Status != "DEPROVISIONED" {
					to.Members = append(to.Members, directory.SourceID(u.ID))
				}
			})
			slices.Sort(to.Members)
			if err != nil {
				return fmt.Errorf("members of %q: %w", g.Profile.Name, err)
			}
			return nil
		})
	}
	return work.Wait()
}

// againUsers reads assignments by id, or all of them when that takes fewer requests. Whom a
// list does not show is asked for by id: only that proves an absence.
func (r *reading) againUsers(ctx context.Context, m mark, people []directory.SourceID, out *agent.Reread) error {
	mapped, err := r.mapping(ctx)
	if err != nil {
		return err
	}
	left := make(map[string]bool, len(people))
	for _, id := range people {
		left[string(id)] = true
	}
	if pages := m.Users/appUsersPage + 1; len(people) > pages {
		err := list(ctx, r.s, appPath(m.App, "users"), nil, appUsersPage, func(u appUser) {
			if left[u.ID] {
				delete(left, u.ID)
				if standing, _ := u.standing(); standing == notEntitled {
					out.Gone[directory.SourceID(u.ID)] = true
				}
				r.addAppUser(u, mapped)
			}
		})
		if err != nil {
			return err
		}
	}
	var mu sync.Mutex
	var work errgroup.Group
	work.SetLimit(confirmsAtOnce)
	for id := range left {
		work.Go(func() error {
			var u appUser
			_, err := r.s.get(ctx, appPath(m.App, "users")+"/"+url.PathEscape(id), nil, &u)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case notFound(err) && !strings.Contains(err.Error(), m.App+" ("):
				out.Gone[directory.SourceID(id)] = true
				return nil
			case err != nil:
				return err
			case u.ID != id:
				return fmt.Errorf("%s: answered with success and another person", id)
			}
			if standing, _ := u.standing(); standing == notEntitled {
				out.Gone[directory.SourceID(id)] = true
			}
			r.addAppUser(u, mapped)
			return nil
		})
	}
	return work.Wait()
}

// GroupsOf implements [agent.Follower].
func (s *Source) GroupsOf(ctx context.Context, people []directory.SourceID) (map[directory.SourceID][]directory.SourceID, error) {
	of := make(map[directory.SourceID][]directory.SourceID, len(people))
	c := &confirmation{s: s}
	var mu sync.Mutex
	var work errgroup.Group
	work.SetLimit(confirmsAtOnce)
	for _, id := range people {
		work.Go(func() error {
			groups, _, err := c.groupsOf(ctx, string(id))
			if err != nil {
				return fmt.Errorf("the groups of %s: %w", id, err)
			}
			mu.Lock()
			defer mu.Unlock()
			for i := range groups {
				of[id] = append(of[id], directory.SourceID(groups[i].ID))
			}
			return nil
		})
	}
	return of, work.Wait()
}
