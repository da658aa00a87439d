package scimserver_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/oktascim/oktascim/internal/scimserver"
)

const bulkRequest = `"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"]`

func (g *rig) bulk(more string, ops ...string) answer {
	g.t.Helper()
	return g.do("POST", "/Bulk", `{`+bulkRequest+more+`,"Operations":[`+strings.Join(ops, ",")+`]}`)
}

func bulkUser(bulkID, userName, more string) string {
	return `{"method":"POST","path":"/Users","bulkId":"` + bulkID + `","data":{"schemas":["` + userURN + `"],"userName":"` + userName + `"` + more + `}}`
}

func bulkGroup(bulkID, name string, members ...string) string {
	return `{"method":"POST","path":"/Groups","bulkId":"` + bulkID + `","data":{"schemas":["` + groupURN + `"],"displayName":"` + name + `","members":` + memberList(members) + `}}`
}

func TestBulkDoesWhatTheSingleRequestsWouldDo(t *testing.T) {
	g := start(t, scimserver.Options{})
	old := g.user("old@x.test", `"title":"Dr"`)
	gone := g.user("gone@x.test", "")
	tag := g.do("GET", "/Users/"+old, "").header.Get("ETag")
	a := g.bulk("",
		bulkUser("a", "ada@x.test", ""),
		`{"method":"put","path":"/Users/`+old+`","version":"`+strings.ReplaceAll(tag, `"`, `\"`)+`","data":{"schemas":["`+userURN+`"],"userName":"old@x.test"}}`,
		`{"method":"PATCH","path":"/Users/`+old+`","version":"W/\"x\"","data":{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"remove","path":"title"}]}}`,
		`{"method":"DELETE","path":"/Users/`+gone+`"}`,
		bulkUser("b", "ADA@x.test", ""),
		`{"method":"DELETE","path":"/Users/nobody","bulkId":"d"}`,
		bulkUser("c", "cat@x.test", `,"active":"true"`),
		`{"method":"PATCH","path":"/Users/bulkId:a","data":{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","path":"nickName","value":"A"}]}}`,
	).want(200).is(`["urn:ietf:params:scim:api:messages:2.0:BulkResponse"]`, "schemas")
	for i, want := range []string{"201", "200", "412", "204", "409", "404", "400", "200"} {
		a.is(`"`+want+`"`, "Operations", i, "status")
	}
	a.is(`"a"`, "Operations", 0, "bulkId").is(`"POST"`, "Operations", 0, "method").is(`null`, "Operations", 0, "response")
	location, _ := a.at("Operations", 0, "location").(string)
	ada := strings.TrimPrefix(location, g.url)
	got := g.do("GET", ada, "").want(200).is(`"ada@x.test"`, "userName").is(`"A"`, "nickName")
	a.is(quote(got.header.Get("ETag")), "Operations", 0, "version")
	a.is(`"uniqueness"`, "Operations", 4, "response", "scimType").is(`null`, "Operations", 4, "location")
	a.is(`"404"`, "Operations", 5, "response", "status").is(`"d"`, "Operations", 5, "bulkId").is(`"`+g.url+`/Users/nobody"`, "Operations", 5, "location")
	a.is(`"invalidValue"`, "Operations", 6, "response", "scimType")
	g.do("GET", "/Users/"+old, "").want(200).is(`null`, "title")
	g.do("GET", "/Users/"+gone, "").want(404)
}

func TestBulkReferencesPointBothWays(t *testing.T) {
	g := start(t, scimserver.Options{})
	eng := g.group("Eng")
	a := g.bulk("",
		`{"method":"PATCH","path":"/Groups/`+eng+`","data":{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[
			{"op":"add","path":"members","value":[{"value":"bulkId:a"},{"value":"bulkId:b"}]},{"op":"remove","path":"members[value eq \"bulkId:b\"]"}]}}`,
		bulkGroup("g", "Ops", "bulkId:a", "bulkId:g2"),
		bulkUser("a", "ada@x.test", `,"title":"not a bulkId:a","`+enterpriseURN+`":{"manager":{"value":"bulkId:b"}}`),
		bulkUser("b", "bob@x.test", `,"`+enterpriseURN+`":{"manager":{"value":"bulkId:a"}}`), // each the other's manager
		bulkGroup("g2", "Circle", "bulkId:g3", "bulkId:b"),
		bulkGroup("g3", "Circle too", "bulkId:g2"),
	).want(200)
	path := make([]string, 6)
	id := make([]string, 6)
	for i := range path {
		location, _ := a.at("Operations", i, "location").(string)
		path[i] = strings.TrimPrefix(location, g.url)
		id[i] = location[strings.LastIndexByte(location, '/')+1:]
	}
	if got := g.do("GET", path[0], "").want(200).values("members"); !equalSets(got, []string{id[2]}) {
		t.Errorf("Eng: %v", got)
	}
	for i, want := range map[int][]string{1: {id[2], id[4]}, 4: {id[5], id[3]}, 5: {id[4]}} {
		if got := g.do("GET", path[i], "").want(200).values("members"); !equalSets(got, want) {
			t.Errorf("%s: %v, want %v", path[i], got, want)
		}
	}
	g.do("GET", path[2], "").is(quote(id[3]), enterpriseURN, "manager", "value").is(`"not a bulkId:a"`, "title")
	g.do("GET", path[3], "").is(quote(id[2]), enterpriseURN, "manager", "value")
	for i := range path {
		a.is(quote(g.do("GET", path[i], "").header.Get("ETag")), "Operations", i, "version")
	}
}

func TestBulkStopsAfterSoManyErrors(t *testing.T) {
	g := start(t, scimserver.Options{})
	g.user("taken", "")
	bad := func(id string) string { return bulkUser(id, "taken", "") }
	g.bulk(`,"failOnErrors":2`, bulkUser("a", "a", ""), bad("x"), bulkUser("b", "b", ""), bad("y"), bulkUser("c", "c", ""), bad("z")).want(200).
		is(`"409"`, "Operations", 3, "status").is(`null`, "Operations", 4)
	if got := g.find("/Users", `userName pr`); !equalSets(got, []string{"taken", "a", "b"}) {
		t.Error(got)
	}
	g.bulk("", bad("x"), bad("y"), bulkUser("d", "d", "")).want(200).is(`"201"`, "Operations", 2, "status")
	g.bulk(`,"failOnErrors":0`, bad("x"), bulkUser("e", "e", "")).want(200).is(`"201"`, "Operations", 1, "status")
	// Who waits for what was not tried is not done either; what hoped for it is undone.
	g.bulk(`,"failOnErrors":1`, bulkGroup("g", "G", "bulkId:h", "bulkId:x"), bulkGroup("h", "H", "bulkId:g"), bad("x")).want(200).
		is(`"409"`, "Operations", 0, "status").is(`"409"`, "Operations", 1, "status").is(`null`, "Operations", 2)
	if got := g.find("/Groups", `displayName pr`); len(got) != 0 {
		t.Error(got)
	}
}

func TestABulkRequestThatIsWrongDoesNothing(t *testing.T) {
	g := start(t, scimserver.Options{MaxBulkOperations: 3, MaxBulkBody: 2000, MaxDepth: 4})
	good := bulkUser("a", "ada@x.test", "")
	for body, part := range map[string]string{
		`{"Operations":[` + good + `]}`:                                  "/schemas",
		`{` + bulkRequest + `}`:                                          "/Operations",
		`{` + bulkRequest + `,"Operations":[]}`:                          "/Operations",
		`{` + bulkRequest + `,"Operations":[` + good + `,7]}`:            "/Operations/1",
		`{` + bulkRequest + `,"Operations":[` + good + `,{"method":7}]}`: "/Operations/1/method",
	} {
		g.do("POST", "/Bulk", body).refused(400, "invalidSyntax", part)
	}
	g.bulk(`,"failOnErrors":-1`, good).refused(400, "invalidValue", "failOnErrors")
	g.bulk(`,"failOnErrors":"1"`, good).refused(400, "invalidValue", "failOnErrors")
	g.bulk("", good, good).refused(400, "invalidValue", "twice")
	g.bulk("", good, bulkUser("b", "b", ""), bulkUser("c", "c", ""), bulkUser("d", "d", "")).refused(413, "", "at most 3")
	g.bulk("", bulkUser("a", strings.Repeat("x", 2000), "")).refused(413, "", "2000 bytes")
	g.bulk("", bulkUser("a", "a", `,"urn:a:b":{"c":{"d":{"e":{"f":{}}}}}`)).refused(400, "invalidSyntax", "deep")
	g.do("GET", "/Users", "").want(200).is(`0`, "totalResults")
	a := g.bulk("", `{"method":"GET","path":"/Users"}`, `{"method":"POST","path":"/Users","data":{}}`, `{"method":"POST","path":"Nothing","bulkId":"x","data":{}}`).want(200)
	a.is(`"400"`, "Operations", 0, "status").is(`"400"`, "Operations", 1, "status").is(`"404"`, "Operations", 2, "status")
	a = g.bulk("", `{"method":"POST","path":"/Users/x","bulkId":"x"}`, `{"method":"PUT","path":"/Users"}`, bulkGroup("g", "G", "bulkId:nobody")).want(200)
	a.is(`"405"`, "Operations", 0, "status").is(`"405"`, "Operations", 1, "status").is(`"invalidValue"`, "Operations", 2, "response", "scimType")
	a = g.bulk("", `{"method":"POST","path":"/Users","bulkId":"x"}`, bulkGroup("g", "G", "bulkId:g")).want(200)
	a.is(`"invalidSyntax"`, "Operations", 0, "response", "scimType").is(`"400"`, "Operations", 1, "status")
}

func TestAPasswordInABulkRequestStaysOutOfTheLog(t *testing.T) {
	c := connect(t, scimserver.ConnectionOptions{Enabled: true, Token: "s3cret"})
	g := start(t, scimserver.Options{Connection: c})
	g.do("POST", "/Bulk", `{`+bulkRequest+`,"Operations":[`+bulkUser("a", "ada", `,"password":"x7Dq.one"`)+`,
		{"method":"PATCH","path":"/Users/bulkId:a","data":{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[
		{"op":"replace","path":"password","value":"x7Dq.two"},{"op":"replace","value":{"password":"x7Dq.three"}}]}}]}`, "Authorization", "s3cret").want(200)
	log := awaitLog(t, c, func(log []scimserver.RequestRecord) bool { return len(log) == 1 })
	if rec := log[0]; strings.Contains(rec.RequestBody, "x7Dq") || !strings.Contains(rec.RequestBody, "bulkId:a") {
		t.Error(rec.RequestBody)
	}
}

// An operation fails if it is wrong itself or needs one that fails, over any
// number of steps and around any circle. Nothing is left of those that fail,
// and everything of the others.
func TestBulkAgreesWithASlowModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := &world{h: scimserver.New(scimserver.Options{}).Handler()}
		w.send(rt, "POST", "/Users", fmt.Sprintf(`{"schemas":[%q],"userName":"taken"}`, userURN), 201)
		n := rapid.IntRange(1, 9).Draw(rt, "operations")
		isGroup, wrong, refs := make([]bool, n), make([]bool, n), make([][]int, n)
		var ops []string
		for i := range n {
			isGroup[i] = rapid.Bool().Draw(rt, "group")
			wrong[i] = rapid.IntRange(0, 7).Draw(rt, "wrong") == 0
			others := slices.DeleteFunc(slices.Collect(func(yield func(int) bool) {
				for j := range n {
					if !yield(j) {
						return
					}
				}
			}), func(j int) bool { return j == i })
			if len(others) > 0 {
				most := 1
				if isGroup[i] {
					most = 3
				}
				refs[i] = rapid.SliceOfNDistinct(rapid.SampledFrom(others), 0, min(most, len(others)), rapid.ID[int]).Draw(rt, "refers to")
			}
			ops = append(ops, drawnBulkOp(i, isGroup[i], wrong[i], refs[i]))
		}
		fails := slices.Clone(wrong)
		for range n { // as far as failing can spread
			for i := range n {
				fails[i] = fails[i] || slices.ContainsFunc(refs[i], func(j int) bool { return fails[j] })
			}
		}
		results := w.send(rt, "POST", "/Bulk", `{`+bulkRequest+`,"Operations":[`+strings.Join(ops, ",")+`]}`, 200)["Operations"].([]any)
		id := make([]string, n)
		for i := range n {
			result := results[i].(map[string]any)
			if (result["status"] == "201") == fails[i] {
				rt.Fatalf("operation %d: %v, fails: %v", i, result, fails)
			}
			location, _ := result["location"].(string)
			id[i] = location[strings.LastIndexByte(location, '/')+1:]
		}
		total := 1
		for i := range n {
			if fails[i] {
				continue
			}
			total++
			if isGroup[i] {
				var want []string
				for _, j := range refs[i] {
					want = append(want, id[j])
				}
				var got []string
				for _, m := range w.send(rt, "GET", "/Groups/"+id[i], "", 200)["members"].([]any) {
					got = append(got, m.(map[string]any)["value"].(string))
				}
				if !equalSets(got, want) {
					rt.Fatalf("operation %d has %v, want %v", i, got, want)
				}
				continue
			}
			user := w.send(rt, "GET", "/Users/"+id[i], "", 200)
			for _, j := range refs[i] {
				if got := user[enterpriseURN].(map[string]any)["manager"].(map[string]any)["value"]; got != id[j] {
					rt.Fatalf("operation %d has %v, want %v", i, got, id[j])
				}
			}
		}
		if got := w.send(rt, "GET", "?count=0", "", 200)["totalResults"]; got != float64(total) {
			rt.Fatalf("%v are there, want %d", got, total)
		}
	})
}

func drawnBulkOp(i int, group, wrong bool, refs []int) string {
	name, id := fmt.Sprint("n", i), fmt.Sprint("b", i)
	if group {
		var members []string
		for _, j := range refs {
			members = append(members, fmt.Sprint("bulkId:b", j))
		}
		if wrong {
			members = append(members, "nobody")
		}
		return bulkGroup(id, name, members...)
	}
	if wrong {
		name = "taken"
	}
	more := ""
	for _, j := range refs {
		more = fmt.Sprintf(`,%q:{"manager":{"value":"bulkId:b%d"}}`, enterpriseURN, j)
	}
	return bulkUser(id, name, more)
}

func FuzzBulk(f *testing.F) {
	call, user, group := fuzzServer(f)
	f.Add(bulkUser("a", "x", "") + "," + bulkGroup("b", "y", "bulkId:a", "bulkId:c") + "," + bulkGroup("c", "z", "bulkId:b"))
	f.Add(`{"method":"PATCH","path":"/Groups/` + group + `","data":{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"remove","path":"members[value eq \"bulkId:a\"]"}]}}`)
	f.Add(`{"method":"DELETE","path":"/Users/` + user + `"},{"method":"PUT","path":"/Users/bulkId:x","bulkId":"x","data":{}}`)
	f.Add(`{"method":"POST","path":"/Users","bulkId":"","data":null},7`)
	f.Fuzz(func(t *testing.T, ops string) {
		rec := call("POST", "/Bulk", `{`+bulkRequest+`,"Operations":[`+ops+`]}`)
		isAnswer(t, rec)
		var answer struct {
			Operations []struct{ Status string }
		}
		if rec.Code == 200 {
			if err := json.Unmarshal(rec.Body.Bytes(), &answer); err != nil || len(answer.Operations) == 0 {
				t.Error(err, rec.Body)
			}
			for _, op := range answer.Operations {
				if op.Status == "" || op.Status[0] == '5' {
					t.Error(rec.Body)
				}
			}
		}
	})
}
