package scimtarget

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"

	"golang.org/x/time/rate"

	"github.com/oktascim/oktascim/agent/directory"
	"github.com/oktascim/oktascim/internal/targetprofile"
	"github.com/oktascim/oktascim/scimclient"
)

// The forms that a profile can rule out, by the path of their fact. PUT has none.
const (
	formAdd     = "patch.groups.addMembers"
	formRemove  = "patch.groups.removeByFilter"
	formReplace = "patch.groups.replaceMembers"
	formRename  = "patch.groups.renameWithoutPath"
	formActive  = "patch.users.withoutPath"
	putGroups   = "put groups"
	putUsers    = "put users"
)

// way is one form of a request.
type way[F any] struct {
	name string
	do   F
}

// forbidden reports whether the profile says that a form does not work.
func (t *Target) forbidden(form string) bool {
	var s targetprofile.Support
	switch g, u := t.profile.Patch.Groups, t.profile.Patch.Users; form {
	case formAdd:
		s = g.AddMembers
	case formRemove:
		s = g.RemoveByFilter
	case formReplace:
		s = g.ReplaceMembers
	case formRename:
		s = g.RenameWithoutPath
		if g.RenameByPath == targetprofile.Works {
			s = ""
		}
	case formActive:
		s = u.WithoutPath
		if u.ByPath == targetprofile.Works {
			s = ""
		}
	}
	return s == targetprofile.Refused || s == targetprofile.Ignored
}

// arrange leaves out the forms that the profile rules out, and puts those last that
// this server has refused before. PUT always stays.
func arrange[F any](t *Target, ways []way[F]) []way[F] {
	ways = slices.DeleteFunc(ways, func(w way[F]) bool { return t.forbidden(w.name) })
	slices.SortStableFunc(ways, func(a, b way[F]) int {
		return t.learned.rank(a.name) - t.learned.rank(b.name)
	})
	return ways
}

// learned are the forms that this server does not know. It is kept as long as the Target.
type learned struct {
	mu      sync.Mutex
	refused map[string]bool
}

func (l *learned) rank(form string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.refused[form] {
		return 1
	}
	return 0
}

func (l *learned) add(forms ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, form := range forms {
		if l.refused == nil {
			l.refused = map[string]bool{}
		}
		l.refused[form] = true
	}
}

// refusals keep why no form of a request was taken.
type refusals struct {
	learned *learned
	err     error
	doubts  []string
}

// add reports whether another form may do. That members are hidden says more than that
// the other form is not known. 501 and 405 speak of the form; a 400 may speak of this one
// request, and counts against the form only once another one has worked.
func (r *refusals) add(form string, err error) bool {
	hidden := errors.Is(err, errMembersHidden)
	if r.err == nil || hidden {
		r.err = err
	}
	switch status(err) {
	case http.StatusNotImplemented, http.StatusMethodNotAllowed:
		r.learned.add(form)
	case http.StatusBadRequest:
		r.doubts = append(r.doubts, form)
	case http.StatusNotFound:
		if errors.Is(err, scimclient.ErrNotSCIM) {
			r.learned.add(form)
		}
	}
	return hidden || unsupported(err)
}

// worked is called when a form has worked after others had been refused.
func (r *refusals) worked() { r.learned.add(r.doubts...) }

// batches sends a list in pieces of at most the members that one PATCH may have. A
// server that takes fewer says 400 or 413: smaller pieces are tried, and their size is
// kept once the whole list has gone through in it.
func batches[T any](t *Target, list []T, send func([]T) error) error {
	size := int(t.membersPerPatch.Load())
	var first error
	for len(list) > 0 {
		n := min(size, len(list))
		err := send(list[:n])
		if err == nil {
			list = list[n:]
			continue
		}
		if first == nil {
			first = err
		}
		if s := status(err); n == 1 || s != http.StatusBadRequest && s != http.StatusRequestEntityTooLarge {
			return first
		}
		size = n / 2
	}
	if first != nil {
		t.membersPerPatch.Store(int64(size))
	}
	return nil
}

// perPatch is the most members of one PATCH that the profile lets through; 0 is no word.
func perPatch(p *targetprofile.Profile) int {
	most, refused := p.Members.MostPerPatchSeen, p.Members.RefusedPerPatch
	switch {
	case refused > 1 && (most == 0 || defaultMembersPerPatch < refused):
		return max(most, min(refused-1, defaultMembersPerPatch))
	case refused > 0:
		return max(most, 1)
	}
	return max(most, defaultMembersPerPatch)
}

// pageSize is the count to ask for: never more than the server gives.
func pageSize(p *targetprofile.Profile) int {
	if p.Lists.MaxPage > 0 {
		return min(p.Lists.MaxPage, defaultPageSize)
	}
	return defaultPageSize
}

// strip takes out of a body what the profile says that the server refuses.
func (t *Target) strip(kind directory.Kind, body resource) {
	list := t.profile.Users.RefusedAttributes
	if kind == directory.KindGroup {
		list = t.profile.Groups.RefusedAttributes
	}
	for _, name := range list {
		if parent, sub, nested := strings.Cut(name, "."); nested && !strings.Contains(name, ":") {
			if m, ok := member(body, parent).(map[string]any); ok {
				remove(m, sub)
			}
			continue
		}
		remove(body, name)
	}
}

// equals compares a name as the profile says, else as the schema does.
func (t *Target) equals(attr, a, b string) bool {
	rule := t.profile.Case.UserName
	switch attr {
	case "userName":
	case "displayName":
		rule = t.profile.Case.DisplayName
	default:
		rule = ""
	}
	switch rule {
	case targetprofile.ExactCase:
		return a == b
	case targetprofile.AnyCase:
		return strings.EqualFold(a, b)
	}
	return equals(attr, a, b)
}

// reads reports whether members are read in a way other than the group itself.
func (t *Target) reads(how targetprofile.MemberRead) bool {
	read := t.profile.Members.Read
	return slices.Contains(read, how) && !slices.Contains(read, targetprofile.InGroup) && !slices.Contains(read, targetprofile.InGroupList)
}

// hidesMembers reports whether the profile says that a list of groups does not show
// members. An empty list of them then means nothing (targets.md, rule 3).
func (t *Target) hidesMembers() bool {
	m := t.profile.Members
	return !t.membersSeen.Load() &&
		(slices.Contains(m.Hidden, targetprofile.InGroupList) || t.reads(targetprofile.OfUser) || t.reads(targetprofile.ByFilter))
}

// ask finds out for each person whether they are in a group, where the group does not
// say: by the groups of the person, or by a filter. ok is false if that cannot be seen,
// or would cost too many requests.
func (t *Target) ask(ctx context.Context, group directory.TargetID, people []directory.TargetID) (in []directory.TargetID, ok bool) {
	byUser, byFilter := t.reads(targetprofile.OfUser), t.reads(targetprofile.ByFilter)
	if !byUser && !byFilter || len(people) == 0 || len(people) > mostLookups {
		return nil, false
	}
	for _, id := range people {
		there := false
		if byUser {
			r, err := t.wire.get(ctx, directory.KindUser, id)
			if err != nil {
				return nil, false
			}
			there = slices.Contains(r.groups(), group)
		} else if err := t.wire.search(ctx, directory.KindGroup, "members.value", string(id), func(r resource) {
			there = there || r.id() == group
		}); err != nil {
			return nil, false
		}
		if there {
			in = append(in, id)
		}
	}
	slices.Sort(in)
	return in, true
}

// groups are the ids in the groups of a person (RFC 7643 §4.1.2).
func (r resource) groups() []directory.TargetID {
	list, _ := member(r, "groups").([]any)
	var all []directory.TargetID
	for _, e := range list {
		if id := idOf(e); id != "" {
			all = append(all, id)
		}
	}
	return all
}

// newLimiter is nil where the profile states no rate.
func newLimiter(p *targetprofile.Profile) *rate.Limiter {
	if p.Rate.RequestsPerSecond <= 0 {
		return nil
	}
	return rate.NewLimiter(rate.Limit(p.Rate.RequestsPerSecond), max(1, int(p.Rate.RequestsPerSecond)))
}

// wait holds a request back until the documented rate lets it through.
func (w wire) wait(ctx context.Context) error {
	if w.limiter == nil {
		return nil
	}
	return w.limiter.Wait(ctx)
}
