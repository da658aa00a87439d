package scimserver_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/oktascim/oktascim/internal/scimserver"
)

// person is what a test knows of a user without asking the server.
type person struct {
	id, userName, given, family, externalID, address string
	active                                           bool
}

func (p person) json() string {
	return fmt.Sprintf(`{"schemas":[%q],"userName":%q,"externalId":%q,"active":%v,"name":{"givenName":%q,"familyName":%q},"emails":[{"value":%q}]}`,
		userURN, p.userName, p.externalID, p.active, p.given, p.family, p.address)
}

// has is the slow and simple way to say what a search should find.
func (p person) has(text string) bool {
	for _, s := range []string{p.userName, p.externalID, p.given + " " + p.family, p.address} {
		if strings.Contains(strings.ToLower(s), strings.ToLower(text)) {
			return true
		}
	}
	return p.id == text
}

// TestASearchFindsWhatLookingAtEverybodyWouldFind makes, changes and deletes
// people at random, and searches all the time.
func TestASearchFindsWhatLookingAtEverybodyWouldFind(t *testing.T) {
	t.Parallel()
	s := scimserver.New(scimserver.Options{})
	l := &large{tb: t, h: s.Handler()}
	r := rand.New(rand.NewPCG(1, 2))
	words := []string{"ada", "Adam", "bo", "BOB", "byron", "é", "ada ada", "x", "Lövelace", "aaaa"}
	word := func() string { return words[r.IntN(len(words))] }
	var people []person
	serial := 0
	fresh := func() person {
		serial++
		return person{"", fmt.Sprintf("%s%d@X.test", word(), serial), word(), word(), word(), word() + "@mail.test", r.IntN(3) > 0}
	}
	for step := range 1500 {
		switch n := r.IntN(10); {
		case n < 3 || len(people) < 5:
			p := fresh()
			p.id = l.create(s, "User", p.json())
			people = append(people, p)
		case n < 6:
			i := r.IntN(len(people))
			id := people[i].id
			people[i] = fresh()
			people[i].id = id
			l.call("PUT", "/Users/"+id, people[i].json(), 200)
		case n < 8:
			i := r.IntN(len(people))
			l.call("DELETE", "/Users/"+people[i].id, "", http.StatusNoContent)
			people = slices.Delete(people, i, i+1)
		default:
			q := scimserver.Search{Text: word(), Limit: 1000}
			switch r.IntN(5) {
			case 0:
				q.Text = people[r.IntN(len(people))].id
			case 1:
				q.Text += " " + word()
			case 2:
				q.Text = q.Text[:1]
			case 3:
				active := r.IntN(2) == 0
				q.Active = &active
			}
			var want, got []string
			for _, p := range people {
				if p.has(q.Text) && (q.Active == nil || p.active == *q.Active) {
					want = append(want, p.id)
				}
			}
			page, total := s.SearchUsers(q)
			for _, u := range page {
				got = append(got, u.ID)
			}
			if !slices.Equal(got, want) || total != len(want) {
				t.Fatalf("step %d, %q: found %d of %d, want %d", step, q.Text, len(got), total, len(want))
			}
		}
	}
	if len(people) < 50 {
		t.Errorf("only %d people were left: too few to find a mistake", len(people))
	}
}

func TestMembersAreFoundInTheOrderInWhichTheyCame(t *testing.T) {
	t.Parallel()
	s := scimserver.New(scimserver.Options{})
	l := &large{tb: t, h: s.Handler()}
	var ids []string
	for i := range 30 {
		ids = append(ids, l.create(s, "User", person{userName: fmt.Sprintf("u%d@x.test", i), externalID: "e"}.json()))
	}
	inner := l.create(s, "Group", fmt.Sprintf(`{"schemas":[%q],"displayName":"u team"}`, groupURN))
	order := []string{ids[20], inner, ids[3], ids[25]}
	outer := l.create(s, "Group", fmt.Sprintf(`{"schemas":[%q],"displayName":"Outer","members":%s}`, groupURN, memberList(order)))
	search := func(text string, offset, limit int) (ids []string, found int) {
		g, _ := s.Group(outer, scimserver.Search{Text: text, Offset: offset, Limit: limit})
		for _, m := range g.Page {
			ids = append(ids, m.ID)
		}
		return ids, g.Found
	}
	for _, c := range []struct {
		text          string
		offset, limit int
		want          []string
		found         int
	}{
		{"u", 0, 10, order, 4},
		{"", 1, 2, order[1:3], 4},
		{"X.TEST", 0, 2, []string{ids[20], ids[3]}, 3},
		{"x.test", 2, 2, []string{ids[25]}, 3},
		{"u team", 0, 5, []string{inner}, 1},
		{"u4@", 0, 5, nil, 0}, // is there, but no member
		{ids[3], 0, 5, []string{ids[3]}, 1},
		{"", 9, 5, nil, 4},
	} {
		if got, found := search(c.text, c.offset, c.limit); !slices.Equal(got, c.want) || found != c.found {
			t.Errorf("%q from %d: %v of %d, want %v of %d", c.text, c.offset, got, found, c.want, c.found)
		}
	}
}

func TestPeopleAreSearchedWhileOthersWrite(t *testing.T) {
	t.Parallel()
	s := scimserver.New(scimserver.Options{})
	l := &large{tb: t, h: s.Handler()}
	var wg sync.WaitGroup
	for w := range 3 {
		wg.Go(func() {
			for i := range 60 {
				id := l.create(s, "User", person{userName: fmt.Sprintf("w%d-%d@x.test", w, i), externalID: "e"}.json())
				if i%2 == 0 {
					l.call("DELETE", "/Users/"+id, "", http.StatusNoContent)
				}
			}
		})
		wg.Go(func() {
			for i := range 60 {
				s.SearchUsers(scimserver.Search{Text: fmt.Sprintf("w%d-%d@", w, i), Limit: 10})
			}
		})
	}
	wg.Wait()
	if _, total := s.SearchUsers(scimserver.Search{Text: "x.test", Limit: 1}); total != 90 {
		t.Errorf("%d are found, want 90", total)
	}
}
