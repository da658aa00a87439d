package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"

	"github.com/goccy/go-yaml"

	"github.com/oktascim/oktascim/internal/scimserver"
)

// people are what a fresh server begins with. In a file they are YAML: users as SCIM
// resources, schemas may be left out; groups with the userNames of their members.
type people struct {
	Users  []map[string]any `yaml:"users"`
	Groups []peopleGroup    `yaml:"groups"`
}

type peopleGroup struct {
	DisplayName string   `yaml:"displayName"`
	Members     []string `yaml:"members"`
}

// somebody is who is there without a file. Okta's own test suites begin with the first user
// of the list, and fail on a server without one.
func somebody() people {
	return people{Users: []map[string]any{{
		"userName": "sample@example.test", "active": true,
		"name":   map[string]any{"givenName": "Sample", "familyName": "User"},
		"emails": []any{map[string]any{"value": "sample@example.test", "type": "work", "primary": true}},
	}}}
}

// readPeople reads a file strictly.
func readPeople(file string) (people, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return people{}, fmt.Errorf("--seed: %w", err)
	}
	var p people
	if err := yaml.UnmarshalWithOptions(text, &p, yaml.Strict()); err != nil {
		return people{}, fmt.Errorf("--seed %s: %w", file, err)
	}
	return p, nil
}

// plant puts the people into a server that has nobody yet; one that was kept over a restart
// stays as it was, and planted is false.
func (p people) plant(server *scimserver.Server) (planted bool, err error) {
	_, users := server.Users(0, 0)
	_, groups := server.Groups(0, 0)
	if users+groups > 0 {
		return false, nil
	}
	ids := map[string]string{}
	for i, u := range p.Users {
		if u["schemas"] == nil {
			u = maps.Clone(u) // the file may be planted again, by somebody else at the same time
			u["schemas"] = []any{"urn:ietf:params:scim:schemas:core:2.0:User"}
		}
		id, err := plantOne(server, "User", u)
		if err != nil {
			return false, fmt.Errorf("--seed: users[%d]: %w", i, err)
		}
		name, _ := u["userName"].(string)
		ids[name] = id
	}
	for i, g := range p.Groups {
		members := []any{}
		for _, name := range g.Members {
			id, ok := ids[name]
			if !ok {
				return false, fmt.Errorf("--seed: groups[%d]: the member %q is none of the users", i, name)
			}
			members = append(members, map[string]any{"value": id})
		}
		_, err := plantOne(server, "Group", map[string]any{
			"schemas": []any{"urn:ietf:params:scim:schemas:core:2.0:Group"}, "displayName": g.DisplayName, "members": members,
		})
		if err != nil {
			return false, fmt.Errorf("--seed: groups[%d]: %w", i, err)
		}
	}
	return true, nil
}

// again is plant for the panel, where the server is to begin again; nil if nobody
// was there at the start.
func (p people) again() func(*scimserver.Server) error {
	if len(p.Users)+len(p.Groups) == 0 {
		return nil
	}
	return func(server *scimserver.Server) error {
		_, err := p.plant(server)
		return err
	}
}

func plantOne(server *scimserver.Server, kind string, body map[string]any) (string, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return "", err
	}
	return server.Create(kind, text)
}
