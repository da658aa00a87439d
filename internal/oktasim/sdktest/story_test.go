package sdktest_test

import (
	"context"
	"net/http/httptest"
	"testing"

	"github.com/okta/okta-sdk-golang/v2/okta"
	"github.com/okta/okta-sdk-golang/v2/okta/query"

	"github.com/oktascim/oktascim/internal/oktasim/sdktest"
)

func TestSDKv2TellsTheStory(t *testing.T) {
	t.Setenv("HOME", t.TempDir()) // the SDK reads a file in it
	org := sdktest.StoryOrg(t)
	server := httptest.NewServer(org.Handler())
	t.Cleanup(server.Close)
	ctx, c := client(t, okta.WithOrgUrl(server.URL), okta.WithToken(org.Token()))
	sdktest.Story(t, org, v2(ctx, t, c))
}

type pushMapping struct {
	ID            string `json:"id"`
	Status        string `json:"status"`
	SourceGroupID string `json:"sourceGroupId"`
}

// do sends what v2 has no call for.
func do[T any](ctx context.Context, c *okta.Client, method, path string, body any) (T, error) {
	var v T
	rq := c.CloneRequestExecutor()
	req, err := rq.NewRequest(method, path, body)
	if err != nil {
		return v, err
	}
	_, err = rq.Do(ctx, req, &v)
	return v, err
}

func v2(ctx context.Context, t *testing.T, c *okta.Client) sdktest.Client {
	t.Helper()
	login := func(u *okta.User) string { s, _ := (*u.Profile)["login"].(string); return s }
	limit := func(n int) *query.Params { return query.NewQueryParams(query.WithLimit(int64(n))) }
	return sdktest.Client{
		CreateUser: func(name, first, last, department string) (string, error) {
			p := okta.UserProfile{"login": name, "email": name, "firstName": first, "lastName": last, "department": department}
			u, _, err := c.User.CreateUser(ctx, okta.CreateUserRequest{Profile: &p}, query.NewQueryParams(query.WithActivate(true)))
			if err != nil {
				return "", err
			}
			return u.Id, nil
		},
		CreateGroup: func(name string) (string, error) {
			g, _, err := c.Group.CreateGroup(ctx, okta.Group{Profile: &okta.GroupProfile{Name: name}})
			if err != nil {
				return "", err
			}
			return g.Id, nil
		},
		Join: func(group, user string) error { _, err := c.Group.AddUserToGroup(ctx, group, user); return err },
		Members: func(group string, size int) (logins []string, pages int, err error) {
			first, resp, err := c.Group.ListGroupUsers(ctx, group, limit(size))
			list, pages := all(ctx, t, first, resp, err)
			for _, u := range list {
				logins = append(logins, login(u))
			}
			return logins, pages, nil
		},
		CreateRule: func(name, expression, group string) (string, error) {
			r, _, err := c.Group.CreateGroupRule(ctx, okta.GroupRule{Name: name, Type: "group_rule",
				Conditions: &okta.GroupRuleConditions{Expression: &okta.GroupRuleExpression{Value: expression, Type: "urn:okta:expression:1.0"}},
				Actions:    &okta.GroupRuleAction{AssignUserToGroups: &okta.GroupRuleGroupAssignment{GroupIds: []string{group}}}})
			if err != nil {
				return "", err
			}
			return r.Id, nil
		},
		ActivateRule: func(id string) error { _, err := c.Group.ActivateGroupRule(ctx, id); return err },
		AssignGroup: func(app, group string) error {
			_, _, err := c.Application.CreateApplicationGroupAssignment(ctx, app, group, okta.ApplicationGroupAssignment{})
			return err
		},
		AssignedGroups: func(app string) (ids []string, err error) {
			first, resp, err := c.Application.ListApplicationGroupAssignments(ctx, app, limit(20))
			list, _ := all(ctx, t, first, resp, err)
			for _, g := range list {
				ids = append(ids, g.Id)
			}
			return ids, nil
		},
		AppUsers: func(app string, size int) (names []string, pages int, err error) {
			first, resp, err := c.Application.ListApplicationUsers(ctx, app, limit(size))
			list, pages := all(ctx, t, first, resp, err)
			for _, u := range list {
				names = append(names, u.Credentials.UserName)
			}
			return names, pages, nil
		},
		AppUser: func(app, user string) (string, string, error) {
			u, _, err := c.Application.GetApplicationUser(ctx, app, user, nil)
			if err != nil {
				return "", "", err
			}
			return u.Scope, u.Status, nil
		},
		Push: func(app, group, as string) (string, string, error) {
			m, err := do[pushMapping](ctx, c, "POST", "/api/v1/apps/"+app+"/group-push/mappings", map[string]string{"sourceGroupId": group, "status": "ACTIVE", "targetGroupName": as})
			return m.ID, m.Status, err
		},
		Pushes: func(app string) (sources []string, err error) {
			list, err := do[[]pushMapping](ctx, c, "GET", "/api/v1/apps/"+app+"/group-push/mappings?limit=1000", nil)
			for _, m := range list {
				sources = append(sources, m.SourceGroupID)
			}
			return sources, err
		},
		Features: func(app string) error { _, _, err := c.Application.ListFeaturesForApplication(ctx, app); return err },
		Connection: func(app string) (string, error) {
			p, _, err := c.Application.GetDefaultProvisioningConnectionForApplication(ctx, app)
			if err != nil {
				return "", err
			}
			return p.Status, nil
		},
		Deactivate: func(user string) error { _, err := c.User.DeactivateUser(ctx, user, nil); return err },
		EventTypes: func() (types []string, err error) {
			events, _, err := c.LogEvent.GetLogs(ctx, limit(1000))
			for _, e := range events {
				types = append(types, e.EventType)
			}
			return types, err
		},
		ChangedGroups: func(since string) (names []string, err error) {
			groups, _, err := c.Group.ListGroups(ctx, query.NewQueryParams(query.WithFilter(`lastUpdated gt "`+since+`" or lastMembershipUpdated gt "`+since+`"`)))
			for _, g := range groups {
				names = append(names, g.Profile.Name)
			}
			return names, err
		},
		UsersBySearch: func(expression string) (logins []string, err error) {
			users, _, err := c.User.ListUsers(ctx, query.NewQueryParams(query.WithSearch(expression)))
			for _, u := range users {
				logins = append(logins, login(u))
			}
			return logins, err
		},
	}
}
