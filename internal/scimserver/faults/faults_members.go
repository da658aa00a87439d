package faults

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// memberFaults are those of who is in a group.
func memberFaults() []Fault {
	removes := func(op object) bool { return isOp(op, "remove", "members[*") }
	adds := func(op object) bool { return isOp(op, "add", "members") }
	replaces := func(op object) bool { return isOp(op, "replace", "members") }
	none := func(op object) bool { l, ok := op["value"].([]any); return ok && len(l) == 0 }
	// members changes the members of groups that are shown.
	members := func(f func(m []object) []object) step {
		return groups(func(g object) {
			if list(g, "members") != nil {
				setObjects(g, "members", f(objects(g["members"])))
			}
		})
	}
	// each changes one member that is shown.
	each := func(f func(m object)) step {
		return members(func(all []object) []object {
			for _, m := range all {
				f(m)
			}
			return all
		})
	}
	value := func(op object, f func(l []any) []any) {
		if l, ok := op["value"].([]any); ok {
			op["value"] = f(l)
		}
	}
	return []Fault{
		{
			ID: "members.without-type-ignored", Title: "ignores members without type", Source: "gh:Captain-P-Goldfish/SCIM-SDK/issues/419", Flow: PushGroups,
			step: before("POST,PUT,PATCH Groups*", func(c *call) {
				typed := func(l []any) []any {
					return slices.DeleteFunc(l, func(m any) bool { o, ok := m.(object); return ok && o["type"] == nil })
				}
				if m := list(c.body(), "members"); m != nil {
					c.body()["members"] = typed(m)
				}
				for _, op := range objects(c.body()["Operations"]) {
					value(op, typed)
				}
			}),
		},
		{
			ID: "members.display-refused", Title: "refuses display of a member as read-only", Source: "scim-client.md §10: {value, display}", Flow: PushGroups,
			step: before("POST,PUT,PATCH Groups*", func(c *call) {
				for _, m := range append(objects(c.body()["members"]), objects(patchMembers(c))...) {
					if m["display"] != nil {
						c.refuse(400, "mutability", "display is read-only")
					}
				}
			}),
		},
		{
			ID: "members.replace-none-refused", Title: "refuses to replace the members by none", Source: "gh:Captain-P-Goldfish/SCIM-SDK/issues/757", Flow: PushGroups,
			step: refuseOperation("Groups/id", 400, "invalidValue", func(op object) bool { return replaces(op) && none(op) }),
		},
		{
			ID: "members.replace-none-ignored", Title: "answers 200 to replacing the members by none and keeps them", Source: "len(members) > 0", Flow: PushGroups,
			step: operations("Groups/id", func(op object) bool { return replaces(op) && none(op) }),
		},
		{
			ID: "members.replace-refused", Title: "refuses to replace all members", Source: "AWS IAM Identity Center PatchGroup", Flow: PushGroups,
			step: refuseOperation("Groups/id", 400, "invalidValue", replaces),
		},
		{
			ID: "members.replace-ignored", Title: "answers 200 to replacing all members and keeps them", Source: "targets.md, rule 2", Flow: PushGroups,
			step: operations("Groups/id", replaces),
		},
		{
			ID: "members.replace-adds", Title: "adds members where all are to be replaced", Source: "jelhub/scimgateway; scimmy", Flow: PushGroups,
			step: operations("Groups/id", change(func(op object) {
				if replaces(op) {
					op["op"] = "add"
				}
			})),
		},
		{
			ID: "members.replace-drops-last", Title: "forgets the last of the members that replace all", Source: "off by one", Flow: PushGroups,
			step: operations("Groups/id", change(func(op object) {
				if replaces(op) {
					value(op, func(l []any) []any { return l[:max(0, len(l)-1)] })
				}
			})),
		},
		{
			ID: "members.replace-keeps-first", Title: "never removes the oldest member when all are replaced", Source: "an owner that stays", Flow: PushGroups,
			step: before("PATCH Groups/id", func(c *call) {
				for _, op := range objects(c.body()["Operations"]) {
					if had := list(c.stored(), "members"); replaces(op) && len(had) > 0 {
						value(op, func(l []any) []any { return append(l, had[0]) })
					}
				}
			}),
		},
		{
			ID: "members.remove-refused", Title: `refuses the path members[value eq "…"]`, Source: "targets.md, rule 6", Flow: PushGroups,
			step: refuseOperation("Groups/id", 400, "invalidPath", removes),
		},
		{
			ID: "members.remove-501", Title: `answers 501 to the path members[value eq "…"]`, Source: "targets.md, rule 6", Flow: PushGroups,
			step: refuseOperation("Groups/id", 501, "", removes),
		},
		{
			ID: "members.remove-ignored", Title: `answers 204 to the path members[value eq "…"] and removes nobody`, Source: "gh:pydantic/logfire/issues/2355", Flow: PushGroups,
			step: before("PATCH Groups/id", func(c *call) {
				if ops := objects(c.body()["Operations"]); slices.ContainsFunc(ops, removes) {
					setObjects(c.body(), "Operations", slices.DeleteFunc(ops, removes))
					if len(list(c.body(), "Operations")) > 0 {
						c.forward()
					}
					c.reply(204, nil)
				}
			}),
		},
		{
			ID: "members.remove-empties", Title: `removes everybody where members[value eq "…"] is to be removed`, Source: "targets.md, rule 6", Flow: PushGroups,
			step: operations("Groups/id", change(func(op object) {
				if removes(op) {
					op["path"] = "members"
				}
			})),
		},
		{
			ID: "members.remove-only-first", Title: "does only the first of several removals in one PATCH", Source: "scim-client.md §10: one operation per person", Flow: PushGroups,
			step: before("PATCH Groups/id", func(c *call) {
				seen := false
				setObjects(c.body(), "Operations", slices.DeleteFunc(objects(c.body()["Operations"]), func(op object) bool {
					drop := removes(op) && seen
					seen = seen || removes(op)
					return drop
				}))
			}),
		},
		{
			ID: "members.only-first-operation", Title: "does only the first operation of a PATCH", Source: "scim-client.md §10: a mixed change", Flow: PushGroups,
			step: before("PATCH Groups/id", func(c *call) {
				if ops := list(c.body(), "Operations"); len(ops) > 1 {
					c.body()["Operations"] = ops[:1]
				}
			}),
		},
		{
			ID: "members.only-last-operation", Title: "does only the last operation of a PATCH", Source: "scim-client.md §10: a mixed change", Flow: PushGroups,
			step: before("PATCH Groups/id", func(c *call) {
				if ops := list(c.body(), "Operations"); len(ops) > 1 {
					c.body()["Operations"] = ops[len(ops)-1:]
				}
			}),
		},
		{
			ID: "members.remove-last-refused", Title: "refuses to remove the last member", Source: "targets.md, rule 6", Flow: PushGroups,
			step: before("PATCH Groups/id", func(c *call) {
				if ops := objects(c.body()["Operations"]); len(list(c.stored(), "members")) == 1 && slices.ContainsFunc(ops, removes) {
					c.refuse(400, "invalidValue", "a group needs a member")
				}
			}),
		},
		{
			ID: "members.remove-last-deletes-group", Title: "deletes a group whose last member is removed", Source: "an empty group is no group", Flow: PushGroups,
			step: before("PATCH,PUT Groups/id", func(c *call) {
				had := len(list(c.stored(), "members"))
				c.forward()
				if g := c.stored(); c.succeeded() && had > 0 && len(list(g, "members")) == 0 {
					c.do("DELETE", "/Groups/"+c.id, nil)
				}
			}),
		},
		{
			ID: "members.remove-absent-404", Title: "answers 404 to removing somebody who is no member", Source: "idempotence: the same removal twice", Flow: PushGroups,
			step: before("PATCH Groups/id", func(c *call) {
				was := text(object{"m": c.stored()["members"]})
				for _, op := range objects(c.body()["Operations"]) {
					if removes(op) && !strings.Contains(string(was), operand(str(op["path"]))) {
						c.refuse(404, "noTarget", "no such member")
					}
				}
			}),
		},
		{
			ID: "members.remove-deactivates", Title: "deactivates who is removed from a group", Source: "side effect on another object", Flow: PushGroups,
			step: after("PATCH Groups/id", func(c *call) {
				for _, op := range objects(c.body()["Operations"]) {
					if removes(op) {
						c.patch("Users", operand(str(op["path"])), object{"op": "replace", "path": "active", "value": false})
					}
				}
			}),
		},
		{
			ID: "members.remove-from-all-groups", Title: "removes a person from every group where one is meant", Source: "DELETE without the group in its WHERE", Flow: PushGroups,
			step: after("PATCH Groups/id", func(c *call) {
				for _, op := range objects(c.body()["Operations"]) {
					if id := operand(str(op["path"])); removes(op) {
						_, u := c.do("GET", "/Users/"+id, nil)
						for _, g := range objects(u["groups"]) {
							c.patch("Groups", str(g["value"]), op)
						}
					}
				}
			}),
		},
		{
			ID: "members.add-ignored", Title: "answers 200 to adding members and adds nobody", Source: "targets.md, rule 2", Flow: PushGroups,
			step: operations("Groups/id", adds),
		},
		{
			ID: "members.add-only-first", Title: "adds only the first of a list", Source: "a loop that returns too early", Flow: PushGroups,
			step: operations("Groups/id", change(func(op object) {
				if adds(op) {
					value(op, func(l []any) []any { return l[:min(1, len(l))] })
				}
			})),
		},
		{
			ID: "members.add-replaces", Title: "replaces all members where some are to be added", Source: "add as assignment", Flow: PushGroups,
			step: operations("Groups/id", change(func(op object) {
				if adds(op) {
					op["op"] = "replace"
				}
			})),
		},
		{
			ID: "members.add-moves", Title: "takes a person out of other groups when added to one", Source: "one team per person", Flow: PushGroups,
			step: before("PATCH,PUT,POST Groups*", func(c *call) {
				for _, m := range append(objects(c.body()["members"]), objects(patchMembers(c))...) {
					_, u := c.do("GET", "/Users/"+str(m["value"]), nil)
					for _, g := range objects(u["groups"]) {
						if g["value"] != c.id {
							c.patch("Groups", str(g["value"]), object{"op": "remove", "path": `members[value eq "` + str(m["value"]) + `"]`})
						}
					}
				}
			}),
		},
		{
			ID: "members.add-twice-stored", Title: "stores a member twice who is added twice", Source: "scimmy; obot run-001 seq 23-24", Flow: PushGroups,
			fresh: func() step {
				var twice memory[bool]
				return func(c *call) {
					if c.is("PATCH Groups/id") {
						was := string(text(object{"m": c.stored()["members"]}))
						for _, op := range objects(c.body()["Operations"]) {
							for _, m := range objects(op["value"]) {
								if adds(op) && strings.Contains(was, str(m["value"])) {
									twice.swap(c.id+" "+str(m["value"]), true)
								}
							}
						}
					}
					c.forward()
					if c.is("GET Groups/id") && c.succeeded() {
						for _, m := range objects(c.answer()["members"]) {
							if _, ok := twice.get(c.id + " " + str(m["value"])); ok {
								c.answer()["members"] = append(list(c.answer(), "members"), m)
							}
						}
					}
				}
			},
		},
		{
			ID: "members.add-again-409", Title: "answers 409 to adding somebody who is a member", Source: "obot run-001 seq 23-24", Flow: PushGroups,
			step: before("PATCH Groups/id", func(c *call) {
				was := string(text(object{"m": c.stored()["members"]}))
				for _, op := range objects(c.body()["Operations"]) {
					for _, m := range objects(op["value"]) {
						if adds(op) && strings.Contains(was, str(m["value"])) {
							c.refuse(409, "uniqueness", "already a member")
						}
					}
				}
			}),
		},
		{
			ID: "members.add-inactive-ignored", Title: "ignores inactive people among members, and drops them", Source: "scim-client.md §5: the member stays", Flow: DeactivateUsers,
			step: after("PATCH,PUT Users/id", func(c *call) {
				if c.stored()["active"] == false {
					c.leaveAll()
				}
			}),
		},
		{
			ID: "members.lost-updates", Title: "loses members that are added at the same time", Source: "gh:fleetdm/fleet/issues/50724", Flow: PushGroups,
			fresh: lostUpdates,
		},
		{
			ID: "members.hundred-refused", Title: "refuses more than 99 members in one PATCH", Source: "AWS IAM Identity Center PatchGroup", Flow: PushGroups,
			step: before("PATCH Groups/id", func(c *call) {
				if len(patchMembers(c)) > 99 {
					c.refuse(400, "invalidValue", "too many members")
				}
			}),
		},
		{
			ID: "members.hundred-cut", Title: "stores only the first 99 members of one PATCH", Source: "AWS IAM Identity Center PatchGroup", Flow: PushGroups,
			step: operations("Groups/id", change(func(op object) {
				value(op, func(l []any) []any { return l[:min(99, len(l))] })
			})),
		},
		{
			ID: "members.shown-up-to-50", Title: "shows at most 50 members", Source: "a page of members", Flow: PushGroups,
			step: members(func(m []object) []object { return m[:min(50, len(m))] }),
		},
		{
			ID: "members.put-hundred-cut", Title: "stores only the first 99 members of a PUT", Source: "targets.md, rule 17", Flow: PushGroups,
			step: before("PUT,POST Groups*", func(c *call) {
				if m := list(c.body(), "members"); len(m) > 99 {
					c.body()["members"] = m[:99]
				}
			}),
		},
		{
			ID: "members.never-shown", Title: "always shows an empty list of members", Source: "@boxyhq/saml-jackson", Flow: PushGroups,
			step: groups(func(g object) { g["members"] = []any{} }),
		},
		{
			ID: "members.missing-on-get", Title: "leaves members out of a group that is read", Source: "scim-client.md §9: must be included", Flow: PushGroups,
			step: after("GET Groups/id", func(c *call) { delete(c.answer(), "members") }),
		},
		{
			ID: "members.value-missing", Title: "shows members without value", Source: "RFC 7643 §4.2", Flow: PushGroups,
			step: each(func(m object) { delete(m, "value") }),
		},
		{
			ID: "members.value-is-user-name", Title: "shows userName as the value of a member", Source: "RFC 7643 §4.2: the id", Flow: PushGroups,
			step: each(func(m object) { m["value"] = m["display"] }),
		},
		{
			ID: "members.value-in-url", Title: "shows a URL as the value of a member", Source: "RFC 7643 §4.2: the id", Flow: PushGroups,
			step: each(func(m object) { m["value"] = m["$ref"] }),
		},
		{
			ID: "members.as-strings", Title: "shows members as an array of ids", Source: "RFC 7643 §4.2", Flow: PushGroups,
			step: groups(func(g object) {
				all := []any{}
				for _, m := range objects(g["members"]) {
					all = append(all, m["value"])
				}
				g["members"] = all
			}),
		},
		{
			ID: "members.deleted-stays", Title: "goes on showing a member who was deleted", Source: "targets.md, rule 12", Flow: RFC,
			fresh: func() step {
				var mu sync.Mutex
				gone := map[string][]object{} // by group
				return func(c *call) {
					var groups []object
					if c.is("DELETE Users/id") {
						groups = objects(c.stored()["groups"])
					}
					c.forward()
					mu.Lock()
					defer mu.Unlock()
					for _, g := range groups {
						gone[str(g["value"])] = append(gone[str(g["value"])], object{"value": c.id})
					}
					if c.is("GET Groups/id") && c.succeeded() {
						setObjects(c.answer(), "members", append(objects(c.answer()["members"]), gone[c.id]...))
					}
				}
			},
		},
	}
}

// window is how long the first of several changes of a group waits for others, so
// that they meet in it.
const window = 200 * time.Millisecond

// lostUpdates does what a server does that reads the members, lets others do so too,
// and writes: of changes at once only the first is kept.
func lostUpdates() step {
	var mu sync.Mutex
	running := map[string]chan struct{}{} // by group: closed when a second one comes
	return func(c *call) {
		if !c.is("PATCH Groups/id") {
			c.forward()
			return
		}
		mu.Lock()
		met, busy := running[c.id]
		if busy {
			if met != nil {
				close(met)
				running[c.id] = nil
			}
			mu.Unlock()
			c.echo()
			return
		}
		met = make(chan struct{})
		running[c.id] = met
		mu.Unlock()

		timer := time.NewTimer(window)
		select {
		case <-met:
		case <-timer.C:
		case <-c.r.Context().Done():
		}
		timer.Stop()
		c.forward()
		mu.Lock()
		defer mu.Unlock()
		delete(running, c.id)
	}
}
