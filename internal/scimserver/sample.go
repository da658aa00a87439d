package scimserver

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// MaxSample is the most sample people that a server makes at once.
const MaxSample = 10_000

// Sample makes people to try something with: the first n of an endless list
// that is the same every time, in groups by department, and everybody in one
// more. Who is there already stays as he is and is not counted. The error says
// what could not be stored; those before it are there.
func (s *Server) Sample(n int) (users, groups int, err error) {
	n = min(n, MaxSample)
	given, family, departments := sampleNames()
	byGroup := map[string][]string{}
	for i := range n {
		// The lists have no common divisor, so that two names meet again only
		// after all other pairs; the number makes the rest unique.
		first, last := given[i%len(given)], family[i%len(family)]
		department := departments[i%len(departments)]
		userName := fmt.Sprintf("%s.%s@example.test", ascii(first), ascii(last))
		if round := i / (len(given) * len(family)); round > 0 {
			userName = fmt.Sprintf("%s.%s%d@example.test", ascii(first), ascii(last), round+1)
		}
		body, err := json.Marshal(map[string]any{
			"schemas":  []string{"urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"},
			"userName": userName, "externalId": fmt.Sprintf("sample-%05d", i+1), "displayName": first + " " + last,
			"name":   map[string]any{"givenName": first, "familyName": last},
			"title":  departments[i%len(departments)] + " specialist",
			"emails": []any{map[string]any{"value": userName, "type": "work", "primary": true}},
			"active": i%9 != 8,
			"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": map[string]any{"department": department, "employeeNumber": fmt.Sprintf("%05d", i+1)},
		})
		if err != nil {
			return users, groups, err
		}
		id, err := s.Create("User", body)
		switch {
		case isTaken(err):
			continue
		case err != nil:
			return users, groups, fmt.Errorf("sample user %d: %w", i+1, err)
		}
		users++
		byGroup[department] = append(byGroup[department], id)
		byGroup[everyone] = append(byGroup[everyone], id)
	}
	for _, name := range append(departments[:], everyone) {
		made, err := s.joinSample(name, byGroup[name])
		if err != nil {
			return users, groups, fmt.Errorf("sample group %s: %w", name, err)
		}
		if made {
			groups++
		}
	}
	return users, groups, nil
}

const everyone = "Everyone (sample)"

// joinSample puts members into the group of that name, which is made if it is
// not there.
func (s *Server) joinSample(name string, ids []string) (made bool, err error) {
	if len(ids) == 0 {
		return false, nil
	}
	members := make([]any, 0, len(ids))
	for _, id := range ids {
		members = append(members, map[string]any{"value": id})
	}
	group := s.store.registry.kind("Group")
	s.store.mu.RLock()
	there := s.store.lookup(group, group.attribute("displayName"), name)
	s.store.mu.RUnlock()
	if len(there) > 0 {
		body, err := json.Marshal(map[string]any{
			"schemas":    []string{"urn:ietf:params:scim:api:messages:2.0:PatchOp"},
			"Operations": []any{map[string]any{"op": "add", "path": "members", "value": members}},
		})
		if err != nil {
			return false, err
		}
		o, refusal := parseObject(body, s.o.MaxDepth)
		if refusal != nil {
			return false, refusal
		}
		ops, refusal := readOperations(o, s.o.MaxOperations)
		if refusal != nil {
			return false, refusal
		}
		var always condition
		_, err = s.patch(group, there[0].r.id, ops, always)
		return false, err
	}
	body, err := json.Marshal(map[string]any{"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:Group"}, "displayName": name, "members": members})
	if err != nil {
		return false, err
	}
	_, err = s.Create("Group", body)
	return err == nil, err
}

// isTaken tells whether a create was refused because the name is there.
func isTaken(err error) bool {
	refusal, ok := errors.AsType[*scimError](err)
	return ok && refusal.status == http.StatusConflict
}

// sampleNames are names with the letters and forms that break naive code.
func sampleNames() (given [16]string, family [17]string, departments [5]string) {
	return [...]string{"Ada", "Bjørn", "Chloé", "Dmitri", "Eun-ji", "Farah", "Grace", "Håkon", "Inés", "Jürgen", "Kofi", "Łucja", "Mei", "Niamh", "Oluwaseun", "Zoë"},
		[...]string{"Lovelace", "Okafor", "Müller", "O'Brien", "García", "Nguyễn", "Silva", "Kowalska", "Haddad", "Lindqvist", "Ito", "van den Berg", "Novák", "Mensah", "Rossi", "Smith-Jones", "Yılmaz"},
		[...]string{"Engineering", "Sales", "Support", "Finance", "People"}
}

// ascii gives the form in which a name stands in an address.
func ascii(name string) string {
	plain := strings.NewReplacer("ø", "o", "é", "e", "å", "a", "ü", "u", "ł", "l", "ë", "e", "í", "i", "ễ", "e", "á", "a", "ı", "i", "'", "", " ", "", "-", "")
	return plain.Replace(strings.ToLower(name))
}
