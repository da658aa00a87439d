package scimserver_test

import (
	"fmt"
	"testing"

	"github.com/oktascim/oktascim/internal/scimserver"
)

// BenchmarkPanelSearch is what a page of the panel asks for, among many users:
// go test -bench PanelSearch.
func BenchmarkPanelSearch(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		s := scimserver.New(scimserver.Options{MaxBody: 1 << 30})
		l := &large{tb: b, h: s.Handler()}
		for i := range n {
			l.users = append(l.users, l.create(s, "User", largeUser(i)))
		}
		for i := range n / 10 {
			l.create(s, "Group", fmt.Sprintf(`{"schemas":[%q],"displayName":"Team %d"}`, groupURN, i))
		}
		half := l.create(s, "Group", fmt.Sprintf(`{"schemas":[%q],"displayName":"Half","members":%s}`, groupURN, memberList(l.users[:n/2])))
		active := true
		for _, q := range []struct {
			name string
			f    func(i int)
		}{
			{"first page", func(int) { s.SearchUsers(scimserver.Search{Limit: 50}) }},
			{"last page", func(int) { s.SearchUsers(scimserver.Search{Limit: 50, Offset: n - 50}) }},
			{"active, last page", func(int) { s.SearchUsers(scimserver.Search{Active: &active, Limit: 50, Offset: n - 50}) }},
			{"one name", func(i int) { s.SearchUsers(scimserver.Search{Text: fmt.Sprintf("u%d@x", i%n), Limit: 50}) }},
			{"nobody", func(i int) { s.SearchUsers(scimserver.Search{Text: fmt.Sprintf("nobody %d", i), Limit: 50}) }},
			{"everybody", func(int) { s.SearchUsers(scimserver.Search{Text: "x.test", Limit: 50}) }},
			{"two letters", func(int) { s.SearchUsers(scimserver.Search{Text: "u7", Limit: 50}) }},
			{"one group", func(i int) {
				s.SearchGroups(scimserver.Search{Text: fmt.Sprintf("team %d", i%(n/10)), Limit: 50, Members: 100})
			}},
			{"one member of half", func(i int) { s.Group(half, scimserver.Search{Text: fmt.Sprintf("u%d@x", i%n), Limit: 50}) }},
			{"members, last page", func(int) { s.Group(half, scimserver.Search{Limit: 50, Offset: n/2 - 50}) }},
			{"one person", func(i int) { s.User(l.users[i%n]) }},
		} {
			b.Run(fmt.Sprintf("%s/%d", q.name, n), func(b *testing.B) {
				i := 0
				for b.Loop() {
					q.f(i)
					i++
				}
			})
		}
	}
}
