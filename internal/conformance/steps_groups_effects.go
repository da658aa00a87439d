package conformance

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// registerGroupEffects binds the sentences on what a change of a group does
// besides: to its other attributes, to other groups, and to people.
func registerGroupEffects(sc *sentences, w *world) {
	sc.When(`^Okta looks up the group "([^"]*)" with blanks sent as plus signs$`, func(ctx context.Context, name string) error {
		w.begin()
		w.send(ctx, http.MethodGet, "/Groups?filter="+filter("displayName", w.group(name).name, "+")+"&startIndex=1&count=100", "")
		return nil
	})
	sc.When(`^Okta takes "([^"]*)", who is no member, out of the group "([^"]*)"$`, func(ctx context.Context, who, name string) error {
		w.begin()
		g := w.group(name)
		w.send(ctx, http.MethodPatch, groupPath(g), patchGroup(w.opRemove(who)))
		return nil
	})
	sc.When(`^Okta removes (.+) from the group "([^"]*)" and adds (.+), each in a request of its own and all at once$`, func(ctx context.Context, leave, name, join string) error {
		return w.changeAtOnce(ctx, w.group(name), w.names(join), w.names(leave))
	})
	sc.When(`^Okta writes the group "([^"]*)" with its members in another order$`, func(ctx context.Context, name string) error {
		w.begin()
		g := w.group(name)
		slices.Reverse(g.members)
		return w.putGroup(ctx, g)
	})
	sc.When(`^Okta deletes the group "([^"]*)" that is gone$`, func(ctx context.Context, name string) error {
		w.begin()
		w.send(ctx, http.MethodDelete, groupPath(w.group(name)), "")
		return nil
	})
	sc.When(`^Okta adds "([^"]*)" to the group "([^"]*)" that is gone$`, func(ctx context.Context, who, name string) error {
		w.begin()
		g := w.group(name)
		if w.mode == Wizard {
			g.members = append(g.members, who)
			w.send(ctx, http.MethodPut, groupPath(g), w.groupBody(g, w.entries(g.members)))
			return nil
		}
		w.send(ctx, http.MethodPatch, groupPath(g), patchGroup(w.opAdd([]string{who})))
		return nil
	})

	sc.Then(`^the group "([^"]*)" has at least (.+)$`, func(ctx context.Context, name, who string) error {
		ex, err := w.readGroup(ctx, w.group(name))
		if err != nil {
			return err
		}
		there := values(ex)
		for _, n := range w.names(who) {
			if !slices.Contains(there, w.person(n).id) {
				return w.fail(ex, n+" among the members", fmt.Sprintf("%d members without %s", len(there), n))
			}
		}
		return nil
	})
	sc.Then(`^the answer, if it shows members, shows exactly (.+)$`, func(_ context.Context, who string) error {
		if value, there := member(w.answer().value, "members"); !there || value == nil {
			return nil
		}
		return w.members(w.answer(), w.names(who))
	})
	sc.Then(`^the answer agrees with a fresh read of the group "([^"]*)"$`, func(ctx context.Context, name string) error {
		return w.agrees(ctx, w.answer(), w.group(name))
	})
	sc.Then(`^the groups that "([^"]*)" shows, if any, are exactly (.+)$`, func(ctx context.Context, who, groups string) error {
		return w.showsGroups(ctx, w.person(who), w.names(groups))
	})
	sc.Then(`^once "([^"]*)" is deleted on the target, the group "([^"]*)" has exactly (.+)$`, func(ctx context.Context, who, name, rest string) error {
		p := w.person(who)
		if !succeeded(w.send(ctx, http.MethodDelete, "/Users/"+segment(p.id), "")) {
			return nil // nothing in Okta deletes people, so a server need not
		}
		return w.has(ctx, w.group(name), w.names(rest))
	})
}

// values are the members of an answer, by the server's ids.
func values(ex *Exchange) []string {
	entries, _ := list(ex.value, "members")
	var all []string
	for _, e := range entries {
		all = append(all, text(e, "value"))
	}
	return all
}

// agrees checks that what was answered to a write is what is stored. Members may
// be left out of such an answer or be null (Okta SCIM 2.0 reference).
func (w *world) agrees(ctx context.Context, answer *Exchange, g *group) error {
	if answer.Status == http.StatusNoContent || len(answer.raw) == 0 {
		return nil
	}
	fresh, err := w.readGroup(ctx, g)
	if err != nil {
		return err
	}
	for _, path := range []string{"id", "displayName"} {
		want, _ := at(fresh.value, path)
		if err := w.shows(answer, path, want); err != nil {
			return err
		}
	}
	if value, there := member(answer.value, "members"); !there || value == nil {
		return nil
	}
	got, want := values(answer), values(fresh)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		return w.fail(answer, fmt.Sprintf("the %d members that a GET shows afterwards", len(want)), fmt.Sprintf("%d: %s", len(got), few(got)))
	}
	return nil
}

// showsGroups checks the groups attribute of a person. Not every server has it,
// so its absence says nothing.
func (w *world) showsGroups(ctx context.Context, p *person, names []string) error {
	_, ex, err := w.read(ctx, p)
	if err != nil {
		return err
	}
	entries, ok := list(ex.value, "groups")
	if !ok {
		return nil
	}
	var got, want []string
	for _, e := range entries {
		got = append(got, text(e, "value"))
	}
	for _, n := range names {
		want = append(want, w.group(n).id)
	}
	slices.Sort(got)
	slices.Sort(want)
	if len(got) == 0 && len(want) > 0 || slices.Equal(got, want) {
		return nil // some servers always say []
	}
	return w.fail(ex, "groups: "+few(want), few(got))
}

// changeAtOnce sends one PATCH for each person who joins or leaves, all at once.
func (w *world) changeAtOnce(ctx context.Context, g *group, join, leave []string) error {
	var bodies []string
	for _, n := range leave {
		bodies = append(bodies, patchGroup(w.opRemove(n)))
	}
	for _, n := range join {
		bodies = append(bodies, patchGroup(w.opAdd([]string{n})))
	}
	w.begin()
	return w.atOnce(len(bodies), func(i int) error {
		return w.expect(ctx, w.send(ctx, http.MethodPatch, groupPath(g), bodies[i]), http.StatusOK, http.StatusNoContent)
	})
}

// groupBody is the wizard's PUT: name, members, id and schemas, never meta.
func (w *world) groupBody(g *group, entries string) string {
	return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":%s,"members":%s,"id":%s}`,
		quote(g.name), entries, quote(g.id))
}

// asRead is the member list that a wizard app writes back: what the GET has
// returned, less those who leave, with those who join; each as value and display
// only (capture obot run-003 steps 34-43). A server that shows no members gets
// what Okta knows.
func (w *world) asRead(ex *Exchange, g *group, join, leave []string) string {
	entries, ok := list(ex.value, "members")
	if !ok {
		return w.entries(changed(g.members, join, leave))
	}
	names := map[string]string{}
	for n, p := range w.people {
		names[p.id] = n
	}
	var all []string
	there := map[string]bool{}
	for _, e := range entries {
		id := text(e, "value")
		name, known := names[id]
		switch {
		case known && slices.Contains(leave, name):
			continue
		case known:
			all = append(all, w.entry(name))
		default:
			all = append(all, fmt.Sprintf(`{"value":%s,"display":%s}`, quote(id), quote(text(e, "display"))))
		}
		there[name] = known
	}
	for _, j := range join {
		if !there[j] {
			all = append(all, w.entry(j))
		}
	}
	return "[" + strings.Join(all, ",") + "]"
}

// changed is a member list after a change.
func changed(members, join, leave []string) []string {
	after := slices.DeleteFunc(slices.Clone(members), func(m string) bool { return slices.Contains(leave, m) })
	for _, j := range join {
		if !slices.Contains(after, j) {
			after = append(after, j)
		}
	}
	return after
}
