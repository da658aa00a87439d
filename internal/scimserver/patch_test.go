package scimserver_test

import (
	"testing"

	"github.com/oktascim/oktascim/internal/scimserver"
)

const patchBase = `"name":{"givenName":"Ada","familyName":"Byron"},"title":"Dr",
	"emails":[{"value":"w@x.test","type":"work","primary":true},{"value":"h@x.test","type":"home"}]`

func TestPatchInEveryForm(t *testing.T) {
	work := `{"value":"w@x.test","type":"work","primary":true}`
	home := `{"value":"h@x.test","type":"home"}`
	for name, c := range map[string]struct {
		ops  string
		want string
		path []any
	}{
		"add sets":                                    {`{"op":"add","path":"nickName","value":"A"}`, `"A"`, []any{"nickName"}},
		"op in any case":                              {`{"op":"ADD","path":"NICKNAME","value":"A"}`, `"A"`, []any{"nickName"}},
		"members of an op in any case":                {`{"Op":"Add","Path":"nickName","Value":"A"}`, `"A"`, []any{"nickName"}},
		"add merges a complex one":                    {`{"op":"add","path":"name","value":{"middleName":"K"}}`, `{"givenName":"Ada","familyName":"Byron","middleName":"K"}`, []any{"name"}},
		"replace merges too":                          {`{"op":"replace","path":"name","value":{"givenName":"A"}}`, `{"givenName":"A","familyName":"Byron"}`, []any{"name"}},
		"null in it takes away":                       {`{"op":"replace","path":"name","value":{"givenName":null}}`, `{"familyName":"Byron"}`, []any{"name"}},
		"sub-attribute":                               {`{"op":"replace","path":"name.givenName","value":"A"}`, `"A"`, []any{"name", "givenName"}},
		"sub-attribute with URN":                      {`{"op":"replace","path":"` + userURN + `:name.givenName","value":"A"}`, `"A"`, []any{"name", "givenName"}},
		"replace with null":                           {`{"op":"replace","path":"title","value":null}`, `null`, []any{"title"}},
		"remove":                                      {`{"op":"remove","path":"title"}`, `null`, []any{"title"}},
		"remove a sub-attribute":                      {`{"op":"remove","path":"name.familyName"}`, `{"givenName":"Ada"}`, []any{"name"}},
		"remove what is not there":                    {`{"op":"remove","path":"nickName"}`, `null`, []any{"nickName"}},
		"add to a list":                               {`{"op":"add","path":"emails","value":[{"value":"n@x.test"}]}`, `[` + work + `,` + home + `,{"value":"n@x.test"}]`, []any{"emails"}},
		"add one without a list":                      {`{"op":"add","path":"emails","value":{"value":"n@x.test"}}`, `[` + work + `,` + home + `,{"value":"n@x.test"}]`, []any{"emails"}},
		"add what is there":                           {`{"op":"add","path":"emails","value":[{"value":"H@x.test","type":"home"}]}`, `[` + work + `,{"value":"H@x.test","type":"home"}]`, []any{"emails"}},
		"a new primary one":                           {`{"op":"add","path":"emails","value":[{"value":"n@x.test","primary":true}]}`, `false`, []any{"emails", 0, "primary"}},
		"replace a list":                              {`{"op":"replace","path":"emails","value":[` + home + `]}`, `[` + home + `]`, []any{"emails"}},
		"replace by a filter":                         {`{"op":"replace","path":"emails[type eq \"home\"]","value":{"value":"n@x.test","type":"home"}}`, `[` + work + `,{"value":"n@x.test","type":"home"}]`, []any{"emails"}},
		"part by a filter":                            {`{"op":"replace","path":"emails[type eq \"WORK\" and value sw \"w\"].value","value":"n@x.test"}`, `"n@x.test"`, []any{"emails", 0, "value"}},
		"part of all":                                 {`{"op":"replace","path":"emails.type","value":"other"}`, `"other"`, []any{"emails", 1, "type"}},
		"add by a filter that fits nothing makes one": {`{"op":"add","path":"phoneNumbers[type eq \"work\"].value","value":"1"}`, `[{"type":"work","value":"1"}]`, []any{"phoneNumbers"}},
		"remove by a filter":                          {`{"op":"remove","path":"emails[not (type eq \"home\")]"}`, `[` + home + `]`, []any{"emails"}},
		"remove by a filter that fits nothing":        {`{"op":"remove","path":"emails[type eq \"x\"]"}`, `[` + work + `,` + home + `]`, []any{"emails"}},
		"remove a part by a filter":                   {`{"op":"remove","path":"emails[type eq \"home\"].type"}`, `[` + work + `,{"value":"h@x.test"}]`, []any{"emails"}},
		"remove by value":                             {`{"op":"remove","path":"emails","value":[{"value":"h@x.test"}]}`, `[` + work + `]`, []any{"emails"}},
		"remove the last one":                         {`{"op":"remove","path":"emails[value pr]"}`, `null`, []any{"emails"}},
		"no path":                                     {`{"op":"replace","value":{"title":"Prof","name":{"givenName":"A"},"nickName":null}}`, `{"givenName":"A","familyName":"Byron"}`, []any{"name"}},
		"no path, paths as names":                     {`{"op":"add","value":{"name.givenName":"A","` + enterpriseURN + `:department":"R"}}`, `"R"`, []any{enterpriseURN, "department"}},
		"no path, unknown and read-only":              {`{"op":"add","value":{"shoeSize":7,"groups":[],"meta":{},"title":"Prof"}}`, `"Prof"`, []any{"title"}},
		"an extension":                                {`{"op":"add","value":{"` + enterpriseURN + `":{"department":"R"}}}`, `{"department":"R"}`, []any{enterpriseURN}},
		"an unknown extension":                        {`{"op":"add","path":"urn:acme:2.0:User","value":{"a":[1]}},{"op":"add","path":"urn:acme:2.0:User:b","value":2}`, `{"a":[1],"b":2}`, []any{"urn:acme:2.0:User"}},
		"a short URN":                                 {`{"op":"add","path":"urn:acme:x","value":{"a":1}},{"op":"add","path":"URN:acme:X:b","value":2},{"op":"add","path":"urn:acme:x.c","value":3}`, `{"a":1,"b":2,"c":3}`, []any{"urn:acme:x"}},
		"one after the other":                         {`{"op":"remove","path":"title"},{"op":"add","path":"title","value":"A"},{"op":"replace","path":"title","value":"B"}`, `"B"`, []any{"title"}},
	} {
		t.Run(name, func(t *testing.T) {
			g := start(t, scimserver.Options{})
			path := "/Users/" + g.user("ada@x.test", patchBase)
			a := g.patch(path, c.ops).want(200).is(c.want, c.path...)
			if b := g.do("GET", path, ""); b.text != a.text {
				t.Errorf("GET after it:\n%s\nwant\n%s", b.text, a.text)
			}
		})
	}
}

func TestPatchThatCannotBeIsRefusedAsAWhole(t *testing.T) {
	g := start(t, scimserver.Options{})
	path := "/Users/" + g.user("ada@x.test", patchBase)
	before := g.do("GET", path, "").text
	for name, c := range map[string]struct{ ops, scimType, part string }{
		"unknown op":               {`{"op":"move","path":"title","value":"x"}`, "invalidSyntax", "/op"},
		"no op":                    {`{"path":"title","value":"x"}`, "invalidSyntax", "/op"},
		"no operation":             {``, "invalidSyntax", "Operations"},
		"no object":                {`7`, "invalidSyntax", "/Operations/0"},
		"add without value":        {`{"op":"add","path":"title"}`, "invalidSyntax", "/value"},
		"remove without path":      {`{"op":"remove"}`, "noTarget", "path"},
		"path is no string":        {`{"op":"remove","path":7}`, "invalidPath", "/path"},
		"unknown attribute":        {`{"op":"replace","path":"shoeSize","value":7}`, "invalidPath", "shoeSize"},
		"unknown sub-attribute":    {`{"op":"replace","path":"name.shoeSize","value":7}`, "invalidPath", "shoeSize"},
		"no URN":                   {`{"op":"add","path":"urn:0","value":[{}]}`, "invalidPath", "urn:0"},
		"broken path":              {`{"op":"replace","path":"emails[","value":7}`, "invalidFilter", "position"},
		"broken filter in path":    {`{"op":"replace","path":"emails[type eq work].value","value":"x"}`, "invalidFilter", "value is wanted"},
		"filter on one value":      {`{"op":"replace","path":"title[value eq \"x\"]","value":"x"}`, "invalidPath", "one value"},
		"filter that fits nothing": {`{"op":"replace","path":"emails[type eq \"x\"].value","value":"x"}`, "noTarget", "emails"},
		"read-only":                {`{"op":"replace","path":"meta.created","value":"x"}`, "mutability", "meta"},
		"id":                       {`{"op":"replace","path":"id","value":"x"}`, "mutability", "id"},
		"another id":               {`{"op":"replace","value":{"id":"x"}}`, "mutability", "id"},
		"groups":                   {`{"op":"add","path":"groups","value":[{"value":"x"}]}`, "mutability", "groups"},
		"required":                 {`{"op":"remove","path":"userName"}`, "mutability", "userName"},
		"quoted boolean":           {`{"op":"replace","path":"active","value":"False"}`, "invalidValue", "/Operations/0/value: is a string; true or false, without quotes, is wanted (path \"active\")"},
		"without path, no object":  {`{"op":"replace","value":"x"}`, "invalidValue", "object"},
		"type in a list":           {`{"op":"add","path":"emails","value":[{"value":7}]}`, "invalidValue", "/Operations/0/value/0/value"},
		"the second one is wrong":  {`{"op":"replace","path":"title","value":"x"},{"op":"replace","path":"active","value":null}`, "mutability", "/Operations/1"},
	} {
		t.Run(name, func(t *testing.T) {
			h := *g
			h.t = t
			h.patch(path, c.ops).refused(400, c.scimType, c.part)
			if after := h.do("GET", path, "").text; after != before {
				t.Errorf("something changed:\n%s\nwas\n%s", after, before)
			}
		})
	}
	g.do("PATCH", path, `{"Operations":[{"op":"remove","path":"title"}]}`).refused(400, "invalidSyntax", "/schemas")
	g.patch("/Users/nobody", `{"op":"remove","path":"title"}`).refused(404, "", "nobody")
}
