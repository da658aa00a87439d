package conformance

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
)

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Time     string       `xml:"time,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name      string      `xml:"name,attr"`
	Tests     int         `xml:"tests,attr"`
	Failures  int         `xml:"failures,attr"`
	Errors    int         `xml:"errors,attr"`
	Skipped   int         `xml:"skipped,attr"`
	Time      string      `xml:"time,attr"`
	Timestamp string      `xml:"timestamp,attr"`
	Cases     []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string     `xml:"classname,attr"`
	Name    string     `xml:"name,attr"`
	Time    string     `xml:"time,attr"`
	Failure *junitNote `xml:"failure"`
	Error   *junitNote `xml:"error"`
	Skipped *junitNote `xml:"skipped"`
	Out     string     `xml:"system-out,omitempty"`
}

type junitNote struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

// WriteJUnit writes the report as JUnit XML, one suite per mode and button.
// Skipped and unsupported are "skipped", a warning passes and says so in
// system-out, a fault of the tester is an "error".
func (r *Report) WriteJUnit(w io.Writer) error {
	doc := junitSuites{Name: "scimconform " + r.URL, Time: seconds(r.Took.Seconds())}
	for _, mode := range r.Modes {
		for _, b := range Buttons() {
			results := r.cell(b.Tag, mode)
			if len(results) == 0 {
				continue
			}
			s := junitSuite{Name: fmt.Sprintf("%s (%s)", b.Title, mode), Timestamp: r.Started.UTC().Format("2006-01-02T15:04:05")}
			total := 0.0
			for _, res := range results {
				s.add(r, res)
				total += res.Took.Seconds()
			}
			s.Time = seconds(total)
			doc.Tests += s.Tests
			doc.Failures += s.Failures
			doc.Errors += s.Errors
			doc.Skipped += s.Skipped
			doc.Suites = append(doc.Suites, s)
		}
	}
	if len(r.Stale) > 0 {
		s := junitSuite{Name: "expected failures", Time: seconds(0), Timestamp: r.Started.UTC().Format("2006-01-02T15:04:05")}
		for _, stale := range r.Stale {
			s.Tests++
			s.Failures++
			s.Cases = append(s.Cases, junitCase{
				Class: "scimconform.expected", Name: stale, Time: seconds(0), Failure: &junitNote{Message: stale, Type: "stale"},
			})
		}
		doc.Tests += s.Tests
		doc.Failures += s.Failures
		doc.Suites = append(doc.Suites, s)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (s *junitSuite) add(r *Report, res Result) {
	c := junitCase{
		Class: fmt.Sprintf("scimconform.%s.%s", res.Mode, res.Button), Time: seconds(res.Took.Seconds()),
		Name: res.ID + ": " + res.Requirement,
	}
	s.Tests++
	if res.Known != nil { // neither GitHub nor GitLab knows an expected failure
		s.Skipped++
		c.Skipped = &junitNote{Message: "known until " + res.Known.Expires.Format("2006-01-02") + ": " + res.Known.Reason}
		c.Out = r.full(res)
		s.Cases = append(s.Cases, c)
		return
	}
	switch res.Verdict {
	case Failed:
		s.Failures++
		c.Failure = &junitNote{Message: res.Reason, Type: string(res.Grade), Text: r.full(res)}
	case Broken:
		s.Errors++
		c.Error = &junitNote{Message: res.Reason, Text: r.full(res)}
	case Skipped, Unsupported:
		s.Skipped++
		c.Skipped = &junitNote{Message: string(res.Verdict) + ": " + res.Reason}
	case Warning:
		c.Out = "warning: " + res.Reason + "\n" + r.full(res)
	case Passed:
	}
	s.Cases = append(s.Cases, c)
}

// full is the text form of one finding.
func (r *Report) full(res Result) string {
	var b bytes.Buffer
	r.explain(&printer{w: &b}, finding{Result: res, modes: []Mode{res.Mode}})
	return b.String()
}

func seconds(s float64) string { return fmt.Sprintf("%.3f", s) }
