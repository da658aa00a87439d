package oktasource

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/internal/mapping"
)

// reading is one Read under way.
type reading struct {
	s  *Source
	mu sync.Mutex // guards out.Evidence and out.Problems while groups are read at once

	out directory.Desired
	// index finds a user of out.Users.
	index map[string]int

	// What Confirm wants to know, see lastRead.
	appID, knownPush string
	groups           map[string]bool
	unresolved       []string
	// mark is the watermark of the reading, see [Source.Watermark].
	mark mark
}

// Read implements [agent.Source].
func (s *Source) Read(ctx context.Context) (directory.Desired, error) {
	before := s.Requests()
	r := &reading{s: s, index: map[string]int{}}
	read := r.groupMembers
	if s.opt.App != "" {
		read = r.assignments
	}
	if err := read(ctx); err != nil {
		return directory.Desired{}, err
	}
	if err := ctx.Err(); err != nil {
		return directory.Desired{}, err
	}
	r.finish()
	r.remember()
	r.out.Evidence.Requests = int(s.Requests() - before)
	return r.out, nil
}

func (r *reading) gap(where, why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.out.Evidence.Add(where, why)
	r.s.log.Warn().Str("where", where).Str("why", why).Msg("the reading of Okta has a gap")
}

func (r *reading) problem(kind directory.Kind, name, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.out.Problems = append(r.out.Problems, directory.Problem{Kind: kind, Name: name, Text: text})
}

// assignments reads an app: its users, as Okta has mapped them, and its group pushes.
func (r *reading) assignments(ctx context.Context) error {
	s := r.s
	a, err := s.findApp(ctx)
	if err != nil {
		return err
	}
	r.appID = a.ID
	if a.Settings.ImplicitAssignment {
		return fmt.Errorf("the app %q lets everybody in without an assignment (Federation Broker Mode), so nobody can be told apart: switch it off in Okta, under General", a.Label)
	}
	r.out.Switches = directory.Switches{
		CreateUsers: a.has("PUSH_NEW_USERS"), UpdateUsers: a.has("PUSH_PROFILE_UPDATES"),
		DeactivateUsers: a.has("PUSH_USER_DEACTIVATION"), PushGroups: a.has("GROUP_PUSH") || s.opt.Pushes != nil,
	}
	if !a.active() {
		// Okta itself does not deprovision for an app that is switched off.
		r.out.Switches = directory.Switches{}
		r.gap("app "+a.Label, "it is "+strings.ToLower(a.Status)+" in Okta, which then provisions nothing: activate it")
	}

	r.mark = mark{Follows: s.follows(), App: a.ID, Time: s.transport.date()}
	m, err := r.mapping(ctx)
	if err != nil {
		return err
	}
	if err := r.appUsers(ctx, a, m); err != nil {
		return err
	}
	if !r.out.Switches.PushGroups {
		return nil
	}
	pushes, err := r.wantedPushes(ctx, a)
	if err != nil {
		return err
	}
	return r.readPushes(ctx, pushes)
}

// mapping is how Okta's attributes become SCIM's, by the app's schema.
func (r *reading) mapping(ctx context.Context) (mapping.Mapping, error) {
	schema, err := r.s.raw(ctx, appPath(r.appID, "schema"))
	if err != nil {
		return mapping.Mapping{}, fmt.Errorf("the app's user schema: %w", err)
	}
	return mapping.FromSchema(schema)
}

func (r *reading) appUsers(ctx context.Context, a app, m mapping.Mapping) error {
	rows := 0
	err := list(ctx, r.s, appPath(a.ID, "users"), nil, appUsersPage, func(u appUser) {
		rows++
		r.addAppUser(u, m)
	})
	switch {
	case err != nil && (rows == 0 || ctx.Err() != nil):
		return fmt.Errorf("app users: %w", err)
	case err != nil:
		r.gap("app users", err.Error())
	case rows == 0:
		r.looksEmpty(ctx, a)
	}
	return nil
}

func (r *reading) addAppUser(u appUser, m mapping.Mapping) {
	standing, why := u.standing()
	if standing == notEntitled {
		return
	}
	attributes, userName, problems := m.Attributes(u.Profile)
	if u.Credentials != nil && u.Credentials.UserName != "" {
		userName = u.Credentials.UserName
	}
	r.addUser(u.ID, userName, u.via(), attributes, why, problems)
}

func (r *reading) addUser(id, userName, via string, attributes directory.Attributes, blocked string, problems []string) {
	if blocked == "" {
		if userName == "" {
			problems = append([]string{"has no user name, which every app requires"}, problems...)
		}
		blocked = strings.Join(problems, "; ")
	}
	r.index[id] = len(r.out.Users)
	r.out.Users = append(r.out.Users, directory.User[directory.SourceID]{
		ID: directory.SourceID(id), ExternalID: id, UserName: userName, Active: true,
		Attributes: attributes, Via: via, Blocked: blocked,
	})
}

// finish sorts and looks for user names that two people have.
func (r *reading) finish() {
	users := r.out.Users
	slices.SortFunc(users, func(a, b directory.User[directory.SourceID]) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(r.out.Groups, func(a, b directory.Group[directory.SourceID]) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(r.out.Evidence.Gaps, func(a, b directory.Gap) int {
		return cmp.Or(cmp.Compare(a.Where, b.Where), cmp.Compare(a.Why, b.Why))
	})

	byName := map[string][]int{}
	for i := range users {
		if users[i].UserName != "" {
			name := strings.ToLower(users[i].UserName)
			byName[name] = append(byName[name], i)
		}
	}
	for i := range users {
		same := byName[strings.ToLower(users[i].UserName)]
		if len(same) < 2 || users[i].UserName == "" {
			continue
		}
		var ids []string
		for _, j := range same {
			ids = append(ids, string(users[j].ID))
		}
		// Both are left alone: which of the two has the account is not ours to guess.
		if users[i].Blocked == "" {
			users[i].Blocked = "has the user name of another assigned person (" + strings.Join(ids, ", ") + ")"
		}
		if same[0] == i {
			r.out.Problems = append(r.out.Problems, directory.Problem{Kind: directory.KindUser, Name: users[i].UserName,
				Text: "is the user name of several assigned people (" + strings.Join(ids, ", ") + "): give them different ones in Okta, under the app's Assignments"})
		}
	}
	slices.SortStableFunc(r.out.Problems, func(a, b directory.Problem) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Text, b.Text))
	})
}

// appPath is the path of something of an app.
func appPath(id, what string) string {
	id = url.PathEscape(id)
	switch what {
	case "":
		return "/api/v1/apps/" + id
	case "schema":
		return "/api/v1/meta/schemas/apps/" + id + "/default"
	}
	return "/api/v1/apps/" + id + "/" + what
}

func groupPath(id, what string) string {
	return strings.TrimSuffix("/api/v1/groups/"+url.PathEscape(id)+"/"+what, "/")
}

func userPath(id, what string) string {
	return strings.TrimSuffix("/api/v1/users/"+url.PathEscape(id)+"/"+what, "/")
}
