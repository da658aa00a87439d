package conformance_test

import "fmt"

// spoilPerson applies the defects of how a person looks in an answer.
func (s *tiny) spoilPerson(c record, inList bool) record {
	meta, _ := c["meta"].(record)
	meta["created"] = fmt.Sprintf("2026-11-25T10:00:%02vZ", c["born"])
	if s.is("created-moves") {
		s.seq++
		meta["created"] = fmt.Sprintf("2026-11-25T11:00:%02dZ", s.seq)
	}
	delete(c, "born")
	delete(c, "former")
	if before, ok := c["stale"].(map[string]any); ok && inList {
		c["name"], c["emails"] = before["name"], before["emails"]
	}
	delete(c, "stale")
	switch {
	case s.is("list-without-usernames") && inList:
		delete(c, "userName")
	case s.is("list-without-names") && inList:
		delete(c, "name")
	case s.is("list-shows-everybody-active") && inList:
		c["active"] = true
	case s.is("list-without-externalids") && inList:
		delete(c, "externalId")
	case s.is("name-is-a-string"):
		name, _ := c["name"].(map[string]any)
		c["name"] = fmt.Sprint(name["givenName"], " ", name["familyName"])
	case s.is("single-email-is-object"):
		if list, ok := c["emails"].([]any); ok && len(list) == 1 {
			c["emails"] = list[0]
		}
	case s.is("emails-are-strings"):
		list, _ := c["emails"].([]any)
		for i, e := range list {
			e, _ := e.(map[string]any)
			list[i] = e["value"]
		}
	case s.is("externalid-is-number"):
		c["externalId"] = 12345
	}
	return c
}

// short applies the defects of the answers to writes.
func (s *tiny) short(c record) record {
	if s.is("writes-answer-no-displayname") {
		delete(c, "displayName")
	}
	return c
}

// spoilGroup applies the defects of how a group looks in an answer.
func (s *tiny) spoilGroup(c record) record {
	list, _ := c["members"].([]any)
	switch {
	case s.is("members-are-strings"):
		for i, m := range list {
			m, _ := m.(map[string]any)
			list[i] = m["value"]
		}
	case s.is("group-name-is-name"):
		c["name"] = c["displayName"]
		delete(c, "displayName")
	}
	return c
}
