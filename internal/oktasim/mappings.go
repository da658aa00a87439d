package oktasim

import (
	"maps"
	"slices"
)

type mappingEnd struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Type  string `json:"type"`
	Links links  `json:"_links"`
}

type mappingView struct {
	ID         string                  `json:"id"`
	Source     mappingEnd              `json:"source"`
	Target     mappingEnd              `json:"target"`
	Properties map[string]mappedAttrib `json:"properties,omitzero"`
	Links      links                   `json:"_links"`
}

type mappedAttrib struct {
	Expression string `json:"expression"`
	PushStatus string `json:"pushStatus"`
}

// mapping is one profile mapping: there is one for each user type, app and direction.
type mapping struct {
	app      *app
	userType string // id
	typeName string
	toApp    bool
}

// mappingView leaves properties out of lists, as Okta does.
func (c *call) mappingView(id string, m mapping, full bool) mappingView {
	a := m.app
	person := mappingEnd{ID: m.userType, Name: m.typeName, Type: "user", Links: links{
		"self": href{Href: c.href("meta", "types", "user", m.userType)}, "schema": href{Href: c.href("meta", "schemas", "user", schemaOf(m.userType))}}}
	there := mappingEnd{ID: a.id, Name: a.name, Type: "appuser", Links: links{
		"self": href{Href: c.href("apps", a.id)}, "schema": href{Href: c.href("meta", "schemas", "apps", a.id, "default")}}}
	v := mappingView{ID: id, Source: person, Target: there, Links: links{"self": href{Href: c.href("mappings", id)}}}
	if !m.toApp {
		v.Source, v.Target = there, person
	}
	if !full {
		return v
	}
	v.Properties = map[string]mappedAttrib{}
	for _, p := range a.attributes {
		if !p.mapped() || !m.toApp {
			continue
		}
		pushed := mappedAttrib{p.expression(), "PUSH"}
		if p.createOnly {
			pushed.PushStatus = "DONT_PUSH"
		}
		v.Properties[p.name] = pushed
	}
	return v
}

// mappings are all there are, by id. Further user types get theirs when the org is told
// to have them.
func (o *Org) mappings() map[string]mapping {
	for len(o.moreTypes) < o.quirks.UserTypes-1 {
		o.moreTypes = append(o.moreTypes, o.ids.id(prefixUserType))
	}
	all := map[string]mapping{}
	for _, aid := range o.appIDs {
		a := o.apps[aid]
		all[a.toApp], all[a.toOkta] = mapping{a, o.userType, "user", true}, mapping{a, o.userType, "user", false}
		for i := range max(0, o.quirks.UserTypes-1) {
			if i == len(a.moreTypes) {
				a.moreTypes = append(a.moreTypes, [2]string{o.ids.id(prefixMapping), o.ids.id(prefixMapping)})
			}
			name := "type" + string(rune('2'+i))
			all[a.moreTypes[i][0]] = mapping{a, o.moreTypes[i], name, true}
			all[a.moreTypes[i][1]] = mapping{a, o.moreTypes[i], name, false}
		}
	}
	return all
}

func listMappings(c *call) (reply, *apiError) {
	all := c.org.mappings()
	ids := idSet(slices.Sorted(maps.Keys(all)))
	source, target := c.query().Get("sourceId"), c.query().Get("targetId")
	// No kept parameter: recorded Link lines have lost sourceId and targetId.
	return list(c, listRule{def: 20, max: 200}, ids, func(id string) (mappingView, bool) {
		v := c.mappingView(id, all[id], false)
		return v, (source == "" || v.Source.ID == source) && (target == "" || v.Target.ID == target)
	})
}

func getMapping(c *call) (reply, *apiError) {
	id := c.arg("mapping")
	m, found := c.org.mappings()[id]
	if !found {
		return reply{}, notFound(id, "ProfileMapping")
	}
	return ok(c.mappingView(id, m, true))
}
