package scimserver_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/oktascim/oktascim/internal/scimserver"
)

func TestPagesCoverAllAndTellTheTruth(t *testing.T) {
	g := start(t, scimserver.Options{MaxPage: 4, DefaultPage: 3})
	g.do("GET", "/Users?startIndex=1&count=2", "").want(200).
		is(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":0,"startIndex":1,"itemsPerPage":0,"Resources":[]}`)
	var want []string
	for i := range 10 {
		want = append(want, fmt.Sprintf("u%d", i))
		g.user(want[i], "")
	}
	var got []string
	for from := 1; from <= 10; from += 2 {
		a := g.do("GET", fmt.Sprintf("/Users?startIndex=%d&count=2", from), "").want(200).is(`10`, "totalResults").is(fmt.Sprint(from), "startIndex").is(`2`, "itemsPerPage")
		for i := range 2 {
			got = append(got, a.at("Resources", i, "userName").(string))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	for query, items := range map[string]string{
		"": `3`, "?count=0": `0`, "?count=-5": `0`, "?count=9999": `4`, "?startIndex=0": `3`, "?startIndex=-3": `3`,
		"?startIndex=9": `2`, "?startIndex=11": `0`, "?startIndex=9223372036854775807": `0`,
		"?filter=userName+sw+%22u%22&startIndex=9": `2`, "?filter=userName+pr&count=0": `0`,
	} {
		g.do("GET", "/Users"+query, "").want(200).is(`10`, "totalResults").is(items, "itemsPerPage")
	}
	g.do("GET", "/Users?count=x", "").refused(400, "invalidValue", "count")
	g.do("GET", "/Users?startIndex=1.5", "").refused(400, "invalidValue", "startIndex")
	g.do("GET", "/Users?count=%zz", "").refused(400, "invalidValue", "query")
}

func TestFiltersFind(t *testing.T) {
	at := time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)
	g := start(t, scimserver.Options{Now: func() time.Time { return at }})
	ada := g.user("Ada@x.test", `"externalId":"00uA","title":"Dr \"x\"","name":{"familyName":"Byron"},"emails":[{"value":"a@work.test","type":"work"},{"value":"a@home.test","type":"home"}]`)
	bob := g.user("bob+x@x.test", `"externalId":"00ub","active":false,"emails":[{"value":"b@home.test","type":"work","primary":true}]`)
	cat := g.user("cat", `"displayName":"Straße"`)
	eng := g.group("A B C", ada, bob)
	for filter, want := range map[string][]string{
		`userName eq "ADA@X.TEST"`:                                     {ada},
		`USERNAME EQ "ada@x.test"`:                                     {ada},
		`urn:ietf:params:scim:schemas:core:2.0:User:userName eq "cat"`: {cat},
		`userName eq "bob+x@x.test"`:                                   {bob},
		`userName ne "cat"`:                                            {ada, bob},
		`userName co "@X"`:                                             {ada, bob},
		`userName sw "c"`:                                              {cat},
		`userName ew "TEST"`:                                           {ada, bob},
		`userName gt "b"`:                                              {bob, cat},
		`userName le "bob+x@x.test"`:                                   {ada, bob},
		`externalId eq "00uA"`:                                         {ada},
		`externalId eq "00ua"`:                                         {}, // exact
		`displayName eq "STRAßE"`:                                      {cat},
		`title eq "dr \"X\""`:                                          {ada},
		`title pr`:                                                     {ada},
		`not (title pr)`:                                               {bob, cat},
		`title eq null`:                                                {bob, cat},
		`title ne "x"`:                                                 {ada, bob, cat},
		`active eq true`:                                               {ada, cat},
		`active eq false and userName pr`:                              {bob},
		`userName eq "cat" or userName eq "ada@x.test" and active eq false`:  {cat},
		`(userName eq "cat" or userName eq "ada@x.test") and active eq true`: {ada, cat},
		`emails co "work.test"`:                             {ada},
		`emails.type eq "home"`:                             {ada},
		`emails[type eq "work" and value co "home"]`:        {bob},
		`emails[not (type eq "work")]`:                      {ada},
		`emails[primary eq true]`:                           {bob},
		`name.familyName pr`:                                {ada},
		`id eq "` + cat + `"`:                               {cat},
		`groups.value eq "` + eng + `"`:                     {ada, bob},
		`groups[value eq "` + eng + `"] and active eq true`: {ada},
		`groups.display eq "a b c"`:                         {ada, bob},
		`meta.created eq "2026-01-02T16:04:05+01:00"`:       {ada, bob, cat},
		`meta.lastModified gt "2026-01-02T15:04:05Z"`:       {},
		`meta.resourceType eq "User"`:                       {ada, bob, cat},
		`schemas eq "` + userURN + `"`:                      {ada, bob, cat},
		`urn:acme:2.0:User:badge eq 7`:                      {},
	} {
		a := g.do("GET", "/Users?filter="+url.QueryEscape(filter), "").want(200)
		got := []string{}
		for i := range a.at("Resources").([]any) {
			got = append(got, a.at("Resources", i, "id").(string))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %d found, want %d: %s", filter, len(got), len(want), a.text)
		}
	}
	if got := g.find("/Groups", `displayName eq "a b c"`); len(got) != 1 {
		t.Errorf("group by name: %v", got)
	}
	if got := g.find("/Groups", `members.value eq "`+ada+`"`); len(got) != 1 {
		t.Errorf("group by member: %v", got)
	}
	// Both ways to encode a space; an encoded plus stays a plus.
	for _, q := range []string{`userName%20eq%20%22bob%2Bx%40x.test%22`, `userName+eq+%22bob%2Bx@x.test%22`} {
		g.do("GET", "/Users?filter="+q+"&startIndex=1&count=100", "").want(200).is(`1`, "totalResults")
	}
}

func TestFiltersThatMeanNothingAreRefused(t *testing.T) {
	g := start(t, scimserver.Options{MaxFilterLength: 500, MaxFilterDepth: 8, MaxFilterTerms: 9})
	for filter, part := range map[string]string{
		``:                                "position 1",
		`userName`:                        "operator",
		`userName eq`:                     "value",
		`userName eq cat`:                 "value is wanted",
		`userName eq 'cat'`:               "value is wanted",
		`userName is "cat"`:               "operator",
		`userName eq "cat" and`:           "space",
		`userName eq "cat" xor active pr`: "position 19",
		`userName eq "cat`:                "no end",
		`userName eq "\q"`:                "JSON string",
		`(userName eq "cat"`:              "is wanted",
		`userName eq "cat")`:              "position 18",
		`usrName eq "cat"`:                "usrName",
		`name.first eq "cat"`:             "first",
		`name eq "cat"`:                   "sub-attributes",
		`active eq "true"`:                "boolean",
		`active gt true`:                  "eq and ne",
		`userName eq 7`:                   "string",
		`userName gt null`:                "null",
		`meta.created gt "yesterday"`:     "time",
		`emails[type eq "work"`:           "is wanted",
		`emails[type[value pr]]`:          "brackets",
		`title[value pr]`:                 "no sub-attributes",
		`emails.type[value pr]`:           "sub-attribute",
		strings.Repeat("(", 9) + `title pr` + strings.Repeat(")", 9): "deeper",
		`title eq "` + strings.Repeat("x", 500) + `"`:                "longer",
		"title eq \"\xff\"":                            "UTF-8",
		strings.Repeat("title pr or ", 9) + "title pr": "more than 9",
	} {
		g.do("GET", "/Users?filter="+url.QueryEscape(filter), "").refused(400, "invalidFilter", part)
	}
}

func TestAClientGetsTheAttributesItAsksFor(t *testing.T) {
	g := start(t, scimserver.Options{})
	path := "/Users/" + g.user("ada@x.test", `"title":"Dr","name":{"givenName":"Ada","familyName":"Byron"},"emails":[{"value":"a@x.test","type":"work"}],"`+enterpriseURN+`":{"department":"R","division":"D"}`)
	eng := g.group("Eng")
	id := strings.TrimPrefix(path, "/Users/")
	g.do("GET", path+"?attributes=userName,name.givenName,emails.value,shoeSize", "").want(200).
		is(`{"schemas":["` + userURN + `","` + enterpriseURN + `"],"id":"` + id + `","userName":"ada@x.test","name":{"givenName":"Ada"},"emails":[{"value":"a@x.test"}]}`)
	g.do("GET", path+"?attributes="+enterpriseURN+":department", "").want(200).is(`{"department":"R"}`, enterpriseURN).is(`null`, "userName")
	a := g.do("GET", path+"?excludedAttributes=name.givenName,emails,id,"+enterpriseURN, "").want(200)
	a.is(`{"familyName":"Byron"}`, "name").is(`null`, "emails").is(`null`, enterpriseURN).is(`"Dr"`, "title").is(`"`+id+`"`, "id")
	g.do("GET", "/Groups?excludedAttributes=members", "").want(200).is(`null`, "Resources", 0, "members").is(`"`+eng+`"`, "Resources", 0, "id")
	g.patch(path+"?attributes=title", `{"op":"replace","path":"title","value":"Prof"}`).want(200).is(`null`, "userName").is(`"Prof"`, "title")
	g.do("GET", path+"?attributes=title&excludedAttributes=name", "").refused(400, "invalidValue", "together")
	g.do("GET", path+"?attributes=a[b", "").refused(400, "invalidValue", "a[b")
	// What is wrong with the request is found before anything is done.
	g.do("POST", "/Users?attributes=a[b", oktaCreate).refused(400, "invalidValue", "a[b")
	g.do("GET", "/Users", "").is(`1`, "totalResults")
}
