package oktasim

import "strings"

// skinny_users is in no specification and in no SDK; an article of Okta's support and an
// old guide name it.

type skinnyUser struct {
	ID              string         `json:"id"`
	Status          string         `json:"status"`
	Created         stamp          `json:"created"`
	Activated       stamp          `json:"activated"`
	StatusChanged   stamp          `json:"statusChanged"`
	LastLogin       stamp          `json:"lastLogin"`
	LastUpdated     stamp          `json:"lastUpdated"`
	PasswordChanged stamp          `json:"passwordChanged"`
	Profile         map[string]any `json:"profile"`
	Links           links          `json:"_links"`
}

// listSkinnyMembers lists members without credentials.
func listSkinnyMembers(c *call, g *group) (reply, *apiError) {
	if c.org.quirks.NoSkinny {
		return reply{}, noSuchPath()
	}
	rep, fail := list(c, listRule{def: 1000, max: 1000}, c.org.seenMembers(g), func(id string) (skinnyUser, bool) {
		v := c.userView(c.org.users[id], false)
		return skinnyUser{v.ID, v.Status, v.Created, v.Activated, v.StatusChanged, v.LastLogin, v.LastUpdated, v.PasswordChanged, v.Profile, v.Links}, true
	})
	return c.skinnyNext(rep), fail
}

// listSkinnyAppUsers lists app users with an empty profile.
func listSkinnyAppUsers(c *call, a *app) (reply, *apiError) {
	if c.org.quirks.NoSkinny {
		return reply{}, noSuchPath()
	}
	rep, fail := list(c, listRule{def: 50, max: 500}, a.userIDs, func(id string) (appUserView, bool) {
		v := c.appUserView(a, a.users[id], false)
		v.Profile = map[string]any{}
		return v, true
	})
	return c.skinnyNext(rep), fail
}

// skinnyNext lets next lead to the full list, if the org has that quirk.
func (c *call) skinnyNext(rep reply) reply {
	if !c.org.quirks.SkinnyNext {
		return rep
	}
	for i, l := range rep.links {
		if l.rel == "next" {
			rep.links[i].url = strings.Replace(l.url, "/skinny_users?", "/users?", 1)
		}
	}
	return rep
}
