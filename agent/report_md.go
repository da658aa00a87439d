package agent

import (
	"fmt"
	"io"
	"strings"
)

// WriteMarkdown writes the report for a pull request: a heading with the figures, and the
// plan as [Report.WriteText] shows it. Names come from outside: they stand in a fence that
// is longer than any that they hold, where nothing is a link, a mention or HTML.
func (r Report) WriteMarkdown(w io.Writer) error {
	var text strings.Builder
	shown := r
	shown.Error = ""
	if err := shown.WriteText(&text); err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "### oktascim %s: `%s`: %s\n\n", r.Mode, r.Connection, r.Result)
	b.WriteString("| planned | withheld | pending | done | failed |\n|---:|---:|---:|---:|---:|\n")
	c := r.Counts
	fmt.Fprintf(&b, "| %d | %d | %d | %d | %d |\n\n", c.Planned, c.Withheld, c.Pending, c.Done+c.Partial, c.Failed+c.Unknown+c.Left)
	if r.Error != "" {
		writeFence(&b, "error: "+r.Error+"\n")
	}
	if text.Len() > 0 {
		writeFence(&b, text.String())
	}
	if r.Digest != "" {
		fmt.Fprintf(&b, "Digest `%s`", r.Digest)
		if r.Held {
			fmt.Fprintf(&b, "; held, approve with `oktascim apply --connection %s --approve %s`", r.Connection, r.Approve)
		}
		b.WriteString(".\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeFence writes text between fences of enough backticks.
func writeFence(b *strings.Builder, text string) {
	longest, run := 2, 0
	for _, r := range text {
		if r != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	fence := strings.Repeat("`", longest+1)
	fmt.Fprintf(b, "%stext\n%s%s\n\n", fence, text, fence)
}
