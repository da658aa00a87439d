package conformance

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// WriteText writes the report for a person: a table by Okta button, then each
// failure with what was sent, what came back and what to do.
func (r *Report) WriteText(w io.Writer) error {
	p := &printer{w: w}
	p.line("scimconform %s against %s", r.Version, r.URL)
	p.line("")
	r.table(p)
	p.line("")
	r.overview(p)
	for _, f := range r.told() {
		r.explain(p, f)
	}
	r.brief(p, "Warnings (Okta goes on, but):", Warning)
	r.skipped(p)
	r.brief(p, "Not offered, or not tested:", Unsupported)
	r.interrupted(p)
	if left := r.Left(); len(left) > 0 {
		p.line("Left on the server, please delete by hand:")
		for _, l := range left {
			p.line("  %s", l)
		}
		p.line("")
	}
	p.line("Result: %s  (%s; %s)", strings.ToUpper(string(r.Outcome())), r.counts(), r.Took.Round(time.Millisecond))
	if r.Outcome() == Partial {
		p.line("Partial: no check failed that is not known, but not everything that Okta needs could be checked.")
	}
	return p.err
}

// unfinished reports whether a result is missing because the run was interrupted.
func (res Result) unfinished() bool {
	return res.Verdict == Broken && (strings.HasPrefix(res.Reason, "interrupted") || res.Reason == "it did not run")
}

// told are the findings that are explained one by one: not those that an interrupt has left.
func (r *Report) told() []finding {
	return slices.DeleteFunc(r.findings(Failed, Broken), func(f finding) bool { return f.unfinished() })
}

// interrupted says in two lines what an interrupt has left.
func (r *Report) interrupted(p *printer) {
	n := 0
	for _, res := range r.Results {
		if res.unfinished() {
			n++
		}
	}
	if n == 0 {
		return
	}
	p.line("The run was interrupted: %d of %d checks were not made.", n, len(r.Results))
	if len(r.Left()) == 0 {
		p.line("What it had made on the server is deleted again; if in doubt: scimconform --sweep %s", r.RunID)
	}
	p.line("")
}

func (r *Report) counts() string {
	var parts []string
	for _, v := range []Verdict{Passed, Failed, Warning, Unsupported, Skipped, Broken} {
		if n := r.Count(v); n > 0 || v == Passed || v == Failed {
			parts = append(parts, fmt.Sprintf("%d %s", n, v))
		}
	}
	return strings.Join(parts, ", ")
}

// printer keeps the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintln(p.w, strings.TrimRight(fmt.Sprintf(format, args...), " "))
	}
}

// block prints lines below each other, indented.
func (p *printer) block(indent, s string) {
	for line := range strings.Lines(s) {
		p.line("%s%s", indent, strings.TrimRight(line, "\r\n"))
	}
}

func (r *Report) table(p *printer) {
	head := []string{fmt.Sprintf("%-32s", r.FirstHead())}
	for _, m := range r.Modes {
		head = append(head, fmt.Sprintf("%-22s", m.Head()))
	}
	p.line("  %s", strings.Join(head, "  "))
	for _, b := range Buttons() {
		row := []string{fmt.Sprintf("%-32s", b.Title)}
		shown := false
		for _, m := range r.Modes {
			results := r.cell(b.Tag, m)
			shown = shown || len(results) > 0
			row = append(row, fmt.Sprintf("%-22s", word(results)))
		}
		if shown {
			p.line("  %s", strings.Join(row, "  "))
		}
	}
}

// word says in one cell how a button fares.
func word(results []Result) string {
	n := len(results)
	if n == 0 {
		return "-"
	}
	failed, warned := count(results, Failed), count(results, Warning)
	switch outcome(results) {
	case SomeFailed:
		return fmt.Sprintf("FAILED %d of %d", failed, n)
	case Partial:
		return fmt.Sprintf("partial, %d of %d", count(results, Passed), n)
	case NotRun:
		if count(results, Unsupported) == n {
			return "not offered"
		}
		return "not checked"
	case AllPassed:
	}
	if warned > 0 {
		return fmt.Sprintf("works, %d warned", warned)
	}
	return fmt.Sprintf("works (%d)", n)
}

// explain prints one failure in full.
func (r *Report) explain(p *printer, f finding) {
	p.line("%s  %s  [%s]  %s", strings.ToUpper(string(f.Verdict)), f.ID, modes(f.modes), title(f.Button))
	p.line("  requirement  %s", f.Requirement)
	p.line("  source       %s", f.Source)
	p.line("  in Okta      %s", f.Breaks)
	if f.Known != nil {
		p.line("  known        until %s: %s", f.Known.Expires.Format(time.DateOnly), f.Known.Reason)
	}
	if f.Want == "" {
		p.line("  problem      %s", f.Reason)
	} else {
		beside(p, f.Want, f.Got)
	}
	if cause := f.Cause(); cause != "" {
		p.line("  likely cause %s", cause)
	}
	p.line("  to mend      %s", f.Mend)
	if f.At > 0 {
		p.line("  before it    %s", before(f.Exchanges[:f.At]))
	}
	if f.At >= 0 {
		ex := f.Exchanges[f.At]
		p.line("  sent")
		p.line("    %s %s", ex.Method, ex.URL)
		for _, h := range ex.RequestHeader {
			p.line("    %s", h)
		}
		p.block("    ", ex.RequestBody)
		p.line("  came back")
		if ex.Status == 0 {
			p.line("    nothing: %s", ex.NoAnswer)
		} else {
			p.line("    %d in %s", ex.Status, ex.Took.Round(time.Millisecond))
			for _, h := range ex.Header {
				p.line("    %s", h)
			}
			p.block("    ", ex.Body)
		}
		p.line("  once more    (SCIMCONFORM_TOKEN is the token)")
		for _, line := range r.Reproduce(f.Result) {
			p.line("    %s", line)
		}
	}
	p.line("")
}

// overview says in a line for each failure what an admin would see.
func (r *Report) overview(p *printer) {
	if r.Against != nil {
		p.line("Since the run of %s: %d new failures, %d fixed, %d unchanged, %d not checked", r.Against.Started, len(r.Against.New), len(r.Against.Fixed), len(r.Against.Unchanged), len(r.Against.Unknown))
		for _, part := range []struct {
			word string
			ids  []string
		}{{"new", r.Against.New}, {"fixed", r.Against.Fixed}} {
			for _, id := range part.ids {
				p.line("  %-7s %s", part.word, id)
			}
		}
		p.line("")
	}
	if len(r.Stale) > 0 {
		p.line("The list of expected failures is out of date:")
		for _, s := range r.Stale {
			p.line("  %s", s)
		}
		p.line("")
	}
	all := r.told()
	if len(all) == 0 {
		return
	}
	p.line("What breaks:")
	for _, f := range all {
		word := strings.ToUpper(string(f.Verdict))
		if f.Known != nil {
			word = "known failure"
		}
		p.line("  %s: %s: %s — %s", title(f.Button), f.Requirement, word, f.Breaks)
	}
	p.line("")
}

// beside prints the two sides of a check in two columns.
func beside(p *printer, want, got string) {
	const width = 52
	left, right := wrap(want, width), wrap(got, width)
	p.line("  %-*s | %s", width, "expected", "got")
	p.line("  %s-+-%s", strings.Repeat("-", width), strings.Repeat("-", width))
	for i := range max(len(left), len(right)) {
		var l, r string
		if i < len(left) {
			l = left[i]
		}
		if i < len(right) {
			r = right[i]
		}
		p.line("  %-*s | %s", width, l, r)
	}
}

// wrap breaks s into lines of at most width characters, at blanks where there
// are some.
func wrap(s string, width int) []string {
	var lines []string
	line := []rune{}
	for word := range strings.FieldsSeq(s) {
		w := []rune(word)
		if len(line) > 0 && len(line)+1+len(w) > width {
			lines, line = append(lines, string(line)), []rune{}
		}
		if len(line) > 0 {
			line = append(line, ' ')
		}
		for len(w) > width {
			lines, w = append(lines, string(w[:width])), w[width:]
		}
		line = append(line, w...)
	}
	return append(lines, string(line))
}

// before lists earlier requests in one line; of many only the last.
func before(all []Exchange) string {
	const show = 6
	var parts []string
	if len(all) > show {
		parts = append(parts, fmt.Sprintf("(%d more)", len(all)-show))
		all = all[len(all)-show:]
	}
	for _, ex := range all {
		path, _, query := strings.Cut(ex.path, "?")
		if query {
			path += "?…"
		}
		parts = append(parts, fmt.Sprintf("%s %s %d", ex.Method, path, ex.Status))
	}
	return strings.Join(parts, "; ")
}

// brief prints one line for each finding of a lesser kind.
func (r *Report) brief(p *printer, heading string, v Verdict) {
	all := r.findings(v)
	if len(all) == 0 {
		return
	}
	p.line("%s", heading)
	for _, f := range all {
		p.line("  %s [%s] %s", f.ID, modes(f.modes), f.Requirement)
		if f.Reason != "" {
			p.line("      %s", f.Reason)
		}
		if v == Warning {
			p.line("      in Okta: %s  to mend: %s", f.Breaks, f.Mend)
		}
	}
	p.line("")
}

// skipped prints, for each scenario that others were skipped for, what they are
// and the first reason: a hundred lines that say the same would hide the cause.
func (r *Report) skipped(p *printer) {
	ids := map[string][]string{}
	var order []finding
	for _, f := range r.findings(Skipped) {
		if ids[f.See] == nil {
			order = append(order, f)
		}
		ids[f.See] = append(ids[f.See], f.ID)
	}
	if len(order) == 0 {
		return
	}
	p.line("Skipped (could not be set up):")
	for _, f := range order {
		skip := slices.Compact(slices.Sorted(slices.Values(ids[f.See])))
		p.line("  %s", f.Reason)
		const perLine = 5
		for group := range slices.Chunk(skip, perLine) {
			p.line("      %s", strings.Join(group, "  "))
		}
	}
	p.line("")
}

func modes(all []Mode) string {
	var words []string
	for _, m := range all {
		words = append(words, string(m))
	}
	return strings.Join(slices.Compact(words), ", ")
}
