package faults

import (
	"net/http"
	"slices"
	"strings"
)

// patchFaults are those of PATCH that Okta does not meet, or other clients do too.
func patchFaults() []Fault {
	hasPath := func(op object) bool { return op["path"] != nil }
	return []Fault{
		{
			ID: "patch.pathless-members-ignored", Title: "ignores members in a PATCH of a group without a path", Source: "Tealium; targets.md, rule 2", Flow: PushGroups,
			step: before("PATCH Groups/id", func(c *call) {
				for _, op := range objects(c.body()["Operations"]) {
					if v, ok := op["value"].(object); ok && v["members"] != nil && op["path"] == nil {
						delete(v, "members")
						if len(v) == 0 {
							v["displayName"] = c.stored()["displayName"]
						}
					}
				}
			}),
		},
		{
			ID: "patch.pathless-members-added", Title: "adds members that a PATCH without a path replaces", Source: "scimmy", Flow: PushGroups,
			step: operations("Groups/id", change(func(op object) {
				if v, ok := op["value"].(object); ok && v["members"] != nil && isOp(op, "replace", "") {
					op["op"] = "add"
				}
			})),
		},
		{
			ID: "patch.path-refused", Title: "refuses a PATCH of a user with a path", Source: "RFC 7644 §3.5.2", Flow: RFC,
			step: refuseOperation("Users/id", 400, "invalidPath", hasPath),
		},
		{
			ID: "patch.path-ignored", Title: "answers 200 to a PATCH of a user with a path and does nothing", Source: "targets.md, rule 2", Flow: RFC,
			step: operations("Users/id", hasPath),
		},
		{
			ID: "patch.sub-attribute-replaces-all", Title: "replaces the whole name where one part is patched", Source: "RFC 7644 §3.5.2.3", Flow: RFC,
			step: operations("Users/id", change(func(op object) {
				if part, ok := strings.CutPrefix(str(op["path"]), "name."); ok && isOp(op, "replace", "name.*") {
					op["path"], op["value"] = "name", object{part: op["value"]}
					op["op"] = "replace"
				}
			})),
		},
		{
			ID: "patch.remove-ignored", Title: "ignores remove of an attribute", Source: "RFC 7644 §3.5.2.2", Flow: RFC,
			step: operations("Users/id", func(op object) bool { return strings.EqualFold(str(op["op"]), "remove") }),
		},
		{
			ID: "patch.remove-without-path-200", Title: "answers 200 to remove without a path", Source: "RFC 7644 §3.5.2.2: noTarget", Flow: RFC,
			step: operations("Users/id,Groups/id", func(op object) bool { return isOp(op, "remove", "") }),
		},
		{
			ID: "patch.unknown-op-200", Title: "answers 200 to an operation that does not exist", Source: "RFC 7644 §3.5.2; targets.md, rule 2", Flow: RFC,
			step: operations("Users/id,Groups/id", func(op object) bool {
				return !slices.Contains([]string{"add", "remove", "replace"}, strings.ToLower(str(op["op"])))
			}),
		},
		{
			ID: "patch.op-in-capitals-ignored", Title: `answers 200 to "Replace" or "Add" and does nothing`, Source: "RFC 7643 §2.1; targets.md, rule 2", Flow: RFC,
			step: operations("Users/id,Groups/id", func(op object) bool { return str(op["op"]) != strings.ToLower(str(op["op"])) }),
		},
		{
			ID: "patch.attribute-case", Title: "refuses the name of an attribute in another case", Source: "RFC 7643 §2.1", Flow: RFC,
			step: refuseOperation("Users/id", 400, "invalidPath", func(op object) bool {
				p := str(op["path"])
				return p != "" && !strings.HasPrefix(p, "urn:") && (p[0] >= 'A' && p[0] <= 'Z')
			}),
		},
		{
			ID: "patch.add-replaces-emails", Title: "replaces all e-mails where one is added", Source: "RFC 7644 §3.5.2.1", Flow: RFC,
			step: operations("Users/id", change(func(op object) {
				if isOp(op, "add", "emails") {
					op["op"] = "replace"
				}
			})),
		},
		{
			ID: "patch.add-equal-value-twice", Title: "stores an equal e-mail twice", Source: "RFC 7644 §3.5.2.1: not added again", Flow: RFC,
			step: after("PATCH,GET Users/id", func(c *call) {
				if e := list(c.answer(), "emails"); c.r.Method == http.MethodPatch && len(e) > 0 && strings.Contains(string(c.raw), `"add"`) {
					c.answer()["emails"] = append(slices.Clone(e), e[len(e)-1])
				}
			}),
		},
		{
			ID: "patch.two-primaries", Title: "leaves the old primary e-mail primary where another becomes it", Source: "RFC 7644 §3.5.2: set to false", Flow: RFC,
			step: after("PATCH Users/id", func(c *call) {
				for _, e := range objects(c.answer()["emails"]) {
					if strings.Contains(string(c.raw), "primary") {
						e["primary"] = true
					}
				}
			}),
		},
		{
			ID: "patch.value-filter-takes-first", Title: "takes the first e-mail whatever the filter of a path says", Source: "RFC 7644 §3.5.2", Flow: RFC,
			step: before("PATCH Users/id", func(c *call) {
				first := objects(c.stored()["emails"])
				for _, op := range objects(c.body()["Operations"]) {
					if p := str(op["path"]); strings.HasPrefix(p, "emails[") && len(first) > 0 {
						op["path"] = `emails[value eq "` + str(first[0]["value"]) + `"]` + p[strings.LastIndex(p, "]")+1:]
					}
				}
			}),
		},
		{
			ID: "patch.no-target-200", Title: "answers 200 where the filter of a path matches nothing", Source: "RFC 7644 §3.5.2.3: noTarget", Flow: RFC,
			step: refused("PATCH Users/id,Groups/id", func(c *call) {
				if c.answer()["scimType"] == "noTarget" {
					c.echo()
				}
			}),
		},
		{
			ID: "patch.not-atomic", Title: "keeps the first operations of a PATCH when a later one is refused", Source: "RFC 7644 §3.5.2: all or none", Flow: RFC,
			step: before("PATCH Users/id,Groups/id", func(c *call) {
				ops := objects(c.body()["Operations"])
				if c.forward(); c.status == 400 && len(ops) > 1 {
					c.patch(c.endpoint, c.id, ops[0])
				}
			}),
		},
		{
			ID: "patch.read-only-200", Title: "answers 200 to a PATCH of a read-only attribute", Source: "RFC 7644 §3.5.2: mutability", Flow: RFC,
			step: refused("PATCH Users/id,Groups/id", func(c *call) {
				if c.answer()["scimType"] == "mutability" {
					c.echo()
				}
			}),
		},
		{
			ID: "patch.wrong-scim-type", Title: "says invalidValue whatever is wrong with a PATCH", Source: "RFC 7644 §3.12, table 9", Flow: RFC,
			step: refused("PATCH Users/id,Groups/id", func(c *call) {
				if c.status == 400 {
					c.answer()["scimType"] = "invalidValue"
				}
			}),
		},
		{
			ID: "patch.without-schemas", Title: "takes a PATCH without schemas", Source: "RFC 7644 §3.5.2", Flow: RFC,
			step: before("PATCH *", func(c *call) {
				if c.body()["schemas"] == nil && c.body()["Operations"] != nil {
					c.body()["schemas"] = []any{patchSchema}
				}
			}),
		},
		{
			ID: "patch.extension-path", Title: "refuses the path of an attribute of an extension", Source: "RFC 7644 §3.10", Flow: RFC,
			step: refuseOperation("Users/id", 400, "invalidPath", func(op object) bool { return strings.HasPrefix(str(op["path"]), "urn:") }),
		},
		{
			ID: "patch.extension-replaced-whole", Title: "replaces a whole extension where one attribute of it is patched", Source: "RFC 7644 §3.5.2.3", Flow: RFC,
			step: operations("Users/id", change(func(op object) {
				if name, ok := strings.CutPrefix(str(op["path"]), enterpriseSchema+":"); ok && op["value"] != nil {
					op["path"], op["value"], op["op"] = enterpriseSchema, object{name: op["value"]}, "replace"
				}
			})),
		},
		{
			ID: "patch.complex-replace-drops", Title: "drops the parts of name that a replace leaves out", Source: "RFC 7644 §3.5.2.3: only the parts given", Flow: RFC,
			step: before("PATCH Users/id", func(c *call) {
				for _, op := range objects(c.body()["Operations"]) {
					if isOp(op, "replace", "name") {
						c.patch("Users", c.id, object{"op": "remove", "path": "name"})
					}
				}
			}),
		},
		{
			ID: "patch.dotted-key", Title: "does not know keys such as name.givenName in a value without a path", Source: "Microsoft Entra ID sends them", Flow: RFC,
			step: before("PATCH Users/id", func(c *call) {
				for _, op := range objects(c.body()["Operations"]) {
					if v, ok := op["value"].(object); ok {
						for name := range v {
							if strings.HasPrefix(name, "name.") {
								c.refuse(400, "invalidPath", "no such attribute")
							}
						}
					}
				}
			}),
		},
		{
			ID: "patch.active-as-string-kept", Title: `answers 200 to active "False" and does nothing`, Source: "Microsoft Entra ID sends it; targets.md, rule 2", Flow: RFC,
			step: operations("Users/id", func(op object) bool {
				return strings.EqualFold(str(op["value"]), "false") && op["path"] == "active"
			}),
		},
	}
}
