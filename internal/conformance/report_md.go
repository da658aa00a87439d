package conformance

import (
	"fmt"
	"html"
	"io"
	"strings"
	"time"
)

// maxInSummary is how many failures a job summary tells in full: GitHub takes at
// most 1 MiB for one step.
const maxInSummary = 40

// WriteMarkdown writes the report for the summary page of a CI job.
func (r *Report) WriteMarkdown(w io.Writer) error {
	p := &printer{w: w}
	p.line("## SCIM with Okta: %s", r.Outcome())
	p.line("")
	p.line("%s, scimconform %s: %s in %s.", code(r.URL), mdText(r.Version), r.counts(), r.Took.Round(time.Millisecond))
	if r.Outcome() == Partial {
		p.line("Nothing failed, but not everything that Okta needs could be checked.")
	}
	p.line("")
	head, rule := "| "+r.FirstHead()+" |", "|---|"
	for _, m := range r.Modes {
		head += " " + m.Head() + " |"
		rule += "---|"
	}
	p.line("%s", head)
	p.line("%s", rule)
	for _, b := range Buttons() {
		row, shown := "| "+b.Title+" |", false
		for _, m := range r.Modes {
			some := r.cell(b.Tag, m)
			shown = shown || len(some) > 0
			row += " " + word(some) + " |"
		}
		if shown {
			p.line("%s", row)
		}
	}
	p.line("")
	for _, s := range r.Stale {
		p.line("- **Expected failures:** %s", mdText(s))
	}
	r.mdComparison(p)
	all := r.findings(Failed, Broken)
	for i, f := range all {
		if i == maxInSummary {
			p.line("… and %d more; the HTML report has them all.", len(all)-i)
			p.line("")
			break
		}
		r.mdFinding(p, f)
	}
	r.mdList(p, "Warnings: Okta goes on, but", Warning)
	r.mdList(p, "Could not be set up", Skipped)
	r.mdList(p, "Not offered, or not tested", Unsupported)
	if left := r.Left(); len(left) > 0 {
		p.line("**Left on the server, please delete by hand:** %s", mdText(strings.Join(left, ", ")))
	}
	return p.err
}

func (r *Report) mdComparison(p *printer) {
	if r.Against == nil {
		return
	}
	p.line("Since the run of %s: **%d new**, %d fixed, %d unchanged, %d not checked.", r.Against.Started, len(r.Against.New), len(r.Against.Fixed), len(r.Against.Unchanged), len(r.Against.Unknown))
	for _, id := range r.Against.New {
		p.line("- new: %s", code(id))
	}
	for _, id := range r.Against.Fixed {
		p.line("- fixed: %s", code(id))
	}
	p.line("")
}

func (r *Report) mdFinding(p *printer, f finding) {
	known := ""
	if f.Known != nil {
		known = fmt.Sprintf(" (known until %s: %s)", f.Known.Expires.Format(time.DateOnly), mdText(f.Known.Reason))
	}
	p.line("### %s: %s%s", title(f.Button), mdText(f.Requirement), known)
	p.line("")
	p.line("**%s** %s (%s): %s.", strings.ToUpper(string(f.Verdict)), code(f.ID), modes(f.modes), mdText(f.Breaks))
	p.line("")
	if f.Want != "" {
		p.line("| expected | got |")
		p.line("|---|---|")
		p.line("| %s | %s |", mdText(f.Want), mdText(f.Got))
	} else {
		p.line("%s", mdText(f.Reason))
	}
	p.line("")
	if cause := f.Cause(); cause != "" {
		p.line("- likely cause: %s", mdText(cause))
	}
	p.line("- to mend: %s", mdText(f.Mend))
	p.line("- source: %s", mdText(f.Source))
	p.line("")
	if f.At >= 0 {
		p.line("<details><summary>What was sent, what came back, and how to send it again</summary>")
		p.line("")
		fence(p, "http", transcript(f.Exchanges[f.At]))
		fence(p, "sh", strings.Join(r.Reproduce(f.Result), "\n"))
		p.line("</details>")
		p.line("")
	}
}

func (r *Report) mdList(p *printer, heading string, v Verdict) {
	all := r.findings(v)
	if len(all) == 0 {
		return
	}
	p.line("<details><summary>%s (%d)</summary>", heading, len(all))
	p.line("")
	for _, f := range all {
		p.line("- %s %s: %s", code(f.ID), mdText(f.Requirement), mdText(f.Reason))
	}
	p.line("")
	p.line("</details>")
	p.line("")
}

// transcript is one exchange as text.
func transcript(ex Exchange) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", ex.Method, ex.URL)
	for _, h := range ex.RequestHeader {
		fmt.Fprintln(&b, h)
	}
	if ex.RequestBody != "" {
		fmt.Fprintf(&b, "\n%s\n", ex.RequestBody)
	}
	if ex.Status == 0 {
		fmt.Fprintf(&b, "\nno answer: %s\n", ex.NoAnswer)
		return b.String()
	}
	fmt.Fprintf(&b, "\nHTTP %d (%s)\n", ex.Status, ex.Took.Round(time.Millisecond))
	for _, h := range ex.Header {
		fmt.Fprintln(&b, h)
	}
	if ex.Body != "" {
		fmt.Fprintf(&b, "\n%s\n", strings.TrimRight(ex.Body, "\r\n"))
	}
	return b.String()
}

// fence is a code block whose marks are longer than any in it: what a server
// sends must not end it.
func fence(p *printer, kind, s string) {
	marks := "```"
	for strings.Contains(s, marks) {
		marks += "`"
	}
	p.line("%s%s", marks, kind)
	p.block("", s)
	p.line("%s", marks)
	p.line("")
}

// code is s as inline code.
func code(s string) string {
	return "`" + strings.NewReplacer("`", "'", "\n", " ", "|", "¦").Replace(s) + "`"
}

// mdText keeps a sentence a sentence: no markup and no end of a table cell.
func mdText(s string) string {
	s = html.EscapeString(strings.Join(strings.Fields(s), " "))
	s = strings.NewReplacer("&#34;", `"`, "&#39;", "'").Replace(s)
	return strings.NewReplacer(`\`, `\\`, "|", `\|`, "*", `\*`, "_", `\_`, "`", "\\`", "[", `\[`, "]", `\]`).Replace(s)
}
