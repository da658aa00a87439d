package scimserver_test

import (
	"net/url"
	"testing"

	"github.com/oktascim/oktascim/internal/scimserver"
)

func (g *rig) search(path, members string) answer {
	g.t.Helper()
	if members != "" {
		members = "," + members
	}
	return g.do("POST", path+"/.search", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]`+members+`}`)
}

func TestTheRootFindsUsersAndGroups(t *testing.T) {
	g := start(t, scimserver.Options{})
	ada := g.user("ada@x.test", `"displayName":"Eng"`)
	eng := g.group("Eng", ada)
	bob := g.user("bob@x.test", "")
	for filter, want := range map[string][]string{
		`displayName eq "eng"`:          {ada, eng},
		`userName pr`:                   {ada, bob},
		`userName eq "BOB@x.test"`:      {bob},
		`not (userName pr)`:             {eng},
		`userName ne "bob@x.test"`:      {ada, eng}, // as anything that has none
		`members pr`:                    {eng},
		`groups.value eq "` + eng + `"`: {ada},
		`meta.resourceType eq "Group" or userName eq "ada@x.test"`:          {ada, eng},
		`id eq "` + bob + `" or id eq "` + ada + `" or id eq "` + bob + `"`: {ada, bob},
		`id pr`: {ada, eng, bob},
	} {
		for _, a := range []answer{
			g.do("GET", "/?filter="+url.QueryEscape(filter), ""),
			g.do("GET", "?filter="+url.QueryEscape(filter), ""),
			g.search("", `"filter":`+quote(filter)),
		} {
			a.want(200)
			var got []string
			for i := range a.at("Resources").([]any) {
				got = append(got, a.at("Resources", i, "id").(string))
			}
			if len(got) != len(want) || !equalSets(got, want) || got[0] != want[0] {
				t.Errorf("%s: found %v, want %v", filter, got, want)
			}
		}
	}
	g.search("", `"filter":"shoeSize pr"`).refused(400, "invalidFilter", "shoeSize")
	g.search("", `"sortBy":"userName","sortOrder":"descending"`).want(200).
		is(`"`+eng+`"`, "Resources", 0, "id").is(`"`+bob+`"`, "Resources", 1, "id").is(`"`+ada+`"`, "Resources", 2, "id")
	g.search("", `"attributes":["userName","members.value"]`).want(200).
		is(`{"schemas":["`+userURN+`"],"id":"`+ada+`","userName":"ada@x.test"}`, "Resources", 0).
		is(`{"schemas":["`+groupURN+`"],"id":"`+eng+`","members":[{"value":"`+ada+`"}]}`, "Resources", 1)
}

func TestSearchByPostIsReadLikeAQuery(t *testing.T) {
	g := start(t, scimserver.Options{})
	g.user("ada@x.test", `"title":"Dr"`)
	g.user("bob@x.test", "")
	g.search("/Users", "").want(200).is(`2`, "totalResults").is(`1`, "startIndex")
	g.search("/Users", `"Filter":"title pr","EXCLUDEDATTRIBUTES":"title,meta","Count":1,"startindex":1`).want(200).
		is(`1`, "totalResults").is(`null`, "Resources", 0, "title").is(`"ada@x.test"`, "Resources", 0, "userName")
	g.search("/Groups", `"count":0`).want(200).is(`0`, "totalResults").is(`[]`, "Resources")
	for members, part := range map[string]string{
		`"attributes":[7]`: "/attributes/0", `"attributes":{}`: "/attributes", `"filter":7`: "/filter", `"count":"1"`: "/count", `"count":1.5`: "/count",
		`"sortBy":[]`: "/sortBy", `"cursor":7`: "/cursor", `"sortBy":"title","sortOrder":"up"`: "sortOrder",
		`"sortBy":"name"`: "sub-attributes", `"sortBy":"shoeSize"`: "shoeSize", `"sortBy":"password"`: "password", `"sortBy":"emails[type pr]"`: "sortBy",
		`"attributes":["title"],"excludedAttributes":["name"]`: "together",
	} {
		g.search("/Users", members).refused(400, "invalidValue", part)
	}
	g.do("POST", "/Users/.search", `{"filter":"title pr"}`).refused(400, "invalidSyntax", "SearchRequest")
	g.do("GET", "/.search", "").refused(405, "", "POST")
	g.do("POST", "/.search/x", `{}`).refused(404, "", "path")
}

func TestACursorIsGoodForItsOwnListOnly(t *testing.T) {
	g := start(t, scimserver.Options{MaxPage: 2})
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		g.user(name, "")
	}
	first := g.do("GET", "/Users?cursor&count=9", "").want(200).is(`5`, "totalResults").is(`2`, "itemsPerPage").is(`null`, "startIndex").is(`null`, "previousCursor")
	next := first.at("nextCursor").(string)
	second := g.do("GET", "/Users?count=2&cursor="+next, "").want(200).is(`"c"`, "Resources", 0, "userName")
	g.do("GET", "/Users?count=1&cursor="+second.at("previousCursor").(string), "").want(200).is(`"b"`, "Resources", 0, "userName")
	last := g.do("GET", "/Users?cursor="+second.at("nextCursor").(string), "").want(200).is(`null`, "nextCursor")
	last.is(`"e"`, "Resources", 0, "userName").is(`1`, "itemsPerPage")
	g.do("GET", "/Users?count=0&cursor=", "").want(200).is(`5`, "totalResults").is(`[]`, "Resources").is(`null`, "nextCursor")
	// Cursors and indexes do not mix; those who do not ask for a cursor see none.
	g.do("GET", "/Users?count=2", "").want(200).is(`null`, "nextCursor").is(`1`, "startIndex")
	for _, query := range []string{"?cursor=x", "?cursor=" + next[1:], "?sortBy=userName&cursor=" + next, "?filter=id+pr&cursor=" + next, "?startIndex=1&cursor=" + next} {
		g.do("GET", "/Users"+query, "").refused(400, "invalidCursor", "")
	}
	g.do("GET", "/Groups?cursor="+next, "").refused(400, "invalidCursor", "")
	g.do("GET", "/Users?count=x&cursor=", "").refused(400, "invalidCount", "count")
}
