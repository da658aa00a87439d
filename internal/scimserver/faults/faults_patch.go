package faults

import (
	"slices"
	"strings"
)

// patchFaults are those of PATCH that Okta does not meet, or other clients do too.
func patchFaults() []Fault {
	hasPath := func(op object) bool { return op["path"] != nil }
	return []Fault{
		{
			ID: "patch.pathless-members-ignored", Title: "ignores members in a PATCH of a group without a path", Source: "Tealium; targets.md, rule 2", Flow: RFC,
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
			ID: "patch.pathless-members-added", Title: "adds members that a PATCH without a path replaces", Source: "scimmy", Flow: RFC,
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
			step: removedFirst("name.", "name"),
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
			ID: "patch.add-equal-value-twice", Title: "stores an e-mail twice that is added twice", Source: "RFC 7644 §3.5.2.1: not added again", Flow: RFC,
			fresh: func() step {
				var twice memory[any] // by user: the e-mail
				return func(c *call) {
					if c.is("PATCH Users/id") {
						had := string(text(object{"e": c.stored()["emails"]}))
						for _, op := range objects(c.body()["Operations"]) {
							for _, e := range objects(op["value"]) {
								if isOp(op, "add", "emails") && strings.Contains(had, `"`+str(e["value"])+`"`) {
									twice.swap(c.id, e)
								}
							}
						}
					}
					c.forward()
					if e, ok := twice.get(c.id); ok && c.is("GET,PATCH Users/id") && c.succeeded() {
						c.answer()["emails"] = append(list(c.answer(), "emails"), e)
					}
				}
			},
		},
		{
			ID: "patch.two-primaries", Title: "leaves the old primary e-mail primary where another becomes it", Source: "RFC 7644 §3.5.2: set to false", Flow: RFC,
			fresh: func() step {
				var moved memory[bool]
				return func(c *call) {
					c.forward()
					if c.is("PATCH Users/id") && c.succeeded() && strings.Contains(string(c.raw), "primary") {
						moved.swap(c.id, true)
					}
					if _, ok := moved.get(c.id); ok && c.is("GET,PATCH Users/id") && c.succeeded() {
						for _, e := range objects(c.answer()["emails"]) {
							e["primary"] = true
						}
					}
				}
			},
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
			ID: "patch.extension-path", Title: "refuses the path of an attribute of an extension", Source: "RFC 7644 §3.10", Flow: RFC,
			step: refuseOperation("Users/id", 400, "invalidPath", func(op object) bool { return strings.HasPrefix(str(op["path"]), "urn:") }),
		},
		{
			ID: "patch.extension-replaced-whole", Title: "replaces a whole extension where one attribute of it is patched", Source: "RFC 7644 §3.5.2.3", Flow: RFC,
			step: removedFirst(enterpriseSchema+":", enterpriseSchema),
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
	}
}

// removedFirst forgets everything of whole before a path that begins with prefix is set.
func removedFirst(prefix, whole string) step {
	return before("PATCH Users/id", func(c *call) {
		for _, op := range objects(c.body()["Operations"]) {
			if isOp(op, "replace", prefix+"*") || isOp(op, "add", prefix+"*") {
				c.patch("Users", c.id, object{"op": "remove", "path": whole})
			}
		}
	})
}
