package conformance

import (
	"maps"
	"slices"
	"strings"

	"github.com/oktascim/oktascim/internal/targetprofile"
)

// profile puts what was collected into the form of a file.
func (l *learner) profile() *targetprofile.Profile {
	p := &targetprofile.Profile{Version: targetprofile.Version, Sources: map[string]string{}}
	f := facts{l, p}
	f.lists()
	f.members()
	for path, into := range map[string]*targetprofile.Support{
		"patch.users.withoutPath":         &p.Patch.Users.WithoutPath,
		"patch.users.byPath":              &p.Patch.Users.ByPath,
		"patch.groups.renameWithoutPath":  &p.Patch.Groups.RenameWithoutPath,
		"patch.groups.renameByPath":       &p.Patch.Groups.RenameByPath,
		"patch.groups.addMembers":         &p.Patch.Groups.AddMembers,
		"patch.groups.removeByFilter":     &p.Patch.Groups.RemoveByFilter,
		"patch.groups.removeByValue":      &p.Patch.Groups.RemoveByValue,
		"patch.groups.replaceMembers":     &p.Patch.Groups.ReplaceMembers,
		"patch.groups.replaceWithoutPath": &p.Patch.Groups.ReplaceWithoutPath,
		"bulk.requests":                   &p.Bulk.Requests,
		"etag.staleIfMatch":               &p.ETag.StaleIfMatch,
	} {
		*into = f.support(path)
	}
	p.Bulk.Offered, p.ETag.Sent = f.yes("bulk.offered"), f.yes("etag.sent")
	p.Bulk.MaxOperations, p.Bulk.MaxPayloadBytes = f.number("bulk.maxOperations"), f.number("bulk.maxPayloadBytes")
	p.Case.UserName = targetprofile.CaseRule(f.oneOf("case.userName", string(targetprofile.AnyCase), string(targetprofile.ExactCase)))
	p.Case.DisplayName = targetprofile.CaseRule(f.oneOf("case.displayName", string(targetprofile.AnyCase), string(targetprofile.ExactCase)))
	for name, kind := range map[string]*targetprofile.Kind{"users": &p.Users, "groups": &p.Groups} {
		kind.Delete = targetprofile.AfterDelete(f.oneOf(name+".delete",
			string(targetprofile.Kept), string(targetprofile.Deactivated), string(targetprofile.Gone), string(targetprofile.NoDelete)))
		kind.NameFreeAfterDelete = f.yes(name + ".nameFreeAfterDelete")
	}
	for _, name := range slices.Sorted(maps.Keys(l.lost)) {
		if l.back[name] == "" {
			p.Users.DroppedAttributes = append(p.Users.DroppedAttributes, name)
			f.source("users.droppedAttributes", l.lost[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(l.refused)) {
		p.Users.RefusedAttributes = append(p.Users.RefusedAttributes, name)
		f.source("users.refusedAttributes", l.refused[name])
	}
	return p
}

// facts writes facts with their sources.
type facts struct {
	*learner
	p *targetprofile.Profile
}

func (f facts) source(path, from string) {
	first(f.p.Sources, path, from)
}

// support is what a form does: once seen working it works; taken without an effect is
// worse than refused, and is said.
func (f facts) support(path string) targetprofile.Support {
	for _, s := range []targetprofile.Support{targetprofile.Works, targetprofile.Ignored, targetprofile.Refused} {
		if from := f.seen[path][s]; from != "" {
			f.source(path, from)
			return s
		}
	}
	return ""
}

// oneOf is the first of the words that was seen.
func (f facts) oneOf(path string, words ...string) string {
	for _, w := range words {
		if from := f.words[path][w]; from != "" {
			f.source(path, from)
			return w
		}
	}
	return ""
}

func (f facts) yes(path string) *bool {
	word := f.oneOf(path, "yes", "no")
	if word == "" {
		return nil
	}
	yes := word == "yes"
	return &yes
}

func (f facts) number(path string) int {
	n := f.numbers[path]
	if n.n > 0 {
		f.source(path, n.from)
	}
	return n.n
}

func (f facts) lists() {
	l := &f.p.Lists
	for _, style := range []targetprofile.PageStyle{targetprofile.Index, targetprofile.Cursor, targetprofile.OnePage} {
		from := f.words["lists.pages"][string(style)]
		if from == "" || style == targetprofile.OnePage && len(l.Pages) > 0 {
			continue
		}
		l.Pages = append(l.Pages, style)
		f.source("lists.pages", from)
	}
	l.LargestPageSeen = f.number("lists.largestPageSeen")
	// What was seen is better than what is stated; neither holds if a larger page came.
	for _, path := range []string{"cut", "stated.maxPage"} {
		if n := f.numbers[path]; n.n > 0 && n.n >= l.LargestPageSeen && l.MaxPage == 0 {
			l.MaxPage = n.n
			f.source("lists.maxPage", n.from)
		}
	}
	for path := range f.seen {
		if name, ok := strings.CutPrefix(path, "lists.filters."); ok {
			if l.Filters == nil {
				l.Filters = map[string]targetprofile.Support{}
			}
			l.Filters[name] = f.support(path)
		}
	}
}

func (f facts) members() {
	m := &f.p.Members
	for _, way := range []targetprofile.MemberRead{targetprofile.InGroup, targetprofile.InGroupList, targetprofile.ByFilter, targetprofile.OfUser} {
		if from := f.words["members.read"][string(way)]; from != "" {
			m.Read = append(m.Read, way)
			f.source("members.read", from)
		} else if from := f.words["members.hidden"][string(way)]; from != "" {
			m.Hidden = append(m.Hidden, way)
			f.source("members.hidden", from)
		}
	}
	m.InCreate = f.support("members.inCreate")
	m.MostPerPatchSeen = f.number("members.mostPerPatchSeen")
	for _, r := range f.refusedAdds {
		if r.n > m.MostPerPatchSeen && m.MostPerPatchSeen > 0 && (m.RefusedPerPatch == 0 || r.n < m.RefusedPerPatch) {
			m.RefusedPerPatch = r.n
			f.p.Sources["members.refusedPerPatch"] = r.from
		}
	}
	// Members that a GET does not show anyway prove nothing about leaving them out.
	if slices.Contains(m.Read, targetprofile.InGroup) {
		f.p.Lists.ExcludedAttributes = f.support("lists.excludedAttributes")
	}
}
