package targetprofile_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/oktascim/oktascim/internal/targetprofile"
)

func yes() *bool { b := true; return &b }

func full() *targetprofile.Profile {
	return &targetprofile.Profile{
		Version: 1, Name: "Example",
		Learned: &targetprofile.Learned{By: "scimconform v1.2.3", From: "https://scim.example.com/scim/v2", Day: "2026-11-25"},
		Lists: targetprofile.Lists{
			Pages: []targetprofile.PageStyle{targetprofile.Index}, LargestPageSeen: 100, MaxPage: 200,
			Filters:            map[string]targetprofile.Support{"userName eq": targetprofile.Works, "members.value eq": targetprofile.Refused},
			ExcludedAttributes: targetprofile.Ignored,
		},
		Members: targetprofile.Members{Read: []targetprofile.MemberRead{targetprofile.InGroup}, Hidden: []targetprofile.MemberRead{targetprofile.OfUser}, MostPerPatchSeen: 100, RefusedPerPatch: 1000},
		Patch:   targetprofile.Patch{Groups: targetprofile.GroupPatch{RemoveByFilter: targetprofile.Ignored}},
		Bulk:    targetprofile.Bulk{Offered: new(bool)},
		ETag:    targetprofile.ETag{Sent: yes(), StaleIfMatch: targetprofile.Refused},
		Case:    targetprofile.Case{UserName: targetprofile.AnyCase},
		Users:   targetprofile.Kind{Delete: targetprofile.Deactivated, DroppedAttributes: []string{"locale"}},
		Rate:    targetprofile.Rate{Throttled: true, RetryAfterSeconds: 3},
		Sources: map[string]string{"patch.groups.removeByFilter": "groups.members.2", "lists.filters.userName eq": "users.lookup.2", "bulk.offered": "GET /ServiceProviderConfig"},
	}
}

func TestAProfileIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := full().Write(&b); err != nil {
		t.Fatal(err)
	}
	got, err := targetprofile.Read(strings.NewReader(b.String()))
	if err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	if !reflect.DeepEqual(got, full()) {
		t.Errorf("read back as %+v from\n%s", got, b.String())
	}
}

func TestWhatIsNotKnownIsNotWritten(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := (&targetprofile.Profile{Version: 1}).Write(&b); err != nil {
		t.Fatal(err)
	}
	if b.String() != "version: 1\n" {
		t.Errorf("an empty profile is written as\n%s", b.String())
	}
	b.Reset()
	// A no is something else than nothing.
	if err := (&targetprofile.Profile{Version: 1, Bulk: targetprofile.Bulk{Offered: new(bool)}}).Write(&b); err != nil {
		t.Fatal(err)
	}
	if b.String() != "version: 1\nbulk:\n  offered: false\n" {
		t.Errorf("a no is written as\n%s", b.String())
	}
}

func TestAWrongProfileIsRefusedWithThePlaceAndWhatWasMeant(t *testing.T) {
	t.Parallel()
	for text, wants := range map[string][]string{
		"":                                      {"the file is empty"},
		"version: 2":                            {"version: it is 2, this program reads 1"},
		"name: x":                               {"version: it is 0"},
		"version: 1\nlist:\n  pages: [index]":   {`unknown field "list"`, "2 |", `did you mean "lists"?`},
		"version: 1\nlists:\n  maxPages: 5":     {`unknown field "maxPages"`, "3 |", `did you mean "maxPage"?`},
		"version: 1\nlists:\n  pages: [offset]": {`lists.pages: "offset": it is index, cursor, one-page`},
		"version: 1\nlists:\n  maxPage: -1":     {"lists.maxPage: it must not be negative"},
		"version: 1\nlists:\n  maxPage: many":   {"3 |"},
		"version: 1\ncase:\n  userName: yes":    {`case.userName: "yes": it is ignored, exact`},
		"version: 1\nusers:\n  delete: soft":    {`users.delete: "soft": it is gone, deactivated, kept, refused`},
		"version: 1\npatch:\n  users:\n    byPath: ok\n  groups:\n    addMembers: no":          {`patch.users.byPath: "ok"`, `patch.groups.addMembers: "no"`},
		"version: 1\nlists:\n  filters:\n    userName eq: maybe":                               {`lists.filters.userName eq: "maybe"`},
		"version: 1\nmembers:\n  read: [group]\n  hidden: [group]":                             {`"group" is among those that work and those that do not`},
		"version: 1\nmembers:\n  mostPerPatchSeen: 100\n  refusedPerPatch: 50":                 {"members.refusedPerPatch"},
		"version: 1\nsources:\n  patch.groups.addMember: a page\n  patch.users.byPath: a page": {`"patch.groups.addMember" is no fact; did you mean "patch.groups.addMembers"?`, `"patch.users.byPath" has a source and no value`},
		"version: 1\nlearned:\n  by: x\n  from: y\n  day: yesterday":                           {`learned.day: "yesterday"`},
		"version: 1\nversion: 1": {"2 |"},
	} {
		_, err := targetprofile.Read(strings.NewReader(text))
		for _, want := range wants {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%q: the error misses %q: %v", text, want, err)
			}
		}
	}
	if _, err := targetprofile.Read(strings.NewReader("version: 1\nname: " + strings.Repeat("x", 2<<20))); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("a file without end: %v", err)
	}
}

func TestKnownFactsAreNamedByTheirPath(t *testing.T) {
	t.Parallel()
	got := strings.Join(full().Known(), " ")
	want := "bulk.offered case.userName etag.sent etag.staleIfMatch lists.excludedAttributes lists.filters lists.largestPageSeen lists.maxPage lists.pages members.hidden members.mostPerPatchSeen members.read members.refusedPerPatch patch.groups.removeByFilter rate.retryAfterSeconds rate.throttled users.delete users.droppedAttributes"
	if got != want {
		t.Errorf("known: %s", got)
	}
}
