package filtertest_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// corpus draws filters: most of them right, some with a mistake, all of them
// about attributes that the server has. The same number draws the same ones.
type corpus struct{ *rand.Rand }

func newCorpus(number uint64) corpus { return corpus{rand.New(rand.NewPCG(number, 7644))} }

func pick[T any](c corpus, list ...T) T { return list[c.IntN(len(list))] }

func (c corpus) filter() string {
	f := c.expression(c.IntN(4))
	if c.IntN(3) == 0 {
		f = c.spoiled(f)
	}
	return f
}

func (c corpus) expression(depth int) string {
	if depth == 0 {
		return c.term()
	}
	switch c.IntN(6) {
	case 0:
		return pick(c, "not ", "not", "NOT ", "Not  ") + "(" + c.expression(depth-1) + ")"
	case 1:
		return "(" + pick(c, "", "", " ") + c.expression(depth-1) + pick(c, "", "", " ") + ")"
	case 2:
		return "emails[" + c.within(depth-1) + "]"
	}
	return c.expression(depth-1) + pick(c, " and ", " or ", " AND ", " Or ", "  and  ") + c.expression(depth-1)
}

// within is a filter between brackets, where a name is that of a part.
func (c corpus) within(depth int) string {
	if depth > 0 && c.IntN(2) == 0 {
		if c.IntN(3) == 0 {
			return "not (" + c.within(depth-1) + ")"
		}
		return c.within(depth-1) + pick(c, " and ", " or ") + c.within(depth-1)
	}
	return c.comparison(pick(c, "value", "type", "TYPE"), c.text())
}

func (c corpus) term() string {
	switch c.IntN(8) {
	case 0:
		return c.comparison("active", pick(c, "true", "false", "true", "TRUE", `"true"`, "null"))
	case 1:
		return c.comparison("meta.created", pick(c, `"2026-01-01T00:00:00Z"`, `"2026-01-01T00:00:00.000+02:00"`, `"2026"`, "7"))
	case 2:
		return c.comparison(pick(c, "emails", "emails.value", "emails.type", "urn:ietf:params:scim:schemas:core:2.0:User:emails.type"), c.text())
	case 3:
		return c.comparison("name.familyName", c.text())
	case 4:
		return c.comparison("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", c.text())
	}
	return c.comparison(pick(c, "userName", "USERNAME", "externalId", "title", "urn:ietf:params:scim:schemas:core:2.0:User:userName"), c.text())
}

func (c corpus) comparison(path, value string) string {
	switch c.IntN(12) {
	case 0:
		return path + " pr"
	case 1:
		return path + " PR"
	case 2:
		return path + pick(c, " eq", " ne") + " null"
	}
	return path + " " + pick(c, "eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "Eq", "NE") + " " + value
}

func (c corpus) text() string {
	return pick(c, `"ada"`, `"Ada"`, `"bob"`, `"work"`, `"a"`, `""`, `"x\"y"`, `"\u0061da"`, `"a\\b"`, `"a b"`, `"(a"`, `"] or "`, `"é"`, `"\/"`, `"\n"`,
		`"\x"`, `"\u12"`, "7", "-7", "1.5", "1e3", "-0.5E-2", "01", "true", `'ada'`, "ada", "\"a\tb\"", `"😀"`, `"\ud83d\ude00"`, `"\ud83d"`)
}

// spoiled makes one mistake, or what may be one.
func (c corpus) spoiled(f string) string {
	at := c.IntN(len(f) + 1)
	switch c.IntN(6) {
	case 0: // a letter less
		if at < len(f) {
			return f[:at] + f[at+1:]
		}
		return f + " "
	case 1:
		return f[:at] + pick(c, " ", "(", ")", "[", "]", `"`, ".", ":", "\t", "-", "1", "and", " and ", "not") + f[at:]
	case 2: // a word less
		words := strings.Split(f, " ")
		i := c.IntN(len(words))
		return strings.Join(append(append([]string{}, words[:i]...), words[i+1:]...), " ")
	case 3: // a word twice
		words := strings.Split(f, " ")
		i := c.IntN(len(words))
		return strings.Join(append(append(append([]string{}, words[:i]...), words[i]), words[i:]...), " ")
	case 4:
		return f[:at]
	}
	return fmt.Sprintf("%s%s%s", pick(c, " ", "", "\n"), f, pick(c, " ", "  ", "\t", " and", ")"))
}
