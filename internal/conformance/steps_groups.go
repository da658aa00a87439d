package conformance

import (
	"context"
	"fmt"
)

func registerGroups(sc *sentences, w *world) {
	sc.Given(`^Okta has pushed the group "([^"]*)" with (.+)$`, func(ctx context.Context, name, who string) error {
		g, members := w.group(name), w.names(who)
		if err := w.pushGroup(ctx, g, members); err != nil {
			return setup("groups.push.1", err)
		}
		return setup("groups.push.4", w.has(ctx, g, members))
	})
	sc.Given(`^Okta has pushed the empty group "([^"]*)"$`, func(ctx context.Context, name string) error {
		return setup("groups.push.5", w.pushGroup(ctx, w.group(name), nil))
	})
	sc.Given(`^Okta has renamed the group "([^"]*)" to "([^"]*)"$`, func(ctx context.Context, name, to string) error {
		return setup("groups.rename.1", w.renameTo(ctx, name, to))
	})
	sc.Given(`^Okta has deleted the group "([^"]*)"$`, func(ctx context.Context, name string) error {
		return setup("groups.delete.1", w.unlink(ctx, w.group(name)))
	})

	sc.When(`^Okta looks up the group "([^"]*)"$`, func(ctx context.Context, name string) error {
		w.begin()
		w.lookUpGroup(ctx, w.group(name).name, 100)
		return nil
	})
	sc.When(`^Okta looks up the group "([^"]*)" on a page of one$`, func(ctx context.Context, name string) error {
		w.begin()
		w.lookUpGroup(ctx, w.group(name).name, 1)
		return nil
	})
	sc.When(`^Okta sends the create of the group "([^"]*)" with (.+)$`, func(ctx context.Context, name, who string) error {
		w.begin()
		return w.postGroup(ctx, w.group(name), w.names(who))
	})
	sc.When(`^Okta pushes the group "([^"]*)" with (.+)$`, func(ctx context.Context, name, who string) error {
		return w.pushGroup(ctx, w.group(name), w.names(who))
	})
	sc.When(`^Okta pushes the empty group "([^"]*)"$`, func(ctx context.Context, name string) error {
		return w.pushGroup(ctx, w.group(name), nil)
	})
	sc.When(`^Okta pushes the group "([^"]*)" again as new$`, func(ctx context.Context, name string) error {
		g := w.group(name)
		old := g.id
		if err := w.pushGroup(ctx, g, nil); err != nil {
			return err
		}
		if g.id == old {
			return w.fail(w.answer(), "an id that no other group had", fmt.Sprintf("%q, the id of the deleted group", old))
		}
		return nil
	})
	sc.When(`^Okta reads the group "([^"]*)"$`, func(ctx context.Context, name string) error {
		w.begin()
		w.send(ctx, "GET", groupPath(w.group(name)), "")
		return nil
	})
	sc.When(`^Okta reads a group with the id "([^"]*)"$`, func(ctx context.Context, id string) error {
		w.begin()
		w.send(ctx, "GET", "/Groups/"+segment(id), "")
		return nil
	})
	sc.When(`^Okta renames the group "([^"]*)" to "([^"]*)"$`, func(ctx context.Context, name, to string) error {
		return w.renameTo(ctx, name, to)
	})
	sc.When(`^Okta adds (.+) to the group "([^"]*)"$`, func(ctx context.Context, who, name string) error {
		return w.change(ctx, w.group(name), w.names(who), nil)
	})
	sc.When(`^Okta removes (.+) from the group "([^"]*)"$`, func(ctx context.Context, who, name string) error {
		return w.change(ctx, w.group(name), nil, w.names(who))
	})
	sc.When(`^Okta exchanges (.+) for (.+) in the group "([^"]*)"$`, func(ctx context.Context, leave, join, name string) error {
		return w.change(ctx, w.group(name), w.names(join), w.names(leave))
	})
	sc.When(`^Okta adds (.+) to the group "([^"]*)", each in a request of its own and all at once$`, func(ctx context.Context, who, name string) error {
		return w.addAtOnce(ctx, w.group(name), w.names(who))
	})
	sc.When(`^an app replaces the members of the group "([^"]*)" without a path by (.+)$`, func(ctx context.Context, name, who string) error {
		w.begin()
		g := w.group(name)
		return w.patchGroup(ctx, g, `{"op":"replace","value":{"members":`+w.entries(w.names(who))+`}}`)
	})
	sc.When(`^the admin presses Push Now for the group "([^"]*)" with (.+)$`, func(ctx context.Context, name, who string) error {
		return w.pushNow(ctx, w.group(name), w.names(who))
	})
	sc.When(`^the admin unlinks the group "([^"]*)" and deletes it$`, func(ctx context.Context, name string) error {
		return w.unlink(ctx, w.group(name))
	})

	sc.Then(`^the group "([^"]*)" has exactly (.+)$`, func(ctx context.Context, name, who string) error {
		return w.has(ctx, w.group(name), w.names(who))
	})
	sc.When(`^Okta reads a person with the id of the group "([^"]*)"$`, func(ctx context.Context, name string) error {
		w.begin()
		w.send(ctx, "GET", "/Users/"+segment(w.group(name).id), "")
		return nil
	})
	sc.Then(`^the group "([^"]*)" carries its (?:new )?name$`, func(ctx context.Context, name string) error {
		ex, err := w.readGroup(ctx, w.group(name))
		if err != nil {
			return err
		}
		return w.shows(ex, "displayName", w.group(name).name)
	})
	sc.Then(`^the answer shows the name of the group "([^"]*)" as sent$`, func(_ context.Context, name string) error {
		return w.shows(w.answer(), "displayName", w.group(name).name)
	})
	sc.Then(`^the answer has the id of the group "([^"]*)"$`, func(_ context.Context, name string) error {
		return w.shows(w.answer(), "id", w.group(name).id)
	})
	sc.Then(`^looking up the group "([^"]*)" finds only that group$`, func(ctx context.Context, name string) error {
		g := w.group(name)
		ex := w.lookUpGroup(ctx, g.name, 100)
		if err := w.expect(ctx, ex, 200); err != nil {
			return err
		}
		return w.only(ex, "displayName", g.name, g.id)
	})
	sc.Then(`^looking up the group "([^"]*)" finds nothing$`, func(ctx context.Context, name string) error {
		ex := w.lookUpGroup(ctx, w.prefix+" "+name, 100)
		if err := w.expect(ctx, ex, 200); err != nil {
			return err
		}
		return w.none(ex)
	})
}

// renameTo renames a group; the feature file goes on with its new name.
func (w *world) renameTo(ctx context.Context, name, to string) error {
	g := w.group(name)
	w.groups[to] = g
	delete(w.groups, name)
	return w.rename(ctx, g, w.prefix+" "+to)
}

// addAtOnce sends one PATCH for each person, all at once.
func (w *world) addAtOnce(ctx context.Context, g *group, names []string) error {
	return w.changeAtOnce(ctx, g, names, nil)
}
