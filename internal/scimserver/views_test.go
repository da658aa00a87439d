package scimserver_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/oktascim/oktascim/internal/scimserver"
)

func create(t *testing.T, s *scimserver.Server, kind, body string) string {
	t.Helper()
	id, err := s.Create(kind, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestPeopleAreFoundByWhatAPersonWouldType(t *testing.T) {
	t.Parallel()
	s := scimserver.New(scimserver.Options{})
	id := create(t, s, "User", `{"schemas":["`+userURN+`"],"userName":"al@x.test","externalId":"00u17","displayName":"The Countess","name":{"givenName":"Ada","familyName":"Łovelace"},"emails":[{"value":"countess@mail.test"}],"nickName":"unseen"}`)
	create(t, s, "User", `{"schemas":["`+userURN+`"],"userName":"bob@x.test","active":false}`)
	yes, no := true, false
	for _, c := range []struct {
		q    scimserver.Search
		want int
	}{
		{scimserver.Search{}, 2},
		{scimserver.Search{Text: "AL@x"}, 1},
		{scimserver.Search{Text: "x.test"}, 2},
		{scimserver.Search{Text: "00U17"}, 1},
		{scimserver.Search{Text: "countess"}, 1},
		{scimserver.Search{Text: "ada łOVE"}, 1},
		{scimserver.Search{Text: "mail.test"}, 1},
		{scimserver.Search{Text: id}, 1},
		{scimserver.Search{Text: "unseen"}, 0},
		{scimserver.Search{Active: &yes}, 1},
		{scimserver.Search{Active: &no}, 1},
		{scimserver.Search{Active: &no, Text: "al@"}, 0},
	} {
		c.q.Limit = 10
		page, total := s.SearchUsers(c.q)
		if total != c.want || len(page) != c.want {
			t.Errorf("%q: %d people, want %d", c.q.Text, total, c.want)
		}
	}
	for i := range 7 {
		create(t, s, "Group", fmt.Sprintf(`{"schemas":["%s"],"displayName":"Team %d"}`, groupURN, i))
	}
	page, total := s.SearchGroups(scimserver.Search{Text: "team", Offset: 4, Limit: 2})
	if total != 7 || len(page) != 2 || page[0].DisplayName != "Team 4" {
		t.Errorf("%d groups, page %v", total, page)
	}
}

func TestWhatIsSecretIsSaidToBeThereAndNotShown(t *testing.T) {
	t.Parallel()
	s := scimserver.New(scimserver.Options{})
	id := create(t, s, "User", `{"schemas":["`+userURN+`"],"userName":"al@x.test","password":"hunter22","emails":[{"value":"a@x.test","type":"work","primary":true}],
		"`+enterpriseURN+`":{"department":"R&D","manager":{"value":"7"}},"urn:x:y:1.0:Z":{"apiToken":"hunter33","deep":{"clientSecret":"hunter44","plain":"seen"},"list":[1,2]}}`)
	u, ok := s.User(id)
	if !ok {
		t.Fatal("not there")
	}
	text := fmt.Sprintf("%+v", u)
	if strings.Contains(text, "hunter") || strings.Contains(text, "argon2") {
		t.Error(text)
	}
	find := func(schema, name string) scimserver.Attribute {
		for _, set := range u.Attributes {
			for _, a := range set.Attributes {
				if set.Schema == schema && a.Name == name {
					return a
				}
			}
		}
		t.Fatalf("no %s in %s", name, text)
		return scimserver.Attribute{}
	}
	if !find(userURN, "password").Secret || !find("urn:x:y:1.0:Z", "apiToken").Secret {
		t.Error("that there is a secret is not said")
	}
	email := find(userURN, "emails").Values[0]
	if email.Text != "a@x.test" || !slices.Equal(email.Parts, []scimserver.AttributePart{{Name: "type", Text: "work"}, {Name: "primary", Text: "true"}}) {
		t.Errorf("%+v", email)
	}
	if got := find(enterpriseURN, "department").Values[0].Text; got != "R&D" {
		t.Error(got)
	}
	if got := find("urn:x:y:1.0:Z", "list").Values; len(got) != 2 || got[1].Text != "2" {
		t.Errorf("%+v", got)
	}
	if _, ok := s.User("nobody"); ok {
		t.Error("nobody is there")
	}
}

func TestMembersComeInPagesAndCanBeSearched(t *testing.T) {
	t.Parallel()
	s := scimserver.New(scimserver.Options{})
	var members []string
	for i := range 5 {
		members = append(members, `{"value":"`+create(t, s, "User", fmt.Sprintf(`{"schemas":["%s"],"userName":"u%d@x.test"}`, userURN, i))+`"}`)
	}
	inner := create(t, s, "Group", `{"schemas":["`+groupURN+`"],"displayName":"Inner"}`)
	members = append(members, `{"value":"`+inner+`"}`)
	id := create(t, s, "Group", `{"schemas":["`+groupURN+`"],"displayName":"Outer","externalId":"x1","members":[`+strings.Join(members, ",")+`]}`)
	g, ok := s.Group(id, scimserver.Search{Offset: 4, Limit: 2})
	if !ok || g.MemberCount != 6 || g.Found != 6 || g.ExternalID != "x1" || len(g.Page) != 2 || g.Page[0].Display != "u4@x.test" || !g.Page[0].Active || !g.Page[1].IsGroup {
		t.Errorf("%+v", g)
	}
	if g, _ := s.Group(id, scimserver.Search{Text: "U3", Limit: 9}); g.Found != 1 || g.MemberCount != 6 || g.Page[0].Display != "u3@x.test" {
		t.Errorf("%+v", g)
	}
	if g, _ := s.Group(inner, scimserver.Search{}); len(g.Groups) != 1 || g.Groups[0].ID != id {
		t.Errorf("%+v", g)
	}
	if list, _ := s.SearchGroups(scimserver.Search{Limit: 9, Members: 2}); len(list[1].Members) != 2 || list[1].MemberCount != 6 {
		t.Errorf("%+v", list)
	}
	if _, ok := s.Group("nobody", scimserver.Search{}); ok {
		t.Error("no such group")
	}
}

func TestAResetIsARestartFromNothing(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "scim.db")
	data, err := scimserver.OpenData(file)
	if err != nil {
		t.Fatal(err)
	}
	s := scimserver.New(scimserver.Options{Data: data})
	if users, groups, err := s.Sample(20); err != nil || users != 20 || groups != 6 {
		t.Fatalf("%d users, %d groups, %v", users, groups, err)
	}
	before, _ := s.Users(0, 1)
	if users, groups, err := s.Reset(); err != nil || users != 20 || groups != 6 {
		t.Fatalf("%d users, %d groups, %v", users, groups, err)
	}
	if _, ok := s.User(before[0].ID); ok {
		t.Error("somebody is still there")
	}
	create(t, s, "User", adaBody)
	if err := data.Close(); err != nil {
		t.Fatal(err)
	}
	if data, err = scimserver.OpenData(file); err != nil {
		t.Fatal(err)
	}
	defer data.Close()
	if page, n := scimserver.New(scimserver.Options{Data: data}).Users(0, 9); n != 1 || page[0].UserName != "ada@x.test" {
		t.Errorf("after the restart there are %d people", n)
	}
}

func TestSamplePeopleAreTheSameEveryTime(t *testing.T) {
	t.Parallel()
	s := scimserver.New(scimserver.Options{})
	if users, groups, err := s.Sample(40); err != nil || users != 40 || groups != 6 {
		t.Fatalf("%d users, %d groups, %v", users, groups, err)
	}
	if users, groups, err := s.Sample(600); err != nil || users != 560 || groups != 0 {
		t.Fatalf("again: %d users, %d groups, %v", users, groups, err)
	}
	if users, _, err := s.Sample(600); err != nil || users != 0 {
		t.Fatalf("a third time: %d users, %v", users, err)
	}
	groups, _ := s.SearchGroups(scimserver.Search{Text: "everyone", Limit: 1})
	if len(groups) != 1 || groups[0].MemberCount != 600 {
		t.Errorf("%d groups of everybody", len(groups))
	}
	other := scimserver.New(scimserver.Options{})
	if _, _, err := other.Sample(40); err != nil {
		t.Fatal(err)
	}
	a, _ := s.Users(0, 40)
	b, _ := other.Users(0, 40)
	for i := range b {
		if a[i].UserName != b[i].UserName || a[i].Active != b[i].Active {
			t.Errorf("%d: %s and %s", i, a[i].UserName, b[i].UserName)
		}
	}
}
