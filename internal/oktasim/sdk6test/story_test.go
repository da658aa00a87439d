package sdk6test_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/okta/okta-sdk-golang/v6/okta"

	"github.com/oktascim/oktascim/internal/oktasim/sdktest"
)

func TestSDKv6TellsTheStory(t *testing.T) {
	t.Setenv("HOME", t.TempDir()) // the SDK reads a file in it
	org := sdktest.StoryOrg(t)
	server := httptest.NewServer(org.Handler())
	t.Cleanup(server.Close)
	cfg, err := okta.NewConfiguration(okta.WithOrgUrl(server.URL), okta.WithToken(org.Token()), okta.WithCache(false), okta.WithTestingDisableHttpsCheck(true))
	if err != nil {
		t.Fatal(err)
	}
	cfg.Host = strings.TrimPrefix(server.URL, "http://") // v6 drops the port of the org URL
	sdktest.Story(t, org, v6(t.Context(), okta.NewAPIClient(cfg)))
}

// all pages to the end.
func all[T any](first []T, resp *okta.APIResponse, err error) (items []T, pages int, _ error) {
	items, pages = first, 1
	for err == nil && resp.HasNextPage() {
		var more []T
		if resp, err = resp.Next(&more); err == nil {
			items, pages = append(items, more...), pages+1
		}
	}
	return items, pages, err
}

// the returns what a call gave, and its zero value for nil.
func the[T, V any](v *T, err error, of func(*T) V) (V, error) {
	if err != nil || v == nil {
		var none V
		return none, err
	}
	return of(v), nil
}

func v6(ctx context.Context, c *okta.APIClient) sdktest.Client {
	login := func(u okta.User) string { return u.Profile.GetLogin() }
	return sdktest.Client{
		CreateUser: func(name, first, last, department string) (string, error) {
			p := okta.NewUserProfile()
			p.SetLogin(name)
			p.SetEmail(name)
			p.SetFirstName(first)
			p.SetLastName(last)
			p.SetDepartment(department)
			u, _, err := c.UserAPI.CreateUser(ctx).Activate(true).Body(okta.CreateUserRequest{Profile: *p}).Execute()
			return the(u, err, (*okta.User).GetId)
		},
		CreateGroup: func(name string) (string, error) {
			g, _, err := c.GroupAPI.AddGroup(ctx).Group(okta.AddGroupRequest{Profile: &okta.OktaUserGroupProfile{Name: &name}}).Execute()
			return the(g, err, (*okta.Group).GetId)
		},
		Join: func(group, user string) error {
			_, err := c.GroupAPI.AssignUserToGroup(ctx, group, user).Execute()
			return err
		},
		Members: func(group string, size int) (logins []string, pages int, err error) {
			list, pages, err := all(c.GroupAPI.ListGroupUsers(ctx, group).Limit(int32(size)).Execute())
			for _, u := range list {
				logins = append(logins, login(u))
			}
			return logins, pages, err
		},
		CreateRule: func(name, expression, group string) (string, error) {
			kind, language := "group_rule", "urn:okta:expression:1.0"
			r, _, err := c.GroupRuleAPI.CreateGroupRule(ctx).GroupRule(okta.CreateGroupRuleRequest{Name: &name, Type: &kind,
				Conditions: &okta.GroupRuleConditions{Expression: &okta.GroupRuleExpression{Value: &expression, Type: &language}},
				Actions:    &okta.GroupRuleAction{AssignUserToGroups: &okta.GroupRuleGroupAssignment{GroupIds: []string{group}}}}).Execute()
			return the(r, err, (*okta.GroupRule).GetId)
		},
		ActivateRule: func(id string) error { _, err := c.GroupRuleAPI.ActivateGroupRule(ctx, id).Execute(); return err },
		AssignGroup: func(app, group string) error {
			_, _, err := c.ApplicationGroupsAPI.AssignGroupToApplication(ctx, app, group).ApplicationGroupAssignment(okta.ApplicationGroupAssignment{}).Execute()
			return err
		},
		AssignedGroups: func(app string) (ids []string, err error) {
			list, _, err := all(c.ApplicationGroupsAPI.ListApplicationGroupAssignments(ctx, app).Limit(20).Execute())
			for _, g := range list {
				ids = append(ids, g.GetId())
			}
			return ids, err
		},
		AppUsers: func(app string, size int) (names []string, pages int, err error) {
			list, pages, err := all(c.ApplicationUsersAPI.ListApplicationUsers(ctx, app).Limit(int32(size)).Execute())
			for _, u := range list {
				credentials := u.GetCredentials()
				names = append(names, credentials.GetUserName())
			}
			return names, pages, err
		},
		AppUser: func(app, user string) (string, string, error) {
			u, _, err := c.ApplicationUsersAPI.GetApplicationUser(ctx, app, user).Execute()
			if err != nil {
				return "", "", err
			}
			return u.GetScope(), u.GetStatus(), nil
		},
		Push: func(app, group, as string) (string, string, error) {
			active := "ACTIVE"
			m, _, err := c.GroupPushMappingAPI.CreateGroupPushMapping(ctx, app).Body(okta.CreateGroupPushMappingRequest{SourceGroupId: group, Status: &active, TargetGroupName: &as}).Execute()
			if err != nil {
				return "", "", err
			}
			return m.GetId(), m.GetStatus(), nil
		},
		Pushes: func(app string) (sources []string, err error) {
			list, _, err := all(c.GroupPushMappingAPI.ListGroupPushMappings(ctx, app).Limit(1000).Execute())
			for _, m := range list {
				sources = append(sources, m.GetSourceGroupId())
			}
			return sources, err
		},
		Features: func(app string) error {
			_, _, err := c.ApplicationFeaturesAPI.ListFeaturesForApplication(ctx, app).Execute()
			return err
		},
		Connection: func(app string) (string, error) {
			p, _, err := c.ApplicationConnectionsAPI.GetDefaultProvisioningConnectionForApplication(ctx, app).Execute()
			return the(p, err, (*okta.ProvisioningConnectionResponse).GetStatus)
		},
		Deactivate: func(user string) error { _, err := c.UserLifecycleAPI.DeactivateUser(ctx, user).Execute(); return err },
		EventTypes: func() (types []string, err error) {
			events, _, err := c.SystemLogAPI.ListLogEvents(ctx).Limit(1000).Execute()
			for _, e := range events {
				types = append(types, e.GetEventType())
			}
			return types, err
		},
		ChangedGroups: func(since string) (names []string, err error) {
			groups, _, err := c.GroupAPI.ListGroups(ctx).Filter(`lastUpdated gt "` + since + `" or lastMembershipUpdated gt "` + since + `"`).Execute()
			for _, g := range groups {
				switch p := g.Profile; { // which of the two it takes a profile for depends on the profile
				case p != nil && p.OktaUserGroupProfile != nil:
					names = append(names, p.OktaUserGroupProfile.GetName())
				case p != nil && p.OktaActiveDirectoryGroupProfile != nil:
					names = append(names, p.OktaActiveDirectoryGroupProfile.GetName())
				}
			}
			return names, err
		},
		UsersBySearch: func(expression string) (logins []string, err error) {
			list, _, err := all(c.UserAPI.ListUsers(ctx).Search(expression).Execute())
			for _, u := range list {
				logins = append(logins, login(u))
			}
			return logins, err
		},
	}
}
