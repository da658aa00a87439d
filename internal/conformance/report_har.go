package conformance

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"
)

// The form is HAR 1.2 (w3c.github.io/web-performance/specs/HAR). One page per
// scenario, so that the network panel of a browser groups the requests.
type (
	harFile struct {
		Log harLog `json:"log"`
	}
	harLog struct {
		Version string     `json:"version"`
		Creator harName    `json:"creator"`
		Pages   []harPage  `json:"pages"`
		Entries []harEntry `json:"entries"`
		Comment string     `json:"comment,omitempty"`
	}
	harName struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	}
	harPage struct {
		Started string         `json:"startedDateTime"`
		ID      string         `json:"id"`
		Title   string         `json:"title"`
		Timings map[string]int `json:"pageTimings"`
	}
	harEntry struct {
		Page     string      `json:"pageref"`
		Started  string      `json:"startedDateTime"`
		Time     float64     `json:"time"`
		Request  harRequest  `json:"request"`
		Response harResponse `json:"response"`
		Cache    struct{}    `json:"cache"`
		Timings  harTimings  `json:"timings"`
		Comment  string      `json:"comment,omitempty"`
	}
	harTimings struct {
		Send    float64 `json:"send"`
		Wait    float64 `json:"wait"`
		Receive float64 `json:"receive"`
	}
	harPair struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	harBody struct {
		MimeType string `json:"mimeType"`
		Text     string `json:"text"`
	}
	harRequest struct {
		Method      string    `json:"method"`
		URL         string    `json:"url"`
		HTTPVersion string    `json:"httpVersion"`
		Cookies     []harPair `json:"cookies"`
		Headers     []harPair `json:"headers"`
		Query       []harPair `json:"queryString"`
		PostData    *harBody  `json:"postData,omitempty"`
		HeadersSize int       `json:"headersSize"`
		BodySize    int       `json:"bodySize"`
	}
	harContent struct {
		Size     int    `json:"size"`
		MimeType string `json:"mimeType"`
		Text     string `json:"text"`
	}
	harResponse struct {
		Status      int        `json:"status"`
		StatusText  string     `json:"statusText"`
		HTTPVersion string     `json:"httpVersion"`
		Cookies     []harPair  `json:"cookies"`
		Headers     []harPair  `json:"headers"`
		Content     harContent `json:"content"`
		RedirectURL string     `json:"redirectURL"`
		HeadersSize int        `json:"headersSize"`
		BodySize    int        `json:"bodySize"`
		Error       string     `json:"_error,omitempty"`
	}
)

// WriteHAR writes every request of the run, secrets redacted, as a HAR file that
// browsers open in their network panel. Bodies of answers are cut off after 4 KiB.
func (r *Report) WriteHAR(w io.Writer) error {
	log := harLog{Version: "1.2", Creator: harName{"scimconform", r.Version}, Pages: []harPage{}, Entries: []harEntry{}, Comment: r.URL}
	for _, res := range r.Results {
		if len(res.Exchanges) == 0 {
			continue
		}
		page := harPage{
			Started: harTime(res.Exchanges[0].Started), ID: string(res.Mode) + "." + res.ID, Timings: map[string]int{},
			Title: fmt.Sprintf("%s %s [%s] %s", strings.ToUpper(string(res.Verdict)), res.ID, res.Mode, res.Requirement),
		}
		log.Pages = append(log.Pages, page)
		for i, ex := range res.Exchanges {
			e := entry(page.ID, ex)
			if i == res.At {
				e.Comment = "expected " + res.Want + "; got " + res.Got
			}
			log.Entries = append(log.Entries, e)
		}
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", " ")
	return enc.Encode(harFile{log})
}

func harTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func entry(page string, ex Exchange) harEntry {
	ms := float64(ex.Took.Microseconds()) / 1000
	e := harEntry{Page: page, Started: harTime(ex.Started), Time: ms, Timings: harTimings{Wait: ms}}
	e.Request = harRequest{
		Method: ex.Method, URL: ex.URL, HTTPVersion: "HTTP/1.1", Cookies: []harPair{}, Headers: pairs(ex.RequestHeader), Query: []harPair{},
		HeadersSize: -1, BodySize: len(ex.RequestBody),
	}
	if u, err := url.Parse(ex.URL); err == nil {
		for part := range strings.SplitSeq(u.RawQuery, "&") {
			name, value, ok := strings.Cut(part, "=")
			if plain, err := url.QueryUnescape(value); err == nil && ok {
				e.Request.Query = append(e.Request.Query, harPair{name, plain})
			}
		}
	}
	if ex.RequestBody != "" {
		e.Request.PostData = &harBody{MimeType: "application/scim+json; charset=utf-8", Text: ex.RequestBody}
	}
	e.Response = harResponse{
		Status: ex.Status, HTTPVersion: "HTTP/1.1", Cookies: []harPair{}, Headers: pairs(ex.Header), HeadersSize: -1, BodySize: len(ex.raw),
		Content: harContent{Size: len(ex.raw), MimeType: ex.mediaType, Text: ex.Body}, RedirectURL: header(&ex, "Location"), Error: ex.NoAnswer,
	}
	return e
}

func pairs(lines []string) []harPair {
	all := []harPair{}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		all = append(all, harPair{name, value})
	}
	return all
}
