package conformance

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"
)

//go:embed report.html.tmpl
var htmlSource string

// page is what the template shows.
type page struct {
	*Report
	Outcome  Outcome
	Lead     string
	Counts   string
	Features []pageFeature
	// Filters are the verdicts that occur.
	Filters     []pageFilter
	Stale, Left []string
}

type pageFilter struct {
	Verdict Verdict
	N       int
}

type pageFeature struct {
	Tag, Title string
	Cells      []pageCell
	Findings   []pageFinding
	Passed     []finding
}

type pageCell struct {
	Mode  Mode
	Word  string
	Class Verdict
}

type pageFinding struct {
	finding
	Cause     string
	Reproduce string
	Shown     []pageExchange
	Omitted   int
}

type pageExchange struct {
	Exchange
	Judged bool
	Text   string
}

// WriteHTML writes the report as one file that needs nothing else: no script, no
// picture, no font, no network.
func (r *Report) WriteHTML(w io.Writer) error {
	t, err := template.New("report").Funcs(template.FuncMap{
		"upper": func(v any) string { return strings.ToUpper(fmt.Sprint(v)) },
		"modes": modes,
		"utc":   func(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") },
		"iso":   func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"day":   func(t time.Time) string { return t.Format(time.DateOnly) },
		"title": title,
		"mark":  mark,
	}).Parse(htmlSource)
	if err != nil {
		return fmt.Errorf("reading the template: %w", err)
	}
	return t.Execute(w, r.page())
}

func (r *Report) page() page {
	p := page{Report: r, Outcome: r.Outcome(), Counts: r.counts(), Stale: r.Stale, Left: r.Left()}
	switch p.Outcome {
	case AllPassed:
		p.Lead = "Everything that Okta needs was checked, and works."
	case Partial:
		p.Lead = "No check failed that is not known, but not everything that Okta needs could be checked."
	case SomeFailed:
		p.Lead = "Some of what Okta does would not work with this server."
	case NotRun:
		p.Lead = "No verdict could be given."
	}
	all := r.findings(verdicts()...)
	for _, v := range []Verdict{Failed, Broken, Warning, Skipped, Unsupported, Passed} {
		n := 0
		for _, f := range all {
			if f.Verdict == v {
				n++
			}
		}
		if n > 0 {
			p.Filters = append(p.Filters, pageFilter{v, n})
		}
	}
	for _, b := range Buttons() {
		f := pageFeature{Tag: b.Tag, Title: b.Title}
		for _, m := range r.Modes {
			some := r.cell(b.Tag, m)
			c := pageCell{Mode: m}
			if len(some) > 0 {
				c.Word, c.Class = word(some), class(some)
			}
			f.Cells = append(f.Cells, c)
		}
		for _, x := range r.findings(Failed, Broken, Warning, Skipped, Unsupported) {
			if x.Button == b.Tag {
				f.Findings = append(f.Findings, r.pageFinding(x))
			}
		}
		for _, x := range all {
			if x.Button == b.Tag && x.Verdict == Passed {
				f.Passed = append(f.Passed, x)
			}
		}
		if len(f.Findings)+len(f.Passed) > 0 {
			p.Features = append(p.Features, f)
		}
	}
	return p
}

func (r *Report) pageFinding(f finding) pageFinding {
	x := pageFinding{finding: f, Cause: f.Cause(), Reproduce: strings.Join(r.Reproduce(f.Result), "\n")}
	shown, at := f.shown()
	x.Omitted = max(0, len(f.Exchanges)-len(shown))
	for i, ex := range shown {
		x.Shown = append(x.Shown, pageExchange{ex, i == at, transcript(ex)})
	}
	return x
}

// class is the colour of a cell.
func class(results []Result) Verdict {
	switch o := outcome(results); {
	case o == SomeFailed:
		return Failed
	case count(results, Failed) > 0:
		return Warning // known
	case o == Partial:
		return Skipped
	case o == NotRun:
		return Unsupported
	case count(results, Warning) > 0:
		return Warning
	}
	return Passed
}

// mark is a sign that says the verdict without colour.
func mark(v Verdict) string {
	switch v {
	case Passed:
		return "✓"
	case Failed, Broken:
		return "✗"
	case Warning:
		return "!"
	case Unsupported, Skipped:
	}
	return "–"
}
