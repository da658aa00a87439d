package plan_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/agent/plan"
)

// story is a golden file as values. The format, a record a line:
//
//	-- okta --
//	user  ID USERNAME [via=GROUP] [blocked="WHY"] [ATTRIBUTE=VALUE …]
//	group ID NAME [paused] [linkTo=TARGET-ID] : MEMBER …
//	gap   WHERE : WHY
//	-- target --
//	user  ID USERNAME [inactive|unreadable] [externalId=ID] [ATTRIBUTE=VALUE …]
//	group ID NAME [unreadable] [externalId=ID] : MEMBER …
//	gap   WHERE : WHY
//	-- links --
//	user  OKTA-ID TARGET-ID [created|adopted|linked] [was=NAME] [deactivated] [ignored.ATTRIBUTE=VALUE …]
//	group OKTA-ID TARGET-ID [created|adopted|linked] [was=NAME] [unreadable] : MEMBER …
//	-- switches --
//	SWITCH=on|off …
//	-- shared --
//	TARGET-ID CONNECTION
//	-- confirm --
//	WHO or WHO in GROUP : WHAT OKTA SAID
//	-- guards --
//	LIMIT=NUMBER …
//	-- leaving --
//	WHO : WHEN THEY ARE SWITCHED OFF
//	-- waiting --
//	WHO : WHY NOTHING OF THEM IS TRIED NOW
//	-- scope --
//	user NAME | group NAME | only users|groups|NAME
//
// What has spaces stands in quotes. An account that is linked has its Okta id as
// externalId unless it says otherwise, with "-" for none. Switches that are not named
// are on, but deleteGroups and adoptByEmail; among the switches stands the extent, too: extent=create-only.
type story struct {
	in      plan.Input
	refused map[string]string
	limits  *plan.Limits
	last    int
	// leaving and waiting are by Okta id.
	leaving, waiting map[string]string
	scope            plan.Scope
}

func (s *story) narrows() bool { return len(s.leaving)+len(s.waiting) > 0 || !s.scope.All() }

func (s *story) until(id directory.SourceID) (string, bool) {
	when, waits := s.leaving[string(id)]
	return when, waits
}

func (s *story) waits(c plan.Change) (string, bool) {
	why, waits := s.waiting[string(c.Source)]
	return why, waits
}

func parseStory(t *testing.T, sections map[string]string) story {
	t.Helper()
	s := story{refused: map[string]string{}, leaving: map[string]string{}, waiting: map[string]string{}}
	s.in.Policy = plan.Policy{CreateUsers: true, UpdateUsers: true, DeactivateUsers: true, PushGroups: true}
	if _, asks := sections["guards"]; asks {
		limits := plan.DefaultLimits()
		s.limits = &limits
	}
	for name, text := range sections {
		for n, line := range strings.Split(text, "\n") {
			if strings.TrimSpace(line) == "" {
				continue
			}
			w, err := words(line)
			if err == nil {
				err = s.line(name, w)
			}
			if err != nil {
				t.Fatalf("%s line %d: %v", name, n+1, err)
			}
		}
	}
	s.finish()
	return s
}

// line is one record, cut into words.
type line struct {
	kind, id, name string
	flags          []string
	values         map[string]string
	attributes     []directory.Attribute
	rest           []string
}

func words(text string) (line, error) {
	var l line
	l.values = map[string]string{}
	after := false
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		var key, word string
		quoted := false
		if i := strings.IndexAny(text, " =\""); i >= 0 && text[i] == '=' {
			key, text = text[:i], text[i+1:]
		}
		if strings.HasPrefix(text, `"`) {
			q, err := strconv.QuotedPrefix(text)
			if err != nil {
				return l, fmt.Errorf("%s: %w", text, err)
			}
			text = text[len(q):]
			if word, err = strconv.Unquote(q); err != nil {
				return l, err
			}
			quoted = true
			if key == "" && strings.HasPrefix(text, "=") { // a path with spaces
				key, quoted = word, false
				word, text, _ = strings.Cut(text[1:], " ")
			}
		} else {
			word, text, _ = strings.Cut(text, " ")
		}
		switch {
		case after:
			l.rest = append(l.rest, word)
		case word == ":" && key == "" && !quoted:
			after = true
		case key != "":
			l.values[key] = word
			l.attributes = append(l.attributes, directory.Attribute{Path: key, Value: value(word)})
		case l.kind == "":
			l.kind = word
		case l.id == "":
			l.id = word
		case l.name == "":
			l.name = word
		default:
			l.flags = append(l.flags, word)
		}
	}
	return l, nil
}

// value is a word as canonical JSON: true, false and numbers as they are.
func value(word string) directory.Value {
	switch word {
	case "":
		return ""
	case "true", "false":
		return directory.Value(word)
	}
	if _, err := strconv.Atoi(word); err == nil {
		return directory.Value(word)
	}
	return directory.Value(strconv.Quote(word))
}

func (l line) attributesBut(keys ...string) directory.Attributes {
	var list []directory.Attribute
	for _, a := range l.attributes {
		if !slices.Contains(keys, a.Path) {
			list = append(list, a)
		}
	}
	return directory.NewAttributes(list...)
}

func (l line) has(flag string) bool { return slices.Contains(l.flags, flag) }

func idsOf[ID ~string](list []string) []ID {
	var ids []ID
	for _, s := range list {
		ids = append(ids, ID(s))
	}
	slices.Sort(ids)
	return ids
}

func (s *story) line(section string, l line) error {
	switch section + " " + l.kind {
	case "okta user":
		s.in.Desired.Users = append(s.in.Desired.Users, directory.User[directory.SourceID]{
			ID: directory.SourceID(l.id), ExternalID: l.id, UserName: l.name, Active: true, Via: l.values["via"], Blocked: l.values["blocked"],
			Attributes: l.attributesBut("via", "blocked"),
		})
	case "okta group":
		s.in.Desired.Groups = append(s.in.Desired.Groups, directory.Group[directory.SourceID]{
			ID: directory.SourceID(l.id), Name: l.name, Paused: l.has("paused"), LinkTo: directory.TargetID(l.values["linkTo"]),
			Members: idsOf[directory.SourceID](l.rest),
		})
	case "target user":
		s.in.Current.Users = append(s.in.Current.Users, directory.User[directory.TargetID]{
			ID: directory.TargetID(l.id), ExternalID: l.values["externalId"], UserName: l.name, Active: !l.has("inactive"), ActiveUnreadable: l.has("unreadable"),
			Attributes: l.attributesBut("externalId"),
		})
	case "target group":
		s.in.Current.Groups = append(s.in.Current.Groups, directory.Group[directory.TargetID]{
			ID: directory.TargetID(l.id), ExternalID: l.values["externalId"], Name: l.name, MembersUnreadable: l.has("unreadable"),
			Members: idsOf[directory.TargetID](l.rest),
		})
	case "okta gap":
		s.in.Desired.Evidence.Add(strings.TrimSpace(l.id+" "+l.name), strings.Join(l.rest, " "))
	case "target gap":
		s.in.Current.Evidence.Add(strings.TrimSpace(l.id+" "+l.name), strings.Join(l.rest, " "))
	case "links user", "links group":
		link := directory.Link{Kind: directory.KindUser, Source: directory.SourceID(l.id), Target: directory.TargetID(l.name), Origin: directory.OriginCreated, Name: l.values["was"]}
		if l.kind == "group" {
			link.Kind = directory.KindGroup
		}
		for _, f := range l.flags {
			switch f {
			case "deactivated":
				link.Deactivated = true
			case "unreadable":
				link.MembersUnreadable = true
			case "created", "adopted", "linked":
				link.Origin = directory.Origin(f)
			default:
				return fmt.Errorf("what is %q?", f)
			}
		}
		var ignored []directory.Attribute
		for _, a := range l.attributes {
			if path, ok := strings.CutPrefix(a.Path, "ignored."); ok {
				ignored = append(ignored, directory.Attribute{Path: path, Value: a.Value})
			}
		}
		link.Ignored = directory.NewAttributes(ignored...)
		link.Members = idsOf[directory.SourceID](l.rest)
		s.in.Links = append(s.in.Links, link)
	default:
		return s.option(section, l)
	}
	return nil
}

func (s *story) option(section string, l line) error {
	switch section {
	case "switches":
		for name, word := range l.values {
			if name == "extent" {
				s.in.Policy.Extent = plan.Extent(word)
				continue
			}
			p, known := map[string]*bool{
				"createUsers": &s.in.Policy.CreateUsers, "updateUsers": &s.in.Policy.UpdateUsers, "deactivateUsers": &s.in.Policy.DeactivateUsers,
				"pushGroups": &s.in.Policy.PushGroups, "deleteGroups": &s.in.Policy.DeleteGroups, "adoptByEmail": &s.in.Policy.AdoptByEmail,
			}[name]
			if !known {
				return fmt.Errorf("no switch %q", name)
			}
			*p = word == "on"
		}
	case "shared":
		if s.in.Shared == nil {
			s.in.Shared = map[directory.TargetID]string{}
		}
		s.in.Shared[directory.TargetID(l.kind)] = l.id
	case "confirm":
		who := l.kind
		if l.id == "in" {
			who += " in " + l.name
		}
		s.refused[who] = strings.Join(l.rest, " ")
	case "leaving":
		s.leaving[l.kind] = strings.Join(l.rest, " ")
	case "waiting":
		s.waiting[l.kind] = strings.Join(l.rest, " ")
	case "scope":
		switch {
		case l.kind == "user":
			s.scope.Users = append(s.scope.Users, l.id)
		case l.kind == "group":
			s.scope.Groups = append(s.scope.Groups, l.id)
		case l.id == "users":
			s.scope.Kind = directory.KindUser
		case l.id == "groups":
			s.scope.Kind = directory.KindGroup
		default:
			s.scope.Names = append(s.scope.Names, l.id)
		}
	case "guards":
		limits := s.limits
		for name, word := range l.values {
			n, _ := strconv.ParseFloat(word, 64)
			switch name {
			case "lastDesired":
				s.last = int(n)
			case "deactivations":
				limits.Deactivations, limits.DeactivationsFrom = n, 0
			case "membersDropped":
				limits.MembersDropped, limits.MembersDroppedFrom = n, 0
			case "sourceShrinkage":
				limits.SourceShrinkage, limits.SourceShrinkageFrom = n, 0
			case "missing":
				limits.Missing, limits.MissingFrom = n, 0
			case "groupDeletions":
				limits.GroupDeletions = int(n)
			case "protected":
				limits.Protected = append(limits.Protected, word)
			case "onTrip":
				limits.HoldAll = word == "hold-all"
			default:
				return fmt.Errorf("no limit %q", name)
			}
		}
	case "plan", "trips", "digest", "json":
	default:
		return fmt.Errorf("section %q has no %q", section, l.kind)
	}
	return nil
}

// finish sorts as the contracts say and fills in what a story leaves out.
func (s *story) finish() {
	slices.SortFunc(s.in.Desired.Users, func(a, b directory.User[directory.SourceID]) int { return strings.Compare(string(a.ID), string(b.ID)) })
	slices.SortFunc(s.in.Desired.Groups, func(a, b directory.Group[directory.SourceID]) int {
		return strings.Compare(string(a.ID), string(b.ID))
	})
	slices.SortFunc(s.in.Current.Users, func(a, b directory.User[directory.TargetID]) int { return strings.Compare(string(a.ID), string(b.ID)) })
	slices.SortFunc(s.in.Current.Groups, func(a, b directory.Group[directory.TargetID]) int {
		return strings.Compare(string(a.ID), string(b.ID))
	})
	slices.SortFunc(s.in.Links, func(a, b directory.Link) int {
		return strings.Compare(a.Kind.String()+string(a.Source), b.Kind.String()+string(b.Source))
	})
	slices.SortStableFunc(s.in.Links, func(a, b directory.Link) int { return int(a.Kind) - int(b.Kind) })
	for i := range s.in.Links {
		l := &s.in.Links[i]
		if l.Kind == directory.KindGroup {
			for _, g := range s.in.Current.Groups {
				if g.ID == l.Target && l.Name == "" {
					l.Name = g.Name
				}
			}
			continue
		}
		for k := range s.in.Current.Users {
			u := &s.in.Current.Users[k]
			if u.ID != l.Target {
				continue
			}
			if l.Name == "" {
				l.Name = u.UserName
			}
			if u.ExternalID == "" {
				u.ExternalID = string(l.Source)
			}
		}
	}
	for k := range s.in.Current.Users {
		if u := &s.in.Current.Users[k]; u.ExternalID == "-" {
			u.ExternalID = ""
		}
	}
}
