package conformance

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// SchemaVersion is the version of [Document]. A member that is added leaves it
// as it is; one that is removed, renamed or means something else raises it.
const SchemaVersion = 1

// SchemaID names the JSON schema, docs/report.schema.json.
const SchemaID = "https://github.com/oktascim/oktascim/docs/report.schema.json"

// Document is a report as JSON: the interface for programs.
type Document struct {
	Schema        string         `json:"$schema" jsonschema_description:"the id of this schema"`
	SchemaVersion int            `json:"schemaVersion" jsonschema_description:"raised when a member is removed, renamed or means something else"`
	Tool          DocumentTool   `json:"tool" jsonschema_description:"what made the report"`
	URL           string         `json:"url" jsonschema_description:"SCIM base URL of the server"`
	RunID         string         `json:"runId" jsonschema_description:"starts the name of everything that the run made; what --sweep takes"`
	Started       string         `json:"started" jsonschema:"format=date-time" jsonschema_description:"when the run started, in UTC"`
	DurationMs    int64          `json:"durationMs" jsonschema_description:"how long the run took, in milliseconds"`
	Modes         []string       `json:"modes" jsonschema_description:"the kinds of Okta app that were replayed"`
	Strict        bool           `json:"strict" jsonschema_description:"a should that does not hold is a failure"`
	ReadOnly      bool           `json:"readOnly" jsonschema_description:"nothing was made on the server"`
	Outcome       string         `json:"outcome" jsonschema:"enum=passed,enum=partial,enum=failed,enum=could not run" jsonschema_description:"partial: nothing failed, but some must could not be checked"`
	ExitCode      int            `json:"exitCode" jsonschema:"enum=0,enum=1,enum=2" jsonschema_description:"0 no must failed, 1 some did, 2 no verdict"`
	Counts        map[string]int `json:"counts" jsonschema_description:"results by verdict"`
	Features      []DocFeature   `json:"features" jsonschema_description:"one entry per Okta feature and mode"`
	Results       []DocResult    `json:"results" jsonschema_description:"one entry per scenario and mode"`
	// Stale are entries of the expected failures that fail the run.
	Stale []string `json:"staleExpectations" jsonschema_description:"expected failures that are mended or expired; they fail the run"`
	Left  []string `json:"left" jsonschema_description:"what could not be deleted from the server again"`
	// Comparison is there if the run was compared with an earlier one.
	Comparison *Comparison `json:"comparison,omitempty" jsonschema_description:"what changed since the report that --compare names"`
}

// DocumentTool is the program.
type DocumentTool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// DocFeature is one of Okta's features in one mode.
type DocFeature struct {
	Feature string         `json:"feature" jsonschema_description:"short name, as in the @okta: tag"`
	Title   string         `json:"title" jsonschema_description:"as Okta's admin console calls it"`
	Mode    string         `json:"mode" jsonschema:"enum=catalog,enum=wizard"`
	Outcome string         `json:"outcome" jsonschema_description:"as the outcome of a run"`
	Counts  map[string]int `json:"counts" jsonschema_description:"results by verdict"`
}

// DocResult is one scenario in one mode.
type DocResult struct {
	ID          string       `json:"id" jsonschema_description:"stable over releases"`
	Mode        string       `json:"mode" jsonschema:"enum=catalog,enum=wizard"`
	Feature     string       `json:"feature"`
	Grade       string       `json:"grade" jsonschema:"enum=must,enum=should,enum=may"`
	Requirement string       `json:"requirement"`
	Source      string       `json:"source" jsonschema_description:"where the requirement comes from"`
	InOkta      string       `json:"inOkta" jsonschema_description:"what an Okta admin sees if it does not hold"`
	Mend        string       `json:"mend" jsonschema_description:"how to repair a server"`
	Tags        []string     `json:"tags"`
	Verdict     string       `json:"verdict" jsonschema:"enum=passed,enum=failed,enum=warning,enum=unsupported,enum=skipped,enum=broken"`
	Reason      string       `json:"reason,omitempty" jsonschema_description:"why it is not passed"`
	Expected    string       `json:"expected,omitempty"`
	Actual      string       `json:"actual,omitempty"`
	Cause       string       `json:"cause,omitempty" jsonschema_description:"a guess at what is wrong in the server"`
	See         string       `json:"see,omitempty" jsonschema_description:"the scenario that tests what went wrong in the set-up"`
	Known       *DocKnown    `json:"expectedFailure,omitempty" jsonschema_description:"the entry in the file of expected failures"`
	Reproduce   []string     `json:"reproduce,omitempty" jsonschema_description:"shell lines; the token is $SCIMCONFORM_TOKEN"`
	DurationMs  int64        `json:"durationMs"`
	At          *int         `json:"at,omitempty" jsonschema_description:"index into exchanges of the one that the check looked at"`
	Exchanges   []DocMessage `json:"exchanges,omitempty" jsonschema_description:"requests and answers in order, if it is not passed; of many the last 20"`
	Left        []string     `json:"left,omitempty" jsonschema_description:"what could not be deleted from the server again"`
}

// DocKnown is an entry of the file of expected failures.
type DocKnown struct {
	Reason  string `json:"reason"`
	Expires string `json:"expires" jsonschema:"format=date"`
}

// DocMessage is a request and its answer, secrets redacted.
type DocMessage struct {
	Method         string   `json:"method"`
	URL            string   `json:"url"`
	RequestHeaders []string `json:"requestHeaders"`
	RequestBody    string   `json:"requestBody,omitempty"`
	Status         int      `json:"status" jsonschema_description:"0 if there was no answer"`
	Headers        []string `json:"headers,omitempty"`
	Body           string   `json:"body,omitempty" jsonschema_description:"cut off after 4 KiB"`
	NoAnswer       string   `json:"noAnswer,omitempty" jsonschema_description:"why there was no answer"`
	DurationMs     float64  `json:"durationMs"`
}

// Document returns the report in the form of its JSON schema.
func (r *Report) Document() Document {
	d := Document{
		Schema: SchemaID, SchemaVersion: SchemaVersion, Tool: DocumentTool{Name: "scimconform", Version: r.Version},
		URL: r.URL, RunID: r.RunID, Started: r.Started.UTC().Format(time.RFC3339), DurationMs: r.Took.Milliseconds(),
		Modes: []string{}, Strict: r.Strict, ReadOnly: r.ReadOnly, Outcome: string(r.Outcome()), ExitCode: r.ExitCode(), Counts: tally(r.Results),
		Features: []DocFeature{}, Results: []DocResult{}, Stale: append([]string{}, r.Stale...), Left: append([]string{}, r.Left()...),
		Comparison: r.Against,
	}
	for _, m := range r.Modes {
		d.Modes = append(d.Modes, string(m))
		for _, b := range Buttons() {
			if some := r.cell(b.Tag, m); len(some) > 0 {
				d.Features = append(d.Features, DocFeature{Feature: b.Tag, Title: b.Title, Mode: string(m), Outcome: string(outcome(some)), Counts: tally(some)})
			}
		}
	}
	for _, res := range r.Results {
		d.Results = append(d.Results, r.docResult(res))
	}
	return d
}

func (r *Report) docResult(res Result) DocResult {
	d := DocResult{
		ID: res.ID, Mode: string(res.Mode), Feature: res.Button, Grade: string(res.Grade), Requirement: res.Requirement, Source: res.Source,
		InOkta: res.Breaks, Mend: res.Mend, Tags: append([]string{}, res.Tags...), Verdict: string(res.Verdict), Reason: res.Reason, Expected: res.Want, Actual: res.Got,
		See: res.See, DurationMs: res.Took.Milliseconds(), Left: res.Left,
	}
	if res.Verdict == Passed {
		return d
	}
	d.Cause, d.Reproduce = res.Cause(), r.Reproduce(res)
	if res.Known != nil {
		d.Known = &DocKnown{Reason: res.Known.Reason, Expires: res.Known.Expires.Format(time.DateOnly)}
	}
	shown, at := res.shown()
	if at >= 0 {
		d.At = &at
	}
	for _, ex := range shown {
		d.Exchanges = append(d.Exchanges, DocMessage{
			Method: ex.Method, URL: ex.URL, RequestHeaders: append([]string{}, ex.RequestHeader...), RequestBody: ex.RequestBody, Status: ex.Status,
			Headers: ex.Header, Body: ex.Body, NoAnswer: ex.NoAnswer, DurationMs: float64(ex.Took.Microseconds()) / 1000,
		})
	}
	return d
}

// maxTranscript is how many exchanges of one result a report shows.
const maxTranscript = 20

// shown returns the last exchanges up to the one in question and one more, and
// its index among them, or -1.
func (res Result) shown() ([]Exchange, int) {
	end := len(res.Exchanges)
	if res.At >= 0 {
		end = min(res.At+2, end)
	}
	start := max(0, end-maxTranscript)
	at := -1
	if res.At >= start {
		at = res.At - start
	}
	return res.Exchanges[start:end], at
}

func tally(results []Result) map[string]int {
	n := map[string]int{}
	for _, v := range verdicts() {
		n[string(v)] = count(results, v)
	}
	return n
}

func verdicts() []Verdict { return []Verdict{Passed, Failed, Warning, Unsupported, Skipped, Broken} }

// WriteJSON writes the report as a [Document].
func (r *Report) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(r.Document())
}

// ReadDocument reads what [Report.WriteJSON] wrote. The error says so if it is
// something else, or a version that this program does not know.
func ReadDocument(r io.Reader) (Document, error) {
	var d Document
	if err := json.NewDecoder(r).Decode(&d); err != nil {
		return d, fmt.Errorf("no JSON report: %w", err)
	}
	if d.SchemaVersion == 0 || d.Tool.Name != "scimconform" {
		return d, errors.New("no report of scimconform (written with --report json=FILE)")
	}
	if d.SchemaVersion > SchemaVersion {
		return d, fmt.Errorf("the report has version %d, this program knows %d: it is too old", d.SchemaVersion, SchemaVersion)
	}
	return d, nil
}
