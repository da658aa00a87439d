package plan

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/oktascim/oktascim/agent/directory"
)

// WriteText writes the plan for a person. The command line, the console and the golden
// files all show exactly this:
//
//	 1 update     user  bob@x.test    profile changed
//	     title: "Engineer" -> "Lead"
//	 2 add        group Eng           joined
//	     + ada@x.test
//	 - deactivate user  cat@x.test    unassigned (withheld: Okta was not read whole)
//	 ~ deactivate user  dan@x.test    unassigned (pending until 2026-03-08 12:00 UTC)
//	 ! user "root@x.test": not ours, left alone
//	2 changes: 1 update, 1 add. 1 withheld. 1 pending.
//
// What cannot be printed in a name is shown escaped. The error is that of w.
func (p Plan) WriteText(w io.Writer) error {
	b := bufio.NewWriter(w)
	number := max(2, len(strconv.Itoa(len(p.Changes))))
	name := 0
	for _, list := range [][]Change{p.Changes, p.Withheld, p.Pending} {
		for i := range list {
			name = max(name, utf8.RuneCountInString(printable(list[i].Name)))
		}
	}
	name = min(name, widest)
	for i := range p.Changes {
		p.writeChange(b, &p.Changes[i], strconv.Itoa(p.Changes[i].N), number, name)
	}
	for i := range p.Withheld {
		p.writeChange(b, &p.Withheld[i], "-", number, name)
	}
	for i := range p.Pending {
		p.writeChange(b, &p.Pending[i], "~", number, name)
	}
	for _, n := range p.Notices {
		fmt.Fprintf(b, "%*s %s\n", number, "!", n)
	}
	fmt.Fprintln(b, p.Summary())
	return b.Flush()
}

// widest is the column of names that lines are aligned to; longer ones push their line.
const widest = 40

func (p Plan) writeChange(w io.Writer, c *Change, mark string, number, name int) {
	shown := printable(c.Name)
	fmt.Fprintf(w, "%*s %-10s %-5s %s%s    %s\n", number, mark, c.Verb, c.Kind, shown,
		strings.Repeat(" ", max(0, name-utf8.RuneCountInString(shown))), printable(c.Why))
	for _, f := range c.Fields {
		fmt.Fprintf(w, "%*s%s: %s -> %s\n", number+3, "", printable(f.Path), shownValue(f.From), shownValue(f.To))
	}
	sign := "+"
	if c.Verb == Adopt {
		sign = "="
	}
	for _, id := range c.Add {
		fmt.Fprintf(w, "%*s%s %s\n", number+3, "", sign, printable(p.names.ofSource(id)))
	}
	for _, id := range c.Drop {
		fmt.Fprintf(w, "%*s- %s\n", number+3, "", printable(p.names.ofTarget(id)))
	}
}

// String is the notice as a line of a plan, without its mark.
func (n Notice) String() string {
	if n.Name == "" {
		return printable(n.Text)
	}
	return fmt.Sprintf("%s %s: %s", n.Kind, strconv.Quote(n.Name), printable(n.Text))
}

// Summary is the last line of a plan: how many changes of which verb.
func (p Plan) Summary() string {
	var b strings.Builder
	if len(p.Changes) == 0 {
		b.WriteString("Nothing to do.")
	} else {
		counts := map[Verb]int{}
		for i := range p.Changes {
			counts[p.Changes[i].Verb]++
		}
		b.WriteString(count(len(p.Changes), "change", "changes"))
		sep := ": "
		for _, v := range verbs() {
			if counts[v] > 0 {
				fmt.Fprintf(&b, "%s%d %s", sep, counts[v], v)
				sep = ", "
			}
		}
		b.WriteString(".")
	}
	if n := len(p.Withheld); n > 0 {
		fmt.Fprintf(&b, " %d withheld.", n)
	}
	if n := len(p.Pending); n > 0 {
		fmt.Fprintf(&b, " %d pending.", n)
	}
	return b.String()
}

func shownValue(v directory.Value) string {
	if v == "" {
		return "(none)"
	}
	return printable(string(v))
}

// printable returns s as it is when a terminal shows it as it is, quoted otherwise: a
// name comes from outside and must not move the cursor or turn the line around.
func printable(s string) string {
	for _, r := range s {
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			return strconv.Quote(s)
		}
	}
	return s
}
