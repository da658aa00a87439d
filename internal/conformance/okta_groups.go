package conformance

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// The requests of this file are Okta's for pushed groups, in Okta's order.

func (w *world) entry(name string) string {
	p := w.person(name)
	return fmt.Sprintf(`{"value":%s,"display":%s}`, quote(p.id), quote(p.userName))
}

func (w *world) entries(names []string) string {
	var all []string
	for _, n := range names {
		all = append(all, w.entry(n))
	}
	return "[" + strings.Join(all, ",") + "]"
}

func patchGroup(operations ...string) string {
	return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + strings.Join(operations, ",") + `]}`
}

func opName(g *group) string {
	return fmt.Sprintf(`{"op":"replace","value":{"id":%s,"displayName":%s}}`, quote(g.id), quote(g.name))
}

func (w *world) opAdd(names []string) string {
	return `{"op":"add","path":"members","value":` + w.entries(names) + `}`
}

func (w *world) opRemove(name string) string {
	return fmt.Sprintf(`{"op":"remove","path":%s}`, quote("members[value eq "+quote(w.person(name).id)+"]"))
}

func (w *world) opReplace(names []string) string {
	return `{"op":"replace","path":"members","value":` + w.entries(names) + `}`
}

// groupPath is the path of a group.
func groupPath(g *group) string { return "/Groups/" + segment(g.id) }

// lookUpGroup is the search by name before a push.
func (w *world) lookUpGroup(ctx context.Context, name string, count int) *Exchange {
	return w.send(ctx, http.MethodGet, fmt.Sprintf("/Groups?filter=%s&startIndex=1&count=%d", filter("displayName", name, "%20"), count), "")
}

// postGroup is the POST of a push.
func (w *world) postGroup(ctx context.Context, g *group, members []string) error {
	body := fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":%s,"members":%s}`, quote(g.name), w.entries(members))
	ex := w.send(ctx, http.MethodPost, "/Groups", body)
	w.keep("Groups", g.name, ex)
	if err := w.expect(ctx, ex, http.StatusCreated); err != nil {
		return err
	}
	if err := w.object(ex); err != nil {
		return err
	}
	if g.id = text(ex.value, "id"); g.id == "" {
		got, _ := member(ex.value, "id")
		return w.fail(ex, "a non-empty id, a string", show(got))
	}
	g.members = slices.Clone(members)
	return nil
}

// pushGroup is a whole first push. The wizard app looks first; the catalog app
// does so only if Import Groups is off, which is the stricter case.
func (w *world) pushGroup(ctx context.Context, g *group, members []string) error {
	w.begin()
	ex := w.lookUpGroup(ctx, g.name, 100)
	if err := w.expect(ctx, ex, http.StatusOK); err != nil {
		return err
	}
	if err := w.postGroup(ctx, g, members); err != nil {
		return err
	}
	if w.mode == Wizard {
		if _, err := w.readGroup(ctx, g); err != nil {
			return err
		}
		return w.putGroup(ctx, g)
	}
	for _, ops := range w.batches(members, nil) {
		if err := w.patchGroup(ctx, g, ops...); err != nil {
			return err
		}
	}
	return nil
}

// readGroup is GET /Groups/{id}.
func (w *world) readGroup(ctx context.Context, g *group) (*Exchange, error) {
	ex := w.send(ctx, http.MethodGet, groupPath(g), "")
	if err := w.expect(ctx, ex, http.StatusOK); err != nil {
		return ex, err
	}
	return ex, w.object(ex)
}

func (w *world) patchGroup(ctx context.Context, g *group, operations ...string) error {
	ex := w.send(ctx, http.MethodPatch, groupPath(g), patchGroup(operations...))
	return w.expect(ctx, ex, http.StatusOK, http.StatusNoContent)
}

// putGroup is the wizard's PUT of what Okta knows.
func (w *world) putGroup(ctx context.Context, g *group) error {
	return w.putEntries(ctx, g, w.entries(g.members))
}

// putEntries is the wizard's PUT with a member list as it stands.
func (w *world) putEntries(ctx context.Context, g *group, entries string) error {
	return w.expect(ctx, w.send(ctx, http.MethodPut, groupPath(g), w.groupBody(g, entries)), http.StatusOK)
}

// twice reads a group twice, as the wizard app does before it writes.
func (w *world) twice(ctx context.Context, g *group) (*Exchange, error) {
	if ex, err := w.readGroup(ctx, g); err != nil {
		return ex, err
	}
	return w.readGroup(ctx, g)
}

// rename sends a new name.
func (w *world) rename(ctx context.Context, g *group, name string) error {
	w.begin()
	w.renamed("Groups", g.id, name)
	if w.mode == Wizard {
		ex, err := w.twice(ctx, g)
		if err != nil {
			return err
		}
		g.name = name
		return w.putEntries(ctx, g, w.asRead(ex, g, nil, nil))
	}
	if _, err := w.readGroup(ctx, g); err != nil {
		return err
	}
	g.name = name
	return w.patchGroup(ctx, g, opName(g))
}

// change sends a membership change: joined and left people.
func (w *world) change(ctx context.Context, g *group, join, leave []string) error {
	w.begin()
	return w.changeMembers(ctx, g, join, leave)
}

func (w *world) changeMembers(ctx context.Context, g *group, join, leave []string) error {
	if w.mode == Wizard {
		ex, err := w.twice(ctx, g)
		if err != nil {
			return err
		}
		if err := w.putEntries(ctx, g, w.asRead(ex, g, nil, nil)); err != nil { // as it was
			return err
		}
		if ex, err = w.readGroup(ctx, g); err != nil {
			return err
		}
		entries := w.asRead(ex, g, join, leave)
		g.members = changed(g.members, join, leave)
		return w.putEntries(ctx, g, entries)
	}
	if _, err := w.readGroup(ctx, g); err != nil {
		return err
	}
	if err := w.patchGroup(ctx, g, opName(g)); err != nil {
		return err
	}
	g.members = changed(g.members, join, leave)
	for _, ops := range w.batches(join, leave) {
		if err := w.patchGroup(ctx, g, ops...); err != nil {
			return err
		}
	}
	return nil
}

// batch is how many membership changes one PATCH holds by default (Okta OIN
// submission guide: 100 to 1,000, per app).
const batch = 100

// batches cuts a change into the operations of one PATCH each: removes first,
// one operation for each person, then one add with a list.
func (w *world) batches(join, leave []string) [][]string {
	var all [][]string
	for len(join)+len(leave) > 0 {
		var ops []string
		n := min(batch, len(leave))
		for _, l := range leave[:n] {
			ops = append(ops, w.opRemove(l))
		}
		leave = leave[n:]
		if n = min(batch-n, len(join)); n > 0 {
			ops = append(ops, w.opAdd(join[:n]))
			join = join[n:]
		}
		all = append(all, ops)
	}
	return all
}

// pushNow sends the whole list.
func (w *world) pushNow(ctx context.Context, g *group, members []string) error {
	w.begin()
	if w.mode == Wizard {
		if _, err := w.twice(ctx, g); err != nil {
			return err
		}
		g.members = slices.Clone(members)
		if err := w.putGroup(ctx, g); err != nil {
			return err
		}
		return w.putGroup(ctx, g)
	}
	if _, err := w.readGroup(ctx, g); err != nil {
		return err
	}
	if err := w.patchGroup(ctx, g, opName(g)); err != nil {
		return err
	}
	g.members = slices.Clone(members)
	return w.patchGroup(ctx, g, w.opReplace(members))
}

// unlink is "Unlink pushed group" with "delete the group in the target app".
func (w *world) unlink(ctx context.Context, g *group) error {
	w.begin()
	if _, err := w.readGroup(ctx, g); err != nil {
		return err
	}
	ex := w.send(ctx, http.MethodDelete, groupPath(g), "")
	if err := w.expect(ctx, ex, http.StatusNoContent, http.StatusOK); err != nil {
		return err
	}
	w.forget("Groups", g.id)
	return nil
}

// has checks that a group has exactly these members, each once.
func (w *world) has(ctx context.Context, g *group, names []string) error {
	ex, err := w.readGroup(ctx, g)
	if err != nil {
		return err
	}
	return w.members(ex, names)
}

// members checks the member list of an answer. A missing list is an empty one
// (RFC 7643 §2.5: unassigned and empty are the same).
func (w *world) members(ex *Exchange, names []string) error {
	return w.membersOf(ex, ex.value, names)
}

// membersOf is members for a group inside an answer.
func (w *world) membersOf(ex *Exchange, group any, names []string) error {
	value, there := member(group, "members")
	entries, ok := value.([]any)
	if there && value != nil && !ok {
		return w.fail(ex, "members as an array", show(value))
	}
	known := map[string]string{}
	for name, p := range w.people {
		known[p.id] = name
	}
	var got []string
	for _, e := range entries {
		id := text(e, "value")
		if name, ok := known[id]; ok {
			id = name
		} else if id == "" {
			id = "(an entry without value)"
		}
		got = append(got, id)
	}
	want := slices.Sorted(slices.Values(names))
	slices.Sort(got)
	if !slices.Equal(got, want) {
		return w.fail(ex, fmt.Sprintf("%d members: %s", len(want), few(want)), fmt.Sprintf("%d: %s", len(got), few(got)))
	}
	return nil
}

// few shows the first names of a list.
func few(names []string) string {
	switch {
	case len(names) == 0:
		return "nobody"
	case len(names) > 8:
		return strings.Join(names[:8], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}
